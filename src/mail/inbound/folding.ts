/** A mail's text in two: what its author has written for this mail, and quotations and signature, which are shown when asked for (MIN-07). */
export interface Folded {
  readonly text: string
  /** As it stood in the mail; null where there is nothing to fold. */
  readonly folded: string | null
  /** Whether a quotation is part of what is folded. */
  readonly quoted: boolean
}

const isQuote = (line: string): boolean => /^\s?>/.test(line)
const isBlank = (line: string): boolean => line.trim() === ""
const LONGEST_LINE = 1_000

// "On Mon, 3 Mar 2025 at 10:12, Support <…> wrote:", "Am 03.03.25 um 10:12 schrieb Support:", "Support <…> schrieb am Mo., 3. März 2025 um 10:12:"
const ATTRIBUTION =
  /^(?:>\s?)?(?:on\b.{6,}\bwrote\s?:|am\b.{6,}\bschrieb\b.{0,200}:|.{1,200}\bschrieb am\b.{4,100}:|.{1,200}\bwrote on\b.{4,100}:|le\b.{6,}\ba écrit\s?:)$/i
/** The first words of an attribution that goes on in the next lines. */
const ATTRIBUTION_BEGINS = /^(?:>\s?)?(?:on|am|le)\s+\S/i

const isAttribution = (text: string): boolean => text.length <= LONGEST_LINE && ATTRIBUTION.test(text)

/** How many lines from here on are an attribution: mail programs wrap it into up to three; 0 for none. */
const attributionAt = (lines: ReadonlyArray<string>, at: number): number => {
  const first = (lines[at] ?? "").trim()
  if (isAttribution(first)) return 1
  if (first.length > LONGEST_LINE || !ATTRIBUTION_BEGINS.test(first)) return 0
  let text = first
  for (let count = 2; count <= 3; count++) {
    const next = (lines[at + count - 1] ?? "").trim().replace(/^>\s?/, "")
    if (next === "" || next.length > LONGEST_LINE) return 0
    text = `${text} ${next}`
    if (isAttribution(text)) return count
  }
  return 0
}

const ORIGINAL =
  /^[\s>]*(?:-{2,}\s*(?:original message|ursprüngliche nachricht|originalnachricht|original-nachricht|message d'origine)\s*-{2,}|-{2,}\s*(?:reply message|antwort)\s*-{2,})\s*$/i
const RULE = /^\s*[_-]{10,}\s*$/
const FROM_FIELD = /^\s*\*?(?:from|von)\s*:\*?\s*\S/i
const OTHER_FIELD = /^\s*\*?(?:sent|gesendet|date|datum|to|an|cc|subject|betreff)\s*:/i

/** Whether the header of a mail stands here as text, as Outlook puts it in front of what is answered. */
const isHeaderBlock = (lines: ReadonlyArray<string>, at: number): boolean => {
  let fields = 0
  let from = false
  for (let next = at; next < Math.min(at + 6, lines.length); next++) {
    const line = (lines[next] ?? "").slice(0, LONGEST_LINE)
    if (FROM_FIELD.test(line)) from = true
    else if (OTHER_FIELD.test(line)) fields++
    else if (next === at) return false
  }
  return from && fields >= 2
}

const FORWARDED =
  /^[\s>]*(?:-{2,}\s*(?:forwarded message|weitergeleitete nachricht)\s*-{2,}|begin forwarded message:|anfang der weitergeleiteten (?:nachricht|e-mail):)\s*$/i

const DEVICE =
  /^\s*(?:von meinem .{2,40} gesendet|gesendet von (?:meinem )?.{2,40}|gesendet mit .{2,60}|sent from my .{2,40}|sent from .{2,30} for .{2,30}|get outlook for .{2,20}|outlook für .{2,20} (?:herunterladen|beziehen)|diese nachricht wurde von meinem .{2,60} gesendet.?|sent via .{2,40})\.?\s*$/i

const trimmed = (lines: ReadonlyArray<string>): string => {
  let start = 0
  let end = lines.length
  while (start < end && isBlank(lines[start] ?? "")) start++
  while (end > start && isBlank(lines[end - 1] ?? "")) end--
  return lines.slice(start, end).join("\n")
}

interface Segment {
  readonly quote: boolean
  readonly from: number
  readonly to: number
}

/** Runs of quoted lines, each with the attribution before it, and what is between them. */
const segmentsOf = (lines: ReadonlyArray<string>): ReadonlyArray<Segment> => {
  const segments: Array<Segment> = []
  let textFrom = 0
  let at = 0
  const text = (to: number): void => {
    if (to > textFrom && lines.slice(textFrom, to).some((line) => !isBlank(line)))
      segments.push({ quote: false, from: textFrom, to })
  }
  while (at < lines.length) {
    const introduced = attributionAt(lines, at)
    let next = at + introduced
    while (introduced > 0 && next < lines.length && isBlank(lines[next] ?? "")) next++
    if (!isQuote(lines[next] ?? "")) {
      at++
      continue
    }
    if (introduced === 0) next = at
    const from = at
    // an empty line belongs to the quotation when it goes on behind it
    let last = next
    while (next < lines.length && (isQuote(lines[next] ?? "") || isBlank(lines[next] ?? ""))) {
      if (isQuote(lines[next] ?? "")) last = next
      next++
    }
    text(from)
    segments.push({ quote: true, from, to: last + 1 })
    at = last + 1
    textFrom = at
  }
  text(lines.length)
  return segments
}

/**
 * Parts a mail's text, in time linear in its length. Folded are the signature (RFC 3676 section 4.3) and lines that mobile programs add, what stands below
 * an attribution, a line of "original message" or the header of the mail that is answered, and a quotation at the beginning or end. Quotations with answers
 * between them stay, because the answers mean nothing without them, and so does what somebody forwards. A mail that is nothing but a quotation has no text;
 * one that is nothing but a signature is its author's own words.
 */
export const fold = (input: string): Folded => {
  const lines = input.replace(/\r\n?/g, "\n").split("\n")
  let end = lines.length
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ""
    if (line.length > LONGEST_LINE) continue
    if (FORWARDED.test(line)) break
    if (ORIGINAL.test(line) || isHeaderBlock(lines, at) || (RULE.test(line) && isHeaderBlock(lines, at + 1))) {
      end = at
      break
    }
    // an attribution without quoted lines below: everything after it is the quotation
    const introduced = attributionAt(lines, at)
    if (introduced > 0) {
      let next = at + introduced
      while (next < lines.length && isBlank(lines[next] ?? "")) next++
      if (next < lines.length && !isQuote(lines[next] ?? "")) {
        end = at
        break
      }
    }
  }
  // a signature stands at the end, below a quotation, too
  let signed = end
  for (let at = end - 1; at >= 0 && !isQuote(lines[at] ?? ""); at--) {
    if (lines[at] === "-- " || lines[at] === "--") signed = at
  }
  const above = lines.slice(0, signed)

  const segments = segmentsOf(above)
  const quotes = segments.filter(({ quote }) => quote)
  let from = 0
  let to = above.length
  const last = segments.at(-1)
  const first = segments[0]
  if (last?.quote === true) to = last.from
  // one quotation with everything below it; with several, the first one is answered as the others are
  if (first?.quote === true && quotes.length === (last?.quote === true && last !== first ? 2 : 1)) from = first.to

  const body = above.slice(from, Math.max(from, to))
  let bottom = body.length
  while (bottom > 0 && (isBlank(body[bottom - 1] ?? "") || DEVICE.test((body[bottom - 1] ?? "").slice(0, 200))))
    bottom--
  const device = body.slice(bottom)
  const text = trimmed(body.slice(0, bottom))
  const folded = [
    above.slice(0, from),
    device,
    above.slice(Math.max(from, to)),
    lines.slice(signed, end),
    lines.slice(end)
  ]
    .map(trimmed)
    .filter((part) => part !== "")
    .join("\n\n")
  const quoted = from > 0 || to < above.length || end < lines.length
  if (text === "" && !quoted) return { text: trimmed(lines), folded: null, quoted: false }
  return { text, folded: folded === "" ? null : folded, quoted: quoted && folded !== "" }
}
