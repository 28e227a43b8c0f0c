import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { hashSecret } from "../../src/kernel/Links.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import { layerMailer, Mailbox } from "../../src/memory/index.ts"
import { ConsentRepository } from "../../src/privacy/ConsentRepository.ts"
import { Members } from "../../src/tenants/index.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
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
import { everyKind } from "../support/scenario.ts"
import { listed, rolesOf, type World, world } from "./world.ts"

const { ShareableLinks } = Invitations

const newPerson = {
  firstName: "Grace",
  lastName: "Hopper",
  password: Redacted.make("correct horse battery staple"),
  consents: [{ kind: "privacy", version: "1" }]
}

type Wanted = Omit<Parameters<typeof ShareableLinks.create>[0], "tenantId">

/** A link, and its secret as its page's address has it. */
const share = Effect.fnUntraced(function* (
  { owner, tenantId }: Pick<World, "owner" | "tenantId">,
  wanted: Partial<Wanted> = {}
) {
  const { link, url } = yield* ShareableLinks.create({ tenantId, maxUses: 5, ...wanted }).pipe(as(owner))
  return { ...link, url: Redacted.value(url), secret: Redacted.make(Redacted.value(url).split("/").at(-1) ?? "") }
})

const linksOf = Effect.fnUntraced(function* ({ owner, tenantId }: Pick<World, "owner" | "tenantId">) {
  const { items } = yield* ShareableLinks.list({ tenantId }).pipe(as(owner))
  return items
})

/** The secret in the mail that proves an address. */
const proof = Effect.fnUntraced(function* (secret: Redacted.Redacted, email: string) {
  yield* ShareableLinks.proveAddress({ secret, email }).pipe(anonymously)
  return yield* newestSecret(email)
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>) =>
    () =>
      Effect.provide(effect, portal)

  const post = Layer.provideMerge(Layer.mergeAll(everyKind, layerMailer), portal)

  describe(`Mails of shareable links (${adapter})`, () => {
    it.effect(
      "INV-12 OUT-04 a mail that a revoked link would send is dropped, and one of an open link arrives in its language",
      () =>
        Effect.gen(function* () {
          const from = yield* world()
          const box = yield* Mailbox
          const [open, closed] = [yield* share(from), yield* share(from)]
          yield* ShareableLinks.proveAddress({ secret: open.secret, email: "grace@example.com", locale: "en" }).pipe(
            anonymously
          )
          yield* ShareableLinks.proveAddress({ secret: closed.secret, email: "joan@example.com" }).pipe(anonymously)
          yield* ShareableLinks.revoke({ tenantId: from.tenantId, linkId: closed.id }).pipe(as(from.owner))
          yield* dispatch
          const [message, ...more] = yield* box.taken
          assert.deepStrictEqual(more, [])
          assert.include(message?.subject, "Joining")
          assert.match(message?.text ?? "", /http:\/\/localhost:3000\/shared\/[A-Za-z0-9_-]{43}/)
          const [dropped] = yield* mailsTo("joan@example.com")
          assert.deepStrictEqual([dropped?.state, dropped?.reason], ["dropped", "shareable-link-revoked"])
        }).pipe(Effect.provide(post))
    )
  })

  describe(`Shareable links (${adapter})`, () => {
    it.effect(
      "INV-12 whoever is signed in joins by the link with the roles of an ordinary member, and the link says how often it was used",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const tenants = yield* TenantRepository
          const link = yield* share(from, { label: "Branch Graz" })
          assert.deepInclude(link, {
            roles: ["member"],
            maxUses: 5,
            uses: 0,
            state: "open",
            creatorName: "Ada Lovelace"
          })
          assert.strictEqual(link.expiresAt, Instant.plus(yield* Instant.now, "14 days"))
          const { next, tenantName } = yield* ShareableLinks.read({ secret: link.secret }).pipe(as(from.guest))
          assert.deepStrictEqual([next, tenantName], ["join", "Muster GmbH"])
          const joined = yield* ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(from.guest))
          assert.deepStrictEqual(joined, { outcome: "Joined", tenantId: from.tenantId, roles: ["member"] })
          assert.deepStrictEqual(yield* rolesOf(from.tenantId, from.guestAccount), ["member"])
          const [used] = yield* linksOf(from)
          assert.deepInclude(used, { uses: 1, label: "Branch Graz", state: "open" })
          assert.strictEqual(Option.getOrThrow(yield* tenants.find(from.tenantId)).memberCount, 4)
          // who is a member already stays what they are, and uses nothing up
          const again = yield* ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(from.admin))
          assert.deepStrictEqual(again, { outcome: "AlreadyMember", tenantId: from.tenantId, roles: ["admin"] })
          assert.strictEqual((yield* linksOf(from))[0]?.uses, 1)
        })
      )
    )

    it.effect(
      "INV-12 AUT-02 R-IN-01 somebody without an account proves an address by mail, makes an account and joins in one step",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const accounts = yield* AccountRepository
          const evidence = yield* ConsentRepository
          const { secret } = yield* share(from)
          assert.strictEqual((yield* ShareableLinks.read({ secret }).pipe(anonymously)).next, "prove-address")
          // the link itself proves nothing
          const without = yield* ShareableLinks.joinAsNew({ secret, ...newPerson }).pipe(anonymously, Effect.flip)
          assert.deepInclude(without, { _tag: "LinkUnusable", reason: "unknown" })
          const mailed = yield* proof(secret, "grace@example.com")
          const read = yield* ShareableLinks.read({ secret: mailed }).pipe(anonymously)
          assert.deepStrictEqual([read.next, read.email], ["register", "grace@example.com"])
          const missing = yield* ShareableLinks.joinAsNew({ ...newPerson, secret: mailed, consents: [] }).pipe(
            anonymously,
            Effect.flip
          )
          assert.strictEqual(missing._tag, "ConsentRequired")
          const answer = yield* ShareableLinks.joinAsNew({ secret: mailed, ...newPerson }).pipe(anonymously)
          assert.deepStrictEqual(answer.joined, { outcome: "Joined", tenantId: from.tenantId, roles: ["member"] })
          assert.strictEqual(answer.signIn._tag, "SignedIn")
          const { account } = Option.getOrThrow(yield* accounts.findByEmail(EmailAddress.make("grace@example.com")))
          assert.strictEqual(account.lastName, "Hopper")
          assert.strictEqual((yield* evidence.ofAccount(account.id)).length, 1)
          // once
          const again = yield* ShareableLinks.joinAsNew({ secret: mailed, ...newPerson }).pipe(anonymously, Effect.flip)
          assert.deepInclude(again, { _tag: "LinkUnusable", reason: "used" })
          assert.strictEqual((yield* linksOf(from))[0]?.uses, 1)
        })
      )
    )

    it.effect(
      "INV-12 R-IN-07 for an address that has an account the mail leads to signing in, and only that account joins by it",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const { secret } = yield* share(from)
          const mailed = yield* proof(secret, "guest@example.com")
          assert.strictEqual((yield* ShareableLinks.read({ secret: mailed }).pipe(anonymously)).next, "sign-in")
          const asNew = yield* ShareableLinks.joinAsNew({ secret: mailed, ...newPerson }).pipe(anonymously, Effect.flip)
          assert.strictEqual(asNew._tag, "SignInToAccept")
          const stranger = yield* signedIn(yield* given.account("eve@example.com"))
          assert.strictEqual((yield* ShareableLinks.read({ secret: mailed }).pipe(as(stranger))).next, "switch-account")
          const other = yield* ShareableLinks.joinByLink({ secret: mailed }).pipe(as(stranger), Effect.flip)
          assert.strictEqual(other._tag, "InvitationForSomeoneElse")
          const joined = yield* ShareableLinks.joinByLink({ secret: mailed }).pipe(as(from.guest))
          assert.strictEqual(joined.outcome, "Joined")
        })
      )
    )

    it.effect(
      "INV-12 INV-02 R-TK-02 the secret is shown once and kept as a hash, and no list, event or query returns it",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const repository = yield* Invitations.ShareableLinkRepository
          const { id, secret, url } = yield* share(from)
          const raw = Redacted.value(secret)
          assert.isTrue(url.startsWith("http://localhost:3000/shared/"))
          assert.isAtLeast(raw.length, 43)
          assert.notInclude(raw, id)
          const page = yield* linksOf(from)
          const read = yield* ShareableLinks.read({ secret }).pipe(anonymously)
          assert.notInclude(JSON.stringify([page, read]), raw)
          assert.isTrue(Option.isNone(yield* repository.findByHash(raw)))
          const hash = yield* hashSecret(Invitations.shareableLink.name, secret)
          assert.isTrue(Option.isSome(yield* repository.findByHash(hash)))
          const byId = yield* ShareableLinks.joinByLink({ secret: Redacted.make(id) }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(byId, { _tag: "LinkUnusable", reason: "unknown" })
        })
      )
    )

    it.effect(
      "INV-12 R-EN-01 R-EN-03 asking for the mail answers the same for every address, and reading changes nothing",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const probe = yield* HasherProbe
          const { secret } = yield* share(from)
          const hashed = yield* probe.counts
          const answers = yield* Effect.forEach(
            ["guest@example.com", "owner@example.com", "new@example.com"],
            (email) => ShareableLinks.proveAddress({ secret, email, locale: "en" }).pipe(anonymously)
          )
          assert.deepStrictEqual(answers, [undefined, undefined, undefined])
          for (const email of ["guest@example.com", "owner@example.com", "new@example.com"]) {
            const mails = yield* mailsTo(email)
            assert.deepStrictEqual(
              mails.map(({ accountId, kind, locale }) => ({ accountId, kind, locale })),
              [{ accountId: null, kind: "shareableLinks.addressProof", locale: "en" }]
            )
          }
          assert.deepStrictEqual(yield* probe.counts, hashed)
          const before = yield* linksOf(from)
          for (let n = 0; n < 3; n++) yield* ShareableLinks.read({ secret }).pipe(anonymously)
          assert.deepStrictEqual(yield* linksOf(from), before)
        })
      )
    )

    it.effect(
      "INV-12 V-11 a newer mail to the same address voids the older one, and no other address's",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const { secret } = yield* share(from)
          const first = yield* proof(secret, "grace@example.com")
          const other = yield* proof(secret, "joan@example.com")
          const second = yield* proof(secret, "grace@example.com")
          const read = (opened: Redacted.Redacted) => ShareableLinks.read({ secret: opened }).pipe(anonymously)
          assert.deepInclude(yield* Effect.flip(read(first)), { _tag: "LinkUnusable", reason: "void" })
          assert.strictEqual((yield* read(second)).email, "grace@example.com")
          assert.strictEqual((yield* read(other)).email, "joan@example.com")
        })
      )
    )

    it.effect(
      "INV-12 R-IN-11 a link for one domain lets in addresses of exactly that domain, signed in or by mail",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const { domain, secret } = yield* share(from, { domain: "@Bücher.example" })
          assert.strictEqual(domain, "xn--bcher-kva.example")
          const outside = yield* ShareableLinks.joinByLink({ secret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(outside, { _tag: "AddressOutsideDomain", domain: "xn--bcher-kva.example" })
          assert.strictEqual((yield* ShareableLinks.read({ secret }).pipe(as(from.guest))).next, "switch-account")
          for (const email of ["eve@evil.example", "eve@sub.bücher.example", "eve@bücher.example.org"]) {
            const refused = yield* ShareableLinks.proveAddress({ secret, email }).pipe(anonymously, Effect.flip)
            assert.strictEqual(refused._tag, "AddressOutsideDomain", email)
            assert.deepStrictEqual(yield* mailsTo(EmailAddress.make("eve@evil.example")), [])
          }
          const mailed = yield* proof(secret, "ada@xn--bcher-kva.example")
          const { joined } = yield* ShareableLinks.joinAsNew({ secret: mailed, ...newPerson }).pipe(anonymously)
          assert.strictEqual(joined.outcome, "Joined")
        })
      )
    )

    it.effect(
      "INV-12 a link that is revoked, used up or expired opens nothing any more at once, and neither do its mails",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const link = yield* share(from, { maxUses: 1 })
          const revoked = yield* share(from)
          const mailed = yield* proof(revoked.secret, "grace@example.com")
          yield* ShareableLinks.revoke({ tenantId: from.tenantId, linkId: revoked.id }).pipe(as(from.admin))
          const closed = (state: "revoked" | "used-up" | "expired") => ({ _tag: "ShareableLinkClosed", state }) as const
          for (const secret of [revoked.secret, mailed]) {
            assert.deepInclude(
              yield* ShareableLinks.joinByLink({ secret }).pipe(as(from.guest), Effect.flip),
              secret === mailed ? { _tag: "InvitationForSomeoneElse" as const } : closed("revoked")
            )
            assert.deepInclude(yield* ShareableLinks.read({ secret }).pipe(anonymously, Effect.flip), closed("revoked"))
          }
          const asNew = ShareableLinks.joinAsNew({ secret: mailed, ...newPerson })
          assert.deepInclude(yield* asNew.pipe(anonymously, Effect.flip), closed("revoked"))
          const again = ShareableLinks.revoke({ tenantId: from.tenantId, linkId: revoked.id })
          assert.deepInclude(yield* again.pipe(as(from.owner), Effect.flip), closed("revoked"))

          yield* ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(from.guest))
          const late = yield* signedIn(yield* given.account("late@example.com"))
          const second = yield* ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(late), Effect.flip)
          assert.deepInclude(second, closed("used-up"))

          const short = yield* share(from, { validForHours: 1 })
          yield* TestClock.adjust("1 hour")
          const expired = yield* ShareableLinks.joinByLink({ secret: short.secret }).pipe(as(late), Effect.flip)
          assert.deepInclude(expired, closed("expired"))
          assert.deepStrictEqual((yield* linksOf(from)).map(({ state }) => state).sort(), [
            "expired",
            "revoked",
            "used-up"
          ])
        })
      )
    )

    it.effect(
      "INV-12 a link can be restricted and never widened, by who may invite",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const link = yield* share(from, { maxUses: 3 })
          const restrict = (
            actor: World["owner"],
            change: { maxUses?: number; domain?: string; validForHours?: number }
          ) => ShareableLinks.restrict({ tenantId: from.tenantId, linkId: link.id, ...change }).pipe(as(actor))
          assert.strictEqual((yield* Effect.flip(restrict(from.member, { maxUses: 1 })))._tag, "NotAllowed")
          assert.strictEqual((yield* Effect.flip(restrict(from.guest, { maxUses: 1 })))._tag, "NotFound")
          assert.strictEqual((yield* Effect.flip(restrict(from.owner, { maxUses: 4 })))._tag, "NotStricter")
          yield* restrict(from.admin, { domain: "example.org", maxUses: 2, validForHours: 2 })
          assert.strictEqual((yield* Effect.flip(restrict(from.owner, { domain: "example.com" })))._tag, "NotStricter")
          const outside = yield* ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(from.guest), Effect.flip)
          assert.strictEqual(outside._tag, "AddressOutsideDomain")
          const [now] = yield* linksOf(from)
          assert.deepInclude(now, {
            domain: "example.org",
            maxUses: 2,
            expiresAt: Instant.plus(yield* Instant.now, "2 hours")
          })
        })
      )
    )

    it.effect(
      "INV-12 R-IN-03 only who may invite makes a link, with roles that links may give and the maker holds",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const refused = (actor: World["owner"], wanted: Partial<Wanted> = {}) =>
            Effect.flip(ShareableLinks.create({ tenantId: from.tenantId, maxUses: 5, ...wanted }).pipe(as(actor)))
          assert.strictEqual((yield* refused(from.member))._tag, "NotAllowed")
          assert.strictEqual((yield* refused(from.guest))._tag, "NotFound")
          for (const roles of [["owner"], ["admin"], ["admin", "member"]]) {
            assert.strictEqual((yield* refused(from.owner, { roles }))._tag, "RoleNotShareable")
          }
          assert.strictEqual((yield* refused(from.owner, { roles: ["emperor"] }))._tag, "InvalidInput")
          for (const maxUses of [0, -1, 501]) {
            assert.deepInclude(yield* refused(from.owner, { maxUses }), {
              issues: [{ path: ["maxUses"], code: "range" }]
            })
          }
          for (const validForHours of [0, 90 * 24 + 1]) {
            assert.deepInclude(yield* refused(from.owner, { validForHours }), {
              issues: [{ path: ["validForHours"], code: "range" }]
            })
          }
          assert.deepInclude(yield* refused(from.owner, { domain: "no domain" }), {
            issues: [{ path: ["domain"], code: "invalid" }]
          })
          assert.deepStrictEqual(yield* linksOf(from), [])
        })
      )
    )

    it.effect(
      "INV-05 INV-12 TEN-08 when its maker may not invite any more, or has left and come back, nobody joins by the link",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const link = yield* share({ ...from, owner: from.admin })
          const join = ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(from.guest))
          const roles = (names: ReadonlyArray<string>) =>
            Members.changeRoles({ tenantId: from.tenantId, accountId: from.adminAccount.id, roles: names }).pipe(
              as(from.owner)
            )
          yield* roles(["member"])
          assert.strictEqual((yield* Effect.flip(join))._tag, "GrantorLostAuthority")
          yield* roles(["admin"])
          yield* Members.remove({ tenantId: from.tenantId, accountId: from.adminAccount.id }).pipe(as(from.owner))
          assert.strictEqual((yield* Effect.flip(join))._tag, "GrantorLostAuthority")
          yield* given.member(from.tenantId, from.adminAccount, ["admin"])
          assert.strictEqual((yield* Effect.flip(join))._tag, "GrantorLostAuthority")
          assert.strictEqual((yield* linksOf(from))[0]?.uses, 0)
        })
      )
    )

    it.effect(
      "INV-12 INV-14 a link gives no more seats than there are, and a refused use is none",
      proving(
        Effect.gen(function* () {
          const from = yield* world({ seats: 3 })
          const link = yield* share(from)
          const full = yield* ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(full, { _tag: "NoSeatLeft", seats: 3 })
          assert.strictEqual((yield* linksOf(from))[0]?.uses, 0)
        })
      )
    )

    it.effect(
      "TEN-09 INV-12 while the tenant is suspended nobody joins by its links or gets a mail, and when it is closed they are not there",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const tenants = yield* TenantRepository
          const { secret } = yield* share(from)
          const mailed = yield* proof(secret, "grace@example.com")
          const become = Effect.fnUntraced(function* (state: "suspended" | "closed") {
            const tenant = Option.getOrThrow(yield* tenants.find(from.tenantId))
            yield* tenants.save({ ...tenant, state })
          })
          const tag = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
            Effect.map(Effect.flip(effect), ({ _tag }) => _tag)
          const ask = ShareableLinks.proveAddress({ secret, email: "joan@example.com" }).pipe(anonymously)
          yield* become("suspended")
          assert.strictEqual(yield* tag(ask), "TenantNotActive")
          const late = yield* tag(ShareableLinks.joinByLink({ secret }).pipe(as(from.guest)))
          assert.include(["TenantNotActive", "GrantorLostAuthority"], late)
          yield* become("closed")
          assert.strictEqual(yield* tag(ask), "LinkUnusable")
          assert.deepStrictEqual(yield* mailsTo("joan@example.com"), [])
          for (const opened of [secret, mailed]) {
            const read = ShareableLinks.read({ secret: opened }).pipe(anonymously)
            assert.deepInclude(yield* Effect.flip(read), { _tag: "LinkUnusable", reason: "unknown" })
            const join = ShareableLinks.joinByLink({ secret: opened }).pipe(as(from.guest))
            assert.strictEqual(yield* tag(join), "LinkUnusable")
          }
          const asNew = ShareableLinks.joinAsNew({ secret: mailed, ...newPerson }).pipe(anonymously)
          assert.strictEqual(yield* tag(asNew), "LinkUnusable")
        })
      )
    )

    it.effect(
      "INV-08 INV-12 an invitation that was open for the address is closed when its holder joins by a link",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          yield* Invitations.invite({
            tenantId: from.tenantId,
            email: "guest@example.com",
            roles: ["admin"]
          }).pipe(as(from.owner))
          const invited = yield* newestSecret("guest@example.com")
          const link = yield* share(from)
          yield* ShareableLinks.joinByLink({ secret: link.secret }).pipe(as(from.guest))
          assert.deepStrictEqual(yield* rolesOf(from.tenantId, from.guestAccount), ["member"])
          assert.strictEqual((yield* listed(from))[0]?.state, "accepted")
          const late = yield* Invitations.accept({ secret: invited }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(late, { _tag: "InvitationClosed", state: "accepted" })
          assert.deepStrictEqual(yield* rolesOf(from.tenantId, from.guestAccount), ["member"])
        })
      )
    )

    it.effect(
      "INV-09 INV-12 G-05 links are listed for those who may invite, and one of another tenant is not there",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const link = yield* share(from)
          const elsewhere = yield* given.tenant(from.guestAccount)
          const list = (actor: World["owner"]) => ShareableLinks.list({ tenantId: from.tenantId }).pipe(as(actor))
          assert.strictEqual((yield* Effect.flip(list(from.member)))._tag, "NotAllowed")
          assert.strictEqual((yield* Effect.flip(list(from.guest)))._tag, "NotFound")
          const foreign = { tenantId: elsewhere.id, linkId: link.id }
          const refusals = [
            yield* ShareableLinks.revoke(foreign).pipe(as(from.guest), Effect.flip),
            yield* ShareableLinks.restrict({ ...foreign, maxUses: 1 }).pipe(as(from.guest), Effect.flip)
          ]
          for (const refused of refusals) assert.deepInclude(refused, { _tag: "NotFound", kind: "shareableLink" })
          assert.strictEqual((yield* list(from.admin)).items.length, 1)
        })
      )
    )
  })
})
