import { Effect, Layer, Option } from "effect"
import { type ConfirmedFactor, type PendingFactor, SecondFactorRepository } from "../accounts/SecondFactorRepository.ts"
import type { AccountId } from "../kernel/ids.ts"
import { Store, table } from "./Store.ts"

interface StoredFactor {
  readonly accountId: AccountId
  readonly confirmed: ConfirmedFactor | null
  readonly pending: PendingFactor | null
  readonly recoveryCodes: ReadonlyArray<string>
}

export const factors = table<StoredFactor>()({ name: "secondFactor", key: (factor) => factor.accountId })

const none = (accountId: AccountId): StoredFactor => ({
  accountId,
  confirmed: null,
  pending: null,
  recoveryCodes: []
})

export const layer: Layer.Layer<SecondFactorRepository, never, Store> = Layer.effect(
  SecondFactorRepository,
  Effect.map(Store, (store) => {
    /** Changes a factor that passes the guard; answers whether there was one. */
    const guarded = (
      operation: string,
      accountId: AccountId,
      guard: (factor: StoredFactor) => boolean,
      change: (factor: StoredFactor) => StoredFactor
    ) =>
      store.write(
        operation,
        (write) => factors.updateAll(write, (factor) => factor.accountId === accountId && guard(factor), change) === 1
      )
    const put = (operation: string, accountId: AccountId, change: (factor: StoredFactor) => StoredFactor) =>
      store.write(operation, (write) =>
        factors.upsert(write, change(Option.getOrElse(factors.get(write.state, accountId), () => none(accountId))))
      )

    return SecondFactorRepository.of({
      find: (accountId) =>
        store.read("secondFactor.find", (state) => {
          const { confirmed, pending, recoveryCodes } = Option.getOrElse(factors.get(state, accountId), () =>
            none(accountId)
          )
          return { confirmed, pending, recoveryCodes: recoveryCodes.length }
        }),
      savePending: (accountId, pending) =>
        put("secondFactor.savePending", accountId, (factor) => ({ ...factor, pending })),
      confirm: (accountId, confirmed) =>
        put("secondFactor.confirm", accountId, (factor) => ({ ...factor, confirmed, pending: null })),
      acceptStep: (accountId, step) =>
        guarded(
          "secondFactor.acceptStep",
          accountId,
          ({ confirmed }) => confirmed !== null && confirmed.lastStep < step,
          ({ confirmed, ...factor }) => ({ ...factor, confirmed: confirmed && { ...confirmed, lastStep: step } })
        ),
      remove: (accountId) =>
        store.write("secondFactor.remove", (write) => {
          factors.removeAll(write, (factor) => factor.accountId === accountId)
        }),
      replaceRecoveryCodes: (accountId, hashes) =>
        store.write("recoveryCode.replace", (write) => {
          // the foreign key of a database
          if (Option.isNone(factors.get(write.state, accountId))) factors.refuse("other")
          factors.update(
            write,
            accountId,
            () => true,
            (factor) => ({ ...factor, recoveryCodes: hashes })
          )
        }),
      exchangeRecoveryCode: (accountId, used, replacement) =>
        guarded(
          "recoveryCode.exchange",
          accountId,
          (factor) => factor.recoveryCodes.includes(used),
          (factor) => ({
            ...factor,
            recoveryCodes: factor.recoveryCodes.map((hash) => (hash === used ? replacement : hash))
          })
        )
    })
  })
)
