import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { launchChromium } from "./chromium.ts"
import { faultsOf, followMail, openMail, owner, Portal } from "./portal.ts"

let browser: Browser
let portal: Portal
const contexts: Array<BrowserContext> = []

beforeAll(async () => {
  portal = await Portal.start()
  browser = await launchChromium()
})
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close()
})
afterAll(async () => {
  await browser?.close()
  await portal?.stop()
})

/** A browser profile without JavaScript, on a small screen if told. */
const profile = async (width = 1280): Promise<Page> => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    locale: "de-DE",
    baseURL: portal.url,
    viewport: { width, height: 900 }
  })
  context.setDefaultTimeout(20_000)
  contexts.push(context)
  return context.newPage()
}

const heading = (page: Page) => page.getByRole("heading", { level: 1 }).textContent()
const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).first().click()
const follow = (page: Page, name: string | RegExp) => page.getByRole("link", { name, exact: true }).first().click()
const notice = (page: Page) => page.getByRole("status").first().textContent()

const fill = async (page: Page, fields: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
}

const signIn = async (page: Page, email: string, password: string): Promise<void> => {
  await page.goto("/sign-in")
  await fill(page, { "E-Mail-Adresse": email, Passwort: password })
  await press(page, "Anmelden")
  expect(await heading(page)).toMatch(/Ihre Kundenbereiche|Kein Zugriff/)
}

const signInOwner = async (page: Page): Promise<void> => {
  await page.goto("/")
  await press(page, "Als Inhaber anmelden")
  expect(await heading(page)).toBe("Ihre Kundenbereiche")
}

const signInStaff = async (page: Page): Promise<void> => {
  await page.goto("/")
  await press(page, "Als Kundendienst anmelden")
  expect(await heading(page)).toBe("Kein Zugriff")
}

/** From the form to the confirmed mailbox. */
const selfRegister = async (page: Page, email: string, postalCode: string): Promise<void> => {
  await page.goto("/sign-in")
  await follow(page, "Noch kein Benutzer?")
  await fill(page, { "E-Mail-Adresse": email, Kundennummer: "K-10001", Postleitzahl: postalCode })
  await press(page, "Weiter")
  expect(await heading(page)).toBe("Ihre Angaben")
  await fill(page, { Vorname: "Grace", Nachname: "Hopper" })
  await page.getByLabel(/Datenschutzerklärung/).check()
  await press(page, "Registrieren")
  expect(await heading(page)).toBe("Ihre Registrierung ist übermittelt")
  await openMail(page, portal, email, /Registrierung/)
  const confirming = await followMail(page, "Bestätigen")
  expect(await heading(confirming)).toBe("Registrierung bestätigen")
  await press(confirming, "Bestätigen")
  expect(await heading(confirming)).toBe("Ihre Registrierung ist bestätigt")
  await confirming.close()
}

describe("self-registration by customer number", () => {
  it("SLF-01 SLF-03 SLF-05 SLF-06 REQ-07 REQ-08 somebody registers, the owner approves, and they come in as a member", async () => {
    const grace = await profile()
    const email = "grace@firma.example"

    // what is wrong is said where it was typed in
    await grace.goto("/self-registration")
    await fill(grace, { "E-Mail-Adresse": "keine", Postleitzahl: "1" })
    await press(grace, "Weiter")
    expect(await grace.getByRole("alert").textContent()).toContain("Bitte geben Sie eine gültige E-Mail-Adresse ein.")
    expect(await grace.getByRole("alert").textContent()).toContain("Kundennummer")
    expect(await grace.getByRole("alert").textContent()).toContain("Postleitzahl")
    await selfRegister(grace, email, "10115")

    // the owner is told, and finds it among what waits
    const boss = await profile()
    await openMail(boss, portal, owner.email, /Registrierungsanfrage/)
    await signInOwner(boss)
    await follow(boss, "Anträge")
    expect(await heading(boss)).toBe("Was auf Sie wartet")
    expect(await boss.getByRole("row").count()).toBe(2)
    expect(await boss.getByRole("row", { name: /Beitritt/ }).textContent()).toContain(email)
    await follow(boss, "Beitritt zum Kundenbereich")
    await press(boss, "Ablehnen")
    expect(await boss.getByRole("alert").textContent()).toContain("Begründung")
    await boss.getByLabel(/^Anmerkung/).fill("Willkommen im Team")
    await press(boss, "Bestätigen")
    expect(await notice(boss)).toContain("Der Antrag ist bestätigt.")
    expect(await boss.getByText("Nichts wartet auf Sie").count()).toBe(1)

    // terms, privacy, password
    await openMail(grace, portal, email, /Schließen Sie Ihre Registrierung/)
    expect(await grace.locator(".mail-text").textContent()).toContain("Willkommen im Team")
    const welcome = await followMail(grace, "Registrierung abschließen")
    expect(await heading(welcome)).toBe("Willkommen bei „Muster GmbH“")
    await follow(welcome, "Weiter")
    expect(await heading(welcome)).toBe("Nutzungsbedingungen")
    await press(welcome, "Weiter")
    expect(await welcome.getByRole("alert").textContent()).toContain("Ohne diese Zustimmung geht es nicht.")
    await welcome.getByLabel(/Nutzungsbedingungen/).check()
    await press(welcome, "Weiter")
    expect(await heading(welcome)).toBe("Datenschutzerklärung")
    await welcome.getByLabel(/Datenschutzerklärung/).check()
    await press(welcome, "Weiter")
    expect(await heading(welcome)).toBe("Passwort festlegen")
    await fill(welcome, { Passwort: "kurz" })
    await press(welcome, "Registrierung abschließen")
    expect(await welcome.getByRole("alert").textContent()).toContain("mindestens 15 Zeichen")
    await fill(welcome, { Passwort: "Zwölf Boxkämpfer jagen Viktor" })
    await press(welcome, "Registrierung abschließen")
    expect(await notice(welcome)).toContain("Willkommen!")
    await follow(welcome, "Alle Ansprechpartner ansehen")
    expect(await welcome.getByRole("row", { name: /Grace Hopper/ }).textContent()).toContain("Mitarbeiter")

    // and can stand in for the owner
    await boss.goto("/requests/deputies")
    await press(boss, "Vertretung eintragen")
    expect(await notice(boss)).toContain("Die Vertretung ist eingetragen.")
    await welcome.goto("/requests/deputies")
    expect(await welcome.getByRole("row", { name: /Erika Berger/ }).textContent()).toContain("Sie vertreten jemanden")
    await press(boss, "Vertretung durch Grace Hopper beenden")
    expect(await notice(boss)).toContain("Die Vertretung ist beendet.")
  })

  it("SLF-02 SLF-03 a wrong postal code looks the same, and only the mailbox learns of it", async () => {
    const page = await profile()
    await selfRegister(page, "nobody@firma.example", "99999")
    await openMail(page, portal, "nobody@firma.example", /nicht zugeordnet/)
    await signInOwner(page)
    await follow(page, "Anträge")
    expect(await page.getByText("Nichts wartet auf Sie").count()).toBe(1)
  })

  it("SLF-04 REQ-03 who has an account asks signed in, is refused together with others, and reads why; another request is withdrawn", async () => {
    const page = await profile()
    await selfRegister(page, "first@firma.example", "10115")
    await signInStaff(page)
    await follow(page, "Mit Kundennummer beitreten")
    await fill(page, { Kundennummer: "K-10001", Postleitzahl: "10115" })
    await press(page, "Beitritt anfragen")
    expect(await notice(page)).toContain("Ihre Anfrage ist übermittelt.")
    expect(await page.getByRole("row", { name: /Beitritt/ }).textContent()).toContain("Offen")

    const boss = await profile()
    await signInOwner(boss)
    await boss.goto("/requests?kind=ConnectTeamMember")
    expect(await boss.getByText("Kein Antrag passt zum Filter").count()).toBe(1)
    await follow(boss, "Alle Anträge anzeigen")
    expect(
      await boss
        .getByRole("row", { name: /Beitritt/ })
        .first()
        .textContent()
    ).toContain("Muster GmbH")
    await boss.goto("/requests?kind=JoinTenant")
    for (const box of await boss.getByRole("checkbox").all()) await box.check()
    expect(await boss.getByRole("checkbox").count()).toBe(2)
    await boss.getByLabel("Ablehnen", { exact: true }).check()
    await press(boss, "Ausgewählte entscheiden")
    expect(await boss.getByRole("alert").textContent()).toContain("Bitte begründen Sie die Ablehnung.")
    expect(await boss.getByRole("checkbox", { checked: true }).count()).toBe(2)
    await boss.getByLabel(/^Begründung/).fill("Wir kennen Sie nicht")
    await press(boss, "Ausgewählte entscheiden")
    expect(await notice(boss)).toContain("2 Anträge sind entschieden.")

    await page.goto("/requests/mine")
    expect(await page.getByRole("row", { name: /Beitritt/ }).textContent()).toContain("Wir kennen Sie nicht")
    await page.goto("/join")
    await fill(page, { Kundennummer: "K-10002", Postleitzahl: "1010" })
    await page.getByLabel("Land").selectOption("AT")
    await press(page, "Beitritt anfragen")
    await page
      .getByRole("row", { name: /K-10002/ })
      .getByRole("link")
      .click()
    await press(page, "Antrag zurückziehen")
    expect(await notice(page)).toContain("Ihr Antrag ist zurückgezogen.")
    expect(await page.getByRole("row", { name: /K-10002/ }).textContent()).toContain("Zurückgezogen")
  })
})

const password = "Kupferdach neben Seerose"

/** An account of one's own, as for a trial. */
const register = async (page: Page, email: string, lastName: string): Promise<void> => {
  await page.goto("/register")
  await fill(page, { Vorname: "Tim", Nachname: lastName, "E-Mail-Adresse": email, Passwort: password })
  await page.getByLabel(/Datenschutzerklärung/).check()
  await press(page, "Weiter")
  await openMail(page, portal, email, /Registrierung/)
  const confirming = await followMail(page, "Registrierung bestätigen")
  await fill(confirming, { Passwort: password })
  await press(confirming, "Bestätigen und anmelden")
  expect(await heading(confirming)).toBe("Kein Zugriff")
  await confirming.close()
}

const moveClock = async (page: Page, days: number): Promise<void> => {
  await page.goto("/development/simulation")
  await page.getByLabel("Um wie viele Tage?").fill(String(days))
  await press(page, "Uhr vorstellen")
  expect(await notice(page)).toContain("Die Uhr ist vorgestellt")
}

const bill = async (page: Page, email: string, type: string, plan: string): Promise<void> => {
  await page.goto("/development/simulation")
  await fill(page, { "E-Mail-Adresse des Benutzerkontos": email })
  await page.getByLabel("Ereignis", { exact: true }).selectOption(type)
  await page.getByLabel("Tarif (für Zahlungen)").selectOption(plan)
  await press(page, "Ereignis auslösen")
  expect(await notice(page)).toContain("Das Ereignis ist verbucht.")
}

describe("team members", () => {
  it("SUB-04 TMA-02 TMA-03 TMA-04 TMA-05 TMA-06 TMA-07 connected by support, not renewed with the plan, connected again; fewer places; by themselves with an agency plan", async () => {
    const primary = "pia@firma.example"
    const member = "tom@firma.example"
    const pia = await profile()
    const tom = await profile()
    await register(pia, primary, "Primär")
    await register(tom, member, "Mitglied")
    await bill(pia, primary, "paid", "pro")

    // the plan says that team members are part of it
    await follow(pia, "Tarif")
    expect(await pia.getByText("2 Plätze enthalten").count()).toBeGreaterThan(0)
    await follow(pia, "Teammitglieder verwalten")
    await fill(pia, { "E-Mail-Adresse des Teammitglieds": member })
    await press(pia, "Anfrage senden")
    expect(await notice(pia)).toContain("Ihre Anfrage ist übermittelt.")

    // support sees both accounts and decides
    const staff = await profile()
    await signInStaff(staff)
    await follow(staff, "Anträge")
    expect(await heading(staff)).toBe("Was auf den Kundendienst wartet")
    await follow(staff, "Teammitglied verbinden")
    expect(await staff.getByText("Belegte Plätze").count()).toBe(1)
    expect(await staff.getByText("0 / 2").count()).toBe(1)
    await press(staff, "Bestätigen")
    expect(await notice(staff)).toContain("Der Antrag ist bestätigt.")
    await openMail(pia, portal, primary, /Teammitglied verbunden/)
    await openMail(tom, portal, member, /Teammitglied verbunden/)
    await tom.goto("/team-members")
    expect(await tom.getByText("Sie nutzen diesen Tarif jetzt mit.").count()).toBe(1)
    await pia.goto("/team-members")
    expect(await pia.getByRole("row", { name: /Mitglied/ }).textContent()).toContain("Verbunden")
    expect(await pia.getByText("1 von 2 belegt").count()).toBe(1)

    // a week before, both are told; with the renewal the primary goes on, and the member does not
    await moveClock(staff, 24)
    await openMail(pia, portal, primary, /endet bald/)
    await openMail(tom, portal, member, /endet bald/)
    await bill(staff, primary, "renewed", "pro")
    await moveClock(staff, 7)
    await openMail(tom, portal, member, /hat geendet/)
    const again = await followMail(tom, "Erneut anfragen")
    await again.close()
    await signIn(pia, primary, password)
    await pia.goto("/plans")
    expect(await pia.getByText("Aktiv", { exact: true }).count()).toBe(1)
    await pia.goto("/team-members")
    expect(await pia.getByText("Noch keine Teammitglieder").count()).toBe(1)
    await signIn(tom, member, password)
    await tom.goto("/team-members")
    expect(await tom.getByText("Sie nutzen diesen Tarif jetzt mit.").count()).toBe(0)

    // the member asks again, naming both
    await tom.goto("/team-members/reactivate")
    await fill(tom, { "E-Mail-Adresse des Hauptkontos": primary, "E-Mail-Adresse des Teammitglieds": member })
    await press(tom, "Erneut anfragen")
    expect(await notice(tom)).toContain("Ihre Anfrage ist übermittelt.")
    await signInStaff(staff)
    await follow(staff, "Anträge")
    await follow(staff, "Teammitglied erneut verbinden")
    await press(staff, "Bestätigen")
    await tom.goto("/team-members")
    expect(await tom.getByText("Sie nutzen diesen Tarif jetzt mit.").count()).toBe(1)

    // a second member; with a smaller plan the primary chooses who stays
    await pia.goto("/team-members")
    await fill(pia, { "E-Mail-Adresse des Teammitglieds": owner.email })
    await press(pia, "Anfrage senden")
    await staff.goto("/requests")
    await staff.getByRole("checkbox").check()
    await press(staff, "Ausgewählte entscheiden")
    expect(await notice(staff)).toContain("1 Antrag ist entschieden.")
    await bill(staff, primary, "changed", "duo")
    await pia.goto("/team-members")
    expect(await pia.getByText("2 von 1 belegt").count()).toBe(1)
    await pia.getByLabel(/tom@firma/).check()
    await press(pia, "Auswahl speichern")
    expect(await notice(pia)).toContain("Ihre Auswahl ist gespeichert.")
    expect(await pia.getByText("1 von 1 belegt").count()).toBe(1)

    // either side ends it
    await follow(tom, "Verbindung mit Tim Primär beenden")
    await press(tom, "Ja, beenden")
    expect(await notice(tom)).toContain("Die Verbindung ist beendet.")

    // an agency plan needs no staff: the member decides
    await bill(staff, owner.email, "paid", "agency")
    const boss = await profile()
    await signInOwner(boss)
    await boss.goto("/team-members")
    await fill(boss, { "E-Mail-Adresse des Teammitglieds": member })
    await press(boss, "Anfrage senden")
    await tom.goto("/requests")
    await follow(tom, "Teammitglied verbinden")
    await press(tom, "Bestätigen")
    await boss.goto("/team-members")
    expect(await boss.getByRole("row", { name: /Mitglied/ }).textContent()).toContain("verlängert sich")
  })

  it("every page can be read on a phone and in English", async () => {
    const page = await profile(360)
    await signInOwner(page)
    for (const path of ["/requests", "/requests/mine", "/requests/deputies", "/plans", "/team-members", "/join"]) {
      for (const language of ["en", "de"]) {
        await page.goto(`${path}?lang=${language}`)
        expect(await faultsOf(page), path).toEqual([])
        expect(await page.locator("html").getAttribute("lang")).toBe(language)
      }
    }
    await page.goto("/team-members/reactivate")
    expect(await faultsOf(page)).toEqual([])
    const visitor = await profile(360)
    for (const path of ["/self-registration", "/self-registration/sent", "/development/simulation", "/"]) {
      await visitor.goto(path)
      expect(await faultsOf(visitor), path).toEqual([])
    }
  })
})
