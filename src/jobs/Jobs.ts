import { Duration, Effect, Latch, Layer, type Scope } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { Ids } from "../kernel/ids.ts"
import { Leases } from "../kernel/Leases.ts"
import { Wake } from "../kernel/Wake.ts"
import type { Job } from "./Job.ts"

/** How long a node that died keeps a job from the others. A living one prolongs its lease all the time. */
const LEASE = Duration.seconds(30)

type Services<Jobs> = Jobs extends ReadonlyArray<Job<infer R>> ? R : never

/** Answers when the lease is lost, or could not be prolonged until its end. */
const keepLease = Effect.fnUntraced(function* (name: string, owner: string, since: Instant.Instant) {
  const leases = yield* Leases
  let until = Instant.plus(since, LEASE)
  while (true) {
    yield* Effect.sleep(Duration.times(LEASE, 1 / 3))
    const now = yield* Instant.now
    const next = Instant.plus(now, LEASE)
    const kept = yield* Effect.orElseSucceed(leases.acquire(name, owner, next, now), () => undefined)
    if (kept === true) until = next
    else if (kept === false || now >= until) break
  }
  yield* Effect.logWarning(`${name} lost its lease and stops`)
})

/** Runs a job once: if it is exclusive, only with its lease, and no longer than that. What fails is logged, and tried again next time. */
const attempt = Effect.fnUntraced(function* <R>(job: Job<R>, owner: string) {
  const run = job.run.pipe(Effect.withSpan(`job.${job.name}`, undefined, { captureStackTrace: false }))
  if (!(yield* job.due)) return
  if (!job.exclusive) return yield* run
  const leases = yield* Leases
  const name = `job:${job.name}`
  yield* Effect.acquireUseRelease(
    Effect.gen(function* () {
      const now = yield* Instant.now
      return { now, mine: yield* leases.acquire(name, owner, Instant.plus(now, LEASE), now) }
    }),
    ({ mine, now }) => (mine ? Effect.raceFirst(run, keepLease(name, owner, now)) : Effect.void),
    ({ mine }) => (mine ? Effect.ignore(leases.release(name, owner)) : Effect.void)
  )
})

const logged = <R>(job: Job<R>, owner: string): Effect.Effect<void, never, R | Leases> =>
  Effect.catchCause(attempt(job, owner), (cause) => Effect.logWarning(`The job ${job.name} failed`, cause))

const loop = <R>(job: Job<R>, owner: string): Effect.Effect<never, never, R | Leases | Scope.Scope> =>
  Effect.gen(function* () {
    const latch = yield* Latch.make()
    if (job.wakes) {
      const { callbacks } = yield* Wake
      const open = () => void latch.openUnsafe()
      yield* Effect.acquireRelease(
        Effect.sync(() => callbacks.add(open)),
        () => Effect.sync(() => callbacks.delete(open))
      )
    }
    return yield* Effect.forever(
      Effect.gen(function* () {
        // closed before looking: who commits from here on opens it again
        yield* latch.close
        yield* logged(job, owner)
        yield* Effect.timeoutOption(latch.await, job.every)
      })
    )
  })

/** Runs these jobs as long as the layer lives, each by its own schedule; what is running when it ends is interrupted and rolls back. */
export const layer = <const Jobs extends ReadonlyArray<Job<never>> | ReadonlyArray<Job<unknown>>>(
  jobs: Jobs
): Layer.Layer<never, never, Services<Jobs> | Leases | Ids> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const ids = yield* Ids
      const owner = yield* ids.next
      // the services of all jobs together are those that the layer asks for
      for (const job of jobs as ReadonlyArray<Job<Services<Jobs>>>) yield* Effect.forkScoped(loop(job, owner))
    })
  )

/** Runs each of these jobs once, one after the other: for a host that has a scheduler of its own. What fails is logged. */
export const runOnce = <const Jobs extends ReadonlyArray<Job<never>> | ReadonlyArray<Job<unknown>>>(
  jobs: Jobs
): Effect.Effect<void, never, Services<Jobs> | Leases | Ids> =>
  Effect.gen(function* () {
    const ids = yield* Ids
    const owner = yield* ids.next
    // as above
    for (const job of jobs as ReadonlyArray<Job<Services<Jobs>>>) yield* logged(job, owner)
  })
