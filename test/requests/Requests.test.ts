import { assert, it } from "@effect/vitest"
import { Clock, Effect, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { RequestId, TenantId } from "../../src/kernel/ids.ts"
import { hashSecret, LinkRepository } from "../../src/kernel/Links.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { deputyNamed } from "../../src/requests/deputyMails.ts"
import * as Requests from "../../src/requests/index.ts"
import { lockForDecision } from "../../src/requests/workflow.ts"
import { Members, StaffTenants } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { earlierMail } from "../support/earlierMail.ts"
import { anonymously, as, everyPort, given, mailsTo, newestSecret } from "../support/portal.ts"
import {
  askFourEyes,
  askHandover,
  askJoin,
  askLink,
  askRename,
  completeJoin,
  confirmJoin,
  crew,
  FourEyes,
  Handover,
  Join,
  kindsTo,
  Link,
  type Person,
  person,
  Rename,
  requestOf,
  staffActor,
  tagOf,
  tenantOf,
  withKinds,
  world
} from "./world.ts"

const rename = (who: Person, tenantId: TenantId, name = "New name") =>
  askRename({ asker: { id: who.id, email: who.email }, payload: { tenantId, name } }).pipe(as(who.actor))

const approve = (
  who: Actor.Account | Actor.Staff,
  requestId: RequestId,
  version = 1,
  decision?: { roles: Array<string> }
) => Requests.approve({ requestId, version, ...(decision === undefined ? {} : { decision }) }).pipe(as(who))
const refuse = (who: Actor.Account | Actor.Staff, requestId: RequestId, version = 1) =>
  Requests.refuse({ requestId, version, reason: "Not now" }).pipe(as(who))
const waitingIds = (who: Actor.Account | Actor.Staff) =>
  Effect.map(Requests.waiting({}).pipe(as(who)), ({ items }) => items.map(({ id }) => id))

const job = Actor.provide(Actor.job("test"))

/** A clock that stands still. */
const clockAt = (millis: number) =>
  Effect.map(
    Clock.Clock,
    (clock): Clock.Clock => ({
      ...clock,
      currentTimeMillisUnsafe: () => millis,
      currentTimeMillis: Effect.succeed(millis),
      currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
      sleep: (duration) => clock.sleep(duration)
    })
  )
const remind = Requests.remindDue({ limit: 100 }).pipe(job)
const expire = Requests.expireOverdue({ limit: 100 }).pipe(job)

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = withKinds(storage)

  describe(`requests (${adapter})`, () => {
    it.effect("REQ-06 REQ-07 V-29 deciders are told, and an approval has its effect once, with its mail", () =>
      Effect.gen(function* () {
        const { asker, member, other, owner, second, tenantId } = yield* world()
        const { id, outcome, state } = yield* rename(asker, tenantId)
        assert.deepStrictEqual([outcome, state], ["Submitted", "Pending"])
        assert.deepStrictEqual(yield* kindsTo(owner.email), ["Rename.pending"])
        assert.deepStrictEqual(yield* kindsTo(second.email), ["Rename.pending"])
        for (const { email } of [member, other, asker]) assert.deepStrictEqual(yield* kindsTo(email), [])
        assert.deepStrictEqual(yield* waitingIds(owner.actor), [id])
        const done = yield* Requests.approve({ requestId: id, version: 1, note: "With pleasure" }).pipe(as(owner.actor))
        assert.deepInclude(done, { state: "Completed", approvals: 1, approvalsNeeded: 1 })
        const tenant = yield* tenantOf(tenantId)
        assert.strictEqual(tenant.name, "New name")
        const [mail] = yield* mailsTo(asker.email)
        assert.deepInclude(mail, { kind: "requests.Rename.approved", locale: "en" })
        assert.deepInclude(mail?.values, {
          note: "With pleasure",
          details: [{ label: { de: "Name", en: "Name" }, value: "New name" }]
        })
        assert.strictEqual(yield* tagOf(approve(second.actor, id)), "RequestClosed")
        assert.strictEqual(yield* tagOf(refuse(second.actor, id)), "RequestClosed")
        assert.strictEqual((yield* tenantOf(tenantId)).version, tenant.version)
        assert.deepStrictEqual(yield* waitingIds(second.actor), [])
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-03 REQ-08 REQ-09 a refusal needs a reason, reaches the asker, and cools down for a day", () =>
      Effect.gen(function* () {
        const { asker, owner, tenantId } = yield* world()
        const { id } = yield* rename(asker, tenantId)
        const without = Requests.refuse({ requestId: id, version: 1, reason: "  " }).pipe(as(owner.actor))
        assert.strictEqual(yield* tagOf(without), "InvalidInput")
        yield* refuse(owner.actor, id)
        const [mail] = yield* mailsTo(asker.email)
        assert.deepInclude(mail?.values, { reason: "Not now" })
        const { items } = yield* Requests.mine({}).pipe(as(asker.actor))
        assert.deepInclude(items[0], { id, state: "Refused", reason: "Not now" })
        assert.deepStrictEqual((yield* Requests.mine({}).pipe(as(owner.actor))).items, [])
        const again = yield* Effect.flip(rename(asker, tenantId))
        assert.deepInclude(again, { _tag: "CoolingDown", until: 86_400_000 })
        yield* TestClock.adjust("24 hours")
        assert.strictEqual((yield* rename(asker, tenantId)).outcome, "Submitted")
        assert.strictEqual((yield* tenantOf(tenantId)).name, "Muster GmbH")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-09 R-EN-01 that an address was refused is told to nobody who has not proven it", () =>
      Effect.gen(function* () {
        const { owner, tenantId } = yield* world()
        const ask = (email: string) => askJoin({ email, payload: { tenantId, name: "x" } }).pipe(anonymously)
        const email = "refused@example.com"
        const first = yield* ask(email)
        yield* confirmJoin({ secret: yield* newestSecret(email) }).pipe(anonymously)
        yield* refuse(owner.actor, first.id)
        yield* TestClock.adjust("1 hour")
        const answers = yield* Effect.forEach([email, "unknown@example.com"], ask)
        assert.deepStrictEqual(
          answers.map(({ outcome, state }) => `${outcome} ${state}`),
          ["Submitted AwaitingConfirmation", "Submitted AwaitingConfirmation"]
        )
        const secret = yield* newestSecret(email)
        const refused = yield* Effect.flip(confirmJoin({ secret }).pipe(anonymously))
        assert.deepInclude(refused, { _tag: "CoolingDown", until: 86_400_000 })
        // nor by signing in with that address is it sooner
        const late = yield* person("refused")
        const signedIn = askJoin({ email, payload: { tenantId, name: "x" } }).pipe(as(late.actor))
        assert.strictEqual(yield* tagOf(signedIn), "CoolingDown")
        assert.deepStrictEqual(yield* waitingIds(owner.actor), [])
        yield* TestClock.adjust("23 hours")
        assert.strictEqual((yield* confirmJoin({ secret }).pipe(anonymously)).state, "Pending")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-09 the same asked again is the open one, and is new after a withdrawal", () =>
      Effect.gen(function* () {
        const { asker, foreignId, owner, tenantId } = yield* world()
        const first = yield* rename(asker, tenantId)
        const again = yield* rename(asker, tenantId, "Another name")
        assert.deepStrictEqual([again.id, again.outcome], [first.id, "AlreadyOpen"])
        assert.strictEqual((yield* mailsTo(owner.email)).length, 1)
        assert.notStrictEqual((yield* rename(asker, foreignId)).id, first.id)
        yield* Requests.withdraw({ requestId: first.id }).pipe(as(asker.actor))
        assert.strictEqual(yield* tagOf(approve(owner.actor, first.id)), "RequestClosed")
        assert.strictEqual(
          yield* tagOf(Requests.withdraw({ requestId: first.id }).pipe(as(asker.actor))),
          "RequestClosed"
        )
        const other = yield* rename(asker, tenantId)
        assert.notStrictEqual(other.id, first.id)
        // its time ran out, and the job has not come by
        yield* TestClock.adjust("30 days")
        const late = yield* rename(asker, tenantId)
        assert.deepStrictEqual([late.outcome, late.id === other.id], ["Submitted", false])
        assert.strictEqual((yield* requestOf(other.id)).state, "Expired")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-01 REQ-09 V-09 what a stranger asked with somebody's address is not what its holder proves", () =>
      Effect.gen(function* () {
        const { asker, foreignId, other, owner, tenantId } = yield* world()
        const ask = (of: TenantId, name: string) => askJoin({ email: asker.email, payload: { tenantId: of, name } })
        const shown = (who: Person, requestId: RequestId) =>
          Effect.map(Requests.get({ requestId }).pipe(as(who.actor)), ({ details }) =>
            details.map(({ value }) => value)
          )
        const first = yield* ask(tenantId, "STRANGER").pipe(anonymously)
        const mine = yield* ask(tenantId, "MINE").pipe(as(asker.actor))
        assert.deepInclude(mine, { id: first.id, outcome: "Confirmed", state: "Pending", version: 2 })
        assert.deepStrictEqual(yield* shown(owner, first.id), ["MINE"])
        assert.deepInclude((yield* requestOf(first.id)).asker, { accountId: asker.id, locale: "de", staffId: null })
        // nor is it what the holder asks next without being signed in: the older link confirms nothing
        const byMail = yield* ask(foreignId, "STRANGER").pipe(anonymously)
        const stale = yield* newestSecret(asker.email)
        assert.strictEqual((yield* ask(foreignId, "MINE").pipe(anonymously)).id, byMail.id)
        assert.strictEqual(yield* tagOf(confirmJoin({ secret: stale }).pipe(anonymously)), "LinkUnusable")
        yield* confirmJoin({ secret: yield* newestSecret(asker.email) }).pipe(anonymously)
        assert.deepStrictEqual(yield* shown(other, byMail.id), ["MINE"])
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-04 R-AP-01 nobody decides their own request: as owner, by another's address, or at the keyboard of staff",
      () =>
        Effect.gen(function* () {
          const { asker, member, owner, second, tenantId } = yield* world()
          const own = yield* rename(owner, tenantId)
          assert.deepStrictEqual(yield* kindsTo(owner.email), [])
          assert.deepStrictEqual(yield* kindsTo(second.email), ["Rename.pending"])
          assert.strictEqual(yield* tagOf(approve(owner.actor, own.id)), "AskerCannotDecide")
          assert.strictEqual(yield* tagOf(refuse(owner.actor, own.id)), "AskerCannotDecide")
          assert.deepStrictEqual(yield* waitingIds(owner.actor), [])
          assert.strictEqual((yield* approve(second.actor, own.id)).state, "Completed")
          // asked with the owner's address, by somebody who was not signed in as the owner
          const byAddress = yield* askRename({
            asker: { id: asker.id, email: second.email },
            payload: { tenantId, name: "Third" }
          }).pipe(as(asker.actor))
          assert.strictEqual(yield* tagOf(approve(second.actor, byAddress.id)), "AskerCannotDecide")
          // staff who act for the asker are at the keyboard, and stay on the asker's side as themselves
          const staff = yield* staffActor(owner.account, "agent")
          const acting: Actor.StaffActingFor = {
            _tag: "StaffActingFor",
            staff,
            accountId: member.id,
            reason: "asked by phone",
            until: Instant.fromMillis(1_000_000)
          }
          const impersonated = yield* askRename({
            asker: { id: member.id, email: member.email },
            payload: { tenantId, name: "Fourth" }
          }).pipe(as(acting))
          assert.strictEqual(yield* tagOf(approve(owner.actor, impersonated.id)), "AskerCannotDecide")
          // nor does anybody decide while acting for somebody
          const deciding = Requests.approve({ requestId: impersonated.id, version: 1 }).pipe(
            Actor.provide<Actor.Account>({ ...acting, accountId: second.id } as never)
          )
          assert.strictEqual(yield* tagOf(deciding), "NotAllowed")
          assert.strictEqual((yield* approve(second.actor, impersonated.id)).state, "Completed")
        }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-04 R-AP-01 nobody decides what was asked from the address of their membership", () =>
      Effect.gen(function* () {
        const { member, owner, second, tenantId } = yield* world()
        const memberships = yield* MembershipRepository
        const contactEmail = EmailAddress.make("office@example.com")
        const place = Option.getOrThrow(yield* memberships.find(tenantId, owner.id))
        yield* memberships.update({ ...place, contactEmail })
        yield* Requests.nameDeputy({ deputyId: member.id, tenantId, until: 1000 }).pipe(as(owner.actor))
        const asked = yield* askJoin({ email: contactEmail, payload: { tenantId, name: "x" } }).pipe(anonymously)
        yield* confirmJoin({ secret: yield* newestSecret(contactEmail) }).pipe(anonymously)
        for (const who of [owner, member]) {
          assert.strictEqual(yield* tagOf(approve(who.actor, asked.id, 1, { roles: ["member"] })), "AskerCannotDecide")
          assert.deepStrictEqual(yield* waitingIds(who.actor), [])
        }
        assert.notInclude(yield* kindsTo(contactEmail), "Join.pending")
        assert.strictEqual((yield* approve(second.actor, asked.id, 1, { roles: ["member"] })).state, "Approved")
      }).pipe(Effect.provide(portal))
    )

    it.effect("V-18 REQ-07 a dead session names, ends and sees no deputies", () =>
      Effect.gen(function* () {
        const { member, owner, tenantId } = yield* world()
        const agent = yield* crew("agent", "agent")
        const other = yield* crew("colleague", "agent")
        const name = Requests.nameDeputy({ deputyId: member.id, tenantId, until: 1000 })
        const { id } = yield* name.pipe(as(owner.actor))
        const dead = { ...owner.actor, credentialEpoch: 7 }
        assert.strictEqual(yield* tagOf(name.pipe(as(dead))), "SignInRequired")
        assert.strictEqual(yield* tagOf(Requests.endDeputy({ id }).pipe(as(dead))), "SignInRequired")
        assert.strictEqual(yield* tagOf(Requests.deputies({}).pipe(as(dead))), "SignInRequired")
        const among = Requests.nameDeputy({ deputyId: other.id, until: 1000 })
        assert.strictEqual(yield* tagOf(among.pipe(as({ ...agent.staff, credentialEpoch: 7 }))), "SignInRequired")
        assert.strictEqual((yield* Requests.deputies({}).pipe(as(owner.actor))).items.length, 1)
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 only who decides names a deputy, and not without end", () =>
      Effect.gen(function* () {
        const { member, owner, second, tenantId } = yield* world()
        const name = (who: Person, deputy: Person) =>
          tagOf(Requests.nameDeputy({ deputyId: deputy.id, tenantId, until: 1000 }).pipe(as(who.actor)))
        assert.strictEqual(yield* name(member, owner), "NotAllowed")
        // what comes of a right may not be had before the right
        yield* Members.changeRoles({ tenantId, accountId: owner.id, roles: ["admin"] }).pipe(as(second.actor))
        assert.strictEqual(yield* name(owner, member), "NotAllowed")
        const named = yield* Effect.forEach([1, 2, 3], () => name(second, member))
        assert.deepStrictEqual(named, ["ok", "ok", "TooManyAttempts"])
        assert.strictEqual((yield* kindsTo(member.email)).filter((kind) => kind === "deputyNamed").length, 2)
        const agent = yield* crew("agent", "agent")
        const other = yield* crew("colleague", "agent")
        const among = Requests.nameDeputy({ deputyId: other.id, until: 1000 }).pipe(as(agent.staff))
        const staffs = yield* Effect.forEach([1, 2, 3], () => tagOf(among))
        assert.deepStrictEqual(staffs, ["ok", "ok", "TooManyAttempts"])
      }).pipe(Effect.provide(withKinds(storage, { limits: { deputiesPerAccount: { max: 2, window: "1 hour" } } })))
    )

    it.effect("REQ-04 V-28 nobody decides through a tenant what another of their tenants asks", () =>
      Effect.gen(function* () {
        const { foreignId, other, owner, second, tenantId } = yield* world()
        yield* given.member(foreignId, owner.account, ["owner"])
        const { id } = yield* askLink({
          asker: { id: other.id, email: other.email },
          payload: { tenantId, name: "Linked", from: foreignId }
        }).pipe(as(other.actor))
        assert.strictEqual(yield* tagOf(approve(owner.actor, id)), "AskerCannotDecide")
        assert.strictEqual(yield* tagOf(approve(other.actor, id)), "AskerCannotDecide")
        assert.deepStrictEqual(yield* waitingIds(owner.actor), [])
        assert.deepStrictEqual(yield* kindsTo(owner.email), [])
        assert.strictEqual((yield* approve(second.actor, id)).state, "Completed")
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-04 REQ-05 V-28 no change of a request says that another tenant asks, whose people would decide it",
      () =>
        Effect.gen(function* () {
          const { asker, foreignId, other, owner, tenantId } = yield* world()
          yield* given.member(foreignId, owner.account, ["owner"])
          const askers = yield* given.tenant(asker.account)
          const { id } = yield* askLink({
            asker: { id: other.id, email: other.email },
            payload: { tenantId, name: "Linked", from: foreignId }
          }).pipe(as(other.actor))
          const amend = (from: TenantId, name: string) =>
            Requests.amend({ requestId: id, payload: { tenantId, name, from } }).pipe(as(other.actor))
          assert.strictEqual(yield* tagOf(amend(askers.id, "Linked")), "NotAmendable")
          assert.strictEqual((yield* amend(foreignId, "Other name")).version, 2)
          assert.strictEqual(yield* tagOf(approve(owner.actor, id, 2)), "AskerCannotDecide")
        }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-05 R-AP-03 a decision on what has changed since is stale", () =>
      Effect.gen(function* () {
        const { asker, owner, tenantId } = yield* world()
        const { id } = yield* rename(asker, tenantId)
        const amend = (payload: { readonly tenantId: string; readonly name: string }) =>
          Requests.amend({ requestId: id, payload }).pipe(as(asker.actor))
        const amended = yield* amend({ tenantId, name: "Changed" })
        assert.strictEqual(amended.version, 2)
        assert.strictEqual(yield* tagOf(approve(owner.actor, id, 1)), "StaleDecision")
        assert.strictEqual(yield* tagOf(refuse(owner.actor, id, 1)), "StaleDecision")
        const notOwn = Requests.amend({ requestId: id, payload: { tenantId, name: "Mine" } }).pipe(as(owner.actor))
        assert.strictEqual(yield* tagOf(notOwn), "NotFound")
        const fault = yield* Effect.flip(Requests.amend({ requestId: id, payload: { tenantId } }).pipe(as(asker.actor)))
        assert.deepInclude(fault, { _tag: "InvalidInput", issues: [{ path: ["payload", "name"], code: "missing" }] })
        yield* approve(owner.actor, id, 2)
        assert.strictEqual((yield* tenantOf(tenantId)).name, "Changed")
        assert.strictEqual(yield* tagOf(amend({ tenantId, name: "Late" })), "RequestClosed")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-04 R-AP-02 R-AP-08 AUT-10 two supervisors decide, with a fresh proof of identity", () =>
      Effect.gen(function* () {
        const { asker, owner, tenantId } = yield* world()
        const agent = yield* crew("agent", "agent")
        const one = yield* crew("one", "supervisor")
        const two = yield* crew("two", "operator")
        const { id } = yield* askFourEyes({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "Seen" }
        }).pipe(as(asker.actor))
        assert.deepStrictEqual(yield* kindsTo(one.email), ["FourEyes.pending"])
        assert.deepStrictEqual(yield* kindsTo(agent.email), [])
        assert.strictEqual(yield* tagOf(approve(agent.staff, id)), "NotAllowed")
        // as customers they have nothing to do with it, and neither has the tenant
        for (const { actor } of [one, two, owner]) assert.strictEqual(yield* tagOf(approve(actor, id)), "NotFound")
        assert.deepInclude(yield* approve(one.staff, id), { state: "Pending", approvals: 1, approvalsNeeded: 2 })
        assert.strictEqual(yield* tagOf(approve(one.staff, id)), "AnotherPersonNeeded")
        assert.deepStrictEqual(yield* waitingIds(one.staff), [])
        assert.deepStrictEqual(yield* waitingIds(two.staff), [id])
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(yield* tagOf(approve(two.staff, id)), "StepUpRequired")
        assert.strictEqual(yield* tagOf(refuse(two.staff, id)), "StepUpRequired")
        const fresh = yield* staffActor(two.account, "operator")
        assert.strictEqual((yield* approve(fresh, id)).state, "Completed")
        assert.strictEqual((yield* tenantOf(tenantId)).name, "Seen")
        assert.deepStrictEqual(yield* kindsTo(asker.email), ["FourEyes.approved"])
      }).pipe(Effect.provide(portal))
    )

    it.effect("R-AP-05 V-28 who was dismissed before the effect does not count any more", () =>
      Effect.gen(function* () {
        const { asker, tenantId } = yield* world()
        const one = yield* crew("one", "supervisor")
        const two = yield* crew("two", "supervisor")
        const three = yield* crew("three", "supervisor")
        const { id } = yield* askFourEyes({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "Seen" }
        }).pipe(as(asker.actor))
        yield* approve(one.staff, id)
        const staff = yield* StaffRepository
        yield* staff.remove(one.id)
        assert.deepInclude(yield* approve(two.staff, id), { state: "Pending", approvals: 1 })
        // the roles of the session are of yesterday
        assert.strictEqual(yield* tagOf(approve(one.staff, id)), "NotFound")
        assert.strictEqual((yield* approve(three.staff, id)).state, "Completed")
      }).pipe(Effect.provide(portal))
    )

    it.effect("R-AP-02 R-AP-05 an approver who came in between is not counted before their row is held", () =>
      Effect.gen(function* () {
        const { asker, tenantId } = yield* world()
        const one = yield* crew("one", "supervisor")
        const two = yield* crew("two", "supervisor")
        const uow = yield* UnitOfWork
        const { id } = yield* askFourEyes({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "Seen" }
        }).pipe(as(asker.actor))
        const read = yield* requestOf(id)
        yield* approve(one.staff, id)
        const lock = (request: typeof read) =>
          Effect.flatMap(Instant.now, (now) => uow.run(lockForDecision(FourEyes, request, [two.id], now)))
        const fault = yield* Effect.flip(lock(read))
        assert.deepInclude(fault, { _tag: "PersistenceError", reason: "conflict" })
        assert.isTrue(Option.isSome(yield* lock(yield* requestOf(id))))
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 G-05 R-AP-05 who lost the right is refused, and to strangers there is no such request", () =>
      Effect.gen(function* () {
        const { asker, member, other, owner, second, tenantId } = yield* world()
        const { id } = yield* rename(asker, tenantId)
        const get = (who: Person) =>
          Effect.match(Requests.get({ requestId: id }).pipe(as(who.actor)), {
            onFailure: ({ _tag }) => _tag,
            onSuccess: ({ may }) => JSON.stringify(may)
          })
        assert.strictEqual(yield* get(owner), '{"decide":true,"withdraw":false,"amend":false}')
        assert.strictEqual(yield* get(asker), '{"decide":false,"withdraw":true,"amend":true}')
        for (const stranger of [member, other]) assert.strictEqual(yield* get(stranger), "NotFound")
        assert.strictEqual(yield* tagOf(approve(member.actor, id)), "NotAllowed")
        assert.strictEqual(yield* tagOf(approve(other.actor, id)), "NotFound")
        assert.strictEqual(yield* tagOf(refuse(other.actor, id)), "NotFound")
        assert.strictEqual(yield* tagOf(Requests.withdraw({ requestId: id }).pipe(as(owner.actor))), "NotFound")
        yield* Members.changeRoles({ tenantId, accountId: owner.id, roles: ["member"] }).pipe(as(second.actor))
        assert.strictEqual(yield* tagOf(approve(owner.actor, id)), "NotAllowed")
        assert.deepStrictEqual(yield* waitingIds(owner.actor), [])
        assert.strictEqual(yield* get(owner), "NotFound")
        const dead = { ...second.actor, credentialEpoch: 7 }
        assert.strictEqual(yield* tagOf(approve(dead, id)), "SignInRequired")
        assert.deepStrictEqual(yield* waitingIds(dead), [])
        assert.strictEqual((yield* approve(second.actor, id)).state, "Completed")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-06 G-03 what the effect refuses leaves the request as it was, and says why in both languages", () =>
      Effect.gen(function* () {
        const { asker, owner, tenantId } = yield* world()
        const { id } = yield* rename(asker, tenantId, "taken")
        const before = yield* requestOf(id)
        const refusal = yield* Effect.flip(approve(owner.actor, id))
        assert.deepInclude(refusal, {
          _tag: "EffectRefused",
          refusal: "NameTaken",
          de: "Den Namen „taken“ gibt es schon.",
          en: "The name “taken” is taken."
        })
        assert.strictEqual(refusal.message, "The name “taken” is taken.")
        assert.deepStrictEqual(yield* requestOf(id), before)
        assert.deepStrictEqual(yield* kindsTo(asker.email), [])
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-07 a deputy decides what the principal may, as long as the principal may, in the period, never own requests",
      () =>
        Effect.gen(function* () {
          const { asker, member, other, owner, second, tenantId } = yield* world()
          const name = (deputyId: Person["id"], until = 86_400_000) =>
            Requests.nameDeputy({ deputyId, tenantId, until }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(name(other.id)), "DeputyNotPossible")
          assert.strictEqual(yield* tagOf(name(owner.id)), "DeputyNotPossible")
          assert.strictEqual(yield* tagOf(name(member.id, 0)), "InvalidInput")
          assert.strictEqual(yield* tagOf(name(member.id, 367 * 86_400_000)), "InvalidInput")
          const foreign = Requests.nameDeputy({ deputyId: owner.id, tenantId, until: 1000 }).pipe(as(other.actor))
          assert.strictEqual(yield* tagOf(foreign), "NotFound")
          const deputy = yield* name(member.id)
          assert.deepStrictEqual(yield* kindsTo(member.email), ["deputyNamed"])
          const { id } = yield* rename(asker, tenantId)
          assert.deepStrictEqual(yield* kindsTo(member.email), ["deputyNamed", "Rename.pending"])
          assert.deepStrictEqual(yield* waitingIds(member.actor), [id])
          const done = yield* approve(member.actor, id)
          assert.strictEqual(done.state, "Completed")
          assert.deepInclude((yield* requestOf(id)).approvals[0], { accountId: member.id, onBehalfOf: owner.id })
          // neither the deputy's own, nor the principal's
          const own = yield* rename(member, tenantId, "Own")
          assert.strictEqual(yield* tagOf(approve(member.actor, own.id)), "AskerCannotDecide")
          const principals = yield* rename(owner, tenantId, "Principal's")
          assert.strictEqual(yield* tagOf(approve(member.actor, principals.id)), "AskerCannotDecide")
          yield* approve(second.actor, own.id)
          yield* approve(second.actor, principals.id)
          // the principal loses the right
          const third = yield* rename(asker, tenantId, "Third")
          yield* Members.changeRoles({ tenantId, accountId: owner.id, roles: ["member"] }).pipe(as(second.actor))
          assert.strictEqual(yield* tagOf(approve(member.actor, third.id)), "NotAllowed")
          yield* Members.changeRoles({ tenantId, accountId: owner.id, roles: ["owner"] }).pipe(as(second.actor))
          // the principal ends it
          const list = Requests.deputies({}).pipe(as(member.actor))
          assert.deepStrictEqual(
            (yield* list).items.map(({ id }) => id),
            [deputy.id]
          )
          assert.strictEqual(yield* tagOf(Requests.endDeputy({ id: deputy.id }).pipe(as(member.actor))), "NotFound")
          yield* Requests.endDeputy({ id: deputy.id }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(approve(member.actor, third.id)), "NotAllowed")
          assert.deepStrictEqual((yield* list).items, [])
          // the period is over
          yield* name(member.id)
          assert.deepStrictEqual(yield* waitingIds(member.actor), [third.id])
          yield* TestClock.adjust("24 hours")
          assert.strictEqual(yield* tagOf(approve(member.actor, third.id)), "NotAllowed")
        }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-05 what its kind does not let be changed is not changed, by the asker either", () =>
      Effect.gen(function* () {
        const { asker, member, tenantId } = yield* world()
        const payload = { tenantId, name: "Before", to: member.id }
        const { id } = yield* askHandover({ asker: { id: asker.id, email: asker.email }, payload }).pipe(
          as(asker.actor)
        )
        const amend = Requests.amend({ requestId: id, payload: { ...payload, name: "After" } }).pipe(as(asker.actor))
        assert.strictEqual(yield* tagOf(amend), "NotAmendable")
        assert.deepInclude(yield* requestOf(id), { version: 1, payload })
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-07 G-01 members name a deputy in a tenant, staff without one, and who was dismissed names nobody",
      () =>
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world()
          const agent = yield* crew("agent", "agent")
          const former = yield* crew("former", "agent")
          const name = (who: Actor.Account | Actor.Staff, deputyId: string, inTenant?: string) =>
            tagOf(
              Requests.nameDeputy({
                deputyId,
                until: 10_000,
                ...(inTenant === undefined ? {} : { tenantId: inTenant })
              }).pipe(as(who))
            )
          assert.strictEqual(yield* name(owner.actor, member.id), "InvalidInput")
          assert.strictEqual(yield* name(agent.staff, former.id, tenantId), "InvalidInput")
          assert.strictEqual(yield* name(former.staff, agent.id), "ok")
          const staff = yield* StaffRepository
          yield* staff.remove(former.id)
          assert.strictEqual(yield* name(former.staff, agent.id), "NotAllowed")
        }).pipe(Effect.provide(portal))
    )

    it.effect("TEN-08 REQ-07 a deputy goes with either membership, and does not come back with another one", () =>
      Effect.gen(function* () {
        const { asker, member, owner, second, tenantId } = yield* world()
        yield* rename(asker, tenantId)
        const name = (principal: Person) =>
          Requests.nameDeputy({ deputyId: member.id, tenantId, until: 10_000 }).pipe(as(principal.actor))
        const { id } = yield* name(owner)
        assert.strictEqual((yield* waitingIds(member.actor)).length, 1)
        yield* Members.remove({ tenantId, accountId: member.id }).pipe(as(second.actor))
        yield* given.member(tenantId, member.account, ["member"])
        assert.deepStrictEqual(yield* waitingIds(member.actor), [])
        assert.deepStrictEqual((yield* Requests.deputies({}).pipe(as(owner.actor))).items, [])
        yield* name(second)
        assert.strictEqual((yield* waitingIds(member.actor)).length, 1)
        yield* Members.leave({ tenantId }).pipe(as(second.actor))
        yield* given.member(tenantId, second.account, ["owner"])
        assert.deepStrictEqual(yield* waitingIds(member.actor), [])
        const events = yield* EventRepository
        const log = yield* events.list(tenantId, {}, { after: Option.none(), limit: 100 })
        const ended = log.filter(({ type }) => type === "deputy.ended")
        assert.strictEqual(ended.length, 2)
        assert.isTrue(ended.some(({ subjectId }) => subjectId === id))
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 R-AP-05 a decision that began before the end of being a deputy, and came late, is refused", () =>
      Effect.gen(function* () {
        const { asker, member, owner, tenantId } = yield* world()
        const agent = yield* crew("agent", "agent")
        const supervisor = yield* crew("supervisor", "supervisor")
        const inTenant = yield* Requests.nameDeputy({ deputyId: member.id, tenantId, until: 10_000 }).pipe(
          as(owner.actor)
        )
        const amongStaff = yield* Requests.nameDeputy({ deputyId: agent.id, until: 10_000 }).pipe(as(supervisor.staff))
        const { id } = yield* rename(asker, tenantId)
        const seen = yield* askFourEyes({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "Seen" }
        }).pipe(as(asker.actor))
        yield* TestClock.setTime(1000)
        yield* Requests.endDeputy({ id: inTenant.id }).pipe(as(owner.actor))
        yield* Requests.endDeputy({ id: amongStaff.id }).pipe(as(supervisor.staff))
        // it had read its clock before it had to wait for the end
        yield* Effect.gen(function* () {
          assert.strictEqual(yield* Instant.now, 999)
          assert.strictEqual(yield* tagOf(approve(member.actor, id)), "NotAllowed")
          assert.strictEqual(yield* tagOf(approve(agent.staff, seen.id)), "NotAllowed")
          assert.deepStrictEqual(yield* waitingIds(member.actor), [])
        }).pipe(Effect.provideService(Clock.Clock, yield* clockAt(999)))
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-04 REQ-07 among staff a deputy and the principal are one of the two who must approve", () =>
      Effect.gen(function* () {
        const { asker, tenantId } = yield* world()
        const agent = yield* crew("agent", "agent")
        const one = yield* crew("one", "supervisor")
        const two = yield* crew("two", "supervisor")
        const deputy = Requests.nameDeputy({ deputyId: agent.id, until: 1_000_000 })
        yield* deputy.pipe(as(one.staff))
        assert.strictEqual(
          yield* tagOf(Requests.nameDeputy({ deputyId: asker.id, until: 1000 }).pipe(as(one.staff))),
          "DeputyNotPossible"
        )
        const { id } = yield* askFourEyes({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "Seen" }
        }).pipe(as(asker.actor))
        assert.strictEqual((yield* approve(agent.staff, id)).state, "Pending")
        assert.strictEqual(yield* tagOf(approve(one.staff, id)), "AnotherPersonNeeded")
        assert.deepStrictEqual(yield* waitingIds(one.staff), [])
        assert.strictEqual((yield* approve(two.staff, id)).state, "Completed")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-02 one person decides what is asked of them, and nobody else", () =>
      Effect.gen(function* () {
        const { asker, member, owner, tenantId } = yield* world()
        const { id } = yield* askHandover({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "Handed over", to: member.id }
        }).pipe(as(asker.actor))
        assert.deepStrictEqual(yield* kindsTo(member.email), ["Handover.pending"])
        assert.strictEqual(yield* tagOf(approve(owner.actor, id)), "NotFound")
        assert.strictEqual((yield* approve(member.actor, id)).state, "Completed")
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-01 R-AP-07 somebody without an account confirms, is approved with roles, and completes by the link",
      () =>
        Effect.gen(function* () {
          const { member, owner, second, tenantId } = yield* world()
          yield* Members.changeRoles({ tenantId, accountId: member.id, roles: ["member"] }).pipe(as(owner.actor))
          const email = "new@example.com"
          const asked = yield* askJoin({ email, payload: { tenantId, name: "Joined" } }).pipe(anonymously)
          assert.strictEqual(asked.state, "AwaitingConfirmation")
          assert.deepStrictEqual(yield* kindsTo(owner.email), [])
          assert.deepStrictEqual(yield* kindsTo(email), ["Join.confirm"])
          assert.strictEqual(yield* tagOf(approve(owner.actor, asked.id, 1, { roles: ["member"] })), "NotFound")
          assert.strictEqual(yield* tagOf(Requests.get({ requestId: asked.id }).pipe(as(owner.actor))), "NotFound")
          const again = yield* askJoin({ email, payload: { tenantId, name: "Joined" } }).pipe(anonymously)
          assert.deepStrictEqual([again.id, again.outcome], [asked.id, "AlreadyOpen"])
          const secret = yield* newestSecret(email)
          assert.strictEqual((yield* confirmJoin({ secret }).pipe(anonymously)).state, "Pending")
          assert.strictEqual(yield* tagOf(confirmJoin({ secret }).pipe(anonymously)), "LinkUnusable")
          assert.deepStrictEqual(yield* kindsTo(owner.email), ["Join.pending"])
          const fault = yield* Effect.flip(approve(owner.actor, asked.id, 1))
          assert.deepInclude(fault, {
            _tag: "InvalidInput",
            issues: [{ path: ["decision", "roles"], code: "missing" }]
          })
          const approved = yield* approve(owner.actor, asked.id, 1, { roles: ["admin"] })
          assert.strictEqual(approved.state, "Approved")
          assert.strictEqual((yield* tenantOf(tenantId)).name, "Muster GmbH")
          const offer = yield* newestSecret(email)
          // renewed by another owner, with other roles: the older link opens nothing
          yield* approve(second.actor, asked.id, 1, { roles: ["member"] })
          assert.strictEqual(yield* tagOf(completeJoin({ secret: offer }).pipe(anonymously)), "LinkUnusable")
          const renewed = yield* newestSecret(email)
          // whoever approved may not any more
          yield* Members.changeRoles({ tenantId, accountId: second.id, roles: ["member"] }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(completeJoin({ secret: renewed }).pipe(anonymously)), "ApproverLostAuthority")
          // an admin has no right to decide here, so the owner renews
          yield* approve(owner.actor, asked.id, 1, { roles: ["admin"] })
          const last = yield* newestSecret(email)
          assert.deepStrictEqual(yield* completeJoin({ secret: last }).pipe(anonymously), { roles: ["admin"] })
          assert.strictEqual((yield* tenantOf(tenantId)).name, "Joined")
          assert.strictEqual(yield* tagOf(completeJoin({ secret: last }).pipe(anonymously)), "RequestClosed")
          assert.strictEqual((yield* requestOf(asked.id)).state, "Completed")
        }).pipe(Effect.provide(portal))
    )

    it.effect(
      "R-AP-05 REQ-07 nobody approves a choice that their right, or that of the one they stand in for, does not cover",
      () =>
        Effect.gen(function* () {
          const { asker, owner, second, member, tenantId } = yield* world()
          const { id } = yield* askJoin({ email: asker.email, payload: { tenantId, name: "x" } }).pipe(as(asker.actor))
          yield* Members.changeRoles({ tenantId, accountId: second.id, roles: ["doorkeeper"] }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(approve(second.actor, id, 1, { roles: ["owner"] })), "NotAllowed")
          yield* Requests.nameDeputy({ deputyId: member.id, tenantId, until: 1000 }).pipe(as(second.actor))
          assert.strictEqual(yield* tagOf(approve(member.actor, id, 1, { roles: ["admin"] })), "NotAllowed")
          assert.strictEqual((yield* approve(member.actor, id, 1, { roles: ["member"] })).state, "Approved")
          // what was granted when it could be is judged again when it is taken
          yield* approve(owner.actor, id, 1, { roles: ["admin"] })
          const secret = yield* newestSecret(asker.email)
          yield* given.member(tenantId, (yield* person("third")).account, ["owner"])
          yield* Members.changeRoles({ tenantId, accountId: owner.id, roles: ["doorkeeper"] }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(completeJoin({ secret }).pipe(anonymously)), "ApproverLostAuthority")
        }).pipe(
          Effect.provide(
            withKinds(storage, {
              roles: [
                ...builtInRoles,
                {
                  name: "doorkeeper",
                  label: { de: "Empfang", en: "Reception" },
                  permissions: ["tenant.read", "members.read", "requests.decide"]
                }
              ]
            })
          )
        )
    )

    it.effect(
      "REQ-06 REQ-07 INV-05 what a deputy offered outlives the period, and neither the principal's right nor the deputy's leaving",
      () =>
        Effect.gen(function* () {
          const { member, owner, second, tenantId } = yield* world()
          yield* Requests.nameDeputy({ deputyId: member.id, tenantId, until: 1000 }).pipe(as(owner.actor))
          const offered = Effect.fnUntraced(function* (email: string, name: string) {
            const asked = yield* askJoin({ email, payload: { tenantId, name } }).pipe(anonymously)
            yield* confirmJoin({ secret: yield* newestSecret(email) }).pipe(anonymously)
            yield* approve(member.actor, asked.id, 1, { roles: ["member"] })
            return yield* newestSecret(email)
          })
          const first = yield* offered("first@example.com", "First")
          const last = yield* offered("last@example.com", "Last")
          const third = yield* offered("third@example.com", "Third")
          const fourth = yield* offered("fourth@example.com", "Fourth")
          yield* TestClock.adjust("2 seconds")
          assert.deepStrictEqual(yield* completeJoin({ secret: first }).pipe(anonymously), { roles: ["member"] })
          // ended by the principal before its time, too
          const again = yield* Requests.nameDeputy({ deputyId: member.id, tenantId, until: 10_000 }).pipe(
            as(owner.actor)
          )
          yield* Requests.endDeputy({ id: again.id }).pipe(as(owner.actor))
          assert.deepStrictEqual(yield* completeJoin({ secret: last }).pipe(anonymously), { roles: ["member"] })
          yield* Members.changeRoles({ tenantId, accountId: owner.id, roles: ["member"] }).pipe(as(second.actor))
          assert.strictEqual(yield* tagOf(completeJoin({ secret: third }).pipe(anonymously)), "ApproverLostAuthority")
          yield* Members.changeRoles({ tenantId, accountId: owner.id, roles: ["owner"] }).pipe(as(second.actor))
          // a deputy who is sent away takes along what was offered
          yield* Members.remove({ tenantId, accountId: member.id }).pipe(as(second.actor))
          assert.strictEqual(yield* tagOf(completeJoin({ secret: fourth }).pipe(anonymously)), "ApproverLostAuthority")
        }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-07 R-AP-05 V-28 a deputy's approval among staff counts after the period, and not after the dismissal",
      () =>
        Effect.gen(function* () {
          const { asker, foreignId, tenantId } = yield* world()
          const agent = yield* crew("agent", "agent")
          const one = yield* crew("one", "supervisor")
          const two = yield* crew("two", "supervisor")
          yield* Requests.nameDeputy({ deputyId: agent.id, until: 1000 }).pipe(as(one.staff))
          const ask = (of: TenantId) =>
            askFourEyes({ asker: { id: asker.id, email: asker.email }, payload: { tenantId: of, name: "Seen" } }).pipe(
              as(asker.actor)
            )
          const [first, last] = [yield* ask(tenantId), yield* ask(foreignId)]
          for (const { id } of [first, last]) yield* approve(agent.staff, id)
          yield* TestClock.adjust("2 seconds")
          assert.strictEqual((yield* approve(two.staff, first.id)).state, "Completed")
          const staff = yield* StaffRepository
          yield* staff.remove(agent.id)
          assert.deepInclude(yield* approve(two.staff, last.id), { state: "Pending", approvals: 1 })
          // the principal is another person than the one who has approved now
          assert.strictEqual((yield* approve(one.staff, last.id)).state, "Completed")
        }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-06 an offer ends with a refusal, with a withdrawal, and after 14 days", () =>
      Effect.gen(function* () {
        const { asker, owner, tenantId, foreignId, other } = yield* world()
        const offered = Effect.fnUntraced(function* (of: typeof tenantId, by: Person) {
          const { id } = yield* askJoin({ email: asker.email, payload: { tenantId: of, name: "Joined" } }).pipe(
            as(asker.actor)
          )
          yield* approve(by.actor, id, 1, { roles: ["member"] })
          return { id, secret: yield* newestSecret(asker.email) }
        })
        const first = yield* offered(tenantId, owner)
        yield* refuse(owner.actor, first.id)
        assert.strictEqual(yield* tagOf(completeJoin({ secret: first.secret }).pipe(anonymously)), "RequestClosed")
        const links = yield* LinkRepository
        const hash = yield* hashSecret("tests.join", first.secret)
        assert.isNotNull(Option.getOrThrow(yield* links.find("tests.join", hash)).voidedAt)
        const second = yield* offered(foreignId, other)
        yield* Requests.withdraw({ requestId: second.id }).pipe(as(asker.actor))
        assert.strictEqual(yield* tagOf(completeJoin({ secret: second.secret }).pipe(anonymously)), "RequestClosed")
        const third = yield* offered(foreignId, other)
        yield* TestClock.adjust("14 days")
        assert.strictEqual(yield* tagOf(completeJoin({ secret: third.secret }).pipe(anonymously)), "RequestClosed")
        assert.deepStrictEqual(yield* expire, { expired: 1 })
        assert.strictEqual((yield* requestOf(third.id)).state, "Expired")
        assert.strictEqual((yield* kindsTo(asker.email)).at(-1), "Join.expired")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 deciders are reminded after 3 and 7 days, and the request expires after 30", () =>
      Effect.gen(function* () {
        const { asker, owner, tenantId } = yield* world()
        const { id } = yield* rename(asker, tenantId)
        yield* askJoin({ email: "never@example.com", payload: { tenantId, name: "x" } }).pipe(anonymously)
        assert.deepStrictEqual(yield* remind, { reminded: 0 })
        yield* TestClock.adjust("3 days")
        assert.deepStrictEqual(yield* remind, { reminded: 1 })
        assert.deepStrictEqual(yield* remind, { reminded: 0 })
        assert.deepStrictEqual(yield* kindsTo(owner.email), ["Rename.pending", "Rename.reminder"])
        assert.deepStrictEqual(yield* expire, { expired: 1 })
        // nobody has proven that address, so nothing is sent there
        assert.deepStrictEqual(yield* kindsTo("never@example.com"), ["Join.confirm"])
        yield* TestClock.adjust("4 days")
        yield* remind
        yield* TestClock.adjust("22 days")
        assert.deepStrictEqual(yield* remind, { reminded: 0 })
        assert.deepStrictEqual(yield* expire, { expired: 0 })
        yield* TestClock.adjust("1 day")
        assert.strictEqual(yield* tagOf(approve(owner.actor, id)), "RequestClosed")
        assert.deepStrictEqual(yield* waitingIds(owner.actor), [])
        assert.deepStrictEqual(yield* expire, { expired: 1 })
        assert.deepStrictEqual(yield* expire, { expired: 0 })
        assert.deepStrictEqual(yield* kindsTo(owner.email), ["Rename.pending", "Rename.reminder", "Rename.reminder"])
        assert.deepStrictEqual(yield* kindsTo(asker.email), ["Rename.expired"])
        assert.strictEqual((yield* requestOf(id)).state, "Expired")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-05 REQ-07 OUT-04 who approved what has been changed since is told, as all who decide are", () =>
      Effect.gen(function* () {
        const { asker, tenantId } = yield* world()
        const [first, second] = [yield* crew("eyes", "supervisor"), yield* crew("more", "supervisor")]
        const payload = { tenantId, name: "One" }
        const { id } = yield* askFourEyes({ asker: { id: asker.id, email: asker.email }, payload }).pipe(
          as(asker.actor)
        )
        yield* approve(first.staff, id)
        const amend = (name: string) =>
          Requests.amend({ requestId: id, payload: { tenantId, name } }).pipe(as(asker.actor))
        yield* amend("Two")
        for (const { email } of [first, second]) {
          assert.deepStrictEqual(yield* kindsTo(email), ["FourEyes.pending", "FourEyes.amended"])
        }
        // each change is a mail to the same people
        const results = yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (n) => tagOf(amend(`Name ${n}`)))
        assert.strictEqual(results.at(-1), "TooManyAttempts")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-06 OUT-04 the mail that asks to confirm is dropped when the request is confirmed already", () =>
      Effect.gen(function* () {
        const { tenantId } = yield* world()
        yield* askJoin({ email: "new@example.com", payload: { tenantId, name: "x" } }).pipe(anonymously)
        const mail = (yield* mailsTo("new@example.com"))[0]
        const { confirm } = Join.mails
        assert.isNotNull(confirm)
        const opened = mail === undefined ? Option.none() : confirm.open(mail)
        const { stillWanted } = Option.getOrThrow(opened)
        assert.deepStrictEqual(yield* stillWanted(yield* Instant.now), MailKind.wanted)
        yield* confirmJoin({ secret: yield* newestSecret("new@example.com") }).pipe(anonymously)
        assert.deepStrictEqual(yield* stillWanted(yield* Instant.now), MailKind.dropped("request-pending"))
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 OUT-04 a deputy is not told of a period that was ended before the mail is sent", () =>
      Effect.gen(function* () {
        const { member, owner, tenantId } = yield* world()
        const until = Instant.plus(yield* Instant.now, "2 days")
        const name = Requests.nameDeputy({ deputyId: member.id, tenantId, until }).pipe(as(owner.actor))
        const { id } = yield* name
        const wanted = Effect.gen(function* () {
          const mail = (yield* mailsTo(member.email))[0]
          const opened = mail === undefined ? Option.none() : deputyNamed.open(mail)
          return yield* Option.getOrThrow(opened).stillWanted(yield* Instant.now)
        })
        assert.deepStrictEqual(yield* wanted, MailKind.wanted)
        yield* Requests.endDeputy({ id }).pipe(as(owner.actor))
        assert.deepStrictEqual(yield* wanted, MailKind.dropped("deputy-ended"))
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 OUT-03 a mail to a deputy that was stored before such mails named the period is sent", () =>
      Effect.gen(function* () {
        const { member, owner, tenantId } = yield* world()
        const until = Instant.plus(yield* Instant.now, "2 days")
        yield* Requests.nameDeputy({ deputyId: member.id, tenantId, until }).pipe(as(owner.actor))
        const verdicts = yield* Effect.forEach(yield* mailsTo(member.email), (mail) => {
          const opened = deputyNamed.open(earlierMail(mail, "deputyshipId", "principalId"))
          return Option.getOrThrow(opened).stillWanted(mail.createdAt)
        })
        assert.deepStrictEqual(verdicts, [MailKind.wanted])
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-08 a request of which its kind dies is listed without details, beside the others", () =>
      Effect.gen(function* () {
        const requests = yield* Requests.RequestRepository
        const { asker, owner, tenantId } = yield* world()
        const good = yield* rename(asker, tenantId, "good")
        const { id: place } = yield* given.tenant(owner.account)
        const { id } = yield* rename(asker, place, "later")
        yield* requests.save({ ...(yield* requestOf(id)), payload: { tenantId: place, name: "unspeakable" } })
        const seen = [
          yield* Requests.waiting({}).pipe(as(owner.actor)),
          yield* Requests.mine({}).pipe(as(asker.actor))
        ].map(({ items }) => items)
        for (const items of seen) {
          assert.sameMembers(
            items.map((one) => one.id),
            [good.id, id]
          )
          assert.isEmpty(items.find((one) => one.id === id)?.details)
          assert.isNotEmpty(items.find((one) => one.id === good.id)?.details)
        }
        const one = yield* Requests.get({ requestId: id }).pipe(as(owner.actor))
        assert.deepStrictEqual([one.details, one.may.decide], [[], true])
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 G-13 a request with which its kind dies or fails holds up no other one that is due", () =>
      Effect.gen(function* () {
        const requests = yield* Requests.RequestRepository
        const { asker, owner, tenantId } = yield* world()
        const made: Array<{ readonly id: RequestId; readonly tenantId: TenantId }> = []
        for (const name of ["endless", "unending", "unspeakable", "good"]) {
          const { id: place } = yield* given.tenant(owner.account, { name: "Before" })
          const { id } = yield* rename(asker, place, name === "unspeakable" ? "later" : name)
          const stored = yield* requestOf(id)
          if (name === "unspeakable") yield* requests.save({ ...stored, payload: { tenantId: place, name } })
          made.push({ id, tenantId: place })
        }
        yield* TestClock.adjust("3 days")
        assert.deepStrictEqual(yield* remind, { reminded: 4 })
        assert.deepStrictEqual(yield* remind, { reminded: 0 })
        // of the one that cannot be told of those who decide are told that it waits
        const mails = (yield* mailsTo(owner.email)).filter(({ kind }) => kind === "requests.Rename.reminder")
        assert.strictEqual(mails.length, 4)
        yield* TestClock.adjust("27 days")
        assert.deepStrictEqual(yield* expire, { expired: 4 })
        assert.deepStrictEqual(yield* expire, { expired: 0 })
        for (const { id, tenantId } of made) {
          assert.strictEqual((yield* requestOf(id)).state, "Expired")
          // what the kind wrote before it died is undone
          assert.strictEqual((yield* tenantOf(tenantId)).name, "Before")
        }
        const toAsker = (yield* kindsTo(asker.email)).filter((kind) => kind === "Rename.expired")
        assert.strictEqual(toAsker.length, 4)
        const events = yield* EventRepository
        const rows = yield* Effect.forEach(made, ({ tenantId }) =>
          events.list(tenantId, {}, { after: Option.none(), limit: 100 })
        )
        const said = rows.map((all) =>
          all.filter(({ type }) => type === "request.expired").map(({ data }) => data.failed)
        )
        assert.deepStrictEqual(said, [[true], [true], [true], [undefined]])
        // with their tenant such requests end, too
        yield* rename(asker, tenantId, "endless")
        const boss = yield* crew("boss", "operator")
        yield* StaffTenants.close({ tenantId, reason: "Over" }).pipe(as(boss.staff))
        assert.strictEqual((yield* kindsTo(asker.email)).at(-1), "Rename.refused")
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-07 OUT-04 a decider's mail is dropped when the reader lost the right, or the request has ended",
      () =>
        Effect.gen(function* () {
          const { asker, owner, second, tenantId } = yield* world()
          const { id } = yield* rename(asker, tenantId)
          const verdict = Effect.fnUntraced(function* (who: Person) {
            const mail = (yield* mailsTo(who.email))[0]
            const opened = mail === undefined ? Option.none() : Rename.mails.pending.open(mail)
            return yield* Option.getOrThrow(opened).stillWanted(yield* Instant.now)
          })
          assert.deepStrictEqual(yield* verdict(owner), MailKind.wanted)
          yield* Members.changeRoles({ tenantId, accountId: owner.id, roles: ["member"] }).pipe(as(second.actor))
          assert.deepStrictEqual(yield* verdict(owner), MailKind.dropped("no-decider"))
          assert.deepStrictEqual(yield* verdict(second), MailKind.wanted)
          yield* refuse(second.actor, id)
          assert.deepStrictEqual(yield* verdict(second), MailKind.dropped("request-refused"))
        }).pipe(Effect.provide(portal))
    )

    it.effect("V-18 R-AP-05 a dead session decides nothing, neither as staff nor as the person who is asked", () =>
      Effect.gen(function* () {
        const { asker, member, owner, tenantId } = yield* world()
        const one = yield* crew("one", "supervisor")
        const of = { id: asker.id, email: asker.email }
        const seen = yield* askFourEyes({ asker: of, payload: { tenantId, name: "Seen" } }).pipe(as(asker.actor))
        const handover = yield* askHandover({
          asker: of,
          payload: { tenantId, name: "Handed over", to: member.id }
        }).pipe(as(asker.actor))
        const renamed = yield* rename(asker, tenantId)
        for (const [who, { id }] of [
          [one.staff, seen],
          [member.actor, handover],
          [owner.actor, renamed]
        ] as const) {
          const dead = { ...who, credentialEpoch: 7 }
          assert.strictEqual(yield* tagOf(approve(dead, id)), "SignInRequired")
          assert.strictEqual(yield* tagOf(refuse(dead, id)), "SignInRequired")
          assert.deepStrictEqual((yield* requestOf(id)).approvals, [])
        }
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 who has approved, or whose deputy has, is not asked again", () =>
      Effect.gen(function* () {
        const { asker, tenantId } = yield* world()
        const one = yield* crew("one", "supervisor")
        const two = yield* crew("two", "supervisor")
        const { id } = yield* askFourEyes({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "x" }
        }).pipe(as(asker.actor))
        const verdict = Effect.fnUntraced(function* (who: Person) {
          const mail = (yield* mailsTo(who.email))[0]
          const opened = mail === undefined ? Option.none() : FourEyes.mails.pending.open(mail)
          return yield* Option.getOrThrow(opened).stillWanted(yield* Instant.now)
        })
        assert.deepStrictEqual(yield* verdict(one), MailKind.wanted)
        yield* approve(one.staff, id)
        assert.deepStrictEqual(yield* verdict(one), MailKind.dropped("no-decider"))
        assert.deepStrictEqual(yield* verdict(two), MailKind.wanted)
        yield* TestClock.adjust("3 days")
        assert.deepStrictEqual(yield* remind, { reminded: 1 })
        assert.deepStrictEqual(yield* kindsTo(one.email), ["FourEyes.pending"])
        assert.deepStrictEqual(yield* kindsTo(two.email), ["FourEyes.pending", "FourEyes.reminder"])
      }).pipe(Effect.provide(portal))
    )

    it.effect("SLF-06 REQ-08 whoever can renew an offer finds it until it is taken", () =>
      Effect.gen(function* () {
        const { asker, member, other, owner, second, tenantId } = yield* world()
        const { id } = yield* askJoin({ email: asker.email, payload: { tenantId, name: "x" } }).pipe(as(asker.actor))
        const offers = (who: Person) =>
          Effect.map(Requests.waiting({ state: "Approved" }).pipe(as(who.actor)), ({ items }) =>
            items.map((item) => item.id)
          )
        assert.deepStrictEqual(yield* offers(owner), [])
        yield* approve(owner.actor, id, 1, { roles: ["member"] })
        assert.deepStrictEqual(yield* waitingIds(owner.actor), [])
        for (const who of [owner, second]) assert.deepStrictEqual(yield* offers(who), [id])
        for (const who of [asker, member, other]) assert.deepStrictEqual(yield* offers(who), [])
        yield* completeJoin({ secret: yield* newestSecret(asker.email) }).pipe(anonymously)
        assert.deepStrictEqual(yield* offers(owner), [])
      }).pipe(Effect.provide(portal))
    )

    it.effect("SLF-06 R-RL-03 R-RL-05 an offer is renewed so many times, and no more", () =>
      Effect.gen(function* () {
        const { asker, owner, tenantId } = yield* world()
        const { id } = yield* askJoin({ email: asker.email, payload: { tenantId, name: "x" } }).pipe(as(asker.actor))
        const renew = tagOf(approve(owner.actor, id, 1, { roles: ["member"] }))
        const answers = yield* Effect.forEach([1, 2, 3, 4], () => renew)
        assert.deepStrictEqual(answers, ["ok", "ok", "ok", "TooManyAttempts"])
        assert.deepStrictEqual((yield* kindsTo(asker.email)).length, 3)
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* renew, "ok")
      }).pipe(Effect.provide(withKinds(storage, { limits: { mailPerAddress: { max: 2, window: "1 hour" } } })))
    )

    it.effect(
      "REQ-08 G-04 R-AP-08 a decision that wants a fresh proof of identity is made after it, under the same key",
      () =>
        Effect.gen(function* () {
          const { asker, tenantId } = yield* world()
          const one = yield* crew("one", "supervisor")
          const { id } = yield* askFourEyes({
            asker: { id: asker.id, email: asker.email },
            payload: { tenantId, name: "Seen" }
          }).pipe(as(asker.actor))
          const decisions = [{ decide: "approve", requestId: id, version: 1 }] as const
          const decide = Requests.decideMany({ decisions }, { idempotencyKey: "one" })
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual(yield* tagOf(decide.pipe(as(one.staff))), "StepUpRequired")
          const fresh = { ...(yield* staffActor(one.account, "supervisor")), sessionId: one.staff.sessionId }
          const { outcomes } = yield* decide.pipe(as(fresh))
          assert.deepStrictEqual(outcomes, [{ _tag: "Decided", requestId: id, state: "Pending" }])
        }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-07 G-01 a deputy begins no later than the longest time that one can be named for", () =>
      Effect.gen(function* () {
        const { member, owner, tenantId } = yield* world()
        const name = (from: number) =>
          Effect.flip(
            Requests.nameDeputy({ deputyId: member.id, tenantId, from, until: from + 1000 }).pipe(as(owner.actor))
          )
        for (const from of [9_000_000_000_000_000, 31 * 86_400_000]) {
          assert.deepInclude(yield* name(from), { _tag: "InvalidInput", issues: [{ path: ["from"], code: "range" }] })
        }
      }).pipe(Effect.provide(withKinds(storage, { requests: { deputyMaximum: "30 days" } })))
    )

    it.effect("REQ-07 AUT-10 mails to staff go to the address that the operator has set for them", () =>
      Effect.gen(function* () {
        const { asker, tenantId } = yield* world()
        const one = yield* crew("one", "supervisor")
        yield* askFourEyes({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "x" }
        }).pipe(as(asker.actor))
        assert.deepStrictEqual(yield* kindsTo(one.email), [])
        assert.deepStrictEqual(yield* kindsTo("desk@example.com"), ["FourEyes.pending"])
      }).pipe(Effect.provide(withKinds(storage, { staff: { inbox: "Desk@example.com" } })))
    )

    it.effect("REQ-08 several are decided at once, each with an outcome of its own", () =>
      Effect.gen(function* () {
        const { asker, foreignId, member, owner, tenantId } = yield* world()
        const fine = yield* rename(asker, tenantId)
        const taken = yield* rename(member, tenantId, "taken")
        const foreign = yield* rename(asker, foreignId)
        const own = yield* rename(owner, tenantId)
        const { outcomes } = yield* Requests.decideMany({
          decisions: [
            { decide: "approve", requestId: taken.id, version: 1 },
            { decide: "approve", requestId: fine.id, version: 1 },
            { decide: "refuse", requestId: foreign.id, version: 1, reason: "No" },
            { decide: "refuse", requestId: own.id, version: 1, reason: "No" }
          ]
        }).pipe(as(owner.actor))
        assert.deepStrictEqual(
          outcomes.map((one) => (one._tag === "Decided" ? one.state : one.refusal)),
          ["NameTaken", "Completed", "NotFound", "AskerCannotDecide"]
        )
        assert.strictEqual((yield* requestOf(taken.id)).state, "Pending")
        assert.strictEqual((yield* requestOf(fine.id)).state, "Completed")
        const twice = { decide: "approve", requestId: fine.id, version: 1 } as const
        assert.strictEqual(
          yield* tagOf(Requests.decideMany({ decisions: [twice, twice] }).pipe(as(owner.actor))),
          "InvalidInput"
        )
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-08 G-04 several decided under one key: the repeat answers as the first time, and does nothing twice",
      () =>
        Effect.gen(function* () {
          const { asker, member, owner, tenantId } = yield* world()
          const fine = yield* rename(asker, tenantId)
          const other = yield* rename(member, tenantId)
          const decisions = [
            { decide: "approve", requestId: fine.id, version: 1 },
            { decide: "refuse", requestId: other.id, version: 1, reason: "No" }
          ] as const
          const decide = (of: ReadonlyArray<(typeof decisions)[number]>) =>
            Requests.decideMany({ decisions: of }, { idempotencyKey: "k".repeat(200) }).pipe(as(owner.actor))
          const first = yield* decide(decisions)
          assert.deepStrictEqual(
            first.outcomes.map((one) => (one._tag === "Decided" ? one.state : one.refusal)),
            ["Completed", "Refused"]
          )
          const { version } = yield* tenantOf(tenantId)
          assert.deepStrictEqual(yield* decide(decisions), first)
          assert.strictEqual((yield* tenantOf(tenantId)).version, version)
          assert.deepStrictEqual(yield* kindsTo(asker.email), ["Rename.approved"])
          assert.strictEqual(yield* tagOf(decide(decisions.slice(0, 1))), "IdempotencyKeyReused")
        }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-08 what waits is filtered by kind and tenant, and paged without gaps", () =>
      Effect.gen(function* () {
        const { asker, foreignId, owner, tenantId } = yield* world()
        yield* given.member(foreignId, owner.account, ["owner"])
        const ids: Array<RequestId> = []
        for (const of of [tenantId, foreignId]) {
          ids.push((yield* rename(asker, of)).id)
          const joining = yield* askJoin({ email: asker.email, payload: { tenantId: of, name: "x" } }).pipe(
            as(asker.actor)
          )
          ids.push(joining.id)
        }
        const list = (filter: Parameters<typeof Requests.waiting>[0]) => Requests.waiting(filter).pipe(as(owner.actor))
        const seen: Array<string> = []
        let after: string | undefined
        for (;;) {
          const page = yield* list({ limit: 3, ...(after === undefined ? {} : { after }) })
          seen.push(...page.items.map(({ id }) => id))
          if (page.next === null) break
          after = page.next
        }
        assert.deepStrictEqual(seen, [...ids].sort())
        assert.deepStrictEqual(
          (yield* list({ kind: "Join" })).items.map(({ id }) => id),
          [ids[1], ids[3]]
        )
        assert.deepStrictEqual(
          (yield* list({ tenantId: foreignId, kind: "Rename" })).items.map(({ id }) => id),
          [ids[2]]
        )
        assert.deepInclude((yield* list({ kind: "Rename" })).items[0], {
          title: Rename.title,
          askerEmail: asker.email,
          approvals: 0,
          approvalsNeeded: 1
        })
        const view = yield* Requests.get({ requestId: ids[0] ?? "" }).pipe(as(owner.actor))
        assert.deepStrictEqual(view.facts, [{ label: { de: "Bisher", en: "So far" }, value: "Muster GmbH" }])
        const own = yield* Requests.get({ requestId: ids[0] ?? "" }).pipe(as(asker.actor))
        assert.deepStrictEqual(own.facts, [])
      }).pipe(Effect.provide(portal))
    )
  })
})

describe("mails about requests", () => {
  const kinds = [Rename, FourEyes, Handover, Link, Join].flatMap(({ mailKinds }) => [...mailKinds])

  it("G-08 every kind's mails exist in German and English", () => {
    assert.deepStrictEqual(MailKind.check([...kinds, ...Requests.mailKinds]), [])
    assert.deepStrictEqual(
      Join.mailKinds.map(({ name }) => name),
      ["confirm", "pending", "reminder", "amended", "offered", "approved", "refused", "expired"].map(
        (name) => `requests.Join.${name}`
      )
    )
  })

  it("G-08 an application's words take the place of the library's", () => {
    const own = Requests.RequestKind.make({
      name: "Own",
      title: { de: "Eigenes", en: "Own" },
      payload: Schema.Struct({ name: Schema.String }),
      audience: () => ({ _tag: "Staff", role: "agent" }),
      identity: () => "",
      describe: () => [],
      approve: () => Effect.void,
      texts: { refused: { subject: { en: "Sorry" } } }
    })
    assert.strictEqual(own.mails.refused.subject.en, "Sorry")
    assert.strictEqual(own.mails.refused.subject.de, "Eigenes: abgelehnt – {number}")
  })
})
