import { Layer } from "effect"
import * as KyselyLog from "../../src/kysely/EventLog.ts"
import * as KyselyRepository from "../../src/kysely/EventRepository.ts"
import * as MemoryLog from "../../src/memory/EventLog.ts"
import * as MemoryRepository from "../../src/memory/EventRepository.ts"
import { EventRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("EventRepository", EventRepositoryContract, {
  memory: Layer.merge(MemoryLog.layer, MemoryRepository.layer),
  kysely: Layer.merge(KyselyLog.layer, KyselyRepository.layer)
})
