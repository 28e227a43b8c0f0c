import { Option } from "effect"
import { domainOf, type EmailAddress, parse } from "../kernel/EmailAddress.ts"

/** Mailboxes of these domains do not exist: they are slips of the finger that no comparison of whole domains finds. */
const ENDINGS: Readonly<Record<string, string>> = { con: "com", cmo: "com", ocm: "com", ed: "de", ta: "at" }

/** How many letters must be changed, left out, put in, or swapped with their neighbour (optimal string alignment); beyond `most` only that it is more. */
export const distance = (a: string, b: string, most: number): number => {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let before: ReadonlyArray<number> = []
  let last: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1)
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, (before[column - 2] ?? 0) + 1)
      }
      current.push(least)
    }
    before = last
    last = current
  }
  return last[b.length] ?? most + 1
}

/**
 * The address that somebody may have meant (TIC-01), or nothing: with the known domain that is one slip away, or two where it is a long one. It is a hint
 * and no refusal, because the domain that was typed may be somebody's own.
 */
export const domainHint = (email: EmailAddress, known: ReadonlyArray<string>): Option.Option<EmailAddress> => {
  const typed = domainOf(email)
  const local = email.slice(0, email.lastIndexOf("@"))
  if (known.includes(typed)) return Option.none()
  const near = known
    .map((domain) => ({ domain, slips: distance(typed, domain, 2) }))
    .filter(({ domain, slips }) => slips <= (domain.length >= 9 ? 2 : 1))
    .sort((a, b) => a.slips - b.slips || (a.domain < b.domain ? -1 : 1))[0]
  const dot = typed.lastIndexOf(".")
  const ending = ENDINGS[typed.slice(dot + 1)]
  const meant = near?.domain ?? (ending === undefined ? undefined : `${typed.slice(0, dot)}.${ending}`)
  return meant === undefined ? Option.none() : parse(`${local}@${meant}`)
}
