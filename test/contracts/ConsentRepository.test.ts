import * as Kysely from "../../src/kysely/ConsentRepository.ts"
import * as Memory from "../../src/memory/ConsentRepository.ts"
import { ConsentRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("ConsentRepository", ConsentRepositoryContract, { memory: Memory.layer, kysely: Kysely.layer })
