import { layer as kysely } from "../../src/kysely/index.ts"
import { layerPorts as memory } from "../../src/memory/index.ts"
import { SessionRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("SessionRepository", SessionRepositoryContract, { memory, kysely })
