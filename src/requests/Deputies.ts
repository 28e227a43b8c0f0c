import { Duration, Effect, Option, Schema } from "effect"
import { type Account, fullName } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { callersAccount } from "../accounts/callersAccount.ts"
import { operatorsOf } from "../accounts/StaffMember.ts"
import { StaffRepository } from "../accounts/StaffRepository.ts"
import type * as Actor from "../kernel/Actor.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, DeputyId, nextId, TenantId } from "../kernel/ids.ts"
import * as Page from "../kernel/Page.ts"
import { InvalidInput, NotAllowed, NotFound } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { ownPermissionsIn } from "../tenants/Access.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { lockedStanding } from "../tenants/Permissions.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { Deputy, DeputyNotPossible } from "./Deputy.ts"
import { DeputyRepository } from "./DeputyRepository.ts"
import { deputyNamed } from "./deputyMails.ts"

const subject = (id: DeputyId) => ({ kind: "deputy", id })

const KeyOfPage = Schema.Tuple([Schema.Int, DeputyId])
const keyOf = ({ createdAt, id }: Deputy) => [createdAt, id] as const

/** A period that has a length, does not begin in the past, and neither is longer nor begins later from now than the operator allows. */
const periodOf = (
  settings: Settings,
  input: { readonly from?: number | undefined; readonly until: number },
  now: Instant.Instant
) => {
  const from = Instant.fromMillis(Math.max(input.from ?? now, now))
  const until = Instant.fromMillis(input.until)
  const most = Duration.toMillis(Duration.fromInputUnsafe(settings.requests.deputyMaximum))
  const isOut = from - now > most ? "from" : until <= from || until - from > most ? "until" : undefined
  return isOut === undefined
    ? Effect.succeed({ from, until })
    : Effect.fail(new InvalidInput({ issues: [{ path: [isOut], code: "range" }] }))
}

interface Named {
  readonly principal: Pick<Account, "firstName" | "lastName">
  readonly tenantName: string
  readonly recipient: EmailAddress
  readonly locale: string
}

/** Among the members of a tenant. The tenant's row is locked, as by everybody who changes what its members may. */
const amongMembers = Effect.fnUntraced(function* (
  { settings }: Pick<UseCase.Unit<"Account" | "Staff">, "settings">,
  actor: Actor.Account,
  tenantId: TenantId,
  deputyId: AccountId
) {
  const accounts = yield* AccountRepository
  const memberships = yield* MembershipRepository
  // who decides nothing has nothing to be stood in for
  const { facts, tenant } = yield* lockedStanding({ actor, settings }, tenantId, "requests.decide")
  // nobody stands in for what comes through a main (see `RequestRepository.entitled`), so that nobody is told that they do
  if (!ownPermissionsIn(settings, facts).has("requests.decide")) {
    return yield* new NotAllowed({ permission: "requests.decide" })
  }
  const principal = yield* accounts.find(actor.accountId)
  if (Option.isNone(principal)) return yield* new NotFound({ kind: "tenant" })
  const deputy = Option.getOrUndefined(yield* memberships.findMember(tenantId, deputyId))
  if (deputy?.accountState !== "active" || deputyId === actor.accountId) return yield* new DeputyNotPossible()
  const named: Named = {
    principal: principal.value,
    tenantName: tenant.name,
    recipient: deputy.membership.contactEmail,
    locale: deputy.locale
  }
  return named
})

/** Among staff. The principal's row stays as it is until the unit ends. */
const amongStaff = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Account" | "Staff">,
  actor: Actor.Staff,
  deputyId: AccountId
) {
  const accounts = yield* AccountRepository
  const staff = yield* StaffRepository
  yield* staff.hold([actor.accountId], unit.now)
  const isCrew = Effect.fnUntraced(function* (account: Account) {
    return operatorsOf(unit.settings).includes(account.email) || Option.isSome(yield* staff.find(account.id))
  })
  const principal = yield* callersAccount(actor)
  if (!(yield* isCrew(principal))) return yield* new NotAllowed({})
  const deputy = Option.getOrUndefined(yield* accounts.find(deputyId))
  if (deputy?.state !== "active" || deputyId === actor.accountId || !(yield* isCrew(deputy))) {
    return yield* new DeputyNotPossible()
  }
  const named: Named = { principal, tenantName: "", recipient: deputy.email, locale: deputy.locale }
  return named
})

/**
 * The caller names somebody who can decide in their place for a period: in a tenant another member, among staff another one of them (REQ-07). The
 * deputy may what the caller may, as long as the caller may.
 */
export const nameDeputy = UseCase.command({
  name: "requests.nameDeputy",
  summary: "Names somebody who decides requests in the caller's place for a period.",
  actors: ["Account", "Staff"],
  requires: "decider",
  sensitive: true,
  input: Schema.Struct({
    deputyId: AccountId,
    /** Where; not given by staff, for what staff decide. */
    tenantId: Schema.optionalKey(TenantId),
    /** Now, where it is not given or in the past. */
    from: Schema.optionalKey(Schema.Int),
    until: Schema.Int
  }),
  output: Deputy,
  errors: [NotFound, DeputyNotPossible],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `deputies:${actor.accountId}`, limit: settings.limits.deputiesPerAccount }]),
  unit: Effect.fnUntraced(function* (input, unit: UseCase.Unit<"Account" | "Staff">) {
    const deputies = yield* DeputyRepository
    const { actor, now, settings } = unit
    const period = yield* periodOf(settings, input, now)
    const issue = (code: string) => new InvalidInput({ issues: [{ path: ["tenantId"], code }] })
    let named: Named
    if (actor._tag === "Account") {
      if (input.tenantId === undefined) return yield* issue("missing")
      named = yield* amongMembers(unit, actor, input.tenantId, input.deputyId)
    } else {
      if (input.tenantId !== undefined) return yield* issue("unknown")
      named = yield* amongStaff(unit, actor, input.deputyId)
    }
    const deputy: Deputy = {
      id: yield* nextId(DeputyId),
      principalId: actor.accountId,
      deputyId: input.deputyId,
      tenantId: input.tenantId ?? null,
      ...period,
      createdAt: now
    }
    yield* deputies.insert(deputy)
    unit.record({
      type: "deputy.named",
      tenantId: input.tenantId,
      subject: subject(deputy.id),
      data: { principalId: deputy.principalId, deputyId: deputy.deputyId, from: deputy.from, until: deputy.until }
    })
    unit.send(
      deputyNamed.mail({
        recipient: named.recipient,
        locale: named.locale,
        tenantId: input.tenantId,
        accountId: deputy.deputyId,
        process: `deputy:${deputy.id}`,
        values: {
          deputyshipId: deputy.id,
          principalId: deputy.principalId,
          principalName: fullName(named.principal),
          tenantName: named.tenantName,
          from: deputy.from,
          until: deputy.until
        }
      })
    )
    return deputy
  })
})

/** The caller ends somebody's being their deputy, at once; a decision of the deputy comes either before that or not at all. */
export const endDeputy = UseCase.command({
  name: "requests.endDeputy",
  summary: "Ends that somebody is the caller's deputy.",
  actors: ["Account", "Staff"],
  requires: "self",
  input: Schema.Struct({ id: DeputyId }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ id }, unit: UseCase.Unit<"Account" | "Staff">) {
    const deputies = yield* DeputyRepository
    const { id: accountId } = yield* callersAccount(unit.actor)
    const found = Option.getOrUndefined(yield* deputies.find(accountId, id))
    if (found === undefined) return yield* new NotFound({ kind: "deputy" })
    // what a decision of the deputy hangs on: in a tenant its row, among staff the row of the deputyship itself, which `hold` keeps as it is
    if (found.tenantId !== null) {
      const tenants = yield* TenantRepository
      yield* tenants.findForUpdate(found.tenantId)
    }
    // one that is over already is what the caller wanted
    if (!(yield* deputies.end(accountId, id, unit.now))) return
    unit.record({
      type: "deputy.ended",
      tenantId: found.tenantId ?? undefined,
      subject: subject(id),
      data: { deputyId: found.deputyId }
    })
  })
})

/** Whom the caller has named, and for whom the caller stands in: those that are not over, the one named last first. */
export const deputies = UseCase.query({
  name: "requests.deputies",
  summary: "Lists the caller's deputies, and those for whom the caller stands in.",
  actors: ["Account", "Staff"],
  requires: "self",
  input: Schema.Struct(Page.fields),
  output: Page.Page(Deputy),
  errors: [],
  run: Effect.fnUntraced(function* (input, { actor, now }: UseCase.Call<"Account" | "Staff">) {
    const repository = yield* DeputyRepository
    const window = yield* Page.window(KeyOfPage, input)
    yield* callersAccount(actor)
    const rows = yield* repository.ofAccount(actor.accountId, now, window)
    return Page.make(rows, window, keyOf, (deputy) => deputy)
  })
})

/** Every use case of deputies. */
export const useCases = UseCase.registry(nameDeputy, endDeputy, deputies)
