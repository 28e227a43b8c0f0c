import { type Duration, Effect, Layer, Option, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Actor from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import { Ids } from "../../src/kernel/ids.ts"
import * as Links from "../../src/kernel/Links.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import type { NewMail } from "../../src/kernel/Outbox.ts"
import { type KeyRing, Sealer } from "../../src/kernel/Sealer.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import * as UseCase from "../../src/kernel/UseCase.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import * as EventLog from "../../src/memory/EventLog.ts"
import * as IdempotencyStore from "../../src/memory/IdempotencyStore.ts"
import * as Limits from "../../src/memory/Limits.ts"
import * as LinkRepository from "../../src/memory/LinkRepository.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import * as Outbox from "../../src/memory/Outbox.ts"
import { Store } from "../../src/memory/Store.ts"
import * as UnitOfWork from "../../src/memory/UnitOfWork.ts"

export const address = (name: string): EmailAddress => Schema.decodeSync(EmailAddress)(`${name}@example.com`)

export const ring: KeyRing = { current: "k1", keys: { k1: Redacted.make(Buffer.alloc(32, 7).toString("base64url")) } }

export const purpose: Links.LinkPurpose = { name: "test-link", path: "/open" }

const Values = Schema.Struct({ name: Schema.String })

/** A mail without a link. */
export const plain = MailKind.make({
  name: "test.plain",
  values: Values,
  automatic: true,
  subject: { de: "Nachricht von {product}", en: "Message from {product}" },
  content: {
    de: ({ name }) => ({ greeting: "Guten Tag,", paragraphs: [`${name} hat etwas getan.`] }),
    en: ({ name }) => ({ greeting: "Hello,", paragraphs: [`${name} has done something.`] })
  }
})

/** A mail with a link. */
export const linked = MailKind.make({
  name: "test.linked",
  values: Values,
  purpose,
  automatic: true,
  subject: { de: "Ihr Link", en: "Your link" },
  content: {
    de: (_, { link }) => ({ paragraphs: ["Bitte öffnen."], button: { label: "Öffnen", url: link } }),
    en: (_, { link }) => ({ paragraphs: ["Please open."], button: { label: "Open", url: link } })
  }
})

/** The mechanism's ports in memory. */
export const ports = Layer.mergeAll(
  EventLog.layer,
  IdempotencyStore.layer,
  Limits.layer,
  LinkRepository.layer,
  Outbox.layer
).pipe(Layer.provideMerge(UnitOfWork.layer), Layer.provideMerge(Store.layer))

export const secrets = Layer.mergeAll(Sealer.layer(ring), Ids.layer).pipe(Layer.provideMerge(layerCryptoNode))

export const settings = Settings.layer({
  links: { base: "https://portal.example.com" },
  mail: { from: { name: "Portal", address: "portal@example.com" }, domain: "example.com" }
})

/** All but the kinds of mail. */
export const layer = Layer.mergeAll(ports, secrets, Mailer.layer, settings)

const job = Actor.provide(Actor.job("test"))

/** A use case that asks for these mails, as a room does. */
export const sending = (mails: ReadonlyArray<NewMail>, then: Effect.Effect<void> = Effect.void) =>
  UseCase.command({
    name: "test.send",
    summary: "Sends mails.",
    actors: ["Job"],
    requires: "job",
    input: Schema.Struct({}),
    output: Schema.Void,
    errors: [],
    unit: Effect.fnUntraced(function* (_, unit) {
      for (const mail of mails) unit.send(mail)
      yield* then
    })
  })({}).pipe(job)

export const send = (...mails: ReadonlyArray<NewMail>) => sending(mails)

/** A link and the mail that carries it, in one unit. */
export const sendLinked = Effect.fnUntraced(function* (recipient: EmailAddress, lifetime: Duration.Input = "1 hour") {
  let secret = Redacted.make("")
  const command = UseCase.command({
    name: "test.sendLinked",
    summary: "Sends a link.",
    actors: ["Job"],
    requires: "job",
    input: Schema.Struct({}),
    output: Schema.Void,
    errors: [],
    unit: Effect.fnUntraced(function* (_, unit) {
      const issued = yield* Links.issue(purpose, { subject: recipient, email: recipient, now: unit.now, lifetime })
      secret = issued.secret
      unit.send(linked.mail({ recipient, locale: "de", values: { name: "Ada" }, secret, process: `link:${recipient}` }))
    })
  })
  yield* command({}).pipe(job)
  return secret
})

export const mailTo = (name: string, over: Partial<NewMail> = {}): NewMail => ({
  ...plain.mail({ recipient: address(name), locale: "de", values: { name: "Ada" }, process: `process:${name}` }),
  ...over
})

/** Every mail in the outbox, the oldest first. */
export const mails = Effect.flatMap(OutboxRepository, (outbox) =>
  Effect.map(outbox.list({}, { after: Option.none(), limit: 10_000 }), (found) => found.toReversed())
)

/** Recipients and states, the oldest first: `["ada sent", "bob dead refused"]`. */
export const ends = Effect.map(mails, (found) =>
  found.map(({ reason, recipient, state }) =>
    [recipient.replace("@example.com", ""), state, ...(reason === null ? [] : [reason])].join(" ")
  )
)

export const pass = (duration: Duration.Input) => TestClock.adjust(duration)
