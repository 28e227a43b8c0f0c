import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { SelfRegistrationId } from "../kernel/ids.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { SelfRegistration } from "./SelfRegistration.ts"

/** Attempts to join a tenant by its customer number, each until it is confirmed or its time is over. */
export class SelfRegistrationRepository extends Context.Service<
  SelfRegistrationRepository,
  {
    /** MUST fail with `duplicate` when the id is taken; an address may have any number. */
    readonly insert: (attempt: SelfRegistration) => Effect.Effect<void, PersistenceError>
    readonly find: (id: SelfRegistrationId) => Effect.Effect<Option.Option<SelfRegistration>, PersistenceError>
    /** MUST fail with `conflict` unless it is there, so that of several who take it in parallel one goes through. */
    readonly remove: (id: SelfRegistrationId) => Effect.Effect<void, PersistenceError>
    /** Deletes at most `limit` attempts that were made before `before`, oldest first; answers how many. */
    readonly purge: (before: Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/joining/SelfRegistrationRepository") {}
