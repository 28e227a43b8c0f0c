import * as Kysely from "../../src/kysely/CustomerNumbers.ts"
import * as Memory from "../../src/memory/CustomerNumbers.ts"
import { CustomerNumbersContract } from "../../src/testing/index.ts"
import { contractOnEveryAdapter } from "../support/adapters.ts"

contractOnEveryAdapter("CustomerNumbers", CustomerNumbersContract, { memory: Memory.layer, kysely: Kysely.layer })
