export * as Invitation from "./Invitation.ts"
export {
  GrantorLostAuthority,
  InvitationClosed,
  InvitationForSomeoneElse,
  InvitationState,
  SignInToAccept
} from "./Invitation.ts"
export { InvitationRepository, type InvitationView } from "./InvitationRepository.ts"
export * from "./Invitations.ts"
export { invitationLink, mailKinds } from "./invitationMails.ts"
