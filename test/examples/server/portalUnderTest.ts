import { Effect, Layer, Logger, ManagedRuntime, Option, Redacted } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { afterAll } from "vitest"
import { app } from "../../../examples/server/app.ts"
import { PortalConfig, type PortalConfigShape } from "../../../examples/server/config.ts"
import { Health } from "../../../examples/server/database.ts"
import { DemoAccount } from "../../../examples/server/demo.ts"
import { Signer } from "../../../examples/server/http/Signer.ts"
import { SessionLookup, type SignedIn } from "../../../examples/server/http/Visit.ts"
import { InboundMail } from "../../../examples/server/inbound.ts"
import { PortalKeys } from "../../../examples/server/keyRing.ts"
import { Mailbox } from "../../../examples/server/mailbox.ts"
import { layerSessionLookup } from "../../../examples/server/sessions.ts"
import type { SettingsInput } from "../../../src/kernel/Settings.ts"
import * as Mail from "../../../src/mail/index.ts"
import { mailKinds } from "../../../src/mailKinds.ts"
import * as Memory from "../../../src/memory/index.ts"
import { layer as layerMailer } from "../../../src/memory/Mailer.ts"
import { requestKinds } from "../../../src/requestKinds.ts"
import * as Requests from "../../../src/requests/index.ts"
import { withOrders } from "../../orders/world.ts"
import { keyRing } from "../../support/portal.ts"

/** As the portal is outside development. */
export const config: PortalConfigShape = {
  host: "127.0.0.1",
  port: 3000,
  baseUrl: "https://portal.example",
  secure: true,
  database: { kind: "sqlite", file: ":memory:" },
  smtpUrl: Option.none(),
  mailFrom: undefined,
  mailFolder: "/nonexistent/mail",
  mailbox: "support@portal.example",
  inboundSmtpPort: Option.none(),
  inboundFolder: "/nonexistent/inbox",
  filesFolder: "/nonexistent/files",
  clamd: Option.none(),
  keyRing: Option.none(),
  development: false,
  trustedProxies: [],
  operators: [],
  timeZone: "Europe/Berlin",
  domainRecords: {}
}

/** Everything that the pages need beside the frame around them, in memory. Provisioning and the proof of domains do as a test plans. */
export const services = (settings: SettingsInput = {}) =>
  Layer.mergeAll(Requests.RequestKinds.layer(...requestKinds), Mail.MailKinds.layer(...mailKinds), layerMailer).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        Memory.layer,
        withOrders(settings),
        Layer.succeed(DemoAccount, undefined),
        Layer.succeed(Health, { check: Effect.succeed(true) }),
        Layer.mock(Mailbox, {}),
        Layer.succeed(InboundMail, { mailbox: config.mailbox }),
        Logger.layer([])
      )
    )
  )

/** What stands around the pages: the configuration, and the keys of forms. */
export const frame = Layer.mergeAll(
  Layer.succeed(PortalConfig, config),
  HttpServer.layerServices,
  Signer.layer.pipe(Layer.provide(Layer.succeed(PortalKeys, keyRing)))
)

export type Fields = ReadonlyArray<readonly [string, string]>

/** A page as somebody gets it. */
export interface Shown {
  readonly path: string
  readonly status: number
  readonly headers: Headers
  /** With a plain space for each that does not break. */
  readonly body: string
}

type Handler = (request: Request) => Promise<Response>

/** A browser without scripts: it keeps cookies, follows redirects, and sends the token of the page that it has. */
export class Browser {
  readonly #handler: Handler
  readonly #language: string
  readonly #cookies = new Map<string, string>()
  #shown: Shown = { path: "", status: 0, headers: new Headers(), body: "" }

  constructor(handler: Handler, language = "en") {
    this.#handler = handler
    this.#language = language
  }

  get path(): string {
    return this.#shown.path
  }
  get status(): number {
    return this.#shown.status
  }
  get headers(): Headers {
    return this.#shown.headers
  }
  get body(): string {
    return this.#shown.body
  }

  get #token(): string {
    return /name="_token" value="([^"]+)"/.exec(this.body)?.[1] ?? ""
  }

  signIn(token: Redacted.Redacted): void {
    this.#cookies.set("__Host-portico_session", Redacted.value(token))
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ")
    const response = await this.#handler(
      new Request(`${config.baseUrl}${path}`, {
        redirect: "manual",
        ...init,
        headers: { cookie, "accept-language": this.#language, "sec-fetch-site": "same-origin", ...init.headers }
      })
    )
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === "") this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }

  async #request(path: string, init: RequestInit = {}): Promise<Shown> {
    const response = await this.#fetch(path, init)
    const location = response.headers.get("location")
    if (location !== null) return this.open(location)
    const body = (await response.text()).replaceAll("\u00a0", " ")
    this.#shown = { path, status: response.status, headers: response.headers, body }
    return this.#shown
  }

  open(path: string): Promise<Shown> {
    return this.#request(path)
  }

  send(path: string, fields: Fields = []): Promise<Shown> {
    const all: Fields = [["_token", this.#token], ...fields]
    return this.#request(path, {
      method: "POST",
      body: new URLSearchParams(all.map(([name, value]): [string, string] => [name, value])).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" }
    })
  }

  /** Sends a form with a file in its field `file`. */
  async upload(path: string, fields: Fields, content: string | Uint8Array<ArrayBuffer>): Promise<Shown> {
    const body = new FormData()
    body.append("_token", this.#token)
    for (const [name, value] of fields) body.append(name, value)
    body.append("file", new File([content], "list.csv", { type: "text/csv" }))
    const encoded = new Response(body)
    return this.#request(path, {
      method: "POST",
      body: await encoded.arrayBuffer(),
      headers: { "content-type": encoded.headers.get("content-type") ?? "" }
    })
  }

  #withFiles(fields: Fields, files: ReadonlyArray<File>, token = this.#token): Response {
    const body = new FormData()
    body.append("_token", token)
    for (const [name, value] of fields) body.append(name, value)
    for (const file of files) body.append("files", file)
    return new Response(body)
  }

  /** Sends a form with files as browsers do: its token first. */
  async attach(path: string, fields: Fields, files: ReadonlyArray<File>, token?: string): Promise<Shown> {
    const encoded = this.#withFiles(fields, files, token)
    return this.#request(path, {
      method: "POST",
      body: await encoded.arrayBuffer(),
      headers: { "content-type": encoded.headers.get("content-type") ?? "" }
    })
  }

  /** Begins to send a form with files, and comes to no end of it before it is broken off. */
  begin(path: string): { readonly answered: Promise<number>; readonly breakOff: () => void } {
    const boundary = "an-endless-form"
    const field = `--${boundary}\r\ncontent-disposition: form-data; name="_token"\r\n\r\n${this.#token}\r\n`
    const file = `--${boundary}\r\ncontent-disposition: form-data; name="files"; filename="endless.txt"\r\n\r\nand so on`
    let breakOff = (): void => undefined
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(`${field}${file}`))
        breakOff = () => controller.error(new Error("broken off"))
      }
    })
    const answered = this.#fetch(path, {
      method: "POST",
      body,
      duplex: "half",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` }
    }).then(({ status }) => status)
    return { answered, breakOff: () => breakOff() }
  }

  /** As `attach`, as the script does that shows how far it has come; it is told where to go on. */
  async watch(path: string, fields: Fields, files: ReadonlyArray<File>): Promise<Shown & { location: string | null }> {
    const encoded = this.#withFiles(fields, files)
    const response = await this.#fetch(path, {
      method: "POST",
      body: await encoded.arrayBuffer(),
      headers: { "content-type": encoded.headers.get("content-type") ?? "", upload: "watched" }
    })
    return {
      path,
      status: response.status,
      headers: response.headers,
      body: "",
      location: response.headers.get("location")
    }
  }

  /** Opens a page and sends a form of it. */
  async fill(page: string, action: string, fields: Fields = []): Promise<Shown> {
    await this.open(page)
    return this.send(action, fields)
  }
}

/** The portal as its server answers, on a store in memory that the test looks into as well. It ends with the file's tests. */
export const openPortal = (settings: SettingsInput = {}) => {
  const store = Layer.orDie(services(settings))
  /** Who has a session that the store does not know, by its token. */
  const guests = new Map<string, SignedIn>()
  const sessions = Layer.effect(
    SessionLookup,
    Effect.map(SessionLookup, ({ find }) => ({
      find: (token, request) => {
        const guest = guests.get(Redacted.value(token))
        return guest === undefined ? find(token, request) : Effect.succeed(guest)
      }
    }))
  ).pipe(Layer.provide(layerSessionLookup))

  const memoMap = Layer.makeMemoMapUnsafe()
  const inside = ManagedRuntime.make(store, { memoMap })
  const { dispose, handler } = HttpRouter.toWebHandler(
    app.pipe(Layer.provideMerge(sessions), Layer.provideMerge(store), Layer.provide(frame), Layer.orDie),
    { disableLogger: true, memoMap }
  )
  afterAll(async () => {
    await dispose()
    await inside.dispose()
  })

  const answer: Handler = (request) => handler(request)
  const browser = (language?: string) => new Browser(answer, language)
  return {
    /** Runs something on the portal's own store. */
    run: <A>(effect: Effect.Effect<A, unknown, ManagedRuntime.ManagedRuntime.Services<typeof inside>>): Promise<A> =>
      inside.runPromise(Effect.orDie(effect)),
    browser,
    /** The browser of somebody who is simply signed in. */
    browserOf: (person: SignedIn, language?: string) => {
      const token = person.account.email.padEnd(43, "x").replace(/[^a-z]/g, "x")
      guests.set(token, person)
      const theirs = browser(language)
      theirs.signIn(Redacted.make(token))
      return theirs
    },
    /** A call over the API. */
    call: async (
      path: string,
      input: Readonly<Record<string, unknown>>,
      options: { readonly token?: string; readonly key?: string; readonly as?: "staff" } = {}
    ) => {
      const response = await answer(
        new Request(`${config.baseUrl}/api/${path}`, {
          method: "POST",
          body: JSON.stringify(input),
          headers: {
            "content-type": "application/json",
            ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
            ...(options.key === undefined ? {} : { "idempotency-key": options.key }),
            ...(options.as === undefined ? {} : { "acting-as": options.as })
          }
        })
      )
      return { status: response.status, text: await response.text() }
    },
    /** Sends bytes over the API, or asks for them. */
    bytes: async (path: string, headers: Readonly<Record<string, string>> = {}, content?: string) =>
      answer(
        new Request(`${config.baseUrl}/api/${path}`, {
          method: content === undefined ? "GET" : "POST",
          ...(content === undefined ? {} : { body: content }),
          headers: {
            ...headers,
            ...(content === undefined ? {} : { "content-length": String(Buffer.byteLength(content)) })
          }
        })
      )
  }
}
