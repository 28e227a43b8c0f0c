import {
  AliasNode,
  type CreateIndexNode,
  type DropIndexNode,
  IdentifierNode,
  JoinNode,
  type KyselyPlugin,
  ListNode,
  type OperationNode,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type PrimaryKeyConstraintNode,
  type QueryId,
  type QueryResult,
  type ReferencesNode,
  type RootOperationNode,
  type SchemableIdentifierNode,
  TableNode,
  type UniqueConstraintNode,
  type UnknownRow,
  UsingNode
} from "kysely"

const ROOTS: ReadonlySet<string> = new Set([
  "AlterTableNode",
  "CreateIndexNode",
  "CreateTableNode",
  "DeleteQueryNode",
  "DropIndexNode",
  "DropTableNode",
  "InsertQueryNode",
  "SelectQueryNode",
  "UpdateQueryNode"
])

/**
 * The names of tables that a statement takes rows from or writes to. Aliases and common table expressions are not among them, nor what is named
 * with its schema, which is the server's own.
 */
const tablesOf = (node: OperationNode): ReadonlySet<string> => {
  const names = new Set<string>()
  const collect = (part: OperationNode | undefined): void => {
    if (part === undefined) return
    if (TableNode.is(part)) {
      if (part.table.schema === undefined) names.add(part.table.identifier.name)
    } else if (AliasNode.is(part)) collect(part.node)
    else if (JoinNode.is(part)) collect(part.table)
    else if (ListNode.is(part)) part.items.forEach(collect)
    else if (UsingNode.is(part)) part.tables.forEach(collect)
  }
  const one = (value: unknown): void => {
    // every value below a key of an operation node that is an object is an operation node
    if (typeof value === "object" && value !== null && "kind" in value) collect(value as OperationNode)
  }
  if ("from" in node && typeof node.from === "object" && node.from !== null && "froms" in node.from) {
    if (Array.isArray(node.from.froms)) node.from.froms.forEach(one)
  }
  if ("into" in node) one(node.into)
  if ("table" in node) one(node.table)
  if ("using" in node) one(node.using)
  if ("joins" in node && Array.isArray(node.joins)) node.joins.forEach(one)
  return names
}

const expressionsOf = (node: OperationNode): ReadonlySet<string> => {
  const names = new Set<string>()
  if ("with" in node && typeof node.with === "object" && node.with !== null && "expressions" in node.with) {
    const expressions = node.with.expressions
    if (Array.isArray(expressions)) {
      for (const expression of expressions) names.add(expression.name.table.table.identifier.name)
    }
  }
  return names
}

class TablePrefixTransformer extends OperationNodeTransformer {
  readonly #prefix: string
  #tables: ReadonlySet<string> = new Set()
  #expressions: ReadonlySet<string> = new Set()

  constructor(prefix: string) {
    super()
    this.#prefix = prefix
  }

  protected override transformNodeImpl<T extends OperationNode>(node: T, queryId?: QueryId): T {
    if (!ROOTS.has(node.kind)) return super.transformNodeImpl(node, queryId)
    const [tables, expressions] = [this.#tables, this.#expressions]
    this.#expressions = expressions.union(expressionsOf(node))
    this.#tables = tables.union(tablesOf(node).difference(this.#expressions))
    const transformed = super.transformNodeImpl(node, queryId)
    this.#tables = tables
    this.#expressions = expressions
    return transformed
  }

  protected override transformSchemableIdentifier(
    node: SchemableIdentifierNode,
    queryId?: QueryId
  ): SchemableIdentifierNode {
    const transformed = super.transformSchemableIdentifier(node, queryId)
    if (node.schema !== undefined || !this.#tables.has(node.identifier.name)) return transformed
    return { ...transformed, identifier: this.#prefixed(node.identifier) }
  }

  // the names of indexes and keys are one name space in a PostgreSQL schema and in an SQLite file
  protected override transformCreateIndex(node: CreateIndexNode, queryId?: QueryId): CreateIndexNode {
    return { ...super.transformCreateIndex(node, queryId), name: this.#prefixed(node.name) }
  }

  protected override transformDropIndex(node: DropIndexNode, queryId?: QueryId): DropIndexNode {
    const transformed = super.transformDropIndex(node, queryId)
    return { ...transformed, name: { ...transformed.name, identifier: this.#prefixed(node.name.identifier) } }
  }

  protected override transformPrimaryKeyConstraint(
    node: PrimaryKeyConstraintNode,
    queryId?: QueryId
  ): PrimaryKeyConstraintNode {
    const transformed = super.transformPrimaryKeyConstraint(node, queryId)
    return node.name === undefined ? transformed : { ...transformed, name: this.#prefixed(node.name) }
  }

  protected override transformUniqueConstraint(node: UniqueConstraintNode, queryId?: QueryId): UniqueConstraintNode {
    const transformed = super.transformUniqueConstraint(node, queryId)
    return node.name === undefined ? transformed : { ...transformed, name: this.#prefixed(node.name) }
  }

  protected override transformReferences(node: ReferencesNode, queryId?: QueryId): ReferencesNode {
    const transformed = super.transformReferences(node, queryId)
    const { identifier } = node.table.table
    return this.#tables.has(identifier.name)
      ? transformed
      : {
          ...transformed,
          table: { ...transformed.table, table: { ...transformed.table.table, identifier: this.#prefixed(identifier) } }
        }
  }

  #prefixed(node: IdentifierNode): IdentifierNode {
    return IdentifierNode.create(this.#prefix + node.name)
  }
}

/** Puts a prefix before the names of tables. Columns, aliases and common table expressions keep theirs. */
export class TablePrefixPlugin implements KyselyPlugin {
  readonly #transformer: TablePrefixTransformer

  constructor(prefix: string) {
    this.#transformer = new TablePrefixTransformer(prefix)
  }

  transformQuery(args: PluginTransformQueryArgs): RootOperationNode {
    return this.#transformer.transformNode(args.node, args.queryId)
  }

  transformResult(args: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return Promise.resolve(args.result)
  }
}
