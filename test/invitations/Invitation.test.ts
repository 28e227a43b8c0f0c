import { Result } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import * as Invitation from "../../src/invitations/Invitation.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, InvitationId, MembershipId, TenantId } from "../../src/kernel/ids.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import type { AccessFacts } from "../../src/tenants/Access.ts"
import { defaultMailPreferences } from "../../src/tenants/Membership.ts"

const id = "01890000-0000-7000-8000-000000000001"
const email = EmailAddress.make("ada@example.com")
const stranger = EmailAddress.make("eve@example.com")
const createdAt = Instant.fromMillis(1_000)
const expiresAt = Instant.fromMillis(2_000)

const pending: Invitation.Invitation = {
  id: InvitationId.make(id),
  tenantId: TenantId.make(id),
  email,
  roles: ["member"],
  message: "",
  locale: "de",
  state: "pending",
  inviterId: AccountId.make(id),
  inviterMembershipId: MembershipId.make(id),
  contact: null,
  createdAt,
  expiresAt,
  sentAt: createdAt,
  endedAt: null,
  undeliverableAt: null
}

const inviter = (over: Partial<AccessFacts> = {}, roles: ReadonlyArray<string> = ["owner"]): AccessFacts => ({
  accountId: AccountId.make(id),
  accountState: "active",
  credentialEpoch: 0,
  tenantId: TenantId.make(id),
  tenantState: "active",
  secondFactor: false,
  requiresSecondFactor: false,
  membership: {
    id: MembershipId.make(id),
    tenantId: TenantId.make(id),
    accountId: AccountId.make(id),
    roles,
    contactEmail: email,
    mailPreferences: defaultMailPreferences,
    locations: null,
    joinedAt: createdAt
  },
  through: null,
  ...over
})

const states = Invitation.InvitationState.literals

const again = {
  message: "",
  locale: "de",
  inviterId: pending.inviterId,
  inviterMembershipId: pending.inviterMembershipId,
  expiresAt
}
const events = {
  accept: (from: Invitation.Invitation, now: Instant.Instant) =>
    Invitation.accept(defaults, from, { email, tenantState: "active", inviter: inviter() }, now),
  decline: Invitation.decline,
  revoke: Invitation.revoke,
  replace: Invitation.replace,
  expire: Invitation.expire,
  sendAgain: (from: Invitation.Invitation, now: Instant.Instant) => Invitation.sendAgain(from, again, now)
}
type Event = keyof typeof events

/** Every state, every event, before and after the end of its time: the state it leads to, or "no". */
const table: Readonly<Record<Event, { readonly inTime: string; readonly late: string }>> = {
  accept: { inTime: "accepted", late: "no" },
  decline: { inTime: "declined", late: "no" },
  revoke: { inTime: "revoked", late: "no" },
  replace: { inTime: "replaced", late: "no" },
  expire: { inTime: "no", late: "expired" },
  sendAgain: { inTime: "pending", late: "no" }
}

const outcome = (event: Event, from: Invitation.Invitation, now: Instant.Instant): string =>
  Result.match(events[event](from, now) as Result.Result<Invitation.Invitation, { readonly _tag: string }>, {
    onFailure: (refusal) => (refusal._tag === "InvitationClosed" ? "no" : refusal._tag),
    onSuccess: ({ state }) => state
  })

describe("Invitation", () => {
  it("INV-06 only a pending invitation leaves its state, and only while there is time; terminal states stay", () => {
    for (const event of Object.keys(table) as ReadonlyArray<Event>) {
      for (const state of states) {
        for (const late of [false, true]) {
          const from: Invitation.Invitation = { ...pending, state, endedAt: state === "pending" ? null : createdAt }
          const now = late ? expiresAt : Instant.fromMillis(expiresAt - 1)
          const expected = state === "pending" ? (late ? table[event].late : table[event].inTime) : "no"
          assert.strictEqual(outcome(event, from, now), expected, `${event} of ${state}, ${late ? "late" : "in time"}`)
        }
      }
    }
  })

  it("INV-06 the loser learns the state that the winner left", () => {
    for (const state of states.filter((state) => state !== "pending")) {
      const lost = Invitation.revoke({ ...pending, state, endedAt: createdAt }, createdAt)
      assert.deepEqual(lost, Result.fail(new Invitation.InvitationClosed({ state })))
    }
    assert.deepEqual(
      Invitation.decline(pending, expiresAt),
      Result.fail(new Invitation.InvitationClosed({ state: "expired" }))
    )
  })

  it("INV-04 somebody else's address is refused before anything is told about the invitation", () => {
    for (const state of states) {
      for (const now of [createdAt, expiresAt]) {
        const refused = Invitation.accept(
          defaults,
          { ...pending, state },
          { email: stranger, inviter: null, tenantState: "active" },
          now
        )
        assert.deepEqual(refused, Result.fail(new Invitation.InvitationForSomeoneElse()))
      }
    }
  })

  it("INV-05 whoever cannot make the offer any more has not made it", () => {
    const lost: ReadonlyArray<readonly [string, AccessFacts | null]> = [
      ["the account is gone", null],
      ["the account is suspended", inviter({ accountState: "suspended" })],
      ["the tenant is suspended", inviter({ tenantState: "suspended" })],
      ["the tenant is closed", inviter({ tenantState: "closed" })],
      ["not a member any more", inviter({ membership: null })],
      ["may not invite any more", inviter({}, ["member"])],
      ["has no role of the operator's", inviter({}, ["gone"])]
    ]
    for (const [why, facts] of lost) {
      const refused = Invitation.accept(defaults, pending, { email, tenantState: "active", inviter: facts }, createdAt)
      assert.deepEqual(refused, Result.fail(new Invitation.GrantorLostAuthority()), why)
    }
    // an administrator may invite, but not make an owner
    const owner = Invitation.accept(
      defaults,
      { ...pending, roles: ["owner"] },
      { email, tenantState: "active", inviter: inviter({}, ["admin"]) },
      createdAt
    )
    assert.deepEqual(owner, Result.fail(new Invitation.GrantorLostAuthority()))
  })

  it("TEN-08 INV-05 whoever left and became a member again does not stand for what they offered before", () => {
    const rejoined = inviter()
    const { membership } = rejoined
    assert.isNotNull(membership)
    const other = { ...membership, id: MembershipId.make("01890000-0000-7000-8000-000000000002") }
    const refused = Invitation.accept(
      defaults,
      pending,
      { email, tenantState: "active", inviter: { ...rejoined, membership: membership === null ? null : other } },
      createdAt
    )
    assert.deepEqual(refused, Result.fail(new Invitation.GrantorLostAuthority()))
    // who sends it again stands for it from then on
    const renewed = Invitation.sendAgain(pending, { ...again, inviterMembershipId: other.id }, createdAt)
    const accepted = Result.flatMap(renewed, (next) =>
      Invitation.accept(
        defaults,
        next,
        { email, tenantState: "active", inviter: { ...rejoined, membership: other } },
        createdAt
      )
    )
    assert.isTrue(Result.isSuccess(accepted))
  })

  it("R-IN-10 INV-07 only who could make an offer ends it, and what was offered to an owner only who may change owners", () => {
    const held = (name: string) =>
      new Set(builtInRoles.filter((role) => role.name === name).flatMap((role) => role.permissions))
    const may = (holder: string, roles: ReadonlyArray<string>) =>
      Result.isSuccess(Invitation.mayEnd(defaults, held(holder), { roles }))
    assert.isTrue(may("owner", ["owner"]))
    assert.isTrue(may("admin", ["admin", "member"]))
    assert.isFalse(may("admin", ["owner"]))
    assert.isFalse(may("admin", ["member", "owner"]))
    assert.isFalse(may("member", ["admin"]))
  })

  it("INV-13 what is sent again is not known to be undeliverable any more", () => {
    const back = { ...pending, undeliverableAt: createdAt }
    assert.deepEqual(
      Result.map(Invitation.sendAgain(back, again, createdAt), ({ undeliverableAt }) => undeliverableAt),
      Result.succeed(null)
    )
  })

  it("R-IN-03 whatever roles the inviter holds now, what is accepted is never above them", () => {
    const names = builtInRoles.map(({ name }) => name)
    const some = fc.subarray(names, { minLength: 1 })
    const permissions = (roles: ReadonlyArray<string>) =>
      new Set(builtInRoles.filter(({ name }) => roles.includes(name)).flatMap((role) => role.permissions))
    fc.assert(
      fc.property(some, some, (held, offered) => {
        const result = Invitation.accept(
          defaults,
          { ...pending, roles: offered },
          { email, tenantState: "active", inviter: inviter({}, held) },
          createdAt
        )
        const mine = permissions(held)
        const within = [...permissions(offered)].every((permission) => mine.has(permission))
        assert.strictEqual(Result.isSuccess(result), within && mine.has("invitations.create"))
      })
    )
  })

  it("INV-01 an invitation is open for 1 hour to 60 days", () => {
    const fits = (hours: number) => Invitation.lifetimeFits(defaults, hours)
    assert.deepEqual([0, 1, 60 * 24, 60 * 24 + 1, -5, Number.MAX_SAFE_INTEGER].map(fits), [
      false,
      true,
      true,
      false,
      false,
      false
    ])
  })
})
