import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import type { Account } from "../../src/accounts/Account.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { reviewSubscriptions, runOnce } from "../../src/jobs/index.ts"
import { job } from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { RequestKinds } from "../../src/requests/RequestKinds.ts"
import * as Requests from "../../src/requests/Requests.ts"
import { requestKinds, Subscriptions, TeamMembers } from "../../src/subscriptions/index.ts"
import { as, given, signedIn, withKernel } from "../support/portal.ts"
import { staff as staffActor } from "../tenants/world.ts"
import { day, plans } from "./samples.ts"

/** What the use cases of the room and of requests need besides storage. */
export const withTeams = (over: SettingsInput = {}) =>
  RequestKinds.layer(...requestKinds).pipe(
    Layer.provideMerge(
      withKernel({
        plans,
        ...over,
        limits: { teamMembersPerAccount: { max: 1_000_000, window: "1 hour" }, ...over.limits }
      })
    )
  )

export const atDay = (n: number) => TestClock.setTime(day(n))

export const person = Effect.fnUntraced(function* (name: string) {
  const account = yield* given.account(`${name}@example.com`, "a hash")
  return { account, actor: yield* signedIn(account) }
})
export type Person = Effect.Success<ReturnType<typeof person>>

/** One of the operator's people. */
export const agent = Effect.fnUntraced(function* (name = "agent") {
  const { account } = yield* person(name)
  const staff = yield* StaffRepository
  yield* staff.save({ accountId: account.id, roles: ["agent"], since: yield* Instant.now })
  return yield* staffActor(account, "agent")
})

let events = 0
/** Of two events at one time the one whose id was made later counts. */
export const nextEventId = () => `b-${String(events++).padStart(9, "0")}`

export type Event = Parameters<typeof Subscriptions.applyBillingEvent>[0]
type Of<Type> = Extract<Event, { readonly type: Type }>

const billing = (event: Event) => Subscriptions.applyBillingEvent(event).pipe(as(job("billing")))

const common = Effect.fnUntraced(function* (account: Pick<Account, "id">, at?: number) {
  return {
    eventId: nextEventId(),
    accountId: account.id,
    at: at === undefined ? yield* Instant.now : day(at)
  }
})

/** The billing system's words; days as numbers. They happen when they are said, unless `at` says otherwise. */
export const bill = {
  event: billing,
  paid: Effect.fnUntraced(function* ({ account }: Person, plan: string, from: number, until: number, at?: number) {
    const event: Of<"paid"> = {
      type: "paid",
      ...(yield* common(account, at)),
      plan,
      from: day(from),
      until: day(until)
    }
    return yield* billing(event)
  }),
  renewed: Effect.fnUntraced(function* ({ account }: Person, plan: string, from: number, until: number) {
    const event: Of<"renewed"> = {
      type: "renewed",
      ...(yield* common(account)),
      plan,
      from: day(from),
      until: day(until)
    }
    return yield* billing(event)
  }),
  cancelled: Effect.fnUntraced(function* ({ account }: Person, endsAt: number) {
    return yield* billing({ type: "cancelled", ...(yield* common(account)), endsAt: day(endsAt) })
  }),
  failed: Effect.fnUntraced(function* ({ account }: Person) {
    return yield* billing({ type: "failed", ...(yield* common(account)) })
  })
}

export const connect = (primary: Person, member: { readonly account: { readonly email: string } }) =>
  TeamMembers.askToConnect({ email: member.account.email }).pipe(as(primary.actor))

export const reactivate = (asker: Person, primary: Person, member: Person) =>
  TeamMembers.askToReactivate({ primaryEmail: primary.account.email, memberEmail: member.account.email }).pipe(
    as(asker.actor)
  )

type Decider = Person["actor"] | Effect.Success<ReturnType<typeof agent>>
type RequestId = Effect.Success<ReturnType<typeof connect>>["requestId"]

export const approve = (decider: Decider, { requestId }: { readonly requestId: RequestId }) =>
  Requests.approve({ requestId, version: 1 }).pipe(as(decider))

export const refuse = (decider: Decider, { requestId }: { readonly requestId: RequestId }, reason: string) =>
  Requests.refuse({ requestId, version: 1, reason }).pipe(as(decider))

/** Asked and confirmed. */
export const connected = Effect.fnUntraced(function* (decider: Decider, primary: Person, member: Person) {
  return yield* approve(decider, yield* connect(primary, member))
})

/** Whether somebody may work now, and through what, or what is missing. */
export const mayWork = ({ actor }: Person) =>
  Effect.map(Subscriptions.check({ feature: "work" }).pipe(as(actor)), ({ explanation }) =>
    explanation._tag === "Missing" ? explanation.what : explanation._tag
  )

export const coverageOf = Effect.fnUntraced(function* ({ actor }: Person) {
  const { shared } = yield* Subscriptions.mine({}).pipe(as(actor))
  return shared
})

/** The room's job, once. */
export const runJob = runOnce([reviewSubscriptions])

/** The tag of a refusal, or "ok"; of an effect that was refused, the name of its refusal. */
export const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.result(effect), (result) => {
    if (Result.isSuccess(result)) return "ok"
    const { failure } = result
    return "refusal" in failure && typeof failure.refusal === "string" ? failure.refusal : failure._tag
  })
