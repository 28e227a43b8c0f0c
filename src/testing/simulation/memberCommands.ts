import { Effect } from "effect"
import * as fc from "fast-check"
import { changeRoles, leave, remove } from "../../tenants/Members.ts"
import { actor, area, person, rightOr, role } from "./arbitraries.ts"
import { type Area, depart, homeOf, isLastOwner, mayGrant, type Person, type Role, refusedAs, roleOf } from "./Model.ts"
import { type Command, command } from "./Step.ts"
import { by, idOf } from "./World.ts"

const leaving = (person: Person, wrong: Area | undefined): Command =>
  command((model) => {
    if (!model.accounts.has(person)) return undefined
    const area = wrong ?? homeOf(model, person)
    return {
      label: `${person} leaves ${area}`,
      expect: () => {
        if (roleOf(model, area, person) === undefined) return "NotFound"
        if (isLastOwner(model, area, person)) return "LastOwner"
        depart(model, area, person)
        return "Left"
      },
      take: (world) => leave({ tenantId: world.areas[area] }).pipe(by(world, person), Effect.as("Left"))
    }
  }, "leaves")

const removing = (actor: Person, wrong: Area | undefined, person: Person): Command =>
  command((model) => {
    if (!model.accounts.has(actor) || !model.accounts.has(person)) return undefined
    const area = wrong ?? homeOf(model, person)
    return {
      label: `${actor} removes ${person} from ${area}`,
      expect: () => {
        const refused = refusedAs(model, area, actor)
        if (refused !== undefined) return refused
        const role = roleOf(model, area, person)
        if (role === undefined) return "NotFound"
        if (!mayGrant(roleOf(model, area, actor), role)) return "NotAllowed"
        if (isLastOwner(model, area, person)) return "LastOwner"
        depart(model, area, person)
        if (actor !== person) model.mails += 1
        return "Removed"
      },
      take: (world) =>
        remove({ tenantId: world.areas[area], accountId: idOf(world, person) }).pipe(
          by(world, actor),
          Effect.as("Removed")
        )
    }
  }, "removes")

const changing = (actor: Person, wrong: Area | undefined, person: Person, next: Role): Command =>
  command((model) => {
    if (!model.accounts.has(actor) || !model.accounts.has(person)) return undefined
    const area = wrong ?? homeOf(model, person)
    return {
      label: `${actor} makes ${person} ${next} of ${area}`,
      expect: () => {
        const refused = refusedAs(model, area, actor)
        if (refused !== undefined) return refused
        const role = roleOf(model, area, person)
        if (role === undefined) return "NotFound"
        const held = roleOf(model, area, actor)
        if (!mayGrant(held, role) || !mayGrant(held, next)) return "NotAllowed"
        if (next !== "owner" && isLastOwner(model, area, person)) return "LastOwner"
        if (role !== next && actor !== person) model.mails += 1
        model.members[area].set(person, next)
        return next
      },
      take: (world) =>
        changeRoles({ tenantId: world.areas[area], accountId: idOf(world, person), roles: [next] }).pipe(
          by(world, actor),
          Effect.map(({ roles }) => roles.join("+"))
        )
    }
  }, "makes")

export const memberCommands: ReadonlyArray<fc.Arbitrary<Command>> = [
  fc.tuple(person, rightOr(area)).map((of) => leaving(...of)),
  fc.tuple(actor, rightOr(area), person).map((of) => removing(...of)),
  fc.tuple(actor, rightOr(area), person, role).map((of) => changing(...of))
]
