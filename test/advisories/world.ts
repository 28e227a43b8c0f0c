import { Effect, Stream } from "effect"
import * as Actor from "../../src/kernel/Actor.ts"
import type { Description } from "../../src/kernel/UseCase.ts"
import type { MailMessage } from "../../src/mail/MailMessage.ts"
import { Scanner } from "../../src/tickets/Scanner.ts"
import { useCases } from "../../src/useCases.ts"
import type { Portal } from "../support/portal.ts"
import { sent } from "../tickets/inboundWorld.ts"

/** What a call came to: `done`, or the name of the refusal. */
export const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error): string => error._tag, onSuccess: () => "done" })

type Called = Effect.Effect<unknown, { readonly _tag: string }, Portal>

/** Calls a use case as somebody does who writes no TypeScript: with whatever input, as whomever. */
export const calling = (useCase: Description, actor: Actor.Actor, input: unknown): Called =>
  // any input and any caller may come in; that they are refused is what is asked for
  Actor.provide(actor)((useCase as unknown as (input: unknown) => Called)(input)) as Called

/** Every use case of tickets, their desk and their files. */
export const ofTickets: ReadonlyArray<Description> = useCases.filter(({ name }) =>
  /^(?:tickets|desk|files)\./.test(name)
)

const everything = ({ html, subject, text }: MailMessage): string => [subject, text, html].join("\n")

/** All that went out by mail to an address so far: subject, text and HTML of each. */
export const mailedTo = (address: string) =>
  Effect.map(sent, (mails) => mails.filter(({ to }) => to === address).map(everything))

/** Nothing is found in any file. */
export const clean = Scanner.of({
  scan: (content) => Effect.as(Stream.runDrain(content), { _tag: "Clean" } as const)
})
