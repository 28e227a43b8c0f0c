import { Effect } from "effect"
import { Claims, Feedback, Participants, Tickets, Timers } from "../../src/tickets/index.ts"
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
import { job, pass, type Scenario, scenario } from "./scenario.ts"

const mine = Effect.gen(function* () {
  const ada = yield* person("ada")
  const tenant = yield* given.tenant(ada.account)
  const { ticketId } = yield* own(ada, { tenantId: tenant.id })
  return { ada, tenantId: tenant.id, ticketId }
})

/** With a colleague who takes part from the second message on. */
const shared = Effect.gen(function* () {
  const world = yield* mine
  const bob = yield* person("bob")
  yield* Participants.addParticipants({ ticketId: world.ticketId, people: [{ email: "bob@example.com" }] }).pipe(
    as(world.ada.actor)
  )
  const { participants } = yield* stored(world.ticketId)
  const participantId = participants.find(({ email }) => email === "bob@example.com")?.id ?? ""
  return { ...world, bob, participantId }
})

const resolved = Effect.tap(mine, ({ ticketId }) => resolvedByStaff(ticketId))

const closed = Effect.gen(function* () {
  const world = yield* resolved
  yield* pass("7 days")
  yield* Timers.review({ ticketId: world.ticketId }).pipe(job)
  return { ...world, secret: yield* newestSecret("ada@example.com") }
})

const waiting = Effect.tap(mine, ({ ticketId }) => staffWrites(ticketId, "Your turn"))

const form = {
  email: "grace@example.com",
  fullName: "Grace Hopper",
  companyName: "Navy",
  subject: "Moths",
  description: "There is one in the relay.",
  consents
}

export const scenariosOfTickets: ReadonlyArray<Scenario> = [
  scenario(
    Tickets.form,
    Effect.map(
      mine,
      ({ ada }) =>
        () =>
          Tickets.form({}).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.hint,
    Effect.succeed(() => Tickets.hint({ email: "ada@gmial.com" }).pipe(anonymously))
  ),
  scenario(
    Tickets.submit,
    Effect.succeed((options) => Tickets.submit(form, options).pipe(anonymously))
  ),
  scenario(
    Tickets.submitOwn,
    Effect.map(
      mine,
      ({ ada, tenantId }) =>
        (options) =>
          Tickets.submitOwn({ ...wording, tenantId }, options).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.mine,
    Effect.map(
      mine,
      ({ ada }) =>
        () =>
          Tickets.mine({}).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.mine,
    Effect.map(
      mine,
      ({ ada }) =>
        () =>
          Tickets.mine({ search: "printer" }).pipe(as(ada.actor))
    ),
    "search"
  ),
  scenario(
    Tickets.ofTenant,
    Effect.map(
      mine,
      ({ ada, tenantId }) =>
        () =>
          Tickets.ofTenant({ tenantId }).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.get,
    Effect.map(
      mine,
      ({ ada, ticketId }) =>
        () =>
          Tickets.get({ ticketId }).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.messages,
    Effect.map(
      mine,
      ({ ada, ticketId }) =>
        () =>
          Tickets.messages({ ticketId }).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.history,
    Effect.map(
      mine,
      ({ ada, ticketId }) =>
        () =>
          Tickets.history({ ticketId }).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.answer,
    Effect.map(
      shared,
      ({ bob, ticketId }) =>
        (options) =>
          Tickets.answer({ ticketId, text: "The cable was loose." }, options).pipe(as(bob.actor))
    )
  ),
  scenario(
    Tickets.answer,
    Effect.map(
      closed,
      ({ ada, ticketId }) =>
        (options) =>
          Tickets.answer({ ticketId, text: "It is back." }, options).pipe(as(ada.actor))
    ),
    "closed"
  ),
  scenario(
    Tickets.close,
    Effect.map(
      mine,
      ({ ada, ticketId }) =>
        (options) =>
          Tickets.close({ ticketId }, options).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.reopen,
    Effect.map(
      resolved,
      ({ ada, ticketId }) =>
        (options) =>
          Tickets.reopen({ ticketId }, options).pipe(as(ada.actor))
    )
  ),
  scenario(
    Tickets.change,
    Effect.map(
      mine,
      ({ ada, ticketId }) =>
        (options) =>
          Tickets.change({ ticketId, subject: "It smokes", wishedPriority: "urgent" }, options).pipe(as(ada.actor))
    )
  ),
  scenario(
    Participants.addParticipants,
    Effect.map(
      mine,
      ({ ada, ticketId }) =>
        (options) =>
          Participants.addParticipants(
            { ticketId, people: [{ email: "eve@example.com" }, { email: "zoe@example.com" }], history: "all" },
            options
          ).pipe(as(ada.actor))
    )
  ),
  scenario(
    Participants.removeParticipant,
    Effect.map(
      shared,
      ({ ada, participantId, ticketId }) =>
        (options) =>
          Participants.removeParticipant({ ticketId, participantId }, options).pipe(as(ada.actor))
    )
  ),
  scenario(
    Participants.leave,
    Effect.map(
      shared,
      ({ bob, ticketId }) =>
        (options) =>
          Participants.leave({ ticketId }, options).pipe(as(bob.actor))
    )
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
  scenario(
    Feedback.feedback,
    Effect.map(
      closed,
      ({ secret }) =>
        () =>
          Feedback.feedback({ secret }).pipe(anonymously)
    )
  ),
  scenario(
    Feedback.rate,
    Effect.map(
      closed,
      ({ secret }) =>
        (options) =>
          Feedback.rate({ secret, rating: 5, comment: "Quick" }, options).pipe(anonymously)
    )
  ),
  scenario(
    Feedback.rateOwn,
    Effect.map(
      closed,
      ({ ada, ticketId }) =>
        (options) =>
          Feedback.rateOwn({ ticketId, rating: 2 }, options).pipe(as(ada.actor))
    )
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
  )
]
