import { Effect, Layer, Option } from "effect"
import { type IdempotencyRow, IdempotencyStore } from "../kernel/Idempotency.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { Database } from "./Database.ts"
import { instant } from "./dialect.ts"
import { purge } from "./purge.ts"
import { queries } from "./query.ts"
import type { IdempotencyTable, Tables } from "./tables.ts"

const toAnswer = (row: IdempotencyTable): IdempotencyRow => ({
  scope: row.scope,
  key: row.key,
  inputHash: row.input_hash,
  answer: row.answer,
  createdAt: instant(row.created_at)
})

export const layer: Layer.Layer<IdempotencyStore, never, Database> = Layer.effect(
  IdempotencyStore,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const find = q.first(
      "idempotency.find",
      (db, p: { readonly scope: string; readonly key: string; readonly notBefore: number }) =>
        db
          .selectFrom("idempotency")
          .select(["scope", "key", "input_hash", "answer", "created_at"])
          .where("scope", "=", p.scope)
          .where("key", "=", p.key)
          .where("created_at", ">=", p.notBefore)
    )
    const insert = q.changed("idempotency.insert", (db, p: IdempotencyTable & { readonly not_before: number }) =>
      db
        .insertInto("idempotency")
        .values({ scope: p.scope, key: p.key, input_hash: p.input_hash, answer: p.answer, created_at: p.created_at })
        .onConflict((conflict) =>
          conflict
            .columns(["scope", "key"])
            .doUpdateSet((eb) => ({
              input_hash: eb.ref("excluded.input_hash"),
              answer: eb.ref("excluded.answer"),
              created_at: eb.ref("excluded.created_at")
            }))
            .where("idempotency.created_at", "<", p.not_before)
        )
    )
    const purgeRows = purge(database, {
      table: "idempotency",
      key: ["scope", "key"],
      by: "created_at",
      inclusive: false
    })

    return IdempotencyStore.of({
      find: (scope, key, notBefore) =>
        Effect.map(find({ scope, key, notBefore }), (row) => Option.map(Option.fromUndefinedOr(row), toAnswer)),
      insert: (row, notBefore) =>
        Effect.flatMap(
          insert({
            scope: row.scope,
            key: row.key,
            input_hash: row.inputHash,
            answer: row.answer,
            created_at: row.createdAt,
            not_before: notBefore
          }),
          (count) =>
            count === 1
              ? Effect.void
              : Effect.fail(new PersistenceError({ operation: "idempotency.insert", reason: "duplicate" }))
        ),
      purge: purgeRows
    })
  })
)
