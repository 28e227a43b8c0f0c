import { assert, describe, it } from "@effect/vitest"
import { Context, Effect } from "effect"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import type { MailMessage } from "../../src/mail/MailMessage.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { asRaw, counts, feed, type World, world, written } from "./inboundWorld.ts"
import { submitted } from "./world.ts"

/** A portal under a domain of its own. */
const portalAt = (domain: string) =>
  world({
    mail: { from: { name: "Portal", address: `portal@${domain}` }, domain },
    inbound: { address: `support@${domain}` }
  })

/** What a mail server on the way does to a message. */
type Gateway = (raw: string) => string

const untouched: Gateway = (raw) => raw
const without =
  (...names: ReadonlyArray<string>): Gateway =>
  (raw) => {
    const end = raw.indexOf("\r\n\r\n")
    const fields = raw.slice(0, end).split(/\r\n(?![ \t])/)
    const kept = fields.filter((field) => !names.includes(field.slice(0, field.indexOf(":")).toLowerCase()))
    return kept.join("\r\n") + raw.slice(end)
  }

const MARKS = ["auto-submitted", "x-auto-response-suppress", "x-loop", "precedence"]
const THREAD = ["in-reply-to", "references"]

/** Delivers what two worlds send to each other until nothing is left; answers every mail that was on its way, in order. */
const exchange = (worlds: Readonly<Record<string, World>>, gateway: Gateway, most = 50) =>
  Effect.gen(function* () {
    const delivered = new Set<string>()
    const all: Array<MailMessage> = []
    for (let round = 0; round < most; round++) {
      let news = 0
      for (const from of Object.values(worlds)) {
        const mails = yield* Effect.gen(function* () {
          yield* dispatch
          return yield* Context.get(from, Mailer.Mailbox).taken
        }).pipe(Effect.provideContext(from))
        for (const mail of mails.filter(({ id }) => !delivered.has(id))) {
          delivered.add(mail.id)
          all.push(mail)
          news += 1
          const to = worlds[mail.to.slice(mail.to.indexOf("@") + 1)]
          if (to === undefined) continue
          const raw = gateway(Buffer.from(asRaw(mail)).toString("utf8"))
          yield* feed(new Uint8Array(Buffer.from(raw)), { recipient: mail.to, sender: mail.from.address }).pipe(
            Effect.provideContext(to)
          )
        }
      }
      if (news === 0) return all
    }
    return assert.fail(`${all.length} mails, and no end`)
  })

const gateways: Readonly<Record<string, readonly [gateway: Gateway, most: number]>> = {
  "that touch nothing": [untouched, 1],
  "that take away what marks machines": [without(...MARKS), 3],
  "that take away what marks machines and threads": [without(...MARKS, ...THREAD), 3],
  "that take away all that can be, and the way back": [without(...MARKS, ...THREAD, "reply-to", "list-unsubscribe"), 3]
}

describe("two of our systems that write to each other", () => {
  it.effect("MIN-04 V-37 R-MA-04 fall silent within three mails, whatever servers on the way take away", () =>
    Effect.gen(function* () {
      for (const [name, [gateway, most]] of Object.entries(gateways)) {
        const worlds = { "a.example": yield* portalAt("a.example"), "b.example": yield* portalAt("b.example") }
        // by the form, by somebody who gives the other system's mailbox as their own
        yield* submitted("support@b.example").pipe(Effect.provideContext(worlds["a.example"]))
        const mails = yield* exchange(worlds, gateway)
        assert.isAtLeast(mails.length, 1, name)
        assert.isAtMost(
          mails.length,
          most,
          `${name}: ${mails.map(({ from, to }) => `${from.address} -> ${to}`).join(", ")}`
        )
      }
    }).pipe(Effect.scoped)
  )

  it.effect("MIN-04 V-37 fall silent when the first mail is sent in the other's name", () =>
    Effect.gen(function* () {
      for (const [name, [gateway]] of Object.entries(gateways)) {
        const worlds = { "a.example": yield* portalAt("a.example"), "b.example": yield* portalAt("b.example") }
        yield* feed(written("support@b.example", "hello"), { recipient: "support@a.example" }).pipe(
          Effect.provideContext(worlds["a.example"])
        )
        const mails = yield* exchange(worlds, gateway)
        assert.isAtMost(mails.length, 3, name)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("MIN-04 V-37 does not write to itself", () =>
    Effect.gen(function* () {
      const worlds = { "a.example": yield* portalAt("a.example") }
      yield* submitted("support@a.example").pipe(Effect.provideContext(worlds["a.example"]))
      const mails = yield* exchange(worlds, without(...MARKS, ...THREAD))
      assert.isAtMost(mails.length, 1)
    }).pipe(Effect.scoped)
  )
})

describe("a machine that answers every mail for somebody who is away", () => {
  const machines: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "with manners": { "Auto-Submitted": "auto-replied" },
    "of old": { Precedence: "junk", "X-Autoreply": "yes" },
    "that says so in the subject": { Subject: "Automatische Antwort: Ihr Ticket" },
    "without manners": {}
  }

  it.effect("MIN-04 V-37 gets at most three mails", () =>
    Effect.gen(function* () {
      for (const [name, headers] of Object.entries(machines)) {
        for (const backTo of ["reply", "sender"] as const) {
          const at = yield* portalAt("a.example")
          yield* submitted("away@example.com").pipe(Effect.provideContext(at))
          const mailbox = Context.get(at, Mailer.Mailbox)
          let answered = 0
          for (let round = 0; round < 20; round++) {
            yield* Effect.provideContext(dispatch, at)
            const mails = (yield* mailbox.taken).filter(({ to }) => to === "away@example.com")
            if (mails.length === answered) break
            for (const mail of mails.slice(answered)) {
              const recipient = backTo === "reply" ? (mail.replyTo ?? mail.from.address) : mail.from.address
              yield* feed(written("away@example.com", "I am away.", headers), { recipient }).pipe(
                Effect.provideContext(at)
              )
            }
            answered = mails.length
          }
          assert.isAtMost(answered, 3, `${name}, to the ${backTo}`)
          const fed = yield* Effect.provideContext(counts, at)
          assert.strictEqual(
            Object.values(fed).reduce((sum, one) => sum + one, 0),
            answered
          )
        }
      }
    }).pipe(Effect.scoped)
  )
})
