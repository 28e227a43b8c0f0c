import { Effect } from "effect"
import { DemoAccount } from "../demo.ts"
import { paths } from "../http/paths.ts"
import { goTo, show } from "../http/respond.ts"
import { group, page } from "../http/routes.ts"
import { startPage } from "../views/start.ts"

export const startPages = group(
  page(
    paths.start,
    Effect.fnUntraced(function* (visit) {
      if ((yield* visit.signedIn) !== undefined) return yield* goTo(paths.tenants)
      return yield* show(startPage(visit, { demo: yield* DemoAccount }))
    })
  )
)
