import { Effect, Option, Schema } from "effect"
import { callersAccount } from "../accounts/callersAccount.ts"
import { settlesAt } from "../accounts/EmailChange.ts"
import { closeForNewMember } from "../invitations/offers.ts"
import { type Joining, joinTenant } from "../joining/joinTenant.ts"
import { Crypto, toHex } from "../kernel/Crypto.ts"
import { domainOf, EmailAddress } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { DomainId, MembershipId, nextId, RequestId, TenantId } from "../kernel/ids.ts"
import { draw, sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import { MEMBER, OWNER, RoleNames } from "../kernel/Permission.ts"
import { InvalidInput, NotAllowed, NotFound } from "../kernel/refusals.ts"
import { roleNamed, type Settings } from "../kernel/Settings.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { CoolingDown } from "../requests/Request.ts"
import { submit } from "../requests/workflow.ts"
import * as Domain from "./Domain.ts"
import {
  DomainNameFromInput,
  DomainNotProven,
  DomainTaken,
  JoiningMode,
  Method,
  ProofNotFound,
  PublicDomain,
  RoleTooHigh,
  TooManyDomains
} from "./Domain.ts"
import { DomainProof, RECORD_LABEL } from "./DomainProof.ts"
import { DomainRepository } from "./DomainRepository.ts"
import { domainLink, domainLost, domainProofAsked } from "./domainMails.ts"
import { addMember } from "./Membership.ts"
import { MembershipRepository } from "./MembershipRepository.ts"
import { lockedStanding, require } from "./Permissions.ts"
import { mayGrant } from "./Role.ts"
import { NoSeatLeft, TenantNotActive } from "./Tenant.ts"
import { TenantRepository } from "./TenantRepository.ts"

// ---- what people see -------------------------------------------------------------------------------------------------------------------

/** A domain as those see it who may change domains. */
export const DomainView = Schema.Struct({
  id: DomainId,
  domain: Schema.String,
  state: Schema.Literals(["claimed", "proven"]),
  /** The TXT record that proves it. */
  record: Schema.Struct({ name: Schema.String, value: Schema.String }),
  /** Where the other proof is sent. */
  postmaster: Schema.String,
  method: Schema.NullOr(Method),
  provenAt: Schema.NullOr(Instant),
  /** When the proof ends unless it is renewed; a record is looked for long before. */
  expiresAt: Schema.NullOr(Instant),
  /** Whether the last checks did not find the record: it is lost soon. */
  missing: Schema.Boolean,
  joining: JoiningMode,
  role: Schema.NullOr(Schema.String)
})

const recordOf = ({ domain, token }: Domain.Domain) => ({
  name: `${RECORD_LABEL}.${domain}`,
  value: `portico-domain=${token}`
})

const toView = (domain: Domain.Domain, now: Instant): typeof DomainView.Type => {
  const proof = Domain.isProven(domain, now) ? domain.proof : null
  return {
    id: domain.id,
    domain: domain.domain,
    state: proof === null ? "claimed" : "proven",
    record: recordOf(domain),
    postmaster: `postmaster@${domain.domain}`,
    method: proof?.method ?? null,
    provenAt: proof?.provenAt ?? null,
    expiresAt: proof?.expiresAt ?? null,
    missing: domain.misses > 0,
    joining: proof === null ? "nobody" : domain.joining,
    role: proof === null ? null : domain.role
  }
}

const subject = (id: DomainId) => ({ kind: "domain", id })
const processOf = (id: DomainId) => `domain:${id}`

/** Every domain of the tenant, by name. */
export const list = UseCase.query({
  name: "domains.list",
  summary: "Lists a customer area's mail domains, and how each is proven.",
  actors: ["Account"],
  requires: "domains.change",
  input: Schema.Struct({ tenantId: TenantId }),
  output: Schema.Struct({ items: Schema.Array(DomainView) }),
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ tenantId }, { actor, now, settings }) {
    yield* require(actor, settings, tenantId, "domains.change")
    const domains = yield* DomainRepository
    const rows = yield* domains.list(tenantId)
    return { items: rows.map((row) => toView(row, now)) }
  })
})

// ---- claiming and proving --------------------------------------------------------------------------------------------------------------

/** Locks the tenant and asks whether the caller may change its domains. */
const locked = (unit: UseCase.Unit<"Account">, tenantId: TenantId) =>
  Effect.map(lockedStanding(unit, tenantId, "domains.change"), ({ tenant }) => tenant)

const found = Effect.fnUntraced(function* (tenantId: TenantId, id: DomainId) {
  const domains = yield* DomainRepository
  const domain = yield* domains.find(tenantId, id)
  if (Option.isNone(domain)) return yield* new NotFound({ kind: "domain" })
  return domain.value
})

/**
 * The tenant says that a domain is its own. That alone opens nothing: several may say so, and one can prove it. A domain that the tenant has named
 * already is answered as it is.
 */
export const claim = UseCase.command({
  name: "domains.claim",
  summary: "Names a mail domain of the customer area, and answers how it is proven.",
  actors: ["Account"],
  requires: "domains.change",
  sensitive: true,
  input: Schema.Struct({ tenantId: TenantId, domain: DomainNameFromInput }),
  output: DomainView,
  errors: [NotFound, PublicDomain, TooManyDomains],
  unit: Effect.fnUntraced(function* (input, unit) {
    const { now, settings } = unit
    const domains = yield* DomainRepository
    const crypto = yield* Crypto
    const tenant = yield* locked(unit, input.tenantId)
    if (Domain.isPublic(settings, input.domain)) return yield* new PublicDomain()
    const all = yield* domains.list(tenant.id)
    const before = all.find(({ domain }) => domain === input.domain)
    if (before !== undefined) return toView(before, now)
    const max = settings.domains.maxPerTenant
    if (all.length >= max) return yield* new TooManyDomains({ max })
    const domain: Domain.Domain = {
      id: yield* nextId(DomainId),
      tenantId: tenant.id,
      domain: input.domain,
      token: toHex(yield* crypto.randomBytes(16)),
      proof: null,
      checkAt: null,
      misses: 0,
      joining: "nobody",
      role: null,
      createdAt: now
    }
    yield* domains.insert(domain)
    unit.record({
      type: "domain.claimed",
      tenantId: tenant.id,
      subject: subject(domain.id),
      data: { domain: domain.domain }
    })
    return toView(domain, now)
  })
})

const OfDomain = { tenantId: TenantId, domainId: DomainId }

/** Drawn on once it is known that the caller may: strangers must not use up what the tenant's own people need (V-03). */
const checkRule = (settings: Settings, tenantId: TenantId) => ({
  key: `domains.check:${tenantId}`,
  limit: settings.limits.domainChecksPerTenant
})

/** Whether the record is there; "unknown" where that could not be asked. Slow, and so outside of units. */
const look = Effect.fnUntraced(function* (domain: Domain.Domain) {
  const proof = yield* DomainProof
  const { name, value } = recordOf(domain)
  return yield* proof.texts(name).pipe(
    Effect.map((texts): boolean | "unknown" => texts.some((text) => text.trim() === value)),
    Effect.catchTag("DomainProofUnavailable", (cause) =>
      Effect.as(Effect.logWarning("The records of a domain could not be asked for", cause), "unknown" as const)
    )
  )
})

/** Writes a proof down. The tenant that has proven the domain keeps it as long as its own proof holds; one whose time is over makes room. */
const prove = Effect.fnUntraced(function* (
  unit: Pick<UseCase.Unit<"Account">, "now" | "record" | "settings">,
  domain: Domain.Domain,
  method: Method
) {
  const { now, settings } = unit
  const domains = yield* DomainRepository
  if (Domain.isPublic(settings, domain.domain)) return yield* new PublicDomain()
  const holder = Option.getOrUndefined(yield* domains.findProven(domain.domain))
  if (holder !== undefined && holder.id !== domain.id) {
    if (Domain.isProven(holder, now)) return yield* new DomainTaken()
    yield* domains.save(Domain.lost(holder))
    unit.record({
      type: "domain.lost",
      tenantId: holder.tenantId,
      subject: subject(holder.id),
      data: { domain: holder.domain }
    })
  }
  const next = Domain.proven(settings, domain, method, now)
  yield* domains.save(next)
  unit.record({
    type: "domain.proven",
    tenantId: domain.tenantId,
    subject: subject(domain.id),
    data: { domain: domain.domain, method }
  })
  return next
})

/** Looks for the record that proves the domain. */
export const proveByRecord = UseCase.command({
  name: "domains.proveByRecord",
  summary: "Looks for the TXT record that proves a domain.",
  actors: ["Account"],
  requires: "domains.change",
  input: Schema.Struct(OfDomain),
  output: DomainView,
  errors: [NotFound, ProofNotFound, DomainTaken, PublicDomain],
  prepare: Effect.fnUntraced(function* ({ domainId, tenantId }, { actor, now, settings }) {
    yield* require(actor, settings, tenantId, "domains.change")
    yield* draw([checkRule(settings, tenantId)], now)
    return yield* look(yield* found(tenantId, domainId))
  }),
  unit: Effect.fnUntraced(function* ({ domainId, tenantId }, unit, there) {
    yield* locked(unit, tenantId)
    const domain = yield* found(tenantId, domainId)
    if (there !== true) return yield* new ProofNotFound()
    return toView(yield* prove(unit, domain, "dns"), unit.now)
  })
})

/** Sends the domain's postmaster the link that proves it; an older one is void. */
export const askPostmaster = UseCase.command({
  name: "domains.askPostmaster",
  summary: "Sends the postmaster of a domain a mail that asks to confirm it.",
  actors: ["Account"],
  requires: "domains.change",
  input: Schema.Struct(OfDomain),
  output: Schema.Struct({ expiresAt: Instant }),
  errors: [NotFound, PublicDomain],
  unit: Effect.fnUntraced(function* ({ domainId, tenantId }, unit) {
    const { now, settings } = unit
    const tenant = yield* locked(unit, tenantId)
    const domain = yield* found(tenantId, domainId)
    if (Domain.isPublic(settings, domain.domain)) return yield* new PublicDomain()
    // by the domain's name: one that is removed and claimed again is the same to its postmaster
    const mailRule = { key: `domains.mail:${tenantId}:${domain.domain}`, limit: settings.limits.mailPerAddress }
    yield* draw([checkRule(settings, tenantId), mailRule], now)
    const email = EmailAddress.make(`postmaster@${domain.domain}`)
    const { link, secret } = yield* Links.issue(domainLink, {
      subject: domain.id,
      email,
      tenantId,
      now,
      lifetime: settings.domains.linkLifetime
    })
    unit.record({
      type: "domain.proofAsked",
      tenantId,
      subject: subject(domain.id),
      data: { domain: domain.domain }
    })
    unit.send(
      domainProofAsked.mail({
        recipient: email,
        locale: "de",
        tenantId,
        process: processOf(domain.id),
        secret,
        values: { tenantName: tenant.name, domain: domain.domain, expiresAt: link.expiresAt }
      })
    )
    return { expiresAt: link.expiresAt }
  })
})

const linkLimits = (_: unknown, { request, settings }: Pick<UseCase.Call<"Account">, "request" | "settings">) =>
  Effect.succeed([{ key: `domains.link:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

/** The claim that a postmaster's link is about, of a tenant that is active. */
const opened = Effect.fnUntraced(function* (link: Links.Link, how: "find" | "findForUpdate") {
  const domains = yield* DomainRepository
  const tenants = yield* TenantRepository
  const gone = new Links.LinkUnusable({ reason: "void" })
  if (link.tenantId === null) return yield* gone
  const tenant = yield* tenants[how](link.tenantId)
  // the link was made with the claim's id as its subject
  const domain = yield* domains.find(link.tenantId, DomainId.make(link.subject))
  if (Option.isNone(tenant) || tenant.value.state !== "active" || Option.isNone(domain)) return yield* gone
  return { domain: domain.value, tenant: tenant.value }
})

/** What the postmaster's link would prove, for the page that it leads to; changes nothing (R-TK-09). */
export const readPostmaster = UseCase.query({
  name: "domains.readPostmaster",
  summary: "Shows a domain's postmaster what the link in the mail confirms.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({ tenantName: Schema.String, domain: Schema.String, expiresAt: Instant }),
  errors: [Links.LinkUnusable],
  limits: linkLimits,
  run: Effect.fnUntraced(function* ({ secret }, { now }) {
    const link = yield* Links.open(domainLink, secret, now)
    const { domain, tenant } = yield* opened(link, "find")
    return { tenantName: tenant.name, domain: domain.domain, expiresAt: link.expiresAt }
  })
})

/** The domain's postmaster confirms that the tenant speaks for it. */
export const confirmPostmaster = UseCase.command({
  name: "domains.confirmPostmaster",
  summary: "Proves a domain by the link in the mail to its postmaster.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({ tenantName: Schema.String, domain: Schema.String }),
  errors: [Links.LinkUnusable, DomainTaken, PublicDomain],
  limits: linkLimits,
  unit: Effect.fnUntraced(function* ({ secret }, unit) {
    const link = yield* Links.open(domainLink, secret, unit.now)
    const { domain, tenant } = yield* opened(link, "findForUpdate")
    yield* Links.redeem(link, unit.now)
    yield* prove(unit, domain, "postmaster")
    return { tenantName: tenant.name, domain: domain.domain }
  })
})

// ---- what it lets people do ------------------------------------------------------------------------------------------------------------

/** Says what proven addresses of a proven domain can do: join at once with a role, ask to join, or nothing by it. */
export const setJoining = UseCase.command({
  name: "domains.setJoining",
  summary: "Says who can join by an address of a proven domain, and with which role.",
  actors: ["Account"],
  requires: "domains.change",
  sensitive: true,
  input: Schema.Struct({ ...OfDomain, joining: JoiningMode, role: Schema.optionalKey(Schema.String) }),
  output: DomainView,
  errors: [NotFound, DomainNotProven, RoleTooHigh],
  unit: Effect.fnUntraced(function* (input, unit) {
    const { now, settings } = unit
    const role = input.role ?? MEMBER
    if (roleNamed(settings, role) === undefined) {
      return yield* new InvalidInput({ issues: [{ path: ["role"], code: "role" }] })
    }
    const domains = yield* DomainRepository
    const { permissions } = yield* lockedStanding(unit, input.tenantId, "domains.change")
    const domain = yield* found(input.tenantId, input.domainId)
    // whoever joins by it is given the role by who says so here (TEN-03)
    if (input.joining !== "nobody" && !mayGrant(settings, permissions, [role])) return yield* new NotAllowed({})
    const next = yield* Effect.fromResult(Domain.withJoining(settings, domain, input.joining, role, now))
    if (next.joining === domain.joining && next.role === domain.role) return toView(domain, now)
    yield* domains.save(next)
    unit.record({
      type: "domain.joiningChanged",
      tenantId: input.tenantId,
      subject: subject(domain.id),
      data: { domain: domain.domain, joining: next.joining, role: next.role }
    })
    return toView(next, now)
  })
})

/** The tenant does not say any more that the domain is its own. Who joined by it stays. */
export const remove = UseCase.command({
  name: "domains.remove",
  summary: "Removes a mail domain from a customer area.",
  actors: ["Account"],
  requires: "domains.change",
  input: Schema.Struct(OfDomain),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ domainId, tenantId }, unit) {
    const domains = yield* DomainRepository
    const links = yield* Links.LinkRepository
    yield* locked(unit, tenantId)
    const domain = yield* found(tenantId, domainId)
    yield* domains.remove(tenantId, domainId)
    yield* links.voidOpen(domainLink.name, domainId, unit.now)
    unit.record({
      type: "domain.removed",
      tenantId,
      subject: subject(domainId),
      data: { domain: domain.domain, proven: domain.proof !== null }
    })
  })
})

/** What came of it: a member now, asked to become one, or a member already. */
const JoinedByDomain = Schema.Union([
  Schema.TaggedStruct("Joined", { tenantId: TenantId, roles: RoleNames }),
  Schema.TaggedStruct("Asked", { tenantId: TenantId, requestId: RequestId }),
  Schema.TaggedStruct("AlreadyMember", { tenantId: TenantId, roles: RoleNames })
])

/**
 * Somebody joins by the domain of their own proven address, or asks to, as the tenant has set it (TEN-10). Everything counts as it is at this commit: the
 * proof of the domain, the account's address, the role. To anybody else the tenant does not exist (G-05).
 */
export const join = UseCase.command({
  name: "domains.join",
  summary: "Joins a customer area by the domain of the caller's address, or asks to.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ tenantId: TenantId }),
  output: JoinedByDomain,
  errors: [NotFound, NoSeatLeft, TenantNotActive, CoolingDown],
  // before the tenant is locked, so that whom it does not let in makes nobody wait; the unit looks again
  prepare: Effect.fnUntraced(function* ({ tenantId }, { actor }: UseCase.Call<"Account">) {
    const domains = yield* DomainRepository
    const account = yield* callersAccount(actor)
    const domain = Option.getOrUndefined(yield* domains.findProven(domainOf(account.email)))
    if (domain?.tenantId !== tenantId) return yield* new NotFound({ kind: "tenant" })
  }),
  unit: Effect.fnUntraced(function* ({ tenantId }, unit) {
    const { actor, now, settings } = unit
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const domains = yield* DomainRepository
    const gone = new NotFound({ kind: "tenant" })
    const tenant = yield* tenants.findForUpdate(tenantId)
    const account = yield* callersAccount(actor)
    const domain = Option.getOrUndefined(yield* domains.findProven(domainOf(account.email)))
    if (
      domain === undefined ||
      domain.tenantId !== tenantId ||
      Option.isNone(tenant) ||
      tenant.value.state === "closed" ||
      !Domain.isProven(domain, now) ||
      !Domain.covers(domain, account.email) ||
      domain.joining === "nobody" ||
      domain.role === null
    ) {
      return yield* gone
    }
    const place = Option.getOrUndefined(yield* memberships.accessFacts(tenantId, account.id))
    const membership = place?.membership ?? null
    if (membership !== null) return { _tag: "AlreadyMember" as const, tenantId, roles: membership.roles }
    const wasRemoved = yield* memberships.wasRemoved(tenantId, account.id)
    // A role that carries more by now is not had without anybody looking. Who was removed does not come back by themself, and who comes through the
    // main, from where they may have named the domain, does not stay by themself when the link ends (HIE-06). Who has just moved to the address does not
    // come in with it alone: they would stay when they move on (REG-09).
    const isNew = settlesAt(account, settings, now) !== null
    const needsAnother = wasRemoved || isNew || (place?.through ?? null) !== null
    if (domain.joining === "ask" || needsAnother || !Domain.isMemberLike(settings, domain.role)) {
      if (tenant.value.state !== "active") return yield* new TenantNotActive()
      const { email, firstName, lastName, locale } = account
      const payload: Joining = {
        tenantId,
        // it works as a credential, and is not told by this
        customerNumber: "",
        email,
        firstName,
        lastName,
        consents: []
      }
      // taken back and asked again, it would be a mail to those who decide each time
      const rule = { key: `domains.join:${account.id}`, limit: settings.limits.selfRegistrationPerAddress }
      yield* draw([rule], now)
      const { request } = yield* submit(unit, joinTenant, {
        asker: { accountId: account.id, email, locale },
        payload,
        proven: true
      })
      return { _tag: "Asked" as const, tenantId, requestId: request.id }
    }
    const joined = yield* Effect.fromResult(
      addMember(tenant.value, { id: yield* nextId(MembershipId), account, roles: [domain.role], now })
    )
    yield* closeForNewMember(unit, tenantId, account)
    yield* memberships.insert(joined.membership)
    yield* tenants.save(joined.tenant)
    unit.record({
      type: "membership.created",
      tenantId,
      subject: { kind: "membership", id: joined.membership.id },
      data: { accountId: account.id, roles: [...joined.membership.roles], domain: domain.domain }
    })
    return { _tag: "Joined" as const, tenantId, roles: joined.membership.roles }
  })
})

// ---- by time ---------------------------------------------------------------------------------------------------------------------------

/** Looks at the proof of one domain anew: a record is looked for, and what does not hold any more is lost, which the owners are told. */
export const review = UseCase.command({
  name: "domains.review",
  summary: "Checks the proof of a domain again.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct(OfDomain),
  output: Schema.Struct({ state: Schema.Literals(["proven", "lost", "not-due"]) }),
  errors: [],
  prepare: Effect.fnUntraced(function* ({ domainId, tenantId }, _call: UseCase.Call<"Job">) {
    const domains = yield* DomainRepository
    const domain = yield* domains.find(tenantId, domainId)
    return Option.isSome(domain) && domain.value.proof?.method === "dns" ? yield* look(domain.value) : "unknown"
  }),
  unit: Effect.fnUntraced(function* ({ domainId, tenantId }, unit: UseCase.Unit<"Job">, there) {
    const { now, settings } = unit
    const tenants = yield* TenantRepository
    const domains = yield* DomainRepository
    const memberships = yield* MembershipRepository
    const tenant = yield* tenants.findForUpdate(tenantId)
    const domain = Option.getOrUndefined(yield* domains.find(tenantId, domainId))
    if (Option.isNone(tenant) || domain === undefined || domain.checkAt === null || now < domain.checkAt) {
      return { state: "not-due" as const }
    }
    // a closed tenant's domain is free for others at once (TEN-09)
    const next = tenant.value.state === "closed" ? Domain.lost(domain) : Domain.checked(settings, domain, there, now)
    yield* domains.save(next)
    if (next.proof !== null) return { state: "proven" as const }
    unit.record({ type: "domain.lost", tenantId, subject: subject(domainId), data: { domain: domain.domain } })
    if (tenant.value.state === "closed") return { state: "lost" as const }
    for (const { locale, membership } of yield* memberships.withRoles([tenantId], [OWNER])) {
      unit.send(
        domainLost.mail({
          recipient: membership.contactEmail,
          locale,
          tenantId,
          accountId: membership.accountId,
          process: processOf(domainId),
          values: { tenantName: tenant.value.name, domain: domain.domain, domainId }
        })
      )
    }
    return { state: "lost" as const }
  })
})

/** Every use case of domains. */
export const useCases = UseCase.registry(
  list,
  claim,
  proveByRecord,
  askPostmaster,
  readPostmaster,
  confirmPostmaster,
  setJoining,
  remove,
  join,
  review
)
