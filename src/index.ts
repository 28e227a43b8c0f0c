export * as EmailAddress from "./kernel/EmailAddress.ts"
