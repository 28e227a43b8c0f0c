import { inBoth } from "./locales.ts"

/** What the next page says about an act that has just succeeded. */
export const notices = inBoth(
  {
    challengeUnusable: "Diese Anmeldung kann nicht fortgesetzt werden. Bitte beginnen Sie von vorn.",
    signedOut: "Sie sind abgemeldet.",
    registrationConfirmed: "Ihr Benutzerkonto ist aktiv. Willkommen!",
    registrationMailSent: "Falls eine Registrierung offen ist, ist die E-Mail unterwegs.",
    passwordReset: "Ihr neues Passwort gilt. Bitte melden Sie sich an.",
    passwordChanged: "Ihr Passwort ist geändert. Alle anderen Sitzungen sind beendet.",
    tenantSaved: "Die Angaben zum Kundenbereich sind gespeichert.",
    mailPreferencesSaved: "Ihre Auswahl ist gespeichert.",
    secondFactorOff: "Die Zwei-Faktor-Authentifizierung ist ausgeschaltet.",
    sessionEnded: "Die Sitzung ist beendet.",
    sessionsEnded: "Alle anderen Sitzungen sind beendet.",
    invitationSent: "Die Einladung ist unterwegs.",
    invitationResent: "Die Einladung ist erneut unterwegs. Der ältere Link gilt nicht mehr.",
    invitationRevoked: "Die Einladung ist zurückgezogen.",
    invitationDeclined: "Sie haben die Einladung abgelehnt.",
    alreadyMember: "Sie gehören diesem Kundenbereich bereits an.",
    joined: "Willkommen! Sie sind dem Kundenbereich beigetreten.",
    left: "Sie haben den Kundenbereich verlassen.",
    rolesChanged: "Die Rollen sind gespeichert.",
    memberRemoved: "Die Person gehört nicht mehr zum Kundenbereich.",
    contactMailSent:
      "Wir haben Ihnen eine E-Mail geschickt. Die neue Adresse gilt, sobald der Link darin bestätigt ist.",
    contactConfirmed: "Ihre Kontaktadresse ist bestätigt."
  },
  {
    challengeUnusable: "This sign-in cannot be continued. Please start again.",
    signedOut: "You are signed out.",
    registrationConfirmed: "Your account is active. Welcome!",
    registrationMailSent: "If a registration is open, the e-mail is on its way.",
    passwordReset: "Your new password is valid. Please sign in.",
    passwordChanged: "Your password is changed. All other sessions have ended.",
    tenantSaved: "The details of the customer area are saved.",
    mailPreferencesSaved: "Your choice is saved.",
    secondFactorOff: "Two-factor authentication is turned off.",
    sessionEnded: "The session has ended.",
    sessionsEnded: "All other sessions have ended.",
    invitationSent: "The invitation is on its way.",
    invitationResent: "The invitation is on its way again. The older link is void.",
    invitationRevoked: "The invitation is revoked.",
    invitationDeclined: "You have declined the invitation.",
    alreadyMember: "You belong to this customer area already.",
    joined: "Welcome! You have joined the customer area.",
    left: "You have left the customer area.",
    rolesChanged: "The roles are saved.",
    memberRemoved: "The person no longer belongs to the customer area.",
    contactMailSent: "We sent you an e-mail. The new address takes effect when its link is confirmed.",
    contactConfirmed: "Your contact address is confirmed."
  }
)
