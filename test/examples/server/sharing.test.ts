import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { linkPaths, paths } from "../../../examples/server/http/paths.ts"
import * as Actor from "../../../src/kernel/Actor.ts"
import * as Mail from "../../../src/mail/index.ts"
import { enter, person } from "../../accounts/people.ts"
import { given, mailsTo, newestSecret } from "../../support/portal.ts"
import { openPortal } from "./portalUnderTest.ts"

const portal = openPortal({
  links: {
    base: "https://portal.example",
    paths: {
      "invitations.shareable": linkPaths.shared,
      "invitations.shareableAddress": linkPaths.shared
    }
  }
})

let areas = 0

/** An owner with an area, signed in. */
const owner = async () => {
  const browser = portal.browser()
  const name = `owner${++areas}@example.com`
  const { tenantId, token } = await portal.run(
    Effect.gen(function* () {
      const account = yield* person(name)
      const tenant = yield* given.tenant(account, { name: "Muster GmbH" })
      return { tenantId: tenant.id, token: (yield* enter(name)).token }
    })
  )
  browser.signIn(token)
  return { browser, tenantId, token }
}

const guest = async (email: string) => {
  const browser = portal.browser()
  browser.signIn(
    await portal.run(
      Effect.andThen(
        person(email),
        Effect.map(enter(email), ({ token }) => token)
      )
    )
  )
  return browser
}

const call = (path: string, token: Redacted.Redacted, input: Readonly<Record<string, unknown>>, key?: string) =>
  portal.call(path, input, { token: Redacted.value(token), ...(key === undefined ? {} : { key }) })

const secretTo = (email: string) => portal.run(Effect.map(newestSecret(email), Redacted.value))
const mailCount = (email: string) => portal.run(Effect.map(mailsTo(email), ({ length }) => length))

describe("inviting many on the pages", () => {
  it("INV-11 a list is worked on in the background, and the page shows each outcome and how far it is, without a script", async () => {
    const { browser, tenantId } = await owner()
    const list = [
      ...Array.from({ length: 120 }, (_, n) => `many${n}@example.com`),
      "no address",
      "many3@example.com",
      "many110@example.com; last@example.com"
    ]
    await browser.open(paths.inviteMany(tenantId))
    await browser.send(paths.inviteMany(tenantId), [
      ["addresses", list.join("\n")],
      ["roles", "member"],
      ["locale", "en"],
      ["message", ""]
    ])
    assert.strictEqual(browser.status, 200, browser.body)
    assert.include(browser.body, `max="124"`)
    const here = browser.path
    for (let turn = 0; browser.headers.get("refresh") !== null && turn < 200; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await browser.open(here)
    }
    assert.include(browser.body, "Invitations have been sent")
    assert.include(browser.body, "124 of 124 addresses are done.")
    assert.strictEqual(browser.body.match(/role="rowheader"/g)?.length, 124)
    assert.include(browser.body, "Not a valid address")
    assert.strictEqual(browser.body.match(/badge-neutral">Twice in the list/g)?.length, 2)
    assert.strictEqual(await mailCount("many110@example.com"), 1)
    assert.strictEqual(await mailCount("last@example.com"), 1)
    // a progress is its owner's own
    const other = await guest("curious@example.com")
    await other.open(here)
    assert.strictEqual(other.status, 404)
  })

  it("INV-11 a list that is empty, too long or without a role comes back with what is wrong, and nothing is sent", async () => {
    const { browser, tenantId } = await owner()
    await browser.open(paths.inviteMany(tenantId))
    const send = (addresses: string, role?: string) =>
      browser.send(paths.inviteMany(tenantId), [
        ["addresses", addresses],
        ...(role === undefined ? [] : [["roles", role] as const]),
        ["locale", "de"],
        ["message", ""]
      ])
    await send(" \n ", "member")
    assert.include(browser.body, "Please fill in this field.")
    await send(Array.from({ length: 501 }, (_, n) => `x${n}@example.com`).join("\n"), "member")
    assert.include(browser.body, "These are too many.")
    await send("nobody-asked@example.com")
    assert.include(browser.body, "Please fill in this field.")
    assert.strictEqual(await mailCount("nobody-asked@example.com"), 0)
  })
})

describe("a file of addresses", () => {
  const upload = async (content: string | Uint8Array<ArrayBuffer>, pasted = "") => {
    const { browser, tenantId } = await owner()
    await browser.open(paths.inviteMany(tenantId))
    return browser.upload(
      paths.inviteMany(tenantId),
      [
        ["addresses", pasted],
        ["roles", "member"],
        ["locale", "en"],
        ["message", ""]
      ],
      content
    )
  }

  it("INV-11 the column with addresses is found by its name, or by what stands in it, and counts instead of the field", async () => {
    const named = await upload(
      'Name;E-Mail;Ort\n"Grün; Anna";anna@file.example;Graz\nBen;ben@file.example;\n',
      "x@file.example"
    )
    assert.include(named.body, "2 of 2 addresses are done.")
    assert.strictEqual(await mailCount("anna@file.example"), 1)
    assert.strictEqual(await mailCount("x@file.example"), 0)
    const unnamed = await upload("Cleo,cleo@file.example\nnobody,\n")
    assert.include(unnamed.body, "2 of 2 addresses are done.")
    assert.match(unnamed.body, /nobody.*Not a valid address/s)
    const windows = await upload(Uint8Array.from(Buffer.from("M\xfcller;mueller@file.example\n", "latin1")))
    assert.include(windows.body, "1 of 1 addresses are done.")
    const none = await upload("", "y@file.example")
    assert.include(none.body, "1 of 1 addresses are done.", "no file was chosen")
  })

  it("INV-11 a file that is no list or too large is refused with what is wrong, and nothing is sent", async () => {
    const spreadsheet = await upload("PK\0\0", "z@file.example")
    assert.include(spreadsheet.body, "This file is not a text file.")
    assert.include(spreadsheet.body, "z@file.example", "what was pasted is still there")
    assert.include((await upload('a@file.example\n"b')).body, "Line 2 cannot be read.")
    assert.strictEqual((await upload("x".repeat(70_000))).status, 413)
    assert.strictEqual(await mailCount("z@file.example"), 0)
  })
})

describe("contacts on the pages", () => {
  it("TEN-07 a contact is added with a name, listed as not confirmed, and chooses nothing but a password", async () => {
    const { browser, tenantId } = await owner()
    await browser.open(paths.contactNew(tenantId))
    await browser.send(paths.contactNew(tenantId), [
      ["email", "contact@example.com"],
      ["firstName", "Grace"],
      ["lastName", "Hopper"],
      ["roles", "member"],
      ["locale", "en"],
      ["message", ""]
    ])
    assert.include(browser.body, "Not confirmed yet")
    assert.include(browser.body, "Grace Hopper")
    const link = await secretTo("contact@example.com")
    const visitor = portal.browser()
    await visitor.open(paths.invitationRegister(link))
    assert.match(visitor.body, /name="firstName"[^>]*value="Grace"/)
    await visitor.send(paths.invitationRegister(link), [
      ["firstName", "Grace"],
      ["lastName", "Hopper"],
      ["password", "tangerine lamp under seven rivers"],
      ["consents.terms", "1"],
      ["consents.privacy", "1"]
    ])
    assert.strictEqual(visitor.path, paths.tenant(tenantId))
    await browser.open(paths.members(tenantId))
    assert.notInclude(browser.body, "Not confirmed yet")
    // the link says what became of it
    await portal.browser().open(paths.invitation(link))
    const late = portal.browser()
    await late.open(paths.invitation(link))
    assert.strictEqual(late.status, 409)
    assert.include(late.body, "This invitation has been accepted already")
  })
})

describe("links to share on the pages", () => {
  it("INV-12 a link is shown once, opened by many, restricted, and ended at once", async () => {
    const { browser, tenantId } = await owner()
    await browser.open(paths.sharedLinkNew(tenantId))
    await browser.send(paths.sharedLinkNew(tenantId), [
      ["label", "Branch Graz"],
      ["roles", "member"],
      ["domain", ""],
      ["maxUses", "3"],
      ["validForHours", "24"]
    ])
    const secret = /https:\/\/portal\.example\/shared\/([A-Za-z0-9_-]{43})/.exec(browser.body)?.[1] ?? ""
    assert.notStrictEqual(secret, "", browser.body)
    await browser.open(paths.sharedLinks(tenantId))
    assert.include(browser.body, "Branch Graz")
    assert.notInclude(browser.body, secret)

    // somebody with an account joins with one click
    const known = await guest("known@example.com")
    await known.open(paths.shared(secret))
    assert.include(known.body, "Join the customer area")
    await known.send(paths.sharedJoin(secret), [])
    assert.strictEqual(known.path, paths.tenant(tenantId))

    // somebody without one proves an address first
    const visitor = portal.browser()
    await visitor.open(paths.shared(secret))
    await visitor.send(paths.shared(secret), [["email", "no address"]])
    assert.include(visitor.body, "Please enter a valid e-mail address.")
    await visitor.send(paths.shared(secret), [["email", "shared@example.com"]])
    assert.strictEqual(visitor.path, paths.sharedSent)
    const mailed = await secretTo("shared@example.com")
    await visitor.open(paths.sharedRegister(mailed))
    assert.include(visitor.body, "shared@example.com")
    await visitor.send(paths.sharedRegister(mailed), [
      ["firstName", "Joan"],
      ["lastName", "Clarke"],
      ["password", "tangerine lamp under seven rivers"],
      ["consents.privacy", "1"]
    ])
    assert.strictEqual(visitor.path, paths.tenant(tenantId))

    await browser.open(paths.sharedLinks(tenantId))
    assert.include(browser.body, "2 of 3")
    const linkId = /links\/([0-9a-f-]{36})\/revoke/.exec(browser.body)?.[1] ?? ""
    await browser.open(paths.sharedLinkRestrict(tenantId, linkId))
    await browser.send(paths.sharedLinkRestrict(tenantId, linkId), [
      ["maxUses", "9"],
      ["domain", ""],
      ["validForHours", ""]
    ])
    assert.include(browser.body, "A link can be restricted only.")
    await browser.send(paths.sharedLinkRestrict(tenantId, linkId), [
      ["maxUses", ""],
      ["domain", "example.org"],
      ["validForHours", ""]
    ])
    assert.include(browser.body, "The link is restricted.")
    const outside = portal.browser()
    await outside.open(paths.shared(secret))
    await outside.send(paths.shared(secret), [["email", "eve@example.com"]])
    assert.include(outside.body, "Only addresses that end with @example.org can join by this link.")
    await browser.open(paths.sharedLinkRevoke(tenantId, linkId))
    await browser.send(paths.sharedLinkRevoke(tenantId, linkId), [])
    assert.include(browser.body, "The link has ended.")
    await outside.open(paths.shared(secret))
    assert.strictEqual(outside.status, 409)
    assert.include(outside.body, "This link is not open any more")
  })
})

describe("mails that came back, on the pages", () => {
  it("INV-13 an invitation whose mail came back is marked in the list", async () => {
    const { browser, tenantId } = await owner()
    await browser.open(paths.invite(tenantId))
    await browser.send(paths.invite(tenantId), [
      ["email", "bounced@example.com"],
      ["roles", "member"],
      ["locale", "en"],
      ["message", ""]
    ])
    assert.notInclude(browser.body, "Undeliverable")
    await portal.run(
      Effect.gen(function* () {
        const [mail] = yield* mailsTo("bounced@example.com")
        yield* Mail.Dispatcher.runOnce
        const messageId = `<${mail?.id}@localhost.localdomain>`
        const { recorded } = yield* Mail.Mails.reportBounce({ messageId }).pipe(Actor.provide(Actor.job("bounces")))
        assert.isTrue(recorded)
      })
    )
    await browser.open(paths.invitations(tenantId))
    assert.include(browser.body, "Undeliverable")
  })
})

describe("the same over the API", () => {
  it("INV-11 G-04 a list is invited under a key, once, with an outcome for each", async () => {
    const { tenantId, token } = await owner()
    const input = { tenantId, addresses: ["api@example.com", "nothing"], roles: ["member"] }
    const first = await call("invitations/invite-many", token, input, "list-1")
    assert.strictEqual(first.status, 200, first.text)
    assert.match(first.text, /"_tag":"Invited".*"_tag":"InvalidAddress"/)
    assert.deepStrictEqual(await call("invitations/invite-many", token, input, "list-1"), first)
    assert.strictEqual(await mailCount("api@example.com"), 1)
  })

  it("INV-12 a link is created with its address in the answer, and listed without", async () => {
    const { tenantId, token } = await owner()
    const created = await call("shareable-links/create", token, { tenantId, maxUses: 2 })
    assert.strictEqual(created.status, 200, created.text)
    assert.match(created.text, /"url":"https:\/\/portal\.example\/shared\/[A-Za-z0-9_-]{43}"/)
    const listed = await call("shareable-links/list", token, { tenantId })
    assert.strictEqual(listed.status, 200, listed.text)
    assert.notInclude(listed.text, "/shared/")
    // nothing of the desk is there for people
    assert.strictEqual((await call("mails/report-bounce", token, { messageId: "x" })).status, 404)
  })
})
