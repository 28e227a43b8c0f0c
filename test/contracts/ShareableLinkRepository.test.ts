import { Layer } from "effect"
import * as KyselyAccounts from "../../src/kysely/AccountRepository.ts"
import * as Kysely from "../../src/kysely/ShareableLinkRepository.ts"
import * as KyselyTenants from "../../src/kysely/TenantRepository.ts"
import * as MemoryAccounts from "../../src/memory/AccountRepository.ts"
import * as Memory from "../../src/memory/ShareableLinkRepository.ts"
import * as MemoryTenants from "../../src/memory/TenantRepository.ts"
import { ShareableLinkRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("ShareableLinkRepository", ShareableLinkRepositoryContract, {
  memory: Layer.mergeAll(Memory.layer, MemoryAccounts.layer, MemoryTenants.layer),
  kysely: Layer.mergeAll(Kysely.layer, KyselyAccounts.layer, KyselyTenants.layer)
})
