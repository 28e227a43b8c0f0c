import { type Context, Effect, Layer, Option } from "effect"
import { toInternetMessage } from "../../src/eml/message.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import type { TicketId } from "../../src/kernel/ids.ts"
import { Settings, type SettingsInput } from "../../src/kernel/Settings.ts"
import type { CallOptions } from "../../src/kernel/UseCase.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import { InboundRepository } from "../../src/mail/inbound/InboundRepository.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import type { MailMessage } from "../../src/mail/MailMessage.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import * as Memory from "../../src/memory/index.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { Store } from "../../src/memory/Store.ts"
import * as MemoryUnitOfWork from "../../src/memory/UnitOfWork.ts"
import { HeldMails, Inbound } from "../../src/tickets/index.ts"
import { make, type Purpose } from "../../src/tickets/replyAddress.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { plain } from "../mime/compose.ts"
import { withKernel } from "../support/portal.ts"
import { crew } from "./desk/world.ts"

const memory = Memory.layerPorts.pipe(Layer.provideMerge(MemoryUnitOfWork.layer), Layer.provideMerge(Store.layer))

/** A portal in memory that sends its mails into a mailbox of the test. */
export const portal = (settings: SettingsInput = {}) =>
  Layer.mergeAll(MailKinds.layer(...mailKinds), Mailer.layer).pipe(
    Layer.provideMerge(withKernel(settings)),
    Layer.provideMerge(memory)
  )

export const SUPPORT = "support@localhost.localdomain"

export type Delivery = Partial<Omit<Parameters<typeof Inbound.receive>[0], "raw">>

export const feed = (raw: Uint8Array, delivery: Delivery = {}, options?: CallOptions, source?: string) =>
  Inbound.receive({ raw: Inbound.encode(raw), recipient: SUPPORT, ...delivery }, options).pipe(
    Actor.provide(Actor.job("inbound"), { source })
  )

let number = 0

/** A mail that somebody writes by hand, with a Message-ID of its own. */
export const written = (from: string, text: string, over: Readonly<Record<string, string>> = {}): Uint8Array =>
  plain(text, { From: from, "Message-ID": `<written-${number++}@example.com>`, ...over })

export const participantOf = Effect.fnUntraced(function* (ticketId: TicketId, email: string) {
  const tickets = yield* TicketRepository
  const opened = Option.getOrThrow(yield* tickets.open(ticketId))
  const participant = opened.participants.find((one) => one.email === email)
  if (participant === undefined) return yield* Effect.die(new Error(`${email} takes no part`))
  return { opened, participant }
})

/** The address under which somebody's answers come back. */
export const replyAddress = Effect.fnUntraced(function* (ticketId: TicketId, email: string, purpose?: Purpose) {
  const { opened, participant } = yield* participantOf(ticketId, email)
  return Option.getOrThrow(yield* make(opened.ticket, participant, yield* Settings, purpose))
})

export const counts = Effect.flatMap(InboundRepository, (inbound) => inbound.counts())

/** The mails that went out so far. */
export const sent = Effect.gen(function* () {
  const mailbox = yield* Mailer.Mailbox
  yield* dispatch
  return yield* mailbox.taken
})

export const newest = (to: string) =>
  Effect.map(sent, (mails): MailMessage => {
    const found = mails.filter((mail) => mail.to === to).at(-1)
    if (found === undefined) throw new Error(`no mail to ${to}`)
    return found
  })

/** A sent mail as it arrives somewhere else. */
export const asRaw = (mail: MailMessage): Uint8Array => new Uint8Array(Buffer.from(toInternetMessage(mail)))

export const agent = Effect.map(crew("agent", "agent"), ({ actor }) => actor)

export const heldMails = (actor: Actor.Staff, over: Parameters<typeof HeldMails.list>[0] = {}) =>
  Effect.map(HeldMails.list(over).pipe(Actor.provide(actor)), ({ items }) => items)

/** The only one that was held. */
export const onlyHeld = (actor: Actor.Staff) =>
  Effect.map(heldMails(actor), ([held, ...more]) => {
    if (held === undefined || more.length > 0) throw new Error(`${more.length + 1} mails are held`)
    return held
  })

export const addressOf = (text: string): EmailAddress => EmailAddress.make(text)

/** Worlds beside each other: each with stores, keys and mailbox of its own. */
export const world = (settings: SettingsInput) =>
  Effect.map(Layer.build(Layer.fresh(portal(settings))), (context) => context)
export type World = Context.Context<Layer.Success<ReturnType<typeof portal>>>
