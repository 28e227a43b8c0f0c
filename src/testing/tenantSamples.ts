import { Schema } from "effect"
import type { Account } from "../accounts/Account.ts"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import { fromMillis } from "../kernel/Instant.ts"
import { AccountId, MembershipId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { defaultMailPreferences, type Membership } from "../tenants/Membership.ts"
import type { Tenant } from "../tenants/Tenant.ts"

const uuid = (group: number, number: number): string =>
  `01890000-0000-7${group.toString(16).padStart(3, "0")}-8000-${number.toString(16).padStart(12, "0")}`

/** Ids sort by their number. */
export const accountId = (number: number): AccountId => Schema.decodeSync(AccountId)(uuid(1, number))
export const tenantId = (number: number): TenantId => Schema.decodeSync(TenantId)(uuid(2, number))
const membershipId = (tenant: number, account: number): MembershipId =>
  Schema.decodeSync(MembershipId)(uuid(0x300 + tenant, account))

export const address = (text: string): EmailAddress => Schema.decodeSync(EmailAddress)(text)

const shortNumber = (number: number): ShortNumber => Schema.decodeSync(ShortNumber)(String(number).padStart(8, "0"))

export const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

/** An active account of its own name and address. */
export const account = (number: number, over: Partial<Account> = {}): Account => ({
  id: accountId(number),
  number: shortNumber(number),
  email: address(`person${number}@example.com`),
  firstName: "Person",
  lastName: `Number${number}`,
  locale: "de",
  companyName: null,
  state: "active",
  credentialEpoch: 0,
  createdAt: at(0),
  emailChangedAt: null,
  ...over
})

/** A tenant with one owner and no limit of seats. */
export const tenant = (number: number, over: Partial<Tenant> = {}): Tenant => ({
  id: tenantId(number),
  number: shortNumber(number),
  name: `Tenant ${number}`,
  customerNumber: `KD-${1000 + number}`,
  postalCode: "10115",
  country: "DE",
  street: "Invalidenstraße 1",
  city: "Berlin",
  state: "active",
  seats: null,
  memberCount: 1,
  ownerCount: 1,
  requiresSecondFactor: false,
  version: 0,
  createdAt: at(0),
  ...over
})

/** An owner, who joined as many milliseconds after the start as the account's number says. */
export const membership = (tenant: number, account: number, over: Partial<Membership> = {}): Membership => ({
  id: membershipId(tenant, account),
  tenantId: tenantId(tenant),
  accountId: accountId(account),
  roles: ["owner"],
  contactEmail: address(`person${account}@example.com`),
  mailPreferences: defaultMailPreferences,
  locations: null,
  joinedAt: at(account),
  ...over
})
