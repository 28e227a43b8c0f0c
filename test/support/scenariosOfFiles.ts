import { Effect } from "effect"
import { Files } from "../../src/tickets/index.ts"
import { staff } from "../tenants/world.ts"
import { aForm, uploadedBy, uploadedWith } from "../tickets/filesWorld.ts"
import { own, person } from "../tickets/world.ts"
import { anonymously, as } from "./portal.ts"
import { job, pass, type Scenario, scenario } from "./scenario.ts"

const loose = Effect.gen(function* () {
  const ada = yield* person("ada")
  const { id } = yield* uploadedBy(ada)
  return { ada, fileId: id }
})

const placed = Effect.gen(function* () {
  const { ada, fileId } = yield* loose
  yield* own(ada, { files: [fileId] })
  return { ada, fileId }
})

const judged = (result: Parameters<typeof Files.judge>[0]["result"], words: string) =>
  scenario(
    Files.judge,
    Effect.map(
      placed,
      ({ fileId }) =>
        (options) =>
          Files.judge({ fileId, result }, options).pipe(job)
    ),
    words
  )

const announced = { name: "plan.pdf", size: 1000 }

export const scenariosOfFiles: ReadonlyArray<Scenario> = [
  scenario(
    Files.openForm,
    Effect.succeed(() => Files.openForm({}).pipe(anonymously))
  ),
  scenario(
    Files.begin,
    Effect.map(aForm, (form) => (options) => Files.begin({ ...announced, form }, options).pipe(anonymously)),
    "of a visitor"
  ),
  scenario(
    Files.begin,
    Effect.map(
      person("ada"),
      ({ actor }) =>
        (options) =>
          Files.begin(announced, options).pipe(as(actor))
    ),
    "of an account"
  ),
  scenario(
    Files.begin,
    Effect.succeed((options) => Files.begin({ ...announced, contentId: "image@mail" }, options).pipe(job)),
    "of a mail"
  ),
  scenario(
    Files.complete,
    Effect.gen(function* () {
      const { actor } = yield* person("ada")
      const { fileId } = yield* Files.begin(announced).pipe(as(actor))
      return (options) =>
        Files.complete({ fileId, size: 1000, digest: "a".repeat(64), extension: "pdf" }, options).pipe(job)
    })
  ),
  scenario(
    Files.discard,
    Effect.gen(function* () {
      const form = yield* aForm
      const { id } = yield* uploadedWith(form)
      return (options) => Files.discard({ fileId: id, form }, options).pipe(anonymously)
    })
  ),
  scenario(
    Files.open,
    Effect.gen(function* () {
      const { ada, fileId } = yield* placed
      yield* Files.judge({ fileId, result: { _tag: "Clean" } }).pipe(job)
      return () => Files.open({ fileId }).pipe(as(ada.actor))
    }),
    "by the contact"
  ),
  scenario(
    Files.open,
    Effect.gen(function* () {
      const { fileId } = yield* placed
      yield* Files.judge({ fileId, result: { _tag: "Clean" } }).pipe(job)
      const agent = yield* staff((yield* person("agent")).account, "agent")
      return () => Files.open({ fileId }).pipe(as(agent))
    }),
    "by staff"
  ),
  judged({ _tag: "Clean" }, "as clean"),
  judged({ _tag: "Infected", threat: "Eicar" }, "as infected"),
  judged({ _tag: "Unscanned" }, "as unscanned"),
  judged({ _tag: "Unavailable" }, "while the scanner is away"),
  scenario(
    Files.retireExpired,
    Effect.gen(function* () {
      yield* loose
      yield* pass("24 hours")
      return (options) => Files.retireExpired({ limit: 10 }, options).pipe(job)
    })
  ),
  scenario(
    Files.forget,
    Effect.gen(function* () {
      const { ada, fileId } = yield* loose
      yield* Files.discard({ fileId }).pipe(as(ada.actor))
      return (options) => Files.forget({ files: [fileId] }, options).pipe(job)
    })
  )
]
