import { Effect, Layer } from "effect"
import { type FactorFacts, SecondFactorRepository } from "../accounts/SecondFactorRepository.ts"
import { Database } from "./Database.ts"
import { instant, integer } from "./dialect.ts"
import { queries } from "./query.ts"
import type { Tables } from "./tables.ts"

const NONE: FactorFacts = { confirmed: null, pending: null, recoveryCodes: 0 }

export const layer: Layer.Layer<SecondFactorRepository, never, Database> = Layer.effect(
  SecondFactorRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const find = q.first("secondFactor.find", (db, p: { readonly id: string }) =>
      db
        .selectFrom("second_factor")
        .select(["sealed_secret", "last_step", "confirmed_at", "pending_secret", "pending_epoch", "pending_at"])
        .select((eb) =>
          eb
            .selectFrom("recovery_code")
            .select((of) => of.fn.countAll<number>().as("count"))
            .whereRef("recovery_code.account_id", "=", "second_factor.account_id")
            .as("recovery_codes")
        )
        .where("second_factor.account_id", "=", p.id)
    )
    const savePending = q.changed(
      "secondFactor.savePending",
      (db, p: { readonly id: string; readonly secret: string; readonly epoch: number; readonly at: number }) =>
        db
          .insertInto("second_factor")
          .values({ account_id: p.id, pending_secret: p.secret, pending_epoch: p.epoch, pending_at: p.at })
          .onConflict((conflict) =>
            conflict.column("account_id").doUpdateSet((eb) => ({
              pending_secret: eb.ref("excluded.pending_secret"),
              pending_epoch: eb.ref("excluded.pending_epoch"),
              pending_at: eb.ref("excluded.pending_at")
            }))
          )
    )
    const confirm = q.changed(
      "secondFactor.confirm",
      (db, p: { readonly id: string; readonly secret: string; readonly step: number; readonly at: number }) =>
        db
          .insertInto("second_factor")
          .values({ account_id: p.id, sealed_secret: p.secret, last_step: p.step, confirmed_at: p.at })
          .onConflict((conflict) =>
            conflict.column("account_id").doUpdateSet((eb) => ({
              sealed_secret: eb.ref("excluded.sealed_secret"),
              last_step: eb.ref("excluded.last_step"),
              confirmed_at: eb.ref("excluded.confirmed_at"),
              pending_secret: null,
              pending_epoch: null,
              pending_at: null
            }))
          )
    )
    const acceptStep = q.changed("secondFactor.acceptStep", (db, p: { readonly id: string; readonly step: number }) =>
      db
        .updateTable("second_factor")
        .set({ last_step: p.step })
        .where("account_id", "=", p.id)
        .where("last_step", "<", p.step)
    )
    // the codes go with it, by their foreign key
    const remove = q.changed("secondFactor.remove", (db, p: { readonly id: string }) =>
      db.deleteFrom("second_factor").where("account_id", "=", p.id)
    )
    const removeCodes = q.changed("recoveryCode.remove", (db, p: { readonly id: string }) =>
      db.deleteFrom("recovery_code").where("account_id", "=", p.id)
    )
    const insertCodes = q.insert("recoveryCode.insert", "recovery_code", ["account_id", "hash"])
    const exchange = q.changed(
      "recoveryCode.exchange",
      (db, p: { readonly id: string; readonly used: string; readonly replacement: string }) =>
        db
          .updateTable("recovery_code")
          .set({ hash: p.replacement })
          .where("account_id", "=", p.id)
          .where("hash", "=", p.used)
    )

    return SecondFactorRepository.of({
      find: (id) =>
        Effect.map(find({ id }), (row): FactorFacts => {
          if (row === undefined) return NONE
          const { confirmed_at, last_step, pending_at, pending_epoch, pending_secret, sealed_secret } = row
          return {
            confirmed:
              sealed_secret === null || last_step === null || confirmed_at === null
                ? null
                : { sealedSecret: sealed_secret, lastStep: integer(last_step), confirmedAt: instant(confirmed_at) },
            pending:
              pending_secret === null || pending_epoch === null || pending_at === null
                ? null
                : { sealedSecret: pending_secret, credentialEpoch: pending_epoch, createdAt: instant(pending_at) },
            recoveryCodes: integer(row.recovery_codes ?? 0)
          }
        }),
      savePending: (id, { createdAt, credentialEpoch, sealedSecret }) =>
        Effect.asVoid(savePending({ id, secret: sealedSecret, epoch: credentialEpoch, at: createdAt })),
      confirm: (id, { confirmedAt, lastStep, sealedSecret }) =>
        Effect.asVoid(confirm({ id, secret: sealedSecret, step: lastStep, at: confirmedAt })),
      acceptStep: (id, step) => Effect.map(acceptStep({ id, step }), (count) => count === 1),
      remove: (id) => Effect.asVoid(remove({ id })),
      replaceRecoveryCodes: (id, hashes) =>
        Effect.andThen(removeCodes({ id }), insertCodes(hashes.map((hash) => ({ account_id: id, hash })))),
      exchangeRecoveryCode: (id, used, replacement) =>
        Effect.map(exchange({ id, used, replacement }), (count) => count === 1)
    })
  })
)
