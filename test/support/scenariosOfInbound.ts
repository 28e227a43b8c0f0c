import { Effect, Option } from "effect"
import * as Actor from "../../src/kernel/Actor.ts"
import { Settings } from "../../src/kernel/Settings.ts"
import { HeldMails, Inbound } from "../../src/tickets/index.ts"
import { make } from "../../src/tickets/replyAddress.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { person as account } from "../accounts/people.ts"
import { plain } from "../mime/compose.ts"
import { crew } from "../tickets/desk/world.ts"
import { byNumber, own } from "../tickets/world.ts"
import { signedIn } from "./portal.ts"
import { job, type Scenario, scenario } from "./scenario.ts"

const SUPPORT = "support@localhost.localdomain"

const person = Effect.fnUntraced(function* (name: string) {
  const made = yield* account(`${name}@example.com`)
  return { account: made, actor: yield* signedIn(made) }
})

/** A ticket of Ada's, with the address under which her answers come back. */
const asked = Effect.gen(function* () {
  const ada = yield* person("ada")
  const ticket = yield* byNumber((yield* own(ada)).number)
  const tickets = yield* TicketRepository
  const opened = Option.getOrThrow(yield* tickets.open(ticket.id))
  const [participant] = opened.participants
  if (participant === undefined) return yield* Effect.die(new Error("a ticket without its contact"))
  const recipient = Option.getOrThrow(yield* make(opened.ticket, participant, yield* Settings))
  return { ticket, participant, recipient }
})

const ADA = "ada@example.com"
const EVE = "eve@evil.example"

type Headers = Parameters<typeof plain>[1]

const mail = (from: string, over: Headers = {}) => Inbound.encode(plain("words", { From: from, ...over }))

/** Somebody else has written to the reply address. */
const held = Effect.gen(function* () {
  const { participant, recipient, ticket } = yield* asked
  const { id } = yield* Inbound.receive({ raw: mail(EVE), recipient }).pipe(job)
  const { actor: clerk } = yield* crew("clerk", "agent")
  return { id, ticket, participant, clerk }
})

const receiving = (words: string, raw: string, to: "mailbox" | "reply address", sender?: string) =>
  scenario(
    Inbound.receive,
    Effect.map(
      asked,
      ({ recipient }) =>
        (options) =>
          Inbound.receive(
            { raw, recipient: to === "mailbox" ? SUPPORT : recipient, ...(sender === undefined ? {} : { sender }) },
            options
          ).pipe(job)
    ),
    words
  )

const ofStaff = <E, R>(
  useCase: { readonly name: string },
  call: (
    given: Effect.Success<typeof held>
  ) => (
    options?: Parameters<Effect.Success<Scenario["given"]>>[0]
  ) => Effect.Effect<unknown, E & { readonly _tag: string }, R>
) =>
  scenario(
    useCase,
    // what a call needs beyond its actor is on the stage
    Effect.map(held, (given) => (options) => call(given)(options).pipe(Actor.provide(given.clerk)) as never)
  )

export const scenariosOfInbound: ReadonlyArray<Scenario> = [
  receiving("an answer", mail(ADA), "reply address"),
  receiving("a new ticket", mail(EVE), "mailbox"),
  receiving("somebody else's answer", mail(EVE), "reply address"),
  receiving("of a machine", mail(ADA, { "Auto-Submitted": "auto-replied" }), "reply address"),
  receiving("unreadable", Inbound.encode(new Uint8Array([0, 1, 2])), "mailbox"),
  scenario(
    Inbound.receive,
    Effect.gen(function* () {
      const { recipient } = yield* asked
      yield* Inbound.receive({ raw: mail(ADA), recipient }).pipe(job)
      return (options) => Inbound.receive({ raw: mail(ADA), recipient }, options).pipe(job)
    }),
    "a repeat"
  ),
  ofStaff(HeldMails.list, () => () => HeldMails.list({})),
  ofStaff(
    HeldMails.source,
    ({ id }) =>
      () =>
        HeldMails.source({ id })
  ),
  ofStaff(
    HeldMails.accept,
    ({ id, participant, ticket }) =>
      (options) =>
        HeldMails.accept({ id, ticketId: ticket.id, participantId: participant.id }, options)
  ),
  ofStaff(
    HeldMails.acceptAsNew,
    ({ id }) =>
      (options) =>
        HeldMails.acceptAsNew({ id }, options)
  ),
  ofStaff(
    HeldMails.discard,
    ({ id }) =>
      (options) =>
        HeldMails.discard({ id }, options)
  ),
  scenario(
    HeldMails.restore,
    Effect.gen(function* () {
      const { clerk, id } = yield* held
      yield* HeldMails.discard({ id }).pipe(Actor.provide(clerk))
      return (options) => HeldMails.restore({ id }, options).pipe(Actor.provide(clerk))
    })
  )
]
