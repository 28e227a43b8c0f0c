import { Schema } from "effect"
import { Refusal } from "../kernel/Refusal.ts"
import { secret } from "../kernel/Text.ts"
import { Code } from "./Challenge.ts"

/** With what a signed-in person proves once more who they are: the password, or a code where the account has a second factor. */
export const StepUpProof = Schema.Struct({
  password: Schema.optionalKey(secret(1000)),
  code: Schema.optionalKey(Code)
}).check(
  Schema.makeFilter(({ code, password }) => {
    if (code === undefined && password === undefined) return "missing"
    return code !== undefined && password !== undefined ? "invalid" : undefined
  })
)
export type StepUpProof = typeof StepUpProof.Type

/** The password of a person who is signed in is another one. */
export class PasswordWrong extends Refusal<PasswordWrong>()(
  "PasswordWrong",
  {},
  { category: "unauthenticated", de: "Dieses Passwort stimmt nicht.", en: "This password is not right." }
) {}

/** The account has a second factor, so the password alone proves too little: whoever stole it must not change the factor with it (R-TO-09). */
export class CodeRequired extends Refusal<CodeRequired>()(
  "CodeRequired",
  {},
  {
    category: "unauthenticated",
    de: "Bitte geben Sie einen Code Ihrer Authentifizierungs-App oder einen Wiederherstellungscode ein.",
    en: "Please enter a code of your authenticator app or a recovery code."
  }
) {}
