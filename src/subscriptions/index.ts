import * as Subscriptions from "./Subscriptions.ts"
import * as subscriptionMails from "./subscriptionMails.ts"
import * as TeamMembers from "./TeamMembers.ts"
import { requestKinds } from "./teamMemberKinds.ts"

export {
  AlreadyConnected,
  ChoiceDoesNotFit,
  type Coverage,
  EndReason,
  MemberNotEligible,
  NoPaidPeriod,
  NoPlaceLeft,
  Obstacle,
  SomebodyElseDecides,
  type Team
} from "./Coverage.ts"
export { Explanation, entitlement, explain, type Facts } from "./Entitlement.ts"
export { type Plan, PlanView, TEAM_MEMBERS, UnknownPlan } from "./Plan.ts"
export {
  BillingEvent,
  BillingEventChanged,
  FeatureNotIncluded,
  type Standing,
  type Subscription,
  SubscriptionExists,
  SubscriptionState,
  standingAt,
  TrialNotOffered,
  TrialUsed
} from "./Subscription.ts"
export { SubscriptionRepository } from "./SubscriptionRepository.ts"
export { NotOneOfTheTwo } from "./TeamMembers.ts"
export { connectTeamMember, reactivateTeamMember, requestKinds } from "./teamMemberKinds.ts"
export { Subscriptions, TeamMembers }

/** Every use case of the room. */
export const useCases = [...Subscriptions.useCases, ...TeamMembers.useCases] as const

/** The room's own kinds of mail by name, for example to give one other words (`Mail.MailKind.override`); those of a kind of request are its `mails`. */
export const mails = subscriptionMails.mails

/** Every mail kind of the room, with those of its requests. */
export const mailKinds = [...Object.values(mails), ...requestKinds.flatMap(({ mailKinds }) => mailKinds)] as const
