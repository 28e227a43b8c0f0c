import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import * as FileSystem from "../../src/files/BlobStore.ts"
import * as Kysely from "../../src/kysely/BlobStore.ts"
import * as Memory from "../../src/memory/BlobStore.ts"
import { BlobStoreContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("BlobStore", BlobStoreContract, { memory: Memory.layer, kysely: Kysely.layer })

const inFolder = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "portico-blobs-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    ),
    (folder) => FileSystem.layer({ folder: join(folder, "blobs") })
  )
)

describe("BlobStore (file system)", () => {
  for (const { name, run } of BlobStoreContract) it.live(name, () => Effect.provide(run, inFolder))
})
