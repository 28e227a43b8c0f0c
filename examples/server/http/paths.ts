/** A segment as it is; one that begins with a colon is the name of a parameter, for the routes. */
const segment = (text: string): string => (/^:[a-z]+$/.test(text) ? text : encodeURIComponent(text))

/** Below these addresses stand the secrets of links in mails, as the last segment: the library's settings take them from here. */
export const linkPaths = {
  registration: "/register/confirm",
  passwordReset: "/password/reset",
  contactAddress: "/contact-address/confirm",
  emailChange: "/account/e-mail/confirm",
  domain: "/domain/confirm",
  invitation: "/invitation",
  selfRegistration: "/self-registration/confirm",
  welcome: "/welcome",
  shared: "/shared",
  ticketFeedback: "/tickets/feedback"
} as const

/**
 * Every address of the portal in one place; pages link to each other by these only. A form that can come back with errors is sent to the
 * address that shows it.
 */
export const paths = {
  start: "/",
  register: "/register",
  registerSecondFactor: "/register/second-factor",
  registerSent: "/register/sent",
  registerConfirm: (link: string) => `${linkPaths.registration}/${segment(link)}`,
  signIn: "/sign-in",
  signInSecondFactor: "/sign-in/second-factor",
  signOut: "/sign-out",
  stepUp: "/sign-in/again",
  passwordForgotten: "/password/forgotten",
  passwordSent: "/password/sent",
  passwordReset: (link: string) => `${linkPaths.passwordReset}/${segment(link)}`,
  noAccess: "/no-access",
  tenants: "/tenants",
  tenant: (tenant: string) => `/tenants/${segment(tenant)}`,
  members: (tenant: string) => `/tenants/${segment(tenant)}/members`,
  member: (tenant: string, member: string) => `/tenants/${segment(tenant)}/members/${segment(member)}`,
  memberRemove: (tenant: string, member: string) => `/tenants/${segment(tenant)}/members/${segment(member)}/remove`,
  invitations: (tenant: string) => `/tenants/${segment(tenant)}/invitations`,
  invite: (tenant: string) => `/tenants/${segment(tenant)}/invitations/new`,
  inviteMany: (tenant: string) => `/tenants/${segment(tenant)}/invitations/many`,
  inviteProgress: (tenant: string, batch: string) => `/tenants/${segment(tenant)}/invitations/many/${segment(batch)}`,
  contactNew: (tenant: string) => `/tenants/${segment(tenant)}/members/new`,
  sharedLinks: (tenant: string) => `/tenants/${segment(tenant)}/links`,
  sharedLinkNew: (tenant: string) => `/tenants/${segment(tenant)}/links/new`,
  sharedLinkRestrict: (tenant: string, link: string) => `/tenants/${segment(tenant)}/links/${segment(link)}/restrict`,
  sharedLinkRevoke: (tenant: string, link: string) => `/tenants/${segment(tenant)}/links/${segment(link)}/revoke`,
  invitationResend: (tenant: string, invitation: string) =>
    `/tenants/${segment(tenant)}/invitations/${segment(invitation)}/resend`,
  invitationRevoke: (tenant: string, invitation: string) =>
    `/tenants/${segment(tenant)}/invitations/${segment(invitation)}/revoke`,
  contactAddress: (tenant: string) => `/tenants/${segment(tenant)}/contact-address`,
  mailPreferences: (tenant: string) => `/tenants/${segment(tenant)}/mail-preferences`,
  tenantEdit: (tenant: string) => `/tenants/${segment(tenant)}/edit`,
  /** The rules of an area: a second factor for everybody, and mail domains. */
  control: (tenant: string) => `/tenants/${segment(tenant)}/security`,
  secondFactorRule: (tenant: string) => `/tenants/${segment(tenant)}/security/second-factor`,
  domain: (tenant: string, domain: string) => `/tenants/${segment(tenant)}/domains/${segment(domain)}`,
  domainRemove: (tenant: string, domain: string) => `/tenants/${segment(tenant)}/domains/${segment(domain)}/remove`,
  domainConfirm: (link: string) => `${linkPaths.domain}/${segment(link)}`,
  joinByDomain: (tenant: string) => `/tenants/${segment(tenant)}/join-by-domain`,
  ownership: (tenant: string) => `/tenants/${segment(tenant)}/ownership`,
  ownershipWithdraw: (tenant: string) => `/tenants/${segment(tenant)}/ownership/withdraw`,
  leave: (tenant: string) => `/tenants/${segment(tenant)}/leave`,
  locations: (tenant: string) => `/tenants/${segment(tenant)}/locations`,
  locationAdd: (tenant: string) => `/tenants/${segment(tenant)}/locations/add`,
  locationImport: (tenant: string) => `/tenants/${segment(tenant)}/locations/import`,
  locationImportProgress: (tenant: string, batch: string) =>
    `/tenants/${segment(tenant)}/locations/import/${segment(batch)}`,
  locationLinkOwn: (tenant: string) => `/tenants/${segment(tenant)}/locations/link-own`,
  locationUnlink: (tenant: string, location: string) =>
    `/tenants/${segment(tenant)}/locations/${segment(location)}/unlink`,
  locationRefused: (tenant: string) => `/tenants/${segment(tenant)}/main/refused`,
  locationLeave: (tenant: string) => `/tenants/${segment(tenant)}/main/leave`,
  locationMove: (tenant: string) => `/tenants/${segment(tenant)}/main/move`,
  locationVisitors: (tenant: string) => `/tenants/${segment(tenant)}/main/visitors`,
  /** The sub accounts that one can work in from here. */
  entrances: (tenant: string) => `/tenants/${segment(tenant)}/enter`,
  memberLocations: (tenant: string, member: string) =>
    `/tenants/${segment(tenant)}/members/${segment(member)}/locations`,
  /** What somebody may do here, and why. */
  access: (tenant: string, member: string) => `/tenants/${segment(tenant)}/access/${segment(member)}`,
  contactAddressConfirm: (link: string) => `${linkPaths.contactAddress}/${segment(link)}`,
  invitation: (link: string) => `${linkPaths.invitation}/${segment(link)}`,
  invitationRegister: (link: string) => `${linkPaths.invitation}/${segment(link)}/register`,
  invitationAccept: (link: string) => `${linkPaths.invitation}/${segment(link)}/accept`,
  invitationDecline: (link: string) => `${linkPaths.invitation}/${segment(link)}/decline`,
  invitationSwitch: (link: string) => `${linkPaths.invitation}/${segment(link)}/switch-account`,
  /** Whoever was given a link that can be shared, or has its mail. */
  shared: (link: string) => `${linkPaths.shared}/${segment(link)}`,
  sharedJoin: (link: string) => `${linkPaths.shared}/${segment(link)}/join`,
  sharedRegister: (link: string) => `${linkPaths.shared}/${segment(link)}/register`,
  sharedSwitch: (link: string) => `${linkPaths.shared}/${segment(link)}/switch-account`,
  sharedSent: "/shared-mail-sent",
  /** Open invitations of one's own address, accepted or declined without the mail. */
  ownInvitationAccept: (tenant: string, invitation: string) =>
    `/my-invitations/${segment(tenant)}/${segment(invitation)}/accept`,
  ownInvitationDecline: (tenant: string, invitation: string) =>
    `/my-invitations/${segment(tenant)}/${segment(invitation)}/decline`,
  /** Orders of sub accounts. */
  orders: (tenant: string) => `/tenants/${segment(tenant)}/orders`,
  orderNew: (tenant: string) => `/tenants/${segment(tenant)}/orders/new`,
  order: (tenant: string, order: string) => `/tenants/${segment(tenant)}/orders/${segment(order)}`,
  staffOrders: "/staff/orders",
  account: "/account",
  accountPassword: "/account/password",
  accountProfile: "/account/profile",
  accountMarketing: "/account/marketing",
  accountEmail: "/account/e-mail",
  accountEmailCancel: "/account/e-mail/cancel",
  accountEmailConfirm: (link: string) => `${linkPaths.emailChange}/${segment(link)}`,
  secondFactor: "/account/second-factor",
  secondFactorRemove: "/account/second-factor/remove",
  recoveryCodes: "/account/recovery-codes",
  sessions: "/account/sessions",
  sessionEnd: (session: string) => `/account/sessions/${segment(session)}/end`,
  sessionsEndOthers: "/account/sessions/end-others",
  selfRegister: "/self-registration",
  selfRegisterDetails: "/self-registration/details",
  selfRegisterSent: "/self-registration/sent",
  selfRegisterConfirm: (link: string) => `${linkPaths.selfRegistration}/${segment(link)}`,
  selfRegisterConfirmed: "/self-registration/confirmed",
  welcome: (link: string) => `${linkPaths.welcome}/${segment(link)}`,
  welcomeAgree: (link: string) => `${linkPaths.welcome}/${segment(link)}/agree`,
  welcomePassword: (link: string) => `${linkPaths.welcome}/${segment(link)}/password`,
  welcomeJoin: (link: string) => `${linkPaths.welcome}/${segment(link)}/join`,
  welcomeSwitch: (link: string) => `${linkPaths.welcome}/${segment(link)}/switch-account`,
  join: "/join",
  requests: "/requests",
  myRequests: "/requests/mine",
  deputies: "/requests/deputies",
  request: (request: string) => `/requests/${segment(request)}`,
  plans: "/plans",
  teamMembers: "/team-members",
  reactivate: "/team-members/reactivate",
  staff: "/staff",
  staffTenants: "/staff/tenants",
  staffTenant: (number: string) => `/staff/tenants/${segment(number)}`,
  staffAccounts: "/staff/accounts",
  /** Tickets as their contact and those who take part see them; submitting one needs no account. */
  ticketNew: "/tickets/new",
  ticketFeedback: (link: string) => `${linkPaths.ticketFeedback}/${segment(link)}`,
  tickets: "/tickets",
  ticketsClaim: "/tickets/claim",
  ticket: (ticket: string) => `/tickets/${segment(ticket)}`,
  ticketEdit: (ticket: string) => `/tickets/${segment(ticket)}/edit`,
  ticketParticipants: (ticket: string) => `/tickets/${segment(ticket)}/participants`,
  tenantTickets: (tenant: string) => `/tenants/${segment(tenant)}/tickets`,
  /** A file of a message, for who may read that message. */
  file: (file: string) => `/files/${segment(file)}`,
  /** Tickets as staff see them. */
  deskTickets: "/staff/tickets",
  /** A ticket for somebody who has called. */
  deskNew: "/staff/tickets/new",
  deskTicket: (ticket: string) => `/staff/tickets/${segment(ticket)}`,
  deskMerge: (ticket: string) => `/staff/tickets/${segment(ticket)}/merge`,
  deskSplit: (ticket: string) => `/staff/tickets/${segment(ticket)}/split`,
  deskTenant: (ticket: string) => `/staff/tickets/${segment(ticket)}/tenant`,
  deskLibrary: "/staff/library",
  deskAnswer: (answer: string) => `/staff/library/answers/${segment(answer)}`,
  deskMacro: (macro: string) => `/staff/library/macros/${segment(macro)}`,
  heldMails: "/staff/held-mails",
  heldMail: (mail: string) => `/staff/held-mails/${segment(mail)}`,
  heldMailSource: (mail: string) => `/staff/held-mails/${segment(mail)}/source`,
  simulation: "/development/simulation",
  mails: "/development/mails",
  mail: (mail: string) => `/development/mails/${segment(mail)}`,
  mailHtml: (mail: string) => `/development/mails/${segment(mail)}/html`,
  developers: "/developers",
  openApi: "/openapi.json",
  api: "/api",
  apiUpload: "/api/files/upload",
  apiDownload: "/api/files/download",
  health: "/health"
} as const

/** `path` with query parameters; undefined ones are left out. */
export const withQuery = (path: string, query: Readonly<Record<string, string | undefined>>): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value)
  const text = search.toString()
  return text === "" ? path : `${path}?${text}`
}

/** Where "next" may lead after a sign-in: exact pages, or (with an asterisk) everything below. Opening one of them changes nothing. */
const DESTINATIONS: ReadonlyArray<string> = [
  paths.start,
  paths.noAccess,
  paths.tenants,
  `${paths.tenants}/*`,
  `${linkPaths.invitation}/*`,
  `${linkPaths.contactAddress}/*`,
  `${linkPaths.domain}/*`,
  paths.account,
  `${paths.account}/*`,
  `${linkPaths.welcome}/*`,
  `${linkPaths.shared}/*`,
  paths.join,
  paths.requests,
  `${paths.requests}/*`,
  paths.plans,
  paths.teamMembers,
  paths.reactivate,
  paths.staff,
  `${paths.staff}/*`,
  paths.tickets,
  `${paths.tickets}/*`
]

const SEGMENTS = /^(?:\/[A-Za-z0-9_-]+)+$/
const QUERY = /^\?[A-Za-z0-9_.~%&=+-]+$/

const isDestination = (path: string): boolean =>
  DESTINATIONS.some((pattern) =>
    pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) && SEGMENTS.test(path) : path === pattern
  )

/**
 * The given address when it is one of this portal's pages that "next" may name, else undefined. Only a path and a query made of plain
 * characters pass: no scheme, host, user, backslash, dot segment, fragment, control character or second slash can be written with them.
 */
export const localPath = (given: string | null | undefined): string | undefined => {
  if (given === null || given === undefined || given.length > 2000) return undefined
  const mark = given.indexOf("?")
  const path = mark < 0 ? given : given.slice(0, mark)
  const query = mark < 0 ? "" : given.slice(mark)
  return isDestination(path) && (query === "" || QUERY.test(query)) ? given : undefined
}
