import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { beforeAll } from "vitest"
import { paths } from "../../../examples/server/http/paths.ts"
import { HierarchyRepository, Locations } from "../../../src/hierarchy/index.ts"
import { places, settings } from "../../hierarchy/places.ts"
import { as, given } from "../../support/portal.ts"
import type { Person } from "../../tenants/world.ts"
import { openPortal } from "./portalUnderTest.ts"

const portal = openPortal(settings)
const on = portal.run

const browserOf = ({ account, actor }: Person) =>
  portal.browserOf(
    { actor, account: { ...account, locale: "de" }, viewer: { name: "Ada", email: account.email } },
    "de"
  )

type World = Effect.Success<typeof places>

describe("location management", () => {
  let world: World
  beforeAll(async () => {
    world = await on(places)
  })

  it("HIE-02 HIE-03 an owner finds it empty, links an own area at once, sees it listed, searches, and unlinks it", async () => {
    const { both, mainId, nordId } = world
    const browser = browserOf(both)
    const empty = await browser.open(paths.locations(mainId))
    assert.strictEqual(empty.status, 200)
    assert.include(empty.body, "Noch keine Nebenaccounts")
    const add = await browser.open(paths.locationAdd(mainId))
    assert.include(add.body, "Nord GmbH (KD-2)")
    const listed = await browser.fill(paths.locationAdd(mainId), paths.locationLinkOwn(mainId), [["subId", nordId]])
    assert.include(listed.body, "Der Nebenaccount ist verknüpft.")
    for (const text of ["Nord GmbH", "KD-2", "Bestehender Kundenbereich", "Aktiv", "Nord GmbH lösen"]) {
      assert.include(listed.body, text)
    }
    assert.include((await browser.open(`${paths.locations(mainId)}?q=NORD`)).body, "Nord GmbH")
    assert.include((await browser.open(`${paths.locations(mainId)}?q=nirgends`)).body, "Nichts gefunden")
    // what cannot be is said in a sentence of its own
    const again = await browser.fill(paths.locationAdd(mainId), paths.locationLinkOwn(mainId), [["subId", nordId]])
    assert.include(again.body, "gehört bereits zu einem Hauptaccount")
    const itself = await browser.fill(paths.locationAdd(mainId), paths.locationAdd(mainId), [
      ["customerNumber", "KD-1"],
      ["postalCode", "1010"],
      ["country", "AT"]
    ])
    assert.include(itself.body, "nicht mit sich selbst verknüpft")
    assert.include(itself.body, 'value="KD-1"', "what was entered is there again")
    assert.include(itself.body, 'value="1010"', "the postal code, too")
    assert.notInclude(itself.body, "Nord GmbH (KD-2)", "it has a main account already")
    const confirm = await browser.open(paths.locationUnlink(mainId, nordId))
    assert.include(confirm.body, "„Nord GmbH“ lösen?")
    const gone = await browser.fill(paths.locationUnlink(mainId, nordId), paths.locationUnlink(mainId, nordId), [])
    assert.include(gone.body, "Die Verknüpfung ist gelöst.")
    assert.include(gone.body, "Noch keine Nebenaccounts")
  })

  it("HIE-03 by customer number and postal code the answer says no more than that a mail will come", async () => {
    const { chief, mainId } = world
    const browser = browserOf(chief)
    const ask = (customerNumber: string) =>
      browser.fill(paths.locationAdd(mainId), paths.locationAdd(mainId), [
        ["customerNumber", customerNumber],
        ["postalCode", "1010"],
        ["country", "AT"]
      ])
    const words = "Was daraus wird, steht in einer E-Mail"
    assert.include((await ask("KD-3")).body, words)
    assert.include((await ask("KD-99")).body, words)
    assert.include((await ask("!")).body, "gültige Kundennummer")
  })

  it("HIE-05 ACC-02 an employee of the main works in a sub with one sign-in; its owner sees why, and refuses what they like", async () => {
    const { chief, clerk, helper, mainId, nordId, north } = world
    await on(
      Effect.flatMap(HierarchyRepository, (hierarchy) =>
        hierarchy.insert({
          mainId,
          subId: nordId,
          kind: "existing",
          linkedAt: clerk.account.createdAt,
          refused: []
        })
      )
    )
    const browser = browserOf(clerk)
    const start = await browser.open(paths.tenants)
    assert.include(start.body, "1 Standort")
    assert.notInclude(start.body, "Nord GmbH")
    const entrances = await browser.open(paths.entrances(mainId))
    assert.include(entrances.body, `href="${paths.tenant(nordId)}"`)
    const inside = await browser.open(paths.tenant(nordId))
    assert.strictEqual(inside.status, 200)
    assert.include(inside.body, "Sie sind hier über den Hauptaccount „Haupt AG“.")
    assert.notInclude(inside.body, paths.leave(nordId), "there is no membership to end")
    assert.notInclude(inside.body, paths.contactAddress(nordId))
    assert.include((await browser.open(paths.members(nordId))).body, "helper@example.com")
    assert.strictEqual((await browser.open(paths.contactAddress(nordId))).status, 404)
    assert.strictEqual((await browser.open(paths.locations(mainId))).status, 403, "without the permission")
    assert.strictEqual((await browserOf(world.stranger).open(paths.tenant(nordId))).status, 404)

    const owner = browserOf(north)
    const page = await owner.open(paths.locations(nordId))
    assert.include(page.body, "Dieser Kundenbereich ist ein Nebenaccount.")
    assert.include(page.body, "Haupt AG")
    assert.include((await owner.open(paths.locationVisitors(nordId))).body, "Filialbetreuung")
    const why = await owner.open(paths.access(nordId, clerk.account.id))
    assert.include(why.body, "Ja, durch den Hauptaccount Haupt AG, Rolle Filialbetreuung.")
    assert.include(why.body, "Nein: Keine Rolle erlaubt das.")
    assert.include((await owner.open(paths.access(nordId, helper.account.id))).body, "Ja, durch die Rolle Mitarbeiter.")
    await owner.open(`${paths.access(nordId, clerk.account.id)}?lang=en`)
    const english = await owner.open(paths.access(nordId, clerk.account.id))
    assert.include(english.body, "Yes, through the main account Haupt AG, role Branch support.")
    await owner.open(`${paths.locations(nordId)}?lang=de`)
    const saved = await owner.fill(paths.locations(nordId), paths.locationRefused(nordId), [
      ["refused", "members.read"]
    ])
    assert.include(saved.body, "Ihre Auswahl gilt ab sofort.")
    assert.strictEqual((await browser.open(paths.members(nordId))).status, 403)
    assert.include(
      (await owner.open(paths.access(nordId, clerk.account.id))).body,
      "Nein: Das ist dem Hauptaccount hier verweigert."
    )
    assert.strictEqual((await browserOf(chief).open(paths.locationVisitors(nordId))).status, 403)
  })

  it("HIE-05 an owner of the main chooses the locations of an employee", async () => {
    const { chief, clerk, mainId, nordId } = world
    const browser = browserOf(chief)
    const page = paths.memberLocations(mainId, clerk.account.id)
    assert.include((await browser.open(paths.member(mainId, clerk.account.id))).body, page)
    const chosen = await browser.fill(page, page, [["scope", "some"]])
    assert.include(chosen.body, "Die Standorte sind gespeichert.")
    const inside = () => browserOf(clerk).open(paths.tenant(nordId))
    assert.strictEqual((await inside()).status, 404)
    await browser.fill(page, page, [
      ["scope", "some"],
      ["locations", nordId]
    ])
    assert.strictEqual((await inside()).status, 200)
    assert.match((await browser.open(page)).body, new RegExp(`value="${nordId}" checked`))
    await browser.fill(page, page, [["scope", "all"]])
    assert.strictEqual((await inside()).status, 200)
  })

  it("HIE-07 HIE-09 an owner of a sub asks another main, and leaves the one it has", async () => {
    const { mainId, nordId, north } = world
    const browser = browserOf(north)
    const asked = await browser.fill(paths.locationMove(nordId), paths.locationMove(nordId), [
      ["customerNumber", "KD-3"],
      ["postalCode", "1010"],
      ["country", "AT"]
    ])
    assert.include(asked.body, "Was daraus wird, steht in einer E-Mail")
    const left = await browser.fill(paths.locationLeave(nordId), paths.locationLeave(nordId), [])
    assert.include(left.body, "Die Verknüpfung ist gelöst.")
    assert.include(left.body, "Noch keine Nebenaccounts")
    assert.strictEqual((await browser.open(paths.locationMove(nordId))).status, 404)
    const { level } = await on(Locations.position({ tenantId: mainId }).pipe(as(world.chief.actor)))
    assert.strictEqual(level, "independent")
  })

  it("G-06 HIE-02 many sub accounts come in pages", async () => {
    const { both, mainId } = world
    await on(
      Effect.gen(function* () {
        const hierarchy = yield* HierarchyRepository
        for (let number = 1; number <= 30; number++) {
          const tenant = yield* given.tenant(both.account, { name: `Filiale ${number}`, customerNumber: `F-${number}` })
          const { createdAt: linkedAt, id: subId } = tenant
          yield* hierarchy.insert({ mainId, subId, kind: "existing", linkedAt, refused: [] })
        }
      })
    )
    const browser = browserOf(both)
    const first = await browser.open(paths.locations(mainId))
    const next = /href="([^"]+)" rel="next"/.exec(first.body)?.[1]?.replaceAll("&amp;", "&") ?? ""
    const second = await browser.open(next)
    const names = (body: string) =>
      [...body.matchAll(/role="rowheader"[^>]*><a[^>]*>(Filiale \d+)<\/a>/g)].map(([, name]) => name)
    assert.strictEqual(names(first.body).length, 25)
    assert.strictEqual(new Set([...names(first.body), ...names(second.body)]).size, 30)
    assert.notInclude(second.body, 'rel="next"')
  })

  it("HIE-10 a pasted list is looked through line by line before it is imported, and each line says what came of it", async () => {
    const { both, mainId } = world
    const browser = browserOf(both)
    assert.include((await browser.open(paths.locationAdd(mainId))).body, paths.locationImport(mainId))
    const list = ["Kundennummer;PLZ", "KD-2;1010", "KD-2;1010", "KD-77;1010", "KD-1;1010", "???;1010"].join("\r\n")
    const here = paths.locationImport(mainId)
    const send = (act: string, text = list) =>
      browser.fill(here, here, [
        ["act", act],
        ["list", text],
        ["country", "AT"]
      ])
    const said = (body: string) =>
      Array.from(
        body.matchAll(/<tr role="row"><td role="cell" data-label="Zeile"><div>(\d+)<.*?class="badge[^>]*>([^<]*)</gs),
        (found) => found.slice(1).join(" ")
      )
    const checked = await send("check")
    assert.strictEqual(checked.status, 200)
    assert.deepStrictEqual(said(checked.body), [
      "2 Wird sofort verknüpft",
      "3 Kommt schon in Zeile 2 vor",
      "4 Der Kundenbereich wird gefragt",
      "5 Nicht möglich",
      "6 Ungültig"
    ])
    assert.include(checked.body, "nicht mit sich selbst verknüpft")
    assert.include(checked.body, "2 Zeilen importieren")
    const found = async () => (await browser.open(`${paths.locations(mainId)}?q=NORD`)).body
    assert.include(await found(), "Nichts gefunden", "nothing has happened yet")
    const done = await send("import")
    const results = [
      "2 Ist Nebenaccount",
      "3 Kommt schon in Zeile 2 vor",
      "4 Antrag gestellt; was daraus wird, erfahren Sie per E-Mail",
      "5 Nicht möglich",
      "6 Ungültig"
    ]
    assert.deepStrictEqual(said(done.body), results)
    assert.include(await found(), "Nord GmbH lösen")
    assert.deepStrictEqual(said((await send("import")).body), results, "again it says the same")
    // a file is looked through as if it had been pasted
    await browser.open(here)
    const fields = [
      ["act", "check"],
      ["list", ""],
      ["country", "AT"]
    ] as const
    assert.deepStrictEqual(said((await browser.upload(here, fields, list)).body)[2], "4 Der Kundenbereich wird gefragt")
    // a longer list is worked on in the background
    const many = await send("import", Array.from({ length: 120 }, (_, n) => `KD-${1000 + (n % 110)};1010`).join("\n"))
    assert.include(many.body, 'max="120"')
    let shown = many
    for (let turn = 0; shown.headers.get("refresh") !== null && turn < 200; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      shown = await browser.open(many.path)
    }
    assert.include(shown.body, "120 von 120 Zeilen sind bearbeitet.")
    assert.include(said(shown.body), "111 Kommt schon in Zeile 1 vor", "a double of another step")
    assert.strictEqual((await browserOf(world.north).open(many.path)).status, 404, "a progress is its owner's own")
    // what is no list comes back as it was, with what is wrong
    const broken = await send("check", 'KD-2;"1010')
    assert.strictEqual(broken.status, 422)
    assert.include(broken.body, "Zeile 1 ist nicht lesbar")
    assert.include(broken.body, "KD-2;&quot;1010")
    assert.include((await send("check", "")).body, "mindestens eine Zeile")
    assert.include((await send("check", "KD-1;1\n".repeat(501))).body, "mehr als 500 Zeilen")
  })
})
