export { layer, type Options } from "./DomainProof.ts"
