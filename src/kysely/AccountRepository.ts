import { Effect, Layer, Option } from "effect"
import { type Kysely, sql } from "kysely"
import { type Account, AccountState, type Credentials, searchName } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, ShortNumber } from "../kernel/ids.ts"
import { Database } from "./Database.ts"
import { forUpdate, instant, instantOrNull, isOneOf, type TextList, textList, toBoolean } from "./dialect.ts"
import { queries } from "./query.ts"
import { reading, word } from "./stored.ts"
import type { AccountTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "number",
  "email",
  "first_name",
  "last_name",
  "locale",
  "company_name",
  "state",
  "credential_epoch",
  "created_at",
  "email_changed_at"
] as const satisfies ReadonlyArray<keyof AccountTable>

const stateOf = word(AccountState.literals)

const toAccount = (row: Pick<AccountTable, (typeof COLUMNS)[number]>): Account => ({
  // only this repository writes these columns, from values of these types
  id: row.id as AccountId,
  number: row.number as ShortNumber,
  email: row.email as EmailAddress,
  firstName: row.first_name,
  lastName: row.last_name,
  locale: row.locale,
  companyName: row.company_name,
  state: stateOf(row.state),
  credentialEpoch: row.credential_epoch,
  createdAt: instant(row.created_at),
  emailChangedAt: instantOrNull(row.email_changed_at)
})

const toRow = (account: Account, passwordHash: string | null): AccountTable => ({
  id: account.id,
  number: account.number,
  email: account.email,
  first_name: account.firstName,
  last_name: account.lastName,
  name_folded: searchName(account),
  locale: account.locale,
  company_name: account.companyName,
  state: account.state,
  credential_epoch: account.credentialEpoch,
  password_hash: passwordHash,
  created_at: account.createdAt,
  email_changed_at: account.emailChangedAt,
  moved_at: null
})

type CredentialsRow = Pick<AccountTable, (typeof COLUMNS)[number] | "password_hash"> & {
  readonly second_factor: number
}

const toCredentials = (row: CredentialsRow | undefined): Option.Option<Credentials> =>
  row === undefined
    ? Option.none()
    : Option.some({
        account: toAccount(row),
        passwordHash: row.password_hash,
        secondFactor: toBoolean(row.second_factor)
      })

export const layer: Layer.Layer<AccountRepository, never, Database> = Layer.effect(
  AccountRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const insert = q.insert("account.insert", "account", [...COLUMNS, "name_folded", "password_hash"])
    const find = q.first("account.find", (db, p: { readonly id: string }) =>
      db.selectFrom("account").select(COLUMNS).where("id", "=", p.id)
    )
    const findByNumber = q.first("account.findByNumber", (db, p: { readonly number: string }) =>
      db.selectFrom("account").select(COLUMNS).where("number", "=", p.number)
    )
    const findAllByEmail = q.all("account.findAllByEmail", (db, p: { readonly emails: TextList }) =>
      db
        .selectFrom("account")
        .select(COLUMNS)
        .where((eb) => isOneOf(database.kind, eb.ref("email"), p.emails))
    )
    const credentials = (db: Kysely<Tables>) =>
      db
        .selectFrom("account")
        .select(COLUMNS)
        .select("password_hash")
        .select((eb) =>
          eb
            .case()
            .when(
              eb.exists(
                eb
                  .selectFrom("second_factor")
                  .select("second_factor.account_id")
                  .whereRef("second_factor.account_id", "=", "account.id")
                  .where("second_factor.confirmed_at", "is not", null)
              )
            )
            .then(sql.lit(1))
            .else(sql.lit(0))
            .end()
            .as("second_factor")
        )
    const byEmail = q.first("account.findByEmail", (db, p: { readonly email: string }) =>
      credentials(db).where("email", "=", p.email)
    )
    const byId = q.first("account.credentials", (db, p: { readonly id: string }) =>
      credentials(db).where("id", "=", p.id)
    )
    const lock = q.first("account.credentialsForUpdate", (db, p: { readonly id: string }) =>
      forUpdate(database.kind, credentials(db).where("id", "=", p.id))
    )
    const setPassword = q.exactlyOne(
      "account.setPassword",
      (db, p: { readonly id: string; readonly hash: string; readonly epoch: number }) =>
        db
          .updateTable("account")
          .set((eb) => ({ password_hash: p.hash, credential_epoch: eb("credential_epoch", "+", 1) }))
          .where("id", "=", p.id)
          .where("credential_epoch", "=", p.epoch)
    )
    const rehash = q.changed(
      "account.rehash",
      (db, p: { readonly id: string; readonly hash: string; readonly expected: string }) =>
        db
          .updateTable("account")
          .set({ password_hash: p.hash })
          .where("id", "=", p.id)
          .where("password_hash", "=", p.expected)
    )
    const bumpEpoch = q.exactlyOne("account.bumpEpoch", (db, p: { readonly id: string; readonly epoch: number }) =>
      db
        .updateTable("account")
        .set((eb) => ({ credential_epoch: eb("credential_epoch", "+", 1) }))
        .where("id", "=", p.id)
        .where("credential_epoch", "=", p.epoch)
    )

    const setState = q.exactlyOne(
      "account.setState",
      (db, p: { readonly id: string; readonly state: string; readonly epoch: number }) =>
        db
          .updateTable("account")
          .set((eb) => ({ state: p.state, credential_epoch: eb("credential_epoch", "+", 1) }))
          .where("id", "=", p.id)
          .where("credential_epoch", "=", p.epoch)
    )

    const setProfile = q.exactlyOne(
      "account.setProfile",
      (
        db,
        p: {
          readonly id: string
          readonly first: string
          readonly last: string
          readonly folded: string
          readonly locale: AccountTable["locale"]
        }
      ) =>
        db
          .updateTable("account")
          .set({ first_name: p.first, last_name: p.last, name_folded: p.folded, locale: p.locale })
          .where("id", "=", p.id)
    )
    const setEmail = q.exactlyOne(
      "account.setEmail",
      (db, p: { readonly id: string; readonly email: string; readonly at: number; readonly epoch: number }) =>
        db
          .updateTable("account")
          .set((eb) => ({
            email: p.email,
            email_changed_at: p.at,
            moved_at: p.at,
            credential_epoch: eb("credential_epoch", "+", 1)
          }))
          .where("id", "=", p.id)
          .where("credential_epoch", "=", p.epoch)
    )

    const moved = q.all("account.moved", (db, p: { readonly after: string; readonly limit: number }) =>
      db
        .selectFrom("account")
        .select("id")
        .where("moved_at", "is not", null)
        .where("id", ">", p.after)
        .orderBy("id")
        .limit(p.limit)
    )
    const followed = q.changed("account.followed", (db, p: { readonly id: string; readonly at: number }) =>
      db.updateTable("account").set({ moved_at: null }).where("id", "=", p.id).where("moved_at", "=", p.at)
    )

    return AccountRepository.of({
      insert: (account, passwordHash) => insert([toRow(account, passwordHash)]),
      find: (id) =>
        find({ id }).pipe(
          reading("account.find", (row) => (row === undefined ? Option.none() : Option.some(toAccount(row))))
        ),
      findByNumber: (number) =>
        findByNumber({ number }).pipe(
          reading("account.findByNumber", (row) => (row === undefined ? Option.none() : Option.some(toAccount(row))))
        ),
      findByEmail: (email) => byEmail({ email }).pipe(reading("account.findByEmail", toCredentials)),
      findAllByEmail: (emails) =>
        emails.length === 0
          ? Effect.succeed([])
          : findAllByEmail({ emails: textList(emails) }).pipe(
              reading("account.findAllByEmail", (rows) => rows.map(toAccount))
            ),
      credentials: (id) => byId({ id }).pipe(reading("account.credentials", toCredentials)),
      credentialsForUpdate: (id) => lock({ id }).pipe(reading("account.credentialsForUpdate", toCredentials)),
      setPassword: (id, hash, epoch) => setPassword({ id, hash, epoch }),
      rehash: (id, hash, expected) => Effect.asVoid(rehash({ id, hash, expected })),
      setState: (id, state, epoch) => setState({ id, state, epoch }),
      setProfile: (id, { firstName, lastName, locale }) =>
        setProfile({ id, first: firstName, last: lastName, folded: searchName({ firstName, lastName }), locale }),
      setEmail: (id, email, at, epoch) => setEmail({ id, email, at, epoch }),
      moved: (after, limit) =>
        // as above
        Effect.map(moved({ after: after ?? "", limit }), (rows) => rows.map(({ id }) => id as AccountId)),
      followed: (id, at) => Effect.asVoid(followed({ id, at })),
      bumpEpoch: (id, epoch) => bumpEpoch({ id, epoch })
    })
  })
)
