import type { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import type { SelfRegistrationId } from "../kernel/ids.ts"
import * as PostalCode from "../kernel/PostalCode.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Locale } from "../kernel/Text.ts"
import type { GivenConsent } from "../privacy/Consent.ts"
import type { Tenant } from "../tenants/Tenant.ts"

/** What somebody knows of the tenant that they belong to: it stands on its offers and invoices. */
export interface Typed {
  /** As it was typed in; it means the tenant whose number has the same normal form (G-10). */
  readonly customerNumber: string
  /** In the normal form of its country. */
  readonly postalCode: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
}

/**
 * Somebody without an account wants to join the tenant that they named (SLF-01). It is not a request yet: whether the number is anybody's is looked
 * up when the mailbox has confirmed, and not before, so that an attempt costs the same whatever was typed (SLF-02). It never changes, and is gone
 * with its confirmation.
 */
export interface SelfRegistration extends Typed {
  readonly id: SelfRegistrationId
  readonly email: EmailAddress
  readonly firstName: string
  readonly lastName: string
  readonly locale: Locale
  readonly consents: ReadonlyArray<GivenConsent>
  readonly createdAt: Instant.Instant
}

/** From when on the attempt cannot be confirmed any more. */
export const endOf = (attempt: Pick<SelfRegistration, "createdAt">, settings: Settings): Instant.Instant =>
  Instant.plus(attempt.createdAt, settings.requests.confirmWithin)

/**
 * What becomes of numbers that a proven mailbox gave:
 *
 * - `assigned`: number and postal code are those of an active tenant, whose deciders are asked
 * - `waits`: they are those of a tenant that nobody can decide for at present; staff are told (SLF-08)
 * - `not-assigned`: there is no such tenant, it has another postal code, or it is closed
 */
export type Assignment = "assigned" | "waits" | "not-assigned"

export const assign = (typed: Typed, tenant: Tenant | null): Assignment => {
  const matches =
    tenant !== null &&
    tenant.country === typed.country &&
    PostalCode.equal(tenant.country, tenant.postalCode, typed.postalCode)
  if (!matches || tenant.state === "closed") return "not-assigned"
  return tenant.state === "active" ? "assigned" : "waits"
}

/** There is an account for the asker's address by now: the approval joins that one, after signing in (SLF-07). Only the link's holder learns this. */
export class SignInToJoin extends Refusal<SignInToJoin>()(
  "SignInToJoin",
  {},
  {
    category: "conflict",
    de: "Für Ihre Adresse gibt es bereits ein Benutzerkonto. Bitte melden Sie sich an, um dem Kundenbereich beizutreten.",
    en: "There is an account for your address already. Please sign in to join the customer area."
  }
) {}

/** Somebody else is signed in than the one who was approved. Names no address. */
export class ApprovalForSomeoneElse extends Refusal<ApprovalForSomeoneElse>()(
  "ApprovalForSomeoneElse",
  {},
  {
    category: "forbidden",
    de: "Diese Zusage gilt einer anderen Person. Bitte melden Sie sich mit dem Benutzerkonto an, für das sie gegeben wurde.",
    en: "This approval is for somebody else. Please sign in with the account that it was given for."
  }
) {}
