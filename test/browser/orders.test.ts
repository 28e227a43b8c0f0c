import { describe, expect, it } from "vitest"
import { faultsOf, owner } from "./portal.ts"
import { alertOf, english, fill, follow, german, heading, notice, openStories, press, type Words } from "./story.ts"

const { mail, profile } = openStories()

interface Story {
  readonly words: Words
  readonly width: number
  readonly name: string
  readonly prices: ReadonlyArray<string>
  readonly placed: RegExp
  readonly ready: RegExp
}

/** From location management through the order and back; until the new sub account is there, with a mail at both points. */
const order = async ({ name, placed, prices, ready, width, words }: Story) => {
  const t = words.pages.orders
  const page = await profile({ width, words })
  await page.goto("/")
  await press(page, words.pages.start.demoSignIn)
  await follow(page, /Muster GmbH/)
  await follow(page, words.pages.locations.nav)
  expect(await heading(page)).toBe(words.pages.locations.title)
  await follow(page, words.pages.locations.add)
  await follow(page, words.pages.locations.newSubmit)
  expect(await heading(page)).toBe(t.new)
  expect(await faultsOf(page)).toEqual([])
  const product = words.locale === "de" ? "Standort" : "Location"
  await press(page, t.chooseOf(product))
  expect(await heading(page)).toBe(product)
  expect(await page.getByRole("alert").count()).toBe(0)
  expect(await page.getByRole("button", { name: t.submit, exact: true }).count()).toBe(0)

  const [line, seats] = words.locale === "de" ? ["Anschluss", "Nebenstellen"] : ["Line", "Extensions"]
  await page.getByLabel(line ?? "", { exact: true }).selectOption("mobile")
  await fill(page, {
    [seats ?? ""]: "11",
    [t.locationName]: name,
    [t.postalCode]: "10115"
  })
  await press(page, t.save)
  // the combination does not exist: said beside the field, with what was entered, and nothing to order yet
  expect(await alertOf(page)).toContain(`${seats}: `)
  expect(await page.getByLabel(seats ?? "", { exact: true }).inputValue()).toBe("11")
  expect(await page.getByRole("button", { name: t.submit, exact: true }).count()).toBe(0)
  expect(await faultsOf(page)).toEqual([])
  await fill(page, { [seats ?? ""]: "3" })
  await press(page, t.save)
  const shown = ((await page.locator("main").textContent()) ?? "").replaceAll("\u00a0", " ")
  for (const price of prices) expect(shown).toContain(price)
  expect(await faultsOf(page)).toEqual([])
  await press(page, t.submit)

  expect(await heading(page)).toBe(words.pages.locations.title)
  expect(await notice(page)).toContain(words.pages.notices.orderPlaced)
  const row = page.getByRole("row", { name: new RegExp(name) })
  expect(await row.textContent()).toContain(t.states.Placed)
  expect(await faultsOf(page)).toEqual([])
  await expect
    .poll(
      async () => {
        await page.reload()
        return row.textContent()
      },
      { timeout: 60_000, interval: 1000 }
    )
    .toContain(words.pages.locations.kinds.ordered)
  expect(await page.getByText(t.settingUp, { exact: true }).count()).toBe(0)
  await follow(page, name)
  expect(await page.locator(".area-head").textContent()).toContain(name)

  // the mails are in the language of the account
  const box = await profile({ words })
  await mail(box, owner.email, placed)
  expect(await box.locator(".mail-text").textContent()).toContain(name)
  await mail(box, owner.email, ready)
  expect(await box.locator(".mail-text").textContent()).toContain(name)
  await box.close()
  return page
}

describe("ordering a sub account", () => {
  it("ORD-01 ORD-02 ORD-05 HIE-04 from the product over messages and price to location management, being set up and then ready", async () => {
    await order({
      words: german,
      width: 1280,
      name: "Filiale Nord",
      prices: ["49,00 €", "56,70 €"],
      placed: /Ihre Bestellung/,
      ready: /Ihr neuer Nebenaccount ist bereit/
    })
  })

  it("G-08 ORD-02 ORD-05 the same in English on a small screen", async () => {
    await order({
      words: english,
      width: 360,
      name: "Filiale Ost",
      prices: ["€49.00", "€56.70"],
      placed: /Ihre Bestellung/,
      ready: /Ihr neuer Nebenaccount ist bereit/
    })
  })
})
