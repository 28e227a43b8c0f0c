import { Effect, Result, Schema } from "effect"
import { FileId, type MessageId } from "../kernel/ids.ts"
import type { Settings } from "../kernel/Settings.ts"
import { type File, FileState, fetchable } from "./File.ts"
import { FileRepository } from "./FileRepository.ts"

/** A file as those see it who may read its message. Only what is `fetchable` can be downloaded; the state says why, or why not (TIC-13). */
export const FileView = Schema.Struct({
  id: FileId,
  name: Schema.String,
  mediaType: Schema.String,
  /** Bytes. */
  size: Schema.Int,
  state: FileState,
  fetchable: Schema.Boolean,
  /** Of an image inside of the message's HTML. */
  contentId: Schema.NullOr(Schema.String)
})
export type FileView = typeof FileView.Type

/** With what a scanner has found, which only staff are told. */
export const StaffFileView = Schema.Struct({ ...FileView.fields, threat: Schema.NullOr(Schema.String) })
export type StaffFileView = typeof StaffFileView.Type

const toView = (file: File, serveUnscanned: boolean): FileView => ({
  id: file.id,
  name: file.name,
  mediaType: file.mediaType,
  size: file.size,
  state: file.state,
  fetchable: Result.isSuccess(fetchable(file, serveUnscanned)),
  contentId: file.contentId
})

/** For staff: as `viewsOf`, with what was found. */
export const staffViewOf = (file: File, settings: Settings): StaffFileView => ({
  ...toView(file, settings.files.serveUnscanned),
  threat: file.threat
})

export const viewOf = (file: File, settings: Settings): FileView => toView(file, settings.files.serveUnscanned)

/**
 * The files of messages by message, in their order; for rooms that have checked that the reader may read each of the messages. In one statement.
 */
export const ofMessages = Effect.fnUntraced(function* (messageIds: ReadonlyArray<MessageId>) {
  const found = new Map<MessageId, Array<File>>()
  if (messageIds.length === 0) return found as ReadonlyMap<MessageId, ReadonlyArray<File>>
  const files = yield* FileRepository
  for (const file of yield* files.ofMessages(messageIds)) {
    if (file.place === null) continue
    const of = found.get(file.place.messageId)
    if (of === undefined) found.set(file.place.messageId, [file])
    else of.push(file)
  }
  return found as ReadonlyMap<MessageId, ReadonlyArray<File>>
})
