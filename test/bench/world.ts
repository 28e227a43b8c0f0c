import { createHash, randomBytes } from "node:crypto"
import type BetterSqlite3 from "better-sqlite3"

/** What both sides of the benchmark work on: one tenant with 300 members, sessions for all, and people who are invited. */
export const MEMBERS = 300
export const PASSWORD = "correct horse battery staple"

export const uuid = (kind: number, n: number): string =>
  `01890000-0000-7000-8${kind.toString(16).padStart(3, "0")}-${n.toString(16).padStart(12, "0")}`
const number = (kind: string, n: number): string => `${kind}${n.toString().padStart(7, "0")}`

export const hashOf = (purpose: string, secret: string): string =>
  createHash("sha256").update(`portico/${purpose}\n${secret}`).digest("hex")

export interface Person {
  readonly id: string
  readonly email: string
  readonly token: string
  readonly sessionId: string
}

export interface Invited extends Person {
  readonly secret: string
  readonly invitationId: string
}

export interface World {
  readonly tenantId: string
  readonly members: ReadonlyArray<Person>
  readonly invited: ReadonlyArray<Invited>
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Fills the tables by hand; `side` keeps the people of the two sides apart, `invited` is how many wait to accept. */
export const seed = (database: BetterSqlite3.Database, side: number, invited: number, now: number): World => {
  const insert = (table: string, row: Readonly<Record<string, unknown>>) => {
    const columns = Object.keys(row)
    database
      .prepare(`insert into portico_${table} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`)
      .run(Object.values(row))
  }
  const tenantId = uuid(side, 0)
  const person = (n: number): Person => {
    const id = uuid(side + 1, n)
    const email = `person${n}.side${side}@example.com`
    const token = randomBytes(32).toString("base64url")
    const sessionId = uuid(side + 2, n)
    insert("account", {
      id,
      number: number(`A${side}`.slice(0, 1), side * 100_000 + n),
      email,
      first_name: "Ada",
      last_name: `Lovelace ${n}`,
      name_folded: `ada lovelace ${n}`,
      locale: "en",
      company_name: null,
      state: "active",
      credential_epoch: 0,
      password_hash: PASSWORD,
      created_at: now
    })
    insert("session", {
      id: sessionId,
      account_id: id,
      token_hash: hashOf("session", token),
      credential_epoch: 0,
      method: "password",
      second_factor: 0,
      strict: 0,
      stay_signed_in: 1,
      authenticated_at: now,
      created_at: now,
      last_seen_at: now + 10 * HOUR,
      expires_at: now + 14 * DAY,
      device: "Firefox on Linux",
      place: null
    })
    return { id, email, token, sessionId }
  }
  return database.transaction((): World => {
    insert("tenant", {
      id: tenantId,
      number: number("T", side),
      name: "Muster GmbH",
      customer_number: `K-${side}`,
      customer_number_normal: `k${side}`,
      postal_code: "1010",
      country: "AT",
      street: "",
      city: "",
      state: "active",
      seats: null,
      member_count: MEMBERS,
      owner_count: MEMBERS,
      version: 0,
      created_at: now
    })
    const members = Array.from({ length: MEMBERS }, (_, n) => {
      const one = person(n)
      insert("membership", {
        tenant_id: tenantId,
        account_id: one.id,
        id: uuid(side + 3, n),
        roles: '["owner"]',
        contact_email: one.email,
        mail_preferences: '{"membershipChanges":true}',
        joined_at: now + n
      })
      return one
    })
    const waiting = Array.from({ length: invited }, (_, n): Invited => {
      const one = person(MEMBERS + n)
      const secret = randomBytes(32).toString("base64url")
      const invitationId = uuid(side + 4, n)
      insert("invitation", {
        tenant_id: tenantId,
        id: invitationId,
        email: one.email,
        roles: '["member"]',
        message: "",
        locale: "en",
        state: "pending",
        inviter_id: members[n % MEMBERS]?.id,
        inviter_membership_id: uuid(side + 3, n % MEMBERS),
        created_at: now,
        expires_at: now + 14 * DAY,
        sent_at: now,
        ended_at: null
      })
      insert("link", {
        hash: hashOf("invitations.invitation", secret),
        purpose: "invitations.invitation",
        subject: invitationId,
        tenant_id: tenantId,
        email: one.email,
        credential_epoch: null,
        issued_at: now,
        expires_at: now + 14 * DAY,
        used_at: null,
        voided_at: null
      })
      return { ...one, secret, invitationId }
    })
    return { tenantId, members, invited: waiting }
  })()
}

/** One side of the benchmark: what each operation does, by its name. */
export interface Operations {
  readonly authenticate: () => unknown
  readonly "permission check": () => unknown
  readonly "list members": () => unknown
  readonly "sign in": () => unknown
  readonly invite: () => unknown
  readonly accept: () => unknown
}

/** A list's next element, again from the start when it is at its end. */
export const inTurn = <A>(list: ReadonlyArray<A>): (() => A) => {
  let index = 0
  return () => {
    const element = list[index++ % list.length]
    if (element === undefined) throw new Error("The list is empty.")
    return element
  }
}
