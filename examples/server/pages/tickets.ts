import { Clock, Effect, Redacted } from "effect"
import { HttpServerResponse } from "effect/http"
import { refusals, Settings, Tickets } from "portico"
import type { FormState } from "../html/forms.ts"
import type { Form } from "../http/Form.ts"
import { paths, withQuery } from "../http/paths.ts"
import { formAgain, goTo, saying, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asAnonymous, asStaff, asWhoever, Visit, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import {
  claimPage,
  feedbackPage,
  PRIORITIES,
  type TicketForm,
  type TicketPageData,
  tenantTicketsPage,
  ticketEditPage,
  ticketNewPage,
  ticketPage,
  ticketsPage,
  WHICH,
  whichOf
} from "../views/tickets.ts"
import { areaOf } from "./shared/areas.ts"
import { consentsOf, consentViews, withMissingConsents } from "./shared/consents.ts"
import { namingPeople, peopleIn } from "./shared/people.ts"
import { fileRefusals, uploaded } from "./shared/uploads.ts"

// ---- sending one in --------------------------------------------------------------------------------------------------------------------

const newPage = (
  visit: VisitShape,
  known: TicketForm,
  settings: Settings.Settings,
  over: { readonly suggestion?: string; readonly state?: FormState } = {}
) => {
  const consents = consentViews(settings, "ticket", visit.locale).filter(({ required }) => required)
  return ticketNewPage(visit, { known, consents, ...over })
}

/** What is wrong, with the boxes that are not ticked in place of the word that there are some. */
const withConsents = (visit: VisitShape, settings: Settings.Settings, state: FormState): FormState => {
  const { errors, form } = withMissingConsents(state, settings, "ticket", visit.locale)
  return { form, errors: { ...errors, fields: new Map([...errors.fields].filter(([path]) => path !== "consents")) } }
}

const priorityIn = (form: Form, name: string) => PRIORITIES.find((one) => one === form.text(name))

type Files = Effect.Success<ReturnType<typeof uploaded>>["ids"]

const submit = Effect.fnUntraced(function* (
  visit: VisitShape,
  known: TicketForm,
  settings: Settings.Settings,
  { ids, secret }: { readonly ids: Files; readonly secret: Redacted.Redacted | undefined }
) {
  const { form } = visit
  const customerNumber = form.optional("customerNumber")
  const category = form.optional("category")
  const companyName = form.text("companyName")
  const wishedPriority = priorityIn(form, "priority")
  const words = {
    subject: form.text("subject"),
    description: form.text("description"),
    locale: visit.locale,
    consents: consentsOf(form, settings, "ticket"),
    ...(customerNumber === undefined ? {} : { customerNumber }),
    ...(category === undefined ? {} : { category }),
    ...(wishedPriority === undefined ? {} : { wishedPriority })
  }
  if (secret === undefined) {
    const files = yield* ids
    const { ticketId } = yield* asAccount(
      Tickets.Tickets.submitOwn({ ...words, files, companyName, tenantId: form.optional("tenant") ?? null })
    )
    return yield* goTo(paths.ticket(ticketId), "ticketSubmitted")
  }
  const email = form.text("email")
  const files = yield* ids
  // who has been asked about an address and sends it again means what they say
  if (form.text("asked") !== email.trim()) {
    const { suggestion } = yield* asAnonymous(Tickets.Tickets.hint({ email })).pipe(
      // what is no address is said with everything else that is missing
      Effect.catchTag("InvalidInput", () => Effect.succeed({ suggestion: null }))
    )
    if (suggestion !== null)
      return yield* show(newPage(visit, known, settings, { suggestion, state: withoutErrors(form) }))
  }
  yield* asAnonymous(
    Tickets.Tickets.submit({
      ...words,
      files,
      form: secret,
      email,
      fullName: form.text("fullName"),
      companyName
    })
  )
  return yield* goTo(paths.start, "ticketSent")
})

const withoutErrors = (form: Form): FormState => ({ form, errors: { general: [], fields: new Map() } })

// ---- lists -----------------------------------------------------------------------------------------------------------------------------

/** What the address of a list says: which tickets, and from where on. */
const chosen = (visit: VisitShape, address: string) => {
  const search = (visit.query.get("q") ?? "").trim()
  const which = whichOf(visit.query.get("which"))
  const after = visit.query.get("after")
  const query = {
    ...(search === "" ? { which: which === "open" ? undefined : which } : { q: search })
  }
  return {
    search,
    which,
    input: {
      ...(search === "" ? { states: WHICH[which] } : { search }),
      ...(after === null ? {} : { after })
    },
    pages: (next: string | null) => ({
      next: next === null ? undefined : withQuery(address, { ...query, after: next }),
      first: after === null ? undefined : withQuery(address, query)
    })
  }
}

// ---- one ticket ------------------------------------------------------------------------------------------------------------------------

const ticketOf = Effect.fnUntraced(function* (visit: VisitShape) {
  const t = visit.texts.tickets
  const ticketId = yield* parameter("ticket")
  const before = visit.query.get("before")
  const ticket = yield* asAccount(Tickets.Tickets.get({ ticketId }))
  const { categories } = yield* asAccount(Tickets.Tickets.form({}))
  const { items, next } = yield* asAccount(
    Tickets.Tickets.messages({
      ticketId,
      newestFirst: true,
      limit: 50,
      ...(before === null ? {} : { after: before })
    })
  )
  const changes = yield* asAccount(Tickets.Tickets.history({ ticketId }))
  const data: TicketPageData = {
    ticket,
    categories,
    messages: items.toReversed(),
    earlier: next === null ? undefined : withQuery(paths.ticket(ticketId), { before: next }),
    latest: before === null ? undefined : paths.ticket(ticketId),
    history: changes.items.map(({ about, at, by, byName, data, mine, what }) => ({
      at,
      what: t.whats[what] ?? what,
      detail:
        what === "state" && typeof data.to === "string"
          ? (t.states[data.to as keyof typeof t.states] ?? "")
          : (about ?? ""),
      by: mine ? t.you : by === "system" ? t.system : byName
    }))
  }
  return data
})

/** Whether somebody really wants no more part in a ticket. */
const leavePage = (visit: VisitShape, { ticket }: TicketPageData) => {
  const t = visit.texts.tickets
  const here = paths.ticket(ticket.id)
  return confirmPage(visit, {
    title: t.leaveTitle(ticket.number),
    lead: t.leaveLead,
    action: here,
    submit: t.leave,
    back: here,
    hidden: { act: "leave" }
  })
}

const ratingIn = (form: Form) => ([1, 2, 3, 4, 5] as const).find((step) => String(step) === form.text("rating"))

const neededRating = Effect.fnUntraced(function* (form: Form) {
  const rating = ratingIn(form)
  return rating ?? (yield* new refusals.InvalidInput({ issues: [{ path: ["rating"], code: "missing" }] }))
})

const onTicket = Effect.fnUntraced(function* (visit: VisitShape, { ticket }: TicketPageData, ids: Files) {
  const { form } = visit
  const ticketId = ticket.id
  const here = paths.ticket(ticketId)
  switch (form.text("act")) {
    case "answer": {
      const files = yield* ids
      const where = yield* asAccount(Tickets.Tickets.answer({ ticketId, text: form.text("text"), files }))
      return yield* goTo(paths.ticket(where.ticketId), "ticketAnswered")
    }
    case "close":
      yield* asAccount(Tickets.Tickets.close({ ticketId }))
      return yield* goTo(here, "ticketClosed")
    case "reopen":
      yield* asAccount(Tickets.Tickets.reopen({ ticketId }))
      return yield* goTo(here, "ticketReopened")
    case "leave":
      yield* asAccount(Tickets.Participants.leave({ ticketId }))
      return yield* goTo(paths.tickets, "ticketLeft")
    case "remove":
      yield* asAccount(Tickets.Participants.removeParticipant({ ticketId, participantId: form.text("participant") }))
      return yield* goTo(here, "participantRemoved")
    case "add":
      yield* asAccount(
        Tickets.Participants.addParticipants({
          ticketId,
          people: peopleIn(form),
          history: form.has("all") ? "all" : "none"
        })
      )
      return yield* goTo(here, "participantsAdded")
    case "rate": {
      const rating = yield* neededRating(form)
      const comment = form.optional("comment")
      yield* asAccount(Tickets.Feedback.rateOwn({ ticketId, rating, ...(comment === undefined ? {} : { comment }) }))
      return yield* goTo(here, "ticketRated")
    }
    default:
      return yield* goTo(here)
  }
})

/** Tickets for those who send them in and take part in them. */
export const ticketPages = group(
  page(
    paths.ticketNew,
    Effect.fnUntraced(function* (visit) {
      const settings = yield* Settings.Settings
      const known = yield* asWhoever(Tickets.Tickets.form({}))
      const state = visit.sent === undefined ? {} : { state: withConsents(visit, settings, visit.sent.state) }
      return yield* show(newPage(visit, known, settings, state))
    })
  ),
  act(
    paths.ticketNew,
    Effect.fnUntraced(function* (visit) {
      const settings = yield* Settings.Settings
      const known = yield* asWhoever(Tickets.Tickets.form({}))
      const again = formAgain(
        (state) => newPage(visit, known, settings, { state: withConsents(visit, settings, state) }),
        fileRefusals,
        paths.ticketNew
      )
      // a visitor's files belong to the form, which brings its secret with it until it is through
      const opened = visit.form.optional("uploads")
      const secret =
        known.email !== null
          ? undefined
          : opened === undefined
            ? (yield* asAnonymous(Tickets.Files.openForm({}))).form
            : Redacted.make(opened, { label: "form" })
      const { form, ids } = yield* uploaded(visit.form, secret === undefined ? asAccount : asAnonymous, secret)
      const sent = { ...visit, form: secret === undefined ? form : form.with("uploads", Redacted.value(secret)) }
      return yield* submit(sent, known, settings, { ids, secret }).pipe(
        // the next attempt opens another form, which needs its files anew
        Effect.catchTag("UploadFormExpired", (refusal) =>
          Effect.fail(refusal).pipe(
            again,
            Effect.provideService(Visit, { ...visit, form: form.without("kept", "uploads") })
          )
        ),
        again,
        Effect.provideService(Visit, sent)
      )
    })
  ),
  page(
    paths.file(":file"),
    Effect.fnUntraced(function* (visit) {
      const fileId = yield* parameter("file")
      const found = yield* visit.signedIn
      // staff read files in their office
      const read = found?.staff === undefined ? asAccount : asStaff
      const { content, headers } = yield* read(Tickets.Files.download({ fileId }))
      return HttpServerResponse.stream(content, { headers })
    })
  ),
  page(
    paths.ticketFeedback(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const asked = yield* asWhoever(Tickets.Feedback.feedback({ secret: Redacted.make(link) }))
      return yield* show(feedbackPage(visit, { ...asked, action: paths.ticketFeedback(link) }))
    })
  ),
  act(
    paths.ticketFeedback(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const secret = Redacted.make(link)
      const here = paths.ticketFeedback(link)
      const asked = yield* asWhoever(Tickets.Feedback.feedback({ secret }))
      const comment = visit.form.optional("comment")
      const rated = Effect.gen(function* () {
        const rating = yield* neededRating(visit.form)
        yield* asWhoever(Tickets.Feedback.rate({ secret, rating, ...(comment === undefined ? {} : { comment }) }))
        return yield* goTo(paths.start, "ticketRated")
      })
      return yield* rated.pipe(
        formAgain(
          (state) => feedbackPage(visit, { ...asked, action: here, state }),
          {},
          here,
          saying("rating", visit.texts.tickets.rateNothing)
        )
      )
    })
  ),
  page(
    paths.tickets,
    Effect.fnUntraced(function* (visit) {
      const { input, pages, search, which } = chosen(visit, paths.tickets)
      const { items, next } = yield* asAccount(Tickets.Tickets.mine(input))
      const claimable = yield* asAccount(Tickets.Claims.claimable({}))
      return yield* show(
        ticketsPage(visit, {
          items,
          search,
          which,
          now: yield* Clock.currentTimeMillis,
          claimable: claimable.items.length,
          claimFrom: claimable.from,
          isStaff: (yield* visit.signedIn)?.staff !== undefined,
          ...pages(next)
        })
      )
    })
  ),
  page(
    paths.tenantTickets(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const { tenant } = yield* areaOf(tenantId)
      const { input, pages, search, which } = chosen(visit, paths.tenantTickets(tenantId))
      const { items, next } = yield* asAccount(Tickets.Tickets.ofTenant({ tenantId, ...input }))
      return yield* show(
        tenantTicketsPage(visit, {
          tenant,
          items,
          search,
          which,
          now: yield* Clock.currentTimeMillis,
          ...pages(next)
        })
      )
    })
  ),
  page(
    paths.ticketsClaim,
    Effect.fnUntraced(function* (visit) {
      return yield* show(claimPage(visit, yield* asAccount(Tickets.Claims.claimable({}))))
    })
  ),
  act(
    paths.ticketsClaim,
    Effect.fnUntraced(function* (visit) {
      const offered = yield* asAccount(Tickets.Claims.claimable({}))
      return yield* asAccount(Tickets.Claims.claim({ ticketIds: visit.form.all("ticketIds") })).pipe(
        Effect.andThen(goTo(paths.tickets, "ticketsClaimed")),
        formAgain(
          (state) => claimPage(visit, { ...offered, state }),
          {},
          paths.ticketsClaim,
          saying("ticketIds", visit.texts.tickets.claimNothing)
        )
      )
    })
  ),
  page(
    paths.ticket(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* ticketOf(visit)
      const asked = visit.query.get("ask") === "leave" && data.ticket.may.leave
      return yield* show(asked ? leavePage(visit, data) : ticketPage(visit, data))
    })
  ),
  act(
    paths.ticket(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* ticketOf(visit)
      const { form, ids } = yield* uploaded(visit.form, asAccount)
      return yield* onTicket(visit, data, ids).pipe(
        formAgain(
          (state) => ticketPage(visit, { ...data, state }),
          fileRefusals,
          paths.ticket(data.ticket.id),
          (state) => namingPeople(saying("rating", visit.texts.tickets.rateNothing)(state))
        ),
        Effect.provideService(Visit, { ...visit, form })
      )
    })
  ),
  page(
    paths.ticketEdit(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* ticketOf(visit)
      return yield* data.ticket.may.change ? show(ticketEditPage(visit, data)) : goTo(paths.ticket(data.ticket.id))
    })
  ),
  act(
    paths.ticketEdit(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* ticketOf(visit)
      const ticketId = data.ticket.id
      return yield* asAccount(
        Tickets.Tickets.change({
          ticketId,
          subject: form.text("subject"),
          customerNumber: form.optional("customerNumber") ?? null,
          category: form.optional("category") ?? null,
          wishedPriority: priorityIn(form, "wishedPriority") ?? null
        })
      ).pipe(
        Effect.flatMap((where) => goTo(paths.ticket(where.ticketId), "ticketChanged")),
        formAgain((state) => ticketEditPage(visit, { ...data, state }), {}, paths.ticketEdit(ticketId))
      )
    })
  )
)
