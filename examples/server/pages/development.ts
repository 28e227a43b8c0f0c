import { Effect, Layer } from "effect"
import { HttpServerResponse } from "effect/http"
import { refusals } from "portico"
import { PortalConfig, type PortalConfigShape } from "../config.ts"
import { paths } from "../http/paths.ts"
import { show } from "../http/respond.ts"
import { group, page, parameter } from "../http/routes.ts"
import { securityHeaders } from "../http/securityHeaders.ts"
import { type KeptMail, Mailbox } from "../mailbox.ts"
import { forFrame, mailPage, mailsPage } from "../views/development.ts"

const find = Effect.gen(function* () {
  const mailbox = yield* Mailbox
  const mail = yield* mailbox.find(yield* parameter("mail"))
  if (mail === undefined) return yield* new refusals.NotFound({ kind: "mail" })
  return mail
})

const toItem = ({ date, id, subject, to }: KeptMail) => ({ id, to, subject, sentAt: date })

const mailboxPages = (config: PortalConfigShape) =>
  group(
    page(
      paths.mails,
      Effect.fnUntraced(function* (visit) {
        const mailbox = yield* Mailbox
        const mails = yield* mailbox.list
        return yield* show(mailsPage(visit, { mails: mails.map(toItem) }))
      })
    ),
    page(
      paths.mail(":mail"),
      Effect.fnUntraced(function* (visit) {
        const mail = yield* find
        const { address, name } = mail.from
        return yield* show(
          mailPage(visit, { mail: { ...toItem(mail), from: `${name} <${address}>`, text: mail.text } })
        )
      })
    ),
    page(
      paths.mailHtml(":mail"),
      Effect.fnUntraced(function* () {
        const mail = yield* find
        return HttpServerResponse.text(forFrame(mail.html), {
          contentType: "text/html; charset=utf-8",
          headers: securityHeaders(config, "mail")
        })
      })
    )
  )

/** The mailbox holds links that open accounts: outside development there are no such pages. */
export const developmentPages = Layer.unwrap(
  Effect.map(PortalConfig, (config) => (config.development ? mailboxPages(config) : Layer.empty))
)
