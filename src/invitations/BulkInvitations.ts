import { Effect, Option, Schema } from "effect"
import { Crypto, toBase64Url } from "../kernel/Crypto.ts"
import { canonicalJson } from "../kernel/canonicalJson.ts"
import { EmailAddress, parse } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { InvitationId, nextId, TenantId } from "../kernel/ids.ts"
import { drawSome, Limits, toRow } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import { RoleNames } from "../kernel/Permission.ts"
import { NotAllowed, NotFound } from "../kernel/refusals.ts"
import { Locale } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { standing as standingOf } from "../tenants/Access.ts"
import { require } from "../tenants/Permissions.ts"
import { crowns, known, mayGrant } from "../tenants/Role.ts"
import * as Invitation from "./Invitation.ts"
import { Message } from "./Invitation.ts"
import { InvitationRepository } from "./InvitationRepository.ts"
import { invitationLink, invited } from "./invitationMails.ts"
import { addressRule, inviterRule, lifetimeOf, processOf, subject, tenantRule } from "./offers.ts"

/** At most so many addresses in one call (INV-11). */
export const MOST_ADDRESSES = 500

/** So many of them share one unit of work: few enough for one statement of each kind, and for others not to wait long. */
const PART = 50

/** What came of one address; in the order in which they were given. */
export const Outcome = Schema.Union([
  Schema.TaggedStruct("Invited", { address: EmailAddress, invitationId: InvitationId, expiresAt: Instant.Instant }),
  /** It was invited with these roles before: the mail goes out again with a new link (INV-07). */
  Schema.TaggedStruct("SentAgain", { address: EmailAddress, invitationId: InvitationId, expiresAt: Instant.Instant }),
  /** An open invitation with other roles stays as it is: replacing one is done one by one. */
  Schema.TaggedStruct("InvitedOtherwise", { address: EmailAddress, invitationId: InvitationId, roles: RoleNames }),
  /** No mail may be sent any more, by this tenant or caller or to this address; it makes sense to come back at `retryAt`. */
  Schema.TaggedStruct("LimitReached", { address: EmailAddress, retryAt: Instant.Instant }),
  /** What was given is no address; at most its first 320 characters. */
  Schema.TaggedStruct("InvalidAddress", { address: Schema.String }),
  /** The list has the same address further up. */
  Schema.TaggedStruct("Duplicate", { address: EmailAddress })
])
export type Outcome = typeof Outcome.Type

const Offering = {
  tenantId: TenantId,
  roles: RoleNames,
  message: Schema.optionalKey(Message),
  validForHours: Schema.optionalKey(Schema.Int),
  /** The language of the mails; `de` where it is not given. */
  locale: Schema.optionalKey(Locale)
}

/** The limits are for all of them: whoever may not send so many mails today gets an outcome that says so for the rest. */
const someOf = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Account">,
  input: Schema.Struct<typeof Offering>["Type"] & { readonly addresses: ReadonlyArray<EmailAddress> },
  secrets: ReadonlyArray<Effect.Success<typeof newLink>>
) {
  const { actor, now, settings } = unit
  const { tenantId } = input
  const roles = yield* Effect.fromResult(known(settings, input.roles))
  const lifetime = yield* Effect.fromResult(lifetimeOf(settings, input.validForHours))
  const [first] = input.addresses
  const invitations = yield* InvitationRepository
  const links = yield* Links.LinkRepository
  if (first === undefined) {
    const standing = yield* require(actor, settings, tenantId, "invitations.create")
    return mayGrant(settings, standing.permissions, roles) ? [] : yield* new NotAllowed({})
  }
  const found = yield* invitations.inviteFacts(tenantId, actor.accountId, first)
  const standing = yield* Effect.fromResult(
    standingOf(settings, actor, Option.getOrUndefined(found)?.inviter, "invitations.create")
  )
  if (Option.isNone(found)) return yield* new NotFound({ kind: "tenant" })
  if (!mayGrant(settings, standing.permissions, roles)) return yield* new NotAllowed({})
  if (crowns(settings, roles)) yield* Effect.fromResult(UseCase.provenRecently(unit))

  const pending = new Map(
    (yield* invitations.pendingOf(tenantId, input.addresses)).map((invitation) => [invitation.email, invitation])
  )
  const outcomes = new Map<EmailAddress, Outcome>()
  const asked: Array<{ readonly email: EmailAddress; readonly before: Invitation.Invitation | undefined }> = []
  for (const email of input.addresses) {
    const before = pending.get(email)
    const isOpen = before !== undefined && Invitation.stateAt(before, now) === "pending"
    if (isOpen && !Invitation.sameRoles(before.roles, roles)) {
      outcomes.set(email, {
        _tag: "InvitedOtherwise",
        address: email,
        invitationId: before.id,
        roles: before.roles
      })
    } else asked.push({ email, before })
  }
  const limits = yield* Limits
  const wanted: typeof asked = []
  let tried = 0
  // nobody's mailbox is filled by the same list again and again; of an address that gets no mail today nothing is used up
  const choose = Effect.fnUntraced(function* (left: number) {
    while (wanted.length < left && tried < asked.length) {
      const next = asked.slice(tried, tried + left - wanted.length)
      tried += next.length
      const rules = yield* Effect.forEach(next, ({ email }) =>
        Effect.map(addressRule(settings, tenantId, email), toRow)
      )
      const full = yield* limits.takeEach(rules, now)
      for (const [index, one] of next.entries()) {
        const retryAt = full.get(rules[index]?.key ?? "")
        if (retryAt === undefined) wanted.push(one)
        else outcomes.set(one.email, { _tag: "LimitReached", address: one.email, retryAt })
      }
    }
    return wanted.length
  })
  if (asked.length > 0) {
    const retryAt = yield* drawSome(
      [tenantRule(settings, tenantId), inviterRule(settings, actor.accountId)],
      choose,
      now
    )
    for (const { email } of asked.slice(tried)) outcomes.set(email, { _tag: "LimitReached", address: email, retryAt })
  }

  const expiresAt = Instant.plus(now, lifetime)
  const offered = {
    message: input.message ?? "",
    locale: input.locale ?? "de",
    inviterId: actor.accountId,
    inviterMembershipId: Invitation.placeOf(standing.facts),
    expiresAt,
    sentAt: now
  }
  const renewed: Array<InvitationId> = []
  const overdue: Array<InvitationId> = []
  const created: Array<Invitation.Invitation> = []
  const issued: Array<Links.Link> = []
  for (const [index, { before, email }] of wanted.entries()) {
    const renews = before !== undefined && Invitation.stateAt(before, now) === "pending"
    const id = renews ? before.id : yield* nextId(InvitationId)
    if (renews) renewed.push(id)
    else {
      if (before !== undefined) {
        overdue.push(before.id)
        unit.record({ type: "invitation.expired", tenantId, subject: subject(before.id) })
      }
      created.push({
        ...offered,
        id,
        tenantId,
        email,
        roles,
        state: "pending",
        contact: null,
        createdAt: now,
        endedAt: null,
        undeliverableAt: null
      })
    }
    const link = secrets[index]
    if (link === undefined) return yield* Effect.die(new Error("there are fewer secrets than addresses"))
    issued.push(Links.make(invitationLink, link.hash, { subject: id, email, tenantId, now, lifetime }))
    unit.record({
      type: renews ? "invitation.sentAgain" : "invitation.created",
      tenantId,
      subject: subject(id),
      data: { roles: [...roles] },
      personal: { email }
    })
    unit.send(
      invited.mail({
        recipient: email,
        locale: offered.locale,
        tenantId,
        process: processOf(id),
        secret: link.secret,
        values: {
          invitationId: id,
          tenantName: found.value.tenantName,
          inviterName: found.value.inviterName,
          message: offered.message,
          expiresAt
        }
      })
    )
    outcomes.set(email, { _tag: renews ? "SentAgain" : "Invited", address: email, invitationId: id, expiresAt })
  }
  // the invitations before their links, as everywhere
  yield* invitations.expireAll(tenantId, overdue, now)
  yield* invitations.renewAll(tenantId, renewed, offered)
  // in one order for all, because of two lists with the same addresses one waits for the other
  yield* invitations.insertAll(created.sort((a, b) => (a.email < b.email ? -1 : 1)))
  yield* links.voidOpenOf(invitationLink.name, [...overdue, ...renewed], now)
  yield* links.insertAll(issued)
  return input.addresses.flatMap((email) => outcomes.get(email) ?? [])
})

/** A secret that no address has yet, with its hash. */
const newLink = Effect.gen(function* () {
  const secret = yield* Links.newSecret(invitationLink.name)
  return { secret, hash: yield* Links.hashSecret(invitationLink.name, secret) }
})

/** One part of a list: a unit of work of its own, that is done once under a key of its own. */
const invitePart = UseCase.command({
  name: "invitations.inviteMany",
  summary: "Invites some of a list of addresses.",
  actors: ["Account"],
  requires: "invitations.create",
  input: Schema.Struct({
    ...Offering,
    addresses: Schema.Array(EmailAddress),
    /** A digest of all that was asked for, so that a part of another list is not taken for this one. */
    whole: Schema.String
  }),
  output: Schema.Struct({ outcomes: Schema.Array(Outcome) }),
  errors: [NotFound],
  prepare: ({ addresses }) => Effect.forEach(addresses, () => newLink),
  unit: (input, unit, secrets) => Effect.map(someOf(unit, input, secrets), (outcomes) => ({ outcomes }))
})

const toParts = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  // who may not invite is told so, even where no address is one
  all.length === 0
    ? [[]]
    : Array.from({ length: Math.ceil(all.length / PART) }, (_, index) => all.slice(index * PART, (index + 1) * PART))

/** Each entry as the address that it is; the second of two equal ones is a duplicate. */
const sorted = (entries: ReadonlyArray<string>) => {
  const seen = new Set<EmailAddress>()
  return entries.map((entry): Outcome | EmailAddress => {
    const email = Option.getOrUndefined(parse(entry))
    if (email === undefined) return { _tag: "InvalidAddress", address: entry.slice(0, 320).toWellFormed() }
    if (seen.has(email)) return { _tag: "Duplicate", address: email }
    seen.add(email)
    return email
  })
}

/**
 * Invites up to 500 addresses with the same roles, each with an outcome of its own (INV-11). Whether one has an account changes neither its outcome nor
 * the work (INV-10). Fifty at a time share a commit; repeated under the same idempotency key after a failure half way, it goes on where it stopped,
 * and nobody gets a second mail.
 */
export const inviteMany = UseCase.command({
  name: "invitations.inviteMany",
  summary: "Invites up to 500 e-mail addresses to a customer area, each with its own outcome.",
  actors: ["Account"],
  requires: "invitations.create",
  input: Schema.Struct({
    ...Offering,
    /** As people typed them. */
    addresses: Schema.Array(Schema.String).check(
      Schema.makeFilter((all) => (all.length === 0 ? "missing" : all.length > MOST_ADDRESSES ? "too-many" : undefined))
    )
  }),
  output: Schema.Struct({ outcomes: Schema.Array(Outcome) }),
  errors: [NotFound],
  // not in the unit, because each part is a commit of its own
  prepare: Effect.fnUntraced(function* (input, { idempotencyKey }: UseCase.Call<"Account"> & UseCase.CallOptions) {
    const crypto = yield* Crypto
    const { addresses, ...offering } = input
    const entries = sorted(addresses)
    const whole = toBase64Url(yield* crypto.sha256(canonicalJson(input)))
    const key =
      idempotencyKey === undefined
        ? undefined
        : toBase64Url(yield* crypto.sha256(`portico/invitations.inviteMany\n${idempotencyKey}`))
    const outcomes = new Map<string, Outcome>()
    const parts = toParts(entries.filter((entry) => typeof entry === "string"))
    for (const [index, part] of parts.entries()) {
      const answer = yield* invitePart(
        { ...offering, addresses: part, whole },
        key === undefined ? {} : { idempotencyKey: `${key} ${index}` }
      )
      for (const outcome of answer.outcomes) outcomes.set(outcome.address, outcome)
    }
    return entries.flatMap((entry) => (typeof entry === "string" ? (outcomes.get(entry) ?? []) : [entry]))
  }),
  unit: (_, __: UseCase.Unit<"Account">, outcomes: ReadonlyArray<Outcome>) => Effect.succeed({ outcomes })
})

/** Every use case of inviting many. */
export const useCases = UseCase.registry(inviteMany)
