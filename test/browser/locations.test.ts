import type { Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { faultsOf } from "./portal.ts"
import { alertOf, fill, follow, german, heading, notice, openStories, press } from "./story.ts"

const { mail, profile, register, signIn, signInOwner } = openStories()

const t = german.pages
const password = "Kupferdach neben Seerose"

/** Opens location management of one of the areas that are listed. */
const openLocations = async (page: Page, area: RegExp): Promise<void> => {
  await page.goto("/tenants")
  await page.getByRole("link", { name: area }).first().click()
  await follow(page, t.locations.nav)
}

/** A sound page on a screen and on a phone. */
const isSound = async (page: Page): Promise<void> => {
  expect(await faultsOf(page)).toEqual([])
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await faultsOf(page)).toEqual([])
  await page.setViewportSize({ width: 1280, height: 900 })
}

describe("location management", () => {
  it("HIE-02 HIE-03 HIE-07 an owner of two areas links one to the other at once, finds it, and unlinks it", async () => {
    const page = await profile()
    await signInOwner(page)
    await openLocations(page, /Muster GmbH/)
    expect(await heading(page)).toBe("Standortverwaltung")
    expect(await page.getByText("Noch keine Nebenaccounts").count()).toBe(1)
    await isSound(page)
    await follow(page, "Nebenaccount hinzufügen")
    await isSound(page)
    // the area's own number is refused with a sentence, and stays in its field
    await fill(page, { Kundennummer: "K-10001", Postleitzahl: "10115" })
    await press(page, "Antrag senden")
    expect(await alertOf(page)).toContain("nicht mit sich selbst verknüpft")
    expect(await page.getByLabel("Kundennummer", { exact: true }).inputValue()).toBe("K-10001")
    await press(page, "Sofort verknüpfen")
    expect(await notice(page)).toContain("Der Nebenaccount ist verknüpft.")
    const row = page.getByRole("row", { name: /Beispiel & Töchter KG/ })
    for (const text of ["K-10002", "Wien", "Bestehender Kundenbereich", "Aktiv"]) {
      expect(await row.textContent()).toContain(text)
    }
    await isSound(page)
    await page.getByLabel("Name, Kundennummer oder Ort").fill("töchter")
    await press(page, "Suchen")
    expect(await row.count()).toBe(1)
    await page.getByLabel("Name, Kundennummer oder Ort").fill("nirgends")
    await press(page, "Suchen")
    expect(await page.getByText("Nichts gefunden").count()).toBe(1)

    // of the sub account the same page shows the main one
    await openLocations(page, /Beispiel/)
    expect(await heading(page)).toBe("Hauptaccount")
    expect(await page.getByText("Muster GmbH, Berlin").count()).toBe(1)
    await isSound(page)
    await page.getByLabel("Ansprechpartner ansehen").check()
    await press(page, "Speichern")
    expect(await notice(page)).toContain("Ihre Auswahl gilt ab sofort.")
    expect(await page.getByLabel("Ansprechpartner ansehen").isChecked()).toBe(true)
    await follow(page, "Vom Hauptaccount lösen")
    expect(await heading(page)).toBe("Vom Hauptaccount „Muster GmbH“ lösen?")
    await press(page, "Ja, lösen")
    expect(await notice(page)).toContain("Die Verknüpfung ist gelöst.")
  })

  it("HIE-03 HIE-05 ACC-02 by its numbers another owner's area is asked; once they agree, the main's owner works there with one sign-in", async () => {
    const email = "otto@firma.example"
    const otto = await profile()
    await register(otto, email, "Ohm", password)
    const boss = await profile()
    await signInOwner(boss)
    await boss
      .getByRole("link", { name: /Beispiel/ })
      .first()
      .click()
    await follow(boss, "Einladen")
    await fill(boss, { "E-Mail-Adresse": email })
    await boss.getByLabel(/^Inhaber/).check()
    await press(boss, "Einladung senden")
    await signIn(otto, email, password)
    await press(otto, "Kundenbereich beitreten")
    expect(await notice(otto)).toContain("beigetreten")
    await boss.goto("/tenants")
    await boss
      .getByRole("link", { name: /Beispiel/ })
      .first()
      .click()
    await follow(boss, "Kundenbereich verlassen")
    await press(boss, "Ja, verlassen")

    await openLocations(boss, /Muster GmbH/)
    await follow(boss, "Nebenaccount hinzufügen")
    expect(await boss.getByText("Eigener Kundenbereich").count()).toBe(0)
    await fill(boss, { Kundennummer: "k 10002", Postleitzahl: "1010" })
    await boss.getByLabel("Land").selectOption("AT")
    await press(boss, "Antrag senden")
    expect(await notice(boss)).toContain("Was daraus wird, steht in einer E-Mail")
    await mail(otto, email, /Aufnahme als Nebenaccount: Ihre Entscheidung/)
    await otto.goto("/requests")
    await otto
      .getByRole("link", { name: /Aufnahme als Nebenaccount/ })
      .first()
      .click()
    expect(await otto.getByText("Muster GmbH, Berlin").count()).toBeGreaterThan(0)
    await press(otto, t.requests.approve)
    await mail(boss, "owner@muster.example", /Aufnahme als Nebenaccount: zugestimmt/)

    await boss.goto("/tenants")
    expect(await boss.getByText("1 Standort").count()).toBe(1)
    await openLocations(boss, /Muster GmbH/)
    await boss.getByRole("link", { name: "Beispiel & Töchter KG", exact: true }).first().click()
    expect(await boss.getByText("Sie sind hier über den Hauptaccount „Muster GmbH“.").count()).toBe(1)
    await isSound(boss)
    await follow(boss, "Ansprechpartner")
    expect(await boss.getByText(email).count()).toBe(1)

    // the sub's owner sees who comes in, and why
    await openLocations(otto, /Beispiel/)
    await follow(otto, "Zugang über den Hauptaccount")
    await isSound(otto)
    await follow(otto, "Zugang von Erika Berger erklären")
    expect(await otto.getByText(/Ja, durch den Hauptaccount Muster GmbH, Rolle Inhaber/).count()).toBeGreaterThan(5)
    await isSound(otto)

    // and ends it; the main's owner gets a mail
    await openLocations(otto, /Beispiel/)
    await follow(otto, "Vom Hauptaccount lösen")
    await press(otto, "Ja, lösen")
    await mail(boss, "owner@muster.example", /Nebenaccount gelöst/)
    await openLocations(boss, /Muster GmbH/)
    expect(await boss.getByText("Noch keine Nebenaccounts").count()).toBe(1)
  })
})
