import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

/** Tests and examples say `portico/kysely` as a consumer does, and get the sources instead of a build. */
export const alias = [
  { find: /^portico$/, replacement: `${root}src/index.ts` },
  { find: /^portico\/([^/]+)$/, replacement: `${root}src/$1/index.ts` }
]
