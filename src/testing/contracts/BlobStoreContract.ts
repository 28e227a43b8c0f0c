import { strict as assert } from "node:assert"
import { Effect, Exit, Fiber, Option, Stream } from "effect"
import { digester } from "../../kernel/nodeCrypto.ts"
import { BlobStore } from "../../tickets/BlobStore.ts"
import { BlobKey } from "../../tickets/File.ts"
import type { Suite } from "../Contract.ts"

const key = (number: number) => BlobKey.make(number.toString(16).padStart(64, "0"))

/** Bytes that differ from piece to piece, so that a swap is seen. */
const pieces = (count: number, size: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: count }, (_, piece) => Uint8Array.from({ length: size }, (_, at) => (piece * 7 + at) % 251))

const joined = (parts: Iterable<Uint8Array>): Buffer => Buffer.concat(Array.from(parts))
const digestOf = (bytes: Uint8Array): string => {
  const digest = digester()
  digest.update(bytes)
  return digest.hex()
}

const read = Effect.fnUntraced(function* (of: BlobKey) {
  const blobs = yield* BlobStore
  const content = yield* blobs.get(of)
  return Option.isNone(content) ? undefined : joined(yield* Stream.runCollect(content.value))
})

const broken = <A>(parts: ReadonlyArray<A>) => Stream.concat(Stream.fromIterable(parts), Stream.fail("broken" as const))

/** What every `BlobStore` keeps. */
export const BlobStoreContract: Suite<BlobStore> = [
  {
    name: "TIC-13 what is put is answered byte for byte, with its size and digest, whatever pieces it came in",
    run: Effect.gen(function* () {
      const blobs = yield* BlobStore
      const shapes: ReadonlyArray<ReadonlyArray<Uint8Array>> = [
        pieces(1, 1),
        pieces(3, 0),
        pieces(5, 1000),
        pieces(2, 256 * 1024),
        pieces(1, 256 * 1024 + 1),
        [...pieces(1, 700_000), new Uint8Array(0), ...pieces(7, 99_991)],
        pieces(4000, 3)
      ]
      for (const [index, parts] of shapes.entries()) {
        const stored = yield* blobs.put(key(index), Stream.fromIterable(parts))
        const whole = joined(parts)
        assert.deepEqual(stored, { size: whole.length, digest: digestOf(whole) })
        assert.deepEqual(yield* read(key(index)), whole)
        // and again, for reading consumes nothing
        assert.deepEqual(yield* read(key(index)), whole)
      }
    })
  },
  {
    name: "TIC-13 a stored blob does not change with the memory that it came from",
    run: Effect.gen(function* () {
      const blobs = yield* BlobStore
      const memory = new Uint8Array(1000).fill(1)
      yield* blobs.put(key(1), Stream.fromIterable([memory]))
      memory.fill(2)
      assert.deepEqual(yield* read(key(1)), Buffer.alloc(1000, 1))
    })
  },
  {
    name: "TIC-13 what fails on the way is not there, and its key can be used again after a deletion",
    run: Effect.gen(function* () {
      const blobs = yield* BlobStore
      for (const parts of [[], pieces(1, 10), pieces(3, 300_000)]) {
        assert.equal(yield* Effect.flip(blobs.put(key(1), broken(parts))), "broken")
        assert.equal(yield* read(key(1)), undefined)
        yield* blobs.delete(key(1))
        yield* blobs.put(key(1), Stream.fromIterable(pieces(1, 5)))
        assert.deepEqual(yield* read(key(1)), joined(pieces(1, 5)))
        yield* blobs.delete(key(1))
      }
    })
  },
  {
    name: "TIC-13 what dies or is interrupted on the way is not there",
    run: Effect.gen(function* () {
      const blobs = yield* BlobStore
      const dying = Stream.concat(Stream.fromIterable(pieces(3, 300_000)), Stream.die("as the test wants it"))
      assert.ok(Exit.isFailure(yield* Effect.exit(blobs.put(key(1), dying))))
      assert.equal(yield* read(key(1)), undefined)
      const endless = Stream.concat(Stream.fromIterable(pieces(3, 300_000)), Stream.never)
      const fiber = yield* Effect.forkChild(blobs.put(key(2), endless))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.equal(yield* read(key(2)), undefined)
    })
  },
  {
    name: "a key that is taken stays as it is, and the second put is a duplicate",
    run: Effect.gen(function* () {
      const blobs = yield* BlobStore
      yield* blobs.put(key(1), Stream.fromIterable(pieces(1, 5)))
      const error = yield* Effect.flip(blobs.put(key(1), Stream.fromIterable(pieces(2, 9))))
      assert.equal(error.reason, "duplicate")
      assert.deepEqual(yield* read(key(1)), joined(pieces(1, 5)))
    })
  },
  {
    name: "what is deleted is gone, others stay, and deleting what is not there goes well",
    run: Effect.gen(function* () {
      const blobs = yield* BlobStore
      yield* blobs.put(key(1), Stream.fromIterable(pieces(2, 300_000)))
      yield* blobs.put(key(2), Stream.fromIterable(pieces(1, 5)))
      yield* blobs.delete(key(1))
      yield* blobs.delete(key(1))
      yield* blobs.delete(key(3))
      assert.equal(yield* read(key(1)), undefined)
      assert.deepEqual(yield* read(key(2)), joined(pieces(1, 5)))
      assert.equal(yield* read(key(9)), undefined)
    })
  },
  {
    name: "many are written and read at the same time without mixing",
    run: Effect.gen(function* () {
      const blobs = yield* BlobStore
      const all = Array.from({ length: 8 }, (_, index) => pieces(5, 60_000 + index))
      yield* Effect.forEach(all, (parts, index) => blobs.put(key(index), Stream.fromIterable(parts)), {
        concurrency: "unbounded"
      })
      const found = yield* Effect.forEach(all, (_, index) => read(key(index)), { concurrency: "unbounded" })
      assert.deepEqual(found, all.map(joined))
    })
  },
  {
    name: "a reader that stops early, or never begins, holds nothing up",
    run: Effect.gen(function* () {
      const blobs = yield* BlobStore
      yield* blobs.put(key(1), Stream.fromIterable(pieces(3, 300_000)))
      yield* blobs.get(key(1))
      const content = Option.getOrThrow(yield* blobs.get(key(1)))
      assert.ok(Option.isSome(yield* Stream.runHead(content)))
      yield* blobs.delete(key(1))
      assert.equal(yield* read(key(1)), undefined)
    })
  }
]
