import { Hash } from "effect"
import { type Dialect, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely"

/** The part of a pool of `pg` that is used. */
export interface PgPoolLike {
  readonly connect: () => Promise<PgClientLike>
  readonly end: () => Promise<void>
  readonly options: object
  readonly on?: (event: "error", listener: (cause: Error) => void) => unknown
  readonly listenerCount?: (event: "error") => number
}

export interface PgClientLike {
  readonly query: (config: PgQueryConfig) => Promise<PgResult>
  readonly release: (destroy?: boolean) => void
  readonly getTypeParser?: (oid: number, format?: "text" | "binary") => (value: string) => unknown
  readonly processID?: number | null
  readonly on?: (event: "error", listener: (cause: Error) => void) => unknown
}

export interface PgQueryConfig {
  readonly text: string
  readonly values: Array<unknown>
  readonly name?: string
  readonly types: { readonly getTypeParser: (oid: number, format?: "text" | "binary") => (value: string) => unknown }
}

interface PgResult {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: Array<unknown>
}

export interface PostgresOptions {
  /**
   * Whether statements are prepared once for each connection, under names that begin with `portico_`; true unless told. Turn it off behind a pooler that
   * gives each transaction another connection and does not track prepared statements (PgBouncer before 1.21).
   */
  readonly prepared?: boolean
  /** How many texts get a name; 1000 unless told. Later ones are sent without. */
  readonly statements?: number
}

const INT8 = 20

const integer = (value: string): number => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new Error("an integer is larger than a number can hold")
  return number
}

let instances = 0

class Names {
  // Two instances on one pool meet each other's statements: their names must differ.
  readonly #instance = ++instances
  readonly #names = new Map<string, string>()
  readonly #limit: number
  #next = 1

  constructor(limit: number) {
    this.#limit = limit
  }

  of(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    if (this.#names.size >= this.#limit || !/^(select|insert|update|delete|with)\b/.test(text)) return undefined
    // the hash keeps apart what two copies of this module would name alike
    const name = `portico_${this.#instance}_${this.#next++}_${(Hash.string(text) >>> 0).toString(36)}`
    this.#names.set(text, name)
    return name
  }

  /** Every statement is prepared anew. */
  forget(): void {
    this.#names.clear()
  }
}

// "cached plan must not change result type": the table was altered since the statement was prepared
const isStale = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && "code" in cause && cause.code === "0A000"

const heard = new WeakSet<PgClientLike>()

const wrapClient = (client: PgClientLike, names: Names): PostgresPoolClient => {
  // A server that goes away between two statements of a unit is told here, and would end the process; the next statement fails of it anyway.
  // Once for each client, whatever the number of instances on its pool.
  if (!heard.has(client)) {
    heard.add(client)
    client.on?.("error", () => {})
  }
  // Integers of 64 bits as numbers, on these queries only: the parsers of `pg` are global, and the application's own queries keep them.
  const types = {
    getTypeParser: (oid: number, format?: "text" | "binary"): ((value: string) => unknown) =>
      oid === INT8 && format !== "binary" ? integer : (client.getTypeParser?.(oid, format) ?? ((value) => value))
  }
  const query = (text: string, parameters: ReadonlyArray<unknown>): Promise<PgResult> => {
    const name = names.of(text)
    const values = [...parameters]
    if (name === undefined) return client.query({ text, values, types })
    return client.query({ name, text, values, types }).catch((cause) => {
      if (isStale(cause)) names.forget()
      throw cause
    })
  }
  return {
    // Kysely reads the same three fields that PgResult has; cursors are not offered by this dialect
    query: query as unknown as PostgresPoolClient["query"],
    release: (destroy) => client.release(destroy),
    ...(typeof client.processID === "number" ? { processID: client.processID } : {})
  }
}

/**
 * Kysely's PostgreSQL dialect on a pool of `pg`: statements are kept prepared on each connection, and integers of 64 bits are answered as
 * numbers without changing the parsers of the process. The instance's `destroy` ends the pool.
 */
export const postgresDialect = (pool: PgPoolLike, options: PostgresOptions = {}): Dialect => {
  // The pool drops an idle client whose server has gone, and tells of it; without a listener that would end the process.
  if (pool.listenerCount?.("error") === 0) pool.on?.("error", () => {})
  const names = new Names(options.prepared === false ? 0 : (options.statements ?? 1000))
  const clients = new WeakMap<PgClientLike, PostgresPoolClient>()
  const wrapped: PostgresPool = {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      let known = clients.get(client)
      if (known === undefined) {
        known = wrapClient(client, names)
        clients.set(client, known)
      }
      return known
    }
  }
  return new PostgresDialect({ pool: wrapped })
}
