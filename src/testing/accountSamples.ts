import { Schema } from "effect"
import type { Challenge } from "../accounts/Challenge.ts"
import type { Session } from "../accounts/Session.ts"
import { ChallengeId, SessionId } from "../kernel/ids.ts"
import { accountId, at } from "./tenantSamples.ts"

const uuid = (group: number, number: number): string =>
  `01890000-0000-7${group.toString(16).padStart(3, "0")}-8000-${number.toString(16).padStart(12, "0")}`

/** Ids sort by their number. */
export const sessionId = (number: number): SessionId => Schema.decodeSync(SessionId)(uuid(0x801, number))
export const challengeId = (number: number): ChallengeId => Schema.decodeSync(ChallengeId)(uuid(0x802, number))

export const tokenHash = (number: number): string => number.toString(16).padStart(64, "0")

/** A session of person 1, begun as many milliseconds after the start as its number says. */
export const session = (number: number, over: Partial<Session> = {}): Session => ({
  id: sessionId(number),
  accountId: accountId(1),
  credentialEpoch: 0,
  method: "password",
  secondFactor: false,
  strict: false,
  staySignedIn: false,
  authenticatedAt: at(number),
  createdAt: at(number),
  lastSeenAt: at(number),
  expiresAt: at(number + 1000),
  device: null,
  place: null,
  ...over
})

/** A challenge of person 1. */
export const challenge = (number: number, over: Partial<Challenge> = {}): Challenge => ({
  id: challengeId(number),
  accountId: accountId(1),
  credentialEpoch: 0,
  method: "password",
  staySignedIn: false,
  device: null,
  createdAt: at(number),
  expiresAt: at(number + 1000),
  attempts: 0,
  ...over
})
