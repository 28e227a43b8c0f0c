import { Effect, HashMap } from "effect"
import { accounts } from "./AccountRepository.ts"
import { events } from "./EventLog.ts"
import { tenantLinks } from "./HierarchyRepository.ts"
import { invitations } from "./InvitationRepository.ts"
import { links } from "./LinkRepository.ts"
import { memberships } from "./MembershipRepository.ts"
import { mails } from "./Outbox.ts"
import { factors } from "./SecondFactorRepository.ts"
import { sessions } from "./SessionRepository.ts"
import { shareableLinks } from "./ShareableLinkRepository.ts"
import { Store } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"
import { changes, messages, participants, tickets, words } from "./TicketRepository.ts"

/** Everything that the store holds at its last commit, or inside of a unit as the unit sees it. For tests: it holds hashes and sealed secrets. */
export const dump = Effect.flatMap(Store, (store) =>
  store.read("dump", (state) => ({
    accounts: accounts.all(state).map(({ account, passwordHash }) => ({ ...account, passwordHash })),
    tenants: tenants.all(state),
    memberships: memberships.all(state),
    tenantLinks: tenantLinks.all(state),
    invitations: invitations.all(state),
    links: links.all(state),
    shareableLinks: shareableLinks.all(state).map(({ link }) => link),
    sessions: sessions.all(state).map(({ session }) => session),
    secondFactors: factors.all(state).map(({ accountId, confirmed, recoveryCodes }) => ({
      accountId,
      confirmed: confirmed !== null,
      recoveryCodes
    })),
    tickets: tickets.all(state),
    ticketParticipants: participants.all(state),
    ticketMessages: messages.all(state),
    ticketChanges: changes.all(state),
    ticketWords: words.all(state),
    mails: mails.all(state),
    events: events.all(state),
    /** Every row of every table as it is, by the table's name. */
    tables: Object.fromEntries(
      Array.from(HashMap.entries(state), ([name, { rows }]) => [name, Array.from(HashMap.values(rows))])
    )
  }))
)
