import * as Joining from "./joining/index.ts"
import * as Subscriptions from "./subscriptions/index.ts"

/** Every kind of request of the library: `Requests.RequestKinds.layer(...requestKinds, ...yours)`. */
export const requestKinds = [...Joining.requestKinds, ...Subscriptions.requestKinds] as const
