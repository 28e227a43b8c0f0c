import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { disposition } from "../../src/tickets/File.ts"
import { extensionOf, safeName } from "../../src/tickets/FileName.ts"

const names = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc
    .tuple(
      fc.array(
        fc.constantFrom(
          "..",
          ".",
          "/",
          "\\",
          ":",
          "a",
          "CON",
          "aux",
          " ",
          "\u202e",
          "\u200b",
          "\0",
          "\n",
          "ä",
          "😀",
          "%2e"
        ),
        { maxLength: 12 }
      ),
      fc.constantFrom("", ".pdf", ".PDF", ".tar.gz", ".", ".. ", ".p\u202ddf", `.${"x".repeat(30)}`)
    )
    .map(([parts, end]) => parts.join("") + end)
)

describe("the name of a file", () => {
  it("TIC-13 R-TI-11 whatever comes in, is one visible line that no system takes for a place, and has its extension", () => {
    fc.assert(
      fc.property(names, (input) => {
        const name = safeName(input)
        assert.isTrue(name.isWellFormed())
        assert.isAtMost(Array.from(name).length, 62)
        assert.isAtMost(Buffer.byteLength(name), 255)
        assert.notMatch(name, /[\\/:*?"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
        assert.notMatch(name, /^[. ~]|[. ]$/u)
        assert.notMatch(name, /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i)
        assert.notStrictEqual(name, "")
        assert.strictEqual(safeName(name), name, "made safe twice")
      }),
      { numRuns: 3000 }
    )
  })

  it.each([
    ["plan.pdf", "plan.pdf"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\ada\\plan.pdf", "plan.pdf"],
    ["plan.pdf\0.exe", "plan.pdf.exe"],
    ["plan\u202efdp.exe", "planfdp.exe"],
    ["  .htaccess", "htaccess"],
    ["..", "file"],
    ["", "file"],
    [".pdf", "pdf"],
    ["a/.pdf", "pdf"],
    ["CON.pdf", "_CON.pdf"],
    ["lpt1", "_lpt1"],
    ['a"b<c>|?*:.pdf', "a_b_c_____.pdf"],
    ["plan.pdf. .", "plan.pdf"],
    ["plan.pdf::$DATA", "plan.pdf__$DATA"],
    ["Pla\u0308ne.pdf", "Pläne.pdf"],
    ["a\u00a0\u2003b.pdf", "a b.pdf"],
    [`${"x".repeat(300)}.pdf`, `${"x".repeat(49)}.pdf`],
    ["a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"]
  ])("R-TI-11 %j becomes %j", (input, name) => {
    assert.strictEqual(safeName(input), name)
  })

  it("R-TI-11 in a header is quoted, so that nothing of it is a header or a parameter of its own", () => {
    fc.assert(
      fc.property(names, (input) => {
        assert.match(
          disposition(safeName(input)),
          /^attachment; filename="[\x20\x21\x23-\x5b\x5d-\x7e]+"; filename\*=UTF-8''(?:[\w.~$&+^`|#!-]|%[0-9A-F]{2})+$/
        )
      }),
      { numRuns: 2000 }
    )
  })

  it("has the last ending as its extension, in small letters", () => {
    assert.deepStrictEqual(["a.PDF", "a.tar.gz", "pdf", "a."].map(extensionOf), ["pdf", "gz", "", ""])
  })
})
