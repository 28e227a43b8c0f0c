import { Effect, Layer, Option, Redacted } from "effect"
import type { Account } from "../../src/accounts/Account.ts"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { newAccount } from "../../src/accounts/newAccount.ts"
import { layerFileTypeDetector, layerSanitizer } from "../../src/files/index.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import { toBase64Url } from "../../src/kernel/Crypto.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { type AccountId, MembershipId, nextId, nextNumber, SessionId, TenantId } from "../../src/kernel/ids.ts"
import * as Kernel from "../../src/kernel/layer.ts"
import { SECRET_PURPOSE } from "../../src/kernel/Outbox.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import * as Memory from "../../src/memory/index.ts"
import { layer as layerMailParser } from "../../src/mime/index.ts"
import { Catalog } from "../../src/orders/Catalog.ts"
import { exampleCatalog } from "../../src/orders/exampleCatalog.ts"
import { Provisioning } from "../../src/orders/Provisioning.ts"
import { defaultMailPreferences, type Membership } from "../../src/tenants/Membership.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import type { Tenant } from "../../src/tenants/Tenant.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { FaultyDomainProof } from "../../src/testing/FaultyDomainProof.ts"
import { layerFree } from "../../src/testing/hasher.ts"
import { Scanner } from "../../src/tickets/Scanner.ts"

/** A ring of one key, the same in every test. */
export const keyRing = { current: "k1", keys: { k1: Redacted.make(toBase64Url(new Uint8Array(32).fill(7))) } }

/** Every storage port on both kinds of storage, for `forEachAdapter`. */
export const everyPort = { memory: Memory.layerPorts, kysely: Kysely.layer }

/** What use cases need besides storage: a hasher that costs nothing, a catalog, one key, and the settings that a test changes. */
export const withKernel = (settings: SettingsInput = {}) =>
  Layer.mergeAll(
    layerFree,
    Layer.orDie(Catalog.layer(exampleCatalog)),
    Provisioning.layer,
    FaultyDomainProof.layer,
    layerFileTypeDetector,
    layerSanitizer,
    layerMailParser,
    Scanner.layerNone,
    Memory.layerBlobStore
  ).pipe(Layer.provideMerge(Layer.orDie(Kernel.layer({ keyRing, settings }))))

const newTenant = Effect.gen(function* () {
  const id = yield* nextId(TenantId)
  const tenant: Tenant = {
    id,
    number: yield* nextNumber,
    name: "Muster GmbH",
    customerNumber: `K-${id}`,
    postalCode: "1010",
    country: "AT",
    street: "",
    city: "",
    state: "active",
    seats: null,
    memberCount: 1,
    ownerCount: 1,
    requiresSecondFactor: false,
    version: 0,
    createdAt: yield* Instant.now
  }
  return tenant
})

/** Accounts, tenants and memberships that are simply there, for tests of what comes after. */
export const given = {
  account: Effect.fnUntraced(function* (address: string, password: string | null = null) {
    const accounts = yield* AccountRepository
    const account = yield* newAccount({
      email: EmailAddress.make(address),
      firstName: "Ada",
      lastName: "Lovelace",
      locale: "en",
      companyName: null,
      now: yield* Instant.now
    })
    yield* accounts.insert(account, password)
    return account
  }),
  /** An active tenant whose first member is the account. */
  tenant: Effect.fnUntraced(function* (
    owner: Pick<Account, "id" | "email">,
    over: Partial<Pick<Tenant, "name" | "seats" | "customerNumber">> = {}
  ) {
    const tenants = yield* TenantRepository
    const tenant = { ...(yield* newTenant), ...over }
    yield* tenants.insert(tenant)
    yield* insertMembership(tenant.id, owner, ["owner"])
    return tenant
  }),
  /** A tenant that waits for its first owner. */
  tenantInSetup: Effect.fnUntraced(function* () {
    const tenants = yield* TenantRepository
    const tenant = { ...(yield* newTenant), state: "in-setup" as const, memberCount: 0, ownerCount: 0 }
    yield* tenants.insert(tenant)
    return tenant
  }),
  /** One member more, with the tenant's counts. */
  member: Effect.fnUntraced(function* (
    tenantId: TenantId,
    account: Pick<Account, "id" | "email">,
    roles: ReadonlyArray<string>
  ) {
    const tenants = yield* TenantRepository
    const tenant = Option.getOrThrow(yield* tenants.find(tenantId))
    yield* tenants.save({
      ...tenant,
      memberCount: tenant.memberCount + 1,
      ownerCount: tenant.ownerCount + (roles.includes("owner") ? 1 : 0)
    })
    return yield* insertMembership(tenantId, account, roles)
  })
}

const insertMembership = Effect.fnUntraced(function* (
  tenantId: TenantId,
  account: Pick<Account, "id" | "email">,
  roles: ReadonlyArray<string>
) {
  const memberships = yield* MembershipRepository
  const membership: Membership = {
    id: yield* nextId(MembershipId),
    tenantId,
    accountId: account.id,
    roles: [...roles].sort(),
    contactEmail: account.email,
    mailPreferences: defaultMailPreferences,
    locations: null,
    joinedAt: yield* Instant.now
  }
  yield* memberships.insert(membership)
  return membership
})

/** Signed in just now, without a session in the store: for use cases that trust the host's authentication. */
export const signedIn = Effect.fnUntraced(function* (account: {
  readonly id: AccountId
  readonly credentialEpoch: number
}) {
  const actor: Actor.Account = {
    _tag: "Account",
    accountId: account.id,
    sessionId: yield* nextId(SessionId),
    credentialEpoch: account.credentialEpoch,
    authenticatedAt: yield* Instant.now,
    secondFactor: false
  }
  return actor
})

export const as = Actor.provide
export const anonymously = Actor.provide(Actor.anonymous, { source: "192.0.2.1" })

/** The mails to an address that wait in the outbox, oldest first. */
export const mailsTo = Effect.fnUntraced(function* (address: string) {
  const outbox = yield* OutboxRepository
  const mails = yield* outbox.list({ recipient: EmailAddress.make(address) }, { after: Option.none(), limit: 100 })
  return [...mails].sort((a, b) => (a.id < b.id ? -1 : 1))
})

/** The secret of the newest mail to an address, as its reader would click it. */
export const newestSecret = Effect.fnUntraced(function* (address: string) {
  const sealer = yield* Sealer
  const mail = (yield* mailsTo(address)).at(-1)
  if (mail === undefined || mail.sealedSecret === null) return yield* Effect.die(new Error(`no secret for ${address}`))
  return yield* Effect.orDie(sealer.open(SECRET_PURPOSE, mail.id, mail.sealedSecret))
})

/** Everything that use cases need. */
export type Portal = Layer.Success<typeof Memory.layerPorts> | Layer.Success<ReturnType<typeof withKernel>>
