import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { job } from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import * as Mails from "../../src/mail/Mails.ts"
import { layerMailer, Mailbox } from "../../src/memory/index.ts"
import { Members } from "../../src/tenants/index.ts"
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
import { everyKind } from "../support/scenario.ts"
import { listed, rolesOf, type World, world } from "./world.ts"

const consents = [{ kind: "privacy", version: "1" }]
const terms = { kind: "terms", version: "1" }
const password = Redacted.make("correct horse battery staple")

const add = ({ owner, tenantId }: Pick<World, "owner" | "tenantId">, email: string, roles = ["member"]) =>
  Invitations.addContact({ tenantId, email, firstName: "Grace", lastName: "Hopper", roles }).pipe(as(owner))

const invite = ({ owner, tenantId }: Pick<World, "owner" | "tenantId">, email: string, roles = ["member"]) =>
  Invitations.invite({ tenantId, email, roles }).pipe(as(owner))

const contacts = Effect.fnUntraced(function* ({ owner, tenantId }: Pick<World, "owner" | "tenantId">) {
  const { items } = yield* Invitations.list({ tenantId, contacts: true, state: "pending" }).pipe(as(owner))
  return items
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>) =>
    () =>
      Effect.provide(effect, portal)

  describe(`Contacts (${adapter})`, () => {
    it.effect(
      "TEN-07 a contact without an account chooses a password, agrees, and is a member with the name that was filled in",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const accounts = yield* AccountRepository
          yield* add(from, "grace@example.com", ["admin"])
          const secret = yield* newestSecret("grace@example.com")
          const { invitation, next } = yield* Invitations.read({ secret }).pipe(anonymously)
          assert.strictEqual(next, "register")
          assert.deepStrictEqual(invitation.contact, { firstName: "Grace", lastName: "Hopper" })
          const without = yield* Invitations.acceptAsNew({ secret, password, consents }).pipe(anonymously, Effect.flip)
          assert.deepInclude(without, { _tag: "ConsentRequired", kinds: ["terms"] })
          yield* Invitations.acceptAsNew({ secret, password, consents: [...consents, terms] }).pipe(anonymously)
          const { account } = Option.getOrThrow(yield* accounts.findByEmail(EmailAddress.make("grace@example.com")))
          assert.deepStrictEqual([account.firstName, account.lastName], ["Grace", "Hopper"])
          assert.deepStrictEqual(yield* rolesOf(from.tenantId, account), ["admin"])
          assert.deepStrictEqual(yield* contacts(from), [])
          // an invitation without a name still asks for one
          yield* invite(from, "joan@example.com")
          const unnamed = yield* Invitations.acceptAsNew({
            secret: yield* newestSecret("joan@example.com"),
            password,
            consents
          }).pipe(anonymously, Effect.flip)
          assert.deepInclude(unnamed, {
            issues: [
              { path: ["firstName"], code: "missing" },
              { path: ["lastName"], code: "missing" }
            ]
          })
        })
      )
    )

    it.effect(
      "TEN-07 INV-10 a contact with an account confirms and keeps their own name; until then both are listed alike",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          yield* add(from, "guest@example.com")
          yield* add(from, "nobody@example.com")
          const both = yield* contacts(from)
          const alike = ({ id, email, ...rest }: (typeof both)[number]) => rest
          assert.strictEqual(both.length, 2)
          assert.deepStrictEqual(both.map(alike)[0], both.map(alike)[1])
          assert.deepStrictEqual(both[0]?.contact, { firstName: "Grace", lastName: "Hopper" })
          const mails = [yield* mailsTo("guest@example.com"), yield* mailsTo("nobody@example.com")]
          assert.deepStrictEqual(
            mails.map((of) => of.map(({ accountId, kind }) => ({ accountId, kind }))),
            mails.map(() => [{ accountId: null, kind: "invitations.invited" }])
          )
          const secret = yield* newestSecret("guest@example.com")
          assert.strictEqual((yield* Invitations.read({ secret }).pipe(as(from.guest))).next, "accept")
          yield* Invitations.accept({ secret }).pipe(as(from.guest))
          const { items } = yield* Members.list({ tenantId: from.tenantId, search: "Lovelace" }).pipe(as(from.owner))
          assert.include(
            items.map(({ accountId }) => accountId),
            from.guestAccount.id
          )
          assert.strictEqual((yield* contacts(from)).length, 1)
        })
      )
    )

    it.effect(
      "INV-08 TEN-07 adding somebody directly while an invitation is open closes it, also one with the same roles",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const before = yield* invite(from, "guest@example.com")
          const secret = yield* newestSecret("guest@example.com")
          const added = yield* add(from, "guest@example.com")
          assert.notStrictEqual(added.id, before.id)
          const states = (yield* listed(from)).map(({ id, state }) => [id, state])
          assert.deepStrictEqual(states, [
            [added.id, "pending"],
            [before.id, "replaced"]
          ])
          const late = yield* Invitations.accept({ secret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(late, { _tag: "InvitationClosed", state: "replaced" })
          // who is a member already stays what they are
          yield* add(from, "admin@example.com", ["member"])
          const mine = yield* Invitations.accept({ secret: yield* newestSecret("admin@example.com") }).pipe(
            as(from.admin)
          )
          assert.deepStrictEqual(mine, { outcome: "AlreadyMember", tenantId: from.tenantId, roles: ["admin"] })
        })
      )
    )

    it.effect(
      "TEN-07 R-IN-10 contacts are added by who may invite, with roles that are not above their own",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const refused = (owner: World["owner"], roles: Array<string>) =>
            Effect.map(Effect.flip(add({ ...from, owner }, "x@example.com", roles)), ({ _tag }) => _tag)
          assert.strictEqual(yield* refused(from.member, ["member"]), "NotAllowed")
          assert.strictEqual(yield* refused(from.guest, ["member"]), "NotFound")
          assert.strictEqual(yield* refused(from.admin, ["owner"]), "NotAllowed")
          yield* add({ ...from, owner: from.admin }, "x@example.com")
        })
      )
    )
  })

  describe(`Who ends an offer (${adapter})`, () => {
    it.effect(
      "R-IN-10 INV-07 an admin neither replaces, nor takes back, nor sends again what was offered to an owner",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const { id } = yield* invite(from, "heir@example.com", ["owner"])
          const byAdmin = { ...from, owner: from.admin }
          const ref = { tenantId: from.tenantId, invitationId: id }
          const missing = { _tag: "NotAllowed", permission: "owners.change" } as const
          assert.deepInclude(yield* Effect.flip(invite(byAdmin, "heir@example.com")), missing)
          assert.deepInclude(yield* Effect.flip(add(byAdmin, "heir@example.com")), missing)
          assert.deepInclude(yield* Invitations.revoke(ref).pipe(as(from.admin), Effect.flip), missing)
          assert.strictEqual((yield* Invitations.sendAgain(ref).pipe(as(from.admin), Effect.flip))._tag, "NotAllowed")
          const many = Invitations.inviteMany({
            tenantId: from.tenantId,
            addresses: ["heir@example.com"],
            roles: ["member"]
          })
          assert.strictEqual((yield* many.pipe(as(from.admin))).outcomes[0]?._tag, "InvitedOtherwise")
          const [offer, ...others] = yield* listed(from)
          assert.deepStrictEqual(others, [])
          assert.strictEqual(offer?.state, "pending")
          assert.deepStrictEqual(offer?.roles, ["owner"])
          assert.strictEqual((yield* mailsTo("heir@example.com")).length, 1)
          // when its time is over it stands in nobody's way
          yield* TestClock.adjust("15 days")
          yield* invite(byAdmin, "heir@example.com")
          yield* Invitations.revoke({ ...ref, invitationId: (yield* listed(from))[0]?.id ?? id }).pipe(as(from.owner))
        })
      )
    )

    it.effect(
      "TEN-08 INV-05 what a removed member had offered does not come to life when they are a member again",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const { id } = yield* invite({ ...from, owner: from.admin }, "guest@example.com")
          const ref = { tenantId: from.tenantId, invitationId: id }
          yield* Members.remove({ tenantId: from.tenantId, accountId: from.adminAccount.id }).pipe(as(from.owner))
          const accept = Invitations.acceptMine(ref).pipe(as(from.guest))
          assert.strictEqual((yield* Effect.flip(accept))._tag, "GrantorLostAuthority")
          yield* given.member(from.tenantId, from.adminAccount, ["admin"])
          assert.strictEqual((yield* Effect.flip(accept))._tag, "GrantorLostAuthority")
          // they, or others who may, can stand for it anew
          yield* Invitations.sendAgain(ref).pipe(as(yield* signedIn(from.adminAccount)))
          assert.strictEqual((yield* accept).outcome, "Joined")
        })
      )
    )
  })

  const post = Layer.provideMerge(Layer.mergeAll(everyKind, layerMailer), portal)

  describe(`Mails that come back (${adapter})`, () => {
    const undeliverable = Effect.fnUntraced(function* (from: World) {
      return (yield* listed(from))[0]?.undeliverableAt
    })
    const report = (input: Parameters<typeof Mails.reportBounce>[0]) =>
      Effect.map(Mails.reportBounce(input).pipe(as(job("bounces"))), ({ recorded }) => recorded)
    const sentTo = Effect.fnUntraced(function* (email: string) {
      yield* dispatch
      const box = yield* Mailbox
      const messages = (yield* box.taken).filter(({ to }) => to === email)
      return messages.at(-1)?.messageId ?? ""
    })

    it.effect(
      "INV-13 OUT-03 a mail that comes back marks its invitation for those who may invite, once; inviting again clears that",
      () =>
        Effect.gen(function* () {
          const from = yield* world()
          yield* invite(from, "gone@example.com")
          const messageId = yield* sentTo("gone@example.com")
          assert.strictEqual(yield* undeliverable(from), null)
          yield* TestClock.adjust("1 minute")
          const at = yield* Instant.now
          assert.isTrue(yield* report({ messageId, recipient: "Gone@example.com", detail: "550 no such user" }))
          assert.strictEqual(yield* undeliverable(from), at)
          yield* TestClock.adjust("1 minute")
          assert.isFalse(yield* report({ messageId }))
          assert.strictEqual(yield* undeliverable(from), at)
          const [mail] = yield* mailsTo("gone@example.com")
          assert.deepStrictEqual([mail?.state, mail?.reason, mail?.detail], ["dead", "bounced", "550 no such user"])
          yield* invite(from, "gone@example.com")
          assert.strictEqual(yield* undeliverable(from), null)
          // news of the older mail are no news of the newer one
          const second = yield* sentTo("gone@example.com")
          assert.isFalse(yield* report({ messageId }))
          assert.strictEqual(yield* undeliverable(from), null)
          assert.isTrue(yield* report({ messageId: second.slice(1, -1) }))
          assert.strictEqual(yield* undeliverable(from), yield* Instant.now)
        }).pipe(Effect.provide(post))
    )

    it.effect("INV-13 a report that is forged, unknown, or of a mail that was not sent changes nothing", () =>
      Effect.gen(function* () {
        const from = yield* world()
        yield* invite(from, "there@example.com")
        const [queued] = yield* mailsTo("there@example.com")
        assert.isFalse(yield* report({ messageId: `<${queued?.id}@localhost.localdomain>` }))
        const messageId = yield* sentTo("there@example.com")
        for (const forged of [
          { messageId, recipient: "eve@example.com" },
          { messageId: messageId.replace("localhost", "evil") },
          { messageId: `<${queued?.id}@localhost.localdomain.evil.example>` },
          { messageId: "<01890000-0000-7000-8000-000000000001@localhost.localdomain>" },
          { messageId: "<@localhost.localdomain>" },
          { messageId: "anything" }
        ]) {
          assert.isFalse(yield* report(forged), JSON.stringify(forged))
        }
        assert.strictEqual(yield* undeliverable(from), null)
        assert.strictEqual((yield* mailsTo("there@example.com"))[0]?.state, "sent")
        const bystander = yield* Effect.flip(
          // nobody but staff and jobs has this use case in its type
          (Mails.reportBounce({ messageId }) as Effect.Effect<unknown, { readonly _tag: string }, Portal>).pipe(
            as(from.owner)
          )
        )
        assert.strictEqual(bystander._tag, "NotAllowed")
        assert.strictEqual(yield* undeliverable(from), null)
      }).pipe(Effect.provide(post))
    )
  })
})
