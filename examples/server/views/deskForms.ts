import { backLink, card, disclosure, empty, heading, notice, pager } from "../html/components.ts"
import { actButton, FormBuilder, type FormState, searchForm, sentTo, submitButton, untouched } from "../html/forms.ts"
import { type Html, html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths } from "../http/paths.ts"
import { locales } from "../texts/locales.ts"
import { PRIORITIES } from "./tickets.ts"

interface Text {
  readonly de: string
  readonly en: string
}

/** Somebody's part in a ticket, as staff see it. */
export interface DeskParticipant {
  readonly id: string
  readonly role: "contact" | "participant"
  readonly email: string
  readonly name: string
  readonly hasAccount: boolean
  readonly proven: boolean
  readonly readsAfter: number
  readonly removedAt: number | null
  readonly undeliverableAt: number | null
}

/** Another ticket that has to do with one. */
export interface DeskRelated {
  readonly id: string
  readonly number: string
  readonly subject: string
  readonly relation: "parent" | "child" | "merged" | "mergedInto" | "followUp" | "followUpOf"
}

/** A form of a ticket's page by its `act`, with what was entered where it was this one. */
const formOf = (scene: Scene, ticketId: string, act: string, state: FormState | undefined) =>
  new FormBuilder(scene, {
    action: paths.deskTicket(ticketId),
    prefix: act,
    hidden: { act },
    state: state?.form.text("act") === act ? state : untouched
  })

/** Whether a form has come back with what is wrong, and must be seen. */
const isBack = (scene: Scene, ticketId: string, act: string, state: FormState | undefined): boolean =>
  state === undefined ? sentTo(scene, paths.deskTicket(ticketId), act) !== untouched : state.form.text("act") === act

/** Who takes part. Form `add` (`people`, `all`); button `remove`. Nobody is added to what has become part of another ticket. */
export const participantsCard = (
  scene: Scene,
  {
    state,
    ticket
  }: {
    readonly ticket: { readonly id: string; readonly participants: ReadonlyArray<DeskParticipant> }
    readonly state?: FormState
  },
  merged: boolean
): Html => {
  const t = scene.texts.desk
  const words = scene.texts.tickets
  const add = formOf(scene, ticket.id, "add", state)
  const one = (person: DeskParticipant): Html => {
    const { email, hasAccount, name, proven, readsAfter, removedAt, role, undeliverableAt } = person
    const said = [
      t.participantRoles[role],
      proven ? t.proven : t.unproven,
      hasAccount ? t.hasAccount : "",
      readsAfter > 0 ? t.readsFrom : "",
      removedAt === null ? "" : t.removed,
      undeliverableAt === null ? "" : t.cannotReach
    ]
    return html`<li>${name === "" ? email : `${name} (${email})`} <span class="hint">${said
      .filter((word) => word !== "")
      .join(", ")}</span>${
      !merged &&
      role !== "contact" &&
      removedAt === null &&
      html` ${actButton(scene, {
        action: paths.deskTicket(ticket.id),
        label: words.remove,
        description: words.removeOf(name === "" ? email : name),
        kind: "link",
        hidden: { act: "remove", participant: person.id }
      })}`
    }</li>`
  }
  return card({
    title: t.participants,
    body: html`<ul class="plain">${ticket.participants.map(one)}</ul>${
      !merged &&
      disclosure(
        words.addTitle,
        html`<p class="hint">${words.addLead}</p>${add.render(
          [
            add.area({ name: "people", label: words.addEmails, hint: words.addEmailsHint, rows: 2, maxLength: 2000 }),
            add.check({ name: "all", label: words.addAll, required: false })
          ],
          submitButton(words.addSubmit, "secondary")
        )}`,
        isBack(scene, ticket.id, "add", state)
      )
    }`
  })
}

/** What belongs together. Form `parent` (`number`, `as`); buttons `unparent` and `unmerge`. */
export const relatedCard = (
  scene: Scene,
  {
    state,
    ticket
  }: {
    readonly ticket: { readonly id: string; readonly related: ReadonlyArray<DeskRelated> }
    readonly state?: FormState
  },
  merged: boolean
): Html => {
  const t = scene.texts.desk
  const action = paths.deskTicket(ticket.id)
  const parent = formOf(scene, ticket.id, "parent", state)
  const button = ({ id, number, relation }: DeskRelated) => {
    if (relation === "merged")
      return actButton(scene, {
        action,
        label: t.unmerge,
        description: `${t.unmerge}: ${number}`,
        kind: "link",
        hidden: { act: "unmerge", source: id }
      })
    return (
      !merged &&
      (relation === "parent" || relation === "child") &&
      actButton(scene, {
        action,
        label: t.unlink,
        description: `${t.unlink}: ${number}`,
        kind: "link",
        hidden: { act: "unparent", child: relation === "child" ? id : ticket.id }
      })
    )
  }
  return card({
    title: t.related,
    body: html`${
      ticket.related.length > 0 &&
      html`<ul class="plain">${ticket.related.map(
        (one) =>
          html`<li><span class="hint">${t.relations[one.relation]}</span> <a href="${paths.deskTicket(one.id)}">${one.subject} (${one.number})</a> ${button(one)}</li>`
      )}</ul>`
    }${
      !merged &&
      disclosure(
        t.linkTitle,
        html`<p class="hint">${t.linkLead}</p>${parent.render(
          [
            parent.text({ name: "number", label: t.linkNumber, short: true, maxLength: 20 }),
            parent.choices({
              name: "as",
              kind: "one",
              label: t.linkAs,
              choices: (["below", "above"] as const).map((value) => ({ value, label: t.linkWays[value] })),
              chosen: ["below"]
            })
          ],
          submitButton(t.linkSubmit, "secondary")
        )}`,
        isBack(scene, ticket.id, "parent", state)
      )
    }`
  })
}

/** To which customer area a ticket belongs: any can be found. Field of the search: `q`; the buttons are acts of the ticket's page. */
export const deskTenantPage = (
  scene: Scene,
  data: {
    readonly ticket: { readonly id: string; readonly subject: string; readonly number: string }
    readonly search: string
    readonly items: ReadonlyArray<{
      readonly id: string
      readonly name: string
      readonly customerNumber: string
      readonly city: string
    }>
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.desk
  return {
    title: t.tenantTitle,
    office: "tickets",
    body: html`${backLink(paths.deskTicket(data.ticket.id), data.ticket.subject)}
    ${heading(t.tenantTitle, `${data.ticket.subject} (${data.ticket.number})`)}
    ${notice(t.tenantWarning, "warning")}
    ${searchForm(scene, { action: paths.deskTenant(data.ticket.id), label: t.tenantSearch, value: data.search })}
    ${
      data.items.length > 0
        ? html`<ul class="plain">${data.items.map(
            ({ city, customerNumber, id, name }) =>
              html`<li>${name} (${customerNumber}) <span class="hint">${city}</span> ${actButton(scene, {
                action: paths.deskTicket(data.ticket.id),
                label: t.assignTenant,
                description: `${t.assignTenant}: ${name}`,
                hidden: { act: "tenant", tenant: id }
              })}</li>`
          )}</ul>`
        : data.search !== "" && empty(t.tenantNoneTitle, t.tenantNone)
    }
    ${pager(scene, data)}`
  }
}

/** A ticket for somebody who has called. Fields: `email`, `name`, `companyName`, `subject`, `text`, `category`, `priority`, `locale`. */
export const deskNewPage = (
  scene: Scene,
  data: {
    readonly categories: ReadonlyArray<{ readonly key: string; readonly label: Text }>
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.desk
  const words = scene.texts.tickets
  const form = new FormBuilder(scene, {
    action: paths.deskNew,
    ...(data.state === undefined ? {} : { state: data.state })
  })
  return {
    title: t.newTitle,
    office: "tickets",
    body: html`${backLink(paths.deskTickets, t.title)}
    ${heading(t.newTitle, t.newLead)}
    <div class="panel">${form.render(
      [
        form.text({ name: "email", label: words.email, type: "email", autocomplete: "off", maxLength: 254 }),
        form.text({ name: "name", label: words.fullName, autocomplete: "off", maxLength: 200 }),
        form.text({
          name: "companyName",
          label: words.company,
          autocomplete: "off",
          required: false,
          maxLength: 200
        }),
        form.text({ name: "subject", label: t.subject, maxLength: 200 }),
        form.area({ name: "text", label: words.description, hint: t.newTextHint, rows: 8, maxLength: 20_000 }),
        data.categories.length > 0 &&
          form.select({
            name: "category",
            label: t.category,
            required: false,
            choices: [
              { value: "", label: "–" },
              ...data.categories.map(({ key, label }) => ({ value: key, label: label[scene.locale] }))
            ]
          }),
        form.select({
          name: "priority",
          label: t.priority,
          value: "normal",
          choices: PRIORITIES.map((value) => ({ value, label: t.priorities[value] }))
        }),
        form.select({
          name: "locale",
          label: t.newLocale,
          value: scene.locale,
          choices: locales.map((value) => ({ value, label: t.locales[value] }))
        })
      ],
      submitButton(t.newSubmit)
    )}</div>`
  }
}
