import { Duration, Option, Result, Schema } from "effect"
import { domainOf, type EmailAddress, parse } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, MembershipId, ShareableLinkId, TenantId } from "../kernel/ids.ts"
import { OWNER, type Permission, RoleNames } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { InvalidInput } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { type AccessFacts, decide, permissionsIn } from "../tenants/Access.ts"
import { mayGrant, permissionsOf } from "../tenants/Role.ts"
import { asOf, GrantorLostAuthority, placeOf } from "./Invitation.ts"

/**
 * A link that one person may pass on to many: whoever opens it and proves an address becomes an ordinary member (INV-12). It is the root of its uses:
 * every command that changes it locks it and counts its version up.
 */
export class ShareableLink extends Schema.Opaque<ShareableLink>()(
  Schema.Struct({
    id: ShareableLinkId,
    tenantId: TenantId,
    /** For whom it is meant, as those who may invite note it down; may be empty. */
    label: Schema.String,
    roles: RoleNames,
    /** Only addresses of exactly this domain, in the normal form of addresses; null for any. */
    domain: Schema.NullOr(Schema.String),
    maxUses: Schema.Int,
    uses: Schema.Int,
    creatorId: AccountId,
    /** The membership by which the creator stands for it, as with an invitation. */
    creatorMembershipId: MembershipId,
    createdAt: Instant.Instant,
    expiresAt: Instant.Instant,
    revokedAt: Schema.NullOr(Instant.Instant),
    version: Schema.Int
  })
) {}

/** Open is the only state that anything leaves; the others are final. */
export const ShareableLinkState = Schema.Literals(["open", "revoked", "used-up", "expired"])
export type ShareableLinkState = typeof ShareableLinkState.Type

/** The state at this time. What was revoked stays revoked, and what is used up stays that after its time, too. */
export const stateAt = (link: ShareableLink, now: Instant.Instant): ShareableLinkState =>
  link.revokedAt !== null
    ? "revoked"
    : link.uses >= link.maxUses
      ? "used-up"
      : now >= link.expiresAt
        ? "expired"
        : "open"

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** The link is not open any more; its holder learns why. */
export class ShareableLinkClosed extends Refusal<ShareableLinkClosed>()(
  "ShareableLinkClosed",
  { state: Schema.Literals(["revoked", "used-up", "expired"]) },
  {
    category: "conflict",
    de: "Dieser Link ist nicht mehr offen. Bitten Sie bei Bedarf um einen neuen.",
    en: "This link is not open any more. Ask for a new one if you need it."
  }
) {}

/** A role that carries more than a link may give (see `settings.shareableLinks.permissions`). */
export class RoleNotShareable extends Refusal<RoleNotShareable>()(
  "RoleNotShareable",
  { role: Schema.String },
  {
    category: "conflict",
    de: "Diese Rolle kann nicht über einen Link vergeben werden. Bitte laden Sie die Person selbst ein.",
    en: "This role cannot be given by a link. Please invite the person."
  }
) {}

/** The link is for addresses of another domain; its holder sees which on the link's page. */
export class AddressOutsideDomain extends Refusal<AddressOutsideDomain>()(
  "AddressOutsideDomain",
  { domain: Schema.String },
  {
    category: "forbidden",
    de: "Über diesen Link treten nur Adressen bei, die auf @{domain} enden.",
    en: "Only addresses that end with @{domain} can join by this link."
  }
) {}

/** A change would allow more than the link allows now; a new link can. */
export class NotStricter extends Refusal<NotStricter>()(
  "NotStricter",
  {},
  {
    category: "conflict",
    de: "Ein Link kann nur enger gefasst werden. Legen Sie für mehr einen neuen an.",
    en: "A link can be restricted only. Create a new one to allow more."
  }
) {}

// ---- decisions -------------------------------------------------------------------------------------------------------------------------

/** A domain as people type it, in the normal form that it has in addresses; with an "@" in front or without. */
export const parseDomain = (input: string): Option.Option<string> =>
  Option.map(parse(`x@${input.trim().replace(/^@/, "")}`), domainOf)

/** Whether every one of these roles carries no more than a link may give. Never an owner's, whatever the settings say. */
export const shareable = (settings: Settings, roles: ReadonlyArray<string>): Result.Result<void, RoleNotShareable> => {
  const allowed: ReadonlySet<Permission> = new Set(settings.shareableLinks.permissions)
  const high = roles.find(
    (role) => role === OWNER || [...permissionsOf(settings, [role])].some((permission) => !allowed.has(permission))
  )
  return high === undefined ? Result.succeed(undefined) : Result.fail(new RoleNotShareable({ role: high }))
}

const range = (field: string) => new InvalidInput({ issues: [{ path: [field], code: "range" }] })

/** A lifetime in hours as it is asked for: at least an hour, and at most what the settings allow. */
export const lifetimeOf = (
  settings: Settings,
  hours: number | undefined
): Result.Result<Duration.Input, InvalidInput> => {
  if (hours === undefined) return Result.succeed(settings.shareableLinks.lifetime)
  const max = Duration.fromInputUnsafe(settings.shareableLinks.maxLifetime)
  return hours >= 1 && Duration.isLessThanOrEqualTo(Duration.hours(hours), max)
    ? Result.succeed(Duration.hours(hours))
    : Result.fail(range("validForHours"))
}

export const maxUsesOf = (settings: Settings, uses: number): Result.Result<number, InvalidInput> =>
  uses >= 1 && uses <= settings.shareableLinks.maxUses ? Result.succeed(uses) : Result.fail(range("maxUses"))

const open = (link: ShareableLink, now: Instant.Instant): Result.Result<ShareableLink, ShareableLinkClosed> => {
  const state = stateAt(link, now)
  return state === "open" ? Result.succeed(link) : Result.fail(new ShareableLinkClosed({ state }))
}

export const revoke = (link: ShareableLink, now: Instant.Instant): Result.Result<ShareableLink, ShareableLinkClosed> =>
  Result.map(open(link, now), (link) => ({ ...link, revokedAt: now }))

/** Fewer uses, an earlier end, or a domain for a link that had none: never more than before. */
export const restrict = (
  link: ShareableLink,
  change: {
    readonly maxUses?: number | undefined
    readonly expiresAt?: Instant.Instant | undefined
    readonly domain?: string | undefined
  },
  now: Instant.Instant
): Result.Result<ShareableLink, ShareableLinkClosed | NotStricter> =>
  Result.flatMap(open(link, now), (link): Result.Result<ShareableLink, NotStricter> => {
    const maxUses = change.maxUses ?? link.maxUses
    const expiresAt = change.expiresAt ?? link.expiresAt
    const domain = change.domain ?? link.domain
    const isStricter =
      maxUses <= link.maxUses && expiresAt <= link.expiresAt && (link.domain === null || domain === link.domain)
    return isStricter
      ? // what was used stays used: fewer uses than that close the link
        Result.succeed({ ...link, maxUses: Math.max(maxUses, link.uses), expiresAt, domain })
      : Result.fail(new NotStricter())
  })

/** Whether an address may join by the link: of exactly its domain, in normal form. */
export const admits = (
  link: Pick<ShareableLink, "domain">,
  email: EmailAddress
): Result.Result<void, AddressOutsideDomain> =>
  link.domain === null || domainOf(email) === link.domain
    ? Result.succeed(undefined)
    : Result.fail(new AddressOutsideDomain({ domain: link.domain }))

/** Whether the creator could still make this link, by the same place as then (as with INV-05), and links may still give its roles. */
export const creatorStands = (settings: Settings, link: ShareableLink, creator: AccessFacts | undefined): boolean => {
  if (creator === undefined) return false
  const then = asOf(creator, link.createdAt)
  return (
    placeOf(then) === link.creatorMembershipId &&
    decide(settings, then, "invitations.create").allowed &&
    mayGrant(settings, permissionsIn(settings, then), link.roles) &&
    Result.isSuccess(shareable(settings, link.roles))
  )
}

/** One more person joins by the link. */
export const use = (
  settings: Settings,
  link: ShareableLink,
  facts: { readonly creator: AccessFacts | undefined; readonly email: EmailAddress },
  now: Instant.Instant
): Result.Result<ShareableLink, ShareableLinkClosed | AddressOutsideDomain | GrantorLostAuthority> =>
  Result.gen(function* () {
    const found = yield* open(link, now)
    yield* admits(found, facts.email)
    if (!creatorStands(settings, found, facts.creator)) return yield* Result.fail(new GrantorLostAuthority())
    return { ...found, uses: found.uses + 1 }
  })
