import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe, expect } from "vitest"
import { Sessions } from "../src/accounts/index.ts"
import * as Audit from "../src/audit/index.ts"
import * as Invitations from "../src/invitations/index.ts"
import { job } from "../src/kernel/Actor.ts"
import * as Kysely from "../src/kysely/index.ts"
import { migrations } from "../src/kysely/migrations/index.ts"
import { Orders } from "../src/orders/index.ts"
import { Members, Permissions } from "../src/tenants/index.ts"
import { SimulatedClock } from "../src/testing/SimulatedClock.ts"
import { useCases } from "../src/useCases.ts"
import { enter, person } from "./accounts/people.ts"
import { placed } from "./orders/world.ts"
import { plans } from "./subscriptions/samples.ts"
import { storage } from "./support/adapters.ts"
import { as, given, withKernel } from "./support/portal.ts"
import { everyKind, type Scenario, type Stage } from "./support/scenario.ts"
import { scenarios } from "./support/scenarios.ts"
import { staff } from "./tenants/world.ts"

let seen: Array<string> = []
const stores = storage(migrations, { onStatement: (operation) => void seen.push(operation) })
const unlimited = { max: 1_000_000, window: "1 hour" } as const
const limits = {
  invitationsPerTenant: unlimited,
  invitationsPerAccount: unlimited,
  mailPerAddress: unlimited,
  mailPerSource: unlimited
}

const stage: Layer.Layer<Stage, unknown> = everyKind.pipe(
  Layer.provideMerge(withKernel({ tenants: { selfService: true }, plans, limits })),
  Layer.provideMerge(Kysely.layer),
  Layer.provideMerge(stores["better-sqlite3"]),
  Layer.provideMerge(SimulatedClock.layer())
)

/** What is asked twice and means something else each time, or is a lock that the unit has already. */
const AGAIN: Readonly<Record<string, ReadonlyArray<string>>> = {
  // of a deputy once to know whether to lock anything, and once when everything is locked; and once for each tenant that the effect changes
  "requests.approve": [
    "request.entitled",
    "membership.accessFacts",
    "tenant.findForUpdate",
    "tenant.find",
    "tenant.save",
    // who gives the ownership away, and who gets it
    "membership.update"
  ],
  "ownership.offer": ["membership.findMember"],
  // the main's row once to lock it, and what hangs on it again when everything is locked
  "tenants.close": ["tenant.findForUpdate", "hierarchy.find", "tenant.save"],
  // once to lock the tenants, and once to see that none has come to it before the account was locked; staff: the caller and the account
  "accounts.suspend": ["membership.ofAccountForUpdate", "account.credentialsForUpdate", "staff.find"],
  "accounts.restore": ["membership.ofAccountForUpdate", "account.credentialsForUpdate", "staff.find"],
  // once for each side; the link once to know what to lock, and once when it is locked
  "locations.linkOwn": ["tenant.findForUpdate", "membership.accessFacts", "tenant.save"],
  "locations.askToLink": ["tenant.findForUpdate", "membership.accessFacts"],
  "locations.askToMove": ["tenant.findForUpdate", "membership.accessFacts", "hierarchy.find"],
  "locations.unlink": ["tenant.findForUpdate", "tenant.save", "hierarchy.find"],
  "locations.leaveMain": ["tenant.findForUpdate", "tenant.save", "hierarchy.find"],
  // once for each of the two
  "requests.nameDeputy": ["account.find", "staff.find"],
  "staff.dismiss": ["account.find"],
  // once for the caller, and once for the colleague
  "desk.assign": ["staff.hold", "account.find", "staff.find"],
  // once for each of the two tickets; what is merged already once to know what to lock, and once when it is locked
  "desk.merge": [
    "ticket.related",
    "ticket.save",
    "ticket.saveCopies",
    "ticket.addParticipants",
    "ticket.appendChanges"
  ],
  "desk.undoMerge": ["ticket.save", "ticket.saveCopies", "ticket.saveParticipants", "ticket.appendChanges"],
  "desk.split": ["ticket.index", "ticket.save", "ticket.saveCopies", "ticket.appendChanges"],
  // the words of the subject, and those of a message that no mail goes out for
  "desk.submitFor": ["ticket.index"],
  // the words that stand in the subject only, and those that stand elsewhere, too
  "tickets.change": ["ticket.unindexSubject"],
  // what an address opens, and what it is answered
  "tickets.receive": ["limits.take"],
  // of a payment once to know whom else to lock, and once when they are locked
  "subscriptions.applyBillingEvent": ["subscription.coverages", "subscription.withEvents"],
  // of each of the two kinds of request by which the same is asked
  "teamMembers.askToConnect": ["request.sameAs"],
  "teamMembers.askToReactivate": ["request.sameAs"]
}

/** The statements of an effect that goes well, by their operations. */
const statementsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    seen = []
    return Effect.map(effect, () => [...seen])
  })

/** The statements of a scenario's one call, in a database of its own. */
const measured = (scenario: Scenario) =>
  Effect.flatMap(scenario.given, (call) => statementsOf(call())).pipe(
    Effect.provide(Layer.fresh(stage)),
    Effect.map((statements) => ({ name: scenario.name, statements }))
  )

describe("statements", { timeout: 300_000 }, () => {
  it.live(
    "STO-06 R-TE-07 the committed table of every use case's statements is what they need, and no unit asks the same twice",
    () =>
      Effect.gen(function* () {
        const told = new Set(scenarios.map(({ useCase }) => useCase))
        assert.deepStrictEqual(
          useCases.map(({ name }) => name).filter((name) => !told.has(name)),
          []
        )
        const rows: Array<string> = []
        for (const scenario of [...scenarios].sort((a, b) => (a.name < b.name ? -1 : 1))) {
          const { name, statements } = yield* measured(scenario)
          assert.isAtMost(statements.length, 26, name)
          // what was found and judged is what is changed; a second look could find something else
          const unit = statements.slice(statements.indexOf("begin"))
          const again = AGAIN[scenario.useCase] ?? []
          const inUnit = unit.filter((operation, at) => !again.includes(operation) || unit.indexOf(operation) === at)
          if (scenario.inParts !== true) assert.deepStrictEqual([...new Set(inUnit)], inUnit, name)
          rows.push(`| ${name} | ${statements.length} | ${statements.join(", ")} |`)
        }
        const text = `# The statements of each use case

Derived from the code by \`test/statements.test.ts\`: each use case is called once, in a state in which it goes well, on SQLite;
\`npx vitest -c test/vitest.config.ts -u test/statements.test.ts\` writes the table anew. \`begin\` and \`commit\` count.

| use case | statements | in this order |
| --- | --- | --- |
${rows.join("\n")}
`
        yield* Effect.promise(() => expect(text).toMatchFileSnapshot("golden/statements.md"))
      })
  )

  it.live("STO-06 no list and no job needs more statements for more rows", () =>
    Effect.gen(function* () {
      /** The statements of each list in a world with so many rows in it. */
      const world = (many: number) =>
        Effect.gen(function* () {
          const owner = yield* person("owner@example.com")
          const { actor } = yield* enter("owner@example.com")
          const tenant = yield* given.tenant(owner)
          for (let n = 0; n < many; n++) {
            const member = yield* given.account(`member${n}@example.com`)
            yield* given.member(tenant.id, member, ["member"])
            yield* Invitations.invite({ tenantId: tenant.id, email: `guest${n}@example.com`, roles: ["member"] }).pipe(
              as(actor)
            )
            const elsewhere = yield* given.tenant(member)
            const there = yield* person(`there${n}@example.com`)
            yield* given.member(elsewhere.id, there, ["owner"])
            const invites = yield* enter(`there${n}@example.com`)
            yield* Invitations.invite({ tenantId: elsewhere.id, email: owner.email, roles: ["member"] }).pipe(
              as(invites.actor)
            )
            const further = yield* given.tenant(there)
            yield* given.member(further.id, owner, ["member"])
            yield* enter("owner@example.com")
            yield* placed({ account: owner, actor }, tenant.id)
          }
          const { tenantId } = { tenantId: tenant.id }
          const lists = {
            "members.list": Members.list({ tenantId }).pipe(as(actor)),
            "members.list (search)": Members.list({ tenantId, search: "member" }).pipe(as(actor)),
            "invitations.list": Invitations.list({ tenantId }).pipe(as(actor)),
            "invitations.mine": Invitations.mine({}).pipe(as(actor)),
            "access.whereCanIGo": Permissions.whereCanIGo({}).pipe(as(actor)),
            "sessions.list": Sessions.list({}).pipe(as(actor)),
            "orders.list": Orders.list({ tenantId }).pipe(as(actor)),
            "orders.queue": Orders.queue({}).pipe(as(yield* staff(owner, "agent"))),
            "events.list": Audit.Events.list({ tenantId }).pipe(as(actor))
          }
          const needed: Record<string, ReadonlyArray<string>> = {}
          for (const [name, list] of Object.entries<Effect.Effect<unknown, unknown, Stage>>(lists)) {
            needed[name] = yield* statementsOf(list)
          }
          yield* Effect.flatMap(SimulatedClock, (clock) => clock.pass("15 days"))
          needed["invitations.expireOverdue"] = yield* statementsOf(
            Invitations.expireOverdue({ limit: 100 }).pipe(as(job("expire")))
          )
          return needed
        }).pipe(Effect.provide(Layer.fresh(stage)))
      // events are written 50 to a statement, which the job that expires 40 invitations stays below
      assert.deepStrictEqual(yield* world(20), yield* world(2))
    })
  )
})
