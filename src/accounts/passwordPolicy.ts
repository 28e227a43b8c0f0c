import { Context, Effect, Option, type Redacted } from "effect"
import { Settings } from "../kernel/Settings.ts"
import { type CommonWords, commonWords, ownWords, PasswordRefused, refusalOf } from "./Password.ts"

/** What the package's list, which comes from English and Russian sites, lacks of the words that Germans take. */
const GERMAN =
  "willkommen fruehling fruhling geheimnis kundendienst zuhause mustermann musterfrau ichliebedich hallihallo firma maerz marz mittwoch donnerstag samstag"

let loading: Promise<CommonWords> | undefined

const load = async (): Promise<CommonWords> => {
  const [{ dictionary }, { longPasswords }] = await Promise.all([
    import("@zxcvbn-ts/language-common"),
    import("./longPasswords.ts")
  ])
  return commonWords([...dictionary["passwords-common"], ...longPasswords, ...GERMAN.split(" ")])
}

/**
 * The common passwords and words that new passwords are held against; by default some 52,000: those of `@zxcvbn-ts/language-common`, and the
 * 3,000 most frequent ones that are as long as the policy asks for. They are loaded when the first password is checked, and kept.
 */
export const CommonPasswords = Context.Reference<Effect.Effect<CommonWords>>("portico/accounts/CommonPasswords", {
  defaultValue: () =>
    Effect.promise(() => {
      loading ??= load()
      return loading
    })
})

/**
 * Answers whether a password is known from a breach (ASVS 6.2.12); by default none is. An implementer MUST send nothing from which the password
 * can be told, for example a few digits of its hash (k-anonymity), and decides itself what it answers when its source cannot be reached.
 */
export const PasswordBreaches = Context.Reference<(password: Redacted.Redacted) => Effect.Effect<boolean>>(
  "portico/accounts/PasswordBreaches",
  { defaultValue: () => () => Effect.succeed(false) }
)

/** What may not make up a password because others know it. */
export interface KnownNames {
  /** Names and e-mail address of the person. */
  readonly person: ReadonlyArray<string>
  /** Names of the tenants that the person is known to belong to. */
  readonly tenant: ReadonlyArray<string>
}

/**
 * Refuses what may not be a new password. Every path that sets one comes through here: register, confirm, change, reset, invitation (AUT-02). A
 * password that exists already is never checked again.
 */
export const checkPassword: (password: Redacted.Redacted, names: KnownNames) => Effect.Effect<void, PasswordRefused> =
  Effect.fnUntraced(function* (password, names) {
    const { mail, password: rules, product } = yield* Settings
    const common = yield* yield* CommonPasswords
    const own = ownWords({ ...names, product: [product.name, mail.from.name] })
    const refusal = refusalOf(password, { rules, common, own })
    if (Option.isSome(refusal)) return yield* refusal.value
    const isKnown = yield* PasswordBreaches
    if (yield* isKnown(password)) return yield* new PasswordRefused({ reason: "breached", ...rules })
  })
