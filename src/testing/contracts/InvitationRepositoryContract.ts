import { strict as assert } from "node:assert"
import { Effect, Option, Schema } from "effect"
import type { Account } from "../../accounts/Account.ts"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import type { Invitation } from "../../invitations/Invitation.ts"
import { type InvitationKey, InvitationRepository } from "../../invitations/InvitationRepository.ts"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import { fromMillis } from "../../kernel/Instant.ts"
import { AccountId, InvitationId, MembershipId, ShortNumber, TenantId } from "../../kernel/ids.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Membership } from "../../tenants/Membership.ts"
import { MembershipRepository } from "../../tenants/MembershipRepository.ts"
import type { Tenant } from "../../tenants/Tenant.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"

const uuid = (kind: string, n: number) => `01890000-0000-7000-8000-${kind}${String(n).padStart(10, "0")}`
const accountId = (n: number) => AccountId.make(uuid("aa", n))
const tenantId = (n: number) => TenantId.make(uuid("bb", n))
const invitationId = (n: number) => InvitationId.make(uuid("cc", n))
const address = Schema.decodeSync(EmailAddress)
const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

const account = (n: number): Account => ({
  id: accountId(n),
  number: ShortNumber.make(`A000000${n}`),
  email: address(`person${n}@example.com`),
  firstName: "Ada",
  lastName: `No${n}`,
  locale: "de",
  companyName: null,
  state: "active",
  credentialEpoch: 0,
  createdAt: at(0),
  emailChangedAt: null
})

const tenant = (n: number): Tenant => ({
  id: tenantId(n),
  number: ShortNumber.make(`T000000${n}`),
  name: `Tenant ${n}`,
  customerNumber: `K-${n}`,
  postalCode: "1010",
  country: "AT",
  street: "",
  city: "",
  state: "active",
  seats: null,
  memberCount: 1,
  ownerCount: 1,
  requiresSecondFactor: false,
  version: 0,
  createdAt: at(0)
})

const membership = (tenantOf: number, accountOf: number): Membership => ({
  id: MembershipId.make(uuid("dd", tenantOf * 100 + accountOf)),
  tenantId: tenantId(tenantOf),
  accountId: accountId(accountOf),
  roles: ["owner"],
  contactEmail: address(`person${accountOf}@example.com`),
  mailPreferences: { membershipChanges: true },
  locations: null,
  joinedAt: at(0)
})

const invitation = (n: number, over: Partial<Invitation> = {}): Invitation => ({
  id: invitationId(n),
  tenantId: tenantId(1),
  email: address("new@example.com"),
  roles: ["admin", "member"],
  message: "Hello",
  locale: "en",
  state: "pending",
  inviterId: accountId(1),
  inviterMembershipId: MembershipId.make(uuid("dd", 101)),
  contact: null,
  createdAt: at(n),
  expiresAt: at(10_000),
  sentAt: at(n),
  endedAt: null,
  undeliverableAt: null,
  ...over
})

/** Two tenants: person 1 owns the first, person 2 the second, person 3 is a member of none. */
const world = Effect.gen(function* () {
  const accounts = yield* AccountRepository
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  for (const n of [1, 2, 3]) yield* accounts.insert(account(n), null)
  for (const n of [1, 2]) {
    yield* tenants.insert(tenant(n))
    yield* memberships.insert(membership(n, n))
  }
  return yield* InvitationRepository
})

const window = (limit: number, after?: InvitationKey) => ({ after: Option.fromUndefinedOr(after), limit })
const everyState = { state: Option.none(), contacts: false, now: at(100) }

/** What every `InvitationRepository` keeps. */
export const InvitationRepositoryContract: Suite<
  InvitationRepository | AccountRepository | TenantRepository | MembershipRepository | UnitOfWork
> = [
  {
    name: "an invitation is found as it was inserted, with the names that its reader may see",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insert(invitation(1))
      yield* invitations.insert(
        invitation(2, {
          email: address("second@example.com"),
          inviterId: null,
          inviterMembershipId: null,
          contact: { firstName: "Grace", lastName: "Hopper" },
          state: "revoked",
          endedAt: at(7),
          undeliverableAt: at(6)
        })
      )
      assert.deepEqual(
        yield* invitations.find(tenantId(1), invitationId(1)),
        Option.some({ invitation: invitation(1), tenantName: "Tenant 1", inviterName: "Ada No1" })
      )
      assert.deepEqual(
        yield* invitations.find(tenantId(1), invitationId(2)),
        Option.some({
          invitation: invitation(2, {
            email: address("second@example.com"),
            inviterId: null,
            inviterMembershipId: null,
            contact: { firstName: "Grace", lastName: "Hopper" },
            state: "revoked",
            endedAt: at(7),
            undeliverableAt: at(6)
          }),
          tenantName: "Tenant 1",
          inviterName: ""
        })
      )
      assert.deepEqual(yield* invitations.find(tenantId(1), invitationId(3)), Option.none())
    })
  },
  {
    name: "an invitation of another tenant is neither found, nor decided on, nor listed, nor saved",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insert(invitation(1))
      assert.deepEqual(yield* invitations.find(tenantId(2), invitationId(1)), Option.none())
      assert.deepEqual(yield* invitations.endFacts(tenantId(2), invitationId(1), accountId(2)), Option.none())
      assert.deepEqual(yield* invitations.list(tenantId(2), everyState, window(10)), [])
      const facts = yield* invitations.inviteFacts(tenantId(2), accountId(2), address("new@example.com"))
      assert.equal(Option.getOrThrow(facts).pending, null)
      const moved = invitation(1, { tenantId: tenantId(2), state: "revoked", endedAt: at(5) })
      assert.equal((yield* Effect.flip(invitations.save(moved))).reason, "conflict")
      const stored = yield* invitations.find(tenantId(1), invitationId(1))
      assert.equal(Option.getOrThrow(stored).invitation.state, "pending")
    })
  },
  {
    name: "INV-07 a second pending invitation of a tenant and an address is a duplicate, whatever its id",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insert(invitation(1))
      assert.equal((yield* Effect.flip(invitations.insert(invitation(2)))).reason, "duplicate")
      // another tenant's invitation of the same address is nobody's business
      yield* invitations.insert(invitation(3, { tenantId: tenantId(2), inviterId: accountId(2) }))
    })
  },
  {
    name: "INV-07 an invitation that has ended does not block a new one of the same address",
    run: Effect.gen(function* () {
      const invitations = yield* world
      const ends = ["accepted", "declined", "revoked", "replaced", "expired"] as const
      let n = 1
      for (const state of ends) {
        yield* invitations.insert(invitation(n))
        yield* invitations.save(invitation(n, { state, endedAt: at(50) }))
        n++
      }
      yield* invitations.insert(invitation(n))
    })
  },
  {
    name: "INV-06 the second of two ends is a conflict and changes nothing",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insert(invitation(1))
      yield* invitations.save(invitation(1, { state: "accepted", endedAt: at(5) }))
      const late = invitation(1, { state: "revoked", endedAt: at(6) })
      assert.equal((yield* Effect.flip(invitations.save(late))).reason, "conflict")
      const stored = yield* invitations.find(tenantId(1), invitationId(1))
      assert.equal(Option.getOrThrow(stored).invitation.state, "accepted")
    })
  },
  {
    name: "a pending invitation is saved with every field that can change",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insert(invitation(1))
      const renewed = invitation(1, {
        message: "Again",
        locale: "de",
        inviterId: accountId(2),
        inviterMembershipId: MembershipId.make(uuid("dd", 202)),
        expiresAt: at(20_000),
        sentAt: at(60),
        undeliverableAt: at(70)
      })
      yield* invitations.save(renewed)
      const stored = yield* invitations.find(tenantId(1), invitationId(1))
      assert.deepEqual(Option.getOrThrow(stored).invitation, renewed)
    })
  },
  {
    name: "a new invitation is decided on the inviter's standing and what is pending for the address",
    run: Effect.gen(function* () {
      const invitations = yield* world
      const before = yield* invitations.inviteFacts(tenantId(1), accountId(1), address("new@example.com"))
      const facts = Option.getOrThrow(before)
      assert.equal(facts.pending, null)
      assert.equal(facts.tenantName, "Tenant 1")
      assert.equal(facts.inviterName, "Ada No1")
      assert.deepEqual(facts.inviter.membership, membership(1, 1))
      assert.equal(facts.inviter.tenantState, "active")

      yield* invitations.insert(invitation(1))
      const after = yield* invitations.inviteFacts(tenantId(1), accountId(1), address("new@example.com"))
      assert.deepEqual(Option.getOrThrow(after).pending, invitation(1))
      const other = yield* invitations.inviteFacts(tenantId(1), accountId(1), address("other@example.com"))
      assert.equal(Option.getOrThrow(other).pending, null)
      yield* invitations.save(invitation(1, { state: "revoked", endedAt: at(5) }))
      const ended = yield* invitations.inviteFacts(tenantId(1), accountId(1), address("new@example.com"))
      assert.equal(Option.getOrThrow(ended).pending, null)

      const stranger = yield* invitations.inviteFacts(tenantId(1), accountId(3), address("new@example.com"))
      assert.equal(Option.getOrThrow(stranger).inviter.membership, null)
      assert.deepEqual(
        yield* invitations.inviteFacts(tenantId(9), accountId(1), address("new@example.com")),
        Option.none()
      )
      assert.deepEqual(
        yield* invitations.inviteFacts(tenantId(1), accountId(9), address("new@example.com")),
        Option.none()
      )
    })
  },
  {
    name: "an end is decided on the inviter's standing and the person's own",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insert(invitation(1))
      const facts = Option.getOrThrow(yield* invitations.endFacts(tenantId(1), invitationId(1), accountId(3)))
      assert.deepEqual(facts.invitation, invitation(1))
      assert.deepEqual(facts.inviter?.membership, membership(1, 1))
      assert.equal(facts.person?.email, "person3@example.com")
      assert.equal(facts.person?.access.accountId, accountId(3))
      assert.equal(facts.person?.access.membership, null)

      const nobody = Option.getOrThrow(yield* invitations.endFacts(tenantId(1), invitationId(1), null))
      assert.equal(nobody.person, null)
      assert.deepEqual(nobody.inviter?.membership, membership(1, 1))

      // the membership of a person in another tenant says nothing here
      const foreign = Option.getOrThrow(yield* invitations.endFacts(tenantId(1), invitationId(1), accountId(2)))
      assert.equal(foreign.person?.access.membership, null)

      const inviter = Option.getOrThrow(yield* invitations.endFacts(tenantId(1), invitationId(1), accountId(1)))
      assert.deepEqual(inviter.person?.access, inviter.inviter)

      yield* invitations.insert(invitation(2, { email: address("second@example.com"), inviterId: null }))
      const byStaff = Option.getOrThrow(yield* invitations.endFacts(tenantId(1), invitationId(2), null))
      assert.equal(byStaff.inviter, null)
      assert.equal(byStaff.person, null)
      assert.deepEqual(yield* invitations.endFacts(tenantId(1), invitationId(9), null), Option.none())
    })
  },
  {
    name: "G-06 a tenant's list is newest first, goes on strictly after its key, and answers one row more than asked for",
    run: Effect.gen(function* () {
      const invitations = yield* world
      for (let n = 1; n <= 5; n++) {
        // two of the same instant are told apart by their ids
        yield* invitations.insert(
          invitation(n, { email: address(`n${n}@example.com`), createdAt: at(n === 4 ? 3 : n) })
        )
      }
      const ids = (rows: ReadonlyArray<{ readonly invitation: Invitation }>) => rows.map((row) => row.invitation.id)
      const first = yield* invitations.list(tenantId(1), everyState, window(2))
      assert.deepEqual(ids(first), [5, 4, 3].map(invitationId))
      const next = yield* invitations.list(tenantId(1), everyState, window(2, [at(3), invitationId(4)]))
      assert.deepEqual(ids(next), [3, 2, 1].map(invitationId))
      const last = yield* invitations.list(tenantId(1), everyState, window(2, [at(1), invitationId(1)]))
      assert.deepEqual(last, [])
    })
  },
  {
    name: "a list by state goes by the state at that time: a pending one whose time has run out is expired",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insert(invitation(1, { email: address("n1@example.com"), expiresAt: at(50) }))
      yield* invitations.insert(invitation(2, { email: address("n2@example.com"), expiresAt: at(51) }))
      yield* invitations.insert(invitation(3, { email: address("n3@example.com"), state: "declined", endedAt: at(9) }))
      yield* invitations.insert(invitation(4, { email: address("n4@example.com"), state: "expired", endedAt: at(9) }))
      const of = (state: Invitation["state"]) =>
        Effect.map(
          invitations.list(tenantId(1), { state: Option.some(state), contacts: false, now: at(50) }, window(10)),
          (rows) => rows.map((row) => row.invitation.id)
        )
      assert.deepEqual(yield* of("pending"), [invitationId(2)])
      assert.deepEqual(yield* of("expired"), [4, 1].map(invitationId))
      assert.deepEqual(yield* of("declined"), [invitationId(3)])
      assert.deepEqual(yield* of("accepted"), [])
    })
  },
  {
    name: "TEN-07 a list of contacts has those only that were added with a name",
    run: Effect.gen(function* () {
      const invitations = yield* world
      const contact = { firstName: "Grace", lastName: "Hopper" }
      for (const n of [1, 2, 3, 4]) {
        yield* invitations.insert(
          invitation(n, { email: address(`n${n}@example.com`), contact: n % 2 === 0 ? contact : null })
        )
      }
      yield* invitations.insert(invitation(5, { tenantId: tenantId(2), inviterId: accountId(2), contact }))
      yield* invitations.save(
        invitation(4, { email: address("n4@example.com"), contact, state: "declined", endedAt: at(9) })
      )
      const of = (state: Option.Option<Invitation["state"]>, contacts: boolean) =>
        Effect.map(invitations.list(tenantId(1), { state, contacts, now: at(50) }, window(10)), (rows) =>
          rows.map((row) => row.invitation.id)
        )
      assert.deepEqual(yield* of(Option.none(), true), [4, 2].map(invitationId))
      assert.deepEqual(yield* of(Option.some("pending"), true), [invitationId(2)])
      assert.deepEqual(yield* of(Option.some("pending"), false), [3, 2, 1].map(invitationId))
    })
  },
  {
    name: "INV-11 what is pending for several addresses is found together, of this tenant only",
    run: Effect.gen(function* () {
      const invitations = yield* world
      const [one, two, three] = [1, 2, 3].map((n) => address(`n${n}@example.com`)) as [
        EmailAddress,
        EmailAddress,
        EmailAddress
      ] // three of them
      yield* invitations.insertAll([invitation(1, { email: one }), invitation(2, { email: two })])
      yield* invitations.insertAll([])
      yield* invitations.insert(invitation(3, { email: three, state: "declined", endedAt: at(5) }))
      yield* invitations.insert(invitation(4, { tenantId: tenantId(2), email: three, inviterId: accountId(2) }))
      yield* invitations.insert(invitation(5, { email: address("n5@example.com") }))
      const found = yield* invitations.pendingOf(tenantId(1), [two, one, three])
      assert.deepEqual(
        [...found].sort((a, b) => (a.id < b.id ? -1 : 1)),
        [invitation(1, { email: one }), invitation(2, { email: two })]
      )
      assert.deepEqual(yield* invitations.pendingOf(tenantId(1), []), [])
    })
  },
  {
    name: "INV-11 several invitations are inserted all or none in a unit, and a pending one of the same address is a duplicate",
    run: Effect.gen(function* () {
      const invitations = yield* world
      const uow = yield* UnitOfWork
      yield* invitations.insert(invitation(1))
      const many = [invitation(2, { email: address("n2@example.com") }), invitation(3)]
      assert.equal((yield* Effect.flip(uow.run(invitations.insertAll(many)))).reason, "duplicate")
      assert.deepEqual(yield* invitations.find(tenantId(1), invitationId(2)), Option.none())
    })
  },
  {
    name: "INV-11 INV-13 several pending invitations are renewed alike, and what is not pending, or of another tenant, is a conflict",
    run: Effect.gen(function* () {
      const invitations = yield* world
      const uow = yield* UnitOfWork
      const emails = [1, 2, 3].map((n) => address(`n${n}@example.com`))
      const one = (n: number, over: Partial<Invitation> = {}) =>
        invitation(n, { email: emails[n - 1] ?? address("x@example.com"), undeliverableAt: at(20), ...over })
      yield* invitations.insertAll([one(1), one(2), one(3)])
      const renewal = {
        message: "Again",
        locale: "de",
        inviterId: accountId(2),
        inviterMembershipId: MembershipId.make(uuid("dd", 202)),
        expiresAt: at(20_000),
        sentAt: at(60)
      }
      yield* invitations.renewAll(tenantId(1), [1, 2].map(invitationId), renewal)
      yield* invitations.renewAll(tenantId(1), [], renewal)
      for (const n of [1, 2]) {
        const stored = Option.getOrThrow(yield* invitations.find(tenantId(1), invitationId(n)))
        assert.deepEqual(stored.invitation, one(n, { ...renewal, undeliverableAt: null }))
      }
      const third = Option.getOrThrow(yield* invitations.find(tenantId(1), invitationId(3)))
      assert.deepEqual(third.invitation, one(3))
      yield* invitations.save(one(3, { state: "revoked", endedAt: at(61) }))
      const late = uow.run(invitations.renewAll(tenantId(1), [1, 3].map(invitationId), { ...renewal, message: "Late" }))
      assert.equal((yield* Effect.flip(late)).reason, "conflict")
      const kept = Option.getOrThrow(yield* invitations.find(tenantId(1), invitationId(1)))
      assert.equal(kept.invitation.message, "Again")
      const foreign = invitations.renewAll(tenantId(2), [invitationId(1)], renewal)
      assert.equal((yield* Effect.flip(foreign)).reason, "conflict")
    })
  },
  {
    name: "INV-06 INV-11 several pending invitations are marked as expired together, once",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insertAll([
        invitation(1, { email: address("n1@example.com") }),
        invitation(2, { email: address("n2@example.com") })
      ])
      const both = [1, 2].map(invitationId)
      assert.equal((yield* Effect.flip(invitations.expireAll(tenantId(2), both, at(30)))).reason, "conflict")
      yield* invitations.insert(invitation(3, { email: address("n3@example.com") }))
      yield* invitations.expireAll(tenantId(1), both, at(30))
      yield* invitations.expireAll(tenantId(1), [], at(30))
      const third = Option.getOrThrow(yield* invitations.find(tenantId(1), invitationId(3)))
      assert.equal(third.invitation.state, "pending", "one that was not named")
      for (const id of both) {
        const { invitation } = Option.getOrThrow(yield* invitations.find(tenantId(1), id))
        assert.deepEqual([invitation.state, invitation.endedAt], ["expired", at(30)])
      }
      assert.equal((yield* Effect.flip(invitations.expireAll(tenantId(1), both, at(31)))).reason, "conflict")
    })
  },
  {
    name: "INV-13 a mail that did not arrive marks the pending invitation it belongs to once, and not one that was sent again since",
    run: Effect.gen(function* () {
      const invitations = yield* world
      yield* invitations.insert(invitation(1, { sentAt: at(10) }))
      const other = invitation(2, { email: address("n2@example.com"), sentAt: at(10) })
      yield* invitations.insert(other)
      const since = Effect.map(
        invitations.find(tenantId(1), invitationId(1)),
        (found) => Option.getOrThrow(found).invitation.undeliverableAt
      )
      const mark = (tenant: number, mailedAt: number, when: number) =>
        invitations.markUndeliverable(tenantId(tenant), invitationId(1), at(mailedAt), at(when))
      assert.equal(yield* mark(1, 9, 20), false)
      assert.equal(yield* mark(2, 10, 20), false)
      assert.equal(yield* since, null)
      assert.equal(yield* mark(1, 10, 20), true)
      assert.equal(yield* mark(1, 10, 21), false)
      assert.equal(yield* since, at(20))
      assert.deepEqual(Option.getOrThrow(yield* invitations.find(tenantId(1), invitationId(2))).invitation, other)
      yield* invitations.save(invitation(1, { state: "accepted", endedAt: at(30) }))
      assert.equal(yield* mark(1, 10, 31), false)
    })
  },
  {
    name: "INV-09 what is open for an address is of every tenant that can be joined, and of nobody else's address",
    run: Effect.gen(function* () {
      const invitations = yield* world
      const tenants = yield* TenantRepository
      const mine = address("new@example.com")
      yield* invitations.insert(invitation(1))
      yield* invitations.insert(invitation(2, { tenantId: tenantId(2), inviterId: accountId(2) }))
      yield* invitations.insert(invitation(3, { email: address("other@example.com") }))
      yield* invitations.insert(invitation(4, { state: "revoked", endedAt: at(9) }))
      const open = Effect.map(invitations.openForEmail(mine, at(100), window(10)), (rows) =>
        rows.map((row) => [row.invitation.id, row.tenantName, row.inviterName])
      )
      assert.deepEqual(yield* open, [
        [invitationId(2), "Tenant 2", "Ada No2"],
        [invitationId(1), "Tenant 1", "Ada No1"]
      ])
      const paged = yield* invitations.openForEmail(mine, at(100), window(10, [at(2), invitationId(2)]))
      assert.deepEqual(
        paged.map((row) => row.invitation.id),
        [invitationId(1)]
      )
      yield* tenants.save({ ...tenant(2), state: "suspended" })
      assert.equal((yield* open).length, 1)
      // at the end itself it is over
      assert.deepEqual(yield* invitations.openForEmail(mine, at(10_000), window(10)), [])
    })
  },
  {
    name: "INV-06 those whose time has run out are marked once, oldest end first, at most as many as asked for",
    run: Effect.gen(function* () {
      const invitations = yield* world
      for (let n = 1; n <= 3; n++) {
        yield* invitations.insert(invitation(n, { email: address(`n${n}@example.com`), expiresAt: at(n * 10) }))
      }
      yield* invitations.insert(invitation(4, { tenantId: tenantId(2), inviterId: accountId(2), expiresAt: at(5) }))
      yield* invitations.insert(
        invitation(5, { email: address("n5@example.com"), state: "declined", endedAt: at(1), expiresAt: at(1) })
      )
      const first = yield* invitations.expire(at(20), 2)
      assert.deepEqual(first.map(({ id }) => id).sort(), [1, 4].map(invitationId))
      for (const one of first) assert.deepEqual([one.state, one.endedAt], ["expired", at(20)])
      const second = yield* invitations.expire(at(20), 2)
      assert.deepEqual(
        second.map(({ id }) => id),
        [invitationId(2)]
      )
      assert.deepEqual(yield* invitations.expire(at(20), 2), [])
      const open = yield* invitations.find(tenantId(1), invitationId(3))
      assert.equal(Option.getOrThrow(open).invitation.state, "pending")
    })
  },
  {
    name: "TEN-09 AUT-10 every pending invitation of a tenant is revoked at once, or staff's only, and no other tenant's",
    run: Effect.gen(function* () {
      const invitations = yield* world
      const byStaff = { inviterId: null, inviterMembershipId: null }
      const one = invitation(1, { email: address("n1@example.com") })
      const two = invitation(2, { email: address("n2@example.com"), ...byStaff })
      const ended = invitation(3, { email: address("n3@example.com"), state: "declined", endedAt: at(5) })
      const theirs = invitation(4, { tenantId: tenantId(2), inviterId: accountId(2) })
      yield* invitations.insertAll([
        one,
        two,
        ended,
        theirs,
        invitation(5, { tenantId: tenantId(2), ...byStaff, email: address("n5@example.com") })
      ])
      const revoked = (given: Invitation, when: number) => ({ ...given, state: "revoked", endedAt: at(when) }) as const
      assert.deepEqual(yield* invitations.revokeAll(tenantId(1), at(20), "staff"), [revoked(two, 20)])
      assert.deepEqual(yield* invitations.revokeAll(tenantId(1), at(30), "anybody"), [revoked(one, 30)])
      assert.deepEqual(yield* invitations.revokeAll(tenantId(1), at(40), "anybody"), [], "once")
      const stored = Effect.map(invitations.list(tenantId(1), everyState, window(10)), (rows) =>
        rows.map(({ invitation }) => invitation)
      )
      assert.deepEqual(yield* stored, [ended, revoked(two, 20), revoked(one, 30)])
      const others = yield* invitations.list(tenantId(2), everyState, window(10))
      assert.deepEqual(
        others.map(({ invitation: { state } }) => state),
        ["pending", "pending"],
        "of another tenant"
      )
    })
  }
]
