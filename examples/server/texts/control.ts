import { inBoth } from "./locales.ts"

/** What owners rule in their customer area: who owns it, mail domains, and a second factor for everybody. */
export const control = inBoth(
  {
    nav: "Sicherheit",
    title: "Sicherheit und Beitritt",
    lead: "Regeln, die für alle Ansprechpartner dieses Kundenbereichs gelten.",

    factorTitle: "Zweiter Faktor",
    factorOn:
      "Alle Ansprechpartner brauchen einen zweiten Faktor. Wer keinen hat, kommt hier nicht hinein, bis er einen einrichtet.",
    factorOff: "Zurzeit kommen Ansprechpartner auch ohne zweiten Faktor in diesen Kundenbereich.",
    factorTurnOn: "Zweiten Faktor verlangen",
    factorTurnOff: "Nicht mehr verlangen",
    factorOwn: "Mein eigener zweiter Faktor",
    factorNeededTitle: "Dieser Kundenbereich verlangt einen zweiten Faktor",
    factorNeeded:
      "Die Inhaber dieses Kundenbereichs verlangen von allen Ansprechpartnern einen zweiten Faktor. Richten Sie in Ihrem Benutzerkonto eine Authenticator-App ein, dann kommen Sie hinein.",
    factorSetUp: "Zweiten Faktor einrichten",
    factorMissing: "Zweiter Faktor nötig",

    domainsTitle: "E-Mail-Domains",
    domainsLead:
      "Weisen Sie nach, dass eine Domain zu Ihnen gehört. Dann können Personen mit einer bestätigten Adresse dieser Domain beitreten oder darum bitten.",
    domain: "Domain",
    domainHint: "Zum Beispiel firma.example; ohne „@“.",
    domainState: "Stand",
    domainStates: { claimed: "noch nicht nachgewiesen", proven: "nachgewiesen" },
    domainMissing: "Eintrag zuletzt nicht gefunden",
    domainJoining: "Beitritt",
    joinings: {
      nobody: "niemand",
      ask: "nach Anfrage",
      "at-once": "sofort"
    },
    joiningHints: {
      nobody: "Über diese Domain tritt niemand bei.",
      ask: "Wer eine Adresse der Domain hat, kann um Beitritt bitten; Sie entscheiden.",
      "at-once": "Wer eine bestätigte Adresse der Domain hat, tritt ohne Rückfrage bei."
    },
    domainAdd: "Domain angeben",
    domainOpen: "Ansehen",
    domainOpenOf: (domain: string) => `${domain} ansehen`,
    noDomainsTitle: "Noch keine Domain",
    noDomains: "Geben Sie unten die Domain an, unter der Ihre Leute ihre E-Mail-Adressen haben.",
    recordTitle: "Nachweis durch einen Eintrag im DNS",
    recordLead: "Legen Sie bei Ihrem Domain-Anbieter diesen TXT-Eintrag an, und lassen Sie ihn dann hier prüfen.",
    recordName: "Name",
    recordValue: "Wert",
    recordCheck: "Jetzt prüfen",
    recordAgain: "Der Eintrag muss bleiben: Er wird regelmäßig wieder gesucht.",
    postmasterTitle: "Nachweis durch eine E-Mail",
    postmasterLead: (address: string) =>
      `Wir schicken eine E-Mail mit einem Link an ${address}. Wer sie liest, kann den Nachweis bestätigen.`,
    postmasterSend: "E-Mail schicken",
    methods: { dns: "durch einen Eintrag im DNS", postmaster: "durch eine E-Mail an den Postmaster" },
    provenBy: "Nachgewiesen",
    provenUntil: "Gilt bis",
    joiningTitle: "Wer beitreten kann",
    joiningRole: "Rolle",
    domainRemove: "Domain entfernen",
    domainRemoveTitle: (domain: string) => `${domain} entfernen?`,
    domainRemoveLead: "Über diese Domain tritt dann niemand mehr bei. Wer schon beigetreten ist, bleibt.",
    domainRemoveSubmit: "Ja, entfernen",
    domainConfirmTitle: (domain: string) => `Gehört ${domain} zu diesem Kunden?`,
    domainConfirmLead: (tenant: string) =>
      `Der Kundenbereich „${tenant}“ gibt an, dass diese Domain zu ihm gehört. Bestätigen Sie das nur, wenn es stimmt: Er kann dann Personen mit einer Adresse dieser Domain aufnehmen.`,
    domainConfirmSubmit: "Ja, das stimmt",

    offersTitle: "Beitreten über Ihre E-Mail-Domain",
    offerAtOnce: (tenant: string) => `Mit Ihrer Adresse können Sie „${tenant}“ sofort beitreten.`,
    offerAsk: (tenant: string) => `Mit Ihrer Adresse können Sie um Beitritt zu „${tenant}“ bitten.`,
    joinAtOnce: "Beitreten",
    joinAsk: "Um Beitritt bitten",

    ownershipTitle: "Inhaberschaft übergeben",
    ownershipLead:
      "Sie bieten jemandem an, Inhaber dieses Kundenbereichs zu werden. Sobald die Person annimmt, geben Sie diese Rolle ab.",
    ownershipTo: "Neuer Inhaber",
    ownershipAfter: "Ihre Rolle danach",
    ownershipSubmit: "Anbieten",
    ownershipNobody: "Außer den Inhabern gehört noch niemand zu diesem Kundenbereich.",
    ownershipOpen: "Offene Angebote",
    ownershipOffered: (giver: string, receiver: string) => `${giver} bietet ${receiver} die Inhaberschaft an.`,
    ownershipUntil: "Anzunehmen bis",
    ownershipNumber: "Antrag",
    ownershipWithdraw: "Angebot zurückziehen"
  },
  {
    nav: "Security",
    title: "Security and joining",
    lead: "Rules for everybody who belongs to this customer area.",

    factorTitle: "Second factor",
    factorOn: "Every member needs a second factor. Who has none does not get in here until they set one up.",
    factorOff: "At present members get into this customer area without a second factor, too.",
    factorTurnOn: "Require a second factor",
    factorTurnOff: "Stop requiring it",
    factorOwn: "My own second factor",
    factorNeededTitle: "This customer area requires a second factor",
    factorNeeded:
      "The owners of this customer area require a second factor of every member. Set up an authenticator app in your account, and you will get in.",
    factorSetUp: "Set up a second factor",
    factorMissing: "Second factor needed",

    domainsTitle: "Mail domains",
    domainsLead:
      "Prove that a domain is yours. Then people with a confirmed address of this domain can join, or ask to.",
    domain: "Domain",
    domainHint: "For example firm.example; without “@”.",
    domainState: "State",
    domainStates: { claimed: "not proven yet", proven: "proven" },
    domainMissing: "record not found lately",
    domainJoining: "Joining",
    joinings: {
      nobody: "nobody",
      ask: "on request",
      "at-once": "at once"
    },
    joiningHints: {
      nobody: "Nobody joins by this domain.",
      ask: "Who has an address of the domain can ask to join; you decide.",
      "at-once": "Who has a confirmed address of the domain joins without being asked about."
    },
    domainAdd: "Name the domain",
    domainOpen: "Look",
    domainOpenOf: (domain: string) => `Look at ${domain}`,
    noDomainsTitle: "No domain yet",
    noDomains: "Name the domain below in which your people have their e-mail addresses.",
    recordTitle: "Proof by a DNS record",
    recordLead: "Make this TXT record at your domain's provider, and then have it checked here.",
    recordName: "Name",
    recordValue: "Value",
    recordCheck: "Check now",
    recordAgain: "The record must stay: it is looked for again from time to time.",
    postmasterTitle: "Proof by e-mail",
    postmasterLead: (address: string) =>
      `We send an e-mail with a link to ${address}. Whoever reads it can confirm the proof.`,
    postmasterSend: "Send the e-mail",
    methods: { dns: "by a DNS record", postmaster: "by an e-mail to the postmaster" },
    provenBy: "Proven",
    provenUntil: "Valid until",
    joiningTitle: "Who can join",
    joiningRole: "Role",
    domainRemove: "Remove the domain",
    domainRemoveTitle: (domain: string) => `Remove ${domain}?`,
    domainRemoveLead: "Nobody joins by this domain then. Who has joined already stays.",
    domainRemoveSubmit: "Yes, remove",
    domainConfirmTitle: (domain: string) => `Does ${domain} belong to this customer?`,
    domainConfirmLead: (tenant: string) =>
      `The customer area “${tenant}” says that this domain is its own. Confirm this only if it is right: it can then take in people with an address of this domain.`,
    domainConfirmSubmit: "Yes, this is right",

    offersTitle: "Join by your mail domain",
    offerAtOnce: (tenant: string) => `With your address you can join “${tenant}” at once.`,
    offerAsk: (tenant: string) => `With your address you can ask to join “${tenant}”.`,
    joinAtOnce: "Join",
    joinAsk: "Ask to join",

    ownershipTitle: "Hand over the ownership",
    ownershipLead:
      "You offer somebody to become an owner of this customer area. As soon as they accept, you give this role up.",
    ownershipTo: "New owner",
    ownershipAfter: "Your role afterwards",
    ownershipSubmit: "Offer",
    ownershipNobody: "Nobody but the owners belongs to this customer area yet.",
    ownershipOpen: "Open offers",
    ownershipOffered: (giver: string, receiver: string) => `${giver} offers the ownership to ${receiver}.`,
    ownershipUntil: "To be accepted by",
    ownershipNumber: "Request",
    ownershipWithdraw: "Withdraw the offer"
  }
)
