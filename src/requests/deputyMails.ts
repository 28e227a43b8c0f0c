import { Effect, Option, Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, DeputyId } from "../kernel/ids.ts"
import * as MailKind from "../mail/MailKind.ts"
import { DeputyRepository } from "./DeputyRepository.ts"

/** To somebody who was named as a deputy (REQ-07). */
export const deputyNamed = MailKind.make({
  name: "requests.deputyNamed",
  values: Schema.Struct({
    /** Both are missing in rows that were stored before mails named them. */
    deputyshipId: Schema.optionalKey(DeputyId),
    principalId: Schema.optionalKey(AccountId),
    principalName: Schema.String,
    /** Empty for staff. */
    tenantName: Schema.String,
    from: Instant,
    until: Instant
  }),
  automatic: true,
  subject: { de: "Sie vertreten jemanden – {product}", en: "You stand in for somebody – {product}" },
  content: {
    de: ({ from, principalName, tenantName, until }, { dateTime, page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        tenantName === ""
          ? `${principalName} hat Sie im Kundenportal ${product} als Vertretung für Entscheidungen des Kundendienstes benannt.`
          : `${principalName} hat Sie im Kundenportal ${product} als Vertretung für Entscheidungen im Kundenbereich „${tenantName}“ benannt.`,
        "In dieser Zeit können Sie über Anträge entscheiden, über die auch diese Person entscheiden darf."
      ],
      details: [
        { label: "Von", value: dateTime(from) },
        { label: "Bis", value: dateTime(until) }
      ],
      button: { label: "Anträge ansehen", url: page("/requests") }
    }),
    en: ({ from, principalName, tenantName, until }, { dateTime, page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        tenantName === ""
          ? `${principalName} has named you in the customer portal ${product} as their deputy for decisions of the staff.`
          : `${principalName} has named you in the customer portal ${product} as their deputy for decisions in the customer area “${tenantName}”.`,
        "During this time you can decide requests that this person may decide, too."
      ],
      details: [
        { label: "From", value: dateTime(from) },
        { label: "Until", value: dateTime(until) }
      ],
      button: { label: "See the requests", url: page("/requests") }
    })
  },
  stillWanted: ({ values }, now) =>
    Effect.gen(function* () {
      const { deputyshipId, principalId } = values
      if (deputyshipId === undefined || principalId === undefined) return MailKind.wanted
      const deputies = yield* DeputyRepository
      const found = yield* deputies.find(principalId, deputyshipId)
      // one that was ended has nothing left of its period
      return Option.exists(found, ({ from, until }) => from < until && now < until)
        ? MailKind.wanted
        : MailKind.dropped("deputy-ended")
    })
})

export const mails = { deputyNamed } as const
