import { inBoth } from "./locales.ts"

/** What staff do with customer areas and accounts. */
export const staffOffice = inBoth(
  {
    tenantsNav: "Kundenbereiche",
    accountsNav: "Benutzerkonten",
    tenantsTitle: "Kundenbereiche finden",
    tenantsLead: "Nach Nummer, Kundennummer, Name oder Ort.",
    search: "Nummer, Kundennummer, Name oder Ort",
    nothingTitle: "Nichts gefunden",
    nothing: "Dazu gibt es keinen Kundenbereich.",
    number: "Nummer",
    members: "Ansprechpartner",
    owners: "Aktive Inhaber",
    since: "Angelegt",
    open: "Öffnen",
    openOf: (name: string) => `${name} öffnen`,
    reason: "Grund",
    reasonHint: "Die Inhaber lesen ihn in der E-Mail, und er steht im Protokoll.",
    acts: {
      suspend: {
        title: "Sperren",
        lead: "Niemand kann in diesem Kundenbereich etwas tun, bis er wieder geöffnet wird.",
        submit: "Kundenbereich sperren"
      },
      restore: {
        title: "Wieder öffnen",
        lead: "Der Kundenbereich ist dann wieder, was er vor der Sperre war.",
        submit: "Kundenbereich wieder öffnen"
      },
      close: {
        title: "Für immer schließen",
        lead: "Einladungen, Links und offene Anträge enden, und für seine Ansprechpartner gibt es den Kundenbereich nicht mehr. Das lässt sich nicht zurücknehmen.",
        submit: "Kundenbereich schließen"
      },
      appoint: {
        title: "Inhaber bestellen",
        lead: "Nur nach einem Nachweis: Die Person wird Inhaber, und alle Inhaber erfahren es.",
        submit: "Zum Inhaber bestellen"
      }
    },
    email: "E-Mail-Adresse des Benutzerkontos",
    supervisorsOnly: "Sperren, öffnen und schließen darf die Leitung.",

    accountsTitle: "Benutzerkonto finden",
    accountsLead: "Nach E-Mail-Adresse oder Nummer.",
    accountSearch: "E-Mail-Adresse oder Nummer",
    accountNobodyTitle: "Nichts gefunden",
    accountNobody: "Dazu gibt es kein Benutzerkonto.",
    accountStates: { active: "aktiv", suspended: "gesperrt" },
    accountState: "Stand",
    accountTenants: "Kundenbereiche",
    soleOwner: "einziger Inhaber",
    accountReasonHint: "Die Person liest ihn in der E-Mail, und er steht im Protokoll.",
    suspendTitle: "Benutzerkonto sperren",
    suspendLead: "Die Person wird überall abgemeldet und kommt nicht mehr hinein.",
    suspendSubmit: "Benutzerkonto sperren",
    restoreTitle: "Benutzerkonto wieder öffnen",
    restoreLead: "Die Person kann sich wieder anmelden. Gesperrte Kundenbereiche bleiben gesperrt.",
    restoreSubmit: "Benutzerkonto wieder öffnen",
    successor: (tenant: string) => `Neuer Inhaber von „${tenant}“ (E-Mail-Adresse eines Mitglieds)`,
    successorHint: "Bleibt das leer, wird der Kundenbereich mit gesperrt.",
    successorUnknown: "Zu dieser Adresse gibt es kein Benutzerkonto."
  },
  {
    tenantsNav: "Customer areas",
    accountsNav: "Accounts",
    tenantsTitle: "Find customer areas",
    tenantsLead: "By number, customer number, name or place.",
    search: "Number, customer number, name or place",
    nothingTitle: "Nothing found",
    nothing: "There is no such customer area.",
    number: "Number",
    members: "Members",
    owners: "Active owners",
    since: "Made",
    open: "Open",
    openOf: (name: string) => `Open ${name}`,
    reason: "Reason",
    reasonHint: "The owners read it in the e-mail, and it stands in the log.",
    acts: {
      suspend: {
        title: "Suspend",
        lead: "Nobody can do anything in this customer area until it is restored.",
        submit: "Suspend the customer area"
      },
      restore: {
        title: "Restore",
        lead: "The customer area is then what it was before it was suspended.",
        submit: "Restore the customer area"
      },
      close: {
        title: "Close for ever",
        lead: "Invitations, links and open requests end, and to its members the customer area does not exist any more. This cannot be undone.",
        submit: "Close the customer area"
      },
      appoint: {
        title: "Appoint an owner",
        lead: "Only after a proof: the person becomes an owner, and every owner is told.",
        submit: "Appoint as an owner"
      }
    },
    email: "E-mail address of the account",
    supervisorsOnly: "Supervisors suspend, restore and close.",

    accountsTitle: "Find an account",
    accountsLead: "By e-mail address or number.",
    accountSearch: "E-mail address or number",
    accountNobodyTitle: "Nothing found",
    accountNobody: "There is no such account.",
    accountStates: { active: "active", suspended: "suspended" },
    accountState: "State",
    accountTenants: "Customer areas",
    soleOwner: "sole owner",
    accountReasonHint: "The person reads it in the e-mail, and it stands in the log.",
    suspendTitle: "Suspend the account",
    suspendLead: "The person is signed out everywhere and does not get in any more.",
    suspendSubmit: "Suspend the account",
    restoreTitle: "Restore the account",
    restoreLead: "The person can sign in again. Suspended customer areas stay suspended.",
    restoreSubmit: "Restore the account",
    successor: (tenant: string) => `New owner of “${tenant}” (e-mail address of a member)`,
    successorHint: "If this stays empty, the customer area is suspended, too.",
    successorUnknown: "There is no account with this address."
  }
)
