import { Effect, Option, Result, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Json } from "../kernel/EventLog.ts"
import type { TenantId } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { RefusalInstance, Text } from "../kernel/Refusal.ts"
import type { InvalidInput } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { parser, type Unit } from "../kernel/UseCase.ts"
import type { Kind as AnyMailKind } from "../mail/MailKind.ts"
import type { Authority } from "./Authority.ts"
import type { Audience, KindRules, Request, TerminalState, Wanted } from "./Request.ts"
import type { RequestRepository } from "./RequestRepository.ts"
import { type Detail, type RequestMails, requestMails, type Texts } from "./requestMails.ts"

type JsonObject = { readonly [key: string]: Json }

/** What approvers choose where a kind leaves them no choice. */
export type Nothing = Readonly<Record<string, never>>

/** A request with what is asked, as its kind knows it. */
export interface Asked<P> {
  readonly request: Request
  readonly payload: P
}

/** An approval on which the effect, or the offer, rests. */
export interface Decided<P, D> extends Asked<P> {
  /** What the approver chose. */
  readonly decision: D
  readonly note: string
  /** With what right: of the one who decides, or whose deputy does. */
  readonly authority: Authority
}

/** The unit of work in which a decision, or a job, moves a request: what is recorded and sent here commits with it. */
export type AnyUnit = Unit<Actor.Kind>

/** What makes a kind of request. */
export interface Options<P, EP extends JsonObject, D, ED extends JsonObject, RA, RF, RE> extends KindRules {
  /** For example `JoinTenant`; stored with each request, so it never changes. */
  readonly name: string
  readonly title: Text
  /** What is asked: JSON when encoded, and no secret. */
  readonly payload: Schema.Codec<P, EP>
  /** What an approver chooses, for example roles; nothing where it is not given. */
  readonly decision?: Schema.Codec<D, ED>
  readonly audience: (payload: P) => Audience
  /** What makes two requests of one asker the same (REQ-09), for example the tenant's id. */
  readonly identity: (payload: P) => string
  /** The tenant whose matter it is; the audience's tenant where it is not given. */
  readonly tenantId?: (payload: P) => TenantId | null
  /** The tenant that asks, where one does: nobody who controls it decides (REQ-04). */
  readonly askerTenantId?: (payload: P) => TenantId | null
  /** The addresses of those whom it is about and who are no third party: none of them decides, besides the asker (REQ-04). */
  readonly sides?: (payload: P) => ReadonlyArray<EmailAddress>
  /** Further tenants that the effect changes: a decision locks them together with the audience's, before the request. */
  readonly changes?: (payload: P) => ReadonlyArray<TenantId>
  /** Set where somebody who is not signed in may ask: for what the link in the mail is that asks to confirm. */
  readonly confirmation?: LinkPurpose
  /** Set where the asker must still do something after the approval (SLF-06): for what the link in the offer's mail is. Otherwise the effect is at once. */
  readonly offer?: LinkPurpose
  /** Whether the asker may change the payload while the request is pending; audience, identity and both tenants stay. */
  readonly amendable?: boolean
  /** What deciders and askers see of it. */
  readonly describe: (payload: P) => ReadonlyArray<Detail>
  /** What deciders see besides; read-only. */
  readonly facts?: (asked: Asked<P>) => Effect.Effect<ReadonlyArray<Detail>, PersistenceError, RF>
  /** Whether this right covers the choice, for example roles not above the approver's own. Asked of every approval at the decision and again at the effect (R-AP-05). */
  readonly mayChoose?: (decided: Omit<Decided<P, D>, "note">, settings: Settings) => boolean
  /**
   * The effect, in the deciding commit and exactly once (REQ-06). With an `offer` it only checks whether the offer can be made, and the effect is
   * the kind's own use case that calls `complete`. A refusal leaves the request as it is; deciders get it as `EffectRefused`.
   */
  readonly approve: (
    decided: Decided<P, D>,
    unit: AnyUnit
  ) => Effect.Effect<unknown, RefusalInstance | PersistenceError, RA>
  /**
   * What else ends with a request that was not completed. Locks nothing, because jobs end many requests at once. Where it fails or dies by time, or with
   * a tenant, the request ends all the same: what this has written is undone, and what went wrong is logged.
   */
  readonly ended?: (
    asked: Asked<P>,
    how: Exclude<TerminalState, "Completed">,
    unit: AnyUnit
  ) => Effect.Effect<void, PersistenceError, RE>
  /** What the kind's mails say in place of the library's words. */
  readonly texts?: Texts
}

/** A kind and its request, whose payload fits the kind. */
export interface Opened<R> {
  readonly changes: ReadonlyArray<TenantId>
  readonly details: ReadonlyArray<Detail>
  readonly sides: ReadonlyArray<EmailAddress>
  readonly facts: Effect.Effect<ReadonlyArray<Detail>, PersistenceError, R>
  readonly mayChoose: (decision: Json, authority: Authority, settings: Settings) => boolean
  readonly approve: (
    given: { readonly decision: Json; readonly note: string; readonly authority: Authority },
    unit: AnyUnit
  ) => Effect.Effect<void, RefusalInstance | PersistenceError, R>
  /** Null where nothing else ends with it. */
  readonly ended:
    | ((how: Exclude<TerminalState, "Completed">, unit: AnyUnit) => Effect.Effect<void, PersistenceError, R>)
    | null
}

/** A kind of request as the workflow sees it: `R` is what its effects need. */
export interface Kind<out R> {
  readonly name: string
  readonly title: Text
  readonly rules: KindRules
  readonly confirmation: LinkPurpose | undefined
  readonly offer: LinkPurpose | undefined
  readonly amendable: boolean
  readonly mails: RequestMails
  /** The same as a list, for the dispatcher. */
  readonly mailKinds: ReadonlyArray<AnyMailKind<RequestRepository>>
  /** Nothing, when the stored payload is not one of this kind. */
  readonly open: (request: Request) => Option.Option<Opened<R>>
  /** What an approver sent, as it is stored. */
  readonly parseDecision: (raw: unknown) => Result.Result<Json, InvalidInput>
  /** What an asker sent, and what follows from it. */
  readonly parsePayload: (raw: unknown) => Result.Result<Wanted, InvalidInput>
}

/** What the effects of a kind (or of any of a union of kinds) need. */
export type Services<K> = K extends Kind<infer R> ? R : never

/** One kind of request as a value (REQ-02). */
export interface RequestKind<P, D, R> extends Kind<R> {
  /** What a submission of this payload is stored with. */
  readonly ask: (payload: P) => Wanted
  /** The payload of a stored request of this kind; dies when it does not fit. */
  readonly payloadOf: (request: Request) => P
  /** As `payloadOf`, for what an approver chose. */
  readonly decisionOf: (decision: Json) => D
}

/**
 * ```ts
 * export const connect = RequestKind.make({
 *   name: "ConnectTeamMember",
 *   title: { de: "Teammitglied verbinden", en: "Connect a team member" },
 *   payload: Schema.Struct({ primaryId: AccountId, memberId: AccountId }),
 *   audience: () => ({ _tag: "Staff", role: "agent" }),
 *   identity: ({ memberId }) => memberId,
 *   describe: ({ memberId }) => [{ label: { de: "Konto", en: "Account" }, value: memberId }],
 *   approve: ({ payload }, unit) => …
 * })
 * ```
 */
export const make = <
  P,
  EP extends JsonObject,
  D = Nothing,
  ED extends JsonObject = Nothing,
  RA = never,
  RF = never,
  RE = never
>(
  options: Options<P, EP, D, ED, RA, RF, RE>
): RequestKind<P, D, RA | RF | RE> => {
  const { audience, describe, identity, mayChoose, name, title } = options
  // without a schema of its own a decision is empty, and so is D
  const decision = options.decision ?? (Schema.Struct({}) as unknown as Schema.Codec<D, ED>)
  const decodePayload = Schema.decodeUnknownOption(options.payload)
  const decodeDecision = Schema.decodeUnknownOption(decision)
  const encodePayload = Schema.encodeSync(options.payload)
  const encodeDecision = Schema.encodeSync(decision)
  const parsePayload = parser(options.payload)
  const parseDecision = parser(decision)

  const mails = requestMails({
    name,
    title,
    confirmation: options.confirmation,
    offer: options.offer,
    texts: options.texts ?? {}
  })
  const mailKinds = Object.values(mails).filter((mail) => mail !== null)

  const stored = <A>(what: string, value: Option.Option<A>): A => {
    if (Option.isSome(value)) return value.value
    throw new Error(`${name}: a stored ${what} is not one of this kind`)
  }

  const ask = (payload: P): Wanted => {
    const asked = audience(payload)
    return {
      payload: encodePayload(payload),
      identity: identity(payload),
      audience: asked,
      tenantId:
        options.tenantId !== undefined ? options.tenantId(payload) : asked._tag === "Tenant" ? asked.tenantId : null,
      askerTenantId: options.askerTenantId?.(payload) ?? null
    }
  }

  const { ended } = options
  return {
    name,
    title,
    rules: { approvals: options.approvals, sensitive: options.sensitive, rules: options.rules },
    confirmation: options.confirmation,
    offer: options.offer,
    amendable: options.amendable ?? false,
    mails,
    mailKinds,
    ask,
    payloadOf: (request) => stored("payload", decodePayload(request.payload)),
    decisionOf: (given) => stored("decision", decodeDecision(given)),
    parseDecision: (raw) => Result.map(parseDecision(raw ?? {}), (given) => encodeDecision(given)),
    parsePayload: (raw) => Result.map(parsePayload(raw), ask),
    open: (request) =>
      Option.map(decodePayload(request.payload), (payload): Opened<RA | RF | RE> => {
        const decided = (given: Json) => stored("decision", decodeDecision(given))
        return {
          changes: options.changes?.(payload) ?? [],
          details: describe(payload),
          sides: options.sides?.(payload) ?? [],
          facts: options.facts?.({ request, payload }) ?? Effect.succeed([]),
          mayChoose: (given, authority, settings) =>
            mayChoose?.({ request, payload, decision: decided(given), authority }, settings) ?? true,
          approve: ({ authority, decision: given, note }, unit) =>
            Effect.asVoid(options.approve({ request, payload, decision: decided(given), note, authority }, unit)),
          ended: ended === undefined ? null : (how, unit) => ended({ request, payload }, how, unit)
        }
      })
  }
}
