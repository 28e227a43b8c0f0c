import { mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import BetterSqlite3 from "better-sqlite3"
import { Context, Effect, Layer, Redacted } from "effect"
import { sql } from "kysely"
import { Pool } from "pg"
import * as Kysely from "portico/kysely"
import { InvalidSetting, PortalConfig } from "./config.ts"

/** SQLite in a file, or PostgreSQL: what the portal's configuration says. */
const connection = Layer.unwrap(
  Effect.gen(function* () {
    const { database } = yield* PortalConfig
    if (database.kind === "postgres") {
      const pool = new Pool({ connectionString: Redacted.value(database.url), max: 10 })
      return Kysely.Database.fromDialect(Kysely.postgresDialect(pool))
    }
    const { file } = database
    const sqlite = yield* Effect.tryPromise({
      try: async () => {
        // password hashes are for nobody else on this machine
        await mkdir(dirname(file), { recursive: true, mode: 0o700 })
        return new BetterSqlite3(file)
      },
      catch: (cause) => new InvalidSetting({ variable: "DATABASE_URL", reason: `${file} cannot be opened: ${cause}` })
    })
    return Kysely.Database.fromDialect(Kysely.sqliteDialect(sqlite))
  })
)

const migrated = Layer.effectDiscard(
  Effect.flatMap(Kysely.migrate(), (steps) =>
    steps.length === 0 ? Effect.void : Effect.logInfo(`The database was brought up to date: ${steps.join(", ")}`)
  )
)

/** Says whether the database answers, for `/health`. */
export class Health extends Context.Service<Health, { readonly check: Effect.Effect<boolean> }>()("example/Health") {
  static readonly layer: Layer.Layer<Health, never, Kysely.Database> = Layer.effect(
    Health,
    Effect.map(Kysely.Database, ({ kysely }) => ({
      check: Effect.tryPromise(() => sql`select 1`.execute(kysely)).pipe(
        Effect.timeout("2 seconds"),
        Effect.as(true),
        Effect.orElseSucceed(() => false)
      )
    }))
  )
}

/** The library's storage ports on a database that has all its tables. */
export const storage = Layer.merge(Kysely.layer, Health.layer).pipe(Layer.provide(migrated), Layer.provide(connection))
