import {
  backLink,
  badge,
  type Column,
  card,
  disclosure,
  empty,
  facts,
  heading,
  notice,
  pager,
  type Tone,
  table
} from "../html/components.ts"
import { ago, moment, sizeOf } from "../html/formats.ts"
import {
  actButton,
  type Choice,
  FormBuilder,
  type FormState,
  linkButton,
  searchForm,
  sentTo,
  submitButton,
  untouched
} from "../html/forms.ts"
import { type Content, type Html, html } from "../html/html.ts"
import type { Page, Scene, TenantFrame } from "../html/Page.ts"
import { paths, withQuery } from "../http/paths.ts"
import { type ConsentView, consentFields } from "./registration.ts"

export const TICKET_STATES = ["New", "Open", "Waiting", "OnHold", "Resolved", "Closed"] as const
export type TicketState = (typeof TICKET_STATES)[number]

export const PRIORITIES = ["low", "normal", "high", "urgent"] as const
export type Priority = (typeof PRIORITIES)[number]

const TONES: Readonly<Record<TicketState, Tone>> = {
  New: "neutral",
  Open: "neutral",
  Waiting: "waiting",
  OnHold: "neutral",
  Resolved: "good",
  Closed: "neutral"
}

interface Text {
  readonly de: string
  readonly en: string
}

export interface TicketLine {
  readonly id: string
  readonly number: string
  readonly subject: string
  readonly state: TicketState
  readonly contactName: string
  readonly tenantName: string | null
  readonly createdAt: number
  readonly activityAt: number
}

const stateOf = (scene: Scene, state: TicketState): Content => badge(scene.texts.tickets.states[state], TONES[state])

// ---- sending one in --------------------------------------------------------------------------------------------------------------------

/** What may come with a message. */
export const filesHint = ({ fileLimits, texts }: Scene): string =>
  texts.tickets.filesHint(fileLimits.count, fileLimits.megabytes)

export interface TicketForm {
  readonly email: string | null
  readonly fullName: string | null
  readonly companyName: string | null
  readonly tenants: ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly categories: ReadonlyArray<{ readonly key: string; readonly label: Text }>
  readonly notice: Text
}

const optionally = (none: string, choices: ReadonlyArray<Choice>): ReadonlyArray<Choice> => [
  { value: "", label: none },
  ...choices
]

const categoriesOf = (scene: Scene, { categories }: Pick<TicketForm, "categories">): ReadonlyArray<Choice> =>
  optionally(
    scene.texts.tickets.noCategory,
    categories.map(({ key, label }) => ({ value: key, label: label[scene.locale] }))
  )

const prioritiesOf = (scene: Scene): ReadonlyArray<Choice> =>
  optionally(
    scene.texts.tickets.noPriority,
    PRIORITIES.map((value) => ({ value, label: scene.texts.tickets.priorities[value] }))
  )

/** Fields: `email`, `fullName`, `companyName` for visitors, `tenant` for members; `subject`, `description`, `customerNumber`, `category`, `priority`, consents. */
export const ticketNewPage = (
  scene: Scene,
  data: {
    readonly known: TicketForm
    readonly consents: ReadonlyArray<ConsentView>
    readonly suggestion?: string | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.tickets
  const { known } = data
  // files that have come in before belong to the form that brought them
  const sent = (data.state ?? sentTo(scene, paths.ticketNew)).form
  const form = new FormBuilder(scene, {
    action: paths.ticketNew,
    ...(data.state === undefined ? {} : { state: data.state }),
    hidden: {
      asked: data.suggestion === undefined ? undefined : data.state?.form.text("email").trim(),
      uploads: sent.optional("uploads")
    }
  })
  const isVisitor = known.email === null
  return {
    title: t.submitTitle,
    width: "regular",
    body: html`${heading(t.submitTitle, t.submitLead)}
    ${data.suggestion !== undefined && notice(t.hint(data.suggestion), "warning")}
    ${known.email !== null && notice(t.asAccount(known.fullName ?? "", known.email))}
    <div class="panel">${form.render(
      [
        isVisitor && [
          form.text({
            name: "email",
            label: t.email,
            type: "email",
            autocomplete: "email",
            hint: known.notice[scene.locale],
            focus: true
          }),
          form.text({ name: "fullName", label: t.fullName, autocomplete: "name", maxLength: 200 })
        ],
        form.text({
          name: "companyName",
          label: t.company,
          value: known.companyName ?? "",
          required: isVisitor,
          autocomplete: "organization",
          maxLength: 200
        }),
        known.tenants.length > 0 &&
          form.select({
            name: "tenant",
            label: t.tenant,
            required: false,
            value: known.tenants.length === 1 ? (known.tenants[0]?.id ?? "") : "",
            choices: optionally(
              t.noTenant,
              known.tenants.map(({ id, name }) => ({ value: id, label: name }))
            )
          }),
        form.text({ name: "subject", label: t.subject, maxLength: 200 }),
        form.area({ name: "description", label: t.description, rows: 8, maxLength: 20_000 }),
        form.text({ name: "customerNumber", label: t.customerNumber, required: false, maxLength: 40 }),
        known.categories.length > 0 &&
          form.select({ name: "category", label: t.category, required: false, choices: categoriesOf(scene, known) }),
        form.select({ name: "priority", label: t.priority, required: false, choices: prioritiesOf(scene) }),
        form.file({ name: "files", label: t.files, hint: filesHint(scene), required: false, many: true }),
        html`<div class="consents">${consentFields(scene, form, data.consents)}</div>`
      ],
      submitButton(t.submit)
    )}</div>`
  }
}

// ---- lists -----------------------------------------------------------------------------------------------------------------------------

/** Which states a list shows; by default those in which somebody still has to do something. */
export const WHICH = {
  open: ["New", "Open", "Waiting", "OnHold"],
  done: ["Resolved", "Closed"],
  all: TICKET_STATES
} as const
export type Which = keyof typeof WHICH

export const whichOf = (given: string | null): Which => (given === "done" || given === "all" ? given : "open")

export interface TicketList {
  readonly items: ReadonlyArray<TicketLine>
  readonly search: string
  readonly which: Which
  readonly now: number
  readonly next: string | undefined
  readonly first: string | undefined
}

const listOf = (scene: Scene, action: string, title: string, list: TicketList): Html => {
  const t = scene.texts.tickets
  const columns: ReadonlyArray<Column<TicketLine>> = [
    {
      label: t.subject,
      names: true,
      long: true,
      cell: ({ id, number, subject }) =>
        html`<a href="${paths.ticket(id)}" dir="auto">${subject}</a><span class="sub">${number}</span>`
    },
    { label: t.state, cell: ({ state }) => stateOf(scene, state) },
    { label: t.contact, long: true, cell: ({ contactName }) => contactName },
    { label: t.activity, cell: ({ activityAt }) => ago(scene, activityAt, list.now) }
  ]
  const entries = [
    ["open", t.whichOpen],
    ["done", t.whichDone],
    ["all", t.whichAll]
  ] as const
  return html`${searchForm(scene, { action, label: t.search, value: list.search })}
  ${
    list.search === "" &&
    html`<nav class="tabs" aria-label="${t.which}"><ul>${entries.map(
      ([which, label]) =>
        html`<li><a href="${which === "open" ? action : withQuery(action, { which })}"${
          which === list.which && html` aria-current="page"`
        }>${label}</a></li>`
    )}</ul></nav>`
  }
  ${
    list.items.length === 0
      ? empty(
          t.emptyTitle,
          list.search === "" && list.which === "all" ? t.empty : t.nothing,
          linkButton(paths.ticketNew, t.submitLink)
        )
      : table(title, columns, list.items)
  }
  ${pager(scene, list)}`
}

export const ticketsPage = (
  scene: Scene,
  data: TicketList & { readonly claimable: number; readonly claimFrom: number | null; readonly isStaff: boolean }
): Page => {
  const t = scene.texts.tickets
  return {
    title: t.title,
    width: "wide",
    body: html`${heading(t.title, t.lead, linkButton(paths.ticketNew, t.submitLink, "primary"))}
    ${
      data.claimable > 0 &&
      notice(html`${t.claimNotice(data.claimable)} <a href="${paths.ticketsClaim}">${t.claimLink}</a>`)
    }
    ${data.claimFrom !== null && notice(html`${t.claimFrom} ${moment(scene, data.claimFrom)}.`)}
    ${data.isStaff && html`<p><a href="${paths.deskTickets}">${t.deskLink}</a></p>`}
    ${listOf(scene, paths.tickets, t.title, data)}`
  }
}

export const tenantTicketsPage = (scene: Scene, data: TicketList & { readonly tenant: TenantFrame }): Page => {
  const t = scene.texts.tickets
  return {
    title: t.tenantTitle,
    width: "wide",
    tenant: data.tenant,
    section: "tickets",
    body: html`${heading(t.tenantTitle, t.lead, linkButton(paths.ticketNew, t.submitLink, "primary"))}
    ${listOf(scene, paths.tenantTickets(data.tenant.id), t.tenantTitle, data)}`
  }
}

/** Fields: `ticket`, many. */
export const claimPage = (
  scene: Scene,
  data: {
    readonly items: ReadonlyArray<{ readonly ticketId: string; readonly number: string; readonly subject: string }>
    /** Where the address is new: from when on tickets are offered. */
    readonly from: number | null
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.tickets
  const form = new FormBuilder(scene, {
    action: paths.ticketsClaim,
    ...(data.state === undefined ? {} : { state: data.state })
  })
  return {
    title: t.claimTitle,
    body: html`${backLink(paths.tickets, t.title)}
    ${heading(t.claimTitle, t.claimLead)}
    ${
      data.items.length === 0
        ? empty(t.emptyTitle, data.from === null ? t.claimNone : html`${t.claimFrom} ${moment(scene, data.from)}.`)
        : form.render(
            form.choices({
              name: "ticketIds",
              kind: "many",
              label: t.claimWhich,
              choices: data.items.map(({ number, subject, ticketId }) => ({
                value: ticketId,
                label: subject,
                hint: number
              })),
              chosen: data.items.map(({ ticketId }) => ticketId)
            }),
            submitButton(t.claim)
          )
    }`
  }
}

// ---- one ticket ------------------------------------------------------------------------------------------------------------------------

export interface FileItem {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly state: string
  readonly fetchable: boolean
}

export interface MessageItem {
  readonly id: string
  readonly author: "contact" | "participant" | "agent" | "system"
  readonly authorName: string
  readonly mine: boolean
  readonly isInternal?: boolean
  readonly channel: "portal" | "mail" | "staff" | "time"
  readonly text: string
  readonly folded: string | null
  readonly files: ReadonlyArray<FileItem>
  readonly createdAt: number
  /** The number of the ticket that it was written in, where that was merged into this one. */
  readonly from: string | null
}

const filesOf = (scene: Scene, files: ReadonlyArray<FileItem>): Content =>
  files.length > 0 &&
  html`<ul class="plain files">${files.map(({ fetchable, id, name, size, state }) => {
    const said = scene.texts.tickets.fileStates[state] ?? ""
    return html`<li>${fetchable ? html`<a href="${paths.file(id)}">${name}</a>` : name} <span class="hint">${sizeOf(size)}${
      said !== "" && html` · ${said}`
    }</span></li>`
  })}</ul>`

const paragraphs = (text: string): ReadonlyArray<Html> =>
  text
    .split(/\n{2,}/)
    .map(
      (part) =>
        html`<p dir="auto">${part.split("\n").map((line, index) => (index === 0 ? line : html`<br>${line}`))}</p>`
    )

/** One message of a conversation, for customers and staff. */
export const messageCard = (scene: Scene, message: MessageItem): Html => {
  const t = scene.texts.tickets
  const who = message.mine ? t.you : message.author === "system" ? t.system : message.authorName
  return html`<article class="message message-${message.isInternal === true ? "internal" : message.author === "agent" ? "agent" : "customer"}" id="message-${message.id}">
    <header class="message-head"><strong><bdi>${who}</bdi></strong>${message.author === "agent" && html` <span class="hint">${t.agent}</span>`}${
      message.isInternal === true && html` ${badge(scene.texts.desk.internal, "waiting")}`
    }<span class="message-when">${moment(scene, message.createdAt)}${message.channel === "mail" && html` · ${t.byMail}`}${
      message.from !== null && html` · ${t.from(message.from)}`
    }</span></header>
    <div class="message-text">${paragraphs(message.text)}</div>
    ${message.folded !== null && disclosure(t.folded, html`<pre class="quoted" dir="auto">${message.folded}</pre>`)}
    ${filesOf(scene, message.files)}
  </article>`
}

/** The messages of a ticket that are shown: the newest, unless somebody has gone back. */
export interface ConversationItem {
  /** The oldest first. */
  readonly messages: ReadonlyArray<MessageItem>
  /** Where those before these are. */
  readonly earlier: string | undefined
  /** The way back to the newest, for who has gone back. */
  readonly latest: string | undefined
}

/** What was said, and the ways to what was said before and after. */
export const conversation = (scene: Scene, { earlier, latest, messages }: ConversationItem): Html => {
  const t = scene.texts.tickets
  const way = (address: string | undefined, label: string) =>
    address !== undefined && html`<nav class="pager" aria-label="${label}">${linkButton(address, label)}</nav>`
  return html`<section aria-label="${t.messages}" class="stack">
    ${way(earlier, t.earlier)}
    ${messages.map((message) => messageCard(scene, message))}
    ${way(latest, t.latest)}
  </section>`
}

export interface ParticipantItem {
  readonly id: string
  readonly role: "contact" | "participant"
  readonly name: string
  readonly email: string
  readonly you: boolean
  readonly writes: boolean
  readonly readsAll: boolean
}

interface Named {
  readonly id: string
  readonly number: string
  readonly subject: string
}

export interface TicketItem extends TicketLine {
  readonly category: string | null
  readonly wishedPriority: Priority | null
  readonly customerNumber: string | null
  readonly companyName: string
  readonly contactEmail: string
  readonly closesAt: number | null
  readonly participants: ReadonlyArray<ParticipantItem>
  readonly may: {
    readonly answer: boolean
    readonly close: boolean
    readonly reopen: boolean
    readonly change: boolean
    readonly add: boolean
    readonly remove: boolean
    readonly leave: boolean
    readonly rate: boolean
  }
  readonly rating: number | null
  readonly follows: Named | null
  readonly followUps: ReadonlyArray<Named>
  readonly mergedInto: Named | null
}

export interface HistoryItem {
  readonly at: number
  readonly what: string
  readonly detail: string
  readonly by: string
}

const link = ({ id, number, subject }: Named): Html => html`<a href="${paths.ticket(id)}">${subject} (${number})</a>`

export interface TicketPageData extends ConversationItem {
  readonly ticket: TicketItem
  readonly categories: ReadonlyArray<{ readonly key: string; readonly label: Text }>
  readonly history: ReadonlyArray<HistoryItem>
  readonly state?: FormState
}

/** What of a ticket's page has fields, beside which is said what is wrong. */
const TICKET_FORMS: ReadonlyArray<string> = ["answer", "add", "rate"]

/** Why what a button asked for was refused: it has no fields beside which that could be said, and the page shows how things are now. */
export const refusedAct = (
  scene: Scene,
  action: string,
  forms: ReadonlyArray<string>,
  given: FormState | undefined
): Content => {
  const state = given ?? (scene.sent?.action === action ? scene.sent.state : undefined)
  if (state === undefined || forms.includes(state.form.text("act"))) return false
  const { fields, general } = state.errors
  return [...general, ...fields.values()].map((text) => notice(text, "bad"))
}

/** One ticket with its messages. Forms by `act`: `answer` (`text`), `add` (`emails`, `all`), `rate` (`rating`, `comment`); buttons `close`, `reopen`, `leave`, `remove`. */
export const ticketPage = (scene: Scene, data: TicketPageData): Page => {
  const t = scene.texts.tickets
  const { ticket } = data
  const action = paths.ticket(ticket.id)
  const formOf = (act: string) =>
    new FormBuilder(scene, {
      action,
      prefix: act,
      hidden: { act },
      state: data.state?.form.text("act") === act ? data.state : untouched
    })
  const button = (act: string, label: string, kind: "secondary" | "danger" = "secondary") =>
    actButton(scene, { action, label, kind, hidden: { act } })
  const answer = formOf("answer")
  const add = formOf("add")
  const rate = formOf("rate")
  const category = data.categories.find(({ key }) => key === ticket.category)
  const participant = (one: ParticipantItem): Html =>
    html`<li>${one.name === "" ? one.email : one.name}${one.you && html` (${t.you})`}${
      one.name !== "" && one.name !== one.email && html` <span class="hint">${one.email}</span>`
    }
      <span class="hint">${[t.roles[one.role], one.writes ? "" : t.onlyReads, one.readsAll ? "" : t.readsLater].filter((word) => word !== "").join(", ")}</span>
      ${
        ticket.may.remove &&
        one.role !== "contact" &&
        actButton(scene, {
          action,
          label: t.remove,
          description: t.removeOf(one.name),
          kind: "link",
          hidden: { act: "remove", participant: one.id }
        })
      }</li>`
  return {
    title: ticket.subject,
    width: "wide",
    body: html`${backLink(paths.tickets, t.title)}
    ${heading(
      ticket.subject,
      html`${ticket.number} · ${stateOf(scene, ticket.state)}`,
      html`${
        // where the form is far below
        ticket.may.answer &&
        data.latest === undefined &&
        data.messages.length > 3 &&
        linkButton("#answer", t.answerTitle, "primary")
      }${ticket.may.close && button("close", t.close)}${ticket.may.reopen && button("reopen", t.reopen)}`
    )}
    ${refusedAct(scene, action, TICKET_FORMS, data.state)}
    ${ticket.mergedInto !== null && notice(html`${t.mergedInto} ${link(ticket.mergedInto)}.`)}
    <div class="stack">
      ${conversation(scene, data)}
      ${
        data.latest !== undefined
          ? false
          : ticket.may.answer
            ? card({
                id: "answer",
                title: t.answerTitle,
                ...(ticket.state === "Closed"
                  ? { lead: t.answerClosed }
                  : ticket.state === "Resolved"
                    ? { lead: t.answerResolved }
                    : {}),
                body: answer.render(
                  [
                    answer.area({ name: "text", label: t.answer, rows: 6, maxLength: 20_000 }),
                    answer.file({ name: "files", label: t.files, hint: filesHint(scene), required: false, many: true })
                  ],
                  submitButton(t.answerSubmit)
                )
              })
            : html`<p class="hint">${t.readOnly}</p>`
      }
      ${
        ticket.may.rate &&
        card({
          title: t.rateTitle,
          body: rate.render(
            [
              rate.choices({
                name: "rating",
                kind: "one",
                label: t.rate,
                choices: [5, 4, 3, 2, 1].map((step) => ({ value: String(step), label: t.ratings[String(step)] ?? "" }))
              }),
              rate.area({ name: "comment", label: t.rateComment, required: false, rows: 3, maxLength: 2000 })
            ],
            submitButton(t.rateSubmit)
          )
        })
      }
      ${ticket.rating !== null && notice(t.rated(ticket.rating), "good")}
      ${card({
        title: t.participants,
        body: html`<ul class="plain">${ticket.participants.map(participant)}</ul>`,
        actions: ticket.may.leave && linkButton(withQuery(action, { ask: "leave" }), t.leave)
      })}
      ${
        ticket.may.add &&
        card({
          title: t.addTitle,
          lead: t.addLead,
          body: add.render(
            [
              add.area({ name: "people", label: t.addEmails, hint: t.addEmailsHint, rows: 2, maxLength: 2000 }),
              add.check({ name: "all", label: t.addAll, required: false })
            ],
            submitButton(t.addSubmit, "secondary")
          )
        })
      }
      ${card({
        title: t.facts,
        body: facts([
          [
            t.contact,
            ticket.contactName === "" ? ticket.contactEmail : `${ticket.contactName} (${ticket.contactEmail})`
          ],
          ticket.companyName !== "" && ticket.companyName !== ticket.contactName && [t.company, ticket.companyName],
          ticket.tenantName !== null && [t.tenant, ticket.tenantName],
          ticket.customerNumber !== null && [t.customerNumber, ticket.customerNumber],
          category !== undefined && [t.category, category.label[scene.locale]],
          ticket.wishedPriority !== null && [t.priority, t.priorities[ticket.wishedPriority]],
          [t.created, moment(scene, ticket.createdAt)],
          ticket.closesAt !== null && [t.closesAt, moment(scene, ticket.closesAt)],
          ticket.follows !== null && [t.follows, link(ticket.follows)],
          ticket.followUps.length > 0 && [
            t.followUps,
            html`<ul class="plain">${ticket.followUps.map((one) => html`<li>${link(one)}</li>`)}</ul>`
          ]
        ]),
        actions: ticket.may.change && linkButton(paths.ticketEdit(ticket.id), t.edit)
      })}
      ${disclosure(
        t.history,
        html`<ul class="plain">${data.history.map(
          ({ at, by, detail, what }) =>
            html`<li>${moment(scene, at)} · ${what}${detail !== "" && html`: ${detail}`} <span class="hint">(${by})</span></li>`
        )}</ul>`
      )}
    </div>`
  }
}

/** Fields: `subject`, `category`, `priority`, `customerNumber`. */
export const ticketEditPage = (
  scene: Scene,
  data: {
    readonly ticket: TicketItem
    readonly categories: ReadonlyArray<{ readonly key: string; readonly label: Text }>
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.tickets
  const { ticket } = data
  const form = new FormBuilder(scene, {
    action: paths.ticketEdit(ticket.id),
    ...(data.state === undefined ? {} : { state: data.state })
  })
  return {
    title: t.editTitle,
    body: html`${backLink(paths.ticket(ticket.id), ticket.subject)}
    ${heading(t.editTitle)}
    <div class="panel">${form.render(
      [
        form.text({ name: "subject", label: t.subject, value: ticket.subject, maxLength: 200 }),
        form.text({
          name: "customerNumber",
          label: t.customerNumber,
          value: ticket.customerNumber ?? "",
          required: false,
          maxLength: 40
        }),
        data.categories.length > 0 &&
          form.select({
            name: "category",
            label: t.category,
            required: false,
            value: ticket.category ?? "",
            choices: categoriesOf(scene, data)
          }),
        form.select({
          name: "wishedPriority",
          label: t.priority,
          required: false,
          value: ticket.wishedPriority ?? "",
          choices: prioritiesOf(scene)
        })
      ],
      submitButton(t.editSubmit)
    )}</div>`
  }
}

/** How it went: by the link in the mail. Fields: `rating`, `comment`. */
export const feedbackPage = (
  scene: Scene,
  data: { readonly number: string; readonly answered: boolean; readonly action: string; readonly state?: FormState }
): Page => {
  const t = scene.texts.tickets
  const form = new FormBuilder(scene, {
    action: data.action,
    ...(data.state === undefined ? {} : { state: data.state })
  })
  return {
    title: t.rateTitle,
    body: html`${heading(t.rateTitle, data.number)}
    ${
      data.answered
        ? notice(t.ratedBefore, "good")
        : form.render(
            [
              form.choices({
                name: "rating",
                kind: "one",
                label: t.rate,
                choices: [5, 4, 3, 2, 1].map((step) => ({ value: String(step), label: t.ratings[String(step)] ?? "" }))
              }),
              form.area({ name: "comment", label: t.rateComment, required: false, rows: 3, maxLength: 2000 })
            ],
            submitButton(t.rateSubmit)
          )
    }`
  }
}
