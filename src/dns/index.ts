export { type DnsOptions, layer } from "./DomainProof.ts"
