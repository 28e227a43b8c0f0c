import type { Settings, Tenants } from "portico"
import type { Locale } from "../../texts/locales.ts"
import type { MemberItem } from "../../views/tenants.ts"
import { roleLabels } from "./areas.ts"

/** A member as the lists show them. */
export const toMemberItem = (
  settings: Settings.Settings,
  locale: Locale,
  member: typeof Tenants.Members.MemberView.Type
): MemberItem => ({
  id: member.accountId,
  name: `${member.firstName} ${member.lastName}`,
  contactEmail: member.contactEmail,
  roles: roleLabels(settings, member.roles, locale),
  joinedAt: member.joinedAt,
  isSelf: member.self
})
