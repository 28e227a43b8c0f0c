import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { EmailChanges, Profiles, Sessions } from "../../src/accounts/index.ts"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import type { EventRow } from "../../src/kernel/EventLog.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Settings } from "../../src/kernel/Settings.ts"
import { ConsentRepository } from "../../src/privacy/index.ts"
import { Members } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, newestSecret, type Portal, signedIn, withKernel } from "../support/portal.ts"
import { tagOf } from "../tenants/world.ts"
import { consents, grace, newcomer, passwords, signedInBy, signIn } from "./newcomers.ts"

type Session = { readonly actor: Actor.Account }

const entered = Effect.flatMap(signIn(passwords.first), signedInBy)
const profileOf = ({ actor }: Session) => Profiles.read({}).pipe(as(actor))

const evidence = ({ actor }: Session) =>
  Effect.flatMap(ConsentRepository, (all) =>
    Effect.map(all.ofAccount(actor.accountId), (rows) =>
      rows.filter(({ kind }) => kind === "marketing").map(({ id: _, accountId: __, ...row }) => row)
    )
  )

const eventsOf = Effect.fnUntraced(function* (type: string) {
  const events = yield* EventRepository
  return (yield* events.unsealed(1000)).filter((event: Pick<EventRow, "type">) => event.type === type)
})

/** As `withKernel`, with a second version of the text about marketing. */
const newText = {
  consents: {
    marketing: {
      kind: "marketing",
      version: "2",
      label: { de: "Neu", en: "New" },
      text: { de: "Neuer Text", en: "New text" }
    }
  }
}

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>, settings: Parameters<typeof withKernel>[0] = {}) =>
    () =>
      Effect.provide(effect, Layer.provideMerge(withKernel(settings), storage))

  describe(`Profiles (${adapter})`, () => {
    it.effect(
      "REG-09 name and language can be changed: sessions, members and mails have the new ones at once",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const me = yield* entered
          const tenant = yield* given.tenant(me.account)
          const changed = yield* Profiles.change({ firstName: " Zoë ", lastName: "Žižka", locale: "en" }).pipe(
            as(me.actor)
          )
          const expected = { ...me.account, firstName: "Zoë", lastName: "Žižka", locale: "en" }
          assert.deepStrictEqual(changed, expected)
          assert.deepStrictEqual((yield* profileOf(me)).account, expected)
          assert.deepStrictEqual((yield* entered).account, expected)
          for (const search of ["zoë", "ŽIŽKA zoë"]) {
            const { items } = yield* Members.list({ tenantId: tenant.id, search }).pipe(as(me.actor))
            assert.strictEqual(items.length, 1, search)
          }
          const { items } = yield* Members.list({ tenantId: tenant.id, search: "hopper" }).pipe(as(me.actor))
          assert.deepStrictEqual(items, [])
          yield* EmailChanges.ask({ email: "grace@private.example" }).pipe(as(me.actor))
          assert.strictEqual((yield* mailsTo(grace)).at(-1)?.locale, "en")
          // saying the same again changes nothing, and leaves nothing
          yield* Profiles.change({ firstName: "Zoë", lastName: "Žižka", locale: "en" }).pipe(as(me.actor))
          assert.deepStrictEqual(
            (yield* eventsOf("account.profileChanged")).map(({ data }) => data),
            [{ changed: ["firstName", "lastName", "locale"] }]
          )
        })
      )
    )

    it.effect(
      "REG-09 G-01 a name of nothing and a language that is none are refused, all of it at once, and nothing changes",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const me = yield* entered
          const refused = yield* Profiles.change({ firstName: " ", lastName: "x".repeat(101), locale: "German" }).pipe(
            as(me.actor),
            Effect.flip
          )
          assert.deepInclude(refused, {
            _tag: "InvalidInput",
            issues: [
              { path: ["firstName"], code: "missing" },
              { path: ["lastName"], code: "too-long" },
              { path: ["locale"], code: "locale" }
            ]
          })
          assert.deepStrictEqual((yield* profileOf(me)).account, me.account)
        })
      )
    )

    it.effect(
      "REG-09 R-SE-08 a session that has ended by a new epoch reads and changes no profile",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const [me, stale] = [yield* entered, yield* entered]
          yield* EmailChanges.ask({ email: "grace@private.example" }).pipe(as(me.actor))
          const secret = yield* newestSecret("grace@private.example")
          const { token } = yield* EmailChanges.confirm({ secret }).pipe(as(me.actor))
          const change = { firstName: "Eve", lastName: "Eve", locale: "de" }
          assert.deepStrictEqual(
            [
              yield* tagOf(profileOf(stale)),
              yield* tagOf(Profiles.change(change).pipe(as(stale.actor))),
              yield* tagOf(Profiles.setMarketing({ version: "1" }).pipe(as(stale.actor))),
              yield* tagOf(EmailChanges.cancel({}).pipe(as(stale.actor))),
              yield* tagOf(EmailChanges.ask({ email: grace }).pipe(as(stale.actor)))
            ],
            Array.from({ length: 5 }, () => "SignInRequired")
          )
          const now = yield* Sessions.authenticate(token)
          assert.strictEqual((yield* profileOf(now)).account.firstName, "Grace")
        })
      )
    )

    it.effect(
      "REG-09 PRI-01 marketing consent is given and withdrawn later, and each is evidence with the text's version",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const me = yield* entered
          const set = (version: string | null) => Profiles.setMarketing({ version }).pipe(as(me.actor))
          assert.isNull((yield* profileOf(me)).marketing)
          // nothing to withdraw
          yield* set(null)
          assert.deepStrictEqual(yield* evidence(me), [])
          const refused = yield* Effect.flip(set("0"))
          assert.deepInclude(refused, { _tag: "ConsentRequired", kinds: ["marketing"] })
          yield* TestClock.adjust("1 minute")
          yield* set("1")
          yield* set("1")
          const given = yield* Instant.now
          assert.deepStrictEqual((yield* profileOf(me)).marketing, { version: "1", at: given })
          yield* TestClock.adjust("1 minute")
          yield* set(null)
          yield* set(null)
          const withdrawn = yield* Instant.now
          assert.isNull((yield* profileOf(me)).marketing)
          const [first, second, ...more] = yield* evidence(me)
          const { textHash = "" } = first ?? {}
          const text = { kind: "marketing", version: "1", textHash, locale: "de", channel: "profile" }
          assert.match(textHash, /^[0-9a-f]{64}$/)
          assert.deepStrictEqual(first, { ...text, given: true, at: given })
          assert.deepStrictEqual(second, { ...text, given: false, at: withdrawn })
          assert.deepStrictEqual(more, [])
          assert.deepStrictEqual(
            (yield* eventsOf("account.marketingChanged")).map(({ data }) => data),
            [
              { given: true, version: "1" },
              { given: false, version: "1" }
            ]
          )
          // and once more, as often as the person changes their mind, in the language of the page
          yield* Profiles.setMarketing({ version: "1", locale: "en" }).pipe(as(me.actor))
          assert.deepInclude((yield* evidence(me)).at(-1), { given: true, locale: "en" })
        })
      )
    )

    it.effect(
      "REG-09 PRI-01 what was agreed to at registration can be withdrawn, and a new text is a new consent",
      proving(
        Effect.gen(function* () {
          yield* newcomer({ consents: [...consents, { kind: "marketing", version: "2" }] })
          const me = yield* entered
          assert.strictEqual((yield* profileOf(me)).marketing?.version, "2")
          yield* Profiles.setMarketing({ version: null }).pipe(as(me.actor))
          assert.isNull((yield* profileOf(me)).marketing)
          assert.strictEqual(
            yield* tagOf(Profiles.setMarketing({ version: "1" }).pipe(as(me.actor))),
            "ConsentRequired"
          )
          assert.deepStrictEqual(
            (yield* evidence(me)).map(({ channel, given, version }) => [channel, given, version]),
            [
              ["registration", true, "2"],
              ["profile", false, "2"]
            ]
          )
        }),
        newText
      )
    )

    it.effect(
      "REG-09 PRI-01 who has agreed to an earlier text agrees to the new one beside it",
      proving(
        Effect.gen(function* () {
          const settings = yield* Settings
          const marketing = { ...settings.consents.marketing, version: "1" }
          const before = { ...settings, consents: { ...settings.consents, marketing } }
          yield* newcomer({ consents: [...consents, { kind: "marketing", version: "1" }] }).pipe(
            Effect.provideService(Settings, before)
          )
          const me = yield* entered
          yield* Profiles.setMarketing({ version: "2" }).pipe(as(me.actor))
          assert.strictEqual((yield* profileOf(me)).marketing?.version, "2")
          assert.deepStrictEqual(
            (yield* evidence(me)).map(({ given, version }) => [given, version]),
            [
              [true, "1"],
              [true, "2"]
            ]
          )
        }),
        newText
      )
    )

    it.effect(
      "REG-09 nobody's profile is another one's",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const me = yield* entered
          const other = { actor: yield* signedIn(yield* given.account("alan@example.com")) }
          yield* Profiles.change({ firstName: "Alan", lastName: "Turing", locale: "de" }).pipe(as(other.actor))
          yield* Profiles.setMarketing({ version: "1" }).pipe(as(other.actor))
          yield* EmailChanges.ask({ email: "alan@private.example" }).pipe(as(other.actor))
          const mine = yield* profileOf(me)
          assert.deepStrictEqual(mine, {
            account: me.account,
            newAddress: null,
            addressSettlesAt: null,
            marketing: null
          })
          yield* EmailChanges.cancel({}).pipe(as(me.actor))
          assert.strictEqual((yield* profileOf(other)).newAddress?.email, "alan@private.example")
        })
      )
    )
  })
})
