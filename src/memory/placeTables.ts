import { Option } from "effect"
import type { TenantLink } from "../hierarchy/TenantLink.ts"
import type { Membership } from "../tenants/Membership.ts"
import type { Claim } from "../tenants/TenantRepository.ts"
import { type State, table } from "./Store.ts"

export const membershipKey = (tenantId: string, accountId: string): string => `${tenantId} ${accountId}`

export const memberships = table<Membership>()({
  name: "membership",
  key: ({ accountId, tenantId }) => membershipKey(tenantId, accountId),
  unique: { id: ({ id, tenantId }) => `${tenantId} ${id}` }
})

export const tenantLinks = table<TenantLink>()({ name: "tenant_link", key: ({ subId }) => subId })

/** Whether the account has a membership in the tenant, or in its main. */
export const hasPlace = (state: State, { accountId, tenantId }: Claim): boolean =>
  Option.isSome(memberships.get(state, membershipKey(tenantId, accountId))) ||
  Option.exists(tenantLinks.get(state, tenantId), ({ mainId }) =>
    Option.isSome(memberships.get(state, membershipKey(mainId, accountId)))
  )
