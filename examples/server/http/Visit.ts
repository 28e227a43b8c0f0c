import { randomUUID } from "node:crypto"
import { Clock, Context, Duration, Effect, Option, Redacted } from "effect"
import type { Cookies, HttpServerRequest } from "effect/http"
import { type Accounts, Actor, type Refusal, refusals, type Settings } from "portico"
import type { PortalConfigShape } from "../config.ts"
import type { Scene, Viewer } from "../html/Page.ts"
import { type NoticeName, texts } from "../texts/index.ts"
import { isLocale, type Locale, localeFromHeader } from "../texts/locales.ts"
import { type CookieName, cookieName, expiredCookie, makeCookie } from "./cookies.ts"
import { type Browser, issueToken, isVisitor, newVisitor } from "./csrf.ts"
import { deviceLabel } from "./device.ts"
import { Form } from "./Form.ts"
import type { Signer } from "./Signer.ts"
import { openForm } from "./sentForm.ts"

/** Who a session belongs to: the actor for use cases, and what the head of the page shows. */
export interface SignedIn {
  readonly actor: Actor.Account
  /** The same person as one of the operator's people, if they are. */
  readonly staff?: Actor.Staff | undefined
  readonly account: Accounts.AccountView
  readonly viewer: Viewer
}

/** Finds out who a session token belongs to; answers undefined for a session that has ended. */
export class SessionLookup extends Context.Service<
  SessionLookup,
  {
    readonly find: (
      token: Redacted.Redacted,
      request: Actor.RequestContext
    ) => Effect.Effect<SignedIn | undefined, Refusal.RefusalInstance>
  }
>()("example/SessionLookup") {}

export interface VisitShape extends Scene {
  readonly method: string
  /** The path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** What was sent with a form; empty for a GET. */
  readonly form: Form
  /** What the library is told of the call. */
  readonly request: Actor.RequestContext
  readonly browser: Browser
  readonly sessionToken: Redacted.Redacted | undefined
  /** Who is signed in; looked up once, when it is first asked for. */
  readonly signedIn: Effect.Effect<SignedIn | undefined, Refusal.RefusalInstance>
  /** What the act before this page has to say. */
  readonly notice: NoticeName | undefined
  readonly cookie: (name: CookieName) => string | undefined
  /** Cookies go out with the answer, whatever it is. Without `maxAge` one lives until the browser is closed. */
  readonly setCookie: (name: CookieName, value: string, maxAge?: Duration.Duration) => void
  readonly removeCookie: (name: CookieName) => void
  /**
   * Gives the browser the token of a new session; forms in this very answer belong to it. It is kept until `until` (epoch milliseconds), or else
   * until the browser is closed.
   */
  readonly startSession: (token: Redacted.Redacted, until?: number) => void
  /** Gives the browser the new token of its session, to be kept as long as the old one, and answers how the browser is called from now on. */
  readonly renewSession: (token: Redacted.Redacted) => Browser
  readonly endSession: () => void
  readonly outgoing: () => ReadonlyArray<Cookies.Cookie>
}

/** One request of a browser, and what goes back beside the page. */
export class Visit extends Context.Service<Visit, VisitShape>()("example/Visit") {}

const NOTICE = "notice"

const readNotice = (signer: Signer["Service"], value: string | undefined): NoticeName | undefined => {
  const [, name, signature] = /^([A-Za-z]{1,40})\.([A-Za-z0-9_-]{43})$/.exec(value ?? "") ?? []
  if (name === undefined || signature === undefined || !signer.verify(NOTICE, name, signature)) return undefined
  // signed by the portal, and still one of its notices after an update
  return Object.hasOwn(texts.de.notices, name) ? (name as NoticeName) : undefined
}

/** The value of the notice cookie: the name is signed, so that no other site can put words on a page. */
export const writeNotice = (signer: Signer["Service"], name: NoticeName): string =>
  `${name}.${signer.sign(NOTICE, name)}`

/** Splits the address of a request; the host is never looked at. */
const split = (address: string): { readonly path: string; readonly query: URLSearchParams } => {
  const mark = address.indexOf("?")
  return mark < 0
    ? { path: address, query: new URLSearchParams() }
    : { path: address.slice(0, mark), query: new URLSearchParams(address.slice(mark + 1)) }
}

export interface Opening {
  readonly config: PortalConfigShape
  readonly signer: Signer["Service"]
  readonly sessions: SessionLookup["Service"]
  readonly settings: Settings.Settings
  readonly request: HttpServerRequest.HttpServerRequest
}

const inMegabytes = (bytes: number): number => Math.round((10 * bytes) / (1024 * 1024)) / 10

/** Reads everything that a page needs from a request. Nothing is looked up yet. */
export const openVisit = Effect.fnUntraced(function* ({ config, request, sessions, settings, signer }: Opening) {
  const { path, query } = split(request.url)
  const cookie = (name: CookieName) => request.cookies[cookieName(name, config.secure)]
  const wanted = query.get("lang") ?? cookie("language")
  const locale: Locale = isLocale(wanted) ? wanted : localeFromHeader(request.headers["accept-language"])

  const session = cookie("session")
  const sessionToken =
    session === undefined || session === "" ? undefined : Redacted.make(session, { label: "session token" })
  const known = cookie("visitor")
  const visitor = isVisitor(known) ? known : newVisitor()
  let browser: Browser = { visitor, sessionToken: session === "" ? undefined : session }

  const context: Actor.RequestContext = {
    source: Option.getOrUndefined(request.remoteAddress),
    device: deviceLabel(request.headers["user-agent"]),
    requestId: randomUUID()
  }
  const signedIn = yield* Effect.cached(
    sessionToken === undefined ? Effect.undefined : sessions.find(sessionToken, context)
  )

  const outgoing = new Map<CookieName, Cookies.Cookie>()
  const setCookie: VisitShape["setCookie"] = (name, value, maxAge) => {
    outgoing.set(name, makeCookie(name, value, { secure: config.secure, maxAge }))
  }
  const notice = readNotice(signer, cookie("notice"))
  const sent = request.method === "GET" ? yield* openForm(cookie("form"), path, browser) : undefined

  const removeCookie = (name: CookieName) => {
    outgoing.set(name, expiredCookie(name, config.secure))
  }

  const started = yield* Clock.currentTimeMillis
  const startSession = (token: Redacted.Redacted, until?: number) => {
    // a visitor id that somebody knew before the sign-in is worth nothing after it
    browser = { visitor: newVisitor(), sessionToken: Redacted.value(token) }
    setCookie("visitor", browser.visitor)
    if (until === undefined) {
      setCookie("session", Redacted.value(token))
      removeCookie("until")
    } else {
      const maxAge = Duration.millis(until - started)
      setCookie("session", Redacted.value(token), maxAge)
      // browsers do not say how long they keep a cookie
      setCookie("until", String(until), maxAge)
    }
  }

  const visit: VisitShape = {
    locale,
    texts: texts[locale],
    timeZone: config.timeZone,
    development: config.development,
    fileLimits: { count: settings.files.maxPerMessage, megabytes: inMegabytes(settings.files.maxBytes) },
    address: request.url,
    method: request.method,
    path,
    query,
    form: Form.empty,
    sent,
    request: context,
    browser,
    sessionToken,
    signedIn,
    notice,
    cookie,
    // a browser gets its visitor id when it gets its first form
    csrfToken: () => {
      if (browser.visitor !== known) setCookie("visitor", browser.visitor)
      return issueToken(signer, browser)
    },
    setCookie,
    removeCookie,
    startSession,
    renewSession: (token) => {
      const until = Number(cookie("until"))
      startSession(token, Number.isSafeInteger(until) && until > started ? until : undefined)
      return browser
    },
    endSession: () => {
      browser = { ...browser, sessionToken: undefined }
      removeCookie("session")
      removeCookie("until")
    },
    outgoing: () => [...outgoing.values()]
  }
  return visit
})

/** Who is signed in; fails with `SignInRequired`, which leads to the sign-in page and back. */
export const signedIn: Effect.Effect<SignedIn, Refusal.RefusalInstance | refusals.SignInRequired, Visit> = Effect.gen(
  function* () {
    const visit = yield* Visit
    const found = yield* visit.signedIn
    if (found === undefined) return yield* new refusals.SignInRequired()
    return found
  }
)

/** Calls a use case as the person who is signed in. */
export const asAccount = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const visit = yield* Visit
    const { actor } = yield* signedIn
    return yield* effect.pipe(Actor.provide(actor, visit.request))
  })

/** Calls a use case as the person who is signed in, in their office as one of the operator's people. */
export const asStaff = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const visit = yield* Visit
    const { staff } = yield* signedIn
    if (staff === undefined) return yield* new refusals.NotAllowed({})
    return yield* effect.pipe(Actor.provide(staff, visit.request))
  })

/** Calls a use case as the person or in their office, as they chose. */
export const asEither = <A, E, R>(as: "account" | "staff", effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const visit = yield* Visit
    const { actor, staff } = yield* signedIn
    const chosen: Actor.Account | Actor.Staff | undefined = as === "staff" ? staff : actor
    if (chosen === undefined) return yield* new refusals.NotAllowed({})
    return yield* effect.pipe(Actor.provide(chosen, visit.request))
  })

/** Calls a use case as nobody in particular. */
export const asAnonymous = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Visit, (visit) => effect.pipe(Actor.provide(Actor.anonymous, visit.request)))

/** Calls a use case as the person who is signed in, or as nobody when no one is. */
export const asWhoever = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const visit = yield* Visit
    const found = yield* visit.signedIn
    const actor: Actor.Account | Actor.Anonymous = found?.actor ?? Actor.anonymous
    return yield* effect.pipe(Actor.provide(actor, visit.request))
  })
