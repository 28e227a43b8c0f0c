import * as Kysely from "../../src/kysely/RegistrationRepository.ts"
import * as Memory from "../../src/memory/RegistrationRepository.ts"
import { RegistrationRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("RegistrationRepository", RegistrationRepositoryContract, {
  memory: Memory.layer,
  kysely: Kysely.layer
})
