export { Consent, ConsentInput } from "./Consent.ts"
export { ConsentRepository } from "./ConsentRepository.ts"
export { ConsentRequired } from "./consents.ts"
