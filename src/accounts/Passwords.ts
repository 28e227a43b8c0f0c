import { Effect, Option, type Redacted, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { Crypto } from "../kernel/Crypto.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, nextId } from "../kernel/ids.ts"
import { draw, Limits, personalKey, type Rule, sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import type { Settings } from "../kernel/Settings.ts"
import { Locale, secret } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import type { Account, Credentials } from "./Account.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { noAccount, passwordChanged, passwordReset, passwordResetLink } from "./accountMails.ts"
import { passwordRule } from "./attempts.ts"
import { circumstances, current, type MailingUnit, ownForUpdate } from "./factors.ts"
import { PasswordRefused } from "./Password.ts"
import { HasherUnavailable, PasswordHasher } from "./PasswordHasher.ts"
import { checkPassword } from "./passwordPolicy.ts"
import { rotateAfterCredentialChange } from "./proceed.ts"
import { PasswordWrong } from "./StepUp.ts"

const subject = (id: AccountId) => ({ kind: "account", id })

const addressRule = (settings: Settings, email: EmailAddress): Effect.Effect<Rule, never, Crypto> =>
  Effect.map(personalKey("passwords.mail", email), (key) => ({ key, limit: settings.limits.mailPerAddress }))

const linkLimits = (
  _: unknown,
  { request, settings }: Pick<UseCase.Call<Actor.Kind>, "request" | "settings">
): Effect.Effect<ReadonlyArray<Rule>> =>
  Effect.succeed([{ key: `passwords.link:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

/** Holds a new password against the policy and the words that others know of this person (AUT-02). */
const checkNew = Effect.fnUntraced(function* (account: Account, password: Redacted.Redacted) {
  const memberships = yield* MembershipRepository
  const tenants = yield* memberships.ofAccount(account.id)
  yield* checkPassword(password, {
    person: [account.firstName, account.lastName, account.email],
    tenant: [account.companyName ?? "", ...tenants.map(({ tenant }) => tenant.name)]
  })
})

/** Leaves the event of a new password and the mail to the owner. */
const announce = (unit: MailingUnit, account: Account, through: "reset" | "change"): void => {
  unit.record({ type: "account.passwordChanged", subject: subject(account.id), data: { through } })
  unit.send(
    passwordChanged.mail({
      recipient: account.email,
      locale: account.locale,
      values: circumstances(unit),
      accountId: account.id,
      process: `account:${account.id}`
    })
  )
}

// ---- forgotten -------------------------------------------------------------------------------------------------------------------------

/**
 * Asks for a link to set a new password. Whether there is such an account changes neither the answer nor the work: a link, an event and a mail are
 * written either way (AUT-05, R-EN-01 to R-EN-03). Nothing about the account changes (R-PW-16), but for an older link, which is void.
 */
export const requestReset = UseCase.command({
  name: "passwords.requestReset",
  summary: "Sends a mail with a link to set a new password.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({
    email: EmailAddressFromInput,
    /** The language of the mail where there is no account that tells it; `de` where it is not given. */
    locale: Schema.optionalKey(Locale)
  }),
  output: Schema.Void,
  errors: [],
  limits: ({ email }, { request, settings }) =>
    Effect.map(addressRule(settings, email), (rule) => [
      rule,
      { key: `passwords.mail:${sourceKey(request.source)}`, limit: settings.limits.mailPerSource }
    ]),
  unit: Effect.fnUntraced(function* ({ email, locale }, unit) {
    const accounts = yield* AccountRepository
    const known = yield* accounts.findByEmail(email)
    // where there is no account, the link is of nothing: its secret is told to nobody
    const id = Option.isSome(known) ? known.value.account.id : yield* nextId(AccountId)
    // locked, so that of links that are asked for in parallel only one opens in the end (V-11)
    const owner = yield* accounts.credentialsForUpdate(id)
    const credentialEpoch = Option.match(owner, { onNone: () => 0, onSome: ({ account }) => account.credentialEpoch })
    const { link, secret } = yield* Links.issue(passwordResetLink, {
      subject: id,
      email,
      credentialEpoch,
      now: unit.now,
      lifetime: unit.settings.passwordReset.linkLifetime
    })
    unit.record({ type: "account.passwordResetRequested", subject: subject(id), personal: { email } })
    const process = `account:${id}`
    unit.send(
      Option.isSome(owner)
        ? passwordReset.mail({
            recipient: email,
            locale: owner.value.account.locale,
            values: { credentialEpoch, expiresAt: link.expiresAt },
            secret,
            accountId: id,
            process
          })
        : // with a secret that opens nothing, so that rows are alike
          { ...noAccount.mail({ recipient: email, locale: locale ?? "de", values: {}, process }), secret }
    )
  })
})

/** The account of a link, unless its credentials have changed since it was sent (AUT-06). */
const accountOf = (link: Links.Link, found: Option.Option<Credentials>): Effect.Effect<Account, Links.LinkUnusable> =>
  Option.isSome(found) &&
  found.value.account.credentialEpoch === link.credentialEpoch &&
  found.value.account.email === link.email
    ? Effect.succeed(found.value.account)
    : Effect.fail(new Links.LinkUnusable({ reason: "void" }))

// a link to a reset is made with the account's id as its subject
const ownerOf = (link: Links.Link): AccountId => AccountId.make(link.subject)

const opened = Effect.fnUntraced(function* (secret: Redacted.Redacted, now: Instant.Instant) {
  const accounts = yield* AccountRepository
  const link = yield* Links.open(passwordResetLink, secret, now)
  const account = yield* accountOf(link, yield* accounts.credentials(ownerOf(link)))
  return { account, link }
})

/** What the link opens, for the page that it leads to; changes nothing. */
export const readReset = UseCase.query({
  name: "passwords.readReset",
  summary: "Tells the holder of a link for a new password for which account it is.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({ email: EmailAddress, expiresAt: Instant.Instant }),
  errors: [Links.LinkUnusable],
  limits: linkLimits,
  run: Effect.fnUntraced(function* (input, { now }) {
    const { account, link } = yield* opened(input.secret, now)
    return { email: account.email, expiresAt: link.expiresAt }
  })
})

/**
 * Sets a new password by the link in the mail. Every session, challenge and open link of the account is dead in the same commit (AUT-06); nobody is
 * signed in, and a second factor is asked for at the next sign-in as ever (R-PW-15).
 */
export const reset = UseCase.command({
  name: "passwords.reset",
  summary: "Sets a new password by the link in the mail. Signs nobody in.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret, newPassword: secret(1000) }),
  output: Schema.Void,
  errors: [Links.LinkUnusable, PasswordRefused, HasherUnavailable],
  limits: linkLimits,
  prepare: Effect.fnUntraced(function* (input, { now }) {
    const hasher = yield* PasswordHasher
    // a link that opens nothing costs no hash
    const { account } = yield* opened(input.secret, now)
    yield* checkNew(account, input.newPassword)
    return yield* hasher.hash(input.newPassword)
  }),
  unit: Effect.fnUntraced(function* (input, unit, passwordHash) {
    const accounts = yield* AccountRepository
    const limits = yield* Limits
    const link = yield* Links.open(passwordResetLink, input.secret, unit.now)
    const account = yield* accountOf(link, yield* accounts.credentialsForUpdate(ownerOf(link)))
    yield* Links.redeem(link, unit.now)
    yield* accounts.setPassword(account.id, passwordHash, account.credentialEpoch)
    // what was guessed at the old password does not keep the owner from signing in with the new one (R-RL-04)
    yield* limits.forget([(yield* passwordRule(unit.settings, account.email)).key])
    announce(unit, account, "reset")
  })
})

// ---- changed ---------------------------------------------------------------------------------------------------------------------------

/** Replaces the caller's own password, which must be given (R-PW-12). The session that asks gets a new token; all others are dead (AUT-06). */
export const change = UseCase.command({
  name: "passwords.change",
  summary: "Changes the caller's own password; ends all other sessions.",
  actors: ["Account"],
  requires: "self",
  sensitive: true,
  secretAnswer: true,
  input: Schema.Struct({ currentPassword: secret(1000), newPassword: secret(1000) }),
  output: Schema.Struct({
    /** Of the session that asked; the old one is dead. */
    token: Schema.Redacted(Schema.String)
  }),
  errors: [PasswordWrong, PasswordRefused, HasherUnavailable],
  prepare: Effect.fnUntraced(function* ({ currentPassword, newPassword }, { actor, now, settings }) {
    const accounts = yield* AccountRepository
    const hasher = yield* PasswordHasher
    const { account, passwordHash } = yield* current(actor, yield* accounts.credentials(actor.accountId))
    // first, so that looking for a good new password is not counted as guessing at the old one
    yield* checkNew(account, newPassword)
    yield* draw([yield* passwordRule(settings, account.email)], now)
    const right = yield* hasher.verify(currentPassword, passwordHash ?? hasher.dummy)
    if (!right || passwordHash === null) return yield* new PasswordWrong()
    return yield* hasher.hash(newPassword)
  }),
  unit: Effect.fnUntraced(function* (_, unit, passwordHash) {
    const accounts = yield* AccountRepository
    const limits = yield* Limits
    const { actor } = unit
    // of the epoch that `prepare` saw, so the password is the one that was compared
    const { account } = yield* ownForUpdate(actor)
    yield* accounts.setPassword(account.id, passwordHash, actor.credentialEpoch)
    yield* limits.forget([(yield* passwordRule(unit.settings, account.email)).key])
    const token = yield* rotateAfterCredentialChange(unit, { actor, credentialEpoch: actor.credentialEpoch + 1 })
    announce(unit, account, "change")
    return { token }
  })
})

export const useCases = UseCase.registry(requestReset, readReset, reset, change)
