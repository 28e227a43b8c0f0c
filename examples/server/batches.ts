import { randomUUID } from "node:crypto"
import { Clock, Context, Effect, Layer, Scope } from "effect"
import { type Invitations, type Refusal, refusals } from "portico"

type Outcome = typeof Invitations.InviteOutcome.Type

/** How far a list of invitations has come. */
export interface Batch {
  readonly tenantId: string
  readonly accountId: string
  readonly entries: ReadonlyArray<string>
  readonly startedAt: number
  /** Of the first entries; the others are still to come. */
  readonly outcomes: ReadonlyArray<Outcome>
  /** Set when it has stopped before the end. */
  readonly refusal: Refusal.RefusalInstance | undefined
}

/** So many addresses between two looks at the progress. */
export const STEP = 50
const KEPT = 60 * 60 * 1000
const TRIES = 5

/**
 * Lists of invitations that this process is working on, and those of the last hour. A step that failed for a store that was away is tried again under
 * its key, so that nobody gets two mails; what was sent is in the list of invitations anyway, also when the process ends half way.
 */
export class Batches extends Context.Service<
  Batches,
  {
    /** Works in the background on what is left of a list, whose first entries have their outcomes already; answers its name. */
    readonly start: <R>(
      list: Pick<Batch, "tenantId" | "accountId" | "entries" | "outcomes">,
      invite: (
        addresses: ReadonlyArray<string>,
        idempotencyKey: string
      ) => Effect.Effect<ReadonlyArray<Outcome>, Refusal.RefusalInstance, R>
    ) => Effect.Effect<string, never, R>
    readonly find: (id: string, accountId: string) => Effect.Effect<Batch | undefined>
  }
>()("example/Batches") {
  static readonly layer = Layer.effect(
    Batches,
    Effect.gen(function* () {
      const scope = yield* Scope.Scope
      const batches = new Map<string, Batch>()

      const work = Effect.fnUntraced(function* <R>(
        id: string,
        invite: (
          addresses: ReadonlyArray<string>,
          idempotencyKey: string
        ) => Effect.Effect<ReadonlyArray<Outcome>, Refusal.RefusalInstance, R>
      ) {
        const { entries, outcomes: before } = batches.get(id) ?? { entries: [], outcomes: [] }
        for (let at = before.length; at < entries.length; at += STEP) {
          const done = yield* invite(entries.slice(at, at + STEP), `${id}-${at}`).pipe(
            Effect.retry({ times: TRIES, while: ({ category }) => category === "unavailable" }),
            Effect.match({
              onFailure: (refusal) => ({ refusal, outcomes: [] }),
              onSuccess: (outcomes) => ({ refusal: undefined, outcomes })
            })
          )
          const batch = batches.get(id)
          if (batch === undefined) return
          const { refusal } = done
          batches.set(id, { ...batch, refusal, outcomes: [...batch.outcomes, ...done.outcomes] })
          if (refusal !== undefined) return
        }
      })

      return Batches.of({
        start: Effect.fnUntraced(function* (list, invite) {
          const now = yield* Clock.currentTimeMillis
          for (const [id, { startedAt }] of batches) if (now - startedAt > KEPT) batches.delete(id)
          const id = randomUUID()
          batches.set(id, { ...list, startedAt: now, refusal: undefined })
          yield* work(id, invite).pipe(
            Effect.catchDefect((defect) =>
              Effect.sync(() => {
                const batch = batches.get(id)
                if (batch !== undefined) batches.set(id, { ...batch, refusal: new refusals.Unavailable() })
              }).pipe(Effect.andThen(Effect.logError("A list of invitations failed", defect)))
            ),
            Effect.forkIn(scope)
          )
          return id
        }),
        // to somebody else it does not exist
        find: (id, accountId) =>
          Effect.sync(() => {
            const batch = batches.get(id)
            return batch?.accountId === accountId ? batch : undefined
          })
      })
    })
  )
}
