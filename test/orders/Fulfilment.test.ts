import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import * as Invitations from "../../src/invitations/index.ts"
import { job } from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { CustomerNumbers } from "../../src/orders/CustomerNumbers.ts"
import { Fulfilment, Orders } from "../../src/orders/index.ts"
import { OrderRepository } from "../../src/orders/OrderRepository.ts"
import { ready, refused, working } from "../../src/orders/Provisioning.ts"
import { Members, Permissions } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { type Behaviour, FaultyProvisioning } from "../../src/testing/FaultyProvisioning.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { earlierMail } from "../support/earlierMail.ts"
import { as, everyPort, given, mailsTo, newestSecret, type Portal } from "../support/portal.ts"
import { eventsOf, membershipOf, staff, tagOf } from "../tenants/world.ts"
import {
  becomeSub,
  draft,
  main,
  outcome,
  person,
  place,
  placed,
  setState,
  stored,
  suspend,
  withOrders,
  work
} from "./world.ts"

const plan = (...behaviours: ReadonlyArray<Behaviour>) =>
  Effect.flatMap(FaultyProvisioning, (faulty) => faulty.plan(...behaviours))
const asked = Effect.flatMap(FaultyProvisioning, (faulty) => faulty.asked)
const done = Effect.flatMap(FaultyProvisioning, (faulty) => faulty.done)

/** Until provisioning was asked so often: a store may take time that is not the test clock's. */
const reached = (calls: number): Effect.Effect<void, never, FaultyProvisioning> =>
  Effect.flatMap(asked, ({ length }) =>
    length >= calls
      ? Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
      : Effect.andThen(
          Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1))),
          reached(calls)
        )
  ).pipe(Effect.asVoid)

const kindsTo = (address: string) => Effect.map(mailsTo(address), (mails) => mails.map(({ kind }) => kind))

/** In a fiber of its own, as if in a process that may die. */
const alone = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.forkChild(effect), (fiber) => Fiber.await(fiber))

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | FaultyProvisioning>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(
        Effect.andThen(TestClock.setTime(1_800_000_000_000), effect),
        Layer.provideMerge(withOrders(settings), storage)
      )

  describe(`Fulfilment (${adapter})`, () => {
    it.effect(
      "ORD-04 HIE-04 ORD-05 the new tenant, its customer number, its first owner, the link and the mails come together, without further steps",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const order = yield* placed(owner, tenantId)
          yield* work
          const { link, order: after, subs, tenant } = yield* outcome(order)
          assert.strictEqual(after.state, "Fulfilled")
          assert.deepInclude(tenant, {
            name: "Filiale Wien",
            street: "Ring 1",
            postalCode: "1010",
            city: "Wien",
            country: "AT",
            customerNumber: "100000",
            state: "active",
            memberCount: 1,
            ownerCount: 1
          })
          assert.strictEqual(subs, 1)
          if (tenant === null) throw new Error("there is no tenant")
          assert.deepInclude(link, { mainId: tenantId, subId: tenant.id, kind: "ordered", refused: [] })
          const membership = yield* membershipOf(tenant.id, owner)
          assert.deepStrictEqual([membership?.roles, membership?.contactEmail], [["owner"], "owner@example.com"])
          const mails = yield* mailsTo("owner@example.com")
          assert.deepStrictEqual(
            mails.map(({ kind }) => kind),
            ["orders.placed", "orders.ready"]
          )
          assert.deepInclude(mails[1]?.values, { customerNumber: "100000", invited: false, name: "Filiale Wien" })
          // one process for its reader, in order
          assert.strictEqual(mails[0]?.process, mails[1]?.process)
          const types = (yield* eventsOf(tenantId)).map(({ type }) => type)
          assert.includeMembers(types, ["order.placed", "order.begun", "order.fulfilled", "location.linked"])
          // no longer being set up, and the orderer gets in
          const listed = yield* Orders.list({ tenantId, inLocations: true }).pipe(as(owner.actor))
          assert.deepStrictEqual(listed.items, [])
          const { tenants } = yield* Permissions.whereCanIGo({}).pipe(as(owner.actor))
          assert.include(
            tenants.map(({ id }) => id),
            tenant.id
          )
          // nothing is left to do
          const before = yield* asked
          yield* work
          yield* TestClock.adjust("1 day")
          yield* work
          assert.deepStrictEqual(yield* asked, before)
          assert.strictEqual(before.length, 1)
          assert.deepInclude(before[0], { orderId: order.id, tenantId, product: "location" })
        })
      )
    )

    it.effect(
      "ORD-04 TEN-01 where the order names another first owner, the new tenant waits for that one, who gets an invitation, and is linked already",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const order = yield* placed(owner, tenantId, { owner: { email: "branch@example.com", locale: "en" } })
          yield* work
          const { link, tenant } = yield* outcome(order)
          assert.deepInclude(tenant, { state: "in-setup", memberCount: 0 })
          assert.strictEqual(link?.mainId, tenantId)
          if (tenant === null) return
          assert.isUndefined(yield* membershipOf(tenant.id, owner))
          const [invitation] = yield* mailsTo("branch@example.com")
          assert.deepInclude(invitation, { kind: "invitations.invited", locale: "en" })
          assert.deepInclude((yield* mailsTo("owner@example.com"))[1]?.values, { invited: true })
          const branch = yield* person("branch")
          yield* Invitations.accept({ secret: yield* newestSecret("branch@example.com") }).pipe(as(branch.actor))
          assert.strictEqual((yield* outcome(order)).tenant?.state, "active")
          assert.deepStrictEqual((yield* membershipOf(tenant.id, branch))?.roles, ["owner"])
        })
      )
    )

    it.effect(
      "ORD-04 V-40 a provisioning that fails, is slow, is lost or dies in between is asked again, and gives one tenant, one link, one set of mails",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const order = yield* placed(owner, tenantId)
          yield* plan({ _tag: "Unavailable" }, working, { _tag: "Lost" }, { _tag: "Crash" }, { _tag: "Silence" })
          const steps: Array<readonly [state: string, failures: number, asked: number]> = []
          for (let tries = 0; tries < 6; tries++) {
            const running = yield* Effect.forkChild(work)
            yield* reached(tries + 1)
            // as long as one call may take
            yield* TestClock.adjust("31 seconds")
            yield* Fiber.await(running)
            const { failures, state } = yield* stored(order)
            steps.push([state, failures, (yield* asked).length])
            yield* TestClock.adjust("1 hour")
          }
          assert.deepStrictEqual(steps, [
            ["Provisioning", 1, 1],
            ["Provisioning", 1, 2],
            ["Provisioning", 2, 3],
            ["Provisioning", 2, 4],
            ["Provisioning", 3, 5],
            ["Fulfilled", 3, 6]
          ])
          assert.deepStrictEqual(yield* done, [order.id])
          const { link, subs, tenant } = yield* outcome(order)
          assert.strictEqual(subs, 1)
          assert.strictEqual(link?.subId, tenant?.id)
          assert.deepStrictEqual(yield* kindsTo("owner@example.com"), ["orders.placed", "orders.ready"])
        })
      )
    )

    it.effect(
      "ORD-04 G-13 an answer that comes twice, or after the lease, to two nodes counts once",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const order = yield* placed(owner, tenantId)
          const place = { tenantId, orderId: order.id }
          const settle = (claim: number) =>
            Fulfilment.settle({ ...place, claim, report: { _tag: "Ready" } }).pipe(as(job("test")))
          const first = yield* Fulfilment.take(place).pipe(as(job("test")))
          assert.deepStrictEqual(yield* Fulfilment.take(place).pipe(as(job("test"))), { claim: null })
          yield* TestClock.adjust("2 minutes")
          const second = yield* Fulfilment.take(place).pipe(as(job("test")))
          assert.isNotNull(second.claim)
          assert.notStrictEqual(second.claim, first.claim)
          // the first node is back, too late
          assert.deepStrictEqual(yield* settle(first.claim ?? -1), { counted: false, state: "Provisioning" })
          for (const report of [
            { _tag: "Working" },
            { _tag: "Unavailable" },
            { _tag: "Refused", message: null }
          ] as const) {
            const late = Fulfilment.settle({ ...place, claim: first.claim ?? -1, report }).pipe(as(job("test")))
            assert.deepStrictEqual(yield* late, { counted: false, state: "Provisioning" })
          }
          assert.strictEqual((yield* outcome(order)).subs, 0)
          assert.deepStrictEqual(yield* settle(second.claim ?? -1), { counted: true, state: "Fulfilled" })
          assert.deepStrictEqual(yield* settle(second.claim ?? -1), { counted: false, state: "Fulfilled" })
          assert.strictEqual((yield* outcome(order)).subs, 1)
          assert.deepStrictEqual(yield* kindsTo("owner@example.com"), ["orders.placed", "orders.ready"])
          // numbers are drawn for what counts only
          assert.strictEqual(yield* Effect.flatMap(CustomerNumbers, (numbers) => numbers.next), "100001")
        })
      )
    )

    it.effect(
      "ORD-03 ORD-05 after its tries the order has failed, the orderer is told why, and staff have it tried again or call it off",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const orders = yield* OrderRepository
          const clerk = yield* staff((yield* person("clerk")).account, "agent")
          const order = yield* placed(owner, tenantId)
          const place = { tenantId, orderId: order.id }
          const unavailable = { _tag: "Unavailable" } as const
          const fail = Effect.gen(function* () {
            yield* plan(unavailable, unavailable)
            yield* work
            assert.strictEqual((yield* stored(order)).state, "Provisioning")
            yield* work
            assert.strictEqual((yield* stored(order)).failures, 1, "not before its time")
            yield* TestClock.adjust("1 minute")
            yield* work
          })
          const retry = Orders.retry(place).pipe(as(clerk))
          const cancel = Orders.cancelFailed(place).pipe(as(clerk))
          assert.strictEqual(yield* tagOf(retry), "OrderStepNotPossible")
          assert.strictEqual(yield* tagOf(cancel), "OrderStepNotPossible")
          yield* fail
          const failed = yield* stored(order)
          assert.deepStrictEqual([failed.state, failed.failure?.reason], ["Failed", "too-many-tries"])
          assert.strictEqual(yield* orders.openOrders(tenantId), 0)
          assert.deepInclude((yield* mailsTo("owner@example.com"))[1], { kind: "orders.failed" })
          const [listed] = (yield* Orders.list({ tenantId, inLocations: true }).pipe(as(owner.actor))).items
          assert.strictEqual(listed?.state, "Failed")
          assert.match(listed?.failure?.de ?? "", /fehlgeschlagen/)
          assert.strictEqual(
            yield* tagOf(Orders.cancel(place).pipe(as(owner.actor))),
            "OrderStepNotPossible",
            "only staff move it now"
          )

          assert.deepStrictEqual(yield* retry, { state: "Provisioning" })
          assert.strictEqual(yield* orders.openOrders(tenantId), 1)
          yield* fail
          assert.strictEqual((yield* stored(order)).state, "Failed")
          assert.deepStrictEqual(yield* cancel, { state: "Cancelled" })
          assert.deepStrictEqual(yield* kindsTo("owner@example.com"), [
            "orders.placed",
            "orders.failed",
            "orders.failed",
            "orders.cancelled"
          ])
          assert.strictEqual((yield* outcome(order)).subs, 0)

          const second = yield* placed(owner, tenantId)
          yield* plan(refused({ de: "Kein Anschluss möglich.", en: "No line possible." }))
          yield* work
          assert.strictEqual((yield* stored(second)).failure?.reason, "refused")
          assert.deepInclude((yield* mailsTo("owner@example.com")).at(-1)?.values, {
            reason: "refused",
            message: { de: "Kein Anschluss möglich.", en: "No line possible." }
          })
          yield* Orders.retry({ tenantId, orderId: second.id }).pipe(as(clerk))
          yield* work
          assert.strictEqual((yield* stored(second)).state, "Fulfilled")
        }),
        { orders: { maxFailures: 2 } }
      )
    )

    it.effect(
      "ORD-04 a customer number that a tenant has already is passed over",
      proving(
        Effect.gen(function* () {
          const { admin, owner, tenantId } = yield* main
          yield* given.tenant(admin.account, { customerNumber: "N 5-00" })
          yield* given.tenant(admin.account, { customerNumber: "N502" })
          const first = yield* placed(owner, tenantId)
          const second = yield* placed(owner, tenantId)
          yield* work
          const numbers = [(yield* outcome(first)).tenant, (yield* outcome(second)).tenant].map(
            (tenant) => tenant?.customerNumber
          )
          assert.deepStrictEqual(numbers.sort(), ["N501", "N503"])
        }),
        { orders: { customerNumbers: { prefix: "N", first: 500 } } }
      )
    )

    it.effect(
      "ORD-04 HIE-01 when the tenant can have no sub any more before it is set up, nothing is set up and the orderer learns why",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const order = yield* placed(owner, tenantId)
          yield* becomeSub(tenantId)
          yield* work
          assert.deepStrictEqual(yield* asked, [])
          const { order: after, subs } = yield* outcome(order)
          assert.deepStrictEqual([after.state, after.failure?.reason, subs], ["Failed", "tenant-is-sub", 0])
          assert.deepStrictEqual(yield* kindsTo("owner@example.com"), ["orders.placed", "orders.failed"])
          const clerk = yield* staff((yield* person("clerk")).account, "agent")
          const retry = Orders.retry({ tenantId, orderId: order.id }).pipe(as(clerk))
          assert.strictEqual(yield* tagOf(retry), "MainIsASub")
        })
      )
    )

    it.effect(
      "ORD-04 HIE-01 HIE-09 when it can have none any more while it is set up, the order fails and nothing is half done",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const context = yield* Effect.context<Portal>()
          const tenants = yield* TenantRepository
          const faulty = yield* FaultyProvisioning
          const second = yield* given.tenant(owner.account)
          for (const [of, what, reason] of [
            [tenantId, becomeSub(tenantId), "tenant-is-sub"],
            [second.id, setState(second.id, "closed"), "tenant-not-active"]
          ] as const) {
            const order = yield* placed(owner, of)
            yield* faulty.meanwhile(Effect.provideContext(what, context))
            yield* work
            const { order: after, subs, tenant } = yield* outcome(order)
            assert.deepStrictEqual([after.state, after.failure?.reason, subs, tenant], ["Failed", reason, 0, null])
            assert.include(yield* done, order.id)
          }
          assert.isTrue(Option.isNone(yield* tenants.findByCustomerNumber("100000")))
          const clerk = yield* staff((yield* person("clerk")).account, "agent")
          const [failed] = (yield* Orders.queue({ states: ["Failed"], limit: 1 }).pipe(as(clerk))).items
          if (failed === undefined) throw new Error("there is no failed order")
          const { id: orderId, tenantId: of } = failed
          assert.strictEqual(yield* tagOf(Orders.retry({ tenantId: of, orderId }).pipe(as(clerk))), "TenantNotActive")
        })
      )
    )

    it.effect(
      "HIE-06 ORD-04 AUT-07 AUT-10 who may not order any more becomes no owner; a supervisor names another one, with a fresh proof",
      proving(
        Effect.gen(function* () {
          const { admin, owner, tenantId } = yield* main
          const memberships = yield* MembershipRepository
          const second = yield* person("second")
          yield* given.member(tenantId, second.account, ["owner"])
          const order = yield* placed(second, tenantId)
          yield* Members.changeRoles({ tenantId, accountId: second.account.id, roles: ["admin"] }).pipe(as(owner.actor))
          yield* work
          const { order: after, subs } = yield* outcome(order)
          assert.deepStrictEqual([after.state, after.failure?.reason, subs], ["Failed", "owner-not-entitled", 0])
          // they are told as long as they belong to the tenant
          assert.include(yield* kindsTo("second@example.com"), "orders.failed")
          yield* Members.remove({ tenantId, accountId: second.account.id }).pipe(as(owner.actor))
          assert.isTrue(Option.isNone(yield* memberships.find(tenantId, second.account.id)))
          const clerk = yield* staff((yield* person("clerk")).account, "supervisor")
          const orderOf = { tenantId, orderId: order.id }
          yield* Orders.retry(orderOf).pipe(as(clerk))
          yield* work
          assert.strictEqual((yield* stored(order)).failure?.reason, "owner-not-entitled")
          assert.strictEqual(
            (yield* kindsTo("second@example.com")).filter((kind) => kind === "orders.failed").length,
            1
          )
          // as for an appointment: AUT-10, AUT-07
          const naming = Orders.retry({ ...orderOf, owner: { email: admin.account.email } })
          const agent = yield* staff((yield* person("agent")).account, "agent")
          assert.strictEqual(yield* tagOf(naming.pipe(as(agent))), "NotAllowed")
          const old = { ...clerk, authenticatedAt: Instant.minus(clerk.authenticatedAt, "11 minutes") }
          assert.strictEqual(yield* tagOf(naming.pipe(as(old))), "StepUpRequired")
          yield* naming.pipe(as(clerk))
          yield* work
          const { link, tenant } = yield* outcome(order)
          assert.deepInclude(tenant, { state: "in-setup" })
          assert.strictEqual(link?.mainId, tenantId)
          assert.include(yield* kindsTo("admin@example.com"), "invitations.invited")
        })
      )
    )

    it.effect(
      "HIE-06 ORD-04 what somebody ordered for an owner of their choice goes to nobody when they may not order any more",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const second = yield* person("second")
          yield* given.member(tenantId, second.account, ["owner"])
          const order = yield* placed(second, tenantId, { owner: { email: "private@example.com" } })
          yield* Members.remove({ tenantId, accountId: second.account.id }).pipe(as(owner.actor))
          yield* work
          const { order: after, subs } = yield* outcome(order)
          assert.deepStrictEqual([after.state, after.failure?.reason, subs], ["Failed", "owner-not-entitled", 0])
          assert.deepStrictEqual(yield* kindsTo("private@example.com"), [])
          // and whoever may order in the tenant calls off what was placed there
          const placedByAnother = yield* placed(owner, tenantId)
          const third = yield* person("third")
          yield* given.member(tenantId, third.account, ["owner"])
          const cancel = (id: typeof order.id) => tagOf(Orders.cancel({ tenantId, orderId: id }).pipe(as(third.actor)))
          assert.strictEqual(yield* cancel((yield* draft(owner, tenantId)).id), "NotFound", "another's draft")
          yield* Orders.cancel({ tenantId, orderId: placedByAnother.id }).pipe(as(third.actor))
          assert.strictEqual((yield* stored(placedByAnother)).state, "Cancelled")
        })
      )
    )

    it.effect(
      "TEN-09 ORD-04 what was ordered waits while the tenant is suspended, and goes on when it is restored",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const context = yield* Effect.context<Portal>()
          const faulty = yield* FaultyProvisioning
          const before = yield* placed(owner, tenantId)
          const during = yield* placed(owner, tenantId)
          yield* faulty.meanwhile(Effect.provideContext(suspend(tenantId), context))
          yield* work
          yield* TestClock.adjust("1 hour")
          yield* work
          const states = Effect.forEach([before, during], (order) =>
            Effect.map(stored(order), ({ failures, state }) => [state, failures] as const)
          )
          for (const [state, failures] of yield* states) {
            assert.include(["Placed", "Provisioning"], state)
            assert.strictEqual(failures, 0)
          }
          assert.notInclude(yield* kindsTo("owner@example.com"), "orders.failed")
          yield* setState(tenantId, "active")
          yield* TestClock.adjust("1 hour")
          yield* work
          assert.deepStrictEqual(
            (yield* states).map(([state]) => state),
            ["Fulfilled", "Fulfilled"]
          )
        })
      )
    )

    it.effect(
      "ORD-03 ORD-05 an order for which there is never a customer number fails after its tries, and the orderer learns it",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const order = yield* placed(owner, tenantId)
          const away = new PersistenceError({ operation: "as the test wants it", reason: "connection" })
          const failing = CustomerNumbers.of({ next: Effect.fail(away) })
          for (let round = 0; round < 40 && (yield* stored(order)).state !== "Failed"; round++) {
            yield* work.pipe(Effect.provideService(CustomerNumbers, failing))
            yield* TestClock.adjust("7 hours")
          }
          assert.strictEqual((yield* stored(order)).failure?.reason, "too-many-tries")
          assert.include(yield* kindsTo("owner@example.com"), "orders.failed")
        })
      )
    )

    it.effect(
      "ORD-04 G-13 one order that goes wrong does not hold up the others",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const orders = yield* Effect.replicateEffect(placed(owner, tenantId), 3)
          yield* plan({ _tag: "Unavailable" }, ready, refused(null))
          yield* work
          const states = yield* Effect.forEach(orders, (order) => Effect.map(stored(order), ({ state }) => state))
          assert.deepStrictEqual(states.sort(), ["Failed", "Fulfilled", "Provisioning"])

          // nor does one whose outcome cannot be written down
          const numbers = yield* CustomerNumbers
          const later = yield* Effect.replicateEffect(placed(owner, tenantId), 3)
          let calls = 0
          const away = new PersistenceError({ operation: "as the test wants it", reason: "connection" })
          const failing = CustomerNumbers.of({
            next: Effect.suspend(() => (calls++ === 0 ? Effect.fail(away) : numbers.next))
          })
          yield* work.pipe(Effect.provideService(CustomerNumbers, failing))
          const then = yield* Effect.forEach(later, (order) => Effect.map(stored(order), ({ state }) => state))
          assert.deepStrictEqual(then.sort(), ["Fulfilled", "Fulfilled", "Provisioning"])
          yield* TestClock.adjust("2 minutes")
          yield* work
          for (const order of later) assert.strictEqual((yield* stored(order)).state, "Fulfilled")
        })
      )
    )

    it.effect(
      "ORD-05 OUT-04 mails about an order name it in both languages, and go to whoever still belongs to the tenant",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          yield* placed(owner, tenantId)
          yield* work
          const kinds = yield* MailKinds
          const memberships = yield* MembershipRepository
          const mails = yield* mailsTo("owner@example.com")
          assert.strictEqual(mails.length, 2)
          const verdicts = Effect.forEach(mails, (mail) => {
            const opened = Option.flatMap(kinds.get(mail.kind), (kind) => kind.open(mail))
            return Option.getOrThrow(opened).stillWanted(mail.createdAt)
          })
          assert.deepStrictEqual(
            (yield* verdicts).map(({ _tag }) => _tag),
            ["Wanted", "Wanted"]
          )
          yield* memberships.remove(tenantId, owner.account.id)
          assert.deepStrictEqual(
            (yield* verdicts).map((verdict) => verdict._tag === "Dropped" && verdict.reason),
            ["membership-ended", "membership-ended"]
          )
        }).pipe(Effect.provide(MailKinds.layer(...mailKinds)))
      )
    )

    it.effect(
      "ORD-05 OUT-03 a mail about an order that was stored before such mails named it is sent",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          yield* placed(owner, tenantId)
          yield* work
          const kinds = yield* MailKinds
          const verdicts = yield* Effect.forEach(yield* mailsTo("owner@example.com"), (mail) => {
            const opened = Option.flatMap(kinds.get(mail.kind), (kind) => kind.open(earlierMail(mail, "orderId")))
            return Option.getOrThrow(opened).stillWanted(mail.createdAt)
          })
          assert.deepStrictEqual(
            verdicts.map(({ _tag }) => _tag),
            ["Wanted", "Wanted"]
          )
        }).pipe(Effect.provide(MailKinds.layer(...mailKinds)))
      )
    )

    it.effect(
      "ORD-04 a node that dies between its calls leaves the order to the next one after the lease, wherever it dies",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const order = yield* place(owner, yield* draft(owner, tenantId))
          const orderOf = { tenantId, orderId: order.id }
          // after taking it
          yield* Fulfilment.take(orderOf).pipe(as(job("test")))
          yield* work
          assert.strictEqual((yield* asked).length, 0)
          yield* TestClock.adjust("2 minutes")
          // after provisioning answered
          yield* plan({ _tag: "Crash" })
          yield* alone(work)
          assert.strictEqual((yield* stored(order)).state, "Provisioning")
          yield* work
          assert.strictEqual((yield* asked).length, 1, "the lease runs")
          yield* TestClock.adjust("2 minutes")
          yield* work
          assert.strictEqual((yield* stored(order)).state, "Fulfilled")
          assert.strictEqual((yield* outcome(order)).subs, 1)
          assert.strictEqual((yield* stored(order)).failures, 0)
        })
      )
    )
  })
})
