import * as Kysely from "../../src/kysely/SelfRegistrationRepository.ts"
import * as Memory from "../../src/memory/SelfRegistrationRepository.ts"
import { SelfRegistrationRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("SelfRegistrationRepository", SelfRegistrationRepositoryContract, {
  memory: Memory.layer,
  kysely: Kysely.layer
})
