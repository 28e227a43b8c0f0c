import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { classify } from "../../src/mail/inbound/classify.ts"
import { fold } from "../../src/mail/inbound/folding.ts"
import { unquoted } from "../../src/mail/inbound/htmlFolding.ts"
import { htmlText } from "../../src/mail/inbound/htmlText.ts"
import type { InboundMail } from "../../src/mail/inbound/InboundMail.ts"
import { MailParser } from "../../src/mail/inbound/MailParser.ts"
import { layer } from "../../src/mime/MailParser.ts"
import { parse as parseReply } from "../../src/tickets/replyAddress.ts"
import { SUPPORT } from "./compose.ts"
import { corpus, type Expected, usual } from "./corpus.ts"

const folder = fileURLToPath(new URL("corpus", import.meta.url))

const own = {
  mailbox: EmailAddress.make(SUPPORT),
  loopHeader: "X-Loop",
  hops: 100,
  isOurs: (one: string) => one === "portal@localhost.localdomain" || parseReply(one, defaults)._tag !== "Foreign"
}

const check = (mail: InboundMail, given: Expected): void => {
  const expected: Expected = { ...usual, ...given }
  const { folded, text } = fold(mail.text)
  if (given.text !== undefined) assert.strictEqual(text, given.text)
  for (const words of expected.folded ?? []) assert.include(folded, words)
  if (expected.folded?.length === 0) assert.isNull(folded)
  assert.strictEqual(mail.from?.email ?? null, expected.from)
  if (expected.from !== null) assert.strictEqual(mail.from?.name, expected.name)
  assert.strictEqual(mail.subject, expected.subject)
  if (expected.html === null) assert.isNull(mail.html)
  else for (const words of expected.html ?? []) assert.include(mail.html, words)
  if (given.unquoted !== undefined) {
    const above = mail.html === null ? null : unquoted(mail.html)
    assert.strictEqual(above === null ? null : htmlText(above), given.unquoted)
  }
  const classification = classify(mail, { recipient: SUPPORT, sender: given.sender }, own)
  const is = classification._tag === "Automatic" ? classification.reason : classification._tag
  assert.strictEqual(is, expected.is)
  if (classification._tag === "Normal") assert.strictEqual(classification.answer, expected.answer)
  if (classification._tag === "Bounce") {
    assert.strictEqual(classification.report.messageId, given.bounce?.messageId)
    assert.deepStrictEqual(
      classification.report.recipients.map(({ recipient, status }) => [recipient, status] as const),
      given.bounce?.recipients
    )
  } else if (!["report", "null-path"].includes(is)) {
    assert.deepStrictEqual(
      mail.parts.map(({ name, type }) => [type, name]),
      expected.parts?.map(([type, name]) => [type, name])
    )
    for (const [index, [, , size]] of (expected.parts ?? []).entries()) {
      if (size !== undefined) assert.strictEqual(mail.parts[index]?.content.length, size)
    }
  }
  const inline: ReadonlyArray<string | null> = mail.parts.flatMap((part) => (part.inline ? [part.contentId] : []))
  assert.deepStrictEqual(inline, given.inline ?? [])
  if (given.messageId !== undefined) assert.strictEqual(mail.messageId, given.messageId)
  if (given.references !== undefined) assert.deepStrictEqual(mail.references, given.references)
}

describe("the corpus of messages", () => {
  it("is what the table says, and holds at least 120 of them", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".eml"))
    assert.deepStrictEqual(
      files.sort(),
      Object.keys(corpus)
        .map((name) => `${name}.eml`)
        .sort()
    )
    assert.isAtLeast(files.length, 120)
    for (const [name, { raw }] of Object.entries(corpus)) {
      assert.isTrue(Buffer.from(raw).equals(readFileSync(`${folder}/${name}.eml`)), name)
    }
  })

  describe("MIN-04 MIN-05 MIN-07 MIN-08 R-TI-10 R-MA-03 is read as a person would", () => {
    for (const [name, { expected }] of Object.entries(corpus)) {
      it.effect(name, () =>
        Effect.gen(function* () {
          const parser = yield* MailParser
          const read = yield* Effect.result(
            parser.parse(new Uint8Array(readFileSync(`${folder}/${name}.eml`)), defaults.inbound.limits)
          )
          if (expected.fault !== undefined) {
            assert.isTrue(Result.isFailure(read))
            if (Result.isFailure(read)) assert.strictEqual(read.failure.fault, expected.fault)
            return
          }
          if (Result.isFailure(read)) assert.fail(read.failure.message)
          else check(read.success, expected)
        }).pipe(Effect.provide(layer))
      )
    }
  })
})
