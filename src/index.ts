/**
 * The core of a customer portal. Each room is a namespace: `Invitations.accept(input)` is a use case, an Effect that says in its type who may
 * call it, every error it can answer, and the ports it needs. `portico/memory` and `portico/kysely` supply the ports that keep something.
 */
export * as Accounts from "./accounts/index.ts"
export * as Audit from "./audit/index.ts"
export * as Hierarchy from "./hierarchy/index.ts"
export * as Invitations from "./invitations/index.ts"
export * as Jobs from "./jobs/index.ts"
export * as Joining from "./joining/index.ts"
export * from "./kernel/index.ts"
export * as Mail from "./mail/index.ts"
export { mailKinds } from "./mailKinds.ts"
export * as Orders from "./orders/index.ts"
export * as Privacy from "./privacy/index.ts"
export { requestKinds } from "./requestKinds.ts"
export * as Requests from "./requests/index.ts"
export * as Subscriptions from "./subscriptions/index.ts"
export * as Tenants from "./tenants/index.ts"
export * as Tickets from "./tickets/index.ts"
export { useCases } from "./useCases.ts"
