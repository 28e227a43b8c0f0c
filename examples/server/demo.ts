import { Context, Effect, Layer, Option, Redacted } from "effect"
import { Accounts, Actor, EmailAddress, Mail, Tenants } from "portico"
import { PortalConfig } from "./config.ts"
import { linkPaths } from "./http/paths.ts"
import { Mailbox } from "./mailbox.ts"

/** The account that development starts with. */
export interface Demo {
  readonly email: string
  readonly password: string
}

const owner = {
  email: "owner@muster.example",
  password: "Regenschirm unter Apfelbaum",
  firstName: "Erika",
  lastName: "Berger"
}

/** Two areas, so that belonging to several can be tried. */
const areas = [
  {
    name: "Muster GmbH",
    customerNumber: "K-10001",
    street: "Hauptstraße 1",
    postalCode: "10115",
    city: "Berlin",
    country: "DE"
  },
  {
    name: "Beispiel & Töchter KG",
    customerNumber: "K-10002",
    street: "Ringstraße 12",
    postalCode: "1010",
    city: "Wien",
    country: "AT"
  }
] as const

const demoJob = Actor.provide(Actor.job("demo"))

/** As a person would: registers, opens the mail, confirms by its link. */
const registerOwner = Effect.gen(function* () {
  const mailbox = yield* Mailbox
  const { email, firstName, lastName } = owner
  const password = Redacted.make(owner.password)
  const asVisitor = Actor.provide(Actor.anonymous)
  const consents = [{ kind: "privacy", version: "1" }]
  yield* Accounts.Registrations.register({ email, firstName, lastName, password, consents }).pipe(asVisitor)
  yield* Mail.Dispatcher.runOnce
  const mails = yield* mailbox.list
  const mail = mails.find(({ to }) => to === email)
  const secret = new RegExp(`${linkPaths.registration}/([A-Za-z0-9_-]+)`).exec(mail?.text ?? "")?.[1] ?? ""
  const { signIn } = yield* Accounts.Registrations.confirm({ secret: Redacted.make(secret), password }).pipe(asVisitor)
  if (signIn._tag === "SignedIn") return signIn.account.id
  return yield* Effect.die(new Error("the demo account has no second factor"))
})

/**
 * Makes the demo account and its areas unless they are there. Every step looks for itself, so that a start that was cut short is completed by the
 * next one.
 */
const prepare = Effect.gen(function* () {
  const accounts = yield* Accounts.AccountRepository
  const found = yield* accounts.findByEmail(EmailAddress.EmailAddress.make(owner.email))
  const ownerId = Option.isSome(found) ? found.value.account.id : yield* registerOwner
  for (const area of areas) {
    yield* Tenants.Tenants.createWithOwner({ ...area, ownerId }).pipe(
      demoJob,
      Effect.catchTag("CustomerNumberTaken", () => Effect.void)
    )
  }
})

/** The demo account, in development only. */
export class DemoAccount extends Context.Service<DemoAccount, Demo | undefined>()("example/DemoAccount") {
  static readonly layer = Layer.effect(
    DemoAccount,
    Effect.gen(function* () {
      const { development } = yield* PortalConfig
      if (!development) return undefined
      return yield* prepare.pipe(
        Effect.as({ email: owner.email, password: owner.password }),
        // a portal without a demo is still a portal
        Effect.catchCause((cause) => Effect.as(Effect.logWarning("There is no demo area", cause), undefined))
      )
    })
  )
}
