import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { anonymous, type By } from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, TenantId } from "../../src/kernel/ids.ts"
import { hashSecret, LinkRepository } from "../../src/kernel/Links.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { Members, mailKinds, Permissions, Tenants } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { contactEmailLink, rolesChanged } from "../../src/tenants/tenantMails.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { anonymously, as, everyPort, given, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { counts, eventsOf, membershipOf, person, tagOf, tenantOf, world } from "./world.ts"

const missing = TenantId.make("01890000-0000-7000-8000-00000000dead")
const nobody = AccountId.make("01890000-0000-7000-8000-00000000dead")

const mailsOfKind = (address: string, kind: string) =>
  Effect.map(mailsTo(address), (mails) => mails.filter((mail) => mail.kind === kind))

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(effect, Layer.provideMerge(withKernel(settings), storage))

  describe(`Members (${adapter})`, () => {
    it.effect(
      "TEN-08 members are listed in the order of joining and searched by name or address",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const list = (search?: string) =>
            Effect.map(
              Members.list({ tenantId, ...(search === undefined ? {} : { search }) }).pipe(as(admin.actor)),
              (page) => page.items.map(({ accountId }) => accountId)
            )
          const all = yield* list()
          assert.sameMembers([...all], [owner.account.id, admin.account.id, member.account.id])
          assert.deepStrictEqual(yield* list("  LOVELACE "), all)
          assert.deepStrictEqual(yield* list("member@"), [member.account.id])
          assert.deepStrictEqual(yield* list("nobody"), [])
          const first = yield* Members.list({ tenantId, limit: 2 }).pipe(as(admin.actor))
          const rest = yield* Members.list({ tenantId, limit: 2, after: first.next ?? "" }).pipe(as(admin.actor))
          assert.deepStrictEqual(
            [...first.items, ...rest.items].map(({ accountId }) => accountId),
            all
          )
          assert.isNull(rest.next)
          const bad = yield* Effect.flip(Members.list({ tenantId, after: "xyz" }).pipe(as(admin.actor)))
          assert.deepInclude(bad, { _tag: "InvalidInput", issues: [{ path: ["after"], code: "cursor" }] })
        })
      )
    )

    it.effect(
      "R-TE-10 the address that a member signs in with is shown to and searched by those who may change members, and the member",
      proving(
        Effect.gen(function* () {
          const { admin, member, tenantId } = yield* world
          const memberships = yield* MembershipRepository
          const before = yield* membershipOf(tenantId, admin)
          if (before !== undefined) {
            yield* memberships.update({ ...before, contactEmail: (yield* person("contact")).account.email })
          }
          const seenBy = Effect.fnUntraced(function* (actor: typeof member.actor) {
            const { items } = yield* Members.list({ tenantId }).pipe(as(actor))
            return items.filter(({ email }) => email !== null).map(({ accountId }) => accountId)
          })
          assert.strictEqual((yield* seenBy(admin.actor)).length, 3)
          assert.deepStrictEqual(yield* seenBy(member.actor), [member.account.id])
          const found = Effect.fnUntraced(function* (actor: typeof member.actor, search: string) {
            return (yield* Members.list({ tenantId, search }).pipe(as(actor))).items.length
          })
          assert.strictEqual(yield* found(admin.actor, "admin@example"), 1)
          assert.strictEqual(yield* found(member.actor, "admin@example"), 0, "no oracle for what is not shown")
          assert.strictEqual(yield* found(member.actor, "contact@example"), 1)
          const one = yield* Members.get({ tenantId, accountId: admin.account.id }).pipe(as(member.actor))
          assert.deepStrictEqual([one.email, one.contactEmail, one.self], [null, "contact@example.com", false])
        })
      )
    )

    it.effect(
      "TEN-08 R-TE-09 roles are changed, count at the next command, and the member is told by mail",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const change = { tenantId, accountId: member.account.id, roles: ["member", "admin", "admin"] }
          const may = () => Permissions.check({ tenantId, permission: "members.remove" }).pipe(as(member.actor))
          assert.isFalse((yield* may()).allowed)
          const answer = yield* Members.changeRoles(change).pipe(as(owner.actor))
          assert.deepStrictEqual(answer.roles, ["admin", "member"])
          assert.isTrue((yield* may()).allowed)
          const [mail, ...more] = yield* mailsOfKind("member@example.com", "tenants.rolesChanged")
          assert.deepStrictEqual(more, [])
          assert.deepStrictEqual(mail?.values, {
            tenantName: "Muster GmbH",
            accountId: member.account.id,
            roles: ["Administrator", "Member"]
          })
          const event = (yield* eventsOf(tenantId)).at(-1)
          assert.strictEqual(event?.type, "membership.rolesChanged")
          assert.deepStrictEqual(event?.data, {
            accountId: member.account.id,
            before: ["member"],
            roles: ["admin", "member"]
          })
          const { version } = yield* tenantOf(tenantId)
          yield* Members.changeRoles(change).pipe(as(owner.actor))
          assert.strictEqual((yield* tenantOf(tenantId)).version, version, "the same roles again change nothing")
          assert.strictEqual((yield* mailsTo("member@example.com")).length, 1)
          yield* Members.changeRoles({ ...change, roles: ["member"] }).pipe(as(owner.actor))
          assert.isFalse((yield* may()).allowed)
        })
      )
    )

    it.effect(
      "TEN-03 R-IN-10 an admin makes no owner and changes none, removes none, and an unknown role is refused at the border",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const give = (who: typeof member, roles: ReadonlyArray<string>, by = admin) =>
            Effect.flip(Members.changeRoles({ tenantId, accountId: who.account.id, roles }).pipe(as(by.actor)))
          assert.deepInclude(yield* give(member, ["owner"]), { _tag: "NotAllowed", permission: "owners.change" })
          assert.deepInclude(yield* give(admin, ["admin", "owner"]), { _tag: "NotAllowed" })
          assert.deepInclude(yield* give(owner, ["member"]), { _tag: "NotAllowed" })
          assert.deepInclude(yield* give(owner, ["member"], member), {
            _tag: "NotAllowed",
            permission: "members.change"
          })
          const removal = Members.remove({ tenantId, accountId: owner.account.id }).pipe(as(admin.actor))
          assert.strictEqual(yield* tagOf(removal), "NotAllowed")
          assert.deepInclude(yield* give(member, ["member", "emperor"], owner), {
            _tag: "InvalidInput",
            issues: [{ path: ["roles", "1"], code: "role" }]
          })
          for (const name of ["Owner", "owner,admin", ""]) {
            assert.deepInclude(yield* give(member, [name], owner), {
              _tag: "InvalidInput",
              issues: [{ path: ["roles", "0"], code: "role" }]
            })
          }
          assert.deepStrictEqual((yield* membershipOf(tenantId, member))?.roles, ["member"])
          assert.deepStrictEqual((yield* membershipOf(tenantId, owner))?.roles, ["owner"])
        })
      )
    )

    it.effect(
      "TEN-03 an application's role counts like a built-in one: nobody grants or takes away more than they hold",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const give = (by: typeof admin, roles: ReadonlyArray<string>) =>
            tagOf(Members.changeRoles({ tenantId, accountId: member.account.id, roles }).pipe(as(by.actor)))
          assert.strictEqual(yield* give(admin, ["auditor"]), "NotAllowed")
          assert.strictEqual(yield* give(owner, ["auditor"]), "ok")
          assert.strictEqual(yield* give(admin, ["member"]), "NotAllowed")
          const removal = Members.remove({ tenantId, accountId: member.account.id }).pipe(as(admin.actor))
          assert.strictEqual(yield* tagOf(removal), "NotAllowed")
        }),
        {
          roles: [
            ...builtInRoles,
            { name: "auditor", label: { de: "Prüfer", en: "Auditor" }, permissions: ["tenant.read", "audit.read"] }
          ]
        }
      )
    )

    it.effect(
      "TEN-04 R-IN-09 the last active owner neither leaves nor is removed nor is demoted",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const accountId = owner.account.id
          const demote = Members.changeRoles({ tenantId, accountId, roles: ["admin"] }).pipe(as(owner.actor))
          const leave = Members.leave({ tenantId }).pipe(as(owner.actor))
          const remove = Members.remove({ tenantId, accountId }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(demote), "LastOwner")
          assert.strictEqual(yield* tagOf(leave), "LastOwner")
          assert.strictEqual(yield* tagOf(remove), "LastOwner")
          yield* Members.changeRoles({ tenantId, accountId: member.account.id, roles: ["member", "owner"] }).pipe(
            as(owner.actor)
          )
          yield* leave
          const { counted, kept } = yield* counts(tenantId)
          assert.deepStrictEqual(kept, { memberCount: 2, ownerCount: 1 })
          assert.deepStrictEqual(kept, counted)
          assert.strictEqual(yield* tagOf(Members.leave({ tenantId }).pipe(as(member.actor))), "LastOwner")
        })
      )
    )

    it.effect(
      "TEN-08 leaving and being removed raise the same event, and only who was removed is told",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const ids = [(yield* membershipOf(tenantId, admin))?.id, (yield* membershipOf(tenantId, member))?.id]
          yield* Members.remove({ tenantId, accountId: admin.account.id }).pipe(as(owner.actor))
          yield* Members.leave({ tenantId }).pipe(as(member.actor))
          const events = (yield* eventsOf(tenantId)).filter(({ type }) => type === "membership.ended")
          assert.deepStrictEqual(
            events.map(({ subjectId }): string | undefined => subjectId),
            ids
          )
          assert.deepStrictEqual(
            events.map(({ data }) => data.reason),
            ["removed", "left"]
          )
          assert.strictEqual((yield* mailsOfKind("admin@example.com", "tenants.removed")).length, 1)
          assert.strictEqual((yield* mailsTo("member@example.com")).length, 0)
          for (const one of [admin, member]) {
            assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(one.actor))), "NotFound")
            assert.strictEqual(yield* tagOf(Members.leave({ tenantId }).pipe(as(one.actor))), "NotFound")
          }
          assert.deepInclude(yield* tenantOf(tenantId), { memberCount: 1, ownerCount: 1 })
        })
      )
    )

    it.effect(
      "TEN-08 INV-05 what somebody has invited others to can not be accepted once they are gone",
      proving(
        Effect.gen(function* () {
          const { admin, owner, stranger, tenantId } = yield* world
          yield* Invitations.invite({ tenantId, email: "stranger@example.com", roles: ["member"] }).pipe(
            as(admin.actor)
          )
          const secret = yield* newestSecret("stranger@example.com")
          yield* Members.remove({ tenantId, accountId: admin.account.id }).pipe(as(owner.actor))
          const accept = Invitations.accept({ secret }).pipe(as(stranger.actor))
          assert.strictEqual(yield* tagOf(accept), "GrantorLostAuthority")
        })
      )
    )

    it.effect(
      "TEN-06 R-TE-09 the contact address starts as the account's, and another one counts once its link is confirmed",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const contact = () => Effect.map(membershipOf(tenantId, member), (membership) => membership?.contactEmail)
          assert.strictEqual(yield* contact(), "member@example.com")
          yield* Members.changeContactEmail({ tenantId, email: " Office@Firm.example " }).pipe(as(member.actor))
          assert.strictEqual(yield* contact(), "member@example.com", "the old one stays until the link is confirmed")
          const secret = yield* newestSecret("office@firm.example")
          const shown = yield* Members.readContactEmail({ secret }).pipe(as(anonymous))
          assert.deepStrictEqual(shown, {
            tenantName: "Muster GmbH",
            email: EmailAddress.make("office@firm.example"),
            expiresAt: Instant.plus(yield* Instant.now, "24 hours")
          })
          const [mail] = yield* mailsOfKind("office@firm.example", "tenants.contactEmailAsked")
          assert.deepStrictEqual(mail?.values, { tenantName: shown.tenantName, expiresAt: shown.expiresAt })
          assert.strictEqual(yield* contact(), "member@example.com", "reading changes nothing")
          yield* Members.confirmContactEmail({ secret }).pipe(anonymously)
          assert.strictEqual(yield* contact(), "office@firm.example")
          const again = yield* Effect.flip(Members.confirmContactEmail({ secret }).pipe(anonymously))
          assert.deepInclude(again, { _tag: "LinkUnusable", reason: "used" })
          assert.strictEqual((yield* eventsOf(tenantId)).at(-1)?.type, "membership.contactEmailChanged")

          // mail about the tenant goes there
          yield* Members.changeRoles({ tenantId, accountId: member.account.id, roles: ["admin"] }).pipe(as(owner.actor))
          assert.strictEqual((yield* mailsOfKind("office@firm.example", "tenants.rolesChanged")).length, 1)
          assert.strictEqual((yield* mailsOfKind("member@example.com", "tenants.rolesChanged")).length, 0)
        })
      )
    )

    it.effect(
      "TEN-06 the answer and the work are the same whatever the address: own, another's, unknown",
      proving(
        Effect.gen(function* () {
          const { member, tenantId } = yield* world
          const answers: Array<unknown> = []
          for (const email of ["member@example.com", "owner@example.com", "unknown@example.com"]) {
            answers.push(yield* Members.changeContactEmail({ tenantId, email }).pipe(as(member.actor)))
            assert.strictEqual((yield* mailsOfKind(email, "tenants.contactEmailAsked")).length, 1)
          }
          assert.deepStrictEqual(answers, [undefined, undefined, undefined])
        })
      )
    )

    it.effect(
      "TEN-06 a contact address's link is void after a newer one, expires, and dies with the membership and with the credentials",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const accounts = yield* AccountRepository
          const ask = Effect.fnUntraced(function* (who: typeof member, email: string) {
            yield* Members.changeContactEmail({ tenantId, email }).pipe(as(who.actor))
            return yield* newestSecret(email)
          })
          const why = Effect.fnUntraced(function* (secret: Redacted.Redacted) {
            const read = yield* Effect.flip(Members.readContactEmail({ secret }).pipe(anonymously))
            const confirmed = yield* Effect.flip(Members.confirmContactEmail({ secret }).pipe(anonymously))
            assert.deepStrictEqual(read, confirmed)
            return confirmed._tag === "LinkUnusable" ? confirmed.reason : confirmed._tag
          })
          const first = yield* ask(member, "a@example.com")
          const second = yield* ask(member, "b@example.com")
          assert.strictEqual(yield* why(first), "void")
          yield* TestClock.adjust("24 hours")
          assert.strictEqual(yield* why(second), "expired")
          const third = yield* ask(member, "c@example.com")
          yield* Members.remove({ tenantId, accountId: member.account.id }).pipe(as(owner.actor))
          assert.strictEqual(yield* why(third), "void")
          const links = yield* LinkRepository
          const row = yield* links.find(contactEmailLink.name, yield* hashSecret(contactEmailLink.name, third))
          assert.strictEqual(Option.getOrThrow(row).voidedAt, yield* Instant.now, "so that a waiting mail is not sent")
          yield* given.member(tenantId, member.account, ["member"])
          assert.strictEqual(yield* why(third), "void", "who has joined again has another membership (R-TE-07)")
          const fourth = yield* ask(owner, "d@example.com")
          yield* accounts.bumpEpoch(owner.account.id, 0)
          assert.strictEqual(yield* why(fourth), "void")
          assert.strictEqual(yield* why(Redacted.make("A".repeat(43))), "unknown")
          assert.strictEqual((yield* membershipOf(tenantId, owner))?.contactEmail, "owner@example.com")
        })
      )
    )

    it.effect(
      "LIM-01 links to contact addresses are limited by account and by address, and tries of links by source",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const ask = (who: typeof member, email: string) =>
            tagOf(Members.changeContactEmail({ tenantId, email }).pipe(as(who.actor)))
          for (let n = 0; n < 5; n++) assert.strictEqual(yield* ask(member, `m${n}@example.com`), "ok")
          assert.strictEqual(yield* ask(member, "m5@example.com"), "TooManyAttempts")
          for (let n = 0; n < 5; n++) assert.strictEqual(yield* ask(admin, "same@example.com"), "ok")
          assert.strictEqual(yield* ask(owner, "same@example.com"), "TooManyAttempts")
          assert.strictEqual((yield* mailsTo("same@example.com")).length, 5)
          const guess = tagOf(Members.confirmContactEmail({ secret: Redacted.make("guess") }).pipe(anonymously))
          for (let n = 0; n < 3; n++) assert.strictEqual(yield* guess, "LinkUnusable")
          assert.strictEqual(yield* guess, "TooManyAttempts")
        }),
        { limits: { linkPerSource: { max: 3, window: "1 hour" } } }
      )
    )

    it.effect(
      "TEN-02 mail preferences are the member's own, and a mail that is not wanted is not asked for",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const preferences = { membershipChanges: false }
          yield* Members.setMailPreferences({ tenantId, mailPreferences: preferences }).pipe(as(member.actor))
          assert.deepStrictEqual((yield* membershipOf(tenantId, member))?.mailPreferences, preferences)
          assert.deepStrictEqual((yield* membershipOf(tenantId, owner))?.mailPreferences, { membershipChanges: true })
          yield* Members.changeRoles({ tenantId, accountId: member.account.id, roles: ["admin"] }).pipe(as(owner.actor))
          assert.deepStrictEqual(yield* mailsTo("member@example.com"), [])
          assert.deepStrictEqual((yield* membershipOf(tenantId, member))?.mailPreferences, preferences)
          yield* Members.remove({ tenantId, accountId: member.account.id }).pipe(as(owner.actor))
          assert.strictEqual((yield* mailsTo("member@example.com")).length, 1, "a removal is told in any case")
        })
      )
    )

    it.effect(
      "R-TE-09 a waiting mail about roles is dropped when its reader has left, moved the contact address or wants none",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const memberships = yield* MembershipRepository
          yield* Members.changeRoles({ tenantId, accountId: member.account.id, roles: ["admin"] }).pipe(as(owner.actor))
          const [row] = yield* mailsOfKind("member@example.com", "tenants.rolesChanged")
          const verdict = Effect.fnUntraced(function* () {
            if (row === undefined) return yield* Effect.die(new Error("no mail"))
            const opened = Option.getOrThrow(rolesChanged.open(row))
            const answer = yield* opened.stillWanted(yield* Instant.now)
            return answer._tag === "Dropped" ? answer.reason : "wanted"
          })
          const before = yield* membershipOf(tenantId, member)
          if (before === undefined) return yield* Effect.die(new Error("no member"))
          assert.strictEqual(yield* verdict(), "wanted")
          yield* memberships.update({ ...before, mailPreferences: { membershipChanges: false } })
          assert.strictEqual(yield* verdict(), "not-wanted")
          yield* memberships.update({ ...before, contactEmail: owner.account.email })
          assert.strictEqual(yield* verdict(), "contact-changed")
          yield* Members.leave({ tenantId }).pipe(as(member.actor))
          assert.strictEqual(yield* verdict(), "membership-ended")
        })
      )
    )

    it.effect(
      "TEN-11 R-TE-02 R-TE-04 every command on a foreign or missing tenant, member or both is answered alike and changes nothing",
      proving(
        Effect.gen(function* () {
          const { foreignId, member, other, owner, stranger, tenantId } = yield* world
          const calls = (
            id: TenantId,
            accountId: AccountId
          ): ReadonlyArray<
            Effect.Effect<void, { readonly _tag: string; readonly kind?: string }, Portal | By<"Account">>
          > => [
            Effect.asVoid(Members.list({ tenantId: id })),
            Effect.asVoid(Members.get({ tenantId: id, accountId })),
            Effect.asVoid(Members.changeRoles({ tenantId: id, accountId, roles: ["member"] })),
            Members.remove({ tenantId: id, accountId }),
            Members.leave({ tenantId: id }),
            Effect.asVoid(Members.setMailPreferences({ tenantId: id, mailPreferences: { membershipChanges: false } })),
            Members.changeContactEmail({ tenantId: id, email: "x@example.com" })
          ]
          const before = [yield* tenantOf(foreignId), yield* membershipOf(foreignId, other)]
          for (const id of [foreignId, missing]) {
            for (const accountId of [other.account.id, nobody]) {
              for (const call of calls(id, accountId)) {
                for (const actor of [owner.actor, stranger.actor]) {
                  const refused = yield* Effect.flip(call.pipe(as(actor)))
                  assert.deepInclude(refused, { _tag: "NotFound", kind: "tenant" })
                }
              }
            }
          }
          // in one's own tenant a member of another one and nobody look the same, too
          for (const accountId of [other.account.id, nobody]) {
            for (const call of calls(tenantId, accountId).slice(1, 4)) {
              const refused = yield* Effect.flip(call.pipe(as(owner.actor)))
              assert.deepInclude(refused, { _tag: "NotFound", kind: "member" })
            }
          }
          assert.deepStrictEqual([yield* tenantOf(foreignId), yield* membershipOf(foreignId, other)], before)
          assert.deepStrictEqual(yield* mailsTo("x@example.com"), [])
          assert.isDefined(yield* membershipOf(tenantId, member))
        }),
        { limits: { mailPerAddress: { max: 1000, window: "1 hour" } } }
      )
    )

    it.effect(
      "R-TE-06 an input with more than its fields is refused",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const sneaky = {
            tenantId,
            accountId: member.account.id,
            roles: ["admin"],
            membershipId: "1",
            actor: owner.actor
          }
          const refused = yield* Effect.flip(Members.changeRoles(sneaky).pipe(as(owner.actor)))
          assert.deepInclude(refused, {
            _tag: "InvalidInput",
            issues: [
              { path: ["membershipId"], code: "unknown" },
              { path: ["actor"], code: "unknown" }
            ]
          })
        })
      )
    )

    it.effect(
      "TEN-09 in a suspended tenant nobody may do anything but leave; of a closed one nothing is there",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const tenants = yield* TenantRepository
          const put = (state: "suspended" | "closed") =>
            Effect.flatMap(tenantOf(tenantId), (tenant) => tenants.save({ ...tenant, state }))
          yield* put("suspended")
          assert.strictEqual(yield* tagOf(Members.list({ tenantId }).pipe(as(owner.actor))), "NotAllowed")
          const remove = Members.remove({ tenantId, accountId: admin.account.id }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(remove), "NotAllowed")
          assert.strictEqual(yield* tagOf(Members.leave({ tenantId }).pipe(as(owner.actor))), "LastOwner")
          yield* Members.leave({ tenantId }).pipe(as(member.actor))
          yield* put("closed")
          assert.strictEqual(yield* tagOf(Members.list({ tenantId }).pipe(as(owner.actor))), "NotFound")
          assert.strictEqual(yield* tagOf(Members.leave({ tenantId }).pipe(as(owner.actor))), "NotFound")
        })
      )
    )

    it.effect(
      "R-TE-11 fibers of many callers at once each act as their own caller",
      proving(
        Effect.gen(function* () {
          const { foreignId, other, owner, tenantId } = yield* world
          const callers = Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? owner : other))
          const seen = yield* Effect.forEach(
            callers,
            (caller) =>
              Effect.all(
                [
                  Effect.result(Tenants.get({ tenantId })),
                  Effect.result(Tenants.get({ tenantId: foreignId })),
                  Permissions.whereCanIGo({})
                ],
                { concurrency: "unbounded" }
              ).pipe(as(caller.actor)),
            { concurrency: "unbounded" }
          )
          seen.forEach(([mine, theirs, where], n) => {
            const [own, foreign] = callers[n] === owner ? [mine, theirs] : [theirs, mine]
            assert.isTrue(Result.isSuccess(own))
            assert.strictEqual(Result.isFailure(foreign) ? foreign.failure._tag : "ok", "NotFound")
            assert.deepStrictEqual(
              where.tenants.map(({ id }) => id),
              [callers[n] === owner ? tenantId : foreignId]
            )
          })
        })
      )
    )
  })
})

describe("tenant mails", () => {
  it("G-08 every mail of the room has subject and template in German and English", () => {
    assert.deepStrictEqual(MailKind.check(mailKinds), [])
  })
})
