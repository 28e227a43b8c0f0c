import * as BulkInvitations from "./BulkInvitations.ts"
import * as Invitations from "./Invitations.ts"
import * as invitationMails from "./invitationMails.ts"
import * as ShareableLinks from "./ShareableLinks.ts"

export { inviteMany, MOST_ADDRESSES, Outcome as InviteOutcome } from "./BulkInvitations.ts"
export * as Invitation from "./Invitation.ts"
export {
  Contact,
  GrantorLostAuthority,
  InvitationClosed,
  InvitationForSomeoneElse,
  InvitationState,
  SignInToAccept
} from "./Invitation.ts"
export { InvitationRepository, type InvitationView } from "./InvitationRepository.ts"
export {
  accept,
  acceptAsNew,
  acceptMine,
  addContact,
  decline,
  declineMine,
  expireOverdue,
  invite,
  inviteFirstOwner,
  Joined,
  Listed,
  list,
  mine,
  offerToFirstOwner,
  read,
  revoke,
  sendAgain
} from "./Invitations.ts"
export { addressOfShareableLink, invitationLink, shareableLink } from "./invitationMails.ts"
export { Sent } from "./offers.ts"
export * as ShareableLink from "./ShareableLink.ts"
export { ShareableLinkRepository, type ShareableLinkView } from "./ShareableLinkRepository.ts"
export { ShareableLinks }

/** Every use case of the room. */
export const useCases = [...Invitations.useCases, ...BulkInvitations.useCases, ...ShareableLinks.useCases] as const

/** The room's kinds of mail by name, for example to give one other words (`Mail.MailKind.override`). */
export const mails = invitationMails.mails

/** Every mail kind of the room. */
export const mailKinds = Object.values(mails)
