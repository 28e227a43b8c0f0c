import { Effect, Layer, Option, Stream } from "effect"
import { digester } from "../kernel/nodeCrypto.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { BlobStore } from "../tickets/BlobStore.ts"
import { Database } from "./Database.ts"
import { integer } from "./dialect.ts"
import { queries } from "./query.ts"
import type { Tables } from "./tables.ts"

/** So many bytes are one row, and at most two of them are in memory for each stream. */
const CHUNK = 256 * 1024

/**
 * Bytes as rows of the database, a piece of 256 KiB each: one backup has everything, at the price of a larger database. Each piece is a statement of its own outside
 * of units, so that no transaction is open as long as a sender takes; the row that says that all are there comes last.
 */
export const layer: Layer.Layer<BlobStore, never, Database> = Layer.effect(
  BlobStore,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const insertBlob = q.insert("blob.insert", "file_blob", ["key", "size", "digest"])
    const insertChunk = q.insert("blob.insertChunk", "file_chunk", ["key", "seq", "bytes"])
    const find = q.first("blob.find", (db, p: { readonly key: string }) =>
      db.selectFrom("file_blob").select("size").where("key", "=", p.key)
    )
    const chunk = q.first("blob.chunk", (db, p: { readonly key: string; readonly seq: number }) =>
      db.selectFrom("file_chunk").select("bytes").where("key", "=", p.key).where("seq", "=", p.seq)
    )
    const deleteBlob = q.changed("blob.delete", (db, p: { readonly key: string }) =>
      db.deleteFrom("file_blob").where("key", "=", p.key)
    )
    const deleteChunks = q.changed("blob.deleteChunks", (db, p: { readonly key: string }) =>
      db.deleteFrom("file_chunk").where("key", "=", p.key)
    )

    const store = BlobStore.of({
      put: Effect.fnUntraced(function* (key, content) {
        if ((yield* find({ key })) !== undefined) {
          return yield* new PersistenceError({ operation: "blob.put", reason: "duplicate" })
        }
        const digest = digester()
        let size = 0
        let seq = 0
        let filled = 0
        let piece = new Uint8Array(CHUNK)
        const flush = Effect.suspend(() => {
          const bytes = filled === CHUNK ? piece : piece.slice(0, filled)
          // a driver may keep it for as long as the statement waits
          piece = new Uint8Array(CHUNK)
          filled = 0
          return insertChunk([{ key, seq: seq++, bytes }])
        })
        yield* Stream.runForEach(
          content,
          Effect.fnUntraced(function* (bytes) {
            digest.update(bytes)
            size += bytes.length
            for (let from = 0; from < bytes.length; ) {
              const taken = bytes.subarray(from, from + CHUNK - filled)
              piece.set(taken, filled)
              filled += taken.length
              from += taken.length
              if (filled === CHUNK) yield* flush
            }
          })
        ).pipe(
          Effect.andThen(Effect.suspend(() => (filled > 0 ? flush : Effect.void))),
          // what is left of a broken put goes away at once where it can, else with `delete`
          Effect.onError(() => Effect.ignore(deleteChunks({ key })))
        )
        const blob = { size, digest: digest.hex() }
        yield* insertBlob([{ key, ...blob }])
        return blob
      }),
      get: (key) =>
        Effect.map(find({ key }), (row) =>
          Option.map(Option.fromUndefinedOr(row), ({ size }) => {
            const chunks = Math.ceil(integer(size) / CHUNK)
            return Stream.unfold(
              0,
              Effect.fnUntraced(function* (seq) {
                if (seq >= chunks) return undefined
                const row = yield* chunk({ key, seq })
                if (row === undefined) return yield* new PersistenceError({ operation: "blob.get", reason: "corrupt" })
                return [new Uint8Array(row.bytes), seq + 1] as const
              })
            )
          })
        ),
      // the row that makes it complete goes first: nobody begins to read what is half gone
      delete: (key) => Effect.andThen(deleteBlob({ key }), Effect.asVoid(deleteChunks({ key })))
    })
    return store
  })
)
