import { Effect, Layer, Option } from "effect"
import { folded } from "../kernel/Text.ts"
import type { DeskItem, DeskItemKind, ItemOf } from "../tickets/desk/DeskItem.ts"
import { DeskRepository, type Merge } from "../tickets/desk/DeskRepository.ts"
import { Store, table } from "./Store.ts"

export const deskItems = table<DeskItem>()({ name: "deskItem", key: ({ id }) => id })
export const ticketMerges = table<Merge>()({
  name: "ticketMerge",
  key: ({ id }) => id,
  unique: { openOfSource: ({ sourceId, undoneAt }) => (undoneAt === null ? sourceId : undefined) }
})

/** By the bytes of UTF-8, as the databases compare. */
const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

export const layer: Layer.Layer<DeskRepository, never, Store> = Layer.effect(
  DeskRepository,
  Effect.map(Store, (store) => {
    const isOf =
      <K extends DeskItemKind>(kind: K, accountId: string) =>
      (item: DeskItem): item is ItemOf<K> =>
        item._tag === kind && (item.shared || item.ownerId === accountId)
    const sameVersion =
      ({ _tag, version }: Pick<DeskItem, "_tag" | "version">) =>
      (stored: DeskItem): boolean =>
        stored._tag === _tag && stored.version === version
    return DeskRepository.of({
      insert: (item) => store.write("desk.insert", (write) => deskItems.insert(write, item)),
      save: (item) =>
        store.write("desk.save", (write) =>
          deskItems.update(write, item.id, sameVersion(item), (stored) => ({
            ...item,
            ownerId: stored.ownerId,
            createdAt: stored.createdAt,
            version: item.version + 1
          }))
        ),
      remove: (item) => store.write("desk.remove", (write) => deskItems.remove(write, item.id, sameVersion(item))),
      find: (kind, id, accountId) =>
        store.read("desk.find", (state) => Option.filter(deskItems.get(state, id), isOf(kind, accountId))),
      list: (kind, accountId, search, { after, limit }) =>
        store.read("desk.list", (state) =>
          deskItems
            .all(state)
            .filter(isOf(kind, accountId))
            .map((item) => ({ item, key: folded(item.name) }))
            .filter(
              ({ item, key }) =>
                (Option.isNone(search) || key.includes(folded(search.value))) &&
                (Option.isNone(after) ||
                  (compareBytes(key, after.value[0]) || compareBytes(item.id, after.value[1])) > 0)
            )
            .sort((a, b) => compareBytes(a.key, b.key) || compareBytes(a.item.id, b.item.id))
            .slice(0, limit + 1)
            .map(({ item }) => item)
        ),
      insertMerge: (merge) => store.write("desk.insertMerge", (write) => ticketMerges.insert(write, merge)),
      findMerge: (sourceId) =>
        store.read("desk.findMerge", (state) => ticketMerges.find(state, "openOfSource", sourceId)),
      undoneMerges: (one, other) =>
        store.read("desk.undoneMerges", (state) =>
          ticketMerges
            .all(state)
            .filter(
              ({ sourceId, targetId, undoneAt }) =>
                undoneAt !== null && [sourceId, targetId].some((id) => id === one || id === other)
            )
        ),
      endMerge: (id, at) =>
        store.write("desk.endMerge", (write) =>
          ticketMerges.update(
            write,
            id,
            ({ undoneAt }) => undoneAt === null,
            (merge) => ({ ...merge, undoneAt: at })
          )
        )
    })
  })
)
