import { Layer } from "effect"
import * as Kysely from "../../src/kysely/OrderRepository.ts"
import * as KyselyTenants from "../../src/kysely/TenantRepository.ts"
import * as Memory from "../../src/memory/OrderRepository.ts"
import * as MemoryTenants from "../../src/memory/TenantRepository.ts"
import { OrderRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("OrderRepository", OrderRepositoryContract, {
  memory: Layer.mergeAll(Memory.layer, MemoryTenants.layer),
  kysely: Layer.mergeAll(Kysely.layer, KyselyTenants.layer)
})
