export type { Case, Suite } from "./Contract.ts"
export { Probe as UnitOfWorkProbe, UnitOfWorkContract } from "./contracts/UnitOfWorkContract.ts"
