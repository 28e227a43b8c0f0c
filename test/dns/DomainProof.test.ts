import { createSocket } from "node:dgram"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import { layer } from "../../src/dns/index.ts"
import { DomainProof } from "../../src/tenants/DomainProof.ts"

/** The end of a name in a message: its labels, and an empty one (RFC 1035 section 4.1.2). */
const nameIn = (message: Buffer): { readonly name: string; readonly end: number } => {
  const labels: Array<string> = []
  let at = 12
  for (;;) {
    const length = message[at] ?? 0
    if (length === 0) return { name: labels.join("."), end: at + 5 }
    labels.push(message.subarray(at + 1, at + 1 + length).toString("ascii"))
    at += 1 + length
  }
}

/** Answers a question for TXT records: with these, with "there is no such name" (3), or "the server failed" (2). */
const answer = (question: Buffer, records: ReadonlyArray<ReadonlyArray<string>> | 2 | 3): Buffer => {
  const { end } = nameIn(question)
  const head = Buffer.from(question.subarray(0, end))
  head.writeUInt16BE(0x8180 | (typeof records === "number" ? records : 0), 2)
  head.writeUInt16BE(typeof records === "number" ? 0 : records.length, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(0, 10)
  if (typeof records === "number") return head
  const rows = records.map((texts) => {
    const data = Buffer.concat(texts.map((text) => Buffer.from([text.length, ...Buffer.from(text, "ascii")])))
    const row = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255])
    return Buffer.concat([row, data])
  })
  return Buffer.concat([head, ...rows])
}

/** A name server on this machine, closed with the scope. */
const server = (zone: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>> | 2 | 3>>) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<{ readonly port: number; readonly close: () => void }>((resolve) => {
          const socket = createSocket("udp4")
          socket.on("message", (question, { address, port }) => {
            // what is not in the zone is not answered at all
            const found = zone[nameIn(question).name]
            if (found !== undefined) socket.send(answer(question, found), port, address)
          })
          socket.bind(0, "127.0.0.1", () => resolve({ port: socket.address().port, close: () => socket.close() }))
        })
    ),
    ({ close }) => Effect.sync(close)
  )

describe("TXT records by the resolver of Node", () => {
  it.live("TEN-10 records are told from none, and none from what could not be asked", () =>
    Effect.gen(function* () {
      const { port } = yield* server({
        "_portico-domain.firma.example": [["portico-domain=", "0123"], ["v=spf1 -all"]],
        "_portico-domain.ohne.example": [],
        "_portico-domain.keine.example": 3,
        "_portico-domain.kaputt.example": 2
      })
      const texts = (name: string) =>
        Effect.flatMap(DomainProof, (proof) => proof.texts(`_portico-domain.${name}`)).pipe(
          Effect.provide(layer({ servers: [`127.0.0.1:${port}`], timeout: 200, tries: 1 })),
          Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: (found) => [...found].sort() })
        )
      assert.deepStrictEqual(yield* texts("firma.example"), ["portico-domain=0123", "v=spf1 -all"])
      assert.deepStrictEqual(yield* texts("ohne.example"), [])
      assert.deepStrictEqual(yield* texts("keine.example"), [])
      assert.strictEqual(yield* texts("kaputt.example"), "DomainProofUnavailable")
      assert.strictEqual(yield* texts("stumm.example"), "DomainProofUnavailable")
    }).pipe(Effect.scoped)
  )
})
