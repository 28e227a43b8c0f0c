import { Duration, Result, Schema } from "effect"
import { StaffRole } from "../accounts/StaffMember.ts"
import { canonicalJson } from "../kernel/canonicalJson.ts"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Json } from "../kernel/EventLog.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, RequestId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { Permission } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import { block, Locale } from "../kernel/Text.ts"

// ---- what a request is -----------------------------------------------------------------------------------------------------------------

export const RequestState = Schema.Literals([
  "AwaitingConfirmation",
  "Pending",
  "Approved",
  "Completed",
  "Refused",
  "Withdrawn",
  "Expired"
])
export type RequestState = typeof RequestState.Type

const terminalStates = ["Completed", "Refused", "Withdrawn", "Expired"] as const
export type TerminalState = (typeof terminalStates)[number]

const Terminal = Schema.Literals(terminalStates)
export const isTerminal = Schema.is(Terminal)

/** Who decides: who holds a permission in a tenant, staff of at least a role, or one person. */
export const Audience = Schema.Union([
  Schema.TaggedStruct("Tenant", { tenantId: TenantId, permission: Permission }),
  Schema.TaggedStruct("Staff", { role: StaffRole }),
  Schema.TaggedStruct("Account", { accountId: AccountId })
])
export type Audience = typeof Audience.Type

const Millis = Schema.Int.check(Schema.makeFilter((value) => (value >= 0 ? undefined : "range")))

/** The rules in force at submission; later ones do not touch an open request (REQ-10). Durations in milliseconds. */
export const Rules = Schema.Struct({
  /** How many different people must approve. */
  approvals: Schema.Int,
  /** Whether a decision wants a proof of identity that is not older than ten minutes (R-AP-08). */
  sensitive: Schema.Boolean,
  confirmWithin: Millis,
  remindAfter: Schema.Array(Millis),
  expiresAfter: Millis,
  offerLifetime: Millis,
  coolDown: Millis
})
export type Rules = typeof Rules.Type

export const JsonValue: Schema.Codec<Json> = Schema.Json

/** One person's yes: to which version, and what was chosen with it. */
export const Approval = Schema.Struct({
  accountId: AccountId,
  /** Whose right it was given with, where that is somebody else's: the one whom the deputy stands in for. */
  onBehalfOf: Schema.NullOr(AccountId),
  at: Instant.Instant,
  version: Schema.Int,
  note: Schema.String,
  /** What the kind's approvers choose, for example roles. */
  decision: JsonValue
})
export type Approval = typeof Approval.Type

/** In the order in which they were given. */
export const Approvals = Schema.Array(Approval)

/** Something that one party asks and another decides. */
export class Request extends Schema.Opaque<Request>()(
  Schema.Struct({
    id: RequestId,
    /** For people to read out; opens nothing (G-07). */
    number: ShortNumber,
    kind: Schema.String,
    /** The tenant whose matter it is, and in whose log it appears. */
    tenantId: Schema.NullOr(TenantId),
    asker: Schema.Struct({
      /** Null for somebody without an account, or who was not signed in. */
      accountId: Schema.NullOr(AccountId),
      email: EmailAddress,
      locale: Locale,
      /** The tenant that asks, where one does: whoever controls it is on the asker's side (REQ-04). */
      tenantId: Schema.NullOr(TenantId),
      /** The staff member at the keyboard, where one acted for the asker. */
      staffId: Schema.NullOr(AccountId)
    }),
    audience: Audience,
    /** What is asked, as the kind's schema encodes it. */
    payload: JsonValue,
    /** Two requests of one kind and asker with the same identity ask the same (REQ-09). */
    identity: Schema.String,
    state: RequestState,
    /** Of what is asked: 1, and one more with each change. A decision names the version that it was shown (REQ-05). */
    version: Schema.Int,
    /** Of the stored row: one more with every write. */
    revision: Schema.Int,
    rules: Rules,
    createdAt: Instant.Instant,
    /** When it came to those who decide. */
    pendingAt: Schema.NullOr(Instant.Instant),
    /** When the present state runs out; kept as it was in a terminal state. */
    expiresAt: Instant.Instant,
    nextReminderAt: Schema.NullOr(Instant.Instant),
    reminders: Schema.Int,
    approvals: Approvals,
    /** Who refused, and with what right. */
    refusedBy: Schema.NullOr(AccountId),
    reason: Schema.NullOr(Schema.String),
    endedAt: Schema.NullOr(Instant.Instant)
  })
) {}

/** Why a request is refused; the asker reads it. At most 1,000 characters, at least one. */
export const Reason = block(1000).check(Schema.makeFilter((reason) => (reason === "" ? "missing" : undefined)))
/** What an approver adds; may be empty. */
export const Note = block(1000)

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** The request has ended; whoever may see it learns how. */
export class RequestClosed extends Refusal<RequestClosed>()(
  "RequestClosed",
  { state: Terminal },
  {
    category: "conflict",
    de: "Dieser Antrag ist bereits abgeschlossen.",
    en: "This request has been closed already."
  }
) {}

/** The request is open, and this step is not the next one: steps are neither skipped nor reordered (R-AP-07). */
export class StepNotPossible extends Refusal<StepNotPossible>()(
  "StepNotPossible",
  { state: RequestState },
  {
    category: "conflict",
    de: "Das ist bei diesem Antrag im Augenblick nicht möglich.",
    en: "This is not possible for this request at the moment."
  }
) {}

/** The request has changed since the decider read it (REQ-05). */
export class StaleDecision extends Refusal<StaleDecision>()(
  "StaleDecision",
  { version: Schema.Int },
  {
    category: "conflict",
    de: "Der Antrag wurde inzwischen geändert. Bitte lesen Sie ihn noch einmal, bevor Sie entscheiden.",
    en: "The request has been changed in the meantime. Please read it again before you decide."
  }
) {}

/** Nobody decides what they ask for themself, in whatever role (REQ-04). */
export class AskerCannotDecide extends Refusal<AskerCannotDecide>()(
  "AskerCannotDecide",
  {},
  {
    category: "forbidden",
    de: "Über den eigenen Antrag kann niemand selbst entscheiden.",
    en: "Nobody can decide their own request."
  }
) {}

/** The same person, or the same person's right, has approved already; another one is needed (REQ-04). */
export class AnotherPersonNeeded extends Refusal<AnotherPersonNeeded>()(
  "AnotherPersonNeeded",
  {},
  {
    category: "conflict",
    de: "Sie haben diesem Antrag bereits zugestimmt. Jetzt muss eine andere Person entscheiden.",
    en: "You have approved this request already. Now another person must decide."
  }
) {}

/** Those who approve one request must choose the same; whoever disagrees with the choice refuses. */
export class DecisionDiffers extends Refusal<DecisionDiffers>()(
  "DecisionDiffers",
  {},
  {
    category: "conflict",
    de: "Ihre Auswahl weicht von der ab, der bereits zugestimmt wurde.",
    en: "Your choice differs from the one that has been approved already."
  }
) {}

/** Whoever approved may not do so any more, so the offer does not count; others who may decide can renew it (REQ-06). */
export class ApproverLostAuthority extends Refusal<ApproverLostAuthority>()(
  "ApproverLostAuthority",
  {},
  {
    category: "conflict",
    de: "Diese Zusage gilt nicht mehr, weil die Person, die sie gegeben hat, dazu nicht mehr berechtigt ist. Bitten Sie um eine neue Zusage.",
    en: "This approval does not count any more, because whoever gave it may not do so now. Please ask for a new one."
  }
) {}

/** The same was refused a short while ago; it can be asked again from `until` on (epoch milliseconds, REQ-09). */
export class CoolingDown extends Refusal<CoolingDown>()(
  "CoolingDown",
  { until: Schema.Int },
  {
    category: "too-many",
    de: "Dieser Antrag wurde vor Kurzem abgelehnt. Bitte stellen Sie ihn später noch einmal.",
    en: "This request was refused a short while ago. Please make it again later."
  }
) {}

/** Requests of this kind, or this change of one, cannot be changed: withdraw it and ask anew. */
export class NotAmendable extends Refusal<NotAmendable>()(
  "NotAmendable",
  {},
  {
    category: "conflict",
    de: "Dieser Antrag kann so nicht geändert werden. Sie können ihn zurückziehen und einen neuen stellen.",
    en: "This request cannot be changed in this way. You can withdraw it and make a new one."
  }
) {}

/** Whoever asked for a tenant may not speak for it any more, so there is nothing to approve (INV-05); others who may can ask anew. */
export class AskerLostAuthority extends Refusal<AskerLostAuthority>()(
  "AskerLostAuthority",
  {},
  {
    category: "conflict",
    de: "Wer diesen Antrag gestellt hat, ist dazu nicht mehr berechtigt.",
    en: "Whoever made this request may not do so any more."
  }
) {}

/** What the approval would do is not possible now; `refusal` names why, `de` and `en` say it. The request stays as it is. */
export class EffectRefused extends Refusal<EffectRefused>()(
  "EffectRefused",
  { refusal: Schema.String, de: Schema.String, en: Schema.String },
  { category: "conflict", de: "{de}", en: "{en}" }
) {}

// ---- the table -------------------------------------------------------------------------------------------------------------------------

export const Event = Schema.Literals([
  "submit",
  "confirm",
  "amend",
  "approve",
  "refuse",
  "withdraw",
  "complete",
  "remind",
  "expire",
  "close"
])
export type Event = typeof Event.Type

export const Party = Schema.Literals(["asker", "mailbox", "decider", "job", "operator"])
export type Party = typeof Party.Type

/** What chooses between two rows of the same state, event and party. */
export type Condition =
  | "unproven address"
  | "proven address"
  | "more must approve"
  | "last approval"
  | "last approval, asker must complete"

export interface Transition {
  readonly from: RequestState | null
  readonly event: Event
  readonly by: Party
  readonly when?: Condition
  readonly to: RequestState
  readonly note: string
}

/** Every way in which a request moves; nothing else moves one (REQ-01). */
export const transitions: ReadonlyArray<Transition> = [
  {
    from: null,
    event: "submit",
    by: "asker",
    when: "unproven address",
    to: "AwaitingConfirmation",
    note: "a mail asks to confirm"
  },
  {
    from: null,
    event: "submit",
    by: "asker",
    when: "proven address",
    to: "Pending",
    note: "mails to those who decide"
  },
  { from: "AwaitingConfirmation", event: "confirm", by: "mailbox", to: "Pending", note: "mails to those who decide" },
  { from: "AwaitingConfirmation", event: "withdraw", by: "asker", to: "Withdrawn", note: "" },
  { from: "AwaitingConfirmation", event: "expire", by: "job", to: "Expired", note: "at its time, no mail" },
  { from: "Pending", event: "amend", by: "asker", to: "Pending", note: "next version; approvals so far are void" },
  { from: "Pending", event: "withdraw", by: "asker", to: "Withdrawn", note: "" },
  { from: "Pending", event: "approve", by: "decider", when: "more must approve", to: "Pending", note: "counted" },
  {
    from: "Pending",
    event: "approve",
    by: "decider",
    when: "last approval",
    to: "Completed",
    note: "the effect, and a mail to the asker"
  },
  {
    from: "Pending",
    event: "approve",
    by: "decider",
    when: "last approval, asker must complete",
    to: "Approved",
    note: "a mail with the offer to the asker"
  },
  { from: "Pending", event: "refuse", by: "decider", to: "Refused", note: "a mail with the reason to the asker" },
  { from: "Pending", event: "remind", by: "job", to: "Pending", note: "mails to those who decide" },
  { from: "Pending", event: "expire", by: "job", to: "Expired", note: "at its time; a mail to the asker" },
  { from: "Approved", event: "complete", by: "asker", to: "Completed", note: "the effect, if the approvers still may" },
  { from: "Approved", event: "approve", by: "decider", to: "Approved", note: "a new offer; the older one is void" },
  {
    from: "Approved",
    event: "refuse",
    by: "decider",
    to: "Refused",
    note: "the offer is void; a mail with the reason to the asker"
  },
  { from: "Approved", event: "withdraw", by: "asker", to: "Withdrawn", note: "the offer is void" },
  { from: "Approved", event: "expire", by: "job", to: "Expired", note: "at its time; a mail to the asker" },
  {
    from: "AwaitingConfirmation",
    event: "close",
    by: "operator",
    to: "Refused",
    note: "its tenant is closed (TEN-09), no mail"
  },
  {
    from: "Pending",
    event: "close",
    by: "operator",
    to: "Refused",
    note: "its tenant is closed; a mail with the reason to the asker"
  },
  {
    from: "Approved",
    event: "close",
    by: "operator",
    to: "Refused",
    note: "its tenant is closed: the offer is void; a mail with the reason to the asker"
  }
]

/** The state at this time: an open request whose time ran out is expired, whether or not the job has written that down. */
export const stateAt = (request: Pick<Request, "state" | "expiresAt">, now: Instant.Instant): RequestState =>
  !isTerminal(request.state) && now >= request.expiresAt ? "Expired" : request.state

// ---- submission ------------------------------------------------------------------------------------------------------------------------

const millis = (input: Duration.Input): number => Math.trunc(Duration.toMillis(Duration.fromInputUnsafe(input)))

/** What a kind says of its rules; what it leaves out comes from the settings. */
export interface KindRules {
  readonly approvals?: number | undefined
  readonly sensitive?: boolean | undefined
  readonly rules?: Partial<Omit<Settings["requests"], "deputyMaximum">> | undefined
}

/** The rules that a request submitted now lives by (REQ-10). */
export const rulesFor = (settings: Settings, kind: KindRules): Rules => {
  const rules = { ...settings.requests, ...kind.rules }
  return {
    approvals: Math.max(1, kind.approvals ?? 1),
    sensitive: kind.sensitive ?? false,
    confirmWithin: millis(rules.confirmWithin),
    remindAfter: rules.remindAfter.map(millis).sort((a, b) => a - b),
    expiresAfter: millis(rules.expiresAfter),
    offerLifetime: millis(rules.offerLifetime),
    coolDown: millis(rules.coolDown)
  }
}

const after = (instant: Instant.Instant, duration: number): Instant.Instant => Instant.fromMillis(instant + duration)

/** The next time to remind after `now`; what was missed while nobody ran the job is not made up for. */
const nextReminder = (pendingAt: Instant.Instant, rules: Rules, now: Instant.Instant): Instant.Instant | null => {
  const next = rules.remindAfter.map((wait) => after(pendingAt, wait)).find((at) => at > now)
  return next === undefined || next >= after(pendingAt, rules.expiresAfter) ? null : next
}

/**
 * Of a pending request that could be told to nobody who decides, because their tenant is not active: it is told as soon as it can be (SLF-08). The
 * time for that is the time at which it came, which no reminder has.
 */
export const untold = (request: Request): Request => ({ ...request, nextReminderAt: request.pendingAt })

export const isUntold = ({ nextReminderAt, pendingAt }: Pick<Request, "nextReminderAt" | "pendingAt">): boolean =>
  nextReminderAt !== null && pendingAt !== null && nextReminderAt <= pendingAt

/** What enters `Pending`: the time for a decision runs from here. */
const pendingFrom = (rules: Rules, now: Instant.Instant) => ({
  pendingAt: now,
  expiresAt: after(now, rules.expiresAfter),
  nextReminderAt: nextReminder(now, rules, now)
})

/** What a request is made of at its submission. */
export type Submission = Pick<
  Request,
  "id" | "number" | "kind" | "tenantId" | "asker" | "audience" | "payload" | "identity" | "rules"
> & {
  /** Whether the asker's address is proven: signed in, or confirmed before. */
  readonly proven: boolean
}

export const submitted = ({ proven, ...request }: Submission, now: Instant.Instant): Request => {
  const condition: Condition = proven ? "proven address" : "unproven address"
  // the table has a row for either
  const row = transitions.find(({ event, when }) => event === "submit" && when === condition)
  return {
    ...request,
    state: row?.to ?? "AwaitingConfirmation",
    version: 1,
    revision: 0,
    createdAt: now,
    ...(proven
      ? pendingFrom(request.rules, now)
      : { pendingAt: null, expiresAt: after(now, request.rules.confirmWithin), nextReminderAt: null }),
    reminders: 0,
    approvals: [],
    refusedBy: null,
    reason: null,
    endedAt: null
  }
}

/**
 * What waits for the proof of its address, as it is asked now: in place of what was asked before, by whoever it was. Another payload is another
 * version; nobody who decides has seen one yet.
 */
export const askedAgain = (
  request: Request,
  wanted: Pick<Submission, "payload" | "audience" | "tenantId" | "asker">
): Request => {
  const { asker, audience, payload, tenantId } = wanted
  const isSame = canonicalJson(payload) === canonicalJson(request.payload)
  return { ...request, asker, audience, payload, tenantId, version: request.version + (isSame ? 0 : 1) }
}

// ---- moving ----------------------------------------------------------------------------------------------------------------------------

/** What is asked, with all that follows from it. */
export type Wanted = Pick<Request, "payload" | "identity" | "audience" | "tenantId"> & {
  readonly askerTenantId: TenantId | null
}

/** What happens to a request, with what it depends on. */
export type Step =
  | { readonly event: "confirm"; readonly by: "mailbox"; readonly accountId?: AccountId | null }
  | {
      readonly event: "amend"
      readonly by: "asker"
      readonly change: Wanted
    }
  | {
      readonly event: "approve"
      readonly by: "decider"
      /** The version that the decider was shown is `approval.version`. */
      readonly approval: Omit<Approval, "at">
      /** Earlier approvals whose givers may still decide; the others do not count (R-AP-05). */
      readonly standing: ReadonlyArray<Approval>
      /** Whether the asker must do something before the effect can happen. */
      readonly askerCompletes: boolean
    }
  | {
      readonly event: "refuse"
      readonly by: "decider"
      readonly accountId: AccountId
      readonly version: number
      readonly reason: string
    }
  | { readonly event: "withdraw"; readonly by: "asker" }
  | { readonly event: "complete"; readonly by: "asker"; readonly standing: ReadonlyArray<Approval> }
  | { readonly event: "remind"; readonly by: "job" }
  | { readonly event: "expire"; readonly by: "job" }
  | { readonly event: "close"; readonly by: "operator"; readonly reason: string }

/** What a step can be refused with, besides that the request has ended or is not there yet. */
interface Refusals {
  readonly confirm: never
  readonly amend: NotAmendable
  readonly approve: StaleDecision | AnotherPersonNeeded | DecisionDiffers
  readonly refuse: StaleDecision
  readonly withdraw: never
  readonly complete: ApproverLostAuthority
  readonly remind: never
  readonly expire: never
  readonly close: never
}

export type StepRefusal<E extends Step["event"] = Step["event"]> = RequestClosed | StepNotPossible | Refusals[E]

/** The people whose judgement is in an approval: two of them that share a person are one person's. */
const people = (approval: Pick<Approval, "accountId" | "onBehalfOf">): ReadonlyArray<AccountId> =>
  approval.onBehalfOf === null ? [approval.accountId] : [approval.accountId, approval.onBehalfOf]

const sharesPerson = (a: Pick<Approval, "accountId" | "onBehalfOf">, b: Pick<Approval, "accountId" | "onBehalfOf">) =>
  people(a).some((person) => people(b).includes(person))

/** Whether somebody, or the one whom they stand in for, has a part in an approval already: the request does not wait for them. */
export const hasApproved = (
  { approvals }: Pick<Request, "approvals">,
  decider: Pick<Approval, "accountId" | "onBehalfOf">
): boolean => approvals.some((approval) => sharesPerson(approval, decider))

/** Whether so many different people approve this version that the request's rules are kept. */
export const enough = (request: Request, approvals: ReadonlyArray<Approval>): boolean =>
  approvals.filter(({ version }) => version === request.version).length >= request.rules.approvals

type Changes = Partial<Omit<Request, "id" | "number" | "kind" | "rules" | "createdAt" | "revision" | "state">>
type Outcome = Result.Result<{ readonly when?: Condition; readonly changes: Changes }, StepRefusal>

const approve = (
  request: Request,
  { approval, askerCompletes, standing }: Extract<Step, { event: "approve" }>,
  now: Instant.Instant
): Outcome => {
  if (approval.version !== request.version) return Result.fail(new StaleDecision({ version: request.version }))
  const current = standing.filter(({ version }) => version === request.version)
  // an offer can be renewed by the one who made it; before that, each person counts once
  const renews = request.state === "Approved"
  if (!renews && current.some((earlier) => sharesPerson(earlier, approval)))
    return Result.fail(new AnotherPersonNeeded())
  const kept =
    renews && request.rules.approvals === 1 ? [] : current.filter((earlier) => !sharesPerson(earlier, approval))
  const chosen = canonicalJson(approval.decision)
  if (kept.some(({ decision }) => canonicalJson(decision) !== chosen)) return Result.fail(new DecisionDiffers())
  const approvals = [...kept, { ...approval, at: now }]
  if (!renews && !enough(request, approvals)) {
    return Result.succeed({ when: "more must approve", changes: { approvals } })
  }
  if (!renews && !askerCompletes) {
    return Result.succeed({ when: "last approval", changes: { approvals, nextReminderAt: null, endedAt: now } })
  }
  const changes = { approvals, expiresAt: after(now, request.rules.offerLifetime), nextReminderAt: null }
  return Result.succeed(renews ? { changes } : { when: "last approval, asker must complete", changes })
}

const consequence = (request: Request, step: Step, now: Instant.Instant): Outcome => {
  switch (step.event) {
    case "confirm":
      return Result.succeed({
        changes: {
          ...pendingFrom(request.rules, now),
          ...(step.accountId == null ? {} : { asker: { ...request.asker, accountId: step.accountId } })
        }
      })
    case "amend": {
      const { askerTenantId, audience, identity, payload, tenantId } = step.change
      const same =
        identity === request.identity &&
        tenantId === request.tenantId &&
        askerTenantId === request.asker.tenantId &&
        canonicalJson(audience) === canonicalJson(request.audience)
      // what would make it another request, bring it before others, or put others on the asker's side is not a change of this one
      if (!same) return Result.fail(new NotAmendable())
      return Result.succeed({ changes: { payload, version: request.version + 1, approvals: [] } })
    }
    case "approve":
      return approve(request, step, now)
    case "refuse":
      return step.version === request.version
        ? Result.succeed({
            changes: { refusedBy: step.accountId, reason: step.reason, nextReminderAt: null, endedAt: now }
          })
        : Result.fail(new StaleDecision({ version: request.version }))
    case "complete":
      return enough(request, step.standing)
        ? Result.succeed({ changes: { endedAt: now } })
        : Result.fail(new ApproverLostAuthority())
    case "remind":
      return request.nextReminderAt !== null && request.pendingAt !== null && now >= request.nextReminderAt
        ? Result.succeed({
            changes: {
              reminders: request.reminders + (isUntold(request) ? 0 : 1),
              nextReminderAt: nextReminder(request.pendingAt, request.rules, now)
            }
          })
        : Result.fail(new StepNotPossible({ state: request.state }))
    case "close":
      return Result.succeed({ changes: { reason: step.reason, nextReminderAt: null, endedAt: now } })
    case "withdraw":
    case "expire":
      return Result.succeed({ changes: { nextReminderAt: null, endedAt: now } })
  }
}

/**
 * The request after a step, as the table says, or why not. A terminal state stays (V-27), and from the time at which a request runs out only the
 * job moves it, to `Expired`. Whether somebody is a decider is not asked here (see `Authority`).
 */
export const apply = <S extends Step>(
  request: Request,
  step: S,
  now: Instant.Instant
): Result.Result<Request, StepRefusal<S["event"]>> =>
  // `consequence` answers for each event what `Refusals` says of it, which its common type cannot say
  moved(request, step, now) as Result.Result<Request, StepRefusal<S["event"]>>

const moved = (request: Request, step: Step, now: Instant.Instant): Result.Result<Request, StepRefusal> => {
  const { state } = request
  if (isTerminal(state)) return Result.fail(new RequestClosed({ state }))
  const rows = transitions.filter(({ by, event, from }) => from === state && event === step.event && by === step.by)
  const overdue = now >= request.expiresAt
  if (overdue && step.event !== "expire") return Result.fail(new RequestClosed({ state: "Expired" }))
  if (rows.length === 0 || (step.event === "expire" && !overdue)) return Result.fail(new StepNotPossible({ state }))
  return Result.flatMap(consequence(request, step, now), ({ changes, when }) => {
    const row = rows.find((candidate) => candidate.when === when)
    return row === undefined
      ? Result.fail(new StepNotPossible({ state }))
      : Result.succeed({ ...request, ...changes, state: row.to })
  })
}
