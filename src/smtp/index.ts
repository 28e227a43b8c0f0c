export { layer, type SmtpOptions } from "./Mailer.ts"
