import { assert, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { describe } from "vitest"
import { Passwords, SignIns } from "../../src/accounts/index.ts"
import { Crypto } from "../../src/kernel/Crypto.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Faults, type Plan } from "../../src/testing/Faults.ts"
import { HasherProbe } from "../../src/testing/hasher.ts"
import { checkAll } from "../../src/testing/invariants.ts"
import { useCases } from "../../src/useCases.ts"
import { PASSWORD, person } from "../accounts/people.ts"
import { anonymously } from "../support/portal.ts"
import { scenarios } from "../support/scenarios.ts"
import { attempt, difference, KEY, rehearse } from "./loop.ts"
import { type FaultyStage, Keys, stages } from "./stage.ts"

const commands = new Set<string>(useCases.filter(({ kind }) => kind === "command").map(({ name }) => name))
const secretAnswers = new Set<string>(useCases.filter(({ secretAnswer }) => secretAnswer).map(({ name }) => name))
const ofCommands = scenarios.filter(({ inParts, useCase }) => commands.has(useCase) && inParts !== true)

const adapters: ReadonlyArray<readonly [string, Layer.Layer<FaultyStage, PersistenceError>]> = Object.entries(stages())

/** Makes every command while something is broken; answers what each was told that is not its usual answer. None of them has changed anything. */
const whileBroken = <E>(
  stage: Layer.Layer<FaultyStage, E>,
  fault: {
    readonly begin: Effect.Effect<void, never, FaultyStage>
    readonly end: Effect.Effect<unknown, never, FaultyStage>
  }
) =>
  Effect.gen(function* () {
    const told: Record<string, string> = {}
    const wrong: Array<string> = []
    for (const scenario of ofCommands) {
      yield* Effect.gen(function* () {
        const { answer, before, call, done, view } = yield* rehearse(scenario)
        yield* fault.begin
        const outcome = yield* attempt(call(KEY))
        yield* fault.end
        const after = yield* view
        if (outcome !== answer) told[scenario.name] = outcome
        const expected = outcome === answer ? done : before
        if (after !== expected) wrong.push(`${scenario.name} answers ${outcome}\n${difference(expected, after)}`)
        yield* checkAll
        const again = yield* attempt(call(KEY))
        const usual = outcome === answer && secretAnswers.has(scenario.useCase) ? "AlreadyDone" : answer
        if (again !== usual) wrong.push(`${scenario.name} answers ${again} when all is well again`)
      }).pipe(Effect.provide(stage))
    }
    assert.deepStrictEqual(wrong, [])
    return told
  })

const planned = (plan: Omit<Plan, "at" | "lasting">) => ({
  begin: Effect.flatMap(Faults, (faults) => faults.plan({ ...plan, at: 0, lasting: true })),
  end: Effect.flatMap(Faults, (faults) => faults.stop)
})

for (const [adapter, stage] of adapters) {
  describe(`what every command needs (${adapter})`, { timeout: 300_000 }, () => {
    it.live(
      "G-04 F-11 V-40 a key makes every command repeatable: nothing is done twice, and the answer is the same",
      () =>
        Effect.gen(function* () {
          const wrong: Array<string> = []
          for (const scenario of ofCommands) {
            yield* Effect.gen(function* () {
              const { answer, call, done, reset, view } = yield* rehearse(scenario)
              const usual = secretAnswers.has(scenario.useCase) ? "AlreadyDone" : answer
              const first = yield* attempt(call(KEY))
              const again = yield* attempt(call(KEY))
              if (first !== answer || again !== usual) wrong.push(`${scenario.name}: ${first}, then ${again}`)
              const after = yield* view
              if (after !== done) wrong.push(`${scenario.name} does something twice\n${difference(done, after)}`)
              yield* reset
              const [one, other] = yield* Effect.all([attempt(call(KEY)), attempt(call(KEY))], { concurrency: 2 })
              const both = [one, other].sort().join(" | ")
              if (both !== [answer, usual].sort().join(" | ")) wrong.push(`${scenario.name} at the same time: ${both}`)
              const parallel = yield* view
              if (parallel !== done) {
                wrong.push(`${scenario.name} does something twice at the same time\n${difference(done, parallel)}`)
              }
              yield* checkAll
            }).pipe(Effect.provide(stage))
          }
          assert.deepStrictEqual(wrong, [])
        })
    )

    it.live(
      "F-23 R-RL-06 LIM-01 a store of limits that is down closes everything that it guards, with `Unavailable`",
      () =>
        Effect.gen(function* () {
          const told = yield* whileBroken(
            stage,
            planned({ fault: { kind: "connection" }, where: ({ port }) => port === "Limits" })
          )
          assert.deepStrictEqual([...new Set(Object.values(told))], ["Unavailable"])
          const open = [...commands].filter((name) => !(name in told))
          assert.deepStrictEqual(open.sort(), [
            "accounts.restore",
            "accounts.suspend",
            "desk.addParticipants",
            "desk.assign",
            "desk.assignTenant",
            "desk.change",
            "desk.giveBack",
            "desk.hold",
            "desk.markSpam",
            "desk.merge",
            "desk.note",
            "desk.removeAnswer",
            "desk.removeMacro",
            "desk.removeParticipant",
            "desk.removeView",
            "desk.reopen",
            "desk.reply",
            "desk.resolve",
            "desk.reviewClocks",
            "desk.runMacro",
            "desk.saveAnswer",
            "desk.saveMacro",
            "desk.saveView",
            "desk.setParent",
            "desk.split",
            "desk.submitFor",
            "desk.take",
            "desk.undoMerge",
            "desk.unhold",
            "desk.unmarkSpam",
            "domains.claim",
            "domains.join",
            "domains.remove",
            "domains.review",
            "domains.setJoining",
            "emailChanges.cancel",
            // those of jobs; what people do with files draws on limits
            "files.begin",
            "files.complete",
            "files.forget",
            "files.judge",
            "files.retireExpired",
            "invitations.acceptMine",
            "invitations.declineMine",
            "invitations.expireOverdue",
            "invitations.inviteFirstOwner",
            // done in parts, of which each is told by itself
            "invitations.inviteMany",
            "invitations.revoke",
            "locations.applyCollectiveInvoice",
            "locations.choose",
            "locations.importLinks",
            "locations.leaveMain",
            "locations.linkOwn",
            "locations.refuse",
            "locations.unlink",
            "mails.giveUp",
            "mails.reportBounce",
            "mails.retry",
            "members.changeRoles",
            "members.leave",
            "members.remove",
            "members.setMailPreferences",
            "orders.cancel",
            "orders.cancelFailed",
            "orders.change",
            "orders.place",
            "orders.retry",
            "orders.settle",
            "orders.take",
            "profiles.change",
            "profiles.setMarketing",
            "registrations.purge",
            "requests.approve",
            "requests.decideMany",
            "requests.endDeputy",
            "requests.expireOverdue",
            "requests.refuse",
            "requests.remindDue",
            "requests.withdraw",
            "secondFactor.beginEnrolment",
            "secondFactor.confirmEnrolment",
            "secondFactor.disable",
            "secondFactor.regenerateRecoveryCodes",
            "selfRegistrations.purge",
            "sessions.end",
            "sessions.endOthers",
            "sessions.signOut",
            "shareableLinks.restrict",
            "shareableLinks.revoke",
            "staff.appoint",
            "staff.dismiss",
            "subscriptions.applyBillingEvent",
            "subscriptions.review",
            "subscriptions.startTrial",
            "teamMembers.askToReactivate",
            "teamMembers.chooseWhoStays",
            "teamMembers.end",
            "tenants.appointOwner",
            "tenants.change",
            "tenants.changeCredentials",
            "tenants.close",
            "tenants.createForOwner",
            "tenants.createWithOwner",
            "tenants.requireSecondFactor",
            "tenants.restore",
            "tenants.suspend",
            "tickets.acceptHeldMail",
            "tickets.discardHeldMail",
            "tickets.followAccount",
            "tickets.receive",
            "tickets.restoreHeldMail",
            "tickets.review"
          ])
        })
    )

    it.live("F-27 V-38 AUD-01 nothing is changed while events cannot be written", () =>
      Effect.gen(function* () {
        const told = yield* whileBroken(
          stage,
          planned({ fault: { kind: "other" }, where: ({ port }) => port === "EventLog" })
        )
        assert.deepStrictEqual([...new Set(Object.values(told))], ["Unavailable"])
        // what finds nothing to do changes nothing and leaves no event
        assert.deepStrictEqual(
          ofCommands
            .map(({ name }) => name)
            .filter((name) => !(name in told))
            .sort(),
          [
            "subscriptions.applyBillingEvent (the same again)",
            "subscriptions.review (with nothing due)",
            "teamMembers.askToConnect (the same again)"
          ]
        )
      })
    )

    it.live("V-34 OUT-01 nothing that promises a mail is done while mails cannot be written", () =>
      Effect.gen(function* () {
        const told = yield* whileBroken(
          stage,
          planned({ fault: { kind: "other" }, where: ({ port }) => port === "Outbox" })
        )
        assert.deepStrictEqual([...new Set(Object.values(told))], ["Unavailable"])
        assert.includeMembers(Object.keys(told), [
          "registrations.register",
          "registrations.sendAgain",
          "passwords.requestReset",
          "passwords.reset",
          "passwords.change",
          "emailChanges.ask",
          "emailChanges.ask (for a taken address)",
          "emailChanges.confirm",
          "secondFactor.disable",
          "invitations.invite",
          "invitations.sendAgain",
          "invitations.inviteFirstOwner",
          "members.remove",
          "members.changeRoles",
          "members.changeContactEmail",
          "tenants.createForOwner"
        ])
      })
    )

    it.live("F-20 a crypto port that dies lets nobody in and leaves nothing behind", () =>
      Effect.gen(function* () {
        const told = yield* whileBroken(
          stage,
          planned({ fault: { kind: "crash" }, where: ({ port }) => port === "Crypto" || port === "Ids" })
        )
        assert.deepStrictEqual([...new Set(Object.values(told))], ["died"])
      })
    )

    it.live(
      "F-20 R-TK-01 a crypto port that repeats a value is told apart by the store: the second use is `Unavailable`",
      () =>
        Effect.gen(function* () {
          const repeats = Effect.updateService(Crypto, (crypto) => ({
            ...crypto,
            randomBytes: (count: number) => Effect.succeed(new Uint8Array(count).fill(7))
          }))
          const { email } = yield* person("ada@example.com")
          const ada = yield* SignIns.signIn({ email, password: PASSWORD }).pipe(anonymously, repeats)
          const before = yield* checkAll
          const error = yield* SignIns.signIn({ email, password: PASSWORD }).pipe(anonymously, repeats, Effect.flip)
          const reset = yield* Passwords.requestReset({ email }).pipe(anonymously, repeats, Effect.result)
          const again = yield* Passwords.requestReset({ email: "b@example.com" }).pipe(
            anonymously,
            repeats,
            Effect.flip
          )
          assert.deepStrictEqual(
            [ada._tag, error._tag, reset._tag, again._tag],
            ["SignedIn", "Unavailable", "Success", "Unavailable"]
          )
          const after = yield* checkAll
          assert.deepStrictEqual(after.sessions, before.sessions)
          assert.strictEqual(after.links.length, 1)
          assert.strictEqual(after.mails.length, 1)
        }).pipe(Effect.provide(stage))
    )

    it.live("F-21 a hasher that is not there is told by its name, and changes nothing", () =>
      Effect.gen(function* () {
        const available = (unavailable: boolean) =>
          Effect.flatMap(HasherProbe, (probe) => probe.setUnavailable(unavailable))
        const told = yield* whileBroken(stage, { begin: available(true), end: available(false) })
        assert.deepStrictEqual([...new Set(Object.values(told))], ["HasherUnavailable"])
        assert.deepStrictEqual(Object.keys(told).sort(), [
          "accounts.signIn",
          "accounts.signIn (that asks for the second factor)",
          "invitations.acceptAsNew",
          "invitations.acceptAsNew (as first owner)",
          "passwords.change",
          "passwords.reset",
          "registrations.confirm",
          "registrations.confirm (one of two, with a new password)",
          "registrations.confirm (with an app)",
          "registrations.register (of a taken address)",
          "registrations.register (with password and app)",
          "selfRegistrations.complete",
          "sessions.stepUp",
          "shareableLinks.joinAsNew"
        ])
      })
    )

    it.live(
      "F-25 R-SC-08 R-TK-12 every command goes as ever after the ring got a new key, and knows what was done before",
      () =>
        Effect.gen(function* () {
          const wrong: Array<string> = []
          for (const scenario of ofCommands) {
            yield* Effect.gen(function* () {
              const keys = yield* Keys
              const { answer, call, done, reset, view } = yield* rehearse(scenario)
              const usual = secretAnswers.has(scenario.useCase) ? "AlreadyDone" : answer
              yield* attempt(call(KEY))
              yield* keys.rotate
              const again = yield* attempt(call(KEY))
              if (again !== usual) wrong.push(`${scenario.name}, repeated under the new key, answers ${again}`)
              yield* reset
              const outcome = yield* attempt(call(KEY))
              if (outcome !== answer) wrong.push(`${scenario.name} answers ${outcome} under the new key`)
              const after = yield* view
              if (after !== done) wrong.push(`${scenario.name}\n${difference(done, after)}`)
              yield* keys.find
            }).pipe(Effect.provide(stage))
          }
          assert.deepStrictEqual(wrong, [])
        })
    )

    it.live("F-25 TFA-08 while a key is missing nobody comes past a second factor, and nothing is lost", () =>
      Effect.gen(function* () {
        const told = yield* whileBroken(stage, {
          begin: Effect.flatMap(Keys, (keys) => keys.lose),
          end: Effect.flatMap(Keys, (keys) => keys.find)
        })
        assert.deepStrictEqual(told, {
          // what a form carries and was sealed under no key of the ring is not ours
          "registrations.register (with password and app)": "InvalidInput",
          "registrations.confirm (with an app)": "Unavailable",
          "accounts.completeSignIn": "Unavailable",
          "sessions.stepUp (with a code)": "Unavailable",
          "secondFactor.confirmEnrolment": "Unavailable",
          // whose answer it is cannot be told: it comes again
          "tickets.receive (an answer)": "Unavailable",
          "tickets.receive (a repeat)": "Unavailable",
          "tickets.receive (of a machine)": "Unavailable",
          "tickets.receive (somebody else's answer)": "Unavailable",
          // nor whose form it is
          "files.begin (of a visitor)": "UploadFormExpired",
          "files.discard": "UploadFormExpired"
        })
      })
    )
  })
}
