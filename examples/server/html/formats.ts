import type { Html } from "./html.ts"
import { html } from "./html.ts"
import type { Scene } from "./Page.ts"

const LANGUAGES = { de: "de-DE", en: "en-GB" } as const
const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (scene: Scene, style: "moment" | "day"): Intl.DateTimeFormat => {
  const name = `${scene.locale} ${scene.timeZone} ${style}`
  const known = formats.get(name)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat(LANGUAGES[scene.locale], {
    dateStyle: "medium",
    ...(style === "moment" ? { timeStyle: "short" as const } : {}),
    timeZone: scene.timeZone
  })
  formats.set(name, format)
  return format
}

/** A moment (epoch milliseconds) as date and time, in the language and time zone of the page. */
export const moment = (scene: Scene, millis: number): Html =>
  html`<time datetime="${new Date(millis).toISOString()}">${formatOf(scene, "moment").format(millis)}</time>`

/** A moment (epoch milliseconds) as a date. */
export const day = (scene: Scene, millis: number): Html =>
  html`<time datetime="${new Date(millis).toISOString()}">${formatOf(scene, "day").format(millis)}</time>`

const countries = {
  de: new Intl.DisplayNames("de", { type: "region" }),
  en: new Intl.DisplayNames("en", { type: "region" })
}

/** The name of a country (ISO 3166-1 alpha-2) in the language of the page. */
export const country = (scene: Pick<Scene, "locale">, code: string): string => countries[scene.locale].of(code) ?? code

const ages = { de: new Intl.RelativeTimeFormat("de"), en: new Intl.RelativeTimeFormat("en") }

const SPANS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000]
] as const

/** How long ago a moment was, in its largest unit: "3 days ago"; less than a minute ago is "just now". */
export const ago = (scene: Pick<Scene, "locale" | "texts">, millis: number, now: number): string => {
  const span = SPANS.find(([, length]) => now - millis >= length)
  if (span === undefined) return scene.texts.common.justNow
  const [unit, length] = span
  return ages[scene.locale].format(-Math.floor((now - millis) / length), unit)
}

/** A size for people, of a number of bytes. */
export const sizeOf = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${Math.round(bytes / 1000)} kB`
      : `${(bytes / 1_000_000).toFixed(1)} MB`
