import { readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { expect } from "vitest"
import { SecondFactorRepository } from "../src/accounts/SecondFactorRepository.ts"
import { Events } from "../src/audit/index.ts"
import { LinkImports, Locations } from "../src/hierarchy/index.ts"
import * as Invitations from "../src/invitations/index.ts"
import type { Kind } from "../src/kernel/Actor.ts"
import * as Instant from "../src/kernel/Instant.ts"
import type { AccountId, DomainId, InvitationId, OrderId, ShareableLinkId, TenantId } from "../src/kernel/ids.ts"
import { builtInRoles, type Permission, permissions, type Role } from "../src/kernel/Permission.ts"
import type { Description } from "../src/kernel/UseCase.ts"
import * as Memory from "../src/memory/index.ts"
import { Orders } from "../src/orders/index.ts"
import { OrderRepository } from "../src/orders/OrderRepository.ts"
import type { RequestKinds } from "../src/requests/RequestKinds.ts"
import { Domains, Members, Ownerships, staffRoles, staffRolesFor, Tenants } from "../src/tenants/index.ts"
import { TenantRepository } from "../src/tenants/TenantRepository.ts"
import { FaultyDomainProof } from "../src/testing/FaultyDomainProof.ts"
import { order } from "../src/testing/orderSamples.ts"
import { Tickets } from "../src/tickets/index.ts"
import { useCases } from "../src/useCases.ts"
import { root } from "./support/alias.ts"
import { as, given, type Portal, signedIn, withKernel } from "./support/portal.ts"
import { everyKind } from "./support/scenario.ts"

const all: ReadonlyArray<Description> = useCases
const isPermission = (requirement: string): requirement is Permission =>
  permissions.some((name) => name === requirement)

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const rolePermissions = table(
  ["permission", ...builtInRoles.map(({ name }) => name)],
  permissions.map((permission) => [
    `\`${permission}\``,
    ...builtInRoles.map((role) => (role.permissions.includes(permission) ? "yes" : "–"))
  ])
)

const NO = "–"

/** Anonymous callers have no proof of identity that could be too old; for them `sensitive` means that refusals are recorded. */
const wantsRecent = ({ actors, sensitive }: Description): boolean =>
  sensitive && actors.some((kind) => kind === "Account" || kind === "Staff")

/** What a caller's cell says of a use case: `yes`; `own` for their own account and memberships; `link` with the secret from a mail. */
const cells = (useCase: Description): ReadonlyArray<string> => {
  const { actors, requires } = useCase
  const asks = (kind: Kind, answer: string) => (actors.includes(kind) ? answer : NO)
  const person =
    requires === "self"
      ? "own"
      : requires === "link"
        ? "link"
        : requires === "anyone"
          ? "yes"
          : requires === "decider"
            ? "asked"
            : NO
  return [
    asks("Anonymous", person),
    // who has an account, but no place in the tenant
    asks("Account", person),
    ...builtInRoles.map((role) =>
      asks("Account", isPermission(requires) ? (role.permissions.includes(requires) ? "yes" : NO) : person)
    ),
    ...staffRoles.map((role) => asks("Staff", staffRolesFor(useCase.name).includes(role) ? "yes" : NO)),
    asks("Job", "yes")
  ]
}

const roleUseCases = table(
  ["use case", "needs", "anonymous", "no member", ...builtInRoles.map(({ name }) => name), ...staffRoles, "job"],
  [...all]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((useCase) => [
      `\`${useCase.name}\``,
      wantsRecent(useCase) ? `${useCase.requires}, recent` : useCase.requires,
      ...cells(useCase)
    ])
)

const text = `# Who may do what

Derived from the code by \`test/permissions.test.ts\`; \`npx vitest -c test/vitest.config.ts -u test/permissions.test.ts\` writes it anew. An
application's settings can change roles and add others (TEN-03).

## Role and permission

${rolePermissions}

## Role and use case

\`own\`: for the caller's own account and memberships. \`link\`: with the secret from a mail. \`recent\`: with a proof of identity not older than ten
minutes (AUT-07). \`asked\`: what waits for the caller, by a permission in the tenant, in person, or as a deputy. "no member" is somebody with an account and no place in the tenant that the call names. A member gets what is in the column of any of
their roles.

${roleUseCases}
`

/** Every value that a file of a room exports and that is a use case. */
const exported = async (): Promise<ReadonlyArray<Description>> => {
  const src = join(root, "src")
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) =>
    /^(?!kernel|kysely|memory|testing|smtp|argon2|eml)(?:[a-z]+\/)+[A-Z]\w*\.ts$/.test(path.replaceAll("\\", "/"))
  )
  const found = new Set<Description>()
  for (const file of files) {
    const module: Readonly<Record<string, unknown>> = await import(join(src, file))
    for (const value of Object.values(module)) {
      if (typeof value === "function" && "requires" in value && "actors" in value) {
        // what has both is what `UseCase.command` and `UseCase.query` make
        found.add(value as unknown as Description)
      }
    }
  }
  return [...found]
}

describe("the permission table", () => {
  it("ACC-03 the committed table of every role with every permission and every use case is the code's", async () => {
    await expect(text).toMatchFileSnapshot("golden/permissions.md")
  })

  it("ACC-03 every use case that a room exports is in the list of all, once, under a name of its own", async () => {
    const listed = all.map(({ name }) => name)
    assert.deepStrictEqual([...new Set(listed)], listed)
    const names = (await exported()).map(({ name }) => name)
    assert.isAbove(names.length, 20)
    assert.deepStrictEqual([...names].sort(), [...listed].sort())
  })

  it("ACC-03 every row lets somebody in, and what needs a permission is called by accounts", () => {
    for (const useCase of all) {
      assert.isTrue(
        cells(useCase).some((cell) => cell !== NO),
        `${useCase.name} can be called by nobody`
      )
      if (isPermission(useCase.requires)) assert.include(useCase.actors, "Account", useCase.name)
      if (useCase.requires === "staff") assert.include(useCase.actors, "Staff", useCase.name)
      if (useCase.requires === "job") assert.deepStrictEqual(useCase.actors, ["Job"], useCase.name)
      if (useCase.requires === "self") assert.notInclude(useCase.actors, "Anonymous", useCase.name)
    }
  })
})

interface Ids {
  readonly tenantId: TenantId
  readonly accountId: AccountId
  readonly invitationId: InvitationId
  readonly linkId: ShareableLinkId
  /** A draft of the caller. */
  readonly orderId: OrderId
  /** A main and its sub, in both of which the caller has the same role. */
  readonly mainId: TenantId
  readonly subId: TenantId
  /** A domain that the tenant has named, and whose record is there. */
  readonly domainId: DomainId
}

const typed = { customerNumber: "KD-99", postalCode: "1010", country: "AT" }

/** One call of each use case that needs a permission, on a member and an invitation that are there. */
const calls = {
  "tenants.get": ({ tenantId }: Ids) => Tenants.get({ tenantId }),
  "tenants.change": ({ tenantId }: Ids) => Tenants.change({ tenantId, name: "Other" }),
  "members.list": ({ tenantId }: Ids) => Members.list({ tenantId }),
  "members.get": ({ accountId, tenantId }: Ids) => Members.get({ tenantId, accountId }),
  "members.changeRoles": ({ accountId, tenantId }: Ids) =>
    Members.changeRoles({ tenantId, accountId, roles: ["empty", "nothing"] }),
  "members.remove": ({ accountId, tenantId }: Ids) => Members.remove({ tenantId, accountId }),
  "invitations.invite": ({ tenantId }: Ids) =>
    Invitations.invite({ tenantId, email: "new@example.com", roles: ["empty"] }),
  "invitations.addContact": ({ tenantId }: Ids) =>
    Invitations.addContact({ tenantId, email: "new@example.com", firstName: "A", lastName: "B", roles: ["empty"] }),
  "invitations.inviteMany": ({ tenantId }: Ids) =>
    Invitations.inviteMany({ tenantId, addresses: ["new@example.com"], roles: ["empty"] }),
  "shareableLinks.create": ({ tenantId }: Ids) =>
    Invitations.ShareableLinks.create({ tenantId, maxUses: 1, roles: ["empty"] }),
  "shareableLinks.restrict": ({ linkId, tenantId }: Ids) =>
    Invitations.ShareableLinks.restrict({ tenantId, linkId, maxUses: 1 }),
  "shareableLinks.revoke": ({ linkId, tenantId }: Ids) => Invitations.ShareableLinks.revoke({ tenantId, linkId }),
  "shareableLinks.list": ({ tenantId }: Ids) => Invitations.ShareableLinks.list({ tenantId }),
  "invitations.sendAgain": ({ invitationId, tenantId }: Ids) => Invitations.sendAgain({ tenantId, invitationId }),
  "invitations.revoke": ({ invitationId, tenantId }: Ids) => Invitations.revoke({ tenantId, invitationId }),
  "invitations.list": ({ tenantId }: Ids) => Invitations.list({ tenantId }),
  "events.list": ({ tenantId }: Ids) => Events.list({ tenantId }),
  "orders.products": ({ tenantId }: Ids) => Orders.products({ tenantId }),
  "orders.start": ({ tenantId }: Ids) => Orders.start({ tenantId, product: "office" }),
  "orders.change": ({ orderId, tenantId }: Ids) => Orders.change({ tenantId, orderId, options: {} }),
  "orders.place": ({ orderId, tenantId }: Ids) =>
    Orders.place({ tenantId, orderId, version: 0, catalogVersion: "2026-1" }),
  "orders.cancel": ({ orderId, tenantId }: Ids) => Orders.cancel({ tenantId, orderId }),
  "orders.get": ({ orderId, tenantId }: Ids) => Orders.get({ tenantId, orderId }),
  "orders.list": ({ tenantId }: Ids) => Orders.list({ tenantId }),
  "locations.list": ({ tenantId }: Ids) => Locations.list({ tenantId }),
  "locations.mine": ({ mainId }: Ids) => Locations.mine({ tenantId: mainId }),
  "locations.get": ({ mainId, subId }: Ids) => Locations.get({ tenantId: mainId, subId }),
  "locations.position": ({ tenantId }: Ids) => Locations.position({ tenantId }),
  "locations.visitors": ({ subId }: Ids) => Locations.visitors({ tenantId: subId }),
  "locations.chosen": ({ accountId, tenantId }: Ids) => Locations.chosen({ tenantId, accountId }),
  "locations.linkOwn": ({ mainId, tenantId }: Ids) => Locations.linkOwn({ tenantId: mainId, subId: tenantId }),
  "locations.askToLink": ({ tenantId }: Ids) => Locations.askToLink({ tenantId, ...typed }),
  "locations.askToMove": ({ subId }: Ids) => Locations.askToMove({ tenantId: subId, ...typed }),
  "locations.unlink": ({ mainId, subId }: Ids) => Locations.unlink({ tenantId: mainId, subId }),
  "locations.leaveMain": ({ subId }: Ids) => Locations.leaveMain({ tenantId: subId }),
  "locations.refuse": ({ subId }: Ids) => Locations.refuse({ tenantId: subId, refused: [] }),
  "locations.choose": ({ accountId, tenantId }: Ids) => Locations.choose({ tenantId, accountId, locations: [] }),
  "locations.checkImport": ({ tenantId }: Ids) => LinkImports.checkImport({ tenantId, rows: [typed] }),
  "locations.importLinks": ({ tenantId }: Ids) => LinkImports.importLinks({ tenantId, rows: [typed] }),
  "tenants.requireSecondFactor": ({ tenantId }: Ids) => Tenants.requireSecondFactor({ tenantId, required: true }),
  "ownership.offer": ({ accountId, tenantId }: Ids) => Ownerships.offer({ tenantId, accountId }),
  "ownership.offers": ({ tenantId }: Ids) => Ownerships.offers({ tenantId }),
  "domains.list": ({ tenantId }: Ids) => Domains.list({ tenantId }),
  "domains.claim": ({ tenantId }: Ids) => Domains.claim({ tenantId, domain: "other.example" }),
  "domains.proveByRecord": ({ domainId, tenantId }: Ids) => Domains.proveByRecord({ tenantId, domainId }),
  "domains.askPostmaster": ({ domainId, tenantId }: Ids) => Domains.askPostmaster({ tenantId, domainId }),
  "domains.setJoining": ({ domainId, tenantId }: Ids) => Domains.setJoining({ tenantId, domainId, joining: "nobody" }),
  "domains.remove": ({ domainId, tenantId }: Ids) => Domains.remove({ tenantId, domainId }),
  "tickets.ofTenant": ({ tenantId }: Ids) => Tickets.ofTenant({ tenantId })
}

/** What the permission alone is not enough for: nobody gives away what they do not have. */
const beyond: Readonly<Record<string, string>> = { "ownership.offer": "OwnershipNotHeld" }

const label = { de: "Rolle", en: "Role" }
const only = (permission: Permission): Role => ({
  name: `only-${permission.replace(".", "-")}`,
  label,
  permissions: [permission]
})
const without = (permission: Permission): Role => ({
  name: `without-${permission.replace(".", "-")}`,
  label,
  permissions: permissions.filter((name) => name !== permission)
})
const roles: ReadonlyArray<Role> = [
  ...builtInRoles,
  { name: "empty", label, permissions: [] },
  { name: "nothing", label, permissions: [] },
  ...permissions.flatMap((permission) => [only(permission), without(permission)])
]

describe("what a use case says it needs", () => {
  const needing = all.flatMap(({ name, requires }) => (isPermission(requires) ? [{ name, requires }] : []))

  it("ACC-03 every use case that needs a permission is tried here", () => {
    assert.deepStrictEqual(Object.keys(calls).sort(), needing.map(({ name }) => name).sort())
  })

  const portal = everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel({ roles }), Memory.layer)))

  /** The refusal that somebody with one role, or with no place at all, meets in a world of its own, or "ok". */
  const answer = (name: string, role: string | null, locked: Array<TenantId> = []) =>
    Effect.gen(function* () {
      const call = Object.entries(calls).find(([key]) => key === name)?.[1]
      if (call === undefined) return "not tried"
      const owner = yield* given.account("owner@example.com")
      const tenant = yield* given.tenant(owner)
      const target = yield* given.account("target@example.com")
      yield* given.member(tenant.id, target, ["empty"])
      const caller = yield* given.account("caller@example.com")
      const join = (id: TenantId) => (role === null ? Effect.void : given.member(id, caller, [role]))
      yield* join(tenant.id)
      const draft = order(1, { tenantId: tenant.id, ordererId: caller.id })
      yield* (yield* OrderRepository).insert(draft)
      const main = yield* given.tenant(owner)
      const sub = yield* given.tenant(owner)
      yield* join(main.id)
      yield* join(sub.id)
      yield* Locations.linkOwn({ tenantId: main.id, subId: sub.id }).pipe(as(yield* signedIn(owner)))
      const { id } = yield* Invitations.invite({
        tenantId: tenant.id,
        email: "open@example.com",
        roles: ["empty"]
      }).pipe(as(yield* signedIn(owner)))
      const domain = yield* Domains.claim({ tenantId: tenant.id, domain: "firm.example" }).pipe(
        as(yield* signedIn(owner))
      )
      const records = yield* FaultyDomainProof
      yield* records.set(domain.record.name, domain.record.value)
      const factors = yield* SecondFactorRepository
      yield* factors.confirm(caller.id, { sealedSecret: "sealed", lastStep: 1, confirmedAt: yield* Instant.now })
      const { link } = yield* Invitations.ShareableLinks.create({
        tenantId: tenant.id,
        maxUses: 5,
        roles: ["empty"]
      }).pipe(as(yield* signedIn(owner)))
      const effect: Effect.Effect<unknown, { readonly _tag: string }, Effect.Services<ReturnType<typeof call>>> = call({
        tenantId: tenant.id,
        accountId: target.id,
        invitationId: id,
        linkId: link.id,
        orderId: draft.id,
        mainId: main.id,
        subId: sub.id,
        domainId: domain.id
      })
      const tenants = yield* TenantRepository
      const watched = TenantRepository.of({
        ...tenants,
        findForUpdate: (id, by) =>
          Effect.tap(tenants.findForUpdate(id, by), (found) =>
            Effect.sync(() => {
              if (Option.isSome(found)) locked.push(id)
            })
          )
      })
      return yield* Effect.match(
        effect.pipe(as(yield* signedIn(caller)), Effect.provideService(TenantRepository, watched)),
        {
          onFailure: (error) => ("permission" in error ? `${error._tag} ${error.permission}` : error._tag),
          onSuccess: () => "ok"
        }
      )
    }).pipe((effect: Effect.Effect<string, unknown, Portal | RequestKinds>) =>
      Effect.provide(effect, Layer.fresh(portal))
    )

  it.effect("ACC-03 what needs a permission is refused to who has all but that, and goes with that one alone", () =>
    Effect.gen(function* () {
      for (const { name, requires } of needing) {
        assert.strictEqual(yield* answer(name, without(requires).name), `NotAllowed ${requires}`, name)
        assert.strictEqual(yield* answer(name, only(requires).name), beyond[name] ?? "ok", name)
      }
    })
  )

  it.effect("V-03 G-05 who has no place in a customer area locks no row of it: nobody there waits for a stranger", () =>
    Effect.gen(function* () {
      for (const { name } of needing) {
        const locked: Array<TenantId> = []
        assert.strictEqual(yield* answer(name, null, locked), "NotFound", name)
        assert.deepStrictEqual(locked, [], name)
      }
      const locked: Array<TenantId> = []
      yield* answer("tenants.change", only("tenant.change").name, locked)
      assert.strictEqual(locked.length, 1, "whoever has a place does")
    })
  )
})
