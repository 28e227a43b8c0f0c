import { inBoth } from "./locales.ts"

/** The operator's people: who they are, and how operators appoint and dismiss them. */
export const staff = inBoth(
  {
    nav: "Kundendienst",
    people: "Personal",
    title: "Personal des Kundendienstes",
    lead: "Wer im Kundendienst Tickets bearbeitet und über Anträge entscheidet.",
    own: "Ihre Rolle",
    roles: { agent: "Sachbearbeitung", supervisor: "Leitung", operator: "Betrieb" },
    roleHints: {
      agent: "Bearbeitet Tickets und entscheidet über Anträge, die auf den Kundendienst warten.",
      supervisor: "Darf außerdem Spam zurücknehmen, Kundennummern und Postleitzahlen ändern und Zahlungen buchen.",
      operator: "Darf außerdem Personal bestellen und abberufen."
    },
    queue: "Anträge",
    queueTitle: "Anträge des Kundendienstes",
    configured:
      "Wen die Konfiguration des Portals zum Betrieb bestellt, der fehlt in dieser Liste, solange ihn niemand auch hier bestellt hat.",
    person: "Person",
    role: "Rolle",
    since: "Seit",
    you: "(Sie)",
    change: "Rolle ändern",
    changeOf: (name: string) => `Rolle ändern: ${name}`,
    dismiss: "Abberufen",
    dismissOf: (name: string) => `${name} abberufen`,
    noneTitle: "Noch niemand bestellt",
    none: "Zurzeit arbeiten hier nur die Personen, die in der Konfiguration des Portals stehen.",
    appointTitle: "Jemanden bestellen",
    appointLead:
      "Die Person braucht ein aktives Benutzerkonto. Wer schon zum Personal gehört, erhält die gewählte Rolle.",
    changeTitle: (name: string) => `Rolle von ${name} ändern`,
    email: "E-Mail-Adresse des Benutzerkontos",
    appointSubmit: "Bestellen",
    changeSubmit: "Rolle speichern",
    nobody: "Zu dieser Adresse gibt es kein aktives Benutzerkonto.",
    dismissTitle: (name: string) => `${name} abberufen?`,
    dismissLead:
      "Die Person entscheidet ab sofort nichts mehr für den Kundendienst. Was sie entschieden hat, bleibt; ihr Benutzerkonto auch.",
    dismissSubmit: "Ja, abberufen",

    homeTitle: "Willkommen im Kundendienst",
    homeLead: "Ihr Benutzerkonto gehört zum Kundendienst, aber zu keinem Kundenbereich."
  },
  {
    nav: "Support",
    people: "Staff",
    title: "Support staff",
    lead: "Who works on tickets and decides requests for support.",
    own: "Your role",
    roles: { agent: "Agent", supervisor: "Supervisor", operator: "Operator" },
    roleHints: {
      agent: "Works on tickets and decides requests that wait for support.",
      supervisor: "May also take back spam, change customer numbers and postal codes, and book payments.",
      operator: "May also appoint and dismiss staff."
    },
    queue: "Requests",
    queueTitle: "Requests for support",
    configured:
      "Those whom the portal's configuration makes operators are missing in this list unless somebody has appointed them here, too.",
    person: "Person",
    role: "Role",
    since: "Since",
    you: "(you)",
    change: "Change role",
    changeOf: (name: string) => `Change role: ${name}`,
    dismiss: "Dismiss",
    dismissOf: (name: string) => `Dismiss ${name}`,
    noneTitle: "Nobody appointed yet",
    none: "At present only those work here whom the portal's configuration names.",
    appointTitle: "Appoint somebody",
    appointLead: "The person needs an active account. Who belongs to the staff already gets the role that you choose.",
    changeTitle: (name: string) => `Change the role of ${name}`,
    email: "E-mail address of the account",
    appointSubmit: "Appoint",
    changeSubmit: "Save the role",
    nobody: "There is no active account with this address.",
    dismissTitle: (name: string) => `Dismiss ${name}?`,
    dismissLead:
      "From now on the person decides nothing for support. What they have decided stays, and so does their account.",
    dismissSubmit: "Yes, dismiss",

    homeTitle: "Welcome to support",
    homeLead: "Your account is one of support's, and belongs to no customer area."
  }
)
