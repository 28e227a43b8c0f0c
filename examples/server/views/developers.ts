import type { OpenApi } from "effect/http-api"
import { badge, empty, heading, table } from "../html/components.ts"
import { linkButton } from "../html/forms.ts"
import { type Content, html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths } from "../http/paths.ts"

type Document = OpenApi.OpenAPISpec

interface Endpoint {
  readonly method: string
  readonly path: string
  readonly operation: OpenApi.OpenAPISpecOperation
}

const METHODS = ["get", "post", "put", "patch", "delete"] as const

const endpointsOf = (api: Document): ReadonlyArray<Endpoint> =>
  Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method]
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }]
    })
  )

const REFERENCE = "#/components/schemas/"

/** Puts referenced schemas in their place, so that each endpoint can be read by itself; a schema inside itself stays a reference. */
const inlined = (api: Document, value: unknown, open: ReadonlyArray<string> = []): unknown => {
  if (Array.isArray(value)) return value.map((item) => inlined(api, item, open))
  if (typeof value !== "object" || value === null) return value
  if ("$ref" in value && typeof value.$ref === "string" && value.$ref.startsWith(REFERENCE)) {
    const name = decodeURIComponent(value.$ref.slice(REFERENCE.length)).replaceAll("~1", "/").replaceAll("~0", "~")
    return open.includes(name) ? name : inlined(api, api.components.schemas[name], [...open, name])
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inlined(api, inner, open)]))
}

const schemaBlock = (api: Document, content: object | undefined): Content =>
  content !== undefined &&
  Object.entries(content).map(
    ([type, media]: [string, { readonly schema?: unknown }]) =>
      html`<p class="hint">${type}</p><pre class="schema" tabindex="0">${JSON.stringify(inlined(api, media.schema), null, 2)}</pre>`
  )

/** The names of the problems of an answer that is none of success. */
const problemNames = (value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap(problemNames)
  if (typeof value !== "object" || value === null) return []
  if ("enum" in value && Array.isArray(value.enum)) return value.enum.filter((name) => typeof name === "string")
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "properties" || key === "error" || key === "anyOf" || key === "schema" || key.includes("/")
      ? problemNames(inner)
      : []
  )
}

const endpoint = (scene: Scene, api: Document, { method, operation, path }: Endpoint): Content => {
  const t = scene.texts.development
  const responses = Object.entries(operation.responses)
  const successes = responses.filter(([status]) => status < "400")
  const problems = responses.filter(([status]) => status >= "400")
  return html`<details class="disclosure endpoint">
    <summary><span class="method">${method}</span><span class="route">${path}</span><span class="note">${operation.summary ?? operation.description}</span></summary>
    <div class="disclosure-body">
      ${operation.description !== undefined && operation.summary !== undefined && html`<p>${operation.description}</p>`}
      ${operation.security.length > 0 && html`<p>${badge(t.needsToken, "waiting")}</p>`}
      ${
        operation.parameters.length > 0 &&
        html`<h3>${t.parameters}</h3>${table(
          t.parameters,
          [
            { label: t.parameter, names: true, cell: (parameter) => html`<code class="code">${parameter.name}</code>` },
            { label: t.where, cell: (parameter) => parameter.in },
            { label: t.required, cell: (parameter) => (parameter.required ? t.yes : t.no) },
            { label: t.description, cell: (parameter) => parameter.description ?? scene.texts.common.none }
          ],
          operation.parameters
        )}`
      }
      ${
        operation.requestBody !== undefined &&
        html`<h3>${t.body}</h3>${schemaBlock(api, operation.requestBody.content)}`
      }
      <h3>${t.responses}</h3>
      ${successes.map(
        ([status, response]) => html`<div><p><strong>${status}</strong></p>${schemaBlock(api, response.content)}</div>`
      )}
      <dl class="facts">${problems.map(
        ([status, response]) =>
          html`<div><dt>${status}</dt><dd>${problemNames(response.content).map((name) => html`<code class="code">${name}</code> `)}</dd></div>`
      )}</dl>
    </div>
  </details>`
}

/** The API described from its OpenAPI document: no script, nothing from elsewhere. */
export const developersPage = (scene: Scene, data: { readonly api: Document }): Page => {
  const t = scene.texts.development
  const { api } = data
  const endpoints = endpointsOf(api)
  const groups = api.tags.map((tag) => ({
    tag,
    endpoints: endpoints.filter(({ operation }) => operation.tags.includes(tag.name))
  }))
  return {
    title: t.apiTitle,
    width: "wide",
    body: html`${heading(t.apiTitle, t.apiLead, linkButton(paths.openApi, t.apiDocument))}
    ${api.info.description !== undefined && html`<div class="section" lang="en">${api.info.description.split("\n\n").map((text) => html`<p class="hint">${text}</p>`)}</div>`}
    ${endpoints.length === 0 && empty(t.apiTitle, t.apiNone)}
    ${groups.map(
      (group) =>
        html`<section class="section"><h2>${group.tag.name}</h2>
          ${group.tag.description !== undefined && html`<p class="hint">${group.tag.description}</p>`}
          ${group.endpoints.map((one) => endpoint(scene, api, one))}
        </section>`
    )}`
  }
}
