import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { ChallengeRepository } from "../../src/accounts/ChallengeRepository.ts"
import { Sessions } from "../../src/accounts/index.ts"
import { SessionRepository } from "../../src/accounts/SessionRepository.ts"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import { verify } from "../../src/audit/Verifier.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as Jobs from "../../src/jobs/Jobs.ts"
import { jobs } from "../../src/jobs/jobList.ts"
import { IdempotencyStore } from "../../src/kernel/Idempotency.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Limits } from "../../src/kernel/Limits.ts"
import { LinkRepository } from "../../src/kernel/Links.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { layer as layerMailer, Mailbox } from "../../src/memory/Mailer.ts"
import { requestKinds } from "../../src/requestKinds.ts"
import { RequestKinds } from "../../src/requests/RequestKinds.ts"
import { newcomer, register, signedInBy } from "../accounts/newcomers.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, signedIn, withKernel } from "../support/portal.ts"

const START = 1_800_000_000_000

/** Three nodes whose schedulers strike at the same moment. */
const onThreeNodes = Effect.all([Jobs.runOnce(jobs), Jobs.runOnce(jobs), Jobs.runOnce(jobs)], {
  concurrency: "unbounded",
  discard: true
})

/** What is left of everything that a job purges, which is thereby gone. */
const left = Effect.gen(function* () {
  const far = Instant.plus(yield* Instant.now, "1000 days")
  return {
    answers: yield* (yield* IdempotencyStore).purge(far, 1000),
    budgets: yield* (yield* Limits).purge(far, 1000),
    challenges: yield* (yield* ChallengeRepository).purge(far, 1000),
    links: yield* (yield* LinkRepository).purge(far, 1000),
    mails: yield* (yield* OutboxRepository).purge(far, 1000),
    sessions: yield* (yield* SessionRepository).purge(far, 1000)
  }
})

const eventsOf = (type: string) =>
  Effect.gen(function* () {
    const events = yield* EventRepository
    return (yield* events.after(0, 1000)).filter((event) => event.type === type).length
  })

forEachAdapter(everyPort, (name, storage) => {
  const portal = Layer.mergeAll(layerMailer, MailKinds.layer(...mailKinds), RequestKinds.layer(...requestKinds)).pipe(
    Layer.provideMerge(Layer.provideMerge(withKernel(), storage))
  )

  const world = Effect.gen(function* () {
    yield* TestClock.setTime(START)
    const ada = yield* given.account("ada@example.com")
    const owner = yield* signedIn(ada)
    const tenant = yield* given.tenant(ada)
    const input = { tenantId: tenant.id, email: "bob@example.com", roles: ["member"] }
    yield* Invitations.invite(input, { idempotencyKey: "key" }).pipe(as(owner))
    const { signIn } = yield* newcomer()
    const { token } = yield* signedInBy(signIn)
    yield* register({ email: "never@example.com" })
    return { owner, tenant, token }
  })

  describe(`the list of jobs (${name})`, () => {
    it.effect("G-13 R-TK-14 R-GD-05 done by several nodes at once, at any age of things, it does each thing once", () =>
      Effect.gen(function* () {
        const { owner, tenant, token } = yield* world
        const mailbox = yield* Mailbox

        yield* onThreeNodes
        const sent = yield* mailbox.taken
        // to the invited, the newcomer and the one who never confirms; the newcomer's was used before it was sent
        assert.deepStrictEqual([...new Set(sent.map(({ to }) => to))].sort(), ["bob@example.com", "never@example.com"])
        assert.strictEqual(new Set(sent.map(({ messageId }) => messageId)).size, sent.length)
        const verified = yield* verify()
        assert.strictEqual(verified._tag, "Intact")
        const events = (yield* (yield* EventRepository).after(0, 1000)).length
        assert.isAbove(events, 2)
        yield* Sessions.authenticate(token)

        // nothing new, nothing done
        yield* onThreeNodes
        assert.strictEqual((yield* mailbox.attempts).length, sent.length)
        assert.strictEqual((yield* (yield* EventRepository).after(0, 1000)).length, events)

        yield* TestClock.adjust("15 days")
        yield* onThreeNodes
        yield* onThreeNodes
        assert.strictEqual(yield* eventsOf("invitation.expired"), 1)
        const { items } = yield* Invitations.list({ tenantId: tenant.id }).pipe(as(owner))
        assert.deepStrictEqual(
          items.map(({ state }) => state),
          ["expired"]
        )
        assert.strictEqual((yield* verify())._tag, "Intact")
        assert.strictEqual((yield* Effect.flip(Sessions.authenticate(token)))._tag, "SignInRequired")

        yield* TestClock.adjust("100 days")
        yield* onThreeNodes
        assert.deepStrictEqual(yield* left, { answers: 0, budgets: 0, challenges: 0, links: 0, mails: 0, sessions: 0 })
        // what has happened is kept
        assert.strictEqual((yield* verify())._tag, "Intact")
        assert.isAbove((yield* (yield* EventRepository).after(0, 1000)).length, events)
      }).pipe(Effect.provide(portal))
    )

    it.effect("R-TK-14 what is still of use is kept", () =>
      Effect.gen(function* () {
        const { token } = yield* world
        yield* onThreeNodes
        yield* Sessions.authenticate(token)
        const kept = yield* left
        assert.strictEqual(kept.answers, 1)
        assert.isAbove(kept.budgets, 0)
        assert.isAbove(kept.links, 1)
        assert.isAbove(kept.mails, 1)
        assert.strictEqual(kept.sessions, 1)
      }).pipe(Effect.provide(portal))
    )
  })
})
