import { Effect, Option, Result, Schema } from "effect"
import { callersAccount } from "../accounts/callersAccount.ts"
import { highestRank, rankOf } from "../accounts/StaffMember.ts"
import { StaffRepository } from "../accounts/StaffRepository.ts"
import type * as Actor from "../kernel/Actor.ts"
import { Crypto, toBase64Url } from "../kernel/Crypto.ts"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Json } from "../kernel/EventLog.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, RequestId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { draw } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import * as Page from "../kernel/Page.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { type RefusalInstance, textOf } from "../kernel/Refusal.ts"
import {
  InvalidInput,
  NotAllowed,
  NotFound,
  SecondFactorRequired,
  SignInRequired,
  StepUpRequired,
  TooManyAttempts,
  Unavailable
} from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { line } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { permissionsIn } from "../tenants/Access.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { type Authority, authoritiesOf, type Entitled, isAsker, isSide, type Terms, termsOf } from "./Authority.ts"
import {
  AnotherPersonNeeded,
  AskerCannotDecide,
  AskerLostAuthority,
  apply,
  DecisionDiffers,
  EffectRefused,
  enough,
  isUntold,
  NotAmendable,
  Note,
  Reason,
  type Request,
  RequestClosed,
  RequestState,
  StaleDecision,
  StepNotPossible,
  stateAt
} from "./Request.ts"
import type { Kind, Opened } from "./RequestKind.ts"
import { RequestKinds } from "./RequestKinds.ts"
import { type Looker, RequestRepository } from "./RequestRepository.ts"
import { Detail } from "./requestMails.ts"
import {
  afterExpiry,
  approversOf,
  lockForDecision,
  openedSafely,
  recorded,
  shownOf,
  standingApprovals,
  takeBack,
  tellDeciders,
  toAsker,
  voidLinks
} from "./workflow.ts"

// ---- what people see -------------------------------------------------------------------------------------------------------------------

const Title = Schema.Struct({ de: Schema.String, en: Schema.String })

const shared = {
  id: RequestId,
  number: ShortNumber,
  kind: Schema.String,
  title: Title,
  tenantId: Schema.NullOr(TenantId),
  state: RequestState,
  /** To be named with a decision (REQ-05). */
  version: Schema.Int,
  details: Schema.Array(Detail),
  createdAt: Instant.Instant,
  /** When it came to those who decide. */
  pendingAt: Schema.NullOr(Instant.Instant),
  /** When the present state runs out; in the past where it has ended. */
  expiresAt: Instant.Instant
}

/** A request among those that wait for the caller's decision. */
export const Waiting = Schema.Struct({
  ...shared,
  askerEmail: EmailAddress,
  /** How many people have approved it, and how many must. */
  approvals: Schema.Int,
  approvalsNeeded: Schema.Int
})

/** One of the caller's own requests. */
export const Mine = Schema.Struct({
  ...shared,
  /** Why it was refused. */
  reason: Schema.NullOr(Schema.String),
  /** What the last approver added; may be empty. */
  note: Schema.String,
  endedAt: Schema.NullOr(Instant.Instant)
})

/** One request, for its asker and for those who may decide it. */
export const RequestView = Schema.Struct({
  ...Mine.fields,
  asker: Schema.Struct({ accountId: Schema.NullOr(AccountId), email: EmailAddress }),
  /** What deciders see besides; empty for the asker. */
  facts: Schema.Array(Detail),
  /** Who has approved, for those who decide; empty for the asker. */
  approvals: Schema.Array(
    Schema.Struct({
      accountId: AccountId,
      onBehalfOf: Schema.NullOr(AccountId),
      at: Instant.Instant,
      note: Schema.String
    })
  ),
  approvalsNeeded: Schema.Int,
  /** What the caller can do now. */
  may: Schema.Struct({ decide: Schema.Boolean, withdraw: Schema.Boolean, amend: Schema.Boolean })
})

const Outcome = Schema.Struct({
  id: RequestId,
  state: RequestState,
  version: Schema.Int,
  approvals: Schema.Int,
  approvalsNeeded: Schema.Int
})

const toOutcome = (request: Request): typeof Outcome.Type => ({
  id: request.id,
  state: request.state,
  version: request.version,
  approvals: request.approvals.length,
  approvalsNeeded: request.rules.approvals
})

const titleOf = (kind: Option.Option<Kind<never>>, request: Request) =>
  Option.match(kind, { onNone: () => ({ de: request.kind, en: request.kind }), onSome: ({ title }) => title })

/** What its kind makes of a request, where the kind is there and does not die of it: a list shows the others, too. */
const openKind = (kinds: RequestKinds["Service"], request: Request) =>
  Option.match(kinds.get(request.kind), {
    onNone: () => Effect.succeedNone,
    onSome: (kind) => openedSafely(kind, request)
  })

/** Of one request, together with what its kind makes of it. */
const withOpened = (kinds: RequestKinds["Service"]) => (request: Request) =>
  Effect.map(openKind(kinds, request), (opened) => ({ request, opened }))

type WithOpened = Effect.Success<ReturnType<ReturnType<typeof withOpened>>>

const toShared = (kinds: RequestKinds["Service"], { opened, request }: WithOpened, now: Instant.Instant) => {
  return {
    id: request.id,
    number: request.number,
    kind: request.kind,
    title: titleOf(kinds.get(request.kind), request),
    tenantId: request.tenantId,
    state: stateAt(request, now),
    version: request.version,
    details: shownOf(opened).details,
    createdAt: request.createdAt,
    pendingAt: request.pendingAt,
    expiresAt: request.expiresAt
  }
}

const toMine = (kinds: RequestKinds["Service"], one: WithOpened, now: Instant.Instant): typeof Mine.Type => ({
  ...toShared(kinds, one, now),
  reason: one.request.reason,
  note: one.request.approvals.at(-1)?.note ?? "",
  endedAt: one.request.endedAt
})

const WaitingKeyOfPage = Schema.Tuple([Schema.Int, RequestId])

const lookerOf = ({ _tag, accountId, credentialEpoch }: Actor.Account | Actor.Staff): Looker => ({
  accountId,
  credentialEpoch,
  as: _tag
})

const waitingKeyOf = ({ id, pendingAt }: Request) => [pendingAt ?? 0, id] as const

/** Without those whom the caller is one of those about, or the one whom they stand in for is: these wait for others. */
const withoutOwnSides = Effect.fnUntraced(function* (
  { accountId }: Pick<Actor.Account, "accountId">,
  rows: ReadonlyArray<WithOpened>,
  terms: Terms
) {
  const withSides = rows.filter(({ opened }) => shownOf(opened).sides.length > 0)
  if (withSides.length === 0) return rows
  const requests = yield* RequestRepository
  const asked = withSides.map(({ request }) => request)
  const entitled = yield* requests.entitled(asked, [accountId], terms)
  return rows.filter(({ opened, request }) => {
    const { sides } = shownOf(opened)
    return sides.length === 0 || entitled.some((one) => one.requestId === request.id && !isSide(sides, one))
  })
})

/**
 * What waits for the caller, the oldest first: in each of their tenants, in person, and as a deputy; for staff what staff decide (REQ-08). With the
 * state `Approved`: what the askers have not completed yet, and whose offer the caller can renew (SLF-06).
 */
export const waiting = UseCase.query({
  name: "requests.waiting",
  summary: "Lists the requests that wait for the caller's decision, across customer areas.",
  actors: ["Account", "Staff"],
  requires: "decider",
  input: Schema.Struct({
    kind: Schema.optionalKey(line(100)),
    tenantId: Schema.optionalKey(TenantId),
    /** `Pending` where it is not given. */
    state: Schema.optionalKey(Schema.Literals(["Pending", "Approved"])),
    ...Page.fields
  }),
  output: Page.Page(Waiting),
  errors: [],
  run: Effect.fnUntraced(function* (input, { actor, now, settings }: UseCase.Call<"Account" | "Staff">) {
    const window = yield* Page.window(WaitingKeyOfPage, input)
    const requests = yield* RequestRepository
    const kinds = yield* RequestKinds
    const filter = {
      state: input.state ?? "Pending",
      kind: Option.fromUndefinedOr(input.kind),
      tenantId: Option.fromUndefinedOr(input.tenantId)
    }
    const terms = termsOf(settings, now)
    const rows: Array<WithOpened> = []
    let after = window.after
    // Whom a request is about stands in a payload that its kind alone can read. What is left out for it makes no page shorter, nor one that is empty
    // and has a next one (G-06): as much as is missing is looked for behind it.
    for (;;) {
      const found = yield* requests.waiting(lookerOf(actor), filter, terms, { after, limit: window.limit })
      const opened = yield* Effect.forEach(found, withOpened(kinds))
      rows.push(...(yield* withoutOwnSides(actor, opened, terms)))
      const last = found.at(-1)
      if (last === undefined || found.length <= window.limit || rows.length > window.limit) break
      after = Option.some(waitingKeyOf(last))
    }
    return Page.make(
      rows,
      window,
      ({ request }) => waitingKeyOf(request),
      ({ opened, request }): typeof Waiting.Type => ({
        ...toShared(kinds, { opened, request }, now),
        askerEmail: request.asker.email,
        approvals: request.approvals.length,
        approvalsNeeded: request.rules.approvals
      })
    )
  })
})

/** What the caller has asked for, newest first, with state and reason (REQ-08). */
export const mine = UseCase.query({
  name: "requests.mine",
  summary: "Lists the caller's own requests.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(Page.fields),
  output: Page.Page(Mine),
  errors: [],
  run: Effect.fnUntraced(function* (input, { actor, now }: UseCase.Call<"Account">) {
    const window = yield* Page.window(WaitingKeyOfPage, input)
    const requests = yield* RequestRepository
    const kinds = yield* RequestKinds
    const rows = yield* Effect.forEach(yield* requests.mine(actor, window), withOpened(kinds))
    return Page.make(
      rows,
      window,
      ({ request }) => [request.createdAt, request.id] as const,
      (one) => toMine(kinds, one, now)
    )
  })
})

/** Staff decide as staff, everybody else as the person they are: who is both has to say as what they come. */
const comesAsAsked = (request: Request, actor: Actor.Account | Actor.Staff): boolean =>
  (request.audience._tag === "Staff") === (actor._tag === "Staff")

/** One request: for its asker, and for those who may decide it. For anybody else it does not exist (G-05). */
export const get = UseCase.query({
  name: "requests.get",
  summary: "Shows one request to its asker, or to somebody who may decide it.",
  actors: ["Account", "Staff"],
  requires: "self",
  input: Schema.Struct({ requestId: RequestId }),
  output: RequestView,
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, now, settings }: UseCase.Call<"Account" | "Staff">) {
    const requests = yield* RequestRepository
    const kinds = yield* RequestKinds
    const account = yield* callersAccount(actor)
    const found = Option.getOrUndefined(yield* requests.find(input.requestId))
    if (found === undefined) return yield* new NotFound({ kind: "request" })
    const own = actor._tag === "Account" && isAskersOwn(found, account)
    const entitled = yield* requests.entitled([found], [account.id], termsOf(settings, now))
    const kind = kinds.get(found.kind)
    const opened = yield* openKind(kinds, found)
    const others = withoutSides(opened, entitled)
    const decides = comesAsAsked(found, actor) && authoritiesOf(settings, found, others, account.id).length > 0
    // what its address has not proven to be wanted is nobody's business yet
    const shown = decides && found.pendingAt !== null
    if (!own && !shown) return yield* new NotFound({ kind: "request" })
    const state = stateAt(found, now)
    const isOpen = state === "Pending" || state === "Approved"
    const view: typeof RequestView.Type = {
      ...toMine(kinds, { request: found, opened }, now),
      asker: { accountId: found.asker.accountId, email: found.asker.email },
      facts: shown && Option.isSome(opened) ? yield* opened.value.facts : [],
      approvals: shown
        ? found.approvals.map(({ accountId, at, note, onBehalfOf }) => ({ accountId, at, note, onBehalfOf }))
        : [],
      approvalsNeeded: found.rules.approvals,
      may: {
        decide: shown && isOpen,
        withdraw: own && (isOpen || state === "AwaitingConfirmation"),
        amend: own && state === "Pending" && Option.exists(kind, ({ amendable }) => amendable)
      }
    }
    return view
  })
})

/** Whether the account may speak for the asker: it is the asker's, or has the asker's proven address. */
const isAskersOwn = (
  request: Pick<Request, "asker">,
  account: { readonly id: AccountId; readonly email: EmailAddress }
): boolean => account.id === request.asker.accountId || account.email === request.asker.email

// ---- deciding --------------------------------------------------------------------------------------------------------------------------

type DeciderUnit = UseCase.Unit<"Account" | "Staff">

/** Why somebody cannot decide. Who has nothing to do with the request does not learn that there is one (G-05). */
const whyNot = Effect.fnUntraced(function* (unit: DeciderUnit, request: Request, entitled: ReadonlyArray<Entitled>) {
  const { actor } = unit
  const { audience } = request
  const account = yield* callersAccount(actor)
  if (isAsker(request, { accountId: account.id, email: account.email })) return yield* new AskerCannotDecide()
  if (entitled.some(({ accountId }) => accountId === account.id)) return yield* new AskerCannotDecide()
  if (audience._tag === "Tenant") {
    const memberships = yield* MembershipRepository
    const place = yield* memberships.find(audience.tenantId, account.id)
    if (Option.isSome(place)) return yield* new NotAllowed({ permission: audience.permission })
  }
  if (audience._tag === "Staff") {
    const staff = yield* StaffRepository
    if (Option.isSome(yield* staff.find(account.id))) return yield* new NotAllowed({})
  }
  return yield* new NotFound({ kind: "request" })
})

/**
 * Whether the caller may have a right to decide, looked at before anything is locked: who has none makes nobody wait. Most who have one are known by
 * their own roles; the others could be deputies.
 */
const mayHaveRight = Effect.fnUntraced(function* (unit: DeciderUnit, { audience, id }: Request) {
  const { actor, now, settings } = unit
  switch (audience._tag) {
    case "Account":
      return audience.accountId === actor.accountId
    case "Staff":
      if (actor._tag === "Staff" && highestRank(actor.roles) >= rankOf(audience.role)) return true
      break
    case "Tenant": {
      const memberships = yield* MembershipRepository
      const facts = Option.getOrUndefined(yield* memberships.accessFacts(audience.tenantId, actor.accountId))
      if (facts === undefined || facts.credentialEpoch !== actor.credentialEpoch) return false
      if (permissionsIn(settings, facts).has(audience.permission)) return true
      if (facts.membership === null) return false
    }
  }
  const requests = yield* RequestRepository
  return (yield* requests.entitled([{ id, audience }], [actor.accountId], termsOf(settings, now))).length > 0
})

/** The entitlements without those of who is one of those whom the request is about. */
const withoutSides = (opened: Option.Option<Opened<never>>, entitled: ReadonlyArray<Entitled>) => {
  const { sides } = shownOf(opened)
  return entitled.filter((one) => !isSide(sides, one))
}

/** Locks everything that the decision hangs on, and answers the request with the caller's rights at this commit (R-AP-05). */
const asDecider = Effect.fnUntraced(function* (unit: DeciderUnit, requestId: RequestId) {
  const requests = yield* RequestRepository
  const kinds = yield* RequestKinds
  const { actor, now, settings } = unit
  const read = Option.getOrUndefined(yield* requests.find(requestId))
  const kind = read === undefined ? undefined : Option.getOrUndefined(kinds.get(read.kind))
  if (read === undefined || kind === undefined || read.pendingAt === null || !comesAsAsked(read, actor)) {
    yield* callersAccount(actor)
    return yield* new NotFound({ kind: "request" })
  }
  if (!(yield* mayHaveRight(unit, read))) return yield* whyNot(unit, read, [])
  const request = Option.getOrElse(yield* lockForDecision(kind, read, [actor.accountId], now), () => read)
  const persons = [...new Set([actor.accountId, ...approversOf(request)])]
  const entitled = yield* requests.entitled([request], persons, termsOf(settings, now))
  const authorities = authoritiesOf(settings, request, withoutSides(kind.open(request), entitled), actor.accountId)
  const [first] = authorities
  if (first === undefined) return yield* whyNot(unit, request, entitled)
  const self = entitled.find(({ accountId }) => accountId === actor.accountId)
  if (self?.credentialEpoch !== actor.credentialEpoch) return yield* new SignInRequired()
  const wantsRecent = request.rules.sensitive || kind.rules.sensitive === true
  if (wantsRecent) yield* Effect.fromResult(UseCase.provenRecently(unit))
  return { kind, request, entitled, authorities, first }
})

const passesThrough = (error: RefusalInstance) =>
  error instanceof AskerLostAuthority ||
  error instanceof InvalidInput ||
  error instanceof NotAllowed ||
  error instanceof SecondFactorRequired ||
  error instanceof SignInRequired ||
  error instanceof StepUpRequired ||
  error instanceof TooManyAttempts ||
  error instanceof Unavailable

const asEffectRefused = (error: RefusalInstance | PersistenceError) =>
  error instanceof PersistenceError || passesThrough(error)
    ? error
    : new EffectRefused({ refusal: error._tag, ...textOf(error) })

/** With which of the caller's rights this can be chosen; a deputy's own right comes before those they stand in with. */
const rightFor = (
  settings: Settings,
  kind: Kind<never>,
  request: Request,
  authorities: ReadonlyArray<Authority>,
  decision: Json
): Authority | undefined => {
  const opened = Option.getOrUndefined(kind.open(request))
  return authorities.find((authority) => opened?.mayChoose(decision, authority, settings) === true)
}

interface Approve {
  readonly requestId: RequestId
  readonly version: number
  readonly note?: string | undefined
  readonly decision?: unknown
}

const approveOne = Effect.fnUntraced(function* (unit: DeciderUnit, input: Approve) {
  const requests = yield* RequestRepository
  const { now, settings } = unit
  const { authorities, entitled, kind, request } = yield* asDecider(unit, input.requestId)
  const decision = yield* Effect.fromResult(kind.parseDecision(input.decision)).pipe(
    Effect.mapError(
      ({ issues }) =>
        new InvalidInput({ issues: issues.map(({ code, path }) => ({ path: ["decision", ...path], code })) })
    )
  )
  const authority = rightFor(settings, kind, request, authorities, decision)
  if (authority === undefined) return yield* new NotAllowed({})
  if (request.state === "Approved") {
    // each new offer is a mail to the same address
    yield* draw([{ key: `requests.offer:${request.id}`, limit: settings.limits.mailPerAddress }], now)
  }
  const note = input.note ?? ""
  const standing = (yield* standingApprovals(settings, kind, request, entitled)).map(({ approval }) => approval)
  const next = yield* Effect.fromResult(
    apply(
      request,
      {
        event: "approve",
        by: "decider",
        approval: {
          accountId: authority.accountId,
          onBehalfOf: authority.onBehalfOf,
          version: input.version,
          note,
          decision
        },
        standing,
        askerCompletes: kind.offer !== undefined
      },
      now
    )
  )
  yield* requests.save(next)
  recorded(unit, next, "approved", {
    to: next.state,
    onBehalfOf: authority.onBehalfOf,
    approvals: next.approvals.length,
    needed: next.rules.approvals
  })
  if (next.state === "Pending" || !enough(next, next.approvals)) return toOutcome(next)
  const opened = Option.getOrThrow(kind.open(request))
  yield* opened.approve({ decision, note, authority }, unit).pipe(Effect.mapError(asEffectRefused))
  if (next.state === "Completed") unit.send(kind.mails.approved.mail(toAsker(kind, next)))
  else if (kind.offer !== undefined && kind.mails.offered !== null) {
    const { secret } = yield* Links.issue(kind.offer, {
      subject: next.id,
      email: next.asker.email,
      tenantId: next.tenantId ?? undefined,
      now,
      lifetime: next.expiresAt - now,
      first: request.state === "Pending"
    })
    unit.send(kind.mails.offered.mail({ ...toAsker(kind, next), secret }))
  }
  return toOutcome(next)
})

const refuseOne = Effect.fnUntraced(function* (
  unit: DeciderUnit,
  input: { readonly requestId: RequestId; readonly version: number; readonly reason: string }
) {
  const requests = yield* RequestRepository
  const { first, kind, request } = yield* asDecider(unit, input.requestId)
  const next = yield* Effect.fromResult(
    apply(
      request,
      {
        event: "refuse",
        by: "decider",
        accountId: first.accountId,
        version: input.version,
        reason: input.reason
      },
      unit.now
    )
  )
  yield* requests.save(next)
  yield* voidLinks(kind, request, unit.now)
  recorded(unit, next, "refused", { from: request.state, onBehalfOf: first.onBehalfOf })
  unit.send(kind.mails.refused.mail(toAsker(kind, next)))
  const ended = Option.getOrUndefined(kind.open(next))?.ended
  if (ended != null) yield* ended("Refused", unit)
  return toOutcome(next)
})

const OfVersion = {
  requestId: RequestId,
  /** As it was shown (REQ-05). */
  version: Schema.Int
}

const Choice = {
  note: Schema.optionalKey(Note),
  /** What the kind's approvers choose, for example `{ roles: ["member"] }`. */
  decision: Schema.optionalKey(Schema.Json)
}

const decideErrors = [NotFound, AskerCannotDecide, RequestClosed, StepNotPossible, StaleDecision] as const

/**
 * Approves. With enough different approvers the effect happens in this commit, or the asker gets the offer to complete (REQ-06). An offer that is
 * open already is renewed.
 */
export const approve = UseCase.command({
  name: "requests.approve",
  summary: "Approves a request.",
  actors: ["Account", "Staff"],
  requires: "decider",
  input: Schema.Struct({ ...OfVersion, ...Choice }),
  output: Outcome,
  errors: [...decideErrors, AnotherPersonNeeded, DecisionDiffers, AskerLostAuthority, EffectRefused],
  unit: (input, unit: DeciderUnit) => approveOne(unit, input)
})

/** Refuses, with a reason that the asker reads (REQ-03). An offer that was made is void. */
export const refuse = UseCase.command({
  name: "requests.refuse",
  summary: "Refuses a request, with a reason for the asker.",
  actors: ["Account", "Staff"],
  requires: "decider",
  input: Schema.Struct({ ...OfVersion, reason: Reason }),
  output: Outcome,
  errors: [...decideErrors],
  unit: (input, unit: DeciderUnit) => refuseOne(unit, input)
})

const One = Schema.Union([
  Schema.Struct({ ...OfVersion, ...Choice, decide: Schema.Literal("approve") }),
  Schema.Struct({ ...OfVersion, reason: Reason, decide: Schema.Literal("refuse") })
])

const Answer = Schema.Union([
  Schema.TaggedStruct("Decided", { requestId: RequestId, state: RequestState }),
  Schema.TaggedStruct("NotDecided", { requestId: RequestId, refusal: Schema.String, text: Title })
])

const notDecided = (requestId: RequestId, error: RefusalInstance): typeof Answer.Type => ({
  _tag: "NotDecided",
  requestId,
  refusal: error instanceof EffectRefused ? error.refusal : error._tag,
  text: textOf(error)
})

type OfTheCall = SignInRequired | StepUpRequired | TooManyAttempts | Unavailable

/** What says nothing of the request, and may be otherwise at the next try. */
const isOfTheCall = (error: RefusalInstance): error is OfTheCall =>
  error instanceof SignInRequired ||
  error instanceof StepUpRequired ||
  error instanceof TooManyAttempts ||
  error instanceof Unavailable

/** The key of one decision of several: repeated under the key of them all, it answers as the first time, whatever became of the rest. */
const keyOfOne = Effect.fnUntraced(function* (key: string | undefined, requestId: RequestId) {
  if (key === undefined) return {}
  const crypto = yield* Crypto
  // a key has an end to its length, and the caller's may be as long already
  return { idempotencyKey: `${requestId} of ${toBase64Url(yield* crypto.sha256(key))}` }
})

/**
 * Decides several requests, each in a commit of its own and with an outcome of its own, in the given order: at most 100, each once. Under an idempotency
 * key it fails when the store goes away half way, or a decision wants a fresh proof of identity; repeated, it decides the rest, and answers of the
 * others what became of them. Without a key it answers for each, and repeated it says of those that were decided that they are closed.
 */
export const decideMany = UseCase.command({
  name: "requests.decideMany",
  summary: "Approves or refuses several requests, each with its own outcome.",
  actors: ["Account", "Staff"],
  requires: "decider",
  input: Schema.Struct({
    decisions: Schema.Array(One).check(
      Schema.makeFilter((all) =>
        all.length === 0
          ? "missing"
          : all.length > 100 || new Set(all.map(({ requestId }) => requestId)).size < all.length
            ? "too-many"
            : undefined
      )
    )
  }),
  output: Schema.Struct({ outcomes: Schema.Array(Answer) }),
  errors: [],
  // not in the unit, because one that is refused must leave no trace and the others must stay
  prepare: ({ decisions }, { idempotencyKey }) =>
    Effect.forEach(
      decisions,
      Effect.fnUntraced(function* (one): Effect.fn.Return<typeof Answer.Type, OfTheCall, DecidePorts> {
        const { requestId, version } = one
        const options = yield* keyOfOne(idempotencyKey, requestId)
        const done =
          one.decide === "approve"
            ? approve(
                {
                  requestId,
                  version,
                  ...(one.note === undefined ? {} : { note: one.note }),
                  ...(one.decision === undefined ? {} : { decision: one.decision })
                },
                options
              )
            : refuse({ requestId, version, reason: one.reason }, options)
        const result = yield* Effect.result(done)
        if (Result.isSuccess(result)) return { _tag: "Decided", requestId, state: result.success.state }
        // no outcome of this one: kept under the key, it would say for ever that nothing was decided
        if (idempotencyKey !== undefined && isOfTheCall(result.failure)) return yield* result.failure
        return notDecided(requestId, result.failure)
      })
    ),
  unit: (_, __: UseCase.Unit<"Account" | "Staff">, outcomes) => Effect.succeed({ outcomes })
})

type DecidePorts = Effect.Services<ReturnType<typeof approve>> | Effect.Services<ReturnType<typeof refuse>>

// ---- by the asker ----------------------------------------------------------------------------------------------------------------------

/** Locks one of the caller's own requests. */
const asAsker = Effect.fnUntraced(function* (unit: UseCase.Unit<"Account">, requestId: RequestId) {
  const requests = yield* RequestRepository
  const kinds = yield* RequestKinds
  const account = yield* callersAccount(unit.actor)
  // whose it is never changes, and who has nothing to do with it locks nothing
  const read = Option.getOrUndefined(yield* requests.find(requestId))
  const kind = read === undefined ? undefined : Option.getOrUndefined(kinds.get(read.kind))
  if (read === undefined || kind === undefined || !isAskersOwn(read, account)) {
    return yield* new NotFound({ kind: "request" })
  }
  return { request: Option.getOrElse(yield* requests.findForUpdate(requestId), () => read), kind }
})

/** The asker takes the request back. What was offered is void. */
export const withdraw = UseCase.command({
  name: "requests.withdraw",
  summary: "Takes one of the caller's own requests back.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ requestId: RequestId }),
  output: Outcome,
  errors: [NotFound, RequestClosed],
  unit: Effect.fnUntraced(function* (input, unit: UseCase.Unit<"Account">) {
    const { kind, request } = yield* asAsker(unit, input.requestId)
    return toOutcome(yield* takeBack(unit, kind, request))
  })
})

/**
 * The asker changes what is asked: a new version, for which approvals of the older one do not count (REQ-05). Those who decide are told so by mail,
 * whoever of them has approved included.
 */
export const amend = UseCase.command({
  name: "requests.amend",
  summary: "Changes one of the caller's own pending requests.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ requestId: RequestId, payload: Schema.Json }),
  output: Outcome,
  errors: [NotFound, RequestClosed, StepNotPossible, NotAmendable],
  unit: Effect.fnUntraced(function* (input, unit: UseCase.Unit<"Account">) {
    const requests = yield* RequestRepository
    const { kind, request } = yield* asAsker(unit, input.requestId)
    if (!kind.amendable) return yield* new NotAmendable()
    const change = yield* Effect.fromResult(kind.parsePayload(input.payload)).pipe(
      Effect.mapError(
        ({ issues }) =>
          new InvalidInput({ issues: issues.map(({ code, path }) => ({ path: ["payload", ...path], code })) })
      )
    )
    const next = yield* Effect.fromResult(apply(request, { event: "amend", by: "asker", change }, unit.now))
    yield* draw([{ key: `requests.amend:${request.id}`, limit: unit.settings.limits.mailPerAddress }], unit.now)
    yield* requests.save(next)
    const [told = 0] = yield* tellDeciders(unit, [
      { kind, request: next, ...shownOf(kind.open(next)), mail: "amended" }
    ])
    recorded(unit, next, "amended", { told })
    return toOutcome(next)
  })
})

// ---- by time ---------------------------------------------------------------------------------------------------------------------------

const Portion = Schema.Struct({
  limit: Schema.Int.check(Schema.makeFilter((limit) => (limit >= 1 && limit <= 1000 ? undefined : "range")))
})

/** The requests after what time does to each. The model and the query agree on which are due; one on which they do not is left out and logged. */
const passed = (event: "remind" | "expire", due: ReadonlyArray<Request>, now: Instant.Instant) =>
  Effect.map(
    Effect.forEach(
      due,
      (before): Effect.Effect<ReadonlyArray<{ readonly before: Request; readonly next: Request }>> =>
        Result.match(apply(before, { event, by: "job" }, now), {
          onSuccess: (next) => Effect.succeed([{ before, next }]),
          onFailure: (refusal) =>
            Effect.as(Effect.logError(`The request ${before.id} is not due to ${event}`, refusal), [])
        })
    ),
    (all) => all.flat()
  )

/**
 * Reminds those who decide of what waits for them, and tells them of what came while their tenant was not active (SLF-08); at most `limit` requests in
 * one call. Answers how many. Can be repeated and killed (REQ-07). A request that its kind cannot tell of holds up no other one.
 */
export const remindDue = UseCase.command({
  name: "requests.remindDue",
  summary: "Reminds those who decide of requests that wait.",
  actors: ["Job"],
  requires: "job",
  input: Portion,
  output: Schema.Struct({ reminded: Schema.Int }),
  errors: [],
  unit: Effect.fnUntraced(function* ({ limit }, unit: UseCase.Unit<"Job">) {
    const requests = yield* RequestRepository
    const kinds = yield* RequestKinds
    const reminded = yield* passed("remind", yield* requests.dueReminders(unit.now, limit), unit.now)
    if (reminded.length === 0) return { reminded: 0 }
    yield* requests.saveByTime(reminded.map(({ next }) => next))
    const known = reminded.flatMap(({ before, next }) =>
      Option.toArray(kinds.get(next.kind)).map((kind) => ({ before, kind, request: next }))
    )
    const asked = yield* Effect.forEach(known, ({ before, kind, request }) =>
      Effect.map(openedSafely(kind, request), (opened) => ({
        kind,
        request,
        // of a request that its kind cannot describe those who decide are told all the same
        ...shownOf(opened),
        mail: isUntold(before) ? ("pending" as const) : ("reminder" as const)
      }))
    )
    const told = yield* tellDeciders(unit, asked)
    const toldOf = new Map(asked.map(({ request }, at) => [request.id, told[at] ?? 0]))
    for (const { next } of reminded) {
      recorded(unit, next, "reminded", { reminders: next.reminders, told: toldOf.get(next.id) ?? 0 })
    }
    return { reminded: reminded.length }
  })
})

/**
 * Says of requests whose time has run out that they are expired, at most `limit` in one call; answers how many. Can be repeated and killed. What a kind
 * does with one of them holds up no other one (see `RequestKind.Options.ended`).
 */
export const expireOverdue = UseCase.command({
  name: "requests.expireOverdue",
  summary: "Marks requests whose time has run out as expired.",
  actors: ["Job"],
  requires: "job",
  input: Portion,
  output: Schema.Struct({ expired: Schema.Int }),
  errors: [],
  unit: Effect.fnUntraced(function* ({ limit }, unit: UseCase.Unit<"Job">) {
    const requests = yield* RequestRepository
    const kinds = yield* RequestKinds
    const expired = yield* passed("expire", yield* requests.overdue(unit.now, limit), unit.now)
    if (expired.length === 0) return { expired: 0 }
    yield* requests.saveByTime(expired.map(({ next }) => next))
    for (const { before, next } of expired) {
      const kind = kinds.get(next.kind)
      if (Option.isSome(kind)) yield* afterExpiry(unit, kind.value, before, next)
      else recorded(unit, next, "expired", { from: before.state, told: 0 })
    }
    return { expired: expired.length }
  })
})

/** Every use case of requests. */
export const useCases = UseCase.registry(
  waiting,
  mine,
  get,
  approve,
  refuse,
  decideMany,
  withdraw,
  amend,
  remindDue,
  expireOverdue
)
