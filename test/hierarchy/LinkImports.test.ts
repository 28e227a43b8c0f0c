import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { describe } from "vitest"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import { LinkImports, Locations } from "../../src/hierarchy/index.ts"
import type { RowOutcome } from "../../src/hierarchy/LinkImports.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { eventsOf, type Person, person, tagOf } from "../tenants/world.ts"

const row = (customerNumber: string, postalCode = "1010", country = "AT") => ({ customerNumber, postalCode, country })

/** A main with one sub, other tenants of the same owner, and one of somebody else. */
const world = Effect.gen(function* () {
  const owner = yield* person("owner")
  const other = yield* person("other")
  const tenant = (customerNumber: string, who = owner) =>
    Effect.map(given.tenant(who.account, { customerNumber, name: `Name ${customerNumber}` }), ({ id }) => id)
  const main = yield* tenant("KD-1")
  const sub = yield* tenant("KD-2")
  const free = yield* tenant("KD-3")
  const elsewhere = yield* tenant("KD-4")
  const otherMain = yield* tenant("KD-5")
  const foreign = yield* tenant("KD-6", other)
  yield* tenant("KD-10")
  // here the owner is a member who decides nothing
  yield* given.member(yield* tenant("KD-11", other), owner.account, ["member"])
  const link = (tenantId: TenantId, subId: TenantId) => Locations.linkOwn({ tenantId, subId }).pipe(as(owner.actor))
  yield* link(main, sub)
  yield* link(otherMain, elsewhere)
  return { owner, other, main, sub, free, elsewhere, otherMain, foreign }
})

const ROWS = [
  row("kd 2"),
  row("KD-3"),
  row("KD-4"),
  row("KD-5"),
  row("KD-6"),
  row("KD-6", "1020"),
  row("KD-99"),
  row("KD-1"),
  row("0kd3"),
  row("", "1010"),
  row("KD-7", "x", "AT"),
  row("KD-8", "1010", "Nowhere"),
  row("KD-10", "1020"),
  row("KD-11")
]

const short = (outcome: RowOutcome): string =>
  outcome._tag === "Refused"
    ? outcome.refusal
    : outcome._tag === "Double"
      ? `Double of ${outcome.firstRow}`
      : outcome._tag === "Invalid"
        ? `Invalid ${outcome.issues.map(({ code, path }) => `${path.join(".")} ${code}`).join()}`
        : outcome._tag

const EXPECTED = [
  "Linked",
  "Link",
  "AlreadyLinked",
  "SubCannotHaveSubs",
  "Ask",
  "Double of 4",
  "Ask",
  "LinkToItself",
  "Double of 1",
  "Invalid customerNumber customer-number",
  "Invalid postalCode postal-code",
  "Invalid country country",
  "Ask",
  "Ask"
]

/** What is said afterwards. */
const DONE = EXPECTED.map((outcome) => (outcome === "Link" ? "Linked" : outcome === "Ask" ? "Asked" : outcome))

forEachAdapter(everyPort, (adapter, layer) => {
  const portalWith = (settings: SettingsInput = {}) =>
    Layer.mergeAll(everyKind).pipe(Layer.provideMerge(Layer.provideMerge(withKernel(settings), layer)))
  const portal = portalWith()

  const check = ({ actor }: Person, tenantId: TenantId, rows = ROWS) =>
    Effect.map(LinkImports.checkImport({ tenantId, rows }).pipe(as(actor)), ({ outcomes }) => outcomes.map(short))
  const take = ({ actor }: Person, tenantId: TenantId, rows = ROWS) =>
    Effect.map(LinkImports.importLinks({ tenantId, rows }).pipe(as(actor)), ({ outcomes }) => outcomes.map(short))
  const subsOf = (main: TenantId) => Effect.flatMap(HierarchyRepository, (hierarchy) => hierarchy.countSubs(main))

  describe(`import of many links (${adapter})`, { timeout: 60_000 }, () => {
    it.live("HIE-10 the dry run says of each row what would become of it, and does nothing", () =>
      Effect.gen(function* () {
        const { main, other, owner } = yield* world
        const before = yield* eventsOf(main)
        assert.deepStrictEqual(yield* check(owner, main), EXPECTED)
        assert.deepStrictEqual(yield* check(owner, main), EXPECTED)
        assert.strictEqual(yield* subsOf(main), 1)
        assert.deepStrictEqual(yield* eventsOf(main), before)
        assert.deepStrictEqual(yield* mailsTo(other.account.email), [])
      }).pipe(Effect.provide(portal))
    )

    it.live(
      "HIE-10 HIE-03 each row is done for itself, as the dry run has said; whose the numbers are is told by mail only",
      () =>
        Effect.gen(function* () {
          const { main, foreign, other, owner } = yield* world
          assert.deepStrictEqual(yield* take(owner, main), DONE)
          assert.strictEqual(yield* subsOf(main), 2)
          // those of the other tenant are asked, and the owner learns of the number that is nobody's
          assert.deepStrictEqual(
            (yield* mailsTo(other.account.email)).map(({ kind }) => kind),
            ["requests.LinkSubTenant.pending", "requests.LinkSubTenant.pending"]
          )
          assert.strictEqual(
            (yield* mailsTo(owner.account.email)).length,
            2,
            "KD-99 is nobody's, and KD-10 has another postal code"
          )
          assert.strictEqual(
            yield* tagOf(Locations.get({ tenantId: main, subId: foreign }).pipe(as(owner.actor))),
            "NotFound"
          )
        }).pipe(Effect.provide(portal))
    )

    it.live("HIE-10 G-04 the same list again does nothing twice: no link, no request, no mail", () =>
      Effect.gen(function* () {
        const { main, other, owner } = yield* world
        yield* take(owner, main)
        const mails = Effect.zip(mailsTo(other.account.email), mailsTo(owner.account.email))
        const before = yield* mails
        const events = yield* eventsOf(main)
        assert.deepStrictEqual(yield* take(owner, main), DONE)
        assert.deepStrictEqual(yield* mails, before)
        assert.deepStrictEqual(yield* eventsOf(main), events)
        assert.deepStrictEqual(
          yield* check(owner, main),
          EXPECTED.map((outcome) => (outcome === "Link" ? "Linked" : outcome))
        )
      }).pipe(Effect.provide(portal))
    )

    it.live("HIE-10 TFA-07 the dry run is equal to the run where a tenant of one's own wants a second factor", () =>
      Effect.gen(function* () {
        const { free, main, owner } = yield* world
        const tenants = yield* TenantRepository
        const found = Option.getOrThrow(yield* tenants.find(free))
        yield* tenants.save({ ...found, requiresSecondFactor: true })
        const rows = [row("KD-3"), row("KD-10")]
        assert.deepStrictEqual(yield* check(owner, main, rows), ["Ask", "Link"])
        assert.deepStrictEqual(yield* take(owner, main, rows), ["Asked", "Linked"])
      }).pipe(Effect.provide(portal))
    )

    it.live("HIE-10 HIE-01 and where the tenant that imports is a sub itself", () =>
      Effect.gen(function* () {
        const { owner, sub } = yield* world
        const rows = [row("KD-3"), row("KD-6"), row("KD-99"), row("KD-2"), row("kd3"), row("")]
        const expected = [
          "MainIsASub",
          "MainIsASub",
          "MainIsASub",
          "MainIsASub",
          "Double of 0",
          "Invalid customerNumber customer-number"
        ]
        assert.deepStrictEqual(yield* check(owner, sub, rows), expected)
        assert.deepStrictEqual(yield* take(owner, sub, rows), expected)
        assert.deepStrictEqual(yield* mailsTo(owner.account.email), [])
      }).pipe(Effect.provide(portal))
    )

    it.live(
      "HIE-10 HIE-03 R-RL-07 a list finds out no more than who asks one by one: numbers that are nobody's count for the account",
      () =>
        Effect.gen(function* () {
          const { main, otherMain, owner } = yield* world
          const askOne = tagOf(Locations.askToLink({ tenantId: main, ...row("KD-98") }).pipe(as(owner.actor)))
          const rows = [row("KD-90"), row("KD-6"), row("KD-91"), row("KD-92"), row("KD-11"), row("KD-10")]
          const outcomes = yield* take(owner, main, rows)
          // what is somebody's counts nothing, until there is no room: then it is not asked for either
          assert.deepStrictEqual(outcomes, ["Asked", "Asked", "Asked", "TooManyAttempts", "TooManyAttempts", "Linked"])
          assert.strictEqual(yield* askOne, "TooManyAttempts", "one budget for both")
          const elsewhere = yield* take(owner, otherMain, [row("KD-11"), row("KD-93")])
          assert.deepStrictEqual(elsewhere, ["TooManyAttempts", "TooManyAttempts"], "in whichever tenant")
        }).pipe(Effect.provide(portalWith({ limits: { linksPerAccount: { max: 2, window: "24 hours" } } })))
    )

    it.live("HIE-10 LIM-01 a list of numbers that all are somebody's is as long as the tenant's own budget", () =>
      Effect.gen(function* () {
        const { main, owner } = yield* world
        assert.deepStrictEqual(yield* take(owner, main, [row("KD-6"), row("KD-11")]), ["Asked", "Asked"])
      }).pipe(Effect.provide(portalWith({ limits: { linksPerAccount: { max: 1, window: "24 hours" } } })))
    )

    it.live("HIE-10 LIM-01 rows beyond the day's budget are refused one by one, and come through on another day", () =>
      Effect.gen(function* () {
        const { main, owner } = yield* world
        const rows = ["KD-90", "KD-91", "KD-92", "KD-3"].map((number) => row(number))
        assert.deepStrictEqual(yield* take(owner, main, rows), ["Asked", "Asked", "TooManyAttempts", "Linked"])
        // what was asked needs no budget again
        assert.deepStrictEqual(yield* take(owner, main, rows), ["Asked", "Asked", "TooManyAttempts", "Linked"])
      }).pipe(Effect.provide(portalWith({ limits: { importedLinksPerTenant: { max: 2, window: "24 hours" } } })))
    )

    it.live(
      "HIE-10 R-TE-04 only who decides on the main's place imports, at most 500 rows; of a foreign main nothing shows",
      () =>
        Effect.gen(function* () {
          const { main, other, owner } = yield* world
          const clerk = yield* person("clerk")
          yield* given.member(main, clerk.account, ["admin"])
          for (const [who, expected] of [
            [other, "NotFound"],
            [clerk, "NotAllowed"]
          ] as const) {
            assert.strictEqual(
              yield* tagOf(LinkImports.checkImport({ tenantId: main, rows: ROWS }).pipe(as(who.actor))),
              expected
            )
            assert.strictEqual(
              yield* tagOf(LinkImports.importLinks({ tenantId: main, rows: ROWS }).pipe(as(who.actor))),
              expected
            )
          }
          for (const rows of [[], Array.from({ length: 501 }, (_, n) => row(`KD-${n}`))]) {
            assert.strictEqual(
              yield* tagOf(LinkImports.checkImport({ tenantId: main, rows }).pipe(as(owner.actor))),
              "InvalidInput"
            )
          }
          const most = Array.from({ length: 500 }, (_, n) => row(`XX-${n}`))
          assert.strictEqual((yield* check(owner, main, most)).filter((outcome) => outcome === "Ask").length, 500)
        }).pipe(Effect.provide(portal))
    )
  })
})
