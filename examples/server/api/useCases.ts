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
import { describeApi } from "./openApi.ts"
import { apiRoutes } from "./routes.ts"

/** What the API offers: all that people can do. What only staff and jobs do is left out by the routes and by the description alike. */
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

export const apiDocument = describeApi(useCases)

export const api = apiRoutes(...useCases)
