import { Effect, Option, Redacted, Schema } from "effect"
import { fullName } from "../accounts/Account.ts"
import { callersAccount } from "../accounts/callersAccount.ts"
import { CustomerNumberFromInput } from "../kernel/CustomerNumber.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import type { Json } from "../kernel/EventLog.ts"
import * as Instant from "../kernel/Instant.ts"
import { ParticipantId, ShortNumber, TenantId, TicketId } from "../kernel/ids.ts"
import { sourceKey } from "../kernel/Limits.ts"
import * as Page from "../kernel/Page.ts"
import { InvalidInput, NotFound } from "../kernel/refusals.ts"
import { Sealer } from "../kernel/Sealer.ts"
import type { Settings } from "../kernel/Settings.ts"
import { block, inLocale, Locale, line, optionalLine } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { ConsentInput, type GivenConsent } from "../privacy/Consent.ts"
import { ConsentRepository } from "../privacy/ConsentRepository.ts"
import { ConsentRequired, given, toRows } from "../privacy/consents.ts"
import { standingAt } from "../subscriptions/Subscription.ts"
import { SubscriptionRepository } from "../subscriptions/SubscriptionRepository.ts"
import { place, usable } from "../tenants/Access.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { require } from "../tenants/Permissions.ts"
import { TenantNotActive } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import {
  acknowledge,
  answerAs,
  begin,
  byParticipant,
  ConversationOrder,
  enter,
  followUp,
  keep,
  mayAcknowledge,
  nameOf,
  say,
  step,
  subjectOf,
  submitAs,
  system
} from "./conversation.ts"
import { domainHint } from "./domainHint.ts"
import * as Files from "./Files.ts"
import { around, locked, MessageView, messageViews, readable, type Sight, seen } from "./reading.ts"
import { ContactOnly, TakesNoPart } from "./refusals.ts"
import {
  AuthorKind,
  type Message,
  type Participant,
  ParticipantRole,
  Priority,
  stateAfter,
  type Ticket,
  TicketState,
  TicketStepNotPossible,
  takesPart
} from "./Ticket.ts"
import { type Listed, type TicketFilter, type TicketKey, TicketRepository } from "./TicketRepository.ts"
import { termsOf } from "./TicketSearch.ts"

// ---- sending one in --------------------------------------------------------------------------------------------------------------------

/** The longest message that a form takes; mails may be longer. */
export const MessageText = block(20_000)
const Description = MessageText.check(Schema.makeFilter((text) => (text === "" ? "missing" : undefined)))
export const Subject = line(200)

const required = ConsentInput.check(Schema.makeFilter((consents) => (consents.length === 0 ? "consent" : undefined)))

const sourceLimit = ({ request, settings }: Pick<UseCase.Call<never>, "request" | "settings">) => ({
  key: `tickets.hint:${sourceKey(request.source)}`,
  limit: settings.limits.linkPerSource
})

const Words = Schema.Struct({ de: Schema.String, en: Schema.String })

/** What a form says beside the field for the address (TIC-01). */
export const notice = {
  de: "Bitte prüfen Sie Ihre E-Mail-Adresse: Ohne eine richtige Adresse kann keine Antwort bei Ihnen ankommen.",
  en: "Please check your e-mail address: without a correct one no answer can reach you."
}

/** What the form of a ticket needs: for who is signed in, what is known of them; and what can be chosen and must be agreed to (TIC-01). */
export const form = UseCase.query({
  name: "tickets.form",
  summary: "Tells what a ticket's form shows: what is known of the caller, the categories, and what must be agreed to.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({}),
  output: Schema.Struct({
    email: Schema.NullOr(EmailAddress),
    fullName: Schema.NullOr(Schema.String),
    companyName: Schema.NullOr(Schema.String),
    /** Where the ticket can belong to: the customer areas that the caller is a member of. */
    tenants: Schema.Array(Schema.Struct({ id: TenantId, name: Schema.String, customerNumber: Schema.String })),
    categories: Schema.Array(Schema.Struct({ key: Schema.String, label: Words })),
    consents: Schema.Array(Schema.Struct({ kind: Schema.String, version: Schema.String, label: Words, text: Words })),
    notice: Words
  }),
  errors: [],
  limits: (_, call) => Effect.succeed([sourceLimit(call)]),
  run: Effect.fnUntraced(function* (_, { actor, settings }) {
    const common = {
      categories: settings.tickets.categories.map(({ key, label }) => ({ key, label: { de: label.de, en: label.en } })),
      consents: settings.consents.required.ticket.map(({ kind, label, text, version }) => ({
        kind,
        version,
        label: { de: label.de, en: label.en },
        text: { de: text.de, en: text.en }
      })),
      notice
    }
    if (actor._tag === "Anonymous") return { email: null, fullName: null, companyName: null, tenants: [], ...common }
    const memberships = yield* MembershipRepository
    const account = yield* callersAccount(actor)
    const places = yield* memberships.ofAccount(actor.accountId)
    const tenants = places.flatMap(({ tenant: { customerNumber, id, name, state } }) =>
      state === "active" ? [{ id, name, customerNumber }] : []
    )
    return {
      email: account.email,
      fullName: fullName(account),
      companyName: account.companyName ?? tenants[0]?.name ?? null,
      tenants,
      ...common
    }
  })
})

/** The address that somebody may have meant instead of the one that they typed (TIC-01). Says nothing of whether anybody has it. */
export const hint = UseCase.query({
  name: "tickets.hint",
  summary: "Names the address that may be meant where the domain of an address looks mistyped.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({ email: EmailAddressFromInput }),
  output: Schema.Struct({ suggestion: Schema.NullOr(EmailAddress) }),
  errors: [],
  limits: (_, call) => Effect.succeed([sourceLimit(call)]),
  run: ({ email }, { settings }) =>
    Effect.succeed({ suggestion: Option.getOrNull(domainHint(email, settings.tickets.knownDomains)) })
})

/** What both forms ask for. */
const Request = {
  subject: Subject,
  description: Description,
  customerNumber: Schema.optionalKey(CustomerNumberFromInput),
  category: Schema.optionalKey(Schema.String),
  wishedPriority: Schema.optionalKey(Priority),
  /** The language of mails; `de` where it is not given and no account tells it. */
  locale: Schema.optionalKey(Locale),
  consents: required,
  ...Files.attachments
}

const known = (settings: Settings, category: string | null | undefined) =>
  category == null || settings.tickets.categories.some(({ key }) => key === category)
    ? Effect.void
    : Effect.fail(new InvalidInput({ issues: [{ path: ["category"], code: "invalid" }] }))

const evidence = (consents: ReadonlyArray<GivenConsent>) =>
  consents.map((consent): { readonly [key: string]: Json } => ({ ...consent }))

const placeOf = ({ id, seq, ticketId, visibility }: Message) => ({ ticketId, messageId: id, seq, visibility })

const filesOf = (input: Files.Attachments): number => new Set(input.files).size

/**
 * Sends a ticket in without an account (TIC-01). Whether the address belongs to one changes nothing: neither the answer nor what the account sees, until
 * its owner claims the ticket (R-TI-01, R-TI-02). The answer holds the number and no capability; the way back is the mail (TIC-03).
 */
export const submit = UseCase.command({
  name: "tickets.submit",
  summary: "Sends a ticket in without an account; how it goes on stands in a mail.",
  actors: ["Anonymous"],
  requires: "anyone",
  input: Schema.Struct({
    email: EmailAddressFromInput,
    fullName: line(200),
    companyName: line(200),
    ...Request
  }),
  output: Schema.Struct({ number: ShortNumber }),
  errors: [ConsentRequired, ...Files.attachErrors],
  limits: (_, { request, settings }) =>
    Effect.succeed([{ key: `tickets.submit:${sourceKey(request.source)}`, limit: settings.limits.ticketsPerSource }]),
  prepare: Effect.fnUntraced(function* (input, call) {
    yield* known(call.settings, input.category)
    const consents = yield* given({
      required: call.settings.consents.required.ticket,
      optional: [],
      input: input.consents,
      locale: input.locale ?? "de",
      now: call.now
    })
    // counted here, so that mistakes in the form do not use the address's few mails up
    const acknowledged = yield* mayAcknowledge(
      call,
      input.email,
      { customerNumber: input.customerNumber ?? null },
      "portal"
    )
    return { consents, acknowledged }
  }),
  unit: Effect.fnUntraced(function* (input, unit, { acknowledged, consents }) {
    const { message, ticket } = yield* submitAs(
      unit,
      {
        contact: { email: input.email, name: input.fullName, accountId: null },
        companyName: input.companyName,
        subject: input.subject,
        customerNumber: input.customerNumber,
        category: input.category,
        wishedPriority: input.wishedPriority,
        locale: input.locale ?? "de",
        consents: evidence(consents),
        channel: "portal"
      },
      { text: input.description, channel: "portal", files: filesOf(input) },
      acknowledged
    )
    yield* Files.attach(unit, input, placeOf(message))
    return { number: ticket.number }
  })
})

/** Signed in, the caller is the contact, at the address that their account has proven; the ticket belongs to a tenant only if they are a member there (TIC-08). */
export const submitOwn = UseCase.command({
  name: "tickets.submitOwn",
  summary: "Sends a ticket in for the signed-in caller, in a customer area of theirs or in none.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({
    ...Request,
    /** What is known of the account where it is not given. */
    companyName: Schema.optionalKey(optionalLine(200)),
    tenantId: Schema.optionalKey(Schema.NullOr(TenantId))
  }),
  output: Schema.Struct({ ticketId: TicketId, number: ShortNumber }),
  errors: [ConsentRequired, TenantNotActive, ...Files.attachErrors],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `tickets.submit:${actor.accountId}`, limit: settings.limits.ticketsPerAccount }]),
  prepare: Effect.fnUntraced(function* (input, call) {
    yield* known(call.settings, input.category)
    const account = yield* callersAccount(call.actor)
    const consents = yield* given({
      required: call.settings.consents.required.ticket,
      optional: [],
      input: input.consents,
      locale: input.locale ?? account.locale,
      now: call.now
    })
    const tenant = { tenantId: input.tenantId ?? null }
    return { consents, acknowledged: yield* mayAcknowledge(call, account.email, tenant, "portal") }
  }),
  unit: Effect.fnUntraced(function* (input, unit, { acknowledged, consents }) {
    const memberships = yield* MembershipRepository
    const subscriptions = yield* SubscriptionRepository
    const consentRepository = yield* ConsentRepository
    const account = yield* callersAccount(unit.actor)
    const tenantId = input.tenantId ?? null
    if (tenantId !== null) {
      const access = Option.getOrUndefined(yield* memberships.accessFacts(tenantId, account.id))
      // who only comes in through the main is no member
      yield* Effect.fromResult(usable(yield* Effect.fromResult(place(unit.actor, access))))
    }
    const [facts] = yield* subscriptions.facts([account.id], unit.now)
    const plan = facts === undefined ? null : standingAt(unit.settings, facts.own.subscription, unit.now)
    const typed = input.companyName ?? ""
    const { message, ticket } = yield* submitAs(
      unit,
      {
        contact: { email: account.email, name: fullName(account), accountId: account.id },
        companyName: typed === "" ? (account.companyName ?? fullName(account)) : typed,
        subject: input.subject,
        customerNumber: input.customerNumber,
        category: input.category,
        wishedPriority: input.wishedPriority,
        tenantId,
        locale: input.locale ?? account.locale,
        plan: plan?.entitles === true ? plan.plan : null,
        consents: evidence(consents),
        channel: "portal"
      },
      { text: input.description, channel: "portal", files: filesOf(input) },
      acknowledged
    )
    yield* consentRepository.append(yield* toRows(consents, account.id, "ticket"))
    yield* Files.attach(unit, input, placeOf(message))
    return { ticketId: ticket.id, number: ticket.number }
  })
})

// ---- lists -----------------------------------------------------------------------------------------------------------------------------

/** A ticket in a list of customers. */
export const TicketLine = Schema.Struct({
  id: TicketId,
  number: ShortNumber,
  subject: Schema.String,
  state: TicketState,
  contactName: Schema.String,
  tenantId: Schema.NullOr(TenantId),
  tenantName: Schema.NullOr(Schema.String),
  createdAt: Instant.Instant,
  activityAt: Instant.Instant
})
export type TicketLine = typeof TicketLine.Type

export const toLine = ({ tenantName, ticket }: Listed): TicketLine => ({
  id: ticket.id,
  number: ticket.number,
  subject: ticket.subject,
  state: ticket.state,
  contactName: ticket.contactName,
  tenantId: ticket.tenantId,
  tenantName,
  createdAt: ticket.createdAt,
  activityAt: ticket.activityAt
})

const KeyOfPage = Schema.Tuple([Schema.Int, TicketId])
const keyOf = ({ ticket }: Listed): TicketKey => [ticket.activityAt, ticket.id]

const Choice = {
  states: Schema.optionalKey(Schema.Array(TicketState).check(Schema.isMaxLength(6))),
  /** A number, the beginning of the contact's name or address, or words of the subject and of messages that the caller may read (TIC-16). */
  search: Schema.optionalKey(optionalLine(200)),
  ...Page.fields
}

/** None where somebody searches for what can be nowhere. */
const filterOf = (input: {
  readonly states?: ReadonlyArray<TicketState>
  readonly search?: string
}): TicketFilter | null => {
  const states = Option.fromUndefinedOr(input.states)
  const search = input.search ?? ""
  if (search === "") return { states, search: Option.none() }
  const terms = termsOf(search)
  return terms === null ? null : { states, search: Option.some(terms) }
}

const searchLimit = (
  { search }: { readonly search?: string },
  { actor, settings }: Pick<UseCase.Call<"Account">, "actor" | "settings">
) =>
  Effect.succeed(
    search === undefined || search === ""
      ? []
      : [{ key: `tickets.search:${actor.accountId}`, limit: settings.limits.searchPerAccount }]
  )

/** The tickets that the caller takes part in, what happened last first; a search finds what they may read, and nothing else (TIC-04, TIC-16). */
export const mine = UseCase.query({
  name: "tickets.mine",
  summary: "Lists the tickets that the caller takes part in, by last activity; in a search, the newest ticket first.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(Choice),
  output: Page.Page(TicketLine),
  errors: [],
  limits: searchLimit,
  run: Effect.fnUntraced(function* (input, { actor }) {
    const tickets = yield* TicketRepository
    yield* callersAccount(actor)
    const window = yield* Page.window(KeyOfPage, input)
    const filter = filterOf(input)
    const rows = filter === null ? [] : yield* tickets.listOfAccount(actor.accountId, filter, window)
    return Page.make(rows, window, keyOf, toLine)
  })
})

/** All tickets of a tenant, or of a sub through its main, for who has "tenant tickets" there (TIC-08). */
export const ofTenant = UseCase.query({
  name: "tickets.ofTenant",
  summary: "Lists the tickets of a customer area, by last activity; in a search, the newest ticket first.",
  actors: ["Account"],
  requires: "tickets.read",
  input: Schema.Struct({ tenantId: TenantId, ...Choice }),
  output: Page.Page(TicketLine),
  errors: [NotFound],
  limits: searchLimit,
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const tickets = yield* TicketRepository
    yield* require(actor, settings, input.tenantId, "tickets.read")
    const window = yield* Page.window(KeyOfPage, input)
    const filter = filterOf(input)
    const rows = filter === null ? [] : yield* tickets.listOfTenant(input.tenantId, filter, window)
    return Page.make(rows, window, keyOf, toLine)
  })
})

// ---- one ticket ------------------------------------------------------------------------------------------------------------------------

/** A ticket that is named in another one. */
export const Named = Schema.Struct({ id: TicketId, number: ShortNumber, subject: Schema.String, state: TicketState })

const named = ({ opened: { ticket } }: Sight) => ({
  id: ticket.id,
  number: ticket.number,
  subject: ticket.subject,
  state: ticket.state
})

/** Somebody who takes part, as the others see it; whether they have an account is nobody's matter. */
export const ParticipantView = Schema.Struct({
  id: ParticipantId,
  role: ParticipantRole,
  name: Schema.String,
  email: EmailAddress,
  you: Schema.Boolean,
  /** Whether they can write, or only read. */
  writes: Schema.Boolean,
  /** Whether they can read what was written before they were added. */
  readsAll: Schema.Boolean,
  since: Instant.Instant
})

/** A ticket as customers see it: nothing that only staff know is in it (TIC-11). */
export const TicketView = Schema.Struct({
  ...TicketLine.fields,
  category: Schema.NullOr(Schema.String),
  wishedPriority: Schema.NullOr(Priority),
  customerNumber: Schema.NullOr(Schema.String),
  companyName: Schema.String,
  contactEmail: EmailAddress,
  /** Of a resolved ticket: when it is closed for good. */
  closesAt: Schema.NullOr(Instant.Instant),
  participants: Schema.Array(ParticipantView),
  /** The message that it began with; null where the caller may not read so far back. */
  first: Schema.NullOr(MessageView),
  /** What the caller can do now. */
  may: Schema.Struct({
    answer: Schema.Boolean,
    close: Schema.Boolean,
    reopen: Schema.Boolean,
    change: Schema.Boolean,
    add: Schema.Boolean,
    remove: Schema.Boolean,
    leave: Schema.Boolean,
    rate: Schema.Boolean
  }),
  /** Of the contact: what they have said of how it went. */
  rating: Schema.NullOr(Schema.Literals([1, 2, 3, 4, 5])),
  follows: Schema.NullOr(Named),
  followUps: Schema.Array(Named),
  /** The ticket that goes on in this one's place, if the caller reads it. */
  mergedInto: Schema.NullOr(Named)
})
export type TicketView = typeof TicketView.Type

const participantView = (participant: Participant, { actor }: Pick<UseCase.Call<"Account">, "actor">) => ({
  id: participant.id,
  role: participant.role,
  name: nameOf(participant),
  email: participant.email,
  you: participant.accountId === actor.accountId,
  writes: participant.writes,
  readsAll: participant.readsAfter === 0,
  since: participant.addedAt
})

const possible = (ticket: Ticket, event: "answer" | "close" | "reopen" | "followUp", { role }: Participant): boolean =>
  stateAfter(ticket.state, { event, by: role, channel: "portal" })._tag === "Success"

/** Who may add others, by the setting (TIC-07). */
export const mayAdd = ({ tickets }: Settings, { role, writes }: Participant): boolean =>
  tickets.mayAdd === "contact" ? role === "contact" : tickets.mayAdd === "participants" && writes

const mayOf = (settings: Settings, now: Instant.Instant, { opened, participant }: Sight): TicketView["may"] => {
  const { ticket } = opened
  if (participant === null) {
    return {
      answer: false,
      close: false,
      reopen: false,
      change: false,
      add: false,
      remove: false,
      leave: false,
      rate: false
    }
  }
  const isContact = participant.role === "contact"
  const { satisfaction } = ticket
  return {
    answer:
      participant.writes && (possible(ticket, "answer", participant) || possible(ticket, "followUp", participant)),
    close: isContact && possible(ticket, "close", participant),
    reopen: isContact && possible(ticket, "reopen", participant),
    change: isContact,
    add: ticket.state !== "Closed" && mayAdd(settings, participant),
    remove: isContact,
    leave: !isContact,
    rate:
      isContact &&
      satisfaction !== null &&
      satisfaction.answeredAt === null &&
      now < Instant.plus(satisfaction.askedAt, settings.tickets.feedbackLifetime)
  }
}

const OfTicket = { ticketId: TicketId }

/** One ticket with its first message, for who takes part in it or reads the tickets of its tenant; for anybody else it does not exist (TIC-04, G-05). */
export const get = UseCase.query({
  name: "tickets.get",
  summary: "Shows a ticket to somebody who takes part in it, or reads the tickets of its customer area.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(OfTicket),
  output: TicketView,
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ ticketId }, call) {
    const tickets = yield* TicketRepository
    const sight = yield* seen(call, ticketId)
    const { opened, participant, publicAfter } = sight
    const { ticket } = opened
    const { follows, followUps, into } = yield* around(call, sight)
    const own = { ticketId, filter: { publicAfter }, ticket }
    const first =
      publicAfter > 0 ? [] : yield* tickets.messages(ticketId, { publicAfter }, { after: Option.none(), limit: 1 })
    const [shown] = yield* messageViews(call, ticket, [own], first.slice(0, 1))
    const tenantName = ticket.tenantId === null ? null : yield* tenantNameOf(ticket.tenantId)
    const view: TicketView = {
      ...toLine({ ticket, tenantName }),
      category: ticket.category,
      wishedPriority: ticket.wishedPriority,
      customerNumber: ticket.customerNumber,
      companyName: ticket.companyName,
      contactEmail: ticket.contactEmail,
      closesAt: ticket.state === "Resolved" ? ticket.dueAt : null,
      participants: opened.participants.filter(takesPart).map((one) => participantView(one, call)),
      first: shown ?? null,
      may: mayOf(call.settings, call.now, sight),
      rating: participant?.role === "contact" ? (ticket.satisfaction?.rating ?? null) : null,
      follows: follows === null ? null : named(follows),
      followUps: followUps.map(named),
      mergedInto: into === null ? null : named(into)
    }
    return view
  })
})

const tenantNameOf = Effect.fnUntraced(function* (tenantId: TenantId) {
  const tenants = yield* TenantRepository
  return Option.match(yield* tenants.find(tenantId), { onNone: () => null, onSome: ({ name }) => name })
})

const MessageKey = Schema.Tuple([Schema.Int, Schema.String])

/**
 * The public messages that the caller may read, oldest first, or newest first where asked; those of tickets that were merged into it, too, as far as the
 * caller may read them.
 */
export const messages = UseCase.query({
  name: "tickets.messages",
  summary: "Lists the messages of a ticket that the caller may read, oldest first unless told.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ ...OfTicket, ...ConversationOrder, ...Page.fields }),
  output: Page.Page(MessageView),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, call) {
    const tickets = yield* TicketRepository
    const sight = yield* seen(call, input.ticketId)
    const window = yield* Page.window(MessageKey, input)
    const sources = yield* readable(call, sight)
    const rows = yield* tickets.messagesOf(sources, window, input.newestFirst)
    const views = yield* messageViews(call, sight.opened.ticket, sources, rows)
    return Page.make(
      views,
      window,
      ({ createdAt, id }) => [createdAt, id] as const,
      (view) => view
    )
  })
})

/** A line of the history as customers see it. */
export const ChangeView = Schema.Struct({
  at: Instant.Instant,
  /** A code that pages have a text for. */
  what: Schema.String,
  data: Schema.Record(Schema.String, Schema.Json),
  by: AuthorKind,
  byName: Schema.String,
  mine: Schema.Boolean,
  /** Whom it is about, where it is about a participant. */
  about: Schema.NullOr(Schema.String)
})

const HISTORY = "tickets.history"

/** Who did what and when, newest first, from the time on from which the caller may read (TIC-05). */
export const history = UseCase.query({
  name: "tickets.history",
  summary: "Lists what happened to a ticket, newest first.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ ...OfTicket, ...Page.fields }),
  output: Page.Page(ChangeView),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, call) {
    const tickets = yield* TicketRepository
    const sealer = yield* Sealer
    const { byTenant, opened, participant } = yield* seen(call, input.ticketId)
    // sealed: the gaps between the numbers of lines would count what only staff know of (TIC-11)
    const scope = `${input.ticketId}\n${call.actor.accountId}`
    const after =
      input.after === undefined
        ? Option.none<number>()
        : yield* sealer.open(HISTORY, scope, input.after).pipe(
            Effect.map((plain) => Option.some(Number(Redacted.value(plain)))),
            Effect.mapError(() => new InvalidInput({ issues: [{ path: ["after"], code: "cursor" }] }))
          )
    const limit = input.limit ?? Page.DEFAULT_LIMIT
    const all = byTenant || participant?.readsAfter === 0
    const since = all ? opened.ticket.createdAt : (participant?.addedAt ?? call.now)
    const rows = yield* tickets.changes(input.ticketId, since, { after, limit })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    const people = new Map(opened.participants.map((one) => [one.id as string, nameOf(one)]))
    return {
      items: shown.map(({ accountId, at, by, byName, data, what }) => {
        const { participantId, ...rest } = data
        return {
          at,
          what,
          data: rest,
          by,
          byName,
          mine: by !== "agent" && accountId === call.actor.accountId,
          about: typeof participantId === "string" ? (people.get(participantId) ?? null) : null
        }
      }),
      next:
        rows.length > limit && last !== undefined
          ? yield* sealer.seal(HISTORY, scope, Redacted.make(String(last.seq)))
          : null
    }
  })
})

// ---- taking part -----------------------------------------------------------------------------------------------------------------------

const stepLimit = (_: unknown, { actor, settings }: Pick<UseCase.Call<"Account">, "actor" | "settings">) =>
  Effect.succeed([{ key: `tickets.step:${actor.accountId}`, limit: settings.limits.ticketStepsPerAccount }])

const Where = Schema.Struct({
  /** The ticket where it is written: another one where the ticket was closed, or merged. */
  ticketId: TicketId,
  number: ShortNumber,
  state: TicketState
})

const where = (ticket: Ticket) => ({ ticketId: ticket.id, number: ticket.number, state: ticket.state })

/** Answers in a ticket that the caller takes part in: a resolved one opens again, and a closed one gets a follow-up, which the answer names (TIC-05, TIC-09). */
export const answer = UseCase.command({
  name: "tickets.answer",
  summary: "Writes a message in a ticket that the caller takes part in.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ ...OfTicket, text: MessageText, ...Files.attachments }).check(
    Schema.makeFilter(({ files, text }) =>
      text === "" && (files ?? []).length === 0 ? { path: ["text"], issue: "missing" } : undefined
    )
  ),
  output: Where,
  errors: [NotFound, TakesNoPart, TicketStepNotPossible, ...Files.attachErrors],
  limits: stepLimit,
  unit: Effect.fnUntraced(function* (input, unit) {
    const { opened, participant } = yield* locked(unit, input.ticketId)
    if (!participant.writes) return yield* new TakesNoPart()
    const { message, ticket } = yield* answerAs(unit, {
      opened,
      participant,
      channel: "portal",
      text: input.text,
      files: filesOf(input)
    })
    yield* Files.attach(unit, input, placeOf(message))
    return where(ticket)
  })
})

const ofContact = Effect.fnUntraced(function* (unit: UseCase.Unit<"Account">, ticketId: TicketId) {
  const found = yield* locked(unit, ticketId)
  if (found.participant.role !== "contact") return yield* new ContactOnly()
  return found
})

/** A step that only the contact takes, and that takes nothing but the ticket. */
const stepOf = <const Name extends string>(name: Name, summary: string, event: "close" | "reopen") =>
  UseCase.command({
    name,
    summary,
    actors: ["Account"],
    requires: "self",
    input: Schema.Struct(OfTicket),
    output: Where,
    errors: [NotFound, TakesNoPart, ContactOnly, TicketStepNotPossible],
    limits: stepLimit,
    unit: Effect.fnUntraced(function* (input, unit) {
      const { opened, participant } = yield* ofContact(unit, input.ticketId)
      const work = begin(opened)
      const author = byParticipant(participant)
      yield* Effect.fromResult(step(unit, work, author, { event, by: "contact", channel: "portal" }))
      return where(yield* keep(unit, work, author))
    })
  })

/** The contact says that it is done: the ticket is resolved, and closed for good later (TIC-09). */
export const close = stepOf("tickets.close", "Closes the caller's ticket.", "close")

/** The contact opens a resolved ticket again (TIC-09). */
export const reopen = stepOf("tickets.reopen", "Opens the caller's resolved ticket again.", "reopen")

const Details = {
  subject: Schema.optionalKey(Subject),
  category: Schema.optionalKey(Schema.NullOr(Schema.String)),
  wishedPriority: Schema.optionalKey(Schema.NullOr(Priority)),
  customerNumber: Schema.optionalKey(Schema.NullOr(CustomerNumberFromInput))
}

const changedText = {
  de: (number: string) => `Die Angaben zum abgeschlossenen Ticket ${number} wurden geändert.`,
  en: (number: string) => `The details of the closed ticket ${number} were changed.`
}

/**
 * The contact changes the details, each change in the history; of a closed ticket they become those of its follow-up (TIC-05). What stays as it was is no
 * change, and where nothing changes nothing is written.
 */
export const change = UseCase.command({
  name: "tickets.change",
  summary: "Changes subject, category, wished priority or customer number of the caller's ticket.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ ...OfTicket, ...Details }),
  output: Where,
  errors: [NotFound, TakesNoPart, ContactOnly, TicketStepNotPossible],
  limits: stepLimit,
  prepare: (input, { settings }) => known(settings, input.category),
  unit: Effect.fnUntraced(function* ({ ticketId, ...wishes }, unit) {
    const { opened, participant } = yield* ofContact(unit, ticketId)
    const before: Ticket = opened.ticket
    const changes = fields.flatMap((field) => {
      const to = wishes[field]
      return to === undefined || to === before[field] ? [] : [{ field, to }]
    })
    if (changes.length === 0) return where(before)
    const { work, participant: self } =
      before.state === "Closed"
        ? yield* followUp(unit, opened, participant, "portal")
        : { work: begin(opened), participant }
    const author = byParticipant(self)
    for (const { field, to } of changes) {
      const from = work.ticket[field]
      if (from === to) continue
      work.ticket = { ...work.ticket, [field]: to }
      enter(unit, work, author, "changed", { field, from, to })
    }
    if (work.isNew) {
      // a ticket begins with a message; here nobody has written one
      const text = inLocale(changedText, work.ticket.locale)(before.number)
      yield* say(unit, work, system, { text, channel: "portal" })
    }
    unit.record({
      type: "ticket.changed",
      tenantId: work.ticket.tenantId ?? undefined,
      subject: subjectOf(work.ticket.id),
      data: { fields: changes.map(({ field }) => field) }
    })
    const ticket = yield* keep(unit, work, author)
    if (work.isNew) acknowledge(unit, work, self.id, before.number)
    return where(ticket)
  })
})

const fields = ["subject", "category", "wishedPriority", "customerNumber"] as const

/** Every use case of those who send tickets in and take part in them. */
export const useCases = UseCase.registry(
  form,
  hint,
  submit,
  submitOwn,
  mine,
  ofTenant,
  get,
  messages,
  history,
  answer,
  close,
  reopen,
  change
)
