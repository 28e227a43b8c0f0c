import { strict as assert } from "node:assert"
import { Effect, Schema } from "effect"
import { fromMillis } from "../../kernel/Instant.ts"
import { AccountId, ConsentId } from "../../kernel/ids.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Consent } from "../../privacy/Consent.ts"
import { ConsentRepository } from "../../privacy/ConsentRepository.ts"
import type { Suite } from "../Contract.ts"

const idOf = (n: number) => `01890000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`
const ada = Schema.decodeSync(AccountId)(idOf(0xada))
const bob = Schema.decodeSync(AccountId)(idOf(0xb0b))
const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

const consent = (n: number, over: Partial<Consent> = {}): Consent => ({
  id: Schema.decodeSync(ConsentId)(idOf(n)),
  accountId: ada,
  kind: "privacy",
  version: "1",
  textHash: "ab".repeat(32),
  locale: "de",
  channel: "registration",
  given: true,
  at: at(n),
  ...over
})

/** What every `ConsentRepository` keeps. */
export const ConsentRepositoryContract: Suite<ConsentRepository | UnitOfWork> = [
  {
    name: "evidence is answered as it was appended, oldest first",
    run: Effect.gen(function* () {
      const consents = yield* ConsentRepository
      const first = consent(3, { at: at(1) })
      const second = consent(1, { at: at(2), kind: "marketing", version: "2", locale: "en", channel: "invitation" })
      const third = consent(2, { at: at(2), given: false })
      yield* consents.append([third, second])
      yield* consents.append([first])
      assert.deepEqual(yield* consents.ofAccount(ada), [first, second, third])
    })
  },
  {
    name: "evidence of another account is not answered",
    run: Effect.gen(function* () {
      const consents = yield* ConsentRepository
      yield* consents.append([consent(1), consent(2, { accountId: bob })])
      assert.deepEqual(yield* consents.ofAccount(ada), [consent(1)])
      assert.deepEqual(yield* consents.ofAccount(bob), [consent(2, { accountId: bob })])
    })
  },
  {
    name: "an empty list is appended as nothing",
    run: Effect.gen(function* () {
      const consents = yield* ConsentRepository
      yield* consents.append([])
      assert.deepEqual(yield* consents.ofAccount(ada), [])
    })
  },
  {
    name: "PRI-01 evidence is never replaced: an id that is taken is a duplicate, and none of the list is kept",
    run: Effect.gen(function* () {
      const consents = yield* ConsentRepository
      const unit = yield* UnitOfWork
      yield* consents.append([consent(1)])
      const again = unit.run(consents.append([consent(2), consent(1, { given: false })]))
      assert.equal((yield* Effect.flip(again)).reason, "duplicate")
      assert.deepEqual(yield* consents.ofAccount(ada), [consent(1)])
    })
  }
]
