import type BetterSqlite3 from "better-sqlite3"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { PasswordHasher } from "../../src/accounts/PasswordHasher.ts"
import { authenticate } from "../../src/accounts/Sessions.ts"
import { signIn } from "../../src/accounts/SignIns.ts"
import { accept, invite } from "../../src/invitations/Invitations.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import { toBase64Url } from "../../src/kernel/Crypto.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, SessionId, TenantId } from "../../src/kernel/ids.ts"
import * as Kernel from "../../src/kernel/layer.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { list } from "../../src/tenants/Members.ts"
import { check } from "../../src/tenants/Permissions.ts"
import { inTurn, type Operations, PASSWORD, type Person, type World } from "./world.ts"

/** A password is stored as it is: the benchmark is about everything but hashing, on both sides. */
const layerHasher = Layer.succeed(
  PasswordHasher,
  PasswordHasher.of({
    hash: (password) => Effect.succeed(Redacted.value(password)),
    verify: (password, stored) => Effect.succeed(Redacted.value(password) === stored),
    isStale: () => false,
    dummy: ""
  })
)

const unlimited = { max: 1_000_000_000, window: "24 hours" } as const

const kernel = Kernel.layer({
  keyRing: { current: "k", keys: { k: Redacted.make(toBase64Url(new Uint8Array(32))) } },
  settings: {
    limits: {
      signInPerAccount: unlimited,
      signInPerSource: unlimited,
      invitationsPerTenant: unlimited,
      invitationsPerAccount: unlimited,
      linkPerSource: unlimited
    }
  }
})

const request = { source: "192.0.2.7", device: "Firefox on Linux", requestId: "bench" }

/** The library's side: each operation as a host would call it, from the promise to the answer. */
export const porticoOperations = async (
  database: BetterSqlite3.Database,
  world: World,
  now: number
): Promise<{ readonly operations: Operations; readonly close: () => Promise<void> }> => {
  const layer = Layer.mergeAll(Kysely.layer, kernel, layerHasher).pipe(
    Layer.provide(Kysely.Database.fromDialect(Kysely.sqliteDialect(database)))
  )
  const runtime = ManagedRuntime.make(layer)
  const services = await runtime.context()
  const run = Effect.runPromiseWith(services)

  const tenantId = TenantId.make(world.tenantId)
  const actorOf = (person: Person): Actor.Account => ({
    _tag: "Account",
    accountId: AccountId.make(person.id),
    sessionId: SessionId.make(person.sessionId),
    credentialEpoch: 0,
    authenticatedAt: Instant.fromMillis(now),
    secondFactor: false
  })
  const members = world.members.map((person) => ({
    ...person,
    actor: actorOf(person),
    token: Redacted.make(person.token)
  }))
  const invited = world.invited.map((person) => ({ actor: actorOf(person), secret: Redacted.make(person.secret) }))
  const password = Redacted.make(PASSWORD)
  const member = inTurn(members)
  const waiting = inTurn(invited)
  let strangers = 0

  const operations: Operations = {
    authenticate: () => run(authenticate(member().token)),
    "permission check": () =>
      run(check({ tenantId, permission: "invitations.create" }).pipe(Actor.provide(member().actor, request))),
    "list members": () => run(list({ tenantId, limit: 25 }).pipe(Actor.provide(member().actor, request))),
    "sign in": () => run(signIn({ email: member().email, password }).pipe(Actor.provide(Actor.anonymous, request))),
    invite: () =>
      run(
        invite({ tenantId, email: `stranger${strangers++}@example.com`, roles: ["member"] }).pipe(
          Actor.provide(member().actor, request)
        )
      ),
    accept: () => {
      const { actor, secret } = waiting()
      return run(accept({ secret }).pipe(Actor.provide(actor, request)))
    }
  }
  return { operations, close: () => runtime.dispose() }
}
