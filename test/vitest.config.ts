import { availableParallelism } from "node:os"
import { configDefaults, defineConfig } from "vitest/config"
import { alias, root } from "./support/alias.ts"

export default defineConfig({
  root,
  resolve: { alias },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/browser/**", "test/bench/**", "test/fixtures/**"],
    globalSetup: ["test/support/globalSetup.ts"],
    // every core, but not so many files that the one server runs out of connections
    maxWorkers: Math.min(availableParallelism(), 6),
    // Two cores run races on a real server beside everything else: a slow answer is not a failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000
  }
})
