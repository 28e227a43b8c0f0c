import { Effect } from "effect"
import { toString } from "qrcode"
import type { Html } from "./html.ts"
import { trusted } from "./html.ts"

/** The text as a QR code, drawn as inline SVG: no picture to load, no script. Always dark on white, or cameras do not read it. */
export const qrCode = (text: string): Effect.Effect<Html> =>
  Effect.promise(() => toString(text, { type: "svg", errorCorrectionLevel: "M", margin: 2 })).pipe(
    Effect.map((svg) => trusted(svg.trim().replace("<svg ", '<svg class="qr" aria-hidden="true" ')))
  )
