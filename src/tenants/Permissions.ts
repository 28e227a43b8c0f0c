import { Effect, Option, Result, Schema } from "effect"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { settlesAt } from "../accounts/EmailChange.ts"
import { Offered, toOffered } from "../invitations/Invitation.ts"
import { InvitationRepository } from "../invitations/InvitationRepository.ts"
import type * as Actor from "../kernel/Actor.ts"
import { domainOf } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, RequestId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { Permission, RoleNames } from "../kernel/Permission.ts"
import { NotFound, SignInRequired } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { RequestState } from "../requests/Request.ts"
import { RequestRepository } from "../requests/RequestRepository.ts"
import {
  type AccessFacts,
  Decision,
  decide,
  noMembership,
  opensLocations,
  permissionsIn,
  reach,
  standing
} from "./Access.ts"
import { DomainRepository } from "./DomainRepository.ts"
import { locationsOf } from "./Membership.ts"
import { MembershipRepository } from "./MembershipRepository.ts"
import { TenantState } from "./Tenant.ts"
import { TenantRepository } from "./TenantRepository.ts"

/** Loads the facts of one account in the tenant that the call named, in one statement, and requires a permission (TEN-11; see `standing`). */
export const require = Effect.fnUntraced(function* (
  actor: Actor.Account,
  settings: Settings,
  tenantId: TenantId,
  permission: Permission
) {
  const memberships = yield* MembershipRepository
  const facts = yield* memberships.accessFacts(tenantId, actor.accountId)
  return yield* Effect.fromResult(standing(settings, actor, Option.getOrUndefined(facts), permission))
})

/**
 * In which of these tenants the caller has a permission, in one statement however many they are. Where they have not, why is nobody's matter; a session that
 * does not stand for its account has it nowhere, and is refused.
 */
export const permittedIn = Effect.fnUntraced(function* (
  { actor, settings }: Pick<UseCase.Call<"Account">, "actor" | "settings">,
  tenantIds: ReadonlyArray<TenantId>,
  permission: Permission
) {
  const permitted = new Set<TenantId>()
  if (tenantIds.length === 0) return permitted
  const memberships = yield* MembershipRepository
  for (const facts of yield* memberships.accessFactsIn(tenantIds, actor.accountId)) {
    const found = standing(settings, actor, facts, permission)
    if (Result.isSuccess(found)) permitted.add(facts.tenantId)
    else if (found.failure._tag === "SignInRequired") return yield* found.failure
  }
  return permitted
})

/**
 * As `require`, for a unit that changes what hangs on the tenant: locks its row, then asks, so that the right is there until the commit, and so is the
 * place in a main tenant that it may come through (HIE-06). Whoever has no place in the tenant locks nothing.
 */
export const lockedStanding = Effect.fnUntraced(function* (
  { actor, settings }: Pick<UseCase.Call<"Account">, "actor" | "settings">,
  tenantId: TenantId,
  permission: Permission
) {
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const tenant = yield* tenants.findForUpdate(tenantId, { accountId: actor.accountId, tenantId })
  const found = yield* memberships.accessFacts(tenantId, actor.accountId, "kept")
  const { facts, permissions } = yield* Effect.fromResult(
    standing(settings, actor, Option.getOrUndefined(found), permission)
  )
  if (Option.isNone(tenant)) return yield* new NotFound({ kind: "tenant" })
  return { tenant: tenant.value, facts, permissions }
})

// ---- where can I go? -------------------------------------------------------------------------------------------------------------------

/** A way on for somebody who is in no tenant, or looks for another one. */
export const NextStep = Schema.Literals([
  "accept-invitation",
  "await-decision",
  "join-by-domain",
  "ask-for-invitation",
  "create-tenant"
])
export type NextStep = typeof NextStep.Type

/** How many open invitations, and how many requests, are shown here; `invitations.mine` and `requests.mine` list them all. */
const MOST_SHOWN = 25

/**
 * The caller's tenants with their effective roles and permissions, by name, and what is open for them: with no tenant the state is `no-access`,
 * and `next` says how to go on (ACC-01, REG-08). A tenant that is not active is listed, and allows nothing.
 */
export const whereCanIGo = UseCase.query({
  name: "access.whereCanIGo",
  summary: "Lists the caller's customer areas, or says how to get into one.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({}),
  output: Schema.Struct({
    state: Schema.Literals(["access", "no-access"]),
    tenants: Schema.Array(
      Schema.Struct({
        id: TenantId,
        number: ShortNumber,
        name: Schema.String,
        customerNumber: Schema.String,
        state: TenantState,
        roles: RoleNames,
        /** Those that come through the main tenant included. */
        permissions: Schema.Array(Permission),
        /** Whether the tenant requires a second factor and the caller has none: then nothing is allowed until they set one up (TFA-07). */
        secondFactorMissing: Schema.Boolean,
        /** The main tenant where the caller has a place there, too. */
        mainId: Schema.NullOr(TenantId),
        /** How many sub tenants the caller can enter from here; `locations.mine` lists them. */
        locations: Schema.Int
      })
    ),
    /** Open ones for the caller's verified address, newest first, at most 25. */
    invitations: Schema.Array(Offered),
    /** What the caller can join, or ask to, because their proven address is of a domain that the tenant has proven (`domains.join`). */
    domains: Schema.Array(
      Schema.Struct({ tenantId: TenantId, tenantName: Schema.String, joining: Schema.Literals(["ask", "at-once"]) })
    ),
    /** With no tenant: what the caller has asked for and waits for, newest first, at most 25. */
    requests: Schema.Array(
      Schema.Struct({
        id: RequestId,
        number: ShortNumber,
        kind: Schema.String,
        state: RequestState,
        createdAt: Instant,
        expiresAt: Instant
      })
    ),
    next: Schema.Array(NextStep)
  }),
  errors: [],
  run: Effect.fnUntraced(function* (_, { actor, now, settings }) {
    const accounts = yield* AccountRepository
    const memberships = yield* MembershipRepository
    const invitations = yield* InvitationRepository
    const credentials = Option.getOrUndefined(yield* accounts.credentials(actor.accountId))
    const account = credentials?.account
    if (account?.state !== "active" || account.credentialEpoch !== actor.credentialEpoch) {
      return yield* new SignInRequired()
    }
    const secondFactor = credentials?.secondFactor === true
    const places = yield* memberships.ofAccount(actor.accountId)
    const open = yield* invitations.openForEmail(account.email, now, { after: Option.none(), limit: MOST_SHOWN })
    const domainRepository = yield* DomainRepository
    const offer = yield* domainRepository.offerFor(domainOf(account.email), account.id, now)
    // as `domains.join` answers it: who has just moved to the address asks
    const isNew = settlesAt(account, settings, now) !== null
    const domains = Option.toArray(offer).flatMap(({ domain: { joining, tenantId }, tenantName }) =>
      joining === "nobody" ? [] : [{ tenantId, tenantName, joining: isNew ? ("ask" as const) : joining }]
    )
    const tenants = places.map(({ membership, subs, tenant, through }) => {
      const facts: AccessFacts = {
        accountId: account.id,
        accountState: account.state,
        credentialEpoch: account.credentialEpoch,
        tenantId: tenant.id,
        tenantState: tenant.state,
        secondFactor,
        requiresSecondFactor: tenant.requiresSecondFactor,
        membership,
        through
      }
      return {
        id: tenant.id,
        number: tenant.number,
        name: tenant.name,
        customerNumber: tenant.customerNumber,
        state: tenant.state,
        roles: membership.roles,
        permissions: [...permissionsIn(settings, facts)],
        secondFactorMissing: tenant.requiresSecondFactor && !secondFactor,
        mainId: through?.mainId ?? null,
        locations: !opensLocations(settings, facts)
          ? 0
          : locationsOf(settings, membership) === null
            ? subs.all
            : subs.chosen
      }
    })
    const requestRepository = yield* RequestRepository
    const requests = tenants.length === 0 ? yield* requestRepository.openOf(actor, now, MOST_SHOWN) : []
    const next: Array<NextStep> = [
      ...(open.length > 0 ? (["accept-invitation"] as const) : []),
      ...(requests.length > 0 ? (["await-decision"] as const) : []),
      ...(domains.length > 0 ? (["join-by-domain"] as const) : []),
      "ask-for-invitation",
      ...(settings.tenants.selfService ? (["create-tenant"] as const) : [])
    ]
    return {
      state: tenants.length === 0 ? ("no-access" as const) : ("access" as const),
      tenants,
      invitations: open.slice(0, MOST_SHOWN).map(toOffered),
      domains,
      requests: requests.map(({ createdAt, expiresAt, id, kind, number, state }) => ({
        id,
        number,
        kind,
        state,
        createdAt,
        expiresAt
      })),
      next
    }
  })
})

// ---- may I? ----------------------------------------------------------------------------------------------------------------------------

const Question = { tenantId: TenantId, permission: Permission }

/** Whether the caller may do this in this tenant; one statement, never cached (V-07). A tenant of others and one that does not exist both allow nothing. */
export const check = UseCase.query({
  name: "access.check",
  summary: "Says whether the caller has a permission in a customer area.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(Question),
  output: Schema.Struct({ allowed: Schema.Boolean }),
  errors: [],
  // the question that a host asks most often: written without a generator, which would be a tenth of its time
  run: ({ permission, tenantId }, { actor, settings }) =>
    Effect.flatMap(MembershipRepository, (memberships) =>
      Effect.flatMap(memberships.accessFacts(tenantId, actor.accountId), (facts) => {
        const result = standing(settings, actor, Option.getOrUndefined(facts), permission)
        return Result.isFailure(result) && result.failure._tag === "SignInRequired"
          ? Effect.fail(result.failure)
          : Effect.succeed({ allowed: Result.isSuccess(result) })
      })
    )
})

/**
 * Through which membership and which of its roles somebody may do something, there or in the main tenant, or what is missing (ACC-02). Anybody may ask for themself; for others
 * only who may change owners of the tenant.
 */
export const explain = UseCase.query({
  name: "access.explain",
  summary: "Says through which membership and role somebody may do something in a customer area, or what is missing.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({
    ...Question,
    /** Of whom; the caller where it is not given. */
    accountId: Schema.optionalKey(AccountId)
  }),
  output: Decision,
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const { permission, tenantId } = input
    const memberships = yield* MembershipRepository
    const whose = input.accountId ?? actor.accountId
    const found = yield* memberships.accessFactsOf(tenantId, [...new Set([actor.accountId, whose])])
    const own = found.find((facts) => facts.accountId === actor.accountId)
    if (whose !== actor.accountId) {
      yield* Effect.fromResult(standing(settings, actor, own, "owners.change"))
      const other = found.find((facts) => facts.accountId === whose)
      return other === undefined ? noMembership : decide(settings, other, permission)
    }
    const reached = reach(settings, actor, own)
    if (Result.isSuccess(reached)) return decide(settings, reached.success, permission)
    return reached.failure._tag === "NotFound" ? noMembership : yield* reached.failure
  })
})

/** Every use case of access. */
export const useCases = UseCase.registry(whereCanIGo, check, explain)
