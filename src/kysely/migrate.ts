import { Effect } from "effect"
import {
  type ColumnDefinitionNode,
  CompiledQuery,
  type CreateTableNode,
  DataTypeNode,
  type Kysely,
  type KyselyPlugin,
  OperationNodeTransformer,
  type QueryId,
  RawNode,
  sql
} from "kysely"
import { type MigrationResultSet, Migrator } from "kysely/migration"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { reasonOf } from "./classify.ts"
import { Database, type DatabaseShape } from "./Database.ts"
import { type Migration, migrations } from "./migrations/index.ts"

class BytewiseText extends OperationNodeTransformer {
  protected override transformColumnDefinition(node: ColumnDefinitionNode, queryId?: QueryId): ColumnDefinitionNode {
    const transformed = super.transformColumnDefinition(node, queryId)
    return DataTypeNode.is(node.dataType) && node.dataType.dataType === "text"
      ? { ...transformed, dataType: RawNode.createWithSql(`text collate "C"`) }
      : transformed
  }
}

/**
 * Lets PostgreSQL compare our text columns by bytes, as SQLite and the memory adapter do, whatever language the database was made for: the order of
 * lists, the cursors and their indexes are then the same everywhere.
 */
const bytewiseText: KyselyPlugin = {
  transformQuery: ({ node, queryId }) => new BytewiseText().transformNode(node, queryId),
  transformResult: ({ result }) => Promise.resolve(result)
}

class WithoutRowid extends OperationNodeTransformer {
  protected override transformCreateTable(node: CreateTableNode, queryId?: QueryId): CreateTableNode {
    const transformed = super.transformCreateTable(node, queryId)
    const end = RawNode.createWithSql("without rowid")
    return { ...transformed, endModifiers: [...(transformed.endModifiers ?? []), end] }
  }
}

/**
 * Lets SQLite keep the rows of our tables in the index of their primary key, which all of them have: one tree less to search, and one page less to
 * write, for each row.
 */
const withoutRowid: KyselyPlugin = {
  transformQuery: ({ node, queryId }) => new WithoutRowid().transformNode(node, queryId),
  transformResult: ({ result }) => Promise.resolve(result)
}

const stepDatabase = (database: DatabaseShape, kysely: Kysely<unknown>): Kysely<unknown> =>
  database.naming(kysely.withPlugin(database.kind === "postgres" ? bytewiseText : withoutRowid))

const nameIn =
  ({ schema, tablePrefix }: DatabaseShape) =>
  (name: string) =>
    schema === undefined ? sql.id(tablePrefix + name) : sql.id(schema, tablePrefix + name)

const migrator = (database: DatabaseShape, kysely: Kysely<unknown>, list: ReadonlyArray<Migration>): Migrator =>
  new Migrator({
    db: kysely,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          list.map(({ name, up }) => [
            name,
            { up: (db: Kysely<unknown>) => up(stepDatabase(database, db), database.kind, nameIn(database)) }
          ])
        )
    },
    // Never rename these: the released versions look for them.
    migrationTableName: `${database.tablePrefix}migration`,
    migrationLockTableName: `${database.tablePrefix}migration_lock`,
    ...(database.schema === undefined ? {} : { migrationTableSchema: database.schema })
  })

// Kysely locks SQLite's one connection of this process only and commits every step for itself. In a transaction that begins with the write lock
// of the file, other processes wait, and a step that fails leaves nothing.
const onSqlite = (database: DatabaseShape, list: ReadonlyArray<Migration>): Promise<MigrationResultSet> =>
  database.kysely.connection().execute(async (connection) => {
    const execute = (sql: string) => connection.executeQuery(CompiledQuery.raw(sql))
    await execute("begin immediate")
    try {
      const result = await migrator(database, connection, list).migrateToLatest()
      if (result.error !== undefined) throw result.error
      await execute("commit")
      return result
    } catch (cause) {
      // SQLite may have rolled back by itself; the first failure is what matters
      await execute("rollback").catch(() => undefined)
      throw cause
    }
  })

const onPostgres = (database: DatabaseShape, list: ReadonlyArray<Migration>): Promise<MigrationResultSet> =>
  migrator(database, database.kysely, list).migrateToLatest()

/**
 * Brings the tables to this version of the library and answers the names of the steps that were needed. It can be run at every start and by
 * several processes at once: one of them works while the others wait. All steps happen, or none (STO-05).
 */
export const migrate = (
  list: ReadonlyArray<Migration> = migrations
): Effect.Effect<ReadonlyArray<string>, PersistenceError, Database> =>
  Effect.flatMap(Database, (database) =>
    Effect.flatMap(
      Effect.tryPromise({
        try: () => (database.kind === "sqlite" ? onSqlite(database, list) : onPostgres(database, list)),
        catch: (cause) => new PersistenceError({ operation: "migrate", reason: reasonOf(cause), cause })
      }),
      ({ error, results }) =>
        error === undefined
          ? Effect.succeed((results ?? []).map((result) => result.migrationName))
          : Effect.fail(new PersistenceError({ operation: "migrate", reason: reasonOf(error), cause: error }))
    )
  )
