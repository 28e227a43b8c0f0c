import { inspect } from "node:util"
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Layer, Logger, Redacted, Result, Tracer } from "effect"
import { describe } from "vitest"
import { PasswordHasher, Passwords, Registrations, SecondFactors, Sessions, SignIns } from "../../src/accounts/index.ts"
import { sequence } from "../../src/audit/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import { migrations } from "../../src/kysely/migrations/index.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import * as MemoryMailer from "../../src/memory/Mailer.ts"
import { Members } from "../../src/tenants/index.ts"
import { Dump } from "../../src/testing/Dump.ts"
import { Faults } from "../../src/testing/Faults.ts"
import { SimulatedClock } from "../../src/testing/SimulatedClock.ts"
import { codeNow } from "../accounts/newcomers.ts"
import { storage } from "../support/adapters.ts"
import { anonymously, as, everyPort, given, newestSecret, withKernel } from "../support/portal.ts"
import { dumpOfKysely } from "./stage.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const

const { ShareableLinks } = Invitations

/** What must be nowhere, by what it is. A secret is told to it as soon as there is one. */
const canaries = () => {
  const known = new Map<string, string>()
  const plant = (what: string, secret: Redacted.Redacted): Redacted.Redacted => {
    known.set(Redacted.value(secret), what)
    return secret
  }
  /** The forms in which a secret could lie about. */
  const forms = (secret: string): ReadonlyArray<string | RegExp> => {
    // six digits stand in every instant; alone they are a code
    if (/^\d{6}$/.test(secret)) return [new RegExp(`(?<![0-9a-f.-])${secret}(?![0-9a-f.-])`, "i")]
    const bytes = Buffer.from(secret, "utf8")
    return [
      secret,
      secret.toLowerCase(),
      secret.replaceAll("-", ""),
      secret.replaceAll("-", "").toLowerCase(),
      encodeURIComponent(secret),
      bytes.toString("base64").replace(/=+$/, ""),
      bytes.toString("base64url"),
      bytes.toString("hex")
    ]
  }
  const findIn = (where: string, text: string): ReadonlyArray<string> =>
    Array.from(known).flatMap(([secret, what]) =>
      forms(secret).some((form) => (typeof form === "string" ? text.includes(form) : form.test(text)))
        ? [`${what} is in ${where}`]
        : []
    )
  return { plant, findIn, count: () => known.size }
}

const stores = storage(migrations, { spans: true })
const kernel = withKernel({
  tenants: { selfService: true },
  limits: { mailPerAddress: unlimited, mailPerSource: unlimited, signInPerAccount: unlimited }
})

const kysely = (name: "better-sqlite3" | "postgres") =>
  MailKinds.layer(...mailKinds).pipe(
    Layer.provideMerge(Faults.layer(Layer.mergeAll(kernel, everyPort.kysely, dumpOfKysely))),
    Layer.provideMerge(Layer.mergeAll(stores[name], MemoryMailer.layer, SimulatedClock.layer()))
  )

const layers = { "better-sqlite3": kysely("better-sqlite3"), postgres: kysely("postgres") }

const consents = [{ kind: "privacy", version: "1" }]
const home = { source: "192.0.2.1", device: "Firefox on Linux", place: "Wien, AT", requestId: "request-1" }

for (const [adapter, layer] of Object.entries(layers)) {
  const logged: Array<string> = []
  const spans: Array<Tracer.Span> = []
  const logger = Logger.make(({ cause, message }) => {
    logged.push(`${inspect(message, { depth: 10 })} ${Cause.pretty(cause)} ${inspect(cause, { depth: 10 })}`)
  })
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })

  describe(`secrets (${adapter})`, { timeout: 120_000 }, () => {
    it.live(
      "V-12 R-SC-03 R-TK-02 R-TK-13 R-MA-10 OUT-01 TFA-08 INV-02 no password, code, token or secret is in any table, log, span, error or answer",
      () =>
        Effect.gen(function* () {
          const { count, findIn, plant } = canaries()
          const found: Array<string> = []
          /** Whatever leaves the library, in every form in which a careless host would print it. */
          const shown = (value: unknown) => `${String(value)} ${JSON.stringify(value)} ${inspect(value, { depth: 10 })}`
          const observed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
            Effect.tap(Effect.result(effect), (result) =>
              Effect.sync(() => {
                const text = Result.isSuccess(result) ? shown(result.success) : shown(result.failure)
                found.push(...findIn("an answer or an error", text))
              })
            ).pipe(Effect.flatMap(Effect.fromResult))
          const search = (moment: string) =>
            Effect.gen(function* () {
              const dump = yield* Dump
              const { tables } = yield* dump.read
              for (const [name, rows] of Object.entries(tables)) {
                found.push(...findIn(`table ${name} ${moment}`, JSON.stringify(rows).replaceAll('\\"', '"')))
              }
            })
          const pass = Effect.flatMap(SimulatedClock, (clock) => clock.pass("2 minutes"))
          const key = (idempotencyKey: string) => ({ idempotencyKey })
          const letter = (email: string) =>
            Effect.map(newestSecret(email), (secret) => plant(`a link to ${email}`, secret))

          // registering with a password and an app
          const ada = "ada@example.com"
          const first = plant("the first password", Redacted.make("Kanarienvogel singt um 04:17"))
          const app = yield* observed(Registrations.prepareSecondFactor({ email: ada }).pipe(anonymously))
          plant("the authenticator secret", app.secret)
          plant("the authenticator's URI", app.uri)
          const enrolmentCode = plant("the enrolment code", yield* codeNow(app.secret))
          yield* observed(
            Registrations.register(
              {
                email: ada,
                firstName: "Ada",
                lastName: "Lovelace",
                consents,
                password: first,
                secondFactor: { prepared: app.prepared, code: enrolmentCode }
              },
              key("register")
            ).pipe(anonymously)
          )
          yield* letter(ada)
          yield* observed(Registrations.sendAgain({ email: ada }).pipe(anonymously))
          const registration = yield* letter(ada)
          yield* search("before the mail is sent")
          yield* observed(Registrations.read({ secret: registration }).pipe(anonymously))
          yield* Effect.ignore(
            observed(
              Registrations.confirm({
                secret: registration,
                password: plant("a wrong password", Redacted.make("Kuckuck statt Kanarienvogel"))
              }).pipe(anonymously)
            )
          )
          const { recoveryCodes, signIn: began } = yield* observed(
            Registrations.confirm({ secret: registration, password: first }, key("confirm")).pipe(anonymously)
          )
          for (const code of recoveryCodes ?? []) plant("a recovery code", code)
          if (began._tag !== "SecondFactorNeeded") return yield* Effect.die(new Error(began._tag))
          plant("a challenge", began.challenge)
          yield* dispatch
          yield* search("after the mail is sent")

          // signing in with a code, a wrong code, and a recovery code
          yield* pass
          const code = plant("a code", yield* codeNow(app.secret))
          const entered = yield* observed(
            SignIns.completeSignIn({ challenge: began.challenge, code }, key("enter")).pipe(anonymously)
          )
          plant("a session token", entered.token)
          const { actor } = yield* observed(Sessions.authenticate(entered.token))
          const me = as(actor, home)
          yield* Effect.ignore(
            observed(
              SignIns.signIn({
                email: ada,
                password: plant("a mistyped password", Redacted.make("Kanarienvogel singt um 04:18"))
              }).pipe(anonymously)
            )
          )
          const asked = yield* observed(
            SignIns.signIn({ email: ada, password: first }, key("sign-in")).pipe(anonymously)
          )
          if (asked._tag !== "SecondFactorNeeded") return yield* Effect.die(new Error(asked._tag))
          plant("a challenge", asked.challenge)
          yield* Effect.ignore(
            observed(SignIns.completeSignIn({ challenge: asked.challenge, code }, {}).pipe(anonymously))
          )
          const [recovery] = recoveryCodes ?? []
          if (recovery === undefined) return yield* Effect.die(new Error("there are no recovery codes"))
          const recovered = yield* observed(
            SignIns.completeSignIn({ challenge: asked.challenge, code: recovery }).pipe(anonymously)
          )
          plant("a session token", recovered.token)
          if (recovered.newRecoveryCode !== null) plant("a recovery code", recovered.newRecoveryCode)
          yield* search("after signing in")

          // stepping up, new codes, another app, a new password
          yield* pass
          const again = plant("a code", yield* codeNow(app.secret))
          const stepped = yield* observed(Sessions.stepUp({ code: again }, key("step-up")).pipe(me))
          plant("a session token", stepped.token)
          const { actor: sure } = yield* observed(Sessions.authenticate(stepped.token))
          const renewed = yield* observed(SecondFactors.regenerateRecoveryCodes({}).pipe(as(sure, home)))
          for (const one of renewed.recoveryCodes) plant("a recovery code", one)
          plant("a session token", renewed.token)
          const { actor: newer } = yield* observed(Sessions.authenticate(renewed.token))
          const other = yield* observed(SecondFactors.beginEnrolment({}, key("enrol")).pipe(as(newer, home)))
          plant("the authenticator secret", other.secret)
          plant("the authenticator's URI", other.uri)
          yield* search("while an app waits for its code")
          const confirmed = yield* observed(
            SecondFactors.confirmEnrolment({ code: plant("a code", yield* codeNow(other.secret)) }).pipe(
              as(newer, home)
            )
          )
          for (const one of confirmed.recoveryCodes) plant("a recovery code", one)
          plant("a session token", confirmed.token)
          const { actor: newest } = yield* observed(Sessions.authenticate(confirmed.token))
          const second = plant("the second password", Redacted.make("Zeisig pfeift um 05:23 zurück"))
          const changed = yield* observed(
            Passwords.change({ currentPassword: first, newPassword: second }, key("change")).pipe(as(newest, home))
          )
          plant("a session token", changed.token)

          // forgotten
          yield* observed(Passwords.requestReset({ email: ada }).pipe(anonymously))
          yield* letter(ada)
          yield* observed(Passwords.requestReset({ email: "nobody@example.com" }).pipe(anonymously))
          yield* letter("nobody@example.com")
          yield* observed(Passwords.requestReset({ email: ada }).pipe(anonymously))
          const reset = yield* letter(ada)
          yield* search("while a link to reset is open")
          yield* observed(Passwords.readReset({ secret: reset }).pipe(anonymously))
          const third = plant("the third password", Redacted.make("Amsel flötet um 06:41 hinterher"))
          yield* observed(Passwords.reset({ secret: reset, newPassword: third }, key("reset")).pipe(anonymously))
          yield* Effect.ignore(observed(Passwords.reset({ secret: reset, newPassword: third }).pipe(anonymously)))

          // inviting and joining
          const owner = yield* given.account("owner@example.com", "$free$none")
          const host: Parameters<typeof as>[0] = { ...actor, accountId: owner.id, credentialEpoch: 0 }
          const tenant = yield* given.tenant(owner)
          const invite = (email: string) =>
            observed(
              Invitations.invite({ tenantId: tenant.id, email, roles: ["member"] }, key(`invite ${email}`)).pipe(
                as(host)
              )
            )
          const { id: invitationId } = yield* invite("grace@example.com")
          yield* letter("grace@example.com")
          yield* observed(Invitations.sendAgain({ tenantId: tenant.id, invitationId }).pipe(as(host)))
          const invitation = yield* letter("grace@example.com")
          yield* search("while an invitation is open")
          yield* observed(Invitations.read({ secret: invitation }).pipe(anonymously))
          const fourth = plant("the fourth password", Redacted.make("Drossel schlägt um 07:59 nochmal"))
          const joined = yield* observed(
            Invitations.acceptAsNew(
              { secret: invitation, firstName: "Grace", lastName: "Hopper", password: fourth, consents },
              key("join")
            ).pipe(anonymously)
          )
          if (joined.signIn._tag !== "SignedIn") return yield* Effect.die(new Error(joined.signIn._tag))
          plant("a session token", joined.signIn.token)
          const { actor: grace } = yield* observed(Sessions.authenticate(joined.signIn.token))
          yield* invite("dora@example.com")
          yield* observed(Invitations.decline({ secret: yield* letter("dora@example.com") }).pipe(anonymously))
          yield* observed(Invitations.list({ tenantId: tenant.id }).pipe(as(host)))
          const many = ["mia@example.com", "nele@example.com"]
          yield* observed(
            Invitations.inviteMany({ tenantId: tenant.id, addresses: many, roles: ["member"] }, key("many")).pipe(
              as(host)
            )
          )
          for (const email of many) yield* letter(email)
          const made = yield* observed(
            ShareableLinks.create({ tenantId: tenant.id, maxUses: 3 }, key("share")).pipe(as(host))
          )
          const shared = plant(
            "the secret of a shareable link",
            Redacted.make(Redacted.value(made.url).split("/").at(-1) ?? "")
          )
          yield* observed(ShareableLinks.proveAddress({ secret: shared, email: "ida@example.com" }).pipe(anonymously))
          const proof = yield* letter("ida@example.com")
          yield* search("while an address waits to be proven")
          yield* observed(ShareableLinks.read({ secret: proof }).pipe(anonymously))
          const fifth = plant("the fifth password", Redacted.make("Amsel badet um 08:13 im Brunnen"))
          const byLink = yield* observed(
            ShareableLinks.joinAsNew(
              { secret: proof, firstName: "Ida", lastName: "Rhodes", password: fifth, consents },
              key("share-join")
            ).pipe(anonymously)
          )
          if (byLink.signIn._tag !== "SignedIn") return yield* Effect.die(new Error(byLink.signIn._tag))
          plant("a session token", byLink.signIn.token)
          yield* observed(ShareableLinks.list({ tenantId: tenant.id }).pipe(as(host)))
          yield* observed(
            Members.changeContactEmail({ tenantId: tenant.id, email: "office@example.com" }).pipe(as(grace, home))
          )
          const contact = yield* letter("office@example.com")
          yield* search("while a contact address waits")
          yield* observed(Members.readContactEmail({ secret: contact }).pipe(anonymously))
          yield* observed(Members.confirmContactEmail({ secret: contact }).pipe(anonymously))
          yield* observed(Members.list({ tenantId: tenant.id }).pipe(as(host)))
          yield* observed(Sessions.list({}).pipe(as(grace, home)))
          yield* observed(Sessions.signOut({}).pipe(as(grace, home)))

          // a store that is away, of which the log tells
          const faults = yield* Faults
          yield* faults.plan({
            fault: { kind: "connection" },
            at: 0,
            lasting: true,
            where: ({ port }) => port !== "Dump"
          })
          yield* Effect.ignore(observed(SignIns.signIn({ email: ada, password: third }).pipe(anonymously)))
          yield* Effect.ignore(observed(Registrations.read({ secret: registration }).pipe(anonymously)))
          yield* Effect.ignore(observed(Invitations.accept({ secret: invitation }).pipe(as(host))))
          yield* Effect.ignore(observed(Sessions.authenticate(entered.token)))
          yield* faults.stop

          yield* search("before the mails are sent")
          yield* dispatch
          yield* sequence
          yield* search("in the end")
          const dump = yield* Dump
          const { mails } = yield* dump.read
          assert.deepStrictEqual(
            mails.filter(({ sealedSecret, state }) => sealedSecret !== null || state === "queued"),
            []
          )

          for (const span of spans) {
            const { attributes, links, name, status } = span
            found.push(...findIn(`the span ${name}`, inspect({ attributes, links, name, status }, { depth: 12 })))
          }
          for (const line of logged) found.push(...findIn("the log", line))
          assert.deepStrictEqual([...new Set(found)], [])
          // the search would be of no use if there were nothing to find, or nowhere to look
          assert.isAbove(count(), 50)
          assert.isAbove(spans.length, 50)
          assert.isAbove(logged.length, 2)
        }).pipe(
          Effect.withSpan("host"),
          Effect.provide(layer),
          Effect.provide(Logger.layer([logger])),
          Effect.withTracer(tracer)
        )
    )
  })
}

describe("the search for secrets", () => {
  it.live("V-12 finds what a sealer that only encodes and a hasher that keeps the password leave in tables", () =>
    Effect.gen(function* () {
      const { findIn, plant } = canaries()
      const password = plant("a password", Redacted.make("Kanarienvogel singt um 04:17"))
      yield* Registrations.register({
        email: "ada@example.com",
        firstName: "Ada",
        lastName: "Lovelace",
        consents,
        password
      }).pipe(
        anonymously,
        Effect.updateService(Sealer, (sealer) => ({
          ...sealer,
          seal: (_, __, plain) => {
            plant("a link", plain)
            return Effect.succeed(`k1.${Buffer.from(Redacted.value(plain)).toString("base64url")}`)
          }
        })),
        Effect.updateService(PasswordHasher, (hasher) => ({
          ...hasher,
          hash: (password) => Effect.succeed(`$plain$${Redacted.value(password)}`)
        }))
      )
      const dump = yield* Dump
      const { tables } = yield* dump.read
      const found = Object.entries(tables).flatMap(([name, rows]) => findIn(name, JSON.stringify(rows)))
      assert.deepStrictEqual(found.sort(), ["a link is in outbox", "a password is in registration"])
    }).pipe(Effect.provide(layers["better-sqlite3"]))
  )
})
