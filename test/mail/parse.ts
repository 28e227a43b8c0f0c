/** A mail as a mail program reads it: enough of RFC 5322, 2045 and 2047 for what is sent in tests. */
export interface ParsedMail {
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  readonly html: string
}

const decodeWords = (value: string): string =>
  value
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, encoded: string) =>
      kind.toLowerCase() === "b" ? `\u0000${encoded}\u0000` : decodeQuoted(encoded.replaceAll("_", " "))
    )
    // words may part a character, so neighbours are decoded together
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks of the line above
    .replace(/(?:\u0000[A-Za-z0-9+/=]*\u0000)+/g, (words) =>
      Buffer.concat(words.split("\u0000").map((word) => Buffer.from(word, "base64"))).toString("utf8")
    )

const decodeQuoted = (text: string): string =>
  Buffer.from(
    text
      .replace(/=\r\n/g, "")
      .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1"
  ).toString("utf8")

const split = (raw: string): { readonly headers: Map<string, string>; readonly body: string } => {
  const end = raw.indexOf("\r\n\r\n")
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = line.slice(0, colon).toLowerCase()
    if (headers.has(name)) throw new Error(`two headers ${name}`)
    headers.set(name, decodeWords(line.slice(colon + 1).trim()))
  }
  return { headers, body: raw.slice(end + 4) }
}

const decodeBody = (headers: ReadonlyMap<string, string>, body: string): string => {
  switch (headers.get("content-transfer-encoding")?.toLowerCase()) {
    case "base64":
      return Buffer.from(body, "base64").toString("utf8")
    case "quoted-printable":
      return decodeQuoted(body)
    default:
      return body
  }
}

export const parseMail = (raw: string): ParsedMail => {
  const { body, headers } = split(raw)
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get("content-type") ?? "")?.[1] ?? "none"
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => split(part.replace(/^\r\n/, "").replace(/\r\n$/, "")))
  const find = (type: string) => {
    const part = parts.find((one) => one.headers.get("content-type")?.startsWith(type))
    return part === undefined ? "" : decodeBody(part.headers, part.body).replaceAll("\r\n", "\n")
  }
  return { headers, text: find("text/plain"), html: find("text/html") }
}
