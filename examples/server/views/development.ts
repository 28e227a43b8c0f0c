import { backLink, empty, facts, heading, table } from "../html/components.ts"
import { moment } from "../html/formats.ts"
import { linkButton } from "../html/forms.ts"
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
  readonly text: string
}

export const mailsPage = (scene: Scene, data: { readonly mails: ReadonlyArray<MailItem> }): Page => {
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
    }`
  }
}

/** Plain text with its web addresses as links, as mail programs show it. */
const withLinks = (text: string): ReadonlyArray<Html | string> =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}" rel="noreferrer">${part}</a>` : part))

/** One mail as a mail program shows it, in a frame that can run nothing, and as text. */
export const mailPage = (scene: Scene, data: { readonly mail: MailView }): Page => {
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
        [t.sent, moment(scene, mail.sentAt)]
      ])}
    </div>
    <div class="mail-views">
      <section><h2>${t.asHtml}</h2>
        <iframe class="mail-frame" src="${paths.mailHtml(mail.id)}" sandbox="allow-popups allow-popups-to-escape-sandbox" title="${t.frameTitle(mail.subject)}"></iframe>
      </section>
      <section><h2>${t.asText}</h2><pre class="mail-text">${withLinks(mail.text)}</pre></section>
    </div>`
  }
}

/** The HTML of a mail with links that open outside the frame. */
export const forFrame = (mailHtml: string): string => {
  const base = '<base target="_blank">'
  return /<head[^>]*>/i.test(mailHtml)
    ? mailHtml.replace(/<head[^>]*>/i, (head) => `${head}${base}`)
    : `${base}${mailHtml}`
}
