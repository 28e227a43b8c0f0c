import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { type Batch, isRunning } from "../../batches.ts"
import type { Page } from "../../html/Page.ts"
import { show } from "../../http/respond.ts"

/** Shows how far a list has come. A page without a script comes again by itself as long as there is more to see. */
export const showProgress = (batch: Batch<unknown, unknown>, page: Page) =>
  Effect.map(show(page), (response) =>
    isRunning(batch) ? HttpServerResponse.setHeader(response, "refresh", "1") : response
  )
