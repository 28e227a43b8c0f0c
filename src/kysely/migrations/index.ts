import type { Kysely } from "kysely"
import type { DatabaseShape } from "../Database.ts"
import { kernel } from "./0001_kernel.ts"
import { outbox } from "./0002_outbox.ts"
import { accounts } from "./0003_accounts.ts"
import { tenants } from "./0004_tenants.ts"
import { invitations } from "./0005_invitations.ts"
import { registrations } from "./0006_registrations.ts"

/**
 * One step of the schema, frozen once released: it names no type and no function that may change later. `db` has the prefix and the schema of
 * the database; names of tables, indexes and keys are written without.
 */
export interface Migration {
  /** Sorts after every earlier one: `0001_foundation`. */
  readonly name: string
  readonly up: (db: Kysely<unknown>, kind: DatabaseShape["kind"]) => Promise<void>
}

/** Every step since the first release, in order. */
export const migrations: ReadonlyArray<Migration> = [kernel, outbox, accounts, tenants, invitations, registrations]
