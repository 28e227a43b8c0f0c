import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { apiRoutes } from "../../../examples/server/api/routes.ts"
import { app } from "../../../examples/server/app.ts"
import { portalMiddleware } from "../../../examples/server/http/middleware.ts"
import { formAgain, goTo, show } from "../../../examples/server/http/respond.ts"
import { act, group, page, parameter } from "../../../examples/server/http/routes.ts"
import { asAccount, SessionLookup } from "../../../examples/server/http/Visit.ts"
import { passwordForgottenPage } from "../../../examples/server/views/signIn.ts"
import type { AccountView } from "../../../src/accounts/Session.ts"
import type * as Actor from "../../../src/kernel/Actor.ts"
import { EmailAddress } from "../../../src/kernel/EmailAddress.ts"
import * as Instant from "../../../src/kernel/Instant.ts"
import { AccountId, SessionId, ShortNumber } from "../../../src/kernel/ids.ts"
import { LinkUnusable } from "../../../src/kernel/Links.ts"
import {
  InvalidInput,
  NotAllowed,
  SignInRequired,
  StepUpRequired,
  TooManyAttempts
} from "../../../src/kernel/refusals.ts"
import * as UseCase from "../../../src/kernel/UseCase.ts"
import { frame, services } from "./portalUnderTest.ts"

const TOKEN = "t".repeat(43)

const actor: Actor.Account = {
  _tag: "Account",
  accountId: AccountId.make("0190a6b0-0000-7000-8000-000000000001"),
  sessionId: SessionId.make("0190a6b0-0000-7000-8000-000000000002"),
  credentialEpoch: 0,
  authenticatedAt: Instant.fromMillis(0),
  secondFactor: false
}

const account: AccountView = {
  id: actor.accountId,
  number: ShortNumber.make("22222222"),
  email: EmailAddress.make("ada@example.org"),
  firstName: "Ada",
  lastName: "<b>",
  locale: "en",
  companyName: null
}

const sessions = Layer.succeed(SessionLookup, {
  find: (token) =>
    Effect.succeed(
      Redacted.value(token) === TOKEN
        ? { actor, account, viewer: { name: "Ada <b>", email: account.email } }
        : undefined
    )
})

const whoAmI = UseCase.query({
  name: "test.whoAmI",
  summary: "Says who asks.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ word: Schema.Redacted(Schema.String), times: Schema.optionalKey(Schema.Int) }),
  output: Schema.Struct({ account: AccountId, word: Schema.String }),
  errors: [NotAllowed],
  run: (input, call) =>
    Redacted.value(input.word) === "forbidden"
      ? Effect.fail(new NotAllowed({ permission: "test" }))
      : Effect.succeed({ account: call.actor.accountId, word: Redacted.value(input.word) })
})

const testPages = group(
  page(
    "/test/refused/:kind",
    Effect.fnUntraced(function* () {
      const kind = yield* parameter("kind")
      if (kind === "sign-in") return yield* new SignInRequired()
      if (kind === "step-up") return yield* new StepUpRequired()
      if (kind === "input") return yield* new InvalidInput({ issues: [{ path: ["tenantId"], code: "id" }] })
      if (kind === "link") return yield* new LinkUnusable({ reason: "used" })
      if (kind === "many") return yield* new TooManyAttempts({ retryAt: 90_000 })
      return yield* Effect.die(new Error("the inside must stay inside"))
    })
  ),
  page("/tenants/own", () => asAccount(Effect.succeed("")).pipe(Effect.andThen(goTo("/tenants")))),
  act("/test/form", (visit) =>
    (visit.form.text("email") === "ok"
      ? goTo("/tenants", "invitationSent")
      : Effect.fail(new InvalidInput({ issues: [{ path: ["email"], code: "email" }] }))
    ).pipe(formAgain((state) => passwordForgottenPage(visit, { state })))
  ),
  page("/test/kept", (visit) => Effect.succeed(HttpServerResponse.jsonUnsafe(visit.sent?.state.form.entries ?? []))),
  act("/test/kept", (visit) =>
    Effect.fail(new InvalidInput({ issues: [{ path: ["email"], code: "email" }] })).pipe(
      formAgain((state) => passwordForgottenPage(visit, { state }), {}, "/test/kept")
    )
  ),
  act("/test/start-session", (visit) => {
    visit.startSession(Redacted.make(TOKEN))
    return show(passwordForgottenPage(visit, {}))
  }),
  page("/test/page", (visit) => show(passwordForgottenPage(visit, {})))
)

const layer = Layer.mergeAll(
  app,
  Layer.mergeAll(testPages, apiRoutes(whoAmI)).pipe(Layer.provide(portalMiddleware))
).pipe(Layer.provideMerge(Layer.mergeAll(sessions, services())), Layer.provide(frame), Layer.orDie)

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

const portal = HttpRouter.toWebHandler(layer, { disableLogger: true })

const request = (path: string, init: RequestInit = {}): Promise<Answer> =>
  portal
    .handler(new Request(`https://portal.example${path}`, { redirect: "manual", ...init }))
    .then(async (response) => ({ status: response.status, headers: response.headers, body: await response.text() }))

const post = (path: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
  request(path, {
    method: "POST",
    body: new URLSearchParams(form).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers }
  })

/** A form's token and the cookie that it is bound to. */
const openForm = async (cookie?: string) => {
  const answer = await request("/test/page", cookie === undefined ? {} : { headers: { cookie } })
  const token = /name="_token" value="([^"]+)"/.exec(answer.body)?.[1] ?? ""
  const visitor = /__Host-portico_visitor=[^;]+/.exec(answer.headers.get("set-cookie") ?? "")?.[0] ?? ""
  return { token, cookie: cookie === undefined ? visitor : `${cookie}; ${visitor}` }
}

describe("the portal's frame", () => {
  it("a page comes with all protections and is not kept by anybody", async () => {
    const { body, headers, status } = await request("/test/page")
    assert.strictEqual(status, 200)
    assert.strictEqual(headers.get("cache-control"), "no-store")
    assert.include(headers.get("content-security-policy") ?? "", "frame-ancestors 'none'")
    assert.isNotNull(headers.get("strict-transport-security"))
    assert.notMatch(body, /<script|<style|\sstyle=|\son[a-z]+=/)
    assert.match(
      headers.get("set-cookie") ?? "",
      /^__Host-portico_visitor=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/
    )
  })

  it("a form passes with its token, and what it did is said once on the next page", async () => {
    const { cookie, token } = await openForm()
    const answer = await post("/test/form", { _token: token, email: "ok" }, { cookie, "sec-fetch-site": "same-origin" })
    assert.strictEqual(answer.status, 303)
    assert.strictEqual(answer.headers.get("location"), "/tenants")
    const notice = /__Host-portico_notice=[^;]+/.exec(answer.headers.get("set-cookie") ?? "")?.[0] ?? ""
    const next = await request("/test/page", { headers: { cookie: notice } })
    assert.include(next.body, "Die Einladung ist unterwegs.")
    assert.match(next.headers.get("set-cookie") ?? "", /__Host-portico_notice=; Max-Age=0/)
    const forged = await request("/test/page", {
      headers: { cookie: notice.replace("invitationSent", "passwordReset") }
    })
    assert.notInclude(forged.body, "Ihr neues Passwort gilt")
  })

  it("a form without token, with that of another browser or from another site is refused before the page sees it", async () => {
    const mine = await openForm()
    const theirs = await openForm()
    const signedIn = { cookie: `${mine.cookie}; __Host-portico_session=${TOKEN}` }
    const cases = [
      post("/test/form", { email: "ok" }, { cookie: mine.cookie }),
      post("/test/form", { email: "ok", _token: mine.token }),
      post("/test/form", { email: "ok", _token: mine.token }, { cookie: theirs.cookie }),
      // the session is another one than when the form was made
      post("/test/form", { email: "ok", _token: mine.token }, signedIn),
      post("/test/form", { email: "ok", _token: mine.token }, { cookie: mine.cookie, origin: "https://evil.example" }),
      post("/test/form", { email: "ok", _token: mine.token }, { cookie: mine.cookie, "sec-fetch-site": "cross-site" })
    ]
    for (const answer of await Promise.all(cases)) {
      assert.strictEqual(answer.status, 403)
      assert.isNull(answer.headers.get("location"))
    }
  })

  it("forms in the answer that starts a session belong to it, and those from before are void", async () => {
    const before = await openForm()
    const answer = await post("/test/start-session", { _token: before.token }, { cookie: before.cookie })
    const token = /name="_token" value="([^"]+)"/.exec(answer.body)?.[1] ?? ""
    const cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ")
    assert.include(cookie, `__Host-portico_session=${TOKEN}`)
    assert.strictEqual((await post("/test/form", { _token: token, email: "ok" }, { cookie })).status, 303)
    assert.strictEqual((await post("/test/form", { _token: before.token, email: "ok" }, { cookie })).status, 403)
  })

  it("bodies of other kinds or sizes are refused", async () => {
    const json = await request("/test/form", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" }
    })
    assert.strictEqual(json.status, 415)
    const plain = await request("/test/form", {
      method: "POST",
      body: "a=b",
      headers: { "content-type": "text/plain" }
    })
    assert.strictEqual(plain.status, 415)
    const long = "x".repeat(70_000)
    const large = await post("/test/form", { email: long }, { "content-length": String(long.length + 6) })
    assert.strictEqual(large.status, 413)
  })

  it("a form in parts is held to the same rules, and its file is a text", async () => {
    const { cookie, token } = await openForm()
    const inParts = async (entries: ReadonlyArray<readonly [string, string | File]>) => {
      const body = new FormData()
      for (const [name, value] of entries) body.append(name, value)
      const encoded = new Response(body)
      const type = encoded.headers.get("content-type") ?? ""
      const headers = { cookie, "content-type": type }
      return request("/test/form", { method: "POST", body: await encoded.arrayBuffer(), headers })
    }
    assert.strictEqual((await inParts([["email", "ok"]])).status, 403)
    assert.strictEqual(
      (
        await inParts([
          ["_token", `${token}A`],
          ["email", "ok"]
        ])
      ).status,
      403
    )
    assert.strictEqual(
      (
        await inParts([
          ["_token", token],
          ["email", "ok"]
        ])
      ).status,
      303
    )
    assert.strictEqual(
      (
        await inParts([
          ["_token", token],
          ["email", new File(["ok"], "a.txt")]
        ])
      ).status,
      303
    )
    const many = Array.from({ length: 200 }, (_, n) => [`field${n}`, ""] as const)
    assert.strictEqual((await inParts([["_token", token], ...many])).status, 413)
    assert.strictEqual(
      (
        await inParts([
          ["_token", token],
          ["email", "x".repeat(70_000)]
        ])
      ).status,
      413
    )
    const headers = { cookie, "content-type": "multipart/form-data" }
    assert.strictEqual((await request("/test/form", { method: "POST", body: "--x", headers })).status, 400)
  })

  it("refused input shows the form again with the error at its field", async () => {
    const { cookie, token } = await openForm()
    const answer = await post("/test/form", { _token: token, email: "no <b>" }, { cookie })
    assert.strictEqual(answer.status, 422)
    assert.include(answer.body, "Bitte geben Sie eine gültige E-Mail-Adresse ein.")
    assert.include(answer.body, 'value="no &lt;b&gt;"')
  })

  it("refused input comes back once on the form's own page, by a GET, for the browser that has sent it", async () => {
    const path = "/password/forgotten"
    const { cookie, token } = await openForm()
    const answer = await post(path, { _token: token, email: "no <b>" }, { cookie })
    assert.strictEqual(answer.status, 303)
    assert.strictEqual(answer.headers.get("location"), path)
    const kept = /__Host-portico_form=[^;]+/.exec(answer.headers.get("set-cookie") ?? "")?.[0] ?? ""
    assert.match(
      answer.headers.get("set-cookie") ?? "",
      /__Host-portico_form=[^;]+; Max-Age=60; Path=\/; HttpOnly; Secure/
    )
    const back = await request(path, { headers: { cookie: `${cookie}; ${kept}` } })
    assert.strictEqual(back.status, 200)
    assert.include(back.body, 'value="no &lt;b&gt;"')
    assert.include(back.body, "Bitte geben Sie eine gültige E-Mail-Adresse ein.")
    assert.include(back.body, "<title>Fehler: ")
    assert.match(back.headers.get("set-cookie") ?? "", /__Host-portico_form=; Max-Age=0/)
    // neither another page nor another browser shows it
    const elsewhere = await request("/sign-in", { headers: { cookie: `${cookie}; ${kept}` } })
    assert.notInclude(elsewhere.body, "no &lt;b&gt;")
    assert.notMatch(elsewhere.headers.get("set-cookie") ?? "", /portico_form/)
    const theirs = await openForm()
    const stolen = await request(path, { headers: { cookie: `${theirs.cookie}; ${kept}` } })
    assert.notInclude(stolen.body, "no &lt;b&gt;")
  })

  it("no password and no code is kept for the page of a form, and what is too long for a cookie is answered at once", async () => {
    const { cookie, token } = await openForm()
    const secrets = { password: "a secret", newPassword: "a secret", currentPassword: "a secret", code: "123456" }
    const answer = await post("/test/kept", { _token: token, email: "no", ...secrets }, { cookie })
    const kept = /__Host-portico_form=[^;]+/.exec(answer.headers.get("set-cookie") ?? "")?.[0] ?? ""
    const { body } = await request("/test/kept", { headers: { cookie: `${cookie}; ${kept}` } })
    assert.strictEqual(body, '[["email","no"]]')
    const long = await post("/test/kept", { _token: token, email: "no".repeat(2000) }, { cookie })
    assert.strictEqual(long.status, 422)
    assert.include(long.body, "Bitte geben Sie eine gültige E-Mail-Adresse ein.")
    assert.notMatch(long.headers.get("set-cookie") ?? "", /portico_form/)
  })

  it("unknown pages, wrong methods and defects have pages of their own that tell nothing of the inside", async () => {
    const missing = await request("/nowhere")
    assert.strictEqual(missing.status, 404)
    assert.include(missing.body, "Nicht gefunden")
    const { cookie, token } = await openForm()
    const wrong = await post("/test/page", { _token: token }, { cookie })
    assert.strictEqual(wrong.status, 405)
    assert.strictEqual(wrong.headers.get("allow"), "GET, HEAD")
    assert.strictEqual((await request("/test/form")).status, 405)
    assert.strictEqual((await request("/test/page", { method: "DELETE" })).status, 405)
    const broken = await request("/test/refused/defect", { headers: { "accept-language": "en" } })
    assert.strictEqual(broken.status, 500)
    assert.include(broken.body, "Something went wrong")
    assert.notInclude(broken.body, "inside")
  })

  it("outside development nobody reads mails there, moves the clock or makes billing events", async () => {
    for (const path of ["/development/mails", "/development/simulation"]) {
      assert.strictEqual((await request(path)).status, 404, path)
    }
  })

  it("refusals lead to sign-in and back, to the proof of identity, or say when to try again", async () => {
    const own = await request("/tenants/own?q=a")
    assert.strictEqual(own.headers.get("location"), "/sign-in?next=%2Ftenants%2Fown%3Fq%3Da")
    assert.strictEqual((await request("/test/refused/sign-in")).headers.get("location"), "/sign-in")
    assert.strictEqual((await request("/test/refused/step-up")).headers.get("location"), "/sign-in/again")
    const many = await request("/test/refused/many")
    assert.strictEqual(many.status, 429)
    assert.match(many.headers.get("retry-after") ?? "", /^\d+$/)
  })

  it("an address that names nothing is not found, and a link that opens nothing is called one", async () => {
    const misread = await request("/test/refused/input")
    assert.strictEqual(misread.status, 404)
    assert.include(misread.body, "Diese Seite gibt es nicht, oder Sie haben keinen Zugriff darauf.")
    const link = await request("/test/refused/link")
    assert.strictEqual(link.status, 404)
    assert.include(link.body, "<h1>Dieser Link gilt nicht</h1>")
    assert.match(link.body, /Er wurde schon benutzt.*href="\/sign-in".*<\/main>/s)
  })

  it("a session shows who is signed in, escaped; a dead one is taken from the browser", async () => {
    const cookie = `__Host-portico_session=${TOKEN}`
    assert.include((await request("/test/page", { headers: { cookie } })).body, "Ada &lt;b&gt;")
    assert.strictEqual((await request("/tenants/own", { headers: { cookie } })).headers.get("location"), "/tenants")
    const dead = await request("/tenants/own", { headers: { cookie: "__Host-portico_session=dead" } })
    assert.match(dead.headers.get("set-cookie") ?? "", /__Host-portico_session=; Max-Age=0/)
  })

  it("G-08 the language follows cookie and browser, and the switch stays on the page", async () => {
    const german = await request("/test/page")
    assert.include(german.body, '<html lang="de">')
    const english = await request("/test/page", { headers: { "accept-language": "en-US,en;q=0.9" } })
    assert.include(english.body, '<html lang="en">')
    const chosen = await request("/test/page?lang=en&a=1")
    assert.strictEqual(chosen.headers.get("location"), "/test/page?a=1")
    assert.match(chosen.headers.get("set-cookie") ?? "", /__Host-portico_language=en/)
    const away = await request("//evil.example/?lang=en")
    assert.notMatch(away.headers.get("location") ?? "", /^\/[/\\]/)
  })

  it("health, stylesheet and API description answer", async () => {
    assert.strictEqual((await request("/health")).body, '{"status":"ok"}')
    const start = await request("/")
    const stylesheet = /href="(\/static\/portal\.css[^"]*)"/.exec(start.body)?.[1] ?? ""
    const css = await request(stylesheet)
    assert.strictEqual(css.headers.get("content-type"), "text/css; charset=utf-8")
    assert.include(css.headers.get("cache-control") ?? "", "immutable")
    const document: unknown = JSON.parse((await request("/openapi.json")).body)
    assert.containsSubset(document, {
      openapi: "3.1.0",
      components: { securitySchemes: { bearer: { scheme: "bearer" } } }
    })
    const developers = await request("/developers")
    assert.include(developers.body, "/api/invitations/invite")
    assert.notInclude(developers.body, "<script")
  })
})

describe("the API", () => {
  const call = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    request("/api/test/who-am-i", {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers }
    })
  const bearer = { authorization: `Bearer ${TOKEN}` }

  it("a use case is called with JSON by who the bearer token stands for", async () => {
    const answer = await call('{"word":"hello"}', bearer)
    assert.strictEqual(answer.status, 200)
    assert.deepStrictEqual(JSON.parse(answer.body), { account: actor.accountId, word: "hello" })
  })

  it("the cookie of a browser opens nothing here", async () => {
    const answer = await call('{"word":"hello"}', { cookie: `__Host-portico_session=${TOKEN}` })
    assert.strictEqual(answer.status, 401)
    assert.containsSubset(JSON.parse(answer.body), { status: 401, error: "SignInRequired" })
    assert.strictEqual((await call('{"word":"hello"}', { authorization: "Bearer wrong" })).status, 401)
  })

  it("G-01 refused input names the fields, a refusal its kind", async () => {
    const invalid = await call('{"word":1,"times":"x"}', bearer)
    assert.strictEqual(invalid.status, 422)
    assert.match(invalid.headers.get("content-type") ?? "", /application\/problem\+json/)
    const paths = JSON.parse(invalid.body).issues.map(
      (issue: { readonly path: ReadonlyArray<string> }) => issue.path[0]
    )
    assert.sameMembers(paths, ["word", "times"])
    assert.strictEqual((await call("{", bearer)).status, 422)
    const refused = await call('{"word":"forbidden"}', { ...bearer, "accept-language": "en" })
    assert.deepStrictEqual(JSON.parse(refused.body), {
      status: 403,
      error: "NotAllowed",
      message: "You are not allowed to do this.",
      facts: { permission: "test" }
    })
  })

  it("what is not there is said in JSON", async () => {
    const answer = await request("/api/nowhere")
    assert.strictEqual(answer.status, 404)
    assert.containsSubset(JSON.parse(answer.body), { status: 404, error: "NotFound" })
  })
})
