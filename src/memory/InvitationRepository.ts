import { Effect, Layer, Option } from "effect"
import { fullName } from "../accounts/Account.ts"
import { type Invitation, stateAt } from "../invitations/Invitation.ts"
import { type InvitationKey, InvitationRepository, type InvitationView } from "../invitations/InvitationRepository.ts"
import type { InvitationId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import { accounts } from "./AccountRepository.ts"
import { factsOf } from "./MembershipRepository.ts"
import { type State, Store, table } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

const keyOf = (tenantId: string, id: string): string => `${tenantId} ${id}`

export const invitations = table<Invitation>()({
  name: "invitation",
  key: ({ id, tenantId }) => keyOf(tenantId, id),
  unique: { pending: ({ email, state, tenantId }) => (state === "pending" ? `${tenantId} ${email}` : undefined) }
})

const isPending = ({ state }: Invitation): boolean => state === "pending"

const nameOf = (state: State, accountId: string): Option.Option<string> =>
  Option.map(accounts.get(state, accountId), ({ account }) => fullName(account))

const viewOf =
  (state: State) =>
  (invitation: Invitation): Option.Option<InvitationView> =>
    Option.map(tenants.get(state, invitation.tenantId), ({ name }) => ({
      invitation,
      tenantName: name,
      inviterName: Option.getOrElse(nameOf(state, invitation.inviterId ?? ""), () => "")
    }))

const newestFirst = (rows: ReadonlyArray<Invitation>): Array<Invitation> =>
  rows
    .toSorted(
      invitations.by(
        ({ createdAt }) => createdAt,
        ({ id }) => id
      )
    )
    .toReversed()

const isAfter =
  (after: Option.Option<InvitationKey>) =>
  ({ createdAt, id }: Invitation): boolean =>
    Option.match(after, {
      onNone: () => true,
      onSome: ([instant, last]) => createdAt < instant || (createdAt === instant && id < last)
    })

/** One page and one row more, newest first. */
const page = (
  state: State,
  keep: (invitation: Invitation) => boolean,
  { after, limit }: Window<InvitationKey>
): ReadonlyArray<InvitationView> =>
  newestFirst(invitations.filter(state, keep))
    .filter(isAfter(after))
    .slice(0, limit + 1)
    .flatMap((invitation) => Option.toArray(viewOf(state)(invitation)))

const get = (state: State, tenantId: TenantId, id: InvitationId): Option.Option<Invitation> =>
  invitations.get(state, keyOf(tenantId, id))

export const layer: Layer.Layer<InvitationRepository, never, Store> = Layer.effect(
  InvitationRepository,
  Effect.map(Store, (store) =>
    InvitationRepository.of({
      insert: (invitation) => store.write("invitation.insert", (write) => invitations.insert(write, invitation)),
      insertAll: (rows) =>
        store.write("invitation.insert", (write) => {
          for (const invitation of rows) invitations.insert(write, invitation)
        }),
      renewAll: (tenantId, ids, renewal) =>
        store.write("invitation.renewAll", (write) => {
          for (const id of ids) {
            invitations.update(write, keyOf(tenantId, id), isPending, (stored) => ({
              ...stored,
              ...renewal,
              undeliverableAt: null
            }))
          }
        }),
      expireAll: (tenantId, ids, at) =>
        store.write("invitation.expireAll", (write) => {
          for (const id of ids) {
            invitations.update(write, keyOf(tenantId, id), isPending, (stored) => ({
              ...stored,
              state: "expired",
              endedAt: at
            }))
          }
        }),
      markUndeliverable: (tenantId, id, mailedAt, at) =>
        store.write("invitation.markUndeliverable", (write) => {
          const marks = (stored: Invitation) =>
            isPending(stored) && stored.sentAt <= mailedAt && stored.undeliverableAt === null
          return (
            invitations.updateAll(
              write,
              (stored) => stored.tenantId === tenantId && stored.id === id && marks(stored),
              (stored) => ({ ...stored, undeliverableAt: at })
            ) === 1
          )
        }),
      pendingOf: (tenantId, emails) =>
        store.read("invitation.pendingOf", (state) =>
          emails.flatMap((email) => Option.toArray(invitations.find(state, "pending", `${tenantId} ${email}`)))
        ),
      save: (invitation) =>
        store.write("invitation.save", (write) =>
          invitations.update(
            write,
            keyOf(invitation.tenantId, invitation.id),
            (stored) => stored.state === "pending",
            () => invitation
          )
        ),
      find: (tenantId, id) =>
        store.read("invitation.find", (state) => Option.flatMap(get(state, tenantId, id), viewOf(state))),
      inviteFacts: (tenantId, inviterId, email) =>
        store.read("invitation.inviteFacts", (state) =>
          Option.map(
            Option.all({ inviter: factsOf(state, tenantId, inviterId), tenant: tenants.get(state, tenantId) }),
            ({ inviter, tenant }) => ({
              inviter,
              inviterName: Option.getOrElse(nameOf(state, inviterId), () => ""),
              tenantName: tenant.name,
              pending: Option.getOrNull(invitations.find(state, "pending", `${tenantId} ${email}`))
            })
          )
        ),
      endFacts: (tenantId, id, person) =>
        store.read("invitation.endFacts", (state) =>
          Option.map(get(state, tenantId, id), (invitation) => {
            const { inviterId } = invitation
            const self = person === null ? Option.none() : accounts.get(state, person)
            return {
              invitation,
              inviter: inviterId === null ? null : Option.getOrNull(factsOf(state, tenantId, inviterId)),
              person: Option.getOrNull(
                Option.flatMap(self, ({ account }) =>
                  Option.map(factsOf(state, tenantId, account.id), (access) => ({ email: account.email, access }))
                )
              )
            }
          })
        ),
      list: (tenantId, filter, window) =>
        store.read("invitation.list", (state) =>
          page(
            state,
            (invitation) =>
              invitation.tenantId === tenantId &&
              (!filter.contacts || invitation.contact !== null) &&
              Option.match(filter.state, {
                onNone: () => true,
                onSome: (wanted) => stateAt(invitation, filter.now) === wanted
              }),
            window
          )
        ),
      openForEmail: (email, now, window) =>
        store.read("invitation.openForEmail", (state) =>
          page(
            state,
            (invitation) =>
              invitation.email === email &&
              stateAt(invitation, now) === "pending" &&
              Option.exists(
                tenants.get(state, invitation.tenantId),
                (tenant) => tenant.state === "active" || tenant.state === "in-setup"
              ),
            window
          )
        ),
      revokeAll: (tenantId, now, by) =>
        store.write("invitation.revokeAll", (write) => {
          const revoked = invitations
            .filter(
              write.state,
              ({ inviterId, state, tenantId: of }) =>
                of === tenantId && state === "pending" && (by === "anybody" || inviterId === null)
            )
            .map((invitation): Invitation => ({ ...invitation, state: "revoked", endedAt: now }))
          for (const one of revoked) {
            invitations.update(
              write,
              keyOf(one.tenantId, one.id),
              () => true,
              () => one
            )
          }
          return revoked
        }),
      expire: (now, limit) =>
        store.write("invitation.expire", (write) => {
          const overdue = invitations
            .filter(write.state, ({ expiresAt, state }) => state === "pending" && expiresAt <= now)
            .sort(invitations.by(({ expiresAt }) => expiresAt))
            .slice(0, limit)
            .map((invitation): Invitation => ({ ...invitation, state: "expired", endedAt: now }))
          for (const expired of overdue) {
            invitations.update(
              write,
              keyOf(expired.tenantId, expired.id),
              () => true,
              () => expired
            )
          }
          return overdue
        })
    })
  )
)
