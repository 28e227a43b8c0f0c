import * as Kysely from "../../src/kysely/DeskRepository.ts"
import * as Memory from "../../src/memory/DeskRepository.ts"
import { DeskRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("DeskRepository", DeskRepositoryContract, { memory: Memory.layer, kysely: Kysely.layer })
