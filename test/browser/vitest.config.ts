import { defineConfig } from "vitest/config"
import { alias, root } from "../support/alias.ts"

export default defineConfig({
  root,
  resolve: { alias },
  test: {
    include: ["test/browser/**/*.test.ts"],
    // one Chromium at a time: a second would only slow both down on two cores
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000
  }
})
