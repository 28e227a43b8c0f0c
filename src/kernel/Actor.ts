import { Context, Effect } from "effect"
import type { Instant } from "./Instant.ts"
import type { AccountId, SessionId, TenantId } from "./ids.ts"

/** Nobody is signed in. */
export interface Anonymous {
  readonly _tag: "Anonymous"
}

/** A person with a session; `Sessions.authenticate` answers one. */
export interface Account {
  readonly _tag: "Account"
  readonly accountId: AccountId
  readonly sessionId: SessionId
  /** The account's credential epoch that the session was issued for (AUT-06). */
  readonly credentialEpoch: number
  /** When the person last proved who they are; sensitive commands want this to be recent (AUT-07). */
  readonly authenticatedAt: Instant
  /** Whether a second factor was part of that proof; a trusted device does not count. */
  readonly secondFactor: boolean
}

export type StaffRole = "agent" | "supervisor" | "operator"

/** One of the operator's people. */
export interface Staff {
  readonly _tag: "Staff"
  readonly accountId: AccountId
  readonly sessionId: SessionId
  readonly credentialEpoch: number
  readonly authenticatedAt: Instant
  readonly roles: ReadonlyArray<StaffRole>
}

/** Staff who act as a customer, for a reason and a limited time; never for sensitive commands (AUT-11). */
export interface StaffActingFor {
  readonly _tag: "StaffActingFor"
  readonly staff: Staff
  readonly accountId: AccountId
  readonly reason: string
  readonly until: Instant
}

/** A program of a tenant. */
export interface ApiKey {
  readonly _tag: "ApiKey"
  readonly keyId: string
  readonly tenantId: TenantId
  readonly permissions: ReadonlyArray<string>
}

/** Something that happens by time (G-13). */
export interface Job {
  readonly _tag: "Job"
  readonly name: string
}

/** An inbound mail whose sender and reply token were checked. */
export interface Mail {
  readonly _tag: "Mail"
  readonly address: string
}

/** Who is asking (G-11). */
export type Actor = Anonymous | Account | Staff | StaffActingFor | ApiKey | Job | Mail
export type Kind = Actor["_tag"]
type Actors = { readonly [A in Actor as A["_tag"]]: A }
export type Of<K extends Kind> = Actors[K]

/** What the host knows of the call besides the actor (G-11). Nothing in it is trusted for authorisation. */
export interface RequestContext {
  /** The caller's address as the host saw it; `undefined` shares one budget with all unknown sources. */
  readonly source?: string | undefined
  /** For example "Firefox on Linux"; shown to the person in the list of sessions. */
  readonly device?: string | undefined
  /** For example "Vienna, AT"; never finer than a town. */
  readonly place?: string | undefined
  readonly requestId?: string | undefined
}

/**
 * In an effect's requirements: "somebody of one of these kinds must be asking". Forgetting to say who is asking does not compile, nor does
 * naming somebody of a kind that the use case does not know.
 */
export interface By<in K extends Kind> {
  readonly "~portico/By": (kind: K) => void
}

/** Who is asking, and what the host knows of the call. */
export interface Caller {
  readonly actor: Actor
  readonly request: RequestContext
}

/** The one place where the caller travels: Effect's context, so that fibers never mix them up (R-TE-11). */
export const CurrentCaller = Context.Service<By<never>, Caller>("portico/kernel/Caller")

/** Says who is asking: `Invitations.accept(input).pipe(Actor.provide(actor, request))`. */
export const provide =
  <A extends Actor>(actor: A, request: RequestContext = {}) =>
  <T, E, R>(effect: Effect.Effect<T, E, R>): Effect.Effect<T, E, Exclude<R, By<A["_tag"]>>> =>
    // `By` exists in types only; at run time there is one key, and the use case checks the actor's kind again
    Effect.provideService(effect, CurrentCaller, { actor, request }) as never

/** The actor of a visitor who is not signed in. */
export const anonymous: Anonymous = { _tag: "Anonymous" }

/** The actor of the host's own code, by a name that the audit log shows; never made from what a request says. */
export const job = (name: string): Job => ({ _tag: "Job", name })

/** The account behind an actor: the person themself, or the customer that staff act for. */
export const accountOf = (actor: Actor): AccountId | undefined =>
  actor._tag === "Account" || actor._tag === "Staff" || actor._tag === "StaffActingFor" ? actor.accountId : undefined

/** One line for logs, keys and audit: the kind and its id. */
export const describe = (actor: Actor): string => {
  switch (actor._tag) {
    case "Anonymous":
      return "anonymous"
    case "Account":
      return `account:${actor.accountId}`
    case "Staff":
      return `staff:${actor.accountId}`
    case "StaffActingFor":
      return `staff:${actor.staff.accountId}:for:${actor.accountId}`
    case "ApiKey":
      return `key:${actor.keyId}`
    case "Job":
      return `job:${actor.name}`
    case "Mail":
      return `mail:${actor.address}`
  }
}
