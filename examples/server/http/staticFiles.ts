import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { HttpRouter, HttpServerResponse } from "effect/http"

const read = (name: string): string => readFileSync(new URL(`../static/${name}`, import.meta.url), "utf8")

const stylesheet = read("portal.css")
const icon = read("icon.svg")

/** Changes with the content, so that browsers may keep the file for good. */
export const stylesheetPath = `/static/portal.css?v=${createHash("sha256").update(stylesheet).digest("hex").slice(0, 12)}`

const YEAR = "public, max-age=31536000, immutable"

export const staticFiles = HttpRouter.addAll([
  HttpRouter.route(
    "GET",
    "/static/portal.css",
    HttpServerResponse.text(stylesheet, { contentType: "text/css; charset=utf-8", headers: { "cache-control": YEAR } })
  ),
  HttpRouter.route(
    "GET",
    "/static/icon.svg",
    HttpServerResponse.text(icon, {
      contentType: "image/svg+xml",
      headers: { "cache-control": "public, max-age=86400" }
    })
  ),
  HttpRouter.route(
    "GET",
    "/favicon.ico",
    HttpServerResponse.empty({ status: 308, headers: { location: "/static/icon.svg" } })
  )
])
