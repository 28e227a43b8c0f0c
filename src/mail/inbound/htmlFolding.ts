// where the programs that most people write with begin what they quote; in front of any of them stands what the author wrote
const QUOTES: ReadonlyArray<RegExp> = [
  /<blockquote\b[^>]{0,500}\btype=["']?cite/i,
  /<(?:div|blockquote)\b[^>]{0,500}\bclass=["']?(?:gmail_quote|gmail_attr|moz-cite-prefix|yahoo_quoted|protonmail_quote|tutanota_quote)/i,
  /<div\b[^>]{0,500}\bid=["']?(?:appendonsend|divRplyFwdMsg|mail-editor-reference-message-container|replySplit|isForwardContent)/i,
  /<div\b[^>]{0,500}\bname=["']?quote/i,
  /<div\b[^>]{0,500}\bstyle=["'][^"'>]{0,300}border-top:\s*solid #(?:E1E1E1|B5C4DF)/i
]

/**
 * The HTML in front of what it quotes, for messages whose quotation is folded away (MIN-07). Null where no mark of a quotation is known, or nothing stands in
 * front of it: then the message is shown by its text. What is cut leaves elements open, which the sanitiser closes.
 */
export const unquoted = (html: string): string | null => {
  let end = -1
  for (const mark of QUOTES) {
    const at = html.search(mark)
    if (at >= 0 && (end < 0 || at < end)) end = at
  }
  if (end < 0) return null
  const above = html.slice(0, end)
  const body = above.slice(Math.max(0, above.search(/<body\b/i)))
  return /[^\s]/.test(body.replace(/<[^<>]*>/g, "").replaceAll("&nbsp;", "")) ? above : null
}
