import { assert, describe, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import { layerConsole } from "../../src/mail/consoleMailer.ts"
import { Mailer } from "../../src/mail/Mailer.ts"
import { attachment } from "./attachments.ts"
import { message } from "./messages.ts"

describe("mails on the console", () => {
  it.effect("OUT-06 show recipient, subject, and the text with its link", () =>
    Effect.gen(function* () {
      const console = yield* Console.Console
      const lines: Array<string> = []
      const mailer = yield* Mailer
      const printing = { ...console, log: (line: string) => void lines.push(line) }
      yield* Effect.provideService(
        mailer.send(message(1, { attachments: [attachment("plan.pdf", "1234", "application/pdf")] })),
        Console.Console,
        printing
      )
      yield* Effect.flip(
        Effect.provideService(mailer.send(message(2, { subject: "x\r\ny" })), Console.Console, printing)
      )
      const [shown, ...more] = lines
      assert.deepStrictEqual(more, [])
      assert.include(shown, "To: ada@example.com\nSubject: Grüße")
      assert.include(shown, "Attachment: plan.pdf (application/pdf, 4 bytes)")
      assert.include(shown, "https://portal.example.com/open/x")
    }).pipe(Effect.provide(layerConsole))
  )
})
