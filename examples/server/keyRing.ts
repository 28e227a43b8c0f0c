import { randomBytes } from "node:crypto"
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, extname } from "node:path"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import type { KeyRing } from "portico"
import { InvalidSetting, PortalConfig } from "./config.ts"

const KEY = /^([A-Za-z0-9_-]{1,32}):(retired|[A-Za-z0-9_-]{43})$/

/**
 * Reads `id:key[,id:key…]`: each key is 32 random bytes as base64url, the first one seals, all of them open. To rotate, put a new
 * one in front and keep the old ones until nothing is sealed by them; `id:retired` says that a key is gone for good.
 */
export const parseKeyRing = (text: Redacted.Redacted): Effect.Effect<KeyRing, InvalidSetting> =>
  Effect.gen(function* () {
    const keys: Record<string, Redacted.Redacted> = Object.create(null)
    const retired: Array<string> = []
    let current: string | undefined
    for (const entry of Redacted.value(text).split(",")) {
      const [, id, key] = KEY.exec(entry.trim()) ?? []
      if (id === undefined || key === undefined) {
        return yield* new InvalidSetting({
          variable: "KEY_RING",
          reason: "must be id:key pairs, a key being 32 bytes as base64url"
        })
      }
      if (id in keys || retired.includes(id))
        return yield* new InvalidSetting({ variable: "KEY_RING", reason: `has two keys named "${id}"` })
      if (key === "retired") retired.push(id)
      else {
        keys[id] = Redacted.make(key, { label: "key" })
        current ??= id
      }
    }
    if (current === undefined) return yield* new InvalidSetting({ variable: "KEY_RING", reason: "is empty" })
    return { current, keys, retired }
  })

const isMissing = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ENOENT"

const readOrCreate = (file: string): Promise<string> =>
  readFile(file, "utf8").then(
    async (text) => {
      // a copy or an archive may have widened the mode
      await chmod(file, 0o600)
      return text.trim()
    },
    async (cause: unknown) => {
      if (!isMissing(cause)) throw cause
      await mkdir(dirname(file), { recursive: true })
      const text = `k1:${randomBytes(32).toString("base64url")}`
      // "wx": of two processes that start at once one creates the file, the other fails here and reads it
      await writeFile(file, `${text}\n`, { mode: 0o600, flag: "wx" }).catch((second: unknown) => {
        if (!(typeof second === "object" && second !== null && "code" in second && second.code === "EEXIST"))
          throw second
      })
      return (await readFile(file, "utf8")).trim()
    }
  )

/** Beside the SQLite file; with PostgreSQL, where the SQLite file would be. */
const fileFor = (file: string): string => `${file.slice(0, file.length - extname(file).length)}.keys`

/** The keys that seal authenticator secrets and sign cookies. In development they are made once and kept in a file beside the database. */
export class PortalKeys extends Context.Service<PortalKeys, KeyRing>()("example/PortalKeys") {
  static readonly layer: Layer.Layer<PortalKeys, InvalidSetting, PortalConfig> = Layer.effect(
    PortalKeys,
    Effect.gen(function* () {
      const config = yield* PortalConfig
      if (Option.isSome(config.keyRing)) return yield* parseKeyRing(config.keyRing.value)
      const file = fileFor(config.database.kind === "sqlite" ? config.database.file : ".data/portico.sqlite")
      const text = yield* Effect.tryPromise({
        try: () => readOrCreate(file),
        catch: () =>
          new InvalidSetting({ variable: "KEY_RING", reason: `is not set, and ${file} cannot be read or created` })
      })
      return yield* parseKeyRing(Redacted.make(text, { label: "key ring" }))
    })
  )
}
