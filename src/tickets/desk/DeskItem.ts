import { Schema } from "effect"
import * as Instant from "../../kernel/Instant.ts"
import { AccountId, CannedAnswerId, MacroId, SavedViewId, TenantId } from "../../kernel/ids.ts"
import { fill } from "../../kernel/Refusal.ts"
import { block, line } from "../../kernel/Text.ts"
import { type Participant, Priority, type Ticket, TicketState, takesPart } from "../Ticket.ts"

// ---- canned answers --------------------------------------------------------------------------------------------------------------------

/** What stands in for something of the ticket in a canned answer; nothing else does, and what is filled in is never looked at again (R-MA-11). */
export const placeholders = ["contactName", "companyName", "number", "subject", "agentName"] as const

const unknownPlaceholder = (text: string): boolean =>
  [...text.matchAll(/\{([A-Za-z]{1,40})\}/g)].some(([, name]) => !placeholders.some((known) => known === name))

/** Text with places to fill in, written as `{contactName}`; a place that nobody knows is refused, for it would come out empty. */
export const AnswerText = block(20_000).check(
  Schema.makeFilter((text) => (text === "" ? "missing" : unknownPlaceholder(text) ? "placeholder" : undefined))
)

/**
 * The text with what it has places for. Without `words` for what customers have chosen themselves: what was entered in a form must not be sent, in the
 * operator's name, to an address that nobody has shown to hold (R-TI-03). The number then stands for the subject, and names are left out.
 */
export const filled = (text: string, ticket: Ticket, agentName: string, words: boolean): string => {
  const { companyName, contactName, number, subject } = ticket
  return words
    ? fill(text, { contactName, companyName, number, subject, agentName })
    : fill(text.replace(/ ?\{(?:contactName|companyName)\}/g, ""), { number, subject: number, agentName })
}

/** Whether an answer may say what customers have chosen themselves: everybody who would get it has shown to hold the address. */
export const mayQuote = (participants: ReadonlyArray<Participant>): boolean =>
  participants.every((one) => !takesPart(one) || one.provenAt !== null)

// ---- macros ----------------------------------------------------------------------------------------------------------------------------

/** How a tag is written: one line, lower case. */
export const Tag = line(40).check(Schema.makeFilter((tag) => (tag === tag.toLowerCase() ? undefined : "tag")))

const MOST_TAGS = 20
export const Tags = Schema.Array(Tag).check(
  Schema.makeFilter((tags) => (tags.length > MOST_TAGS ? "too-many" : undefined))
)

export const Category = line(60)

/** Values of the fields that the application adds; null takes one away. */
export const FieldValues = Schema.Record(Schema.String, Schema.Json)

/** What staff make of a ticket with an answer: they wait for the customer, go on with it, or are done. */
export const AfterReply = Schema.Literals(["Waiting", "Open", "Resolved"])

/** One thing that a macro does (TIC-10). */
export const MacroStep = Schema.Union([
  Schema.TaggedStruct("Take", {}),
  Schema.TaggedStruct("Assign", { accountId: AccountId }),
  Schema.TaggedStruct("Reply", { text: AnswerText, to: AfterReply }),
  Schema.TaggedStruct("Note", { text: AnswerText }),
  Schema.TaggedStruct("Hold", {}),
  Schema.TaggedStruct("Unhold", {}),
  Schema.TaggedStruct("Resolve", {}),
  Schema.TaggedStruct("Priority", { priority: Priority }),
  Schema.TaggedStruct("Category", { category: Schema.NullOr(Category) }),
  Schema.TaggedStruct("AddTags", { tags: Tags }),
  Schema.TaggedStruct("RemoveTags", { tags: Tags }),
  Schema.TaggedStruct("Fields", { fields: FieldValues })
])
export type MacroStep = typeof MacroStep.Type

/** The steps of a macro, in their order: all of them are done in one commit, or none. */
export const MacroSteps = Schema.Array(MacroStep).check(
  Schema.makeFilter((steps) => (steps.length === 0 ? "missing" : steps.length > 20 ? "too-many" : undefined))
)

// ---- views -----------------------------------------------------------------------------------------------------------------------------

/** What staff choose from their queue; each that is given must hold. */
export const QueueChoice = Schema.Struct({
  states: Schema.optionalKey(Schema.Array(TicketState).check(Schema.isMaxLength(6))),
  /** The caller, nobody, anybody, or one of staff. */
  assignee: Schema.optionalKey(Schema.Union([Schema.Literals(["me", "nobody", "somebody"]), AccountId])),
  tenantId: Schema.optionalKey(TenantId),
  priorities: Schema.optionalKey(Schema.Array(Priority).check(Schema.isMaxLength(4))),
  category: Schema.optionalKey(Category),
  tag: Schema.optionalKey(Tag),
  /** What is marked as spam instead of what is not. */
  spam: Schema.optionalKey(Schema.Boolean),
  search: Schema.optionalKey(line(100))
})

// ---- what is kept ----------------------------------------------------------------------------------------------------------------------

const common = {
  /** Who made it. */
  ownerId: AccountId,
  name: Schema.String,
  /** For all of staff; else for its owner only. */
  shared: Schema.Boolean,
  version: Schema.Int,
  createdAt: Instant.Instant,
  changedAt: Instant.Instant
}

export const CannedAnswer = Schema.TaggedStruct("CannedAnswer", {
  id: CannedAnswerId,
  ...common,
  text: Schema.String
})
export type CannedAnswer = typeof CannedAnswer.Type

export const Macro = Schema.TaggedStruct("Macro", { id: MacroId, ...common, steps: MacroSteps })
export type Macro = typeof Macro.Type

export const SavedView = Schema.TaggedStruct("SavedView", { id: SavedViewId, ...common, choice: QueueChoice })
export type SavedView = typeof SavedView.Type

/** What staff keep for their work. */
export type DeskItem = CannedAnswer | Macro | SavedView
export type DeskItemKind = DeskItem["_tag"]
export type ItemOf<K extends DeskItemKind> = Extract<DeskItem, { readonly _tag: K }>
