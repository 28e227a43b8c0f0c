import { Option, Schema, SchemaTransformation } from "effect"

/** ISO 3166-1 alpha-2, the codes that are officially assigned. */
const COUNTRIES: ReadonlySet<string> = new Set(
  (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL " +
    "CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU " +
    "GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC " +
    "MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT " +
    "PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA " +
    "UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
  ).split(" ")
)

/** A country as ISO 3166-1 alpha-2 code, upper case. */
export const Country = Schema.String.check(
  Schema.makeFilter((value) => (COUNTRIES.has(value) ? undefined : "country"), { expected: "a country" })
).pipe(Schema.brand("Country"))
export type Country = typeof Country.Type

/** What people and forms send; refused input has the code `country`. */
export const CountryFromInput = Schema.String.pipe(
  Schema.decodeTo(
    Country,
    SchemaTransformation.transform({
      decode: (input: string) => (input.length > 20 ? input : input.trim().toUpperCase()),
      encode: (value: string) => value
    })
  )
)

interface Rule {
  /** What people put in front of the digits. */
  readonly prefix: RegExp
  readonly form: RegExp
}

const RULES: Readonly<Record<string, Rule>> = {
  DE: { prefix: /^DE?(?=\d)/, form: /^\d{5}$/ },
  AT: { prefix: /^AT?(?=\d)/, form: /^\d{4}$/ },
  CH: { prefix: /^CH(?=\d)/, form: /^\d{4}$/ }
}

const OTHER: Rule = { prefix: /^(?!)/, form: /^[A-Z0-9]{2,10}$/ }

/**
 * The one form in which a country's postal codes are kept and compared (G-10), or nothing when it is none of that country: without spaces and
 * dashes, upper case; DE five digits, AT and CH four, also when written as "D-10115"; of other countries 2 to 10 letters and digits.
 */
export const normalForm = (country: string, input: string): Option.Option<string> => {
  if (input.length > 100) return Option.none()
  const rule = (Object.hasOwn(RULES, country) ? RULES[country] : undefined) ?? OTHER
  const bare = input
    .normalize("NFKC")
    .replace(/[\s\p{Pd}]/gu, "")
    .toUpperCase()
    .replace(rule.prefix, "")
  return rule.form.test(bare) ? Option.some(bare) : Option.none()
}

/** Whether two ways of writing mean the same postal code of a country; what is none of it equals nothing. */
export const equal = (country: string, a: string, b: string): boolean => {
  const normal = normalForm(country, a)
  return Option.isSome(normal) && Option.contains(normalForm(country, b), normal.value)
}

/** A postal code and the country whose it is. */
export interface Placed {
  readonly postalCode: string
  readonly country: string
}

/** The check of an input with both fields: refuses with the code `postal-code`, at that field. */
export const ofItsCountry = Schema.makeFilter<Placed>(({ country, postalCode }) =>
  Option.isSome(normalForm(country, postalCode)) ? undefined : { path: ["postalCode"], issue: "postal-code" }
)

/** The normal form of what `ofItsCountry` has let through. */
export const normalised = ({ country, postalCode }: Placed): string =>
  Option.getOrElse(normalForm(country, postalCode), () => postalCode)
