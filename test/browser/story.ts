import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, expect } from "vitest"
import { type Texts, texts } from "../../examples/server/texts/index.ts"
import type { Locale } from "../../examples/server/texts/locales.ts"
import { launchChromium } from "./chromium.ts"
import { followMail, openMail, Portal } from "./portal.ts"

/** The words of a story in one language: those of the pages, and the subjects and buttons of mails. */
export interface Words {
  readonly locale: Locale
  readonly pages: Texts
  readonly mails: {
    readonly selfRegister: { readonly subject: RegExp; readonly button: string }
    readonly offer: { readonly subject: RegExp; readonly button: string }
  }
}

export const german: Words = {
  locale: "de",
  pages: texts.de,
  mails: {
    selfRegister: { subject: /Bitte bestätigen Sie Ihre Registrierung/, button: "Bestätigen" },
    offer: { subject: /Schließen Sie Ihre Registrierung/, button: "Registrierung abschließen" }
  }
}

export const english: Words = {
  locale: "en",
  pages: texts.en,
  mails: {
    selfRegister: { subject: /Please confirm your registration/, button: "Confirm" },
    offer: { subject: /Complete your registration/, button: "Complete the registration" }
  }
}

export const heading = (page: Page) => page.getByRole("heading", { level: 1 }).textContent()
export const press = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: true }).first().click()
export const follow = (page: Page, name: string | RegExp) =>
  page.getByRole("link", { name, exact: true }).first().click()
export const notice = (page: Page) => page.getByRole("status").first().textContent()
export const alertOf = (page: Page) => page.getByRole("alert").textContent()

export const fill = async (page: Page, fields: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
}

/** A portal and a Chromium for the tests of this file, and what several stories do in them. */
export const openStories = () => {
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

  /** A browser profile without JavaScript, on a small screen or with it if told. */
  const profile = async ({ javaScript = false, width = 1280, words = german } = {}): Promise<Page> => {
    const context = await browser.newContext({
      javaScriptEnabled: javaScript,
      locale: words.locale,
      baseURL: portal.url,
      viewport: { width, height: 900 }
    })
    context.setDefaultTimeout(20_000)
    contexts.push(context)
    return context.newPage()
  }

  const signIn = async (page: Page, email: string, password: string): Promise<void> => {
    const t = german.pages
    await page.goto("/sign-in")
    await fill(page, { [t.signIn.email]: email, [t.signIn.password]: password })
    await press(page, t.signIn.submit)
    expect([t.tenants.title, t.tenants.noAccessTitle]).toContain(await heading(page))
  }

  const signInOwner = async (page: Page): Promise<void> => {
    await page.goto("/")
    await press(page, german.pages.start.demoSignIn)
    expect(await heading(page)).toBe(german.pages.tenants.title)
  }

  const signInStaff = async (page: Page): Promise<void> => {
    await page.goto("/")
    await press(page, german.pages.start.demoSignInOperator)
    expect(await heading(page)).toBe(german.pages.staff.homeTitle)
  }

  const mail = (page: Page, to: string, subject: RegExp) => openMail(page, portal, to, subject)

  /** From the form to the confirmed mailbox, as Grace Hopper. */
  const selfRegister = async (
    page: Page,
    {
      customerNumber,
      email,
      postalCode,
      words = german
    }: {
      readonly email: string
      readonly customerNumber: string
      readonly postalCode: string
      readonly words?: Words
    }
  ): Promise<void> => {
    const t = words.pages.selfRegistration
    await page.goto("/sign-in")
    await follow(page, t.link)
    await fill(page, { [t.email]: email, [t.customerNumber]: customerNumber, [t.postalCode]: postalCode })
    if (postalCode.length === 4) await page.getByLabel(t.country).selectOption("AT")
    await press(page, t.next)
    expect(await heading(page)).toBe(t.detailsTitle)
    // everything that is missing is said at once
    await press(page, t.submit)
    expect(await page.getByRole("alert").getByRole("link").count()).toBe(3)
    await fill(page, { [t.firstName]: "Grace", [t.lastName]: "Hopper" })
    await page.getByRole("checkbox").first().check()
    await press(page, t.submit)
    expect(await heading(page)).toBe(t.sentTitle)
    const { button, subject } = words.mails.selfRegister
    await mail(page, email, subject)
    const confirming = await followMail(page, button)
    expect(await heading(confirming)).toBe(t.confirmTitle)
    await press(confirming, t.confirm)
    expect(await heading(confirming)).toBe(t.confirmedTitle)
    await confirming.close()
  }

  /** An account of one's own, as for a trial. */
  const register = async (page: Page, email: string, lastName: string, password: string): Promise<void> => {
    const t = german.pages
    const send = async () => {
      await page.goto("/register")
      await fill(page, {
        [t.registration.firstName]: "Tim",
        [t.registration.lastName]: lastName,
        [t.registration.email]: email,
        [t.registration.password]: password
      })
      await page.getByLabel(/Datenschutzerklärung/).check()
      await press(page, t.registration.submit)
    }
    const { subject } = german.mails.selfRegister
    // somebody who has registered by customer number before has a mail with the same subject
    const mails = page.getByRole("row").filter({ hasText: email }).filter({ hasText: subject })
    await page.goto("/development/mails")
    const before = await mails.count()
    await send()
    await expect
      .poll(
        async () => {
          await page.goto("/development/mails")
          return mails.count()
        },
        // passwords are hashed slowly on purpose, and more so on a busy machine
        { timeout: 20_000 }
      )
      .toBe(before + 1)
    await mail(page, email, subject)
    const confirming = await followMail(page, "Registrierung bestätigen")
    await fill(confirming, { [t.signIn.password]: password })
    await press(confirming, t.registration.confirmSubmit)
    expect(await heading(confirming)).toBe(t.tenants.noAccessTitle)
    await confirming.close()
  }

  const moveClock = async (page: Page, days: number): Promise<void> => {
    await page.goto("/development/simulation")
    await page.getByLabel("Um wie viele Tage?").fill(String(days))
    await press(page, "Uhr vorstellen")
    expect(await notice(page)).toContain("Die Uhr ist vorgestellt")
  }

  return { profile, mail, signIn, signInOwner, signInStaff, selfRegister, register, moveClock }
}
