import { Effect, Layer, Option } from "effect"
import type { Account, Credentials } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId } from "../kernel/ids.ts"
import { factors } from "./SecondFactorRepository.ts"
import { type State, Store, table } from "./Store.ts"

export interface StoredAccount {
  readonly account: Account
  readonly passwordHash: string | null
  /** Since when something may have the former address still; null once all has followed. */
  readonly movedAt: Instant | null
}

export const accounts = table<StoredAccount>()({
  name: "account",
  key: ({ account }) => account.id,
  unique: { number: ({ account }) => account.number, email: ({ account }) => account.email }
})

const credentialsOf =
  (state: State) =>
  ({ account, passwordHash }: StoredAccount): Credentials => ({
    account,
    passwordHash,
    secondFactor: Option.exists(factors.get(state, account.id), ({ confirmed }) => confirmed !== null)
  })

export const layer: Layer.Layer<AccountRepository, never, Store> = Layer.effect(
  AccountRepository,
  Effect.map(Store, (store) => {
    const credentials = (operation: string) => (id: AccountId) =>
      store.read(operation, (state) => Option.map(accounts.get(state, id), credentialsOf(state)))
    const nextEpoch = (account: Account): Account => ({ ...account, credentialEpoch: account.credentialEpoch + 1 })

    return AccountRepository.of({
      insert: (account, passwordHash) =>
        store.write("account.insert", (write) => accounts.insert(write, { account, passwordHash, movedAt: null })),
      find: (id) =>
        store.read("account.find", (state) => Option.map(accounts.get(state, id), ({ account }) => account)),
      findByNumber: (number) =>
        store.read("account.findByNumber", (state) =>
          Option.map(accounts.find(state, "number", number), ({ account }) => account)
        ),
      findByEmail: (email) =>
        store.read("account.findByEmail", (state) =>
          Option.map(accounts.find(state, "email", email), credentialsOf(state))
        ),
      findAllByEmail: (emails) =>
        store.read("account.findAllByEmail", (state) =>
          [...new Set(emails)].flatMap((email) =>
            Option.toArray(Option.map(accounts.find(state, "email", email), ({ account }) => account))
          )
        ),
      credentials: credentials("account.credentials"),
      credentialsForUpdate: credentials("account.credentialsForUpdate"),
      setPassword: (id, passwordHash, expectedEpoch) =>
        store.write("account.setPassword", (write) =>
          accounts.update(
            write,
            id,
            ({ account }) => account.credentialEpoch === expectedEpoch,
            (stored) => ({ ...stored, account: nextEpoch(stored.account), passwordHash })
          )
        ),
      rehash: (id, passwordHash, expectedHash) =>
        store.write("account.rehash", (write) => {
          accounts.updateAll(
            write,
            (stored) => stored.account.id === id && stored.passwordHash === expectedHash,
            (stored) => ({ ...stored, passwordHash })
          )
        }),
      setState: (id, state, expectedEpoch) =>
        store.write("account.setState", (write) =>
          accounts.update(
            write,
            id,
            ({ account }) => account.credentialEpoch === expectedEpoch,
            (stored) => ({ ...stored, account: { ...nextEpoch(stored.account), state } })
          )
        ),
      setProfile: (id, { firstName, lastName, locale }) =>
        store.write("account.setProfile", (write) =>
          accounts.update(
            write,
            id,
            () => true,
            (stored) => ({ ...stored, account: { ...stored.account, firstName, lastName, locale } })
          )
        ),
      setEmail: (id, email, at, expectedEpoch) =>
        store.write("account.setEmail", (write) =>
          accounts.update(
            write,
            id,
            ({ account }) => account.credentialEpoch === expectedEpoch,
            (stored) => ({
              ...stored,
              account: { ...nextEpoch(stored.account), email, emailChangedAt: at },
              movedAt: at
            })
          )
        ),
      moved: (after, limit) =>
        store.read("account.moved", (state) =>
          accounts
            .filter(state, ({ account, movedAt }) => movedAt !== null && (after === null || account.id > after))
            .map(({ account }) => account.id)
            .sort()
            .slice(0, limit)
        ),
      followed: (id, at) =>
        store.write("account.followed", (write) => {
          accounts.updateAll(
            write,
            (stored) => stored.account.id === id && stored.movedAt === at,
            (stored) => ({ ...stored, movedAt: null })
          )
        }),
      bumpEpoch: (id, expectedEpoch) =>
        store.write("account.bumpEpoch", (write) =>
          accounts.update(
            write,
            id,
            ({ account }) => account.credentialEpoch === expectedEpoch,
            (stored) => ({ ...stored, account: nextEpoch(stored.account) })
          )
        )
    })
  })
)
