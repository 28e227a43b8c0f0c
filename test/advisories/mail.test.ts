import { readdirSync, readFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { SMTPServer } from "smtp-server"
import { purgeMails } from "../../src/jobs/jobList.ts"
import { parse as parseAddress } from "../../src/kernel/EmailAddress.ts"
import type { TicketId } from "../../src/kernel/ids.ts"
import { Outbox } from "../../src/kernel/Outbox.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import { headerFault } from "../../src/mail/headers.ts"
import { MailParser } from "../../src/mail/inbound/MailParser.ts"
import { Mailer } from "../../src/mail/Mailer.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import { Mailbox } from "../../src/memory/Mailer.ts"
import { layer as mime } from "../../src/mime/MailParser.ts"
import { type SmtpOptions, layer as smtp } from "../../src/smtp/index.ts"
import { Library, Work } from "../../src/tickets/desk/index.ts"
import { Participants, Tickets } from "../../src/tickets/index.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { message as outgoing } from "../mail/messages.ts"
import { file, markup, message, multipart, text } from "../mime/compose.ts"
import { as } from "../support/portal.ts"
import { crew } from "../tickets/desk/world.ts"
import { feed, portal, replyAddress, SUPPORT, sent, written } from "../tickets/inboundWorld.ts"
import {
  answer,
  get,
  marked,
  own,
  person,
  staffWrites,
  stored,
  submitted,
  textsFor,
  wording
} from "../tickets/world.ts"
import { mailedTo, tagOf } from "./world.ts"

const ADA = "ada@example.com"
const EVE = "eve@evil.example"

const messagesOf = (ticketId: TicketId) =>
  Effect.flatMap(TicketRepository, (tickets) =>
    tickets.messages(ticketId, { publicAfter: null }, { after: Option.none(), limit: 100 })
  )

describe("mail that comes in", () => {
  it.effect("Zendesk 2024 who forges the sender and copies himself in gets neither history nor a proven address", () =>
    Effect.gen(function* () {
      const ada = yield* person("ada")
      const { number, ticketId } = yield* own(ada, { subject: "Login", description: "The code is walrus" })
      yield* staffWrites(ticketId, "Use the pangolin")
      const before = yield* stored(ticketId)
      const recipient = yield* replyAddress(ticketId, ADA)
      const [ack] = yield* sent
      // all that an outsider can know or guess, as Ada and with himself in copy
      const forged: ReadonlyArray<readonly [Readonly<Record<string, string>>, string]> = [
        [{ Cc: EVE }, SUPPORT],
        [{ Cc: EVE, Subject: `Re: [#${number}] Login` }, SUPPORT],
        [{ Cc: EVE, "In-Reply-To": `<${ticketId}@localhost.localdomain>` }, SUPPORT],
        [{ Cc: EVE, References: ack?.messageId ?? "" }, SUPPORT],
        [{ Cc: EVE }, `support+${number}@localhost.localdomain`],
        [{ Cc: EVE }, `support+id${number}@localhost.localdomain`],
        [{ Cc: EVE }, `support+${number}-1-${"a".repeat(26)}@localhost.localdomain`],
        [{ Cc: EVE, "Reply-To": EVE }, SUPPORT]
      ]
      const made: Array<TicketId> = []
      for (const [headers, to] of forged) {
        const end = yield* feed(written(ADA, "Please add my colleague", headers), { recipient: to })
        if (end.outcome === "NewTicket" && end.ticketId !== null) made.push(end.ticketId)
        assert.notStrictEqual(end.outcome, "Threaded", to)
      }
      // by his own name, with a word of hers, even by her reply address
      const asEve = yield* feed(written(`Ada <${EVE}>`, "It is me", { Cc: ADA }), { recipient })
      assert.deepInclude(asEve, { outcome: "Held", reason: "sender" })
      // Ada herself, who copies somebody in: a courtesy, and no grant
      const hers = yield* feed(written(ADA, "A word of mine", { Cc: `Eve <${EVE}>`, To: `${recipient}, ${EVE}` }), {
        recipient
      })
      assert.strictEqual(hers.outcome, "Threaded")
      yield* staffWrites(ticketId, "Another pangolin")
      const after = yield* stored(ticketId)
      assert.deepStrictEqual(
        after.participants.map(({ email }) => String(email)),
        before.participants.map(({ email }) => String(email))
      )
      for (const id of made) {
        const { participants } = yield* stored(id)
        // of who is named as the author nothing is proven, and the copied one is nobody
        assert.deepStrictEqual(
          participants.map(({ accountId, email, provenAt }) => [String(email), accountId, provenAt]),
          [[ADA, null, null]]
        )
      }
      const eve = yield* person("eve")
      assert.strictEqual(yield* tagOf(get(eve, ticketId)), "NotFound")
      assert.deepStrictEqual(yield* mailedTo(EVE), [])
    }).pipe(Effect.provide(portal()))
  )

  it.effect("Zendesk 2024 a code that another service sends to the mailbox reaches nobody outside", () =>
    Effect.gen(function* () {
      const eve = yield* person("eve")
      const { ticketId } = yield* own(eve)
      const recipient = yield* replyAddress(ticketId, "eve@example.com")
      // registered elsewhere with the mailbox, or with a reply address, as one's own
      const code = (over: Readonly<Record<string, string>>) =>
        written("Sign-in <noreply@id.example>", "Your code is 918273", over)
      for (const over of [{}, { "Auto-Submitted": "auto-generated" }, { Cc: "eve@example.com" }]) {
        for (const to of [recipient, SUPPORT]) {
          assert.notStrictEqual(
            (yield* feed(code(over), { recipient: to, authentication: "pass" })).outcome,
            "Threaded"
          )
        }
      }
      assert.deepStrictEqual(yield* textsFor(eve, ticketId), [wording.description])
      assert.notInclude((yield* mailedTo("eve@example.com")).join(), "918273")
    }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "CVE-2026-61855 R-TI-05 a good signature makes nobody of a sender, and stands for no other text than its own",
    () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const { ticketId } = yield* own(ada)
        const recipient = yield* replyAddress(ticketId, ADA)
        const signed = (from: string, parts: Parameters<typeof multipart>[2], id: string) => {
          const whole = multipart("signed", "sig", [
            ...parts,
            file("application/pkcs7-signature", "smime.p7s", "signature")
          ])
          return message(whole, { From: from, "Message-ID": `<${id}@example.com>` })
        }
        const good = { recipient, authentication: "pass" } as const
        // the domain of the author vouches for Eve, not for Ada; so does one who writes her name in front, or her beside him
        for (const [n, from] of [EVE, `"${ADA}" <${EVE}>`, `Ada Lovelace <${EVE}>`, `${ADA}, ${EVE}`].entries()) {
          const end = yield* feed(signed(from, [text("Send it to me")], `eve${n}`), good)
          assert.deepInclude(end, { outcome: "Held", reason: "sender" }, from)
        }
        // without the token it proves nothing either
        const fresh = yield* feed(signed("carol@example.com", [text("A walrus")], "carol"), { authentication: "pass" })
        if (fresh.ticketId === null) return assert.fail("no ticket")
        assert.deepInclude((yield* stored(fresh.ticketId)).participants[0], { provenAt: null, accountId: null })
        assert.notInclude((yield* mailedTo("carol@example.com")).join(), "walrus")
        // what is another message inside of the message is not what its author says
        const inner = Buffer.from(message({ type: "text/plain", body: "Delete my account" }, { From: ADA })).toString()
        const around = signed(
          ADA,
          [
            multipartOf([
              text("See below."),
              [`Content-Type: message/rfc822\n\n${inner.replaceAll("\r\n", "\n")}`, "\n"]
            ])
          ],
          "around"
        )
        assert.strictEqual((yield* feed(around, good)).outcome, "Threaded")
        const last = (yield* messagesOf(ticketId)).at(-1)
        assert.strictEqual(last?.text, "See below.")
        assert.notInclude(`${last?.html} ${last?.folded}`, "Delete my account")
      }).pipe(Effect.provide(portal()))
  )
})

describe("mail of machines", () => {
  it.effect("R-MA-03 R-MA-04 is told by what it says of itself, by where it has been, and by our own marks", () =>
    Effect.gen(function* () {
      yield* submitted(ADA)
      const [ack] = yield* sent
      // what we send by ourselves says so
      assert.deepInclude(ack?.headers, {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Loop": SUPPORT
      })
      const before = (yield* sent).length
      const cases: ReadonlyArray<readonly [string, Readonly<Record<string, string>>, string?]> = [
        ["auto-submitted", { "Auto-Submitted": "auto-replied" }],
        ["auto-submitted", { "Auto-Submitted": "Auto-Generated; x" }],
        ["null-path", {}, ""],
        ["null-path", {}, "<>"],
        ["null-path", { "Return-Path": "<>" }],
        ["list", { "List-Id": "<news.example.com>" }],
        ["list", { "List-Unsubscribe": "<mailto:x@example.com>" }],
        ["list", { Precedence: "list" }],
        ["bulk", { Precedence: "bulk" }],
        ["bulk", { Precedence: "junk" }],
        ["auto-reply", { "X-Autoreply": "yes" }],
        ["loop", { "X-Loop": SUPPORT.toUpperCase() }],
        ["own", { From: SUPPORT }],
        ["own", { From: "Support <support+0-1-x@localhost.localdomain>" }],
        [
          "hops",
          {
            Received: Array.from({ length: 101 }, () => "from a by b; Mon, 3 Mar 2025 10:00:00 +0000").join(
              "\nReceived: "
            )
          }
        ]
      ]
      for (const [reason, headers, sender] of cases) {
        const end = yield* feed(written("bob@example.com", "Hello", headers), sender === undefined ? {} : { sender })
        assert.deepInclude(end, { outcome: "Automatic", reason }, JSON.stringify(headers).slice(0, 80))
      }
      assert.strictEqual((yield* sent).length, before)
      assert.strictEqual(
        (yield* feed(written("bob@example.com", "Hello", { "Auto-Submitted": "no" }))).outcome,
        "NewTicket"
      )
    }).pipe(Effect.provide(portal()))
  )
})

describe("the size of a mail", () => {
  it.effect("R-TI-10 has an end in every direction, and what is beyond is not read", () =>
    Effect.gen(function* () {
      const least = {
        bytes: 20_000,
        depth: 3,
        parts: 3,
        headers: 20,
        headerBytes: 2_000,
        decodedBytes: 4_000,
        text: 3_000
      }
      const parser = yield* MailParser
      const inside = (depth: number): Parameters<typeof multipart>[2][number] =>
        depth === 0 ? text("x") : multipartOf([inside(depth - 1)], `b${depth}`)
      const pdfOf = (name: string, size: number) => file("application/pdf", name, "x".repeat(size))
      const cases: ReadonlyArray<readonly [string | null, Uint8Array]> = [
        [null, written(ADA, "x")],
        ["too-large", written(ADA, "x".repeat(30_000))],
        ["too-deep", message(multipart("mixed", "all", [inside(5)]))],
        [
          "too-many-parts",
          message(
            multipart(
              "mixed",
              "all",
              ["a", "b", "c", "d"].map((name) => pdfOf(name, 9))
            )
          )
        ],
        ["too-many-parts", written(ADA, "--x\n".repeat(151))],
        [
          "too-many-headers",
          written(ADA, "x", Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`X-${n}`, "x"])))
        ],
        ["too-many-headers", written(ADA, "x", { "X-Long": "x".repeat(3_000) })],
        ["too-large", message(multipart("mixed", "all", [text("x"), pdfOf("a", 5_000)]))],
        ["too-long-text", written(ADA, `${"x".repeat(70)}\n`.repeat(60))],
        ["too-long-text", written(ADA, "x\n".repeat(400))]
      ]
      for (const [fault, raw] of cases) {
        const read = yield* Effect.match(parser.parse(raw, least), {
          onFailure: (unreadable): string | null => unreadable.fault,
          onSuccess: () => null
        })
        assert.strictEqual(read, fault, Buffer.from(raw).toString().slice(0, 300))
      }
    }).pipe(Effect.provide(mime))
  )
})

/** Parts as one part of another message. */
const multipartOf = (parts: Parameters<typeof multipart>[2], boundary = "mix"): ReadonlyArray<string | Uint8Array> => {
  const { body, type } = multipart("mixed", boundary, parts)
  return [`Content-Type: ${type}\n\n`, body, "\n"]
}

/** What is shown of a mail's HTML to who takes part. */
const shown = Effect.fnUntraced(function* (source: string) {
  const ada = yield* person("ada")
  const { ticketId } = yield* own(ada)
  const recipient = yield* replyAddress(ticketId, ADA)
  const raw = message(multipart("alternative", "alt", [text("as text"), markup(`<p>A word</p>${source}<p>more</p>`)]))
  assert.strictEqual((yield* feed(raw, { recipient })).outcome, "Threaded")
  const { items } = yield* Tickets.messages({ ticketId }).pipe(as(ada.actor))
  const last = items.at(-1)
  assert.strictEqual(last?.text, "as text")
  return last?.html ?? ""
})

const markupCases = (
  attacks: ReadonlyArray<string>,
  never: ReadonlyArray<string | RegExp>
): Effect.Effect<void, unknown, never> =>
  Effect.forEach(
    attacks,
    Effect.fnUntraced(function* (attack) {
      const left = yield* shown(attack).pipe(Effect.provide(Layer.fresh(portal())))
      assert.include(left, "A word", attack)
      for (const harm of never) {
        if (typeof harm === "string") assert.notInclude(left.toLowerCase(), harm, attack)
        else assert.notMatch(left, harm, attack)
      }
    }),
    { discard: true }
  )

describe("the HTML of a mail", () => {
  it.effect("CVE-2026-34718 R-TI-09 has no address of data, of scripts or of anything but https and mailto", () =>
    markupCases(
      [
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
        '<a href=" d&#97;ta:text/html,x">x</a>',
        '<a href="da\tta:text/html,x">x</a>',
        '<img src="data:image/svg+xml,<svg onload=alert(1)>" alt="a">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="JaVa&#115;cript:alert(1)">x</a>',
        '<a href="vbscript:x">x</a>',
        '<a href="http://evil.example/">x</a>'
      ],
      ["data:", "script:", "http:", /(?:href|src)="(?!https:\/\/|mailto:|cid:)/]
    )
  )

  it.effect("CVE-2026-63006 R-TI-09 has no image and no link into the portal's own pages", () =>
    markupCases(
      [
        '<img src="/api/v1/tickets" alt="a">',
        '<img src="../../api/v1/users/1" alt="a">',
        '<img src="./api/tickets" alt="a">',
        '<img src="api/tickets" alt="a">',
        '<img src="https:/api/tickets" alt="a">',
        '<img src="https:api/tickets" alt="a">',
        '<img src="//portal.example/api/tickets" alt="a">',
        '<img src="\\api\\tickets" alt="a">',
        '<a href="/api/tickets">x</a>',
        '<a href="../api/tickets">x</a>',
        '<a href="https:/api/tickets">x</a>',
        '<a href="?api/tickets">x</a>'
      ],
      ["api"]
    )
  )

  it.effect("CVE-2026-84463 R-TI-09 has no frame, video or other widget, and no attribute of one", () =>
    markupCases(
      [
        '<iframe src="https://video.example/embed/1" onload="alert(1)"></iframe>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<video src="https://evil.example/x" onerror="alert(1)"><source onerror="alert(1)"></video>',
        '<object data="https://evil.example/x"><param name="x"></object>',
        '<embed src="https://evil.example/x">',
        '<p allow="camera" sandbox="" style="position:fixed" id="x" class="y" onclick="alert(1)">x</p>',
        '<form action="https://evil.example/"><input autofocus onfocus="alert(1)"></form>',
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><img src=x onerror=alert(1)></mtext></math>"
      ],
      [
        "alert",
        "<iframe",
        "<video",
        "<object",
        "<embed",
        "<form",
        "<input",
        "<svg",
        "<math",
        "evil.example",
        "style=",
        "allow=",
        "id=",
        "class="
      ]
    )
  )

  it.effect("CVE-2026-56731 R-TI-09 has titles that are text, whatever quotes stand in them", () =>
    markupCases(
      [
        '<a title="x&quot; onmouseover=&quot;alert(1)" href="https://a.example/">x</a>',
        '<a title=\'x" onmouseover="alert(1)\' href="https://a.example/">x</a>',
        '<img src="cid:a@b" alt="x" title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">',
        "<p title='x'onclick='alert(1)'>x</p>",
        "<title><img src=x onerror=alert(1)></title>"
      ],
      [/<[^>]*(?<!&quot;\s?)\son\w+="/i, "<script", "<title", /" on/i]
    )
  )
})

describe("text from outside", () => {
  it.effect("CVE-2026-56731 R-TI-09 is text in the HTML of mails: subjects, names and words alike", () =>
    Effect.gen(function* () {
      const attack = '<img src=x onerror=alert(1)>"><script>alert(1)</script>'
      const ada = yield* person("ada")
      const { ticketId } = yield* own(ada, { subject: attack, companyName: attack, description: attack })
      const people = [{ email: EVE, name: attack }]
      yield* Participants.addParticipants({ ticketId, people }).pipe(as(ada.actor))
      yield* feed(written(EVE, attack), { recipient: yield* replyAddress(ticketId, EVE) })
      yield* answer(ada, ticketId, attack)
      yield* staffWrites(ticketId, attack)
      const mails = yield* sent
      assert.isAtLeast(mails.length, 5)
      for (const mail of mails) assert.notMatch(mail.html, /<img|<script/i)
      // told in full all the same: who wrote, and what
      assert.isTrue(mails.some(({ html }) => html.split("&lt;script&gt;").length > 2))
    }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2026-34724 R-MA-11 is no template: what fills a place is never looked at again", () =>
    Effect.gen(function* () {
      const agent = yield* crew("agent", "agent")
      const sums = `{{7*7}} ${"$"}{7*7} #{7*7}`
      const places = `{agentName} ${sums} <%= 7*7 %> {number} %{subject} {constructor}`
      const ada = yield* person("ada")
      const { number, ticketId } = yield* own(ada, { companyName: `C ${places}`, subject: `S ${places}` })
      const saved = yield* Library.saveAnswer({
        name: "Hello",
        text: "Dear {contactName} of {companyName}, about {subject} ({number}): bye, {agentName}"
      }).pipe(as(agent.actor))
      const filled = yield* Library.renderAnswer({ id: saved.id, ticketId }).pipe(as(agent.actor))
      assert.strictEqual(
        filled.text,
        `Dear Ada Lovelace of C ${places}, about S ${places} (${number}): bye, ${agent.account.firstName} ${agent.account.lastName}`
      )
      // as the text of a ticket it is words, in mails and in the portal
      yield* Work.reply({ ticketId, text: places }).pipe(as(agent.actor))
      assert.strictEqual((yield* messagesOf(ticketId)).at(-1)?.text, places)
      const mail = (yield* mailedTo(ADA)).at(-1) ?? ""
      assert.include(mail, `{agentName} ${sums}`)
      assert.notInclude(mail, "49")
      // and no subject line is anybody's but ours
      for (const one of yield* sent) assert.match(one.subject, /^\[#[0-9A-Z]{8}\] [\w\s,ä-ü]+$/i)
    }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2024-33667 chooses nothing that is run: no name of a method, and no place that nobody has named", () =>
    Effect.gen(function* () {
      const agent = yield* crew("agent", "agent")
      const names = ["constructor", "toString", "prototype", "hasOwnProperty", "valueOf", "eval", "body"]
      for (const name of names) {
        const save = Library.saveAnswer({ name: "x", text: `{${name}}` }).pipe(as(agent.actor))
        assert.strictEqual(yield* tagOf(save), "InvalidInput", name)
        const step = { _tag: name, text: "x" } as never
        const macro = Library.saveMacro({ name: "x", steps: [step] }).pipe(as(agent.actor))
        assert.strictEqual(yield* tagOf(macro), "InvalidInput", name)
        const macroText = Library.saveMacro({ name: "x", steps: [{ _tag: "Note", text: `{${name}}` }] }).pipe(
          as(agent.actor)
        )
        assert.strictEqual(yield* tagOf(macroText), "InvalidInput", name)
      }
    }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2025-32358 CVE-2026-34719 makes the library fetch nothing, from wherever", () =>
    Effect.gen(function* () {
      // where bytes come from is the host's to say: no part of the sources opens a page
      const sources = readdirSync(new URL("../../src", import.meta.url), { recursive: true, encoding: "utf8" })
      const fetching = sources
        .filter((name) => name.endsWith(".ts"))
        .filter((name) =>
          /\bfetch\(|from "node:https?"|from "undici"|HttpClient|XMLHttpRequest|new WebSocket/.test(
            readFileSync(new URL(`../../src/${name}`, import.meta.url), "utf8")
          )
        )
      assert.deepStrictEqual(fetching, [])
      // what a mail names stays where it is, and its reader's browser does not get it either
      const left = yield* shown(
        '<img src="https://evil.example/track.gif" alt="t"><img src="https://127.0.0.1/x" alt="l"><link rel="stylesheet" href="https://evil.example/x">'
      )
      assert.notMatch(left, /evil\.example|127\.0\.0\.1/)
      // nor does the mailer make a mail of a file or a page
      const { lines, port, received } = yield* server
      const sending = (over: object) => sendTo(port, {}, { ...outgoing(1), ...over })
      for (const from of [{ path: "/etc/hostname" }, { href: `http://127.0.0.1:${port}/` }]) {
        // no dispatcher hands over such a thing; who gets by its types meets the transport's own refusal
        yield* Effect.ignoreCause(sending({ html: from as never }))
        yield* Effect.ignoreCause(sending({ text: from as never }))
      }
      assert.deepStrictEqual(received, [])
      assert.isFalse(lines.some((line) => line.startsWith("GET")))
    }).pipe(Effect.provide(portal()), Effect.scoped)
  )

  it.effect("CVE-2023-50456 R-TI-15 names and subjects become no links in mails", () =>
    Effect.gen(function* () {
      const lure = "https://evil.example/login www.evil.example evil.example mailto:eve@evil.example"
      const eve = yield* person("eve")
      yield* person("bob")
      const { ticketId } = yield* own(eve, { subject: lure, companyName: lure, description: lure })
      const people = [
        { email: "bob@example.com", name: lure },
        { email: ADA, name: lure }
      ]
      yield* Participants.addParticipants({ ticketId, people }).pipe(as(eve.actor))
      yield* answer(eve, ticketId, lure)
      const { participants } = yield* stored(ticketId)
      assert.strictEqual(participants.length, 3)
      yield* submitted(ADA, { fullName: lure, companyName: lure, subject: lure, description: lure })
      const all = (yield* sent).flatMap(({ html, subject, text }) => [html, subject, text])
      assert.isAtLeast(all.length, 12)
      for (const one of all) {
        assert.notMatch(one, /evil\.example|https?:\/\/evil|www\.evil|@evil/i)
        assert.notMatch(one, /<a [^>]*evil/i)
      }
      // it is there to be read, but as no address
      assert.isTrue(all.some((one) => one.includes("evil.\u200aexample")))
    }).pipe(Effect.provide(portal()))
  )
})

// ---- what goes out ---------------------------------------------------------------------------------------------------------------------

/** A real SMTP server that keeps what it is told. */
const server = Effect.acquireRelease(
  Effect.promise(
    () =>
      new Promise<{
        readonly port: number
        readonly received: Array<{ readonly from: string; readonly to: ReadonlyArray<string>; readonly raw: string }>
        readonly lines: Array<string>
        readonly close: () => void
      }>((resolve) => {
        const received: Array<{ readonly from: string; readonly to: ReadonlyArray<string>; readonly raw: string }> = []
        const lines: Array<string> = []
        const smtpServer = new SMTPServer({
          authOptional: true,
          closeTimeout: 100,
          disabledCommands: ["STARTTLS"],
          // all that a client says
          logger: {
            level: () => undefined,
            trace: () => undefined,
            debug: (entry: { readonly tnx?: string }, _: string, ...rest: ReadonlyArray<unknown>) =>
              void (entry.tnx === "command" && lines.push(rest.map(String).join(" "))),
            info: () => undefined,
            warn: () => undefined,
            error: () => undefined,
            fatal: () => undefined
          } as never, // the interface that the server calls
          onData: (stream, session, callback) => {
            const chunks: Array<Buffer> = []
            stream.on("data", (chunk: Buffer) => chunks.push(chunk))
            stream.on("end", () => {
              received.push({
                from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
                to: session.envelope.rcptTo.map((to) => to.address),
                raw: Buffer.concat(chunks).toString("latin1")
              })
              callback()
            })
          }
        })
        // clients that give up are part of the tests
        smtpServer.on("error", () => undefined)
        const listening = smtpServer.listen(0, "127.0.0.1", () => {
          // listening on a port makes the address this
          const { port } = listening.address() as AddressInfo
          resolve({ port, received, lines, close: () => smtpServer.close() })
        })
      })
  ),
  ({ close }) => Effect.sync(close)
)

const sendTo = (port: number, options: Partial<SmtpOptions> = {}, what = outgoing(1)) =>
  Effect.flatMap(Mailer, (mailer) => mailer.send(what)).pipe(
    Effect.provide(Layer.fresh(smtp({ host: "127.0.0.1", port, encryption: "none", timeout: "2 seconds", ...options })))
  )

describe("mail that goes out", () => {
  it.live("GHSA-mm7p-fcc7-pg87 reaches the one domain that its address is of, and no other that is hidden in it", () =>
    Effect.gen(function* () {
      const { port, received } = yield* server
      const tricks = [
        '"eve@evil.example x"@example.com',
        '"eve@evil.example"@example.com',
        "ada@example.com <eve@evil.example>",
        "<eve@evil.example> ada@example.com",
        "eve@evil.example (ada@example.com)",
        "ada(eve@evil.example)@example.com",
        "eve@evil.example,ada@example.com",
        "eve@evil.example ada@example.com",
        "eve%evil.example@example.com@evil.example",
        "ada@example.com@evil.example",
        "=?utf-8?q?eve=40evil.example=2c?=ada@example.com"
      ]
      for (const to of tricks) {
        assert.isTrue(Option.isNone(parseAddress(to)), to)
        assert.deepStrictEqual(headerFault(outgoing(1, { to: to as never })), Option.some("To"), to)
        const refused = yield* Effect.flip(sendTo(port, {}, outgoing(1, { to: to as never })))
        assert.strictEqual(refused.kind, "permanent")
      }
      // an address that has signs in it goes exactly where it says
      yield* sendTo(port, {}, outgoing(1, { to: "a!b%c=d@example.com" as never }))
      assert.deepStrictEqual(
        received.map(({ to }) => to),
        [["a!b%c=d@example.com"]]
      )
    }).pipe(Effect.scoped)
  )

  it.live("GHSA-rcmh-qjqh-p98v is not asked to read groups within groups, and neither is mail that comes in", () =>
    Effect.gen(function* () {
      const deep = `${"g:".repeat(50_000)}ada@example.com${";".repeat(50_000)}`
      const began = process.hrtime.bigint()
      assert.isTrue(Option.isNone(parseAddress(deep)))
      assert.deepStrictEqual(headerFault(outgoing(1, { to: deep as never })), Option.some("To"))
      const parser = yield* MailParser
      const limits = { bytes: 1e7, depth: 20, parts: 100, headers: 500, headerBytes: 1e6, decodedBytes: 1e7, text: 1e6 }
      for (const field of ["From", "To", "Cc", "Reply-To"]) {
        for (const value of [`${"g:".repeat(500)}ada@example.com${";".repeat(500)}`, deep]) {
          const read = yield* Effect.exit(parser.parse(written("", "x", { From: ADA, [field]: value }), limits))
          // it ends, and whoever hides in groups is no author
          if (Exit.isSuccess(read) && field === "From") assert.isNull(read.value.from?.email ?? null)
        }
      }
      assert.isBelow(Number(process.hrtime.bigint() - began) / 1e6, 10_000)
    }).pipe(Effect.provide(mime))
  )

  it.live("GHSA-c7w3-x93f-qmm8 has an envelope of its two addresses, whatever else a message is given", () =>
    Effect.gen(function* () {
      const { lines, port, received } = yield* server
      const more = {
        size: "100\r\nRCPT TO:<eve@evil.example>",
        envelope: { from: EVE, to: [EVE], size: "1\r\nRCPT TO:<eve@evil.example>" },
        dsn: { id: "x\r\nRCPT TO:<eve@evil.example>" },
        bcc: EVE,
        cc: EVE
      }
      yield* sendTo(port, {}, { ...outgoing(1), ...more })
      assert.deepStrictEqual(
        received.map(({ from, to }) => [from, to]),
        [["portal@example.com", ["ada@example.com"]]]
      )
      assert.notInclude(received[0]?.raw, "evil.example")
      assert.notInclude(lines.join("\n"), "evil.example")
    }).pipe(Effect.scoped)
  )

  it.live("GHSA-vvjj-xcjg-gr5g greets by a name that is one word, or not at all", () =>
    Effect.gen(function* () {
      const { lines, port, received } = yield* server
      for (const name of ["x\r\nMAIL FROM:<eve@evil.example>", "a b", "", "x\u0000y", "ü.example", "x".repeat(300)]) {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(sendTo(port, { name }))), name)
      }
      assert.deepStrictEqual([received, lines], [[], []])
      yield* sendTo(port, { name: "portal.example.com" })
      yield* sendTo(port, { name: "[IPv6:2001:db8::1]" })
      assert.strictEqual(received.length, 2)
      assert.isTrue(lines.some((line) => line.includes("portal.example.com")))
    }).pipe(Effect.scoped)
  )

  it("GHSA-mm7p-fcc7-pg87 GHSA-rcmh-qjqh-p98v GHSA-c7w3-x93f-qmm8 GHSA-vvjj-xcjg-gr5g CVE-2026-32887 CVE-2026-32763 CVE-2026-33442 CVE-2026-33468 CVE-2026-44635 are mended in every version that can be installed", () => {
    const { peerDependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      readonly peerDependencies: Readonly<Record<string, string>>
    }
    const since = (text = "") => (/^\^(\d+)\.(\d+)\.(\d+)$/.exec(text) ?? []).slice(1).map(Number)
    const isFrom = (name: string, first: ReadonlyArray<number>) => {
      const least = since(peerDependencies[name])
      assert.strictEqual(least.length, 3, name)
      const at = least.findIndex((part, index) => part !== first[index])
      assert.isTrue(at < 0 || (least[at] ?? 0) > (first[at] ?? 0), `${name} ${peerDependencies[name]}`)
    }
    // the first versions without them
    isFrom("nodemailer", [8, 0, 5])
    isFrom("kysely", [0, 28, 17])
    isFrom("effect", [3, 20, 0])
  })

  it.effect("R-MA-05 nothing is said to be done whose mails could not be kept", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox
      const away = Outbox.of({
        ...outbox,
        append: () => Effect.fail(new PersistenceError({ operation: "outbox.append", reason: "other" }))
      })
      const ada = yield* person("ada")
      const { ticketId } = yield* own(ada)
      const before = yield* stored(ticketId)
      const bob = { ticketId, people: [{ email: "bob@example.com" }] }
      const adding = Participants.addParticipants(bob).pipe(as(ada.actor))
      assert.strictEqual(yield* tagOf(adding.pipe(Effect.provideService(Outbox, away))), "Unavailable")
      assert.deepStrictEqual(yield* stored(ticketId), before)
      assert.strictEqual(yield* tagOf(adding), "done")
      assert.isNotEmpty(yield* mailedTo("bob@example.com"))
    }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "R-MA-09 is looked at again before it goes: who takes no part any more, or may not read it, gets nothing",
    () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const people = ["removed", "later", "stays"]
        for (const name of people) yield* person(name)
        const { ticketId } = yield* own(ada)
        const emails = people.map((name) => ({ email: `${name}@example.com` }))
        yield* Participants.addParticipants({ ticketId, people: emails }).pipe(as(ada.actor))
        yield* sent
        yield* answer(ada, ticketId, "A walrus")
        const remove = Effect.fnUntraced(function* (name: string) {
          const whom = (yield* stored(ticketId)).participants.find(({ email }) => email === `${name}@example.com`)
          yield* Participants.removeParticipant({ ticketId, participantId: whom?.id ?? "" }).pipe(as(ada.actor))
        })
        yield* remove("removed")
        yield* remove("later")
        yield* Participants.addParticipants({ ticketId, people: emails.slice(1, 2) }).pipe(as(ada.actor))
        assert.include((yield* mailedTo("stays@example.com")).join(), "walrus")
        for (const name of ["removed", "later"]) {
          assert.notInclude((yield* mailedTo(`${name}@example.com`)).join(), "walrus", name)
        }
        // and what was silenced meanwhile is silent
        yield* answer(ada, ticketId, "A pangolin")
        yield* marked(ticketId, { spam: true })
        assert.notInclude((yield* mailedTo("stays@example.com")).join(), "pangolin")
        const outbox = yield* OutboxRepository
        const all = yield* outbox.list({ state: "dropped" }, { after: Option.none(), limit: 100 })
        assert.sameMembers(
          [...new Set(all.map(({ reason }) => reason))],
          ["takes-no-part", "message-not-readable", "ticket-is-spam"]
        )
      }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "R-MA-12 what is settled is kept for a while and no longer, what waits is kept, and few mails are handed over at once",
    () =>
      Effect.gen(function* () {
        const outbox = yield* OutboxRepository
        const mailbox = yield* Mailbox
        const kept = Effect.map(outbox.list({}, { after: Option.none(), limit: 1000 }), (all) =>
          all.map(({ state }) => state).sort()
        )
        for (let n = 0; n < 4; n++) yield* submitted(`a${n}@example.com`)
        yield* mailbox.behave((mail) => (mail.to === "a0@example.com" ? "temporary" : "take"))
        yield* Dispatcher.runOnce
        assert.deepStrictEqual(yield* kept, ["queued", "sent", "sent", "sent"])
        yield* TestClock.adjust("9 days")
        yield* purgeMails.run
        assert.deepStrictEqual(yield* kept, ["queued", "sent", "sent", "sent"])
        yield* TestClock.adjust("2 days")
        yield* purgeMails.run
        assert.deepStrictEqual(yield* kept, ["queued"])
      }).pipe(Effect.provide(portal({ outbox: { retention: "10 days" } })))
  )
})
