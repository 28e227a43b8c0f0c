import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { purgeInbound } from "../../src/jobs/jobList.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { InboundRepository } from "../../src/mail/inbound/InboundRepository.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import { FileRepository } from "../../src/tickets/FileRepository.ts"
import { HeldMails, Inbound, Participants, Tickets } from "../../src/tickets/index.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { file, markup, html as markupAlone, message, multipart, PNG, report, text } from "../mime/compose.ts"
import { returnedInWords } from "../mime/corpus.ts"
import { as } from "../support/portal.ts"
import {
  addressOf,
  agent,
  counts,
  feed,
  heldMails,
  newest,
  onlyHeld,
  participantOf,
  portal,
  replyAddress,
  SUPPORT,
  sent,
  written
} from "./inboundWorld.ts"
import { byNumber, closed, own, person, resolvedByStaff, staffWrites, stored, submitted } from "./world.ts"

const ADA = "ada@example.com"
const EVE = "eve@evil.example"

/** An anonymous ticket of Ada's. */
const ticketOfAda = Effect.gen(function* () {
  yield* submitted(ADA)
  const tickets = yield* TicketRepository
  const [listed] = yield* tickets.queue(
    {
      states: Option.none(),
      search: Option.none(),
      assignee: Option.none(),
      tenantId: Option.none(),
      priorities: Option.none(),
      category: Option.none(),
      tag: Option.none(),
      spam: false
    },
    { after: Option.none(), limit: 1 }
  )
  if (listed === undefined) return yield* Effect.die(new Error("no ticket"))
  return listed.ticket
})

const messagesOf = Effect.fnUntraced(function* (ticketId: Parameters<typeof stored>[0]) {
  const tickets = yield* TicketRepository
  return yield* tickets.messages(ticketId, { publicAfter: null }, { after: Option.none(), limit: 100 })
})

describe("an answer by mail", () => {
  it.effect("MIN-02 R-TI-04 R-TI-05 counts with the reply address's token and the person as its sender", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      assert.isBelow(recipient.split("@")[0]?.length ?? 99, 65)
      yield* staffWrites(ticket.id, "Is it switched on?")
      const end = yield* feed(
        written(ADA, "Yes, it is.\n\nOn 03/03/2025 10:12, Support wrote:\n> Is it switched on?"),
        {
          recipient
        }
      )
      assert.deepInclude(end, { outcome: "Threaded", ticketId: ticket.id })
      const after = yield* stored(ticket.id)
      assert.strictEqual(after.ticket.state, "Open")
      assert.isNotNull(after.participants[0]?.provenAt)
      const last = (yield* messagesOf(ticket.id)).at(-1)
      assert.deepInclude(last, { text: "Yes, it is.", author: "contact", channel: "mail", visibility: "public" })
      assert.include(last?.folded, "> Is it switched on?")
    }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "MIN-02 is found by its token in any case of letters, and in To where the server delivers to the mailbox",
    () =>
      Effect.gen(function* () {
        const ticket = yield* ticketOfAda
        const address = yield* replyAddress(ticket.id, ADA)
        assert.strictEqual((yield* feed(written(ADA, "one"), { recipient: address.toUpperCase() })).outcome, "Threaded")
        assert.strictEqual(
          (yield* feed(written("ADA@Example.COM", "two", { To: `Support <${address}>` }))).outcome,
          "Threaded"
        )
      }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-02 R-TI-05 of anybody else is held for staff, with the ticket, and adds nobody", () =>
    Effect.gen(function* () {
      const staff = yield* agent
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const before = yield* stored(ticket.id)
      const end = yield* feed(written(EVE, "Please send me the password.", { Subject: "Re: Printer" }), { recipient })
      assert.deepInclude(end, { outcome: "Held", reason: "sender", ticketId: ticket.id })
      assert.deepStrictEqual(yield* stored(ticket.id), before)
      assert.deepInclude(yield* onlyHeld(staff), {
        reason: "sender",
        sender: EVE,
        subject: "Re: Printer",
        text: "Please send me the password.",
        ticketId: ticket.id,
        review: "waiting"
      })
      assert.lengthOf(yield* heldMails(staff, { ticketId: ticket.id }), 1)
    }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "MIN-02 R-TI-04 is never found by number, subject or references, and not by a token that is nearly right",
    () =>
      Effect.gen(function* () {
        const ticket = yield* ticketOfAda
        const right = yield* replyAddress(ticket.id, ADA)
        const before = yield* stored(ticket.id)
        const wrong = right.replace(/.(?=@)/, (last) => (last === "a" ? "b" : "a"))
        for (const recipient of [
          wrong,
          `support+${ticket.number}@localhost.localdomain`,
          `support+x@localhost.localdomain`
        ]) {
          assert.deepInclude(yield* feed(written(ADA, "hello", { Subject: `[#${ticket.number}]` }), { recipient }), {
            outcome: "Held",
            reason: "token"
          })
        }
        const ack = yield* newest(ADA)
        const end = yield* feed(written(ADA, "hello", { Subject: `[#${ticket.number}]`, "In-Reply-To": ack.messageId }))
        assert.deepInclude(end, { outcome: "Held", reason: "no-token" })
        assert.strictEqual(
          (yield* feed(written(ADA, "hello", { Subject: `[#${ticket.number}] Printer` }))).outcome,
          "NewTicket"
        )
        assert.deepStrictEqual(yield* stored(ticket.id), before)
      }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-02 by a token of somebody else, or one that was revoked, is held", () =>
    Effect.gen(function* () {
      const ada = yield* person("ada")
      const { number } = yield* own(ada)
      const { ticket } = { ticket: yield* byNumber(number) }
      yield* Participants.addParticipants({
        ticketId: ticket.id,
        people: [{ email: "bob@example.com" }]
      } as never).pipe(as(ada.actor))
      const ofBob = yield* replyAddress(ticket.id, "bob@example.com")
      assert.deepInclude(yield* feed(written(ADA, "with Bob's token"), { recipient: ofBob }), {
        outcome: "Held",
        reason: "sender"
      })
      assert.strictEqual(
        (yield* feed(written("bob@example.com", "I am Bob"), { recipient: ofBob })).outcome,
        "Threaded"
      )
      const { participant } = yield* participantOf(ticket.id, "bob@example.com")
      yield* Participants.removeParticipant({ ticketId: ticket.id, participantId: participant.id }).pipe(as(ada.actor))
      assert.deepInclude(yield* feed(written("bob@example.com", "still here?"), { recipient: ofBob }), {
        outcome: "Held",
        reason: "token"
      })
    }).pipe(Effect.provide(portal()))
  )

  it.effect("R-TI-05 whose author's domain says that it is forged is held, whatever else it has", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const end = yield* feed(written(ADA, "forged"), { recipient, authentication: "fail" })
      assert.deepInclude(end, { outcome: "Held", reason: "authentication" })
      assert.deepInclude(yield* feed(written(ADA, "forged"), { authentication: "fail" }), {
        outcome: "Held",
        reason: "authentication"
      })
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-03 R-TI-06 V-32 adds nobody by To and Cc", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const others = { To: `${recipient}, ${EVE}`, Cc: "Bob <bob@example.com>, carol@example.com", "Reply-To": EVE }
      assert.strictEqual((yield* feed(written(ADA, "hello", others), { recipient })).outcome, "Threaded")
      assert.deepStrictEqual(
        (yield* stored(ticket.id)).participants.map(({ email }) => email),
        [addressOf(ADA)]
      )
      yield* staffWrites(ticket.id, "Only for Ada")
      assert.deepStrictEqual([...new Set((yield* sent).map(({ to }) => to))], [addressOf(ADA)])
    }).pipe(Effect.provide(portal()))
  )

  it.effect("TIC-09 reopens a resolved ticket, and makes a follow-up of a closed one", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      yield* resolvedByStaff(ticket.id)
      yield* feed(written(ADA, "not solved"), { recipient })
      assert.strictEqual((yield* stored(ticket.id)).ticket.state, "Open")
      yield* closed(ticket.id)
      const end = yield* feed(written(ADA, "again"), { recipient })
      assert.deepInclude(end, { outcome: "Threaded", reason: "follow-up" })
      if (end.ticketId === null) return assert.fail("no ticket")
      assert.deepInclude((yield* stored(end.ticketId)).ticket, { followUpOf: ticket.id, state: "New" })
    }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "TIC-07 MIN-09 a participant leaves by the address that List-Unsubscribe names, and nobody leaves for another",
    () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const { number } = yield* own(ada)
        const ticket = yield* byNumber(number)
        yield* Participants.addParticipants({
          ticketId: ticket.id,
          people: [{ email: "bob@example.com" }]
        } as never).pipe(as(ada.actor))
        const mail = yield* newest("bob@example.com")
        const leave = /^<mailto:(.+)>$/.exec(mail.headers["List-Unsubscribe"] ?? "")?.[1] ?? ""
        assert.strictEqual(leave, yield* replyAddress(ticket.id, "bob@example.com", "leave"))
        assert.deepInclude(yield* feed(written(EVE, "unsubscribe"), { recipient: leave }), {
          outcome: "Held",
          reason: "sender"
        })
        assert.deepInclude(yield* feed(written("bob@example.com", ""), { recipient: leave }), {
          outcome: "Threaded",
          reason: "left"
        })
        assert.isNotNull((yield* participantOf(ticket.id, "bob@example.com")).participant.removedAt)
      }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-07 brings its HTML without what could do harm, and its inline images as attachments", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const raw = message(
        multipart("related", "rel", [
          markup(
            '<p onclick="steal()">Look: <img src="cid:shot@example.com"><img src="https://evil.example/track.gif"></p><script>steal()</script><a href="/api/tickets">here</a>'
          ),
          file("image/png", "shot.png", PNG, "Content-ID: <shot@example.com>\n")
        ])
      )
      assert.strictEqual((yield* feed(raw, { recipient })).outcome, "Threaded")
      const last = (yield* messagesOf(ticket.id)).at(-1)
      if (last === undefined) return assert.fail("no message")
      assert.include(last.text, "Look:")
      assert.include(last.html, "cid:shot@example.com")
      for (const harm of ["script", "onclick", "evil.example", "/api/tickets"]) assert.notInclude(last.html, harm)
      const files = yield* FileRepository
      const [image, ...more] = yield* files.ofMessages([last.id])
      assert.deepInclude(image, { name: "shot.png", mediaType: "image/png", contentId: "shot@example.com" })
      assert.deepStrictEqual([last.files, more], [1, []])
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-07 V-30 shows what it quotes to nobody but its author, as text or as HTML", () =>
    Effect.gen(function* () {
      const [ada, bob] = [yield* person("ada"), yield* person("bob")]
      const { ticketId } = yield* own(ada)
      yield* Participants.addParticipants({ ticketId, people: [{ email: bob.account.email }], history: "all" }).pipe(
        as(ada.actor)
      )
      const recipient = yield* replyAddress(ticketId, ADA)
      const raw = message(
        multipart("alternative", "alt", [
          text("Thank you.\n\nOn 03/03/2025 10:12, Support wrote:\n> A secret of elsewhere"),
          markup(
            '<p>Thank you.</p><div class="gmail_quote">Support:<blockquote>A secret of elsewhere</blockquote></div>'
          )
        ])
      )
      assert.strictEqual((yield* feed(raw, { recipient })).outcome, "Threaded")
      const shownTo = ({ actor }: typeof ada) =>
        Effect.map(Tickets.messages({ ticketId }).pipe(as(actor)), ({ items }) => items.at(-1))
      assert.include((yield* shownTo(ada))?.folded, "A secret of elsewhere")
      const read = yield* shownTo(bob)
      assert.strictEqual(read?.text, "Thank you.")
      assert.notInclude(JSON.stringify(read), "A secret of elsewhere")
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-07 V-30 keeps no quotation that stands in its HTML alone", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const raw = message(
        multipart("alternative", "alt", [
          text("Thank you."),
          markup(
            '<p>Thank you.</p><div class="gmail_quote">Support:<blockquote>A secret of elsewhere</blockquote></div>'
          )
        ])
      )
      assert.strictEqual((yield* feed(raw, { recipient })).outcome, "Threaded")
      const last = (yield* messagesOf(ticket.id)).at(-1)
      assert.strictEqual(last?.text, "Thank you.")
      assert.notInclude(last?.html ?? "", "A secret of elsewhere")
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-07 V-30 with nothing but a quotation is held, and publishes nothing", () =>
    Effect.gen(function* () {
      const staff = yield* agent
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const { participant } = yield* participantOf(ticket.id, ADA)
      const before = yield* stored(ticket.id)
      const quotation = "On 03/03/2025 10:12, Support wrote:\n> A secret of elsewhere"
      const empty = [
        written(ADA, quotation),
        written(ADA, `\n\nSent from my iPhone\n\n${quotation}\n-- \nAda`),
        written(ADA, "-----Original Message-----\nFrom: Support\nSent: today\nTo: Ada\n\nA secret of elsewhere"),
        message(
          multipart("alternative", "alt", [
            text(quotation),
            markup('<div class="gmail_quote">Support:<blockquote>A secret of elsewhere</blockquote></div>')
          ])
        ),
        markupAlone("<blockquote>A secret of elsewhere</blockquote>", { From: ADA })
      ]
      for (const raw of empty) {
        assert.deepInclude(yield* feed(raw, { recipient }), { outcome: "Held", reason: "empty", ticketId: ticket.id })
      }
      assert.deepStrictEqual(yield* stored(ticket.id), before)
      // for the same reason staff cannot make it an answer; as a ticket of its own it says what its author sent
      const [held] = yield* heldMails(staff)
      if (held === undefined) return assert.fail("nothing is held")
      const asAnswer = { id: held.id, ticketId: ticket.id, participantId: participant.id }
      const refused = yield* Effect.flip(HeldMails.accept(asAnswer).pipe(Actor.provide(staff)))
      assert.strictEqual(refused._tag, "HeldMailUnreadable")
      const made = yield* HeldMails.acceptAsNew({ id: held.id }).pipe(Actor.provide(staff))
      assert.strictEqual((yield* messagesOf(made.ticketId)).at(-1)?.text, quotation)
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-01 TIC-13 to a closed ticket comes without the files that its follow-up has no room for", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      yield* closed(ticket.id)
      const withFile = (words: string) =>
        message(multipart("mixed", "mix", [text(words), file("image/png", "a.png", PNG)]), {
          "Message-ID": `<${words}@example.com>`
        })
      const first = yield* feed(withFile("one"), { recipient })
      const second = yield* feed(withFile("two"), { recipient })
      assert.deepInclude(second, { outcome: "Threaded", reason: "follow-up", ticketId: first.ticketId })
      if (first.ticketId === null) return assert.fail("no follow-up")
      assert.deepStrictEqual(
        (yield* messagesOf(first.ticketId)).map(({ files }) => files),
        [1, 0]
      )
    }).pipe(Effect.provide(portal({ files: { maxBytesPerTicket: PNG.length + 10 } })))
  )

  it.effect("MIN-05 shows that the address takes mail again", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const tickets = yield* TicketRepository
      yield* tickets.markUndeliverable(ticket.contactEmail, ticket.createdAt)
      assert.strictEqual((yield* feed(written(ADA, "I am here."), { recipient })).outcome, "Threaded")
      assert.isNull((yield* stored(ticket.id)).participants[0]?.undeliverableAt)
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-04 R-MA-04 beyond the number that one person may write to a ticket is held", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      for (let number = 0; number < 2; number++) {
        assert.strictEqual((yield* feed(written(ADA, `word ${number}`), { recipient })).outcome, "Threaded")
      }
      const end = yield* feed(written(ADA, "one more"), { recipient })
      assert.deepInclude(end, { outcome: "Held", reason: "too-many", ticketId: ticket.id })
    }).pipe(Effect.provide(portal({ limits: { inboundPerParticipant: { max: 2, window: "1 hour" } } })))
  )

  it.effect("MIN-07 TIC-13 comes without the files that are not allowed, which staff are told of", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const raw = message(
        multipart("mixed", "mix", [
          text("See these."),
          file("application/x-msdownload", "virus.exe", "MZ"),
          file("image/png", "a.png", PNG)
        ])
      )
      assert.strictEqual((yield* feed(raw, { recipient })).outcome, "Threaded")
      const tickets = yield* TicketRepository
      const [change] = yield* tickets.changes(ticket.id, null, { after: Option.none(), limit: 1 })
      assert.deepInclude(change, { what: "filesLeftOut", visibility: "internal" })
      assert.deepInclude(change?.data, { names: ["virus.exe"] })
      assert.strictEqual((yield* messagesOf(ticket.id)).at(-1)?.files, 1)
    }).pipe(Effect.provide(portal()))
  )
})

describe("a mail to the mailbox of tickets", () => {
  it.effect(
    "MIN-01 TIC-02 makes a new ticket of an unproven contact, who is told its number and none of their own text",
    () =>
      Effect.gen(function* () {
        const end = yield* feed(written(`Ada Lovelace <${ADA}>`, "Secret words", { Subject: "Printer" }))
        assert.strictEqual(end.outcome, "NewTicket")
        if (end.ticketId === null) return assert.fail("no ticket")
        const { participants, ticket } = yield* stored(end.ticketId)
        assert.deepInclude(ticket, {
          subject: "Printer",
          state: "New",
          channel: "mail",
          contactName: "Ada Lovelace",
          tenantId: null
        })
        assert.deepInclude(participants[0], { email: addressOf(ADA), provenAt: null, accountId: null, role: "contact" })
        const ack = yield* newest(ADA)
        assert.include(ack.text, ticket.number)
        assert.notInclude(ack.text, "Secret words")
        assert.notInclude(ack.subject, "Printer")
        // and the way back
        assert.strictEqual(ack.replyTo, yield* replyAddress(ticket.id, ADA))
        assert.strictEqual((yield* feed(written(ADA, "more"), { recipient: ack.replyTo ?? "" })).outcome, "Threaded")
      }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-09 is answered under a stable Message-ID, with the headers by which mail programs thread", () =>
    Effect.gen(function* () {
      const end = yield* feed(written(ADA, "hello", { "Message-ID": "<first@example.com>" }))
      const ack = yield* newest(ADA)
      assert.deepInclude(ack.headers, {
        "Auto-Submitted": "auto-generated",
        "In-Reply-To": "<first@example.com>",
        References: `<${end.ticketId}@localhost.localdomain> <first@example.com>`,
        "X-Loop": SUPPORT
      })
      assert.strictEqual(ack.messageId, `<${ack.id}@localhost.localdomain>`)
      assert.strictEqual(ack.from.address, SUPPORT)
      assert.isUndefined(ack.headers["List-Unsubscribe"])
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-04 is held beyond the number that one address may open", () =>
    Effect.gen(function* () {
      for (let number = 0; number < 2; number++) {
        assert.strictEqual((yield* feed(written(ADA, `ticket ${number}`))).outcome, "NewTicket")
      }
      assert.deepInclude(yield* feed(written(ADA, "one more")), { outcome: "Held", reason: "too-many" })
      assert.strictEqual((yield* feed(written("bob@example.com", "mine"))).outcome, "NewTicket")
    }).pipe(Effect.provide(portal({ limits: { inboundPerAddress: { max: 2, window: "24 hours" } } })))
  )

  it.effect("MIN-07 with nothing but what it forwards says that, for nobody else reads the new ticket", () =>
    Effect.gen(function* () {
      const forwarded = "-----Original Message-----\nFrom: Machine\nSent: today\nTo: Ada\n\nError 5"
      const end = yield* feed(written(ADA, forwarded, { Subject: "" }))
      if (end.ticketId === null) return assert.fail(end.reason ?? "no ticket")
      assert.strictEqual((yield* stored(end.ticketId)).ticket.subject, "-----Original Message-----")
      assert.deepInclude((yield* messagesOf(end.ticketId)).at(-1), { text: forwarded, folded: null })
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-01 TIC-13 comes without files that are more than a ticket may have", () =>
    Effect.gen(function* () {
      const raw = message(multipart("mixed", "mix", [text("See this."), file("image/png", "a.png", PNG)]))
      const end = yield* feed(raw)
      if (end.ticketId === null) return assert.fail(end.reason ?? "no ticket")
      assert.deepInclude((yield* messagesOf(end.ticketId)).at(-1), { text: "See this.", files: 0 })
      // and nothing but files is nothing then
      const bare = message(multipart("mixed", "mix", [file("image/png", "b.png", PNG)]), { "Message-ID": "<bare@x>" })
      assert.deepInclude(yield* feed(bare), { outcome: "Held", reason: "empty" })
      const staff = yield* agent
      const held = yield* onlyHeld(staff)
      const refused = yield* Effect.flip(HeldMails.acceptAsNew({ id: held.id }).pipe(Actor.provide(staff)))
      assert.strictEqual(refused._tag, "HeldMailUnreadable")
    }).pipe(Effect.provide(portal({ files: { maxBytesPerTicket: PNG.length - 1 } })))
  )

  it.effect("MIN-02 without a sender whom one could answer is held", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* feed(written("", "from nobody")), { outcome: "Held", reason: "no-sender" })
      assert.deepInclude(yield* feed(written(`${ADA}, ${EVE}`, "from two")), { outcome: "Held", reason: "no-sender" })
      assert.deepInclude(yield* feed(written(ADA, "   ")), { outcome: "Held", reason: "empty" })
    }).pipe(Effect.provide(portal()))
  )
})

describe("mail of machines", () => {
  const machines: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    vacation: { "Auto-Submitted": "auto-replied" },
    list: { "List-Id": "<news.example.com>" },
    bulk: { Precedence: "bulk" },
    loop: { "X-Loop": SUPPORT }
  }

  it.effect("MIN-04 V-37 R-MA-03 TIC-09 is recorded, and neither answered nor an answer", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      yield* staffWrites(ticket.id, "Is it on?")
      const before = yield* stored(ticket.id)
      const mails = (yield* sent).length
      for (const headers of Object.values(machines)) {
        assert.strictEqual((yield* feed(written(ADA, "I am away.", headers), { recipient })).outcome, "Automatic")
        assert.strictEqual((yield* feed(written(EVE, "I am away.", headers))).outcome, "Automatic")
      }
      assert.strictEqual((yield* feed(written(ADA, "away"), { recipient, sender: "" })).outcome, "Automatic")
      const doubtful = written(ADA, "away", { Subject: "Out of office: Printer" })
      assert.deepInclude(yield* feed(doubtful, { recipient }), { outcome: "Held", reason: "machine" })
      assert.deepStrictEqual(yield* stored(ticket.id), before)
      assert.strictEqual((yield* sent).length, mails)
    }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "MIN-05 TIC-02 a permanent report marks the address, a temporary one or one about another mail does not",
    () =>
      Effect.gen(function* () {
        const staffTicket = yield* feed(written(ADA, "hello"))
        if (staffTicket.ticketId === null) return assert.fail("no ticket")
        const ack = yield* newest(ADA)
        const undeliverable = Effect.map(
          participantOf(staffTicket.ticketId, ADA),
          ({ participant }) => participant.undeliverableAt
        )
        const about = (recipient: string, action: string, status: string) =>
          `Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ${recipient}\nAction: ${action}\nStatus: ${status}\n`
        const bounce = (fields: string, messageId: string) =>
          feed(
            report(fields, {
              about: `Message-ID: ${messageId}`,
              over: { "Message-ID": `<${fields.length}${messageId.length}@mx>` }
            }),
            { sender: "" }
          )
        assert.deepInclude(yield* bounce(about(ADA, "delayed", "4.4.1"), ack.messageId), {
          outcome: "Bounce",
          reason: "temporary"
        })
        assert.deepInclude(yield* bounce(about(ADA, "failed", "5.1.1"), "<never-sent@x>"), {
          outcome: "Bounce",
          reason: "untraced"
        })
        assert.deepInclude(yield* bounce(about(EVE, "failed", "5.1.1"), ack.messageId), {
          outcome: "Bounce",
          reason: "untraced"
        })
        assert.isNull(yield* undeliverable)
        assert.deepInclude(yield* bounce(about(ADA, "failed", "5.1.1"), ack.messageId), {
          outcome: "Bounce",
          reason: "permanent",
          ticketId: staffTicket.ticketId
        })
        assert.isNotNull(yield* undeliverable)
        const outbox = yield* OutboxRepository
        assert.deepInclude(Option.getOrThrow(yield* outbox.find(ack.id)), { state: "dead", reason: "bounced" })
      }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-04 MIN-05 V-37 what came back without a report is a machine's, and never a customer's words", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const before = yield* stored(ticket.id)
      const mails = (yield* sent).length
      const outcomes = new Map<string, string>()
      for (const [name, { expected, raw }] of Object.entries(returnedInWords)) {
        if (expected.is === undefined) continue
        const path = expected.sender === undefined ? {} : { sender: expected.sender }
        for (const to of [recipient, SUPPORT]) {
          const end = yield* feed(raw, { recipient: to, ...path })
          outcomes.set(name, `${outcomes.get(name) ?? ""}${end.outcome} `)
        }
      }
      for (const [name, ended] of outcomes) {
        // where nothing but the subject tells, people decide
        const doubtful = returnedInWords[name]?.expected.is === "Doubtful"
        assert.oneOf(ended, doubtful ? ["Held Held "] : ["Automatic Automatic ", "Automatic Duplicate "], name)
      }
      assert.isAtLeast(outcomes.size, 10)
      assert.deepStrictEqual(yield* stored(ticket.id), before)
      assert.strictEqual((yield* sent).length, mails)
    }).pipe(Effect.provide(portal()))
  )
})

describe("every message that is fed in", () => {
  it.effect("MIN-06 R-TI-12 is taken once, and a forged repeat of its Message-ID suppresses nothing", () =>
    Effect.gen(function* () {
      const ticket = yield* ticketOfAda
      const recipient = yield* replyAddress(ticket.id, ADA)
      const id = { "Message-ID": "<known@example.com>" }
      const forged = yield* feed(written(EVE, "I was first", id), { recipient })
      assert.strictEqual(forged.outcome, "Held")
      // the same words and the same name, but without the token; and as if from a machine
      assert.strictEqual((yield* feed(written(ADA, "the real one", id), {})).outcome, "NewTicket")
      const machine = written(ADA, "the real one", { ...id, "Auto-Submitted": "auto-replied" })
      assert.strictEqual((yield* feed(machine, { recipient })).outcome, "Automatic")
      const real = written(ADA, "the real one", id)
      const first = yield* feed(real, { recipient })
      assert.strictEqual(first.outcome, "Threaded")
      const again = yield* feed(real, { recipient })
      assert.deepInclude(again, { outcome: "Duplicate", ticketId: ticket.id })
      // by another way through the world
      const other = new Uint8Array(
        Buffer.concat([Buffer.from("Received: from a by b; Mon, 3 Mar 2025 10:00:00 +0000\r\n"), real])
      )
      assert.strictEqual((yield* feed(other, { recipient })).outcome, "Duplicate")
      assert.strictEqual((yield* messagesOf(ticket.id)).filter(({ text }) => text === "the real one").length, 1)
      const inbound = yield* InboundRepository
      assert.strictEqual(Option.getOrThrow(yield* inbound.find(again.id)).repeats, first.id)
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-01 G-04 is one under its idempotency key, and a repeat without one", () =>
    Effect.gen(function* () {
      const raw = written(ADA, "hello")
      const first = yield* feed(raw, {}, { idempotencyKey: "smtp-1" })
      assert.deepStrictEqual(yield* feed(raw, {}, { idempotencyKey: "smtp-1" }), first)
      assert.strictEqual((yield* feed(raw, {}, { idempotencyKey: "smtp-2" })).outcome, "Duplicate")
      assert.deepInclude(yield* counts, { NewTicket: 1, Duplicate: 1 })
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-01 MIN-08 that cannot be read is held with its bytes", () =>
    Effect.gen(function* () {
      const staff = yield* agent
      const raw = new Uint8Array([0, 1, 2, 255, 254, 10, 13, 10])
      assert.deepInclude(yield* feed(raw), { outcome: "Held", reason: "malformed" })
      const held = yield* onlyHeld(staff)
      const { raw: source } = yield* HeldMails.source({ id: held.id }).pipe(Actor.provide(staff))
      assert.deepStrictEqual(new Uint8Array(Buffer.from(source, "base64")), raw)
      const refused = yield* Effect.flip(HeldMails.acceptAsNew({ id: held.id }).pipe(Actor.provide(staff)))
      assert.strictEqual(refused._tag, "HeldMailUnreadable")
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-01 MIN-08 R-TI-10 that is too large, or for somebody else, is refused and counted", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* feed(written(ADA, "x".repeat(3_000))), { outcome: "Refused", reason: "too-large" })
      assert.deepInclude(yield* feed(written(ADA, "x"), { recipient: "sales@localhost.localdomain" }), {
        outcome: "Refused",
        reason: "recipient"
      })
      assert.deepInclude(yield* counts, { Refused: 2, NewTicket: 0 })
    }).pipe(Effect.provide(portal({ inbound: { limits: { bytes: 2_000 } } })))
  )

  it.effect("MIN-01 MIN-08 that grows beyond the limit when it is decoded is held with its bytes", () =>
    Effect.gen(function* () {
      const raw = message(multipart("mixed", "mix", [text("x"), file("text/plain", "x.txt", "x".repeat(3_000))]))
      const end = yield* feed(raw)
      assert.deepInclude(end, { outcome: "Held", reason: "too-large" })
      const inbound = yield* InboundRepository
      assert.deepStrictEqual(Option.getOrThrow(yield* inbound.raw(end.id)), raw)
      assert.strictEqual((yield* feed(raw)).outcome, "Duplicate")
      assert.deepInclude(yield* counts, { Held: 1, Duplicate: 1, Refused: 0 })
    }).pipe(Effect.provide(portal({ inbound: { limits: { bytes: 10_000, decodedBytes: 2_000 } } })))
  )

  const KiB = (number: number) => `${"x".repeat(63)}\n`.repeat(number * 16 - 8)
  const forged = { recipient: "support+x@localhost.localdomain" }

  it.effect(
    "MIN-01 R-MA-12 is not taken in for now where more of its sender would have to be held, and comes again",
    () =>
      Effect.gen(function* () {
        const [big, second, later] = [written(EVE, KiB(6)), written(EVE, KiB(3)), written(EVE, KiB(4))]
        assert.strictEqual((yield* feed(big, forged)).outcome, "Held")
        assert.strictEqual((yield* feed(second, forged)).outcome, "Held")
        const refused = yield* Effect.flip(feed(later, forged, { idempotencyKey: "smtp-7" }))
        assert.strictEqual(refused._tag, "TooManyAttempts")
        // others are not kept waiting, nor is what becomes a ticket
        assert.strictEqual((yield* feed(written(ADA, KiB(6)), forged)).outcome, "Held")
        assert.strictEqual((yield* feed(written(EVE, KiB(6)))).outcome, "NewTicket")
        // a repeat holds nothing
        assert.strictEqual((yield* feed(big, forged)).outcome, "Duplicate")
        assert.deepInclude(yield* counts, { Held: 3, NewTicket: 1, Duplicate: 1 })
        yield* TestClock.adjust("24 hours")
        const end = yield* feed(later, forged, { idempotencyKey: "smtp-7" })
        assert.strictEqual(end.outcome, "Held")
        const inbound = yield* InboundRepository
        assert.deepStrictEqual(Option.getOrThrow(yield* inbound.raw(end.id)), later)
        // what is larger than the budget takes all of it, but is taken
        yield* TestClock.adjust("24 hours")
        assert.strictEqual((yield* feed(written(EVE, KiB(20)), forged)).outcome, "Held")
        assert.strictEqual((yield* Effect.flip(feed(written(EVE, "x"), forged)))._tag, "TooManyAttempts")
      }).pipe(Effect.provide(portal({ limits: { heldKiBPerSender: { max: 10, window: "24 hours" } } })))
  )

  it.effect("MIN-01 R-MA-12 R-TI-05 is not kept waiting by what was forged in its sender's name", () =>
    Effect.gen(function* () {
      const fails = { ...forged, authentication: "fail" } as const
      assert.strictEqual((yield* feed(written(ADA, KiB(9)), fails)).outcome, "Held")
      assert.strictEqual((yield* Effect.flip(feed(written(ADA, KiB(3)), fails)))._tag, "TooManyAttempts")
      for (const authentication of ["pass", "none"] as const) {
        assert.strictEqual((yield* feed(written(ADA, KiB(3)), { ...forged, authentication })).outcome, "Held")
      }
    }).pipe(Effect.provide(portal({ limits: { heldKiBPerSender: { max: 10, window: "24 hours" } } })))
  )

  it.effect("MIN-01 R-MA-12 is bounded for all senders together, whatever names they give themselves", () =>
    Effect.gen(function* () {
      const inbound = yield* InboundRepository
      for (let number = 0; number < 5; number++) {
        const sender = `eve${number}@evil.example`
        assert.strictEqual((yield* feed(written(sender, KiB(2)), forged)).outcome, "Held")
      }
      const sixth = written("eve6@evil.example", "x")
      assert.strictEqual((yield* Effect.flip(feed(sixth, forged)))._tag, "TooManyAttempts")
      assert.strictEqual((yield* counts).Held, 5)
      // machines' mails have room of their own, and beyond it what became of them stays
      const machine = { "Auto-Submitted": "auto-replied" }
      const first = yield* feed(written(ADA, KiB(9), machine))
      const second = yield* feed(written(EVE, KiB(9), machine))
      assert.deepStrictEqual([first.outcome, second.outcome], ["Automatic", "Automatic"])
      assert.isTrue(Option.isSome(yield* inbound.raw(first.id)))
      assert.isTrue(Option.isNone(yield* inbound.raw(second.id)))
      assert.deepInclude(yield* counts, { Held: 5, Automatic: 2 })
    }).pipe(Effect.provide(portal({ limits: { heldKiB: { max: 10, window: "24 hours" } } })))
  )

  it.effect(
    "MIN-01 R-MA-12 one source and one domain use up no more than their share, whatever names they give themselves",
    () =>
      Effect.gen(function* () {
        const flood = (count: number, domain: (index: number) => string, source?: string) =>
          Effect.map(
            Effect.forEach(Array.from({ length: count }), (_, index) =>
              Effect.result(feed(written(`eve${index}@${domain(index)}`, KiB(2)), forged, undefined, source))
            ),
            (ends) => ends.filter(({ _tag }) => _tag === "Success").length
          )
        assert.strictEqual(yield* flood(10, (index) => `evil${index}.example`, "192.0.2.7"), 2)
        assert.strictEqual(yield* flood(10, () => "evil.example"), 3)
        // others have theirs still
        assert.strictEqual((yield* feed(written(ADA, KiB(2)), forged, undefined, "192.0.2.8")).outcome, "Held")
        // forgeries of everywhere keep out who has shown nothing, and nobody who has
        assert.strictEqual(yield* flood(40, (index) => `other${index}.example`), 4)
        const bob = written("bob@example.org", KiB(2))
        assert.strictEqual((yield* Effect.flip(feed(bob, forged)))._tag, "TooManyAttempts")
        assert.strictEqual((yield* feed(bob, { ...forged, authentication: "pass" })).outcome, "Held")
      }).pipe(
        Effect.provide(
          portal({
            limits: {
              heldKiB: { max: 20, window: "24 hours" },
              heldKiBPerDomain: { max: 6, window: "24 hours" },
              heldKiBPerSource: { max: 4, window: "24 hours" }
            }
          })
        )
      )
  )

  it.effect("MIN-01 where nothing is to be held, it is refused for good, and the others are taken", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* feed(written(EVE, "I am Ada"), forged), { outcome: "Refused", reason: "not-held" })
      assert.strictEqual((yield* feed(written(EVE, "hello"))).outcome, "NewTicket")
      assert.strictEqual((yield* feed(written(ADA, "away", { "Auto-Submitted": "auto-replied" }))).outcome, "Automatic")
      assert.deepInclude(yield* counts, { Refused: 1, Held: 0, NewTicket: 1, Automatic: 1 })
    }).pipe(Effect.provide(portal({ limits: { heldKiB: { max: 0, window: "24 hours" } } })))
  )

  it.effect("MIN-01 R-MA-01 a host can ask whose mail is taken in, without a word of any ticket", () =>
    Effect.gen(function* () {
      const asked = [
        "support@localhost.localdomain",
        "Support+x@LOCALHOST.localdomain",
        "sales@localhost.localdomain",
        "x",
        ""
      ]
      assert.deepStrictEqual(yield* Effect.forEach(asked, Inbound.isRecipient), [true, true, false, false, false])
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-01 keeps its bytes as long as the setting says, and what became of it for good", () =>
    Effect.gen(function* () {
      const staff = yield* agent
      const inbound = yield* InboundRepository
      const taken = yield* feed(written(ADA, "hello"))
      yield* feed(written(EVE, "I am Ada"), { recipient: "support+x@localhost.localdomain" })
      yield* TestClock.adjust("91 days")
      yield* purgeInbound.run
      assert.isTrue(Option.isNone(yield* inbound.raw(taken.id)))
      assert.strictEqual(Option.getOrThrow(yield* inbound.find(taken.id)).outcome, "NewTicket")
      // what waits is kept
      const held = yield* onlyHeld(staff)
      assert.strictEqual(held.text, "I am Ada")
      yield* HeldMails.discard({ id: held.id }).pipe(Actor.provide(staff))
      yield* purgeInbound.run
      const gone = yield* Effect.flip(HeldMails.restore({ id: held.id }).pipe(Actor.provide(staff)))
      assert.strictEqual(gone._tag, "NotFound")
    }).pipe(Effect.provide(portal()))
  )
})

describe("a held mail", () => {
  const heldOfEve = Effect.gen(function* () {
    const staff = yield* agent
    const ticket = yield* ticketOfAda
    yield* feed(written("Ada at home <ada@home.example>", "It is me, from home"), {
      recipient: yield* replyAddress(ticket.id, ADA)
    })
    const held = yield* onlyHeld(staff)
    const { participant } = yield* participantOf(ticket.id, ADA)
    return { staff, ticket, held, participant }
  })

  it.effect("MIN-02 becomes the answer of a participant when staff say so, and proves nothing", () =>
    Effect.gen(function* () {
      const { held, participant, staff, ticket } = yield* heldOfEve
      const input = { id: held.id, ticketId: ticket.id, participantId: participant.id }
      const made = yield* HeldMails.accept(input).pipe(Actor.provide(staff))
      assert.strictEqual(made.ticketId, ticket.id)
      const last = (yield* messagesOf(ticket.id)).at(-1)
      assert.deepInclude(last, { text: "It is me, from home", author: "contact", participantId: participant.id })
      const after = yield* stored(ticket.id)
      assert.deepStrictEqual(after.participants, [participant])
      const tickets = yield* TicketRepository
      const [change] = yield* tickets.changes(ticket.id, null, { after: Option.none(), limit: 1 })
      assert.deepInclude(change, { what: "mailAccepted", visibility: "internal", by: "agent" })
      const again = yield* Effect.flip(HeldMails.accept(input).pipe(Actor.provide(staff)))
      assert.strictEqual(again._tag, "HeldMailReviewed")
      assert.deepStrictEqual(yield* heldMails(staff), [])
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-02 becomes a ticket of its own", () =>
    Effect.gen(function* () {
      const { held, staff, ticket } = yield* heldOfEve
      const made = yield* HeldMails.acceptAsNew({ id: held.id }).pipe(Actor.provide(staff))
      assert.notStrictEqual(made.ticketId, ticket.id)
      assert.deepInclude((yield* stored(made.ticketId)).ticket, {
        contactEmail: addressOf("ada@home.example"),
        channel: "mail"
      })
      assert.deepInclude(yield* newest("ada@home.example"), {
        replyTo: yield* replyAddress(made.ticketId, "ada@home.example")
      })
      // once, and for good: what has become a ticket waits for nobody again
      for (const again of [HeldMails.restore, HeldMails.discard, HeldMails.acceptAsNew]) {
        const refused = yield* Effect.flip(again({ id: held.id }).pipe(Actor.provide(staff)))
        assert.strictEqual(refused._tag, "HeldMailReviewed")
      }
    }).pipe(Effect.provide(portal()))
  )

  it.effect("V-07 AUT-10 is nothing for who was of staff when they signed in, and is not any more", () =>
    Effect.gen(function* () {
      const { held, participant, staff, ticket } = yield* heldOfEve
      const people = yield* StaffRepository
      const steps = [
        HeldMails.accept({ id: held.id, ticketId: ticket.id, participantId: participant.id }),
        HeldMails.acceptAsNew({ id: held.id }),
        HeldMails.discard({ id: held.id })
      ]
      const dismissed = { accountId: staff.accountId, roles: [], since: yield* Instant.now }
      yield* people.save(dismissed)
      const before = yield* stored(ticket.id)
      for (const step of steps) {
        assert.strictEqual((yield* Effect.flip(step.pipe(Actor.provide(staff))))._tag, "NotAllowed")
      }
      assert.deepStrictEqual(yield* stored(ticket.id), before)
      assert.deepStrictEqual(yield* heldMails(staff), [held])
      yield* people.save({ ...dismissed, roles: ["agent"] })
      yield* HeldMails.discard({ id: held.id }).pipe(Actor.provide(staff))
      yield* people.save(dismissed)
      const refused = yield* Effect.flip(HeldMails.restore({ id: held.id }).pipe(Actor.provide(staff)))
      assert.strictEqual(refused._tag, "NotAllowed")
    }).pipe(Effect.provide(portal()))
  )

  it.effect("MIN-02 is discarded, and brought back", () =>
    Effect.gen(function* () {
      const { held, staff } = yield* heldOfEve
      yield* HeldMails.discard({ id: held.id }).pipe(Actor.provide(staff))
      assert.deepStrictEqual(yield* heldMails(staff), [])
      assert.lengthOf(yield* heldMails(staff, { review: "discarded" }), 1)
      assert.strictEqual(
        (yield* Effect.flip(HeldMails.discard({ id: held.id }).pipe(Actor.provide(staff))))._tag,
        "HeldMailReviewed"
      )
      yield* HeldMails.restore({ id: held.id }).pipe(Actor.provide(staff))
      assert.deepStrictEqual(yield* heldMails(staff), [held])
    }).pipe(Effect.provide(portal()))
  )
})
