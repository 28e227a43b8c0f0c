import { randomUUID } from "node:crypto"
import { Clock, Context, Effect, Layer, Scope } from "effect"
import { type Hierarchy, type Invitations, type Refusal, refusals } from "portico"

/** How far a list has come. */
export interface Batch<Entry, Outcome> {
  readonly tenantId: string
  readonly accountId: string
  readonly entries: ReadonlyArray<Entry>
  readonly startedAt: number
  /** Of the first entries; the others are still to come. */
  readonly outcomes: ReadonlyArray<Outcome>
  /** Set when it has stopped before the end. */
  readonly refusal: Refusal.RefusalInstance | undefined
}

/** Does the next entries of a list; again under the same key it does nothing twice. */
export type Step<Entry, Outcome, R> = (
  entries: ReadonlyArray<Entry>,
  idempotencyKey: string
) => Effect.Effect<ReadonlyArray<Outcome>, Refusal.RefusalInstance, R>

/** So many entries between two looks at the progress. */
export const STEP = 50
const KEPT = 60 * 60 * 1000
const TRIES = 5

/**
 * Lists that this process is working on, and those of the last hour. A step that failed for a store that was away is tried again under its key, so that
 * nothing is done twice; what was done is done, also when the process ends half way.
 */
interface BatchesShape<Entry, Outcome> {
  /** Works in the background on what is left of a list, whose first entries have their outcomes already; answers its name. */
  readonly start: <R>(
    list: Pick<Batch<Entry, Outcome>, "tenantId" | "accountId" | "entries" | "outcomes">,
    step: Step<Entry, Outcome, R>
  ) => Effect.Effect<string, never, R>
  readonly find: (id: string, accountId: string) => Effect.Effect<Batch<Entry, Outcome> | undefined>
}

const make = <Entry, Outcome>(): Effect.Effect<BatchesShape<Entry, Outcome>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Scope.Scope
    const batches = new Map<string, Batch<Entry, Outcome>>()

    const work = Effect.fnUntraced(function* <R>(id: string, step: Step<Entry, Outcome, R>) {
      const { entries, outcomes: before } = batches.get(id) ?? { entries: [], outcomes: [] }
      for (let at = before.length; at < entries.length; at += STEP) {
        const done = yield* step(entries.slice(at, at + STEP), `${id}-${at}`).pipe(
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

    return {
      start: Effect.fnUntraced(function* (list, step) {
        const now = yield* Clock.currentTimeMillis
        for (const [id, { startedAt }] of batches) if (now - startedAt > KEPT) batches.delete(id)
        const id = randomUUID()
        batches.set(id, { ...list, startedAt: now, refusal: undefined })
        yield* work(id, step).pipe(
          Effect.catchDefect((defect) =>
            Effect.sync(() => {
              const batch = batches.get(id)
              if (batch !== undefined) batches.set(id, { ...batch, refusal: new refusals.Unavailable() })
            }).pipe(Effect.andThen(Effect.logError("Work on a list failed", defect)))
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
    }
  })

/** Whether there is more to come. */
export const isRunning = ({ entries, outcomes, refusal }: Batch<unknown, unknown>): boolean =>
  refusal === undefined && outcomes.length < entries.length

/** Lists of addresses that are invited. */
export class InvitationBatches extends Context.Service<
  InvitationBatches,
  BatchesShape<string, typeof Invitations.InviteOutcome.Type>
>()("example/InvitationBatches") {
  static readonly layer = Layer.effect(InvitationBatches, make())
}

/** One line of a list of customer numbers. */
export interface ImportLine {
  readonly line: number
  readonly customerNumber: string
  readonly postalCode: string
  readonly country: string
  /** Of a double the place of the line in the list that it repeats. */
  readonly firstRow?: number
}

/** Lists of customer numbers that become sub accounts. */
export class ImportBatches extends Context.Service<
  ImportBatches,
  BatchesShape<ImportLine, Hierarchy.LinkImports.RowOutcome>
>()("example/ImportBatches") {
  static readonly layer = Layer.effect(ImportBatches, make())
}
