import { Effect } from "effect"
import { EmailChanges } from "../../src/accounts/index.ts"
import { Claims, Feedback, Moves, Participants, Tickets, Timers } from "../../src/tickets/index.ts"
import { enter, person as personWithPassword } from "../accounts/people.ts"
import {
  byNumber,
  consents,
  own,
  person,
  resolvedByStaff,
  staffWrites,
  stored,
  submitted,
  wording
} from "../tickets/world.ts"
import { anonymously, as, given, newestSecret } from "./portal.ts"
import { job, pass, type Scenario, scenario, scenarioIn } from "./scenario.ts"

const mine = Effect.gen(function* () {
  const ada = yield* person("ada")
  const tenant = yield* given.tenant(ada.account)
  const { ticketId } = yield* own(ada, { tenantId: tenant.id })
  return { ada, tenantId: tenant.id, ticketId }
})

const added = ({ ada, ticketId }: Pick<Effect.Success<typeof mine>, "ada" | "ticketId">, email: string) =>
  Participants.addParticipants({ ticketId, people: [{ email }] }).pipe(as(ada.actor))

/** With a colleague who takes part from the second message on. */
const shared = Effect.gen(function* () {
  const world = yield* mine
  const bob = yield* person("bob")
  yield* added(world, "bob@example.com")
  const { participants } = yield* stored(world.ticketId)
  const participantId = participants.find(({ email }) => email === "bob@example.com")?.id ?? ""
  return { ...world, bob, participantId }
})

/** With somebody who has shown to nobody that the address is theirs. */
const withStranger = Effect.tap(mine, (world) => added(world, "stranger@example.org"))

const resolved = Effect.tap(mine, ({ ticketId }) => resolvedByStaff(ticketId))

const closed = Effect.gen(function* () {
  const world = yield* resolved
  yield* pass("7 days")
  yield* Timers.review({ ticketId: world.ticketId }).pipe(job)
  return { ...world, secret: yield* newestSecret("ada@example.com") }
})

const waiting = Effect.tap(mine, ({ ticketId }) => staffWrites(ticketId, "Your turn"))

/** Somebody who takes part in two tickets, of which one is a colleague's, and has asked for another address. */
const moving = Effect.gen(function* () {
  const account = yield* personWithPassword("ada@example.com")
  const { actor } = yield* enter(account.email)
  const ada = { account, actor }
  yield* own(ada)
  const bob = yield* person("bob")
  yield* added({ ada: bob, ...(yield* own(bob)) }, account.email)
  yield* EmailChanges.ask({ email: "ada@private.example" }).pipe(as(actor))
  return { ada, secret: yield* newestSecret("ada@private.example") }
})

const form = {
  email: "grace@example.com",
  fullName: "Grace Hopper",
  companyName: "Navy",
  subject: "Moths",
  description: "There is one in the relay.",
  consents
}

export const scenariosOfTickets: ReadonlyArray<Scenario> = [
  scenarioIn(
    mine,
    Tickets.form,
    ({ ada }) =>
      () =>
        Tickets.form({}).pipe(as(ada.actor))
  ),
  scenario(
    Tickets.hint,
    Effect.succeed(() => Tickets.hint({ email: "ada@gmial.com" }).pipe(anonymously))
  ),
  scenario(
    Tickets.submit,
    Effect.succeed((options) => Tickets.submit(form, options).pipe(anonymously))
  ),
  scenarioIn(
    mine,
    Tickets.submitOwn,
    ({ ada, tenantId }) =>
      (options) =>
        Tickets.submitOwn({ ...wording, tenantId }, options).pipe(as(ada.actor))
  ),
  scenarioIn(
    mine,
    Tickets.mine,
    ({ ada }) =>
      () =>
        Tickets.mine({}).pipe(as(ada.actor))
  ),
  scenarioIn(
    mine,
    Tickets.mine,
    ({ ada }) =>
      () =>
        Tickets.mine({ search: "printer" }).pipe(as(ada.actor)),
    "search"
  ),
  scenarioIn(
    mine,
    Tickets.ofTenant,
    ({ ada, tenantId }) =>
      () =>
        Tickets.ofTenant({ tenantId }).pipe(as(ada.actor))
  ),
  scenarioIn(
    mine,
    Tickets.get,
    ({ ada, ticketId }) =>
      () =>
        Tickets.get({ ticketId }).pipe(as(ada.actor))
  ),
  scenarioIn(
    mine,
    Tickets.messages,
    ({ ada, ticketId }) =>
      () =>
        Tickets.messages({ ticketId }).pipe(as(ada.actor))
  ),
  scenarioIn(
    mine,
    Tickets.history,
    ({ ada, ticketId }) =>
      () =>
        Tickets.history({ ticketId }).pipe(as(ada.actor))
  ),
  scenarioIn(
    shared,
    Tickets.answer,
    ({ bob, ticketId }) =>
      (options) =>
        Tickets.answer({ ticketId, text: "The cable was loose." }, options).pipe(as(bob.actor))
  ),
  scenarioIn(
    withStranger,
    Tickets.answer,
    ({ ada, ticketId }) =>
      (options) =>
        Tickets.answer({ ticketId, text: "Any news?" }, options).pipe(as(ada.actor)),
    "that a stranger is told of"
  ),
  scenarioIn(
    closed,
    Tickets.answer,
    ({ ada, ticketId }) =>
      (options) =>
        Tickets.answer({ ticketId, text: "It is back." }, options).pipe(as(ada.actor)),
    "closed"
  ),
  scenarioIn(
    mine,
    Tickets.close,
    ({ ada, ticketId }) =>
      (options) =>
        Tickets.close({ ticketId }, options).pipe(as(ada.actor))
  ),
  scenarioIn(
    resolved,
    Tickets.reopen,
    ({ ada, ticketId }) =>
      (options) =>
        Tickets.reopen({ ticketId }, options).pipe(as(ada.actor))
  ),
  scenarioIn(
    mine,
    Tickets.change,
    ({ ada, ticketId }) =>
      (options) =>
        Tickets.change({ ticketId, subject: "It smokes", wishedPriority: "urgent" }, options).pipe(as(ada.actor))
  ),
  scenarioIn(
    mine,
    Participants.addParticipants,
    ({ ada, ticketId }) =>
      (options) =>
        Participants.addParticipants(
          { ticketId, people: [{ email: "eve@example.com" }, { email: "zoe@example.com" }], history: "all" },
          options
        ).pipe(as(ada.actor))
  ),
  scenarioIn(
    shared,
    Participants.removeParticipant,
    ({ ada, participantId, ticketId }) =>
      (options) =>
        Participants.removeParticipant({ ticketId, participantId }, options).pipe(as(ada.actor))
  ),
  scenarioIn(
    shared,
    Participants.leave,
    ({ bob, ticketId }) =>
      (options) =>
        Participants.leave({ ticketId }, options).pipe(as(bob.actor))
  ),
  scenario(
    Claims.claimable,
    Effect.gen(function* () {
      yield* submitted("ada@example.com")
      const ada = yield* person("ada")
      return () => Claims.claimable({}).pipe(as(ada.actor))
    })
  ),
  scenario(
    Claims.claim,
    Effect.gen(function* () {
      const { id } = yield* byNumber((yield* submitted("ada@example.com")).number)
      const other = yield* byNumber((yield* submitted("ada@example.com")).number)
      const ada = yield* person("ada")
      return (options) => Claims.claim({ ticketIds: [id, other.id] }, options).pipe(as(ada.actor))
    })
  ),
  scenarioIn(
    closed,
    Feedback.feedback,
    ({ secret }) =>
      () =>
        Feedback.feedback({ secret }).pipe(anonymously)
  ),
  scenarioIn(
    closed,
    Feedback.rate,
    ({ secret }) =>
      (options) =>
        Feedback.rate({ secret, rating: 5, comment: "Quick" }, options).pipe(anonymously)
  ),
  scenarioIn(
    closed,
    Feedback.rateOwn,
    ({ ada, ticketId }) =>
      (options) =>
        Feedback.rateOwn({ ticketId, rating: 2 }, options).pipe(as(ada.actor))
  ),
  scenario(
    Timers.review,
    Effect.gen(function* () {
      const { ticketId } = yield* waiting
      yield* pass("7 days")
      return (options) => Timers.review({ ticketId }, options).pipe(job)
    }),
    "remind"
  ),
  scenario(
    Timers.review,
    Effect.gen(function* () {
      const { ticketId } = yield* resolved
      yield* pass("7 days")
      return (options) => Timers.review({ ticketId }, options).pipe(job)
    }),
    "archive"
  ),
  scenarioIn(
    moving,
    EmailChanges.confirm,
    ({ ada, secret }) =>
      (options) =>
        EmailChanges.confirm({ secret }, options).pipe(as(ada.actor)),
    "of one who takes part in tickets"
  ),
  scenario(
    Moves.followAccount,
    Effect.gen(function* () {
      const { ada, secret } = yield* moving
      yield* EmailChanges.confirm({ secret }).pipe(as(ada.actor))
      yield* pass("1 day")
      return (options) => Moves.followAccount({ accountId: ada.account.id }, options).pipe(job)
    })
  )
]
