import { Effect, Option, type Redacted, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { Crypto } from "../kernel/Crypto.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { nextId, RegistrationId } from "../kernel/ids.ts"
import { draw, Limits, personalKey, type Rule, sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import { InvalidInput, Unavailable } from "../kernel/refusals.ts"
import { Sealer } from "../kernel/Sealer.ts"
import type { Settings } from "../kernel/Settings.ts"
import { Locale, secret } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { ConsentInput } from "../privacy/Consent.ts"
import { ConsentRepository } from "../privacy/ConsentRepository.ts"
import { ConsentRequired, given, toRows } from "../privacy/consents.ts"
import { type Account, Name } from "./Account.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { addressTaken, confirmRegistration, noRegistration, registrationLink } from "./accountMails.ts"
import { passwordRule } from "./attempts.ts"
import { Code, CodeRefused } from "./Challenge.ts"
import { activatePrepared } from "./factors.ts"
import { newAccount } from "./newAccount.ts"
import { PasswordRefused } from "./Password.ts"
import { HasherUnavailable, PasswordHasher } from "./PasswordHasher.ts"
import { checkPassword } from "./passwordPolicy.ts"
import { proceed } from "./proceed.ts"
import {
  AlreadyRegistered,
  CompanyName,
  confirm as decide,
  isOpen,
  type Proof,
  type Registration
} from "./Registration.ts"
import { RegistrationRepository } from "./RegistrationRepository.ts"
import { provisioningUri, verifyCode } from "./SecondFactor.ts"
import { SignInOutcome } from "./Session.ts"
import { PasswordWrong } from "./StepUp.ts"
import { newAuthenticatorSecret } from "./secondFactorSecrets.ts"

const subject = (id: RegistrationId) => ({ kind: "registration", id })
const processOf = (id: RegistrationId) => `registration:${id}`

const missing = (field: string) => new InvalidInput({ issues: [{ path: [field], code: "missing" }] })

/** The mails that an address gets because somebody typed it into a form; one budget for register and send again (REG-07). */
const addressRule = (settings: Settings, email: EmailAddress): Effect.Effect<Rule, never, Crypto> =>
  Effect.map(personalKey("registrations.mail", email), (key) => ({ key, limit: settings.limits.mailPerAddress }))

const sourceRule = (settings: Settings, source: string | undefined): Rule => ({
  key: `registrations.mail:${sourceKey(source)}`,
  limit: settings.limits.mailPerSource
})

const linkLimits = (
  _: unknown,
  { request, settings }: Pick<UseCase.Call<Actor.Kind>, "request" | "settings">
): Effect.Effect<ReadonlyArray<Rule>> =>
  Effect.succeed([{ key: `registrations.link:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

// ---- the second factor of somebody who has no account yet ------------------------------------------------------------------------------

/** For what a secret is sealed while it travels with the form, bound to the address; and while it waits in the attempt, bound to that. */
const TRAVELLING = "registration.prepared-factor"
const WAITING = "registration.factor"

/**
 * Makes a secret for an authenticator app before there is an account (TFA-01, REG-06). Nothing is stored: the form carries the secret on, sealed for
 * this address. The answer is the same for every address.
 */
export const prepareSecondFactor = UseCase.query({
  name: "registrations.prepareSecondFactor",
  summary: "Makes a secret for an authenticator app, to be sent back sealed with the registration.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({ email: EmailAddressFromInput }),
  output: Schema.Struct({
    /** `otpauth://…`, ready for a QR code. */
    uri: Schema.Redacted(Schema.String),
    /** The secret as text, for apps without a camera. */
    secret: Schema.Redacted(Schema.String),
    /** What `register` wants back, with a code. */
    prepared: Schema.String
  }),
  errors: [],
  limits: linkLimits,
  run: Effect.fnUntraced(function* ({ email }, { settings }) {
    const sealer = yield* Sealer
    const authenticator = yield* newAuthenticatorSecret
    return {
      uri: provisioningUri({ secret: authenticator, issuer: settings.product.name, account: email }),
      secret: authenticator,
      prepared: yield* sealer.seal(TRAVELLING, email, authenticator)
    }
  })
})

/** The prepared secret with the step of a right code; what this address's form did not get from us is refused. */
const prepared = Effect.fnUntraced(function* (
  email: EmailAddress,
  input: { readonly prepared: string; readonly code: Redacted.Redacted },
  now: Instant.Instant
) {
  const sealer = yield* Sealer
  const authenticator = yield* Effect.mapError(
    sealer.open(TRAVELLING, email, input.prepared),
    () => new InvalidInput({ issues: [{ path: ["secondFactor", "prepared"], code: "invalid" }] })
  )
  const step = verifyCode({ secret: authenticator, code: input.code, lastStep: null, now })
  if (Option.isNone(step)) return yield* new CodeRefused()
  return { secret: authenticator, step: step.value }
})

// ---- registering -----------------------------------------------------------------------------------------------------------------------

/** What a person fills in. */
const Details = {
  email: EmailAddressFromInput,
  firstName: Name,
  lastName: Name,
  companyName: Schema.optionalKey(CompanyName),
  /** `de` where it is not given. */
  locale: Schema.optionalKey(Locale),
  consents: ConsentInput,
  /** Chosen at confirmation where it is not given. */
  password: Schema.optionalKey(secret(1000))
}

/** The evidence of the consents, once they and the password are as they must be. */
const acceptable = Effect.fnUntraced(function* (
  input: Schema.Struct<typeof Details>["Type"],
  { now, settings }: Pick<UseCase.Call<Actor.Kind>, "now" | "settings">
) {
  const consents = yield* given({
    required: settings.consents.required.registration,
    optional: [settings.consents.marketing],
    input: input.consents,
    locale: input.locale ?? "de",
    now
  })
  if (input.password !== undefined) {
    yield* checkPassword(input.password, {
      person: [input.firstName, input.lastName, input.email],
      tenant: [input.companyName ?? ""]
    })
  }
  return consents
})

/**
 * Says whether `register` would take this, for a form of several pages whose next one sets up an authenticator app. Nothing is stored, and no account
 * is looked for.
 */
export const check = UseCase.query({
  name: "registrations.check",
  summary: "Checks what a registration says, before a second factor is set up for it.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct(Details),
  output: Schema.Void,
  errors: [ConsentRequired, PasswordRefused],
  limits: linkLimits,
  run: (input, call) => Effect.asVoid(acceptable(input, call))
})

/** Issues the link of a registration; those of older mails are void (REG-07). */
const issue = (unit: UseCase.Call<Actor.Kind>, id: RegistrationId, email: EmailAddress, first: boolean) =>
  Links.issue(registrationLink, {
    subject: id,
    email,
    now: unit.now,
    lifetime: unit.settings.registration.linkLifetime,
    first
  })

const toConfirm = (
  registration: Pick<Registration, "id" | "email" | "locale">,
  { link, secret }: Effect.Success<ReturnType<typeof issue>>
) =>
  confirmRegistration.mail({
    recipient: registration.email,
    locale: registration.locale,
    process: processOf(registration.id),
    secret,
    values: { registrationId: registration.id, expiresAt: link.expiresAt }
  })

/** The mail to somebody who has an account. Its row holds a secret like the others, which opens nothing, so that rows are alike (R-EN-03). */
const toOwner = (account: Account, id: RegistrationId, link: { readonly secret: Redacted.Redacted }) => ({
  ...addressTaken.mail({
    recipient: account.email,
    locale: account.locale,
    values: {},
    accountId: account.id,
    process: processOf(id)
  }),
  secret: link.secret
})

/**
 * Begins a registration (REG-01). Whether the address belongs to an account changes neither the answer nor the work: an attempt, a link, an event and
 * a mail are written either way, and the mail alone tells which it is, to the address's owner (REG-03, R-EN-01 to R-EN-04).
 */
export const register = UseCase.command({
  name: "registrations.register",
  summary: "Registers an e-mail address; what comes next stands in a mail to it.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({
    ...Details,
    /** From `prepareSecondFactor`, with a code of the app; only with a password. */
    secondFactor: Schema.optionalKey(
      Schema.Struct({
        prepared: Schema.String.check(Schema.makeFilter((value) => (value.length <= 1000 ? undefined : "too-long"))),
        code: Code
      })
    )
  }),
  output: Schema.Void,
  errors: [ConsentRequired, PasswordRefused, CodeRefused, HasherUnavailable],
  limits: (_, { request, settings }) => Effect.succeed([sourceRule(settings, request.source)]),
  prepare: Effect.fnUntraced(function* (input, { now, settings }) {
    const hasher = yield* PasswordHasher
    const locale = input.locale ?? "de"
    if (input.secondFactor !== undefined && input.password === undefined) return yield* missing("password")
    const consents = yield* acceptable(input, { now, settings })
    const factor = input.secondFactor === undefined ? null : yield* prepared(input.email, input.secondFactor, now)
    // counted here, so that mistakes in the form do not use the address's few mails up
    yield* draw([yield* addressRule(settings, input.email)], now)
    const passwordHash = input.password === undefined ? null : yield* hasher.hash(input.password)
    return { consents, factor, locale, passwordHash }
  }),
  unit: Effect.fnUntraced(function* (input, unit, { consents, factor, locale, passwordHash }) {
    const accounts = yield* AccountRepository
    const registrations = yield* RegistrationRepository
    const sealer = yield* Sealer
    const { email } = input
    const owner = yield* accounts.findByEmail(email)
    const id = yield* nextId(RegistrationId)
    const registration: Registration = {
      id,
      email,
      firstName: input.firstName,
      lastName: input.lastName,
      locale,
      companyName: input.companyName === undefined || input.companyName === "" ? null : input.companyName,
      consents,
      passwordHash,
      factor:
        factor === null ? null : { sealedSecret: yield* sealer.seal(WAITING, id, factor.secret), step: factor.step },
      addressTaken: Option.isSome(owner),
      createdAt: unit.now
    }
    yield* registrations.insert(registration)
    const link = yield* issue(unit, id, email, true)
    unit.record({ type: "registration.requested", subject: subject(id), personal: { email } })
    unit.send(Option.isSome(owner) ? toOwner(owner.value.account, id, link) : toConfirm(registration, link))
  })
})

/**
 * Sends the mail again, with a new link; the older one is void (REG-07). As with `register`, only the mail tells whether there is something to confirm,
 * and the work is the same.
 */
export const sendAgain = UseCase.command({
  name: "registrations.sendAgain",
  summary: "Sends the mail of a registration again, with a new link.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({
    email: EmailAddressFromInput,
    /** The language of the mail where no registration tells it; `de` where it is not given. */
    locale: Schema.optionalKey(Locale)
  }),
  output: Schema.Void,
  errors: [],
  limits: ({ email }, { request, settings }) =>
    Effect.map(addressRule(settings, email), (rule) => [rule, sourceRule(settings, request.source)]),
  unit: Effect.fnUntraced(function* ({ email, locale }, unit) {
    const accounts = yield* AccountRepository
    const registrations = yield* RegistrationRepository
    const owner = yield* accounts.findByEmail(email)
    const notBefore = Instant.minus(unit.now, unit.settings.registration.attemptLifetime)
    const newest = yield* registrations.newestForUpdate(email, notBefore)
    const open = Option.filter(newest, (one) => isOpen(one, unit.settings, unit.now))
    // where nothing is open, the link is of nothing
    const id = Option.isSome(open) ? open.value.id : yield* nextId(RegistrationId)
    const link = yield* issue(unit, id, email, false)
    unit.record({ type: "registration.sentAgain", subject: subject(id), personal: { email } })
    // the link's secret is told to nobody but who has something to confirm
    if (Option.isSome(owner)) unit.send(toOwner(owner.value.account, id, link))
    else if (Option.isSome(open)) unit.send(toConfirm(open.value, link))
    else {
      unit.send({
        ...noRegistration.mail({ recipient: email, locale: locale ?? "de", values: {}, process: processOf(id) }),
        secret: link.secret
      })
    }
  })
})

// ---- confirming ------------------------------------------------------------------------------------------------------------------------

/** The attempt of a link that opens; it is void when another one of the address was confirmed. */
const opened = Effect.fnUntraced(function* (secret: Redacted.Redacted, settings: Settings, now: Instant.Instant) {
  const registrations = yield* RegistrationRepository
  const accounts = yield* AccountRepository
  const link = yield* Links.open(registrationLink, secret, now)
  // a registration's link is made with the registration's id as its subject
  const found = yield* registrations.find(RegistrationId.make(link.subject))
  if (Option.isSome(yield* accounts.findByEmail(link.email))) return yield* new AlreadyRegistered()
  if (Option.isNone(found) || !isOpen(found.value, settings, now)) {
    return yield* new Links.LinkUnusable({ reason: "void" })
  }
  return { link, registration: found.value }
})

/** What the link opens, for the page that it leads to; changes nothing (REG-04). */
export const read = UseCase.query({
  name: "registrations.read",
  summary: "Shows a registration to the holder of its link.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({
    email: EmailAddress,
    firstName: Schema.String,
    lastName: Schema.String,
    companyName: Schema.NullOr(Schema.String),
    locale: Locale,
    /** Whether the registration has a password, which `confirm` asks for; else one is chosen now. */
    hasPassword: Schema.Boolean,
    /** Whether a second factor becomes real with the registration's password; it is dropped with a new one. */
    hasSecondFactor: Schema.Boolean,
    /** What was agreed to. */
    consents: Schema.Array(Schema.Struct({ kind: Schema.String, version: Schema.String })),
    expiresAt: Instant.Instant
  }),
  errors: [Links.LinkUnusable, AlreadyRegistered],
  limits: linkLimits,
  run: Effect.fnUntraced(function* (input, { now, settings }) {
    const { link, registration } = yield* opened(input.secret, settings, now)
    return {
      email: registration.email,
      firstName: registration.firstName,
      lastName: registration.lastName,
      companyName: registration.companyName,
      locale: registration.locale,
      hasPassword: registration.passwordHash !== null,
      hasSecondFactor: registration.factor !== null,
      consents: registration.consents.map(({ kind, version }) => ({ kind, version })),
      expiresAt: link.expiresAt
    }
  })
})

/** The hash that the account will have: of the attempt's own password, if it is known, or of a new one. */
const proofOf = Effect.fnUntraced(function* (
  registration: Registration,
  input: { readonly password?: Redacted.Redacted; readonly newPassword?: Redacted.Redacted },
  { now, settings }: Pick<UseCase.Call<Actor.Kind>, "now" | "settings">
) {
  const hasher = yield* PasswordHasher
  const { passwordHash } = registration
  if (input.newPassword !== undefined) {
    // who gives both has not said which one it shall be
    if (input.password !== undefined) {
      return yield* new InvalidInput({ issues: [{ path: ["password"], code: "unknown" }] })
    }
    yield* checkPassword(input.newPassword, {
      person: [registration.firstName, registration.lastName, registration.email],
      tenant: [registration.companyName ?? ""]
    })
    const proof: Proof = { passwordHash: yield* hasher.hash(input.newPassword), known: false }
    return proof
  }
  if (passwordHash === null) return yield* missing("newPassword")
  if (input.password === undefined) return yield* missing("password")
  // the same budget as for signing in, counted before the password is looked at (AUT-08)
  yield* draw([yield* passwordRule(settings, registration.email)], now)
  if (!(yield* hasher.verify(input.password, passwordHash))) return yield* new PasswordWrong()
  const proof: Proof = { passwordHash, known: true }
  return proof
})

/**
 * Makes the account (REG-02, REG-05): with the password of the attempt, and then with its second factor, or with a new password, and then without
 * anything that the attempt had prepared. Every other attempt of the address is gone with it. Goes on to a session, or to the second factor.
 */
export const confirm = UseCase.command({
  name: "registrations.confirm",
  summary: "Confirms a registration by its link: the account exists from now on, and the caller is signed in.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  secretAnswer: true,
  input: Schema.Struct({
    secret: Links.LinkSecret,
    /** That of the registration; this or `newPassword`. */
    password: Schema.optionalKey(secret(1000)),
    newPassword: Schema.optionalKey(secret(1000)),
    staySignedIn: Schema.optionalKey(Schema.Boolean)
  }),
  output: Schema.Struct({
    signIn: SignInOutcome,
    /** Where a second factor became real: to be shown this once. */
    recoveryCodes: Schema.NullOr(Schema.Array(Schema.Redacted(Schema.String)))
  }),
  errors: [Links.LinkUnusable, AlreadyRegistered, PasswordWrong, PasswordRefused, HasherUnavailable],
  limits: linkLimits,
  prepare: Effect.fnUntraced(function* (input, call) {
    const { registration } = yield* opened(input.secret, call.settings, call.now)
    return yield* proofOf(registration, input, call)
  }),
  unit: Effect.fnUntraced(function* (input, unit, proof) {
    const accounts = yield* AccountRepository
    const registrations = yield* RegistrationRepository
    const evidence = yield* ConsentRepository
    const limits = yield* Limits
    const { now, settings } = unit
    const link = yield* Links.open(registrationLink, input.secret, now)
    // all attempts of the address are locked, so that of several that are confirmed in parallel the first one wins
    const attempts = yield* registrations.ofEmailForUpdate(link.email)
    const known = yield* accounts.findByEmail(link.email)
    const registration = attempts.find((one) => one.id === link.subject && isOpen(one, settings, now))
    if (registration === undefined) {
      return yield* Option.isSome(known) ? new AlreadyRegistered() : new Links.LinkUnusable({ reason: "void" })
    }
    const { factor, passwordHash } = yield* Effect.fromResult(
      decide(registration, proof, { hasAccount: Option.isSome(known) })
    )
    yield* Links.redeem(link, now)
    const account = yield* newAccount({ ...registration, now })
    yield* accounts.insert(account, passwordHash)
    yield* evidence.append(yield* toRows(registration.consents, account.id, "registration"))
    yield* registrations.removeOfEmail(registration.email)
    unit.record({
      type: "account.created",
      subject: { kind: "account", id: account.id },
      data: { through: "registration", registrationId: registration.id },
      personal: { email: account.email }
    })
    const recoveryCodes =
      factor === null
        ? null
        : yield* activatePrepared(unit, {
            account,
            secret: yield* waiting(registration.id, factor.sealedSecret),
            step: factor.step
          })
    if (proof.known) yield* limits.forget([(yield* passwordRule(settings, account.email)).key])
    const signIn = yield* proceed(unit, {
      account,
      secondFactor: factor !== null,
      staySignedIn: input.staySignedIn ?? false,
      method: "registration"
    })
    return { signIn, recoveryCodes }
  })
})

/** Opens the secret of an attempt's factor; a key that is missing is the operator's matter (F-25). */
const waiting = Effect.fnUntraced(function* (id: RegistrationId, sealed: string) {
  const sealer = yield* Sealer
  return yield* sealer.open(WAITING, id, sealed).pipe(
    Effect.tapError((error) => Effect.logError("the authenticator secret of a registration cannot be opened", error)),
    Effect.mapError(() => new Unavailable())
  )
})

// ---- cleaning up -----------------------------------------------------------------------------------------------------------------------

const PURGE_AT_ONCE = 1000

/** Deletes attempts that nobody confirmed in time, in portions; answers whether there may be more (PRI-04). */
export const purge = UseCase.command({
  name: "registrations.purge",
  summary: "Deletes registrations that nobody confirmed in time.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({}),
  output: Schema.Struct({ deleted: Schema.Int, more: Schema.Boolean }),
  errors: [],
  unit: Effect.fnUntraced(function* (_, unit) {
    const registrations = yield* RegistrationRepository
    const before = Instant.minus(unit.now, unit.settings.registration.attemptLifetime)
    const deleted = yield* registrations.purge(before, PURGE_AT_ONCE)
    if (deleted > 0) {
      unit.record({
        type: "registration.purged",
        subject: { kind: "registrations", id: "registrations" },
        data: { deleted }
      })
    }
    return { deleted, more: deleted === PURGE_AT_ONCE }
  })
})

export const useCases = UseCase.registry(prepareSecondFactor, check, register, sendAgain, read, confirm, purge)
