import { dirname, join } from "node:path"
import { Config, Context, Effect, Layer, Option, Redacted, Result, Runtime, Schema } from "effect"
import { IpNetwork } from "effect/net"

/** Where the portal keeps its state. */
export type DatabaseConfig =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: Redacted.Redacted }

export interface PortalConfigShape {
  readonly host: string
  readonly port: number
  /** The address that people type, without a slash at the end; links in mails begin with it. */
  readonly baseUrl: string
  /** Whether people reach the portal by https; cookies are `Secure` then and HSTS is sent. */
  readonly secure: boolean
  readonly database: DatabaseConfig
  /** Without it mails are not sent: they stay in the development mailbox. */
  readonly smtpUrl: Option.Option<Redacted.Redacted>
  /** From which address mails come; made of the base address when it is not set. */
  readonly mailFrom: string | undefined
  /** Where the development mailbox keeps its mails. */
  readonly mailFolder: string
  /** The mailbox of tickets: what is written to it becomes one, and answers come to addresses made of it. */
  readonly mailbox: string
  /** Where mails that come in are taken by SMTP, on this machine only; nowhere unless it is set. */
  readonly inboundSmtpPort: Option.Option<number>
  /** Files of mails (`.eml`) that are put here are taken in. */
  readonly inboundFolder: string
  /** Where the files of tickets are. */
  readonly filesFolder: string
  /** Where a clamd scans files, as in `127.0.0.1:3310` or `/run/clamav/clamd.ctl`; without one they are served with a note. */
  readonly clamd: Option.Option<string>
  /** `id:key[,id:key…]`, the first one seals; see keyRing.ts. */
  readonly keyRing: Option.Option<Redacted.Redacted>
  /** Shows the mailbox and the demo area; never to be used with real people's data. */
  readonly development: boolean
  /** Proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
  /** Addresses whose accounts are operators of the portal; in development the demo's operator when none is set. */
  readonly operators: ReadonlyArray<string>
  /** The time zone in which times are shown. */
  readonly timeZone: string
  /** In development: the TXT records that prove mail domains, by name. */
  readonly domainRecords: Readonly<Record<string, ReadonlyArray<string>>>
}

/** The operator of a portal in development; the demo makes the account. */
export const DEMO_OPERATOR = "support@portico.example"

/** The environment does not make a portal: names the variable and why. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>()("InvalidSetting", {
  variable: Schema.String,
  reason: Schema.String
}) {
  /** Said in one line at the start; a stack would help nobody. */
  override readonly [Runtime.errorReported] = false

  override get message(): string {
    return `${this.variable}: ${this.reason}`
  }
}

const database = (value: Redacted.Redacted): DatabaseConfig => {
  const text = Redacted.value(value)
  return /^postgres(ql)?:\/\//.test(text)
    ? { kind: "postgres", url: value }
    : { kind: "sqlite", file: text.replace(/^(sqlite|file):(\/\/(?=\/))?/, "") }
}

/** `name=text`, one in each line or behind a semicolon. */
const recordsIn = (text: string): Readonly<Record<string, ReadonlyArray<string>>> => {
  const records: Record<string, Array<string>> = Object.create(null)
  for (const entry of text.split(/[\n;]/)) {
    const [name, ...value] = entry.trim().split("=")
    if (name !== undefined && name !== "" && value.length > 0)
      records[name.trim()] = [...(records[name.trim()] ?? []), value.join("=").trim()]
  }
  return records
}

const isTimeZone = (name: string): boolean =>
  Result.isSuccess(Result.try(() => new Intl.DateTimeFormat("de", { timeZone: name })))

const environment = Config.all({
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  databaseUrl: Config.Redacted("DATABASE_URL").pipe(Config.withDefault(Redacted.make(".data/portico.sqlite"))),
  smtpUrl: Config.option(Config.Redacted("SMTP_URL")),
  mailFrom: Config.option(Config.String("MAIL_FROM")),
  mailbox: Config.option(Config.String("TICKET_MAILBOX")),
  inboundFolder: Config.option(Config.String("INBOUND_FOLDER")),
  filesFolder: Config.option(Config.String("FILES_FOLDER")),
  clamd: Config.option(Config.String("CLAMD")),
  keyRing: Config.option(Config.Redacted("KEY_RING")),
  nodeEnv: Config.String("NODE_ENV").pipe(Config.withDefault("")),
  operators: Config.String("STAFF_OPERATORS").pipe(Config.withDefault("")),
  trustedProxies: Config.String("TRUSTED_PROXIES").pipe(Config.withDefault("")),
  domainRecords: Config.String("DOMAIN_RECORDS").pipe(Config.withDefault("")),
  timeZone: Config.String("TIME_ZONE").pipe(Config.withDefault("Europe/Berlin"))
})

/** A setting that can be written wrongly: says how it is written right. */
const readable = <A>(variable: string, config: Config.Config<A>, reason: string): Effect.Effect<A, InvalidSetting> =>
  Effect.mapError(config, () => new InvalidSetting({ variable, reason }))

const port = readable("PORT", Config.Port("PORT").pipe(Config.withDefault(3000)), "must be a number from 0 to 65535")

const inboundSmtpPort = readable(
  "INBOUND_SMTP_PORT",
  Config.option(Config.Port("INBOUND_SMTP_PORT")),
  "must be a number from 0 to 65535"
)

const givenBaseUrl = readable(
  "BASE_URL",
  Config.option(Config.URL("BASE_URL")),
  "must be an address, as in https://portal.example"
)

const givenDevelopment = readable(
  "DEVELOPMENT",
  Config.option(Config.Boolean("DEVELOPMENT")),
  'must be "true" or "false"'
)

/** The right side of the portal's addresses, which needs a dot. */
export const mailDomain = (baseUrl: string): string => {
  const { hostname } = new URL(baseUrl)
  return hostname.includes(".") && !/^[\d.]+$/.test(hostname) ? hostname : "localhost.localdomain"
}

/** Settings from the environment; every one has a default that makes a portal for development. */
export class PortalConfig extends Context.Service<PortalConfig, PortalConfigShape>()("example/PortalConfig") {
  static readonly layer: Layer.Layer<PortalConfig, Config.ConfigError | InvalidSetting> = Layer.effect(
    PortalConfig,
    Effect.gen(function* () {
      const env = {
        ...(yield* environment),
        port: yield* port,
        inboundSmtpPort: yield* inboundSmtpPort,
        baseUrl: yield* givenBaseUrl
      }
      const development = Option.getOrElse(
        yield* givenDevelopment,
        () => Option.isNone(env.smtpUrl) && env.nodeEnv !== "production"
      )
      if (!development && Option.isNone(env.smtpUrl)) {
        return yield* new InvalidSetting({
          variable: "SMTP_URL",
          reason: "needed outside development, or nobody gets a mail"
        })
      }
      if (!development && Option.isNone(env.keyRing)) {
        return yield* new InvalidSetting({ variable: "KEY_RING", reason: "needed outside development" })
      }
      const base = Option.getOrElse(env.baseUrl, () => new URL(`http://localhost:${env.port}`))
      if (base.protocol !== "http:" && base.protocol !== "https:") {
        return yield* new InvalidSetting({ variable: "BASE_URL", reason: "must begin with http:// or https://" })
      }
      if (base.pathname !== "/" || base.search !== "" || base.hash !== "" || base.username !== "") {
        return yield* new InvalidSetting({
          variable: "BASE_URL",
          reason: "must be an origin, without path or sign-in data"
        })
      }
      if (!isTimeZone(env.timeZone)) {
        return yield* new InvalidSetting({ variable: "TIME_ZONE", reason: "is not a time zone, as in Europe/Berlin" })
      }
      const trustedProxies: Array<IpNetwork.IpNetwork> = []
      for (const entry of env.trustedProxies.split(",").map((_) => _.trim())) {
        if (entry === "") continue
        const network = IpNetwork.fromString(entry)
        if (Result.isFailure(network)) {
          return yield* new InvalidSetting({
            variable: "TRUSTED_PROXIES",
            reason: `"${entry}" is not a network, as in 10.0.0.0/8`
          })
        }
        trustedProxies.push(network.success)
      }
      const operators = env.operators
        .split(",")
        .map((_) => _.trim())
        .filter((_) => _ !== "")
      const stored = database(env.databaseUrl)
      const folder = stored.kind === "sqlite" ? dirname(stored.file) : ".data"
      return {
        host: env.host,
        port: env.port,
        baseUrl: base.origin,
        secure: base.protocol === "https:",
        database: stored,
        smtpUrl: env.smtpUrl,
        mailFrom: Option.getOrUndefined(env.mailFrom),
        mailFolder: join(folder, "mail"),
        mailbox: Option.getOrElse(env.mailbox, () => `support@${mailDomain(base.origin)}`),
        inboundSmtpPort: env.inboundSmtpPort,
        inboundFolder: Option.getOrElse(env.inboundFolder, () => join(folder, "inbox")),
        filesFolder: Option.getOrElse(env.filesFolder, () => join(folder, "files")),
        clamd: env.clamd,
        keyRing: env.keyRing,
        development,
        trustedProxies,
        operators: development && operators.length === 0 ? [DEMO_OPERATOR] : operators,
        timeZone: env.timeZone,
        domainRecords: recordsIn(env.domainRecords)
      }
    })
  )
}
