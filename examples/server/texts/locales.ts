export const locales = ["de", "en"] as const
export type Locale = (typeof locales)[number]

export const isLocale = (value: string | undefined): value is Locale => value === "de" || value === "en"

/**
 * The first of the portal's languages in an `Accept-Language` header by weight, else German (RFC 9110, 12.5.4).
 */
export const localeFromHeader = (header: string | undefined): Locale => {
  if (header === undefined || header.length > 1000) return "de"
  const wanted = header.split(",").map((entry, index) => {
    const [tag = "", ...parameters] = entry.split(";").map((_) => _.trim())
    const q = parameters.find((_) => _.startsWith("q="))?.slice(2)
    const weight = q === undefined ? 1 : Number(q)
    return { language: tag.toLowerCase().slice(0, 2), weight: Number.isFinite(weight) ? weight : 0, index }
  })
  const [best] = wanted
    .filter((_) => isLocale(_.language) && _.weight > 0)
    .sort((a, b) => b.weight - a.weight || a.index - b.index)
  return isLocale(best?.language) ? best.language : "de"
}

/** The texts of one page group in both languages; a text that one of them lacks does not compile. */
export const inBoth = <T extends object>(de: T, en: NoInfer<T>): Readonly<Record<Locale, T>> => ({ de, en })
