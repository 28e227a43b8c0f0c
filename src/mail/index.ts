export { layerConsole } from "./consoleMailer.ts"
export * as Dispatcher from "./Dispatcher.ts"
export { type Counts as InboundCounts, InboundRepository } from "./inbound/InboundRepository.ts"
export { MailParser, MailUnreadable } from "./inbound/MailParser.ts"
export type { Enclosed, Enclosing, MailAttachment } from "./MailAttachment.ts"
export type { LinkContext, MailContent, MailContext } from "./MailContent.ts"
export { attachmentUnreadable, Mailer, MailerError } from "./Mailer.ts"
export * as MailKind from "./MailKind.ts"
export { MailKinds } from "./MailKinds.ts"
export type { MailMessage } from "./MailMessage.ts"
export * as Mails from "./Mails.ts"
export { LinkIsGone, MailNotDead, MailSummary } from "./Mails.ts"
export { OutboxRepository } from "./OutboxRepository.ts"
export { type Rendered, render } from "./render.ts"

import * as Mails from "./Mails.ts"

/** Every use case of the room. */
export const useCases = Mails.useCases
