import { Redacted } from "effect"

/** A value as JSON with sorted keys, for digests: equal values give equal texts. A redacted value counts by what it hides. */
export const canonicalJson = (value: unknown): string => {
  if (Redacted.isRedacted(value)) return `secret:${JSON.stringify(Redacted.value(value))}`
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(",")}}`
  }
  return JSON.stringify(value) ?? "undefined"
}
