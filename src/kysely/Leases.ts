import { Effect, Layer } from "effect"
import { Leases } from "../kernel/Leases.ts"
import { Database } from "./Database.ts"
import { queries } from "./query.ts"
import type { LeaseTable, Tables } from "./tables.ts"

export const layer: Layer.Layer<Leases, never, Database> = Layer.effect(
  Leases,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const acquire = q.changed("lease.acquire", (db, p: LeaseTable & { readonly now: number }) =>
      db
        .insertInto("lease")
        .values({ name: p.name, owner: p.owner, ends_at: p.ends_at })
        .onConflict((conflict) =>
          conflict
            .column("name")
            .doUpdateSet((eb) => ({ owner: eb.ref("excluded.owner"), ends_at: eb.ref("excluded.ends_at") }))
            .where((eb) => eb.or([eb("lease.owner", "=", eb.ref("excluded.owner")), eb("lease.ends_at", "<=", p.now)]))
        )
    )
    const release = q.changed("lease.release", (db, p: { readonly name: string; readonly owner: string }) =>
      db.deleteFrom("lease").where("name", "=", p.name).where("owner", "=", p.owner)
    )

    return Leases.of({
      acquire: (name, owner, until, now) =>
        Effect.map(acquire({ name, owner, ends_at: until, now }), (count) => count === 1),
      release: (name, owner) => Effect.asVoid(release({ name, owner }))
    })
  })
)
