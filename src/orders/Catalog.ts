import { Context, type Effect, Schema } from "effect"
import { Refusal } from "../kernel/Refusal.ts"
import type * as Product from "./Product.ts"

/** The catalog, or the number port, does not answer; trying again later makes sense. */
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

/**
 * What can be ordered, and at which price (ORD-01). It is asked outside of transactions and may be far away. An implementer MUST answer a catalog
 * without `Product.faultsOf`, and another `version` whenever anything else in it has changed.
 */
export class Catalog extends Context.Service<
  Catalog,
  { readonly current: Effect.Effect<Product.Catalog, CatalogUnavailable> }
>()("portico/orders/Catalog") {}
