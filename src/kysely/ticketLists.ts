/**
 * Lists of tickets and searches in them. Whatever the number of tickets, a page is read newest first from lists that an index keeps in order, until it is
 * full; nothing is gathered first that grows with their number (TIC-16).
 *
 * A list is in the order of the last activity. A search is in that of the tickets' ids, which is the order of their making: the tickets of a word, a state,
 * a tenant or an account stand in that order in an index, which no later activity has to rewrite. It goes along the shortest of those lists and looks up the
 * rest for each ticket; which one is the shortest, `ticket.estimate` finds out in as many steps however long they are.
 */
import { Effect, Option } from "effect"
import { type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from "kysely"
import type { AccountId, TenantId } from "../kernel/ids.ts"
import { DEFAULT_LIMIT, MAX_LIMIT, type Window } from "../kernel/Page.ts"
import { TicketState } from "../tickets/Ticket.ts"
import type { placeOf, QueueFilter, TicketFilter, TicketKey } from "../tickets/TicketRepository.ts"
import type { Terms } from "../tickets/TicketSearch.ts"
import type { DatabaseShape } from "./Database.ts"
import { hasOneOf, isOneOf, type TextList, textList } from "./dialect.ts"
import { queries } from "./query.ts"
import type { Tables, TicketParticipantTable, TicketTable } from "./tables.ts"

type Place = ReturnType<typeof placeOf>

/** Where a search begins: with one of the lists that are in the order of ids, or with what few hits there are. */
type Driver =
  /** The tickets of each of so many words, which begin with the first that is sought. */
  | { readonly by: "word"; readonly words: number }
  /** The tickets of all words that begin with the first that is sought, at most so many, put in order. */
  | { readonly by: "beginning"; readonly most: number }
  /** The tickets themselves: all, or those that the list is of. */
  | { readonly by: "all" | "states" | "assignee" | "tenant" | "account" }

/** What a search looks for, and how. */
interface Sought {
  readonly words: number
  readonly number: boolean
  readonly requester: boolean
  readonly driver: Driver
}

/** Which tickets a list shows, and how they are found. Each shape is built and compiled once. */
interface Shape {
  readonly of: "account" | "tenant" | "staff"
  readonly places: ReadonlyArray<Place>
  /** Null where no state is asked for. */
  readonly states: ReadonlyArray<TicketState> | null
  readonly assignee: "any" | "nobody" | "one"
  readonly tenant: boolean
  readonly priorities: boolean
  readonly category: boolean
  readonly tag: boolean
  /** Null where nothing is sought. */
  readonly sought: Sought | null
  /** So many rows are read. */
  readonly rows: number
}

// Given as values: SQLite knows how many tickets are New, but not of whom, and would go through those of all others.
const STATES = {
  New: "New",
  Open: "Open",
  Waiting: "Waiting",
  OnHold: "OnHold",
  Resolved: "Resolved",
  Closed: "Closed"
}

/** What begins with a text is not less than that, and less than the other: words, names and addresses have no such character. */
interface Bounds {
  readonly number: string
  readonly prefix: string
  readonly prefixEnd: string
  /** `word0`, `word0End`, and so on, for what is sought; `exact0` and so on for the words with which the search begins. */
  readonly [word: `word${number}` | `word${number}End` | `exact${number}`]: string
}

interface Values extends Bounds, Readonly<Record<TicketState, string>> {
  readonly accountId: string
  readonly tenantId: string
  readonly assigneeId: string
  readonly priorities: TextList
  readonly category: string
  readonly tag: TextList
  readonly at: number
  readonly id: string
}

const endOf = (prefix: string): string => `${prefix}\u{10ffff}`

const boundsOf = (terms: Terms | null, words: ReadonlyArray<string>, exact: ReadonlyArray<string>): Bounds => ({
  number: terms?.number ?? "",
  prefix: terms?.prefix ?? "",
  prefixEnd: endOf(terms?.prefix ?? ""),
  ...Object.fromEntries([
    ...words.flatMap((word, index) => [
      [`word${index}`, word],
      [`word${index}End`, endOf(word)]
    ]),
    // no word is empty
    ...Array.from({ length: MOST_WORDS }, (_, index) => [`exact${index}`, exact[index] ?? ""])
  ])
})

/** The length of a list is told up to here; of those that are longer, the shorter one is that whose newest so many tickets go back the farthest. */
const COUNTED = 100
/** Words that begin alike and are at most so many are gone along each on its own. */
const MOST_WORDS = 8
/** As many lists as are built for those words. */
const WORDS = [0, 1, 2, 4, MOST_WORDS]
/**
 * Up to so many hits that are in no order are collected and put in order. Where there may be more, the tickets are gone through newest first until a page
 * is full, which is the sooner the more hits there are.
 */
const MOST_COLLECTED = 2000
/** Words that are frequent, each on its own, may stand together nowhere, so that of several words the hits of more are looked through. */
const MOST_OF_SEVERAL = 20_000
const mostOf = (words: number): number => (words === 1 ? MOST_COLLECTED : MOST_OF_SEVERAL)
/** PostgreSQL plans by the limit that it reads in the statement. Twice as many as were counted, for new ones may have come. */
const PORTIONS = [200, 2 * MOST_COLLECTED, 2 * MOST_OF_SEVERAL]
/** As above: one row more than a page. With the limit as a value, it would make a plan anew for every page, which takes longer than the page. */
const ROWS = [DEFAULT_LIMIT + 1, MAX_LIMIT + 1]

const atLeast = (steps: ReadonlyArray<number>, wanted: number): number => steps.find((step) => step >= wanted) ?? wanted

const all = TicketState.literals
// after every ticket there is
const FIRST = [Number.MAX_SAFE_INTEGER, ""] as const
const FIRST_FOUND = [Number.MAX_SAFE_INTEGER, endOf("")] as const

const REQUESTER = ["contact_email", "contact_folded"] as const

type Sub = ExpressionBuilder<Tables, never>
type Builder = ExpressionBuilder<Tables & { readonly p: TicketParticipantTable }, "ticket" | "p">

interface Hit {
  readonly id: string
  readonly at: number
}
type Rows = Expression<Hit>

/** How long a list is that a search could go along. */
interface Estimate {
  /** `words0`, `tenant` and so on; a list may be several lists of the index. */
  readonly list: string
  /** The word whose tickets those are. */
  readonly word: string | null
  readonly hits: number | string
  /** The id of the ticket at `COUNTED`. */
  readonly reach: string | null
  /** Of what is in no order, so that it is counted instead. */
  readonly counted: number | string | null
}

/** The shortest comes first: by the number of tickets where that is known, else by how far the newest go back. */
interface Length {
  readonly hits: number
  readonly reach: string
}
const isShorter = (a: Length, b: Length): number => a.hits - b.hits || (a.reach < b.reach ? -1 : 1)

/** Past the end of what is counted, each list is as long as any other. */
const MANY = MOST_COLLECTED + 1
const lengthOf = (rows: ReadonlyArray<Estimate>): Length => ({
  hits: rows.some(({ reach }) => reach !== null) ? MANY : rows.reduce((sum, { hits }) => sum + Number(hits), 0),
  reach: rows.reduce((newest, { reach }) => (reach !== null && reach > newest ? reach : newest), "")
})

/** A word that is sought, with the words that begin so, unless those are too many. */
interface SoughtWord extends Length {
  readonly word: string
  readonly exact: ReadonlyArray<string> | null
}
const soughtWord = (word: string, rows: ReadonlyArray<Estimate>, most: number): SoughtWord => {
  const counted = rows.find(({ counted }) => counted !== null)?.counted ?? null
  if (counted !== null) {
    const hits = Number(counted)
    return { word, exact: null, hits: hits < most ? hits : Number.POSITIVE_INFINITY, reach: "" }
  }
  const some = rows.filter(({ hits }) => Number(hits) > 0)
  return { word, exact: some.flatMap((row) => row.word ?? []), ...lengthOf(some) }
}

/** The lists of tickets: each answers one row more than the page, if there is one, with the ticket's columns and `tenant_name`. */
export const ticketLists = (database: DatabaseShape, columns: ReadonlyArray<`ticket.${keyof TicketTable}`>) => {
  const q = queries<Tables>(database)
  const { kind } = database

  /** A column by which nothing is to be looked up: SQLite takes the index of the list that the search goes along, and no other. */
  const plain = (name: string): RawBuilder<string> =>
    kind === "sqlite" ? sql`+${sql.ref(name)}` : sql.ref<string>(name)

  const isRequester = (
    eb: ExpressionBuilder<Tables, "ticket">,
    p: Bounds,
    column: "contact_email" | "contact_folded"
  ): Expression<SqlBool> => eb.and([eb(`ticket.${column}`, ">=", p.prefix), eb(`ticket.${column}`, "<", p.prefixEnd)])

  /** Where this reader may find a word. */
  const isVisible = (of: Shape["of"], word: "w" | "first"): RawBuilder<SqlBool> | null => {
    if (of === "staff") return null
    const after = of === "tenant" ? sql.lit(0) : sql.ref("p.reads_after")
    return sql`(${sql.ref(`${word}.in_subject`)} = 1 or ${sql.ref(`${word}.public_seq`)} > ${after})`
  }
  /** Whether the ticket has a word that begins so, where this reader may find it. It is looked up for each ticket, never gathered for all. */
  const hasWord = (
    eb: Sub,
    of: Shape["of"],
    ticketId: "ticket.id" | "first.ticket_id",
    p: Bounds,
    index: number
  ): RawBuilder<SqlBool> => {
    const found = eb
      .selectFrom("ticket_word as w")
      .select(sql.lit(1).as("found"))
      .where("w.ticket_id", "=", sql.ref<string>(ticketId))
      .where("w.word", ">=", p[`word${index}`] ?? "")
      .where("w.word", "<", p[`word${index}End`] ?? "")
      .limit(1)
    const visible = isVisible(of, "w")
    return sql<SqlBool>`${visible === null ? found : found.where(visible)} = 1`
  }
  const isListed = (eb: Builder, shape: Shape, p: Values): Array<Expression<SqlBool>> => [
    ...(shape.priorities ? [isOneOf(kind, eb.ref("ticket.priority"), p.priorities)] : []),
    ...(shape.category ? [eb("ticket.category", "=", p.category)] : []),
    ...(shape.tag ? [hasOneOf(kind, eb.ref("ticket.tags"), p.tag)] : [])
  ]

  // ---- lists ---------------------------------------------------------------------------------------------------------------------------

  const beforeCursor = (at: RawBuilder<number>, id: RawBuilder<string>, p: Values) =>
    sql<SqlBool>`${at} <= ${p.at} and (${at} < ${p.at} or ${id} < ${p.id})`

  /** One page of the tickets of one place and state, in the order of an index. */
  const pageOfAccount = (eb: Sub, shape: Shape, p: Values, place: Place, state: TicketState | null): Rows => {
    const at = sql.ref<number>("p.ticket_activity_at")
    const id = sql.ref<string>("p.ticket_id")
    const rows = eb
      .selectFrom("ticket_participant as p")
      .select([id.as("id"), at.as("at")])
      .where("p.account_id", "=", p.accountId)
      .where("p.removed_at", "is", null)
      .where("p.ticket_place", "=", place)
      .where(beforeCursor(at, id, p))
      .orderBy(at, "desc")
      .orderBy(id, "desc")
      .limit(sql.lit(shape.rows))
    return state === null ? rows : rows.where("p.ticket_state", "=", p[state])
  }
  const pageOfTickets = (eb: Sub, shape: Shape, p: Values, place: Place, state: TicketState | null): Rows => {
    const at = sql.ref<number>(shape.of === "staff" ? "ticket.staff_activity_at" : "ticket.activity_at")
    const id = sql.ref<string>("ticket.id")
    let rows = eb
      .selectFrom("ticket")
      .select([id.as("id"), at.as("at")])
      .where("ticket.place", "=", place)
      .where(beforeCursor(at, id, p))
      // only the ticket's own columns
      .where((eb) => eb.and(isListed(eb as unknown as Builder, shape, p)))
      .orderBy(at, "desc")
      .orderBy(id, "desc")
      .limit(sql.lit(shape.rows))
    if (state !== null) rows = rows.where("ticket.state", "=", p[state])
    if (shape.tenant) rows = rows.where("ticket.tenant_id", "=", p.tenantId)
    if (shape.assignee === "nobody") rows = rows.where("ticket.assignee_id", "is", null)
    if (shape.assignee === "one") rows = rows.where("ticket.assignee_id", "=", p.assigneeId)
    return rows
  }
  const pages = (eb: Sub, shape: Shape, p: Values): ReadonlyArray<Rows> => {
    const { of, places, states } = shape
    // spread over all states, the tickets of an agent or a tenant are in no order
    const each = states ?? (of === "staff" && (shape.assignee !== "any" || shape.tenant) ? all : [null])
    const page = of === "account" ? pageOfAccount : pageOfTickets
    return places.flatMap((place) => each.map((state) => page(eb, shape, p, place, state)))
  }

  // ---- searches ------------------------------------------------------------------------------------------------------------------------

  const idOf = { ticket: "ticket.id", first: "first.ticket_id", p: "p.ticket_id" } as const
  const found = (of: keyof typeof idOf) => {
    const id = sql.ref<string>(idOf[of])
    // a search looks at nothing but the id
    return { id, columns: [id.as("id"), sql.lit(0).as("at")] as const }
  }

  /** What else the reader asks of a ticket that is found, whichever list the search goes along. */
  const isWanted = (eb: Builder, shape: Shape, p: Values, driver: Driver["by"]): Expression<SqlBool> => {
    const { assignee, of, places, states, tenant } = shape
    const isAny = (column: string, values: ReadonlyArray<string>) =>
      sql<SqlBool>`${plain(column)} in (${sql.join(values)})`
    return eb.and([
      ...isListed(eb, shape, p),
      ...(["word", "beginning", "all"].includes(driver) ? [isAny("ticket.place", places)] : []),
      ...(states !== null && driver !== "states"
        ? [
            isAny(
              "ticket.state",
              states.map((state) => p[state])
            )
          ]
        : []),
      ...(tenant && driver !== "tenant" && of !== "account"
        ? [sql<SqlBool>`${plain("ticket.tenant_id")} = ${p.tenantId}`]
        : []),
      ...(assignee === "nobody" && driver !== "assignee" ? [sql<SqlBool>`${plain("ticket.assignee_id")} is null`] : []),
      ...(assignee === "one" && driver !== "assignee"
        ? [sql<SqlBool>`${plain("ticket.assignee_id")} = ${p.assigneeId}`]
        : [])
    ])
  }
  /** Whether a ticket that is gone through is what is sought. */
  const isFound = (eb: Builder, of: Shape["of"], p: Values, sought: Sought): Expression<SqlBool> =>
    eb.or([
      ...(sought.number ? [sql<SqlBool>`${plain("ticket.number")} = ${p.number}`] : []),
      // the builder knows one table more than that one asks for
      ...(sought.requester
        ? REQUESTER.map((column) => isRequester(eb as unknown as ExpressionBuilder<Tables, "ticket">, p, column))
        : []),
      eb.and(
        Array.from({ length: sought.words }, (_, index) => hasWord(eb as unknown as Sub, of, "ticket.id", p, index))
      )
    ])

  /** Tickets with exactly this word, and with one that begins as each of the others. */
  const alongWord = (eb: Sub, shape: Shape, p: Values, sought: Sought, index: number): Rows => {
    const { columns, id } = found("first")
    const visible = isVisible(shape.of, "first")
    const rows = eb
      .selectFrom("ticket_word as first")
      // on SQLite in this order
      .crossJoin("ticket")
      .select(columns)
      .where("first.word", "=", p[`exact${index}`] ?? "")
      .where(id, "<", p.id)
      .where((eb) =>
        eb.and(
          Array.from({ length: sought.words - 1 }, (_, other) =>
            // reads a table of its own
            hasWord(eb as unknown as Sub, shape.of, "first.ticket_id", p, other + 1)
          )
        )
      )
      .where("ticket.id", "=", id)
      .where((eb) => isWanted(eb as unknown as Builder, shape, p, "word"))
      .orderBy(id, "desc")
      .limit(sql.lit(shape.rows))
    return visible === null ? rows : rows.where(visible)
  }
  /** What there are few of, by number, by the requester and by the beginnings of words, collected and put in order. */
  const collected = (eb: Sub, shape: Shape, p: Values, sought: Sought): ReadonlyArray<Rows> => {
    const { driver } = sought
    const most = sql.lit(driver.by === "beginning" ? driver.most : 2 * MOST_COLLECTED)
    // Several words of a ticket may begin so. The limit within keeps SQLite from reading the tickets one after the other to have them distinct.
    const hits = (rows: Expression<unknown>) => sql`select distinct id from ${rows} as hit`
    const ticketIds = eb.selectFrom("ticket").select("ticket.id as id").limit(most)
    const byBeginning = () => {
      const visible = isVisible(shape.of, "first")
      const rows = eb
        .selectFrom("ticket_word as first")
        .select("first.ticket_id as id")
        .where("first.word", ">=", p.word0 ?? "")
        .where("first.word", "<", p.word0End ?? "")
        .where((eb) =>
          eb.and(
            Array.from({ length: sought.words - 1 }, (_, index) =>
              hasWord(eb as unknown as Sub, shape.of, "first.ticket_id", p, index + 1)
            )
          )
        )
        .limit(most)
      return visible === null ? rows : rows.where(visible)
    }
    const few = [
      ...(sought.number ? [hits(ticketIds.where("ticket.number", "=", p.number))] : []),
      ...(sought.requester ? REQUESTER.map((column) => hits(ticketIds.where((eb) => isRequester(eb, p, column)))) : []),
      ...(driver.by === "beginning" ? [hits(byBeginning())] : [])
    ]
    if (few.length === 0) return []
    const { columns, id } = found("ticket")
    return [
      eb
        .selectFrom(sql<{ readonly id: string }>`(${sql.join(few, sql` union `)})`.as("hit"))
        .crossJoin("ticket")
        .select(columns)
        .where("ticket.id", "=", sql.ref<string>("hit.id"))
        .where(id, "<", p.id)
        .where((eb) => isWanted(eb as unknown as Builder, shape, p, "beginning"))
        .orderBy(id, "desc")
        .limit(sql.lit(shape.rows))
    ]
  }
  /** An account's own tickets, none of them where what is sought is nowhere at all. */
  const alongAccount = (eb: Sub, shape: Shape, p: Values, sought: Sought, place: Place): Rows => {
    const { columns, id } = found("p")
    const one = sql.lit(1).as("one")
    const isThere = (rows: Expression<unknown>) => sql<SqlBool>`exists ${rows}`
    const words = Array.from({ length: sought.words }, (_, index) =>
      isThere(
        eb
          .selectFrom("ticket_word")
          .select(one)
          .where("word", ">=", p[`word${index}`] ?? "")
          .where("word", "<", p[`word${index}End`] ?? "")
      )
    )
    const others = [
      ...(sought.number ? [eb.selectFrom("ticket as t").select(one).where("t.number", "=", p.number)] : []),
      ...REQUESTER.map((column) =>
        eb
          .selectFrom("ticket as t")
          .select(one)
          .where(`t.${column}`, ">=", p.prefix)
          .where(`t.${column}`, "<", p.prefixEnd)
      )
    ].map(isThere)
    return eb
      .selectFrom("ticket_participant as p")
      .crossJoin("ticket")
      .select(columns)
      .where(sql<SqlBool>`(${sql.join(others, sql` or `)} or (${sql.join(words, sql` and `)}))`)
      .where("p.account_id", "=", p.accountId)
      .where("p.removed_at", "is", null)
      .where("p.ticket_place", "=", place)
      .where(id, "<", p.id)
      .where("ticket.id", "=", id)
      .where((eb) => isWanted(eb, shape, p, "account"))
      .where((eb) => isFound(eb, "account", p, sought))
      .orderBy(id, "desc")
      .limit(sql.lit(shape.rows))
  }
  /** Tickets of one of the lists that an index keeps in the order of ids. */
  const listed = (
    eb: Sub,
    by: "all" | "states" | "assignee" | "tenant",
    shape: Pick<Shape, "assignee">,
    p: Values,
    place: Place | null,
    state: TicketState | null
  ) => {
    let rows = eb.selectFrom("ticket").where("ticket.id", "<", p.id).orderBy("ticket.id", "desc")
    if (place !== null) rows = rows.where("ticket.place", "=", place)
    if (state !== null) rows = rows.where("ticket.state", "=", p[state])
    if (by === "tenant") rows = rows.where("ticket.tenant_id", "=", p.tenantId)
    if (by === "assignee") {
      rows =
        shape.assignee === "nobody"
          ? rows.where("ticket.assignee_id", "is", null)
          : rows.where("ticket.assignee_id", "=", p.assigneeId)
    }
    return rows
  }
  /** Those of a driver, with the name of the list. */
  const listsOf = (
    eb: Sub,
    by: "all" | "states" | "assignee" | "tenant",
    shape: Pick<Shape, "assignee" | "places" | "states">,
    p: Values
  ) =>
    by === "all"
      ? [listed(eb, by, shape, p, null, null)]
      : shape.places.flatMap((place) =>
          (by === "states" ? (shape.states ?? all) : [null]).map((state) => listed(eb, by, shape, p, place, state))
        )

  const searched = (eb: Sub, shape: Shape, p: Values, sought: Sought): ReadonlyArray<Rows> => {
    const { driver } = sought
    switch (driver.by) {
      case "account":
        return shape.places.map((place) => alongAccount(eb, shape, p, sought, place))
      case "word":
        return [
          ...collected(eb, shape, p, sought),
          ...Array.from({ length: driver.words }, (_, index) => alongWord(eb, shape, p, sought, index))
        ]
      case "beginning":
        return collected(eb, shape, p, sought)
      default:
        return listsOf(eb, driver.by, shape, p).map((rows) =>
          rows
            .select(found("ticket").columns)
            // as above
            .where((eb) => isWanted(eb as unknown as Builder, shape, p, driver.by))
            .where((eb) => isFound(eb as unknown as Builder, shape.of, p, sought))
            .limit(sql.lit(shape.rows))
        )
    }
  }

  const list = (shape: Shape) =>
    q.all("ticket.list", (db, p: Values) => {
      const { sought } = shape
      const page = (eb: Sub): RawBuilder<Hit> => {
        const streams = sought === null ? pages(eb, shape, p) : searched(eb, shape, p, sought)
        // a ticket may be found in several ways
        return sql`(${sql.join(
          streams.map((stream) => sql`select id, at from ${stream} as stream`),
          sought === null ? sql` union all ` : sql` union `
        )})`
      }
      return (
        db
          .selectFrom((eb) => page(eb).as("page"))
          // left, so that the page is read first and the tickets are looked up; each is there
          .leftJoin("ticket", "ticket.id", "page.id")
          .leftJoin("tenant", "tenant.id", "ticket.tenant_id")
          .select(columns)
          .select("tenant.name as tenant_name")
          .orderBy("page.at", "desc")
          .orderBy("page.id", "desc")
          .limit(sql.lit(shape.rows))
      )
    })

  // ---- estimates -----------------------------------------------------------------------------------------------------------------------

  interface Asked extends Pick<Shape, "assignee" | "places" | "states" | "tenant"> {
    readonly words: number
  }
  const estimate = (asked: Asked) =>
    q.all("ticket.estimate", (db, p: Values) => {
      const one = sql.lit(1).as("one")
      const counted = sql.lit(COUNTED)
      const count = (rows: Expression<unknown>) => sql`(select count(*) from ${rows} as hit)`
      const nothing = sql`cast(null as text)`
      const estimates = (eb: Sub): RawBuilder<Estimate> => {
        const word = sql.ref("kept.word")
        const [from, end] = [sql.ref("kept.prefix"), sql.ref("kept.prefix_end")]
        const words = eb
          .selectFrom("ticket_word")
          .orderBy("word")
          .limit(1)
          .select("word")
          .where("word", "<", sql<string>`${end}`)
        const tickets = eb
          .selectFrom("ticket_word as w")
          .where("w.word", "=", sql<string>`${word}`)
          .where("w.ticket_id", "<", p.id)
        const beginning = eb
          .selectFrom("ticket_word as w")
          .select(one)
          .where("w.word", ">=", sql<string>`${from}`)
          .where("w.word", "<", sql<string>`${end}`)
          .limit(sql.lit(mostOf(asked.words)))
        // word after word that begins so, and one more than are gone along
        const kept = sql`with recursive
          sought(list, prefix, prefix_end) as (${sql.join(
            Array.from(
              { length: asked.words },
              (_, index) =>
                sql`select ${sql.lit(`words${index}`)}, cast(${p[`word${index}`]} as text), cast(${p[`word${index}End`]} as text)`
            ),
            sql` union all `
          )}),
          kept(list, prefix, prefix_end, word, nth) as (
            select list, prefix, prefix_end, ${words.where("word", ">=", sql<string>`${from}`)}, 1 from sought as kept
            union all
            select list, prefix, prefix_end, ${words.where("word", ">", sql<string>`${word}`)}, nth + 1 from kept
              where word is not null and nth <= ${sql.lit(MOST_WORDS)})
          select list, word, ${count(tickets.select(one).limit(counted))} as hits,
            ${tickets
              .select("w.ticket_id")
              .orderBy("w.ticket_id", "desc")
              .limit(1)
              .offset(sql.lit(COUNTED - 1))} as reach,
            case when nth > ${sql.lit(MOST_WORDS)} then ${count(beginning)} end as counted
          from kept where word is not null`
        const requesters = REQUESTER.map(
          (column) =>
            sql`select ${sql.lit(column)}, ${nothing}, ${count(
              eb
                .selectFrom("ticket")
                .select(one)
                .where((eb) => isRequester(eb, p, column))
                .limit(sql.lit(MOST_COLLECTED))
            )}, ${nothing}, cast(null as bigint)`
        )
        const drivers = (["states", "assignee", "tenant"] as const).filter(
          (by) =>
            (by === "states" && asked.states !== null) ||
            (by === "assignee" && asked.assignee !== "any") ||
            (by === "tenant" && asked.tenant)
        )
        const lists = drivers.flatMap((by) =>
          listsOf(eb, by, asked, p).map(
            (rows) => sql`select ${sql.lit(by)}, ${nothing}, ${count(rows.select(one).limit(counted))},
              ${rows
                .select("ticket.id")
                .limit(1)
                .offset(sql.lit(COUNTED - 1))}, cast(null as bigint)`
          )
        )
        return sql`(select * from (${kept}) as words union all ${sql.join([...requesters, ...lists], sql` union all `)})`
      }
      return db.selectFrom((eb) => estimates(eb).as("estimate")).selectAll()
    })

  const compiled = <S, A>(build: (shape: S) => A) => {
    const made = new Map<string, A>()
    return (shape: S): A => {
      const key = JSON.stringify(shape)
      const before = made.get(key)
      if (before !== undefined) return before
      const statement = build(shape)
      made.set(key, statement)
      return statement
    }
  }
  const listOf = compiled(list)
  const estimateOf = compiled(estimate)

  /** Along which list the search goes; its words, the rarest first; and the words that begin as the first of them. */
  const planned = (shape: Shape, terms: Terms, rows: ReadonlyArray<Estimate>) => {
    const of = (list: string) => rows.filter((row) => row.list === list)
    const most = mostOf(terms.words.length)
    const words = terms.words.map((word, index) => soughtWord(word, of(`words${index}`), most)).sort(isShorter)
    const requesters = REQUESTER.map((column) => Number(of(column)[0]?.hits ?? 0))
    const own = (["tenant", "assignee", "states"] as const)
      .map((by) => ({ by, rows: of(by) }))
      .filter(({ rows }) => rows.length > 0)
      .map(({ by, rows }) => ({ by, ...lengthOf(rows) }))
      .sort(isShorter)[0]
    const [first] = words
    const driverOf = (): Driver => {
      const tickets: Driver = own ?? { by: shape.places.includes("spam") ? "states" : "all" }
      if (first === undefined || requesters.some((count) => count >= MOST_COLLECTED)) return tickets
      if (own !== undefined && isShorter(own, first) < 0) return tickets
      if (first.exact !== null) return { by: "word", words: atLeast(WORDS, first.exact.length) }
      return first.hits < most ? { by: "beginning", most: atLeast(PORTIONS, 2 * first.hits) } : tickets
    }
    const sought: Sought = {
      words: words.length,
      number: terms.number !== null,
      requester: requesters.some((count) => count > 0),
      driver: driverOf()
    }
    return { sought, words: words.map(({ word }) => word), exact: first?.exact ?? [] }
  }

  const base = {
    of: "staff",
    places: ["queue"],
    states: null,
    assignee: "any",
    tenant: false,
    priorities: false,
    category: false,
    tag: false,
    sought: null
  } as const satisfies Omit<Shape, "rows">
  const given = {
    ...STATES,
    accountId: "",
    tenantId: "",
    assigneeId: "",
    priorities: textList([]),
    category: "",
    tag: textList([])
  }
  type Given = Omit<Values, keyof Bounds | "at" | "id">
  const wanted = (states: Option.Option<ReadonlyArray<TicketState>>): ReadonlyArray<TicketState> | null =>
    Option.match(states, { onNone: () => null, onSome: (some) => all.filter((state) => some.includes(state)) })

  const read = (
    shape: Omit<Shape, "rows">,
    values: Given,
    search: Option.Option<Terms>,
    { after, limit }: Window<TicketKey>
  ) => {
    if (shape.states?.length === 0) return Effect.succeed([])
    const sized: Shape = { ...shape, rows: atLeast(ROWS, limit + 1) }
    const terms = Option.getOrNull(search)
    const [at, id] = Option.getOrElse(after, () => (terms === null ? FIRST : FIRST_FOUND))
    const valuesOf = (words: ReadonlyArray<string>, exact: ReadonlyArray<string>): Values => ({
      ...values,
      ...boundsOf(terms, words, exact),
      at,
      id
    })
    const page = (sought: Sought | null, values: Values) =>
      Effect.map(listOf({ ...sized, sought })(values), (rows) => rows.slice(0, limit + 1))
    if (terms === null) return page(null, valuesOf([], []))
    if (shape.of === "account") {
      const sought: Sought = {
        words: terms.words.length,
        number: terms.number !== null,
        requester: true,
        driver: { by: "account" }
      }
      return page(sought, valuesOf(terms.words, []))
    }
    const { assignee, places, states, tenant } = shape
    const asked: Asked = { assignee, places, states, tenant, words: terms.words.length }
    return Effect.flatMap(estimateOf(asked)(valuesOf(terms.words, [])), (rows) => {
      const { exact, sought, words } = planned(sized, terms, rows)
      const { driver, number, requester } = sought
      if (driver.by === "word" && driver.words === 0 && !number && !requester) return Effect.succeed([])
      return page(sought, valuesOf(words, exact))
    })
  }
  type Read = ReturnType<typeof read>

  return {
    ofAccount: (accountId: AccountId, { search, states }: TicketFilter, window: Window<TicketKey>): Read =>
      read({ ...base, of: "account", states: wanted(states) }, { ...given, accountId }, search, window),
    ofTenant: (tenantId: TenantId, { search, states }: TicketFilter, window: Window<TicketKey>): Read =>
      read({ ...base, of: "tenant", tenant: true, states: wanted(states) }, { ...given, tenantId }, search, window),
    queue: (filter: QueueFilter, window: Window<TicketKey>): Read => {
      const { assignee, category, priorities, search, spam, states, tag, tenantId } = filter
      return read(
        {
          ...base,
          places: spam ? ["spam"] : Option.isSome(search) ? ["queue", "merged"] : ["queue"],
          states: wanted(states),
          assignee: Option.match(assignee, {
            onNone: () => "any",
            onSome: (one) => (one === "nobody" ? "nobody" : "one")
          }),
          tenant: Option.isSome(tenantId),
          priorities: Option.isSome(priorities),
          category: Option.isSome(category),
          tag: Option.isSome(tag)
        },
        {
          ...given,
          assigneeId: Option.getOrElse(assignee, () => ""),
          tenantId: Option.getOrElse(tenantId, () => ""),
          priorities: textList(Option.getOrElse(priorities, () => [])),
          category: Option.getOrElse(category, () => ""),
          tag: textList(Option.toArray(tag))
        },
        search,
        window
      )
    }
  }
}
