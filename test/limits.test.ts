import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Limits } from "../src/kernel/Limits.ts"
import { useCases } from "../src/useCases.ts"
import { stages } from "./faults/stage.ts"
import { scenarios } from "./support/scenarios.ts"

/** What somebody who is signed in can do that costs a hash, a mail or a search, or could guess a secret by. */
const costly = new Set([
  "accounts.find",
  "emailChanges.ask",
  "emailChanges.confirm",
  "invitations.addContact",
  "invitations.invite",
  "invitations.inviteMany",
  "invitations.sendAgain",
  "locations.askToLink",
  "locations.askToMove",
  "members.changeContactEmail",
  "members.list",
  "orders.queue",
  "ownership.offer",
  "passwords.change",
  "requests.nameDeputy",
  "selfRegistrations.askToJoin",
  "sessions.stepUp",
  "shareableLinks.create",
  "teamMembers.askToConnect",
  "teamMembers.askToReactivate",
  "tenants.create",
  "tenants.find"
])

const open = new Set<string>(
  useCases
    .filter(({ actors }) => actors.some((kind) => kind === "Anonymous"))
    .map(({ name }) => name)
    // answer from the settings or the keys, without the store
    .filter((name) => name !== "subscriptions.plans" && name !== "files.openForm")
)

describe("what is limited", () => {
  const stage = stages().memory

  it("LIM-01 every use case whose limit is looked at here is there", () => {
    const names = new Set<string>(useCases.map(({ name }) => name))
    for (const name of costly) assert.isTrue(names.has(name), name)
    assert.isAbove(open.size, 10)
  })

  for (const { given, name, useCase } of scenarios) {
    if (!open.has(useCase) && !costly.has(useCase)) continue
    // mails are limited where they come in
    if (name === "files.begin (of a mail)") continue
    it.live(`LIM-01 R-RL-03 R-RL-05 ${name} draws on a limit, whatever path it is called by`, () =>
      Effect.gen(function* () {
        const call = yield* given
        const limits = yield* Limits
        const keys: Array<string> = []
        const watching = Limits.of({
          ...limits,
          take: (rules, now) => {
            keys.push(...rules.map(({ key }) => key))
            return limits.take(rules, now)
          }
        })
        yield* Effect.provideService(call(), Limits, watching)
        assert.isNotEmpty(keys)
        // the table of counters holds no address of anybody (V-12)
        for (const key of keys) assert.notInclude(key, "@")
      }).pipe(Effect.provide(Layer.fresh(stage)))
    )
  }
})
