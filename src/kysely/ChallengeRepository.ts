import { Effect, Layer, Option } from "effect"
import type { Challenge } from "../accounts/Challenge.ts"
import { ChallengeRepository } from "../accounts/ChallengeRepository.ts"
import { FirstFactor } from "../accounts/Session.ts"
import type { AccountId, ChallengeId } from "../kernel/ids.ts"
import { Database } from "./Database.ts"
import { fromBoolean, instant, toBoolean } from "./dialect.ts"
import { purge } from "./purge.ts"
import { queries } from "./query.ts"
import { reading, word } from "./stored.ts"
import type { ChallengeTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "account_id",
  "credential_epoch",
  "method",
  "stay_signed_in",
  "device",
  "created_at",
  "expires_at",
  "attempts"
] as const satisfies ReadonlyArray<keyof ChallengeTable>

const methodOf = word(FirstFactor.literals)

const toChallenge = (row: Pick<ChallengeTable, (typeof COLUMNS)[number]>): Challenge => ({
  // only this repository writes the table, from values of these types
  id: row.id as ChallengeId,
  accountId: row.account_id as AccountId,
  credentialEpoch: row.credential_epoch,
  method: methodOf(row.method),
  staySignedIn: toBoolean(row.stay_signed_in),
  device: row.device,
  createdAt: instant(row.created_at),
  expiresAt: instant(row.expires_at),
  attempts: row.attempts
})

const toRow = (challenge: Challenge, tokenHash: string): ChallengeTable => ({
  id: challenge.id,
  account_id: challenge.accountId,
  token_hash: tokenHash,
  credential_epoch: challenge.credentialEpoch,
  method: challenge.method,
  stay_signed_in: fromBoolean(challenge.staySignedIn),
  device: challenge.device,
  created_at: challenge.createdAt,
  expires_at: challenge.expiresAt,
  attempts: challenge.attempts
})

export const layer: Layer.Layer<ChallengeRepository, never, Database> = Layer.effect(
  ChallengeRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const insert = q.insert("challenge.insert", "challenge", [...COLUMNS, "token_hash"])
    const find = q.first("challenge.find", (db, p: { readonly hash: string }) =>
      db.selectFrom("challenge").select(COLUMNS).where("token_hash", "=", p.hash)
    )
    const attempt = q.changed(
      "challenge.attempt",
      (db, p: { readonly id: string; readonly max: number; readonly now: number }) =>
        db
          .updateTable("challenge")
          .set((eb) => ({ attempts: eb("attempts", "+", 1) }))
          .where("id", "=", p.id)
          .where("attempts", "<", p.max)
          .where("expires_at", ">", p.now)
    )
    const complete = q.changed("challenge.complete", (db, p: { readonly id: string }) =>
      db.deleteFrom("challenge").where("id", "=", p.id)
    )
    const purgeRows = purge(database, { table: "challenge", key: ["id"], by: "expires_at", inclusive: true })
    const one = Effect.map((count: number) => count === 1)

    return ChallengeRepository.of({
      insert: (challenge, tokenHash) => insert([toRow(challenge, tokenHash)]),
      find: (hash) =>
        find({ hash }).pipe(reading("challenge.find", (row) => Option.map(Option.fromUndefinedOr(row), toChallenge))),
      attempt: (id, max, now) => one(attempt({ id, max, now })),
      complete: (id) => one(complete({ id })),
      purge: purgeRows
    })
  })
)
