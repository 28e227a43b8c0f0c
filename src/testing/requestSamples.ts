import { Schema } from "effect"
import { DeputyId, RequestId, ShortNumber } from "../kernel/ids.ts"
import { defaults } from "../kernel/Settings.ts"
import { termsOf } from "../requests/Authority.ts"
import type { Deputy } from "../requests/Deputy.ts"
import { type Request, rulesFor } from "../requests/Request.ts"
import { accountId, address, at, tenantId } from "./tenantSamples.ts"

const uuid = (group: number, number: number): string =>
  `01890000-0000-7${group.toString(16).padStart(3, "0")}-8000-${number.toString(16).padStart(12, "0")}`

/** Ids sort by their number. */
export const requestId = (number: number): RequestId => Schema.decodeSync(RequestId)(uuid(0x901, number))
export const deputyId = (number: number): DeputyId => Schema.decodeSync(DeputyId)(uuid(0x902, number))

/** A pending request of somebody without an account to the owners of tenant 1, made as many milliseconds after the start as its number says. */
export const request = (number: number, over: Partial<Request> = {}): Request => ({
  id: requestId(number),
  number: Schema.decodeSync(ShortNumber)(String(number).padStart(8, "0")),
  kind: "Sample",
  tenantId: tenantId(1),
  asker: {
    accountId: null,
    email: address(`asker${number}@example.com`),
    locale: "de",
    tenantId: null,
    staffId: null
  },
  audience: { _tag: "Tenant", tenantId: tenantId(1), permission: "requests.decide" },
  payload: { text: "Please" },
  identity: "same",
  state: "Pending",
  version: 1,
  revision: 0,
  rules: rulesFor(defaults, {}),
  createdAt: at(number),
  pendingAt: at(number),
  expiresAt: at(10_000),
  nextReminderAt: at(5_000),
  reminders: 0,
  approvals: [],
  refusedBy: null,
  reason: null,
  endedAt: null,
  ...over
})

/** Person 2 stands in for person 1 in tenant 1, from 0 to 1,000 milliseconds after the start. */
export const deputy = (number: number, over: Partial<Deputy> = {}): Deputy => ({
  id: deputyId(number),
  principalId: accountId(1),
  deputyId: accountId(2),
  tenantId: tenantId(1),
  from: at(0),
  until: at(1_000),
  createdAt: at(number),
  ...over
})

/** The built-in roles, so many milliseconds after the start. */
export const terms = (offset: number, operators: ReadonlyArray<string> = []) =>
  termsOf({ ...defaults, staff: { ...defaults.staff, operators } }, at(offset))
