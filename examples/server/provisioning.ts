import { Clock, Duration, Effect, Layer } from "effect"
import { Orders } from "portico"

/** So long setting up takes here, so that one can see that it does. */
const TAKES = Duration.seconds(5)

/**
 * Where a real portal calls whoever sets up what was ordered. This one sets up nothing and says so after a while. It is asked for the same order again
 * and again, also by the next process, and may forget that, because there is nothing to do twice.
 */
export const layerProvisioning = Layer.sync(Orders.Provisioning, () => {
  const begun = new Map<string, number>()
  return Orders.Provisioning.of({
    provision: ({ orderId }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const since = begun.get(orderId) ?? now
        begun.set(orderId, since)
        return now - since >= Duration.toMillis(TAKES) ? Orders.ready : Orders.working
      })
  })
})
