import { Option, Schema, SchemaTransformation } from "effect"

const LOCAL_MAX = 64
const ADDRESS_MAX = 254
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const ENCODED_WORD = /=\?[^?]+\?[bq]\?[^?]*\?=/
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/

/** At least two labels in their final form, of which none is encoded and the last is no number: the URL parser would answer the same. */
const PLAIN_DOMAIN = /^(?:(?!xn--|-)[a-z0-9-]{1,63}(?<!-)\.)+(?!xn--)[a-z][a-z0-9-]{0,62}(?<!-)$/

const toAsciiDomain = (domain: string): Option.Option<string> => {
  // most are, and the parser takes longer than all the rest
  if (domain.length <= 253 && PLAIN_DOMAIN.test(domain)) return Option.some(domain)
  // what could end the host part of a URL is refused before the URL parser sees it
  if (domain === "" || /[\s/\\?#@:[\]%<>^|`{}]/u.test(domain)) return Option.none()
  if (!URL.canParse(`http://${domain}/`)) return Option.none()
  const host = new URL(`http://${domain}/`).hostname
  const labels = host.split(".")
  const last = labels[labels.length - 1]
  if (labels.length < 2 || last === undefined || /^[0-9]+$/.test(last)) return Option.none()
  return host.length <= 253 && labels.every((label) => LABEL.test(label)) ? Option.some(host) : Option.none()
}

/*
 * The normal form of an address that a person typed, or nothing when it is not one mailbox: trimmed, NFKC, domain in its ASCII (IDNA) form,
 * lower case, at most 254 octets (RFC 5321 section 4.5.3.1). Quoted local parts, comments, groups, address literals and local parts outside
 * ASCII are refused. Plus-addresses stay distinct. Linear in the length of the input.
 */
const normalForm = (input: string): Option.Option<string> => {
  if (input.length > 2000) return Option.none()
  const folded = input.trim().normalize("NFKC").trim().toLowerCase()
  const at = folded.lastIndexOf("@")
  const local = folded.slice(0, Math.max(at, 0))
  if (local.length > LOCAL_MAX || !LOCAL.test(local)) return Option.none()
  // an encoded word, which must be in no address: whoever decodes it on the way reads another one (RFC 2047 section 5)
  if (ENCODED_WORD.test(local)) return Option.none()
  return Option.flatMap(toAsciiDomain(folded.slice(at + 1)), (domain) => {
    const address = `${local}@${domain}`
    return address.length <= ADDRESS_MAX ? Option.some(address) : Option.none()
  })
}

/** An e-mail address in its one normal form; two of them are the same mailbox exactly when they are the same string (G-09). */
export const EmailAddress = Schema.String.check(
  Schema.makeFilter(
    (value) => {
      const parsed = normalForm(value)
      return Option.isSome(parsed) && parsed.value === value ? undefined : "email"
    },
    { expected: "an e-mail address in normal form" }
  )
).pipe(Schema.brand("EmailAddress"))
export type EmailAddress = typeof EmailAddress.Type

/** The address in what a person typed, or nothing when it is not exactly one mailbox. */
export const parse = (input: string): Option.Option<EmailAddress> =>
  Option.filter(normalForm(input), Schema.is(EmailAddress))

/** What people type; decodes to an `EmailAddress`. Refused input has the code `email`. */
export const EmailAddressFromInput = Schema.String.pipe(
  Schema.decodeTo(
    EmailAddress,
    SchemaTransformation.transform({
      // what is not an address goes on as it is, so that the check above refuses it with its code
      decode: (input: string) => Option.getOrElse(normalForm(input), () => input),
      encode: (address: string) => address
    })
  )
)

/** The part behind the "@". */
export const domainOf = (address: EmailAddress): string => address.slice(address.lastIndexOf("@") + 1)
