import type { AutomaticReason } from "../../src/mail/inbound/classify.ts"
import type { StatusClass } from "../../src/mail/inbound/deliveryReport.ts"
import type { ParseFault } from "../../src/mail/inbound/MailParser.ts"
import {
  ADA,
  armored,
  base64,
  bytes,
  file,
  header,
  html,
  latin1,
  markup,
  message,
  multipart,
  PNG,
  part,
  plain,
  quotedPrintable,
  report,
  SUPPORT,
  text
} from "./compose.ts"

/** What must come out of a message. What is not said is as in `usual`. */
export interface Expected {
  /** Null where nobody is believed to be the author. */
  readonly from?: string | null
  readonly name?: string
  readonly subject?: string
  /** What its author wrote, after folding. */
  readonly text?: string
  /** Words that must be folded away; none where nothing is. */
  readonly folded?: ReadonlyArray<string>
  /** Words that must be in the HTML, and none that must not: whether there is any. */
  readonly html?: ReadonlyArray<string> | null
  /** What quoting programs leave of the HTML in front of the quotation. */
  readonly unquoted?: string | null
  readonly parts?: ReadonlyArray<readonly [type: string, name: string | null, size?: number]>
  readonly inline?: ReadonlyArray<string>
  readonly messageId?: string | null
  readonly references?: ReadonlyArray<string>
  readonly is?: "Normal" | "Doubtful" | "Bounce" | AutomaticReason
  readonly answer?: boolean
  readonly bounce?: {
    readonly messageId?: string | null
    readonly recipients: ReadonlyArray<readonly [address: string | null, status: StatusClass]>
  }
  readonly fault?: ParseFault
  /** The return path on the envelope; nobody knows it unless told. */
  readonly sender?: string
}

export const usual = {
  from: "ada@example.com",
  name: "Ada Lovelace",
  subject: "Drucker",
  folded: [],
  html: null,
  parts: [],
  is: "Normal",
  answer: true
} as const satisfies Expected

export interface Entry {
  readonly raw: Uint8Array
  readonly expected: Expected
}

const HELLO = "Guten Tag,\n\nder Drucker druckt nicht. Größe: 5 €"

const legacy = (charset: string, body: Uint8Array, decoded: string): Entry => ({
  raw: message({ type: `text/plain; charset=${charset}`, body }),
  expected: { text: decoded }
})

const encodings: Readonly<Record<string, Entry>> = {
  "encoding-ascii": {
    raw: bytes(header(), "\nHello, it does not print."),
    expected: { text: "Hello, it does not print." }
  },
  "encoding-utf8": { raw: plain(HELLO), expected: { text: HELLO } },
  "encoding-utf8-quoted-printable": {
    raw: plain(quotedPrintable(HELLO), { "Content-Transfer-Encoding": "quoted-printable" }),
    expected: { text: HELLO }
  },
  "encoding-utf8-base64": {
    raw: plain(armored(HELLO), { "Content-Transfer-Encoding": "base64" }),
    expected: { text: HELLO }
  },
  "encoding-soft-breaks": {
    raw: plain("Ein Satz, der im Gesendeten =\ngebrochen ist, im Gelesenen =\nnicht. 1=3D1", {
      "Content-Transfer-Encoding": "quoted-printable"
    }),
    expected: { text: "Ein Satz, der im Gesendeten gebrochen ist, im Gelesenen nicht. 1=1" }
  },
  "encoding-latin1": legacy("iso-8859-1", latin1("Die Größe ändert sich übrigens."), "Die Größe ändert sich übrigens."),
  "encoding-latin9": legacy("iso-8859-15", base64("RGFzIGtvc3RldCA1IKQu"), "Das kostet 5 €."),
  "encoding-windows-1252": legacy(
    "windows-1252",
    base64("hERydWNrZXKTIJYga29zdGV0IDUggIU="),
    "„Drucker“ – kostet 5 €…"
  ),
  "encoding-windows-1250": legacy(
    "windows-1250",
    base64("RG9icv0gZGVuLCB0aXNr4XJuYSBuZXRpc2tuZS4gUPjtbGmaIJ5sdZ1vdehr/SBr+fIu"),
    "Dobrý den, tiskárna netiskne. Příliš žluťoučký kůň."
  ),
  "encoding-windows-1251": legacy(
    "windows-1251",
    base64("x+Tw4OLx8uLz6fLlLCDt5SDw4OHu8uDl8i4="),
    "Здравствуйте, не работает."
  ),
  "encoding-latin2": legacy(
    "iso-8859-2",
    base64("RHppZfEgZG9icnksIGRydWthcmthIG5pZSBkemlhs2Eu"),
    "Dzień dobry, drukarka nie działa."
  ),
  "encoding-greek": legacy(
    "iso-8859-7",
    base64("yuHr5+zd8eEsIO8g5er09fD59N7yIOTl7SDr5en07/Xx4+XfLg=="),
    "Καλημέρα, ο εκτυπωτής δεν λειτουργεί."
  ),
  "encoding-koi8-r": legacy(
    "koi8-r",
    base64("8NLJ18XULCDQ0snO1MXSIM7FINDF3sHUwcXULg=="),
    "Привет, принтер не печатает."
  ),
  "encoding-iso-2022-jp": legacy(
    "iso-2022-jp",
    base64("GyRCJDMkcyRLJEEkTyEiJVclaiVzJT8hPCQsRjAkLSReJDskcyEjGyhC"),
    "こんにちは、プリンターが動きません。"
  ),
  "encoding-shift-jis": legacy("shift_jis", base64("g3aDioOTg16BW4Kqk66Cq4LcgrmC8YFC"), "プリンターが動きません。"),
  "encoding-gb18030": legacy("gb18030", base64("xPq6wyy08tOhu/q7tcHLoaM="), "您好,打印机坏了。"),
  "encoding-big5": legacy("big5", base64("sXqmbiymTKrtvvfDYaRGoUM="), "您好,印表機壞了。"),
  "encoding-euc-kr": legacy(
    "euc-kr",
    base64("vsiz58fPvLy/5Cwgx8G4sMXNsKEgvsggtcu0z7TZLg=="),
    "안녕하세요, 프린터가 안 됩니다."
  ),
  "encoding-unknown-charset": {
    raw: plain("Hello there", { "Content-Type": "text/plain; charset=x-nobody-knows" }),
    expected: { text: "Hello there" }
  },
  "encoding-bad-utf8": {
    raw: message({ type: "text/plain; charset=utf-8", body: bytes("Gr", new Uint8Array([0xff, 0xfe]), "sse") }),
    expected: { text: "Gr\ufffd\ufffdsse" }
  },
  "encoding-flowed": {
    raw: plain("Ein Absatz, der \nüber Zeilen fließt.\n\nEin zweiter.", {
      "Content-Type": "text/plain; charset=utf-8; format=flowed"
    }),
    expected: { text: "Ein Absatz, der über Zeilen fließt.\n\nEin zweiter." }
  },
  "encoding-subject-words-q": {
    raw: plain("x", { Subject: "=?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=" }),
    expected: { text: "x", subject: "Grüße aus Köln" }
  },
  "encoding-subject-words-b": {
    raw: plain("x", { Subject: `=?UTF-8?B?${Buffer.from("Störung am Gerät").toString("base64")}?=` }),
    expected: { text: "x", subject: "Störung am Gerät" }
  },
  "encoding-subject-words-split": {
    raw: plain("x", { Subject: "=?utf-8?Q?Gr=C3?=\n =?utf-8?Q?=BC=C3=9Fe?=" }),
    expected: { text: "x", subject: "Grüße" }
  },
  "encoding-subject-raw-utf8": {
    raw: plain("x", { Subject: "Störung 🎉" }),
    expected: { text: "x", subject: "Störung 🎉" }
  },
  "encoding-name-words": {
    raw: plain("x", { From: "=?UTF-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@example.com>" }),
    expected: { text: "x", from: "joerg@example.com", name: "Jörg Müller" }
  },
  "encoding-subject-folded": {
    raw: plain("x", { Subject: "Eine Betreffzeile, die\n über zwei Zeilen geht" }),
    expected: { text: "x", subject: "Eine Betreffzeile, die über zwei Zeilen geht" }
  },
  "encoding-no-subject": { raw: plain("x", { Subject: "" }), expected: { text: "x", subject: "" } },
  "encoding-bare-lf": {
    raw: new Uint8Array(Buffer.from(`${header()}\nNur LF\nals Zeilenende`)),
    expected: { text: "Nur LF\nals Zeilenende" }
  },
  "encoding-idn-sender": {
    raw: plain("x", { From: "Jörg <info@müller.example>" }),
    expected: { text: "x", from: "info@xn--mller-kva.example", name: "Jörg" }
  },
  "encoding-upper-case-sender": { raw: plain("x", { From: "ADA@EXAMPLE.COM" }), expected: { text: "x", name: "" } }
}

const alternative = (plainText: string, markupText: string) =>
  multipart("alternative", "alt", [text(plainText), markup(markupText)])

const structures: Readonly<Record<string, Entry>> = {
  "structure-alternative": {
    raw: message(alternative("Nur Text", "<p>Nur <b>Text</b></p>")),
    expected: { text: "Nur Text", html: ["<b>Text</b>"] }
  },
  "structure-html-only": {
    raw: html(
      "<html><head><style>p{color:red}</style></head><body><p>Guten Tag,</p><p>es geht <i>nicht</i>.<br>Gr&uuml;&szlig;e &amp; Dank</p></body></html>"
    ),
    expected: { text: "Guten Tag,\n\nes geht nicht.\nGrüße & Dank", html: ["<i>nicht</i>"] }
  },
  "structure-html-list": {
    raw: html("<ul><li>eins</li><li>zwei</li></ul><table><tr><td>A</td><td>B</td></tr></table>"),
    expected: { text: "- eins\n- zwei\n\nA B", html: ["<li>"] }
  },
  "structure-attachment": {
    raw: message(
      multipart("mixed", "mix", [text("Siehe Anhang."), file("application/pdf", "rechnung.pdf", "%PDF-1.4 test")])
    ),
    expected: { text: "Siehe Anhang.", parts: [["application/pdf", "rechnung.pdf", 13]] }
  },
  "structure-many-attachments": {
    raw: message(
      multipart("mixed", "mix", [
        text("Drei."),
        file("image/png", "a.png", PNG),
        file("image/png", "b.png", PNG),
        file("text/csv", "c.csv", "a;b\n1;2\n")
      ])
    ),
    expected: {
      text: "Drei.",
      parts: [
        ["image/png", "a.png"],
        ["image/png", "b.png"],
        ["text/csv", "c.csv", 8]
      ]
    }
  },
  "structure-inline-image": {
    raw: message(
      multipart("related", "rel", [
        markup('<p>So sieht es aus: <img src="cid:bild1@example.com"></p>'),
        file("image/png", "bild.png", PNG, "Content-ID: <bild1@example.com>\n")
      ])
    ),
    expected: {
      text: "So sieht es aus:",
      html: ["cid:bild1@example.com"],
      parts: [["image/png", "bild.png"]],
      inline: ["bild1@example.com"]
    }
  },
  "structure-mixed-alternative-related": {
    raw: message(
      multipart("mixed", "mix", [
        part(
          multipart("alternative", "alt", [
            text("Der Text"),
            part(
              multipart("related", "rel", [
                markup("<p>Der <b>Text</b></p>"),
                file("image/png", "logo.png", PNG, "Content-ID: <logo>\n")
              ])
            )
          ])
        ),
        file("application/pdf", "vertrag.pdf", "%PDF-1.4")
      ])
    ),
    expected: {
      text: "Der Text",
      html: ["<b>Text</b>"],
      parts: [
        ["image/png", "logo.png"],
        ["application/pdf", "vertrag.pdf"]
      ],
      inline: ["logo"]
    }
  },
  "structure-forwarded-as-part": {
    raw: message(
      multipart("mixed", "mix", [
        text("Bitte prüfen."),
        part({ type: "message/rfc822", body: plain("Geheim", { Subject: "Innen" }) })
      ])
    ),
    expected: { text: "Bitte prüfen.", parts: [["message/rfc822", null]] }
  },
  "structure-forwarded-inline": {
    raw: message(
      multipart("mixed", "mix", [
        text("Bitte prüfen."),
        part({ type: "message/rfc822", body: plain("Nicht mein Text"), more: "Content-Disposition: inline\n" })
      ])
    ),
    expected: { text: "Bitte prüfen.", parts: [["message/rfc822", null]] }
  },
  "structure-calendar": {
    raw: message(
      multipart("alternative", "alt", [
        text("Termin"),
        part({ type: "text/calendar; method=REQUEST", body: "BEGIN:VCALENDAR\nEND:VCALENDAR" })
      ])
    ),
    expected: { text: "Termin", parts: [["text/calendar", null]] }
  },
  "structure-signed": {
    raw: message(
      multipart("signed", "sig", [text("Signiert."), file("application/pkcs7-signature", "smime.p7s", "sig")])
    ),
    expected: { text: "Signiert.", parts: [["application/pkcs7-signature", "smime.p7s", 3]] }
  },
  "structure-text-attachment": {
    raw: message(
      multipart("mixed", "mix", [text("Protokoll anbei."), file("text/plain", "protokoll.txt", "Zeile 1\nZeile 2")])
    ),
    expected: { text: "Protokoll anbei.", parts: [["text/plain", "protokoll.txt", 15]] }
  },
  "structure-two-texts": {
    raw: message(multipart("mixed", "mix", [text("Erster Teil"), text("Zweiter Teil")])),
    expected: { text: "Erster Teil\n\nZweiter Teil" }
  },
  "structure-preamble": {
    raw: message({
      type: 'multipart/mixed; boundary="mix"',
      body: "This is a multi-part message in MIME format.\n\n--mix\nContent-Type: text/plain\n\nInnen\n--mix--\nNachspann"
    }),
    expected: { text: "Innen" }
  },
  "structure-unclosed": {
    raw: message({ type: 'multipart/mixed; boundary="mix"', body: "--mix\nContent-Type: text/plain\n\nOhne Ende" }),
    expected: { text: "Ohne Ende" }
  },
  "structure-no-mime": {
    raw: bytes(`From: ${ADA}\nSubject: Alt\n\nwie 1982`),
    expected: { text: "wie 1982", subject: "Alt", messageId: null }
  },
  "structure-only-attachment": {
    raw: message({
      type: 'application/pdf; name="scan.pdf"',
      body: armored("%PDF"),
      more: "Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=scan.pdf\n"
    }),
    expected: { text: "", parts: [["application/pdf", "scan.pdf", 4]] }
  },
  "structure-empty-body": { raw: plain(""), expected: { text: "" } },
  "structure-name-rfc2231": {
    raw: message(
      multipart("mixed", "mix", [
        text("x"),
        part({
          type: "application/pdf",
          body: "%PDF",
          more: "Content-Disposition: attachment; filename*0*=UTF-8''Gr%C3%B6; filename*1*=%C3%9Fe.pdf\n"
        })
      ])
    ),
    expected: { text: "x", parts: [["application/pdf", "Größe.pdf"]] }
  },
  "structure-name-words": {
    raw: message(
      multipart("mixed", "mix", [text("x"), file("application/pdf", "=?utf-8?Q?Gr=C3=B6=C3=9Fe.pdf?=", "%PDF")])
    ),
    expected: { text: "x", parts: [["application/pdf", "Größe.pdf", 4]] }
  },
  "structure-winmail": {
    raw: message(multipart("mixed", "mix", [text("x"), file("application/ms-tnef", "winmail.dat", "tnef")])),
    expected: { text: "x", parts: [["application/ms-tnef", "winmail.dat", 4]] }
  },
  "structure-digest": {
    raw: message(multipart("digest", "dig", [["\n", plain("eins"), "\n"]])),
    expected: { text: "", parts: [["message/rfc822", null]] }
  },
  "structure-references": {
    raw: plain("x", { "In-Reply-To": "<a@b>", References: "<root@b>\n <a@b>" }),
    expected: { text: "x", references: ["<a@b>", "<root@b>"] }
  }
}

const WROTE = "Danke, jetzt geht es."
const QUOTED = "Bitte schalten Sie das Gerät aus."
const lines = (...all: ReadonlyArray<string>): string => all.join("\n")
const quote = (...all: ReadonlyArray<string>): string => all.map((line) => `> ${line}`).join("\n")

const reply = (body: string, folded: ReadonlyArray<string> = [QUOTED], written = WROTE): Entry => ({
  raw: plain(body, { Subject: "AW: Drucker" }),
  expected: { subject: "AW: Drucker", text: written, folded }
})

const htmlReply = (body: string, unquoted: string | null, written = WROTE): Entry => ({
  raw: html(body, { Subject: "Re: Drucker" }),
  expected: { subject: "Re: Drucker", text: written, folded: [QUOTED], html: [QUOTED], unquoted }
})

const quotes: Readonly<Record<string, Entry>> = {
  "quote-thunderbird-de": reply(
    lines(WROTE, "", "Am 03.03.25 um 10:12 schrieb Support:", quote(QUOTED, "", "Ihr Support"))
  ),
  "quote-thunderbird-en": reply(lines(WROTE, "", "On 03/03/2025 10:12, Support wrote:", quote(QUOTED))),
  "quote-thunderbird-signature": reply(
    lines(
      WROTE,
      "",
      "Am 03.03.25 um 10:12 schrieb Support:",
      quote(QUOTED),
      "",
      "-- ",
      "Ada Lovelace",
      "Analytical Engines"
    ),
    [QUOTED, "Analytical Engines"]
  ),
  "quote-thunderbird-bottom": reply(lines("Am 03.03.25 um 10:12 schrieb Support:", quote(QUOTED), "", WROTE)),
  "quote-thunderbird-html": htmlReply(
    `<html><body><p>${WROTE}</p><div class="moz-cite-prefix">Am 03.03.25 um 10:12 schrieb Support:<br></div><blockquote type="cite" cite="mid:1@x"><p>${QUOTED}</p></blockquote></body></html>`,
    WROTE
  ),
  "quote-gmail-de": reply(
    lines(
      WROTE,
      "",
      "Am Mo., 3. März 2025 um 10:12 Uhr schrieb Support <support@localhost.localdomain>:",
      "",
      quote(QUOTED)
    )
  ),
  "quote-gmail-en": reply(
    lines(
      WROTE,
      "",
      "On Mon, Mar 3, 2025 at 10:12 AM Support <support@localhost.localdomain> wrote:",
      "",
      quote(QUOTED)
    )
  ),
  "quote-gmail-wrapped": reply(
    lines(
      WROTE,
      "",
      "On Mon, Mar 3, 2025 at 10:12 AM Support Team of Portico <",
      "support@localhost.localdomain> wrote:",
      "",
      quote(QUOTED)
    )
  ),
  "quote-gmail-wrapped-de": reply(
    lines(
      WROTE,
      "",
      "Am Mo., 3. März 2025 um 10:12 Uhr schrieb Support <",
      "support@localhost.localdomain>:",
      "",
      quote(QUOTED)
    )
  ),
  "quote-gmail-html": htmlReply(
    `<div dir="ltr">${WROTE}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Am Mo., 3. März 2025 um 10:12 Uhr schrieb Support &lt;<a href="mailto:s@x.example">s@x.example</a>&gt;:<br></div><blockquote class="gmail_quote" style="margin:0">${QUOTED}</blockquote></div>`,
    WROTE
  ),
  "quote-apple-de": reply(
    lines(WROTE, "", "> Am 03.03.2025 um 10:12 schrieb Support <support@localhost.localdomain>:", "> ", quote(QUOTED))
  ),
  "quote-apple-en": reply(
    lines(WROTE, "", "> On 3. Mar 2025, at 10:12, Support <support@localhost.localdomain> wrote:", "> ", quote(QUOTED))
  ),
  "quote-apple-iphone-de": reply(
    lines(
      WROTE,
      "",
      "Von meinem iPhone gesendet",
      "",
      "> Am 03.03.2025 um 10:12 schrieb Support <support@localhost.localdomain>:",
      "> ",
      quote(QUOTED)
    ),
    ["Von meinem iPhone gesendet", QUOTED]
  ),
  "quote-apple-iphone-en": reply(
    lines(
      WROTE,
      "",
      "Sent from my iPhone",
      "",
      "> On 3 Mar 2025, at 10:12, Support <support@localhost.localdomain> wrote:",
      "> ",
      quote(QUOTED)
    ),
    ["Sent from my iPhone", QUOTED]
  ),
  "quote-apple-html": htmlReply(
    `<html><head></head><body>${WROTE}<br><div><br><blockquote type="cite"><div>Am 03.03.2025 um 10:12 schrieb Support:</div><br><div>${QUOTED}</div></blockquote></div></body></html>`,
    WROTE
  ),
  "quote-outlook-de": reply(
    lines(
      WROTE,
      "",
      "Von: Support <support@localhost.localdomain> ",
      "Gesendet: Montag, 3. März 2025 10:12",
      "An: Ada Lovelace <ada@example.com>",
      "Betreff: Drucker",
      "",
      QUOTED
    )
  ),
  "quote-outlook-en": reply(
    lines(
      WROTE,
      "",
      "From: Support <support@localhost.localdomain> ",
      "Sent: Monday, March 3, 2025 10:12 AM",
      "To: Ada Lovelace <ada@example.com>",
      "Subject: Drucker",
      "",
      QUOTED
    )
  ),
  "quote-outlook-old-de": reply(
    lines(
      WROTE,
      "",
      "-----Ursprüngliche Nachricht-----",
      "Von: Support [mailto:support@localhost.localdomain]",
      "Gesendet: Montag, 3. März 2025 10:12",
      "An: Ada Lovelace",
      "Betreff: Drucker",
      "",
      QUOTED
    )
  ),
  "quote-outlook-old-en": reply(
    lines(
      WROTE,
      "",
      "-----Original Message-----",
      "From: Support",
      "Sent: Monday, March 3, 2025 10:12 AM",
      "To: Ada",
      "Subject: Drucker",
      "",
      QUOTED
    )
  ),
  "quote-outlook-mobile": reply(
    lines(
      WROTE,
      "",
      "Get Outlook for iOS",
      "________________________________",
      "From: Support <support@localhost.localdomain>",
      "Sent: Monday, March 3, 2025 10:12:00 AM",
      "To: Ada <ada@example.com>",
      "Subject: Drucker",
      "",
      QUOTED
    ),
    ["Get Outlook for iOS", QUOTED]
  ),
  "quote-outlook-mobile-de": reply(
    lines(
      WROTE,
      "",
      "Outlook für Android beziehen",
      "________________________________",
      "Von: Support <support@localhost.localdomain>",
      "Gesendet: Montag, 3. März 2025 10:12:00",
      "An: Ada <ada@example.com>",
      "Betreff: Drucker",
      "",
      QUOTED
    ),
    [QUOTED]
  ),
  "quote-outlook-html": htmlReply(
    `<html><body><div class="WordSection1"><p class="MsoNormal">${WROTE}</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Von:</b> Support &lt;s@x.example&gt;<br><b>Gesendet:</b> Montag, 3. M&auml;rz 2025 10:12<br><b>An:</b> Ada<br><b>Betreff:</b> Drucker</p></div><p class="MsoNormal">${QUOTED}</p></div></body></html>`,
    WROTE
  ),
  "quote-outlook-web-html": htmlReply(
    `<html><body><div>${WROTE}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>Von:</b> Support<br><b>Gesendet:</b> Montag<br><b>An:</b> Ada<br><b>Betreff:</b> Drucker</font></div><div>${QUOTED}</div></body></html>`,
    WROTE
  ),
  "quote-gmx": reply(
    lines(
      WROTE,
      "",
      "Gesendet: Montag, 03. März 2025 um 10:12 Uhr",
      'Von: "Support" <support@localhost.localdomain>',
      "An: ada@example.com",
      "Betreff: Drucker",
      "",
      QUOTED
    ),
    [QUOTED],
    lines(WROTE)
  ),
  "quote-webde-app": reply(
    lines(
      WROTE,
      "",
      "Gesendet mit der WEB.DE Mail App",
      "",
      "Am 03.03.25, 10:12, Support <support@localhost.localdomain> schrieb:",
      quote(QUOTED)
    ),
    ["WEB.DE Mail App", QUOTED]
  ),
  "quote-android-de": reply(
    lines(
      WROTE,
      "",
      "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
      "",
      "Am 3. März 2025 10:12:00 MEZ schrieb Support <support@localhost.localdomain>:",
      quote(QUOTED)
    ),
    ["Android", QUOTED]
  ),
  "quote-french": reply(lines(WROTE, "", "Le 3 mars 2025 à 10:12, Support a écrit :", quote(QUOTED))),
  "quote-nested": reply(
    lines(WROTE, "", "Am 03.03.25 um 10:12 schrieb Support:", quote(QUOTED, "> Es druckt nicht.", ">> Älter")),
    [QUOTED, "Älter"]
  ),
  "quote-interleaved": reply(
    lines(
      "Am 03.03.25 um 10:12 schrieb Support:",
      quote("Ist es an?"),
      "",
      "Ja.",
      "",
      quote("Blinkt es?"),
      "",
      "Nein."
    ),
    [],
    lines("Am 03.03.25 um 10:12 schrieb Support:", quote("Ist es an?"), "", "Ja.", "", quote("Blinkt es?"), "", "Nein.")
  ),
  "quote-interleaved-trailing": reply(
    lines(quote("Ist es an?"), "", "Ja.", "", quote("Blinkt es?"), "", "Nein.", "", quote(QUOTED)),
    [QUOTED],
    lines(quote("Ist es an?"), "", "Ja.", "", quote("Blinkt es?"), "", "Nein.")
  ),
  "quote-only": reply(quote(QUOTED), [QUOTED], ""),
  "quote-forwarded": {
    raw: plain(
      lines(
        "Bitte übernehmen.",
        "",
        "---------- Forwarded message ---------",
        "Von: Kunde <k@example.net>",
        "Date: Mo., 3. März 2025",
        "Subject: Defekt",
        "To: <ada@example.com>",
        "",
        "Mein Gerät ist defekt."
      ),
      { Subject: "Fwd: Defekt" }
    ),
    expected: {
      subject: "Fwd: Defekt",
      text: lines(
        "Bitte übernehmen.",
        "",
        "---------- Forwarded message ---------",
        "Von: Kunde <k@example.net>",
        "Date: Mo., 3. März 2025",
        "Subject: Defekt",
        "To: <ada@example.com>",
        "",
        "Mein Gerät ist defekt."
      )
    }
  },
  "quote-forwarded-de": {
    raw: plain(
      lines(
        "-------- Weitergeleitete Nachricht --------",
        "Betreff: Defekt",
        "Datum: Mon, 3 Mar 2025",
        "Von: Kunde",
        "An: Ada",
        "",
        "Mein Gerät ist defekt."
      )
    ),
    expected: {
      text: lines(
        "-------- Weitergeleitete Nachricht --------",
        "Betreff: Defekt",
        "Datum: Mon, 3 Mar 2025",
        "Von: Kunde",
        "An: Ada",
        "",
        "Mein Gerät ist defekt."
      )
    }
  },
  "quote-signature-only": reply(lines(WROTE, "", "-- ", "Ada Lovelace", "Tel. 0123"), ["Tel. 0123"]),
  "quote-dashes-are-text": reply(
    lines("Die Werte:", "--- A ---", "1", "--- B ---", "2"),
    [],
    lines("Die Werte:", "--- A ---", "1", "--- B ---", "2")
  ),
  "quote-on-is-a-word": reply(
    lines("On Monday it worked.", "Am Dienstag nicht:", "Fehler 5"),
    [],
    lines("On Monday it worked.", "Am Dienstag nicht:", "Fehler 5")
  )
}

const automatic = (
  is: AutomaticReason | "Doubtful",
  over: Readonly<Record<string, string>>,
  more: Partial<Expected> = {}
): Entry => ({
  raw: plain("Ich bin nicht da.", over),
  expected: { text: "Ich bin nicht da.", subject: over.Subject ?? "Drucker", is, ...more }
})

const machines: Readonly<Record<string, Entry>> = {
  "auto-exchange-de": automatic("auto-submitted", {
    Subject: "Automatische Antwort: [#12345678] Ihr Ticket",
    "Auto-Submitted": "auto-replied",
    "X-Auto-Response-Suppress": "All"
  }),
  "auto-exchange-en": automatic("auto-submitted", {
    Subject: "Automatic reply: Drucker",
    "Auto-Submitted": "auto-generated"
  }),
  "auto-gmail-vacation": automatic("auto-submitted", {
    Subject: "Re: Drucker",
    Precedence: "bulk",
    "X-Autoreply": "yes",
    "Auto-Submitted": "auto-replied"
  }),
  "auto-sieve": automatic("auto-submitted", { "Auto-Submitted": "auto-replied (vacation)" }),
  "auto-upper-case": automatic("auto-submitted", { "AUTO-SUBMITTED": "Auto-Replied; owner=x" }),
  "auto-notified": automatic("auto-submitted", { "Auto-Submitted": "auto-notified" }),
  "auto-unknown-value": automatic("auto-submitted", { "Auto-Submitted": "x-robot" }),
  "auto-submitted-no": { raw: plain("Ich bin da.", { "Auto-Submitted": "no" }), expected: { text: "Ich bin da." } },
  "auto-submitted-no-comment": {
    raw: plain("Ich bin da.", { "Auto-Submitted": "No (a person)" }),
    expected: { text: "Ich bin da." }
  },
  "auto-submitted-twice": automatic("auto-submitted", { "Auto-Submitted": "no", "auto-submitted": "auto-replied" }),
  "auto-precedence-reply": automatic("auto-reply", { Precedence: "auto_reply" }),
  "auto-precedence-bulk": automatic("bulk", { Precedence: "bulk" }),
  "auto-precedence-junk": automatic("bulk", { Precedence: "junk" }),
  "auto-x-autoreply": automatic("auto-reply", { "X-Autoreply": "yes" }),
  "auto-x-autorespond": automatic("auto-reply", { "X-Autorespond": "Drucker" }),
  "auto-null-path-envelope": automatic("null-path", {}, { sender: "" }),
  "auto-null-path-brackets": automatic("null-path", {}, { sender: "<>" }),
  "auto-null-path-header": automatic("null-path", { "Return-Path": "<>" }),
  "auto-subject-only-de": automatic("Doubtful", { Subject: "Abwesenheitsnotiz: Drucker" }),
  "auto-subject-only-en": automatic("Doubtful", { Subject: "Out of Office: back on Monday" }),
  "auto-subject-words": {
    raw: plain("Es geht um Abwesenheit.", { Subject: "Frage zur Abwesenheitsnotiz" }),
    expected: { subject: "Frage zur Abwesenheitsnotiz", text: "Es geht um Abwesenheit." }
  },
  "auto-suppress-answers": {
    raw: plain("Von Hand.", { "X-Auto-Response-Suppress": "OOF, AutoReply" }),
    expected: { text: "Von Hand.", answer: false }
  },
  "auto-read-receipt": {
    raw: report(
      "Reporting-UA: x\nFinal-Recipient: rfc822;ada@example.com\nDisposition: manual-action/MDN-sent-manually; displayed\n",
      { kind: "disposition-notification" }
    ),
    expected: {
      from: "mailer-daemon@mx.example.com",
      name: "Mail Delivery System",
      subject: "Undelivered Mail Returned to Sender",
      is: "report",
      text: "Ihre Nachricht konnte nicht zugestellt werden."
    }
  },
  "auto-feedback-report": {
    raw: report("Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n", { kind: "feedback-report" }),
    expected: {
      from: "mailer-daemon@mx.example.com",
      name: "Mail Delivery System",
      subject: "Undelivered Mail Returned to Sender",
      is: "report",
      text: "Ihre Nachricht konnte nicht zugestellt werden."
    }
  },
  "list-id": automatic("list", { "List-Id": "News <news.example.com>" }),
  "list-post": automatic("list", { "List-Post": "<mailto:list@example.com>" }),
  "list-unsubscribe": automatic("list", { "List-Unsubscribe": "<mailto:leave@example.com>" }),
  "list-precedence": automatic("list", { Precedence: "list" }),
  "loop-own-header": automatic("loop", { "X-Loop": SUPPORT }),
  "loop-own-header-case": automatic("loop", { "x-loop": "Support@Localhost.LocalDomain" }),
  "loop-foreign-header": {
    raw: plain("Ich bin da.", { "X-Loop": "help@other.example" }),
    expected: { text: "Ich bin da." }
  },
  "loop-own-sender": automatic("own", { From: `Portico <${SUPPORT}>` }, { from: SUPPORT, name: "Portico" }),
  "loop-portal-sender": automatic(
    "own",
    { From: "portal@localhost.localdomain" },
    { from: "portal@localhost.localdomain", name: "" }
  ),
  "loop-reply-address-sender": automatic(
    "own",
    { From: "support+12345678-1-aaaaaaaaaaaaaaaaaaaaaaaaaa@localhost.localdomain" },
    { from: "support+12345678-1-aaaaaaaaaaaaaaaaaaaaaaaaaa@localhost.localdomain", name: "" }
  ),
  "loop-hops": {
    raw: bytes(
      Array.from(
        { length: 101 },
        (_, hop) => `Received: from mx${hop}.example.com by mx${hop + 1}.example.com; Mon, 3 Mar 2025 10:00:00 +0000\n`
      ).join(""),
      plain("Ich bin nicht da.")
    ),
    expected: { text: "Ich bin nicht da.", is: "hops" }
  },
  "loop-many-hops": {
    raw: bytes(
      Array.from(
        { length: 30 },
        (_, hop) => `Received: from mx${hop}.example.com by mx${hop + 1}.example.com; Mon, 3 Mar 2025 10:00:00 +0000\n`
      ).join(""),
      plain("Ich bin da.")
    ),
    expected: { text: "Ich bin da." }
  }
}

const OURS = "<01890000-0000-7000-8000-000000000001@localhost.localdomain>"

const returned = (
  fields: string,
  recipients: ReadonlyArray<readonly [string | null, StatusClass]>,
  {
    is = "Bounce",
    messageId = OURS,
    ...options
  }: Parameters<typeof report>[1] & { readonly is?: "Bounce" | "report"; readonly messageId?: string | null } = {}
): Entry => ({
  raw: report(fields, options),
  expected: {
    from: "mailer-daemon@mx.example.com",
    name: "Mail Delivery System",
    subject: "Undelivered Mail Returned to Sender",
    text: "Ihre Nachricht konnte nicht zugestellt werden.",
    is,
    ...(is === "Bounce" ? { bounce: { messageId, recipients } } : {})
  }
})

const about = (recipient: string, action: string, status: string, more = ""): string =>
  `Reporting-MTA: dns; mx.example.com\nArrival-Date: Mon, 3 Mar 2025 10:12:00 +0100\n\nFinal-Recipient: rfc822; ${recipient}\nAction: ${action}\nStatus: ${status}\n${more}`

/** What comes back and is no report of RFC 3464, as several servers write it. Nobody knows the path of most of them, as when they lie in a folder. */
const inWords = (
  from: readonly [name: string, email: string],
  subject: string,
  body: string,
  is: AutomaticReason | "Doubtful",
  { sender, ...over }: Readonly<Record<string, string>> = {}
): Entry => ({
  raw: plain(body, { From: from[0] === "" ? from[1] : `${from[0]} <${from[1]}>`, Subject: subject, ...over }),
  expected: {
    ...{ from: from[1].toLowerCase(), name: from[0], subject, is, text: body },
    ...(sender === undefined ? {} : { sender })
  }
})

const COPY = lines(
  "Return-Path: <support@localhost.localdomain>",
  `Message-ID: ${OURS}`,
  "Subject: [#12345678] Ihr Ticket"
)

const QSBMF = lines(
  "Hi. This is the qmail-send program at example.com.",
  "I'm afraid I wasn't able to deliver your message to the following addresses.",
  "This is a permanent error; I've given up. Sorry it didn't work out.",
  "",
  "<ada@example.com>:",
  "Sorry, no mailbox here by that name. (#5.1.1)",
  "",
  "--- Below this line is a copy of the message.",
  "",
  COPY
)

const EXIM = lines(
  "This message was created automatically by mail delivery software.",
  "",
  "A message that you sent could not be delivered to one or more of its",
  "recipients. This is a permanent error. The following address(es) failed:",
  "",
  "  ada@example.com",
  "    Unrouteable address",
  "",
  "------ This is a copy of the message, including all the headers. ------",
  "",
  COPY
)

export const returnedInWords: Readonly<Record<string, Entry>> = {
  "bounce-qmail": inWords(["", "MAILER-DAEMON@example.com"], "failure notice", QSBMF, "report"),
  "bounce-qmail-null-path": inWords(["", "postmaster@example.com"], "failure notice", QSBMF, "null-path", {
    sender: ""
  }),
  "bounce-qmail-as-somebody": inWords(["", "postmaster@example.com"], "failure notice", QSBMF, "Doubtful"),
  "bounce-exim": inWords(
    ["Mail Delivery System", "Mailer-Daemon@mx.example.com"],
    "Mail delivery failed: returning message to sender",
    EXIM,
    "report",
    { "X-Failed-Recipients": "ada@example.com", "Auto-Submitted": "auto-replied" }
  ),
  "bounce-exim-delayed": inWords(
    ["Mail Delivery System", "postmaster@mx.example.com"],
    "Warning: message 1abcde-000001-00 delayed 24 hours",
    "This message was created automatically by mail delivery software.",
    "auto-submitted",
    { "Auto-Submitted": "auto-replied" }
  ),
  "bounce-failed-recipients": inWords(["", "postmaster@mx.example.com"], "Fehler", "Ging nicht.", "report", {
    "X-Failed-Recipients": "ada@example.com"
  }),
  "bounce-sendmail-old": inWords(
    ["Mail Delivery Subsystem", "MAILER-DAEMON@mx.example.com"],
    "Returned mail: User unknown",
    "----- The following addresses had permanent fatal errors -----\n<ada@example.com>",
    "report"
  ),
  "bounce-exchange-old": inWords(
    ["System Administrator", "postmaster@example.com"],
    "Undeliverable: [#12345678] Ihr Ticket",
    "Your message did not reach some or all of the intended recipients.",
    "Doubtful"
  ),
  "bounce-exchange-old-de": inWords(
    ["Systemadministrator", "postmaster@example.com"],
    "Unzustellbar: [#12345678] Ihr Ticket",
    "Ihre Nachricht hat einige oder alle Empfänger nicht erreicht.",
    "Doubtful"
  ),
  "bounce-notes": inWords(
    ["", "postmaster@example.com"],
    "DELIVERY FAILURE: User ada (ada@example.com) not listed in Domino Directory",
    "Your message could not be delivered because: User ada not listed in Domino Directory",
    "null-path",
    { "Return-Path": "<>" }
  ),
  "bounce-daemon-on-the-path": inWords(["", "admin@example.com"], "Hm", "Ging nicht.", "report", {
    sender: "mailer-daemon@example.com"
  }),
  "bounce-told-by-a-person": {
    raw: plain(quote(QSBMF.split("\n")[0] ?? ""), { Subject: "Fwd: failure notice" }),
    expected: { subject: "Fwd: failure notice", text: "", folded: ["qmail-send"] }
  }
}

const bounces: Readonly<Record<string, Entry>> = {
  "bounce-unknown-user": returned(
    about("ada@example.com", "failed", "5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n"),
    [["ada@example.com", "permanent"]]
  ),
  "bounce-unknown-domain": returned(about("ada@example.com", "failed", "5.1.2"), [["ada@example.com", "permanent"]]),
  "bounce-mailbox-disabled": returned(about("ada@example.com", "failed", "5.2.1"), [["ada@example.com", "permanent"]]),
  "bounce-policy": returned(about("ada@example.com", "failed", "5.7.1 (denied)"), [["ada@example.com", "permanent"]]),
  "bounce-delayed": returned(
    about("ada@example.com", "delayed", "4.4.1", "Will-Retry-Until: Sat, 8 Mar 2025 10:12:00 +0100\n"),
    [["ada@example.com", "temporary"]]
  ),
  "bounce-delayed-5": returned(about("ada@example.com", "delayed", "5.0.0"), [["ada@example.com", "temporary"]]),
  "bounce-gave-up": returned(about("ada@example.com", "failed", "4.4.7"), [["ada@example.com", "temporary"]]),
  "bounce-mailbox-full": returned(about("ada@example.com", "failed", "4.2.2"), [["ada@example.com", "temporary"]]),
  "bounce-no-status": returned("Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ada@example.com\nAction: failed\n", [
    ["ada@example.com", "temporary"]
  ]),
  "bounce-nonsense-status": returned(about("ada@example.com", "failed", "permanently!"), [
    ["ada@example.com", "temporary"]
  ]),
  "bounce-delivered": returned(about("ada@example.com", "delivered", "2.0.0"), [], { is: "report" }),
  "bounce-relayed": returned(about("ada@example.com", "relayed", "2.1.9"), [], { is: "report" }),
  "bounce-expanded": returned(about("ada@example.com", "expanded", "2.0.0"), [], { is: "report" }),
  "bounce-several": returned(
    `${about("ada@example.com", "failed", "5.1.1")}\nFinal-Recipient: rfc822; bob@example.com\nAction: delayed\nStatus: 4.0.0\n\nFinal-Recipient: rfc822; eve@example.com\nAction: delivered\nStatus: 2.0.0\n`,
    [
      ["ada@example.com", "permanent"],
      ["bob@example.com", "temporary"],
      ["eve@example.com", "success"]
    ]
  ),
  "bounce-original-recipient": returned(
    about("x123@internal.example", "failed", "5.1.1", "Original-Recipient: rfc822;<ada@example.com>\n"),
    [["ada@example.com", "permanent"]]
  ),
  "bounce-folded-fields": returned("Final-Recipient: rfc822;\n ada@example.com\nAction: failed\nStatus:\n 5.1.1\n", [
    ["ada@example.com", "permanent"]
  ]),
  "bounce-other-address-type": returned(about("x", "failed", "5.1.1").replace("rfc822; x", "x400; /C=DE/"), [
    [null, "permanent"]
  ]),
  "bounce-whole-copy": returned(about("ada@example.com", "failed", "5.1.1"), [["ada@example.com", "permanent"]], {
    copy: "message/rfc822"
  }),
  "bounce-no-copy": returned(about("ada@example.com", "failed", "5.1.1"), [["ada@example.com", "permanent"]], {
    about: "",
    messageId: null
  }),
  "bounce-null-path": returned(about("ada@example.com", "failed", "5.1.1"), [["ada@example.com", "permanent"]], {
    over: { "Return-Path": "<>", "Auto-Submitted": "auto-replied" }
  }),
  "bounce-no-fields": returned("", [], {}),
  "bounce-free-form": {
    raw: plain("Hi. This is the qmail-send program. I'm afraid I wasn't able to deliver your message.", {
      From: "MAILER-DAEMON@example.com",
      Subject: "failure notice"
    }),
    expected: {
      from: "mailer-daemon@example.com",
      name: "",
      subject: "failure notice",
      sender: "",
      is: "report",
      text: "Hi. This is the qmail-send program. I'm afraid I wasn't able to deliver your message."
    }
  },
  ...returnedInWords,
  "bounce-not-a-report": {
    raw: message(
      multipart("mixed", "mix", [
        text("Sieh mal, was ich bekommen habe."),
        part({ type: "message/delivery-status", body: about("ada@example.com", "failed", "5.1.1") })
      ])
    ),
    expected: { text: "Sieh mal, was ich bekommen habe.", parts: [["message/delivery-status", null]] }
  }
}

const hostile: Readonly<Record<string, Entry>> = {
  "hostile-two-from": {
    raw: bytes(`From: ${ADA}\n`, plain("x", { From: "Eve <eve@evil.example>" })),
    expected: { from: null, name: "", text: "x" }
  },
  "hostile-two-from-mailboxes": {
    raw: plain("x", { From: `${ADA}, Eve <eve@evil.example>` }),
    expected: { from: null, name: "", text: "x" }
  },
  "hostile-from-group": { raw: plain("x", { From: `Team: ${ADA};` }), expected: { from: null, name: "", text: "x" } },
  "hostile-from-name-is-address": {
    raw: plain("x", { From: '"ada@example.com" <eve@evil.example>' }),
    expected: { from: null, text: "x", name: "ada@example.com" }
  },
  "hostile-from-comment": {
    raw: plain("x", { From: "eve@evil.example (ada@example.com)" }),
    expected: { from: null, text: "x", name: "ada@example.com" }
  },
  "hostile-from-nested": {
    raw: plain("x", { From: "<ada@example.com><eve@evil.example>" }),
    expected: { from: null, text: "x" }
  },
  "hostile-from-words": {
    raw: plain("x", { From: `=?utf-8?B?${Buffer.from("ada@example.com").toString("base64")}?= <eve@evil.example>` }),
    expected: { from: "eve@evil.example", name: "ada@example.com", text: "x" }
  },
  "hostile-no-from": { raw: plain("x", { From: "" }), expected: { from: null, name: "", text: "x" } },
  "hostile-empty-from": { raw: plain("x", { From: "<>" }), expected: { from: null, name: "", text: "x" } },
  "hostile-from-no-domain": { raw: plain("x", { From: "root" }), expected: { from: null, text: "x" } },
  "hostile-sender-is-ada": {
    raw: plain("x", { From: "eve@evil.example", Sender: ADA, "Reply-To": ADA, "X-Original-From": ADA }),
    expected: { from: "eve@evil.example", name: "", text: "x" }
  },
  "hostile-from-nbsp": {
    raw: bytes(`\u00a0From: ${ADA}\n`, plain("x", { From: "eve@evil.example" })),
    expected: { from: "eve@evil.example", name: "", text: "x" }
  },
  "hostile-subject-injection": {
    raw: plain("x", { Subject: "=?utf-8?Q?Hallo=0D=0ABcc:_eve@evil.example?=" }),
    expected: { text: "x", subject: "Hallo Bcc: eve@evil.example" }
  },
  "hostile-subject-directions": {
    raw: plain("x", { Subject: "Rechnung \u202egnp.exe" }),
    expected: { text: "x", subject: "Rechnung  gnp.exe" }
  },
  "hostile-name-directions": {
    raw: message(multipart("mixed", "mix", [text("x"), file("application/pdf", "a\u202efdp.exe", "MZ")])),
    expected: { text: "x", parts: [["application/pdf", "a fdp.exe", 2]] }
  },
  "hostile-name-path": {
    raw: message(multipart("mixed", "mix", [text("x"), file("text/plain", "../../etc/passwd", "root")])),
    expected: { text: "x", parts: [["text/plain", "../../etc/passwd", 4]] }
  },
  "hostile-html-script": {
    raw: html(
      '<p onclick="x()">Hallo</p><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">klick</a>'
    ),
    expected: { text: "Hallo\n\nklick", html: ["<script>"] }
  },
  "hostile-html-unclosed": {
    raw: html(`<p>Hallo ${"<div>".repeat(2000)}Ende`),
    expected: { text: "Hallo\nEnde", html: ["Ende"] }
  },
  "hostile-html-angles": { raw: html(`a < b und ${"<".repeat(5000)} c`), expected: { html: ["und"] } },
  "hostile-html-entities": {
    raw: html("&#0;&#xD800;&#x110000;&#65;&bogus;&lt;script&gt;"),
    expected: { text: "\ufffd\ufffd\ufffdA&bogus;<script>", html: ["&#65;"] }
  },
  "hostile-html-remote": {
    raw: html('<img src="https://evil.example/t.gif?ada"><p>Hallo</p>'),
    expected: { text: "Hallo", html: ["evil.example"] }
  },
  "hostile-controls": {
    raw: plain("Hal\u0000lo\u0007 \u001b[31mrot\u2028neu"),
    expected: { text: "Hallo [31mrotneu" }
  },
  "hostile-message-id-none": { raw: plain("x", { "Message-ID": "" }), expected: { text: "x", messageId: null } },
  "hostile-message-id-bare": {
    raw: plain("x", { "Message-ID": "keine-klammern" }),
    expected: { text: "x", messageId: null }
  },
  "hostile-message-id-two": {
    raw: plain("x", { "Message-ID": "<a@b>", "Message-Id": "<c@d>" }),
    expected: { text: "x", messageId: null }
  },
  "hostile-message-id-long": {
    raw: plain("x", { "Message-ID": `<${"a".repeat(2000)}@b>` }),
    expected: { text: "x", messageId: null }
  },
  "hostile-base64-garbage": {
    raw: plain("SGFs!!!!bG8=\n***", { "Content-Transfer-Encoding": "base64" }),
    expected: { text: "Hallo" }
  },
  "hostile-unknown-transfer-encoding": {
    raw: plain("Hallo", { "Content-Transfer-Encoding": "x-uuencode" }),
    expected: { text: "Hallo" }
  },
  "hostile-boundary-empty": {
    raw: message({ type: 'multipart/mixed; boundary=""', body: "--\n\nHallo\n----" }),
    expected: {}
  },
  "hostile-boundary-missing": { raw: message({ type: "multipart/mixed", body: "Hallo" }), expected: {} },
  "hostile-boundary-nested-same": {
    raw: message({
      type: 'multipart/mixed; boundary="b"',
      body: '--b\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nHallo\n--b--\n--b--'
    }),
    expected: { text: "Hallo" }
  },
  "hostile-depth": {
    raw: message({
      type: 'multipart/mixed; boundary="b0"',
      body: Array.from(
        { length: 60 },
        (_, depth) => `--b${depth}\nContent-Type: multipart/mixed; boundary="b${depth + 1}"\n\n`
      ).join("")
    }),
    expected: { fault: "too-deep" }
  },
  "hostile-rfc822-depth": {
    raw: Array.from({ length: 30 }).reduce<Uint8Array>(
      (inner) => message({ type: "message/rfc822", body: inner }),
      plain("Kern")
    ),
    expected: { text: "", parts: [["message/rfc822", null]] }
  },
  "hostile-parts": {
    raw: message({ type: 'multipart/mixed; boundary="b"', body: "--b\n\n\n".repeat(6_000) }),
    expected: { fault: "too-many-parts" }
  },
  "hostile-attachments": {
    raw: message(
      multipart("mixed", "mix", [
        text("x"),
        ...Array.from({ length: 150 }, (_, number) => file("text/plain", `${number}.txt`, "x"))
      ])
    ),
    expected: { fault: "too-many-parts" }
  },
  "hostile-headers": {
    raw: bytes("X-A: b\n".repeat(600), plain("x")),
    expected: { fault: "too-many-headers" }
  },
  "hostile-header-size": {
    raw: message(
      multipart("mixed", "mix", [part({ type: "text/plain", body: "x", more: `X-Long: ${"a".repeat(300_000)}\n` })])
    ),
    expected: { fault: "too-many-headers" }
  },
  "hostile-many-recipients": {
    raw: plain("x", { To: Array.from({ length: 500 }, (_, number) => `p${number}@example.com`).join(",\n ") }),
    expected: { text: "x" }
  },
  "hostile-not-a-message": {
    raw: new Uint8Array(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 251)),
    expected: { fault: "malformed" }
  },
  "hostile-no-bytes": { raw: new Uint8Array(), expected: { fault: "malformed" } },
  "hostile-only-text": { raw: bytes("Das ist kein Kopf\nund das kein Text"), expected: { fault: "malformed" } },
  "hostile-only-header": { raw: bytes(header()), expected: { text: "" } },
  "hostile-date": { raw: plain("x", { Date: "gestern" }), expected: { text: "x" } },
  "hostile-spaces": { raw: plain("x", { Subject: `a${" ".repeat(50_000)}b` }), expected: { text: "x", subject: "a" } }
}

/** Every message of the corpus by the name of its file. */
export const corpus: Readonly<Record<string, Entry>> = {
  ...encodings,
  ...structures,
  ...quotes,
  ...machines,
  ...bounces,
  ...hostile
}
