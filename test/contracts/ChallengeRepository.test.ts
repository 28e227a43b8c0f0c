import { layer as kysely } from "../../src/kysely/index.ts"
import { layerPorts as memory } from "../../src/memory/index.ts"
import { ChallengeRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("ChallengeRepository", ChallengeRepositoryContract, { memory, kysely })
