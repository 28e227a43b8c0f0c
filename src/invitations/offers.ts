import { Duration, Effect, Option, Result, Schema } from "effect"
import type { Account } from "../accounts/Account.ts"
import type * as Actor from "../kernel/Actor.ts"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { type AccountId, InvitationId, type MembershipId, nextId, type TenantId } from "../kernel/ids.ts"
import { draw, personalKey, type Rule } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import { RoleNames } from "../kernel/Permission.ts"
import { InvalidInput } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Locale } from "../kernel/Text.ts"
import type * as UseCase from "../kernel/UseCase.ts"
import * as Invitation from "./Invitation.ts"
import { InvitationRepository } from "./InvitationRepository.ts"
import { invitationLink, invited } from "./invitationMails.ts"

/** What events of an invitation are about. */
export const subject = (id: InvitationId) => ({ kind: "invitation", id })
/** Mails of one invitation keep their order. */
export const processOf = (id: InvitationId) => `invitation:${id}`

/** How long an offer runs that is asked for in hours, or in the usual way. */
export const lifetimeOf = (settings: Settings, hours: number | undefined) => {
  if (hours === undefined) return Result.succeed(settings.invitations.lifetime)
  return Invitation.lifetimeFits(settings, hours)
    ? Result.succeed<Duration.Input>(Duration.hours(hours))
    : Result.fail(new InvalidInput({ issues: [{ path: ["validForHours"], code: "range" }] }))
}

/** An offer whose mail is under way. */
export const Sent = Schema.Struct({
  id: InvitationId,
  email: EmailAddress,
  roles: RoleNames,
  expiresAt: Instant.Instant
})

export interface Offer {
  readonly tenantId: TenantId
  readonly tenantName: string
  readonly email: EmailAddress
  readonly roles: RoleNames
  readonly message: string
  readonly locale: Locale
  readonly lifetime: Duration.Input
  readonly inviterId: AccountId | null
  readonly inviterMembershipId: MembershipId | null
  readonly inviterName: string
  /** Whom a contact is added as; such an offer takes the place of any other one (INV-08). */
  readonly contact: Invitation.Contact | null
  readonly pending: Invitation.Invitation | null
}

/** Makes the offer, or renews the open one to the same address (INV-07), and asks for the mail. The link of an older mail is void. */
export const offer = Effect.fnUntraced(function* <K extends Actor.Kind>(unit: UseCase.Unit<K>, wanted: Offer) {
  const invitations = yield* InvitationRepository
  const { now } = unit
  const expiresAt = Instant.plus(now, wanted.lifetime)
  const { pending } = wanted

  const renews =
    pending !== null &&
    wanted.contact === null &&
    Invitation.stateAt(pending, now) === "pending" &&
    Invitation.sameRoles(pending.roles, wanted.roles)
  let invitation: Invitation.Invitation
  if (renews) {
    invitation = yield* Effect.fromResult(
      Invitation.sendAgain(
        pending,
        {
          message: wanted.message,
          locale: wanted.locale,
          inviterId: wanted.inviterId,
          inviterMembershipId: wanted.inviterMembershipId,
          expiresAt
        },
        now
      )
    ).pipe(Effect.orDie) // pending was checked in the line above
    yield* invitations.save(invitation)
    unit.record({
      type: "invitation.sentAgain",
      tenantId: wanted.tenantId,
      subject: subject(invitation.id),
      data: { roles: [...wanted.roles] },
      personal: { email: wanted.email }
    })
  } else {
    if (pending !== null) yield* closePending(unit, pending)
    invitation = {
      id: yield* nextId(InvitationId),
      tenantId: wanted.tenantId,
      email: wanted.email,
      roles: wanted.roles,
      message: wanted.message,
      locale: wanted.locale,
      state: "pending",
      inviterId: wanted.inviterId,
      inviterMembershipId: wanted.inviterMembershipId,
      contact: wanted.contact,
      createdAt: now,
      expiresAt,
      sentAt: now,
      endedAt: null,
      undeliverableAt: null
    }
    yield* invitations.insert(invitation)
    unit.record({
      type: wanted.contact === null ? "invitation.created" : "invitation.contactAdded",
      tenantId: wanted.tenantId,
      subject: subject(invitation.id),
      data: { roles: [...wanted.roles] },
      personal: { email: wanted.email, ...wanted.contact }
    })
  }
  const { secret } = yield* Links.issue(invitationLink, {
    subject: invitation.id,
    email: wanted.email,
    tenantId: wanted.tenantId,
    now,
    lifetime: wanted.lifetime,
    first: !renews
  })
  unit.send(
    invited.mail({
      recipient: wanted.email,
      locale: wanted.locale,
      tenantId: wanted.tenantId,
      process: processOf(invitation.id),
      secret,
      values: {
        invitationId: invitation.id,
        tenantName: wanted.tenantName,
        inviterName: wanted.inviterName,
        message: wanted.message,
        expiresAt
      }
    })
  )
  return { id: invitation.id, email: wanted.email, roles: wanted.roles, expiresAt }
})

/** Takes an invitation out of the way of a new one to the same address: its time has run out, or the new one has other roles (INV-07). */
export const closePending = Effect.fnUntraced(function* <K extends Actor.Kind>(
  unit: UseCase.Unit<K>,
  pending: Invitation.Invitation
) {
  const invitations = yield* InvitationRepository
  const { now } = unit
  const closed = yield* Effect.fromResult(
    Result.orElse(Invitation.expire(pending, now), () => Invitation.replace(pending, now))
  ).pipe(Effect.orDie) // it is stored as pending, so either its time has run out or it has not
  yield* invitations.save(closed)
  yield* voidLink(closed, now)
  unit.record({
    type: `invitation.${closed.state}`,
    tenantId: closed.tenantId,
    subject: subject(closed.id)
  })
})

/** Somebody has come in on another way: an invitation that is open for their address has done its part (INV-08). */
export const closeForNewMember = Effect.fnUntraced(function* <K extends Actor.Kind>(
  unit: UseCase.Unit<K>,
  tenantId: TenantId,
  account: Pick<Account, "id" | "email">
) {
  yield* endPending(unit, tenantId, account, "closedForMember", Invitation.closeForMember)
})

/** What was offered to somebody whose membership ends is no way back (TEN-08). */
export const revokeForFormerMember = Effect.fnUntraced(function* <K extends Actor.Kind>(
  unit: UseCase.Unit<K>,
  tenantId: TenantId,
  account: Pick<Account, "id" | "email">
) {
  yield* endPending(unit, tenantId, account, "revoked", Invitation.revoke)
})

const endPending = Effect.fnUntraced(function* <K extends Actor.Kind>(
  unit: UseCase.Unit<K>,
  tenantId: TenantId,
  account: Pick<Account, "id" | "email">,
  what: "closedForMember" | "revoked",
  end: typeof Invitation.revoke
) {
  const invitations = yield* InvitationRepository
  const [open] = yield* invitations.pendingOf(tenantId, [account.email])
  // one whose time has run out stays for the job
  const ended = open === undefined ? Option.none() : Result.getSuccess(end(open, unit.now))
  if (Option.isNone(ended)) return
  yield* invitations.save(ended.value)
  yield* voidLink(ended.value, unit.now)
  unit.record({
    type: `invitation.${what}`,
    tenantId,
    subject: subject(ended.value.id),
    data: { accountId: account.id }
  })
})

/** The link of an invitation that has ended opens nothing any more. */
export const voidLink = Effect.fnUntraced(function* (invitation: Invitation.Invitation, now: Instant.Instant) {
  const links = yield* Links.LinkRepository
  yield* links.voidOpen(invitationLink.name, invitation.id, now)
})

/**
 * Draws on the tenant's budget of mails, and on others, in the unit that sends the mail: once it is known that the caller may invite, because
 * strangers must not use up what the members need (V-03).
 */
export const drawOn = (unit: UseCase.Unit<"Account">, tenantId: TenantId, ...others: ReadonlyArray<Rule>) =>
  draw([tenantRule(unit.settings, tenantId), ...others], unit.now)

/** The budget of invitations of a tenant to one address, whose mailbox nobody fills with revoking and inviting again. */
export const addressRule = (settings: Settings, tenantId: TenantId, email: EmailAddress) =>
  Effect.map(
    personalKey(`invitations.mail:${tenantId}`, email),
    (key): Rule => ({
      key,
      limit: settings.limits.mailPerAddress
    })
  )

/** The budget of mails of a tenant. */
export const tenantRule = (settings: Settings, tenantId: TenantId): Rule => ({
  key: `invitations.tenant:${tenantId}`,
  limit: settings.limits.invitationsPerTenant
})

/** The budget of invitations of somebody who invites, in whatever tenant. */
export const inviterRule = (settings: Settings, accountId: AccountId): Rule => ({
  key: `invitations.account:${accountId}`,
  limit: settings.limits.invitationsPerAccount
})
