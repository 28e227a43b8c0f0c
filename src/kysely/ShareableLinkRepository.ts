import { Effect, Layer, Option } from "effect"
import { fullName } from "../accounts/Account.ts"
import type { ShareableLink } from "../invitations/ShareableLink.ts"
import { ShareableLinkRepository, type ShareableLinkView } from "../invitations/ShareableLinkRepository.ts"
import type { AccountId, MembershipId, ShareableLinkId, TenantId } from "../kernel/ids.ts"
import { RoleNames } from "../kernel/Permission.ts"
import { Database } from "./Database.ts"
import { byBytes, forUpdate, instant, instantOrNull, integer } from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading } from "./stored.ts"
import { stateOf as tenantStateOf } from "./TenantRepository.ts"
import type { ShareableLinkTable, Tables } from "./tables.ts"

// without the hash of the secret, which nothing reads
const COLUMNS = [
  "shareable_link.tenant_id",
  "shareable_link.id",
  "shareable_link.label",
  "shareable_link.roles",
  "shareable_link.domain",
  "shareable_link.max_uses",
  "shareable_link.uses",
  "shareable_link.creator_id",
  "shareable_link.creator_membership_id",
  "shareable_link.created_at",
  "shareable_link.expires_at",
  "shareable_link.revoked_at",
  "shareable_link.version"
] as const satisfies ReadonlyArray<`shareable_link.${keyof ShareableLinkTable}`>

const VIEW = [
  "tenant.name as tenant_name",
  "tenant.state as tenant_state",
  "account.first_name",
  "account.last_name"
] as const

type Row = Omit<ShareableLinkTable, "secret_hash">
type ViewRow = Row & {
  readonly tenant_name: string
  readonly tenant_state: string
  readonly first_name: string | null
  readonly last_name: string | null
}

const rolesOf = json(RoleNames)

/** A row as a link. Ids are what `insert` has written, which is why their brands hold. */
const toLink = (row: Row): ShareableLink => ({
  id: row.id as ShareableLinkId,
  tenantId: row.tenant_id as TenantId,
  label: row.label,
  roles: rolesOf(row.roles),
  domain: row.domain,
  maxUses: integer(row.max_uses),
  uses: integer(row.uses),
  creatorId: row.creator_id as AccountId,
  creatorMembershipId: row.creator_membership_id as MembershipId,
  createdAt: instant(row.created_at),
  expiresAt: instant(row.expires_at),
  revokedAt: instantOrNull(row.revoked_at),
  version: integer(row.version)
})

const toView = (row: ViewRow): ShareableLinkView => ({
  link: toLink(row),
  tenantName: row.tenant_name,
  tenantState: tenantStateOf(row.tenant_state),
  creatorName: fullName({ firstName: row.first_name ?? "", lastName: row.last_name ?? "" })
})

const one =
  <From, A>(read: (row: From) => A) =>
  (row: From | undefined): Option.Option<A> =>
    row === undefined ? Option.none() : Option.some(read(row))

export const layer: Layer.Layer<ShareableLinkRepository, never, Database> = Layer.effect(
  ShareableLinkRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    const insert = q.insert("shareableLink.insert", "shareable_link", [
      "tenant_id",
      "id",
      "secret_hash",
      "label",
      "roles",
      "domain",
      "max_uses",
      "uses",
      "creator_id",
      "creator_membership_id",
      "created_at",
      "expires_at",
      "revoked_at",
      "version"
    ])
    const save = q.exactlyOne(
      "shareableLink.save",
      (
        db,
        p: Pick<ShareableLink, "tenantId" | "id" | "domain" | "maxUses" | "uses" | "version"> & {
          readonly expiresAt: number
          readonly revokedAt: number | null
        }
      ) =>
        db
          .updateTable("shareable_link")
          .set((eb) => ({
            domain: p.domain,
            max_uses: p.maxUses,
            uses: p.uses,
            expires_at: p.expiresAt,
            revoked_at: p.revokedAt,
            version: eb("version", "+", 1)
          }))
          .where("tenant_id", "=", p.tenantId)
          .where("id", "=", p.id)
          .where("version", "=", p.version)
    )
    const findByHash = q.first("shareableLink.findByHash", (db, p: { readonly hash: string }) =>
      db
        .selectFrom("shareable_link")
        .innerJoin("tenant", "tenant.id", "shareable_link.tenant_id")
        .leftJoin("account", "account.id", "shareable_link.creator_id")
        .select(COLUMNS)
        .select(VIEW)
        .where("shareable_link.secret_hash", "=", p.hash)
    )
    interface Named {
      readonly tenantId: string
      readonly id: string
    }
    const find = q.first("shareableLink.find", (db, p: Named) =>
      db
        .selectFrom("shareable_link")
        .innerJoin("tenant", "tenant.id", "shareable_link.tenant_id")
        .leftJoin("account", "account.id", "shareable_link.creator_id")
        .select(COLUMNS)
        .select(VIEW)
        .where("shareable_link.tenant_id", "=", p.tenantId)
        .where("shareable_link.id", "=", p.id)
    )
    const findForUpdate = q.first("shareableLink.findForUpdate", (db, p: Named) =>
      forUpdate(
        kind,
        db.selectFrom("shareable_link").select(COLUMNS).where("tenant_id", "=", p.tenantId).where("id", "=", p.id)
      )
    )
    interface Listed {
      readonly tenantId: string
      readonly createdAt: number
      readonly id: string
      readonly limit: number
    }
    const list = (goesOn: boolean) =>
      q.all("shareableLink.list", (db, p: Listed) => {
        let query = db
          .selectFrom("shareable_link")
          .innerJoin("tenant", "tenant.id", "shareable_link.tenant_id")
          .leftJoin("account", "account.id", "shareable_link.creator_id")
          .select(COLUMNS)
          .select(VIEW)
          .where("shareable_link.tenant_id", "=", p.tenantId)
        if (goesOn) {
          query = query.where((eb) =>
            eb.or([
              eb("shareable_link.created_at", "<", p.createdAt),
              eb.and([
                eb("shareable_link.created_at", "=", p.createdAt),
                eb(byBytes(kind, eb.ref("shareable_link.id")), "<", p.id)
              ])
            ])
          )
        }
        return query
          .orderBy("shareable_link.created_at", "desc")
          .orderBy((eb) => byBytes(kind, eb.ref("shareable_link.id")), "desc")
          .limit(p.limit)
      })
    const lists = { first: list(false), next: list(true) }

    return ShareableLinkRepository.of({
      insert: (link, secretHash) =>
        insert([
          {
            tenant_id: link.tenantId,
            id: link.id,
            secret_hash: secretHash,
            label: link.label,
            roles: JSON.stringify(link.roles),
            domain: link.domain,
            max_uses: link.maxUses,
            uses: link.uses,
            creator_id: link.creatorId,
            creator_membership_id: link.creatorMembershipId,
            created_at: link.createdAt,
            expires_at: link.expiresAt,
            revoked_at: link.revokedAt,
            version: link.version
          }
        ]),
      save: (link) => save(link),
      findByHash: (hash) => reading("shareableLink.findByHash", one(toView))(findByHash({ hash })),
      find: (tenantId, id) => reading("shareableLink.find", one(toView))(find({ tenantId, id })),
      findForUpdate: (tenantId, id) =>
        reading("shareableLink.findForUpdate", one(toLink))(findForUpdate({ tenantId, id })),
      list: (tenantId, { after, limit }) => {
        const [createdAt, id] = Option.getOrElse(after, () => [0, ""] as const)
        return reading("shareableLink.list", (rows: ReadonlyArray<ViewRow>) => rows.map(toView))(
          lists[Option.isSome(after) ? "next" : "first"]({ tenantId, createdAt, id, limit: limit + 1 })
        )
      }
    })
  })
)
