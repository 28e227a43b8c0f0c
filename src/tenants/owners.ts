import { Effect } from "effect"
import type { NewMail } from "../kernel/Outbox.ts"
import { OWNER } from "../kernel/Permission.ts"
import { MembershipRepository } from "./MembershipRepository.ts"
import type { tenantSuspended } from "./staffMails.ts"
import type { Tenant } from "./Tenant.ts"

/** One mail to each active owner; their preferences do not matter here. */
export const tellOwners = Effect.fnUntraced(function* (
  unit: { readonly send: (mail: NewMail) => void },
  tenant: Pick<Tenant, "id" | "name">,
  kind: typeof tenantSuspended,
  reason: string
) {
  const memberships = yield* MembershipRepository
  for (const { locale, membership } of yield* memberships.withRoles([tenant.id], [OWNER])) {
    unit.send(
      kind.mail({
        recipient: membership.contactEmail,
        locale,
        tenantId: tenant.id,
        accountId: membership.accountId,
        process: `tenant:${tenant.id}`,
        values: { tenantName: tenant.name, reason }
      })
    )
  }
})
