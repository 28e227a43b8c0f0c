import { Context, type Effect } from "effect"
import type { Instant } from "./Instant.ts"
import type { PersistenceError } from "./PersistenceError.ts"

/**
 * Lets one of several nodes do a thing for a while. An implementer MUST decide in one atomic step, so that at no time two owners hold a lease
 * that has not run out.
 */
export class Leases extends Context.Service<
  Leases,
  {
    /** Takes or prolongs the lease until `until`; answers whether the caller has it now. */
    readonly acquire: (
      name: string,
      owner: string,
      until: Instant,
      now: Instant
    ) => Effect.Effect<boolean, PersistenceError>
    /** Gives it back, if the owner still has it. */
    readonly release: (name: string, owner: string) => Effect.Effect<void, PersistenceError>
  }
>()("portico/kernel/Leases") {}
