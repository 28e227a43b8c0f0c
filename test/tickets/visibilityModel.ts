import fc from "fast-check"
import type { FileId, TicketId } from "../../src/kernel/ids.ts"

/** Those with an account, one of which has no place in the tickets but reads those of a tenant. */
export const NAMES = ["ada", "bob", "eve"] as const
export type Name = (typeof NAMES)[number]
/** Those who can take part: one of them has no account, and does so by mail alone. */
export const ALL = [...NAMES, "out"] as const
export type Anybody = (typeof ALL)[number]
export const address = (name: Anybody): string => `${name}@example.com`

/** How somebody's mail program puts what is quoted. */
export const QUOTATIONS = [
  "none",
  "below",
  "above",
  "original",
  "alone",
  "html-only",
  "html-beside-text",
  "html-unmarked",
  "both"
] as const
export type Quotation = (typeof QUOTATIONS)[number]

/** How somebody tries to write as somebody else. */
export const FORGERIES = ["sender", "token", "old-token", "reference"] as const
export type Forgery = (typeof FORGERIES)[number]

const MOVES = {
  writes: 4,
  mails: 8,
  forges: 2,
  replies: 5,
  notes: 3,
  macro: 1,
  adds: 7,
  "hands on": 3,
  removes: 4,
  leaves: 1,
  "leaves by mail": 1,
  claims: 2,
  renames: 3,
  spam: 1,
  closes: 4,
  merges: 4,
  undoes: 2,
  splits: 4,
  delivers: 3,
  looks: 3
} as const
export type What = keyof typeof MOVES

/**
 * A move. Whom and what it is about is chosen by numbers among those that there are when it is made, so that most moves are possible, and stay so while a
 * counterexample is made smaller.
 */
export interface Move {
  readonly what: What
  readonly ticket: number
  readonly who: number
  readonly whom: number
  readonly bits: number
  /** By staff, where a customer could do it, too. */
  readonly staff: boolean
  /** With all that was written before. */
  readonly all: boolean
  /** With a file. */
  readonly file: boolean
  readonly quotation: Quotation
  readonly forgery: Forgery
}

const small = fc.nat({ max: 11 })

const move: fc.Arbitrary<Move> = fc.record({
  what: fc.oneof(
    // the keys are those of the table
    ...Object.entries(MOVES).map(([what, weight]) => ({ weight, arbitrary: fc.constant(what as What) }))
  ),
  // most of it happens in one place, and what it leaves behind meets
  ticket: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: small }),
  who: small,
  whom: small,
  bits: fc.nat({ max: 255 }),
  staff: fc.boolean(),
  all: fc.nat({ max: 2 }).map((n) => n === 0),
  file: fc.nat({ max: 3 }).map((n) => n === 0),
  quotation: fc.constantFrom(...QUOTATIONS),
  forgery: fc.constantFrom(...FORGERIES)
})

export const moves = (max: number): fc.Arbitrary<ReadonlyArray<Move>> =>
  fc.array(move, { minLength: 8, maxLength: max, size: "max" })

/** A word that stands nowhere else: wherever it is found, it is known what was read. */
export const isCanary = /\b[a-z]\d+z\b/g
export const canariesIn = (text: string): ReadonlyArray<string> => [...new Set(text.match(isCanary) ?? [])]

/** One message, as the model knows it. */
export interface Said {
  readonly text: string
  /** The words of its own, in its text. */
  readonly words: ReadonlyArray<string>
  readonly internal: boolean
  readonly by: Anybody | "staff"
  /** Words of others, which its mail has quoted. */
  readonly quoted: ReadonlyArray<string>
  /** Names of its files; the same words are in their bytes. */
  readonly files: ReadonlyArray<string>
}

/** Somebody's part in a ticket. */
export interface Part {
  /** Messages with a greater number can be read. */
  after: number
  active: boolean
  /** Whether an account reads it in the portal. */
  portal: boolean
  proven: boolean
  addedAt: number
  /** Whether their part was ended by the undoing of a merge, so that another merge can give it back. */
  undone?: boolean
}

export interface Merge {
  readonly target: Ticket
  readonly toTarget: ReadonlyArray<Anybody>
  readonly toSource: ReadonlyArray<Anybody>
  readonly moved: ReadonlyArray<Ticket>
  /** Parts in those that have ended with it. */
  readonly ended: ReadonlyArray<Part>
}

/** A ticket, as the model knows it. */
export interface Ticket {
  readonly id: TicketId
  readonly contact: Anybody
  readonly said: Array<Said>
  readonly parts: Map<Anybody, Part>
  subject: string
  readonly renamed: Array<{ readonly at: number; readonly words: ReadonlyArray<string> }>
  spam: boolean
  into: Ticket | null
  merge: Merge | null
  readonly follows: Ticket | null
  /** Whether it is of the tenant whose tickets somebody reads. */
  readonly ofTenant: boolean
  /** Reply addresses that are dead. */
  readonly stale: Array<string>
}

export const ticketOf = (
  id: TicketId,
  contact: Anybody,
  subject: string,
  over: Partial<Pick<Ticket, "follows" | "ofTenant" | "parts">> = {}
): Ticket => ({
  id,
  contact,
  said: [],
  parts: new Map(),
  subject,
  renamed: [],
  spam: false,
  into: null,
  merge: null,
  follows: null,
  ofTenant: false,
  stale: [],
  ...over
})

/** The one whose messages are read by permission of the tenant, and who takes part in nothing. */
export type Reader = Name | "boss"

/** Somebody's part in a ticket, if they read by it in the portal; who was removed where the ticket goes on does not. */
export const partOf = ({ into, parts, spam }: Ticket, reader: Reader): Part | undefined => {
  const part = reader === "boss" ? undefined : parts.get(reader)
  if (spam || part?.active !== true || !part.portal || reader === "boss") return undefined
  return into?.parts.get(reader)?.active === false ? undefined : part
}

export const byTenant = (ticket: Ticket, reader: Reader): boolean =>
  reader === "boss" && ticket.ofTenant && !ticket.spam

export const sees = (ticket: Ticket, reader: Reader): boolean =>
  partOf(ticket, reader) !== undefined || byTenant(ticket, reader)

/** The rule (V-30): who may read the message with this number. */
export const reads = (ticket: Ticket, reader: Reader, seq: number): boolean => {
  const said = ticket.said[seq - 1]
  if (said === undefined || said.internal) return false
  const part = partOf(ticket, reader)
  return byTenant(ticket, reader) || (part !== undefined && seq > part.after)
}

export const readIn = (ticket: Ticket, reader: Reader): ReadonlyArray<Said> =>
  ticket.said.filter((_, index) => reads(ticket, reader, index + 1))

/** Every word that somebody may come upon in the portal now. */
export const known = (tickets: ReadonlyArray<Ticket>, reader: Reader): ReadonlySet<string> => {
  const words = new Set<string>()
  for (const ticket of tickets) {
    const offered = reader !== "boss" && isOffered(ticket, reader)
    if (!sees(ticket, reader) && !offered) continue
    words.add(ticket.subject)
    const part = partOf(ticket, reader)
    for (const { at, words: some } of ticket.renamed) {
      if (byTenant(ticket, reader) || part?.after === 0 || (part !== undefined && at >= part.addedAt)) {
        for (const word of some) words.add(word)
      }
    }
    for (const { by, files, quoted, words: own } of readIn(ticket, reader)) {
      // whoever has quoted something sees that they did
      for (const word of [...own, ...files, ...(by === reader ? quoted : [])]) words.add(word)
    }
  }
  return words
}

/** Whether an account is told that it can take the ticket over. */
export const isOffered = (ticket: Ticket, name: Name): boolean => {
  const part = ticket.parts.get(name)
  return part?.active === true && !part.portal && !ticket.spam
}

/** Whether a search of somebody finds a ticket by a word, in the list of their own ones or of the tenant. */
export const isFound = (ticket: Ticket, reader: Reader, word: string): boolean => {
  const part = reader === "boss" ? undefined : ticket.parts.get(reader)
  const listed = reader === "boss" ? ticket.ofTenant : part?.active === true && part.portal
  if (!listed || ticket.spam || ticket.into !== null) return false
  const after = part?.after ?? 0
  return (
    ticket.subject === word ||
    ticket.said.some(({ internal, words }, index) => !internal && index + 1 > after && words.includes(word))
  )
}

/** A mail that waits, with the words that it holds. */
export interface Waiting {
  readonly to: Anybody
  readonly ticket: Ticket
  readonly words: ReadonlyArray<string>
  /** The number of the message that it is about; null where it tells somebody of their own. */
  readonly seq: number | null
}

/** Whether a mail still goes out when it is its turn. */
export const goesOut = ({ seq, ticket, to }: Waiting): boolean => {
  const part = ticket.parts.get(to)
  const stays = part?.active === true && ticket.into?.parts.get(to)?.active !== false
  return !ticket.spam && stays && (seq === null || seq > part.after)
}

/** A file in a message, as staff find it. */
export interface Hanging {
  readonly id: FileId
  readonly name: string
  readonly ticket: Ticket
  readonly seq: number
}

export const pick = <A>(some: ReadonlyArray<A>, n: number): A | undefined =>
  some.length === 0 ? undefined : some[n % some.length]

/** Those that the bits of a number say. */
export const chosen = <A>(some: ReadonlyArray<A>, bits: number): ReadonlyArray<A> =>
  some.filter((_, index) => ((bits >> (index % 8)) & 1) === 1)
