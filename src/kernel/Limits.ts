import { Context, type Duration, Effect, Option } from "effect"
import { Crypto, toBase64Url } from "./Crypto.ts"
import * as Instant from "./Instant.ts"
import { PersistenceError } from "./PersistenceError.ts"
import { TooManyAttempts } from "./refusals.ts"
import type { Limit } from "./Settings.ts"

/** One budget that an attempt draws on. */
export interface Rule {
  /** Names the budget: what, and whose. */
  readonly key: string
  readonly limit: Limit
  /** How many attempts the call counts as; one where it is not given. */
  readonly amount?: number
}

/** A rule in whole milliseconds, as the store gets it; `amount` is at least 1 and at most `max`. */
export interface RuleRow {
  readonly key: string
  readonly amount: number
  readonly max: number
  readonly window: number
  /** After this many attempts in the window, the next has to wait; a huge number where there is no delay. */
  readonly free: number
  readonly base: number
  readonly cap: number
}

/** What is left of a budget. */
export interface Room {
  readonly left: number
  readonly renewedAt: Instant.Instant
}

/**
 * Counts attempts (LIM-01, AUT-08). An implementer MUST check and count in one atomic step for each rule, so that of any number of parallel
 * attempts no more pass than the rule allows; a window starts with its first attempt and is not stretched by later ones; a budget that
 * refuses stays as it is. After attempt number n the next must wait `delayAfter(rule, n)`.
 */
export class Limits extends Context.Service<
  Limits,
  {
    /**
     * Draws on all budgets of one attempt at once, in one statement; their keys differ from each other. Answers the time from which all of them would
     * let the attempt pass, if any refuses now. Then it is not made, and MUST draw on none of the others either, new ones included: whoever is beyond
     * their own budget would else use up those of the people whom they name (R-RL-04). Of attempts in parallel one that is refused by what another one
     * has just drawn may count.
     */
    readonly take: (
      rules: ReadonlyArray<RuleRow>,
      now: Instant.Instant
    ) => Effect.Effect<Option.Option<Instant.Instant>, PersistenceError>
    /**
     * As `take`, for attempts that are each made for themselves: answers for every budget that refuses, by its key, the time from which it would let the
     * attempt pass. The others are counted. In a number of statements that does not depend on the rules.
     */
    readonly takeEach: (
      rules: ReadonlyArray<RuleRow>,
      now: Instant.Instant
    ) => Effect.Effect<ReadonlyMap<string, Instant.Instant>, PersistenceError>
    /**
     * How many attempts the tightest of these budgets would let pass at `now`, and from when on that one has all of its room again; in one statement.
     * Delays do not count. Nothing is drawn: whoever goes by it draws in the same unit, and begins again when the draw is refused.
     */
    readonly room: (rules: ReadonlyArray<RuleRow>, now: Instant.Instant) => Effect.Effect<Room, PersistenceError>
    /** Forgets what was counted, after a success; the window goes on. */
    readonly forget: (keys: ReadonlyArray<string>) => Effect.Effect<void, PersistenceError>
    /** Deletes at most `limit` budgets whose window is over; answers how many. */
    readonly purge: (now: Instant.Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/kernel/Limits") {}

const NO_DELAY = 2 ** 30

const millis = (input: Duration.Input): number => Math.trunc(Instant.millisOf(input))

export const toRow = ({ amount, key, limit }: Rule): RuleRow => ({
  key,
  amount: amount ?? 1,
  max: limit.max,
  window: millis(limit.window),
  free: limit.delay?.free ?? NO_DELAY,
  base: limit.delay === undefined ? 0 : millis(limit.delay.base),
  cap: limit.delay === undefined ? 0 : millis(limit.delay.cap)
})

/** How long the attempt after attempt number `count` must wait, in milliseconds. */
export const delayAfter = (rule: RuleRow, count: number): number =>
  count < rule.free ? 0 : Math.min(rule.cap, rule.base * 2 ** Math.min(count - rule.free, 30))

/**
 * Draws on the budgets of an attempt, in one statement, or refuses with the time from which it makes sense to come back. Outside of a unit of work it
 * is counted whatever happens later (G-03).
 */
export const draw = Effect.fnUntraced(function* (rules: ReadonlyArray<Rule>, now: Instant.Instant) {
  if (rules.length === 0) return
  const limits = yield* Limits
  const rows = rules.map(toRow)
  if (new Set(rows.map(({ key }) => key)).size < rows.length)
    return yield* Effect.die(new Error("two limits of one call have the same key"))
  const off = rows.find(({ amount, max }) => max < amount)
  if (off !== undefined) return yield* new TooManyAttempts({ retryAt: Instant.plus(now, off.window) })
  const retryAt = yield* limits.take(rows, now)
  if (Option.isSome(retryAt)) return yield* new TooManyAttempts({ retryAt: retryAt.value })
})

/** The room that a budget leaves; all of it where nobody has drawn on it in the window that `now` is in. */
export const roomOf = (
  rule: RuleRow,
  budget: { readonly count: number; readonly endsAt: Instant.Instant } | undefined,
  now: Instant.Instant
): Room =>
  budget === undefined || now >= budget.endsAt
    ? { left: Math.max(0, rule.max), renewedAt: Instant.plus(now, rule.window) }
    : { left: Math.max(0, rule.max - budget.count), renewedAt: budget.endsAt }

/** The tightest of several budgets. */
export const tightest = (rooms: ReadonlyArray<Room>): Room =>
  rooms.reduce((a, b) => (b.left < a.left || (b.left === a.left && b.renewedAt > a.renewedAt) ? b : a))

/**
 * Draws on the budgets for some attempts (INV-11); for a unit of work. How many is chosen when it is known how many of them all budgets let pass, so
 * that what an attempt costs besides is spent only on those that are made. Answers from when on there is all of the room again.
 */
export const drawSome = Effect.fnUntraced(function* <E, R>(
  rules: readonly [Rule, ...ReadonlyArray<Rule>],
  choose: (left: number) => Effect.Effect<number, E, R>,
  now: Instant.Instant
) {
  const limits = yield* Limits
  const { left, renewedAt } = yield* limits.room(rules.map(toRow), now)
  const amount = yield* choose(left)
  if (amount > 0) {
    const refused = yield* limits.take(
      rules.map((rule) => toRow({ ...rule, amount })),
      now
    )
    // somebody else has drawn in the meantime: the unit looks again
    if (Option.isSome(refused)) return yield* new PersistenceError({ operation: "limits.drawSome", reason: "conflict" })
  }
  return renewedAt
})

/**
 * The source of a call as a budget: an IPv4 address, or the /64 network of an IPv6 address, because whoever has one address of such a network
 * has all of them (RFC 6177). What is not an address counts as one unknown source.
 */
export const sourceKey = (source: string | undefined): string => {
  if (source === undefined) return "unknown"
  const text = source.trim().toLowerCase().split("%")[0] ?? ""
  const mapped = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text)
  if (mapped?.[1] !== undefined) {
    // as numbers, because leading zeros would give one address many budgets
    const parts = mapped[1].split(".").map(Number)
    return parts.every((part) => part <= 255) ? parts.join(".") : "unknown"
  }
  if (text.length > 45 || !URL.canParse(`http://[${text}]/`)) return "unknown"
  const host = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const [head = "", tail] = host.split("::")
  const left = head === "" ? [] : head.split(":")
  const right = tail === undefined || tail === "" ? [] : tail.split(":")
  const gap = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0")
  const groups = [...left, ...gap, ...right]
  // an IPv4 address in IPv6 clothes (::ffff:0:0/96) is still that IPv4 address
  if (groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff") {
    const high = Number.parseInt(groups[6] ?? "0", 16)
    const low = Number.parseInt(groups[7] ?? "0", 16)
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  return `${groups.slice(0, 4).join(":")}::/64`
}

/** A budget's name for something personal (an e-mail address), which the table of counters must not hold in clear. */
export const personalKey = (scope: string, value: string): Effect.Effect<string, never, Crypto> =>
  Effect.flatMap(Crypto, (crypto) =>
    Effect.map(crypto.sha256(`portico/limit/${scope}\n${value}`), (digest) => `${scope}:${toBase64Url(digest)}`)
  )
