import { Option } from "effect"
import { Accounts, Invitations, Joining, Settings, Tenants, Tickets } from "portico"
import { DEMO_OPERATOR, mailDomain, type PortalConfigShape } from "./config.ts"
import { linkPaths } from "./http/paths.ts"

/** What a person agrees to when an account is made. A portal that people really use puts its own text here, and counts the version up with it. */
const privacy = {
  kind: "privacy",
  version: "1",
  label: {
    de: "Ich habe die Datenschutzerklärung gelesen und stimme ihr zu.",
    en: "I have read the privacy statement and agree to it."
  },
  text: {
    de: "Wir speichern Ihren Namen, Ihre E-Mail-Adresse und Ihre Anmeldungen, um Ihnen das Kundenportal bereitzustellen. Ihren Namen und Ihre Kontaktadresse sehen die Ansprechpartner der Kundenbereiche, denen Sie beitreten. Andere erhalten Ihre Daten nicht.",
    en: "We keep your name, your e-mail address and your sign-ins in order to provide the customer portal to you. The members of the customer areas that you join see your name and your contact address. Nobody else gets your data."
  }
}

const ticketPrivacy = {
  kind: "privacy",
  version: "1-ticket",
  label: privacy.label,
  text: {
    de: "Wir speichern Ihren Namen, Ihre E-Mail-Adresse und was Sie uns schreiben, um Ihr Anliegen zu bearbeiten. Der Kundendienst und die Beteiligten Ihres Tickets lesen es. Andere erhalten Ihre Daten nicht.",
    en: "We keep your name, your e-mail address and what you write to us in order to deal with your request. Support and those who take part in your ticket read it. Nobody else gets your data."
  }
}

const terms = {
  kind: "terms",
  version: "1",
  label: {
    de: "Ich habe die Allgemeinen Nutzungsbedingungen gelesen und stimme ihnen zu.",
    en: "I have read the terms of use and agree to them."
  },
  text: {
    de: "Sie nutzen das Kundenportal für die Zwecke Ihres Unternehmens. Ihr Benutzerkonto gehört Ihnen persönlich: Geben Sie Ihr Passwort nicht weiter. Die Administration Ihres Kundenbereichs kann Ihren Zugang jederzeit beenden.",
    en: "You use the customer portal for the purposes of your company. Your account is yours alone: do not share your password. The administrator of your customer area can end your access at any time."
  }
}

/** Beside the library's examples, so that a smaller plan with a place can be tried. */
const duo = {
  key: "duo",
  name: { de: "Duo", en: "Duo" },
  period: "month",
  features: ["analytics", "exports"],
  teamMembers: 1,
  connection: "by-support"
} as const

/** A role of this portal's own beside the built-in ones: sees who belongs to the customer area and what happened there, and changes nothing. */
const accounting = {
  name: "accounting",
  label: { de: "Buchhaltung", en: "Accounting" },
  permissions: ["tenant.read", "members.read", "audit.read"]
} as const

/** The employee of a main account who looks after its sub accounts: with "all locations" the other permissions count there, too. */
const branches = {
  name: "branches",
  label: { de: "Standortbetreuung", en: "Branch support" },
  permissions: [
    "tenant.read",
    "members.read",
    "members.change",
    "invitations.read",
    "invitations.create",
    "locations.read",
    "locations.access"
  ]
} as const

/** The library's settings for this portal; whatever is not named here stays as the library has it. */
export const portalSettings = (config: PortalConfigShape): Settings.SettingsInput => {
  const domain = mailDomain(config.baseUrl)
  return {
    // in development the mails name somebody who is there
    product: { name: "Portico", support: config.development ? DEMO_OPERATOR : `support@${domain}` },
    links: {
      base: config.baseUrl,
      paths: {
        [Accounts.registrationLink.name]: linkPaths.registration,
        [Accounts.passwordResetLink.name]: linkPaths.passwordReset,
        [Accounts.emailChangeLink.name]: linkPaths.emailChange,
        [Tenants.contactEmailLink.name]: linkPaths.contactAddress,
        [Tenants.domainLink.name]: linkPaths.domain,
        [Invitations.invitationLink.name]: linkPaths.invitation,
        [Invitations.shareableLink.name]: linkPaths.shared,
        [Invitations.addressOfShareableLink.name]: linkPaths.shared,
        [Joining.selfRegistrationLink.name]: linkPaths.selfRegistration,
        [Joining.offerLink.name]: linkPaths.welcome,
        [Tickets.feedbackLink.name]: linkPaths.ticketFeedback
      }
    },
    mail: {
      from: { name: "Portico", address: config.mailFrom ?? `portal@${domain}` },
      domain,
      timeZone: config.timeZone
    },
    consents: {
      required: {
        registration: [privacy],
        invitation: [privacy],
        contact: [terms, privacy],
        selfRegistration: [privacy],
        selfRegistrationCompletion: [terms, privacy],
        ticket: [ticketPrivacy]
      }
    },
    roles: [...Settings.defaults.roles, branches, accounting],
    plans: [...Settings.defaults.plans, duo],
    // setting up takes seconds here, see provisioning.ts
    orders: { poll: "5 seconds" },
    staff: { operators: config.operators },
    tickets: {
      categories: [
        { key: "question", label: { de: "Frage", en: "Question" } },
        { key: "fault", label: { de: "Störung", en: "Fault" } },
        { key: "invoice", label: { de: "Rechnung und Vertrag", en: "Invoice and contract" } }
      ]
    },
    inbound: { address: config.mailbox },
    // where nothing scans them, people get files with a note that says so
    files: { serveUnscanned: Option.isNone(config.clamd) }
  }
}
