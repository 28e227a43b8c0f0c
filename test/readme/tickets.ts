import { Effect, Layer, Redacted, Stream } from "effect"
import { Actor, layer, Mail, mailKinds, Tickets } from "portico"
import * as Argon2 from "portico/argon2"
import * as Files from "portico/files"
import * as Memory from "portico/memory"
import * as Mime from "portico/mime"

const keyRing = { current: "2026", keys: { "2026": Redacted.make("bGV0IHRoaXMgYmUgMzIgcmFuZG9tIGJ5dGVzIGF0IGE") } }

const inbox: Array<Mail.MailMessage> = []
const mailer = Layer.succeed(
  Mail.Mailer,
  Mail.Mailer.guarded((mail) => Effect.sync(() => void inbox.push(mail)))
)

const ticketing = Layer.mergeAll(
  Tickets.Scanner.layerNone,
  Memory.layerBlobStore,
  Files.layerFileTypeDetector,
  Files.layerSanitizer,
  Mime.layer
)
const portal = Mail.MailKinds.layer(...mailKinds).pipe(
  Layer.provideMerge(Layer.mergeAll(Memory.layer, Argon2.layer(), mailer, ticketing)),
  Layer.provideMerge(layer({ keyRing }))
)

const anonymous = Actor.provide(Actor.anonymous, { source: "203.0.113.7" })
const bytes = new TextEncoder().encode("restarted it twice")

const program = Effect.gen(function* () {
  // the secret of a form joins a visitor's files and the ticket; who has an account needs none
  const { form } = yield* Tickets.Files.openForm({}).pipe(anonymous)
  const file = { name: "notes.txt", size: bytes.length, form }
  const { id } = yield* Tickets.Files.upload(file, Stream.make(bytes)).pipe(anonymous)
  yield* Tickets.Tickets.submit({
    email: "ada@example.com",
    fullName: "Ada Lovelace",
    companyName: "Engines Ltd",
    subject: "No dialling tone",
    description: "Since this morning.",
    locale: "en",
    consents: [{ kind: "privacy", version: "1" }],
    files: [id],
    form
  }).pipe(anonymous)
  yield* Mail.Dispatcher.runOnce
  const [acknowledgement] = inbox
  if (acknowledgement?.replyTo === undefined) return undefined

  // the answer as a mail server hands it over: its bytes, and the envelope
  const raw = [
    "From: Ada Lovelace <ada@example.com>",
    `To: ${acknowledgement.replyTo}`,
    "Subject: Re: your mail",
    "Message-ID: <1@example.com>",
    "",
    "It is line 4."
  ].join("\r\n")
  const { outcome } = yield* Tickets.Inbound.receive({
    raw: Tickets.Inbound.encode(new TextEncoder().encode(raw)),
    sender: "ada@example.com",
    recipient: acknowledgement.replyTo
  }).pipe(Actor.provide(Actor.job("inbound")))
  return outcome
})

export const outcome = await Effect.runPromise(program.pipe(Effect.provide(portal)))
// "Threaded": the conversation has both messages
