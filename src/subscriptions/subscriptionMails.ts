import { Effect, Option, Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { CoverageId } from "../kernel/ids.ts"
import * as MailKind from "../mail/MailKind.ts"
import { EndReason } from "./Coverage.ts"
import { SubscriptionRepository } from "./SubscriptionRepository.ts"

const PlanName = Schema.Struct({ de: Schema.String, en: Schema.String })

/** Whether the reader is the one who pays, or the one who shares the plan. */
const Side = Schema.Literals(["primary", "member"])
export type Side = typeof Side.Type

const connection = {
  coverageId: CoverageId,
  side: Side,
  /** Of the other side. */
  name: Schema.String,
  email: Schema.String
}

/** Where both sides ask for a team member again, naming both addresses (TMA-05). */
const REACTIVATE = "/team-members/reactivate"
const TEAM = "/team-members"

const theOther = {
  named: ({ email, name }: { readonly email: string; readonly name: string }) =>
    name === "" ? email : `${name} (${email})`,
  label: {
    de: (side: Side) => (side === "primary" ? "Teammitglied" : "Hauptkonto"),
    en: (side: Side) => (side === "primary" ? "Team member" : "Primary account")
  }
}

/** To both: the team member is connected (TMA-03). */
export const coverageBegan = MailKind.make({
  name: "subscriptions.coverageBegan",
  values: Schema.Struct({
    ...connection,
    plan: PlanName,
    from: Instant,
    /** Null where it goes on with each renewal. */
    until: Schema.NullOr(Instant)
  }),
  automatic: true,
  subject: { de: "Teammitglied verbunden – {product}", en: "Team member connected – {product}" },
  content: {
    de: (values, { date, page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        values.side === "primary"
          ? `Ihr Teammitglied nutzt jetzt Ihren Tarif „${values.plan.de}“ bei ${product} mit.`
          : `Sie nutzen bei ${product} jetzt den Tarif „${values.plan.de}“ als Teammitglied mit.`,
        values.until === null
          ? "Die Verbindung gilt auch nach jeder Verlängerung weiter, bis eine Seite sie beendet."
          : "Die Verbindung verlängert sich nicht von selbst. Vor ihrem Ende erinnern wir beide Seiten daran, wie sie erneut angefragt wird."
      ],
      details: [
        { label: theOther.label.de(values.side), value: theOther.named(values) },
        { label: "Gilt ab", value: date(values.from) },
        ...(values.until === null ? [] : [{ label: "Gilt bis", value: date(values.until) }])
      ],
      button: { label: "Verbindung ansehen", url: page(TEAM) },
      closing: ["Beide Seiten können die Verbindung jederzeit beenden."]
    }),
    en: (values, { date, page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        values.side === "primary"
          ? `Your team member now shares your plan “${values.plan.en}” at ${product}.`
          : `You now share the plan “${values.plan.en}” at ${product} as a team member.`,
        values.until === null
          ? "The connection goes on with each renewal, until one side ends it."
          : "The connection is not renewed by itself. Before it ends we remind both sides how to ask for it again."
      ],
      details: [
        { label: theOther.label.en(values.side), value: theOther.named(values) },
        { label: "Valid from", value: date(values.from) },
        ...(values.until === null ? [] : [{ label: "Valid until", value: date(values.until) }])
      ],
      button: { label: "See the connection", url: page(TEAM) },
      closing: ["Either side can end the connection at any time."]
    })
  }
})

/** To both: agreed to for the period that follows; it begins when that is paid (TMA-05). */
export const coveragePromised = MailKind.make({
  name: "subscriptions.coveragePromised",
  values: Schema.Struct({ ...connection, from: Instant }),
  automatic: true,
  subject: {
    de: "Teammitglied für den nächsten Zeitraum bestätigt – {product}",
    en: "Team member confirmed for the next period – {product}"
  },
  content: {
    de: (values, { date, page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        "Die Verbindung ist für den nächsten Zeitraum bestätigt. Sie beginnt, sobald dieser bezahlt ist; wird er nicht bezahlt, verfällt sie.",
        "Wenn sie beginnt, schreiben wir beiden Seiten noch einmal."
      ],
      details: [
        { label: theOther.label.de(values.side), value: theOther.named(values) },
        { label: "Frühestens ab", value: date(values.from) }
      ],
      button: { label: "Verbindung ansehen", url: page(TEAM) }
    }),
    en: (values, { date, page }) => ({
      greeting: "Hello,",
      paragraphs: [
        "The connection is confirmed for the next period. It begins when that is paid; if it is not paid, the connection lapses.",
        "When it begins, we write to both sides again."
      ],
      details: [
        { label: theOther.label.en(values.side), value: theOther.named(values) },
        { label: "From at the earliest", value: date(values.from) }
      ],
      button: { label: "See the connection", url: page(TEAM) }
    })
  }
})

/** To both, seven days before: the coverage ends with the period, and how to ask again (TMA-04). */
export const coverageEnding = MailKind.make({
  name: "subscriptions.coverageEnding",
  values: Schema.Struct({ ...connection, until: Instant }),
  automatic: true,
  subject: {
    de: "Die Verbindung des Teammitglieds endet bald – {product}",
    en: "The team member's connection ends soon – {product}"
  },
  content: {
    de: (values, { dateTime, page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        values.side === "primary"
          ? `Ihr eigener Zugang zu ${product} verlängert sich mit der Zahlung von selbst, die Verbindung Ihres Teammitglieds nicht: Sie endet mit dem laufenden Zeitraum.`
          : `Ihre Verbindung als Teammitglied bei ${product} endet mit dem laufenden Zeitraum. Sie verlängert sich nicht von selbst.`,
        "Soll sie weitergehen, fragen Sie sie bitte erneut an und nennen Sie dabei beide E-Mail-Adressen: die des Hauptkontos und die des Teammitglieds. Jede der beiden Seiten kann das tun. Wer jetzt anfragt, fragt für den nächsten Zeitraum an."
      ],
      details: [
        { label: theOther.label.de(values.side), value: theOther.named(values) },
        { label: "Endet", value: dateTime(values.until) }
      ],
      button: { label: "Erneut anfragen", url: page(REACTIVATE) }
    }),
    en: (values, { dateTime, page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        values.side === "primary"
          ? `Your own access to ${product} is renewed by itself with the payment; your team member's connection is not: it ends with the present period.`
          : `Your connection as a team member at ${product} ends with the present period. It is not renewed by itself.`,
        "If it is to go on, please ask for it again and name both e-mail addresses: the primary account's and the team member's. Either side can do that. Whoever asks now asks for the next period."
      ],
      details: [
        { label: theOther.label.en(values.side), value: theOther.named(values) },
        { label: "Ends", value: dateTime(values.until) }
      ],
      button: { label: "Ask again", url: page(REACTIVATE) }
    })
  },
  stillWanted: ({ values }) =>
    Effect.gen(function* () {
      const subscriptions = yield* SubscriptionRepository
      const found = yield* subscriptions.findCoverage(values.coverageId)
      return Option.isSome(found) && found.value.endedAt === null ? MailKind.wanted : MailKind.dropped("coverage-ended")
    })
})

const whyDe = (reason: EndReason): string => {
  switch (reason) {
    case "primary":
      return "Die Verbindung wurde vom Hauptkonto beendet."
    case "member":
      return "Die Verbindung wurde vom Teammitglied beendet."
    case "choice":
      return "Der Tarif hat weniger Plätze als zuvor, und das Hauptkonto hat gewählt, wer verbunden bleibt."
    case "time":
      return "Die Verbindung hat mit dem bezahlten Zeitraum geendet."
    case "unpaid":
      return "Die Verbindung hat geendet, weil das Abonnement des Hauptkontos geendet hat."
    case "no-place":
      return "Die Verbindung konnte nicht beginnen, weil im Tarif des Hauptkontos kein Platz mehr frei ist."
  }
}

const whyEn = (reason: EndReason): string => {
  switch (reason) {
    case "primary":
      return "The primary account ended the connection."
    case "member":
      return "The team member ended the connection."
    case "choice":
      return "The plan has fewer places than before, and the primary account has chosen who stays connected."
    case "time":
      return "The connection ended with the paid period."
    case "unpaid":
      return "The connection ended because the primary account's subscription ended."
    case "no-place":
      return "The connection could not begin, because the primary account's plan has no place left."
  }
}

/** To both: the coverage has ended, why, and how to ask again (TMA-04, TMA-06). */
export const coverageEnded = MailKind.make({
  name: "subscriptions.coverageEnded",
  values: Schema.Struct({ ...connection, at: Instant, reason: EndReason }),
  automatic: true,
  subject: {
    de: "Die Verbindung des Teammitglieds hat geendet – {product}",
    en: "The team member's connection has ended – {product}"
  },
  content: {
    de: (values, { dateTime, page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        whyDe(values.reason),
        "Soll sie wieder gelten, fragen Sie sie bitte erneut an und nennen Sie dabei beide E-Mail-Adressen: die des Hauptkontos und die des Teammitglieds."
      ],
      details: [
        { label: theOther.label.de(values.side), value: theOther.named(values) },
        { label: "Geendet", value: dateTime(values.at) }
      ],
      button: { label: "Erneut anfragen", url: page(REACTIVATE) }
    }),
    en: (values, { dateTime, page }) => ({
      greeting: "Hello,",
      paragraphs: [
        whyEn(values.reason),
        "If it is to begin again, please ask for it and name both e-mail addresses: the primary account's and the team member's."
      ],
      details: [
        { label: theOther.label.en(values.side), value: theOther.named(values) },
        { label: "Ended", value: dateTime(values.at) }
      ],
      button: { label: "Ask again", url: page(REACTIVATE) }
    })
  },
  // a payment that was heard of late has opened it again: nobody is to ask for what goes on
  stillWanted: ({ values }) =>
    Effect.gen(function* () {
      const subscriptions = yield* SubscriptionRepository
      const found = yield* subscriptions.findCoverage(values.coverageId)
      return Option.exists(found, ({ endedAt }) => endedAt === null) ? MailKind.dropped("reopened") : MailKind.wanted
    })
})

/** To the primary: the plan has fewer places than members are connected (TMA-07). */
export const choiceNeeded = MailKind.make({
  name: "subscriptions.choiceNeeded",
  values: Schema.Struct({ places: Schema.Int, connected: Schema.Int, from: Instant }),
  automatic: true,
  subject: {
    de: "Bitte wählen Sie, wer im Team bleibt – {product}",
    en: "Please choose who stays in your team – {product}"
  },
  content: {
    de: ({ connected, from, places }, { date, page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        "Ihr Tarif hat weniger Plätze für Teammitglieder, als verbunden sind. Bitte wählen Sie, wer bleibt.",
        "Bis dahin behalten die Mitglieder den Platz, die am längsten verbunden sind."
      ],
      details: [
        { label: "Plätze", value: String(places) },
        { label: "Verbunden", value: String(connected) },
        { label: "Ab", value: date(from) }
      ],
      button: { label: "Auswählen", url: page(TEAM) }
    }),
    en: ({ connected, from, places }, { date, page }) => ({
      greeting: "Hello,",
      paragraphs: [
        "Your plan has fewer places for team members than are connected. Please choose who stays.",
        "Until then those keep their place who have been connected longest."
      ],
      details: [
        { label: "Places", value: String(places) },
        { label: "Connected", value: String(connected) },
        { label: "From", value: date(from) }
      ],
      button: { label: "Choose", url: page(TEAM) }
    })
  }
})

/** The trial is over, and nothing was paid (SUB-05). */
export const trialEnded = MailKind.make({
  name: "subscriptions.trialEnded",
  values: Schema.Struct({ plan: PlanName, until: Instant }),
  automatic: true,
  subject: { de: "Ihre Testphase ist zu Ende – {product}", en: "Your trial is over – {product}" },
  content: {
    de: ({ plan, until }, { dateTime, page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `Ihre Testphase des Tarifs „${plan.de}“ bei ${product} ist zu Ende. Es entstehen keine Kosten.`,
        "Wenn Sie weitermachen möchten, wählen Sie einfach einen Tarif."
      ],
      details: [{ label: "Geendet", value: dateTime(until) }],
      button: { label: "Tarife ansehen", url: page("/plans") }
    }),
    en: ({ plan, until }, { dateTime, page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Your trial of the plan “${plan.en}” at ${product} is over. There is nothing to pay.`,
        "If you would like to go on, just choose a plan."
      ],
      details: [{ label: "Ended", value: dateTime(until) }],
      button: { label: "See the plans", url: page("/plans") }
    })
  }
})

export const mails = {
  coverageBegan,
  coveragePromised,
  coverageEnding,
  coverageEnded,
  choiceNeeded,
  trialEnded
} as const
