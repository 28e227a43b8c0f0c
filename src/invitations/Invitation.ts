import { Duration, Result, Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, InvitationId, MembershipId, TenantId } from "../kernel/ids.ts"
import { OWNER, type Permission, RoleNames } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { NotAllowed } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { block, Locale } from "../kernel/Text.ts"
import { type AccessFacts, decide, permissionsIn } from "../tenants/Access.ts"
import { mayGrant } from "../tenants/Role.ts"
import type { TenantState } from "../tenants/Tenant.ts"

/**
 * Pending is the only state that anything leaves; the others are final (INV-06).
 *
 * - `accepted`: the invited person joined (or was a member already, INV-08)
 * - `declined`: the invited person said no
 * - `revoked`: somebody who may invite took it back
 * - `replaced`: the address was invited again with other roles (INV-07)
 * - `expired`: its time ran out
 */
export const InvitationState = Schema.Literals(["pending", "accepted", "declined", "revoked", "replaced", "expired"])
export type InvitationState = typeof InvitationState.Type

/** Whom a contact was added as, before they have confirmed it (TEN-07). */
export const Contact = Schema.Struct({ firstName: Schema.String, lastName: Schema.String })
export type Contact = typeof Contact.Type

/** An offer of a membership to one e-mail address. */
export class Invitation extends Schema.Opaque<Invitation>()(
  Schema.Struct({
    id: InvitationId,
    tenantId: TenantId,
    email: EmailAddress,
    roles: RoleNames,
    message: Schema.String,
    locale: Locale,
    state: InvitationState,
    /** Null where the operator's staff invited: the first owner of a tenant in setup (TEN-01). */
    inviterId: Schema.NullOr(AccountId),
    /**
     * The membership by which the inviter stands for the offer. Somebody who is removed and joins again has another one, so that what they offered
     * before does not come to life again (TEN-08).
     */
    inviterMembershipId: Schema.NullOr(MembershipId),
    /** The name that was filled in where a contact was added directly; null for an invitation (TEN-07). */
    contact: Schema.NullOr(Contact),
    createdAt: Instant.Instant,
    expiresAt: Instant.Instant,
    /** When the mail was last asked for. */
    sentAt: Instant.Instant,
    /** When it left `pending`. */
    endedAt: Schema.NullOr(Instant.Instant),
    /** Since when it is known that its newest mail did not arrive (INV-13). */
    undeliverableAt: Schema.NullOr(Instant.Instant)
  })
) {}

/** An invitation as the invited person sees it (INV-03). */
export const Offered = Schema.Struct({
  id: InvitationId,
  tenantId: TenantId,
  tenantName: Schema.String,
  /** Empty where the operator's staff invited. */
  inviterName: Schema.String,
  roles: RoleNames,
  message: Schema.String,
  /** The name to begin with, where the person was added as a contact. */
  contact: Schema.NullOr(Contact),
  expiresAt: Instant.Instant
})

export const toOffered = ({
  invitation,
  inviterName,
  tenantName
}: {
  readonly invitation: Invitation
  readonly inviterName: string
  readonly tenantName: string
}): typeof Offered.Type => ({
  id: invitation.id,
  tenantId: invitation.tenantId,
  tenantName,
  inviterName,
  roles: invitation.roles,
  message: invitation.message,
  contact: invitation.contact,
  expiresAt: invitation.expiresAt
})

/** A few words to the invited person; at most 1,000 characters. */
export const Message = block(1000)

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** The invitation is not open any more; its holder learns in which state it is (INV-06). */
export class InvitationClosed extends Refusal<InvitationClosed>()(
  "InvitationClosed",
  { state: Schema.Literals(["accepted", "declined", "revoked", "replaced", "expired"]) },
  {
    category: "conflict",
    de: "Diese Einladung ist nicht mehr offen. Bitten Sie bei Bedarf um eine neue.",
    en: "This invitation is not open any more. Ask for a new one if you need it."
  }
) {}

/** Somebody else is signed in than the one who was invited. Names no address (INV-04). */
export class InvitationForSomeoneElse extends Refusal<InvitationForSomeoneElse>()(
  "InvitationForSomeoneElse",
  {},
  {
    category: "forbidden",
    de: "Diese Einladung gilt einer anderen Person. Bitte melden Sie sich mit dem Benutzerkonto an, das eingeladen wurde.",
    en: "This invitation is for somebody else. Please sign in with the account that was invited."
  }
) {}

/** Whoever invited may not do so any more; others who may can invite again (INV-05). */
export class GrantorLostAuthority extends Refusal<GrantorLostAuthority>()(
  "GrantorLostAuthority",
  {},
  {
    category: "conflict",
    de: "Diese Einladung gilt nicht mehr, weil die einladende Person dazu nicht mehr berechtigt ist. Bitten Sie um eine neue Einladung.",
    en: "This invitation does not count any more, because whoever invited you may not do so now. Please ask for a new invitation."
  }
) {}

/**
 * Whoever makes an offer is no member, or takes nothing by it, unless they come through the main tenant: and what comes from there ends with the link
 * (HIE-06), which nobody gets around by inviting themself.
 */
export class InvitedByOneself extends Refusal<InvitedByOneself>()(
  "InvitedByOneself",
  {},
  {
    category: "forbidden",
    de: "Sie können sich nicht selbst in diesen Kundenbereich einladen. Bitten Sie jemanden, der dort Mitglied ist.",
    en: "You cannot invite yourself to this customer area. Please ask somebody who is a member there."
  }
) {}

/** The invited address has an account: joining goes through signing in. Only the holder of the link's secret learns this. */
export class SignInToAccept extends Refusal<SignInToAccept>()(
  "SignInToAccept",
  {},
  {
    category: "conflict",
    de: "Für Ihre Adresse gibt es bereits ein Benutzerkonto. Bitte melden Sie sich an, um beizutreten.",
    en: "There is an account for your address already. Please sign in to join."
  }
) {}

/** Who takes an offer back, or puts another one in its place, must be able to make it: only owners end what was offered to an owner (R-IN-10). */
export const mayEnd = (
  settings: Settings,
  held: ReadonlySet<Permission>,
  invitation: Pick<Invitation, "roles">
): Result.Result<void, NotAllowed> =>
  mayGrant(settings, held, invitation.roles)
    ? Result.succeed(undefined)
    : Result.fail(new NotAllowed(invitation.roles.includes(OWNER) ? { permission: "owners.change" } : {}))

// ---- decisions -------------------------------------------------------------------------------------------------------------------------

/** The state at this time: an invitation whose time ran out is expired, whether or not the job has written that down. */
export const stateAt = (invitation: Invitation, now: Instant.Instant): InvitationState =>
  invitation.state === "pending" && now >= invitation.expiresAt ? "expired" : invitation.state

type Ended = Exclude<InvitationState, "pending">

const end = (
  invitation: Invitation,
  state: Ended,
  now: Instant.Instant
): Result.Result<Invitation, InvitationClosed> => {
  const current = stateAt(invitation, now)
  return current === "pending"
    ? Result.succeed({ ...invitation, state, endedAt: now })
    : Result.fail(new InvitationClosed({ state: current }))
}

/** What acceptance depends on, read in one unit of work with the tenant locked. */
export interface AcceptanceFacts {
  /** The inviter in this tenant; null when the account is gone. */
  readonly inviter: AccessFacts | null
  /** The proven address of the account that accepts. */
  readonly email: EmailAddress
  readonly tenantState: TenantState
}

/** By which membership somebody stands for what they offer: the one in the tenant, or else that in its main tenant. */
export const placeOf = (facts: AccessFacts): MembershipId | null =>
  facts.membership?.id ?? facts.through?.membership.id ?? null

/** Somebody as they stand behind what they offered at this time: a link that was ended and made again since does not count (HIE-06). */
export const asOf = (facts: AccessFacts, at: Instant.Instant): AccessFacts =>
  facts.through !== null && facts.through.linkedAt > at ? { ...facts, through: null } : facts

/** To be asked of somebody who is no member yet. */
export const offeredByAnother = (
  offererId: AccountId | null,
  accountId: AccountId
): Result.Result<void, InvitedByOneself> =>
  offererId === accountId ? Result.fail(new InvitedByOneself()) : Result.succeed(undefined)

/** Whether the inviter could still make this offer, by the same membership and the same link as then (INV-05, TEN-08, R-IN-03). */
export const grantorStands = (
  settings: Settings,
  invitation: Invitation,
  { inviter, tenantState }: Pick<AcceptanceFacts, "inviter" | "tenantState">
): boolean => {
  // staff are not members, and what they may do does not end with a membership; but a tenant that has got its owner needs no first one any more
  if (invitation.inviterId === null) return tenantState !== "active"
  if (inviter === null) return false
  // whoever sends it again stands for it from then on
  const then = asOf(inviter, invitation.sentAt)
  return (
    placeOf(then) === invitation.inviterMembershipId &&
    decide(settings, then, "invitations.create").allowed &&
    mayGrant(settings, permissionsIn(settings, then), invitation.roles)
  )
}

/**
 * The invited person joins. The address is compared before anything else is told, so that somebody else with the link learns nothing about the
 * invitation's fate.
 */
export const accept = (
  settings: Settings,
  invitation: Invitation,
  facts: AcceptanceFacts,
  now: Instant.Instant
): Result.Result<Invitation, InvitationForSomeoneElse | InvitationClosed | GrantorLostAuthority> => {
  if (facts.email !== invitation.email) return Result.fail(new InvitationForSomeoneElse())
  return Result.flatMap(end(invitation, "accepted", now), (accepted) =>
    grantorStands(settings, invitation, facts) ? Result.succeed(accepted) : Result.fail(new GrantorLostAuthority())
  )
}

/** The invited person is a member already: nothing about the membership changes, the invitation is closed (INV-08). */
export const closeForMember = (invitation: Invitation, now: Instant.Instant) => end(invitation, "accepted", now)

export const decline = (invitation: Invitation, now: Instant.Instant) => end(invitation, "declined", now)

export const revoke = (invitation: Invitation, now: Instant.Instant) => end(invitation, "revoked", now)

export const replace = (invitation: Invitation, now: Instant.Instant) => end(invitation, "replaced", now)

/** By the job; refused while there is time left. */
export const expire = (invitation: Invitation, now: Instant.Instant): Result.Result<Invitation, InvitationClosed> =>
  invitation.state === "pending" && now >= invitation.expiresAt
    ? Result.succeed({ ...invitation, state: "expired", endedAt: now })
    : Result.fail(new InvitationClosed({ state: invitation.state === "pending" ? "expired" : invitation.state }))

/** The mail goes out again; an offer that is renewed runs as long as a new one, and it is not known any more whether its mail arrives (INV-13). */
export const sendAgain = (
  invitation: Invitation,
  change: {
    readonly message: string
    readonly locale: Locale
    readonly inviterId: AccountId | null
    readonly inviterMembershipId: MembershipId | null
    readonly expiresAt: Instant.Instant
  },
  now: Instant.Instant
): Result.Result<Invitation, InvitationClosed> => {
  const current = stateAt(invitation, now)
  return current === "pending"
    ? Result.succeed({ ...invitation, ...change, sentAt: now, undeliverableAt: null })
    : Result.fail(new InvitationClosed({ state: current }))
}

/** A lifetime in hours as it is asked for: 1 hour to 60 days by default (INV-01). */
export const lifetimeFits = (settings: Settings, hours: number): boolean => {
  const { maxLifetime, minLifetime } = settings.invitations
  const lifetime = Duration.hours(hours)
  return (
    Duration.isGreaterThanOrEqualTo(lifetime, Duration.fromInputUnsafe(minLifetime)) &&
    Duration.isLessThanOrEqualTo(lifetime, Duration.fromInputUnsafe(maxLifetime))
  )
}

export const sameRoles = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a.length === b.length && a.every((role, index) => role === b[index])
