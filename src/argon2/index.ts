export { type Argon2Options, layer, WeakParameters } from "./PasswordHasher.ts"
