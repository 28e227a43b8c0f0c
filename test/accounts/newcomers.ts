import { Effect, Option, Redacted } from "effect"
import { generateSync } from "otplib"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { Passwords, Registrations, Sessions, SignIns } from "../../src/accounts/index.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { anonymously, newestSecret } from "../support/portal.ts"

export const grace = EmailAddress.make("grace@example.com")
export const consents = [{ kind: "privacy", version: "1" }]
export const passwords = {
  first: Redacted.make("correct horse battery staple"),
  second: Redacted.make("tangerine lamp under seven rivers"),
  wrong: Redacted.make("nobody ever typed this sentence"),
  weak: Redacted.make("too short")
}

export const form = { email: "grace@example.com", firstName: "Grace", lastName: "Hopper", consents }

type Form = Partial<Parameters<typeof Registrations.register>[0]>

/** Registers, and answers the secret of the link in the mail. */
export const register = Effect.fnUntraced(function* (over: Form = {}) {
  const input = { ...form, ...over }
  yield* Registrations.register(input).pipe(anonymously)
  return yield* newestSecret(input.email)
})

export const confirm = (input: Parameters<typeof Registrations.confirm>[0]) =>
  Registrations.confirm(input).pipe(anonymously)

/** Somebody with an account that they made by registering. */
export const newcomer = Effect.fnUntraced(function* (over: Form = {}) {
  const secret = yield* register({ password: passwords.first, ...over })
  const { recoveryCodes, signIn } = yield* confirm({ secret, password: over.password ?? passwords.first })
  return { recoveryCodes, signIn }
})

/** The code that an app shows now, or so many steps later. */
export const codeNow = Effect.fnUntraced(function* (secret: Redacted.Redacted, steps = 0) {
  const now = yield* Instant.now
  return Redacted.make(generateSync({ secret: Redacted.value(secret), epoch: Math.floor(now / 1000) + steps * 30 }))
})

/** An app that was set up on the way to registering, as the form carries it. */
export const withApp = Effect.fnUntraced(function* (email: string = grace) {
  const { prepared, secret } = yield* Registrations.prepareSecondFactor({ email }).pipe(anonymously)
  return { secret, secondFactor: { prepared, code: yield* codeNow(secret) } }
})

export const signIn = (password: Redacted.Redacted, email: string = grace) =>
  SignIns.signIn({ email, password }).pipe(anonymously)

/** The way in after `signIn` or `confirm`, if it leads to a session. */
export const signedInBy = Effect.fnUntraced(function* (outcome: Effect.Success<ReturnType<typeof signIn>>) {
  if (outcome._tag !== "SignedIn") return yield* Effect.die(new Error(outcome._tag))
  return { token: outcome.token, ...(yield* Sessions.authenticate(outcome.token)) }
})

/** Whether a session token still stands for somebody. */
export const lives = (token: Redacted.Redacted) =>
  Effect.match(Sessions.authenticate(token), { onFailure: ({ _tag }) => _tag, onSuccess: () => "lives" })

/** Asks for a new password, and answers the secret of the link in the mail. */
export const askForReset = Effect.fnUntraced(function* (email: string = grace) {
  yield* Passwords.requestReset({ email }).pipe(anonymously)
  return yield* newestSecret(email)
})

export const reset = (secret: Redacted.Redacted, newPassword: Redacted.Redacted = passwords.second) =>
  Passwords.reset({ secret, newPassword }).pipe(anonymously)

export const credentialsOf = (email: string) =>
  Effect.flatMap(AccountRepository, (accounts) =>
    Effect.map(accounts.findByEmail(EmailAddress.make(email)), Option.getOrUndefined)
  )
