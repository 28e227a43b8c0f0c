import { Cause, Effect, Exit, Redacted } from "effect"
import * as fc from "fast-check"
import { generateSync } from "otplib"
import { EmailChanges, Passwords, SecondFactors, Sessions, SignIns } from "../../../src/accounts/index.ts"
import * as Actor from "../../../src/kernel/Actor.ts"
import * as Instant from "../../../src/kernel/Instant.ts"
import type { AccountId } from "../../../src/kernel/ids.ts"
import { checkAll } from "../../../src/testing/invariants.ts"
import { SimulatedClock } from "../../../src/testing/SimulatedClock.ts"
import { newestSecret } from "../../support/portal.ts"
import {
  type Address,
  accept,
  addresses,
  begin,
  DAY,
  enter,
  half,
  isRecent,
  MINUTE,
  type Model,
  type Person,
  people,
  renew,
  type Session,
  showCodes,
  type Typed,
  told,
  turn
} from "./Model.ts"
import type { Stage } from "./stage.ts"

/** What the model has no words for, in the order of the model's numbers. */
export interface World {
  readonly ids: Readonly<Record<Person, AccountId>>
  readonly tokens: Array<Redacted.Redacted>
  readonly secrets: Array<Redacted.Redacted>
  readonly codes: Array<Redacted.Redacted>
  readonly challenges: Array<Redacted.Redacted>
  readonly letters: Array<Redacted.Redacted>
  readonly moves: Array<Redacted.Redacted>
}

export interface Real {
  readonly world: World
  readonly run: <A, E>(effect: Effect.Effect<A, E, Stage>) => Promise<Exit.Exit<A, E>>
  readonly heard: (answer: string) => void
}

export type Command = fc.AsyncCommand<Model, Real>

export const passwords = [
  "seventeen quiet lanterns",
  "a river under nine bridges",
  "slow trains cross the valley",
  "tangerine lamp, second floor"
].map((text) => Redacted.make(text))

const password = (number: number): Redacted.Redacted => passwords[number] ?? Redacted.make("")

const home = { source: "192.0.2.1", device: "Firefox on Linux" }
const anonymously = Actor.provide(Actor.anonymous, home)

type Answer = Effect.Effect<string, { readonly _tag: string }, Stage>

interface Step {
  readonly label: string
  readonly expect: () => string
  readonly take: (world: World) => Answer
}

const nameOf = (exit: Exit.Exit<string, { readonly _tag: string }>): string =>
  Exit.isSuccess(exit)
    ? exit.value
    : (exit.cause.reasons.find(Cause.isFailReason)?.error._tag ?? Cause.pretty(exit.cause))

const same = (label: string, what: string, expected: unknown, found: unknown): void => {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(found)]
  if (a !== b) throw new Error(`${label}: ${what}\nexpected ${a}\nfound    ${b}`)
}

const command = (words: string, plan: (model: Model) => Step | undefined): Command => {
  let label = words
  return {
    check: (model) => plan(model) !== undefined,
    run: async (model, real) => {
      const step = plan(model)
      if (step === undefined) return
      label = step.label
      const answer = nameOf(await real.run(step.take(real.world)))
      real.heard(answer)
      same(label, "the answer", step.expect(), answer)
      const checked = await real.run(Effect.all([checkAll, Instant.now]))
      if (Exit.isFailure(checked)) throw new Error(`${label}: ${Cause.pretty(checked.cause)}`)
      const [state, now] = checked.value
      const seen = {
        accounts: people.map((person) => {
          const account = state.accounts.find(({ id }) => id === real.world.ids[person])
          const factor = state.secondFactors.find(({ accountId }) => accountId === account?.id)
          const app = factor?.confirmed === true ? "app" : "no app"
          return [person, account?.email, account?.credentialEpoch, app, factor?.recoveryCodes.length ?? 0].join(" ")
        }),
        alive: people.map((person) => {
          const account = state.accounts.find(({ id }) => id === real.world.ids[person])
          return state.sessions.filter(
            ({ accountId, credentialEpoch, expiresAt }) =>
              accountId === account?.id && credentialEpoch === account.credentialEpoch && now < expiresAt
          ).length
        }),
        mails: state.mails.length
      }
      same(label, "the state", told(model), seen)
    },
    toString: () => label
  }
}

/** By any number, 0 for the newest. */
const oneOf = (length: number, number: number): number | undefined =>
  length === 0 ? undefined : length - 1 - (number % length)

const showTokens = (world: World, answer: { readonly token: Redacted.Redacted }): void =>
  void world.tokens.push(answer.token)

// ---- signing in ------------------------------------------------------------------------------------------------------------------------

const signingIn = (person: Person, wrong: number | undefined, stay: boolean): Command =>
  command("signs in", (model) => {
    const account = model.accounts[person]
    const typed = wrong ?? account.password
    return {
      label: `${person} signs in with password ${typed}${stay ? ", and stays" : ""}`,
      expect: () => {
        if (typed !== account.password) return "SignInRefused"
        if (account.app === undefined) {
          begin(model, person, stay, false)
          return "SignedIn"
        }
        model.challenges.push({ person, epoch: account.epoch, stay, deadline: model.now + 10 * MINUTE, done: false })
        return "SecondFactorNeeded"
      },
      take: (world) =>
        SignIns.signIn({ email: account.address, password: password(typed), staySignedIn: stay }).pipe(
          anonymously,
          Effect.map((outcome) => {
            if (outcome._tag === "SignedIn") showTokens(world, outcome)
            else world.challenges.push(outcome.challenge)
            return outcome._tag
          })
        )
    }
  })

/** How somebody chooses what to type: the app's code of now mostly, else of another app, a wrong one, or a recovery code. */
type Choice = { readonly kind: "right" | "wrong" } | { readonly kind: "app" | "recovery"; readonly number: number }

const typedBy = (model: Model, person: Person, choice: Choice): Typed => {
  const account = model.accounts[person]
  switch (choice.kind) {
    case "right":
      return { kind: "app", secret: account.app?.secret }
    case "wrong":
      return { kind: "wrong" }
    case "app":
      return { kind: "app", secret: oneOf(model.secrets, choice.number) }
    case "recovery": {
      const good = [...account.recovery]
      // every third one is any that was ever shown
      const code =
        choice.number % 3 === 0 ? oneOf(model.codes, choice.number) : good[choice.number % Math.max(good.length, 1)]
      return code === undefined ? { kind: "wrong" } : { kind: "recovery", code }
    }
  }
}

const codeOf = (world: World, typed: Typed): Effect.Effect<Redacted.Redacted> =>
  Effect.gen(function* () {
    if (typed.kind === "recovery") return world.codes[typed.code] ?? Redacted.make("none")
    const secret = typed.kind === "app" && typed.secret !== undefined ? world.secrets[typed.secret] : undefined
    if (secret === undefined) return Redacted.make("not a code")
    const epoch = Math.floor((yield* Instant.now) / 1000)
    return Redacted.make(generateSync({ secret: Redacted.value(secret), epoch }))
  })

const describe = (typed: Typed): string =>
  typed.kind === "wrong"
    ? "no code"
    : typed.kind === "app"
      ? `a code of app ${typed.secret}`
      : `recovery code ${typed.code}`

const showNew = (world: World, code: Redacted.Redacted | null): void => {
  if (code !== null) world.codes.push(code)
}

const completing = (number: number, choice: Choice): Command =>
  command("completes a sign-in", (model) => {
    const index = oneOf(model.challenges.length, number)
    const challenge = index === undefined ? undefined : model.challenges[index]
    if (index === undefined || challenge === undefined) return undefined
    const { person } = challenge
    const typed = typedBy(model, person, choice)
    return {
      label: `${person} completes sign-in ${index} with ${describe(typed)}`,
      expect: () => {
        const account = model.accounts[person]
        if (challenge.done || model.now >= challenge.deadline || challenge.epoch !== account.epoch) {
          return "ChallengeUnusable"
        }
        if (!accept(model, account, typed)) return "CodeRefused"
        challenge.done = true
        begin(model, person, challenge.stay, true)
        return `SignedIn by ${typed.kind}`
      },
      take: (world) =>
        Effect.gen(function* () {
          const code = yield* codeOf(world, typed)
          const outcome = yield* SignIns.completeSignIn({
            challenge: world.challenges[index] ?? Redacted.make(""),
            code
          }).pipe(anonymously)
          showTokens(world, outcome)
          showNew(world, outcome.newRecoveryCode)
          return `${outcome._tag} by ${typed.kind}`
        })
    }
  })

// ---- with a session --------------------------------------------------------------------------------------------------------------------

/** A step of whoever has one of the tokens that were ever shown, mostly a newer one. */
const withToken = (
  words: string,
  number: number,
  step: (
    model: Model,
    person: Person
  ) => {
    readonly label: string
    readonly expect: (session: Session) => string
    readonly take: (actor: Actor.Account, world: World) => Answer
  }
): Command =>
  command(words, (model) => {
    const token = oneOf(model.tokens, number)
    if (token === undefined) return undefined
    // a token that no session has any more was of somebody; of whom makes no difference to what happens
    const person = model.sessions.find((one) => one.token === token)?.person ?? "alice"
    const { expect, label, take } = step(model, person)
    return {
      label: `who has token ${token} ${label}`,
      expect: () => {
        const session = enter(model, token)
        return session === undefined ? "SignInRequired" : expect(session)
      },
      take: (world) =>
        Effect.flatMap(Sessions.authenticate(world.tokens[token] ?? Redacted.make("")), ({ actor }) =>
          take(actor, world)
        )
    }
  })

const as = (actor: Actor.Account) => Actor.provide(actor, home)

const looking = (number: number): Command =>
  withToken("looks", number, (model) => ({
    label: "looks at their sessions",
    expect: ({ person }) =>
      String(model.sessions.filter((one) => one.person === person && isAliveNow(model, one)).length),
    take: (actor) =>
      Sessions.list({ limit: 100 }).pipe(
        as(actor),
        Effect.map(({ items }) => String(items.length))
      )
  }))

const isAliveNow = (model: Model, session: Session): boolean =>
  !session.ended && session.epoch === model.accounts[session.person].epoch && model.now < session.deadline

const signingOut = (number: number): Command =>
  withToken("signs out", number, () => ({
    label: "signs out",
    expect: (session) => {
      session.ended = true
      return "out"
    },
    take: (actor) => Sessions.signOut({}).pipe(as(actor), Effect.as("out"))
  }))

const endingOthers = (number: number): Command =>
  withToken("ends others", number, (model) => ({
    label: "ends all other sessions",
    expect: (session) => {
      for (const one of model.sessions) if (one.person === session.person && one !== session) one.ended = true
      return "ended"
    },
    take: (actor) => Sessions.endOthers({}).pipe(as(actor), Effect.as("ended"))
  }))

const steppingUp = (number: number, right: boolean, choice: Choice | undefined): Command =>
  withToken("steps up", number, (model, person) => {
    const account = model.accounts[person]
    const typed = choice === undefined ? undefined : typedBy(model, person, choice)
    const given = right ? account.password : account.password + 1
    return {
      label: `steps up with ${typed === undefined ? `password ${given}` : describe(typed)}`,
      expect: (session) => {
        if (account.app === undefined) {
          if (typed !== undefined) return "CodeRefused"
          if (!right) return "PasswordWrong"
          renew(model, session, { authenticated: model.now })
          return "sure"
        }
        if (typed === undefined) return "CodeRequired"
        if (!accept(model, account, typed)) return "CodeRefused"
        renew(model, session, { authenticated: model.now, strict: true, proven: true })
        return "sure"
      },
      take: (actor, world) =>
        Effect.gen(function* () {
          const proof =
            typed === undefined
              ? { password: right ? password(account.password) : Redacted.make("never anybody's password") }
              : { code: yield* codeOf(world, typed) }
          const answer = yield* Sessions.stepUp(proof).pipe(as(actor))
          showTokens(world, answer)
          showNew(world, answer.newRecoveryCode)
          return "sure"
        })
    }
  })

const changingPassword = (number: number, right: boolean, next: number): Command =>
  withToken("changes the password", number, (model, person) => {
    const account = model.accounts[person]
    return {
      label: `changes the password to ${next}${right ? "" : ", without knowing it"}`,
      expect: (session) => {
        if (!isRecent(model, session)) return "StepUpRequired"
        if (!right) return "PasswordWrong"
        account.password = next
        turn(model, session)
        return "changed"
      },
      take: (actor, world) =>
        Passwords.change({
          currentPassword: right ? password(account.password) : Redacted.make("never anybody's password"),
          newPassword: password(next)
        }).pipe(
          as(actor),
          Effect.map((answer) => {
            showTokens(world, answer)
            return "changed"
          })
        )
    }
  })

/** Whoever wants to change the second factor needs a recent proof, with the factor that is there. */
const refusedForFactor = (model: Model, session: Session): "StepUpRequired" | undefined =>
  !isRecent(model, session) || (model.accounts[session.person].app !== undefined && !session.proven)
    ? "StepUpRequired"
    : undefined

const enrolling = (number: number): Command =>
  withToken("begins with an app", number, (model, person) => ({
    label: "begins with an app",
    expect: (session) => {
      const refused = refusedForFactor(model, session)
      if (refused !== undefined) return refused
      const account = model.accounts[person]
      account.waiting = { secret: model.secrets++, epoch: account.epoch }
      return "shown"
    },
    take: (actor, world) =>
      SecondFactors.beginEnrolment({}).pipe(
        as(actor),
        Effect.map(({ secret }) => {
          world.secrets.push(secret)
          return "shown"
        })
      )
  }))

const confirming = (number: number, right: boolean): Command =>
  withToken("confirms an app", number, (model, person) => {
    const account = model.accounts[person]
    const { waiting } = account
    const typed: Typed = right && waiting !== undefined ? { kind: "app", secret: waiting.secret } : { kind: "wrong" }
    return {
      label: `confirms an app with ${describe(typed)}`,
      expect: (session) => {
        const refused = refusedForFactor(model, session)
        if (refused !== undefined) return refused
        if (waiting?.epoch !== account.epoch) return "NoSecondFactor"
        if (typed.kind === "wrong") return "CodeRefused"
        account.app = { secret: waiting.secret, last: half(model) }
        account.waiting = undefined
        showCodes(model, account)
        turn(model, session, { strict: true })
        return "confirmed"
      },
      take: (actor, world) =>
        Effect.gen(function* () {
          const code = yield* codeOf(world, typed)
          const answer = yield* SecondFactors.confirmEnrolment({ code }).pipe(as(actor))
          world.codes.push(...answer.recoveryCodes)
          showTokens(world, answer)
          return "confirmed"
        })
    }
  })

const disabling = (number: number): Command =>
  withToken("removes the app", number, (model, person) => ({
    label: "removes the app",
    expect: (session) => {
      const account = model.accounts[person]
      const refused = refusedForFactor(model, session)
      if (refused !== undefined) return refused
      if (account.app === undefined) return "NoSecondFactor"
      account.app = undefined
      account.waiting = undefined
      account.recovery.clear()
      turn(model, session, { strict: false })
      return "removed"
    },
    take: (actor, world) =>
      SecondFactors.disable({}).pipe(
        as(actor),
        Effect.map((answer) => {
          showTokens(world, answer)
          return "removed"
        })
      )
  }))

const renewingCodes = (number: number): Command =>
  withToken("renews recovery codes", number, (model, person) => ({
    label: "renews the recovery codes",
    expect: (session) => {
      const account = model.accounts[person]
      const refused = refusedForFactor(model, session)
      if (refused !== undefined) return refused
      if (account.app === undefined) return "NoSecondFactor"
      showCodes(model, account)
      turn(model, session, { strict: true })
      return "renewed"
    },
    take: (actor, world) =>
      SecondFactors.regenerateRecoveryCodes({}).pipe(
        as(actor),
        Effect.map((answer) => {
          world.codes.push(...answer.recoveryCodes)
          showTokens(world, answer)
          return "renewed"
        })
      )
  }))

// ---- another address -------------------------------------------------------------------------------------------------------------------

const asking = (number: number, to: Address): Command =>
  withToken("asks for an address", number, (model, person) => {
    const account = model.accounts[person]
    return {
      label: `asks for the address ${to}`,
      expect: (session) => {
        if (!isRecent(model, session)) return "StepUpRequired"
        if (account.address === to) return "AddressUnchanged"
        for (const move of model.moves) if (move.person === person) move.dead = true
        model.moves.push({ person, to, epoch: account.epoch, deadline: model.now + DAY, dead: false })
        // to the new address, whoever has it, and to the present one
        model.mails += 2
        return "asked"
      },
      take: (actor, world) =>
        Effect.gen(function* () {
          yield* EmailChanges.ask({ email: to }).pipe(as(actor))
          world.moves.push(yield* Effect.orDie(newestSecret(to)))
          return "asked"
        })
    }
  })

const takingBack = (number: number): Command =>
  withToken("takes back", number, (model, person) => ({
    label: "takes the change of the address back",
    expect: () => {
      for (const move of model.moves) if (move.person === person) move.dead = true
      return "taken back"
    },
    take: (actor) => EmailChanges.cancel({}).pipe(as(actor), Effect.as("taken back"))
  }))

/** By a link to an address, whosoever it is, and also one that only the holder of a taken address could have. */
const moving = (number: number, which: number): Command =>
  withToken("moves", number, (model) => {
    const index = oneOf(model.moves.length, which)
    const move = index === undefined ? undefined : model.moves[index]
    return {
      label: `confirms the address of link ${index}`,
      expect: (session) => {
        if (move === undefined || move.dead || model.now >= move.deadline) return "LinkUnusable"
        if (move.person !== session.person) return "ChangeOfSomeoneElse"
        const account = model.accounts[session.person]
        if (move.epoch !== account.epoch) return "LinkUnusable"
        if (people.some((one) => model.accounts[one].address === move.to)) return "AddressTaken"
        move.dead = true
        account.address = move.to
        turn(model, session)
        return "moved"
      },
      take: (actor, world) =>
        EmailChanges.confirm({
          secret: (index === undefined ? undefined : world.moves[index]) ?? Redacted.make("")
        }).pipe(
          as(actor),
          Effect.map((answer) => {
            showTokens(world, answer)
            return "moved"
          })
        )
    }
  })

// ---- forgotten -------------------------------------------------------------------------------------------------------------------------

const forgetting = (person: Person): Command =>
  command("forgets", (model) => {
    const account = model.accounts[person]
    const { address } = account
    return {
      label: `${person} has forgotten the password`,
      expect: () => {
        for (const letter of model.letters) if (letter.person === person) letter.dead = true
        const { epoch } = account
        model.letters.push({ person, epoch, deadline: model.now + 60 * MINUTE, dead: false })
        model.mails += 1
        return "sent"
      },
      take: (world) =>
        Effect.gen(function* () {
          yield* Passwords.requestReset({ email: address }).pipe(anonymously)
          world.letters.push(yield* Effect.orDie(newestSecret(address)))
          return "sent"
        })
    }
  })

const resetting = (number: number, next: number): Command =>
  command("resets", (model) => {
    const index = oneOf(model.letters.length, number)
    const letter = index === undefined ? undefined : model.letters[index]
    if (index === undefined || letter === undefined) return undefined
    return {
      label: `somebody sets password ${next} by letter ${index}`,
      expect: () => {
        const account = model.accounts[letter.person]
        if (letter.dead || model.now >= letter.deadline || letter.epoch !== account.epoch) return "LinkUnusable"
        letter.dead = true
        account.password = next
        account.epoch += 1
        model.mails += 1
        return "reset"
      },
      take: (world) =>
        Passwords.reset({ secret: world.letters[index] ?? Redacted.make(""), newPassword: password(next) }).pipe(
          anonymously,
          Effect.as("reset")
        )
    }
  })

const passing = (seconds: number): Command =>
  command("time passes", (model) => ({
    label: `${seconds} seconds pass`,
    expect: () => {
      model.now += seconds
      return "later"
    },
    take: () =>
      Effect.as(
        Effect.flatMap(SimulatedClock, (clock) => clock.pass(`${seconds} seconds`)),
        "later"
      )
  }))

const person = fc.constantFrom(...people)
const which = fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 1 }) }, { weight: 1, arbitrary: fc.nat({ max: 20 }) })
const mostly = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) })
const next = fc.nat({ max: passwords.length - 1 })
const choice: fc.Arbitrary<Choice> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Choice>({ kind: "right" }) },
  { weight: 1, arbitrary: fc.constant<Choice>({ kind: "wrong" }) },
  { weight: 1, arbitrary: fc.nat({ max: 5 }).map((number): Choice => ({ kind: "app", number })) },
  { weight: 3, arbitrary: fc.nat({ max: 30 }).map((number): Choice => ({ kind: "recovery", number })) }
)
const signing = fc
  .tuple(
    person,
    fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: next }),
    fc.boolean()
  )
  .map((of) => signingIn(...of))
const completion = fc.tuple(which, choice).map((of) => completing(...of))
const time = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom(30, 60, 90) },
    { weight: 2, arbitrary: fc.constantFrom(599, 600, 601, 3599, 3600) },
    { weight: 1, arbitrary: fc.constantFrom(86_399, 86_400, 14 * 86_400, 30 * 86_400) }
  )
  .map(passing)

export const commands: Array<fc.Arbitrary<Command>> = [
  signing,
  signing,
  signing,
  completion,
  completion,
  completion,
  which.map(looking),
  which.map(signingOut),
  which.map(endingOthers),
  fc
    .tuple(which, mostly, fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: choice }))
    .map((of) => steppingUp(...of)),
  fc.tuple(which, mostly, next).map((of) => changingPassword(...of)),
  fc.tuple(which, fc.constantFrom(...addresses)).map((of) => asking(...of)),
  fc.tuple(which, which).map((of) => moving(...of)),
  which.map(takingBack),
  which.map(enrolling),
  which.map(enrolling),
  fc.tuple(which, mostly).map((of) => confirming(...of)),
  fc.tuple(which, mostly).map((of) => confirming(...of)),
  which.map(disabling),
  which.map(renewingCodes),
  person.map(forgetting),
  fc.tuple(which, next).map((of) => resetting(...of)),
  time,
  time
]
