import { Layer } from "effect"
import * as KyselyAccounts from "../../src/kysely/AccountRepository.ts"
import * as Kysely from "../../src/kysely/SubscriptionRepository.ts"
import * as MemoryAccounts from "../../src/memory/AccountRepository.ts"
import * as Memory from "../../src/memory/SubscriptionRepository.ts"
import { SubscriptionRepositoryContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("SubscriptionRepository", SubscriptionRepositoryContract, {
  memory: Layer.mergeAll(Memory.layer, MemoryAccounts.layer),
  kysely: Layer.mergeAll(Kysely.layer, KyselyAccounts.layer)
})
