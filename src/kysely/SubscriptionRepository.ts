import { Effect, Layer, Option } from "effect"
import { type Kysely, sql } from "kysely"
import { fullName } from "../accounts/Account.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, CoverageId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { type Coverage, EndReason, type Team, Term } from "../subscriptions/Coverage.ts"
import type { Facts } from "../subscriptions/Entitlement.ts"
import { type BillingEvent, empty, type Subscription } from "../subscriptions/Subscription.ts"
import { type MemberView, SubscriptionRepository } from "../subscriptions/SubscriptionRepository.ts"
import { Database } from "./Database.ts"
import {
  byBytes,
  forUpdate,
  fromBoolean,
  instant,
  instantOrNull,
  isOneOf,
  isOneOfBoth,
  type RowList,
  rowList,
  rowsOf,
  type TextList,
  textList,
  toBoolean
} from "./dialect.ts"
import { queries } from "./query.ts"
import { reading, word } from "./stored.ts"
import type { BillingEventTable, CoverageTable, SubscriptionTable, Tables } from "./tables.ts"

const COVERAGE = [
  "coverage.id",
  "coverage.primary_id",
  "coverage.member_id",
  "coverage.term",
  "coverage.from_at",
  "coverage.period_ends",
  "coverage.decided_at",
  "coverage.place",
  "coverage.places",
  "coverage.warned_at",
  "coverage.ended_at",
  "coverage.end_reason"
] as const

const termOf = word(Term.literals)
const reasonOf = word(EndReason.literals)
const typeOf = word(["paid", "renewed", "cancelled", "failed"])

// Ids and addresses are what this repository and that of accounts have written, which is why their brands hold.
const toCoverage = (row: CoverageTable): Coverage => ({
  id: row.id as CoverageId,
  primaryId: row.primary_id as AccountId,
  memberId: row.member_id as AccountId,
  term: termOf(row.term),
  from: instant(row.from_at),
  periodEnds: Number(row.period_ends) === 0 ? null : instant(row.period_ends),
  decidedAt: instant(row.decided_at),
  place: row.place,
  places: row.places,
  warnedAt: instantOrNull(row.warned_at),
  endedAt: instantOrNull(row.ended_at),
  endReason: row.end_reason === null ? null : reasonOf(row.end_reason)
})

const toCoverageRow = (coverage: Coverage) => ({
  id: coverage.id,
  primary_id: coverage.primaryId,
  member_id: coverage.memberId,
  term: coverage.term,
  from_at: coverage.from,
  period_ends: coverage.periodEnds ?? 0,
  decided_at: coverage.decidedAt,
  place: coverage.place,
  places: coverage.places,
  warned_at: coverage.warnedAt,
  ended_at: coverage.endedAt,
  end_reason: coverage.endReason
})

const toEventRow = (event: BillingEvent): BillingEventTable => ({
  id: event.id,
  account_id: event.accountId,
  type: event.type,
  at: event.at,
  plan: "plan" in event ? event.plan : null,
  from_at: "from" in event ? event.from : null,
  until_at: "until" in event ? event.until : null,
  ends_at: "endsAt" in event ? event.endsAt : null
})

type Nullable<T> = { readonly [K in keyof T]: T[K] | null }

/** A subscription with one of its events, or with none. */
type SubscriptionRow = SubscriptionTable & {
  readonly event_id: string | null
  readonly event_type: string | null
  readonly event_at: number | null
} & Nullable<Pick<BillingEventTable, "plan" | "from_at" | "until_at" | "ends_at">>

const toEvent = (row: SubscriptionRow): ReadonlyArray<BillingEvent> => {
  if (row.event_id === null || row.event_type === null) return []
  const common = { id: row.event_id, accountId: row.account_id as AccountId, at: instant(row.event_at ?? 0) }
  const type = typeOf(row.event_type)
  if (type === "failed") return [{ type, ...common }]
  if (type === "cancelled") return [{ type, ...common, endsAt: instant(row.ends_at ?? 0) }]
  return [{ type, ...common, plan: row.plan ?? "", from: instant(row.from_at ?? 0), until: instant(row.until_at ?? 0) }]
}

const toSubscriptions = (rows: ReadonlyArray<SubscriptionRow>): ReadonlyMap<string, Subscription> => {
  const found = new Map<string, Subscription>()
  for (const row of rows) {
    const before = found.get(row.account_id)
    if (before !== undefined) {
      found.set(row.account_id, { ...before, events: [...before.events, ...toEvent(row)] })
      continue
    }
    const { trial_from: from, trial_plan: plan, trial_until: until } = row
    found.set(row.account_id, {
      accountId: row.account_id as AccountId,
      trial:
        plan === null || from === null || until === null ? null : { plan, from: instant(from), until: instant(until) },
      trialEndTold: toBoolean(row.trial_end_told),
      events: toEvent(row),
      version: row.version,
      dueAt: instantOrNull(row.due_at)
    })
  }
  return found
}

const factsOf =
  (accounts: ReadonlyArray<AccountId>, coverages: ReadonlyArray<Coverage>) =>
  (subscriptions: ReadonlyMap<string, Subscription>): ReadonlyArray<Facts> => {
    const teamOf = (accountId: AccountId): Team => ({
      subscription: subscriptions.get(accountId) ?? empty(accountId),
      coverages: coverages.filter(({ primaryId }) => primaryId === accountId)
    })
    return accounts.map((accountId) => {
      const primaries = coverages.filter(({ memberId }) => memberId === accountId).map(({ primaryId }) => primaryId)
      return { accountId, own: teamOf(accountId), memberOf: [...new Set(primaries)].map(teamOf) }
    })
  }

type MemberRow = CoverageTable & {
  readonly email: string | null
  readonly first_name: string | null
  readonly last_name: string | null
}

const toMember = (row: MemberRow): MemberView => ({
  coverage: toCoverage(row),
  email: (row.email ?? "") as EmailAddress,
  name: fullName({ firstName: row.first_name ?? "", lastName: row.last_name ?? "" })
})

const conflict = (operation: string) => Effect.fail(new PersistenceError({ operation, reason: "conflict" }))

export const layer: Layer.Layer<SubscriptionRepository, never, Database> = Layer.effect(
  SubscriptionRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    interface Asked {
      readonly accounts: TextList
      readonly since: number
    }
    // the parameter stands for a list that `textList` has made
    const coverages = q.all("subscription.coverages", (db, p: Asked) =>
      db
        .selectFrom("coverage")
        .select(COVERAGE)
        .where((eb) => eb.or([eb("coverage.ended_at", "is", null), eb("coverage.ended_at", ">", p.since)]))
        .where((eb) =>
          isOneOfBoth(
            kind,
            eb.ref("coverage.primary_id"),
            p.accounts,
            eb
              .selectFrom("coverage as shared")
              .select("shared.primary_id")
              .where((inner) => isOneOf(kind, inner.ref("shared.member_id"), p.accounts))
              .where((inner) =>
                inner.or([inner("shared.ended_at", "is", null), inner("shared.ended_at", ">", p.since)])
              )
          )
        )
        .orderBy("coverage.decided_at")
        .orderBy((eb) => byBytes(kind, eb.ref("coverage.id")))
    )
    const subscriptions = q.all("subscription.withEvents", (db, p: { readonly accounts: TextList }) =>
      db
        .selectFrom("subscription")
        .leftJoin("billing_event", "billing_event.account_id", "subscription.account_id")
        .select([
          "subscription.account_id",
          "subscription.trial_plan",
          "subscription.trial_from",
          "subscription.trial_until",
          "subscription.trial_end_told",
          "subscription.version",
          "subscription.due_at",
          "billing_event.id as event_id",
          "billing_event.type as event_type",
          "billing_event.at as event_at",
          "billing_event.plan",
          "billing_event.from_at",
          "billing_event.until_at",
          "billing_event.ends_at"
        ])
        .where((eb) => isOneOf(kind, eb.ref("subscription.account_id"), p.accounts))
        .orderBy("subscription.account_id")
        .orderBy("billing_event.at")
    )
    const facts = Effect.fnUntraced(function* (accounts: ReadonlyArray<AccountId>, since: Instant) {
      const found = yield* coverages({ accounts: textList(accounts), since }).pipe(
        reading("subscription.coverages", (rows: ReadonlyArray<CoverageTable>) => rows.map(toCoverage))
      )
      const all = new Set<string>([...accounts, ...found.map(({ primaryId }) => primaryId)])
      return yield* subscriptions({ accounts: textList([...all]) }).pipe(
        reading("subscription.withEvents", (rows: ReadonlyArray<SubscriptionRow>) =>
          factsOf(accounts, found)(toSubscriptions(rows))
        )
      )
    })

    const lock = q.all("subscription.lock", (db, p: { readonly accounts: TextList }) =>
      forUpdate(
        kind,
        db
          .selectFrom("subscription")
          .select("subscription.account_id")
          .where((eb) => isOneOf(kind, eb.ref("subscription.account_id"), p.accounts))
          .orderBy((eb) => byBytes(kind, eb.ref("subscription.account_id")))
      )
    )
    const makeRow = q.changed("subscription.make", (db: Kysely<Tables>, p: { readonly id: string }) =>
      db
        .insertInto("subscription")
        .values({
          account_id: p.id,
          trial_plan: null,
          trial_from: null,
          trial_until: null,
          trial_end_told: 0,
          version: 0,
          due_at: null
        })
        // a racer has made it: a change that changes nothing locks it
        .onConflict((conflicting) =>
          conflicting.column("account_id").doUpdateSet((eb) => ({ version: eb.ref("subscription.version") }))
        )
    )
    const save = q.exactlyOne("subscription.save", (db, p: SubscriptionTable) =>
      db
        .updateTable("subscription")
        .set((eb) => ({
          trial_plan: p.trial_plan,
          trial_from: p.trial_from,
          trial_until: p.trial_until,
          trial_end_told: p.trial_end_told,
          due_at: p.due_at,
          version: eb("version", "+", 1)
        }))
        .where("account_id", "=", p.account_id)
        .where("version", "=", p.version)
    )
    const insertEvent = q.insert("subscription.insertEvent", "billing_event", [
      "id",
      "account_id",
      "type",
      "at",
      "plan",
      "from_at",
      "until_at",
      "ends_at"
    ])
    const accountOfEvent = q.first("subscription.accountOfEvent", (db, p: { readonly id: string }) =>
      db.selectFrom("billing_event").select("account_id").where("id", "=", p.id)
    )
    const insertCoverage = q.insert("subscription.insertCoverage", "coverage", [
      "id",
      "primary_id",
      "member_id",
      "term",
      "from_at",
      "period_ends",
      "decided_at",
      "place",
      "places",
      "warned_at",
      "ended_at",
      "end_reason"
    ])
    type CoverageRow = ReturnType<typeof toCoverageRow>
    interface Changed {
      readonly rows: RowList
    }
    const change = (db: Kysely<Tables>, p: Changed) =>
      db
        .updateTable("coverage")
        .from(
          rowsOf<CoverageRow>(kind, p.rows, {
            id: "text",
            primary_id: "text",
            member_id: "text",
            term: "text",
            from_at: "bigint",
            period_ends: "bigint",
            decided_at: "bigint",
            place: "bigint",
            places: "bigint",
            warned_at: "bigint",
            ended_at: "bigint",
            end_reason: "text"
          })
        )
        .set((eb) => ({
          term: eb.ref("given.term"),
          from_at: eb.ref("given.from_at"),
          period_ends: eb.ref("given.period_ends"),
          place: eb.ref("given.place"),
          places: eb.ref("given.places"),
          warned_at: eb.ref("given.warned_at"),
          ended_at: eb.ref("given.ended_at"),
          end_reason: eb.ref("given.end_reason")
        }))
        .whereRef("coverage.id", "=", "given.id")
    const saveCoverages = q.changed("subscription.saveCoverages", (db, p: Changed) =>
      change(db, p).where("coverage.ended_at", "is", null)
    )
    const reopenCoverages = q.changed("subscription.reopenCoverages", (db, p: Changed) =>
      change(db, p).where("coverage.ended_at", "is not", null)
    )
    const findCoverage = q.first("subscription.findCoverage", (db, p: { readonly id: string }) =>
      db.selectFrom("coverage").select(COVERAGE).where("coverage.id", "=", p.id)
    )
    const people = q.all("subscription.people", (db, p: { readonly accounts: TextList }) =>
      db
        .selectFrom("account")
        .select(["id", "email", "first_name", "last_name", "locale"])
        .where((eb) => isOneOf(kind, eb.ref("account.id"), p.accounts))
    )
    interface After {
      readonly primaryId: string
      readonly decidedAt: number
      readonly id: string
      readonly limit: number
    }
    const members = q.all("subscription.members", (db, p: After) =>
      db
        .selectFrom("coverage")
        .leftJoin("account", "account.id", "coverage.member_id")
        .select(COVERAGE)
        .select(["account.email", "account.first_name", "account.last_name"])
        .where("coverage.primary_id", "=", p.primaryId)
        .where("coverage.ended_at", "is", null)
        .where((eb) =>
          eb.or([
            eb("coverage.decided_at", ">", p.decidedAt),
            eb.and([eb("coverage.decided_at", "=", p.decidedAt), eb(byBytes(kind, eb.ref("coverage.id")), ">", p.id)])
          ])
        )
        .orderBy("coverage.decided_at")
        .orderBy((eb) => byBytes(kind, eb.ref("coverage.id")))
        .limit(p.limit)
    )
    const connected = q.first(
      "subscription.wereConnected",
      (db, p: { readonly primaryId: string; readonly memberId: string }) =>
        db
          .selectFrom("coverage")
          .select(sql.lit(1).as("found"))
          .where("member_id", "=", p.memberId)
          .where("primary_id", "=", p.primaryId)
          .limit(1)
    )
    const due = q.all("subscription.due", (db, p: { readonly now: number; readonly limit: number }) =>
      db
        .selectFrom("subscription")
        .select("account_id")
        .where("due_at", "is not", null)
        .where("due_at", "<=", p.now)
        .orderBy("due_at")
        .limit(p.limit)
    )

    return SubscriptionRepository.of({
      facts,
      factsForUpdate: Effect.fnUntraced(function* (accounts, since) {
        const all = textList(accounts)
        const there = yield* lock({ accounts: all })
        if (there.length < new Set(accounts).size) {
          // in the order of the locks, so that two who make the same rows do not wait for each other
          const known = new Set<string>(there.map(({ account_id }) => account_id))
          const missing = [...new Set<string>(accounts)].filter((id) => !known.has(id))
          for (const id of missing.sort()) yield* makeRow({ id })
        }
        return yield* facts(accounts, since)
      }),
      save: (subscription) =>
        save({
          account_id: subscription.accountId,
          trial_plan: subscription.trial?.plan ?? null,
          trial_from: subscription.trial?.from ?? null,
          trial_until: subscription.trial?.until ?? null,
          trial_end_told: fromBoolean(subscription.trialEndTold),
          version: subscription.version,
          due_at: subscription.dueAt
        }),
      insertEvent: (event) => insertEvent([toEventRow(event)]),
      accountOfEvent: (id) =>
        Effect.map(accountOfEvent({ id }), (row) => (row === undefined ? null : (row.account_id as AccountId))),
      insertCoverage: (coverage) => insertCoverage([toCoverageRow(coverage)]),
      saveCoverages: (changed) =>
        changed.length === 0
          ? Effect.void
          : Effect.flatMap(saveCoverages({ rows: rowList(changed.map(toCoverageRow)) }), (count) =>
              count === changed.length ? Effect.void : conflict("subscription.saveCoverages")
            ),
      reopenCoverages: (changed) =>
        changed.length === 0
          ? Effect.void
          : Effect.flatMap(reopenCoverages({ rows: rowList(changed.map(toCoverageRow)) }), (count) =>
              count === changed.length ? Effect.void : conflict("subscription.reopenCoverages")
            ),
      findCoverage: (id) =>
        findCoverage({ id }).pipe(
          reading("subscription.findCoverage", (row: CoverageTable | undefined) =>
            row === undefined ? Option.none() : Option.some(toCoverage(row))
          )
        ),
      people: (accounts) =>
        Effect.map(people({ accounts: textList(accounts) }), (rows) =>
          rows.map((row) => ({
            accountId: row.id as AccountId,
            email: row.email as EmailAddress,
            name: fullName({ firstName: row.first_name, lastName: row.last_name }),
            locale: row.locale
          }))
        ),
      members: (primaryId, { after, limit }) => {
        const [decidedAt, id] = after._tag === "Some" ? after.value : ([-1, ""] as const)
        return members({ primaryId, decidedAt, id, limit: limit + 1 }).pipe(
          reading("subscription.members", (rows: ReadonlyArray<MemberRow>) => rows.map(toMember))
        )
      },
      wereConnected: (primaryId, memberId) =>
        Effect.map(connected({ primaryId, memberId }), (row) => row !== undefined),
      due: (now, limit) => Effect.map(due({ now, limit }), (rows) => rows.map((row) => row.account_id as AccountId))
    })
  })
)
