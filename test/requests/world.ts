import { Effect, Layer, Option, Schema } from "effect"
import type { Account } from "../../src/accounts/Account.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import { EmailAddressFromInput } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, nextId, RequestId, SessionId, TenantId } from "../../src/kernel/ids.ts"
import * as Links from "../../src/kernel/Links.ts"
import { RoleNames } from "../../src/kernel/Permission.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Refusal } from "../../src/kernel/Refusal.ts"
import * as UseCase from "../../src/kernel/UseCase.ts"
import { DeputyRepository } from "../../src/requests/DeputyRepository.ts"
import {
  ApproverLostAuthority,
  CoolingDown,
  completeOffer,
  confirm as confirmRequest,
  openOffer,
  RequestClosed,
  RequestKind,
  RequestKinds,
  RequestRepository,
  StepNotPossible,
  submit
} from "../../src/requests/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { mayGrant } from "../../src/tenants/Role.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { given, mailsTo, signedIn, withKernel } from "../support/portal.ts"

// ---- kinds, as an application would define them ----------------------------------------------------------------------------------------

/** The name is taken: a refusal of the application's own. */
export class NameTaken extends Refusal<NameTaken>()(
  "NameTaken",
  { name: Schema.String },
  { category: "conflict", de: "Den Namen „{name}“ gibt es schon.", en: "The name “{name}” is taken." }
) {}

const label = { de: "Name", en: "Name" }

/** Gives the tenant another name; each time its version counts one up, so that an effect that happened twice would show. */
const rename = Effect.fnUntraced(function* (tenantId: TenantId, name: string) {
  const tenants = yield* TenantRepository
  const tenant = Option.getOrThrow(yield* tenants.findForUpdate(tenantId))
  if (name === "taken") return yield* new NameTaken({ name })
  yield* tenants.save({ ...tenant, name })
})

/** So long that somebody could come in between. */
const aMoment = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 3)))

const Wish = Schema.Struct({ tenantId: TenantId, name: Schema.String })

/** Decided by the tenant, at once. */
export const Rename = RequestKind.make({
  name: "Rename",
  title: { de: "Umbenennung", en: "Change of name" },
  payload: Wish,
  amendable: true,
  audience: ({ tenantId }) => ({ _tag: "Tenant", tenantId, permission: "requests.decide" }),
  identity: ({ tenantId }) => tenantId,
  describe: ({ name }) => {
    if (name === "unspeakable") throw new Error("a name that the application has no words for")
    return [{ label, value: name }]
  },
  facts: ({ payload }) =>
    Effect.map(
      Effect.flatMap(TenantRepository, (tenants) => tenants.find(payload.tenantId)),
      Option.match({
        onNone: () => [],
        onSome: ({ name }) => [{ label: { de: "Bisher", en: "So far" }, value: name }]
      })
    ),
  approve: ({ authority, payload }, unit) =>
    Effect.gen(function* () {
      yield* rename(payload.tenantId, payload.name)
      // the roles of the right's holder at the very end: what they were at the beginning, or the decision came too late
      const memberships = yield* MembershipRepository
      const holder = yield* memberships.find(payload.tenantId, authority.onBehalfOf ?? authority.accountId)
      const deputies = yield* DeputyRepository
      if (authority.onBehalfOf !== null) yield* aMoment
      const standing =
        authority.onBehalfOf === null
          ? []
          : yield* deputies.ofAccount(authority.onBehalfOf, unit.now, { after: Option.none(), limit: 10 })
      unit.record({
        type: "test.renamed",
        tenantId: payload.tenantId,
        subject: { kind: "tenant", id: payload.tenantId },
        data: {
          roles: Option.match(holder, { onNone: () => [], onSome: ({ roles }) => [...roles] }),
          deputies: standing.length
        }
      })
    }),
  ended: ({ payload, request }, how, unit) =>
    Effect.gen(function* () {
      unit.record({ type: `test.${how}`, subject: { kind: "request", id: request.id } })
      if (payload.name !== "endless" && payload.name !== "unending") return
      const tenants = yield* TenantRepository
      const tenant = Option.getOrThrow(yield* tenants.find(payload.tenantId))
      yield* tenants.save({ ...tenant, name: "half done" })
      if (payload.name === "endless") throw new Error("the application does not know how to end this")
      return yield* new PersistenceError({ operation: "test", reason: "other" })
    })
})

/** Decided by two supervisors with a fresh proof of identity. */
export const FourEyes = RequestKind.make({
  name: "FourEyes",
  title: { de: "Vier Augen", en: "Four eyes" },
  payload: Wish,
  approvals: 2,
  sensitive: true,
  audience: () => ({ _tag: "Staff", role: "supervisor" }),
  identity: ({ tenantId }) => tenantId,
  describe: ({ name }) => [{ label, value: name }],
  amendable: true,
  approve: ({ authority, payload, request }, unit) =>
    Effect.gen(function* () {
      yield* rename(payload.tenantId, payload.name)
      // as above
      yield* aMoment
      const staff = yield* StaffRepository
      const approvers = [...request.approvals.map(({ accountId }) => accountId), authority.accountId]
      const found = yield* Effect.forEach(approvers, (accountId) => staff.find(accountId))
      const deputies = yield* DeputyRepository
      const standing =
        authority.onBehalfOf === null
          ? []
          : yield* deputies.ofAccount(authority.onBehalfOf, unit.now, { after: Option.none(), limit: 10 })
      unit.record({
        type: "test.renamed",
        tenantId: payload.tenantId,
        subject: { kind: "tenant", id: payload.tenantId },
        data: { staff: found.filter(Option.isSome).length, deputies: standing.length }
      })
    })
})

/** Decided by one person. */
export const Handover = RequestKind.make({
  name: "Handover",
  title: { de: "Übergabe", en: "Handover" },
  payload: Schema.Struct({ ...Wish.fields, to: AccountId }),
  audience: ({ to }) => ({ _tag: "Account", accountId: to }),
  identity: ({ tenantId, to }) => `${tenantId} ${to}`,
  describe: ({ name }) => [{ label, value: name }],
  approve: ({ payload }) => rename(payload.tenantId, payload.name)
})

/** One tenant asks another one. */
export const Link = RequestKind.make({
  name: "Link",
  title: { de: "Verknüpfung", en: "Link" },
  payload: Schema.Struct({ ...Wish.fields, from: TenantId }),
  audience: ({ tenantId }) => ({ _tag: "Tenant", tenantId, permission: "requests.decide" }),
  askerTenantId: ({ from }) => from,
  // says nothing of who asks, which is no reason to let that be changed
  identity: ({ tenantId }) => tenantId,
  amendable: true,
  describe: () => [],
  approve: ({ payload }) => rename(payload.tenantId, payload.name)
})

/** Asked for without an account, approved with roles, and completed by the asker. */
export const Join = RequestKind.make({
  name: "Join",
  title: { de: "Beitritt", en: "Joining" },
  payload: Wish,
  decision: Schema.Struct({ roles: RoleNames }),
  confirmation: { name: "tests.confirmJoin", path: "/join/confirm" },
  offer: { name: "tests.join", path: "/join" },
  audience: ({ tenantId }) => ({ _tag: "Tenant", tenantId, permission: "requests.decide" }),
  identity: ({ tenantId }) => tenantId,
  describe: ({ name }) => [{ label, value: name }],
  mayChoose: ({ authority, decision }, settings) => mayGrant(settings, authority.permissions, decision.roles),
  approve: ({ payload }) => (payload.name === "taken" ? new NameTaken({ name: payload.name }) : Effect.void)
})

export const kinds = RequestKinds.layer(Rename, FourEyes, Handover, Link, Join)

// ---- the application's own use cases ---------------------------------------------------------------------------------------------------

const Answer = Schema.Struct({ id: RequestId, state: Schema.String, outcome: Schema.String, version: Schema.Int })

/** A use case of the application that asks for this. */
export const askWith = <P, D, R>(
  name: string,
  kind: RequestKind.RequestKind<P, D, R>,
  input: Schema.Codec<P, unknown>
) =>
  UseCase.command({
    name: `tests.ask${name}`,
    summary: "Asks.",
    actors: ["Account", "Staff", "StaffActingFor"],
    requires: "self",
    input: Schema.Struct({ asker: Schema.Struct({ id: AccountId, email: EmailAddressFromInput }), payload: input }),
    output: Answer,
    errors: [CoolingDown],
    unit: Effect.fnUntraced(function* (input, unit: UseCase.Unit<"Account" | "Staff" | "StaffActingFor">) {
      const { outcome, request } = yield* submit(unit, kind, {
        asker: { accountId: input.asker.id, email: input.asker.email, locale: "en" },
        payload: input.payload,
        proven: true
      })
      return { id: request.id, state: request.state, outcome, version: request.version }
    })
  })

export const askRename = askWith("Rename", Rename, Wish)
export const askFourEyes = askWith("FourEyes", FourEyes, Wish)
export const askHandover = askWith("Handover", Handover, Schema.Struct({ ...Wish.fields, to: AccountId }))
export const askLink = askWith("Link", Link, Schema.Struct({ ...Wish.fields, from: TenantId }))

/** Anybody asks to join, with an address that nobody has proven yet; or somebody signed in does. */
export const askJoin = UseCase.command({
  name: "tests.askJoin",
  summary: "Asks to join.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({ email: EmailAddressFromInput, payload: Wish }),
  output: Answer,
  errors: [CoolingDown],
  unit: Effect.fnUntraced(function* ({ email, payload }, unit: UseCase.Unit<"Anonymous" | "Account">) {
    const { outcome, request } = yield* submit(unit, Join, {
      asker: { accountId: unit.actor._tag === "Account" ? unit.actor.accountId : null, email, locale: "de" },
      payload,
      proven: unit.actor._tag === "Account"
    })
    return { id: request.id, state: request.state, outcome, version: request.version }
  })
})

const BySecret = Schema.Struct({ secret: Links.LinkSecret })

export const confirmJoin = UseCase.command({
  name: "tests.confirmJoin",
  summary: "Confirms.",
  actors: ["Anonymous"],
  requires: "link",
  input: BySecret,
  output: Answer,
  errors: [Links.LinkUnusable, RequestClosed, StepNotPossible, CoolingDown],
  unit: Effect.fnUntraced(function* ({ secret }, unit: UseCase.Unit<"Anonymous">) {
    const request = yield* confirmRequest(unit, Join, secret)
    return { id: request.id, state: request.state, outcome: "Confirmed", version: request.version }
  })
})

const Joined = Schema.Struct({ roles: RoleNames })

/** The asker completes: the effect is the kind's own. */
export const completeJoin = UseCase.command({
  name: "tests.completeJoin",
  summary: "Completes.",
  actors: ["Anonymous"],
  requires: "link",
  input: BySecret,
  output: Joined,
  errors: [Links.LinkUnusable, RequestClosed, StepNotPossible, ApproverLostAuthority, NameTaken],
  unit: Effect.fnUntraced(function* ({ secret }, unit: UseCase.Unit<"Anonymous">) {
    const offer = yield* openOffer(unit, Join, secret)
    yield* rename(offer.payload.tenantId, offer.payload.name)
    yield* completeOffer(unit, offer)
    return { roles: offer.decision.roles }
  })
})

// ---- people ----------------------------------------------------------------------------------------------------------------------------

/** A person with an account, signed in. */
export const person = Effect.fnUntraced(function* (name: string) {
  const account = yield* given.account(`${name}@example.com`, "a hash")
  return { account, actor: yield* signedIn(account), email: account.email, id: account.id }
})
export type Person = Effect.Success<ReturnType<typeof person>>

/** One of the operator's people, signed in as such. */
export const crew = Effect.fnUntraced(function* (name: string, ...roles: ReadonlyArray<Actor.StaffRole>) {
  const one = yield* person(name)
  const staff = yield* StaffRepository
  yield* staff.save({ accountId: one.id, roles, since: yield* Instant.now })
  return { ...one, staff: yield* staffActor(one.account, ...roles) }
})

export const staffActor = Effect.fnUntraced(function* (account: Account, ...roles: ReadonlyArray<Actor.StaffRole>) {
  const actor: Actor.Staff = {
    _tag: "Staff",
    accountId: account.id,
    sessionId: yield* nextId(SessionId),
    credentialEpoch: account.credentialEpoch,
    authenticatedAt: yield* Instant.now,
    roles
  }
  return actor
})

/** A tenant with two owners and a member; another tenant with an owner of its own; an asker who is in neither. */
export const world = Effect.fnUntraced(function* (suffix = "") {
  const owner = yield* person(`owner${suffix}`)
  const second = yield* person(`second${suffix}`)
  const member = yield* person(`member${suffix}`)
  const other = yield* person(`other${suffix}`)
  const asker = yield* person(`asker${suffix}`)
  const tenant = yield* given.tenant(owner.account, { name: "Muster GmbH" })
  yield* given.member(tenant.id, second.account, ["owner"])
  yield* given.member(tenant.id, member.account, ["member"])
  const foreign = yield* given.tenant(other.account, { name: "Fremd AG" })
  return { owner, second, member, other, asker, tenantId: tenant.id, foreignId: foreign.id }
})

export const requestOf = (id: RequestId) =>
  Effect.flatMap(RequestRepository, (requests) => Effect.map(requests.find(id), Option.getOrThrow))

export const tenantOf = (id: TenantId) =>
  Effect.flatMap(TenantRepository, (tenants) => Effect.map(tenants.find(id), Option.getOrThrow))

/** The kinds of the mails to an address, oldest first. */
export const kindsTo = (address: string) =>
  Effect.map(mailsTo(address), (mails) => mails.map(({ kind }) => kind.replace("requests.", "")))

export const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error) => error._tag, onSuccess: () => "ok" })

/** The portal with the kinds above. */
export const withKinds = <E>(
  storage: Layer.Layer<Layer.Success<typeof import("../../src/memory/index.ts").layerPorts>, E>,
  settings: Parameters<typeof withKernel>[0] = {}
) => kinds.pipe(Layer.provideMerge(Layer.provideMerge(withKernel(settings), storage)))
