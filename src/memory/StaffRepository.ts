import { Effect, Layer, Option } from "effect"
import type { StaffMember } from "../accounts/StaffMember.ts"
import { StaffRepository } from "../accounts/StaffRepository.ts"
import { accounts } from "./AccountRepository.ts"
import { Store, table } from "./Store.ts"

export const staff = table<StaffMember>()({ name: "staff", key: ({ accountId }) => accountId })

const byAppointment = staff.by(
  ({ since }) => since,
  ({ accountId }) => accountId
)

export const layer: Layer.Layer<StaffRepository, never, Store> = Layer.effect(
  StaffRepository,
  Effect.map(Store, (store) =>
    StaffRepository.of({
      find: (accountId) => store.read("staff.find", (state) => staff.get(state, accountId)),
      findForUpdate: (accountId) => store.read("staff.findForUpdate", (state) => staff.get(state, accountId)),
      // a unit is the only writer
      hold: () => Effect.void,
      save: (member) =>
        store.write("staff.save", (write) =>
          staff.upsert(write, {
            ...member,
            since: Option.match(staff.get(write.state, member.accountId), {
              onNone: () => member.since,
              onSome: ({ since }) => since
            })
          })
        ),
      remove: (accountId) =>
        store.write(
          "staff.remove",
          (write) => staff.removeAll(write, (member) => member.accountId === accountId) === 1
        ),
      list: ({ after, limit }) =>
        store.read("staff.list", (state) =>
          staff
            .filter(
              state,
              ({ accountId, since }) =>
                Option.isNone(after) ||
                since > after.value[0] ||
                (since === after.value[0] && accountId > after.value[1])
            )
            .sort(byAppointment)
            .flatMap((member) =>
              Option.toArray(accounts.get(state, member.accountId)).map(({ account }) => ({
                member,
                accountState: account.state,
                email: account.email,
                firstName: account.firstName,
                lastName: account.lastName
              }))
            )
            .slice(0, limit + 1)
        )
    })
  )
)
