import { Effect } from "effect"
import * as fc from "fast-check"
import { invite, revoke, sendAgain } from "../../invitations/Invitations.ts"
import { actor, area, person, rightOr, role, which } from "./arbitraries.ts"
import {
  type Area,
  end,
  homeOf,
  type Invitation,
  mayGrant,
  type Person,
  type Role,
  refusedAs,
  roleOf,
  send,
  stateOf
} from "./Model.ts"
import { type Command, command, invitationOf } from "./Step.ts"
import { addressOf, by, collect } from "./World.ts"

const inviting = (actor: Person, wrong: Area | undefined, person: Person, role: Role): Command =>
  command((model) => {
    if (!model.accounts.has(actor)) return undefined
    const area = wrong ?? homeOf(model, actor)
    return {
      label: `${actor} invites ${person} to ${area} as ${role}`,
      expect: () => {
        const refused = refusedAs(model, area, actor)
        if (refused !== undefined) return refused
        if (!mayGrant(roleOf(model, area, actor), role)) return "NotAllowed"
        const open = model.invitations.find(
          (one) => one.area === area && one.person === person && stateOf(model, one) === "pending"
        )
        if (open?.role === role) {
          send(model, open, actor)
          return "Sent"
        }
        // only who could make an offer takes it back
        if (open !== undefined && !mayGrant(roleOf(model, area, actor), open.role)) return "NotAllowed"
        if (open !== undefined) end(model, open, "replaced")
        const invitation: Invitation = { area, person, role, inviter: actor, state: "pending", expiresAt: 0 }
        model.invitations.push(invitation)
        send(model, invitation, actor)
        return "Sent"
      },
      take: (world) =>
        invite({ tenantId: world.areas[area], email: addressOf(person), roles: [role] }).pipe(
          by(world, actor),
          Effect.tap(({ id }) => Effect.orDie(collect(world, person, id))),
          Effect.as("Sent")
        )
    }
  }, "invites")

const sendingAgain = (actor: Person, wrong: Area | undefined, number: number): Command =>
  command((model) => {
    const found = invitationOf(model, number)
    if (found === undefined || !model.accounts.has(actor)) return undefined
    const [invitation, index] = found
    const area = wrong ?? invitation.area
    return {
      label: `${actor} sends invitation ${index} to ${area} again`,
      expect: () => {
        const refused = refusedAs(model, area, actor)
        if (refused !== undefined) return refused
        if (invitation.area !== area) return "NotFound"
        const state = stateOf(model, invitation)
        if (state !== "pending") return `InvitationClosed ${state}`
        if (!mayGrant(roleOf(model, area, actor), invitation.role)) return "NotAllowed"
        send(model, invitation, actor)
        return "Sent"
      },
      take: (world) =>
        Effect.suspend(() =>
          sendAgain({ tenantId: world.areas[area], invitationId: world.invitations[index] ?? "" })
        ).pipe(
          by(world, actor),
          Effect.tap(({ id }) => Effect.orDie(collect(world, invitation.person, id))),
          Effect.as("Sent")
        )
    }
  }, "sends again")

const revoking = (actor: Person, wrong: Area | undefined, number: number): Command =>
  command((model) => {
    const found = invitationOf(model, number)
    if (found === undefined || !model.accounts.has(actor)) return undefined
    const [invitation, index] = found
    const area = wrong ?? invitation.area
    return {
      label: `${actor} revokes invitation ${index} to ${area}`,
      expect: () => {
        const refused = refusedAs(model, area, actor)
        if (refused !== undefined) return refused
        if (invitation.area !== area) return "NotFound"
        if (!mayGrant(roleOf(model, area, actor), invitation.role)) return "NotAllowed"
        const state = stateOf(model, invitation)
        if (state !== "pending") return `InvitationClosed ${state}`
        end(model, invitation, "revoked")
        return "Revoked"
      },
      take: (world) =>
        revoke({ tenantId: world.areas[area], invitationId: world.invitations[index] ?? "" }).pipe(
          by(world, actor),
          Effect.as("Revoked")
        )
    }
  }, "revokes")

export const invitingCommands: ReadonlyArray<fc.Arbitrary<Command>> = [
  fc.tuple(actor, rightOr(area), person, role).map((of) => inviting(...of)),
  fc.tuple(actor, rightOr(area), which).map((of) => sendingAgain(...of)),
  fc.tuple(actor, rightOr(area), which).map((of) => revoking(...of))
]
