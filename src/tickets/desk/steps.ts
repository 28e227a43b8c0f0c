import { Effect, Option, Schema } from "effect"
import { fullName } from "../../accounts/Account.ts"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { staffRolesOf } from "../../accounts/StaffMember.ts"
import { StaffRepository } from "../../accounts/StaffRepository.ts"
import { stillMay } from "../../accounts/stillMay.ts"
import type { Json } from "../../kernel/EventLog.ts"
import type { AccountId, TicketId } from "../../kernel/ids.ts"
import { Refusal } from "../../kernel/Refusal.ts"
import { NotFound } from "../../kernel/refusals.ts"
import type * as UseCase from "../../kernel/UseCase.ts"
import { staffMay } from "../../tenants/staffRights.ts"
import { type Author, begin, enter, type Hand, say, step, subjectOf, type Work } from "../conversation.ts"
import { type Priority, type TicketEvent, type TicketState, TicketStepNotPossible } from "../Ticket.ts"
import { type Opened, TicketRepository } from "../TicketRepository.ts"
import { actsAs } from "./Desk.ts"
import { filled, type MacroStep, mayQuote } from "./DeskItem.ts"
import { TicketFields, withFields } from "./TicketFields.ts"

/** Another ticket goes on in the place of this one. */
export class TicketMerged extends Refusal<TicketMerged>()(
  "TicketMerged",
  {},
  {
    category: "conflict",
    de: "Dieses Ticket wurde mit einem anderen zusammengeführt und geht dort weiter.",
    en: "This ticket was merged into another one and goes on there."
  }
) {}

/** Somebody else works on the ticket already. */
export class TicketTaken extends Refusal<TicketTaken>()(
  "TicketTaken",
  { assigneeName: Schema.String },
  {
    category: "conflict",
    de: "Dieses Ticket hat schon {assigneeName} übernommen.",
    en: "This ticket is taken by {assigneeName} already."
  }
) {}

/** A ticket has at most so many tags. */
export class TooManyTags extends Refusal<TooManyTags>()(
  "TooManyTags",
  { max: Schema.Int },
  {
    category: "conflict",
    de: "Ein Ticket kann höchstens {max} Schlagwörter haben.",
    en: "A ticket can have at most {max} tags."
  }
) {}

const MOST_TAGS = 20

/** Somebody of staff who works on a ticket that is locked. */
export interface Working {
  readonly hand: Hand
  readonly work: Work
  readonly author: Author
  readonly by: "agent" | "supervisor"
}

/** Looks at this commit whether the caller may call the use case, and as whom they do. */
export const agentOf = Effect.fnUntraced(function* (useCase: string, unit: UseCase.Unit<"Staff">) {
  yield* Effect.fromResult(staffMay(useCase, unit.actor))
  const { account } = yield* stillMay(useCase, unit)
  const author: Author = { kind: "agent", accountId: account.id, participantId: null, name: fullName(account) }
  return author
})

/** A ticket that can be worked on: one that was merged into another one cannot. */
export const workable = Effect.fnUntraced(function* (opened: Opened | undefined) {
  if (opened === undefined) return yield* new NotFound({ kind: "ticket" })
  if (opened.ticket.mergedInto !== null) return yield* new TicketMerged()
  return begin(opened)
})

/** Locks the ticket for the caller of a use case of staff. */
export const working = Effect.fnUntraced(function* (useCase: string, unit: UseCase.Unit<"Staff">, ticketId: TicketId) {
  const author = yield* agentOf(useCase, unit)
  const tickets = yield* TicketRepository
  const work = yield* workable(Option.getOrUndefined(yield* tickets.openForUpdate(ticketId)))
  const own: Working = { hand: unit, work, author, by: actsAs(unit.actor) }
  return own
})

/** Somebody of staff whose account is active; their row stays as it is until the unit ends. */
export const colleague = Effect.fnUntraced(function* (unit: Pick<Hand, "now" | "settings">, accountId: AccountId) {
  const accounts = yield* AccountRepository
  const staff = yield* StaffRepository
  yield* staff.hold([accountId], unit.now)
  const account = Option.getOrUndefined(yield* accounts.find(accountId))
  const stored = Option.match(yield* staff.find(accountId), { onNone: () => [], onSome: ({ roles }) => roles })
  if (account?.state !== "active" || staffRolesOf(unit.settings, account.email, stored).length === 0) {
    return yield* new NotFound({ kind: "staff" })
  }
  return { accountId, name: fullName(account) }
})

/** What only staff may know of, in the history and in the log. */
const noted = (
  { author, hand, work }: Working,
  what: string,
  data: { readonly [key: string]: Json },
  logged: { readonly [key: string]: Json } = data
): void => {
  enter(hand, work, author, what, data, "internal")
  hand.record({ type: `ticket.${what}`, subject: subjectOf(work.ticket.id), data: logged })
}

/** A step of the table (TIC-09). */
export const stepped = ({ author, by, hand, work }: Working, event: TicketEvent, to?: TicketState) =>
  Effect.fromResult(step(hand, work, author, { event, by, channel: "staff", to }))

const assigned = (working: Working, to: AccountId, name: string): void => {
  const { work } = working
  const from = work.ticket.assigneeId
  if (from === to) return
  work.ticket = { ...work.ticket, assigneeId: to }
  noted(working, "assigned", { from, to, name }, { from, to })
}

/** The caller takes the ticket; from somebody who has it already only if they say so. */
export const take = Effect.fnUntraced(function* (working: Working, over: boolean) {
  const { author, work } = working
  const { assigneeId } = work.ticket
  yield* stepped(working, "take")
  if (author.accountId === null) return
  if (assigneeId !== null && assigneeId !== author.accountId && !over) {
    const accounts = yield* AccountRepository
    const holder = Option.getOrUndefined(yield* accounts.find(assigneeId))
    return yield* new TicketTaken({ assigneeName: holder === undefined ? "" : fullName(holder) })
  }
  assigned(working, author.accountId, author.name)
})

export const assign = Effect.fnUntraced(function* (working: Working, to: { accountId: AccountId; name: string }) {
  yield* stepped(working, "assign")
  assigned(working, to.accountId, to.name)
})

/** Nobody works on the ticket any more, and it waits in the queue for who has time. */
export const giveBack = Effect.fnUntraced(function* (working: Working) {
  const { work } = working
  yield* stepped(working, "giveBack")
  const from = work.ticket.assigneeId
  if (from === null) return
  work.ticket = { ...work.ticket, assigneeId: null }
  noted(working, "givenBack", { from })
})

export const prioritise = (working: Working, priority: Priority): void => {
  const { work } = working
  const from = work.ticket.priority
  if (from === priority) return
  work.ticket = { ...work.ticket, priority }
  noted(working, "priority", { from, to: priority })
}

/** The contact can choose the category, too, and sees it (TIC-05). */
export const categorise = ({ author, hand, work }: Working, category: string | null): void => {
  const from = work.ticket.category
  if (from === category) return
  work.ticket = { ...work.ticket, category }
  enter(hand, work, author, "category", { from, to: category })
}

const sorted = (tags: Iterable<string>): ReadonlyArray<string> => [...new Set(tags)].sort()

export const tag = Effect.fnUntraced(function* (working: Working, tags: ReadonlyArray<string>) {
  const { work } = working
  const next = sorted(tags)
  if (next.length > MOST_TAGS) return yield* new TooManyTags({ max: MOST_TAGS })
  const before = work.ticket.tags
  const added = next.filter((tag) => !before.includes(tag))
  const removed = before.filter((tag) => !next.includes(tag))
  if (added.length === 0 && removed.length === 0) return
  work.ticket = { ...work.ticket, tags: next }
  noted(working, "tags", { added, removed }, { tags: next.length })
})

export const fill = Effect.fnUntraced(function* (
  working: Working,
  changes: Readonly<Record<string, typeof Schema.Json.Type>>
) {
  const { work } = working
  const fields = yield* Effect.fromResult(withFields(yield* TicketFields, work.ticket.fields, changes))
  const names = Object.keys(changes)
    .filter((name) => JSON.stringify(fields[name]) !== JSON.stringify(work.ticket.fields[name]))
    .sort()
  if (names.length === 0) return
  work.ticket = { ...work.ticket, fields }
  // what a field holds can be about a person; that it has changed is enough for the log
  noted(working, "fields", { names })
})

/** Silences the ticket, or takes that back; a step that changes nothing is refused. */
export const spam = Effect.fnUntraced(function* (working: Working, to: boolean) {
  const { work } = working
  yield* stepped(working, to ? "markSpam" : "unmarkSpam")
  if (work.ticket.spam === to) return yield* new TicketStepNotPossible({ state: work.ticket.state })
  work.ticket = { ...work.ticket, spam: to }
  noted(working, to ? "markedSpam" : "unmarkedSpam", {})
})

/** An answer to the customer; the ticket goes on as the agent chooses. */
export const answer = Effect.fnUntraced(function* (
  working: Working,
  words: { readonly text: string; readonly files?: number },
  to: TicketState | undefined
) {
  yield* stepped(working, "reply", to)
  return yield* say(working.hand, working.work, working.author, { ...words, channel: "staff" })
})

/** What staff write for each other (TIC-11). */
export const jot = ({ author, hand, work }: Working, words: { readonly text: string; readonly files?: number }) =>
  say(hand, work, author, { ...words, channel: "staff", visibility: "internal" })

/** One step of a macro. */
export const perform = Effect.fnUntraced(function* (working: Working, step: MacroStep) {
  const { author, hand, work } = working
  switch (step._tag) {
    case "Take":
      return yield* take(working, true)
    case "Assign":
      return yield* assign(working, yield* colleague(hand, step.accountId))
    case "Reply":
      return yield* Effect.asVoid(
        answer(working, { text: filled(step.text, work.ticket, author.name, mayQuote(work.participants)) }, step.to)
      )
    case "Note":
      return yield* Effect.asVoid(jot(working, { text: filled(step.text, work.ticket, author.name, true) }))
    case "Hold":
      return yield* stepped(working, "hold")
    case "Unhold":
      return yield* stepped(working, "unhold")
    case "Resolve":
      return yield* stepped(working, "resolve")
    case "Priority":
      return prioritise(working, step.priority)
    case "Category":
      return categorise(working, step.category)
    case "AddTags":
      return yield* tag(working, [...work.ticket.tags, ...step.tags])
    case "RemoveTags":
      return yield* tag(
        working,
        work.ticket.tags.filter((tag) => !step.tags.includes(tag))
      )
    case "Fields":
      return yield* fill(working, step.fields)
  }
})
