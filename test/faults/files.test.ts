import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Option, Ref, Stream } from "effect"
import { describe } from "vitest"
import * as Instant from "../../src/kernel/Instant.ts"
import type { FileId } from "../../src/kernel/ids.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Faults } from "../../src/testing/Faults.ts"
import { SimulatedClock } from "../../src/testing/SimulatedClock.ts"
import { BlobStore } from "../../src/tickets/BlobStore.ts"
import type { BlobKey } from "../../src/tickets/File.ts"
import { FileRepository } from "../../src/tickets/FileRepository.ts"
import { Files } from "../../src/tickets/index.ts"
import { as } from "../support/portal.ts"
import { bytesOf, inPieces, pdf, purgeAll, scanAll } from "../tickets/filesWorld.ts"
import { own, type Person, person } from "../tickets/world.ts"
import { type FaultyStage, stages } from "./stage.ts"

const bytes = pdf(2000)

const upload = ({ actor }: Person) =>
  Files.upload({ name: "plan.pdf", size: bytes.length }, inPieces(bytes, 500)).pipe(as(actor))

/** The keys of the blobs that anybody has asked a store to write, whatever became of it. */
const watched = Effect.gen(function* () {
  const blobs = yield* BlobStore
  const keys = yield* Ref.make<ReadonlyArray<BlobKey>>([])
  const watching = BlobStore.of({
    ...blobs,
    put: (key, content) =>
      Effect.andThen(
        Ref.update(keys, (all) => [...all, key]),
        blobs.put(key, content)
      )
  })
  const left = Effect.flatMap(Ref.get(keys), (all) =>
    Effect.map(
      Effect.forEach(all, (key) => Effect.map(blobs.get(key), (found) => ({ key, there: Option.isSome(found) }))),
      (found) => found.filter(({ there }) => there).map(({ key }) => key)
    )
  )
  return { watching, left }
})

const ended = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.forkChild(effect), (fiber) => Fiber.await(fiber))

const everyFile = Effect.gen(function* () {
  const files = yield* FileRepository
  return yield* files.retireExpired(Instant.fromMillis(Number.MAX_SAFE_INTEGER), 1000)
})

const adapters: ReadonlyArray<readonly [string, Layer.Layer<FaultyStage, PersistenceError>]> = Object.entries(
  stages({ files: { serveUnscanned: true } })
)

for (const [adapter, stage] of adapters) {
  describe(`files and their bytes (${adapter})`, { timeout: 120_000 }, () => {
    for (const kind of ["crash", "interrupt", "connection"] as const) {
      it.live(
        `TIC-13 V-40 an upload with "${kind}" at any port call is there, or leaves nothing that the purge does not delete`,
        () =>
          Effect.gen(function* () {
            let at = 0
            let met = true
            let done = 0
            while (met) {
              met = yield* Effect.gen(function* () {
                const faults = yield* Faults
                const clock = yield* SimulatedClock
                const ada = yield* person("ada")
                const { left, watching } = yield* watched
                yield* faults.plan({ fault: { kind }, at })
                const exit = yield* ended(Effect.provideService(upload(ada), BlobStore, watching))
                const reached = (yield* faults.stop).length > at
                if (Exit.isSuccess(exit)) {
                  done++
                  // what was answered is there, and can be used
                  const { ticketId } = yield* own(ada, { files: [exit.value.id] })
                  yield* scanAll
                  const download = yield* Files.download({ fileId: exit.value.id }).pipe(as(ada.actor))
                  assert.deepStrictEqual(yield* bytesOf(download), bytes)
                  yield* clock.pass("30 days")
                  yield* purgeAll
                  assert.strictEqual((yield* left).length, 1)
                  assert.isString(ticketId)
                } else {
                  yield* clock.pass("25 hours")
                  yield* purgeAll
                  assert.deepStrictEqual(yield* left, [], `${kind} at ${at}: ${Cause.pretty(exit.cause)}`)
                  assert.strictEqual(yield* everyFile, 0, `a row is left after ${kind} at ${at}`)
                }
                return reached
              }).pipe(Effect.provide(Layer.fresh(stage)))
              at++
            }
            assert.isAbove(at, 8)
            assert.isAbove(done, 0)
          })
      )

      it.live(
        `TIC-13 V-40 a purge with "${kind}" at any port call is finished by the next one, and never takes what a message has`,
        () =>
          Effect.gen(function* () {
            let at = 0
            let met = true
            while (met) {
              met = yield* Effect.gen(function* () {
                const faults = yield* Faults
                const clock = yield* SimulatedClock
                const ada = yield* person("ada")
                const { left, watching } = yield* watched
                const uploads = yield* Effect.forEach([1, 2, 3], () => upload(ada)).pipe(
                  Effect.provideService(BlobStore, watching)
                )
                const ids = uploads.map(({ id }) => id)
                yield* own(ada, { files: ids.slice(0, 1) })
                yield* scanAll
                yield* clock.pass("25 hours")
                yield* faults.plan({ fault: { kind }, at })
                yield* ended(purgeAll)
                const reached = (yield* faults.stop).length > at
                yield* purgeAll
                assert.strictEqual((yield* left).length, 1, `${kind} at ${at}`)
                const download = yield* Files.download({ fileId: ids[0] as FileId }).pipe(as(ada.actor))
                assert.deepStrictEqual(yield* bytesOf(download), bytes)
                return reached
              }).pipe(Effect.provide(Layer.fresh(stage)))
              at++
            }
            assert.isAbove(at, 4)
          })
      )
    }

    it.live("TIC-13 a sender who goes away in the middle leaves nothing for good", () =>
      Effect.gen(function* () {
        const clock = yield* SimulatedClock
        const ada = yield* person("ada")
        const { left, watching } = yield* watched
        let sent = false
        const waiting = Stream.fromEffect(
          Effect.andThen(
            Effect.sync(() => {
              sent = true
            }),
            Effect.never
          )
        )
        const endless = Stream.concat(inPieces(bytes.subarray(0, 1000), 100), waiting)
        const fiber = yield* Effect.forkChild(
          Files.upload({ name: "plan.pdf", size: bytes.length }, endless).pipe(
            as(ada.actor),
            Effect.provideService(BlobStore, watching)
          )
        )
        while (!sent) yield* Effect.sleep("5 millis")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* left, [])
        yield* clock.pass("1 hour")
        assert.strictEqual(yield* purgeAll, 1)
        assert.strictEqual(yield* everyFile, 0)
      }).pipe(Effect.provide(Layer.fresh(stage)))
    )
  })
}
