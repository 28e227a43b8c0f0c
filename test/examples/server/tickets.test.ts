import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Layer, Option } from "effect"
import { createTransport } from "nodemailer"
import { afterAll, beforeAll } from "vitest"
import { makeShiftableClock } from "../../../examples/server/clock.ts"
import { PortalConfig } from "../../../examples/server/config.ts"
import { paths } from "../../../examples/server/http/paths.ts"
import { makeRoom } from "../../../examples/server/http/Room.ts"
import { composed, feed, InboundMail } from "../../../examples/server/inbound.ts"
import { portalSettings } from "../../../examples/server/settings.ts"
import { texts } from "../../../examples/server/texts/index.ts"
import { StaffRepository } from "../../../src/accounts/StaffRepository.ts"
import { runOnce } from "../../../src/jobs/index.ts"
import { dispatchMails, reviewTickets, scanFiles } from "../../../src/jobs/jobList.ts"
import * as Actor from "../../../src/kernel/Actor.ts"
import * as Instant from "../../../src/kernel/Instant.ts"
import { Mailbox } from "../../../src/memory/index.ts"
import * as Library from "../../../src/tickets/desk/Library.ts"
import * as Work from "../../../src/tickets/desk/Work.ts"
import { given } from "../../support/portal.ts"
import { type Person, person, staff as staffOf } from "../../tenants/world.ts"
import { config, type Fields, openPortal } from "./portalUnderTest.ts"

const portal = openPortal(portalSettings(config))
const on = portal.run

const t = texts.en.tickets

const browserOf = ({ account, actor }: Person, staff?: Actor.Staff) =>
  portal.browserOf({ actor, staff, account, viewer: { name: "Ada", email: account.email } })

const notes = (name = "notes.txt", content: string | Uint8Array<ArrayBuffer> = "What we have tried so far.") =>
  new File([content], name)

const asStranger: Fields = [
  ["email", "rosa@werkstatt.example"],
  ["fullName", "Rosa Feld"],
  ["companyName", "Werkstatt Feld"],
  ["subject", "The invoice is missing"],
  ["description", "There was none for October."],
  ["consents.privacy", "1-ticket"]
]
const without = (fields: Fields, ...names: ReadonlyArray<string>) => fields.filter(([name]) => !names.includes(name))
const having = (fields: Fields, name: string, value: string): Fields => [
  ...without(fields, name),
  [name, value] as const
]

/** What has been sent to an address, oldest first, without what still waits. */
const mailsOf = (address: string) =>
  on(
    Effect.gen(function* () {
      yield* runOnce([dispatchMails])
      const mailbox = yield* Mailbox
      return (yield* mailbox.taken).filter(({ to }) => to === address)
    })
  )

/** The Message-ID of a mail of the portal's that belongs to no ticket. */
const FORGOTTEN = "<00000000-0000-7000-8000-000000000000@portal.example>"

/** Somebody who works at the desk. */
const colleague = (name: string) =>
  Effect.gen(function* () {
    const staff = yield* StaffRepository
    const one = yield* person(name)
    yield* staff.save({ accountId: one.account.id, roles: ["agent"], since: yield* Instant.now })
    return { ...one, staff: yield* staffOf(one.account, "agent") }
  })

/** Without a scanner nobody waits any longer than until the job comes round. */
const scan = () => on(runOnce([scanFiles]))

/** The files that are on their way, each in the temporary folder of its form. */
const spooled = async () => {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith("portal-files-"))
  const inside = await Promise.all(folders.map((name) => readdir(join(tmpdir(), name)).catch(() => [])))
  return inside.flat()
}

const linkIn = (body: string, pattern: RegExp): string => {
  const found = pattern.exec(body)?.[1]
  if (found === undefined) throw new Error(`no ${pattern} in the page`)
  return found
}

describe("tickets in the portal", () => {
  let agent: Person & { readonly staff: Actor.Staff }
  let customer: Person
  let stranger: Person
  beforeAll(async () => {
    await on(
      Effect.gen(function* () {
        agent = yield* colleague("agent")
        customer = yield* person("customer")
        stranger = yield* person("stranger")
      })
    )
  })

  /** Opens the newest ticket with this subject at the desk. */
  const atDesk = async (subject: string) => {
    const browser = browserOf(agent, agent.staff)
    await browser.open(paths.deskTickets)
    const address = linkIn(browser.body, new RegExp(`href="(/staff/tickets/[0-9a-f-]{36})"[^>]*>${subject}`))
    await browser.open(address)
    return { browser, address }
  }

  /** A ticket of the customer's with a file, and where the file is. */
  const submitted = async (subject: string) => {
    const browser = browserOf(customer)
    await browser.open(paths.ticketNew)
    await browser.attach(
      paths.ticketNew,
      [
        ["subject", subject],
        ["description", "Since this morning."],
        ["consents.privacy", "1-ticket"]
      ],
      [notes()]
    )
    assert.include(browser.body, texts.en.notices.ticketSubmitted)
    assert.include(browser.body, 'notes.txt <span class="hint">26 B · still being checked</span>')
    await scan()
    await browser.open(browser.path)
    return { browser, address: browser.path, file: linkIn(browser.body, /href="(\/files\/[^"]+)"/) }
  }

  it("TIC-01 what is missing is named together, with the files' field as it is, and nothing is sent", async () => {
    const browser = portal.browser()
    await browser.open(paths.ticketNew)
    await browser.attach(paths.ticketNew, [["subject", "Only this"]], [])
    for (const label of [t.email, t.fullName, t.company, t.description])
      assert.match(browser.body, new RegExp(`<li><a href="#field-[a-zA-Z]+">${label}:`))
    assert.include(browser.body, 'value="Only this"')
    assert.include(browser.body, 'href="#field-consents-privacy"')
    assert.include(browser.body, 'enctype="multipart/form-data"')
  })

  it("TIC-01 TIC-02 TIC-03 MIN-02 R-TI-05 a stranger submits with files and answers the acknowledgement by mail, which nobody else can", async () => {
    const browser = portal.browser()
    await browser.open(paths.ticketNew)
    await browser.attach(paths.ticketNew, asStranger, [notes(), notes("list.csv", "a;b\n1;2\n")])
    assert.strictEqual(browser.path, paths.start)
    const [acknowledgement] = await mailsOf("rosa@werkstatt.example")
    assert.notInclude(`${acknowledgement?.subject} ${acknowledgement?.text}`, "invoice")
    const { browser: office } = await atDesk("The invoice is missing")
    for (const name of ["notes.txt", "list.csv"]) assert.include(office.body, name)
    assert.deepStrictEqual(await spooled(), [], "nothing is left behind")

    await on(
      Effect.gen(function* () {
        const delivery = yield* composed({
          from: { name: "Rosa Feld", address: "rosa@werkstatt.example" },
          to: acknowledgement?.replyTo ?? "",
          subject: `Re: ${acknowledgement?.subject}`,
          text: "It is number 4711.",
          inReplyTo: acknowledgement?.messageId,
          headers: {},
          sender: "rosa@werkstatt.example"
        })
        const { outcome } = yield* feed(delivery)
        assert.strictEqual(outcome, "Threaded")
        const stolen = yield* composed({
          from: { name: "", address: "eve@elsewhere.example" },
          to: acknowledgement?.replyTo ?? "",
          subject: `Re: ${acknowledgement?.subject}`,
          text: "Let me read this.",
          inReplyTo: acknowledgement?.messageId,
          headers: {},
          sender: "eve@elsewhere.example"
        })
        assert.strictEqual((yield* feed(stolen)).outcome, "Held")
      })
    )
    const again = await atDesk("The invoice is missing")
    assert.include(again.browser.body, "It is number 4711.")
    assert.notInclude(again.browser.body, "Let me read this.")
    await again.browser.open(paths.heldMails)
    assert.include(again.browser.body, "Let me read this.")
    const mail = linkIn(again.browser.body, /name="mail" value="([^"]+)"/)
    await again.browser.send(paths.heldMails, [
      ["act", "discard"],
      ["mail", mail]
    ])
    assert.include(again.browser.body, texts.en.notices.heldMailDecided)
    assert.notInclude(again.browser.body, "Let me read this.")
  })

  it("TIC-01 a mistyped domain is asked about once", async () => {
    const browser = portal.browser()
    const mistyped = having(asStranger, "email", "rosa@gmial.com")
    await browser.open(paths.ticketNew)
    await browser.attach(paths.ticketNew, mistyped, [])
    assert.include(browser.body, t.hint("rosa@gmail.com"))
    await browser.attach(paths.ticketNew, [...mistyped, ["asked", "rosa@gmial.com"]], [])
    assert.strictEqual(browser.path, paths.start)
    // another mistyped one is asked about, too
    await browser.open(paths.ticketNew)
    const other = having(asStranger, "email", "rosa@hotmial.com")
    await browser.attach(paths.ticketNew, [...other, ["asked", "rosa@gmial.com"]], [])
    assert.include(browser.body, t.hint("rosa@hotmail.com"))
  })

  it("TIC-13 files that have come in stay with a form that something else is wrong with, of visitors and of staff", async () => {
    const browser = portal.browser()
    const wanting = having(having(asStranger, "subject", ""), "email", "rosa.kept@werkstatt.example")
    await browser.open(paths.ticketNew)
    await browser.attach(paths.ticketNew, wanting, [notes("b.exe", "MZ"), notes()])
    assert.include(browser.body, "&quot;b.exe&quot;")
    const kept = () => linkIn(browser.body, /name="kept" type="checkbox" value="([^"]+)" checked/)
    const uploads = () => linkIn(browser.body, /name="uploads" value="([^"]+)"/)
    const carried = (): Array<[string, string]> => [
      ["kept", kept()],
      ["uploads", uploads()]
    ]
    await browser.attach(paths.ticketNew, [...wanting, ...carried()], [])
    assert.include(browser.body, `${t.subject}: `)
    await browser.attach(paths.ticketNew, [...having(wanting, "subject", "With what came first"), ...carried()], [])
    assert.strictEqual(browser.path, paths.start)
    const staff = await atDesk("With what came first")
    assert.include(staff.browser.body, "notes.txt")
    assert.notInclude(staff.browser.body, "b.exe")

    const reply: Array<[string, string]> = [
      ["act", "reply"],
      ["text", "Half written"]
    ]
    await staff.browser.attach(staff.address, [...reply, ["insert", "yes"]], [notes()])
    assert.include(staff.browser.body, "Half written")
    assert.match(staff.browser.body, /name="kept" type="checkbox" value="[0-9a-f-]{36} notes.txt" checked/)
    assert.notInclude(staff.browser.body, texts.en.notices.deskReplied)
  })

  /** How many files are written down while something is done. */
  const spooledDuring = async (doing: () => Promise<unknown>): Promise<number> => {
    const before = await spooled()
    let most = 0
    let watching = true
    const watch = async () => {
      while (watching) {
        most = Math.max(most, (await spooled()).length - before.length)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const watched = watch()
    await doing()
    watching = false
    await watched
    return most
  }

  it("no file of a form without the right token is written anywhere", async () => {
    const browser = portal.browser()
    const large = () => notes("large.txt", new Uint8Array(16 * 1024 * 1024).fill(0x61))
    await browser.open(paths.ticketNew)
    const right = await spooledDuring(() => browser.attach(paths.ticketNew, [["subject", "Half"]], [large()]))
    assert.strictEqual(right, 1, "the test sees files")
    const wrong = await spooledDuring(async () => {
      const answer = await browser.attach(paths.ticketNew, asStranger, [large()], "forged")
      assert.strictEqual(answer.status, 403)
    })
    assert.strictEqual(wrong, 0)
  })

  it("TIC-13 R-TI-11 a file that is not allowed is said at the field, and what was entered is there again", async () => {
    const browser = portal.browser()
    await browser.open(paths.ticketNew)
    await browser.attach(paths.ticketNew, asStranger, [notes("setup.exe", "MZ")])
    assert.match(browser.body, /<li><a href="#field-files">Files: The file &quot;setup\.exe&quot; cannot be taken/)
    assert.include(browser.body, 'value="The invoice is missing"')
    await browser.attach(paths.ticketNew, asStranger, [notes("photo.png", "no picture at all")])
    assert.match(browser.body, /<li><a href="#field-files">Files: The file &quot;photo\.png&quot; cannot be taken/)
  })

  it("TIC-13 a file that is too large is refused", async () => {
    const browser = portal.browser()
    await browser.open(paths.ticketNew)
    const large = new Uint8Array(20 * 1024 * 1024 + 1).fill(0x61)
    await browser.attach(paths.ticketNew, asStranger, [notes("large.txt", large)])
    assert.match(browser.body, /<li><a href="#field-files">Files: [^<]* is too large: it may have 20 MB at most\./)
    await browser.open(paths.ticketNew)
    const larger = await browser.attach(paths.ticketNew, asStranger, [notes("a.txt", new Uint8Array(22 * 1024 * 1024))])
    assert.strictEqual(larger.status, 413)
    assert.include(larger.body, texts.en.errors.filesTooLargeTitle)
    assert.include(larger.body, texts.en.errors.filesTooLarge(20, 200))
    assert.include(larger.body, `href="${paths.ticketNew}"`)
    assert.deepStrictEqual(await spooled(), [])
  })

  it("TIC-13 R-TI-11 a file is for those who may read its message, as a download that no browser shows or runs", async () => {
    const { browser, file } = await submitted("The line is down")
    const fetched = await browser.open(file)
    assert.strictEqual(fetched.status, 200)
    assert.strictEqual(fetched.body, "What we have tried so far.")
    assert.match(fetched.headers.get("content-disposition") ?? "", /^attachment; filename="notes\.txt"/)
    assert.strictEqual(fetched.headers.get("x-content-type-options"), "nosniff")
    assert.include(fetched.headers.get("content-security-policy") ?? "", "sandbox")
    assert.strictEqual((await browserOf(agent, agent.staff).open(file)).status, 200)
    assert.strictEqual((await browserOf(stranger).open(file)).status, 404)
    const nobody = await portal.browser().open(file)
    assert.match(nobody.path, /^\/sign-in/)
    assert.notInclude(nobody.body, "What we have tried")
  })

  it("TIC-05 TIC-10 staff answer with a file, which the customer gets; a note stays in the office", async () => {
    const { address } = await submitted("The phone is silent")
    const { address: office, browser } = await atDesk("The phone is silent")
    await browser.send(office, [["act", "take"]])
    await browser.send(office, [
      ["act", "note"],
      ["text", "Customer of Eva's."]
    ])
    await browser.attach(
      office,
      [
        ["act", "reply"],
        ["text", "Please do what the file says."],
        ["to", "Waiting"]
      ],
      [notes("steps.txt", "1. Off. 2. On.")]
    )
    assert.include(browser.body, texts.en.notices.deskReplied)
    await scan()
    assert.include(browser.body, "Customer of Eva&#39;s.")
    const theirs = browserOf(customer)
    await theirs.open(address)
    assert.include(theirs.body, "Please do what the file says.")
    assert.include(theirs.body, t.states.Waiting)
    assert.notInclude(theirs.body, "Eva")
    const file = linkIn(theirs.body, /href="(\/files\/[^"]+)">steps\.txt/)
    assert.strictEqual((await theirs.open(file)).body, "1. Off. 2. On.")
    // the answer brings a file, too, and what is wrong with one is said where it was chosen
    await theirs.open(address)
    await theirs.attach(
      address,
      [
        ["act", "answer"],
        ["text", "Done."]
      ],
      [notes("run.exe", "MZ")]
    )
    assert.match(theirs.body, /<li><a href="#answer-files">/)
    await theirs.attach(
      address,
      [
        ["act", "answer"],
        ["text", "Done."]
      ],
      [notes("result.txt")]
    )
    assert.include(theirs.body, texts.en.notices.ticketAnswered)
    assert.include(theirs.body, "result.txt")
  })

  it("TIC-10 staff give a ticket back, and find what somebody has and what nobody has", async () => {
    const subject = "The fax is silent"
    await submitted(subject)
    const { address, browser } = await atDesk(subject)
    const listed = async (assignee: string) =>
      (await browser.open(`${paths.deskTickets}?assignee=${assignee}`)).body.includes(subject)
    const button = (act: string) => new RegExp(`name="act" value="${act}"`)
    await browser.open(address)
    assert.notMatch(browser.body, button("giveBack"))
    assert.deepStrictEqual([await listed("somebody"), await listed("nobody")], [false, true])
    await browser.open(address)
    await browser.send(address, [["act", "take"]])
    assert.match(browser.body, button("giveBack"))
    assert.include(browser.body, texts.en.desk.giveBack)
    assert.deepStrictEqual([await listed("somebody"), await listed("nobody")], [true, false])
    await browser.open(address)
    await browser.send(address, [["act", "giveBack"]])
    assert.include(browser.body, texts.en.notices.deskGivenBack)
    assert.include(browser.body, texts.en.desk.whats.givenBack ?? "?")
    assert.notMatch(browser.body, button("giveBack"))
    assert.deepStrictEqual([await listed("somebody"), await listed("nobody")], [false, true])
  })

  it("TIC-07 staff add people with the history that they choose, say which address is wrong, and remove somebody", async () => {
    await submitted("Who else reads this")
    const { address, browser } = await atDesk("Who else reads this")
    await browser.send(address, [
      ["act", "add"],
      ["people", "eva@people.example\nno address"]
    ])
    assert.match(browser.body, /<li><a href="#add-people">[^<]*: no address: /)
    assert.include(browser.body, "eva@people.example\nno address</textarea>")
    await browser.send(address, [
      ["act", "add"],
      ["people", "eva@people.example"]
    ])
    assert.include(browser.body, texts.en.notices.participantsAdded)
    await browser.send(address, [
      ["act", "add"],
      ["people", "udo@people.example"],
      ["all", "yes"]
    ])
    const line = (email: string) => linkIn(browser.body, new RegExp(`<li>${email}([\\s\\S]*?)</li>`))
    assert.include(line("eva@people.example"), texts.en.desk.readsFrom)
    assert.notInclude(line("udo@people.example"), texts.en.desk.readsFrom)
    assert.include(line("eva@people.example"), t.removeOf("eva@people.example"))
    await browser.send(address, [
      ["act", "remove"],
      ["participant", linkIn(line("eva@people.example"), /name="participant" value="([^"]+)"/)]
    ])
    assert.include(browser.body, texts.en.notices.participantRemoved)
    assert.include(line("eva@people.example"), texts.en.desk.removed)
    assert.notInclude(line("eva@people.example"), t.removeOf("eva@people.example"))
  })

  it("TIC-08 staff find any customer area for a ticket, and take the ticket out of it again", async () => {
    await submitted("Whose is this")
    const { id, name } = await on(
      Effect.gen(function* () {
        const { account } = yield* person("landlord")
        return yield* given.tenant(account, { name: "Seilerei Knoten", customerNumber: "KD-4711" })
      })
    )
    const { address, browser } = await atDesk("Whose is this")
    const search = linkIn(browser.body, /href="(\/staff\/tickets\/[^"]+\/tenant)"/)
    await browser.open(search)
    assert.include(browser.body, texts.en.desk.tenantWarning)
    await browser.open(`${search}?q=nobodyiscalledso`)
    assert.include(browser.body, texts.en.desk.tenantNone)
    for (const wanted of ["Seilerei", "KD-4711"]) {
      await browser.open(`${search}?q=${wanted}`)
      assert.strictEqual(linkIn(browser.body, /name="tenant" value="([^"]+)"/), id)
    }
    await browser.send(address, [
      ["act", "tenant"],
      ["tenant", id]
    ])
    assert.include(browser.body, texts.en.notices.deskTenantAssigned)
    assert.include(browser.body, name)
    await browser.send(address, [
      ["act", "tenant"],
      ["tenant", ""]
    ])
    assert.include(browser.body, texts.en.notices.deskTenantTaken)
  })

  it("TIC-10 staff link tickets by their number, see the links on both, and undo them", async () => {
    await submitted("The outage")
    await submitted("Nothing works in room 3")
    const parent = await atDesk("The outage")
    const number = linkIn(parent.browser.body, /([0-9A-Z]{8}) · /)
    const { address, browser } = await atDesk("Nothing works in room 3")
    await browser.send(address, [
      ["act", "parent"],
      ["number", "ZZZZZZZZ"],
      ["as", "below"]
    ])
    assert.match(browser.body, /<li><a href="#parent-number">/)
    await browser.send(address, [
      ["act", "parent"],
      ["number", `#${number.toLowerCase()}`],
      ["as", "below"]
    ])
    assert.include(browser.body, texts.en.notices.deskLinked)
    assert.include(browser.body, `${texts.en.desk.relations.parent}</span> <a href="${parent.address}"`)
    await browser.open(parent.address)
    assert.include(browser.body, `${texts.en.desk.relations.child}</span> <a href="${address}"`)
    await browser.send(parent.address, [
      ["act", "unparent"],
      ["child", linkIn(browser.body, /name="child" value="([^"]+)"/)]
    ])
    assert.include(browser.body, texts.en.notices.deskUnlinked)
    assert.notInclude(browser.body, `<a href="${address}"`)
  })

  it("TIC-09 staff open a ticket for somebody, who gets its number by mail", async () => {
    const browser = browserOf(agent, agent.staff)
    await browser.open(paths.deskTickets)
    assert.include(browser.body, `href="${paths.deskNew}"`)
    await browser.fill(paths.deskNew, paths.deskNew, [["name", "Kurt Anruf"]])
    assert.match(browser.body, /<li><a href="#field-email">/)
    assert.match(browser.body, /<li><a href="#field-text">/)
    assert.include(browser.body, 'value="Kurt Anruf"')
    await browser.send(paths.deskNew, [
      ["email", "kurt@phone.example"],
      ["name", "Kurt Anruf"],
      ["subject", "He has called"],
      ["text", "It hums."],
      ["priority", "high"],
      ["locale", "en"]
    ])
    assert.include(browser.body, texts.en.notices.deskSubmitted)
    assert.include(browser.body, "Kurt Anruf (kurt@phone.example)")
    assert.include(browser.body, texts.en.desk.priorities.high)
    const [mail] = await mailsOf("kurt@phone.example")
    assert.match(mail?.subject ?? "", /\[#[0-9A-Z]{8}\]/)
  })

  it("MIN-01 MIN-02 a held mail that names no ticket goes into one by its number, and its original is shown and given as plain text", async () => {
    await submitted("Please send the form")
    const { address, browser } = await atDesk("Please send the form")
    const number = linkIn(browser.body, /([0-9A-Z]{8}) · /)
    const said = "Here <script>alert(1)</script> it is."
    await on(
      Effect.gen(function* () {
        const delivery = yield* composed({
          from: { name: "Private", address: "private@home.example" },
          to: config.mailbox,
          subject: `Re: [#${number}] Please send the form`,
          text: said,
          // one of ours that names no ticket
          inReplyTo: FORGOTTEN,
          headers: {},
          sender: "private@home.example"
        })
        assert.strictEqual((yield* feed(delivery)).outcome, "Held")
      })
    )
    await browser.open(paths.heldMails)
    const held = linkIn(browser.body, /href="(\/staff\/held-mails\/[^"]+)"/)
    await browser.open(held)
    assert.include(browser.body, "private@home.example")
    assert.match(browser.body, /<pre class="quoted">[^<]*From: /)
    assert.include(browser.body, "&lt;script&gt;alert(1)")
    assert.notInclude(browser.body, "<script>alert(1)")
    assert.notInclude(browser.body, 'name="participantId"')
    const original = await browser.open(`${held}/source`)
    assert.strictEqual(original.headers.get("content-type"), "application/octet-stream")
    assert.match(original.headers.get("content-disposition") ?? "", /^attachment; filename="[0-9a-f-]{36}\.eml"$/)
    assert.include(original.headers.get("content-security-policy") ?? "", "sandbox")
    assert.include(original.body, said)
    await browser.open(`${held}?number=ZZZZZZZZ`)
    assert.include(browser.body, texts.en.desk.mergeUnknown)
    await browser.open(`${held}?number=${number.toLowerCase()}`)
    assert.include(browser.body, `href="${address}"`)
    const participant = linkIn(browser.body, /name="participantId" type="radio" value="([^"]+)"/)
    await browser.send(held, [["number", number]])
    assert.match(browser.body, /<li><a href="#field-participantId">/)
    await browser.send(held, [
      ["number", number],
      ["participantId", participant]
    ])
    assert.strictEqual(browser.path, address)
    assert.include(browser.body, texts.en.notices.heldMailDecided)
    assert.include(browser.body, "Here &lt;script&gt;alert(1)&lt;/script&gt; it is.")
    // what is decided can still be looked at, and not be decided again
    await browser.open(held)
    assert.include(browser.body, texts.en.desk.heldOriginal)
    assert.notInclude(browser.body, 'name="participantId"')
    assert.strictEqual((await browserOf(customer).open(held)).status, 404)
    assert.strictEqual((await browserOf(customer).open(`${held}/source`)).status, 404)
  })

  it("MIN-01 a held mail beyond the first hundred is worked on as the others", { timeout: 60_000 }, async () => {
    const browser = browserOf(agent, agent.staff)
    await on(
      Effect.forEach(
        Array.from({ length: 101 }, (_, index) => index),
        (index) =>
          Effect.flatMap(
            composed({
              from: { name: "", address: `sender${index}@crowd.example` },
              to: config.mailbox,
              subject: `Re: [#ZZZZZZZZ] Letter ${index}`,
              text: `Letter ${index}.`,
              inReplyTo: FORGOTTEN,
              headers: {},
              sender: `sender${index}@crowd.example`
            }),
            feed
          )
      )
    )
    await browser.open(paths.heldMails)
    for (let page = 0; page < 10 && !browser.body.includes("Letter 100."); page++)
      await browser.open(
        linkIn(browser.body, /href="(\/staff\/held-mails\?after=[^"&]+)" rel="next"/).replaceAll("&amp;", "&")
      )
    assert.include(browser.body, "Letter 100.")
    const held = linkIn(browser.body.slice(browser.body.indexOf("Letter 100.")), /href="(\/staff\/held-mails\/[^"]+)"/)
    await browser.open(held)
    assert.strictEqual(browser.status, 200)
    assert.include(browser.body, "Letter 100.")
  })

  it("TIC-10 canned answers and macros are changed in place, with the steps that the form does not show, and asked about before they go", async () => {
    const browser = browserOf(agent, agent.staff)
    await browser.fill(paths.deskLibrary, paths.deskLibrary, [
      ["act", "answer"],
      ["name", "Greeting"],
      ["text", "Good day."]
    ])
    const answer = linkIn(browser.body, /href="(\/staff\/library\/answers\/[0-9a-f-]+)"/)
    await browser.open(answer)
    assert.include(browser.body, "Good day.</textarea>")
    await browser.send(answer, [
      ["act", "save"],
      ["name", ""],
      ["text", "Good evening."]
    ])
    assert.match(browser.body, /<li><a href="#field-name">/)
    assert.include(browser.body, "Good evening.</textarea>")
    await browser.send(answer, [
      ["act", "save"],
      ["name", "Greeting"],
      ["text", "Good evening."]
    ])
    assert.include(browser.body, texts.en.notices.deskItemSaved)
    assert.include(browser.body, "Good evening.")
    assert.notInclude(browser.body, "Good day.")

    const { id } = await on(
      Library.saveMacro({
        name: "Calm down",
        steps: [{ _tag: "Note", text: "By macro." }, { _tag: "Priority", priority: "low" }, { _tag: "Resolve" }]
      }).pipe(Actor.provide(agent.staff))
    )
    await browser.open(paths.deskMacro(id))
    assert.include(browser.body, texts.en.desk.macroOthers(2))
    assert.include(browser.body, '<option value="low" selected>')
    await browser.send(paths.deskMacro(id), [
      ["act", "save"],
      ["name", "Wake up"],
      ["take", "yes"],
      ["priority", "urgent"]
    ])
    assert.include(browser.body, texts.en.notices.deskItemSaved)
    const { items } = await on(Library.macros({}).pipe(Actor.provide(agent.staff)))
    assert.deepStrictEqual(
      items.filter((one) => one.id === id).map(({ name, steps }) => ({ name, steps })),
      [
        {
          name: "Wake up",
          steps: [
            { _tag: "Note", text: "By macro." },
            { _tag: "Priority", priority: "urgent" },
            { _tag: "Resolve" },
            { _tag: "Take" }
          ]
        }
      ]
    )
    for (const [address, name] of [
      [answer, "Greeting"],
      [paths.deskMacro(id), "Wake up"]
    ] as const) {
      await browser.open(`${address}?ask=remove`)
      assert.include(browser.body, texts.en.desk.removeTitle(name))
      await browser.open(paths.deskLibrary)
      assert.include(browser.body, name, "asking removes nothing")
      await browser.send(address, [["act", "remove"]])
      assert.include(browser.body, texts.en.notices.deskItemRemoved)
      assert.notInclude(browser.body, name)
      assert.strictEqual((await browser.open(address)).status, 404)
    }
  })

  it("TIC-09 marking as spam asks first, and so does leaving a ticket", async () => {
    await submitted("Cheap watches")
    const { address, browser } = await atDesk("Cheap watches")
    assert.notMatch(browser.body, /name="act" value="markSpam"/)
    assert.include(browser.body, `href="${address}?ask=spam"`)
    await browser.open(`${address}?ask=spam`)
    assert.include(browser.body, texts.en.desk.spamLead)
    assert.match(browser.body, /name="act" value="markSpam"/)
    await browser.open(address)
    assert.notInclude(browser.body, texts.en.desk.spamNotice, "asking marks nothing")
    await browser.send(address, [["act", "markSpam"]])
    assert.include(browser.body, texts.en.notices.deskSpam)
    // what is spam already is not asked about
    await browser.open(`${address}?ask=spam`)
    assert.notInclude(browser.body, texts.en.desk.spamLead)

    await submitted("Read along")
    const office = await atDesk("Read along")
    await office.browser.send(office.address, [
      ["act", "add"],
      ["people", stranger.account.email]
    ])
    const theirs = browserOf(stranger)
    const ticket = office.address.replace("/staff", "")
    await theirs.open(ticket)
    assert.notMatch(theirs.body, /name="act" value="leave"/)
    await theirs.open(linkIn(theirs.body, /href="(\/tickets\/[^"]+\?ask=leave)"/))
    assert.include(theirs.body, t.leaveLead)
    await theirs.send(ticket, [["act", "leave"]])
    assert.include(theirs.body, texts.en.notices.ticketLeft)
    assert.strictEqual((await theirs.open(ticket)).status, 404)
  })

  it("what a script sends says where it goes on, and the next page still has its notice", async () => {
    const browser = browserOf(customer)
    await browser.open(paths.ticketNew)
    const script = linkIn(browser.body, /<script src="(\/static\/upload\.js\?v=[0-9a-f]{12})" defer><\/script>/)
    const watched = await browser.watch(
      paths.ticketNew,
      [
        ["subject", "Watched"],
        ["description", "Seen coming."],
        ["consents.privacy", "1-ticket"]
      ],
      [notes()]
    )
    assert.strictEqual(watched.status, 204)
    await browser.open(watched.location ?? "")
    assert.include(browser.body, texts.en.notices.ticketSubmitted)
    const served = await browser.open(script)
    assert.strictEqual(served.headers.get("content-type"), "text/javascript; charset=utf-8")
    assert.include(served.headers.get("cache-control") ?? "", "immutable")
    assert.notInclude((await browser.open(paths.tickets)).body, "<script", "pages without files have none")
  })

  it("the desk is not there for who is no staff", async () => {
    const { address } = await atDesk("The phone is silent")
    for (const path of [
      paths.deskTickets,
      address,
      `${address}/merge`,
      `${address}/split`,
      `${address}/tenant`,
      paths.deskNew,
      paths.heldMails,
      paths.deskLibrary
    ]) {
      assert.strictEqual((await browserOf(customer).open(path)).status, 404, path)
      assert.match((await portal.browser().open(path)).path, /^\/sign-in/, path)
    }
    assert.strictEqual((await browserOf(stranger).open(address.replace("/staff", ""))).status, 404)
  })

  it("why a step is refused is said on the ticket's page, which shows how things are now", async () => {
    const { address, browser } = await atDesk("The phone is silent")
    await browser.send(address, [["act", "unhold"]])
    assert.strictEqual(browser.path, address)
    assert.match(browser.body, /<div class="notice notice-bad" role="alert">/)
    await browser.open(address)
    assert.notInclude(browser.body, 'role="alert"', "it is said once")
    const theirs = browserOf(customer)
    const ticket = address.replace("/staff", "")
    await theirs.fill(ticket, ticket, [["act", "reopen"]])
    assert.strictEqual(theirs.path, ticket)
    assert.match(theirs.body, /<div class="notice notice-bad" role="alert">/)
  })

  it("TIC-10 an answer that was begun before somebody else's is not sent before that was read", async () => {
    await submitted("Two at once")
    const { address, browser } = await atDesk("Two at once")
    const seenIn = (body: string) => linkIn(body, /name="seen" value="([0-9a-f-]{36})"/)
    const before = seenIn(browser.body)
    const other = await on(colleague("other"))
    const theirs = browserOf(other, other.staff)
    await theirs.open(address)
    await theirs.send(address, [
      ["act", "reply"],
      ["text", "From the other."],
      ["to", "Waiting"],
      ["seen", seenIn(theirs.body)]
    ])
    assert.include(theirs.body, texts.en.notices.deskReplied)
    const mine: Fields = [
      ["act", "reply"],
      ["text", "From me."],
      ["to", "Waiting"]
    ]
    await browser.send(address, [...mine, ["seen", before]])
    assert.include(browser.body, texts.en.desk.meanwhile(`${other.account.firstName} ${other.account.lastName}`))
    assert.include(browser.body, "From me.</textarea>")
    assert.notMatch(browser.body, /<p dir="auto">From me\.<\/p>/)
    await browser.send(address, [...mine, ["seen", seenIn(browser.body)]])
    assert.include(browser.body, texts.en.notices.deskReplied)
    assert.match(browser.body, /<p dir="auto">From me\.<\/p>/)
  })

  it("TIC-04 TIC-16 a long conversation opens with the latest messages, and goes back to the first", async () => {
    const { address } = await submitted("Long story")
    const { address: office, browser } = await atDesk("Long story")
    const ticketId = linkIn(address, /([0-9a-f-]{36})$/)
    await on(
      Effect.forEach(
        Array.from({ length: 60 }, (_, index) => index + 1),
        (index) => Work.reply({ ticketId, text: `Chapter ${index}.`, to: "Open" }).pipe(Actor.provide(agent.staff))
      )
    )
    for (const [page, here] of [
      [browser, office],
      [browserOf(customer), address]
    ] as const) {
      await page.open(here)
      assert.notInclude(page.body, "Chapter 10.")
      assert.isBelow(page.body.indexOf("Chapter 11."), page.body.indexOf("Chapter 60."), "the oldest first")
      assert.match(page.body, /<textarea[^>]* name="text"/)
      await page.open(linkIn(page.body, /href="([^"]+\?before=[^"]+)">Earlier messages/))
      assert.include(page.body, "Since this morning.")
      assert.isBelow(page.body.indexOf("Chapter 1."), page.body.indexOf("Chapter 10."))
      assert.notInclude(page.body, "Chapter 11.")
      assert.notInclude(page.body, "Earlier messages")
      await page.open(linkIn(page.body, /href="([^"]+)">To the latest messages/))
      assert.include(page.body, "Chapter 60.")
    }
  })

  it("TIC-10 answers and macros are paged, each by itself, and all can be chosen and changed", async () => {
    const browser = browserOf(agent, agent.staff)
    const name = (index: number) => `Paged ${String(index).padStart(3, "0")}`
    await on(
      Effect.forEach(
        Array.from({ length: 110 }, (_, index) => index),
        (index) => Library.saveAnswer({ name: name(index), text: `Text ${index}.` }).pipe(Actor.provide(agent.staff))
      )
    )
    await browser.open(paths.deskLibrary)
    for (let page = 0; page < 10 && !browser.body.includes(name(109)); page++)
      await browser.open(
        linkIn(browser.body, /href="(\/staff\/library\?answers=[^"#]+)#answers" rel="next"/).replaceAll("&amp;", "&")
      )
    assert.notInclude(browser.body, name(0))
    const last = linkIn(browser.body, new RegExp(`href="([^"]+)" aria-label="${texts.en.desk.editOf(name(109))}"`))
    await browser.open(last)
    assert.include(browser.body, "Text 109.</textarea>")
    const { browser: office } = await atDesk("The phone is silent")
    for (const index of [0, 109]) assert.include(office.body, `>${name(index)}</option>`)
  })

  it("TIC-10 what a new ticket needs is asked for before it is shown who would read what", async () => {
    const { address, browser } = await atDesk("The phone is silent")
    await browser.fill(`${address}/split`, `${address}/split`, [["act", "preview"]])
    for (const name of ["subject", "messages"]) assert.include(browser.body, `href="#field-${name}"`)
    assert.notInclude(browser.body, texts.en.desk.sightTitle)
  })

  it("TIC-10 the queue shows what is to be done, of oneself and of nobody", async () => {
    await submitted("Done already")
    const { address, browser } = await atDesk("Done already")
    await submitted("Not done yet")
    await browser.send(address, [["act", "take"]])
    const mine = `${paths.deskTickets}?state=todo&assignee=me`
    assert.include((await browser.open(mine)).body, "Done already")
    assert.notInclude(browser.body, "Not done yet")
    assert.include((await browser.open(`${paths.deskTickets}?state=todo&assignee=nobody`)).body, "Not done yet")
    assert.notInclude(browser.body, "Done already")
    await browser.open(address)
    await browser.send(address, [["act", "resolve"]])
    assert.notInclude((await browser.open(mine)).body, "Done already")
    // a view keeps it, too
    await browser.send(paths.deskTickets, [
      ["act", "saveView"],
      ["name", "My work"],
      ["choice", mine]
    ])
    assert.include(browser.body, `<a href="${mine.replace("&", "&amp;")}" aria-current="page">My work</a>`)
  })

  it("TIC-13 a file that came by mail and was not taken is named to staff", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portal-letter-"))
    const [taken, refused] = [join(folder, "a"), join(folder, "b")]
    await writeFile(taken, "1;2;3")
    await writeFile(refused, "MZ")
    await on(
      Effect.gen(function* () {
        const delivery = yield* composed({
          from: { name: "Ole", address: "ole@attached.example" },
          to: config.mailbox,
          subject: "Two files",
          text: "Here they are.",
          inReplyTo: undefined,
          headers: {},
          files: [
            { name: "Messwerte für Süd.csv", path: taken },
            { name: "setup.exe", path: refused }
          ],
          sender: "ole@attached.example"
        })
        assert.strictEqual((yield* feed(delivery)).outcome, "NewTicket")
      })
    )
    const { browser } = await atDesk("Two files")
    assert.include(browser.body, "Messwerte für Süd.csv")
    assert.include(
      browser.body,
      `${texts.en.desk.whats.filesLeftOut}: setup.exe <span class="hint">(${t.system})</span>`
    )
    await rm(folder, { recursive: true })
  })

  it("TIC-14 who sent a closed ticket in is asked once how it went, by a link that works once", async () => {
    const { address } = await submitted("Closed soon")
    const browser = browserOf(customer)
    await browser.fill(address, address, [["act", "close"]])
    const { clock, shift } = makeShiftableClock()
    shift.move(Duration.days(8))
    await on(runOnce([reviewTickets, dispatchMails]).pipe(Effect.provideService(Clock.Clock, clock)))
    const number = linkIn(browser.body, /([0-9A-Z]{8}) · /)
    const mail = (await mailsOf(customer.account.email)).findLast(({ subject }) => subject.includes(number))
    const link = linkIn(mail?.text ?? "", /https:\/\/portal\.example(\/tickets\/feedback\/\S+)/)
    const anybody = portal.browser()
    await anybody.fill(link, link)
    assert.include(anybody.body, 'href="#field-rating"')
    await anybody.send(link, [
      ["rating", "5"],
      ["comment", "Fast."]
    ])
    assert.include(anybody.body, texts.en.notices.ticketRated)
    const { browser: office } = await atDesk("Closed soon")
    assert.include(office.body, "Fast.")
    await anybody.open(link)
    assert.notInclude(anybody.body, 'name="rating"')
  })
})

describe("bounds of files that the operator has set", () => {
  const small = openPortal({ ...portalSettings(config), files: { maxBytes: 1024 * 1024, maxPerMessage: 2 } })

  it("TIC-13 are said at the field, and by the page that refuses a form for its size", async () => {
    const browser = small.browser()
    await browser.open(paths.ticketNew)
    assert.include(browser.body, t.filesHint(2, 1))
    const large = notes("large.txt", new Uint8Array(3 * 1024 * 1024).fill(0x61))
    await browser.attach(paths.ticketNew, asStranger, [large])
    assert.strictEqual(browser.status, 413)
    assert.include(browser.body, texts.en.errors.filesTooLarge(1, 2))
  })
})

describe("files on their way", () => {
  it("R-RL-05 TIC-13 one source has so much room on the disk, and keeps nobody who is signed in waiting", async () => {
    const customer = await on(person("uploader"))
    const own = browserOf(customer)
    await own.open(paths.ticketNew)
    const [first, second] = [portal.browser(), portal.browser()]
    await first.open(paths.ticketNew)
    await second.open(paths.ticketNew)
    const endless = first.begin(paths.ticketNew)
    for (let waited = 0; (await spooled()).length === 0; waited += 10) {
      if (waited > 5_000) throw new Error("nothing of it was read")
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const before = await spooled()
    await second.attach(paths.ticketNew, asStranger, [notes()])
    assert.strictEqual(second.status, 429)
    assert.include(second.body, texts.en.errors.busyTitle)
    assert.isNotNull(second.headers.get("retry-after"))
    // the script that shows the progress is told the same, and shows it
    await second.open(paths.ticketNew)
    assert.deepInclude(await second.watch(paths.ticketNew, asStranger, [notes()]), { status: 429, location: null })
    assert.deepStrictEqual(await spooled(), before)
    await own.attach(paths.ticketNew, having(without(asStranger, "email", "fullName"), "subject", "Signed in"), [
      notes()
    ])
    assert.strictEqual(own.status, 200)
    endless.breakOff()
    assert.isAtLeast(await endless.answered, 400)
    assert.deepStrictEqual(await spooled(), [])
    await second.open(paths.ticketNew)
    assert.strictEqual((await second.watch(paths.ticketNew, asStranger, [notes()])).status, 204)
  })

  it("R-RL-05 room is given back, to each and to all", async () => {
    const room = makeRoom({ each: 2, all: 3 })
    const taken = (who: string, amount: number) => Effect.runPromise(Effect.scoped(room.take(who, amount)))
    await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          assert.isTrue(yield* room.take("a", 2))
          assert.isFalse(yield* room.take("a", 1))
          assert.isFalse(yield* room.take("b", 2))
          assert.isTrue(yield* Effect.scoped(room.take("b", 1)))
          assert.isTrue(yield* room.take("c", 1))
          assert.isFalse(yield* room.take("b", 1))
        })
      )
    )
    assert.isTrue(await taken("a", 2))
    assert.isFalse(await taken("a", 3))
  })
})

describe("mails that come in", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "portal-inbox-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const freePort = () =>
    new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const address = server.address()
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
      })
    })

  it("MIN-01 are taken over SMTP and from the folder, once each", async () => {
    const agent = await on(colleague("postmaster"))
    const port = await freePort()
    await writeFile(
      join(folder, "one.eml"),
      [
        "Return-Path: <max@folder.example>",
        `Delivered-To: ${config.mailbox}`,
        "From: Max <max@folder.example>",
        `To: ${config.mailbox}`,
        "Subject: Put into the folder",
        "Message-ID: <one@folder.example>",
        "",
        "It lay there.",
        ""
      ].join("\r\n")
    )
    const queue = async () => (await browserOf(agent, agent.staff).open(paths.deskTickets)).body
    await on(
      Effect.scoped(
        Effect.gen(function* () {
          yield* Layer.build(
            InboundMail.layer.pipe(
              Layer.provide(
                Layer.succeed(PortalConfig, {
                  ...config,
                  inboundSmtpPort: Option.some(port),
                  inboundFolder: folder
                })
              )
            )
          )
          yield* Effect.promise(async () => {
            const transport = createTransport({ host: "127.0.0.1", port, secure: false, ignoreTLS: true })
            const letter = {
              from: "Mia <mia@smtp.example>",
              to: config.mailbox,
              subject: "Sent by SMTP",
              text: "It came over the wire.",
              messageId: "<two@smtp.example>",
              date: new Date(1_767_225_600_000)
            }
            await transport.sendMail(letter)
            // a server that has not heard that it was taken sends it again
            await transport.sendMail(letter)
            transport.close()
            for (let waited = 0; waited < 10_000; waited += 50) {
              if ((await readdir(join(folder, "done")).catch((): Array<string> => [])).includes("one.eml")) return
              await new Promise((resolve) => setTimeout(resolve, 50))
            }
            throw new Error("the folder's mail was not taken")
          })
        })
      )
    )
    const body = await queue()
    assert.strictEqual(body.split("Sent by SMTP").length - 1, 1)
    assert.strictEqual(body.split("Put into the folder").length - 1, 1)
    assert.deepStrictEqual(
      (await readdir(folder)).filter((name) => name.endsWith(".eml")),
      []
    )
  })
})
