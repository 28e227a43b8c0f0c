export { type EmlOptions, layer } from "./Mailer.ts"
export { toInternetMessage } from "./message.ts"
