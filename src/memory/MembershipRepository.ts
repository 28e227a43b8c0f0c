import { Effect, Layer, Option } from "effect"
import { type Account, searchName } from "../accounts/Account.ts"
import type { AccountId, TenantId } from "../kernel/ids.ts"
import { folded } from "../kernel/Text.ts"
import type { AccessFacts, Through } from "../tenants/Access.ts"
import type { Membership } from "../tenants/Membership.ts"
import { type Member, MembershipRepository, type PlaceOfAccount } from "../tenants/MembershipRepository.ts"
import { byName } from "../tenants/Tenant.ts"
import { accounts } from "./AccountRepository.ts"
import { membershipKey as keyOf, memberships, tenantLinks } from "./placeTables.ts"
import { factors } from "./SecondFactorRepository.ts"
import { type State, Store, table } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

export { memberships } from "./placeTables.ts"

/** Whose last membership in a tenant was ended by others. */
const removedMembers = table<{ readonly tenantId: TenantId; readonly accountId: AccountId }>()({
  name: "removed_member",
  key: ({ accountId, tenantId }) => keyOf(tenantId, accountId)
})

const accountOf = (state: State, id: AccountId): Option.Option<Account> =>
  Option.map(accounts.get(state, id), ({ account }) => account)

const memberOf =
  (state: State) =>
  (membership: Membership): Option.Option<Member> =>
    Option.map(accountOf(state, membership.accountId), (account) => ({
      membership,
      accountState: account.state,
      email: account.email,
      firstName: account.firstName,
      lastName: account.lastName,
      locale: account.locale
    }))

/** The place of an account in the main tenant of this one. */
const throughMain = (state: State, tenantId: TenantId, accountId: AccountId): Through | null =>
  Option.getOrNull(
    Option.flatMap(tenantLinks.get(state, tenantId), ({ linkedAt, mainId, refused }) =>
      Option.map(
        Option.all({ main: tenants.get(state, mainId), place: memberships.get(state, keyOf(mainId, accountId)) }),
        ({ main, place: { id, locations, roles } }) => ({
          mainId,
          mainState: main.state,
          mainRequiresSecondFactor: main.requiresSecondFactor,
          linkedAt,
          membership: { id, roles, locations },
          refused
        })
      )
    )
  )

/** How many subs that are not closed the membership's tenant has, and how many of those were chosen for it. */
const countSubs = (state: State, { locations, tenantId }: Membership): PlaceOfAccount["subs"] => {
  const subs = tenantLinks.filter(
    state,
    ({ mainId, subId }) =>
      mainId === tenantId && Option.exists(tenants.get(state, subId), (sub) => sub.state !== "closed")
  )
  return { all: subs.length, chosen: subs.filter(({ subId }) => locations?.includes(subId) === true).length }
}

const hasFactor = (state: State, accountId: AccountId): boolean =>
  Option.exists(factors.get(state, accountId), ({ confirmed }) => confirmed !== null)

export const factsOf = (state: State, tenantId: TenantId, accountId: AccountId): Option.Option<AccessFacts> =>
  Option.flatMap(accountOf(state, accountId), (account) =>
    Option.map(tenants.get(state, tenantId), (tenant) => ({
      accountId,
      accountState: account.state,
      credentialEpoch: account.credentialEpoch,
      tenantId,
      tenantState: tenant.state,
      secondFactor: hasFactor(state, accountId),
      requiresSecondFactor: tenant.requiresSecondFactor,
      membership: Option.getOrNull(memberships.get(state, keyOf(tenantId, accountId))),
      through: throughMain(state, tenantId, accountId)
    }))
  )

const byPlace = (a: Member, b: Member): number =>
  `${a.membership.tenantId} ${a.membership.accountId}` < `${b.membership.tenantId} ${b.membership.accountId}` ? -1 : 1

const byJoining = memberships.by(
  (membership) => membership.joinedAt,
  (membership) => membership.accountId
)

export const layer: Layer.Layer<MembershipRepository, never, Store> = Layer.effect(
  MembershipRepository,
  Effect.map(Store, (store) =>
    MembershipRepository.of({
      insert: (membership) =>
        store.write("membership.insert", (write) => {
          if (!Option.exists(accountOf(write.state, membership.accountId), ({ state }) => state === "active")) {
            memberships.refuse("conflict")
          }
          if (Option.isNone(tenants.get(write.state, membership.tenantId))) memberships.refuse("other")
          memberships.insert(write, membership)
        }),
      find: (tenantId, accountId) =>
        store.read("membership.find", (state) => memberships.get(state, keyOf(tenantId, accountId))),
      findById: (tenantId, id) =>
        store.read("membership.findById", (state) => memberships.find(state, "id", `${tenantId} ${id}`)),
      update: (membership) =>
        store.write("membership.update", (write) =>
          memberships.update(
            write,
            keyOf(membership.tenantId, membership.accountId),
            (stored) => stored.id === membership.id,
            (stored) => ({
              ...stored,
              roles: membership.roles,
              contactEmail: membership.contactEmail,
              mailPreferences: membership.mailPreferences,
              locations: membership.locations
            })
          )
        ),
      remove: (tenantId, accountId) =>
        store.write("membership.remove", (write) => memberships.remove(write, keyOf(tenantId, accountId))),
      setRemoved: (tenantId, accountId, removed) =>
        store.write("membership.setRemoved", (write) => {
          const known = Option.isSome(removedMembers.get(write.state, keyOf(tenantId, accountId)))
          if (removed && !known) removedMembers.insert(write, { tenantId, accountId })
          if (!removed && known) removedMembers.remove(write, keyOf(tenantId, accountId))
        }),
      wasRemoved: (tenantId, accountId) =>
        store.read("membership.wasRemoved", (state) =>
          Option.isSome(removedMembers.get(state, keyOf(tenantId, accountId)))
        ),
      accessFacts: (tenantId, accountId) =>
        store.read("membership.accessFacts", (state) => factsOf(state, tenantId, accountId)),
      accessFactsOf: (tenantId, accountIds) =>
        store.read("membership.accessFactsOf", (state) =>
          [...new Set(accountIds)].flatMap((accountId) => Option.toArray(factsOf(state, tenantId, accountId)))
        ),
      accessFactsIn: (tenantIds, accountId) =>
        store.read("membership.accessFactsIn", (state) =>
          [...new Set(tenantIds)].flatMap((tenantId) => Option.toArray(factsOf(state, tenantId, accountId)))
        ),
      list: (tenantId, { accountEmail, search }, { after, limit }) =>
        store.read("membership.list", (state) => {
          const part = Option.map(search, folded)
          const finds = (member: Member): boolean =>
            Option.isNone(part) ||
            searchName(member).includes(part.value) ||
            member.membership.contactEmail.includes(part.value) ||
            (accountEmail && member.email.includes(part.value))
          const follows = ({ accountId, joinedAt }: Membership): boolean =>
            Option.isNone(after) ||
            joinedAt > after.value[0] ||
            (joinedAt === after.value[0] && accountId > after.value[1])
          return memberships
            .filter(state, (membership) => membership.tenantId === tenantId && follows(membership))
            .sort(byJoining)
            .flatMap((membership) => Option.toArray(memberOf(state)(membership)))
            .filter(finds)
            .slice(0, limit + 1)
        }),
      findMember: (tenantId, accountId) =>
        store.read("membership.findMember", (state) =>
          Option.flatMap(memberships.get(state, keyOf(tenantId, accountId)), memberOf(state))
        ),
      withRoles: (tenantIds, roles) =>
        store.read("membership.withRoles", (state) =>
          memberships
            .filter(
              state,
              (membership) =>
                tenantIds.includes(membership.tenantId) && membership.roles.some((role) => roles.includes(role))
            )
            .flatMap((membership) => Option.toArray(memberOf(state)(membership)))
            .filter(({ accountState }) => accountState === "active")
            .sort(byPlace)
            .slice(0, 1000)
        ),
      listVisitors: ({ mainId, subId }, { everywhere, roles, secondFactor }, { after, limit }) =>
        store.read("membership.listVisitors", (state) =>
          memberships
            .filter(
              state,
              (membership) =>
                membership.tenantId === mainId &&
                roles.every((some) => membership.roles.some((role) => some.includes(role))) &&
                (membership.locations?.includes(subId) !== false ||
                  membership.roles.some((role) => everywhere.includes(role))) &&
                (!secondFactor || hasFactor(state, membership.accountId)) &&
                (Option.isNone(after) || membership.accountId > after.value[0])
            )
            .flatMap((membership) => Option.toArray(memberOf(state)(membership)))
            .filter(({ accountState }) => accountState === "active")
            .sort(byPlace)
            .slice(0, limit + 1)
        ),
      dropLocation: (mainId, subId) =>
        store.write("membership.dropLocation", (write) => {
          memberships.updateAll(
            write,
            ({ locations, tenantId }) => tenantId === mainId && locations?.includes(subId) === true,
            (membership) => ({
              ...membership,
              locations: membership.locations?.filter((id) => id !== subId) ?? null
            })
          )
        }),
      ofAccountForUpdate: (accountId) =>
        store.read("membership.ofAccountForUpdate", (state) =>
          memberships
            .filter(state, (membership) => membership.accountId === accountId)
            .sort(memberships.by(({ tenantId }) => tenantId))
            .flatMap((membership) =>
              Option.toArray(tenants.get(state, membership.tenantId)).map((tenant) => ({ membership, tenant }))
            )
        ),
      ofAccount: (accountId) =>
        store.read("membership.ofAccount", (state) =>
          memberships
            .filter(state, (membership) => membership.accountId === accountId)
            .sort(memberships.by((membership) => membership.tenantId))
            .flatMap((membership) =>
              Option.toArray(tenants.get(state, membership.tenantId)).map((tenant) => ({
                membership,
                tenant,
                through: throughMain(state, tenant.id, accountId),
                subs: countSubs(state, membership)
              }))
            )
            .filter(({ tenant }) => tenant.state !== "closed")
            .slice(0, 1000)
            .sort(byName)
        )
    })
  )
)
