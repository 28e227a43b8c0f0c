import { Effect, Layer, Option } from "effect"
import type { SelectQueryBuilder } from "kysely"
import { AccountState } from "../accounts/Account.ts"
import { highestRank, type StaffMember, StaffRoles } from "../accounts/StaffMember.ts"
import { type StaffPerson, StaffRepository } from "../accounts/StaffRepository.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId } from "../kernel/ids.ts"
import { Database } from "./Database.ts"
import { byBytes, type DialectKind, forUpdate, instant, isOneOf, type TextList, textList } from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import type { AccountTable, StaffMemberTable, Tables } from "./tables.ts"

const rolesOf = json(StaffRoles)
const accountStateOf = word(AccountState.literals)

const COLUMNS = ["staff_member.account_id", "staff_member.roles", "staff_member.since"] as const
type Row = Pick<StaffMemberTable, "account_id" | "roles" | "since">

/** Ids and addresses are what the repositories have written, which is why their brands hold. */
const toMember = (row: Row): StaffMember => ({
  accountId: row.account_id as AccountId,
  roles: rolesOf(row.roles),
  since: instant(row.since)
})

const toPerson = (row: Row & Pick<AccountTable, "state" | "email" | "first_name" | "last_name">): StaffPerson => ({
  member: toMember(row),
  accountState: accountStateOf(row.state),
  email: row.email as EmailAddress,
  firstName: row.first_name,
  lastName: row.last_name
})

/** Keeps the rows that a query reads as they are until the unit of work ends; others may do the same. On SQLite the unit is the only writer. */
const forShare = <DB, TB extends keyof DB, O>(kind: DialectKind, query: SelectQueryBuilder<DB, TB, O>) =>
  kind === "postgres" ? query.forShare() : query

const one = (row: Row | undefined): Option.Option<StaffMember> =>
  row === undefined ? Option.none() : Option.some(toMember(row))

export const layer: Layer.Layer<StaffRepository, never, Database> = Layer.effect(
  StaffRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    interface Of {
      readonly accountId: string
    }
    const find = q.first("staff.find", (db, p: Of) =>
      db.selectFrom("staff_member").select(COLUMNS).where("account_id", "=", p.accountId)
    )
    const lock = q.first("staff.findForUpdate", (db, p: Of) =>
      forUpdate(kind, db.selectFrom("staff_member").select(COLUMNS).where("account_id", "=", p.accountId))
    )
    const hold = q.all("staff.hold", (db, p: { readonly accountIds: TextList; readonly now: number }) =>
      db
        // the principals' rows alone would not do: who is operator by configuration has none
        .with(
          (cte) => cte("standing").materialized(),
          (db) =>
            forShare(
              kind,
              db
                .selectFrom("deputy")
                .select("deputy.principal_id")
                .where("deputy.tenant_id", "is", null)
                .where("deputy.from_at", "<=", p.now)
                .where("deputy.until_at", ">", p.now)
                .where((own) => isOneOf(kind, own.ref("deputy.deputy_id"), p.accountIds))
                // one order for everybody, so that nobody waits in a circle
                .orderBy((eb) => byBytes(kind, eb.ref("deputy.id")))
            )
        )
        .with(
          (cte) => cte("held").materialized(),
          (db) =>
            forShare(
              kind,
              db
                .selectFrom("staff_member")
                .select("staff_member.account_id")
                .where((eb) =>
                  eb.or([
                    isOneOf(kind, eb.ref("staff_member.account_id"), p.accountIds),
                    eb("staff_member.account_id", "in", eb.selectFrom("standing").select("standing.principal_id"))
                  ])
                )
                .orderBy((eb) => byBytes(kind, eb.ref("staff_member.account_id")))
            )
        )
        // PostgreSQL reads of these no more than is asked for, and counting asks for all
        .selectNoFrom((eb) => [
          eb.selectFrom("standing").select(eb.fn.countAll<number>().as("count")).as("standing"),
          eb.selectFrom("held").select(eb.fn.countAll<number>().as("count")).as("held")
        ])
    )
    const save = q.changed("staff.save", (db, p: StaffMemberTable) =>
      db
        .insertInto("staff_member")
        .values({ account_id: p.account_id, roles: p.roles, rank: p.rank, since: p.since })
        .onConflict((conflict) => conflict.column("account_id").doUpdateSet({ roles: p.roles, rank: p.rank }))
    )
    const remove = q.changed("staff.remove", (db, p: Of) =>
      db.deleteFrom("staff_member").where("account_id", "=", p.accountId)
    )
    const list = (goesOn: boolean) =>
      q.all("staff.list", (db, p: { readonly since: number; readonly accountId: string; readonly limit: number }) => {
        let query = db
          .selectFrom("staff_member")
          .innerJoin("account", "account.id", "staff_member.account_id")
          .select(COLUMNS)
          .select(["account.state", "account.email", "account.first_name", "account.last_name"])
        if (goesOn) {
          query = query.where((eb) =>
            eb.or([
              eb("staff_member.since", ">", p.since),
              eb.and([
                eb("staff_member.since", "=", p.since),
                eb(byBytes(kind, eb.ref("staff_member.account_id")), ">", p.accountId)
              ])
            ])
          )
        }
        return query
          .orderBy("staff_member.since")
          .orderBy((eb) => byBytes(kind, eb.ref("staff_member.account_id")))
          .limit(p.limit)
      })
    const lists = { first: list(false), next: list(true) }

    return StaffRepository.of({
      find: (accountId) => reading("staff.find", one)(find({ accountId })),
      findForUpdate: (accountId) => reading("staff.findForUpdate", one)(lock({ accountId })),
      hold: (accountIds, now) => Effect.asVoid(hold({ accountIds: textList(accountIds), now })),
      save: ({ accountId, roles, since }) =>
        Effect.asVoid(save({ account_id: accountId, roles: JSON.stringify(roles), rank: highestRank(roles), since })),
      remove: (accountId) => Effect.map(remove({ accountId }), (count) => count === 1),
      list: ({ after, limit }) => {
        const [since, accountId] = Option.getOrElse(after, () => [0, ""] as const)
        return reading("staff.list", (rows: ReadonlyArray<Parameters<typeof toPerson>[0]>) => rows.map(toPerson))(
          lists[Option.isSome(after) ? "next" : "first"]({ since, accountId, limit: limit + 1 })
        )
      }
    })
  })
)
