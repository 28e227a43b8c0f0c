/**
 * Lists of tickets and searches in them. Whatever the number of tickets, a page is read newest first from lists that an index keeps in order, until it is
 * full; nothing is gathered first that grows with their number (TIC-16).
 *
 * A list is in the order of the last activity. A search is in that of the tickets' ids, which is the order of their making: the tickets of a word, a state,
 * a tenant or an account stand in that order in an index, which no later activity has to rewrite. It goes along the shortest of those lists and looks up the
 * rest for each ticket; which one is the shortest, `ticket.estimate` finds out in as many steps however long they are.
 */
import { Effect, Option } from "effect"
import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql
} from "kysely"
import type { AccountId, TenantId } from "../kernel/ids.ts"
import { DEFAULT_LIMIT, MAX_LIMIT, type Window } from "../kernel/Page.ts"
import { TicketState } from "../tickets/Ticket.ts"
import type { placeOf, QueueFilter, TicketFilter, TicketKey } from "../tickets/TicketRepository.ts"
import type { Terms } from "../tickets/TicketSearch.ts"
import type { DatabaseShape } from "./Database.ts"
import { hasOneOf, isOneOf, type TextList, textList } from "./dialect.ts"
import { queries } from "./query.ts"
import type { Tables, TicketTable } from "./tables.ts"

type Place = ReturnType<typeof placeOf>

/** Where a search begins: with one of the lists that are in the order of ids, or with what few hits there are. */
type Driver =
  /** The tickets of each of so many words, which begin as the first that is sought. */
  | { readonly by: "word"; readonly words: number }
  /** The tickets of all words that begin with the first that is sought, at most so many, put in order. */
  | { readonly by: "few"; readonly most: number }
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
  readonly assignee: "any" | "nobody" | "somebody" | "one"
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
  /** `word0`, `word0End`, and so on, for what is sought; `exact0` and so on for the words that begin as the first. */
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
const COUNTED = 30
/** Words that begin alike and are at most so many are gone along each on its own. */
const MOST_WORDS = 8
/** For as many of them statements are built. */
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

const sub = expressionBuilder<Tables, never>()
/** A statement, or where a part of one begins. */
type From = Pick<ExpressionBuilder<Tables, never>, "selectFrom">

interface WithTicket extends Tables {
  readonly t: TicketTable
}
/** Tickets in the order of an index, without what is selected of them. */
interface Stream {
  readonly rows: SelectQueryBuilder<WithTicket, "t", object>
  readonly id: RawBuilder<string>
  /** Null in a search, whose order is that of the ids. */
  readonly at: RawBuilder<number> | null
}
type Open = (from: From) => Stream
interface Hit {
  readonly id: string
  /** In a list alone. */
  readonly at: number
}

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

/** A word that is sought, and those that begin so, unless they are too many. */
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
export const ticketLists = (database: DatabaseShape, names: ReadonlyArray<keyof TicketTable>) => {
  const q = queries<Tables>(database)
  const { kind } = database
  // named otherwise than the table wherever it is read: what is joined by PostgreSQL is a part of the statement
  const columns = names.map((name) => `t.${name}` as const)

  /** A column by which nothing is to be looked up: SQLite takes the index of the list that the search goes along, and no other. */
  const plain = (name: string): RawBuilder<string> =>
    kind === "sqlite" ? sql`+${sql.ref(name)}` : sql.ref<string>(name)

  const isRequester = (column: (typeof REQUESTER)[number], p: Bounds) => {
    const value = sql.ref(`t.${column}`)
    return sql<SqlBool>`${value} >= ${p.prefix} and ${value} < ${p.prefixEnd}`
  }

  /** Where this reader may find a word. */
  const isVisible = (of: Shape["of"], word: "w" | "first"): RawBuilder<SqlBool> => {
    if (of === "staff") return sql`true`
    const after = of === "tenant" ? sql.lit(0) : sql.ref("p.reads_after")
    return sql`(${sql.ref(`${word}.in_subject`)} = 1 or ${sql.ref(`${word}.public_seq`)} > ${after})`
  }
  /**
   * Whether the ticket has words that begin so, from the one of this index on, where this reader may find them. It is looked up for each ticket, never
   * gathered for all.
   */
  const hasWords = (of: Shape["of"], ticketId: string, p: Bounds, { words }: Sought, from: number) =>
    sub.and(
      Array.from({ length: words - from }, (_, index) => {
        const found = sub
          .selectFrom("ticket_word as w")
          .select(sql.lit(1).as("found"))
          .where("w.ticket_id", "=", sql.ref<string>(ticketId))
          .where("w.word", ">=", p[`word${from + index}`] ?? "")
          .where("w.word", "<", p[`word${from + index}End`] ?? "")
          .where(isVisible(of, "w"))
          .limit(1)
        // which PostgreSQL takes for likely; of what it thinks there is little, it would collect all first
        return sql<SqlBool>`${found} is not null`
      })
    )
  const isListed = (shape: Shape, p: Values): Expression<SqlBool> =>
    sub.and([
      ...(shape.priorities ? [isOneOf(kind, sql.ref<string>("t.priority"), p.priorities)] : []),
      ...(shape.category ? [sql<SqlBool>`${plain("t.category")} = ${p.category}`] : []),
      ...(shape.tag ? [hasOneOf(kind, sql.ref<string>("t.tags"), p.tag)] : [])
    ])

  // ---- lists ---------------------------------------------------------------------------------------------------------------------------

  const beforeCursor = (at: RawBuilder<number>, id: RawBuilder<string>, p: Values) =>
    sql<SqlBool>`${at} <= ${p.at} and (${at} < ${p.at} or ${id} < ${p.id})`

  /**
   * Each row with its ticket, looked up row by row: SQLite joins in the order that is written, and PostgreSQL does not look through a limit, else it might
   * read all tickets beside the rows.
   */
  const withTicket = <DB extends Tables, TB extends keyof DB>(
    rows: SelectQueryBuilder<DB, TB, object>,
    id: RawBuilder<string>
  ): Stream["rows"] => {
    // which tables are read before is of no interest to what is joined
    const before = rows as unknown as SelectQueryBuilder<Tables, never, object>
    return kind === "sqlite"
      ? before.crossJoin("ticket as t").where("t.id", "=", id)
      : before.crossJoinLateral(
          sub.selectFrom("ticket as t").selectAll().where("t.id", "=", id).limit(sql.lit(1)).as("t")
        )
  }

  /** The tickets of one place and state, in the order of an index. */
  const ofAccount =
    (_: Shape, p: Values, place: Place, state: TicketState | null): Open =>
    (from) => {
      const at = sql.ref<number>("p.ticket_activity_at")
      const id = sql.ref<string>("p.ticket_id")
      const rows = from
        .selectFrom("ticket_participant as p")
        .where("p.account_id", "=", p.accountId)
        .where("p.removed_at", "is", null)
        .where("p.ticket_place", "=", place)
        .where(beforeCursor(at, id, p))
      return { rows: withTicket(state === null ? rows : rows.where("p.ticket_state", "=", p[state]), id), id, at }
    }
  const ofTickets =
    (shape: Shape, p: Values, place: Place, state: TicketState | null): Open =>
    (from) => {
      const at = sql.ref<number>(shape.of === "staff" ? "t.staff_activity_at" : "t.activity_at")
      const id = sql.ref<string>("t.id")
      let rows = from
        .selectFrom("ticket as t")
        .where("t.place", "=", place)
        .where(beforeCursor(at, id, p))
        .where(isListed(shape, p))
      if (state !== null) rows = rows.where("t.state", "=", p[state])
      if (shape.tenant) rows = rows.where("t.tenant_id", "=", p.tenantId)
      if (shape.assignee === "nobody") rows = rows.where("t.assignee_id", "is", null)
      if (shape.assignee === "somebody") rows = rows.where(sql<SqlBool>`${plain("t.assignee_id")} is not null`)
      if (shape.assignee === "one") rows = rows.where("t.assignee_id", "=", p.assigneeId)
      return { rows, id, at }
    }
  const listed = (shape: Shape, p: Values): ReadonlyArray<Open> => {
    const { of, places, states } = shape
    // spread over all states, the tickets of an agent or a tenant are in no order
    const each = states ?? (of === "staff" && (shape.assignee !== "any" || shape.tenant) ? all : [null])
    const stream = of === "account" ? ofAccount : ofTickets
    return places.flatMap((place) => each.map((state) => stream(shape, p, place, state)))
  }

  // ---- searches ------------------------------------------------------------------------------------------------------------------------

  const isAssigned = (assignee: Shape["assignee"], p: Values): ReadonlyArray<RawBuilder<SqlBool>> => {
    const assigned = plain("t.assignee_id")
    switch (assignee) {
      case "any":
        return []
      case "nobody":
        return [sql`${assigned} is null`]
      case "somebody":
        return [sql`${assigned} is not null`]
      case "one":
        return [sql`${assigned} = ${p.assigneeId}`]
    }
  }
  /** What else the reader asks of a ticket that is found, whichever list the search goes along. */
  const isWanted = (shape: Shape, p: Values, driver: Driver["by"]): Expression<SqlBool> => {
    const { assignee, places, states, tenant } = shape
    const isAny = (column: string, values: ReadonlyArray<string>) =>
      sql<SqlBool>`${plain(column)} in (${sql.join(values)})`
    return sub.and([
      isListed(shape, p),
      ...(driver === "word" || driver === "few" || driver === "all" ? [isAny("t.place", places)] : []),
      ...(states !== null && driver !== "states"
        ? [
            isAny(
              "t.state",
              states.map((state) => p[state])
            )
          ]
        : []),
      ...(tenant && driver !== "tenant" ? [sql<SqlBool>`${plain("t.tenant_id")} = ${p.tenantId}`] : []),
      ...(driver === "assignee" ? [] : isAssigned(assignee, p))
    ])
  }
  /** Whether a ticket that is gone through is what is sought. */
  const isFound = (of: Shape["of"], p: Values, sought: Sought): Expression<SqlBool> =>
    sub.or([
      ...(sought.number ? [sql<SqlBool>`${plain("t.number")} = ${p.number}`] : []),
      ...(sought.requester ? REQUESTER.map((column) => isRequester(column, p)) : []),
      hasWords(of, "t.id", p, sought, 0)
    ])

  /** Tickets with exactly this word, and with one that begins as each of the others. */
  const alongWord =
    (shape: Shape, p: Values, sought: Sought, index: number): Open =>
    (from) => {
      const id = sql.ref<string>("first.ticket_id")
      const rows = from
        .selectFrom("ticket_word as first")
        .where("first.word", "=", p[`exact${index}`] ?? "")
        .where(id, "<", p.id)
        .where(isVisible(shape.of, "first"))
        .where(hasWords(shape.of, "first.ticket_id", p, sought, 1))
      return { rows: withTicket(rows, id).where(isWanted(shape, p, "word")), id, at: null }
    }
  /** What there are few of, by number, by the requester and by the beginnings of words, collected, to be put in order. */
  const few = (shape: Shape, p: Values, sought: Sought): ReadonlyArray<Open> => {
    const { driver, number, requester } = sought
    const most = sql.lit(driver.by === "few" ? driver.most : 2 * MOST_COLLECTED)
    // Several words of a ticket may begin so. The limit within keeps SQLite from reading the tickets one after the other to have them distinct.
    const hits = (rows: Expression<unknown>) => sql`select distinct id from ${rows} as hit`
    const ticketIds = sub.selectFrom("ticket as t").select("t.id as id").limit(most)
    const byBeginning = sub
      .selectFrom("ticket_word as first")
      .select("first.ticket_id as id")
      .where("first.word", ">=", p.word0 ?? "")
      .where("first.word", "<", p.word0End ?? "")
      .where(isVisible(shape.of, "first"))
      .where(hasWords(shape.of, "first.ticket_id", p, sought, 1))
      .limit(most)
    const collected = [
      ...(number ? [hits(ticketIds.where("t.number", "=", p.number))] : []),
      ...(requester ? REQUESTER.map((column) => hits(ticketIds.where(isRequester(column, p)))) : []),
      ...(driver.by === "few" ? [hits(byBeginning)] : [])
    ]
    if (collected.length === 0) return []
    return [
      (from) => {
        const id = sql.ref<string>("hit.id")
        const rows = from
          .selectFrom(sql<{ readonly id: string }>`(${sql.join(collected, sql` union `)})`.as("hit"))
          .where(id, "<", p.id)
        return { rows: withTicket(rows, id).where(isWanted(shape, p, "few")), id, at: null }
      }
    ]
  }
  /** An account's own tickets, none of them where what is sought is nowhere at all. */
  const alongAccount =
    (shape: Shape, p: Values, sought: Sought, place: Place): Open =>
    (from) => {
      const id = sql.ref<string>("p.ticket_id")
      const one = sql.lit(1).as("one")
      const words = Array.from({ length: sought.words }, (_, index) =>
        sub.exists(
          sub
            .selectFrom("ticket_word")
            .select(one)
            .where("word", ">=", p[`word${index}`] ?? "")
            .where("word", "<", p[`word${index}End`] ?? "")
        )
      )
      const isThere = sub.or([
        ...(sought.number
          ? [sub.exists(sub.selectFrom("ticket as t").select(one).where("t.number", "=", p.number))]
          : []),
        ...REQUESTER.map((column) =>
          sub.exists(sub.selectFrom("ticket as t").select(one).where(isRequester(column, p)))
        ),
        sub.and(words)
      ])
      const rows = from
        .selectFrom("ticket_participant as p")
        .where(isThere)
        .where("p.account_id", "=", p.accountId)
        .where("p.removed_at", "is", null)
        .where("p.ticket_place", "=", place)
        .where(id, "<", p.id)
      const found = withTicket(rows, id)
        .where(isWanted(shape, p, "account"))
        .where(isFound("account", p, sought))
      return { rows: found, id, at: null }
    }
  /** The lists of tickets that an index keeps in the order of ids: one, or one for each place and state. */
  const listsOf = (
    by: "all" | "states" | "assignee" | "tenant",
    { assignee, places, states }: Pick<Shape, "assignee" | "places" | "states">,
    p: Values
  ) => {
    const after = (from: From) => from.selectFrom("ticket as t").where("t.id", "<", p.id)
    if (by === "all") return [after]
    return places.flatMap((place) => {
      const placed = (from: From) => after(from).where("t.place", "=", place)
      if (by === "states") {
        return (states ?? all).map((state) => (from: From) => placed(from).where("t.state", "=", p[state]))
      }
      if (by === "tenant") return [(from: From) => placed(from).where("t.tenant_id", "=", p.tenantId)]
      return [
        (from: From) =>
          assignee === "nobody"
            ? placed(from).where("t.assignee_id", "is", null)
            : placed(from).where("t.assignee_id", "=", p.assigneeId)
      ]
    })
  }

  const searched = (shape: Shape, p: Values, sought: Sought): ReadonlyArray<Open> => {
    const { driver } = sought
    switch (driver.by) {
      case "account":
        return shape.places.map((place) => alongAccount(shape, p, sought, place))
      case "word":
        return [
          ...few(shape, p, sought),
          ...Array.from({ length: driver.words }, (_, index) => alongWord(shape, p, sought, index))
        ]
      case "few":
        return few(shape, p, sought)
      default:
        return listsOf(driver.by, shape, p).map(
          (list): Open =>
            (from) => {
              const rows = list(from)
                .where(isWanted(shape, p, driver.by))
                .where(isFound(shape.of, p, sought))
              return { rows, id: sql.ref<string>("t.id"), at: null }
            }
        )
    }
  }

  /**
   * The first of several streams together, each ticket once. SQLite merges them as they come, if it can see that they are in order; PostgreSQL reads no
   * more of each than a page.
   */
  const merged = (streams: ReadonlyArray<Open>, rows: number): RawBuilder<Hit> => {
    const first = sql.lit(rows)
    const order = (name: "id" | "at") => sql`${sql.ref(name)} desc`
    const one = (open: Open) => {
      const { at, id, rows } = open(sub)
      return {
        rows: rows.select(id.as("id")).$if(at !== null, (rows) => rows.select((at ?? sql.lit(0)).as("at"))),
        at,
        id
      }
    }
    const opened = streams.map(one)
    const isSearch = opened.every(({ at }) => at === null)
    const ordered = isSearch ? order("id") : sql`${order("at")}, ${order("id")}`
    if (kind === "sqlite") {
      const together = opened
        .map(({ rows }) => rows)
        .reduce((all, next) => (isSearch ? all.union(next) : all.unionAll(next)))
      return sql`${together.orderBy(ordered).limit(first)}`
    }
    const some = opened.map(({ rows }) => sql`select * from ${rows.orderBy(ordered).limit(first)} as stream`)
    const together = sql.join(some, sql` union all `)
    return sql`(select ${isSearch ? sql`distinct ` : sql``}* from (${together}) as streams order by ${ordered} limit ${first})`
  }

  const list = (shape: Shape) =>
    q.all("ticket.list", (db, p: Values) => {
      const { rows, sought } = shape
      const streams = sought === null ? listed(shape, p) : searched(shape, p, sought)
      const [open] = streams
      if (open !== undefined && streams.length === 1) {
        const { at, id, rows: tickets } = open(db)
        return (at === null ? tickets : tickets.orderBy(at, "desc"))
          .leftJoin("tenant", "tenant.id", "t.tenant_id")
          .select(columns)
          .select("tenant.name as tenant_name")
          .orderBy(id, "desc")
          .limit(sql.lit(rows))
      }
      const found = db
        .selectFrom(merged(streams, rows).as("page"))
        // left, so that the page is read first and the tickets are looked up; each is there
        .leftJoin("ticket as t", "t.id", "page.id")
        .leftJoin("tenant", "tenant.id", "t.tenant_id")
        .select(columns)
        .select("tenant.name as tenant_name")
      return (sought === null ? found.orderBy("page.at", "desc") : found)
        .orderBy("page.id", "desc")
        .limit(sql.lit(rows))
    })

  // ---- estimates -----------------------------------------------------------------------------------------------------------------------

  interface Asked extends Pick<Shape, "assignee" | "places" | "states" | "tenant"> {
    readonly words: number
  }
  const estimate = (asked: Asked) =>
    q.all("ticket.estimate", (db, p: Values) => {
      const one = sql.lit(1).as("one")
      const [counted, last] = [sql.lit(COUNTED), sql.lit(COUNTED - 1)]
      const count = (rows: Expression<unknown>) => sql`(select count(*) from ${rows} as hit)`
      const nothing = sql`cast(null as text)`
      const [word, from, end] = [sql<string>`kept.word`, sql<string>`kept.prefix`, sql<string>`kept.prefix_end`]
      const next = sub.selectFrom("ticket_word").select("word").where("word", "<", end).orderBy("word").limit(1)
      const tickets = sub.selectFrom("ticket_word as w").where("w.word", "=", word).where("w.ticket_id", "<", p.id)
      const beginning = sub
        .selectFrom("ticket_word as w")
        .select(one)
        .where("w.word", ">=", from)
        .where("w.word", "<", end)
        .limit(sql.lit(mostOf(asked.words)))
      const sought = Array.from(
        { length: asked.words },
        (_, index) =>
          sql`select ${sql.lit(`words${index}`)}, cast(${p[`word${index}`]} as text), cast(${p[`word${index}End`]} as text)`
      )
      // word after word that begins so, and one more than are named
      const words = sql`with recursive
        sought(list, prefix, prefix_end) as (${sql.join(sought, sql` union all `)}),
        kept(list, prefix, prefix_end, word, nth) as (
          select list, prefix, prefix_end, ${next.where("word", ">=", from)}, 1 from sought as kept
          union all
          select list, prefix, prefix_end, ${next.where("word", ">", word)}, nth + 1 from kept
            where word is not null and nth <= ${sql.lit(MOST_WORDS)})
        select list, word, ${count(tickets.select(one).limit(counted))} as hits,
          ${tickets.select("w.ticket_id").orderBy("w.ticket_id", "desc").limit(1).offset(last)} as reach,
          case when nth > ${sql.lit(MOST_WORDS)} then ${count(beginning)} end as counted
        from kept where word is not null`
      const requesters = REQUESTER.map((column) => {
        const hits = sub
          .selectFrom("ticket as t")
          .select(one)
          .where(isRequester(column, p))
          .limit(sql.lit(MOST_COLLECTED))
        return sql`select ${sql.lit(column)}, ${nothing}, ${count(hits)}, ${nothing}, cast(null as bigint)`
      })
      const drivers = [
        ...(asked.states !== null ? (["states"] as const) : []),
        // those of somebody are in no order
        ...(asked.assignee === "nobody" || asked.assignee === "one" ? (["assignee"] as const) : []),
        ...(asked.tenant ? (["tenant"] as const) : [])
      ]
      const lists = drivers.flatMap((by) =>
        listsOf(by, asked, p).map((list) => {
          const rows = list(sub)
          const reach = rows.select("t.id").orderBy("t.id", "desc").limit(1).offset(last)
          return sql`select ${sql.lit(by)}, ${nothing}, ${count(rows.select(one).limit(counted))}, ${reach}, cast(null as bigint)`
        })
      )
      const estimates = sql.join([sql`select * from (${words}) as words`, ...requesters, ...lists], sql` union all `)
      return db.selectFrom(sql<Estimate>`(${estimates})`.as("estimate")).selectAll()
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
      return first.hits < most ? { by: "few", most: atLeast(PORTIONS, 2 * first.hits) } : tickets
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
    const valuesOf = (words: ReadonlyArray<string>, exact: ReadonlyArray<string> = []): Values => ({
      ...values,
      ...boundsOf(terms, words, exact),
      at,
      id
    })
    const page = (sought: Sought | null, values: Values) =>
      Effect.map(listOf({ ...sized, sought })(values), (rows) => rows.slice(0, limit + 1))
    if (terms === null) return page(null, valuesOf([]))
    if (shape.of === "account") {
      const sought: Sought = {
        words: terms.words.length,
        number: terms.number !== null,
        requester: true,
        driver: { by: "account" }
      }
      return page(sought, valuesOf(terms.words))
    }
    const { assignee, places, states, tenant } = shape
    const asked: Asked = { assignee, places, states, tenant, words: terms.words.length }
    return Effect.flatMap(estimateOf(asked)(valuesOf(terms.words)), (rows) => {
      const { exact, sought, words } = planned(sized, terms, rows)
      const { driver, number, requester } = sought
      const isNowhere = driver.by === "word" && driver.words === 0 && !number && !requester
      return isNowhere ? Effect.succeed([]) : page(sought, valuesOf(words, exact))
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
            onSome: (one) => (one === "nobody" ? "nobody" : one === "somebody" ? "somebody" : "one")
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
