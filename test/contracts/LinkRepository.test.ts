import * as Kysely from "../../src/kysely/LinkRepository.ts"
import * as Memory from "../../src/memory/LinkRepository.ts"
import { LinkRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("LinkRepository", LinkRepositoryContract, { memory: Memory.layer, kysely: Kysely.layer })
