import { Option, Result } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { GrantorLostAuthority } from "../../src/invitations/Invitation.ts"
import * as ShareableLink from "../../src/invitations/ShareableLink.ts"
import { domainOf, EmailAddress, parse } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, MembershipId, ShareableLinkId, TenantId } from "../../src/kernel/ids.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import { defaults, make } from "../../src/kernel/Settings.ts"
import type { AccessFacts } from "../../src/tenants/Access.ts"
import { defaultMailPreferences } from "../../src/tenants/Membership.ts"

const id = "01890000-0000-7000-8000-000000000001"
const email = EmailAddress.make("ada@example.com")
const createdAt = Instant.fromMillis(1_000)
const expiresAt = Instant.fromMillis(2_000)

const open: ShareableLink.ShareableLink = {
  id: ShareableLinkId.make(id),
  tenantId: TenantId.make(id),
  label: "",
  roles: ["member"],
  domain: null,
  maxUses: 3,
  uses: 0,
  creatorId: AccountId.make(id),
  creatorMembershipId: MembershipId.make(id),
  createdAt,
  expiresAt,
  revokedAt: null,
  version: 0
}

const creator = (over: Partial<AccessFacts> = {}, roles: ReadonlyArray<string> = ["owner"]): AccessFacts => ({
  accountId: AccountId.make(id),
  accountState: "active",
  credentialEpoch: 0,
  tenantId: TenantId.make(id),
  tenantState: "active",
  secondFactor: false,
  requiresSecondFactor: false,
  membership: {
    id: MembershipId.make(id),
    tenantId: TenantId.make(id),
    accountId: AccountId.make(id),
    roles,
    contactEmail: email,
    mailPreferences: defaultMailPreferences,
    locations: null,
    joinedAt: createdAt
  },
  through: null,
  ...over
})

const use = (link: ShareableLink.ShareableLink, now = createdAt, by: AccessFacts | undefined = creator()) =>
  ShareableLink.use(defaults, link, { creator: by, email }, now)

describe("a shareable link", () => {
  it("INV-12 is open until it is revoked, used up or expired, and nothing leaves those states", () => {
    const closed: ReadonlyArray<
      readonly ["revoked" | "used-up" | "expired", ShareableLink.ShareableLink, Instant.Instant]
    > = [
      ["revoked", { ...open, revokedAt: createdAt }, createdAt],
      ["revoked", { ...open, revokedAt: createdAt, uses: 3 }, expiresAt],
      ["used-up", { ...open, uses: 3 }, createdAt],
      ["expired", open, expiresAt]
    ]
    for (const [state, link, now] of closed) {
      assert.strictEqual(ShareableLink.stateAt(link, now), state)
      const refusals: ReadonlyArray<unknown> = [
        Result.flip(use(link, now)),
        Result.flip(ShareableLink.revoke(link, now)),
        Result.flip(ShareableLink.restrict(link, { maxUses: 1 }, now))
      ]
      const closed = new ShareableLink.ShareableLinkClosed({ state })
      assert.deepEqual(refusals, [Result.succeed(closed), Result.succeed(closed), Result.succeed(closed)])
    }
    assert.strictEqual(ShareableLink.stateAt(open, Instant.fromMillis(expiresAt - 1)), "open")
  })

  it("INV-12 lets no more people in than its uses", () => {
    let link = open
    for (let n = 1; n <= 3; n++) link = Result.getOrThrow(use(link))
    assert.strictEqual(link.uses, 3)
    assert.deepEqual(use(link), Result.fail(new ShareableLink.ShareableLinkClosed({ state: "used-up" })))
  })

  it("INV-12 compares a domain exactly, in the parser's normal form", () => {
    const domains: ReadonlyArray<readonly [string, string | undefined]> = [
      ["Example.COM", "example.com"],
      ["@example.com", "example.com"],
      [" bücher.example ", "xn--bcher-kva.example"],
      ["example", undefined],
      ["example.com, other.com", undefined],
      ["a@b@example.com", undefined],
      ["", undefined]
    ]
    for (const [typed, expected] of domains) {
      assert.strictEqual(Option.getOrUndefined(ShareableLink.parseDomain(typed)), expected, typed)
    }
    const admits = (address: string) =>
      Result.isSuccess(ShareableLink.admits({ domain: "xn--bcher-kva.example" }, Option.getOrThrow(parse(address))))
    assert.isTrue(admits("Ada@BÜCHER.example"))
    assert.isTrue(admits("ada+x@xn--bcher-kva.example"))
    for (const other of [
      "ada@sub.bücher.example",
      "ada@bücher.example.org",
      "ada@bucher.example",
      "ada@xbücher.example"
    ]) {
      assert.isFalse(admits(other), other)
    }
    fc.assert(
      fc.property(fc.emailAddress(), fc.domain(), (address, typed) => {
        const parsed = Option.getOrUndefined(parse(address))
        const domain = Option.getOrUndefined(ShareableLink.parseDomain(typed))
        if (parsed === undefined || domain === undefined) return
        assert.strictEqual(Result.isSuccess(ShareableLink.admits({ domain }, parsed)), domainOf(parsed) === domain)
      })
    )
  })

  it("INV-12 R-IN-03 gives no role that carries more than links may give, whatever else is given with it, and never an owner's", () => {
    const may = (settings: typeof defaults, roles: ReadonlyArray<string>) =>
      Result.isSuccess(ShareableLink.shareable(settings, roles))
    assert.isTrue(may(defaults, ["member"]))
    for (const roles of [["admin"], ["owner"], ["member", "admin"]]) assert.isFalse(may(defaults, roles))
    const everything = make({
      shareableLinks: { permissions: builtInRoles.flatMap(({ permissions }) => permissions) }
    })
    assert.isTrue(may(everything, ["admin"]))
    assert.isFalse(may(everything, ["owner"]))
  })

  it("INV-05 INV-12 lets nobody in when its creator could not make it any more, by the same membership", () => {
    const rejoined = { ...open, creatorMembershipId: MembershipId.make("01890000-0000-7000-8000-000000000002") }
    const lost: ReadonlyArray<readonly [ShareableLink.ShareableLink, AccessFacts | undefined]> = [
      [open, undefined],
      [open, creator({ accountState: "suspended" })],
      [open, creator({ tenantState: "suspended" })],
      [open, creator({ membership: null })],
      [open, creator({}, ["member"])],
      [rejoined, creator()],
      // roles that links could give when this one was made
      [{ ...open, roles: ["admin"] }, creator()]
    ]
    for (const [link, facts] of lost) {
      const used = ShareableLink.use(defaults, link, { creator: facts, email }, createdAt)
      assert.deepEqual(used, Result.fail(new GrantorLostAuthority()))
    }
    assert.isTrue(Result.isSuccess(use(open, createdAt, creator({}, ["admin"]))))
  })

  it("INV-12 can be restricted and never widened, whatever is asked for", () => {
    const stricter = Result.getOrThrow(
      ShareableLink.restrict(
        open,
        { maxUses: 2, expiresAt: Instant.fromMillis(1_500), domain: "example.com" },
        createdAt
      )
    )
    assert.deepStrictEqual([stricter.maxUses, stricter.expiresAt, stricter.domain], [2, 1_500, "example.com"])
    for (const wider of [{ maxUses: 3 }, { expiresAt }, { domain: "example.org" }]) {
      assert.deepEqual(ShareableLink.restrict(stricter, wider, createdAt), Result.fail(new ShareableLink.NotStricter()))
    }
    fc.assert(
      fc.property(
        fc.record({
          maxUses: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
          expiresAt: fc.option(
            fc.integer({ min: 1_000, max: 3_000 }).map((millis) => Instant.fromMillis(millis)),
            { nil: undefined }
          ),
          domain: fc.option(fc.constantFrom("example.com", "example.org"), { nil: undefined })
        }),
        fc.integer({ min: 0, max: 1 }),
        (change, uses) => {
          const before = { ...stricter, uses }
          const after = ShareableLink.restrict(before, change, createdAt)
          if (Result.isFailure(after)) return
          assert.isAtMost(after.success.maxUses, before.maxUses)
          assert.isAtLeast(after.success.maxUses, after.success.uses)
          assert.isAtMost(after.success.expiresAt, before.expiresAt)
          assert.strictEqual(after.success.domain, before.domain)
        }
      )
    )
  })
})
