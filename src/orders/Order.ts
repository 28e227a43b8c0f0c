import { Duration, Result, Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, OrderId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import { Locale } from "../kernel/Text.ts"
import { Chosen, Issue, Line } from "./Product.ts"

// ---- what an order is ------------------------------------------------------------------------------------------------------------------

export const OrderState = Schema.Literals(["Draft", "Placed", "Provisioning", "Fulfilled", "Failed", "Cancelled"])
export type OrderState = typeof OrderState.Type

/**
 * In these states an order will yet make a sub tenant of its tenant without anybody deciding anew: meanwhile its tenant can be neither linked to a
 * main tenant nor closed. A failed one is decided anew by staff, and a draft by placing it; both look again whether the tenant still can be a main.
 */
export const openStates: ReadonlyArray<OrderState> = ["Placed", "Provisioning"]

/** What location management lists of orders: what is being set up, and what could not be (HIE-04, ORD-05). */
export const listedStates: ReadonlyArray<OrderState> = ["Placed", "Provisioning", "Failed"]

/** The new customer area, as it will be. */
export const Location = Schema.Struct({
  name: Schema.String,
  street: Schema.String,
  /** In its normal form. */
  postalCode: Schema.String,
  city: Schema.String,
  /** ISO 3166-1 alpha-2. */
  country: Schema.String
})
export type Location = typeof Location.Type

/** The first owner of the new customer area, where it is not who orders: gets an invitation, and the area is in setup until it is accepted. */
export const Owner = Schema.Struct({
  email: EmailAddress,
  locale: Locale,
  /** Where staff have named somebody for an order that had failed: the right of who once ordered does not matter any more. */
  namedByStaff: Schema.optionalKey(Schema.Literal(true))
})
export type Owner = typeof Owner.Type

/** What an order was placed with; nothing changes it afterwards (ORD-03). Prices in minor units. */
export const Terms = Schema.Struct({
  catalogVersion: Schema.String,
  product: Schema.Struct({ de: Schema.String, en: Schema.String }),
  currency: Schema.String,
  once: Schema.Int,
  monthly: Schema.Int,
  termMonths: Schema.Int,
  lines: Schema.Array(Line)
})
export type Terms = typeof Terms.Type

/**
 * Why an order failed: provisioning refused it for good, was not reached in any try, or took too long; or at the end the tenant could not have a sub
 * any more, or who ordered could not become the first owner any more.
 */
export const FailureReason = Schema.Literals([
  "refused",
  "too-many-tries",
  "took-too-long",
  "tenant-not-active",
  "tenant-is-sub",
  "owner-not-entitled"
])
export type FailureReason = typeof FailureReason.Type

export const Failure = Schema.Struct({
  reason: FailureReason,
  /** What provisioning says of it, for people. */
  message: Schema.NullOr(Schema.Struct({ de: Schema.String, en: Schema.String }))
})
export type Failure = typeof Failure.Type

/** A new sub tenant that a main tenant orders (ORD). */
export class Order extends Schema.Opaque<Order>()(
  Schema.Struct({
    id: OrderId,
    /** For people to read out; opens nothing (G-07). */
    number: ShortNumber,
    /** Who orders: the main tenant to be. */
    tenantId: TenantId,
    ordererId: AccountId,
    product: Schema.String,
    options: Chosen,
    location: Schema.NullOr(Location),
    /** Null where the one who orders becomes the first owner. */
    owner: Schema.NullOr(Owner),
    state: OrderState,
    /** Of the stored row: one more with every write. What somebody places names the one that they were shown. */
    version: Schema.Int,
    /** Null before it is placed. */
    terms: Schema.NullOr(Terms),
    createdAt: Instant.Instant,
    placedAt: Schema.NullOr(Instant.Instant),
    /** Tries that went wrong, since provisioning was last begun by placing or by staff. */
    failures: Schema.Int,
    /** When that was. */
    startedAt: Schema.NullOr(Instant.Instant),
    /** Placed and Provisioning: from when on a job may take it; else null. While a job has it, when its lease runs out. */
    dueAt: Schema.NullOr(Instant.Instant),
    failure: Schema.NullOr(Failure),
    /** The sub tenant that it became. */
    newTenantId: Schema.NullOr(TenantId),
    endedAt: Schema.NullOr(Instant.Instant)
  })
) {}

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** The order is not in a state for this; whoever may see it learns in which it is. */
export class OrderStepNotPossible extends Refusal<OrderStepNotPossible>()(
  "OrderStepNotPossible",
  { state: OrderState },
  {
    category: "conflict",
    de: "Das ist bei dieser Bestellung im Augenblick nicht möglich.",
    en: "This is not possible for this order at the moment."
  }
) {}

/** The order, or the catalog's prices, have changed since they were shown; nothing was ordered. */
export class OrderChanged extends Refusal<OrderChanged>()(
  "OrderChanged",
  {},
  {
    category: "conflict",
    de: "Die Bestellung oder der Preis hat sich inzwischen geändert. Bitte prüfen Sie beides noch einmal, bevor Sie bestellen.",
    en: "The order or its price has changed in the meantime. Please check both again before you order."
  }
) {}

/** The product does not exist with these options; each issue names the option and says why (ORD-02). */
export class OptionsNotPossible extends Refusal<OptionsNotPossible>()(
  "OptionsNotPossible",
  { issues: Schema.Array(Issue) },
  {
    category: "invalid",
    de: "Mit diesen Angaben gibt es das Produkt nicht. Bitte prüfen Sie die markierten Felder.",
    en: "The product does not exist with these options. Please check the fields that are marked."
  }
) {}

/** Name and address of the new customer area are not known yet. */
export class LocationMissing extends Refusal<LocationMissing>()(
  "LocationMissing",
  {},
  {
    category: "invalid",
    de: "Bitte geben Sie Name und Anschrift des neuen Nebenaccounts an.",
    en: "Please enter name and address of the new sub account."
  }
) {}

/** The catalog has no such product (any more). */
export class UnknownProduct extends Refusal<UnknownProduct>()(
  "UnknownProduct",
  { product: Schema.String },
  { category: "not-found", de: "Dieses Produkt gibt es nicht.", en: "There is no such product." }
) {}

// ---- the table -------------------------------------------------------------------------------------------------------------------------

export const Event = Schema.Literals([
  "start",
  "change",
  "place",
  "cancel",
  "begin",
  "wait",
  "refuse",
  "fulfil",
  "retry"
])
export type Event = typeof Event.Type

export const Party = Schema.Literals(["orderer", "staff", "job"])
export type Party = typeof Party.Type

/** What chooses between two rows of the same state, event and party. */
export type Condition = "tries left" | "last try"

export interface Transition {
  readonly from: OrderState | null
  readonly event: Event
  readonly by: Party
  readonly when?: Condition
  readonly to: OrderState
  readonly note: string
}

/** Every way in which an order moves; nothing else moves one (ORD-03). */
export const transitions: ReadonlyArray<Transition> = [
  { from: null, event: "start", by: "orderer", to: "Draft", note: "" },
  { from: "Draft", event: "change", by: "orderer", to: "Draft", note: "validated and priced anew" },
  {
    from: "Draft",
    event: "place",
    by: "orderer",
    to: "Placed",
    note: "price and catalog version are frozen; a mail to the orderer; listed in location management"
  },
  { from: "Draft", event: "cancel", by: "orderer", to: "Cancelled", note: "" },
  { from: "Placed", event: "cancel", by: "orderer", to: "Cancelled", note: "" },
  { from: "Placed", event: "begin", by: "job", to: "Provisioning", note: "leased by one node" },
  {
    from: "Placed",
    event: "refuse",
    by: "job",
    to: "Failed",
    note: "the tenant can have no sub any more; a mail with the reason to the orderer"
  },
  {
    from: "Provisioning",
    event: "begin",
    by: "job",
    to: "Provisioning",
    note: "the next try, or of one that was lost"
  },
  {
    from: "Provisioning",
    event: "wait",
    by: "job",
    when: "tries left",
    to: "Provisioning",
    note: "tried again later"
  },
  {
    from: "Provisioning",
    event: "wait",
    by: "job",
    when: "last try",
    to: "Failed",
    note: "a mail with the reason to the orderer"
  },
  {
    from: "Provisioning",
    event: "refuse",
    by: "job",
    to: "Failed",
    note: "refused for good, or nothing to link it to; a mail with the reason to the orderer"
  },
  {
    from: "Provisioning",
    event: "fulfil",
    by: "job",
    to: "Fulfilled",
    note: "the new tenant, its first owner, the link and the mails"
  },
  { from: "Failed", event: "retry", by: "staff", to: "Provisioning", note: "tried anew, as often as at first" },
  { from: "Failed", event: "cancel", by: "staff", to: "Cancelled", note: "a mail to the orderer" }
]

// ---- coming into being -----------------------------------------------------------------------------------------------------------------

/** What an order begins with. */
export type Start = Pick<
  Order,
  "id" | "number" | "tenantId" | "ordererId" | "product" | "options" | "location" | "owner"
>

export const started = (start: Start, now: Instant.Instant): Order => ({
  ...start,
  state: "Draft",
  version: 0,
  terms: null,
  createdAt: now,
  placedAt: null,
  failures: 0,
  startedAt: null,
  dueAt: null,
  failure: null,
  newTenantId: null,
  endedAt: null
})

// ---- moving ----------------------------------------------------------------------------------------------------------------------------

/** What happens to an order, with what it depends on. `claim` is the version that the row had when the job took it. */
export type Step =
  | {
      readonly event: "change"
      readonly by: "orderer"
      readonly change: Partial<Pick<Order, "product" | "options" | "location" | "owner">>
    }
  | {
      readonly event: "place"
      readonly by: "orderer"
      /** The version of the order, and of the catalog, that the orderer was shown. */
      readonly shown: { readonly version: number; readonly catalogVersion: string }
      readonly terms: Terms
    }
  | { readonly event: "cancel"; readonly by: "orderer" | "staff" }
  | { readonly event: "begin"; readonly by: "job"; readonly pace: Pace }
  | {
      readonly event: "wait"
      readonly by: "job"
      readonly claim: number
      /** Still being worked on, or not reached. */
      readonly cause: "working" | "unavailable"
      readonly pace: Pace
    }
  | {
      readonly event: "refuse"
      readonly by: "job"
      /** Null for an order that nobody has taken yet. */
      readonly claim: number | null
      readonly failure: Failure
    }
  | { readonly event: "fulfil"; readonly by: "job"; readonly claim: number; readonly newTenantId: TenantId }
  | {
      readonly event: "retry"
      readonly by: "staff"
      /** Another first owner, where the old one cannot be it any more. */
      readonly owner?: Owner | undefined
    }

/** How the fulfilment job goes about its work. Durations in milliseconds. */
export interface Pace {
  /** So long one node has an order for itself. */
  readonly lease: number
  /** How many tries may fail. */
  readonly maxFailures: number
  readonly retryBase: number
  readonly retryCap: number
  /** How often it is asked whether it is ready by now. */
  readonly poll: number
  /** When an order that is not ready counts as failed. */
  readonly longest: number
}

const millis = (input: Duration.Input): number => Math.trunc(Duration.toMillis(Duration.fromInputUnsafe(input)))

export const paceOf = ({ orders }: Pick<Settings, "orders">): Pace => ({
  lease: millis(orders.lease),
  maxFailures: orders.maxFailures,
  retryBase: millis(orders.retryBase),
  retryCap: millis(orders.retryCap),
  poll: millis(orders.poll),
  longest: millis(orders.longest)
})

/** How long to wait after failure number `failures`: twice as long each time, at most `retryCap`. */
export const retryDelay = (pace: Pace, failures: number): number =>
  Math.min(pace.retryCap, pace.retryBase * 2 ** Math.min(Math.max(failures, 1) - 1, 30))

const after = (instant: Instant.Instant, duration: number): Instant.Instant => Instant.fromMillis(instant + duration)

interface Refusals {
  readonly place: OrderChanged
}

export type StepRefusal<E extends Step["event"] = Step["event"]> =
  | OrderStepNotPossible
  | (E extends keyof Refusals ? Refusals[E] : never)

type Changes = Partial<Omit<Order, "id" | "number" | "tenantId" | "ordererId" | "createdAt" | "version" | "state">>
type Outcome = Result.Result<{ readonly when?: Condition; readonly changes: Changes }, StepRefusal>

const notPossible = (order: Order) => Result.fail(new OrderStepNotPossible({ state: order.state }))

const failed = (failure: Failure, now: Instant.Instant): Changes => ({ failure, dueAt: null, endedAt: now })

const wait = (order: Order, { cause, pace }: Extract<Step, { event: "wait" }>, now: Instant.Instant): Outcome => {
  if (cause === "working") {
    const late = order.startedAt !== null && now >= after(order.startedAt, pace.longest)
    return late
      ? Result.succeed({ when: "last try", changes: failed({ reason: "took-too-long", message: null }, now) })
      : Result.succeed({ when: "tries left", changes: { dueAt: after(now, pace.poll) } })
  }
  const failures = order.failures + 1
  return failures >= pace.maxFailures
    ? Result.succeed({
        when: "last try",
        changes: { failures, ...failed({ reason: "too-many-tries", message: null }, now) }
      })
    : Result.succeed({ when: "tries left", changes: { failures, dueAt: after(now, retryDelay(pace, failures)) } })
}

const consequence = (order: Order, step: Step, now: Instant.Instant): Outcome => {
  switch (step.event) {
    case "change":
      return Result.succeed({ changes: step.change })
    case "place":
      return step.shown.version === order.version && step.shown.catalogVersion === step.terms.catalogVersion
        ? Result.succeed({ changes: { terms: step.terms, placedAt: now, startedAt: now, dueAt: now } })
        : Result.fail(new OrderChanged())
    case "cancel":
      return Result.succeed({ changes: { dueAt: null, endedAt: now } })
    case "begin":
      // while the lease of another one runs it is not due
      return order.dueAt !== null && now >= order.dueAt
        ? Result.succeed({ changes: { dueAt: after(now, step.pace.lease) } })
        : notPossible(order)
    case "wait":
      return step.claim === order.version ? wait(order, step, now) : notPossible(order)
    case "refuse": {
      const mine = step.claim === null ? order.state === "Placed" : step.claim === order.version
      return mine ? Result.succeed({ changes: failed(step.failure, now) }) : notPossible(order)
    }
    case "fulfil":
      return step.claim === order.version
        ? Result.succeed({ changes: { newTenantId: step.newTenantId, dueAt: null, endedAt: now } })
        : notPossible(order)
    case "retry":
      return Result.succeed({
        changes: {
          failures: 0,
          startedAt: now,
          dueAt: now,
          failure: null,
          endedAt: null,
          ...(step.owner === undefined ? {} : { owner: step.owner })
        }
      })
  }
}

/**
 * The order after a step, as the table says, or why not. What a job reports of a try counts only while nobody has written the order since the job
 * took it, so that of two tries, or of an answer that comes twice, one counts. Who may do a step is not asked here.
 */
export const apply = <S extends Step>(
  order: Order,
  step: S,
  now: Instant.Instant
): Result.Result<Order, StepRefusal<S["event"]>> =>
  // `consequence` answers for each event what `Refusals` says of it, which its common type cannot say
  moved(order, step, now) as Result.Result<Order, StepRefusal<S["event"]>>

const moved = (order: Order, step: Step, now: Instant.Instant): Result.Result<Order, StepRefusal> => {
  const rows = transitions.filter(
    ({ by, event, from }) => from === order.state && event === step.event && by === step.by
  )
  if (rows.length === 0) return notPossible(order)
  return Result.flatMap(consequence(order, step, now), ({ changes, when }) => {
    const row = rows.find((candidate) => candidate.when === when)
    return row === undefined ? notPossible(order) : Result.succeed({ ...order, ...changes, state: row.to })
  })
}
