import { Cause, Effect, Option, Result, Schema } from "effect"
import { HierarchyRepository } from "../hierarchy/HierarchyRepository.ts"
import { link } from "../hierarchy/TenantLink.ts"
import { offerToFirstOwner } from "../invitations/Invitations.ts"
import * as Instant from "../kernel/Instant.ts"
import { OrderId, TenantId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { NotFound } from "../kernel/refusals.ts"
import { Settings } from "../kernel/Settings.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { heldBy } from "../tenants/Membership.ts"
import { type Member, MembershipRepository } from "../tenants/MembershipRepository.ts"
import type { Tenant } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { foundedBy, newTenant } from "../tenants/Tenants.ts"
import { CustomerNumbers } from "./CustomerNumbers.ts"
import { apply, type Failure, type FailureReason, type Order, OrderState, paceOf, type Step } from "./Order.ts"
import { type OrderPlace, OrderRepository } from "./OrderRepository.ts"
import * as orderMails from "./orderMails.ts"
import { Provisioning } from "./Provisioning.ts"
import { envelope, orderForUpdate, saved, subject, valuesOf } from "./stored.ts"

const OfTenant = { tenantId: TenantId, orderId: OrderId }

/** What keeps a tenant from having a sub, as the reason of a failure. */
const obstacle = (tenant: Pick<Tenant, "state"> | undefined, isSub: boolean): FailureReason | null =>
  isSub ? "tenant-is-sub" : tenant?.state === "active" ? null : "tenant-not-active"

/** What waits in a tenant that is suspended goes on when it is restored (TEN-09). */
const pauses = (tenant: Pick<Tenant, "state"> | undefined): boolean => tenant?.state === "suspended"

/** Records that an order has failed, and tells the orderer why (ORD-05). */
const tellFailed = (
  unit: UseCase.Unit<"Job">,
  order: Order,
  tenant: Pick<Tenant, "name"> | undefined,
  member: Member | undefined
): void => {
  const { failure } = order
  if (failure === null) return
  const { message, reason } = failure
  unit.record({ type: "order.failed", tenantId: order.tenantId, subject: subject(order.id), data: { reason } })
  if (tenant === undefined || member === undefined) return
  const values = { ...valuesOf(order, tenant), reason, message }
  unit.send(orderMails.failed.mail({ ...envelope(order, member), values }))
}

// ---- taking ----------------------------------------------------------------------------------------------------------------------------

/**
 * A node takes an order whose time has come, for as long as the lease of the settings runs: whoever comes at the same time finds it not due. The claim
 * is what the outcome is reported with. An order whose tenant can have no sub any more fails here, before anything is set up.
 */
export const take = UseCase.command({
  name: "orders.take",
  summary: "Takes an order that is due, to have it provisioned.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct(OfTenant),
  output: Schema.Struct({
    /** Null when there is nothing to do. */
    claim: Schema.NullOr(Schema.Int)
  }),
  errors: [NotFound],
  unit: Effect.fnUntraced(function* (input, unit) {
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const hierarchy = yield* HierarchyRepository
    const orders = yield* OrderRepository
    const order = yield* orderForUpdate(input)
    const begun = apply(order, { event: "begin", by: "job", pace: paceOf(unit.settings) }, unit.now)
    if (Result.isFailure(begun)) return { claim: null }
    const tenant = Option.getOrUndefined(yield* tenants.find(input.tenantId))
    if (pauses(tenant)) return { claim: null }
    const level = yield* hierarchy.level(input.tenantId)
    const reason = obstacle(tenant, level.link !== null)
    if (reason === null) {
      yield* orders.save(begun.success)
      unit.record({
        type: "order.begun",
        tenantId: input.tenantId,
        subject: subject(order.id),
        data: { failures: order.failures }
      })
      return { claim: saved(begun.success).version }
    }
    const claim = order.state === "Placed" ? null : order.version
    // what could begin can be refused, by the table
    const failed = yield* Effect.orDie(
      Effect.fromResult(
        apply(order, { event: "refuse", by: "job", claim, failure: { reason, message: null } }, unit.now)
      )
    )
    yield* orders.save(failed)
    const member = yield* memberships.findMember(input.tenantId, order.ordererId)
    tellFailed(unit, failed, tenant, Option.getOrUndefined(member))
    return { claim: null }
  })
})

// ---- settling --------------------------------------------------------------------------------------------------------------------------

/** What came of one try: what provisioning answered, or that it did not. */
export const Report = Schema.Union([
  Schema.TaggedStruct("Ready", {}),
  Schema.TaggedStruct("Working", {}),
  Schema.TaggedStruct("Refused", {
    message: Schema.NullOr(Schema.Struct({ de: Schema.String, en: Schema.String }))
  }),
  Schema.TaggedStruct("Unavailable", {})
])
export type Report = typeof Report.Type

// nobody has so many tenants with numbers of the same sequence in a row
const MOST_TAKEN = 100

/** A customer number that no tenant has, for example from before the sequence was used. */
const freeCustomerNumber = Effect.gen(function* () {
  const numbers = yield* CustomerNumbers
  const tenants = yield* TenantRepository
  for (let tries = 0; tries < MOST_TAKEN; tries++) {
    const next = yield* numbers.next
    if (Option.isNone(yield* tenants.findByCustomerNumber(next))) return next
  }
  return yield* new PersistenceError({ operation: "orders.customerNumber", reason: "full" })
})

/** The tenant that ordered, locked, and the orderer in it. */
interface Main {
  readonly tenant: Tenant
  readonly member: Member | undefined
}

/** Whether the orderer may still order in the main tenant, and so say who becomes the owner of what was ordered for it (HIE-06). */
const mayOrder = (settings: Settings, member: Member | undefined): member is Member =>
  member !== undefined &&
  member.accountState === "active" &&
  heldBy(settings, member.membership).has("locations.change")

const failureOf = (reason: FailureReason): Failure => ({ reason, message: null })

/**
 * The new tenant with its customer number, its first owner, the link to its main tenant, and the mails, in one commit (ORD-04), or why there can be
 * none. Who ordered must still be allowed to, unless staff have named the owner since. The first owner is the orderer: then the new tenant is active at
 * once. Where the order names another address, that one gets an invitation, as with `tenants.createForOwner`, and the tenant is in setup until it is
 * accepted.
 */
const establish = Effect.fnUntraced(function* (
  unit: UseCase.Unit<"Job">,
  order: Order,
  { member, tenant }: Main,
  customerNumber: string
) {
  const tenants = yield* TenantRepository
  const hierarchy = yield* HierarchyRepository
  const level = yield* hierarchy.level(tenant.id)
  const reason = obstacle(tenant, level.link !== null)
  if (reason !== null) return failureOf(reason)
  const { location, owner } = order
  if (location === null) return yield* Effect.die(new Error("an order was placed without a location"))
  const made = yield* newTenant(location, customerNumber, null, unit.now)
  const orderer = mayOrder(unit.settings, member) ? member : undefined
  if (orderer === undefined && owner?.namedByStaff !== true) return failureOf("owner-not-entitled")
  if (owner !== null) {
    yield* tenants.insert(made)
    unit.record({ type: "tenant.created", tenantId: made.id, subject: { kind: "tenant", id: made.id } })
    yield* offerToFirstOwner(unit, made, owner.email, { locale: owner.locale, pending: null })
  } else if (orderer !== undefined) {
    yield* foundedBy(unit, made, { id: order.ordererId, email: orderer.email, state: orderer.accountState })
  }
  // the main was looked at above, and nothing is linked to what is new
  const linked = yield* Effect.orDie(
    Effect.fromResult(
      link(
        { tenant, ...level },
        {
          tenant: { id: made.id, state: owner === null ? "active" : "in-setup" },
          link: null,
          hasSubs: false,
          openOrders: 0
        },
        { kind: "ordered", now: unit.now }
      )
    )
  )
  yield* hierarchy.insert(linked)
  yield* tenants.save(tenant)
  for (const tenantId of [tenant.id, made.id]) {
    // as every link is recorded: in the logs of both sides
    unit.record({
      type: "location.linked",
      tenantId,
      subject: { kind: "location", id: made.id },
      data: { mainId: tenant.id, subId: made.id, kind: linked.kind }
    })
  }
  unit.record({
    type: "order.fulfilled",
    tenantId: tenant.id,
    subject: subject(order.id),
    data: { newTenantId: made.id }
  })
  if (member !== undefined) {
    const values = { ...valuesOf(order, tenant), customerNumber, invited: owner !== null }
    unit.send(orderMails.ready.mail({ ...envelope(order, member), values }))
  }
  return made.id
})

/**
 * Writes down what came of a try. It counts only while nobody has written the order since the job took it: of two tries, or of an answer that comes
 * twice, one does (V-40). The tenant that ordered is locked, so that it is a main tenant or can become one until the commit.
 */
export const settle = UseCase.command({
  name: "orders.settle",
  summary: "Writes down what came of provisioning an order.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({ ...OfTenant, claim: Schema.Int, report: Report }),
  output: Schema.Struct({
    /** False when somebody else has written the order meanwhile. */
    counted: Schema.Boolean,
    state: OrderState
  }),
  errors: [NotFound],
  // the number port may be far away, and an answer that comes too late needs no number
  prepare: Effect.fnUntraced(function* ({ claim, orderId, report, tenantId }) {
    if (report._tag !== "Ready") return null
    const orders = yield* OrderRepository
    const order = yield* orders.find(tenantId, orderId)
    return Option.exists(order, ({ version }) => version === claim) ? yield* freeCustomerNumber : null
  }),
  unit: Effect.fnUntraced(function* (input, unit, customerNumber) {
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const orders = yield* OrderRepository
    const { claim, report } = input
    const tenant = Option.getOrUndefined(yield* tenants.findForUpdate(input.tenantId))
    const order = yield* orderForUpdate(input)
    const late = { counted: false, state: order.state }
    if (order.state !== "Provisioning" || order.version !== claim || tenant === undefined) return late
    const member = Option.getOrUndefined(yield* memberships.findMember(tenant.id, order.ordererId))
    const pace = paceOf(unit.settings)

    const refused = (failure: Failure): Step => ({ event: "refuse", by: "job", claim, failure })
    let step: Step
    if (report._tag === "Working") step = { event: "wait", by: "job", claim, cause: "working", pace }
    // provisioning bears to be asked again
    else if (pauses(tenant)) step = { event: "wait", by: "job", claim, cause: "working", pace }
    else if (report._tag === "Unavailable") step = { event: "wait", by: "job", claim, cause: "unavailable", pace }
    else if (report._tag === "Refused") step = refused({ reason: "refused", message: report.message })
    else {
      if (customerNumber === null) return late
      const became = yield* establish(unit, order, { tenant, member }, customerNumber)
      step = typeof became === "string" ? { event: "fulfil", by: "job", claim, newTenantId: became } : refused(became)
    }
    const next = yield* Effect.orDie(Effect.fromResult(apply(order, step, unit.now)))
    yield* orders.save(next)
    if (next.state === "Failed") tellFailed(unit, next, tenant, member)
    if (next.state === "Provisioning") {
      unit.record({
        type: "order.delayed",
        tenantId: tenant.id,
        subject: subject(order.id),
        data: { cause: report._tag === "Working" ? "working" : "unavailable", failures: next.failures }
      })
    }
    return { counted: true, state: next.state }
  })
})

// ---- the job ---------------------------------------------------------------------------------------------------------------------------

/** Asks provisioning, outside of any transaction; whatever goes wrong there is a try that failed. */
const provision = Effect.fnUntraced(function* (order: Order) {
  const { location, terms } = order
  if (location === null || terms === null) return yield* Effect.die(new Error("an order was placed without its terms"))
  const provisioning = yield* Provisioning
  const settings = yield* Settings
  const { id, number, options, product, tenantId } = order
  const unavailable: Report = { _tag: "Unavailable" }
  return yield* provisioning.provision({ orderId: id, number, tenantId, product, options, location, terms }).pipe(
    Effect.map((answer): Report => answer),
    Effect.timeoutOrElse({ duration: settings.orders.callTimeout, orElse: () => Effect.succeed(unavailable) }),
    Effect.catchCause((cause) =>
      Cause.hasInterrupts(cause)
        ? Effect.interrupt
        : Effect.as(Effect.logWarning(`The order ${number} could not be provisioned`, cause), unavailable)
    )
  )
})

/**
 * One try to fulfil an order: taken, provisioned, settled, each for itself. Killed between any two of them, it is due again when the lease runs out,
 * and provisioning is asked for the same order again, which it must bear. Answers whether there was something to do.
 */
export const fulfil = Effect.fnUntraced(function* (place: OrderPlace) {
  const { claim } = yield* take(place)
  if (claim === null) return false
  const orders = yield* OrderRepository
  const order = Option.getOrUndefined(yield* orders.find(place.tenantId, place.orderId))
  if (order === undefined) return false
  const report = yield* provision(order)
  yield* settle({ ...place, claim, report }).pipe(
    // without a number for the new tenant, for example: a try that went wrong, so that one that never goes right has an end
    Effect.catchTag("Unavailable", () => settle({ ...place, claim, report: { _tag: "Unavailable" } }))
  )
  return true
})

// So many at a time; one that is slow does not hold up the others.
const CONCURRENCY = 5

/** Tries every order that is due, at most `limit`; one that fails does not keep the others waiting. Answers how many were tried. */
export const fulfilDue = Effect.fnUntraced(function* (limit: number) {
  const orders = yield* OrderRepository
  const due = yield* orders.due(yield* Instant.now, limit)
  const tried = yield* Effect.forEach(
    due,
    (place) =>
      Effect.catchCause(fulfil(place), (cause) =>
        Cause.hasInterrupts(cause)
          ? Effect.interrupt
          : Effect.as(Effect.logWarning("An order could not be fulfilled", cause), false)
      ),
    { concurrency: CONCURRENCY }
  )
  return tried.filter((one) => one).length
})

/** Every use case of the job. */
export const useCases = UseCase.registry(take, settle)
