import { Effect } from "effect"
import { Crypto, toBase64Url } from "../kernel/Crypto.ts"
import type { EventRow, Json } from "../kernel/EventLog.ts"
import { Sealer, type Unsealable } from "../kernel/Sealer.ts"
import { type Checkpoint, checkpointText, eventText, personalText } from "./Chain.ts"
import type { Seal } from "./StoredEvent.ts"

const EVENT = "audit.event"
const CHECKPOINT = "audit.checkpoint"
// apart from the above, because every end of the chain lies signed in the database and must not pass for a place where we have cut (V-33)
const CUT = "audit.cut"

/** What enters the chain of personal facts: without the salt nobody can guess them from it, and without them it stays. */
export const personalDigest = (
  personal: { readonly [key: string]: Json },
  salt: string
): Effect.Effect<string, never, Crypto> =>
  Effect.flatMap(Crypto, (crypto) => Effect.map(crypto.sha256(personalText(personal, salt)), toBase64Url))

/** The chain value of an event after the one with the value `previous`; under the current key, or for checking under the one it was made with. */
export const macOf = (
  event: EventRow,
  seal: { readonly number: number; readonly personalDigest: string | null; readonly keyId?: string },
  previous: string
): Effect.Effect<{ readonly keyId: string; readonly mac: string }, Unsealable, Sealer> =>
  Effect.flatMap(Sealer, (sealer) =>
    sealer.mac(EVENT, eventText(event, seal.number, previous, seal.personalDigest), seal.keyId)
  )

/** Gives an event its place after `previous`, under the current key. */
export const seal = Effect.fnUntraced(function* (event: EventRow, number: number, previous: string) {
  const digest = event.personal === null ? null : yield* personalDigest(event.personal, event.salt ?? "")
  // the current key is always on the ring
  const { keyId, mac } = yield* Effect.orDie(macOf(event, { number, personalDigest: digest }, previous))
  const sealed: Seal = { number, personalDigest: digest, mac, keyId }
  return sealed
})

const signed = (purpose: string) =>
  Effect.fnUntraced(function* (last: { readonly number: number; readonly mac: string }) {
    const sealer = yield* Sealer
    const { keyId, mac } = yield* Effect.orDie(sealer.mac(purpose, checkpointText(last)))
    const checkpoint: Checkpoint = { number: last.number, mac: last.mac, keyId, signature: mac }
    return checkpoint
  })

const isSignedFor =
  (purpose: string) =>
  (checkpoint: Checkpoint): Effect.Effect<boolean, Unsealable, Sealer> =>
    checkpoint.number === 0
      ? Effect.succeed(checkpoint.mac === "")
      : Effect.flatMap(Sealer, (sealer) =>
          Effect.map(
            sealer.mac(purpose, checkpointText(checkpoint), checkpoint.keyId),
            ({ mac }) => mac === checkpoint.signature
          )
        )

/** Signs that the chain ends behind this event. */
export const sign = signed(CHECKPOINT)

/** Whether we have signed that the chain ended here. */
export const isSigned = isSignedFor(CHECKPOINT)

/** Signs that everything up to this event was cut off by us. */
export const signCut = signed(CUT)

/** Whether we have signed that the chain begins here. */
export const isSignedCut = isSignedFor(CUT)
