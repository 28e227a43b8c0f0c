import { Effect, Option } from "effect"
import { NotAllowed, SignInRequired } from "../kernel/refusals.ts"
import type * as UseCase from "../kernel/UseCase.ts"
import { staffRolesFor } from "../tenants/staffRights.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { staffRolesOf } from "./StaffMember.ts"
import { StaffRepository } from "./StaffRepository.ts"

/**
 * Looks again, at this commit, whether the caller may call this use case of staff, and answers their account and what they may as staff now; the row
 * stays as it is until the unit ends.
 */
export const stillMay = Effect.fnUntraced(function* (useCase: string, unit: UseCase.Unit<"Staff">) {
  const accounts = yield* AccountRepository
  const staff = yield* StaffRepository
  const { accountId, credentialEpoch } = unit.actor
  yield* staff.hold([accountId], unit.now)
  const account = Option.getOrUndefined(yield* accounts.find(accountId))
  if (account?.state !== "active" || account.credentialEpoch !== credentialEpoch) return yield* new SignInRequired()
  const stored = Option.match(yield* staff.find(accountId), { onNone: () => [], onSome: ({ roles }) => roles })
  const roles = staffRolesOf(unit.settings, account.email, stored)
  if (!roles.some((role) => staffRolesFor(useCase).includes(role))) return yield* new NotAllowed({})
  return { account, roles }
})
