import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { FormBuilder } from "../../../examples/server/html/forms.ts"
import { Html, html } from "../../../examples/server/html/html.ts"
import type { Scene } from "../../../examples/server/html/Page.ts"
import { beginningOf, dayOf, daysAfter } from "../../../examples/server/http/dates.ts"
import { Form } from "../../../examples/server/http/Form.ts"
import { toFormErrors } from "../../../examples/server/http/refusals.ts"
import { texts } from "../../../examples/server/texts/index.ts"
import { localeFromHeader } from "../../../examples/server/texts/locales.ts"
import { PasswordRefused } from "../../../src/accounts/Password.ts"
import { InvalidInput, TooManyAttempts } from "../../../src/kernel/refusals.ts"
import { ConsentRequired } from "../../../src/privacy/consents.ts"

const scene: Scene = {
  locale: "en",
  texts: texts.en,
  timeZone: "Europe/Berlin",
  development: false,
  address: "/",
  fileLimits: { count: 10, megabytes: 20 },
  csrfToken: () => "token"
}

describe("html", () => {
  it("text cannot become markup, in content or in an attribute", () => {
    const evil = `</p><script>alert("1")</script>' onload='x' \`&amp;`
    const markup = html`<p title="${evil}">${evil}</p>`.toString()
    assert.notInclude(markup, "<script")
    assert.strictEqual(markup.match(/"/g)?.length, 2)
    assert.include(markup, "&amp;amp;")
  })

  it("markup made by html passes, absent values vanish, lists are joined", () => {
    const items = ["<a>", "b"].map((item) => html`<li>${item}</li>`)
    assert.strictEqual(
      html`<ul>${items}${false}${null}${undefined}${0}</ul>`.toString(),
      "<ul><li>&lt;a&gt;</li><li>b</li>0</ul>"
    )
  })

  it("whatever text comes, the page has the elements of its template and no other", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const markup = html`<p class="${text}">${text}</p>`.toString()
        assert.match(markup, /^<p class="[^"<>]*">[^"<>]*<\/p>$/)
      })
    )
  })

  it("an address that could run something becomes harmless", () => {
    for (const address of [
      "javascript:alert(1)",
      " javascript:x",
      "data:text/html,x",
      "//evil.example",
      "/\\evil",
      "vbscript:x"
    ]) {
      assert.strictEqual(html`<a href="${address}">x</a>`.toString(), '<a href="#">x</a>')
    }
    for (const address of ["/tenants?a=b", "#field-email", "https://portal.example/x", "mailto:a@example.org"]) {
      assert.strictEqual(html`<a href="${address}">x</a>`.toString(), `<a href="${address}">x</a>`)
    }
  })

  it("an attribute without quotes is refused, and nobody else makes markup", () => {
    assert.throws(() => html`<p class=${"x"}>y</p>`, "without quotes")
    assert.throws(() => Reflect.construct(Html, [Symbol("html"), "<b>"]))
  })
})

describe("forms", () => {
  const sent = Form.of([
    ["email", `a"b@`],
    ["password", "secret words"]
  ])

  const build = (errors: ReturnType<typeof toFormErrors>) => {
    const form = new FormBuilder(scene, { action: "/register", state: { form: sent, errors } })
    const fields = [
      form.text({ name: "email", label: "E-mail", hint: "Yours.", type: "email" }),
      form.text({ name: "password", label: "Password", type: "password" }),
      form.check({ name: "consents.privacy", label: "I agree." }),
      form.choices({ name: "roles", label: "Role", kind: "many", choices: [{ value: "member", label: "Member" }] })
    ]
    return form.render(fields, undefined).toString()
  }

  it("G-01 each issue stands beside its field, bound to it, and in the summary with a link", () => {
    const markup = build(
      toFormErrors(
        new InvalidInput({
          issues: [
            { path: ["email"], code: "email" },
            { path: ["roles", "0"], code: "role" },
            { path: ["unasked"], code: "missing" }
          ]
        }),
        "en"
      )
    )
    assert.match(
      markup,
      /<input[^>]*id="field-email"[^>]*aria-describedby="field-email-hint field-email-error"[^>]*aria-invalid="true"/
    )
    assert.match(markup, /id="field-email-error">.*Please enter a valid e-mail address\.<\/p>/)
    assert.include(markup, '<a href="#field-email">E-mail: ')
    assert.include(markup, '<a href="#field-roles">Role: ')
    assert.include(markup, "<li>Please fill in this field.</li>")
    // the first field that is wrong has the focus, and no other
    assert.strictEqual(markup.match(/ autofocus/g)?.length, 1)
    assert.match(markup, /<input[^>]*id="field-email"[^>]* autofocus/)
  })

  it("what was typed comes back escaped, a password never does, and the form has its token", () => {
    const markup = build({ general: [], fields: new Map() })
    assert.include(markup, 'value="a&quot;b@"')
    assert.notInclude(markup, "secret words")
    assert.include(markup, 'name="_token" value="token"')
    assert.notInclude(markup, "summary")
  })

  it("refusals that are about one field stand there, others at the top", () => {
    const password = toFormErrors(new PasswordRefused({ reason: "common", minLength: 15, maxLength: 128 }), "de")
    assert.match(password.fields.get("password") ?? "", /zu leicht zu erraten/)
    const renamed = toFormErrors(new PasswordRefused({ reason: "too-short", minLength: 15, maxLength: 128 }), "en", {
      PasswordRefused: "newPassword"
    })
    assert.strictEqual(renamed.fields.get("newPassword"), "The password needs at least 15 characters.")
    assert.isTrue(toFormErrors(new ConsentRequired({ kinds: ["privacy"] }), "en").fields.has("consents.privacy"))
    assert.deepStrictEqual(toFormErrors(new TooManyAttempts({ retryAt: 1 }), "en").general, [
      "Too many attempts. Please try again later."
    ])
  })
})

describe("languages", () => {
  it("the first of the two languages by weight is taken, else German", () => {
    const cases: ReadonlyArray<readonly [string | undefined, string]> = [
      [undefined, "de"],
      ["", "de"],
      ["en", "en"],
      ["en-GB,en;q=0.9,de;q=0.8", "en"],
      ["fr,de;q=0.5,en;q=0.7", "en"],
      ["fr-CH, fr;q=0.9", "de"],
      ["en;q=0, de;q=0.1", "de"],
      ["*;q=0.5", "de"],
      [",;;q==,".repeat(100), "de"]
    ]
    for (const [header, expected] of cases) assert.strictEqual(localeFromHeader(header), expected, String(header))
  })
})

describe("days of date fields", () => {
  it("begin at midnight of the portal's time zone, also where the clocks change", () => {
    assert.strictEqual(beginningOf("2026-03-29", "Europe/Berlin"), Date.parse("2026-03-28T23:00:00Z"))
    assert.strictEqual(beginningOf("2026-03-30", "Europe/Berlin"), Date.parse("2026-03-29T22:00:00Z"))
    assert.strictEqual(beginningOf("2026-01-01", "America/New_York"), Date.parse("2026-01-01T05:00:00Z"))
    for (const wrong of ["", "morgen", "2026-02-30", "2026-13-01", "20260101"]) {
      assert.isUndefined(beginningOf(wrong, "Europe/Berlin"), wrong)
    }
    assert.strictEqual(dayOf(Date.parse("2026-03-28T23:30:00Z"), "Europe/Berlin"), "2026-03-29")
    assert.strictEqual(daysAfter("2026-12-24", 14), "2027-01-07")
  })
})
