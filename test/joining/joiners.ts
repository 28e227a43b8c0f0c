import { Effect, Layer, Option, Redacted } from "effect"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { requestKinds } from "../../src/joining/index.ts"
import * as SelfRegistrations from "../../src/joining/SelfRegistrations.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import type { AccountId } from "../../src/kernel/ids.ts"
import { RequestKinds } from "../../src/requests/RequestKinds.ts"
import * as Requests from "../../src/requests/Requests.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import type { Tenant, TenantState } from "../../src/tenants/Tenant.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { anonymously, as, given, mailsTo, newestSecret, type Portal, signedIn } from "../support/portal.ts"

export const grace = EmailAddress.make("grace@example.com")
export const privacy = { kind: "privacy", version: "1" }
export const marketing = { kind: "marketing", version: "1" }
export const terms = { kind: "terms", version: "1" }
export const password = Redacted.make("correct horse battery staple")

/** The form as somebody fills it in who knows the numbers of `tenantOfOwner`. */
export const form = {
  email: "grace@example.com",
  customerNumber: "K-4711",
  postalCode: "1010",
  country: "AT",
  firstName: "Grace",
  lastName: "Hopper",
  consents: [privacy]
}
type Form = Partial<Parameters<typeof SelfRegistrations.submit>[0]>

/** A tenant with its owner, who is signed in. */
export const tenantOfOwner = Effect.fnUntraced(function* (
  over: {
    readonly customerNumber?: string
    readonly owner?: string
    readonly seats?: number
    readonly name?: string
  } = {}
) {
  const ownerAccount = yield* given.account(over.owner ?? "owner@example.com", "a hash")
  const tenant = yield* given.tenant(ownerAccount, {
    customerNumber: over.customerNumber ?? "K-4711",
    ...(over.seats === undefined ? {} : { seats: over.seats }),
    ...(over.name === undefined ? {} : { name: over.name })
  })
  return { ownerAccount, owner: yield* signedIn(ownerAccount), tenant }
})
export type World = Effect.Success<ReturnType<typeof tenantOfOwner>>

export const tenantNow = (id: Tenant["id"]) =>
  Effect.flatMap(TenantRepository, (tenants) => Effect.map(tenants.find(id), Option.getOrThrow))

export const setState = Effect.fnUntraced(function* (id: Tenant["id"], state: TenantState) {
  const tenants = yield* TenantRepository
  yield* tenants.save({ ...(yield* tenantNow(id)), state })
})

export const submit = (over: Form = {}) => SelfRegistrations.submit({ ...form, ...over }).pipe(anonymously)

export const confirm = (secret: Redacted.Redacted) => SelfRegistrations.confirm({ secret }).pipe(anonymously)

/** Submits, and confirms by the link in the mail. */
export const ask = Effect.fnUntraced(function* (over: Form = {}) {
  yield* submit(over)
  yield* confirm(yield* newestSecret((over.email ?? form.email).trim().toLowerCase()))
})

export const kindsTo = (address: string) => Effect.map(mailsTo(address), (mails) => mails.map(({ kind }) => kind))

export const accountOf = (email: string) =>
  Effect.flatMap(AccountRepository, (accounts) =>
    Effect.map(accounts.findByEmail(EmailAddress.make(email)), (found) => Option.getOrUndefined(found)?.account)
  )

/** A portal's services, with the kinds of request of the room. */
export type JoiningPortal = Portal | RequestKinds
export const withRequests = <E>(portal: Layer.Layer<Portal, E>): Layer.Layer<JoiningPortal, E> =>
  Layer.provideMerge(RequestKinds.layer(...requestKinds), portal)

type Actor = World["owner"]

export const waitingFor = (actor: Actor) => Effect.map(Requests.waiting({}).pipe(as(actor)), ({ items }) => items)

/** Approves what waits for somebody longest. */
export const approve = Effect.fnUntraced(function* (
  actor: Actor,
  over: { readonly roles?: ReadonlyArray<string>; readonly note?: string } = {}
) {
  const [first] = yield* waitingFor(actor)
  if (first === undefined) return yield* Effect.die(new Error("nothing waits"))
  return yield* Requests.approve({
    requestId: first.id,
    version: first.version,
    ...(over.note === undefined ? {} : { note: over.note }),
    ...(over.roles === undefined ? {} : { decision: { roles: over.roles } })
  }).pipe(as(actor))
})

export const refuse = Effect.fnUntraced(function* (actor: Actor, reason: string) {
  const [first] = yield* waitingFor(actor)
  if (first === undefined) return yield* Effect.die(new Error("nothing waits"))
  return yield* Requests.refuse({ requestId: first.id, version: first.version, reason }).pipe(as(actor))
})

/** Somebody asks and is approved: the request, and the secret of the link in the mail. */
export const approved = Effect.fnUntraced(function* (
  owner: Actor,
  over: Form & { roles?: ReadonlyArray<string> } = {}
) {
  const { roles, ...fields } = over
  yield* ask(fields)
  const { id } = yield* approve(owner, roles === undefined ? {} : { roles })
  return { id, secret: yield* newestSecret(fields.email ?? form.email) }
})

export const complete = (
  secret: Redacted.Redacted,
  over: Partial<Omit<Parameters<typeof SelfRegistrations.complete>[0], "secret">> = {}
) => SelfRegistrations.complete({ secret, consents: [terms, privacy], password, ...over }).pipe(anonymously)

export const join = (secret: Redacted.Redacted, actor: Actor) => SelfRegistrations.join({ secret }).pipe(as(actor))

export const rolesIn = (tenantId: Tenant["id"], accountId: AccountId) =>
  Effect.flatMap(MembershipRepository, (memberships) =>
    Effect.map(memberships.find(tenantId, accountId), (found) => Option.getOrUndefined(found)?.roles)
  )
