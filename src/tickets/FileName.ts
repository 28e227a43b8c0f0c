import { codePoints } from "../kernel/Text.ts"

/** People read no longer names, and file systems have none longer than 255 bytes, which this stays below in UTF-8. */
const LONGEST_NAME = 60
const LONGEST_EXTENSION = 10

// What separates folders, names streams and drives, or is special to a shell or a file system somewhere (Windows, macOS, Linux).
const RESERVED = /[\\/:*?"<>|]/gu
// Controls, marks of direction, what has no width, and what is no character: a name must be what it looks like (Unicode TR 36, section 2.5).
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i

const cut = (text: string, max: number): string =>
  codePoints(text) <= max ? text : Array.from(text).slice(0, max).join("")

/** The extension in small letters, without its dot; empty where there is none. */
export const extensionOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""

/**
 * A name as it can be shown, put into a header and saved on any system: one line, without folders, controls, marks of direction and what systems
 * reserve, at most 60 characters with its extension kept (ASVS 5.3.2, 5.4.1). It is never used to find the stored bytes (R-TI-11).
 */
export const safeName = (input: string): string => {
  const base = input.toWellFormed().normalize("NFC").split(/[\\/]/).at(-1) ?? ""
  const plain = base
    .replace(UNSEEN, "")
    .replace(RESERVED, "_")
    .replace(/\p{Zs}+/gu, " ")
    .replace(/^[. ~]+|[. ]+$/gu, "")
  const extension = /\.[^. ]{1,10}$/u.exec(plain)?.[0] ?? ""
  const stem = extension === "" ? plain : plain.slice(0, -extension.length)
  const short = cut(stem, LONGEST_NAME - LONGEST_EXTENSION - 1).replace(/[. ]+$/u, "")
  const whole = `${short === "" ? "file" : short}${extension}`.normalize("NFC")
  return DEVICE.test(whole) ? `_${whole}` : whole
}
