import { Context, Effect, Layer, Schema } from "effect"
import { Crypto } from "./Crypto.ts"
import * as Instant from "./Instant.ts"

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const uuidV7 = Schema.String.check(Schema.makeFilter((value) => (UUID_V7.test(value) ? undefined : "id")))

export const AccountId = uuidV7.pipe(Schema.brand("AccountId"))
export type AccountId = typeof AccountId.Type
export const RegistrationId = uuidV7.pipe(Schema.brand("RegistrationId"))
export type RegistrationId = typeof RegistrationId.Type
export const SelfRegistrationId = uuidV7.pipe(Schema.brand("SelfRegistrationId"))
export type SelfRegistrationId = typeof SelfRegistrationId.Type
export const SessionId = uuidV7.pipe(Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type
export const ChallengeId = uuidV7.pipe(Schema.brand("ChallengeId"))
export type ChallengeId = typeof ChallengeId.Type
export const ConsentId = uuidV7.pipe(Schema.brand("ConsentId"))
export type ConsentId = typeof ConsentId.Type
export const TenantId = uuidV7.pipe(Schema.brand("TenantId"))
export type TenantId = typeof TenantId.Type
export const MembershipId = uuidV7.pipe(Schema.brand("MembershipId"))
export type MembershipId = typeof MembershipId.Type
export const InvitationId = uuidV7.pipe(Schema.brand("InvitationId"))
export type InvitationId = typeof InvitationId.Type
export const ShareableLinkId = uuidV7.pipe(Schema.brand("ShareableLinkId"))
export type ShareableLinkId = typeof ShareableLinkId.Type
export const RequestId = uuidV7.pipe(Schema.brand("RequestId"))
export type RequestId = typeof RequestId.Type

export const DomainId = uuidV7.pipe(Schema.brand("DomainId"))
export type DomainId = typeof DomainId.Type
export const DeputyId = uuidV7.pipe(Schema.brand("DeputyId"))
export type DeputyId = typeof DeputyId.Type

export const CoverageId = uuidV7.pipe(Schema.brand("CoverageId"))
export type CoverageId = typeof CoverageId.Type
export const OrderId = uuidV7.pipe(Schema.brand("OrderId"))
export type OrderId = typeof OrderId.Type
export const TicketId = uuidV7.pipe(Schema.brand("TicketId"))
export type TicketId = typeof TicketId.Type
export const ParticipantId = uuidV7.pipe(Schema.brand("ParticipantId"))
export type ParticipantId = typeof ParticipantId.Type
export const MessageId = uuidV7.pipe(Schema.brand("MessageId"))
export type MessageId = typeof MessageId.Type
export const FileId = uuidV7.pipe(Schema.brand("FileId"))
export type FileId = typeof FileId.Type
export const InboundMailId = uuidV7.pipe(Schema.brand("InboundMailId"))
export type InboundMailId = typeof InboundMailId.Type
export const CannedAnswerId = uuidV7.pipe(Schema.brand("CannedAnswerId"))
export type CannedAnswerId = typeof CannedAnswerId.Type
export const MacroId = uuidV7.pipe(Schema.brand("MacroId"))
export type MacroId = typeof MacroId.Type
export const SavedViewId = uuidV7.pipe(Schema.brand("SavedViewId"))
export type SavedViewId = typeof SavedViewId.Type
export const MergeId = uuidV7.pipe(Schema.brand("MergeId"))
export type MergeId = typeof MergeId.Type
export const EventId = uuidV7.pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type
export const MailId = uuidV7.pipe(Schema.brand("MailId"))
export type MailId = typeof MailId.Type

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

const format = (bytes: Uint8Array): string => {
  let text = ""
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-"
    text += hex[bytes[i] ?? 0]
  }
  return text
}

/**
 * Gives new ids: UUIDs of version 7 (RFC 9562 section 5.7), which sort by the time of their making, and inside one millisecond by the order of
 * their making in this process.
 */
export class Ids extends Context.Service<
  Ids,
  {
    readonly next: Effect.Effect<string>
    /** Eight characters of Crockford's base 32 (40 random bits) for people to read out; no secret. */
    readonly number: Effect.Effect<string>
  }
>()("portico/kernel/Ids") {
  static readonly layer: Layer.Layer<Ids, never, Crypto> = Layer.effect(
    Ids,
    Effect.gen(function* () {
      const crypto = yield* Crypto
      let lastMillis = -1
      let sequence = 0
      const next = Effect.gen(function* () {
        const millis = Math.max(yield* Instant.now, 0)
        const bytes = yield* crypto.randomBytes(16)
        if (millis > lastMillis) {
          lastMillis = millis
          // starts in the lower half, so that it can count up inside the millisecond
          sequence = (((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)) & 0x7ff
        } else if (++sequence > 0xfff) {
          lastMillis++
          sequence = 0
        }
        let rest = lastMillis
        for (let i = 5; i >= 0; i--) {
          bytes[i] = rest % 256
          rest = Math.floor(rest / 256)
        }
        bytes[6] = 0x70 | (sequence >> 8)
        bytes[7] = sequence & 0xff
        bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
        return format(bytes)
      })
      const number = Effect.map(crypto.randomBytes(5), (bytes) => {
        let bits = 0n
        for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
        let text = ""
        for (let i = 0; i < 8; i++) {
          text = (ALPHABET[Number(bits & 31n)] ?? "0") + text
          bits >>= 5n
        }
        return text
      })
      return Ids.of({ next, number })
    })
  )
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** The next id as the branded type that the caller names: `nextId(TenantId)`. The schema is a witness of the type only. */
export const nextId = <Id extends string>(_: { readonly Type: Id }): Effect.Effect<Id, never, Ids> =>
  // the port's ids are UUIDs of version 7 by its contract, which is all that the brand says
  Effect.flatMap(Ids, (ids) => ids.next as Effect.Effect<Id>)

/** A short number that people can read out: accounts, tenants, requests and tickets have one (G-07). */
export const ShortNumber = Schema.String.check(
  Schema.makeFilter((value) => (/^[0-9A-HJKMNP-TV-Z]{8}$/.test(value) ? undefined : "number"))
).pipe(Schema.brand("ShortNumber"))
export type ShortNumber = typeof ShortNumber.Type

export const nextNumber: Effect.Effect<ShortNumber, never, Ids> = Effect.flatMap(
  Ids,
  // as above: the port's contract is the brand's
  (ids) => ids.number as Effect.Effect<ShortNumber>
)
