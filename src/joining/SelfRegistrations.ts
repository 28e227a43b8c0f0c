import { Effect, Option, type Redacted, Schema } from "effect"
import { type Account, Name } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { callersAccount } from "../accounts/callersAccount.ts"
import { newAccount } from "../accounts/newAccount.ts"
import { PasswordRefused } from "../accounts/Password.ts"
import { HasherUnavailable, PasswordHasher } from "../accounts/PasswordHasher.ts"
import { checkPassword } from "../accounts/passwordPolicy.ts"
import { proceed } from "../accounts/proceed.ts"
import { SignInOutcome } from "../accounts/Session.ts"
import { StaffRepository } from "../accounts/StaffRepository.ts"
import { closeForNewMember } from "../invitations/offers.ts"
import type * as Actor from "../kernel/Actor.ts"
import * as CustomerNumber from "../kernel/CustomerNumber.ts"
import * as EmailAddress from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { type AccountId, MembershipId, nextId, SelfRegistrationId, TenantId } from "../kernel/ids.ts"
import { draw, personalKey, type Rule, sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import type { NewMail } from "../kernel/Outbox.ts"
import { RoleNames } from "../kernel/Permission.ts"
import * as PostalCode from "../kernel/PostalCode.ts"
import type { Settings } from "../kernel/Settings.ts"
import { Locale, secret } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { ConsentInput, type GivenConsent } from "../privacy/Consent.ts"
import { ConsentRepository } from "../privacy/ConsentRepository.ts"
import { ConsentRequired, given, toRows } from "../privacy/consents.ts"
import { ApproverLostAuthority, RequestClosed, StepNotPossible } from "../requests/Request.ts"
import type { AnyUnit } from "../requests/RequestKind.ts"
import * as workflow from "../requests/workflow.ts"
import { addMember } from "../tenants/Membership.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { NoSeatLeft, type Tenant, TenantNotActive } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import {
  addressHasAccount,
  alreadyAsked,
  alreadyMember,
  confirmSelfRegistration,
  coolingDown,
  nobodyCanDecide,
  notAssigned,
  selfRegistrationLink
} from "./joiningMails.ts"
import { type Joining, type JoiningDecision, joinTenant } from "./joinTenant.ts"
import {
  ApprovalForSomeoneElse,
  assign,
  endOf,
  type SelfRegistration,
  SignInToJoin,
  type Typed
} from "./SelfRegistration.ts"
import { SelfRegistrationRepository } from "./SelfRegistrationRepository.ts"

const subject = (id: SelfRegistrationId) => ({ kind: "selfRegistration", id })
const processOf = (id: string) => `selfRegistration:${id}`

// ---- limits ----------------------------------------------------------------------------------------------------------------------------

const sourceLimits = (
  _: unknown,
  { request, settings }: Pick<UseCase.Call<Actor.Kind>, "request" | "settings">
): Effect.Effect<ReadonlyArray<Rule>> =>
  Effect.succeed([{ key: `joining:${sourceKey(request.source)}`, limit: settings.limits.mailPerSource }])

const linkLimits = (
  _: unknown,
  { request, settings }: Pick<UseCase.Call<Actor.Kind>, "request" | "settings">
): Effect.Effect<ReadonlyArray<Rule>> =>
  Effect.succeed([{ key: `joining.link:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

/**
 * Counts a form for the address that it names, before anything is looked up: what was counted does not depend on whose it is (SLF-02). The tables of
 * counters hold no address in clear.
 */
const countAddress = Effect.fnUntraced(function* (
  email: EmailAddress.EmailAddress,
  { now, settings }: Pick<UseCase.Call<Actor.Kind>, "now" | "settings">
) {
  const key = yield* personalKey("joining.address", email)
  yield* draw([{ key, limit: settings.limits.selfRegistrationPerAddress }], now)
})

/**
 * The same for who is signed in, by a budget of its own: forms of others that name the address do not use it up.
 */
const countAccount = Effect.fnUntraced(function* (
  accountId: AccountId,
  { now, settings }: Pick<UseCase.Call<Actor.Kind>, "now" | "settings">
) {
  yield* draw([{ key: `joining.account:${accountId}`, limit: settings.limits.selfRegistrationPerAddress }], now)
})

/**
 * Counts an attempt for a customer number, whether or not it is anybody's. Only what a proven mailbox asks counts, because that alone tells something
 * about the number, and because otherwise anybody could use up a customer's day with addresses that are nobody's (SLF-03).
 *
 * Whoever has some mailboxes of their own can use it up still: that is what limiting a number means, as SLF-03 does with five a day. To let attempts
 * that match pass beyond it would tell of any further guess whether it matches, which is what the limit is for. Who is refused for it keeps the
 * link, and confirms or registers again when the day is over; invitations and joining by domain do not draw on it.
 */
const countNumber = Effect.fnUntraced(function* (
  customerNumber: string,
  { now, settings }: Pick<UseCase.Call<Actor.Kind>, "now" | "settings">
) {
  const key = yield* personalKey("joining.number", CustomerNumber.normalForm(customerNumber))
  yield* draw([{ key, limit: settings.limits.selfRegistrationPerNumber }], now)
})

// ---- registering by customer number ----------------------------------------------------------------------------------------------------

const typedFields = {
  customerNumber: CustomerNumber.CustomerNumberFromInput,
  postalCode: Schema.String,
  country: PostalCode.CountryFromInput
}

const typedOf = (input: Typed): Typed => ({
  customerNumber: input.customerNumber,
  postalCode: PostalCode.normalised(input),
  country: input.country
})

/**
 * Begins a self-registration (SLF-01). Neither the answer nor the work depends on whether number, postal code or address are anybody's: an attempt, a
 * link, an event and a mail are written, and the numbers are not even looked up before the mailbox has confirmed (SLF-02). Only the mail to an address
 * that has an account is another one (SLF-04).
 */
export const submit = UseCase.command({
  name: "selfRegistrations.submit",
  summary: "Registers an e-mail address with a customer number; what comes next stands in a mail to it.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({
    email: EmailAddress.EmailAddressFromInput,
    ...typedFields,
    firstName: Name,
    lastName: Name,
    /** Privacy is required, marketing a free choice. */
    consents: ConsentInput,
    /** `de` where it is not given. */
    locale: Schema.optionalKey(Locale)
  }).check(PostalCode.ofItsCountry),
  output: Schema.Void,
  errors: [ConsentRequired],
  limits: sourceLimits,
  prepare: Effect.fnUntraced(function* (input, call) {
    const locale = input.locale ?? "de"
    const consents = yield* given({
      required: call.settings.consents.required.selfRegistration,
      optional: [call.settings.consents.marketing],
      input: input.consents,
      locale,
      now: call.now
    })
    // counted here, so that mistakes in the form do not use the few attempts up
    yield* countAddress(input.email, call)
    return { consents, locale }
  }),
  unit: Effect.fnUntraced(function* (input, unit, { consents, locale }) {
    const accounts = yield* AccountRepository
    const attempts = yield* SelfRegistrationRepository
    const { now, settings } = unit
    const owner = Option.getOrUndefined(yield* accounts.findByEmail(input.email))?.account
    const attempt: SelfRegistration = {
      id: yield* nextId(SelfRegistrationId),
      email: input.email,
      ...typedOf(input),
      firstName: input.firstName,
      lastName: input.lastName,
      locale,
      consents,
      createdAt: now
    }
    yield* attempts.insert(attempt)
    const { link, secret } = yield* Links.issue(selfRegistrationLink, {
      subject: attempt.id,
      email: attempt.email,
      now,
      lifetime: settings.requests.confirmWithin,
      first: true
    })
    unit.record({
      type: "selfRegistration.submitted",
      subject: subject(attempt.id),
      personal: { email: attempt.email }
    })
    unit.send(
      owner === undefined
        ? confirmSelfRegistration.mail({
            recipient: attempt.email,
            locale,
            process: processOf(attempt.id),
            secret,
            values: { expiresAt: link.expiresAt }
          })
        : {
            ...addressHasAccount.mail({
              recipient: owner.email,
              locale: owner.locale,
              accountId: owner.id,
              process: processOf(attempt.id),
              values: {}
            }),
            // told to nobody: the row is like the others, and the attempt can never be confirmed (R-EN-03)
            secret
          }
    )
  })
})

/** The attempt of a link that opens. */
const opened = Effect.fnUntraced(function* (secret: Redacted.Redacted, settings: Settings, now: Instant.Instant) {
  const attempts = yield* SelfRegistrationRepository
  const link = yield* Links.open(selfRegistrationLink, secret, now)
  // such a link is made with the attempt's id as its subject
  const found = yield* attempts.find(SelfRegistrationId.make(link.subject))
  if (Option.isNone(found) || now >= endOf(found.value, settings)) {
    return yield* new Links.LinkUnusable({ reason: "void" })
  }
  return { link, attempt: found.value }
})

/** What the link of the first mail opens, for the page that it leads to; the same whatever was typed in, and changes nothing (SLF-03). */
export const read = UseCase.query({
  name: "selfRegistrations.read",
  summary: "Shows a self-registration to the holder of its link.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({
    email: EmailAddress.EmailAddress,
    customerNumber: Schema.String,
    postalCode: Schema.String,
    country: Schema.String,
    firstName: Schema.String,
    lastName: Schema.String,
    locale: Locale,
    /** What was agreed to. */
    consents: Schema.Array(Schema.Struct({ kind: Schema.String, version: Schema.String })),
    expiresAt: Instant.Instant
  }),
  errors: [Links.LinkUnusable],
  limits: linkLimits,
  run: Effect.fnUntraced(function* (input, { now, settings }) {
    const { attempt, link } = yield* opened(input.secret, settings, now)
    return {
      email: attempt.email,
      customerNumber: attempt.customerNumber,
      postalCode: attempt.postalCode,
      country: attempt.country,
      firstName: attempt.firstName,
      lastName: attempt.lastName,
      locale: attempt.locale,
      consents: attempt.consents.map(({ kind, version }) => ({ kind, version })),
      expiresAt: link.expiresAt
    }
  })
})

// ---- asking the tenant -----------------------------------------------------------------------------------------------------------------

/** Somebody with a proven mailbox. */
interface Person {
  readonly account: Pick<Account, "id"> | null
  readonly email: EmailAddress.EmailAddress
  readonly firstName: string
  readonly lastName: string
  readonly locale: Locale
  readonly consents: ReadonlyArray<GivenConsent>
}

/** Staff learn that a request waits for a tenant in which nobody can decide (SLF-08); answers how many. */
const tellStaff = Effect.fnUntraced(function* (
  { send, settings }: Pick<AnyUnit, "send" | "settings">,
  mail: (recipient: EmailAddress.EmailAddress) => NewMail
) {
  const { inbox, operators } = settings.staff
  if (inbox !== null) {
    const address = EmailAddress.parse(inbox)
    if (Option.isSome(address)) {
      send(mail(address.value))
      return 1
    }
  }
  const staff = yield* StaffRepository
  const people = yield* staff.list({ after: Option.none(), limit: STAFF_TOLD })
  const addresses = new Set([
    ...operators.flatMap((address) => Option.toArray(EmailAddress.parse(address))),
    ...people.filter(({ accountState }) => accountState === "active").map(({ email }) => email)
  ])
  for (const address of addresses) send(mail(address))
  return addresses.size
})

const STAFF_TOLD = 100

/**
 * Brings what a proven mailbox asks before those who decide in the tenant. Everything that may come of it ends with a mail and not with an answer:
 * whoever called learns nothing that the mailbox does not (SLF-03).
 */
const ask = Effect.fnUntraced(function* (unit: AnyUnit, person: Person, typed: Typed, process: string) {
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const envelope = {
    recipient: person.email,
    locale: person.locale,
    process,
    accountId: person.account?.id
  }
  const tenant = Option.getOrNull(yield* tenants.findByCustomerNumber(typed.customerNumber))
  const assignment = assign(typed, tenant)
  if (tenant === null || assignment === "not-assigned") {
    unit.send(
      notAssigned.mail({
        ...envelope,
        values: { customerNumber: typed.customerNumber, postalCode: typed.postalCode, country: typed.country }
      })
    )
    return
  }
  if (person.account !== null && Option.isSome(yield* memberships.find(tenant.id, person.account.id))) {
    unit.send(alreadyMember.mail({ ...envelope, values: {} }))
    return
  }
  const payload: Joining = {
    tenantId: tenant.id,
    customerNumber: typed.customerNumber,
    email: person.email,
    firstName: person.firstName,
    lastName: person.lastName,
    consents: person.consents
  }
  const asker = { accountId: person.account?.id ?? null, email: person.email, locale: person.locale }
  const submitted = yield* workflow.submit(unit, joinTenant, { asker, payload, proven: true }).pipe(
    Effect.map(Option.some),
    Effect.catchTag("CoolingDown", ({ until }) =>
      Effect.sync(() => {
        unit.send(coolingDown.mail({ ...envelope, values: { until: Instant.fromMillis(until) } }))
        return Option.none()
      })
    )
  )
  if (Option.isNone(submitted)) return
  const { outcome, request } = submitted.value
  if (outcome === "AlreadyOpen") {
    unit.send(
      alreadyAsked.mail({
        ...envelope,
        values: { number: request.number, approved: request.state === "Approved", deadline: request.expiresAt }
      })
    )
    return
  }
  if (assignment === "assigned") return
  const values = {
    number: request.number,
    customerNumber: tenant.customerNumber,
    tenantNumber: tenant.number,
    tenantState: tenant.state === "in-setup" ? ("in-setup" as const) : ("suspended" as const),
    deadline: request.expiresAt
  }
  const told = yield* tellStaff(unit, (recipient) =>
    nobodyCanDecide.mail({ recipient, locale: "de", process: workflow.processOf(request.id), values })
  )
  workflow.recorded(unit, request, "nobodyCanDecide", { told })
})

/**
 * The mailbox confirms. The answer is the same for every combination; then those who decide in the tenant are asked, or the mailbox gets a mail that
 * the registration could not be assigned (SLF-03).
 */
export const confirm = UseCase.command({
  name: "selfRegistrations.confirm",
  summary: "Confirms a self-registration by its link; what comes of it stands in a mail.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Void,
  errors: [Links.LinkUnusable],
  limits: linkLimits,
  unit: Effect.fnUntraced(function* (input, unit) {
    const accounts = yield* AccountRepository
    const attempts = yield* SelfRegistrationRepository
    const { attempt, link } = yield* opened(input.secret, unit.settings, unit.now)
    yield* Links.redeem(link, unit.now)
    yield* attempts.remove(attempt.id)
    // in this commit, so that one attempt counts once however often its link is opened at the same time; what is refused here has told nothing
    yield* countNumber(attempt.customerNumber, unit)
    unit.record({
      type: "selfRegistration.confirmed",
      subject: subject(attempt.id),
      personal: { email: attempt.email, customerNumber: attempt.customerNumber }
    })
    // registered on another way since: the request is that account's (SLF-07)
    const account = Option.getOrNull(yield* accounts.findByEmail(attempt.email))?.account ?? null
    yield* ask(unit, { ...attempt, account }, attempt, processOf(attempt.id))
  })
})

/** Somebody who has an account asks to join a tenant that they know the numbers of (SLF-04). What comes of it stands in a mail to their address. */
export const askToJoin = UseCase.command({
  name: "selfRegistrations.askToJoin",
  summary: "Asks to join the customer area with a customer number; what comes of it stands in a mail.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(typedFields).check(PostalCode.ofItsCountry),
  output: Schema.Void,
  errors: [],
  limits: sourceLimits,
  prepare: Effect.fnUntraced(function* (input, call) {
    const account = yield* callersAccount(call.actor)
    yield* countAccount(account.id, call)
    // afterwards, so that who is beyond their own day does not use up the number's
    yield* countNumber(input.customerNumber, call)
  }),
  unit: Effect.fnUntraced(function* (input, unit) {
    const account = yield* callersAccount(unit.actor)
    const { email, firstName, lastName, locale } = account
    const typed = typedOf(input)
    unit.record({
      type: "selfRegistration.asked",
      subject: { kind: "account", id: account.id },
      personal: { email, customerNumber: typed.customerNumber }
    })
    yield* ask(unit, { account, email, firstName, lastName, locale, consents: [] }, typed, processOf(account.id))
  })
})

// ---- being approved --------------------------------------------------------------------------------------------------------------------

/** What came of an approval: a new membership, or the one that was there already, unchanged. */
export const Joined = Schema.Struct({
  outcome: Schema.Literals(["Joined", "AlreadyMember"]),
  tenantId: TenantId,
  roles: RoleNames
})

const offerErrors = [Links.LinkUnusable, RequestClosed, StepNotPossible] as const

/** What the link of the approval's mail opens, for the welcome page; changes nothing (SLF-06). `next` says how to go on. */
export const readOffer = UseCase.query({
  name: "selfRegistrations.readOffer",
  summary: "Shows an approved registration to the holder of its link, and how to go on.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({
    tenantName: Schema.String,
    email: EmailAddress.EmailAddress,
    firstName: Schema.String,
    lastName: Schema.String,
    roles: RoleNames,
    locale: Locale,
    /** What must be agreed to before there is an account, in the order of the pages: terms, then privacy. */
    consents: Schema.Array(Schema.Struct({ kind: Schema.String, version: Schema.String })),
    next: Schema.Literals(["complete", "sign-in", "switch-account", "join"]),
    expiresAt: Instant.Instant
  }),
  errors: [...offerErrors],
  limits: linkLimits,
  run: Effect.fnUntraced(function* (input, { actor, now, settings }) {
    const tenants = yield* TenantRepository
    const { decision, link, payload, request } = yield* workflow.readOffer(joinTenant, input.secret, now)
    const tenant = yield* tenants.find(payload.tenantId)
    if (Option.isNone(tenant)) return yield* new Links.LinkUnusable({ reason: "unknown" })
    const whose = yield* accountOf(request)
    const next =
      whose === null
        ? actor._tag === "Anonymous"
          ? "complete"
          : "switch-account"
        : actor._tag === "Anonymous"
          ? "sign-in"
          : actor.accountId === whose
            ? "join"
            : "switch-account"
    return {
      tenantName: tenant.value.name,
      email: request.asker.email,
      firstName: payload.firstName,
      lastName: payload.lastName,
      roles: decision.roles,
      locale: request.asker.locale,
      consents: settings.consents.required.selfRegistrationCompletion.map(({ kind, version }) => ({ kind, version })),
      next,
      expiresAt: link.expiresAt
    } as const
  })
})

/** The account that the approval is for: the one that asked, or the one that the asker's address has by now (SLF-07). */
const accountOf = Effect.fnUntraced(function* (request: {
  readonly asker: { readonly accountId: AccountId | null; readonly email: EmailAddress.EmailAddress }
}) {
  const accounts = yield* AccountRepository
  const { accountId, email } = request.asker
  if (accountId !== null) return accountId
  return Option.getOrNull(yield* accounts.findByEmail(email))?.account.id ?? null
})

/**
 * Locks tenant and request and checks once more what the approval rests on: the tenant is active, and whoever approved may still grant these roles
 * (INV-05, R-AP-05).
 */
const openOffer = Effect.fnUntraced(function* (unit: AnyUnit, secret: Redacted.Redacted, locked: workflow.Locked) {
  const tenants = yield* TenantRepository
  const tenant = yield* tenants.findForUpdate(locked.tenantId)
  if (Option.isNone(tenant)) return yield* new Links.LinkUnusable({ reason: "unknown" })
  // asked first: of a tenant that is not active nobody may decide anything, which would look as if the approvers had lost their right
  if (tenant.value.state !== "active") return yield* new TenantNotActive()
  const offer = yield* workflow.openOffer(unit, joinTenant, secret, locked)
  return { offer, tenant: tenant.value }
})

/** Writes down that the asker took the offer: the membership and the tenant's counts are new, the request is completed and its link used up. */
const enter = Effect.fnUntraced(function* (
  unit: AnyUnit,
  options: {
    readonly offer: workflow.Offer<Joining, JoiningDecision>
    readonly tenant: Tenant
    readonly account: Pick<Account, "id" | "email" | "state">
  }
) {
  const { account, offer } = options
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const { membership, tenant } = yield* Effect.fromResult(
    addMember(options.tenant, {
      id: yield* nextId(MembershipId),
      account,
      roles: offer.decision.roles,
      now: unit.now
    })
  )
  yield* workflow.completeOffer(unit, offer)
  yield* closeForNewMember(unit, tenant.id, account)
  yield* memberships.insert(membership)
  yield* tenants.save(tenant)
  unit.record({
    type: "membership.created",
    tenantId: tenant.id,
    subject: { kind: "membership", id: membership.id },
    data: { accountId: account.id, roles: [...membership.roles], requestId: offer.request.id }
  })
  return { outcome: "Joined", tenantId: tenant.id, roles: membership.roles } as const
})

/** What an offer is about, read before the unit locks it; neither a link's request nor a request's tenant ever changes. */
const offerOf = (secret: Redacted.Redacted, now: Instant.Instant) =>
  Effect.map(
    workflow.readOffer(joinTenant, secret, now),
    ({ payload, request }): workflow.Locked => ({ tenantId: payload.tenantId, requestId: request.id })
  )

/**
 * The approved asker, who has no account yet, agrees to the terms, confirms the privacy statement and chooses a password: only with all three the
 * account comes into being, active and a member (SLF-06). The link has proven the address. Signs in.
 */
export const complete = UseCase.command({
  name: "selfRegistrations.complete",
  summary: "Creates the account of an approved registration and joins the customer area, in one step.",
  actors: ["Anonymous"],
  requires: "link",
  secretAnswer: true,
  input: Schema.Struct({
    secret: Links.LinkSecret,
    consents: ConsentInput,
    password: secret(1000),
    /** The language in which the texts were shown; that of the registration where it is not given. */
    locale: Schema.optionalKey(Locale),
    staySignedIn: Schema.optionalKey(Schema.Boolean)
  }),
  output: Schema.Struct({ joined: Joined, signIn: SignInOutcome }),
  errors: [
    ...offerErrors,
    ApproverLostAuthority,
    SignInToJoin,
    NoSeatLeft,
    TenantNotActive,
    ConsentRequired,
    PasswordRefused,
    HasherUnavailable
  ],
  limits: linkLimits,
  prepare: Effect.fnUntraced(function* (input, { now, settings }) {
    const tenants = yield* TenantRepository
    const hasher = yield* PasswordHasher
    // a link that opens nothing costs no hash
    const { payload, request } = yield* workflow.readOffer(joinTenant, input.secret, now)
    const consents = yield* given({
      required: settings.consents.required.selfRegistrationCompletion,
      optional: [],
      input: input.consents,
      locale: input.locale ?? request.asker.locale,
      now
    })
    if ((yield* accountOf(request)) !== null) return yield* new SignInToJoin()
    const tenant = yield* tenants.find(payload.tenantId)
    yield* checkPassword(input.password, {
      person: [payload.firstName, payload.lastName, request.asker.email],
      tenant: Option.match(tenant, { onNone: () => [], onSome: ({ name }) => [name] })
    })
    const about: workflow.Locked = { tenantId: payload.tenantId, requestId: request.id }
    return { consents, passwordHash: yield* hasher.hash(input.password), about }
  }),
  unit: Effect.fnUntraced(function* (input, unit, { about, consents, passwordHash }) {
    const accounts = yield* AccountRepository
    const evidence = yield* ConsentRepository
    const { offer, tenant } = yield* openOffer(unit, input.secret, about)
    const { payload, request } = offer
    if ((yield* accountOf(request)) !== null) return yield* new SignInToJoin()
    const account = yield* newAccount({
      email: request.asker.email,
      firstName: payload.firstName,
      lastName: payload.lastName,
      locale: request.asker.locale,
      companyName: null,
      now: unit.now
    })
    yield* accounts.insert(account, passwordHash)
    yield* evidence.append([
      ...(yield* toRows(payload.consents, account.id, "self-registration")),
      ...(yield* toRows(consents, account.id, "self-registration-completion"))
    ])
    unit.record({
      type: "account.created",
      subject: { kind: "account", id: account.id },
      data: { through: "selfRegistration", requestId: request.id },
      personal: { email: account.email }
    })
    const joined = yield* enter(unit, { offer, tenant, account })
    const signIn = yield* proceed(unit, {
      account,
      secondFactor: false,
      staySignedIn: input.staySignedIn ?? false,
      method: "registration"
    })
    return { joined, signIn }
  })
})

/**
 * The approved asker has an account, the one that asked or one that came to be on another way meanwhile: signed in with it, they join, and no second
 * account is made (SLF-07).
 */
export const join = UseCase.command({
  name: "selfRegistrations.join",
  summary: "Joins the customer area with the caller's own account, by the link in the approval's mail.",
  actors: ["Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Joined,
  errors: [...offerErrors, ApproverLostAuthority, ApprovalForSomeoneElse, NoSeatLeft, TenantNotActive],
  limits: linkLimits,
  prepare: (input, { now }) => offerOf(input.secret, now),
  unit: Effect.fnUntraced(function* (input, unit, about) {
    const { tenantId } = about
    const memberships = yield* MembershipRepository
    const evidence = yield* ConsentRepository
    const { offer, tenant } = yield* openOffer(unit, input.secret, about)
    const account = yield* callersAccount(unit.actor)
    const { asker } = offer.request
    const isAsker = asker.accountId === null ? asker.email === account.email : asker.accountId === account.id
    if (!isAsker) return yield* new ApprovalForSomeoneElse()
    yield* evidence.append(yield* toRows(offer.payload.consents, account.id, "self-registration"))
    const present = yield* memberships.find(tenantId, account.id)
    if (Option.isSome(present)) {
      yield* workflow.completeOffer(unit, offer)
      return { outcome: "AlreadyMember", tenantId, roles: present.value.roles } as const
    }
    return yield* enter(unit, { offer, tenant, account })
  })
})

// ---- cleaning up -----------------------------------------------------------------------------------------------------------------------

const PURGE_AT_ONCE = 1000

/** Deletes attempts that nobody confirmed in time, in portions; answers whether there may be more (PRI-04). */
export const purge = UseCase.command({
  name: "selfRegistrations.purge",
  summary: "Deletes self-registrations that nobody confirmed in time.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({}),
  output: Schema.Struct({ deleted: Schema.Int, more: Schema.Boolean }),
  errors: [],
  unit: Effect.fnUntraced(function* (_, unit) {
    const attempts = yield* SelfRegistrationRepository
    const before = Instant.minus(unit.now, unit.settings.requests.confirmWithin)
    const deleted = yield* attempts.purge(before, PURGE_AT_ONCE)
    if (deleted > 0) {
      unit.record({
        type: "selfRegistration.purged",
        subject: { kind: "selfRegistrations", id: "selfRegistrations" },
        data: { deleted }
      })
    }
    return { deleted, more: deleted === PURGE_AT_ONCE }
  })
})

/** Every use case of the room. */
export const useCases = UseCase.registry(submit, read, confirm, askToJoin, readOffer, complete, join, purge)
