import type { Duration } from "effect"
import type { BusinessHours } from "./BusinessHours.ts"

/** What is promised for tickets of a priority, or of customers with a plan, in business time; null where nothing is (TIC-12). */
export interface ServiceTarget {
  /** Left out: for each. */
  readonly priority?: "low" | "normal" | "high" | "urgent"
  /** The key of a plan; left out: for each, and for those without. */
  readonly plan?: string
  readonly firstAnswer: Duration.Input | null
  readonly nextAnswer: Duration.Input | null
  readonly resolution: Duration.Input | null
}

export interface ServiceLevels {
  readonly businessHours: BusinessHours
  /** The first one that fits counts. */
  readonly targets: ReadonlyArray<ServiceTarget>
  /** The share of a promised time after which staff are warned. */
  readonly warnAfter: number
}

const day = [["08:00", "17:00"]] as const

/** Five days a week, and something for every priority. */
export const exampleServiceLevels: ServiceLevels = {
  businessHours: {
    timeZone: "Europe/Berlin",
    hours: { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day, saturday: [], sunday: [] },
    holidays: { region: "DE", dates: [] }
  },
  targets: [
    { priority: "urgent", firstAnswer: "1 hour", nextAnswer: "2 hours", resolution: "9 hours" },
    { priority: "high", firstAnswer: "4 hours", nextAnswer: "6 hours", resolution: "27 hours" },
    { firstAnswer: "9 hours", nextAnswer: "18 hours", resolution: "90 hours" }
  ],
  warnAfter: 0.75
}
