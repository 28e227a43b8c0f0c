import { Effect, Layer, Option, Schema } from "effect"
import type { SelfRegistration } from "../joining/SelfRegistration.ts"
import { SelfRegistrationRepository } from "../joining/SelfRegistrationRepository.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { SelfRegistrationId } from "../kernel/ids.ts"
import { GivenConsent } from "../privacy/Consent.ts"
import { Database } from "./Database.ts"
import { forUpdateSkipLocked, instant } from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading } from "./stored.ts"
import type { SelfRegistrationTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "email",
  "customer_number",
  "postal_code",
  "country",
  "first_name",
  "last_name",
  "locale",
  "consents",
  "created_at"
] as const satisfies ReadonlyArray<keyof SelfRegistrationTable>

const consentsOf = json(Schema.Array(GivenConsent))

const toAttempt = (row: SelfRegistrationTable): SelfRegistration => ({
  // only this repository writes these columns, from values of these types
  id: row.id as SelfRegistrationId,
  email: row.email as EmailAddress,
  customerNumber: row.customer_number,
  postalCode: row.postal_code,
  country: row.country,
  firstName: row.first_name,
  lastName: row.last_name,
  locale: row.locale,
  consents: consentsOf(row.consents),
  createdAt: instant(row.created_at)
})

const toRow = (attempt: SelfRegistration): SelfRegistrationTable => ({
  id: attempt.id,
  email: attempt.email,
  customer_number: attempt.customerNumber,
  postal_code: attempt.postalCode,
  country: attempt.country,
  first_name: attempt.firstName,
  last_name: attempt.lastName,
  locale: attempt.locale,
  consents: JSON.stringify(attempt.consents),
  created_at: attempt.createdAt
})

export const layer: Layer.Layer<SelfRegistrationRepository, never, Database> = Layer.effect(
  SelfRegistrationRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const insert = q.insert("selfRegistration.insert", "self_registration", COLUMNS)
    const find = q.first("selfRegistration.find", (db, p: { readonly id: string }) =>
      db.selectFrom("self_registration").select(COLUMNS).where("id", "=", p.id)
    )
    const remove = q.exactlyOne("selfRegistration.remove", (db, p: { readonly id: string }) =>
      db.deleteFrom("self_registration").where("id", "=", p.id)
    )
    const purge = q.changed("selfRegistration.purge", (db, p: { readonly before: number; readonly limit: number }) =>
      db
        // materialized, because PostgreSQL may run a sub-select with a limit more than once and then deletes more rows than that
        .with(
          (cte) => cte("portion").materialized(),
          (db) =>
            forUpdateSkipLocked(
              database.kind,
              db
                .selectFrom("self_registration")
                .select("self_registration.id")
                .where("created_at", "<", p.before)
                .orderBy("created_at")
                .orderBy("id")
                .limit(p.limit)
            )
        )
        .deleteFrom("self_registration")
        .where((eb) => eb("id", "in", eb.selectFrom("portion").select("portion.id")))
    )

    return SelfRegistrationRepository.of({
      insert: (attempt) => insert([toRow(attempt)]),
      find: (id) =>
        find({ id }).pipe(
          reading("selfRegistration.find", (row) => Option.map(Option.fromUndefinedOr(row), toAttempt))
        ),
      remove: (id) => remove({ id }),
      purge: (before, limit) => purge({ before, limit })
    })
  })
)
