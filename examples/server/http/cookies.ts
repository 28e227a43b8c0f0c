import { Duration } from "effect"
import { Cookies } from "effect/http"

/** The cookies of the portal. */
export type CookieName =
  | "session"
  | "until"
  | "challenge"
  | "registered"
  | "form"
  | "selfRegistration"
  | "visitor"
  | "notice"
  | "language"

/**
 * The name on the wire. By https it has the `__Host-` prefix: browsers then refuse one that was set without `Secure`, for another path or
 * by a sub-domain (RFC 6265bis, 4.1.3.2).
 */
export const cookieName = (name: CookieName, secure: boolean): string => `${secure ? "__Host-" : ""}portico_${name}`

/** Kept until the browser is closed when `maxAge` is undefined. */
export const makeCookie = (
  name: CookieName,
  value: string,
  options: { readonly secure: boolean; readonly maxAge?: Duration.Duration | undefined }
): Cookies.Cookie =>
  Cookies.makeCookieUnsafe(cookieName(name, options.secure), value, {
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    ...(options.secure ? { secure: true } : {}),
    ...(options.maxAge === undefined ? {} : { maxAge: options.maxAge })
  })

/** The cookie that removes one from the browser. */
export const expiredCookie = (name: CookieName, secure: boolean): Cookies.Cookie =>
  makeCookie(name, "", { secure, maxAge: Duration.zero })
