import { Effect } from "effect"
import { HttpRouter, type HttpServerResponse } from "effect/http"
import type { Refusal } from "portico"
import { notAllowed } from "./middleware.ts"
import { answerRefusal } from "./respond.ts"
import { Visit } from "./Visit.ts"

type Response = HttpServerResponse.HttpServerResponse
type Handler<E, R> = (visit: Visit["Service"]) => Effect.Effect<Response, E, R>

const route = <E extends Refusal.RefusalInstance, R>(method: "GET" | "POST", path: string, handler: Handler<E, R>) =>
  HttpRouter.route(
    method,
    // paths.ts has no other ones
    path as `/${string}`,
    Effect.flatMap(Visit, (visit) => Effect.catch(handler(visit), (refusal) => answerRefusal(refusal)))
  )

/** A page. What its handler needs of the library's services becomes a requirement of the router layer. */
export const page = <E extends Refusal.RefusalInstance, R>(path: string, handler: Handler<E, R>) =>
  route("GET", path, handler)

/** An act: a form that is sent. The form token was checked before; the handler reads `visit.form`. */
export const act = <E extends Refusal.RefusalInstance, R>(path: string, handler: Handler<E, R>) =>
  route("POST", path, handler)

/** A parameter of the path, such as `tenant` of `/tenants/:tenant`. */
export const parameter = (name: string): Effect.Effect<string, never, HttpRouter.RouteContext> =>
  Effect.map(HttpRouter.params, (params) => params[name] ?? "")

const byMethod = (routes: ReadonlyArray<HttpRouter.Route<unknown, unknown>>) => {
  const paths = new Map<HttpRouter.PathInput, Set<string>>()
  for (const { method, path } of routes) paths.set(path, (paths.get(path) ?? new Set()).add(method))
  return paths
}

/** The pages of one group. All routes of one address belong into the same group: the other methods get "405 Method Not Allowed". */
export const group = <const Routes extends ReadonlyArray<HttpRouter.Route<never, unknown>>>(...routes: Routes) => {
  const others: Array<HttpRouter.Route<never, Visit>> = []
  for (const [path, methods] of byMethod(routes)) {
    if (!methods.has("GET")) others.push(HttpRouter.route("GET", path, notAllowed("POST")))
    if (!methods.has("POST")) others.push(HttpRouter.route("POST", path, notAllowed("GET, HEAD")))
  }
  return HttpRouter.addAll<ReadonlyArray<Routes[number] | (typeof others)[number]>>([...routes, ...others])
}
