import { Schema } from "effect"
import { type Expression, expressionBuilder, type RawBuilder, sql } from "kysely"
import { MembershipId, TenantId } from "../kernel/ids.ts"
import { Permission, RoleNames } from "../kernel/Permission.ts"
import type { Through } from "../tenants/Access.ts"
import { TenantState } from "../tenants/Tenant.ts"
import { type DialectKind, instant } from "./dialect.ts"
import { json } from "./stored.ts"
import type { Tables } from "./tables.ts"

const valueOf = json(
  Schema.Tuple([
    TenantId,
    Schema.NullOr(TenantState),
    Schema.NullOr(Schema.Literals([0, 1])),
    Schema.NullOr(MembershipId),
    Schema.NullOr(Schema.String),
    Schema.NullOr(Schema.String),
    Schema.String,
    Schema.Int
  ])
)
export const rolesOf = json(RoleNames)
export const locationsOf = json(Schema.Array(TenantId))
export const refusedOf = json(Schema.Array(Permission))

/** Several values as one text, for a scalar sub-select: SQLite takes one of those much faster than a join. */
const jsonArray = (kind: DialectKind, values: ReadonlyArray<Expression<unknown>>): RawBuilder<string> =>
  kind === "postgres"
    ? sql<string>`cast(json_build_array(${sql.join(values)}) as text)`
    : sql<string>`json_array(${sql.join(values)})`

// without the plugins of a database, because those of the query around a sub-query see to it
const eb = expressionBuilder<Tables, never>()

/**
 * An account's place in the main tenant of a sub, as one value for a select: null where the tenant has no main. With `kept`, whoever changes or ends that
 * membership waits until the transaction ends, and so does who changes the main itself or suspends the account there: both lock the main's row. Nobody
 * waits for an account that has no place in the main.
 */
export const throughMain = (
  kind: DialectKind,
  of: { readonly tenantId: Expression<string | null>; readonly accountId: Expression<string | null> },
  kept?: "kept"
) =>
  eb
    .selectFrom("tenant_link as tl")
    .select((eb) => {
      const isKept = kept !== undefined && kind === "postgres"
      const place = eb
        .selectFrom("membership as mm")
        .where("mm.tenant_id", "=", eb.ref("tl.main_id"))
        .where("mm.account_id", "=", of.accountId)
      const placed = (column: "id" | "roles" | "locations") => {
        const value = place.select(`mm.${column} as value`)
        return isKept ? value.forShare() : value
      }
      const main = (column: "state" | "second_factor_required") => {
        const value = eb
          .selectFrom("tenant as mt")
          .select(`mt.${column} as value`)
          .where("mt.id", "=", eb.ref("tl.main_id"))
        return isKept ? value.where((eb) => eb.exists(place.select("mm.id"))).forShare() : value
      }
      return jsonArray(kind, [
        eb.ref("tl.main_id"),
        main("state"),
        main("second_factor_required"),
        placed("id"),
        placed("roles"),
        placed("locations"),
        eb.ref("tl.refused"),
        eb.ref("tl.linked_at")
      ]).as("through")
    })
    .where("tl.sub_id", "=", of.tenantId)
    .as("through")

/** Whether an account has a confirmed second factor, as one value for a select: 1, or null. */
export const hasSecondFactor = (accountId: Expression<string | null>) =>
  eb
    .selectFrom("second_factor as sf")
    .select(sql<number>`1`.as("confirmed"))
    .where("sf.account_id", "=", accountId)
    .where("sf.confirmed_at", "is not", null)
    .as("has_second_factor")

/** What `throughMain` answered. */
export const toThrough = (text: string | null): Through | null => {
  if (text === null) return null
  const [mainId, mainState, mainRequires, id, roles, locations, refused, linkedAt] = valueOf(text)
  return id === null || roles === null || mainState === null
    ? null
    : {
        mainId,
        mainState,
        mainRequiresSecondFactor: mainRequires === 1,
        linkedAt: instant(linkedAt),
        membership: { id, roles: rolesOf(roles), locations: locations === null ? null : locationsOf(locations) },
        refused: refusedOf(refused)
      }
}
