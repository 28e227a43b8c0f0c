import * as Kysely from "../../src/kysely/DeputyRepository.ts"
import * as Memory from "../../src/memory/DeputyRepository.ts"
import { DeputyRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("DeputyRepository", DeputyRepositoryContract, { memory: Memory.layer, kysely: Kysely.layer })
