import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { CollectiveInvoices, Locations } from "../../src/hierarchy/index.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import { permissions } from "../../src/kernel/Permission.ts"
import { Permissions, Tenants } from "../../src/tenants/index.ts"
import { at } from "../../src/testing/tenantSamples.ts"
import { crew } from "../requests/world.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, type Portal, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { eventsOf, person, staff, tagOf, tags } from "../tenants/world.ts"

const billing = Actor.provide(Actor.job("billing"))

interface Said {
  readonly payer?: string
  readonly eventId?: string
  readonly at?: number
  readonly positions?: ReadonlyArray<number>
}

const input = ({ at: when = 1, eventId = "b-1", payer = "KD-1", positions = [2, 3] }: Said = {}) => ({
  eventId,
  at: at(when),
  payer,
  positions: positions.map((number) => ({
    customerNumber: `KD-${number}`,
    name: `Filiale ${number}`,
    city: "Linz",
    since: at(number)
  }))
})

const say = (said: Said = {}) => CollectiveInvoices.applyCollectiveInvoice(input(said)).pipe(billing)

/** A payer, a customer of the same operator who is billed together with it, and the people of both. */
const two = Effect.gen(function* () {
  const owner = yield* person("owner")
  const other = yield* person("other")
  const payer = yield* given.tenant(owner.account, { name: "Zentrale", customerNumber: "KD-1" })
  const billed = yield* given.tenant(other.account, { name: "Geheimer Name", customerNumber: "kd 2" })
  return { owner, other, payerId: payer.id, billedId: billed.id }
})

const rowsOf = (tenantId: string, owner: Parameters<typeof as>[0], more: object = {}) =>
  Effect.map(Locations.list({ tenantId, ...more }).pipe(as(owner as Actor.Account)), ({ items }) => items)

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = Layer.provideMerge(withKernel(), layer)
  const inPortal = <A, E>(effect: Effect.Effect<A, E, Portal>) => effect.pipe(Effect.provide(portal))

  describe(`collective invoices (${adapter})`, { timeout: 60_000 }, () => {
    it.live(
      "HIE-08 HIE-02 what is billed together is listed in the payer's location management, marked, with what billing says and no more",
      () =>
        inPortal(
          Effect.gen(function* () {
            const { owner, payerId } = yield* two
            assert.deepStrictEqual(yield* say(), { applied: true, positions: 2 })
            const rows = yield* rowsOf(payerId, owner.actor)
            assert.deepStrictEqual(
              rows.map(({ collectiveInvoice, customerNumber, enter, id, kind, linkedAt, name, state }) => ({
                collectiveInvoice,
                customerNumber,
                enter,
                id,
                kind,
                linkedAt,
                name,
                state
              })),
              [3, 2].map((number) => ({
                collectiveInvoice: true,
                customerNumber: `KD-${number}`,
                enter: false,
                id: null,
                kind: "collective-invoice" as const,
                linkedAt: at(number),
                name: `Filiale ${number}`,
                state: null
              }))
            )
            // one of the two has a tenant here, which does not show
            const [unknown, known] = rows
            assert.deepStrictEqual(Object.keys(known ?? {}).sort(), Object.keys(unknown ?? {}).sort())
            assert.notInclude(JSON.stringify(rows), "Geheimer")
            assert.deepStrictEqual(
              (yield* rowsOf(payerId, owner.actor, { search: "filiale 2" })).map(({ name }) => name),
              ["Filiale 2"]
            )
          })
        )
    )

    it.live("HIE-08 R-HI-03 being billed together gives no access, to neither side, for any permission", () =>
      inPortal(
        Effect.gen(function* () {
          const { billedId, other, owner, payerId } = yield* two
          yield* say()
          for (const [who, tenantId] of [
            [owner, billedId],
            [other, payerId]
          ] as const) {
            const by = as(who.actor)
            for (const permission of permissions) {
              const question = { tenantId, permission }
              assert.isFalse((yield* Permissions.check(question).pipe(by)).allowed)
              assert.deepStrictEqual(yield* Permissions.explain(question).pipe(by), {
                allowed: false,
                missing: "no-membership"
              })
            }
            assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(by)), "NotFound")
            assert.strictEqual((yield* Permissions.whereCanIGo({}).pipe(by)).tenants.length, 1)
          }
          assert.deepStrictEqual((yield* Locations.mine({ tenantId: payerId }).pipe(as(owner.actor))).items, [])
        })
      )
    )

    it.live(
      "HIE-08 HIE-07 who is linked, too, is listed once, as the sub that it is, with the mark; unlinked, as what it was before",
      () =>
        inPortal(
          Effect.gen(function* () {
            const { billedId, other, owner, payerId } = yield* two
            yield* given.member(billedId, owner.account, ["owner"])
            yield* Locations.linkOwn({ tenantId: payerId, subId: billedId }).pipe(as(owner.actor))
            const shown = Effect.map(rowsOf(payerId, owner.actor), (rows) =>
              rows.map(({ collectiveInvoice, id, kind, name }) => [name, kind, collectiveInvoice, id !== null] as const)
            )
            assert.deepStrictEqual(yield* shown, [["Geheimer Name", "existing", false, true]])
            yield* say()
            assert.deepStrictEqual(yield* shown, [
              ["Geheimer Name", "existing", true, true],
              ["Filiale 3", "collective-invoice", true, false]
            ])
            yield* Locations.leaveMain({ tenantId: billedId }).pipe(as(other.actor))
            assert.deepStrictEqual(yield* shown, [
              ["Filiale 3", "collective-invoice", true, false],
              ["Filiale 2", "collective-invoice", true, false]
            ])
          })
        )
    )

    it.live("HIE-08 TEN-01 a sub that gets another customer number is marked by its new one", () =>
      inPortal(
        Effect.gen(function* () {
          const { billedId, owner, payerId } = yield* two
          yield* given.member(billedId, owner.account, ["owner"])
          yield* Locations.linkOwn({ tenantId: payerId, subId: billedId }).pipe(as(owner.actor))
          yield* say()
          const clerk = yield* staff(owner.account, "operator")
          yield* Tenants.changeCredentials({
            tenantId: billedId,
            customerNumber: "KD-3",
            postalCode: "1010",
            country: "AT"
          }).pipe(as(clerk))
          assert.deepStrictEqual(
            (yield* rowsOf(payerId, owner.actor)).map(({ customerNumber, kind }) => [customerNumber, kind]),
            [
              ["KD-3", "existing"],
              ["KD-2", "collective-invoice"]
            ]
          )
        })
      )
    )

    it.live(
      "G-06 HIE-02 HIE-08 linked and billed locations are one list, newest first, page by page without gap or double",
      () =>
        inPortal(
          Effect.gen(function* () {
            const { owner, payerId } = yield* two
            yield* say({ positions: Array.from({ length: 12 }, (_, index) => 100 + index) })
            for (let number = 0; number < 5; number++) {
              const { id } = yield* given.tenant(owner.account, { name: `Sub ${number}` })
              yield* Locations.linkOwn({ tenantId: payerId, subId: id }).pipe(as(owner.actor))
            }
            const whole = (yield* rowsOf(payerId, owner.actor, { limit: 100 })).map(
              ({ customerNumber }) => customerNumber
            )
            assert.strictEqual(whole.length, 17)
            for (const limit of [1, 3, 5, 16, 17]) {
              const found: Array<string> = []
              let after: string | null = null
              do {
                const page: {
                  readonly items: ReadonlyArray<{ readonly customerNumber: string }>
                  readonly next: string | null
                } = yield* Locations.list({ tenantId: payerId, limit, ...(after === null ? {} : { after }) }).pipe(
                  as(owner.actor)
                )
                found.push(...page.items.map(({ customerNumber }) => customerNumber))
                assert.isAtMost(page.items.length, limit)
                after = page.next
              } while (after !== null)
              assert.deepStrictEqual(found, whole, `in pages of ${limit}`)
            }
          })
        )
    )

    it.live(
      "HIE-08 what billing says may come twice, late and in any order; the last word holds, and a changed one is refused",
      () =>
        inPortal(
          Effect.gen(function* () {
            const { owner, payerId } = yield* two
            const numbers = Effect.map(rowsOf(payerId, owner.actor), (rows) =>
              rows.map(({ customerNumber }) => customerNumber)
            )
            const last = { eventId: "b-9", at: 9, positions: [7] }
            assert.deepStrictEqual(yield* say(last), { applied: true, positions: 1 })
            assert.deepStrictEqual(yield* say(last), { applied: false, positions: 1 })
            assert.deepStrictEqual(yield* say({ eventId: "b-1", at: 1 }), { applied: false, positions: 1 })
            assert.deepStrictEqual(yield* numbers, ["KD-7"])
            assert.strictEqual(yield* tagOf(say({ ...last, positions: [8] })), "CollectiveInvoiceChanged")
            assert.deepStrictEqual(yield* say({ eventId: "b-10", at: 10, positions: [] }), {
              applied: true,
              positions: 0
            })
            assert.deepStrictEqual(yield* numbers, [])
            const changes = (yield* eventsOf(payerId)).filter(({ type }) => type === "collectiveInvoice.changed")
            assert.deepStrictEqual(
              changes.map(({ data }) => data.eventId),
              ["b-9", "b-10"]
            )
          })
        )
    )

    it.live("HIE-08 of facts that come at the same time the newest one holds", () =>
      inPortal(
        Effect.gen(function* () {
          const { owner, payerId } = yield* two
          for (let round = 0; round < 10; round++) {
            const facts = Array.from({ length: 6 }, (_, n) => ({
              eventId: `b-${round}-${n}`,
              at: 10 * round + n,
              positions: [100 + n]
            }))
            const results = yield* race([...facts, ...facts].map((fact) => say(fact)))
            assert.isEmpty(tags(results).filter((tag) => tag !== "ok"))
            assert.deepStrictEqual(
              (yield* rowsOf(payerId, owner.actor)).map(({ customerNumber }) => customerNumber),
              ["KD-105"]
            )
          }
        })
      )
    )

    it.live(
      "HIE-08 G-01 STF-02 only billing's own programs and staff above agents say it, of a payer who is here, with each number once",
      () =>
        inPortal(
          Effect.gen(function* () {
            const { owner, payerId } = yield* two
            assert.strictEqual(yield* tagOf(say({ payer: "KD-99" })), "NotFound")
            const twice = input({ positions: [2] })
            const refused = yield* Effect.flip(
              CollectiveInvoices.applyCollectiveInvoice({
                ...twice,
                positions: [...twice.positions, ...twice.positions.map((one) => ({ ...one, customerNumber: "0kd 2" }))]
              }).pipe(billing)
            )
            assert.deepInclude(refused, {
              _tag: "InvalidInput",
              issues: [{ path: ["positions", "1", "customerNumber"], code: "double" }]
            })
            const by = (name: string, role: "agent" | "supervisor") =>
              Effect.flatMap(crew(name, role), ({ staff: actor }) =>
                tagOf(CollectiveInvoices.applyCollectiveInvoice(input()).pipe(as(actor)))
              )
            assert.strictEqual(yield* by("agent", "agent"), "NotAllowed")
            // whoever was one of the staff when the session began, and is not any more
            const former = yield* staff(owner.account, "supervisor")
            assert.strictEqual(
              yield* tagOf(CollectiveInvoices.applyCollectiveInvoice(input()).pipe(as(former))),
              "NotAllowed"
            )
            assert.strictEqual(yield* by("boss", "supervisor"), "ok")
            assert.strictEqual((yield* rowsOf(payerId, owner.actor)).length, 2)
          })
        )
    )
  })
})
