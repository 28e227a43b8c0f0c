import { Effect, Option, type Redacted, Result, Schema } from "effect"
import { type Account, fullName, Name } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { callersAccount } from "../accounts/callersAccount.ts"
import { AddressTooNew, settlesAt } from "../accounts/EmailChange.ts"
import { newAccount } from "../accounts/newAccount.ts"
import { PasswordRefused } from "../accounts/Password.ts"
import { HasherUnavailable, PasswordHasher } from "../accounts/PasswordHasher.ts"
import { checkPassword } from "../accounts/passwordPolicy.ts"
import { proceed } from "../accounts/proceed.ts"
import { SignInOutcome } from "../accounts/Session.ts"
import { stillMay } from "../accounts/stillMay.ts"
import type * as Actor from "../kernel/Actor.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, InvitationId, MembershipId, nextId, TenantId } from "../kernel/ids.ts"
import { sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import * as Page from "../kernel/Page.ts"
import { OWNER, RoleNames } from "../kernel/Permission.ts"
import { InvalidInput, NotAllowed, NotFound, SignInRequired } from "../kernel/refusals.ts"
import { Locale, secret } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { ConsentInput } from "../privacy/Consent.ts"
import { ConsentRepository } from "../privacy/ConsentRepository.ts"
import { ConsentRequired, given, toRows } from "../privacy/consents.ts"
import { standing as standingOf } from "../tenants/Access.ts"
import { addMember } from "../tenants/Membership.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { lockedStanding, require } from "../tenants/Permissions.ts"
import { crowns, known, mayGrant } from "../tenants/Role.ts"
import { staffMay } from "../tenants/staffRights.ts"
import { NoSeatLeft, type Tenant, TenantNotActive } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import * as Invitation from "./Invitation.ts"
import {
  Contact,
  GrantorLostAuthority,
  InvitationClosed,
  InvitationForSomeoneElse,
  InvitationState,
  InvitedByOneself,
  Message,
  Offered,
  SignInToAccept,
  toOffered
} from "./Invitation.ts"
import { type EndFacts, InvitationRepository, type InvitationView } from "./InvitationRepository.ts"
import { invitationLink } from "./invitationMails.ts"
import { addressRule, closePending, drawOn, inviterRule, lifetimeOf, offer, Sent, subject, voidLink } from "./offers.ts"

// ---- what people see -------------------------------------------------------------------------------------------------------------------

/** An invitation as those who may invite see it (INV-09). */
export const Listed = Schema.Struct({
  id: InvitationId,
  tenantId: TenantId,
  email: EmailAddress,
  roles: RoleNames,
  message: Schema.String,
  state: InvitationState,
  inviterId: Schema.NullOr(AccountId),
  inviterName: Schema.String,
  /** The name that was filled in where the person was added as a contact (TEN-07). */
  contact: Schema.NullOr(Contact),
  createdAt: Instant.Instant,
  expiresAt: Instant.Instant,
  sentAt: Instant.Instant,
  endedAt: Schema.NullOr(Instant.Instant),
  /** Since when it is known that the newest mail did not arrive; null where nothing is known (INV-13). */
  undeliverableAt: Schema.NullOr(Instant.Instant)
})

const toListed = ({ invitation, inviterName }: InvitationView, now: Instant.Instant): typeof Listed.Type => ({
  id: invitation.id,
  tenantId: invitation.tenantId,
  email: invitation.email,
  roles: invitation.roles,
  message: invitation.message,
  state: Invitation.stateAt(invitation, now),
  inviterId: invitation.inviterId,
  inviterName,
  contact: invitation.contact,
  createdAt: invitation.createdAt,
  expiresAt: invitation.expiresAt,
  sentAt: invitation.sentAt,
  endedAt: invitation.endedAt,
  undeliverableAt: invitation.undeliverableAt
})

/** What came of an acceptance: a new membership, or the one that was there already, unchanged (INV-08). */
export const Joined = Schema.Struct({
  outcome: Schema.Literals(["Joined", "AlreadyMember"]),
  tenantId: TenantId,
  roles: RoleNames
})

const KeyOfPage = Schema.Tuple([Schema.Int, InvitationId])
const keyOf = ({ invitation }: InvitationView) => [invitation.createdAt, invitation.id] as const

// ---- inviting --------------------------------------------------------------------------------------------------------------------------

const Wanted = {
  tenantId: TenantId,
  email: EmailAddressFromInput,
  roles: RoleNames,
  message: Schema.optionalKey(Message),
  validForHours: Schema.optionalKey(Schema.Int),
  /** The language of the mail; `de` where it is not given. */
  locale: Schema.optionalKey(Locale)
}

/** Offers a membership to an address, by somebody who may. */
const offerTo = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Account">,
  input: Schema.Struct<typeof Wanted>["Type"],
  contact: Contact | null
) {
  const { actor, settings } = unit
  const roles = yield* Effect.fromResult(known(settings, input.roles))
  const lifetime = yield* Effect.fromResult(lifetimeOf(settings, input.validForHours))
  const invitations = yield* InvitationRepository
  const found = yield* invitations.inviteFacts(input.tenantId, actor.accountId, input.email)
  const standing = yield* Effect.fromResult(
    standingOf(settings, actor, Option.getOrUndefined(found)?.inviter, "invitations.create")
  )
  if (Option.isNone(found)) return yield* new NotFound({ kind: "tenant" })
  if (!mayGrant(settings, standing.permissions, roles)) return yield* new NotAllowed({})
  if (crowns(settings, roles)) yield* Effect.fromResult(UseCase.provenRecently(unit))
  const { inviterName, pending, tenantName } = found.value
  if (pending !== null && Invitation.stateAt(pending, unit.now) === "pending") {
    yield* Effect.fromResult(Invitation.mayEnd(settings, standing.permissions, pending))
  }
  yield* drawOn(
    unit,
    input.tenantId,
    inviterRule(settings, actor.accountId),
    yield* addressRule(settings, input.tenantId, input.email)
  )
  return yield* offer(unit, {
    tenantId: input.tenantId,
    tenantName,
    email: input.email,
    roles,
    message: input.message ?? "",
    locale: input.locale ?? "de",
    lifetime,
    inviterId: actor.accountId,
    inviterMembershipId: Invitation.placeOf(standing.facts),
    inviterName,
    contact,
    pending
  })
})

/**
 * Invites an address with roles that are not above the caller's own. The answer and the work are the same whether or not the address has an
 * account (INV-10). An open invitation of the address is sent again with a new secret when the roles are the same, else replaced.
 */
export const invite = UseCase.command({
  name: "invitations.invite",
  summary: "Invites an e-mail address to a customer area.",
  actors: ["Account"],
  requires: "invitations.create",
  input: Schema.Struct(Wanted),
  output: Sent,
  errors: [NotFound],
  unit: (input, unit) => offerTo(unit, input, null)
})

/**
 * Adds a contact: an invitation with the name filled in (TEN-07). Whoever has no account chooses a password and agrees to the terms, whoever has one
 * confirms; the answer and the work are the same, and until then both are listed alike. An open invitation of the address is replaced (INV-08).
 */
export const addContact = UseCase.command({
  name: "invitations.addContact",
  summary: "Adds a contact to a customer area, who is a member as soon as they confirm.",
  actors: ["Account"],
  requires: "invitations.create",
  input: Schema.Struct({ ...Wanted, firstName: Name, lastName: Name }),
  output: Sent,
  errors: [NotFound],
  unit: ({ firstName, lastName, ...input }, unit) => offerTo(unit, input, { firstName, lastName })
})

/** Offers a tenant in setup, which the unit has made or locked, to its first owner (TEN-01). */
export const offerToFirstOwner = <K extends Actor.Kind>(
  unit: UseCase.Unit<K>,
  tenant: Pick<Tenant, "id" | "name">,
  email: EmailAddress,
  options: { readonly locale: Locale | undefined; readonly pending: Invitation.Invitation | null }
) =>
  offer(unit, {
    tenantId: tenant.id,
    tenantName: tenant.name,
    email,
    roles: [OWNER],
    message: "",
    locale: options.locale ?? "de",
    lifetime: unit.settings.invitations.lifetime,
    inviterId: null,
    inviterMembershipId: null,
    inviterName: "",
    contact: null,
    pending: options.pending
  })

/** Offers a tenant in setup to its first owner, who makes it active by accepting (TEN-01). Inviting another address takes the offer back from the one before. */
export const inviteFirstOwner = UseCase.command({
  name: "invitations.inviteFirstOwner",
  summary: "Offers a customer area in setup to its first owner.",
  actors: ["Staff", "Job"],
  requires: "staff",
  sensitive: true,
  input: Schema.Struct({ tenantId: TenantId, email: EmailAddressFromInput, locale: Schema.optionalKey(Locale) }),
  output: Sent,
  errors: [NotFound, TenantNotActive],
  unit: Effect.fnUntraced(function* (input, unit) {
    const tenants = yield* TenantRepository
    const invitations = yield* InvitationRepository
    const { actor } = unit
    yield* Effect.fromResult(staffMay("invitations.inviteFirstOwner", actor))
    const tenant = yield* tenants.findForUpdate(input.tenantId)
    if (actor._tag === "Staff") yield* stillMay("invitations.inviteFirstOwner", { ...unit, actor })
    if (Option.isNone(tenant)) return yield* new NotFound({ kind: "tenant" })
    if (tenant.value.state !== "in-setup") return yield* new TenantNotActive()
    const newest = yield* invitations.list(
      input.tenantId,
      { state: Option.none(), contacts: false, now: unit.now },
      { after: Option.none(), limit: 1 }
    )
    // each offer has ended the one before it, so that no other than the newest is stored as pending, perhaps after its time
    const before = newest[0]?.invitation.state === "pending" ? newest[0].invitation : null
    if (before !== null && before.email !== input.email) yield* closePending(unit, before)
    return yield* offerToFirstOwner(unit, tenant.value, input.email, {
      locale: input.locale,
      pending: before !== null && before.email === input.email ? before : null
    })
  })
})

const OfTenant = Schema.Struct({ tenantId: TenantId, invitationId: InvitationId })

/** Sends the mail of an open invitation again, with a new secret; the link in the older mail is void. Runs as long as a new one from now on. */
export const sendAgain = UseCase.command({
  name: "invitations.sendAgain",
  summary: "Sends an open invitation's mail again, with a new link.",
  actors: ["Account"],
  requires: "invitations.create",
  input: OfTenant,
  output: Sent,
  errors: [NotFound, InvitationClosed],
  unit: Effect.fnUntraced(function* (input, unit) {
    const standing = yield* lockedStanding(unit, input.tenantId, "invitations.create")
    const invitations = yield* InvitationRepository
    const accounts = yield* AccountRepository
    const found = yield* invitations.find(input.tenantId, input.invitationId)
    if (Option.isNone(found)) return yield* new NotFound({ kind: "invitation" })
    const { invitation, tenantName } = found.value
    const state = Invitation.stateAt(invitation, unit.now)
    if (state !== "pending") return yield* new InvitationClosed({ state })
    // whoever sends it again stands for it from now on, so they must be able to make this offer themselves
    if (!mayGrant(unit.settings, standing.permissions, invitation.roles)) return yield* new NotAllowed({})
    if (crowns(unit.settings, invitation.roles)) yield* Effect.fromResult(UseCase.provenRecently(unit))
    yield* drawOn(unit, input.tenantId, {
      key: `invitations.again:${invitation.id}`,
      limit: unit.settings.limits.mailPerAddress
    })
    // not as a member: who comes through the main tenant is none
    const self = yield* accounts.find(unit.actor.accountId)
    return yield* offer(unit, {
      tenantId: input.tenantId,
      tenantName,
      email: invitation.email,
      roles: invitation.roles,
      message: invitation.message,
      locale: invitation.locale,
      lifetime: unit.settings.invitations.lifetime,
      inviterId: unit.actor.accountId,
      inviterMembershipId: Invitation.placeOf(standing.facts),
      inviterName: Option.match(self, { onNone: () => "", onSome: fullName }),
      contact: null,
      pending: invitation
    })
  })
})

/** Takes an open invitation back; its link opens nothing any more. What was offered to an owner, only owners take back (R-IN-10). */
export const revoke = UseCase.command({
  name: "invitations.revoke",
  summary: "Takes an open invitation back.",
  actors: ["Account"],
  requires: "invitations.revoke",
  input: OfTenant,
  output: Schema.Void,
  errors: [NotFound, InvitationClosed],
  unit: Effect.fnUntraced(function* (input, unit) {
    const standing = yield* lockedStanding(unit, input.tenantId, "invitations.revoke")
    const invitations = yield* InvitationRepository
    const found = yield* invitations.find(input.tenantId, input.invitationId)
    if (Option.isNone(found)) return yield* new NotFound({ kind: "invitation" })
    yield* Effect.fromResult(Invitation.mayEnd(unit.settings, standing.permissions, found.value.invitation))
    const revoked = yield* Effect.fromResult(Invitation.revoke(found.value.invitation, unit.now))
    yield* invitations.save(revoked)
    yield* voidLink(revoked, unit.now)
    unit.record({ type: "invitation.revoked", tenantId: input.tenantId, subject: subject(revoked.id) })
  })
})

/** The tenant's invitations with their state, newest first (INV-09). */
export const list = UseCase.query({
  name: "invitations.list",
  summary: "Lists a customer area's invitations, newest first.",
  actors: ["Account"],
  requires: "invitations.read",
  input: Schema.Struct({
    tenantId: TenantId,
    state: Schema.optionalKey(InvitationState),
    /** Only those who were added as contacts (TEN-07). */
    contacts: Schema.optionalKey(Schema.Boolean),
    ...Page.fields
  }),
  output: Page.Page(Listed),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, now, settings }) {
    const window = yield* Page.window(KeyOfPage, input)
    yield* require(actor, settings, input.tenantId, "invitations.read")
    const invitations = yield* InvitationRepository
    const rows = yield* invitations.list(
      input.tenantId,
      { state: Option.fromUndefinedOr(input.state), contacts: input.contacts ?? false, now },
      window
    )
    return Page.make(rows, window, keyOf, (row) => toListed(row, now))
  })
})

// ---- being invited ---------------------------------------------------------------------------------------------------------------------

const linkLimits = (_: unknown, { request, settings }: Pick<UseCase.Call<"Account">, "request" | "settings">) =>
  Effect.succeed([{ key: `invitations.link:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

/**
 * The link as the holder of its secret may use it. An invitation that has ended has a void or used link, and its holder learns how it ended
 * (INV-06) instead of "not valid".
 */
const openLink = Effect.fnUntraced(function* (secret: Redacted.Redacted, now: Instant.Instant) {
  const links = yield* Links.LinkRepository
  const hash = yield* Links.hashSecret(invitationLink.name, secret)
  const found = yield* links.find(invitationLink.name, hash)
  if (Option.isNone(found)) return yield* new Links.LinkUnusable({ reason: "unknown" })
  const link = found.value
  if (link.tenantId === null) return yield* new Links.LinkUnusable({ reason: "unknown" })
  return {
    link,
    tenantId: link.tenantId,
    // an invitation's link is made with the invitation's id as its subject
    invitationId: InvitationId.make(link.subject),
    unusable: Links.check(link, now)
  }
})

/**
 * What the link opens, for the page that it leads to; changes nothing (INV-03). `next` says how to go on: sign in, register, change to another
 * account, or accept.
 */
export const read = UseCase.query({
  name: "invitations.read",
  summary: "Shows an invitation to the holder of its link.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({
    invitation: Offered,
    next: Schema.Literals(["sign-in", "register", "switch-account", "accept"])
  }),
  errors: [Links.LinkUnusable, InvitationClosed],
  limits: linkLimits,
  run: Effect.fnUntraced(function* (input, { actor, now }) {
    const invitations = yield* InvitationRepository
    const accounts = yield* AccountRepository
    const opened = yield* openLink(input.secret, now)
    const found = yield* invitations.find(opened.tenantId, opened.invitationId)
    if (Option.isNone(found)) return yield* new Links.LinkUnusable({ reason: "unknown" })
    const { invitation } = found.value
    const state = Invitation.stateAt(invitation, now)
    if (state !== "pending") return yield* new InvitationClosed({ state })
    if (Option.isSome(opened.unusable)) return yield* opened.unusable.value
    const known = yield* accounts.findByEmail(invitation.email)
    const invitedAccount = Option.map(known, ({ account }) => account.id)
    const next = Option.isNone(invitedAccount)
      ? actor._tag === "Anonymous"
        ? "register"
        : "switch-account"
      : actor._tag === "Anonymous"
        ? "sign-in"
        : actor.accountId === invitedAccount.value
          ? "accept"
          : "switch-account"
    return { invitation: toOffered(found.value), next } as const
  })
})

/** What the end of an invitation is decided on, with the tenant locked. */
interface LockedFacts extends EndFacts {
  readonly tenant: Tenant
}

/** Locks the tenant first: the facts are read afterwards, and stay what they are until the unit ends. */
const lockedFacts = Effect.fnUntraced(function* (
  tenantId: TenantId,
  invitationId: InvitationId,
  person: AccountId | null
) {
  const tenants = yield* TenantRepository
  const invitations = yield* InvitationRepository
  const tenant = yield* tenants.findForUpdate(tenantId)
  const facts = yield* invitations.endFacts(tenantId, invitationId, person)
  return Option.map(Option.all({ facts, tenant }), (both): LockedFacts => ({ ...both.facts, tenant: both.tenant }))
})

/** Writes a decided acceptance down: the invitation is closed, its link used up, the membership and the tenant's counts are new. */
const join = Effect.fnUntraced(function* <K extends Actor.Kind>(
  unit: UseCase.Unit<K>,
  options: {
    readonly link: Links.Link | null
    /** Locked by this unit. */
    readonly tenant: Tenant
    readonly invitation: Invitation.Invitation
    readonly account: Pick<Account, "id" | "email" | "state">
  }
) {
  const { account, invitation, tenant } = options
  const tenants = yield* TenantRepository
  const invitations = yield* InvitationRepository
  const memberships = yield* MembershipRepository
  const { membership, tenant: next } = yield* Effect.fromResult(
    addMember(tenant, { id: yield* nextId(MembershipId), account, roles: invitation.roles, now: unit.now })
  )
  // the invitation before its link, as everywhere: two ends that lock them in different orders would wait for each other
  yield* invitations.save(invitation)
  if (options.link === null) yield* voidLink(invitation, unit.now)
  else yield* Links.redeem(options.link, unit.now)
  yield* memberships.insert(membership)
  yield* tenants.save(next)
  unit.record({
    type: "invitation.accepted",
    tenantId: invitation.tenantId,
    subject: subject(invitation.id),
    data: { accountId: account.id, membershipId: membership.id, roles: [...invitation.roles] }
  })
  unit.record({
    type: "membership.created",
    tenantId: invitation.tenantId,
    subject: { kind: "membership", id: membership.id },
    data: { accountId: account.id, roles: [...invitation.roles] }
  })
  if (tenant.state === "in-setup") {
    unit.record({
      type: "tenant.activated",
      tenantId: invitation.tenantId,
      subject: { kind: "tenant", id: invitation.tenantId }
    })
  }
  return { outcome: "Joined", tenantId: invitation.tenantId, roles: invitation.roles } as const
})

type Acceptor = NonNullable<EndFacts["person"]>
type Refusals = InvitationForSomeoneElse | InvitationClosed | GrantorLostAuthority

/** The signed-in person, if the session still stands for the account as it is now. */
const personOf = (actor: Actor.Account, facts: EndFacts): Result.Result<Acceptor, SignInRequired> =>
  facts.person === null ||
  facts.person.access.credentialEpoch !== actor.credentialEpoch ||
  facts.person.access.accountState !== "active"
    ? Result.fail(new SignInRequired())
    : Result.succeed(facts.person)

const acceptAs = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Account">,
  facts: LockedFacts,
  link: Links.Link | null
) {
  const { now, settings } = unit
  const person = yield* Effect.fromResult(personOf(unit.actor, facts))
  const { invitation } = facts
  if (person.access.membership !== null && person.email === invitation.email) {
    const invitations = yield* InvitationRepository
    const closed = yield* Effect.fromResult(Invitation.closeForMember(invitation, now))
    yield* invitations.save(closed)
    yield* voidLink(closed, now)
    unit.record({
      type: "invitation.closedForMember",
      tenantId: invitation.tenantId,
      subject: subject(invitation.id),
      data: { accountId: unit.actor.accountId }
    })
    return {
      outcome: "AlreadyMember",
      tenantId: invitation.tenantId,
      roles: person.access.membership.roles
    } as const
  }
  const decision: Result.Result<Invitation.Invitation, Refusals> = Invitation.accept(
    settings,
    invitation,
    { inviter: facts.inviter, email: person.email, tenantState: facts.tenant.state },
    now
  )
  const accepted = yield* Effect.fromResult(decision)
  yield* Effect.fromResult(Invitation.offeredByAnother(invitation.inviterId, unit.actor.accountId))
  return yield* join(unit, {
    link,
    tenant: facts.tenant,
    invitation: accepted,
    account: { id: unit.actor.accountId, email: person.email, state: person.access.accountState }
  })
})

/** The signed-in person joins by the link in the mail (INV-04). */
export const accept = UseCase.command({
  name: "invitations.accept",
  summary: "Joins the customer area, by the link in the invitation's mail.",
  actors: ["Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Joined,
  errors: [
    Links.LinkUnusable,
    InvitationClosed,
    InvitationForSomeoneElse,
    InvitedByOneself,
    GrantorLostAuthority,
    NoSeatLeft,
    TenantNotActive
  ],
  limits: linkLimits,
  unit: Effect.fnUntraced(function* (input, unit) {
    const opened = yield* openLink(input.secret, unit.now)
    const facts = yield* lockedFacts(opened.tenantId, opened.invitationId, unit.actor.accountId)
    if (Option.isNone(facts)) return yield* new Links.LinkUnusable({ reason: "unknown" })
    // a link that was replaced by a newer mail's opens nothing, even while the invitation itself is open
    if (Option.isSome(opened.unusable) && Invitation.stateAt(facts.value.invitation, unit.now) === "pending") {
      return yield* opened.unusable.value
    }
    return yield* acceptAs(unit, facts.value, opened.link)
  })
})

/** Whether it is an invitation of the person's own address. */
const isOwn = Option.exists<EndFacts>(({ invitation, person }) => person?.email === invitation.email)

/**
 * The signed-in person joins without the mail, because the invitation is for their proven address (INV-09). Who has just moved to the address needs the
 * mail: else a mailbox that is borrowed for a moment would open what was sent to it before, and what is gained by that stays (REG-09, TIC-06).
 */
export const acceptMine = UseCase.command({
  name: "invitations.acceptMine",
  summary: "Joins the customer area that the caller's own address is invited to.",
  actors: ["Account"],
  requires: "self",
  input: OfTenant,
  output: Joined,
  errors: [
    NotFound,
    AddressTooNew,
    InvitationClosed,
    InvitedByOneself,
    GrantorLostAuthority,
    NoSeatLeft,
    TenantNotActive
  ],
  // to somebody else the invitation does not exist (G-05), and who asks for it makes nobody wait
  prepare: Effect.fnUntraced(function* ({ invitationId, tenantId }, { actor, now, settings }) {
    const accounts = yield* AccountRepository
    const invitations = yield* InvitationRepository
    const account = Option.getOrUndefined(yield* accounts.find(actor.accountId))
    const found = Option.getOrUndefined(yield* invitations.find(tenantId, invitationId))
    if (account === undefined || found?.invitation.email !== account.email) {
      return yield* new NotFound({ kind: "invitation" })
    }
    // another change of the address would end this session, which the unit asks for
    const from = settlesAt(account, settings, now)
    if (from !== null) return yield* new AddressTooNew({ from })
  }),
  unit: Effect.fnUntraced(function* ({ invitationId, tenantId }, unit) {
    const facts = yield* lockedFacts(tenantId, invitationId, unit.actor.accountId)
    if (Option.isNone(facts) || !isOwn(facts)) return yield* new NotFound({ kind: "invitation" })
    return yield* acceptAs(unit, facts.value, null).pipe(
      // the address was compared above
      Effect.catchTag("InvitationForSomeoneElse", Effect.die)
    )
  })
})

/** What the person says their name is, or what they were added as. */
const nameOf = (
  input: { readonly firstName?: string; readonly lastName?: string },
  { contact }: Invitation.Invitation
): Result.Result<Contact, InvalidInput> => {
  const firstName = input.firstName ?? contact?.firstName
  const lastName = input.lastName ?? contact?.lastName
  if (firstName !== undefined && lastName !== undefined) return Result.succeed({ firstName, lastName })
  return Result.fail(
    new InvalidInput({
      issues: [
        ...(firstName === undefined ? [{ path: ["firstName"], code: "missing" }] : []),
        ...(lastName === undefined ? [{ path: ["lastName"], code: "missing" }] : [])
      ]
    })
  )
}

/**
 * Somebody without an account makes one through the link, and joins in one step: the link has proven the address (INV-04). The new account is
 * signed in.
 */
export const acceptAsNew = UseCase.command({
  name: "invitations.acceptAsNew",
  summary: "Creates an account for the invited address and joins the customer area, in one step.",
  actors: ["Anonymous"],
  requires: "link",
  secretAnswer: true,
  input: Schema.Struct({
    secret: Links.LinkSecret,
    /** The contact's where they are not given; an invitation without a name needs them. */
    firstName: Schema.optionalKey(Name),
    lastName: Schema.optionalKey(Name),
    password: secret(1000),
    consents: ConsentInput,
    locale: Schema.optionalKey(Locale),
    staySignedIn: Schema.optionalKey(Schema.Boolean)
  }),
  output: Schema.Struct({ joined: Joined, signIn: SignInOutcome }),
  errors: [
    Links.LinkUnusable,
    InvitationClosed,
    GrantorLostAuthority,
    SignInToAccept,
    NoSeatLeft,
    TenantNotActive,
    PasswordRefused,
    HasherUnavailable,
    ConsentRequired
  ],
  limits: linkLimits,
  prepare: Effect.fnUntraced(function* (input, { now, settings }) {
    const invitations = yield* InvitationRepository
    const hasher = yield* PasswordHasher
    const locale = input.locale ?? "de"
    // a link that opens nothing costs no hash
    const opened = yield* openLink(input.secret, now)
    const found = yield* invitations.find(opened.tenantId, opened.invitationId)
    if (Option.isNone(found)) return yield* new Links.LinkUnusable({ reason: "unknown" })
    const state = Invitation.stateAt(found.value.invitation, now)
    if (state !== "pending") return yield* new InvitationClosed({ state })
    if (Option.isSome(opened.unusable)) return yield* opened.unusable.value
    const { consents: wanted } = settings
    const consents = yield* given({
      required: found.value.invitation.contact === null ? wanted.required.invitation : wanted.required.contact,
      optional: [wanted.marketing],
      input: input.consents,
      locale,
      now
    })
    const { firstName, lastName } = yield* Effect.fromResult(nameOf(input, found.value.invitation))
    yield* checkPassword(input.password, {
      person: [firstName, lastName, found.value.invitation.email],
      tenant: [found.value.tenantName]
    })
    return { consents, locale, passwordHash: yield* hasher.hash(input.password) }
  }),
  unit: Effect.fnUntraced(function* (input, unit, { consents, locale, passwordHash }) {
    const accounts = yield* AccountRepository
    const evidence = yield* ConsentRepository
    const opened = yield* openLink(input.secret, unit.now)
    const found = yield* lockedFacts(opened.tenantId, opened.invitationId, null)
    if (Option.isNone(found)) return yield* new Links.LinkUnusable({ reason: "unknown" })
    const { invitation, inviter, tenant } = found.value
    if (Option.isSome(opened.unusable) && Invitation.stateAt(invitation, unit.now) === "pending") {
      return yield* opened.unusable.value
    }
    const decision = Invitation.accept(
      unit.settings,
      invitation,
      { inviter, email: invitation.email, tenantState: tenant.state },
      unit.now
    )
    const accepted = yield* Effect.fromResult(decision).pipe(
      // the address is the invitation's own here
      Effect.catchTag("InvitationForSomeoneElse", Effect.die)
    )
    const known = yield* accounts.findByEmail(invitation.email)
    if (Option.isSome(known)) return yield* new SignInToAccept()
    const account = yield* newAccount({
      email: invitation.email,
      ...(yield* Effect.fromResult(nameOf(input, invitation))),
      locale,
      companyName: null,
      now: unit.now
    })
    yield* accounts.insert(account, passwordHash)
    yield* evidence.append(yield* toRows(consents, account.id, "invitation"))
    unit.record({
      type: "account.created",
      subject: { kind: "account", id: account.id },
      data: { through: "invitation" },
      personal: { email: account.email }
    })
    const joined = yield* join(unit, { link: opened.link, tenant: found.value.tenant, invitation: accepted, account })
    const signIn = yield* proceed(unit, {
      account,
      secondFactor: false,
      staySignedIn: input.staySignedIn ?? false,
      method: "invitation"
    })
    return { joined, signIn }
  })
})

const declineWith = Effect.fnUntraced(function* <K extends Actor.Kind>(
  unit: UseCase.Unit<K>,
  invitation: Invitation.Invitation
) {
  const invitations = yield* InvitationRepository
  const declined = yield* Effect.fromResult(Invitation.decline(invitation, unit.now))
  yield* invitations.save(declined)
  yield* voidLink(declined, unit.now)
  unit.record({
    type: "invitation.declined",
    tenantId: invitation.tenantId,
    subject: subject(invitation.id)
  })
})

/** The holder of the link says no. */
export const decline = UseCase.command({
  name: "invitations.decline",
  summary: "Declines the invitation, by the link in its mail.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Void,
  errors: [Links.LinkUnusable, InvitationClosed],
  limits: linkLimits,
  unit: Effect.fnUntraced(function* (input, unit) {
    const invitations = yield* InvitationRepository
    const opened = yield* openLink(input.secret, unit.now)
    const found = yield* invitations.find(opened.tenantId, opened.invitationId)
    if (Option.isNone(found)) return yield* new Links.LinkUnusable({ reason: "unknown" })
    const { invitation } = found.value
    if (Option.isSome(opened.unusable) && Invitation.stateAt(invitation, unit.now) === "pending") {
      return yield* opened.unusable.value
    }
    yield* declineWith(unit, invitation)
  })
})

/** The signed-in person says no to an invitation for their proven address. */
export const declineMine = UseCase.command({
  name: "invitations.declineMine",
  summary: "Declines an invitation for the caller's own address.",
  actors: ["Account"],
  requires: "self",
  input: OfTenant,
  output: Schema.Void,
  errors: [NotFound, InvitationClosed],
  unit: Effect.fnUntraced(function* (input, unit) {
    const invitations = yield* InvitationRepository
    const found = yield* invitations.endFacts(input.tenantId, input.invitationId, unit.actor.accountId)
    if (Option.isNone(found)) return yield* new NotFound({ kind: "invitation" })
    const person = yield* Effect.fromResult(personOf(unit.actor, found.value))
    if (person.email !== found.value.invitation.email) return yield* new NotFound({ kind: "invitation" })
    yield* declineWith(unit, found.value.invitation)
  })
})

/** What is open for the caller's own address, newest first (INV-09). */
export const mine = UseCase.query({
  name: "invitations.mine",
  summary: "Lists the open invitations for the caller's own address.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(Page.fields),
  output: Page.Page(Offered),
  errors: [],
  run: Effect.fnUntraced(function* (input, { actor, now }) {
    const window = yield* Page.window(KeyOfPage, input)
    const invitations = yield* InvitationRepository
    const account = yield* callersAccount(actor)
    const rows = yield* invitations.openForEmail(account.email, now, window)
    return Page.make(rows, window, keyOf, toOffered)
  })
})

// ---- by time ---------------------------------------------------------------------------------------------------------------------------

/** Says of invitations whose time has run out that they are expired, at most `limit` in one call; answers how many. Can be repeated and killed. */
export const expireOverdue = UseCase.command({
  name: "invitations.expireOverdue",
  summary: "Marks invitations whose time has run out as expired.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({
    limit: Schema.Int.check(Schema.makeFilter((limit) => (limit >= 1 && limit <= 1000 ? undefined : "range")))
  }),
  output: Schema.Struct({ expired: Schema.Int }),
  errors: [],
  unit: Effect.fnUntraced(function* (input, unit) {
    const invitations = yield* InvitationRepository
    const expired = yield* invitations.expire(unit.now, input.limit)
    for (const { id, tenantId } of expired) {
      unit.record({ type: "invitation.expired", tenantId, subject: subject(id) })
    }
    return { expired: expired.length }
  })
})

/** Every use case of the room. */
export const useCases = UseCase.registry(
  invite,
  addContact,
  inviteFirstOwner,
  sendAgain,
  revoke,
  list,
  read,
  accept,
  acceptMine,
  acceptAsNew,
  decline,
  declineMine,
  mine,
  expireOverdue
)
