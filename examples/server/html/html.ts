/** Known to this file only: without it nobody makes an `Html`. */
const MAKE = Symbol("html")

/**
 * Markup that is safe to send. Only `html` and `trusted` make one, so text from people cannot become markup by being forgotten
 * (escaping by construction).
 */
export class Html {
  readonly #markup: string

  constructor(token: typeof MAKE, markup: string) {
    if (token !== MAKE) throw new TypeError("Html is made by html`…` only")
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }
}

/** What may stand in a hole of `html`: text and numbers are escaped, `false`, `null` and `undefined` are left out. */
export type Content = Html | string | number | false | null | undefined | ReadonlyArray<Content>

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;"
}

/** Escapes for element content and for attribute values in quotes. */
export const escape = (text: string): string => text.replace(/[&<>"'`]/g, (char) => ESCAPES[char] ?? char)

const render = (content: Content): string => {
  if (content === false || content === null || content === undefined) return ""
  if (content instanceof Html) return content.toString()
  if (typeof content === "string") return escape(content)
  if (typeof content === "number") return String(content)
  return content.map(render).join("")
}

/** Where a hole stands, judged by the markup before it. */
type Hole = "content" | "address"

const holesByTemplate = new WeakMap<TemplateStringsArray, ReadonlyArray<Hole>>()

const holesOf = (strings: TemplateStringsArray): ReadonlyArray<Hole> => {
  const known = holesByTemplate.get(strings)
  if (known !== undefined) return known
  const holes = strings.slice(0, -1).map((before): Hole => {
    // an unquoted value could break out by a space; there is no way to escape that, so it is refused
    if (/=\s*$/.test(before)) throw new TypeError(`A value without quotes after: ${before.slice(-40)}`)
    return /\s(?:href|src|action|formaction)="$/.test(before) ? "address" : "content"
  })
  holesByTemplate.set(strings, holes)
  return holes
}

/** Addresses that a link or form may have: of this portal, a part of the page, or http(s) and mailto. Others become `#`. */
const address = (content: Content): string => {
  const text = render(content)
  return /^(?:\/(?![/\\])|[?#]|https?:\/\/|mailto:)/i.test(text) ? text : "#"
}

/**
 * Markup with holes: `` html`<p>${text}</p>` ``. What stands in a hole is escaped unless it is `Html`; attribute values need double
 * quotes; `href`, `src` and `action` take no `javascript:` and the like.
 */
export const html = (strings: TemplateStringsArray, ...contents: ReadonlyArray<Content>): Html => {
  const holes = holesOf(strings)
  let markup = strings[0] ?? ""
  contents.forEach((content, index) => {
    markup += holes[index] === "address" ? address(content) : render(content)
    markup += strings[index + 1] ?? ""
  })
  return new Html(MAKE, markup)
}

/** Markup from a source that makes it itself, such as the QR code package; never anything that holds a person's text. */
export const trusted = (markup: string): Html => new Html(MAKE, markup)

export const nothing: Html = new Html(MAKE, "")
