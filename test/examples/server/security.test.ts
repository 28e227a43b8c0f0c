import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted } from "effect"
import { Cookies } from "effect/http"
import * as fc from "fast-check"
import { expiredCookie, makeCookie } from "../../../examples/server/http/cookies.ts"
import { isOwnOrigin, issueToken, isToken, newVisitor } from "../../../examples/server/http/csrf.ts"
import { withoutSecrets } from "../../../examples/server/http/middleware.ts"
import { localPath, paths, withQuery } from "../../../examples/server/http/paths.ts"
import { Signer } from "../../../examples/server/http/Signer.ts"
import { securityHeaders } from "../../../examples/server/http/securityHeaders.ts"
import { PortalKeys, parseKeyRing } from "../../../examples/server/keyRing.ts"

const key = (byte: number) => Buffer.alloc(32, byte).toString("base64url")

const signerWith = (ring: string) =>
  Effect.gen(function* () {
    return yield* Signer
  }).pipe(Effect.provide(Signer.layer.pipe(Layer.provide(Layer.effect(PortalKeys, parseKeyRing(Redacted.make(ring)))))))

describe("the ring of keys", () => {
  it.effect("MIN-01 names keys that are gone for good, of which none is the current one", () =>
    Effect.gen(function* () {
      const ring = yield* parseKeyRing(Redacted.make(`k0:retired,k2:${key(2)},k1:${key(1)}`))
      assert.deepStrictEqual([ring.current, Object.keys(ring.keys), ring.retired], ["k2", ["k2", "k1"], ["k0"]])
      for (const wrong of ["k0:retired", `k1:${key(1)},k1:retired`]) {
        const refused = yield* Effect.flip(parseKeyRing(Redacted.make(wrong)))
        assert.strictEqual(refused.variable, "KEY_RING")
      }
    })
  )
})

describe("form tokens", () => {
  const browser = { visitor: newVisitor(), sessionToken: "session-a" }

  it.effect("a token is good for the browser and session that it was made for, and no two tokens are alike", () =>
    Effect.gen(function* () {
      const signer = yield* signerWith(`k1:${key(1)}`)
      const [first, second] = [issueToken(signer, browser), issueToken(signer, browser)]
      assert.notStrictEqual(first, second)
      assert.isTrue(isToken(signer, browser, first))
      assert.isTrue(isToken(signer, browser, second))
    })
  )

  it.effect("a token of another browser, of another session, from before sign-in or after sign-out is refused", () =>
    Effect.gen(function* () {
      const signer = yield* signerWith(`k1:${key(1)}`)
      const token = issueToken(signer, browser)
      for (const other of [
        { ...browser, visitor: newVisitor() },
        { ...browser, sessionToken: "session-b" },
        { ...browser, sessionToken: undefined }
      ]) {
        assert.isFalse(isToken(signer, other, token))
        assert.isFalse(isToken(signer, browser, issueToken(signer, other)))
      }
    })
  )

  it.effect("a token that is missing, cut, changed or of another key is refused", () =>
    Effect.gen(function* () {
      const signer = yield* signerWith(`k1:${key(1)}`)
      const stranger = yield* signerWith(`k1:${key(2)}`)
      const token = issueToken(signer, browser)
      const [salt = "", signature = ""] = token.split(".")
      const changed = `${salt}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`
      for (const bad of [undefined, "", ".", salt, signature, token.slice(0, -1), `${token}A`, changed]) {
        assert.isFalse(isToken(signer, browser, bad), String(bad))
      }
      assert.isFalse(isToken(signer, browser, issueToken(stranger, browser)))
    })
  )

  it.effect("a token survives the rotation of keys, until the old key is gone", () =>
    Effect.gen(function* () {
      const old = yield* signerWith(`k1:${key(1)}`)
      const rotated = yield* signerWith(`k2:${key(2)},k1:${key(1)}`)
      const later = yield* signerWith(`k2:${key(2)}`)
      const token = issueToken(old, browser)
      assert.isTrue(isToken(rotated, browser, token))
      assert.isFalse(isToken(later, browser, token))
    })
  )

  it.effect("a signature for one purpose is worth nothing for another", () =>
    Effect.gen(function* () {
      const signer = yield* signerWith(`k1:${key(1)}`)
      assert.isTrue(signer.verify("notice", "joined", signer.sign("notice", "joined")))
      assert.isFalse(signer.verify("csrf", "joined", signer.sign("notice", "joined")))
    })
  )

  it("only the portal's own pages may send a form, as far as the browser says", () => {
    const allowed = ["https://portal.example"]
    const cases: ReadonlyArray<readonly [string | undefined, string | undefined, boolean]> = [
      ["https://portal.example", "same-origin", true],
      // what browsers send under Referrer-Policy: no-referrer
      ["null", "same-origin", true],
      [undefined, undefined, true],
      ["null", undefined, true],
      [undefined, "none", true],
      ["https://evil.example", "cross-site", false],
      ["https://evil.example", undefined, false],
      ["https://evil.example", "same-origin", false],
      ["null", "cross-site", false],
      ["https://other.portal.example", "same-site", false],
      ["http://portal.example", undefined, false],
      ["https://portal.example.evil.example", undefined, false],
      [undefined, "cross-site", false]
    ]
    for (const [origin, site, expected] of cases) {
      assert.strictEqual(isOwnOrigin({ origin, site }, allowed), expected, `${origin} ${site}`)
    }
  })
})

describe("redirect targets", () => {
  it("the portal's own pages pass as they are", () => {
    for (const path of [
      "/",
      "/tenants",
      "/tenants/0190a6b0-0000-7000-8000-000000000000/members",
      "/tenants/a/members?q=hofer&after=abc",
      "/invitation/Zx81kQm2v7",
      "/account/sessions",
      "/no-access"
    ]) {
      assert.strictEqual(localPath(path), path)
    }
  })

  it("everything that could leave the portal, or that is no page to return to, is refused", () => {
    for (const path of [
      "",
      " ",
      "tenants",
      "//evil.example",
      "///evil.example",
      "/\\evil.example",
      "\\\\evil.example",
      "/\t/evil.example",
      "/\n/evil.example",
      "\t//evil.example",
      " /tenants",
      "/tenants ",
      "/tenants//evil.example",
      "/tenants/\\evil.example",
      "/tenants/..//evil.example",
      "/tenants/../sign-out",
      "/tenants/./x",
      "/tenants/%2e%2e/sign-out",
      "/tenants/%2f%2fevil.example",
      "/tenants/%5cevil.example",
      "/tenants\u0000",
      "/tenants/é",
      "/%2f%2fevil.example",
      "/%09/evil.example",
      "http://evil.example",
      "https://evil.example/tenants",
      "HTTPS://evil.example",
      "https:evil.example",
      "https:/evil.example",
      "http:/\\evil.example",
      "//user@evil.example",
      "/@evil.example",
      "https://localhost:3000@evil.example",
      "/tenants@evil.example",
      "javascript:alert(1)",
      "java\nscript:alert(1)",
      "data:text/html,x",
      "mailto:a@example.org",
      "/tenants#//evil.example",
      "/tenants?next=//evil.example",
      "/tenants?x=https://evil.example",
      "/tenants?x=\\evil",
      "/tenants?x=a b",
      "/sign-out",
      "/sign-in",
      "/development/mails",
      "/api/accounts/sign-in",
      "/unknown",
      `/tenants/${"a".repeat(2000)}`
    ]) {
      assert.isUndefined(localPath(path), JSON.stringify(path))
    }
    assert.isUndefined(localPath(null))
    assert.isUndefined(localPath(undefined))
  })

  it("whatever passes stays on the portal's origin, as browsers read addresses", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      "//",
      "tenants",
      "account",
      "..",
      "%2f",
      "?",
      "#",
      ":",
      "@",
      "\t",
      "a",
      "evil.example",
      "http"
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = localPath(`/${pieces.join("")}`)
        if (path === undefined) return
        const url = new URL(path, "https://portal.example")
        assert.strictEqual(url.origin, "https://portal.example")
        assert.strictEqual(`${url.pathname}${url.search}`, path)
      }),
      { numRuns: 2000 }
    )
  })

  it("what pages link to with a way back is accepted again", () => {
    const next = paths.invitation("Zx81kQm2v7")
    const link = new URL(withQuery(paths.signIn, { next, other: undefined }), "https://portal.example")
    assert.strictEqual(localPath(link.searchParams.get("next")), next)
    assert.isFalse(link.searchParams.has("other"))
  })
})

describe("cookies", () => {
  it("cannot be read by scripts, set for sub-domains or sent by other sites' forms", () => {
    const secure = Cookies.serializeCookie(makeCookie("session", "token", { secure: true, maxAge: Duration.days(1) }))
    assert.strictEqual(secure, "__Host-portico_session=token; Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=Lax")
    const plain = Cookies.serializeCookie(makeCookie("session", "token", { secure: false }))
    assert.strictEqual(plain, "portico_session=token; Path=/; HttpOnly; SameSite=Lax")
  })

  it("are removed under the same name and attributes", () => {
    assert.strictEqual(
      Cookies.serializeCookie(expiredCookie("session", true)),
      "__Host-portico_session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax"
    )
  })
})

describe("headers and logs", () => {
  it("pages run only the server's own script, load nothing from elsewhere and are shown in no frame", () => {
    const headers = securityHeaders({ secure: false }, "page")
    const policy = headers["content-security-policy"] ?? ""
    assert.include(policy, "default-src 'none'")
    assert.include(policy, "frame-ancestors 'none'")
    assert.include(policy, "base-uri 'none'")
    assert.include(policy, "form-action 'self'")
    assert.include(policy, "script-src 'self';")
    assert.notMatch(policy, /unsafe|nonce|https?:|data:|\*/)
    assert.strictEqual(headers["referrer-policy"], "no-referrer")
    assert.strictEqual(headers["x-content-type-options"], "nosniff")
    assert.isUndefined(headers["strict-transport-security"])
    assert.isDefined(securityHeaders({ secure: true }, "page")["strict-transport-security"])
  })

  it("a shown mail runs nothing either", () => {
    const policy = securityHeaders({ secure: false }, "mail")["content-security-policy"] ?? ""
    assert.include(policy, "default-src 'none'")
    assert.match(policy, /sandbox(?!.*allow-scripts)(?!.*allow-same-origin)/)
    assert.notInclude(policy, "script-src")
  })

  it("the secret of a link does not reach the log, ids do", () => {
    const secret = Buffer.alloc(32, 7).toString("base64url")
    assert.strictEqual(withoutSecrets(`/invitation/${secret}/accept`), "/invitation/…/accept")
    assert.strictEqual(
      withoutSecrets("/tenants/0190a6b0-0000-7000-8000-000000000000/members"),
      "/tenants/0190a6b0-0000-7000-8000-000000000000/members"
    )
  })
})
