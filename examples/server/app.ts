import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { api } from "./api/useCases.ts"
import { ImportBatches, InvitationBatches } from "./batches.ts"
import { Health } from "./database.ts"
import { portalMiddleware } from "./http/middleware.ts"
import { paths } from "./http/paths.ts"
import { staticFiles } from "./http/staticFiles.ts"
import { accountPages } from "./pages/account.ts"
import { controlPages } from "./pages/control.ts"
import { deskPages } from "./pages/desk.ts"
import { deskLibraryPages } from "./pages/deskLibrary.ts"
import { developersPages } from "./pages/developers.ts"
import { developmentPages } from "./pages/development.ts"
import { invitationPages } from "./pages/invitations.ts"
import { invitedPages } from "./pages/invited.ts"
import { locationImportPages } from "./pages/locationImport.ts"
import { locationPages } from "./pages/locations.ts"
import { memberPages } from "./pages/members.ts"
import { orderPages } from "./pages/orders.ts"
import { passwordPages } from "./pages/passwords.ts"
import { planPages } from "./pages/plans.ts"
import { registrationPages } from "./pages/registration.ts"
import { requestPages } from "./pages/requests.ts"
import { selfRegistrationPages } from "./pages/selfRegistration.ts"
import { sharedLinkPages } from "./pages/sharedLink.ts"
import { bulkPages, contactPages, linkPages } from "./pages/sharing.ts"
import { signInPages } from "./pages/signIn.ts"
import { staffPages } from "./pages/staff.ts"
import { staffOfficePages } from "./pages/staffOffice.ts"
import { startPages } from "./pages/start.ts"
import { tenantPages } from "./pages/tenants.ts"
import { ticketPages } from "./pages/tickets.ts"

const health = HttpRouter.add(
  "GET",
  paths.health,
  Effect.gen(function* () {
    const { check } = yield* Health
    return (yield* check)
      ? HttpServerResponse.jsonUnsafe({ status: "ok" })
      : HttpServerResponse.jsonUnsafe({ status: "unavailable" }, { status: 503 })
  })
)

const pages = Layer.mergeAll(
  startPages,
  registrationPages,
  selfRegistrationPages,
  signInPages,
  passwordPages,
  accountPages,
  invitedPages,
  tenantPages,
  memberPages,
  controlPages,
  locationPages,
  locationImportPages.pipe(HttpRouter.provideRequest(ImportBatches.layer)),
  invitationPages,
  bulkPages.pipe(HttpRouter.provideRequest(InvitationBatches.layer)),
  contactPages,
  linkPages,
  sharedLinkPages,
  requestPages,
  orderPages,
  ticketPages,
  deskPages,
  deskLibraryPages,
  planPages,
  staffPages,
  staffOfficePages,
  developersPages,
  developmentPages
)

/** Everything that answers requests. The services that pages and API need are requirements of this layer. */
export const app = Layer.mergeAll(pages, api, staticFiles, health).pipe(Layer.provide(portalMiddleware))
