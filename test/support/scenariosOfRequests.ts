import { Effect } from "effect"
import { StaffMembers } from "../../src/accounts/index.ts"
import { SelfRegistrations } from "../../src/joining/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import * as Requests from "../../src/requests/index.ts"
import { approved, ask, form, grace, password, privacy, submit, tenantOfOwner, terms } from "../joining/joiners.ts"
import { askWith, crew, person, world } from "../requests/world.ts"
import { anonymously, as, newestSecret } from "./portal.ts"
import { job, NameByOwners, NameByStaff, pass, type Scenario, scenario, Wish } from "./scenario.ts"

// ---- staff -----------------------------------------------------------------------------------------------------------------------------

const staff: ReadonlyArray<Scenario> = [
  scenario(
    StaffMembers.appoint,
    Effect.gen(function* () {
      const chief = yield* crew("chief", "operator")
      const { email } = yield* person("new")
      return (options) => StaffMembers.appoint({ email, roles: ["agent"] }, options).pipe(as(chief.staff))
    })
  ),
  scenario(
    StaffMembers.dismiss,
    Effect.gen(function* () {
      const chief = yield* crew("chief", "operator")
      const { id } = yield* crew("agent", "agent")
      return (options) => StaffMembers.dismiss({ accountId: id }, options).pipe(as(chief.staff))
    })
  ),
  scenario(
    StaffMembers.list,
    Effect.map(
      crew("chief", "operator"),
      ({ staff }) =>
        () =>
          StaffMembers.list({}).pipe(as(staff))
    )
  )
]

// ---- requests --------------------------------------------------------------------------------------------------------------------------

const askOwners = askWith("Owners", NameByOwners, Wish)
const askStaff = askWith("Staff", NameByStaff, Wish)

/** Somebody asks that a tenant gets another name. */
const asked = Effect.gen(function* () {
  const places = yield* world()
  const { asker, tenantId } = places
  const payload = { tenantId, name: "Anders GmbH" }
  const { id } = yield* askOwners({ asker: { id: asker.id, email: asker.email }, payload }).pipe(as(asker.actor))
  return { ...places, payload, requestId: id }
})

/** The same, of two supervisors. */
const askedStaff = Effect.gen(function* () {
  const { asker, tenantId } = yield* world()
  const first = yield* crew("first", "supervisor")
  const second = yield* crew("supervisor", "supervisor")
  const payload = { tenantId, name: "Anders GmbH" }
  const { id } = yield* askStaff({ asker: { id: asker.id, email: asker.email }, payload }).pipe(as(asker.actor))
  return { first, second, requestId: id }
})

const aMonth = Effect.map(Instant.now, (now) => Instant.plus(now, "30 days"))

/** An owner has named a deputy. */
const stoodInFor = Effect.gen(function* () {
  const { owner, second, tenantId } = yield* world()
  const until = yield* aMonth
  const { id } = yield* Requests.nameDeputy({ deputyId: second.id, tenantId, until }).pipe(as(owner.actor))
  return { owner, id }
})

/** Somebody without an account has asked to join. */
const joining = Effect.gen(function* () {
  const { owner } = yield* tenantOfOwner()
  yield* ask()
  const { items } = yield* Requests.waiting({}).pipe(as(owner))
  const [first] = items
  if (first === undefined) return yield* Effect.die(new Error("nothing waits"))
  return { owner, requestId: first.id, version: first.version }
})

const requests: ReadonlyArray<Scenario> = [
  scenario(
    Requests.approve,
    Effect.map(
      asked,
      ({ owner, requestId }) =>
        (options) =>
          Requests.approve({ requestId, version: 1, note: "Gern" }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Requests.approve,
    Effect.map(
      joining,
      ({ owner, requestId, version }) =>
        (options) =>
          Requests.approve({ requestId, version, decision: { roles: ["admin"] } }, options).pipe(as(owner))
    ),
    "that makes an offer"
  ),
  scenario(
    Requests.approve,
    Effect.gen(function* () {
      const { first, requestId, second } = yield* askedStaff
      yield* Requests.approve({ requestId, version: 1 }).pipe(as(first.staff))
      return (options) => Requests.approve({ requestId, version: 1 }, options).pipe(as(second.staff))
    }),
    "as the second of two"
  ),
  scenario(
    Requests.approve,
    Effect.gen(function* () {
      const { first, requestId, second } = yield* askedStaff
      const deputy = yield* crew("deputy", "agent")
      yield* Requests.nameDeputy({ deputyId: deputy.id, until: yield* aMonth }).pipe(as(second.staff))
      yield* Requests.approve({ requestId, version: 1 }).pipe(as(first.staff))
      return (options) => Requests.approve({ requestId, version: 1 }, options).pipe(as(deputy.staff))
    }),
    "as a deputy among staff"
  ),
  scenario(
    Requests.refuse,
    Effect.map(
      asked,
      ({ owner, requestId }) =>
        (options) =>
          Requests.refuse({ requestId, version: 1, reason: "Nein" }, options).pipe(as(owner.actor))
    )
  ),
  {
    ...scenario(
      Requests.decideMany,
      Effect.gen(function* () {
        const { member, owner, payload, requestId } = yield* asked
        const other = yield* askOwners({ asker: { id: member.id, email: member.email }, payload }).pipe(
          as(member.actor)
        )
        const decisions = [
          { requestId, version: 1, decide: "approve" },
          { requestId: other.id, version: 1, decide: "refuse", reason: "Nein" }
        ] as const
        return (options) => Requests.decideMany({ decisions }, options).pipe(as(owner.actor))
      })
    ),
    inParts: true
  },
  scenario(
    Requests.withdraw,
    Effect.map(
      asked,
      ({ asker, requestId }) =>
        (options) =>
          Requests.withdraw({ requestId }, options).pipe(as(asker.actor))
    )
  ),
  scenario(
    Requests.amend,
    Effect.map(
      asked,
      ({ asker, payload, requestId }) =>
        (options) =>
          Requests.amend({ requestId, payload: { ...payload, name: "Noch anders GmbH" } }, options).pipe(
            as(asker.actor)
          )
    )
  ),
  scenario(
    Requests.remindDue,
    Effect.as(Effect.andThen(asked, pass("3 days")), (options) => Requests.remindDue({ limit: 100 }, options).pipe(job))
  ),
  scenario(
    Requests.expireOverdue,
    Effect.as(Effect.andThen(asked, pass("31 days")), (options) =>
      Requests.expireOverdue({ limit: 100 }, options).pipe(job)
    )
  ),
  scenario(
    Requests.nameDeputy,
    Effect.gen(function* () {
      const { owner, second, tenantId } = yield* world()
      const until = yield* aMonth
      return (options) => Requests.nameDeputy({ deputyId: second.id, tenantId, until }, options).pipe(as(owner.actor))
    })
  ),
  scenario(
    Requests.nameDeputy,
    Effect.gen(function* () {
      const chief = yield* crew("chief", "supervisor")
      const deputy = yield* crew("deputy", "agent")
      const until = yield* aMonth
      return (options) => Requests.nameDeputy({ deputyId: deputy.id, until }, options).pipe(as(chief.staff))
    }),
    "among staff"
  ),
  scenario(
    Requests.endDeputy,
    Effect.gen(function* () {
      const chief = yield* crew("chief", "supervisor")
      const deputy = yield* crew("deputy", "agent")
      const named = yield* Requests.nameDeputy({ deputyId: deputy.id, until: yield* aMonth }).pipe(as(chief.staff))
      return (options) => Requests.endDeputy({ id: named.id }, options).pipe(as(chief.staff))
    }),
    "among staff"
  ),
  scenario(
    Requests.endDeputy,
    Effect.map(
      stoodInFor,
      ({ id, owner }) =>
        (options) =>
          Requests.endDeputy({ id }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Requests.waiting,
    Effect.map(
      asked,
      ({ owner }) =>
        () =>
          Requests.waiting({}).pipe(as(owner.actor))
    )
  ),
  scenario(
    Requests.mine,
    Effect.map(
      asked,
      ({ asker }) =>
        () =>
          Requests.mine({}).pipe(as(asker.actor))
    )
  ),
  scenario(
    Requests.get,
    Effect.map(
      asked,
      ({ owner, requestId }) =>
        () =>
          Requests.get({ requestId }).pipe(as(owner.actor))
    )
  ),
  scenario(
    Requests.deputies,
    Effect.map(
      stoodInFor,
      ({ owner }) =>
        () =>
          Requests.deputies({}).pipe(as(owner.actor))
    )
  )
]

// ---- joining ---------------------------------------------------------------------------------------------------------------------------

/** Somebody without an account has typed the numbers of a tenant in: the secret of the first link. */
const submitted = Effect.gen(function* () {
  yield* tenantOfOwner()
  yield* submit()
  return yield* newestSecret(grace)
})

/** Somebody without an account has been approved: the secret of the link that completes. */
const offered = Effect.gen(function* () {
  const { owner } = yield* tenantOfOwner()
  const { secret } = yield* approved(owner)
  return secret
})

const numbers = { customerNumber: form.customerNumber, postalCode: form.postalCode, country: form.country }

const selfRegistrations: ReadonlyArray<Scenario> = [
  scenario(
    SelfRegistrations.submit,
    Effect.as(tenantOfOwner(), (options) => SelfRegistrations.submit(form, options).pipe(anonymously))
  ),
  scenario(
    SelfRegistrations.submit,
    Effect.as(Effect.andThen(tenantOfOwner(), person("grace")), (options) =>
      SelfRegistrations.submit(form, options).pipe(anonymously)
    ),
    "of a taken address"
  ),
  scenario(
    SelfRegistrations.read,
    Effect.map(submitted, (secret) => () => SelfRegistrations.read({ secret }).pipe(anonymously))
  ),
  scenario(
    SelfRegistrations.confirm,
    Effect.map(submitted, (secret) => (options) => SelfRegistrations.confirm({ secret }, options).pipe(anonymously))
  ),
  scenario(
    SelfRegistrations.confirm,
    Effect.gen(function* () {
      yield* tenantOfOwner()
      yield* submit({ customerNumber: "K-4712" })
      const secret = yield* newestSecret(grace)
      return (options) => SelfRegistrations.confirm({ secret }, options).pipe(anonymously)
    }),
    "of a number that is nobody's"
  ),
  scenario(
    SelfRegistrations.askToJoin,
    Effect.gen(function* () {
      yield* tenantOfOwner()
      const { actor } = yield* person("grace")
      return (options) => SelfRegistrations.askToJoin(numbers, options).pipe(as(actor))
    })
  ),
  scenario(
    SelfRegistrations.readOffer,
    Effect.map(offered, (secret) => () => SelfRegistrations.readOffer({ secret }).pipe(anonymously))
  ),
  scenario(
    SelfRegistrations.complete,
    Effect.map(
      offered,
      (secret) => (options) =>
        SelfRegistrations.complete({ secret, consents: [terms, privacy], password }, options).pipe(anonymously)
    )
  ),
  scenario(
    SelfRegistrations.join,
    Effect.gen(function* () {
      const secret = yield* offered
      const { actor } = yield* person("grace")
      return (options) => SelfRegistrations.join({ secret }, options).pipe(as(actor))
    })
  ),
  scenario(
    SelfRegistrations.purge,
    Effect.as(Effect.andThen(submitted, pass("30 days")), (options) => SelfRegistrations.purge({}, options).pipe(job))
  )
]

/** Staff, requests and deputies, and joining by customer number. */
export const scenariosOfRequests: ReadonlyArray<Scenario> = [...staff, ...requests, ...selfRegistrations]
