import * as Kysely from "../../src/kysely/Leases.ts"
import * as Memory from "../../src/memory/Leases.ts"
import { LeasesContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("Leases", LeasesContract, { memory: Memory.layer, kysely: Kysely.layer })
