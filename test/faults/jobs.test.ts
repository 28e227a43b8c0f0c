import { assert, it } from "@effect/vitest"
import { Duration, Effect, Fiber, type Layer } from "effect"
import { describe } from "vitest"
import type { Job } from "../../src/jobs/Job.ts"
import { jobs } from "../../src/jobs/jobList.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import { Mailbox } from "../../src/memory/Mailer.ts"
import { Dump, type Snapshot } from "../../src/testing/Dump.ts"
import { type Fault, Faults, type PortCall } from "../../src/testing/Faults.ts"
import { checkAll } from "../../src/testing/invariants.ts"
import { SimulatedClock } from "../../src/testing/SimulatedClock.ts"
import { scenarios } from "../support/scenarios.ts"
import { canonical, difference, isStorage } from "./loop.ts"
import { Checkpoint, type FaultyStage, stages } from "./stage.ts"

const adapters: ReadonlyArray<readonly [string, Layer.Layer<FaultyStage, PersistenceError>]> = Object.entries(stages())

const KINDS: ReadonlyArray<Fault> = [{ kind: "crash" }, { kind: "interrupt" }, { kind: "connection" }]

/** A dispatcher takes a mail that makes it die for poison, as it must; a process that is stopped, or a store that is away, is no fault of a mail. */
const NO_FAULT_OF_THE_MAIL: ReadonlyArray<Fault> = [{ kind: "interrupt" }, { kind: "connection" }]

const pass = (...of: Parameters<SimulatedClock["Service"]["pass"]>) =>
  Effect.flatMap(SimulatedClock, (clock) => clock.pass(...of))

const state = Effect.flatMap(Dump, (dump) => Effect.orDie(dump.read))

/** Does what these scenarios do, under a key. */
const tell = (...names: ReadonlyArray<string>) =>
  Effect.forEach(
    names,
    Effect.fnUntraced(function* (name) {
      const scenario = scenarios.find((one) => one.name === name)
      if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
      yield* (yield* scenario.given)({ idempotencyKey: "once" })
    }),
    { discard: true }
  )

/** Runs an effect in a fiber of its own, as if in a process that may die. */
const alone = <E, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(Effect.forkChild(effect), (fiber) => Fiber.await(fiber))

/** So much has happened that every job has something to do: of all that can be purged something is old, and something is new. */
const muchHappened = Effect.gen(function* () {
  yield* tell(
    "invitations.accept",
    "tenants.createForOwner",
    "registrations.register",
    "accounts.signIn (that asks for the second factor)"
  )
  yield* dispatch
  yield* pass("100 days")
  yield* tell("registrations.register", "passwords.requestReset (of an unknown address)")
})

/** What the jobs of later rooms have to do; their stories have people of the same names, so each has a store of its own. */
const workOf: Readonly<Record<string, readonly [scenario: string, days: number]>> = {
  "requests.remind": ["requests.get", 4],
  "requests.expire": ["requests.get", 100],
  "deputies.purge": ["requests.nameDeputy", 1000],
  "selfRegistrations.purge": ["selfRegistrations.submit", 100],
  "subscriptions.review": ["subscriptions.startTrial", 100],
  "orderDrafts.purge": ["orders.start", 100],
  "domains.review": ["domains.setJoining", 2],
  "orders.fulfil": ["orders.place", 1],
  "tickets.reviewClocks": ["desk.take", 60],
  "tickets.review": ["desk.reply", 8],
  "tickets.followAccounts": ["emailChanges.confirm (of one who takes part in tickets)", 1],
  "inbound.purge": ["tickets.receive (a new ticket)", 100],
  "files.scan": ["files.complete", 0],
  "files.purge": ["files.begin (of an account)", 2]
}

const happenedFor = Effect.fnUntraced(function* (job: string) {
  const work = workOf[job]
  if (work === undefined) return yield* muchHappened
  const [scenario, days] = work
  yield* tell(scenario)
  yield* dispatch
  yield* pass(Duration.days(days))
})

/** The counters of attempts, too. */
const everything = (state: Snapshot, known: string) => canonical(state, known, "lease")

type AnyJob = Job<FaultyStage>

for (const [adapter, stage] of adapters) {
  describe(`what happens by time (${adapter})`, { timeout: 300_000 }, () => {
    it.live(
      "G-13 V-40 a job that is killed at any call of a port is done by the next one, and changes nothing else",
      () =>
        Effect.gen(function* () {
          const wrong: Array<string> = []
          let tried = 0
          for (const job of jobs as ReadonlyArray<AnyJob>) {
            yield* Effect.gen(function* () {
              const faults = yield* Faults
              yield* happenedFor(job.name)
              const checkpoint = yield* Checkpoint
              const reset = yield* checkpoint.take
              const before = yield* state
              const known = JSON.stringify(before.tables)
              yield* faults.stop
              yield* job.run
              const calls = yield* faults.stop
              const done = everything(yield* state, known)
              if (done === everything(before, known)) wrong.push(`${job.name} has nothing to do`)
              for (const fault of KINDS) {
                for (const [at, { operation, port }] of calls.entries()) {
                  yield* reset
                  tried += 1
                  const report = (problem: string) =>
                    wrong.push(`${job.name}: ${fault.kind} at ${port}.${operation}: ${problem}`)
                  yield* faults.plan({ fault, at })
                  yield* alone(job.run)
                  yield* faults.stop
                  yield* Effect.catch(checkAll, ({ message }) => Effect.sync(() => report(message)))
                  // the lease of the one that died has run out: see below, and the tests of fulfilment
                  if (job.name === "mails.dispatch" || job.name === "orders.fulfil") continue
                  yield* job.run
                  const after = everything(yield* state, known)
                  if (after !== done) report(`the next one leaves another state\n${difference(done, after)}`)
                }
              }
            }).pipe(Effect.provide(stage))
          }
          assert.deepStrictEqual(wrong, [])
          assert.isAbove(tried, 60)
        })
    )

    it.live(
      "OUT-02 V-34 V-35 V-36 F-17 F-18 a dispatcher that is killed at any call loses no mail, and sends again with the same Message-ID",
      () =>
        Effect.gen(function* () {
          const wrong: Array<string> = []
          let tried = 0
          const story = tell(
            "members.remove",
            "registrations.register",
            "passwords.requestReset (of an unknown address)"
          )
          for (const fault of NO_FAULT_OF_THE_MAIL) {
            let last = 1
            const isReached = (call: PortCall) => fault.kind === "interrupt" || isStorage(call)
            for (let at = 0; at < last; at++) {
              yield* Effect.gen(function* () {
                const faults = yield* Faults
                const mailbox = yield* Mailbox
                yield* story
                const { mails } = yield* state
                if (at === 0) {
                  // how many calls there are is known once all went well
                  const checkpoint = yield* Checkpoint
                  const reset = yield* checkpoint.take
                  yield* faults.stop
                  yield* dispatch
                  last = (yield* faults.stop).filter(isReached).length
                  yield* reset
                }
                const sentBefore = (yield* mailbox.taken).length
                tried += 1
                yield* faults.plan({ fault, at, where: isReached })
                yield* alone(dispatch)
                yield* faults.stop
                yield* Effect.catch(checkAll, ({ message }) =>
                  Effect.sync(() => wrong.push(`${fault.kind} at ${at}: ${message}`))
                )
                // whoever takes over waits for the lease
                yield* pass("10 minutes")
                yield* dispatch
                yield* pass("10 minutes")
                yield* dispatch
                const taken = (yield* mailbox.taken).slice(sentBefore)
                const idsOf = new Map<string, Set<string>>()
                for (const { messageId, to } of taken) {
                  idsOf.set(to, (idsOf.get(to) ?? new Set()).add(messageId))
                }
                const recipients = mails.map(({ recipient }) => recipient as string)
                if ([...idsOf.keys()].sort().join() !== recipients.sort().join()) {
                  wrong.push(`${fault.kind} at ${at}: ${[...idsOf.keys()].join()} instead of ${recipients.join()}`)
                }
                if ([...idsOf.values()].some((ids) => ids.size > 1))
                  wrong.push(`${fault.kind} at ${at}: another Message-ID`)
                const after = yield* checkAll
                if (after.mails.some(({ state }) => state !== "sent"))
                  wrong.push(`${fault.kind} at ${at}: a mail is stuck`)
              }).pipe(Effect.provide(stage))
            }
          }
          assert.deepStrictEqual(wrong, [])
          assert.isAbove(tried, 20)
        })
    )
  })
}
