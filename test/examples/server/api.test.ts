import { assert, describe, it } from "@effect/vitest"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Effect, Redacted } from "effect"
import { generateSync } from "otplib"
import { apiDocument } from "../../../examples/server/api/useCases.ts"
import { runOnce } from "../../../src/jobs/index.ts"
import { scanFiles } from "../../../src/jobs/jobList.ts"
import * as Actor from "../../../src/kernel/Actor.ts"
import type { AccountId } from "../../../src/kernel/ids.ts"
import { applyBillingEvent } from "../../../src/subscriptions/Subscriptions.ts"
import { Tenants } from "../../../src/tenants/index.ts"
import { useCases } from "../../../src/useCases.ts"
import { newestSecret } from "../../support/portal.ts"
import { openPortal } from "./portalUnderTest.ts"

const portal = openPortal({ staff: { operators: ["support@example.com"] }, files: { serveUnscanned: true } })

const call = async (...args: Parameters<typeof portal.call>) => {
  const { status, text } = await portal.call(...args)
  const body: Readonly<Record<string, unknown>> = text === "" ? {} : JSON.parse(text)
  return { status, body }
}

const ok = async (...args: Parameters<typeof call>) => {
  const { body, status } = await call(...args)
  assert.oneOf(status, [200, 204], `${args[0]}: ${JSON.stringify(body)}`)
  return body
}

const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : {}),
    value
  )
const textAt = (value: unknown, ...path: ReadonlyArray<string | number>): string => String(at(value, ...path))

const secretOf = (email: string) => portal.run(Effect.map(newestSecret(email), Redacted.value))

const consents = [{ kind: "privacy", version: "1" }]
const password = "tangerine lamp under seven rivers"

const register = async (email: string) => {
  await ok("registrations/register", { email, firstName: "Grace", lastName: "Hopper", consents, password })
  return ok("registrations/confirm", { secret: await secretOf(email), password })
}

describe("the portal over the API", () => {
  it("TMA-02 TMA-03 somebody asks for a team member, and staff decide in their office and not as the customer they are, too", async () => {
    const primary = await register("pia@example.com")
    const member = await register("tom@example.com")
    const support = await register("support@example.com")
    const tokenOf = (registered: unknown) => textAt(registered, "signIn", "token")
    const day = 86_400_000
    await portal.run(
      applyBillingEvent({
        type: "paid",
        eventId: "payment-1",
        // as the API wrote it
        accountId: textAt(primary, "signIn", "account", "id") as AccountId,
        at: Date.now(),
        plan: "pro",
        from: Date.now() - day,
        until: Date.now() + 29 * day
      }).pipe(Actor.provide(Actor.job("billing")))
    )
    const asked = await ok("team-members/ask-to-connect", { email: "tom@example.com" }, { token: tokenOf(primary) })
    const requestId = textAt(asked, "requestId")

    const token = tokenOf(support)
    assert.deepStrictEqual(at(await ok("requests/waiting", {}, { token }), "items"), [])
    const queue = await ok("requests/waiting", {}, { token, as: "staff" })
    assert.strictEqual(textAt(queue, "items", 0, "id"), requestId)
    const decision = { requestId, version: at(queue, "items", 0, "version") }
    const notStaff = await call("requests/approve", decision, { token: tokenOf(member), as: "staff" })
    assert.deepStrictEqual([notStaff.status, notStaff.body.error], [403, "NotAllowed"])
    assert.strictEqual((await call("requests/approve", decision, { token })).status, 404)
    const approved = await ok("requests/approve", decision, { token, as: "staff" })
    assert.strictEqual(approved.state, "Completed")
    const entitled = await ok("subscriptions/check", { feature: "exports" }, { token: tokenOf(member) })
    assert.strictEqual(entitled.entitled, true)
  })

  it("TIC-01 TIC-10 TIC-13 a visitor sends a ticket with a file, staff read and answer it, and nobody else does", async () => {
    const support = textAt(await ok("accounts/sign-in", { email: "support@example.com", password }), "token")
    const staff = { token: support, as: "staff" } as const
    const bearer = { authorization: `Bearer ${support}` }
    const { form } = await ok("files/open-form", {})
    const visitor = { "upload-form": String(form) }
    const sent = await portal.bytes("files/upload?name=log.txt", visitor, "line 1")
    assert.strictEqual(sent.status, 200)
    const file = await sent.json()
    const refused = await portal.bytes("files/upload?name=log.exe", visitor, "MZ")
    assert.deepStrictEqual([refused.status, at(await refused.json(), "error")], [422, "FileTypeNotAllowed"])
    assert.strictEqual((await portal.bytes("files/upload?name=log.txt", {}, "line 1")).status, 409)
    await ok("tickets/submit", {
      email: "rosa@example.com",
      fullName: "Rosa Feld",
      companyName: "Werkstatt Feld",
      subject: "No tone",
      description: "Since this morning.",
      locale: "en",
      consents,
      files: [at(file, "id")],
      form
    })
    const ticketId = textAt(await ok("desk/queue", {}, staff), "items", 0, "id")
    const messages = await ok("desk/messages", { ticketId }, staff)
    assert.strictEqual(textAt(messages, "items", 0, "files", 0, "name"), "log.txt")
    const reply = await portal.bytes("files/upload?name=manual.txt", bearer, "on, off")
    const files = [at(await reply.json(), "id")]
    await ok("desk/reply", { ticketId, text: "See the manual.", files }, staff)
    const shown = await ok("desk/messages", { ticketId }, staff)
    assert.strictEqual(textAt(shown, "items", 1, "files", 0, "name"), "manual.txt")
    assert.deepStrictEqual((await ok("tickets/held-mails", {}, staff)).items, [])
    await portal.run(runOnce([scanFiles]))
    const read = await portal.bytes(`files/download?fileId=${textAt(messages, "items", 0, "files", 0, "id")}`, {
      ...bearer,
      "acting-as": "staff"
    })
    assert.deepStrictEqual([read.status, await read.text()], [200, "line 1"])
    // who does not say that they are staff is none, and visitors find nothing
    const fileId = textAt(shown, "items", 1, "files", 0, "id")
    assert.strictEqual((await portal.bytes(`files/download?fileId=${fileId}`)).status, 401)
    assert.strictEqual((await portal.bytes(`files/download?fileId=${fileId}`, bearer)).status, 404)
    assert.strictEqual((await call("desk/queue", {}, { token: support })).status, 403)
    assert.strictEqual((await call("desk/queue", {})).status, 401)
  })

  it("a program does what a person does in the browser, from registering to a new password", async () => {
    // register with an authenticator app, confirm, sign in
    const email = "ada@example.com"
    const prepared = await ok("registrations/prepare-second-factor", { email })
    const secret = textAt(prepared, "secret")
    const now = Math.floor(Date.now() / 1000)
    const secondFactor = { prepared: textAt(prepared, "prepared"), code: generateSync({ secret, epoch: now }) }
    await ok("registrations/register", {
      email,
      firstName: "Ada",
      lastName: "Lovelace",
      consents,
      password,
      secondFactor
    })
    const confirmed = await ok("registrations/confirm", { secret: await secretOf(email), password })
    assert.strictEqual(at(confirmed, "recoveryCodes", "length"), 10)
    assert.strictEqual(at(confirmed, "signIn", "_tag"), "SecondFactorNeeded")
    const signedIn = await ok("accounts/complete-sign-in", {
      challenge: textAt(confirmed, "signIn", "challenge"),
      code: generateSync({ secret, epoch: now + 30 })
    })
    const token = textAt(signedIn, "token")
    assert.strictEqual(at(await ok("access/where-can-i-go", {}, { token }), "state"), "no-access")

    // an owner with an area invites
    const owner = await register("owner@example.com")
    const boss = textAt(owner, "signIn", "token")
    const ownerId = textAt(owner, "signIn", "account", "id") as AccountId // as answered by the library itself
    const { id: tenantId } = await portal.run(
      Tenants.createWithOwner({
        name: "Muster GmbH",
        customerNumber: "K-1",
        postalCode: "10115",
        country: "DE",
        ownerId
      }).pipe(Actor.provide(Actor.job("test")))
    )
    const invitation = { tenantId, email, roles: ["member"] }
    const sent = await ok("invitations/invite", invitation, { token: boss, key: "once" })
    assert.deepStrictEqual(await ok("invitations/invite", invitation, { token: boss, key: "once" }), sent)
    await ok("invitations/send-again", { tenantId, invitationId: at(sent, "id") }, { token: boss })
    await ok("invitations/revoke", { tenantId, invitationId: at(sent, "id") }, { token: boss })
    await ok("invitations/invite", invitation, { token: boss })
    const listed = await ok("invitations/list", { tenantId }, { token: boss })
    assert.deepStrictEqual([at(listed, "items", 0, "state"), at(listed, "items", 1, "state")], ["pending", "revoked"])

    // read, join, see the members, set a contact address
    const link = await secretOf(email)
    assert.strictEqual(at(await ok("invitations/read", { secret: link }, { token }), "next"), "accept")
    assert.strictEqual(at(await ok("invitations/accept", { secret: link }, { token }), "outcome"), "Joined")
    const members = await ok("members/list", { tenantId }, { token })
    assert.strictEqual(at(members, "items", "length"), 2)
    await ok("members/change-contact-email", { tenantId, email: "office@example.com" }, { token })
    await ok("members/confirm-contact-email", { secret: await secretOf("office@example.com") })
    const area = await ok("tenants/get", { tenantId }, { token })
    assert.strictEqual(at(area, "membership", "contactEmail"), "office@example.com")
    const refused = await call("invitations/list", { tenantId }, { token })
    assert.strictEqual(refused.status, 403)
    await ok("members/leave", { tenantId }, { token })
    assert.strictEqual((await call("tenants/get", { tenantId }, { token })).status, 404)

    // a new password ends the session
    await ok("passwords/request-reset", { email })
    await ok("passwords/reset", { secret: await secretOf(email), newPassword: "quiet harbour with purple kites" })
    assert.strictEqual((await call("access/where-can-i-go", {}, { token })).status, 401)
    assert.strictEqual((await call("accounts/sign-in", { email, password })).status, 401)
    const again = await ok("accounts/sign-in", { email, password: "quiet harbour with purple kites" })
    assert.strictEqual(at(again, "_tag"), "SecondFactorNeeded")
  })

  it("what staff and jobs do is not there", async () => {
    for (const path of [
      "tenants/create-with-owner",
      "tenants/create-for-owner",
      "mails/list",
      "invitations/expire-overdue"
    ]) {
      assert.strictEqual((await call(path, {})).status, 404, path)
    }
  })
})

// ---- the description -------------------------------------------------------------------------------------------------------------------

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Every object in a document, with its place. */
const objectsIn = (value: unknown, place = "#"): ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>]> =>
  Array.isArray(value)
    ? value.flatMap((item, index) => objectsIn(item, `${place}/${index}`))
    : isRecord(value)
      ? [[place, value], ...Object.entries(value).flatMap(([key, inner]) => objectsIn(inner, `${place}/${key}`))]
      : []

const TYPES: ReadonlySet<unknown> = new Set(["object", "array", "string", "number", "integer", "boolean", "null"])

describe("the description of the API", () => {
  const operations = Object.entries(apiDocument.paths).flatMap(([path, { post }]) =>
    post === undefined ? [] : [{ path, operation: post }]
  )

  it("describes every use case that people can call, and what staff do with tickets, once, and no other", () => {
    const offered = useCases.filter(
      ({ actors, name }) =>
        name !== "files.begin" &&
        (actors.some((kind: string) => kind === "Account" || kind === "Anonymous") ||
          (/^(?:tickets|desk)\./.test(name) && actors.some((kind: string) => kind === "Staff")))
    )
    assert.sameMembers(
      operations.map(({ operation }) => operation.operationId),
      [...offered.map(({ name }) => name), "files.upload"]
    )
    assert.notInclude(Object.keys(apiDocument.paths), "/api/accounts/suspend")
    assert.notInclude(Object.keys(apiDocument.paths), "/api/tickets/receive")
    assert.isAbove(operations.length, 30)
  })

  it("is a valid OpenAPI 3.1 document", async () => {
    const validator = new Validator()
    // as programs get it
    const { errors, valid } = await validator.validate(JSON.parse(JSON.stringify(apiDocument)))
    assert.isTrue(valid, JSON.stringify(errors, null, 2))
    assert.strictEqual(validator.version, "3.1")
  })

  it("is complete where the schema of OpenAPI leaves it open", () => {
    assert.strictEqual(apiDocument.openapi, "3.1.0")
    assert.isNotEmpty(apiDocument.info.title)
    assert.isNotEmpty(apiDocument.info.version)
    const schemes = Object.keys(apiDocument.components.securitySchemes)
    for (const { operation, path } of operations) {
      assert.match(path, /^\/api\/[a-z-]+\/[a-z-]+$/)
      assert.isNotEmpty(operation.summary, path)
      assert.isTrue(operation.requestBody?.required ?? false, path)
      for (const requirement of operation.security) assert.includeMembers(schemes, Object.keys(requirement))
      for (const [status, response] of Object.entries(operation.responses)) {
        assert.match(status, /^[2-5]\d\d$/, path)
        assert.isNotEmpty(response.description, path)
      }
      assert.isTrue(
        Object.keys(operation.responses).some((status) => status.startsWith("2")),
        path
      )
    }
    for (const [place, value] of objectsIn(apiDocument)) {
      if (typeof value.$ref === "string") {
        const steps = value.$ref.replace(/^#\//, "").split("/")
        const target = at(apiDocument, ...steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")))
        assert.isTrue(isRecord(target) && Object.keys(target).length > 0, `${place}: ${value.$ref}`)
      }
      if ("type" in value && /schema|properties|items|anyOf|schemas/.test(place) && typeof value.type === "string") {
        assert.isTrue(TYPES.has(value.type), `${place}: ${value.type}`)
      }
      if (Array.isArray(value.required) && isRecord(value.properties)) {
        assert.includeMembers(Object.keys(value.properties), value.required, place)
      }
    }
  })

  it("G-04 says which calls can be repeated by a key", () => {
    const kindOf = new Map<string, string>(useCases.map(({ kind, name }) => [name, kind]))
    for (const { operation } of operations) {
      const keys = operation.parameters.filter((parameter) => parameter.name === "idempotency-key")
      assert.lengthOf(keys, kindOf.get(operation.operationId) === "command" ? 1 : 0, operation.operationId)
      for (const key of keys) assert.deepInclude(key, { in: "header", required: false })
    }
  })

  it("says of which type what comes is, as it comes", async () => {
    for (const { operation, path } of operations) {
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        const isProblem = status >= "400"
        if (isProblem) assert.deepStrictEqual(Object.keys(content), ["application/problem+json"], `${path} ${status}`)
        else assert.notProperty(content, "application/problem+json", `${path} ${status}`)
      }
    }
    const refused = await portal.bytes("members/list", {}, "{}")
    assert.strictEqual(refused.headers.get("content-type"), "application/problem+json")
  })

  it("answers whoever only looks at an address of the API how it is called", async () => {
    const looked = await portal.bytes("members/list")
    assert.strictEqual(looked.status, 405)
    assert.strictEqual(looked.headers.get("allow"), "POST")
    assert.strictEqual(looked.headers.get("content-type"), "application/problem+json")
    assert.strictEqual((await portal.bytes("members/nothing")).status, 404)
  })

  it("says which calls need a token", () => {
    const security = (path: string) => operations.find((one) => one.path === path)?.operation.security
    assert.deepStrictEqual(security("/api/accounts/sign-in"), [])
    assert.deepStrictEqual(security("/api/members/list"), [{ bearer: [] }])
  })
})
