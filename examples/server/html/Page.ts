import type { Texts } from "../texts/index.ts"
import type { Locale } from "../texts/locales.ts"
import type { SentForm } from "./FormState.ts"
import type { Html } from "./html.ts"

/** What a view needs to know of the request that it answers. */
export interface Scene {
  readonly locale: Locale
  readonly texts: Texts
  readonly timeZone: string
  /** Whether the development mailbox and the demo sign-in are shown. */
  readonly development: boolean
  /** What a message may bring: so many files, of so many megabytes each. */
  readonly fileLimits: { readonly count: number; readonly megabytes: number }
  /** Path and query of the request, for the language switch. */
  readonly address: string
  /** The token for the forms of this answer. */
  readonly csrfToken: () => string
  /** A form of this page that was sent and comes back, with what is wrong with it. */
  readonly sent?: SentForm | undefined
}

/** Who is signed in, as the head of each page shows it. */
export interface Viewer {
  readonly name: string
  readonly email: string
  /** Whether they are one of the operator's people. */
  readonly isStaff?: boolean
}

/** The customer area that a page is about: shown above the page with its own navigation. */
export interface TenantFrame {
  readonly id: string
  readonly name: string
  readonly customerNumber: string
  /** Whether the person may see and send invitations. */
  readonly mayInvite: boolean
  readonly maySeeMembers: boolean
  /** Whether the person may see location management, or of a sub its main. */
  readonly mayManage: boolean
  /** Whether the person may see the tickets of the area that they take no part in. */
  readonly maySeeTickets: boolean
  /** Whether the person may change the rules of the area: domains, and who needs a second factor. */
  readonly mayControl: boolean
  /** How many sub accounts they can enter from here. */
  readonly locations: number
  /** Whether they belong here themselves; else all that they may here comes through the main account. */
  readonly isMember: boolean
  /** The main account where they have a place there, too. */
  readonly main: { readonly id: string; readonly name: string } | undefined
  /** The person's other areas, to switch to. */
  readonly others: ReadonlyArray<{ readonly id: string; readonly name: string }>
}

export type Section =
  | "overview"
  | "members"
  | "locations"
  | "entrances"
  | "invitations"
  | "control"
  | "tickets"
  | "contact"

/** Where in support's office a page stands, which has a navigation of its own. */
export type Office = "tickets" | "held" | "library" | "requests" | "orders" | "tenants" | "accounts" | "people"

/** What a view answers; the layout does the rest. */
export interface Page {
  readonly title: string
  readonly body: Html
  /** 200 when left out. */
  readonly status?: number
  /** `narrow` for one form or message, `regular` for text and lists, `wide` for tables. */
  readonly width?: "narrow" | "regular" | "wide"
  readonly tenant?: TenantFrame
  readonly section?: Section
  readonly office?: Office
}
