import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { launchChromium } from "./chromium.ts"
import { Authenticator, faultsOf, followMail, openMail, owner, Portal } from "./portal.ts"

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

/** A browser profile without JavaScript. */
const profile = async (options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    locale: "de-DE",
    baseURL: portal.url,
    ...options
  })
  context.setDefaultTimeout(20_000)
  contexts.push(context)
  return context.newPage()
}

const heading = (page: Page) => page.getByRole("heading", { level: 1 })
const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).click()
const follow = (page: Page, name: string | RegExp) => page.getByRole("link", { name, exact: true }).first().click()
const notice = (page: Page) => page.getByRole("status")

const fill = async (page: Page, fields: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
}

const signInOwner = async (page: Page): Promise<void> => {
  await page.goto("/")
  await press(page, /Als Inhaber anmelden|Sign in as owner/)
  expect(await heading(page).textContent()).toMatch(/Ihre Kundenbereiche|Your customer areas/)
}

const secrets = /[A-Za-z0-9_-]{43}/

describe("the portal in a browser without JavaScript", () => {
  it("REG-08 a person registers with a second factor, is invited, joins two areas, leaves one and sets a new password", async () => {
    const ada = await profile()
    const email = "ada@firma.example"
    const password = "Zwölf Boxkämpfer jagen Viktor"

    // 1. registering, with an authenticator app
    await ada.goto("/")
    expect(await ada.getByText(owner.email).count()).toBe(1)
    await follow(ada, "Jetzt registrieren")
    await fill(ada, { Vorname: "Ada", Nachname: "Lovelace", "E-Mail-Adresse": email, Passwort: "kurz" })
    await ada.getByLabel(/Authentifizierungs-App/).check()
    await press(ada, "Weiter")
    expect(await ada.getByRole("alert").textContent()).toContain("Ohne diese Zustimmung geht es nicht.")
    await ada.getByLabel(/Datenschutzerklärung/).check()
    await fill(ada, { Passwort: "kurz" })
    await press(ada, "Weiter")
    expect(await ada.getByRole("alert").textContent()).toContain("mindestens 15 Zeichen")
    await fill(ada, { Passwort: password })
    await press(ada, "Weiter")
    expect(await heading(ada).textContent()).toBe("Authentifizierungs-App einrichten")
    expect(await ada.locator(".qr-frame svg").count()).toBe(1)
    const app = new Authenticator((await ada.locator(".code-secret").textContent()) ?? "")
    await press(ada, "App bestätigen")
    expect(await ada.getByRole("alert").getByRole("link").textContent()).toContain("Code aus der App: ")
    expect(await ada.title()).toMatch(/^Fehler: /)
    await fill(ada, { "Code aus der App": "000000" })
    await press(ada, "App bestätigen")
    expect(await ada.getByRole("alert").textContent()).toContain("Dieser Code stimmt nicht")
    expect(await ada.title()).toMatch(/^Fehler: /)
    await fill(ada, { "Code aus der App": await app.code() })
    await press(ada, "App bestätigen")
    expect(await heading(ada).textContent()).toBe("Wir haben Ihnen eine E-Mail geschickt")
    expect(await ada.getByText(email).count()).toBeGreaterThan(0)

    // 2. the mail, its link, the first sign-in
    await openMail(ada, portal, email, /Registrierung/)
    expect(await ada.locator(".mail-text").textContent()).toContain(`${portal.url}/register/confirm/`)
    const confirming = await followMail(ada, "Registrierung bestätigen")
    expect(await heading(confirming).textContent()).toBe("Registrierung bestätigen")
    await confirming.getByLabel("Passwort", { exact: true }).fill("ein ganz anderes Passwort")
    await press(confirming, "Bestätigen und anmelden")
    expect(await confirming.getByRole("alert").textContent()).toContain("Dieses Passwort stimmt nicht.")
    await confirming.getByLabel("Passwort", { exact: true }).fill(password)
    await press(confirming, "Bestätigen und anmelden")
    expect(await confirming.locator(".recovery-codes li").count()).toBe(10)
    await follow(confirming, "Ich habe die Codes sicher abgelegt")
    expect(await heading(confirming).textContent()).toBe("Zweiter Faktor")
    await fill(confirming, { "Code aus der App": await app.code() })
    await press(confirming, "Bestätigen")
    await confirming.close()

    // 3. no access yet, and what to do
    await ada.goto("/")
    expect(await heading(ada).textContent()).toBe("Kein Zugriff")
    expect(await ada.getByText(`um eine Einladung an ${email}`).count()).toBe(1)

    await portal.restart()

    // 4. the owner invites, sends again, revokes, invites again
    const boss = await profile()
    await boss.goto("/sign-in")
    await fill(boss, { "E-Mail-Adresse": owner.email, Passwort: owner.password })
    await press(boss, "Anmelden")
    await follow(boss, /Muster GmbH/)
    await follow(boss, "Ansprechpartner")
    expect(await boss.getByRole("row", { name: /Erika Berger/ }).textContent()).toContain("Inhaber (Super Admin)")
    await follow(boss, "Einladungen")
    expect(await boss.getByText("Noch keine Einladungen").count()).toBe(1)
    const invite = async () => {
      await follow(boss, "Jemanden einladen")
      await fill(boss, { "E-Mail-Adresse": email })
      await boss.getByLabel(/^Persönliche Nachricht/).fill("Willkommen an Bord!")
      await press(boss, "Einladung senden")
      expect(await notice(boss).textContent()).toContain("Die Einladung ist unterwegs.")
    }
    const rows = boss.getByRole("row", { name: new RegExp(email) })
    await invite()
    expect(await rows.textContent()).toContain("Offen")
    await openMail(ada, portal, email, /Einladung/)
    const firstLink = secrets.exec((await ada.locator(".mail-text").textContent()) ?? "")?.[0] ?? ""
    await press(boss, `Einladung an ${email} erneut senden`)
    expect(await notice(boss).textContent()).toContain("erneut unterwegs")
    await ada.goto(`/invitation/${firstLink}`)
    expect(await ada.getByText("Dieser Link ist nicht (mehr) gültig").count()).toBe(1)
    await follow(boss, `Einladung an ${email} zurückziehen`)
    expect(await heading(boss).textContent()).toBe("Einladung zurückziehen?")
    expect(await boss.getByText(`Der Link, den ${email} erhalten hat`).count()).toBe(1)
    await press(boss, "Ja, zurückziehen")
    expect(await rows.textContent()).toContain("Zurückgezogen")
    await invite()
    expect(await rows.count()).toBe(2)

    // 5. joining: still signed in after the restart
    await openMail(ada, portal, email, /Einladung/)
    const invitation = await followMail(ada, "Einladung öffnen")
    expect(await heading(invitation).textContent()).toBe("Einladung in „Muster GmbH“")
    expect(await invitation.getByText("Erika Berger lädt Sie ein").count()).toBe(1)
    expect(await invitation.getByText("Willkommen an Bord!").count()).toBe(1)
    await press(invitation, "Kundenbereich beitreten")
    expect(await notice(invitation).textContent()).toContain("Willkommen!")
    await invitation.close()
    await ada.goto("/tenants")
    await follow(ada, /Muster GmbH/)
    await follow(ada, "Alle Ansprechpartner ansehen")
    expect(await ada.getByRole("row").count()).toBe(3)
    await ada.getByRole("searchbox").fill("lovel")
    await press(ada, "Suchen")
    expect(await ada.getByRole("row").count()).toBe(2)
    expect(await ada.getByRole("link", { name: "Einladungen", exact: true }).count()).toBe(0)

    await follow(ada, "Meine Kontaktadresse")
    await fill(ada, { "Neue Kontaktadresse": "buero@firma.example" })
    await press(ada, "Adresse ändern")
    expect(await notice(ada).textContent()).toContain("sobald der Link darin bestätigt ist")
    expect(await ada.getByRole("definition").first().textContent()).toBe(email)
    await openMail(ada, portal, "buero@firma.example", /Kontaktadresse/)
    const contact = await followMail(ada, "Adresse bestätigen")
    await press(contact, "Adresse bestätigen")
    expect(await contact.getByRole("definition").first().textContent()).toBe("buero@firma.example")
    await contact.close()

    await boss.goto("/tenants")
    await follow(boss, /Beispiel & Töchter KG/)
    await follow(boss, "Einladungen")
    await invite()
    await ada.goto("/tenants")
    expect(await ada.getByText("Erika Berger lädt Sie in den Kundenbereich „Beispiel & Töchter KG“ ein.").count()).toBe(
      1
    )
    await press(ada, "Kundenbereich beitreten")
    expect(await ada.locator(".area-name").textContent()).toContain("Beispiel & Töchter KG")
    await ada.getByText("Kundenbereich wechseln").click()
    await follow(ada, "Muster GmbH")
    expect(await ada.locator(".area-name").textContent()).toContain("Muster GmbH")
    await follow(ada, "Kundenbereich verlassen")
    await press(ada, "Ja, verlassen")
    expect(await notice(ada).textContent()).toContain("Sie haben den Kundenbereich verlassen.")
    expect(await ada.getByRole("link", { name: /Muster GmbH/ }).count()).toBe(0)
    await boss.goto("/tenants")
    await follow(boss, /Beispiel & Töchter KG/)
    await follow(boss, "Kundenbereich verlassen")
    await press(boss, "Ja, verlassen")
    expect(await boss.getByRole("alert").textContent()).toContain("mindestens einen Inhaber")

    // 6. a new password ends every session
    const elsewhere = await profile()
    await elsewhere.goto("/sign-in")
    await follow(elsewhere, "Passwort vergessen?")
    await fill(elsewhere, { "E-Mail-Adresse": email })
    await press(elsewhere, "Link anfordern")
    expect(await heading(elsewhere).textContent()).toBe("Wir haben Ihnen eine E-Mail geschickt")
    await openMail(elsewhere, portal, email, /Neues Passwort/)
    const reset = await followMail(elsewhere, "Neues Passwort festlegen")
    await fill(reset, { "Neues Passwort": "Franz jagt im komplett verwahrlosten Taxi" })
    await press(reset, "Passwort setzen")
    expect(await notice(reset).textContent()).toContain("Ihr neues Passwort gilt.")
    await ada.goto("/tenants")
    expect(await heading(ada).textContent()).toBe("Anmelden")
    await fill(ada, { "E-Mail-Adresse": email, Passwort: password })
    await press(ada, "Anmelden")
    expect(await ada.getByRole("alert").textContent()).toContain("E-Mail-Adresse oder Passwort stimmt nicht.")
    await fill(ada, { Passwort: "Franz jagt im komplett verwahrlosten Taxi" })
    await press(ada, "Anmelden")
    await fill(ada, { "Code aus der App": await app.code() })
    await press(ada, "Bestätigen")
    expect(await heading(ada).textContent()).toBe("Ihre Kundenbereiche")

    // what was followed and typed is in no log
    expect(portal.log).toContain("GET /invitation/… 200")
    expect(portal.log).not.toMatch(secrets)
    expect(portal.log).not.toContain(password)
  })

  it("in English on a phone an invited person makes an account by the link; roles, removal, a wrong account and declining", async () => {
    const boss = await profile()
    await signInOwner(boss)
    await follow(boss, /Muster GmbH/)
    await follow(boss, "Einladungen")
    await follow(boss, "Jemanden einladen")
    const email = "grace@firm.example"
    await fill(boss, { "E-Mail-Adresse": email })
    await boss.getByLabel("Administrator").check()
    await boss.getByLabel("Sprache der E-Mail").selectOption("en")
    await press(boss, "Einladung senden")

    const grace = await profile({
      locale: "en-GB",
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true
    })
    await openMail(grace, portal, email, /Invitation/)
    const page = await followMail(grace, "Open the invitation")
    expect(await heading(page).textContent()).toBe("Invitation to “Muster GmbH”")
    await follow(page, "Create account and join")
    const password = "seven rivers under a tangerine lamp"
    await fill(page, { "First name": "Grace", "Last name": "Hopper", Password: password })
    await page.getByLabel(/privacy statement/).check()
    await press(page, "Create account and join")
    expect(await notice(page).textContent()).toContain("Welcome!")
    expect(await page.getByText("Administrator, Member").count()).toBeGreaterThan(0)
    expect(await faultsOf(page)).toEqual([])

    // an administrator sees invitations, and may not make owners
    await follow(page, "Invitations")
    expect(await page.getByRole("row", { name: new RegExp(email) }).textContent()).toContain("Accepted")
    await follow(page, "Invite someone")
    expect(await page.getByLabel("Owner (super admin)").count()).toBe(0)

    // the owner takes the administration away again, then the membership
    await follow(boss, "Ansprechpartner")
    await follow(boss, "Grace Hopper bearbeiten")
    await boss.getByLabel("Administrator").uncheck()
    await press(boss, "Rollen speichern")
    expect(await notice(boss).textContent()).toContain("Die Rollen sind gespeichert.")
    await openMail(grace, portal, email, /Your roles/)
    await page.reload()
    expect(await heading(page).textContent()).toBe("You may not do this")
    await follow(boss, "Grace Hopper bearbeiten")
    await follow(boss, "Aus dem Kundenbereich entfernen")
    await press(boss, "Ja, entfernen")
    expect(await boss.getByRole("row", { name: /Grace Hopper/ }).count()).toBe(0)
    await page.goto("/tenants")
    expect(await heading(page).textContent()).toBe("No access")

    // an invitation that somebody else is signed in for
    await follow(boss, "Einladungen")
    await follow(boss, "Jemanden einladen")
    await fill(boss, { "E-Mail-Adresse": "somebody@firm.example" })
    await press(boss, "Einladung senden")
    await openMail(grace, portal, "somebody@firm.example", /Einladung/)
    const other = await followMail(grace, "Einladung öffnen")
    expect(
      await other.getByText(`You are signed in as ${email}. This invitation is for another address.`).count()
    ).toBe(1)
    await press(other, "Sign out and switch account")
    expect(await other.getByRole("link", { name: "Create account and join" }).count()).toBe(1)
    await follow(other, "Decline the invitation")
    await press(other, "Yes, decline")
    expect(await notice(other).textContent()).toContain("You have declined the invitation.")
    await boss.reload()
    expect(await boss.getByRole("row", { name: /somebody@firm.example/ }).textContent()).toContain("Abgelehnt")
  })

  it("a person changes the password, sets up an app, renews its codes, turns it off, and ends other sessions", async () => {
    const boss = await profile()
    const elsewhere = await profile()
    await signInOwner(elsewhere)
    await signInOwner(boss)
    await boss.goto("/account")
    await follow(boss, "Passwort ändern")
    const next = "Gummistiefel neben Kirschbaum"
    await fill(boss, { "Bisheriges Passwort": "etwas ganz anderes hier", "Neues Passwort": next })
    await press(boss, "Passwort ändern")
    expect(await boss.getByRole("alert").textContent()).toContain("Dieses Passwort stimmt nicht.")
    await fill(boss, { "Bisheriges Passwort": owner.password, "Neues Passwort": next })
    await press(boss, "Passwort ändern")
    expect(await notice(boss).textContent()).toContain("Ihr Passwort ist geändert.")
    await elsewhere.goto("/account")
    expect(await heading(elsewhere).textContent()).toBe("Anmelden")
    await fill(elsewhere, { "E-Mail-Adresse": owner.email, Passwort: next })
    await elsewhere.getByLabel(/Angemeldet bleiben/).check()
    await press(elsewhere, "Anmelden")
    expect(await heading(elsewhere).textContent()).toBe("Ihr Benutzerkonto")

    await boss.goto("/account/sessions")
    await press(boss, "Alle anderen Sitzungen beenden")
    expect(await boss.getByText("Sie sind nur hier angemeldet.").count()).toBe(1)
    await elsewhere.reload()
    expect(await heading(elsewhere).textContent()).toBe("Anmelden")

    await boss.goto("/account/second-factor")
    await press(boss, "QR-Code anzeigen")
    const app = new Authenticator((await boss.locator(".code-secret").textContent()) ?? "")
    await fill(boss, { "Code aus der App": "123456" })
    await press(boss, "App bestätigen")
    expect(await boss.getByRole("alert").textContent()).toContain("Dieser Code stimmt nicht")
    await fill(boss, { "Code aus der App": await app.code() })
    await press(boss, "App bestätigen")
    const codes = await boss.locator(".recovery-codes code").allTextContents()
    expect(codes.length).toBe(10)
    await follow(boss, "Ich habe die Codes sicher abgelegt")
    expect(await boss.getByText("Noch 10 Codes übrig").count()).toBe(1)

    // the app was set up by this session, which has not been proven by it yet
    await follow(boss, "Neue Codes erzeugen")
    await press(boss, "Neue Codes erzeugen")
    expect(await heading(boss).textContent()).toBe("Bitte bestätigen Sie, dass Sie es sind")
    await boss.getByLabel("Code aus der App oder Wiederherstellungscode").fill(codes[0] ?? "")
    await press(boss, "Bestätigen")
    expect(await boss.getByText("Dieser neue Code tritt an seine Stelle").count()).toBe(1)
    await follow(boss, "Ich habe die Codes sicher abgelegt")
    await press(boss, "Neue Codes erzeugen")
    expect(await boss.locator(".recovery-codes li").count()).toBe(10)
    const renewed = await boss.locator(".recovery-codes code").allTextContents()
    expect(renewed).not.toContain(codes[1])
    await press(boss, "Abmelden")

    // coming in with a recovery code
    await boss.goto("/sign-in")
    await fill(boss, { "E-Mail-Adresse": owner.email, Passwort: next })
    await press(boss, "Anmelden")
    await boss.getByText("Kein Zugriff auf die App?").click()
    await boss.getByLabel("Wiederherstellungscode", { exact: true }).fill(codes[2] ?? "")
    await press(boss, "Mit Wiederherstellungscode anmelden")
    expect(await boss.getByRole("alert").textContent()).toContain("Dieser Code stimmt nicht")
    await boss.getByLabel("Wiederherstellungscode", { exact: true }).fill(renewed[2] ?? "")
    await press(boss, "Mit Wiederherstellungscode anmelden")
    expect(await boss.locator(".recovery-codes li").count()).toBe(1)
    await boss.goto("/account/second-factor/remove")
    await press(boss, "Ja, ausschalten")
    expect(await boss.getByText("Nicht eingerichtet").count()).toBe(1)

    // back to what the start page says
    await follow(boss, "Passwort ändern")
    await fill(boss, { "Bisheriges Passwort": next, "Neues Passwort": owner.password })
    await press(boss, "Passwort ändern")
    expect(await notice(boss).textContent()).toContain("Ihr Passwort ist geändert.")
  })

  it("every page fits a small screen and has one heading, a language, and names for all that can be used", async () => {
    for (const locale of ["de-DE", "en-GB"]) {
      const visitor = await profile({ locale, viewport: { width: 320, height: 640 } })
      const check = async (page: Page, path: string, title?: string) => {
        const answer = await page.goto(path)
        expect.soft(await faultsOf(page), path).toEqual([])
        expect.soft(answer?.status(), path).toBe(title === undefined ? 200 : Number(title))
      }
      for (const path of [
        "/",
        "/register",
        "/register/sent",
        "/sign-in",
        "/password/forgotten",
        "/password/sent",
        "/developers",
        "/development/mails"
      ]) {
        await check(visitor, path)
      }
      for (const path of [
        "/nowhere",
        `/invitation/${"a".repeat(43)}`,
        `/register/confirm/${"a".repeat(43)}`,
        `/password/reset/${"a".repeat(43)}`
      ]) {
        await check(visitor, path, "404")
      }
      await signInOwner(visitor)
      await visitor.getByRole("link", { name: /Muster GmbH/ }).click()
      const area = new URL(visitor.url()).pathname
      for (const path of [
        "",
        "/edit",
        "/members",
        "/members?q=nobody",
        "/invitations",
        "/invitations/new",
        "/contact-address",
        "/leave"
      ]) {
        await check(visitor, `${area}${path}`)
      }
      for (const path of [
        "/tenants",
        "/account",
        "/account/password",
        "/account/second-factor",
        "/account/recovery-codes",
        "/account/sessions",
        "/sign-in/again"
      ]) {
        await check(visitor, path)
      }
      await visitor.goto("/account/second-factor")
      await press(visitor, /QR-Code anzeigen|Show the QR code/)
      expect.soft(await faultsOf(visitor)).toEqual([])
      await visitor.goto(`${area}/members`)
      await visitor
        .getByRole("link", { name: /bearbeiten|Edit/ })
        .first()
        .click()
      expect.soft(await faultsOf(visitor)).toEqual([])
      await visitor.goto("/development/mails")
      await visitor.getByRole("row").getByRole("link").first().click()
      expect.soft(await faultsOf(visitor)).toEqual([])
    }
  })

  it("names without a space to break at, and names that read from the right, fit every screen, too", async () => {
    const long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikationsanlagenbetriebe"
    const boss = await profile({ viewport: { width: 320, height: 640 } })
    await signInOwner(boss)
    await boss.goto("/account/profile")
    await fill(boss, { Vorname: long, Nachname: "شتاينماير-فون-هوهنلوهه" })
    await press(boss, "Speichern")
    await boss.goto("/tenants")
    await boss.getByRole("link", { name: /Muster GmbH/ }).click()
    const area = new URL(boss.url()).pathname
    await boss.goto(`${area}/edit`)
    await fill(boss, { Name: long })
    await press(boss, "Speichern")
    for (const width of [320, 1024]) {
      await boss.setViewportSize({ width, height: 640 })
      for (const path of [area, `${area}/members`, `${area}/invitations`, "/tenants", "/account", "/tickets/new"]) {
        await boss.goto(path)
        expect.soft(await faultsOf(boss), `${path} at ${width}`).toEqual([])
      }
    }
    await boss.goto(`${area}/members`)
    await boss.getByRole("row").getByRole("link").first().click()
    expect.soft(await faultsOf(boss)).toEqual([])
    await follow(boss, "Zugang erklären")
    expect.soft(await faultsOf(boss)).toEqual([])
  })
})
