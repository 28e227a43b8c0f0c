import { inBoth } from "./locales.ts"

/** Registering by customer number, and what the approval's mail leads through. */
export const selfRegistration = inBoth(
  {
    link: "Noch kein Benutzer?",
    linkTitle: "Ihr Unternehmen ist schon Kunde?",
    linkLead: "Registrieren Sie sich mit Kundennummer und Postleitzahl.",
    title: "Noch kein Benutzer?",
    lead: "Registrieren Sie sich mit der Kundennummer Ihres Unternehmens. Die Administration Ihres Kundenbereichs bestätigt Sie.",
    email: "E-Mail-Adresse",
    emailHint: "An diese Adresse schicken wir alles Weitere.",
    customerNumber: "Kundennummer",
    customerNumberHint: "Sie steht auf unseren Angeboten und Rechnungen.",
    postalCode: "Postleitzahl",
    country: "Land",
    next: "Weiter",

    detailsTitle: "Ihre Angaben",
    detailsLead: "Noch Ihr Name und Ihre Zustimmung, dann ist die Registrierung unterwegs.",
    firstName: "Vorname",
    lastName: "Nachname",
    submit: "Registrieren",

    sentTitle: "Ihre Registrierung ist übermittelt",
    sentLead:
      "Wir haben Ihnen eine E-Mail geschickt. Bestätigen Sie darin Ihre Registrierung; der Link gilt 24 Stunden.",

    confirmTitle: "Registrierung bestätigen",
    confirmLead: "Prüfen Sie Ihre Angaben und bestätigen Sie Ihre Registrierung.",
    name: "Name",
    confirm: "Bestätigen",
    confirmedTitle: "Ihre Registrierung ist bestätigt",
    confirmedLead:
      "Wie es weitergeht, steht in der nächsten E-Mail an Ihre Adresse. Wenn Ihre Angaben stimmen, entscheidet die Administration Ihres Kundenbereichs; das kann einige Tage dauern.",

    welcomeTitle: (tenant: string) => `Willkommen bei „${tenant}“`,
    welcomeLead: "Ihre Registrierung ist bestätigt. In wenigen Schritten haben Sie Zugang zum Kundenbereich.",
    tenant: "Kundenbereich",
    roles: "Ihre Rolle",
    until: "Gültig bis",
    steps: [
      { title: "Nutzungsbedingungen", text: "Lesen und zustimmen." },
      { title: "Datenschutz", text: "Die Datenschutzerklärung bestätigen." },
      { title: "Passwort", text: "Ein Passwort festlegen; danach sind Sie angemeldet." }
    ],
    join: "Kundenbereich beitreten",
    joinLead: (email: string) => `Sie sind als ${email} angemeldet und treten mit diesem Benutzerkonto bei.`,
    signIn: "Anmelden und beitreten",
    signInLead: "Für Ihre E-Mail-Adresse gibt es ein Benutzerkonto. Melden Sie sich an, um beizutreten.",
    switch: "Abmelden und Konto wechseln",
    switchLead: (email: string) => `Sie sind als ${email} angemeldet. Diese Zusage gilt einer anderen Person.`,
    agreeTitles: { terms: "Nutzungsbedingungen", privacy: "Datenschutzerklärung" },
    agreeTitle: "Zustimmung",
    agreeNeeded: "Ohne diese Zustimmung geht es nicht.",
    passwordTitle: "Passwort festlegen",
    passwordLead: "Der letzte Schritt: Danach sind Sie angemeldet und gehören zum Kundenbereich.",
    password: "Passwort",
    finish: "Registrierung abschließen",

    askTitle: "Kundenbereich beitreten",
    askLead: "Mit Kundennummer und Postleitzahl Ihres Unternehmens bitten Sie dessen Administration um Aufnahme.",
    askSubmit: "Beitritt anfragen",
    askLink: "Mit Kundennummer beitreten"
  },
  {
    link: "No user yet?",
    linkTitle: "Your company is a customer already?",
    linkLead: "Register with its customer number and postal code.",
    title: "No user yet?",
    lead: "Register with your company's customer number. The administrator of your customer area approves you.",
    email: "E-mail address",
    emailHint: "We send everything else to this address.",
    customerNumber: "Customer number",
    customerNumberHint: "It is on our offers and invoices.",
    postalCode: "Postal code",
    country: "Country",
    next: "Next",

    detailsTitle: "About you",
    detailsLead: "Your name and your consent, and the registration is on its way.",
    firstName: "First name",
    lastName: "Last name",
    submit: "Register",

    sentTitle: "Your registration has been submitted",
    sentLead: "We sent you an e-mail. Confirm your registration in it; the link is valid for 24 hours.",

    confirmTitle: "Confirm your registration",
    confirmLead: "Check what you entered and confirm your registration.",
    name: "Name",
    confirm: "Confirm",
    confirmedTitle: "Your registration is confirmed",
    confirmedLead:
      "The next e-mail to your address says how it goes on. If what you entered is right, the administrator of your customer area decides; that can take a few days.",

    welcomeTitle: (tenant: string) => `Welcome to “${tenant}”`,
    welcomeLead: "Your registration was approved. A few steps, and you have access to the customer area.",
    tenant: "Customer area",
    roles: "Your role",
    until: "Valid until",
    steps: [
      { title: "Terms of use", text: "Read and accept them." },
      { title: "Privacy", text: "Confirm the privacy statement." },
      { title: "Password", text: "Choose a password; you are signed in afterwards." }
    ],
    join: "Join the customer area",
    joinLead: (email: string) => `You are signed in as ${email} and join with this account.`,
    signIn: "Sign in and join",
    signInLead: "There is an account for your e-mail address. Sign in to join.",
    switch: "Sign out and switch account",
    switchLead: (email: string) => `You are signed in as ${email}. This approval is for somebody else.`,
    agreeTitles: { terms: "Terms of use", privacy: "Privacy statement" },
    agreeTitle: "Consent",
    agreeNeeded: "It does not work without this consent.",
    passwordTitle: "Choose a password",
    passwordLead: "The last step: you are signed in afterwards and belong to the customer area.",
    password: "Password",
    finish: "Complete the registration",

    askTitle: "Join a customer area",
    askLead: "With your company's customer number and postal code you ask its administrator to take you in.",
    askSubmit: "Ask to join",
    askLink: "Join by customer number"
  }
)
