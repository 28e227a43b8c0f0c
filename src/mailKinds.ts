import * as Accounts from "./accounts/index.ts"
import * as Hierarchy from "./hierarchy/index.ts"
import * as Invitations from "./invitations/index.ts"
import * as Joining from "./joining/index.ts"
import * as Orders from "./orders/index.ts"
import * as Requests from "./requests/index.ts"
import * as Subscriptions from "./subscriptions/index.ts"
import * as Tenants from "./tenants/index.ts"
import * as Tickets from "./tickets/index.ts"

/** Every kind of mail of the library, for the dispatcher: `Mail.MailKinds.layer(...mailKinds)`. */
export const mailKinds = [
  ...Accounts.mailKinds,
  ...Tenants.mailKinds,
  ...Invitations.mailKinds,
  ...Requests.mailKinds,
  ...Joining.mailKinds,
  ...Subscriptions.mailKinds,
  ...Hierarchy.mailKinds,
  ...Orders.mailKinds,
  ...Tickets.mailKinds
] as const
