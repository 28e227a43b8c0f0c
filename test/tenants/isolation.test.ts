import { assert, it } from "@effect/vitest"
import { Effect, HashMap, Layer, Option, type Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { layerFileTypeDetector, layerSanitizer } from "../../src/files/index.ts"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import { LinkImports, Locations } from "../../src/hierarchy/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import type { Account } from "../../src/kernel/Actor.ts"
import { Crypto } from "../../src/kernel/Crypto.ts"
import { AccountId, Ids, type InvitationId, SessionId } from "../../src/kernel/ids.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { type Permission, permissions } from "../../src/kernel/Permission.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import * as Memory from "../../src/memory/index.ts"
import { Store } from "../../src/memory/Store.ts"
import { layer as layerMailParser } from "../../src/mime/index.ts"
import { Catalog } from "../../src/orders/Catalog.ts"
import { exampleCatalog } from "../../src/orders/exampleCatalog.ts"
import { Provisioning } from "../../src/orders/Provisioning.ts"
import type { RequestKinds } from "../../src/requests/RequestKinds.ts"
import { Members, Permissions, Tenants } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import type { TenantState } from "../../src/tenants/Tenant.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { FaultyDomainProof } from "../../src/testing/FaultyDomainProof.ts"
import { layerFree } from "../../src/testing/hasher.ts"
import { account, accountId, address, at, membership, tenant, tenantId } from "../../src/testing/tenantSamples.ts"
import { Scanner } from "../../src/tickets/Scanner.ts"
import { as, keyRing, type Portal } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import { everyKind } from "../support/scenario.ts"

// Tenant 1 has the people 1 to 4, and tenant 3 as its sub, which has person 5. Tenant 2 has the people 11 to 14, and may be above or below tenant 4;
// nobody is in both halves of the world.
const ROLES = { 1: ["owner"], 2: ["owner", "member"], 3: ["admin"], 4: ["member"] } as const
const insiders = [1, 2, 3, 4] as const
const localInSub = 5
const everybodyHere = [...insiders, localInSub] as const
const anybody = [...everybodyHere, 11, 12, 99] as const
const SUB = 3
const anyTenant = [1, SUB, 2, 4, 9] as const
const anyAddress = ["person2@example.com", "person11@example.com", "new@example.com", "other@example.com"] as const
// of this half of the world, of the other one, and of nobody
const anyNumber = ["KD-1001", "KD-1003", "KD-7", "KD 1002", "KD-999"] as const
const someRoles = fc.subarray(["owner", "admin", "member"], { minLength: 1 })

/** What the other tenant is like; null where there is none, nor any of its people. */
interface Elsewhere {
  readonly state: TenantState
  readonly roles: ReadonlyArray<ReadonlyArray<string>>
  readonly name: string
  readonly customerNumber: string
  readonly epoch: number
  readonly level: "alone" | "main" | "sub"
}
const elsewhere: fc.Arbitrary<Elsewhere | null> = fc.option(
  fc.record({
    state: fc.constantFrom<TenantState>("in-setup", "active", "suspended", "closed"),
    roles: fc.array(someRoles, { minLength: 1, maxLength: 4 }),
    name: fc.constantFrom("Tenant 1", "Person", "Other"),
    customerNumber: fc.constantFrom("KD-7", "KD 1002"),
    epoch: fc.nat({ max: 2 }),
    level: fc.constantFrom("alone" as const, "main" as const, "sub" as const)
  })
)

type Command = { readonly who: (typeof everybodyHere)[number] } & (
  | { readonly kind: "get" | "list" | "leave" | "invitations"; readonly tenant: number }
  | { readonly kind: "change"; readonly tenant: number; readonly name: string }
  | { readonly kind: "member" | "remove"; readonly tenant: number; readonly whom: number }
  | { readonly kind: "roles"; readonly tenant: number; readonly whom: number; readonly roles: ReadonlyArray<string> }
  | { readonly kind: "invite"; readonly tenant: number; readonly email: string; readonly roles: ReadonlyArray<string> }
  | { readonly kind: "contact"; readonly tenant: number; readonly email: string }
  | { readonly kind: "search"; readonly tenant: number; readonly text: string }
  | { readonly kind: "revoke" | "sendAgain"; readonly tenant: number; readonly nth: number }
  | { readonly kind: "where" }
  | { readonly kind: "explain"; readonly tenant: number; readonly whom: number; readonly permission: number }
  | { readonly kind: "locations" | "position" | "leaveMain" | "enter"; readonly tenant: number }
  | { readonly kind: "link" | "unlink"; readonly tenant: number; readonly sub: number }
  | { readonly kind: "ask" | "import"; readonly tenant: number; readonly number: string }
  | { readonly kind: "refuse"; readonly tenant: number; readonly refused: ReadonlyArray<Permission> }
  | { readonly kind: "choose"; readonly tenant: number; readonly whom: number; readonly chosen: ReadonlyArray<number> }
)

const who = fc.constantFrom(...everybodyHere)
const place = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.constant(SUB) },
  { weight: 2, arbitrary: fc.constantFrom(...anyTenant) }
)
const whom = fc.constantFrom(...anybody)
const email = fc.constantFrom(...anyAddress)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ who, kind: fc.constantFrom("get", "list", "leave", "invitations"), tenant: place }),
  fc.record({ who, kind: fc.constant("change"), tenant: place, name: fc.constantFrom("New", "Other") }),
  fc.record({ who, kind: fc.constantFrom("member", "remove"), tenant: place, whom }),
  fc.record({ who, kind: fc.constant("roles"), tenant: place, whom, roles: someRoles }),
  fc.record({ who, kind: fc.constant("invite"), tenant: place, email, roles: someRoles }),
  fc.record({ who, kind: fc.constant("contact"), tenant: place, email }),
  fc.record({
    who,
    kind: fc.constant("search"),
    tenant: place,
    text: fc.constantFrom("person", "person11", "number1")
  }),
  fc.record({ who, kind: fc.constantFrom("revoke", "sendAgain"), tenant: place, nth: fc.nat({ max: 2 }) }),
  fc.record({ who, kind: fc.constant("where") }),
  fc.record({
    who,
    kind: fc.constant("explain"),
    tenant: place,
    whom,
    permission: fc.nat({ max: permissions.length - 1 })
  }),
  fc.record({ who, kind: fc.constantFrom("locations", "position", "leaveMain", "enter"), tenant: place }),
  fc.record({ who, kind: fc.constantFrom("link", "unlink"), tenant: place, sub: fc.constantFrom(...anyTenant) }),
  fc.record({ who, kind: fc.constantFrom("ask", "import"), tenant: place, number: fc.constantFrom(...anyNumber) }),
  fc.record({ who, kind: fc.constant("refuse"), tenant: place, refused: fc.subarray([...permissions]) }),
  fc.record({ who, kind: fc.constant("choose"), tenant: place, whom, chosen: fc.subarray([...anyTenant]) })
) as fc.Arbitrary<Command>

/** Random bytes that are the same again after `reset`. */
const repeatable = () => {
  let state = 1
  const reset = () => {
    state = 1
  }
  const layer = Layer.effect(
    Crypto,
    Effect.map(Crypto, (crypto) => ({
      ...crypto,
      // the real one draws a nonce of its own, and nothing is opened here
      encrypt: (_: Uint8Array, plain: Uint8Array) => Effect.succeed(plain),
      randomBytes: (count: number) =>
        Effect.sync(() =>
          Uint8Array.from({ length: count }, () => {
            state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
            return state >> 16
          })
        )
    }))
  ).pipe(Layer.provide(layerCryptoNode))
  return { layer, reset }
}

const linkOf = (sub: number, main: number) =>
  ({ subId: tenantId(sub), mainId: tenantId(main), kind: "existing", linkedAt: at(0), refused: [] }) as const

const inside = Effect.gen(function* () {
  const accounts = yield* AccountRepository
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const hierarchy = yield* HierarchyRepository
  yield* tenants.insert(tenant(1, { memberCount: 4, ownerCount: 2 }))
  yield* tenants.insert(tenant(SUB))
  yield* accounts.insert(account(localInSub), null)
  yield* memberships.insert(membership(SUB, localInSub))
  yield* hierarchy.insert(linkOf(SUB, 1))
  for (const number of insiders) {
    yield* accounts.insert(account(number), null)
    yield* memberships.insert(membership(1, number, { roles: [...ROLES[number]].sort() }))
  }
})

const outside = (other: Elsewhere) =>
  Effect.gen(function* () {
    const accounts = yield* AccountRepository
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const ownerCount = other.roles.filter((roles) => roles.includes("owner")).length
    yield* tenants.insert(
      tenant(2, {
        name: other.name,
        customerNumber: other.customerNumber,
        state: other.state === "active" && ownerCount === 0 ? "suspended" : other.state,
        memberCount: other.roles.length,
        ownerCount
      })
    )
    if (other.level !== "alone") {
      const hierarchy = yield* HierarchyRepository
      yield* tenants.insert(tenant(4))
      yield* hierarchy.insert(other.level === "main" ? linkOf(4, 2) : linkOf(2, 4))
    }
    for (const [index, roles] of other.roles.entries()) {
      const number = 11 + index
      yield* accounts.insert(account(number, { credentialEpoch: other.epoch }), null)
      yield* memberships.insert(
        membership(2, number, { roles: [...roles].sort(), contactEmail: address("other@example.com") })
      )
    }
  })

const actorOf = (number: number): Account => ({
  _tag: "Account",
  accountId: accountId(number),
  sessionId: Schema.decodeSync(SessionId)(accountId(number)),
  credentialEpoch: 0,
  authenticatedAt: at(0),
  secondFactor: false
})

/** The command as an effect; invitations are named by their place in the order in which this run has made them. */
const perform = (one: Command, made: Array<InvitationId>): Effect.Effect<unknown, unknown, Portal | RequestKinds> => {
  const by = as(actorOf(one.who))
  switch (one.kind) {
    case "get":
      return Tenants.get({ tenantId: tenantId(one.tenant) }).pipe(by)
    case "list":
      return Members.list({ tenantId: tenantId(one.tenant), limit: 3 }).pipe(by)
    case "leave":
      return Members.leave({ tenantId: tenantId(one.tenant) }).pipe(by)
    case "invitations":
      return Invitations.list({ tenantId: tenantId(one.tenant) }).pipe(by)
    case "change":
      return Tenants.change({ tenantId: tenantId(one.tenant), name: one.name }).pipe(by)
    case "member":
      return Members.get({ tenantId: tenantId(one.tenant), accountId: accountId(one.whom) }).pipe(by)
    case "remove":
      return Members.remove({ tenantId: tenantId(one.tenant), accountId: accountId(one.whom) }).pipe(by)
    case "roles":
      return Members.changeRoles({
        tenantId: tenantId(one.tenant),
        accountId: accountId(one.whom),
        roles: one.roles
      }).pipe(by)
    case "invite":
      return Invitations.invite({ tenantId: tenantId(one.tenant), email: one.email, roles: one.roles }).pipe(
        by,
        Effect.tap(({ id }) => Effect.sync(() => made.push(id)))
      )
    case "contact":
      return Members.changeContactEmail({ tenantId: tenantId(one.tenant), email: one.email }).pipe(by)
    case "search":
      return Members.list({ tenantId: tenantId(one.tenant), search: one.text }).pipe(by)
    case "revoke":
    case "sendAgain": {
      const invitationId = made[one.nth] ?? Schema.decodeSync(AccountId)(accountId(50))
      const named = { tenantId: tenantId(one.tenant), invitationId }
      return one.kind === "revoke" ? Invitations.revoke(named).pipe(by) : Invitations.sendAgain(named).pipe(by)
    }
    case "where":
      return Permissions.whereCanIGo({}).pipe(by)
    case "explain":
      return Permissions.explain({
        tenantId: tenantId(one.tenant),
        accountId: accountId(one.whom),
        permission: permissions[one.permission] ?? "tenant.read"
      }).pipe(by)
    case "locations":
      return Locations.list({ tenantId: tenantId(one.tenant) }).pipe(by)
    case "enter":
      return Locations.mine({ tenantId: tenantId(one.tenant) }).pipe(by)
    case "position":
      return Locations.position({ tenantId: tenantId(one.tenant) }).pipe(by)
    case "leaveMain":
      return Locations.leaveMain({ tenantId: tenantId(one.tenant) }).pipe(by)
    case "link":
      return Locations.linkOwn({ tenantId: tenantId(one.tenant), subId: tenantId(one.sub) }).pipe(by)
    case "unlink":
      return Locations.unlink({ tenantId: tenantId(one.tenant), subId: tenantId(one.sub) }).pipe(by)
    case "ask":
      // with another postal code: who knows both asks that tenant, which is what they are for, and the answer is the same (HIE-03)
      return Locations.askToLink({
        tenantId: tenantId(one.tenant),
        customerNumber: one.number,
        postalCode: "99999",
        country: "DE"
      }).pipe(by)
    case "import":
      return LinkImports.checkImport({
        tenantId: tenantId(one.tenant),
        rows: [{ customerNumber: one.number, postalCode: "10115", country: "DE" }]
      }).pipe(by)
    case "refuse":
      return Locations.refuse({ tenantId: tenantId(one.tenant), refused: one.refused }).pipe(by)
    case "choose":
      return Locations.choose({
        tenantId: tenantId(one.tenant),
        accountId: accountId(one.whom),
        locations: one.chosen.map(tenantId)
      }).pipe(by)
  }
}

const OTHERS: ReadonlyArray<string> = [tenantId(2), tenantId(4), ...[11, 12, 13, 14].map(accountId)]

/** What can be told apart of an answer: the value, or the refusal with its fields. */
const shown = (result: Result.Result<unknown, unknown>): string =>
  JSON.stringify(result._tag === "Success" ? { ok: result.success } : { refused: result.failure })

/** Every row of the store that does not belong to the other tenant or its people. */
const dump = Effect.map(Store, (store) => {
  const rows: Array<string> = []
  for (const [name, table] of HashMap.entries(store.committed())) {
    for (const [key, row] of HashMap.entries(table.rows)) {
      const text = `${name} ${key} ${JSON.stringify(row)}`
      if (name === "event" || !OTHERS.some((id) => text.includes(id))) rows.push(text)
    }
  }
  return rows.sort()
})

/** Runs the commands of tenant 1's people in a world with this other tenant; answers what they saw, what is left, and the other tenant's rows. */
const run = (commands: ReadonlyArray<Command>, other: Elsewhere | null) => {
  const random = repeatable()
  const kernel = Layer.mergeAll(
    Ids.layer,
    Layer.orDie(Sealer.layer(keyRing)),
    Settings.layer({
      limits: {
        mailPerAddress: { max: 1000, window: "1 hour" },
        linksPerAccount: { max: 1000, window: "1 hour" },
        linksPerNumber: { max: 1000, window: "1 hour" }
      }
    })
  ).pipe(Layer.provideMerge(random.layer))
  const portal = everyKind.pipe(
    Layer.provideMerge(
      Layer.merge(
        Layer.mergeAll(
          layerFree,
          Layer.orDie(Catalog.layer(exampleCatalog)),
          Provisioning.layer,
          FaultyDomainProof.layer,
          layerFileTypeDetector,
          layerSanitizer,
          layerMailParser,
          Scanner.layerNone,
          Memory.layerBlobStore
        ).pipe(Layer.provideMerge(kernel)),
        Layer.provideMerge(Memory.layerPorts, Store.layer)
      )
    )
  )
  return Effect.gen(function* () {
    yield* TestClock.setTime(at(1000))
    yield* inside
    if (other !== null) yield* outside(other)
    const rest = Effect.map(Store, (store) =>
      JSON.stringify(
        ["tenant", "membership", "account", "tenant_link"].flatMap((name) =>
          Option.match(HashMap.get(store.committed(), name), {
            onNone: () => [],
            onSome: ({ rows }) =>
              Array.from(HashMap.entries(rows), ([key, row]) => `${key} ${JSON.stringify(row)}`)
                .filter((text) => OTHERS.some((id) => text.includes(id)))
                .sort()
          })
        )
      )
    )
    const before = yield* rest
    yield* TestClock.adjust("1 second")
    random.reset()
    const made: Array<InvitationId> = []
    const answers: Array<string> = []
    for (const one of commands) answers.push(shown(yield* Effect.result(perform(one, made))))
    assert.strictEqual(yield* rest, before, "no command of tenant 1's people changes a row of tenant 2")
    return { answers, rows: yield* dump }
  }).pipe(Effect.provide(Layer.fresh(portal)), Effect.provide(TestClock.layer()))
}

describe("isolation of tenants", () => {
  it("V-03 HIE-05 R-TE-01 R-TE-03 R-TE-05 in two worlds that differ in another tenant only, the same commands give the same answers and leave the same rows", {
    timeout: 300_000
  }, () => {
    let allowed = 0
    let refused = 0
    return fc
      .assert(
        fc.asyncProperty(
          fc.array(command, { minLength: 1, maxLength: 14 }),
          elsewhere,
          elsewhere,
          async (commands, one, another) => {
            const first = await Effect.runPromise(run(commands, one))
            const second = await Effect.runPromise(run(commands, another))
            assert.deepStrictEqual(second, first)
            for (const answer of first.answers) {
              if (answer.startsWith('{"ok"')) allowed++
              else refused++
            }
          }
        ),
        { numRuns: rounds(300, 5000) }
      )
      .then(() => {
        assert.isAbove(allowed, 100, "the commands are not all refused")
        assert.isAbove(refused, 100)
      })
  })
})
