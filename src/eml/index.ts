export { type EmlOptions, layer } from "./Mailer.ts"
export { toInternetMessage, toInternetStream } from "./message.ts"
