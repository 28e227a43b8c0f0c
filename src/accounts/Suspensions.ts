import { Effect, Option, Schema } from "effect"
import { EmailAddress, parse } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { OWNER, RoleNames } from "../kernel/Permission.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { NotAllowed, NotFound } from "../kernel/refusals.ts"
import { line } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { Reason } from "../requests/Request.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { tellOwners } from "../tenants/owners.ts"
import { normalRoles } from "../tenants/Role.ts"
import { ownerAppointed } from "../tenants/staffMails.ts"
import { staffMay, staffSearchLimits } from "../tenants/staffRights.ts"
import { type Tenant, TenantState, withAccountState, withAppointedOwner } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { type Account, AccountState } from "./Account.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { SessionRepository } from "./SessionRepository.ts"
import { highestRank, staffRolesOf } from "./StaffMember.ts"
import { StaffRepository } from "./StaffRepository.ts"
import { AccountStateUnsuitable, SuccessorUnsuitable } from "./Suspension.ts"
import { stillMay } from "./stillMay.ts"
import { accountRestored, accountSuspended } from "./suspensionMails.ts"

/** An account as staff see it before they suspend or restore it. */
export const StaffAccountView = Schema.Struct({
  id: AccountId,
  number: ShortNumber,
  email: EmailAddress,
  firstName: Schema.String,
  lastName: Schema.String,
  state: AccountState,
  createdAt: Instant,
  /** Where the account belongs, without tenants that are closed. */
  tenants: Schema.Array(
    Schema.Struct({
      id: TenantId,
      number: ShortNumber,
      name: Schema.String,
      state: TenantState,
      roles: RoleNames,
      /** Whether the tenant has no other active owner: then a suspension names a new one, or suspends the tenant, too. */
      soleOwner: Schema.Boolean
    })
  )
})

/** The account with this address or short number, for staff. */
export const find = UseCase.query({
  name: "accounts.find",
  summary: "Finds an account by its address or its number, for staff.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ search: line(300) }),
  output: StaffAccountView,
  errors: [NotFound],
  limits: staffSearchLimits,
  run: Effect.fnUntraced(function* ({ search }, { actor }) {
    yield* Effect.fromResult(staffMay("accounts.find", actor))
    const accounts = yield* AccountRepository
    const memberships = yield* MembershipRepository
    const email = parse(search)
    const found = Option.isSome(email)
      ? Option.map(yield* accounts.findByEmail(email.value), ({ account }) => account)
      : yield* accounts.findByNumber(search.trim().toUpperCase())
    if (Option.isNone(found)) return yield* new NotFound({ kind: "account" })
    const { createdAt, firstName, id, lastName, number, state } = found.value
    const places = yield* memberships.ofAccount(id)
    return {
      id,
      number,
      email: found.value.email,
      firstName,
      lastName,
      state,
      createdAt,
      tenants: places.map(({ membership, tenant }) => ({
        id: tenant.id,
        number: tenant.number,
        name: tenant.name,
        state: tenant.state,
        roles: membership.roles,
        soleOwner: state === "active" && membership.roles.includes(OWNER) && tenant.ownerCount === 1
      }))
    }
  })
})

type StaffUnit = UseCase.Unit<"Staff">

/**
 * Locks everything that the account's state counts in: its tenants in the order of their ids, then the account. A place that came to it between the two
 * makes the unit start anew, because whoever joins holds the account's row (V-01).
 */
const locked = Effect.fnUntraced(function* (useCase: string, unit: StaffUnit, accountId: AccountId) {
  yield* Effect.fromResult(staffMay(useCase, unit.actor))
  const accounts = yield* AccountRepository
  const memberships = yield* MembershipRepository
  const before = yield* memberships.ofAccountForUpdate(accountId)
  // the caller's own row, too, in the order of ids: of two staff who suspend each other one is not there any more
  const [own, other] = [unit.actor.accountId, accountId]
  if (own < other) yield* accounts.credentialsForUpdate(own)
  const account = Option.map(yield* accounts.credentialsForUpdate(other), ({ account }) => account)
  if (own > other) yield* accounts.credentialsForUpdate(own)
  const places = yield* memberships.ofAccountForUpdate(accountId)
  if (places.length !== before.length) {
    return yield* new PersistenceError({ operation: "accounts.locked", reason: "conflict" })
  }
  const { roles } = yield* stillMay(useCase, unit)
  if (Option.isNone(account)) return yield* new NotFound({ kind: "account" })
  const staff = yield* StaffRepository
  const stored = Option.match(yield* staff.find(accountId), { onNone: () => [], onSome: ({ roles }) => roles })
  // nobody suspends or restores who has more to say
  if (highestRank(staffRolesOf(unit.settings, account.value.email, stored)) > highestRank(roles)) {
    return yield* new NotAllowed({})
  }
  return { account: account.value, places }
})

const subject = (id: AccountId) => ({ kind: "account", id })

const toAccount = (account: Account, reason: string) => ({
  recipient: account.email,
  locale: account.locale,
  accountId: account.id,
  process: `account:${account.id}`,
  values: { reason }
})

const Outcome = Schema.Struct({
  id: AccountId,
  state: AccountState,
  /** Tenants that have no active owner any more and are suspended with the account. */
  suspendedTenants: Schema.Array(TenantId)
})

/** Who becomes an owner where the suspended account was the only one. */
const Successor = Schema.Struct({ tenantId: TenantId, accountId: AccountId })

/**
 * Suspends an account: nobody signs in to it, and every session of it ends in the same commit (AUT-10). A tenant whose only active owner it is gets
 * the owner that `successors` names, one of its members; without that it is suspended, too. Staff suspend neither themselves nor who ranks above them.
 */
export const suspend = UseCase.command({
  name: "accounts.suspend",
  summary: "Suspends an account and ends its sessions, with a reason for the person.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: Schema.Struct({
    accountId: AccountId,
    reason: Reason,
    successors: Schema.optionalKey(
      Schema.Array(Successor).check(Schema.makeFilter((all) => (all.length <= 100 ? undefined : "too-many")))
    )
  }),
  output: Outcome,
  errors: [NotFound, AccountStateUnsuitable, SuccessorUnsuitable],
  unit: Effect.fnUntraced(function* ({ accountId, reason, successors }, unit) {
    if (accountId === unit.actor.accountId) return yield* new NotAllowed({})
    const accounts = yield* AccountRepository
    const sessions = yield* SessionRepository
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const { account, places } = yield* locked("accounts.suspend", unit, accountId)
    if (account.state !== "active") return yield* new AccountStateUnsuitable({ state: account.state })
    const suspendedTenants: Array<Tenant> = []
    for (const { tenantId } of successors ?? []) {
      if (!places.some(({ tenant }) => tenant.id === tenantId)) return yield* new SuccessorUnsuitable({ tenantId })
    }
    yield* accounts.setState(accountId, "suspended", account.credentialEpoch)
    yield* sessions.endSurplus(accountId, account.credentialEpoch + 1, 0, unit.now)
    for (const { membership, tenant } of places) {
      const named = successors?.find((one: typeof Successor.Type) => one.tenantId === tenant.id)
      let kept = tenant
      if (named !== undefined) {
        const successor = yield* memberships.findMember(tenant.id, named.accountId)
        if (Option.isNone(successor) || successor.value.accountState !== "active" || named.accountId === accountId) {
          return yield* new SuccessorUnsuitable({ tenantId: tenant.id })
        }
        const { roles } = successor.value.membership
        kept = yield* Effect.fromResult(withAppointedOwner(tenant, roles)).pipe(
          Effect.mapError(() => new SuccessorUnsuitable({ tenantId: tenant.id }))
        )
        const crowned = normalRoles([...roles, OWNER])
        yield* memberships.update({ ...successor.value.membership, roles: crowned })
        unit.record({
          type: "membership.rolesChanged",
          tenantId: tenant.id,
          subject: { kind: "membership", id: successor.value.membership.id },
          data: { accountId: named.accountId, before: [...roles], roles: [...crowned] }
        })
        unit.record({
          type: "tenant.ownerAppointed",
          tenantId: tenant.id,
          subject: { kind: "tenant", id: tenant.id },
          data: { accountId: named.accountId, joined: false, reason }
        })
      }
      const next = withAccountState(kept, membership.roles, "active", "suspended")
      if (next.ownerCount === tenant.ownerCount && named === undefined) continue
      yield* tenants.save(next)
      if (named !== undefined) yield* tellOwners(unit, tenant, ownerAppointed, reason)
      if (next.state !== tenant.state) {
        suspendedTenants.push(next)
        unit.record({
          type: "tenant.suspended",
          tenantId: tenant.id,
          subject: { kind: "tenant", id: tenant.id },
          data: { from: tenant.state, reason }
        })
      }
    }
    unit.record({
      type: "account.suspended",
      subject: subject(accountId),
      data: { reason, tenants: suspendedTenants.map(({ id }) => id) }
    })
    unit.send(accountSuspended.mail(toAccount(account, reason)))
    return { id: accountId, state: "suspended" as const, suspendedTenants: suspendedTenants.map(({ id }) => id) }
  })
})

/** The person can sign in again, and counts as an owner again where they are one. A tenant that was suspended meanwhile stays so. */
export const restore = UseCase.command({
  name: "accounts.restore",
  summary: "Restores a suspended account.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: Schema.Struct({ accountId: AccountId, reason: Reason }),
  output: Outcome,
  errors: [NotFound, AccountStateUnsuitable],
  unit: Effect.fnUntraced(function* ({ accountId, reason }, unit) {
    const accounts = yield* AccountRepository
    const tenants = yield* TenantRepository
    const { account, places } = yield* locked("accounts.restore", unit, accountId)
    if (account.state !== "suspended") return yield* new AccountStateUnsuitable({ state: account.state })
    yield* accounts.setState(accountId, "active", account.credentialEpoch)
    for (const { membership, tenant } of places) {
      const next = withAccountState(tenant, membership.roles, "suspended", "active")
      if (next.ownerCount !== tenant.ownerCount) yield* tenants.save(next)
    }
    unit.record({ type: "account.restored", subject: subject(accountId), data: { reason } })
    unit.send(accountRestored.mail(toAccount(account, reason)))
    return { id: accountId, state: "active" as const, suspendedTenants: [] }
  })
})

/** Every use case of staff with accounts. */
export const useCases = UseCase.registry(find, suspend, restore)
