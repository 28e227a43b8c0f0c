import { Effect, Option, Redacted } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import type { ChallengeRepository } from "../../accounts/ChallengeRepository.ts"
import { newAccount } from "../../accounts/newAccount.ts"
import { PasswordHasher } from "../../accounts/PasswordHasher.ts"
import type { SessionRepository } from "../../accounts/SessionRepository.ts"
import type { InvitationRepository } from "../../invitations/InvitationRepository.ts"
import * as Actor from "../../kernel/Actor.ts"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import * as Instant from "../../kernel/Instant.ts"
import { AccountId, InvitationId, MembershipId, nextId, nextNumber, SessionId, TenantId } from "../../kernel/ids.ts"
import type { LinkRepository } from "../../kernel/Links.ts"
import { SECRET_PURPOSE } from "../../kernel/Outbox.ts"
import { Sealer } from "../../kernel/Sealer.ts"
import type { SettingsInput } from "../../kernel/Settings.ts"
import type { CommandPorts } from "../../kernel/UseCase.ts"
import { OutboxRepository } from "../../mail/OutboxRepository.ts"
import type { ConsentRepository } from "../../privacy/ConsentRepository.ts"
import type { DeputyRepository } from "../../requests/DeputyRepository.ts"
import type { RequestRepository } from "../../requests/RequestRepository.ts"
import { defaultMailPreferences } from "../../tenants/Membership.ts"
import { MembershipRepository } from "../../tenants/MembershipRepository.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Dump, Snapshot } from "../Dump.ts"
import type { SimulatedClock } from "../SimulatedClock.ts"
import { type Area, areas, type Model, type Person, people } from "./Model.ts"

/** What a simulation runs on. */
export type SimulationPorts =
  | CommandPorts
  | AccountRepository
  | ChallengeRepository
  | ConsentRepository
  | DeputyRepository
  | InvitationRepository
  | LinkRepository
  | MembershipRepository
  | OutboxRepository
  | PasswordHasher
  | RequestRepository
  | SessionRepository
  | TenantRepository
  | Dump
  | SimulatedClock

const unlimited = { max: 1_000_000_000, window: "1 hour" } as const

/** Settings under which nobody is held up by how often they try, because the model knows no limits. */
export const simulationSettings = {
  limits: {
    invitationsPerTenant: unlimited,
    invitationsPerAccount: unlimited,
    linkPerSource: unlimited,
    mailPerAddress: unlimited
  },
  // nor by how long ago they signed in
  sessions: { recent: "3650 days" }
} satisfies SettingsInput

/** What the model has no words for: the ids of people, areas and invitations, and the secrets in the letters, in the order of the model's lists. */
export interface World {
  readonly accounts: Map<Person, AccountId>
  readonly areas: Readonly<Record<Area, TenantId>>
  readonly invitations: Array<InvitationId>
  readonly secrets: Array<Redacted.Redacted>
  readonly began: Instant.Instant
}

export const addressOf = (person: Person): EmailAddress => EmailAddress.make(`${person}@example.com`)

export const PASSWORD = Redacted.make("seventeen quiet lanterns")

/** Makes the people, areas and memberships that the model begins with. */
export const settle = Effect.fnUntraced(function* (model: Model) {
  const accounts = yield* AccountRepository
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const hasher = yield* PasswordHasher
  const now = yield* Instant.now
  const byPerson = new Map<Person, AccountId>()
  const passwordHash = yield* hasher.hash(PASSWORD)
  for (const person of model.accounts) {
    const account = yield* newAccount({
      email: addressOf(person),
      firstName: person,
      lastName: "Simulated",
      locale: "en",
      companyName: null,
      now
    })
    yield* accounts.insert(account, passwordHash)
    byPerson.set(person, account.id)
  }
  const settled: Array<readonly [Area, TenantId]> = []
  for (const area of areas) {
    const id = yield* nextId(TenantId)
    settled.push([area, id])
    const members = [...model.members[area]]
    yield* tenants.insert({
      id,
      number: yield* nextNumber,
      name: area,
      customerNumber: id,
      postalCode: "10115",
      country: "DE",
      street: "",
      city: "",
      state: "active",
      seats: model.seats[area],
      memberCount: members.length,
      ownerCount: members.filter(([, role]) => role === "owner").length,
      requiresSecondFactor: false,
      version: 0,
      createdAt: now
    })
    for (const [person, role] of members) {
      yield* memberships.insert({
        id: yield* nextId(MembershipId),
        tenantId: id,
        accountId: accountOf(byPerson, person),
        roles: [role],
        contactEmail: addressOf(person),
        mailPreferences: defaultMailPreferences,
        locations: null,
        joinedAt: now
      })
    }
  }
  const world: World = {
    accounts: byPerson,
    // every area was settled
    areas: Object.fromEntries(settled) as Record<Area, TenantId>,
    invitations: [],
    secrets: [],
    began: now
  }
  return world
})

const accountOf = (accounts: ReadonlyMap<Person, AccountId>, person: Person): AccountId => {
  const id = accounts.get(person)
  if (id === undefined) throw new Error(`${person} has no account`)
  return id
}

export const idOf = (world: World, person: Person): AccountId => accountOf(world.accounts, person)

/** The person, signed in just now. */
export const by = (world: World, person: Person) =>
  Actor.provide({
    _tag: "Account",
    accountId: idOf(world, person),
    sessionId: SESSION,
    credentialEpoch: 0,
    authenticatedAt: world.began,
    secondFactor: false
  } satisfies Actor.Account)

// no use case of the simulation looks at the session
const SESSION = SessionId.make("01890000-0000-7801-8000-000000000001")

export const anonymously = Actor.provide(Actor.anonymous, { source: "192.0.2.1" })

/** Takes the letter to somebody out of the outbox, as its reader would find it in the mailbox. */
export const collect = Effect.fnUntraced(function* (world: World, person: Person, id: string) {
  const outbox = yield* OutboxRepository
  const sealer = yield* Sealer
  const [mail] = yield* outbox.list({ recipient: addressOf(person) }, { after: Option.none(), limit: 1 })
  if (mail === undefined || mail.sealedSecret === null) throw new Error(`there is no letter for ${person}`)
  world.secrets.push(yield* sealer.open(SECRET_PURPOSE, mail.id, mail.sealedSecret))
  const known = InvitationId.make(id)
  if (!world.invitations.includes(known)) world.invitations.push(known)
})

/** What is stored, in the model's words. */
export const seen = (world: World, state: Snapshot, now: Instant.Instant) => {
  const personOf = new Map(people.map((person) => [`${person}@example.com`, person]))
  const emails = new Map(state.accounts.map(({ email, id }) => [id, email]))
  const byId = new Map(state.invitations.map((invitation) => [invitation.id, invitation]))
  return {
    members: Object.fromEntries(
      areas.map((area) => [
        area,
        Object.fromEntries(
          state.memberships
            .filter(({ tenantId }) => tenantId === world.areas[area])
            .map(({ accountId, roles }) => [personOf.get(emails.get(accountId) ?? ""), roles.join("+")] as const)
            .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
        )
      ])
    ),
    invitations: [
      ...world.invitations.map((id) => {
        const found = byId.get(id)
        if (found === undefined) return `${id} is gone`
        const area = areas.find((area) => world.areas[area] === found.tenantId)
        const effective = found.state === "pending" && now >= found.expiresAt ? "expired" : found.state
        return [area, personOf.get(found.email), found.roles.join("+"), effective].join(" ")
      }),
      // what nobody knows of
      ...state.invitations.filter(({ id }) => !world.invitations.includes(InvitationId.make(id))).map(({ id }) => id)
    ],
    mails: state.mails.length
  }
}

/** Notes the account that somebody made for themself. */
export const remember = (world: World, person: Person, id: string): void => {
  world.accounts.set(person, AccountId.make(id))
}
