import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { StaffRepository } from "../../../src/accounts/StaffRepository.ts"
import { EventRepository } from "../../../src/audit/EventRepository.ts"
import { reviewClocks } from "../../../src/jobs/jobList.ts"
import { toBase64Url, utf8 } from "../../../src/kernel/Crypto.ts"
import * as Instant from "../../../src/kernel/Instant.ts"
import { type AccountId, DomainId, MacroId, nextId, type TicketId } from "../../../src/kernel/ids.ts"
import { PersistenceError } from "../../../src/kernel/PersistenceError.ts"
import { defaults } from "../../../src/kernel/Settings.ts"
import { type Domain, proven } from "../../../src/tenants/Domain.ts"
import { DomainRepository } from "../../../src/tenants/DomainRepository.ts"
import { Desk, Library, Work } from "../../../src/tickets/desk/index.ts"
import { type TicketField, TicketFields } from "../../../src/tickets/desk/TicketFields.ts"
import { Participants, Tickets } from "../../../src/tickets/index.ts"
import { TicketRepository } from "../../../src/tickets/TicketRepository.ts"
import { forEachAdapter } from "../../support/adapters.ts"
import { anonymously, as, everyPort, given, mailsTo, type Portal, withKernel } from "../../support/portal.ts"
import { job } from "../../support/scenario.ts"
import { changesFor, crew, customer, joined, readBy, reply, stored, submitted, textsForStaff, world } from "./world.ts"

const fields: ReadonlyArray<TicketField> = [
  {
    name: "device",
    label: { de: "Gerät", en: "Device" },
    schema: Schema.Literals(["router", "phone"]),
    input: "choice"
  },
  { name: "count", label: { de: "Anzahl", en: "Count" }, schema: Schema.Int, input: "number" }
]

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error): string => error._tag, onSuccess: () => "ok" })

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const run = <A, E>(effect: Effect.Effect<A, E, Portal>) => Effect.provide(effect, portal)

  describe(`work on tickets (${adapter})`, () => {
    it.effect("TIC-10 taking opens a new ticket, and takes one from a colleague only in so many words", () =>
      run(
        Effect.gen(function* () {
          const { agent, chief, ticketId } = yield* world
          const taken = yield* Work.take({ ticketId }).pipe(as(agent.actor))
          assert.deepInclude(taken, { state: "Open", assigneeId: agent.id })
          assert.strictEqual(yield* tagOf(Work.take({ ticketId }).pipe(as(chief.actor))), "TicketTaken")
          assert.strictEqual((yield* stored(ticketId)).assigneeId, agent.id)
          const over = yield* Work.take({ ticketId, over: true }).pipe(as(chief.actor))
          assert.strictEqual(over.assigneeId, chief.id)
        })
      )
    )

    it.effect("F-24 TIC-16 a place in the history that no line can have is refused at its field", () =>
      run(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* world
          const after = (place: number) =>
            tagOf(Desk.history({ ticketId, after: toBase64Url(utf8(String(place))) }).pipe(as(agent.actor)))
          for (const place of [2 ** 31, Number.MAX_SAFE_INTEGER, -(2 ** 31) - 1]) {
            assert.strictEqual(yield* after(place), "InvalidInput", String(place))
          }
          assert.strictEqual(yield* after(2 ** 31 - 1), "ok")
        })
      )
    )

    it.effect("TIC-10 a ticket is assigned to somebody of staff, and to nobody else", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, chief, ticketId } = yield* world
          const to = (accountId: AccountId) => Work.assign({ ticketId, accountId }).pipe(as(chief.actor))
          assert.deepInclude(yield* to(agent.id), { state: "Open", assigneeId: agent.id })
          assert.strictEqual(yield* tagOf(to(ada.id)), "NotFound")
          const staff = yield* StaffRepository
          yield* staff.remove(agent.id)
          assert.strictEqual(yield* tagOf(to(agent.id)), "NotFound")
        })
      )
    )

    it.effect("TIC-10 AUD-01 a ticket is given back, keeps its state, and waits for who has time", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, chief, ticketId } = yield* world
          const giveBack = (who: typeof agent) => Work.giveBack({ ticketId }).pipe(as(who.actor))
          const mayGiveBack = Effect.map(Desk.open({ ticketId }).pipe(as(agent.actor)), ({ possible }) =>
            possible.includes("giveBack")
          )
          // nobody has a new one
          assert.strictEqual(yield* tagOf(giveBack(agent)), "TicketStepNotPossible")
          yield* Work.take({ ticketId }).pipe(as(agent.actor))
          assert.isTrue(yield* mayGiveBack)
          yield* reply(agent, ticketId, "One moment")
          assert.deepInclude(yield* giveBack(agent), { state: "Waiting", assigneeId: null })
          assert.isFalse(yield* mayGiveBack)
          yield* Work.take({ ticketId }).pipe(as(agent.actor))
          assert.deepInclude(yield* giveBack(chief), { state: "Waiting", assigneeId: null })
          const changes = yield* changesFor(agent, ticketId)
          assert.strictEqual(changes.filter((what) => what === "givenBack").length, 2)
          // again there is nothing to give back, and nothing is recorded
          yield* giveBack(chief)
          const events = yield* EventRepository
          const given = (yield* events.unsealed(1000)).filter(({ type }) => type === "ticket.givenBack")
          assert.deepStrictEqual(
            given.map(({ data }) => data),
            [{ from: agent.id }, { from: agent.id }]
          )
          // customers read nothing of who works on it
          const { items } = yield* Tickets.history({ ticketId }).pipe(as(ada.actor))
          assert.isFalse(items.some(({ what }) => what === "givenBack"))
        })
      )
    )

    it.effect("TIC-09 an answer of staff goes to all who take part, and the ticket goes on as the agent chooses", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, bob, ticketId } = yield* world
          yield* joined(ada, ticketId, bob)
          for (const to of ["Open", "Waiting", "Resolved"] as const) {
            assert.strictEqual((yield* reply(agent, ticketId, `An answer (${to})`, to)).state, to)
            if (to === "Resolved") break
          }
          for (const { email } of [ada, bob]) {
            const answers = (yield* mailsTo(email)).filter(({ kind }) => kind === "tickets.message")
            assert.strictEqual(answers.length, 3, email)
          }
          assert.deepStrictEqual(yield* readBy(bob, ticketId), [
            "An answer (Open)",
            "An answer (Waiting)",
            "An answer (Resolved)"
          ])
          assert.strictEqual(yield* tagOf(reply(agent, ticketId, "Once more")), "TicketStepNotPossible")
          assert.strictEqual((yield* Work.reopen({ ticketId }).pipe(as(agent.actor))).state, "Open")
        })
      )
    )

    it.effect(
      "TIC-09 a ticket is put on hold and taken off, resolved and reopened by staff, and what is not in the table is refused",
      () =>
        run(
          Effect.gen(function* () {
            const { agent, ticketId } = yield* world
            const now = as(agent.actor)
            assert.strictEqual(yield* tagOf(Work.hold({ ticketId }).pipe(now)), "TicketStepNotPossible")
            yield* Work.take({ ticketId }).pipe(now)
            assert.strictEqual((yield* Work.hold({ ticketId }).pipe(now)).state, "OnHold")
            assert.strictEqual((yield* Work.unhold({ ticketId }).pipe(now)).state, "Open")
            assert.strictEqual(yield* tagOf(Work.unhold({ ticketId }).pipe(now)), "TicketStepNotPossible")
            assert.strictEqual((yield* Work.resolve({ ticketId }).pipe(now)).state, "Resolved")
            assert.strictEqual(yield* tagOf(Work.resolve({ ticketId }).pipe(now)), "TicketStepNotPossible")
            assert.strictEqual((yield* Work.reopen({ ticketId }).pipe(now)).state, "Open")
          })
        )
    )

    it.effect(
      "TIC-11 a note is read by staff only: not in the portal, by no mail, no search, no count and no list's order",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, ticketId } = yield* world
            yield* joined(ada, ticketId, bob)
            const mails = (yield* mailsTo(ada.email)).length
            const before = yield* Tickets.get({ ticketId }).pipe(as(ada.actor))
            yield* TestClock.adjust("1 hour")
            yield* Work.note({ ticketId, text: "A difficult xylophone customer" }).pipe(as(agent.actor))
            yield* Work.change({ ticketId, tags: ["difficult"], priority: "urgent" }).pipe(as(agent.actor))
            assert.deepStrictEqual(yield* Tickets.get({ ticketId }).pipe(as(ada.actor)), before)
            assert.deepStrictEqual(yield* readBy(ada, ticketId), ["Nothing is heard."])
            assert.strictEqual((yield* mailsTo(ada.email)).length, mails)
            const found = yield* Tickets.mine({ search: "xylophone" }).pipe(as(ada.actor))
            assert.deepStrictEqual(found.items, [])
            const mine = yield* Desk.queue({ search: "xylo" }).pipe(as(agent.actor))
            assert.deepStrictEqual(
              mine.items.map(({ id }) => id),
              [ticketId]
            )
            assert.include(yield* textsForStaff(agent, ticketId), "internal: A difficult xylophone customer")
            const history = yield* Tickets.history({ ticketId }).pipe(as(ada.actor))
            assert.notInclude(JSON.stringify(history), "difficult")
            assert.notInclude(JSON.stringify(history), "urgent")
            assert.includeMembers(yield* changesFor(agent, ticketId), ["tags", "priority"])
          })
        )
    )

    it.effect(
      "TIC-10 priority, category, tags and the application's fields change, and a field takes only what its schema allows",
      () =>
        run(
          Effect.gen(function* () {
            const { agent, ticketId } = yield* world
            const change = (input: Omit<Parameters<typeof Work.change>[0], "ticketId">) =>
              Work.change({ ticketId, ...input }).pipe(as(agent.actor))
            yield* change({
              priority: "high",
              category: "Telephony",
              tags: ["vip", "fibre", "vip"],
              fields: { device: "router", count: 3 }
            })
            assert.deepInclude(yield* stored(ticketId), {
              priority: "high",
              category: "Telephony",
              tags: ["fibre", "vip"],
              fields: { count: 3, device: "router" }
            })
            for (const wrong of [{ device: "fridge" }, { count: "3" }, { colour: "red" }]) {
              assert.strictEqual(yield* tagOf(change({ priority: "low", fields: wrong })), "FieldNotPossible")
            }
            yield* change({ fields: { device: null } })
            assert.deepInclude(yield* stored(ticketId), { priority: "high", fields: { count: 3 } })
            assert.strictEqual(yield* tagOf(change({ tags: ["Upper"] })), "InvalidInput")
            const shown = yield* Desk.fields({}).pipe(as(agent.actor))
            assert.deepStrictEqual(
              shown.map(({ input, name }) => [name, input]),
              [
                ["device", "choice"],
                ["count", "number"]
              ]
            )
          }).pipe(Effect.provideService(TicketFields, fields))
        )
    )

    it.effect(
      "TIC-08 a typed customer number and a proven mail domain are suggestions, and staff say to which tenant a ticket belongs",
      () =>
        run(
          Effect.gen(function* () {
            const agent = yield* crew("agent", "agent")
            const ada = yield* customer("ada")
            const owner = yield* customer("owner")
            const other = yield* customer("other")
            const byNumber = yield* given.tenant(owner.account, { customerNumber: "KD-77", name: "Zahl GmbH" })
            const byDomain = yield* given.tenant(other.account, { customerNumber: "KD-78", name: "Domäne AG" })
            const domains = yield* DomainRepository
            const { ticketId } = yield* submitted(ada, { customerNumber: "kd 77" })
            assert.strictEqual((yield* stored(ticketId)).tenantId, null)
            const detail = yield* Desk.open({ ticketId }).pipe(as(agent.actor))
            assert.deepStrictEqual(
              detail.suggestions.map(({ because, tenantId }) => [because, tenantId]),
              [["customerNumber", byNumber.id]]
            )
            // of no use until the tenant has proven that the domain is its own
            const claimed: Domain = {
              id: yield* nextId(DomainId),
              tenantId: byDomain.id,
              domain: "example.com",
              token: "t",
              proof: null,
              checkAt: null,
              misses: 0,
              joining: "nobody",
              role: null,
              createdAt: yield* Instant.now
            }
            yield* domains.insert(claimed)
            const because = Effect.map(Desk.open({ ticketId }).pipe(as(agent.actor)), ({ suggestions }) =>
              suggestions.map((one) => `${one.because} ${one.name}`).sort()
            )
            assert.deepStrictEqual(yield* because, ["customerNumber Zahl GmbH"])
            yield* domains.save(proven(defaults, claimed, "dns", yield* Instant.now))
            assert.deepStrictEqual(yield* because, ["customerNumber Zahl GmbH", "mailDomain Domäne AG"])
            assert.strictEqual((yield* stored(ticketId)).tenantId, null)
            assert.deepStrictEqual(yield* readBy(owner, ticketId), [])
            yield* Work.assignTenant({ ticketId, tenantId: byNumber.id }).pipe(as(agent.actor))
            assert.deepStrictEqual(yield* readBy(owner, ticketId), ["Nothing is heard."])
            assert.deepStrictEqual(yield* readBy(other, ticketId), [])
            yield* Work.assignTenant({ ticketId, tenantId: null }).pipe(as(agent.actor))
            assert.deepStrictEqual(yield* readBy(owner, ticketId), [])
          })
        )
    )

    it.effect("TIC-09 spam is silent and out of sight, and only a supervisor takes that back", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, chief, ticketId } = yield* world
          assert.isTrue((yield* Work.markSpam({ ticketId }).pipe(as(agent.actor))).spam)
          assert.deepStrictEqual(yield* readBy(ada, ticketId), [])
          const mails = (yield* mailsTo(ada.email)).length
          yield* reply(agent, ticketId, "Stop it")
          assert.strictEqual((yield* mailsTo(ada.email)).length, mails)
          const inQueue = (spam: boolean) =>
            Effect.map(Desk.queue({ spam }).pipe(as(agent.actor)), ({ items }) => items.map(({ id }) => id))
          assert.deepStrictEqual([yield* inQueue(false), yield* inQueue(true)], [[], [ticketId]])
          assert.strictEqual(yield* tagOf(Work.unmarkSpam({ ticketId }).pipe(as(agent.actor))), "NotAllowed")
          assert.isFalse((yield* Work.unmarkSpam({ ticketId }).pipe(as(chief.actor))).spam)
          assert.notDeepEqual(yield* readBy(ada, ticketId), [])
        })
      )
    )

    it.effect("TIC-10 a ticket stands below another one, on one level, and only staff know", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, ticketId: parentId } = yield* world
          const child = (yield* submitted(ada, { subject: "Second" })).ticketId
          const third = (yield* submitted(ada, { subject: "Third" })).ticketId
          const put = (ticketId: TicketId, parentId: TicketId | null) =>
            tagOf(Work.setParent({ ticketId, parentId }).pipe(as(agent.actor)))
          assert.strictEqual(yield* put(child, parentId), "ok")
          assert.strictEqual(yield* put(parentId, third), "LinkNotPossible")
          assert.strictEqual(yield* put(third, child), "LinkNotPossible")
          assert.strictEqual(yield* put(third, third), "LinkNotPossible")
          const { related } = yield* Desk.open({ ticketId: parentId }).pipe(as(agent.actor))
          assert.deepStrictEqual(
            related.map(({ id, relation }) => [id, relation]),
            [[child, "child"]]
          )
          assert.notInclude(JSON.stringify(yield* Tickets.get({ ticketId: child }).pipe(as(ada.actor))), parentId)
          assert.strictEqual(yield* put(child, null), "ok")
          assert.strictEqual(yield* put(parentId, third), "ok")
        })
      )
    )

    it.effect("TIC-10 the queue is filtered by state, assignee, tenant, priority, category, tag and words", () =>
      run(
        Effect.gen(function* () {
          const { agent, ada, bob, ticketId } = yield* world
          const { id: tenantId } = yield* given.tenant(bob.account)
          const second = (yield* submitted(bob, { subject: "Invoice", tenantId })).ticketId
          yield* Work.take({ ticketId }).pipe(as(agent.actor))
          yield* Work.change({ ticketId, priority: "urgent", category: "Lines", tags: ["vip"] }).pipe(as(agent.actor))
          const ids = (choice: Parameters<typeof Desk.queue>[0]) =>
            Effect.map(Desk.queue(choice).pipe(as(agent.actor)), ({ items }) => items.map(({ id }) => id))
          assert.sameMembers(yield* ids({}), [ticketId, second])
          for (const choice of [
            { states: ["Open"] as const },
            { assignee: "me" as const },
            { assignee: agent.id },
            { assignee: "somebody" as const },
            { priorities: ["urgent"] as const },
            { category: "Lines" },
            { tag: "vip" },
            { search: "dial" },
            { search: "ada@" }
          ]) {
            assert.deepStrictEqual(yield* ids(choice), [ticketId], JSON.stringify(choice))
          }
          for (const choice of [{ assignee: "nobody" as const }, { tenantId }, { states: ["New"] as const }]) {
            assert.deepStrictEqual(yield* ids(choice), [second], JSON.stringify(choice))
          }
          const { items } = yield* Desk.queue({ assignee: "me" }).pipe(as(agent.actor))
          assert.deepInclude(items[0], { assigneeName: "Ada Lovelace", contactEmail: ada.email })
        })
      )
    )

    it.effect("TIC-10 a canned answer fills in its places once, and knows no others", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, chief, number } = yield* world
          const { ticketId } = yield* submitted(ada, { subject: "About {agentName}" })
          const save = (text: string) => Library.saveAnswer({ name: "Hello", text }).pipe(as(agent.actor))
          assert.strictEqual(yield* tagOf(save("Dear {contactname}")), "InvalidInput")
          const { id } = yield* save("Dear {contactName}, about “{subject}”: {agentName}")
          const { text } = yield* Library.renderAnswer({ id, ticketId }).pipe(as(chief.actor))
          assert.strictEqual(text, "Dear Ada Lovelace, about “About {agentName}”: Ada Lovelace")
          assert.notStrictEqual(number, "")
          const list = yield* Library.answers({ search: "hel" }).pipe(as(chief.actor))
          assert.strictEqual(list.items.length, 1)
          const colleague = yield* crew("colleague", "agent")
          assert.strictEqual(yield* tagOf(Library.removeAnswer({ id }).pipe(as(colleague.actor))), "NotAllowed")
          assert.strictEqual(yield* tagOf(Library.removeAnswer({ id }).pipe(as(chief.actor))), "ok")
        })
      )
    )

    it.effect("LIM-01 searching the queue is counted as all searches of staff are, and looking at it is not", () =>
      Effect.gen(function* () {
        const { agent, chief } = yield* world
        const sought = (who: typeof agent) => tagOf(Desk.queue({ search: "dial" }).pipe(as(who.actor)))
        assert.deepStrictEqual([yield* sought(agent), yield* sought(agent)], ["ok", "ok"])
        assert.strictEqual(yield* sought(agent), "TooManyAttempts")
        assert.strictEqual(yield* tagOf(Desk.queue({}).pipe(as(agent.actor))), "ok")
        assert.strictEqual(yield* sought(chief), "ok")
      }).pipe(
        Effect.provide(
          Layer.provideMerge(withKernel({ limits: { searchPerAccount: { max: 2, window: "1 minute" } } }), storage)
        )
      )
    )

    it.effect(
      "R-TI-03 TIC-10 canned answers and macros bring no words of a stranger's form to an address that nobody has shown to hold",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, ticketId } = yield* world
            const stranger = "victim@example.org"
            const words = { fullName: "Visit evil.example", companyName: "Evil & Sons", subject: "You have won" }
            const { number } = yield* Tickets.submit({
              email: stranger,
              description: "Nothing",
              consents: [{ kind: "privacy", version: "1" }],
              ...words
            }).pipe(anonymously)
            const tickets = yield* TicketRepository
            const theirs = Option.getOrThrow(yield* tickets.findByNumber(number))
            const text = "Dear {contactName} {companyName}, about {subject} ({number}): {agentName}"
            const macro = yield* Library.saveMacro({
              name: "Thanks",
              steps: [
                { _tag: "Reply", text, to: "Open" },
                { _tag: "Note", text }
              ]
            }).pipe(as(agent.actor))
            const canned = yield* Library.saveAnswer({ name: "Thanks", text }).pipe(as(agent.actor))
            const rendered = (ticketId: TicketId) =>
              Effect.map(Library.renderAnswer({ id: canned.id, ticketId }).pipe(as(agent.actor)), ({ text }) => text)
            const plain = (number: string) => `Dear, about ${number} (${number}): Ada Lovelace`
            yield* Library.runMacro({ id: macro.id, ticketId: theirs.id }).pipe(as(agent.actor))
            assert.strictEqual(yield* rendered(theirs.id), plain(number))
            const sent = JSON.stringify(yield* mailsTo(stranger))
            assert.include(sent, plain(number))
            for (const word of Object.values(words)) assert.notInclude(sent, word)
            // among themselves staff write what they like
            const notes = yield* textsForStaff(agent, theirs.id)
            assert.include(notes.at(-1) ?? "", "internal: Dear Visit evil.example Evil & Sons, about You have won")
            // who has an account is greeted by name, until somebody reads along whom nobody knows
            assert.include(yield* rendered(ticketId), "Dear Ada Lovelace")
            const { number: own } = yield* stored(ticketId)
            yield* Participants.addParticipants({ ticketId, people: [{ email: stranger }] }).pipe(as(ada.actor))
            assert.strictEqual(yield* rendered(ticketId), plain(own))
          })
        )
    )

    it.effect(
      "TIC-10 a macro does all of its steps in one commit, or none, and others' macros are removed by supervisors",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, chief, ticketId } = yield* world
            const colleague = yield* crew("colleague", "agent")
            const macro = yield* Library.saveMacro({
              name: "Thanks",
              steps: [
                { _tag: "Take" },
                { _tag: "Priority", priority: "low" },
                { _tag: "AddTags", tags: ["done"] },
                { _tag: "Note", text: "By macro" },
                { _tag: "Reply", text: "Dear {contactName}", to: "Resolved" }
              ]
            }).pipe(as(agent.actor))
            const done = yield* Library.runMacro({ id: macro.id, ticketId }).pipe(as(colleague.actor))
            assert.deepInclude(done, { state: "Resolved", assigneeId: colleague.id })
            assert.deepInclude(yield* stored(ticketId), { priority: "low", tags: ["done"] })
            assert.deepStrictEqual(yield* readBy(ada, ticketId), ["Nothing is heard.", "Dear Ada Lovelace"])
            // the last step is not possible any more, so the others are not done either
            yield* Work.change({ ticketId, tags: [], priority: "high" }).pipe(as(agent.actor))
            const before = yield* stored(ticketId)
            const failed = yield* tagOf(Library.runMacro({ id: macro.id, ticketId }).pipe(as(agent.actor)))
            assert.strictEqual(failed, "TicketStepNotPossible")
            assert.deepStrictEqual(yield* stored(ticketId), before)
            const remove = (who: typeof agent) => tagOf(Library.removeMacro({ id: macro.id }).pipe(as(who.actor)))
            assert.deepStrictEqual(
              [yield* remove(colleague), yield* remove(chief), yield* remove(chief)],
              ["NotAllowed", "ok", "NotFound"]
            )
            const gone = MacroId.make(macro.id)
            assert.strictEqual(yield* tagOf(Library.runMacro({ id: gone, ticketId }).pipe(as(agent.actor))), "NotFound")
          })
        )
    )

    it.effect("TIC-10 a view of the queue is its owner's until it is shared", () =>
      run(
        Effect.gen(function* () {
          const { agent, chief } = yield* world
          const choice = { states: ["New" as const], assignee: "me" as const }
          const view = yield* Library.saveView({ name: "Mine", choice, shared: false }).pipe(as(agent.actor))
          const seen = Effect.map(Library.views({}).pipe(as(chief.actor)), ({ items }) => items.length)
          assert.strictEqual(yield* seen, 0)
          assert.strictEqual(yield* tagOf(Library.removeView({ id: view.id }).pipe(as(chief.actor))), "NotFound")
          yield* Library.saveView({ id: view.id, name: "Ours", choice, shared: true }).pipe(as(agent.actor))
          assert.strictEqual(yield* seen, 1)
          const { items } = yield* Library.views({}).pipe(as(agent.actor))
          assert.deepInclude(items[0], { name: "Ours", choice, version: 1 })
        })
      )
    )

    it.effect("TIC-12 warnings and breaches are events, each recorded once however often the job runs", () =>
      run(
        Effect.gen(function* () {
          const agent = yield* crew("agent", "agent")
          const ada = yield* customer("ada")
          yield* TestClock.setTime(Date.parse("2026-06-08T07:00:00Z"))
          const { ticketId } = yield* submitted({ actor: { ...ada.actor, authenticatedAt: ada.actor.authenticatedAt } })
          const { ticketId: quiet } = yield* submitted(ada)
          yield* reply(agent, quiet, "An answer at once")
          yield* reviewClocks.run
          assert.notIncludeMembers(yield* changesFor(agent, ticketId), ["clockWarned"])
          const activity = Effect.map(Desk.open({ ticketId }).pipe(as(agent.actor)), ({ activityAt }) => activityAt)
          const before = yield* activity
          // nine hours of business are promised for the first answer
          yield* TestClock.setTime(Date.parse("2026-06-08T14:00:00Z"))
          yield* Effect.all([reviewClocks.run, reviewClocks.run])
          yield* TestClock.setTime(Date.parse("2026-06-09T08:00:00Z"))
          for (let i = 0; i < 3; i++) yield* reviewClocks.run
          const happened = (yield* changesFor(agent, ticketId)).filter((what) => what.startsWith("clock"))
          assert.deepStrictEqual(happened, ["clockWarned", "clockBreached"])
          assert.notInclude(yield* changesFor(agent, quiet), "clockWarned")
          assert.strictEqual(yield* activity, before, "a clock is nobody's activity")
          const events = yield* EventRepository
          const all = yield* events.unsealed(500)
          const types = all.map(({ type }) => type).filter((type) => type.startsWith("ticket.clock"))
          assert.deepStrictEqual(types.sort(), ["ticket.clockBreached", "ticket.clockWarned"])
          const detail = yield* Desk.open({ ticketId }).pipe(as(agent.actor))
          assert.isNumber(detail.clocks.find(({ clock }) => clock === "firstAnswer")?.breachedAt)
          assert.notInclude(JSON.stringify(yield* Tickets.history({ ticketId }).pipe(as(ada.actor))), "clock")
          assert.deepStrictEqual(yield* Work.reviewClocks({ ticketId }).pipe(job), [])
        })
      )
    )

    it.effect(
      "TIC-12 G-13 a ticket whose clocks cannot be looked at does not keep the others waiting, and stays due",
      () =>
        run(
          Effect.gen(function* () {
            const agent = yield* crew("agent", "agent")
            const ada = yield* customer("ada")
            const { ticketId: bad } = yield* submitted(ada)
            const { ticketId: good } = yield* submitted(ada)
            yield* TestClock.adjust("60 days")
            const tickets = yield* TicketRepository
            const broken = TicketRepository.of({
              ...tickets,
              openForUpdate: (id) =>
                id === bad
                  ? Effect.fail(new PersistenceError({ operation: "ticket.openForUpdate", reason: "corrupt" }))
                  : tickets.openForUpdate(id)
            })
            yield* reviewClocks.run.pipe(Effect.provideService(TicketRepository, broken))
            assert.notInclude(yield* changesFor(agent, bad), "clockBreached")
            assert.include(yield* changesFor(agent, good), "clockBreached")
            yield* reviewClocks.run
            assert.include(yield* changesFor(agent, bad), "clockBreached")
          })
        )
    )

    it.effect("TIC-09 staff open a ticket for somebody, who is told its number and none of the words", () =>
      run(
        Effect.gen(function* () {
          const agent = yield* crew("agent", "agent")
          const { id, state } = yield* Work.submitFor({
            email: "caller@example.com",
            name: "Carla Caller",
            subject: "A call",
            text: "She has called"
          }).pipe(as(agent.actor))
          assert.strictEqual(state, "New")
          const mails = yield* mailsTo("caller@example.com")
          assert.deepStrictEqual(
            mails.map(({ kind }) => kind),
            ["tickets.received"]
          )
          assert.notInclude(JSON.stringify(mails[0]?.values), "called")
          assert.deepStrictEqual(yield* textsForStaff(agent, id), ["public: She has called"])
          const tickets = yield* TicketRepository
          const opened = Option.getOrThrow(yield* tickets.open(id))
          assert.deepStrictEqual(
            opened.participants.map(({ email, provenAt, role }) => `${email} ${role} ${provenAt}`),
            ["caller@example.com contact null"]
          )
          assert.strictEqual(opened.ticket.clocks.firstAnswer?.doneAt, null)
        })
      )
    )

    it.effect("TIC-07 staff add and remove people, all at once for portal and mail, and the contact stays", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, bob, ticketId } = yield* world
          const people = [{ email: bob.email }]
          yield* Work.addParticipants({ ticketId, people, history: "all" }).pipe(as(agent.actor))
          assert.deepStrictEqual(yield* readBy(bob, ticketId), ["Nothing is heard."])
          const { participants } = yield* Desk.open({ ticketId }).pipe(as(agent.actor))
          const remove = (email: string) => {
            const participant = participants.find((one) => one.email === email)
            return participant === undefined
              ? Effect.succeed("nobody")
              : tagOf(Work.removeParticipant({ ticketId, participantId: participant.id }).pipe(as(agent.actor)))
          }
          assert.strictEqual(yield* remove(bob.email), "ok")
          assert.deepStrictEqual(yield* readBy(bob, ticketId), [])
          assert.strictEqual(yield* remove(ada.email), "ContactStays")
        })
      )
    )
  })
})
