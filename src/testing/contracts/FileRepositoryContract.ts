import { strict as assert } from "node:assert"
import { Effect, Exit, Option } from "effect"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { File } from "../../tickets/File.ts"
import { FileRepository } from "../../tickets/FileRepository.ts"
import type { Suite } from "../Contract.ts"
import { blobKey, file, fileId, filePlace, looseFile, placedFile, removedFile, waitingFile } from "../fileSamples.ts"
import { at } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)
const ids = (files: ReadonlyArray<File>) => files.map(({ id }) => id)

const one = filePlace(1, 1)
const samples: ReadonlyArray<File> = [
  file(1),
  file(2, { contentId: "image001@example", owner: "form:x", name: 'Größe "L" 😀.png', size: 9_007_199_254_740_991 }),
  waitingFile(3, { scanFailures: 3 }),
  looseFile(4, { state: "Unscanned", scannedAt: null }),
  placedFile(5, one),
  placedFile(6, filePlace(1, 2, { visibility: "internal" }), { state: "Infected", threat: "Eicar", position: 3 }),
  placedFile(7, one, { state: "Waiting", scanDueAt: at(9), scannedAt: null, position: 1 }),
  removedFile(8)
]

/** What every `FileRepository` keeps. */
export const FileRepositoryContract: Suite<FileRepository | UnitOfWork> = [
  {
    name: "TIC-13 a file is found as it was inserted, in each state; a taken id is a duplicate, and then none is there",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      yield* files.insert([])
      yield* files.insert(samples)
      for (const sample of samples) assert.deepEqual(yield* files.find(sample.id), Option.some(sample))
      assert.deepEqual(yield* files.find(fileId(99)), Option.none())
      assert.equal(yield* reason(files.insert([file(20), file(1)])), "duplicate")
      assert.deepEqual(yield* files.find(fileId(20)), Option.none())
    })
  },
  {
    name: "a save changes all but id, key, owner and time of making, counts the version up, and only of the version that was read",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      yield* files.insert([file(1), file(2)])
      const next = placedFile(1, one, {
        name: "other.png",
        mediaType: "image/png",
        size: 3,
        digest: "b".repeat(64),
        contentId: "x",
        position: 2,
        scanFailures: 4,
        threat: "t",
        state: "Infected"
      })
      assert.equal(yield* reason(files.save({ ...next, version: 1 })), "conflict")
      assert.equal(yield* reason(files.save({ ...next, id: fileId(9) })), "conflict")
      yield* files.save({ ...next, key: blobKey(77), owner: "account:other", createdAt: at(99) })
      assert.deepEqual(yield* files.find(fileId(1)), Option.some({ ...next, version: 1 }))
      assert.deepEqual(yield* files.find(fileId(2)), Option.some(file(2)))
      assert.equal(yield* reason(files.save(next)), "conflict")
    })
  },
  {
    name: "TIC-13 the store itself refuses what cannot be: in a message and over some time, in neither, incomplete in a message, waiting without a time",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      const wrong = [
        looseFile(1, { expiresAt: null }),
        looseFile(1, { place: one }),
        file(1, { place: one, expiresAt: null }),
        removedFile(1, { place: one, expiresAt: null }),
        waitingFile(1, { scanDueAt: null }),
        looseFile(1, { scanDueAt: at(1) })
      ]
      for (const row of wrong) assert.equal(yield* reason(files.insert([row])), "other")
      yield* files.insert([looseFile(1)])
      for (const row of wrong) assert.equal(yield* reason(files.save(row)), "other")
      assert.deepEqual(yield* files.find(fileId(1)), Option.some(looseFile(1)))
    })
  },
  {
    name: "TIC-13 files go into a message together or not at all: in the version that was read, and in no message before",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      const unit = yield* UnitOfWork
      yield* files.insert([looseFile(1), waitingFile(2), looseFile(3), placedFile(4, filePlace(2, 9))])
      const into = (number: number, over: Partial<File> = {}): File => ({
        ...(number === 2 ? waitingFile(2) : looseFile(number)),
        place: one,
        position: number,
        expiresAt: null,
        ...over
      })
      const refused = (rows: ReadonlyArray<File>) => reason(unit.run(files.attach(rows)))
      assert.equal(yield* refused([into(1), into(2), into(3, { version: 1 })]), "conflict")
      assert.equal(yield* refused([into(1), into(4)]), "conflict")
      assert.equal(yield* refused([into(1), into(5)]), "conflict")
      assert.deepEqual(yield* files.ofMessages([one.messageId]), [])
      yield* files.attach([])
      yield* files.attach([into(1), into(2)])
      assert.deepEqual(yield* files.ofMessages([one.messageId]), [into(1, { version: 1 }), into(2, { version: 1 })])
      assert.equal(yield* refused([into(1, { version: 1 })]), "conflict")
      assert.deepEqual(yield* files.find(fileId(3)), Option.some(looseFile(3)))
    })
  },
  {
    name: "TIC-13 of messages that want one file at the same time one gets it",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      const unit = yield* UnitOfWork
      yield* files.insert([looseFile(1)])
      const exits = yield* Effect.forEach(
        [1, 2, 3, 4, 5, 6],
        (message) =>
          Effect.exit(unit.run(files.attach([{ ...looseFile(1), place: filePlace(1, message), expiresAt: null }]))),
        { concurrency: "unbounded" }
      )
      assert.equal(exits.filter(Exit.isSuccess).length, 1)
      assert.equal((yield* files.carriedBy(one.ticketId)).files, 1)
    })
  },
  {
    name: "files of messages come by message and position, of those that were asked for only",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      const two = filePlace(1, 2)
      yield* files.insert([
        placedFile(1, two, { position: 1 }),
        placedFile(2, one, { position: 1 }),
        placedFile(3, one, { position: 0 }),
        placedFile(4, two, { position: 0 }),
        placedFile(5, filePlace(2, 3)),
        looseFile(6)
      ])
      assert.deepEqual(ids(yield* files.ofMessages([two.messageId, one.messageId])), [3, 2, 4, 1].map(fileId))
      assert.deepEqual(ids(yield* files.ofMessages([filePlace(2, 3).messageId])), [fileId(5)])
      assert.deepEqual(yield* files.ofMessages([filePlace(2, 99).messageId]), [])
      assert.deepEqual(yield* files.ofMessages([]), [])
    })
  },
  {
    name: "TIC-13 what a ticket carries counts the files of its messages, and no other's",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      assert.deepEqual(yield* files.carriedBy(one.ticketId), { files: 0, bytes: 0 })
      yield* files.insert([
        placedFile(1, one, { size: 3_000_000_000 }),
        placedFile(2, filePlace(1, 2, { visibility: "internal" }), { size: 4_000_000_000 }),
        placedFile(3, filePlace(2, 3), { size: 5 }),
        looseFile(4)
      ])
      assert.deepEqual(yield* files.carriedBy(one.ticketId), { files: 2, bytes: 7_000_000_000 })
    })
  },
  {
    name: "files are read for update in the order of their ids, those that are not there left out",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      const unit = yield* UnitOfWork
      yield* files.insert([file(1), file(2), file(3)])
      const found = yield* unit.run(files.findForUpdate([fileId(3), fileId(9), fileId(1)]))
      assert.deepEqual(found, [file(1), file(3)])
      assert.deepEqual(yield* files.findForUpdate([]), [])
    })
  },
  {
    name: "TIC-13 scans are due by their time, the longest due first, loose or in a message",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      yield* files.insert([
        waitingFile(1, { scanDueAt: at(30) }),
        waitingFile(2, { scanDueAt: at(10) }),
        placedFile(3, one, { state: "Waiting", scanDueAt: at(20), scannedAt: null }),
        waitingFile(4, { scanDueAt: at(31) }),
        looseFile(5),
        file(6)
      ])
      assert.deepEqual(ids(yield* files.scanDue(at(30), 10)), [2, 3, 1].map(fileId))
      assert.deepEqual(ids(yield* files.scanDue(at(30), 2)), [2, 3].map(fileId))
      assert.deepEqual(ids(yield* files.scanDue(at(9), 2)), [])
    })
  },
  {
    name: "TIC-13 only files in no message whose time is over are retired, the longest over first, in portions",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      yield* files.insert([
        looseFile(1, { expiresAt: at(30) }),
        file(2, { expiresAt: at(10) }),
        waitingFile(3, { expiresAt: at(20) }),
        looseFile(4, { expiresAt: at(31) }),
        placedFile(5, one),
        removedFile(6, { expiresAt: at(1) })
      ])
      assert.equal(yield* files.retireExpired(at(30), 2), 2)
      assert.deepEqual(ids(yield* files.removed(10)), [2, 3, 6].map(fileId))
      assert.equal(yield* files.retireExpired(at(30), 2), 1)
      assert.equal(yield* files.retireExpired(at(30), 2), 0)
      assert.deepEqual(ids(yield* files.removed(10)), [1, 2, 3, 6].map(fileId))
      assert.deepEqual(ids(yield* files.removed(2)), [1, 2].map(fileId))
      assert.deepEqual(
        yield* files.find(fileId(3)),
        Option.some(waitingFile(3, { state: "Removed", expiresAt: at(20), scanDueAt: null, version: 1 }))
      )
      assert.deepEqual(yield* files.find(fileId(5)), Option.some(placedFile(5, one)))
    })
  },
  {
    name: "only what is to be deleted is forgotten, and bytes that another file needs are named",
    run: Effect.gen(function* () {
      const files = yield* FileRepository
      yield* files.insert([
        removedFile(1),
        removedFile(2),
        looseFile(3),
        placedFile(4, one, { key: blobKey(2) }),
        placedFile(5, one, { key: blobKey(2) })
      ])
      assert.deepEqual(yield* files.needed([1, 2, 3, 9].map(blobKey)), [2, 3].map(blobKey))
      assert.deepEqual(yield* files.needed([]), [])
      assert.equal(yield* files.forget([1, 3, 4, 9].map(fileId)), 1)
      assert.deepEqual(yield* files.find(fileId(1)), Option.none())
      for (const number of [2, 3, 4]) assert.ok(Option.isSome(yield* files.find(fileId(number))))
    })
  }
]
