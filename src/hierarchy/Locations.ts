import { Effect, Option, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import { CustomerNumberFromInput, normalForm } from "../kernel/CustomerNumber.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, TenantId } from "../kernel/ids.ts"
import { draw, Limits, personalKey, type Rule, toRow } from "../kernel/Limits.ts"
import * as Page from "../kernel/Page.ts"
import { Permission, RoleNames } from "../kernel/Permission.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import * as PostalCode from "../kernel/PostalCode.ts"
import { InvalidInput, NotAllowed, NotFound, TooManyAttempts } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { line } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import type { AnyUnit, RequestKind } from "../requests/RequestKind.ts"
import { submit } from "../requests/workflow.ts"
import { type AccessFacts, opensLocations, permissionsIn, place, standing } from "../tenants/Access.ts"
import { Locations, locationsOf, MOST_LOCATIONS } from "../tenants/Membership.ts"
import { type Member, MembershipRepository } from "../tenants/MembershipRepository.ts"
import { require } from "../tenants/Permissions.ts"
import { mayGrant, permissionsOf } from "../tenants/Role.ts"
import { type Tenant, TenantNotActive, TenantState } from "../tenants/Tenant.ts"
import { type Claim, TenantRepository } from "../tenants/TenantRepository.ts"
import type { Position as Billed } from "./CollectiveInvoice.ts"
import { CollectiveInvoiceRepository } from "./CollectiveInvoiceRepository.ts"
import { HierarchyRepository, type Location } from "./HierarchyRepository.ts"
import { coolingDown, notAssigned } from "./hierarchyMails.ts"
import { linkSubTenant, moveSubTenant } from "./linkingKinds.ts"
import { attach, detach, lockAll, lockedLink, moveTo } from "./links.ts"
import {
  AlreadyLinked,
  LinkKind,
  LinkToItself,
  MainIsASub,
  NotASub,
  RefusedPermissions,
  SubCannotHaveSubs,
  SubHasOpenOrders,
  type TenantLink,
  withRefused
} from "./TenantLink.ts"

// ---- what people see -------------------------------------------------------------------------------------------------------------------

/** A sub tenant in its main's location management (HIE-02). There is no postal code: with the customer number it works as a credential (TEN-01). */
export const LocationView = Schema.Struct({
  id: TenantId,
  name: Schema.String,
  customerNumber: Schema.String,
  city: Schema.String,
  country: Schema.String,
  kind: LinkKind,
  linkedAt: Instant.Instant,
  state: TenantState,
  /** What the sub keeps from everybody who comes through the main. */
  refused: RefusedPermissions,
  /** Whether the caller can enter it from here. */
  enter: Schema.Boolean
})

/**
 * One row of location management: a sub tenant, or a customer number that is billed to the main and is that of no sub tenant of it. Such a number is
 * what the billing system says it is; whether it has a tenant here, and which, is not told (HIE-08).
 */
export const ListedLocation = Schema.Struct({
  ...LocationView.fields,
  /** Null for a customer number that is only billed together: there is nothing to enter, and nothing to do with it. */
  id: Schema.NullOr(TenantId),
  kind: Schema.Literals([...LinkKind.literals, "collective-invoice"]),
  /** Since when it is linked, or billed together. */
  linkedAt: Instant.Instant,
  state: Schema.NullOr(TenantState),
  /** Whether the main pays for it. */
  collectiveInvoice: Schema.Boolean
})
type ListedLocation = typeof ListedLocation.Type

const toView = (
  { link, tenant }: Location,
  enters: (tenant: Pick<Tenant, "id" | "state">) => boolean
): typeof LocationView.Type => ({
  id: tenant.id,
  name: tenant.name,
  customerNumber: tenant.customerNumber,
  city: tenant.city,
  country: tenant.country,
  kind: link.kind,
  linkedAt: link.linkedAt,
  state: tenant.state,
  refused: link.refused,
  enter: enters(tenant)
})

/** Which subs somebody with these facts in the main can enter. */
const entersFrom = (settings: Settings, main: AccessFacts) => {
  const opens = opensLocations(settings, main)
  const chosen = main.membership === null ? null : locationsOf(settings, main.membership)
  return ({ id, state }: Pick<Tenant, "id" | "state">): boolean =>
    opens && state === "active" && (chosen === null || chosen.includes(id))
}

const KeyOfPage = Schema.Tuple([Schema.Int, TenantId])
const keyOf = ({ link }: Location) => [link.linkedAt, link.subId] as const

const billedView = (position: Billed): ListedLocation => ({
  id: null,
  name: position.name,
  customerNumber: position.customerNumber,
  city: position.city,
  country: "",
  kind: "collective-invoice",
  linkedAt: position.since,
  state: null,
  refused: [],
  enter: false,
  collectiveInvoice: true
})

/** What location management goes through: instant, then the sub's id or the customer number. */
const KeyOfListed = Schema.Tuple([Schema.Int, Schema.String])
type KeyOfListed = typeof KeyOfListed.Type

const newestFirst = (a: { readonly key: KeyOfListed }, b: { readonly key: KeyOfListed }): number =>
  b.key[0] - a.key[0] || (a.key[1] < b.key[1] ? 1 : -1)

const Search = Schema.optionalKey(line(100))

const searchLimits = (
  { search }: { readonly search?: string | undefined },
  { actor, settings }: UseCase.Call<"Account">
) =>
  Effect.succeed(
    search === undefined
      ? []
      : [{ key: `locations.search:${actor.accountId}`, limit: settings.limits.searchPerAccount }]
  )

// ---- looking ---------------------------------------------------------------------------------------------------------------------------

/**
 * The sub tenants of a main and, marked, the customer numbers that are billed together with its own (HIE-02, HIE-08); newest first. `search` finds parts
 * of name, customer number, postal code and place.
 */
export const list = UseCase.query({
  name: "locations.list",
  summary:
    "Lists a main account's sub accounts and what is on its collective invoice, or those whose name, customer number or place contains a text.",
  actors: ["Account"],
  requires: "locations.read",
  input: Schema.Struct({ tenantId: TenantId, search: Search, ...Page.fields }),
  output: Page.Page(ListedLocation),
  errors: [NotFound],
  limits: searchLimits,
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const window = yield* Page.window(KeyOfListed, input)
    const { facts } = yield* require(actor, settings, input.tenantId, "locations.read")
    const hierarchy = yield* HierarchyRepository
    const invoices = yield* CollectiveInvoiceRepository
    const search = Option.fromUndefinedOr(input.search)
    const subs = yield* hierarchy.list(input.tenantId, { search, among: null }, window)
    const billed = yield* invoices.listUnlinked(input.tenantId, { search }, window)
    const paidFor = yield* invoices.paidFor(
      input.tenantId,
      subs.map(({ tenant }) => tenant.customerNumber)
    )
    const enters = entersFrom(settings, facts)
    const rows: ReadonlyArray<{ readonly key: KeyOfListed; readonly shown: ListedLocation }> = [
      ...subs.map((row) => ({
        key: keyOf(row),
        shown: {
          ...toView(row, enters),
          collectiveInvoice: paidFor.has(normalForm(row.tenant.customerNumber))
        }
      })),
      ...billed.map((row) => ({
        key: [row.since, normalForm(row.customerNumber)] as const,
        shown: billedView(row)
      }))
    ]
    return Page.make(
      rows.toSorted(newestFirst).slice(0, window.limit + 1),
      window,
      ({ key }) => key,
      ({ shown }) => shown
    )
  })
})

/** What somebody who can enter a sub sees of it where they choose one. */
const Entrance = Schema.Struct({
  id: TenantId,
  name: Schema.String,
  customerNumber: Schema.String,
  city: Schema.String,
  state: TenantState
})

const toEntrance = ({ tenant }: Location): typeof Entrance.Type => ({
  id: tenant.id,
  name: tenant.name,
  customerNumber: tenant.customerNumber,
  city: tenant.city,
  state: tenant.state
})

/** The sub tenants that the caller can enter from a main tenant with one sign-in: all of them, or those that were chosen for them (HIE-05). */
export const mine = UseCase.query({
  name: "locations.mine",
  summary: "Lists the sub accounts that the caller can enter from a main account.",
  actors: ["Account"],
  requires: "locations.access",
  input: Schema.Struct({ tenantId: TenantId, search: Search, ...Page.fields }),
  output: Page.Page(Entrance),
  errors: [NotFound],
  limits: searchLimits,
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const window = yield* Page.window(KeyOfPage, input)
    const memberships = yield* MembershipRepository
    const hierarchy = yield* HierarchyRepository
    const found = yield* memberships.accessFacts(input.tenantId, actor.accountId)
    const facts = yield* Effect.fromResult(place(actor, Option.getOrUndefined(found)))
    // not "holds it": who is in chosen locations does not hold "all locations", and still has these
    if (!opensLocations(settings, facts)) return yield* new NotAllowed({ permission: "locations.access" })
    const rows = yield* hierarchy.list(
      input.tenantId,
      { search: Option.fromUndefinedOr(input.search), among: locationsOf(settings, facts.membership) },
      window
    )
    return Page.make(rows, window, keyOf, toEntrance)
  })
})

/** One sub tenant of a main. */
export const get = UseCase.query({
  name: "locations.get",
  summary: "Shows one sub account of a main account.",
  actors: ["Account"],
  requires: "locations.read",
  input: Schema.Struct({ tenantId: TenantId, subId: TenantId }),
  output: LocationView,
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const { facts } = yield* require(actor, settings, input.tenantId, "locations.read")
    const hierarchy = yield* HierarchyRepository
    const found = yield* hierarchy.findLocation(input.tenantId, input.subId)
    if (Option.isNone(found)) return yield* new NotFound({ kind: "location" })
    return toView(found.value, entersFrom(settings, facts))
  })
})

/** Where a tenant stands between others. */
export const Position = Schema.Struct({
  level: Schema.Literals(["independent", "main", "sub"]),
  /** Of a sub: its main, since when, and what it keeps from it. */
  main: Schema.NullOr(
    Schema.Struct({
      id: TenantId,
      name: Schema.String,
      city: Schema.String,
      state: TenantState,
      kind: LinkKind,
      linkedAt: Instant.Instant,
      refused: RefusedPermissions
    })
  ),
  /** Of a main: how many subs it has. */
  subs: Schema.Int,
  /** What can flow from a main into its subs at all. */
  delegable: Schema.Array(Permission)
})

/** Whether a tenant is a main, a sub or neither, and to which main a sub belongs. */
export const position = UseCase.query({
  name: "locations.position",
  summary: "Says whether a customer area is a main account, a sub account or neither.",
  actors: ["Account"],
  requires: "locations.read",
  input: Schema.Struct({ tenantId: TenantId }),
  output: Position,
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ tenantId }, { actor, settings }) {
    yield* require(actor, settings, tenantId, "locations.read")
    const hierarchy = yield* HierarchyRepository
    const tenants = yield* TenantRepository
    const { delegable } = settings.hierarchy
    const link = Option.getOrUndefined(yield* hierarchy.find(tenantId))
    if (link === undefined) {
      const subs = yield* hierarchy.countSubs(tenantId)
      return { level: subs === 0 ? ("independent" as const) : ("main" as const), main: null, subs, delegable }
    }
    const main = yield* tenants.find(link.mainId)
    if (Option.isNone(main)) return yield* new NotFound({ kind: "tenant" })
    const { city, id, name, state } = main.value
    const { kind, linkedAt, refused } = link
    return {
      level: "sub" as const,
      main: { id, name, city, state, kind, linkedAt, refused },
      subs: 0,
      delegable
    }
  })
})

/**
 * In which of the main's subs a member's roles count: `locations` is null for all of them. The chosen ones come with their names, except those that
 * are no subs of this main any more.
 */
export const chosen = UseCase.query({
  name: "locations.chosen",
  summary: "Shows in which sub accounts of a main account a member's roles count.",
  actors: ["Account"],
  requires: "locations.read",
  input: Schema.Struct({ tenantId: TenantId, accountId: AccountId }),
  output: Schema.Struct({
    accountId: AccountId,
    /** Whether a role of theirs opens subs at all. */
    opens: Schema.Boolean,
    locations: Schema.NullOr(Schema.Array(Entrance))
  }),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    yield* require(actor, settings, input.tenantId, "locations.read")
    const memberships = yield* MembershipRepository
    const hierarchy = yield* HierarchyRepository
    const membership = Option.getOrUndefined(yield* memberships.find(input.tenantId, input.accountId))
    if (membership === undefined) return yield* new NotFound({ kind: "member" })
    const among = locationsOf(settings, membership)
    const rows =
      among === null
        ? null
        : yield* hierarchy.list(
            input.tenantId,
            { search: Option.none(), among },
            { after: Option.none(), limit: MOST_LOCATIONS }
          )
    return {
      accountId: membership.accountId,
      opens: permissionsOf(settings, membership.roles).has("locations.access"),
      locations: rows === null ? null : rows.map(toEntrance)
    }
  })
})

/** Somebody who comes into a sub through its main. */
const Visitor = Schema.Struct({
  accountId: AccountId,
  firstName: Schema.String,
  lastName: Schema.String,
  /** In the main tenant. */
  roles: RoleNames,
  /** What they may do in the sub. */
  permissions: Schema.Array(Permission)
})

const KeyOfVisitor = Schema.Tuple([AccountId])

/** Who comes into a sub through its main, and what they may do there, for those who may ask about others (`access.explain`): the sub's owners. */
export const visitors = UseCase.query({
  name: "locations.visitors",
  summary: "Lists who can enter a sub account through its main account.",
  actors: ["Account"],
  requires: "owners.change",
  input: Schema.Struct({ tenantId: TenantId, ...Page.fields }),
  output: Page.Page(Visitor),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const window = yield* Page.window(KeyOfVisitor, input)
    const { facts } = yield* require(actor, settings, input.tenantId, "owners.change")
    const hierarchy = yield* HierarchyRepository
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const link = Option.getOrUndefined(yield* hierarchy.find(input.tenantId))
    if (link === undefined) return yield* new NotFound({ kind: "location" })
    const main = Option.getOrUndefined(yield* tenants.find(link.mainId))
    const rolesWith = (holds: (permission: Permission) => boolean) =>
      settings.roles.filter(({ permissions }) => permissions.some(holds)).map(({ name }) => name)
    const flows = (permission: Permission) =>
      settings.hierarchy.delegable.includes(permission) && !link.refused.includes(permission)
    const people = yield* memberships.listVisitors(
      { mainId: link.mainId, subId: link.subId },
      {
        // one role opens the subs, and one carries what can be done there
        roles: [rolesWith((permission) => permission === "locations.access"), rolesWith(flows)],
        everywhere: rolesWith((permission) => permission === "owners.change"),
        secondFactor: facts.requiresSecondFactor || main?.requiresSecondFactor === true
      },
      window
    )
    const found = new Map(
      (yield* memberships.accessFactsOf(
        input.tenantId,
        people.map(({ membership }) => membership.accountId)
      )).map((one) => [one.accountId, one])
    )
    const rows = people.flatMap((member) => {
      const one = found.get(member.membership.accountId)
      // what comes through the main only: what a member of both may here by themself is shown with the members
      const permissions =
        one === undefined ? new Set<Permission>() : permissionsIn(settings, { ...one, membership: null })
      // nobody, where the main is not active
      return permissions.size === 0 ? [] : [{ member, permissions }]
    })
    return Page.make(
      rows,
      window,
      ({ member }) => [member.membership.accountId] as const,
      ({ member, permissions }) => ({
        accountId: member.membership.accountId,
        firstName: member.firstName,
        lastName: member.lastName,
        roles: member.membership.roles,
        permissions: [...permissions]
      })
    )
  })
})

// ---- linking ---------------------------------------------------------------------------------------------------------------------------

/** Requires that the caller decides on the tenant's place, at this commit: to be asked with the tenant locked. Answers the caller's own row. */
const requireDecider = Effect.fnUntraced(function* (unit: UseCase.Unit<"Account">, tenantId: TenantId) {
  const memberships = yield* MembershipRepository
  const facts = yield* memberships.accessFacts(tenantId, unit.actor.accountId, "kept")
  return yield* Effect.fromResult(standing(unit.settings, unit.actor, Option.getOrUndefined(facts), "locations.change"))
})

/** The caller speaks for this tenant: whoever has no place there makes nobody wait. */
const claimOf = ({ actor }: UseCase.Unit<"Account">, tenantId: TenantId): Claim => ({
  accountId: actor.accountId,
  tenantId
})

/** Why there can be no link. */
export const linkErrors = [
  NotFound,
  LinkToItself,
  MainIsASub,
  SubCannotHaveSubs,
  AlreadyLinked,
  SubHasOpenOrders,
  TenantNotActive
] as const

/** Links a tenant that the caller owns, too, as a sub, at once (HIE-03). */
export const linkOwn = UseCase.command({
  name: "locations.linkOwn",
  summary: "Makes a customer area that the caller owns, too, a sub account.",
  actors: ["Account"],
  requires: "locations.change",
  input: Schema.Struct({ tenantId: TenantId, subId: TenantId }),
  output: Schema.Struct({ id: TenantId, linkedAt: Instant.Instant }),
  errors: linkErrors,
  unit: Effect.fnUntraced(function* ({ subId, tenantId }, unit) {
    const locked = yield* lockAll([tenantId, subId], (id) => claimOf(unit, id))
    // No right through a main is held here: what has a main is not linked. Held in the order of the calls, mains would wait for each other.
    yield* require(unit.actor, unit.settings, tenantId, "locations.change")
    yield* require(unit.actor, unit.settings, subId, "locations.change")
    const main = locked.get(tenantId)
    const sub = locked.get(subId)
    if (main === undefined || sub === undefined) return yield* new NotFound({ kind: "tenant" })
    const link = yield* attach(unit, main, sub, { kind: "existing" })
    return { id: link.subId, linkedAt: link.linkedAt }
  })
})

/** The other side of a link, as somebody knows it who has its invoices. */
const Naming = Schema.Struct({
  tenantId: TenantId,
  customerNumber: CustomerNumberFromInput,
  postalCode: Schema.String,
  country: PostalCode.CountryFromInput
}).check(PostalCode.ofItsCountry)

interface Typed {
  readonly customerNumber: string
  readonly postalCode: string
  readonly country: string
}

/**
 * Counts an attempt for the account and for the number, before the number is looked up, so that what was counted does not depend on whose it is. Who may
 * not ask for this tenant draws on nothing, least of all on what others have left for a number.
 */
const countAttempt = Effect.fnUntraced(function* (
  { customerNumber, tenantId }: Typed & { readonly tenantId: TenantId },
  { actor, now, settings }: UseCase.Call<"Account">
) {
  yield* require(actor, settings, tenantId, "locations.change")
  yield* draw(
    [
      attemptRule(settings, actor),
      {
        key: yield* personalKey("locations.number", normalForm(customerNumber)),
        limit: settings.limits.linksPerNumber
      }
    ],
    now
  )
})

/** The active tenant that somebody means who knows its customer number and its postal code. */
const meant = Effect.fnUntraced(function* (typed: Typed) {
  const tenants = yield* TenantRepository
  const found = Option.getOrUndefined(yield* tenants.findByCustomerNumber(typed.customerNumber))
  return found?.state === "active" &&
    found.country === typed.country &&
    PostalCode.equal(found.country, found.postalCode, typed.postalCode)
    ? found
    : undefined
})

/** Who asks for a tenant. */
const selfIn = Effect.fnUntraced(function* (unit: UseCase.Unit<"Account">, tenantId: TenantId) {
  const memberships = yield* MembershipRepository
  const found = yield* memberships.findMember(tenantId, unit.actor.accountId)
  if (Option.isNone(found)) return yield* new NotAllowed({ permission: "locations.change" })
  return found.value
})

/**
 * Asks the other tenant, or sends the asker the mail that there is none such: whoever called learns nothing that the asker's mailbox does not
 * (HIE-03, SLF-03).
 */
const ask = Effect.fnUntraced(function* <P, D, R>(
  unit: UseCase.Unit<"Account">,
  kind: RequestKind<P, D, R>,
  asker: Member,
  typed: Typed,
  payload: P | undefined
) {
  const { email, locale, membership } = asker
  const envelope = {
    recipient: membership.contactEmail,
    locale,
    tenantId: membership.tenantId,
    accountId: membership.accountId,
    process: `location:${membership.tenantId}`
  }
  if (payload === undefined) {
    const { country, customerNumber, postalCode } = typed
    unit.send(notAssigned.mail({ ...envelope, values: { country, customerNumber, postalCode } }))
    return 1
  }
  return yield* submit(unit, kind, {
    asker: { accountId: membership.accountId, email, locale },
    payload,
    proven: true
  }).pipe(
    Effect.as(0),
    Effect.catchTag("CoolingDown", ({ until }) =>
      Effect.sync(() => {
        unit.send(
          coolingDown.mail({
            ...envelope,
            values: { customerNumber: typed.customerNumber, until: Instant.fromMillis(until) }
          })
        )
        return 1
      })
    )
  )
})

const placeName = ({ city, name }: Pick<Tenant, "name" | "city">): string => (city === "" ? name : `${name}, ${city}`)

/** Whether the caller decides on the other tenant's place, too. */
const decidesOn = Effect.fnUntraced(function* (unit: UseCase.Unit<"Account">, tenantId: TenantId | undefined) {
  if (tenantId === undefined) return false
  const memberships = yield* MembershipRepository
  const facts = yield* memberships.accessFacts(tenantId, unit.actor.accountId)
  return standing(unit.settings, unit.actor, Option.getOrUndefined(facts), "locations.change")._tag === "Success"
})

/** `Done`: the caller decides on both sides, so it has happened. `Asked`: what comes of it stands in a mail, whether or not the numbers are anybody's. */
export const Answer = Schema.Struct({ outcome: Schema.Literals(["Done", "Asked"]) })

const askEvent = (
  unit: AnyUnit,
  type: string,
  tenantId: TenantId,
  { customerNumber }: Typed,
  /** How many mails the asker got at once. */
  told: number
): void =>
  unit.record({
    type,
    tenantId,
    subject: { kind: "location", id: tenantId },
    data: { told },
    personal: { customerNumber }
  })

/** The budget of an account for numbers that it asks for. */
export const attemptRule = (settings: Settings, { accountId }: Pick<Actor.Account, "accountId">): Rule => ({
  key: `locations.link:${accountId}`,
  limit: settings.limits.linksPerAccount
})

/** Whether a budget has room for one attempt more, without drawing on it. */
const hasRoom = Effect.fnUntraced(function* (rule: Rule, now: Instant.Instant) {
  const limits = yield* Limits
  const { left, renewedAt } = yield* limits.room([toRow(rule)], now)
  if (left < 1) return yield* new TooManyAttempts({ retryAt: renewedAt })
})

/**
 * What `askToLink` does, and each row of a list: in the open unit. With `misses`, only numbers that are nobody's draw on that budget, and without room in
 * it nothing is asked, whosever the number is: a request of one's own tells afterwards that there was somebody to ask.
 */
export const askTypedToLink = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Account">,
  input: Typed & { readonly tenantId: TenantId },
  misses?: Rule
) {
  const hierarchy = yield* HierarchyRepository
  const typed: Typed = { ...input, postalCode: PostalCode.normalised(input) }
  const other = yield* meant(typed)
  const locked = yield* lockAll([input.tenantId, ...(other === undefined ? [] : [other.id])])
  yield* requireDecider(unit, input.tenantId)
  const main = locked.get(input.tenantId)
  if (main === undefined) return yield* new NotFound({ kind: "tenant" })
  const sub = other === undefined ? undefined : locked.get(other.id)
  const levels = yield* hierarchy.levels([...locked.keys()])
  // what the caller sees anyway is said at once, and of whatever numbers, so that it counts as no miss
  if ((levels.get(main.id)?.link ?? null) !== null) return yield* new MainIsASub()
  if (misses !== undefined) yield* sub === undefined ? draw([misses], unit.now) : hasRoom(misses, unit.now)
  if (other?.id === main.id) return yield* new LinkToItself()
  if (sub !== undefined) {
    if (levels.get(sub.id)?.link?.mainId === main.id) return yield* new AlreadyLinked()
    if (yield* decidesOn(unit, sub.id)) {
      yield* attach(unit, main, sub, { kind: "existing", levels })
      return { outcome: "Done" as const }
    }
  }
  const told = yield* ask(
    unit,
    linkSubTenant,
    yield* selfIn(unit, main.id),
    typed,
    sub === undefined
      ? undefined
      : {
          mainId: main.id,
          subId: sub.id,
          mainName: placeName(main),
          customerNumber: typed.customerNumber
        }
  )
  askEvent(unit, "location.linkAsked", main.id, typed, told)
  return { outcome: "Asked" as const }
})

/**
 * Asks the tenant with this customer number and postal code to become a sub: its owners decide, and both sides are told. Where the caller owns it,
 * too, it is linked at once. The answer does not depend on whether the numbers are anybody's (HIE-03).
 */
export const askToLink = UseCase.command({
  name: "locations.askToLink",
  summary: "Asks a customer area, by customer number and postal code, to become a sub account.",
  actors: ["Account"],
  requires: "locations.change",
  input: Naming,
  output: Answer,
  errors: linkErrors,
  prepare: (input, call) => countAttempt(input, call),
  unit: (input, unit) => askTypedToLink(unit, input)
})

/**
 * A sub asks another main, by its customer number and postal code, to take it: that one's owners decide. Where the caller owns it, too, it is moved at
 * once. The main of before has no say, as it has none when the sub is unlinked (HIE-09).
 */
export const askToMove = UseCase.command({
  name: "locations.askToMove",
  summary: "Asks another main account, by customer number and postal code, to take a sub account.",
  actors: ["Account"],
  requires: "locations.change",
  input: Naming,
  output: Answer,
  errors: [NotFound, NotASub, LinkToItself, MainIsASub, AlreadyLinked, TenantNotActive],
  prepare: (input, call) => countAttempt(input, call),
  unit: Effect.fnUntraced(function* (input, unit) {
    const hierarchy = yield* HierarchyRepository
    const typed: Typed = { ...input, postalCode: PostalCode.normalised(input) }
    const other = yield* meant(typed)
    const read = Option.getOrUndefined(yield* hierarchy.find(input.tenantId))
    const locked = yield* lockAll([
      input.tenantId,
      ...(read === undefined ? [] : [read.mainId]),
      ...(other === undefined ? [] : [other.id])
    ])
    yield* requireDecider(unit, input.tenantId)
    const sub = locked.get(input.tenantId)
    if (sub === undefined) return yield* new NotFound({ kind: "tenant" })
    const current = Option.getOrUndefined(yield* hierarchy.find(sub.id))
    if (current === undefined) return yield* new NotASub()
    // linked or moved since it was read: another row has to be locked
    if (current.mainId !== read?.mainId) {
      return yield* new PersistenceError({ operation: "hierarchy.find", reason: "conflict" })
    }
    if (other?.id === sub.id) return yield* new LinkToItself()
    if (other?.id === current.mainId) return yield* new AlreadyLinked()
    const main = other === undefined ? undefined : locked.get(other.id)
    if (main !== undefined && (yield* decidesOn(unit, main.id))) {
      yield* moveTo(unit, main, sub, current)
      return { outcome: "Done" as const }
    }
    const told = yield* ask(
      unit,
      moveSubTenant,
      yield* selfIn(unit, sub.id),
      typed,
      main === undefined
        ? undefined
        : {
            subId: sub.id,
            fromId: current.mainId,
            mainId: main.id,
            subName: placeName(sub),
            customerNumber: typed.customerNumber
          }
    )
    askEvent(unit, "location.moveAsked", sub.id, typed, told)
    return { outcome: "Asked" as const }
  })
})

// ---- unlinking -------------------------------------------------------------------------------------------------------------------------

/** A link with both rows locked, or none. */
const foundLink = (by: Claim, subId: TenantId, mainId?: TenantId) =>
  lockedLink(subId, mainId, by).pipe(
    Effect.map(Option.some),
    Effect.catchTag("NotFound", () => Effect.succeedNone)
  )

/** An owner of the main gives a sub up: it is independent again, and its owners are told (HIE-07). */
export const unlink = UseCase.command({
  name: "locations.unlink",
  summary: "Makes a sub account of a main account independent again.",
  actors: ["Account"],
  requires: "locations.change",
  input: Schema.Struct({ tenantId: TenantId, subId: TenantId }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ subId, tenantId }, unit) {
    const found = yield* foundLink(claimOf(unit, tenantId), subId, tenantId)
    // whoever has no right there does not learn which sub is whose (G-05), and nobody can take it away now before this commits
    yield* requireDecider(unit, tenantId)
    if (Option.isNone(found)) return yield* new NotFound({ kind: "location" })
    yield* detach(unit, found.value, [subId])
  })
})

/** An owner of a sub leaves the main: the sub is independent again, and the main's owners are told (HIE-07). */
export const leaveMain = UseCase.command({
  name: "locations.leaveMain",
  summary: "Makes a sub account independent of its main account again.",
  actors: ["Account"],
  requires: "locations.change",
  input: Schema.Struct({ tenantId: TenantId }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ tenantId }, unit) {
    const found = yield* foundLink(claimOf(unit, tenantId), tenantId)
    // as above
    yield* requireDecider(unit, tenantId)
    if (Option.isNone(found)) return yield* new NotFound({ kind: "location" })
    yield* detach(unit, found.value, [found.value.main.id])
  })
})

// ---- what flows ------------------------------------------------------------------------------------------------------------------------

const Refusing = Schema.Struct({ tenantId: TenantId, refused: RefusedPermissions })

/** A sub says which permissions it keeps from everybody who comes through its main; the rest flows (HIE-05). Nobody does this from the main. */
export const refuse = UseCase.command({
  name: "locations.refuse",
  summary: "Says what a sub account keeps from its main account.",
  actors: ["Account"],
  requires: "locations.change",
  input: Refusing,
  output: Schema.Struct({ refused: RefusedPermissions }),
  errors: [NotFound],
  unit: Effect.fnUntraced(function* (input: typeof Refusing.Type, unit: UseCase.Unit<"Account">) {
    const { settings } = unit
    const tenants = yield* TenantRepository
    const hierarchy = yield* HierarchyRepository
    const foreign = input.refused.flatMap((permission, index) =>
      settings.hierarchy.delegable.includes(permission)
        ? []
        : [{ path: ["refused", String(index)], code: "permission" }]
    )
    if (foreign.length > 0) return yield* new InvalidInput({ issues: foreign })
    const sub = yield* tenants.findForUpdate(input.tenantId, claimOf(unit, input.tenantId))
    yield* requireDecider(unit, input.tenantId)
    const link = yield* hierarchy.find(input.tenantId)
    if (Option.isNone(sub)) return yield* new NotFound({ kind: "tenant" })
    if (Option.isNone(link)) return yield* new NotFound({ kind: "location" })
    const next: TenantLink = withRefused(settings, link.value, input.refused)
    if (next.refused.join() === link.value.refused.join()) return { refused: next.refused }
    yield* hierarchy.setRefused(next)
    yield* tenants.save(sub.value)
    unit.record({
      type: "location.refusalsChanged",
      tenantId: input.tenantId,
      subject: { kind: "location", id: input.tenantId },
      data: { mainId: next.mainId, before: [...link.value.refused], refused: [...next.refused] }
    })
    return { refused: next.refused }
  })
})

const Choosing = Schema.Struct({ tenantId: TenantId, accountId: AccountId, locations: Locations })

/**
 * Says in which of the main's subs a membership counts: null for all of them. Nobody gives or takes more than they hold, and only who is in a location
 * puts others there; owners are in all of them, so nothing is chosen for one.
 */
export const choose = UseCase.command({
  name: "locations.choose",
  summary: "Chooses in which sub accounts of a main account a member's roles count.",
  actors: ["Account"],
  requires: "locations.change",
  input: Choosing,
  output: Schema.Struct({ accountId: AccountId, locations: Locations }),
  errors: [NotFound],
  unit: Effect.fnUntraced(function* (input: typeof Choosing.Type, unit: UseCase.Unit<"Account">) {
    const { settings } = unit
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const hierarchy = yield* HierarchyRepository
    const tenant = yield* tenants.findForUpdate(input.tenantId, claimOf(unit, input.tenantId))
    const { facts, permissions } = yield* requireDecider(unit, input.tenantId)
    if (Option.isNone(tenant)) return yield* new NotFound({ kind: "tenant" })
    const membership = Option.getOrUndefined(yield* memberships.find(input.tenantId, input.accountId))
    if (membership === undefined) return yield* new NotFound({ kind: "member" })
    const locations = input.locations === null ? null : [...new Set(input.locations)].sort()
    const own = facts.membership === null ? [] : locationsOf(settings, facts.membership)
    // "all locations" itself is judged by the locations below
    const held = new Set<Permission>([...permissions, "locations.access"])
    const within = (ids: Locations) => own === null || (ids?.every((id) => own.includes(id)) ?? false)
    if (!mayGrant(settings, held, membership.roles) || !within(membership.locations) || !within(locations)) {
      return yield* new NotAllowed({})
    }
    if (locations !== null) {
      const subs = yield* hierarchy.subsAmong(input.tenantId, locations)
      if (subs.length < locations.length) return yield* new NotFound({ kind: "location" })
    }
    if (JSON.stringify(locations) === JSON.stringify(membership.locations)) {
      return { accountId: input.accountId, locations }
    }
    yield* memberships.update({ ...membership, locations })
    yield* tenants.save(tenant.value)
    unit.record({
      type: "membership.locationsChanged",
      tenantId: input.tenantId,
      subject: { kind: "membership", id: membership.id },
      data: {
        accountId: input.accountId,
        before: membership.locations === null ? null : [...membership.locations],
        locations: locations === null ? null : [...locations]
      }
    })
    return { accountId: input.accountId, locations }
  })
})

/** Every use case of location management. */
export const useCases = UseCase.registry(
  list,
  mine,
  get,
  position,
  chosen,
  visitors,
  linkOwn,
  askToLink,
  askToMove,
  unlink,
  leaveMain,
  refuse,
  choose
)
