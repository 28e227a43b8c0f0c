import { Layer } from "effect"
import * as KyselyAccounts from "../../src/kysely/AccountRepository.ts"
import * as Kysely from "../../src/kysely/MembershipRepository.ts"
import * as KyselyTenants from "../../src/kysely/TenantRepository.ts"
import * as MemoryAccounts from "../../src/memory/AccountRepository.ts"
import * as Memory from "../../src/memory/MembershipRepository.ts"
import * as MemoryTenants from "../../src/memory/TenantRepository.ts"
import { MembershipRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("MembershipRepository", MembershipRepositoryContract, {
  memory: Layer.mergeAll(Memory.layer, MemoryTenants.layer, MemoryAccounts.layer),
  kysely: Layer.mergeAll(Kysely.layer, KyselyTenants.layer, KyselyAccounts.layer)
})
