import { Context, Effect, Layer, Option, Redacted } from "effect"
import { Accounts, Actor, EmailAddress, Hierarchy, Instant, Mail, Tenants } from "portico"
import { DEMO_OPERATOR, PortalConfig } from "./config.ts"
import { linkPaths } from "./http/paths.ts"
import { Mailbox } from "./mailbox.ts"

interface SignIn {
  readonly email: string
  readonly password: string
}

/** The accounts that development starts with: the owner of the demo's areas, and one of the operator's people. */
export interface Demo extends SignIn {
  readonly operator: SignIn
}

interface Person extends SignIn {
  readonly firstName: string
  readonly lastName: string
}

const owner: Person = {
  email: "owner@muster.example",
  password: "Regenschirm unter Apfelbaum",
  firstName: "Erika",
  lastName: "Berger"
}

/** Operator by the configuration of development, see `PortalConfig.operators`. */
const operator: Person = {
  email: DEMO_OPERATOR,
  password: "Leuchtturm hinter Birkenwald",
  firstName: "Sven",
  lastName: "Holm"
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

/** What the demo's billing says, always the same: two customer numbers that are billed together with an area's own. */
const since = Instant.fromMillis(Date.UTC(2026, 0, 1))
const collectiveInvoice = {
  eventId: "demo-1",
  at: since,
  payer: "K-10002",
  positions: [
    { customerNumber: "K-20001", name: "Beispiel Lager", city: "Linz", since },
    { customerNumber: "K-20002", name: "Beispiel Laden", city: "Graz", since }
  ]
}

const demoJob = Actor.provide(Actor.job("demo"))

/** As a person would: registers, opens the mail, confirms by its link. */
const register = Effect.fnUntraced(function* (person: Person) {
  const mailbox = yield* Mailbox
  const { email, firstName, lastName } = person
  const password = Redacted.make(person.password)
  const asVisitor = Actor.provide(Actor.anonymous)
  const consents = [{ kind: "privacy", version: "1" }]
  yield* Accounts.Registrations.register({ email, firstName, lastName, password, consents }).pipe(asVisitor)
  yield* Mail.Dispatcher.runOnce
  const mails = yield* mailbox.list
  const mail = mails.find(({ to }) => to === email)
  const secret = new RegExp(`${linkPaths.registration}/([A-Za-z0-9_-]+)`).exec(mail?.text ?? "")?.[1] ?? ""
  const { signIn } = yield* Accounts.Registrations.confirm({ secret: Redacted.make(secret), password }).pipe(asVisitor)
  if (signIn._tag === "SignedIn") {
    // nobody who looks at the demo's sessions should find one that is not theirs
    const { actor } = yield* Accounts.Sessions.authenticate(signIn.token)
    yield* Accounts.Sessions.signOut({}).pipe(Actor.provide(actor))
    return signIn.account.id
  }
  return yield* Effect.die(new Error("the demo account has no second factor"))
})

const accountOf = Effect.fnUntraced(function* (person: Person) {
  const accounts = yield* Accounts.AccountRepository
  const found = yield* accounts.findByEmail(EmailAddress.EmailAddress.make(person.email))
  return Option.isSome(found) ? found.value.account.id : yield* register(person)
})

/**
 * Makes the demo accounts and areas unless they are there. Every step looks for itself, so that a start that was cut short is completed by the next
 * one.
 */
const prepare = Effect.gen(function* () {
  const ownerId = yield* accountOf(owner)
  yield* accountOf(operator)
  for (const area of areas) {
    yield* Tenants.Tenants.createWithOwner({ ...area, ownerId }).pipe(
      demoJob,
      Effect.catchTag("CustomerNumberTaken", () => Effect.void)
    )
  }
  yield* Hierarchy.CollectiveInvoices.applyCollectiveInvoice(collectiveInvoice).pipe(demoJob)
})

/** The demo accounts, in development only. */
export class DemoAccount extends Context.Service<DemoAccount, Demo | undefined>()("example/DemoAccount") {
  static readonly layer = Layer.effect(
    DemoAccount,
    Effect.gen(function* () {
      const { development } = yield* PortalConfig
      if (!development) return undefined
      return yield* prepare.pipe(
        Effect.as({
          email: owner.email,
          password: owner.password,
          operator: { email: operator.email, password: operator.password }
        }),
        // a portal without a demo is still a portal
        Effect.catchCause((cause) => Effect.as(Effect.logWarning("There is no demo area", cause), undefined))
      )
    })
  )
}
