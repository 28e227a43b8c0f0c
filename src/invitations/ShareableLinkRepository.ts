import { Context, type Effect, type Option } from "effect"
import type { ShareableLinkId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { TenantState } from "../tenants/Tenant.ts"
import type { ShareableLink } from "./ShareableLink.ts"

/** A link with what its reader may see of the tenant and the one who made it. */
export interface ShareableLinkView {
  readonly link: ShareableLink
  readonly tenantName: string
  readonly tenantState: TenantState
  /** Full name; empty when the account is gone. */
  readonly creatorName: string
}

/** Lists are in the order of creation, newest first: instant, then id. */
export type ShareableLinkKey = readonly [createdAt: number, id: string]

/** Links that can be shared; each belongs to one tenant for its whole life. Their secrets are kept as hashes, which no method answers. */
export class ShareableLinkRepository extends Context.Service<
  ShareableLinkRepository,
  {
    /** MUST fail with `duplicate` when the id or the hash is taken. */
    readonly insert: (link: ShareableLink, secretHash: string) => Effect.Effect<void, PersistenceError>
    /**
     * Saves every field that can change (the restrictions, the uses, the revocation), and counts the version up; MUST fail with `conflict` unless the
     * stored version is `link.version`. The store itself MUST refuse more uses than allowed.
     */
    readonly save: (link: ShareableLink) => Effect.Effect<void, PersistenceError>
    /** Of whatever tenant: the secret opens one link only. */
    readonly findByHash: (secretHash: string) => Effect.Effect<Option.Option<ShareableLinkView>, PersistenceError>
    readonly find: (
      tenantId: TenantId,
      id: ShareableLinkId
    ) => Effect.Effect<Option.Option<ShareableLinkView>, PersistenceError>
    /** MUST lock the row until the unit ends. A unit that locks the tenant, too, locks that first. */
    readonly findForUpdate: (
      tenantId: TenantId,
      id: ShareableLinkId
    ) => Effect.Effect<Option.Option<ShareableLink>, PersistenceError>
    /** Of one tenant. At most `limit + 1` rows (see `Page.make`). */
    readonly list: (
      tenantId: TenantId,
      window: Window<ShareableLinkKey>
    ) => Effect.Effect<ReadonlyArray<ShareableLinkView>, PersistenceError>
  }
>()("portico/invitations/ShareableLinkRepository") {}
