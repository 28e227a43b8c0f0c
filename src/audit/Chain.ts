import { Effect, Schema } from "effect"
import { canonicalJson } from "../kernel/canonicalJson.ts"
import { Crypto, toBase64Url } from "../kernel/Crypto.ts"
import type { EventRow, Json } from "../kernel/EventLog.ts"
import { Sealer, type Unsealable } from "../kernel/Sealer.ts"
import type { Seal } from "./StoredEvent.ts"

/**
 * A signed statement about the chain: all events up to `number` were as they were, and the last of them had this `mac`. Kept outside of the
 * database it shows that nobody has put back an older state of the whole database.
 */
export const Checkpoint = Schema.Struct({
  number: Schema.Int,
  mac: Schema.String,
  keyId: Schema.String,
  signature: Schema.String
})
export type Checkpoint = typeof Checkpoint.Type

/** Where the chain ends, and where it begins: at its first event, or at the checkpoint behind which older events were cut off. */
export interface ChainHead {
  readonly head: Checkpoint
  readonly base: Checkpoint
}

/** What stands before the first event. */
export const GENESIS: Checkpoint = { number: 0, mac: "", keyId: "", signature: "" }

const EVENT = "audit.event"
const CHECKPOINT = "audit.checkpoint"

/** What enters the chain of personal facts: without the salt nobody can guess them from it, and without them it stays. */
export const personalDigest = (
  personal: { readonly [key: string]: Json },
  salt: string
): Effect.Effect<string, never, Crypto> =>
  Effect.flatMap(Crypto, (crypto) =>
    Effect.map(crypto.sha256(`portico/audit.personal\n${salt}\n${canonicalJson(personal)}`), toBase64Url)
  )

// one array in a fixed order: no two different events have the same text
const text = (event: EventRow, number: number, previous: string, digest: string | null): string =>
  JSON.stringify([
    number,
    previous,
    event.id,
    event.at,
    event.type,
    event.tenantId,
    event.subjectKind,
    event.subjectId,
    event.actor,
    event.accountId,
    event.realActor,
    event.outcome,
    event.useCase,
    event.requestId,
    canonicalJson(event.data),
    digest
  ])

/** The chain value of an event after the one with the value `previous`; under the current key, or for checking under the one it was made with. */
export const macOf = (
  event: EventRow,
  seal: { readonly number: number; readonly personalDigest: string | null; readonly keyId?: string },
  previous: string
): Effect.Effect<{ readonly keyId: string; readonly mac: string }, Unsealable, Sealer> =>
  Effect.flatMap(Sealer, (sealer) =>
    sealer.mac(EVENT, text(event, seal.number, previous, seal.personalDigest), seal.keyId)
  )

/** Gives an event its place after `previous`, under the current key. */
export const seal = Effect.fnUntraced(function* (event: EventRow, number: number, previous: string) {
  const digest = event.personal === null ? null : yield* personalDigest(event.personal, event.salt ?? "")
  // the current key is always on the ring
  const { keyId, mac } = yield* Effect.orDie(macOf(event, { number, personalDigest: digest }, previous))
  const sealed: Seal = { number, personalDigest: digest, mac, keyId }
  return sealed
})

/** Signs that the chain ends, or is cut, behind this event. */
export const sign = Effect.fnUntraced(function* (last: { readonly number: number; readonly mac: string }) {
  const sealer = yield* Sealer
  const { keyId, mac } = yield* Effect.orDie(sealer.mac(CHECKPOINT, `${last.number}\n${last.mac}`))
  const checkpoint: Checkpoint = { number: last.number, mac: last.mac, keyId, signature: mac }
  return checkpoint
})

/** Whether we have signed this. */
export const isSigned = (checkpoint: Checkpoint): Effect.Effect<boolean, Unsealable, Sealer> =>
  checkpoint.number === 0
    ? Effect.succeed(checkpoint.mac === "")
    : Effect.flatMap(Sealer, (sealer) =>
        Effect.map(
          sealer.mac(CHECKPOINT, `${checkpoint.number}\n${checkpoint.mac}`, checkpoint.keyId),
          ({ mac }) => mac === checkpoint.signature
        )
      )
