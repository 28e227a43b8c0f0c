import { Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { portalMiddleware } from "./http/middleware.ts"
import { paths } from "./http/paths.ts"
import { staticFiles } from "./http/staticFiles.ts"
import { developersPages } from "./pages/developers.ts"
import { registrationPages } from "./pages/registration.ts"
import { signInPages } from "./pages/signIn.ts"
import { startPages } from "./pages/start.ts"

const health = HttpRouter.add("GET", paths.health, HttpServerResponse.jsonUnsafe({ status: "ok" }))

/** Everything that answers requests. The services that pages and API need are requirements of this layer. */
export const app = Layer.mergeAll(
  startPages,
  registrationPages,
  signInPages,
  developersPages,
  staticFiles,
  health
).pipe(Layer.provide(portalMiddleware))
