import * as Kysely from "../../src/kysely/FileRepository.ts"
import * as Memory from "../../src/memory/FileRepository.ts"
import { FileRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("FileRepository", FileRepositoryContract, { memory: Memory.layer, kysely: Kysely.layer })
