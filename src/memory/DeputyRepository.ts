import { Effect, Layer, Option } from "effect"
import * as Instant from "../kernel/Instant.ts"
import type { AccountId, DeputyId } from "../kernel/ids.ts"
import type { Deputy } from "../requests/Deputy.ts"
import { DeputyRepository } from "../requests/DeputyRepository.ts"
import { Store, table } from "./Store.ts"

export const deputies = table<Deputy>()({ name: "deputy", key: ({ id }) => id })

const oldestFirst = deputies.by(
  ({ createdAt }) => createdAt,
  ({ id }) => id
)

export const layer: Layer.Layer<DeputyRepository, never, Store> = Layer.effect(
  DeputyRepository,
  Effect.map(Store, (store) => {
    const isOwn =
      (principalId: AccountId, id: DeputyId) =>
      (deputy: Deputy): boolean =>
        deputy.id === id && deputy.principalId === principalId
    return DeputyRepository.of({
      insert: (deputy) =>
        store.write("deputy.insert", (write) => {
          if (deputy.principalId === deputy.deputyId) deputies.refuse("other")
          deputies.insert(write, deputy)
        }),
      find: (principalId, id) =>
        store.read("deputy.find", (state) => Option.filter(deputies.get(state, id), isOwn(principalId, id))),
      end: (principalId, id, now) =>
        store.write(
          "deputy.end",
          (write) =>
            deputies.updateAll(
              write,
              (deputy) => isOwn(principalId, id)(deputy) && deputy.until > now,
              (deputy) => ({ ...deputy, until: Instant.earliest(deputy.from, now) })
            ) === 1
        ),
      endOfMember: (tenantId, accountId, now) =>
        store.write("deputy.endOfMember", (write) => {
          const ends = (deputy: Deputy) =>
            deputy.tenantId === tenantId &&
            (deputy.principalId === accountId || deputy.deputyId === accountId) &&
            deputy.until > now
          const found = deputies.filter(write.state, ends)
          deputies.updateAll(write, ends, (deputy) => ({ ...deputy, until: Instant.earliest(deputy.from, now) }))
          return found.map(({ deputyId, id }) => ({ deputyId, id }))
        }),
      ofAccount: (accountId, now, { after, limit }) =>
        store.read("deputy.ofAccount", (state) =>
          deputies
            .filter(
              state,
              ({ createdAt, deputyId, id, principalId, until }) =>
                (principalId === accountId || deputyId === accountId) &&
                until > now &&
                (Option.isNone(after) ||
                  createdAt < after.value[0] ||
                  (createdAt === after.value[0] && id < after.value[1]))
            )
            .sort(oldestFirst)
            .toReversed()
            .slice(0, limit + 1)
        ),
      purge: (before, limit) =>
        store.write("deputy.purge", (write) => {
          const over = new Set(
            deputies
              .filter(write.state, ({ until }) => until <= before)
              .slice(0, limit)
              .map(({ id }) => id)
          )
          return deputies.removeAll(write, ({ id }) => over.has(id))
        })
    })
  })
)
