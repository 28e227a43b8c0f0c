import { inBoth } from "./locales.ts"

/** Signing in and out, the second step of it, and the forgotten password. */
export const signIn = inBoth(
  {
    title: "Anmelden",
    email: "E-Mail-Adresse",
    password: "Passwort",
    staySignedIn: "Angemeldet bleiben",
    staySignedInHint: "14 Tage lang, nur auf Ihrem eigenen Gerät.",
    submit: "Anmelden",
    forgotten: "Passwort vergessen?",
    notYet: "Noch kein Benutzerkonto?",
    needed: "Bitte melden Sie sich an, um fortzufahren.",

    factorTitle: "Zweiter Faktor",
    factorLead: "Öffnen Sie Ihre Authentifizierungs-App und geben Sie den aktuellen Code ein.",
    code: "Code aus der App",
    codeHint: "Sechs Ziffern",
    codeOrRecovery: "Code aus der App oder Wiederherstellungscode",
    factorSubmit: "Bestätigen",
    recoveryTitle: "Kein Zugriff auf die App?",
    recoveryLead: "Geben Sie einen Ihrer Wiederherstellungscodes ein. Jeder gilt einmal.",
    recoveryCode: "Wiederherstellungscode",
    recoverySubmit: "Mit Wiederherstellungscode anmelden",
    startOver: "Mit einem anderen Konto anmelden",

    stepUpTitle: "Bitte bestätigen Sie, dass Sie es sind",
    stepUpLead: "Für diesen Schritt muss Ihre Anmeldung jünger als 10 Minuten sein.",
    stepUpSubmit: "Bestätigen",

    forgottenTitle: "Passwort vergessen",
    forgottenLead:
      "Geben Sie die E-Mail-Adresse Ihres Benutzerkontos ein. Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort setzen.",
    forgottenSubmit: "Link anfordern",
    sentTitle: "Wir haben Ihnen eine E-Mail geschickt",
    sentLead: "Der Link darin gilt 60 Minuten. Solange Sie ihn nicht benutzen, bleibt Ihr Passwort, wie es ist.",
    sentBack: "Zurück zur Anmeldung",
    resetTitle: "Neues Passwort setzen",
    resetLead: "Danach sind alle Ihre Sitzungen beendet und Sie melden sich mit dem neuen Passwort an.",
    newPassword: "Neues Passwort",
    resetSubmit: "Passwort setzen"
  },
  {
    title: "Sign in",
    email: "E-mail address",
    password: "Password",
    staySignedIn: "Stay signed in",
    staySignedInHint: "For 14 days, on your own device only.",
    submit: "Sign in",
    forgotten: "Forgot your password?",
    notYet: "No account yet?",
    needed: "Please sign in to continue.",

    factorTitle: "Second factor",
    factorLead: "Open your authenticator app and enter the current code.",
    code: "Code from the app",
    codeHint: "Six digits",
    codeOrRecovery: "Code from the app, or a recovery code",
    factorSubmit: "Confirm",
    recoveryTitle: "No access to the app?",
    recoveryLead: "Enter one of your recovery codes. Each works once.",
    recoveryCode: "Recovery code",
    recoverySubmit: "Sign in with a recovery code",
    startOver: "Sign in with another account",

    stepUpTitle: "Please confirm that it is you",
    stepUpLead: "For this step your sign-in must not be older than 10 minutes.",
    stepUpSubmit: "Confirm",

    forgottenTitle: "Forgot your password",
    forgottenLead: "Enter the e-mail address of your account. We send you a link with which you set a new password.",
    forgottenSubmit: "Request a link",
    sentTitle: "We sent you an e-mail",
    sentLead: "The link in it is valid for 60 minutes. Until you use it, your password stays as it is.",
    sentBack: "Back to sign-in",
    resetTitle: "Set a new password",
    resetLead: "All your sessions end then, and you sign in with the new password.",
    newPassword: "New password",
    resetSubmit: "Set password"
  }
)
