import { Layer } from "effect"
import type { Crypto } from "./Crypto.ts"
import { Ids } from "./ids.ts"
import { layerCryptoNode } from "./nodeCrypto.ts"
import { type InvalidKeyRing, type KeyRing, Sealer } from "./Sealer.ts"
import * as Settings from "./Settings.ts"

/** What every use case needs besides the storage ports: crypto, ids, the sealer with the operator's keys, and the settings. */
export const layer = (options: {
  readonly keyRing: KeyRing
  readonly settings?: Settings.SettingsInput
}): Layer.Layer<Crypto | Ids | Sealer, InvalidKeyRing> =>
  Layer.mergeAll(Ids.layer, Sealer.layer(options.keyRing), Settings.layer(options.settings ?? {})).pipe(
    Layer.provideMerge(layerCryptoNode)
  )
