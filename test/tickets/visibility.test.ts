import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { describe } from "vitest"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { everyPort, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import { moves } from "./visibilityModel.ts"
import { story } from "./visibilityStory.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const kernel = withKernel({
  files: { serveUnscanned: true },
  limits: {
    ticketParticipantsPerAccount: unlimited,
    ticketStepsPerAccount: unlimited,
    searchPerAccount: unlimited,
    ticketMailPerAddress: unlimited,
    ticketMailPerSource: unlimited,
    ticketMailPerTenant: unlimited,
    ticketNoticesPerAddress: unlimited,
    inboundPerAddress: unlimited,
    inboundPerParticipant: unlimited,
    answersPerPair: unlimited
  }
})

forEachAdapter(everyPort, (adapter, storage) => {
  // the rule is the same on every store; each has its own search and its own lists
  const runs = adapter === "memory" ? rounds(200, 3000) : adapter === "postgres" ? rounds(6, 100) : rounds(15, 300)
  const portal = Layer.mergeAll(MailKinds.layer(...mailKinds), Mailer.layer).pipe(
    Layer.provideMerge(kernel),
    Layer.provideMerge(storage),
    Layer.provideMerge(TestClock.layer())
  )

  describe(`who reads what (${adapter})`, { timeout: 480_000 }, () => {
    it.live(
      "V-30 TIC-07 TIC-10 TIC-11 R-TI-06 nobody ever finds a word that they were not entitled to, in detail, messages, HTML, lists, search, files, history, log and mail, whatever was merged, split, closed, quoted or forged",
      () =>
        Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(moves(32), (steps) => Effect.runPromise(Effect.provide(story(steps), portal))),
            { numRuns: runs }
          )
        )
    )
  })
})
