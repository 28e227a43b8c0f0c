import { randomUUID } from "node:crypto"
import { Clock, Duration, Effect, Layer, Option } from "effect"
import { HttpServerResponse } from "effect/http"
import { Accounts, Actor, EmailAddress, Instant, Jobs, refusals, Settings, Subscriptions } from "portico"
import { ClockShift } from "../clock.ts"
import { PortalConfig, type PortalConfigShape } from "../config.ts"
import type { FormState } from "../html/forms.ts"
import { paths } from "../http/paths.ts"
import { formAgain, formShown, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { securityHeaders } from "../http/securityHeaders.ts"
import type { VisitShape } from "../http/Visit.ts"
import { composed, feed, InboundMail } from "../inbound.ts"
import { type KeptMail, Mailbox } from "../mailbox.ts"
import { ANSWERERS, forFrame, mailPage, mailsPage, simulationPage } from "../views/development.ts"

const find = Effect.gen(function* () {
  const mailbox = yield* Mailbox
  const mail = yield* mailbox.find(yield* parameter("mail"))
  if (mail === undefined) return yield* new refusals.NotFound({ kind: "mail" })
  return mail
})

const toItem = ({ date, id, subject, to }: KeptMail) => ({ id, to, subject, sentAt: date })

const asBilling = Actor.provide(Actor.job("billing"))

/** The longest that the clock is moved at once, in days. */
const FURTHEST = 366

/** Everything that is due happens now, not at the next round of the jobs; what one of them asks of another, too. */
const moveClock = Effect.fnUntraced(function* (visit: VisitShape) {
  const shift = yield* ClockShift
  const days = Number(visit.form.text("days"))
  if (shift === undefined || !Number.isInteger(days) || days < 1 || days > FURTHEST) {
    return yield* new refusals.InvalidInput({ issues: [{ path: ["days"], code: "range" }] })
  }
  shift.move(Duration.days(days))
  yield* Jobs.runOnce(Jobs.jobs)
  yield* Jobs.runOnce([Jobs.dispatchMails])
})

const PERIODS = { month: Duration.days(30), year: Duration.days(365) } as const

/** What the billing system would send: periods follow each other without a gap. */
const bill = Effect.fnUntraced(function* (visit: VisitShape) {
  const { form } = visit
  const t = visit.texts.development
  const settings = yield* Settings.Settings
  const accounts = yield* Accounts.AccountRepository
  const subscriptions = yield* Subscriptions.SubscriptionRepository
  const now = Instant.fromMillis(yield* Clock.currentTimeMillis)
  const email = Option.getOrUndefined(EmailAddress.parse(form.text("email")))
  const found = email === undefined ? Option.none() : yield* Effect.orDie(accounts.findByEmail(email))
  if (Option.isNone(found)) return { problem: t.billingNobody }
  const accountId = found.value.account.id
  const [facts] = yield* Effect.orDie(subscriptions.facts([accountId], now))
  const standing = facts === undefined ? null : Subscriptions.standingAt(settings, facts.own.subscription, now)
  const until = standing === null || standing.state === "trial" ? undefined : standing.until
  const common = { eventId: randomUUID(), accountId, at: now }
  const plan = settings.plans.find(({ key }) => key === form.text("plan"))
  const type = form.text("type")
  if (type === "failed") {
    yield* Subscriptions.Subscriptions.applyBillingEvent({ ...common, type }).pipe(asBilling)
    return { problem: undefined }
  }
  if (type === "cancelled") {
    if (until === undefined) return { problem: t.billingNothing }
    yield* Subscriptions.Subscriptions.applyBillingEvent({ ...common, type, endsAt: until }).pipe(asBilling)
    return { problem: undefined }
  }
  const isRenewal = type === "renewed"
  const isChange = type === "changed"
  if (plan === undefined || ((isRenewal || isChange) && until === undefined)) return { problem: t.billingNothing }
  const from = isRenewal && until !== undefined ? until : now
  yield* Subscriptions.Subscriptions.applyBillingEvent({
    ...common,
    type: isRenewal ? "renewed" : "paid",
    plan: plan.key,
    from,
    until: isChange && until !== undefined ? until : Instant.plus(from, PERIODS[plan.period])
  }).pipe(asBilling)
  return { problem: undefined }
})

const simulation = Effect.fnUntraced(function* (visit: VisitShape) {
  const { plans } = yield* Settings.Settings
  const data = {
    now: yield* Clock.currentTimeMillis,
    plans: plans.map(({ key, name }) => ({ value: key, label: name[visit.locale] }))
  }
  return (state?: FormState) => simulationPage(visit, { ...data, ...(state === undefined ? {} : { state }) })
})

const simulationPages = group(
  page(
    paths.simulation,
    Effect.fnUntraced(function* (visit) {
      const render = yield* simulation(visit)
      return yield* show(render())
    })
  ),
  act(
    paths.simulation,
    Effect.fnUntraced(function* (visit) {
      const render = yield* simulation(visit)
      const { form } = visit
      const done = Effect.gen(function* () {
        if (form.text("act") === "clock") {
          yield* moveClock(visit)
          return yield* goTo(paths.simulation, "clockMoved")
        }
        const { problem } = yield* bill(visit)
        if (problem === undefined) return yield* goTo(paths.simulation, "billingApplied")
        const state = { form, errors: { general: [problem], fields: new Map() } }
        return yield* formShown(state, paths.simulation, render(state))
      })
      return yield* done.pipe(formAgain(render, {}, paths.simulation))
    })
  )
)

const viewOf = (mail: KeptMail) => ({
  ...toItem(mail),
  from: `${mail.from.name} <${mail.from.address}>`,
  text: mail.text,
  replyTo: mail.replyTo,
  files: (mail.attachments ?? []).map(({ name, size }) => ({ name, size }))
})

const missing = (...names: ReadonlyArray<string>) =>
  new refusals.InvalidInput({ issues: names.map((name) => ({ path: [name], code: "missing" })) })

/** Feeds an answer to a mail in by the real way: by its recipient, by somebody else, or by a machine that tells everybody that nobody is there. */
const answerMail = Effect.fnUntraced(function* (visit: VisitShape, mail: KeptMail) {
  const { form } = visit
  const text = form.text("text")
  const as = ANSWERERS.find((one) => one === form.text("as")) ?? "recipient"
  if (mail.replyTo === undefined) return yield* missing("text")
  if (text.trim() === "") return yield* missing("text")
  const address = as === "stranger" ? form.text("stranger").trim() : mail.to
  const headers: Record<string, string> =
    as === "machine" ? { "Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All" } : {}
  const quoted = mail.text
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n")
  yield* feed(
    yield* composed({
      from: { name: "", address },
      to: mail.replyTo,
      subject: `Re: ${mail.subject}`,
      text: `${text}\n\nAm ${new Date(mail.date).toLocaleDateString("de-DE")} schrieb ${mail.from.name} <${mail.from.address}>:\n${quoted}\n`,
      inReplyTo: mail.messageId,
      headers,
      files: form.files,
      sender: as === "machine" ? "" : address
    })
  )
  yield* Jobs.runOnce([Jobs.dispatchMails])
  return yield* goTo(paths.mail(mail.id), "mailFedIn")
})

/** Somebody writes to the mailbox of tickets by themselves. */
const writeMail = Effect.fnUntraced(function* (visit: VisitShape) {
  const { form } = visit
  const { mailbox } = yield* InboundMail
  const empty = ["from", "subject", "text"].filter((name) => form.text(name).trim() === "")
  if (empty.length > 0) return yield* missing(...empty)
  const address = form.text("from").trim()
  yield* feed(
    yield* composed({
      from: { name: "", address },
      to: mailbox,
      subject: form.text("subject"),
      text: form.text("text"),
      inReplyTo: undefined,
      headers: {},
      files: form.files,
      sender: address
    })
  )
  yield* Jobs.runOnce([Jobs.dispatchMails])
  return yield* goTo(paths.mails, "mailFedIn")
})

const mailboxPages = (config: PortalConfigShape) =>
  group(
    page(
      paths.mails,
      Effect.fnUntraced(function* (visit) {
        const mailbox = yield* Mailbox
        const mails = yield* mailbox.list
        const { mailbox: address } = yield* InboundMail
        return yield* show(mailsPage(visit, { mails: mails.map(toItem), mailbox: address }))
      })
    ),
    page(
      paths.mail(":mail"),
      Effect.fnUntraced(function* (visit) {
        const mail = yield* find
        return yield* show(mailPage(visit, { mail: viewOf(mail) }))
      })
    ),
    act(
      paths.mail(":mail"),
      Effect.fnUntraced(function* (visit) {
        const mail = yield* find
        return yield* answerMail(visit, mail).pipe(
          formAgain((state) => mailPage(visit, { mail: viewOf(mail), state }), {}, paths.mail(mail.id))
        )
      })
    ),
    act(
      paths.mails,
      Effect.fnUntraced(function* (visit) {
        const mailbox = yield* Mailbox
        const mails = (yield* mailbox.list).map(toItem)
        const { mailbox: address } = yield* InboundMail
        return yield* writeMail(visit).pipe(
          formAgain((state) => mailsPage(visit, { mails, mailbox: address, state }), {}, paths.mails)
        )
      })
    ),
    page(
      paths.mailFile(":mail", ":index"),
      Effect.fnUntraced(function* () {
        const mailbox = yield* Mailbox
        const mail = yield* find
        const index = Number(yield* parameter("index"))
        const file = mail.attachments?.[index]
        if (file === undefined) return yield* new refusals.NotFound({ kind: "file" })
        return HttpServerResponse.stream(mailbox.contentOf(mail, index), {
          contentType: "application/octet-stream",
          headers: {
            "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name).replace(/['()*]/g, "_")}`,
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store"
          }
        })
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

/** The mailbox holds links that open accounts, and nobody moves the time of real people: outside development there are no such pages. */
export const developmentPages = Layer.unwrap(
  Effect.map(PortalConfig, (config) =>
    config.development ? Layer.merge(mailboxPages(config), simulationPages) : Layer.empty
  )
)
