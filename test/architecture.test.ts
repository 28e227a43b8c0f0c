import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { architectureViolations } from "./support/architecture.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const fixtures = join(root, "test/fixtures/lint")

interface Report {
  readonly diagnostics: ReadonlyArray<{
    readonly category: string
    readonly severity: string
    readonly location: { readonly path: string }
  }>
}

/** Lints the sources that must not pass in a folder of their own, with the project's settings. */
const lintFixtures = async (): Promise<{ readonly exitCode: number; readonly byFile: Record<string, string> }> => {
  const folder = mkdtempSync(join(tmpdir(), "portico-lint-"))
  try {
    for (const path of [".biome.jsonc", ".gitignore", "test/lint"]) {
      cpSync(join(root, path), join(folder, path), { recursive: true })
    }
    cpSync(join(fixtures, "api"), folder, { recursive: true })
    const [exitCode, output] = await new Promise<readonly [number, string]>((resolve) => {
      const args = ["lint", "--reporter=json", "--max-diagnostics=none", "."]
      const child = execFile(join(root, "node_modules/.bin/biome"), args, { cwd: folder }, (_error, stdout) =>
        resolve([child.exitCode ?? -1, stdout])
      )
    })
    // the linter's own report, whose shape is the interface above
    const { diagnostics } = JSON.parse(output) as Report
    const byFile: Record<string, string> = {}
    for (const { category, location, severity } of diagnostics) {
      const rule = category.split("/").at(-1) ?? category
      const before = byFile[location.path]
      if (severity === "error") byFile[location.path] = before === undefined ? rule : `${before} ${rule}`
    }
    return { exitCode, byFile }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe("the linter", () => {
  it("R-SC-04 refuses Math.random, Effect's Random, Date.now, new Date() and what else is not the library's to take", async () => {
    const { byFile, exitCode } = await lintFixtures()
    expect(exitCode).toBe(1)
    expect(byFile).toEqual({
      "src/rooms/randomNumber.ts": "noJsRestrictedProperties",
      "src/rooms/randomService.ts": "noRestrictedImports",
      "src/rooms/nodeCrypto.ts": "noRestrictedImports",
      "src/rooms/webCrypto.ts": "noRestrictedGlobals",
      "src/rooms/wallClock.ts": "noJsRestrictedProperties",
      "src/rooms/wallClockTaken.ts": "noJsRestrictedProperties",
      "src/rooms/newDate.ts": "plugin",
      "src/rooms/dateCalled.ts": "plugin",
      "src/rooms/monotonicClock.ts": "noJsRestrictedProperties",
      "src/rooms/environment.ts": "noJsRestrictedProperties noProcessEnv",
      "src/rooms/environmentTaken.ts": "noJsRestrictedProperties",
      "src/rooms/logging.ts": "noConsole",
      "src/rooms/anyType.ts": "noExplicitAny",
      "src/rooms/nonNull.ts": "noNonNullAssertion",
      "src/rooms/floatingPromise.ts": "noFloatingPromises",
      "src/rooms/unusedVariable.ts": "noUnusedVariables",
      "src/rooms/unusedImport.ts": "noUnusedImports"
    })
  })
})

describe("the import rules", () => {
  it("refuse each import that does not point inward, and no other", () => {
    const found = architectureViolations(join(fixtures, "imports")).map(({ file, rule }) => `${file} ${rule}`)
    expect(found.sort()).toEqual(
      [
        "src/kernel/knowsRoom.ts kernel",
        "src/kernel/loadsNode.ts package",
        "src/kernel/loadsOtplib.ts package",
        "src/kysely/loadsMailer.ts package",
        "src/mail/knowsRoom.ts mail",
        "src/memory/knowsAdapter.ts adapters",
        "src/memory/loadsKysely.ts package",
        "src/tenants/First.ts cycle",
        "src/tenants/ImportsMailsFile.ts model",
        "src/tenants/ImportsPortFile.ts model",
        "src/tenants/ImportsService.ts model",
        "src/tenants/ImportsUseCaseFile.ts model",
        "src/tenants/RunsEffectsItself.ts pure",
        "src/tenants/TenantRepository.ts port",
        "src/tenants/knowsAdapter.ts inward",
        "src/tenants/knowsEntry.ts entry",
        "src/tenants/leavesSources.ts inside",
        "src/tenants/loadsDriver.ts package",
        "src/tenants/loadsKysely.ts package",
        "src/tenants/loadsNative.ts package",
        "src/tenants/loadsNode.ts package"
      ].sort()
    )
  })

  it("hold in the sources", () => {
    expect(architectureViolations(root).map(({ file, message, rule }) => `${file}: ${message} (${rule})`)).toEqual([])
  })
})
