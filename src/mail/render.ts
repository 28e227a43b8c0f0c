import { Schema } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import { ShortNumber } from "../kernel/ids.ts"
import type { Text } from "../kernel/Refusal.ts"
import { fill } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import { type Locale, worded } from "../kernel/Text.ts"
import { type Html, html } from "./html.ts"
import { inertLine, inertLines } from "./inert.ts"
import { type Enclosed, nothingEnclosed } from "./MailAttachment.ts"
import type { LinkContext, MailContent } from "./MailContent.ts"
import type { ByLocale } from "./MailKind.ts"

export interface Rendered {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Words around every mail; an application replaces them by `Settings.texts`, as `mail.help` and so on. */
const frameTexts: Readonly<Record<"help" | "open", Text>> = {
  help: { de: "Fragen? Schreiben Sie an", en: "Questions? Write to" },
  open: {
    de: "Falls sich die Schaltfläche nicht öffnen lässt, kopieren Sie diese Adresse in Ihren Browser:",
    en: "If the button does not open, copy this address into your browser:"
  }
}

const phrase = (settings: Settings, locale: Locale, name: string, text: Text): string =>
  worded(settings.texts, locale, name, { ...text })

const isNumber = Schema.is(ShortNumber)

/** The subject line: the product's name and numbers of ours are all that can stand in it (OUT-02). */
export const subjectLine = (
  kind: { readonly name: string; readonly subject: ByLocale<string> },
  values: Readonly<Record<string, unknown>>,
  settings: Settings,
  locale: Locale
): string => {
  const numbers = Object.fromEntries(Object.entries(values).filter(([, value]) => isNumber(value)))
  const template = worded(settings.texts, locale, `mail.${kind.name}.subject`, kind.subject)
  return fill(template, { ...numbers, product: settings.product.name })
}

/** What the template of a mail gets. */
export const contextOf = (
  settings: Settings,
  locale: Locale,
  link: string,
  enclosed: Enclosed = nothingEnclosed
): LinkContext => {
  const format = (options: Intl.DateTimeFormatOptions) => (instant: Instant) =>
    new Intl.DateTimeFormat(locale, {
      year: "numeric",
      month: "long",
      day: "numeric",
      ...options,
      timeZone: settings.mail.timeZone
    }).format(instant)
  return {
    locale,
    product: settings.product.name,
    support: settings.product.support,
    link,
    page: (path) => `${settings.links.base}${path}`,
    enclosed,
    date: format({}),
    dateTime: format({ hour: "2-digit", minute: "2-digit", timeZoneName: "short" })
  }
}

/** A template asked for a button that leads away from the operator's pages. */
export class ForeignAddress extends Error {}

const checked = (content: MailContent, settings: Settings): MailContent["button"] => {
  const { button } = content
  if (button === undefined) return undefined
  const { base } = settings.links
  const below = button.url === base || button.url.startsWith(`${base}/`)
  if (!below || !URL.canParse(button.url) || /[\s\p{Cc}"'<>\\^`{|}]/u.test(button.url)) throw new ForeignAddress()
  return button
}

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const styles = {
  body: `margin:0;padding:24px 12px;background:#f3f4f6;color:#1f2937;${font};font-size:16px;line-height:1.5`,
  card: "max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border:1px solid #e5e7eb;border-radius:8px",
  brand: "margin:0 0 24px;font-size:18px;font-weight:600;color:#111827",
  paragraph: "margin:0 0 16px",
  quote: "margin:0 0 16px;padding:8px 16px;border-left:3px solid #d1d5db;color:#4b5563",
  table: "margin:0 0 16px;border-collapse:collapse",
  label: "padding:4px 16px 4px 0;text-align:left;vertical-align:top;font-weight:400;color:#4b5563",
  value: "padding:4px 0;vertical-align:top;font-weight:600",
  action: "margin:24px 0",
  button:
    "display:inline-block;padding:12px 24px;border-radius:6px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none",
  small: "margin:0 0 16px;font-size:13px;color:#4b5563;word-break:break-all",
  footer: "max-width:560px;margin:16px auto 0;padding:0 32px;font-size:13px;color:#4b5563"
}

const toHtml = (
  content: MailContent,
  button: MailContent["button"],
  subject: string,
  settings: Settings,
  locale: Locale
) => {
  const paragraph = (text: string): Html => html`<p style="${styles.paragraph}">${inertLine(text)}</p>`
  const lines = (text: string): ReadonlyArray<Html> =>
    inertLines(text).map((line, index) => (index === 0 ? html`${line}` : html`<br>${line}`))
  const details = content.details ?? []
  return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${subject}</title>
</head>
<body style="${styles.body}">
<div style="${styles.card}">
<p style="${styles.brand}">${inertLine(settings.product.name)}</p>
${content.greeting === undefined ? "" : paragraph(content.greeting)}
${content.paragraphs.map(paragraph)}
${content.quote === undefined ? "" : html`<blockquote dir="auto" style="${styles.quote}">${lines(content.quote)}</blockquote>`}
${
  details.length === 0
    ? ""
    : html`<table role="presentation" style="${styles.table}">${details.map(
        ({ label, value }) =>
          html`<tr><th style="${styles.label}">${inertLine(label)}</th><td style="${styles.value}">${inertLine(value)}</td></tr>`
      )}</table>`
}
${
  button === undefined
    ? ""
    : html`<p style="${styles.action}"><a href="${button.url}" style="${styles.button}">${inertLine(button.label)}</a></p>
<p style="${styles.small}">${phrase(settings, locale, "mail.open", frameTexts.open)}<br>${button.url}</p>`
}
${(content.closing ?? []).map(paragraph)}
</div>
<div style="${styles.footer}">
<p>${phrase(settings, locale, "mail.help", frameTexts.help)} ${settings.product.support}</p>
<p>${phrase(settings, locale, "mail.footer", settings.mail.footer)}</p>
</div>
</body>
</html>
`.markup
}

const toText = (content: MailContent, button: MailContent["button"], settings: Settings, locale: Locale): string => {
  const blocks: ReadonlyArray<string | undefined> = [
    content.greeting === undefined ? undefined : inertLine(content.greeting),
    ...content.paragraphs.map(inertLine),
    content.quote === undefined
      ? undefined
      : inertLines(content.quote)
          .map((line) => `> ${line}`)
          .join("\n"),
    content.details === undefined || content.details.length === 0
      ? undefined
      : content.details.map(({ label, value }) => `${inertLine(label)}: ${inertLine(value)}`).join("\n"),
    button === undefined ? undefined : `${inertLine(button.label)}:\n${button.url}`,
    ...(content.closing ?? []).map(inertLine),
    [
      "-- ",
      inertLine(settings.product.name),
      `${phrase(settings, locale, "mail.help", frameTexts.help)} ${settings.product.support}`,
      phrase(settings, locale, "mail.footer", settings.mail.footer)
    ].join("\n")
  ]
  return `${blocks.filter((block) => block !== undefined).join("\n\n")}\n`
}

/**
 * Text and HTML of a mail; each says all that the other does. Throws `ForeignAddress` for a button that leads elsewhere, and whatever a
 * template throws.
 */
export const render = (content: MailContent, subject: string, settings: Settings, locale: Locale): Rendered => {
  const button = checked(content, settings)
  return {
    subject,
    text: toText(content, button, settings, locale),
    html: toHtml(content, button, subject, settings, locale)
  }
}
