import { Layer } from "effect"
import * as KyselyAccounts from "../../src/kysely/AccountRepository.ts"
import * as Kysely from "../../src/kysely/DomainRepository.ts"
import * as KyselyMemberships from "../../src/kysely/MembershipRepository.ts"
import * as KyselyTenants from "../../src/kysely/TenantRepository.ts"
import * as MemoryAccounts from "../../src/memory/AccountRepository.ts"
import * as Memory from "../../src/memory/DomainRepository.ts"
import * as MemoryMemberships from "../../src/memory/MembershipRepository.ts"
import * as MemoryTenants from "../../src/memory/TenantRepository.ts"
import { DomainRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("DomainRepository", DomainRepositoryContract, {
  memory: Layer.mergeAll(Memory.layer, MemoryTenants.layer, MemoryMemberships.layer, MemoryAccounts.layer),
  kysely: Layer.mergeAll(Kysely.layer, KyselyTenants.layer, KyselyMemberships.layer, KyselyAccounts.layer)
})
