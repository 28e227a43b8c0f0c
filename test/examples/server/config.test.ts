import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { PortalConfig } from "../../../examples/server/config.ts"

const configOf = (environment: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    return yield* PortalConfig
  }).pipe(
    Effect.provide(PortalConfig.layer),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(environment))
  )

describe("the settings of the example", () => {
  it.effect("without any, it is a portal for development on this machine", () =>
    Effect.gen(function* () {
      const config = yield* configOf({})
      assert.containsSubset(config, {
        port: 3000,
        baseUrl: "http://localhost:3000",
        secure: false,
        development: true,
        operators: ["support@portico.example"]
      })
      const other = yield* configOf({ PORT: "8080", BASE_URL: "https://portal.example", DEVELOPMENT: "true" })
      assert.containsSubset(other, { port: 8080, baseUrl: "https://portal.example", secure: true })
    })
  )

  const wrong: ReadonlyArray<readonly [variable: string, value: string, reason: RegExp]> = [
    ["PORT", "abc", /^PORT: must be a number from 0 to 65535$/],
    ["PORT", "70000", /^PORT: must be a number/],
    ["BASE_URL", "portal.example", /^BASE_URL: must /],
    ["BASE_URL", "ftp://portal.example", /^BASE_URL: must begin with/],
    ["BASE_URL", "https://portal.example/sub", /^BASE_URL: must be an origin/],
    ["DEVELOPMENT", "perhaps", /^DEVELOPMENT: must be "true" or "false"$/],
    ["DEVELOPMENT", "false", /^SMTP_URL: needed outside development/],
    ["NODE_ENV", "production", /^SMTP_URL: needed outside development/],
    ["SMTP_URL", "smtp://mail.example", /^KEY_RING: needed outside development/],
    ["TRUSTED_PROXIES", "10.0.0.0/8, nobody", /^TRUSTED_PROXIES: "nobody" is not a network/],
    ["TIME_ZONE", "Berlin", /^TIME_ZONE: is not a time zone/]
  ]
  it.effect("a wrong setting is named in one line, with what would be right", () =>
    Effect.gen(function* () {
      for (const [variable, value, reason] of wrong) {
        const refused = yield* Effect.flip(configOf({ [variable]: value }))
        assert.strictEqual(refused._tag, "InvalidSetting", `${variable}=${value}`)
        assert.match(refused.message, reason)
      }
    })
  )
})
