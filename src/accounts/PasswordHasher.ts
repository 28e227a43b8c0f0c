import { Context, type Effect, type Redacted } from "effect"
import { Refusal } from "../kernel/Refusal.ts"

/** A password could not be hashed or compared: too many wait for it, memory is short, or a key is missing. Nothing was decided. */
export class HasherUnavailable extends Refusal<HasherUnavailable>()(
  "HasherUnavailable",
  {},
  {
    category: "unavailable",
    de: "Passwörter können gerade nicht geprüft werden. Bitte versuchen Sie es gleich noch einmal.",
    en: "Passwords cannot be checked right now. Please try again in a moment."
  }
) {}

/**
 * Turns passwords into what is stored of them.
 *
 * An implementer MUST keep:
 * - the password is brought to Unicode NFC inside `hash` and `verify`, in the same way, and not changed or cut otherwise;
 * - the answer of `hash` holds all that `verify` needs: algorithm, parameters, salt, the id of a key outside the database;
 * - `verify` of a value that it cannot read answers `false` after the work of a comparison; a stored value is never a password of itself;
 * - the work is bounded: who comes when too many wait gets `HasherUnavailable` at once.
 */
export class PasswordHasher extends Context.Service<
  PasswordHasher,
  {
    /** The stored form, as a PHC string; two calls answer different ones. */
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<string, HasherUnavailable>
    readonly verify: (password: Redacted.Redacted, stored: string) => Effect.Effect<boolean, HasherUnavailable>
    /** Whether the stored form is weaker than today's parameters: hash the password again while it is at hand. */
    readonly isStale: (stored: string) => boolean
    /** A stored form that no password fits, with today's parameters: what is verified where there is no account (R-EN-02). */
    readonly dummy: string
  }
>()("portico/accounts/PasswordHasher") {}
