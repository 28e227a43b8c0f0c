import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { describe } from "vitest"
import type { Invitation } from "../../src/invitations/Invitation.ts"
import { InvitationRepository } from "../../src/invitations/InvitationRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { LinkRepository } from "../../src/kernel/Links.ts"
import { Database } from "../../src/kysely/Database.ts"
import { queries } from "../../src/kysely/query.ts"
import type { Tables } from "../../src/kysely/tables.ts"
import { Members } from "../../src/tenants/index.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { checkAll } from "../../src/testing/invariants.ts"
import { person } from "../accounts/people.ts"
import { dumpOfKysely } from "../faults/stage.ts"
import { storage } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import { as, everyPort, given, newestSecret, type Portal, signedIn, withKernel } from "../support/portal.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const { postgres } = storage()

/** The ports on PostgreSQL, with some replaced by careless ones. */
const portal = <R>(careless: Layer.Layer<R, never, Database | Portal>) =>
  Layer.mergeAll(careless, dumpOfKysely, Logger.layer([])).pipe(
    Layer.provideMerge(everyPort.kysely),
    Layer.provideMerge(postgres),
    Layer.provideMerge(withKernel({ limits: { invitationsPerTenant: unlimited, linkPerSource: unlimited } }))
  )

/** Saves an invitation whatever its stored state, after a moment in which the other one decides, too. */
const saveWithoutGuard = Layer.effect(
  InvitationRepository,
  Effect.gen(function* () {
    const right = yield* InvitationRepository
    const q = queries<Tables>(yield* Database)
    const save = (invitation: Invitation) =>
      Effect.gen(function* () {
        yield* Effect.sleep("30 millis")
        yield* q.runChanged("invitation.saveWithoutGuard", (db) =>
          db
            .updateTable("invitation")
            .set({ state: invitation.state, ended_at: invitation.endedAt })
            .where("tenant_id", "=", invitation.tenantId)
            .where("id", "=", invitation.id)
        )
      })
    return InvitationRepository.of({ ...right, save })
  })
)

/** Redeems a link whether or not it was used or voided. */
const redeemWithoutGuard = Layer.effect(
  LinkRepository,
  Effect.gen(function* () {
    const right = yield* LinkRepository
    const q = queries<Tables>(yield* Database)
    return LinkRepository.of({
      ...right,
      redeem: (_, hash, at) =>
        Effect.asVoid(
          q.runChanged("link.redeemWithoutGuard", (db) =>
            db.updateTable("link").set({ used_at: at }).where("hash", "=", hash)
          )
        )
    })
  })
)

/** Reads a tenant without locking it, and saves it whatever its stored version. */
const tenantWithoutGuards = Layer.effect(
  TenantRepository,
  Effect.gen(function* () {
    const right = yield* TenantRepository
    const q = queries<Tables>(yield* Database)
    return TenantRepository.of({
      ...right,
      findForUpdate: right.find,
      save: (tenant) =>
        Effect.asVoid(
          q.runChanged("tenant.saveWithoutGuard", (db) =>
            db
              .updateTable("tenant")
              .set({ member_count: tenant.memberCount, owner_count: tenant.ownerCount, version: tenant.version + 1 })
              .where("id", "=", tenant.id)
          )
        )
    })
  })
)

/** The first violation that a round of the race leaves, in at most so many rounds. */
const firstViolation = <E>(round: (n: number) => Effect.Effect<unknown, E, Portal>, times: number) =>
  Effect.gen(function* () {
    for (let n = 0; n < times; n++) {
      yield* round(n)
      const found = yield* Effect.match(checkAll, { onFailure: ({ message }) => message, onSuccess: () => undefined })
      if (found !== undefined) return found
    }
    return "none"
  })

const together = (...effects: ReadonlyArray<Effect.Effect<unknown, unknown, Portal>>) =>
  Effect.suspend(() => {
    const gate = barrier(effects.length)
    return Effect.forEach(effects, (effect) => Effect.exit(Effect.andThen(gate, effect)), { concurrency: "unbounded" })
  })

const acceptAgainstRevoke = (n: number) =>
  Effect.gen(function* () {
    const owner = yield* person(`owner${n}@example.com`)
    const guest = yield* person(`guest${n}@example.com`)
    const tenant = yield* given.tenant(owner)
    const { id } = yield* Invitations.invite({ tenantId: tenant.id, email: guest.email, roles: ["member"] }).pipe(
      as(yield* signedIn(owner))
    )
    const secret = yield* newestSecret(guest.email)
    yield* together(
      Invitations.accept({ secret }).pipe(as(yield* signedIn(guest))),
      Invitations.revoke({ tenantId: tenant.id, invitationId: id }).pipe(as(yield* signedIn(owner)))
    )
  })

const ownersLeave = (n: number) =>
  Effect.gen(function* () {
    const one = yield* person(`one${n}@example.com`)
    const other = yield* person(`other${n}@example.com`)
    const tenant = yield* given.tenant(one)
    yield* given.member(tenant.id, other, ["owner"])
    yield* together(
      Members.leave({ tenantId: tenant.id }).pipe(as(yield* signedIn(one))),
      Members.leave({ tenantId: tenant.id }).pipe(as(yield* signedIn(other)))
    )
  })

describe("a race on PostgreSQL finds a guard that is missing", { timeout: 120_000 }, () => {
  it.live("INV-06 of the invitation's state, and the tenant's lock before it", () =>
    Effect.gen(function* () {
      const found = yield* firstViolation(acceptAgainstRevoke, 200)
      assert.include(found, "INV-06")
    }).pipe(Effect.provide(portal(Layer.mergeAll(saveWithoutGuard, redeemWithoutGuard, tenantWithoutGuards))))
  )

  it.live("V-01 STO-03 of the tenant's lock and version", () =>
    Effect.gen(function* () {
      const found = yield* firstViolation(ownersLeave, 200)
      assert.include(found, "V-01")
    }).pipe(Effect.provide(portal(tenantWithoutGuards)))
  )

  it.live("and none when all guards are there", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* firstViolation(acceptAgainstRevoke, 20), "none")
      assert.strictEqual(yield* firstViolation(ownersLeave, 20), "none")
    }).pipe(Effect.provide(portal(Layer.empty)))
  )
})
