import { account } from "./account.ts"
import { common } from "./common.ts"
import { control } from "./control.ts"
import { desk } from "./desk.ts"
import { development } from "./development.ts"
import { errors } from "./errors.ts"
import { invitations } from "./invitations.ts"
import type { Locale } from "./locales.ts"
import { locationImport } from "./locationImport.ts"
import { locations } from "./locations.ts"
import { notices } from "./notices.ts"
import { orders } from "./orders.ts"
import { plans } from "./plans.ts"
import { registration } from "./registration.ts"
import { requests } from "./requests.ts"
import { selfRegistration } from "./selfRegistration.ts"
import { sharing } from "./sharing.ts"
import { signIn } from "./signIn.ts"
import { staff } from "./staff.ts"
import { staffOffice } from "./staffOffice.ts"
import { start } from "./start.ts"
import { tenants } from "./tenants.ts"
import { tickets } from "./tickets.ts"

const inLocale = (locale: Locale) => ({
  common: common[locale],
  control: control[locale],
  staffOffice: staffOffice[locale],
  start: start[locale],
  registration: registration[locale],
  signIn: signIn[locale],
  tenants: tenants[locale],
  invitations: invitations[locale],
  sharing: sharing[locale],
  selfRegistration: selfRegistration[locale],
  requests: requests[locale],
  orders: orders[locale],
  tickets: tickets[locale],
  desk: desk[locale],
  plans: plans[locale],
  locations: locations[locale],
  locationImport: locationImport[locale],
  staff: staff[locale],
  account: account[locale],
  development: development[locale],
  errors: errors[locale],
  notices: notices[locale]
})

/** All texts of the pages in one language, by page group. */
export type Texts = ReturnType<typeof inLocale>

export const texts: Readonly<Record<Locale, Texts>> = { de: inLocale("de"), en: inLocale("en") }

/** A message for the next page, by its name. */
export type NoticeName = keyof Texts["notices"]
