import * as Kysely from "../../src/kysely/IdempotencyStore.ts"
import * as Memory from "../../src/memory/IdempotencyStore.ts"
import { IdempotencyStoreContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("IdempotencyStore", IdempotencyStoreContract, { memory: Memory.layer, kysely: Kysely.layer })
