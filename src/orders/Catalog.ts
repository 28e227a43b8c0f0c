import { Context, Effect, Layer, Result, Schema } from "effect"
import { Refusal } from "../kernel/Refusal.ts"
import * as Product from "./Product.ts"

/** The catalog does not answer; trying again later makes sense. */
export class CatalogUnavailable extends Refusal<CatalogUnavailable>()(
  "CatalogUnavailable",
  {},
  {
    category: "unavailable",
    de: "Die Produkte sind gerade nicht abrufbar. Bitte versuchen Sie es in ein paar Minuten noch einmal.",
    en: "The products are not available right now. Please try again in a few minutes."
  }
) {}

/** A configured catalog does not hold together; `faults` are for the operator. */
export class InvalidCatalog extends Schema.TaggedError<InvalidCatalog>("portico/InvalidCatalog")("InvalidCatalog", {
  faults: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.faults.join("; ")
  }
}

const decode = Schema.decodeUnknownResult(Product.Catalog, { errors: "all", onExcessProperty: "error" })

/** What somebody configured as a catalog: of the right shape, and without `Product.faultsOf`. */
export const parse = (configured: unknown): Result.Result<Product.Catalog, InvalidCatalog> => {
  const decoded = decode(configured)
  if (Result.isFailure(decoded)) return Result.fail(new InvalidCatalog({ faults: [decoded.failure.message] }))
  const faults = Product.faultsOf(decoded.success)
  return faults.length === 0 ? Result.succeed(decoded.success) : Result.fail(new InvalidCatalog({ faults }))
}

/**
 * What can be ordered, and at which price (ORD-01). It is asked outside of transactions and may be far away. An implementer MUST answer a catalog
 * without `Product.faultsOf`, and another `version` whenever anything else in it has changed.
 */
export class Catalog extends Context.Service<
  Catalog,
  { readonly current: Effect.Effect<Product.Catalog, CatalogUnavailable> }
>()("portico/orders/Catalog") {
  /** The embedded catalog: what the application configured, for example as JSON. It is checked once, when the layer is built. */
  static readonly layer = (configured: unknown): Layer.Layer<Catalog, InvalidCatalog> =>
    Layer.effect(
      Catalog,
      Effect.map(Effect.fromResult(parse(configured)), (catalog) => Catalog.of({ current: Effect.succeed(catalog) }))
    )
}
