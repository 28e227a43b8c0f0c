import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto"
import { Context, Effect, Layer, Redacted } from "effect"
import { PortalKeys } from "../keyRing.ts"

/** Signs what the portal hands to a browser and wants back unchanged. A signature for one purpose is worth nothing for another. */
export class Signer extends Context.Service<
  Signer,
  {
    readonly sign: (purpose: string, text: string) => string
    readonly verify: (purpose: string, text: string, signature: string) => boolean
  }
>()("example/Signer") {
  static readonly layer: Layer.Layer<Signer, never, PortalKeys> = Layer.effect(
    Signer,
    Effect.gen(function* () {
      const ring = yield* PortalKeys
      const derive = (key: Redacted.Redacted, purpose: string) =>
        Buffer.from(
          hkdfSync("sha256", Buffer.from(Redacted.value(key), "base64url"), "", `portico example/${purpose}`, 32)
        )
      const derived = new Map<string, Buffer>()
      const keyOf = (id: string, root: Redacted.Redacted, purpose: string): Buffer => {
        const name = `${id}.${purpose}`
        const known = derived.get(name)
        if (known !== undefined) return known
        const key = derive(root, purpose)
        derived.set(name, key)
        return key
      }
      const mac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest()
      const roots = Object.entries(ring.keys)

      return Signer.of({
        sign: (purpose, text) => {
          const root = roots.find(([id]) => id === ring.current)
          // the ring is checked when it is read: its current key exists
          if (root === undefined) throw new Error("The key ring has no current key")
          return mac(keyOf(root[0], root[1], purpose), text).toString("base64url")
        },
        verify: (purpose, text, signature) => {
          const given = Buffer.from(signature, "base64url")
          return roots.some(([id, root]) => {
            const expected = mac(keyOf(id, root, purpose), text)
            return given.length === expected.length && timingSafeEqual(given, expected)
          })
        }
      })
    })
  )
}
