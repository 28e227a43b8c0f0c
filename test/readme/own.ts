import { Effect, Layer, Redacted, Schema } from "effect"
import * as Portico from "portico"
import { Accounts, Actor, Invitations, Mail, Requests, Tenants, UseCase } from "portico"
import * as Argon2 from "portico/argon2"
import * as Memory from "portico/memory"

const keyRing = { current: "2026", keys: { "2026": Redacted.make("bGV0IHRoaXMgYmUgMzIgcmFuZG9tIGJ5dGVzIGF0IGE") } }

// a role beside the built-in ones, and words in a language that the library does not bring
const settings = Portico.Settings.make({
  roles: [
    ...Portico.Permission.builtInRoles,
    { name: "buyer", label: { de: "Einkauf", en: "Buyer" }, permissions: ["tenant.read"] }
  ],
  texts: { fr: { "mail.help": "Des questions ?", NotAllowed: "Cela ne vous est pas permis." } }
})

// a mail in that language, too; the others stay as they are
const invited = Mail.MailKind.override(Invitations.mails.invited, {
  subject: { fr: "Invitation à {product}" },
  content: {
    fr: ({ tenantName }, { link }) => ({
      paragraphs: [`${tenantName} vous invite.`],
      button: { label: "Voir l’invitation", url: link }
    })
  }
})

// a kind of request: who decides, what is chosen with the approval, and what the approval does in the same commit
const bought: Array<string> = []
const equipment = Requests.RequestKind.make({
  name: "Equipment",
  title: { de: "Ausstattung", en: "Equipment" },
  payload: Schema.Struct({ tenantId: Portico.Ids.TenantId, what: Schema.String }),
  decision: Schema.Struct({ euros: Schema.Int }),
  audience: ({ tenantId }) => ({ _tag: "Tenant", tenantId, permission: "requests.decide" }),
  identity: ({ tenantId, what }) => `${tenantId} ${what}`,
  describe: ({ what }) => [{ label: { de: "Was", en: "What" }, value: what }],
  approve: ({ decision, payload }) => Effect.sync(() => void bought.push(`${payload.what} for ${decision.euros} euros`))
})

// the use case that makes such a request; whoever may not, or does not belong to the tenant, is refused
const ask = UseCase.command({
  name: "equipment.ask",
  summary: "Asks for equipment.",
  actors: ["Account"],
  requires: "tenant.read",
  input: Schema.Struct({ tenantId: Portico.Ids.TenantId, what: Portico.Text.line(100) }),
  output: Schema.Struct({ id: Portico.Ids.RequestId, version: Schema.Int }),
  errors: [Portico.refusals.NotFound, Requests.CoolingDown],
  unit: Effect.fnUntraced(function* (payload, unit) {
    yield* Tenants.Permissions.require(unit.actor, unit.settings, payload.tenantId, "tenant.read")
    const { email, id: accountId, locale } = yield* Accounts.callersAccount(unit.actor)
    const asker = { accountId, email, locale }
    const { request } = yield* Requests.submit(unit, equipment, { asker, payload, proven: true })
    return { id: request.id, version: request.version }
  })
})

const kinds = [...Portico.mailKinds.filter(({ name }) => name !== invited.name), invited]
const portal = Layer.mergeAll(
  Mail.MailKinds.layer(...kinds, ...equipment.mailKinds),
  Requests.RequestKinds.layer(...Portico.requestKinds, equipment)
).pipe(
  Layer.provideMerge(Layer.mergeAll(Memory.layer, Memory.layerBlobStore, Memory.layerMailer, Argon2.layer())),
  Layer.provideMerge(Portico.layer({ keyRing, settings }))
)

/** The newest mail to an address: its subject, and the secret of its link. */
const mailTo = Effect.fn(function* (address: string) {
  yield* Mail.Dispatcher.runOnce
  const mails = yield* (yield* Memory.Mailbox).taken
  const mail = mails.findLast(({ to }) => to === address)
  return { subject: mail?.subject, secret: Redacted.make(/\/([\w-]{43})$/m.exec(mail?.text ?? "")?.[1] ?? "") }
})

const password = Redacted.make("a password of one's own")
const consents = [{ kind: "privacy", version: "1" }]
const anonymous = Actor.provide(Actor.anonymous)

const program = Effect.gen(function* () {
  const ada = { email: "ada@example.com", firstName: "Ada", lastName: "Lovelace", password, consents }
  yield* Accounts.Registrations.register(ada).pipe(anonymous)
  const { secret } = yield* mailTo(ada.email)
  const { signIn } = yield* Accounts.Registrations.confirm({ secret, password }).pipe(anonymous)
  if (signIn._tag !== "SignedIn") return undefined
  const asAda = Actor.provide((yield* Accounts.Sessions.authenticate(signIn.token)).actor)
  const area = { name: "Muster GmbH", customerNumber: "K-10001", postalCode: "10115", country: "DE" } as const
  const { id: tenantId } = yield* Tenants.Tenants.createWithOwner({ ...area, ownerId: signIn.account.id }).pipe(
    Actor.provide(Actor.job("import"))
  )

  const email = "blaise@example.com"
  yield* Invitations.invite({ tenantId, email, roles: ["buyer"], locale: "fr" }).pipe(asAda)
  const mail = yield* mailTo(email)
  const blaise = { firstName: "Blaise", lastName: "Pascal", secret: mail.secret, password, consents }
  const joined = yield* Invitations.acceptAsNew(blaise).pipe(anonymous)
  if (joined.signIn._tag !== "SignedIn") return undefined
  const asBlaise = Actor.provide((yield* Accounts.Sessions.authenticate(joined.signIn.token)).actor)

  const { id: requestId, version } = yield* ask({ tenantId, what: "a calculator" }).pipe(asBlaise)
  const refusal = yield* Effect.flip(Invitations.invite({ tenantId, email, roles: ["buyer"] }).pipe(asBlaise))
  yield* Requests.approve({ requestId, version, decision: { euros: 90 } }).pipe(asAda)
  return { bought, mail: mail.subject, refusal: Portico.Refusal.textIn(refusal, "fr", settings.texts) }
})

export const outcome = await Effect.runPromise(program.pipe(Effect.provide(portal)))
// bought: [ "a calculator for 90 euros" ], mail: "Invitation à Portico", refusal: "Cela ne vous est pas permis."
