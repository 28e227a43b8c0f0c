import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
const bin = (name: string) => join(root, "node_modules/.bin", name)

/** Answers what a command prints; a command that fails throws with all of it. */
const run = (command: string, args: ReadonlyArray<string>, cwd = root): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(command, args, { cwd, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stdout}${stderr}`))
    )
  })

interface Manifest {
  readonly exports: Record<string, unknown>
  readonly dependencies: Record<string, string>
  readonly peerDependencies: Record<string, string>
}

// npm sees to it that a package.json has this shape
const readManifest = (directory: string) =>
  JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Partial<Manifest>
const manifest = readManifest(root)
const entries = Object.keys(manifest.exports ?? {})
  .filter((name) => name !== "./package.json" && name !== "./types/*")
  .map((name) => name.replace(".", "portico"))

const folder = mkdtempSync(join(tmpdir(), "portico-package-"))
const tarball = join(folder, "portico.tgz")
const consumer = join(folder, "consumer")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Builds and packs what is in `src` now, beside the project, so that nobody's `dist` is in the way or out of date. */
const pack = async (): Promise<void> => {
  const staged = join(folder, "staged")
  mkdirSync(staged)
  for (const file of ["package.json", "README.md", "LICENSE", "CHANGELOG.md"])
    cpSync(join(root, file), join(staged, file))
  const dist = join(staged, "dist")
  await Promise.all([
    run(bin("tsup"), ["--out-dir", dist, "--no-clean"]),
    run(bin("tsc"), ["-p", "src/tsconfig.build.json", "--outDir", dist])
  ])
  const stdout = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], staged)
  const [name] = /portico-[\w.-]+\.tgz/.exec(stdout) ?? []
  cpSync(join(folder, name ?? "no tarball"), tarball)
}

/** An empty project into which the tarball is unpacked; what it needs beside comes from here, for tests have no network. */
const install = async (): Promise<void> => {
  const installed = join(consumer, "node_modules/portico")
  mkdirSync(installed, { recursive: true })
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed])
  for (const name of [...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }), "@types/node"]) {
    const link = join(consumer, "node_modules", name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, "node_modules", name), link, "dir")
  }
  cpSync(join(root, "test/fixtures/package"), consumer, { recursive: true })
}

/** The packages and native files that importing the entry loads. */
const loaded = async (entry: string): Promise<ReadonlyArray<string>> => {
  const stdout = await run("node", ["loaded.mjs", entry], consumer)
  // a list of URLs, printed by the fixture
  const urls = JSON.parse(stdout) as ReadonlyArray<string>
  const names = urls.map((url) =>
    url.endsWith(".node") ? url : /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  )
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

/** The packages named, and whatever they depend on in turn. */
const withDependencies = (names: ReadonlyArray<string>): ReadonlySet<string> => {
  const found = new Set<string>()
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    if (name !== "portico")
      Object.keys(readManifest(join(root, "node_modules", name)).dependencies ?? {}).forEach(visit)
  }
  names.forEach(visit)
  return found
}

describe("the packed package", () => {
  beforeAll(async () => {
    await pack()
    await install()
  })

  it("satisfies publint", async () => {
    await run(bin("publint"), [tarball, "--strict"])
  })

  it("has declarations that resolve for every consumer of modules", async () => {
    await run(bin("attw"), [tarball, "--profile", "esm-only"])
  })

  it("type-checks, its own declarations included, and runs in an empty project", async () => {
    await run(bin("tsc"), ["-p", "tsconfig.json"], consumer)
    const stdout = await run("node", ["main.ts"], consumer)
    expect(stdout).toBe("ada@example.org\n")
  })

  it("lets a library that is built on it write its own declarations, which type-check", async () => {
    const built = join(folder, "built")
    await run(bin("tsc"), ["-p", "tsconfig.json", "--noEmit", "false", "--declaration", "--outDir", built], consumer)
    symlinkSync(join(consumer, "node_modules"), join(built, "node_modules"), "dir")
    cpSync(join(consumer, "package.json"), join(built, "package.json"))
    const options = ["--module", "nodenext", "--target", "es2023", "--strict", "--types", "node", "--noEmit"]
    await run(bin("tsc"), [...options, "main.d.ts", "portal.d.ts"], built)
  })

  it.each(entries)("imports %s", async (entry) => {
    expect(await loaded(entry)).toContain("portico")
  })

  it.each([
    ["portico", []],
    ["portico/memory", []],
    ["portico/kysely", ["kysely"]]
  ])("loads neither a driver nor a native module with %s", async (entry, own) => {
    const allowed = withDependencies(["portico", "effect", ...Object.keys(manifest.dependencies ?? {}), ...own])
    expect((await loaded(entry)).filter((name) => !allowed.has(name))).toEqual([])
  })
})
