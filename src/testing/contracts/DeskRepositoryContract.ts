import { strict as assert } from "node:assert"
import { Effect, Option, Schema } from "effect"
import { CannedAnswerId, MacroId, MergeId, SavedViewId } from "../../kernel/ids.ts"
import type { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { CannedAnswer, Macro, SavedView } from "../../tickets/desk/DeskItem.ts"
import { type DeskItemKey, DeskRepository, type Merge } from "../../tickets/desk/DeskRepository.ts"
import type { Suite } from "../Contract.ts"
import { accountId, at, tenantId } from "../tenantSamples.ts"
import { participantId, ticketId } from "../ticketSamples.ts"

const uuid = (group: number, number: number): string =>
  `01890000-0000-7${group.toString(16).padStart(3, "0")}-8000-${number.toString(16).padStart(12, "0")}`
const answerId = (number: number) => Schema.decodeSync(CannedAnswerId)(uuid(0xd01, number))
const macroId = (number: number) => Schema.decodeSync(MacroId)(uuid(0xd02, number))
const viewId = (number: number) => Schema.decodeSync(SavedViewId)(uuid(0xd03, number))
const mergeId = (number: number) => Schema.decodeSync(MergeId)(uuid(0xd04, number))

const common = { ownerId: accountId(1), shared: true, version: 0, createdAt: at(1), changedAt: at(1) }

const answer = (number: number, over: Partial<CannedAnswer> = {}): CannedAnswer => ({
  _tag: "CannedAnswer",
  id: answerId(number),
  ...common,
  name: `Answer ${number}`,
  text: "Dear {contactName},\nplease see {number}.",
  ...over
})

const macro = (number: number, over: Partial<Macro> = {}): Macro => ({
  _tag: "Macro",
  id: macroId(number),
  ...common,
  name: `Macro ${number}`,
  steps: [
    { _tag: "Take" },
    { _tag: "Reply", text: "Thank you", to: "Resolved" },
    { _tag: "Fields", fields: { device: "router", count: 2 } },
    { _tag: "Category", category: null }
  ],
  ...over
})

const view = (number: number, over: Partial<SavedView> = {}): SavedView => ({
  _tag: "SavedView",
  id: viewId(number),
  ...common,
  name: `View ${number}`,
  choice: { states: ["New", "Open"], assignee: "me", tenantId: tenantId(1) },
  ...over
})

const merge = (number: number, over: Partial<Merge> = {}): Merge => ({
  id: mergeId(number),
  sourceId: ticketId(1),
  targetId: ticketId(2),
  addedToSource: [],
  addedToTarget: [participantId(2, 3), participantId(2, 4)],
  moved: [ticketId(5)],
  byId: accountId(1),
  at: at(number),
  undoneAt: null,
  ...over
})

const page = (limit: number, after?: DeskItemKey) => ({ after: Option.fromUndefinedOr(after), limit })
const none = Option.none<string>()

/** What every `DeskRepository` keeps. */
export const DeskRepositoryContract: Suite<DeskRepository | UnitOfWork> = [
  {
    name: "what was kept is found as it was, by its kind only",
    run: Effect.gen(function* () {
      const desk = yield* DeskRepository
      for (const item of [answer(1), macro(1), view(1)]) yield* desk.insert(item)
      assert.deepEqual(yield* desk.find("CannedAnswer", answerId(1), accountId(2)), Option.some(answer(1)))
      assert.deepEqual(yield* desk.find("Macro", macroId(1), accountId(2)), Option.some(macro(1)))
      assert.deepEqual(yield* desk.find("SavedView", viewId(1), accountId(2)), Option.some(view(1)))
      // an id of another kind
      const odd = Schema.decodeSync(MacroId)(answerId(1))
      assert.deepEqual(yield* desk.find("Macro", odd, accountId(1)), Option.none())
      assert.equal((yield* Effect.flip(desk.insert(answer(1)))).reason, "duplicate")
    })
  },
  {
    name: "what is not shared is its owner's only",
    run: Effect.gen(function* () {
      const desk = yield* DeskRepository
      yield* desk.insert(view(1, { shared: false }))
      assert.deepEqual(yield* desk.find("SavedView", viewId(1), accountId(1)), Option.some(view(1, { shared: false })))
      assert.deepEqual(yield* desk.find("SavedView", viewId(1), accountId(2)), Option.none())
      assert.equal((yield* desk.list("SavedView", accountId(1), none, page(10))).length, 1)
      assert.deepEqual(yield* desk.list("SavedView", accountId(2), none, page(10)), [])
    })
  },
  {
    name: "of two who save or remove the same version the second has a conflict",
    run: Effect.gen(function* () {
      const desk = yield* DeskRepository
      yield* desk.insert(macro(1))
      const changed = macro(1, { name: "Other", shared: false, steps: [{ _tag: "Hold" }], changedAt: at(9) })
      yield* desk.save(changed)
      const stored = { ...changed, version: 1 }
      assert.deepEqual(yield* desk.find("Macro", macroId(1), accountId(1)), Option.some(stored))
      assert.equal((yield* Effect.flip(desk.save(changed))).reason, "conflict")
      assert.equal((yield* Effect.flip(desk.remove(changed))).reason, "conflict")
      // nothing but what can change is changed, whatever it is given
      yield* desk.save({ ...stored, ownerId: accountId(2), createdAt: at(99) })
      assert.deepEqual(yield* desk.find("Macro", macroId(1), accountId(1)), Option.some({ ...stored, version: 2 }))
      yield* desk.remove({ ...stored, version: 2 })
      assert.deepEqual(yield* desk.find("Macro", macroId(1), accountId(1)), Option.none())
      assert.equal((yield* Effect.flip(desk.remove({ ...stored, version: 2 }))).reason, "conflict")
    })
  },
  {
    name: "G-06 lists are by name without regard to case, then by id, in pages, and hold one kind",
    run: Effect.gen(function* () {
      const desk = yield* DeskRepository
      const items = [
        answer(1, { name: "zebra" }),
        answer(2, { name: "Äpfel" }),
        answer(3, { name: "Bravo" }),
        answer(4, { name: "alpha" }),
        answer(5, { name: "bravo" })
      ]
      for (const item of items) yield* desk.insert(item)
      yield* desk.insert(macro(1, { name: "alpha" }))
      const names = (search: Option.Option<string>, limit: number, after?: DeskItemKey) =>
        Effect.map(desk.list("CannedAnswer", accountId(2), search, page(limit, after)), (rows) =>
          rows.map(({ name }) => name)
        )
      assert.deepEqual(yield* names(none, 10), ["alpha", "Bravo", "bravo", "zebra", "Äpfel"])
      assert.deepEqual(yield* names(none, 1), ["alpha", "Bravo"])
      assert.deepEqual(yield* names(none, 2, ["bravo", answerId(3)]), ["bravo", "zebra", "Äpfel"])
      assert.deepEqual(yield* names(Option.some("RAV"), 10), ["Bravo", "bravo"])
      assert.deepEqual(yield* names(Option.some("%"), 10), [])
      assert.deepEqual(yield* names(Option.some("äpf"), 10), ["Äpfel"])
    })
  },
  {
    name: "TIC-10 a ticket is merged into one other at most, until that is undone, once",
    run: Effect.gen(function* () {
      const desk = yield* DeskRepository
      yield* desk.insertMerge(merge(1))
      assert.deepEqual(yield* desk.findMerge(ticketId(1)), Option.some(merge(1)))
      assert.deepEqual(yield* desk.findMerge(ticketId(2)), Option.none())
      assert.equal((yield* Effect.flip(desk.insertMerge(merge(2, { targetId: ticketId(3) })))).reason, "duplicate")
      yield* desk.endMerge(mergeId(1), at(50))
      assert.deepEqual(yield* desk.findMerge(ticketId(1)), Option.none())
      assert.equal((yield* Effect.flip(desk.endMerge(mergeId(1), at(51)))).reason, "conflict")
      yield* desk.insertMerge(merge(2))
      assert.deepEqual(yield* desk.findMerge(ticketId(1)), Option.some(merge(2)))
    })
  },
  {
    name: "TIC-10 the merges of two tickets that are undone are found from either side, and no others",
    run: Effect.gen(function* () {
      const desk = yield* DeskRepository
      const undone = (one: number, other: number) =>
        Effect.map(desk.undoneMerges(ticketId(one), ticketId(other)), (merges) => merges.map(({ id }) => id).sort())
      yield* desk.insertMerge(merge(1, { sourceId: ticketId(1), targetId: ticketId(2) }))
      assert.deepEqual(yield* undone(1, 2), [])
      yield* desk.endMerge(mergeId(1), at(50))
      yield* desk.insertMerge(merge(2, { sourceId: ticketId(3), targetId: ticketId(1) }))
      yield* desk.endMerge(mergeId(2), at(60))
      yield* desk.insertMerge(merge(3, { sourceId: ticketId(4), targetId: ticketId(5) }))
      yield* desk.endMerge(mergeId(3), at(70))
      yield* desk.insertMerge(merge(4, { sourceId: ticketId(1), targetId: ticketId(2) }))
      assert.deepEqual(yield* undone(1, 2), [mergeId(1), mergeId(2)])
      assert.deepEqual(yield* undone(2, 6), [mergeId(1)])
      assert.deepEqual(yield* undone(6, 3), [mergeId(2)])
      assert.deepEqual(yield* undone(6, 7), [])
      const [found] = yield* desk.undoneMerges(ticketId(2), ticketId(6))
      assert.deepEqual(found, { ...merge(1, { sourceId: ticketId(1), targetId: ticketId(2) }), undoneAt: at(50) })
    })
  },
  {
    name: "what is saved, removed or undone is the one that is named, of its kind, and the others stay as they were",
    run: Effect.gen(function* () {
      const desk = yield* DeskRepository
      for (const number of [1, 2]) yield* desk.insert(macro(number))
      yield* desk.insert(answer(1))
      const other = Effect.map(desk.find("Macro", macroId(2), accountId(1)), Option.getOrThrow)
      yield* desk.save(macro(1, { name: "Changed" }))
      assert.deepEqual(yield* other, macro(2))
      const ofAnotherKind = macro(3, { id: Schema.decodeSync(MacroId)(answerId(1)) })
      assert.equal((yield* Effect.flip(desk.save(ofAnotherKind))).reason, "conflict")
      assert.equal((yield* Effect.flip(desk.remove(ofAnotherKind))).reason, "conflict")
      yield* desk.remove(macro(1, { version: 1 }))
      assert.deepEqual(yield* other, macro(2))
      assert.deepEqual(yield* desk.find("CannedAnswer", answerId(1), accountId(1)), Option.some(answer(1)))
      yield* desk.insertMerge(merge(1))
      const standing = merge(2, { sourceId: ticketId(3) })
      yield* desk.insertMerge(standing)
      yield* desk.endMerge(mergeId(1), at(50))
      assert.deepEqual(yield* desk.findMerge(ticketId(3)), Option.some(standing))
    })
  }
]
