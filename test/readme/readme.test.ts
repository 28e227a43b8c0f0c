import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8")

describe("the front page", () => {
  it("shows a program that does what it says", async () => {
    const source = read("./example.ts")
    assert.include(read("../../README.md"), `\`\`\`ts\n${source.replace("export const", "const")}\`\`\``)
    const { answers } = await import("./example.ts")
    assert.deepEqual(answers, ["We sent you a mail.", [{ path: ["email"], code: "email" }]])
  })
})
