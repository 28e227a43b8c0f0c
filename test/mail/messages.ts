import { Schema } from "effect"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { MailId } from "../../src/kernel/ids.ts"
import type { MailMessage } from "../../src/mail/MailMessage.ts"
import { address } from "./world.ts"

/** A message that a dispatcher could hand over. */
export const message = (number: number, over: Partial<MailMessage> = {}): MailMessage => {
  const id = Schema.decodeSync(MailId)(`01890000-0000-7000-8000-${String(number).padStart(12, "0")}`)
  return {
    id,
    messageId: `<${id}@example.com>`,
    date: fromMillis(1_700_000_000_000),
    from: { name: "Müllers Portal, Süd", address: "portal@example.com" },
    to: address("ada"),
    subject: "Grüße aus dem Portal: Ihre Einladung zu einem Konto mit sehr langem Namen 🎉",
    text: "Guten Tag,\n\n.\n..\n-- \nÄÖÜ 🎉 https://portal.example.com/open/x\n",
    html: '<!doctype html>\n<p>Grüße 🎉</p>\n<a href="https://portal.example.com/open/x?a=1&amp;b=2">x</a>\n',
    headers: { "Auto-Submitted": "auto-generated" },
    ...over
  }
}
