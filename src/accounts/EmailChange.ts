import * as Instant from "../kernel/Instant.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Account } from "./Account.ts"

/**
 * When an address that was gained by a change begins to open what was waiting for it, or null where it does already (REG-09, TIC-06). An account that
 * borrows a mailbox for a moment would else take what lies there, go back to its own address, and leave no account behind; in the time between, whoever
 * has the address hears of it, and so does the account's owner.
 */
export const settlesAt = (
  { emailChangedAt }: Pick<Account, "emailChangedAt">,
  settings: Settings,
  now: Instant.Instant
): Instant.Instant | null => {
  if (emailChangedAt === null) return null
  const at = Instant.plus(emailChangedAt, settings.emailChange.settling)
  return now >= at ? null : at
}

/** The account has this address already. */
export class AddressUnchanged extends Refusal<AddressUnchanged>()(
  "AddressUnchanged",
  {},
  {
    category: "conflict",
    de: "Das ist bereits die E-Mail-Adresse Ihres Benutzerkontos.",
    en: "This is the e-mail address of your account already."
  }
) {}

/** The portal's configuration makes the holder of this address an operator, so that only the configuration can name another one (AUT-10). */
export class AddressConfigured extends Refusal<AddressConfigured>()(
  "AddressConfigured",
  {},
  {
    category: "conflict",
    de: "Ihre Adresse steht in der Konfiguration des Portals. Bitte lassen Sie sie zuerst dort ändern.",
    en: "Your address stands in the portal's configuration. Please have it changed there first."
  }
) {}

/** The new address belongs to another account by now. Only who has the mail sent to it learns this. */
export class AddressTaken extends Refusal<AddressTaken>()(
  "AddressTaken",
  {},
  {
    category: "conflict",
    de: "Zu dieser Adresse gibt es inzwischen ein anderes Benutzerkonto.",
    en: "There is another account with this address by now."
  }
) {}

/** The link would change another account than the one that is signed in. */
export class ChangeOfSomeoneElse extends Refusal<ChangeOfSomeoneElse>()(
  "ChangeOfSomeoneElse",
  {},
  {
    category: "forbidden",
    de: "Dieser Link gehört zu einem anderen Benutzerkonto. Bitte melden Sie sich mit dem Konto an, dessen Adresse geändert werden soll.",
    en: "This link belongs to another account. Please sign in with the account whose address is to be changed."
  }
) {}

/** The address was gained by a change a short time ago; from `from` on (epoch milliseconds) it opens what was waiting for it. */
export class AddressTooNew extends Refusal<AddressTooNew>()(
  "AddressTooNew",
  { from: Instant.Instant },
  {
    category: "conflict",
    de: "Ihre E-Mail-Adresse wurde erst vor Kurzem geändert. Zur Sicherheit geht das erst später.",
    en: "Your e-mail address was changed a short time ago. To be safe, this is possible only later."
  }
) {}
