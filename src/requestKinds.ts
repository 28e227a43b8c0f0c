import * as Hierarchy from "./hierarchy/index.ts"
import * as Joining from "./joining/index.ts"
import * as Subscriptions from "./subscriptions/index.ts"
import * as Tenants from "./tenants/index.ts"

/** Every kind of request of the library: `Requests.RequestKinds.layer(...requestKinds, ...yours)`. */
export const requestKinds = [
  ...Joining.requestKinds,
  ...Subscriptions.requestKinds,
  ...Tenants.requestKinds,
  ...Hierarchy.requestKinds
] as const
