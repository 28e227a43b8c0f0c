import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import * as Invitations from "../../src/invitations/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { migrations } from "../../src/kysely/migrations/index.ts"
import { forEachAdapter, storage } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, newestSecret, type Portal, signedIn, withKernel } from "../support/portal.ts"
import { listed, type World, world } from "./world.ts"

const addresses = (count: number, prefix = "new") =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}@example.com`)

const inviteMany = (
  { owner, tenantId }: Pick<World, "owner" | "tenantId">,
  list: ReadonlyArray<string>,
  options: { readonly roles?: ReadonlyArray<string>; readonly key?: string } = {}
) =>
  Invitations.inviteMany(
    { tenantId, addresses: list, roles: options.roles ?? ["member"] },
    options.key === undefined ? {} : { idempotencyKey: options.key }
  ).pipe(as(owner))

const tags = (outcomes: ReadonlyArray<typeof Invitations.InviteOutcome.Type>) => outcomes.map(({ _tag }) => _tag)

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>) =>
    () =>
      Effect.provide(effect, portal)

  describe(`Inviting many (${adapter})`, () => {
    it.effect(
      "INV-11 each address of a list has its own outcome, in the order of the list",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const first = yield* Invitations.invite({
            tenantId: from.tenantId,
            email: "again@example.com",
            roles: ["member"]
          }).pipe(as(from.owner))
          const other = yield* Invitations.invite({
            tenantId: from.tenantId,
            email: "admin-to-be@example.com",
            roles: ["admin"]
          }).pipe(as(from.owner))
          const oldSecret = yield* newestSecret("again@example.com")
          const { outcomes } = yield* inviteMany(from, [
            "new@example.com",
            "no address",
            " AGAIN@Example.com ",
            "admin-to-be@example.com",
            "New@example.com",
            "guest@example.com",
            ""
          ])
          assert.deepStrictEqual(tags(outcomes), [
            "Invited",
            "InvalidAddress",
            "SentAgain",
            "InvitedOtherwise",
            "Duplicate",
            "Invited",
            "InvalidAddress"
          ])
          const expiresAt = Instant.plus(yield* Instant.now, "14 days")
          assert.deepInclude(outcomes[2], { address: "again@example.com", invitationId: first.id, expiresAt })
          assert.deepInclude(outcomes[3], { invitationId: other.id, roles: ["admin"] })
          assert.deepInclude(outcomes[1], { address: "no address" })
          // the older link of the one that was sent again is void, and the new one opens
          const late = yield* Invitations.accept({ secret: oldSecret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(late, { _tag: "LinkUnusable", reason: "void" })
          const joined = yield* Invitations.accept({ secret: yield* newestSecret("guest@example.com") }).pipe(
            as(from.guest)
          )
          assert.deepInclude(joined, { outcome: "Joined", roles: ["member"] })
          assert.strictEqual((yield* mailsTo("admin-to-be@example.com")).length, 1)
          assert.strictEqual((yield* mailsTo("new@example.com")).length, 1)
          const states = (yield* listed(from)).map(({ email, state }) => `${email} ${state}`).sort()
          assert.deepStrictEqual(states, [
            "admin-to-be@example.com pending",
            "again@example.com pending",
            "guest@example.com accepted",
            "new@example.com pending"
          ])
        })
      )
    )

    it.effect(
      "INV-07 INV-11 an invitation whose time has run out does not stand in the way of a list",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          yield* inviteMany(from, ["one@example.com", "two@example.com"])
          yield* TestClock.adjust("15 days")
          const { outcomes } = yield* inviteMany(from, ["one@example.com", "three@example.com"])
          assert.deepStrictEqual(tags(outcomes), ["Invited", "Invited"])
          const states = (yield* listed(from)).map(({ email, state }) => `${email} ${state}`).sort()
          assert.deepStrictEqual(states, [
            "one@example.com expired",
            "one@example.com pending",
            "three@example.com pending",
            "two@example.com expired"
          ])
        })
      )
    )

    it.effect(
      "INV-01 INV-11 a list is refused as a whole to who may not invite, or not with these roles, and where nothing is in it or too much",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const refused = (effect: ReturnType<typeof inviteMany>) => Effect.map(Effect.flip(effect), ({ _tag }) => _tag)
          const by = (owner: World["owner"]) => ({ ...from, owner })
          assert.strictEqual(yield* refused(inviteMany(by(from.member), ["x@example.com"])), "NotAllowed")
          assert.strictEqual(yield* refused(inviteMany(by(from.member), ["no address"])), "NotAllowed")
          assert.strictEqual(yield* refused(inviteMany(by(from.guest), ["x@example.com"])), "NotFound")
          assert.strictEqual(
            yield* refused(inviteMany(by(from.admin), ["x@example.com"], { roles: ["owner"] })),
            "NotAllowed"
          )
          assert.strictEqual(
            yield* refused(inviteMany(by(from.admin), ["no address"], { roles: ["owner"] })),
            "NotAllowed"
          )
          const unknown = yield* Effect.flip(inviteMany(from, ["x@example.com"], { roles: ["emperor"] }))
          assert.deepInclude(unknown, { _tag: "InvalidInput", issues: [{ path: ["roles", "0"], code: "role" }] })
          assert.deepInclude(yield* Effect.flip(inviteMany(from, [])), {
            issues: [{ path: ["addresses"], code: "missing" }]
          })
          assert.deepInclude(yield* Effect.flip(inviteMany(from, addresses(501))), {
            issues: [{ path: ["addresses"], code: "too-many" }]
          })
          assert.deepStrictEqual(yield* listed(from), [])
          assert.deepStrictEqual(yield* mailsTo("x@example.com"), [])
        })
      )
    )

    it.effect(
      "INV-11 five hundred addresses are invited in one call, each with a mail and a link of its own",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const { outcomes } = yield* inviteMany(from, addresses(500))
          assert.deepStrictEqual(new Set(tags(outcomes)), new Set(["Invited"]))
          assert.deepStrictEqual(
            outcomes.map(({ address }) => address),
            addresses(500)
          )
          for (const n of [0, 49, 50, 499]) {
            const secret = yield* newestSecret(`new${n}@example.com`)
            const { next } = yield* Invitations.read({ secret }).pipe(as(from.guest))
            assert.strictEqual(next, "switch-account")
          }
        })
      )
    )

    it.effect(
      "INV-11 G-04 a list repeated under its key answers as the first time and sends nothing twice; another list under it is refused",
      proving(
        Effect.gen(function* () {
          const from = yield* world()
          const list = addresses(120)
          const first = yield* inviteMany(from, list, { key: "list" })
          yield* TestClock.adjust("1 minute")
          assert.deepStrictEqual(yield* inviteMany(from, list, { key: "list" }), first)
          assert.strictEqual((yield* mailsTo("new119@example.com")).length, 1)
          const other = yield* Effect.flip(inviteMany(from, [...list, "more@example.com"], { key: "list" }))
          assert.strictEqual(other._tag, "IdempotencyKeyReused")
          assert.deepStrictEqual(yield* mailsTo("more@example.com"), [])
        })
      )
    )
  })

  const few = {
    invitationsPerTenant: { max: 70, window: "24 hours" },
    invitationsPerAccount: { max: 60, window: "24 hours" }
  } as const
  const limited = Layer.provideMerge(withKernel({ limits: few }), storage)

  describe(`Inviting many within limits (${adapter})`, () => {
    it.effect("INV-11 LIM-01 what is above the limits of the day gets an outcome that says so, and no mail", () =>
      Effect.gen(function* () {
        const from = yield* world()
        const { outcomes } = yield* inviteMany(from, [...addresses(65), "no address"])
        const said = tags(outcomes)
        assert.strictEqual(said.filter((tag) => tag === "Invited").length, 60)
        assert.strictEqual(said.filter((tag) => tag === "LimitReached").length, 5)
        assert.strictEqual(said.at(-1), "InvalidAddress")
        const retryAt = Instant.plus(yield* Instant.now, "24 hours")
        assert.deepInclude(outcomes[64], { _tag: "LimitReached", retryAt })
        assert.deepStrictEqual(yield* mailsTo("new64@example.com"), [])
        assert.strictEqual((yield* listed(from)).length, 60)
        // the admin has a budget, but the tenant has ten left; and one by one it is the same budget
        const admin = yield* inviteMany({ ...from, owner: from.admin }, addresses(20, "other"))
        assert.strictEqual(tags(admin.outcomes).filter((tag) => tag === "Invited").length, 10)
        const one = Invitations.invite({ tenantId: from.tenantId, email: "one@example.com", roles: ["member"] })
        assert.strictEqual((yield* one.pipe(as(from.admin), Effect.flip))._tag, "TooManyAttempts")
        yield* TestClock.adjust("24 hours")
        assert.deepStrictEqual(tags((yield* inviteMany(from, ["late@example.com"])).outcomes), ["Invited"])
      }).pipe(Effect.provide(limited))
    )

    const scarce = {
      invitationsPerTenant: { max: 3, window: "1 hour" },
      mailPerAddress: { max: 1, window: "24 hours" }
    } as const

    it.effect(
      "INV-11 LIM-01 an address that gets no mail, because the tenant has sent so many, loses nothing of its own budget, and one that is used up takes no room from others",
      () =>
        Effect.gen(function* () {
          const from = yield* world()
          const tagsOf = (...list: ReadonlyArray<string>) =>
            Effect.map(inviteMany(from, list), ({ outcomes }) => tags(outcomes))
          const [a = "", b = "", c = "", d = ""] = addresses(4)
          assert.deepStrictEqual(yield* tagsOf(a), ["Invited"])
          assert.deepStrictEqual(yield* tagsOf(a, b, c, d), ["LimitReached", "Invited", "Invited", "LimitReached"])
          assert.deepStrictEqual(yield* tagsOf(d), ["LimitReached"])
          yield* TestClock.adjust("1 hour")
          assert.deepStrictEqual(yield* tagsOf(b, d), ["LimitReached", "Invited"])
        }).pipe(Effect.provide(Layer.provideMerge(withKernel({ limits: scarce }), storage)))
    )
  })
})

describe("The statements of inviting many", () => {
  let seen: Array<string> = []
  const stores = storage(migrations, { onStatement: (operation) => void seen.push(operation) })
  const plenty = {
    invitationsPerTenant: { max: 5000, window: "24 hours" },
    invitationsPerAccount: { max: 5000, window: "24 hours" }
  } as const
  const portal = Layer.provideMerge(
    withKernel({ limits: plenty }),
    Layer.provideMerge(Kysely.layer, stores["better-sqlite3"])
  )

  const statements = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      seen = []
      return Effect.map(effect, () => [...seen])
    })

  it.effect("INV-11 STO-06 R-TE-07 a list of 500 takes one transaction for 50, and no statement for each address", () =>
    Effect.gen(function* () {
      const from = yield* world()
      const fresh = yield* statements(inviteMany(from, addresses(500), { key: "first" }))
      const parts = fresh.filter((operation) => operation === "begin").length
      assert.strictEqual(parts, 11, "ten parts, and one for the answer")
      const each = fresh.slice(fresh.indexOf("begin"), fresh.indexOf("commit") + 1)
      assert.deepStrictEqual([...new Set(each)], each)
      assert.isAtMost(each.length, 14)
      assert.isAtMost(fresh.length, 11 * 16)
      const again = yield* statements(inviteMany(from, addresses(500), { key: "second" }))
      assert.isAtMost(again.length, 11 * 16)
      for (const operation of [
        "invitation.insert",
        "link.insert",
        "outbox.append",
        "event.append",
        "invitation.renewAll"
      ]) {
        assert.isAtMost(fresh.filter((one) => one === operation).length, 10, operation)
        assert.isAtMost(again.filter((one) => one === operation).length, 10, operation)
      }
      assert.isAbove(again.filter((one) => one === "invitation.renewAll").length, 0)
    }).pipe(Effect.provide(portal))
  )

  it.effect(
    "INV-10 R-EN-02 R-EN-03 inviting many does the same work and answers the same, whether or not addresses have accounts",
    () =>
      Effect.gen(function* () {
        const run = (known: boolean) =>
          Effect.gen(function* () {
            const from = yield* world()
            const list = addresses(60)
            if (known) for (const email of list) yield* signedIn(yield* given.account(email))
            let answer: ReadonlyArray<string> = []
            const done = yield* statements(
              Effect.tap(inviteMany(from, list), ({ outcomes }) =>
                Effect.sync(() => {
                  answer = tags(outcomes)
                })
              )
            )
            return { answer, done, kinds: (yield* mailsTo("new7@example.com")).map(({ kind }) => kind) }
          }).pipe(Effect.provide(Layer.fresh(portal)))
        assert.deepStrictEqual(yield* run(true), yield* run(false))
      })
  )
})
