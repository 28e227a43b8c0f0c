// how the tag looks with which programs that most people write with begin what they quote; in front of it stands what the author wrote
const QUOTES: ReadonlyArray<RegExp> = [
  /^<blockquote\b.*\btype=["']?cite/is,
  /^<(?:div|blockquote)\b.*\bclass=["']?(?:gmail_quote|gmail_attr|moz-cite-prefix|yahoo_quoted|protonmail_quote|tutanota_quote)/is,
  /^<div\b.*\bid=["']?(?:appendonsend|divRplyFwdMsg|mail-editor-reference-message-container|replySplit|isForwardContent)/is,
  /^<div\b.*\bname=["']?quote/is,
  /^<div\b.*\bstyle=["'][^"']*border-top:\s*solid #(?:E1E1E1|B5C4DF)/is
]
/** So much of a tag is looked at. */
const LONGEST_TAG = 300

/** Where the first quotation begins; -1 without one. Each tag is looked at once. */
const quoteAt = (html: string): number => {
  let at = html.indexOf("<")
  while (at >= 0) {
    const end = html.indexOf(">", at)
    if (end < 0) return -1
    const tag = html.slice(at, Math.min(end, at + LONGEST_TAG))
    if (/^<(?:div|blockquote)\b/i.test(tag) && QUOTES.some((mark) => mark.test(tag))) return at
    at = html.indexOf("<", end)
  }
  return -1
}

/** Whether it quotes, as far as the marks of mail programs tell. */
export const quotes = (html: string): boolean => quoteAt(html) >= 0

/**
 * The HTML in front of what it quotes, for messages whose quotation is folded away (MIN-07). Null where no mark of a quotation is known, or nothing stands in
 * front of it: then the message is shown by its text. What is cut leaves elements open, which the sanitiser closes.
 */
export const unquoted = (html: string): string | null => {
  const end = quoteAt(html)
  if (end < 0) return null
  const above = html.slice(0, end)
  const body = above.slice(Math.max(0, above.search(/<body\b/i)))
  return /[^\s]/.test(body.replace(/<[^<>]*>/g, "").replaceAll("&nbsp;", "")) ? above : null
}
