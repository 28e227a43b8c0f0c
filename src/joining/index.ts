import * as joiningMails from "./joiningMails.ts"
import { joinTenant } from "./joinTenant.ts"
import * as SelfRegistrations from "./SelfRegistrations.ts"

export { offerLink, selfRegistrationLink } from "./joiningMails.ts"
export { Joining, JoiningDecision, joinTenant } from "./joinTenant.ts"
export { ApprovalForSomeoneElse, type SelfRegistration, SignInToJoin } from "./SelfRegistration.ts"
export { SelfRegistrationRepository } from "./SelfRegistrationRepository.ts"
export { SelfRegistrations }

/** Every use case of the room. */
export const useCases = SelfRegistrations.useCases

/** Every kind of request of the room, for `Requests.RequestKinds.layer`. */
export const requestKinds = [joinTenant] as const

/** The room's own kinds of mail by name, for example to give one other words (`Mail.MailKind.override`); those of a kind of request are its `mails`. */
export const mails = joiningMails.mails

/** Every mail kind of the room, with those of its requests. */
export const mailKinds = [...Object.values(mails), ...joinTenant.mailKinds] as const
