import { backLink, card, empty, facts, heading, table } from "../html/components.ts"
import { moment, sizeOf } from "../html/formats.ts"
import { type Choice, FormBuilder, type FormState, linkButton, submitButton, untouched } from "../html/forms.ts"
import { type Html, html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths } from "../http/paths.ts"

export interface MailItem {
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly sentAt: number
}

export interface MailView extends MailItem {
  readonly from: string
  /** Where an answer goes, if the mail can be answered. */
  readonly replyTo: string | undefined
  readonly text: string
  /** What came with it, in its order. */
  readonly files: ReadonlyArray<{ readonly name: string; readonly size: number }>
}

export const mailsPage = (
  scene: Scene,
  data: { readonly mails: ReadonlyArray<MailItem>; readonly mailbox: string; readonly state?: FormState }
): Page => {
  const t = scene.texts.development
  const reload = linkButton(paths.mails, t.reload)
  return {
    title: t.mailboxTitle,
    width: "wide",
    body: html`${heading(t.mailboxTitle, t.mailboxLead, reload)}
    ${
      data.mails.length === 0
        ? empty(t.noneTitle, t.none)
        : table(
            t.mailboxTitle,
            [
              {
                label: t.subject,
                names: true,
                cell: (mail) => html`<a href="${paths.mail(mail.id)}">${mail.subject}</a>`
              },
              { label: t.to, long: true, cell: (mail) => mail.to },
              { label: t.sent, cell: (mail) => moment(scene, mail.sentAt) }
            ],
            data.mails
          )
    }
    ${writing(scene, data.mailbox, data.state)}`
  }
}

/** Fields: `from`, `subject`, `text`, `files`. */
const writing = (scene: Scene, mailbox: string, state: FormState | undefined): Html => {
  const t = scene.texts.development
  const form = new FormBuilder(scene, { action: paths.mails, ...(state === undefined ? {} : { state }) })
  return card({
    title: t.writeTitle,
    lead: t.writeLead(mailbox),
    body: form.render(
      [
        form.text({ name: "from", label: t.writeFrom, type: "email", autocomplete: "off" }),
        form.text({ name: "subject", label: t.writeSubject, maxLength: 200 }),
        form.area({ name: "text", label: t.answerText, rows: 4 }),
        form.file({ name: "files", label: t.files, required: false, many: true })
      ],
      submitButton(t.writeSubmit, "secondary")
    )
  })
}

/** As whom a mail is answered. */
export const ANSWERERS = ["recipient", "stranger", "machine"] as const

/** Fields: `as`, `stranger`, `text`, `files`. */
const answering = (scene: Scene, mail: MailView, state: FormState | undefined): Html => {
  const t = scene.texts.development
  const form = new FormBuilder(scene, { action: paths.mail(mail.id), ...(state === undefined ? {} : { state }) })
  const labels = {
    recipient: t.answerAsRecipient(mail.to),
    stranger: t.answerAsStranger,
    machine: t.answerAsMachine
  }
  return card({
    title: t.answerTitle,
    lead: t.answerLead,
    body: form.render(
      [
        form.choices({
          name: "as",
          kind: "one",
          label: t.answerAs,
          choices: ANSWERERS.map((value) => ({ value, label: labels[value] })),
          chosen: ["recipient"]
        }),
        form.text({
          name: "stranger",
          label: t.answerStranger,
          type: "email",
          value: "fremder@anderswo.example",
          required: false,
          autocomplete: "off"
        }),
        form.area({ name: "text", label: t.answerText, rows: 4 }),
        form.file({ name: "files", label: t.files, required: false, many: true })
      ],
      submitButton(t.answerSubmit, "secondary")
    )
  })
}

/** Plain text with its web addresses as links, as mail programs show it. */
const withLinks = (text: string): ReadonlyArray<Html | string> =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}" rel="noreferrer">${part}</a>` : part))

/** One mail as a mail program shows it, in a frame that can run nothing, and as text. */
export const mailPage = (scene: Scene, data: { readonly mail: MailView; readonly state?: FormState }): Page => {
  const t = scene.texts.development
  const { mail } = data
  return {
    title: mail.subject,
    width: "wide",
    body: html`${backLink(paths.mails, t.back)}
    ${heading(mail.subject)}
    <div class="panel">
      ${facts([
        [t.from, mail.from],
        [t.to, mail.to],
        mail.replyTo !== undefined && [t.replyTo, mail.replyTo],
        [t.sent, moment(scene, mail.sentAt)],
        mail.files.length > 0 && [
          t.files,
          html`<ul class="plain files">${mail.files.map(
            ({ name, size }, index) =>
              html`<li><a href="${paths.mailFile(mail.id, String(index))}">${name}</a> <span class="hint">${sizeOf(size)}</span></li>`
          )}</ul>`
        ]
      ])}
    </div>
    <div class="mail-views">
      <section><h2>${t.asHtml}</h2>
        <iframe class="mail-frame" src="${paths.mailHtml(mail.id)}" sandbox="allow-popups allow-popups-to-escape-sandbox" title="${t.frameTitle(mail.subject)}"></iframe>
      </section>
      <section><h2>${t.asText}</h2><pre class="mail-text">${withLinks(mail.text)}</pre></section>
    </div>
    ${mail.replyTo !== undefined && answering(scene, mail, data.state)}`
  }
}

/** The HTML of a mail with links that open outside the frame. */
export const forFrame = (mailHtml: string): string => {
  const base = '<base target="_blank">'
  return /<head[^>]*>/i.test(mailHtml)
    ? mailHtml.replace(/<head[^>]*>/i, (head) => `${head}${base}`)
    : `${base}${mailHtml}`
}

/** Moves the clock and makes billing events. Fields: `days`; `email`, `type`, `plan`. */
export const simulationPage = (
  scene: Scene,
  data: { readonly now: number; readonly plans: ReadonlyArray<Choice>; readonly state?: FormState }
): Page => {
  const t = scene.texts.development
  const act = data.state?.form.text("act")
  const stateFor = (name: string): FormState => (act === name && data.state !== undefined ? data.state : untouched)
  const action = paths.simulation
  const clock = new FormBuilder(scene, { action, state: stateFor("clock"), hidden: { act: "clock" } })
  const billing = new FormBuilder(scene, { action, state: stateFor("billing"), hidden: { act: "billing" } })
  const types = Object.entries(t.billingTypes).map(([value, label]) => ({ value, label }))
  return {
    title: t.simulationTitle,
    width: "regular",
    body: html`${heading(t.simulationTitle, t.simulationLead)}
    ${card({
      title: t.clockTitle,
      lead: t.clockHint,
      body: html`${facts([[t.clockNow, moment(scene, data.now)]])}
      ${clock.render(
        clock.text({ name: "days", label: t.clockDays, value: "1", inputMode: "numeric", short: true, maxLength: 3 }),
        submitButton(t.clockSubmit)
      )}`
    })}
    ${card({
      title: t.billingTitle,
      body: billing.render(
        [
          billing.text({ name: "email", label: t.billingEmail, type: "email", autocomplete: "off" }),
          billing.select({ name: "type", label: t.billingType, choices: types }),
          billing.select({ name: "plan", label: t.billingPlan, choices: data.plans })
        ],
        submitButton(t.billingSubmit)
      )
    })}`
  }
}
