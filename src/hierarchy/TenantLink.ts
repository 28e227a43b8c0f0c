import { Result, Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { TenantId } from "../kernel/ids.ts"
import { Permission } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import { type Tenant, TenantNotActive } from "../tenants/Tenant.ts"

/** How a sub came to its main: it was there before (HIE-03), or was ordered for it (HIE-04). */
export const LinkKind = Schema.Literals(["existing", "ordered"])
export type LinkKind = typeof LinkKind.Type

/** What a sub keeps from its main: in the order of all permissions, each once. */
export const RefusedPermissions = Schema.Array(Permission)

/** A sub tenant belongs to its main tenant. A tenant has at most one of these as sub, and none where it is a main (HIE-01). */
export class TenantLink extends Schema.Opaque<TenantLink>()(
  Schema.Struct({
    subId: TenantId,
    mainId: TenantId,
    kind: LinkKind,
    linkedAt: Instant,
    /** Single permissions that the sub refuses to everybody who comes through the main (HIE-05). */
    refused: RefusedPermissions
  })
) {}

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** A tenant cannot be its own main (HIE-01). */
export class LinkToItself extends Refusal<LinkToItself>()(
  "LinkToItself",
  {},
  {
    category: "conflict",
    de: "Ein Kundenbereich kann nicht mit sich selbst verknüpft werden.",
    en: "A customer area cannot be linked to itself."
  }
) {}

/** What should become a main tenant is a sub already, and only a main has subs (HIE-01). */
export class MainIsASub extends Refusal<MainIsASub>()(
  "MainIsASub",
  {},
  {
    category: "conflict",
    de: "Dieser Kundenbereich ist selbst ein Nebenaccount. Nur ein Hauptaccount kann Nebenaccounts haben.",
    en: "This customer area is a sub account itself. Only a main account can have sub accounts."
  }
) {}

/** What should become a sub has subs of its own (HIE-01). */
export class SubCannotHaveSubs extends Refusal<SubCannotHaveSubs>()(
  "SubCannotHaveSubs",
  {},
  {
    category: "conflict",
    de: "Dieser Kundenbereich hat selbst Nebenaccounts. Sie müssen zuerst gelöst oder umgehängt werden.",
    en: "This customer area has sub accounts of its own. They must be unlinked or moved first."
  }
) {}

/** The sub has a main already, this one or another (HIE-01). */
export class AlreadyLinked extends Refusal<AlreadyLinked>()(
  "AlreadyLinked",
  {},
  {
    category: "conflict",
    de: "Dieser Kundenbereich gehört bereits zu einem Hauptaccount.",
    en: "This customer area belongs to a main account already."
  }
) {}

/** What should become a sub has placed orders that are not finished, whose sub tenants would come to it. */
export class SubHasOpenOrders extends Refusal<SubHasOpenOrders>()(
  "SubHasOpenOrders",
  {},
  {
    category: "conflict",
    de: "Für diesen Kundenbereich werden gerade Nebenaccounts eingerichtet. Bitte warten Sie, bis das abgeschlossen ist.",
    en: "Sub accounts are being set up for this customer area. Please wait until that is finished."
  }
) {}

/** The tenant has no main, or not the one that was meant any more. */
export class NotASub extends Refusal<NotASub>()(
  "NotASub",
  {},
  {
    category: "conflict",
    de: "Dieser Kundenbereich gehört nicht (mehr) zu diesem Hauptaccount.",
    en: "This customer area does not belong to that main account (any more)."
  }
) {}

export type LinkRefusal =
  | LinkToItself
  | MainIsASub
  | SubCannotHaveSubs
  | AlreadyLinked
  | SubHasOpenOrders
  | TenantNotActive

// ---- decisions -------------------------------------------------------------------------------------------------------------------------

/** Where a tenant stands between others, read with its row locked: `HierarchyRepository.level`. */
export interface Level {
  /** Its link where it is a sub. */
  readonly link: TenantLink | null
  readonly hasSubs: boolean
}

/** What should become a main tenant, locked. */
export interface MainSide extends Level {
  readonly tenant: Pick<Tenant, "id" | "state">
}

/** What should become a sub tenant, locked. */
export interface SubSide extends MainSide {
  /** Orders of this tenant for sub tenants of its own that are placed and not ended. */
  readonly openOrders: number
}

const mainFits = (
  main: MainSide,
  subId: TenantId
): Result.Result<void, LinkToItself | MainIsASub | TenantNotActive> => {
  if (main.tenant.id === subId) return Result.fail(new LinkToItself())
  if (main.link !== null) return Result.fail(new MainIsASub())
  return main.tenant.state === "active" ? Result.succeed(undefined) : Result.fail(new TenantNotActive())
}

/** A tenant becomes the sub of another: one level, no self-link, no cycle, no second main (HIE-01). Both rows are locked, in the order of their ids. */
export const link = (
  main: MainSide,
  sub: SubSide,
  how: { readonly kind: LinkKind; readonly now: Instant }
): Result.Result<TenantLink, LinkRefusal> =>
  Result.flatMap(mainFits(main, sub.tenant.id), (): Result.Result<TenantLink, LinkRefusal> => {
    if (sub.link !== null) return Result.fail(new AlreadyLinked())
    if (sub.hasSubs) return Result.fail(new SubCannotHaveSubs())
    if (sub.openOrders > 0) return Result.fail(new SubHasOpenOrders())
    // what was ordered may wait for its first owner, as a sub already
    const fits = sub.tenant.state === "active" || (how.kind === "ordered" && sub.tenant.state === "in-setup")
    if (!fits) return Result.fail(new TenantNotActive())
    return Result.succeed({
      subId: sub.tenant.id,
      mainId: main.tenant.id,
      kind: how.kind,
      linkedAt: how.now,
      refused: []
    })
  })

/** A sub goes to another main without being independent in between (HIE-09). What it refuses stays refused. */
export const move = (
  current: TenantLink,
  main: MainSide,
  now: Instant
): Result.Result<TenantLink, LinkToItself | MainIsASub | AlreadyLinked | TenantNotActive> =>
  current.mainId === main.tenant.id
    ? Result.fail(new AlreadyLinked())
    : Result.map(mainFits(main, current.subId), () => ({
        ...current,
        mainId: main.tenant.id,
        kind: "existing",
        linkedAt: now
      }))

/** What the sub keeps from its main from now on, of what could flow at all. */
export const withRefused = (
  settings: Settings,
  current: TenantLink,
  refused: ReadonlyArray<Permission>
): TenantLink => ({
  ...current,
  refused: settings.hierarchy.delegable.filter((permission) => refused.includes(permission))
})
