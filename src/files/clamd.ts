import { createConnection, type Socket } from "node:net"
import { type Duration, Effect, Layer, Stream } from "effect"
import type { ScanResult } from "../tickets/File.ts"
import { Scanner, ScannerUnavailable } from "../tickets/Scanner.ts"

export type ClamdOptions = {
  /** How long one scan may take, connecting included; 2 minutes unless told. */
  readonly timeout?: Duration.Input
} & ({ readonly host: string; readonly port: number } | { readonly path: string })

/** The daemon takes pieces of any size below its own limit; these keep the header small beside them. */
const PIECE = 64 * 1024
/** An answer is one short line. */
const LONGEST_ANSWER = 4096

const unavailable = (cause: unknown) => new ScannerUnavailable({ cause })

/** "stream: OK", "stream: Eicar-Test-Signature FOUND", or something that says that it could not finish. */
const resultOf = (answer: string): ScanResult | undefined => {
  const text = answer.replace(/[\0\r\n]+$/, "")
  if (text === "stream: OK") return { _tag: "Clean" }
  const threat = /^stream: (.+) FOUND$/.exec(text)?.[1]
  return threat === undefined ? undefined : { _tag: "Infected", threat }
}

/** The daemon's answer, or that there will be none. It may come before all was sent: when a limit of the daemon is reached. */
const answerOf = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = ""
    socket.on("data", (bytes: Buffer) => {
      answer += bytes.toString("latin1")
      if (answer.includes("\0") || answer.length > LONGEST_ANSWER) resolve(answer)
    })
    socket.on("error", reject)
    socket.on("close", () => reject(new Error("the connection was closed before an answer came")))
  })

const connected = (options: ClamdOptions): Effect.Effect<Socket, ScannerUnavailable> =>
  Effect.callback((resume) => {
    const socket =
      "path" in options
        ? createConnection({ path: options.path })
        : createConnection({ host: options.host, port: options.port })
    socket.once("connect", () => resume(Effect.succeed(socket)))
    socket.once("error", (cause) => resume(Effect.fail(unavailable(cause))))
    return Effect.sync(() => socket.destroy())
  })

const send = (socket: Socket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)))
  })

/** Length and bytes, as INSTREAM wants them; a length of 0 is the end. */
const framed = (bytes: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(4 + bytes.length)
  new DataView(frame.buffer).setUint32(0, bytes.length)
  frame.set(bytes, 4)
  return frame
}

/**
 * Asks a clamd, over TCP or a socket of the file system, by its command INSTREAM (clamd(8)): the bytes are streamed, one piece after the other. Only "OK" is clean and only "FOUND" is a
 * finding; anything else, a limit of the daemon's included, means that it could not finish. Its `StreamMaxLength` must be at least `files.maxBytes`.
 */
export const layerClamd = (options: ClamdOptions): Layer.Layer<Scanner> =>
  Layer.succeed(
    Scanner,
    Scanner.of({
      scan: (content) =>
        Effect.acquireUseRelease(
          connected(options),
          (socket) => {
            const answer = answerOf(socket)
            // asked for below; until then nobody waits for it
            answer.catch(() => {})
            const write = (bytes: Uint8Array) =>
              Effect.tryPromise({ try: () => Promise.race([send(socket, bytes), answer]), catch: unavailable })
            return Effect.gen(function* () {
              yield* write(new TextEncoder().encode("zINSTREAM\0"))
              yield* Stream.runForEach(
                content,
                Effect.fnUntraced(function* (bytes) {
                  for (let from = 0; from < bytes.length; from += PIECE) {
                    yield* write(framed(bytes.subarray(from, from + PIECE)))
                  }
                })
              )
              yield* write(framed(new Uint8Array(0)))
              const text = yield* Effect.tryPromise({ try: () => answer, catch: unavailable })
              const result = resultOf(text)
              return result ?? (yield* unavailable(new Error(`clamd could not finish: ${text.slice(0, 200)}`)))
            })
          },
          (socket) => Effect.sync(() => socket.destroy())
        ).pipe(
          Effect.timeoutOrElse({
            duration: options.timeout ?? "2 minutes",
            orElse: () => Effect.fail(unavailable(new Error("clamd took too long")))
          })
        )
    })
  )
