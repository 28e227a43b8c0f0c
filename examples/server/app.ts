import { Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { portalMiddleware } from "./http/middleware.ts"
import { paths } from "./http/paths.ts"
import { staticFiles } from "./http/staticFiles.ts"
import { startPages } from "./pages/start.ts"

const health = HttpRouter.add("GET", paths.health, HttpServerResponse.jsonUnsafe({ status: "ok" }))

/** Everything that answers requests. The services that pages and API need are requirements of this layer. */
export const app = Layer.mergeAll(startPages, staticFiles, health).pipe(Layer.provide(portalMiddleware))
