import { Schema } from "effect"
import { canonicalJson } from "../kernel/canonicalJson.ts"
import type { EventRow, Json } from "../kernel/EventLog.ts"

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

/** What the chain value of an event is made over: one array in a fixed order, so that no two different events have the same text. */
export const eventText = (event: EventRow, number: number, previous: string, digest: string | null): string =>
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

/** What the digest of personal facts is made over. */
export const personalText = (personal: { readonly [key: string]: Json }, salt: string): string =>
  `portico/audit.personal\n${salt}\n${canonicalJson(personal)}`

/** What a checkpoint's signature is made over. */
export const checkpointText = (last: { readonly number: number; readonly mac: string }): string =>
  `${last.number}\n${last.mac}`
