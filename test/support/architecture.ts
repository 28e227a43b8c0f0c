import { readdirSync, readFileSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"

/** One import that the architecture refuses; `rule` is what fixtures and messages call it by. */
export interface Violation {
  readonly rule: string
  readonly file: string
  readonly message: string
}

interface Import {
  readonly specifier: string
  readonly names: ReadonlyArray<string>
}

interface SourceFile {
  /** Path below `src`, with `/`. */
  readonly path: string
  readonly area: string
  readonly layer: "entry" | "kernel" | "room" | "adapter"
  /** In a room: use cases have a plural name or use `UseCase`, ports declare a service, other names in capitals are models. */
  readonly kind: "model" | "port" | "useCases" | "mails" | "other"
  readonly imports: ReadonlyArray<Import>
  /** The services (`Context.Service`) that this file declares. */
  readonly services: ReadonlyArray<string>
}

/** What an adapter may load beside Effect; a folder of `src` that is neither named here nor the kernel is a room. */
const adapters: Readonly<Record<string, ReadonlyArray<string>>> = {
  memory: [],
  kysely: ["kysely", "better-sqlite3", "pg"],
  smtp: ["nodemailer"],
  eml: [],
  dns: [],
  argon2: ["@node-rs/argon2"],
  oidc: [],
  mime: ["postal-mime"],
  files: ["file-type", "sanitize-html"],
  testing: ["fast-check"],
  promise: []
}

/** Packages that a room may load beside Effect. */
const roomPackages: Readonly<Record<string, ReadonlyArray<string>>> = {
  accounts: ["otplib", "@zxcvbn-ts/language-common"]
}

/** Named like models, but with effects inside: what every `*Mails.ts` builds on, and workers. */
const effectfulValues: ReadonlySet<string> = new Set([
  "audit/Retention.ts",
  "audit/Sequencer.ts",
  "audit/Verifier.ts",
  "jobs/Job.ts",
  "mail/Dispatcher.ts",
  "mail/MailKind.ts",
  "requests/RequestKind.ts"
])

/** Files of the kernel that own a module of Node. */
const kernelModules: Readonly<Record<string, ReadonlyArray<string>>> = { "kernel/nodeCrypto.ts": ["node:crypto"] }

/** What runs, waits or wires is no matter of a model: it decides from what it is given. */
const effectful = new Set([
  "Clock",
  "Config",
  "Console",
  "Context",
  "Effect",
  "Fiber",
  "Layer",
  "ManagedRuntime",
  "Ref"
])

const statement = /^(?:import|export)\b([^"'=()]*?)\bfrom\s*"([^"]+)"/gm
const bare = /^import\s*"([^"]+)"/gm
const dynamic = /\bimport\(\s*"([^"]+)"\s*\)/g

const importsOf = (text: string): ReadonlyArray<Import> => {
  const names = (clause: string) =>
    clause
      .replace(/^\s*type\b/, "")
      .split(/[{},]/)
      .map((part) =>
        part
          .trim()
          .replace(/^type\s+/, "")
          .replace(/\s+as\s+\w+$/, "")
      )
      .filter((part) => part !== "")
  return [
    ...Array.from(text.matchAll(statement), ([, clause = "", specifier = ""]) => ({ specifier, names: names(clause) })),
    ...Array.from(text.matchAll(bare), ([, specifier = ""]) => ({ specifier, names: [] })),
    ...Array.from(text.matchAll(dynamic), ([, specifier = ""]) => ({ specifier, names: [] }))
  ]
}

const readSource = (src: string, path: string): SourceFile => {
  const text = readFileSync(join(src, path), "utf8")
  const area = path.includes("/") ? path.slice(0, path.indexOf("/")) : ""
  const layer = area === "" ? "entry" : area === "kernel" ? "kernel" : area in adapters ? "adapter" : "room"
  const imports = importsOf(text)
  const services = Array.from(text.matchAll(/\bclass\s+(\w+)\s+extends\s+Context\.Service\b/g), ([, name = ""]) => name)
  const name = basename(path)
  const kind =
    !/^[A-Z]/.test(name) || effectfulValues.has(path)
      ? name.endsWith("Mails.ts")
        ? "mails"
        : "other"
      : /[^s]s\.ts$/.test(name) || imports.some(({ specifier }) => specifier.endsWith("/kernel/UseCase.ts"))
        ? "useCases"
        : services.length > 0 || /(?:Repository|Port)\.ts$/.test(name)
          ? "port"
          : "model"
  return { path, area, layer, kind, imports, services }
}

const packageOf = (specifier: string): string =>
  specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : (specifier.split("/")[0] ?? specifier)

const packageAllowed = (file: SourceFile, specifier: string): boolean => {
  if (packageOf(specifier) === "effect") return true
  switch (file.layer) {
    case "entry":
      return false
    case "kernel":
      return kernelModules[file.path]?.includes(specifier) ?? false
    case "room":
      return roomPackages[file.area]?.includes(packageOf(specifier)) ?? false
    case "adapter":
      return specifier.startsWith("node:") || (adapters[file.area]?.includes(packageOf(specifier)) ?? false)
  }
}

const refused = (
  from: SourceFile,
  to: SourceFile,
  names: ReadonlyArray<string>
): readonly [string, string] | undefined => {
  if (to.layer === "entry" && from.path !== "index.ts") {
    return ["entry", "an entry collects, and so do the lists beside it; nothing inside imports them"]
  }
  if (from.layer === "kernel" && to.layer !== "kernel")
    return ["kernel", "the kernel knows nothing but itself and effect"]
  if (from.layer !== "adapter" && to.layer === "adapter") return ["inward", "imports point adapters → rooms → kernel"]
  if (from.layer === "adapter" && to.layer === "adapter" && from.area !== to.area) {
    return ["adapters", "an adapter knows no other adapter"]
  }
  if (from.area === "mail" && to.layer === "room" && to.area !== "mail") return ["mail", "mail knows no other room"]
  if (from.layer !== "room") return undefined
  const service = names.find((name) => to.services.includes(name))
  if (from.kind === "model") {
    if (to.layer === "room" && to.kind !== "model" && to.kind !== "other") {
      return [
        "model",
        `a model never imports ${to.kind === "port" ? "a port" : to.kind === "mails" ? "mails" : "use cases"}`
      ]
    }
    if (service !== undefined) return ["model", `a model never imports the service ${service}`]
  }
  if (from.kind === "port" && (to.kind === "useCases" || to.kind === "mails")) {
    return ["port", "a port imports models only"]
  }
  return undefined
}

const cyclesOf = (graph: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> => {
  const done = new Set<string>()
  const path: Array<string> = []
  const cycles: Array<ReadonlyArray<string>> = []
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start >= 0) {
      cycles.push([...path.slice(start), file])
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const next of graph.get(file) ?? []) visit(next)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return cycles
}

/** Checks the import rules of the sources below `root/src`; statements are found by their shape, which the formatter fixes. */
export const architectureViolations = (root: string): ReadonlyArray<Violation> => {
  const src = join(root, "src")
  const files = new Map(
    readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => path.replaceAll("\\", "/"))
      .sort()
      .map((path) => [path, readSource(src, path)])
  )
  const found: Array<Violation> = []
  const graph = new Map<string, ReadonlyArray<string>>()
  for (const file of files.values()) {
    const report = (rule: string, message: string) => found.push({ rule, file: `src/${file.path}`, message })
    const targets: Array<string> = []
    for (const { specifier, names } of file.imports) {
      if (!specifier.startsWith(".")) {
        if (!packageAllowed(file, specifier))
          report("package", `"${specifier}" is not for ${file.area || "the core entry"}`)
        if (file.layer === "room" && file.kind === "model" && specifier === "effect") {
          for (const name of names.filter((name) => effectful.has(name))) report("pure", `a model is pure: no ${name}`)
        }
        continue
      }
      const path = relative(src, join(src, dirname(file.path), specifier)).replaceAll("\\", "/")
      const target = files.get(path)
      if (target === undefined) {
        report("inside", `"${specifier}" is no source file`)
        continue
      }
      targets.push(path)
      const reason = refused(file, target, names)
      if (reason !== undefined) report(reason[0], `${specifier}: ${reason[1]}`)
    }
    graph.set(file.path, targets)
  }
  for (const cycle of cyclesOf(graph)) {
    found.push({ rule: "cycle", file: `src/${cycle[0]}`, message: `imports go round: ${cycle.join(" → ")}` })
  }
  return found
}
