import { Effect, Layer, Option, Schema } from "effect"
import type { Registration } from "../accounts/Registration.ts"
import { RegistrationRepository } from "../accounts/RegistrationRepository.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { RegistrationId } from "../kernel/ids.ts"
import { GivenConsent } from "../privacy/Consent.ts"
import { Database } from "./Database.ts"
import { forUpdate, fromBoolean, instant, integer, toBoolean } from "./dialect.ts"
import { purge } from "./purge.ts"
import { queries } from "./query.ts"
import { json, reading } from "./stored.ts"
import type { RegistrationTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "email",
  "first_name",
  "last_name",
  "locale",
  "company_name",
  "consents",
  "password_hash",
  "factor_secret",
  "factor_step",
  "address_taken",
  "created_at"
] as const satisfies ReadonlyArray<keyof RegistrationTable>

const consentsOf = json(Schema.Array(GivenConsent))

const toRegistration = (row: RegistrationTable): Registration => ({
  // only this repository writes these columns, from values of these types
  id: row.id as RegistrationId,
  email: row.email as EmailAddress,
  firstName: row.first_name,
  lastName: row.last_name,
  locale: row.locale,
  companyName: row.company_name,
  consents: consentsOf(row.consents),
  passwordHash: row.password_hash,
  factor:
    row.factor_secret === null || row.factor_step === null
      ? null
      : { sealedSecret: row.factor_secret, step: integer(row.factor_step) },
  addressTaken: toBoolean(row.address_taken),
  createdAt: instant(row.created_at)
})

const toRow = (registration: Registration): RegistrationTable => ({
  id: registration.id,
  email: registration.email,
  first_name: registration.firstName,
  last_name: registration.lastName,
  locale: registration.locale,
  company_name: registration.companyName,
  consents: JSON.stringify(registration.consents),
  password_hash: registration.passwordHash,
  factor_secret: registration.factor?.sealedSecret ?? null,
  factor_step: registration.factor?.step ?? null,
  address_taken: fromBoolean(registration.addressTaken),
  created_at: registration.createdAt
})

const one = (row: RegistrationTable | undefined): Option.Option<Registration> =>
  Option.map(Option.fromUndefinedOr(row), toRegistration)

export const layer: Layer.Layer<RegistrationRepository, never, Database> = Layer.effect(
  RegistrationRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const insert = q.insert("registration.insert", "registration", COLUMNS)
    const find = q.first("registration.find", (db, p: { readonly id: string }) =>
      db.selectFrom("registration").select(COLUMNS).where("id", "=", p.id)
    )
    // PostgreSQL locks in the order of the answer, which is the same for everybody
    const lockAll = q.all("registration.ofEmailForUpdate", (db, p: { readonly email: string }) =>
      forUpdate(
        database.kind,
        db.selectFrom("registration").select(COLUMNS).where("email", "=", p.email).orderBy("created_at").orderBy("id")
      )
    )
    const lockNewest = q.first(
      "registration.newestForUpdate",
      (db, p: { readonly email: string; readonly notBefore: number }) =>
        forUpdate(
          database.kind,
          db
            .selectFrom("registration")
            .select(COLUMNS)
            .where("email", "=", p.email)
            .where("created_at", ">=", p.notBefore)
            .where("address_taken", "=", 0)
            .orderBy("created_at", "desc")
            .orderBy("id", "desc")
            .limit(1)
        )
    )
    const removeOfEmail = q.changed("registration.removeOfEmail", (db, p: { readonly email: string }) =>
      db.deleteFrom("registration").where("email", "=", p.email)
    )
    const purgeRows = purge(database, { table: "registration", key: ["id"], by: "created_at", inclusive: false })

    return RegistrationRepository.of({
      insert: (registration) => insert([toRow(registration)]),
      find: (id) => find({ id }).pipe(reading("registration.find", one)),
      ofEmailForUpdate: (email) =>
        lockAll({ email }).pipe(reading("registration.ofEmailForUpdate", (rows) => rows.map(toRegistration))),
      newestForUpdate: (email, notBefore) =>
        lockNewest({ email, notBefore }).pipe(reading("registration.newestForUpdate", one)),
      removeOfEmail: (email) => removeOfEmail({ email }),
      purge: purgeRows
    })
  })
)
