import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../../kernel/Instant.ts"
import type { AccountId, MergeId, ParticipantId, TicketId } from "../../kernel/ids.ts"
import type { Window } from "../../kernel/Page.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import type { DeskItem, DeskItemKind, ItemOf } from "./DeskItem.ts"

/** Lists are in the order of names without regard to case, by their UTF-8 bytes; then of ids. */
export type DeskItemKey = readonly [folded: string, id: string]

/** How two tickets became one, with all that it takes to undo it. */
export interface Merge {
  readonly id: MergeId
  readonly sourceId: TicketId
  readonly targetId: TicketId
  /** Those who take part in one of the tickets only because of the merge. */
  readonly addedToSource: ReadonlyArray<ParticipantId>
  readonly addedToTarget: ReadonlyArray<ParticipantId>
  /** Tickets that had been merged into the source, and point to the target since. */
  readonly moved: ReadonlyArray<TicketId>
  readonly byId: AccountId
  readonly at: Instant
  readonly undoneAt: Instant | null
}

/** What staff keep for their work, and what they have merged. */
export class DeskRepository extends Context.Service<
  DeskRepository,
  {
    /** MUST fail with `duplicate` when the id is taken. */
    readonly insert: (item: DeskItem) => Effect.Effect<void, PersistenceError>
    /** Saves name, contents and whether it is shared, and counts the version up; MUST fail with `conflict` unless the stored one is `item.version`. */
    readonly save: (item: DeskItem) => Effect.Effect<void, PersistenceError>
    /** MUST fail with `conflict` unless it is there with this version. */
    readonly remove: (item: Pick<DeskItem, "_tag" | "id" | "version">) => Effect.Effect<void, PersistenceError>
    /** Of this kind only; one that is neither shared nor the account's own is none. */
    readonly find: <K extends DeskItemKind>(
      kind: K,
      id: ItemOf<K>["id"],
      accountId: AccountId
    ) => Effect.Effect<Option.Option<ItemOf<K>>, PersistenceError>
    /** Those that are shared, and the account's own; `search` is a part of the name without regard to case. At most `limit + 1` rows. */
    readonly list: <K extends DeskItemKind>(
      kind: K,
      accountId: AccountId,
      search: Option.Option<string>,
      window: Window<DeskItemKey>
    ) => Effect.Effect<ReadonlyArray<ItemOf<K>>, PersistenceError>

    /** MUST fail with `duplicate` when the id is taken, or the source is merged and that is not undone. */
    readonly insertMerge: (merge: Merge) => Effect.Effect<void, PersistenceError>
    /** The merge of this source that is not undone. */
    readonly findMerge: (sourceId: TicketId) => Effect.Effect<Option.Option<Merge>, PersistenceError>
    /** The merges of these two, as source or target and with whatever other tickets, that are undone. */
    readonly undoneMerges: (one: TicketId, other: TicketId) => Effect.Effect<ReadonlyArray<Merge>, PersistenceError>
    /** MUST fail with `conflict` unless it is there and not undone. */
    readonly endMerge: (id: MergeId, at: Instant) => Effect.Effect<void, PersistenceError>
  }
>()("portico/tickets/DeskRepository") {}
