import { Effect, Layer, Option } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { delayAfter, Limits, type RuleRow, roomOf, tightest } from "../kernel/Limits.ts"
import { type State, Store, table, type Write } from "./Store.ts"

interface Budget {
  readonly key: string
  readonly count: number
  readonly lastAt: Instant.Instant
  readonly endsAt: Instant.Instant
}

const budgets = table<Budget>()({ name: "budget", key: (budget) => budget.key })

/** When the budget lets the next attempt pass; not before its last attempt was counted. */
const opensAt = (budget: Budget, rule: RuleRow): Instant.Instant => {
  if (budget.count + rule.amount > rule.max) return budget.endsAt
  // nothing is counted that it would have to wait for: see forget
  if (budget.count === 0) return Instant.fromMillis(0)
  const delay = delayAfter(rule, budget.count)
  return delay === 0 ? Instant.fromMillis(0) : Instant.fromMillis(Math.min(budget.lastAt + delay, budget.endsAt))
}

/** When the budget lets the attempt pass, if it does not now. */
const refusal = (state: State, rule: RuleRow, now: Instant.Instant): Option.Option<Instant.Instant> =>
  Option.filter(
    Option.map(
      Option.filter(budgets.get(state, rule.key), ({ endsAt }) => now < endsAt),
      (budget) => opensAt(budget, rule)
    ),
    (opens) => now < opens
  )

/** Counts each attempt for which its budget has room; answers when the others would let theirs pass. */
const takeEach = (
  write: Write,
  rules: ReadonlyArray<RuleRow>,
  now: Instant.Instant
): ReadonlyMap<string, Instant.Instant> => {
  const refused = new Map<string, Instant.Instant>()
  for (const rule of rules) {
    const opens = refusal(write.state, rule, now)
    if (Option.isSome(opens)) {
      refused.set(rule.key, opens.value)
      continue
    }
    const budget = Option.getOrUndefined(budgets.get(write.state, rule.key))
    if (budget === undefined || now >= budget.endsAt) {
      const endsAt = Instant.fromMillis(now + rule.window)
      budgets.upsert(write, { key: rule.key, count: rule.amount, lastAt: now, endsAt })
    } else {
      const lastAt = Instant.fromMillis(Math.max(now, budget.lastAt))
      budgets.upsert(write, { ...budget, count: budget.count + rule.amount, lastAt })
    }
  }
  return refused
}

export const layer: Layer.Layer<Limits, never, Store> = Layer.effect(
  Limits,
  Effect.map(Store, (store) =>
    Limits.of({
      take: (rules, now) =>
        store.write("limits.take", (write) => {
          const refused = rules.flatMap((rule) => Option.toArray(refusal(write.state, rule, now)))
          if (refused.length > 0) return Option.some(Instant.fromMillis(Math.max(...refused)))
          takeEach(write, rules, now)
          return Option.none()
        }),
      takeEach: (rules, now) => store.write("limits.takeEach", (write) => takeEach(write, rules, now)),
      room: (rules, now) =>
        store.read("limits.room", (state) =>
          tightest(rules.map((rule) => roomOf(rule, Option.getOrUndefined(budgets.get(state, rule.key)), now)))
        ),
      forget: (keys) =>
        store.write("limits.forget", (write) => {
          for (const key of keys) {
            const budget = budgets.get(write.state, key)
            if (Option.isSome(budget)) budgets.upsert(write, { ...budget.value, count: 0 })
          }
        }),
      purge: (now, limit) =>
        store.write("limits.purge", (write) => {
          const over = new Set(
            budgets
              .filter(write.state, (budget) => now >= budget.endsAt)
              .sort(budgets.by((budget) => budget.endsAt))
              .slice(0, limit)
          )
          return budgets.removeAll(write, (budget) => over.has(budget))
        })
    })
  )
)
