import { Effect, Option, Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { InvitationId } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import * as MailKind from "../mail/MailKind.ts"
import { stateAt } from "./Invitation.ts"
import { InvitationRepository } from "./InvitationRepository.ts"

/** Opens one invitation to whoever has its mail. */
export const invitationLink = { name: "invitations.invitation", path: "/invitations" } as const satisfies LinkPurpose

const Invited = Schema.Struct({
  invitationId: InvitationId,
  tenantName: Schema.String,
  /** Empty where the operator's staff invited. */
  inviterName: Schema.String,
  message: Schema.String,
  expiresAt: Instant
})

/** "You are invited": the only mail that carries an invitation's secret (INV-01). */
export const invited = MailKind.make({
  name: "invitations.invited",
  values: Invited,
  purpose: invitationLink,
  automatic: true,
  subject: { de: "Einladung zum Kundenportal {product}", en: "Invitation to the customer portal {product}" },
  content: {
    de: (values, { dateTime, link, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        values.inviterName === ""
          ? `Sie sind eingeladen, im Kundenportal ${product} dem Kundenbereich „${values.tenantName}“ beizutreten.`
          : `${values.inviterName} lädt Sie ein, im Kundenportal ${product} dem Kundenbereich „${values.tenantName}“ beizutreten.`
      ],
      ...(values.message === "" ? {} : { quote: values.message }),
      button: { label: "Einladung öffnen", url: link },
      details: [{ label: "Gültig bis", value: dateTime(values.expiresAt) }],
      closing: [
        "Wenn Sie damit nichts anfangen können, brauchen Sie nichts zu tun: Ohne Ihre Zustimmung treten Sie nirgends bei."
      ]
    }),
    en: (values, { dateTime, link, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        values.inviterName === ""
          ? `You are invited to join the customer area “${values.tenantName}” in the customer portal ${product}.`
          : `${values.inviterName} invites you to join the customer area “${values.tenantName}” in the customer portal ${product}.`
      ],
      ...(values.message === "" ? {} : { quote: values.message }),
      button: { label: "Open the invitation", url: link },
      details: [{ label: "Valid until", value: dateTime(values.expiresAt) }],
      closing: [
        "If this means nothing to you, there is nothing you need to do: you join nothing without agreeing to it."
      ]
    })
  },
  stillWanted: ({ tenantId, values }, now) =>
    Effect.gen(function* () {
      if (tenantId === null) return MailKind.dropped("invitation-unknown")
      const invitations = yield* InvitationRepository
      const found = yield* invitations.find(tenantId, values.invitationId)
      if (Option.isNone(found)) return MailKind.dropped("invitation-unknown")
      const state = stateAt(found.value.invitation, now)
      return state === "pending" ? MailKind.wanted : MailKind.dropped(`invitation-${state}`)
    })
})

/** Every mail kind of the room. */
export const mailKinds = [invited] as const
