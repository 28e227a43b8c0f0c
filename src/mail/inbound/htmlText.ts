// the names of the characters 160 to 255 in order (HTML 4.01 section 24.2.1), and a few others that mail programs write
const LATIN =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml"
const NAMED: ReadonlyMap<string, string> = new Map([
  ...LATIN.split(" ").map((name, index): [string, string] => [name, String.fromCharCode(160 + index)]),
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["euro", "€"],
  ["ndash", "–"],
  ["mdash", "—"],
  ["lsquo", "‘"],
  ["rsquo", "’"],
  ["sbquo", "‚"],
  ["ldquo", "“"],
  ["rdquo", "”"],
  ["bdquo", "„"],
  ["bull", "•"],
  ["hellip", "…"],
  ["trade", "™"],
  ["rarr", "→"],
  ["zwnj", ""],
  ["zwj", ""]
])

const decodeEntities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,8}));?/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED.get(String(name)) ?? whole
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal)
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? "\ufffd" : String.fromCodePoint(code)
  })

/** What is between these tags is not for people. */
const UNSEEN: ReadonlySet<string> = new Set(["script", "style", "head", "title", "noscript", "template", "svg"])
const BLOCKS: ReadonlySet<string> = new Set(
  "p div table tr ul ol li h1 h2 h3 h4 h5 h6 pre section article header footer address center dl dt dd form".split(" ")
)
/** Between these there is a line of space. */
const SPACED: ReadonlySet<string> = new Set(["p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol"])
const MOST_LEVELS = 20

/**
 * HTML as text, for messages that bring no other, in time linear in its length: block by line, list items with a dash, quotations with "> " as mail programs
 * write them, so that they can be folded (MIN-07). It is text and nothing else; what looks like markup in it is shown as such.
 */
export const htmlText = (html: string): string => {
  const lines: Array<string> = []
  // pieces, because looking at the end of a text that grows costs as much as all of it
  let pieces: Array<string> = []
  let spaced = true
  const add = (piece: string): void => {
    if (piece === "") return
    pieces.push(piece)
    spaced = piece.endsWith(" ")
  }
  /** Tags of which no end comes any more. */
  const endless = new Set<string>()
  let quotes = 0
  let blank = false
  let inPre = 0
  const end = (space: boolean): void => {
    const line = pieces.join("")
    const text = inPre > 0 ? line.trimEnd() : line.trim()
    pieces = []
    spaced = true
    if (text !== "") {
      if (blank && lines.length > 0) lines.push(quotes > 0 ? "> ".repeat(quotes).trimEnd() : "")
      blank = false
      lines.push("> ".repeat(quotes) + text)
    }
    if (space) blank = true
  }
  const show = (raw: string): void => {
    const text = decodeEntities(raw)
    if (inPre > 0) {
      const [first = "", ...rest] = text.split(/\r?\n/)
      add(first)
      for (const next of rest) {
        end(false)
        add(next)
      }
      return
    }
    const flat = text.replace(/[\s\u00a0]+/g, " ")
    add(spaced ? flat.trimStart() : flat)
  }

  let at = 0
  while (at < html.length) {
    const open = html.indexOf("<", at)
    if (open < 0) {
      show(html.slice(at))
      break
    }
    if (open > at) show(html.slice(at, open))
    if (html.startsWith("<!--", open)) {
      const close = html.indexOf("-->", open + 4)
      at = close < 0 ? html.length : close + 3
      continue
    }
    const name = /^<(\/?)([A-Za-z][A-Za-z0-9]{0,15})/.exec(html.slice(open, open + 20))
    if (name === null && !/^<[!?/]/.test(html.slice(open, open + 2))) {
      show("<")
      at = open + 1
      continue
    }
    const close = html.indexOf(">", open)
    if (close < 0) break
    at = close + 1
    const tag = name?.[2]?.toLowerCase() ?? ""
    const closing = name?.[1] === "/"
    if (tag === "br") {
      if (pieces.every((piece) => piece.trim() === "")) blank = lines.length > 0
      end(false)
    } else if (tag === "hr") {
      end(false)
      add("________________________________")
      end(false)
    } else if (tag === "blockquote") {
      end(true)
      quotes = Math.min(MOST_LEVELS, Math.max(0, quotes + (closing ? -1 : 1)))
    } else if (UNSEEN.has(tag) && !closing) {
      // an end that never comes hides the rest, as it does in a browser
      const over = new RegExp(`</${tag}`, "gi")
      over.lastIndex = at
      const found = endless.has(tag) ? null : over.exec(html)
      const past = found === null ? -1 : html.indexOf(">", found.index)
      if (past < 0) endless.add(tag)
      at = past < 0 ? (tag === "head" || tag === "title" ? at : html.length) : past + 1
    } else if (BLOCKS.has(tag)) {
      end(SPACED.has(tag))
      if (tag === "pre") inPre = Math.max(0, inPre + (closing ? -1 : 1))
      if (tag === "li" && !closing) add("- ")
    } else if ((tag === "td" || tag === "th") && closing) {
      if (!spaced) add(" ")
    }
  }
  end(false)
  return lines.join("\n")
}
