import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Accounts from "../../src/accounts/index.ts"
import { EmailChanges, Sessions } from "../../src/accounts/index.ts"
import * as Joining from "../../src/joining/index.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import { TenantId } from "../../src/kernel/ids.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as Requests from "../../src/requests/index.ts"
import { DomainRepository } from "../../src/tenants/DomainRepository.ts"
import { Domains, Members, Permissions, StaffTenants } from "../../src/tenants/index.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { FaultyDomainProof } from "../../src/testing/FaultyDomainProof.ts"
import { enter, person as withPassword } from "../accounts/people.ts"
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
import { everyKind, job } from "../support/scenario.ts"
import { counts, eventsOf, membershipOf, type Person, person, staff, tagOf, world } from "./world.ts"

const firm = "firma.example"

/** Somebody with an address of the firm. */
const employee = Effect.fnUntraced(function* (name: string, domain = firm) {
  const account = yield* given.account(`${name}@${domain}`)
  return { account, actor: yield* signedIn(account) }
})

const claimed = Effect.fnUntraced(function* (domain = firm) {
  const all = yield* world
  const view = yield* Domains.claim({ tenantId: all.tenantId, domain }).pipe(as(all.owner.actor))
  return { ...all, view, ids: { tenantId: all.tenantId, domainId: view.id } }
})

/** The domain is proven by its record. */
const proven = Effect.gen(function* () {
  const all = yield* claimed()
  const records = yield* FaultyDomainProof
  yield* records.set(all.view.record.name, "v=spf1 -all", all.view.record.value)
  yield* Domains.proveByRecord(all.ids).pipe(as(all.owner.actor))
  return { ...all, records }
})

const opened = Effect.fnUntraced(function* (joining: "ask" | "at-once", role = "member") {
  const all = yield* proven
  yield* Domains.setJoining({ ...all.ids, joining, role }).pipe(as(all.owner.actor))
  return all
})

/** Somebody with a session and an address of their own, who can move to another one. */
const mover = Effect.fnUntraced(function* (name: string) {
  const account = yield* withPassword(`${name}@private.example`)
  return { account, actor: (yield* enter(account.email)).actor }
})

const move = Effect.fnUntraced(function* ({ account, actor }: Person, email: string) {
  yield* EmailChanges.ask({ email }).pipe(as(actor))
  const secret = yield* newestSecret(email)
  const { token } = yield* EmailChanges.confirm({ secret }).pipe(as(actor))
  return { account, actor: (yield* Sessions.authenticate(token)).actor }
})

const join = (tenantId: string, who: Person) => Domains.join({ tenantId }).pipe(as(who.actor))
const offersTo = (who: Person) => Effect.map(Permissions.whereCanIGo({}).pipe(as(who.actor)), ({ domains }) => domains)

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(effect, everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel(settings), storage))))

  describe(`Domains (${adapter})`, () => {
    it.effect(
      "TEN-10 R-IN-12 a domain is proven by its record, and before that nobody joins by it",
      proving(
        Effect.gen(function* () {
          const { ids, owner, tenantId, view } = yield* claimed()
          assert.deepInclude(view, { state: "claimed", joining: "nobody", domain: firm })
          const set = Domains.setJoining({ ...ids, joining: "at-once" }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(set), "DomainNotProven")
          const records = yield* FaultyDomainProof
          const prove = Domains.proveByRecord(ids).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(prove), "ProofNotFound")
          for (const text of ["portico-domain=", `x${view.record.value}`, `${view.record.value}0`]) {
            yield* records.set(view.record.name, text)
            assert.strictEqual(yield* tagOf(prove), "ProofNotFound", text)
          }
          yield* records.set(view.record.name, view.record.value)
          yield* records.down(true)
          assert.strictEqual(yield* tagOf(prove), "ProofNotFound")
          yield* records.down(false)
          const grace = yield* employee("grace")
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "NotFound")
          assert.deepInclude(yield* prove, { state: "proven", method: "dns" })
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "NotFound", "proven alone lets nobody join")
          assert.deepStrictEqual(yield* offersTo(grace), [])
          assert.strictEqual(yield* tagOf(set), "ok")
          assert.deepStrictEqual(yield* offersTo(grace), [{ tenantId, tenantName: "Muster GmbH", joining: "at-once" }])
          assert.strictEqual((yield* join(tenantId, grace))._tag, "Joined")
          assert.deepStrictEqual(
            (yield* records.asked).at(-1),
            `_portico-domain.${firm}`,
            "asked for below the domain itself"
          )
        })
      )
    )

    it.effect(
      "TEN-10 an address of the domain joins with the set role, once, and is a member like any other",
      proving(
        Effect.gen(function* () {
          const { member, tenantId } = yield* opened("at-once")
          const grace = yield* employee("grace")
          assert.deepStrictEqual(yield* join(tenantId, grace), { _tag: "Joined", tenantId, roles: ["member"] })
          assert.deepStrictEqual((yield* membershipOf(tenantId, grace))?.roles, ["member"])
          assert.strictEqual((yield* join(tenantId, grace))._tag, "AlreadyMember")
          assert.deepStrictEqual(yield* offersTo(grace), [])
          const { counted, kept } = yield* counts(tenantId)
          assert.deepStrictEqual(kept, counted)
          assert.deepInclude((yield* eventsOf(tenantId)).at(-1), {
            type: "membership.created",
            data: { accountId: grace.account.id, roles: ["member"], domain: firm }
          })
          // whose address is of another domain finds nothing there
          const stranger = yield* employee("stranger", "anders.example")
          assert.strictEqual(yield* tagOf(join(tenantId, stranger)), "NotFound")
          assert.strictEqual(yield* tagOf(join(tenantId, member)), "NotFound", "a member by another address")
        })
      )
    )

    it.effect(
      "TEN-10 REQ-02 where the tenant wants to be asked, a request waits, and approved it is taken like any other",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* opened("ask")
          const grace = yield* employee("grace")
          assert.deepStrictEqual(yield* offersTo(grace), [{ tenantId, tenantName: "Muster GmbH", joining: "ask" }])
          const answer = yield* join(tenantId, grace)
          assert.strictEqual(answer._tag, "Asked")
          assert.strictEqual((yield* join(tenantId, grace))._tag, "Asked", "the same again is the open one")
          assert.isUndefined(yield* membershipOf(tenantId, grace))
          const { items } = yield* Requests.waiting({}).pipe(as(owner.actor))
          assert.deepStrictEqual(
            items.map(({ details, kind }) => [kind, details.map(({ label }) => label.en)]),
            [["JoinTenant", ["Name", "E-mail address"]]],
            "the customer number is a credential, and not told"
          )
          yield* Requests.approve({ requestId: items[0]?.id ?? "", version: 1 }).pipe(as(owner.actor))
          const secret = yield* newestSecret(`grace@${firm}`)
          yield* Joining.SelfRegistrations.join({ secret }).pipe(as(grace.actor))
          assert.deepStrictEqual((yield* membershipOf(tenantId, grace))?.roles, ["member"])
        })
      )
    )

    it.effect(
      "TEN-10 REG-09 R-IN-12 who has moved to an address of the domain asks for 24 hours, and joins at once after them",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* opened("at-once")
          const [grace, alan] = [yield* mover("grace"), yield* mover("alan")]
          // asked for is not proven
          yield* EmailChanges.ask({ email: `grace@${firm}` }).pipe(as(grace.actor))
          assert.deepStrictEqual(yield* offersTo(grace), [])
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "NotFound")
          const moved = yield* move(grace, `grace@${firm}`)
          assert.deepStrictEqual(yield* offersTo(moved), [{ tenantId, tenantName: "Muster GmbH", joining: "ask" }])
          assert.strictEqual((yield* join(tenantId, moved))._tag, "Asked")
          assert.isUndefined(yield* membershipOf(tenantId, moved))
          const { items } = yield* Requests.waiting({}).pipe(as(owner.actor))
          assert.strictEqual(items.length, 1)
          const later = yield* move(alan, `alan@${firm}`)
          yield* TestClock.adjust("23 hours")
          assert.strictEqual((yield* offersTo(later))[0]?.joining, "ask")
          yield* TestClock.adjust("1 hour")
          assert.deepStrictEqual(yield* offersTo(later), [{ tenantId, tenantName: "Muster GmbH", joining: "at-once" }])
          assert.strictEqual((yield* join(tenantId, later))._tag, "Joined")
        })
      )
    )

    it.effect(
      "TEN-10 TEN-08 who was removed does not come back by the domain without being looked at",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* opened("at-once")
          const grace = yield* employee("grace")
          const linus = yield* employee("linus")
          yield* join(tenantId, grace)
          yield* join(tenantId, linus)
          yield* Members.remove({ tenantId, accountId: grace.account.id }).pipe(as(owner.actor))
          yield* Members.leave({ tenantId }).pipe(as(linus.actor))
          assert.strictEqual((yield* join(tenantId, grace))._tag, "Asked")
          assert.isUndefined(yield* membershipOf(tenantId, grace))
          assert.strictEqual((yield* join(tenantId, linus))._tag, "Joined", "who left can come again")
        })
      )
    )

    it.effect(
      "R-IN-12 the domain is compared exactly: nothing below it, above it, beside it or joined by a comma",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* opened("at-once")
          for (const domain of ["mail.firma.example", "xfirma.example", "firma.example.org", "firma-example.com"]) {
            const who = yield* employee("eve", domain)
            assert.strictEqual(yield* tagOf(join(tenantId, who)), "NotFound", domain)
            assert.deepStrictEqual(yield* offersTo(who), [], domain)
          }
          const claim = (domain: string) => tagOf(Domains.claim({ tenantId, domain }).pipe(as(owner.actor)))
          for (const domain of [
            "a.example,b.example",
            "a.example b.example",
            "*.example.com",
            "@firma.example",
            "x@firma.example",
            "com",
            "127.0.0.1",
            "firma.example/x",
            ".firma.example",
            ""
          ]) {
            assert.strictEqual(yield* claim(domain), "InvalidInput", domain)
          }
          // the same domain in other letters is the same
          const again = yield* Domains.claim({ tenantId, domain: " FIRMA.Example " }).pipe(as(owner.actor))
          assert.strictEqual(again.domain, firm)
          assert.strictEqual((yield* Domains.list({ tenantId }).pipe(as(owner.actor))).items.length, 1)
          const umlaut = yield* Domains.claim({ tenantId, domain: "Bücher.example" }).pipe(as(owner.actor))
          assert.strictEqual(umlaut.domain, "xn--bcher-kva.example")
        })
      )
    )

    it.effect(
      "R-IN-12 an address that nobody has confirmed joins nothing",
      proving(
        Effect.gen(function* () {
          const { tenantId } = yield* opened("at-once")
          yield* Accounts.Registrations.register({
            email: `grace@${firm}`,
            firstName: "Grace",
            lastName: "Hopper",
            consents: [{ kind: "privacy", version: "1" }]
          }).pipe(anonymously)
          const before = (yield* counts(tenantId)).counted.memberCount
          assert.deepStrictEqual(
            (yield* mailsTo(`grace@${firm}`)).map(({ kind }) => kind),
            ["accounts.confirmRegistration"]
          )
          // a registration is no account yet, and only an account, whose address is proven by its confirmation, can call what joins
          const accounts = yield* AccountRepository
          assert.isTrue(Option.isNone(yield* accounts.findByEmail(EmailAddress.make(`grace@${firm}`))))
          assert.deepStrictEqual(Domains.join.actors, ["Account"])
          assert.strictEqual((yield* counts(tenantId)).counted.memberCount, before)
        })
      )
    )

    it.effect(
      "R-IN-12 public mail providers, and what is below them, are refused by the operator's list",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* world
          const claim = (domain: string) => tagOf(Domains.claim({ tenantId, domain }).pipe(as(owner.actor)))
          for (const domain of ["gmail.com", "GMX.de", "mail.gmail.com", "post.example"]) {
            assert.strictEqual(yield* claim(domain), "PublicDomain", domain)
          }
          assert.strictEqual(yield* claim("notgmail.com"), "ok")
        }),
        { domains: { publicProviders: ["gmail.com", "gmx.de", "Post.example"] } }
      )
    )

    it.effect(
      "TEN-10 the postmaster's mail proves the domain, too: reading changes nothing, confirming counts once",
      proving(
        Effect.gen(function* () {
          const { ids, owner, tenantId } = yield* claimed()
          yield* Domains.askPostmaster(ids).pipe(as(owner.actor))
          const old = yield* newestSecret(`postmaster@${firm}`)
          yield* TestClock.adjust("1 second")
          yield* Domains.askPostmaster(ids).pipe(as(owner.actor))
          const secret = yield* newestSecret(`postmaster@${firm}`)
          assert.strictEqual(yield* tagOf(Domains.confirmPostmaster({ secret: old }).pipe(anonymously)), "LinkUnusable")
          const read = yield* Domains.readPostmaster({ secret }).pipe(anonymously)
          assert.deepInclude(read, { tenantName: "Muster GmbH", domain: firm })
          const state = Effect.map(Domains.list({ tenantId }).pipe(as(owner.actor)), ({ items }) => items[0]?.state)
          assert.strictEqual(yield* state, "claimed")
          yield* Domains.confirmPostmaster({ secret }).pipe(anonymously)
          assert.strictEqual(yield* state, "proven")
          assert.strictEqual(yield* tagOf(Domains.confirmPostmaster({ secret }).pipe(anonymously)), "LinkUnusable")
          // no record is looked for, and it holds for its time
          yield* TestClock.adjust("89 days")
          const due = Domains.review(ids).pipe(job)
          assert.strictEqual((yield* due).state, "not-due")
          yield* TestClock.adjust("1 days")
          assert.strictEqual((yield* due).state, "lost")
          assert.strictEqual(yield* state, "claimed")
        })
      )
    )

    it.effect(
      "TEN-10 one tenant has a domain: who proves it second is refused, as long as the first proof holds",
      proving(
        Effect.gen(function* () {
          const { foreignId, ids, other, owner, records } = yield* proven
          const theirs = yield* Domains.claim({ tenantId: foreignId, domain: firm }).pipe(as(other.actor))
          const mine = { tenantId: foreignId, domainId: theirs.id }
          const prove = Domains.proveByRecord(mine).pipe(as(other.actor))
          assert.strictEqual(yield* tagOf(prove), "ProofNotFound", "the record names the claim of one tenant")
          yield* records.set(theirs.record.name, theirs.record.value)
          assert.strictEqual(yield* tagOf(prove), "DomainTaken")
          yield* Domains.askPostmaster(mine).pipe(as(other.actor))
          const secret = yield* newestSecret(`postmaster@${firm}`)
          assert.strictEqual(yield* tagOf(Domains.confirmPostmaster({ secret }).pipe(anonymously)), "DomainTaken")
          yield* Domains.remove(ids).pipe(as(owner.actor))
          assert.deepInclude(yield* prove, { state: "proven" })
        })
      )
    )

    it.effect(
      "TEN-10 R-IN-12 the proof is looked at again: a record that is gone loses the domain, one that cannot be asked for does not",
      proving(
        Effect.gen(function* () {
          const { ids, owner, records, tenantId, view } = yield* opened("at-once")
          const grace = yield* employee("grace")
          const review = Effect.map(Domains.review(ids).pipe(job), ({ state }) => state)
          assert.strictEqual(yield* review, "not-due")
          yield* TestClock.adjust("1 days")
          assert.strictEqual(yield* review, "proven")
          yield* records.down(true)
          for (let n = 0; n < 5; n++) {
            yield* TestClock.adjust("1 days")
            assert.strictEqual(yield* review, "proven", "unknown is no miss")
          }
          yield* records.down(false)
          yield* records.set(view.record.name)
          for (const expected of ["proven", "proven"]) {
            yield* TestClock.adjust("1 days")
            assert.strictEqual(yield* review, expected)
          }
          assert.strictEqual((yield* offersTo({ ...grace, actor: grace.actor })).length, 1)
          // found again, the misses are forgotten
          yield* records.set(view.record.name, view.record.value)
          yield* TestClock.adjust("1 days")
          assert.strictEqual(yield* review, "proven")
          yield* records.set(view.record.name)
          for (const expected of ["proven", "proven", "lost"]) {
            yield* TestClock.adjust("1 days")
            assert.strictEqual(yield* review, expected)
          }
          assert.deepStrictEqual(yield* offersTo(grace), [])
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "NotFound")
          const [mail] = (yield* mailsTo("owner@example.com")).filter(({ kind }) => kind === "tenants.domainLost")
          assert.deepInclude(mail?.values, { domain: firm, tenantName: "Muster GmbH" })
          assert.strictEqual((yield* eventsOf(tenantId)).at(-1)?.type, "domain.lost")
          const items = (yield* Domains.list({ tenantId }).pipe(as(owner.actor))).items
          assert.deepStrictEqual(
            items.map(({ joining, state }) => [state, joining]),
            [["claimed", "nobody"]]
          )
        })
      )
    )

    it.effect(
      "TEN-10 R-IN-12 a proof that nobody could renew ends at its time, at that instant",
      proving(
        Effect.gen(function* () {
          const { records, tenantId } = yield* opened("at-once")
          const grace = yield* employee("grace")
          yield* records.down(true)
          yield* TestClock.setTime(90 * 24 * 3_600_000 - 1)
          assert.strictEqual((yield* offersTo(grace)).length, 1)
          yield* TestClock.adjust("1 millis")
          assert.deepStrictEqual(yield* offersTo(grace), [])
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "NotFound")
        })
      )
    )

    it.effect(
      "R-IN-12 TEN-10 the role is like a member's at most, also when what it carries has grown since",
      proving(
        Effect.gen(function* () {
          const { ids, owner, tenantId } = yield* proven
          const set = (role: string) =>
            tagOf(Domains.setJoining({ ...ids, joining: "at-once", role }).pipe(as(owner.actor)))
          for (const role of ["owner", "admin"]) assert.strictEqual(yield* set(role), "RoleTooHigh", role)
          assert.strictEqual(yield* set("emperor"), "InvalidInput")
          assert.strictEqual(yield* set("member"), "ok")
          const domains = yield* DomainRepository
          const stored = Option.getOrThrow(yield* domains.find(tenantId, ids.domainId))
          yield* domains.save({ ...stored, role: "admin" })
          const grace = yield* employee("grace")
          assert.strictEqual((yield* join(tenantId, grace))._tag, "Asked", "somebody has to look")
          assert.isUndefined(yield* membershipOf(tenantId, grace))
        })
      )
    )

    it.effect(
      "TEN-10 V-18 nobody joins by a dead session, nor asks a tenant that is suspended, whose postmaster's link opens nothing",
      proving(
        Effect.gen(function* () {
          const { ids, owner, tenantId } = yield* opened("ask")
          const grace = yield* employee("grace")
          const dead = { ...grace, actor: { ...grace.actor, credentialEpoch: grace.actor.credentialEpoch + 1 } }
          assert.strictEqual(yield* tagOf(join(tenantId, dead)), "SignInRequired")
          yield* Domains.askPostmaster(ids).pipe(as(owner.actor))
          const secret = yield* newestSecret(`postmaster@${firm}`)
          const tenants = yield* TenantRepository
          const setState = (state: "active" | "suspended") =>
            Effect.flatMap(Effect.map(tenants.find(tenantId), Option.getOrThrow), (tenant) =>
              tenants.save({ ...tenant, state })
            )
          yield* setState("suspended")
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "TenantNotActive")
          assert.strictEqual(yield* tagOf(Domains.readPostmaster({ secret }).pipe(anonymously)), "LinkUnusable")
          assert.strictEqual(yield* tagOf(Domains.confirmPostmaster({ secret }).pipe(anonymously)), "LinkUnusable")
          yield* setState("active")
          assert.strictEqual((yield* join(tenantId, grace))._tag, "Asked")
          assert.strictEqual(yield* tagOf(Domains.confirmPostmaster({ secret }).pipe(anonymously)), "ok")
        })
      )
    )

    it.effect(
      "TEN-10 LIM-01 a tenant names so many domains as it may, and one that it has named again",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId, view } = yield* claimed()
          const claim = (domain: string) => Domains.claim({ tenantId, domain }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(claim("other.example")), "TooManyDomains")
          assert.strictEqual((yield* claim(firm)).id, view.id)
        }),
        { domains: { maxPerTenant: 1 } }
      )
    )

    it.effect(
      "TEN-03 TEN-10 nobody lets others join with a role that carries more than they hold themself",
      proving(
        Effect.gen(function* () {
          const { ids, owner, tenantId } = yield* proven
          const clerk = yield* person("clerk")
          yield* given.member(tenantId, clerk.account, ["registrar"])
          const set = (who: Person, joining: "ask" | "at-once" | "nobody", role = "member") =>
            tagOf(Domains.setJoining({ ...ids, joining, role }).pipe(as(who.actor)))
          assert.strictEqual(yield* set(clerk, "at-once"), "NotAllowed")
          assert.strictEqual(yield* set(clerk, "ask"), "NotAllowed")
          assert.strictEqual(yield* set(clerk, "at-once", "guest"), "ok")
          assert.strictEqual(yield* set(owner, "at-once"), "ok")
          assert.strictEqual(yield* set(clerk, "nobody"), "ok", "which gives nobody anything")
        }),
        {
          roles: [
            ...builtInRoles,
            {
              name: "registrar",
              label: { de: "Domains", en: "Domains" },
              permissions: ["tenant.read", "domains.change"]
            },
            { name: "guest", label: { de: "Gast", en: "Guest" }, permissions: ["tenant.read"] }
          ]
        }
      )
    )

    it.effect(
      "TEN-10 R-TE-02 only who may change domains does, in their own tenant, and every seat counts",
      proving(
        Effect.gen(function* () {
          const { admin, foreignId, ids, other, owner, stranger, tenantId } = yield* opened("at-once")
          for (const [who, expected] of [
            [admin, "NotAllowed"],
            [stranger, "NotFound"],
            [other, "NotFound"]
          ] as const) {
            for (const call of [
              Effect.asVoid(Domains.list({ tenantId }).pipe(as(who.actor))),
              Effect.asVoid(Domains.claim({ tenantId, domain: "x.example" }).pipe(as(who.actor))),
              Effect.asVoid(Domains.proveByRecord(ids).pipe(as(who.actor))),
              Effect.asVoid(Domains.askPostmaster(ids).pipe(as(who.actor))),
              Effect.asVoid(Domains.setJoining({ ...ids, joining: "ask" }).pipe(as(who.actor))),
              Domains.remove(ids).pipe(as(who.actor))
            ] as ReadonlyArray<Effect.Effect<void, { readonly _tag: string }, Portal>>) {
              assert.strictEqual(yield* tagOf(call), expected)
            }
          }
          const foreign = { tenantId: foreignId, domainId: ids.domainId }
          assert.strictEqual(yield* tagOf(Domains.remove(foreign).pipe(as(other.actor))), "NotFound")
          const tenants = yield* TenantRepository
          const tenant = Option.getOrThrow(yield* tenants.find(tenantId))
          yield* tenants.save({ ...tenant, seats: 3 })
          const grace = yield* employee("grace")
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "NoSeatLeft")
          yield* Domains.setJoining({ ...ids, joining: "nobody" }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "NotFound")
          const missing = TenantId.make("01890000-0000-7000-8000-00000000dead")
          assert.strictEqual(yield* tagOf(join(missing, grace)), "NotFound")
        })
      )
    )

    it.effect(
      "TEN-09 TEN-10 a closed tenant's domain is free for others, and its people are offered nothing",
      proving(
        Effect.gen(function* () {
          const { foreignId, other, records, tenantId } = yield* opened("at-once")
          const staffers = yield* Accounts.StaffRepository
          const boss = yield* person("boss")
          yield* staffers.save({ accountId: boss.account.id, roles: ["operator"], since: boss.account.createdAt })
          const grace = yield* employee("grace")
          const operator = yield* staff(boss.account, "operator")
          yield* StaffTenants.close({ tenantId, reason: "Gekündigt" }).pipe(as(operator))
          assert.deepStrictEqual(yield* offersTo(grace), [])
          assert.strictEqual(yield* tagOf(join(tenantId, grace)), "NotFound")
          const theirs = yield* Domains.claim({ tenantId: foreignId, domain: firm }).pipe(as(other.actor))
          yield* records.set(theirs.record.name, theirs.record.value)
          const prove = Domains.proveByRecord({ tenantId: foreignId, domainId: theirs.id }).pipe(as(other.actor))
          assert.deepInclude(yield* prove, { state: "proven" })
        })
      )
    )
  })
})
