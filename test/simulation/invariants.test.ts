import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import * as Instant from "../../src/kernel/Instant.ts"
import type { Snapshot } from "../../src/testing/Dump.ts"
import { checkAll, invariants, violationsOf } from "../../src/testing/invariants.ts"
import { stages } from "../faults/stage.ts"
import { scenarios } from "../support/scenarios.ts"

const { memory } = stages()

/** A state in which a bit of everything was done: an app was set up, an invitation accepted and another one is open. */
const full = Effect.gen(function* () {
  for (const name of [
    "secondFactor.regenerateRecoveryCodes",
    "invitations.accept",
    "registrations.confirm (with an app)",
    "locations.linkOwn",
    "tickets.submit"
  ]) {
    const scenario = scenarios.find((one) => one.name === name)
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
    yield* (yield* scenario.given)()
  }
  return yield* checkAll
})

type Rows = { -readonly [Table in keyof Snapshot]: Snapshot[Table] }

const linkedTwice =
  (change: (link: Snapshot["tenantLinks"][number]) => Snapshot["tenantLinks"][number]) => (state: Rows) => {
    state.tenantLinks = [...state.tenantLinks, ...state.tenantLinks.map(change)]
  }

/** For each invariant a change of a good state that must not go unnoticed. */
const planted: ReadonlyArray<readonly [invariant: string, words: string, change: (state: Rows) => void]> = [
  ["V-04", "a sub has a second main", linkedTwice(({ subId }) => ({ subId, mainId: "another" }))],
  ["V-04", "a sub has a sub", linkedTwice(({ subId }) => ({ subId: "another", mainId: subId }))],
  ["V-05", "a sub has a sub below it", linkedTwice(({ subId }) => ({ subId: "another", mainId: subId }))],
  ["V-05", "a tenant is its own main", linkedTwice(() => ({ subId: "another", mainId: "another" }))],
  ["V-05", "two tenants are each other's main", linkedTwice(({ mainId, subId }) => ({ subId: mainId, mainId: subId }))],
  [
    "V-04",
    "a main is gone",
    (state) => {
      const mains = state.tenantLinks.map(({ mainId }) => mainId)
      state.tenants = state.tenants.filter(({ id }) => !mains.includes(id))
    }
  ],
  [
    "V-01",
    "the only owner is gone",
    (state) => {
      state.memberships = state.memberships.filter(({ roles }) => !roles.includes("owner"))
    }
  ],
  [
    "V-01",
    "the owner's account is suspended",
    (state) => {
      state.accounts = state.accounts.map((account) => ({ ...account, state: "suspended" }))
    }
  ],
  [
    "V-01",
    "a count is wrong",
    (state) => {
      state.tenants = state.tenants.map((tenant) => ({ ...tenant, memberCount: tenant.memberCount + 1 }))
    }
  ],
  [
    "V-02",
    "a membership is there twice",
    (state) => {
      state.memberships = [...state.memberships, ...state.memberships.slice(0, 1)]
    }
  ],
  [
    "V-02",
    "a membership joins nobody",
    (state) => {
      state.accounts = []
    }
  ],
  [
    "V-11",
    "two links of one purpose and subject are open",
    (state) => {
      const [link] = state.links
      if (link !== undefined) {
        const open = { ...link, usedAt: null, voidedAt: null, expiresAt: Number.MAX_SAFE_INTEGER }
        state.links = [open, { ...open, hash: "other" }]
      }
    }
  ],
  [
    "V-14",
    "a recovery code is there twice",
    (state) => {
      state.secondFactors = state.secondFactors.map((factor) => ({ ...factor, recoveryCodes: ["one", "one"] }))
    }
  ],
  [
    "V-16",
    "a session lives without the factor",
    (state) => {
      state.sessions = state.sessions.map((session) => ({ ...session, strict: false }))
    }
  ],
  [
    "V-17",
    "a session is of no account",
    (state) => {
      state.sessions = state.sessions.map((session) => ({ ...session, accountId: "nobody" }))
    }
  ],
  [
    "V-17",
    "a session is of an epoch that has not come",
    (state) => {
      state.sessions = state.sessions.map((session) => ({ ...session, credentialEpoch: 99 }))
    }
  ],
  [
    "V-22",
    "two accounts have one address",
    (state) => {
      state.accounts = state.accounts.map((account) => ({ ...account, email: "same@example.com" }))
    }
  ],
  [
    "V-23",
    "an account has no way in",
    (state) => {
      state.accounts = state.accounts.map((account) => ({ ...account, passwordHash: null }))
    }
  ],
  [
    "V-25",
    "an invitation was accepted twice",
    (state) => {
      const accepted = state.events.filter(({ type }) => type === "invitation.accepted")
      state.events = [...state.events, ...accepted.map((event) => ({ ...event, id: "other" }))]
    }
  ],
  [
    "V-25",
    "somebody else has accepted",
    (state) => {
      state.invitations = state.invitations.map((invitation) => ({ ...invitation, email: "else@example.com" }))
    }
  ],
  [
    "V-25",
    "more was granted than offered",
    (state) => {
      state.invitations = state.invitations.map((invitation) => ({ ...invitation, roles: ["admin"] }))
    }
  ],
  [
    "V-26",
    "there are more members than seats",
    (state) => {
      state.tenants = state.tenants.map((tenant) => ({ ...tenant, seats: 1 }))
    }
  ],
  [
    "V-34",
    "a mail is missing",
    (state) => {
      state.mails = state.mails.filter(({ process }) => !process.startsWith("invitation:"))
    }
  ],
  [
    "V-34",
    "a mail is there that nothing promised",
    (state) => {
      state.mails = [
        ...state.mails,
        ...state.mails.slice(0, 1).map((mail) => ({ ...mail, process: "invitation:none" }))
      ]
    }
  ],
  [
    "V-35",
    "a mail waits and is never due",
    (state) => {
      state.mails = state.mails.map((mail) => ({ ...mail, dueAt: null }))
    }
  ],
  [
    "V-35",
    "a mail that was sent keeps its secret",
    (state) => {
      state.mails = state.mails.map((mail) => ({ ...mail, state: "sent", settledAt: 1, sealedSecret: "k1.secret" }))
    }
  ],
  [
    "V-38",
    "nobody recorded an invitation",
    (state) => {
      state.events = state.events.filter(({ type }) => type !== "invitation.created")
    }
  ],
  [
    "INV-06",
    "an invitation has two ends",
    (state) => {
      const [accepted] = state.events.filter(({ type }) => type === "invitation.accepted")
      if (accepted !== undefined)
        state.events = [...state.events, { ...accepted, id: "other", type: "invitation.revoked" }]
    }
  ],
  [
    "INV-07",
    "an address is invited twice",
    (state) => {
      const open = state.invitations.map((invitation) => ({ ...invitation, state: "pending" }))
      state.invitations = [...open, ...open.map((invitation) => ({ ...invitation, id: "other" }))]
    }
  ],
  [
    "INV-12",
    "a shared link lets in more people than it may",
    (state) => {
      state.shareableLinks = [{ id: "link", tenantId: "tenant", uses: 2, maxUses: 1 }]
    }
  ],
  [
    "V-30",
    "customers find a ticket by a word of an internal message",
    (state) => {
      state.ticketMessages = state.ticketMessages.map((message) => ({ ...message, visibility: "internal" }))
    }
  ],
  [
    "V-30",
    "somebody reads from a message on that has not come",
    (state) => {
      state.ticketParticipants = state.ticketParticipants.map((one) => ({ ...one, readsAfter: 99 }))
    }
  ],
  [
    "V-32",
    "a ticket has lost its contact",
    (state) => {
      state.ticketParticipants = []
    }
  ],
  [
    "V-32",
    "a ticket is another one's than it says",
    (state) => {
      state.ticketParticipants = state.ticketParticipants.map((one) => ({ ...one, email: "other@example.com" }))
    }
  ],
  [
    "V-32",
    "an address takes part twice",
    (state) => {
      const again = state.ticketParticipants.map((one) => ({ ...one, seq: one.seq + 50, role: "participant" }))
      state.ticketParticipants = [...state.ticketParticipants, ...again]
    }
  ],
  [
    "V-33",
    "the first message is gone",
    (state) => {
      state.ticketMessages = state.ticketMessages.filter(({ seq }) => seq !== 1)
    }
  ],
  [
    "V-33",
    "the last message is gone",
    (state) => {
      const last = new Set(state.tickets.map(({ id, lastMessage }) => `${id} ${lastMessage}`))
      state.ticketMessages = state.ticketMessages.filter(({ seq, ticketId }) => !last.has(`${ticketId} ${seq}`))
    }
  ],
  [
    "V-33",
    "the history is gone",
    (state) => {
      state.ticketChanges = []
    }
  ],
  [
    "R-TI-02",
    "somebody reads by an address that nobody has proven",
    (state) => {
      state.ticketParticipants = state.ticketParticipants.map((one) => ({
        ...one,
        accountId: "somebody",
        provenAt: null
      }))
    }
  ],
  [
    "INV-12",
    "a shared link was used and nobody recorded it",
    (state) => {
      state.shareableLinks = [{ id: "link", tenantId: "tenant", uses: 1, maxUses: 5 }]
    }
  ],
  [
    "R-TK-07",
    "a link of an invitation that has ended is open",
    (state) => {
      state.links = state.links.map((link) => ({ ...link, usedAt: null, voidedAt: null }))
    }
  ]
]

describe("the check of all invariants", () => {
  it.live(
    "V-01 V-02 V-04 V-05 V-11 V-14 V-16 V-17 V-22 V-23 V-25 V-26 V-30 V-32 V-33 V-34 V-35 V-38 finds each that is broken",
    () =>
      Effect.gen(function* () {
        const good = yield* full
        const now = yield* Instant.now
        const unnoticed: Array<string> = []
        for (const [invariant, words, change] of planted) {
          const state: Rows = { ...good }
          change(state)
          if (!violationsOf(state, now).some((found) => found.invariant === invariant)) unnoticed.push(words)
        }
        assert.deepStrictEqual(unnoticed, [])
        const covered = new Set(planted.map(([invariant]) => invariant))
        assert.deepStrictEqual(
          invariants.map(({ invariant }) => invariant).filter((invariant) => !covered.has(invariant)),
          []
        )
      }).pipe(Effect.provide(memory))
  )
})
