import { Effect, Layer, Redacted } from "effect"
import { Accounts, Actor, layer } from "portico"
import * as Argon2 from "portico/argon2"
import * as Memory from "portico/memory"

// 32 random bytes as base64url; in earnest they come from outside the database
const keyRing = { current: "2026", keys: { "2026": Redacted.make("bGV0IHRoaXMgYmUgMzIgcmFuZG9tIGJ5dGVzIGF0IGE") } }
const portal = Layer.mergeAll(Memory.layer, Argon2.layer()).pipe(Layer.provideMerge(layer({ keyRing })))

const register = (email: string) =>
  Accounts.Registrations.register({
    email,
    firstName: "Ada",
    lastName: "Lovelace",
    password: Redacted.make("a password of one's own"),
    consents: [{ kind: "privacy", version: "1" }]
  }).pipe(
    // forgetting to say who calls does not compile
    Actor.provide(Actor.anonymous, { source: "203.0.113.7" }),
    Effect.as("We sent you a mail."),
    // every refusal is a value of the effect's type
    Effect.catchTag("InvalidInput", ({ issues }) => Effect.succeed(issues))
  )

export const answers = await Effect.runPromise(
  Effect.all([register("ada@example.com"), register("ada")]).pipe(Effect.provide(portal))
)
// [ "We sent you a mail.", [ { path: [ "email" ], code: "email" } ] ]
