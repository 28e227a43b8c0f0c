import { Option, Result, Schema } from "effect"
import { Refusal } from "../kernel/Refusal.ts"
import { extensionOf } from "./FileName.ts"

/** What a file's first bytes say that it is. */
export interface Detected {
  /** Without a dot, for example `pdf`. */
  readonly extension: string
  readonly mediaType: string
}

/** A type of file that can be uploaded. */
export interface FileType {
  /** Without a dot, in small letters. */
  readonly extension: string
  /** As it is served, always as a download. */
  readonly mediaType: string
  /** What the content of such a file is detected as; `text` for what has no marks and must then be text. */
  readonly content: ReadonlyArray<string>
  /** Can do something in a browser: is served as bytes without a meaning (TIC-13). */
  readonly active: boolean
}

const binary = (extension: string, mediaType: string, ...content: ReadonlyArray<string>): FileType => ({
  extension,
  mediaType,
  content: content.length === 0 ? [extension] : content,
  active: false
})
const plain = (extension: string, mediaType: string): FileType => ({
  extension,
  mediaType,
  content: ["text"],
  active: false
})
const active = (extension: string, mediaType: string): FileType => ({
  extension,
  mediaType,
  content: ["markup"],
  active: true
})

/** Every type that the library can tell; which of them are allowed is a setting. */
export const knownTypes: ReadonlyArray<FileType> = [
  binary("pdf", "application/pdf"),
  binary("png", "image/png", "png", "apng"),
  binary("jpg", "image/jpeg"),
  binary("jpeg", "image/jpeg", "jpg"),
  binary("gif", "image/gif"),
  binary("webp", "image/webp"),
  binary("bmp", "image/bmp"),
  binary("tif", "image/tiff"),
  binary("tiff", "image/tiff", "tif"),
  binary("heic", "image/heic"),
  binary("heif", "image/heif", "heic"),
  binary("avif", "image/avif"),
  binary("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
  binary("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
  binary("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
  binary("odt", "application/vnd.oasis.opendocument.text"),
  binary("ods", "application/vnd.oasis.opendocument.spreadsheet"),
  binary("odp", "application/vnd.oasis.opendocument.presentation"),
  // one container for all of them, in which no more can be told from the first bytes
  binary("doc", "application/msword", "cfb"),
  binary("xls", "application/vnd.ms-excel", "cfb"),
  binary("ppt", "application/vnd.ms-powerpoint", "cfb"),
  binary("msg", "application/vnd.ms-outlook", "cfb"),
  binary("rtf", "application/rtf"),
  binary("zip", "application/zip"),
  binary("mp3", "audio/mpeg"),
  binary("m4a", "audio/mp4"),
  binary("wav", "audio/wav"),
  binary("ogg", "audio/ogg", "ogg", "oga", "opus"),
  binary("mp4", "video/mp4", "mp4", "m4v"),
  binary("mov", "video/quicktime"),
  binary("webm", "video/webm"),
  plain("txt", "text/plain"),
  plain("log", "text/plain"),
  plain("md", "text/plain"),
  plain("csv", "text/csv"),
  plain("json", "application/json"),
  { ...plain("eml", "message/rfc822"), content: ["text", "eml"] },
  { ...plain("ics", "text/calendar"), content: ["text", "ics"] },
  { ...plain("vcf", "text/vcard"), content: ["text", "vcf"] },
  { ...active("svg", "image/svg+xml"), content: ["markup", "xml", "svg"] },
  active("html", "text/html"),
  active("htm", "text/html"),
  { ...active("xml", "application/xml"), content: ["markup", "xml"] }
]

/** Why a file is refused: the extension is not on the list, or the content is not what the extension says. */
export const TypeRefusal = Schema.Literals(["extension", "content"])
export type TypeRefusal = typeof TypeRefusal.Type

/** Files of this kind are not taken, or the content is of another kind than the name says (R-TI-11). */
export class FileTypeNotAllowed extends Refusal<FileTypeNotAllowed>()(
  "FileTypeNotAllowed",
  { name: Schema.String, reason: TypeRefusal },
  {
    category: "invalid",
    de: "Die Datei „{name}“ kann nicht angenommen werden: Ihre Art ist nicht erlaubt, oder der Inhalt passt nicht zur Endung des Namens.",
    en: 'The file "{name}" cannot be taken: its kind is not allowed, or its content does not fit the ending of its name.'
  }
) {}

const byExtension: ReadonlyMap<string, FileType> = new Map(knownTypes.map((type) => [type.extension, type]))

/** The type of a safe name, if it is on the list of those that are allowed. */
export const typeOfName = (
  name: string,
  allowed: ReadonlyArray<string>
): Result.Result<FileType, FileTypeNotAllowed> => {
  const type = byExtension.get(extensionOf(name))
  return type === undefined || !allowed.includes(type.extension)
    ? Result.fail(new FileTypeNotAllowed({ name, reason: "extension" }))
    : Result.succeed(type)
}

/** So many bytes from the beginning decide what a file is. */
export const HEAD_BYTES = 64 * 1024

const isText = (head: Uint8Array): boolean => {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true
  for (const byte of head) {
    // the bytes that make a resource binary (WHATWG MIME Sniffing, section 7.2), and the one that ends a DOS text
    if (byte < 0x09 || byte === 0x0b || (byte > 0x0d && byte < 0x1a) || (byte > 0x1b && byte < 0x20)) return false
  }
  return true
}

// Where a text begins with one of these, browsers that guess take it for a page (WHATWG MIME Sniffing, section 7.1) or a drawing.
const MARKUP =
  /^(?:\ufeff|\s)*<(?:!doctype|!--|\?xml|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|svg|img|meta|link|object|embed|math|form|base)(?=[\s/>]|$)/i

/** What can be said of bytes in which nothing was detected. */
const contentOf = (head: Uint8Array): "markup" | "text" | "unknown" => {
  if (!isText(head)) return "unknown"
  // what is looked for is ASCII, which both encodings have in the same places
  const start = new TextDecoder("latin1").decode(head.subarray(0, 4096)).replace(/^(?:ï»¿|ÿþ|þÿ)/, "")
  return MARKUP.test(start.replaceAll("\0", "")) ? "markup" : "text"
}

/**
 * The type of a file, if its name and its first bytes agree on one that is allowed (TIC-13, ASVS 5.2.2). Text must not begin as a page or a drawing does,
 * unless it says by its name that it is one.
 */
export const agreed = (
  name: string,
  head: Uint8Array,
  detected: Option.Option<Detected>,
  allowed: ReadonlyArray<string>
): Result.Result<FileType, FileTypeNotAllowed> =>
  Result.flatMap(typeOfName(name, allowed), (type) => {
    const content = Option.match(detected, { onNone: () => contentOf(head), onSome: ({ extension }) => extension })
    return type.content.includes(content)
      ? Result.succeed(type)
      : Result.fail(new FileTypeNotAllowed({ name, reason: "content" }))
  })
