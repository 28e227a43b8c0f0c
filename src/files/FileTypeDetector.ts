import { Effect, Layer, Option } from "effect"
import { fileTypeFromBuffer } from "file-type"
import { FileTypeDetector } from "../tickets/FileTypeDetector.ts"

/** Signatures by `file-type`. It reads the beginning only, so that what an archive holds is told by its first entries. */
export const layer: Layer.Layer<FileTypeDetector> = Layer.succeed(
  FileTypeDetector,
  FileTypeDetector.of({
    detect: (head) =>
      Effect.promise(() => fileTypeFromBuffer(head)).pipe(
        Effect.map((found) =>
          Option.map(Option.fromUndefinedOr(found), ({ ext, mime }) => ({ extension: ext, mediaType: mime }))
        ),
        // a parser that stumbles over what is cut off or made to confuse it has told nothing
        Effect.catchDefect(() => Effect.succeed(Option.none()))
      )
  })
)
