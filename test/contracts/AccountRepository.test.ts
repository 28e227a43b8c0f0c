import { layer as kysely } from "../../src/kysely/index.ts"
import { layerPorts as memory } from "../../src/memory/index.ts"
import { AccountRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("AccountRepository", AccountRepositoryContract, { memory, kysely })
