import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Accounts from "../../src/accounts/index.ts"
import * as Hierarchy from "../../src/hierarchy/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as Joining from "../../src/joining/index.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import { fill, isRefusal, Refusal, type Text, textIn, textOf } from "../../src/kernel/Refusal.ts"
import { issueTexts, NotAllowed, refusals, TooManyAttempts } from "../../src/kernel/refusals.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import * as Orders from "../../src/orders/index.ts"
import { requestKinds } from "../../src/requestKinds.ts"
import * as Requests from "../../src/requests/index.ts"
import * as Subscriptions from "../../src/subscriptions/index.ts"
import * as Tenants from "../../src/tenants/index.ts"
import * as Tickets from "../../src/tickets/index.ts"
import { useCases } from "../../src/useCases.ts"
import { root } from "../support/alias.ts"

const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(`${root}src/${path}`, "utf8") }))

/** What the effect of a request can be refused with; it reaches whoever decides in the words of `EffectRefused`. */
const ofEffects = [Subscriptions.MemberNotEligible, Subscriptions.NoPaidPeriod, Subscriptions.SomebodyElseDecides]

/** Every refusal that a use case can answer. */
const all = [...new Set([...refusals, ...useCases.flatMap(({ errors }) => errors), ...ofEffects])]

const isText = (text: Text, where: string) => {
  for (const language of [text.de, text.en]) {
    assert.isAbove(language.trim().length, 3, where)
    assert.notMatch(language, /TODO|undefined|\[object/, where)
  }
  assert.notStrictEqual(text.de, text.en, where)
}

const places = (text: string) => [...text.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name).sort()

describe("texts for people", () => {
  it("G-08 every refusal of every use case has a text in German and in English", () => {
    assert.isAbove(all.length, refusals.length)
    for (const { tag, text } of all) isText(text, tag)
  })

  it("G-08 both texts of a refusal name the same of its fields", () => {
    for (const { tag, text } of all) {
      // it carries the texts of another refusal, each in its own language
      if (tag === "EffectRefused") continue
      assert.deepStrictEqual(places(text.de), places(text.en), tag)
      const found = sources.find((source) => new RegExp(`"${tag}",`).test(source.text))
      for (const name of places(text.de)) assert.match(found?.text ?? "", new RegExp(`\\b${name}\\b: Schema`), tag)
    }
  })

  it("G-02 no two refusals have the same tag, and each that is written down is one that a use case can answer", () => {
    const tags = all.map(({ tag }) => tag)
    assert.strictEqual(new Set(tags).size, tags.length)
    const declared = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:export )?class (\w+) extends Refusal<\w+>\(\)\(\s*"(\w+)"/gm)].map(
        ([, , tag]) => `${path} ${tag}`
      )
    )
    assert.isAbove(declared.length, refusals.length)
    assert.deepStrictEqual(
      declared.filter((one) => !tags.includes(one.split(" ")[1] ?? "")),
      []
    )
  })

  it("G-08 every code of refused input has a text in German and in English", () => {
    const codes = new Set(["missing", "type", "unknown", "invalid"])
    for (const { text } of sources) {
      for (const [, code = ""] of text.matchAll(/\bcode: "([^"]+)"/g)) codes.add(code)
      for (const [, code = ""] of text.matchAll(/\bissue: "([^"]+)"/g)) codes.add(code)
      for (const match of text.matchAll(/makeFilter/g)) {
        // the filter's own source: up to the bracket that closes it
        let depth = 0
        let end = text.indexOf("(", match.index)
        do {
          if (text[end] === "(") depth++
          if (text[end] === ")") depth--
          end++
        } while (depth > 0 && end < text.length)
        for (const [, code = ""] of text.slice(match.index, end).matchAll(/(?:[?:]|return|=>)\s*"([a-z-]+)"/g)) {
          codes.add(code)
        }
      }
    }
    assert.isAbove(codes.size, 10)
    for (const code of codes) {
      assert.property(issueTexts, code)
      isText(issueTexts[code] ?? { de: "", en: "" }, code)
    }
  })

  it("G-08 no code of refused input is without use", () => {
    const words = sources.filter(({ path }) => !path.endsWith("refusals.ts")).map(({ text }) => text)
    for (const code of Object.keys(issueTexts)) {
      assert.isTrue(
        words.some((text) => text.includes(`"${code}"`)),
        code
      )
    }
  })

  it("G-08 every mail has a subject and a template in German and in English", () => {
    assert.isAbove(mailKinds.length, 5)
    assert.strictEqual(new Set(mailKinds.map(({ name }) => name)).size, mailKinds.length)
    for (const { locales, name, subject } of mailKinds) {
      assert.includeMembers([...locales], ["de", "en"], name)
      isText({ de: subject.de, en: subject.en ?? "" }, name)
    }
  })

  it("G-12 every mail can be given other words, because its kind is known by name", () => {
    const rooms = [Accounts, Hierarchy, Invitations, Joining, Orders, Requests, Subscriptions, Tenants, Tickets]
    const ofRooms = rooms.flatMap(({ mails }) => Object.values(mails))
    const ofRequests = requestKinds.flatMap(({ mails }) => Object.values(mails).filter((mail) => mail !== null))
    assert.sameMembers(
      [...ofRooms, ...ofRequests].map(({ name }) => name),
      mailKinds.map(({ name }) => name)
    )
  })

  it("G-08 roles, consents and what mails end with have both languages", () => {
    for (const { label, name } of builtInRoles) {
      assert.isNotEmpty(label.de, name)
      assert.isNotEmpty(label.en, name)
    }
    const { marketing, required } = defaults.consents
    for (const consent of [marketing, ...required.registration, ...required.invitation]) {
      isText(consent.label, consent.kind)
      isText(consent.text, consent.kind)
    }
    isText(defaults.mail.footer, "footer")
  })

  it("every use case has a name of its own, and a sentence that says what it does", () => {
    const names = useCases.map(({ name }) => name)
    assert.strictEqual(new Set(names).size, names.length)
    for (const { name, summary } of useCases) {
      assert.match(name, /^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/)
      assert.match(summary, /^[A-Z].*\.$/s, name)
    }
  })
})

class Full extends Refusal<Full>()(
  "Full",
  { seats: Schema.Int, name: Schema.optionalKey(Schema.String) },
  {
    category: "conflict",
    de: "Alle {seats} Plätze in {name} sind belegt.",
    en: "All {seats} seats in {name} are taken."
  }
) {}

describe("Refusal", () => {
  it("G-02 carries its fields, its category, and a message with them", () => {
    const full = new Full({ seats: 3, name: "Muster" })
    assert.instanceOf(full, Error)
    assert.deepInclude({ ...full }, { _tag: "Full", seats: 3 })
    assert.strictEqual(full.category, "conflict")
    assert.strictEqual(full.message, "All 3 seats in Muster are taken.")
    assert.strictEqual(new Full({ seats: 3 }).message, "All 3 seats in  are taken.")
    assert.strictEqual(Full.tag, "Full")
    assert.strictEqual(Full.category, "conflict")
    assert.strictEqual(Full.text.de, "Alle {seats} Plätze in {name} sind belegt.")
  })

  it("G-12 is told in the application's words and languages, else in the library's", () => {
    const full = new Full({ seats: 3, name: "Muster" })
    const ours = { en: { Full: "No room in {name}." }, fr: { Full: "{name} est complet." } }
    assert.deepStrictEqual(textOf(full), {
      de: "Alle 3 Plätze in Muster sind belegt.",
      en: "All 3 seats in Muster are taken."
    })
    assert.strictEqual(textIn(full, "de", ours), "Alle 3 Plätze in Muster sind belegt.")
    assert.strictEqual(textIn(full, "en-GB", ours), "No room in Muster.")
    assert.strictEqual(textIn(full, "fr", ours), "Muster est complet.")
    assert.strictEqual(textIn(full, "fr", {}), "Alle 3 Plätze in Muster sind belegt.")
    // the class of another copy of the library has no texts here, and its message is no template
    const foreign = Object.assign(new Error("Not {name}"), {
      _tag: "Foreign",
      category: "conflict" as const,
      name: "x"
    })
    if (!isRefusal(foreign)) throw new Error("no refusal")
    assert.strictEqual(textIn(foreign, "fr", ours), "Not {name}")
    assert.strictEqual(textIn(foreign, "fr", { fr: { Foreign: "Pas {name}" } }), "Pas x")
  })

  it("is told from other errors", () => {
    assert.isTrue(isRefusal(new Full({ seats: 1 })))
    assert.isTrue(isRefusal(new NotAllowed({})))
    assert.isTrue(isRefusal({ _tag: "FromAnotherCopy", category: "conflict" }))
    for (const other of [
      new Error("x"),
      { _tag: "X", category: "other" },
      { category: "conflict" },
      null,
      "Full",
      undefined
    ]) {
      assert.isFalse(isRefusal(other))
    }
  })

  it("survives being written and read", () => {
    const limited = new TooManyAttempts({ retryAt: 7 })
    const written: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(TooManyAttempts)(limited)))
    assert.deepStrictEqual(written, { _tag: "TooManyAttempts", retryAt: 7 })
    assert.deepStrictEqual(Schema.decodeUnknownSync(TooManyAttempts)(written), limited)
  })

  it("a place is filled with an own value only, and the value is no template", () => {
    assert.strictEqual(fill("{a}{b}{toString}{constructor}{ a }{", { a: "{b}", b: 2 }), "{b}2{ a }{")
    assert.strictEqual(fill("{a}", { a: null }), "")
    assert.strictEqual(fill("{a}", { a: "$&$1" }), "$&$1")
  })
})
