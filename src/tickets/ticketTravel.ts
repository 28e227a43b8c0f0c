import { Effect, Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { TicketId } from "../kernel/ids.ts"
import { Settings } from "../kernel/Settings.ts"
import type { Travel } from "../mail/MailKind.ts"
import { make } from "./replyAddress.ts"
import { takesPart } from "./Ticket.ts"
import { TicketRepository } from "./TicketRepository.ts"

/** The name of our own loop header; its value is the mailbox of tickets (MIN-04). */
export const LOOP_HEADER = "X-Loop"

/** A Message-ID that can stand in a header of ours: one word of printable ASCII in angle brackets (RFC 5322 section 3.6.4). */
export const isMessageId = (text: string): boolean => /^<[!-;=?-~]{1,250}>$/.test(text)

/**
 * How a ticket's mail travels to somebody who takes part in it (MIN-09): from the mailbox of tickets, with the reply address of this person, and under
 * one Message-ID of the ticket that all of its mails refer to, so that mail programs show them as one conversation. Who does not take part (any more)
 * gets no reply address.
 */
export const travelOf = Effect.fnUntraced(function* ({
  inReplyTo,
  recipient,
  ticketId
}: {
  readonly ticketId: TicketId
  readonly recipient: EmailAddress
  /** The Message-ID of the mail that this one answers. */
  readonly inReplyTo?: string | null | undefined
}) {
  const tickets = yield* TicketRepository
  const settings = yield* Settings
  const { address } = settings.inbound
  const root = `<${ticketId}@${settings.mail.domain}>`
  const answered = inReplyTo !== undefined && inReplyTo !== null && isMessageId(inReplyTo) ? inReplyTo : undefined
  const common: Travel = {
    from: { name: settings.mail.from.name, address },
    headers: {
      "In-Reply-To": answered ?? root,
      References: answered === undefined ? root : `${root} ${answered}`,
      [LOOP_HEADER]: address
    }
  }
  const opened = Option.getOrUndefined(yield* tickets.open(ticketId))
  const participant = opened?.participants.find((one) => one.email === recipient && takesPart(one))
  if (opened === undefined || participant === undefined) return common
  const replyTo = Option.getOrUndefined(yield* make(opened.ticket, participant, settings))
  const leave =
    participant.role === "participant"
      ? Option.getOrUndefined(yield* make(opened.ticket, participant, settings, "leave"))
      : undefined
  return {
    ...common,
    ...(replyTo === undefined ? {} : { replyTo }),
    headers: { ...common.headers, ...(leave === undefined ? {} : { "List-Unsubscribe": `<mailto:${leave}>` }) }
  }
})
