import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { describe } from "vitest"
import type { TicketId } from "../../src/kernel/ids.ts"
import { Claims, Participants, Tickets } from "../../src/tickets/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import {
  answer,
  byMail,
  byNumber,
  closed,
  marked,
  own,
  type Person,
  person,
  staffWrites,
  stored,
  submitted
} from "./world.ts"

const NAMES = ["ada", "bob", "eve", "zoe"] as const
type Name = (typeof NAMES)[number]
/** Those who can be added: one of them has no account, and takes part by mail alone. */
const ALL = [...NAMES, "out"] as const
type Anybody = (typeof ALL)[number]
const address = (name: Anybody) => `${name}@example.com`

type Step =
  | { readonly what: "writes" | "leaves" | "claims"; readonly who: Name; readonly ticket: number }
  | { readonly what: "mails"; readonly who: Anybody; readonly ticket: number }
  | { readonly what: "replies" | "notes" | "spam" | "closes"; readonly ticket: number }
  | {
      readonly what: "adds"
      readonly who: Name
      readonly whom: Anybody
      readonly all: boolean
      readonly ticket: number
    }
  | { readonly what: "removes"; readonly who: Name; readonly whom: Anybody; readonly ticket: number }

const who = fc.constantFrom(...NAMES)
const whom = fc.constantFrom(...ALL)
const ticket = fc.integer({ min: 0, max: 2 })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant("writes" as const), who, ticket }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("mails" as const), who: whom, ticket }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constantFrom("replies" as const, "notes" as const), ticket }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant("adds" as const), who, whom, all: fc.boolean(), ticket })
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("removes" as const), who, whom, ticket }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom("leaves" as const, "claims" as const), who, ticket }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("spam" as const), ticket }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("closes" as const), ticket }) }
)

/** What was written, as the model knows it: each word is written once, so that finding it anywhere tells who has read what. */
interface Written {
  readonly word: string
  readonly at: number
  readonly internal: boolean
}

/** Somebody's part: from which message on they read, whether they do so in the portal, and whether their address is proven. */
interface Part {
  after: number
  active: boolean
  portal: boolean
  proven: boolean
}

interface Model {
  id: TicketId
  readonly written: Array<Written>
  readonly parts: Map<Anybody, Part>
  readonly contact: Name
  spam: boolean
  /** Words that each may have got by mail: at the time of their writing. */
  readonly mailed: Map<Anybody, Set<string>>
}

const fresh = (id: TicketId, contact: Name, portal: boolean): Model => ({
  id,
  written: [],
  contact,
  parts: new Map([[contact, { after: 0, active: true, portal, proven: portal }]]),
  spam: false,
  mailed: new Map(ALL.map((name) => [name, new Set<string>()]))
})

forEachAdapter(everyPort, (adapter, storage) => {
  // the rule is the same on every store; each has its own search and its own lists
  const runs = adapter === "memory" ? rounds(120, 2000) : adapter === "postgres" ? rounds(6, 100) : rounds(15, 300)

  describe(`who reads what (${adapter})`, { timeout: 240_000 }, () => {
    it.live(
      "V-30 TIC-07 TIC-11 R-TI-06 nobody ever finds a word that they were not entitled to: in detail, messages, lists, search, history and mail",
      () =>
        Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), (steps) =>
              Effect.runPromise(
                Effect.provide(
                  story(steps),
                  Layer.provideMerge(
                    withKernel({
                      limits: {
                        ticketParticipantsPerAccount: { max: 10_000, window: "1 hour" },
                        ticketStepsPerAccount: { max: 10_000, window: "1 hour" },
                        searchPerAccount: { max: 100_000, window: "1 hour" }
                      }
                    }),
                    Layer.provideMerge(storage, TestClock.layer())
                  )
                )
              )
            ),
            { numRuns: runs }
          )
        )
    )
  })
})

const story = (steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_800_000_000_000)
    // the ticket that eve's mailbox has sent in is there before her account
    const { number } = yield* submitted(address("eve"), { subject: "matter", description: "w0of2" })
    const people = new Map<Name, Person>()
    for (const name of NAMES) people.set(name, yield* person(name))
    const of = (name: Name): Person => {
      const found = people.get(name)
      if (found === undefined) throw new Error(name)
      return found
    }
    const boss = yield* person("boss")
    const tenant = yield* given.tenant(boss.account)
    yield* given.member(tenant.id, of("ada").account, ["member"])
    const first = yield* own(of("ada"), { subject: "matter", description: "w0of0", tenantId: tenant.id })
    const second = yield* own(of("bob"), { subject: "matter", description: "w0of1" })
    const models = [
      fresh(first.ticketId, "ada", true),
      fresh(second.ticketId, "bob", true),
      fresh((yield* byNumber(number)).id, "eve", false)
    ]
    models.forEach((model, index) => {
      model.written.push({ word: `w0of${index}`, at: 1, internal: false })
      const part = model.parts.get(model.contact)
      if (part?.proven === true) model.mailed.get(model.contact)?.add(`w0of${index}`)
    })
    let count = 0

    const said = (model: Model, word: string, by: Anybody | "staff", internal: boolean) => {
      model.written.push({ word, at: model.written.length + 1, internal })
      if (internal || model.spam) return
      for (const [name, part] of model.parts) {
        if (part.active && name !== by && (by === "staff" || part.proven)) model.mailed.get(name)?.add(word)
      }
    }

    for (const one of steps) {
      yield* TestClock.adjust("1 minute")
      const model = models[one.ticket]
      if (model === undefined) continue
      count++
      const word = `w${count}of${one.ticket}`
      const part = "who" in one ? model.parts.get(one.who) : undefined
      const inPortal = part?.active === true && part.portal && !model.spam
      switch (one.what) {
        case "writes": {
          const done = yield* Effect.result(answer(of(one.who), model.id, word))
          assert.strictEqual(done._tag === "Success", inPortal, `${one.who} writes`)
          if (done._tag === "Success") {
            if (done.success.ticketId !== model.id) {
              // the follow-up begins anew: with all who take part, and none of the old messages
              const next = fresh(done.success.ticketId, model.contact, true)
              next.parts.clear()
              for (const [name, old] of model.parts) if (old.active) next.parts.set(name, { ...old, after: 0 })
              said(next, word, one.who, false)
              const ack = next.parts.get(one.who)
              if (ack?.proven === true) next.mailed.get(one.who)?.add(word)
              models[one.ticket] = next
              models.push(model)
            } else said(model, word, one.who, false)
          }
          break
        }
        case "mails": {
          if (part?.active !== true) break
          const before = model.id
          const done = yield* Effect.result(byMail(model.id, address(one.who), word))
          if (done._tag === "Success" && done.success.ticket.id === before) {
            part.proven = true
            said(model, word, one.who, false)
          } else if (done._tag === "Success") {
            const next = fresh(done.success.ticket.id, model.contact, true)
            next.parts.clear()
            for (const [name, old] of model.parts) if (old.active) next.parts.set(name, { ...old, after: 0 })
            const self = next.parts.get(one.who)
            if (self !== undefined) self.proven = true
            said(next, word, one.who, false)
            next.mailed.get(one.who)?.add(word)
            models.push(model)
            models[one.ticket] = next
          }
          break
        }
        case "replies":
        case "notes": {
          const internal = one.what === "notes"
          const done = yield* Effect.result(
            staffWrites(model.id, word, { visibility: internal ? "internal" : "public" })
          )
          if (done._tag === "Success") said(model, word, "staff", internal)
          break
        }
        case "adds": {
          const history = one.all ? ("all" as const) : ("none" as const)
          const done = yield* Effect.result(
            Participants.addParticipants({
              ticketId: model.id,
              people: [{ email: address(one.whom) }],
              history
            }).pipe(as(of(one.who).actor))
          )
          if (done._tag === "Success" && done.success.added === 1) {
            const after = one.all ? (part?.after ?? 0) : model.written.length
            model.parts.set(one.whom, {
              after,
              active: true,
              portal: one.whom !== "out",
              // what is known of an address stays known
              proven: one.whom !== "out" || model.parts.get("out")?.proven === true
            })
          }
          assert.isTrue(done._tag === "Failure" || inPortal, `${one.who} adds`)
          break
        }
        case "removes": {
          const { participants } = yield* stored(model.id)
          const id = participants.find(({ email }) => email === address(one.whom))?.id
          if (id === undefined) break
          const done = yield* Effect.result(
            Participants.removeParticipant({ ticketId: model.id, participantId: id }).pipe(as(of(one.who).actor))
          )
          const whom = model.parts.get(one.whom)
          if (done._tag === "Success" && whom !== undefined) whom.active = false
          assert.isTrue(done._tag === "Failure" || (inPortal && one.who === model.contact), `${one.who} removes`)
          break
        }
        case "leaves": {
          const done = yield* Effect.result(Participants.leave({ ticketId: model.id }).pipe(as(of(one.who).actor)))
          if (done._tag === "Success" && part !== undefined) part.active = false
          break
        }
        case "claims": {
          const done = yield* Effect.result(Claims.claim({ ticketIds: [model.id] }).pipe(as(of(one.who).actor)))
          assert.isTrue(done._tag === "Failure" || part?.active === true, `${one.who} claims`)
          if (done._tag === "Success" && part !== undefined) {
            part.portal = true
            part.proven = true
          }
          break
        }
        case "spam": {
          model.spam = !model.spam
          yield* marked(model.id, { spam: model.spam })
          break
        }
        case "closes": {
          yield* Effect.ignore(closed(model.id))
          break
        }
      }
    }

    // everything that anybody can get, against what the model has granted
    const words = models.flatMap(({ written }) => written)
    for (const name of NAMES) {
      const { actor } = of(name)
      for (const model of models) {
        const part = model.parts.get(name)
        const reads = part?.active === true && part.portal && !model.spam
        const entitled = model.written
          .filter(({ at, internal }) => reads && !internal && at > (part?.after ?? 0))
          .map(({ word }) => word)
        const got = yield* Effect.result(Tickets.messages({ ticketId: model.id, limit: 100 }).pipe(as(actor)))
        assert.deepStrictEqual(
          got._tag === "Success" ? got.success.items.map(({ text }) => text) : [],
          entitled,
          `messages for ${name}`
        )
        const detail = yield* Effect.result(Tickets.get({ ticketId: model.id }).pipe(as(actor)))
        const history = yield* Effect.result(Tickets.history({ ticketId: model.id, limit: 100 }).pipe(as(actor)))
        assert.deepStrictEqual([detail._tag, history._tag], Array(2).fill(reads ? "Success" : "Failure"), name)
        const shown = JSON.stringify([detail, history]).match(/w\d+of\d/g) ?? []
        assert.deepStrictEqual(
          shown.filter((word) => !entitled.includes(word)),
          [],
          `detail for ${name}`
        )
        for (const { word } of model.written) {
          const { items } = yield* Tickets.mine({ search: word, limit: 100 }).pipe(as(actor))
          const hit = items.some(({ id }) => id === model.id)
          assert.strictEqual(hit, entitled.includes(word), `${name} searches ${word}`)
        }
      }
      const { items } = yield* Tickets.mine({ limit: 100 }).pipe(as(actor))
      const listed = models.filter(({ parts, spam }) => {
        const part = parts.get(name)
        return part?.active === true && part.portal && !spam
      })
      assert.deepStrictEqual(items.map(({ id }) => id).sort(), listed.map(({ id }) => id).sort(), `list of ${name}`)
    }
    for (const name of ALL) {
      const sent = JSON.stringify((yield* mailsTo(address(name))).map(({ values }) => values))
      const mailed: ReadonlyArray<string> = sent.match(/w\d+of\d/g) ?? []
      const allowed = new Set(models.flatMap((model) => [...(model.mailed.get(name) ?? [])]))
      assert.deepStrictEqual(
        mailed.filter((word) => !allowed.has(word)),
        [],
        `mail to ${name}`
      )
      assert.deepStrictEqual(
        [...allowed].filter((word) => !mailed.includes(word)),
        [],
        `mail missing for ${name}`
      )
    }
    // who reads the tickets of the tenant finds its public words, and nothing else
    for (const { internal, word } of words) {
      const { items } = yield* Tickets.ofTenant({ tenantId: tenant.id, search: word, limit: 100 }).pipe(as(boss.actor))
      const home = models.find(({ written }) => written.some((one) => one.word === word))
      const ofTenant = word.endsWith("of0") && home?.spam === false
      assert.strictEqual(items.length, ofTenant && !internal ? 1 : 0, `the tenant searches ${word}`)
    }
  })
