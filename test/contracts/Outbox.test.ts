import * as Kysely from "../../src/kysely/Outbox.ts"
import * as Memory from "../../src/memory/Outbox.ts"
import { OutboxContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("Outbox", OutboxContract, { memory: Memory.layer, kysely: Kysely.layer })
