import type { Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { issueTexts } from "../../src/kernel/refusals.ts"
import { faultsOf, followMail, owner } from "./portal.ts"
import { alertOf, english, fill, follow, german, heading, notice, openStories, press, type Words } from "./story.ts"

const { mail, moveClock, profile, register, selfRegister, signIn, signInOwner, signInStaff } = openStories()

/** A company of the demo, and one who wants to join it. */
interface Newcomer {
  readonly words: Words
  readonly email: string
  readonly tenantName: string
  readonly customerNumber: string
  readonly postalCode: string
  readonly password: string
}

/** The story of somebody who comes in by customer number; answers the page on which they are a member now, and the owner's. */
const comeIn = async ({ words, ...newcomer }: Newcomer) => {
  const { email, tenantName } = newcomer
  const { pages: t, locale } = words
  const page = await profile({ words })

  // what is wrong is said where it was typed in
  await page.goto("/self-registration")
  await fill(page, { [t.selfRegistration.email]: "nobody", [t.selfRegistration.postalCode]: "1" })
  await press(page, t.selfRegistration.next)
  const alert = await alertOf(page)
  expect(await page.getByLabel(t.selfRegistration.email).inputValue()).toBe("nobody")
  expect(await page.title()).toContain(t.common.error)
  expect(alert).toContain(issueTexts.email?.[locale])
  expect(alert).toContain(`${t.selfRegistration.customerNumber}: `)
  expect(alert).toContain(`${t.selfRegistration.postalCode}: `)
  await selfRegister(page, { words, ...newcomer })

  // the owner is told, and finds it among what waits
  const boss = await profile({ words })
  await mail(boss, owner.email, /Registrierungsanfrage/)
  await boss.goto("/")
  await press(boss, t.start.demoSignIn)
  await follow(boss, t.requests.nav)
  expect(await heading(boss)).toBe(t.requests.title)
  expect(await boss.getByRole("row").count()).toBe(2)
  const row = boss.getByRole("row", { name: new RegExp(email) })
  expect(await row.textContent()).toContain(tenantName)
  await row.getByRole("link").click()
  await press(boss, t.requests.refuse)
  expect(await alertOf(boss)).toContain(t.requests.reason)
  await boss.getByLabel(new RegExp(`^${t.requests.note}`)).fill("Glückauf")
  await press(boss, t.requests.approve)
  expect(await notice(boss)).toContain(t.notices.requestApproved)
  expect(await boss.getByText(t.requests.noneTitle).count()).toBe(1)

  // terms, privacy, password
  await mail(page, email, words.mails.offer.subject)
  expect(await page.locator(".mail-text").textContent()).toContain("Glückauf")
  const welcome = await followMail(page, words.mails.offer.button)
  expect(await heading(welcome)).toBe(t.selfRegistration.welcomeTitle(tenantName))
  await follow(welcome, t.selfRegistration.next)
  expect(await heading(welcome)).toBe(t.selfRegistration.agreeTitles.terms)
  await press(welcome, t.selfRegistration.next)
  expect(await alertOf(welcome)).toContain(t.selfRegistration.agreeNeeded)
  await welcome.getByRole("checkbox").check()
  await press(welcome, t.selfRegistration.next)
  expect(await heading(welcome)).toBe(t.selfRegistration.agreeTitles.privacy)
  await welcome.getByRole("checkbox").check()
  await press(welcome, t.selfRegistration.next)
  expect(await heading(welcome)).toBe(t.selfRegistration.passwordTitle)
  await fill(welcome, { [t.selfRegistration.password]: "kurz" })
  await press(welcome, t.selfRegistration.finish)
  expect(await alertOf(welcome)).toContain("15")
  await fill(welcome, { [t.selfRegistration.password]: newcomer.password })
  await press(welcome, t.selfRegistration.finish)
  expect(await notice(welcome)).toContain(t.notices.joined)
  await follow(welcome, t.tenants.allMembers)
  await page.close()
  return { boss, member: welcome }
}

const password = "Kupferdach neben Seerose"

describe("self-registration by customer number", () => {
  it("SLF-01 SLF-03 SLF-05 SLF-06 REQ-07 REQ-08 somebody registers, the owner approves, and they come in as a member", async () => {
    const { boss, member } = await comeIn({
      words: german,
      email: "grace@firma.example",
      tenantName: "Muster GmbH",
      customerNumber: "K-10001",
      postalCode: "10115",
      password: "Zwölf Boxkämpfer jagen Viktor"
    })
    expect(await member.getByRole("row", { name: /Grace Hopper/ }).textContent()).toContain("Mitarbeiter")

    // while the owner is away, the new member decides
    await boss.goto("/requests/deputies")
    const last = await boss.getByLabel("Letzter Tag", { exact: true }).inputValue()
    await fill(boss, { "Letzter Tag": "2020-02-29" })
    await press(boss, "Vertretung eintragen")
    expect(await alertOf(boss)).toContain("Letzter Tag: Dieser Wert liegt außerhalb des erlaubten Bereichs.")
    await fill(boss, { "Letzter Tag": last })
    await press(boss, "Vertretung eintragen")
    expect(await notice(boss)).toContain("Die Vertretung ist eingetragen.")
    await mail(member, "grace@firma.example", /Sie vertreten jemanden/)
    await member.goto("/requests/deputies")
    expect(await member.getByRole("row", { name: /Erika Berger/ }).textContent()).toContain("Sie vertreten jemanden")
    const email = "linus@firma.example"
    const linus = await profile()
    await selfRegister(linus, { email, customerNumber: "K-10001", postalCode: "10115" })
    await mail(member, "grace@firma.example", /Registrierungsanfrage/)
    await member.goto("/requests")
    await member
      .getByRole("row", { name: new RegExp(email) })
      .getByRole("link")
      .click()
    await press(member, "Bestätigen")
    expect(await notice(member)).toContain("Der Antrag ist bestätigt.")
    await mail(linus, email, german.mails.offer.subject)

    // and no longer than that
    await boss.goto("/requests/deputies")
    await press(boss, "Vertretung durch Grace Hopper beenden")
    expect(await notice(boss)).toContain("Die Vertretung ist beendet.")
    await selfRegister(linus, { email: "anna@firma.example", customerNumber: "K-10001", postalCode: "10115" })
    await boss.goto("/requests")
    const row = boss.getByRole("row", { name: /anna@firma/ })
    const address = (await row.getByRole("link").getAttribute("href")) ?? ""
    await member.goto("/requests")
    expect(await member.getByText("Nichts wartet auf Sie").count()).toBe(1)
    expect((await member.goto(address))?.status()).toBe(404)
    await boss.goto(address)
    await boss.getByLabel("Begründung").fill("Wir kennen Sie nicht")
    await press(boss, "Ablehnen")
    expect(await notice(boss)).toContain("Der Antrag ist abgelehnt.")
  })

  it("SLF-01 SLF-06 the same in English, into another customer area", async () => {
    const { member } = await comeIn({
      words: english,
      email: "ada@firm.example",
      tenantName: "Beispiel & Töchter KG",
      customerNumber: "k 10002",
      postalCode: "1010",
      password: "seven rivers under a tangerine lamp"
    })
    expect(await member.getByRole("row", { name: /Grace Hopper/ }).textContent()).toContain("Member")
  })

  it("SLF-07 who has registered on another way meanwhile joins with that account after signing in; somebody else is asked to switch", async () => {
    const email = "mary@firma.example"
    const mary = await profile()
    await selfRegister(mary, { email, customerNumber: "K-10002", postalCode: "1010" })
    const boss = await profile()
    await signInOwner(boss)
    await boss.goto("/requests")
    await boss
      .getByRole("row", { name: new RegExp(email) })
      .getByRole("link")
      .click()
    await boss.getByLabel("Mitarbeiter").uncheck()
    await boss.getByLabel("Administrator", { exact: true }).check()
    await press(boss, "Bestätigen")
    expect(await notice(boss)).toContain("Der Antrag ist bestätigt.")

    // the offer is for Mary, and the owner who opens it is told so
    await mail(boss, email, german.mails.offer.subject)
    const wrong = await followMail(boss, german.mails.offer.button)
    expect(await wrong.getByText("Diese Zusage gilt einer anderen Person.").count()).toBe(1)
    await press(wrong, "Abmelden und Konto wechseln")
    expect(await heading(wrong)).toBe("Willkommen bei „Beispiel & Töchter KG“")

    await register(mary, email, "Somerville", password)
    await mary.context().clearCookies()
    await mail(mary, email, german.mails.offer.subject)
    const welcome = await followMail(mary, german.mails.offer.button)
    expect(await welcome.getByText("gibt es ein Benutzerkonto").count()).toBe(1)
    await follow(welcome, "Anmelden und beitreten")
    await fill(welcome, { "E-Mail-Adresse": email, Passwort: password })
    await press(welcome, "Anmelden")
    expect(await heading(welcome)).toBe("Willkommen bei „Beispiel & Töchter KG“")
    await press(welcome, "Kundenbereich beitreten")
    expect(await notice(welcome)).toContain("Willkommen!")
    await follow(welcome, "Alle Ansprechpartner ansehen")
    expect(await welcome.getByRole("row", { name: /Tim Somerville/ }).textContent()).toContain("Administrator")
  })

  it("neither going back nor reloading sends a form again", async () => {
    const page = await profile()
    await page.goto("/self-registration")
    await press(page, "Weiter")
    expect(await alertOf(page)).toContain("Kundennummer")
    await fill(page, { "E-Mail-Adresse": "back@firma.example", Kundennummer: "K-10001", Postleitzahl: "10115" })
    await press(page, "Weiter")
    await press(page, "Registrieren")
    expect(await alertOf(page)).toContain("Vorname")
    await page.reload()
    expect(await heading(page)).toBe("Ihre Angaben")
    expect(await page.getByRole("alert").count()).toBe(0)
    // a page that was left by a form stands in the history once or twice, as the browser likes
    for (let steps = 0; steps < 4 && (await heading(page)) !== "Noch kein Benutzer?"; steps++) await page.goBack()
    expect(await heading(page)).toBe("Noch kein Benutzer?")
    expect(await page.getByRole("alert").count()).toBe(0)
  })

  it("SLF-02 SLF-03 a wrong postal code looks the same, and only the mailbox learns of it", async () => {
    const page = await profile()
    await selfRegister(page, { email: "nobody@firma.example", customerNumber: "K-10002", postalCode: "9999" })
    await mail(page, "nobody@firma.example", /nicht zugeordnet/)
    await signInOwner(page)
    await follow(page, "Anträge")
    expect(await page.getByText("Nichts wartet auf Sie").count()).toBe(1)
  })

  it("SLF-04 REQ-03 who has an account asks signed in, is refused together with others, and reads why; another request is withdrawn", async () => {
    const page = await profile()
    await selfRegister(page, { email: "first@firma.example", customerNumber: "K-10001", postalCode: "10115" })
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
    await register(pia, primary, "Primär", password)
    await register(tom, member, "Mitglied", password)
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
    expect(await staff.getByText("aktiv", { exact: true }).count()).toBe(1)
    await press(staff, "Bestätigen")
    expect(await notice(staff)).toContain("Der Antrag ist bestätigt.")
    await mail(pia, primary, /Teammitglied verbunden/)
    await mail(tom, member, /Teammitglied verbunden/)
    await tom.goto("/team-members")
    expect(await tom.getByText("Sie nutzen diesen Tarif jetzt mit.").count()).toBe(1)
    await pia.goto("/team-members")
    expect(await pia.getByRole("row", { name: /Mitglied/ }).textContent()).toContain("Verbunden")
    expect(await pia.getByText("1 von 2 belegt").count()).toBe(1)

    // a week before, both are told; with the renewal the primary goes on, and the member does not
    await moveClock(staff, 24)
    await mail(pia, primary, /endet bald/)
    await mail(tom, member, /endet bald/)
    await bill(staff, primary, "renewed", "pro")
    await moveClock(staff, 7)
    await mail(tom, member, /hat geendet/)
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

  it("SUB-05 somebody registers for a trial by themselves, once; it ends by itself, and team members come with the paid plan", async () => {
    const email = "ted@firma.example"
    const ted = await profile()
    await register(ted, email, "Tester", password)
    await ted.goto("/no-access")
    await follow(ted, "Tarif")
    expect(await ted.getByText("Sie haben keinen eigenen Tarif").count()).toBe(1)
    await press(ted, "Pro 14 Tage testen")
    expect(await notice(ted)).toContain("Ihre Testphase hat begonnen.")
    expect(await ted.getByText("Testphase", { exact: true }).count()).toBe(1)
    expect(await ted.getByRole("button", { name: /testen/ }).count()).toBe(0)
    await follow(ted, "Teammitglieder verwalten")
    expect(await ted.getByText("Während der Testphase sind Teammitglieder noch nicht dabei").count()).toBe(1)
    expect(await ted.getByRole("button", { name: "Anfrage senden" }).count()).toBe(0)

    await moveClock(ted, 15)
    await signIn(ted, email, password)
    await follow(ted, "Tarif")
    expect(await ted.getByText("Beendet", { exact: true }).count()).toBe(1)
    expect(await ted.getByRole("button", { name: /testen/ }).count()).toBe(0)
    await bill(ted, email, "paid", "pro")
    await ted.goto("/team-members")
    expect(await ted.getByText("0 von 2 belegt").count()).toBe(1)
  })

  it("every page can be read on a phone and in English", async () => {
    const page = await profile({ width: 360 })
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
    const staff = await profile({ width: 360 })
    await signInStaff(staff)
    for (const path of ["/no-access", "/staff", "/requests", "/requests?kind=JoinTenant"]) {
      await staff.goto(path)
      expect(await faultsOf(staff), path).toEqual([])
    }
    const visitor = await profile({ width: 360 })
    for (const path of ["/self-registration", "/self-registration/sent", "/development/simulation", "/"]) {
      await visitor.goto(path)
      expect(await faultsOf(visitor), path).toEqual([])
    }
  })
})
