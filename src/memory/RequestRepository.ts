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
import { memberships } from "./MembershipRepository.ts"
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
  readonly tenantRoles: ReadonlyArray<string>
  readonly staffRoles: ReadonlyArray<StaffRole>
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
        : memberships
            .filter(
              state,
              ({ roles, tenantId }) => tenantId === audience.tenantId && carries(terms, roles, audience.permission)
            )
            .flatMap(({ accountId, roles }) => {
              const principal = active(state, accountId)
              return principal === undefined ? [] : [{ principal, tenantRoles: roles, staffRoles: [] }]
            })
    case "Staff":
      return accounts.all(state).flatMap(({ account }) => {
        const roles = account.state === "active" ? crewRoles(state, terms, account) : undefined
        return roles !== undefined && rankIn(terms, account, roles) >= rankOf(audience.role)
          ? [{ principal: account, tenantRoles: [], staffRoles: roles }]
          : []
      })
    case "Account": {
      const principal = active(state, audience.accountId)
      return principal === undefined ? [] : [{ principal, tenantRoles: [], staffRoles: [] }]
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
    tenantRoles: right.tenantRoles,
    staffRoles: right.staffRoles,
    controlsAsker: controls(person.id) || controls(right.principal.id)
  })
  /** Where mails to somebody of the audience go; nothing to who is not (any more) of the tenant, or of staff. */
  const addressOf = (person: Account): Account["email"] | undefined => {
    if (audience._tag === "Tenant") return memberOf(state, audience.tenantId, person.id)?.contactEmail
    return audience._tag === "Account" || crewRoles(state, terms, person) !== undefined ? person.email : undefined
  }
  const scope = audience._tag === "Tenant" ? audience.tenantId : null
  return rightsIn(state, request, terms).flatMap((right) => {
    const standIns =
      audience._tag === "Account"
        ? []
        : deputies
            .filter(
              state,
              (deputy) =>
                deputy.principalId === right.principal.id && deputy.tenantId === scope && isRunning(deputy, terms.now)
            )
            .map(({ deputyId }) => deputyId)
    const principalAddress = addressOf(right.principal) ?? right.principal.email
    return [right.principal.id, ...standIns].flatMap((id) => {
      const person = active(state, id)
      const address = person === undefined ? undefined : addressOf(person)
      return person === undefined || address === undefined ? [] : [toEntitled(right, person, address, principalAddress)]
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
          for (const { endedAt, id, nextReminderAt, reminders, revision, state } of given) {
            requests.update(
              write,
              id,
              (stored) => stored.revision === revision && isOpen(stored),
              (stored) => ({ ...stored, endedAt, nextReminderAt, reminders, state, revision: revision + 1 })
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
      waiting: ({ accountId, as, credentialEpoch }, { kind, tenantId }, terms, { after, limit }) =>
        store.read("request.waiting", (state) =>
          requests
            .filter(
              state,
              (request) =>
                request.state === "Pending" &&
                request.expiresAt > terms.now &&
                (request.audience._tag === "Staff") === (as === "Staff") &&
                (Option.isNone(kind) || request.kind === kind.value) &&
                (Option.isNone(tenantId) || request.tenantId === tenantId.value) &&
                (Option.isNone(after) ||
                  (request.pendingAt ?? 0) > after.value[0] ||
                  (request.pendingAt === after.value[0] && request.id > after.value[1]))
            )
            .filter((request) => {
              const approvers = request.approvals.flatMap(({ accountId, onBehalfOf }) => [accountId, onBehalfOf])
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
