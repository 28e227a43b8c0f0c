import { paths, withQuery } from "../http/paths.ts"
import { stylesheetPath } from "../http/staticFiles.ts"
import type { NoticeName } from "../texts/index.ts"
import { locales } from "../texts/locales.ts"
import { notice } from "./components.ts"
import { actButton, linkButton } from "./forms.ts"
import { type Content, type Html, html } from "./html.ts"
import type { Office, Page, Scene, Section, TenantFrame, Viewer } from "./Page.ts"

const LANGUAGE_NAMES = { de: "Deutsch", en: "English" } as const

/** The address of this page in another language; the rest of the query stays. */
const inLanguage = (address: string, locale: string): string => {
  const mark = address.indexOf("?")
  const path = mark < 0 ? address : address.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? "" : address.slice(mark + 1))
  query.set("lang", locale)
  // a path that begins with two slashes would be another host
  return `${path.replace(/^\/+/, "/")}?${query}`
}

const languageSwitch = (scene: Scene): Html =>
  html`<nav class="languages" aria-label="${scene.texts.common.language}"><ul>${locales.map(
    (locale) =>
      html`<li><a href="${inLanguage(scene.address, locale)}" lang="${locale}" hreflang="${locale}" rel="nofollow"${
        locale === scene.locale && html` aria-current="true"`
      }><abbr title="${LANGUAGE_NAMES[locale]}">${locale.toUpperCase()}</abbr></a></li>`
  )}</ul></nav>`

const logo = html`<svg class="logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8" class="logo-ground"/><path class="logo-arch" d="M8 24V14a8 8 0 0 1 16 0v10M13 24V15a3 3 0 0 1 6 0v9M6 24h20"/></svg>`

const current = (address: string, path: string): Content =>
  (address === path || address.startsWith(`${path}/`) || address.startsWith(`${path}?`)) && html` aria-current="page"`

const head = (scene: Scene, viewer: Viewer | undefined): Html => {
  const t = scene.texts.common
  return html`<header class="site-head">
    <div class="bar">
      <a class="brand" href="${viewer === undefined ? paths.start : paths.tenants}">${logo}<span><strong>${t.brand}</strong> <span class="tagline">${t.tagline}</span></span></a>
      ${languageSwitch(scene)}
      <nav class="main-nav" aria-label="${t.mainNavigation}">
        ${
          viewer === undefined
            ? html`<a class="nav-link" href="${paths.ticketNew}"${current(scene.address, paths.ticketNew)}>${scene.texts.tickets.submitLink}</a>
              <a class="nav-link" href="${paths.signIn}"${current(scene.address, paths.signIn)}>${t.signIn}</a>
              ${linkButton(paths.register, t.register, "primary")}`
            : html`<a class="nav-link" href="${paths.tenants}"${current(scene.address, paths.tenants)}>${t.tenants}</a>
              <a class="nav-link" href="${paths.requests}"${current(scene.address, paths.requests)}>${scene.texts.requests.nav}</a>
              <a class="nav-link" href="${paths.tickets}"${current(scene.address, paths.tickets)}>${scene.texts.tickets.nav}</a>
              <a class="nav-link" href="${paths.plans}"${current(scene.address, paths.plans)}>${scene.texts.plans.nav}</a>
              ${viewer.isStaff === true && html`<a class="nav-link" href="${paths.deskTickets}"${current(scene.address, paths.staff)}>${scene.texts.staff.nav}</a>`}
              <a class="nav-link" href="${paths.account}"${current(scene.address, paths.account)} title="${t.signedInAs(viewer.name)}">${t.account}</a>
              ${actButton(scene, { action: paths.signOut, label: t.signOut, kind: "nav" })}`
        }
      </nav>
    </div>
  </header>`
}

const developmentStrip = (scene: Scene): Content =>
  scene.development &&
  html`<aside class="strip"><p class="bar">${scene.texts.common.developmentMode} <a href="${paths.mails}">${scene.texts.common.mailbox}</a>.</p></aside>`

/** The head of a customer area: which one it is, the way to the others, and its pages. */
const tenantHead = (scene: Scene, tenant: TenantFrame, section: Section | undefined): Html => {
  const t = scene.texts.common
  const words = scene.texts.tenants
  const entries: ReadonlyArray<readonly [Section, string, string] | false> = [
    ["overview", paths.tenant(tenant.id), words.overview],
    tenant.maySeeMembers && ["members", paths.members(tenant.id), words.members],
    tenant.mayInvite && ["invitations", paths.invitations(tenant.id), words.invitations],
    tenant.mayManage && ["locations", paths.locations(tenant.id), scene.texts.locations.nav],
    !tenant.mayManage &&
      tenant.locations > 0 && ["entrances", paths.entrances(tenant.id), scene.texts.locations.enterNav],
    tenant.maySeeTickets && ["tickets", paths.tenantTickets(tenant.id), scene.texts.tickets.nav],
    tenant.mayControl && ["control", paths.control(tenant.id), scene.texts.control.nav],
    tenant.isMember && ["contact", paths.contactAddress(tenant.id), words.contact]
  ]
  return html`<div class="area-head">
    <div class="bar area-title">
      <p class="area-name">${tenant.name} <span class="area-number">${t.customerNumber(tenant.customerNumber)}</span></p>
      ${
        tenant.others.length > 0 &&
        html`<details class="switcher"><summary>${t.switchArea}</summary>
          <ul>${tenant.others.map((other) => html`<li><a href="${paths.tenant(other.id)}">${other.name}</a></li>`)}</ul>
        </details>`
      }
    </div>
    ${
      tenant.main !== undefined &&
      !tenant.isMember &&
      html`<p class="bar area-through">${scene.texts.locations.through(tenant.main.name)} <a href="${paths.entrances(tenant.main.id)}">${scene.texts.locations.toMain(tenant.main.name)}</a></p>`
    }
    <nav class="bar tabs" aria-label="${t.areaNavigation}"><ul>${entries.map(
      (entry) =>
        entry !== false &&
        html`<li><a href="${entry[1]}"${entry[0] === section && html` aria-current="page"`}>${entry[2]}</a></li>`
    )}</ul></nav>
  </div>`
}

/** The way from each page of support's office to the others. */
const officeHead = (scene: Scene, office: Office): Html => {
  const { desk, orders, staff, staffOffice } = scene.texts
  const entries: ReadonlyArray<readonly [Office, string, string]> = [
    ["tickets", paths.deskTickets, desk.nav],
    ["held", paths.heldMails, desk.held],
    ["library", paths.deskLibrary, desk.library],
    ["requests", withQuery(paths.requests, { as: "staff" }), staff.queue],
    ["orders", paths.staffOrders, orders.title],
    ["tenants", paths.staffTenants, staffOffice.tenantsNav],
    ["accounts", paths.staffAccounts, staffOffice.accountsNav],
    ["people", paths.staff, staff.people]
  ]
  return html`<div class="area-head office-head">
    <nav class="bar tabs" aria-label="${staff.nav}"><ul>${entries.map(
      ([name, address, label]) =>
        html`<li><a href="${address}"${name === office && html` aria-current="page"`}>${label}</a></li>`
    )}</ul></nav>
  </div>`
}

/** The whole document around a page. */
export const layout = (
  scene: Scene & { readonly notice: NoticeName | undefined },
  page: Page,
  viewer: Viewer | undefined
): Html => {
  const t = scene.texts.common
  return html`<!doctype html>
<html lang="${scene.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} – ${t.brand}</title>
<link rel="stylesheet" href="${stylesheetPath}">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#content">${t.skip}</a>
${developmentStrip(scene)}
${head(scene, viewer)}
${page.tenant !== undefined && tenantHead(scene, page.tenant, page.section)}
${page.office !== undefined && officeHead(scene, page.office)}
<main id="content" class="content content-${page.width ?? "regular"}" tabindex="-1">
${scene.notice !== undefined && notice(scene.texts.notices[scene.notice], "good")}
${page.body}
</main>
<footer class="site-foot"><div class="bar">
  <p>${t.brand} · ${t.tagline}</p>
  <ul><li><a href="${paths.developers}">${t.developers}</a></li>${
    scene.development &&
    html`<li><a href="${paths.mails}">${scene.texts.development.mailboxTitle}</a></li>
    <li><a href="${paths.simulation}">${scene.texts.development.simulationTitle}</a></li>`
  }</ul>
</div></footer>
</body>
</html>
`
}
