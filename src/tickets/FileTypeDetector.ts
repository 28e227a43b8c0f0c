import { Context, type Effect, type Option } from "effect"
import type { Detected } from "./FileType.ts"

/**
 * Tells what a file is by its first bytes, by signatures only; whether that agrees with the name is decided by `agreed` (TIC-13). An implementer MUST answer in bounded time
 * whatever the bytes are, `none` where it knows no signature of them, and MUST NOT go by a name. `portico/files` has one.
 */
export class FileTypeDetector extends Context.Service<
  FileTypeDetector,
  { readonly detect: (head: Uint8Array) => Effect.Effect<Option.Option<Detected>> }
>()("portico/tickets/FileTypeDetector") {}
