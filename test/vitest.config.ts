import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"

const root = fileURLToPath(new URL("..", import.meta.url))

export default defineConfig({
  root,
  resolve: {
    // Tests and examples say `portico/kysely` as a consumer does, and get the sources instead of a build.
    alias: [
      { find: /^portico$/, replacement: `${root}src/index.ts` },
      { find: /^portico\/([^/]+)$/, replacement: `${root}src/$1/index.ts` }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/browser/**", "test/bench/**", "test/fixtures/**"],
    globalSetup: ["test/support/globalSetup.ts"],
    // Two cores run races on a real server beside everything else: a slow answer is not a failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000
  }
})
