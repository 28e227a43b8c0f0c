import * as accountMails from "./accountMails.ts"
import * as EmailChanges from "./EmailChanges.ts"
import * as emailChangeMails from "./emailChangeMails.ts"
import * as Passwords from "./Passwords.ts"
import * as Profiles from "./Profiles.ts"
import * as Registrations from "./Registrations.ts"
import * as SecondFactors from "./SecondFactors.ts"
import * as Sessions from "./Sessions.ts"
import * as SignIns from "./SignIns.ts"
import * as StaffMembers from "./StaffMembers.ts"
import * as Suspensions from "./Suspensions.ts"
import * as signInMails from "./signInMails.ts"
import * as suspensionMails from "./suspensionMails.ts"

export * as Account from "./Account.ts"
export { AccountRepository } from "./AccountRepository.ts"
export { passwordResetLink, registrationLink } from "./accountMails.ts"
export { ChallengeUnusable, CodeRefused } from "./Challenge.ts"
export { ChallengeRepository } from "./ChallengeRepository.ts"
export { callersAccount } from "./callersAccount.ts"
export {
  AddressConfigured,
  AddressTaken,
  AddressTooNew,
  AddressUnchanged,
  ChangeOfSomeoneElse,
  settlesAt
} from "./EmailChange.ts"
export { emailChangeLink } from "./emailChangeMails.ts"
export { PasswordRefused, passwordFaultTexts } from "./Password.ts"
export { HasherUnavailable, PasswordHasher } from "./PasswordHasher.ts"
export { CommonPasswords, PasswordBreaches } from "./passwordPolicy.ts"
export { AlreadyRegistered } from "./Registration.ts"
export { RegistrationRepository } from "./RegistrationRepository.ts"
export { SecondFactorRepository } from "./SecondFactorRepository.ts"
export { AccountView, SecondFactorNeeded, SignedIn, SignInOutcome, SignInRefused } from "./Session.ts"
export { SessionRepository } from "./SessionRepository.ts"
export { AppointedByConfiguration, StaffMember, StaffRole } from "./StaffMember.ts"
export { StaffRepository } from "./StaffRepository.ts"
export { CodeRequired, PasswordWrong } from "./StepUp.ts"
export { AccountStateUnsuitable, SuccessorUnsuitable } from "./Suspension.ts"
export { EmailChanges, Passwords, Profiles, Registrations, SecondFactors, Sessions, SignIns, StaffMembers, Suspensions }

/** Every use case of the room. */
export const useCases = [
  ...Registrations.useCases,
  ...SignIns.useCases,
  ...Sessions.useCases,
  ...Passwords.useCases,
  ...Profiles.useCases,
  ...EmailChanges.useCases,
  ...SecondFactors.useCases,
  ...StaffMembers.useCases,
  ...Suspensions.useCases
] as const

/** The room's kinds of mail by name, for example to give one other words (`Mail.MailKind.override`). */
export const mails = {
  ...accountMails.mails,
  ...emailChangeMails.mails,
  ...signInMails.mails,
  ...suspensionMails.mails
} as const

/** Every mail kind of the room. */
export const mailKinds = Object.values(mails)
