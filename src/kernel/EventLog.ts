import { Context, type Effect } from "effect"
import type { Instant } from "./Instant.ts"
import type { EventId, TenantId } from "./ids.ts"
import type { PersistenceError } from "./PersistenceError.ts"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** What an event is about: the kind of thing, and its id. */
export interface Subject {
  readonly kind: string
  readonly id: string
}

/** What a use case says of an event; the mechanism adds who, when, and in which request. */
export interface NewEvent {
  /** What happened, as `room.happened`, for example `invitation.accepted`. */
  readonly type: string
  readonly tenantId?: TenantId | undefined
  readonly subject: Subject
  /** Facts that name nobody; they enter the chain as they are and survive an erasure. */
  readonly data?: { readonly [key: string]: Json }
  /** Facts about a person (addresses, names); they enter the chain as a salted digest and can be erased (AUD-02). */
  readonly personal?: { readonly [key: string]: Json }
}

/** One event as it is stored (AUD-01). Its number and its place in the chain come later, from the sequencer. */
export interface EventRow {
  readonly id: EventId
  readonly at: Instant
  readonly type: string
  readonly tenantId: TenantId | null
  readonly subjectKind: string
  readonly subjectId: string
  /** The effective actor, as `Actor.describe` writes it. */
  readonly actor: string
  /** The account that the actor is or acts for. */
  readonly accountId: string | null
  /** The person at the keyboard, where that is somebody else than the effective actor (AUT-11). */
  readonly realActor: string | null
  readonly outcome: "done" | "denied"
  readonly useCase: string
  readonly requestId: string | null
  readonly data: { readonly [key: string]: Json }
  readonly personal: { readonly [key: string]: Json } | null
  /** 128 random bits that make the digest of `personal` unguessable. */
  readonly salt: string | null
}

/**
 * Where events go. An implementer MUST write them in the open unit of work, so that they commit with the change or not at all, and MUST never
 * change one afterwards except for its number, its chain value, and an erasure of `personal` and `salt`.
 */
export class EventLog extends Context.Service<
  EventLog,
  {
    /** In one statement, whatever the number; none for an empty list. */
    readonly append: (events: ReadonlyArray<EventRow>) => Effect.Effect<void, PersistenceError>
  }
>()("portico/kernel/EventLog") {}
