import { createServer } from "node:http"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { app } from "./app.ts"
import { PortalConfig } from "./config.ts"
import { Signer } from "./http/Signer.ts"
import { SessionLookup } from "./http/Visit.ts"
import { PortalKeys } from "./keyRing.ts"

const server = Layer.unwrap(
  Effect.map(PortalConfig, ({ host, port }) => NodeHttpServer.layer(() => createServer(), { host, port }))
)

const greeting = Layer.effectDiscard(
  Effect.gen(function* () {
    const config = yield* PortalConfig
    yield* Effect.logInfo(`The portal is at ${config.baseUrl}`)
    if (config.development) yield* Effect.logInfo(`Mails are kept at ${config.baseUrl}/development/mails`)
  })
)

const noSessions = Layer.succeed(SessionLookup, { find: () => Effect.undefined })

greeting.pipe(
  Layer.provideMerge(HttpRouter.serve(app, { disableLogger: true, disableListenLog: true })),
  Layer.provide(server),
  Layer.provide(Signer.layer),
  Layer.provide(noSessions),
  Layer.provide(PortalKeys.layer),
  Layer.provide(PortalConfig.layer),
  Layer.launch,
  NodeRuntime.runMain
)
