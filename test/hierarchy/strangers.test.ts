import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { Locations } from "../../src/hierarchy/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { tagOf } from "../tenants/world.ts"
import { address, places, settings } from "./places.ts"

forEachAdapter(everyPort, (adapter, storage) => {
  describe(`strangers to a customer area (${adapter})`, () => {
    it.effect("V-03 R-RL-07 use nothing up of what its own people have left for a customer number", () =>
      Effect.gen(function* () {
        const { chief, mainId, north } = yield* places
        const ask = (who: typeof chief) =>
          tagOf(Locations.askToLink({ tenantId: mainId, ...address, customerNumber: "KD-2" }).pipe(as(who.actor)))
        for (let attempt = 0; attempt < 20; attempt++) assert.strictEqual(yield* ask(north), "NotFound")
        assert.notStrictEqual(yield* ask(chief), "TooManyAttempts")
      }).pipe(Effect.provide(everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel(settings), storage)))))
    )
  })
})
