import { Context, type Effect, type Option, type Stream } from "effect"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { BlobKey, StoredBlob } from "./File.ts"

/**
 * Where the bytes of files are. It takes part in no unit of work: a row says that there may be a blob before it is written, and goes away after it is
 * deleted, so that a crash in between leaves nothing that nobody knows of. An implementer MUST keep:
 * - content is streamed both ways and never held as a whole in memory;
 * - `put` of content that fails, dies or is interrupted leaves nothing that `get` answers, and what is left otherwise goes away with `delete`;
 * - `put` fails with `duplicate` where the key is taken, and leaves what is there;
 * - what `put` has answered is there after a crash;
 * - `get` answers none for a key of which there is nothing, or not all;
 * - `delete` of a key of which there is nothing goes well.
 */
export class BlobStore extends Context.Service<
  BlobStore,
  {
    readonly put: <E, R>(
      key: BlobKey,
      content: Stream.Stream<Uint8Array, E, R>
    ) => Effect.Effect<StoredBlob, E | PersistenceError, R>
    readonly get: (
      key: BlobKey
    ) => Effect.Effect<Option.Option<Stream.Stream<Uint8Array, PersistenceError>>, PersistenceError>
    readonly delete: (key: BlobKey) => Effect.Effect<void, PersistenceError>
  }
>()("portico/tickets/BlobStore") {}
