import { Context, Effect, Layer, Schema } from "effect"

/** The domain's records could not be asked for; that says nothing of what they hold. */
export class DomainProofUnavailable extends Schema.TaggedError<DomainProofUnavailable>(
  "portico/DomainProofUnavailable"
)("DomainProofUnavailable", { cause: Schema.optionalKey(Schema.Defect()) }) {}

/** Below a domain, where the record is looked for that proves it. */
export const RECORD_LABEL = "_portico-domain"

/**
 * What the public records of a domain say (TEN-10). Asked outside of transactions, because it may be slow. An implementer MUST tell "there is none"
 * from "could not be asked", and answer what the domain's own name servers say, followed nowhere else.
 */
export class DomainProof extends Context.Service<
  DomainProof,
  {
    /** The texts of the TXT records of this name, each as one; none where the name does not exist. */
    readonly texts: (name: string) => Effect.Effect<ReadonlyArray<string>, DomainProofUnavailable>
  }
>()("portico/tenants/DomainProof") {
  /** The embedded one: records by configuration, for demonstrations and operators who look themselves. */
  static readonly layer = (records: Readonly<Record<string, ReadonlyArray<string>>> = {}): Layer.Layer<DomainProof> =>
    Layer.succeed(
      DomainProof,
      DomainProof.of({ texts: (name) => Effect.succeed(Object.hasOwn(records, name) ? (records[name] ?? []) : []) })
    )
}
