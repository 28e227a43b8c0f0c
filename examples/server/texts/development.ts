import { inBoth } from "./locales.ts"

/** The mailbox for development and the description of the API. */
export const development = inBoth(
  {
    mailboxTitle: "Entwicklungs-Postfach",
    mailboxLead: "Alle E-Mails, die das Portal verschickt hätte. Nur im Entwicklungsbetrieb zu sehen.",
    noneTitle: "Noch keine E-Mails",
    none: "Registrieren Sie sich oder laden Sie jemanden ein, dann erscheint sie hier. Laden Sie die Seite neu.",
    reload: "Neu laden",
    to: "An",
    from: "Von",
    subject: "Betreff",
    sent: "Gesendet",
    asHtml: "So zeigt sie ein E-Mail-Programm",
    asText: "Als Text",
    frameTitle: (subject: string) => `E-Mail: ${subject}`,
    back: "Entwicklungs-Postfach",

    apiTitle: "Schnittstelle (API)",
    apiLead:
      "Alles, was diese Seiten können, kann auch Ihr Programm: JSON über HTTP, mit einem Bearer-Token aus der Anmeldung.",
    apiDocument: "OpenAPI-Dokument",
    apiNone: "Noch keine Endpunkte.",
    parameters: "Parameter",
    parameter: "Name",
    where: "Ort",
    type: "Typ",
    required: "Pflicht",
    yes: "ja",
    no: "nein",
    body: "Inhalt der Anfrage",
    responses: "Antworten",
    response: "Status",
    description: "Beschreibung",
    needsToken: "Bearer-Token nötig"
  },
  {
    mailboxTitle: "Development mailbox",
    mailboxLead: "All e-mails that the portal would have sent. To be seen in development only.",
    noneTitle: "No e-mails yet",
    none: "Register or invite someone, and it appears here. Reload the page.",
    reload: "Reload",
    to: "To",
    from: "From",
    subject: "Subject",
    sent: "Sent",
    asHtml: "As a mail program shows it",
    asText: "As text",
    frameTitle: (subject: string) => `E-mail: ${subject}`,
    back: "Development mailbox",

    apiTitle: "API",
    apiLead:
      "What these pages can do, your program can do as well: JSON over HTTP, with a bearer token from signing in.",
    apiDocument: "OpenAPI document",
    apiNone: "No endpoints yet.",
    parameters: "Parameters",
    parameter: "Name",
    where: "Place",
    type: "Type",
    required: "Required",
    yes: "yes",
    no: "no",
    body: "Request body",
    responses: "Responses",
    response: "Status",
    description: "Description",
    needsToken: "Bearer token needed"
  }
)
