import { describe, expect, it } from "vitest"
import { faultsOf } from "./portal.ts"
import { alertOf, english, fill, follow, german, heading, notice, openStories, press } from "./story.ts"

const { mail, profile, register, signIn } = openStories()

const t = german.pages.account
const password = "Zwölf Boxkämpfer jagen Viktor"

/** The text of the newest mail to an address with this subject. */
const mailText = async (page: Awaited<ReturnType<typeof profile>>, to: string, subject: RegExp): Promise<string> => {
  await mail(page, to, subject)
  return (await page.locator(".mail-text").textContent()) ?? ""
}

/** An address as mails show it: with gaps, so that no mail program makes a link of what somebody has typed in. */
const shown = (email: string) => new RegExp(email.replace(/[@.]/g, "\\$&\\s*"))

describe("the own account in a browser without JavaScript", () => {
  it("REG-09 a person changes name, language, news and address; a mailbox that is mistyped or taken moves nothing", async () => {
    const tim = await profile()
    const other = await profile()
    const [old, fresh, taken] = ["tim@alt.example", "tim@neu.example", "schon@da.example"]
    await register(other, taken, "Da", password)
    await register(tim, old, "Alt", password)

    // 1. name and language; all that is wrong comes back at once
    await tim.goto("/account")
    await follow(tim, t.changeProfile)
    await fill(tim, { [t.firstName]: "", [t.lastName]: "x".repeat(101) })
    await press(tim, german.pages.common.save)
    const wrong = await alertOf(tim)
    for (const label of [t.firstName, t.lastName]) expect(wrong).toContain(label)
    expect(await faultsOf(tim)).toEqual([])
    await fill(tim, { [t.firstName]: "Timotheus", [t.lastName]: "Neu" })
    await tim.getByLabel(t.locale).selectOption("en")
    await press(tim, german.pages.common.save)
    expect(await notice(tim)).toContain(german.pages.notices.profileSaved)
    expect(await tim.getByText("Timotheus Neu").count()).toBeGreaterThan(0)
    expect(await tim.getByText(t.locales.en).count()).toBeGreaterThan(0)

    // 2. news by e-mail, and none
    await press(tim, t.marketingGive)
    expect(await tim.getByText(t.marketingOn).count()).toBe(1)
    await press(tim, t.marketingWithdraw)
    expect(await tim.getByText(t.marketingOff).count()).toBe(1)

    // 3. a taken address answers like a free one, and can be taken back
    await follow(tim, t.changeEmail)
    await fill(tim, { [t.emailNew]: old })
    await press(tim, t.emailSubmit)
    expect(await alertOf(tim)).toContain("bereits die E-Mail-Adresse Ihres Benutzerkontos")
    await fill(tim, { [t.emailNew]: taken })
    await press(tim, t.emailSubmit)
    expect(await notice(tim)).toContain(german.pages.notices.emailAsked)
    expect(await heading(tim)).toBe(t.changeEmail)
    expect(await tim.getByText(taken).count()).toBeGreaterThan(0)
    expect(await mailText(other, taken, /für ein anderes Benutzerkonto angegeben/)).not.toMatch(shown(old))
    await tim.goto("/account/e-mail")
    await press(tim, t.emailCancel)
    expect(await notice(tim)).toContain(german.pages.notices.emailCancelled)
    expect(await tim.getByText(taken).count()).toBe(0)

    // 4. the new address: the present one is told, in the language that was chosen
    await fill(tim, { [t.emailNew]: fresh })
    await press(tim, t.emailSubmit)
    expect(await notice(tim)).toContain(german.pages.notices.emailAsked)
    expect(await faultsOf(tim)).toEqual([])
    await tim.goto("/account")
    expect(await tim.getByText(t.emailWaiting).count()).toBe(1)
    expect(await mailText(tim, old, /A new e-mail address was given for your account/)).toMatch(shown(fresh))
    await mail(tim, fresh, /Confirm your new e-mail address/)
    const link = await tim
      .frameLocator("iframe")
      .getByRole("link", { name: "Confirm the new address" })
      .getAttribute("href")

    // 5. whoever has the mail and not the account changes nothing; nor does a scanner that opens the link
    const stranger = await profile()
    for (let n = 0; n < 2; n++) {
      await stranger.goto(link ?? "")
      expect(await heading(stranger)).toBe(t.emailConfirmTitle)
      expect(await stranger.getByRole("button", { name: t.emailConfirmSubmit }).count()).toBe(0)
    }
    expect(await faultsOf(stranger)).toEqual([])
    await signIn(stranger, taken, password)
    await stranger.goto(link ?? "")
    expect(await stranger.getByText(t.emailConfirmOther).count()).toBe(1)

    // 6. on another device of their own they sign in first, and come back to the link
    const phone = await profile({ width: 320 })
    await phone.goto(link ?? "")
    await phone.locator("main").getByRole("link", { name: german.pages.common.signIn }).click()
    await fill(phone, { [german.pages.signIn.email]: old, [german.pages.signIn.password]: password })
    await press(phone, german.pages.signIn.submit)
    expect(await heading(phone)).toBe(t.emailConfirmTitle)
    expect(await faultsOf(phone)).toEqual([])
    await press(phone, t.emailConfirmSubmit)
    expect(await notice(phone)).toContain(german.pages.notices.emailChanged)
    expect(await phone.getByText(fresh).count()).toBeGreaterThan(0)
    expect(await faultsOf(phone)).toEqual([])

    // 7. the other device is signed out, the old address is told, and the link is used up
    await tim.goto("/account")
    expect(await heading(tim)).toBe(german.pages.signIn.title)
    expect(await mailText(tim, old, /The e-mail address of your account was changed/)).toMatch(shown(fresh))
    await phone.goto(link ?? "")
    expect(await heading(phone)).toBe(german.pages.errors.linkTitle)
    await signIn(tim, fresh, password)

    // 8. what waits for the new address waits a day longer, and the page says so
    await phone.goto("/tickets")
    expect(await phone.getByText("Ihre E-Mail-Adresse wurde erst vor Kurzem geändert.").count()).toBe(1)
    await phone.goto("/tickets/claim")
    expect(await phone.getByText("Ihre E-Mail-Adresse wurde erst vor Kurzem geändert.").count()).toBe(1)
    expect(await faultsOf(phone)).toEqual([])

    // 9. and all of it in English
    for (const path of ["/account", "/account/profile", "/account/e-mail"]) {
      await phone.goto(`${path}?lang=en`)
      expect(await faultsOf(phone)).toEqual([])
      expect([
        english.pages.account.title,
        english.pages.account.changeProfile,
        english.pages.account.changeEmail
      ]).toContain(await heading(phone))
    }
  })
})
