// biome-ignore-all lint/suspicious/noTemplateCurlyInString: places in the code, as they are written there

/**
 * What stands between each published weakness (and each requirement on tickets, mail and files) and the code, as it is written there, and the test that
 * plays the attack. `guards.test.ts` sees to it that the table is true to the code; `npm run test:guards` takes each guard out of a copy of the project and
 * says which of the tests has not noticed.
 */

/** The rows that are looked for in the table; those of the knowledge base are left out, because there is none. */
export const advisories = [
  ...["R-TI-01", "R-TI-02", "R-TI-03", "R-TI-04", "R-TI-05", "R-TI-06", "R-TI-07", "R-TI-08", "R-TI-09", "R-TI-10"],
  ...["R-TI-11", "R-TI-12", "R-TI-13", "R-TI-15"],
  ...["R-MA-01", "R-MA-02", "R-MA-03", "R-MA-04", "R-MA-05", "R-MA-06", "R-MA-07", "R-MA-08", "R-MA-09", "R-MA-10"],
  ...["R-MA-11", "R-MA-12"],
  // Zammad
  ...["CVE-2023-31597", "CVE-2020-14214", "CVE-2023-50455", "CVE-2022-29701", "CVE-2020-10100", "CVE-2026-34722"],
  ...["CVE-2026-84460", "CVE-2026-63204", "CVE-2025-32360", "CVE-2022-48023", "CVE-2021-44886", "CVE-2020-29160"],
  ...["CVE-2023-50456", "CVE-2024-33668", "CVE-2026-63006", "CVE-2026-84463", "CVE-2026-34718", "CVE-2026-56731"],
  ...["CVE-2026-61855", "CVE-2026-34724", "CVE-2025-32358", "CVE-2026-34719", "CVE-2024-33667"],
  // Chatwoot
  ...["CVE-2026-72719", "CVE-2026-44706", "CVE-2025-21628", "CVE-2026-63765"],
  // elsewhere: support mail, nodemailer, Effect, Kysely
  ...["Zendesk 2024", "Zendesk 2025"],
  ...["GHSA-mm7p-fcc7-pg87", "GHSA-rcmh-qjqh-p98v", "GHSA-c7w3-x93f-qmm8", "GHSA-vvjj-xcjg-gr5g"],
  ...["CVE-2026-32887", "CVE-2026-32763", "CVE-2026-33442", "CVE-2026-33468", "CVE-2026-44635"]
] as const
export type Advisory = (typeof advisories)[number]

/** A place in the code, and what stands there when the guard is gone. */
export interface Taken {
  readonly file: string
  /** Exactly as it is written; there once. */
  readonly text: string
  readonly instead: string
}

export interface Guard {
  readonly advisories: ReadonlyArray<Advisory>
  /** In a few words, for the report. */
  readonly what: string
  /** Several where one alone is not the only thing that holds: they go together. */
  readonly taken: ReadonlyArray<Taken>
  readonly test: {
    /** What is run. */
    readonly file: string
    /** Of the title, or of what it stands below; with every advisory of the row in it. */
    readonly title: string
    /** Where the title stands, if it is not in the file that is run. */
    readonly in?: string
    /** On which adapter, where the test is run on several. */
    readonly on?: string
  }
}

const tickets = (title: string, on?: string): Guard["test"] => at("test/advisories/tickets.test.ts", title, on)
const mail = (title: string): Guard["test"] => at("test/advisories/mail.test.ts", title)
const files = (title: string): Guard["test"] => at("test/advisories/files.test.ts", title)
const at = (file: string, title: string, on?: string): Guard["test"] => ({
  file,
  title,
  ...(on === undefined ? {} : { on })
})

const one = (file: string, text: string, instead: string): ReadonlyArray<Taken> => [{ file, text, instead }]

const SUBMIT = "src/tickets/Tickets.ts"
const TALK = "src/tickets/conversation.ts"
const INBOUND = "src/tickets/Inbound.ts"
const READING = "src/tickets/reading.ts"
const FILES = "src/tickets/Files.ts"
const FILE = "src/tickets/File.ts"
const PEOPLE = "src/tickets/Participants.ts"
const MAILS = "src/tickets/ticketMails.ts"
const CLASSIFY = "src/mail/inbound/classify.ts"
const PARSER = "src/mime/MailParser.ts"
const SANITIZER = "src/files/Sanitizer.ts"
const USE_CASE = "src/kernel/UseCase.ts"
const DISPATCHER = "src/mail/Dispatcher.ts"
const HEADERS = "src/mail/headers.ts"
const SMTP = "src/smtp/Mailer.ts"
const MEMORY = "src/memory/TicketRepository.ts"
const SQL = "src/kysely/TicketRepository.ts"
const SQL_LISTS = "src/kysely/ticketLists.ts"
const QUERY = "src/kysely/query.ts"
const OUTBOX = "src/memory/Outbox.ts"

const UNPROVEN = "CVE-2023-31597 CVE-2020-14214 R-TI-02 an address that nobody has proven"
const ZENDESK_2024 = "Zendesk 2024 who forges the sender"
const ZENDESK_2025 = "Zendesk 2025 tickets of strangers bomb no mailbox"
const BUDGETS = "CVE-2023-50455 CVE-2022-29701 from one source"
const SUBMITTED = "R-TI-01 R-TI-02 the answer to a submission is the same"
const ACKNOWLEDGED = "R-TI-03 the acknowledgement of an unproven address"
const PROVEN_ONLY = "R-TI-03 customers' words go to proven addresses only"
const ADDED_LATER = "R-TI-06 who is added reads from then on"
const AMONG_STAFF = "R-TI-07 what staff write among themselves"
const NOT_SENT = "CVE-2025-32360 R-TI-07 what is not sent"
const KEPT = "CVE-2020-29160 R-TI-08 what was written stays"
const TENANTS = "CVE-2020-10100 of another tenant"
const LINKED = "CVE-2026-34722 of tickets that are linked"
const TAGS = "CVE-2026-84460 tags, fields and priority"
const RUNS = "CVE-2026-63204 what staff run and keep"
const STAND_INS = "CVE-2021-44886 R-TI-13 who stands in"
const OWNERS = "CVE-2026-72719 no command takes an owner"
const FILTERS = "CVE-2026-44706 CVE-2025-21628 are values and nothing else"
const NAMES = "CVE-2026-32763 CVE-2026-33442 CVE-2026-33468 CVE-2026-44635 R-TE-08 names and tags"
const SIGNED = "CVE-2026-61855 R-TI-05 a good signature"
const NOT_FOUND_BY = "R-TI-04 is never found by number"
const OF_ANYBODY = "R-TI-05 of anybody else is held"
const SIZES = "R-TI-10 has an end in every direction"
const FORMS = "CVE-2024-33668 of another form"
const NO_SIGN_IN = "CVE-2026-63765 R-TI-11 without sign-in and form"
const NOTHING_CHOSEN = "R-TI-11 are told by nothing that a sender chooses"
const PAGES = "R-TI-11 that are pages or drawings"
const FETCHED = "R-TI-11 are fetched by nobody before a scan"
const UPLOAD_LIMITS = "R-TI-11 size, number and total are limited"
const UPLOAD_BUDGETS = "R-TI-11 uploads of a source and of an account"
const TYPES = "R-TI-11 type by content and by name must agree"
const READERS = "R-TI-11 V-30 a file is fetched by who may read its message now"
const MACHINES = "R-MA-03 R-MA-04 is told by what it says of itself"
const MENDED =
  "GHSA-mm7p-fcc7-pg87 GHSA-rcmh-qjqh-p98v GHSA-c7w3-x93f-qmm8 GHSA-vvjj-xcjg-gr5g CVE-2026-32887 CVE-2026-32763 CVE-2026-33442 CVE-2026-33468 CVE-2026-44635 are mended"
const AGAIN = "R-MA-09 is looked at again before it goes"

const inTickets = (title: string, on = "(memory)") => at("test/tickets/Tickets.test.ts", title, on)
const inInbound = (title: string) => at("test/tickets/Inbound.test.ts", title)
const inFiles = (title: string) => at("test/tickets/Files.test.ts", title, "(memory)")

/** A port of another room, where the code that is guarded does not know it. */
const port = (file: string, name: string): string => `(yield* (yield* Effect.promise(() => import("${file}"))).${name})`

/** Values become text of the statements that list and save tickets, as they would if somebody put them together by hand. */
const unbound = (kind: "sqlite" | "postgres"): ReadonlyArray<Taken> =>
  one(
    QUERY,
    "return execute(database, operation, { sql, parameters: values, query, queryId }, answer, wanted)",
    `const quoted = (value: unknown): string => (typeof value === "string" ? "'" + value + "'" : String(value))
      let next = 0
      const text = ${kind === "sqlite" ? "sql.replace(/\\?/g, () => quoted(values[next++]))" : "sql.replace(/\\$(\\d+)/g, (_, n) => quoted(values[n - 1]))"}
      return operation === "ticket.list" || operation === "ticket.save"
        ? execute(database, operation, { sql: text, parameters: [], query, queryId }, answer, wanted)
        : execute(database, operation, { sql, parameters: values, query, queryId }, answer, wanted)`
  )

const classified = (text: string, what: string): Guard => ({
  advisories: ["R-MA-03"],
  what,
  taken: one(CLASSIFY, text, ""),
  test: mail(MACHINES)
})

const limit = (file: string, text: string, what: string): Guard => ({
  advisories: ["R-TI-10"],
  what,
  taken: one(file, text, ""),
  test: mail(SIZES)
})

export const guards: ReadonlyArray<Guard> = [
  // ---- what is known of who sends a ticket in ------------------------------------------------------------------------------------------

  {
    advisories: ["R-TI-01"],
    what: "a form says nothing of accounts, and looks none up",
    taken: one(
      SUBMIT,
      "contact: { email: input.email, name: input.fullName, accountId: null },",
      `contact: { email: input.email, name: input.fullName, accountId: Option.getOrUndefined(yield* ${port("../accounts/AccountRepository.ts", "AccountRepository")}.findByEmail(input.email))?.account.id ?? null },`
    ),
    test: inTickets(SUBMITTED)
  },
  {
    advisories: ["CVE-2023-31597", "CVE-2020-14214", "R-TI-02"],
    what: "an address in a form is nobody's account",
    taken: one(
      SUBMIT,
      "contact: { email: input.email, name: input.fullName, accountId: null },",
      `contact: { email: input.email, name: input.fullName, accountId: Option.getOrUndefined(yield* ${port("../accounts/AccountRepository.ts", "AccountRepository")}.findByEmail(input.email))?.account.id ?? null },`
    ),
    test: tickets(UNPROVEN)
  },
  {
    advisories: ["CVE-2023-31597", "CVE-2020-14214", "R-TI-02"],
    what: "an address in a mail is nobody's account",
    taken: one(
      "src/tickets/mailWords.ts",
      `contact: { email, name: mail.from?.name ?? "", accountId: null },`,
      `contact: { email, name: mail.from?.name ?? "", accountId: Option.getOrUndefined(yield* ${port("../accounts/AccountRepository.ts", "AccountRepository")}.findByEmail(email))?.account.id ?? null },`
    ),
    test: tickets(UNPROVEN)
  },
  {
    advisories: ["CVE-2023-31597", "CVE-2020-14214", "R-TI-02"],
    what: "a number that somebody types makes nobody of an organisation",
    taken: one(
      TALK,
      "tenantId: submission.tenantId ?? null,",
      `tenantId: submission.tenantId ?? Option.getOrNull(Option.map(yield* ${port("../tenants/TenantRepository.ts", "TenantRepository")}.findByCustomerNumber(submission.customerNumber ?? "none"), ({ id }) => id)),`
    ),
    test: tickets(UNPROVEN)
  },
  {
    advisories: ["CVE-2023-31597", "CVE-2020-14214", "R-TI-02"],
    what: "a domain in an unproven address makes nobody of an organisation",
    taken: one(
      TALK,
      "tenantId: submission.tenantId ?? null,",
      `tenantId: submission.tenantId ?? Option.getOrNull(Option.map(yield* ${port("../tenants/DomainRepository.ts", "DomainRepository")}.findProven(contact.email.split("@")[1]), ({ tenantId }) => tenantId)),`
    ),
    test: tickets(UNPROVEN)
  },
  {
    advisories: ["R-TI-02"],
    what: "a ticket is claimed by who has its address",
    taken: one(
      "src/tickets/Claims.ts",
      "const participant = opened?.participants.find(({ email }) => email === account.email)",
      "const participant = opened?.participants[0]"
    ),
    test: inTickets("R-TI-02 tickets of before are offered to the account")
  },

  // ---- what strangers can have sent ----------------------------------------------------------------------------------------------------

  {
    advisories: ["R-TI-03"],
    what: "an acknowledgement to an unproven address holds none of the sender's words",
    taken: one(
      TALK,
      "text: participant.provenAt === null ? null : (words?.text ?? null),",
      "text: words?.text ?? null,"
    ),
    test: inTickets(ACKNOWLEDGED)
  },
  {
    advisories: ["R-TI-03"],
    what: "customers' words go to proven addresses only",
    taken: one(TALK, "const told = byStaff || participant.provenAt !== null", "const told = true"),
    test: inTickets(PROVEN_ONLY)
  },
  {
    advisories: ["Zendesk 2025"],
    what: "an acknowledgement holds none of the sender's words",
    taken: one(
      TALK,
      "text: participant.provenAt === null ? null : (words?.text ?? null),",
      "text: words?.text ?? null,"
    ),
    test: tickets(ZENDESK_2025)
  },
  {
    advisories: ["Zendesk 2025"],
    what: "few acknowledgements to one address",
    taken: one(TALK, `{ key: yield* personalKey("tickets.mail", email), limit: ticketMailPerAddress },`, ""),
    test: tickets(ZENDESK_2025)
  },
  {
    advisories: ["Zendesk 2025"],
    what: "messages of customers to unproven addresses hold no words",
    taken: one(TALK, "const told = byStaff || participant.provenAt !== null", "const told = true"),
    test: tickets(ZENDESK_2025)
  },
  {
    advisories: ["Zendesk 2025"],
    what: "who is added at an unproven address is told no name",
    taken: one(PEOPLE, `by: by.kind === "agent" || participant.provenAt !== null ? by.name : null`, "by: by.name"),
    test: tickets(ZENDESK_2025)
  },
  {
    advisories: ["Zendesk 2025"],
    what: "names of others who are added go to proven addresses only",
    taken: one(PEOPLE, "people: proven ? added.map(nameOf) : null,", "people: added.map(nameOf),"),
    test: tickets(ZENDESK_2025)
  },
  {
    advisories: ["CVE-2023-50455", "CVE-2022-29701"],
    what: "few acknowledgements for one source",
    taken: one(
      TALK,
      ": [{ key: `tickets.mail:${sourceKey(request.source)}`, limit: ticketMailPerSource }]),",
      ": []),"
    ),
    test: tickets(BUDGETS)
  },
  {
    advisories: ["CVE-2023-50455", "CVE-2022-29701"],
    what: "few acknowledgements for one customer number, however it is written",
    taken: one(
      TALK,
      `yield* personalKey("tickets.mailOfNumber", normalForm(tenant.customerNumber))`,
      `yield* personalKey("tickets.mailOfNumber", tenant.customerNumber)`
    ),
    test: tickets(BUDGETS)
  },
  {
    advisories: ["CVE-2023-50455", "CVE-2022-29701"],
    what: "few acknowledgements for one customer number",
    taken: one(TALK, "...(whose === null ? [] : [{ key: whose, limit: ticketMailPerTenant }])", ""),
    test: tickets(BUDGETS)
  },
  {
    advisories: ["CVE-2023-50455", "CVE-2022-29701"],
    what: "few tickets of one source",
    taken: one(
      SUBMIT,
      "Effect.succeed([{ key: `tickets.submit:${sourceKey(request.source)}`, limit: settings.limits.ticketsPerSource }]),",
      "Effect.succeed([]),"
    ),
    test: tickets(BUDGETS)
  },

  // ---- whose message a mail is ---------------------------------------------------------------------------------------------------------

  {
    advisories: ["R-TI-04"],
    what: "the token of a reply address is that of its HMAC",
    taken: one(
      "src/tickets/replyAddress.ts",
      "if (Option.isSome(token) && crypto.equal(utf8(token.value), utf8(address.token))) return true",
      "return true"
    ),
    test: inInbound(NOT_FOUND_BY)
  },
  {
    advisories: ["R-TI-04"],
    what: "what refers to a ticket without its token is held",
    taken: one(INBOUND, "if (referred !== undefined) {", "if (false) {"),
    test: inInbound(NOT_FOUND_BY)
  },
  {
    advisories: ["R-TI-04"],
    what: "a number in the subject leads nowhere",
    taken: one(
      INBOUND,
      "  return {\n    target: null,\n    claimed: replies[0]?.number ?? null,",
      `  const numbered = /\\[#(\\w{8})\\]/.exec(mail.subject)?.[1]
  const meant = numbered === undefined ? undefined : Option.getOrUndefined(yield* tickets.findByNumber(numbered))
  const there = meant === undefined ? undefined : Option.getOrUndefined(yield* tickets.open(meant.id))
  const author = there?.participants.find(({ email }) => email === mail.from?.email)
  if (there !== undefined && author !== undefined) {
    const { address } = ReplyAddress.parse(Option.getOrThrow(yield* ReplyAddress.make(there.ticket, author, settings)), settings)
    return { target: { ticketId: there.ticket.id, participantId: author.id, address }, claimed: null, addressed: true }
  }
  return {
    target: null,
    claimed: replies[0]?.number ?? null,`
    ),
    test: inInbound(NOT_FOUND_BY)
  },
  {
    advisories: ["Zendesk 2024"],
    what: "a number in the subject leads nowhere, for a forged sender",
    taken: one(
      INBOUND,
      "  return {\n    target: null,\n    claimed: replies[0]?.number ?? null,",
      `  const numbered = /#(\\w{8})/.exec(mail.subject)?.[1]
  const meant = numbered === undefined ? undefined : Option.getOrUndefined(yield* tickets.findByNumber(numbered))
  const there = meant === undefined ? undefined : Option.getOrUndefined(yield* tickets.open(meant.id))
  const author = there?.participants.find(({ email }) => email === mail.from?.email)
  if (there !== undefined && author !== undefined) {
    const { address } = ReplyAddress.parse(Option.getOrThrow(yield* ReplyAddress.make(there.ticket, author, settings)), settings)
    return { target: { ticketId: there.ticket.id, participantId: author.id, address }, claimed: null, addressed: true }
  }
  return {
    target: null,
    claimed: replies[0]?.number ?? null,`
    ),
    test: mail(ZENDESK_2024)
  },
  {
    advisories: ["Zendesk 2024"],
    what: "who is in copy takes no part",
    taken: one(
      INBOUND,
      "  yield* hang(hand, said.success.message, said.success.opened, taken)",
      `  yield* hang(hand, said.success.message, said.success.opened, taken)
  const { addPeople } = yield* Effect.promise(() => import("./Participants.ts"))
  const talk = yield* Effect.promise(() => import("./conversation.ts"))
  const copied = talk.begin({ ticket: said.success.ticket, participants: said.success.opened.participants })
  yield* addPeople(hand, copied, talk.byParticipant(participant), mail.cc.flatMap(({ email }) => email === null ? [] : [{ email }]), 0)
  yield* talk.keep(hand, copied)`
    ),
    test: mail(ZENDESK_2024)
  },
  {
    advisories: ["Zendesk 2024"],
    what: "a stated author has proven nothing",
    taken: one(
      TALK,
      "    provenAt: accountId === null ? null : at,\n    writes: true,",
      "    provenAt: at,\n    writes: true,"
    ),
    test: mail(ZENDESK_2024)
  },
  {
    advisories: ["Zendesk 2024"],
    what: "the token of a reply address is that of its HMAC",
    taken: one(
      "src/tickets/replyAddress.ts",
      "if (Option.isSome(token) && crypto.equal(utf8(token.value), utf8(address.token))) return true",
      "return true"
    ),
    test: mail(ZENDESK_2024)
  },
  {
    advisories: ["Zendesk 2024"],
    what: "a mail of another service is nobody's answer",
    taken: one(INBOUND, `if (mail.from?.email !== participant.email) return held("sender", target.ticketId)`, ""),
    test: mail("Zendesk 2024 a code that another service sends")
  },
  {
    advisories: ["R-TI-05"],
    what: "the sender is the one whose reply address it is",
    taken: one(INBOUND, `if (mail.from?.email !== participant.email) return held("sender", target.ticketId)`, ""),
    test: inInbound(OF_ANYBODY)
  },
  {
    advisories: ["R-TI-05"],
    what: "an answer that fails authentication is held",
    taken: one(INBOUND, `if (input.authentication === "fail") return held("authentication", target.ticketId)`, ""),
    test: inInbound("R-TI-05 whose author's domain says that it is forged")
  },
  {
    advisories: ["R-TI-05"],
    what: "a new mail that fails authentication is held",
    taken: one(INBOUND, `if (input.authentication === "fail") return held("authentication")\n`, "\n"),
    test: inInbound("R-TI-05 whose author's domain says that it is forged")
  },
  {
    advisories: ["CVE-2026-61855", "R-TI-05"],
    what: "authentication does not stand for the sender",
    taken: one(
      INBOUND,
      `if (mail.from?.email !== participant.email) return held("sender", target.ticketId)`,
      `if (mail.from?.email !== participant.email && input.authentication !== "pass") return held("sender", target.ticketId)`
    ),
    test: mail(SIGNED)
  },
  {
    advisories: ["CVE-2026-61855", "R-TI-05"],
    what: "a message inside of the message is none of its text",
    taken: [
      { file: PARSER, text: "forceRfc822Attachments: true,", instead: "" },
      { file: PARSER, text: "maxRfc822NestingDepth: 0", instead: "" }
    ],
    test: mail(SIGNED)
  },
  {
    advisories: ["CVE-2026-61855", "R-TI-05"],
    what: "authentication without a token proves nothing",
    taken: one(
      TALK,
      "    provenAt: accountId === null ? null : at,\n    writes: true,",
      "    provenAt: at,\n    writes: true,"
    ),
    test: mail(SIGNED)
  },

  // ---- who reads what ------------------------------------------------------------------------------------------------------------------

  {
    advisories: ["R-TI-06"],
    what: "To and Cc add nobody",
    taken: one(
      INBOUND,
      "  yield* hang(hand, said.success.message, said.success.opened, taken)",
      `  yield* hang(hand, said.success.message, said.success.opened, taken)
  const { addPeople } = yield* Effect.promise(() => import("./Participants.ts"))
  const talk = yield* Effect.promise(() => import("./conversation.ts"))
  const copied = talk.begin({ ticket: said.success.ticket, participants: said.success.opened.participants })
  yield* addPeople(hand, copied, talk.byParticipant(participant), mail.cc.flatMap(({ email }) => email === null ? [] : [{ email }]), 0)
  yield* talk.keep(hand, copied)`
    ),
    test: inInbound("R-TI-06 V-32 adds nobody by To and Cc")
  },
  {
    advisories: ["R-TI-06"],
    what: "who is added reads nothing older, unless so chosen",
    taken: one(
      PEOPLE,
      `const readsAfter = input.history === "all" ? participant.readsAfter : lastMessage`,
      "const readsAfter = 0 * lastMessage"
    ),
    test: inTickets(ADDED_LATER)
  },
  {
    advisories: ["R-TI-06"],
    what: "messages after the grant only (memory)",
    taken: one(MEMORY, `(visibility === "public" && seq > publicAfter)`, `(visibility === "public" && seq > 0)`),
    test: inTickets(ADDED_LATER)
  },
  {
    advisories: ["R-TI-06"],
    what: "messages after the grant only (SQL)",
    taken: one(SQL, `eb("ticket_message.seq", ">", eb.ref("given.public_after"))`, `eb("ticket_message.seq", ">", 0)`),
    test: inTickets(ADDED_LATER, "(better-sqlite3)")
  },
  {
    advisories: ["R-TI-06"],
    what: "words after the grant only (memory)",
    taken: one(
      MEMORY,
      "inSubject || publicSeq > (own.get(ticketId)?.readsAfter ?? publicSeq)",
      "inSubject || publicSeq > (own.has(ticketId) ? 0 : publicSeq)"
    ),
    test: inTickets(ADDED_LATER)
  },
  {
    advisories: ["R-TI-06"],
    what: "words after the grant only (SQL)",
    taken: one(SQL_LISTS, `of === "tenant" ? sql.lit(0) : sql.ref("p.reads_after")`, "sql.lit(0)"),
    test: inTickets(ADDED_LATER, "(better-sqlite3)")
  },
  {
    advisories: ["R-TI-06"],
    what: "the history from the grant on only",
    taken: one(
      SUBMIT,
      "const since = all ? opened.ticket.createdAt : (participant?.addedAt ?? call.now)",
      "const since = all ? opened.ticket.createdAt : opened.ticket.createdAt"
    ),
    test: inTickets(ADDED_LATER)
  },
  {
    advisories: ["R-TI-07"],
    what: "notes are no messages for customers (memory)",
    taken: one(
      MEMORY,
      `(visibility === "public" && seq > publicAfter)`,
      `(visibility !== "secret" && seq > publicAfter)`
    ),
    test: inTickets(AMONG_STAFF)
  },
  {
    advisories: ["R-TI-07"],
    what: "notes are no messages for customers (SQL)",
    taken: one(SQL, `eb("ticket_message.visibility", "=", "public"),`, ""),
    test: inTickets(AMONG_STAFF, "(better-sqlite3)")
  },
  {
    advisories: ["R-TI-07"],
    what: "the history of customers has public lines only (memory)",
    taken: one(
      MEMORY,
      `(publicSince === null || (change.visibility === "public" && change.at >= publicSince))`,
      "(publicSince === null || change.at >= publicSince)"
    ),
    test: inTickets(AMONG_STAFF)
  },
  {
    advisories: ["R-TI-07"],
    what: "the history of customers has public lines only (SQL)",
    taken: one(
      SQL,
      `rows.where("visibility", "=", "public").where("at", ">=", p.since)`,
      `rows.where("at", ">=", p.since)`
    ),
    test: inTickets(AMONG_STAFF, "(better-sqlite3)")
  },
  {
    advisories: ["R-TI-07"],
    what: "words of notes are found by staff only",
    taken: one(TALK, `internal: visibility === "internal",`, "internal: false,"),
    test: inTickets(AMONG_STAFF)
  },
  {
    advisories: ["R-TI-07"],
    what: "notes are mailed to nobody",
    taken: [
      {
        file: TALK,
        text: `({ author, visibility }) => visibility === "public" && author !== "system")\n    for (`,
        instead: `({ author }) => author !== "system")\n    for (`
      },
      {
        file: "src/tickets/Ticket.ts",
        text: `message.visibility === "public" &&\n        reader.participant.removedAt === null &&`,
        instead: "reader.participant.removedAt === null &&"
      }
    ],
    test: inTickets(AMONG_STAFF)
  },
  {
    advisories: ["R-TI-07"],
    what: "notes are no activity for customers",
    taken: one(
      TALK,
      `activityAt: visibility === "public" ? Instant.latest(ticket.activityAt, at) : ticket.activityAt,`,
      "activityAt: Instant.latest(ticket.activityAt, at),"
    ),
    test: inTickets(AMONG_STAFF)
  },
  {
    advisories: ["R-TI-07"],
    what: "a cursor of the history counts no lines of staff",
    taken: [
      {
        file: SUBMIT,
        text: "? yield* sealer.seal(HISTORY, scope, Redacted.make(String(last.seq)))",
        instead: "? String(last.seq)"
      },
      {
        file: SUBMIT,
        text: "yield* sealer.open(HISTORY, scope, input.after).pipe(",
        instead: "yield* Effect.succeed(Redacted.make(input.after)).pipe("
      }
    ],
    test: inTickets(AMONG_STAFF)
  },
  {
    advisories: ["CVE-2025-32360", "R-TI-07"],
    what: "a file of a note is for staff",
    taken: one(
      FILES,
      `if (!readers.some((reader) => mayRead(reader, place))) return yield* new NotFound({ kind: "file" })`,
      `if (readers.length === 0) return yield* new NotFound({ kind: "file" })`
    ),
    test: tickets(NOT_SENT)
  },
  {
    advisories: ["CVE-2025-32360", "R-TI-07"],
    what: "a file that is in no message yet is fetched by nobody",
    taken: one(
      FILES,
      `if (file === undefined || place === null) return yield* new NotFound({ kind: "file" })`,
      `if (file === undefined) return yield* new NotFound({ kind: "file" })
    if (place === null) return { file: viewOf(file, call.settings), headers: File.headersOf(file) }`
    ),
    test: tickets(NOT_SENT)
  },
  {
    advisories: ["CVE-2025-32360", "R-TI-07"],
    what: "a held mail is for staff",
    taken: [
      {
        file: "src/tickets/HeldMails.ts",
        text: `"Lists mails that were held for staff to look at, the oldest first.",\n  actors: ["Staff"],`,
        instead: `"Lists mails that were held for staff to look at, the oldest first.",\n  actors: ["Staff", "Account"],`
      },
      {
        file: "src/tickets/HeldMails.ts",
        text: `yield* Effect.fromResult(staffMay("tickets.heldMails", actor))`,
        instead: ""
      }
    ],
    test: tickets(NOT_SENT)
  },
  {
    advisories: ["CVE-2025-32360", "R-TI-07"],
    what: "a note is no matter of the tenant's own log",
    taken: one(
      TALK,
      `tenantId: visibility === "internal" ? undefined : (work.ticket.tenantId ?? undefined),`,
      "tenantId: work.ticket.tenantId ?? undefined,"
    ),
    test: tickets(NOT_SENT)
  },
  {
    advisories: ["CVE-2020-10100"],
    what: "who neither takes part nor has the permission sees nothing",
    taken: one(READING, "if (part === undefined && !byTenant) return []", ""),
    test: tickets(TENANTS, "(memory)")
  },
  {
    advisories: ["CVE-2020-10100"],
    what: "the permission is that of the ticket's tenant",
    taken: one(
      "src/tenants/Permissions.ts",
      "if (Result.isSuccess(found)) permitted.add(facts.tenantId)",
      "if (found !== undefined) permitted.add(facts.tenantId)"
    ),
    test: tickets(TENANTS, "(memory)")
  },
  {
    advisories: ["CVE-2020-10100"],
    what: "the list of a tenant is for who has the permission there",
    taken: one(SUBMIT, `yield* require(actor, settings, input.tenantId, "tickets.read")`, ""),
    test: tickets(TENANTS, "(memory)")
  },
  {
    advisories: ["CVE-2020-10100"],
    what: "the list of a tenant has its tickets only (memory)",
    taken: one(MEMORY, `ticket.tenantId === tenantId && placeOf(ticket) === "queue"`, `placeOf(ticket) === "queue"`),
    test: tickets(TENANTS, "(memory)")
  },
  {
    advisories: ["CVE-2020-10100"],
    what: "the list of a tenant has its tickets only (SQLite)",
    taken: one(SQL_LISTS, `if (shape.tenant) rows = rows.where("t.tenant_id", "=", p.tenantId)`, ""),
    test: tickets(TENANTS, "(better-sqlite3)")
  },
  {
    advisories: ["CVE-2020-10100"],
    what: "the list of a tenant has its tickets only (PostgreSQL)",
    taken: one(SQL_LISTS, `if (shape.tenant) rows = rows.where("t.tenant_id", "=", p.tenantId)`, ""),
    test: tickets(TENANTS, "(postgres)")
  },
  {
    advisories: ["CVE-2020-10100"],
    what: "one's own list has what one takes part in only (SQL)",
    taken: one(
      SQL_LISTS,
      `.selectFrom("ticket_participant as p")
        .where("p.account_id", "=", p.accountId)`,
      `.selectFrom("ticket_participant as p")`
    ),
    test: tickets(TENANTS, "(better-sqlite3)")
  },
  {
    advisories: ["CVE-2026-34722"],
    what: "linked tickets are shown to who reads them",
    taken: one(
      READING,
      "return new Map((yield* sightsOf(caller, opened, [sight])).map((one) => [one.opened.ticket.id, one]))",
      "return new Map(opened.map((one) => [one.ticket.id, { opened: one, participant: null, byTenant: true, publicAfter: 0 }]))"
    ),
    test: tickets(LINKED)
  },
  {
    advisories: ["CVE-2026-84460"],
    what: "a customer's line of a ticket has no tags",
    taken: one(
      SUBMIT,
      "  contactName: ticket.contactName,\n  tenantId: ticket.tenantId,\n  tenantName,",
      "  contactName: ticket.contactName,\n  tenantId: ticket.tenantId,\n  tags: ticket.tags,\n  tenantName,"
    ),
    test: tickets(TAGS)
  },
  {
    advisories: ["CVE-2026-84460"],
    what: "what staff set is in their history only",
    taken: one(
      "src/tickets/desk/steps.ts",
      `enter(hand, work, author, what, data, "internal")`,
      "enter(hand, work, author, what, data)"
    ),
    test: tickets(TAGS)
  },
  {
    advisories: ["CVE-2026-84460"],
    what: "ids are drawn and not counted",
    taken: one("src/kernel/ids.ts", "const bytes = yield* crypto.randomBytes(16)", "const bytes = new Uint8Array(16)"),
    test: tickets(TAGS)
  },
  {
    advisories: ["CVE-2026-63204"],
    what: "what is for staff is for staff",
    taken: one(USE_CASE, "if (!kinds.includes(actor._tag)) {", "if (false) {"),
    test: tickets(RUNS)
  },
  {
    advisories: ["CVE-2026-63204"],
    what: "a colleague's own view is the colleague's",
    taken: one(
      "src/memory/DeskRepository.ts",
      "item._tag === kind && (item.shared || item.ownerId === accountId)",
      "item._tag === kind && accountId !== undefined"
    ),
    test: tickets(RUNS)
  },
  {
    advisories: ["CVE-2022-48023"],
    what: "fields that a use case does not have are refused",
    taken: one(USE_CASE, `onExcessProperty: "error"`, `onExcessProperty: "ignore"`),
    test: tickets("CVE-2022-48023 customers set neither tags")
  },
  {
    advisories: ["CVE-2022-48023"],
    what: "staff's changes are for staff",
    taken: one(USE_CASE, "if (!kinds.includes(actor._tag)) {", "if (false) {"),
    test: tickets("CVE-2022-48023 customers set neither tags")
  },
  {
    advisories: ["CVE-2021-44886", "R-TI-13"],
    what: "a deputy takes no part",
    taken: [
      {
        file: READING,
        text: "  const parts = all\n    .filter(({ ticket }) => !ticket.spam)",
        instead: `  const standIns = (yield* ${port("../requests/DeputyRepository.ts", "DeputyRepository")}.ofAccount(caller.actor.accountId, 0, { after: Option.none(), limit: 10 })).map(({ principalId }) => principalId)
  const parts = all
    .filter(({ ticket }) => !ticket.spam)`
      },
      {
        file: READING,
        text: "part: opened.participants.find((one) => one.accountId === caller.actor.accountId && takesPart(one))",
        instead:
          "part: opened.participants.find((one) => (one.accountId === caller.actor.accountId || standIns.includes(one.accountId)) && takesPart(one))"
      }
    ],
    test: tickets(STAND_INS)
  },
  {
    advisories: ["CVE-2021-44886", "R-TI-13"],
    what: "a deputy gets no notices",
    taken: [
      {
        file: TALK,
        text: "    for (const message of told) yield* sendMessage(hand, work, message)",
        instead: `    for (const message of told) yield* sendMessage(hand, work, message)
    for (const message of told) {
      for (const participant of work.participants) {
        if (participant.accountId === null) continue
        const named = yield* ${port("../requests/DeputyRepository.ts", "DeputyRepository")}.ofAccount(participant.accountId, now, { after: Option.none(), limit: 10 })
        for (const { deputyId } of named) {
          const deputy = Option.getOrThrow(yield* ${port("../accounts/AccountRepository.ts", "AccountRepository")}.find(deputyId))
          yield* sendMessage(hand, { ...work, participants: [{ ...participant, email: deputy.email }] }, message)
        }
      }
    }`
      },
      {
        file: MAILS,
        text: `if (participant.email !== recipient) return MailKind.moved(participant.email)`,
        instead: ""
      }
    ],
    test: tickets(STAND_INS)
  },
  {
    advisories: ["CVE-2021-44886", "R-TI-13"],
    what: "staff who act for a customer are no customer",
    taken: one(
      USE_CASE,
      "if (!kinds.includes(actor._tag)) {",
      `if (!kinds.includes(actor._tag) && actor._tag !== "StaffActingFor") {`
    ),
    test: tickets(STAND_INS)
  },
  {
    advisories: ["R-TI-13"],
    what: "a deputy takes no part",
    taken: [
      {
        file: READING,
        text: "  const parts = all\n    .filter(({ ticket }) => !ticket.spam)",
        instead: `  const standIns = (yield* ${port("../requests/DeputyRepository.ts", "DeputyRepository")}.ofAccount(caller.actor.accountId, 0, { after: Option.none(), limit: 10 })).map(({ principalId }) => principalId)
  const parts = all
    .filter(({ ticket }) => !ticket.spam)`
      },
      {
        file: READING,
        text: "part: opened.participants.find((one) => one.accountId === caller.actor.accountId && takesPart(one))",
        instead:
          "part: opened.participants.find((one) => (one.accountId === caller.actor.accountId || standIns.includes(one.accountId)) && takesPart(one))"
      }
    ],
    test: at("test/tickets/standIns.test.ts", "R-TI-13 a deputy decides requests", "(memory)")
  },

  // ---- what is kept, and what can be changed -------------------------------------------------------------------------------------------

  {
    advisories: ["R-TI-08"],
    what: "no statement changes a message (SQLite)",
    taken: one(
      "src/kysely/migrations/0016_tickets.ts",
      "begin select raise(abort, 'rows of this table are only ever added'); end",
      "begin select 1; end"
    ),
    test: at("test/kysely/tickets.test.ts", "R-TI-08 no statement changes or removes them", "better-sqlite3")
  },
  {
    advisories: ["R-TI-08"],
    what: "no statement changes a message (PostgreSQL)",
    taken: one(
      "src/kysely/migrations/0016_tickets.ts",
      "'begin raise exception ''rows of this table are only ever added''; end'",
      "'begin if tg_op = ''DELETE'' then return old; end if; return new; end'"
    ),
    test: at("test/kysely/tickets.test.ts", "R-TI-08 no statement changes or removes them", "postgres")
  },
  {
    advisories: ["CVE-2020-29160", "R-TI-08"],
    what: "a message is written once",
    taken: one(MEMORY, "messages.insert(write, message)", "messages.upsert(write, message)"),
    test: tickets(KEPT)
  },
  {
    advisories: ["CVE-2020-29160", "R-TI-08"],
    what: "a change of the details is in the history",
    taken: one(SUBMIT, `enter(unit, work, author, "changed", { field, from, to })`, ""),
    test: tickets(KEPT)
  },
  {
    advisories: ["CVE-2020-29160", "R-TI-08"],
    what: "a change of the details is an event",
    taken: one(SUBMIT, `unit.record({\n      type: "ticket.changed",`, `void ({\n      type: "ticket.changed",`),
    test: tickets(KEPT)
  },
  {
    advisories: ["CVE-2020-29160", "R-TI-08"],
    what: "what staff set is an event",
    taken: one(
      "src/tickets/desk/steps.ts",
      "hand.record({ type: `ticket.${what}`, subject: subjectOf(work.ticket.id), data: logged })",
      "void logged"
    ),
    test: tickets(KEPT)
  },
  {
    advisories: ["CVE-2020-29160", "R-TI-08"],
    what: "a message is an event",
    taken: one(
      TALK,
      `hand.record({\n    type: visibility === "internal" ? "ticket.noted" : "ticket.messageAdded",`,
      `void ({\n    type: visibility === "internal" ? "ticket.noted" : "ticket.messageAdded",`
    ),
    test: tickets(KEPT)
  },
  {
    advisories: ["CVE-2026-72719"],
    what: "an owner in the input is refused",
    taken: one(USE_CASE, `onExcessProperty: "error"`, `onExcessProperty: "ignore"`),
    test: tickets(OWNERS)
  },
  {
    advisories: ["CVE-2026-72719"],
    what: "a use case that takes nothing is given nothing",
    taken: one(USE_CASE, "const issues = empty ? unexpected(raw) : []", "const issues: ReadonlyArray<InputIssue> = []"),
    test: tickets(OWNERS)
  },
  {
    advisories: ["CVE-2026-72719"],
    what: "a ticket is sent in for a tenant of one's own",
    taken: one(
      SUBMIT,
      "yield* Effect.fromResult(usable(yield* Effect.fromResult(place(unit.actor, access))))",
      "void access"
    ),
    test: tickets(OWNERS)
  },
  {
    advisories: ["CVE-2026-72719"],
    what: "the list of a tenant is for its members",
    taken: one(SUBMIT, `yield* require(actor, settings, input.tenantId, "tickets.read")`, ""),
    test: tickets(OWNERS)
  },
  {
    advisories: ["CVE-2026-72719"],
    what: "a file of somebody else goes into no message",
    taken: one(
      FILES,
      "if (file === undefined || !owners.includes(file.owner) || !File.isLoose(file, unit.now)) {",
      "if (file === undefined || !File.isLoose(file, unit.now)) {"
    ),
    test: tickets(OWNERS)
  },
  {
    advisories: ["CVE-2026-44706", "CVE-2025-21628"],
    what: "values are bound (SQLite)",
    taken: unbound("sqlite"),
    test: tickets(FILTERS, "(better-sqlite3)")
  },
  {
    advisories: ["CVE-2026-44706", "CVE-2025-21628"],
    what: "values are bound (PostgreSQL)",
    taken: unbound("postgres"),
    test: tickets(FILTERS, "(postgres)")
  },
  {
    advisories: ["CVE-2026-44706", "CVE-2025-21628"],
    what: "operators of a filter are refused (SQLite)",
    taken: one(USE_CASE, `onExcessProperty: "error"`, `onExcessProperty: "ignore"`),
    test: tickets(FILTERS, "(better-sqlite3)")
  },
  {
    advisories: ["CVE-2026-44706", "CVE-2025-21628"],
    what: "operators of a filter are refused (PostgreSQL)",
    taken: one(USE_CASE, `onExcessProperty: "error"`, `onExcessProperty: "ignore"`),
    test: tickets(FILTERS, "(postgres)")
  },
  {
    advisories: ["CVE-2026-44706", "CVE-2025-21628"],
    what: "states of a filter are those that there are (SQLite)",
    taken: one(
      "src/tickets/desk/DeskItem.ts",
      "states: Schema.optionalKey(Schema.Array(TicketState).check(Schema.isMaxLength(6))),",
      "states: Schema.optionalKey(Schema.Array(Schema.String).check(Schema.isMaxLength(6))),"
    ),
    test: tickets(FILTERS, "(better-sqlite3)")
  },
  {
    advisories: ["CVE-2026-44706", "CVE-2025-21628"],
    what: "a cursor is a key of the list (PostgreSQL)",
    taken: one(
      "src/kernel/Page.ts",
      "Schema.decodeUnknownOption(Schema.fromJsonString(key))(new TextDecoder().decode(bytes))",
      "Option.liftThrowable((text: string) => JSON.parse(text) as Key)(new TextDecoder().decode(bytes))"
    ),
    test: tickets(FILTERS, "(postgres)")
  },

  // ---- HTML ----------------------------------------------------------------------------------------------------------------------------

  {
    advisories: ["R-TI-09"],
    what: "elements are those on the list",
    taken: one(SANITIZER, "allowedTags: [...ALLOWED_TAGS],", "allowedTags: false,"),
    test: at("test/files/Sanitizer.test.ts", "R-TI-09 MIN-07 no payload of the corpus")
  },
  {
    advisories: ["R-TI-09"],
    what: "what comes out is looked at once more",
    taken: [
      { file: SANITIZER, text: "allowedTags: [...ALLOWED_TAGS],", instead: "allowedTags: false," },
      {
        file: SANITIZER,
        text: "if (cleaned === undefined || !WELL_FORMED.test(cleaned)) return Option.none()",
        instead: "if (cleaned === undefined) return Option.none()"
      }
    ],
    test: at("test/files/Sanitizer.test.ts", "R-TI-09 MIN-07 no payload of the corpus")
  },
  {
    advisories: ["CVE-2026-34718", "R-TI-09"],
    what: "addresses are of the schemes on the list",
    taken: one(SANITIZER, "if (!schemes.includes(url.protocol)) return undefined", ""),
    test: mail("CVE-2026-34718 R-TI-09 has no address of data")
  },
  {
    advisories: ["CVE-2026-34718", "R-TI-09"],
    what: "links are made anew of what was looked at",
    taken: one(
      SANITIZER,
      `const target = href === undefined ? undefined : absolute(href, ["https:", "mailto:"])`,
      "const target = href"
    ),
    test: mail("CVE-2026-34718 R-TI-09 has no address of data")
  },
  {
    advisories: ["CVE-2026-63006", "R-TI-09"],
    what: "images are those that came along",
    taken: one(SANITIZER, `const remote = remoteImages ? absolute(src, ["https:"]) : undefined`, "const remote = src"),
    test: mail("CVE-2026-63006 R-TI-09 has no image")
  },
  {
    advisories: ["CVE-2026-63006", "R-TI-09"],
    what: "links have an address of their own",
    taken: [
      {
        file: SANITIZER,
        text: "if (!/^[a-z]+:/i.test(text) || !URL.canParse(text)) return undefined\n  const url = new URL(text)",
        instead: `if (!URL.canParse(text, "https://portal.example/")) return undefined\n  const url = new URL(text, "https://portal.example/")`
      },
      {
        file: SANITIZER,
        text: `(!/^https:\\/\\//i.test(text) || url.username !== "" || url.password !== "")`,
        instead: "false"
      }
    ],
    test: mail("CVE-2026-63006 R-TI-09 has no image")
  },
  {
    advisories: ["CVE-2026-84463", "R-TI-09"],
    what: "there is no frame on the list",
    taken: one(SANITIZER, `...["a", "img"]\n`, `...["a", "img", "iframe"]\n`),
    test: mail("CVE-2026-84463 R-TI-09 has no frame")
  },
  {
    advisories: ["CVE-2026-84463", "R-TI-09"],
    what: "attributes are those on the list",
    taken: [
      {
        file: SANITIZER,
        text: `    td: ["colspan", "rowspan"],\n    th: ["colspan", "rowspan"]\n  },`,
        instead: `    td: ["colspan", "rowspan"],\n    th: ["colspan", "rowspan"],\n    p: ["allow", "sandbox", "style", "id", "class", "onclick"]\n  },`
      },
      {
        file: SANITIZER,
        text: "if (cleaned === undefined || !WELL_FORMED.test(cleaned)) return Option.none()",
        instead: "if (cleaned === undefined) return Option.none()"
      }
    ],
    test: mail("CVE-2026-84463 R-TI-09 has no frame")
  },
  {
    advisories: ["CVE-2026-56731", "R-TI-09"],
    what: "a title becomes no page of its own",
    taken: [
      { file: SANITIZER, text: "allowedTags: [...ALLOWED_TAGS],", instead: `allowedTags: [...ALLOWED_TAGS, "title"],` },
      { file: SANITIZER, text: `"select", "title", "head"],`, instead: `"select", "head"],` }
    ],
    test: mail("CVE-2026-56731 R-TI-09 has titles that are text")
  },
  {
    advisories: ["CVE-2026-56731", "R-TI-09"],
    what: "text in a mail is escaped",
    taken: one("src/mail/html.ts", `typeof part === "string" ? escape(part) :`, `typeof part === "string" ? part :`),
    test: mail("CVE-2026-56731 R-TI-09 is text in the HTML of mails")
  },

  // ---- sizes ---------------------------------------------------------------------------------------------------------------------------

  {
    advisories: ["R-TI-10"],
    what: "a mail that is too large is refused before it is read",
    taken: one(
      INBOUND,
      `if (raw.length > settings.inbound.limits.bytes) return { ...unread, refused: "too-large" } satisfies Prepared`,
      ""
    ),
    test: inInbound("R-TI-10 that is too large, or for somebody else")
  },
  limit(PARSER, `if (raw.length > limits.bytes) return "too-large"`, "octets of a mail"),
  limit(PARSER, `if (fields > limits.headers) return "too-many-headers"`, "fields of the header"),
  limit(PARSER, `if (dashes > limits.parts * DASHES_FOR_PART) return "too-many-parts"`, "lines that could be parts"),
  limit(PARSER, "maxNestingDepth: limits.depth,", "levels of parts"),
  limit(PARSER, "maxHeadersSize: limits.headerBytes,", "octets of headers"),
  limit(PARSER, `if (mail.parts.length > limits.parts) return "too-many-parts"`, "parts"),
  limit(
    PARSER,
    `if (mail.text.length > limits.text || (mail.html?.length ?? 0) > limits.text) return "too-long-text"`,
    "characters of text"
  ),
  {
    advisories: ["R-TI-10"],
    what: "octets of parts after decoding",
    taken: one(PARSER, `return decoded > limits.decodedBytes ? "too-large" : undefined`, "void decoded"),
    test: mail(SIZES)
  },
  {
    advisories: ["R-TI-10"],
    what: "lines of text",
    taken: one(PARSER, `return short > limits.text / UNITS_FOR_LINE ? "too-long-text" : undefined`, "void short"),
    test: mail(SIZES)
  },

  // ---- files ---------------------------------------------------------------------------------------------------------------------------

  {
    advisories: ["CVE-2024-33668"],
    what: "the secret of a form has a keyed digest",
    taken: one(FILES, "|| !crypto.equal(utf8(made.value.mac), utf8(mac))", ""),
    test: files(FORMS)
  },
  {
    advisories: ["CVE-2024-33668"],
    what: "the secret of a form is drawn",
    taken: one(
      FILES,
      "${toBase64Url(yield* crypto.randomBytes(32))}`\n    const { keyId, mac }",
      "1`\n    const { keyId, mac }"
    ),
    test: files(FORMS)
  },
  {
    advisories: ["CVE-2024-33668"],
    what: "a form takes files of its own",
    taken: one(
      FILES,
      "if (file === undefined || !owners.includes(file.owner) || !File.isLoose(file, unit.now)) {",
      "if (file === undefined || !File.isLoose(file, unit.now)) {"
    ),
    test: files(FORMS)
  },
  {
    advisories: ["CVE-2024-33668"],
    what: "the secret of a form has an end",
    taken: one(FILES, "if (now >= Number.parseInt(expires, 36)) return yield* new UploadFormExpired()", ""),
    test: files(FORMS)
  },
  {
    advisories: ["CVE-2026-63765", "R-TI-11"],
    what: "without account and form there is no upload",
    taken: one(
      FILES,
      "const [owner] = yield* ownersFor(unit, input.form)",
      `const [owner = "form:anyone"] = yield* ownersFor(unit, input.form)`
    ),
    test: files(NO_SIGN_IN)
  },
  {
    advisories: ["CVE-2026-63765", "R-TI-11"],
    what: "whose it is, is nobody's to say",
    taken: one(USE_CASE, `onExcessProperty: "error"`, `onExcessProperty: "ignore"`),
    test: files(NO_SIGN_IN)
  },
  {
    advisories: ["CVE-2026-63765", "R-TI-11"],
    what: "the steps behind an upload are the library's own",
    taken: one(USE_CASE, "if (!kinds.includes(actor._tag)) {", "if (false) {"),
    test: files(NO_SIGN_IN)
  },
  {
    advisories: ["R-TI-11"],
    what: "the place of the bytes is drawn",
    taken: one(
      FILES,
      "key: toHex(yield* crypto.randomBytes(32)) as BlobKey,",
      "key: toHex(yield* crypto.sha256(name)) as BlobKey,"
    ),
    test: files(NOTHING_CHOSEN)
  },
  {
    advisories: ["R-TI-11"],
    what: "a name is made safe",
    taken: one(FILES, "const name = safeName(input.name)", "const name = input.name"),
    test: files(NOTHING_CHOSEN)
  },
  {
    advisories: ["R-TI-11"],
    what: "a file is a download",
    taken: one(FILE, "return `attachment; filename=", "return `inline; filename="),
    test: files(NOTHING_CHOSEN)
  },
  {
    advisories: ["R-TI-11"],
    what: "no browser guesses what a file is",
    taken: one(FILE, `"x-content-type-options": "nosniff",`, ""),
    test: files(NOTHING_CHOSEN)
  },
  {
    advisories: ["R-TI-11"],
    what: "no file runs in the portal's name",
    taken: one(FILE, `"content-security-policy": "default-src 'none'; sandbox",`, ""),
    test: files(NOTHING_CHOSEN)
  },
  {
    advisories: ["R-TI-11"],
    what: "pages and drawings are bytes without a meaning",
    taken: one(FILE, "type === undefined || type.active)", "type === undefined)"),
    test: files(PAGES)
  },
  {
    advisories: ["R-TI-11"],
    what: "content and name agree",
    taken: one("src/tickets/FileType.ts", "return type.content.includes(content)\n", "return content !== undefined\n"),
    test: files(PAGES)
  },
  {
    advisories: ["R-TI-11"],
    what: "text that begins as a page is one",
    taken: one(
      "src/tickets/FileType.ts",
      `return MARKUP.test(start.replaceAll("\\0", "")) ? "markup" : "text"`,
      `return "text"`
    ),
    test: files(PAGES)
  },
  {
    advisories: ["R-TI-11"],
    what: "types are those on the list",
    taken: one(
      "src/tickets/FileType.ts",
      "return type === undefined || !allowed.includes(type.extension)\n",
      "return type === undefined\n"
    ),
    test: at("test/tickets/FileType.test.ts", "R-TI-11 TIC-13 the settings take types away")
  },
  {
    advisories: ["R-TI-11"],
    what: "a scan decides first",
    taken: one(FILES, "yield* Effect.fromResult(File.fetchable(file, call.settings.files.serveUnscanned))", ""),
    test: files(FETCHED)
  },
  {
    advisories: ["R-TI-11"],
    what: "a file of one ticket goes into no other one",
    taken: [
      {
        file: FILES,
        text: "if (file === undefined || !owners.includes(file.owner) || !File.isLoose(file, unit.now)) {",
        instead: "if (file === undefined) {"
      },
      {
        file: "src/memory/FileRepository.ts",
        text: "(stored) => stored.version === version && stored.place === null,",
        instead: "(stored) => stored.version === version,"
      }
    ],
    test: files(FETCHED)
  },
  {
    advisories: ["R-TI-11"],
    what: "the largest file",
    taken: one(FILES, "if (input.size > settings.files.maxBytes) {", "if (false) {"),
    test: inFiles(UPLOAD_LIMITS)
  },
  {
    advisories: ["R-TI-11"],
    what: "no more bytes than announced",
    taken: one(FILES, "if (received > size) return yield* FileTooLarge.of(name, size)", ""),
    test: inFiles(UPLOAD_LIMITS)
  },
  {
    advisories: ["R-TI-11"],
    what: "files of one message",
    taken: one(FILES, "if (wanted.length > maxPerMessage) return yield* new TooManyFiles({ max: maxPerMessage })", ""),
    test: inFiles(UPLOAD_LIMITS)
  },
  {
    advisories: ["R-TI-11"],
    what: "bytes of one ticket",
    taken: one(
      FILES,
      "if (placed.reduce((sum, { size }) => sum + size, bytes) > maxBytesPerTicket) {",
      "if (bytes < 0) {"
    ),
    test: inFiles(UPLOAD_LIMITS)
  },
  {
    advisories: ["R-TI-11"],
    what: "uploads of one source",
    taken: one(FILES, "{ key: `files.source:${source}`, limit: limits.uploadsPerSource },", ""),
    test: inFiles(UPLOAD_BUDGETS)
  },
  {
    advisories: ["R-TI-11"],
    what: "bytes of one account",
    taken: one(FILES, "{ key: `files.kib.account:${accountId}`, limit: limits.uploadedKiBPerAccount, amount }", ""),
    test: inFiles(UPLOAD_BUDGETS)
  },
  {
    advisories: ["R-TI-11"],
    what: "content is looked at while it comes in",
    taken: one(FILES, "if (judged === undefined && received >= head.length) yield* judge()", ""),
    test: inFiles(TYPES)
  },
  {
    advisories: ["R-TI-11"],
    what: "a file is for who may read its message now",
    taken: one(
      FILES,
      `if (!readers.some((reader) => mayRead(reader, place))) return yield* new NotFound({ kind: "file" })`,
      ""
    ),
    test: inFiles(READERS)
  },
  {
    advisories: ["R-TI-11"],
    what: "who was added later gets no earlier file",
    taken: one("src/tickets/Ticket.ts", "message.seq > reader.participant.readsAfter", "message.seq > 0"),
    test: inFiles(READERS)
  },

  // ---- what comes in twice, and what machines send -------------------------------------------------------------------------------------

  {
    advisories: ["R-TI-12"],
    what: "two of the same Message-ID are compared",
    taken: one(INBOUND, "    yield* contentOf(mail),\n", "    null,\n"),
    test: inInbound("R-TI-12 is taken once")
  },
  {
    advisories: ["R-TI-12"],
    what: "what was taken is taken once",
    taken: one(INBOUND, "earlier !== undefined && refused === null\n        ? { outcome", "false\n        ? { outcome"),
    test: inInbound("R-TI-12 is taken once")
  },
  {
    advisories: ["R-TI-15"],
    what: "text of people becomes no link",
    taken: one(
      "src/mail/inert.ts",
      `".:/".includes(separator) && isDigit(before) && isDigit(after) ? separator : separator + HAIR_SPACE`,
      `".:/".includes(separator) && isDigit(before) && isDigit(after) ? separator : separator`
    ),
    test: at("test/mail/render.test.ts", "R-TI-15 never becomes a link")
  },
  {
    advisories: ["CVE-2023-50456", "R-TI-15"],
    what: "names and subjects become no links",
    taken: one(
      "src/mail/inert.ts",
      `".:/".includes(separator) && isDigit(before) && isDigit(after) ? separator : separator + HAIR_SPACE`,
      `".:/".includes(separator) && isDigit(before) && isDigit(after) ? separator : separator`
    ),
    test: mail("CVE-2023-50456 R-TI-15 names and subjects")
  },
  {
    advisories: ["R-MA-01"],
    what: "no control character in a header",
    taken: one(HEADERS, "=> !/\\p{Cc}|[\\u2028\\u2029]/u.test(value)", "=> value !== undefined"),
    test: at("test/mail/headers.test.ts", "R-MA-01 take no CR, LF, NUL")
  },
  {
    advisories: ["R-MA-01"],
    what: "no mailer gets to see such a header",
    taken: one("src/mail/Mailer.ts", "Option.match(headerFault(message), {", "Option.match(Option.none<string>(), {"),
    test: at("test/smtp/Mailer.test.ts", "R-MA-01 a line break in a header or the envelope")
  },
  {
    advisories: ["GHSA-vvjj-xcjg-gr5g"],
    what: "the name of the greeting is one word",
    taken: one(SMTP, "options.name !== undefined && !NAME.test(options.name)", "false"),
    test: mail("GHSA-vvjj-xcjg-gr5g greets by a name")
  },
  {
    advisories: ["R-MA-02"],
    what: "a recipient is exactly one mailbox in normal form",
    taken: one(HEADERS, `["To", Option.getOrUndefined(parse(to)) === to],`, ""),
    test: at("test/mail/headers.test.ts", "R-MA-02 name exactly one recipient")
  },
  {
    advisories: ["R-MA-02"],
    what: "an address is one plain mailbox",
    taken: one(
      "src/kernel/EmailAddress.ts",
      "local.length > LOCAL_MAX || !LOCAL.test(local)",
      "local.length > LOCAL_MAX"
    ),
    test: at("test/kernel/EmailAddress.test.ts", "R-MA-02 R-MA-01 what is not exactly one plain mailbox")
  },
  {
    advisories: ["GHSA-mm7p-fcc7-pg87"],
    what: "an address is one plain mailbox",
    taken: one(
      "src/kernel/EmailAddress.ts",
      "local.length > LOCAL_MAX || !LOCAL.test(local)",
      "local.length > LOCAL_MAX"
    ),
    test: mail("GHSA-mm7p-fcc7-pg87 reaches the one domain")
  },
  {
    advisories: ["GHSA-mm7p-fcc7-pg87"],
    what: "an address has no encoded word in it",
    taken: one("src/kernel/EmailAddress.ts", "if (ENCODED_WORD.test(local)) return Option.none()", ""),
    test: mail("GHSA-mm7p-fcc7-pg87 reaches the one domain")
  },
  {
    advisories: ["GHSA-mm7p-fcc7-pg87"],
    what: "a recipient is looked at before it reaches the mailer",
    taken: one(HEADERS, `["To", Option.getOrUndefined(parse(to)) === to],`, ""),
    test: mail("GHSA-mm7p-fcc7-pg87 reaches the one domain")
  },
  {
    advisories: ["GHSA-rcmh-qjqh-p98v"],
    what: "no group reaches the mailer",
    taken: one(HEADERS, `["To", Option.getOrUndefined(parse(to)) === to],`, ""),
    test: mail("GHSA-rcmh-qjqh-p98v is not asked to read groups")
  },
  {
    advisories: ["GHSA-c7w3-x93f-qmm8"],
    what: "the envelope is made of two addresses",
    taken: one(
      SMTP,
      "envelope: { from: message.from.address, to: [message.to] },",
      `envelope: Reflect.get(message, "envelope") ?? { from: message.from.address, to: [message.to] },`
    ),
    test: mail("GHSA-c7w3-x93f-qmm8 has an envelope")
  },
  {
    advisories: ["GHSA-c7w3-x93f-qmm8"],
    what: "the mailer gets the fields that it knows",
    taken: one(SMTP, "messageId: message.messageId,", "...message,\n                  messageId: message.messageId,"),
    test: mail("GHSA-c7w3-x93f-qmm8 has an envelope")
  },
  {
    advisories: ["GHSA-mm7p-fcc7-pg87", "GHSA-rcmh-qjqh-p98v", "GHSA-c7w3-x93f-qmm8", "GHSA-vvjj-xcjg-gr5g"],
    what: "the least version of nodemailer",
    taken: one("package.json", `"nodemailer": "^10.6.0"`, `"nodemailer": "^8.0.3"`),
    test: mail(MENDED)
  },
  {
    advisories: ["CVE-2026-32763", "CVE-2026-33442", "CVE-2026-33468", "CVE-2026-44635"],
    what: "the least version of Kysely",
    taken: one("package.json", `"kysely": "^0.29.9"`, `"kysely": "^0.28.16"`),
    test: mail(MENDED)
  },
  {
    advisories: ["CVE-2026-32887"],
    what: "the least version of Effect",
    taken: one("package.json", `"effect": "^4.1.0"`, `"effect": "^3.19.0"`),
    test: mail(MENDED)
  },
  {
    advisories: ["CVE-2026-32887"],
    what: "the caller travels with the fiber",
    taken: one(
      "src/kernel/Actor.ts",
      "Effect.provideService(effect, CurrentCaller, { actor, request }) as never",
      "Effect.suspend(() => { (globalThis as any).caller = { actor, request }; return Effect.provideService(effect, CurrentCaller, { get actor() { return (globalThis as any).caller.actor }, get request() { return (globalThis as any).caller.request } }) }) as never"
    ),
    test: tickets("CVE-2026-32887 R-TE-11 of callers who read at the same time")
  },
  {
    advisories: ["CVE-2026-32763", "CVE-2026-33442", "CVE-2026-33468", "CVE-2026-44635"],
    what: "names of fields are the application's own (SQLite)",
    taken: one(
      "src/tickets/desk/TicketFields.ts",
      "const field = defined.find((field) => field.name === name)",
      "const field = defined.find((field) => field.name === name) ?? ({ name, schema: Schema.Json } as never as TicketField)"
    ),
    test: tickets(NAMES, "(better-sqlite3)")
  },
  {
    advisories: ["CVE-2026-32763", "CVE-2026-33442", "CVE-2026-33468", "CVE-2026-44635"],
    what: "tags and names are bound (SQLite)",
    taken: unbound("sqlite"),
    test: tickets(NAMES, "(better-sqlite3)")
  },
  {
    advisories: ["CVE-2026-32763", "CVE-2026-33442", "CVE-2026-33468", "CVE-2026-44635"],
    what: "tags and names are bound (PostgreSQL)",
    taken: unbound("postgres"),
    test: tickets(NAMES, "(postgres)")
  },
  classified(
    `if (fieldsOf(mail, "auto-submitted").some((value) => keyword(value) !== "no")) return automatic("auto-submitted")`,
    "Auto-Submitted"
  ),
  classified(
    `if (envelope.sender?.trim() === "" || envelope.sender?.trim() === "<>" || path === "<>") return automatic("null-path")`,
    "the null return path"
  ),
  classified(`if (mail.headers.some(({ name }) => LIST_FIELDS.has(name))) return automatic("list")`, "fields of lists"),
  classified(
    `if (precedence.some((value) => value === "bulk" || value === "junk")) return automatic("bulk")`,
    "Precedence"
  ),
  classified(
    `if (mail.from?.email != null && own.isOurs(mail.from.email)) return automatic("own")`,
    "addresses of our own"
  ),
  {
    advisories: ["R-MA-03"],
    what: "what a program sends says so",
    taken: one(
      DISPATCHER,
      `...(kind.automatic ? { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" } : {}),`,
      ""
    ),
    test: mail(MACHINES)
  },
  {
    advisories: ["R-MA-04"],
    what: "our own loop header",
    taken: one(
      CLASSIFY,
      "(value) => Option.getOrUndefined(parseAddress(value)) === own.mailbox\n",
      "(value) => value === undefined\n"
    ),
    test: mail(MACHINES)
  },
  {
    advisories: ["R-MA-04"],
    what: "the number of servers on the way",
    taken: one(CLASSIFY, `if (fieldsOf(mail, "received").length > own.hops) return automatic("hops")`, ""),
    test: mail(MACHINES)
  },
  {
    advisories: ["R-MA-04"],
    what: "answers of one person to one ticket",
    taken: one(
      INBOUND,
      "draw([{ key: `tickets.inbound:${participant.id}`, limit }], hand.now)",
      'draw(limit === undefined ? [{ key: "x", limit }] : [], hand.now)'
    ),
    test: inInbound("R-MA-04 beyond the number that one person may write")
  },
  {
    advisories: ["R-MA-04"],
    what: "automatic answers to one address",
    taken: one(TALK, `? [{ key: yield* personalKey("tickets/answers", email), limit: answersPerPair }]`, "? []"),
    test: at("test/tickets/loops.test.ts", "R-MA-04 fall silent within three mails")
  },

  // ---- the outbox ----------------------------------------------------------------------------------------------------------------------

  {
    advisories: ["R-MA-05"],
    what: "a mail is kept in the unit of its change",
    taken: one(USE_CASE, "yield* outbox.append(rows)", "yield* uow.afterCommit(Effect.ignore(outbox.append(rows)))"),
    test: mail("R-MA-05 nothing is said to be done whose mails")
  },
  {
    advisories: ["R-MA-06"],
    what: "one Message-ID for all attempts",
    taken: one(
      DISPATCHER,
      "messageId: `<${mail.id}@${settings.mail.domain}>`,",
      "messageId: `<${mail.id}.${mail.attempts}@${settings.mail.domain}>`,"
    ),
    test: at("test/mail/Dispatcher.test.ts", "R-MA-06 a mailer that takes a mail and does not answer")
  },
  {
    advisories: ["R-MA-07"],
    what: "a claim runs out (memory)",
    taken: one(
      OUTBOX,
      `state: "sending", lease, dueAt: until,`,
      `state: "sending", lease, dueAt: 8_640_000_000_000_000,`
    ),
    test: at("test/mail/Dispatcher.test.ts", "R-MA-07 while sending gives its mail")
  },
  {
    advisories: ["R-MA-07"],
    what: "a claim runs out (SQL)",
    taken: one(
      "src/kysely/Outbox.ts",
      `state: "sending", lease: p.lease, due_at: p.until,`,
      `state: "sending", lease: p.lease, due_at: 8_640_000_000_000_000,`
    ),
    test: {
      file: "test/contracts/Outbox.test.ts",
      title: "R-MA-07 a claimed mail is nobody else's until the lease runs out",
      in: "src/testing/contracts/OutboxContract.ts",
      on: "(better-sqlite3)"
    }
  },
  {
    advisories: ["R-MA-08"],
    what: "one mail of a process at a time, in order (memory)",
    taken: one(OUTBOX, "if (!first.has(order)) first.set(order, mail)", "first.set(`${order} ${mail.id}`, mail)"),
    test: at("test/mail/dispatchers.test.ts", "R-MA-08 hand over every mail once", "(memory)")
  },
  {
    advisories: ["R-MA-08"],
    what: "what is claimed is nobody else's (memory)",
    taken: one(OUTBOX, `state: "sending", lease, dueAt: until,`, `state: "sending", lease, dueAt: mail.dueAt,`),
    test: at("test/mail/dispatchers.test.ts", "R-MA-08 hand over every mail once", "(memory)")
  },
  {
    advisories: ["R-MA-08"],
    what: "what is claimed is nobody else's (SQL)",
    taken: one(
      "src/kysely/Outbox.ts",
      `state: "sending", lease: p.lease, due_at: p.until,`,
      `state: "sending", lease: p.lease,`
    ),
    test: at("test/mail/dispatchers.test.ts", "R-MA-08 hand over every mail once", "(better-sqlite3)")
  },
  {
    advisories: ["R-MA-08"],
    what: "after so many tries it is a dead letter",
    taken: one("src/mail/Mail.ts", "if (mail.attempts >= pace.maxAttempts)", "if (mail.attempts < 0)"),
    test: at("test/mail/Dispatcher.test.ts", "R-MA-08 too many temporary failures")
  },
  {
    advisories: ["R-MA-09"],
    what: "a mail is looked at again",
    taken: one(DISPATCHER, `if (verdict._tag === "Dropped") return verdict`, ""),
    test: mail(AGAIN)
  },
  {
    advisories: ["R-MA-09"],
    what: "who takes no part any more gets nothing",
    taken: one(
      MAILS,
      "if (participant === undefined || participant.removedAt !== null) return",
      "if (participant === undefined) return"
    ),
    test: mail(AGAIN)
  },
  {
    advisories: ["R-MA-09"],
    what: "who was removed where a merged ticket goes on gets nothing of it",
    taken: one(MAILS, "return ended ? MailKind.dropped(", "return ended && false ? MailKind.dropped("),
    test: at("test/tickets/desk/Merging.test.ts", "R-MA-09 TIC-07 V-30 a mail of a merged ticket", "(memory)")
  },
  {
    advisories: ["R-MA-09"],
    what: "who may not read it any more does not get it",
    taken: one(
      MAILS,
      `if (values.seq !== undefined && values.seq <= participant.readsAfter)\n      return MailKind.dropped("message-not-readable")`,
      ""
    ),
    test: mail(AGAIN)
  },
  {
    advisories: ["R-MA-09"],
    what: "what is spam is silent",
    taken: one(MAILS, `if (opened.ticket.spam) return MailKind.dropped("ticket-is-spam")`, ""),
    test: mail(AGAIN)
  },
  {
    advisories: ["R-MA-10"],
    what: "the secret is wiped when a mail is settled (memory)",
    taken: one(OUTBOX, "        sealedSecret: null,\n", ""),
    test: {
      file: "test/contracts/Outbox.test.ts",
      title: "R-MA-10 the sealed secret is gone when a mail is sent",
      in: "src/testing/contracts/OutboxContract.ts",
      on: "(memory)"
    }
  },
  {
    advisories: ["R-MA-10"],
    what: "the secret is wiped when a mail is settled (SQL)",
    taken: one("src/kysely/Outbox.ts", "            sealed_secret: null,\n", ""),
    test: {
      file: "test/contracts/Outbox.test.ts",
      title: "R-MA-10 the sealed secret is gone when a mail is sent",
      in: "src/testing/contracts/OutboxContract.ts",
      on: "(better-sqlite3)"
    }
  },
  {
    advisories: ["R-MA-10"],
    what: "the secret is sealed",
    taken: one(
      USE_CASE,
      "yield* sealer.seal(SECRET_PURPOSE, id, mail.secret)",
      `(yield* Effect.promise(() => import("effect"))).Redacted.value(mail.secret)`
    ),
    test: at("test/mail/Dispatcher.test.ts", "R-MA-10 a mail is there with its change")
  },
  {
    advisories: ["R-MA-11"],
    what: "a subject line holds our own numbers only",
    taken: one(
      "src/mail/render.ts",
      "Object.entries(values).filter(([, value]) => isNumber(value))",
      "Object.entries(values)"
    ),
    test: at("test/mail/render.test.ts", "R-MA-11 holds the product's name")
  },
  {
    advisories: ["CVE-2026-34724", "R-MA-11"],
    what: "what fills a place is never looked at again",
    taken: one(
      "src/kernel/Refusal.ts",
      `return value === undefined || value === null ? "" : String(value)`,
      `return value === undefined || value === null ? "" : String(value).replace(PLACEHOLDER, (whole, inner: string) => String(values[inner] ?? whole))`
    ),
    test: mail("CVE-2026-34724 R-MA-11 is no template")
  },
  {
    advisories: ["CVE-2024-33667"],
    what: "places are those that have a name",
    taken: one(
      "src/tickets/desk/DeskItem.ts",
      `unknownPlaceholder(text) ? "placeholder" : undefined`,
      `unknownPlaceholder("") ? "placeholder" : undefined`
    ),
    test: mail("CVE-2024-33667 chooses nothing that is run")
  },
  {
    advisories: ["CVE-2024-33667"],
    what: "steps of a macro are those on the list",
    taken: one(
      "src/tickets/desk/DeskItem.ts",
      "export const MacroSteps = Schema.Array(MacroStep).check(",
      "export const MacroSteps = (Schema.Array(Schema.Any) as never as Schema.$Array<typeof MacroStep>).check("
    ),
    test: mail("CVE-2024-33667 chooses nothing that is run")
  },
  {
    advisories: ["CVE-2025-32358", "CVE-2026-34719"],
    what: "the mailer opens neither files nor pages",
    taken: [
      {
        file: SMTP,
        text: "disableFileAccess: true,\n            disableUrlAccess: true,",
        instead: ""
      },
      {
        file: SMTP,
        text: "xMailer: false,\n                  disableFileAccess: true,\n                  disableUrlAccess: true",
        instead: "xMailer: false"
      }
    ],
    test: mail("CVE-2025-32358 CVE-2026-34719 makes the library fetch nothing")
  },
  {
    advisories: ["CVE-2025-32358", "CVE-2026-34719"],
    what: "images of other servers are not shown",
    taken: one(
      SANITIZER,
      `const remote = remoteImages ? absolute(src, ["https:"]) : undefined`,
      `const remote = absolute(src, ["https:"])`
    ),
    test: mail("CVE-2025-32358 CVE-2026-34719 makes the library fetch nothing")
  },
  {
    advisories: ["R-MA-12"],
    what: "what waits is not purged",
    taken: one(OUTBOX, "mail.settledAt !== null && mail.settledAt < before", "mail.createdAt < before"),
    test: mail("R-MA-12 what is settled is kept for a while")
  },
  {
    advisories: ["R-MA-12"],
    what: "what is settled is purged in time",
    taken: one(
      "src/jobs/jobList.ts",
      "const before = Instant.minus(yield* Instant.now, outbox.retention)",
      `const before = Instant.minus(yield* Instant.now, "1000 days")`
    ),
    test: mail("R-MA-12 what is settled is kept for a while")
  },
  {
    advisories: ["R-MA-12"],
    what: "what is held for staff is bounded",
    taken: one(
      INBOUND,
      "yield* draw([rule(common, heldKiB), ...shares], hand.now)",
      "void [rule(common, heldKiB), ...shares]"
    ),
    test: inInbound("R-MA-12 is bounded for all senders together")
  }
]
