import { Context, Effect, Layer, Schema, type Stream } from "effect"
import type { ScanResult } from "./File.ts"

/** The scanner was not reached, or could not finish; it is tried again, and the file waits. */
export class ScannerUnavailable extends Schema.TaggedError<ScannerUnavailable>("portico/ScannerUnavailable")(
  "ScannerUnavailable",
  { cause: Schema.optionalKey(Schema.Defect()) }
) {}

/**
 * Looks for malware before anybody can fetch a file (TIC-13). An implementer MUST answer `Clean` only when all of the content was looked at, and fail where it
 * was not. It is asked outside of transactions, and may be asked again for the same file. `portico/files` has an adapter for clamd.
 */
export class Scanner extends Context.Service<
  Scanner,
  {
    readonly scan: <E, R>(
      content: Stream.Stream<Uint8Array, E, R>
    ) => Effect.Effect<ScanResult, E | ScannerUnavailable, R>
  }
>()("portico/tickets/Scanner") {
  /**
   * For an application without a scanner: files are shown as not scanned. Nobody can fetch them unless the setting `files.serveUnscanned` says that this is
   * what the operator wants: without both steps nothing that nobody has looked at goes from one customer to another person.
   */
  static readonly layerNone: Layer.Layer<Scanner> = Layer.succeed(
    Scanner,
    Scanner.of({ scan: () => Effect.succeed({ _tag: "Unscanned" }) })
  )
}
