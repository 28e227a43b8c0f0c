import { Accounts, Refusal, refusals } from "portico"
import type { FormErrors } from "../html/forms.ts"
import type { Locale } from "../texts/locales.ts"

/** The library says what kind of "no" it is; this is what HTTP calls it. */
const STATUSES: Readonly<Record<Refusal.Category, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  invalid: 422,
  "too-many": 429,
  unavailable: 503
}

export const statusOfCategory = (category: Refusal.Category): number => STATUSES[category]

export const statusOf = (refusal: Refusal.RefusalInstance): number => STATUSES[refusal.category]

const faultOf = (refusal: Refusal.RefusalInstance): Refusal.Text | undefined =>
  refusal._tag === "PasswordRefused" && "reason" in refusal
    ? Object.entries(Accounts.passwordFaultTexts).find(([fault]) => fault === refusal.reason)?.[1]
    : undefined

/** What the refusal says to a person; of a password it says what is wrong with it. */
export const messageOf = (refusal: Refusal.RefusalInstance, locale: Locale): string => {
  const fault = faultOf(refusal)
  return fault === undefined ? Refusal.textOf(refusal)[locale] : Refusal.fill(fault[locale], { ...refusal })
}

interface Issue {
  readonly path: ReadonlyArray<string>
  readonly code: string
}

const isIssue = (value: unknown): value is Issue =>
  typeof value === "object" && value !== null && "path" in value && Array.isArray(value.path) && "code" in value

/** What is wrong with which part of the input; empty for refusals that name no part. */
export const issuesOf = (refusal: Refusal.RefusalInstance): ReadonlyArray<Issue> =>
  "issues" in refusal && Array.isArray(refusal.issues) ? refusal.issues.filter(isIssue) : []

export const issueMessage = (code: string, locale: Locale): string => {
  const text = Object.hasOwn(refusals.issueTexts, code) ? refusals.issueTexts[code] : undefined
  return (text ?? refusals.issueTexts.invalid ?? { de: code, en: code })[locale]
}

/** After how many seconds trying again makes sense, for `Retry-After`. */
export const retryAfter = (refusal: Refusal.RefusalInstance, now: number): number | undefined =>
  "retryAt" in refusal && typeof refusal.retryAt === "number"
    ? Math.max(1, Math.ceil((refusal.retryAt - now) / 1000))
    : undefined

/** Fields of a form by the refusals that are about them. */
export type FieldsByTag = Readonly<Record<string, string>>

/** What these refusals are about in every form; a form with another name for it says so. */
const USUAL_FIELDS: FieldsByTag = {
  PasswordRefused: "password",
  PasswordWrong: "password",
  CodeRefused: "code",
  CodeRequired: "code"
}

/** The name of the check box of a consent. */
export const consentField = (kind: string): string => `consents.${kind}`

const missingConsents = (refusal: Refusal.RefusalInstance): ReadonlyArray<string> =>
  refusal._tag === "ConsentRequired" && "kinds" in refusal && Array.isArray(refusal.kinds)
    ? refusal.kinds.filter((kind) => typeof kind === "string")
    : []

/**
 * A refusal as the errors of a form. Issues of `InvalidInput` stand beside the field whose name is their path, joined by dots; missing
 * consents beside their boxes; what is about a password or code, or is named by `fieldsByTag`, beside that field. Everything else stands in
 * the summary at the top.
 */
export const toFormErrors = (
  refusal: Refusal.RefusalInstance,
  locale: Locale,
  fieldsByTag: FieldsByTag = {}
): FormErrors => {
  const issues = issuesOf(refusal)
  if (issues.length > 0) {
    const fields = new Map<string, string>()
    for (const issue of issues) {
      const name = issue.path.join(".")
      // the first issue of a field is the one to repair first
      if (!fields.has(name)) fields.set(name, issueMessage(issue.code, locale))
    }
    return { general: [], fields }
  }
  const consents = missingConsents(refusal)
  if (consents.length > 0) {
    const text = issueMessage("consent", locale)
    return { general: [], fields: new Map(consents.map((kind) => [consentField(kind), text])) }
  }
  const byTag = { ...USUAL_FIELDS, ...fieldsByTag }
  const field = Object.hasOwn(byTag, refusal._tag) ? byTag[refusal._tag] : undefined
  const message = messageOf(refusal, locale)
  return field === undefined
    ? { general: [message], fields: new Map() }
    : { general: [], fields: new Map([[field, message]]) }
}
