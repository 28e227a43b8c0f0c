import { Effect } from "effect"
import { Locations } from "../../src/hierarchy/index.ts"
import * as Requests from "../../src/requests/index.ts"
import { address, linkedPlaces, places } from "../hierarchy/places.ts"
import type { Person } from "../tenants/world.ts"
import { as } from "./portal.ts"
import { type Scenario, scenario } from "./scenario.ts"

const numbers = (customerNumber: string) => ({ ...address, customerNumber })

/** What waits for somebody's decision. */
const asked = Effect.fnUntraced(function* (who: Person) {
  const { items } = yield* Requests.waiting({}).pipe(as(who.actor))
  const [first] = items
  if (first === undefined) return yield* Effect.die(new Error("nothing waits"))
  return { requestId: first.id, version: first.version }
})

/** Main and sub tenants. */
export const scenariosOfHierarchy: ReadonlyArray<Scenario> = [
  scenario(
    Locations.list,
    Effect.map(
      linkedPlaces,
      ({ chief, mainId }) =>
        () =>
          Locations.list({ tenantId: mainId }).pipe(as(chief.actor))
    )
  ),
  scenario(
    Locations.list,
    Effect.map(
      linkedPlaces,
      ({ chief, mainId }) =>
        () =>
          Locations.list({ tenantId: mainId, search: "nord" }).pipe(as(chief.actor))
    ),
    "with a search"
  ),
  scenario(
    Locations.mine,
    Effect.map(
      linkedPlaces,
      ({ chief, mainId }) =>
        () =>
          Locations.mine({ tenantId: mainId }).pipe(as(chief.actor))
    )
  ),
  scenario(
    Locations.get,
    Effect.map(
      linkedPlaces,
      ({ chief, mainId, nordId }) =>
        () =>
          Locations.get({ tenantId: mainId, subId: nordId }).pipe(as(chief.actor))
    )
  ),
  scenario(
    Locations.position,
    Effect.map(
      linkedPlaces,
      ({ nordId, north }) =>
        () =>
          Locations.position({ tenantId: nordId }).pipe(as(north.actor))
    )
  ),
  scenario(
    Locations.chosen,
    Effect.map(
      linkedPlaces,
      ({ chief, desk, mainId }) =>
        () =>
          Locations.chosen({ tenantId: mainId, accountId: desk.account.id }).pipe(as(chief.actor))
    )
  ),
  scenario(
    Locations.visitors,
    Effect.map(
      linkedPlaces,
      ({ nordId, north }) =>
        () =>
          Locations.visitors({ tenantId: nordId }).pipe(as(north.actor))
    )
  ),
  scenario(
    Locations.linkOwn,
    Effect.map(
      places,
      ({ both, mainId, nordId }) =>
        (options) =>
          Locations.linkOwn({ tenantId: mainId, subId: nordId }, options).pipe(as(both.actor))
    )
  ),
  scenario(
    Locations.askToLink,
    Effect.map(
      places,
      ({ chief, mainId }) =>
        (options) =>
          Locations.askToLink({ tenantId: mainId, ...numbers("KD-2") }, options).pipe(as(chief.actor))
    )
  ),
  scenario(
    Locations.askToLink,
    Effect.map(
      places,
      ({ chief, mainId }) =>
        (options) =>
          Locations.askToLink({ tenantId: mainId, ...numbers("KD-99") }, options).pipe(as(chief.actor))
    ),
    "of a number that is nobody's"
  ),
  scenario(
    Requests.approve,
    Effect.gen(function* () {
      const { chief, mainId, north } = yield* places
      yield* Locations.askToLink({ tenantId: mainId, ...numbers("KD-2") }).pipe(as(chief.actor))
      const request = yield* asked(north)
      return (options) => Requests.approve(request, options).pipe(as(north.actor))
    }),
    "that links a sub tenant"
  ),
  scenario(
    Locations.askToMove,
    Effect.map(
      linkedPlaces,
      ({ nordId, north }) =>
        (options) =>
          Locations.askToMove({ tenantId: nordId, ...numbers("KD-3") }, options).pipe(as(north.actor))
    )
  ),
  scenario(
    Requests.approve,
    Effect.gen(function* () {
      const { nordId, north, south } = yield* linkedPlaces
      yield* Locations.askToMove({ tenantId: nordId, ...numbers("KD-3") }).pipe(as(north.actor))
      const request = yield* asked(south)
      return (options) => Requests.approve(request, options).pipe(as(south.actor))
    }),
    "that moves a sub tenant"
  ),
  scenario(
    Locations.unlink,
    Effect.map(
      linkedPlaces,
      ({ chief, mainId, nordId }) =>
        (options) =>
          Locations.unlink({ tenantId: mainId, subId: nordId }, options).pipe(as(chief.actor))
    )
  ),
  scenario(
    Locations.leaveMain,
    Effect.map(
      linkedPlaces,
      ({ nordId, north }) =>
        (options) =>
          Locations.leaveMain({ tenantId: nordId }, options).pipe(as(north.actor))
    )
  ),
  scenario(
    Locations.refuse,
    Effect.map(
      linkedPlaces,
      ({ nordId, north }) =>
        (options) =>
          Locations.refuse({ tenantId: nordId, refused: ["members.change"] }, options).pipe(as(north.actor))
    )
  ),
  scenario(
    Locations.choose,
    Effect.map(
      linkedPlaces,
      ({ chief, desk, mainId, nordId }) =>
        (options) =>
          Locations.choose({ tenantId: mainId, accountId: desk.account.id, locations: [nordId] }, options).pipe(
            as(chief.actor)
          )
    )
  )
]
