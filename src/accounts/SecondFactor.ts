import { Option, Redacted } from "effect"
import { generateURI, verifySync } from "otplib"
import type { Instant } from "../kernel/Instant.ts"

/** Seconds that one code is for (RFC 6238 section 4.1, X). */
const STEP = 30

/** Bytes of an authenticator secret: 160 bits, as long as the SHA-1 that it keys (RFC 4226 section 4, R6). */
export const SECRET_BYTES = 20

/*
 * Random bytes behind one recovery code, of which 125 bits are used. That is above the 112 bits under which a stored secret needs a slow hash
 * (NIST SP 800-63B-4 section 3.1.2.2), and a code can be looked up by its hash.
 */
export const RECOVERY_CODE_BYTES = 16
const RECOVERY_CODE_CHARS = 25
const GROUP = 5

const BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** The first bits of some bytes, five to a character. */
const encode = (bytes: Uint8Array, alphabet: string, chars: number): string => {
  let bits = 0n
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
  let text = ""
  for (let i = 1; i <= chars; i++) {
    text += alphabet.charAt(Number((bits >> BigInt(bytes.length * 8 - i * 5)) & 31n))
  }
  return text
}

/** An authenticator secret of `SECRET_BYTES` random bytes, in base 32 (RFC 4648 section 6), as apps take it when it is typed. */
export const secretOf = (bytes: Uint8Array): Redacted.Redacted =>
  Redacted.make(encode(bytes, BASE_32, Math.ceil((bytes.length * 8) / 5)), { label: "authenticator secret" })

/** The `otpauth://` URI of a secret, ready for a QR code: TOTP with SHA-1, 6 digits and 30 seconds, which every app can do. */
export const provisioningUri = (options: {
  readonly secret: Redacted.Redacted
  /** Who asks for the code: the product's name. */
  readonly issuer: string
  /** For whom: the account's address. */
  readonly account: string
}): Redacted.Redacted =>
  Redacted.make(
    generateURI({
      // the colon separates the two in the label
      issuer: options.issuer.replaceAll(":", " ").trim(),
      label: options.account,
      secret: Redacted.value(options.secret)
    }),
    { label: "authenticator URI" }
  )

/** The six digits in what a person typed, who may group them. */
const codeIn = (input: string): string | undefined => {
  if (input.length > 20) return undefined
  const digits = input.replaceAll(/\s/g, "")
  return /^[0-9]{6}$/.test(digits) ? digits : undefined
}

/**
 * The time step that a code is for, if it is right and may be used now: within one step of `now` (RFC 6238 section 5.2 allows one each side for
 * clocks that differ) and later than `lastStep`, the last one accepted, so that no code is accepted twice. The caller stores the step in a
 * guarded write; only that makes it once in parallel (TFA-02).
 */
export const verifyCode = (options: {
  readonly secret: Redacted.Redacted
  readonly code: Redacted.Redacted
  readonly lastStep: number | null
  readonly now: Instant
}): Option.Option<number> => {
  const token = codeIn(Redacted.value(options.code))
  const epoch = Math.floor(options.now / 1000)
  const latest = Math.floor(epoch / STEP) + 1
  // the library throws on a step that lies ahead, as after the clock was set back: then every code is an old one
  if (token === undefined || epoch < 0 || (options.lastStep !== null && options.lastStep >= latest))
    return Option.none()
  const result = verifySync({
    secret: Redacted.value(options.secret),
    token,
    epoch,
    epochTolerance: STEP,
    period: STEP,
    digits: 6,
    algorithm: "sha1",
    ...(options.lastStep === null ? {} : { afterTimeStep: options.lastStep })
  })
  // the type is that of both strategies; only the one of HOTP has no time step
  return result.valid && "timeStep" in result ? Option.some(result.timeStep) : Option.none()
}

/** A recovery code of `RECOVERY_CODE_BYTES` random bytes, in Crockford's base 32: five groups of five characters. */
export const recoveryCodeOf = (bytes: Uint8Array): Redacted.Redacted => {
  const chars = encode(bytes, CROCKFORD, RECOVERY_CODE_CHARS)
  const groups = Array.from({ length: RECOVERY_CODE_CHARS / GROUP }, (_, i) => chars.slice(i * GROUP, (i + 1) * GROUP))
  return Redacted.make(groups.join("-"), { label: "recovery code" })
}

/** The recovery code in what a person typed, without groups; case does not matter, nor O for 0, nor I or L for 1. */
export const recoveryCodeIn = (input: Redacted.Redacted): Option.Option<Redacted.Redacted> => {
  const typed = Redacted.value(input)
  if (typed.length > 100) return Option.none()
  const code = typed
    .replaceAll(/[\s\p{Pd}]/gu, "")
    .toUpperCase()
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1")
  return /^[0-9A-HJKMNP-TV-Z]{25}$/.test(code)
    ? Option.some(Redacted.make(code, { label: "recovery code" }))
    : Option.none()
}
