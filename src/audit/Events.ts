import { Effect, Option, Schema, Stream } from "effect"
import { EventId, TenantId } from "../kernel/ids.ts"
import * as Page from "../kernel/Page.ts"
import { NotFound } from "../kernel/refusals.ts"
import { line } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { require } from "../tenants/Permissions.ts"
import { staffMay } from "../tenants/staffRights.ts"
import { EventRepository } from "./EventRepository.ts"
import type { StoredEvent } from "./StoredEvent.ts"

/** An event as the owners of its tenant and staff see it. */
export const EventView = Schema.Struct({
  id: EventId,
  /** Its number in the log of all tenants; null for about a second, until it has one. */
  number: Schema.NullOr(Schema.Int),
  at: Schema.Int,
  type: Schema.String,
  subject: Schema.Struct({ kind: Schema.String, id: Schema.String }),
  /** Kind and id of who did it, for example `account:<id>`. */
  actor: Schema.String,
  /** The member of staff who acted in the actor's place. */
  realActor: Schema.NullOr(Schema.String),
  outcome: Schema.Literals(["done", "denied"]),
  useCase: Schema.String,
  requestId: Schema.NullOr(Schema.String),
  data: Schema.JsonObject,
  /** Addresses and names, until they are erased. */
  personal: Schema.NullOr(Schema.JsonObject)
})
export type EventView = typeof EventView.Type

const toView = (event: StoredEvent): EventView => ({
  id: event.id,
  number: event.seal?.number ?? null,
  at: event.at,
  type: event.type,
  subject: { kind: event.subjectKind, id: event.subjectId },
  actor: event.actor,
  realActor: event.realActor,
  outcome: event.outcome,
  useCase: event.useCase,
  requestId: event.requestId,
  data: event.data,
  personal: event.personal
})

const Word = line(100)

/** What happened in a tenant, the newest first (AUD-03, R-AU-05). */
export const list = UseCase.query({
  name: "events.list",
  summary: "Lists what happened in a customer area and who did it, the newest first.",
  actors: ["Account", "Staff"],
  requires: "audit.read",
  input: Schema.Struct({
    tenantId: TenantId,
    type: Schema.optionalKey(Word),
    subjectId: Schema.optionalKey(Word),
    accountId: Schema.optionalKey(Word),
    outcome: Schema.optionalKey(Schema.Literals(["done", "denied"])),
    ...Page.fields
  }),
  output: Page.Page(EventView),
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ after, limit, tenantId, ...filter }, { actor, settings }) {
    const window = yield* Page.window(EventId, { after, limit })
    if (actor._tag === "Staff") yield* Effect.fromResult(staffMay("events.list", actor))
    else yield* require(actor, settings, tenantId, "audit.read")
    const events = yield* EventRepository
    const rows = yield* events.list(tenantId, filter, window)
    return Page.make(rows, window, ({ id }) => id, toView)
  })
})

/**
 * The same as NDJSON, one event on each line, from page to page: the caller's right is asked for again with every page. Who asks is provided
 * where the stream is run.
 */
export const ndjson = (input: Omit<Parameters<typeof list>[0], "after" | "limit">) =>
  Stream.paginate(Option.none<string>(), (after) =>
    Effect.map(
      list({ ...input, limit: Page.MAX_LIMIT, ...(Option.isSome(after) ? { after: after.value } : {}) }),
      ({ items, next }) =>
        [
          items.map((item) => `${JSON.stringify(item)}\n`),
          next === null ? Option.none() : Option.some(Option.some(next))
        ] as const
    )
  )

/** Every use case of the room. */
export const useCases = UseCase.registry(list)
