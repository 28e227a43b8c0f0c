import { Data, Effect } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { OWNER } from "../kernel/Permission.ts"
import { Dump, type Snapshot } from "./Dump.ts"

/** One invariant that a state breaks: its number, and by what. */
export interface Violation {
  readonly invariant: string
  readonly detail: string
}

/** The state that is stored must not exist. */
export class InvariantsBroken extends Data.TaggedError("InvariantsBroken")<{
  readonly violations: ReadonlyArray<Violation>
}> {
  override get message(): string {
    return this.violations.map(({ detail, invariant }) => `${invariant}: ${detail}`).join("\n")
  }
}

type Check = (state: Snapshot, now: Instant.Instant) => ReadonlyArray<string>

const countBy = <A>(rows: ReadonlyArray<A>, keyOf: (row: A) => string | undefined): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** What is there more than once, as a text for each. */
const doubles = <A>(rows: ReadonlyArray<A>, keyOf: (row: A) => string | undefined): ReadonlyArray<string> =>
  Array.from(countBy(rows, keyOf))
    .filter(([, count]) => count > 1)
    .map(([key, count]) => `${key} is there ${count} times`)

const ids = (rows: ReadonlyArray<{ readonly id: string }>): ReadonlySet<string> => new Set(rows.map(({ id }) => id))

const isOpen = (link: Snapshot["links"][number], now: number): boolean =>
  link.usedAt === null && link.voidedAt === null && now < link.expiresAt

// ---- tenants and memberships -----------------------------------------------------------------------------------------------------------

const owners: Check = ({ accounts, memberships, tenants }) => {
  const active = ids(accounts.filter(({ state }) => state === "active"))
  return tenants.flatMap((tenant) => {
    const members = memberships.filter(({ tenantId }) => tenantId === tenant.id)
    const owners = members.filter(({ accountId, roles }) => roles.includes(OWNER) && active.has(accountId))
    const found: Array<string> = []
    if (tenant.state === "active" && owners.length === 0) found.push(`tenant ${tenant.id} has no active owner`)
    if (tenant.memberCount !== members.length) {
      found.push(`tenant ${tenant.id} counts ${tenant.memberCount} members and has ${members.length}`)
    }
    if (tenant.ownerCount !== owners.length) {
      found.push(`tenant ${tenant.id} counts ${tenant.ownerCount} active owners and has ${owners.length}`)
    }
    return found
  })
}

const joined: Check = ({ accounts, memberships, tenants }) => {
  const accountIds = ids(accounts)
  const tenantIds = ids(tenants)
  return [
    ...doubles(memberships, ({ accountId, tenantId }) => `the membership of ${accountId} in ${tenantId}`),
    ...memberships
      .filter(({ accountId, tenantId }) => !accountIds.has(accountId) || !tenantIds.has(tenantId))
      .map(({ id }) => `membership ${id} joins nobody, or nothing`),
    ...memberships.filter(({ roles }) => roles.length === 0).map(({ id }) => `membership ${id} has no role`)
  ]
}

const seats: Check = ({ memberships, tenants }) =>
  tenants.flatMap(({ id, seats }) => {
    const used = memberships.filter(({ tenantId }) => tenantId === id).length
    return seats !== null && used > seats ? [`tenant ${id} has ${seats} seats and ${used} members`] : []
  })

/** Whoever has a main has no subs, and one main only (HIE-01). */
const oneMain: Check = ({ tenantLinks, tenants }) => {
  const known = ids(tenants)
  const mains = new Set(tenantLinks.map(({ mainId }) => mainId))
  return [
    ...doubles(tenantLinks, ({ subId }) => `a main of ${subId}`),
    ...tenantLinks.flatMap(({ mainId, subId }) => [
      ...(mains.has(subId) ? [`tenant ${subId} is a sub and has subs`] : []),
      ...(known.has(mainId) && known.has(subId)
        ? []
        : [`${subId} is linked to ${mainId}, and one of them is no tenant`])
    ])
  ]
}

/** From no tenant does the way up lead further than one step, and so never in a circle (HIE-01). */
const oneLevel: Check = ({ tenantLinks }) => {
  const above = new Map(tenantLinks.map(({ mainId, subId }) => [subId, mainId]))
  return tenantLinks
    .filter(({ mainId, subId }) => mainId === subId || above.has(mainId))
    .map(({ mainId, subId }) => `from ${subId} the way leads up beyond ${mainId}`)
}

// ---- links -----------------------------------------------------------------------------------------------------------------------------

const onlyTheNewest: Check = ({ links }, now) =>
  doubles(links, (link) => (isOpen(link, now) ? `an open link for ${link.purpose} of ${link.subject}` : undefined))

const openForOpen: Check = ({ invitations, links }, now) => {
  const ended = ids(invitations.filter(({ state }) => state !== "pending"))
  return links
    .filter((link) => isOpen(link, now) && ended.has(link.subject))
    .map(({ subject }) => `invitation ${subject} has ended, and a link of it is open`)
}

// ---- accounts and sessions -------------------------------------------------------------------------------------------------------------

const liveSessions: Check = ({ accounts, sessions }) => {
  const byId = new Map(accounts.map((account) => [account.id, account]))
  return sessions.flatMap(({ accountId, credentialEpoch, id }) => {
    const account = byId.get(accountId)
    if (account === undefined) return [`session ${id} is of no account`]
    // one of an older epoch is dead, whatever its row says (AUT-06)
    return credentialEpoch > account.credentialEpoch ? [`session ${id} is of an epoch that has not come`] : []
  })
}

const strictSessions: Check = ({ accounts, secondFactors, sessions }) => {
  const epochs = new Map(accounts.map(({ credentialEpoch, id }) => [id, credentialEpoch]))
  const protectedOnes = new Set(secondFactors.filter(({ confirmed }) => confirmed).map(({ accountId }) => accountId))
  return sessions
    .filter(
      ({ accountId, credentialEpoch, strict }) =>
        !strict && protectedOnes.has(accountId) && credentialEpoch === epochs.get(accountId)
    )
    .map(({ id }) => `session ${id} lives as if its account had no second factor`)
}

const oneOwner: Check = ({ accounts }) => doubles(accounts, ({ email }) => `an account of ${email}`)

const wayIn: Check = ({ accounts }) =>
  accounts
    .filter(({ passwordHash, state }) => state === "active" && passwordHash === null)
    .map(({ id }) => `account ${id} has no way in`)

const recoveryCodes: Check = ({ secondFactors }) =>
  secondFactors.flatMap(({ accountId, confirmed, recoveryCodes }) => [
    ...(new Set(recoveryCodes).size < recoveryCodes.length ? [`account ${accountId} has a recovery code twice`] : []),
    ...(!confirmed && recoveryCodes.length > 0 ? [`account ${accountId} has recovery codes and no factor`] : [])
  ])

// ---- invitations -----------------------------------------------------------------------------------------------------------------------

const onePending: Check = ({ invitations }) =>
  doubles(invitations, ({ email, state, tenantId }) =>
    state === "pending" ? `a pending invitation of ${email} to ${tenantId}` : undefined
  )

const ENDS: Readonly<Record<string, string>> = {
  "invitation.accepted": "accepted",
  "invitation.closedForMember": "accepted",
  "invitation.declined": "declined",
  "invitation.revoked": "revoked",
  "invitation.replaced": "replaced",
  "invitation.expired": "expired"
}

const oneEnd: Check = ({ events, invitations }) =>
  invitations.flatMap(({ id, state }) => {
    const ends = events.flatMap(({ outcome, subjectId, type }) => {
      const end = subjectId === id && outcome === "done" ? ENDS[type] : undefined
      return end === undefined ? [] : [end]
    })
    const expected = state === "pending" ? [] : [state]
    return ends.join() === expected.join() ? [] : [`invitation ${id} is ${state}, and its events say [${ends.join()}]`]
  })

const oneMembership: Check = ({ accounts, events, invitations }) => {
  const emails = new Map(accounts.map(({ email, id }) => [id, email]))
  const byId = new Map(invitations.map((invitation) => [invitation.id, invitation]))
  const accepted = events.filter(({ outcome, type }) => type === "invitation.accepted" && outcome === "done")
  return [
    ...doubles(accepted, ({ subjectId }) => `an acceptance of ${subjectId}`),
    ...accepted.flatMap(({ data, subjectId }) => {
      const invitation = byId.get(subjectId)
      if (invitation === undefined) return [`${subjectId} was accepted and is no invitation`]
      const email = emails.get(String(data.accountId))
      const roles = data.roles
      const granted = Array.isArray(roles) ? roles.join() : ""
      return [
        ...(email === invitation.email ? [] : [`invitation ${subjectId} was accepted by another address`]),
        ...(granted === invitation.roles.join() ? [] : [`invitation ${subjectId} granted other roles than it offered`])
      ]
    })
  ]
}

/** A link that is shared was used as often as it says, and no more often than it may be. */
const usesOfLinks: Check = ({ events, shareableLinks }) => {
  const used = countBy(events, ({ outcome, subjectId, type }) =>
    type === "shareableLink.used" && outcome === "done" ? subjectId : undefined
  )
  return shareableLinks.flatMap(({ id, maxUses, uses }) => [
    ...(uses <= maxUses ? [] : [`link ${id} was used ${uses} times of ${maxUses}`]),
    ...(uses === (used.get(id) ?? 0) ? [] : [`link ${id} counts ${uses} uses, and ${used.get(id) ?? 0} are recorded`])
  ])
}

// ---- tickets ---------------------------------------------------------------------------------------------------------------------------

/** Each ticket has one contact, whom it names; each address takes part once, and in a ticket that is there (TIC-07). */
const whoTakesPart: Check = ({ ticketParticipants, tickets }) => {
  const known = ids(tickets)
  const contacts = Map.groupBy(
    ticketParticipants.filter(({ role }) => role === "contact"),
    ({ ticketId }) => ticketId
  )
  return [
    ...doubles(ticketParticipants, ({ email, ticketId }) => `${email} in ticket ${ticketId}`),
    ...doubles(ticketParticipants, ({ seq, ticketId }) => `participant ${seq} of ticket ${ticketId}`),
    ...ticketParticipants
      .filter(({ ticketId }) => !known.has(ticketId))
      .map(({ id }) => `participant ${id} is of no ticket`),
    ...tickets.flatMap(({ contactEmail, id }) => {
      const own = contacts.get(id) ?? []
      return own.length === 1 && own[0]?.email === contactEmail
        ? []
        : [`ticket ${id} has ${own.length} contacts, or another one than it says`]
    })
  ]
}

/** Nobody reads in the portal by an address that nobody has proven (TIC-06, R-TI-02). */
const provenReaders: Check = ({ ticketParticipants }) =>
  ticketParticipants
    .filter(({ accountId, provenAt }) => accountId !== null && provenAt === null)
    .map(({ id }) => `participant ${id} reads by an address that is not proven`)

/** Messages and the history are numbered from 1 to the last one that the ticket knows of, with none missing (TIC-16). */
const nothingLost: Check = ({ ticketChanges, ticketMessages, tickets }) => {
  const rows = [
    ["messages", ticketMessages, ({ lastMessage }: Snapshot["tickets"][number]) => lastMessage],
    ["lines of history", ticketChanges, ({ lastChange }: Snapshot["tickets"][number]) => lastChange]
  ] as const
  const known = ids(tickets)
  return rows.flatMap(([name, all, lastOf]) => {
    const some: ReadonlyArray<{ readonly ticketId: string; readonly seq: number }> = all
    const byTicket = Map.groupBy(some, ({ ticketId }) => ticketId)
    return [
      ...Array.from(byTicket.keys())
        .filter((id) => !known.has(id))
        .map((id) => `there are ${name} of ${id}, and no such ticket`),
      ...tickets.flatMap((ticket) => {
        const numbers = (byTicket.get(ticket.id) ?? []).map(({ seq }) => seq).sort((a, b) => a - b)
        const last = lastOf(ticket)
        return numbers.length === last && numbers.every((seq, index) => seq === index + 1)
          ? []
          : [`ticket ${ticket.id} has the ${name} [${numbers.join()}] and says ${last}`]
      })
    ]
  })
}

/** What customers find a ticket by is in a public message that is there (TIC-11), and nobody reads from one on that is not. */
const foundByPublicWords: Check = ({ ticketMessages, ticketParticipants, tickets, ticketWords }) => {
  const publicOnes = new Set(
    ticketMessages.filter(({ visibility }) => visibility === "public").map(({ seq, ticketId }) => `${ticketId} ${seq}`)
  )
  const last = new Map(tickets.map(({ id, lastMessage }) => [id, lastMessage]))
  return [
    ...ticketWords
      .filter(({ publicSeq, ticketId }) => publicSeq > 0 && !publicOnes.has(`${ticketId} ${publicSeq}`))
      .map(({ publicSeq, ticketId }) => `ticket ${ticketId} is found by message ${publicSeq}, which is not public`),
    ...ticketParticipants
      .filter(({ readsAfter, ticketId }) => readsAfter > (last.get(ticketId) ?? readsAfter))
      .map(({ id }) => `participant ${id} reads from a message on that has not come`)
  ]
}

// ---- mails and events ------------------------------------------------------------------------------------------------------------------

/** The process that a mail must be in, for each event that promises one (V-34). */
const promise = ({
  accountId,
  data,
  outcome,
  subjectId,
  type,
  useCase
}: Snapshot["events"][number]): string | undefined => {
  if (outcome !== "done") return undefined
  switch (type) {
    case "invitation.created":
    case "invitation.contactAdded":
    case "invitation.sentAgain":
      return `invitation:${subjectId}`
    case "registration.requested":
    case "registration.sentAgain":
      return `registration:${subjectId}`
    case "membership.contactEmailAsked":
      return `contact:${subjectId}`
    case "membership.ended":
      return data.reason === "removed" && data.accountId !== accountId ? `membership:${subjectId}` : undefined
    case "account.passwordResetRequested":
    case "account.passwordChanged":
    case "account.emailChanged":
    case "account.recoveryCodeUsed":
      return `account:${subjectId}`
    case "account.secondFactorChanged":
      // one that was prepared before there was an account is no news to anybody
      return useCase.startsWith("secondFactor.") ? `account:${subjectId}` : undefined
    case "selfRegistration.submitted":
      return `selfRegistration:${subjectId}`
    case "domain.proofAsked":
      return `domain:${subjectId}`
    case "shareableLink.addressAsked":
      return `shareableLink:${subjectId}`
    case "deputy.named":
      return `deputy:${subjectId}`
    case "order.placed":
      return `order:${subjectId}`
    case "account.suspended":
    case "account.restored":
      return `account:${subjectId}`
    case "request.refused":
      return `request:${subjectId}`
    case "request.closed":
      // an address that nobody has confirmed gets no further mail
      return data.from === "AwaitingConfirmation" ? undefined : `request:${subjectId}`
    case "request.approved":
      // the asker hears of it when there are enough
      return Number(data.approvals) >= Number(data.needed) ? `request:${subjectId}` : undefined
    default:
      return undefined
  }
}

/** The process in which there may be one mail more for this event: some do not want it, and some outcomes need none. */
const possible = (event: Snapshot["events"][number]): string | undefined => {
  switch (event.type) {
    case "membership.rolesChanged":
      return event.data.accountId !== event.accountId ? `membership:${event.subjectId}` : undefined
    // either the tenant is asked, which is a process of its own, or the asker learns why not
    case "selfRegistration.confirmed":
    case "selfRegistration.asked":
      return `selfRegistration:${event.subjectId}`
    // whoever ordered may have left the tenant, and who calls an order off themself knows it
    case "order.fulfilled":
    case "order.failed":
      return `order:${event.subjectId}`
    case "order.cancelled":
      return event.useCase === "orders.cancelFailed" ? `order:${event.subjectId}` : undefined
    // its owners are told where another area has proven it
    case "domain.lost":
      return `domain:${event.subjectId}`
    default:
      return undefined
  }
}

/** Where an event tells everybody whom it concerns, who may be many or nobody, it says how many: the process, once for each of them. */
const toldToAll = ({ data, outcome, subjectId, subjectKind }: Snapshot["events"][number]): ReadonlyArray<string> =>
  outcome === "done" && typeof data.told === "number"
    ? Array.from({ length: data.told }, () => `${subjectKind}:${subjectId}`)
    : []

/** The process in which what staff do with a tenant, or anybody in a ticket, tells everybody whom it concerns. */
const toldWhoever = ({ subjectId, type }: Snapshot["events"][number]): string | undefined =>
  type.startsWith("tenant.") ? `tenant:${subjectId}` : type.startsWith("ticket.") ? `ticket:${subjectId}` : undefined

const promised: Check = ({ events, mails }) => {
  const promises = countBy(
    events.flatMap((event) => [promise(event), ...toldToAll(event)]),
    (process) => process
  )
  const optional = countBy(events, possible)
  const whoever = countBy(events, toldWhoever)
  const stored = countBy(mails, ({ process }) => process)
  const processes = new Set([...promises.keys(), ...stored.keys()])
  return Array.from(processes).flatMap((process) => {
    const least = promises.get(process) ?? 0
    const most = whoever.has(process) ? Number.POSITIVE_INFINITY : least + (optional.get(process) ?? 0)
    const there = stored.get(process) ?? 0
    return there >= least && there <= most ? [] : [`${process} promises ${least} mails and has ${there}`]
  })
}

const noneStuck: Check = ({ mails }) =>
  mails.flatMap(({ dueAt, id, lease, reason, sealedSecret, settledAt, state }) => {
    switch (state) {
      case "queued":
        return dueAt === null || lease !== null ? [`mail ${id} waits and is never due`] : []
      case "sending":
        return dueAt === null || lease === null ? [`mail ${id} is being sent for ever`] : []
      case "sent":
      case "dropped":
      case "dead":
        return [
          ...(settledAt === null ? [`mail ${id} has ended at no time`] : []),
          ...(sealedSecret === null ? [] : [`mail ${id} has ended and keeps its secret`]),
          ...(state !== "sent" && reason === null ? [`mail ${id} is ${state} for no reason`] : [])
        ]
      default:
        return [`mail ${id} is in the state ${state}`]
    }
  })

const audited: Check = ({ events, invitations }) => {
  const created = new Set(
    events
      .filter(({ type }) => type === "invitation.created" || type === "invitation.contactAdded")
      .map(({ subjectId }) => subjectId)
  )
  return [
    ...doubles(events, ({ id }) => `event ${id}`),
    ...invitations.filter(({ id }) => !created.has(id)).map(({ id }) => `nobody recorded that ${id} was offered`)
  ]
}

/**
 * The invariants that one state shows by itself, by their numbers. States in which tenants, accounts and invitations were made by the use cases, or
 * as the contract suites make them, keep all of them at every commit.
 */
export const invariants: ReadonlyArray<{ readonly invariant: string; readonly check: Check }> = [
  { invariant: "V-01", check: owners },
  { invariant: "V-02", check: joined },
  { invariant: "V-04", check: oneMain },
  { invariant: "V-05", check: oneLevel },
  { invariant: "V-11", check: onlyTheNewest },
  { invariant: "V-14", check: recoveryCodes },
  { invariant: "V-16", check: strictSessions },
  { invariant: "V-17", check: liveSessions },
  { invariant: "V-22", check: oneOwner },
  { invariant: "V-23", check: wayIn },
  { invariant: "V-25", check: oneMembership },
  { invariant: "V-26", check: seats },
  { invariant: "V-30", check: foundByPublicWords },
  { invariant: "V-32", check: whoTakesPart },
  { invariant: "V-33", check: nothingLost },
  { invariant: "V-34", check: promised },
  { invariant: "V-35", check: noneStuck },
  { invariant: "V-38", check: audited },
  { invariant: "INV-06", check: oneEnd },
  { invariant: "INV-07", check: onePending },
  { invariant: "INV-12", check: usesOfLinks },
  { invariant: "R-TI-02", check: provenReaders },
  { invariant: "R-TK-07", check: openForOpen }
]

/** Which invariants a state breaks at this time; none, unless something is wrong. */
export const violationsOf = (state: Snapshot, now: Instant.Instant): ReadonlyArray<Violation> =>
  invariants.flatMap(({ check, invariant }) => check(state, now).map((detail) => ({ invariant, detail })))

/** Reads everything that is stored and fails when an invariant is broken: for after every step of a simulation, and after every fault. */
export const checkAll: Effect.Effect<Snapshot, InvariantsBroken, Dump> = Effect.gen(function* () {
  const dump = yield* Dump
  const state = yield* Effect.orDie(dump.read)
  const violations = violationsOf(state, yield* Instant.now)
  return violations.length === 0 ? state : yield* new InvariantsBroken({ violations })
})
