import { Effect, Layer, Option } from "effect"
import { fullName } from "../accounts/Account.ts"
import type { ShareableLink } from "../invitations/ShareableLink.ts"
import { ShareableLinkRepository, type ShareableLinkView } from "../invitations/ShareableLinkRepository.ts"
import { accounts } from "./AccountRepository.ts"
import { type State, Store, table } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

interface Row {
  readonly link: ShareableLink
  readonly secretHash: string
}

const keyOf = (tenantId: string, id: string): string => `${tenantId} ${id}`

export const shareableLinks = table<Row>()({
  name: "shareable_link",
  key: ({ link }) => keyOf(link.tenantId, link.id),
  unique: { secret: ({ secretHash }) => secretHash }
})

const viewOf =
  (state: State) =>
  ({ link }: Row): Option.Option<ShareableLinkView> =>
    Option.map(tenants.get(state, link.tenantId), (tenant) => ({
      link,
      tenantName: tenant.name,
      tenantState: tenant.state,
      creatorName: Option.match(accounts.get(state, link.creatorId), {
        onNone: () => "",
        onSome: ({ account }) => fullName(account)
      })
    }))

export const layer: Layer.Layer<ShareableLinkRepository, never, Store> = Layer.effect(
  ShareableLinkRepository,
  Effect.map(Store, (store) =>
    ShareableLinkRepository.of({
      insert: (link, secretHash) =>
        store.write("shareableLink.insert", (write) => shareableLinks.insert(write, { link, secretHash })),
      save: (link) =>
        store.write("shareableLink.save", (write) => {
          // as the databases' check constraint does
          if (link.uses > link.maxUses || link.uses < 0) shareableLinks.refuse("other")
          shareableLinks.update(
            write,
            keyOf(link.tenantId, link.id),
            (stored) => stored.link.version === link.version,
            (stored) => ({
              ...stored,
              link: {
                ...stored.link,
                domain: link.domain,
                maxUses: link.maxUses,
                uses: link.uses,
                expiresAt: link.expiresAt,
                revokedAt: link.revokedAt,
                version: link.version + 1
              }
            })
          )
        }),
      findByHash: (secretHash) =>
        store.read("shareableLink.findByHash", (state) =>
          Option.flatMap(shareableLinks.find(state, "secret", secretHash), viewOf(state))
        ),
      find: (tenantId, id) =>
        store.read("shareableLink.find", (state) =>
          Option.flatMap(shareableLinks.get(state, keyOf(tenantId, id)), viewOf(state))
        ),
      findForUpdate: (tenantId, id) =>
        store.read("shareableLink.findForUpdate", (state) =>
          Option.map(shareableLinks.get(state, keyOf(tenantId, id)), ({ link }) => link)
        ),
      list: (tenantId, { after, limit }) =>
        store.read("shareableLink.list", (state) =>
          shareableLinks
            .filter(
              state,
              ({ link }) =>
                link.tenantId === tenantId &&
                Option.match(after, {
                  onNone: () => true,
                  onSome: ([instant, last]) =>
                    link.createdAt < instant || (link.createdAt === instant && link.id < last)
                })
            )
            .sort(
              shareableLinks.by(
                ({ link }) => link.createdAt,
                ({ link }) => link.id
              )
            )
            .toReversed()
            .slice(0, limit + 1)
            .flatMap((row) => Option.toArray(viewOf(state)(row)))
        )
    })
  )
)
