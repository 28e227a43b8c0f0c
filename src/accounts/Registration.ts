import { Result } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import type { RegistrationId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import { type Locale, optionalLine } from "../kernel/Text.ts"
import type { GivenConsent } from "../privacy/Consent.ts"

/** How a company's name is typed in: one line, at most 200 characters, or nothing. */
export const CompanyName = optionalLine(200)

/** An authenticator app that was set up with a registration; it protects nothing until the registration is confirmed (REG-06). */
export interface PreparedFactor {
  readonly sealedSecret: string
  /** The time step of the code that was typed in; it cannot be used again (TFA-02). */
  readonly step: number
}

/**
 * A pending attempt to register, not an account (REG-02). Several may be open for one address; it never changes, and is gone as soon as one of them
 * was confirmed. Password and factor are in no schema, so no output can carry them (R-PW-11).
 */
export interface Registration {
  readonly id: RegistrationId
  readonly email: EmailAddress
  readonly firstName: string
  readonly lastName: string
  readonly locale: Locale
  readonly companyName: string | null
  readonly consents: ReadonlyArray<GivenConsent>
  /** In PHC format; null where the password is chosen at confirmation. */
  readonly passwordHash: string | null
  /** Only with a password. */
  readonly factor: PreparedFactor | null
  /** The address belonged to an account: the attempt was written for equal work (R-EN-03) and can never be confirmed (REG-03). */
  readonly addressTaken: boolean
  readonly createdAt: Instant.Instant
}

/** There is an account for the address by now. Only who has a link that was sent there learns this. */
export class AlreadyRegistered extends Refusal<AlreadyRegistered>()(
  "AlreadyRegistered",
  {},
  {
    category: "conflict",
    de: "Für diese Adresse gibt es inzwischen ein Benutzerkonto. Bitte melden Sie sich an.",
    en: "There is an account for this address by now. Please sign in."
  }
) {}

/** From when on an attempt is as good as gone. */
export const endOf = (registration: Pick<Registration, "createdAt">, settings: Settings): Instant.Instant =>
  Instant.plus(registration.createdAt, settings.registration.attemptLifetime)

/** Whether the attempt can be confirmed, or be sent its link again, at this time. */
export const isOpen = (registration: Registration, settings: Settings, now: Instant.Instant): boolean =>
  !registration.addressTaken && now < endOf(registration, settings)

/** The password that the account will have. */
export interface Proof {
  readonly passwordHash: string
  /** Whether it is that of the attempt, given by who confirms it; else it was chosen with the link. */
  readonly known: boolean
}

/**
 * The holder of the link confirms the attempt (REG-05, REG-06). Whoever does not know its password may be somebody else than who made the attempt:
 * then nothing that it had prepared enters the account (R-SO-08).
 */
export const confirm = (
  registration: Registration,
  proof: Proof,
  facts: { readonly hasAccount: boolean }
): Result.Result<{ readonly passwordHash: string; readonly factor: PreparedFactor | null }, AlreadyRegistered> =>
  facts.hasAccount
    ? Result.fail(new AlreadyRegistered())
    : Result.succeed({ passwordHash: proof.passwordHash, factor: proof.known ? registration.factor : null })
