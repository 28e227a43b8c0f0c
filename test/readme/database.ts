import BetterSqlite3 from "better-sqlite3"
import { Effect, Layer, Redacted } from "effect"
import { Accounts, Actor, Invitations, layer, Mail, mailKinds, Tenants } from "portico"
import * as Argon2 from "portico/argon2"
import * as Kysely from "portico/kysely"

const keyRing = { current: "2026", keys: { "2026": Redacted.make("bGV0IHRoaXMgYmUgMzIgcmFuZG9tIGJ5dGVzIGF0IGE") } }
const sqlite = Kysely.sqliteDialect(new BetterSqlite3(":memory:"))

// a mailer of one's own; ready-made ones are in portico/smtp and portico/eml
const inbox: Array<{ readonly to: string; readonly text: string }> = []
const mailer = Layer.succeed(
  Mail.Mailer,
  Mail.Mailer.guarded((mail) => Effect.sync(() => void inbox.push(mail)))
)

// each line is given what stands below it
const portal = Mail.MailKinds.layer(...mailKinds).pipe(
  Layer.provideMerge(Layer.mergeAll(Kysely.layer, Kysely.layerBlobStore, Argon2.layer(), mailer)),
  Layer.provideMerge(Layer.mergeAll(layer({ keyRing }), Kysely.Database.fromDialect(sqlite)))
)

/** The secret of the link in the newest mail to an address: the last segment of its path. */
const secretFor = (address: string) =>
  Effect.map(Mail.Dispatcher.runOnce, () => {
    const text = inbox.findLast(({ to }) => to === address)?.text ?? ""
    return Redacted.make(/\/([\w-]{43})$/m.exec(text)?.[1] ?? "")
  })

const password = Redacted.make("a password of one's own")
const consents = [{ kind: "privacy", version: "1" }]
const anonymous = Actor.provide(Actor.anonymous)

const program = Effect.gen(function* () {
  yield* Kysely.migrate()
  const ada = { email: "ada@example.com", firstName: "Ada", lastName: "Lovelace" }
  yield* Accounts.Registrations.register({ ...ada, password, consents }).pipe(anonymous)
  const secret = yield* secretFor(ada.email)
  const { signIn } = yield* Accounts.Registrations.confirm({ secret, password }).pipe(anonymous)
  if (signIn._tag !== "SignedIn") return []

  // every later request brings the token
  const { actor } = yield* Accounts.Sessions.authenticate(signIn.token)
  const { id: tenantId } = yield* Tenants.Tenants.createWithOwner({
    name: "Muster GmbH",
    customerNumber: "K-10001",
    postalCode: "10115",
    country: "DE",
    ownerId: signIn.account.id
  }).pipe(Actor.provide(Actor.job("import")))

  // "owner", "admin" and "member", unless the settings name other roles
  const email = "bob@example.com"
  yield* Invitations.invite({ tenantId, email, roles: ["member"] }).pipe(Actor.provide(actor))
  const bob = { firstName: "Bob", lastName: "Berger", secret: yield* secretFor(email) }
  yield* Invitations.acceptAsNew({ ...bob, password, consents }).pipe(anonymous)

  const { items } = yield* Tenants.Members.list({ tenantId }).pipe(Actor.provide(actor))
  return items.map(({ firstName, roles }) => `${firstName}: ${roles.join(", ")}`)
})

export const members = await Effect.runPromise(program.pipe(Effect.provide(portal)))
// [ "Ada: owner", "Bob: member" ]
