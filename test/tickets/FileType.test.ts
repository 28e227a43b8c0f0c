import { assert, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import fc from "fast-check"
import { describe } from "vitest"
import { layerFileTypeDetector } from "../../src/files/index.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { headersOf } from "../../src/tickets/File.ts"
import { agreed, HEAD_BYTES, knownTypes } from "../../src/tickets/FileType.ts"
import { FileTypeDetector } from "../../src/tickets/FileTypeDetector.ts"
import { pdf, png } from "./filesWorld.ts"

const text = (source: string): Uint8Array => new TextEncoder().encode(source)
const bytes = (...values: ReadonlyArray<number | string>): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => (typeof value === "number" ? [value] : [...Buffer.from(value, "latin1")])))
const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** A ZIP archive of entries that are stored as they are. */
const zip = (entries: Readonly<Record<string, string>>): Uint8Array => {
  const locals: Array<Buffer> = []
  const central: Array<Buffer> = []
  let offset = 0
  for (const [name, content] of Object.entries(entries)) {
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt32LE(Buffer.byteLength(content), 14)
    fields.writeUInt32LE(Buffer.byteLength(content), 18)
    fields.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(name), Buffer.from(content)])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), fields, tail, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const size = central.reduce((sum, { length }) => sum + length, 0)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(central.length, 4)
  end.writeUInt16LE(central.length, 6)
  end.writeUInt32LE(size, 8)
  end.writeUInt32LE(offset, 12)
  return new Uint8Array(Buffer.concat([...locals, ...central, Buffer.from("PK\x05\x06"), end]))
}

const office = (part: string, type: string): Uint8Array =>
  zip({
    "[Content_Types].xml": `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/${part}" ContentType="application/vnd.${type}.main+xml"/></Types>`,
    [part]: "<x/>"
  })

const docx = office("word/document.xml", "openxmlformats-officedocument.wordprocessingml.document")
const docm = office("word/document.xml", "ms-word.document.macroEnabled")
const xlsx = office("xl/workbook.xml", "openxmlformats-officedocument.spreadsheetml.sheet")
const odt = zip({ mimetype: "application/vnd.oasis.opendocument.text", "content.xml": "<x/>" })
const archive = zip({ "a.txt": "hello" })
const jar = zip({ "META-INF/MANIFEST.MF": "Main-Class: A", "A.class": "x" })
const exe = joined(bytes("MZ", 0x90, 0, 3, 0, 0, 0), new Uint8Array(200))
const elf = joined(bytes(0x7f, "ELF", 2, 1, 1), new Uint8Array(100))
const gif = joined(bytes("GIF89a", 1, 0, 1, 0, 0, 0, 0), new Uint8Array(20))
const jpg = joined(bytes(0xff, 0xd8, 0xff, 0xe0, 0, 16, "JFIF", 0, 1, 1), new Uint8Array(50))
const cfb = joined(bytes(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1), new Uint8Array(600))
const html = text("<!DOCTYPE html><html><script>alert(1)</script></html>")
const svg = text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
const xmlSvg = text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')
const utf16 = joined(bytes(0xff, 0xfe), new Uint8Array(Buffer.from("<html><script>alert(1)</script>", "utf16le")))

const outcome = (name: string, content: Uint8Array, allowed = defaults.files.types) =>
  Effect.gen(function* () {
    const detector = yield* FileTypeDetector
    const head = content.subarray(0, HEAD_BYTES)
    const result = agreed(name, head, yield* detector.detect(head), allowed)
    return Result.isSuccess(result) ? result.success.mediaType : result.failure.reason
  })

const table: ReadonlyArray<readonly [name: string, what: string, content: Uint8Array, outcome: string]> = [
  ["a.pdf", "a PDF", pdf(), "application/pdf"],
  ["a.PDF", "a PDF", pdf(), "application/pdf"],
  ["a.png", "a PNG", png, "image/png"],
  ["a.jpg", "a JPEG", jpg, "image/jpeg"],
  ["a.jpeg", "a JPEG", jpg, "image/jpeg"],
  ["a.gif", "a GIF", gif, "image/gif"],
  ["a.docx", "a DOCX", docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["a.xlsx", "an XLSX", xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["a.odt", "an ODT", odt, "application/vnd.oasis.opendocument.text"],
  ["a.zip", "a ZIP", archive, "application/zip"],
  ["a.doc", "an old Office file", cfb, "application/msword"],
  ["a.txt", "text", text("Grüße\n\tÄ"), "text/plain"],
  ["a.csv", "a table", text("a;b\n1;2"), "text/csv"],
  ["a.txt", "text with angle brackets later", text("1 < 2\n<html>"), "text/plain"],
  ["a.json", "JSON", text('{"a":"<script>"}'), "application/json"],
  ["a.html", "a page", html, "text/html"],
  ["a.svg", "a drawing", svg, "image/svg+xml"],
  ["a.svg", "a drawing in XML", xmlSvg, "image/svg+xml"],
  // the name says one thing, the content another one
  ["a.pdf", "a PNG", png, "content"],
  ["a.png", "a PDF", pdf(), "content"],
  ["a.jpg", "a program", exe, "content"],
  ["a.pdf", "a program", exe, "content"],
  ["a.txt", "a program", exe, "content"],
  ["a.txt", "a Linux program", elf, "content"],
  ["a.csv", "a ZIP", archive, "content"],
  ["a.docx", "a ZIP of something else", archive, "content"],
  ["a.docx", "a document with macros", docm, "content"],
  ["a.docx", "a table", xlsx, "content"],
  ["a.docx", "a Java program", jar, "content"],
  ["a.zip", "a DOCX", docx, "content"],
  ["a.png", "a drawing", svg, "content"],
  ["a.jpg", "a page", html, "content"],
  ["a.txt", "a page", html, "content"],
  ["a.txt", "a page after spaces and a mark of order", text("\ufeff \n\t<HTML>"), "content"],
  ["a.txt", "a script in capitals", text("<SCRIPT>alert(1)</SCRIPT>"), "content"],
  ["a.txt", "a drawing", svg, "content"],
  ["a.csv", "a page that begins with a comment", text("<!-- --><script>alert(1)</script>"), "content"],
  ["a.txt", "a page in UTF-16", utf16, "content"],
  ["a.html", "plain text", text("hello"), "content"],
  ["a.html", "a PNG", png, "content"],
  ["a.txt", "bytes", bytes("abc", 0, 1, 2, "def"), "content"],
  ["a.pdf", "nothing known", text("hello"), "content"],
  // polyglots: one file that two programs read in two ways
  ["a.html", "a GIF that is a page, too", joined(bytes("GIF89a/*"), html), "content"],
  ["a.txt", "a GIF that is a script, too", joined(bytes("GIF89a=1;alert(1)")), "content"],
  ["a.gif", "a GIF with a page behind it: it stays a GIF", joined(gif, html), "image/gif"],
  ["a.jpg", "a JPEG with an archive behind it: it stays a JPEG", joined(jpg, jar), "image/jpeg"],
  ["a.pdf", "a page with a PDF behind it", joined(html, pdf()), "content"],
  ["a.pdf", "an archive with a PDF behind it", joined(archive, pdf()), "content"],
  ["a.html", "a PDF with a page behind it", joined(pdf(), html), "content"],
  ["a.zip", "a picture with an archive behind it", joined(png, archive), "content"],
  ["a.svg", "a PNG with a drawing behind it", joined(png, svg), "content"],
  // names that are on no list
  ["a.exe", "a program", exe, "extension"],
  ["a.pdf.exe", "a PDF", pdf(), "extension"],
  ["a.js", "a script", text("alert(1)"), "extension"],
  ["a.php", "a script", text("<?php"), "extension"],
  ["a.docm", "a document with macros", docm, "extension"],
  ["a.xhtml", "a page", html, "extension"],
  ["a.svgz", "a drawing", bytes(0x1f, 0x8b, 8), "extension"],
  ["a.hta", "a page", html, "extension"],
  ["pdf", "a PDF", pdf(), "extension"],
  ["a.__proto__", "a PDF", pdf(), "extension"],
  ["a.constructor", "a PDF", pdf(), "extension"]
]

describe("the type of a file", () => {
  for (const [name, what, content, expected] of table) {
    it.effect(`${name} with ${what}: ${expected}`, () =>
      Effect.map(outcome(name, content), (found) => assert.strictEqual(found, expected)).pipe(
        Effect.provide(layerFileTypeDetector)
      )
    )
  }

  it.effect(
    "R-TI-11 TIC-13 name and content agree, or the file is refused: in all pairs of samples, only what belongs together passes",
    () =>
      Effect.gen(function* () {
        const samples = {
          pdf: pdf(),
          png,
          jpg,
          gif,
          docx,
          xlsx,
          odt,
          zip: archive,
          doc: cfb,
          txt: text("hello"),
          html,
          svg
        }
        const passed: Array<string> = []
        for (const name of defaults.files.types) {
          for (const [kind, content] of Object.entries(samples)) {
            const found = yield* outcome(`a.${name}`, content)
            if (found !== "content" && found !== "extension") passed.push(`${name}=${kind}`)
          }
        }
        assert.deepStrictEqual(passed.sort(), [
          ..."csv=txt doc=doc docx=docx eml=txt gif=gif htm=html htm=svg html=html html=svg ics=txt".split(" "),
          ..."jpeg=jpg jpg=jpg json=txt log=txt md=txt msg=doc odt=odt pdf=pdf png=png ppt=doc svg=html svg=svg".split(
            " "
          ),
          ..."txt=txt vcf=txt xls=doc xlsx=xlsx xml=html xml=svg zip=zip".split(" ")
        ])
      }).pipe(Effect.provide(layerFileTypeDetector))
  )

  it.effect("R-TI-11 TIC-13 the settings take types away", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* outcome("a.svg", svg, ["pdf"]), "extension")
      assert.strictEqual(yield* outcome("a.pdf", pdf(), ["pdf"]), "application/pdf")
      // and give none that the library does not know
      assert.strictEqual(yield* outcome("a.exe", exe, ["exe"]), "extension")
    }).pipe(Effect.provide(layerFileTypeDetector))
  )

  it.effect("TIC-13 any bytes are told in bounded time", () =>
    Effect.gen(function* () {
      const detector = yield* FileTypeDetector
      const heads = [
        ...fc.sample(fc.uint8Array({ maxLength: 4096 }), 300),
        ...[pdf(), png, jpg, gif, docx, odt, archive, cfb].flatMap((whole) =>
          fc.sample(fc.tuple(fc.nat(whole.length), fc.nat(whole.length), fc.nat(255)), 40).map(([end, at, value]) => {
            const cut = whole.slice(0, end)
            if (at < cut.length) cut[at] = value
            return cut
          })
        ),
        // sizes that point out of the file, and archives in which nothing ends
        joined(bytes("PK\x03\x04"), new Uint8Array(HEAD_BYTES - 4).fill(0xff)),
        joined(bytes(0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9), new Uint8Array(HEAD_BYTES - 10)),
        joined(bytes("RIFF", 0xff, 0xff, 0xff, 0xff, "WEBP"), new Uint8Array(HEAD_BYTES - 12)),
        joined(bytes("ID3", 4, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f), new Uint8Array(HEAD_BYTES - 10))
      ]
      const begun = process.hrtime.bigint()
      for (const head of heads) yield* detector.detect(head)
      assert.isBelow(Number(process.hrtime.bigint() - begun) / 1e6, 20_000)
    }).pipe(Effect.provide(layerFileTypeDetector))
  )

  it("TIC-13 R-TI-09 no type that can do something in a browser is served as what it is", () => {
    for (const { extension, mediaType } of knownTypes) {
      const { "content-type": type = "" } = headersOf({ mediaType, name: `a.${extension}`, size: 1 })
      assert.notMatch(type, /html|svg|xml(?!formats)|javascript/, extension)
    }
    // what no list knows is bytes
    assert.strictEqual(
      headersOf({ mediaType: "text/html", name: "a.pdf", size: 1 })["content-type"],
      "application/octet-stream"
    )
  })
})
