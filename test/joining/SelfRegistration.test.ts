import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { assign } from "../../src/joining/SelfRegistration.ts"
import type { Tenant, TenantState } from "../../src/tenants/Tenant.ts"
import { tenant } from "../../src/testing/tenantSamples.ts"

const one = (over: Partial<Tenant> = {}): Tenant => ({ ...tenant(1), country: "AT", postalCode: "1010", ...over })
const typed = { customerNumber: "K-1", country: "AT", postalCode: "1010" }

describe("what becomes of numbers that a proven mailbox gave", () => {
  it("SLF-03 SLF-08 only number and postal code together, of a tenant that is not closed, are assigned", () => {
    const table: ReadonlyArray<readonly [string, Tenant | null, ReturnType<typeof assign>]> = [
      ["active", one({ state: "active" }), "assigned"],
      ["suspended", one({ state: "suspended" }), "waits"],
      ["in setup", one({ state: "in-setup" }), "waits"],
      ["closed", one({ state: "closed" }), "not-assigned"],
      ["unknown number", null, "not-assigned"],
      ["another postal code", one({ postalCode: "1020" }), "not-assigned"],
      ["another country", one({ country: "CH" }), "not-assigned"],
      ["another postal code, suspended", one({ postalCode: "1020", state: "suspended" }), "not-assigned"]
    ]
    for (const [name, found, expected] of table) assert.strictEqual(assign(typed, found), expected, name)
  })

  it("SLF-02 a postal code is the same however it is written, and of its country only", () => {
    assert.strictEqual(assign({ ...typed, postalCode: "A-1010" }, one()), "assigned")
    assert.strictEqual(
      assign({ ...typed, country: "GB", postalCode: "SW1A 1AA" }, one({ country: "GB", postalCode: "SW1A1AA" })),
      "assigned"
    )
  })

  it("SLF-03 no numbers are assigned to a tenant with another postal code, whatever its state", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<TenantState>("active", "suspended", "in-setup", "closed"),
        fc.integer({ min: 1000, max: 9999 }).map(String),
        fc.integer({ min: 1000, max: 9999 }).map(String),
        (state, mine, theirs) =>
          assign({ ...typed, postalCode: mine }, one({ state, postalCode: theirs })) === "not-assigned" ||
          (mine === theirs && state !== "closed")
      )
    )
  })
})
