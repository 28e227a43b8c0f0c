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
import { ago, moment } from "../html/formats.ts"
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
import type { Page, Scene } from "../html/Page.ts"
import { paths, withQuery } from "../http/paths.ts"
import { type DeskParticipant, type DeskRelated, participantsCard, relatedCard } from "./deskForms.ts"
import type { HeldItem } from "./heldMail.ts"
import {
  type ConversationItem,
  conversation,
  filesHint,
  PRIORITIES,
  type Priority,
  refusedAct,
  TICKET_STATES,
  type TicketState
} from "./tickets.ts"

interface Text {
  readonly de: string
  readonly en: string
}

export interface Clock {
  readonly clock: "firstAnswer" | "nextAnswer" | "resolution"
  readonly target: number | null
  readonly used: number
  readonly running: boolean
  readonly breachesAt: number | null
  readonly warnedAt: number | null
  readonly breachedAt: number | null
  readonly doneAt: number | null
}

export interface DeskLine {
  readonly id: string
  readonly number: string
  readonly subject: string
  readonly contactEmail: string
  readonly contactName: string
  readonly tenantName: string | null
  readonly state: TicketState
  readonly priority: Priority
  readonly wishedPriority: Priority | null
  readonly category: string | null
  readonly tags: ReadonlyArray<string>
  readonly assigneeName: string | null
  readonly spam: boolean
  readonly activityAt: number
  readonly createdAt: number
  readonly clocks: ReadonlyArray<Clock>
}

const STATE_TONES: Readonly<Record<TicketState, Tone>> = {
  New: "bad",
  Open: "waiting",
  Waiting: "neutral",
  OnHold: "neutral",
  Resolved: "good",
  Closed: "neutral"
}

const PRIORITY_TONES: Readonly<Record<Priority, Tone>> = {
  low: "neutral",
  normal: "neutral",
  high: "waiting",
  urgent: "bad"
}

const stateOf = (scene: Scene, state: TicketState): Content => badge(scene.texts.desk.states[state], STATE_TONES[state])

/** A person by name and address; who has only written a mail may have told none. */
const named = ({ contactEmail, contactName }: Pick<DeskLine, "contactEmail" | "contactName">): string =>
  contactName === "" ? contactEmail : `${contactName} (${contactEmail})`

const span = (scene: Scene, millis: number): string => {
  const minutes = Math.floor(millis / 60_000)
  return scene.texts.desk.hours(Math.floor(minutes / 60), minutes % 60)
}

/** A promise in a few words, with a tone for those who look quickly. */
const clockOf = (scene: Scene, clock: Clock): Content => {
  const t = scene.texts.desk
  const { breachedAt, breachesAt, doneAt, running, target, used, warnedAt } = clock
  if (target === null) return false
  const said =
    breachedAt !== null
      ? badge(t.clockBreached, "bad")
      : doneAt !== null
        ? badge(t.clockDone, "good")
        : warnedAt !== null
          ? badge(t.clockWarned, "waiting")
          : !running && badge(t.clockPaused, "neutral")
  return html`<li>${t.clocks[clock.clock]}: ${t.clockUsed(span(scene, used), span(scene, target))} ${said}${
    running && breachesAt !== null && html` <span class="hint">${t.clockUntil} ${moment(scene, breachesAt)}</span>`
  }</li>`
}

export interface SavedView {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly mine: boolean
}

export interface QueueFilter {
  readonly q: string
  readonly state: string
  readonly assignee: string
  readonly priority: string
  readonly category: string
  readonly tag: string
  readonly spam: boolean
}

/** The state of a filter for what support has to do something with. */
export const TO_DO = "todo"

const unfiltered: QueueFilter = { q: "", state: "", assignee: "", priority: "", category: "", tag: "", spam: false }

export const ASSIGNEES = ["me", "nobody", "somebody"] as const

/** The queue with its filters. Fields of the filter: `q`, `state`, `assignee`, `priority`, `category`, `tag`, `spam`; of a view: `name`, `shared`. */
export const queuePage = (
  scene: Scene,
  data: {
    readonly filter: QueueFilter
    readonly categories: ReadonlyArray<{ readonly key: string; readonly label: Text }>
    readonly items: ReadonlyArray<DeskLine>
    readonly views: ReadonlyArray<SavedView>
    readonly now: number
    readonly next: string | undefined
    readonly first: string | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.desk
  const { filter } = data
  const columns: ReadonlyArray<Column<DeskLine>> = [
    {
      label: t.subject,
      names: true,
      long: true,
      cell: ({ id, number, subject, tags }) =>
        html`<a href="${paths.deskTicket(id)}" dir="auto">${subject}</a><span class="sub">${number}${tags.map((tag) => html` · ${tag}`)}</span>`
    },
    {
      label: t.contact,
      long: true,
      cell: ({ contactEmail, contactName, tenantName }) =>
        html`${contactName === "" ? contactEmail : contactName}${tenantName !== null && html`<span class="sub">${tenantName}</span>`}`
    },
    { label: t.state, cell: ({ state }) => stateOf(scene, state) },
    { label: t.priority, cell: ({ priority }) => badge(t.priorities[priority], PRIORITY_TONES[priority]) },
    { label: t.assignee, cell: ({ assigneeName }) => assigneeName ?? t.assignees.nobody },
    {
      label: t.clock,
      cell: ({ clocks }) => {
        const open = clocks.filter(({ doneAt, target }) => doneAt === null && target !== null)
        return open.length === 0
          ? ""
          : html`<ul class="plain">${open.slice(0, 1).map((clock) => clockOf(scene, clock))}</ul>`
      }
    },
    { label: t.activity, cell: ({ activityAt }) => ago(scene, activityAt, data.now) }
  ]
  const here = chosenAddress(filter)
  const tabs = [
    { address: paths.deskTickets, name: t.allTickets },
    { address: chosenAddress({ ...unfiltered, state: TO_DO }), name: t.toDo },
    { address: chosenAddress({ ...unfiltered, state: TO_DO, assignee: "me" }), name: t.mine },
    { address: chosenAddress({ ...unfiltered, state: TO_DO, assignee: "nobody" }), name: t.unassigned },
    ...data.views
  ]
  const any = { value: "", label: t.all }
  const form = new FormBuilder(scene, { action: paths.deskTickets, method: "get", prefix: "filter" })
  const view = new FormBuilder(scene, {
    action: paths.deskTickets,
    prefix: "view",
    hidden: { act: "saveView", choice: here },
    ...(data.state === undefined ? {} : { state: data.state })
  })
  const choices = (values: ReadonlyArray<readonly [string, string]>): ReadonlyArray<Choice> => [
    any,
    ...values.map(([value, label]) => ({ value, label }))
  ]
  return {
    title: t.title,
    office: "tickets",
    width: "wide",
    body: html`${heading(t.title, t.lead, linkButton(paths.deskNew, t.newTitle))}
    <nav class="tabs" aria-label="${t.savedViews}"><ul>${tabs.map(
      ({ address, name }) =>
        html`<li><a href="${address}"${address === here && html` aria-current="page"`}>${name}</a></li>`
    )}</ul></nav>
    ${searchForm(scene, { action: paths.deskTickets, label: t.search, value: filter.q })}
    ${disclosure(
      t.filters,
      html`${form.render(
        [
          html`<div class="columns">${[
            form.select({
              name: "state",
              label: t.state,
              required: false,
              value: filter.state,
              choices: choices([
                [TO_DO, t.toDoState],
                ...TICKET_STATES.map((state) => [state, t.states[state]] as const)
              ])
            }),
            form.select({
              name: "assignee",
              label: t.assignee,
              required: false,
              value: filter.assignee,
              choices: [
                { value: "", label: t.assignees.any },
                ...ASSIGNEES.map((value) => ({ value, label: t.assignees[value] }))
              ]
            }),
            form.select({
              name: "priority",
              label: t.priority,
              required: false,
              value: filter.priority,
              choices: choices(PRIORITIES.map((priority) => [priority, t.priorities[priority]]))
            }),
            data.categories.length > 0 &&
              form.select({
                name: "category",
                label: t.category,
                required: false,
                value: filter.category,
                choices: choices(data.categories.map(({ key, label }) => [key, label[scene.locale]]))
              }),
            form.text({ name: "tag", label: t.tags, required: false, value: filter.tag, maxLength: 40 })
          ]}</div>`,
          form.check({ name: "spam", label: t.spamOnly, required: false, checked: filter.spam })
        ],
        submitButton(t.apply, "secondary")
      )}
      <h2 class="card-title">${t.saveView}</h2>
      ${view.render(
        [
          view.text({ name: "name", label: t.viewName, maxLength: 100 }),
          view.check({ name: "shared", label: t.viewShared, required: false })
        ],
        submitButton(t.saveViewSubmit, "secondary")
      )}
      ${data.views
        .filter(({ mine }) => mine)
        .map(({ id, name }) =>
          actButton(scene, {
            action: paths.deskTickets,
            label: `${t.removeView}: ${name}`,
            kind: "link",
            hidden: { act: "removeView", view: id }
          })
        )}`,
      // what a tab says needs no fields beside it: the list is what people came for
      !tabs.some(({ address }) => address === chosenAddress({ ...filter, q: "" })) ||
        (data.state ?? sentTo(scene, paths.deskTickets, "saveView")) !== untouched
    )}
    ${data.items.length === 0 ? empty(t.emptyTitle, t.empty) : table(t.title, columns, data.items)}
    ${pager(scene, data)}`
  }
}

/** The queue as this filter shows it. */
export const chosenAddress = (filter: QueueFilter): string =>
  withQuery(paths.deskTickets, {
    q: filter.q === "" ? undefined : filter.q,
    state: filter.state === "" ? undefined : filter.state,
    assignee: filter.assignee === "" ? undefined : filter.assignee,
    priority: filter.priority === "" ? undefined : filter.priority,
    category: filter.category === "" ? undefined : filter.category,
    tag: filter.tag === "" ? undefined : filter.tag,
    spam: filter.spam ? "yes" : undefined
  })

export interface DeskTicket extends DeskLine {
  readonly companyName: string
  readonly customerNumber: string | null
  readonly fields: Readonly<Record<string, unknown>>
  readonly channel: "portal" | "mail" | "staff" | "time"
  readonly tenantId: string | null
  readonly participants: ReadonlyArray<DeskParticipant>
  readonly related: ReadonlyArray<DeskRelated>
  readonly suggestions: ReadonlyArray<{
    readonly tenantId: string
    readonly name: string
    readonly customerNumber: string
    readonly because: "customerNumber" | "mailDomain" | "membership"
  }>
  readonly satisfaction: { readonly rating: number | null; readonly comment: string | null } | null
  readonly possible: ReadonlyArray<string>
}

export interface CustomField {
  readonly name: string
  readonly label: Text
  readonly input: "line" | "number" | "flag" | "choice"
  readonly choices: ReadonlyArray<{ readonly value: string; readonly label: Text }>
}

/** The field of the form for one that the application has added. */
export const customField = (name: string): string => `field-${name}`

export interface DeskPageData extends ConversationItem {
  readonly ticket: DeskTicket
  readonly history: ReadonlyArray<{
    readonly at: number
    readonly what: string
    readonly detail: string
    readonly by: string
  }>
  readonly categories: ReadonlyArray<{ readonly key: string; readonly label: Text }>
  readonly fields: ReadonlyArray<CustomField>
  readonly colleagues: ReadonlyArray<{ readonly accountId: string; readonly name: string }>
  readonly answers: ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly macros: ReadonlyArray<{ readonly id: string; readonly name: string }>
  /** Whether the one who looks at it works on it. */
  readonly mine: boolean
  readonly state?: FormState
}

/** What of a ticket's page has fields, beside which is said what is wrong. */
const FORMS: ReadonlyArray<string> = ["reply", "note", "change", "assign", "macro", "add", "parent"]

const BUTTONS = ["take", "giveBack", "hold", "unhold", "resolve", "reopen", "unmarkSpam"] as const

/** One ticket for staff. Forms by `act`: `reply` (`text`, `to`), `note`, `change`, `assign` (`to`), `tenant`, `macro`, `add`, `parent`; and buttons for each step. */
export const deskTicketPage = (scene: Scene, data: DeskPageData): Page => {
  const t = scene.texts.desk
  const { ticket } = data
  const action = paths.deskTicket(ticket.id)
  // nobody takes over from themselves
  const may = (step: string) => ticket.possible.includes(step) && !(step === "take" && data.mine)
  // nobody gets an answer to what counts as spam, and whoever has gone back answers at the end
  const mayReply = may("reply") && !ticket.spam && data.latest === undefined
  const formOf = (act: string, hidden: Readonly<Record<string, string | undefined>> = {}) =>
    new FormBuilder(scene, {
      action,
      prefix: act,
      hidden: { act, ...hidden },
      state: data.state?.form.text("act") === act ? data.state : untouched
    })
  const reply = formOf("reply", { seen: data.messages.at(-1)?.id })
  const note = formOf("note")
  const change = formOf("change")
  const assign = formOf("assign")
  const macro = formOf("macro")
  const contact = ticket.participants.find(({ role }) => role === "contact")
  const merged = ticket.related.find(({ relation }) => relation === "mergedInto")
  const fieldOf = ({ choices, input, label, name }: CustomField): Html => {
    const value = ticket.fields[name]
    const options = { name: customField(name), label: label[scene.locale], required: false }
    if (input === "flag") return change.check({ ...options, checked: value === true })
    if (input === "choice") {
      return change.select({
        ...options,
        value: typeof value === "string" ? value : "",
        choices: [
          { value: "", label: "–" },
          ...choices.map((one) => ({ value: one.value, label: one.label[scene.locale] }))
        ]
      })
    }
    return change.text({
      ...options,
      value: value === undefined || value === null ? "" : String(value),
      ...(input === "number" ? { inputMode: "numeric" as const } : {})
    })
  }
  return {
    title: ticket.subject,
    office: "tickets",
    width: "wide",
    body: html`${backLink(paths.deskTickets, t.title)}
    ${heading(
      ticket.subject,
      html`${ticket.number} · ${stateOf(scene, ticket.state)} ${badge(t.priorities[ticket.priority], PRIORITY_TONES[ticket.priority])}${
        ticket.spam && html` ${badge(t.spam, "bad")}`
      }`,
      html`${mayReply && linkButton("#reply", t.replyTitle, "primary")}${BUTTONS.filter(may).map((step) =>
        actButton(scene, {
          action,
          label: step === "take" && ticket.assigneeName !== null ? t.takeOver : t[step],
          hidden: { act: step, over: step === "take" && ticket.assigneeName !== null ? "yes" : undefined }
        })
      )}${may("markSpam") && linkButton(withQuery(action, { ask: "spam" }), t.markSpam)}${may("merge") && linkButton(paths.deskMerge(ticket.id), t.merge)}${may("split") && linkButton(paths.deskSplit(ticket.id), t.split)}`
    )}
    ${refusedAct(scene, action, FORMS, data.state)}
    ${merged !== undefined && notice(html`${t.merged(merged.number)} <a href="${paths.deskTicket(merged.id)}">${merged.subject}</a>`, "warning")}
    ${ticket.spam && notice(t.spamNotice, "warning")}
    ${contact !== undefined && contact.undeliverableAt !== null && notice(t.undeliverable, "warning")}
    <div class="desk-columns">
      <div class="stack">
        ${conversation(scene, data)}
        ${
          mayReply &&
          card({
            id: "reply",
            title: t.replyTitle,
            lead: t.replyLead,
            body: html`${reply.render(
              [
                data.answers.length > 0 &&
                  html`<div class="canned">${reply.select({
                    name: "canned",
                    label: t.canned,
                    hint: t.cannedHint,
                    required: false,
                    choices: [
                      { value: "", label: "–" },
                      ...data.answers.map(({ id, name }) => ({ value: id, label: name }))
                    ]
                  })}<button class="button button-secondary" type="submit" name="insert" value="yes">${t.cannedUse}</button></div>`,
                reply.area({ name: "text", label: t.reply, rows: 8, maxLength: 20_000 }),
                reply.file({
                  name: "files",
                  label: t.files,
                  hint: filesHint(scene),
                  required: false,
                  many: true
                }),
                reply.select({
                  name: "to",
                  label: t.afterReply,
                  value: "Waiting",
                  choices: (["Waiting", "Open", "Resolved"] as const).map((value) => ({
                    value,
                    label: t.afterReplies[value]
                  }))
                })
              ],
              submitButton(t.replySubmit)
            )}`
          })
        }
        ${
          merged === undefined &&
          card({
            title: t.noteTitle,
            lead: t.noteLead,
            body: note.render(
              note.area({ name: "text", label: t.note, rows: 3, maxLength: 20_000 }),
              submitButton(t.noteSubmit, "secondary")
            )
          })
        }
      </div>
      <div class="stack">
        ${ticket.clocks.length > 0 && card({ title: t.clock, lead: t.clockLead, body: html`<ul class="plain">${ticket.clocks.map((clock) => clockOf(scene, clock))}</ul>` })}
        ${card({
          title: t.facts,
          body: facts([
            [t.contact, named(ticket)],
            ticket.companyName !== "" && [t.company, ticket.companyName],
            [t.tenant, ticket.tenantName ?? t.noTenant],
            ticket.customerNumber !== null && [t.customerNumber, ticket.customerNumber],
            [t.channel, t.channels[ticket.channel]],
            [t.assignee, ticket.assigneeName ?? t.assignees.nobody],
            ticket.wishedPriority !== null && [t.priority, t.wished(t.priorities[ticket.wishedPriority])],
            [t.created, moment(scene, ticket.createdAt)],
            ticket.satisfaction !== null && [
              t.satisfaction,
              ticket.satisfaction.rating === null
                ? t.satisfactionAsked
                : html`${t.satisfactionOf(ticket.satisfaction.rating)}${ticket.satisfaction.comment !== null && html`: ${ticket.satisfaction.comment}`}`
            ]
          ]),
          actions:
            merged === undefined &&
            html`${linkButton(paths.deskTenant(ticket.id), ticket.tenantId === null ? t.tenantFind : t.tenantChange)}${
              ticket.tenantId !== null &&
              actButton(scene, { action, label: t.unassignTenant, kind: "link", hidden: { act: "tenant", tenant: "" } })
            }`
        })}
        ${
          ticket.tenantId === null &&
          ticket.suggestions.length > 0 &&
          card({
            title: t.suggestions,
            lead: t.suggestionWarning,
            body: html`<ul class="plain">${ticket.suggestions.map(
              ({ because, customerNumber, name, tenantId }) =>
                html`<li>${name} (${customerNumber}) <span class="hint">${t.because[because]}</span> ${actButton(
                  scene,
                  {
                    action,
                    label: t.assignTenant,
                    description: `${t.assignTenant}: ${name}`,
                    hidden: { act: "tenant", tenant: tenantId }
                  }
                )}</li>`
            )}</ul>`
          })
        }
        ${
          merged === undefined &&
          card({
            title: t.changeTitle,
            body: change.render(
              [
                change.select({
                  name: "priority",
                  label: t.priority,
                  value: ticket.priority,
                  choices: PRIORITIES.map((value) => ({ value, label: t.priorities[value] }))
                }),
                data.categories.length > 0 &&
                  change.select({
                    name: "category",
                    label: t.category,
                    required: false,
                    value: ticket.category ?? "",
                    choices: [
                      { value: "", label: "–" },
                      ...data.categories.map(({ key, label }) => ({ value: key, label: label[scene.locale] }))
                    ]
                  }),
                change.text({
                  name: "tags",
                  label: t.tags,
                  hint: t.tagsHint,
                  required: false,
                  value: ticket.tags.join(", "),
                  maxLength: 1000
                }),
                data.fields.map(fieldOf)
              ],
              submitButton(t.changeSubmit, "secondary")
            )
          })
        }
        ${
          may("assign") &&
          data.colleagues.length > 0 &&
          card({
            title: t.assignTitle,
            body: assign.render(
              assign.select({
                name: "colleague",
                label: t.assignTo,
                choices: data.colleagues.map(({ accountId, name }) => ({ value: accountId, label: name }))
              }),
              submitButton(t.assignSubmit, "secondary")
            )
          })
        }
        ${
          merged === undefined &&
          data.macros.length > 0 &&
          card({
            title: t.macros,
            body: macro.render(
              macro.select({
                name: "macro",
                label: t.macro,
                choices: data.macros.map(({ id, name }) => ({ value: id, label: name }))
              }),
              submitButton(t.macroRun, "secondary")
            )
          })
        }
        ${participantsCard(scene, data, merged !== undefined)}
        ${(merged === undefined || ticket.related.length > 0) && relatedCard(scene, data, merged !== undefined)}
        ${disclosure(
          t.history,
          html`<ul class="plain">${data.history.map(
            ({ at, by, detail, what }) =>
              html`<li>${moment(scene, at)} · ${what}${detail !== "" && html`: ${detail}`} <span class="hint">(${by})</span></li>`
          )}</ul>`
        )}
      </div>
    </div>`
  }
}

// ---- who would see what ----------------------------------------------------------------------------------------------------------------

export interface SightPreview {
  readonly sights: ReadonlyArray<{
    readonly email: string
    readonly name: string
    readonly before: { readonly source: number; readonly target: number }
    readonly after: { readonly source: number; readonly target: number }
    readonly gains: boolean
  }>
  readonly tenants: unknown
  readonly fingerprint: string
}

/** Who reads how much, before and then; `source` and `target` say where. */
const sightOf = (
  scene: Scene,
  preview: SightPreview,
  { lead, source, target }: { readonly lead: string; readonly source: string; readonly target: string }
): Html => {
  const t = scene.texts.desk
  const counted = (sight: SightPreview["sights"][number]["before"]) =>
    html`${sight.source} ${source}, ${sight.target} ${target}`
  return html`<h2>${t.sightTitle}</h2>
    <p class="hint">${lead}</p>
    ${preview.tenants !== null && notice(t.sightTenants, "warning")}
    ${table(
      t.sightTitle,
      [
        {
          label: t.sightPerson,
          names: true,
          long: true,
          cell: ({ email, gains, name }) =>
            html`${name === "" ? email : name}${gains && html` ${badge(t.sightGains, "waiting")}`}<span class="sub">${email}</span>`
        },
        { label: t.sightBefore, cell: ({ before }) => counted(before) },
        { label: t.sightAfter, cell: ({ after }) => counted(after) }
      ],
      preview.sights
    )}`
}

interface Named {
  readonly id: string
  readonly number: string
  readonly subject: string
}

/** Fields: `into` (a number), `history`; with a preview, the button that confirms it. */
export const mergePage = (
  scene: Scene,
  data: {
    readonly ticket: Named
    readonly into: string
    readonly history: "own" | "all"
    readonly target: Named | undefined
    readonly preview: SightPreview | undefined
    readonly problem: string | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.desk
  const action = paths.deskMerge(data.ticket.id)
  const ask = new FormBuilder(scene, { action, method: "get", prefix: "ask" })
  const { preview, target } = data
  const confirm = new FormBuilder(scene, {
    action,
    hidden: { into: target?.id, history: data.history, confirmed: preview?.fingerprint },
    ...(data.state === undefined ? {} : { state: data.state })
  })
  return {
    title: t.mergeTitle,
    office: "tickets",
    width: "regular",
    body: html`${backLink(paths.deskTicket(data.ticket.id), data.ticket.subject)}
    ${heading(t.mergeTitle, t.mergeLead)}
    ${data.problem !== undefined && notice(data.problem, "bad")}
    ${ask.render(
      [
        ask.text({ name: "into", label: t.mergeInto, value: data.into, short: true, maxLength: 20 }),
        ask.choices({
          name: "history",
          kind: "one",
          label: t.mergeHistory,
          choices: (["own", "all"] as const).map((value) => ({ value, label: t.mergeHistories[value] })),
          chosen: [data.history]
        })
      ],
      submitButton(t.mergePreview, "secondary")
    )}
    ${
      preview !== undefined &&
      target !== undefined &&
      html`<section class="section stack"><p>${data.ticket.subject} (${data.ticket.number}) → <strong>${target.subject} (${target.number})</strong></p>
      ${sightOf(scene, preview, { lead: t.sightMerge, source: t.sightIn(data.ticket.number), target: t.sightIn(target.number) })}
      ${confirm.render([], submitButton(t.mergeSubmit))}</section>`
    }`
  }
}

/** Fields: `messages`, `contact`, `others`, `subject`; with a preview, the button that confirms it. */
export const splitPage = (
  scene: Scene,
  data: {
    readonly ticket: DeskTicket
    readonly messages: ReadonlyArray<{
      readonly seq: number
      readonly text: string
      readonly authorName: string
      readonly visibility: "public" | "internal"
    }>
    readonly chosen: {
      readonly messages: ReadonlyArray<string>
      readonly contact: string
      readonly others: ReadonlyArray<string>
      readonly subject: string
    }
    readonly preview: SightPreview | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.desk
  const action = paths.deskSplit(data.ticket.id)
  const { chosen, preview } = data
  const form = new FormBuilder(scene, {
    action,
    hidden: { act: "preview" },
    ...(data.state === undefined ? {} : { state: data.state })
  })
  const people = data.ticket.participants
    .filter(({ removedAt }) => removedAt === null)
    .map(({ email, id, name }) => ({ value: id, label: name === "" ? email : `${name} (${email})` }))
  const sent = [
    ...chosen.messages.map((seq) => ["messages", seq] as const),
    ...chosen.others.map((id) => ["others", id] as const),
    ["contact", chosen.contact] as const,
    ["subject", chosen.subject] as const
  ]
  return {
    title: t.splitTitle,
    office: "tickets",
    width: "regular",
    body: html`${backLink(paths.deskTicket(data.ticket.id), data.ticket.subject)}
    ${heading(t.splitTitle, t.splitLead)}
    ${
      preview === undefined
        ? form.render(
            [
              form.text({ name: "subject", label: t.splitSubject, value: chosen.subject, maxLength: 200 }),
              form.choices({
                name: "messages",
                kind: "many",
                label: t.splitMessages,
                chosen: chosen.messages,
                choices: data.messages.map(({ authorName, seq, text, visibility }) => ({
                  value: String(seq),
                  label: text.length > 120 ? `${text.slice(0, 120)}…` : text,
                  hint: visibility === "internal" ? `${authorName} · ${t.internal}` : authorName
                }))
              }),
              form.select({ name: "contact", label: t.splitContact, value: chosen.contact, choices: people }),
              form.choices({
                name: "others",
                kind: "many",
                label: t.splitOthers,
                required: false,
                chosen: chosen.others,
                choices: people
              })
            ],
            submitButton(t.splitPreview, "secondary")
          )
        : html`${sightOf(scene, preview, { lead: t.sightSplit, source: t.sightIn(data.ticket.number), target: t.sightNew })}
          <form class="form" method="post" action="${action}">
            <input type="hidden" name="_token" value="${scene.csrfToken()}">
            <input type="hidden" name="act" value="split">
            <input type="hidden" name="confirmed" value="${preview.fingerprint}">
            ${sent.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
            <div class="actions">${submitButton(t.splitSubmit)}</div>
          </form>`
    }`
  }
}

// ---- held mails ------------------------------------------------------------------------------------------------------------------------

/** Mails that nobody knows what to do with but people. */
export const heldMailsPage = (
  scene: Scene,
  data: {
    readonly items: ReadonlyArray<HeldItem>
    readonly which: "waiting" | "discarded"
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.desk
  const action = paths.heldMails
  const button = (act: string, mail: HeldItem, label: string, kind: "secondary" | "link" = "secondary") =>
    actButton(scene, {
      action,
      label,
      description: `${label}: ${mail.subject ?? mail.sender ?? ""}`,
      kind,
      hidden: { act, mail: mail.id }
    })
  const one = (mail: HeldItem): Html =>
    card({
      title: mail.subject ?? t.heldNoSubject,
      lead: html`${mail.senderName !== null && mail.senderName !== "" && html`${mail.senderName} `}${mail.sender ?? t.heldNoSender} · ${moment(scene, mail.receivedAt)} · ${
        t.heldReasons[mail.reason] ?? mail.reason
      }${mail.ticketId !== null && html` · <a href="${paths.deskTicket(mail.ticketId)}">${t.heldTicket}</a>`}`,
      body: mail.text !== null && html`<pre class="quoted" dir="auto">${mail.text}</pre>`,
      actions:
        data.which === "discarded"
          ? html`${button("restore", mail, t.heldRestore)}${linkButton(paths.heldMail(mail.id), t.heldOriginal, "link")}`
          : html`${linkButton(paths.heldMail(mail.id), t.heldAccept)}${button("new", mail, t.heldNew)}${button("discard", mail, t.heldDiscard, "link")}`
    })
  const nothingHeld =
    data.which === "discarded"
      ? empty(t.heldNoneDiscardedTitle, t.heldNoneDiscarded)
      : empty(t.heldNoneTitle, t.heldNone)
  return {
    title: t.held,
    office: "held",
    width: "regular",
    body: html`${heading(t.held, t.heldLead)}
    <nav class="tabs" aria-label="${t.held}"><ul>${(["waiting", "discarded"] as const).map(
      (which) =>
        html`<li><a href="${which === "waiting" ? action : withQuery(action, { which })}"${which === data.which && html` aria-current="page"`}>${t.heldTabs[which]}</a></li>`
    )}</ul></nav>
    ${data.items.length === 0 ? nothingHeld : html`<div class="stack">${data.items.map(one)}</div>`}
    ${pager(scene, data)}`
  }
}
