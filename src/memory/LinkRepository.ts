import { Effect, Layer, Option } from "effect"
import { type Link, LinkRepository } from "../kernel/Links.ts"
import { Store, table } from "./Store.ts"

export const links = table<Link>()({ name: "link", key: (link) => link.hash })

const isOpen = (link: Link): boolean => link.usedAt === null && link.voidedAt === null

export const layer: Layer.Layer<LinkRepository, never, Store> = Layer.effect(
  LinkRepository,
  Effect.map(Store, (store) =>
    LinkRepository.of({
      insert: (link) => store.write("link.insert", (write) => links.insert(write, link)),
      insertAll: (rows) =>
        store.write("link.insert", (write) => {
          for (const link of rows) links.insert(write, link)
        }),
      voidOpen: (purpose, subject, at) =>
        store.write("link.voidOpen", (write) =>
          links.updateAll(
            write,
            (link) => link.purpose === purpose && link.subject === subject && isOpen(link),
            (link) => ({ ...link, voidedAt: at })
          )
        ),
      voidOpenOf: (purpose, subjects, at) =>
        store.write("link.voidOpenOf", (write) => {
          const wanted = new Set(subjects)
          return links.updateAll(
            write,
            (link) => link.purpose === purpose && wanted.has(link.subject) && isOpen(link),
            (link) => ({ ...link, voidedAt: at })
          )
        }),
      voidOfTenant: (tenantId, at) =>
        store.write("link.voidOfTenant", (write) =>
          links.updateAll(
            write,
            (link) => link.tenantId === tenantId && isOpen(link),
            (link) => ({ ...link, voidedAt: at })
          )
        ),
      find: (purpose, hash) =>
        store.read("link.find", (state) => Option.filter(links.get(state, hash), (link) => link.purpose === purpose)),
      openOf: (purpose, subject) =>
        store.read("link.openOf", (state) =>
          Option.fromUndefinedOr(
            links
              .filter(state, (link) => link.purpose === purpose && link.subject === subject && isOpen(link))
              .sort((a, b) => b.issuedAt - a.issuedAt || (a.hash < b.hash ? -1 : 1))[0]
          )
        ),
      redeem: (purpose, hash, at) =>
        store.write("link.redeem", (write) =>
          links.update(
            write,
            hash,
            (link) => link.purpose === purpose && isOpen(link) && at < link.expiresAt,
            (link) => ({ ...link, usedAt: at })
          )
        ),
      purge: (before, limit) =>
        store.write("link.purge", (write) => {
          const ended = new Set(
            links
              .filter(write.state, (link) => link.expiresAt < before)
              .sort(links.by((link) => link.expiresAt))
              .slice(0, limit)
          )
          return links.removeAll(write, (link) => ended.has(link))
        })
    })
  )
)
