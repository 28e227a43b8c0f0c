import { Context, type Duration, Effect, Option, Redacted, Schema } from "effect"
import { Crypto, toBase64Url, toHex } from "./Crypto.ts"
import type { EmailAddress } from "./EmailAddress.ts"
import * as Instant from "./Instant.ts"
import type { TenantId } from "./ids.ts"
import type { PersistenceError } from "./PersistenceError.ts"
import { Refusal } from "./Refusal.ts"
import type { Settings } from "./Settings.ts"

/** What a link is for; a room defines its own. A secret opens only the purpose that it was made for (R-TK-04). */
export interface LinkPurpose {
  readonly name: string
  /** Where the link leads, below the base address; the secret follows as the last segment. */
  readonly path: string
}

/** One link as it is stored. The secret is not: only its hash (R-TK-02). */
export interface Link {
  /** SHA-256 over purpose and secret, as hex. */
  readonly hash: string
  readonly purpose: string
  /** The id of what it opens: a registration, an account, an invitation, … */
  readonly subject: string
  readonly tenantId: TenantId | null
  /** The address it was sent to. */
  readonly email: EmailAddress
  /** The account's credential epoch at issue, for links whose subject is an account (AUT-06). */
  readonly credentialEpoch: number | null
  readonly issuedAt: Instant.Instant
  readonly expiresAt: Instant.Instant
  readonly usedAt: Instant.Instant | null
  readonly voidedAt: Instant.Instant | null
}

/** Where links are kept. */
export class LinkRepository extends Context.Service<
  LinkRepository,
  {
    readonly insert: (link: Link) => Effect.Effect<void, PersistenceError>
    /** As `insert`, for several links in as few statements as fit. Only inside of a unit are they all there or none. */
    readonly insertAll: (links: ReadonlyArray<Link>) => Effect.Effect<void, PersistenceError>
    /** Marks every open link of this purpose and subject as void; answers how many. */
    readonly voidOpen: (
      purpose: string,
      subject: string,
      at: Instant.Instant
    ) => Effect.Effect<number, PersistenceError>
    /** As `voidOpen`, for several subjects in one statement. */
    readonly voidOpenOf: (
      purpose: string,
      subjects: ReadonlyArray<string>,
      at: Instant.Instant
    ) => Effect.Effect<number, PersistenceError>
    /** Marks every open link into this tenant as void, whatever its purpose (TEN-09); answers how many. */
    readonly voidOfTenant: (tenantId: TenantId, at: Instant.Instant) => Effect.Effect<number, PersistenceError>
    readonly find: (purpose: string, hash: string) => Effect.Effect<Option.Option<Link>, PersistenceError>
    /** The link of this purpose and subject that is neither used nor void, also when its time is over; of several, the one that was issued last. */
    readonly openOf: (purpose: string, subject: string) => Effect.Effect<Option.Option<Link>, PersistenceError>
    /**
     * MUST mark the link as used in one guarded step, and fail with `conflict` unless it was unused, not void, and `at` is before its expiry:
     * of any number of parallel redemptions one goes through (R-TK-03).
     */
    readonly redeem: (purpose: string, hash: string, at: Instant.Instant) => Effect.Effect<void, PersistenceError>
    /** Deletes at most `limit` links whose time ended before `before`, used or not, those first whose time ended first; answers how many. */
    readonly purge: (before: Instant.Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/kernel/LinkRepository") {}

/** The link opens nothing (any more). Only who has its secret learns why, so the reason tells a stranger nothing. */
export class LinkUnusable extends Refusal<LinkUnusable>()(
  "LinkUnusable",
  { reason: Schema.Literals(["unknown", "used", "void", "expired"]) },
  {
    category: "not-found",
    de: "Dieser Link ist nicht (mehr) gültig. Bitte fordern Sie einen neuen an.",
    en: "This link is not valid (any more). Please ask for a new one."
  }
) {}

/** What people paste: 43 characters of base64url, 256 bits. Anything else cannot be a secret of ours. */
export const LinkSecret = Schema.Redacted(Schema.String).check(
  Schema.makeFilter((hidden) => (Redacted.value(hidden).length <= 200 ? undefined : "too-long"))
)

/** How a secret is looked up: hashed together with its purpose. 256 random bits need no slow hash (R-TK-02). */
export const hashSecret = (purpose: string, secret: Redacted.Redacted): Effect.Effect<string, never, Crypto> =>
  Effect.flatMap(Crypto, (crypto) => Effect.map(crypto.sha256(`portico/${purpose}\n${Redacted.value(secret)}`), toHex))

/** A new secret: 256 random bits as base64url (R-TK-01). */
export const newSecret = (label: string): Effect.Effect<Redacted.Redacted, never, Crypto> =>
  Effect.flatMap(Crypto, (crypto) =>
    Effect.map(crypto.randomBytes(32), (bytes) => Redacted.make(toBase64Url(bytes), { label }))
  )

export interface Issue {
  readonly subject: string
  readonly email: EmailAddress
  readonly tenantId?: TenantId | undefined
  readonly credentialEpoch?: number | undefined
  readonly now: Instant.Instant
  readonly lifetime: Duration.Input
  /** Set when the subject is new, so that there can be no older link to void. */
  readonly first?: boolean
}

/** A link as it is stored from now on, for a secret whose hash was made before. */
export const make = (
  purpose: LinkPurpose,
  hash: string,
  options: Pick<Issue, "subject" | "email" | "tenantId" | "credentialEpoch" | "now" | "lifetime">
): Link => ({
  hash,
  purpose: purpose.name,
  subject: options.subject,
  tenantId: options.tenantId ?? null,
  email: options.email,
  credentialEpoch: options.credentialEpoch ?? null,
  issuedAt: options.now,
  expiresAt: Instant.plus(options.now, options.lifetime),
  usedAt: null,
  voidedAt: null
})

/** Makes a link in the open unit of work and answers its secret; older links of this purpose and subject are void from now on (R-TK-07). */
export const issue = Effect.fnUntraced(function* (purpose: LinkPurpose, options: Issue) {
  const links = yield* LinkRepository
  const secret = yield* newSecret(purpose.name)
  const hash = yield* hashSecret(purpose.name, secret)
  if (options.first !== true) yield* links.voidOpen(purpose.name, options.subject, options.now)
  const link = make(purpose, hash, options)
  yield* links.insert(link)
  return { secret, link }
})

/** Whether the link opens at this time; expiry is at the instant itself (R-TK-06). */
export const check = (link: Link, now: Instant.Instant): Option.Option<LinkUnusable> =>
  link.usedAt !== null
    ? Option.some(new LinkUnusable({ reason: "used" }))
    : link.voidedAt !== null
      ? Option.some(new LinkUnusable({ reason: "void" }))
      : now >= link.expiresAt
        ? Option.some(new LinkUnusable({ reason: "expired" }))
        : Option.none()

/** Finds the link that a secret opens for a purpose. Changes nothing (R-TK-09). */
export const open = Effect.fnUntraced(function* (
  purpose: LinkPurpose,
  secret: Redacted.Redacted,
  now: Instant.Instant
) {
  const links = yield* LinkRepository
  const found = yield* links.find(purpose.name, yield* hashSecret(purpose.name, secret))
  if (Option.isNone(found)) return yield* new LinkUnusable({ reason: "unknown" })
  const unusable = check(found.value, now)
  if (Option.isSome(unusable)) return yield* unusable.value
  return found.value
})

/**
 * Uses the link up, in the open unit of work: with the effect it allows, or not at all (R-TK-08). Losing a race fails with `conflict`; the
 * repeated unit then reads the link as used.
 */
export const redeem = Effect.fnUntraced(function* (link: Link, now: Instant.Instant) {
  const links = yield* LinkRepository
  yield* links.redeem(link.purpose, link.hash, now)
})

/** The address that a mail shows. */
export const toUrl = (settings: Settings, purpose: LinkPurpose, secret: Redacted.Redacted): string =>
  `${settings.links.base}${settings.links.paths[purpose.name] ?? purpose.path}/${Redacted.value(secret)}`
