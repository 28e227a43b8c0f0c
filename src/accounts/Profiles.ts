import { Effect, Option, Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { ConsentId, nextId } from "../kernel/ids.ts"
import * as Links from "../kernel/Links.ts"
import { Locale } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import type { Consent } from "../privacy/Consent.ts"
import { ConsentRepository } from "../privacy/ConsentRepository.ts"
import { ConsentRequired, given, toRows } from "../privacy/consents.ts"
import { Name } from "./Account.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { settlesAt } from "./EmailChange.ts"
import { emailChangeLink } from "./emailChangeMails.ts"
import { current, ownForUpdate } from "./factors.ts"
import { toView } from "./proceed.ts"
import { AccountView } from "./Session.ts"

/** What was last said about a kind of consent, if anything was. */
const latest = (consents: ReadonlyArray<Consent>, kind: string): Consent | undefined =>
  consents.filter((consent) => consent.kind === kind).at(-1)

/** The caller's own account with what they can change of it. */
export const read = UseCase.query({
  name: "profiles.read",
  summary:
    "Shows the caller's own account: name, language, address, a change of the address that waits, and marketing consent.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({}),
  output: Schema.Struct({
    account: AccountView,
    /** A new address that waits for its confirmation, until when. */
    newAddress: Schema.NullOr(Schema.Struct({ email: EmailAddress, expiresAt: Instant.Instant })),
    /** From when on the address opens what was waiting for it; null where it does already. */
    addressSettlesAt: Schema.NullOr(Instant.Instant),
    /** The version of the text that the person agreed to; null for who has not agreed, or has withdrawn it. */
    marketing: Schema.NullOr(Schema.Struct({ version: Schema.String, at: Instant.Instant }))
  }),
  errors: [],
  run: Effect.fnUntraced(function* (_, { actor, now, settings }) {
    const accounts = yield* AccountRepository
    const links = yield* Links.LinkRepository
    const evidence = yield* ConsentRepository
    const { account } = yield* current(actor, yield* accounts.credentials(actor.accountId))
    const waiting = Option.filter(
      yield* links.openOf(emailChangeLink.name, account.id),
      // of an older epoch it opens nothing (AUT-06)
      (link) => Option.isNone(Links.check(link, now)) && link.credentialEpoch === account.credentialEpoch
    )
    const said = latest(yield* evidence.ofAccount(account.id), settings.consents.marketing.kind)
    return {
      account: toView(account),
      newAddress: Option.getOrNull(Option.map(waiting, ({ email, expiresAt }) => ({ email, expiresAt }))),
      addressSettlesAt: settlesAt(account, settings, now),
      marketing: said?.given === true ? { version: said.version, at: said.at } : null
    }
  })
})

/** Changes the caller's name and language (REG-09). Mails and the memberships' names follow; what was written before keeps the name of then. */
export const change = UseCase.command({
  name: "profiles.change",
  summary: "Changes the caller's own name and language.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ firstName: Name, lastName: Name, locale: Locale }),
  output: AccountView,
  errors: [],
  unit: Effect.fnUntraced(function* ({ firstName, lastName, locale }, unit) {
    const accounts = yield* AccountRepository
    const { account } = yield* ownForUpdate(unit.actor)
    const profile = { firstName, lastName, locale }
    const changed = (["firstName", "lastName", "locale"] as const).filter((field) => account[field] !== profile[field])
    if (changed.length === 0) return toView(account)
    yield* accounts.setProfile(account.id, profile)
    unit.record({
      type: "account.profileChanged",
      subject: { kind: "account", id: account.id },
      data: { changed },
      personal: { firstName, lastName }
    })
    return toView({ ...account, ...profile })
  })
})

/**
 * Gives or withdraws the caller's consent to marketing (REG-09, PRI-01). Giving it names the version of the text that was shown; any but today's is
 * `ConsentRequired`. Each is kept as evidence of its own, and saying the same again adds nothing.
 */
export const setMarketing = UseCase.command({
  name: "profiles.setMarketing",
  summary: "Gives or withdraws the caller's consent to marketing.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({
    /** The version of the text that the person agrees to; null withdraws. */
    version: Schema.NullOr(
      Schema.String.check(Schema.makeFilter((text) => (text.length <= 100 ? undefined : "too-long")))
    ),
    /** The language in which the text was shown; the account's own where it is not given. */
    locale: Schema.optionalKey(Locale)
  }),
  output: Schema.Void,
  errors: [ConsentRequired],
  unit: Effect.fnUntraced(function* ({ locale, version }, unit) {
    const evidence = yield* ConsentRepository
    const { marketing } = unit.settings.consents
    // locked, so that what is said in parallel is kept in one order
    const { account } = yield* ownForUpdate(unit.actor)
    const said = latest(yield* evidence.ofAccount(account.id), marketing.kind)
    if (version === null ? said?.given !== true : said?.given === true && said.version === version) return
    if (version !== null) {
      const consents = yield* given({
        required: [marketing],
        optional: [],
        input: [{ kind: marketing.kind, version }],
        locale: locale ?? account.locale,
        now: unit.now
      })
      yield* evidence.append(yield* toRows(consents, account.id, "profile"))
    } else if (said !== undefined) {
      // the text that was agreed to is the one that is withdrawn from
      yield* evidence.append([
        { ...said, id: yield* nextId(ConsentId), channel: "profile", given: false, at: unit.now }
      ])
    }
    unit.record({
      type: "account.marketingChanged",
      subject: { kind: "account", id: account.id },
      data: { given: version !== null, version: version ?? said?.version ?? null }
    })
  })
})

export const useCases = UseCase.registry(read, change, setMarketing)
