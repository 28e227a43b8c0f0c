import type { PortalConfigShape } from "../config.ts"

const directives = (entries: Readonly<Record<string, string>>): string =>
  Object.entries(entries)
    .map(([name, value]) => (value === "" ? name : `${name} ${value}`))
    .join("; ")

/** Only this server's own script runs in these pages, which shows how far an upload has come; styles, images and forms are of this server only, too. */
const PAGE_POLICY = directives({
  "default-src": "'none'",
  "script-src": "'self'",
  "connect-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self'",
  "frame-src": "'self'",
  "form-action": "'self'",
  "base-uri": "'none'",
  "frame-ancestors": "'none'"
})

/**
 * For a mail shown in the development mailbox: its own inline styles, no script, no form, no remote picture, an origin of its own; its
 * links open a new window.
 */
const MAIL_POLICY = directives({
  "default-src": "'none'",
  "style-src": "'unsafe-inline'",
  "img-src": "data:",
  "base-uri": "'self'",
  "frame-ancestors": "'self'",
  sandbox: "allow-popups allow-popups-to-escape-sandbox"
})

export type Policy = "page" | "mail"

/** The headers of every answer. An answer that already has a `cache-control` keeps it. */
export const securityHeaders = (
  config: Pick<PortalConfigShape, "secure">,
  policy: Policy
): Readonly<Record<string, string>> => ({
  "content-security-policy": policy === "page" ? PAGE_POLICY : MAIL_POLICY,
  "x-frame-options": policy === "page" ? "DENY" : "SAMEORIGIN",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  ...(config.secure ? { "strict-transport-security": "max-age=63072000" } : {})
})
