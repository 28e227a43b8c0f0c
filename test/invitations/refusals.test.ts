import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
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
import { tagOf } from "../tenants/world.ts"
import { listed, rolesOf, type World, world } from "./world.ts"

const { ShareableLinks } = Invitations

const newPerson = {
  firstName: "Grace",
  lastName: "Hopper",
  password: Redacted.make("correct horse battery staple"),
  consents: [{ kind: "privacy", version: "1" }]
}

/** An invitation, and the secret in its mail. */
const invite = Effect.fnUntraced(function* (tenantId: string, by: World["owner"], email: string) {
  const { id } = yield* Invitations.invite({ tenantId, email, roles: ["member"] }).pipe(as(by))
  return { ref: { tenantId, invitationId: id }, secret: yield* newestSecret(email) }
})

/** A link that can be passed on, and its secret. */
const share = Effect.fnUntraced(function* (tenantId: string, by: World["owner"]) {
  const { link, url } = yield* ShareableLinks.create({ tenantId, maxUses: 5 }).pipe(as(by))
  return {
    ref: { tenantId, linkId: link.id },
    secret: Redacted.make(Redacted.value(url).split("/").at(-1) ?? "")
  }
})

const hasAccount = (email: string) =>
  Effect.flatMap(AccountRepository, (accounts) =>
    Effect.map(accounts.findByEmail(EmailAddress.make(email)), Option.isSome)
  )

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(effect, Layer.provideMerge(withKernel(settings), storage))

  describe(`Who does not come in (${adapter})`, () => {
    it.effect(
      "V-18 INV-04 INV-09 INV-12 a dead session neither sees, takes nor declines what is open for its address",
      proving(
        Effect.gen(function* () {
          const { guest, guestAccount, owner, tenantId } = yield* world()
          const { ref, secret } = yield* invite(tenantId, owner, guestAccount.email)
          const link = yield* share(tenantId, owner)
          const dead = { ...guest, credentialEpoch: guest.credentialEpoch + 1 }
          const outcomes = [
            yield* tagOf(Invitations.mine({}).pipe(as(dead))),
            yield* tagOf(Invitations.accept({ secret }).pipe(as(dead))),
            yield* tagOf(Invitations.acceptMine(ref).pipe(as(dead))),
            yield* tagOf(Invitations.declineMine(ref).pipe(as(dead))),
            yield* tagOf(ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(dead)))
          ]
          assert.deepStrictEqual(
            outcomes,
            outcomes.map(() => "SignInRequired")
          )
          assert.isUndefined(yield* rolesOf(tenantId, guestAccount))
          assert.strictEqual((yield* Invitations.acceptMine(ref).pipe(as(guest))).outcome, "Joined")
        })
      )
    )

    it.effect(
      "INV-05 INV-04 INV-12 nobody makes an account by an offer whose giver has lost the right",
      proving(
        Effect.gen(function* () {
          const { admin, adminAccount, owner, tenantId } = yield* world()
          const { secret } = yield* invite(tenantId, admin, "first@example.com")
          const link = yield* share(tenantId, admin)
          yield* ShareableLinks.proveAddress({ secret: link.secret, email: "second@example.com" }).pipe(anonymously)
          const proof = yield* newestSecret("second@example.com")
          yield* Members.changeRoles({ tenantId, accountId: adminAccount.id, roles: ["member"] }).pipe(as(owner))
          const byMail = Invitations.acceptAsNew({ secret, ...newPerson }).pipe(anonymously)
          const byLink = ShareableLinks.joinAsNew({ secret: proof, ...newPerson }).pipe(anonymously)
          assert.strictEqual(yield* tagOf(byMail), "GrantorLostAuthority")
          assert.strictEqual(yield* tagOf(byLink), "GrantorLostAuthority")
          for (const email of ["first@example.com", "second@example.com"]) assert.isFalse(yield* hasAccount(email))
          yield* Members.changeRoles({ tenantId, accountId: adminAccount.id, roles: ["admin"] }).pipe(as(owner))
          assert.strictEqual(yield* tagOf(byMail), "ok")
          assert.strictEqual(yield* tagOf(byLink), "ok")
        })
      )
    )

    it.effect(
      "INV-07 R-TK-07 the link of an older mail neither makes an account nor declines",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const { ref, secret } = yield* invite(from.tenantId, from.owner, "new@example.com")
          yield* Invitations.sendAgain(ref).pipe(as(from.owner))
          const accept = (by: Redacted.Redacted) =>
            tagOf(Invitations.acceptAsNew({ secret: by, ...newPerson }).pipe(anonymously))
          assert.strictEqual(yield* accept(secret), "LinkUnusable")
          assert.strictEqual(yield* tagOf(Invitations.decline({ secret }).pipe(anonymously)), "LinkUnusable")
          assert.strictEqual((yield* listed(from))[0]?.state, "pending")
          assert.strictEqual(yield* accept(yield* newestSecret("new@example.com")), "ok")
        })
      )
    )

    it.effect(
      "INV-12 R-TK-04 the link in a mail that proves an address proves no other one",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* world()
          const { secret } = yield* share(tenantId, owner)
          yield* ShareableLinks.proveAddress({ secret, email: "one@example.com" }).pipe(anonymously)
          const proof = yield* newestSecret("one@example.com")
          const other = ShareableLinks.proveAddress({ secret: proof, email: "other@example.com" }).pipe(anonymously)
          assert.strictEqual(yield* tagOf(other), "LinkUnusable")
          assert.deepStrictEqual(yield* mailsTo("other@example.com"), [])
        })
      )
    )

    it.effect(
      "INV-12 a revoked link sends no mail, and tells nobody who is a member",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world()
          const { ref, secret } = yield* share(tenantId, owner)
          const join = ShareableLinks.joinByLink({ secret }).pipe(as(member))
          assert.strictEqual((yield* join).outcome, "AlreadyMember")
          yield* ShareableLinks.revoke(ref).pipe(as(owner))
          assert.strictEqual(yield* tagOf(join), "ShareableLinkClosed")
          const prove = ShareableLinks.proveAddress({ secret, email: "new@example.com" }).pipe(anonymously)
          assert.strictEqual(yield* tagOf(prove), "ShareableLinkClosed")
          assert.deepStrictEqual(yield* mailsTo("new@example.com"), [])
        })
      )
    )

    it.effect(
      "TEN-03 INV-05 INV-12 nobody passes a link on with a role that carries more than they hold",
      proving(
        Effect.gen(function* () {
          const { admin, adminAccount, guest, guestAccount, owner, tenantId } = yield* world()
          yield* given.member(tenantId, guestAccount, ["usher"])
          const create = (roles: ReadonlyArray<string>) =>
            tagOf(ShareableLinks.create({ tenantId, maxUses: 1, roles }).pipe(as(guest)))
          assert.strictEqual(yield* create(["member"]), "NotAllowed")
          assert.strictEqual(yield* create(["visitor"]), "ok")
          // nor does a link give what its maker does not hold any more (INV-05)
          const { secret } = yield* share(tenantId, admin)
          const setRoles = (roles: ReadonlyArray<string>) =>
            Members.changeRoles({ tenantId, accountId: adminAccount.id, roles }).pipe(as(owner))
          yield* setRoles(["usher"])
          const stranger = yield* signedIn(yield* given.account("stranger@example.com"))
          const join = ShareableLinks.joinByLink({ secret }).pipe(as(stranger))
          assert.strictEqual(yield* tagOf(join), "GrantorLostAuthority")
          yield* setRoles(["admin"])
          assert.strictEqual(yield* tagOf(join), "ok")
        }),
        {
          roles: [
            ...builtInRoles,
            {
              name: "usher",
              label: { de: "Empfang", en: "Usher" },
              permissions: ["tenant.read", "invitations.create"]
            },
            { name: "visitor", label: { de: "Besuch", en: "Visitor" }, permissions: ["tenant.read"] }
          ]
        }
      )
    )

    it.effect(
      "G-01 INV-12 a link is restricted only to what a link can be",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* world()
          const { ref } = yield* share(tenantId, owner)
          const restrict = (how: object) => Effect.flip(ShareableLinks.restrict({ ...ref, ...how }).pipe(as(owner)))
          for (const [field, value] of [
            ["maxUses", 0],
            ["validForHours", 0],
            ["domain", "someone@example.com"]
          ] as const) {
            const refused = yield* restrict({ [field]: value })
            assert.strictEqual(refused._tag, "InvalidInput")
            if (refused._tag === "InvalidInput") assert.deepStrictEqual(refused.issues[0]?.path, [field])
          }
        })
      )
    )
  })
})
