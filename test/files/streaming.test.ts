import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { describe } from "vitest"
import { layerBlobStore } from "../../src/files/index.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { Files } from "../../src/tickets/index.ts"
import { storage } from "../support/adapters.ts"
import { as, everyPort, withKernel } from "../support/portal.ts"
import { pdf, scanAll } from "../tickets/filesWorld.ts"
import { own, person } from "../tickets/world.ts"

const SIZE = 200 * 1024 * 1024
const PIECE = 64 * 1024
/** What may be held at one time: pieces on their way, and those that drivers let go of a little later. The file has four times as much. */
const MOST = 100 * 1024 * 1024

// a test cannot start Node with a flag, but can set it
setFlagsFromString("--expose-gc")
// the function that the flag makes
const collect = runInNewContext("gc") as () => void

const held = (): number => {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Watches what is held while something runs: collecting before each look, so that only what somebody holds counts. */
const peak = () => {
  collect()
  const before = held()
  let most = 0
  let looks = 0
  return {
    look: () => {
      // collecting costs; every 4 MB are enough
      if (looks++ % 64 !== 0) return
      collect()
      most = Math.max(most, held() - before)
    },
    most: () => most
  }
}

const content = (look: () => void) =>
  Stream.unfold(
    0,
    Effect.fnUntraced(function* (sent: number) {
      yield* Effect.yieldNow
      look()
      if (sent >= SIZE) return undefined
      // a new one each time, as a socket gives them
      const bytes = sent === 0 ? pdf(PIECE - pdf(0).length) : new Uint8Array(PIECE).fill((sent / PIECE) % 251)
      return [bytes, sent + PIECE] as const
    })
  )

const through = Effect.gen(function* () {
  const ada = yield* person("ada")
  const up = peak()
  const view = yield* Files.upload({ name: "large.pdf", size: SIZE }, content(up.look)).pipe(as(ada.actor))
  assert.strictEqual(view.size, SIZE)
  yield* own(ada, { files: [view.id] })
  yield* scanAll
  const down = peak()
  const download = yield* Files.download({ fileId: view.id }).pipe(as(ada.actor))
  let size = 0
  yield* Stream.runForEach(download.content, (bytes) =>
    Effect.sync(() => {
      size += bytes.length
      down.look()
    })
  )
  assert.strictEqual(size, SIZE)
  const measured = { up: Math.round(up.most() / 1024 / 1024), down: Math.round(down.most() / 1024 / 1024) }
  yield* Effect.log("MB held at most", measured)
  assert.isBelow(up.most(), MOST, "up")
  assert.isBelow(down.most(), MOST, "down")
})

const settings = {
  files: { maxBytes: SIZE, maxBytesPerTicket: SIZE, serveUnscanned: true },
  limits: { uploadedKiBPerAccount: { max: SIZE / 1024, window: "1 hour" as const } }
}

const folder = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "portico-large-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    ),
    (path) => layerBlobStore({ folder: path })
  )
)

const stores = storage()
const kernel = withKernel(settings)

describe("200 MB", { timeout: 300_000 }, () => {
  it.live("TIC-13 go through the file system, up and down, without being held in memory", () =>
    Effect.provide(
      through,
      Layer.merge(kernel, folder).pipe(Layer.provideMerge(everyPort.memory), Layer.provideMerge(stores.memory))
    )
  )

  for (const name of ["better-sqlite3", "postgres"] as const) {
    it.live(`TIC-13 go through a database, up and down, without being held in memory (${name})`, () =>
      Effect.provide(
        through,
        Layer.merge(kernel, Kysely.layerBlobStore).pipe(
          Layer.provideMerge(everyPort.kysely),
          Layer.provideMerge(stores[name])
        )
      )
    )
  }
})
