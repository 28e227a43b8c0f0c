import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { HttpRouter, HttpServerResponse } from "effect/http"

const read = (name: string): string => readFileSync(new URL(`../static/${name}`, import.meta.url), "utf8")

const stylesheet = read("portal.css")
const uploadScript = read("upload.js")
const icon = read("icon.svg")

/** The address changes with the content, so that browsers may keep the file for good. */
const addressed = (name: string, content: string): string =>
  `/static/${name}?v=${createHash("sha256").update(content).digest("hex").slice(0, 12)}`

export const stylesheetPath = addressed("portal.css", stylesheet)

/** Shows how far an upload has come. */
export const uploadScriptPath = addressed("upload.js", uploadScript)

const YEAR = "public, max-age=31536000, immutable"

export const staticFiles = HttpRouter.addAll([
  HttpRouter.route(
    "GET",
    "/static/portal.css",
    HttpServerResponse.text(stylesheet, { contentType: "text/css; charset=utf-8", headers: { "cache-control": YEAR } })
  ),
  HttpRouter.route(
    "GET",
    "/static/upload.js",
    HttpServerResponse.text(uploadScript, {
      contentType: "text/javascript; charset=utf-8",
      headers: { "cache-control": YEAR }
    })
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
