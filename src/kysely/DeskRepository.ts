import { Effect, Layer, Option, Schema } from "effect"
import type { AccountId, MergeId } from "../kernel/ids.ts"
import { type CannedAnswerId, type MacroId, ParticipantId, type SavedViewId, TicketId } from "../kernel/ids.ts"
import { folded } from "../kernel/Text.ts"
import { type DeskItem, type DeskItemKind, type ItemOf, MacroSteps, QueueChoice } from "../tickets/desk/DeskItem.ts"
import { DeskRepository, type Merge } from "../tickets/desk/DeskRepository.ts"
import { Database } from "./Database.ts"
import { byBytes, contains, fromBoolean, instant, instantOrNull, toBoolean } from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import type { DeskItemTable, Tables, TicketMergeTable } from "./tables.ts"

const ITEMS = [
  "id",
  "kind",
  "owner_id",
  "name",
  "folded",
  "shared",
  "contents",
  "version",
  "created_at",
  "changed_at"
] as const

const MERGES = [
  "id",
  "source_id",
  "target_id",
  "added_to_source",
  "added_to_target",
  "moved",
  "by_id",
  "at",
  "undone_at"
] as const

const kindOf = word(["CannedAnswer", "Macro", "SavedView"])
const textOf = json(Schema.Struct({ text: Schema.String }))
const stepsOf = json(Schema.Struct({ steps: Schema.toType(MacroSteps) }))
const choiceOf = json(Schema.Struct({ choice: Schema.toType(QueueChoice) }))
const participantsOf = json(Schema.Array(ParticipantId))
const ticketsOf = json(Schema.Array(TicketId))

/** Ids are what `insert` has written, which is why their brands hold. */
const toItem = (row: DeskItemTable): DeskItem => {
  const common = {
    ownerId: row.owner_id as AccountId,
    name: row.name,
    shared: toBoolean(row.shared),
    version: row.version,
    createdAt: instant(row.created_at),
    changedAt: instant(row.changed_at)
  }
  const kind = kindOf(row.kind)
  switch (kind) {
    case "CannedAnswer":
      return { _tag: kind, id: row.id as CannedAnswerId, ...common, ...textOf(row.contents) }
    case "Macro":
      return { _tag: kind, id: row.id as MacroId, ...common, ...stepsOf(row.contents) }
    case "SavedView":
      return { _tag: kind, id: row.id as SavedViewId, ...common, ...choiceOf(row.contents) }
  }
}

const contentsOf = (item: DeskItem): string => {
  switch (item._tag) {
    case "CannedAnswer":
      return JSON.stringify({ text: item.text })
    case "Macro":
      return JSON.stringify({ steps: item.steps })
    case "SavedView":
      return JSON.stringify({ choice: item.choice })
  }
}

/** As above. */
const toMerge = (row: TicketMergeTable): Merge => ({
  id: row.id as MergeId,
  sourceId: row.source_id as TicketId,
  targetId: row.target_id as TicketId,
  addedToSource: participantsOf(row.added_to_source),
  addedToTarget: participantsOf(row.added_to_target),
  moved: ticketsOf(row.moved),
  byId: row.by_id as AccountId,
  at: instant(row.at),
  undoneAt: instantOrNull(row.undone_at)
})

const isOf =
  <K extends DeskItemKind>(kind: K) =>
  (item: DeskItem): item is ItemOf<K> =>
    item._tag === kind

export const layer: Layer.Layer<DeskRepository, never, Database> = Layer.effect(
  DeskRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind: dialect } = database

    const insert = q.insert("desk.insert", "desk_item", ITEMS)
    interface Saved {
      readonly id: string
      readonly kind: string
      readonly version: number
    }
    interface Changed extends Saved {
      readonly name: string
      readonly folded: string
      readonly shared: number
      readonly contents: string
      readonly changedAt: number
    }
    const save = q.exactlyOne("desk.save", (db, p: Changed) =>
      db
        .updateTable("desk_item")
        .set((eb) => ({
          name: p.name,
          folded: p.folded,
          shared: p.shared,
          contents: p.contents,
          changed_at: p.changedAt,
          version: eb("version", "+", 1)
        }))
        .where("id", "=", p.id)
        .where("kind", "=", p.kind)
        .where("version", "=", p.version)
    )
    const remove = q.exactlyOne("desk.remove", (db, p: Saved) =>
      db.deleteFrom("desk_item").where("id", "=", p.id).where("kind", "=", p.kind).where("version", "=", p.version)
    )
    const find = q.all("desk.find", (db, p: { readonly kind: string; readonly id: string; readonly owner: string }) =>
      db
        .selectFrom("desk_item")
        .select(ITEMS)
        .where("id", "=", p.id)
        .where("kind", "=", p.kind)
        .where((eb) => eb.or([eb("shared", "=", 1), eb("owner_id", "=", p.owner)]))
    )

    const insertMerge = q.insert("desk.insertMerge", "ticket_merge", MERGES)
    const findMerge = q.all("desk.findMerge", (db, p: { readonly sourceId: string }) =>
      db.selectFrom("ticket_merge").select(MERGES).where("source_id", "=", p.sourceId).where("undone_at", "is", null)
    )
    const undoneMerges = q.all("desk.undoneMerges", (db, p: { readonly one: string; readonly other: string }) =>
      db
        .selectFrom("ticket_merge")
        .select(MERGES)
        .where("undone_at", "is not", null)
        .where((eb) => eb.or([eb("source_id", "in", [p.one, p.other]), eb("target_id", "in", [p.one, p.other])]))
    )
    const endMerge = q.exactlyOne("desk.endMerge", (db, p: { readonly id: string; readonly at: number }) =>
      db.updateTable("ticket_merge").set({ undone_at: p.at }).where("id", "=", p.id).where("undone_at", "is", null)
    )

    return DeskRepository.of({
      insert: (item) =>
        insert([
          {
            id: item.id,
            kind: item._tag,
            owner_id: item.ownerId,
            name: item.name,
            folded: folded(item.name),
            shared: fromBoolean(item.shared),
            contents: contentsOf(item),
            version: item.version,
            created_at: item.createdAt,
            changed_at: item.changedAt
          }
        ]),
      save: (item) =>
        save({
          id: item.id,
          kind: item._tag,
          version: item.version,
          name: item.name,
          folded: folded(item.name),
          shared: fromBoolean(item.shared),
          contents: contentsOf(item),
          changedAt: item.changedAt
        }),
      remove: ({ _tag, id, version }) => remove({ id, kind: _tag, version }),
      find: (kind, id, accountId) =>
        reading("desk.find", (rows: ReadonlyArray<DeskItemTable>) =>
          Option.fromUndefinedOr(rows.map(toItem).find(isOf(kind)))
        )(find({ kind, id, owner: accountId })),
      list: (kind, accountId, search, { after, limit }) =>
        reading("desk.list", (rows: ReadonlyArray<DeskItemTable>) => rows.map(toItem).filter(isOf(kind)))(
          q.run("desk.list", (db) => {
            let query = db
              .selectFrom("desk_item")
              .select(ITEMS)
              .where("kind", "=", kind)
              .where((eb) => eb.or([eb("shared", "=", 1), eb("owner_id", "=", accountId)]))
            if (Option.isSome(search)) {
              const part = folded(search.value)
              query = query.where((eb) => contains(dialect, eb.ref("folded"), part))
            }
            if (Option.isSome(after)) {
              const [name, id] = after.value
              query = query.where((eb) =>
                eb.or([
                  eb(byBytes(dialect, eb.ref("folded")), ">", name),
                  eb.and([eb("folded", "=", name), eb(byBytes(dialect, eb.ref("id")), ">", id)])
                ])
              )
            }
            return query
              .orderBy((eb) => byBytes(dialect, eb.ref("folded")))
              .orderBy((eb) => byBytes(dialect, eb.ref("id")))
              .limit(limit + 1)
          })
        ),
      insertMerge: (merge) =>
        insertMerge([
          {
            id: merge.id,
            source_id: merge.sourceId,
            target_id: merge.targetId,
            added_to_source: JSON.stringify(merge.addedToSource),
            added_to_target: JSON.stringify(merge.addedToTarget),
            moved: JSON.stringify(merge.moved),
            by_id: merge.byId,
            at: merge.at,
            undone_at: merge.undoneAt
          }
        ]),
      findMerge: (sourceId) =>
        reading("desk.findMerge", (rows: ReadonlyArray<TicketMergeTable>) =>
          Option.fromUndefinedOr(rows.map(toMerge)[0])
        )(findMerge({ sourceId })),
      undoneMerges: (one, other) =>
        reading("desk.undoneMerges", (rows: ReadonlyArray<TicketMergeTable>) => rows.map(toMerge))(
          undoneMerges({ one, other })
        ),
      endMerge: (id, at) => endMerge({ id, at })
    })
  })
)
