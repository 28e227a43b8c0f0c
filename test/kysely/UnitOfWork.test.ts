import { UnitOfWorkContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"
import { counterMigrations, kyselyCounters, memoryCounters } from "../support/counters.ts"

contractOnEveryAdapter(
  "UnitOfWork",
  UnitOfWorkContract,
  { memory: memoryCounters, kysely: kyselyCounters },
  counterMigrations
)
