import { Effect } from "effect"
import { Desk, Library, Merging, Work } from "../../src/tickets/desk/index.ts"
import { crew, customer, joined, merged, reply, submitted } from "../tickets/desk/world.ts"
import { as, given } from "./portal.ts"
import { job, pass, type Scenario, scenario, scenarioIn } from "./scenario.ts"

/** A ticket of a customer, and an agent who takes it. */
const taken = Effect.gen(function* () {
  const agent = yield* crew("agent", "agent")
  const ada = yield* customer("ada")
  const { ticketId } = yield* submitted(ada)
  yield* Work.take({ ticketId }).pipe(as(agent.actor))
  return { actor: agent.actor, ada, agent, ticketId }
})

/** A second ticket, of somebody else. */
const two = Effect.gen(function* () {
  const places = yield* taken
  const bob = yield* customer("bob")
  const { ticketId: intoId } = yield* submitted(bob, { subject: "The same" })
  return { ...places, bob, intoId }
})

/** Messages that somebody who takes part has not read. */
const divided = Effect.gen(function* () {
  const places = yield* taken
  const { actor, ada, ticketId } = places
  const bob = yield* customer("bob")
  yield* joined(ada, ticketId, bob)
  const { participants } = yield* Desk.open({ ticketId }).pipe(as(actor))
  const [contact, other] = participants
  if (contact === undefined || other === undefined) return yield* Effect.die(new Error("two take part"))
  const parts = { ticketId, messages: [1], contactId: contact.id, othersIds: [other.id] }
  return { ...places, parts }
})

const answer = Effect.gen(function* () {
  const places = yield* taken
  const input = { name: "Hello", text: "Dear {contactName}" }
  return { ...places, input, saved: yield* Library.saveAnswer(input).pipe(as(places.actor)) }
})

const macro = Effect.gen(function* () {
  const places = yield* taken
  const input = {
    name: "Done",
    steps: [
      { _tag: "AddTags" as const, tags: ["done"] },
      { _tag: "Note" as const, text: "By macro" },
      { _tag: "Reply" as const, text: "Dear {contactName}", to: "Resolved" as const }
    ]
  }
  return { ...places, input, saved: yield* Library.saveMacro(input).pipe(as(places.actor)) }
})

const view = Effect.gen(function* () {
  const places = yield* taken
  const input = { name: "Mine", choice: { assignee: "me" as const }, shared: false }
  return { ...places, input, saved: yield* Library.saveView(input).pipe(as(places.actor)) }
})

const step = (
  useCase: typeof Work.hold | typeof Work.unhold | typeof Work.resolve | typeof Work.reopen,
  before?: typeof Work.hold | typeof Work.resolve
): Scenario =>
  scenario(
    useCase,
    Effect.gen(function* () {
      const { actor, ticketId } = yield* taken
      if (before !== undefined) yield* before({ ticketId }).pipe(as(actor))
      return (options) => useCase({ ticketId }, options).pipe(as(actor))
    })
  )

/** Of a use case that only needs the ticket that was taken. */
const onTaken = (
  useCase: { readonly name: string },
  call: (places: Effect.Success<typeof taken>) => Effect.Success<Scenario["given"]>,
  words = ""
): Scenario => scenarioIn(taken, useCase, call, words)

export const scenariosOfTicketDesk: ReadonlyArray<Scenario> = [
  onTaken(
    Desk.queue,
    ({ actor }) =>
      () =>
        Desk.queue({ assignee: "me" }).pipe(as(actor))
  ),
  onTaken(
    Desk.queue,
    ({ actor }) =>
      () =>
        Desk.queue({ search: "dial tone", states: ["Open"] }).pipe(as(actor)),
    "with a search"
  ),
  scenario(
    Desk.open,
    Effect.gen(function* () {
      const agent = yield* crew("agent", "agent")
      const ada = yield* customer("ada")
      const tenant = yield* given.tenant(ada.account, { customerNumber: "KD-5" })
      const { ticketId } = yield* submitted(ada, { customerNumber: "KD-6", tenantId: tenant.id })
      return () => Desk.open({ ticketId }).pipe(as(agent.actor))
    })
  ),
  onTaken(
    Desk.messages,
    ({ actor, ticketId }) =>
      () =>
        Desk.messages({ ticketId }).pipe(as(actor))
  ),
  onTaken(
    Desk.history,
    ({ actor, ticketId }) =>
      () =>
        Desk.history({ ticketId }).pipe(as(actor))
  ),
  onTaken(
    Desk.fields,
    ({ actor }) =>
      () =>
        Desk.fields({}).pipe(as(actor))
  ),
  scenario(
    Work.take,
    Effect.gen(function* () {
      const { actor } = yield* crew("agent", "agent")
      const { ticketId } = yield* submitted(yield* customer("ada"))
      return (options) => Work.take({ ticketId }, options).pipe(as(actor))
    })
  ),
  scenario(
    Work.assign,
    Effect.gen(function* () {
      const { ticketId } = yield* taken
      const chief = yield* crew("chief", "supervisor")
      return (options) => Work.assign({ ticketId, accountId: chief.id }, options).pipe(as(chief.actor))
    })
  ),
  onTaken(
    Work.giveBack,
    ({ actor, ticketId }) =>
      (options) =>
        Work.giveBack({ ticketId }, options).pipe(as(actor))
  ),
  onTaken(
    Work.reply,
    ({ actor, ticketId }) =>
      (options) =>
        Work.reply({ ticketId, text: "An answer", to: "Waiting" }, options).pipe(as(actor))
  ),
  onTaken(
    Work.note,
    ({ actor, ticketId }) =>
      (options) =>
        Work.note({ ticketId, text: "A note" }, options).pipe(as(actor))
  ),
  step(Work.hold),
  step(Work.unhold, Work.hold),
  step(Work.resolve),
  step(Work.reopen, Work.resolve),
  onTaken(
    Work.change,
    ({ actor, ticketId }) =>
      (options) =>
        Work.change({ ticketId, priority: "urgent", category: "Lines", tags: ["vip"] }, options).pipe(as(actor))
  ),
  scenario(
    Work.assignTenant,
    Effect.gen(function* () {
      const { actor, ada, ticketId } = yield* taken
      const { id: tenantId } = yield* given.tenant(ada.account)
      return (options) => Work.assignTenant({ ticketId, tenantId }, options).pipe(as(actor))
    })
  ),
  onTaken(
    Work.addParticipants,
    ({ actor, ticketId }) =>
      (options) =>
        Work.addParticipants({ ticketId, people: [{ email: "friend@example.com" }] }, options).pipe(as(actor))
  ),
  scenario(
    Work.removeParticipant,
    Effect.gen(function* () {
      const { actor, parts, ticketId } = yield* divided
      const [participantId] = parts.othersIds
      if (participantId === undefined) return yield* Effect.die(new Error("nobody else takes part"))
      return (options) => Work.removeParticipant({ ticketId, participantId }, options).pipe(as(actor))
    })
  ),
  scenario(
    Work.submitFor,
    Effect.map(crew("agent", "agent"), ({ actor }) => {
      const input = { email: "caller@example.com", name: "Carla", subject: "A call", text: "She has called" }
      return (options) => Work.submitFor(input, options).pipe(as(actor))
    })
  ),
  onTaken(
    Work.markSpam,
    ({ actor, ticketId }) =>
      (options) =>
        Work.markSpam({ ticketId }, options).pipe(as(actor))
  ),
  scenario(
    Work.unmarkSpam,
    Effect.gen(function* () {
      const { actor, ticketId } = yield* taken
      yield* Work.markSpam({ ticketId }).pipe(as(actor))
      const chief = yield* crew("chief", "supervisor")
      return (options) => Work.unmarkSpam({ ticketId }, options).pipe(as(chief.actor))
    })
  ),
  scenarioIn(
    two,
    Work.setParent,
    ({ actor, intoId, ticketId }) =>
      (options) =>
        Work.setParent({ ticketId, parentId: intoId }, options).pipe(as(actor))
  ),
  scenario(
    Work.reviewClocks,
    Effect.gen(function* () {
      const { ticketId } = yield* taken
      // far beyond every promise, whatever day it is
      yield* pass("60 days")
      return (options) => Work.reviewClocks({ ticketId }, options).pipe(job)
    })
  ),
  scenarioIn(
    answer,
    Library.answers,
    ({ actor }) =>
      () =>
        Library.answers({ search: "hel" }).pipe(as(actor))
  ),
  onTaken(
    Library.saveAnswer,
    ({ actor }) =>
      (options) =>
        Library.saveAnswer({ name: "Hello", text: "Dear {contactName}" }, options).pipe(as(actor))
  ),
  scenarioIn(
    answer,
    Library.saveAnswer,
    ({ actor, input, saved }) =>
      (options) =>
        Library.saveAnswer({ ...input, id: saved.id, name: "Other" }, options).pipe(as(actor)),
    "again"
  ),
  scenarioIn(
    answer,
    Library.removeAnswer,
    ({ actor, saved }) =>
      (options) =>
        Library.removeAnswer({ id: saved.id }, options).pipe(as(actor))
  ),
  scenarioIn(
    answer,
    Library.renderAnswer,
    ({ actor, saved, ticketId }) =>
      () =>
        Library.renderAnswer({ id: saved.id, ticketId }).pipe(as(actor))
  ),
  scenarioIn(
    macro,
    Library.macros,
    ({ actor }) =>
      () =>
        Library.macros({}).pipe(as(actor))
  ),
  scenarioIn(
    macro,
    Library.saveMacro,
    ({ actor, input, saved }) =>
      (options) =>
        Library.saveMacro({ ...input, id: saved.id, name: "Other" }, options).pipe(as(actor))
  ),
  scenarioIn(
    macro,
    Library.removeMacro,
    ({ actor, saved }) =>
      (options) =>
        Library.removeMacro({ id: saved.id }, options).pipe(as(actor))
  ),
  scenarioIn(
    macro,
    Library.runMacro,
    ({ actor, saved, ticketId }) =>
      (options) =>
        Library.runMacro({ id: saved.id, ticketId }, options).pipe(as(actor))
  ),
  scenarioIn(
    view,
    Library.views,
    ({ actor }) =>
      () =>
        Library.views({}).pipe(as(actor))
  ),
  scenarioIn(
    view,
    Library.saveView,
    ({ actor, input, saved }) =>
      (options) =>
        Library.saveView({ ...input, id: saved.id, shared: true }, options).pipe(as(actor))
  ),
  scenarioIn(
    view,
    Library.removeView,
    ({ actor, saved }) =>
      (options) =>
        Library.removeView({ id: saved.id }, options).pipe(as(actor))
  ),
  scenarioIn(
    two,
    Merging.previewMerge,
    ({ actor, intoId, ticketId }) =>
      () =>
        Merging.previewMerge({ ticketId, intoId, history: "all" }).pipe(as(actor))
  ),
  scenario(
    Merging.merge,
    Effect.gen(function* () {
      const { actor, intoId, ticketId } = yield* two
      const input = { ticketId, intoId, history: "all" as const }
      const { fingerprint: confirmed } = yield* Merging.previewMerge(input).pipe(as(actor))
      return (options) => Merging.merge({ ...input, confirmed }, options).pipe(as(actor))
    })
  ),
  scenario(
    Merging.undoMerge,
    Effect.gen(function* () {
      const { actor, agent, intoId, ticketId } = yield* two
      yield* merged(agent, ticketId, intoId, "all")
      yield* reply(agent, intoId, "An answer to both")
      return (options) => Merging.undoMerge({ ticketId }, options).pipe(as(actor))
    })
  ),
  scenarioIn(
    divided,
    Merging.previewSplit,
    ({ actor, parts }) =>
      () =>
        Merging.previewSplit(parts).pipe(as(actor))
  ),
  scenario(
    Merging.split,
    Effect.gen(function* () {
      const { actor, parts } = yield* divided
      const { fingerprint: confirmed } = yield* Merging.previewSplit(parts).pipe(as(actor))
      return (options) => Merging.split({ ...parts, subject: "Apart", confirmed }, options).pipe(as(actor))
    })
  )
]
