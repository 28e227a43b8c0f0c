/** Markup that is safe to show; only `html` makes it, and it escapes everything that is not markup already (OUT-07). */
class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

export type { Html }

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? "")

type Part = string | Html | ReadonlyArray<Html>

const show = (part: Part): string =>
  typeof part === "string" ? escape(part) : part instanceof Html ? part.markup : part.map(show).join("")

/** `` html`<p>${text}</p>` ``: text is escaped, for element content and for quoted attributes alike. */
export const html = (strings: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Html =>
  new Html(strings.map((string, index) => string + (index < parts.length ? show(parts[index] ?? "") : "")).join(""))
