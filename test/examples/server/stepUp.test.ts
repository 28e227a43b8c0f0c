import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { paths } from "../../../examples/server/http/paths.ts"
import { enter, PASSWORD, person } from "../../accounts/people.ts"
import { openPortal } from "./portalUnderTest.ts"

// whoever comes to a sensitive step has to prove anew who they are
const portal = openPortal({ sessions: { recent: "1 millis" } })

describe("proving who one is, on the pages", () => {
  it("the form that asked for it is back as it was filled in, and the page says to send it once more", async () => {
    const email = "ada@example.com"
    const ada = portal.browser()
    ada.signIn(
      await portal.run(
        Effect.andThen(
          person(email),
          Effect.map(enter(email), ({ token }) => token)
        )
      )
    )
    await ada.open(paths.accountEmail)
    await ada.send(paths.accountEmail, [["email", "lovelace@example.com"]])
    assert.strictEqual(ada.path, "/sign-in/again?next=%2Faccount%2Fe-mail")
    await ada.send(paths.stepUp, [
      ["password", Redacted.value(PASSWORD)],
      ["next", paths.accountEmail]
    ])
    assert.strictEqual(ada.path, paths.accountEmail)
    assert.include(ada.body, 'value="lovelace@example.com"')
    assert.include(ada.body, "Please do the step once more now.")
    // it is kept for this once
    await ada.open(paths.accountEmail)
    assert.notInclude(ada.body, "lovelace@example.com")
    assert.notInclude(ada.body, "once more")
  })

  it("nobody is told to do again what they have not begun", async () => {
    const email = "grace@example.com"
    const grace = portal.browser()
    grace.signIn(
      await portal.run(
        Effect.andThen(
          person(email),
          Effect.map(enter(email), ({ token }) => token)
        )
      )
    )
    await grace.open(`${paths.stepUp}?next=${encodeURIComponent(paths.account)}`)
    await grace.send(paths.stepUp, [
      ["password", Redacted.value(PASSWORD)],
      ["next", paths.account]
    ])
    assert.strictEqual(grace.path, paths.account)
    assert.notInclude(grace.body, "once more")
  })
})
