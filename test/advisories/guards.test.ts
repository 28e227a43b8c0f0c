import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { advisories, guards } from "./guards.ts"

const root = new URL("../../", import.meta.url)
const contents = new Map<string, string>()
const read = (file: string): string => {
  const known = contents.get(file) ?? readFileSync(new URL(file, root), "utf8")
  contents.set(file, known)
  return known
}

const nameOf = ({ advisories: ids, what }: (typeof guards)[number]): string => `${ids.join(" ")}: ${what}`

describe("the guards against published weaknesses", () => {
  it("stand in the code as the table says, once", () => {
    for (const guard of guards) {
      for (const { file, instead, text } of guard.taken) {
        assert.strictEqual(read(file).split(text).length - 1, 1, `${nameOf(guard)}, in ${file}: ${text}`)
        assert.notStrictEqual(instead, text, nameOf(guard))
      }
    }
  })

  it("have a test each, whose title names what it plays", () => {
    for (const guard of guards) {
      const { file, in: other, title } = guard.test
      for (const id of guard.advisories) assert.include(title, id, nameOf(guard))
      const titled = read(other ?? file)
        .split("\n")
        .filter((line) => line.includes(title))
      assert.strictEqual(titled.length, 1, `${nameOf(guard)}, in ${other ?? file}: ${title}`)
      // the test itself, and no mention of it
      assert.match(titled[0] ?? "", /["`]/, title)
    }
  })

  it("are there for every row", () => {
    const missing = advisories.filter((id) => !guards.some((guard) => guard.advisories.includes(id)))
    assert.deepStrictEqual(missing, [])
    assert.strictEqual(new Set(advisories).size, advisories.length)
  })
})
