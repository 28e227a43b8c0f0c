import { Effect, Option, Schema } from "effect"
import { Crypto, toBase64Url, utf8 } from "../../kernel/Crypto.ts"
import { canonicalJson } from "../../kernel/canonicalJson.ts"
import type { EmailAddress } from "../../kernel/EmailAddress.ts"
import * as Instant from "../../kernel/Instant.ts"
import { MergeId, MessageId, nextId, ParticipantId, type TenantId, TicketId } from "../../kernel/ids.ts"
import { PersistenceError } from "../../kernel/PersistenceError.ts"
import { Refusal } from "../../kernel/Refusal.ts"
import { NotFound } from "../../kernel/refusals.ts"
import { line } from "../../kernel/Text.ts"
import * as UseCase from "../../kernel/UseCase.ts"
import { staffMay } from "../../tenants/staffRights.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import {
  type Author,
  acknowledge,
  admit,
  begin,
  beginNew,
  change,
  contactOf,
  dismiss,
  enter,
  type Hand,
  keep,
  openedOf,
  subjectOf,
  type Work
} from "../conversation.ts"
import * as Files from "../Files.ts"
import { newcomersMail } from "../Participants.ts"
import { TooManyParticipants } from "../refusals.ts"
import {
  endedIn,
  type Message,
  mayRead,
  type Participant,
  Seq,
  stateAfter,
  type Ticket,
  TicketStepNotPossible,
  takesPart
} from "../Ticket.ts"
import { type Opened, TicketRepository } from "../TicketRepository.ts"
import { wordsOf } from "../TicketSearch.ts"
import * as ticketMails from "../ticketMails.ts"
import { actsAs } from "./Desk.ts"
import { DeskRepository, type Merge } from "./DeskRepository.ts"
import { agentOf, TicketMerged, workable } from "./steps.ts"
import { afterOf, type Sight, SightPreview, TicketAfter } from "./views.ts"

/** Not all who take part would see the same as before: the caller has to look at who would see what, and to confirm exactly that. */
export class SightNotConfirmed extends Refusal<SightNotConfirmed>()(
  "SightNotConfirmed",
  {},
  {
    category: "conflict",
    de: "Die Beteiligten sind nicht dieselben. Bitte prüfen Sie, wer dann was lesen könnte, und bestätigen Sie es.",
    en: "Those who take part are not the same. Please look at who could read what then, and confirm it."
  }
) {}

/** What was merged cannot be taken apart as long as the ticket that goes on was merged into another one itself. */
export class MergeNotUndoable extends Refusal<MergeNotUndoable>()(
  "MergeNotUndoable",
  {},
  {
    category: "conflict",
    de: "Diese Zusammenführung lässt sich nicht rückgängig machen, solange das Ziel selbst mit einem anderen Ticket zusammengeführt ist.",
    en: "This merge cannot be undone as long as its target is merged into another ticket itself."
  }
) {}

/**
 * What those get to see who took part in one of two tickets only: `own` leaves to each what they could read, and all read what is written from then on;
 * `all` shows everybody both tickets from the beginning.
 */
export const SharedHistory = Schema.Literals(["own", "all"])
type SharedHistory = typeof SharedHistory.Type

type SightOf = typeof Sight.Type
type Preview = typeof SightPreview.Type

const active = ({ participants }: Opened): ReadonlyMap<EmailAddress, Participant> =>
  new Map(participants.filter(takesPart).map((participant) => [participant.email, participant]))

const sameKeys = (a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean =>
  a.size === b.size && [...a.keys()].every((key) => b.has(key))

const fingerprintOf = (facts: unknown) =>
  Effect.flatMap(Crypto, (crypto) =>
    Effect.map(crypto.sha256(utf8(`portico/sight\n${canonicalJson(facts)}`)), (digest) => toBase64Url(digest))
  )

/** Who takes part, and from where on they read: all that decides who sees what. */
const rowsOf = ({ participants }: Opened) =>
  participants.map(({ email, id, readsAfter, removedAt }) => ({ id, email, readsAfter, removed: removedAt !== null }))

/**
 * A ticket without those whose part nobody has ended but the undoing of a merge that had given it to them: they come as if they had never been there when
 * it is merged again, and do not count as removed.
 */
const withoutUndone =
  (merges: ReadonlyArray<Merge>) =>
  (opened: Opened): Opened => ({
    ...opened,
    participants: opened.participants.filter(
      ({ id, removedAt, ticketId }) =>
        !merges.some(({ addedToSource, addedToTarget, sourceId, targetId, undoneAt }) => {
          const added = ticketId === targetId ? addedToTarget : ticketId === sourceId ? addedToSource : []
          return removedAt === undoneAt && added.includes(id)
        })
    )
  })

// ---- who would see what ----------------------------------------------------------------------------------------------------------------

/** Of each person who takes part in one of the two tickets, the numbers of public messages that they read before and after. */
const mergeSights = (
  source: Opened,
  target: Opened,
  history: SharedHistory,
  publicOf: { readonly source: ReadonlyArray<number>; readonly target: ReadonlyArray<number> }
): ReadonlyArray<SightOf> => {
  const inSource = active(source)
  const inTarget = active(target)
  const removedFromTarget = new Set(target.participants.filter((one) => !takesPart(one)).map(({ email }) => email))
  const removedFromSource = new Set(source.participants.filter((one) => !takesPart(one)).map(({ email }) => email))
  const read = (seqs: ReadonlyArray<number>, participant: Participant | undefined) =>
    participant === undefined ? 0 : seqs.filter((seq) => seq > participant.readsAfter).length
  return [...new Set([...inTarget.keys(), ...inSource.keys()])].map((email) => {
    const ofSource = inSource.get(email)
    const ofTarget = inTarget.get(email)
    const before = { source: read(publicOf.source, ofSource), target: read(publicOf.target, ofTarget) }
    const joins = ofTarget === undefined && !removedFromTarget.has(email)
    const looksBack = ofSource === undefined && !removedFromSource.has(email) && history === "all"
    const after = {
      source: looksBack ? publicOf.source.length : before.source,
      target: joins && history === "all" ? publicOf.target.length : before.target
    }
    const person = ofTarget ?? ofSource
    return {
      email,
      name: person === undefined ? "" : person.name,
      before,
      after,
      goesOn: ofTarget !== undefined || joins,
      gains: joins || after.source > before.source || after.target > before.target
    }
  })
}

const mergeFingerprint = (source: Opened, target: Opened, history: SharedHistory) =>
  fingerprintOf({
    merge: [source.ticket.id, target.ticket.id, history],
    // a message that comes in between was not part of what was confirmed
    messages: [source.ticket.lastMessage, target.ticket.lastMessage],
    tenants: [source.ticket.tenantId, target.ticket.tenantId],
    source: rowsOf(source),
    target: rowsOf(target)
  })

/** Where two tickets have other people, or other tenants whose members read along. */
const mergeNeedsConfirmation = (source: Opened, target: Opened): boolean =>
  !sameKeys(active(source), active(target)) || source.ticket.tenantId !== target.ticket.tenantId

const PORTION = 500

/** The numbers of a ticket's public messages. */
const publicNumbers = Effect.fnUntraced(function* (ticketId: TicketId) {
  const tickets = yield* TicketRepository
  const numbers: Array<number> = []
  let after = Option.none<number>()
  while (true) {
    const rows = yield* tickets.messages(ticketId, { publicAfter: 0 }, { after, limit: PORTION })
    const shown = rows.slice(0, PORTION)
    numbers.push(...shown.map(({ seq }) => seq))
    const last = shown.at(-1)
    if (rows.length <= PORTION || last === undefined) return numbers
    after = Option.some(last.seq)
  }
})

const tenantName = Effect.fnUntraced(function* (id: TenantId | null) {
  const tenants = yield* TenantRepository
  return id === null ? null : Option.getOrNull(Option.map(yield* tenants.find(id), ({ name }) => name))
})

const MergeInput = {
  /** The ticket that another one goes on in the place of. */
  ticketId: TicketId,
  /** The one that goes on. */
  intoId: TicketId,
  history: SharedHistory
}

const mayMerge = (by: "agent" | "supervisor", ticket: Ticket) =>
  Effect.gen(function* () {
    yield* Effect.fromResult(stateAfter(ticket.state, { event: "merge", by, channel: "staff" }))
    // what is silent and what is not do not become one
    if (ticket.spam) return yield* new TicketStepNotPossible({ state: ticket.state })
  })

/** Who would see what if these two tickets became one; nothing changes (TIC-10). */
export const previewMerge = UseCase.query({
  name: "desk.previewMerge",
  summary: "Shows who would see what if a ticket was merged into another one.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct(MergeInput),
  output: SightPreview,
  errors: [NotFound, TicketMerged, TicketStepNotPossible],
  run: Effect.fnUntraced(function* ({ history, intoId, ticketId }, { actor }) {
    yield* Effect.fromResult(staffMay("desk.previewMerge", actor))
    const tickets = yield* TicketRepository
    const by = actsAs(actor)
    const both = yield* tickets.openAll([ticketId, intoId])
    const desk = yield* DeskRepository
    const today = withoutUndone(yield* desk.undoneMerges(ticketId, intoId))
    const source = today(openedOf(yield* workable(both.find(({ ticket }) => ticket.id === ticketId))))
    const target = today(openedOf(yield* workable(both.find(({ ticket }) => ticket.id === intoId))))
    if (ticketId === intoId) return yield* new TicketStepNotPossible({ state: source.ticket.state })
    yield* mayMerge(by, source.ticket)
    yield* mayMerge(by, target.ticket)
    const publicOf = { source: yield* publicNumbers(ticketId), target: yield* publicNumbers(intoId) }
    const differ = source.ticket.tenantId !== target.ticket.tenantId
    const preview: Preview = {
      sights: mergeSights(source, target, history, publicOf),
      tenants: differ
        ? { source: yield* tenantName(source.ticket.tenantId), target: yield* tenantName(target.ticket.tenantId) }
        : null,
      needsConfirmation: mergeNeedsConfirmation(source, target),
      fingerprint: yield* mergeFingerprint(source, target, history)
    }
    return preview
  })
})

// ---- merging ---------------------------------------------------------------------------------------------------------------------------

/** Takes those in who take part in the other ticket only; who was removed from this one stays out. Answers whom. */
const admitAll = Effect.fnUntraced(function* (
  hand: Hand,
  into: Work,
  author: Author,
  { from, known }: { readonly from: Opened; readonly known: Opened },
  readsAfter: number,
  told: boolean
) {
  const admitted: Array<Participant> = []
  for (const other of from.participants.filter(takesPart)) {
    if (known.participants.some(({ email }) => email === other.email)) continue
    const { accountId, email, name } = other
    const row = yield* admit(hand, into, { email, name, accountId, readsAfter })
    if (row === null) continue
    // what is known of an address stays known
    const { provenAt, undeliverableAt, writes } = other
    const participant: Participant = { ...row, provenAt, undeliverableAt, writes }
    change(into, participant)
    admitted.push(participant)
    enter(hand, into, author, "participantAdded", { participantId: row.id, all: readsAfter === 0 })
    hand.record({
      type: "ticket.participantAdded",
      tenantId: into.ticket.tenantId ?? undefined,
      subject: subjectOf(into.ticket.id),
      data: { participantId: row.id, all: readsAfter === 0 },
      personal: { email }
    })
  }
  const { maxParticipants } = hand.settings.tickets
  if (admitted.length > 0 && into.participants.filter(takesPart).length > maxParticipants) {
    return yield* new TooManyParticipants({ max: maxParticipants })
  }
  if (told) {
    for (const participant of admitted.filter(({ undeliverableAt }) => undeliverableAt === null)) {
      const values = { ...ticketMails.valuesOf(into.ticket, participant), by: author.name }
      hand.send(ticketMails.added.mail({ ...ticketMails.envelope(into.ticket, participant), values }))
    }
  }
  return admitted
})

/** To those who took part before: that others do now (TIC-07). */
const tell = (
  hand: Hand,
  work: Work,
  author: Author,
  admitted: ReadonlyArray<Participant>,
  history: SharedHistory
): void => {
  if (admitted.length === 0) return
  const joined = new Set(admitted.map(({ id }) => id))
  for (const participant of work.participants) {
    if (!takesPart(participant) || participant.undeliverableAt !== null || joined.has(participant.id)) continue
    hand.send(newcomersMail(work, participant, author, admitted, history === "all"))
  }
}

/**
 * Those of a ticket that was merged into another one before whose part has ended in that one: as long as it went on, that was enough to keep them out (TIC-07).
 */
const endedBy = ({ participants }: Opened, moved: Work): ReadonlyArray<Participant> =>
  moved.participants.filter((one) => takesPart(one) && endedIn(participants, one))

/** Gives somebody their part back that a merge has ended, as it was. */
const takeBack = (hand: Hand, work: Work, participant: Participant, author: Author): void => {
  change(work, { ...participant, removedAt: null })
  const data = { participantId: participant.id, all: participant.readsAfter === 0 }
  enter(hand, work, author, "participantAdded", data)
  hand.record({
    type: "ticket.participantAdded",
    tenantId: work.ticket.tenantId ?? undefined,
    subject: subjectOf(work.ticket.id),
    data,
    personal: { email: participant.email }
  })
}

/** Writes tickets that go from one target to another with it: nothing goes out and no clock moves, so all of them are written at once. */
const keepAll = Effect.fnUntraced(function* (works: ReadonlyArray<Work>) {
  const tickets = yield* TicketRepository
  yield* tickets.saveAll(works.map(({ ticket }) => ticket))
  const saved = works.flatMap((work) => work.participants.filter(({ id }) => work.saved.has(id)))
  if (saved.length > 0) yield* tickets.saveParticipants(saved)
  const changes = works.flatMap((work) => work.changes)
  if (changes.length > 0) yield* tickets.appendChanges(changes)
})

/**
 * Makes two tickets one (TIC-10): what is said from now on is said in the target. Every message stays where it was written, and those who read the target
 * read in it what they could read of the source, and nothing else unless the caller has confirmed it.
 */
export const merge = UseCase.command({
  name: "desk.merge",
  summary: "Merges a ticket into another one; where participants differ, only what was confirmed.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({
    ...MergeInput,
    /** The fingerprint of the preview that the caller has seen. */
    confirmed: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(100)))
  }),
  output: TicketAfter,
  errors: [NotFound, TicketMerged, TicketStepNotPossible, SightNotConfirmed, TooManyParticipants],
  unit: Effect.fnUntraced(function* ({ confirmed, history, intoId, ticketId }, unit) {
    const author = yield* agentOf("desk.merge", unit)
    const tickets = yield* TicketRepository
    const desk = yield* DeskRepository
    const isMerged = (other: Ticket) => other.mergedInto === ticketId
    const before = (yield* tickets.related(ticketId)).filter(isMerged).map(({ id }) => id)
    const locked = yield* tickets.openAllForUpdate([...new Set([ticketId, intoId, ...before])])
    const by = actsAs(unit.actor)
    const openedAs = (id: TicketId) => locked.find(({ ticket }) => ticket.id === id)
    const source = yield* workable(openedAs(ticketId))
    const target = yield* workable(openedAs(intoId))
    if (ticketId === intoId) return yield* new TicketStepNotPossible({ state: source.ticket.state })
    yield* mayMerge(by, source.ticket)
    yield* mayMerge(by, target.ticket)
    const moved = (yield* tickets.related(ticketId)).filter(isMerged)
    if (moved.length !== before.length || moved.some(({ id }) => !before.includes(id))) {
      // merged or taken apart since it was read: other rows have to be locked
      return yield* new PersistenceError({ operation: "ticket.related", reason: "conflict" })
    }
    const today = withoutUndone(yield* desk.undoneMerges(ticketId, intoId))
    const [ofSource, ofTarget] = [today(openedOf(source)), today(openedOf(target))]
    if (mergeNeedsConfirmation(ofSource, ofTarget)) {
      if (confirmed !== (yield* mergeFingerprint(ofSource, ofTarget, history))) return yield* new SightNotConfirmed()
    }
    const all = history === "all"
    const readsAfter = all ? 0 : target.ticket.lastMessage
    const toTarget = yield* admitAll(unit, target, author, { from: ofSource, known: ofTarget }, readsAfter, true)
    const toSource = all ? yield* admitAll(unit, source, author, { from: ofTarget, known: ofSource }, 0, false) : []
    tell(unit, target, author, toTarget, history)

    const id = yield* nextId(MergeId)
    source.ticket = { ...source.ticket, mergedInto: intoId }
    // the two are read as one: what is said from now on stands behind what was said in either
    const { staffActivityAt } = source.ticket
    target.ticket = {
      ...target.ticket,
      staffActivityAt: Instant.latest(target.ticket.staffActivityAt, staffActivityAt)
    }
    enter(unit, source, author, "mergedInto", { into: target.ticket.number, history }, "internal")
    enter(unit, target, author, "merged", { from: source.ticket.number, history }, "internal")
    yield* keep(unit, source, author)
    const after = yield* keep(unit, target, author)
    const moving = locked.filter(({ ticket }) => before.includes(ticket.id)).map(begin)
    for (const one of moving) {
      one.ticket = { ...one.ticket, mergedInto: intoId }
      // the ticket that says so is not the one that goes on any more
      for (const participant of endedBy(ofSource, one)) dismiss(unit, one, participant, author)
    }
    yield* keepAll(moving)
    yield* desk.insertMerge({
      id,
      sourceId: ticketId,
      targetId: intoId,
      addedToSource: toSource.map(({ id }) => id),
      addedToTarget: toTarget.map(({ id }) => id),
      moved: moved.map(({ id }) => id),
      byId: unit.actor.accountId,
      at: unit.now,
      undoneAt: null
    })
    unit.record({
      type: "ticket.merged",
      subject: subjectOf(ticketId),
      data: { into: intoId, history, addedToTarget: toTarget.length, addedToSource: toSource.length }
    })
    return afterOf(after)
  })
})

/**
 * Takes apart what was merged: the source goes on by itself, and who takes part in one of the tickets only because of the merge does not any more. What was
 * written in the target since then stays there.
 */
export const undoMerge = UseCase.command({
  name: "desk.undoMerge",
  summary: "Undoes the merging of a ticket into another one.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ticketId: TicketId }),
  output: TicketAfter,
  errors: [NotFound, MergeNotUndoable],
  unit: Effect.fnUntraced(function* ({ ticketId }, unit) {
    const author = yield* agentOf("desk.undoMerge", unit)
    const tickets = yield* TicketRepository
    const desk = yield* DeskRepository
    const merge = Option.getOrUndefined(yield* desk.findMerge(ticketId))
    if (merge === undefined) return yield* new NotFound({ kind: "merge" })
    const locked = yield* tickets.openAllForUpdate([ticketId, merge.targetId, ...merge.moved])
    const openedAs = (id: TicketId) => locked.find(({ ticket }) => ticket.id === id)
    const [ofSource, ofTarget] = [openedAs(ticketId), openedAs(merge.targetId)]
    if (ofSource === undefined || ofTarget === undefined) return yield* new NotFound({ kind: "merge" })
    if (ofSource.ticket.mergedInto !== merge.targetId) {
      // undone in the meantime, or moved on with its target
      const stillOpen = Option.isSome(yield* desk.findMerge(ticketId))
      return yield* stillOpen ? new MergeNotUndoable() : new NotFound({ kind: "merge" })
    }
    if (ofTarget.ticket.mergedInto !== null) return yield* new MergeNotUndoable()
    yield* desk.endMerge(merge.id, unit.now)
    const source = begin(ofSource)
    const target = begin(ofTarget)
    const end = (work: Work, ids: ReadonlyArray<ParticipantId>) => {
      for (const participant of work.participants) {
        if (ids.includes(participant.id) && takesPart(participant)) dismiss(unit, work, participant, author)
      }
    }
    end(target, merge.addedToTarget)
    end(source, merge.addedToSource)
    source.ticket = { ...source.ticket, mergedInto: null }
    enter(unit, source, author, "mergeUndone", { from: target.ticket.number }, "internal")
    enter(unit, target, author, "mergeUndone", { of: source.ticket.number }, "internal")
    const after = yield* keep(unit, source, author)
    yield* keep(unit, target, author)
    const followed = new Set(merge.moved)
    const back = locked.filter(({ ticket }) => followed.has(ticket.id) && ticket.mergedInto === merge.targetId)
    const moving = back.map(begin)
    for (const one of moving) {
      one.ticket = { ...one.ticket, mergedInto: ticketId }
      // this merge has ended their part here; the ticket that they were removed from keeps them out again
      const ended = one.participants.filter(
        (participant) => participant.removedAt === merge.at && endedIn(ofSource.participants, participant)
      )
      for (const participant of ended) takeBack(unit, one, participant, author)
    }
    yield* keepAll(moving)
    unit.record({ type: "ticket.mergeUndone", subject: subjectOf(ticketId), data: { from: merge.targetId } })
    return afterOf(after)
  })
})

// ---- splitting -------------------------------------------------------------------------------------------------------------------------

const SplitInput = {
  ticketId: TicketId,
  /** The numbers of the messages that the new ticket begins with; they stay where they are, too. */
  messages: Schema.Array(Seq).check(
    Schema.makeFilter((seqs) => (seqs.length === 0 ? "missing" : seqs.length > 100 ? "too-many" : undefined))
  ),
  /** Whose ticket the new one is. */
  contactId: ParticipantId,
  /** Who else takes part in it. */
  othersIds: Schema.Array(ParticipantId).check(Schema.isMaxLength(50))
}

/** What of a ticket goes into a new one, and for whom. */
interface Splitting {
  readonly people: ReadonlyArray<Participant>
  readonly messages: ReadonlyArray<Message>
  readonly preview: Preview
}

/** The messages with these numbers, as far as they are there. */
const chosen = Effect.fnUntraced(function* (ticketId: TicketId, numbers: ReadonlyArray<number>) {
  const tickets = yield* TicketRepository
  const wanted = new Set(numbers)
  const last = Math.max(...numbers)
  const messages: Array<Message> = []
  let after = Math.min(...numbers) - 1
  while (after < last) {
    const limit = Math.min(PORTION, last - after)
    const rows = yield* tickets.messages(ticketId, { publicAfter: null }, { after: Option.some(after), limit })
    messages.push(...rows.slice(0, limit).filter(({ seq }) => wanted.has(seq)))
    if (rows.length < limit) break
    after += limit
  }
  return messages
})

const splitting = Effect.fnUntraced(function* (
  opened: Opened,
  input: {
    readonly messages: ReadonlyArray<number>
    readonly contactId: ParticipantId
    readonly othersIds: ReadonlyArray<ParticipantId>
  }
) {
  const { participants, ticket } = opened
  const people: Array<Participant> = []
  for (const id of new Set([input.contactId, ...input.othersIds])) {
    const participant = participants.find((one) => one.id === id)
    if (participant === undefined || !takesPart(participant)) return yield* new NotFound({ kind: "participant" })
    people.push(participant)
  }
  const messages = yield* chosen(ticket.id, input.messages)
  if (messages.length < new Set(input.messages).size) return yield* new NotFound({ kind: "message" })
  const isPublic = messages.filter(({ visibility }) => visibility === "public")
  const everyone = active(opened)
  const sights = [...everyone.values()].map((participant): SightOf => {
    const readable = isPublic.filter((message) => mayRead({ _tag: "Participant", participant }, message)).length
    const goesOn = people.includes(participant)
    return {
      email: participant.email,
      name: participant.name,
      before: { source: readable, target: 0 },
      after: { source: readable, target: goesOn ? isPublic.length : 0 },
      goesOn,
      gains: goesOn && isPublic.length > readable
    }
  })
  const preview: Preview = {
    sights,
    tenants: null,
    needsConfirmation: sights.some(({ gains }) => gains) || people.length !== everyone.size,
    fingerprint: yield* fingerprintOf({
      split: ticket.id,
      messages: messages.map(({ seq }) => seq),
      people: people.map(({ id }) => id),
      rows: rowsOf(opened)
    })
  }
  const result: Splitting = { people, messages, preview }
  return result
})

/** Who would see what if these messages became a ticket of their own; nothing changes (TIC-10). */
export const previewSplit = UseCase.query({
  name: "desk.previewSplit",
  summary: "Shows who would see what if a part of a ticket became a new one.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct(SplitInput),
  output: SightPreview,
  errors: [NotFound, TicketMerged],
  run: Effect.fnUntraced(function* (input, { actor }) {
    yield* Effect.fromResult(staffMay("desk.previewSplit", actor))
    const tickets = yield* TicketRepository
    const work = yield* workable(Option.getOrUndefined(yield* tickets.open(input.ticketId)))
    const { preview } = yield* splitting(openedOf(work), input)
    return preview
  })
})

/**
 * Makes a part of a ticket a new one (TIC-10): it begins with the chosen messages, which stay in the old ticket, too. Those who take part in the new one
 * read them in it, what only staff read stays theirs, and the contact is told the new number.
 */
export const split = UseCase.command({
  name: "desk.split",
  summary: "Makes a part of a ticket a new one; where participants differ, only what was confirmed.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({
    ...SplitInput,
    subject: line(200),
    confirmed: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(100)))
  }),
  output: TicketAfter,
  errors: [NotFound, TicketMerged, TicketStepNotPossible, SightNotConfirmed],
  unit: Effect.fnUntraced(function* (input, unit) {
    const author = yield* agentOf("desk.split", unit)
    const tickets = yield* TicketRepository
    const work = yield* workable(Option.getOrUndefined(yield* tickets.openForUpdate(input.ticketId)))
    const { ticket } = work
    const edge = { event: "split", by: actsAs(unit.actor), channel: "staff" } as const
    yield* Effect.fromResult(stateAfter(ticket.state, edge))
    if (ticket.spam) return yield* new TicketStepNotPossible({ state: ticket.state })
    const { messages, people, preview } = yield* splitting(openedOf(work), input)
    if (preview.needsConfirmation && input.confirmed !== preview.fingerprint) return yield* new SightNotConfirmed()

    const [contact, ...others] = people
    if (contact === undefined) return yield* new NotFound({ kind: "participant" })
    // behind the messages that it begins with
    const hand = { ...unit, now: Instant.latest(unit.now, ticket.staffActivityAt) }
    const made = yield* beginNew(hand, {
      contact: { email: contact.email, name: contact.name, accountId: contact.accountId },
      companyName: ticket.companyName,
      subject: input.subject,
      customerNumber: ticket.customerNumber,
      category: ticket.category,
      priority: ticket.priority,
      tenantId: ticket.tenantId,
      locale: ticket.locale,
      plan: ticket.clocks.plan ?? null,
      channel: ticket.channel,
      others: others.map(({ accountId, email, name }) => ({ email, name, accountId }))
    })
    for (const participant of made.participants) {
      const before = people.find(({ email }) => email === participant.email)
      if (before === undefined) continue
      const { provenAt, undeliverableAt, writes } = before
      change(made, { ...participant, provenAt, undeliverableAt, writes })
    }
    enter(unit, made, author, "splitFrom", { from: ticket.number }, "internal")
    // not said anew: nobody gets a mail about what they have read
    const copies: Array<Message> = []
    for (const [index, message] of messages.entries()) {
      const email = work.participants.find(({ id }) => id === message.participantId)?.email
      copies.push({
        ...message,
        ticketId: made.ticket.id,
        seq: index + 1,
        id: yield* nextId(MessageId),
        participantId: made.participants.find((one) => one.email === email)?.id ?? null
      })
    }
    made.ticket = { ...made.ticket, lastMessage: copies.length }
    made.wrote = "customer"
    const after = yield* keep(unit, made, author)
    yield* tickets.appendMessages(copies)
    yield* tickets.index(
      after.id,
      copies.map(({ seq, text, visibility }) => ({ seq, internal: visibility === "internal", words: wordsOf(text) }))
    )
    const places = copies.map(
      ({ files, id, seq, ticketId, visibility }, index) =>
        [messages[index]?.id, files, { ticketId, messageId: id, seq, visibility }] as const
    )
    yield* Files.copyAll(
      new Map(places.flatMap(([from, files, place]) => (from === undefined || files === 0 ? [] : [[from, place]])))
    )
    const numbers = messages.map(({ seq }) => seq)
    enter(unit, work, author, "split", { into: after.number, messages: numbers }, "internal")
    yield* keep(unit, work, author)
    acknowledge(unit, made, contactOf(openedOf(made)).id)
    for (const participant of made.participants) {
      if (participant.role === "contact" || participant.undeliverableAt !== null) continue
      const values = { ...ticketMails.valuesOf(after, participant), by: author.name }
      unit.send(ticketMails.added.mail({ ...ticketMails.envelope(after, participant), values }))
    }
    unit.record({
      type: "ticket.split",
      subject: subjectOf(input.ticketId),
      data: { into: after.id, messages: numbers, people: people.length }
    })
    return afterOf(after)
  })
})

export const useCases = UseCase.registry(previewMerge, merge, undoMerge, previewSplit, split)
