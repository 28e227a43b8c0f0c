import {
  Cause,
  Context,
  Effect,
  Exit,
  SchemaIssue as Issue,
  Option,
  Result,
  Schedule,
  Schema,
  type SchemaIssue,
  Tracer
} from "effect"
import * as Actor from "./Actor.ts"
import { Crypto, toBase64Url } from "./Crypto.ts"
import { canonicalJson } from "./canonicalJson.ts"
import { EventLog, type EventRow, type NewEvent } from "./EventLog.ts"
import { type IdempotencyRow, IdempotencyStore } from "./Idempotency.ts"
import * as Instant from "./Instant.ts"
import { EventId, type Ids, MailId, nextId, TenantId } from "./ids.ts"
import { draw, type Limits, type Rule } from "./Limits.ts"
import { type MailRow, type NewMail, Outbox, SECRET_PURPOSE } from "./Outbox.ts"
import type { Permission } from "./Permission.ts"
import { PersistenceError } from "./PersistenceError.ts"
import type { Category, RefusalClass, RefusalInstance } from "./Refusal.ts"
import { isRefusal } from "./Refusal.ts"
import {
  AlreadyDone,
  IdempotencyKeyReused,
  type InputIssue,
  InvalidInput,
  issueTexts,
  NotAllowed,
  type SecondFactorRequired,
  SignInRequired,
  StepUpRequired,
  type TooManyAttempts,
  Unavailable
} from "./refusals.ts"
import { Sealer } from "./Sealer.ts"
import { Settings } from "./Settings.ts"
import { UnitOfWork } from "./UnitOfWork.ts"
import { wake } from "./Wake.ts"

/** The class of a refusal that a use case can answer. */
export type ErrorClass = RefusalClass & (abstract new (...args: never) => RefusalInstance)
type InstanceOf<C> = C extends abstract new (...args: never) => infer I ? I : never

/**
 * Who may call a use case, for the permission table (ACC-03): anybody, the person concerned (their own account, or the holder of a link's
 * secret), whoever the request asks (by permission, as staff, in person, or as a deputy), a role with this permission in the tenant, the
 * operator's staff, or the library's own jobs.
 */
export type Requirement = "anyone" | "self" | "link" | "decider" | "staff" | "job" | Permission

/** What a use case knows of its call. */
export interface Call<K extends Actor.Kind> {
  readonly actor: Actor.Of<K>
  readonly request: Actor.RequestContext
  readonly now: Instant.Instant
  readonly settings: Settings
  /** The key under which the call can be repeated, for calls that are made of others. */
  readonly idempotencyKey?: string | undefined
}

/** As `Call`, inside the unit of work: what is recorded and sent here commits with the unit, or not at all (G-03). */
export interface Unit<K extends Actor.Kind> extends Call<K> {
  readonly record: (event: NewEvent) => void
  readonly send: (mail: NewMail) => void
}

interface Common<
  Name extends string,
  K extends Actor.Kind,
  In extends Schema.Top,
  Out extends Schema.Top,
  Es extends ReadonlyArray<ErrorClass>
> {
  /** `room.verb`, for example `invitations.accept`. */
  readonly name: Name
  /** One sentence: what it does; shown in the API description. */
  readonly summary: string
  readonly actors: ReadonlyArray<K>
  readonly requires: Requirement
  readonly input: In
  readonly output: Out
  /** Every error it can answer beyond those of the mechanism. */
  readonly errors: Es
  /** The budgets that each call draws on, counted before anything else happens and whatever the outcome (LIM-01). */
  readonly limits?: (input: In["Type"], call: Call<K>) => Effect.Effect<ReadonlyArray<Rule>, never, Crypto>
}

export interface CommandOptions<
  Name extends string,
  K extends Actor.Kind,
  In extends Schema.Top,
  Out extends Schema.Top,
  Es extends ReadonlyArray<ErrorClass>,
  P,
  RP,
  RU
> extends Common<Name, K, In, Out, Es> {
  /** Wants an authentication that is not older than ten minutes (AUT-07), and its refusals are recorded (AUD-01). */
  readonly sensitive?: boolean
  /** The answer holds a secret: it is never kept under an idempotency key (G-04). */
  readonly secretAnswer?: boolean
  /**
   * Slow or costly work that must not hold a transaction open: hashing, looking up what the unit will check again. Work that is done in several units
   * makes their idempotency keys of the call's own.
   */
  readonly prepare?: (
    input: In["Type"],
    call: Call<K> & CallOptions
  ) => Effect.Effect<P, InstanceOf<Es[number]> | PersistenceError | CommandErrors, RP>
  /** The unit of work; repeated from the start when it lost a race. */
  readonly unit: (
    input: In["Type"],
    unit: Unit<K>,
    prepared: P
  ) => Effect.Effect<Out["Type"], InstanceOf<Es[number]> | PersistenceError | CommandErrors, RU>
}

export interface QueryOptions<
  Name extends string,
  K extends Actor.Kind,
  In extends Schema.Top,
  Out extends Schema.Top,
  Es extends ReadonlyArray<ErrorClass>,
  R
> extends Common<Name, K, In, Out, Es> {
  readonly run: (
    input: In["Type"],
    call: Call<K>
  ) => Effect.Effect<Out["Type"], InstanceOf<Es[number]> | PersistenceError | QueryErrors, R>
}

/** What every query can answer. */
export type QueryErrors =
  | InvalidInput
  | TooManyAttempts
  | SignInRequired
  | NotAllowed
  | SecondFactorRequired
  | Unavailable
/** What every command can answer. */
export type CommandErrors = QueryErrors | StepUpRequired | IdempotencyKeyReused | AlreadyDone

/** The ports that the mechanism itself needs for a command. */
export type CommandPorts = UnitOfWork | Limits | IdempotencyStore | EventLog | Outbox | Ids | Crypto | Sealer

/** What is known of a use case without running it: behind the permission table, the statement table and the error texts. */
export interface Description {
  readonly name: string
  readonly summary: string
  readonly kind: "command" | "query"
  readonly actors: ReadonlyArray<Actor.Kind>
  readonly requires: Requirement
  readonly input: Schema.Top
  readonly output: Schema.Top
  readonly errors: ReadonlyArray<ErrorClass>
  readonly sensitive: boolean
  readonly secretAnswer: boolean
}

export interface CallOptions {
  /** Makes the call repeatable: the same key with the same input answers as the first time and does nothing twice (G-04). 1 to 200 printable ASCII characters. */
  readonly idempotencyKey?: string | undefined
}

/** A use case: a function of its input that says in its type who may call it and every error it can answer (G-02), with its description. */
export interface UseCase<Input, Output, Error, R> extends Description {
  (input: Input, options?: CallOptions): Effect.Effect<Output, Error, R>
}

/** What goes in at the border: typed for those who write TypeScript, parsed for everybody (G-01). */
type Encoded<S extends Schema.Top> = S["Encoded"]

/** Text from outside as one well-formed line, because neither a store nor a reader of logs should trip over it (R-AU-04). */
const oneLine = (text: string, max: number): string =>
  text
    .slice(0, max)
    .toWellFormed()
    .replace(/\p{Cc}/gu, "\ufffd")

// ---- input -----------------------------------------------------------------------------------------------------------------------------

const PARSE = { errors: "all", onExcessProperty: "error" } as const

const codeOf = (message: unknown): string =>
  typeof message === "string" && (Object.hasOwn(issueTexts, message) || /^[a-z-]{1,40}$/.test(message))
    ? message
    : "invalid"

const collect = (issue: SchemaIssue.Issue, path: ReadonlyArray<string>, into: Array<InputIssue>): void => {
  switch (issue._tag) {
    case "Pointer":
      return collect(issue.issue, [...path, ...issue.path.map((key) => oneLine(String(key), 100))], into)
    case "Filter":
    case "Encoding":
      return collect(issue.issue, path, into)
    case "Composite":
      for (const inner of issue.issues) collect(inner, path, into)
      return
    case "AnyOf":
      if (issue.issues.length === 0) into.push({ path, code: "type" })
      else for (const inner of issue.issues) collect(inner, path, into)
      return
    case "MissingKey":
      into.push({ path, code: "missing" })
      return
    case "UnexpectedKey":
      into.push({ path, code: "unknown" })
      return
    case "InvalidType":
      into.push({ path, code: "type" })
      return
    case "InvalidValue":
      into.push({ path, code: codeOf(issue.annotations?.message) })
      return
    default:
      into.push({ path, code: "invalid" })
  }
}

/** Nobody reads more, and whoever sends thousands of unknown fields shall not get them back. */
const MOST_ISSUES = 50

/** The faults of an input that a schema refused, by path and code, without the values; at most 50. */
export const toInvalidInput = (issue: SchemaIssue.Issue): InvalidInput => {
  const issues: Array<InputIssue> = []
  collect(issue, [], issues)
  const seen = new Set<string>()
  return new InvalidInput({
    issues: issues
      .filter(({ code, path }) => {
        const key = `${path.join("\n")}\n\n${code}`
        return !seen.has(key) && seen.add(key)
      })
      .slice(0, MOST_ISSUES)
  })
}

// ---- caller ----------------------------------------------------------------------------------------------------------------------------

/** Refuses people whose proof of who they are is older than ten minutes: for what is sensitive only in some cases of a use case (AUT-07). */
export const provenRecently = ({
  actor,
  now,
  settings
}: Pick<Call<Actor.Kind>, "actor" | "now" | "settings">): Result.Result<void, StepUpRequired> =>
  (actor._tag === "Account" || actor._tag === "Staff") &&
  now >= Instant.plus(actor.authenticatedAt, settings.sessions.recent)
    ? Result.fail(new StepUpRequired())
    : Result.succeed(undefined)

const callFor = <K extends Actor.Kind>(
  actors: ReadonlyArray<K>,
  sensitive: boolean,
  caller: Actor.Caller,
  settings: Settings,
  now: Instant.Instant
): Result.Result<Call<K>, SignInRequired | NotAllowed | StepUpRequired> => {
  const { actor, request } = caller
  const kinds: ReadonlyArray<Actor.Kind> = actors
  if (!kinds.includes(actor._tag)) {
    return Result.fail(actor._tag === "Anonymous" ? new SignInRequired() : new NotAllowed({}))
  }
  if (actor._tag === "StaffActingFor" && now >= actor.until) return Result.fail(new SignInRequired())
  // the lines above checked that the actor is of one of these kinds
  const call: Call<K> = { actor: actor as Actor.Of<K>, request, now, settings }
  return sensitive ? Result.map(provenRecently(call), () => call) : Result.succeed(call)
}

// ---- store failures --------------------------------------------------------------------------------------------------------------------

/** The caller learns that it did not work, the operator's log learns why (R-SC-09). */
const hidePersistence = <A, E, R>(
  name: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, Exclude<E, PersistenceError> | Unavailable, R> =>
  Effect.catch(effect, (error) =>
    error instanceof PersistenceError
      ? Effect.andThen(
          Effect.logWarning(`${name} is unavailable`, Cause.fail(error)),
          Effect.fail<Exclude<E, PersistenceError> | Unavailable>(new Unavailable())
        )
      : // what is not a PersistenceError is of the other members of E
        Effect.fail(error as Exclude<E, PersistenceError>)
  )

const backOff = Schedule.min([Schedule.exponential("4 millis"), Schedule.spaced("250 millis")]).pipe(Schedule.jittered)

// The first repetition comes at once, because whoever won the race has committed; later ones back off. Most units need none, and begin no schedule.
const repeated = <A, E, R>(attempts: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.catch(effect, (error) =>
    attempts > 1 && isRepeatable(error)
      ? Effect.retry(effect, { schedule: backOff, times: attempts - 2, while: isRepeatable })
      : Effect.fail(error)
  )

const isRepeatable = (error: unknown): boolean => error instanceof PersistenceError && error.isRetryable

// ---- journal ---------------------------------------------------------------------------------------------------------------------------

const toEventRow = Effect.fnUntraced(function* (
  event: NewEvent,
  useCase: string,
  call: Call<Actor.Kind>,
  outcome: EventRow["outcome"]
) {
  const actor: Actor.Actor = call.actor
  const crypto = yield* Crypto
  const request = call.request
  const source = request.source === undefined ? {} : { source: oneLine(request.source, 64) }
  const personal = { ...source, ...event.personal }
  const hasPersonal = Object.keys(personal).length > 0
  const row: EventRow = {
    id: yield* nextId(EventId),
    at: call.now,
    type: event.type,
    tenantId: event.tenantId ?? null,
    subjectKind: event.subject.kind,
    subjectId: event.subject.id,
    actor: actor._tag === "StaffActingFor" ? `account:${actor.accountId}` : Actor.describe(actor),
    accountId: Actor.accountOf(actor) ?? null,
    realActor: actor._tag === "StaffActingFor" ? `staff:${actor.staff.accountId}` : null,
    outcome,
    useCase,
    requestId: request.requestId === undefined ? null : oneLine(request.requestId, 100),
    data: event.data ?? {},
    personal: hasPersonal ? personal : null,
    salt: hasPersonal ? toBase64Url(yield* crypto.randomBytes(16)) : null
  }
  return row
})

const toMailRow = Effect.fnUntraced(function* (mail: NewMail, now: Instant.Instant) {
  const id = yield* nextId(MailId)
  const sealer = yield* Sealer
  const row: MailRow = {
    id,
    kind: mail.kind,
    recipient: mail.recipient,
    locale: mail.locale,
    values: mail.values,
    sealedSecret: mail.secret === undefined ? null : yield* sealer.seal(SECRET_PURPOSE, id, mail.secret),
    tenantId: mail.tenantId ?? null,
    accountId: mail.accountId ?? null,
    process: mail.process,
    createdAt: now
  }
  return row
})

/** What a denial tells besides the caller. */
interface Known {
  tenantId: TenantId | undefined
}

const isTenantId = Schema.is(TenantId)

const tenantOf = (input: unknown): TenantId | undefined =>
  typeof input === "object" && input !== null && "tenantId" in input && isTenantId(input.tenantId)
    ? input.tenantId
    : undefined

// nothing was decided on input that was refused, by a store that is away, or beyond a limit; and who is beyond one could fill the log for ever
const UNRECORDED: ReadonlySet<Category> = new Set<Category>(["invalid", "unavailable", "too-many"])

/**
 * Refusals for want of a right are recorded, and of sensitive commands every decision against the caller (AUD-01). A repeat of what was done is none,
 * and leaves nothing (G-04).
 */
const isDenial = (sensitive: boolean, error: unknown): error is RefusalInstance =>
  isRefusal(error) &&
  !(error instanceof AlreadyDone) &&
  (error.category === "forbidden" || (sensitive && !UNRECORDED.has(error.category)))

const recordDenial = Effect.fnUntraced(function* (
  name: string,
  caller: Actor.Caller,
  settings: Settings,
  refusal: RefusalInstance,
  known: Known
) {
  const log = yield* EventLog
  const uow = yield* UnitOfWork
  const call: Call<Actor.Kind> = { ...caller, settings, now: yield* Instant.now }
  const row = yield* toEventRow(
    {
      type: `${name}.denied`,
      // A missing right is a matter of the tenant, whose owners shall see it. Who is no member looks for something that is not there for them
      // (G-05), and must not write into another's log.
      tenantId: refusal.category === "forbidden" ? known.tenantId : undefined,
      subject: { kind: "useCase", id: name },
      data: { refusal: refusal._tag }
    },
    name,
    call,
    "denied"
  )
  yield* uow.run(log.append([row]))
})

// ---- idempotency -----------------------------------------------------------------------------------------------------------------------

interface Key {
  readonly scope: string
  readonly key: string
  readonly inputHash: string
  /** Whether a stored hash is of this input, by whatever key of the ring it was made. */
  readonly fits: (inputHash: string) => Effect.Effect<boolean>
  readonly notBefore: Instant.Instant
}

const keyOf = Effect.fnUntraced(function* (
  name: string,
  idempotencyKey: string,
  input: unknown,
  call: Call<Actor.Kind>
) {
  if (!/^[\x20-\x7e]{1,200}$/.test(idempotencyKey)) {
    const code = idempotencyKey === "" ? "missing" : idempotencyKey.length > 200 ? "too-long" : "invalid"
    return yield* new InvalidInput({ issues: [{ path: ["idempotencyKey"], code }] })
  }
  const sealer = yield* Sealer
  const crypto = yield* Crypto
  // an anonymous caller has no identity of its own, so its source takes that place
  const who =
    call.actor._tag === "Anonymous"
      ? `anonymous:${toBase64Url(yield* crypto.sha256(call.request.source ?? ""))}`
      : Actor.describe(call.actor)
  const scope = `${who} ${name}`
  // keyed, because a plain digest of a short secret input could be guessed from a dump
  const hash = (keyId?: string) =>
    Effect.map(
      sealer.mac("idempotency", `${scope}\n${canonicalJson(input)}`, keyId),
      ({ keyId, mac }) => `${keyId}.${mac}`
    )
  const inputHash = yield* Effect.orDie(hash())
  const key: Key = {
    scope,
    key: idempotencyKey,
    inputHash,
    fits: (stored) =>
      stored === inputHash
        ? Effect.succeed(true)
        : // made before the ring got a new key; by a key that is gone it cannot be told any more, and nothing is done twice
          Effect.match(hash(stored.slice(0, Math.max(0, stored.indexOf(".")))), {
            onFailure: () => false,
            onSuccess: (again) => again === stored
          }),
    notBefore: Instant.minus(call.now, call.settings.idempotency.lifetime)
  }
  return key
})

const earlier = Effect.fnUntraced(function* <Out extends Schema.Top>(
  key: Key,
  secretAnswer: boolean,
  codec: AnswerCodec<Out>
) {
  const store = yield* IdempotencyStore
  const found = yield* store.find(key.scope, key.key, key.notBefore)
  if (Option.isNone(found)) return Option.none<Out["Type"]>()
  if (!(yield* key.fits(found.value.inputHash))) return yield* new IdempotencyKeyReused()
  if (secretAnswer || found.value.answer === null) return yield* new AlreadyDone()
  return Option.some(codec.decode(found.value.answer))
})

interface AnswerCodec<Out extends Schema.Top> {
  readonly encode: (answer: Out["Type"]) => string
  readonly decode: (json: string) => Out["Type"]
}

const answerCodec = <Out extends Schema.Top>(output: Out): AnswerCodec<Out> => {
  // outputs are plain data: their schemas have neither services nor effects, which their common supertype cannot say
  const schema = output as unknown as Schema.Codec<Out["Type"], unknown>
  return {
    encode: (answer) => JSON.stringify(Schema.encodeSync(schema)(answer) ?? null),
    decode: (json) =>
      Schema.decodeUnknownSync(schema)(
        output.ast._tag === "Void" || output.ast._tag === "Undefined" ? undefined : JSON.parse(json)
      )
  }
}

// ---- the mechanism ---------------------------------------------------------------------------------------------------------------------

const describe = (
  kind: Description["kind"],
  options: Pick<Description, "summary" | "actors" | "requires" | "input" | "output" | "errors"> & {
    readonly sensitive?: boolean | undefined
    readonly secretAnswer?: boolean | undefined
  }
) => ({
  summary: options.summary,
  kind,
  actors: options.actors,
  requires: options.requires,
  input: options.input,
  output: options.output,
  errors: options.errors,
  sensitive: options.sensitive ?? false,
  secretAnswer: options.secretAnswer ?? false
})

/** A span for each call, where somebody collects spans: making one that nobody sees costs more than all of the mechanism. */
const traced = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) =>
    fiber.getRef(Tracer.Tracer) === Tracer.nativeTracer
      ? effect
      : // what a parent span is good for is decided where the spans are collected
        (effect.pipe(Effect.withSpan(name, undefined, { captureStackTrace: false })) as Effect.Effect<A, E, R>)
  )

const attach = <F extends (...args: never) => unknown>(
  f: F,
  name: string,
  description: Omit<Description, "name">
): F => {
  Object.defineProperty(f, "name", { value: name })
  return Object.assign(f, description)
}

/** A struct without fields takes all but null and undefined, where what it should take is nothing (R-TE-06). */
const isEmpty = ({ ast }: Schema.Top): boolean =>
  ast._tag === "Objects" && ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0

const unexpected = (raw: unknown): ReadonlyArray<InputIssue> =>
  typeof raw !== "object" || raw === null || Array.isArray(raw)
    ? [{ path: [], code: "type" }]
    : Object.keys(raw)
        .slice(0, MOST_ISSUES)
        .map((key) => ({ path: [oneLine(key, 100)], code: "unknown" }))

/** Parses what comes from outside, with every fault named at once (G-01). */
export const parser = <In extends Schema.Top>(input: In) => {
  const empty = isEmpty(input)
  // inputs are parsed without services and effects; their common supertype cannot say so
  const decode = Schema.decodeUnknownExit(input as unknown as Schema.Codec<In["Type"], unknown>, PARSE)
  return (raw: unknown): Result.Result<In["Type"], InvalidInput> => {
    const issues = empty ? unexpected(raw) : []
    if (issues.length > 0) return Result.fail(new InvalidInput({ issues }))
    const exit = decode(raw)
    if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
    const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    return Result.fail(
      error !== undefined && Issue.isIssue(error.issue)
        ? toInvalidInput(error.issue)
        : new InvalidInput({ issues: [{ path: [], code: "invalid" }] })
    )
  }
}

/**
 * A use case that changes something. In this order: the caller's kind and the age of its proof of identity, the input, an answer kept under the
 * idempotency key, the limits (counted in a unit of their own), `prepare`, and the unit of work with its events and mails in the same commit.
 * A lost race repeats the unit from the start, a bounded number of times. After the commit the workers are woken; a denial is recorded in a
 * unit of its own.
 */
export const command = <
  const Name extends string,
  const K extends Actor.Kind,
  In extends Schema.Top,
  Out extends Schema.Top,
  const Es extends ReadonlyArray<ErrorClass>,
  P = undefined,
  RP = never,
  RU = never
>(
  options: CommandOptions<Name, K, In, Out, Es, P, RP, RU>
): UseCase<Encoded<In>, Out["Type"], InstanceOf<Es[number]> | CommandErrors, Actor.By<K> | CommandPorts | RP | RU> => {
  const { name } = options
  const sensitive = options.sensitive ?? false
  const secretAnswer = options.secretAnswer ?? false
  const parse = parser(options.input)
  const codec = answerCodec(options.output)

  const body = Effect.fnUntraced(function* (
    raw: unknown,
    callOptions: CallOptions,
    caller: Actor.Caller,
    settings: Settings,
    known: Known
  ) {
    const called = callFor(options.actors, sensitive, caller, settings, yield* Instant.now)
    if (Result.isFailure(called)) return yield* called.failure
    const parsed = parse(raw)
    if (Result.isFailure(parsed)) return yield* parsed.failure
    const call = { ...called.success, idempotencyKey: callOptions.idempotencyKey }
    const input = parsed.success
    known.tenantId = tenantOf(input)
    const key =
      callOptions.idempotencyKey === undefined ? undefined : yield* keyOf(name, callOptions.idempotencyKey, input, call)
    const limited =
      options.limits === undefined
        ? Effect.void
        : Effect.flatMap(options.limits(input, call), (rules) => draw(rules, call.now))
    if (key !== undefined) {
      const answer = yield* earlier(key, secretAnswer, codec).pipe(
        // that it was another input is an answer, too: of a password one could be told from it (V-15)
        Effect.tapError((error) => (error instanceof IdempotencyKeyReused ? limited : Effect.void))
      )
      if (Option.isSome(answer)) return answer.value
    }
    yield* limited

    const uow = yield* UnitOfWork
    const unitWith = (prepared: P) =>
      Effect.gen(function* () {
        if (key !== undefined) {
          const answer = yield* earlier(key, secretAnswer, codec)
          if (Option.isSome(answer)) return answer.value
        }
        const events: Array<NewEvent> = []
        const mails: Array<NewMail> = []
        const now = yield* Instant.now
        const answer = yield* options.unit(
          input,
          { ...call, now, record: (event) => void events.push(event), send: (mail) => void mails.push(mail) },
          prepared
        )
        if (key !== undefined) {
          const store = yield* IdempotencyStore
          const row: IdempotencyRow = {
            scope: key.scope,
            key: key.key,
            inputHash: key.inputHash,
            answer: secretAnswer ? null : codec.encode(answer),
            createdAt: now
          }
          yield* store.insert(row, key.notBefore)
        }
        if (events.length > 0) {
          const log = yield* EventLog
          const at = { ...call, now }
          const rows: Array<EventRow> = []
          for (const event of events) rows.push(yield* toEventRow(event, name, at, "done"))
          yield* log.append(rows)
        }
        if (mails.length > 0) {
          const outbox = yield* Outbox
          const rows: Array<MailRow> = []
          for (const mail of mails) rows.push(yield* toMailRow(mail, now))
          yield* outbox.append(rows)
        }
        if (events.length > 0 || mails.length > 0) yield* uow.afterCommit(wake)
        return answer
      })
    const work = Effect.gen(function* () {
      // without `prepare`, P is undefined
      const prepared =
        options.prepare === undefined
          ? (undefined as P)
          : yield* options.prepare(input, { ...call, idempotencyKey: callOptions.idempotencyKey })
      return yield* repeated(settings.unitAttempts, uow.run(unitWith(prepared)))
    })
    if (key === undefined) return yield* work
    // The same call may have been done in parallel, which this one met as a refusal ("has been accepted"), or its commit may have gone well
    // although nobody said so: what is kept under the key tells.
    return yield* Effect.catch(work, (error) =>
      Effect.flatMap(earlier(key, secretAnswer, codec), (answer) =>
        Option.isSome(answer) ? Effect.succeed(answer.value) : Effect.fail(error)
      )
    )
  })

  const run = (raw: unknown, callOptions: CallOptions = {}) =>
    traced(
      name,
      Effect.gen(function* () {
        const caller = yield* Actor.CurrentCaller
        const settings = yield* Settings
        const known: Known = { tenantId: undefined }
        return yield* hidePersistence(name, body(raw, callOptions, caller, settings, known)).pipe(
          Effect.tapError((error) =>
            isDenial(sensitive, error)
              ? Effect.ignoreCause(recordDenial(name, caller, settings, error, known), { log: true })
              : Effect.void
          )
        )
      })
    )

  // the mechanism adds `By<K>` for the one key under which the caller travels; the types of `run` know that key as `By<never>`
  return attach(run, name, describe("command", options)) as never
}

/** A use case that changes nothing: no unit of work, no event, no mail. */
export const query = <
  const Name extends string,
  const K extends Actor.Kind,
  In extends Schema.Top,
  Out extends Schema.Top,
  const Es extends ReadonlyArray<ErrorClass>,
  R = never
>(
  options: QueryOptions<Name, K, In, Out, Es, R>
): UseCase<Encoded<In>, Out["Type"], InstanceOf<Es[number]> | QueryErrors, Actor.By<K> | Limits | Crypto | R> => {
  const { name } = options
  const parse = parser(options.input)

  const limited = Effect.fnUntraced(function* (
    limits: NonNullable<typeof options.limits>,
    input: In["Type"],
    call: Call<K>
  ) {
    yield* draw(yield* limits(input, call), call.now)
    return yield* options.run(input, call)
  })
  // what needs no effect is done without any: that is a tenth of the time of a permission check
  const body = (raw: unknown) =>
    Effect.withFiber<
      Out["Type"],
      InstanceOf<Es[number]> | PersistenceError | QueryErrors | StepUpRequired,
      R | Limits | Crypto
    >((fiber) => {
      // there, because the type of the use case asks for it
      const caller = Context.getUnsafe(fiber.context, Actor.CurrentCaller)
      const call = callFor(options.actors, false, caller, fiber.getRef(Settings), Instant.nowOf(fiber))
      if (Result.isFailure(call)) return Effect.fail(call.failure)
      const input = parse(raw)
      if (Result.isFailure(input)) return Effect.fail(input.failure)
      const { limits } = options
      return limits === undefined
        ? options.run(input.success, call.success)
        : limited(limits, input.success, call.success)
    })

  const run = (raw: unknown) => traced(name, hidePersistence(name, body(raw)))
  // as above
  return attach(run, name, describe("query", options)) as never
}

/** Any use case, for lists of them. */
export type Any = Description & ((input: never, options?: CallOptions) => Effect.Effect<unknown, unknown, never>)
export type Registry = ReadonlyArray<Description>

/** Keeps the compiler from widening; the list of a room's use cases. */
export const registry = <const List extends Registry>(...list: List): List => list
