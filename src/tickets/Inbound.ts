import { Effect, Option, Result, Schema } from "effect"
import { Crypto, toBase64Url } from "../kernel/Crypto.ts"
import { canonicalJson } from "../kernel/canonicalJson.ts"
import { type EmailAddress, parse as parseAddress } from "../kernel/EmailAddress.ts"
import { InboundMailId, nextId, type ParticipantId, ShortNumber, TicketId } from "../kernel/ids.ts"
import { draw, personalKey, sourceKey } from "../kernel/Limits.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { type Limit, Settings } from "../kernel/Settings.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { type Classification, classify, type Own } from "../mail/inbound/classify.ts"
import type { InboundMail } from "../mail/inbound/InboundMail.ts"
import { InboundRepository, OutcomeName, type StoredInbound } from "../mail/inbound/InboundRepository.ts"
import { MailParser, type ParseFault } from "../mail/inbound/MailParser.ts"
import * as Mails from "../mail/Mails.ts"
import { answerAs, leaveAs, mayAcknowledge } from "./conversation.ts"
import {
  beginTicket,
  cut,
  fitting,
  type Hand,
  hang,
  LONGEST_SUBJECT,
  nothingTaken,
  type Taken,
  takeParts,
  type Written,
  withQuotation,
  writtenOf
} from "./mailWords.ts"
import * as ReplyAddress from "./replyAddress.ts"
import { type Participant, takesPart } from "./Ticket.ts"
import { type Opened, TicketRepository } from "./TicketRepository.ts"
import { isMessageId, LOOP_HEADER } from "./ticketTravel.ts"

// ---- what a message is -----------------------------------------------------------------------------------------------------------------

/** Staff see so much of a held message without opening its source. */
const LONGEST_SHOWN = 20_000
/** Somebody who writes to more tickets at once is a machine. */
const MOST_ADDRESSES = 20

const digestOf = Effect.fnUntraced(function* (data: Uint8Array | string) {
  const crypto = yield* Crypto
  return toBase64Url(yield* crypto.sha256(data))
})

/** Whose mailbox an answer came to, as its token says: valid at the time of looking. */
interface Target {
  readonly ticketId: TicketId
  readonly participantId: ParticipantId
  readonly address: ReplyAddress.ReplyAddress
}

interface Read {
  readonly mail: InboundMail
  readonly classification: Classification
  /** The one ticket and person that it is addressed to by a token that counts; null without one. */
  readonly target: Target | null
  /** The number in a reply address that does not count: for staff, as a hint. */
  readonly claimed: string | null
  /** Whether a reply address of ours stands in it at all. */
  readonly addressed: boolean
}

const ownOf = (settings: Settings, mailbox: EmailAddress): Own => {
  const portal = Option.getOrUndefined(parseAddress(settings.mail.from.address))
  return {
    mailbox,
    loopHeader: LOOP_HEADER,
    hops: settings.inbound.hops,
    isOurs: (address) => address === portal || ReplyAddress.parse(address, settings)._tag !== "Foreign"
  }
}

/** The participant that a reply address belongs to, if its token counts. */
const participantOf = Effect.fnUntraced(function* (address: ReplyAddress.ReplyAddress, opened: Opened) {
  for (const participant of opened.participants) {
    if (participant.seq === address.seq && (yield* ReplyAddress.verify(address, opened.ticket, participant))) {
      return participant
    }
  }
  return undefined
})

const isNumber = Schema.is(ShortNumber)

/** Looks at the addresses that the message came to, the envelope's first: a token is as good in a header, for whoever writes it there has it. */
const addressee = Effect.fnUntraced(function* (recipient: string, mail: InboundMail, settings: Settings) {
  const tickets = yield* TicketRepository
  const named = [...mail.to, ...mail.cc].flatMap(({ email }) => (email === null ? [] : [email]))
  const found = [...new Set([recipient, ...named.slice(0, 200)])].map((one) => ReplyAddress.parse(one, settings))
  const replies = found.flatMap((one) => (one._tag === "Reply" ? [one.address] : [])).slice(0, MOST_ADDRESSES)
  for (const address of replies) {
    if (!isNumber(address.number)) continue
    const ticket = Option.getOrUndefined(yield* tickets.findByNumber(address.number))
    const opened = ticket === undefined ? undefined : Option.getOrUndefined(yield* tickets.open(ticket.id))
    const participant = opened === undefined ? undefined : yield* participantOf(address, opened)
    if (ticket !== undefined && participant !== undefined) {
      const target: Target = { ticketId: ticket.id, participantId: participant.id, address }
      return { target, claimed: null, addressed: true }
    }
  }
  return {
    target: null,
    claimed: replies[0]?.number ?? null,
    addressed: found.some(({ _tag }) => _tag === "Reply" || _tag === "Broken")
  }
})

/** What a message says, apart from the way that it took: two of the same Message-ID are the same only if this is the same (MIN-06). */
const contentOf = Effect.fnUntraced(function* (mail: InboundMail) {
  const parts = yield* Effect.forEach(mail.parts, (part) =>
    Effect.map(digestOf(part.content), (digest) => [part.type, part.name, part.contentId, part.inline, digest])
  )
  const { date, from, html, references, subject, text } = mail
  return [from?.email ?? null, from?.name ?? null, date, subject, text, html, references, parts]
})

// ---- what becomes of a message ---------------------------------------------------------------------------------------------------------

/** Everything about a message that takes time, and is no decision yet. */
interface Prepared {
  readonly raw: Uint8Array
  readonly digest: string
  readonly mailbox: EmailAddress
  /** Why it is not even looked at, and its bytes are not kept. */
  readonly refused: "recipient" | "too-large" | null
  /** Why it cannot be read. */
  readonly fault: ParseFault | null
  readonly read: Read | null
  readonly takenKey: string
  readonly written: Written | null
  readonly taken: Taken
}

/** One way to end, before it is stored. */
interface End extends Pick<StoredInbound, "outcome" | "reason"> {
  readonly ticketId?: TicketId | null
  readonly ticketMessageId?: StoredInbound["ticketMessageId"]
}

const held = (reason: string, ticketId: TicketId | null = null): End => ({ outcome: "Held", reason, ticketId })

const Authentication = Schema.Literals(["pass", "fail", "none"])

const Input = Schema.Struct({
  /** The message as it came, as base64. */
  raw: Schema.String.check(
    Schema.makeFilter((text) => (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? undefined : "base64"))
  ),
  /** Whom it was delivered to: `RCPT TO`. */
  recipient: Schema.String.check(Schema.isMaxLength(1_000)),
  /** The return path, `MAIL FROM`; empty for the null path. */
  sender: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1_000))),
  /** What the host's own server found of the author's domain (DMARC); a `fail` is held whatever else it has. */
  authentication: Schema.optionalKey(Authentication)
})
type Input = typeof Input.Type

const isUnread = (end: Pick<Read, "classification">): boolean => end.classification._tag !== "Normal"

/** Whether it looks by now as if it became a message, so that its files are needed; the unit decides. */
const wouldBeWritten = Effect.fnUntraced(function* (
  { claimed, addressed, mail, target, classification }: Read,
  input: Input
) {
  if (isUnread({ classification }) || mail.from?.email == null || input.authentication === "fail") return false
  if (target === null) return !addressed && claimed === null
  const tickets = yield* TicketRepository
  const opened = Option.getOrUndefined(yield* tickets.open(target.ticketId))
  const participant = opened?.participants.find(({ id }) => id === target.participantId)
  return participant?.email === mail.from.email
})

const readMail = Effect.fnUntraced(function* (
  raw: Uint8Array,
  input: Input,
  mailbox: EmailAddress,
  settings: Settings
) {
  const parser = yield* MailParser
  const mail = yield* parser.parse(raw, settings.inbound.limits)
  const found = yield* addressee(input.recipient, mail, settings)
  const read: Read = { mail, classification: classify(mail, input, ownOf(settings, mailbox)), ...found }
  return read
})

/** A mistake of the operator that lets nothing in: no answer could be told from another mail. */
const mailboxOf = (settings: Settings): Effect.Effect<EmailAddress> =>
  Option.match(ReplyAddress.mailbox(settings), {
    onNone: () => Effect.die(new Error("Settings.inbound.address is no address that reply addresses can be made of")),
    onSome: Effect.succeed
  })

const isOurs = (recipient: string, settings: Settings): boolean => {
  const portal = Option.getOrUndefined(parseAddress(settings.mail.from.address))
  return (
    ReplyAddress.parse(recipient, settings)._tag !== "Foreign" ||
    (portal !== undefined && Option.getOrUndefined(parseAddress(recipient)) === portal)
  )
}

/**
 * Whether mail to this address is taken in at all: for the host's answer to `RCPT TO`, where each recipient gets one of its own (550 of RFC 5321 section 4.3.2
 * where not). It says nothing of tickets: a reply address whose token does not count is ours, too.
 */
export const isRecipient = (recipient: string): Effect.Effect<boolean> =>
  Effect.map(Settings, (settings) => isOurs(recipient, settings))

const prepare = Effect.fnUntraced(function* (input: Input, { settings }: Pick<UseCase.Call<"Job">, "settings">) {
  const raw = new Uint8Array(Buffer.from(input.raw, "base64"))
  const digest = yield* digestOf(raw)
  const mailbox = yield* mailboxOf(settings)
  const unread = {
    ...{ raw, digest, mailbox, takenKey: `raw ${digest}`, taken: nothingTaken },
    ...{ refused: null, fault: null, read: null, written: null }
  }
  if (!isOurs(input.recipient, settings)) return { ...unread, refused: "recipient" } satisfies Prepared
  // what is larger is refused without a look at what it is
  if (raw.length > settings.inbound.limits.bytes) return { ...unread, refused: "too-large" } satisfies Prepared
  const result = yield* Effect.result(readMail(raw, input, mailbox, settings))
  if (Result.isFailure(result)) {
    if (result.failure._tag !== "MailUnreadable") return yield* result.failure
    return { ...unread, fault: result.failure.fault } satisfies Prepared
  }
  const read = result.success
  const { classification, mail, target } = read
  const key = [
    mail.messageId ?? `raw ${digest}`,
    yield* contentOf(mail),
    classification._tag,
    input.authentication ?? "none",
    target === null ? null : `${target.participantId} ${target.address.purpose}`
  ]
  const wanted = yield* wouldBeWritten(read, input)
  const prepared: Prepared = {
    ...unread,
    read,
    takenKey: yield* digestOf(canonicalJson(key)),
    written: isUnread(read) ? null : yield* writtenOf(mail),
    taken: wanted ? yield* takeParts(mail.parts, settings) : nothingTaken
  }
  return prepared
})

/** A report that something did not arrive: marks whom it is about only if it names a mail that was sent to them (MIN-05). */
const bounced = Effect.fnUntraced(function* (
  hand: Hand,
  report: Extract<Classification, { readonly _tag: "Bounce" }>["report"]
) {
  const permanent = report.recipients.filter(({ status }) => status === "permanent")
  const [first] = permanent
  if (first === undefined) {
    const end: End = { outcome: "Bounce", reason: "temporary" }
    return end
  }
  if (report.messageId === null) return { outcome: "Bounce", reason: "untraced" } satisfies End
  for (const { diagnostic, recipient } of permanent) {
    if (recipient === null) continue
    const mail = yield* Mails.recordBounce(hand, {
      messageId: report.messageId,
      recipient,
      detail: diagnostic ?? undefined
    })
    if (Option.isNone(mail)) continue
    const id = mail.value.process.startsWith("ticket:") ? mail.value.process.slice("ticket:".length) : ""
    return {
      outcome: "Bounce",
      reason: "permanent",
      ticketId: Schema.is(TicketId)(id) ? id : null
    } satisfies End
  }
  return { outcome: "Bounce", reason: "untraced" } satisfies End
})

/** The ticket, and the one that goes on in its place if it was merged: both at once, so that they are locked in the order of their ids. */
const lockedWithTarget = Effect.fnUntraced(function* (id: TicketId) {
  const tickets = yield* TicketRepository
  const before = Option.getOrUndefined(yield* tickets.find(id))
  const into = before?.mergedInto ?? null
  const all = yield* tickets.openAllForUpdate(into === null ? [id] : [id, into])
  const opened = all.find(({ ticket }) => ticket.id === id)
  if ((opened?.ticket.mergedInto ?? null) !== into) {
    return yield* new PersistenceError({ operation: "tickets.receive", reason: "conflict" })
  }
  return { opened, target: all.find(({ ticket }) => ticket.id === into) }
})

/** The ticket in which somebody's words go on: this one, or the one that it was merged into, if they take part there. */
const goingOn = (opened: Opened, participant: Participant, target: Opened | undefined) => {
  if (opened.ticket.mergedInto === null) return { opened, participant }
  const same = target?.participants.find(({ email }) => email === participant.email)
  return target === undefined || same === undefined || !takesPart(same)
    ? undefined
    : { opened: target, participant: same }
}

/** What came to a reply address whose token counts: the sender is asked for next (MIN-02, R-TI-05, V-31). */
const answered = Effect.fnUntraced(function* (hand: Hand, input: Input, prepared: Prepared, target: Target) {
  const { read, written } = prepared
  const tickets = yield* TicketRepository
  const { opened, target: goesOn } = yield* lockedWithTarget(target.ticketId)
  const participant = opened?.participants.find(({ id }) => id === target.participantId)
  // since the message was read, the token may have died
  if (
    opened === undefined ||
    participant === undefined ||
    !(yield* ReplyAddress.verify(target.address, opened.ticket, participant)) ||
    !takesPart(participant)
  )
    return held("token", target.ticketId)
  if (read === null || written === null || read.classification._tag !== "Normal")
    return held("machine", target.ticketId)
  const { mail } = read
  if (mail.from?.email !== participant.email) return held("sender", target.ticketId)
  if (input.authentication === "fail") return held("authentication", target.ticketId)
  if (target.address.purpose === "leave") {
    if (participant.role === "contact") return held("contact-leaves", target.ticketId)
    // a contact was held above
    yield* Effect.catchTag(leaveAs(hand, { opened, participant }), "ContactStays", Effect.die)
    return { outcome: "Threaded", reason: "left", ticketId: target.ticketId } satisfies End
  }
  const place = goingOn(opened, participant, goesOn)
  if (place === undefined) return held("merged", target.ticketId)
  const limit = hand.settings.limits.inboundPerParticipant
  const drawn = yield* Effect.result(draw([{ key: `tickets.inbound:${participant.id}`, limit }], hand.now))
  if (Result.isFailure(drawn)) {
    if (drawn.failure._tag !== "TooManyAttempts") return yield* drawn.failure
    return held("too-many", target.ticketId)
  }
  const closed = place.opened.ticket.state === "Closed"
  const { id } = place.opened.ticket
  const heirs = closed ? (yield* tickets.related(id)).filter((one) => one.followUpOf === id).map((one) => one.id) : [id]
  const taken = yield* fitting(prepared.taken, heirs, hand.settings)
  if (written.text === "" && taken.files.length === 0) return held("empty", target.ticketId)
  const acknowledged =
    closed &&
    read.classification.answer &&
    (yield* mayAcknowledge(hand, participant.email, { tenantId: place.opened.ticket.tenantId }, "mail"))
  const said = yield* Effect.result(
    answerAs(hand, {
      ...place,
      channel: "mail",
      text: written.text,
      html: written.html,
      folded: written.folded,
      mailMessageId: mail.messageId,
      files: taken.files.length,
      acknowledged
    })
  )
  if (Result.isFailure(said)) {
    if (said.failure._tag !== "TicketStepNotPossible") return yield* said.failure
    return held("not-possible", target.ticketId)
  }
  yield* hang(hand, said.success.message, said.success.opened, taken)
  return {
    outcome: "Threaded",
    reason: said.success.isFollowUp ? "follow-up" : null,
    ticketId: said.success.ticket.id,
    ticketMessageId: said.success.message.id
  } satisfies End
})

/** A message of ours that it refers to, as its Message-ID says. */
const refersToUs = (mail: InboundMail, settings: Settings): ReadonlyArray<string> =>
  mail.references
    .filter((id) => isMessageId(id) && id.endsWith(`@${settings.mail.domain}>`))
    .map((id) => id.slice(1, id.lastIndexOf("@")))

/** What came without a token that counts: a new ticket, unless it looks like part of an old one, or there are too many (MIN-02, MIN-04). */
const unaddressed = Effect.fnUntraced(function* (hand: Hand, input: Input, prepared: Prepared) {
  const { read, written } = prepared
  const tickets = yield* TicketRepository
  if (read === null || written === null || read.classification._tag !== "Normal") return held("machine")
  const { mail } = read
  if (read.addressed) {
    const ticket = isNumber(read.claimed) ? Option.getOrUndefined(yield* tickets.findByNumber(read.claimed)) : undefined
    return held("token", ticket?.id ?? null)
  }
  const email = mail.from?.email ?? null
  if (email === null) return held("no-sender")
  if (input.authentication === "fail") return held("authentication")
  const [referred] = refersToUs(mail, hand.settings)
  if (referred !== undefined) {
    const ticket = Schema.is(TicketId)(referred) ? Option.getOrUndefined(yield* tickets.find(referred)) : undefined
    return held("no-token", ticket?.id ?? null)
  }
  const words = withQuotation(written)
  const taken = yield* fitting(prepared.taken, [], hand.settings)
  if (words.text === "" && taken.files.length === 0) return held("empty")
  const limit = hand.settings.limits.inboundPerAddress
  const drawn = yield* Effect.result(draw([{ key: yield* personalKey("tickets/inbound", email), limit }], hand.now))
  if (Result.isFailure(drawn)) {
    if (drawn.failure._tag !== "TooManyAttempts") return yield* drawn.failure
    return held("too-many")
  }
  const acknowledged = read.classification.answer && (yield* mayAcknowledge(hand, email, {}, "mail"))
  const { message, ticket } = yield* beginTicket(hand, { mail, written: words, taken }, email, acknowledged)
  return { outcome: "NewTicket", reason: null, ticketId: ticket.id, ticketMessageId: message.id } satisfies End
})

const decide = Effect.fnUntraced(function* (hand: Hand, input: Input, prepared: Prepared) {
  const { fault, read, refused } = prepared
  if (refused !== null) return { outcome: "Refused", reason: refused } satisfies End
  if (fault !== null || read === null) return held(fault ?? "malformed")
  const { classification, target } = read
  switch (classification._tag) {
    case "Bounce":
      return yield* bounced(hand, classification.report)
    case "Automatic":
      return {
        outcome: "Automatic",
        reason: classification.reason,
        ticketId: target?.ticketId ?? null
      } satisfies End
    case "Doubtful":
      return held("machine", target?.ticketId ?? null)
    case "Normal":
      return target === null
        ? yield* unaddressed(hand, input, prepared)
        : yield* answered(hand, input, prepared, target)
  }
})

type HeldHand = Pick<UseCase.Unit<"Job">, "now" | "request" | "settings">

/** What a mail that is held comes under. */
const heldLimits = ({ heldKiB, heldKiBPerDomain, heldKiBPerSender, heldKiBPerSource }: Settings["limits"]) => ({
  heldKiB,
  heldKiBPerDomain,
  heldKiBPerSender,
  heldKiBPerSource
})

/** Whether the operator wants nothing held: what would be is refused, for no time would come at which it was taken. */
const holdsNothing = ({ limits }: Settings): boolean => Object.values(heldLimits(limits)).some(({ max }) => max < 1)

/**
 * Draws on the budgets of bytes that nobody has asked for, and keeps nobody's ticket waiting. The author and the return path are whatever the sender says, so
 * the budget of all together is the one that bounds what strangers can fill the store with. Who has shown to be whom they say has another one than those who
 * have not, and no address, domain or source has more than its share: whoever uses theirs up keeps out nobody else.
 */
const drawBytes = Effect.fnUntraced(function* (
  hand: HeldHand,
  scope: "tickets.held" | "tickets.machines",
  { authentication, sender }: Input,
  { raw, read }: Prepared
) {
  const { heldKiB, heldKiBPerDomain, heldKiBPerSender, heldKiBPerSource } = heldLimits(hand.settings.limits)
  const { source } = hand.request
  const author = read?.mail.from?.email ?? sender?.trim().toLowerCase() ?? ""
  // whoever is named by a forgery does not pay for it
  const forged = authentication === "fail" ? " (forged)" : ""
  const common = authentication === "pass" ? `${scope}.shown` : scope
  // what is larger than a budget takes all of it, for it would never be taken in otherwise
  const rule = (key: string, limit: Limit) => ({
    key,
    limit,
    amount: Math.max(1, Math.min(Math.ceil(raw.length / 1024), limit.max))
  })
  const shares = [
    rule(yield* personalKey(scope, author + forged), heldKiBPerSender),
    rule(yield* personalKey(`${scope}.domain`, author.slice(author.lastIndexOf("@") + 1) + forged), heldKiBPerDomain),
    ...(source === undefined ? [] : [rule(`${scope}.source:${sourceKey(source)}`, heldKiBPerSource)])
  ]
  yield* draw([rule(common, heldKiB), ...shares], hand.now)
})

/**
 * Whether the bytes are kept. Those of a held message always, for somebody must look at it: beyond the budgets it is not taken in now, and its server, which
 * has it still, is to send it again. A machine is not told to come again; what its message says counts for nothing, and beyond the budgets it is not kept.
 */
const keepsBytes = Effect.fnUntraced(function* (
  hand: HeldHand,
  input: Input,
  prepared: Prepared,
  outcome: OutcomeName
) {
  switch (outcome) {
    case "Duplicate":
    case "Refused":
      return false
    case "Threaded":
    case "NewTicket":
      return true
    case "Held":
      yield* drawBytes(hand, "tickets.held", input, prepared)
      return true
    case "Automatic":
    case "Bounce":
      return yield* Effect.matchEffect(drawBytes(hand, "tickets.machines", input, prepared), {
        onSuccess: () => Effect.succeed(true),
        onFailure: (error) => (error._tag === "TooManyAttempts" ? Effect.succeed(false) : Effect.fail(error))
      })
  }
})

const subjectOf = (id: InboundMailId) => ({ kind: "inboundMail", id })

/**
 * Takes in one message, as it came, and ends it in exactly one way, which is stored with it (MIN-01). A message becomes somebody's words only by the token of
 * their reply address and their own address as the author (V-31); what machines write changes nothing and is answered by nothing (V-37). A host that does
 * not know whether a call went well makes it again: under the same idempotency key it is the same message, and else a repeat. After any error nothing was
 * stored, and the host must let the message come again later (451 of RFC 5321): `Unavailable` when the store is away, `TooManyAttempts` when more would have
 * to be held than `Settings.limits` allows. A host that knows from which address the message came says so as the `source` of the `RequestContext`, and it is
 * that of the server that has sent it, not of one of the host's own.
 */
export const receive = UseCase.command({
  name: "tickets.receive",
  summary: "Takes in one mail: an answer, a new ticket, a report, or something for staff to look at.",
  actors: ["Job"],
  requires: "job",
  input: Input,
  output: Schema.Struct({
    id: InboundMailId,
    outcome: OutcomeName,
    /** A code. */
    reason: Schema.NullOr(Schema.String),
    ticketId: Schema.NullOr(TicketId)
  }),
  errors: [],
  prepare,
  unit: Effect.fnUntraced(function* (input, unit, prepared) {
    const inbound = yield* InboundRepository
    const { digest, mailbox, raw, read, refused, takenKey } = prepared
    const id = yield* nextId(InboundMailId)
    const earlier = Option.getOrUndefined(yield* inbound.findTaken(mailbox, takenKey))
    const decided: End =
      earlier !== undefined && refused === null
        ? { outcome: "Duplicate", reason: null, ticketId: earlier.ticketId }
        : yield* decide(unit, input, prepared)
    const end: End =
      decided.outcome === "Held" && holdsNothing(unit.settings) ? { outcome: "Refused", reason: "not-held" } : decided
    const isHeld = end.outcome === "Held"
    const takes = end.outcome !== "Duplicate" && end.outcome !== "Refused"
    const stored: StoredInbound = {
      id,
      mailbox,
      takenKey: takes ? takenKey : null,
      messageId: read?.mail.messageId ?? null,
      digest,
      size: raw.length,
      outcome: end.outcome,
      reason: end.reason,
      ticketId: end.ticketId ?? null,
      ticketMessageId: end.ticketMessageId ?? null,
      repeats: earlier !== undefined && refused === null ? earlier.id : null,
      sender: isHeld ? (read?.mail.from?.email ?? null) : null,
      senderName: isHeld ? (read?.mail.from?.name ?? null) : null,
      subject: isHeld && read !== null ? cut(read.mail.subject, LONGEST_SUBJECT) : null,
      text: isHeld && read !== null ? cut(read.mail.text.trim(), LONGEST_SHOWN) : null,
      review: isHeld ? "waiting" : null,
      reviewedAt: null,
      reviewedBy: null,
      receivedAt: unit.now
    }
    yield* inbound.insert(stored, (yield* keepsBytes(unit, input, prepared, end.outcome)) ? raw : null)
    unit.record({
      type: "ticket.mailReceived",
      subject: subjectOf(id),
      data: { outcome: end.outcome, reason: end.reason, ticketId: stored.ticketId, size: raw.length },
      ...(read?.mail.from?.email == null ? {} : { personal: { sender: read.mail.from.email } })
    })
    return { id, outcome: end.outcome, reason: end.reason, ticketId: stored.ticketId }
  })
})

/** The message as `receive` takes it. */
export const encode = (raw: Uint8Array): string => Buffer.from(raw).toString("base64")

export const useCases = UseCase.registry(receive)
