import { Effect } from "effect"
import { refusals, Tickets } from "portico"
import type { FormState } from "../html/forms.ts"
import type { Form } from "../http/Form.ts"
import { paths, withQuery } from "../http/paths.ts"
import { formAgain, goTo, saying, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asStaff, signedIn, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import { answerPage, libraryPage, type MacroForm, macroPage } from "../views/deskLibrary.ts"
import { PRIORITIES } from "../views/tickets.ts"
import { everyItem, listIn } from "./shared/lists.ts"

const { Desk } = Tickets
const { Library } = Desk

type Step = Parameters<typeof Library.saveMacro>[0]["steps"][number]

const AFTER = ["Waiting", "Open", "Resolved"] as const

/** The steps that the form of a macro shows. */
const stepsIn = (form: Form): ReadonlyArray<Step> => {
  const priority = PRIORITIES.find((one) => one === form.text("priority"))
  const tags = listIn(form.text("tags"))
  const text = form.optional("text")
  return [
    ...(form.has("take") ? [{ _tag: "Take" as const }] : []),
    ...(priority === undefined ? [] : [{ _tag: "Priority" as const, priority }]),
    ...(tags.length === 0 ? [] : [{ _tag: "AddTags" as const, tags }]),
    ...(text === undefined
      ? []
      : [{ _tag: "Reply" as const, text, to: AFTER.find((one) => one === form.text("to")) ?? "Waiting" }])
  ]
}

const SHOWN: ReadonlyArray<Step["_tag"]> = ["Take", "Priority", "AddTags", "Reply"]

/** Those that the form shows: of each kind the first. */
const shownOf = (steps: ReadonlyArray<Step>): ReadonlyArray<Step> =>
  steps.filter(
    (step, index) => SHOWN.includes(step._tag) && steps.findIndex(({ _tag }) => _tag === step._tag) === index
  )

/** The steps as they become: what the form shows is replaced where it stands, what it does not show stays, and what is new comes last. */
const stepsAfter = (before: ReadonlyArray<Step>, chosen: ReadonlyArray<Step>): ReadonlyArray<Step> => {
  const shown = shownOf(before)
  return [
    ...before.flatMap((step) => (shown.includes(step) ? chosen.filter(({ _tag }) => _tag === step._tag) : [step])),
    ...chosen.filter((step) => !shown.some(({ _tag }) => _tag === step._tag))
  ]
}

const macroForm = (name: string, steps: ReadonlyArray<Step>): MacroForm => {
  const form = { name, take: false, priority: "", tags: "", text: "", to: "Waiting" }
  for (const step of shownOf(steps)) {
    if (step._tag === "Take") form.take = true
    if (step._tag === "Priority") form.priority = step.priority
    if (step._tag === "AddTags") form.tags = step.tags.join(", ")
    if (step._tag === "Reply") Object.assign(form, { text: step.text, to: step.to })
  }
  return form
}

/** Who has made something changes it, and supervisors do. */
const ownOf = Effect.gen(function* () {
  const { account, staff } = yield* signedIn
  // to who is no staff there is no such page
  if (staff === undefined) return yield* new refusals.NotFound({ kind: "page" })
  const supervises = staff.roles.some((role) => role !== "agent")
  return ({ ownerId, shared }: { readonly ownerId: string; readonly shared: boolean }) =>
    ownerId === account.id || (shared && supervises)
})

/** Where each of the two lists goes on; to page one of them leaves the other where it is. */
const LISTS = ["answers", "macros"] as const

const pagesOf = (query: URLSearchParams, list: (typeof LISTS)[number], next: string | null) => {
  const at = (after: string | undefined) =>
    withQuery(
      paths.deskLibrary,
      Object.fromEntries(LISTS.map((name) => [name, name === list ? after : (query.get(name) ?? undefined)]))
    )
  return {
    next: next === null ? undefined : `${at(next)}#${list}`,
    first: query.has(list) ? `${at(undefined)}#${list}` : undefined
  }
}

/** What staff keep. */
const libraryOf = Effect.fnUntraced(function* (query: URLSearchParams) {
  const own = yield* ownOf
  const from = (list: (typeof LISTS)[number]) => {
    const after = query.get(list)
    return after === null ? {} : { after }
  }
  const answers = yield* asStaff(Library.answers(from("answers")))
  const macros = yield* asStaff(Library.macros(from("macros")))
  return {
    answers: {
      items: answers.items.map((one) => ({ ...one, address: own(one) ? paths.deskAnswer(one.id) : undefined })),
      ...pagesOf(query, "answers", answers.next)
    },
    macros: {
      items: macros.items.map((one) => ({ ...one, address: own(one) ? paths.deskMacro(one.id) : undefined })),
      ...pagesOf(query, "macros", macros.next)
    },
    places: Desk.placeholders
  }
})

const onLibrary = Effect.fnUntraced(function* ({ form }: VisitShape) {
  switch (form.text("act")) {
    case "answer":
      yield* asStaff(Library.saveAnswer({ name: form.text("name"), text: form.text("text") }))
      return yield* goTo(paths.deskLibrary, "deskItemSaved")
    case "macro":
      yield* asStaff(Library.saveMacro({ name: form.text("name"), steps: stepsIn(form) }))
      return yield* goTo(paths.deskLibrary, "deskItemSaved")
    default:
      return yield* goTo(paths.deskLibrary)
  }
})

const removePage = (visit: VisitShape, { address, name }: { readonly address: string; readonly name: string }) => {
  const t = visit.texts.desk
  return confirmPage(visit, {
    title: t.removeTitle(name),
    office: "library",
    lead: t.removeLead,
    action: address,
    submit: t.remove,
    back: paths.deskLibrary,
    hidden: { act: "remove" }
  })
}

const isNoStep = (visit: VisitShape) => saying("steps", visit.texts.desk.macroEmpty)

const answerOf = Effect.gen(function* () {
  const own = yield* ownOf
  const id = yield* parameter("item")
  const found = (yield* everyItem((some) => asStaff(Library.answers(some)))).find((one) => one.id === id)
  if (found === undefined || !own(found)) return yield* new refusals.NotFound({ kind: "deskItem" })
  return {
    id: found.id,
    name: found.name,
    text: found.text,
    address: paths.deskAnswer(found.id),
    places: Desk.placeholders
  }
})

const macroOf = Effect.gen(function* () {
  const own = yield* ownOf
  const id = yield* parameter("item")
  const found = (yield* everyItem((some) => asStaff(Library.macros(some)))).find((one) => one.id === id)
  if (found === undefined || !own(found)) return yield* new refusals.NotFound({ kind: "deskItem" })
  const { name, steps } = found
  return {
    id: found.id,
    steps,
    address: paths.deskMacro(found.id),
    others: steps.length - shownOf(steps).length,
    ...macroForm(name, steps)
  }
})

/** Canned answers and macros of the operator's people. */
export const deskLibraryPages = group(
  page(
    paths.deskLibrary,
    Effect.fnUntraced(function* (visit) {
      return yield* show(libraryPage(visit, yield* libraryOf(visit.query)))
    })
  ),
  act(
    paths.deskLibrary,
    Effect.fnUntraced(function* (visit) {
      const data = yield* libraryOf(visit.query)
      return yield* onLibrary(visit).pipe(
        formAgain((state: FormState) => libraryPage(visit, { ...data, state }), {}, paths.deskLibrary, isNoStep(visit))
      )
    })
  ),
  page(
    paths.deskAnswer(":item"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* answerOf
      return yield* show(visit.query.get("ask") === "remove" ? removePage(visit, data) : answerPage(visit, data))
    })
  ),
  act(
    paths.deskAnswer(":item"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* answerOf
      if (form.text("act") === "remove") {
        yield* asStaff(Library.removeAnswer({ id: data.id }))
        return yield* goTo(paths.deskLibrary, "deskItemRemoved")
      }
      return yield* asStaff(Library.saveAnswer({ id: data.id, name: form.text("name"), text: form.text("text") })).pipe(
        Effect.andThen(goTo(paths.deskLibrary, "deskItemSaved")),
        formAgain((state: FormState) => answerPage(visit, { ...data, state }), {}, data.address)
      )
    })
  ),
  page(
    paths.deskMacro(":item"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* macroOf
      return yield* show(visit.query.get("ask") === "remove" ? removePage(visit, data) : macroPage(visit, data))
    })
  ),
  act(
    paths.deskMacro(":item"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* macroOf
      if (form.text("act") === "remove") {
        yield* asStaff(Library.removeMacro({ id: data.id }))
        return yield* goTo(paths.deskLibrary, "deskItemRemoved")
      }
      const steps = stepsAfter(data.steps, stepsIn(form))
      return yield* asStaff(Library.saveMacro({ id: data.id, name: form.text("name"), steps })).pipe(
        Effect.andThen(goTo(paths.deskLibrary, "deskItemSaved")),
        formAgain((state: FormState) => macroPage(visit, { ...data, state }), {}, data.address, isNoStep(visit))
      )
    })
  )
)
