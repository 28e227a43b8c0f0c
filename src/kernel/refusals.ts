import { Schema } from "effect"
import { Refusal, type Text } from "./Refusal.ts"

/** One thing that is wrong with the input: where, and a code that `issueTexts` explains. Never the value itself. */
export const InputIssue = Schema.Struct({
  path: Schema.Array(Schema.String),
  code: Schema.String
})
export type InputIssue = typeof InputIssue.Type

/** The input was refused before anything was written; all its faults are named at once (G-01). */
export class InvalidInput extends Refusal<InvalidInput>()(
  "InvalidInput",
  { issues: Schema.Array(InputIssue) },
  { category: "invalid", de: "Bitte prüfen Sie Ihre Angaben.", en: "Please check what you have entered." }
) {}

/** The codes that `InvalidInput` uses, for people. */
export const issueTexts: Readonly<Record<string, Text>> = {
  missing: { de: "Bitte füllen Sie dieses Feld aus.", en: "Please fill in this field." },
  type: { de: "Diese Angabe hat nicht die erwartete Form.", en: "This is not of the expected form." },
  unknown: { de: "Diese Angabe ist hier nicht vorgesehen.", en: "This is not expected here." },
  invalid: { de: "Diese Angabe ist nicht gültig.", en: "This is not valid." },
  email: { de: "Bitte geben Sie eine gültige E-Mail-Adresse ein.", en: "Please enter a valid e-mail address." },
  "too-long": { de: "Diese Angabe ist zu lang.", en: "This is too long." },
  "too-short": { de: "Diese Angabe ist zu kurz.", en: "This is too short." },
  "too-many": { de: "Das sind zu viele.", en: "These are too many." },
  double: { de: "Diese Angabe kommt schon einmal vor.", en: "This is there once already." },
  "control-character": {
    de: "Diese Angabe enthält unerlaubte Zeichen.",
    en: "This contains characters that are not allowed."
  },
  id: { de: "Diese Kennung ist nicht gültig.", en: "This identifier is not valid." },
  number: { de: "Diese Nummer ist nicht gültig.", en: "This number is not valid." },
  locale: { de: "Diese Sprache gibt es nicht.", en: "There is no such language." },
  cursor: { de: "Diese Seite gibt es nicht mehr.", en: "This page does not exist any more." },
  range: { de: "Dieser Wert liegt außerhalb des erlaubten Bereichs.", en: "This value is out of range." },
  role: { de: "Diese Rolle gibt es nicht.", en: "There is no such role." },
  permission: {
    de: "Diese Berechtigung kann hier nicht gewählt werden.",
    en: "This permission cannot be chosen here."
  },
  "postal-code": { de: "Bitte geben Sie eine gültige Postleitzahl ein.", en: "Please enter a valid postal code." },
  "customer-number": {
    de: "Bitte geben Sie eine gültige Kundennummer ein.",
    en: "Please enter a valid customer number."
  },
  domain: { de: "Bitte geben Sie eine gültige Domain ein.", en: "Please enter a valid domain." },
  country: { de: "Bitte wählen Sie ein Land.", en: "Please choose a country." },
  combination: { de: "Diese Kombination gibt es nicht.", en: "There is no such combination." },
  placeholder: {
    de: "Diesen Platzhalter gibt es nicht.",
    en: "There is no such place to fill in."
  },
  tag: { de: "Bitte schreiben Sie Schlagwörter klein.", en: "Please write tags in lower case." },
  base64: { de: "Das ist kein Base64.", en: "This is not base64." },
  consent: { de: "Ohne diese Zustimmung geht es nicht.", en: "It does not work without this consent." }
}

/** A limit is reached; trying again makes sense from `retryAt` on (epoch milliseconds). */
export class TooManyAttempts extends Refusal<TooManyAttempts>()(
  "TooManyAttempts",
  { retryAt: Schema.Int },
  {
    category: "too-many",
    de: "Das waren zu viele Versuche. Bitte versuchen Sie es später noch einmal.",
    en: "Too many attempts. Please try again later."
  }
) {}

/** Nobody is signed in, or the session has ended in the meantime. */
export class SignInRequired extends Refusal<SignInRequired>()(
  "SignInRequired",
  {},
  { category: "unauthenticated", de: "Bitte melden Sie sich an.", en: "Please sign in." }
) {}

/** The command needs a proof of identity that is not older than ten minutes (AUT-07). */
export class StepUpRequired extends Refusal<StepUpRequired>()(
  "StepUpRequired",
  {},
  {
    category: "unauthenticated",
    de: "Bitte bestätigen Sie zuerst noch einmal, dass Sie es sind.",
    en: "Please confirm first that it is you."
  }
) {}

/** The actor exists, but may not do this. */
export class NotAllowed extends Refusal<NotAllowed>()(
  "NotAllowed",
  { permission: Schema.optionalKey(Schema.String) },
  { category: "forbidden", de: "Dafür fehlt Ihnen die Berechtigung.", en: "You are not allowed to do this." }
) {}

/** The tenant wants a second factor of its members, and the account has none; the person can set one up and then come in (TFA-07). */
export class SecondFactorRequired extends Refusal<SecondFactorRequired>()(
  "SecondFactorRequired",
  { tenantId: Schema.String },
  {
    category: "forbidden",
    de: "Dieser Kundenbereich verlangt einen zweiten Faktor. Bitte richten Sie in Ihrem Benutzerkonto einen ein.",
    en: "This customer area requires a second factor. Please set one up in your account."
  }
) {}

/** The object does not exist, or belongs to somebody else: the two look the same (G-05). */
export class NotFound extends Refusal<NotFound>()(
  "NotFound",
  { kind: Schema.String },
  { category: "not-found", de: "Das gibt es hier nicht.", en: "There is no such thing here." }
) {}

/** The same idempotency key came with other input (G-04). */
export class IdempotencyKeyReused extends Refusal<IdempotencyKeyReused>()(
  "IdempotencyKeyReused",
  {},
  {
    category: "conflict",
    de: "Dieser Vorgang wurde schon mit anderen Angaben gesendet.",
    en: "This request was already sent with other input."
  }
) {}

/** The same command was done before under this idempotency key, and its answer held a secret, which is never kept (G-04). */
export class AlreadyDone extends Refusal<AlreadyDone>()(
  "AlreadyDone",
  {},
  { category: "conflict", de: "Das wurde bereits erledigt.", en: "This has been done already." }
) {}

/** A store or another part that is needed does not answer; nothing was changed, and trying again later makes sense. */
export class Unavailable extends Refusal<Unavailable>()(
  "Unavailable",
  {},
  {
    category: "unavailable",
    de: "Das geht gerade nicht. Bitte versuchen Sie es in ein paar Minuten noch einmal.",
    en: "This is not possible right now. Please try again in a few minutes."
  }
) {}

/** Every refusal of the kernel. */
export const refusals = [
  InvalidInput,
  TooManyAttempts,
  SignInRequired,
  StepUpRequired,
  NotAllowed,
  SecondFactorRequired,
  NotFound,
  IdempotencyKeyReused,
  AlreadyDone,
  Unavailable
] as const
