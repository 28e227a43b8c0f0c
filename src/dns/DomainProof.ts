import { Resolver } from "node:dns/promises"
import { Duration, Effect, Layer } from "effect"
import { DomainProof, DomainProofUnavailable } from "../tenants/DomainProof.ts"

/** The answers that say that there is no such record: the name does not exist, or has none of this type. */
const NONE: ReadonlySet<unknown> = new Set(["ENOTFOUND", "ENODATA"])

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

export interface DnsOptions {
  /** Addresses of name servers, `192.0.2.1` or `192.0.2.1:53`; those of the machine where none are given. */
  readonly servers?: ReadonlyArray<string>
  /** How long one try may take; 3 seconds unless told. */
  readonly timeout?: Duration.Input
  /** 2 unless told. */
  readonly tries?: number
}

/** TXT records by the system's resolver. Nothing is cached here; a resolver between may, for as long as the records allow. */
export const layer = ({ servers, timeout = "3 seconds", tries = 2 }: DnsOptions = {}): Layer.Layer<DomainProof> =>
  Layer.sync(DomainProof, () => {
    const resolver = new Resolver({ timeout: Duration.toMillis(Duration.fromInputUnsafe(timeout)), tries })
    if (servers !== undefined) resolver.setServers([...servers])
    return DomainProof.of({
      texts: (name) =>
        Effect.tryPromise({ try: () => resolver.resolveTxt(name), catch: (cause) => cause }).pipe(
          // one record may be split into several strings (RFC 1035 section 3.3.14)
          Effect.map((records) => records.map((parts) => parts.join(""))),
          Effect.catch((cause) =>
            NONE.has(codeOf(cause)) ? Effect.succeed([]) : Effect.fail(new DomainProofUnavailable({ cause }))
          )
        )
    })
  })
