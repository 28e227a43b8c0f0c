import { Clock, Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { Accounts, refusals, Settings, Tenants, Tickets } from "portico"
import type { FormState } from "../html/forms.ts"
import type { Form } from "../http/Form.ts"
import { paths, withQuery } from "../http/paths.ts"
import { comeBack, formAgain, formShown, goTo, saying, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asStaff, signedIn, Visit, type VisitShape } from "../http/Visit.ts"
import { locales } from "../texts/locales.ts"
import { confirmPage } from "../views/confirm.ts"
import {
  ASSIGNEES,
  type CustomField,
  chosenAddress,
  customField,
  type DeskPageData,
  deskTicketPage,
  heldMailsPage,
  mergePage,
  type QueueFilter,
  queuePage,
  splitPage,
  TO_DO
} from "../views/desk.ts"
import { deskNewPage, deskTenantPage } from "../views/deskForms.ts"
import { heldMailPage } from "../views/heldMail.ts"
import { PRIORITIES, TICKET_STATES } from "../views/tickets.ts"
import { everyItem, listIn } from "./shared/lists.ts"
import { namingPeople, peopleIn } from "./shared/people.ts"
import { fileRefusals, uploaded } from "./shared/uploads.ts"

const { Desk } = Tickets

/** To who is no staff there is no such page. */
const office = Effect.gen(function* () {
  const { account, staff } = yield* signedIn
  if (staff === undefined) return yield* new refusals.NotFound({ kind: "page" })
  return account
})

const categoriesOf = Effect.map(Settings.Settings, ({ tickets }) => tickets.categories)

// ---- the queue -------------------------------------------------------------------------------------------------------------------------

const filterIn = (query: URLSearchParams): QueueFilter => ({
  q: (query.get("q") ?? "").trim(),
  state: query.get("state") ?? "",
  assignee: query.get("assignee") ?? "",
  priority: query.get("priority") ?? "",
  category: query.get("category") ?? "",
  tag: (query.get("tag") ?? "").trim().toLowerCase(),
  spam: query.get("spam") === "yes"
})

/** In which support has to do something. */
const OUR_TURN = ["New", "Open"] as const

/** What the library understands of a filter: what names nothing is left out. */
const choiceOf = (filter: QueueFilter) => {
  const state = TICKET_STATES.find((one) => one === filter.state)
  const priority = PRIORITIES.find((one) => one === filter.priority)
  const assignee = ASSIGNEES.find((one) => one === filter.assignee)
  return {
    ...(filter.q === "" ? {} : { search: filter.q }),
    ...(filter.state === TO_DO ? { states: OUR_TURN } : state === undefined ? {} : { states: [state] }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(priority === undefined ? {} : { priorities: [priority] }),
    ...(filter.category === "" ? {} : { category: filter.category }),
    ...(filter.tag === "" ? {} : { tag: filter.tag }),
    ...(filter.spam ? { spam: true } : {})
  }
}

interface Choice {
  readonly search?: string
  readonly states?: ReadonlyArray<string>
  readonly assignee?: string
  readonly priorities?: ReadonlyArray<string>
  readonly category?: string
  readonly tag?: string
  readonly spam?: boolean
}

const filterOf = (choice: Choice): QueueFilter => ({
  q: choice.search ?? "",
  state: choice.states !== undefined && choice.states.length > 1 ? TO_DO : (choice.states?.[0] ?? ""),
  assignee: choice.assignee ?? "",
  priority: choice.priorities?.[0] ?? "",
  category: choice.category ?? "",
  tag: choice.tag ?? "",
  spam: choice.spam ?? false
})

const queueOf = Effect.fnUntraced(function* (query: URLSearchParams) {
  const account = yield* office
  const filter = filterIn(query)
  const after = query.get("after")
  const { items, next } = yield* asStaff(Desk.Desk.queue({ ...choiceOf(filter), ...(after === null ? {} : { after }) }))
  const views = yield* everyItem((some) => asStaff(Desk.Library.views(some)))
  const here = chosenAddress(filter)
  const queryOfHere = Object.fromEntries(new URLSearchParams(here.split("?")[1] ?? ""))
  return {
    filter,
    categories: yield* categoriesOf,
    items,
    views: views.map(({ choice, id, name, ownerId }) => ({
      id,
      name,
      address: chosenAddress(filterOf(choice)),
      mine: ownerId === account.id
    })),
    now: yield* Clock.currentTimeMillis,
    next: next === null ? undefined : withQuery(paths.deskTickets, { ...queryOfHere, after: next }),
    first: after === null ? undefined : here
  }
})

// ---- one ticket ------------------------------------------------------------------------------------------------------------------------

/** So many messages a page shows. */
const PAGE = 50

/** What a change of the history was about, where a word says it. */
const detailOf = (t: VisitShape["texts"]["desk"], what: string, data: Readonly<Record<string, unknown>>): string => {
  if (what === "state") return TICKET_STATES.filter((one) => one === data.to).map((one) => t.states[one])[0] ?? ""
  if (what === "priority") return PRIORITIES.filter((one) => one === data.to).map((one) => t.priorities[one])[0] ?? ""
  if (what === "filesLeftOut") return listOf(data.names).join(", ")
  if (what === "tags")
    return [...listOf(data.added).map((tag) => `+ ${tag}`), ...listOf(data.removed).map((tag) => `− ${tag}`)].join(", ")
  return what === "assigned" && typeof data.name === "string" ? data.name : ""
}

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const ticketOf = Effect.fnUntraced(function* (visit: VisitShape) {
  const account = yield* office
  const t = visit.texts.desk
  const ticketId = yield* parameter("ticket")
  const before = visit.query.get("before")
  const ticket = yield* asStaff(Desk.Desk.open({ ticketId }))
  const { items, next } = yield* asStaff(
    Desk.Desk.messages({ ticketId, newestFirst: true, limit: PAGE, ...(before === null ? {} : { after: before }) })
  )
  const changes = yield* asStaff(Desk.Desk.history({ ticketId }))
  const staff = yield* everyItem((some) => asStaff(Accounts.StaffMembers.list(some)))
  const answers = yield* everyItem((some) => asStaff(Desk.Library.answers(some)))
  const macros = yield* everyItem((some) => asStaff(Desk.Library.macros(some)))
  const data: DeskPageData = {
    ticket,
    messages: items.toReversed().map((message) => ({
      ...message,
      mine: false,
      isInternal: message.visibility === "internal",
      from:
        message.ticketId === ticket.id
          ? null
          : (ticket.related.find(({ id }) => id === message.ticketId)?.number ?? null)
    })),
    earlier: next === null ? undefined : withQuery(paths.deskTicket(ticketId), { before: next }),
    latest: before === null ? undefined : paths.deskTicket(ticketId),
    history: changes.items.map(({ at, byName, data, what }) => ({
      at,
      by: byName === "" ? visit.texts.tickets.system : byName,
      what: t.whats[what] ?? what,
      detail: detailOf(t, what, data)
    })),
    categories: yield* categoriesOf,
    fields: yield* asStaff(Desk.Desk.fields({})),
    colleagues: staff
      .filter(({ accountId }) => accountId !== account.id)
      .map(({ accountId, firstName, lastName }) => ({ accountId, name: `${firstName} ${lastName}` })),
    answers,
    macros,
    mine: ticket.assigneeId === account.id
  }
  return data
})

/** What was entered for a field of the application; null takes it away. */
const fieldIn = (form: Form, { input, name }: CustomField) => {
  const typed = form.optional(customField(name))
  if (input === "flag") return form.has(customField(name)) ? true : null
  return typed === undefined ? null : input === "number" && Number.isFinite(Number(typed)) ? Number(typed) : typed
}

const STEPS = {
  hold: Desk.Work.hold,
  unhold: Desk.Work.unhold,
  resolve: Desk.Work.resolve,
  reopen: Desk.Work.reopen,
  giveBack: Desk.Work.giveBack
} as const

const AFTER = ["Waiting", "Open", "Resolved"] as const

/** What a page says after a step. */
const NOTICES = {
  hold: "deskHeld",
  unhold: "deskUnheld",
  resolve: "deskResolved",
  reopen: "deskReopened",
  giveBack: "deskGivenBack"
} as const

/** Whether a ticket is to be silenced: only supervisors take that back. */
const spamPage = (visit: VisitShape, { ticket }: DeskPageData) => {
  const t = visit.texts.desk
  const here = paths.deskTicket(ticket.id)
  return confirmPage(visit, {
    title: t.spamTitle(ticket.number),
    office: "tickets",
    lead: t.spamLead,
    action: here,
    submit: t.markSpam,
    back: here,
    hidden: { act: "markSpam" }
  })
}

/** The ticket with a number, however it was typed. */
const numbered = Effect.fnUntraced(function* (typed: string) {
  const number = typed.trim().replace(/^#/, "").toUpperCase()
  if (number === "") return undefined
  const { items } = yield* asStaff(Desk.Desk.queue({ search: number }))
  return items.find((one) => one.number === number)
})

/** What others have written since somebody began an answer: they read it before their answer goes out, for two are often at the same ticket. */
const writtenSince = (messages: DeskPageData["messages"], seen: string | undefined) =>
  seen === undefined ? [] : messages.slice(messages.findIndex(({ id }) => id === seen) + 1)

/** The form of an answer with a canned answer below what was written. */
const withCanned = Effect.fnUntraced(function* (form: Form, ticketId: string) {
  const id = form.optional("canned")
  const { text } =
    id === undefined
      ? { text: "" }
      : yield* asStaff(Desk.Library.renderAnswer({ id, ticketId })).pipe(
          // an answer that is gone by now fills nothing in
          Effect.catchTag(["NotFound", "InvalidInput"], () => Effect.succeed({ text: "" }))
        )
  const written = form.optional("text")
  return form.with("text", written === undefined ? text : `${written.trimEnd()}\n\n${text}`, "insert", "canned")
})

const onTicket = Effect.fnUntraced(function* (
  visit: VisitShape,
  data: DeskPageData,
  ids: Effect.Success<ReturnType<typeof uploaded>>["ids"]
) {
  const { form } = visit
  const ticketId = data.ticket.id
  const here = paths.deskTicket(ticketId)
  const done = goTo(here, "deskChanged")
  const wanted = form.text("act")
  switch (wanted) {
    case "take":
      yield* asStaff(Desk.Work.take({ ticketId, over: form.has("over") }))
      return yield* goTo(here, "deskTaken")
    case "assign":
      yield* asStaff(Desk.Work.assign({ ticketId, accountId: form.text("colleague") }))
      return yield* goTo(here, "deskAssigned")
    case "hold":
    case "unhold":
    case "resolve":
    case "reopen":
    case "giveBack":
      yield* asStaff(STEPS[wanted]({ ticketId }))
      return yield* goTo(here, NOTICES[wanted])
    case "markSpam":
      yield* asStaff(Desk.Work.markSpam({ ticketId }))
      return yield* goTo(here, "deskSpam")
    case "unmarkSpam":
      yield* asStaff(Desk.Work.unmarkSpam({ ticketId }))
      return yield* goTo(here, "deskNoSpam")
    case "reply": {
      if (form.has("insert")) {
        const state = { form: yield* withCanned(form, ticketId), errors: { general: [], fields: new Map() } }
        return (yield* comeBack(state, here)) ?? (yield* show(deskTicketPage(visit, { ...data, state })))
      }
      const meanwhile = writtenSince(data.messages, form.optional("seen"))
      if (meanwhile.length > 0) {
        const said = visit.texts.desk.meanwhile([...new Set(meanwhile.map(({ authorName }) => authorName))].join(", "))
        const state = { form, errors: { general: [said], fields: new Map() } }
        return yield* formShown(state, here, deskTicketPage(visit, { ...data, state }))
      }
      const files = yield* ids
      yield* asStaff(
        Desk.Work.reply({
          ticketId,
          files,
          text: form.text("text"),
          to: AFTER.find((one) => one === form.text("to")) ?? "Waiting"
        })
      )
      return yield* goTo(here, "deskReplied")
    }
    case "note":
      yield* asStaff(Desk.Work.note({ ticketId, text: form.text("text") }))
      return yield* goTo(here, "deskNoted")
    case "change":
      yield* asStaff(
        Desk.Work.change({
          ticketId,
          priority: PRIORITIES.find((one) => one === form.text("priority")) ?? data.ticket.priority,
          ...(data.categories.length === 0 ? {} : { category: form.optional("category") ?? null }),
          tags: listIn(form.text("tags")),
          ...(data.fields.length === 0
            ? {}
            : { fields: Object.fromEntries(data.fields.map((field) => [field.name, fieldIn(form, field)])) })
        })
      ).pipe(
        Effect.mapError((refusal) =>
          refusal instanceof Desk.FieldNotPossible
            ? new refusals.InvalidInput({ issues: [{ path: [customField(refusal.field)], code: "invalid" }] })
            : refusal
        )
      )
      return yield* done
    case "tenant": {
      const tenantId = form.optional("tenant") ?? null
      yield* asStaff(Desk.Work.assignTenant({ ticketId, tenantId }))
      return yield* goTo(here, tenantId === null ? "deskTenantTaken" : "deskTenantAssigned")
    }
    case "add":
      yield* asStaff(
        Desk.Work.addParticipants({ ticketId, people: peopleIn(form), history: form.has("all") ? "all" : "none" })
      )
      return yield* goTo(here, "participantsAdded")
    case "remove":
      yield* asStaff(Desk.Work.removeParticipant({ ticketId, participantId: form.text("participant") }))
      return yield* goTo(here, "participantRemoved")
    case "parent": {
      const other = yield* numbered(form.text("number"))
      if (other === undefined)
        return yield* new refusals.InvalidInput({ issues: [{ path: ["number"], code: "invalid" }] })
      yield* asStaff(
        Desk.Work.setParent(
          form.text("as") === "above" ? { ticketId: other.id, parentId: ticketId } : { ticketId, parentId: other.id }
        )
      )
      return yield* goTo(here, "deskLinked")
    }
    case "unparent":
      yield* asStaff(Desk.Work.setParent({ ticketId: form.text("child"), parentId: null }))
      return yield* goTo(here, "deskUnlinked")
    case "macro":
      yield* asStaff(Desk.Library.runMacro({ id: form.text("macro"), ticketId }))
      return yield* goTo(here, "deskMacroRun")
    case "unmerge":
      yield* asStaff(Desk.Merging.undoMerge({ ticketId: form.text("source") }))
      return yield* goTo(here, "deskUnmerged")
    default:
      return yield* goTo(here)
  }
})

// ---- customer areas, and tickets of others ---------------------------------------------------------------------------------------------

const tenantsFor = Effect.fnUntraced(function* (visit: VisitShape) {
  yield* office
  const ticketId = yield* parameter("ticket")
  const ticket = yield* asStaff(Desk.Desk.open({ ticketId }))
  const search = (visit.query.get("q") ?? "").trim()
  const after = visit.query.get("after")
  const here = paths.deskTenant(ticketId)
  const { items, next } =
    search === ""
      ? { items: [], next: null }
      : yield* asStaff(Tenants.StaffTenants.find({ search, ...(after === null ? {} : { after }) }))
  return {
    ticket,
    search,
    // the one that has it, and those that are closed, are no choice
    items: items.filter(({ id, state }) => id !== ticket.tenantId && state !== "closed"),
    next: next === null ? undefined : withQuery(here, { q: search, after: next }),
    first: after === null ? undefined : withQuery(here, { q: search })
  }
})

const submitFor = Effect.fnUntraced(function* ({ form }: VisitShape) {
  const companyName = form.optional("companyName")
  const category = form.optional("category")
  const { id } = yield* asStaff(
    Desk.Work.submitFor({
      email: form.text("email"),
      name: form.text("name"),
      subject: form.text("subject"),
      text: form.text("text"),
      priority: PRIORITIES.find((one) => one === form.text("priority")) ?? "normal",
      locale: locales.find((one) => one === form.text("locale")) ?? "de",
      ...(companyName === undefined ? {} : { companyName }),
      ...(category === undefined ? {} : { category })
    })
  )
  return yield* goTo(paths.deskTicket(id), "deskSubmitted")
})

// ---- merging and splitting -------------------------------------------------------------------------------------------------------------

const mergeOf = Effect.fnUntraced(function* (visit: VisitShape) {
  yield* office
  const t = visit.texts.desk
  const ticketId = yield* parameter("ticket")
  const ticket = yield* asStaff(Desk.Desk.open({ ticketId }))
  const into = (visit.query.get("into") ?? "").trim().replace(/^#/, "").toUpperCase()
  const history = visit.query.get("history") === "all" ? ("all" as const) : ("own" as const)
  const base = { ticket, into, history }
  if (into === "")
    return {
      ...base,
      target: undefined,
      preview: undefined,
      problem: visit.query.has("into") ? t.mergeMissing : undefined
    }
  const target = yield* numbered(into)
  if (target === undefined) return { ...base, target, preview: undefined, problem: t.mergeUnknown }
  const preview = yield* asStaff(Desk.Merging.previewMerge({ ticketId, intoId: target.id, history }))
  return { ...base, target, preview, problem: undefined }
})

const chosenIn = (form: Form) => ({
  messages: form.all("messages"),
  contact: form.text("contact"),
  others: form.all("others"),
  subject: form.text("subject")
})

/** What the preview does not need, but the new ticket: nobody is to go back for it from there. */
const subjectOf = (form: Form) =>
  form.optional("subject") === undefined
    ? Effect.fail(
        new refusals.InvalidInput({
          issues: ["subject", ...(form.has("messages") ? [] : ["messages"])].map((name) => ({
            path: [name],
            code: "missing"
          }))
        })
      )
    : Effect.void

const splitOf = Effect.fnUntraced(function* () {
  yield* office
  const ticketId = yield* parameter("ticket")
  const ticket = yield* asStaff(Desk.Desk.open({ ticketId }))
  const messages = yield* everyItem((some) => asStaff(Desk.Desk.messages({ ticketId, ...some })))
  return { ticket, messages: messages.filter((message) => message.ticketId === ticket.id) }
})

// ---- held mails ------------------------------------------------------------------------------------------------------------------------

const heldOf = Effect.fnUntraced(function* (visit: VisitShape) {
  yield* office
  const after = visit.query.get("after")
  const which = visit.query.get("which") === "discarded" ? ("discarded" as const) : ("waiting" as const)
  const { items, next } = yield* asStaff(
    Tickets.HeldMails.list({ review: which, ...(after === null ? {} : { after }) })
  )
  const query = { which: which === "waiting" ? undefined : which }
  return {
    items,
    which,
    next: next === null ? undefined : withQuery(paths.heldMails, { ...query, after: next }),
    first: after === null ? undefined : withQuery(paths.heldMails, query)
  }
})

/** A held mail with its original, whichever page of the list it stands on. */
const sourceOf = Effect.gen(function* () {
  yield* office
  const id = yield* parameter("mail")
  const { mail, raw } = yield* asStaff(Tickets.HeldMails.source({ id }))
  return { mail, bytes: Buffer.from(raw, "base64") }
})

/** A held mail with the ticket that it goes into: the one whose number staff have typed, or else the one that it names. */
const heldMailOf = Effect.fnUntraced(function* (visit: VisitShape, number: string) {
  const { bytes, mail } = yield* sourceOf
  const ticketId = number === "" ? mail.ticketId : (yield* numbered(number))?.id
  return {
    mail,
    number,
    original: originalOf(bytes),
    ticket: ticketId === null || ticketId === undefined ? undefined : yield* asStaff(Desk.Desk.open({ ticketId })),
    problem: number !== "" && ticketId === undefined ? visit.texts.desk.mergeUnknown : undefined
  }
})

/** How many bytes of an original its page shows; all of it is in the download. */
const SHOWN = 64 * 1024

/** What came in as text: what is none is replaced, and what would steer a terminal or hide something is left out. */
const originalOf = (bytes: Uint8Array) => ({
  text: new TextDecoder().decode(bytes.subarray(0, SHOWN)).replace(/[^\P{C}\n\t]/gu, ""),
  isCut: bytes.length > SHOWN
})

/** Tickets for the operator's people. */
export const deskPages = group(
  page(
    paths.deskTickets,
    Effect.fnUntraced(function* (visit) {
      return yield* show(queuePage(visit, yield* queueOf(visit.query)))
    })
  ),
  act(
    paths.deskTickets,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const chosen = new URLSearchParams(form.text("choice").split("?")[1] ?? "")
      const data = yield* queueOf(chosen)
      if (form.text("act") === "removeView") {
        yield* asStaff(Desk.Library.removeView({ id: form.text("view") }))
        return yield* goTo(paths.deskTickets, "deskItemRemoved")
      }
      return yield* asStaff(
        Desk.Library.saveView({ name: form.text("name"), choice: choiceOf(data.filter), shared: form.has("shared") })
      ).pipe(
        Effect.andThen(goTo(chosenAddress(data.filter), "deskViewSaved")),
        formAgain((state: FormState) => queuePage(visit, { ...data, state }), {}, chosenAddress(data.filter))
      )
    })
  ),
  page(
    paths.deskNew,
    Effect.fnUntraced(function* (visit) {
      yield* office
      return yield* show(deskNewPage(visit, { categories: yield* categoriesOf }))
    })
  ),
  act(
    paths.deskNew,
    Effect.fnUntraced(function* (visit) {
      yield* office
      const categories = yield* categoriesOf
      return yield* submitFor(visit).pipe(
        formAgain((state: FormState) => deskNewPage(visit, { categories, state }), {}, paths.deskNew)
      )
    })
  ),
  page(
    paths.deskTenant(":ticket"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(deskTenantPage(visit, yield* tenantsFor(visit)))
    })
  ),
  page(
    paths.deskTicket(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* ticketOf(visit)
      return yield* show(
        visit.query.get("ask") === "spam" && data.ticket.possible.includes("markSpam")
          ? spamPage(visit, data)
          : deskTicketPage(visit, data)
      )
    })
  ),
  act(
    paths.deskTicket(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* ticketOf(visit)
      const { form, ids } = yield* uploaded(visit.form, asStaff)
      const sent = { ...visit, form }
      return yield* onTicket(sent, data, ids).pipe(
        formAgain(
          (state: FormState) => deskTicketPage(visit, { ...data, state }),
          { ...fileRefusals, TooManyParticipants: "people" },
          paths.deskTicket(data.ticket.id),
          (state) => namingPeople(saying("number", visit.texts.desk.mergeUnknown)(state))
        ),
        Effect.provideService(Visit, sent)
      )
    })
  ),
  page(
    paths.deskMerge(":ticket"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(mergePage(visit, yield* mergeOf(visit)))
    })
  ),
  act(
    paths.deskMerge(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* mergeOf(visit)
      const confirmed = form.optional("confirmed")
      return yield* asStaff(
        Desk.Merging.merge({
          ticketId: data.ticket.id,
          intoId: form.text("into"),
          history: form.text("history") === "all" ? "all" : "own",
          ...(confirmed === undefined ? {} : { confirmed })
        })
      ).pipe(
        Effect.flatMap(({ id }) => goTo(paths.deskTicket(id), "deskMerged")),
        formAgain((state: FormState) => mergePage(visit, { ...data, state }), {}, paths.deskMerge(data.ticket.id))
      )
    })
  ),
  page(
    paths.deskSplit(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* splitOf()
      const contact = data.ticket.participants.find(({ role }) => role === "contact")
      return yield* show(
        splitPage(visit, {
          ...data,
          chosen: { messages: [], contact: contact?.id ?? "", others: [], subject: "" },
          preview: undefined
        })
      )
    })
  ),
  act(
    paths.deskSplit(":ticket"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* splitOf()
      const chosen = chosenIn(form)
      const confirmed = form.optional("confirmed")
      const input = {
        ticketId: data.ticket.id,
        messages: chosen.messages.map(Number),
        contactId: chosen.contact,
        othersIds: chosen.others.filter((id) => id !== chosen.contact)
      }
      const acted =
        form.text("act") === "split"
          ? asStaff(
              Desk.Merging.split({
                ...input,
                subject: chosen.subject,
                ...(confirmed === undefined ? {} : { confirmed })
              })
            ).pipe(Effect.flatMap(({ id }) => goTo(paths.deskTicket(id), "deskSplit")))
          : subjectOf(form).pipe(
              Effect.andThen(asStaff(Desk.Merging.previewSplit(input))),
              Effect.flatMap((preview) => show(splitPage(visit, { ...data, chosen, preview })))
            )
      return yield* acted.pipe(
        formAgain(
          (state: FormState) => splitPage(visit, { ...data, chosen, preview: undefined, state }),
          {},
          paths.deskSplit(data.ticket.id),
          saying("messages", visit.texts.desk.splitNothing)
        )
      )
    })
  ),
  page(
    paths.heldMails,
    Effect.fnUntraced(function* (visit) {
      return yield* show(heldMailsPage(visit, yield* heldOf(visit)))
    })
  ),
  act(
    paths.heldMails,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const input = { id: form.text("mail") }
      const done = goTo(paths.heldMails, "heldMailDecided")
      switch (form.text("act")) {
        case "new":
          return yield* asStaff(Tickets.HeldMails.acceptAsNew(input)).pipe(Effect.andThen(done))
        case "discard":
          return yield* asStaff(Tickets.HeldMails.discard(input)).pipe(Effect.andThen(done))
        case "restore":
          return yield* asStaff(Tickets.HeldMails.restore(input)).pipe(Effect.andThen(done))
        default:
          return yield* goTo(paths.heldMails)
      }
    })
  ),
  page(
    paths.heldMail(":mail"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(heldMailPage(visit, yield* heldMailOf(visit, (visit.query.get("number") ?? "").trim())))
    })
  ),
  act(
    paths.heldMail(":mail"),
    Effect.fnUntraced(function* (visit) {
      const number = visit.form.text("number")
      const data = yield* heldMailOf(visit, number)
      const { mail, ticket } = data
      const here = withQuery(paths.heldMail(mail.id), { number: number === "" ? undefined : number })
      if (ticket === undefined) return yield* goTo(here)
      return yield* asStaff(
        Tickets.HeldMails.accept({ id: mail.id, ticketId: ticket.id, participantId: visit.form.text("participantId") })
      ).pipe(
        Effect.flatMap(({ ticketId }) => goTo(paths.deskTicket(ticketId), "heldMailDecided")),
        formAgain((state: FormState) => heldMailPage(visit, { ...data, state }), {}, here)
      )
    })
  ),
  page(
    paths.heldMailSource(":mail"),
    Effect.fnUntraced(function* () {
      const { bytes, mail } = yield* sourceOf
      // never shown by the browser itself: whoever wrote it is not known
      return HttpServerResponse.uint8Array(bytes, {
        contentType: "application/octet-stream",
        headers: {
          "content-disposition": `attachment; filename="${mail.id}.eml"`,
          "content-security-policy": "sandbox; default-src 'none'",
          "x-content-type-options": "nosniff"
        }
      })
    })
  )
)
