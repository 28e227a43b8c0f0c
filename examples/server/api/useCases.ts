import * as SecondFactors from "../../../src/accounts/SecondFactors.ts"
import * as Sessions from "../../../src/accounts/Sessions.ts"
import * as SignIns from "../../../src/accounts/SignIns.ts"
import * as Invitations from "../../../src/invitations/Invitations.ts"
import { describeApi } from "./openApi.ts"

/** What the API offers; a use case that is added here is reachable and described. */
export const useCases = [
  ...SignIns.useCases,
  ...Sessions.useCases,
  ...SecondFactors.useCases,
  ...Invitations.useCases
] as const

export const apiDocument = describeApi(useCases)
