import { Cause, Effect, Option, type Redacted } from "effect"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { operatorsOf } from "../accounts/StaffMember.ts"
import { StaffRepository } from "../accounts/StaffRepository.ts"
import * as EmailAddress from "../kernel/EmailAddress.ts"
import type { NewEvent } from "../kernel/EventLog.ts"
import type * as Instant from "../kernel/Instant.ts"
import { type AccountId, nextId, nextNumber, RequestId, type TenantId } from "../kernel/ids.ts"
import * as Links from "../kernel/Links.ts"
import type { NewMail } from "../kernel/Outbox.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Locale } from "../kernel/Text.ts"
import { UnitOfWork } from "../kernel/UnitOfWork.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { type Authority, authorityOf, isAskersSide, isSide, termsOf } from "./Authority.ts"
import {
  type Approval,
  ApproverLostAuthority,
  apply,
  askedAgain,
  CoolingDown,
  hasApproved,
  isTerminal,
  type Request,
  RequestClosed,
  rulesFor,
  StepNotPossible,
  stateAt,
  submitted,
  untold
} from "./Request.ts"
import type { AnyUnit, Kind, Opened, RequestKind } from "./RequestKind.ts"
import { RequestKinds } from "./RequestKinds.ts"
import { RequestRepository } from "./RequestRepository.ts"
import type { Detail, MailValues } from "./requestMails.ts"

const subjectOf = (id: RequestId) => ({ kind: "request", id })
export const processOf = (id: RequestId) => `request:${id}`

/** The tenant in whose log an event belongs: none before the asker's address is proven. */
const logOf = (request: Request): TenantId | undefined =>
  request.pendingAt === null ? undefined : (request.tenantId ?? undefined)

/** What happened to a request, for the log. Where it is a matter of how many are told by mail in the same commit, `told` says how many are. */
export const recorded = (
  unit: AnyUnit,
  request: Request,
  what: string,
  data: Readonly<Record<string, string | number | boolean | null>> = {}
): void =>
  unit.record({
    type: `request.${what}`,
    tenantId: logOf(request),
    subject: subjectOf(request.id),
    data: { kind: request.kind, version: request.version, ...data }
  })

// ---- mails -----------------------------------------------------------------------------------------------------------------------------

const valuesOf = (request: Request, details: ReadonlyArray<Detail>): MailValues => ({
  requestId: request.id,
  number: request.number,
  details,
  deadline: request.expiresAt,
  reason: request.reason ?? "",
  note: request.approvals.at(-1)?.note ?? ""
})

/** What those who decide see of it, and who of them is one of those whom it is about. */
export const shownOf = <R>(opened: Option.Option<Opened<R>>) =>
  Option.match(opened, {
    onNone: () => ({ details: [], sides: [] }),
    onSome: ({ details, sides }) => ({ details, sides })
  })

const detailsOf = (kind: Kind<unknown>, request: Request): ReadonlyArray<Detail> =>
  Option.match(kind.open(request), { onNone: () => [], onSome: ({ details }) => details })

const clue = (request: Request): string => `Request ${request.id} of the kind ${request.kind}`

/** As `kind.open`, for what goes on without the kind where it dies: nothing then, and it is logged. */
export const openedSafely = <R>(kind: Kind<R>, request: Request): Effect.Effect<Option.Option<Opened<R>>> =>
  Effect.catchDefect(
    Effect.sync(() => kind.open(request)),
    (defect) => Effect.as(Effect.logError(`${clue(request)}: cannot be opened`, defect), Option.none())
  )

/** What every mail to the asker is sent with. */
export const toAsker = (
  kind: Kind<unknown>,
  request: Request,
  details: ReadonlyArray<Detail> = detailsOf(kind, request)
) => ({
  recipient: request.asker.email,
  locale: request.asker.locale,
  tenantId: request.tenantId ?? undefined,
  accountId: request.asker.accountId ?? undefined,
  process: processOf(request.id),
  values: valuesOf(request, details)
})

/**
 * One mail to each of those who can decide these requests; for all of them together one statement. Answers for each request, in their order, how many
 * were told.
 */
export const tellDeciders = Effect.fnUntraced(function* (
  unit: { readonly now: Instant.Instant; readonly settings: Settings; readonly send: (mail: NewMail) => void },
  asked: ReadonlyArray<{
    readonly kind: Kind<unknown>
    readonly request: Request
    readonly details: ReadonlyArray<Detail>
    readonly sides: ReadonlyArray<EmailAddress.EmailAddress>
    readonly mail: "pending" | "reminder" | "amended"
  }>
) {
  const { settings } = unit
  const inbox = settings.staff.inbox === null ? Option.none() : EmailAddress.parse(settings.staff.inbox)
  const byPeople = asked.filter(({ request }) => request.audience._tag !== "Staff" || Option.isNone(inbox))
  const requests = yield* RequestRepository
  const entitled =
    byPeople.length === 0
      ? []
      : yield* requests.entitled(
          byPeople.map(({ request }) => request),
          null,
          termsOf(settings, unit.now)
        )
  return asked.map(({ details, kind, mail: which, request, sides }): number => {
    const mail = kind.mails[which]
    const shared = {
      tenantId: request.tenantId ?? undefined,
      process: processOf(request.id),
      values: valuesOf(request, details)
    }
    if (request.audience._tag === "Staff" && Option.isSome(inbox)) {
      unit.send(mail.mail({ ...shared, recipient: inbox.value, locale: "de" }))
      return 1
    }
    const told = new Set<AccountId>()
    for (const one of entitled) {
      if (one.requestId !== request.id || told.has(one.accountId)) continue
      if (isAskersSide(request, one) || isSide(sides, one)) continue
      if (hasApproved(request, { accountId: one.accountId, onBehalfOf: one.principalId })) continue
      told.add(one.accountId)
      unit.send(mail.mail({ ...shared, recipient: one.address, locale: one.locale, accountId: one.accountId }))
    }
    return told.size
  })
})

/** Tells those who decide of a request that has just become pending, and answers it. Whom nobody could be told of is told of later (SLF-08). */
const announced = Effect.fnUntraced(function* (unit: AnyUnit, kind: Kind<unknown>, request: Request) {
  const requests = yield* RequestRepository
  const [told = 0] = yield* tellDeciders(unit, [{ kind, request, ...shownOf(kind.open(request)), mail: "pending" }])
  if (told > 0 || request.audience._tag !== "Tenant") return { request, told }
  const waits = untold(request)
  yield* requests.save(waits)
  return { request: { ...waits, revision: waits.revision + 1 }, told }
})

// ---- submission ------------------------------------------------------------------------------------------------------------------------

/** Who asks for what. */
export interface Submit<P> {
  readonly asker: {
    readonly accountId: AccountId | null
    readonly email: EmailAddress.EmailAddress
    readonly locale: Locale
  }
  readonly payload: P
  /** Whether the asker's address is proven: they are signed in, or have confirmed it before. Otherwise the kind's mail asks to confirm. */
  readonly proven: boolean
}

/** What became of a submission. */
export interface Submitted {
  readonly request: Request
  /** `Submitted`: it is new. `Confirmed`: the same was open and waited for this proof. `AlreadyOpen`: the same is open, and nothing was done. */
  readonly outcome: "Submitted" | "Confirmed" | "AlreadyOpen"
}

/** Issues the link that proves the asker's address, and asks for its mail; older ones are void. */
const askToConfirm = Effect.fnUntraced(function* (
  unit: AnyUnit,
  kind: Kind<unknown>,
  request: Request,
  first: boolean
) {
  const { confirmation, mails } = kind
  if (confirmation === undefined || mails.confirm === null) {
    return yield* Effect.die(new Error(`${kind.name}: somebody without a proven address cannot ask`))
  }
  const { secret } = yield* Links.issue(confirmation, {
    subject: request.id,
    email: request.asker.email,
    now: unit.now,
    lifetime: request.expiresAt - unit.now,
    first
  })
  unit.send(mails.confirm.mail({ ...toAsker(kind, request), secret }))
})

/** Refuses while the same was refused a short while ago (REQ-09). */
const cooledDown = Effect.fnUntraced(function* (same: ReadonlyArray<Request>, now: Instant.Instant) {
  const refused = same.find(({ state }) => state === "Refused")
  const until = refused === undefined ? 0 : (refused.endedAt ?? 0) + refused.rules.coolDown
  if (now < until) return yield* new CoolingDown({ until })
})

/**
 * Makes a request, in the open unit of work of a kind's own use case. What asks the same and is open is answered instead, and after a refusal the
 * same can be asked again after the cool-down only (REQ-09). Those who decide are told by mail in the same commit.
 */
export const submit = Effect.fnUntraced(function* <P, D, R>(
  unit: AnyUnit,
  kind: RequestKind<P, D, R>,
  submission: Submit<P>
) {
  const { asker, payload, proven } = submission
  const requests = yield* RequestRepository
  const { actor, now, settings } = unit
  const { askerTenantId, ...asked } = kind.ask(payload)
  const staffId =
    actor._tag === "StaffActingFor" ? actor.staff.accountId : actor._tag === "Staff" ? actor.accountId : null
  const wanted = { ...asked, asker: { ...asker, tenantId: askerTenantId, staffId } }
  const found = yield* requests.sameAs(asker.email, kind.name, asked.identity)
  const open = found.find(({ state }) => !isTerminal(state))
  if (open !== undefined && stateAt(open, now) !== "Expired") {
    if (open.state !== "AwaitingConfirmation") return { request: open, outcome: "AlreadyOpen" } satisfies Submitted
    // whoever asked first has proven nothing: what counts is what is asked with the proof, or with the link that proves it
    const again = askedAgain(open, wanted)
    if (!proven) {
      yield* requests.save(again)
      yield* askToConfirm(unit, kind, again, false)
      recorded(unit, again, "sentAgain", { told: 1 })
      return { request: { ...again, revision: again.revision + 1 }, outcome: "AlreadyOpen" } satisfies Submitted
    }
    yield* cooledDown(found, now)
    return { request: yield* confirmed(unit, kind, again, asker.accountId), outcome: "Confirmed" } satisfies Submitted
  }
  // the job has not come by yet: its time ran out, and it makes room for the new one
  if (open !== undefined) yield* ranOut(unit, kind, open)
  // that an address was refused is nobody else's business: who has not proven theirs learns it with the proof
  if (proven) yield* cooledDown(found, now)
  const request = submitted(
    {
      ...wanted,
      id: yield* nextId(RequestId),
      number: yield* nextNumber,
      kind: kind.name,
      rules: rulesFor(settings, kind.rules),
      proven
    },
    now
  )
  yield* requests.insert(request)
  const after = proven ? yield* announced(unit, kind, request) : { request, told: 1 }
  if (!proven) yield* askToConfirm(unit, kind, request, true)
  unit.record({
    type: "request.submitted",
    tenantId: logOf(request),
    subject: subjectOf(request.id),
    data: { kind: request.kind, version: request.version, state: request.state, told: after.told },
    personal: { email: asker.email }
  })
  return { request: after.request, outcome: "Submitted" } satisfies Submitted
})

/** The open request's time ran out before the job came by. The asker is told by mail, unless the address was never proven. */
const ranOut = Effect.fnUntraced(function* <R>(unit: AnyUnit, kind: Kind<R>, request: Request) {
  const requests = yield* RequestRepository
  // asked for overdue requests only, for which the table has the step
  const expired = yield* Effect.orDie(Effect.fromResult(apply(request, { event: "expire", by: "job" }, unit.now)))
  yield* requests.save(expired)
  yield* afterExpiry(unit, kind, request, expired)
  return expired
})

/** What can go well when the whole unit of work is done again, or cannot go on in it. */
const isOfTheUnit = (error: unknown): boolean =>
  error instanceof PersistenceError && ["serialization", "busy", "connection", "full"].includes(error.reason)

/**
 * What else ends with the request, in a unit of work inside of the open one: where the kind fails or dies, that undoes itself, is logged, and holds up
 * neither the request nor others that end with it. Answers what is left to do after the request's own event, or null where it went wrong.
 */
const endedWithIt = Effect.fnUntraced(function* <R>(
  unit: AnyUnit,
  { ended }: Opened<R>,
  request: Request,
  how: "Expired" | "Refused"
) {
  if (ended === null) return () => undefined
  const { run } = yield* UnitOfWork
  const events: Array<NewEvent> = []
  const mails: Array<NewMail> = []
  const own: AnyUnit = { ...unit, record: (event) => events.push(event), send: (mail) => mails.push(mail) }
  const isDone = yield* run(Effect.suspend(() => ended(how, own))).pipe(
    Effect.as(true),
    Effect.catchCause((cause) =>
      Cause.hasInterrupts(cause) || isOfTheUnit(Option.getOrUndefined(Cause.findErrorOption(cause)))
        ? Effect.failCause(cause)
        : Effect.as(Effect.logError(`${clue(request)}: what ends with it did not`, cause), false)
    )
  )
  return isDone
    ? () => {
        for (const event of events) unit.record(event)
        for (const mail of mails) unit.send(mail)
      }
    : null
})

/** What follows an expiry, whoever has written it down. */
export const afterExpiry = Effect.fnUntraced(function* <R>(
  unit: AnyUnit,
  kind: Kind<R>,
  before: Request,
  expired: Request
) {
  const opened = Option.getOrUndefined(yield* openedSafely(kind, expired))
  const rest = opened === undefined ? null : yield* endedWithIt(unit, opened, expired, "Expired")
  // an address that nobody has confirmed gets no further mail
  const isTold = before.state !== "AwaitingConfirmation"
  recorded(unit, expired, "expired", {
    from: before.state,
    told: isTold ? 1 : 0,
    ...(rest === null ? { failed: true } : {})
  })
  if (isTold) unit.send(kind.mails.expired.mail(toAsker(kind, expired, opened?.details ?? [])))
  rest?.()
})

const confirmed = Effect.fnUntraced(function* (
  unit: AnyUnit,
  kind: Kind<unknown>,
  request: Request,
  accountId: AccountId | null
) {
  const requests = yield* RequestRepository
  const links = yield* Links.LinkRepository
  const next = yield* Effect.fromResult(apply(request, { event: "confirm", by: "mailbox", accountId }, unit.now)).pipe(
    // who asks for this has looked at the state and the time
    Effect.orDie
  )
  yield* requests.save(next)
  if (kind.confirmation !== undefined) yield* links.voidOpen(kind.confirmation.name, request.id, unit.now)
  const after = yield* announced(unit, kind, { ...next, revision: next.revision + 1 })
  recorded(unit, next, "confirmed", { told: after.told })
  return after.request
})

const linkOf = Effect.fnUntraced(function* (purpose: Links.LinkPurpose | undefined, secret: Redacted.Redacted) {
  if (purpose === undefined) return yield* new Links.LinkUnusable({ reason: "unknown" })
  const links = yield* Links.LinkRepository
  const found = yield* links.find(purpose.name, yield* Links.hashSecret(purpose.name, secret))
  return Option.isSome(found) ? found.value : yield* new Links.LinkUnusable({ reason: "unknown" })
})

/** The request that a link of this purpose is about, and why the link or the request is of no use any more. Changes nothing. */
const openedBy = Effect.fnUntraced(function* (
  kind: Kind<unknown>,
  purpose: Links.LinkPurpose | undefined,
  secret: Redacted.Redacted,
  now: Instant.Instant
) {
  const requests = yield* RequestRepository
  const link = yield* linkOf(purpose, secret)
  // the subject of such a link is its request's id
  const request = yield* requests.find(link.subject as RequestId)
  if (Option.isNone(request) || request.value.kind !== kind.name) {
    return yield* new Links.LinkUnusable({ reason: "unknown" })
  }
  return { link, request: request.value, unusable: Links.check(link, now) }
})

/** What a page shows before somebody confirms: the request that the link is about, while it waits for that. */
export const readConfirmation = Effect.fnUntraced(function* (
  kind: Kind<unknown>,
  secret: Redacted.Redacted,
  now: Instant.Instant
) {
  const { request, unusable } = yield* openedBy(kind, kind.confirmation, secret, now)
  if (Option.isSome(unusable)) return yield* unusable.value
  return request
})

/**
 * The asker's mailbox confirms by the link in its mail: the request goes to those who decide. While the same cools down after a refusal it waits, and
 * the link is as good as before.
 */
export const confirm = Effect.fnUntraced(function* (unit: AnyUnit, kind: Kind<unknown>, secret: Redacted.Redacted) {
  const requests = yield* RequestRepository
  const { link, request, unusable } = yield* openedBy(kind, kind.confirmation, secret, unit.now)
  const locked = Option.getOrElse(yield* requests.findForUpdate(request.id), () => request)
  const state = stateAt(locked, unit.now)
  if (isTerminal(state)) return yield* new RequestClosed({ state })
  if (Option.isSome(unusable)) return yield* unusable.value
  if (state !== "AwaitingConfirmation") return yield* new StepNotPossible({ state })
  yield* cooledDown(yield* requests.sameAs(locked.asker.email, kind.name, locked.identity), unit.now)
  yield* Links.redeem(link, unit.now)
  return yield* confirmed(unit, kind, locked, null)
})

/** Links that ask for something of a request that has ended open nothing any more. */
export const voidLinks = Effect.fnUntraced(function* <R>(kind: Kind<R>, request: Request, now: Instant.Instant) {
  const links = yield* Links.LinkRepository
  const purpose = request.state === "AwaitingConfirmation" ? kind.confirmation : kind.offer
  if (purpose === undefined || request.state === "Pending") return
  yield* links.voidOpen(purpose.name, request.id, now)
})

/** The asker takes the open request back, or it ends with what it was about. What was offered is void. */
export const takeBack = Effect.fnUntraced(function* <R>(
  unit: AnyUnit,
  kind: Kind<R>,
  request: Request,
  data: Readonly<Record<string, string>> = {}
) {
  const requests = yield* RequestRepository
  const next = yield* Effect.fromResult(apply(request, { event: "withdraw", by: "asker" }, unit.now)).pipe(
    // an open request can always be withdrawn
    Effect.catchTag("StepNotPossible", Effect.die)
  )
  yield* requests.save(next)
  yield* voidLinks(kind, request, unit.now)
  recorded(unit, next, "withdrawn", { from: request.state, ...data })
  const ended = Option.getOrUndefined(kind.open(next))?.ended
  if (ended != null) yield* ended("Withdrawn", unit)
  return next
})

/**
 * What is open of a tenant that the unit closes ends with it (TEN-09): refused with the operator's reason, which askers with a proven address read in
 * a mail. Offers that were made are void with the tenant's other links.
 */
export const closeOfTenant = Effect.fnUntraced(function* (unit: AnyUnit, tenantId: TenantId, reason: string) {
  const requests = yield* RequestRepository
  const kinds = yield* RequestKinds
  const { now } = unit
  const open = yield* requests.openOfTenantForUpdate(tenantId)
  const ended = yield* Effect.forEach(open, (before) =>
    Effect.fromResult(
      now >= before.expiresAt
        ? apply(before, { event: "expire", by: "job" }, now)
        : apply(before, { event: "close", by: "operator", reason }, now)
    ).pipe(
      Effect.map((next) => ({ before, next })),
      // open requests only, for which the table has both steps
      Effect.orDie
    )
  )
  yield* requests.saveByTime(ended.map(({ next }) => next))
  for (const { before, next } of ended) {
    const kind = Option.getOrUndefined(kinds.get(next.kind))
    if (kind !== undefined && next.state === "Expired") yield* afterExpiry(unit, kind, before, next)
    else {
      const opened = kind === undefined ? undefined : Option.getOrUndefined(yield* openedSafely(kind, next))
      const rest = opened === undefined ? null : yield* endedWithIt(unit, opened, next, "Refused")
      recorded(unit, next, next.state === "Expired" ? "expired" : "closed", {
        from: before.state,
        ...(kind !== undefined && rest === null ? { failed: true } : {})
      })
      if (kind !== undefined && before.state !== "AwaitingConfirmation") {
        unit.send(kind.mails.refused.mail(toAsker(kind, next, opened?.details ?? [])))
      }
      rest?.()
    }
  }
})

// ---- deciding --------------------------------------------------------------------------------------------------------------------------

/**
 * Locks what the rights to decide hang on and what the effect changes, and then the request: tenants in the order of their ids, then the rows of
 * staff, or the account. Who takes a right away locks the same, so that a decision comes either before that or after (R-AP-05).
 */
export const lockForDecision = Effect.fnUntraced(function* (
  kind: Kind<unknown>,
  request: Request,
  deciders: ReadonlyArray<AccountId>,
  now: Instant.Instant
) {
  const requests = yield* RequestRepository
  const tenants = yield* TenantRepository
  const { audience } = request
  const held = new Set([...deciders, ...approversOf(request)])
  const changed = Option.match(kind.open(request), { onNone: () => [], onSome: ({ changes }) => changes })
  const locked = new Set(audience._tag === "Tenant" ? [audience.tenantId, ...changed] : changed)
  const [decider] = deciders
  for (const tenantId of [...locked].sort()) {
    // asked of the decider, so that a main that the right comes through takes its place in the order
    const isAudience = audience._tag === "Tenant" && audience.tenantId === tenantId
    yield* tenants.findForUpdate(
      tenantId,
      isAudience && decider !== undefined ? { accountId: decider, tenantId } : undefined
    )
  }
  switch (audience._tag) {
    case "Tenant": {
      const memberships = yield* MembershipRepository
      // the tenant's row holds the rights of its own members, and not of those who come through its main (HIE-06)
      yield* memberships.accessFactsOf(audience.tenantId, [...held], "kept")
      break
    }
    case "Staff": {
      const staff = yield* StaffRepository
      yield* staff.hold([...held], now)
      break
    }
    case "Account": {
      const accounts = yield* AccountRepository
      yield* accounts.credentialsForUpdate(audience.accountId)
    }
  }
  const found = yield* requests.findForUpdate(request.id)
  // Who approved since the request was read could lose the right while this counts the approval. Their rows cannot be had now, because whoever waits
  // for them has the request: everything is let go, and tried again.
  return Option.exists(found, (one) => approversOf(one).some((approver) => !held.has(approver)))
    ? yield* new PersistenceError({ operation: "request.findForUpdate", reason: "conflict" })
    : found
})

/** Everybody on whose right the approvals so far rest. */
export const approversOf = ({ approvals }: Pick<Request, "approvals">): ReadonlyArray<AccountId> => [
  ...new Set(
    approvals.flatMap(({ accountId, onBehalfOf }) => (onBehalfOf === null ? [accountId] : [accountId, onBehalfOf]))
  )
]

/** Whether somebody who decided as a deputy still belongs to the tenant, or to staff, whether or not the period has ended. */
const stillBelongs = Effect.fnUntraced(function* (
  settings: Settings,
  { audience }: Pick<Request, "audience">,
  accountId: AccountId
) {
  switch (audience._tag) {
    case "Tenant": {
      const memberships = yield* MembershipRepository
      const found = yield* memberships.findMember(audience.tenantId, accountId)
      return Option.exists(found, ({ accountState }) => accountState === "active")
    }
    case "Staff": {
      const accounts = yield* AccountRepository
      const staff = yield* StaffRepository
      const account = Option.getOrUndefined(yield* accounts.find(accountId))
      if (account?.state !== "active") return false
      return operatorsOf(settings).includes(account.email) || Option.isSome(yield* staff.find(accountId))
    }
    case "Account":
      return false
  }
})

/**
 * The approvals whose givers may still decide what they decided, each with its right. What a deputy approved goes with the deputy who leaves, as it
 * goes with the principal's right, and not with the period.
 */
export const standingApprovals = Effect.fnUntraced(function* <R>(
  settings: Settings,
  kind: Kind<R>,
  request: Request,
  entitled: Parameters<typeof authorityOf>[2]
) {
  const opened = Option.getOrUndefined(kind.open(request))
  const standing: Array<{ readonly approval: Approval; readonly authority: Authority }> = []
  for (const approval of request.approvals) {
    const authority = authorityOf(settings, request, entitled, approval)
    if (authority === undefined || opened?.mayChoose(approval.decision, authority, settings) !== true) continue
    // whoever is entitled at present, by whatever right, belongs to it
    const belongs =
      approval.onBehalfOf === null ||
      entitled.some(({ accountId }) => accountId === approval.accountId) ||
      (yield* stillBelongs(settings, request, approval.accountId))
    if (belongs) standing.push({ approval, authority })
  }
  return standing
})

/** An approved request whose asker is about to take what was offered. */
export interface Offer<P, D> {
  readonly link: Links.Link
  readonly request: Request
  readonly payload: P
  readonly decision: D
  /** With what right the last of the approvals was given. */
  readonly authority: Authority
  readonly completed: Request
}

/** What a page shows before the asker takes the offer: the approved request and the choice, while the link opens it. Changes nothing. */
export const readOffer = Effect.fnUntraced(function* <P, D, R>(
  kind: RequestKind<P, D, R>,
  secret: Redacted.Redacted,
  now: Instant.Instant
) {
  const { link, request, unusable } = yield* openedBy(kind, kind.offer, secret, now)
  const state = stateAt(request, now)
  if (isTerminal(state)) return yield* new RequestClosed({ state })
  if (Option.isSome(unusable)) return yield* unusable.value
  const last = request.approvals.at(-1)
  if (state !== "Approved" || last === undefined) return yield* new StepNotPossible({ state })
  return { link, request, payload: kind.payloadOf(request), decision: kind.decisionOf(last.decision) }
})

/** A tenant whose row the unit has locked already, and which decides the request that the link is about: what a kind knows from its own use case. */
export interface Locked {
  readonly tenantId: TenantId
  readonly requestId: RequestId
}

/** The approved request of an offer with everything locked that its approvals hang on. */
const lockOffer = Effect.fnUntraced(function* <P, D, R>(
  kind: RequestKind<P, D, R>,
  secret: Redacted.Redacted,
  now: Instant.Instant,
  locked: Locked | undefined
) {
  if (locked === undefined) {
    // who has a link that opens nothing makes nobody wait
    const { link, request } = yield* readOffer(kind, secret, now)
    return { link, request: Option.getOrElse(yield* lockForDecision(kind, request, [], now), () => request) }
  }
  const requests = yield* RequestRepository
  const link = yield* linkOf(kind.offer, secret)
  const request = Option.getOrUndefined(yield* requests.findForUpdate(locked.requestId))
  const fits =
    request?.kind === kind.name &&
    link.subject === request.id &&
    request.audience._tag === "Tenant" &&
    request.audience.tenantId === locked.tenantId
  if (!fits) return yield* new Links.LinkUnusable({ reason: "unknown" })
  const memberships = yield* MembershipRepository
  // as in a decision: the tenant's row does not hold the rights of those who come through its main (HIE-06)
  yield* memberships.accessFactsOf(locked.tenantId, approversOf(request), "kept")
  return { link, request }
})

/**
 * Opens the offer for taking it, in the open unit of work: locks what the approvers' rights hang on (a tenant's row included) and the request,
 * and asks again whether so many approvers as the rules want may still decide this (INV-05, R-AP-05). Then the kind makes the effect and calls
 * `completeOffer`.
 */
export const openOffer = Effect.fnUntraced(function* <P, D, R>(
  unit: AnyUnit,
  kind: RequestKind<P, D, R>,
  secret: Redacted.Redacted,
  locked?: Locked
) {
  const requests = yield* RequestRepository
  const { now, settings } = unit
  const { link, request } = yield* lockOffer(kind, secret, now, locked)
  const state = stateAt(request, now)
  if (isTerminal(state)) return yield* new RequestClosed({ state })
  const unusable = Links.check(link, now)
  if (Option.isSome(unusable)) return yield* unusable.value
  const entitled = yield* requests.entitled([request], approversOf(request), termsOf(settings, now))
  const standing = yield* standingApprovals(settings, kind, request, entitled)
  const completed = yield* Effect.fromResult(
    apply(request, { event: "complete", by: "asker", standing: standing.map(({ approval }) => approval) }, now)
  )
  const last = standing.at(-1)
  if (last === undefined) return yield* new ApproverLostAuthority()
  const offer: Offer<P, D> = {
    link,
    request,
    payload: kind.payloadOf(request),
    decision: kind.decisionOf(last.approval.decision),
    authority: last.authority,
    completed
  }
  return offer
})

/** The effect has been made in this unit: the link is used up, and the request completed. */
export const completeOffer = Effect.fnUntraced(function* <P, D>(unit: AnyUnit, offer: Offer<P, D>) {
  const { completed, link } = offer
  const requests = yield* RequestRepository
  yield* Links.redeem(link, unit.now)
  yield* requests.save(completed)
  recorded(unit, completed, "completed")
  return completed
})
