import { Effect, Option, Redacted, Result, Schema } from "effect"
import { type Account, fullName, Name } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { callersAccount } from "../accounts/callersAccount.ts"
import { newAccount } from "../accounts/newAccount.ts"
import { PasswordRefused } from "../accounts/Password.ts"
import { HasherUnavailable, PasswordHasher } from "../accounts/PasswordHasher.ts"
import { checkPassword } from "../accounts/passwordPolicy.ts"
import { proceed } from "../accounts/proceed.ts"
import { SignInOutcome } from "../accounts/Session.ts"
import type * as Actor from "../kernel/Actor.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { type AccountId, MembershipId, nextId, ShareableLinkId, TenantId } from "../kernel/ids.ts"
import { draw, personalKey, sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import * as Page from "../kernel/Page.ts"
import { MEMBER, RoleNames } from "../kernel/Permission.ts"
import { InvalidInput, NotAllowed, NotFound } from "../kernel/refusals.ts"
import { Locale, optionalLine, secret } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { ConsentInput } from "../privacy/Consent.ts"
import { ConsentRepository } from "../privacy/ConsentRepository.ts"
import { ConsentRequired, given, toRows } from "../privacy/consents.ts"
import { addMember, RemovedBefore } from "../tenants/Membership.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { lockedStanding, require } from "../tenants/Permissions.ts"
import { known, mayGrant } from "../tenants/Role.ts"
import { NoSeatLeft, type Tenant, TenantNotActive } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import * as Invitation from "./Invitation.ts"
import { GrantorLostAuthority, InvitationForSomeoneElse, InvitedByOneself, SignInToAccept } from "./Invitation.ts"
import { Joined } from "./Invitations.ts"
import { addressOfShareableLink, addressProof, shareableLink } from "./invitationMails.ts"
import { closeForNewMember } from "./offers.ts"
import * as ShareableLink from "./ShareableLink.ts"
import {
  AddressOutsideDomain,
  NotStricter,
  RoleNotShareable,
  ShareableLinkClosed,
  ShareableLinkState
} from "./ShareableLink.ts"
import { ShareableLinkRepository, type ShareableLinkView } from "./ShareableLinkRepository.ts"

// ---- what people see -------------------------------------------------------------------------------------------------------------------

/** A link as those who may invite see it. Its secret was shown once, when it was made. */
export const Listed = Schema.Struct({
  id: ShareableLinkId,
  tenantId: TenantId,
  label: Schema.String,
  roles: RoleNames,
  domain: Schema.NullOr(Schema.String),
  maxUses: Schema.Int,
  uses: Schema.Int,
  state: ShareableLinkState,
  creatorName: Schema.String,
  createdAt: Instant.Instant,
  expiresAt: Instant.Instant,
  revokedAt: Schema.NullOr(Instant.Instant)
})

const toListed = (
  { creatorName, link }: Pick<ShareableLinkView, "creatorName" | "link">,
  now: Instant.Instant
): typeof Listed.Type => ({
  id: link.id,
  tenantId: link.tenantId,
  label: link.label,
  roles: link.roles,
  domain: link.domain,
  maxUses: link.maxUses,
  uses: link.uses,
  state: ShareableLink.stateAt(link, now),
  creatorName,
  createdAt: link.createdAt,
  expiresAt: link.expiresAt,
  revokedAt: link.revokedAt
})

const KeyOfPage = Schema.Tuple([Schema.Int, ShareableLinkId])
const keyOf = ({ link }: ShareableLinkView) => [link.createdAt, link.id] as const

const subject = (id: ShareableLinkId) => ({ kind: "shareableLink", id })

/** A domain as people type it; it is compared in the normal form of addresses. */
const domainFrom = (input: string | undefined): Result.Result<string | undefined, InvalidInput> => {
  if (input === undefined || input.trim() === "") return Result.succeed(undefined)
  return Option.match(ShareableLink.parseDomain(input), {
    onNone: () => Result.fail(new InvalidInput({ issues: [{ path: ["domain"], code: "invalid" }] })),
    onSome: (domain) => Result.succeed(domain)
  })
}

// ---- for those who may invite ----------------------------------------------------------------------------------------------------------

/**
 * Makes a link that can be passed on: whoever opens it and proves an address becomes a member with these roles, which carry no more than the settings
 * let a link give and the caller holds (INV-12). The answer shows its secret, once.
 */
export const create = UseCase.command({
  name: "shareableLinks.create",
  summary: "Makes a link by which others become ordinary members, and shows it once.",
  actors: ["Account"],
  requires: "invitations.create",
  secretAnswer: true,
  input: Schema.Struct({
    tenantId: TenantId,
    /** For whom it is meant; only those who may invite see it. */
    label: Schema.optionalKey(optionalLine(100)),
    /** Member where none are chosen. */
    roles: Schema.optionalKey(RoleNames),
    domain: Schema.optionalKey(optionalLine(260)),
    maxUses: Schema.Int,
    validForHours: Schema.optionalKey(Schema.Int)
  }),
  output: Schema.Struct({ link: Listed, url: Schema.Redacted(Schema.String) }),
  errors: [NotFound, RoleNotShareable],
  prepare: Effect.fnUntraced(function* () {
    const secret = yield* Links.newSecret(shareableLink.name)
    return { secret, hash: yield* Links.hashSecret(shareableLink.name, secret) }
  }),
  unit: Effect.fnUntraced(function* (input, unit, made) {
    const { actor, now, settings } = unit
    const roles = yield* Effect.fromResult(known(settings, input.roles ?? [MEMBER]))
    const maxUses = yield* Effect.fromResult(ShareableLink.maxUsesOf(settings, input.maxUses))
    const lifetime = yield* Effect.fromResult(ShareableLink.lifetimeOf(settings, input.validForHours))
    const domain = yield* Effect.fromResult(domainFrom(input.domain))
    const links = yield* ShareableLinkRepository
    const memberships = yield* MembershipRepository
    // locked: whoever closes the tenant revokes what they find, or comes first
    const { permissions, facts } = yield* lockedStanding(unit, input.tenantId, "invitations.create")
    yield* Effect.fromResult(ShareableLink.shareable(settings, roles))
    if (!mayGrant(settings, permissions, roles)) return yield* new NotAllowed({})
    const creatorMembershipId = Invitation.placeOf(facts)
    // whoever may do this has a place
    if (creatorMembershipId === null) return yield* new NotFound({ kind: "tenant" })
    // each one sends mails of its own, and has a budget of its own for them
    yield* draw(
      [{ key: `shareableLinks.tenant:${input.tenantId}`, limit: settings.limits.shareableLinksPerTenant }],
      now
    )
    const link: ShareableLink.ShareableLink = {
      id: yield* nextId(ShareableLinkId),
      tenantId: input.tenantId,
      label: input.label ?? "",
      roles,
      domain: domain ?? null,
      maxUses,
      uses: 0,
      creatorId: actor.accountId,
      creatorMembershipId,
      createdAt: now,
      expiresAt: Instant.plus(now, lifetime),
      revokedAt: null,
      version: 0
    }
    yield* links.insert(link, made.hash)
    unit.record({
      type: "shareableLink.created",
      tenantId: link.tenantId,
      subject: subject(link.id),
      data: { roles: [...roles], domain: link.domain, maxUses, expiresAt: link.expiresAt }
    })
    const self = yield* memberships.findMember(link.tenantId, actor.accountId)
    const creatorName = Option.match(self, { onNone: () => "", onSome: fullName })
    return {
      link: toListed({ link, creatorName }, now),
      url: Redacted.make(Links.toUrl(settings, shareableLink, made.secret))
    }
  })
})

const OfTenant = { tenantId: TenantId, linkId: ShareableLinkId }

/** The link, locked, for a caller who has the permission until the commit. */
const locked = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Account">,
  input: { readonly tenantId: TenantId; readonly linkId: ShareableLinkId },
  permission: "invitations.create" | "invitations.revoke"
) {
  yield* lockedStanding(unit, input.tenantId, permission)
  const links = yield* ShareableLinkRepository
  const found = yield* links.findForUpdate(input.tenantId, input.linkId)
  return Option.isSome(found) ? found.value : yield* new NotFound({ kind: "shareableLink" })
})

/** Lets an open link be used less often, less long, or by addresses of one domain only; never more than before. */
export const restrict = UseCase.command({
  name: "shareableLinks.restrict",
  summary: "Restricts an open link: fewer uses, an earlier end, or one domain.",
  actors: ["Account"],
  requires: "invitations.create",
  input: Schema.Struct({
    ...OfTenant,
    maxUses: Schema.optionalKey(Schema.Int),
    /** Counted from now. */
    validForHours: Schema.optionalKey(Schema.Int),
    domain: Schema.optionalKey(optionalLine(260))
  }),
  output: Schema.Struct({ id: ShareableLinkId, state: ShareableLinkState }),
  errors: [NotFound, ShareableLinkClosed, NotStricter],
  unit: Effect.fnUntraced(function* (input, unit) {
    const { now, settings } = unit
    const maxUses =
      input.maxUses === undefined
        ? undefined
        : yield* Effect.fromResult(ShareableLink.maxUsesOf(settings, input.maxUses))
    const lifetime =
      input.validForHours === undefined
        ? undefined
        : yield* Effect.fromResult(ShareableLink.lifetimeOf(settings, input.validForHours))
    const domain = yield* Effect.fromResult(domainFrom(input.domain))
    const link = yield* locked(unit, input, "invitations.create")
    const expiresAt = lifetime === undefined ? undefined : Instant.plus(now, lifetime)
    const next = yield* Effect.fromResult(ShareableLink.restrict(link, { maxUses, expiresAt, domain }, now))
    const links = yield* ShareableLinkRepository
    yield* links.save(next)
    unit.record({
      type: "shareableLink.restricted",
      tenantId: link.tenantId,
      subject: subject(link.id),
      data: { domain: next.domain, maxUses: next.maxUses, expiresAt: next.expiresAt }
    })
    return { id: next.id, state: ShareableLink.stateAt(next, now) }
  })
})

/** Ends a link at once: it opens nothing from this commit on, and neither do the mails that it has sent. */
export const revoke = UseCase.command({
  name: "shareableLinks.revoke",
  summary: "Ends a link that was passed on, at once.",
  actors: ["Account"],
  requires: "invitations.revoke",
  input: Schema.Struct(OfTenant),
  output: Schema.Void,
  errors: [NotFound, ShareableLinkClosed],
  unit: Effect.fnUntraced(function* (input, unit) {
    const link = yield* locked(unit, input, "invitations.revoke")
    const revoked = yield* Effect.fromResult(ShareableLink.revoke(link, unit.now))
    const links = yield* ShareableLinkRepository
    yield* links.save(revoked)
    unit.record({ type: "shareableLink.revoked", tenantId: link.tenantId, subject: subject(link.id) })
  })
})

/** The tenant's links with their state, newest first. */
export const list = UseCase.query({
  name: "shareableLinks.list",
  summary: "Lists a customer area's shareable links, newest first.",
  actors: ["Account"],
  requires: "invitations.read",
  input: Schema.Struct({ tenantId: TenantId, ...Page.fields }),
  output: Page.Page(Listed),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, now, settings }) {
    const window = yield* Page.window(KeyOfPage, input)
    yield* require(actor, settings, input.tenantId, "invitations.read")
    const links = yield* ShareableLinkRepository
    const rows = yield* links.list(input.tenantId, window)
    return Page.make(rows, window, keyOf, (row) => toListed(row, now))
  })
})

// ---- for those who open it -------------------------------------------------------------------------------------------------------------

const linkLimits = (_: unknown, { request, settings }: Pick<UseCase.Call<"Account">, "request" | "settings">) =>
  Effect.succeed([{ key: `shareableLinks.link:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

/** The subject of the link in a mail that proves an address: one for each shareable link and address, so that a newer mail voids the older. */
const subjectOfProof = (id: ShareableLinkId, email: EmailAddress) =>
  Effect.map(personalKey(id, email), (key) => key.replace(":", "/"))

/** What a secret opens: the link that was passed on, or the proof of an address that the link has sent by mail. */
const openLink = Effect.fnUntraced(function* (secret: Redacted.Redacted, now: Instant.Instant) {
  const shared = yield* ShareableLinkRepository
  const links = yield* Links.LinkRepository
  const unknown = new Links.LinkUnusable({ reason: "unknown" })
  const found = yield* shared.findByHash(yield* Links.hashSecret(shareableLink.name, secret))
  // of a closed tenant nothing can be reached (TEN-09)
  if (Option.isSome(found))
    return found.value.tenantState === "closed" ? yield* unknown : { view: found.value, proof: null }
  const proof = yield* links.find(
    addressOfShareableLink.name,
    yield* Links.hashSecret(addressOfShareableLink.name, secret)
  )
  if (Option.isNone(proof) || proof.value.tenantId === null) return yield* unknown
  const unusable = Links.check(proof.value, now)
  if (Option.isSome(unusable)) return yield* unusable.value
  // the subject was made by `subjectOfProof`
  const id = ShareableLinkId.make(proof.value.subject.split("/")[0] ?? "")
  const of = yield* shared.find(proof.value.tenantId, id)
  return Option.isSome(of) && of.value.tenantState !== "closed"
    ? { view: of.value, proof: proof.value }
    : yield* unknown
})

const isOpen = (link: ShareableLink.ShareableLink, now: Instant.Instant): Result.Result<void, ShareableLinkClosed> => {
  const state = ShareableLink.stateAt(link, now)
  return state === "open" ? Result.succeed(undefined) : Result.fail(new ShareableLinkClosed({ state }))
}

/**
 * What the link opens, for the page that it leads to; changes nothing. `next` says how to go on: prove an address (or sign in), create an account for
 * the address that is proven, sign in with it, change to another account, or join.
 */
export const read = UseCase.query({
  name: "shareableLinks.read",
  summary: "Shows a shareable link to whoever has it.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({
    tenantName: Schema.String,
    creatorName: Schema.String,
    roles: RoleNames,
    domain: Schema.NullOr(Schema.String),
    expiresAt: Instant.Instant,
    /** The address that the mail has proven. */
    email: Schema.NullOr(EmailAddress),
    next: Schema.Literals(["prove-address", "register", "sign-in", "switch-account", "join"])
  }),
  errors: [Links.LinkUnusable, ShareableLinkClosed],
  limits: linkLimits,
  run: Effect.fnUntraced(function* ({ secret }, { actor, now }) {
    const accounts = yield* AccountRepository
    const { proof, view } = yield* openLink(secret, now)
    const { link } = view
    yield* Effect.fromResult(isOpen(link, now))
    const next = Effect.gen(function* () {
      if (actor._tag === "Account") {
        const account = Option.getOrUndefined(yield* accounts.find(actor.accountId))
        const fits =
          account !== undefined &&
          (proof === null || proof.email === account.email) &&
          Result.isSuccess(ShareableLink.admits(link, account.email))
        return fits ? ("join" as const) : ("switch-account" as const)
      }
      if (proof === null) return "prove-address" as const
      return Option.isSome(yield* accounts.findByEmail(proof.email)) ? ("sign-in" as const) : ("register" as const)
    })
    return {
      tenantName: view.tenantName,
      creatorName: view.creatorName,
      roles: link.roles,
      domain: link.domain,
      expiresAt: link.expiresAt,
      email: proof?.email ?? null,
      next: yield* next
    }
  })
})

/**
 * Sends a mail to the address of somebody who has opened the link: the link in it proves the address, and opens the way to join with it. The answer and
 * the work are the same whether or not the address has an account (R-EN-01 to R-EN-03).
 */
export const proveAddress = UseCase.command({
  name: "shareableLinks.proveAddress",
  summary: "Sends a mail that proves the address of somebody who has opened a shareable link.",
  actors: ["Anonymous"],
  requires: "link",
  input: Schema.Struct({
    secret: Links.LinkSecret,
    email: EmailAddressFromInput,
    locale: Schema.optionalKey(Locale)
  }),
  output: Schema.Void,
  errors: [Links.LinkUnusable, ShareableLinkClosed, AddressOutsideDomain, TenantNotActive],
  limits: ({ email }, { request, settings }) =>
    Effect.map(personalKey("shareableLinks.mail", email), (key) => [
      { key, limit: settings.limits.mailPerAddress },
      { key: `shareableLinks.mail:${sourceKey(request.source)}`, limit: settings.limits.mailPerSource }
    ]),
  unit: Effect.fnUntraced(function* ({ email, locale, secret }, unit) {
    const { now, settings } = unit
    const shared = yield* ShareableLinkRepository
    const { proof, view } = yield* openLink(secret, now)
    // a mail's link is for its own address
    if (proof !== null) return yield* new Links.LinkUnusable({ reason: "unknown" })
    // nobody can join it at present, so nobody gets a mail
    if (view.tenantState !== "active") return yield* new TenantNotActive()
    // locked, so that of mails that are asked for in parallel only one opens in the end (V-11)
    const link = yield* shared.findForUpdate(view.link.tenantId, view.link.id)
    if (Option.isNone(link)) return yield* new Links.LinkUnusable({ reason: "unknown" })
    const { id, tenantId } = link.value
    yield* Effect.fromResult(isOpen(link.value, now))
    yield* Effect.fromResult(ShareableLink.admits(link.value, email))
    yield* draw([{ key: `shareableLinks.mail:${id}`, limit: settings.limits.mailPerShareableLink }], now)
    const issued = yield* Links.issue(addressOfShareableLink, {
      subject: yield* subjectOfProof(id, email),
      email,
      tenantId,
      now,
      lifetime: settings.shareableLinks.mailLifetime
    })
    unit.record({ type: "shareableLink.addressAsked", tenantId, subject: subject(id), personal: { email } })
    unit.send(
      addressProof.mail({
        recipient: email,
        locale: locale ?? "de",
        tenantId,
        process: `shareableLink:${id}`,
        secret: issued.secret,
        values: { shareableLinkId: id, tenantName: view.tenantName, expiresAt: issued.link.expiresAt }
      })
    )
  })
})

/** Locks the tenant and then the link, and reads who is concerned. */
const lockedFacts = Effect.fnUntraced(function* (opened: ShareableLink.ShareableLink, person: AccountId | null) {
  const tenants = yield* TenantRepository
  const shared = yield* ShareableLinkRepository
  const memberships = yield* MembershipRepository
  const tenant = yield* tenants.findForUpdate(opened.tenantId)
  const link = yield* shared.findForUpdate(opened.tenantId, opened.id)
  const facts = yield* memberships.accessFactsOf(
    opened.tenantId,
    [...new Set([opened.creatorId, person])].filter((id) => id !== null),
    "kept"
  )
  if (Option.isNone(tenant) || Option.isNone(link)) return yield* new Links.LinkUnusable({ reason: "unknown" })
  return {
    tenant: tenant.value,
    link: link.value,
    creator: facts.find(({ accountId }) => accountId === opened.creatorId),
    person: facts.find(({ accountId }) => accountId === person)
  }
})

/** Writes down that somebody has joined by the link. An invitation that was open for the address has done its part (INV-08). */
const join = Effect.fnUntraced(function* <K extends Actor.Kind>(
  unit: UseCase.Unit<K>,
  options: {
    readonly tenant: Tenant
    /** With one use more. */
    readonly link: ShareableLink.ShareableLink
    readonly proof: Links.Link | null
    readonly account: Pick<Account, "id" | "email" | "state">
  }
) {
  const { account, link, proof, tenant } = options
  const { now } = unit
  const tenants = yield* TenantRepository
  const shared = yield* ShareableLinkRepository
  const memberships = yield* MembershipRepository
  const { membership, tenant: next } = yield* Effect.fromResult(
    addMember(tenant, { id: yield* nextId(MembershipId), account, roles: link.roles, now })
  )
  yield* shared.save(link)
  yield* closeForNewMember(unit, tenant.id, account)
  if (proof !== null) yield* Links.redeem(proof, now)
  yield* memberships.insert(membership)
  yield* tenants.save(next)
  unit.record({
    type: "shareableLink.used",
    tenantId: tenant.id,
    subject: subject(link.id),
    data: { accountId: account.id, membershipId: membership.id, roles: [...link.roles] }
  })
  unit.record({
    type: "membership.created",
    tenantId: tenant.id,
    subject: { kind: "membership", id: membership.id },
    data: { accountId: account.id, roles: [...link.roles] }
  })
  return { outcome: "Joined", tenantId: tenant.id, roles: link.roles } as const
})

const joinErrors = [
  Links.LinkUnusable,
  ShareableLinkClosed,
  AddressOutsideDomain,
  GrantorLostAuthority,
  NoSeatLeft,
  TenantNotActive
] as const

/**
 * The signed-in person joins with their proven address: by the link that was passed on, or by the mail that it sent to them. Who is a member already
 * stays what they are, and uses nothing up. Who was removed is not let in again by a link that anybody has passed on (TEN-08).
 */
export const joinByLink = UseCase.command({
  name: "shareableLinks.join",
  summary: "Joins a customer area by a shareable link.",
  actors: ["Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Joined,
  errors: [...joinErrors, InvitationForSomeoneElse, InvitedByOneself, RemovedBefore],
  limits: linkLimits,
  unit: Effect.fnUntraced(function* ({ secret }, unit) {
    const { actor, now, settings } = unit
    const { proof, view } = yield* openLink(secret, now)
    const { creator, link, person, tenant } = yield* lockedFacts(view.link, actor.accountId)
    const account = yield* callersAccount(actor)
    if (proof !== null && proof.email !== account.email) return yield* new InvitationForSomeoneElse()
    const membership = person?.membership ?? null
    if (membership !== null) {
      yield* Effect.fromResult(isOpen(link, now))
      return { outcome: "AlreadyMember", tenantId: tenant.id, roles: membership.roles } as const
    }
    const used = yield* Effect.fromResult(ShareableLink.use(settings, link, { creator, email: account.email }, now))
    yield* Effect.fromResult(Invitation.offeredByAnother(link.creatorId, account.id))
    const memberships = yield* MembershipRepository
    if (yield* memberships.wasRemoved(tenant.id, account.id)) return yield* new RemovedBefore()
    return yield* join(unit, { tenant, link: used, proof, account })
  })
})

/**
 * Somebody without an account makes one for the address that the mail has proven, and joins in one step. The new account is signed in.
 */
export const joinAsNew = UseCase.command({
  name: "shareableLinks.joinAsNew",
  summary: "Creates an account for the proven address and joins by a shareable link, in one step.",
  actors: ["Anonymous"],
  requires: "link",
  secretAnswer: true,
  input: Schema.Struct({
    /** Of the mail that proves the address. */
    secret: Links.LinkSecret,
    firstName: Name,
    lastName: Name,
    password: secret(1000),
    consents: ConsentInput,
    locale: Schema.optionalKey(Locale),
    staySignedIn: Schema.optionalKey(Schema.Boolean)
  }),
  output: Schema.Struct({ joined: Joined, signIn: SignInOutcome }),
  errors: [...joinErrors, SignInToAccept, PasswordRefused, HasherUnavailable, ConsentRequired],
  limits: linkLimits,
  prepare: Effect.fnUntraced(function* (input, { now, settings }) {
    const hasher = yield* PasswordHasher
    const locale = input.locale ?? "de"
    const consents = yield* given({
      required: settings.consents.required.invitation,
      optional: [settings.consents.marketing],
      input: input.consents,
      locale,
      now
    })
    // a link that opens nothing costs no hash
    const { proof, view } = yield* openLink(input.secret, now)
    if (proof === null) return yield* new Links.LinkUnusable({ reason: "unknown" })
    yield* Effect.fromResult(isOpen(view.link, now))
    yield* checkPassword(input.password, {
      person: [input.firstName, input.lastName, proof.email],
      tenant: [view.tenantName]
    })
    return { consents, locale, passwordHash: yield* hasher.hash(input.password) }
  }),
  unit: Effect.fnUntraced(function* (input, unit, { consents, locale, passwordHash }) {
    const { now, settings } = unit
    const accounts = yield* AccountRepository
    const evidence = yield* ConsentRepository
    const { proof, view } = yield* openLink(input.secret, now)
    if (proof === null) return yield* new Links.LinkUnusable({ reason: "unknown" })
    const { creator, link, tenant } = yield* lockedFacts(view.link, null)
    const used = yield* Effect.fromResult(ShareableLink.use(settings, link, { creator, email: proof.email }, now))
    if (Option.isSome(yield* accounts.findByEmail(proof.email))) return yield* new SignInToAccept()
    const account = yield* newAccount({
      email: proof.email,
      firstName: input.firstName,
      lastName: input.lastName,
      locale,
      companyName: null,
      now
    })
    yield* accounts.insert(account, passwordHash)
    yield* evidence.append(yield* toRows(consents, account.id, "invitation"))
    unit.record({
      type: "account.created",
      subject: { kind: "account", id: account.id },
      data: { through: "shareableLink" },
      personal: { email: account.email }
    })
    const joined = yield* join(unit, { tenant, link: used, proof, account })
    const signIn = yield* proceed(unit, {
      account,
      secondFactor: false,
      staySignedIn: input.staySignedIn ?? false,
      method: "invitation"
    })
    return { joined, signIn }
  })
})

/** Every use case of shareable links. */
export const useCases = UseCase.registry(create, restrict, revoke, list, read, proveAddress, joinByLink, joinAsNew)
