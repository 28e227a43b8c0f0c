import type { Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { Authenticator, faultsOf, followMail } from "./portal.ts"
import { alertOf, english, fill, follow, german, heading, notice, openStories, press } from "./story.ts"

const { mail, profile, register, signInOwner } = openStories()

const password = "Kupferdach neben Seerose"

const openArea = async (page: Page, area: RegExp): Promise<void> => {
  await page.goto("/tenants")
  await follow(page, area)
}

/** The owner of the demo, in one of the areas. */
const ownerIn = async (area: RegExp, options: Parameters<typeof profile>[0] = {}): Promise<Page> => {
  const page = await profile(options)
  await page.goto("/")
  await press(page, (options.words ?? german).pages.start.demoSignIn)
  await follow(page, area)
  return page
}

/** The owner adds somebody as a contact, who confirms and is in. */
const contact = async (boss: Page, email: string, lastName: string): Promise<Page> => {
  const t = german.pages
  await follow(boss, t.tenants.members)
  await follow(boss, t.sharing.contactNew)
  await fill(boss, { [t.invitations.email]: email, [t.sharing.firstName]: "Jo", [t.sharing.lastName]: lastName })
  await press(boss, t.sharing.contactSubmit)
  expect(await notice(boss)).toContain(t.notices.contactAdded)
  expect(await boss.getByRole("heading", { name: t.sharing.contactsTitle, level: 2 }).count()).toBe(1)
  const page = await profile()
  await mail(page, email, /Einladung/)
  const invited = await followMail(page, "Einladung öffnen")
  await follow(invited, t.invitations.register)
  await fill(invited, { [t.invitations.password]: password })
  for (const box of await invited.getByRole("checkbox").all()) await box.check()
  await press(invited, t.invitations.register)
  expect(await notice(invited)).toContain(t.notices.joined)
  await page.close()
  return invited
}

/** Sets up an authenticator app, whose codes are not asked for here. */
const setUpApp = async (page: Page): Promise<void> => {
  const t = german.pages.account
  await press(page, t.setUpBegin)
  const app = new Authenticator((await page.locator(".code-secret").textContent()) ?? "")
  await fill(page, { [t.code]: await app.code() })
  await press(page, t.setUpSubmit)
  await follow(page, t.recoveryDone)
}

describe("inviting many", () => {
  it("INV-11 G-08 a list from a spreadsheet, in English on a phone: progress, an outcome for each, and the invitations", async () => {
    const t = english.pages.sharing
    const boss = await ownerIn(/Muster GmbH/, { width: 360, words: english })
    await follow(boss, english.pages.tenants.invitations)
    expect(await faultsOf(boss)).toEqual([])
    await follow(boss, t.many)
    expect(await faultsOf(boss)).toEqual([])
    await press(boss, t.manySubmit)
    expect(await alertOf(boss)).toContain(t.addresses)
    expect(await faultsOf(boss)).toEqual([])

    const people = Array.from({ length: 300 }, (_, n) => `Person ${n};person${n}@list.example`)
    const list = ["Name;E-Mail", ...people, "Nobody;no address", "Again;person7@list.example"].join("\r\n")
    await boss
      .getByLabel(t.file, { exact: false })
      .setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(list) })
    await press(boss, t.manySubmit)
    expect(await boss.locator("progress").getAttribute("max")).toBe("302")
    expect(await faultsOf(boss)).toEqual([])
    // without a script the page comes again by itself
    await boss.getByRole("heading", { name: t.doneTitle, level: 1 }).waitFor({ timeout: 60_000 })
    expect(await boss.getByText(t.progress(302, 302)).count()).toBe(1)
    expect(await boss.locator("progress").getAttribute("value")).toBe("302")
    expect(await boss.getByRole("row", { name: /no address/ }).textContent()).toContain(t.outcomes.InvalidAddress)
    expect(await boss.getByText(t.outcomes.Invited, { exact: true }).count()).toBe(301)
    expect(await boss.getByText(t.outcomes.Duplicate, { exact: true }).count()).toBe(2)
    expect(await faultsOf(boss)).toEqual([])
    await follow(boss, t.toInvitations)
    expect(await boss.getByRole("row", { name: /@list.example/ }).count()).toBe(25)
    expect(await faultsOf(boss)).toEqual([])
  })
})

describe("a link to share", () => {
  it("INV-12 it is created, used by a stranger, restricted, and ended at once", async () => {
    const t = german.pages.sharing
    const boss = await ownerIn(/Muster GmbH/)
    await follow(boss, german.pages.tenants.invitations)
    await follow(boss, t.links)
    expect(await boss.getByText(t.linksNoneTitle).count()).toBe(1)
    await follow(boss, t.linkNew)
    await fill(boss, { [t.linkMaxUses]: "3" })
    await boss.getByLabel(new RegExp(t.linkLabel)).fill("Filiale Graz")
    await press(boss, t.linkSubmit)
    expect(await heading(boss)).toBe(t.linkCreatedTitle)
    const link = (await boss.locator("code").textContent()) ?? ""
    await follow(boss, t.links)
    const row = boss.getByRole("row", { name: /Filiale Graz/ })
    expect(await row.textContent()).toContain(t.usesOf(0, 3))

    const stranger = await profile()
    await stranger.goto(link)
    expect(await heading(stranger)).toBe(t.joinTitle("Muster GmbH"))
    await fill(stranger, { [t.yourEmail]: "gerda@graz.example" })
    await press(stranger, t.askSubmit)
    expect(await heading(stranger)).toBe(t.sentTitle)
    await mail(stranger, "gerda@graz.example", /Ihr Beitritt/)
    const proven = await followMail(stranger, "Adresse bestätigen und weiter")
    await follow(proven, t.register)
    await fill(proven, { [t.firstName]: "Gerda", [t.lastName]: "Graz", [t.password]: password })
    await proven.getByRole("checkbox").first().check()
    await press(proven, t.register)
    expect(await notice(proven)).toContain(german.pages.notices.joined)
    expect(await proven.locator(".area-name").textContent()).toContain("Muster GmbH")

    await boss.reload()
    expect(await row.textContent()).toContain(t.usesOf(1, 3))
    await follow(boss, t.restrictOf("Filiale Graz"))
    await boss.getByLabel(new RegExp(t.linkMaxUses)).fill("9")
    await press(boss, t.restrictSubmit)
    expect(await alertOf(boss)).toContain("nur")
    await boss.getByLabel(new RegExp(t.linkMaxUses)).fill("")
    await boss.getByLabel(new RegExp(t.linkDomain)).fill("graz.example")
    await press(boss, t.restrictSubmit)
    expect(await notice(boss)).toContain(german.pages.notices.sharedLinkRestricted)
    expect(await row.textContent()).toContain("graz.example")
    const outsider = await profile()
    await outsider.goto(link)
    await fill(outsider, { [t.yourEmail]: "eve@else.example" })
    await press(outsider, t.askSubmit)
    expect(await alertOf(outsider)).toContain("@graz.example")

    await follow(boss, t.revokeOf("Filiale Graz"))
    await press(boss, t.revokeSubmit)
    expect(await notice(boss)).toContain(german.pages.notices.sharedLinkRevoked)
    expect(await row.textContent()).toContain(t.linkStates.revoked)
    await outsider.goto(link)
    expect(await heading(outsider)).toBe(t.closedTitle)
  })
})

describe("a mail domain", () => {
  it("TEN-10 R-IN-12 the postmaster proves it, and somebody with such an address joins", async () => {
    const t = german.pages.control
    const boss = await ownerIn(/Muster GmbH/)
    await follow(boss, t.nav)
    expect(await heading(boss)).toBe(t.title)
    expect(await boss.getByText(t.noDomainsTitle).count()).toBe(1)
    await fill(boss, { [t.domain]: "nordwind.example" })
    await press(boss, t.domainAdd)
    expect(await heading(boss)).toBe("nordwind.example")
    expect(await boss.getByText("_portico-domain.nordwind.example").count()).toBe(1)
    await press(boss, t.recordCheck)
    expect(await alertOf(boss)).toContain("nicht gefunden")
    await press(boss, t.postmasterSend)
    expect(await notice(boss)).toContain(german.pages.notices.domainMailSent)
    const postmaster = await profile()
    await mail(postmaster, "postmaster@nordwind.example", /nordwind\.example/)
    const proof = await followMail(postmaster, "Ansehen und bestätigen")
    expect(await heading(proof)).toBe(t.domainConfirmTitle("nordwind.example"))
    await press(proof, t.domainConfirmSubmit)
    expect(await notice(proof)).toContain(german.pages.notices.domainProven)
    await boss.reload()
    expect(await boss.getByText(t.methods.postmaster).count()).toBe(1)
    await boss.getByLabel(new RegExp(`^${t.joinings["at-once"]}`)).check()
    await press(boss, german.pages.common.save)
    expect(await notice(boss)).toContain(german.pages.notices.domainSaved)

    const page = await profile()
    await register(page, "nele@nordwind.example", "Nord", password)
    await page.goto("/tenants")
    expect(await page.getByText(t.offerAtOnce("Muster GmbH")).count()).toBe(1)
    await press(page, t.joinAtOnce)
    expect(await page.locator(".area-name").textContent()).toContain("Muster GmbH")
  })
})

describe("the ownership", () => {
  it("TEN-05 TEN-07 it is offered to a contact, who accepts", async () => {
    const t = german.pages.control
    const boss = await ownerIn(/Beispiel & Töchter KG/)
    const heir = await contact(boss, "jo@erbe.example", "Erbe")
    await boss.reload()
    await follow(boss, t.ownershipTitle)
    expect(await heading(boss)).toBe(t.ownershipTitle)
    await boss.getByLabel(t.ownershipTo).selectOption({ label: "Jo Erbe (jo@erbe.example)" })
    await press(boss, t.ownershipSubmit)
    expect(await notice(boss)).toContain(german.pages.notices.ownershipOffered)
    expect(await boss.getByText(t.ownershipOffered("Erika Berger", "Jo Erbe")).count()).toBe(1)

    await mail(heir, "jo@erbe.example", /Inhaberschaft/)
    await heir.goto("/requests")
    await heir
      .getByRole("row", { name: /Inhaberschaft/ })
      .getByRole("link")
      .first()
      .click()
    await press(heir, german.pages.requests.approve)
    expect(await notice(heir)).toContain(german.pages.notices.requestApproved)
    await openArea(heir, /Beispiel/)
    await follow(heir, t.nav)
    expect(await heading(heir)).toBe(t.title)
    await openArea(boss, /Beispiel/)
    expect(await boss.getByRole("link", { name: t.nav, exact: true }).count()).toBe(0)
    await follow(boss, german.pages.tenants.members)
    expect(await boss.getByRole("row", { name: /Erika Berger/ }).textContent()).toContain("Administrator")
    expect(await boss.getByRole("row", { name: /Jo Erbe/ }).textContent()).toContain("Inhaber")
  })
})

describe("a second factor for everybody", () => {
  it("TFA-07 the owner has one and requires it; a member without one is told what to do, and enters with one", async () => {
    const t = german.pages.control
    const boss = await profile()
    await signInOwner(boss)
    await openArea(boss, /Muster GmbH/)
    const member = await contact(boss, "kim@ohne.example", "Ohne")
    await openArea(boss, /Muster GmbH/)
    await follow(boss, t.nav)
    expect(await boss.getByText(t.factorOff).count()).toBe(1)
    await press(boss, t.factorTurnOn)
    expect(await alertOf(boss)).toContain("zweiten Faktor")
    await boss.goto("/account/second-factor")
    await setUpApp(boss)
    await openArea(boss, /Muster GmbH/)
    await follow(boss, t.nav)
    await press(boss, t.factorTurnOn)
    expect(await notice(boss)).toContain(german.pages.notices.secondFactorRequired)
    expect(await boss.getByText(t.factorOn).count()).toBe(1)

    await member.goto("/tenants")
    expect(await member.getByText(t.factorMissing).count()).toBe(1)
    await follow(member, /Muster GmbH/)
    expect(await heading(member)).toBe(t.factorNeededTitle)
    await follow(member, t.factorSetUp)
    await setUpApp(member)
    await openArea(member, /Muster GmbH/)
    expect(await member.locator(".area-name").textContent()).toContain("Muster GmbH")
  })
})
