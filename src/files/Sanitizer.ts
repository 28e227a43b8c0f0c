import { Effect, Layer, Option } from "effect"
import sanitizeHtml from "sanitize-html"
import { type SanitizeOptions, Sanitizer } from "../tickets/Sanitizer.ts"

/** Whoever writes more than this many characters of HTML is shown as text; a mail of this size has 80 pages. */
const LONGEST = 200_000
const DEEPEST = 100

const ALLOWED_TAGS: ReadonlyArray<string> = [
  ...["p", "div", "span", "br", "hr", "blockquote", "pre", "code"],
  ...["h1", "h2", "h3", "h4", "h5", "h6"],
  ...["b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "mark"],
  ...["ul", "ol", "li", "dl", "dt", "dd"],
  ...["table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"],
  ...["a", "img"]
]

/** The content of these is no text for people, or is read by browsers in another way than as HTML: it goes with them. */
const WITHOUT_CONTENT = [
  ...["script", "style", "template", "noscript", "noembed", "noframes", "iframe", "frameset", "object", "embed"],
  ...["applet", "svg", "math", "xmp", "plaintext", "listing", "textarea", "option", "select", "title", "head"],
  ...["audio", "video", "canvas", "portal", "fencedframe"]
]

const REL = "noopener noreferrer nofollow"

/** As it is read by browsers: spaces and controls around and in it are taken out before it is looked at. */
const absolute = (address: string, schemes: ReadonlyArray<string>): string | undefined => {
  // what a browser drops or repairs could make another address of it than the one that was looked at
  if (/[\p{Cc}\p{Cf}\\<>"`]/u.test(address) || address.length > 2000) return undefined
  const text = address.trim()
  if (!/^[a-z]+:/i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (!schemes.includes(url.protocol)) return undefined
  if (url.protocol === "https:" && (!/^https:\/\//i.test(text) || url.username !== "" || url.password !== "")) {
    return undefined
  }
  return url.href
}

const linked = (attributes: sanitizeHtml.Attributes): sanitizeHtml.Attributes => {
  const { href, title } = attributes
  const target = href === undefined ? undefined : absolute(href, ["https:", "mailto:"])
  return {
    ...(target === undefined ? {} : { href: target, rel: REL, target: "_blank" }),
    ...(title === undefined ? {} : { title })
  }
}

const CID = /^cid:([^\s<>"'`\\&]{1,200})$/i

const shown = (
  attributes: sanitizeHtml.Attributes,
  { images, remoteImages = false }: SanitizeOptions
): sanitizeHtml.Attributes => {
  const { alt, height, src = "", title, width } = attributes
  const measures = {
    ...(alt === undefined ? {} : { alt }),
    ...(title === undefined ? {} : { title }),
    ...(width !== undefined && /^\d{1,4}$/.test(width) ? { width } : {}),
    ...(height !== undefined && /^\d{1,4}$/.test(height) ? { height } : {})
  }
  const contentId = CID.exec(src.trim())?.[1]
  if (contentId !== undefined) {
    const address = images === undefined ? `cid:${contentId}` : images.get(contentId)
    return address === undefined ? measures : { src: address, ...measures }
  }
  const remote = remoteImages ? absolute(src, ["https:"]) : undefined
  return remote === undefined ? measures : { src: remote, loading: "lazy", referrerpolicy: "no-referrer", ...measures }
}

const SPAN = /^[1-9]\d{0,2}$/

const celled = ({ colspan, rowspan }: sanitizeHtml.Attributes): sanitizeHtml.Attributes => ({
  ...(colspan !== undefined && SPAN.test(colspan) ? { colspan } : {}),
  ...(rowspan !== undefined && SPAN.test(rowspan) ? { rowspan } : {})
})

const optionsFor = (given: SanitizeOptions): sanitizeHtml.IOptions => ({
  allowedTags: [...ALLOWED_TAGS],
  allowedAttributes: {
    a: ["href", "rel", "target", "title"],
    img: ["src", "alt", "title", "width", "height", "loading", "referrerpolicy"],
    td: ["colspan", "rowspan"],
    th: ["colspan", "rowspan"]
  },
  // addresses are checked by the functions above, which have put their own in place by then
  allowedSchemes: ["https", "mailto", "cid"],
  allowedSchemesAppliedToAttributes: [],
  allowProtocolRelative: false,
  allowedClasses: {},
  parseStyleAttributes: false,
  disallowedTagsMode: "discard",
  nonTextTags: WITHOUT_CONTENT,
  nestingLimit: DEEPEST,
  transformTags: {
    a: (tagName, attributes) => ({ tagName, attribs: linked(attributes) }),
    img: (tagName, attributes) => ({ tagName, attribs: shown(attributes, given) }),
    td: (tagName, attributes) => ({ tagName, attribs: celled(attributes) }),
    th: (tagName, attributes) => ({ tagName, attribs: celled(attributes) })
  },
  // an image that is not shown and says nothing is nothing
  exclusiveFilter: ({ attribs, tag }) => tag === "img" && attribs.src === undefined && !attribs.alt
})

// What the cleaned text must look like, whoever has cleaned it: every "<" begins one of our tags with its own attributes, each value in quotes.
const TAG = `(?:${ALLOWED_TAGS.join("|")})`
const ATTRIBUTE =
  '(?: (?:href|rel|target|title|src|alt|width|height|loading|referrerpolicy|colspan|rowspan)(?:="[^"<>]*")?)'
const WELL_FORMED = new RegExp(`^[^<>]*(?:<(?:/${TAG}|${TAG}${ATTRIBUTE}{0,8} ?/?)>[^<>]*)*$`)

const MOST_OPEN = 500
// those that need no end, of which long texts have many: the next one of the kind ends them
const WITHOUT_END: ReadonlySet<string> = new Set(
  "area base br col dd dt embed hr img input li link meta option p param source tbody td tfoot th thead tr track wbr".split(
    " "
  )
)

/** Whether tags are open within each other as nobody writes it: the time that a parser needs grows with the square of their number. */
const isTooDeep = (html: string): boolean => {
  const open = new Map<string, number>()
  let total = 0
  for (const [, end, name = ""] of html.matchAll(/<(\/?)([a-z][^\s/>]{0,30})/gi)) {
    const tag = name.toLowerCase()
    if (WITHOUT_END.has(tag)) continue
    const count = open.get(tag) ?? 0
    if (end === "") {
      open.set(tag, count + 1)
      if (++total > MOST_OPEN) return true
    } else if (count > 0) {
      open.set(tag, count - 1)
      total--
    }
  }
  return false
}

/** So often a text is cleaned until nothing changes any more; what then still changes was made to confuse. */
const MOST_TIMES = 4

const cleanedUntilStable = (html: string, options: sanitizeHtml.IOptions): string | undefined => {
  let before = html
  for (let time = 0; time < MOST_TIMES; time++) {
    if (isTooDeep(before)) return undefined
    const after = sanitizeHtml(before, options)
    if (after === before) return after
    before = after
  }
  return undefined
}

/** By `sanitize-html`, with our list of what is allowed; what comes out is looked at once more, and not shown where it is not of the form it should have. */
export const layer: Layer.Layer<Sanitizer> = Layer.succeed(
  Sanitizer,
  Sanitizer.of({
    clean: (html, { images, remoteImages = false } = {}) =>
      Effect.sync(() => {
        if (html.length > LONGEST) return Option.none()
        const cleaned = cleanedUntilStable(html.replaceAll("\0", ""), optionsFor({ remoteImages }))
        if (cleaned === undefined || !WELL_FORMED.test(cleaned)) return Option.none()
        // addresses of the host's own pages are no longer clean in the sense of the list, and so come last
        return Option.some(images === undefined ? cleaned : sanitizeHtml(cleaned, optionsFor({ images, remoteImages })))
      })
  })
)
