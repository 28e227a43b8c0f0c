import { TenantRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"
import { everyPort } from "../support/portal.ts"

contractOnEveryAdapter("TenantRepository", TenantRepositoryContract, everyPort)
