/*
 * What people may expect of tenants, memberships and invitations, told in the simplest way: no ids, no hashes, no permissions, one role for each
 * member, time in hours. It shares no code with the library, so that a mistake there is not repeated here.
 */

export const people = ["alice", "bob", "carol", "dave", "erin", "frank"] as const
export type Person = (typeof people)[number]

export const areas = ["first", "second"] as const
export type Area = (typeof areas)[number]

/** From the one who may least to the one who may most. */
export const roles = ["member", "admin", "owner"] as const
export type Role = (typeof roles)[number]

/** How an open invitation ends, or `pending`. */
export type State = "pending" | "accepted" | "declined" | "revoked" | "replaced" | "expired"

export interface Invitation {
  readonly area: Area
  readonly person: Person
  readonly role: Role
  inviter: Person
  state: Exclude<State, "expired">
  /** Hours since the beginning. */
  expiresAt: number
}

/** A mail with a link, as it lies in somebody's mailbox. */
export interface Letter {
  readonly invitation: Invitation
  /** A newer one was sent, or its invitation has ended. */
  dead: boolean
}

export interface Model {
  readonly accounts: Set<Person>
  readonly members: Readonly<Record<Area, Map<Person, Role>>>
  readonly seats: Readonly<Record<Area, number>>
  readonly invitations: Array<Invitation>
  readonly letters: Array<Letter>
  /** All mails, letters among them. */
  mails: number
  now: number
}

/** An invitation lives 14 days. */
const LIFETIME = 14 * 24

/** Alice owns the first area, with Carol as admin and Dave as member; Bob owns the second one, which has room for two. */
export const beginning = (): Model => ({
  accounts: new Set<Person>(["alice", "bob", "carol", "dave"]),
  members: {
    first: new Map<Person, Role>([
      ["alice", "owner"],
      ["carol", "admin"],
      ["dave", "member"]
    ]),
    second: new Map<Person, Role>([["bob", "owner"]])
  },
  seats: { first: 100, second: 2 },
  invitations: [],
  letters: [],
  mails: 0,
  now: 0
})

export const stateOf = (model: Model, invitation: Invitation): State =>
  invitation.state === "pending" && model.now >= invitation.expiresAt ? "expired" : invitation.state

export const roleOf = (model: Model, area: Area, person: Person): Role | undefined => model.members[area].get(person)

/** An area that the person belongs to, if there is one: where they are most likely to do something. */
export const homeOf = (model: Model, person: Person): Area =>
  areas.find((area) => roleOf(model, area, person) !== undefined) ?? "first"

/** Owners give and take everything, admins all but ownership, members nothing. */
export const mayGrant = (holder: Role | undefined, role: Role): boolean =>
  holder === "owner" || (holder === "admin" && role !== "owner")

/** What somebody is told who does what only owners and admins may do. */
export const refusedAs = (model: Model, area: Area, person: Person): "NotFound" | "NotAllowed" | undefined => {
  const role = roleOf(model, area, person)
  return role === undefined ? "NotFound" : role === "member" ? "NotAllowed" : undefined
}

export const isLastOwner = (model: Model, area: Area, person: Person): boolean =>
  roleOf(model, area, person) === "owner" && [...model.members[area].values()].filter((r) => r === "owner").length === 1

const kill = (model: Model, invitation: Invitation): void => {
  for (const letter of model.letters) if (letter.invitation === invitation) letter.dead = true
}

export const end = (model: Model, invitation: Invitation, state: Invitation["state"]): void => {
  invitation.state = state
  kill(model, invitation)
}

/** Somebody is no member any more: what is open for them there is no way back. */
export const depart = (model: Model, area: Area, person: Person): void => {
  model.members[area].delete(person)
  for (const invitation of model.invitations) {
    if (invitation.area === area && invitation.person === person && stateOf(model, invitation) === "pending") {
      end(model, invitation, "revoked")
    }
  }
}

export const send = (model: Model, invitation: Invitation, inviter: Person): void => {
  kill(model, invitation)
  invitation.inviter = inviter
  invitation.expiresAt = model.now + LIFETIME
  model.letters.push({ invitation, dead: false })
  model.mails += 1
}

/** Whether whoever invited could still do so. */
export const inviterStands = (model: Model, { area, inviter, role }: Invitation): boolean =>
  mayGrant(roleOf(model, area, inviter), role)

export const isFull = (model: Model, area: Area): boolean => model.members[area].size >= model.seats[area]

export const join = (model: Model, invitation: Invitation): void => {
  end(model, invitation, "accepted")
  model.members[invitation.area].set(invitation.person, invitation.role)
}

/** The state in words, for comparing. */
export const told = (model: Model) => ({
  members: Object.fromEntries(
    areas.map((area) => [area, Object.fromEntries([...model.members[area]].sort(([a], [b]) => (a < b ? -1 : 1)))])
  ),
  invitations: model.invitations.map((invitation) =>
    [invitation.area, invitation.person, invitation.role, stateOf(model, invitation)].join(" ")
  ),
  mails: model.mails
})
