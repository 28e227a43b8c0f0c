import * as Deputies from "./Deputies.ts"
import * as deputyMails from "./deputyMails.ts"
import * as Requests from "./Requests.ts"

export type { Authority } from "./Authority.ts"
export { deputies, endDeputy, nameDeputy } from "./Deputies.ts"
export { Deputy, DeputyNotPossible } from "./Deputy.ts"
export { DeputyRepository } from "./DeputyRepository.ts"
export {
  AnotherPersonNeeded,
  ApproverLostAuthority,
  AskerCannotDecide,
  AskerLostAuthority,
  Audience,
  CoolingDown,
  DecisionDiffers,
  EffectRefused,
  NotAmendable,
  Request,
  RequestClosed,
  RequestState,
  StaleDecision,
  StepNotPossible,
  transitions
} from "./Request.ts"
export * as RequestKind from "./RequestKind.ts"
export { RequestKinds } from "./RequestKinds.ts"
export { RequestRepository } from "./RequestRepository.ts"
export {
  amend,
  approve,
  decideMany,
  expireOverdue,
  get,
  mine,
  RequestView,
  refuse,
  remindDue,
  Waiting,
  waiting,
  withdraw
} from "./Requests.ts"
export { Detail, MailValues, type Texts } from "./requestMails.ts"
export {
  completeOffer,
  confirm,
  type Offer,
  openOffer,
  readConfirmation,
  readOffer,
  type Submit,
  type Submitted,
  submit
} from "./workflow.ts"

/** Every use case of the room. */
export const useCases = [...Requests.useCases, ...Deputies.useCases] as const

/** The room's own kinds of mail by name; those of a kind of request are its `mails`. */
export const mails = deputyMails.mails

/** Every mail kind of the room's own. */
export const mailKinds = Object.values(mails)
