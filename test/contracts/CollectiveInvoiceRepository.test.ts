import * as Kysely from "../../src/kysely/index.ts"
import * as Memory from "../../src/memory/index.ts"
import { CollectiveInvoiceRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("CollectiveInvoiceRepository", CollectiveInvoiceRepositoryContract, {
  memory: Memory.layerPorts,
  kysely: Kysely.layer
})
