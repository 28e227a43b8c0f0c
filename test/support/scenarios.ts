import { Effect, Redacted } from "effect"
import {
  EmailChanges,
  Passwords,
  Profiles,
  Registrations,
  SecondFactors,
  Sessions,
  SignIns
} from "../../src/accounts/index.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { Events } from "../../src/audit/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { type MailId, nextId, SessionId } from "../../src/kernel/ids.ts"
import * as Mails from "../../src/mail/Mails.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import { Members, Permissions, Tenants } from "../../src/tenants/index.ts"
import { askForReset, codeNow, form, passwords, register, withApp } from "../accounts/newcomers.ts"
import { enter, enterWithCode, PASSWORD, person, personWithFactor, signIn as signInWith } from "../accounts/people.ts"
import { anonymously, as, given, newestSecret } from "./portal.ts"
import { job, pass, type Scenario, scenario } from "./scenario.ts"
import { scenariosOfFiles } from "./scenariosOfFiles.ts"
import { scenariosOfHierarchy } from "./scenariosOfHierarchy.ts"
import { scenariosOfInbound } from "./scenariosOfInbound.ts"
import { scenariosOfInvitations } from "./scenariosOfInvitations.ts"
import { scenariosOfLists } from "./scenariosOfLists.ts"
import { scenariosOfOrders } from "./scenariosOfOrders.ts"
import { scenariosOfRequests } from "./scenariosOfRequests.ts"
import { scenariosOfSubscriptions } from "./scenariosOfSubscriptions.ts"
import { scenariosOfTenancy } from "./scenariosOfTenancy.ts"
import { scenariosOfTicketDesk } from "./scenariosOfTicketDesk.ts"
import { scenariosOfTickets } from "./scenariosOfTickets.ts"

export type { ReadyCall, Scenario, Stage } from "./scenario.ts"

// ---- people and places -----------------------------------------------------------------------------------------------------------------

const member = Effect.fnUntraced(function* (name: string) {
  const account = yield* person(`${name}@example.com`)
  const { actor, token } = yield* enter(account.email)
  return { account, actor, token }
})

/** Somebody signed in with an authenticator app. */
const withFactor = Effect.fnUntraced(function* (name: string) {
  const { account, recoveryCodes, secret } = yield* personWithFactor(`${name}@example.com`)
  const { actor, token } = yield* enterWithCode(account.email, secret)
  return { account, actor, token, secret, recoveryCodes }
})

/** A tenant with an owner, an admin and a member, and somebody who is in no tenant. */
const place = Effect.gen(function* () {
  const owner = yield* member("owner")
  const admin = yield* member("admin")
  const plain = yield* member("member")
  const guest = yield* member("guest")
  const tenant = yield* given.tenant(owner.account)
  yield* given.member(tenant.id, admin.account, ["admin"])
  yield* given.member(tenant.id, plain.account, ["member"])
  return { owner, admin, plain, guest, tenantId: tenant.id }
})

/** Somebody who has asked for another address, with the secret of the mail that it got. */
const moving = Effect.gen(function* () {
  const ada = yield* member("ada")
  yield* EmailChanges.ask({ email: "ada@private.example" }).pipe(as(ada.actor))
  return { ...ada, secret: yield* newestSecret("ada@private.example") }
})

const inviteTo = Effect.fnUntraced(function* (email: string, roles: ReadonlyArray<string> = ["member"]) {
  const { guest, owner, tenantId } = yield* place
  const { id } = yield* Invitations.invite({ tenantId, email, roles }).pipe(as(owner.actor))
  return { guest, owner, tenantId, invitationId: id, secret: yield* newestSecret(email) }
})

/** The guest, who has an account, is invited. */
const invited = inviteTo("guest@example.com")
/** Somebody without an account is. */
const stranger = inviteTo("stranger@example.com")

const staff = Effect.fnUntraced(function* (name: string) {
  const { account, actor } = yield* member(name)
  const staffers = yield* StaffRepository
  yield* staffers.save({ accountId: account.id, roles: ["operator"], since: yield* Instant.now })
  const staff: Actor.Staff = {
    _tag: "Staff",
    accountId: account.id,
    sessionId: yield* nextId(SessionId),
    credentialEpoch: account.credentialEpoch,
    authenticatedAt: actor.authenticatedAt,
    roles: ["operator"]
  }
  return staff
})

const described = { name: "Neu GmbH", postalCode: "10115", city: "Berlin", country: "DE" }

/** A mail without a link, and the lease under which it is being sent. */
const claimedMail = Effect.gen(function* () {
  const { admin, owner, tenantId } = yield* place
  yield* Members.remove({ tenantId, accountId: admin.account.id }).pipe(as(owner.actor))
  const outbox = yield* OutboxRepository
  const now = yield* Instant.now
  const [mail] = yield* outbox.claim({ lease: "lease", now, until: Instant.plus(now, "2 minutes"), limit: 1 })
  if (mail === undefined) return yield* Effect.die(new Error("there is no mail"))
  return { id: mail.id, lease: "lease" }
})

const deadMail = Effect.gen(function* () {
  const { id, lease } = yield* claimedMail
  yield* Mails.giveUp({ id, lease, reason: "refused", detail: null, tell: true }).pipe(job)
  return id satisfies MailId
})

// ---- the table -------------------------------------------------------------------------------------------------------------------------

const accounts: ReadonlyArray<Scenario> = [
  scenario(
    Registrations.prepareSecondFactor,
    Effect.succeed(() => Registrations.prepareSecondFactor({ email: form.email }).pipe(anonymously))
  ),
  scenario(
    Registrations.check,
    Effect.succeed(() => Registrations.check({ ...form, password: passwords.first }).pipe(anonymously))
  ),
  scenario(
    Registrations.register,
    Effect.succeed((options) => Registrations.register(form, options).pipe(anonymously))
  ),
  scenario(
    Registrations.register,
    Effect.map(
      withApp(form.email),
      ({ secondFactor }) =>
        (options) =>
          Registrations.register({ ...form, password: passwords.first, secondFactor }, options).pipe(anonymously)
    ),
    "with password and app"
  ),
  scenario(
    Registrations.register,
    Effect.as(person(form.email), (options) =>
      Registrations.register({ ...form, password: passwords.first }, options).pipe(anonymously)
    ),
    "of a taken address"
  ),
  scenario(
    Registrations.sendAgain,
    Effect.as(register(), (options) => Registrations.sendAgain({ email: form.email }, options).pipe(anonymously))
  ),
  scenario(
    Registrations.read,
    Effect.map(register(), (secret) => () => Registrations.read({ secret }).pipe(anonymously))
  ),
  scenario(
    Registrations.confirm,
    Effect.map(
      register({ password: passwords.first }),
      (secret) => (options) => Registrations.confirm({ secret, password: passwords.first }, options).pipe(anonymously)
    )
  ),
  scenario(
    Registrations.confirm,
    Effect.map(
      Effect.andThen(register({ password: passwords.second }), register()),
      (secret) => (options) =>
        Registrations.confirm({ secret, newPassword: passwords.first }, options).pipe(anonymously)
    ),
    "one of two, with a new password"
  ),
  scenario(
    Registrations.confirm,
    Effect.gen(function* () {
      const { secondFactor } = yield* withApp(form.email)
      const secret = yield* register({ password: passwords.first, secondFactor })
      return (options) => Registrations.confirm({ secret, password: passwords.first }, options).pipe(anonymously)
    }),
    "with an app"
  ),
  scenario(
    Registrations.purge,
    Effect.as(Effect.andThen(register(), pass("30 days")), (options) => Registrations.purge({}, options).pipe(job))
  ),
  scenario(
    SignIns.signIn,
    Effect.map(
      person(),
      ({ email }) =>
        (options) =>
          SignIns.signIn({ email, password: PASSWORD }, options).pipe(anonymously)
    )
  ),
  scenario(
    SignIns.signIn,
    Effect.map(
      personWithFactor(),
      ({ account }) =>
        (options) =>
          SignIns.signIn({ email: account.email, password: PASSWORD }, options).pipe(anonymously)
    ),
    "that asks for the second factor"
  ),
  scenario(
    SignIns.completeSignIn,
    Effect.gen(function* () {
      const { account, secret } = yield* personWithFactor()
      const code = yield* codeNow(secret)
      const outcome = yield* signInWith(account.email, { request: { source: "192.0.2.1" } })
      if (outcome._tag !== "SecondFactorNeeded") return yield* Effect.die(new Error(outcome._tag))
      const { challenge } = outcome
      return (options) => SignIns.completeSignIn({ challenge, code }, options).pipe(anonymously)
    })
  ),
  scenario(
    SignIns.completeSignIn,
    Effect.gen(function* () {
      const { account, recoveryCodes } = yield* personWithFactor()
      const outcome = yield* signInWith(account.email, { request: { source: "192.0.2.1" } })
      if (outcome._tag !== "SecondFactorNeeded") return yield* Effect.die(new Error(outcome._tag))
      const { challenge } = outcome
      const code = recoveryCodes[0] ?? Redacted.make("")
      return (options) => SignIns.completeSignIn({ challenge, code }, options).pipe(anonymously)
    }),
    "with a recovery code"
  ),
  scenario(
    Sessions.list,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        () =>
          Sessions.list({}).pipe(as(actor))
    )
  ),
  scenario(
    Sessions.signOut,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        (options) =>
          Sessions.signOut({}, options).pipe(as(actor))
    )
  ),
  scenario(
    Sessions.end,
    Effect.gen(function* () {
      const first = yield* member("ada")
      const { actor } = yield* enter(first.account.email)
      return (options) => Sessions.end({ sessionId: first.actor.sessionId }, options).pipe(as(actor))
    })
  ),
  scenario(
    Sessions.endOthers,
    Effect.gen(function* () {
      const { account } = yield* member("ada")
      yield* enter(account.email)
      const { actor } = yield* enter(account.email)
      return (options) => Sessions.endOthers({}, options).pipe(as(actor))
    })
  ),
  scenario(
    Sessions.stepUp,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        (options) =>
          Sessions.stepUp({ password: PASSWORD }, options).pipe(as(actor))
    )
  ),
  scenario(
    Sessions.stepUp,
    Effect.gen(function* () {
      const { actor, secret } = yield* withFactor("ada")
      yield* pass("1 minute")
      const code = yield* codeNow(secret)
      return (options) => Sessions.stepUp({ code }, options).pipe(as(actor))
    }),
    "with a code"
  ),
  scenario(
    Passwords.requestReset,
    Effect.map(
      person(),
      ({ email }) =>
        (options) =>
          Passwords.requestReset({ email }, options).pipe(anonymously)
    )
  ),
  scenario(
    Passwords.requestReset,
    Effect.succeed((options) => Passwords.requestReset({ email: "nobody@example.com" }, options).pipe(anonymously)),
    "of an unknown address"
  ),
  scenario(
    Passwords.readReset,
    Effect.gen(function* () {
      const { email } = yield* person()
      const secret = yield* askForReset(email)
      return () => Passwords.readReset({ secret }).pipe(anonymously)
    })
  ),
  scenario(
    Passwords.reset,
    Effect.gen(function* () {
      const { account } = yield* member("ada")
      const secret = yield* askForReset(account.email)
      return (options) => Passwords.reset({ secret, newPassword: passwords.second }, options).pipe(anonymously)
    })
  ),
  scenario(
    Passwords.change,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        (options) =>
          Passwords.change({ currentPassword: PASSWORD, newPassword: passwords.second }, options).pipe(as(actor))
    )
  ),
  scenario(
    Profiles.read,
    Effect.map(
      moving,
      ({ actor }) =>
        () =>
          Profiles.read({}).pipe(as(actor))
    )
  ),
  scenario(
    Profiles.change,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        (options) =>
          Profiles.change({ firstName: "Augusta", lastName: "King", locale: "de" }, options).pipe(as(actor))
    )
  ),
  scenario(
    Profiles.setMarketing,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        (options) =>
          Profiles.setMarketing({ version: "1" }, options).pipe(as(actor))
    )
  ),
  scenario(
    Profiles.setMarketing,
    Effect.gen(function* () {
      const { actor } = yield* member("ada")
      yield* Profiles.setMarketing({ version: "1" }).pipe(as(actor))
      return (options) => Profiles.setMarketing({ version: null }, options).pipe(as(actor))
    }),
    "that withdraws it"
  ),
  scenario(
    EmailChanges.ask,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        (options) =>
          EmailChanges.ask({ email: "ada@private.example" }, options).pipe(as(actor))
    )
  ),
  scenario(
    EmailChanges.ask,
    Effect.gen(function* () {
      const { actor } = yield* member("ada")
      yield* person("ada@private.example")
      return (options) => EmailChanges.ask({ email: "ada@private.example" }, options).pipe(as(actor))
    }),
    "for a taken address"
  ),
  scenario(
    EmailChanges.read,
    Effect.map(
      moving,
      ({ secret }) =>
        () =>
          EmailChanges.read({ secret }).pipe(anonymously)
    )
  ),
  scenario(
    EmailChanges.confirm,
    Effect.map(
      moving,
      ({ actor, secret }) =>
        (options) =>
          EmailChanges.confirm({ secret }, options).pipe(as(actor))
    )
  ),
  scenario(
    EmailChanges.confirm,
    Effect.gen(function* () {
      yield* register({ email: "ada@private.example" })
      const { actor, secret } = yield* moving
      return (options) => EmailChanges.confirm({ secret }, options).pipe(as(actor))
    }),
    "of an address with a registration"
  ),
  scenario(
    EmailChanges.cancel,
    Effect.map(
      moving,
      ({ actor }) =>
        (options) =>
          EmailChanges.cancel({}, options).pipe(as(actor))
    )
  ),
  scenario(
    SecondFactors.status,
    Effect.map(
      withFactor("ada"),
      ({ actor }) =>
        () =>
          SecondFactors.status({}).pipe(as(actor))
    )
  ),
  scenario(
    SecondFactors.beginEnrolment,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        (options) =>
          SecondFactors.beginEnrolment({}, options).pipe(as(actor))
    )
  ),
  scenario(
    SecondFactors.confirmEnrolment,
    Effect.gen(function* () {
      const { actor } = yield* member("ada")
      const { secret } = yield* SecondFactors.beginEnrolment({}).pipe(as(actor))
      const code = yield* codeNow(secret)
      return (options) => SecondFactors.confirmEnrolment({ code }, options).pipe(as(actor))
    })
  ),
  scenario(
    SecondFactors.disable,
    Effect.map(
      withFactor("ada"),
      ({ actor }) =>
        (options) =>
          SecondFactors.disable({}, options).pipe(as(actor))
    )
  ),
  scenario(
    SecondFactors.regenerateRecoveryCodes,
    Effect.map(
      withFactor("ada"),
      ({ actor }) =>
        (options) =>
          SecondFactors.regenerateRecoveryCodes({}, options).pipe(as(actor))
    )
  )
]

const tenants: ReadonlyArray<Scenario> = [
  scenario(
    Tenants.create,
    Effect.map(
      member("ada"),
      ({ actor }) =>
        (options) =>
          Tenants.create(described, options).pipe(as(actor))
    )
  ),
  scenario(
    Tenants.createForOwner,
    Effect.map(
      staff("staff"),
      (actor) => (options) =>
        Tenants.createForOwner({ ...described, customerNumber: "KD-77", ownerEmail: "new@example.com" }, options).pipe(
          Actor.provide(actor)
        )
    )
  ),
  scenario(
    Tenants.createWithOwner,
    Effect.map(
      member("ada"),
      ({ account }) =>
        (options) =>
          Tenants.createWithOwner({ ...described, customerNumber: "KD-77", ownerId: account.id }, options).pipe(job)
    )
  ),
  scenario(
    Tenants.get,
    Effect.map(
      place,
      ({ plain, tenantId }) =>
        () =>
          Tenants.get({ tenantId }).pipe(as(plain.actor))
    )
  ),
  scenario(
    Tenants.change,
    Effect.map(
      place,
      ({ owner, tenantId }) =>
        (options) =>
          Tenants.change({ tenantId, name: "Anders GmbH" }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Tenants.changeCredentials,
    Effect.gen(function* () {
      const { tenantId } = yield* place
      const actor = yield* staff("staff")
      const input = { tenantId, customerNumber: "KD-78", postalCode: "10117", country: "DE" }
      return (options) => Tenants.changeCredentials(input, options).pipe(Actor.provide(actor))
    })
  ),
  scenario(
    Members.list,
    Effect.map(
      place,
      ({ admin, tenantId }) =>
        () =>
          Members.list({ tenantId, search: "ada" }).pipe(as(admin.actor))
    )
  ),
  scenario(
    Members.get,
    Effect.map(
      place,
      ({ admin, owner, tenantId }) =>
        () =>
          Members.get({ tenantId, accountId: owner.account.id }).pipe(as(admin.actor))
    )
  ),
  scenario(
    Members.changeRoles,
    Effect.map(
      place,
      ({ owner, plain, tenantId }) =>
        (options) =>
          Members.changeRoles({ tenantId, accountId: plain.account.id, roles: ["owner"] }, options).pipe(
            as(owner.actor)
          )
    )
  ),
  scenario(
    Members.remove,
    Effect.map(
      place,
      ({ admin, owner, tenantId }) =>
        (options) =>
          Members.remove({ tenantId, accountId: admin.account.id }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Members.leave,
    Effect.map(
      place,
      ({ plain, tenantId }) =>
        (options) =>
          Members.leave({ tenantId }, options).pipe(as(plain.actor))
    )
  ),
  scenario(
    Members.setMailPreferences,
    Effect.map(
      place,
      ({ plain, tenantId }) =>
        (options) =>
          Members.setMailPreferences({ tenantId, mailPreferences: { membershipChanges: false } }, options).pipe(
            as(plain.actor)
          )
    )
  ),
  scenario(
    Members.changeContactEmail,
    Effect.map(
      place,
      ({ plain, tenantId }) =>
        (options) =>
          Members.changeContactEmail({ tenantId, email: "office@example.com" }, options).pipe(as(plain.actor))
    )
  ),
  scenario(
    Members.readContactEmail,
    Effect.gen(function* () {
      const { plain, tenantId } = yield* place
      yield* Members.changeContactEmail({ tenantId, email: "office@example.com" }).pipe(as(plain.actor))
      const secret = yield* newestSecret("office@example.com")
      return () => Members.readContactEmail({ secret }).pipe(anonymously)
    })
  ),
  scenario(
    Members.confirmContactEmail,
    Effect.gen(function* () {
      const { plain, tenantId } = yield* place
      yield* Members.changeContactEmail({ tenantId, email: "office@example.com" }).pipe(as(plain.actor))
      const secret = yield* newestSecret("office@example.com")
      return (options) => Members.confirmContactEmail({ secret }, options).pipe(anonymously)
    })
  ),
  scenario(
    Permissions.whereCanIGo,
    Effect.map(
      place,
      ({ plain }) =>
        () =>
          Permissions.whereCanIGo({}).pipe(as(plain.actor))
    )
  ),
  scenario(
    Permissions.check,
    Effect.map(
      place,
      ({ plain, tenantId }) =>
        () =>
          Permissions.check({ tenantId, permission: "members.read" }).pipe(as(plain.actor))
    )
  ),
  scenario(
    Permissions.explain,
    Effect.map(
      place,
      ({ owner, plain, tenantId }) =>
        () =>
          Permissions.explain({ tenantId, permission: "members.read", accountId: plain.account.id }).pipe(
            as(owner.actor)
          )
    )
  )
]

const inSetup = Effect.gen(function* () {
  const actor = yield* staff("staff")
  const { id } = yield* Tenants.createForOwner({
    ...described,
    customerNumber: "KD-79",
    ownerEmail: "first@example.com"
  }).pipe(Actor.provide(actor))
  return { actor, tenantId: id }
})

const newPerson = { firstName: "Grace", lastName: "Hopper", password: passwords.first, consents: form.consents }

const invitations: ReadonlyArray<Scenario> = [
  scenario(
    Invitations.invite,
    Effect.map(
      place,
      ({ owner, tenantId }) =>
        (options) =>
          Invitations.invite({ tenantId, email: "new@example.com", roles: ["admin"] }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Invitations.invite,
    Effect.map(
      stranger,
      ({ owner, tenantId }) =>
        (options) =>
          Invitations.invite({ tenantId, email: "stranger@example.com", roles: ["member"] }, options).pipe(
            as(owner.actor)
          )
    ),
    "again with the same roles"
  ),
  scenario(
    Invitations.invite,
    Effect.map(
      stranger,
      ({ owner, tenantId }) =>
        (options) =>
          Invitations.invite({ tenantId, email: "stranger@example.com", roles: ["admin"] }, options).pipe(
            as(owner.actor)
          )
    ),
    "again with other roles"
  ),
  scenario(
    Invitations.inviteFirstOwner,
    Effect.map(
      inSetup,
      ({ actor, tenantId }) =>
        (options) =>
          Invitations.inviteFirstOwner({ tenantId, email: "second@example.com" }, options).pipe(Actor.provide(actor))
    )
  ),
  scenario(
    Invitations.sendAgain,
    Effect.map(
      stranger,
      ({ invitationId, owner, tenantId }) =>
        (options) =>
          Invitations.sendAgain({ tenantId, invitationId }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Invitations.revoke,
    Effect.map(
      stranger,
      ({ invitationId, owner, tenantId }) =>
        (options) =>
          Invitations.revoke({ tenantId, invitationId }, options).pipe(as(owner.actor))
    )
  ),
  scenario(
    Invitations.list,
    Effect.map(
      stranger,
      ({ owner, tenantId }) =>
        () =>
          Invitations.list({ tenantId }).pipe(as(owner.actor))
    )
  ),
  scenario(
    Invitations.read,
    Effect.map(
      stranger,
      ({ secret }) =>
        () =>
          Invitations.read({ secret }).pipe(anonymously)
    )
  ),
  scenario(
    Invitations.accept,
    Effect.map(
      invited,
      ({ guest, secret }) =>
        (options) =>
          Invitations.accept({ secret }, options).pipe(as(guest.actor))
    )
  ),
  scenario(
    Invitations.acceptMine,
    Effect.map(
      invited,
      ({ guest, invitationId, tenantId }) =>
        (options) =>
          Invitations.acceptMine({ tenantId, invitationId }, options).pipe(as(guest.actor))
    )
  ),
  scenario(
    Invitations.acceptMine,
    Effect.gen(function* () {
      const { guest, owner, secret, tenantId } = yield* invited
      yield* Invitations.accept({ secret }).pipe(as(guest.actor))
      const { id } = yield* Invitations.invite({ tenantId, email: guest.account.email, roles: ["member"] }).pipe(
        as(owner.actor)
      )
      return (options) => Invitations.acceptMine({ tenantId, invitationId: id }, options).pipe(as(guest.actor))
    }),
    "as a member"
  ),
  scenario(
    Invitations.acceptAsNew,
    Effect.map(
      stranger,
      ({ secret }) =>
        (options) =>
          Invitations.acceptAsNew({ ...newPerson, secret }, options).pipe(anonymously)
    )
  ),
  scenario(
    Invitations.acceptAsNew,
    Effect.gen(function* () {
      yield* inSetup
      const secret = yield* newestSecret("first@example.com")
      return (options) => Invitations.acceptAsNew({ ...newPerson, secret }, options).pipe(anonymously)
    }),
    "as first owner"
  ),
  scenario(
    Invitations.decline,
    Effect.map(
      stranger,
      ({ secret }) =>
        (options) =>
          Invitations.decline({ secret }, options).pipe(anonymously)
    )
  ),
  scenario(
    Invitations.declineMine,
    Effect.map(
      invited,
      ({ guest, invitationId, tenantId }) =>
        (options) =>
          Invitations.declineMine({ tenantId, invitationId }, options).pipe(as(guest.actor))
    )
  ),
  scenario(
    Invitations.mine,
    Effect.map(
      invited,
      ({ guest }) =>
        () =>
          Invitations.mine({}).pipe(as(guest.actor))
    )
  ),
  scenario(
    Invitations.expireOverdue,
    Effect.as(Effect.andThen(stranger, pass("15 days")), (options) =>
      Invitations.expireOverdue({ limit: 100 }, options).pipe(job)
    )
  )
]

const mails: ReadonlyArray<Scenario> = [
  scenario(
    Mails.list,
    Effect.gen(function* () {
      yield* stranger
      const actor = yield* staff("staff")
      return () => Mails.list({}).pipe(Actor.provide(actor))
    })
  ),
  scenario(
    Mails.retry,
    Effect.map(deadMail, (id) => (options) => Mails.retry({ id }, options).pipe(job))
  ),
  scenario(
    Mails.giveUp,
    Effect.map(
      claimedMail,
      ({ id, lease }) =>
        (options) =>
          Mails.giveUp({ id, lease, reason: "refused", detail: null, tell: true }, options).pipe(job)
    )
  )
]

const audit: ReadonlyArray<Scenario> = [
  scenario(
    Events.list,
    Effect.map(
      stranger,
      ({ owner, tenantId }) =>
        () =>
          Events.list({ tenantId }).pipe(as(owner.actor))
    )
  )
]

/** One scenario at least for every use case: behind the fault loops, the idempotency of commands, and the table of statements. */
export const scenarios: ReadonlyArray<Scenario> = [
  ...accounts,
  ...tenants,
  ...invitations,
  ...scenariosOfInvitations,
  ...scenariosOfRequests,
  ...scenariosOfSubscriptions,
  ...scenariosOfHierarchy,
  ...scenariosOfLists,
  ...scenariosOfOrders,
  ...scenariosOfTenancy,
  ...scenariosOfTicketDesk,
  ...scenariosOfTickets,
  ...scenariosOfInbound,
  ...scenariosOfFiles,
  ...audit,
  ...mails
]
