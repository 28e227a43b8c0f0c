import { Effect, Layer } from "effect"
import type { SessionRepository } from "../../src/accounts/SessionRepository.ts"
import { authenticate } from "../../src/accounts/Sessions.ts"
import type { Crypto } from "../../src/kernel/Crypto.ts"
import { SessionLookup } from "./http/Visit.ts"

/** Asks the library who a session token stands for. */
export const layerSessionLookup: Layer.Layer<SessionLookup, never, SessionRepository | Crypto> = Layer.effect(
  SessionLookup,
  Effect.gen(function* () {
    const context = yield* Effect.context<SessionRepository | Crypto>()
    return {
      find: (token) =>
        authenticate(token).pipe(
          Effect.map(({ account, actor }) => ({
            actor,
            viewer: { name: `${account.firstName} ${account.lastName}`, email: account.email }
          })),
          Effect.catchTag("SignInRequired", () => Effect.undefined),
          Effect.provideContext(context)
        )
    }
  })
)
