import { inBoth } from "./locales.ts"

/** Many sub accounts from a list. */
export const locationImport = inBoth(
  {
    title: "Liste importieren",
    lead: "Fügen Sie viele Nebenaccounts auf einmal hinzu, zum Beispiel aus einer Tabelle.",
    cardLead:
      "Sie haben viele Kundennummern? Geben Sie eine Liste an, sehen Sie sie vorab durch, und importieren Sie sie.",
    list: "Liste",
    listHint:
      "Eine Zeile für jeden Kundenbereich: Kundennummer, Postleitzahl und, wenn nötig, Land; getrennt durch Semikolon, Komma oder Tabulator. Höchstens 500 Zeilen. Eine Kopfzeile darf dabei sein.",
    country: "Land",
    countryHint: "Gilt für Zeilen ohne Land.",
    check: "Liste prüfen",
    checkedTitle: "Vorschau",
    checkedLead: "Noch ist nichts geschehen. So würde jede Zeile behandelt:",
    submit: (count: number) => (count === 1 ? "Eine Zeile importieren" : `${count} Zeilen importieren`),
    nothing: "In dieser Liste gibt es nichts zu tun.",
    change: "Liste ändern",
    doneTitle: "Ergebnis",
    doneLead: "Jede Zeile wurde für sich bearbeitet. Dieselbe Liste noch einmal zu importieren, tut nichts doppelt.",
    line: "Zeile",
    number: "Kundennummer",
    postalCode: "Postleitzahl",
    outcome: "Ergebnis",
    outcomes: {
      Link: "Wird sofort verknüpft",
      Ask: "Der Kundenbereich wird gefragt",
      Linked: "Ist Nebenaccount",
      Asked: "Antrag gestellt; was daraus wird, erfahren Sie per E-Mail",
      Double: (line: number) => `Kommt schon in Zeile ${line} vor`,
      Invalid: "Ungültig",
      Refused: "Nicht möglich"
    },
    tooMany: (most: number) => `Die Liste hat mehr als ${most} Zeilen. Bitte teilen Sie sie auf.`,
    missing: "Bitte fügen Sie mindestens eine Zeile ein.",
    file: "Oder eine CSV-Datei",
    fileHint: "Aus Ihrer Tabellenkalkulation. Ist eine Datei gewählt, gilt sie statt des Feldes darüber.",
    runningTitle: "Die Liste wird importiert",
    stoppedTitle: "Der Import ist abgebrochen",
    progress: (done: number, total: number) => `${done} von ${total} Zeilen sind bearbeitet.`,
    progressHint: "Diese Seite lädt sich selbst neu. Sie können sie auch verlassen: Der Import läuft weiter.",
    notTried: (count: number) =>
      count === 1 ? "Eine Zeile wurde nicht mehr versucht." : `${count} Zeilen wurden nicht mehr versucht.`,
    done: {
      Linked: "Nebenaccounts",
      Asked: "Anträge gestellt",
      Double: "Doppelt",
      Invalid: "Ungültig",
      Refused: "Nicht möglich"
    }
  },
  {
    title: "Import a list",
    lead: "Add many sub accounts at once, for example from a spreadsheet.",
    cardLead: "Do you have many customer numbers? Give a list, look through it first, and import it.",
    list: "List",
    listHint:
      "One line for each customer area: customer number, postal code and, if need be, country; set apart by semicolon, comma or tab. At most 500 lines. A header line may be there.",
    country: "Country",
    countryHint: "Counts for lines without a country.",
    check: "Check the list",
    checkedTitle: "Preview",
    checkedLead: "Nothing has happened yet. This is what would become of each line:",
    submit: (count: number) => (count === 1 ? "Import one line" : `Import ${count} lines`),
    nothing: "There is nothing to do in this list.",
    change: "Change the list",
    doneTitle: "Result",
    doneLead: "Each line was done for itself. To import the same list again does nothing twice.",
    line: "Line",
    number: "Customer number",
    postalCode: "Postal code",
    outcome: "Outcome",
    outcomes: {
      Link: "Will be linked at once",
      Ask: "The customer area will be asked",
      Linked: "Is a sub account",
      Asked: "Asked; what comes of it you learn by e-mail",
      Double: (line: number) => `Is in line ${line} already`,
      Invalid: "Not valid",
      Refused: "Not possible"
    },
    tooMany: (most: number) => `The list has more than ${most} lines. Please divide it.`,
    missing: "Please paste at least one line.",
    file: "Or a CSV file",
    fileHint: "From your spreadsheet. If a file is chosen, it counts instead of the field above.",
    runningTitle: "The list is being imported",
    stoppedTitle: "The import has stopped",
    progress: (done: number, total: number) => `${done} of ${total} lines are done.`,
    progressHint: "This page reloads by itself. You may leave it: the import goes on.",
    notTried: (count: number) =>
      count === 1 ? "One line was not tried any more." : `${count} lines were not tried any more.`,
    done: {
      Linked: "Sub accounts",
      Asked: "Asked",
      Double: "Twice in the list",
      Invalid: "Not valid",
      Refused: "Not possible"
    }
  }
)
