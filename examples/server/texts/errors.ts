import { inBoth } from "./locales.ts"

/** What is said when something does not work. What a use case refuses is said by the library; here is what only a portal can refuse. */
export const errors = inBoth(
  {
    titles: {
      unauthenticated: "Anmeldung nötig",
      forbidden: "Das dürfen Sie nicht",
      "not-found": "Nicht gefunden",
      conflict: "Das geht so nicht mehr",
      invalid: "Bitte prüfen Sie Ihre Angaben",
      "too-many": "Zu viele Versuche",
      unavailable: "Zurzeit nicht möglich"
    },
    linkTitle: "Dieser Link gilt nicht",
    linkUsed: "Er wurde schon benutzt. Wenn Sie das waren, ist alles erledigt.",
    notFound: "Diese Seite gibt es nicht, oder Sie haben keinen Zugriff darauf.",
    notAllowedTitle: "So geht es nicht",
    notAllowed: "Diese Adresse lässt sich auf diese Weise nicht aufrufen.",
    expiredFormTitle: "Das Formular ist nicht mehr gültig",
    expiredForm:
      "Seit Sie die Seite geöffnet haben, hat sich Ihre Anmeldung geändert, oder Ihr Browser nimmt keine Cookies an. Bitte öffnen Sie die Seite erneut.",
    tooLargeTitle: "Zu viele Daten",
    tooLarge: "Was Sie gesendet haben, ist zu groß.",
    filesTooLargeTitle: "Die Dateien sind zu groß",
    filesTooLarge: (one: number, all: number) =>
      `Eine Datei darf höchstens ${one} MB haben, alle zusammen höchstens ${all} MB. Es ist nichts gesendet worden. Mit „Zurück“ in Ihrem Browser kommen Sie zu dem, was Sie eingegeben haben.`,
    busyTitle: "Gerade werden zu viele Dateien übertragen",
    busy: "Bitte warten Sie eine Minute und senden Sie das Formular dann noch einmal.",
    unsupportedTitle: "Unbekanntes Format",
    unsupported: "Dieses Format wird hier nicht verstanden.",
    internalTitle: "Da ist etwas schiefgegangen",
    internal: "Der Fehler liegt bei uns. Bitte versuchen Sie es später noch einmal.",
    reference: (id: string) => `Kennung für Rückfragen: ${id}`,
    toStart: "Zur Startseite",
    again: "Seite erneut öffnen"
  },
  {
    titles: {
      unauthenticated: "Please sign in",
      forbidden: "You may not do this",
      "not-found": "Not found",
      conflict: "This does not work any more",
      invalid: "Please check what you entered",
      "too-many": "Too many attempts",
      unavailable: "Not possible at the moment"
    },
    linkTitle: "This link does not work",
    linkUsed: "It has been used already. If that was you, all is done.",
    notFound: "This page does not exist, or you have no access to it.",
    notAllowedTitle: "Not like this",
    notAllowed: "This address cannot be used in this way.",
    expiredFormTitle: "This form is no longer valid",
    expiredForm:
      "Your sign-in has changed since you opened the page, or your browser does not accept cookies. Please open the page again.",
    tooLargeTitle: "Too much data",
    tooLarge: "What you sent is too large.",
    filesTooLargeTitle: "The files are too large",
    filesTooLarge: (one: number, all: number) =>
      `One file may have ${one} MB at most, and all of them together ${all} MB. Nothing was sent. “Back” in your browser leads to what you entered.`,
    busyTitle: "Too many files are on their way",
    busy: "Please wait a minute, and then send the form again.",
    unsupportedTitle: "Unknown format",
    unsupported: "This format is not understood here.",
    internalTitle: "Something went wrong",
    internal: "The fault is ours. Please try again later.",
    reference: (id: string) => `Reference for questions: ${id}`,
    toStart: "To the start page",
    again: "Open the page again"
  }
)
