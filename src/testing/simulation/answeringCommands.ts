import { Effect, Redacted } from "effect"
import * as fc from "fast-check"
import { accept, acceptAsNew, acceptMine, decline, declineMine, mine } from "../../invitations/Invitations.ts"
import { area, person, rightOr, which } from "./arbitraries.ts"
import {
  type Area,
  end,
  type Invitation,
  inviterStands,
  isFull,
  join,
  type Model,
  type Person,
  roleOf,
  stateOf
} from "./Model.ts"
import { type Command, command, invitationOf, letterOf } from "./Step.ts"
import { anonymously, by, PASSWORD, remember, type World } from "./World.ts"

const secretOf = (world: World, index: number): Redacted.Redacted => world.secrets[index] ?? Redacted.make("")

/** What the invited person is told who wants to join. */
const joining = (model: Model, invitation: Invitation): string => {
  const state = stateOf(model, invitation)
  if (state !== "pending") return `InvitationClosed ${state}`
  if (roleOf(model, invitation.area, invitation.person) !== undefined) {
    end(model, invitation, "accepted")
    return "AlreadyMember"
  }
  if (!inviterStands(model, invitation)) return "GrantorLostAuthority"
  if (isFull(model, invitation.area)) return "NoSeatLeft"
  join(model, invitation)
  return "Joined"
}

const accepting = (other: Person | undefined, number: number): Command =>
  command((model) => {
    const found = letterOf(model, number)
    if (found === undefined) return undefined
    const [{ dead, invitation }, index] = found
    const person = other ?? invitation.person
    if (!model.accounts.has(person)) return undefined
    return {
      label: `${person} accepts by letter ${index}`,
      expect: () => {
        if (dead && stateOf(model, invitation) === "pending") return "LinkUnusable"
        return person === invitation.person ? joining(model, invitation) : "InvitationForSomeoneElse"
      },
      take: (world) =>
        accept({ secret: secretOf(world, index) }).pipe(
          by(world, person),
          Effect.map(({ outcome }) => outcome)
        )
    }
  }, "accepts")

const acceptingWithoutLetter = (other: Person | undefined, wrong: Area | undefined, number: number): Command =>
  command((model) => {
    const found = invitationOf(model, number)
    if (found === undefined) return undefined
    const [invitation, index] = found
    const person = other ?? invitation.person
    const area = wrong ?? invitation.area
    if (!model.accounts.has(person)) return undefined
    return {
      label: `${person} accepts invitation ${index} to ${area}`,
      expect: () =>
        person === invitation.person && area === invitation.area ? joining(model, invitation) : "NotFound",
      take: (world) =>
        acceptMine({ tenantId: world.areas[area], invitationId: world.invitations[index] ?? "" }).pipe(
          by(world, person),
          Effect.map(({ outcome }) => outcome)
        )
    }
  }, "accepts without a letter")

const acceptingAsNew = (number: number): Command =>
  command((model) => {
    const found = letterOf(model, number)
    if (found === undefined) return undefined
    const [{ dead, invitation }, index] = found
    const { area, person } = invitation
    return {
      label: `somebody makes an account by letter ${index}`,
      expect: () => {
        const state = stateOf(model, invitation)
        if (state !== "pending") return `InvitationClosed ${state}`
        if (dead) return "LinkUnusable"
        if (!inviterStands(model, invitation)) return "GrantorLostAuthority"
        if (model.accounts.has(person)) return "SignInToAccept"
        if (isFull(model, area)) return "NoSeatLeft"
        model.accounts.add(person)
        join(model, invitation)
        return "Joined"
      },
      take: (world) =>
        acceptAsNew({
          secret: secretOf(world, index),
          firstName: person,
          lastName: "Simulated",
          password: PASSWORD,
          consents: [{ kind: "privacy", version: "1" }]
        }).pipe(
          anonymously,
          Effect.map(({ joined, signIn }) => {
            if (signIn._tag === "SignedIn") remember(world, person, signIn.account.id)
            return joined.outcome
          })
        )
    }
  }, "makes an account")

const declining = (number: number): Command =>
  command((model) => {
    const found = letterOf(model, number)
    if (found === undefined) return undefined
    const [{ dead, invitation }, index] = found
    return {
      label: `somebody declines by letter ${index}`,
      expect: () => {
        const state = stateOf(model, invitation)
        if (state !== "pending") return `InvitationClosed ${state}`
        if (dead) return "LinkUnusable"
        end(model, invitation, "declined")
        return "Declined"
      },
      take: (world) => decline({ secret: secretOf(world, index) }).pipe(anonymously, Effect.as("Declined"))
    }
  }, "declines")

const decliningWithoutLetter = (other: Person | undefined, wrong: Area | undefined, number: number): Command =>
  command((model) => {
    const found = invitationOf(model, number)
    if (found === undefined) return undefined
    const [invitation, index] = found
    const person = other ?? invitation.person
    const area = wrong ?? invitation.area
    if (!model.accounts.has(person)) return undefined
    return {
      label: `${person} declines invitation ${index} to ${area}`,
      expect: () => {
        if (person !== invitation.person || area !== invitation.area) return "NotFound"
        const state = stateOf(model, invitation)
        if (state !== "pending") return `InvitationClosed ${state}`
        end(model, invitation, "declined")
        return "Declined"
      },
      take: (world) =>
        declineMine({ tenantId: world.areas[area], invitationId: world.invitations[index] ?? "" }).pipe(
          by(world, person),
          Effect.as("Declined")
        )
    }
  }, "declines without a letter")

const looking = (person: Person): Command =>
  command((model) => {
    if (!model.accounts.has(person)) return undefined
    return {
      label: `${person} looks what is open`,
      expect: () =>
        model.invitations
          .flatMap((one, index) => (one.person === person && stateOf(model, one) === "pending" ? [index] : []))
          .join(),
      take: (world) =>
        mine({ limit: 100 }).pipe(
          by(world, person),
          Effect.map(({ items }) =>
            items
              .map(({ id }) => world.invitations.indexOf(id))
              .sort((a, b) => a - b)
              .join()
          )
        )
    }
  }, "looks")

/** Whoever says yes; often, because most of what comes later needs members. */
export const acceptingCommands: ReadonlyArray<fc.Arbitrary<Command>> = [
  fc.tuple(rightOr(person), which).map((of) => accepting(...of)),
  fc.tuple(rightOr(person), rightOr(area), which).map((of) => acceptingWithoutLetter(...of)),
  which.map(acceptingAsNew)
]

export const decliningCommands: ReadonlyArray<fc.Arbitrary<Command>> = [
  which.map(declining),
  fc.tuple(rightOr(person), rightOr(area), which).map((of) => decliningWithoutLetter(...of)),
  person.map(looking)
]
