import { type FileHandle, mkdir, open, rename, stat, unlink } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect, Layer, Option, Stream } from "effect"
import { digester } from "../kernel/nodeCrypto.ts"
import { PersistenceError, type Reason } from "../kernel/PersistenceError.ts"
import { BlobStore } from "../tickets/BlobStore.ts"
import type { BlobKey } from "../tickets/File.ts"

export interface FileSystemOptions {
  /** Absolute; made where it is not there. Below it there is nothing but blobs, readable by this process's user only. */
  readonly folder: string
}

/** So much is read at once. */
const PIECE = 64 * 1024

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""

const REASONS: Readonly<Record<string, Reason>> = {
  EEXIST: "duplicate",
  ENOSPC: "full",
  EDQUOT: "full",
  EIO: "connection",
  EMFILE: "busy",
  ENFILE: "busy"
}

const attempt = <A>(operation: string, run: () => Promise<A>): Effect.Effect<A, PersistenceError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new PersistenceError({ operation, reason: REASONS[codeOf(cause)] ?? "other", cause })
  })

const ifThere = <A>(run: () => Promise<A>): Promise<A | undefined> =>
  run().catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return undefined
    throw cause
  })

const isKey = (key: string): boolean => /^[0-9a-f]{64}$/.test(key)

/** What was renamed into a folder is there after a crash only when the folder itself was written. */
const sync = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Bytes as files below a folder, under their keys: a file is written under another name, brought to the disk, and renamed when it is complete, so that nobody
 * ever reads half of one. No part of a path comes from outside.
 */
export const layer = ({ folder }: FileSystemOptions): Layer.Layer<BlobStore, PersistenceError> =>
  Layer.effect(
    BlobStore,
    Effect.gen(function* () {
      yield* attempt("blob.folder", () => mkdir(folder, { recursive: true, mode: 0o700 }))

      // 65,536 folders, because some file systems are slow with many files in one
      const pathOf = (key: BlobKey): Effect.Effect<string> =>
        isKey(key)
          ? Effect.succeed(join(folder, key.slice(0, 2), key.slice(2, 4), key))
          : Effect.die(new Error("a blob's key is 64 hexadecimal digits"))
      const partOf = (path: string) => `${path}.part`

      const writeAll = <E, R>(handle: FileHandle, content: Stream.Stream<Uint8Array, E, R>) =>
        Effect.gen(function* () {
          const digest = digester()
          let size = 0
          yield* Stream.runForEach(content, (bytes) =>
            attempt("blob.put", async () => {
              digest.update(bytes)
              for (let from = 0; from < bytes.length; ) {
                const { bytesWritten } = await handle.write(bytes, from, bytes.length - from)
                from += bytesWritten
              }
              size += bytes.length
            })
          )
          yield* attempt("blob.put", () => handle.sync())
          return { size, digest: digest.hex() }
        })

      return BlobStore.of({
        put: Effect.fnUntraced(function* (key, content) {
          const path = yield* pathOf(key)
          const part = partOf(path)
          yield* attempt("blob.put", () => mkdir(dirname(path), { recursive: true, mode: 0o700 }))
          if ((yield* attempt("blob.put", () => ifThere(() => stat(path)))) !== undefined) {
            return yield* new PersistenceError({ operation: "blob.put", reason: "duplicate" })
          }
          return yield* Effect.acquireUseRelease(
            attempt("blob.put", () => open(part, "wx", 0o600)),
            (handle) => writeAll(handle, content),
            (handle) => Effect.ignore(attempt("blob.put", () => handle.close()))
          ).pipe(
            Effect.tap(() =>
              attempt("blob.put", async () => {
                await rename(part, path)
                await sync(dirname(path))
              })
            ),
            Effect.onError(() => Effect.ignore(attempt("blob.put", () => ifThere(() => unlink(part)))))
          )
        }),
        get: Effect.fnUntraced(function* (key) {
          const path = yield* pathOf(key)
          const found = yield* attempt("blob.get", () => ifThere(() => stat(path)))
          if (found === undefined) return Option.none()
          const content = Stream.unwrap(
            Effect.map(
              Effect.acquireRelease(
                attempt("blob.get", () => open(path, "r")),
                (handle) => Effect.ignore(attempt("blob.get", () => handle.close()))
              ),
              (handle) =>
                Stream.unfold(
                  undefined,
                  Effect.fnUntraced(function* () {
                    const { buffer, bytesRead } = yield* attempt("blob.get", () =>
                      handle.read(new Uint8Array(PIECE), 0, PIECE, null)
                    )
                    return bytesRead === 0 ? undefined : ([buffer.subarray(0, bytesRead), undefined] as const)
                  })
                )
            )
          )
          return Option.some(content)
        }),
        delete: Effect.fnUntraced(function* (key) {
          const path = yield* pathOf(key)
          yield* attempt("blob.delete", async () => {
            await ifThere(() => unlink(partOf(path)))
            await ifThere(() => unlink(path))
          })
        })
      })
    })
  )
