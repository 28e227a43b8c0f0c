import * as Accounts from "./accounts/index.ts"
import * as Audit from "./audit/index.ts"
import * as Hierarchy from "./hierarchy/index.ts"
import * as Invitations from "./invitations/index.ts"
import * as Joining from "./joining/index.ts"
import * as Mail from "./mail/index.ts"
import * as Orders from "./orders/index.ts"
import * as Requests from "./requests/index.ts"
import * as Subscriptions from "./subscriptions/index.ts"
import * as Tenants from "./tenants/index.ts"
import * as Tickets from "./tickets/index.ts"

/**
 * Every use case of the library, room by room: behind the permission table, the statement table, the error texts, and a host's own list of what
 * it offers.
 */
export const useCases = [
  ...Accounts.useCases,
  ...Tenants.useCases,
  ...Invitations.useCases,
  ...Requests.useCases,
  ...Joining.useCases,
  ...Subscriptions.useCases,
  ...Hierarchy.useCases,
  ...Orders.useCases,
  ...Tickets.useCases,
  ...Audit.useCases,
  ...Mail.useCases
] as const
