import { Schema } from "effect"
import { FileId, ShortNumber } from "../kernel/ids.ts"
import * as MailKind from "../mail/MailKind.ts"

/** To the inbox of staff, when a scanner has found something in a file of a ticket (TIC-13). The file's name is the sender's word, and is left out. */
export const infected = MailKind.make({
  name: "tickets.fileInfected",
  values: Schema.Struct({ fileId: FileId, threat: Schema.String, number: Schema.NullOr(ShortNumber) }),
  automatic: true,
  subject: {
    de: "Eine Datei wurde gesperrt",
    en: "A file was blocked"
  },
  content: {
    de: ({ fileId, number, threat }, { product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `in einer Datei, die an ${product} geschickt wurde, hat die Prüfung etwas gefunden. Niemand kann die Datei herunterladen.`
      ],
      details: [
        { label: "Fund", value: threat },
        { label: "Ticket", value: number ?? "noch keines" },
        { label: "Datei", value: fileId }
      ]
    }),
    en: ({ fileId, number, threat }, { product }) => ({
      greeting: "Hello,",
      paragraphs: [`The scan has found something in a file that was sent to ${product}. Nobody can download the file.`],
      details: [
        { label: "Found", value: threat },
        { label: "Ticket", value: number ?? "none yet" },
        { label: "File", value: fileId }
      ]
    })
  }
})

export const mails = { infected } as const
