import { inBoth } from "./locales.ts"

export const start = inBoth(
  {
    title: "Willkommen im Kundenportal",
    lead: "Alles rund um Ihr Unternehmen an einem Ort: Kundenbereiche, Ansprechpartner, Anträge, Tickets und Tarife.",
    newTitle: "Zum ersten Mal hier?",
    newText: "Legen Sie in zwei Minuten Ihr persönliches Benutzerkonto an.",
    knownTitle: "Schon registriert?",
    knownText: "Melden Sie sich mit E-Mail-Adresse und Passwort an.",
    forgotten: "Passwort vergessen?",
    howTitle: "So kommen Sie in Ihren Kundenbereich",
    how: [
      { title: "Registrieren", text: "Name, E-Mail-Adresse und Passwort angeben – auf Wunsch mit zweitem Faktor." },
      {
        title: "E-Mail bestätigen",
        text: "Wir schicken Ihnen einen Link. Öffnen Sie ihn und bestätigen Sie die Registrierung."
      },
      {
        title: "Dazukommen",
        text: "Ihre Administration lädt Sie ein – oder Sie fragen mit Kundennummer und Postleitzahl selbst an, auch ganz ohne Benutzerkonto."
      }
    ],
    demoTitle: "Vorführdaten",
    demoText:
      "Nur im Entwicklungsbetrieb: Mit diesen Benutzerkonten sehen Sie den Kundenbereich als Inhaber, Tickets und Anträge als Kundendienst.",
    demoEmail: "E-Mail-Adresse",
    demoPassword: "Passwort",
    demoOperator: "E-Mail-Adresse des Kundendienstes",
    demoSignIn: "Als Inhaber anmelden",
    demoSignInOperator: "Als Kundendienst anmelden",
    demoMailbox: "Entwicklungs-Postfach öffnen"
  },
  {
    title: "Welcome to the customer portal",
    lead: "Everything about your company in one place: customer areas, contacts, requests, tickets and plans.",
    newTitle: "New here?",
    newText: "Create your personal account in two minutes.",
    knownTitle: "Already registered?",
    knownText: "Sign in with your e-mail address and password.",
    forgotten: "Forgot your password?",
    howTitle: "How to get into your customer area",
    how: [
      { title: "Register", text: "Give your name, e-mail address and a password – with a second factor if you like." },
      { title: "Confirm your e-mail", text: "We send you a link. Open it and confirm your registration." },
      {
        title: "Come in",
        text: "Your administrator invites you – or you ask by yourself with customer number and postal code, even without an account."
      }
    ],
    demoTitle: "Demo data",
    demoText:
      "In development only: with these accounts you see the customer area as its owner, tickets and requests as support.",
    demoEmail: "E-mail address",
    demoPassword: "Password",
    demoOperator: "E-mail address of support",
    demoSignIn: "Sign in as owner",
    demoSignInOperator: "Sign in as support",
    demoMailbox: "Open the development mailbox"
  }
)
