import { Effect, Option, type Redacted, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId } from "../kernel/ids.ts"
import { personalKey, type Rule, sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import * as UseCase from "../kernel/UseCase.ts"
import type { Account, Credentials } from "./Account.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { AddressConfigured, AddressTaken, AddressUnchanged, ChangeOfSomeoneElse } from "./EmailChange.ts"
import {
  confirmNewAddress,
  emailChanged,
  emailChangeLink,
  newAddressAsked,
  newAddressTaken
} from "./emailChangeMails.ts"
import { circumstances, ownForUpdate } from "./factors.ts"
import { rotateAfterCredentialChange } from "./proceed.ts"
import { RegistrationRepository } from "./RegistrationRepository.ts"
import { operatorsOf } from "./StaffMember.ts"

const subject = (id: AccountId) => ({ kind: "account", id })

const linkLimits = (
  _: unknown,
  { request, settings }: Pick<UseCase.Call<Actor.Kind>, "request" | "settings">
): Effect.Effect<ReadonlyArray<Rule>> =>
  Effect.succeed([{ key: `emailChanges.link:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

/** What every mail about a change has in common. */
const about = (account: Account) => ({ accountId: account.id, process: `account:${account.id}` })

/** The mail to whoever has the address. Its row holds a secret like the other's, which is told to nobody, so that rows are alike (R-EN-03). */
const toHolder = (asker: Account, holder: Account, secret: Redacted.Redacted) => ({
  ...newAddressTaken.mail({
    ...about(asker),
    recipient: holder.email,
    locale: holder.locale,
    values: {},
    accountId: holder.id
  }),
  secret
})

/**
 * Asks for another address of the caller's account: a link goes to it, and the present address is told (REG-09). Nothing changes before the link is
 * confirmed; an older link is void. Whether the address has an account changes neither the answer nor the work (R-EN-06): whoever has it gets a mail of
 * their own, and the link is told to nobody.
 */
export const ask = UseCase.command({
  name: "emailChanges.ask",
  summary: "Sends a link to a new address for the caller's account, which counts once that is confirmed.",
  actors: ["Account"],
  requires: "self",
  sensitive: true,
  input: Schema.Struct({ email: EmailAddressFromInput }),
  output: Schema.Void,
  errors: [AddressUnchanged, AddressConfigured],
  limits: ({ email }, { actor, request, settings }) =>
    Effect.map(personalKey("emailChanges.mail", email), (key) => [
      { key, limit: settings.limits.mailPerAddress },
      { key: `emailChanges.account:${actor.accountId}`, limit: settings.limits.mailPerAddress },
      { key: `emailChanges.mail:${sourceKey(request.source)}`, limit: settings.limits.mailPerSource }
    ]),
  unit: Effect.fnUntraced(function* ({ email }, unit) {
    const accounts = yield* AccountRepository
    // locked, so that of links that are asked for in parallel only one opens in the end (V-11)
    const { account } = yield* ownForUpdate(unit.actor)
    if (account.email === email) return yield* new AddressUnchanged()
    if (operatorsOf(unit.settings).includes(account.email)) return yield* new AddressConfigured()
    const holder = yield* accounts.findByEmail(email)
    const { link, secret } = yield* Links.issue(emailChangeLink, {
      subject: account.id,
      email,
      credentialEpoch: account.credentialEpoch,
      now: unit.now,
      lifetime: unit.settings.emailChange.linkLifetime
    })
    unit.record({
      type: "account.emailChangeAsked",
      subject: subject(account.id),
      // who has the new address, and who has the present one
      data: { told: 2 },
      personal: { email }
    })
    unit.send(
      Option.isSome(holder)
        ? toHolder(account, holder.value.account, secret)
        : confirmNewAddress.mail({
            ...about(account),
            recipient: email,
            locale: account.locale,
            values: { credentialEpoch: account.credentialEpoch, expiresAt: link.expiresAt },
            secret
          })
    )
    unit.send(
      newAddressAsked.mail({
        ...about(account),
        recipient: account.email,
        locale: account.locale,
        values: { email, ...circumstances(unit) }
      })
    )
  })
})

/** The account of a link, unless its credentials have changed since it was sent (AUT-06): a reset of the password voids the change (R-SO-06). */
const accountOf = (link: Links.Link, found: Option.Option<Credentials>): Effect.Effect<Account, Links.LinkUnusable> =>
  Option.isSome(found) &&
  found.value.account.state === "active" &&
  found.value.account.credentialEpoch === link.credentialEpoch
    ? Effect.succeed(found.value.account)
    : Effect.fail(new Links.LinkUnusable({ reason: "void" }))

/** What the link opens, for the page that it leads to; changes nothing (R-TK-09). Of the account it tells nothing, for a stranger may have the mail. */
export const read = UseCase.query({
  name: "emailChanges.read",
  summary: "Shows the holder of a new address's link what it confirms.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({
    email: EmailAddress,
    expiresAt: Instant.Instant,
    /** Whether the caller is signed in with the account whose address is to change; `confirm` wants that. */
    own: Schema.Boolean
  }),
  errors: [Links.LinkUnusable],
  limits: linkLimits,
  run: Effect.fnUntraced(function* (input, { actor, now }) {
    const accounts = yield* AccountRepository
    const link = yield* Links.open(emailChangeLink, input.secret, now)
    // such a link is made with the account's id as its subject
    const account = yield* accountOf(link, yield* accounts.credentials(AccountId.make(link.subject)))
    return {
      email: link.email,
      expiresAt: link.expiresAt,
      own: actor._tag === "Account" && actor.accountId === account.id
    }
  })
})

/**
 * The account gets its new address (REG-09). It wants both: the link, which proves the address, and a session of the account; else whoever has a mailbox
 * whose address somebody mistyped could make the account theirs. Every other session and every open link of the account is dead in the same commit
 * (AUT-06, R-SE-06), the old address is told, and registrations that wait for the new one are gone. The account's tickets follow by the job
 * `tickets.followAccounts`.
 */
export const confirm = UseCase.command({
  name: "emailChanges.confirm",
  summary: "Confirms a new address of the caller's account with the link that was sent there; ends all other sessions.",
  actors: ["Account"],
  requires: "link",
  secretAnswer: true,
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({
    email: EmailAddress,
    /** Of the session that confirmed; the old one is dead. */
    token: Schema.Redacted(Schema.String)
  }),
  errors: [Links.LinkUnusable, ChangeOfSomeoneElse, AddressTaken],
  limits: linkLimits,
  unit: Effect.fnUntraced(function* (input, unit) {
    const accounts = yield* AccountRepository
    const registrations = yield* RegistrationRepository
    const { actor, now } = unit
    const own = yield* ownForUpdate(actor)
    const link = yield* Links.open(emailChangeLink, input.secret, now)
    if (link.subject !== actor.accountId) return yield* new ChangeOfSomeoneElse()
    const account = yield* accountOf(link, Option.some(own))
    // locked before the address is taken, as a registration that is confirmed does it, so that neither waits for the other in turn
    const attempts = yield* registrations.ofEmailForUpdate(link.email)
    if (Option.isSome(yield* accounts.findByEmail(link.email))) return yield* new AddressTaken()
    yield* Links.redeem(link, now)
    yield* accounts.setEmail(account.id, link.email, now, account.credentialEpoch)
    if (attempts.length > 0) yield* registrations.removeOfEmail(link.email)
    const token = yield* rotateAfterCredentialChange(unit, { actor, credentialEpoch: account.credentialEpoch + 1 })
    unit.record({
      type: "account.emailChanged",
      subject: subject(account.id),
      personal: { from: account.email, to: link.email }
    })
    unit.send(
      emailChanged.mail({
        ...about(account),
        recipient: account.email,
        locale: account.locale,
        values: { email: link.email, ...circumstances(unit) }
      })
    )
    return { email: link.email, token }
  })
})

/** Takes back what `ask` has begun: the link opens nothing any more. Where nothing waits, nothing happens. */
export const cancel = UseCase.command({
  name: "emailChanges.cancel",
  summary: "Takes back a change of the caller's address that is not confirmed yet.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({}),
  output: Schema.Void,
  errors: [],
  unit: Effect.fnUntraced(function* (_, unit) {
    const links = yield* Links.LinkRepository
    const { account } = yield* ownForUpdate(unit.actor)
    const voided = yield* links.voidOpen(emailChangeLink.name, account.id, unit.now)
    if (voided === 0) return
    unit.record({ type: "account.emailChangeCancelled", subject: subject(account.id) })
  })
})

export const useCases = UseCase.registry(ask, read, confirm, cancel)
