import { Effect, Option, Schema } from "effect"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId } from "../kernel/ids.ts"
import * as Page from "../kernel/Page.ts"
import { NotAllowed, NotFound, SignInRequired } from "../kernel/refusals.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { staffMay, staffRolesFor } from "../tenants/staffRights.ts"
import { AccountRepository } from "./AccountRepository.ts"
import {
  AppointedByConfiguration,
  normalStaffRoles,
  operatorsOf,
  StaffRole,
  StaffRoles,
  staffRolesOf
} from "./StaffMember.ts"
import { type StaffPerson, StaffRepository } from "./StaffRepository.ts"

/** One of the operator's people as the others see them. */
export const StaffView = Schema.Struct({
  accountId: AccountId,
  email: EmailAddress,
  firstName: Schema.String,
  lastName: Schema.String,
  roles: Schema.Array(StaffRole),
  since: Instant
})

const KeyOfPage = Schema.Tuple([Schema.Int, AccountId])
const keyOf = ({ member }: StaffPerson) => [member.since, member.accountId] as const

/** Looks again, at this commit, whether the caller may call this use case of staff; the row stays as it is until the unit ends. */
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
})

const subject = (accountId: AccountId) => ({ kind: "account", id: accountId })

/** Makes an account one of the operator's people, or gives one other roles (AUT-10). The first one comes from the configuration. */
export const appoint = UseCase.command({
  name: "staff.appoint",
  summary: "Makes an account one of the operator's people, or gives it other roles.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: Schema.Struct({ email: EmailAddressFromInput, roles: StaffRoles }),
  output: Schema.Struct({ accountId: AccountId, roles: StaffRoles }),
  errors: [NotFound],
  unit: Effect.fnUntraced(function* (input, unit) {
    yield* Effect.fromResult(staffMay("staff.appoint", unit.actor))
    yield* stillMay("staff.appoint", unit)
    const accounts = yield* AccountRepository
    const staff = yield* StaffRepository
    const found = Option.getOrUndefined(yield* accounts.findByEmail(input.email))?.account
    if (found?.state !== "active") return yield* new NotFound({ kind: "account" })
    const before = Option.getOrUndefined(yield* staff.findForUpdate(found.id))
    const roles = normalStaffRoles(input.roles)
    yield* staff.save({ accountId: found.id, roles, since: before?.since ?? unit.now })
    unit.record({
      type: "staff.appointed",
      subject: subject(found.id),
      data: { before: [...(before?.roles ?? [])], roles: [...roles] }
    })
    return { accountId: found.id, roles }
  })
})

/** Ends somebody's being staff. What they decided before stays decided; what has not taken effect yet is judged anew (REQ-06). */
export const dismiss = UseCase.command({
  name: "staff.dismiss",
  summary: "Ends that an account is one of the operator's people.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: Schema.Struct({ accountId: AccountId }),
  output: Schema.Void,
  errors: [NotFound, AppointedByConfiguration],
  unit: Effect.fnUntraced(function* ({ accountId }, unit) {
    yield* Effect.fromResult(staffMay("staff.dismiss", unit.actor))
    yield* stillMay("staff.dismiss", unit)
    const accounts = yield* AccountRepository
    const staff = yield* StaffRepository
    const account = Option.getOrUndefined(yield* accounts.find(accountId))
    if (account !== undefined && operatorsOf(unit.settings).includes(account.email)) {
      return yield* new AppointedByConfiguration()
    }
    const before = Option.getOrUndefined(yield* staff.findForUpdate(accountId))
    if (before === undefined || !(yield* staff.remove(accountId))) return yield* new NotFound({ kind: "staff" })
    unit.record({ type: "staff.dismissed", subject: subject(accountId), data: { roles: [...before.roles] } })
  })
})

/** Those who were appointed, the first one first. Who is operator by configuration alone is not among them. */
export const list = UseCase.query({
  name: "staff.list",
  summary: "Lists the operator's people.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct(Page.fields),
  output: Page.Page(StaffView),
  errors: [],
  run: Effect.fnUntraced(function* (input, { settings }: UseCase.Call<"Staff">) {
    const staff = yield* StaffRepository
    const window = yield* Page.window(KeyOfPage, input)
    const rows = yield* staff.list(window)
    return Page.make(rows, window, keyOf, ({ email, firstName, lastName, member }): typeof StaffView.Type => ({
      accountId: member.accountId,
      email,
      firstName,
      lastName,
      roles: staffRolesOf(settings, email, member.roles),
      since: member.since
    }))
  })
})

/** Every use case of staff people. */
export const useCases = UseCase.registry(appoint, dismiss, list)
