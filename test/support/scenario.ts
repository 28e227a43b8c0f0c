import { Effect, Layer, Option, Schema } from "effect"
import * as Actor from "../../src/kernel/Actor.ts"
import { TenantId } from "../../src/kernel/ids.ts"
import type { CallOptions } from "../../src/kernel/UseCase.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { requestKinds } from "../../src/requestKinds.ts"
import * as RequestKind from "../../src/requests/RequestKind.ts"
import { RequestKinds } from "../../src/requests/RequestKinds.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { SimulatedClock } from "../../src/testing/SimulatedClock.ts"
import type { Portal } from "./portal.ts"

/** What a scenario may use: every port, the kernel, the kinds of mail and of request, and a clock that it can move. */
export type Stage = Portal | MailKinds | RequestKinds | SimulatedClock

/** A call that is ready to be made, any number of times, with the same input. */
export type ReadyCall = (options?: CallOptions) => Effect.Effect<unknown, { readonly _tag: string }, Stage>

/** A use case in a state in which it goes well: `given` makes the state and answers the call. */
export interface Scenario {
  /** As the use case is called, with a few words where there is more than one. */
  readonly name: string
  readonly useCase: string
  readonly given: Effect.Effect<ReadyCall, unknown, Stage>
  /** Made of several commits, each of a command of its own in the table: some of them may be done and others not, until it is repeated. */
  readonly inParts?: true
}

export const scenario = (useCase: { readonly name: string }, given: Scenario["given"], words = ""): Scenario => ({
  name: words === "" ? useCase.name : `${useCase.name} (${words})`,
  useCase: useCase.name,
  given
})

/** As `scenario`, with the call made of what a state that others use, too, holds. */
export const scenarioIn = <Places>(
  state: Effect.Effect<Places, unknown, Stage>,
  useCase: { readonly name: string },
  call: (places: Places) => ReadyCall,
  words = ""
): Scenario => scenario(useCase, Effect.map(state, call), words)

const wish = { tenantId: TenantId, name: Schema.String }
export const Wish = Schema.Struct(wish)

const naming = {
  payload: Wish,
  amendable: true,
  identity: ({ tenantId }: typeof Wish.Type) => tenantId,
  describe: ({ name }: typeof Wish.Type) => [{ label: { de: "Name", en: "Name" }, value: name }],
  approve: Effect.fnUntraced(function* ({ payload }: { readonly payload: typeof Wish.Type }) {
    const tenants = yield* TenantRepository
    // of a row that is locked already, or with the version as its guard
    const tenant = Option.getOrThrow(yield* tenants.find(payload.tenantId))
    yield* tenants.save({ ...tenant, name: payload.name })
  })
}

/** Another name for a tenant, which its owners decide. */
export const NameByOwners = RequestKind.make({
  ...naming,
  name: "NameByOwners",
  title: { de: "Umbenennung", en: "Change of name" },
  audience: ({ tenantId }) => ({ _tag: "Tenant", tenantId, permission: "requests.decide" })
})

/** Another name for a tenant, which two of the staff decide. */
export const NameByStaff = RequestKind.make({
  ...naming,
  name: "NameByStaff",
  title: { de: "Umbenennung durch zwei", en: "Change of name by two" },
  approvals: 2,
  audience: () => ({ _tag: "Staff", role: "supervisor" })
})

/** The library's kinds of mail and of request, and two kinds of request as an application would define them. */
export const everyKind = Layer.mergeAll(
  MailKinds.layer(...mailKinds),
  RequestKinds.layer(...requestKinds, NameByOwners, NameByStaff)
)

export const job = Actor.provide(Actor.job("test"))

export const pass = (duration: Parameters<SimulatedClock["Service"]["pass"]>[0]) =>
  Effect.flatMap(SimulatedClock, (clock) => clock.pass(duration))
