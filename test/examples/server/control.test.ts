import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { linkPaths, paths } from "../../../examples/server/http/paths.ts"
import { portalSettings } from "../../../examples/server/settings.ts"
import { SecondFactorRepository } from "../../../src/accounts/SecondFactorRepository.ts"
import { StaffRepository } from "../../../src/accounts/StaffRepository.ts"
import * as Instant from "../../../src/kernel/Instant.ts"
import { builtInRoles } from "../../../src/kernel/Permission.ts"
import { FaultyDomainProof } from "../../../src/testing/FaultyDomainProof.ts"
import { enter, person } from "../../accounts/people.ts"
import { given, newestSecret } from "../../support/portal.ts"
import { config, openPortal } from "./portalUnderTest.ts"

/** The role that the example's configuration adds. */
const accounting = portalSettings(config).roles?.at(-1)

const portal = openPortal({
  links: {
    base: "https://portal.example",
    paths: { "tenants.domain": linkPaths.domain }
  },
  roles: [...builtInRoles, ...(accounting === undefined ? [] : [accounting])]
})

let people = 0

/** Somebody with an account, signed in. */
const somebody = async (name: string, domain = "example.com") => {
  const browser = portal.browser()
  const email = `${name}${++people}@${domain}`
  const { account, token } = await portal.run(
    Effect.gen(function* () {
      const account = yield* person(email)
      return { account, token: (yield* enter(email)).token }
    })
  )
  browser.signIn(token)
  return { browser, account, email }
}
type Somebody = Awaited<ReturnType<typeof somebody>>

const factor = ({ account }: Somebody) =>
  portal.run(
    Effect.gen(function* () {
      const factors = yield* SecondFactorRepository
      yield* factors.confirm(account.id, { sealedSecret: "sealed", lastStep: 1, confirmedAt: yield* Instant.now })
    })
  )

/** An area with an owner and a member. */
const area = async (name = "Muster GmbH") => {
  const owner = await somebody("owner")
  const member = await somebody("member")
  const tenant = await portal.run(
    Effect.gen(function* () {
      const made = yield* given.tenant(owner.account, { name })
      yield* given.member(made.id, member.account, ["member"])
      return made
    })
  )
  return { owner, member, tenantId: tenant.id, number: tenant.number, name }
}

const staffed = async (role: "agent" | "supervisor") => {
  const one = await somebody(role)
  await portal.run(
    Effect.gen(function* () {
      const staff = yield* StaffRepository
      yield* staff.save({ accountId: one.account.id, roles: [role], since: yield* Instant.now })
    })
  )
  return one
}

describe("the pages of security and ownership", () => {
  it("TFA-07 who has no second factor learns what to do, and enters with one", async () => {
    const { member, owner, tenantId } = await area()
    await owner.browser.open(paths.control(tenantId))
    await owner.browser.send(paths.secondFactorRule(tenantId), [["required", "yes"]])
    assert.include(owner.browser.body, "Please set up a second factor for your own account first")
    await factor(owner)
    await owner.browser.open(paths.control(tenantId))
    await owner.browser.send(paths.secondFactorRule(tenantId), [["required", "yes"]])
    assert.include(owner.browser.body, "From now on every member needs a second factor")
    await member.browser.open(paths.tenants)
    assert.include(member.browser.body, "Second factor needed")
    await member.browser.open(paths.members(tenantId))
    assert.strictEqual(member.browser.status, 403)
    assert.include(member.browser.body, "This customer area requires a second factor")
    assert.include(member.browser.body, `href="${paths.secondFactor}"`)
    await factor(member)
    await member.browser.open(paths.members(tenantId))
    assert.strictEqual(member.browser.status, 200)
    assert.notInclude(member.browser.body, `href="${paths.control(tenantId)}"`, "a member rules nothing")
  })

  it("TEN-10 R-IN-12 a domain is named, proven by its record and lets its addresses join", async () => {
    const { owner, tenantId } = await area()
    const firm = `firm${++people}.example`
    await owner.browser.open(paths.control(tenantId))
    await owner.browser.send(paths.control(tenantId), [["domain", "gmail.com"]])
    assert.include(owner.browser.body, "Anybody can have an address with this provider")
    await owner.browser.send(paths.control(tenantId), [["domain", "a.example,b.example"]])
    assert.include(owner.browser.body, "Please enter a valid domain")
    await owner.browser.send(paths.control(tenantId), [["domain", firm]])
    const here = owner.browser.path
    assert.include(owner.browser.body, `_portico-domain.${firm}`)
    await owner.browser.send(here, [["act", "check"]])
    assert.include(owner.browser.body, "The record was not found")
    const [, value = ""] = /(portico-domain=[0-9a-f]+)/.exec(owner.browser.body) ?? []
    await portal.run(Effect.flatMap(FaultyDomainProof, ({ set }) => set(`_portico-domain.${firm}`, value)))
    await owner.browser.send(here, [["act", "check"]])
    assert.include(owner.browser.body, "The domain is proven")
    await owner.browser.send(here, [
      ["act", "joining"],
      ["joining", "at-once"],
      ["role", "admin"]
    ])
    assert.include(owner.browser.body, "only a role like")
    await owner.browser.send(here, [
      ["act", "joining"],
      ["joining", "at-once"],
      ["role", "member"]
    ])
    assert.include(owner.browser.body, "Your choice is saved")
    const grace = await somebody("grace", firm)
    await grace.browser.open(paths.noAccess)
    assert.include(grace.browser.body, "With your address you can join")
    await grace.browser.send(paths.joinByDomain(tenantId), [])
    assert.strictEqual(grace.browser.path, paths.tenant(tenantId))
    const eve = await somebody("eve", `mail.${firm}`)
    await eve.browser.open(paths.noAccess)
    assert.notInclude(eve.browser.body, "With your address you can join")
    await owner.browser.open(here)
    await owner.browser.send(paths.domainRemove(tenantId, here.split("/").at(-1) ?? ""), [])
    assert.include(owner.browser.body, "The domain is removed")
  })

  it("TEN-10 the postmaster looks first, and then confirms", async () => {
    const { owner, tenantId } = await area()
    const firm = `firm${++people}.example`
    await owner.browser.open(paths.control(tenantId))
    await owner.browser.send(paths.control(tenantId), [["domain", firm]])
    await owner.browser.send(owner.browser.path, [["act", "mail"]])
    assert.include(owner.browser.body, "The e-mail to the postmaster is on its way")
    const here = owner.browser.path
    const secret = Redacted.value(await portal.run(newestSecret(`postmaster@${firm}`)))
    const postmaster = portal.browser()
    await postmaster.open(paths.domainConfirm(secret))
    assert.include(postmaster.body, `Does ${firm} belong to this customer?`)
    await owner.browser.open(here)
    assert.include(owner.browser.body, "not proven yet")
    await postmaster.send(paths.domainConfirm(secret), [])
    await owner.browser.open(here)
    assert.include(owner.browser.body, "by an e-mail to the postmaster")
  })

  it("TEN-05 an owner offers the ownership, sees the offer, and the other accepts", async () => {
    const { member, owner, tenantId } = await area()
    await owner.browser.open(paths.members(tenantId))
    assert.include(owner.browser.body, paths.ownership(tenantId))
    await owner.browser.open(paths.ownership(tenantId))
    await owner.browser.send(paths.ownership(tenantId), [
      ["accountId", member.account.id],
      ["roleAfter", "member"]
    ])
    assert.include(owner.browser.body, "offers the ownership to")
    await member.browser.open(paths.requests)
    assert.include(member.browser.body, "Transfer of ownership")
    const [, link = ""] = /href="(\/requests\/[0-9a-f-]{36})[^"]*"/.exec(member.browser.body) ?? []
    await member.browser.open(link)
    assert.include(member.browser.body, "New owner")
    await member.browser.send(link, [
      ["act", "approve"],
      ["version", "1"]
    ])
    await owner.browser.open(paths.members(tenantId))
    assert.notInclude(owner.browser.body, paths.ownership(tenantId), "who was the owner")
    await member.browser.open(paths.members(tenantId))
    assert.include(member.browser.body, paths.ownership(tenantId))
  })

  it("TEN-03 a role of the configuration is shown in forms, and does what it says", async () => {
    const { member, owner, tenantId } = await area()
    await owner.browser.open(paths.member(tenantId, member.account.id))
    assert.include(owner.browser.body, "Accounting")
    await owner.browser.send(paths.member(tenantId, member.account.id), [["roles", "accounting"]])
    assert.include(owner.browser.body, "Accounting")
    await member.browser.open(paths.members(tenantId))
    assert.strictEqual(member.browser.status, 200)
    await member.browser.open(paths.invite(tenantId))
    assert.strictEqual(member.browser.status, 403)
  })
})

describe("the pages of staff for areas and accounts", () => {
  it("TEN-09 staff find an area, suspend it with a reason, and restore it", async () => {
    const { member, name, number, tenantId } = await area(`Sperre ${++people} GmbH`)
    const agent = await staffed("agent")
    await agent.browser.open(`${paths.staffTenants}?q=${encodeURIComponent(name)}`)
    assert.include(agent.browser.body, name)
    await agent.browser.open(paths.staffTenant(number))
    assert.include(agent.browser.body, "Supervisors suspend, restore and close")
    const { browser } = await staffed("supervisor")
    await browser.open(paths.staffTenant(number))
    await browser.send(paths.staffTenant(number), [["act", "suspend"]])
    assert.include(browser.body, "Please fill in this field")
    await browser.send(paths.staffTenant(number), [
      ["act", "suspend"],
      ["reason", "Zahlung offen"]
    ])
    assert.include(browser.body, "The customer area is suspended")
    await member.browser.open(paths.members(tenantId))
    assert.strictEqual(member.browser.status, 403)
    await browser.send(paths.staffTenant(number), [
      ["act", "restore"],
      ["reason", "Bezahlt"]
    ])
    assert.include(browser.body, "The customer area is open again")
    await browser.send(paths.staffTenant(number), [
      ["act", "close"],
      ["reason", "Gekündigt"]
    ])
    assert.include(browser.body, "The customer area is closed")
    await member.browser.open(paths.members(tenantId))
    assert.strictEqual(member.browser.status, 404)
    await member.browser.open(paths.staffTenant(number))
    assert.strictEqual(member.browser.status, 404, "to others there is no such page")
  })

  it("AUT-10 staff suspend an account and name the new owner of its area, and restore it", async () => {
    const { member, owner, tenantId } = await area()
    const { browser } = await staffed("supervisor")
    const here = `${paths.staffAccounts}?q=${encodeURIComponent(owner.email)}`
    await browser.open(here)
    assert.include(browser.body, "sole owner")
    const about: ReadonlyArray<readonly [string, string]> = [
      ["account", owner.account.id],
      ["number", owner.account.number],
      ["reason", "Verdacht"]
    ]
    await browser.send(paths.staffAccounts, [
      ["act", "suspend"],
      ...about,
      [`successor-${tenantId}`, "nobody@example.org"]
    ])
    assert.include(browser.body, "There is no account with this address")
    await browser.send(paths.staffAccounts, [["act", "suspend"], ...about, [`successor-${tenantId}`, member.email]])
    assert.include(browser.body, "The account is suspended")
    await owner.browser.open(paths.tenants)
    assert.include(owner.browser.path, paths.signIn)
    await member.browser.open(paths.control(tenantId))
    assert.strictEqual(member.browser.status, 200, "the new owner")
    await browser.send(paths.staffAccounts, [["act", "restore"], ...about])
    assert.include(browser.body, "The account is open again")
  })
})
