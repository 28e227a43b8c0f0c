import { Effect, Option, Schema } from "effect"
import { callersAccount } from "../accounts/callersAccount.ts"
import { type EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, CoverageId, RequestId, ShortNumber } from "../kernel/ids.ts"
import * as Page from "../kernel/Page.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { NotFound } from "../kernel/refusals.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { CoolingDown } from "../requests/Request.ts"
import { RequestRepository } from "../requests/RequestRepository.ts"
import { submit } from "../requests/workflow.ts"
import * as Coverage from "./Coverage.ts"
import { AlreadyConnected, ChoiceDoesNotFit, NoPlaceLeft, Term } from "./Coverage.ts"
import { planNamed } from "./Plan.ts"
import { FeatureNotIncluded, paid, stretchAt } from "./Subscription.ts"
import { type MemberView, SubscriptionRepository } from "./SubscriptionRepository.ts"
import { connectTeamMember, reactivateTeamMember } from "./teamMemberKinds.ts"
import { accountOf, endAll, factsOf, mayAsk, teamForUpdate } from "./teams.ts"

/** Who asks for a connection to be renewed must be one of the two whom it names (TMA-05). */
export class NotOneOfTheTwo extends Refusal<NotOneOfTheTwo>()(
  "NotOneOfTheTwo",
  {},
  {
    category: "forbidden",
    de: "Eine der beiden Adressen muss die Ihres eigenen Benutzerkontos sein.",
    en: "One of the two addresses must be that of your own account."
  }
) {}

// ---- looking ---------------------------------------------------------------------------------------------------------------------------

/** A team member as the primary sees them. */
export const Member = Schema.Struct({
  id: CoverageId,
  accountId: AccountId,
  email: Schema.String,
  name: Schema.String,
  term: Term,
  from: Instant.Instant,
  /** Null while it waits for a period to be paid; for `renewing` the end of what is paid now. */
  until: Schema.NullOr(Instant.Instant),
  /** `covered`; `waiting` for the beginning of its period or for the payment; `no-place` after a downgrade, until the primary has chosen. */
  state: Schema.Literals(["covered", "waiting", "no-place", "over"])
})

const KeyOfPage = Schema.Tuple([Schema.Int, CoverageId])
const keyOf = ({ coverage }: MemberView) => [coverage.decidedAt, coverage.id] as const

/** The caller's own team, who was confirmed first comes first. */
export const list = UseCase.query({
  name: "teamMembers.list",
  summary: "Lists the caller's team members with the time until which they are covered.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(Page.fields),
  output: Page.Page(Member),
  errors: [],
  run: Effect.fnUntraced(function* (input, { actor, now, settings }) {
    const window = yield* Page.window(KeyOfPage, input)
    const subscriptions = yield* SubscriptionRepository
    yield* callersAccount(actor)
    const { own } = yield* factsOf(actor.accountId, now)
    const stretches = paid(own.subscription)
    const covered = new Set(Coverage.covered(settings, own, now).map(({ id }) => id))
    const rows = yield* subscriptions.members(actor.accountId, window)
    return Page.make(rows, window, keyOf, ({ coverage, email, name }): typeof Member.Type => {
      const holds = Coverage.holds(settings, stretches, coverage, now)
      const alive = Coverage.isAlive(settings, stretches, coverage, now)
      return {
        id: coverage.id,
        accountId: coverage.memberId,
        email,
        name,
        term: coverage.term,
        from: coverage.from,
        until: Coverage.reaches(settings, stretches, coverage),
        state: covered.has(coverage.id) ? "covered" : holds ? "no-place" : alive ? "waiting" : "over"
      }
    })
  })
})

// ---- asking ----------------------------------------------------------------------------------------------------------------------------

/** What became of the form: the request, which the asker finds among their own. */
export const Asked = Schema.Struct({
  requestId: RequestId,
  number: ShortNumber,
  /** Whether the same had been asked before and is still open (REQ-09). */
  alreadyOpen: Schema.Boolean
})

/** Whether the plan that runs, or ran last, is one whose members need nobody but themselves. */
const isSelfService = (
  settings: Parameters<typeof planNamed>[0],
  team: Coverage.Team,
  now: Instant.Instant
): boolean => {
  const stretch = stretchAt(paid(team.subscription), now)
  return stretch !== undefined && planNamed(settings, stretch.plan)?.connection === "self-service"
}

/** The end of the period that runs, in its last days. */
const nextAskedFor = (
  settings: Parameters<typeof Coverage.inLastDays>[0],
  team: Coverage.Team,
  now: Instant.Instant
): Instant.Instant | null => {
  const current = stretchAt(paid(team.subscription), now)
  return current !== undefined && Coverage.inLastDays(settings, current.ends, now) ? current.ends : null
}

const perAccount = (_: unknown, { actor, settings }: UseCase.Call<"Account">) =>
  Effect.succeed([{ key: `teamMembers:${actor.accountId}`, limit: settings.limits.teamMembersPerAccount }])

/**
 * Both forms ask the same of those who decide: what they have refused a primary by one of them cools down before it is asked by the other (REQ-09).
 * By the form itself `submit` sees to that.
 */
const cooledDown = Effect.fnUntraced(function* (
  kind: typeof connectTeamMember | typeof reactivateTeamMember,
  primaryEmail: EmailAddress,
  memberEmail: EmailAddress,
  now: Instant.Instant
) {
  const requests = yield* RequestRepository
  const identity = kind.name === connectTeamMember.name ? memberEmail : `${primaryEmail} ${memberEmail}`
  const refused = (yield* requests.sameAs(primaryEmail, kind.name, identity)).find(({ state }) => state === "Refused")
  const until = refused === undefined ? 0 : (refused.endedAt ?? 0) + refused.rules.coolDown
  if (now < until) return yield* new CoolingDown({ until })
})

/**
 * The primary's form (TMA-02). Refused only for what the primary knows anyway: the own plan, its places, the own members. Whether the address has an
 * account, and what is wrong with it, only those learn who decide.
 */
export const askToConnect = UseCase.command({
  name: "teamMembers.askToConnect",
  summary: "Asks for a team member to be connected to the caller's plan.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ email: EmailAddressFromInput }),
  output: Asked,
  errors: [FeatureNotIncluded, NoPlaceLeft, AlreadyConnected, CoolingDown],
  limits: perAccount,
  unit: Effect.fnUntraced(function* ({ email }, unit) {
    const { now, settings } = unit
    const caller = yield* callersAccount(unit.actor)
    const { own } = yield* factsOf(caller.id, now)
    const member = yield* accountOf(email)
    yield* Effect.fromResult(mayAsk(settings, own, null, member?.id ?? null, now))
    yield* cooledDown(reactivateTeamMember, caller.email, email, now)
    const decides = isSelfService(settings, own, now) && member !== null && member.id !== caller.id
    const { outcome, request } = yield* submit(unit, connectTeamMember, {
      asker: { accountId: caller.id, email: caller.email, locale: caller.locale },
      payload: { primaryEmail: caller.email, memberEmail: email, decider: decides ? member.id : null },
      proven: true
    })
    return { requestId: request.id, number: request.number, alreadyOpen: outcome === "AlreadyOpen" }
  })
})

/**
 * The form for connecting again, by either side, naming both addresses (TMA-05). In the last days of a period it asks for the next one. The primary
 * is refused as in `askToConnect`; a member is never refused for what is on the primary's side.
 */
export const askToReactivate = UseCase.command({
  name: "teamMembers.askToReactivate",
  summary: "Asks for a team member to be connected again, by either side.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ primaryEmail: EmailAddressFromInput, memberEmail: EmailAddressFromInput }),
  output: Asked,
  errors: [NotOneOfTheTwo, FeatureNotIncluded, NoPlaceLeft, AlreadyConnected, CoolingDown],
  limits: perAccount,
  unit: Effect.fnUntraced(function* ({ memberEmail, primaryEmail }, unit) {
    const { now, settings } = unit
    const caller = yield* callersAccount(unit.actor)
    if (caller.email !== primaryEmail && caller.email !== memberEmail) return yield* new NotOneOfTheTwo()
    const primary = caller.email === primaryEmail ? caller : yield* accountOf(primaryEmail)
    const member = caller.email === memberEmail ? caller : yield* accountOf(memberEmail)
    const team = primary === null ? null : (yield* factsOf(primary.id, now)).own
    const askedForNext = team === null ? null : nextAskedFor(settings, team, now)
    if (team !== null && caller.id === primary?.id) {
      yield* Effect.fromResult(mayAsk(settings, team, askedForNext, member?.id ?? null, now))
      yield* cooledDown(connectTeamMember, primaryEmail, memberEmail, now)
    }
    const other = caller.id === primary?.id ? member : primary
    const decides = team !== null && isSelfService(settings, team, now) && other !== null && other.id !== caller.id
    const { outcome, request } = yield* submit(unit, reactivateTeamMember, {
      asker: { accountId: caller.id, email: caller.email, locale: caller.locale },
      payload: { primaryEmail, memberEmail, askedForNext, decider: decides ? other.id : null },
      proven: true
    })
    return { requestId: request.id, number: request.number, alreadyOpen: outcome === "AlreadyOpen" }
  })
})

// ---- ending ----------------------------------------------------------------------------------------------------------------------------

/** Ends a connection at once; what was promised for the next period goes with it. Either side may (TMA-06). */
export const end = UseCase.command({
  name: "teamMembers.end",
  summary: "Ends the connection between a primary account and a team member, by either side.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ coverageId: CoverageId }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ coverageId }, unit) {
    const subscriptions = yield* SubscriptionRepository
    const caller = yield* callersAccount(unit.actor)
    const found = yield* subscriptions.findCoverage(coverageId)
    if (Option.isNone(found)) return yield* new NotFound({ kind: "coverage" })
    const { memberId, primaryId } = found.value
    // nobody else gets as far as to lock anything
    if (caller.id !== memberId && caller.id !== primaryId) return yield* new NotFound({ kind: "coverage" })
    const team = yield* teamForUpdate(primaryId, unit.now)
    const coverage = team.coverages.find(({ id }) => id === coverageId)
    if (coverage === undefined) return yield* new NotFound({ kind: "coverage" })
    const ended = yield* Effect.fromResult(Coverage.end(coverage, caller.id, unit.now))
    const alike = team.coverages.filter(
      (other) => other.id !== coverageId && other.memberId === memberId && other.endedAt === null
    )
    const more = yield* Effect.forEach(alike, (other) => Effect.fromResult(Coverage.end(other, caller.id, unit.now)))
    yield* endAll(unit, team, [ended, ...more])
  })
})

/** After a downgrade: the primary says who stays, and the connections of the others end at once (TMA-07). */
export const chooseWhoStays = UseCase.command({
  name: "teamMembers.chooseWhoStays",
  summary: "Chooses which team members stay connected when the plan has fewer places than before.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({
    coverageIds: Schema.Array(CoverageId).check(
      Schema.makeFilter((ids) => (ids.length <= 1000 ? undefined : "too-many"))
    )
  }),
  output: Schema.Struct({ ended: Schema.Int }),
  errors: [ChoiceDoesNotFit],
  unit: Effect.fnUntraced(function* ({ coverageIds }, unit) {
    const caller = yield* callersAccount(unit.actor)
    const team = yield* teamForUpdate(caller.id, unit.now)
    const ended = yield* Effect.fromResult(Coverage.choose(unit.settings, team, coverageIds, unit.now))
    if (ended.length > 0) yield* endAll(unit, team, ended)
    return { ended: ended.length }
  })
})

/** Every use case about team members. */
export const useCases = UseCase.registry(list, askToConnect, askToReactivate, end, chooseWhoStays)
