import { Effect, Option, Schema } from "effect"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { revokeForFormerMember } from "../invitations/offers.ts"
import { joinTenant } from "../joining/joinTenant.ts"
import type * as Actor from "../kernel/Actor.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import { personalKey, sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import * as Page from "../kernel/Page.ts"
import { type Permission, RoleNames } from "../kernel/Permission.ts"
import { NotFound } from "../kernel/refusals.ts"
import { roleNamed, type Settings } from "../kernel/Settings.ts"
import { inLocale, type Locale, line } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { DeputyRepository } from "../requests/DeputyRepository.ts"
import { stateAt } from "../requests/Request.ts"
import { RequestRepository } from "../requests/RequestRepository.ts"
import { takeBack } from "../requests/workflow.ts"
import { type Place, place, usable } from "./Access.ts"
import * as Membership from "./Membership.ts"
import { MailPreferences } from "./Membership.ts"
import { type Member, MembershipRepository } from "./MembershipRepository.ts"
import { lockedStanding, require } from "./Permissions.ts"
import { crowns, known, normalRoles } from "./Role.ts"
import { LastOwner, type Tenant, TenantNotActive } from "./Tenant.ts"
import { TenantRepository } from "./TenantRepository.ts"
import { contactEmailAsked, contactEmailLink, removed, rolesChanged } from "./tenantMails.ts"

// ---- what people see -------------------------------------------------------------------------------------------------------------------

/** A member as other members see them. */
export const MemberView = Schema.Struct({
  id: MembershipId,
  accountId: AccountId,
  firstName: Schema.String,
  lastName: Schema.String,
  roles: RoleNames,
  contactEmail: EmailAddress,
  /** The address that the person signs in with: for themself and for those who may change members, else null. */
  email: Schema.NullOr(EmailAddress),
  joinedAt: Instant,
  /** Whether this is the caller. */
  self: Schema.Boolean
})

const toView = (
  { email, firstName, lastName, membership }: Member,
  caller: AccountId,
  held: ReadonlySet<Permission>
): typeof MemberView.Type => {
  const self = membership.accountId === caller
  return {
    id: membership.id,
    accountId: membership.accountId,
    firstName,
    lastName,
    roles: membership.roles,
    contactEmail: membership.contactEmail,
    email: self || held.has("members.change") ? email : null,
    joinedAt: membership.joinedAt,
    self
  }
}

const KeyOfPage = Schema.Tuple([Schema.Int, AccountId])
const keyOf = ({ membership }: Member) => [membership.joinedAt, membership.accountId] as const

const subject = (id: MembershipId) => ({ kind: "membership", id })

const labels = (settings: Settings, roles: ReadonlyArray<string>, locale: Locale): ReadonlyArray<string> =>
  roles.map((name) => {
    const role = roleNamed(settings, name)
    return role === undefined ? name : inLocale({ ...role.label }, locale)
  })

// ---- looking ---------------------------------------------------------------------------------------------------------------------------

/** The members of a tenant in the order of joining; `search` finds parts of names and of those addresses that the caller may see. */
export const list = UseCase.query({
  name: "members.list",
  summary: "Lists a customer area's members, or those whose name or address contains a text.",
  actors: ["Account"],
  requires: "members.read",
  input: Schema.Struct({ tenantId: TenantId, search: Schema.optionalKey(line(100)), ...Page.fields }),
  output: Page.Page(MemberView),
  errors: [NotFound],
  // a page of the plain list costs little; a search looks at every member
  limits: ({ search }, { actor, settings }) =>
    Effect.succeed(
      search === undefined
        ? []
        : [{ key: `members.search:${actor.accountId}`, limit: settings.limits.searchPerAccount }]
    ),
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const window = yield* Page.window(KeyOfPage, input)
    const { permissions } = yield* require(actor, settings, input.tenantId, "members.read")
    const memberships = yield* MembershipRepository
    const rows = yield* memberships.list(
      input.tenantId,
      { search: Option.fromUndefinedOr(input.search), accountEmail: permissions.has("members.change") },
      window
    )
    return Page.make(rows, window, keyOf, (row) => toView(row, actor.accountId, permissions))
  })
})

const OfMember = { tenantId: TenantId, accountId: AccountId }

/** One member. */
export const get = UseCase.query({
  name: "members.get",
  summary: "Shows one member of a customer area.",
  actors: ["Account"],
  requires: "members.read",
  input: Schema.Struct(OfMember),
  output: MemberView,
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const { permissions } = yield* require(actor, settings, input.tenantId, "members.read")
    const memberships = yield* MembershipRepository
    const member = yield* memberships.findMember(input.tenantId, input.accountId)
    if (Option.isNone(member)) return yield* new NotFound({ kind: "member" })
    return toView(member.value, actor.accountId, permissions)
  })
})

// ---- changing members ------------------------------------------------------------------------------------------------------------------

/** Locks the tenant, then reads what a change of one of its members by another is decided on. */
const locked = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Account">,
  input: { readonly tenantId: TenantId; readonly accountId: AccountId },
  permission: Permission
) {
  const memberships = yield* MembershipRepository
  const { permissions, tenant } = yield* lockedStanding(unit, input.tenantId, permission)
  const member = yield* memberships.findMember(input.tenantId, input.accountId)
  if (Option.isNone(member)) return yield* new NotFound({ kind: "member" })
  return { tenant, member: member.value, held: permissions }
})

/**
 * Gives a member other roles. Nobody gives or takes away more than they hold, only who may change owners changes one, with a fresh proof of who they
 * are, and the last active owner stays one. The member is told by mail, unless they do not want such mails or did it themself.
 */
export const changeRoles = UseCase.command({
  name: "members.changeRoles",
  summary: "Gives a member other roles.",
  actors: ["Account"],
  requires: "members.change",
  input: Schema.Struct({ ...OfMember, roles: RoleNames }),
  output: Schema.Struct({ accountId: AccountId, roles: RoleNames }),
  errors: [NotFound, LastOwner],
  unit: Effect.fnUntraced(function* (input, unit) {
    const { settings } = unit
    const roles = yield* Effect.fromResult(known(settings, input.roles))
    const { held, member, tenant } = yield* locked(unit, input, "members.change")
    const { membership } = member
    const next = yield* Effect.fromResult(Membership.changeRoles(settings, tenant, member, held, roles))
    const answer = { accountId: membership.accountId, roles: next.membership.roles }
    if (normalRoles(membership.roles).join() === next.membership.roles.join()) return answer
    if (crowns(settings, membership.roles) !== crowns(settings, roles)) {
      yield* Effect.fromResult(UseCase.provenRecently(unit))
    }
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    yield* memberships.update(next.membership)
    yield* tenants.save(next.tenant)
    unit.record({
      type: "membership.rolesChanged",
      tenantId: tenant.id,
      subject: subject(membership.id),
      data: { accountId: membership.accountId, before: [...membership.roles], roles: [...next.membership.roles] }
    })
    if (membership.accountId !== unit.actor.accountId && membership.mailPreferences.membershipChanges) {
      unit.send(
        rolesChanged.mail({
          recipient: membership.contactEmail,
          locale: member.locale,
          tenantId: tenant.id,
          accountId: membership.accountId,
          process: `membership:${membership.id}`,
          values: {
            tenantName: tenant.name,
            accountId: membership.accountId,
            roles: labels(settings, next.membership.roles, member.locale)
          }
        })
      )
    }
    return answer
  })
})

/**
 * What ends with a membership, however it ends (TEN-08): so do the other ways in that were open for its member, and standing in for others or being stood
 * in for, which else would come to life again with another membership. What its member has invited others to is judged when they accept (INV-05).
 */
const end = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Account">,
  next: Tenant,
  membership: Membership.Membership,
  email: EmailAddress,
  reason: "left" | "removed"
) {
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const links = yield* Links.LinkRepository
  yield* memberships.remove(membership.tenantId, membership.accountId)
  yield* tenants.save(next)
  yield* links.voidOpen(contactEmailLink.name, membership.id, unit.now)
  const { accountId, tenantId } = membership
  yield* memberships.setRemoved(tenantId, accountId, reason === "removed" && accountId !== unit.actor.accountId)
  yield* revokeForFormerMember(unit, tenantId, { id: accountId, email })
  const deputies = yield* DeputyRepository
  for (const { deputyId, id } of yield* deputies.endOfMember(tenantId, accountId, unit.now)) {
    unit.record({ type: "deputy.ended", tenantId, subject: { kind: "deputy", id }, data: { deputyId } })
  }
  const requests = yield* RequestRepository
  for (const request of yield* requests.openOfAskerForUpdate(tenantId, { accountId, email })) {
    // one whose time has run out stays for the job
    if (request.kind !== joinTenant.name || stateAt(request, unit.now) === "Expired") continue
    yield* takeBack(unit, joinTenant, request, { because: "membership-ended" }).pipe(
      // looked at in the line above
      Effect.catchTag("RequestClosed", Effect.die)
    )
  }
  unit.record({
    type: "membership.ended",
    tenantId: membership.tenantId,
    subject: subject(membership.id),
    data: { accountId: membership.accountId, reason, roles: [...membership.roles] }
  })
})

/** Ends somebody's membership; they are told by mail. Nobody removes somebody who holds more than they do, and the last active owner stays. */
export const remove = UseCase.command({
  name: "members.remove",
  summary: "Removes a member.",
  actors: ["Account"],
  requires: "members.remove",
  input: Schema.Struct(OfMember),
  output: Schema.Void,
  errors: [NotFound, LastOwner],
  unit: Effect.fnUntraced(function* (input, unit) {
    const { held, member, tenant } = yield* locked(unit, input, "members.remove")
    const { membership } = member
    const next = yield* Effect.fromResult(Membership.removeMember(unit.settings, tenant, member, held))
    if (crowns(unit.settings, membership.roles)) yield* Effect.fromResult(UseCase.provenRecently(unit))
    yield* end(unit, next, membership, member.email, "removed")
    if (membership.accountId === unit.actor.accountId) return
    unit.send(
      removed.mail({
        recipient: membership.contactEmail,
        locale: member.locale,
        tenantId: tenant.id,
        accountId: membership.accountId,
        process: `membership:${membership.id}`,
        values: { tenantName: tenant.name }
      })
    )
  })
})

// ---- one's own membership --------------------------------------------------------------------------------------------------------------

/** The caller's own place in the tenant, with the tenant locked. */
const lockedOwn = Effect.fnUntraced(function* (actor: Actor.Account, tenantId: TenantId) {
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const tenant = yield* tenants.findForUpdate(tenantId, { accountId: actor.accountId, tenantId })
  const found = yield* memberships.accessFacts(tenantId, actor.accountId)
  const facts: Place = yield* Effect.fromResult(place(actor, Option.getOrUndefined(found)))
  if (Option.isNone(tenant)) return yield* new NotFound({ kind: "tenant" })
  return { tenant: tenant.value, facts }
})

/** The caller ends their own membership, whatever the tenant's state or its rule on second factors; the last active owner stays. */
export const leave = UseCase.command({
  name: "members.leave",
  summary: "Ends the caller's own membership.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ tenantId: TenantId }),
  output: Schema.Void,
  errors: [NotFound, LastOwner],
  unit: Effect.fnUntraced(function* (input, unit) {
    const accounts = yield* AccountRepository
    const { facts, tenant } = yield* lockedOwn(unit.actor, input.tenantId)
    const account = yield* accounts.find(unit.actor.accountId)
    if (Option.isNone(account)) return yield* new NotFound({ kind: "tenant" })
    const next = yield* Effect.fromResult(Membership.leave(tenant, facts))
    yield* end(unit, next, facts.membership, account.value.email, "left")
  })
})

/** Says which mails about the tenant the caller wants. */
export const setMailPreferences = UseCase.command({
  name: "members.setMailPreferences",
  summary: "Says which mails about a customer area the caller wants.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ tenantId: TenantId, mailPreferences: MailPreferences }),
  output: MailPreferences,
  errors: [NotFound, TenantNotActive],
  unit: Effect.fnUntraced(function* ({ mailPreferences, tenantId }, unit) {
    const { facts } = yield* lockedOwn(unit.actor, tenantId)
    yield* Effect.fromResult(usable(facts))
    const { membership } = facts
    const memberships = yield* MembershipRepository
    yield* memberships.update({ ...membership, mailPreferences })
    unit.record({
      type: "membership.mailPreferencesChanged",
      tenantId,
      subject: subject(membership.id),
      data: { ...mailPreferences }
    })
    return mailPreferences
  })
})

/**
 * Asks for mail about the tenant to go to another address. It takes effect when the link that is sent there is confirmed; the old address stays
 * until then (TEN-06), and a link that was sent before is void. The answer is the same whatever the address.
 */
export const changeContactEmail = UseCase.command({
  name: "members.changeContactEmail",
  summary: "Sends a link to a new contact address, which counts once that is confirmed.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ tenantId: TenantId, email: EmailAddressFromInput }),
  output: Schema.Void,
  errors: [NotFound, TenantNotActive],
  limits: ({ email }, { actor, request, settings }) =>
    Effect.map(personalKey("members.mail", email), (key) => [
      { key, limit: settings.limits.mailPerAddress },
      { key: `members.contact:${actor.accountId}`, limit: settings.limits.mailPerAddress },
      { key: `members.mail:${sourceKey(request.source)}`, limit: settings.limits.mailPerSource }
    ]),
  unit: Effect.fnUntraced(function* ({ email, tenantId }, unit) {
    const { now, settings } = unit
    const accounts = yield* AccountRepository
    // locked, so that of links that are asked for in parallel only one opens in the end (V-11)
    const { facts, tenant } = yield* lockedOwn(unit.actor, tenantId)
    yield* Effect.fromResult(usable(facts))
    const { membership } = facts
    const account = yield* accounts.find(unit.actor.accountId)
    if (Option.isNone(account)) return yield* new NotFound({ kind: "tenant" })
    const { link, secret } = yield* Links.issue(contactEmailLink, {
      subject: membership.id,
      email,
      tenantId,
      credentialEpoch: unit.actor.credentialEpoch,
      now,
      lifetime: settings.contactEmail.linkLifetime
    })
    unit.record({
      type: "membership.contactEmailAsked",
      tenantId,
      subject: subject(membership.id),
      personal: { email }
    })
    unit.send(
      contactEmailAsked.mail({
        recipient: email,
        locale: account.value.locale,
        tenantId,
        accountId: unit.actor.accountId,
        process: `contact:${membership.id}`,
        secret,
        values: { tenantName: tenant.name, expiresAt: link.expiresAt }
      })
    )
  })
})

/** The membership that a contact address's link is for, if that is still there and nothing has changed about its account's credentials. */
const opened = Effect.fnUntraced(function* (link: Links.Link) {
  const memberships = yield* MembershipRepository
  const gone = new Links.LinkUnusable({ reason: "void" })
  if (link.tenantId === null) return yield* gone
  // the link was made with the membership's id as its subject
  const membership = yield* memberships.findById(link.tenantId, MembershipId.make(link.subject))
  if (Option.isNone(membership)) return yield* gone
  const facts = yield* memberships.accessFacts(link.tenantId, membership.value.accountId)
  return yield* Effect.fromResult(
    place({ credentialEpoch: link.credentialEpoch ?? -1 }, Option.getOrUndefined(facts))
  ).pipe(Effect.mapError(() => gone))
})

const linkLimits = (_: unknown, { request, settings }: Pick<UseCase.Call<"Account">, "request" | "settings">) =>
  Effect.succeed([{ key: `members.link:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

/** What the link in the mail to a new contact address would do, for the page it leads to; changes nothing (R-TK-09). */
export const readContactEmail = UseCase.query({
  name: "members.readContactEmail",
  summary: "Shows the holder of a contact address's link what it confirms.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({ tenantName: Schema.String, email: EmailAddress, expiresAt: Instant }),
  errors: [Links.LinkUnusable],
  limits: linkLimits,
  run: Effect.fnUntraced(function* ({ secret }, { now }) {
    const tenants = yield* TenantRepository
    const link = yield* Links.open(contactEmailLink, secret, now)
    const facts = yield* opened(link)
    const tenant = yield* tenants.find(facts.tenantId)
    if (Option.isNone(tenant)) return yield* new Links.LinkUnusable({ reason: "void" })
    return { tenantName: tenant.value.name, email: link.email, expiresAt: link.expiresAt }
  })
})

/** Whoever has the mail sent to a new contact address confirms it; mail about the tenant goes there from now on (TEN-06). */
export const confirmContactEmail = UseCase.command({
  name: "members.confirmContactEmail",
  summary: "Confirms a new contact address with the link that was sent there.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({ tenantId: TenantId, contactEmail: EmailAddress }),
  errors: [Links.LinkUnusable],
  limits: linkLimits,
  unit: Effect.fnUntraced(function* ({ secret }, unit) {
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const link = yield* Links.open(contactEmailLink, secret, unit.now)
    if (link.tenantId !== null) yield* tenants.findForUpdate(link.tenantId)
    const { membership, tenantId } = yield* opened(link)
    yield* Links.redeem(link, unit.now)
    yield* memberships.update({ ...membership, contactEmail: link.email })
    unit.record({
      type: "membership.contactEmailChanged",
      tenantId,
      subject: subject(membership.id),
      data: { accountId: membership.accountId },
      personal: { email: link.email }
    })
    return { tenantId, contactEmail: link.email }
  })
})

/** Every use case of memberships. */
export const useCases = UseCase.registry(
  list,
  get,
  changeRoles,
  remove,
  leave,
  setMailPreferences,
  changeContactEmail,
  readContactEmail,
  confirmContactEmail
)
