import { mkdtempSync, rmSync } from "node:fs"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Stream } from "effect"
import { describe } from "vitest"
import { type ClamdOptions, layerClamd } from "../../src/files/index.ts"
import { Scanner } from "../../src/tickets/Scanner.ts"

interface Daemon {
  readonly port: number
  readonly path: string
  /** What came in, for each connection that was ended by the zero length. */
  readonly received: ReadonlyArray<Buffer>
  readonly open: () => number
}

type Behaviour = "scan" | "silent" | "close" | "error" | "cut" | "hang up early"

/** Speaks INSTREAM as clamd does (clamd(8)): a command that ends with a zero byte, pieces behind their length, an answer that ends with a zero byte. */
const daemon = (behaviour: Behaviour = "scan", maxLength = 1_000_000) =>
  Effect.acquireRelease(
    Effect.callback<Daemon & { readonly stop: () => void }>((resume) => {
      const folder = mkdtempSync(join(tmpdir(), "portico-clamd-"))
      const received: Array<Buffer> = []
      const sockets = new Set<Socket>()
      const serve = (socket: Socket) => {
        sockets.add(socket)
        socket.on("close", () => sockets.delete(socket))
        socket.on("error", () => {})
        let buffer = Buffer.alloc(0)
        let commanded = false
        const content: Array<Buffer> = []
        let length = 0
        socket.on("data", (bytes: Buffer) => {
          buffer = Buffer.concat([buffer, bytes])
          if (!commanded) {
            const end = buffer.indexOf(0)
            if (end < 0) return
            if (buffer.subarray(0, end).toString() !== "zINSTREAM") return void socket.end("UNKNOWN COMMAND\0")
            commanded = true
            buffer = buffer.subarray(end + 1)
            if (behaviour === "hang up early") return void socket.destroy()
          }
          while (buffer.length >= 4) {
            const size = buffer.readUInt32BE(0)
            if (size === 0) {
              const whole = Buffer.concat(content)
              received.push(whole)
              if (behaviour === "close") return void socket.end()
              if (behaviour === "error") return void socket.end("stream: Can't allocate memory ERROR\0")
              if (behaviour === "cut") return void socket.end("stream: O")
              if (behaviour === "scan")
                socket.end(whole.includes("EICAR") ? "stream: Eicar-Test-Signature FOUND\0" : "stream: OK\0")
              return
            }
            if (buffer.length < 4 + size) return
            length += size
            if (length > maxLength) return void socket.end("INSTREAM size limit exceeded. ERROR\0")
            content.push(buffer.subarray(4, 4 + size))
            buffer = buffer.subarray(4 + size)
          }
        })
      }
      const tcp = createServer(serve)
      const unix = createServer(serve)
      const path = join(folder, "clamd.sock")
      tcp.listen(0, "127.0.0.1", () =>
        unix.listen(path, () =>
          resume(
            Effect.succeed({
              // it listens on TCP
              port: (tcp.address() as AddressInfo).port,
              path,
              received,
              open: () => sockets.size,
              stop: () => {
                for (const socket of sockets) socket.destroy()
                tcp.close()
                unix.close()
                rmSync(folder, { recursive: true, force: true })
              }
            })
          )
        )
      )
    }),
    ({ stop }) => Effect.sync(stop)
  )

const scan = <E, R>(options: ClamdOptions, content: Stream.Stream<Uint8Array, E, R>) =>
  Effect.flatMap(Scanner, (scanner) => scanner.scan(content)).pipe(Effect.provide(layerClamd(options)))

const pieces = (...parts: ReadonlyArray<string | number>) =>
  Stream.fromIterable(
    parts.map((part) =>
      typeof part === "string" ? new TextEncoder().encode(part) : new Uint8Array(part).fill(part % 251)
    )
  )

const here = ({ port }: Daemon) => ({ host: "127.0.0.1", port })

describe("clamd", () => {
  it.live("TIC-13 gets every byte in order, over TCP and over a socket of the file system", () =>
    Effect.gen(function* () {
      const clamd = yield* daemon()
      for (const options of [here(clamd), { path: clamd.path }]) {
        assert.deepStrictEqual(yield* scan(options, pieces("hello ", "", "world")), { _tag: "Clean" })
        assert.deepStrictEqual(yield* scan(options, pieces(1, 70_000, 200_001, 3)), { _tag: "Clean" })
        assert.deepStrictEqual(yield* scan(options, Stream.empty), { _tag: "Clean" })
      }
      assert.deepStrictEqual(
        clamd.received.map(({ length }) => length),
        [11, 270_005, 0, 11, 270_005, 0]
      )
      assert.strictEqual(clamd.received[0]?.toString(), "hello world")
    }).pipe(Effect.scoped)
  )

  it.live("TIC-13 says what it has found", () =>
    Effect.gen(function* () {
      const clamd = yield* daemon()
      assert.deepStrictEqual(yield* scan(here(clamd), pieces("ab EI", "CAR")), {
        _tag: "Infected",
        threat: "Eicar-Test-Signature"
      })
    }).pipe(Effect.scoped)
  )

  it.live("TIC-13 nothing but OK is clean: errors, limits, half answers, silence and nobody there are no answer", () =>
    Effect.gen(function* () {
      const refused = <E, R>(options: ClamdOptions, content: Stream.Stream<Uint8Array, E, R>) =>
        Effect.map(Effect.flip(scan(options, content)), (error) =>
          typeof error === "object" && error !== null && "_tag" in error ? error._tag : error
        )
      for (const behaviour of ["close", "error", "cut", "hang up early"] as const) {
        const clamd = yield* daemon(behaviour)
        assert.strictEqual(yield* refused(here(clamd), pieces(100, 500_000)), "ScannerUnavailable", behaviour)
      }
      const small = yield* daemon("scan", 100_000)
      assert.strictEqual(yield* refused(here(small), pieces(90_000, 20_000, 3_000_000)), "ScannerUnavailable")
      const silent = yield* daemon("silent")
      assert.strictEqual(
        yield* refused({ ...here(silent), timeout: "200 millis" }, pieces(10)),
        "ScannerUnavailable",
        "silent"
      )
      assert.strictEqual(yield* refused({ path: "/nowhere/clamd.sock" }, pieces(10)), "ScannerUnavailable")
      assert.strictEqual(yield* refused({ host: "127.0.0.1", port: 1 }, pieces(10)), "ScannerUnavailable")
      // what the bytes come from may fail, too, and says so itself
      assert.strictEqual(yield* refused(here(silent), Stream.fail("broken")), "broken")
    }).pipe(Effect.scoped)
  )

  it.live("leaves no connection behind, whatever happens", () =>
    Effect.gen(function* () {
      const clamd = yield* daemon("silent")
      const fiber = yield* Effect.forkChild(scan(here(clamd), Stream.concat(pieces(10), Stream.never)))
      yield* Effect.sleep("100 millis")
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(scan(here(clamd), Stream.fail("broken")))))
      yield* Effect.ignore(scan({ ...here(clamd), timeout: "50 millis" }, pieces(10)))
      yield* Effect.sleep("100 millis")
      assert.strictEqual(clamd.open(), 0)
    }).pipe(Effect.scoped)
  )
})
