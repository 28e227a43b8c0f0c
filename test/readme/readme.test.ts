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

  it("shows a program on a database that does what it says", async () => {
    const source = read("./database.ts")
    assert.include(read("../../README.md"), `\`\`\`ts\n${source.replace("export const", "const")}\`\`\``)
    const { members } = await import("./database.ts")
    assert.deepEqual(members, ["Ada: owner", "Bob: member"])
  })

  it("TIC-01 MIN-02 shows a program that takes a ticket, and its answer by mail", async () => {
    const source = read("./tickets.ts")
    assert.include(read("../../README.md"), `\`\`\`ts\n${source.replace("export const", "const")}\`\`\``)
    const { outcome } = await import("./tickets.ts")
    assert.strictEqual(outcome, "Threaded")
  })

  it("G-12 REQ-02 shows a program with roles, words and a kind of request of its own", async () => {
    const source = read("./own.ts")
    assert.include(read("../../README.md"), `\`\`\`ts\n${source.replace("export const", "const")}\`\`\``)
    const { outcome } = await import("./own.ts")
    assert.deepEqual(outcome, {
      bought: ["a calculator for 90 euros"],
      mail: "Invitation à Portico",
      refusal: "Cela ne vous est pas permis."
    })
  })
})
