import { Effect } from "effect"
import type { Report } from "../../src/orders/Fulfilment.ts"
import { Fulfilment, Orders } from "../../src/orders/index.ts"
import { draft, location, main, options, person, placed, placing } from "../orders/world.ts"
import { staff } from "../tenants/world.ts"
import { as } from "./portal.ts"
import { job, type Scenario, scenario } from "./scenario.ts"

const drafted = Effect.gen(function* () {
  const world = yield* main
  const shown = yield* draft(world.owner, world.tenantId)
  return { ...world, shown, order: { tenantId: world.tenantId, orderId: shown.id } }
})

const ordered = (wishes: Parameters<typeof placed>[2] = {}) =>
  Effect.gen(function* () {
    const world = yield* main
    const { id } = yield* placed(world.owner, world.tenantId, wishes)
    return { ...world, order: { tenantId: world.tenantId, orderId: id } }
  })

const taken = (wishes: Parameters<typeof placed>[2] = {}) =>
  Effect.gen(function* () {
    const world = yield* ordered(wishes)
    const { claim } = yield* Fulfilment.take(world.order).pipe(job)
    return { ...world, claim: claim ?? -1 }
  })

const clerk = Effect.gen(function* () {
  const { account } = yield* person("clerk")
  return yield* staff(account, "agent")
})

const failed = Effect.gen(function* () {
  const world = yield* taken()
  const report = { _tag: "Refused", message: null } as const
  yield* Fulfilment.settle({ ...world.order, claim: world.claim, report }).pipe(job)
  return { ...world, clerk: yield* clerk }
})

const settling = (report: Report, words: string, wishes: Parameters<typeof placed>[2] = {}) =>
  scenario(
    Fulfilment.settle,
    Effect.map(
      taken(wishes),
      ({ claim, order }) =>
        (options) =>
          Fulfilment.settle({ ...order, claim, report }, options).pipe(job)
    ),
    words
  )

export const scenariosOfOrders: ReadonlyArray<Scenario> = [
  scenario(
    Orders.products,
    Effect.map(
      main,
      ({ owner, tenantId }) =>
        () =>
          Orders.products({ tenantId }).pipe(as(owner.actor))
    )
  ),
  scenario(
    Orders.start,
    Effect.map(
      main,
      ({ owner, tenantId }) =>
        (callOptions) =>
          Orders.start({ tenantId, product: "location", options, location }, callOptions).pipe(as(owner.actor))
    )
  ),
  scenario(
    Orders.change,
    Effect.map(
      drafted,
      ({ order, owner }) =>
        (callOptions) =>
          Orders.change({ ...order, options: { line: "dsl", seats: 1 } }, callOptions).pipe(as(owner.actor))
    )
  ),
  scenario(
    Orders.place,
    Effect.map(
      drafted,
      ({ owner, shown }) =>
        (callOptions) =>
          Orders.place(placing(shown), callOptions).pipe(as(owner.actor))
    )
  ),
  scenario(
    Orders.cancel,
    Effect.map(
      ordered(),
      ({ order, owner }) =>
        (callOptions) =>
          Orders.cancel(order, callOptions).pipe(as(owner.actor))
    )
  ),
  scenario(
    Orders.get,
    Effect.map(
      drafted,
      ({ order, owner }) =>
        () =>
          Orders.get(order).pipe(as(owner.actor))
    )
  ),
  scenario(
    Orders.list,
    Effect.map(
      ordered(),
      ({ owner, tenantId }) =>
        () =>
          Orders.list({ tenantId }).pipe(as(owner.actor))
    )
  ),
  scenario(
    Orders.queue,
    Effect.gen(function* () {
      yield* ordered()
      const actor = yield* clerk
      return () => Orders.queue({}).pipe(as(actor))
    })
  ),
  scenario(
    Orders.retry,
    Effect.map(
      failed,
      ({ clerk, order }) =>
        (callOptions) =>
          Orders.retry(order, callOptions).pipe(as(clerk))
    )
  ),
  scenario(
    Orders.cancelFailed,
    Effect.map(
      failed,
      ({ clerk, order }) =>
        (callOptions) =>
          Orders.cancelFailed(order, callOptions).pipe(as(clerk))
    )
  ),
  scenario(
    Fulfilment.take,
    Effect.map(
      ordered(),
      ({ order }) =>
        (callOptions) =>
          Fulfilment.take(order, callOptions).pipe(job)
    )
  ),
  settling({ _tag: "Ready" }, "of a tenant for the orderer"),
  settling({ _tag: "Ready" }, "of a tenant for somebody invited", {
    owner: { email: "branch@example.com", locale: "en" }
  }),
  settling({ _tag: "Refused", message: { de: "Nein.", en: "No." } }, "of a refusal"),
  settling({ _tag: "Unavailable" }, "of a try that failed")
]
