import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Schema } from "effect"
import * as fc from "fast-check"
import { toBase64Url } from "../../src/kernel/Crypto.ts"
import { ParticipantId, ShortNumber, TicketId } from "../../src/kernel/ids.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import { make, parse, verify } from "../../src/tickets/replyAddress.ts"
import { rounds } from "../support/rounds.ts"

const key = (byte: number) => Redacted.make(toBase64Url(new Uint8Array(32).fill(byte)))
const ringOf = (
  current: string,
  keys: Readonly<Record<string, Redacted.Redacted>>,
  retired: ReadonlyArray<string> = []
) => Layer.orDie(Sealer.layer({ current, keys, retired })).pipe(Layer.provideMerge(layerCryptoNode))
const both = ringOf("k2", { k1: key(7), k2: key(9) })

const ticket = {
  id: Schema.decodeSync(TicketId)("01890000-0000-7000-8000-000000000001"),
  number: Schema.decodeSync(ShortNumber)("0123ABCD")
}
const participant = {
  ticketId: ticket.id,
  id: Schema.decodeSync(ParticipantId)("01890000-0000-7000-8000-000000000002"),
  seq: 3,
  tokenVersion: 1,
  tokenKeyId: "k1"
}
const settings = Settings.defaults

const addressOf = (over: Partial<typeof participant> = {}, purpose?: "answer" | "leave") =>
  Effect.map(make(ticket, { ...participant, ...over }, settings, purpose), Option.getOrThrow)

const read = (address: string) => {
  const recipient = parse(address, settings)
  return recipient._tag === "Reply" ? recipient.address : assert.fail(recipient._tag)
}

describe("a reply address", () => {
  it.effect(
    "MIN-02 R-TI-04 carries 128 bits of an HMAC in base32, and fits into a local part whatever the mailbox is",
    () =>
      Effect.gen(function* () {
        const address = yield* addressOf({ seq: 999_999 })
        const [local = ""] = address.split("@")
        assert.match(local, /^support\+0123abcd-999999-[a-z2-7]{26}$/)
        const longest = Settings.make({ inbound: { address: `${"a".repeat(20)}@portal.example` } })
        const long = Option.getOrThrow(yield* make(ticket, { ...participant, seq: 99 }, longest, "leave"))
        assert.isAtMost(long.indexOf("@"), 64)
        // as RFC 2104 section 5 and RFC 4648 section 6 have it, by another hand
        const sealer = yield* Sealer
        const { mac } = yield* Effect.orDie(
          sealer.mac("reply-address/answer", `${ticket.id}\n${participant.id}\n3\n1`, "k1")
        )
        const bits = [...Buffer.from(mac, "base64url").subarray(0, 16)]
          .map((byte) => byte.toString(2).padStart(8, "0"))
          .join("")
        const base32 = (bits.padEnd(130, "0").match(/.{5}/g) ?? [])
          .map((five) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(five, 2)])
          .join("")
        assert.strictEqual(read(yield* addressOf()).token, base32)
      }).pipe(Effect.provide(both))
  )

  it.effect("MIN-02 is this ticket's and this person's, in any case of letters, and nobody else's", () =>
    Effect.gen(function* () {
      const address = yield* addressOf()
      assert.isTrue(yield* verify(read(address), ticket, participant))
      assert.isTrue(yield* verify(read(address.toUpperCase()), ticket, participant))
      const others = [
        { ...participant, id: Schema.decodeSync(ParticipantId)("01890000-0000-7000-8000-000000000003") },
        { ...participant, seq: 4 },
        { ...participant, tokenVersion: 2 }
      ]
      for (const other of others) assert.isFalse(yield* verify(read(address), ticket, other))
      assert.isFalse(
        yield* verify(read(address), { ...ticket, number: Schema.decodeSync(ShortNumber)("0123ABCE") }, participant)
      )
      assert.isFalse(yield* verify({ ...read(address), purpose: "leave" }, ticket, participant))
      assert.isTrue(yield* verify(read(yield* addressOf({}, "leave")), ticket, participant))
    }).pipe(Effect.provide(both))
  )

  it.effect("MIN-02 dies with the version of its token and with its key, and outlives a new one", () =>
    Effect.gen(function* () {
      const address = yield* addressOf().pipe(Effect.provide(ringOf("k1", { k1: key(7) })))
      assert.isTrue(yield* verify(read(address), ticket, participant).pipe(Effect.provide(both)))
      assert.isFalse(
        yield* verify(read(address), ticket, { ...participant, tokenVersion: 2 }).pipe(Effect.provide(both))
      )
      const without = ringOf("k2", { k2: key(9) })
      // nobody can tell then: the mail is to come again
      const untold = yield* verify(read(address), ticket, participant).pipe(Effect.provide(without), Effect.flip)
      assert.strictEqual(untold._tag, "PersistenceError")
      // unless it is said that the key is gone for good: the token is dead
      const retired = ringOf("k2", { k2: key(9) }, ["k1"])
      assert.isFalse(yield* verify(read(address), ticket, participant).pipe(Effect.provide(retired)))
    })
  )

  it.effect("MIN-02 is made with the current key while its own is missing, and both count once it is there again", () =>
    Effect.gen(function* () {
      const old = yield* addressOf().pipe(Effect.provide(ringOf("k1", { k1: key(7) })))
      const without = ringOf("k2", { k2: key(9) })
      const renewed = yield* addressOf().pipe(Effect.provide(without))
      assert.notStrictEqual(renewed, old)
      const leaving = yield* addressOf({}, "leave").pipe(Effect.provide(without))
      const rotated = ringOf("k3", { k2: key(9), k3: key(11) })
      for (const ring of [without, both, rotated]) {
        assert.isTrue(yield* verify(read(renewed), ticket, participant).pipe(Effect.provide(ring)))
        assert.isTrue(yield* verify(read(leaving), ticket, participant).pipe(Effect.provide(ring)))
      }
      assert.isTrue(yield* verify(read(old), ticket, participant).pipe(Effect.provide(both)))
      const after = { ...participant, tokenVersion: 2 }
      assert.isFalse(yield* verify(read(renewed), ticket, after).pipe(Effect.provide(both)))
      assert.isFalse(
        yield* verify(read(renewed), ticket, participant).pipe(Effect.provide(ringOf("k1", { k1: key(7) })))
      )
    })
  )

  it.effect("MIN-02 with one character changed is another one", () =>
    Effect.gen(function* () {
      const { token } = read(yield* addressOf())
      for (let at = 0; at < token.length; at++) {
        for (const letter of "ab27") {
          const changed = token.slice(0, at) + letter + token.slice(at + 1)
          if (changed === token) continue
          assert.isFalse(yield* verify({ ...read(yield* addressOf()), token: changed }, ticket, participant), `${at}`)
        }
      }
    }).pipe(Effect.provide(both))
  )

  it("MIN-02 is read of any text without a fault, and foreign mailboxes are none of ours", () => {
    const tags: ReadonlyArray<readonly [string, string]> = [
      ["support@localhost.localdomain", "General"],
      ["SUPPORT@LocalHost.localdomain", "General"],
      ["support+x@localhost.localdomain", "Broken"],
      ["support+0123abcd-1-abc@localhost.localdomain", "Broken"],
      [`support+0123abcd-0-${"a".repeat(26)}@localhost.localdomain`, "Broken"],
      [`support+0123abcd-1-${"a".repeat(26)}@localhost.localdomain`, "Reply"],
      [`support+0123abcd-1-${"a".repeat(26)}@evil.example`, "Foreign"],
      ["supporter@localhost.localdomain", "Foreign"],
      ["", "Foreign"]
    ]
    for (const [address, tag] of tags) assert.strictEqual(parse(address, settings)._tag, tag, address)
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (noise) => {
        assert.notStrictEqual(parse(noise, settings)._tag, "Reply")
        parse(`support+${noise}@localhost.localdomain`, settings)
      }),
      { numRuns: rounds(300, 10_000) }
    )
  })
})
