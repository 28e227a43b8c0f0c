import { HttpServerResponse } from "effect/http"
import type { Refusal } from "portico"
import type { Locale } from "../texts/locales.ts"
import { issuesOf, messageOf, statusOf } from "./refusals.ts"

/** What programs get instead of a page when something does not work (RFC 9457): the kind by status and tag, the message for people. */
export interface Problem {
  readonly status: number
  /** The refusal's tag, such as `InvitationClosed`. */
  readonly error: string
  readonly message: string
  readonly issues?: ReadonlyArray<{ readonly path: ReadonlyArray<string>; readonly code: string }>
  /** Further facts that the refusal names, such as `retryAt`. */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** RFC 9457, 3: a program sees by it that the body is a problem and not what it asked for. */
export const PROBLEM_TYPE = "application/problem+json"

export const respondProblem = (problem: Problem): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(problem, { status: problem.status, contentType: PROBLEM_TYPE })

/** The fields that the refusal's class declares; nothing of the inside. */
const factsOf = (refusal: Refusal.RefusalInstance): Readonly<Record<string, unknown>> => {
  const { constructor } = refusal
  if (!("fields" in constructor) || typeof constructor.fields !== "object" || constructor.fields === null) return {}
  const names = Object.keys(constructor.fields).filter((name) => name !== "_tag" && name !== "issues")
  const values = { ...refusal } as Readonly<Record<string, unknown>>
  return Object.fromEntries(names.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]))
}

export const problem = (refusal: Refusal.RefusalInstance, locale: Locale): HttpServerResponse.HttpServerResponse => {
  const issues = issuesOf(refusal)
  const facts = factsOf(refusal)
  return respondProblem({
    status: statusOf(refusal),
    error: refusal._tag,
    message: messageOf(refusal, locale),
    ...(issues.length > 0 ? { issues } : {}),
    ...(Object.keys(facts).length > 0 ? { facts } : {})
  })
}
