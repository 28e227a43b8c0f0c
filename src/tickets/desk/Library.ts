import { Effect, Option, Schema } from "effect"
import type * as Actor from "../../kernel/Actor.ts"
import type * as Instant from "../../kernel/Instant.ts"
import { CannedAnswerId, MacroId, nextId, SavedViewId, TicketId } from "../../kernel/ids.ts"
import * as Page from "../../kernel/Page.ts"
import { NotAllowed, NotFound } from "../../kernel/refusals.ts"
import { folded, line } from "../../kernel/Text.ts"
import * as UseCase from "../../kernel/UseCase.ts"
import { staffMay } from "../../tenants/staffRights.ts"
import { keep } from "../conversation.ts"
import { TicketStepNotPossible } from "../Ticket.ts"
import { TicketRepository } from "../TicketRepository.ts"
import { actsAs } from "./Desk.ts"
import {
  AnswerText,
  CannedAnswer,
  type DeskItem,
  type DeskItemKind,
  filled,
  type ItemOf,
  Macro,
  MacroSteps,
  mayQuote,
  QueueChoice,
  SavedView
} from "./DeskItem.ts"
import { DeskRepository } from "./DeskRepository.ts"
import * as steps from "./steps.ts"
import { TicketMerged, TooManyTags } from "./steps.ts"
import { FieldNotPossible } from "./TicketFields.ts"
import { afterOf, namesOf, TicketAfter } from "./views.ts"

const Name = line(100)
const ItemKey = Schema.Tuple([Schema.String, Schema.String])
const ListInput = Schema.Struct({ search: Schema.optionalKey(line(100)), ...Page.fields })

const listed = Effect.fnUntraced(function* <K extends DeskItemKind>(
  kind: K,
  useCase: string,
  input: typeof ListInput.Type,
  { actor }: Pick<UseCase.Call<"Staff">, "actor">
) {
  yield* Effect.fromResult(staffMay(useCase, actor))
  const window = yield* Page.window(ItemKey, input)
  const desk = yield* DeskRepository
  const rows = yield* desk.list(kind, actor.accountId, Option.fromUndefinedOr(input.search), window)
  return Page.make(
    rows,
    window,
    ({ id, name }) => [folded(name), id] as const,
    (item) => item
  )
})

/** Who made something changes it; what all of staff use, supervisors do, too. */
const mayChange = (item: DeskItem, actor: Actor.Staff): boolean =>
  item.ownerId === actor.accountId || (item.shared && actsAs(actor) === "supervisor")

const own = Effect.fnUntraced(function* <K extends DeskItemKind>(
  kind: K,
  useCase: string,
  id: ItemOf<K>["id"],
  unit: UseCase.Unit<"Staff">
) {
  yield* steps.agentOf(useCase, unit)
  const desk = yield* DeskRepository
  const item = Option.getOrUndefined(yield* desk.find(kind, id, unit.actor.accountId))
  if (item === undefined) return yield* new NotFound({ kind: "deskItem" })
  if (!mayChange(item, unit.actor)) return yield* new NotAllowed({})
  return item
})

const saved = Effect.fnUntraced(function* (unit: UseCase.Unit<"Staff">, item: DeskItem, isNew: boolean) {
  const desk = yield* DeskRepository
  yield* isNew ? desk.insert(item) : desk.save(item)
  unit.record({ type: isNew ? "desk.itemAdded" : "desk.itemChanged", subject: { kind: item._tag, id: item.id } })
})

const removed = Effect.fnUntraced(function* (unit: UseCase.Unit<"Staff">, item: DeskItem) {
  const desk = yield* DeskRepository
  yield* desk.remove(item)
  unit.record({ type: "desk.itemRemoved", subject: { kind: item._tag, id: item.id } })
})

const fresh = (actor: Actor.Staff, now: Instant.Instant) => ({
  ownerId: actor.accountId,
  version: 0,
  createdAt: now,
  changedAt: now
})

// ---- canned answers --------------------------------------------------------------------------------------------------------------------

/** Answers that staff give again and again, by name; all of staff share them. */
export const answers = UseCase.query({
  name: "desk.answers",
  summary: "Lists the canned answers of staff.",
  actors: ["Staff"],
  requires: "staff",
  input: ListInput,
  output: Page.Page(CannedAnswer),
  errors: [],
  run: (input, call) => listed("CannedAnswer", "desk.answers", input, call)
})

/** Adds a canned answer, or changes one. */
export const saveAnswer = UseCase.command({
  name: "desk.saveAnswer",
  summary: "Adds a canned answer with places to fill in, or changes one.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ id: Schema.optionalKey(CannedAnswerId), name: Name, text: AnswerText }),
  output: CannedAnswer,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ id, name, text }, unit) {
    if (id !== undefined) {
      const item = yield* own("CannedAnswer", "desk.saveAnswer", id, unit)
      const next = { ...item, name, text, changedAt: unit.now }
      yield* saved(unit, next, false)
      return { ...next, version: next.version + 1 }
    }
    yield* steps.agentOf("desk.saveAnswer", unit)
    const newId = yield* nextId(CannedAnswerId)
    const item = CannedAnswer.make({ id: newId, ...fresh(unit.actor, unit.now), name, shared: true, text })
    yield* saved(unit, item, true)
    return item
  })
})

/** Removes a canned answer: the author, or a supervisor. */
export const removeAnswer = UseCase.command({
  name: "desk.removeAnswer",
  summary: "Removes a canned answer; supervisors also those of others.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ id: CannedAnswerId }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ id }, unit) {
    yield* removed(unit, yield* own("CannedAnswer", "desk.removeAnswer", id, unit))
  })
})

/**
 * A canned answer with what it says of this ticket and of the caller filled in, for the agent to go on with; without words of customers where somebody
 * would get it whose address is not proven.
 */
export const renderAnswer = UseCase.query({
  name: "desk.renderAnswer",
  summary: "Fills in a canned answer for a ticket.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ id: CannedAnswerId, ticketId: TicketId }),
  output: Schema.Struct({ text: Schema.String }),
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ id, ticketId }, { actor }) {
    yield* Effect.fromResult(staffMay("desk.renderAnswer", actor))
    const desk = yield* DeskRepository
    const tickets = yield* TicketRepository
    const answer = Option.getOrUndefined(yield* desk.find("CannedAnswer", id, actor.accountId))
    const opened = Option.getOrUndefined(yield* tickets.open(ticketId))
    if (answer === undefined) return yield* new NotFound({ kind: "deskItem" })
    if (opened === undefined) return yield* new NotFound({ kind: "ticket" })
    const { participants, ticket } = opened
    const names = yield* namesOf([actor.accountId])
    return { text: filled(answer.text, ticket, names.get(actor.accountId) ?? "", mayQuote(participants)) }
  })
})

// ---- macros ----------------------------------------------------------------------------------------------------------------------------

/** Macros of staff, in pages. */
export const macros = UseCase.query({
  name: "desk.macros",
  summary: "Lists the macros of staff.",
  actors: ["Staff"],
  requires: "staff",
  input: ListInput,
  output: Page.Page(Macro),
  errors: [],
  run: (input, call) => listed("Macro", "desk.macros", input, call)
})

/** Adds a macro, or changes one. */
export const saveMacro = UseCase.command({
  name: "desk.saveMacro",
  summary: "Adds a macro, which is a list of steps, or changes one.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ id: Schema.optionalKey(MacroId), name: Name, steps: MacroSteps }),
  output: Macro,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ id, name, steps: done }, unit) {
    if (id !== undefined) {
      const item = yield* own("Macro", "desk.saveMacro", id, unit)
      const next = { ...item, name, steps: done, changedAt: unit.now }
      yield* saved(unit, next, false)
      return { ...next, version: next.version + 1 }
    }
    yield* steps.agentOf("desk.saveMacro", unit)
    const newId = yield* nextId(MacroId)
    const item = Macro.make({ id: newId, ...fresh(unit.actor, unit.now), name, shared: true, steps: done })
    yield* saved(unit, item, true)
    return item
  })
})

/** Removes a macro: the author, or a supervisor. */
export const removeMacro = UseCase.command({
  name: "desk.removeMacro",
  summary: "Removes a macro; supervisors also those of others.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ id: MacroId }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ id }, unit) {
    yield* removed(unit, yield* own("Macro", "desk.removeMacro", id, unit))
  })
})

/** Does what a macro says with one ticket: every step in one commit, or none where one of them is not possible. */
export const runMacro = UseCase.command({
  name: "desk.runMacro",
  summary: "Does the steps of a macro with a ticket, all of them or none.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ id: MacroId, ticketId: TicketId }),
  output: TicketAfter,
  errors: [NotFound, TicketMerged, TicketStepNotPossible, steps.TicketTaken, TooManyTags, FieldNotPossible],
  unit: Effect.fnUntraced(function* ({ id, ticketId }, unit) {
    const desk = yield* DeskRepository
    const macro = Option.getOrUndefined(yield* desk.find("Macro", id, unit.actor.accountId))
    if (macro === undefined) return yield* new NotFound({ kind: "deskItem" })
    const working = yield* steps.working("desk.runMacro", unit, ticketId)
    for (const step of macro.steps) yield* steps.perform(working, step)
    return afterOf(yield* keep(unit, working.work, working.author))
  })
})

// ---- views -----------------------------------------------------------------------------------------------------------------------------

/** The caller's views of the queue, and those that are shared. */
export const views = UseCase.query({
  name: "desk.views",
  summary: "Lists the saved views of the queue.",
  actors: ["Staff"],
  requires: "staff",
  input: ListInput,
  output: Page.Page(SavedView),
  errors: [],
  run: (input, call) => listed("SavedView", "desk.views", input, call)
})

/** Keeps what somebody has chosen from the queue under a name, for themself or for all of staff. */
export const saveView = UseCase.command({
  name: "desk.saveView",
  summary: "Adds a saved view of the queue, or changes one.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({
    id: Schema.optionalKey(SavedViewId),
    name: Name,
    choice: QueueChoice,
    shared: Schema.Boolean
  }),
  output: SavedView,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ choice, id, name, shared }, unit) {
    if (id !== undefined) {
      const item = yield* own("SavedView", "desk.saveView", id, unit)
      const next = { ...item, name, choice, shared, changedAt: unit.now }
      yield* saved(unit, next, false)
      return { ...next, version: next.version + 1 }
    }
    yield* steps.agentOf("desk.saveView", unit)
    const newId = yield* nextId(SavedViewId)
    const item = SavedView.make({ id: newId, ...fresh(unit.actor, unit.now), name, shared, choice })
    yield* saved(unit, item, true)
    return item
  })
})

/** Removes a saved view: its owner, or of a shared one also a supervisor. */
export const removeView = UseCase.command({
  name: "desk.removeView",
  summary: "Removes a saved view; supervisors also shared ones of others.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ id: SavedViewId }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ id }, unit) {
    yield* removed(unit, yield* own("SavedView", "desk.removeView", id, unit))
  })
})

export const useCases = UseCase.registry(
  answers,
  saveAnswer,
  removeAnswer,
  renderAnswer,
  macros,
  saveMacro,
  removeMacro,
  runMacro,
  views,
  saveView,
  removeView
)
