export { layer } from "./MailParser.ts"
