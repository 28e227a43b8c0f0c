/*
 * What people may expect of passwords, addresses, second factors and sessions, told in the simplest way: passwords by number, codes by the half minute they
 * are of, sessions by their deadline. It shares no code with the library. Times are in seconds.
 */

export const people = ["alice", "bob"] as const
export type Person = (typeof people)[number]

/** All that there are: more than people, so that some are free. */
export const addresses = ["alice@example.com", "bob@example.com", "carol@example.com", "dave@example.com"] as const
export type Address = (typeof addresses)[number]

export interface App {
  /** Which of the secrets that were ever shown. */
  readonly secret: number
  /** The half minute of the last accepted code. */
  last: number
}

export interface Account {
  address: Address
  password: number
  /** Counts what kills all that was issued before. */
  epoch: number
  app: App | undefined
  /** An app that waits for its first code, and the epoch in which it was shown. */
  waiting: { readonly secret: number; readonly epoch: number } | undefined
  /** Which of the recovery codes that were ever shown are good. */
  readonly recovery: Set<number>
}

export interface Session {
  readonly person: Person
  epoch: number
  /** Which of the tokens that were ever shown is its own; the others are dead. */
  token: number
  readonly stay: boolean
  /** The account had a second factor when the session began, or got one in it. */
  strict: boolean
  /** The second factor was part of the last proof. */
  proven: boolean
  authenticated: number
  created: number
  deadline: number
  ended: boolean
  lastSeen: number
}

export interface Challenge {
  readonly person: Person
  readonly epoch: number
  readonly stay: boolean
  readonly deadline: number
  done: boolean
}

export interface Letter {
  readonly person: Person
  readonly epoch: number
  readonly deadline: number
  dead: boolean
}

/** A link to a new address. */
export interface Move extends Letter {
  readonly to: Address
}

export interface Model {
  readonly accounts: Readonly<Record<Person, Account>>
  readonly sessions: Array<Session>
  readonly challenges: Array<Challenge>
  readonly letters: Array<Letter>
  readonly moves: Array<Move>
  /** How many tokens, secrets of apps and recovery codes were ever shown. */
  tokens: number
  secrets: number
  codes: number
  mails: number
  now: number
}

export const MINUTE = 60
const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const account = (address: Address): Account => ({
  address,
  password: 0,
  epoch: 0,
  app: undefined,
  waiting: undefined,
  recovery: new Set()
})

export const beginning = (): Model => ({
  accounts: { alice: account("alice@example.com"), bob: account("bob@example.com") },
  sessions: [],
  challenges: [],
  letters: [],
  moves: [],
  tokens: 0,
  secrets: 0,
  codes: 0,
  mails: 0,
  now: 0
})

/** The half minute that an app counts by. */
export const half = (model: Model): number => Math.floor(model.now / 30)

const deadlineOf = ({ created, lastSeen, stay, strict }: Session): number =>
  strict ? Math.min(lastSeen + HOUR, created + DAY) : Math.min(lastSeen + (stay ? 14 * DAY : HOUR), created + 30 * DAY)

export const begin = (model: Model, person: Person, stay: boolean, proven: boolean): void => {
  const session: Session = {
    person,
    epoch: model.accounts[person].epoch,
    token: model.tokens++,
    stay,
    strict: proven,
    proven,
    authenticated: model.now,
    created: model.now,
    lastSeen: model.now,
    deadline: 0,
    ended: false
  }
  session.deadline = deadlineOf(session)
  model.sessions.push(session)
}

export const isAlive = (model: Model, session: Session): boolean =>
  !session.ended && session.epoch === model.accounts[session.person].epoch && model.now < session.deadline

/** The session of a token, if somebody with it is let in; being let in counts as a use, noted once a minute. */
export const enter = (model: Model, token: number): Session | undefined => {
  const session = model.sessions.find((one) => one.token === token)
  if (session === undefined || session.ended) return undefined
  if (session.epoch !== model.accounts[session.person].epoch) return undefined
  if (model.now >= session.deadline) {
    session.ended = true
    return undefined
  }
  if (model.now >= session.lastSeen + MINUTE) {
    session.lastSeen = model.now
    session.deadline = deadlineOf(session)
  }
  return session
}

/** The session goes on with another token. */
export const renew = (model: Model, session: Session, change: Partial<Session>): void => {
  if (change.strict === true && !session.strict) session.created = model.now
  Object.assign(session, change, {
    token: model.tokens++,
    epoch: model.accounts[session.person].epoch,
    lastSeen: model.now
  })
  session.deadline = deadlineOf(session)
}

/** Everything that was issued before is dead, but the session that did it. */
export const turn = (model: Model, session: Session, change: Partial<Session> = {}): void => {
  model.accounts[session.person].epoch += 1
  renew(model, session, change)
  model.mails += 1
}

export const isRecent = (model: Model, session: Session): boolean => model.now < session.authenticated + 10 * MINUTE

/** A new set of recovery codes; older ones are worth nothing. */
export const showCodes = (model: Model, account: Account): void => {
  account.recovery.clear()
  for (let n = 0; n < 10; n++) account.recovery.add(model.codes++)
}

/** What a person types as a code. */
export type Typed =
  | { readonly kind: "app"; readonly secret: number | undefined }
  | { readonly kind: "wrong" }
  | { readonly kind: "recovery"; readonly code: number }

/** Whether a code is accepted, which uses it up. A recovery code is replaced by a new one. */
export const accept = (model: Model, account: Account, typed: Typed): boolean => {
  const { app } = account
  if (typed.kind === "recovery") {
    if (!account.recovery.delete(typed.code)) return false
    account.recovery.add(model.codes++)
    model.mails += 1
    return true
  }
  if (typed.kind === "wrong" || app === undefined || typed.secret !== app.secret || half(model) <= app.last)
    return false
  app.last = half(model)
  return true
}

export const told = (model: Model) => ({
  accounts: people.map((person) => {
    const { address, app, epoch, recovery } = model.accounts[person]
    return [person, address, epoch, app === undefined ? "no app" : "app", recovery.size].join(" ")
  }),
  alive: people.map((person) => model.sessions.filter((one) => one.person === person && isAlive(model, one)).length),
  mails: model.mails
})
