import { Effect, Layer } from "effect"
import type { AccountId, ConsentId } from "../kernel/ids.ts"
import type { Consent } from "../privacy/Consent.ts"
import { ConsentRepository } from "../privacy/ConsentRepository.ts"
import { Database } from "./Database.ts"
import { fromBoolean, instant, toBoolean } from "./dialect.ts"
import { queries } from "./query.ts"
import type { ConsentTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "account_id",
  "kind",
  "version",
  "text_hash",
  "locale",
  "channel",
  "given",
  "at"
] as const satisfies ReadonlyArray<keyof ConsentTable>

const toConsent = (row: ConsentTable): Consent => ({
  // only this repository writes these columns, from values of these types
  id: row.id as ConsentId,
  accountId: row.account_id as AccountId,
  kind: row.kind,
  version: row.version,
  textHash: row.text_hash,
  locale: row.locale,
  channel: row.channel,
  given: toBoolean(row.given),
  at: instant(row.at)
})

const toRow = (consent: Consent): ConsentTable => ({
  id: consent.id,
  account_id: consent.accountId,
  kind: consent.kind,
  version: consent.version,
  text_hash: consent.textHash,
  locale: consent.locale,
  channel: consent.channel,
  given: fromBoolean(consent.given),
  at: consent.at
})

export const layer: Layer.Layer<ConsentRepository, never, Database> = Layer.effect(
  ConsentRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const append = q.insert("consent.append", "consent", COLUMNS)
    const ofAccount = q.all("consent.ofAccount", (db, p: { readonly accountId: string }) =>
      db.selectFrom("consent").select(COLUMNS).where("account_id", "=", p.accountId).orderBy("at").orderBy("id")
    )

    return ConsentRepository.of({
      append: (consents) => append(consents.map(toRow)),
      ofAccount: (accountId) => Effect.map(ofAccount({ accountId }), (rows) => rows.map(toConsent))
    })
  })
)
