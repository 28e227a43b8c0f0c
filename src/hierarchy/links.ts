import { Effect, Option } from "effect"
import type { AccountId, TenantId } from "../kernel/ids.ts"
import type { Permission } from "../kernel/Permission.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { NotFound } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { OrderRepository } from "../orders/OrderRepository.ts"
import type { AnyUnit } from "../requests/RequestKind.ts"
import { type Member, MembershipRepository } from "../tenants/MembershipRepository.ts"
import type { Tenant } from "../tenants/Tenant.ts"
import { type Claim, TenantRepository } from "../tenants/TenantRepository.ts"
import { HierarchyRepository } from "./HierarchyRepository.ts"
import { linked, unlinked } from "./hierarchyMails.ts"
import * as TenantLink from "./TenantLink.ts"

/**
 * Locks tenants in the order of their ids, as everywhere, so that two changes of the same two cannot wait for each other. What the caller must have a
 * place in is locked for that caller only: `claims` says so by the tenant that is locked.
 */
export const lockAll = Effect.fnUntraced(function* (
  ids: ReadonlyArray<TenantId>,
  claims: (id: TenantId) => Claim | undefined = () => undefined
) {
  const tenants = yield* TenantRepository
  const byId = new Map<TenantId, Tenant>()
  for (const id of [...new Set(ids)].sort()) {
    const tenant = yield* tenants.findForUpdate(id, claims(id))
    if (Option.isSome(tenant)) byId.set(id, tenant.value)
  }
  return byId
})

/** Those who decide on a tenant's place: the names of the roles that carry it. */
const rolesWith = (settings: Settings, permission: Permission): ReadonlyArray<string> =>
  settings.roles.filter(({ permissions }) => permissions.includes(permission)).map(({ name }) => name)

/** How many people of each tenant were told. */
type Told = ReadonlyMap<TenantId, number>

/** Those who decide in these tenants, in one statement. */
const deciders = Effect.fnUntraced(function* (unit: AnyUnit, ...tenantIds: ReadonlyArray<TenantId>) {
  const memberships = yield* MembershipRepository
  return yield* memberships.withRoles(tenantIds, rolesWith(unit.settings, "locations.change"))
})

/** Mails those of these people who decide in these tenants, without those who know it already. */
const tell = (
  unit: AnyUnit,
  people: ReadonlyArray<Member>,
  kind: typeof linked | typeof unlinked,
  tenantIds: ReadonlyArray<TenantId>,
  names: { readonly mainName: string; readonly subName: string },
  { mainId, subId }: Pick<TenantLink.TenantLink, "mainId" | "subId">,
  except: ReadonlyArray<AccountId | null>
): Told => {
  const told = new Set<string>()
  const counts = new Map<TenantId, number>()
  for (const { locale, membership } of people) {
    const { accountId, contactEmail, tenantId } = membership
    // who decides on both sides is told once, where both mails would go to one address
    const key = `${accountId} ${contactEmail}`
    if (!tenantIds.includes(tenantId) || except.includes(accountId) || told.has(key)) continue
    told.add(key)
    counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1)
    unit.send(
      kind.mail({
        recipient: contactEmail,
        locale,
        tenantId,
        accountId,
        process: `location:${subId}`,
        values: { ...names, mainId, subId, accountId }
      })
    )
  }
  return counts
}

const actorOf = ({ actor }: AnyUnit): AccountId | null => (actor._tag === "Account" ? actor.accountId : null)

/** In the logs of both sides, each with how many of its people were told. */
const record = (
  unit: AnyUnit,
  type: string,
  { mainId, subId }: Pick<TenantLink.TenantLink, "mainId" | "subId">,
  data: { readonly [key: string]: string },
  told: Told
): void => {
  for (const tenantId of [mainId, subId]) {
    unit.record({
      type,
      tenantId,
      subject: { kind: "location", id: subId },
      data: { mainId, subId, ...data, told: told.get(tenantId) ?? 0 }
    })
  }
}

/** Where a tenant stands that is linked to nothing. */
const ALONE: TenantLink.Level = { link: null, hasSubs: false }

/**
 * A tenant becomes a sub of another, in the open unit, which has locked both rows and asked whether its caller may do this. Answers the link; those
 * who decide on either side are told, without `except`.
 */
export const attach = Effect.fnUntraced(function* (
  unit: AnyUnit,
  main: Tenant,
  sub: Tenant,
  how: {
    readonly kind: TenantLink.LinkKind
    readonly except?: ReadonlyArray<AccountId | null>
    /** Where they are known already, from under the same locks. */
    readonly levels?: ReadonlyMap<TenantId, TenantLink.Level>
  }
) {
  const tenants = yield* TenantRepository
  const hierarchy = yield* HierarchyRepository
  const orders = yield* OrderRepository
  // asked first, because both sides are one row then
  if (main.id === sub.id) return yield* new TenantLink.LinkToItself()
  const levels = how.levels ?? (yield* hierarchy.levels([main.id, sub.id]))
  const link = yield* Effect.fromResult(
    TenantLink.link(
      { ...(levels.get(main.id) ?? ALONE), tenant: main },
      { ...(levels.get(sub.id) ?? ALONE), tenant: sub, openOrders: yield* orders.openOrders(sub.id) },
      { kind: how.kind, now: unit.now }
    )
  )
  yield* hierarchy.insert(link)
  yield* tenants.save(main)
  yield* tenants.save(sub)
  const names = { mainName: main.name, subName: sub.name }
  const people = yield* deciders(unit, main.id, sub.id)
  const known = [actorOf(unit), ...(how.except ?? [])]
  const told = tell(unit, people, linked, [main.id, sub.id], names, link, known)
  record(unit, "location.linked", link, { kind: link.kind }, told)
  return link
})

/** The sub goes to another main, in the open unit, which has locked its row and those of both mains. The main of before is told, too. */
export const moveTo = Effect.fnUntraced(function* (
  unit: AnyUnit,
  main: Tenant,
  sub: Tenant,
  current: TenantLink.TenantLink,
  except: ReadonlyArray<AccountId | null> = []
) {
  const tenants = yield* TenantRepository
  const hierarchy = yield* HierarchyRepository
  const memberships = yield* MembershipRepository
  const level = yield* hierarchy.level(main.id)
  const next = yield* Effect.fromResult(TenantLink.move(current, { ...level, tenant: main }, unit.now))
  const before = yield* tenants.find(current.mainId)
  yield* hierarchy.move(next, current.mainId)
  yield* memberships.dropLocation(current.mainId, current.subId)
  if (Option.isSome(before)) yield* tenants.save(before.value)
  yield* tenants.save(main)
  yield* tenants.save(sub)
  const people = yield* deciders(unit, current.mainId, main.id, sub.id)
  const known = [actorOf(unit), ...except]
  const left = { mainName: Option.match(before, { onNone: () => "", onSome: ({ name }) => name }), subName: sub.name }
  record(
    unit,
    "location.unlinked",
    current,
    { reason: "moved" },
    tell(unit, people, unlinked, [current.mainId], left, current, known)
  )
  const joined = { mainName: main.name, subName: sub.name }
  record(
    unit,
    "location.linked",
    next,
    { kind: next.kind },
    tell(unit, people, linked, [main.id, sub.id], joined, next, known)
  )
  return next
})

/**
 * The link of a sub with both rows locked: what changes it begins with this. `mainId` where the caller named the main, `by` where nothing is locked
 * unless the caller has a place in the tenant that they speak for.
 */
export const lockedLink = Effect.fnUntraced(function* (subId: TenantId, mainId?: TenantId, by?: Claim) {
  const hierarchy = yield* HierarchyRepository
  const none = new NotFound({ kind: "location" })
  const read = Option.getOrUndefined(yield* hierarchy.find(subId))
  if (read === undefined || (mainId !== undefined && read.mainId !== mainId)) return yield* none
  const locked = yield* lockAll([read.mainId, subId], () => by)
  const main = locked.get(read.mainId)
  const sub = locked.get(subId)
  const link = Option.getOrUndefined(yield* hierarchy.find(subId))
  if (link === undefined || main === undefined || sub === undefined) return yield* none
  if (link.mainId !== read.mainId) {
    // moved since it was read: to the main that was named it is gone, and to the sub itself another row has to be locked
    return yield* mainId === undefined
      ? new PersistenceError({ operation: "hierarchy.find", reason: "conflict" })
      : none
  }
  return { link, main, sub }
})

/**
 * Ends a link, in the open unit, which has locked both rows (`lockedLink`): the sub is independent again and keeps all that is its own (HIE-07).
 * Those who decide in `toTell` are told.
 */
export const detach = Effect.fnUntraced(function* (
  unit: AnyUnit,
  { link, main, sub }: { readonly link: TenantLink.TenantLink; readonly main: Tenant; readonly sub: Tenant },
  toTell: ReadonlyArray<TenantId>,
  reason: "unlinked" | "closed" = "unlinked"
) {
  const tenants = yield* TenantRepository
  const hierarchy = yield* HierarchyRepository
  const memberships = yield* MembershipRepository
  yield* hierarchy.remove(link.subId, link.mainId)
  // linked again, it is a new location, and is chosen anew (HIE-06)
  yield* memberships.dropLocation(link.mainId, link.subId)
  yield* tenants.save(main)
  yield* tenants.save(sub)
  const names = { mainName: main.name, subName: sub.name }
  const people = yield* deciders(unit, ...toTell)
  record(
    unit,
    "location.unlinked",
    link,
    { reason },
    tell(unit, people, unlinked, toTell, names, link, [actorOf(unit)])
  )
})
