import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { TicketId } from "../../src/kernel/ids.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { ConsentRepository } from "../../src/privacy/ConsentRepository.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { answerAs, contactOf } from "../../src/tickets/conversation.ts"
import { Work } from "../../src/tickets/desk/index.ts"
import { Claims, Feedback, Participants, Tickets } from "../../src/tickets/index.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import {
  anonymously,
  as,
  everyPort,
  given,
  mailsTo,
  newestSecret,
  type Portal,
  signedIn,
  withKernel
} from "../support/portal.ts"
import { tagOf } from "../tenants/world.ts"
import { crew } from "./desk/world.ts"
import {
  answer,
  byMail,
  byNumber,
  closed,
  eventsAbout,
  get,
  historyFor,
  inUnit,
  kindsTo,
  marked,
  numbersFor,
  own,
  pass,
  person,
  resolvedByStaff,
  staffWrites,
  stored,
  submitted,
  textsFor,
  wording,
  wordsTo
} from "./world.ts"

const everything = { after: Option.none(), limit: 100 }

const add = (
  { actor }: { readonly actor: Parameters<typeof as>[0] & { readonly _tag: "Account" } },
  ticketId: TicketId,
  emails: ReadonlyArray<string>,
  history?: "none" | "all"
) =>
  Participants.addParticipants({
    ticketId,
    people: emails.map((email) => ({ email })),
    ...(history === undefined ? {} : { history })
  }).pipe(as(actor))

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | MailKinds>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(
        Effect.andThen(TestClock.setTime(1_800_000_000_000), effect),
        Layer.mergeAll(MailKinds.layer(...mailKinds)).pipe(
          Layer.provideMerge(Layer.provideMerge(withKernel(settings), storage))
        )
      )

  describe(`sending tickets in (${adapter})`, () => {
    it.effect(
      "TIC-01 G-01 all missing fields are named at once, the consent too, and nothing is written",
      proving(
        Effect.gen(function* () {
          const tickets = yield* TicketRepository
          const refused = yield* Effect.flip(
            submitted("nobody", { fullName: " ", companyName: "", subject: "", description: "\n", consents: [] })
          )
          assert.strictEqual(refused._tag, "InvalidInput")
          if (refused._tag !== "InvalidInput") return
          assert.deepStrictEqual(refused.issues.map(({ code, path }) => `${path.join(".")} ${code}`).sort(), [
            "companyName missing",
            "consents consent",
            "description missing",
            "email email",
            "fullName missing",
            "subject missing"
          ])
          // @ts-expect-error a form can leave everything out
          const empty = yield* Effect.flip(Tickets.submit({}).pipe(anonymously))
          assert.strictEqual(empty._tag === "InvalidInput" ? empty.issues.length : 0, 6)
          assert.deepStrictEqual(yield* tickets.due(0 as never, 1), [])
          assert.deepStrictEqual(yield* mailsTo("nobody@example.com"), [])
        })
      )
    )

    it.effect(
      "TIC-01 PRI-01 the consent is kept as evidence: in the history for staff, and signed in also with the account; another version is none",
      proving(
        Effect.gen(function* () {
          const consents = yield* ConsentRepository
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          const [kept] = yield* consents.ofAccount(ada.account.id)
          assert.deepStrictEqual([kept?.kind, kept?.version, kept?.channel], ["privacy", "1", "ticket"])
          const tickets = yield* TicketRepository
          const all = yield* tickets.changes(ticketId, null, { after: Option.none(), limit: 10 })
          const line = all.find(({ what }) => what === "consents")
          assert.include(JSON.stringify(line?.data), kept?.textHash ?? "nothing")
          assert.notInclude(yield* historyFor(ada, ticketId), "consents")
          assert.strictEqual(
            yield* tagOf(submitted("grace@example.com", { consents: [{ kind: "privacy", version: "0" }] })),
            "ConsentRequired"
          )
        })
      )
    )

    it.effect(
      "TIC-01 signed in the known fields are filled in, and the form says what an address is for",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const tenant = yield* given.tenant(ada.account, { name: "Muster GmbH" })
          const form = yield* Tickets.form({}).pipe(as(ada.actor))
          assert.deepStrictEqual(
            [form.email, form.fullName, form.companyName, form.tenants[0]?.id],
            ["ada@example.com", "Ada Lovelace", "Muster GmbH", tenant.id]
          )
          assert.isTrue(form.notice.de.includes("Adresse") && form.notice.en.includes("address"))
          const blank = yield* Tickets.form({}).pipe(anonymously)
          assert.deepStrictEqual([blank.email, blank.tenants.length, blank.consents[0]?.kind], [null, 0, "privacy"])
          const hint = yield* Tickets.hint({ email: "ada@gmial.com" }).pipe(anonymously)
          assert.strictEqual(hint.suggestion, "ada@gmail.com")
          const { ticketId } = yield* own(ada)
          const { ticket } = yield* stored(ticketId)
          assert.deepStrictEqual(
            [ticket.contactEmail, ticket.contactName, ticket.state, ticket.tenantId],
            [ada.account.email, "Ada Lovelace", "New", null]
          )
        })
      )
    )

    it.effect(
      "TIC-02 R-TI-03 the acknowledgement of an unproven address has the number and none of the sender's words; that of a proven one has them",
      proving(
        Effect.gen(function* () {
          const { number } = yield* submitted("grace@example.com")
          const words = yield* wordsTo("grace@example.com")
          assert.deepStrictEqual(yield* kindsTo("grace@example.com"), ["tickets.received"])
          assert.include(words, number)
          for (const typed of [wording.subject, wording.description, "Hopper", "Navy"]) assert.notInclude(words, typed)
          const ada = yield* person("ada")
          yield* own(ada)
          assert.include(yield* wordsTo("ada@example.com"), wording.description)
        })
      )
    )

    it.effect(
      "TIC-02 LIM-01 an address gets five acknowledgements an hour; what comes beyond is kept, and no mail goes out",
      proving(
        Effect.gen(function* () {
          const numbers: Array<string> = []
          for (let n = 0; n < 7; n++) numbers.push((yield* submitted("grace@example.com")).number)
          assert.strictEqual((yield* mailsTo("grace@example.com")).length, 5)
          for (const number of numbers) assert.strictEqual((yield* byNumber(number)).state, "New")
          yield* submitted("other@example.com")
          assert.strictEqual((yield* mailsTo("other@example.com")).length, 1)
          yield* TestClock.adjust("61 minutes")
          yield* submitted("grace@example.com")
          assert.strictEqual((yield* mailsTo("grace@example.com")).length, 6)
        })
      )
    )

    it.effect(
      "TIC-02 LIM-01 acknowledgements are limited for a source and for a customer number, too, and tickets for a source",
      proving(
        Effect.gen(function* () {
          const count = function* (prefix: string, over: Parameters<typeof submitted>[1]) {
            let mails = 0
            for (let n = 0; n < 5; n++) {
              yield* submitted(`${prefix}${n}@example.com`, over)
              mails += (yield* mailsTo(`${prefix}${n}@example.com`)).length
            }
            return mails
          }
          assert.strictEqual(yield* count("a", { customerNumber: "KD-1" }), 2)
          yield* TestClock.adjust("2 hours")
          assert.strictEqual(yield* count("b", {}), 3)
          assert.strictEqual(yield* tagOf(submitted("c@example.com")), "TooManyAttempts")
        }),
        {
          limits: {
            ticketMailPerSource: { max: 3, window: "1 hour" },
            ticketMailPerTenant: { max: 2, window: "1 hour" },
            ticketsPerSource: { max: 5, window: "1 hour" }
          }
        }
      )
    )

    it.effect(
      "TIC-02 an address that refuses mail for good is marked for staff, and gets no more",
      proving(
        Effect.gen(function* () {
          const kinds = yield* MailKinds
          const { number } = yield* submitted("grace@example.com")
          const { id } = yield* byNumber(number)
          const [mail] = yield* mailsTo("grace@example.com")
          const kind = Option.getOrThrow(kinds.get(mail?.kind ?? ""))
          if (mail === undefined) return
          yield* Option.getOrThrow(kind.open(mail)).onDead("refused")
          const { participants } = yield* stored(id)
          assert.isNotNull(participants[0]?.undeliverableAt)
          yield* staffWrites(id, "Are you there?")
          assert.deepStrictEqual(yield* kindsTo("grace@example.com"), ["tickets.received"])
        })
      )
    )

    it.effect(
      "TIC-03 R-TI-01 R-TI-02 the answer to a submission is the same for known and unknown addresses, and the portal shows the ticket to nobody",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const known = yield* submitted("ada@example.com")
          const unknown = yield* submitted("grace@example.com")
          assert.deepStrictEqual(Object.keys(known), Object.keys(unknown))
          assert.deepStrictEqual(Object.keys(known), ["number"])
          assert.deepStrictEqual(yield* numbersFor(ada), [])
          const { id } = yield* byNumber(known.number)
          assert.strictEqual(yield* tagOf(get(ada, id)), "NotFound")
          const [a] = yield* mailsTo("ada@example.com")
          const [b] = yield* mailsTo("grace@example.com")
          const shape = (mail: typeof a) =>
            JSON.stringify({ ...Object(mail?.values), number: "", ticketId: "", participantId: "" })
          assert.strictEqual(shape(a), shape(b))
        })
      )
    )

    it.effect(
      "G-04 the same submission under one key makes one ticket and one mail",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const once = Tickets.submitOwn({ ...wording }, { idempotencyKey: "once" }).pipe(as(ada.actor))
          const first = yield* once
          assert.deepStrictEqual(yield* once, first)
          assert.deepStrictEqual(yield* numbersFor(ada), [first.number])
          assert.strictEqual((yield* mailsTo("ada@example.com")).length, 1)
        })
      )
    )

    it.effect(
      "TIC-08 a ticket belongs to a tenant only if its requester is a member: not of a typed customer number, a foreign tenant, nor through a main",
      proving(
        Effect.gen(function* () {
          const hierarchy = yield* HierarchyRepository
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const mine = yield* given.tenant(ada.account, { customerNumber: "KD-7" })
          const { ticketId } = yield* own(ada, { tenantId: mine.id })
          assert.strictEqual((yield* stored(ticketId)).ticket.tenantId, mine.id)
          assert.strictEqual(yield* tagOf(own(bob, { tenantId: mine.id })), "NotFound")
          const { number } = yield* submitted("eve@example.com", { customerNumber: "KD-7" })
          assert.strictEqual((yield* byNumber(number)).tenantId, null)
          const main = yield* given.tenant(bob.account)
          yield* hierarchy.insert({
            subId: mine.id,
            mainId: main.id,
            kind: "existing",
            linkedAt: mine.createdAt,
            refused: []
          })
          assert.strictEqual(yield* tagOf(own(bob, { tenantId: mine.id })), "NotFound")
        })
      )
    )

    it.effect(
      "TIC-15 numbers are short and random, and knowing one opens nothing",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const eve = yield* person("eve")
          const numbers: Array<string> = []
          for (let n = 0; n < 5; n++) numbers.push((yield* own(ada)).number)
          for (const number of numbers) {
            assert.match(number, /^[0-9A-HJKMNP-TV-Z]{8}$/)
            assert.deepStrictEqual(yield* numbersFor(eve, number), [])
            assert.deepStrictEqual(yield* numbersFor(ada, number), [number])
          }
          assert.strictEqual(new Set(numbers.map((number) => number.slice(0, 4))).size, 5)
        })
      )
    )
  })

  describe(`one's tickets (${adapter})`, () => {
    it.effect(
      "TIC-04 TIC-16 the list is by last activity, filtered by state, searched and paged without gaps or doubles",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const made: Array<string> = []
          const ids: Array<TicketId> = []
          for (let n = 0; n < 5; n++) {
            yield* TestClock.adjust("1 second")
            const { number, ticketId } = yield* own(ada, { subject: `Matter number${n}` })
            made.unshift(number)
            ids.unshift(ticketId)
          }
          assert.deepStrictEqual(yield* numbersFor(ada), made)
          yield* TestClock.adjust("1 second")
          const last = ids[4]
          if (last === undefined) return
          yield* answer(ada, last, "Any news about the zebra?")
          assert.strictEqual((yield* numbersFor(ada))[0], made[4])
          yield* Tickets.close({ ticketId: last }).pipe(as(ada.actor))
          const resolved = yield* Tickets.mine({ states: ["Resolved"] }).pipe(as(ada.actor))
          assert.deepStrictEqual(
            resolved.items.map(({ number }) => number),
            [made[4]]
          )
          for (const search of ["zebra", "ZEB", "number0", made[4] ?? "", "ada@exa", "Ada Love"]) {
            assert.include(yield* numbersFor(ada, search), made[4], search)
          }
          for (const search of ["zebras", "ebra", "!!!", "bob"]) {
            assert.deepStrictEqual(yield* numbersFor(ada, search), [], search)
          }
          const seen: Array<string> = []
          let after: string | null = null
          do {
            const page: { readonly items: ReadonlyArray<{ readonly number: string }>; readonly next: string | null } =
              yield* Tickets.mine({ limit: 2, ...(after === null ? {} : { after }) }).pipe(as(ada.actor))
            seen.push(...page.items.map(({ number }) => number))
            after = page.next
          } while (after !== null)
          assert.deepStrictEqual([...seen].sort(), [...made].sort())
        })
      )
    )

    it.effect(
      "TIC-04 TIC-16 the detail has the first message and who takes part, the messages are in their order, and the history says who, what, when",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          yield* staffWrites(ticketId, "Is it switched on?")
          yield* answer(ada, ticketId, "It was not. It is.")
          const shown = yield* get(ada, ticketId)
          assert.strictEqual(shown.first?.text, wording.description)
          assert.deepStrictEqual(
            shown.participants.map(({ email, role, you }) => [email, role, you]),
            [["ada@example.com", "contact", true]]
          )
          assert.deepStrictEqual(yield* textsFor(ada, ticketId), [
            wording.description,
            "Is it switched on?",
            "It was not. It is."
          ])
          const { items } = yield* Tickets.messages({ ticketId }).pipe(as(ada.actor))
          assert.deepStrictEqual(
            items.map(({ author, authorName, mine }) => [author, authorName, mine]),
            [
              ["contact", "Ada Lovelace", true],
              ["agent", "Agent Smith", false],
              ["contact", "Ada Lovelace", true]
            ]
          )
          const history = yield* Tickets.history({ ticketId }).pipe(as(ada.actor))
          assert.deepStrictEqual(
            history.items.map(({ byName, data, what }) => [what, byName, data.to ?? null]),
            [
              ["state", "Ada Lovelace", "Open"],
              ["state", "Agent Smith", "Waiting"],
              ["submitted", "Ada Lovelace", null]
            ]
          )
          assert.deepStrictEqual(yield* kindsTo("ada@example.com"), ["tickets.received", "tickets.message"])
        })
      )
    )

    it.effect(
      "G-05 for who takes no part a ticket and one that is not there look the same, in every use case",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const eve = yield* person("eve")
          const { ticketId } = yield* own(ada)
          const missing = "01900000-0000-7000-8000-0000000000ff" as TicketId
          const [self] = (yield* stored(ticketId)).participants
          const calls = (id: TicketId) => [
            Tickets.get({ ticketId: id }),
            Tickets.messages({ ticketId: id }),
            Tickets.history({ ticketId: id }),
            Tickets.answer({ ticketId: id, text: "Hello" }),
            Tickets.close({ ticketId: id }),
            Tickets.reopen({ ticketId: id }),
            Tickets.change({ ticketId: id, subject: "Mine" }),
            Participants.addParticipants({ ticketId: id, people: [{ email: "eve@example.com" }] }),
            Participants.removeParticipant({ ticketId: id, participantId: self?.id ?? "" }),
            Participants.leave({ ticketId: id }),
            Claims.claim({ ticketIds: [id] }),
            Feedback.rateOwn({ ticketId: id, rating: 5 })
          ]
          for (const id of [ticketId, missing]) {
            for (const call of calls(id)) {
              const error: unknown = yield* Effect.flip(
                (call as Effect.Effect<unknown, unknown, Portal>).pipe(as(eve.actor))
              )
              assert.deepStrictEqual(JSON.parse(JSON.stringify(error)), { _tag: "NotFound", kind: "ticket" })
            }
          }
          const { ticket } = yield* stored(ticketId)
          assert.deepStrictEqual([ticket.state, ticket.lastMessage, ticket.subject], ["New", 1, wording.subject])
        })
      )
    )

    it.effect(
      "AUT-06 a session of an older credential epoch reads and writes nothing",
      proving(
        Effect.gen(function* () {
          const accounts = yield* AccountRepository
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          yield* accounts.bumpEpoch(ada.account.id, 0)
          for (const call of [
            Tickets.mine({}),
            Tickets.get({ ticketId }),
            Tickets.messages({ ticketId }),
            Tickets.answer({ ticketId, text: "Hello" }),
            Tickets.submitOwn(wording),
            Claims.claimable({}),
            Claims.claim({ ticketIds: [ticketId] })
          ]) {
            assert.strictEqual(
              yield* tagOf((call as Effect.Effect<unknown, { readonly _tag: string }, Portal>).pipe(as(ada.actor))),
              "SignInRequired"
            )
          }
        })
      )
    )

    it.effect(
      "TIC-11 TIC-16 R-TI-07 what staff write among themselves is in no message, history, search, order or cursor of customers, and in no mail",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const tenant = yield* given.tenant(ada.account)
          const { number, ticketId } = yield* own(ada, { tenantId: tenant.id })
          yield* TestClock.adjust("1 second")
          const before = yield* get(ada, ticketId)
          const mails = yield* wordsTo("ada@example.com")
          for (let n = 0; n < 30; n++) yield* staffWrites(ticketId, `A xylophone ${n}`, { visibility: "internal" })
          assert.deepStrictEqual(yield* get(ada, ticketId), before)
          assert.deepStrictEqual(yield* textsFor(ada, ticketId), [wording.description])
          assert.strictEqual(yield* wordsTo("ada@example.com"), mails)
          assert.deepStrictEqual(yield* numbersFor(ada, "xylophone"), [])
          const ofTenant = yield* Tickets.ofTenant({ tenantId: tenant.id, search: "xylophone" }).pipe(as(ada.actor))
          assert.deepStrictEqual(ofTenant.items, [])
          yield* staffWrites(ticketId, "In public")
          const page = yield* Tickets.messages({ ticketId, limit: 1 }).pipe(as(ada.actor))
          // a cursor that anybody can read tells no number of a message, by which the notes could be counted
          const cursor = Buffer.from(page.next ?? "", "base64url").toString()
          assert.strictEqual(JSON.parse(cursor).length, 2)
          assert.notInclude(JSON.stringify(page.items), '"seq"')
          const history = yield* Tickets.history({ ticketId, limit: 1 }).pipe(as(ada.actor))
          const rest = yield* Tickets.history({ ticketId, after: history.next ?? "" }).pipe(as(ada.actor))
          assert.deepStrictEqual(
            [...history.items, ...rest.items].map(({ what }) => what),
            ["state", "submitted"]
          )
          assert.notMatch(history.next ?? "", /^\d+$/)
          assert.deepStrictEqual(yield* numbersFor(ada), [number])
        })
      )
    )

    it.effect(
      "G-05 TIC-09 a ticket that is spam is silent, and there for no customer any more",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          yield* marked(ticketId, { spam: true })
          assert.strictEqual(yield* tagOf(get(ada, ticketId)), "NotFound")
          assert.strictEqual(yield* tagOf(answer(ada, ticketId, "Hello")), "NotFound")
          assert.deepStrictEqual(yield* numbersFor(ada), [])
          yield* staffWrites(ticketId, "Nobody reads this")
          yield* byMail(ticketId, "ada@example.com", "Nor this")
          assert.deepStrictEqual(yield* kindsTo("ada@example.com"), ["tickets.received"])
          yield* pass("8 days")
          yield* pass("22 days")
          yield* pass("8 days")
          assert.deepStrictEqual(yield* kindsTo("ada@example.com"), ["tickets.received"])
        })
      )
    )
  })

  describe(`taking part (${adapter})`, () => {
    it.effect(
      "TIC-05 TIC-09 the contact closes and reopens; an answer opens a resolved ticket; others can do neither",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com"])
          for (const step of [Tickets.close, Tickets.reopen]) {
            assert.strictEqual(yield* tagOf(step({ ticketId }).pipe(as(bob.actor))), "ContactOnly")
          }
          assert.strictEqual(
            yield* tagOf(Tickets.change({ ticketId, subject: "B" }).pipe(as(bob.actor))),
            "ContactOnly"
          )
          assert.strictEqual(yield* tagOf(Tickets.reopen({ ticketId }).pipe(as(ada.actor))), "TicketStepNotPossible")
          assert.strictEqual((yield* Tickets.close({ ticketId }).pipe(as(ada.actor))).state, "Resolved")
          assert.strictEqual(yield* tagOf(Tickets.close({ ticketId }).pipe(as(ada.actor))), "TicketStepNotPossible")
          assert.strictEqual((yield* Tickets.reopen({ ticketId }).pipe(as(ada.actor))).state, "Open")
          yield* Tickets.close({ ticketId }).pipe(as(ada.actor))
          assert.strictEqual((yield* answer(bob, ticketId, "Not for me")).state, "Open")
          const shown = yield* get(bob, ticketId)
          assert.deepStrictEqual(
            [shown.may.answer, shown.may.close, shown.may.change, shown.may.leave, shown.may.remove],
            [true, false, false, true, false]
          )
        })
      )
    )

    it.effect(
      "TIC-05 each change of the details is in the history and found by search; what stays as it was is none",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { number, ticketId } = yield* own(ada, { subject: "Elephants" })
          const change = (wish: Omit<Parameters<typeof Tickets.change>[0], "ticketId">) =>
            Tickets.change({ ticketId, ...wish }).pipe(as(ada.actor))
          yield* change({ subject: "Giraffes", category: "animals", wishedPriority: "high", customerNumber: "KD-1" })
          yield* change({ subject: "Giraffes", customerNumber: null })
          const { items } = yield* Tickets.history({ ticketId }).pipe(as(ada.actor))
          assert.deepStrictEqual(
            items.filter(({ what }) => what === "changed").map(({ data }) => [data.field, data.from, data.to]),
            [
              ["customerNumber", "KD-1", null],
              ["customerNumber", null, "KD-1"],
              ["wishedPriority", null, "high"],
              ["category", null, "animals"],
              ["subject", "Elephants", "Giraffes"]
            ]
          )
          assert.deepStrictEqual(yield* numbersFor(ada, "giraffes"), [number])
          assert.deepStrictEqual(yield* numbersFor(ada, "elephants"), [])
          const lines = (yield* historyFor(ada, ticketId)).length
          yield* change({ subject: "Giraffes" })
          assert.strictEqual((yield* historyFor(ada, ticketId)).length, lines)
          assert.strictEqual(yield* tagOf(change({ category: "unknown" })), "InvalidInput")
          // the wish is a wish: what staff have set stays
          assert.strictEqual((yield* stored(ticketId)).ticket.priority, "normal")
        }),
        { tickets: { categories: [{ key: "animals", label: { de: "Tiere", en: "Animals" } }] } }
      )
    )

    it.effect(
      "TIC-05 TIC-09 what is said to a closed ticket goes to one linked follow-up with the same people, by portal and mail alike",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { number, ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com"])
          yield* closed(ticketId)
          assert.strictEqual((yield* stored(ticketId)).ticket.state, "Closed")
          const said = yield* answer(bob, ticketId, "It is back")
          assert.notStrictEqual(said.ticketId, ticketId)
          assert.strictEqual(said.state, "New")
          const again = yield* answer(ada, ticketId, "Indeed")
          const mailed = yield* byMail(ticketId, "ada@example.com", "By mail, too")
          const changed = yield* Tickets.change({ ticketId, subject: "It is back" }).pipe(as(ada.actor))
          for (const { ticketId: where } of [again, changed]) assert.strictEqual(where, said.ticketId)
          assert.strictEqual(mailed.ticket.id, said.ticketId)
          const { participants, ticket } = yield* stored(said.ticketId)
          assert.deepStrictEqual(
            [ticket.followUpOf, ticket.contactEmail, ticket.subject, participants.length],
            [ticketId, "ada@example.com", "It is back", 2]
          )
          assert.deepStrictEqual(yield* textsFor(bob, said.ticketId), ["It is back", "Indeed", "By mail, too"])
          const old = yield* stored(ticketId)
          assert.deepStrictEqual([old.ticket.state, old.ticket.lastMessage], ["Closed", 1])
          const shown = yield* get(ada, said.ticketId)
          assert.strictEqual(shown.follows?.number, number)
          assert.deepStrictEqual(
            (yield* get(ada, ticketId)).followUps.map(({ id }) => id),
            [said.ticketId]
          )
        })
      )
    )

    it.effect(
      "TIC-05 a change of a closed ticket alone makes its follow-up, which begins with what happened",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { number, ticketId } = yield* own(ada)
          yield* closed(ticketId)
          const made = yield* Tickets.change({ ticketId, subject: "Something else" }).pipe(as(ada.actor))
          const { first, subject } = yield* get(ada, made.ticketId)
          assert.deepStrictEqual([first?.author, subject], ["system", "Something else"])
          assert.include(first?.text ?? "", number)
          assert.strictEqual((yield* stored(ticketId)).ticket.subject, wording.subject)
        })
      )
    )

    it.effect(
      "TIC-07 R-TI-06 who is added reads from then on: in messages, detail, search, history and mail",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { number, ticketId } = yield* own(ada, { description: "The password of the safe is walrus" })
          yield* staffWrites(ticketId, "An armadillo of an answer")
          yield* TestClock.adjust("1 minute")
          yield* add(ada, ticketId, ["bob@example.com"])
          assert.deepStrictEqual(yield* textsFor(bob, ticketId), [])
          assert.isNull((yield* get(bob, ticketId)).first)
          for (const word of ["walrus", "armadillo"]) assert.deepStrictEqual(yield* numbersFor(bob, word), [])
          assert.deepStrictEqual(yield* historyFor(bob, ticketId), ["participantAdded"])
          yield* answer(ada, ticketId, "A pangolin")
          assert.deepStrictEqual(yield* textsFor(bob, ticketId), ["A pangolin"])
          assert.deepStrictEqual(yield* numbersFor(bob, "pangolin"), [number])
          const words = yield* wordsTo("bob@example.com")
          assert.include(words, "pangolin")
          for (const word of ["walrus", "armadillo"]) assert.notInclude(words, word)
        })
      )
    )

    it.effect(
      "TIC-07 who is added with all reads all; nobody hands on more than they read themselves",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const eve = yield* person("eve")
          const zoe = yield* person("zoe")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com"])
          yield* add(ada, ticketId, ["zoe@example.com"], "all")
          yield* answer(ada, ticketId, "Later")
          yield* add(bob, ticketId, ["eve@example.com"], "all")
          assert.deepStrictEqual(yield* textsFor(zoe, ticketId), [wording.description, "Later"])
          assert.deepStrictEqual(yield* textsFor(bob, ticketId), ["Later"])
          assert.deepStrictEqual(yield* textsFor(eve, ticketId), ["Later"])
        })
      )
    )

    it.effect(
      "TIC-07 adding is told to all who take part, limited in number, and by the setting of who may",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          yield* person("bob")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com"])
          assert.deepStrictEqual(yield* add(ada, ticketId, ["eve@example.com", "bob@example.com"]), { added: 1 })
          assert.deepStrictEqual(yield* kindsTo("bob@example.com"), ["tickets.added", "tickets.participantsAdded"])
          assert.include(yield* wordsTo("bob@example.com"), "eve@example.com")
          // to an address that nobody has shown to hold not even a name goes
          const toEve = yield* wordsTo("eve@example.com")
          for (const word of ["Ada", "Lovelace", wording.subject, wording.description]) assert.notInclude(toEve, word)
          assert.strictEqual(yield* tagOf(add(ada, ticketId, ["f@example.com"])), "TooManyParticipants")
          assert.strictEqual(yield* tagOf(add(ada, ticketId, ["f@example.com", "F@example.com"])), "InvalidInput")
          assert.strictEqual((yield* stored(ticketId)).participants.length, 3)
        }),
        { tickets: { maxParticipants: 3 } }
      )
    )

    it.effect(
      "TIC-07 LIM-01 how many somebody adds is counted, and that staff alone may add can be set",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          assert.strictEqual(yield* tagOf(add(ada, ticketId, ["b@example.com"])), "AddingNotAllowed")
          assert.strictEqual(yield* tagOf(add(ada, ticketId, ["b@example.com", "c@example.com"])), "TooManyAttempts")
          assert.isFalse((yield* get(ada, ticketId)).may.add)
        }),
        { tickets: { mayAdd: "staff" }, limits: { ticketParticipantsPerAccount: { max: 2, window: "1 hour" } } }
      )
    )

    it.effect(
      "TIC-07 V-32 removal works at once for portal, search and mail, and kills reply addresses; who is added again reads from then on",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com"], "all")
          const before = (yield* stored(ticketId)).participants.find(({ email }) => email === "bob@example.com")
          const mails = (yield* mailsTo("bob@example.com")).length
          const participantId = before?.id ?? ""
          yield* Participants.removeParticipant({ ticketId, participantId }).pipe(as(ada.actor))
          assert.strictEqual(yield* tagOf(get(bob, ticketId)), "NotFound")
          assert.strictEqual(yield* tagOf(answer(bob, ticketId, "Still here")), "NotFound")
          assert.deepStrictEqual(yield* numbersFor(bob), [])
          assert.strictEqual(yield* tagOf(byMail(ticketId, "bob@example.com", "By mail")), "TicketStepNotPossible")
          yield* answer(ada, ticketId, "Behind his back")
          assert.strictEqual((yield* mailsTo("bob@example.com")).length, mails)
          const removed = (yield* stored(ticketId)).participants.find(({ id }) => id === participantId)
          assert.notStrictEqual(removed?.tokenVersion, before?.tokenVersion)
          yield* add(ada, ticketId, ["bob@example.com"])
          assert.deepStrictEqual(yield* textsFor(bob, ticketId), [])
          const again = (yield* stored(ticketId)).participants.find(({ id }) => id === participantId)
          assert.notStrictEqual(again?.tokenVersion, removed?.tokenVersion)
        })
      )
    )

    it.effect(
      "R-TI-03 LIM-01 an address that nobody has shown to hold is told of so much that customers do, in all tickets together, and no message is lost",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const first = (yield* own(ada)).ticketId
          const second = (yield* own(ada)).ticketId
          const stranger = "stranger@example.org"
          for (const ticketId of [first, second]) yield* add(ada, ticketId, ["bob@example.com", stranger])
          const toStranger = kindsTo(stranger)
          assert.deepStrictEqual(yield* toStranger, ["tickets.added", "tickets.added"])
          for (const text of ["one", "two", "three"]) yield* answer(ada, first, text)
          yield* answer(bob, second, "four")
          yield* add(bob, second, ["zoe@example.com"])
          assert.deepStrictEqual(yield* toStranger, ["tickets.added", "tickets.added", "tickets.message"])
          // whose address is proven is told of all, and staff's words go out in any case
          const told = (kind: string, all: ReadonlyArray<string>) => all.filter((one) => one === kind).length
          assert.strictEqual(told("tickets.message", yield* kindsTo("bob@example.com")), 3)
          yield* staffWrites(first, "From staff")
          assert.strictEqual(told("tickets.message", yield* toStranger), 2)
          assert.deepStrictEqual(yield* textsFor(bob, first), ["one", "two", "three", "From staff"])
          // an answer proves the address, and ends the budget
          yield* byMail(first, stranger, "It is me")
          yield* answer(ada, first, "five")
          assert.include(yield* wordsTo(stranger), "five")
          yield* answer(ada, second, "six")
          assert.strictEqual(told("tickets.message", yield* toStranger), 3)
          yield* TestClock.adjust("1 hour")
          yield* answer(ada, second, "seven")
          assert.strictEqual(told("tickets.message", yield* toStranger), 4)
          assert.notInclude(yield* wordsTo(stranger), "seven")
        }),
        { limits: { ticketNoticesPerAddress: { max: 3, window: "1 hour" } } }
      )
    )

    it.effect(
      "TIC-06 R-TI-02 adding an address again gives the portal to nobody who has held it once",
      proving(
        Effect.gen(function* () {
          const accounts = yield* AccountRepository
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com"])
          const { participants } = yield* stored(ticketId)
          const participantId = participants.find(({ email }) => email === "bob@example.com")?.id ?? ""
          yield* Participants.removeParticipant({ ticketId, participantId }).pipe(as(ada.actor))
          yield* accounts.setState(bob.account.id, "suspended", bob.account.credentialEpoch)
          yield* add(ada, ticketId, ["bob@example.com"])
          yield* accounts.setState(bob.account.id, "active", bob.account.credentialEpoch + 1)
          const account = Option.getOrThrow(yield* accounts.find(bob.account.id))
          const once = { account, actor: yield* signedIn(account) }
          assert.strictEqual(yield* tagOf(get(once, ticketId)), "NotFound")
          const again = (yield* stored(ticketId)).participants.find(({ id }) => id === participantId)
          assert.deepInclude(again, { accountId: null, removedAt: null })
        })
      )
    )

    it.effect(
      "TIC-08 a follow-up belongs to the tenant as long as its contact is a member, or has no account and staff have assigned it",
      proving(
        Effect.gen(function* () {
          const memberships = yield* MembershipRepository
          const ada = yield* person("ada")
          const owner = yield* person("owner")
          const { id: tenantId } = yield* given.tenant(owner.account)
          yield* given.member(tenantId, ada.account, ["member"])
          const { ticketId } = yield* own(ada, { tenantId })
          const other = (yield* own(ada, { tenantId })).ticketId
          const guests = (yield* byNumber((yield* submitted("guest@example.com")).number)).id
          yield* marked(guests, { tenantId })
          for (const one of [ticketId, other, guests]) yield* resolvedByStaff(one)
          yield* pass("7 days")
          assert.strictEqual((yield* stored((yield* answer(ada, other, "More")).ticketId)).ticket.tenantId, tenantId)
          const byGuest = yield* byMail(guests, "guest@example.com", "More")
          assert.strictEqual(byGuest.ticket.tenantId, tenantId)
          yield* memberships.remove(tenantId, ada.account.id)
          const made = yield* answer(ada, ticketId, "A matter of my own")
          assert.isNull((yield* stored(made.ticketId)).ticket.tenantId)
          const list = yield* Tickets.ofTenant({ tenantId }).pipe(as(owner.actor))
          assert.notInclude(
            list.items.map(({ id }) => id),
            made.ticketId
          )
          assert.strictEqual(yield* tagOf(get(owner, made.ticketId)), "NotFound")
          const tickets = yield* TicketRepository
          const lines = yield* tickets.changes(made.ticketId, null, { after: Option.none(), limit: 10 })
          assert.deepInclude(
            lines.find(({ what }) => what === "tenant"),
            {
              visibility: "internal",
              data: { from: tenantId, to: null }
            }
          )
        })
      )
    )

    it.effect(
      "TIC-08 a follow-up stays in the tenant that staff have assigned, whoever its contact is, until staff say otherwise",
      proving(
        Effect.gen(function* () {
          const { actor } = yield* crew("desk", "agent")
          const ada = yield* person("ada")
          const owner = yield* person("owner")
          const { id: tenantId } = yield* given.tenant(owner.account)
          const tenantOf = (id: TicketId) => Effect.map(stored(id), ({ ticket }) => ticket.tenantId)
          const followed = (id: TicketId) =>
            Effect.gen(function* () {
              yield* resolvedByStaff(id)
              yield* pass("7 days")
              return (yield* answer(ada, id, "More")).ticketId
            })
          const { ticketId } = yield* own(ada)
          yield* Work.assignTenant({ ticketId, tenantId }).pipe(as(actor))
          const hers = { email: "ada@example.com", name: "Ada", subject: "By telephone", text: "It is silent." }
          const { id: told } = yield* Work.submitFor({ ...hers, tenantId }).pipe(as(actor))
          assert.strictEqual(yield* tenantOf(yield* followed(told)), tenantId)
          const second = yield* followed(ticketId)
          assert.strictEqual(yield* tenantOf(second), tenantId)
          const third = yield* followed(second)
          assert.strictEqual(yield* tenantOf(third), tenantId)
          yield* Work.assignTenant({ ticketId: third, tenantId: null }).pipe(as(actor))
          assert.isNull(yield* tenantOf(yield* followed(third)))
        })
      )
    )

    it.effect(
      "TIC-16 what is written under a clock that is behind stands after what is there, past no reader's cursor and in nobody's earlier history",
      proving(
        Effect.gen(function* () {
          const tickets = yield* TicketRepository
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId } = yield* own(ada)
          yield* staffWrites(ticketId, "Question?")
          const before = yield* tickets.messages(ticketId, { publicAfter: 0 }, everything)
          const last = before.at(-1)
          const cursor = [last?.createdAt ?? 0, last?.id ?? ""] as const
          yield* inUnit((hand) =>
            Effect.flatMap(stored(ticketId), (opened) =>
              answerAs(
                { ...hand, now: Instant.minus(hand.now, "3 seconds") },
                { opened, participant: contactOf(opened), channel: "portal", text: "Answer." }
              )
            )
          )
          const source = { ticketId, filter: { publicAfter: 0 } }
          const rest = yield* tickets.messagesOf([source], { after: Option.some(cursor), limit: 10 })
          assert.deepStrictEqual(
            rest.map(({ text }) => text),
            ["Answer."]
          )
          assert.deepStrictEqual(yield* textsFor(ada, ticketId), [wording.description, "Question?", "Answer."])
          // all within one instant of the clock
          yield* Tickets.change({ ticketId, subject: "Renamed" }).pipe(as(ada.actor))
          yield* add(ada, ticketId, ["bob@example.com"])
          assert.deepStrictEqual(yield* historyFor(bob, ticketId), ["participantAdded"])
        })
      )
    )

    it.effect(
      "TIC-09 the follow-ups of a closed ticket are locked in the order of their ids, and the youngest that its author takes part in goes on",
      proving(
        Effect.gen(function* () {
          const tickets = yield* TicketRepository
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com"])
          yield* closed(ticketId)
          const parted = Effect.fnUntraced(function* (followUp: TicketId) {
            const { participants } = yield* stored(followUp)
            const participantId = participants.find(({ email }) => email === "bob@example.com")?.id ?? ""
            yield* Participants.removeParticipant({ ticketId: followUp, participantId }).pipe(as(ada.actor))
          })
          const first = (yield* answer(bob, ticketId, "First")).ticketId
          yield* parted(first)
          const second = (yield* answer(bob, ticketId, "Second")).ticketId
          yield* parted(second)
          const locked: Array<ReadonlyArray<TicketId>> = []
          const watched = TicketRepository.of({
            ...tickets,
            openForUpdate: (id) =>
              Effect.andThen(
                Effect.sync(() => locked.push([id])),
                tickets.openForUpdate(id)
              ),
            openAllForUpdate: (ids) =>
              Effect.andThen(
                Effect.sync(() => locked.push([...ids].sort())),
                tickets.openAllForUpdate(ids)
              )
          })
          const third = yield* answer(bob, ticketId, "Third").pipe(Effect.provideService(TicketRepository, watched))
          assert.deepStrictEqual(locked, [[ticketId], [first, second]])
          assert.notInclude([first, second], third.ticketId)
          assert.strictEqual((yield* answer(ada, ticketId, "Mine")).ticketId, third.ticketId)
        })
      )
    )

    it.effect(
      "TIC-07 each who was added can leave, and the contact stays; only the contact removes",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com", "eve@example.com"])
          const { participants } = yield* stored(ticketId)
          const idOf = (email: string) => participants.find((one) => one.email === email)?.id ?? ""
          const remove = (who: typeof ada, email: string) =>
            Participants.removeParticipant({ ticketId, participantId: idOf(email) }).pipe(as(who.actor))
          assert.strictEqual(yield* tagOf(remove(bob, "eve@example.com")), "ContactOnly")
          assert.strictEqual(yield* tagOf(remove(ada, "ada@example.com")), "ContactStays")
          assert.strictEqual(yield* tagOf(Participants.leave({ ticketId }).pipe(as(ada.actor))), "ContactStays")
          yield* Participants.leave({ ticketId }).pipe(as(bob.actor))
          assert.strictEqual(yield* tagOf(get(bob, ticketId)), "NotFound")
          assert.include(yield* historyFor(ada, ticketId), "participantLeft")
          yield* remove(ada, "eve@example.com")
          assert.strictEqual(yield* tagOf(remove(ada, "eve@example.com")), "NotFound")
        })
      )
    )

    it.effect(
      "R-TI-03 customers' words go to proven addresses only; who answers once by the reply address gets them from then on",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["eve@example.com"])
          yield* answer(ada, ticketId, "A walrus")
          yield* staffWrites(ticketId, "An armadillo")
          const before = yield* wordsTo("eve@example.com")
          assert.notInclude(before, "walrus")
          assert.include(before, "armadillo")
          yield* byMail(ticketId, "eve@example.com", "It is me")
          yield* answer(ada, ticketId, "A pangolin")
          assert.include(yield* wordsTo("eve@example.com"), "pangolin")
        })
      )
    )

    it.effect(
      "TIC-09 nothing happens to spam by time, so that it can be taken back",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          yield* staffWrites(ticketId, "Is it switched on?", { to: "Waiting" })
          yield* marked(ticketId, { spam: true })
          assert.isNull((yield* stored(ticketId)).ticket.dueAt)
          yield* pass("30 days")
          assert.strictEqual((yield* stored(ticketId)).ticket.state, "Waiting")
          yield* marked(ticketId, { spam: false })
          assert.isNotNull((yield* stored(ticketId)).ticket.dueAt)
        })
      )
    )

    it.effect(
      "OUT-04 a mail that waits is dropped when its recipient takes no part any more, may not read it, or the ticket is spam",
      proving(
        Effect.gen(function* () {
          const kinds = yield* MailKinds
          const ada = yield* person("ada")
          yield* person("bob")
          const { ticketId } = yield* own(ada)
          yield* add(ada, ticketId, ["bob@example.com"])
          yield* answer(ada, ticketId, "A word")
          const verdict = Effect.gen(function* () {
            const mail = (yield* mailsTo("bob@example.com")).find(({ kind }) => kind === "tickets.message")
            if (mail === undefined) return "none"
            const opened = Option.getOrThrow(Option.getOrThrow(kinds.get("tickets.message")).open(mail))
            const said = yield* opened.stillWanted(mail.createdAt)
            return said._tag === "Dropped" ? said.reason : said._tag.toLowerCase()
          })
          assert.strictEqual(yield* verdict, "wanted")
          yield* marked(ticketId, { spam: true })
          assert.strictEqual(yield* verdict, "ticket-is-spam")
          yield* marked(ticketId, { spam: false })
          const bobs = (yield* stored(ticketId)).participants.find(({ email }) => email === "bob@example.com")
          yield* Participants.removeParticipant({ ticketId, participantId: bobs?.id ?? "" }).pipe(as(ada.actor))
          assert.strictEqual(yield* verdict, "takes-no-part")
          yield* add(ada, ticketId, ["bob@example.com"])
          assert.strictEqual(yield* verdict, "message-not-readable")
        })
      )
    )
  })

  describe(`tickets of tenants (${adapter})`, () => {
    it.effect(
      "TIC-08 who has the permission reads all tickets of the tenant, through the main those of its subs, and has no word in them",
      proving(
        Effect.gen(function* () {
          const hierarchy = yield* HierarchyRepository
          const ada = yield* person("ada")
          const max = yield* person("max")
          const boss = yield* person("boss")
          const eve = yield* person("eve")
          const sub = yield* given.tenant(boss.account)
          yield* given.member(sub.id, ada.account, ["member"])
          yield* given.member(sub.id, max.account, ["admin"])
          const { number, ticketId } = yield* own(ada, { tenantId: sub.id })
          const head = yield* person("head")
          const main = yield* given.tenant(head.account)
          yield* hierarchy.insert({
            subId: sub.id,
            mainId: main.id,
            kind: "existing",
            linkedAt: sub.createdAt,
            refused: []
          })
          const list = (who: typeof ada) =>
            Effect.map(Tickets.ofTenant({ tenantId: sub.id }).pipe(as(who.actor)), ({ items }) =>
              items.map((item) => item.number)
            )
          for (const reader of [boss, max, head]) {
            assert.deepStrictEqual(yield* list(reader), [number])
            assert.deepStrictEqual(yield* textsFor(reader, ticketId), [wording.description])
            assert.strictEqual(yield* tagOf(answer(reader, ticketId, "Hello")), "TakesNoPart")
            assert.strictEqual(yield* tagOf(Tickets.close({ ticketId }).pipe(as(reader.actor))), "TakesNoPart")
            assert.deepStrictEqual(yield* numbersFor(reader), [])
            const { may } = yield* get(reader, ticketId)
            assert.isFalse(Object.values(may).some((one) => one))
          }
          // without the permission somebody sees what they take part in
          assert.strictEqual(yield* tagOf(list(ada)), "NotAllowed")
          assert.deepStrictEqual(yield* numbersFor(ada), [number])
          assert.strictEqual(yield* tagOf(list(eve)), "NotFound")
          const link = Option.getOrThrow(yield* hierarchy.find(sub.id))
          yield* hierarchy.setRefused({ ...link, refused: ["tickets.read"] })
          assert.strictEqual(yield* tagOf(list(head)), "NotAllowed")
          assert.strictEqual(yield* tagOf(get(head, ticketId)), "NotFound")
        })
      )
    )

    it.effect(
      "TIC-08 a ticket of no tenant, or of another one, is in no tenant's list",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const mine = yield* given.tenant(ada.account, { customerNumber: "KD-1" })
          const his = yield* given.tenant(bob.account, { customerNumber: "KD-2" })
          yield* own(ada)
          yield* submitted("eve@example.com", { customerNumber: "KD-2" })
          const { ticketId } = yield* own(ada, { tenantId: mine.id })
          const list = yield* Tickets.ofTenant({ tenantId: his.id }).pipe(as(bob.actor))
          assert.deepStrictEqual(list.items, [])
          assert.strictEqual(yield* tagOf(get(bob, ticketId)), "NotFound")
        })
      )
    )
  })

  describe(`claims (${adapter})`, () => {
    it.effect(
      "TIC-06 R-TI-02 tickets of before are offered to the account that has proven the address, and are its own once it confirms, once and on record",
      proving(
        Effect.gen(function* () {
          const { number } = yield* submitted("ada@example.com")
          const { id } = yield* byNumber(number)
          const ada = yield* person("ada")
          const eve = yield* person("eve")
          const offered = (who: typeof ada) =>
            Effect.map(Claims.claimable({}).pipe(as(who.actor)), ({ items }) => items)
          assert.deepStrictEqual(yield* offered(eve), [])
          assert.deepStrictEqual(
            (yield* offered(ada)).map(({ role, ticketId }) => [ticketId, role]),
            [[id, "contact"]]
          )
          assert.deepStrictEqual(yield* numbersFor(ada), [])
          assert.strictEqual(yield* tagOf(Claims.claim({ ticketIds: [id] }).pipe(as(eve.actor))), "NotFound")
          const claim = Claims.claim({ ticketIds: [id, id] }).pipe(as(ada.actor))
          assert.deepStrictEqual(yield* claim, { claimed: 1 })
          assert.deepStrictEqual(yield* claim, { claimed: 0 })
          assert.deepStrictEqual(yield* numbersFor(ada), [number])
          assert.deepStrictEqual(yield* textsFor(ada, id), [wording.description])
          assert.deepStrictEqual(yield* offered(ada), [])
          const claims = (yield* eventsAbout(id)).filter(({ type }) => type === "ticket.claimed")
          assert.strictEqual(claims.length, 1)
          assert.strictEqual(yield* tagOf(get(eve, id)), "NotFound")
        })
      )
    )

    it.effect(
      "TIC-06 TIC-11 that a ticket was claimed, and so who has an account, stands in the history for staff only",
      proving(
        Effect.gen(function* () {
          const bob = yield* person("bob")
          const { ticketId } = yield* own(bob)
          yield* add(bob, ticketId, ["ada@example.com"])
          const ada = yield* person("ada")
          yield* TestClock.adjust("1 minute")
          const seenBy = Effect.fnUntraced(function* (who: typeof bob) {
            const list = yield* Tickets.mine({}).pipe(as(who.actor))
            return [list.items, yield* get(who, ticketId), yield* historyFor(who, ticketId)]
          })
          const before = yield* seenBy(bob)
          const mails = (yield* kindsTo("bob@example.com")).length
          assert.deepStrictEqual(yield* Claims.claim({ ticketIds: [ticketId] }).pipe(as(ada.actor)), { claimed: 1 })
          assert.deepStrictEqual(yield* seenBy(bob), before)
          assert.strictEqual((yield* kindsTo("bob@example.com")).length, mails)
          const tickets = yield* TicketRepository
          const [line] = yield* tickets.changes(ticketId, null, { after: Option.none(), limit: 1 })
          assert.deepInclude(line, { what: "claimed", visibility: "internal", by: "participant" })
          assert.strictEqual((yield* stored(ticketId)).ticket.staffActivityAt, line?.at)
        })
      )
    )

    it.effect(
      "TIC-06 of several tickets all are claimed or none, and neither spam nor a part that has ended can be",
      proving(
        Effect.gen(function* () {
          const bob = yield* person("bob")
          const first = yield* byNumber((yield* submitted("ada@example.com")).number)
          const spam = yield* byNumber((yield* submitted("ada@example.com")).number)
          yield* marked(spam.id, { spam: true })
          const left = (yield* own(bob)).ticketId
          yield* add(bob, left, ["ada@example.com"])
          const part = (yield* stored(left)).participants.find(({ email }) => email === "ada@example.com")
          yield* Participants.removeParticipant({ ticketId: left, participantId: part?.id ?? "" }).pipe(as(bob.actor))
          const ada = yield* person("ada")
          const offered = yield* Claims.claimable({}).pipe(as(ada.actor))
          assert.deepStrictEqual(
            offered.items.map(({ ticketId }) => ticketId),
            [first.id]
          )
          for (const other of [spam.id, left]) {
            assert.strictEqual(
              yield* tagOf(Claims.claim({ ticketIds: [first.id, other] }).pipe(as(ada.actor))),
              "NotFound"
            )
          }
          assert.deepStrictEqual(yield* numbersFor(ada), [])
        })
      )
    )
  })

  describe(`tickets by time (${adapter})`, () => {
    it.effect(
      "TIC-09 G-13 the contact of a waiting ticket is reminded after seven days, it is resolved after 21 and closed seven days later, each once",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          yield* staffWrites(ticketId, "Your turn")
          const state = Effect.map(stored(ticketId), ({ ticket }) => ticket.state)
          const kinds = Effect.map(kindsTo("ada@example.com"), (all) => all.slice(2))
          yield* pass("167 hours")
          assert.deepStrictEqual(yield* kinds, [])
          yield* pass("1 hour")
          yield* pass("1 hour")
          assert.deepStrictEqual([yield* state, yield* kinds], ["Waiting", ["tickets.reminder"]])
          yield* pass("14 days")
          assert.deepStrictEqual([yield* state, yield* kinds], ["Resolved", ["tickets.reminder", "tickets.resolved"]])
          yield* pass("6 days")
          assert.strictEqual(yield* state, "Resolved")
          yield* pass("1 day")
          assert.strictEqual(yield* state, "Closed")
          yield* pass("100 days")
          assert.deepStrictEqual(yield* kinds, ["tickets.reminder", "tickets.resolved", "tickets.feedback"])
        })
      )
    )

    it.effect(
      "TIC-09 an answer ends the waiting, and a new one of staff begins it anew",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          yield* staffWrites(ticketId, "Your turn")
          yield* pass("6 days")
          yield* staffWrites(ticketId, "Still your turn")
          yield* pass("6 days")
          assert.notInclude(yield* kindsTo("ada@example.com"), "tickets.reminder")
          yield* answer(ada, ticketId, "Yours")
          assert.isNull((yield* stored(ticketId)).ticket.dueAt)
          yield* pass("30 days")
          assert.strictEqual((yield* stored(ticketId)).ticket.state, "Open")
        })
      )
    )

    it.effect(
      "TIC-14 after closing the requester is asked once, and answers once: by the link without an account, or signed in",
      proving(
        Effect.gen(function* () {
          const { number } = yield* submitted("grace@example.com")
          const { id } = yield* byNumber(number)
          yield* closed(id)
          assert.include(yield* kindsTo("grace@example.com"), "tickets.feedback")
          const secret = yield* newestSecret("grace@example.com")
          assert.deepStrictEqual(yield* Feedback.feedback({ secret }).pipe(anonymously), { number, answered: false })
          assert.strictEqual(
            yield* tagOf(Feedback.rate({ secret, rating: 6 as never }).pipe(anonymously)),
            "InvalidInput"
          )
          const rate = Feedback.rate({ secret, rating: 4, comment: "Fine" }).pipe(anonymously)
          yield* rate
          assert.strictEqual(yield* tagOf(rate), "LinkUnusable")
          const { satisfaction } = (yield* stored(id)).ticket
          assert.deepStrictEqual([satisfaction?.rating, satisfaction?.comment], [4, "Fine"])

          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          const rateOwn = Feedback.rateOwn({ ticketId, rating: 1 }).pipe(as(ada.actor))
          assert.strictEqual(yield* tagOf(rateOwn), "FeedbackNotOpen")
          yield* closed(ticketId)
          assert.isTrue((yield* get(ada, ticketId)).may.rate)
          const link = yield* newestSecret("ada@example.com")
          yield* rateOwn
          assert.strictEqual(yield* tagOf(rateOwn), "FeedbackNotOpen")
          assert.strictEqual(yield* tagOf(Feedback.rate({ secret: link, rating: 5 }).pipe(anonymously)), "LinkUnusable")
          assert.strictEqual((yield* get(ada, ticketId)).rating, 1)
          assert.notInclude(yield* historyFor(ada, ticketId), "rated")
        })
      )
    )

    it.effect(
      "TIC-09 a ticket that goes on in another one's place is not reminded of, closed or asked about",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          const target = yield* own(ada)
          yield* staffWrites(ticketId, "Your turn")
          yield* marked(ticketId, { mergedInto: target.ticketId })
          yield* pass("40 days")
          const { ticket } = yield* stored(ticketId)
          assert.deepStrictEqual([ticket.state, ticket.dueAt], ["Waiting", null])
          // what is said to it is said to the one that goes on
          assert.strictEqual((yield* answer(ada, ticketId, "Here")).ticketId, target.ticketId)
          assert.deepStrictEqual(yield* textsFor(ada, target.ticketId), [
            wording.description,
            wording.description,
            "Your turn",
            "Here"
          ])
        })
      )
    )
  })
})
