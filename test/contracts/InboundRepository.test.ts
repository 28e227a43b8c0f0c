import * as Kysely from "../../src/kysely/InboundRepository.ts"
import * as Memory from "../../src/memory/InboundRepository.ts"
import { InboundRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("InboundRepository", InboundRepositoryContract, { memory: Memory.layer, kysely: Kysely.layer })
