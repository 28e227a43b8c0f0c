import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { defaults, layer, make, roleNamed, Settings, type SettingsInput } from "../../src/kernel/Settings.ts"

describe("Settings", () => {
  it("G-12 are one value with defaults, of which any part can differ", () => {
    assert.deepStrictEqual(make({}), defaults)
    const settings = make({
      links: { base: "https://portal.example", paths: { invitation: "/join" } },
      sessions: { idle: "5 minutes" },
      limits: { mailPerAddress: { max: 1, window: "1 day" } },
      roles: [],
      texts: { de: { NotFound: "Nichts da." } }
    })
    assert.strictEqual(settings.links.base, "https://portal.example")
    assert.strictEqual(settings.sessions.idle, "5 minutes")
    assert.strictEqual(settings.sessions.absolute, defaults.sessions.absolute)
    assert.deepStrictEqual(settings.limits.mailPerAddress, { max: 1, window: "1 day" })
    assert.deepStrictEqual(settings.limits.signInPerAccount, defaults.limits.signInPerAccount)
    assert.deepStrictEqual(settings.roles, [])
    assert.deepStrictEqual(settings.texts, { de: { NotFound: "Nichts da." } })
  })

  it("G-12 what is undefined stays as it is, and the defaults are never changed", () => {
    const before = structuredClone(defaults)
    assert.deepStrictEqual(make({ product: undefined, links: { base: undefined } }), defaults)
    make({ product: { name: "Other" }, texts: { en: { A: "a" } } })
    assert.deepStrictEqual(defaults, before)
  })

  it("R-SC-06 keys that name a prototype are left out (GHSA-737v-mqg7-c878)", () => {
    const hostile: ReadonlyArray<unknown> = [
      JSON.parse('{"__proto__":{"polluted":1}}'),
      JSON.parse('{"product":{"__proto__":{"polluted":1}}}'),
      JSON.parse('{"constructor":{"prototype":{"polluted":1}}}'),
      JSON.parse('{"texts":{"de":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}}')
    ]
    for (const input of hostile) {
      // what a configuration file could hold
      const settings = make(input as SettingsInput)
      assert.isFalse("polluted" in {})
      assert.isFalse("polluted" in settings)
      assert.isFalse("polluted" in settings.product)
      assert.isFalse("polluted" in (settings.texts.de ?? {}))
      assert.strictEqual(Object.getPrototypeOf(settings), Object.prototype)
      assert.strictEqual(Object.getPrototypeOf(settings.product), Object.prototype)
    }
  })

  it("R-SC-06 no input changes a prototype", () => {
    const names = fc.constantFrom("__proto__", "constructor", "prototype", "toString", "product", "texts", "de", "a")
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.dictionary(names, tie("value"), { noNullPrototype: true }),
        fc.constant({ polluted: 1 })
      )
    }))
    fc.assert(
      fc.property(value, (input) => {
        make(JSON.parse(JSON.stringify(input)) as SettingsInput)
        assert.isFalse("polluted" in {})
        assert.strictEqual(Object.keys(Object.prototype).length, 0)
      })
    )
  })

  it.effect("G-12 are the defaults unless a layer says something else", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Settings, defaults)
      const { product } = yield* Effect.provide(Settings, layer({ product: { name: "Other" } }))
      assert.deepStrictEqual(product, { name: "Other", support: defaults.product.support })
    })
  )

  it("finds a role by its name and nothing else", () => {
    assert.strictEqual(roleNamed(defaults, "owner")?.name, "owner")
    for (const name of ["Owner", "", "toString", "__proto__"]) assert.isUndefined(roleNamed(defaults, name))
  })
})
