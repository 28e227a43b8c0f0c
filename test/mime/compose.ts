/** Bytes of a message: text as UTF-8 with CR LF line ends, bytes as they are. */
export type Piece = string | Uint8Array

export const bytes = (...pieces: ReadonlyArray<Piece>): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      pieces.map((piece) =>
        typeof piece === "string" ? Buffer.from(piece.replace(/\r?\n/g, "\r\n"), "utf8") : Buffer.from(piece)
      )
    )
  )

export const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"))
export const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"))

/** Text or bytes as the body of a part in base64. */
export const armored = (content: Piece): string => Buffer.from(content).toString("base64").replace(/.{76}/g, "$&\n")

/** Quoted-printable (RFC 2045 section 6.7), good enough for lines that are not long. */
export const quotedPrintable = (text: string): string =>
  [...Buffer.from(text, "utf8")]
    .map((byte) => {
      if (byte === 10) return "\n"
      return byte < 32 || byte > 126 || byte === 61
        ? `=${byte.toString(16).toUpperCase().padStart(2, "0")}`
        : String.fromCharCode(byte)
    })
    .join("")

export const ADA = "Ada Lovelace <ada@example.com>"
export const SUPPORT = "support@localhost.localdomain"

/** The header that most messages have; what is given replaces it or comes after it, and an empty value leaves it out. */
export const header = (over: Readonly<Record<string, string>> = {}): string => {
  const fields = {
    From: ADA,
    To: SUPPORT,
    Subject: "Drucker",
    Date: "Mon, 03 Mar 2025 10:12:00 +0100",
    "Message-ID": "<1@example.com>",
    ...over
  }
  return Object.entries(fields)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("")
}

/** A message of one text. */
export const plain = (text: string, over: Readonly<Record<string, string>> = {}): Uint8Array =>
  bytes(
    header({
      "MIME-Version": "1.0",
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Transfer-Encoding": "8bit",
      ...over
    }),
    "\n",
    text
  )

export const html = (markup: string, over: Readonly<Record<string, string>> = {}): Uint8Array =>
  plain(markup, { "Content-Type": "text/html; charset=utf-8", ...over })

export interface PartSource {
  readonly type: string
  readonly body: Piece
  readonly more?: string
}

export const part = ({ body, more = "", type }: PartSource): ReadonlyArray<Piece> => [
  `Content-Type: ${type}\n${more}\n`,
  body,
  "\n"
]

/** A part of several parts; the boundary must be in none of them. */
export const multipart = (kind: string, boundary: string, parts: ReadonlyArray<ReadonlyArray<Piece>>): PartSource => ({
  type: `multipart/${kind}; boundary="${boundary}"`,
  body: bytes(...parts.flatMap((one): ReadonlyArray<Piece> => [`--${boundary}\n`, ...one]), `--${boundary}--\n`)
})

export const message = (
  { body, more = "", type }: PartSource,
  over: Readonly<Record<string, string>> = {}
): Uint8Array => bytes(header({ "MIME-Version": "1.0", "Content-Type": type, ...over }), more, "\n", body)

export const text = (body: string): ReadonlyArray<Piece> => part({ type: "text/plain; charset=utf-8", body })
export const markup = (body: string): ReadonlyArray<Piece> => part({ type: "text/html; charset=utf-8", body })

export const PNG = base64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

export const file = (type: string, name: string, content: Piece, more = ""): ReadonlyArray<Piece> =>
  part({
    type: `${type}; name="${name}"`,
    body: armored(content),
    more: `Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n${more}`
  })

/** A report of a mail server (RFC 3464): its words, its fields, and the mail that it is about. */
export const report = (
  fields: string,
  {
    copy = "text/rfc822-headers",
    about = "Message-ID: <01890000-0000-7000-8000-000000000001@localhost.localdomain>",
    over = {},
    kind = "delivery-status"
  }: {
    readonly copy?: string
    readonly about?: string
    readonly over?: Readonly<Record<string, string>>
    readonly kind?: string
  } = {}
): Uint8Array => {
  const { body, type } = multipart("report", "report", [
    text("Ihre Nachricht konnte nicht zugestellt werden."),
    part({ type: `message/${kind}`, body: fields }),
    ...(about === "" ? [] : [part({ type: copy, body: `${about}\nSubject: [#12345678] Ihr Ticket\n\n` })])
  ])
  return message(
    { type: `${type}; report-type=${kind}`, body },
    {
      From: "Mail Delivery System <mailer-daemon@mx.example.com>",
      Subject: "Undelivered Mail Returned to Sender",
      ...over
    }
  )
}
