import * as Kysely from "../../src/kysely/TenantRepository.ts"
import * as Memory from "../../src/memory/TenantRepository.ts"
import { TenantRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("TenantRepository", TenantRepositoryContract, { memory: Memory.layer, kysely: Kysely.layer })
