import type { EventRow } from "../kernel/EventLog.ts"

/** What the sequencer adds to an event (AUD-02). */
export interface Seal {
  /** From 1, without gaps. */
  readonly number: number
  /** Salted SHA-256 of the personal facts, as base64url; null when there were none. It stays when they are erased. */
  readonly personalDigest: string | null
  /** Keyed digest over the event and the one before it. */
  readonly mac: string
  /** The key of `mac`. */
  readonly keyId: string
}

/** An event as it is read back. `seal` is null for about a second, until the sequencer has seen it. */
export interface StoredEvent extends EventRow {
  readonly seal: Seal | null
}

/** An event with its place in the chain. */
export interface SealedEvent extends StoredEvent {
  readonly seal: Seal
}
