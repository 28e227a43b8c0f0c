import { Console, Layer } from "effect"
import { Mailer } from "./Mailer.ts"

/**
 * Prints mails instead of sending them, links with their secrets included: for development only. It prints to Effect's `Console`, which a test
 * or an application can replace.
 */
export const layerConsole: Layer.Layer<Mailer> = Layer.succeed(
  Mailer,
  Mailer.guarded((message) =>
    Console.log(
      [
        `To: ${message.to}`,
        ...(message.replyTo === undefined ? [] : [`Reply-To: ${message.replyTo}`]),
        `Subject: ${message.subject}`,
        `Message-ID: ${message.messageId}`,
        ...Object.entries(message.headers).map(([name, value]) => `${name}: ${value}`),
        "",
        message.text,
        ...(message.attachments ?? []).map(
          ({ mediaType, name, size }) => `Attachment: ${name} (${mediaType}, ${size} bytes)`
        )
      ].join("\n")
    )
  )
)
