import * as Kysely from "../../src/kysely/Limits.ts"
import * as Memory from "../../src/memory/Limits.ts"
import { LimitsContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("Limits", LimitsContract, { memory: Memory.layer, kysely: Kysely.layer })
