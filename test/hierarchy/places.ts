import { Effect, Option } from "effect"
import { Locations } from "../../src/hierarchy/index.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import { builtInRoles, type Role } from "../../src/kernel/Permission.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { as, given, mailsTo, signedIn } from "../support/portal.ts"
import type { Person } from "../tenants/world.ts"

/** A role of an application's own, as an employee of a main tenant has it who looks after its branches. */
export const branches: Role = {
  name: "branches",
  label: { de: "Filialbetreuung", en: "Branch support" },
  permissions: [
    "tenant.read",
    "members.read",
    "members.change",
    "invitations.read",
    "invitations.create",
    "locations.access"
  ]
}
export const settings: SettingsInput = { roles: [...builtInRoles, branches] }

/** Somebody with a password, signed in. */
export const person = Effect.fnUntraced(function* (name: string) {
  const account = yield* given.account(`${name}@example.com`, "a hash")
  return { account, actor: yield* signedIn(account) }
})

/** The address of every tenant of these tests. */
export const address = { postalCode: "1010", country: "AT" }

/**
 * Three tenants, none of them linked: Haupt with an owner, an employee for branches and a member; Nord with an owner and a member; Süd with an owner.
 * `both` owns Haupt and Nord. And a stranger.
 */
export const places = Effect.gen(function* () {
  const chief = yield* person("chief")
  const clerk = yield* person("clerk")
  const desk = yield* person("desk")
  const both = yield* person("both")
  const north = yield* person("north")
  const helper = yield* person("helper")
  const south = yield* person("south")
  const stranger = yield* person("stranger")
  const main = yield* given.tenant(chief.account, { name: "Haupt AG", customerNumber: "KD-1" })
  yield* given.member(main.id, clerk.account, ["branches"])
  yield* given.member(main.id, desk.account, ["member"])
  yield* given.member(main.id, both.account, ["owner"])
  const nord = yield* given.tenant(north.account, { name: "Nord GmbH", customerNumber: "KD-2" })
  yield* given.member(nord.id, helper.account, ["member"])
  yield* given.member(nord.id, both.account, ["owner"])
  const sued = yield* given.tenant(south.account, { name: "Süd GmbH", customerNumber: "KD-3" })
  return {
    chief,
    clerk,
    desk,
    both,
    north,
    helper,
    south,
    stranger,
    mainId: main.id,
    nordId: nord.id,
    suedId: sued.id
  }
})

/** As `places`, and Nord is a sub of Haupt. */
export const linkedPlaces = Effect.gen(function* () {
  const all = yield* places
  yield* Locations.linkOwn({ tenantId: all.mainId, subId: all.nordId }).pipe(as(all.both.actor))
  return all
})

/** The kinds of the mails to a person, oldest first. */
export const kindsTo = ({ account }: Pick<Person, "account">) =>
  Effect.map(mailsTo(account.email), (mails) => mails.map(({ kind }) => kind))

export const setState = Effect.fnUntraced(function* (id: TenantId, state: "active" | "suspended" | "closed") {
  const tenants = yield* TenantRepository
  const tenant = Option.getOrThrow(yield* tenants.find(id))
  yield* tenants.save({ ...tenant, state })
})

export const setRoles = Effect.fnUntraced(function* (
  tenantId: TenantId,
  { account }: Pick<Person, "account">,
  roles: ReadonlyArray<string>
) {
  const memberships = yield* MembershipRepository
  const membership = Option.getOrThrow(yield* memberships.find(tenantId, account.id))
  yield* memberships.update({ ...membership, roles: [...roles] })
})
