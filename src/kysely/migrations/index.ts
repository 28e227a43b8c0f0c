import { kernel } from "./0001_kernel.ts"
import { outbox } from "./0002_outbox.ts"
import { accounts } from "./0003_accounts.ts"
import { tenants } from "./0004_tenants.ts"
import { invitations } from "./0005_invitations.ts"
import { registrations } from "./0006_registrations.ts"
import { requests } from "./0007_requests.ts"
import { subscriptions } from "./0008_subscriptions.ts"
import { selfRegistrations } from "./0009_self_registrations.ts"
import { hierarchy } from "./0010_hierarchy.ts"
import { orders } from "./0011_orders.ts"
import { domains } from "./0012_domains.ts"
import { moreInvitations } from "./0013_invitations.ts"
import { collectiveInvoices } from "./0014_collective_invoices.ts"
import { removedMembers } from "./0015_removed_members.ts"
import { tickets } from "./0016_tickets.ts"
import { files } from "./0017_files.ts"
import { inbound } from "./0018_inbound.ts"
import { desk } from "./0019_desk.ts"
import { emailChanges } from "./0020_email_changes.ts"
import { ticketSearch } from "./0021_ticket_search.ts"
import { keptFiles } from "./0024_kept_files.ts"
import { movedAccounts } from "./0025_moved_accounts.ts"
import { undoneMerges } from "./0026_undone_merges.ts"
import type { Migration } from "./Migration.ts"

export type { Migration } from "./Migration.ts"

/** Every step since the first release, in order. */
export const migrations: ReadonlyArray<Migration> = [
  kernel,
  outbox,
  accounts,
  tenants,
  invitations,
  registrations,
  requests,
  subscriptions,
  selfRegistrations,
  hierarchy,
  orders,
  domains,
  moreInvitations,
  collectiveInvoices,
  removedMembers,
  tickets,
  files,
  inbound,
  desk,
  emailChanges,
  ticketSearch,
  keptFiles,
  movedAccounts,
  undoneMerges
]
