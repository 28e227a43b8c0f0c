import { createServer } from "node:http"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Clock, Duration, Effect, Layer, Option } from "effect"
import { HttpRouter } from "effect/http"
import { Jobs, layer as kernel, Mail, mailKinds, Orders, Requests, requestKinds, Tenants, Tickets } from "portico"
import * as Argon2 from "portico/argon2"
import * as Dns from "portico/dns"
import * as Files from "portico/files"
import * as Mime from "portico/mime"
import { app } from "./app.ts"
import { ClockShift, makeShiftableClock } from "./clock.ts"
import { InvalidSetting, PortalConfig } from "./config.ts"
import { storage } from "./database.ts"
import { DemoAccount } from "./demo.ts"
import { paths } from "./http/paths.ts"
import { Signer } from "./http/Signer.ts"
import { InboundMail } from "./inbound.ts"
import { PortalKeys } from "./keyRing.ts"
import { Mailbox, mailer } from "./mailbox.ts"
import { layerProvisioning } from "./provisioning.ts"
import { layerSessionLookup } from "./sessions.ts"
import { portalSettings } from "./settings.ts"
import { ticketFields } from "./ticketFields.ts"

const listener = createServer()
const patience = Duration.seconds(5)

const server = Layer.unwrap(
  Effect.map(PortalConfig, ({ host, port }) =>
    NodeHttpServer.layer(() => listener, { host, port, gracefulShutdownTimeout: patience })
  )
)

/**
 * Ends connections that are still there when the patience of a shutdown is over: a browser keeps some open that Node does not count as idle, and they
 * would hold the end up for as long as it likes.
 */
const lastCall = Layer.effectDiscard(
  Effect.addFinalizer(() =>
    Effect.sync(() => {
      setTimeout(() => listener.closeAllConnections(), Duration.toMillis(patience)).unref()
    })
  )
)

const greeting = Layer.effectDiscard(
  Effect.gen(function* () {
    const { baseUrl, development } = yield* PortalConfig
    const demo = yield* DemoAccount
    yield* Effect.logInfo(`The portal is at ${baseUrl}`)
    for (const { email, password } of demo === undefined ? [] : [demo, demo.operator]) {
      yield* Effect.logInfo(`The demo has ${email} with "${password}"`)
    }
    if (development) yield* Effect.logInfo(`Mails are at ${baseUrl}${paths.mails}`)
  })
)

/** In development the records that the configuration names; otherwise those of the domains' own name servers. */
const domainProof = Layer.unwrap(
  Effect.map(PortalConfig, ({ development, domainRecords }) =>
    development ? Tenants.DomainProof.layer(domainRecords) : Dns.layer()
  )
)

/** A clamd by its socket's path, or by host and port. */
const clamdAt = (address: string): Files.ClamdOptions => {
  const colon = address.lastIndexOf(":")
  return address.includes("/") || colon < 0
    ? { path: address }
    : { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
}

/** What tickets need: where the bytes of files are, what they are, who scans them; and what reads mails. */
const ticketing = Layer.unwrap(
  Effect.map(PortalConfig, ({ clamd, filesFolder }) =>
    Layer.mergeAll(
      Files.layerBlobStore({ folder: filesFolder }),
      Files.layerFileTypeDetector,
      Files.layerSanitizer,
      Option.match(clamd, { onNone: () => Tickets.Scanner.layerNone, onSome: (at) => Files.layerClamd(clamdAt(at)) }),
      Layer.succeed(Tickets.Desk.TicketFields, ticketFields),
      Mime.layer
    )
  )
)

/** What the library needs of its host: storage, keys and settings, password hashes, a way to send mails. */
const library = Layer.mergeAll(Mail.MailKinds.layer(...mailKinds), Requests.RequestKinds.layer(...requestKinds)).pipe(
  Layer.provideMerge(Layer.mergeAll(storage, mailer, ticketing, Argon2.layer())),
  // a catalog that does not hold together is a mistake of this program
  Layer.provideMerge(
    Layer.mergeAll(Layer.orDie(Orders.Catalog.layer(Orders.exampleCatalog)), layerProvisioning, domainProof)
  ),
  Layer.provideMerge(
    Layer.unwrap(
      Effect.gen(function* () {
        return kernel({ keyRing: yield* PortalKeys, settings: portalSettings(yield* PortalConfig) })
      })
    )
  )
)

const portal = Layer.mergeAll(
  greeting.pipe(Layer.provideMerge(HttpRouter.serve(app, { disableLogger: true, disableListenLog: true }))),
  // mails are sent and events sequenced in this very process
  Jobs.layer(Jobs.jobs)
)

const { clock, shift } = makeShiftableClock()

// built last, so that its end comes first
lastCall.pipe(
  Layer.provideMerge(portal),
  Layer.provide([server, Signer.layer, layerSessionLookup]),
  Layer.provide(InboundMail.layer),
  Layer.provide(DemoAccount.layer),
  Layer.provide(library),
  Layer.provide([Mailbox.layer, PortalKeys.layer]),
  Layer.provide(PortalConfig.layer),
  Layer.launch,
  Effect.provideService(Clock.Clock, clock),
  Effect.provideService(ClockShift, shift),
  Effect.catchTag("ServeError", ({ cause }) =>
    Effect.fail(new InvalidSetting({ variable: "PORT", reason: `cannot listen: ${cause}` }))
  ),
  Effect.tapErrorTag("InvalidSetting", ({ message }) => Effect.logError(message)),
  NodeRuntime.runMain
)
