import { Effect, Layer, Option, Stream } from "effect"
import { digester } from "../kernel/nodeCrypto.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { BlobStore } from "../tickets/BlobStore.ts"
import type { BlobKey } from "../tickets/File.ts"

/** Bytes in memory, gone with the layer: for tests, and for trying things out. */
export const layer: Layer.Layer<BlobStore> = Layer.sync(BlobStore, () => {
  const blobs = new Map<BlobKey, ReadonlyArray<Uint8Array>>()
  return BlobStore.of({
    put: Effect.fnUntraced(function* (key, content) {
      const pieces: Array<Uint8Array> = []
      const digest = digester()
      let size = 0
      yield* Stream.runForEach(content, (bytes) =>
        Effect.sync(() => {
          // a copy, because whoever gave the bytes may use their memory again
          pieces.push(bytes.slice())
          digest.update(bytes)
          size += bytes.length
        })
      )
      if (blobs.has(key)) return yield* new PersistenceError({ operation: "blob.put", reason: "duplicate" })
      blobs.set(key, pieces)
      return { size, digest: digest.hex() }
    }),
    get: (key) => Effect.sync(() => Option.map(Option.fromUndefinedOr(blobs.get(key)), Stream.fromIterable)),
    delete: (key) => Effect.sync(() => void blobs.delete(key))
  })
})
