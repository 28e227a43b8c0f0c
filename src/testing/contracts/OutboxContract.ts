import { strict as assert } from "node:assert"
import { Effect, Exit, Option, Schema } from "effect"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import { fromMillis } from "../../kernel/Instant.ts"
import { AccountId, MailId, TenantId } from "../../kernel/ids.ts"
import { type MailRow, Outbox } from "../../kernel/Outbox.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Outcome } from "../../mail/Mail.ts"
import { OutboxRepository } from "../../mail/OutboxRepository.ts"
import type { Suite } from "../Contract.ts"

const ada = Schema.decodeSync(EmailAddress)("ada@example.com")
const bob = Schema.decodeSync(EmailAddress)("bob@example.com")
const tenant = Schema.decodeSync(TenantId)("01890000-0000-7000-8000-0000000000a1")
const account = Schema.decodeSync(AccountId)("01890000-0000-7000-8000-0000000000b1")

/** Ids sort by their number. */
const id = (number: number) =>
  Schema.decodeSync(MailId)(`01890000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`)

const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

/** Each of a process of its own, unless told. */
const mail = (number: number, over: Partial<MailRow> = {}): MailRow => ({
  id: id(number),
  kind: "test.kind",
  recipient: ada,
  locale: "de",
  values: { name: "Ada" },
  sealedSecret: null,
  tenantId: null,
  accountId: null,
  process: `process:${number}`,
  createdAt: at(0),
  ...over
})

const LEASE = 1000

const claim = Effect.fnUntraced(function* (lease: string, now: number, limit = 10) {
  const outbox = yield* OutboxRepository
  const mails = yield* outbox.claim({ lease, now: at(now), until: at(now + LEASE), limit })
  return mails.map((taken) => taken.id)
})

const append = (...mails: ReadonlyArray<MailRow>) => Effect.flatMap(Outbox, (outbox) => outbox.append(mails))

const get = (number: number) =>
  Effect.flatMap(OutboxRepository, (outbox) => Effect.map(outbox.find(id(number)), Option.getOrThrow))

const settle = (number: number, lease: string, outcome: Outcome, now: number) =>
  Effect.flatMap(OutboxRepository, (outbox) => outbox.settle(id(number), lease, outcome, at(now)))

const sent: Outcome = { _tag: "Sent" }
const dropped: Outcome = { _tag: "Dropped", reason: "link-void" }
const dead: Outcome = { _tag: "Dead", reason: "refused", detail: "550 no such user" }
const later = (dueAt: number, attempts = 1): Outcome => ({
  _tag: "Later",
  dueAt: at(dueAt),
  attempts,
  reason: "temporary",
  detail: "421 come back"
})

const ROUNDS = 10
const PARTIES = 8

/** What every `Outbox` and `OutboxRepository` keep together. */
export const OutboxContract: Suite<Outbox | OutboxRepository | UnitOfWork> = [
  {
    name: "OUT-01 a mail is stored as it was asked for, queued and due at once",
    run: Effect.gen(function* () {
      const full = mail(1, {
        values: { name: "Zoë <b>\u0000\n\"'", list: [1, 2.5, true, null], deep: { a: "b" } },
        sealedSecret: "k1.sealed",
        tenantId: tenant,
        accountId: account
      })
      yield* append(full, mail(2))
      yield* append()
      assert.deepEqual(yield* get(1), {
        ...full,
        state: "queued",
        hasLink: true,
        attempts: 0,
        dueAt: at(0),
        lease: null,
        reason: null,
        detail: null,
        settledAt: null
      })
      assert.equal((yield* get(2)).hasLink, false)
      const outbox = yield* OutboxRepository
      assert.deepEqual(yield* outbox.find(id(3)), Option.none())
    })
  },
  {
    name: "V-34 mails of a unit that fails are not there, mails of one that succeeds all are",
    run: Effect.gen(function* () {
      const units = yield* UnitOfWork
      yield* Effect.flip(units.run(Effect.andThen(append(mail(1), mail(2)), Effect.fail("no"))))
      assert.deepEqual(yield* claim("a", 0), [])
      yield* units.run(append(mail(3), mail(4)))
      assert.deepEqual(yield* claim("b", 0), [id(3), id(4)])
    })
  },
  {
    name: "a mail is appended once: its id is a unique key",
    run: Effect.gen(function* () {
      yield* append(mail(1))
      assert.equal((yield* Effect.flip(append(mail(1)))).reason, "duplicate")
    })
  },
  {
    name: "V-36 R-MA-07 a claimed mail is nobody else's until the lease runs out, and then it is the next one's",
    run: Effect.gen(function* () {
      yield* append(mail(1))
      assert.deepEqual(yield* claim("a", 0), [id(1)])
      const taken = yield* get(1)
      assert.deepEqual([taken.state, taken.lease, taken.dueAt, taken.attempts], ["sending", "a", at(LEASE), 1])
      assert.deepEqual(yield* claim("b", LEASE - 1), [])
      assert.deepEqual(yield* claim("b", LEASE), [id(1)])
      const again = yield* get(1)
      assert.deepEqual([again.lease, again.dueAt, again.attempts], ["b", at(2 * LEASE), 2])
    })
  },
  {
    name: "a claim answers the mails as they are from then on",
    run: Effect.gen(function* () {
      const outbox = yield* OutboxRepository
      yield* append(mail(1, { sealedSecret: "k1.sealed" }))
      const [taken] = yield* outbox.claim({ lease: "a", now: at(0), until: at(LEASE), limit: 1 })
      assert.deepEqual(taken, yield* get(1))
    })
  },
  {
    name: "a mail is not claimed before it is due, and the longest due come first",
    run: Effect.gen(function* () {
      yield* append(mail(1, { createdAt: at(30) }), mail(2, { createdAt: at(10) }), mail(3, { createdAt: at(20) }))
      assert.deepEqual(yield* claim("a", 9), [])
      assert.deepEqual(yield* claim("b", 10), [id(2)])
      assert.deepEqual(yield* claim("c", 40, 1), [id(3)])
      assert.deepEqual(yield* claim("d", 40), [id(1)])
    })
  },
  {
    name: "OUT-05 of one recipient and process only the oldest open mail is claimed",
    run: Effect.gen(function* () {
      const process = "invitation:1"
      yield* append(
        mail(1, { process }),
        mail(2, { process }),
        mail(3, { process, recipient: bob }),
        mail(4),
        mail(5, { process })
      )
      assert.deepEqual(yield* claim("a", 0), [id(1), id(3), id(4)])
      assert.deepEqual(yield* claim("b", 0), [])
      assert.equal(yield* settle(1, "a", sent, 1), true)
      assert.deepEqual(yield* claim("c", 1), [id(2)])
    })
  },
  {
    name: "OUT-05 a mail that waits for another try holds up its process, and a dead or dropped one does not",
    run: Effect.gen(function* () {
      const process = "invitation:1"
      yield* append(mail(1, { process }), mail(2, { process }), mail(3, { process }))
      yield* claim("a", 0)
      yield* settle(1, "a", later(50), 1)
      assert.deepEqual(yield* claim("b", 49), [])
      assert.deepEqual(yield* claim("c", 50), [id(1)])
      yield* settle(1, "c", dead, 51)
      assert.deepEqual(yield* claim("d", 51), [id(2)])
      yield* settle(2, "d", dropped, 52)
      assert.deepEqual(yield* claim("e", 52), [id(3)])
    })
  },
  {
    name: "OUT-05 mails that wait hold up no other process, however many they are",
    run: Effect.gen(function* () {
      const process = "newsletter:1"
      yield* append(...Array.from({ length: 60 }, (_, index) => mail(index + 1, { process })), mail(100))
      assert.deepEqual(yield* claim("a", 0, 5), [id(1), id(100)])
    })
  },
  {
    name: "OUT-01 R-MA-10 the sealed secret is gone when a mail is sent, dropped or dead, and not before",
    run: Effect.gen(function* () {
      const sealed = { sealedSecret: "k1.sealed" }
      yield* append(mail(1, sealed), mail(2, sealed), mail(3, sealed), mail(4, sealed))
      yield* claim("a", 0)
      for (const [number, outcome] of [
        [1, sent],
        [2, dropped],
        [3, dead],
        [4, later(5)]
      ] as const) {
        assert.equal(yield* settle(number, "a", outcome, 3), true)
      }
      const [first, second, third, fourth] = [yield* get(1), yield* get(2), yield* get(3), yield* get(4)]
      const end = ({ detail, dueAt, hasLink, lease, reason, sealedSecret, settledAt, state }: typeof first) => ({
        state,
        sealedSecret,
        hasLink,
        dueAt,
        lease,
        reason,
        detail,
        settledAt
      })
      const over = { sealedSecret: null, hasLink: true, dueAt: null, lease: null, settledAt: at(3) }
      assert.deepEqual(end(first), { ...over, state: "sent", reason: null, detail: null })
      assert.deepEqual(end(second), { ...over, state: "dropped", reason: "link-void", detail: null })
      assert.deepEqual(end(third), { ...over, state: "dead", reason: "refused", detail: "550 no such user" })
      assert.deepEqual(end(fourth), {
        state: "queued",
        sealedSecret: "k1.sealed",
        hasLink: true,
        dueAt: at(5),
        lease: null,
        reason: "temporary",
        detail: "421 come back",
        settledAt: null
      })
      assert.deepEqual(yield* claim("b", 10_000), [id(4)])
    })
  },
  {
    name: "V-36 of several mails that are held by one lease the one is settled that is named",
    run: Effect.gen(function* () {
      yield* append(mail(1), mail(2), mail(3), mail(4), mail(5))
      yield* claim("a", 0)
      const other = yield* get(5)
      for (const [index, outcome] of [sent, dropped, dead, later(5)].entries()) {
        assert.equal(yield* settle(index + 1, "a", outcome, 1), true)
        assert.deepEqual(yield* get(5), other)
      }
    })
  },
  {
    name: "a later try keeps the number of tries that it is told",
    run: Effect.gen(function* () {
      yield* append(mail(1))
      yield* claim("a", 0)
      yield* settle(1, "a", later(5, 0), 1)
      assert.equal((yield* get(1)).attempts, 0)
      yield* claim("b", 5)
      assert.equal((yield* get(1)).attempts, 1)
    })
  },
  {
    name: "a later try can have another recipient, whose mails keep their order with it",
    run: Effect.gen(function* () {
      const moved = EmailAddress.make("moved@example.com")
      yield* append(mail(1))
      yield* append(mail(2, { recipient: moved, process: mail(1).process }))
      yield* claim("a", 0)
      yield* settle(
        1,
        "a",
        { _tag: "Later", dueAt: at(0), attempts: 0, reason: null, detail: null, recipient: moved },
        1
      )
      assert.equal((yield* get(1)).recipient, moved)
      assert.deepEqual(yield* claim("b", 1_000_000), [id(1)])
    })
  },
  {
    name: "V-36 who has lost the lease, or settled already, changes nothing",
    run: Effect.gen(function* () {
      yield* append(mail(1))
      assert.equal(yield* settle(1, "a", sent, 0), false)
      yield* claim("a", 0)
      yield* claim("b", LEASE)
      const before = yield* get(1)
      for (const outcome of [sent, dropped, dead, later(5)]) {
        assert.equal(yield* settle(1, "a", outcome, LEASE + 1), false)
      }
      assert.deepEqual(yield* get(1), before)
      assert.equal(yield* settle(1, "b", sent, LEASE + 2), true)
      const after = yield* get(1)
      for (const outcome of [dead, later(5)]) assert.equal(yield* settle(1, "b", outcome, LEASE + 3), false)
      assert.deepEqual(yield* get(1), after)
      assert.equal(yield* settle(9, "b", sent, LEASE), false)
    })
  },
  {
    name: "OUT-03 a dead mail can be queued again, and nothing else can",
    run: Effect.gen(function* () {
      const outbox = yield* OutboxRepository
      yield* append(mail(1), mail(2))
      assert.equal((yield* Effect.flip(outbox.requeue(id(1), at(1)))).reason, "conflict")
      yield* claim("a", 0)
      assert.equal((yield* Effect.flip(outbox.requeue(id(1), at(1)))).reason, "conflict")
      yield* settle(1, "a", dead, 1)
      yield* settle(2, "a", sent, 1)
      assert.equal((yield* Effect.flip(outbox.requeue(id(2), at(2)))).reason, "conflict")
      assert.equal((yield* Effect.flip(outbox.requeue(id(3), at(2)))).reason, "conflict")
      yield* outbox.requeue(id(1), at(2))
      const again = yield* get(1)
      assert.deepEqual(
        [again.state, again.attempts, again.dueAt, again.reason, again.detail, again.settledAt],
        ["queued", 0, at(2), null, null, null]
      )
      assert.deepEqual(yield* claim("b", 2), [id(1)])
    })
  },
  {
    name: "INV-13 STF-01 a sent mail that came back is dead, once, and no other one can come back",
    run: Effect.gen(function* () {
      const outbox = yield* OutboxRepository
      yield* append(mail(1), mail(2), mail(3))
      assert.equal(yield* outbox.bounce(id(1), "550 no such user", at(1)), false)
      yield* claim("a", 0, 2)
      assert.equal(yield* outbox.bounce(id(1), "550 no such user", at(1)), false)
      yield* settle(1, "a", sent, 1)
      yield* settle(2, "a", dropped, 1)
      assert.equal(yield* outbox.bounce(id(2), null, at(2)), false)
      assert.equal(yield* outbox.bounce(id(9), null, at(2)), false)
      assert.equal(yield* outbox.bounce(id(1), "550 no such user", at(2)), true)
      assert.equal(yield* outbox.bounce(id(1), null, at(3)), false)
      const back = yield* get(1)
      assert.deepEqual(
        [back.state, back.reason, back.detail, back.settledAt, back.sealedSecret],
        ["dead", "bounced", "550 no such user", at(2), null]
      )
    })
  },
  {
    name: "a mail is read for update as it is",
    run: Effect.gen(function* () {
      const outbox = yield* OutboxRepository
      const units = yield* UnitOfWork
      yield* append(mail(1))
      assert.deepEqual(yield* units.run(outbox.findForUpdate(id(1))), yield* outbox.find(id(1)))
      assert.deepEqual(yield* units.run(outbox.findForUpdate(id(2))), Option.none())
    })
  },
  {
    name: "G-06 the list is by state and recipient, the newest first, in pages",
    run: Effect.gen(function* () {
      const outbox = yield* OutboxRepository
      yield* append(mail(1), mail(2), mail(3, { recipient: bob }), mail(4), mail(5))
      yield* claim("a", 0)
      for (const number of [1, 3, 5]) yield* settle(number, "a", dead, 1)
      const list = (filter: Parameters<typeof outbox.list>[0], limit = 10, after?: MailId) =>
        Effect.map(outbox.list(filter, { after: Option.fromUndefinedOr(after), limit }), (mails) =>
          mails.map((found) => found.id)
        )
      assert.deepEqual(yield* list({}), [id(5), id(4), id(3), id(2), id(1)])
      assert.deepEqual(yield* list({}, 2), [id(5), id(4)])
      assert.deepEqual(yield* list({}, 2, id(4)), [id(3), id(2)])
      assert.deepEqual(yield* list({ state: "dead" }), [id(5), id(3), id(1)])
      assert.deepEqual(yield* list({ state: "dead", recipient: ada }), [id(5), id(1)])
      assert.deepEqual(yield* list({ state: "dead", recipient: ada }, 1, id(5)), [id(1)])
      assert.deepEqual(yield* list({ recipient: bob }), [id(3)])
      assert.deepEqual(yield* list({ state: "dropped" }), [])
    })
  },
  {
    name: "PRI-04 the purge deletes what was settled before, in portions, and nothing that is open",
    run: Effect.gen(function* () {
      const outbox = yield* OutboxRepository
      yield* append(mail(1), mail(2), mail(3), mail(4), mail(5))
      yield* claim("a", 0, 4)
      yield* settle(1, "a", sent, 1)
      yield* settle(2, "a", dead, 2)
      yield* settle(3, "a", dropped, 3)
      assert.equal(yield* outbox.purge(at(3), 1), 1)
      assert.equal(yield* outbox.purge(at(3), 10), 1)
      assert.equal(yield* outbox.purge(at(3), 10), 0)
      const left = yield* outbox.list({}, { after: Option.none(), limit: 10 })
      assert.deepEqual(
        left.map((found) => found.id),
        [id(5), id(4), id(3)]
      )
    })
  },
  {
    name: "V-36 of any number of parallel claims each mail goes to one",
    run: Effect.gen(function* () {
      for (let round = 0; round < ROUNDS; round++) {
        const numbers = Array.from({ length: 20 }, (_, index) => round * 100 + index + 1)
        yield* append(...numbers.map((number) => mail(number)))
        const now = round * 10_000
        const claims = yield* Effect.all(
          Array.from({ length: PARTIES }, (_, party) => claim(`round ${round} party ${party}`, now, 5)),
          { concurrency: "unbounded" }
        )
        // who came too early for the rows of others gets them now
        const rest: Array<MailId> = []
        for (let more = yield* claim(`round ${round} rest`, now); more.length > 0; ) {
          rest.push(...more)
          more = yield* claim(`round ${round} rest ${rest.length}`, now)
        }
        for (const taken of claims) assert.ok(taken.length <= 5)
        assert.deepEqual([...claims.flat(), ...rest].sort(), numbers.map(id))
        for (const [party, taken] of claims.entries()) {
          for (const found of taken) {
            const outbox = yield* OutboxRepository
            assert.equal(yield* outbox.settle(found, `round ${round} party ${party}`, sent, at(now)), true)
          }
        }
      }
    })
  },
  {
    name: "OUT-05 V-36 parallel claims never hold two mails of one recipient and process",
    run: Effect.gen(function* () {
      const process = "invitation:1"
      const outbox = yield* OutboxRepository
      yield* append(...Array.from({ length: 30 }, (_, index) => mail(index + 1, { process })))
      const order: Array<MailId> = []
      let holding = 0
      const party = Effect.fnUntraced(function* (name: string) {
        for (let turn = 0; order.length < 30 && turn < 500; turn++) {
          const lease = `${name} ${turn}`
          for (const found of yield* claim(lease, 0)) {
            assert.equal(++holding, 1)
            yield* Effect.yieldNow
            order.push(found)
            holding--
            assert.equal(yield* outbox.settle(found, lease, sent, at(1)), true)
          }
          yield* Effect.yieldNow
        }
      })
      const exit = yield* Effect.exit(
        Effect.all([party("a"), party("b"), party("c"), party("d")], { concurrency: "unbounded", discard: true })
      )
      assert.ok(Exit.isSuccess(exit), String(exit))
      assert.deepEqual(
        order,
        Array.from({ length: 30 }, (_, index) => id(index + 1))
      )
    })
  },
  {
    name: "V-36 of any number of parallel outcomes one is written",
    run: Effect.gen(function* () {
      for (let round = 1; round <= ROUNDS; round++) {
        yield* append(mail(round))
        yield* claim(`lease ${round}`, 0)
        const answers: ReadonlyArray<boolean> = yield* Effect.all(
          [sent, dropped, dead, later(900_000), sent, dead].map((outcome) =>
            settle(round, `lease ${round}`, outcome, 1)
          ),
          { concurrency: "unbounded" }
        )
        assert.equal(answers.filter((answer) => answer).length, 1)
      }
    })
  }
]
