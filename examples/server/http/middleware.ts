import { mkdtemp, open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ByteSize, Cause, Clock, Duration, Effect, Redacted, Result, Stream, type Types } from "effect"
import {
  Cookies,
  HttpMiddleware,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  HttpServerRespondable,
  HttpServerResponse,
  Multipart
} from "effect/http"
import { Sealer, Settings, sourceKey } from "portico"
import { PortalConfig, type PortalConfigShape } from "../config.ts"
import { isLocale } from "../texts/locales.ts"
import { errorPage } from "../views/errors.ts"
import { isOwnOrigin, isToken } from "./csrf.ts"
import { Form, type SentFile } from "./Form.ts"
import { localPath, paths } from "./paths.ts"
import { respondProblem } from "./problem.ts"
import { makeRoom, type Room } from "./Room.ts"
import { goTo, show } from "./respond.ts"
import { Signer } from "./Signer.ts"
import { securityHeaders } from "./securityHeaders.ts"
import { openVisit, SessionLookup, Visit, type VisitShape } from "./Visit.ts"

type Response = HttpServerResponse.HttpServerResponse
type Request = HttpServerRequest.HttpServerRequest

/** More than any form or JSON document of the portal has. */
const MAX_BODY = 64 * 1024

/** More than any form that comes with a file has fields. */
const MAX_PARTS = 100

const MEGABYTE = 1024 * 1024

/** How large what comes with files may be, in bytes. */
interface FileBounds {
  /** More than one file of a ticket may have. */
  readonly file: number
  /** More than the largest form with all its files. */
  readonly form: number
}

/** The library says what is too large by a little; what is beyond is not even read to its end. */
const boundsOf = ({ files }: Settings.Settings): FileBounds => ({
  file: files.maxBytes + MEGABYTE,
  form: files.maxPerMessage * (files.maxBytes + 2 * MEGABYTE)
})

/**
 * So much of forms with files may be on its way at a time, and so lie on this machine's disk, before the library is asked: of one source or account, and of
 * all visitors, or all who are signed in, so that visitors can keep nobody else waiting.
 */
const roomFor = ({ form }: FileBounds) => makeRoom({ each: form, all: 5 * form })
interface Rooms {
  readonly visitors: Room
  readonly accounts: Room
}

const isBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`)

/** Programs get JSON and bring a token of their own; browsers get pages and need the form token. */
const isForPrograms = (path: string): boolean =>
  isBelow(path, paths.api) || path === paths.openApi || path === paths.health

/** The forms of tickets, and of the mails by which the development mailbox answers them. */
const takesFiles = (path: string): boolean =>
  isBelow(path, paths.tickets) || isBelow(path, paths.deskTickets) || isBelow(path, paths.mails)

const mostBytesOf = (path: string, bounds: FileBounds): number =>
  path === paths.apiUpload ? bounds.file : takesFiles(path) ? bounds.form : MAX_BODY

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The secret of a link is a long last segment; it must not reach the log. */
export const withoutSecrets = (path: string): string =>
  path.replace(/[A-Za-z0-9_-]{32,}/g, (part) => (UUID.test(part) ? part : "…"))

const NAMES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  404: "NotFound",
  405: "MethodNotAllowed",
  413: "ContentTooLarge",
  415: "UnsupportedMediaType",
  429: "TooManyRequests"
}

/** An answer that something about the request itself was wrong, before any page was asked. */
const refuse = Effect.fnUntraced(function* (
  status: number,
  choose: (texts: VisitShape["texts"]["errors"]) => { readonly title: string; readonly text: string },
  again?: string
) {
  const visit = yield* Visit
  if (isForPrograms(visit.path)) {
    return respondProblem({ status, error: NAMES[status] ?? "Refused", message: choose(visit.texts.errors).title })
  }
  return yield* show(errorPage(visit, { status, again, ...choose(visit.texts.errors) }))
})

const notFound = refuse(404, (t) => ({ title: t.titles["not-found"], text: t.notFound }))
const tooLarge = Effect.gen(function* () {
  const { fileLimits, path } = yield* Visit
  if (!takesFiles(path)) return yield* refuse(413, (t) => ({ title: t.tooLargeTitle, text: t.tooLarge }))
  const { count, megabytes } = fileLimits
  return yield* refuse(
    413,
    (t) => ({ title: t.filesTooLargeTitle, text: t.filesTooLarge(megabytes, count * megabytes) }),
    localPath(path)
  )
})
const busy = Effect.map(
  refuse(429, (t) => ({ title: t.busyTitle, text: t.busy })),
  HttpServerResponse.setHeader("retry-after", "60")
)
const unsupported = refuse(415, (t) => ({ title: t.unsupportedTitle, text: t.unsupported }))
const malformed = refuse(400, (t) => ({ title: t.unsupportedTitle, text: t.unsupported }))

/** There is such a page, but not for this method. */
export const notAllowed = (allow: string) =>
  Effect.map(
    refuse(405, (t) => ({ title: t.notAllowedTitle, text: t.notAllowed })),
    HttpServerResponse.setHeader("allow", allow)
  )

const expiredForm = Effect.gen(function* () {
  const visit = yield* Visit
  return yield* refuse(
    403,
    (t) => ({ title: t.expiredFormTitle, text: t.expiredForm }),
    localPath(visit.path) ?? publicForm(visit.path)
  )
})

/** Forms that people without an account use; they are no destinations of `next`, but may be opened again. */
const publicForm = (path: string): string | undefined =>
  [paths.register, paths.selfRegister, paths.signIn, paths.passwordForgotten, paths.signInSecondFactor].find(
    (_) => _ === path
  )

const FORM = "application/x-www-form-urlencoded"
const FORM_IN_PARTS = "multipart/form-data"

/** The text of a file: UTF-8, or else as spreadsheets on Windows write it. */
const textOf = (bytes: Uint8Array): string =>
  Result.getOrElse(
    Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
    () => new TextDecoder("windows-1252").decode(bytes)
  )

/** Writes a file's bytes down as they come: what is larger than memory should hold is never in it as a whole. */
const spooled = Effect.fnUntraced(function* (part: Multipart.File, folder: string, index: number) {
  const path = join(folder, String(index))
  const handle = yield* Effect.acquireRelease(
    Effect.promise(() => open(path, "wx", 0o600)),
    (handle) => Effect.promise(() => handle.close())
  )
  let size = 0
  yield* Stream.runForEach(part.content, (chunk) => {
    size += chunk.length
    return Effect.promise(() => handle.writeFile(chunk))
  })
  const file: SentFile = { field: part.key, name: part.name, size, path }
  return file
}, Effect.scoped)

/** Takes room for the form as its length is announced, or for the largest where it is not; false where there is none. */
const takeRoom = Effect.fnUntraced(function* (rooms: Rooms, most: number, request: Request) {
  const visit = yield* Visit
  // whoever cannot be looked up now is a visitor for this purpose
  const signedIn = yield* Effect.orElseSucceed(visit.signedIn, () => undefined)
  const announced = Number(request.headers["content-length"] ?? most)
  const amount = Number.isSafeInteger(announced) && announced >= 0 ? announced : most
  return yield* signedIn === undefined
    ? rooms.visitors.take(sourceKey(visit.request.source), amount)
    : rooms.accounts.take(signedIn.account.id, amount)
})

/** A form with files, which stay in a temporary folder until the request is answered. None is read before the form's token was. */
const readFiles = Effect.fnUntraced(function* (request: Request, most: number, isKnown: (form: Form) => boolean) {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "portal-files-"))),
    (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
  )
  const fields: Array<readonly [string, string]> = []
  const files: Array<SentFile> = []
  yield* request.multipartStream.pipe(
    // parts come several at a time, and each is looked at only when those before it are read
    Stream.runForEachWhile((part) =>
      Effect.gen(function* () {
        if (part._tag === "Field") fields.push([part.key, part.value])
        else if (!isKnown(Form.of(fields))) return false
        // a field in which nothing was chosen comes as a file without a name
        else if (part.name !== "") files.push(yield* spooled(part, folder, files.length))
        return true
      })
    ),
    Effect.provideContext(Multipart.limitsServices({ maxParts: MAX_PARTS, maxFileSize: ByteSize.bytes(most) }))
  )
  return Form.of(
    fields,
    files.filter(({ size }) => size > 0)
  )
})

/** A form as browsers send it; one with a file comes in parts, and the file becomes the text of its field. */
const readFields = (request: Request, contentType: string) =>
  contentType === FORM
    ? Effect.map(request.urlParamsBody, ({ params }) =>
        Form.of(params.map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value]))
      )
    : request.multipartStream.pipe(
        Stream.mapEffect((part) =>
          part._tag === "Field"
            ? Effect.succeed([part.key, part.value] as const)
            : Effect.map(part.contentEffect, (bytes) => [part.key, textOf(bytes)] as const)
        ),
        Stream.runCollect,
        Effect.map(Form.of),
        Effect.provideContext(Multipart.limitsServices({ maxParts: MAX_PARTS }))
      )

/** What the request of a browser must have before a page sees it; answers the form, or the response that ends it. */
const readForm = Effect.fnUntraced(function* (
  config: PortalConfigShape,
  signer: Signer["Service"],
  rooms: Rooms,
  bounds: FileBounds,
  request: Request
) {
  const visit = yield* Visit
  const contentType = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase()
  if (contentType !== FORM && contentType !== FORM_IN_PARTS) return yield* unsupported
  // in development the portal is reached under several names; elsewhere it has one
  const host = request.headers.host
  const allowed = config.development && host !== undefined ? [config.baseUrl, `http://${host}`] : [config.baseUrl]
  const { origin, "sec-fetch-site": site } = request.headers
  if (!isOwnOrigin({ origin, site }, allowed)) return yield* expiredForm
  const isKnown = (form: Form) => isToken(signer, visit.browser, form.text("_token"))
  const withFiles = contentType === FORM_IN_PARTS && takesFiles(visit.path)
  if (withFiles && !(yield* takeRoom(rooms, bounds.form, request))) return yield* busy
  const form = withFiles ? yield* readFiles(request, bounds.file, isKnown) : yield* readFields(request, contentType)
  if (!isToken(signer, visit.browser, form.text("_token"))) return yield* expiredForm
  return form
})

/** Remembers the language and goes back to the page without `lang` in its address. */
const switchLanguage = Effect.fnUntraced(function* (locale: string) {
  const visit = yield* Visit
  visit.setCookie("language", locale, Duration.days(365))
  const query = new URLSearchParams(visit.query)
  query.delete("lang")
  // a path that begins with two slashes would be another host
  const path = visit.path.replace(/^[/\\]+/, "/")
  return yield* goTo(query.size === 0 ? path : `${path}?${query}`)
})

const answerFailure = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>) {
  const visit = yield* Visit
  const squashed = Cause.squash(cause)
  if (HttpServerError.isHttpServerError(squashed)) {
    const { reason } = squashed
    if (reason._tag === "RouteNotFound") return yield* notFound
    if (reason._tag === "RequestParseError") return yield* reason.reason === "BodyTooLarge" ? tooLarge : malformed
  }
  if (Multipart.isMultipartError(squashed) && squashed.reason._tag !== "InternalError")
    return yield* squashed.reason._tag === "Parse" ? malformed : tooLarge
  if (HttpServerResponse.isHttpServerResponse(squashed)) return squashed
  if (isForPrograms(visit.path) && HttpServerRespondable.isRespondable(squashed)) {
    return yield* HttpServerRespondable.toResponse(squashed)
  }
  yield* Effect.logError("A request failed", cause)
  const reference = visit.request.requestId
  if (isForPrograms(visit.path)) {
    return respondProblem({ status: 500, error: "InternalError", message: visit.texts.errors.internalTitle })
  }
  const t = visit.texts.errors
  return yield* show(errorPage(visit, { status: 500, title: t.internalTitle, text: t.internal, reference }))
})

/** Whoever watches an upload goes on by themselves: a script cannot see a redirect, but would follow it and use up what the next page has to say. */
const forWatcher = (request: Request, response: Response): Response =>
  request.headers.upload === "watched" && response.status === 303
    ? HttpServerResponse.setStatus(response, 204)
    : response

const finish = (config: PortalConfigShape, visit: VisitShape, response: Response): Response => {
  const missing = Object.entries(securityHeaders(config, "page")).filter(([name]) => !(name in response.headers))
  const safe = HttpServerResponse.setHeaders(response, [
    // what a page shows depends on who asks; only files say themselves that they may be kept
    ...("cache-control" in response.headers ? [] : [["cache-control", "no-store"] as const]),
    ...missing
  ])
  return HttpServerResponse.mergeCookies(safe, Cookies.fromIterable(visit.outgoing()))
}

/**
 * What every request goes through: security headers, body limit, the language switch, the form token and origin check of every form that
 * is sent (so that no page can forget them), the visit that pages read, and answers that tell nothing of the inside when something fails.
 */
export const portalMiddleware = HttpRouter.middleware<{ provides: Visit | Signer }>()(
  Effect.gen(function* () {
    const config = yield* PortalConfig
    const signer = yield* Signer
    const sessions = yield* SessionLookup
    const sealer = yield* Sealer
    const settings = yield* Settings.Settings
    const bounds = boundsOf(settings)
    const rooms: Rooms = { visitors: roomFor(bounds), accounts: roomFor(bounds) }

    return <R>(
      app: Effect.Effect<Response, Types.unhandled, R | Visit | Signer>
    ): Effect.Effect<Response, Types.unhandled, Exclude<R, Visit | Signer> | HttpServerRequest.HttpServerRequest> =>
      Effect.gen(function* () {
        const started = yield* Clock.currentTimeMillis
        const request = yield* HttpServerRequest.HttpServerRequest
        const visit = yield* openVisit({ config, signer, sessions, settings, request }).pipe(
          Effect.provideService(Sealer, sealer)
        )

        const mostBytes = mostBytesOf(visit.path, bounds)
        const answer = Effect.gen(function* () {
          if (Number(request.headers["content-length"] ?? 0) > mostBytes) return yield* tooLarge
          if (isForPrograms(visit.path)) return yield* app
          const language = visit.query.get("lang") ?? undefined
          if (request.method === "GET" && isLocale(language)) return yield* switchLanguage(language)
          if (request.method === "GET" || request.method === "HEAD") return yield* app
          if (request.method !== "POST") return yield* notAllowed("GET, HEAD, POST")
          const form = yield* readForm(config, signer, rooms, bounds, request)
          if (!(form instanceof Form)) return form
          return yield* Effect.provideService(app, Visit, { ...visit, form })
        }).pipe(
          Effect.catchCause((cause) =>
            // nobody waits for the answer any more
            Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : answerFailure(cause)
          ),
          Effect.provideService(Visit, visit),
          Effect.provideService(Signer, signer),
          Effect.provideService(HttpServerRequest.MaxBodySize, ByteSize.bytes(mostBytes)),
          Effect.scoped
        )

        const response = finish(config, visit, forWatcher(request, yield* answer))
        if (visit.path !== paths.health && !visit.path.startsWith("/static/")) {
          const millis = (yield* Clock.currentTimeMillis) - started
          yield* Effect.logInfo(`${request.method} ${withoutSecrets(visit.path)} ${response.status} ${millis} ms`).pipe(
            Effect.annotateLogs({ request: visit.request.requestId })
          )
        }
        return response
        // what the app failed with was answered above; the router wants to see that its errors may pass
      }).pipe(HttpMiddleware.xForwardedHeaders({ trustedProxies: config.trustedProxies })) as Effect.Effect<
        Response,
        Types.unhandled,
        Exclude<R, Visit | Signer> | HttpServerRequest.HttpServerRequest
      >
  }),
  { global: true }
)
