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
          Effect.map(({ account, actor, staff: roles }) => {
            const staff = Option.getOrUndefined(
              Result.getSuccess(Accounts.Sessions.actAsStaff({ actor, staff: roles }))
            )
            const name = `${account.firstName} ${account.lastName}`
            return { actor, staff, account, viewer: { name, email: account.email, isStaff: staff !== undefined } }
          }),
          Effect.catchTag("SignInRequired", () => Effect.undefined),
          Effect.provideContext(context)
        )
    }
  })
)
