import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as fc from "fast-check"
import type { TicketId } from "../../src/kernel/ids.ts"
import { Participants } from "../../src/tickets/index.ts"
import type { Message, Participant } from "../../src/tickets/Ticket.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { bytes } from "../mime/compose.ts"
import { as } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import { counts, feed, participantOf, portal, replyAddress, SUPPORT, written } from "./inboundWorld.ts"
import { byNumber, own, person, stored } from "./world.ts"

/** Whoever may have something to do with it: Dan was removed, Eve takes part in nothing. */
const PEOPLE = ["ada", "bob", "carol", "dan", "eve"] as const
const emailOf = (name: string): string => `${name}@example.com`

/** How an author is named: as one is, or so that a careless reader takes them for another. */
const disguises = {
  plain: (name: string) => ({ From: emailOf(name) }),
  named: (name: string) => ({ From: `Ada <${emailOf(name)}>` }),
  upper: (name: string) => ({ From: emailOf(name).toUpperCase() }),
  quoted: (name: string) => ({ From: `"${emailOf("ada")}" <${emailOf(name)}>` }),
  comment: (name: string) => ({ From: `${emailOf(name)} (${emailOf("ada")})` }),
  two: (name: string) => ({ From: `${emailOf("ada")}, ${emailOf(name)}` }),
  group: (name: string) => ({ From: `People: ${emailOf(name)};` }),
  sender: (name: string) => ({ From: emailOf(name), Sender: emailOf("ada"), "Reply-To": emailOf("bob") }),
  twice: (name: string) => ({ From: emailOf(name), from: emailOf("ada") }),
  none: () => ({ From: "" })
} as const

/** Those by which somebody is believed to be who they say. */
const HONEST: ReadonlyArray<keyof typeof disguises> = ["plain", "named", "upper", "sender"]

const marks = {
  none: {},
  no: { "Auto-Submitted": "no" },
  replied: { "Auto-Submitted": "auto-replied" },
  list: { "List-Id": "<list.example.com>" },
  bulk: { Precedence: "bulk" },
  loop: { "X-Loop": SUPPORT },
  subject: { Subject: "Out of office: away" }
} as const
const BY_PEOPLE: ReadonlyArray<keyof typeof marks> = ["none", "no"]

/** To which address: the mailbox, somebody's reply address in one of the tickets, or one that is nearly right. */
const addressing = fc.record({
  ticket: fc.constantFrom(0, 1),
  name: fc.constantFrom(...PEOPLE),
  form: fc.constantFrom(
    "general",
    "right",
    "right",
    "right",
    "upper",
    "in To",
    "in Cc",
    "bit",
    "number",
    "seq",
    "cut",
    "leave"
  )
})

/** Mostly what goes through, so that each guard is often the last one that is left. */
const mostly = <A>(usual: A, ...others: ReadonlyArray<A>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

const mail = fc.record({
  to: addressing,
  /** Null is the one whom the reply address belongs to. */
  stranger: mostly(null, ...PEOPLE),
  // the keys of the records
  disguise: mostly<keyof typeof disguises>(
    "plain",
    ...(Object.keys(disguises) as ReadonlyArray<keyof typeof disguises>)
  ),
  mark: mostly<keyof typeof marks>("none", ...(Object.keys(marks) as ReadonlyArray<keyof typeof marks>)),
  authentication: mostly<"pass" | "none" | "fail">("pass", "none", "fail"),
  sender: mostly<string | undefined>(undefined, "", "eve@example.com"),
  /** Whether it names the other ticket by its number and by the Message-ID of its mails. */
  about: fc.boolean(),
  forwarded: fc.boolean()
})
type Forged = typeof mail extends fc.Arbitrary<infer A> ? A : never

const messagesOf = (ticketId: TicketId) =>
  Effect.flatMap(TicketRepository, (tickets) =>
    tickets.messages(ticketId, { publicAfter: null }, { after: Option.none(), limit: 200 })
  )

/** Ada's ticket with Carol, and Dan who was removed; Bob's ticket with Ada. */
const scene = Effect.gen(function* () {
  const ada = yield* person("ada")
  const bob = yield* person("bob")
  const first = yield* byNumber((yield* own(ada)).number)
  const second = yield* byNumber((yield* own(bob)).number)
  const add = (of: typeof ada, ticketId: TicketId, ...names: ReadonlyArray<string>) =>
    Participants.addParticipants({
      ticketId,
      people: names.map((name) => ({ email: emailOf(name) }))
    } as never).pipe(as(of.actor)) // the input as a host gets it
  yield* add(ada, first.id, "carol", "dan")
  yield* add(bob, second.id, "ada")
  const ofDan = yield* replyAddress(first.id, emailOf("dan"))
  const { participant } = yield* participantOf(first.id, emailOf("dan"))
  yield* Participants.removeParticipant({ ticketId: first.id, participantId: participant.id }).pipe(as(ada.actor))
  return { tickets: [first, second] as const, ofDan }
})
type Scene = Effect.Success<typeof scene>

const addressFor = Effect.fnUntraced(function* ({ ofDan, tickets }: Scene, { form, name, ticket }: Forged["to"]) {
  const general = {
    recipient: SUPPORT,
    headers: {},
    token: false,
    leave: false,
    owner: undefined as Participant | undefined,
    ticketId: tickets[ticket].id
  }
  if (form === "general") return general
  const { id } = tickets[ticket]
  const opened = yield* stored(id)
  const owner = opened.participants.find(({ email }) => email === emailOf(name))
  const right =
    name === "dan" && ticket === 0
      ? ofDan
      : owner === undefined
        ? undefined
        : yield* replyAddress(id, emailOf(name), form === "leave" ? "leave" : "answer")
  if (right === undefined) return general
  const takesPart = owner !== undefined && owner.removedAt === null
  const valid = { ...general, recipient: right, token: takesPart, leave: form === "leave", owner }
  const [local = "", domain = ""] = right.split("@")
  const [base = "", tag = ""] = local.split("+")
  const [number = "", seq = "", token = ""] = tag.split("-")
  const broken = (changed: string) => ({ ...valid, recipient: `${base}+${changed}@${domain}`, token: false })
  switch (form) {
    case "upper":
      return { ...valid, recipient: right.toUpperCase() }
    case "in To":
      return { ...valid, recipient: SUPPORT, headers: { To: `Support <${right}>, eve@example.com` } }
    case "in Cc":
      return { ...valid, recipient: SUPPORT, headers: { Cc: right } }
    case "bit":
      return broken(`${number}-${seq}-${token.slice(0, -2)}${token.at(-2) === "a" ? "b" : "a"}${token.slice(-1)}`)
    case "number":
      return broken(`${tickets[ticket === 0 ? 1 : 0].number.toLowerCase()}-${seq}-${token}`)
    case "seq":
      return broken(`${number}-${Number.parseInt(seq, 10) + 1}-${token}`)
    case "cut":
      return broken(`${number}-${seq}-${token.slice(0, 20)}`)
    default:
      return valid
  }
})

describe("forged mail", () => {
  it("V-31 V-32 MIN-01 MIN-02 MIN-03 R-TI-04 R-TI-05 R-TI-06 nothing becomes a customer's message without token and sender, and nobody comes to take part", async () => {
    let written31 = 0
    let refused31 = 0
    await fc.assert(
      fc.asyncProperty(fc.array(mail, { minLength: 1, maxLength: 12 }), (mails) =>
        Effect.runPromise(
          Effect.gen(function* () {
            const place = yield* scene
            const before = yield* counts
            for (const [index, one] of mails.entries()) {
              const author = one.stranger ?? one.to.name
              const { headers, leave, owner, recipient, ticketId, token } = yield* addressFor(place, one.to)
              const other = place.tickets[one.to.ticket === 0 ? 1 : 0]
              const about = one.about
                ? { Subject: `Re: [#${other.number}] Printer`, "In-Reply-To": `<${other.id}@localhost.localdomain>` }
                : {}
              const raw = written("", `words ${index}`, {
                ...about,
                ...disguises[one.disguise](author),
                ...marks[one.mark],
                ...headers
              })
              const sent = one.forwarded
                ? bytes(`Received: from a by b; Mon, 3 Mar 2025 10:00:00 +0000\nResent-From: ${emailOf("ada")}\n`, raw)
                : raw
              const states = yield* Effect.forEach(place.tickets, ({ id }) => Effect.all([stored(id), messagesOf(id)]))
              const { outcome } = yield* feed(sent, {
                recipient,
                authentication: one.authentication,
                ...(one.sender === undefined ? {} : { sender: one.sender })
              })
              const byPerson = BY_PEOPLE.includes(one.mark) && one.sender !== ""
              const isOwner = HONEST.includes(one.disguise) && owner?.email === emailOf(author)
              const may = token && isOwner && byPerson && one.authentication !== "fail"
              for (const [at, { id }] of place.tickets.entries()) {
                const [opened, messages] = states[at] ?? assert.fail("a ticket is gone")
                const now = yield* messagesOf(id)
                const added: ReadonlyArray<Message> = now.slice(messages.length)
                const { participants } = yield* stored(id)
                const parts = (list: ReadonlyArray<Participant>) =>
                  list.map(({ email, removedAt }) => [email, removedAt !== null])
                if (id === ticketId && may && !leave) {
                  written31 += 1
                  assert.strictEqual(outcome, "Threaded")
                  assert.deepStrictEqual(
                    added.map(({ participantId, text }) => [participantId, text]),
                    [[owner?.id, `words ${index}`]]
                  )
                } else {
                  refused31 += 1
                  assert.deepStrictEqual(added, [])
                }
                const left = id === ticketId && may && leave && owner?.role === "participant"
                if (left) assert.strictEqual(participants.find(({ id }) => id === owner?.id)?.removedAt === null, false)
                else assert.deepStrictEqual(parts(participants), parts(opened.participants))
              }
            }
            const after = yield* counts
            const sum = (all: typeof after) => Object.values(all).reduce((a, b) => a + b, 0)
            assert.strictEqual(sum(after) - sum(before), mails.length)
          }).pipe(Effect.provide(portal({ limits: { inboundPerAddress: { max: 1_000, window: "1 hour" } } })))
        )
      ),
      { numRuns: rounds(60, 2_000) }
    )
    // the two kinds both came up
    assert.isAbove(written31, 10)
    assert.isAbove(refused31, 100)
  })
})
