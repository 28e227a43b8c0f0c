import * as Subscriptions from "./Subscriptions.ts"
import * as subscriptionMails from "./subscriptionMails.ts"
import * as TeamMembers from "./TeamMembers.ts"
import * as teamMemberKinds from "./teamMemberKinds.ts"

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
export { Subscriptions, TeamMembers }

/** Every use case of the room. */
export const useCases = [...Subscriptions.useCases, ...TeamMembers.useCases] as const

/** Every kind of request of the room, for `Requests.RequestKinds.layer`. */
export const requestKinds = teamMemberKinds.requestKinds

/** Every mail kind of the room, with those of its requests. */
export const mailKinds = [
  ...subscriptionMails.mailKinds,
  ...teamMemberKinds.connectTeamMember.mailKinds,
  ...teamMemberKinds.reactivateTeamMember.mailKinds
] as const
