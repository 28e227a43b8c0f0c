import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import * as Testing from "../../src/testing/index.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const files = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))
const read = (...path: ReadonlyArray<string>): string => readFileSync(join(root, ...path), "utf8")

// what an adapter has beside its ports
const own = new Set(["Store.ts", "Database.ts", "TablePrefixPlugin.ts", "ConstantsPlugin.ts", "Mailer.ts"])
/** The ports that an adapter supplies, one file for each. */
const supplied = (adapter: string): ReadonlyArray<string> =>
  files(`src/${adapter}`)
    .filter((file) => /^[A-Z]\w+\.ts$/.test(file) && !own.has(file))
    .map((file) => file.slice(0, -3))
    .sort()

const sources = files("src").filter((file) => !/^(?:memory|kysely|testing)\//.test(file))
/** Where each port is declared: the whole file, because its rules may stand at the port or at its methods. */
const declarations = new Map(
  sources.flatMap((file) =>
    Array.from(read("src", file).matchAll(/class (\w+) extends Context\.Service</g), ([, name = ""]) => [
      name,
      read("src", file)
    ])
  )
)

describe("the storage ports", () => {
  it("STO-01 are supplied by both adapters, and each says what an implementer MUST keep", () => {
    const ports = supplied("memory")
    assert.deepEqual(supplied("kysely"), ports)
    assert.isAbove(ports.length, 15)
    for (const port of ports) {
      const text = declarations.get(port)
      assert.isDefined(text, `${port} is declared nowhere`)
      assert.match(text ?? "", /\bMUST\b/, port)
    }
    // nothing that rooms keep something in is left to one adapter
    const repositories = [...declarations.keys()].filter((name) => name.endsWith("Repository"))
    const joined = ["OutboxRepository"]
    assert.deepEqual(
      repositories.filter((name) => !ports.includes(name) && !joined.includes(name)),
      []
    )
  })

  it("STO-02 each have a case for every method", () => {
    // the log is written by the cases of the port that reads it
    const elsewhere: Readonly<Record<string, string>> = { EventLog: "EventRepository" }
    const uncalled = supplied("memory").flatMap((port) => {
      const [, declared = ""] = (declarations.get(port) ?? "").split(`class ${port} extends Context.Service<`)
      const methods = Array.from(
        declared.split(">()(")[0]?.matchAll(/(?:^ {4}|\{ )readonly (\w+): *(?:<|\(|Effect)/gm) ?? [],
        ([, name]) => name
      )
      assert.isNotEmpty(methods, port)
      const cases = read(`src/testing/contracts/${elsewhere[port] ?? port}Contract.ts`)
      return methods.filter((name) => !new RegExp(`\\.${name}\\b`).test(cases)).map((name) => `${port}.${name}`)
    })
    assert.deepEqual(uncalled, [])
  })

  it("STO-02 each have one exported contract suite that runs on every adapter, and no case can be left out", () => {
    const suites: Readonly<Record<string, unknown>> = { ...Testing }
    // the log's suite is that of the port that reads it, because who only writes cannot say what was written
    const suiteOf: Readonly<Record<string, string>> = { EventLog: "EventRepository" }
    const tests = files("test").map((file) => read("test", file))
    for (const port of supplied("memory")) {
      const name = `${suiteOf[port] ?? port}Contract`
      const suite = suites[name]
      assert.isTrue(Array.isArray(suite) && suite.length > 0, name)
      const run = new RegExp(`contractOnEveryAdapter\\(\\s*"[^"]+",\\s*${name}\\b`)
      assert.isTrue(
        tests.some((text) => run.test(text)),
        `${name} runs nowhere`
      )
    }
    for (const text of tests) assert.notMatch(text, /contractOnEveryAdapter[\s\S]{0,400}\.(?:skip|filter|slice)\(/)
    assert.match(read("test/support/adapters.ts"), /\["better-sqlite3", "node:sqlite", "postgres"\] as const/)
  })
})
