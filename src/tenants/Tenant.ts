import { Schema } from "effect"
import { ShortNumber, TenantId } from "../kernel/ids.ts"
import { Instant } from "../kernel/Instant.ts"

export const TenantState = Schema.Literals(["in-setup", "active", "suspended", "closed"])
export type TenantState = typeof TenantState.Type

/**
 * One customer's area. It is the root of its memberships and invitations: every command that changes one of these sets locks this row first and
 * counts its version up, and the counts below are kept in it, so that the rules on owners and seats need no counting query (STO-03).
 */
export class Tenant extends Schema.Opaque<Tenant>()(
  Schema.Struct({
    id: TenantId,
    /** For people to read out; opens nothing (G-07). */
    number: ShortNumber,
    name: Schema.String,
    /** As it is written on invoices; two are the same when their normal forms are (G-10). */
    customerNumber: Schema.String,
    postalCode: Schema.String,
    /** ISO 3166-1 alpha-2. */
    country: Schema.String,
    street: Schema.String,
    city: Schema.String,
    state: TenantState,
    /** How many members the tenant may have; null for no limit (INV-14). */
    seats: Schema.NullOr(Schema.Int),
    memberCount: Schema.Int,
    /** Active accounts among the owners; an active tenant never has 0 (TEN-04). */
    ownerCount: Schema.Int,
    version: Schema.Int,
    createdAt: Instant
  })
) {}
