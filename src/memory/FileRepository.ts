import { Effect, Layer } from "effect"
import type { File } from "../tickets/File.ts"
import { FileRepository } from "../tickets/FileRepository.ts"
import { Store, table } from "./Store.ts"

const files = table<File>()({ name: "file", key: ({ id }) => id })

/** As the constraints of the table of a database. */
const check = (file: File): void => {
  if (
    (file.place === null) !== (file.expiresAt !== null) ||
    (file.state === "Waiting") !== (file.scanDueAt !== null) ||
    ((file.state === "Uploading" || file.state === "Removed") && file.place !== null)
  ) {
    files.refuse("other")
  }
}

export const layer: Layer.Layer<FileRepository, never, Store> = Layer.effect(
  FileRepository,
  Effect.map(Store, (store) =>
    FileRepository.of({
      insert: (rows) =>
        store.write("file.insert", (write) => {
          for (const file of rows) {
            check(file)
            files.insert(write, file)
          }
        }),
      save: (file) =>
        store.write("file.save", (write) => {
          check(file)
          files.update(
            write,
            file.id,
            ({ version }) => version === file.version,
            ({ createdAt, key, owner }) => ({ ...file, key, owner, createdAt, version: file.version + 1 })
          )
        }),
      attach: (rows) =>
        store.write("file.attach", (write) => {
          for (const { expiresAt, id, place, position, version } of rows) {
            files.update(
              write,
              id,
              (stored) => stored.version === version && stored.place === null,
              (stored) => {
                const next = { ...stored, place, position, expiresAt, version: version + 1 }
                check(next)
                return next
              }
            )
          }
        }),
      find: (id) => store.read("file.find", (state) => files.get(state, id)),
      findForUpdate: (ids) =>
        store.read("file.findForUpdate", (state) =>
          files.filter(state, ({ id }) => ids.includes(id)).sort(files.by(({ id }) => id))
        ),
      ofMessages: (messageIds) =>
        store.read("file.ofMessages", (state) =>
          files
            .filter(state, ({ place }) => place !== null && messageIds.includes(place.messageId))
            .sort(
              files.by(
                ({ place }) => place?.messageId ?? "",
                ({ position }) => position,
                ({ id }) => id
              )
            )
        ),
      carriedBy: (ticketId) =>
        store.read("file.carriedBy", (state) => {
          const carried = files.filter(state, ({ place }) => place?.ticketId === ticketId)
          return { files: carried.length, bytes: carried.reduce((sum, { size }) => sum + size, 0) }
        }),
      scanDue: (now, limit) =>
        store.read("file.scanDue", (state) =>
          files
            .filter(state, ({ scanDueAt }) => scanDueAt !== null && scanDueAt <= now)
            .sort(
              files.by(
                ({ scanDueAt }) => scanDueAt ?? 0,
                ({ id }) => id
              )
            )
            .slice(0, limit)
        ),
      retireExpired: (now, limit) =>
        store.write("file.retireExpired", (write) => {
          const over = files
            .filter(
              write.state,
              ({ expiresAt, state }) => state !== "Removed" && expiresAt !== null && expiresAt <= now
            )
            .sort(
              files.by(
                ({ expiresAt }) => expiresAt ?? 0,
                ({ id }) => id
              )
            )
            .slice(0, limit)
          for (const { id } of over) {
            files.update(
              write,
              id,
              () => true,
              (stored) => ({ ...stored, state: "Removed", scanDueAt: null, version: stored.version + 1 })
            )
          }
          return over.length
        }),
      removed: (limit) =>
        store.read("file.removed", (state) =>
          files
            .filter(state, (file) => file.state === "Removed")
            .sort(files.by(({ id }) => id))
            .slice(0, limit)
        ),
      needed: (keys) =>
        store.read("file.needed", (state) => [
          ...new Set(
            files
              .filter(state, (file) => file.state !== "Removed" && keys.includes(file.key))
              .map(({ key }) => key)
              .sort()
          )
        ]),
      forget: (ids) =>
        store.write("file.forget", (write) =>
          files.removeAll(write, ({ id, state }) => state === "Removed" && ids.includes(id))
        )
    })
  )
)
