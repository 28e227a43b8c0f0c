export { Database, type DatabaseOptions } from "./Database.ts"
export { migrate } from "./migrate.ts"
export { type Migration, migrations } from "./migrations/index.ts"
export { type PgPoolLike, type PostgresOptions, postgresDialect } from "./postgres.ts"
export {
  fromNodeSqlite,
  type NodeSqliteLike,
  type SqliteDatabaseLike,
  type SqliteOptions,
  sqliteDialect
} from "./sqlite.ts"
export { inTransaction, layer as layerUnitOfWork } from "./UnitOfWork.ts"
