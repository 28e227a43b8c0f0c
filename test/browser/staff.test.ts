import { describe, expect, it } from "vitest"
import { faultsOf } from "./portal.ts"
import { alertOf, fill, follow, heading, notice, openStories, press } from "./story.ts"

const { profile, register, signInStaff } = openStories()

const password = "Kupferdach neben Seerose"

describe("the operator's people", () => {
  it("AUT-10 an operator finds the staff, appoints somebody, gives them another role, and dismisses them", async () => {
    const email = "ines@firma.example"
    const ines = await profile()
    await register(ines, email, "Inland", password)
    await ines.goto("/no-access")
    expect(await ines.getByRole("link", { name: "Kundendienst", exact: true }).count()).toBe(0)
    expect((await ines.goto("/staff"))?.status()).toBe(404)

    const boss = await profile()
    await signInStaff(boss)
    await follow(boss, "Kundendienst")
    expect(await heading(boss)).toBe("Tickets bearbeiten")
    await follow(boss, "Personal")
    expect(await heading(boss)).toBe("Personal des Kundendienstes")
    expect(await boss.getByText("Noch niemand bestellt").count()).toBe(1)
    await fill(boss, { "E-Mail-Adresse des Benutzerkontos": "nobody@firma.example" })
    await press(boss, "Bestellen")
    expect(await alertOf(boss)).toContain("Zu dieser Adresse gibt es kein aktives Benutzerkonto.")
    await fill(boss, { "E-Mail-Adresse des Benutzerkontos": email })
    await press(boss, "Bestellen")
    expect(await notice(boss)).toContain("gehört mit dieser Rolle zum Personal")
    const row = boss.getByRole("row", { name: /Tim Inland/ })
    expect(await row.textContent()).toContain("Sachbearbeitung")
    expect(await faultsOf(boss)).toEqual([])

    // the new agent finds the queue and the others, and appoints nobody
    await ines.goto("/tenants")
    expect(await heading(ines)).toBe("Willkommen im Kundendienst")
    await follow(ines, "Anträge des Kundendienstes")
    expect(await heading(ines)).toBe("Was auf den Kundendienst wartet")
    await follow(ines, "Personal")
    expect(await ines.getByRole("row", { name: /Tim Inland \(Sie\)/ }).count()).toBe(1)
    expect(await ines.getByRole("button", { name: "Bestellen" }).count()).toBe(0)

    await follow(boss, "Rolle ändern: Tim Inland")
    expect(await boss.getByLabel("E-Mail-Adresse des Benutzerkontos").inputValue()).toBe(email)
    await boss.getByLabel(/^Betrieb/).check()
    await press(boss, "Rolle speichern")
    expect(await row.textContent()).toContain("Betrieb")

    await follow(boss, "Tim Inland abberufen")
    expect(await heading(boss)).toBe("Tim Inland abberufen?")
    await press(boss, "Ja, abberufen")
    expect(await notice(boss)).toContain("gehört nicht mehr zum Personal")
    expect(await row.count()).toBe(0)
    expect((await ines.goto("/staff"))?.status()).toBe(404)
  })
})
