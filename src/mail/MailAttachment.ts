import type { Stream } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"

/** A file that travels with a mail. Its bytes are read while the mail is handed over, piece by piece, and never held as a whole. */
export interface MailAttachment {
  /** As shown; one line that is made safe already (R-TI-11). */
  readonly name: string
  /** With its parameters, for example `text/plain; charset=utf-8`. */
  readonly mediaType: string
  /** Bytes, before they are encoded for the mail. */
  readonly size: number
  /** From the start each time that it is run; a failure is a temporary failure of the sending. */
  readonly content: Stream.Stream<Uint8Array, PersistenceError>
}

/** How many of the files that belong to a mail travel with it, and how many do not, and why: for the mail to say so. */
export interface Enclosed {
  readonly sent: number
  /** Together with the others they are more than a mail may carry. */
  readonly tooLarge: number
  /** Not checked yet, or blocked. */
  readonly withheld: number
  /** Not there any more. */
  readonly gone: number
  /** There, but their bytes cannot be had. */
  readonly unreadable: number
}

export const nothingEnclosed: Enclosed = { sent: 0, tooLarge: 0, withheld: 0, gone: 0, unreadable: 0 }

/** What is known of a mail's files from the tries before. */
export interface Tries {
  /** A try has failed because a file could not be read: which one that is is to be found out before this one. */
  readonly doubtful: boolean
  /** Whether the mail can wait still for files whose store does not answer; else what cannot be read now stays behind. */
  readonly patient: boolean
}

export const firstTry: Tries = { doubtful: false, patient: true }

/** What a kind answers when it is asked for a mail's files, right before the sending. */
export type Enclosing =
  | {
      readonly _tag: "Enclosed"
      readonly attachments: ReadonlyArray<MailAttachment>
      readonly enclosed: Enclosed
    }
  /** The mail waits, and is asked again then; it counts as no try. */
  | { readonly _tag: "NotYet"; readonly at: Instant }
  /** Their store does not answer: a temporary failure. The detail is for operators. */
  | { readonly _tag: "Unreadable"; readonly detail: string }

export const enclosesNothing: Enclosing = { _tag: "Enclosed", attachments: [], enclosed: nothingEnclosed }
