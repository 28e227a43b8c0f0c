import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { passwordChanged } from "../../src/accounts/accountMails.ts"
import {
  confirmNewAddress,
  emailChanged,
  newAddressAsked,
  newAddressTaken
} from "../../src/accounts/emailChangeMails.ts"
import { EmailChanges, Passwords, Profiles, Registrations, Sessions } from "../../src/accounts/index.ts"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import type { EventRow } from "../../src/kernel/EventLog.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Members, Permissions } from "../../src/tenants/index.ts"
import { HasherProbe } from "../../src/testing/hasher.ts"
import { forEachAdapter } from "../support/adapters.ts"
import {
  anonymously,
  as,
  everyPort,
  given,
  mailsTo,
  newestSecret,
  type Portal,
  signedIn,
  withKernel
} from "../support/portal.ts"
import { tagOf } from "../tenants/world.ts"
import {
  askForReset,
  credentialsOf,
  grace,
  lives,
  newcomer,
  passwords,
  register,
  reset,
  signedInBy,
  signIn
} from "./newcomers.ts"

const fresh = "grace@private.example"

/** Grace, signed in on two devices; the first one acts. */
const graceTwice = Effect.gen(function* () {
  yield* newcomer()
  const here = yield* signedInBy(yield* signIn(passwords.first))
  const there = yield* signedInBy(yield* signIn(passwords.first))
  return { here, there }
})

type Session = { readonly actor: Actor.Account }

const ask = ({ actor }: Session, email: string = fresh) =>
  EmailChanges.ask({ email }).pipe(as(actor, { source: "192.0.2.1", device: "Firefox on Linux" }))

/** Asks for the new address, and answers the secret in the mail that it gets. */
const asked = Effect.fnUntraced(function* (by: Session, email: string = fresh) {
  yield* ask(by, email)
  return yield* newestSecret(email)
})

const confirm = ({ actor }: Session, secret: Effect.Success<ReturnType<typeof newestSecret>>) =>
  EmailChanges.confirm({ secret }).pipe(as(actor, { device: "Firefox on Linux" }))

const read = (secret: Effect.Success<ReturnType<typeof newestSecret>>) =>
  EmailChanges.read({ secret }).pipe(anonymously)

const waiting = ({ actor }: Session) => Effect.map(Profiles.read({}).pipe(as(actor)), ({ newAddress }) => newAddress)

/** The tag of a refusal, and why a link opens nothing. */
const refusalOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => ("reason" in error ? `${error._tag}: ${error.reason}` : error._tag))

const eventsOf = Effect.fnUntraced(function* (type: string) {
  const events = yield* EventRepository
  return (yield* events.unsealed(1000)).filter((event: Pick<EventRow, "type">) => event.type === type)
})

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>, settings: Parameters<typeof withKernel>[0] = {}) =>
    () =>
      Effect.provide(effect, Layer.provideMerge(withKernel(settings), storage))

  describe(`EmailChanges (${adapter})`, () => {
    it.effect(
      "REG-09 a new address counts once its link is confirmed; the old one is told, before and after",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const before = (yield* mailsTo(grace)).length
          assert.isUndefined(yield* ask(here, " Grace@Private.example"))
          const now = yield* Instant.now
          const expiresAt = Instant.plus(now, "24 hours")
          assert.deepStrictEqual(yield* waiting(here), { email: fresh, expiresAt })
          assert.deepInclude((yield* mailsTo(fresh)).at(-1), {
            kind: confirmNewAddress.name,
            locale: "de",
            values: { credentialEpoch: 0, expiresAt }
          })
          const circumstances = { at: now, device: "Firefox on Linux", place: null }
          const [told, ...more] = (yield* mailsTo(grace)).slice(before)
          assert.deepInclude(told, { kind: newAddressAsked.name, values: { email: fresh, ...circumstances } })
          assert.deepStrictEqual(more, [])
          // nothing has changed yet
          assert.strictEqual((yield* credentialsOf(grace))?.account.email, grace)
          assert.isUndefined(yield* credentialsOf(fresh))
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first, fresh)))._tag, "SignInRefused")
          const secret = yield* newestSecret(fresh)
          yield* TestClock.adjust("1 minute")
          const done = yield* confirm(here, secret)
          assert.strictEqual(done.email, fresh)
          const { account } = yield* signedInBy(yield* signIn(passwords.first, fresh))
          assert.deepStrictEqual({ ...account, email: grace }, here.account)
          assert.strictEqual<string>(account.email, fresh)
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first, grace)))._tag, "SignInRefused")
          assert.isUndefined(yield* credentialsOf(grace))
          assert.strictEqual((yield* credentialsOf(fresh))?.account.emailChangedAt, yield* Instant.now)
          const after = (yield* mailsTo(grace)).slice(before + 1)
          assert.deepStrictEqual(
            after.map(({ kind, values }) => [kind, values]),
            [[emailChanged.name, { email: fresh, ...circumstances, at: yield* Instant.now }]]
          )
          assert.strictEqual((yield* mailsTo(fresh)).length, 1)
          assert.deepStrictEqual(
            (yield* eventsOf("account.emailChangeAsked")).map(({ personal }) => personal?.email),
            [fresh]
          )
          assert.deepStrictEqual(
            (yield* eventsOf("account.emailChanged")).map(({ personal }) => [personal?.from, personal?.to]),
            [[grace, fresh]]
          )
        })
      )
    )

    it.effect(
      "REG-09 R-EN-01 R-EN-06 a taken address answers like a free one, and who has it gets a mail that says so",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          yield* newcomer({ email: "alan@example.com", locale: "en" })
          assert.deepStrictEqual(yield* ask(here, "alan@example.com"), yield* ask(here, fresh))
          assert.isUndefined(yield* ask(here, "alan@example.com"))
          const mail = (yield* mailsTo("alan@example.com")).at(-1)
          const alan = yield* credentialsOf("alan@example.com")
          assert.deepInclude(mail, {
            kind: newAddressTaken.name,
            locale: "en",
            values: {},
            accountId: alan?.account.id ?? null
          })
          // it waits as one that is free, and is told to the present address as one
          const expiresAt = Instant.plus(yield* Instant.now, "24 hours")
          assert.deepStrictEqual(yield* waiting(here), { email: "alan@example.com", expiresAt })
          assert.deepInclude((yield* mailsTo(grace)).at(-1), { kind: newAddressAsked.name })
          // what the row holds is told to nobody; who had it would still change nothing
          const secret = yield* newestSecret("alan@example.com")
          assert.strictEqual(yield* refusalOf(confirm(here, secret)), "AddressTaken")
          assert.strictEqual((yield* credentialsOf("alan@example.com"))?.account.id, alan?.account.id)
          assert.strictEqual((yield* credentialsOf(grace))?.account.id, here.account.id)
        })
      )
    )

    it.effect(
      "REG-09 R-TK-06 R-TK-03 the link is valid 24 hours, until the millisecond before, and works once",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const late = yield* asked(here)
          yield* TestClock.adjust("24 hours")
          const again = yield* signedInBy(yield* signIn(passwords.first))
          assert.strictEqual(yield* refusalOf(confirm(again, late)), "LinkUnusable: expired")
          assert.strictEqual(yield* refusalOf(read(late)), "LinkUnusable: expired")
          assert.isNull(yield* waiting(again))
          const inTime = yield* asked(again)
          yield* TestClock.adjust("86399999 millis")
          const now = yield* signedInBy(yield* signIn(passwords.first))
          const { token } = yield* confirm(now, inTime)
          const after = yield* Sessions.authenticate(token)
          assert.strictEqual(yield* refusalOf(confirm(after, inTime)), "LinkUnusable: used")
        })
      )
    )

    it.effect(
      "REG-09 R-TK-09 reading the link changes nothing and says nothing about the account",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const secret = yield* asked(here)
          const before = yield* credentialsOf(grace)
          const expiresAt = Instant.plus(yield* Instant.now, "24 hours")
          for (let n = 0; n < 3; n++) {
            assert.deepStrictEqual(yield* read(secret), { email: fresh, expiresAt, own: false })
          }
          assert.deepStrictEqual(yield* EmailChanges.read({ secret }).pipe(as(here.actor)), {
            email: fresh,
            expiresAt,
            own: true
          })
          assert.deepStrictEqual(yield* credentialsOf(grace), before)
          yield* confirm(here, secret)
        })
      )
    )

    it.effect(
      "REG-09 V-09 R-TK-05 the link alone is not enough: it wants a session of the very account",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          yield* newcomer({ email: "alan@example.com" })
          const alan = yield* signedInBy(yield* signIn(passwords.first, "alan@example.com"))
          const secret = yield* asked(here)
          assert.strictEqual(yield* tagOf(confirm(alan, secret)), "ChangeOfSomeoneElse")
          assert.deepStrictEqual(EmailChanges.confirm.actors, ["Account"])
          assert.strictEqual((yield* credentialsOf("alan@example.com"))?.account.id, alan.account.id)
          assert.isUndefined(yield* credentialsOf(fresh))
          // and a session of the account does nothing with another account's link
          const other = yield* asked(alan, "alan@private.example")
          assert.strictEqual(yield* tagOf(confirm(here, other)), "ChangeOfSomeoneElse")
          yield* confirm(here, secret)
        })
      )
    )

    it.effect(
      "REG-09 R-SO-06 AUT-06 a reset of the password voids the pending change, and so does a new password",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const stolen = yield* asked(here)
          yield* reset(yield* askForReset())
          assert.strictEqual(yield* refusalOf(read(stolen)), "LinkUnusable: void")
          const owner = yield* signedInBy(yield* signIn(passwords.second))
          assert.isNull(yield* waiting(owner))
          assert.strictEqual(yield* refusalOf(confirm(owner, stolen)), "LinkUnusable: void")
          assert.strictEqual(yield* refusalOf(confirm(here, stolen)), "SignInRequired")
          assert.strictEqual((yield* mailsTo(grace)).at(-1)?.kind, passwordChanged.name)
          const own = yield* asked(owner)
          const { token } = yield* Passwords.change({
            currentPassword: passwords.second,
            newPassword: passwords.first
          }).pipe(as(owner.actor))
          const changed = yield* Sessions.authenticate(token)
          assert.isNull(yield* waiting(changed))
          assert.strictEqual(yield* refusalOf(confirm(changed, own)), "LinkUnusable: void")
          assert.strictEqual((yield* credentialsOf(grace))?.account.emailChangedAt, null)
        })
      )
    )

    it.effect(
      "REG-09 AUT-06 R-SE-06 V-18 once it counts, every other session and every open link of before is dead",
      proving(
        Effect.gen(function* () {
          const { here, there } = yield* graceTwice
          const password = yield* askForReset()
          const tenant = yield* given.tenant(here.account)
          yield* Members.changeContactEmail({ tenantId: tenant.id, email: "office@example.com" }).pipe(as(here.actor))
          const contact = yield* newestSecret("office@example.com")
          const { token } = yield* confirm(here, yield* asked(here))
          assert.strictEqual(yield* lives(here.token), "SignInRequired")
          assert.strictEqual(yield* lives(there.token), "SignInRequired")
          assert.strictEqual(yield* lives(token), "lives")
          assert.strictEqual(yield* refusalOf(reset(password)), "LinkUnusable: void")
          const old = Members.confirmContactEmail({ secret: contact }).pipe(anonymously)
          assert.strictEqual(yield* refusalOf(old), "LinkUnusable: void")
          // the old address has no account any more
          yield* Passwords.requestReset({ email: grace }).pipe(anonymously)
          assert.strictEqual((yield* mailsTo(grace)).at(-1)?.kind, "accounts.noAccount")
          // what was told before stays where it was: the contact address is the membership's own (TEN-06)
          const { actor } = yield* Sessions.authenticate(token)
          const { items } = yield* Members.list({ tenantId: tenant.id }).pipe(as(actor))
          assert.deepStrictEqual(
            items.map(({ contactEmail }) => contactEmail),
            [grace]
          )
        })
      )
    )

    it.effect(
      "REG-09 R-TK-07 V-11 asking again voids the older link; taking it back voids the newer one",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const older = yield* asked(here)
          const newer = yield* asked(here, "grace@other.example")
          assert.strictEqual(yield* refusalOf(confirm(here, older)), "LinkUnusable: void")
          assert.strictEqual((yield* waiting(here))?.email, "grace@other.example")
          yield* EmailChanges.cancel({}).pipe(as(here.actor))
          assert.isNull(yield* waiting(here))
          assert.strictEqual(yield* refusalOf(confirm(here, newer)), "LinkUnusable: void")
          // once more takes nothing back, and leaves nothing
          yield* EmailChanges.cancel({}).pipe(as(here.actor))
          assert.strictEqual((yield* eventsOf("account.emailChangeCancelled")).length, 1)
        })
      )
    )

    it.effect(
      "REG-09 AUT-07 a new address wants a fresh proof of identity, and another one than the present",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          assert.strictEqual(yield* tagOf(ask(here, "Grace@EXAMPLE.com")), "AddressUnchanged")
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual(yield* tagOf(ask(here)), "StepUpRequired")
          assert.deepStrictEqual(yield* mailsTo(fresh), [])
          const { token } = yield* Sessions.stepUp({ password: passwords.first }).pipe(as(here.actor))
          yield* asked(yield* Sessions.authenticate(token))
        })
      )
    )

    it.effect(
      "REG-09 R-RL-05 asking is limited for each account and for each address that gets the mail",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          for (let n = 0; n < 5; n++) yield* ask(here, `grace${n}@private.example`)
          assert.strictEqual(yield* tagOf(ask(here, "grace5@private.example")), "TooManyAttempts")
          assert.deepStrictEqual(yield* mailsTo("grace5@private.example"), [])
          yield* TestClock.adjust("1 hour")
          const people = yield* Effect.forEach([1, 2, 3, 4, 5, 6], (n) =>
            Effect.flatMap(given.account(`person${n}@example.com`), signedIn)
          )
          const tags = yield* Effect.forEach(people, (actor) => tagOf(ask({ actor })))
          assert.deepStrictEqual(tags, ["ok", "ok", "ok", "ok", "ok", "TooManyAttempts"])
        })
      )
    )

    it.effect(
      "REG-09 AUT-10 the address that the configuration appoints is changed there first",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          assert.strictEqual(yield* tagOf(ask(here)), "AddressConfigured")
          assert.deepStrictEqual(yield* mailsTo(fresh), [])
        }),
        { staff: { operators: ["Grace@example.com"] } }
      )
    )

    it.effect(
      "REG-09 V-22 an address that was taken in the meantime stays with who has it, and the link can be used when it is free",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const secret = yield* asked(here)
          yield* newcomer({ email: fresh })
          const alan = yield* signedInBy(yield* signIn(passwords.first, fresh))
          assert.strictEqual(yield* refusalOf(confirm(here, secret)), "AddressTaken")
          assert.strictEqual((yield* credentialsOf(fresh))?.account.id, alan.account.id)
          yield* confirm(alan, yield* asked(alan, "alan@private.example"))
          assert.strictEqual((yield* confirm(here, secret)).email, fresh)
        })
      )
    )

    it.effect(
      "REG-09 REG-02 registrations that wait for the new address are gone with the change",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const attempt = yield* register({ email: fresh, password: passwords.second })
          const { token } = yield* confirm(here, yield* asked(here))
          const late = Registrations.confirm({ secret: attempt, password: passwords.second }).pipe(anonymously)
          assert.strictEqual(yield* refusalOf(late), "AlreadyRegistered")
          // nor does it come back when the account has moved on
          const { actor } = yield* Sessions.authenticate(token)
          yield* confirm({ actor }, yield* asked({ actor }, "grace@third.example"))
          assert.strictEqual(yield* refusalOf(late), "LinkUnusable: void")
          // the address is free for whoever registers anew, as is the first one
          yield* newcomer({ email: fresh, password: passwords.second })
          yield* newcomer({ email: grace, password: passwords.second })
        })
      )
    )

    it.effect(
      "REG-09 INV-09 INV-04 R-IN-01 invitations follow the proven address: none before the change, those of the new one after it",
      proving(
        Effect.gen(function* () {
          const owner = yield* given.account("owner@example.com")
          const tenant = yield* given.tenant(owner)
          const other = yield* given.tenant(owner)
          const by = as(yield* signedIn(owner))
          const { here } = yield* graceTwice
          yield* Invitations.invite({ tenantId: tenant.id, email: fresh, roles: ["member"] }).pipe(by)
          const invitation = yield* newestSecret(fresh)
          yield* Invitations.invite({ tenantId: other.id, email: grace, roles: ["member"] }).pipe(by)
          const open = ({ actor }: Session) =>
            Effect.map(Permissions.whereCanIGo({}).pipe(as(actor)), ({ invitations }) =>
              invitations.map(({ tenantName }) => tenantName)
            )
          const secret = yield* asked(here)
          // asked for is not proven
          assert.deepStrictEqual(yield* open(here), [other.name])
          const accept = ({ actor }: Session) => Invitations.accept({ secret: invitation }).pipe(as(actor))
          assert.strictEqual(yield* tagOf(accept(here)), "InvitationForSomeoneElse")
          const { token } = yield* confirm(here, secret)
          const now = yield* Sessions.authenticate(token)
          assert.deepStrictEqual(yield* open(now), [tenant.name])
          yield* accept(now)
        })
      )
    )

    it.effect(
      "REG-09 R-SE-08 R-TK-08 a session that has ended confirms nothing, and the link stays good",
      proving(
        Effect.gen(function* () {
          const { here, there } = yield* graceTwice
          const secret = yield* asked(here)
          yield* Sessions.endOthers({}).pipe(as(there.actor))
          assert.strictEqual(yield* tagOf(confirm(here, secret)), "SignInRequired")
          assert.deepInclude((yield* credentialsOf(grace))?.account, { email: grace, credentialEpoch: 0 })
          yield* confirm(there, secret)
        })
      )
    )

    it.effect(
      "REG-09 R-EN-02 neither asking nor confirming costs a hash, for any address",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          yield* newcomer({ email: "alan@example.com" })
          const probe = yield* HasherProbe
          yield* probe.reset
          yield* ask(here, "alan@example.com")
          yield* confirm(here, yield* asked(here))
          assert.deepStrictEqual(yield* probe.counts, { hash: 0, verify: 0 })
        })
      )
    )
  })
})
