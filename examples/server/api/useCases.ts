import { Layer } from "effect"
import {
  Accounts,
  Audit,
  Hierarchy,
  Invitations,
  Joining,
  Orders,
  Requests,
  Subscriptions,
  Tenants,
  Tickets
} from "portico"
import { fileEndpoints, fileRoutes } from "./files.ts"
import { describeApi } from "./openApi.ts"
import { apiRoutes } from "./routes.ts"

/** Behind the API; what it does not offer is left out by the routes and by the description alike, see `isOffered`. */
const useCases = [
  ...Accounts.useCases,
  ...Tenants.useCases,
  ...Hierarchy.useCases,
  ...Invitations.useCases,
  ...Requests.useCases,
  ...Joining.useCases,
  ...Subscriptions.useCases,
  ...Orders.useCases,
  ...Tickets.useCases,
  ...Audit.useCases
] as const

export const apiDocument = describeApi(useCases, { files: fileEndpoints })

export const api = Layer.mergeAll(apiRoutes(...useCases), fileRoutes)
