import { Layer } from "effect"
import * as KyselyAccounts from "../../src/kysely/AccountRepository.ts"
import * as Kysely from "../../src/kysely/InvitationRepository.ts"
import * as KyselyMemberships from "../../src/kysely/MembershipRepository.ts"
import * as KyselyTenants from "../../src/kysely/TenantRepository.ts"
import * as MemoryAccounts from "../../src/memory/AccountRepository.ts"
import * as Memory from "../../src/memory/InvitationRepository.ts"
import * as MemoryMemberships from "../../src/memory/MembershipRepository.ts"
import * as MemoryTenants from "../../src/memory/TenantRepository.ts"
import { InvitationRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("InvitationRepository", InvitationRepositoryContract, {
  memory: Layer.mergeAll(Memory.layer, MemoryAccounts.layer, MemoryTenants.layer, MemoryMemberships.layer),
  kysely: Layer.mergeAll(Kysely.layer, KyselyAccounts.layer, KyselyTenants.layer, KyselyMemberships.layer)
})
