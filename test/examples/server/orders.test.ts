import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { beforeAll } from "vitest"
import { paths } from "../../../examples/server/http/paths.ts"
import type { Staff } from "../../../src/kernel/Actor.ts"
import { refused } from "../../../src/orders/Provisioning.ts"
import { FaultyProvisioning } from "../../../src/testing/FaultyProvisioning.ts"
import { main, type Person, person, work } from "../../orders/world.ts"
import { staff as staffOf } from "../../tenants/world.ts"
import { openPortal } from "./portalUnderTest.ts"

const portal = openPortal()
const on = portal.run

const browserOf = ({ account, actor }: Person, language: "de" | "en" = "de", staff?: Staff) => {
  const browser = portal.browserOf({ actor, staff, account, viewer: { name: "Ada", email: account.email } }, language)
  return {
    see: (path: string) => browser.open(path),
    fill: (page: string, action: string, fields: Readonly<Record<string, string>>) =>
      browser.fill(page, action, Object.entries(fields))
  }
}

const filled = {
  act: "change",
  "options.line": "fibre",
  "options.seats": "3",
  "options.router": "",
  "options.reference": "",
  "location.name": "Filiale Wien",
  "location.street": "Ring 1",
  "location.postalCode": "1010",
  "location.city": "Wien",
  "location.country": "AT",
  "owner.email": ""
}

/** What the button that orders sends. */
const ordering = (body: string) => {
  const of = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ""
  return { act: "place", version: of("version"), catalogVersion: of("catalogVersion") }
}

describe("ordering in the portal", () => {
  let world: Effect.Success<typeof main>
  beforeAll(async () => {
    world = await on(main)
  })

  it("ORD-01 ORD-02 ORD-05 HIE-04 product, options with messages, price, order, back to location management, being set up, ready", async () => {
    const { owner, tenantId } = world
    const browser = browserOf(owner)
    const add = await browser.see(paths.locationAdd(tenantId))
    assert.include(add.body, paths.orderNew(tenantId))
    const products = await browser.see(paths.orderNew(tenantId))
    for (const text of ["Standort", "Homeoffice", "ab 49,00 € einmalig und 19,90 € im Monat", "12 Monate"]) {
      assert.include(products.body, text)
    }
    const draft = await browser.fill(products.path, paths.orderNew(tenantId), { product: "location" })
    assert.include(draft.body, "Das ist ein Entwurf")
    assert.include(draft.body, "Glasfaser, 1 GBit/s (+ 99,00 € einmalig, 59,95 € monatlich)")
    assert.notInclude(draft.body, ">Zahlungspflichtig bestellen<")
    assert.notInclude(draft.body, 'role="alert"', "nobody has chosen yet")

    // the price can be seen before anything is said of the new sub account
    const priced = await browser.fill(draft.path, draft.path, {
      ...filled,
      "location.name": "",
      "location.street": "",
      "location.postalCode": "",
      "location.city": ""
    })
    for (const text of ["148,00 €", "Zum Bestellen fehlen noch Name und Postleitzahl"])
      assert.include(priced.body, text)
    assert.notInclude(priced.body, ">Zahlungspflichtig bestellen<")

    // each option says what is wrong with it, and what was entered is there again
    const wrong = await browser.fill(draft.path, draft.path, {
      ...filled,
      "options.line": "mobile",
      "options.seats": "50",
      "options.router": "fibre"
    })
    assert.include(wrong.body, "Über Mobilfunk sind höchstens 10 Nebenstellen möglich.")
    assert.include(wrong.body, "Den Glasfaserrouter gibt es nur zu einem Glasfaseranschluss.")
    assert.include(wrong.body, 'value="50"')
    assert.include(wrong.body, "Der Preis steht fest, sobald alle Angaben zueinander passen.")
    assert.notInclude(wrong.body, ">Zahlungspflichtig bestellen<")
    const many = await browser.fill(draft.path, draft.path, { ...filled, "options.seats": "viele" })
    assert.include(many.body, "Diese Angabe hat nicht die erwartete Form.")
    const address = await browser.fill(draft.path, draft.path, { ...filled, "location.postalCode": "1" })
    assert.strictEqual(address.status, 422)
    assert.include(address.body, "Bitte geben Sie eine gültige Postleitzahl ein.")

    const right = await browser.fill(draft.path, draft.path, filled)
    for (const text of ["148,00 €", "91,70 €", "Nebenstellen: 3", ">Zahlungspflichtig bestellen<"]) {
      assert.include(right.body, text)
    }
    // an older page does not order what it did not show
    const stale = await browser.fill(draft.path, draft.path, { ...ordering(right.body), version: "1" })
    assert.strictEqual(stale.status, 409)
    assert.include(stale.body, "hat sich inzwischen geändert")
    const placed = await browser.fill(draft.path, draft.path, ordering(right.body))
    assert.strictEqual(placed.path, paths.locations(tenantId))
    for (const text of ["Ihre Bestellung ist eingegangen", "Filiale Wien", "Wird eingerichtet"]) {
      assert.include(placed.body, text)
    }
    // sent twice, it comes to the same page and orders once
    const twice = await browser.fill(paths.orderNew(tenantId), draft.path, ordering(right.body))
    assert.strictEqual(twice.path, paths.locations(tenantId))
    const shown = await browser.see(draft.path)
    assert.include(shown.body, "Sie können sie stornieren")
    assert.include(shown.body, "148,00 €")

    await on(work)
    const ready = await browser.see(paths.locations(tenantId))
    assert.notInclude(ready.body, "Wird eingerichtet")
    for (const text of ["Filiale Wien", "100000", "Bestellt"]) assert.include(ready.body, text)
    assert.include((await browser.see(draft.path)).body, "Zum Nebenaccount")
    assert.notMatch(ready.body, /<script/)
  })

  it("ORD-03 G-08 in English, an order is cancelled after a question, and a draft is discarded", async () => {
    const { admin, owner, tenantId } = world
    const browser = browserOf(owner, "en")
    const start = () => browser.fill(paths.orderNew(tenantId), paths.orderNew(tenantId), { product: "office" })
    const draft = await start()
    const right = await browser.fill(draft.path, draft.path, { ...filled, "options.headset": "yes" })
    for (const text of ["€59.95", "€9.90", "Order with obligation to pay", "Headset: yes"]) {
      assert.include(right.body, text)
    }
    assert.include((await browser.fill(draft.path, draft.path, ordering(right.body))).body, "We have your order.")
    const question = await browser.see(`${draft.path}?cancel=yes`)
    assert.include(question.body, "Cancel the order?")
    const gone = await browser.fill(question.path, draft.path, { act: "cancel" })
    assert.include(gone.body, "The order is cancelled.")
    assert.notInclude(gone.body, "Being set up")
    const again = await browser.fill(draft.path, draft.path, { act: "cancel" })
    assert.strictEqual(again.status, 409)
    const second = await start()
    await browser.fill(second.path, second.path, { act: "cancel" })
    const all = await browser.see(paths.orders(tenantId))
    assert.include(all.body, "Cancelled")

    // who may only look sees the orders, and no way to order
    const reader = browserOf(admin)
    const list = await reader.see(paths.orders(tenantId))
    assert.strictEqual(list.status, 200)
    assert.notInclude(list.body, paths.orderNew(tenantId))
    assert.strictEqual((await reader.see(paths.orderNew(tenantId))).status, 403)
    assert.strictEqual((await browserOf(world.stranger).see(paths.orders(tenantId))).status, 404)
  })

  it("ORD-03 STF-01 staff see what failed and why, have it tried again, and find an order by its number", async () => {
    const { owner, tenantId } = world
    const faulty = await on(Effect.map(FaultyProvisioning, (service) => service))
    const clerk = await on(person("clerk"))
    const desk = browserOf(clerk, "de", await on(staffOf(clerk.account, "agent")))
    const browser = browserOf(owner)
    const draft = await browser.fill(paths.orderNew(tenantId), paths.orderNew(tenantId), { product: "office" })
    const right = await browser.fill(draft.path, draft.path, { ...filled, "location.name": "Filiale Graz" })
    await browser.fill(draft.path, draft.path, ordering(right.body))
    await on(faulty.plan(refused({ de: "Dort liegt keine Leitung.", en: "There is no line there." })))
    await on(work)
    for (const page of [paths.locations(tenantId), draft.path]) {
      const { body } = await browser.see(page)
      assert.include(body, "Nicht eingerichtet")
      assert.include(body, "Dort liegt keine Leitung.")
    }
    assert.strictEqual((await browser.see(paths.staffOrders)).status, 404)
    const queue = await desk.see(paths.staffOrders)
    for (const text of ["Filiale Graz", "Haupt GmbH", "Dort liegt keine Leitung."]) assert.include(queue.body, text)
    const number = /Bestellung ([0-9A-Z]{8}) erneut versuchen/.exec(queue.body)?.[1] ?? ""
    assert.include((await desk.see(`${paths.staffOrders}?q=${number.toLowerCase()}`)).body, "Filiale Graz")
    assert.include((await desk.see(`${paths.staffOrders}?q=nothing`)).body, "Nichts gefunden")
    const orderId = draft.path.split("/").at(-1) ?? ""
    const retried = await desk.fill(paths.staffOrders, paths.staffOrders, { act: "retry", tenantId, orderId })
    assert.include(retried.body, "Die Einrichtung wird erneut versucht.")
    const again = await desk.fill(paths.staffOrders, paths.staffOrders, { act: "cancel", tenantId, orderId })
    assert.strictEqual(again.status, 409)
    await on(work)
    const done = await browser.see(paths.locations(tenantId))
    assert.include(done.body, "Filiale Graz")
    assert.notInclude(done.body, "Nicht eingerichtet")
  })
})
