import { HttpRouter, HttpServerResponse } from "effect/http"
import { apiDocument } from "../api/useCases.ts"
import { paths } from "../http/paths.ts"
import { show } from "../http/respond.ts"
import { group, page } from "../http/routes.ts"
import { developersPage } from "../views/developers.ts"

/** The description of the API: for programs, and the same document as a page. */
export const developersPages = group(
  page(paths.developers, (visit) => show(developersPage(visit, { api: apiDocument }))),
  HttpRouter.route("GET", paths.openApi, HttpServerResponse.jsonUnsafe(apiDocument))
)
