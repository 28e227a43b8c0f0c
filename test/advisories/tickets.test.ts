import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { DeputyId, DomainId, nextId, TenantId, type TicketId } from "../../src/kernel/ids.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { DeputyRepository } from "../../src/requests/DeputyRepository.ts"
import { type Domain, proven } from "../../src/tenants/Domain.ts"
import { DomainRepository } from "../../src/tenants/DomainRepository.ts"
import { Desk, Library, Work } from "../../src/tickets/desk/index.ts"
import { type TicketField, TicketFields } from "../../src/tickets/desk/TicketFields.ts"
import { Claims, Files, HeldMails, Participants, Tickets } from "../../src/tickets/index.ts"
import { Scanner } from "../../src/tickets/Scanner.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { useCases } from "../../src/useCases.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, withKernel } from "../support/portal.ts"
import { eventsOf } from "../tenants/world.ts"
import { crew } from "../tickets/desk/world.ts"
import { aForm, scanAll, uploadedBy, uploadedWith } from "../tickets/filesWorld.ts"
import { feed, portal, replyAddress, sent, written } from "../tickets/inboundWorld.ts"
import {
  answer,
  byNumber,
  closed,
  eventsAbout,
  get,
  historyFor,
  marked,
  numbersFor,
  own,
  type Person,
  person,
  staffWrites,
  stored,
  submitted,
  textsFor,
  wording
} from "../tickets/world.ts"
import { calling, clean, mailedTo, ofTickets, tagOf } from "./world.ts"

const add = ({ actor }: Person, ticketId: TicketId, email: string, history?: "all" | "none") =>
  Participants.addParticipants({
    ticketId,
    people: [{ email }],
    ...(history === undefined ? {} : { history })
  }).pipe(as(actor))

const remove = Effect.fnUntraced(function* ({ actor }: Person, ticketId: TicketId, email: string) {
  const whom = (yield* stored(ticketId)).participants.find((one) => one.email === email)
  yield* Participants.removeParticipant({ ticketId, participantId: whom?.id ?? "" }).pipe(as(actor))
})

const named = (name: string) => {
  const found = useCases.find((useCase) => useCase.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

const ofTenant = ({ actor }: Person, tenantId: TenantId) =>
  Effect.match(Tickets.ofTenant({ tenantId, limit: 100 }).pipe(as(actor)), {
    onFailure: (error): string => error._tag,
    onSuccess: ({ items }) =>
      items
        .map(({ number }) => number)
        .sort()
        .join(" ")
  })

describe("who sees a ticket", () => {
  it.effect(
    "CVE-2023-31597 CVE-2020-14214 R-TI-02 an address that nobody has proven leads into no account and no organisation",
    () =>
      Effect.gen(function* () {
        const domains = yield* DomainRepository
        const owner = yield* person("owner")
        const bob = yield* person("bob")
        const tenant = yield* given.tenant(owner.account, { customerNumber: "KD-7" })
        yield* given.member(tenant.id, bob.account, ["member"])
        const now = yield* Instant.now
        const claimed: Domain = {
          id: yield* nextId(DomainId),
          tenantId: tenant.id,
          domain: "example.com",
          token: "t",
          proof: null,
          checkAt: null,
          misses: 0,
          joining: "nobody",
          role: null,
          createdAt: now
        }
        yield* domains.insert(claimed)
        yield* domains.save(proven(defaults, claimed, "dns", now))
        // anybody can write an address and a number, into a form as into a mail
        const byForm = yield* byNumber((yield* submitted("bob@example.com", { customerNumber: "KD-7" })).number)
        const end = yield* feed(written("bob@example.com", "I am Bob of KD-7"), { authentication: "pass" })
        if (end.ticketId === null) return assert.fail("no ticket")
        for (const id of [byForm.id, end.ticketId]) {
          const { participants, ticket } = yield* stored(id)
          assert.isNull(ticket.tenantId)
          assert.deepInclude(participants[0], { email: bob.account.email, accountId: null, provenAt: null })
          for (const who of [owner, bob]) {
            assert.strictEqual(yield* tagOf(get(who, id)), "NotFound")
            assert.deepStrictEqual(yield* numbersFor(who), [])
          }
        }
        assert.strictEqual(yield* ofTenant(owner, tenant.id), "")
        // nobody else takes it into an account, whoever asks
        assert.strictEqual(yield* tagOf(Claims.claim({ ticketIds: [byForm.id] }).pipe(as(owner.actor))), "NotFound")
      }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2026-34722 of tickets that are linked each is shown to who reads it, and to nobody else", () =>
    Effect.gen(function* () {
      const agent = yield* crew("agent", "agent")
      const ada = yield* person("ada")
      const bob = yield* person("bob")
      const eve = yield* person("eve")
      const first = (yield* own(ada, { subject: "A walrus" })).ticketId
      yield* add(ada, first, "bob@example.com", "all")
      const parent = (yield* own(eve, { subject: "A pangolin" })).ticketId
      yield* Work.setParent({ ticketId: first, parentId: parent }).pipe(as(agent.actor))
      yield* closed(first)
      const next = yield* answer(ada, first, "It is back")
      assert.notStrictEqual(next.ticketId, first)
      yield* remove(ada, next.ticketId, "bob@example.com")
      yield* Work.setParent({ ticketId: next.ticketId, parentId: parent }).pipe(as(agent.actor))
      // whose both are sees the one beside the other
      assert.deepStrictEqual(
        (yield* get(ada, first)).followUps.map(({ id }) => id),
        [next.ticketId]
      )
      assert.strictEqual((yield* get(ada, next.ticketId)).follows?.id, first)
      // who takes part in one of them only learns nothing of the other, and of what staff have linked nobody does
      assert.deepStrictEqual((yield* get(bob, first)).followUps, [])
      assert.notInclude(JSON.stringify(yield* get(bob, first)), next.ticketId)
      assert.strictEqual(yield* tagOf(get(bob, next.ticketId)), "NotFound")
      for (const [who, id] of [
        [ada, first],
        [ada, next.ticketId],
        [eve, parent]
      ] as const) {
        const shown = JSON.stringify([
          yield* get(who, id),
          yield* Tickets.messages({ ticketId: id }).pipe(as(who.actor)),
          yield* Tickets.history({ ticketId: id }).pipe(as(who.actor))
        ])
        for (const foreign of who === eve ? [first, next.ticketId, "walrus"] : [parent, "pangolin"]) {
          assert.notInclude(shown, foreign)
        }
      }
      // merged: what was written in the one is shown in the other only to who could read it there
      yield* marked(next.ticketId, { mergedInto: parent })
      assert.deepStrictEqual(yield* textsFor(eve, parent), [wording.description])
      assert.isNull((yield* get(ada, next.ticketId)).mergedInto)
    }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "CVE-2026-84460 tags, fields and priority are read by no customer, found by none, and no id is the next one",
    () =>
      Effect.gen(function* () {
        const agent = yield* crew("agent", "agent")
        const ada = yield* person("ada")
        const tenant = yield* given.tenant(ada.account)
        const { number, ticketId } = yield* own(ada, { tenantId: tenant.id })
        const tagged = Work.change({
          ticketId,
          tags: ["walrus"],
          fields: { mood: "pangolin" },
          priority: "urgent"
        }).pipe(as(agent.actor))
        yield* tagged.pipe(
          Effect.provideService(TicketFields, [
            { name: "mood", label: { de: "Laune", en: "Mood" }, schema: Schema.String, input: "line" }
          ])
        )
        const seen = JSON.stringify([
          yield* get(ada, ticketId),
          yield* Tickets.messages({ ticketId }).pipe(as(ada.actor)),
          yield* Tickets.history({ ticketId }).pipe(as(ada.actor)),
          yield* Tickets.mine({}).pipe(as(ada.actor)),
          yield* Tickets.ofTenant({ tenantId: tenant.id }).pipe(as(ada.actor)),
          yield* mailedTo("ada@example.com")
        ])
        for (const secret of ["walrus", "pangolin", "mood", "urgent", "tags"]) assert.notInclude(seen, secret)
        for (const word of ["walrus", "pangolin", "urgent"]) assert.deepStrictEqual(yield* numbersFor(ada, word), [])
        const staffs = yield* Desk.queue({ tag: "walrus" }).pipe(as(agent.actor))
        assert.deepStrictEqual(
          staffs.items.map((item) => item.number),
          [number]
        )
        // not one after the other
        const ids: Array<string> = []
        for (let n = 0; n < 3; n++) ids.push((yield* own(ada)).ticketId)
        for (const id of ids) assert.match(id, /^[0-9a-f-]{14}7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        assert.strictEqual(new Set(ids.map((id) => id.slice(-12))).size, 3)
      }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2026-63204 what staff run and keep is for staff alone, and a colleague's own view for that one", () =>
    Effect.gen(function* () {
      const agent = yield* crew("agent", "agent")
      const other = yield* crew("other", "agent")
      const ada = yield* person("ada")
      const { ticketId } = yield* own(ada)
      const steps = [{ _tag: "Note" as const, text: "A walrus" }, { _tag: "Resolve" as const }]
      const macro = yield* Library.saveMacro({ name: "Done", steps }).pipe(as(agent.actor))
      const view = yield* Library.saveView({ name: "Mine", choice: { search: "walrus" }, shared: false }).pipe(
        as(agent.actor)
      )
      const before = yield* stored(ticketId)
      for (const actor of [ada.actor, Actor.anonymous, Actor.job("test")]) {
        const expected = actor._tag === "Anonymous" ? "SignInRequired" : "NotAllowed"
        for (const [name, input] of [
          ["desk.runMacro", { id: macro.id, ticketId }],
          ["desk.macros", {}],
          ["desk.views", {}],
          ["desk.history", { ticketId }],
          ["desk.messages", { ticketId }],
          ["desk.open", { ticketId }]
        ] as const) {
          assert.strictEqual(yield* tagOf(calling(named(name), actor, input)), expected, name)
        }
      }
      assert.deepStrictEqual(yield* stored(ticketId), before)
      const views = yield* Library.views({}).pipe(as(other.actor))
      assert.deepStrictEqual(views.items, [])
      const taken = Library.saveView({ id: view.id, name: "Taken", choice: {}, shared: true }).pipe(as(other.actor))
      assert.strictEqual(yield* tagOf(taken), "NotFound")
      assert.strictEqual(yield* tagOf(Library.removeView({ id: view.id }).pipe(as(other.actor))), "NotFound")
      yield* Library.runMacro({ id: macro.id, ticketId }).pipe(as(agent.actor))
      assert.deepStrictEqual(yield* textsFor(ada, ticketId), [wording.description])
    }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2025-32360 R-TI-07 what is not sent, or among staff only, is read by nobody else", () =>
    Effect.gen(function* () {
      const agent = yield* crew("agent", "agent")
      const ada = yield* person("ada")
      const bob = yield* person("bob")
      const tenant = yield* given.tenant(ada.account)
      const { ticketId } = yield* own(ada, { tenantId: tenant.id })
      yield* add(ada, ticketId, "bob@example.com", "all")
      const draft = yield* uploadedBy(ada, "draft.pdf")
      const psst = yield* uploadedBy({ actor: agent.actor as never }, "psst.pdf") // staff upload in the same way
      yield* Work.note({ ticketId, text: "A walrus", files: [psst.id] }).pipe(as(agent.actor))
      yield* scanAll
      // a mail that waits for a decision is nobody's message
      const recipient = yield* replyAddress(ticketId, "ada@example.com")
      const held = yield* feed(written("eve@evil.example", "A pangolin"), { recipient })
      assert.strictEqual(held.outcome, "Held")
      for (const who of [ada, bob]) {
        for (const { id } of [draft, psst]) {
          assert.strictEqual(yield* tagOf(Files.download({ fileId: id }).pipe(as(who.actor))), "NotFound")
        }
        assert.deepStrictEqual(yield* textsFor(who, ticketId), [wording.description])
        for (const word of ["walrus", "pangolin"]) assert.deepStrictEqual(yield* numbersFor(who, word), [])
        const { items } = yield* Tickets.messages({ ticketId }).pipe(as(who.actor))
        assert.deepStrictEqual(
          items.flatMap(({ files }) => files),
          []
        )
        assert.strictEqual(yield* tagOf(calling(HeldMails.list, who.actor, {})), "NotAllowed")
        assert.strictEqual(yield* tagOf(calling(HeldMails.source, who.actor, { id: held.id })), "NotAllowed")
      }
      assert.strictEqual(yield* tagOf(Files.download({ fileId: draft.id }).pipe(as(agent.actor))), "NotFound")
      assert.strictEqual(yield* tagOf(Files.download({ fileId: psst.id }).pipe(as(agent.actor))), "done")
      const log = (yield* eventsOf(tenant.id)).map(({ type }) => type)
      assert.include(log, "ticket.messageAdded")
      assert.notInclude(log, "ticket.noted")
      const out = (yield* mailedTo("ada@example.com")).join() + (yield* mailedTo("bob@example.com")).join()
      for (const word of ["walrus", "pangolin"]) assert.notInclude(out, word)
    }).pipe(Effect.provideService(Scanner, clean), Effect.provide(portal()))
  )

  it.effect(
    "CVE-2021-44886 R-TI-13 who stands in for somebody gets nothing of tickets, neither to read nor by mail",
    () =>
      Effect.gen(function* () {
        const deputies = yield* DeputyRepository
        const ada = yield* person("ada")
        const dan = yield* person("dan")
        const tenant = yield* given.tenant(ada.account)
        yield* given.member(tenant.id, dan.account, ["member"])
        const now = yield* Instant.now
        yield* deputies.insert({
          id: yield* nextId(DeputyId),
          principalId: ada.account.id,
          deputyId: dan.account.id,
          tenantId: tenant.id,
          from: now,
          until: Instant.plus(now, "30 days"),
          createdAt: now
        })
        const file = yield* uploadedBy(ada)
        const { ticketId } = yield* own(ada, { tenantId: tenant.id, files: [file.id] })
        yield* scanAll
        yield* staffWrites(ticketId, "A walrus")
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* tagOf(get(dan, ticketId)), "NotFound")
        assert.strictEqual(yield* tagOf(textsFor(dan, ticketId)), "NotFound")
        assert.strictEqual(yield* tagOf(answer(dan, ticketId, "In Ada's place")), "NotFound")
        assert.strictEqual(yield* tagOf(Files.download({ fileId: file.id }).pipe(as(dan.actor))), "NotFound")
        assert.strictEqual(yield* ofTenant(dan, tenant.id), "NotAllowed")
        assert.deepStrictEqual(yield* numbersFor(dan), [])
        assert.isNotEmpty(yield* mailedTo("ada@example.com"))
        assert.deepStrictEqual(yield* mailedTo("dan@example.com"), [])
        // nor does staff who act as the customer
        const staff: Actor.Actor = {
          _tag: "StaffActingFor",
          staff: { ...dan.actor, _tag: "Staff", roles: ["supervisor"] },
          accountId: ada.account.id,
          reason: "a call",
          until: Instant.plus(yield* Instant.now, "1 hour")
        }
        for (const useCase of ofTickets) {
          const input = { ticketId, tenantId: tenant.id, fileId: file.id }
          assert.strictEqual(yield* tagOf(calling(useCase, staff, input)), "NotAllowed", useCase.name)
        }
      }).pipe(Effect.provideService(Scanner, clean), Effect.provide(portal()))
  )
})

describe("what a caller can change", () => {
  it.effect("CVE-2022-48023 customers set neither tags nor priority nor who works on a ticket", () =>
    Effect.gen(function* () {
      const ada = yield* person("ada")
      const { ticketId } = yield* own(ada)
      const staffs: Readonly<Record<string, unknown>> = {
        tags: ["vip"],
        priority: "urgent",
        fields: { mood: "x" },
        assigneeId: ada.account.id,
        spam: false,
        state: "Closed",
        parentId: ticketId,
        clocks: {}
      }
      const before = yield* stored(ticketId)
      const inputs: ReadonlyArray<readonly [string, Actor.Actor, object]> = [
        ["tickets.submit", Actor.anonymous, { email: "a@example.com", fullName: "A", companyName: "B", ...wording }],
        ["tickets.submitOwn", ada.actor, wording],
        ["tickets.change", ada.actor, { ticketId, subject: "Other" }],
        ["tickets.answer", ada.actor, { ticketId, text: "Hello" }]
      ]
      for (const [name, actor, input] of inputs) {
        for (const [field, value] of Object.entries(staffs)) {
          const refused = yield* Effect.flip(calling(named(name), actor, { ...input, [field]: value }))
          assert.deepInclude(
            JSON.parse(JSON.stringify(refused)),
            { _tag: "InvalidInput", issues: [{ path: [field], code: "unknown" }] },
            `${name} ${field}`
          )
        }
      }
      for (const tags of [["vip"], []]) {
        assert.strictEqual(yield* tagOf(calling(named("desk.change"), ada.actor, { ticketId, tags })), "NotAllowed")
      }
      assert.deepStrictEqual(yield* stored(ticketId), before)
    }).pipe(Effect.provide(portal()))
  )

  it.effect(
    "CVE-2020-29160 R-TI-08 what was written stays, and each change leaves a line in the history and an event",
    () =>
      Effect.gen(function* () {
        const tickets = yield* TicketRepository
        const events = yield* EventRepository
        const agent = yield* crew("agent", "agent")
        const ada = yield* person("ada")
        const { ticketId } = yield* own(ada)
        yield* add(ada, ticketId, "bob@example.com")
        const messages = tickets.messages(ticketId, { publicAfter: null }, { after: Option.none(), limit: 100 })
        const [first] = yield* messages
        if (first === undefined) return assert.fail("no message")
        // nobody names a message to be changed: only to be copied into another ticket, and only staff
        for (const { input, name } of ofTickets) {
          const fields = JSON.stringify(Object.keys((input as unknown as { readonly fields?: object }).fields ?? {}))
          assert.notMatch(fields, /"messageId"|"seq"|"authorName"|"createdAt"/, name)
        }
        // and the store takes no second one in the place of the first
        yield* Effect.flip(tickets.appendMessages([{ ...first, text: "Never said" }]))
        assert.deepStrictEqual(yield* messages, [first])
        const logged = Effect.map(events.unsealed(1000), (all) => all.map(({ type }) => type))
        const changes = Effect.map(tickets.changes(ticketId, null, { after: Option.none(), limit: 100 }), (all) =>
          all.map(({ what }) => what)
        )
        const leaves = Effect.fnUntraced(function* <A, E, R>(
          call: Effect.Effect<A, E, R>,
          line: string | null,
          event: string
        ) {
          const [lines, logs] = [yield* changes, yield* logged]
          yield* call
          const [then, after] = [yield* changes, yield* logged]
          if (line !== null) assert.include(then.slice(0, then.length - lines.length), line)
          const added = [...after]
          for (const one of logs) added.splice(added.indexOf(one), 1)
          assert.include(added, event)
        })
        yield* leaves(
          Tickets.change({ ticketId, subject: "Another matter" }).pipe(as(ada.actor)),
          "changed",
          "ticket.changed"
        )
        yield* leaves(answer(ada, ticketId, "More of it"), null, "ticket.messageAdded")
        yield* leaves(Work.note({ ticketId, text: "Hm" }).pipe(as(agent.actor)), null, "ticket.noted")
        yield* leaves(Work.change({ ticketId, tags: ["x"] }).pipe(as(agent.actor)), "tags", "ticket.tags")
        yield* leaves(Work.change({ ticketId, priority: "high" }).pipe(as(agent.actor)), "priority", "ticket.priority")
        yield* leaves(Work.take({ ticketId }).pipe(as(agent.actor)), "assigned", "ticket.assigned")
        yield* leaves(Tickets.close({ ticketId }).pipe(as(ada.actor)), "state", "ticket.stateChanged")
        yield* leaves(remove(ada, ticketId, "bob@example.com"), "participantRemoved", "ticket.participantRemoved")
        assert.isAtLeast((yield* eventsAbout(ticketId)).length, 9)
      }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2026-72719 no command takes an owner from its input, and a foreign tenant's id opens nothing", () =>
    Effect.gen(function* () {
      const ada = yield* person("ada")
      const agent = yield* crew("agent", "agent")
      const eve = yield* person("eve")
      const mine = yield* given.tenant(ada.account)
      const foreign = yield* given.tenant(eve.account)
      const { ticketId } = yield* own(ada, { tenantId: mine.id })
      const before = yield* stored(ticketId)
      const owners = [
        "account_id",
        "accountId",
        "tenant_id",
        "tenantId",
        "ownerId",
        "owner",
        "contactId",
        "contactEmail",
        "actor",
        "createdAt",
        "id"
      ]
      // who of them takes such a field, and why it can give nothing away
      const meant: Readonly<Record<string, ReadonlyArray<string>>> = {
        // must be the caller's own, below
        "tickets.submitOwn": ["tenantId"],
        "tickets.ofTenant": ["tenantId"],
        // a job alone, and tickets follow to nobody but that account itself
        "tickets.followAccount": ["accountId"],
        // staff say whose a ticket is
        "desk.assign": ["accountId"],
        "desk.assignTenant": ["tenantId"],
        "desk.queue": ["tenantId"],
        "desk.submitFor": ["tenantId"],
        "desk.previewSplit": ["contactId"],
        "desk.split": ["contactId"]
      }
      const actors: Readonly<Record<string, Actor.Actor>> = {
        Anonymous: Actor.anonymous,
        Account: ada.actor,
        Staff: agent.actor,
        Job: Actor.job("test")
      }
      assert.isAtLeast(ofTickets.length, 60)
      for (const useCase of ofTickets) {
        const { actors: kinds, name } = useCase
        const actor = actors[kinds.find((kind) => kind in actors) ?? ""]
        if (actor === undefined) return assert.fail(name)
        const given = Object.fromEntries(owners.map((field) => [field, foreign.id]))
        const refused = yield* Effect.flip(calling(useCase, actor, { ticketId, ...given }))
        const { issues = [] } = JSON.parse(JSON.stringify(refused)) as {
          readonly issues?: ReadonlyArray<{ readonly path: ReadonlyArray<string>; readonly code: string }>
        }
        const unknown = issues.filter(({ code, path }) => code === "unknown" && path.length === 1)
        const taken = owners.filter((field) => !unknown.some(({ path }) => path[0] === field))
        const expected = [...(meant[name] ?? [])]
        // what is named by its own id: a thing of the desk or a held mail, of staff alone
        if (taken.includes("id")) {
          assert.deepStrictEqual(kinds, ["Staff"], name)
          expected.push("id")
        }
        assert.deepStrictEqual(taken, expected, name)
      }
      assert.strictEqual(yield* tagOf(own(ada, { tenantId: foreign.id })), "NotFound")
      assert.strictEqual(yield* ofTenant(ada, foreign.id), "NotFound")
      // not even staff give a ticket to a tenant that is not there
      const nobodys = yield* nextId(TenantId)
      const moved = Work.assignTenant({ ticketId, tenantId: nobodys }).pipe(as(agent.actor))
      assert.strictEqual(yield* tagOf(moved), "NotFound")
      // what is the caller's to name belongs to this very ticket
      const others = (yield* stored((yield* own(eve)).ticketId)).participants[0]
      for (const name of ["tickets.removeParticipant", "desk.removeParticipant"]) {
        const by = name.startsWith("desk.") ? agent.actor : ada.actor
        const call = calling(named(name), by, { ticketId, participantId: others?.id })
        assert.strictEqual(yield* tagOf(call), "NotFound", name)
      }
      const form = yield* aForm
      const loose = yield* uploadedWith(form)
      assert.strictEqual(
        yield* tagOf(Tickets.answer({ ticketId, text: "x", files: [loose.id] }).pipe(as(ada.actor))),
        "NotFound"
      )
      assert.deepStrictEqual(yield* stored(ticketId), before)
    }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2026-32887 R-TE-11 of callers who read at the same time each gets their own", () =>
    Effect.gen(function* () {
      const people = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, index) => `person${index}`),
        Effect.fnUntraced(function* (name: string) {
          const who = yield* person(name)
          const { number, ticketId } = yield* own(who, { description: `Only for ${name}` })
          return { name, who, number, ticketId }
        })
      )
      yield* Effect.forEach(
        Array.from({ length: 10 }, () => people).flat(),
        ({ name, number, ticketId, who }) =>
          Effect.gen(function* () {
            // somebody else is asking before the caller's own question comes
            yield* Effect.yieldNow
            const { items } = yield* Tickets.mine({})
            assert.deepStrictEqual(
              items.map((item) => item.number),
              [number]
            )
            yield* Effect.yieldNow
            assert.strictEqual((yield* Tickets.get({ ticketId })).first?.text, `Only for ${name}`)
          }).pipe(as(who.actor)),
        { concurrency: "unbounded" }
      )
    }).pipe(Effect.provide(portal()))
  )
})

describe("what anybody can make the portal send", () => {
  it.effect(
    "CVE-2023-50455 CVE-2022-29701 from one source only so many addresses get a mail that they did not ask for",
    () =>
      Effect.gen(function* () {
        const { ticketMailPerSource, ticketMailPerTenant } = defaults.limits
        const most = Math.max(ticketMailPerSource.max, ticketMailPerTenant.max)
        const asked = (email: string, source: string, customerNumber: string) =>
          Tickets.submit({ email, fullName: "A", companyName: "B", ...wording, customerNumber }).pipe(
            Actor.provide(Actor.anonymous, { source }),
            tagOf
          )
        const ends: Array<string> = []
        // one machine, and a number of its own for each
        for (let n = 0; n < most + 5; n++) ends.push(yield* asked(`a${n}@example.com`, "198.51.100.9", `KD-${n}`))
        const ofSource = (yield* sent).length
        assert.isAtMost(ofSource, ticketMailPerSource.max)
        assert.include(ends, "TooManyAttempts")
        // many machines, and one number, however it is written
        for (let n = 0; n < ticketMailPerTenant.max + 5; n++) {
          yield* asked(`b${n}@example.com`, `203.0.113.${n}`, n % 2 === 0 ? "WALRUS-1" : " walrus-1 ")
        }
        const ofNumber = (yield* sent).length - ofSource
        assert.strictEqual(ofNumber, ticketMailPerTenant.max)
      }).pipe(Effect.provide(portal()))
  )

  it.effect("Zendesk 2025 tickets of strangers bomb no mailbox: few mails an hour, and none with their words", () =>
    Effect.gen(function* () {
      const victim = "victim@example.com"
      for (let n = 0; n < 40; n++) {
        yield* Effect.ignore(
          Tickets.submit({
            email: victim,
            fullName: `Walrus ${n}`,
            companyName: "Walrus Ltd",
            subject: `A walrus for you ${n}`,
            description: "Buy a walrus: https://walrus.example",
            customerNumber: `KD-${n}`,
            consents: wording.consents
          }).pipe(Actor.provide(Actor.anonymous, { source: `198.51.100.${n}` }))
        )
      }
      const ofForms = (yield* mailedTo(victim)).length
      assert.strictEqual(ofForms, defaults.limits.ticketMailPerAddress.max)
      for (let n = 0; n < 15; n++) {
        yield* feed(written(`Walrus <${victim}>`, `A walrus ${n}`, { Subject: "Walrus" }), { authentication: "pass" })
      }
      const mails = yield* mailedTo(victim)
      assert.isAtMost(mails.length, ofForms + 1)
      for (const mail of mails) assert.notMatch(mail, /walrus/i)
      // nor by adding the address, as somebody with an account
      const eve = yield* person("eve")
      const { ticketId } = yield* own(eve, { subject: "A walrus" })
      yield* Participants.addParticipants({
        ticketId,
        people: [{ email: victim, name: "Walrus" }],
        history: "all"
      }).pipe(as(eve.actor))
      yield* Participants.addParticipants({
        ticketId,
        people: [{ email: "other@example.com", name: "Walrus" }]
      }).pipe(as(eve.actor))
      yield* answer(eve, ticketId, "Walrus, walrus, walrus")
      const added = yield* mailedTo(victim)
      assert.isAtLeast(added.length, 3)
      // a name is a text, too
      for (const mail of added) assert.notMatch(mail, /walrus|lovelace/i)
    }).pipe(Effect.provide(portal()))
  )
})

const fields: ReadonlyArray<TicketField> = [
  { name: "mood", label: { de: "Laune", en: "Mood" }, schema: Schema.String, input: "line" }
]

/** What has been made of a statement before, by way of a value. */
const pieces = [
  "' or 1=1 --",
  "' or '1'='1",
  '" or 1=1 --',
  "\\' or 1=1 --",
  "x') union select 1 --",
  "%",
  "_",
  '["x"]',
  '","x',
  "$.x",
  "x'::json",
  "'); drop table portico_ticket; --",
  "?",
  "$1",
  ":x"
]

forEachAdapter(everyPort, (adapter, ports) => {
  const stage = Layer.mergeAll(MailKinds.layer(...mailKinds)).pipe(
    Layer.provideMerge(Layer.provideMerge(withKernel(), ports))
  )

  describe(`tickets of tenants (${adapter})`, () => {
    it.effect("CVE-2020-10100 of another tenant nobody sees a ticket, by no way of reading", () =>
      Effect.gen(function* () {
        const people = {
          owner: yield* person("owner"),
          admin: yield* person("admin"),
          member: yield* person("member"),
          other: yield* person("other"),
          colleague: yield* person("colleague"),
          stranger: yield* person("stranger")
        }
        const { admin, colleague, member, other, owner, stranger } = people
        const ours = yield* given.tenant(owner.account, { customerNumber: "KD-1" })
        yield* given.member(ours.id, admin.account, ["admin"])
        yield* given.member(ours.id, member.account, ["member"])
        const theirs = yield* given.tenant(other.account, { customerNumber: "KD-2" })
        yield* given.member(theirs.id, colleague.account, ["member"])
        const file = yield* uploadedBy(member)
        const of = {
          member: yield* own(member, { tenantId: ours.id, files: [file.id], subject: "walrus" }),
          colleague: yield* own(colleague, { tenantId: theirs.id, subject: "walrus" }),
          nobody: yield* own(stranger, { subject: "walrus" })
        }
        yield* scanAll
        const readers = {
          member: [owner, admin, member],
          colleague: [other, colleague],
          nobody: [stranger]
        } as const
        for (const whose of ["member", "colleague", "nobody"] as const) {
          const { number, ticketId } = of[whose]
          for (const [name, who] of Object.entries(people)) {
            const sees = (readers[whose] as ReadonlyArray<Person>).includes(who)
            const why = `${name} of ${whose}`
            const expected = sees ? "done" : "NotFound"
            assert.strictEqual(yield* tagOf(get(who, ticketId)), expected, why)
            assert.strictEqual(yield* tagOf(textsFor(who, ticketId)), expected, why)
            assert.strictEqual(yield* tagOf(historyFor(who, ticketId)), expected, why)
            if (whose === "member") {
              const download = Files.download({ fileId: file.id }).pipe(as(who.actor))
              assert.strictEqual(yield* tagOf(download), expected, why)
            }
            const isOwn = people[name as keyof typeof people] === readers[whose].at(-1)
            assert.deepStrictEqual(yield* numbersFor(who, "walrus"), isOwn ? [number] : yield* numbersFor(who), why)
            assert.strictEqual((yield* numbersFor(who)).includes(number), isOwn, why)
          }
        }
        for (const who of Object.values(people)) {
          const inOurs = [owner, admin].includes(who) ? of.member.number : who === member ? "NotAllowed" : "NotFound"
          assert.strictEqual(yield* ofTenant(who, ours.id), inOurs)
          const inTheirs = who === other ? of.colleague.number : who === colleague ? "NotAllowed" : "NotFound"
          assert.strictEqual(yield* ofTenant(who, theirs.id), inTheirs)
        }
      }).pipe(Effect.provideService(Scanner, clean), Effect.provide(stage))
    )
  })

  describe(`filters of tickets (${adapter})`, () => {
    it.effect("CVE-2026-44706 CVE-2025-21628 are values and nothing else, whatever stands in them", () =>
      Effect.gen(function* () {
        const agent = yield* crew("agent", "agent")
        const ada = yield* person("ada")
        const tenant = yield* given.tenant(ada.account)
        const { number, ticketId } = yield* own(ada, { tenantId: tenant.id })
        yield* Work.change({ ticketId, tags: ["x"], category: "y" }).pipe(as(agent.actor))
        const found = (input: object) =>
          Effect.map(
            // as it comes over the wire
            calling(Desk.queue, agent.actor, input),
            (page) =>
              (page as { readonly items: ReadonlyArray<{ readonly number: string }> }).items.map((one) => one.number)
          )
        assert.deepStrictEqual(yield* found({ tag: "x", category: "y", search: number, tenantId: tenant.id }), [number])
        for (const piece of pieces) {
          for (const field of ["tag", "category", "search"]) {
            assert.deepStrictEqual(
              yield* found({ [field]: piece === "?" || piece === ":x" ? `${piece}'` : piece }),
              [],
              field + piece
            )
          }
          for (const search of [`${number}${piece}`, `print${piece}`]) {
            yield* Tickets.mine({ search }).pipe(as(ada.actor))
            yield* Tickets.ofTenant({ tenantId: tenant.id, search }).pipe(as(ada.actor))
          }
          assert.deepStrictEqual(yield* numbersFor(ada, `zebra ${piece}`), [])
        }
        // operators, names of columns and types that are not the list's
        const invalid: ReadonlyArray<object> = [
          { query_operator: "OR 1=1 --" },
          { payload: [{ attribute_key: "status", filter_operator: "equal_to", values: ["x"], query_operator: "--" }] },
          { order: "id; drop table portico_ticket" },
          { "tag) or (1": "1" },
          ...pieces.flatMap((piece) => [
            { states: [piece] },
            { states: piece },
            { priorities: [piece] },
            { assignee: piece },
            { tenantId: piece },
            { after: piece },
            { limit: piece },
            { limit: `1 ${piece}` },
            { spam: piece }
          ]),
          { tag: { $ne: "x" } },
          { tag: ["x"] },
          { category: { toString: "x" } },
          { after: Buffer.from(JSON.stringify(["1 or 1=1", ticketId])).toString("base64url") },
          { after: Buffer.from(JSON.stringify([1, "' or 1=1 --"])).toString("base64url") }
        ]
        for (const input of invalid) {
          assert.strictEqual(yield* tagOf(found(input)), "InvalidInput", JSON.stringify(input))
          if (
            "assignee" in input ||
            "tenantId" in input ||
            "tag" in input ||
            "category" in input ||
            "priorities" in input
          )
            continue
          if ("spam" in input) continue
          assert.strictEqual(yield* tagOf(calling(Tickets.mine, ada.actor, input)), "InvalidInput")
        }
        assert.deepStrictEqual(yield* found({}), [number])
      }).pipe(Effect.provide(stage))
    )

    it.effect(
      "CVE-2026-32763 CVE-2026-33442 CVE-2026-33468 CVE-2026-44635 R-TE-08 names and tags from outside are no part of a statement",
      () =>
        Effect.gen(function* () {
          const agent = yield* crew("agent", "agent")
          const ada = yield* person("ada")
          const { number, ticketId } = yield* own(ada)
          const other = yield* own(ada)
          const change = (input: object) =>
            calling(Work.change, agent.actor, { ticketId, ...input }).pipe(Effect.provideService(TicketFields, fields))
          for (const piece of pieces) {
            // a name is one that the application has given, and never looked up by what somebody sends
            assert.strictEqual(yield* tagOf(change({ fields: { [`mood${piece}`]: "x" } })), "FieldNotPossible", piece)
            yield* change({ fields: { mood: piece }, tags: [piece.toLowerCase()], category: piece })
            const { ticket } = yield* stored(ticketId)
            assert.deepStrictEqual([ticket.fields, ticket.tags, ticket.category], [{ mood: piece }, [piece], piece])
            for (const filter of [{ tag: piece }, { category: piece }]) {
              const { items } = yield* Desk.queue(filter).pipe(as(agent.actor))
              assert.deepStrictEqual(
                items.map((item) => item.number),
                [number],
                piece
              )
            }
          }
          for (const name of ["__proto__", "constructor", "toString"]) {
            const input = JSON.parse(`{"fields":{"${name}":"x"}}`) as object
            assert.strictEqual(yield* tagOf(change(input)), "FieldNotPossible", name)
          }
          const untouched = (yield* stored(other.ticketId)).ticket
          assert.deepStrictEqual([untouched.fields, untouched.tags], [{}, []])
        }).pipe(Effect.provide(stage))
    )
  })
})
