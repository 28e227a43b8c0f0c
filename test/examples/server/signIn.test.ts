import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { paths } from "../../../examples/server/http/paths.ts"
import * as Passwords from "../../../src/accounts/Passwords.ts"
import { enter, isAlive, PASSWORD, person } from "../../accounts/people.ts"
import { anonymously, newestSecret } from "../../support/portal.ts"
import { openPortal } from "./portalUnderTest.ts"

const portal = openPortal()

/** Somebody whose browser is signed in. */
const somebody = async (email: string) => {
  const browser = portal.browser()
  const { token } = await portal.run(Effect.andThen(person(email), enter(email)))
  browser.signIn(token)
  return { browser, email, token }
}

const lives = (token: Redacted.Redacted) => portal.run(isAlive(token))

describe("the pages of signing in", () => {
  it("R-SE-02 signing in again, as the same person or another one, ends the session that the browser had", async () => {
    const ada = await somebody("ada@example.com")
    const eve = await somebody("eve@example.com")
    await ada.browser.fill(paths.signIn, paths.signIn, [
      ["email", ada.email],
      ["password", Redacted.value(PASSWORD)]
    ])
    assert.strictEqual(ada.browser.status, 200)
    assert.notInclude(ada.browser.path, paths.signIn)
    assert.isFalse(await lives(ada.token))
    await eve.browser.fill(paths.signIn, paths.signIn, [
      ["email", ada.email],
      ["password", "this is not the password"]
    ])
    assert.isTrue(await lives(eve.token))
    await eve.browser.fill(paths.signIn, paths.signIn, [
      ["email", ada.email],
      ["password", Redacted.value(PASSWORD)]
    ])
    assert.isFalse(await lives(eve.token))
  })

  it("AUT-05 a reset leaves nobody signed in here, nor a session that no browser has any more", async () => {
    const bob = await somebody("bob@example.com")
    const secret = await portal.run(
      Effect.gen(function* () {
        yield* person("carol@example.com")
        yield* Passwords.requestReset({ email: "carol@example.com" }).pipe(anonymously)
        return yield* newestSecret("carol@example.com")
      })
    )
    const page = paths.passwordReset(Redacted.value(secret))
    await bob.browser.fill(page, page, [["newPassword", "tangerine lamp under seven rivers"]])
    assert.strictEqual(bob.browser.path, paths.signIn)
    assert.isFalse(await lives(bob.token))
  })
})
