import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import fc from "fast-check"
import { Parser } from "htmlparser2"
import { describe } from "vitest"
import { layerSanitizer } from "../../src/files/index.ts"
import { type SanitizeOptions, Sanitizer } from "../../src/tickets/Sanitizer.ts"

const clean = (html: string, options?: SanitizeOptions) =>
  Effect.flatMap(Sanitizer, (sanitizer) => sanitizer.clean(html, options)).pipe(Effect.provide(layerSanitizer))

const cleaned = (html: string, options?: SanitizeOptions) => Effect.map(clean(html, options), Option.getOrThrow)

const TAGS = new Set(
  "p div span br hr blockquote pre code h1 h2 h3 h4 h5 h6 b strong i em u s del ins sub sup small mark ul ol li dl dt dd table caption thead tbody tfoot tr th td a img".split(
    " "
  )
)
const ATTRIBUTES: Readonly<Record<string, ReadonlyArray<string>>> = {
  a: ["href", "rel", "target", "title"],
  img: ["src", "alt", "title", "width", "height", "loading", "referrerpolicy"],
  td: ["colspan", "rowspan"],
  th: ["colspan", "rowspan"]
}

/** What is wrong with a cleaned text; nothing, where it is what it should be. */
const faults = (html: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (!TAGS.has(name)) found.push(`<${name}>`)
        for (const [key, value] of Object.entries(attributes)) {
          if (!(ATTRIBUTES[name] ?? []).includes(key)) found.push(`${name} ${key}`)
          if (key === "href" && !/^(?:https:\/\/[^/\\]|mailto:)/.test(value)) found.push(`href ${value}`)
          if (key === "src" && !/^cid:/.test(value)) found.push(`src ${value}`)
        }
        if (name === "a" && "href" in attributes && attributes.rel !== "noopener noreferrer nofollow") {
          found.push("a link without its rel")
        }
      },
      oncomment: () => found.push("a comment"),
      onprocessinginstruction: (name) => found.push(name)
    },
    { lowerCaseTags: true }
  )
  parser.write(html)
  parser.end()
  return found
}

// Each is marked by XSS where it would run; what they have in common is that nobody should notice them after cleaning.
const corpus: ReadonlyArray<readonly [why: string, html: string]> = [
  ["a script", "<script>XSS</script>"],
  ["a script from elsewhere", '<script src="https://evil.example/XSS.js"></script>'],
  ["a script in capitals", "<SCRIPT>XSS</SCRIPT>"],
  ["a script with a slash", "<script/x>XSS</script>"],
  ["a script in a script's name", "<scr<script>ipt>XSS</scr</script>ipt>"],
  ["a script without an end", "<script>XSS"],
  ["an end that is none", "<script>XSS</script foo='>'"],
  ["an event of an image", '<img src="x" onerror="XSS">'],
  ["an event without spaces", '<img/src="x"/onerror=XSS>'],
  ["an event behind a line feed", "<img src=x\nonerror\n=\nXSS>"],
  ["an event behind a form feed", "<img src=x\fonerror=XSS>"],
  ["an event in backticks", "<img src=`x`onerror=XSS>"],
  ["an event in a name", '<p title="a" onmouseover="XSS">x</p>'],
  ["an attribute that ends early", '<a title="x"onclick="XSS">x</a>'],
  ["an attribute's quote as an entity", '<a title="&quot; onclick=&quot;XSS">x</a>'],
  ["a body that loads", "<body onload=XSS>x"],
  ["a detail that opens", '<details open ontoggle="XSS">x</details>'],
  ["a field with the focus", '<input autofocus onfocus="XSS">'],
  ["a moving text", '<marquee onstart="XSS">x</marquee>'],
  ["an animation's event", '<p style="animation:x" onanimationend="XSS">x</p>'],
  ["a link to a script", '<a href="javascript:XSS">x</a>'],
  ["a link in capitals", '<a href="JaVaScRiPt:XSS">x</a>'],
  ["a link with a tab", '<a href="java\tscript:XSS">x</a>'],
  ["a link with an entity for a tab", '<a href="java&#9;script:XSS">x</a>'],
  ["a link with an entity for a line feed", '<a href="java&NewLine;script:XSS">x</a>'],
  ["a link with a colon as an entity", '<a href="javascript&colon;XSS">x</a>'],
  ["a link in numbers", '<a href="&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;XSS">x</a>'],
  ["a link in hexadecimal without ends", '<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;XSS">x</a>'],
  ["a link behind a control", '<a href="\u0001javascript:XSS">x</a>'],
  ["a link behind a space of no width", '<a href="\u200bjavascript:XSS">x</a>'],
  ["a link with a zero", '<a href="java\0script:XSS">x</a>'],
  ["a link to another script", '<a href="vbscript:XSS">x</a>'],
  ["a link to data (CVE-2026-34718)", '<a href="data:text/html,<script>XSS</script>">x</a>'],
  ["a link to data in base 64 (CVE-2026-34718)", '<a href="data:text/html;base64,WFNT">x</a>'],
  ["an image of data (CVE-2026-34718)", '<img src="data:image/svg+xml,<svg onload=XSS>">'],
  ["a link to a blob", '<a href="blob:https://portal.example/XSS">x</a>'],
  ["a link to a file", '<a href="file:///etc/XSS">x</a>'],
  ["a link to a source", '<a href="view-source:https://portal.example/XSS">x</a>'],
  ["an image of the own interface (CVE-2026-63006)", '<img src="/api/XSS">'],
  ["an image by a path upwards (CVE-2026-63006)", '<img src="../../api/v1/users/1/XSS">'],
  ["an image by a path that is none (CVE-2026-63006)", '<img src="https:/api/XSS">'],
  ["an image by its own scheme (CVE-2026-63006)", '<img src="https:api/XSS">'],
  ["an image of another server", '<img src="https://evil.example/XSS.gif">'],
  ["an image without scheme", '<img src="//evil.example/XSS.gif">'],
  ["an image by a backslash", '<img src="\\\\evil.example\\XSS">'],
  ["images in a set", '<img srcset="https://evil.example/XSS 2x">'],
  ["a background", '<table background="https://evil.example/XSS"><td background="XSS">x</td></table>'],
  ["a style that loads", '<p style="background:url(https://evil.example/XSS)">x</p>'],
  ["a style over the page", '<div style="position:fixed;inset:0">x<b>XSS</b></div>'.replace("XSS", "")],
  ["a sheet of styles", "<style>@import 'https://evil.example/XSS';</style>"],
  ["a linked sheet", '<link rel="stylesheet" href="https://evil.example/XSS">'],
  ["a base of addresses", '<base href="https://evil.example/XSS">'],
  ["a page that goes elsewhere", '<meta http-equiv="refresh" content="0;url=javascript:XSS">'],
  ["a frame", '<iframe src="https://evil.example/XSS"></iframe>'],
  ["a frame with a page in it", '<iframe srcdoc="<script>XSS</script>"></iframe>'],
  ["a frame's fallback", "<iframe><img src=x onerror=XSS></iframe>"],
  ["frames in frames", `${"<iframe>".repeat(20)}<img src=x onerror=XSS>`],
  ["an object", '<object data="javascript:XSS"></object>'],
  ["an embedded thing", '<embed src="javascript:XSS">'],
  ["a video (CVE-2026-84463)", '<video src="https://evil.example/XSS" onerror="XSS"><source onerror="XSS"></video>'],
  ["a widget of a video (CVE-2026-84463)", '<iframe src="https://video.example/embed/1" onload="XSS"></iframe>'],
  ["a form", '<form action="https://evil.example/XSS"><input name="password"><button>x</button></form>'],
  ["a button that sends elsewhere", '<button formaction="javascript:XSS">x</button>'],
  ["a drawing", "<svg onload=XSS>"],
  ["a drawing with a script", "<svg><script>XSS</script></svg>"],
  [
    "a drawing that changes a link",
    '<svg><a><animate attributeName=href values="javascript:XSS"/><text>x</text></a></svg>'
  ],
  ["a drawing that uses another", '<svg><use href="data:image/svg+xml,XSS#x"/></svg>'],
  ["a page in a drawing", "<svg><foreignObject><img src=x onerror=XSS></foreignObject></svg>"],
  ["a formula", '<math><maction actiontype="statusline#XSS" xlink:href="javascript:XSS">x</maction></math>'],
  [
    "a formula that changes what comes",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=XSS&gt;'>"
  ],
  ["a style in a drawing", "<svg></p><style><a id='</style><img src=x onerror=XSS>'>"],
  ["a field of text (GHSA-jxwj-j7wr-gfrw)", "<textarea></textarea/><img src=x onerror=XSS></textarea>"],
  ["an example (CVE-2026-44990)", "<xmp><script>XSS</script></xmp>"],
  ["what is without scripts (GHSA-x3q4-9hxx-gx8m)", '<noscript><p title="</noscript><img src=x onerror=XSS>">'],
  ["plain text without end", "<plaintext><img src=x onerror=XSS>"],
  ["a template", "<template><script>XSS</script></template>"],
  ["a title", "<title><img src=x onerror=XSS></title>"],
  ["a choice", "<select><option><img src=x onerror=XSS></option></select>"],
  ["a comment", "<!-- XSS -->"],
  ["a comment that ends early", "<!--><img src=x onerror=XSS>-->"],
  ["a comment that ends in another way", "<!-- --!><img src=x onerror=XSS> -->"],
  ["a comment of old browsers", "<!--[if IE]><script>XSS</script><![endif]-->"],
  ["a section of data", "<![CDATA[<img src=x onerror=XSS>]]>"],
  ["an instruction", "<?xml version='1.0'?><?php XSS ?>"],
  ["a type of document", "<!DOCTYPE html SYSTEM 'XSS'>"],
  ["a tag that never ends", "<img src=x onerror=XSS"],
  ["a tag in a tag", "<p <img src=x onerror=XSS>>x</p>"],
  ["a name of the page's own", '<a name="body" id="XSS" class="XSS">x</a>'],
  ["a name of a form's own", '<img name="getElementById" id="XSS">'],
  ["an attribute of frameworks", '<p data-bind="XSS" x-on:click="XSS" @click="XSS" v-html="XSS" ng-init="XSS">x</p>'],
  ["something editable", "<p contenteditable tabindex=1 accesskey=x onfocus=XSS>x</p>"],
  [
    "a link that says who asked",
    '<a href="https://evil.example/" ping="https://evil.example/XSS" rel="opener" target="_self">x</a>'
  ],
  ["a link with a name in front", '<a href="https://portal.example@evil.example/XSS">x</a>'],
  ["a link by another protocol", '<a href="http://evil.example/XSS">x</a>'],
  ["a link to the own pages", '<a href="/admin/delete?XSS">x</a>'],
  ["a link without scheme", '<a href="//evil.example/XSS">x</a>'],
  ["a link to a place", '<a href="#XSS">x</a>'],
  ["an image by a content id with more", '<img src="cid:x&quot; onerror=&quot;XSS">'],
  ["an image by a content id with a tag", '<img src="cid:<script>XSS</script>">'],
  ["half a pair", '<p title="\ud800">x\udc00</p><img src=x onerror=XSS>'],
  ["a portal", '<portal src="https://evil.example/XSS"></portal>'],
  ["an own element", "<x-widget onclick=XSS><b>x</b></x-widget>"],
  ["an isindex", '<isindex type=image src=x onerror="XSS">'],
  ["a key of prototypes", '<p __proto__="XSS" constructor="XSS">x</p><__proto__>x</__proto__>']
]

describe("cleaned HTML", () => {
  it.effect(
    "R-TI-09 MIN-07 no payload of the corpus leaves anything but text and what is on the list, cleaned once or twice",
    () =>
      Effect.gen(function* () {
        assert.isAtLeast(corpus.length, 90)
        for (const [why, html] of corpus) {
          for (const around of [
            html,
            `<p>before</p>${html}<p>after</p>`,
            `<table><tr><td>${html}`,
            `<a href="https://a.example/">${html}`
          ]) {
            const result = yield* clean(around)
            if (Option.isNone(result)) continue
            assert.deepStrictEqual(faults(result.value), [], `${why}: ${result.value}`)
            // what is left of it is words, never inside of a tag
            const tags = result.value.match(/<[^>]*>/g) ?? []
            assert.isFalse(
              tags.some((tag) => tag.replace(/ (?:title|alt)="[^"]*"/g, "").includes("XSS")),
              `${why}: ${result.value}`
            )
            assert.deepStrictEqual(yield* clean(result.value), result, why)
          }
          assert.isTrue(Option.isSome(yield* clean(html)), why)
        }
      })
  )

  it.effect(
    "R-TI-09 whatever is put together of pieces of attacks, only what is on the list comes out, and cleaning it again changes nothing",
    () => {
      const pieces = fc.array(
        fc.oneof(
          fc.constantFrom(
            ..."< > </ /> <p> </p> <a <img <svg> </svg> <math> <style> </style> <script> </script> <!-- --> <![CDATA[ ]]> <textarea> </textarea> <noscript> </noscript> <iframe> </iframe> <table> <td <template> <xmp> <plaintext> & &lt; &gt; &quot; &#x3c; &#60".split(
              " "
            )
          ),
          fc.constantFrom(
            ' href="javascript:x"',
            " src=x onerror=x",
            ' title="',
            "'",
            '"',
            "`",
            "=",
            " ",
            "\n",
            "\0",
            "\u2028",
            "\ud800"
          ),
          fc.constantFrom('<a href="https://a.example/?a=1&b=2">', '<img src="cid:a@b" alt="x">', "text", "ä😀"),
          fc.string({ unit: "grapheme", maxLength: 5 }),
          fc.constantFrom(...corpus.map(([, html]) => html))
        ),
        { maxLength: 25 }
      )
      return Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(pieces, async (parts) => {
            const result = await Effect.runPromise(clean(parts.join("")))
            if (Option.isNone(result)) return
            assert.deepStrictEqual(faults(result.value), [])
            assert.deepStrictEqual(await Effect.runPromise(clean(result.value)), result)
          }),
          { numRuns: 2000 }
        )
      )
    }
  )

  it.effect("MIN-07 what people write stays: structure, emphasis, tables, links, images that came along", () =>
    Effect.gen(function* () {
      const link = 'rel="noopener noreferrer nofollow" target="_blank"'
      const table: ReadonlyArray<readonly [string, string]> = [
        ["<p>Hello <b>world</b><br>&amp; 1 &lt; 2</p>", "<p>Hello <b>world</b><br />&amp; 1 &lt; 2</p>"],
        ["<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"],
        ["<blockquote><pre>x\n y</pre></blockquote>", "<blockquote><pre>x\n y</pre></blockquote>"],
        [
          '<a href="https://a.example/b?c=1&amp;d=2#e">x</a>',
          `<a href="https://a.example/b?c=1&amp;d=2#e" ${link}>x</a>`
        ],
        ['<a href="mailto:ada@example.com">x</a>', `<a href="mailto:ada@example.com" ${link}>x</a>`],
        ['<a href="https://müller.example/">x</a>', `<a href="https://xn--mller-kva.example/" ${link}>x</a>`],
        ['<a rel="opener" target="_top" href="https://a.example/">x</a>', `<a href="https://a.example/" ${link}>x</a>`],
        ['<a href="http://a.example/">x</a>', "<a>x</a>"],
        ['<td colspan="2" rowspan="99999">x</td>', '<td colspan="2">x</td>'],
        [
          '<img src="cid:image001.png@01D9" alt="Plan" width="100" height="1e9">',
          '<img src="cid:image001.png@01D9" alt="Plan" width="100" />'
        ],
        ['<img src="https://a.example/x.png" alt="Plan">', '<img alt="Plan" />'],
        ['<img src="https://a.example/x.png">', ""],
        ["<html><head><title>t</title></head><body><p>x</p></body></html>", "<p>x</p>"],
        ["<font color=red>x</font><center>y</center>", "xy"]
      ]
      for (const [html, expected] of table) assert.strictEqual(yield* cleaned(html), expected)
    })
  )

  it.effect(
    "MIN-07 images that came along are shown from where the host says, and others only where a reader asks for them",
    () =>
      Effect.gen(function* () {
        const html =
          '<img src="cid:a@b" alt="A"><img src="cid:other" alt="B"><img src="https://a.example/c.png" alt="C">'
        const images = new Map([["a@b", "/files/1"]])
        assert.strictEqual(
          yield* cleaned(html, { images }),
          '<img src="/files/1" alt="A" /><img alt="B" /><img alt="C" />'
        )
        assert.strictEqual(
          yield* cleaned(html, { images, remoteImages: true }),
          '<img src="/files/1" alt="A" /><img alt="B" /><img src="https://a.example/c.png" loading="lazy" referrerpolicy="no-referrer" alt="C" />'
        )
        // from what was stored it is the same
        assert.strictEqual(
          yield* cleaned(yield* cleaned(html), { images }),
          '<img src="/files/1" alt="A" /><img alt="B" /><img alt="C" />'
        )
        const spoiled = yield* cleaned('<img src="javascript:x" alt="A"><img src="/api" alt="B">', {
          images,
          remoteImages: true
        })
        assert.strictEqual(spoiled, '<img alt="A" /><img alt="B" />')
      })
  )

  it.effect("MIN-07 R-TI-10 hostile sizes and depths are cleaned or refused in bounded time", () =>
    Effect.gen(function* () {
      const shapes = [
        "<div>".repeat(80_000),
        "<b><i>".repeat(60_000),
        "<table><tr><td>".repeat(30_000),
        "<iframe>".repeat(60_000),
        "<svg>".repeat(90_000),
        `<p ${"a=b ".repeat(120_000)}>`,
        `<p ${"a".repeat(490_000)}>`,
        "<".repeat(499_000),
        "&lt;".repeat(120_000),
        "<!--".repeat(120_000),
        "<noscript>".repeat(45_000),
        `<a href="${"&#106;".repeat(80_000)}">`,
        `<a href="https://${"a.".repeat(240_000)}">`,
        '<a href="https://a.example/">x</a>'.repeat(14_000),
        "</p>".repeat(120_000),
        "<b></i>".repeat(70_000),
        "<b>".repeat(499) + "<i></i>".repeat(70_000),
        "<b>".repeat(499) + "<p>x".repeat(120_000),
        "<p>x<br>".repeat(60_000),
        "<td>".repeat(120_000),
        "<li>".repeat(120_000)
      ]
      for (const html of shapes.map((shape) => shape.slice(0, 200_000))) {
        const begun = process.hrtime.bigint()
        const result = yield* clean(html)
        assert.isBelow(Number(process.hrtime.bigint() - begun) / 1e6, 8000, html.slice(0, 20))
        if (Option.isSome(result)) assert.deepStrictEqual(faults(result.value), [])
      }
      assert.isTrue(Option.isNone(yield* clean("x".repeat(200_001))))
      // deeper than a hundred is flat
      const deep = yield* cleaned(`${"<div>".repeat(500)}x`)
      assert.strictEqual(deep.split("<div>").length - 1, 100)
    })
  )
})
