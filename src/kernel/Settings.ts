import { Context, type Duration, Layer } from "effect"
import { builtInRoles, type Permission, permissions, type Role } from "./Permission.ts"
import { examplePlans, type Plan } from "./Plan.ts"
import type { Text } from "./Refusal.ts"
import { exampleServiceLevels, type ServiceLevels } from "./ServiceLevels.ts"
import type { Replacements } from "./Text.ts"

/** One text that a person must, or may, agree to. */
export interface ConsentText {
  readonly kind: string
  readonly version: string
  /** What the person reads beside the box, or in front of it. */
  readonly label: Text
  /** The whole text; evidence of a consent holds its SHA-256 digest (PRI-01). */
  readonly text: Text
}

/** At most `max` in `window`; with `delay`, after `free` of them the next must wait `base`, then twice as long each time, at most `cap`. */
export interface Limit {
  readonly max: number
  readonly window: Duration.Input
  readonly delay?: { readonly free: number; readonly base: Duration.Input; readonly cap: Duration.Input }
}

/** Everything that an operator can set, in one value (G-12). */
export interface Settings {
  readonly product: {
    readonly name: string
    /** Shown in mails as the way to a person. */
    readonly support: string
  }
  readonly links: {
    /** Every link in a mail starts with this; never taken from a request (R-TK-10). No slash at the end. */
    readonly base: string
    /** The path for each link purpose, where it differs from the purpose's own. The secret is added as the last segment. */
    readonly paths: Readonly<Record<string, string>>
  }
  readonly mail: {
    readonly from: { readonly name: string; readonly address: string }
    /** The right side of Message-IDs. */
    readonly domain: string
    readonly footer: Text
    /** In which dates in mails are written; a name of the IANA time zone database. */
    readonly timeZone: string
  }
  readonly consents: {
    /** For every way in which an account comes to be: what must be agreed to. */
    readonly required: {
      readonly registration: ReadonlyArray<ConsentText>
      readonly invitation: ReadonlyArray<ConsentText>
      /** Of somebody who was added as a contact and has no account yet (TEN-07). */
      readonly contact: ReadonlyArray<ConsentText>
      /** Of the form of a self-registration (SLF-01); by itself it makes no account. */
      readonly selfRegistration: ReadonlyArray<ConsentText>
      /** What stands between the approval of a self-registration and the account (SLF-06). */
      readonly selfRegistrationCompletion: ReadonlyArray<ConsentText>
      /** Of the form of a ticket, with or without an account (TIC-01). */
      readonly ticket: ReadonlyArray<ConsentText>
    }
    readonly marketing: ConsentText
  }
  readonly roles: ReadonlyArray<Role>
  readonly password: { readonly minLength: number; readonly maxLength: number }
  readonly registration: {
    readonly linkLifetime: Duration.Input
    /** So long a registration that nobody has confirmed can be sent its link again; then it is deleted. */
    readonly attemptLifetime: Duration.Input
  }
  readonly passwordReset: { readonly linkLifetime: Duration.Input }
  readonly contactEmail: { readonly linkLifetime: Duration.Input }
  readonly emailChange: {
    readonly linkLifetime: Duration.Input
    /** So long an address that an account has gained by a change opens nothing that was waiting for it: no ticket to claim, no area to join at once. */
    readonly settling: Duration.Input
  }
  readonly sessions: {
    readonly idle: Duration.Input
    readonly idleStaySignedIn: Duration.Input
    readonly absolute: Duration.Input
    readonly idleSecondFactor: Duration.Input
    readonly absoluteSecondFactor: Duration.Input
    /** Last use is written at most this often. */
    readonly touchEvery: Duration.Input
    /** How old the proof of identity may be for a sensitive command (AUT-07). */
    readonly recent: Duration.Input
    /** The oldest sessions beyond this number end (ASVS 7.1.2). */
    readonly maxPerAccount: number
  }
  readonly secondFactor: {
    readonly challengeLifetime: Duration.Input
    readonly failuresPerChallenge: number
    readonly failuresPerAccount: number
    readonly pause: Duration.Input
    readonly recoveryCodes: number
  }
  readonly invitations: {
    readonly lifetime: Duration.Input
    readonly minLifetime: Duration.Input
    readonly maxLifetime: Duration.Input
  }
  /** Links by which anybody who gets to see them becomes an ordinary member (INV-12). */
  readonly shareableLinks: {
    /** Roles that carry more than these cannot be given in this way. */
    readonly permissions: ReadonlyArray<Permission>
    readonly lifetime: Duration.Input
    readonly maxLifetime: Duration.Input
    readonly maxUses: number
    /** How long the mail's link counts that proves an address. */
    readonly mailLifetime: Duration.Input
  }
  readonly tenants: { readonly selfService: boolean }
  readonly hierarchy: {
    /** What can flow from a main tenant into its subs at all; the rest of a role stays in the main (HIE-05). */
    readonly delegable: ReadonlyArray<Permission>
  }
  /** Mail domains that tenants prove to be theirs (TEN-10). */
  readonly domains: {
    /** So long a proof holds; each later check that finds the record again makes it as long anew. */
    readonly proofLifetime: Duration.Input
    readonly recheckEvery: Duration.Input
    /** After so many checks in a row that did not find the record, the domain is not the tenant's any more. */
    readonly misses: number
    /** So long the link in the mail to the domain's postmaster can be used. */
    readonly linkLifetime: Duration.Input
    readonly maxPerTenant: number
    /** Domains in which anybody can have an address, and so proves nothing by one; nobody proves them, or a domain below them. */
    readonly publicProviders: ReadonlyArray<string>
  }
  /** What accounts can subscribe to (SUB-01). */
  readonly plans: ReadonlyArray<Plan>
  readonly subscriptions: {
    /** So long after the paid time a subscription that nobody has cancelled waits for a late payment; it entitles to nothing meanwhile. */
    readonly pastDue: Duration.Input
    /** So long before a team member's coverage ends both sides are told; who asks again in that time asks for the next period (TMA-04, TMA-05). */
    readonly lastDays: Duration.Input
  }
  /** In force for requests from now on; those that are open keep what held at their submission (REQ-10). A kind may have its own. */
  readonly requests: {
    /** So long an asker who is not signed in has to confirm the address. */
    readonly confirmWithin: Duration.Input
    /** When deciders are reminded, counted from the day on which the request came to them. */
    readonly remindAfter: ReadonlyArray<Duration.Input>
    readonly expiresAfter: Duration.Input
    /** So long an approved asker has to do what is left to do. */
    readonly offerLifetime: Duration.Input
    /** So long after a refusal the same cannot be asked again. */
    readonly coolDown: Duration.Input
    /** The longest period for which a deputy can be named. */
    readonly deputyMaximum: Duration.Input
  }
  readonly orders: {
    /** How long a node has an order for itself while it provisions; when it has died by then, another one takes it. */
    readonly lease: Duration.Input
    /** How long one call to provisioning may take; well below the lease. */
    readonly callTimeout: Duration.Input
    /** So many tries may fail before the order has failed (ORD-03). */
    readonly maxFailures: number
    readonly retryBase: Duration.Input
    readonly retryCap: Duration.Input
    /** How often provisioning is asked whether what it works on is ready. */
    readonly poll: Duration.Input
    /** A draft that nobody has placed so long after it was begun is deleted. */
    readonly draftRetention: Duration.Input
    /** An order that is still worked on after this time has failed. */
    readonly longest: Duration.Input
    /** Of the embedded number port: what its numbers begin with, and the first one. */
    readonly customerNumbers: { readonly prefix: string; readonly first: number }
  }
  /** How soon staff answer and solve what customers ask for (TIC-12). */
  readonly serviceLevels: ServiceLevels
  readonly tickets: {
    /** What a ticket can be about, for its contact to choose from; none where there is nothing to choose. */
    readonly categories: ReadonlyArray<{ readonly key: string; readonly label: Text }>
    /** So long a resolved ticket can be reopened; then it is closed (TIC-09). */
    readonly closeAfter: Duration.Input
    /** A ticket that has waited so long for its contact: they are reminded; and it is resolved. */
    readonly remindAfter: Duration.Input
    readonly giveUpAfter: Duration.Input
    /** Who may add others to a ticket (TIC-07): its contact; all who write in it; or staff alone. */
    readonly mayAdd: "contact" | "participants" | "staff"
    /** So many take part in a ticket at most, the contact included. */
    readonly maxParticipants: number
    /** So long the link in the mail that asks how it went can be used (TIC-14). */
    readonly feedbackLifetime: Duration.Input
    /** Domains of mailboxes that many people have, for the hint at one that is mistyped (TIC-01). */
    readonly knownDomains: ReadonlyArray<string>
  }
  /** Files of tickets (TIC-13). */
  readonly files: {
    readonly maxPerMessage: number
    /** Of one file. */
    readonly maxBytes: number
    /** Of all files of one ticket together. */
    readonly maxBytesPerTicket: number
    /**
     * So many bytes of files travel with one mail at most; what is beyond is fetched in the portal. A third more goes over the wire, and mail servers refuse what
     * is larger than they take. Nothing travels with 0.
     */
    readonly maxBytesPerMail: number
    /** So long a mail waits for the scan of its files at most; then it goes without those that are not checked. */
    readonly mailWaitsForScan: Duration.Input
    /** Extensions of files that are taken, in small letters and without dots; of those that the library knows (`Tickets.knownTypes`). */
    readonly types: ReadonlyArray<string>
    /** Whether readers get files that nobody has scanned: for operators who have no scanner and want it so. What waits for a scan is served to nobody. */
    readonly serveUnscanned: boolean
    /** So long a visitor's form takes files. */
    readonly formLifetime: Duration.Input
    /** So long a file waits for the message that it belongs to; then it is deleted. */
    readonly looseLifetime: Duration.Input
    /** An upload that is not complete after this time is deleted. */
    readonly longestUpload: Duration.Input
  }
  readonly staff: {
    /** Addresses whose accounts are operators, whatever is stored: how the first one comes to be (AUT-10). */
    readonly operators: ReadonlyArray<string>
    /** Where mails to staff go; without it, to each of those who may decide. */
    readonly inbox: string | null
  }
  readonly limits: {
    readonly signInPerAccount: Limit
    readonly signInPerSource: Limit
    readonly mailPerAddress: Limit
    readonly mailPerSource: Limit
    readonly linkPerSource: Limit
    readonly invitationsPerTenant: Limit
    readonly invitationsPerAccount: Limit
    /** Mails that a shareable link sends to those who open it without an account. */
    readonly mailPerShareableLink: Limit
    /** Shareable links that are made, counted for the tenant. */
    readonly shareableLinksPerTenant: Limit
    /** Offers of the ownership, counted for the account that makes them; each is told by mail. */
    readonly ownershipOffersPerAccount: Limit
    readonly tenantsPerAccount: Limit
    readonly searchPerAccount: Limit
    /** Proofs of domains that are looked for, and mails to postmasters, counted for the tenant. */
    readonly domainChecksPerTenant: Limit
    /** Forms that ask for a team member, counted for the account that sends them. */
    readonly teamMembersPerAccount: Limit
    /** Deputies that an account names; each is told by mail. */
    readonly deputiesPerAccount: Limit
    /** Attempts to join a tenant by its customer number: of an address, and for a number, whoever makes them (SLF-03). */
    readonly selfRegistrationPerAddress: Limit
    readonly selfRegistrationPerNumber: Limit
    /**
     * Attempts to link or move a tenant by its customer number: of an account, and for a number, whoever makes them (HIE-03). Of a list those rows
     * count for the account whose numbers are nobody's.
     */
    readonly linksPerAccount: Limit
    readonly linksPerNumber: Limit
    /** Rows of lists for which another tenant is asked, counted for the main tenant (HIE-10). */
    readonly importedLinksPerTenant: Limit
    /** Drafts of orders that an account starts. */
    readonly ordersPerAccount: Limit
    /** Files that are uploaded without signing in, and their announced size in KiB: of a source. */
    readonly uploadsPerSource: Limit
    readonly uploadedKiBPerSource: Limit
    /** As above, of an account. */
    readonly uploadsPerAccount: Limit
    readonly uploadedKiBPerAccount: Limit
    /** Tickets that are sent in without an account, counted for the source; and with one, for the account. */
    readonly ticketsPerSource: Limit
    readonly ticketsPerAccount: Limit
    /**
     * Acknowledgements of tickets: to an address, for forms from a source, and for those that name a customer number or are of a tenant; beyond them
     * tickets are kept, and no mail goes out (TIC-02).
     */
    readonly ticketMailPerAddress: Limit
    readonly ticketMailPerSource: Limit
    readonly ticketMailPerTenant: Limit
    /** What an account does in tickets: answers, closes, changes. */
    readonly ticketStepsPerAccount: Limit
    /** People whom an account adds to tickets; each is told by mail (TIC-07). */
    readonly ticketParticipantsPerAccount: Limit
    /**
     * Mails to one address that nobody has shown to hold, of what customers do in tickets, of all tickets together: that there is a new message, and that
     * people were added. What comes beyond is kept, and not told (R-TI-03).
     */
    readonly ticketNoticesPerAddress: Limit
    /** Tickets that one address opens by mail; what comes beyond is held (MIN-04). */
    readonly inboundPerAddress: Limit
    /** Answers by mail of one person to one ticket; what comes beyond is held (R-MA-04). */
    readonly inboundPerParticipant: Limit
    /**
     * Mails that are held, in KiB: of all senders together, and the share of one address, of one domain, and of one source where the host names it in the
     * `RequestContext`. What comes beyond is not taken in for now: its server is to send it again. Those whose domain has shown to have sent them
     * (`authentication: "pass"`) have a common budget of this size for themselves, which no forgery draws on; so at most twice `heldKiB` is held. With a
     * `max` of 0 in one of them nothing is held, and is refused for good. Mails of machines have budgets of the same sizes for themselves; beyond them it is
     * stored what became of a mail, but not its bytes (MIN-01).
     */
    readonly heldKiB: Limit
    readonly heldKiBPerSender: Limit
    readonly heldKiBPerDomain: Limit
    readonly heldKiBPerSource: Limit
    /**
     * Automatic answers to mails of one address (MIN-04). With more than one, two systems that lose each other's headers write to each other more often before
     * they fall silent.
     */
    readonly answersPerPair: Limit
  }
  /**
   * Mail that goes out. A mail commits with what it tells of, so none is ever turned away for want of room: how many there can be follows from `limits`, and
   * how large one is from the longest texts that the inputs let through. While the mail server is away they wait, and are sent in portions when it is back.
   */
  readonly outbox: {
    /** How long a dispatcher has a mail for itself; when it has died by then, another one takes the mail. */
    readonly lease: Duration.Input
    /** So many mails at most are taken at a time. */
    readonly batch: number
    /** How many mails of a batch are handed to the mailer at the same time. */
    readonly concurrency: number
    /** How long handing over one mail may take; well below the lease. */
    readonly sendTimeout: Duration.Input
    readonly maxAttempts: number
    readonly retryBase: Duration.Input
    readonly retryCap: Duration.Input
    /** Sent, dropped and dead mails are kept this long for the staff desk; those that wait are kept however long it takes. */
    readonly retention: Duration.Input
  }
  /** Mail that comes in for tickets (MIN). */
  readonly inbound: {
    /**
     * The mailbox of tickets: mail of tickets comes from it, what is written to it makes a new ticket, and reply addresses are made of it by `+…` after the
     * local part, which may be 20 octets long for that.
     */
    readonly address: string
    /** What a message may be at most; what is beyond is held, and not read (MIN-08). */
    readonly limits: {
      /** Octets of the whole message; beyond it is refused, and its bytes are not kept. */
      readonly bytes: number
      readonly depth: number
      readonly parts: number
      /** Fields of the message's own header, and octets of all headers together. */
      readonly headers: number
      readonly headerBytes: number
      /** Octets of all parts together after decoding. */
      readonly decodedBytes: number
      /** UTF-16 units of text and HTML, each. */
      readonly text: number
    }
    /** A message that has passed more servers than this goes in a circle (RFC 5321 section 6.3). */
    readonly hops: number
    /**
     * So long the bytes, sender and text of messages are kept, beyond what became of them; those that wait for a review are kept. How much can come to wait
     * in a day is bounded by `limits.heldKiB`.
     */
    readonly retention: Duration.Input
  }
  readonly idempotency: { readonly lifetime: Duration.Input }
  /** How often a unit of work is repeated after a conflict before the caller gets `Unavailable`. */
  readonly unitAttempts: number
  /**
   * Replaces texts, and adds further languages: by locale, then by the text's name. Mails look up `mail.help`, `mail.open`, `mail.footer` and the subject
   * `mail.<kind>.subject`; `Refusal.textIn` looks up the refusal's tag. Other words of a host's, for example `issue.email`, it asks for by `Text.worded`.
   */
  readonly texts: Replacements
}

const consent = (kind: string, label: Text): ConsentText => ({ kind, version: "1", label, text: label })

const privacy = consent("privacy", {
  de: "Ich habe die Datenschutzerklärung gelesen und stimme ihr zu.",
  en: "I have read the privacy statement and agree to it."
})
const terms = consent("terms", {
  de: "Ich habe die Allgemeinen Nutzungsbedingungen gelesen und stimme ihnen zu.",
  en: "I have read the terms of use and agree to them."
})

/** The best-known ones; an operator adds those of the own country. */
const publicProviders: ReadonlyArray<string> = [
  "a1.net",
  "aol.com",
  "aon.at",
  "bluewin.ch",
  "chello.at",
  "freenet.de",
  "gmail.com",
  "gmx.at",
  "gmx.ch",
  "gmx.com",
  "gmx.de",
  "gmx.net",
  "googlemail.com",
  "hotmail.com",
  "hotmail.de",
  "icloud.com",
  "live.com",
  "live.de",
  "mail.com",
  "mail.de",
  "mail.ru",
  "mailbox.org",
  "me.com",
  "msn.com",
  "outlook.com",
  "outlook.de",
  "pm.me",
  "posteo.de",
  "proton.me",
  "protonmail.com",
  "qq.com",
  "t-online.de",
  "tutanota.com",
  "web.de",
  "yahoo.com",
  "yahoo.de",
  "yandex.ru",
  "zoho.com"
]

/** What customers send; an operator who wants fewer names them. What could do something in a browser is only ever a download. */
const fileTypes: ReadonlyArray<string> = [
  ...["pdf", "png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif"],
  ...["docx", "xlsx", "pptx", "odt", "ods", "odp", "doc", "xls", "ppt", "msg", "rtf"],
  ...["txt", "log", "md", "csv", "json", "eml", "ics", "vcf", "svg", "html", "htm", "xml"],
  ...["zip", "mp3", "m4a", "wav", "ogg", "mp4", "mov", "webm"]
]

/** What holds where the operator sets nothing. Product, addresses and consents are placeholders: an application in earnest sets them. */
export const defaults: Settings = {
  product: { name: "Portico", support: "support@localhost" },
  links: { base: "http://localhost:3000", paths: {} },
  mail: {
    from: { name: "Portico", address: "portal@localhost.localdomain" },
    domain: "localhost.localdomain",
    footer: {
      de: "Diese Nachricht wurde automatisch verschickt.",
      en: "This message was sent automatically."
    },
    timeZone: "Europe/Berlin"
  },
  consents: {
    required: {
      registration: [privacy],
      invitation: [privacy],
      contact: [terms, privacy],
      selfRegistration: [privacy],
      selfRegistrationCompletion: [terms, privacy],
      ticket: [privacy]
    },
    marketing: consent("marketing", {
      de: "Ich möchte Neuigkeiten per E-Mail erhalten.",
      en: "I would like to receive news by e-mail."
    })
  },
  roles: builtInRoles,
  password: { minLength: 15, maxLength: 128 },
  registration: { linkLifetime: "24 hours", attemptLifetime: "7 days" },
  passwordReset: { linkLifetime: "60 minutes" },
  contactEmail: { linkLifetime: "24 hours" },
  emailChange: { linkLifetime: "24 hours", settling: "24 hours" },
  sessions: {
    idle: "60 minutes",
    idleStaySignedIn: "14 days",
    absolute: "30 days",
    idleSecondFactor: "1 hour",
    absoluteSecondFactor: "24 hours",
    touchEvery: "1 minute",
    recent: "10 minutes",
    maxPerAccount: 20
  },
  secondFactor: {
    challengeLifetime: "10 minutes",
    failuresPerChallenge: 5,
    failuresPerAccount: 10,
    pause: "15 minutes",
    recoveryCodes: 10
  },
  invitations: { lifetime: "14 days", minLifetime: "1 hour", maxLifetime: "60 days" },
  shareableLinks: {
    permissions: ["tenant.read", "members.read"],
    lifetime: "14 days",
    maxLifetime: "90 days",
    maxUses: 500,
    mailLifetime: "24 hours"
  },
  tenants: { selfService: false },
  hierarchy: {
    // who owns a sub, and what its main may do there, is the sub's own matter
    delegable: permissions.filter(
      (permission) => !["owners.change", "locations.change", "locations.access"].includes(permission)
    )
  },
  domains: {
    proofLifetime: "90 days",
    recheckEvery: "1 day",
    misses: 3,
    linkLifetime: "7 days",
    maxPerTenant: 50,
    publicProviders
  },
  plans: examplePlans,
  subscriptions: { pastDue: "14 days", lastDays: "7 days" },
  requests: {
    confirmWithin: "24 hours",
    remindAfter: ["3 days", "7 days"],
    expiresAfter: "30 days",
    offerLifetime: "14 days",
    coolDown: "24 hours",
    deputyMaximum: "366 days"
  },
  orders: {
    lease: "2 minutes",
    callTimeout: "30 seconds",
    maxFailures: 8,
    retryBase: "1 minute",
    retryCap: "1 hour",
    poll: "15 minutes",
    longest: "14 days",
    draftRetention: "90 days",
    customerNumbers: { prefix: "", first: 100_000 }
  },
  serviceLevels: exampleServiceLevels,
  tickets: {
    categories: [],
    closeAfter: "7 days",
    remindAfter: "7 days",
    giveUpAfter: "21 days",
    mayAdd: "participants",
    maxParticipants: 20,
    feedbackLifetime: "30 days",
    knownDomains: publicProviders
  },
  files: {
    maxPerMessage: 10,
    maxBytes: 20 * 1024 * 1024,
    maxBytesPerTicket: 500 * 1024 * 1024,
    maxBytesPerMail: 10 * 1024 * 1024,
    mailWaitsForScan: "2 minutes",
    types: fileTypes,
    serveUnscanned: false,
    formLifetime: "24 hours",
    looseLifetime: "24 hours",
    longestUpload: "1 hour"
  },
  staff: { operators: [], inbox: null },
  limits: {
    signInPerAccount: { max: 100, window: "24 hours", delay: { free: 5, base: "2 seconds", cap: "15 minutes" } },
    signInPerSource: { max: 500, window: "1 hour" },
    mailPerAddress: { max: 5, window: "1 hour" },
    mailPerSource: { max: 50, window: "1 hour" },
    linkPerSource: { max: 200, window: "1 hour" },
    invitationsPerTenant: { max: 1000, window: "24 hours" },
    invitationsPerAccount: { max: 500, window: "24 hours" },
    mailPerShareableLink: { max: 200, window: "24 hours" },
    shareableLinksPerTenant: { max: 50, window: "24 hours" },
    ownershipOffersPerAccount: { max: 20, window: "24 hours" },
    tenantsPerAccount: { max: 10, window: "24 hours" },
    searchPerAccount: { max: 600, window: "1 minute" },
    domainChecksPerTenant: { max: 60, window: "1 hour" },
    teamMembersPerAccount: { max: 50, window: "24 hours" },
    deputiesPerAccount: { max: 20, window: "24 hours" },
    selfRegistrationPerAddress: { max: 3, window: "24 hours" },
    selfRegistrationPerNumber: { max: 5, window: "24 hours" },
    linksPerAccount: { max: 20, window: "24 hours" },
    linksPerNumber: { max: 5, window: "24 hours" },
    importedLinksPerTenant: { max: 500, window: "24 hours" },
    ordersPerAccount: { max: 100, window: "24 hours" },
    uploadsPerSource: { max: 60, window: "1 hour" },
    uploadedKiBPerSource: { max: 400 * 1024, window: "1 hour" },
    uploadsPerAccount: { max: 500, window: "24 hours" },
    uploadedKiBPerAccount: { max: 2 * 1024 * 1024, window: "24 hours" },
    ticketsPerSource: { max: 30, window: "1 hour" },
    ticketsPerAccount: { max: 30, window: "1 hour" },
    ticketMailPerAddress: { max: 5, window: "1 hour" },
    ticketMailPerSource: { max: 20, window: "1 hour" },
    ticketMailPerTenant: { max: 60, window: "1 hour" },
    ticketStepsPerAccount: { max: 300, window: "1 hour" },
    ticketParticipantsPerAccount: { max: 50, window: "24 hours" },
    ticketNoticesPerAddress: { max: 20, window: "1 hour" },
    inboundPerAddress: { max: 20, window: "24 hours" },
    inboundPerParticipant: { max: 20, window: "1 hour" },
    heldKiB: { max: 2 * 1024 * 1024, window: "24 hours" },
    heldKiBPerSender: { max: 100 * 1024, window: "24 hours" },
    heldKiBPerDomain: { max: 512 * 1024, window: "24 hours" },
    heldKiBPerSource: { max: 256 * 1024, window: "24 hours" },
    answersPerPair: { max: 1, window: "4 hours" }
  },
  outbox: {
    lease: "2 minutes",
    batch: 20,
    concurrency: 5,
    sendTimeout: "30 seconds",
    maxAttempts: 12,
    retryBase: "30 seconds",
    retryCap: "6 hours",
    retention: "90 days"
  },
  inbound: {
    address: "support@localhost.localdomain",
    limits: {
      bytes: 26_214_400,
      depth: 20,
      parts: 100,
      headers: 500,
      headerBytes: 262_144,
      decodedBytes: 26_214_400,
      text: 500_000
    },
    hops: 100,
    retention: "90 days"
  },
  idempotency: { lifetime: "24 hours" },
  unitAttempts: 8,
  texts: {}
}

/** The settings in force; the defaults where an application provides none. */
export const Settings = Context.Reference<Settings>("portico/kernel/Settings", { defaultValue: () => defaults })

type Partially<T> =
  T extends ReadonlyArray<unknown>
    ? T
    : T extends Duration.Input
      ? T
      : T extends object
        ? { readonly [K in keyof T]?: Partially<T[K]> | undefined }
        : T

/** What differs from the defaults. A list replaces the whole list. */
export type SettingsInput = Partially<Settings>

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

const merge = (base: unknown, over: unknown): unknown => {
  if (over === undefined) return base
  if (!isPlain(base) || !isPlain(over)) return over
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    // own data keys only: a key that names the prototype never comes from settings of good will (R-SC-06)
    if (key !== "__proto__" && key !== "constructor") merged[key] = merge(base[key], value)
  }
  return merged
}

/** The defaults with what differs. */
export const make = (input: SettingsInput): Settings => merge(defaults, input) as Settings // merging keeps the shape of the defaults

/** The settings alone, for tests; the library's `layer` takes them with the key ring. */
export const layer = (input: SettingsInput): Layer.Layer<never> => Layer.succeed(Settings, make(input))

/** The role of that name, if the operator has it. */
export const roleNamed = (settings: Settings, name: string): Role | undefined =>
  settings.roles.find((role) => role.name === name)
