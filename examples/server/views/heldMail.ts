import { backLink, disclosure, facts, heading, notice } from "../html/components.ts"
import { moment } from "../html/formats.ts"
import { FormBuilder, type FormState, linkButton, submitButton } from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths } from "../http/paths.ts"
import type { DeskParticipant } from "./deskForms.ts"

export interface HeldItem {
  readonly id: string
  readonly reason: string
  readonly review: string
  readonly sender: string | null
  readonly senderName: string | null
  readonly subject: string | null
  readonly text: string | null
  readonly ticketId: string | null
  readonly receivedAt: number
}

/** One held mail: into which ticket it goes, whose answer it is, and how it came. Fields: `number` of the ticket (a GET), then `participantId`. */
export const heldMailPage = (
  scene: Scene,
  data: {
    readonly mail: HeldItem
    /** As it was typed; empty where the mail names its ticket itself. */
    readonly number: string
    readonly problem: string | undefined
    readonly ticket:
      | {
          readonly id: string
          readonly number: string
          readonly subject: string
          readonly participants: ReadonlyArray<DeskParticipant>
        }
      | undefined
    readonly original: { readonly text: string; readonly isCut: boolean }
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.desk
  const { mail, original, ticket } = data
  const action = paths.heldMail(mail.id)
  const ask = new FormBuilder(scene, { action, method: "get", prefix: "ask" })
  const form = new FormBuilder(scene, {
    action,
    hidden: { number: data.number === "" ? undefined : data.number },
    ...(data.state === undefined ? {} : { state: data.state })
  })
  const waits = mail.review === "waiting"
  return {
    title: waits ? t.heldAccept : t.heldOriginal,
    office: "held",
    body: html`${backLink(paths.heldMails, t.held)}
    ${heading(waits ? t.heldAccept : t.heldOriginal, mail.subject ?? t.heldNoSubject)}
    <div class="stack">
    ${facts([
      [t.contact, `${mail.senderName ?? ""} ${mail.sender ?? t.heldNoSender}`.trim()],
      [t.created, moment(scene, mail.receivedAt)],
      [t.heldWhy, t.heldReasons[mail.reason] ?? mail.reason]
    ])}
    ${mail.text !== null && html`<pre class="quoted" dir="auto">${mail.text}</pre>`}
    ${data.problem !== undefined && notice(data.problem, "bad")}
    ${
      waits &&
      html`${ask.render(
        ask.text({ name: "number", label: t.heldNumber, value: data.number, short: true, maxLength: 20 }),
        submitButton(t.heldNumberSubmit, "secondary")
      )}${
        ticket !== undefined &&
        html`<section class="section stack"><p>${t.heldInto} <a href="${paths.deskTicket(ticket.id)}">${ticket.subject} (${ticket.number})</a></p>
        ${form.render(
          form.choices({
            name: "participantId",
            kind: "one",
            label: t.heldWhose,
            hint: t.heldWhoseHint,
            choices: ticket.participants
              .filter(({ removedAt }) => removedAt === null)
              .map(({ email, id, name }) => ({ value: id, label: name === "" ? email : `${name} (${email})` }))
          }),
          submitButton(t.heldAcceptSubmit)
        )}</section>`
      }`
    }
    ${disclosure(
      t.heldOriginal,
      html`<p class="hint">${t.heldOriginalLead}${original.isCut && ` ${t.heldOriginalCut}`}</p>
      <pre class="quoted">${original.text}</pre>
      ${linkButton(paths.heldMailSource(mail.id), t.heldDownload)}`,
      !waits
    )}
    </div>`
  }
}
