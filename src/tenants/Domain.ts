import { Duration, Option, Result, Schema, SchemaTransformation } from "effect"
import { domainOf, type EmailAddress, parse } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { DomainId, TenantId } from "../kernel/ids.ts"
import { OWNER, type Permission } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { roleNamed, type Settings } from "../kernel/Settings.ts"
import { permissionsOf } from "./Role.ts"

/** The domain in what a person typed: in the very form in which the parser of addresses writes the part behind the "@" (R-IN-12). */
const normalForm = (input: string): Option.Option<string> =>
  input.includes("@") ? Option.none() : Option.map(parse(`postmaster@${input.trim()}`), domainOf)

/** A mail domain in its normal form; an address is of it exactly when the part behind its "@" is the same string. */
export const DomainName = Schema.String.check(
  Schema.makeFilter((value) => (Option.getOrUndefined(normalForm(value)) === value ? undefined : "domain"))
)

/** What people type; decodes to a `DomainName`. Refused input has the code `domain`. */
export const DomainNameFromInput = Schema.String.pipe(
  Schema.decodeTo(
    DomainName,
    SchemaTransformation.transform({
      // what is no domain goes on as it is, so that the check above refuses it with its code
      decode: (input: string) => Option.getOrElse(normalForm(input), () => input),
      encode: (domain: string) => domain
    })
  )
)

export const Method = Schema.Literals(["dns", "postmaster"])
export type Method = typeof Method.Type

/** Who with a proven address of the domain may do what: nothing by it, ask to join, or join at once. */
export const JoiningMode = Schema.Literals(["nobody", "ask", "at-once"])
export type JoiningMode = typeof JoiningMode.Type

/** A mail domain that a tenant says is its own (TEN-10). */
export class Domain extends Schema.Opaque<Domain>()(
  Schema.Struct({
    id: DomainId,
    tenantId: TenantId,
    domain: Schema.String,
    /** What the record in the domain's zone must say. Public, as that record is: it names this claim, and opens nothing. */
    token: Schema.String,
    /** How, since when and until when it is proven; null while it is not. */
    proof: Schema.NullOr(Schema.Struct({ method: Method, provenAt: Instant.Instant, expiresAt: Instant.Instant })),
    /** When the proof is looked at again; null where there is none. */
    checkAt: Schema.NullOr(Instant.Instant),
    /** Checks in a row that did not find the record. */
    misses: Schema.Int,
    joining: JoiningMode,
    /** What somebody gets who joins by the domain; null where nobody does. */
    role: Schema.NullOr(Schema.String),
    createdAt: Instant.Instant
  })
) {}

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** Anybody can have an address there, so that one proves nothing. */
export class PublicDomain extends Refusal<PublicDomain>()(
  "PublicDomain",
  {},
  {
    category: "conflict",
    de: "Bei diesem Anbieter kann jeder eine Adresse haben. Die Domain kann deshalb keinem Kundenbereich gehören.",
    en: "Anybody can have an address with this provider. The domain cannot belong to a customer area."
  }
) {}

/** Another tenant has proven the domain. Only who proves it, too, gets this answer. */
export class DomainTaken extends Refusal<DomainTaken>()(
  "DomainTaken",
  {},
  {
    category: "conflict",
    de: "Diese Domain hat bereits ein anderer Kundenbereich nachgewiesen. Bitte wenden Sie sich an den Kundendienst.",
    en: "Another customer area has proven this domain already. Please ask the customer service."
  }
) {}

/** The record that would prove the domain was not found. New records take a while until everybody sees them. */
export class ProofNotFound extends Refusal<ProofNotFound>()(
  "ProofNotFound",
  {},
  {
    category: "conflict",
    de: "Der Eintrag wurde nicht gefunden. Neue Einträge sind manchmal erst nach einigen Stunden überall sichtbar.",
    en: "The record was not found. It can take a few hours until new records are seen everywhere."
  }
) {}

/** Nobody joins by a domain that is not proven. */
export class DomainNotProven extends Refusal<DomainNotProven>()(
  "DomainNotProven",
  {},
  {
    category: "conflict",
    de: "Diese Domain ist noch nicht nachgewiesen.",
    en: "This domain is not proven yet."
  }
) {}

/** The tenant has as many domains as it can have (`Settings.domains.maxPerTenant`). */
export class TooManyDomains extends Refusal<TooManyDomains>()(
  "TooManyDomains",
  { max: Schema.Int },
  {
    category: "conflict",
    de: "Mehr als {max} Domains sind für einen Kundenbereich nicht möglich.",
    en: "A customer area can have {max} domains at most."
  }
) {}

/** The role carries more than that of a member, and joining by a domain gives none of those: nobody looks at who comes. */
export class RoleTooHigh extends Refusal<RoleTooHigh>()(
  "RoleTooHigh",
  {},
  {
    category: "conflict",
    de: "Auf diesem Weg ist höchstens eine Rolle wie „Mitarbeiter“ möglich.",
    en: "In this way only a role like “Member” is possible."
  }
) {}

// ---- decisions -------------------------------------------------------------------------------------------------------------------------

/** Whether anybody can have an address in this domain, or in one above it. */
export const isPublic = (settings: Settings, domain: string): boolean =>
  settings.domains.publicProviders.some((listed) => {
    const provider = Option.getOrElse(normalForm(listed), () => listed)
    return domain === provider || domain.endsWith(`.${provider}`)
  })

/** Whether what the proof rests on still holds at this time. */
export const isProven = (domain: Domain, now: Instant.Instant): boolean =>
  domain.proof !== null && now < domain.proof.expiresAt

/** Whether a proven address is of this very domain: not of one below it, above it, or one that looks like it. */
export const covers = (domain: Pick<Domain, "domain">, email: EmailAddress): boolean =>
  domainOf(email) === domain.domain

/** The record is there, or the postmaster has confirmed: proven anew from now on. */
export const proven = (settings: Settings, domain: Domain, method: Method, now: Instant.Instant): Domain => ({
  ...domain,
  proof: {
    method,
    provenAt: domain.proof?.provenAt ?? now,
    expiresAt: Instant.plus(now, settings.domains.proofLifetime)
  },
  checkAt: Instant.plus(now, method === "dns" ? settings.domains.recheckEvery : settings.domains.proofLifetime),
  misses: 0
})

/** What the tenant still says is its own, and nothing shows any more: it can be proven anew, and until then nobody joins by it. */
export const lost = (domain: Domain): Domain => ({
  ...domain,
  proof: null,
  checkAt: null,
  misses: 0,
  joining: "nobody",
  role: null
})

/** So long after a check that could not be made the next one is tried. */
const AGAIN = Duration.hours(1)

/**
 * What a check makes of a proven domain: where the record was found again, it is proven anew; missed too often in a row, or over its time, it is lost;
 * a check that could not be made is only made again.
 */
export const checked = (
  settings: Settings,
  domain: Domain,
  found: boolean | "unknown",
  now: Instant.Instant
): Domain => {
  if (found === true) return proven(settings, domain, "dns", now)
  if (!isProven(domain, now)) return lost(domain)
  if (found === "unknown") return { ...domain, checkAt: Instant.plus(now, AGAIN) }
  const misses = domain.misses + 1
  return misses >= settings.domains.misses
    ? lost(domain)
    : { ...domain, misses, checkAt: Instant.plus(now, settings.domains.recheckEvery) }
}

/** Sets what proven addresses of the domain can do; a role like a member's at most, because nobody looks at who comes (R-IN-12). */
export const withJoining = (
  settings: Settings,
  domain: Domain,
  joining: JoiningMode,
  role: string,
  now: Instant.Instant
): Result.Result<Domain, DomainNotProven | RoleTooHigh> => {
  if (joining === "nobody") return Result.succeed({ ...domain, joining, role: null })
  if (!isProven(domain, now)) return Result.fail(new DomainNotProven())
  return isMemberLike(settings, role) ? Result.succeed({ ...domain, joining, role }) : Result.fail(new RoleTooHigh())
}

/** Whether a role allows no more than what can be had without anybody looking at who comes, as by a shareable link (INV-12). */
export const isMemberLike = (settings: Settings, role: string): boolean => {
  if (role === OWNER || roleNamed(settings, role) === undefined) return false
  const allowed: ReadonlySet<Permission> = new Set(settings.shareableLinks.permissions)
  return [...permissionsOf(settings, [role])].every((permission) => allowed.has(permission))
}
