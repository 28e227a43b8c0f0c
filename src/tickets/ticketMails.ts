import { Effect, Option, Schema } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { MessageId, ParticipantId, TicketId } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import type { Enclosed } from "../mail/MailAttachment.ts"
import type { MailContent, MailContext } from "../mail/MailContent.ts"
import * as MailKind from "../mail/MailKind.ts"
import { enclosedIn } from "./enclosing.ts"
import { endedIn, type Participant, type Ticket } from "./Ticket.ts"
import { TicketRepository } from "./TicketRepository.ts"
import { travelOf } from "./ticketTravel.ts"

/** The link in the mail that asks how it went (TIC-14); its subject is the ticket's id. */
export const feedbackLink: LinkPurpose = { name: "ticket-feedback", path: "/tickets/feedback" }

/** What every mail of a ticket tells: which one, and whose part in it the mail belongs to. */
export const Addressed = {
  ticketId: TicketId,
  participantId: ParticipantId,
  number: Schema.String,
  /** Whether the recipient reads the ticket in the portal, too. */
  portal: Schema.Boolean
}

interface Facts {
  readonly recipient: EmailAddress
  readonly values: {
    readonly ticketId: TicketId
    readonly participantId: ParticipantId
    /** The message that the mail holds. */
    readonly seq?: number | undefined
  }
}

/**
 * Only whoever takes part still, at this address, and may read what the mail holds: of a merged ticket, where it goes on, too; and nothing of a ticket that is
 * silent (OUT-04, TIC-07).
 */
const stillTakesPart = ({ recipient, values }: Facts) =>
  Effect.gen(function* () {
    const tickets = yield* TicketRepository
    const opened = Option.getOrUndefined(yield* tickets.open(values.ticketId))
    if (opened === undefined) return MailKind.dropped("ticket-gone")
    if (opened.ticket.spam) return MailKind.dropped("ticket-is-spam")
    const participant = opened.participants.find(({ id }) => id === values.participantId)
    if (participant === undefined || participant.removedAt !== null) return MailKind.dropped("takes-no-part")
    // it follows them, as their row in the ticket has done (REG-09)
    if (participant.email !== recipient) return MailKind.moved(participant.email)
    if (participant.undeliverableAt !== null) return MailKind.dropped("address-undeliverable")
    if (values.seq !== undefined && values.seq <= participant.readsAfter)
      return MailKind.dropped("message-not-readable")
    const { mergedInto } = opened.ticket
    if (mergedInto === null) return MailKind.wanted
    const target = Option.getOrUndefined(yield* tickets.open(mergedInto))
    const ended = target !== undefined && endedIn(target.participants, participant)
    return ended ? MailKind.dropped("takes-no-part") : MailKind.wanted
  })

/** What asks for something, or says that something is so, only as long as it is. */
const stillIn = (...states: ReadonlyArray<Ticket["state"]>) =>
  Effect.fnUntraced(function* (facts: Facts) {
    const verdict = yield* stillTakesPart(facts)
    if (verdict._tag !== "Wanted") return verdict
    const tickets = yield* TicketRepository
    const ticket = Option.getOrUndefined(yield* tickets.find(facts.values.ticketId))
    const stands = ticket !== undefined && ticket.mergedInto === null && states.includes(ticket.state)
    return stands ? verdict : MailKind.dropped("ticket-went-on")
  })

/** By the ticket's own mailbox, so that an answer finds its way back (MIN-09). */
const travels = ({ recipient, values }: Facts & { readonly values: { readonly inReplyTo?: string | null } }) =>
  travelOf({ ticketId: values.ticketId, recipient, inReplyTo: values.inReplyTo })

/** An address that refuses mail for good is marked, so that staff see it (TIC-02, MIN-05). */
const markDead = (
  { recipient, createdAt }: { readonly recipient: EmailAddress; readonly createdAt: Instant },
  reason: string
) =>
  reason === "refused" || reason === "bounced"
    ? Effect.flatMap(TicketRepository, (tickets) => Effect.asVoid(tickets.markUndeliverable(recipient, createdAt)))
    : Effect.void

/** What of a mail leads back into the conversation. */
const back = {
  de: (portal: boolean, ticketId: TicketId, page: MailContext["page"]): Pick<MailContent, "button"> =>
    portal ? { button: { label: "Ticket im Portal ansehen", url: page(`/tickets/${ticketId}`) } } : {},
  en: (portal: boolean, ticketId: TicketId, page: MailContext["page"]): Pick<MailContent, "button"> =>
    portal ? { button: { label: "View the ticket in the portal", url: page(`/tickets/${ticketId}`) } } : {}
}

/** To who has sent a ticket in: its number, and how to go on. Their own words only where the address is proven (TIC-02, R-TI-03). */
export const received = MailKind.make({
  name: "tickets.received",
  values: Schema.Struct({
    ...Addressed,
    /** What they wrote; null for an address that is not proven. */
    text: Schema.NullOr(Schema.String),
    /** The number of the closed ticket that this one goes on from. */
    followUpOf: Schema.NullOr(Schema.String),
    /** The Message-ID of the mail that is acknowledged, if it was one. */
    inReplyTo: Schema.NullOr(Schema.String)
  }),
  automatic: true,
  subject: { de: "[#{number}] Ihr Ticket ist bei uns eingegangen", en: "[#{number}] We have received your ticket" },
  content: {
    de: ({ followUpOf, number, portal, text, ticketId }, { page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        followUpOf === null
          ? `wir haben Ihr Ticket erhalten. Es hat die Nummer ${number}.`
          : `das Ticket ${followUpOf} ist schon abgeschlossen. Ihre Nachricht hat darum ein neues Ticket eröffnet. Es hat die Nummer ${number}.`,
        "Um etwas zu ergänzen oder eine Datei nachzureichen, antworten Sie einfach auf diese E-Mail."
      ],
      ...(text === null ? {} : { quote: text }),
      ...back.de(portal, ticketId, page),
      closing: portal
        ? []
        : [
            "Sie haben uns nicht geschrieben? Dann brauchen Sie nichts zu tun, oder melden Sie es uns an die Adresse unten."
          ]
    }),
    en: ({ followUpOf, number, portal, text, ticketId }, { page }) => ({
      greeting: "Hello,",
      paragraphs: [
        followUpOf === null
          ? `We have received your ticket. Its number is ${number}.`
          : `The ticket ${followUpOf} is closed already, so your message has opened a new one. Its number is ${number}.`,
        "To add something or to hand in a file later, just answer this e-mail."
      ],
      ...(text === null ? {} : { quote: text }),
      ...back.en(portal, ticketId, page),
      closing: portal ? [] : ["You did not write to us? Then there is nothing to do, or tell us: the address is below."]
    })
  },
  travel: travels,
  stillWanted: stillTakesPart,
  onDead: markDead
})

/** To who is not told yet what was written: nothing travels, and the portal has the files (TIC-06). */
const whereFilesAre = {
  de: "Die Dateien liegen im Portal: Registrieren Sie sich dort mit dieser E-Mail-Adresse, und übernehmen Sie das Ticket.",
  en: "The files are in the portal: register there with this e-mail address, and take over the ticket."
}

const total = ({ gone, sent, tooLarge, unreadable, withheld }: Enclosed): number =>
  sent + tooLarge + withheld + gone + unreadable

/** How many files the message has, and how many of them the mail has. */
const filesIn = {
  de: (files: number, enclosed: Enclosed): string =>
    total(enclosed) === 0 || enclosed.sent === files
      ? String(files)
      : `${files}, davon ${enclosed.sent} in dieser E-Mail`,
  en: (files: number, enclosed: Enclosed): string =>
    total(enclosed) === 0 || enclosed.sent === files
      ? String(files)
      : `${files}, ${enclosed.sent} of them in this e-mail`
}

/** What does not travel with the mail, why, and how to get it (TIC-03). */
const leftOut = {
  de: ({ gone, tooLarge, unreadable, withheld }: Enclosed, portal: boolean): ReadonlyArray<string> => [
    ...(tooLarge === 0
      ? []
      : [
          tooLarge === 1 ? "1 Datei ist zu groß für eine E-Mail." : `${tooLarge} Dateien sind zu groß für eine E-Mail.`
        ]),
    ...(withheld === 0
      ? []
      : [
          withheld === 1
            ? "1 Datei ist noch nicht geprüft oder gesperrt und liegt darum nicht bei."
            : `${withheld} Dateien sind noch nicht geprüft oder gesperrt und liegen darum nicht bei.`
        ]),
    ...(unreadable === 0
      ? []
      : [
          unreadable === 1 ? "1 Datei konnten wir nicht anhängen." : `${unreadable} Dateien konnten wir nicht anhängen.`
        ]),
    ...(gone === 0 ? [] : [gone === 1 ? "1 Datei gibt es nicht mehr." : `${gone} Dateien gibt es nicht mehr.`]),
    ...(tooLarge + withheld + unreadable === 0
      ? []
      : [
          portal
            ? "Was geprüft ist, laden Sie im Portal herunter."
            : "Antworten Sie auf diese E-Mail, wenn Sie auf anderem Weg erhalten möchten, was fehlt. Oder registrieren Sie sich im Portal mit dieser E-Mail-Adresse, und übernehmen Sie das Ticket: Was geprüft ist, laden Sie dort herunter."
        ])
  ],
  en: ({ gone, tooLarge, unreadable, withheld }: Enclosed, portal: boolean): ReadonlyArray<string> => [
    ...(tooLarge === 0
      ? []
      : [tooLarge === 1 ? "1 file is too large for an e-mail." : `${tooLarge} files are too large for an e-mail.`]),
    ...(withheld === 0
      ? []
      : [
          withheld === 1
            ? "1 file is not checked yet, or is blocked, and so is not attached."
            : `${withheld} files are not checked yet, or are blocked, and so are not attached.`
        ]),
    ...(unreadable === 0
      ? []
      : [unreadable === 1 ? "1 file could not be attached." : `${unreadable} files could not be attached.`]),
    ...(gone === 0 ? [] : [gone === 1 ? "1 file is not there any more." : `${gone} files are not there any more.`]),
    ...(tooLarge + withheld + unreadable === 0
      ? []
      : [
          portal
            ? "What is checked can be downloaded in the portal."
            : "Answer this e-mail if you want to get what is missing in another way. Or register in the portal with this e-mail address, and take over the ticket: what is checked can be downloaded there."
        ])
  ]
}

/** To each who may read it, except its author: a message of the conversation (TIC-07). */
export const message = MailKind.make({
  name: "tickets.message",
  values: Schema.Struct({
    ...Addressed,
    /** The message's number, which the recipient must be entitled to at the time of sending. */
    seq: Schema.Int,
    /** By which the message's files are found when the mail is sent; not there in mails of a time when no files travelled. */
    messageId: Schema.optionalKey(MessageId),
    /** Null, with `text`, where a customer wrote and the recipient's address is not proven (R-TI-03). */
    author: Schema.NullOr(Schema.String),
    text: Schema.NullOr(Schema.String),
    files: Schema.Int,
    /** Whether the ticket is resolved with it. */
    resolved: Schema.Boolean
  }),
  automatic: false,
  subject: { de: "[#{number}] Neue Nachricht zu Ihrem Ticket", en: "[#{number}] New message about your ticket" },
  content: {
    de: ({ author, files, number, portal, resolved, text, ticketId }, { enclosed, page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        author === null
          ? `zum Ticket ${number} gibt es eine neue Nachricht.`
          : `${author} hat zum Ticket ${number} geschrieben:`
      ],
      ...(text === null || text === "" ? {} : { quote: text }),
      ...(files === 0 ? {} : { details: [{ label: "Anhänge", value: filesIn.de(files, enclosed) }] }),
      ...back.de(portal, ticketId, page),
      closing: [
        ...(text === null
          ? [
              "Wir wissen noch nicht, ob diese Adresse Ihnen gehört. Antworten Sie einmal auf diese E-Mail; von da an erhalten Sie die Nachrichten im Wortlaut."
            ]
          : ["Um zu antworten, antworten Sie einfach auf diese E-Mail."]),
        ...(files === 0 || portal || total(enclosed) > 0 ? [] : [whereFilesAre.de]),
        ...leftOut.de(enclosed, portal),
        ...(resolved ? ["Das Ticket gilt damit als gelöst. Eine Antwort öffnet es wieder."] : [])
      ]
    }),
    en: ({ author, files, number, portal, resolved, text, ticketId }, { enclosed, page }) => ({
      greeting: "Hello,",
      paragraphs: [
        author === null
          ? `There is a new message about the ticket ${number}.`
          : `${author} wrote about the ticket ${number}:`
      ],
      ...(text === null || text === "" ? {} : { quote: text }),
      ...(files === 0 ? {} : { details: [{ label: "Attachments", value: filesIn.en(files, enclosed) }] }),
      ...back.en(portal, ticketId, page),
      closing: [
        ...(text === null
          ? [
              "We do not know yet whether this address is yours. Answer this e-mail once; from then on you get the messages in full."
            ]
          : ["To answer, just answer this e-mail."]),
        ...(files === 0 || portal || total(enclosed) > 0 ? [] : [whereFilesAre.en]),
        ...leftOut.en(enclosed, portal),
        ...(resolved ? ["With this the ticket counts as resolved. An answer opens it again."] : [])
      ]
    })
  },
  travel: travels,
  stillWanted: stillTakesPart,
  enclose: enclosedIn,
  onDead: markDead
})

/** To who was added (TIC-07): what it is about, how to take part, and how to leave. */
export const added = MailKind.make({
  name: "tickets.added",
  values: Schema.Struct({
    ...Addressed,
    /** Null where the address is not proven: a name is text of a person, too. */
    by: Schema.NullOr(Schema.String)
  }),
  automatic: true,
  subject: {
    de: "[#{number}] Sie nehmen jetzt an einem Ticket teil",
    en: "[#{number}] You take part in a ticket now"
  },
  content: {
    de: ({ by, number, portal, ticketId }, { page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        by === null
          ? `Sie wurden zum Ticket ${number} beim Kundendienst von ${product} hinzugefügt.`
          : `${by} hat Sie zum Ticket ${number} beim Kundendienst von ${product} hinzugefügt.`,
        "Von jetzt an erhalten Sie die Nachrichten zu diesem Ticket. Um selbst zu schreiben, antworten Sie einfach auf diese E-Mail."
      ],
      ...back.de(portal, ticketId, page),
      closing: [
        portal
          ? "Wenn Sie nicht teilnehmen möchten, können Sie das Ticket im Portal verlassen."
          : "Wenn Sie nicht teilnehmen möchten, melden Sie sich in Ihrem E-Mail-Programm ab, oder schreiben Sie uns an die Adresse unten."
      ]
    }),
    en: ({ by, number, portal, ticketId }, { page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        by === null
          ? `You were added to the ticket ${number} at the support of ${product}.`
          : `${by} added you to the ticket ${number} at the support of ${product}.`,
        "From now on you get the messages about this ticket. To write yourself, just answer this e-mail."
      ],
      ...back.en(portal, ticketId, page),
      closing: [
        portal
          ? "If you do not want to take part, you can leave the ticket in the portal."
          : "If you do not want to take part, unsubscribe in your e-mail program, or write to us: the address is below."
      ]
    })
  },
  travel: travels,
  stillWanted: stillTakesPart,
  onDead: markDead
})

/** To all who took part before: who was added, so that nobody reads on unseen (TIC-07). */
export const participantsAdded = MailKind.make({
  name: "tickets.participantsAdded",
  values: Schema.Struct({
    ...Addressed,
    count: Schema.Int,
    /** Null, with `by`, for a recipient whose address is not proven. */
    people: Schema.NullOr(Schema.Array(Schema.String)),
    by: Schema.NullOr(Schema.String),
    /** Whether they can read what was written before, too. */
    all: Schema.Boolean
  }),
  automatic: true,
  subject: {
    de: "[#{number}] Weitere Personen nehmen an Ihrem Ticket teil",
    en: "[#{number}] More people take part in your ticket"
  },
  content: {
    de: ({ all, by, count, number, people, portal, ticketId }, { page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        by === null
          ? `zum Ticket ${number} ${count === 1 ? "wurde eine weitere Person" : `wurden ${count} weitere Personen`} hinzugefügt.`
          : `${by} hat zum Ticket ${number} weitere Personen hinzugefügt.`,
        all
          ? "Sie können auch die bisherigen Nachrichten lesen."
          : "Sie lesen die Nachrichten von jetzt an, die bisherigen nicht."
      ],
      ...(people === null ? {} : { details: people.map((value) => ({ label: "Neu dabei", value })) }),
      ...back.de(portal, ticketId, page)
    }),
    en: ({ all, by, count, number, people, portal, ticketId }, { page }) => ({
      greeting: "Hello,",
      paragraphs: [
        by === null
          ? `${count === 1 ? "One more person was" : `${count} more people were`} added to the ticket ${number}.`
          : `${by} added more people to the ticket ${number}.`,
        all ? "They can read the earlier messages, too." : "They read the messages from now on, not the earlier ones."
      ],
      ...(people === null ? {} : { details: people.map((value) => ({ label: "New", value })) }),
      ...back.en(portal, ticketId, page)
    })
  },
  travel: travels,
  stillWanted: stillTakesPart,
  onDead: markDead
})

/** To the contact, when the ticket was resolved without a word, by whomever or by time (TIC-09). */
export const resolved = MailKind.make({
  name: "tickets.resolved",
  values: Schema.Struct({
    ...Addressed,
    /** Whether nobody answered for too long. */
    byTime: Schema.Boolean,
    /** When it is closed for good. */
    closesAt: Instant
  }),
  automatic: true,
  subject: { de: "[#{number}] Ihr Ticket ist gelöst", en: "[#{number}] Your ticket is resolved" },
  content: {
    de: ({ byTime, closesAt, number, portal, ticketId }, { date, page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        byTime
          ? `da wir nichts mehr von Ihnen gehört haben, gilt das Ticket ${number} als gelöst.`
          : `das Ticket ${number} gilt als gelöst.`,
        `Eine Antwort auf diese E-Mail öffnet es wieder, bis zum ${date(closesAt)}.`
      ],
      ...back.de(portal, ticketId, page)
    }),
    en: ({ byTime, closesAt, number, portal, ticketId }, { date, page }) => ({
      greeting: "Hello,",
      paragraphs: [
        byTime
          ? `As we have not heard from you any more, the ticket ${number} counts as resolved.`
          : `The ticket ${number} counts as resolved.`,
        `An answer to this e-mail opens it again, until ${date(closesAt)}.`
      ],
      ...back.en(portal, ticketId, page)
    })
  },
  travel: travels,
  stillWanted: stillIn("Resolved"),
  onDead: markDead
})

/** To the contact of a ticket that has waited for them (TIC-09). */
export const reminder = MailKind.make({
  name: "tickets.reminder",
  values: Schema.Struct({ ...Addressed, resolvesAt: Instant }),
  automatic: true,
  subject: { de: "[#{number}] Wir warten auf Ihre Antwort", en: "[#{number}] We are waiting for your answer" },
  content: {
    de: ({ number, portal, resolvesAt, ticketId }, { date, page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `zum Ticket ${number} haben wir Ihnen geschrieben und warten auf Ihre Antwort.`,
        `Hören wir bis zum ${date(resolvesAt)} nichts von Ihnen, gilt das Ticket als gelöst.`
      ],
      ...back.de(portal, ticketId, page),
      closing: ["Um zu antworten, antworten Sie einfach auf diese E-Mail."]
    }),
    en: ({ number, portal, resolvesAt, ticketId }, { date, page }) => ({
      greeting: "Hello,",
      paragraphs: [
        `We wrote to you about the ticket ${number} and are waiting for your answer.`,
        `If we do not hear from you until ${date(resolvesAt)}, the ticket counts as resolved.`
      ],
      ...back.en(portal, ticketId, page),
      closing: ["To answer, just answer this e-mail."]
    })
  },
  travel: travels,
  stillWanted: stillIn("Waiting"),
  onDead: markDead
})

/** To the contact of a closed ticket, once: how did it go? (TIC-14) */
export const feedback = MailKind.make({
  name: "tickets.feedback",
  values: Schema.Struct({ ...Addressed, until: Instant }),
  purpose: feedbackLink,
  automatic: true,
  subject: { de: "[#{number}] Wie zufrieden sind Sie?", en: "[#{number}] How did it go?" },
  content: {
    de: ({ number, until }, { date, link }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `Ihr Ticket ${number} ist abgeschlossen. Wie zufrieden waren Sie mit uns?`,
        `Ihre Antwort dauert nur einen Augenblick. Der Link gilt bis zum ${date(until)}.`
      ],
      button: { label: "Bewertung abgeben", url: link }
    }),
    en: ({ number, until }, { date, link }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Your ticket ${number} is closed. How satisfied were you with us?`,
        `It only takes a moment. The link works until ${date(until)}.`
      ],
      button: { label: "Rate us", url: link }
    })
  },
  travel: travels,
  stillWanted: stillTakesPart,
  onDead: markDead
})

/** What every mail about a ticket to one who takes part in it is made with. */
export const envelope = (ticket: Ticket, participant: Participant) => ({
  recipient: participant.email,
  locale: ticket.locale,
  tenantId: ticket.tenantId ?? undefined,
  accountId: participant.accountId ?? undefined,
  process: `ticket:${ticket.id}`
})

export const valuesOf = (ticket: Ticket, participant: Participant) => ({
  ticketId: ticket.id,
  participantId: participant.id,
  number: ticket.number,
  portal: participant.accountId !== null
})

export const mails = { received, message, added, participantsAdded, resolved, reminder, feedback } as const
