import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as fc from "fast-check"
import {
  link,
  type MainSide,
  move,
  type SubSide,
  type TenantLink,
  withRefused
} from "../../src/hierarchy/TenantLink.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import { TenantState } from "../../src/tenants/Tenant.ts"
import { at, tenantId } from "../../src/testing/tenantSamples.ts"
import { rounds } from "../support/rounds.ts"

const settings = Settings.make({})

const linkOf = (sub: number, main: number, over: Partial<TenantLink> = {}): TenantLink => ({
  subId: tenantId(sub),
  mainId: tenantId(main),
  kind: "existing",
  linkedAt: at(0),
  refused: [],
  ...over
})
const side = (number: number, over: Partial<SubSide> = {}): SubSide => ({
  tenant: { id: tenantId(number), state: "active" },
  link: null,
  hasSubs: false,
  openOrders: 0,
  ...over
})
const tagOf = (result: Result.Result<unknown, { readonly _tag: string }>) =>
  Result.isSuccess(result) ? "ok" : result.failure._tag

const how = { kind: "existing", now: at(7) } as const

describe("a link between tenants", () => {
  it("HIE-01 R-HI-01 is made of an independent or main tenant and an independent one, both active, and of nothing else", () => {
    const linked = link(side(1, { hasSubs: true }), side(2), { kind: "ordered", now: at(7) })
    assert.deepStrictEqual(Result.getOrThrow(linked), linkOf(2, 1, { kind: "ordered", linkedAt: at(7) }))
    const cases: ReadonlyArray<readonly [string, MainSide, SubSide]> = [
      ["LinkToItself", side(1), side(1)],
      ["LinkToItself", side(1, { link: linkOf(1, 3) }), side(1, { link: linkOf(1, 3) })],
      ["MainIsASub", side(1, { link: linkOf(1, 3) }), side(2)],
      ["MainIsASub", side(1, { link: linkOf(1, 2) }), side(2, { hasSubs: true })],
      ["AlreadyLinked", side(1), side(2, { link: linkOf(2, 1) })],
      ["AlreadyLinked", side(1), side(2, { link: linkOf(2, 3) })],
      ["SubCannotHaveSubs", side(1), side(2, { hasSubs: true })],
      ["SubHasOpenOrders", side(1), side(2, { openOrders: 1 })]
    ]
    for (const [expected, main, sub] of cases) assert.strictEqual(tagOf(link(main, sub, how)), expected)
    for (const state of TenantState.literals) {
      const expected = state === "active" ? "ok" : "TenantNotActive"
      const of = (number: number) => ({ tenant: { id: tenantId(number), state } })
      assert.strictEqual(tagOf(link(side(1, of(1)), side(2), how)), expected)
      assert.strictEqual(tagOf(link(side(1), side(2, of(2)), how)), expected)
    }
  })

  it("HIE-09 moves to another active main that is no sub, and keeps what it refuses", () => {
    const current = linkOf(2, 1, { kind: "ordered", refused: ["members.read"] })
    assert.deepStrictEqual(
      Result.getOrThrow(move(current, side(3), at(9))),
      linkOf(2, 3, { linkedAt: at(9), refused: ["members.read"] })
    )
    assert.strictEqual(tagOf(move(current, side(1), at(9))), "AlreadyLinked")
    assert.strictEqual(tagOf(move(current, side(2), at(9))), "LinkToItself")
    assert.strictEqual(tagOf(move(current, side(3, { link: linkOf(3, 4) }), at(9))), "MainIsASub")
    assert.strictEqual(
      tagOf(move(current, side(3, { tenant: { id: tenantId(3), state: "suspended" } }), at(9))),
      "TenantNotActive"
    )
  })

  it("HIE-05 refuses only what could flow, each once", () => {
    const refusing = withRefused(settings, linkOf(2, 1), [
      "members.read",
      "owners.change",
      "tenant.read",
      "members.read"
    ])
    assert.deepStrictEqual(refusing.refused, ["tenant.read", "members.read"])
    assert.deepStrictEqual(withRefused(settings, refusing, []).refused, [])
  })

  it("HIE-01 V-05 whatever is linked, moved and unlinked in whatever order, there is one level, one main for each sub, and nobody below themself", () => {
    const step = fc.record({
      what: fc.constantFrom("link", "move", "unlink"),
      main: fc.nat({ max: 4 }),
      sub: fc.nat({ max: 4 })
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const links = new Map<TenantId, TenantLink>()
        const look = (number: number): SubSide =>
          side(number, {
            link: links.get(tenantId(number)) ?? null,
            hasSubs: [...links.values()].some(({ mainId }) => mainId === tenantId(number))
          })
        for (const { main, sub, what } of steps) {
          const current = links.get(tenantId(sub))
          if (what === "unlink") links.delete(tenantId(sub))
          else {
            const result =
              what === "link"
                ? link(look(main), look(sub), how)
                : current === undefined
                  ? undefined
                  : move(current, look(main), at(9))
            if (result !== undefined && Result.isSuccess(result)) links.set(result.success.subId, result.success)
          }
          for (const { mainId, subId } of links.values()) {
            assert.notStrictEqual(mainId, subId)
            assert.isFalse(links.has(mainId), "a main is below another one")
          }
        }
      }),
      { numRuns: rounds(300, 10_000) }
    )
  })
})
