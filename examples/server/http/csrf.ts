import { createHash, randomBytes } from "node:crypto"
import type { Signer } from "./Signer.ts"

/**
 * What a form token is bound to: the browser (a random cookie) and the session, if there is one. A token taken from another browser, or
 * from before sign-in or sign-out, is refused.
 */
export interface Browser {
  readonly visitor: string
  readonly sessionToken: string | undefined
}

const PURPOSE = "csrf"

const bound = (salt: string, browser: Browser): string => {
  const session = createHash("sha256")
    .update(browser.sessionToken ?? "")
    .digest("base64url")
  return `${salt}\n${browser.visitor}\n${session}`
}

/** A new visitor id: 256 random bits. */
export const newVisitor = (): string => randomBytes(32).toString("base64url")

export const isVisitor = (value: string | undefined): value is string =>
  value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value)

/** The token for the forms of one answer. It is salted, so that a compressed page does not leak it bit by bit (BREACH). */
export const issueToken = (signer: Signer["Service"], browser: Browser): string => {
  const salt = randomBytes(16).toString("base64url")
  return `${salt}.${signer.sign(PURPOSE, bound(salt, browser))}`
}

export const isToken = (signer: Signer["Service"], browser: Browser, token: string | undefined): boolean => {
  const [, salt, signature] = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/.exec(token ?? "") ?? []
  return salt !== undefined && signature !== undefined && signer.verify(PURPOSE, bound(salt, browser), signature)
}

/**
 * Whether the request comes from the portal's own pages, as far as its `Origin` and `Sec-Fetch-Site` headers say. `Origin: null` says nothing: it is what browsers
 * send with a form under `Referrer-Policy: no-referrer`, and then `Sec-Fetch-Site` (all browsers since 2023) and the token decide.
 */
export const isOwnOrigin = (
  { origin, site }: { readonly origin: string | undefined; readonly site: string | undefined },
  allowed: ReadonlyArray<string>
): boolean => {
  if (site !== undefined && site !== "same-origin" && site !== "none") return false
  return origin === undefined || origin === "null" || allowed.includes(origin)
}
