export * as Job from "./Job.ts"
export { layer, runOnce } from "./Jobs.ts"
export * from "./jobList.ts"
