import { Effect, Option } from "effect"
import { Crypto, fromBase64Url, utf8 } from "../kernel/Crypto.ts"
import { type EmailAddress, parse as parseAddress } from "../kernel/EmailAddress.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { Sealer } from "../kernel/Sealer.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Participant, Ticket } from "./Ticket.ts"

/** What a mail to the address asks for: to be read as an answer, or to be left in peace (the address of `List-Unsubscribe`). */
export type Purpose = "answer" | "leave"

/** What stands in a reply address: a claim, until `verify` has looked at its token. */
export interface ReplyAddress {
  readonly number: string
  /** Of the participant, inside of the ticket. */
  readonly seq: number
  readonly purpose: Purpose
  readonly token: string
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
/** 128 bits in base32 (RFC 4648 section 6), without padding. */
const TOKEN_LENGTH = 26

const toBase32 = (bytes: Uint8Array): string => {
  let text = ""
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(value >> bits) & 31]
    }
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31]
}

type Key = Pick<Participant, "id" | "seq" | "ticketId" | "tokenVersion" | "tokenKeyId">

/** The leftmost 128 bits of the HMAC (RFC 2104 section 5) under this key, or none where it is not on the ring. */
const tokenUnder = Effect.fnUntraced(function* (keyId: string, participant: Key, purpose: Purpose) {
  const sealer = yield* Sealer
  const data = `${participant.ticketId}\n${participant.id}\n${participant.seq}\n${participant.tokenVersion}`
  const made = yield* Effect.option(sealer.mac(`reply-address/${purpose}`, data, keyId))
  return Option.map(made, ({ mac }) => toBase32((fromBase64Url(mac) ?? new Uint8Array(32)).subarray(0, 16)))
})

/**
 * The keys on the ring that a token may have been made with, the one that makes it now in front: the participant's own, or the current one while that is
 * missing, so that mails go out with a way to answer. Any of them may have been the current one then.
 */
const keysOf = Effect.fnUntraced(function* ({ tokenKeyId }: Key) {
  const { keyIds } = yield* Sealer
  return keyIds.includes(tokenKeyId) ? [tokenKeyId, ...keyIds.filter((id) => id !== tokenKeyId)] : keyIds
})

const halves = (address: string): readonly [local: string, domain: string] => {
  const at = address.lastIndexOf("@")
  return [address.slice(0, Math.max(at, 0)), address.slice(at + 1)]
}

/** The mailbox of tickets, in normal form; none where the operator's setting is no address that reply addresses can be made of. */
export const mailbox = (settings: Settings): Option.Option<EmailAddress> =>
  Option.filter(parseAddress(settings.inbound.address), (address) => {
    const [local] = halves(address)
    return local.length <= 20 && !local.includes("+")
  })

/**
 * The address under which a participant's answers come back: one for each ticket and person (MIN-02). It names the ticket for people; what counts is the
 * token, which dies with `tokenVersion` and with the key on the ring that made it. None where the mailbox is no address to make it of.
 */
export const make = (
  ticket: Pick<Ticket, "number">,
  participant: Key,
  settings: Settings,
  purpose: Purpose = "answer"
): Effect.Effect<Option.Option<EmailAddress>, never, Sealer> =>
  Effect.map(
    Effect.flatMap(keysOf(participant), ([first]) => tokenUnder(first ?? participant.tokenKeyId, participant, purpose)),
    (token) =>
      Option.flatMap(Option.all([token, mailbox(settings)]), ([token, address]) => {
        const [local, domain] = halves(address)
        const mark = purpose === "leave" ? "x" : ""
        return parseAddress(`${local}+${ticket.number}-${participant.seq}${mark}-${token}@${domain}`)
      })
  )

/** What a recipient of ours says: nothing where it is another mailbox, `General` without a token, `Broken` where the part after "+" is none of ours. */
export type Recipient =
  | { readonly _tag: "Foreign" }
  | { readonly _tag: "General" }
  | { readonly _tag: "Broken" }
  | { readonly _tag: "Reply"; readonly address: ReplyAddress }

const FORM = /^([0-9a-hjkmnp-tv-z]{8})-([1-9][0-9]{0,8})(x?)-([a-z2-7]{26})$/

/** Reads an address of any case; linear in its length. */
export const parse = (recipient: string, settings: Settings): Recipient => {
  const address = Option.getOrUndefined(parseAddress(recipient))
  const own = Option.getOrUndefined(mailbox(settings))
  if (address === undefined || own === undefined) return { _tag: "Foreign" }
  const [local, domain] = halves(address)
  const [ownLocal, ownDomain] = halves(own)
  if (domain !== ownDomain) return { _tag: "Foreign" }
  if (local === ownLocal) return { _tag: "General" }
  if (!local.startsWith(`${ownLocal}+`)) return { _tag: "Foreign" }
  const [, number, seq, mark, token] = FORM.exec(local.slice(ownLocal.length + 1)) ?? []
  if (number === undefined || seq === undefined || token === undefined) return { _tag: "Broken" }
  return {
    _tag: "Reply",
    address: { number: number.toUpperCase(), seq: Number(seq), purpose: mark === "x" ? "leave" : "answer", token }
  }
}

/**
 * Whether the address is this participant's, as of the participant's present token; compared in constant time. Whether they take part is not asked. Where
 * the participant's key is missing and no other one has made the token, nobody can tell: the mail is to come again, unless that key is retired.
 */
export const verify = Effect.fnUntraced(function* (
  address: ReplyAddress,
  ticket: Pick<Ticket, "id" | "number">,
  participant: Key
) {
  const crypto = yield* Crypto
  const fits =
    address.number === ticket.number &&
    participant.ticketId === ticket.id &&
    participant.seq === address.seq &&
    address.token.length === TOKEN_LENGTH
  if (!fits) return false
  const { isRetired, keyIds } = yield* Sealer
  for (const keyId of yield* keysOf(participant)) {
    const token = yield* tokenUnder(keyId, participant, address.purpose)
    if (Option.isSome(token) && crypto.equal(utf8(token.value), utf8(address.token))) return true
  }
  if (keyIds.includes(participant.tokenKeyId) || isRetired(participant.tokenKeyId)) return false
  return yield* new PersistenceError({ operation: "replyAddress.verify", reason: "other" })
})
