import { Schema } from "effect"
import type { Plan } from "../kernel/Plan.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"

export type { Connection, Plan } from "../kernel/Plan.ts"

/** The feature that a plan with places for team members has without naming it. */
export const TEAM_MEMBERS = "team-members"

/** A plan's key as it is typed in or sent by the billing system. */
export const PlanKey = Schema.String.check(
  Schema.makeFilter((key) => (/^[a-z][a-z0-9-]{0,39}$/.test(key) ? undefined : "invalid"))
)

/** A feature as it is asked for. */
export const Feature = Schema.String.check(
  Schema.makeFilter((name) => (/^[a-z][a-z0-9.-]{0,59}$/.test(name) ? undefined : "invalid"))
)

/** A plan as people see it, in both languages; says in so many words whether team members are part of it (SUB-04). */
export const PlanView = Schema.Struct({
  key: Schema.String,
  name: Schema.Struct({ de: Schema.String, en: Schema.String }),
  period: Schema.Literals(["month", "year"]),
  features: Schema.Array(Schema.String),
  includesTeamMembers: Schema.Boolean,
  teamMembers: Schema.Int,
  connection: Schema.Literals(["by-support", "self-service"]),
  /** Null where there is no trial. */
  trialDays: Schema.NullOr(Schema.Int)
})

const TRIAL_DAYS = 14

export const trialDays = ({ trial }: Plan): number | null => (trial === undefined ? null : (trial.days ?? TRIAL_DAYS))

export const toView = (plan: Plan): typeof PlanView.Type => ({
  key: plan.key,
  name: { de: plan.name.de, en: plan.name.en },
  period: plan.period,
  features: plan.features,
  includesTeamMembers: plan.teamMembers > 0,
  teamMembers: plan.teamMembers,
  connection: plan.connection,
  trialDays: trialDays(plan)
})

export const planNamed = (settings: Pick<Settings, "plans">, key: string): Plan | undefined =>
  settings.plans.find((plan) => plan.key === key)

/** How many team members a plan has room for; none where the operator has no such plan any more. */
export const placesOf = (settings: Pick<Settings, "plans">, key: string): number =>
  planNamed(settings, key)?.teamMembers ?? 0

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** There is no plan of this key. */
export class UnknownPlan extends Refusal<UnknownPlan>()(
  "UnknownPlan",
  { plan: Schema.String },
  { category: "not-found", de: "Diesen Tarif gibt es nicht.", en: "There is no such plan." }
) {}
