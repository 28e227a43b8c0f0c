import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type PrimitiveValueListNode,
  type QueryResult,
  type RootOperationNode,
  type UnknownRow,
  ValueListNode,
  ValueNode
} from "kysely"

class Transformer extends OperationNodeTransformer {
  readonly #isParameter: (value: unknown) => boolean

  constructor(isParameter: (value: unknown) => boolean) {
    super()
    this.#isParameter = isParameter
  }

  #constant(value: unknown): boolean {
    return (typeof value === "string" || typeof value === "number") && !this.#isParameter(value)
  }

  protected override transformValue(node: ValueNode): ValueNode {
    return this.#constant(node.value) ? ValueNode.createImmediate(node.value) : node
  }

  protected override transformPrimitiveValueList(node: PrimitiveValueListNode): PrimitiveValueListNode {
    if (!node.values.some((value) => this.#constant(value))) return node
    const list: unknown = ValueListNode.create(
      node.values.map((value) => (this.#constant(value) ? ValueNode.createImmediate(value) : ValueNode.create(value)))
    )
    // the compiler takes either kind of list wherever it takes the other
    return list as PrimitiveValueListNode
  }
}

/**
 * Writes the constants of a statement that is built once into its text, and leaves parameters what they are: a database uses a partial index only
 * when it can read in the statement that its condition holds. Constants come from the code alone, so there is nothing to inject.
 */
export class ConstantsPlugin implements KyselyPlugin {
  readonly #transformer: Transformer

  constructor(isParameter: (value: unknown) => boolean) {
    this.#transformer = new Transformer(isParameter)
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    return this.#transformer.transformNode(node, queryId)
  }

  transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return Promise.resolve(result)
  }
}
