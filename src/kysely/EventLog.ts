import { Effect, Layer } from "effect"
import { EventLog, type EventRow } from "../kernel/EventLog.ts"
import { Database } from "./Database.ts"
import { queries } from "./query.ts"
import type { EventTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "at",
  "type",
  "tenant_id",
  "subject_kind",
  "subject_id",
  "actor",
  "account_id",
  "real_actor",
  "outcome",
  "use_case",
  "request_id",
  "data",
  "personal",
  "salt"
] as const satisfies ReadonlyArray<keyof EventTable>

const toRow = (event: EventRow): Pick<EventTable, (typeof COLUMNS)[number]> => ({
  id: event.id,
  at: event.at,
  type: event.type,
  tenant_id: event.tenantId,
  subject_kind: event.subjectKind,
  subject_id: event.subjectId,
  actor: event.actor,
  account_id: event.accountId,
  real_actor: event.realActor,
  outcome: event.outcome,
  use_case: event.useCase,
  request_id: event.requestId,
  data: JSON.stringify(event.data),
  personal: event.personal === null ? null : JSON.stringify(event.personal),
  salt: event.salt
})

export const layer: Layer.Layer<EventLog, never, Database> = Layer.effect(
  EventLog,
  Effect.map(Database, (database) => {
    const insert = queries<Tables>(database).insert("event.append", "event", COLUMNS)
    return EventLog.of({ append: (events) => insert(events.map(toRow)) })
  })
)
