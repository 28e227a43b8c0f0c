import { PersistenceError, type Reason } from "../kernel/PersistenceError.ts"

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const POSTGRES: Readonly<Record<string, Reason>> = {
  "23505": "duplicate",
  "23P01": "duplicate",
  "40001": "serialization",
  "40P01": "serialization",
  // "cached plan must not change result type": a migration changed the table; the transaction is gone, the next one is planned anew
  "0A000": "serialization",
  "55P03": "busy",
  "57014": "busy",
  "53100": "full",
  "53200": "full",
  "53300": "busy",
  // idle in a transaction for too long, a transaction that takes too long, idle for too long: the server ends the connection
  "25P03": "connection",
  "25P04": "connection",
  "57P05": "connection",
  "57P01": "connection",
  "57P02": "connection",
  "57P03": "connection"
}

// https://www.sqlite.org/rescode.html: the low byte of an extended code is its primary code
const SQLITE: Readonly<Record<number, Reason>> = {
  5: "busy",
  6: "busy",
  10: "connection",
  11: "corrupt",
  13: "full",
  14: "connection",
  26: "corrupt"
}
const SQLITE_UNIQUE: ReadonlySet<number> = new Set([2067, 1555, 2579])

const SQLITE_NAMES: ReadonlyArray<readonly [prefix: string, Reason]> = [
  ["SQLITE_CONSTRAINT_UNIQUE", "duplicate"],
  ["SQLITE_CONSTRAINT_PRIMARYKEY", "duplicate"],
  ["SQLITE_CONSTRAINT_ROWID", "duplicate"],
  ["SQLITE_BUSY", "busy"],
  ["SQLITE_LOCKED", "busy"],
  ["SQLITE_IOERR", "connection"],
  ["SQLITE_CORRUPT", "corrupt"],
  ["SQLITE_NOTADB", "corrupt"],
  ["SQLITE_FULL", "full"],
  ["SQLITE_CANTOPEN", "connection"]
]

const NETWORK: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH"
])

// pg answers these without a code
const CONNECTION_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Cannot use a pool after calling end|Postgres connection has been discarded|Client was closed)/

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** Why a driver refused: better-sqlite3 (`code`), node:sqlite (`errcode`), pg (`code` is an SQLSTATE) or the network. */
export const reasonOf = (cause: unknown): Reason => {
  if (!isObject(cause)) return "other"
  if ("errcode" in cause && typeof cause.errcode === "number") {
    return SQLITE_UNIQUE.has(cause.errcode) ? "duplicate" : (SQLITE[cause.errcode & 0xff] ?? "other")
  }
  if ("code" in cause && typeof cause.code === "string") {
    const code = cause.code
    if (code.startsWith("SQLITE_")) return SQLITE_NAMES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "other"
    if (NETWORK.has(code) || /^08\w{3}$/.test(code)) return "connection"
    const known = POSTGRES[code]
    if (known !== undefined) return known
  }
  if ("message" in cause && typeof cause.message === "string" && CONNECTION_MESSAGE.test(cause.message))
    return "connection"
  return "other"
}

/** The error that a port answers for a value thrown by a driver. */
export const persistenceError = (operation: string, cause: unknown): PersistenceError =>
  new PersistenceError({ operation, reason: reasonOf(cause), cause })
