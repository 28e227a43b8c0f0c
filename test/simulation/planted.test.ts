import { Context, Effect, Layer, Logger, Option } from "effect"
import { describe, expect, it } from "vitest"
import { InvitationRepository } from "../../src/invitations/InvitationRepository.ts"
import { EventLog } from "../../src/kernel/EventLog.ts"
import { LinkRepository } from "../../src/kernel/Links.ts"
import { Outbox } from "../../src/kernel/Outbox.ts"
import { newMembership } from "../../src/tenants/Membership.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { simulate } from "../../src/testing/simulation/simulate.ts"
import { simulationSettings } from "../../src/testing/simulation/World.ts"
import { everyPort } from "../support/portal.ts"
import { storages } from "./storages.ts"

type Ports = Layer.Success<typeof everyPort.memory>

/** What a simulation has to say against the stories that it tells: nothing, or in what model and world disagree. */
const verdict = (told: Promise<void>): Promise<string> =>
  told.then(
    () => "agreed",
    (error: unknown) => (error instanceof Error ? String(error.cause) : String(error))
  )

/** Tells stories on a memory adapter in which one port has a mistake. */
const withMistake = <I, S>(port: Context.Key<I & Ports, S>, mistake: (right: S) => S) => {
  const ports = Layer.flatMap(everyPort.memory, (context) =>
    Layer.succeedContext(Context.add(context, port, mistake(Context.get(context, port))) as Context.Context<Ports>)
  )
  const { memory } = storages(simulationSettings, ports)
  return verdict(simulate(Layer.merge(memory, Logger.layer([])), { runs: 300, seed: 7 }))
}

describe("stories find a mistake that was planted", { timeout: 120_000 }, () => {
  it("INV-05 V-25 nobody asks whether the inviter still may", () =>
    expect(
      withMistake(InvitationRepository, (right) => ({
        ...right,
        endFacts: (...of) =>
          Effect.map(
            right.endFacts(...of),
            Option.map((facts) => {
              const { invitation, inviter } = facts
              const id = invitation.inviterMembershipId
              if (inviter === null || id === null) return facts
              const account = { id: inviter.accountId, email: invitation.email }
              const { createdAt: now, tenantId } = invitation
              return {
                ...facts,
                inviter: { ...inviter, membership: newMembership({ id, tenantId, account, roles: ["owner"], now }) }
              }
            })
          )
      }))
    ).resolves.toContain('expected "GrantorLostAuthority"'))

  it("V-26 nobody counts the seats", () =>
    expect(
      withMistake(TenantRepository, (right) => ({
        ...right,
        findForUpdate: (id) =>
          Effect.map(
            right.findForUpdate(id),
            Option.map((tenant) => ({ ...tenant, seats: null }))
          )
      }))
    ).resolves.toContain('expected "NoSeatLeft"'))

  it("V-01 TEN-04 nobody looks for the last owner", () =>
    expect(
      withMistake(TenantRepository, (right) => ({
        ...right,
        findForUpdate: (id) =>
          Effect.map(
            right.findForUpdate(id),
            Option.map((tenant) => ({
              ...tenant,
              ownerCount: tenant.ownerCount + 1,
              memberCount: tenant.memberCount + 1
            }))
          )
      }))
    ).resolves.toContain(`expected "LastOwner"`))

  it("V-11 older links stay open", () =>
    expect(withMistake(LinkRepository, (right) => ({ ...right, voidOpen: () => Effect.succeed(0) }))).resolves.toMatch(
      /V-11|R-TK-07/
    ))

  it("V-08 a link that was used stays open", () =>
    expect(withMistake(LinkRepository, (right) => ({ ...right, redeem: () => Effect.void }))).resolves.toContain(
      "R-TK-07"
    ))

  it("V-03 V-07 members of one tenant count in the other one", () =>
    expect(
      withMistake(MembershipRepository, (right) => ({
        ...right,
        accessFacts: (tenantId, accountId) =>
          Effect.gen(function* () {
            const facts = yield* right.accessFacts(tenantId, accountId)
            const [elsewhere] = yield* right.ofAccount(accountId)
            return Option.map(facts, (facts) => ({
              ...facts,
              membership: facts.membership ?? elsewhere?.membership ?? null
            }))
          })
      }))
    ).resolves.toContain('the answer\nexpected "NotFound"'))

  it("V-34 a mail is forgotten", () => {
    let count = 0
    return expect(
      withMistake(Outbox, (right) => ({ append: (mails) => (++count % 7 === 0 ? Effect.void : right.append(mails)) }))
    ).resolves.toMatch(/V-34|there is no letter|expected/)
  })

  it("V-38 an event is forgotten", () =>
    expect(
      withMistake(EventLog, (right) => ({
        append: (events) => right.append(events.filter(({ type }) => type !== "invitation.revoked"))
      }))
    ).resolves.toContain("INV-06"))

  it("INV-07 an open invitation is not seen when the address is invited again", () =>
    expect(
      withMistake(InvitationRepository, (right) => ({
        ...right,
        inviteFacts: (...of) =>
          Effect.map(
            right.inviteFacts(...of),
            Option.map((facts) => ({ ...facts, pending: null }))
          )
      }))
    ).resolves.toContain('found    "Unavailable"'))

  it("what has expired is shown as open", () =>
    expect(
      withMistake(InvitationRepository, (right) => ({
        ...right,
        openForEmail: (email, _, window) => right.openForEmail(email, 0 as never, window)
      }))
    ).resolves.toContain("looks what is open: the answer"))

  it("a role that was changed is not kept", () =>
    expect(withMistake(MembershipRepository, (right) => ({ ...right, update: () => Effect.void }))).resolves.toMatch(
      /the state|V-01/
    ))
})
