import { Effect, Result } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { Rule } from "../kernel/Limits.ts"
import { NotAllowed } from "../kernel/refusals.ts"
import type * as UseCase from "../kernel/UseCase.ts"

/** The operator's people, from the one who may least to the one who may most. */
export const staffRoles: ReadonlyArray<Actor.StaffRole> = ["agent", "supervisor", "operator"]

/** Use cases of staff that not every role may call, by name (STF-02). */
const RESERVED: Readonly<Record<string, ReadonlyArray<Actor.StaffRole>>> = {
  "tenants.changeCredentials": ["supervisor", "operator"],
  "tenants.suspend": ["supervisor", "operator"],
  "tenants.restore": ["supervisor", "operator"],
  "tenants.close": ["supervisor", "operator"],
  "tenants.appointOwner": ["supervisor", "operator"],
  "invitations.inviteFirstOwner": ["supervisor", "operator"],
  "accounts.suspend": ["supervisor", "operator"],
  "accounts.restore": ["supervisor", "operator"],
  "subscriptions.applyBillingEvent": ["supervisor", "operator"],
  "locations.applyCollectiveInvoice": ["supervisor", "operator"],
  "desk.unmarkSpam": ["supervisor", "operator"],
  "staff.appoint": ["operator"],
  "staff.dismiss": ["operator"]
}

/** The roles of staff that may call a use case which requires staff. */
export const staffRolesFor = (useCase: string): ReadonlyArray<Actor.StaffRole> =>
  (Object.hasOwn(RESERVED, useCase) ? RESERVED[useCase] : undefined) ?? staffRoles

/** Refuses staff whose roles are not among those of the use case. Jobs are the library's own and may. */
export const staffMay = (useCase: string, actor: Actor.Staff | Actor.Job): Result.Result<void, NotAllowed> =>
  actor._tag === "Job" || actor.roles.some((role) => staffRolesFor(useCase).includes(role))
    ? Result.succeed(undefined)
    : Result.fail(new NotAllowed({}))

/** The budget of searches through all customer areas and accounts, of each of the operator's people: whoever looks for everything is stopped (LIM-01). */
export const staffSearchLimits = (
  _: unknown,
  { actor, settings }: Pick<UseCase.Call<"Staff">, "actor" | "settings">
): Effect.Effect<ReadonlyArray<Rule>> =>
  Effect.succeed([{ key: `staff.search:${actor.accountId}`, limit: settings.limits.searchPerAccount }])
