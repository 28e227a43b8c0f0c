import type { Text } from "./Refusal.ts"

/** How team members come to a plan: the operator's staff confirm each one, or the member agrees and nobody else is asked (SUB-01). */
export type Connection = "by-support" | "self-service"

/** What an account can subscribe to; plans are data of the operator (SUB-01). */
export interface Plan {
  /** Never changes: subscriptions and billing events name it. */
  readonly key: string
  readonly name: Text
  /** How long one payment lasts; the billing events say the exact dates. */
  readonly period: "month" | "year"
  /** What it entitles to, by names that the application knows. */
  readonly features: ReadonlyArray<string>
  /** How many team members are included; 0 where they are not part of the plan. */
  readonly teamMembers: number
  readonly connection: Connection
  /** Present when the plan can be tried; 14 days unless it says otherwise (SUB-05). */
  readonly trial?: { readonly days?: number }
}

/** Three plans to start from. */
export const examplePlans: ReadonlyArray<Plan> = [
  {
    key: "basic",
    name: { de: "Basis", en: "Basic" },
    period: "month",
    features: ["analytics"],
    teamMembers: 0,
    connection: "by-support",
    trial: {}
  },
  {
    key: "pro",
    name: { de: "Pro", en: "Pro" },
    period: "month",
    features: ["analytics", "exports"],
    teamMembers: 2,
    connection: "by-support",
    trial: {}
  },
  {
    key: "agency",
    name: { de: "Agentur", en: "Agency" },
    period: "year",
    features: ["analytics", "exports", "white-label"],
    teamMembers: 10,
    connection: "self-service"
  }
]
