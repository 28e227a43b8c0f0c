import type { Kysely, RawBuilder } from "kysely"
import type { DatabaseShape } from "../Database.ts"

/**
 * One step of the schema, frozen once released: it names no type and no function that may change later. `db` has the prefix and the schema of
 * the database; names of tables, indexes and keys are written without. In SQL that is written by hand, `name` gives a name both.
 */
export interface Migration {
  /** Sorts after every earlier one: `0001_foundation`. */
  readonly name: string
  readonly up: (
    db: Kysely<unknown>,
    kind: DatabaseShape["kind"],
    name: (name: string) => RawBuilder<unknown>
  ) => Promise<void>
}
