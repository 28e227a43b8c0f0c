import { inBoth } from "./locales.ts"

export const registration = inBoth(
  {
    title: "Benutzerkonto anlegen",
    lead: "Ihr Benutzerkonto gehört Ihnen persönlich. Einem Kundenbereich treten Sie danach per Einladung bei.",
    already: "Schon registriert?",
    firstName: "Vorname",
    lastName: "Nachname",
    email: "E-Mail-Adresse",
    emailHint: "Am besten Ihre geschäftliche Adresse: An diese schickt Ihre Administration die Einladung.",
    company: "Unternehmen",
    password: "Passwort",
    secondFactor: "Ich möchte mein Konto zusätzlich mit einer Authentifizierungs-App schützen.",
    secondFactorHint: "Zwei-Faktor-Authentifizierung; die Einrichtung folgt im nächsten Schritt.",
    fullText: "Wortlaut anzeigen",
    submit: "Weiter",

    factorTitle: "Authentifizierungs-App einrichten",
    factorLead: "Der Schutz gilt, sobald Sie Ihre Registrierung über den Link in unserer E-Mail bestätigt haben.",
    factorSkip: "Ohne App fortfahren",

    sentTitle: "Wir haben Ihnen eine E-Mail geschickt",
    sentLead: "Öffnen Sie den Link darin, um Ihre Registrierung abzuschließen. Er gilt 24 Stunden.",
    sentTo: (email: string) => `Die E-Mail geht an ${email}.`,
    sentNothingTitle: "Nichts angekommen?",
    sentNothing:
      "Sehen Sie bitte auch im Spam-Ordner nach. Sie können die E-Mail erneut anfordern; der ältere Link gilt dann nicht mehr.",
    resend: "E-Mail erneut senden",

    confirmTitle: "Registrierung bestätigen",
    confirmKnown:
      "Geben Sie das Passwort ein, das Sie bei der Registrierung gewählt haben. Danach sind Sie angemeldet.",
    confirmChoose: "Wählen Sie ein Passwort. Danach sind Sie angemeldet.",
    confirmReplace:
      "Wählen Sie ein neues Passwort. Was bei der Registrierung vorbereitet war (Passwort, zweiter Faktor), wird verworfen.",
    confirmFor: "Benutzerkonto",
    confirmFactor:
      "Danach sehen Sie Ihre Wiederherstellungscodes und geben einen Code aus Ihrer Authentifizierungs-App ein.",
    confirmSubmit: "Bestätigen und anmelden",
    confirmForgotten: "Ich weiß das Passwort nicht mehr",
    confirmRemembered: "Ich weiß das Passwort doch",
    newPassword: "Neues Passwort"
  },
  {
    title: "Create your account",
    lead: "Your account is yours alone. You join a customer area afterwards, by invitation.",
    already: "Already registered?",
    firstName: "First name",
    lastName: "Last name",
    email: "E-mail address",
    emailHint: "Preferably your business address: your administrator sends the invitation there.",
    company: "Company",
    password: "Password",
    secondFactor: "I want to protect my account with an authenticator app as well.",
    secondFactorHint: "Two-factor authentication; you set it up in the next step.",
    fullText: "Read the full text",
    submit: "Continue",

    factorTitle: "Set up an authenticator app",
    factorLead: "The protection starts once you have confirmed your registration with the link in our e-mail.",
    factorSkip: "Continue without an app",

    sentTitle: "We sent you an e-mail",
    sentLead: "Open the link in it to finish your registration. It is valid for 24 hours.",
    sentTo: (email: string) => `The e-mail goes to ${email}.`,
    sentNothingTitle: "Nothing arrived?",
    sentNothing: "Please check your spam folder, too. You can ask for the e-mail again; the older link is void then.",
    resend: "Send the e-mail again",

    confirmTitle: "Confirm your registration",
    confirmKnown: "Enter the password that you chose when you registered. You are signed in afterwards.",
    confirmChoose: "Choose a password. You are signed in afterwards.",
    confirmReplace: "Choose a new password. What the registration had prepared (password, second factor) is dropped.",
    confirmFor: "Account",
    confirmFactor: "You then see your recovery codes, and enter a code from your authenticator app.",
    confirmSubmit: "Confirm and sign in",
    confirmForgotten: "I do not remember the password",
    confirmRemembered: "I do remember the password",
    newPassword: "New password"
  }
)
