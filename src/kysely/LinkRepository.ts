import { Effect, Layer, Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { TenantId } from "../kernel/ids.ts"
import { type Link, LinkRepository } from "../kernel/Links.ts"
import { Database } from "./Database.ts"
import { instant, instantOrNull, isOneOf, type TextList, textList } from "./dialect.ts"
import { purge } from "./purge.ts"
import { queries } from "./query.ts"
import type { LinkTable, Tables } from "./tables.ts"

const COLUMNS = [
  "hash",
  "purpose",
  "subject",
  "tenant_id",
  "email",
  "credential_epoch",
  "issued_at",
  "expires_at",
  "used_at",
  "voided_at"
] as const

const toLink = (row: Pick<LinkTable, (typeof COLUMNS)[number]>): Link => ({
  hash: row.hash,
  purpose: row.purpose,
  subject: row.subject,
  // only this repository writes the table, from values of these types
  tenantId: row.tenant_id as TenantId | null,
  email: row.email as EmailAddress,
  credentialEpoch: row.credential_epoch,
  issuedAt: instant(row.issued_at),
  expiresAt: instant(row.expires_at),
  usedAt: instantOrNull(row.used_at),
  voidedAt: instantOrNull(row.voided_at)
})

const toRow = (link: Link): LinkTable => ({
  hash: link.hash,
  purpose: link.purpose,
  subject: link.subject,
  tenant_id: link.tenantId,
  email: link.email,
  credential_epoch: link.credentialEpoch,
  issued_at: link.issuedAt,
  expires_at: link.expiresAt,
  used_at: link.usedAt,
  voided_at: link.voidedAt
})

export const layer: Layer.Layer<LinkRepository, never, Database> = Layer.effect(
  LinkRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const insert = q.insert("link.insert", "link", COLUMNS)
    const voidOpen = q.changed(
      "link.voidOpen",
      (db, p: { readonly purpose: string; readonly subject: string; readonly at: number }) =>
        db
          .updateTable("link")
          .set({ voided_at: p.at })
          .where("subject", "=", p.subject)
          .where("purpose", "=", p.purpose)
          .where("used_at", "is", null)
          .where("voided_at", "is", null)
    )
    const voidOpenOf = q.changed(
      "link.voidOpenOf",
      (db, p: { readonly purpose: string; readonly subjects: TextList; readonly at: number }) =>
        db
          .updateTable("link")
          .set({ voided_at: p.at })
          .where((eb) => isOneOf(database.kind, eb.ref("subject"), p.subjects))
          .where("purpose", "=", p.purpose)
          .where("used_at", "is", null)
          .where("voided_at", "is", null)
    )
    const voidOfTenant = q.changed("link.voidOfTenant", (db, p: { readonly tenantId: string; readonly at: number }) =>
      db
        .updateTable("link")
        .set({ voided_at: p.at })
        .where("tenant_id", "=", p.tenantId)
        .where("used_at", "is", null)
        .where("voided_at", "is", null)
    )
    const find = q.first("link.find", (db, p: { readonly purpose: string; readonly hash: string }) =>
      db.selectFrom("link").select(COLUMNS).where("hash", "=", p.hash).where("purpose", "=", p.purpose)
    )
    const openOf = q.first("link.openOf", (db, p: { readonly purpose: string; readonly subject: string }) =>
      db
        .selectFrom("link")
        .select(COLUMNS)
        .where("subject", "=", p.subject)
        .where("purpose", "=", p.purpose)
        .where("used_at", "is", null)
        .where("voided_at", "is", null)
        .orderBy("issued_at", "desc")
        .orderBy("hash")
        .limit(1)
    )
    const redeem = q.exactlyOne(
      "link.redeem",
      (db, p: { readonly purpose: string; readonly hash: string; readonly at: number }) =>
        db
          .updateTable("link")
          .set({ used_at: p.at })
          .where("hash", "=", p.hash)
          .where("purpose", "=", p.purpose)
          .where("used_at", "is", null)
          .where("voided_at", "is", null)
          .where("expires_at", ">", p.at)
    )
    const purgeRows = purge(database, { table: "link", key: ["hash"], by: "expires_at", inclusive: false })

    return LinkRepository.of({
      insert: (link) => insert([toRow(link)]),
      insertAll: (links) => insert(links.map(toRow)),
      voidOpen: (purpose, subject, at) => voidOpen({ purpose, subject, at }),
      voidOpenOf: (purpose, subjects, at) =>
        subjects.length === 0 ? Effect.succeed(0) : voidOpenOf({ purpose, subjects: textList(subjects), at }),
      voidOfTenant: (tenantId, at) => voidOfTenant({ tenantId, at }),
      find: (purpose, hash) =>
        Effect.map(find({ purpose, hash }), (row) => Option.map(Option.fromUndefinedOr(row), toLink)),
      openOf: (purpose, subject) =>
        Effect.map(openOf({ purpose, subject }), (row) => Option.map(Option.fromUndefinedOr(row), toLink)),
      redeem: (purpose, hash, at) => redeem({ purpose, hash, at }),
      purge: purgeRows
    })
  })
)
