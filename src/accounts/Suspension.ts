import { Schema } from "effect"
import { Refusal } from "../kernel/Refusal.ts"
import { AccountState } from "./Account.ts"

/** The account is suspended already, or is not. */
export class AccountStateUnsuitable extends Refusal<AccountStateUnsuitable>()(
  "AccountStateUnsuitable",
  { state: AccountState },
  {
    category: "conflict",
    de: "Das passt nicht zum Zustand, in dem das Benutzerkonto ist.",
    en: "This does not go with the state that the account is in."
  }
) {}

/** Whoever was named as the new owner of this tenant is no other active member of it, or the account to be suspended has no place there. */
export class SuccessorUnsuitable extends Refusal<SuccessorUnsuitable>()(
  "SuccessorUnsuitable",
  { tenantId: Schema.String },
  {
    category: "conflict",
    de: "Als neuer Inhaber kann nur ein anderes aktives Mitglied desselben Kundenbereichs genannt werden.",
    en: "Only another active member of the same customer area can be named as its new owner."
  }
) {}
