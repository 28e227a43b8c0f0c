import { Effect, Layer, Option } from "effect"
import type { Account } from "../accounts/Account.ts"
import { highestRank, rankOf, type StaffRole } from "../accounts/StaffMember.ts"
import type { AccountId, TenantId } from "../kernel/ids.ts"
import type { Permission } from "../kernel/Permission.ts"
import { type Entitled, isAskersSide, type Terms } from "../requests/Authority.ts"
import { isRunning } from "../requests/Deputy.ts"
import { isTerminal, type Request } from "../requests/Request.ts"
import { RequestRepository } from "../requests/RequestRepository.ts"
import type { Membership } from "../tenants/Membership.ts"
import { accounts } from "./AccountRepository.ts"
import { deputies } from "./DeputyRepository.ts"
import { tenantLinks } from "./HierarchyRepository.ts"
import { memberships } from "./MembershipRepository.ts"
import { factors } from "./SecondFactorRepository.ts"
import { staff } from "./StaffRepository.ts"
import { type State, Store, table } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

const isOpen = ({ state }: Request): boolean => !isTerminal(state)

export const requests = table<Request>()({
  name: "request",
  key: ({ id }) => id,
  unique: {
    number: ({ number }) => number,
    same: (request) =>
      isOpen(request) ? `${request.asker.email} ${request.kind} ${JSON.stringify(request.identity)}` : undefined
  }
})

const active = (state: State, id: AccountId): Account | undefined => {
  const account = Option.getOrUndefined(accounts.get(state, id))?.account
  return account?.state === "active" ? account : undefined
}

const memberOf = (state: State, tenantId: TenantId, accountId: AccountId): Membership | undefined =>
  Option.getOrUndefined(memberships.get(state, `${tenantId} ${accountId}`))

const carries = (terms: Terms, roles: ReadonlyArray<string>, permission: Permission): boolean =>
  terms.grants.some((grant) => grant.permission === permission && roles.includes(grant.role))

/** A right in the audience: whose it is, and what it is made of. */
interface Right {
  readonly principal: Account
  /** Where it comes from: the membership in the audience's tenant, or in its main. */
  readonly membership: Membership | null
  readonly through: Entitled["through"]
  readonly staffRoles: ReadonlyArray<StaffRole>
}

const ofNoTenant = { membership: null, through: null } as const

/** Members of the main tenant who have the permission in its sub. */
const rightsThrough = (
  state: State,
  tenantId: TenantId,
  permission: Permission,
  terms: Terms
): ReadonlyArray<Right> => {
  const link = Option.getOrUndefined(tenantLinks.get(state, tenantId))
  if (link === undefined || !terms.delegable.includes(permission) || link.refused.includes(permission)) return []
  if (Option.getOrUndefined(tenants.get(state, link.mainId))?.state !== "active") return []
  return memberships
    .filter(
      state,
      ({ locations, roles, tenantId: of }) =>
        of === link.mainId &&
        carries(terms, roles, permission) &&
        carries(terms, roles, "locations.access") &&
        (locations === null || locations.includes(tenantId) || carries(terms, roles, "owners.change"))
    )
    .flatMap((membership) => {
      const principal = active(state, membership.accountId)
      return principal === undefined
        ? []
        : [{ principal, membership, through: { refused: link.refused }, staffRoles: [] }]
    })
}

const rankIn = (terms: Terms, account: Account, stored: ReadonlyArray<StaffRole>): number =>
  terms.operators.includes(account.email) ? rankOf("operator") : highestRank(stored)

/** The stored roles of somebody who is staff, by the store or by the configuration. */
const crewRoles = (state: State, terms: Terms, account: Account): ReadonlyArray<StaffRole> | undefined => {
  const stored = Option.getOrUndefined(staff.get(state, account.id))?.roles
  return stored ?? (terms.operators.includes(account.email) ? [] : undefined)
}

const rightsIn = (state: State, request: Request, terms: Terms): ReadonlyArray<Right> => {
  const { audience } = request
  switch (audience._tag) {
    case "Tenant":
      return Option.getOrUndefined(tenants.get(state, audience.tenantId))?.state !== "active"
        ? []
        : [
            ...memberships
              .filter(
                state,
                ({ roles, tenantId }) => tenantId === audience.tenantId && carries(terms, roles, audience.permission)
              )
              .flatMap((membership) => {
                const principal = active(state, membership.accountId)
                return principal === undefined ? [] : [{ principal, membership, through: null, staffRoles: [] }]
              }),
            ...rightsThrough(state, audience.tenantId, audience.permission, terms)
          ]
    case "Staff":
      return accounts.all(state).flatMap(({ account }) => {
        const roles = account.state === "active" ? crewRoles(state, terms, account) : undefined
        return roles !== undefined && rankIn(terms, account, roles) >= rankOf(audience.role)
          ? [{ ...ofNoTenant, principal: account, staffRoles: roles }]
          : []
      })
    case "Account": {
      const principal = active(state, audience.accountId)
      return principal === undefined ? [] : [{ ...ofNoTenant, principal, staffRoles: [] }]
    }
  }
}

/** Everybody whom the request's audience includes. */
const entitledTo = (state: State, request: Request, terms: Terms): ReadonlyArray<Entitled> => {
  const { asker, audience } = request
  const controls = (accountId: AccountId): boolean =>
    asker.tenantId !== null && carries(terms, memberOf(state, asker.tenantId, accountId)?.roles ?? [], "owners.change")
  const toEntitled = (
    right: Right,
    person: Account,
    address: Account["email"],
    principalAddress: Account["email"]
  ): Entitled => ({
    requestId: request.id,
    accountId: person.id,
    email: person.email,
    credentialEpoch: person.credentialEpoch,
    locale: person.locale,
    address,
    principalId: right.principal.id,
    principalEmail: right.principal.email,
    principalAddress,
    tenantRoles: right.membership?.roles ?? [],
    locationsChosen: right.membership !== null && right.membership.locations !== null,
    through: right.through,
    staffRoles: right.staffRoles,
    controlsAsker: controls(person.id) || controls(right.principal.id)
  })
  /** Where mails to somebody of the audience go; nothing to who is not (any more) of the tenant, or of staff. */
  const addressOf = (right: Right, person: Account): Account["email"] | undefined => {
    if (right.through !== null) return right.membership?.contactEmail
    if (audience._tag === "Tenant") return memberOf(state, audience.tenantId, person.id)?.contactEmail
    return audience._tag === "Account" || crewRoles(state, terms, person) !== undefined ? person.email : undefined
  }
  const scope = audience._tag === "Tenant" ? audience.tenantId : null
  const requires = (tenantId: TenantId | undefined): boolean =>
    tenantId !== undefined &&
    Option.exists(tenants.get(state, tenantId), ({ requiresSecondFactor }) => requiresSecondFactor)
  /** Whether the person lacks the second factor that the tenant, or the main that the right comes through, requires (TFA-07). */
  const lacksFactor = (right: Right, id: AccountId): boolean =>
    audience._tag === "Tenant" &&
    (requires(audience.tenantId) || (right.through !== null && requires(right.membership?.tenantId))) &&
    !Option.exists(factors.get(state, id), ({ confirmed }) => confirmed !== null)
  return rightsIn(state, request, terms).flatMap((right) => {
    const standIns =
      audience._tag === "Account" || right.through !== null
        ? []
        : deputies
            .filter(
              state,
              (deputy) =>
                deputy.principalId === right.principal.id && deputy.tenantId === scope && isRunning(deputy, terms.now)
            )
            .map(({ deputyId }) => deputyId)
    const principalAddress = addressOf(right, right.principal) ?? right.principal.email
    return [right.principal.id, ...standIns].flatMap((id) => {
      const person = active(state, id)
      const address = person === undefined ? undefined : addressOf(right, person)
      return person === undefined || address === undefined || lacksFactor(right, id)
        ? []
        : [toEntitled(right, person, address, principalAddress)]
    })
  })
}

const byWaiting = requests.by(
  ({ pendingAt }) => pendingAt ?? 0,
  ({ id }) => id
)
const byAge = requests.by(
  ({ createdAt }) => createdAt,
  ({ id }) => id
)

export const layer: Layer.Layer<RequestRepository, never, Store> = Layer.effect(
  RequestRepository,
  Effect.map(Store, (store) =>
    RequestRepository.of({
      insert: (request) => store.write("request.insert", (write) => requests.insert(write, request)),
      save: (request) =>
        store.write("request.save", (write) =>
          requests.update(
            write,
            request.id,
            (stored) => stored.revision === request.revision && isOpen(stored),
            () => ({ ...request, revision: request.revision + 1 })
          )
        ),
      saveByTime: (given) =>
        store.write("request.saveByTime", (write) => {
          for (const { endedAt, id, nextReminderAt, reason, reminders, revision, state } of given) {
            requests.update(
              write,
              id,
              (stored) => stored.revision === revision && isOpen(stored),
              (stored) => ({ ...stored, endedAt, nextReminderAt, reason, reminders, state, revision: revision + 1 })
            )
          }
        }),
      find: (id) => store.read("request.find", (state) => requests.get(state, id)),
      findForUpdate: (id) => store.read("request.findForUpdate", (state) => requests.get(state, id)),
      sameAs: (email, kind, identity) =>
        store.read("request.sameAs", (state) => {
          const same = requests.filter(
            state,
            (request) => request.asker.email === email && request.kind === kind && request.identity === identity
          )
          const refused = same
            .filter((request) => request.state === "Refused")
            .sort(requests.by(({ endedAt }) => endedAt ?? 0))
            .slice(-1)
          return [...same.filter(isOpen), ...refused]
        }),
      entitled: (asked, persons, terms) =>
        store.read("request.entitled", (state) =>
          [...new Set(asked.map(({ id }) => id))]
            .flatMap((id) => Option.toArray(requests.get(state, id)))
            .flatMap((request) => entitledTo(state, request, terms))
            .filter(({ accountId }) => persons === null || persons.includes(accountId))
        ),
      waiting: ({ accountId, as, credentialEpoch }, { kind, state: wanted, tenantId }, terms, { after, limit }) =>
        store.read("request.waiting", (state) =>
          requests
            .filter(
              state,
              (request) =>
                request.state === wanted &&
                request.expiresAt > terms.now &&
                (request.audience._tag === "Staff") === (as === "Staff") &&
                (Option.isNone(kind) || request.kind === kind.value) &&
                (Option.isNone(tenantId) || request.tenantId === tenantId.value) &&
                (Option.isNone(after) ||
                  (request.pendingAt ?? 0) > after.value[0] ||
                  (request.pendingAt === after.value[0] && request.id > after.value[1]))
            )
            .filter((request) => {
              // an offer is renewed by those who made it, too
              const approvals = wanted === "Pending" ? request.approvals : []
              const approvers = approvals.flatMap(({ accountId, onBehalfOf }) => [accountId, onBehalfOf])
              return entitledTo(state, request, terms).some(
                (one) =>
                  one.accountId === accountId &&
                  one.credentialEpoch === credentialEpoch &&
                  !isAskersSide(request, one) &&
                  !approvers.includes(one.accountId) &&
                  !approvers.includes(one.principalId)
              )
            })
            .sort(byWaiting)
            .slice(0, limit + 1)
        ),
      mine: ({ accountId, credentialEpoch }, { after, limit }) =>
        store.read("request.mine", (state) => {
          const account = active(state, accountId)
          if (account?.credentialEpoch !== credentialEpoch) return []
          return requests
            .filter(
              state,
              ({ asker, createdAt, id }) =>
                (asker.accountId === accountId || asker.email === account.email) &&
                (Option.isNone(after) ||
                  createdAt < after.value[0] ||
                  (createdAt === after.value[0] && id < after.value[1]))
            )
            .sort(byAge)
            .toReversed()
            .slice(0, limit + 1)
        }),
      openOf: ({ accountId, credentialEpoch }, now, limit) =>
        store.read("request.openOf", (state) => {
          const account = active(state, accountId)
          if (account?.credentialEpoch !== credentialEpoch) return []
          return requests
            .filter(
              state,
              (request) =>
                isOpen(request) &&
                request.pendingAt !== null &&
                request.expiresAt > now &&
                (request.asker.accountId === accountId || request.asker.email === account.email)
            )
            .sort(byAge)
            .toReversed()
            .slice(0, limit)
        }),
      openOfKind: (tenantId, kind) =>
        store.read("request.openOfKind", (state) =>
          requests
            .filter(state, (request) => isOpen(request) && request.tenantId === tenantId && request.kind === kind)
            .sort(requests.by(({ id }) => id))
            .slice(0, 100)
        ),
      openOfTenantForUpdate: (tenantId) =>
        store.read("request.openOfTenantForUpdate", (state) =>
          requests
            .filter(
              state,
              (request) =>
                isOpen(request) &&
                (request.tenantId === tenantId ||
                  request.asker.tenantId === tenantId ||
                  (request.audience._tag === "Tenant" && request.audience.tenantId === tenantId))
            )
            .sort(requests.by(({ id }) => id))
        ),
      openOfAskerForUpdate: (tenantId, { accountId, email }) =>
        store.read("request.openOfAskerForUpdate", (state) =>
          requests
            .filter(
              state,
              (request) =>
                isOpen(request) &&
                request.tenantId === tenantId &&
                (request.asker.accountId === accountId || request.asker.email === email)
            )
            .sort(requests.by(({ id }) => id))
        ),
      dueReminders: (now, limit) =>
        store.read("request.dueReminders", (state) =>
          requests
            .filter(
              state,
              ({ audience, expiresAt, nextReminderAt, state: its }) =>
                its === "Pending" &&
                nextReminderAt !== null &&
                nextReminderAt <= now &&
                expiresAt > now &&
                (audience._tag !== "Tenant" ||
                  Option.getOrUndefined(tenants.get(state, audience.tenantId))?.state === "active")
            )
            .sort(requests.by(({ nextReminderAt }) => nextReminderAt ?? 0))
            .slice(0, limit)
        ),
      overdue: (now, limit) =>
        store.read("request.overdue", (state) =>
          requests
            .filter(state, (request) => isOpen(request) && request.expiresAt <= now)
            .sort(requests.by(({ expiresAt }) => expiresAt))
            .slice(0, limit)
        )
    })
  )
)
