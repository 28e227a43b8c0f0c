import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Registrations from "../../src/accounts/Registrations.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import * as SelfRegistrations from "../../src/joining/SelfRegistrations.ts"
import { job } from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import { ConsentRepository } from "../../src/privacy/ConsentRepository.ts"
import * as Requests from "../../src/requests/Requests.ts"
import * as Members from "../../src/tenants/Members.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { HasherProbe } from "../../src/testing/hasher.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { anonymously, as, everyPort, given, mailsTo, newestSecret, signedIn, withKernel } from "../support/portal.ts"
import {
  accountOf,
  approve,
  approved,
  ask,
  complete,
  confirm,
  form,
  grace,
  type JoiningPortal,
  join,
  kindsTo,
  marketing,
  password,
  privacy,
  refuse,
  rolesIn,
  setState,
  submit,
  tenantNow,
  tenantOfOwner,
  terms,
  waitingFor,
  withRequests
} from "./joiners.ts"

const settings = {
  // somebody who decides who joins, and may grant less than an owner
  roles: [
    ...builtInRoles,
    {
      name: "reception",
      label: { de: "Empfang", en: "Reception" },
      permissions: ["tenant.read", "members.read", "requests.decide"] as const
    }
  ]
}

const owners = "owner@example.com"
const unknownSecret = Redacted.make("A".repeat(43))

const evidenceOf = Effect.fnUntraced(function* (email: string) {
  const account = yield* accountOf(email)
  if (account === undefined) return []
  const consents = yield* ConsentRepository
  return (yield* consents.ofAccount(account.id)).map(({ channel, given, kind, locale, version }) =>
    [channel, kind, version, locale, given].join(" ")
  )
})

/** The same address registers on the ordinary way. */
const registers = Effect.fnUntraced(function* (email: string) {
  yield* Registrations.register({ email, firstName: "Grace", lastName: "Hopper", consents: [privacy], password }).pipe(
    anonymously
  )
  yield* Registrations.confirm({ secret: yield* newestSecret(email), password }).pipe(anonymously)
  const account = yield* accountOf(email)
  if (account === undefined) return yield* Effect.die(new Error("no account"))
  return { account, actor: yield* signedIn(account) }
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = withRequests(Layer.provideMerge(withKernel(settings), storage))
  const proving =
    <A, E>(effect: Effect.Effect<A, E, JoiningPortal>) =>
    () =>
      Effect.provide(effect, portal)
  const provingWith =
    <A, E>(changed: Parameters<typeof withKernel>[0], effect: Effect.Effect<A, E, JoiningPortal>) =>
    () =>
      Effect.provide(effect, withRequests(Layer.provideMerge(withKernel({ ...settings, ...changed }), storage)))

  describe(`self-registration: the form (${adapter})`, () => {
    it.effect(
      "SLF-01 the form wants address, number, postal code and names, and names all that is wrong at once",
      proving(
        Effect.gen(function* () {
          const refused = yield* submit({
            email: "nobody",
            customerNumber: "#",
            country: "Austria",
            firstName: " ",
            lastName: "a\u0000b"
          }).pipe(Effect.flip)
          assert.strictEqual(refused._tag, "InvalidInput")
          assert.deepStrictEqual(
            refused._tag === "InvalidInput" && refused.issues.map(({ code, path }) => `${path.join(".")} ${code}`),
            [
              "email email",
              "customerNumber customer-number",
              "country country",
              "firstName missing",
              "lastName control-character"
            ]
          )
          const wrong = yield* submit({ postalCode: "10115" }).pipe(Effect.flip)
          assert.deepInclude(wrong, {
            _tag: "InvalidInput",
            issues: [{ path: ["postalCode"], code: "postal-code" }]
          })
          assert.deepStrictEqual(yield* mailsTo(grace), [])
        })
      )
    )

    it.effect(
      "SLF-01 privacy consent is required in its version, marketing consent is a free choice",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          for (const consents of [[], [marketing], [{ kind: "privacy", version: "0" }]]) {
            assert.deepInclude(yield* Effect.flip(submit({ consents })), {
              _tag: "ConsentRequired",
              kinds: ["privacy"]
            })
          }
          assert.deepStrictEqual(yield* mailsTo(grace), [])
          // a form that was refused is no attempt: the day's three are left
          yield* complete((yield* approved(owner)).secret)
          yield* complete((yield* approved(owner, { email: "ada@example.com", consents: [privacy, marketing] })).secret)
          const kinds = (evidence: ReadonlyArray<string>) => evidence.filter((one) => one.includes(" marketing "))
          assert.deepStrictEqual(kinds(yield* evidenceOf(grace)), [])
          assert.deepStrictEqual(kinds(yield* evidenceOf("ada@example.com")), ["self-registration marketing 1 de true"])
        })
      )
    )

    it.effect(
      "SLF-02 SLF-03 three attempts a day for an address, whatever numbers it comes with and whether or not it has an account",
      proving(
        Effect.gen(function* () {
          yield* given.account(grace)
          for (const email of [grace, "nobody@example.com"]) {
            yield* submit({ email, customerNumber: "K-1" })
            yield* submit({ email: ` ${email.toUpperCase()}`, customerNumber: "K-2" })
            yield* submit({ email, customerNumber: "K-3" })
            const until = Instant.plus(yield* Instant.now, "24 hours")
            assert.deepInclude(yield* Effect.flip(submit({ email, customerNumber: "K-4" })), {
              _tag: "TooManyAttempts",
              retryAt: until
            })
          }
          yield* submit({ customerNumber: "K-4", email: "other@example.com" })
          yield* TestClock.adjust("24 hours")
          yield* submit({ customerNumber: "K-4" })
        })
      )
    )

    it.effect(
      "SLF-03 SLF-04 who is signed in has three attempts a day of their own, which forms of others that name the address do not use up",
      proving(
        Effect.gen(function* () {
          const account = yield* given.account(grace)
          const actor = yield* signedIn(account)
          const askToJoin = (customerNumber: string) =>
            SelfRegistrations.askToJoin({ customerNumber, postalCode: "1010", country: "AT" }).pipe(as(actor))
          for (const customerNumber of ["K-1", "K-2", "K-3"]) yield* submit({ customerNumber })
          assert.strictEqual((yield* Effect.flip(submit()))._tag, "TooManyAttempts")
          for (const customerNumber of ["K-1", "K-2", "K-3"]) yield* askToJoin(customerNumber)
          assert.deepInclude(yield* Effect.flip(askToJoin("K-4")), {
            _tag: "TooManyAttempts",
            retryAt: Instant.plus(yield* Instant.now, "24 hours")
          })
          yield* TestClock.adjust("24 hours")
          yield* askToJoin("K-4")
        })
      )
    )

    it.effect(
      "SLF-02 SLF-03 five attempts of proven mailboxes a day for a customer number, however it is written and whether or not it is anybody's",
      proving(
        Effect.gen(function* () {
          yield* tenantOfOwner()
          const account = yield* given.account("signed-in@example.com")
          const actor = yield* signedIn(account)
          for (const numbers of [
            ["K-4711", "k4711", "K 4711", "K–4711", "00K-4711"],
            ["9", "09", "009", "0 009", "9"]
          ]) {
            const [first = ""] = numbers
            for (const [n, customerNumber] of numbers.entries()) {
              yield* ask({ customerNumber, email: `${first}${n}@example.com`, postalCode: `101${n}` })
            }
            const sixth = `${first}.sixth@example.com`
            yield* submit({ customerNumber: first, email: sixth })
            const secret = yield* newestSecret(sixth.toLowerCase())
            assert.strictEqual((yield* Effect.flip(confirm(secret)))._tag, "TooManyAttempts")
            // signed in or not, it is the same number
            const askToJoin = SelfRegistrations.askToJoin({ customerNumber: first, postalCode: "1010", country: "AT" })
            assert.strictEqual((yield* Effect.flip(askToJoin.pipe(as(actor))))._tag, "TooManyAttempts")
            yield* TestClock.adjust("24 hours")
          }
        })
      )
    )

    it.effect(
      "SLF-03 what no mailbox has confirmed uses up nothing of a customer number's day, nor does one who is beyond their own",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          const attacker = yield* signedIn(yield* given.account("attacker@example.com"))
          for (let n = 0; n < 6; n++) yield* submit({ email: `made-up${n}@example.com` })
          const askToJoin = (customerNumber: string) =>
            SelfRegistrations.askToJoin({ customerNumber, postalCode: "1010", country: "AT" }).pipe(as(attacker))
          for (const customerNumber of ["K-1", "K-2", "K-3"]) yield* askToJoin(customerNumber)
          for (let n = 0; n < 6; n++) {
            assert.strictEqual((yield* Effect.flip(askToJoin("K-4711")))._tag, "TooManyAttempts")
          }
          yield* ask()
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
        })
      )
    )

    it.effect(
      "SLF-02 attempts of one source are limited",
      provingWith(
        { limits: { mailPerSource: { max: 2, window: "1 hour" } } },
        Effect.gen(function* () {
          yield* submit({ email: "a@example.com" })
          yield* submit({ email: "b@example.com" })
          assert.strictEqual((yield* Effect.flip(submit({ email: "c@example.com" })))._tag, "TooManyAttempts")
        })
      )
    )
  })

  describe(`self-registration: the mailbox (${adapter})`, () => {
    it.effect(
      "SLF-03 the page of the mail's link shows the registration and changes nothing; confirming is what counts, once",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          yield* submit({ locale: "en", consents: [privacy, marketing] })
          const secret = yield* newestSecret(grace)
          const read = SelfRegistrations.read({ secret }).pipe(anonymously)
          const page = yield* read
          assert.deepStrictEqual(page, {
            email: grace,
            customerNumber: "K-4711",
            postalCode: "1010",
            country: "AT",
            firstName: "Grace",
            lastName: "Hopper",
            locale: "en",
            consents: [privacy, marketing],
            expiresAt: Instant.plus(yield* Instant.now, "24 hours")
          })
          assert.deepStrictEqual(yield* read, page)
          assert.deepStrictEqual(yield* waitingFor(owner), [])
          assert.strictEqual(yield* confirm(secret), undefined)
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
          assert.deepInclude(yield* Effect.flip(confirm(secret)), { _tag: "LinkUnusable", reason: "used" })
          assert.strictEqual((yield* Effect.flip(read))._tag, "LinkUnusable")
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
          assert.strictEqual((yield* Effect.flip(confirm(unknownSecret)))._tag, "LinkUnusable")
        })
      )
    )

    it.effect(
      "SLF-03 the link lives a day, and then nothing is left of the attempt",
      proving(
        Effect.gen(function* () {
          yield* submit()
          const secret = yield* newestSecret(grace)
          const purge = SelfRegistrations.purge({}).pipe(as(job("selfRegistrations.purge")))
          yield* TestClock.adjust("24 hours")
          assert.deepInclude(yield* Effect.flip(confirm(secret)), { _tag: "LinkUnusable", reason: "expired" })
          assert.deepStrictEqual(yield* purge, { deleted: 0, more: false })
          yield* TestClock.adjust("1 millis")
          assert.deepStrictEqual(yield* purge, { deleted: 1, more: false })
          assert.deepStrictEqual(yield* purge, { deleted: 0, more: false })
        })
      )
    )

    it.effect(
      "SLF-03 a match comes before the tenant's owners, by mail and in their inbox, and nobody else hears of it",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const second = yield* given.account("second@example.com")
          yield* given.member(tenant.id, second, ["owner"])
          const reception = yield* given.account("reception@example.com")
          yield* given.member(tenant.id, reception, ["reception"])
          const member = yield* given.account("member@example.com")
          yield* given.member(tenant.id, member, ["member"])
          const elsewhere = yield* tenantOfOwner({ customerNumber: "K-1", owner: "elsewhere@example.com" })
          yield* ask({ customerNumber: "00 k 4711" })
          const [first, ...more] = yield* waitingFor(owner)
          assert.deepStrictEqual(more, [])
          assert.deepInclude(first, { kind: "JoinTenant", state: "Pending", askerEmail: grace, tenantId: tenant.id })
          assert.deepStrictEqual(
            first?.details.map(({ label, value }) => `${label.de}: ${value}`),
            ["Name: Grace Hopper", "E-Mail-Adresse: grace@example.com", "Kundennummer: 00 k 4711"]
          )
          for (const address of [owners, "second@example.com", "reception@example.com"]) {
            assert.deepStrictEqual(yield* kindsTo(address), ["requests.JoinTenant.pending"], address)
          }
          for (const address of ["member@example.com", "elsewhere@example.com"]) {
            assert.deepStrictEqual(yield* kindsTo(address), [], address)
          }
          assert.deepStrictEqual(yield* waitingFor(elsewhere.owner), [])
          assert.deepStrictEqual(yield* kindsTo(grace), ["joining.confirm"])
        })
      )
    )

    it.effect(
      "SLF-03 a mismatch ends with one mail to the proven mailbox, the same for unknown number, wrong postal code and closed tenant",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const closed = yield* tenantOfOwner({ customerNumber: "K-2", owner: "closed@example.com" })
          yield* setState(closed.tenant.id, "closed")
          const tries = [
            { email: "a@example.com", customerNumber: "K-9" },
            { email: "b@example.com", postalCode: "1020" },
            { email: "c@example.com", country: "CH" },
            { email: "d@example.com", customerNumber: "K-2" }
          ]
          for (const one of tries) {
            yield* ask(one)
            const [, mail, ...more] = yield* mailsTo(one.email)
            assert.deepStrictEqual(more, [])
            assert.strictEqual(mail?.kind, "joining.notAssigned")
            assert.deepStrictEqual(mail?.values, {
              customerNumber: one.customerNumber ?? "K-4711",
              postalCode: one.postalCode ?? "1010",
              country: one.country ?? "AT"
            })
            assert.strictEqual(mail?.tenantId, null)
          }
          assert.deepStrictEqual(yield* waitingFor(owner), [])
          for (const address of [owners, "closed@example.com"]) assert.deepStrictEqual(yield* kindsTo(address), [])
          assert.deepStrictEqual((yield* tenantNow(tenant.id)).version, tenant.version)
        })
      )
    )

    it.effect(
      "REQ-09 who asks again while the same is open, or was just refused, is told by mail and not by the answer",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          yield* ask()
          yield* ask()
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
          assert.strictEqual((yield* kindsTo(grace)).at(-1), "joining.alreadyAsked")
          yield* refuse(owner, "We do not know you.")
          yield* ask()
          assert.strictEqual((yield* kindsTo(grace)).at(-1), "joining.coolingDown")
          assert.deepStrictEqual(yield* waitingFor(owner), [])
          yield* TestClock.adjust("25 hours")
          yield* ask()
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
        })
      )
    )
  })

  describe(`self-registration: who has an account (${adapter})`, () => {
    it.effect(
      "SLF-04 an address with an account gets a mail that says so, in its own language, and no way to confirm",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          const account = yield* given.account(grace)
          yield* submit({ locale: "de" })
          const [mail, ...more] = yield* mailsTo(grace)
          assert.deepStrictEqual(more, [])
          assert.deepInclude(mail, {
            kind: "joining.addressHasAccount",
            locale: account.locale,
            accountId: account.id,
            values: {}
          })
          assert.deepStrictEqual(yield* waitingFor(owner), [])
        })
      )
    )

    it.effect(
      "SLF-04 signed in, joining is asked for with number and postal code; the answer is the same, the mail tells",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const account = yield* given.account(grace)
          const actor = yield* signedIn(account)
          const askToJoin = (over: Partial<Parameters<typeof SelfRegistrations.askToJoin>[0]> = {}) =>
            SelfRegistrations.askToJoin({ customerNumber: "K-4711", postalCode: "1010", country: "AT", ...over }).pipe(
              as(actor)
            )
          assert.strictEqual(yield* askToJoin({ postalCode: "1020" }), undefined)
          assert.strictEqual(yield* askToJoin({ customerNumber: "K-9" }), undefined)
          assert.deepStrictEqual(yield* kindsTo(grace), ["joining.notAssigned", "joining.notAssigned"])
          assert.deepStrictEqual(yield* waitingFor(owner), [])
          assert.strictEqual(yield* askToJoin(), undefined)
          assert.deepStrictEqual(yield* kindsTo(owners), ["requests.JoinTenant.pending"])
          const { items } = yield* Requests.mine({}).pipe(as(actor))
          assert.deepStrictEqual(
            items.map(({ kind, state }) => `${kind} ${state}`),
            ["JoinTenant Pending"]
          )
          yield* approve(owner, { roles: ["admin"] })
          const secret = yield* newestSecret(grace)
          const offer = yield* SelfRegistrations.readOffer({ secret }).pipe(as(actor))
          assert.deepInclude(offer, { next: "join", tenantName: tenant.name, roles: ["admin"] })
          assert.deepStrictEqual(yield* join(secret, actor), {
            outcome: "Joined",
            tenantId: tenant.id,
            roles: ["admin"]
          })
          yield* TestClock.adjust("24 hours")
          assert.strictEqual(yield* askToJoin(), undefined)
          assert.strictEqual((yield* kindsTo(grace)).at(-1), "joining.alreadyMember")
          assert.deepStrictEqual(yield* waitingFor(owner), [])
        })
      )
    )

    it.effect(
      "SLF-04 a session that is dead asks for nothing",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          const accounts = yield* AccountRepository
          const account = yield* given.account(grace)
          const actor = yield* signedIn(account)
          yield* accounts.bumpEpoch(account.id, 0)
          const refused = yield* SelfRegistrations.askToJoin({
            customerNumber: "K-4711",
            postalCode: "1010",
            country: "AT"
          }).pipe(as(actor), Effect.flip)
          assert.strictEqual(refused._tag, "SignInRequired")
          assert.deepStrictEqual(yield* waitingFor(owner), [])
        })
      )
    )
  })

  describe(`self-registration: the decision (${adapter})`, () => {
    it.effect(
      "SLF-05 an owner approves, as a member where no roles are chosen, with a mail to the asker",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          yield* ask()
          const { state } = yield* approve(owner, { note: "Welcome!" })
          assert.strictEqual(state, "Approved")
          const mail = (yield* mailsTo(grace)).at(-1)
          assert.strictEqual(mail?.kind, "requests.JoinTenant.offered")
          assert.deepInclude(mail?.values, { note: "Welcome!" })
          // not a member before everything is agreed to
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, 1)
          const offer = yield* SelfRegistrations.readOffer({ secret: yield* newestSecret(grace) }).pipe(anonymously)
          assert.deepStrictEqual(offer.roles, ["member"])
        })
      )
    )

    it.effect(
      "SLF-05 an owner refuses with a reason, which the asker reads; without one it is no refusal",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          yield* ask()
          assert.strictEqual((yield* Effect.flip(refuse(owner, " ")))._tag, "InvalidInput")
          const { state } = yield* refuse(owner, "We do not know you.")
          assert.strictEqual(state, "Refused")
          const mail = (yield* mailsTo(grace)).at(-1)
          assert.strictEqual(mail?.kind, "requests.JoinTenant.refused")
          assert.deepInclude(mail?.values, { reason: "We do not know you." })
          assert.strictEqual(yield* accountOf(grace), undefined)
        })
      )
    )

    it.effect(
      "SLF-05 TEN-03 nobody grants more than they hold, nor a role that there is not; who may not decide sees nothing",
      proving(
        Effect.gen(function* () {
          const { tenant } = yield* tenantOfOwner()
          const deciding = yield* given.account("reception@example.com")
          yield* given.member(tenant.id, deciding, ["reception"])
          const reception = yield* signedIn(deciding)
          const plain = yield* given.account("member@example.com")
          yield* given.member(tenant.id, plain, ["member"])
          const member = yield* signedIn(plain)
          yield* ask()
          const [request] = yield* waitingFor(reception)
          for (const roles of [["owner"], ["admin"], ["member", "owner"], ["emperor"]]) {
            assert.strictEqual((yield* Effect.flip(approve(reception, { roles })))._tag, "NotAllowed", roles.join())
          }
          assert.strictEqual((yield* Effect.flip(approve(reception, { roles: [] })))._tag, "InvalidInput")
          assert.deepStrictEqual(yield* waitingFor(member), [])
          const refused = yield* Requests.approve({
            requestId: request?.id ?? "",
            version: 1
          }).pipe(as(member), Effect.flip)
          assert.strictEqual(refused._tag, "NotAllowed")
          assert.strictEqual((yield* approve(reception, { roles: ["member"] })).state, "Approved")
        })
      )
    )

    it.effect(
      "SLF-05 INV-14 what no seat is left for cannot be approved; the request waits",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner({ seats: 1 })
          yield* ask()
          assert.deepInclude(yield* Effect.flip(approve(owner)), { _tag: "EffectRefused", refusal: "NoSeatLeft" })
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
          assert.strictEqual((yield* kindsTo(grace)).length, 1)
        })
      )
    )
  })

  describe(`self-registration: completing (${adapter})`, () => {
    it.effect(
      "SLF-06 the welcome page shows what is to be done, and changes nothing",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const { secret } = yield* approved(owner, { roles: ["admin"], locale: "en" })
          const page = SelfRegistrations.readOffer({ secret })
          const seen = yield* page.pipe(anonymously)
          assert.deepStrictEqual(seen, {
            tenantName: tenant.name,
            email: grace,
            firstName: "Grace",
            lastName: "Hopper",
            roles: ["admin"],
            locale: "en",
            consents: [terms, privacy],
            next: "complete",
            expiresAt: Instant.plus(yield* Instant.now, "14 days")
          })
          assert.strictEqual((yield* page.pipe(as(owner))).next, "switch-account")
          assert.deepStrictEqual(yield* page.pipe(anonymously), seen)
          yield* complete(secret)
        })
      )
    )

    it.effect(
      "SLF-06 only with terms, privacy and password is there an account; without one of them nothing happens",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const { id, secret } = yield* approved(owner)
          const probe = yield* HasherProbe
          const nothing = Effect.gen(function* () {
            assert.strictEqual(yield* accountOf(grace), undefined)
            assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, 1)
            const { state } = yield* Requests.get({ requestId: id }).pipe(as(owner))
            assert.strictEqual(state, "Approved")
          })
          yield* probe.reset
          for (const [consents, kinds] of [
            [[privacy], ["terms"]],
            [[terms], ["privacy"]],
            [[], ["terms", "privacy"]],
            [[{ ...terms, version: "0" }, privacy], ["terms"]]
          ] as const) {
            assert.deepInclude(yield* Effect.flip(complete(secret, { consents: [...consents] })), {
              _tag: "ConsentRequired",
              kinds: [...kinds]
            })
            yield* nothing
          }
          for (const weak of ["too short", "muster gmbh muster gmbh", "grace hopper grace"]) {
            const refused = yield* Effect.flip(complete(secret, { password: Redacted.make(weak) }))
            assert.strictEqual(refused._tag, "PasswordRefused", weak)
            yield* nothing
          }
          // what is refused costs no hash
          assert.deepStrictEqual(yield* probe.counts, { hash: 0, verify: 0 })
          yield* complete(secret)
          assert.notStrictEqual(yield* accountOf(grace), undefined)
        })
      )
    )

    it.effect(
      "SLF-06 PRI-01 with all three the account is created, active, a member and signed in, with evidence of each acceptance",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const { id, secret } = yield* approved(owner, {
            roles: ["member", "admin"],
            consents: [privacy, marketing],
            locale: "en"
          })
          yield* TestClock.adjust("1 day")
          const { joined, signIn } = yield* complete(secret, { locale: "de" })
          assert.deepStrictEqual(joined, { outcome: "Joined", tenantId: tenant.id, roles: ["admin", "member"] })
          assert.strictEqual(signIn._tag, "SignedIn")
          const account = yield* accountOf(grace)
          assert.deepInclude(account, { state: "active", firstName: "Grace", lastName: "Hopper", locale: "en" })
          assert.deepStrictEqual(yield* rolesIn(tenant.id, account?.id ?? owner.accountId), ["admin", "member"])
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, 2)
          assert.deepStrictEqual(
            [...(yield* evidenceOf(grace))].sort(),
            [
              "self-registration privacy 1 en true",
              "self-registration marketing 1 en true",
              "self-registration-completion terms 1 de true",
              "self-registration-completion privacy 1 de true"
            ].sort()
          )
          const { state } = yield* Requests.get({ requestId: id }).pipe(as(owner))
          assert.strictEqual(state, "Completed")
          // nothing of it works twice
          assert.strictEqual((yield* Effect.flip(complete(secret)))._tag, "RequestClosed")
        })
      )
    )

    it.effect(
      "SLF-06 REQ-06 the link is valid for 14 days, and no longer",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          const first = yield* approved(owner)
          yield* TestClock.adjust("1 millis")
          const second = yield* approved(owner, { email: "ada@example.com" })
          yield* TestClock.adjust(14 * 86_400_000 - 1)
          const late = yield* Effect.flip(complete(first.secret))
          assert.deepInclude(late, { _tag: "RequestClosed", state: "Expired" })
          assert.strictEqual(yield* accountOf(grace), undefined)
          yield* complete(second.secret)
        })
      )
    )

    it.effect(
      "SLF-06 an owner renews the link: the older one is void, the new one lives 14 days from then",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          const { id, secret } = yield* approved(owner)
          yield* TestClock.adjust("13 days")
          yield* Requests.approve({ requestId: id, version: 1, decision: { roles: ["admin"] } }).pipe(as(owner))
          const renewed = yield* newestSecret(grace)
          assert.deepInclude(yield* Effect.flip(complete(secret)), { _tag: "LinkUnusable", reason: "void" })
          yield* TestClock.adjust("13 days")
          const { joined } = yield* complete(renewed)
          assert.deepStrictEqual(joined.roles, ["admin"])
        })
      )
    )

    it.effect(
      "SLF-05 an approval that is taken back by a refusal opens nothing any more",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          const { id, secret } = yield* approved(owner)
          yield* Requests.refuse({ requestId: id, version: 1, reason: "A mistake." }).pipe(as(owner))
          assert.deepInclude(yield* Effect.flip(complete(secret)), { _tag: "RequestClosed", state: "Refused" })
          assert.strictEqual(yield* accountOf(grace), undefined)
        })
      )
    )

    it.effect(
      "R-AP-05 INV-05 REQ-06 the approver's right is asked again at completion; somebody who has it can renew the offer",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const deciding = yield* given.account("second@example.com")
          yield* given.member(tenant.id, deciding, ["owner"])
          const second = yield* signedIn(deciding)
          const { id, secret } = yield* approved(second, { roles: ["admin"] })
          // may still decide, and not grant this role any more
          yield* Members.changeRoles({ tenantId: tenant.id, accountId: deciding.id, roles: ["reception"] }).pipe(
            as(owner)
          )
          assert.strictEqual((yield* Effect.flip(complete(secret)))._tag, "ApproverLostAuthority")
          // may not decide any more
          yield* Members.changeRoles({ tenantId: tenant.id, accountId: deciding.id, roles: ["member"] }).pipe(as(owner))
          assert.strictEqual((yield* Effect.flip(complete(secret)))._tag, "ApproverLostAuthority")
          // is no member any more
          yield* Members.remove({ tenantId: tenant.id, accountId: deciding.id }).pipe(as(owner))
          assert.strictEqual((yield* Effect.flip(complete(secret)))._tag, "ApproverLostAuthority")
          assert.strictEqual(yield* accountOf(grace), undefined)
          yield* Requests.approve({ requestId: id, version: 1 }).pipe(as(owner))
          const { joined } = yield* complete(yield* newestSecret(grace))
          assert.deepStrictEqual(joined.roles, ["member"])
        })
      )
    )

    it.effect(
      "SLF-06 INV-14 the seat is taken at completion: who comes when none is left is refused, and can come again later",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner({ seats: 2 })
          const first = yield* approved(owner)
          const second = yield* approved(owner, { email: "ada@example.com" })
          yield* complete(first.secret)
          assert.strictEqual((yield* Effect.flip(complete(second.secret)))._tag, "NoSeatLeft")
          assert.strictEqual(yield* accountOf("ada@example.com"), undefined)
          const account = yield* accountOf(grace)
          yield* Members.remove({ tenantId: tenant.id, accountId: account?.id ?? owner.accountId }).pipe(as(owner))
          yield* complete(second.secret)
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, 2)
        })
      )
    )

    it.effect(
      "SLF-07 who registered on another way meanwhile joins with that account after signing in, and no second one is made",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const { secret } = yield* approved(owner)
          const { account, actor } = yield* registers(grace)
          assert.strictEqual((yield* SelfRegistrations.readOffer({ secret }).pipe(anonymously)).next, "sign-in")
          assert.strictEqual((yield* SelfRegistrations.readOffer({ secret }).pipe(as(owner))).next, "switch-account")
          assert.strictEqual((yield* SelfRegistrations.readOffer({ secret }).pipe(as(actor))).next, "join")
          assert.strictEqual((yield* Effect.flip(complete(secret)))._tag, "SignInToJoin")
          assert.strictEqual((yield* Effect.flip(join(secret, owner)))._tag, "ApprovalForSomeoneElse")
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, 1)
          assert.strictEqual((yield* join(secret, actor)).outcome, "Joined")
          assert.strictEqual((yield* accountOf(grace))?.id, account.id)
          assert.deepStrictEqual(yield* rolesIn(tenant.id, account.id), ["member"])
          assert.include(yield* evidenceOf(grace), "self-registration privacy 1 de true")
          assert.strictEqual((yield* Effect.flip(join(secret, actor)))._tag, "RequestClosed")
        })
      )
    )

    it.effect(
      "SLF-07 registered between the form and its confirmation, the request is that account's",
      proving(
        Effect.gen(function* () {
          const { owner } = yield* tenantOfOwner()
          yield* submit()
          const secret = yield* newestSecret(grace)
          const { actor } = yield* registers(grace)
          yield* confirm(secret)
          yield* approve(owner)
          const offered = yield* newestSecret(grace)
          assert.strictEqual((yield* Effect.flip(complete(offered)))._tag, "SignInToJoin")
          assert.strictEqual((yield* join(offered, actor)).outcome, "Joined")
        })
      )
    )

    it.effect(
      "SLF-07 who became a member on another way stays as they are",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const { id, secret } = yield* approved(owner, { roles: ["owner"] })
          const { account, actor } = yield* registers(grace)
          yield* given.member(tenant.id, account, ["member"])
          assert.deepStrictEqual(yield* join(secret, actor), {
            outcome: "AlreadyMember",
            tenantId: tenant.id,
            roles: ["member"]
          })
          assert.deepStrictEqual(yield* rolesIn(tenant.id, account.id), ["member"])
          assert.strictEqual((yield* Requests.get({ requestId: id }).pipe(as(owner))).state, "Completed")
        })
      )
    )
  })

  describe(`self-registration: a tenant that is not active (${adapter})`, () => {
    it.effect(
      "SLF-08 of a suspended tenant staff are told, and the request waits until the tenant is active again",
      provingWith(
        { staff: { operators: ["operator@example.com"] } },
        Effect.gen(function* () {
          const staff = yield* StaffRepository
          const agent = yield* given.account("agent@example.com")
          yield* staff.save({ accountId: agent.id, roles: ["agent"], since: yield* Instant.now })
          const { owner, tenant } = yield* tenantOfOwner()
          yield* setState(tenant.id, "suspended")
          yield* ask()
          for (const address of ["agent@example.com", "operator@example.com"]) {
            const [mail, ...more] = yield* mailsTo(address)
            assert.deepStrictEqual(more, [])
            assert.strictEqual(mail?.kind, "joining.nobodyCanDecide")
            assert.deepInclude(mail?.values, { tenantNumber: tenant.number, tenantState: "suspended" })
          }
          assert.deepStrictEqual(yield* kindsTo(owners), [])
          assert.deepStrictEqual(yield* waitingFor(owner), [])
          // the mailbox learns no more than that it was taken
          assert.deepStrictEqual(yield* kindsTo(grace), ["joining.confirm"])
          const remind = Effect.gen(function* () {
            const { reminded } = yield* Requests.remindDue({ limit: 10 }).pipe(as(job("requests.remind")))
            return reminded
          })
          yield* TestClock.adjust("8 days")
          assert.strictEqual(yield* remind, 0)
          yield* setState(tenant.id, "active")
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
          // who decides learns of it now, as of what is new, and once
          assert.strictEqual(yield* remind, 1)
          assert.strictEqual(yield* remind, 0)
          assert.deepStrictEqual(yield* kindsTo(owners), ["requests.JoinTenant.pending"])
          yield* approve(owner)
          const { joined } = yield* complete(yield* newestSecret(grace))
          assert.strictEqual(joined.outcome, "Joined")
        })
      )
    )

    it.effect(
      "SLF-08 of a tenant in setup the staff's inbox is told",
      provingWith(
        { staff: { operators: ["operator@example.com"], inbox: "desk@example.com" } },
        Effect.gen(function* () {
          const tenants = yield* TenantRepository
          const waiting = yield* given.tenantInSetup()
          yield* tenants.save({ ...(yield* tenantNow(waiting.id)), customerNumber: "K-4711" })
          yield* ask()
          const [mail, ...more] = yield* mailsTo("desk@example.com")
          assert.deepStrictEqual(more, [])
          assert.deepInclude(mail?.values, { tenantNumber: waiting.number, tenantState: "in-setup" })
          assert.deepStrictEqual(yield* mailsTo("operator@example.com"), [])
          assert.deepStrictEqual(yield* kindsTo(grace), ["joining.confirm"])
        })
      )
    )

    it.effect(
      "SLF-08 REQ-07 what came while the tenant was in setup is announced to its first owner, and then reminded of",
      proving(
        Effect.gen(function* () {
          const tenants = yield* TenantRepository
          const waiting = yield* given.tenantInSetup()
          yield* tenants.save({ ...(yield* tenantNow(waiting.id)), customerNumber: "K-4711" })
          yield* ask()
          const remind = Requests.remindDue({ limit: 10 }).pipe(as(job("requests.remind")))
          yield* TestClock.adjust("1 hour")
          assert.deepStrictEqual(yield* remind, { reminded: 0 })
          yield* given.member(waiting.id, yield* given.account(owners), ["owner"])
          yield* setState(waiting.id, "active")
          assert.deepStrictEqual(yield* remind, { reminded: 1 })
          assert.deepStrictEqual(yield* kindsTo(owners), ["requests.JoinTenant.pending"])
          yield* TestClock.adjust("3 days")
          assert.deepStrictEqual(yield* remind, { reminded: 1 })
          assert.deepStrictEqual(yield* kindsTo(owners), [
            "requests.JoinTenant.pending",
            "requests.JoinTenant.reminder"
          ])
        })
      )
    )

    it.effect(
      "SLF-08 an approval outlives a suspension: nobody joins meanwhile",
      proving(
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfOwner()
          const { secret } = yield* approved(owner)
          yield* setState(tenant.id, "suspended")
          assert.strictEqual((yield* Effect.flip(complete(secret)))._tag, "TenantNotActive")
          assert.strictEqual(yield* accountOf(grace), undefined)
          yield* setState(tenant.id, "active")
          yield* complete(secret)
          const accounts = yield* AccountRepository
          const found = yield* accounts.findByEmail(EmailAddress.make(form.email))
          assert.isTrue(Option.isSome(found))
        })
      )
    )
  })
})
