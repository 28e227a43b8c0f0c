import { readFile } from "node:fs/promises"
import type { Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { faultsOf, owner } from "./portal.ts"
import { alertOf, english, fill, follow, german, heading, notice, openStories, press } from "./story.ts"

const { mail, profile, signInOwner, signInStaff } = openStories()

const file = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) })

/** Follows the link to a file, which is looked through before anybody gets it, and answers what it holds. */
const fetched = async (page: Page, name: string): Promise<string> => {
  await expect
    .poll(
      async () => {
        await page.reload()
        return page.getByRole("link", { name }).count()
      },
      // a page takes a second where others are at work, too
      { timeout: 20_000, interval: 200 }
    )
    .toBe(1)
  const download = page.waitForEvent("download")
  await page.getByRole("link", { name }).click()
  const got = await download
  expect(got.suggestedFilename()).toBe(name)
  return readFile(await got.path(), "utf8")
}

const t = german.pages.tickets
const desk = german.pages.desk
const development = german.pages.development

/** Answers the mail that is open in the development mailbox. */
const answerMail = async (
  page: Page,
  as: string,
  text: string,
  files: ReadonlyArray<ReturnType<typeof file>> = []
): Promise<void> => {
  await page.getByLabel(as, { exact: true }).check()
  await page.getByLabel(development.answerText, { exact: true }).fill(text)
  await page.getByLabel(new RegExp(`^${development.files}`)).setInputFiles([...files])
  await press(page, development.answerSubmit)
  expect(await notice(page)).toContain(german.pages.notices.mailFedIn)
}

/** Opens the newest ticket of staff's queue with this subject. */
const openAtDesk = async (page: Page, subject: string): Promise<void> => {
  await page.goto("/staff/tickets")
  await follow(page, subject)
  expect(await heading(page)).toBe(subject)
}

const messages = (page: Page) => page.locator("article.message")

describe("tickets", () => {
  it("TIC-01 TIC-02 TIC-03 TIC-13 MIN-02 a stranger submits, answers by mail, gets a file by mail, and nobody else's answer gets in", async () => {
    const stranger = await profile()
    const staff = await profile()
    const email = "rosa@werkstatt.example"

    await stranger.goto("/")
    await follow(stranger, t.submitLink)
    expect(await heading(stranger)).toBe(t.submitTitle)
    await press(stranger, t.submit)
    const missing = await alertOf(stranger)
    for (const label of [t.email, t.fullName, t.company, t.subject, t.description]) expect(missing).toContain(label)
    await fill(stranger, {
      [t.email]: "rosa@gmial.com",
      [t.fullName]: "Rosa Feld",
      [t.company]: "Werkstatt Feld",
      [t.subject]: "Die Rechnung fehlt",
      [t.description]: "Guten Tag,\n\nuns fehlt die Rechnung vom Oktober."
    })
    await stranger.getByRole("checkbox").first().check()
    await press(stranger, t.submit)
    // a mistyped domain is asked about, once
    expect(await stranger.getByText("rosa@gmail.com").count()).toBeGreaterThan(0)
    await fill(stranger, { [t.email]: email })
    await press(stranger, t.submit)
    expect(await notice(stranger)).toContain(german.pages.notices.ticketSent)

    await mail(stranger, email, /\[#[0-9A-Z]{8}\]/)
    // nothing of the stranger's own words goes to an address that nobody has proven
    expect(await stranger.locator(".mail-text").textContent()).not.toContain("Rechnung")
    await answerMail(stranger, development.answerAsRecipient(email), "Es ist die Nummer 4711.")

    await signInStaff(staff)
    await openAtDesk(staff, "Die Rechnung fehlt")
    expect(await messages(staff).count()).toBe(2)
    expect(await messages(staff).last().textContent()).toContain("Es ist die Nummer 4711.")
    await press(staff, desk.take)
    await staff.getByLabel(desk.note, { exact: true }).fill("Vorsicht, die Nummer kenne ich nicht.")
    await press(staff, desk.noteSubmit)
    await staff.getByLabel(desk.reply, { exact: true }).fill("Sie ist unterwegs.")
    await press(staff, desk.replySubmit)
    expect(await notice(staff)).toContain(german.pages.notices.deskReplied)
    expect(await staff.getByText(desk.states.Waiting).count()).toBeGreaterThan(0)

    // the answer comes by mail, without the note
    await mail(stranger, email, /\[#[0-9A-Z]{8}\]/)
    const answer = (await stranger.locator(".mail-text").textContent()) ?? ""
    expect(answer).toContain("Sie ist unterwegs.")
    expect(answer).not.toContain("Vorsicht")
    const answered = stranger.url()
    await answerMail(stranger, development.answerAsMachine, "Ich bin bis Montag nicht da.")
    await stranger.goto(answered)
    await answerMail(stranger, development.answerAsStranger, "Lassen Sie mich mitlesen!")
    await openAtDesk(staff, "Die Rechnung fehlt")
    expect(await messages(staff).count()).toBe(4)
    expect(await staff.getByText(desk.states.Waiting).count()).toBeGreaterThan(0)
    await staff.goto("/staff/held-mails")
    expect(await staff.getByText("Lassen Sie mich mitlesen!").count()).toBe(1)
    expect(await staff.getByText("Ich bin bis Montag nicht da.").count()).toBe(0)
    await press(staff, `${desk.heldDiscard}: Re: ${await subjectOf(staff)}`)
    expect(await staff.getByText(desk.heldNone).count()).toBe(1)

    await stranger.goto(answered)
    await answerMail(stranger, development.answerAsRecipient(email), "Danke, sie ist da.", [file("beleg.txt", "4711")])
    await openAtDesk(staff, "Die Rechnung fehlt")
    expect(await fetched(staff, "beleg.txt")).toBe("4711")
    expect(await messages(staff).last().textContent()).toContain("Danke, sie ist da.")
    expect(await staff.getByText(desk.states.Open).count()).toBeGreaterThan(0)

    // a file of staff's comes with the mail, for a stranger has no other way to it
    await staff.getByLabel(desk.reply, { exact: true }).fill("Anbei die Kopie.")
    await staff.getByLabel(new RegExp(`^${t.files}`)).setInputFiles([file("kopie.txt", "Rechnung 4711")])
    await press(staff, desk.replySubmit)
    await expect
      .poll(
        async () => {
          await mail(stranger, email, /\[#[0-9A-Z]{8}\]/)
          return stranger.locator(".mail-text").textContent()
        },
        // it waits for the file to be looked through
        { timeout: 60_000, interval: 500 }
      )
      .toContain("Anbei die Kopie.")
    const download = stranger.waitForEvent("download")
    await stranger.getByRole("link", { name: "kopie.txt" }).click()
    expect(await readFile(await (await download).path(), "utf8")).toBe("Rechnung 4711")
  })

  it("TIC-04 TIC-05 TIC-06 TIC-07 a member follows a ticket, adds somebody, closes and reopens it", async () => {
    const boss = await profile()
    const staff = await profile()
    // sent in without signing in, and claimed afterwards
    await boss.goto("/tickets/new")
    await fill(boss, {
      [t.email]: owner.email,
      [t.fullName]: "Erika Berger",
      [t.company]: "Muster GmbH",
      [t.subject]: "Anschluss gestört",
      [t.description]: "Seit heute früh geht nichts mehr."
    })
    await boss.getByRole("checkbox").first().check()
    await press(boss, t.submit)
    expect(await notice(boss)).toContain(german.pages.notices.ticketSent)
    await signInOwner(boss)
    await follow(boss, t.nav)
    expect(await boss.getByText("Anschluss gestört").count()).toBe(0)
    await follow(boss, t.claimLink)
    await press(boss, t.claim)
    await follow(boss, "Anschluss gestört")
    expect(await messages(boss).first().textContent()).toContain("Seit heute früh geht nichts mehr.")

    await boss.getByLabel(t.addEmails, { exact: true }).fill("technik@muster.example")
    await press(boss, t.addSubmit)
    expect(await notice(boss)).toContain(german.pages.notices.participantsAdded)
    await boss.getByLabel(t.answer, { exact: true }).fill("Der Router blinkt rot.")
    await press(boss, t.answerSubmit)

    await signInStaff(staff)
    await openAtDesk(staff, "Anschluss gestört")
    await staff.getByLabel(desk.reply, { exact: true }).fill("Wir schicken jemanden.")
    await press(staff, desk.replySubmit)
    // who was added reads what is written from then on
    const technician = await profile()
    await mail(technician, "technik@muster.example", /\[#[0-9A-Z]{8}\]/)
    const text = (await technician.locator(".mail-text").textContent()) ?? ""
    expect(text).toContain("Wir schicken jemanden.")
    expect(text).not.toContain("Seit heute früh")
    await answerMail(technician, development.answerAsRecipient("technik@muster.example"), "Ich bin vor Ort.")

    await boss.reload()
    expect(await messages(boss).last().textContent()).toContain("Ich bin vor Ort.")
    await press(boss, t.close)
    expect(await boss.getByText(t.states.Resolved).count()).toBeGreaterThan(0)
    await press(boss, t.reopen)
    expect(await boss.getByText(t.states.Open).count()).toBeGreaterThan(0)
    await follow(boss, t.edit)
    await fill(boss, { [t.subject]: "Anschluss gestört (Halle 2)" })
    await press(boss, t.editSubmit)
    expect(await heading(boss)).toBe("Anschluss gestört (Halle 2)")
    // the customer area's owner sees it among its tickets only if it belongs there
    await boss.goto("/tickets?q=blinkt")
    expect(await boss.getByRole("link", { name: "Anschluss gestört (Halle 2)" }).count()).toBe(1)
  })

  it("TIC-01 TIC-05 TIC-13 files go from a customer to staff, who answer with one", async () => {
    const stranger = await profile()
    const staff = await profile()
    const boss = await profile()
    await signInOwner(boss)
    await boss.goto("/tickets/new")
    await fill(boss, { [t.subject]: "Messwerte anbei", [t.description]: "Siehe Datei." })
    await boss
      .getByLabel(new RegExp(`^${t.files}`))
      .setInputFiles([file("messwerte.txt", "1;2;3"), file("log.txt", "ok")])
    await boss.getByRole("checkbox").first().check()
    await press(boss, t.submit)
    expect(await notice(boss)).toContain(german.pages.notices.ticketSubmitted)
    const address = boss.url()

    await signInStaff(staff)
    await openAtDesk(staff, "Messwerte anbei")
    expect(await fetched(staff, "messwerte.txt")).toBe("1;2;3")
    expect(await fetched(staff, "log.txt")).toBe("ok")
    await staff.getByLabel(desk.reply, { exact: true }).fill("Dazu haben wir eine Anleitung.")
    await staff.getByLabel(new RegExp(`^${t.files}`)).setInputFiles([file("anleitung.txt", "Aus, an.")])
    await press(staff, desk.replySubmit)
    expect(await notice(staff)).toContain(german.pages.notices.deskReplied)

    await boss.goto(address)
    expect(await fetched(boss, "anleitung.txt")).toBe("Aus, an.")
    // the address of a file opens nothing to others
    const link = await boss.getByRole("link", { name: "anleitung.txt" }).getAttribute("href")
    await stranger.goto(link ?? "")
    expect(stranger.url()).toContain("/sign-in")
  })

  it("TIC-07 TIC-08 TIC-10 staff open a ticket for a caller, add somebody, find its customer area and link it", async () => {
    const staff = await profile()
    const expectNotice = async (name: keyof typeof german.pages.notices) =>
      expect(await notice(staff)).toContain(german.pages.notices[name])
    const open = async (subject: string) => {
      await staff.goto("/staff/tickets")
      await follow(staff, desk.newTitle)
      await fill(staff, {
        [t.email]: "kurt@telefon.example",
        [t.fullName]: "Kurt Anruf",
        [desk.subject]: subject,
        [t.description]: "Es brummt."
      })
      await press(staff, desk.newSubmit)
      await expectNotice("deskSubmitted")
      return /[0-9A-Z]{8}/.exec((await staff.locator("header.heading .lead").textContent()) ?? "")?.[0] ?? ""
    }
    await signInStaff(staff)
    const number = await open("Störung im Viertel")
    await open("Es brummt in der Leitung")
    expect(await faultsOf(staff)).toEqual([])

    await staff.getByText(t.addTitle, { exact: true }).click()
    await fill(staff, { [t.addEmails]: "eva@telefon.example" })
    await press(staff, t.addSubmit)
    await expectNotice("participantsAdded")
    await press(staff, t.removeOf("eva@telefon.example"))
    await expectNotice("participantRemoved")

    await follow(staff, desk.tenantFind)
    await fill(staff, { [desk.tenantSearch]: "Muster GmbH" })
    await press(staff, german.pages.common.search)
    expect(await faultsOf(staff)).toEqual([])
    await press(staff, `${desk.assignTenant}: Muster GmbH`)
    await expectNotice("deskTenantAssigned")
    await press(staff, desk.unassignTenant)
    await expectNotice("deskTenantTaken")

    await staff.getByText(desk.linkTitle, { exact: true }).click()
    await fill(staff, { [desk.linkNumber]: number })
    await press(staff, desk.linkSubmit)
    await expectNotice("deskLinked")
    await follow(staff, `Störung im Viertel (${number})`)
    expect(await heading(staff)).toBe("Störung im Viertel")
    expect(await staff.getByRole("link", { name: /^Es brummt in der Leitung \(/ }).count()).toBe(1)
    await follow(staff, desk.markSpam)
    expect(await heading(staff)).toBe(desk.spamTitle(number))
    expect(await faultsOf(staff)).toEqual([])
    await follow(staff, german.pages.common.cancel)
    expect(await heading(staff)).toBe("Störung im Viertel")
  })

  it("TIC-01 who has JavaScript sees how far the files have come, and is told what is wrong with them", async () => {
    const visitor = await profile({ javaScript: true })
    await visitor.goto("/tickets/new")
    await fill(visitor, {
      [t.email]: "lea@hafen.example",
      [t.fullName]: "Lea Hafen",
      [t.company]: "Hafen KG",
      [t.subject]: "Langsame Leitung",
      [t.description]: "Das Protokoll liegt bei."
    })
    await visitor.getByRole("checkbox").first().check()
    const files = visitor.getByLabel(new RegExp(`^${t.files}`))
    // a line on which a megabyte takes its time
    const wire = await visitor.context().newCDPSession(visitor)
    await wire.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 20,
      downloadThroughput: -1,
      uploadThroughput: 1_000_000
    })
    const large = "Zeile des Protokolls\n".repeat(100_000)
    await files.setInputFiles([file("protokoll.exe", large)])
    await press(visitor, t.submit)
    await visitor.locator(".upload progress").waitFor()
    expect(await visitor.locator(".upload [aria-live]").textContent()).toContain(german.pages.common.uploading)
    expect(await visitor.getByRole("button", { name: t.submit }).isDisabled()).toBe(true)
    await visitor.getByRole("alert").waitFor()
    expect(await alertOf(visitor)).toContain("protokoll.exe")
    expect(await visitor.getByLabel(t.subject, { exact: true }).inputValue()).toBe("Langsame Leitung")

    // more than a browser keeps from one page to the next: it comes back in the answer itself
    const story = "Das Protokoll liegt bei. ".repeat(400)
    await fill(visitor, { [t.description]: story })
    await files.setInputFiles([file("bericht.exe", "MZ")])
    await press(visitor, t.submit)
    await visitor.getByText("bericht.exe").first().waitFor()
    expect(await visitor.getByLabel(t.description, { exact: true }).inputValue()).toBe(story)

    await files.setInputFiles([file("protokoll.txt", large)])
    await press(visitor, t.submit)
    await expect
      .poll(async () => Number(await visitor.locator(".upload progress").getAttribute("value")), { interval: 20 })
      .toBeGreaterThan(0)
    await visitor.waitForURL((url) => url.pathname === "/")
    expect(await notice(visitor)).toContain(german.pages.notices.ticketSent)
  })

  it("TIC-01 every page of tickets fits a phone, in English", async () => {
    const words = english
    const visitor = await profile({ width: 360, words })
    const phone = await profile({ width: 360 })
    const staff = await profile({ width: 360 })
    await visitor.goto("/tickets/new")
    expect(await heading(visitor)).toBe(words.pages.tickets.submitTitle)
    expect(await faultsOf(visitor)).toEqual([])
    await phone.goto("/development/mails")
    expect(await faultsOf(phone)).toEqual([])
    await signInOwner(phone)
    await phone.goto("/tickets?which=all&lang=en")
    expect(await faultsOf(phone)).toEqual([])
    await phone.getByRole("rowheader").first().getByRole("link").click()
    expect(await faultsOf(phone)).toEqual([])
    await signInStaff(staff)
    for (const path of ["/staff/tickets", "/staff/held-mails", "/staff/library"]) {
      await staff.goto(path)
      expect(await faultsOf(staff)).toEqual([])
    }
    await staff.goto("/staff/tickets")
    await staff.getByRole("rowheader").first().getByRole("link").click()
    expect(await faultsOf(staff)).toEqual([])
  })
})

/** The subject of the one held mail, which names the ticket by its number. */
const subjectOf = async (page: Page): Promise<string> =>
  ((await page.locator(".card-title").first().textContent()) ?? "").replace(/^Re: /, "")
