import { assert } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import { Events } from "../../src/audit/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Settings } from "../../src/kernel/Settings.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { Desk, Library, Merging, Work } from "../../src/tickets/desk/index.ts"
import { Claims, Files, Participants, Tickets } from "../../src/tickets/index.ts"
import { make as makeReplyAddress, type Purpose } from "../../src/tickets/replyAddress.ts"
import * as compose from "../mime/compose.ts"
import { as, given, mailsTo } from "../support/portal.ts"
import { type Crew, crew } from "./desk/world.ts"
import { bytesOf, inPieces, scanAll } from "./filesWorld.ts"
import { feed, SUPPORT } from "./inboundWorld.ts"
import {
  ALL,
  type Anybody,
  address,
  byTenant,
  canariesIn,
  chosen,
  goesOut,
  type Hanging,
  isFound,
  isOffered,
  known,
  type Move,
  NAMES,
  type Name,
  type Part,
  partOf,
  pick,
  type Quotation,
  type Reader,
  readIn,
  reads,
  type Said,
  sees,
  type Ticket,
  ticketOf,
  type Waiting
} from "./visibilityModel.ts"
import { answer, byNumber, closed, own, type Person, person, stored, submitted } from "./world.ts"

type Written = { text: string; html?: string }

/** What somebody's mail program makes of their words and what they quote. */
const asWritten = (word: string, quoted: ReadonlyArray<string>, quotation: Quotation): Written => {
  const lines = quoted.map((one) => `> ${one}`).join("\n")
  const plainly = quoted.join("\n")
  const wrote = "On Mon, 3 Mar 2025 at 10:12, Support <support@localhost.localdomain> wrote:"
  const marked = quoted.map((one) => `<p>${one}</p>`).join("")
  const ownHtml = `<p>${word}</p>`
  switch (quotation) {
    case "none":
      return { text: word }
    case "below":
      return { text: `${word}\n\n${wrote}\n${lines}\n` }
    case "above":
      return { text: `${wrote}\n${lines}\n\n${word}\n` }
    case "original":
      return { text: `${word}\n\n-----Original Message-----\n${plainly}\n` }
    case "alone":
      return { text: `${wrote}\n${lines}\n` }
    case "html-only":
      return { text: "", html: `${ownHtml}<blockquote type="cite">${marked}</blockquote>` }
    case "html-beside-text":
      return { text: word, html: `${ownHtml}<blockquote type="cite">${marked}</blockquote>` }
    case "html-unmarked":
      return { text: word, html: `${ownHtml}<p>-----Original Message-----</p>${marked}` }
    case "both":
      return {
        text: `${word}\n\n${wrote}\n${lines}\n`,
        html: `${ownHtml}<div class="gmail_quote">${wrote}<blockquote>${marked}</blockquote></div>`
      }
  }
}

const pdfOf = (word: string): Uint8Array =>
  new TextEncoder().encode(`%PDF-1.7\n1 0 obj\n<< /Title (${word}) >>\nendobj\n%%EOF\n`)

const uploaded = (actor: Person["actor"] | Crew["actor"], word: string) =>
  Effect.map(
    Files.upload({ name: `${word}.pdf`, size: pdfOf(word).length }, inPieces(pdfOf(word), 64)).pipe(as(actor)),
    ({ id }) => [id]
  )

/** The whole of a story: people, what was done, and what the model knows. */
export const story = (steps: ReadonlyArray<Move>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_800_000_000_000)
    // the ticket that eve's mailbox has sent in is there before her account
    const { number } = yield* submitted(address("eve"), { subject: "s2z", description: "w2z" })
    const people = new Map<Name, Person>()
    for (const name of NAMES) people.set(name, yield* person(name))
    const of = (name: Name): Person => {
      const found = people.get(name)
      if (found === undefined) throw new Error(name)
      return found
    }
    const agent = yield* crew("agent", "agent")
    const chief = yield* crew("chief", "supervisor")
    const boss = yield* person("boss")
    const tenant = yield* given.tenant(boss.account)
    yield* given.member(tenant.id, of("ada").account, ["member"])
    const settings = yield* Settings
    const start = yield* Instant.now

    const first = yield* own(of("ada"), { subject: "s0z", description: "w0z", tenantId: tenant.id })
    const second = yield* own(of("bob"), { subject: "s1z", description: "w1z" })
    const third = yield* byNumber(number)
    const part = (over: Partial<Part> = {}): Part => ({
      after: 0,
      active: true,
      portal: true,
      proven: true,
      addedAt: start,
      ...over
    })
    const tickets: Array<Ticket> = [
      ticketOf(first.ticketId, "ada", "s0z", { ofTenant: true, parts: new Map([["ada", part()]]) }),
      ticketOf(second.ticketId, "bob", "s1z", { parts: new Map([["bob", part()]]) }),
      ticketOf(third.id, "eve", "s2z", { parts: new Map([["eve", part({ portal: false, proven: false })]]) })
    ]
    /** Words that each has come upon by mail, or written. */
    const had = new Map(ALL.map((name) => [name, new Set<string>()]))
    const waiting: Array<Waiting> = []
    const gone: Array<Waiting> = []
    let last = tickets.length - 1
    const canary = (kind: "w" | "f" | "s" | "t" | "x") => `${kind}${last}z`

    const queue = (mail: Waiting) => {
      if (mail.words.length > 0) waiting.push(mail)
    }
    /** Something was said: whom a mail tells, and of what, follows from the rule. */
    const say = (ticket: Ticket, said: Said, isNew = false) => {
      ticket.said.push(said)
      const { by, files, internal, words } = said
      if (internal || ticket.spam) return
      for (const [name, { active, after, proven }] of ticket.parts) {
        const told = by === "staff" || proven
        if (name !== by && active && told && ticket.said.length > after) {
          // what was attached travels with the words (TIC-03)
          queue({ to: name, ticket, words: [...words, ...files], seq: ticket.said.length })
        }
      }
      // what was made of somebody's words is acknowledged to them, with the words
      if (isNew && by !== "staff" && ticket.parts.get(by)?.proven === true) queue({ to: by, ticket, words, seq: null })
    }
    tickets.forEach((ticket, index) => {
      say(
        ticket,
        { text: `w${index}z`, words: [`w${index}z`], internal: false, by: ticket.contact, quoted: [], files: [] },
        true
      )
    })

    const ticketWith = (id: string): Ticket | undefined => tickets.find((one) => one.id === id)
    /** Where an answer has gone: where it was said to, or into a follow-up, which begins anew with all who take part still, and nothing old. */
    const placeOf = (
      said: Ticket,
      id: Ticket["id"],
      by: Anybody
    ): { readonly ticket: Ticket; readonly isNew: boolean } => {
      if (said.id === id) return { ticket: said, isNew: false }
      const there = ticketWith(id)
      if (there !== undefined) {
        assert.strictEqual(there.follows, said, "an answer goes to a follow-up of the ticket")
        assert.isTrue(there.parts.get(by)?.active, `${by} takes part in the follow-up`)
        return { ticket: there, isNew: false }
      }
      // it is of the tenant unless its contact is known to be no member there
      const ofTenant = said.ofTenant && (said.contact === "ada" || said.parts.get(said.contact)?.portal !== true)
      const next = ticketOf(id, said.contact, said.subject, { follows: said, ofTenant })
      for (const [name, old] of said.parts) if (old.active) next.parts.set(name, { ...old, after: 0 })
      tickets.push(next)
      return { ticket: next, isNew: true }
    }
    const timed = Effect.fnUntraced(function* (ticket: Ticket) {
      const now = yield* Instant.now
      for (const one of ticket.parts.values()) one.addedAt = now
    })

    const replyTo = Effect.fnUntraced(function* (ticket: Ticket, name: Anybody, purpose?: Purpose) {
      const { participants, ticket: row } = yield* stored(ticket.id)
      const participant = participants.find(({ email }) => email === address(name))
      return participant === undefined
        ? undefined
        : Option.getOrThrow(yield* makeReplyAddress(row, participant, settings, purpose))
    })
    const participantId = Effect.fnUntraced(function* (ticket: Ticket, name: Anybody) {
      const { participants } = yield* stored(ticket.id)
      const found = participants.find(({ email }) => email === address(name))
      return found === undefined ? yield* Effect.die(new Error(`${name} takes no part`)) : found.id
    })
    /** Everything that somebody gets of a ticket, and whether it is what the rule says. */
    const look = Effect.fnUntraced(function* (ticket: Ticket, reader: Reader) {
      const { actor } = reader === "boss" ? boss : of(reader)
      const got = yield* Effect.result(Tickets.messages({ ticketId: ticket.id, limit: 100 }).pipe(as(actor)))
      const detail = yield* Effect.result(Tickets.get({ ticketId: ticket.id }).pipe(as(actor)))
      const history = yield* Effect.result(Tickets.history({ ticketId: ticket.id, limit: 100 }).pipe(as(actor)))
      const open = sees(ticket, reader)
      assert.deepStrictEqual(
        [got, detail, history].map(({ _tag }) => _tag === "Success"),
        [open, open, open],
        `${reader} opens ${ticket.subject}`
      )
      if (!open) return
      const merged = tickets.filter(({ into }) => into === ticket)
      const expected = [ticket, ...merged].flatMap((one) => readIn(one, reader).map(({ text }) => text))
      const texts = got._tag === "Success" ? got.success.items.map(({ text }) => text) : []
      assert.deepStrictEqual([...texts].sort(), [...expected].sort(), `messages for ${reader}`)
      const allowed = known(tickets, reader)
      assert.deepStrictEqual(
        canariesIn(JSON.stringify([got, detail, history])).filter((word) => !allowed.has(word)),
        [],
        `${reader} looks at ${ticket.subject}`
      )
    })

    /** Sends the mails that wait, and looks at what has arrived. */
    let arrived = 0
    const deliver = Effect.gen(function* () {
      yield* scanAll
      yield* dispatch
      const { taken } = yield* Mailer.Mailbox
      const arrivals = yield* taken
      const sent = arrivals.slice(arrived)
      arrived = arrivals.length
      const out = waiting.splice(0)
      gone.push(...out)
      for (const name of ALL) {
        const mails = sent.filter(({ to }) => to === address(name))
        const found = canariesIn(
          mails
            .map(({ headers, html, subject, text }) => [subject, text, html, JSON.stringify(headers)].join("\n"))
            .join("\n")
        )
        const expected = [
          ...new Set(out.filter((one) => one.to === name && goesOut(one)).flatMap(({ words }) => words))
        ]
        const carried = yield* Effect.forEach(
          mails.flatMap(({ attachments = [] }) => attachments),
          (one) => Effect.map(bytesOf(one), (bytes) => `${one.name}\n${new TextDecoder().decode(bytes)}`)
        )
        const all = new Set([...found, ...canariesIn(carried.join("\n"))])
        assert.deepStrictEqual([...all].sort(), expected.sort(), `mail to ${name}`)
        for (const word of found) had.get(name)?.add(word)
      }
    })

    for (const move of steps) {
      yield* TestClock.adjust("1 minute")
      const ticket = pick(tickets, move.ticket)
      if (ticket === undefined) continue
      last++
      const word = canary("w")
      const place = ticket.into ?? ticket
      const active = (one: Ticket) => ALL.filter((name) => one.parts.get(name)?.active === true)
      /** Mostly somebody who can do it. */
      const inPortal = NAMES.filter((name) => partOf(place, name) !== undefined)
      const who = pick(move.who === 11 || inPortal.length === 0 ? NAMES : inPortal, move.who) ?? "ada"
      const can = partOf(ticket, who) !== undefined && partOf(place, who) !== undefined
      const others = active(place).filter((name) => name !== place.contact)
      switch (move.what) {
        case "writes": {
          const files = move.file ? yield* uploaded(of(who).actor, canary("f")) : []
          const done = yield* Effect.result(
            files.length === 0
              ? answer(of(who), ticket.id, word)
              : Tickets.answer({ ticketId: ticket.id, text: word, files }).pipe(as(of(who).actor))
          )
          assert.strictEqual(done._tag === "Success", can, `${who} writes`)
          if (done._tag === "Failure") break
          const { isNew, ticket: there } = placeOf(place, done.success.ticketId, who)
          if (isNew) yield* timed(there)
          say(
            there,
            { text: word, words: [word], internal: false, by: who, quoted: [], files: move.file ? [canary("f")] : [] },
            isNew
          )
          break
        }
        case "mails": {
          const from = pick(active(ticket), move.who)
          if (from === undefined) break
          const to = yield* replyTo(ticket, from)
          if (to === undefined) break
          // all that has ever reached this person, the worst that they can send on
          const quoted = [
            ...new Set([
              ...(had.get(from) ?? []),
              ...(from === "out" ? [] : tickets.flatMap((one) => readIn(one, from).flatMap(({ words }) => words)))
            ])
          ]
          const quotation = quoted.length === 0 ? "none" : move.quotation
          const written = asWritten(word, quoted, quotation)
          const parts = [
            ...(written.text === "" ? [] : [compose.text(written.text)]),
            ...(written.html === undefined ? [] : [compose.markup(`<html><body>${written.html}</body></html>`)])
          ]
          const alternative = compose.multipart("alternative", "words", parts)
          const file = compose.file("application/pdf", `${canary("f")}.pdf`, pdfOf(canary("f")))
          const raw = compose.message(
            move.file ? compose.multipart("mixed", "files", [compose.part(alternative), file]) : alternative,
            {
              From: address(from),
              // who is named there takes part in nothing by it
              ...(move.all ? { Cc: ALL.map(address).join(", ") } : {}),
              "Message-ID": `<${last}@example.com>`
            }
          )
          const { outcome, ticketId } = yield* feed(raw, { recipient: to, sender: address(from) })
          const takesPart = place.parts.get(from)?.active === true
          // a mail of nothing but a quotation says nothing
          const says = quotation !== "alone" || move.file
          assert.strictEqual(outcome, takesPart && says ? "Threaded" : "Held", `${from} mails`)
          had.get(from)?.add(word)
          if (outcome !== "Threaded" || ticketId === null) break
          const { isNew, ticket: there } = placeOf(place, ticketId, from)
          if (isNew) yield* timed(there)
          const self = there.parts.get(from)
          if (self !== undefined) self.proven = true
          const text = quotation === "alone" ? "" : word
          say(
            there,
            {
              text,
              words: text === "" ? [] : [word],
              internal: false,
              by: from,
              quoted,
              files: move.file ? [canary("f")] : []
            },
            isNew
          )
          break
        }
        case "forges": {
          const victim = pick(active(ticket), move.whom)
          if (victim === undefined) break
          const right = yield* replyTo(ticket, victim)
          const old = pick(ticket.stale, move.bits)
          const thief = pick(
            ALL.filter((name) => name !== victim),
            move.who
          )
          if (right === undefined || thief === undefined) break
          const how = {
            // somebody to whom the mail was forwarded, or who has seen the address
            sender: { recipient: right, from: address(thief) },
            token: {
              recipient: right.replace(/.(?=@)/, (letter) => (letter === "a" ? "b" : "a")),
              from: address(victim)
            },
            "old-token": { recipient: old ?? SUPPORT, from: address(victim) },
            reference: { recipient: SUPPORT, from: address(victim) }
          }[move.forgery]
          const raw = compose.plain(canary("x"), {
            From: how.from,
            "Message-ID": `<${last}@example.com>`,
            "In-Reply-To": `<${ticket.id}@${settings.mail.domain}>`,
            References: `<${ticket.id}@${settings.mail.domain}>`
          })
          const { outcome } = yield* feed(raw, { recipient: how.recipient, sender: how.from })
          assert.strictEqual(outcome, "Held", `${move.forgery} of ${victim}`)
          break
        }
        case "replies":
        case "notes": {
          const internal = move.what === "notes"
          const files = move.file ? yield* uploaded(agent.actor, canary("f")) : []
          const input = { ticketId: ticket.id, text: word, files }
          // nothing that a customer can ask for tells of a note, by any count or time either
          const snapshot = Effect.gen(function* () {
            const { actor } = of(pick(NAMES, move.whom) ?? "ada")
            const list = yield* Tickets.mine({ limit: 100 }).pipe(as(actor))
            return [list, yield* Effect.result(Tickets.get({ ticketId: ticket.id }).pipe(as(actor)))]
          })
          const before = internal ? yield* snapshot : []
          const to = pick(["Waiting", "Open", "Resolved"] as const, move.bits) ?? "Open"
          const done = yield* Effect.result(
            internal ? Work.note(input).pipe(as(agent.actor)) : Work.reply({ ...input, to }).pipe(as(agent.actor))
          )
          if (internal) assert.deepStrictEqual(yield* snapshot, before, "a note changes nothing for customers")
          if (done._tag === "Success") {
            say(ticket, {
              text: word,
              words: [word],
              internal,
              by: "staff",
              quoted: [],
              files: move.file ? [canary("f")] : []
            })
          }
          break
        }
        case "macro": {
          const { id } = yield* Library.saveMacro({
            name: `Macro ${last}`,
            steps: [
              { _tag: "AddTags", tags: [canary("t")] },
              { _tag: "Note", text: canary("x") },
              { _tag: "Reply", text: word, to: "Open" }
            ]
          }).pipe(as(agent.actor))
          const done = yield* Effect.result(Library.runMacro({ id, ticketId: ticket.id }).pipe(as(agent.actor)))
          if (done._tag === "Failure") break
          const said = { by: "staff", quoted: [], files: [] } as const
          say(ticket, { ...said, text: canary("x"), words: [canary("x")], internal: true })
          say(ticket, { ...said, text: word, words: [word], internal: false })
          break
        }
        case "adds": {
          // who was removed comes back as often as somebody new comes
          const removed = ALL.filter((name) => place.parts.get(name)?.active === false)
          const whom = pick([...removed, ...ALL.filter((name) => !place.parts.has(name)), ...ALL], move.whom) ?? "out"
          const input = { people: [{ email: address(whom) }], history: move.all ? ("all" as const) : ("none" as const) }
          const done = move.staff
            ? yield* Effect.result(Work.addParticipants({ ticketId: ticket.id, ...input }).pipe(as(agent.actor)))
            : yield* Effect.result(
                Participants.addParticipants({ ticketId: ticket.id, ...input }).pipe(as(of(who).actor))
              )
          assert.isTrue(done._tag === "Failure" || move.staff || can, `${who} adds`)
          if (done._tag === "Failure" || done.success.added === 0) break
          const before = place.parts.get(whom)
          const most = move.staff ? 0 : (place.parts.get(who)?.after ?? 0)
          place.parts.set(
            whom,
            part({
              // nobody hands on more than they have
              after: move.all ? most : place.said.length,
              portal: whom !== "out",
              // what is known of an address stays known
              proven: whom !== "out" || before?.proven === true,
              addedAt: yield* Instant.now
            })
          )
          break
        }
        case "hands on": {
          // who reads from some message on only wants somebody new to read everything; where there is nobody yet who reads so, one comes first
          const isNew = (name: Anybody) => place.parts.get(name)?.active !== true
          const newcomers = ALL.filter(isNew)
          const late = NAMES.filter((name) => (partOf(place, name)?.after ?? 0) > 0)
          const by = pick(late, move.who) ?? place.contact
          const whom = pick(newcomers, move.whom)
          if (whom === undefined || by === "out") break
          const history = late.length === 0 ? ("none" as const) : ("all" as const)
          const done = yield* Effect.result(
            Participants.addParticipants({ ticketId: place.id, people: [{ email: address(whom) }], history }).pipe(
              as(of(by).actor)
            )
          )
          if (done._tag === "Failure" || done.success.added === 0) break
          place.parts.set(
            whom,
            part({
              after: late.length === 0 ? place.said.length : (place.parts.get(by)?.after ?? 0),
              portal: whom !== "out",
              proven: whom !== "out" || place.parts.get(whom)?.proven === true,
              addedAt: yield* Instant.now
            })
          )
          break
        }
        case "removes": {
          const there = move.staff ? ticket : place
          const whom = pick(move.staff ? active(ticket).filter((name) => name !== ticket.contact) : others, move.whom)
          if (whom === undefined) break
          const id = yield* participantId(there, whom)
          const by = there.contact === "out" || move.who === 11 ? who : there.contact
          const before = yield* replyTo(there, whom)
          const input = { participantId: id }
          const done = move.staff
            ? yield* Effect.result(Work.removeParticipant({ ticketId: there.id, ...input }).pipe(as(agent.actor)))
            : yield* Effect.result(
                Participants.removeParticipant({ ticketId: ticket.id, ...input }).pipe(as(of(by).actor))
              )
          assert.isTrue(done._tag === "Failure" || move.staff || by === there.contact, `${by} removes`)
          const ended = there.parts.get(whom)
          if (done._tag === "Failure" || ended === undefined) break
          ended.active = false
          if (before !== undefined) there.stale.push(before)
          break
        }
        case "leaves":
        case "leaves by mail": {
          const byMail = move.what === "leaves by mail"
          const there = byMail ? ticket : place
          const from = byMail ? pick(active(ticket), move.who) : who
          if (from === undefined) break
          const to = yield* replyTo(there, from, "leave")
          const before = yield* replyTo(there, from)
          const raw = compose.plain("Goodbye", { From: address(from), "Message-ID": `<${last}@example.com>` })
          const left = byMail
            ? (yield* feed(raw, { recipient: to ?? SUPPORT, sender: address(from) })).outcome === "Threaded"
            : Result.isSuccess(
                yield* Effect.result(Participants.leave({ ticketId: ticket.id }).pipe(as(of(who).actor)))
              )
          assert.isTrue(!left || (from !== there.contact && there.parts.get(from)?.active), `${from} leaves`)
          const ended = there.parts.get(from)
          if (!left || ended === undefined) break
          ended.active = false
          if (before !== undefined) there.stale.push(before)
          break
        }
        case "claims": {
          const name = pick(NAMES, move.who) ?? "eve"
          const own = ticket.parts.get(name)
          const done = yield* Effect.result(Claims.claim({ ticketIds: [ticket.id] }).pipe(as(of(name).actor)))
          assert.strictEqual(done._tag === "Success", own?.active === true && !ticket.spam, `${name} claims`)
          if (done._tag === "Success" && own !== undefined) {
            own.portal = true
            own.proven = true
          }
          break
        }
        case "renames": {
          const name = place.contact
          if (name === "out" || (yield* stored(place.id)).ticket.state === "Closed") break
          const to = canary("s")
          const done = yield* Effect.result(
            Tickets.change({ ticketId: ticket.id, subject: to }).pipe(as(of(name).actor))
          )
          if (done._tag === "Failure") break
          place.renamed.push({ at: yield* Instant.now, words: [place.subject, to] })
          place.subject = to
          break
        }
        case "spam": {
          const done = yield* Effect.result(
            ticket.spam
              ? Work.unmarkSpam({ ticketId: ticket.id }).pipe(as(chief.actor))
              : Work.markSpam({ ticketId: ticket.id }).pipe(as(agent.actor))
          )
          if (done._tag === "Success") ticket.spam = !ticket.spam
          break
        }
        case "closes": {
          yield* deliver
          yield* Effect.ignore(Work.resolve({ ticketId: ticket.id }).pipe(as(agent.actor)))
          yield* Effect.ignore(closed(ticket.id))
          break
        }
        case "merges": {
          const target = pick(
            tickets.filter((one) => one !== ticket && one.into === null),
            move.whom
          )
          if (target === undefined) break
          const history = move.all ? ("all" as const) : ("own" as const)
          const input = { ticketId: ticket.id, intoId: target.id, history }
          const preview = yield* Effect.result(Merging.previewMerge(input).pipe(as(agent.actor)))
          if (preview._tag === "Failure") break
          const confirmed = preview.success.fingerprint
          yield* Merging.merge({ ...input, confirmed }).pipe(as(agent.actor))
          const now = yield* Instant.now
          const admitted = (from: ReadonlyMap<Anybody, Part>, into: Ticket, after: number) => {
            const stays = (part: Part | undefined) => part !== undefined && (part.active || part.undone !== true)
            const names = [...from].filter(([name, { active }]) => active && !stays(into.parts.get(name)))
            for (const [name, old] of names) into.parts.set(name, { ...old, after, addedAt: now, undone: false })
            return names.map(([name]) => name)
          }
          const ofTarget = new Map(target.parts)
          const toTarget = admitted(ticket.parts, target, move.all ? 0 : target.said.length)
          const toSource = move.all ? admitted(ofTarget, ticket, 0) : []
          const moved = tickets.filter(({ into }) => into === ticket)
          // who was removed from the ticket that is merged on stays out of what was merged into it before
          const ended = moved.flatMap(({ parts }) =>
            [...parts].flatMap(([name, part]) => {
              const there = ticket.parts.get(name)
              return part.active && there?.active === false && there.undone !== true ? [part] : []
            })
          )
          for (const part of ended) part.active = false
          for (const one of [ticket, ...moved]) one.into = target
          ticket.merge = { target, toTarget, toSource, moved, ended }
          break
        }
        case "undoes": {
          const source = pick(
            tickets.filter(({ merge }) => merge !== null),
            move.ticket
          )
          const merge = source?.merge
          if (source === undefined || merge == null) break
          const done = yield* Effect.result(Merging.undoMerge({ ticketId: source.id }).pipe(as(agent.actor)))
          assert.strictEqual(done._tag === "Success", source.into === merge.target && merge.target.into === null)
          if (done._tag === "Failure") break
          const ended = (ticket: Ticket, names: ReadonlyArray<Anybody>) => {
            for (const name of names) {
              const part = ticket.parts.get(name)
              if (part?.active === true) Object.assign(part, { active: false, undone: true })
            }
          }
          ended(merge.target, merge.toTarget)
          ended(source, merge.toSource)
          source.into = null
          for (const one of merge.moved) if (one.into === merge.target) one.into = source
          for (const part of merge.ended) part.active = true
          source.merge = null
          break
        }
        case "splits": {
          const seqs = chosen(
            ticket.said.map((_, index) => index + 1),
            move.bits
          )
          const contact = pick(active(ticket), move.who)
          const rest = chosen(active(ticket), move.whom).filter((name) => name !== contact)
          if (contact === undefined || seqs.length === 0 || ticket.into !== null) break
          const [contactId, ...othersIds] = yield* Effect.forEach([contact, ...rest], (name) =>
            participantId(ticket, name)
          )
          if (contactId === undefined) break
          const input = { ticketId: ticket.id, messages: seqs, contactId, othersIds }
          const { fingerprint } = yield* Merging.previewSplit(input).pipe(as(agent.actor))
          const subject = canary("s")
          const done = yield* Effect.result(
            Merging.split({ ...input, subject, confirmed: fingerprint }).pipe(as(agent.actor))
          )
          if (done._tag === "Failure") break
          const made = ticketOf(done.success.id, contact, subject, { ofTenant: ticket.ofTenant })
          for (const name of [contact, ...rest]) {
            const old = ticket.parts.get(name)
            if (old !== undefined) made.parts.set(name, { ...old, after: 0 })
          }
          yield* timed(made)
          made.said.push(...ticket.said.filter((_, index) => seqs.includes(index + 1)))
          tickets.push(made)
          break
        }
        case "delivers": {
          yield* deliver
          break
        }
        case "looks": {
          yield* look(ticket, pick([...NAMES, "boss" as const], move.whom) ?? "boss")
          break
        }
      }
    }

    // ---- everything that anybody can get, against what the rule grants ----

    // what waits in the outbox holds no more than what was said to its recipient
    for (const name of ALL) {
      const held = canariesIn(JSON.stringify((yield* mailsTo(address(name))).map(({ values }) => values)))
      const allowed = new Set([...waiting, ...gone].filter(({ to }) => to === name).flatMap(({ words }) => words))
      assert.deepStrictEqual(
        held.filter((one) => !allowed.has(one)),
        [],
        `the outbox for ${name}`
      )
    }
    yield* deliver
    // staff read all of it: what the model has not heard of was said by nobody
    const hanging: Array<Hanging> = []
    for (const ticket of tickets) {
      const { items } = yield* Desk.messages({ ticketId: ticket.id, limit: 100 }).pipe(as(agent.actor))
      const its = items.filter(({ ticketId }) => ticketId === ticket.id).sort((a, b) => a.seq - b.seq)
      assert.deepStrictEqual(
        its.map(({ text }) => text),
        ticket.said.map(({ text }) => text),
        `what was said in ${ticket.subject}`
      )
      for (const { files, seq } of its) {
        for (const { id, name } of files) hanging.push({ id, name, ticket, seq })
      }
    }
    const words = [...new Set(tickets.flatMap(({ said, subject }) => [subject, ...said.flatMap(({ words }) => words)]))]
    const names = new Set(tickets.flatMap(({ said }) => said.flatMap(({ files }) => files)))
    const sought = [...words, ...names]
    for (const [turn, reader] of [...NAMES, "boss" as const].entries()) {
      const { actor } = reader === "boss" ? boss : of(reader)
      const allowed = known(tickets, reader)
      for (const ticket of tickets) yield* look(ticket, reader)
      const list = (search?: string) => {
        const choice = { limit: 100, ...(search === undefined ? {} : { search }) }
        return reader === "boss"
          ? Tickets.ofTenant({ tenantId: tenant.id, ...choice }).pipe(as(actor))
          : Tickets.mine(choice).pipe(as(actor))
      }
      const whole = yield* list()
      const listed = tickets.filter(
        (one) => one.into === null && (reader === "boss" ? byTenant(one, reader) : partOf(one, reader) !== undefined)
      )
      assert.deepStrictEqual(
        whole.items.map(({ id }) => id).sort(),
        listed.map(({ id }) => id).sort(),
        `list of ${reader}`
      )
      const offered = yield* Claims.claimable({}).pipe(as(actor))
      assert.deepStrictEqual(
        offered.items.map(({ ticketId }) => ticketId).sort(),
        reader === "boss"
          ? []
          : tickets
              .filter((one) => isOffered(one, reader))
              .map(({ id }) => id)
              .sort(),
        `offered to ${reader}`
      )
      const shown = canariesIn(JSON.stringify([whole, offered]))
      assert.deepStrictEqual(
        shown.filter((one) => !allowed.has(one)),
        [],
        `lists of ${reader}`
      )
      // each story asks for some of its words, for a search costs more than all the rest
      for (const word of sought.filter((_, index) => (index + turn + steps.length) % 3 === 0)) {
        const { items } = yield* list(word)
        assert.deepStrictEqual(
          items.map(({ id }) => id).sort(),
          tickets
            .filter((one) => isFound(one, reader, word))
            .map(({ id }) => id)
            .sort(),
          `${reader} searches ${word}`
        )
      }
      for (const { id, name, seq, ticket } of hanging) {
        const file = yield* Effect.result(Files.download({ fileId: id }).pipe(as(actor)))
        const may = reads(ticket, reader, seq)
        const became = file._tag === "Success" ? "fetched" : file.failure._tag
        assert.strictEqual(became, may ? "fetched" : "NotFound", `${reader} fetches ${name}`)
        if (file._tag === "Failure") continue
        const bytes = new TextDecoder().decode(yield* bytesOf(file.success))
        assert.deepStrictEqual(canariesIn(bytes), canariesIn(name))
      }
    }
    // the log that a tenant exports says nothing of what was written
    const { items: events } = yield* Events.list({ tenantId: tenant.id, limit: 100 }).pipe(as(boss.actor))
    assert.deepStrictEqual(canariesIn(JSON.stringify(events)), [], "the tenant's log")
  })
