import { Effect, Layer, Option, Result } from "effect"
import { Accounts, type Crypto } from "portico"
import { SessionLookup } from "./http/Visit.ts"

/** Asks the library who a session token stands for. */
export const layerSessionLookup: Layer.Layer<SessionLookup, never, Accounts.SessionRepository | Crypto> = Layer.effect(
  SessionLookup,
  Effect.gen(function* () {
    const context = yield* Effect.context<Accounts.SessionRepository | Crypto>()
    return {
      find: (token) =>
        Accounts.Sessions.authenticate(token).pipe(
          Effect.map(({ account, actor, staff }) => ({
            actor,
            staff: Option.getOrUndefined(Result.getSuccess(Accounts.Sessions.actAsStaff({ actor, staff }))),
            account,
            viewer: { name: `${account.firstName} ${account.lastName}`, email: account.email }
          })),
          Effect.catchTag("SignInRequired", () => Effect.undefined),
          Effect.provideContext(context)
        )
    }
  })
)
