import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import type { Account } from "../../accounts/Account.ts"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { StaffRepository } from "../../accounts/StaffRepository.ts"
import { HierarchyRepository } from "../../hierarchy/HierarchyRepository.ts"
import type { Instant } from "../../kernel/Instant.ts"
import type { Permission } from "../../kernel/Permission.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { DeputyRepository } from "../../requests/DeputyRepository.ts"
import type { Request } from "../../requests/Request.ts"
import { type Looker, type MineKey, RequestRepository, type WaitingKey } from "../../requests/RequestRepository.ts"
import { MembershipRepository } from "../../tenants/MembershipRepository.ts"
import type { Tenant } from "../../tenants/Tenant.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"
import { deputy, request, requestId, terms } from "../requestSamples.ts"
import { account, accountId, address, at, membership, tenant, tenantId } from "../tenantSamples.ts"

const reason = <A>(effect: Effect.Effect<A, PersistenceError>) =>
  Effect.match(effect, { onFailure: (error) => error.reason, onSuccess: () => "ok" as const })

interface People {
  readonly accounts?: Readonly<Record<number, Partial<Account>>>
  readonly tenants?: Readonly<Record<number, Partial<Tenant>>>
  /** Tenant, account, roles. */
  readonly members?: ReadonlyArray<readonly [number, number, ReadonlyArray<string>]>
}

/** Persons 1 to 5; tenants 1 and 2; person 1 owns the first, person 3 the second, person 2 is a member of the first. */
const world = Effect.fnUntraced(function* (people: People = {}) {
  const accounts = yield* AccountRepository
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const everybody = [1, 2, 3, 4, 5].map((number) => account(number, people.accounts?.[number]))
  // nobody who is suspended joins anything, but who is a member can be suspended
  for (const one of everybody) yield* accounts.insert({ ...one, state: "active" }, null)
  for (const number of [1, 2]) {
    yield* tenants.insert(tenant(number, { memberCount: 5, ...people.tenants?.[number] }))
  }
  const members = people.members ?? [
    [1, 1, ["owner"]],
    [2, 3, ["owner"]],
    [1, 2, ["member"]]
  ]
  for (const [of, whose, roles] of members) yield* memberships.insert(membership(of, whose, { roles: [...roles] }))
  for (const { credentialEpoch, id, state } of everybody) {
    if (state !== "active") yield* accounts.setState(id, state, credentialEpoch)
  }
  return yield* RequestRepository
})

const everyKind = { state: "Pending", kind: Option.none(), tenantId: Option.none() } as const
const page = <Key>(limit: number, after?: Key) => ({ after: Option.fromUndefinedOr(after), limit })
const firstPage = page<WaitingKey>(10)

const looker = (number: number, as: Looker["as"] = "Account", credentialEpoch = 0): Looker => ({
  accountId: accountId(number),
  credentialEpoch,
  as
})

const ids = (rows: ReadonlyArray<Request>) => rows.map(({ id }) => id)

/** The numbers of the requests that wait for somebody, 100 milliseconds after the start. */
const waitingFor = Effect.fnUntraced(function* (who: Looker, operators: ReadonlyArray<string> = []) {
  const requests = yield* RequestRepository
  return ids(yield* requests.waiting(who, everyKind, terms(100, operators), firstPage))
})

/** Who may decide a request and for whom, as numbers of persons: "2 for 1". */
const decidersOf = Effect.fnUntraced(function* (number: number, operators: ReadonlyArray<string> = []) {
  const requests = yield* RequestRepository
  const asked = Option.getOrThrow(yield* requests.find(requestId(number)))
  const rows = yield* requests.entitled([asked], null, terms(100, operators))
  const numberOf = (id: string) => Number.parseInt(id.slice(-12), 16)
  return rows
    .map((row) => `${numberOf(row.accountId)} for ${numberOf(row.principalId)}${row.controlsAsker ? " (asker)" : ""}`)
    .sort()
})

const toStaff = (number: number, role: "agent" | "supervisor" | "operator", over: Partial<Request> = {}) =>
  request(number, { tenantId: null, audience: { _tag: "Staff", role }, ...over })
const toPerson = (number: number, whose: number, over: Partial<Request> = {}) =>
  request(number, { tenantId: null, audience: { _tag: "Account", accountId: accountId(whose) }, ...over })
const toTenant = (number: number, of: number, over: Partial<Request> = {}) =>
  request(number, {
    tenantId: tenantId(of),
    audience: { _tag: "Tenant", tenantId: tenantId(of), permission: "requests.decide" },
    ...over
  })

const ended = { state: "Withdrawn", endedAt: at(50), nextReminderAt: null } as const
const refused = {
  state: "Refused",
  endedAt: at(50),
  reason: "No",
  refusedBy: accountId(1),
  nextReminderAt: null
} as const

/** What every `RequestRepository` keeps. */
export const RequestRepositoryContract: Suite<
  | RequestRepository
  | DeputyRepository
  | StaffRepository
  | AccountRepository
  | TenantRepository
  | MembershipRepository
  | HierarchyRepository
  | UnitOfWork
> = [
  {
    name: "a request is found as it was inserted, whoever decides it",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const full = toTenant(1, 1, {
        asker: {
          accountId: accountId(4),
          email: address("person4@example.com"),
          locale: "en",
          tenantId: tenantId(2),
          staffId: accountId(5)
        },
        payload: { roles: ["member", "ä\"'"], nested: { n: 1, none: null, yes: true } },
        reminders: 2,
        approvals: [
          {
            accountId: accountId(1),
            onBehalfOf: accountId(2),
            at: at(7),
            version: 1,
            note: "Fine",
            decision: { roles: ["member"] }
          }
        ]
      })
      const all = [full, toStaff(2, "supervisor"), toPerson(3, 2, { pendingAt: null, state: "AwaitingConfirmation" })]
      for (const one of all) yield* requests.insert(one)
      for (const one of all) {
        assert.deepEqual(yield* requests.find(one.id), Option.some(one))
        assert.deepEqual(yield* requests.findForUpdate(one.id), Option.some(one))
      }
      assert.deepEqual(yield* requests.find(requestId(9)), Option.none())
    })
  },
  {
    name: "REQ-09 an asker has one open request of a kind and identity, and another one after its end",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const asker = request(1).asker
      yield* requests.insert(request(1))
      assert.equal(yield* reason(requests.insert(request(2, { asker }))), "duplicate")
      assert.equal(yield* reason(requests.insert(request(3, { asker, identity: "other" }))), "ok")
      assert.equal(yield* reason(requests.insert(request(4, { asker, kind: "Other" }))), "ok")
      assert.equal(yield* reason(requests.insert(request(5))), "ok")
      yield* requests.save({ ...request(1), ...ended })
      assert.equal(yield* reason(requests.insert(request(6, { asker }))), "ok")
      assert.equal(yield* reason(requests.insert(request(7, { number: request(5).number }))), "duplicate")
    })
  },
  {
    name: "REQ-09 what asks the same is found: the open one, and the one that was refused last",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const { asker } = request(1)
      const first = request(1, { ...refused })
      const second = request(2, { asker, ...refused, endedAt: at(60) })
      const open = request(3, { asker })
      const others = [
        request(4, { asker, kind: "Other" }),
        request(5, { asker, identity: "other" }),
        request(6),
        request(7, { asker, ...ended, endedAt: at(90) }),
        request(8, { asker, kind: "Other", ...refused, endedAt: at(91) }),
        request(9, { asker, identity: "other", ...refused, endedAt: at(92) }),
        request(10, { ...refused, endedAt: at(93) })
      ]
      for (const one of [first, second, open, ...others]) yield* requests.insert(one)
      const found = yield* requests.sameAs(asker.email, "Sample", "same")
      assert.deepEqual(
        [...found].sort((a, b) => a.createdAt - b.createdAt),
        [second, open]
      )
    })
  },
  {
    name: "V-27 a request is saved by its revision, and not at all once it has ended",
    run: Effect.gen(function* () {
      const requests = yield* world()
      yield* requests.insert(request(1))
      const next: Request = {
        ...request(1),
        // what waits for the proof of its address is asked anew, of others
        tenantId: tenantId(2),
        asker: {
          ...request(1).asker,
          accountId: accountId(4),
          locale: "en",
          tenantId: tenantId(1),
          staffId: accountId(5)
        },
        audience: { _tag: "Account", accountId: accountId(2) },
        payload: { text: "Please!" },
        version: 2,
        reminders: 1,
        nextReminderAt: null,
        expiresAt: at(20_000)
      }
      yield* requests.save(next)
      assert.deepEqual(yield* requests.find(requestId(1)), Option.some({ ...next, revision: 1 }))
      assert.equal(yield* reason(requests.save(next)), "conflict")
      yield* requests.save({ ...next, revision: 1, ...refused })
      assert.equal(yield* reason(requests.save({ ...next, revision: 2 })), "conflict")
      assert.equal(yield* reason(requests.save({ ...next, revision: 2, ...ended })), "conflict")
      assert.equal(yield* reason(requests.save(request(2))), "conflict")
      const stored = Option.getOrThrow(yield* requests.find(requestId(1)))
      assert.deepEqual([stored.state, stored.reason, stored.refusedBy], ["Refused", "No", accountId(1)])
    })
  },
  {
    name: "several are saved by what time does to them, all or none",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const uow = yield* UnitOfWork
      for (const number of [1, 2, 3]) yield* requests.insert(request(number))
      yield* requests.saveByTime([])
      yield* requests.saveByTime([
        { ...request(1), reminders: 1, nextReminderAt: at(6_000) },
        { ...request(2), state: "Expired", endedAt: at(10_000), nextReminderAt: null }
      ])
      assert.deepEqual(
        yield* requests.find(requestId(1)),
        Option.some({ ...request(1), revision: 1, reminders: 1, nextReminderAt: at(6_000) })
      )
      const expired = Option.getOrThrow(yield* requests.find(requestId(2)))
      assert.deepEqual([expired.state, expired.revision, expired.endedAt], ["Expired", 1, at(10_000)])
      const again = uow.run(
        requests.saveByTime([
          { ...request(3), reminders: 1 },
          { ...request(2), revision: 1, reminders: 1 }
        ])
      )
      assert.equal(yield* reason(again), "conflict")
      assert.deepEqual(yield* requests.find(requestId(3)), Option.some(request(3)))
    })
  },
  {
    name: "R-AP-05 a tenant's audience is its active members with the permission, and nobody of another tenant",
    run: Effect.gen(function* () {
      const requests = yield* world({
        members: [
          [1, 1, ["owner"]],
          [1, 2, ["member"]],
          [1, 4, ["member", "owner"]],
          [1, 5, ["owner"]],
          [2, 3, ["owner"]],
          [2, 2, ["owner"]]
        ],
        accounts: { 5: { state: "suspended" } }
      })
      yield* requests.insert(toTenant(1, 1))
      yield* requests.insert(toTenant(2, 2))
      assert.deepEqual(yield* decidersOf(1), ["1 for 1", "4 for 4"])
      assert.deepEqual(yield* decidersOf(2), ["2 for 2", "3 for 3"])
      const [row] = yield* requests.entitled([toTenant(1, 1)], [accountId(4), accountId(2)], terms(100))
      assert.deepEqual(row, {
        requestId: requestId(1),
        accountId: accountId(4),
        email: address("person4@example.com"),
        credentialEpoch: 0,
        locale: "de",
        address: address("person4@example.com"),
        principalId: accountId(4),
        principalEmail: address("person4@example.com"),
        principalAddress: address("person4@example.com"),
        tenantRoles: ["member", "owner"],
        locationsChosen: false,
        through: null,
        staffRoles: [],
        controlsAsker: false
      })
      const both = yield* requests.entitled([toTenant(1, 1), toTenant(2, 2)], [accountId(1), accountId(3)], terms(100))
      assert.deepEqual(both.map(({ requestId }) => requestId).sort(), [requestId(1), requestId(2)])
    })
  },
  {
    name: "HIE-05 HIE-06 R-HI-03 who comes through the main decides for a sub, as far as that one and the roles let it",
    run: Effect.gen(function* () {
      const requests = yield* world({
        members: [
          [1, 1, ["owner"]],
          [1, 2, ["decider"]],
          [2, 2, ["decider", "everywhere"]],
          [2, 3, ["owner"]],
          [2, 4, ["decider"]],
          [2, 5, ["decider", "everywhere"]]
        ]
      })
      const hierarchy = yield* HierarchyRepository
      const memberships = yield* MembershipRepository
      const tenants = yield* TenantRepository
      const carries = (role: string, ...permissions: ReadonlyArray<Permission>) =>
        permissions.map((permission) => ({ role, permission }))
      const known = {
        ...terms(100),
        grants: [
          ...carries("owner", "requests.decide", "locations.access", "owners.change"),
          ...carries("decider", "requests.decide"),
          ...carries("everywhere", "locations.access")
        ]
      }
      const asked = toTenant(1, 1)
      yield* requests.insert(asked)
      const look = Effect.fnUntraced(function* (over: Partial<typeof known> = {}) {
        const given = { ...known, ...over }
        const rows = yield* requests.entitled([asked], null, given)
        const waiting: Array<string> = []
        for (const number of [1, 2, 3, 4, 5]) {
          const found = yield* requests.waiting(looker(number), everyKind, given, firstPage)
          if (found.length > 0) waiting.push(String(number))
        }
        const numberOf = (id: string) => Number.parseInt(id.slice(-12), 16)
        return {
          rows: rows
            .map((row) => `${numberOf(row.accountId)}${row.through === null ? "" : ` through ${row.tenantRoles}`}`)
            .sort(),
          waiting: waiting.join("")
        }
      })
      const local = { rows: ["1", "2"], waiting: "12" }
      assert.deepEqual(yield* look(), local, "not linked")
      const link = {
        subId: tenantId(1),
        mainId: tenantId(2),
        kind: "existing",
        linkedAt: at(0),
        refused: ["audit.read"]
      } as const
      yield* hierarchy.insert(link)
      const linked = {
        rows: ["1", "2", "2 through decider,everywhere", "3 through owner", "5 through decider,everywhere"],
        waiting: "1235"
      }
      assert.deepEqual(yield* look(), linked)
      const [five] = yield* requests.entitled([asked], [accountId(5)], known)
      assert.deepEqual(five?.through, { refused: ["audit.read"] })
      assert.equal(five?.locationsChosen, false)
      assert.equal(five?.address, address("person5@example.com"))
      assert.deepEqual(yield* look({ delegable: ["tenant.read"] }), local, "what cannot flow")
      yield* hierarchy.setRefused({ ...link, refused: ["requests.decide", "audit.read"] })
      assert.deepEqual(yield* look(), local, "what the sub refuses")
      yield* hierarchy.setRefused(link)
      // chosen locations, which do not count for an owner
      yield* memberships.update(membership(2, 5, { roles: ["decider", "everywhere"], locations: [tenantId(9)] }))
      yield* memberships.update(membership(2, 3, { roles: ["owner"], locations: [] }))
      yield* memberships.update(membership(2, 2, { roles: ["decider", "everywhere"], locations: [tenantId(1)] }))
      assert.deepEqual(yield* look(), {
        rows: ["1", "2", "2 through decider,everywhere", "3 through owner"],
        waiting: "123"
      })
      const [, chosen] = (yield* requests.entitled([asked], [accountId(2)], known)).toSorted(
        (a, b) => Number(a.through !== null) - Number(b.through !== null)
      )
      assert.equal(chosen?.locationsChosen, true)
      const main = Option.getOrThrow(yield* tenants.find(tenantId(2)))
      yield* tenants.save({ ...main, state: "suspended" })
      assert.deepEqual(yield* look(), local, "a main that is not active")
      yield* tenants.save({ ...main, version: main.version + 1 })
      yield* hierarchy.remove(tenantId(1), tenantId(2))
      assert.deepEqual(yield* look(), local, "unlinked")
    })
  },
  {
    name: "R-AP-05 a tenant that is not active decides nothing",
    run: Effect.gen(function* () {
      const requests = yield* world({ tenants: { 1: { state: "suspended" } } })
      yield* requests.insert(toTenant(1, 1))
      assert.deepEqual(yield* decidersOf(1), [])
      assert.deepEqual(yield* waitingFor(looker(1)), [])
    })
  },
  {
    name: "AUT-10 staff of at least the role decide what staff decide, and operators by configuration",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const staff = yield* StaffRepository
      yield* staff.save({ accountId: accountId(1), roles: ["agent"], since: at(0) })
      yield* staff.save({ accountId: accountId(2), roles: ["agent", "supervisor"], since: at(0) })
      yield* staff.save({ accountId: accountId(3), roles: ["operator"], since: at(0) })
      yield* requests.insert(toStaff(1, "agent"))
      yield* requests.insert(toStaff(2, "supervisor"))
      yield* requests.insert(toStaff(3, "operator"))
      assert.deepEqual(yield* decidersOf(1), ["1 for 1", "2 for 2", "3 for 3"])
      assert.deepEqual(yield* decidersOf(2), ["2 for 2", "3 for 3"])
      assert.deepEqual(yield* decidersOf(3), ["3 for 3"])
      const configured = ["person4@example.com", "person1@example.com"]
      assert.deepEqual(yield* decidersOf(3, configured), ["1 for 1", "3 for 3", "4 for 4"])
      assert.deepEqual(yield* waitingFor(looker(1, "Staff")), [requestId(1)])
      assert.deepEqual(yield* waitingFor(looker(4, "Staff"), configured), [requestId(1), requestId(2), requestId(3)])
      assert.deepEqual(yield* waitingFor(looker(3)), [])
      const roles = yield* requests.entitled([toStaff(1, "agent")], [accountId(2)], terms(100))
      assert.deepEqual(roles[0]?.staffRoles, ["agent", "supervisor"])
    })
  },
  {
    name: "REQ-07 a running deputy counts beside the principal, in the tenant where both are members and only there",
    run: Effect.gen(function* () {
      const requests = yield* world({
        members: [
          [1, 1, ["owner"]],
          [1, 2, ["member"]],
          [1, 4, ["member"]],
          [2, 1, ["owner"]],
          [2, 2, ["member"]]
        ]
      })
      const deputies = yield* DeputyRepository
      yield* requests.insert(toTenant(1, 1))
      yield* requests.insert(toTenant(2, 2))
      yield* requests.insert(toStaff(3, "agent"))
      yield* requests.insert(toPerson(4, 1))
      yield* deputies.insert(deputy(1))
      // not begun, over, of somebody who has no right, by somebody who is not in the tenant
      yield* deputies.insert(deputy(2, { deputyId: accountId(4), from: at(101) }))
      yield* deputies.insert(deputy(3, { deputyId: accountId(4), until: at(100) }))
      yield* deputies.insert(deputy(4, { principalId: accountId(2), deputyId: accountId(4) }))
      yield* deputies.insert(deputy(5, { deputyId: accountId(5) }))
      assert.deepEqual(yield* decidersOf(1), ["1 for 1", "2 for 1"])
      assert.deepEqual(yield* decidersOf(2), ["1 for 1"])
      assert.deepEqual(yield* decidersOf(4), ["1 for 1"])
      assert.deepEqual(yield* waitingFor(looker(2)), [requestId(1)])
      assert.deepEqual(yield* waitingFor(looker(4)), [])
      const [row] = yield* requests.entitled([toTenant(1, 1)], [accountId(2)], terms(100))
      assert.deepEqual([row?.principalEmail, row?.tenantRoles], ["person1@example.com", ["owner"]])
    })
  },
  {
    name: "REQ-04 what was asked from the address of a membership does not wait for that member, nor for their deputy",
    run: Effect.gen(function* () {
      const requests = yield* world({
        members: [
          [1, 1, ["owner"]],
          [1, 2, ["member"]],
          [1, 4, ["owner"]]
        ]
      })
      const memberships = yield* MembershipRepository
      const deputies = yield* DeputyRepository
      const others = address("office@example.com")
      const deputys = address("desk@example.com")
      yield* memberships.update(membership(1, 1, { contactEmail: others }))
      yield* memberships.update(membership(1, 2, { roles: ["member"], contactEmail: deputys }))
      yield* deputies.insert(deputy(1))
      const { asker } = request(1)
      yield* requests.insert(toTenant(1, 1, { asker: { ...asker, email: others } }))
      yield* requests.insert(toTenant(2, 1, { asker: { ...asker, email: deputys } }))
      assert.deepEqual(yield* waitingFor(looker(1)), [requestId(2)])
      assert.deepEqual(yield* waitingFor(looker(2)), [])
      assert.deepEqual(yield* waitingFor(looker(4)), [requestId(1), requestId(2)])
      const [row] = yield* requests.entitled([toTenant(1, 1)], [accountId(2)], terms(100))
      assert.deepEqual([row?.address, row?.principalAddress], [deputys, others])
    })
  },
  {
    name: "REQ-07 a deputy loses the right with the principal, and with the own membership",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const memberships = yield* MembershipRepository
      const deputies = yield* DeputyRepository
      yield* requests.insert(toTenant(1, 1))
      yield* deputies.insert(deputy(1))
      assert.deepEqual(yield* decidersOf(1), ["1 for 1", "2 for 1"])
      yield* memberships.update(membership(1, 1, { roles: ["member"] }))
      assert.deepEqual(yield* decidersOf(1), [])
      yield* memberships.update(membership(1, 1))
      yield* memberships.remove(tenantId(1), accountId(2))
      assert.deepEqual(yield* decidersOf(1), ["1 for 1"])
    })
  },
  {
    name: "REQ-07 among staff both must be staff, and the principal's role counts",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const staff = yield* StaffRepository
      const deputies = yield* DeputyRepository
      yield* staff.save({ accountId: accountId(1), roles: ["supervisor"], since: at(0) })
      yield* staff.save({ accountId: accountId(2), roles: ["agent"], since: at(0) })
      yield* requests.insert(toStaff(1, "supervisor"))
      yield* deputies.insert(deputy(1, { tenantId: null }))
      yield* deputies.insert(deputy(2, { tenantId: null, deputyId: accountId(4) }))
      assert.deepEqual(yield* decidersOf(1), ["1 for 1", "2 for 1"])
      assert.deepEqual(yield* waitingFor(looker(2, "Staff")), [requestId(1)])
      assert.deepEqual(yield* decidersOf(1, ["person4@example.com"]), ["1 for 1", "2 for 1", "4 for 1", "4 for 4"])
      yield* staff.remove(accountId(1))
      assert.deepEqual(yield* decidersOf(1), [])
    })
  },
  {
    name: "REQ-04 whoever controls the tenant that asks is known, also behind a deputy",
    run: Effect.gen(function* () {
      const requests = yield* world({
        members: [
          [1, 1, ["owner"]],
          [1, 2, ["member"]],
          [1, 4, ["owner"]],
          [2, 1, ["owner"]],
          [2, 4, ["member"]]
        ]
      })
      const deputies = yield* DeputyRepository
      yield* deputies.insert(deputy(1))
      yield* requests.insert(toTenant(1, 1, { asker: { ...request(1).asker, tenantId: tenantId(2) } }))
      assert.deepEqual(yield* decidersOf(1), ["1 for 1 (asker)", "2 for 1 (asker)", "4 for 4"])
      assert.deepEqual(yield* waitingFor(looker(1)), [])
      assert.deepEqual(yield* waitingFor(looker(2)), [])
      assert.deepEqual(yield* waitingFor(looker(4)), [requestId(1)])
    })
  },
  {
    name: "REQ-04 REQ-08 what waits is never one's own: by account, by address, at the keyboard, or through a deputy",
    run: Effect.gen(function* () {
      const requests = yield* world({
        members: [
          [1, 1, ["owner"]],
          [1, 2, ["member"]],
          [1, 4, ["owner"]]
        ]
      })
      const deputies = yield* DeputyRepository
      yield* deputies.insert(deputy(1))
      const asker = request(9).asker
      yield* requests.insert(toTenant(1, 1, { asker: { ...asker, accountId: accountId(1) } }))
      yield* requests.insert(toTenant(2, 1, { asker: { ...asker, email: address("person1@example.com") } }))
      yield* requests.insert(
        toTenant(3, 1, { asker: { ...asker, email: address("x@example.com"), staffId: accountId(1) } })
      )
      yield* requests.insert(
        toTenant(4, 1, { asker: { ...asker, email: address("y@example.com"), accountId: accountId(2) } })
      )
      assert.deepEqual(yield* waitingFor(looker(1)), [requestId(4)])
      assert.deepEqual(yield* waitingFor(looker(2)), [])
      assert.deepEqual(yield* waitingFor(looker(4)), [requestId(1), requestId(2), requestId(3), requestId(4)])
    })
  },
  {
    name: "REQ-04 REQ-08 what somebody has approved waits for others, also behind a deputy",
    run: Effect.gen(function* () {
      const requests = yield* world({
        members: [
          [1, 1, ["owner"]],
          [1, 2, ["member"]],
          [1, 4, ["owner"]]
        ]
      })
      const deputies = yield* DeputyRepository
      yield* deputies.insert(deputy(1))
      const approval = { onBehalfOf: null, at: at(1), version: 1, note: "", decision: {} }
      yield* requests.insert(toTenant(1, 1, { approvals: [{ ...approval, accountId: accountId(1) }] }))
      assert.deepEqual(yield* waitingFor(looker(1)), [])
      assert.deepEqual(yield* waitingFor(looker(2)), [])
      assert.deepEqual(yield* waitingFor(looker(4)), [requestId(1)])
      yield* requests.insert(
        toTenant(2, 1, { approvals: [{ ...approval, accountId: accountId(2), onBehalfOf: accountId(1) }] })
      )
      assert.deepEqual(yield* waitingFor(looker(1)), [])
      assert.deepEqual(yield* waitingFor(looker(4)), [requestId(1), requestId(2)])
    })
  },
  {
    name: "REQ-08 what waits comes from every tenant and in person, pending and with time left, filtered and in pages",
    run: Effect.gen(function* () {
      const requests = yield* world({
        members: [
          [1, 1, ["owner"]],
          [2, 1, ["owner"]],
          [2, 3, ["owner"]]
        ]
      })
      yield* requests.insert(toTenant(3, 2, { pendingAt: at(5) }))
      yield* requests.insert(toTenant(2, 1, { pendingAt: at(5), kind: "Other" }))
      yield* requests.insert(toPerson(1, 1, { pendingAt: at(9) }))
      yield* requests.insert(toTenant(4, 1, { pendingAt: at(1) }))
      yield* requests.insert(toTenant(5, 1, { ...ended }))
      yield* requests.insert(toTenant(6, 1, { expiresAt: at(100) }))
      yield* requests.insert(toTenant(7, 1, { state: "Approved", nextReminderAt: null }))
      yield* requests.insert(toTenant(8, 1, { state: "AwaitingConfirmation", pendingAt: null, nextReminderAt: null }))
      yield* requests.insert(toPerson(9, 3, { pendingAt: at(0) }))
      const all = [requestId(4), requestId(2), requestId(3), requestId(1)]
      assert.deepEqual(yield* waitingFor(looker(1)), all)
      assert.deepEqual(yield* waitingFor(looker(3)), [requestId(9), requestId(3)])
      assert.deepEqual(yield* waitingFor(looker(1, "Staff")), [])
      assert.deepEqual(yield* waitingFor(looker(1, "Account", 1)), [])
      const list = (filter: Partial<typeof everyKind> & object, after?: WaitingKey) =>
        Effect.map(requests.waiting(looker(1), { ...everyKind, ...filter }, terms(100), page(1, after)), ids)
      assert.deepEqual(yield* list({}), all.slice(0, 2))
      assert.deepEqual(yield* list({}, [1, requestId(4)]), all.slice(0, 2))
      assert.deepEqual(yield* list({}, [at(1), requestId(4)]), all.slice(1, 3))
      assert.deepEqual(yield* list({}, [at(5), requestId(2)]), all.slice(2, 4))
      const filtered = (filter: Parameters<typeof requests.waiting>[1]) =>
        Effect.map(requests.waiting(looker(1), filter, terms(100), firstPage), ids)
      assert.deepEqual(yield* filtered({ ...everyKind, kind: Option.some("Other") }), [requestId(2)])
      assert.deepEqual(yield* filtered({ ...everyKind, tenantId: Option.some(tenantId(2)) }), [requestId(3)])
      assert.deepEqual(
        yield* filtered({ ...everyKind, kind: Option.some("Other"), tenantId: Option.some(tenantId(2)) }),
        []
      )
    })
  },
  {
    name: "SLF-06 REQ-08 what was approved and is not completed is found by those who can renew the offer, whoever approved it",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const offered = { state: "Approved", nextReminderAt: null } as const
      const approval = { accountId: accountId(1), onBehalfOf: null, at: at(5), version: 1, note: "", decision: null }
      yield* requests.insert(toTenant(1, 1, { ...offered, approvals: [approval] }))
      yield* requests.insert(toTenant(2, 1, { ...offered, expiresAt: at(100) }))
      yield* requests.insert(toTenant(3, 2, offered))
      yield* requests.insert(toTenant(4, 1))
      const found = (number: number) =>
        Effect.map(requests.waiting(looker(number), { ...everyKind, state: "Approved" }, terms(100), firstPage), ids)
      assert.deepEqual(yield* found(1), [requestId(1)])
      assert.deepEqual(yield* found(3), [requestId(3)])
      assert.deepEqual(yield* found(2), [])
    })
  },
  {
    name: "REQ-08 an asker finds their own by account and by address, newest first, and nobody else's",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const asker = request(9).asker
      yield* requests.insert(toTenant(1, 1, { asker: { ...asker, accountId: accountId(4) } }))
      yield* requests.insert(toTenant(2, 2, { asker: { ...asker, email: address("person4@example.com") }, ...refused }))
      yield* requests.insert(
        toTenant(3, 2, { asker: { ...asker, email: address("z@example.com"), staffId: accountId(4) } })
      )
      yield* requests.insert(
        toStaff(4, "agent", { asker: { ...asker, email: address("person4@example.com"), accountId: accountId(4) } })
      )
      const mine = (number: number, limit: number, after?: MineKey, credentialEpoch = 0) =>
        Effect.map(requests.mine({ accountId: accountId(number), credentialEpoch }, page(limit, after)), ids)
      assert.deepEqual(yield* mine(4, 10), [requestId(4), requestId(2), requestId(1)])
      assert.deepEqual(yield* mine(4, 1), [requestId(4), requestId(2)])
      assert.deepEqual(yield* mine(4, 1, [at(4), requestId(4)]), [requestId(2), requestId(1)])
      assert.deepEqual(yield* mine(4, 10, undefined, 1), [])
      assert.deepEqual(yield* mine(1, 10), [])
      // of those, what is before those who decide and has time left
      yield* requests.insert(
        toTenant(5, 5, {
          asker: { ...asker, accountId: accountId(4), email: address("five@example.com") },
          state: "AwaitingConfirmation",
          pendingAt: null
        })
      )
      const open = (number: number, now: Instant, limit = 10, credentialEpoch = 0) =>
        Effect.map(requests.openOf({ accountId: accountId(number), credentialEpoch }, now, limit), ids)
      const { expiresAt } = request(9)
      assert.deepEqual(yield* open(4, at(10)), [requestId(4), requestId(1)])
      assert.deepEqual(yield* open(4, at(10), 1), [requestId(4)])
      assert.deepEqual(yield* open(4, expiresAt), [])
      assert.deepEqual(yield* open(4, at(10), 10, 1), [])
      assert.deepEqual(yield* open(1, at(10)), [])
    })
  },
  {
    name: "REQ-07 SLF-08 reminders that are due are found, and no others, nor those of tenants that are not active",
    run: Effect.gen(function* () {
      const requests = yield* world({ tenants: { 2: { state: "suspended" } } })
      const uow = yield* UnitOfWork
      yield* requests.insert(request(1, { nextReminderAt: at(100) }))
      yield* requests.insert(request(2, { nextReminderAt: at(90) }))
      yield* requests.insert(request(3, { nextReminderAt: at(101) }))
      yield* requests.insert(request(4, { nextReminderAt: null }))
      yield* requests.insert(request(5, { nextReminderAt: at(90), expiresAt: at(100) }))
      yield* requests.insert(request(6, { nextReminderAt: at(90), state: "Approved" }))
      yield* requests.insert(toTenant(7, 2, { nextReminderAt: at(90) }))
      yield* requests.insert(toStaff(8, "agent", { nextReminderAt: at(95) }))
      yield* requests.insert(toPerson(9, 4, { nextReminderAt: at(96) }))
      const due = (limit: number) => Effect.map(uow.run(requests.dueReminders(at(100), limit)), ids)
      assert.deepEqual(yield* due(10), [requestId(2), requestId(8), requestId(9), requestId(1)])
      assert.deepEqual(yield* due(1), [requestId(2)])
    })
  },
  {
    name: "REQ-07 open requests whose time ran out are found, whatever their state",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const uow = yield* UnitOfWork
      yield* requests.insert(request(1, { expiresAt: at(100) }))
      yield* requests.insert(request(2, { expiresAt: at(99), state: "Approved" }))
      yield* requests.insert(request(3, { expiresAt: at(98), state: "AwaitingConfirmation" }))
      yield* requests.insert(request(4, { expiresAt: at(101) }))
      yield* requests.insert(request(5, { expiresAt: at(99), ...ended }))
      const overdue = (limit: number) => Effect.map(uow.run(requests.overdue(at(100), limit)), ids)
      assert.deepEqual(yield* overdue(10), [requestId(3), requestId(2), requestId(1)])
      assert.deepEqual(yield* overdue(2), [requestId(3), requestId(2)])
    })
  },
  {
    name: "TEN-05 the open requests of one kind are those of one tenant, and nothing that has ended",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const all = [
        toTenant(1, 1, { identity: "1" }),
        toTenant(2, 1, { kind: "Other" }),
        toTenant(3, 2, { identity: "3" }),
        toPerson(4, 2, { tenantId: tenantId(1), identity: "4" }),
        toTenant(5, 1, { identity: "another", ...ended })
      ]
      for (const one of all) yield* requests.insert(one)
      const kind = toTenant(1, 1).kind
      assert.deepEqual(
        ids(yield* requests.openOfKind(tenantId(1), kind)),
        all.filter(({ id, kind: of }) => of === kind && id !== all[2]?.id && id !== all[4]?.id).map(({ id }) => id)
      )
      assert.deepEqual(yield* requests.openOfKind(tenantId(9), kind), [])
    })
  },
  {
    name: "TEN-08 what somebody has open in a tenant is found by their account or their address, and nothing of others or of other tenants",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const { asker } = toTenant(1, 1)
      const person = { accountId: accountId(1), email: address("one@example.org") }
      const by = (accountId: typeof asker.accountId, email: typeof asker.email) => ({ ...asker, accountId, email })
      const other = { accountId: accountId(2), email: address("two@example.org") }
      const all = [
        toTenant(1, 1, { identity: "1", asker: by(person.accountId, other.email) }),
        toTenant(2, 1, { identity: "2", asker: by(null, person.email) }),
        toTenant(3, 1, { identity: "3", asker: by(other.accountId, other.email) }),
        toTenant(4, 2, { identity: "4", asker: by(person.accountId, person.email) }),
        toTenant(5, 1, { identity: "5", asker: by(person.accountId, person.email), ...ended })
      ]
      for (const one of all) yield* requests.insert(one)
      assert.deepEqual(ids(yield* requests.openOfAskerForUpdate(tenantId(1), person)), [all[0]?.id, all[1]?.id])
      assert.deepEqual(ids(yield* requests.openOfAskerForUpdate(tenantId(2), person)), [all[3]?.id])
    })
  },
  {
    name: "TEN-09 what is open of a tenant, is asked of it or by it, is found to be closed together, with a reason",
    run: Effect.gen(function* () {
      const requests = yield* world()
      const { asker } = toTenant(1, 2)
      const all = [
        toTenant(1, 1, { identity: "1" }),
        toTenant(2, 2, { identity: "2" }),
        toPerson(3, 2, { identity: "3", tenantId: tenantId(1), state: "AwaitingConfirmation", pendingAt: null }),
        toStaff(4, "agent", { identity: "4", asker: { ...asker, tenantId: tenantId(1) } }),
        toTenant(5, 1, { identity: "another", ...refused })
      ]
      for (const one of all) yield* requests.insert(one)
      const open = yield* requests.openOfTenantForUpdate(tenantId(1))
      assert.deepEqual(ids(open), [all[0]?.id, all[2]?.id, all[3]?.id])
      yield* requests.saveByTime(
        open.map((request) => ({
          ...request,
          state: "Refused",
          reason: "Geschlossen",
          nextReminderAt: null,
          endedAt: at(60)
        }))
      )
      for (const { id } of open) {
        const { reason, state } = Option.getOrThrow(yield* requests.find(id))
        assert.deepEqual([state, reason], ["Refused", "Geschlossen"])
      }
      assert.deepEqual(yield* requests.openOfTenantForUpdate(tenantId(1)), [])
      assert.equal(Option.getOrThrow(yield* requests.find(toTenant(2, 2).id)).state, "Pending")
    })
  }
]
