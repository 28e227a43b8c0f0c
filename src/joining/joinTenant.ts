import { Effect, Option, Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import { TenantId } from "../kernel/ids.ts"
import { MEMBER, RoleNames } from "../kernel/Permission.ts"
import { roleNamed } from "../kernel/Settings.ts"
import { provenRecently } from "../kernel/UseCase.ts"
import { GivenConsent } from "../privacy/Consent.ts"
import * as RequestKind from "../requests/RequestKind.ts"
import { crowns, mayGrant } from "../tenants/Role.ts"
import { TenantNotActive, withMember } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { joinTenantTexts, offerLink } from "./joiningMails.ts"

/** What somebody asks who wants to join a tenant, with what their account will be made of if they have none. */
export const Joining = Schema.Struct({
  tenantId: TenantId,
  /** As the asker wrote it; empty where they asked by the domain of their address (TEN-10). */
  customerNumber: Schema.String,
  email: EmailAddress,
  firstName: Schema.String,
  lastName: Schema.String,
  /** Given with the form; evidence of the account as soon as there is one (PRI-01). */
  consents: Schema.Array(GivenConsent)
})
export type Joining = typeof Joining.Type

/** The roles that an approver gives; member where none are chosen (SLF-05). */
export const JoiningDecision = Schema.Struct({
  roles: RoleNames.pipe(Schema.withDecodingDefaultKey(Effect.succeed([MEMBER])))
})
export type JoiningDecision = typeof JoiningDecision.Type

/**
 * Somebody asks to become a member of a tenant; those who decide there choose the roles (REQ-02, SLF-05). The membership comes when the asker has
 * taken what was offered, so that nobody is made a member behind their back, and with the account if there is none (SLF-06).
 */
export const joinTenant = RequestKind.make({
  name: "JoinTenant",
  title: { de: "Beitritt zum Kundenbereich", en: "Joining the customer area" },
  payload: Joining,
  decision: JoiningDecision,
  audience: ({ tenantId }) => ({ _tag: "Tenant", tenantId, permission: "requests.decide" }),
  identity: ({ tenantId }) => tenantId,
  offer: offerLink,
  describe: ({ customerNumber, email, firstName, lastName }) => [
    { label: { de: "Name", en: "Name" }, value: `${firstName} ${lastName}`.trim() },
    { label: { de: "E-Mail-Adresse", en: "E-mail address" }, value: email },
    // who asks by the domain of their address named none
    ...(customerNumber === "" ? [] : [{ label: { de: "Kundennummer", en: "Customer number" }, value: customerNumber }])
  ],
  // a role that the operator does not have carries nothing, and would be granted by anybody
  mayChoose: ({ authority, decision }, settings) =>
    decision.roles.every((name) => roleNamed(settings, name) !== undefined) &&
    mayGrant(settings, authority.permissions, decision.roles),
  approve: Effect.fnUntraced(function* ({ decision, payload }, unit) {
    if (crowns(unit.settings, decision.roles)) yield* Effect.fromResult(provenRecently(unit))
    const tenants = yield* TenantRepository
    const tenant = yield* tenants.find(payload.tenantId)
    if (Option.isNone(tenant)) return yield* new TenantNotActive()
    // a seat is taken at the completion only, but what cannot be kept today is not offered
    yield* Effect.fromResult(withMember(tenant.value, { roles: decision.roles, accountState: "active" }))
  }),
  texts: joinTenantTexts
})
