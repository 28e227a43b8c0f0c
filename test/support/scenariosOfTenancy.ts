import { Effect } from "effect"
import { Suspensions } from "../../src/accounts/index.ts"
import { SecondFactorRepository } from "../../src/accounts/SecondFactorRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import * as Requests from "../../src/requests/index.ts"
import { Domains, Ownerships, StaffTenants, Tenants } from "../../src/tenants/index.ts"
import { FaultyDomainProof } from "../../src/testing/FaultyDomainProof.ts"
import { crew, person } from "../requests/world.ts"
import { anonymously, as, given, newestSecret } from "./portal.ts"
import { job, pass, type Scenario, scenario } from "./scenario.ts"

/** A tenant with an owner and a member, and one of the operator. */
const place = Effect.gen(function* () {
  const owner = yield* person("owner")
  const member = yield* person("member")
  const tenant = yield* given.tenant(owner)
  yield* given.member(tenant.id, member, ["member"])
  const boss = yield* crew("boss", "operator")
  return { owner, member, boss, tenantId: tenant.id }
})

// ---- ownership -------------------------------------------------------------------------------------------------------------------------

const offered = Effect.gen(function* () {
  const all = yield* place
  const { requestId } = yield* Ownerships.offer({ tenantId: all.tenantId, accountId: all.member.id }).pipe(
    as(all.owner.actor)
  )
  return { ...all, requestId }
})

const ownership: ReadonlyArray<Scenario> = [
  scenario(
    Ownerships.offer,
    Effect.map(
      place,
      ({ member, owner, tenantId }) =>
        (options) =>
          Ownerships.offer({ tenantId, accountId: member.id }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Ownerships.offers,
    Effect.map(
      offered,
      ({ owner, tenantId }) =>
        () =>
          Ownerships.offers({ tenantId }).pipe(as(owner.actor))
    )
  ),
  scenario(
    Requests.approve,
    Effect.map(
      offered,
      ({ member, requestId }) =>
        (options) =>
          Requests.approve({ requestId, version: 1 }, options).pipe(as(member.actor))
    ),
    "that takes the ownership over"
  )
]

// ---- staff -----------------------------------------------------------------------------------------------------------------------------

const reason = "Zahlung offen"

const staff: ReadonlyArray<Scenario> = [
  scenario(
    StaffTenants.find,
    Effect.map(
      place,
      ({ boss }) =>
        () =>
          StaffTenants.find({ search: "muster" }).pipe(as(boss.staff))
    )
  ),
  scenario(
    StaffTenants.suspend,
    Effect.map(
      place,
      ({ boss, tenantId }) =>
        (options) =>
          StaffTenants.suspend({ tenantId, reason }, options).pipe(as(boss.staff))
    )
  ),
  scenario(
    StaffTenants.restore,
    Effect.gen(function* () {
      const { boss, tenantId } = yield* place
      yield* StaffTenants.suspend({ tenantId, reason }).pipe(as(boss.staff))
      return (options) => StaffTenants.restore({ tenantId, reason }, options).pipe(as(boss.staff))
    })
  ),
  scenario(
    StaffTenants.close,
    Effect.gen(function* () {
      const { boss, owner, tenantId } = yield* offered
      yield* Invitations.invite({ tenantId, email: "guest@example.com", roles: ["member"] }).pipe(as(owner.actor))
      return (options) => StaffTenants.close({ tenantId, reason }, options).pipe(as(boss.staff))
    })
  ),
  scenario(
    StaffTenants.appointOwner,
    Effect.gen(function* () {
      const { boss, tenantId } = yield* place
      const { email } = yield* person("new")
      return (options) => StaffTenants.appointOwner({ tenantId, email, reason }, options).pipe(as(boss.staff))
    })
  ),
  scenario(
    Suspensions.find,
    Effect.map(
      place,
      ({ boss, owner }) =>
        () =>
          Suspensions.find({ search: owner.email }).pipe(as(boss.staff))
    )
  ),
  scenario(
    Suspensions.suspend,
    Effect.map(
      place,
      ({ boss, member, owner, tenantId }) =>
        (options) =>
          Suspensions.suspend(
            { accountId: owner.id, reason, successors: [{ tenantId, accountId: member.id }] },
            options
          ).pipe(as(boss.staff))
    )
  ),
  scenario(
    Suspensions.suspend,
    Effect.map(
      place,
      ({ boss, owner }) =>
        (options) =>
          Suspensions.suspend({ accountId: owner.id, reason }, options).pipe(as(boss.staff))
    ),
    "with the tenant"
  ),
  scenario(
    Suspensions.restore,
    Effect.gen(function* () {
      const { boss, owner } = yield* place
      yield* Suspensions.suspend({ accountId: owner.id, reason }).pipe(as(boss.staff))
      return (options) => Suspensions.restore({ accountId: owner.id, reason }, options).pipe(as(boss.staff))
    })
  )
]

// ---- domains ---------------------------------------------------------------------------------------------------------------------------

/** The tenant says that the domain of its people's addresses is its own, and the record is there. */
const claimed = Effect.gen(function* () {
  const all = yield* place
  const records = yield* FaultyDomainProof
  const { id, record } = yield* Domains.claim({ tenantId: all.tenantId, domain: "example.com" }).pipe(
    as(all.owner.actor)
  )
  yield* records.set(record.name, record.value)
  return { ...all, record, records, ids: { tenantId: all.tenantId, domainId: id } }
})

const opened = Effect.fnUntraced(function* (joining: "ask" | "at-once") {
  const all = yield* claimed
  yield* Domains.proveByRecord(all.ids).pipe(as(all.owner.actor))
  yield* Domains.setJoining({ ...all.ids, joining }).pipe(as(all.owner.actor))
  return { ...all, guest: yield* person("guest") }
})

/** The secret of the link in the mail to the postmaster. */
const mailed = Effect.gen(function* () {
  const { ids, owner } = yield* claimed
  yield* Domains.askPostmaster(ids).pipe(as(owner.actor))
  return yield* newestSecret("postmaster@example.com")
})

const domains: ReadonlyArray<Scenario> = [
  scenario(
    Domains.list,
    Effect.map(
      claimed,
      ({ owner, tenantId }) =>
        () =>
          Domains.list({ tenantId }).pipe(as(owner.actor))
    )
  ),
  scenario(
    Domains.claim,
    Effect.map(
      place,
      ({ owner, tenantId }) =>
        (options) =>
          Domains.claim({ tenantId, domain: "firma.example" }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Domains.proveByRecord,
    Effect.map(
      claimed,
      ({ ids, owner }) =>
        (options) =>
          Domains.proveByRecord(ids, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Domains.askPostmaster,
    Effect.map(
      claimed,
      ({ ids, owner }) =>
        (options) =>
          Domains.askPostmaster(ids, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Domains.readPostmaster,
    Effect.map(mailed, (secret) => () => Domains.readPostmaster({ secret }).pipe(anonymously))
  ),
  scenario(
    Domains.confirmPostmaster,
    Effect.map(mailed, (secret) => (options) => Domains.confirmPostmaster({ secret }, options).pipe(anonymously))
  ),
  scenario(
    Domains.setJoining,
    Effect.gen(function* () {
      const { ids, owner } = yield* opened("ask")
      return (options) => Domains.setJoining({ ...ids, joining: "at-once" }, options).pipe(as(owner.actor))
    })
  ),
  scenario(
    Domains.remove,
    Effect.map(
      claimed,
      ({ ids, owner }) =>
        (options) =>
          Domains.remove(ids, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Domains.join,
    Effect.map(
      opened("at-once"),
      ({ guest, tenantId }) =>
        (options) =>
          Domains.join({ tenantId }, options).pipe(as(guest.actor))
    )
  ),
  scenario(
    Domains.join,
    Effect.map(
      opened("ask"),
      ({ guest, tenantId }) =>
        (options) =>
          Domains.join({ tenantId }, options).pipe(as(guest.actor))
    ),
    "where the tenant is asked"
  ),
  scenario(
    Domains.review,
    Effect.gen(function* () {
      const { ids, record, records } = yield* opened("at-once")
      yield* records.set(record.name)
      for (const _ of [1, 2]) {
        yield* pass("1 day")
        yield* Domains.review(ids).pipe(job)
      }
      yield* pass("1 day")
      return (options) => Domains.review(ids, options).pipe(job)
    })
  )
]

// ---- second factor ---------------------------------------------------------------------------------------------------------------------

const rules: ReadonlyArray<Scenario> = [
  scenario(
    Tenants.requireSecondFactor,
    Effect.gen(function* () {
      const { owner, tenantId } = yield* place
      const factors = yield* SecondFactorRepository
      yield* factors.confirm(owner.id, { sealedSecret: "sealed", lastStep: 1, confirmedAt: yield* Instant.now })
      return (options) => Tenants.requireSecondFactor({ tenantId, required: true }, options).pipe(as(owner.actor))
    })
  )
]

/** Ownership, what staff do with tenants and accounts, mail domains, and the rule of a second factor. */
export const scenariosOfTenancy: ReadonlyArray<Scenario> = [...ownership, ...staff, ...domains, ...rules]
