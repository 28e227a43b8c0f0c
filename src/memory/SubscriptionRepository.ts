import { Effect, Layer, Option } from "effect"
import { fullName } from "../accounts/Account.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId } from "../kernel/ids.ts"
import type { Coverage, Team } from "../subscriptions/Coverage.ts"
import type { Facts } from "../subscriptions/Entitlement.ts"
import { type BillingEvent, empty, type Subscription } from "../subscriptions/Subscription.ts"
import { SubscriptionRepository } from "../subscriptions/SubscriptionRepository.ts"
import { accounts } from "./AccountRepository.ts"
import { type State, Store, table } from "./Store.ts"

const subscriptions = table<Omit<Subscription, "events">>()({
  name: "subscription",
  key: ({ accountId }) => accountId,
  unique: {}
})

const events = table<BillingEvent>()({ name: "billingEvent", key: ({ id }) => id, unique: {} })

const coverages = table<Coverage>()({
  name: "coverage",
  key: ({ id }) => id,
  unique: {
    openPlace: ({ endedAt, periodEnds, place, primaryId }) =>
      endedAt === null && place !== null ? `${primaryId} ${periodEnds ?? 0} ${place}` : undefined
  }
})

/** The constraints of the table of a database. */
const check = ({ memberId, place, places, primaryId }: Coverage): void => {
  const fits = place === null ? places === null : places !== null && place >= 0 && place < places
  if (!fits || primaryId === memberId) coverages.refuse("other")
}

const oldestFirst = coverages.by(
  ({ decidedAt }) => decidedAt,
  ({ id }) => id
)

const teamOf = (state: State, accountId: AccountId, since: Instant): Team => ({
  subscription: Option.match(subscriptions.get(state, accountId), {
    onNone: () => empty(accountId),
    onSome: (subscription) => ({
      ...subscription,
      events: events.filter(state, (event) => event.accountId === accountId)
    })
  }),
  coverages: coverages
    .filter(state, ({ endedAt, primaryId }) => primaryId === accountId && (endedAt === null || endedAt > since))
    .sort(oldestFirst)
})

const factsOf = (state: State, wanted: ReadonlyArray<AccountId>, since: Instant): ReadonlyArray<Facts> =>
  wanted.map((accountId) => {
    const primaries = coverages
      .filter(state, ({ endedAt, memberId }) => memberId === accountId && (endedAt === null || endedAt > since))
      .sort(oldestFirst)
      .map(({ primaryId }) => primaryId)
    return {
      accountId,
      own: teamOf(state, accountId, since),
      memberOf: [...new Set(primaries)].map((primaryId) => teamOf(state, primaryId, since))
    }
  })

export const layer: Layer.Layer<SubscriptionRepository, never, Store> = Layer.effect(
  SubscriptionRepository,
  Effect.map(Store, (store) =>
    SubscriptionRepository.of({
      facts: (wanted, since) => store.read("subscription.facts", (state) => factsOf(state, wanted, since)),
      factsForUpdate: (wanted, since) =>
        store.write("subscription.factsForUpdate", (write) => {
          for (const accountId of new Set(wanted)) {
            if (Option.isNone(subscriptions.get(write.state, accountId))) {
              const { events: _, ...row } = empty(accountId)
              subscriptions.insert(write, row)
            }
          }
          return factsOf(write.state, wanted, since)
        }),
      save: ({ events: _, ...subscription }) =>
        store.write("subscription.save", (write) =>
          subscriptions.update(
            write,
            subscription.accountId,
            ({ version }) => version === subscription.version,
            () => ({ ...subscription, version: subscription.version + 1 })
          )
        ),
      insertEvent: (event) =>
        store.write("subscription.insertEvent", (write) => {
          // as the foreign key of a database
          if (Option.isNone(subscriptions.get(write.state, event.accountId))) events.refuse("other")
          events.insert(write, event)
        }),
      accountOfEvent: (id) =>
        store.read("subscription.accountOfEvent", (state) =>
          Option.getOrNull(Option.map(events.get(state, id), ({ accountId }) => accountId))
        ),
      insertCoverage: (coverage) =>
        store.write("subscription.insertCoverage", (write) => {
          if (Option.isNone(subscriptions.get(write.state, coverage.primaryId))) coverages.refuse("other")
          check(coverage)
          coverages.insert(write, coverage)
        }),
      saveCoverages: (changed) =>
        store.write("subscription.saveCoverages", (write) => {
          for (const coverage of changed) {
            check(coverage)
            coverages.update(
              write,
              coverage.id,
              ({ endedAt }) => endedAt === null,
              ({ decidedAt, memberId, primaryId }) => ({ ...coverage, decidedAt, memberId, primaryId })
            )
          }
        }),
      reopenCoverages: (changed) =>
        store.write("subscription.reopenCoverages", (write) => {
          for (const coverage of changed) {
            check(coverage)
            coverages.update(
              write,
              coverage.id,
              ({ endedAt }) => endedAt !== null,
              ({ decidedAt, memberId, primaryId }) => ({ ...coverage, decidedAt, memberId, primaryId })
            )
          }
        }),
      findCoverage: (id) => store.read("subscription.findCoverage", (state) => coverages.get(state, id)),
      people: (wanted) =>
        store.read("subscription.people", (state) =>
          [...new Set(wanted)].flatMap((id) =>
            Option.toArray(
              Option.map(accounts.get(state, id), ({ account }) => ({
                accountId: account.id,
                email: account.email,
                name: fullName(account),
                locale: account.locale
              }))
            )
          )
        ),
      members: (primaryId, { after, limit }) =>
        store.read("subscription.members", (state) =>
          coverages
            .filter(state, (coverage) => coverage.primaryId === primaryId && coverage.endedAt === null)
            .filter((coverage) =>
              Option.match(after, {
                onNone: () => true,
                onSome: ([decidedAt, id]) =>
                  coverage.decidedAt > decidedAt || (coverage.decidedAt === decidedAt && coverage.id > id)
              })
            )
            .sort(oldestFirst)
            .slice(0, limit + 1)
            .map((coverage) =>
              Option.match(accounts.get(state, coverage.memberId), {
                // an account that is gone has no address; the brand cannot say so
                onNone: () => ({ coverage, email: "" as EmailAddress, name: "" }),
                onSome: ({ account }) => ({ coverage, email: account.email, name: fullName(account) })
              })
            )
        ),
      wereConnected: (primaryId, memberId) =>
        store.read(
          "subscription.wereConnected",
          (state) =>
            coverages.count(state, (coverage) => coverage.primaryId === primaryId && coverage.memberId === memberId) > 0
        ),
      due: (now, limit) =>
        store.read("subscription.due", (state) =>
          subscriptions
            .filter(state, ({ dueAt }) => dueAt !== null && dueAt <= now)
            .sort(subscriptions.by(({ dueAt }) => dueAt ?? 0))
            .slice(0, limit)
            .map(({ accountId }) => accountId)
        )
    })
  )
)
