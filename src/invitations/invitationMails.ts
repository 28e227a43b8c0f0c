import { Effect, Option, Schema } from "effect"
import { Instant, now as instantNow } from "../kernel/Instant.ts"
import { InvitationId, ShareableLinkId } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import * as MailKind from "../mail/MailKind.ts"
import { stateAt } from "./Invitation.ts"
import { InvitationRepository } from "./InvitationRepository.ts"
import { stateAt as stateOfLink } from "./ShareableLink.ts"
import { ShareableLinkRepository } from "./ShareableLinkRepository.ts"

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
    }),
  // dead letters and bounces alike (INV-13); one that was sent again since then waits for news of its newest mail
  onDead: ({ createdAt, tenantId, values }) =>
    Effect.gen(function* () {
      if (tenantId === null) return
      const invitations = yield* InvitationRepository
      yield* invitations.markUndeliverable(tenantId, values.invitationId, createdAt, yield* instantNow)
    })
})

/** Opens a shareable link to whoever was given it (INV-12). */
export const shareableLink = { name: "invitations.shareable", path: "/shared" } as const satisfies LinkPurpose

/** Proves the address of one who has opened a shareable link without an account. */
export const addressOfShareableLink = {
  name: "invitations.shareableAddress",
  path: "/shared"
} as const satisfies LinkPurpose

const Asked = Schema.Struct({ shareableLinkId: ShareableLinkId, tenantName: Schema.String, expiresAt: Instant })

/** "Confirm your address": what somebody gets who typed it into the page of a shareable link. */
export const addressProof = MailKind.make({
  name: "shareableLinks.addressProof",
  values: Asked,
  purpose: addressOfShareableLink,
  automatic: true,
  subject: { de: "Ihr Beitritt im Kundenportal {product}", en: "Joining in the customer portal {product}" },
  content: {
    de: (values, { dateTime, link, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `Sie möchten im Kundenportal ${product} dem Kundenbereich „${values.tenantName}“ beitreten. Bitte bestätigen Sie dazu, dass diese Adresse Ihnen gehört.`
      ],
      button: { label: "Adresse bestätigen und weiter", url: link },
      details: [{ label: "Gültig bis", value: dateTime(values.expiresAt) }],
      closing: ["Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ohne diesen Link geschieht nichts."]
    }),
    en: (values, { dateTime, link, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `You want to join the customer area “${values.tenantName}” in the customer portal ${product}. Please confirm that this address is yours.`
      ],
      button: { label: "Confirm the address and go on", url: link },
      details: [{ label: "Valid until", value: dateTime(values.expiresAt) }],
      closing: ["If this was not you, there is nothing you need to do: without this link nothing happens."]
    })
  },
  stillWanted: ({ tenantId, values }, now) =>
    Effect.gen(function* () {
      if (tenantId === null) return MailKind.dropped("shareable-link-unknown")
      const links = yield* ShareableLinkRepository
      const found = yield* links.find(tenantId, values.shareableLinkId)
      if (Option.isNone(found)) return MailKind.dropped("shareable-link-unknown")
      if (found.value.tenantState !== "active") return MailKind.dropped(`tenant-${found.value.tenantState}`)
      const state = stateOfLink(found.value.link, now)
      return state === "open" ? MailKind.wanted : MailKind.dropped(`shareable-link-${state}`)
    })
})

export const mails = { invited, addressProof } as const
