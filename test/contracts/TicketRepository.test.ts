import { Layer } from "effect"
import * as KyselyTenants from "../../src/kysely/TenantRepository.ts"
import * as Kysely from "../../src/kysely/TicketRepository.ts"
import * as MemoryTenants from "../../src/memory/TenantRepository.ts"
import * as Memory from "../../src/memory/TicketRepository.ts"
import { TicketRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("TicketRepository", TicketRepositoryContract, {
  memory: Layer.mergeAll(Memory.layer, MemoryTenants.layer),
  kysely: Layer.mergeAll(Kysely.layer, KyselyTenants.layer)
})
