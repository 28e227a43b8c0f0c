import { Effect, Option, Schema } from "effect"
import { type AccountId, TenantId } from "../kernel/ids.ts"
import type { Settings } from "../kernel/Settings.ts"
import { AskerLostAuthority } from "../requests/Request.ts"
import * as RequestKind from "../requests/RequestKind.ts"
import { permissionsIn } from "../tenants/Access.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { TenantNotActive } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { HierarchyRepository } from "./HierarchyRepository.ts"
import { attach, moveTo } from "./links.ts"
import { NotASub } from "./TenantLink.ts"

/** Who may speak for a tenant when it is linked, unlinked or moved. Never through its main: whose it is, is its own matter. */
const permission = "locations.change"

/** Whoever asked must still be able to ask when it comes true, as an inviter must (INV-05). */
const stillSpeaksFor = Effect.fnUntraced(function* (settings: Settings, tenantId: TenantId, asker: AccountId | null) {
  const memberships = yield* MembershipRepository
  const facts = asker === null ? Option.none() : yield* memberships.accessFacts(tenantId, asker)
  if (Option.isNone(facts) || !permissionsIn(settings, facts.value).has(permission)) {
    return yield* new AskerLostAuthority()
  }
})

/** The two tenants, which the decision has locked. */
const both = Effect.fnUntraced(function* (mainId: TenantId, subId: TenantId) {
  const tenants = yield* TenantRepository
  const main = yield* tenants.find(mainId)
  const sub = yield* tenants.find(subId)
  if (Option.isNone(main) || Option.isNone(sub)) return yield* new TenantNotActive()
  return { main: main.value, sub: sub.value }
})

const nameOf = (id: TenantId) =>
  Effect.flatMap(TenantRepository, (tenants) =>
    Effect.map(
      tenants.find(id),
      Option.match({ onNone: () => "", onSome: ({ city, name }) => (city === "" ? name : `${name}, ${city}`) })
    )
  )

/** What a main tenant asks another one. */
export const Linking = Schema.Struct({
  mainId: TenantId,
  subId: TenantId,
  /** Name and place of the main as they were when it asked. */
  mainName: Schema.String,
  /** Of the sub, as the asker wrote it: more than that the asker does not learn of it here. */
  customerNumber: Schema.String
})

/** A main tenant asks another one to become its sub; that one's owners decide (HIE-03). The link comes with the last approval. */
export const linkSubTenant = RequestKind.make({
  name: "LinkSubTenant",
  title: { de: "Aufnahme als Nebenaccount", en: "Becoming a sub account" },
  payload: Linking,
  audience: ({ subId }) => ({ _tag: "Tenant", tenantId: subId, permission }),
  identity: ({ mainId, subId }) => `${mainId} ${subId}`,
  askerTenantId: ({ mainId }) => mainId,
  changes: ({ mainId, subId }) => [mainId, subId],
  describe: ({ customerNumber, mainName }) => [
    { label: { de: "Hauptaccount", en: "Main account" }, value: mainName },
    { label: { de: "Kundennummer des Nebenaccounts", en: "Customer number of the sub account" }, value: customerNumber }
  ],
  facts: ({ payload }) =>
    Effect.map(nameOf(payload.subId), (value) => [
      { label: { de: "Ihr Kundenbereich", en: "Your customer area" }, value }
    ]),
  approve: Effect.fnUntraced(function* ({ payload, request }, unit) {
    const { main, sub } = yield* both(payload.mainId, payload.subId)
    yield* stillSpeaksFor(unit.settings, main.id, request.asker.accountId)
    yield* attach(unit, main, sub, { kind: "existing", except: [request.asker.accountId] })
  })
})

/** What a sub tenant asks another main. */
export const Moving = Schema.Struct({
  subId: TenantId,
  /** The main that it leaves. */
  fromId: TenantId,
  mainId: TenantId,
  /** Name and place of the sub as they were when it asked. */
  subName: Schema.String,
  /** Of the new main, as the asker wrote it. */
  customerNumber: Schema.String
})

/** A sub asks another main to take it; that one's owners decide (HIE-09). The main of before has no say in it, as with unlinking. */
export const moveSubTenant = RequestKind.make({
  name: "MoveSubTenant",
  title: { de: "Wechsel des Hauptaccounts", en: "Changing the main account" },
  payload: Moving,
  audience: ({ mainId }) => ({ _tag: "Tenant", tenantId: mainId, permission }),
  identity: ({ mainId, subId }) => `${mainId} ${subId}`,
  askerTenantId: ({ subId }) => subId,
  changes: ({ fromId, mainId, subId }) => [fromId, mainId, subId],
  describe: ({ customerNumber, subName }) => [
    { label: { de: "Nebenaccount", en: "Sub account" }, value: subName },
    {
      label: { de: "Kundennummer des neuen Hauptaccounts", en: "Customer number of the new main account" },
      value: customerNumber
    }
  ],
  facts: ({ payload }) =>
    Effect.map(nameOf(payload.mainId), (value) => [
      { label: { de: "Ihr Kundenbereich", en: "Your customer area" }, value }
    ]),
  approve: Effect.fnUntraced(function* ({ payload, request }, unit) {
    const hierarchy = yield* HierarchyRepository
    const { main, sub } = yield* both(payload.mainId, payload.subId)
    yield* stillSpeaksFor(unit.settings, sub.id, request.asker.accountId)
    const current = Option.getOrUndefined(yield* hierarchy.find(sub.id))
    // unlinked, or moved elsewhere, since it asked
    if (current === undefined || current.mainId !== payload.fromId) return yield* new NotASub()
    yield* moveTo(unit, main, sub, current, [request.asker.accountId])
  })
})

/** Every kind of request of the room. */
export const requestKinds = [linkSubTenant, moveSubTenant] as const
