import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { describe } from "vitest"
import { linked, unlinked } from "../../src/hierarchy/hierarchyMails.ts"
import { HierarchyRepository, Locations } from "../../src/hierarchy/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { SelfRegistrations } from "../../src/joining/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import * as Requests from "../../src/requests/index.ts"
import { Members, Permissions, Tenants } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { earlierMail } from "../support/earlierMail.ts"
import { as, everyPort, given, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { eventsOf, type Person, person, tagOf, tenantOf } from "../tenants/world.ts"
import { address, kindsTo, linkedPlaces, places, setRoles, setState, settings } from "./places.ts"

/** Which permissions somebody has in a tenant, or nothing where it does not exist for them. */
const mayIn = (tenantId: TenantId, who: Person) =>
  Tenants.get({ tenantId }).pipe(
    as(who.actor),
    Effect.match({
      onFailure: (error) => error._tag,
      onSuccess: ({ permissions }) => [...permissions].sort().join(" ")
    })
  )

const linkOf = (subId: TenantId) =>
  Effect.flatMap(HierarchyRepository, (hierarchy) => Effect.map(hierarchy.find(subId), Option.getOrUndefined))

/** The request that waits for somebody. */
const waitingFor = (who: Person) =>
  Effect.map(Requests.waiting({}).pipe(as(who.actor)), ({ items }) => items.map(({ id, version }) => ({ id, version })))

/** Of a decision that was refused because of its effect: which refusal that was. */
const effectOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => (error as { readonly refusal?: string }).refusal)

const numbersOf = (customerNumber: string) => ({ ...address, customerNumber })

const BRANCHES = "invitations.create invitations.read members.change members.read tenant.read"

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>, over: SettingsInput = {}) =>
    () =>
      Effect.provide(
        effect,
        everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel({ ...settings, ...over }), storage)))
      )

  describe(`Locations (${adapter})`, () => {
    it.effect(
      "HIE-03 HIE-02 who owns both links at once; the owners of both are told, and the sub is listed",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, mainId, nordId, north } = yield* places
          const before = [yield* tenantOf(mainId), yield* tenantOf(nordId)]
          yield* Locations.linkOwn({ tenantId: mainId, subId: nordId }).pipe(as(both.actor))
          const link = yield* linkOf(nordId)
          assert.strictEqual(link?.mainId, mainId)
          assert.strictEqual(link?.kind, "existing")
          assert.deepStrictEqual(yield* kindsTo(chief), ["hierarchy.linked"])
          assert.deepStrictEqual(yield* kindsTo(north), ["hierarchy.linked"])
          assert.deepStrictEqual(yield* kindsTo(both), [], "who did it knows it")
          assert.deepStrictEqual(yield* kindsTo(clerk), [])
          const { items, next } = yield* Locations.list({ tenantId: mainId }).pipe(as(chief.actor))
          assert.isNull(next)
          assert.deepStrictEqual(
            items.map(({ city, customerNumber, enter, id, kind, name, state }) => [
              id,
              name,
              customerNumber,
              city,
              kind,
              state,
              enter
            ]),
            [[nordId, "Nord GmbH", "KD-2", "", "existing", "active", true]]
          )
          // both roots counted the change, so that nothing that was decided on their old state is saved over it
          assert.deepStrictEqual(
            [yield* tenantOf(mainId), yield* tenantOf(nordId)].map(({ version }) => version),
            before.map(({ version }) => version + 1)
          )
          for (const tenantId of [mainId, nordId]) {
            const events = yield* eventsOf(tenantId)
            assert.deepInclude(events.at(-1), {
              type: "location.linked",
              data: { mainId, subId: nordId, kind: "existing", told: 1 }
            })
          }
          assert.deepStrictEqual(yield* Locations.position({ tenantId: mainId }).pipe(as(chief.actor)), {
            ...(yield* Locations.position({ tenantId: mainId }).pipe(as(chief.actor))),
            level: "main",
            main: null,
            subs: 1
          })
          const position = yield* Locations.position({ tenantId: nordId }).pipe(as(north.actor))
          assert.strictEqual(position.level, "sub")
          assert.strictEqual(position.main?.name, "Haupt AG")
        })
      )
    )

    it.effect(
      "HIE-03 R-HI-02 nobody links who does not decide on both sides, and a foreign tenant looks like a missing one",
      proving(
        Effect.gen(function* () {
          const { chief, clerk, helper, mainId, nordId, north, stranger } = yield* places
          const link = (who: Person, tenantId: TenantId, subId: TenantId) =>
            tagOf(Locations.linkOwn({ tenantId, subId }).pipe(as(who.actor)))
          assert.strictEqual(yield* link(chief, mainId, nordId), "NotFound")
          assert.strictEqual(yield* link(north, mainId, nordId), "NotFound")
          assert.strictEqual(yield* link(stranger, mainId, nordId), "NotFound")
          assert.strictEqual(yield* link(clerk, mainId, nordId), "NotAllowed")
          assert.strictEqual(yield* link(helper, nordId, mainId), "NotAllowed")
          assert.isUndefined(yield* linkOf(nordId))
        })
      )
    )

    it.effect(
      "HIE-01 every attempt to nest deeper, to link to itself or to link twice gets a refusal of its own",
      proving(
        Effect.gen(function* () {
          const { both, mainId, nordId } = yield* linkedPlaces
          const third = yield* given3(both)
          const link = (tenantId: TenantId, subId: TenantId) =>
            tagOf(Locations.linkOwn({ tenantId, subId }).pipe(as(both.actor)))
          assert.strictEqual(yield* link(mainId, mainId), "LinkToItself")
          assert.strictEqual(yield* link(mainId, nordId), "AlreadyLinked")
          assert.strictEqual(yield* link(third, nordId), "AlreadyLinked")
          assert.strictEqual(yield* link(nordId, third), "MainIsASub")
          assert.strictEqual(yield* link(third, mainId), "SubCannotHaveSubs")
          assert.strictEqual(yield* link(nordId, mainId), "MainIsASub")
          yield* setState(third, "suspended")
          // whoever may do nothing in a suspended tenant cannot link it either
          assert.strictEqual(yield* link(mainId, third), "NotAllowed")
          assert.strictEqual((yield* linkOf(nordId))?.mainId, mainId)
          const ask = (tenantId: TenantId, customerNumber: string) =>
            tagOf(Locations.askToLink({ tenantId, ...numbersOf(customerNumber) }).pipe(as(both.actor)))
          assert.strictEqual(yield* ask(mainId, "KD-1"), "LinkToItself")
          assert.strictEqual(yield* ask(mainId, "KD-2"), "AlreadyLinked")
          assert.strictEqual(yield* ask(nordId, "KD-3"), "MainIsASub")
        })
      )
    )

    it.effect(
      "HIE-05 who has all locations in the main does in a sub what the role allows, with one sign-in, in every use case",
      proving(
        Effect.gen(function* () {
          const { chief, clerk, desk, helper, mainId, nordId, north, suedId } = yield* places
          assert.strictEqual(yield* mayIn(nordId, clerk), "NotFound")
          const localBefore = [yield* mayIn(nordId, north), yield* mayIn(nordId, helper)]
          yield* linkAs(mainId, nordId)
          assert.strictEqual(yield* mayIn(nordId, clerk), BRANCHES)
          assert.strictEqual(yield* mayIn(nordId, desk), "NotFound", "a role without all locations")
          assert.strictEqual(yield* mayIn(suedId, clerk), "NotFound", "no sub of this main")
          assert.include(yield* mayIn(nordId, chief), "audit.read")
          // nothing about whose the sub is flows, and nothing flows up or sideways
          for (const never of ["owners.change", "locations.change", "locations.access"]) {
            assert.notInclude((yield* mayIn(nordId, chief)).split(" "), never)
          }
          assert.strictEqual(yield* mayIn(mainId, north), "NotFound")
          assert.deepStrictEqual([yield* mayIn(nordId, north), yield* mayIn(nordId, helper)], localBefore)

          const { items } = yield* Members.list({ tenantId: nordId }).pipe(as(clerk.actor))
          assert.strictEqual(items.length, 3)
          assert.isFalse(items.some(({ self }) => self))
          yield* Members.changeRoles({ tenantId: nordId, accountId: helper.account.id, roles: ["branches"] }).pipe(
            as(chief.actor),
            tagOf,
            Effect.map((tag) =>
              assert.strictEqual(tag, "NotAllowed", "all locations is nothing that came through the main")
            )
          )
          yield* Invitations.invite({ tenantId: nordId, email: "new@example.com", roles: ["member"] }).pipe(
            as(clerk.actor)
          )
          const listed = yield* Invitations.list({ tenantId: nordId }).pipe(as(clerk.actor))
          assert.deepStrictEqual(
            listed.items.map(({ inviterId }) => inviterId),
            [clerk.account.id]
          )
          assert.strictEqual(
            yield* tagOf(
              Invitations.invite({ tenantId: nordId, email: "o@example.com", roles: ["owner"] }).pipe(as(chief.actor))
            ),
            "NotAllowed",
            "who owns a sub is its own matter"
          )
          // what is about one's own membership is nothing to who has none
          assert.strictEqual(yield* tagOf(Members.leave({ tenantId: nordId }).pipe(as(clerk.actor))), "NotFound")
          const place = yield* Tenants.get({ tenantId: nordId }).pipe(as(clerk.actor))
          assert.isNull(place.membership)
          assert.strictEqual(place.mainId, mainId)
        })
      )
    )

    it.effect(
      "HIE-06 HIE-09 R-HI-03 R-HI-04 what comes through the main ends in the commit that ends the membership, the role, the link, or the main's activity",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, mainId, nordId, north } = yield* linkedPlaces
          assert.strictEqual(yield* mayIn(nordId, clerk), BRANCHES)
          yield* Members.changeRoles({ tenantId: mainId, accountId: clerk.account.id, roles: ["member"] }).pipe(
            as(chief.actor)
          )
          assert.strictEqual(yield* mayIn(nordId, clerk), "NotFound", "the role")
          yield* Members.changeRoles({ tenantId: mainId, accountId: clerk.account.id, roles: ["branches"] }).pipe(
            as(chief.actor)
          )
          yield* Locations.unlink({ tenantId: mainId, subId: nordId }).pipe(as(chief.actor))
          assert.strictEqual(yield* mayIn(nordId, clerk), "NotFound", "the link")
          yield* Locations.linkOwn({ tenantId: mainId, subId: nordId }).pipe(as(both.actor))
          assert.strictEqual(yield* mayIn(nordId, clerk), BRANCHES)
          yield* setState(mainId, "suspended")
          assert.strictEqual(yield* mayIn(nordId, clerk), "NotFound", "HIE-09 the main's activity")
          assert.include(yield* mayIn(nordId, north), "owners.change", "HIE-09 the sub goes on")
          yield* setState(nordId, "suspended")
          yield* setState(mainId, "active")
          assert.strictEqual(
            yield* mayIn(nordId, clerk),
            "NotAllowed",
            "R-HI-04 what was suspended on its own stays so"
          )
          yield* setState(nordId, "active")
          yield* Members.remove({ tenantId: mainId, accountId: clerk.account.id }).pipe(as(chief.actor))
          assert.strictEqual(yield* mayIn(nordId, clerk), "NotFound", "the membership")
        })
      )
    )

    it.effect(
      "HIE-05 INV-05 an invitation by somebody from the main counts as long as that one may still invite there",
      proving(
        Effect.gen(function* () {
          const { chief, clerk, mainId, nordId } = yield* linkedPlaces
          const invite = (email: string) =>
            Invitations.invite({ tenantId: nordId, email, roles: ["member"] }).pipe(as(clerk.actor))
          const early = yield* person("early")
          const late = yield* person("late")
          yield* invite("early@example.com")
          const accept = (who: Person) =>
            Effect.flatMap(newestSecret(who.account.email), (secret) =>
              tagOf(Invitations.accept({ secret }).pipe(as(who.actor)))
            )
          const { id } = yield* invite("late@example.com")
          yield* Invitations.sendAgain({ tenantId: nordId, invitationId: id }).pipe(as(clerk.actor))
          for (const { values } of yield* mailsTo("late@example.com")) {
            assert.include(JSON.stringify(values), "Ada Lovelace", "the name of who invited")
          }
          assert.strictEqual(yield* accept(early), "ok")
          yield* Locations.unlink({ tenantId: mainId, subId: nordId }).pipe(as(chief.actor))
          assert.strictEqual(yield* accept(late), "GrantorLostAuthority")
          assert.strictEqual(yield* mayIn(nordId, early), "members.read tenant.read", "who has joined stays")
        })
      )
    )

    it.effect(
      "HIE-05 a sub refuses single permissions to its main, and only the sub's own owners do so",
      proving(
        Effect.gen(function* () {
          const { chief, clerk, helper, mainId, nordId, north, suedId, south } = yield* linkedPlaces
          const refuse = (
            who: Person,
            tenantId: TenantId,
            ...refused: ReadonlyArray<"members.change" | "members.read">
          ) => tagOf(Locations.refuse({ tenantId, refused }).pipe(as(who.actor)))
          assert.strictEqual(yield* refuse(chief, nordId), "NotAllowed")
          assert.strictEqual(yield* refuse(helper, nordId), "NotAllowed")
          assert.strictEqual(yield* refuse(south, nordId), "NotFound")
          assert.strictEqual(yield* refuse(south, suedId), "NotFound", "a tenant without main")
          assert.strictEqual(yield* refuse(north, nordId, "members.change", "members.read"), "ok")
          assert.strictEqual(yield* mayIn(nordId, clerk), "invitations.create invitations.read tenant.read")
          assert.strictEqual(yield* tagOf(Members.list({ tenantId: nordId }).pipe(as(clerk.actor))), "NotAllowed")
          assert.include(yield* mayIn(nordId, helper), "members.read", "its own members keep theirs")
          const [shown] = (yield* Locations.list({ tenantId: mainId }).pipe(as(chief.actor))).items
          assert.deepStrictEqual(shown?.refused, ["members.read", "members.change"])
          assert.strictEqual(
            yield* tagOf(Locations.refuse({ tenantId: nordId, refused: ["owners.change"] }).pipe(as(north.actor))),
            "InvalidInput"
          )
          yield* Locations.refuse({ tenantId: nordId, refused: [] }).pipe(as(north.actor))
          assert.strictEqual(yield* mayIn(nordId, clerk), BRANCHES)
          const types = (yield* eventsOf(nordId)).map(({ type }) => type)
          assert.strictEqual(types.filter((type) => type === "location.refusalsChanged").length, 2)
        })
      )
    )

    it.effect(
      "HIE-05 locations can be chosen for a membership: it counts in these only, and for owners in all",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, desk, mainId, nordId, suedId, south } = yield* linkedPlaces
          const choose = (who: Person, whose: Person, locations: ReadonlyArray<TenantId> | null) =>
            tagOf(Locations.choose({ tenantId: mainId, accountId: whose.account.id, locations }).pipe(as(who.actor)))
          assert.strictEqual(yield* choose(chief, clerk, [suedId]), "NotFound", "no sub of this main")
          yield* linkAs(mainId, suedId)
          assert.strictEqual(yield* choose(clerk, clerk, null), "NotAllowed")
          assert.strictEqual(yield* choose(south, clerk, null), "NotFound")
          assert.strictEqual(yield* choose(chief, south, null), "NotFound")
          assert.strictEqual(yield* choose(chief, clerk, [suedId, suedId]), "ok")
          assert.strictEqual(yield* mayIn(nordId, clerk), "NotFound")
          assert.strictEqual(yield* mayIn(suedId, clerk), BRANCHES)
          const mine = yield* Locations.mine({ tenantId: mainId }).pipe(as(clerk.actor))
          assert.deepStrictEqual(
            mine.items.map(({ name }) => name),
            ["Süd GmbH"]
          )
          const { tenants } = yield* Permissions.whereCanIGo({}).pipe(as(clerk.actor))
          assert.deepStrictEqual(
            tenants.map(({ locations, name }) => [name, locations]),
            [["Haupt AG", 1]]
          )
          assert.strictEqual(yield* choose(chief, clerk, []), "ok")
          assert.strictEqual(yield* mayIn(suedId, clerk), "NotFound")
          assert.strictEqual(yield* choose(chief, both, []), "ok")
          assert.include(yield* mayIn(suedId, both), "audit.read", "an owner is in all")
          assert.strictEqual(yield* choose(chief, clerk, null), "ok")
          assert.strictEqual(yield* mayIn(nordId, clerk), BRANCHES)
          assert.strictEqual(yield* tagOf(Locations.mine({ tenantId: mainId }).pipe(as(desk.actor))), "NotAllowed")
          const all = yield* Locations.mine({ tenantId: mainId, search: "nord" }).pipe(as(clerk.actor))
          assert.deepStrictEqual(
            all.items.map(({ id }) => id),
            [nordId]
          )
        })
      )
    )

    it.effect(
      "HIE-05 TEN-03 who is in chosen locations only puts nobody into more, and does not hold all locations",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, desk, mainId, nordId, suedId } = yield* linkedPlaces
          yield* linkAs(mainId, suedId)
          const regional = { tenantId: mainId, accountId: clerk.account.id }
          yield* setRoles(mainId, clerk, ["regional"])
          yield* Locations.choose({ ...regional, locations: [nordId] }).pipe(as(chief.actor))
          const choose = (locations: ReadonlyArray<TenantId> | null) =>
            tagOf(Locations.choose({ tenantId: mainId, accountId: desk.account.id, locations }).pipe(as(clerk.actor)))
          assert.strictEqual(yield* choose([nordId]), "NotAllowed", "who is in more than the chooser")
          yield* Locations.choose({ tenantId: mainId, accountId: desk.account.id, locations: [] }).pipe(as(chief.actor))
          assert.strictEqual(yield* choose([suedId]), "NotAllowed")
          assert.strictEqual(yield* choose(null), "NotAllowed")
          assert.strictEqual(yield* choose([nordId]), "ok")
          const grant = Members.changeRoles({ tenantId: mainId, accountId: desk.account.id, roles: ["regional"] })
          assert.strictEqual(yield* tagOf(grant.pipe(as(clerk.actor))), "NotAllowed")
          yield* Locations.choose({ ...regional, locations: null }).pipe(as(chief.actor))
          assert.strictEqual(yield* tagOf(grant.pipe(as(clerk.actor))), "ok")
          const ofOwner = Locations.choose({ tenantId: mainId, accountId: both.account.id, locations: [] })
          assert.strictEqual(yield* tagOf(ofOwner.pipe(as(clerk.actor))), "NotAllowed", "who may more than the chooser")
        }),
        {
          roles: [
            ...(settings.roles ?? []),
            {
              name: "regional",
              label: { de: "Region", en: "Region" },
              permissions: ["tenant.read", "members.read", "members.change", "locations.change", "locations.access"]
            }
          ]
        }
      )
    )

    it.effect(
      "HIE-03 who owns both links them by customer number at once, too, and nobody is asked",
      proving(
        Effect.gen(function* () {
          const { both, mainId, nordId, north } = yield* places
          const answer = yield* Locations.askToLink({ tenantId: mainId, ...numbersOf("KD-2") }).pipe(as(both.actor))
          assert.deepStrictEqual(answer, { outcome: "Done" })
          assert.strictEqual((yield* linkOf(nordId))?.mainId, mainId)
          assert.deepStrictEqual((yield* Requests.waiting({}).pipe(as(north.actor))).items, [])
        })
      )
    )

    it.effect(
      "HIE-03 by customer number and postal code the owners of the other side are asked, decide, and both are told",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, helper, mainId, nordId, north } = yield* places
          const answer = yield* Locations.askToLink({ tenantId: mainId, ...numbersOf("kd 2") }).pipe(as(chief.actor))
          assert.deepStrictEqual(answer, { outcome: "Asked" })
          assert.isUndefined(yield* linkOf(nordId))
          assert.deepStrictEqual(yield* kindsTo(north), ["requests.LinkSubTenant.pending"])
          // REQ-04 who owns the asking tenant, too, is on its side
          assert.deepStrictEqual(yield* kindsTo(both), [])
          assert.deepStrictEqual(yield* waitingFor(both), [])
          assert.deepStrictEqual(yield* waitingFor(helper), [])
          assert.deepStrictEqual(yield* waitingFor(clerk), [])
          const [asked] = yield* waitingFor(north)
          if (asked === undefined) return yield* Effect.die(new Error("nothing waits"))
          const { id: requestId, version } = asked
          const view = yield* Requests.get({ requestId }).pipe(as(north.actor))
          assert.deepStrictEqual(
            [...view.details, ...view.facts].map(({ value }) => value),
            ["Haupt AG", "kd 2", "Nord GmbH"]
          )
          const own = yield* Requests.get({ requestId }).pipe(as(chief.actor))
          assert.notInclude(
            JSON.stringify([own.details, own.facts]),
            "Nord",
            "the asker learns no more than what was typed"
          )
          yield* Requests.approve({ requestId, version }).pipe(as(north.actor))
          assert.strictEqual((yield* linkOf(nordId))?.mainId, mainId)
          assert.deepStrictEqual(yield* kindsTo(chief), ["requests.LinkSubTenant.approved"])
          assert.deepStrictEqual(yield* kindsTo(both), ["hierarchy.linked"])
          assert.strictEqual(yield* mayIn(nordId, clerk), BRANCHES)
        })
      )
    )

    it.effect(
      "HIE-03 the answer is the same whether or not the numbers match; the asker's mailbox learns it, and attempts are limited",
      proving(
        Effect.gen(function* () {
          const { chief, mainId, south, suedId } = yield* places
          const ask = (input: { customerNumber: string; postalCode: string; country: string }) =>
            Locations.askToLink({ tenantId: mainId, ...input }).pipe(as(chief.actor))
          const answers = [
            yield* ask(numbersOf("KD-3")),
            yield* ask({ ...numbersOf("KD-3"), postalCode: "1020" }),
            yield* ask({ ...numbersOf("KD-3"), country: "CH" }),
            yield* ask(numbersOf("KD-99"))
          ]
          yield* setState(suedId, "suspended")
          answers.push(yield* ask(numbersOf("KD-3")))
          for (const answer of answers) assert.deepStrictEqual(answer, { outcome: "Asked" })
          assert.deepStrictEqual(yield* kindsTo(south), ["requests.LinkSubTenant.pending"])
          assert.deepStrictEqual(
            yield* kindsTo(chief),
            Array.from({ length: 4 }, () => "hierarchy.notAssigned")
          )
          const tag = tagOf(ask(numbersOf("KD-3")))
          assert.strictEqual(yield* tag, "ok")
          assert.strictEqual(yield* tag, "TooManyAttempts", "five for a number, whoever asks")
          assert.strictEqual(yield* tagOf(ask(numbersOf("KD-98"))), "ok")
          assert.strictEqual(
            yield* tagOf(ask({ ...numbersOf("KD-97"), postalCode: "xyz" })),
            "InvalidInput",
            "a mistake in the form is none of the attempts"
          )
        }),
        {}
      )
    )

    it.effect(
      "HIE-03 INV-05 whoever asked must still decide in the main when the link comes, and so must the state of both sides allow it",
      proving(
        Effect.gen(function* () {
          const { both, chief, mainId, north, nordId, south, suedId } = yield* places
          yield* Locations.askToLink({ tenantId: mainId, ...numbersOf("KD-2") }).pipe(as(chief.actor))
          const [asked] = yield* waitingFor(north)
          if (asked === undefined) return yield* Effect.die(new Error("nothing waits"))
          const approve = Requests.approve({ requestId: asked.id, version: asked.version }).pipe(as(north.actor))
          yield* Members.changeRoles({ tenantId: mainId, accountId: chief.account.id, roles: ["admin"] }).pipe(
            as(both.actor)
          )
          assert.strictEqual(yield* tagOf(approve), "AskerLostAuthority")
          yield* Members.changeRoles({ tenantId: mainId, accountId: chief.account.id, roles: ["owner"] }).pipe(
            as(both.actor)
          )
          yield* setState(mainId, "suspended")
          assert.strictEqual(yield* tagOf(approve), "AskerLostAuthority", "who can do nothing there asks for nothing")
          yield* setState(mainId, "active")
          // the main has become a sub in the meantime, the sub a main
          yield* linkAs(suedId, mainId)
          assert.strictEqual(yield* effectOf(approve), "MainIsASub")
          yield* Locations.leaveMain({ tenantId: mainId }).pipe(as(chief.actor))
          yield* linkAs(nordId, suedId)
          assert.strictEqual(yield* effectOf(approve), "SubCannotHaveSubs")
          yield* Locations.leaveMain({ tenantId: suedId }).pipe(as(south.actor))
          yield* approve
          assert.strictEqual((yield* linkOf(nordId))?.mainId, mainId)
        })
      )
    )

    it.effect(
      "HIE-03 REQ-03 a refusal's reason reaches the asker, and asking again soon after gives the same answer and a mail",
      proving(
        Effect.gen(function* () {
          const { chief, mainId, nordId, north } = yield* places
          const ask = Locations.askToLink({ tenantId: mainId, ...numbersOf("KD-2") }).pipe(as(chief.actor))
          yield* ask
          assert.deepStrictEqual(yield* ask, { outcome: "Asked" }, "the same is open")
          const [asked, ...others] = yield* waitingFor(north)
          if (asked === undefined) return yield* Effect.die(new Error("nothing waits"))
          assert.deepStrictEqual(others, [])
          yield* Requests.refuse({ requestId: asked.id, version: asked.version, reason: "Wir bleiben allein." }).pipe(
            as(north.actor)
          )
          assert.deepStrictEqual(yield* ask, { outcome: "Asked" })
          assert.deepStrictEqual(yield* kindsTo(chief), ["requests.LinkSubTenant.refused", "hierarchy.coolingDown"])
          assert.isUndefined(yield* linkOf(nordId))
        })
      )
    )

    it.effect(
      "HIE-07 R-HI-02 an owner of either side unlinks, with mail to the other, and the sub keeps everything that is its own",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, helper, mainId, nordId, north, south, suedId } = yield* linkedPlaces
          const memberships = yield* MembershipRepository
          const members = Effect.map(
            memberships.list(
              nordId,
              { search: Option.none(), accountEmail: true },
              { after: Option.none(), limit: 50 }
            ),
            (rows) => rows.map(({ membership }) => membership)
          )
          const before = yield* members
          const unlink = (who: Person, tenantId: TenantId, subId: TenantId) =>
            tagOf(Locations.unlink({ tenantId, subId }).pipe(as(who.actor)))
          const leave = (who: Person, tenantId: TenantId) =>
            tagOf(Locations.leaveMain({ tenantId }).pipe(as(who.actor)))
          assert.strictEqual(yield* unlink(clerk, mainId, nordId), "NotAllowed")
          assert.strictEqual(yield* unlink(north, mainId, nordId), "NotFound")
          assert.strictEqual(yield* unlink(south, suedId, nordId), "NotFound", "of another main")
          assert.strictEqual(yield* leave(helper, nordId), "NotAllowed")
          assert.strictEqual(
            yield* leave(clerk, nordId),
            "NotAllowed",
            "who comes through the main decides nothing of this"
          )
          assert.strictEqual(yield* leave(chief, nordId), "NotAllowed")
          assert.strictEqual(yield* leave(south, suedId), "NotFound", "a tenant without main")
          const versions = Effect.map(Effect.all([tenantOf(mainId), tenantOf(nordId)]), (rows) =>
            rows.map(({ version }) => version)
          )
          const counted = yield* versions
          assert.strictEqual(yield* unlink(chief, mainId, nordId), "ok")
          assert.deepStrictEqual(
            yield* versions,
            counted.map((version) => version + 1)
          )
          assert.deepStrictEqual(yield* kindsTo(north), ["hierarchy.linked", "hierarchy.unlinked"])
          assert.deepStrictEqual(yield* kindsTo(both), ["hierarchy.unlinked"])
          assert.deepStrictEqual(yield* members, before)
          assert.strictEqual(yield* unlink(chief, mainId, nordId), "NotFound")
          assert.deepStrictEqual((yield* Locations.list({ tenantId: mainId }).pipe(as(chief.actor))).items, [])

          yield* linkAs(mainId, nordId)
          assert.strictEqual(yield* leave(north, nordId), "ok")
          assert.deepStrictEqual((yield* kindsTo(chief)).at(-1), "hierarchy.unlinked")
          assert.isUndefined(yield* linkOf(nordId))
          // independent again: it can have subs of its own
          yield* linkAs(nordId, suedId)
          assert.strictEqual((yield* linkOf(suedId))?.mainId, nordId)
        })
      )
    )

    it.effect(
      "R-MA-09 R-TE-09 OUT-04 HIE-07 a waiting mail about a link is dropped when it is not so any more, or its reader decides there no more, or has moved the contact address",
      proving(
        Effect.gen(function* () {
          const { chief, mainId, nordId, north } = yield* linkedPlaces
          const memberships = yield* MembershipRepository
          yield* Locations.unlink({ tenantId: mainId, subId: nordId }).pipe(as(chief.actor))
          const mails = yield* mailsTo(north.account.email)
          const before = Option.getOrThrow(yield* memberships.find(nordId, north.account.id))
          const verdicts = Effect.fnUntraced(function* () {
            const now = yield* Instant.now
            const answers: Array<string> = []
            for (const row of mails) {
              const kind = row.kind === linked.name ? linked : unlinked
              const answer = yield* Option.getOrThrow(kind.open(row)).stillWanted(now)
              answers.push(answer._tag === "Dropped" ? answer.reason : "wanted")
            }
            return answers
          })
          assert.deepStrictEqual(yield* verdicts(), ["unlinked", "wanted"], "OUT-04 what is not so any more")
          yield* linkAs(mainId, nordId)
          assert.deepStrictEqual(yield* verdicts(), ["wanted", "linked-again"])
          yield* memberships.update({ ...before, contactEmail: chief.account.email })
          assert.deepStrictEqual(yield* verdicts(), ["contact-changed", "contact-changed"])
          yield* memberships.update({ ...before, roles: ["admin"] })
          assert.deepStrictEqual(yield* verdicts(), ["not-allowed", "not-allowed"])
          yield* memberships.update(before)
          yield* Members.leave({ tenantId: nordId }).pipe(as(north.actor))
          assert.deepStrictEqual(yield* verdicts(), ["membership-ended", "membership-ended"])
        })
      )
    )

    it.effect(
      "OUT-03 OUT-04 a mail about a link that was stored before such mails named both sides is sent, to whoever decides there",
      proving(
        Effect.gen(function* () {
          const { chief, mainId, nordId, north } = yield* linkedPlaces
          yield* Locations.unlink({ tenantId: mainId, subId: nordId }).pipe(as(chief.actor))
          const memberships = yield* MembershipRepository
          const mails = yield* mailsTo(north.account.email)
          const verdicts = Effect.forEach(mails, (mail) => {
            const kind = mail.kind === linked.name ? linked : unlinked
            return Effect.flatMap(Instant.now, (now) =>
              Option.getOrThrow(kind.open(earlierMail(mail, "mainId", "subId"))).stillWanted(now)
            )
          })
          assert.deepStrictEqual(yield* verdicts, [MailKind.wanted, MailKind.wanted])
          const before = Option.getOrThrow(yield* memberships.find(nordId, north.account.id))
          yield* memberships.update({ ...before, contactEmail: chief.account.email })
          const changed = MailKind.dropped("contact-changed")
          assert.deepStrictEqual(yield* verdicts, [changed, changed])
        })
      )
    )

    it.effect(
      "HIE-09 a sub is moved to another main by request, without the main of before, and never stands alone in between",
      proving(
        Effect.gen(function* () {
          const { chief, clerk, mainId, nordId, north, south, suedId } = yield* linkedPlaces
          yield* Locations.refuse({ tenantId: nordId, refused: ["audit.read"] }).pipe(as(north.actor))
          const move = (who: Person, tenantId: TenantId, customerNumber: string) =>
            Locations.askToMove({ tenantId, ...numbersOf(customerNumber) }).pipe(as(who.actor))
          assert.strictEqual(yield* tagOf(move(chief, nordId, "KD-3")), "NotAllowed", "the main does not give it away")
          assert.strictEqual(yield* tagOf(move(south, suedId, "KD-1")), "NotASub")
          assert.strictEqual(yield* tagOf(move(north, nordId, "KD-2")), "LinkToItself")
          assert.strictEqual(yield* tagOf(move(north, nordId, "KD-1")), "AlreadyLinked")
          assert.deepStrictEqual(yield* move(north, nordId, "KD-99"), { outcome: "Asked" })
          assert.strictEqual((yield* kindsTo(north)).at(-1), "hierarchy.notAssigned")
          assert.deepStrictEqual(yield* move(north, nordId, "KD-3"), { outcome: "Asked" })
          assert.deepStrictEqual(yield* kindsTo(south), ["requests.MoveSubTenant.pending"])
          assert.strictEqual((yield* linkOf(nordId))?.mainId, mainId, "until it is decided")
          const [asked] = yield* waitingFor(south)
          if (asked === undefined) return yield* Effect.die(new Error("nothing waits"))
          yield* Requests.approve({ requestId: asked.id, version: asked.version }).pipe(as(south.actor))
          const link = yield* linkOf(nordId)
          assert.deepStrictEqual([link?.mainId, link?.refused], [suedId, ["audit.read"]])
          assert.strictEqual((yield* kindsTo(chief)).at(-1), "hierarchy.unlinked")
          assert.strictEqual((yield* kindsTo(north)).at(-1), "requests.MoveSubTenant.approved")
          assert.strictEqual(yield* mayIn(nordId, clerk), "NotFound", "HIE-06 the main of before")
          assert.include(yield* mayIn(nordId, south), "members.read")
        })
      )
    )

    it.effect(
      "HIE-09 HIE-01 who owns the new main, too, moves at once; a request whose sub has left its main meanwhile comes to nothing",
      proving(
        Effect.gen(function* () {
          const { both, mainId, nordId, north, south, suedId } = yield* linkedPlaces
          const third = yield* given3(both)
          yield* Locations.askToMove({ tenantId: nordId, ...numbersOf("KD-3") }).pipe(as(north.actor))
          const [asked] = yield* waitingFor(south)
          if (asked === undefined) return yield* Effect.die(new Error("nothing waits"))
          const approve = Requests.approve({ requestId: asked.id, version: asked.version }).pipe(as(south.actor))
          const moved = yield* Locations.askToMove({ tenantId: nordId, ...numbersOf("KD-4") }).pipe(as(both.actor))
          assert.deepStrictEqual(moved, { outcome: "Done" })
          assert.strictEqual((yield* linkOf(nordId))?.mainId, third)
          assert.strictEqual(yield* effectOf(approve), "NotASub")
          yield* Locations.askToMove({ tenantId: nordId, ...numbersOf("KD-1") }).pipe(as(both.actor))
          assert.strictEqual((yield* linkOf(nordId))?.mainId, mainId)
          yield* linkAs(mainId, suedId)
          assert.strictEqual(yield* effectOf(approve), "MainIsASub")
        })
      )
    )

    it.effect(
      "HIE-05 REQ-08 who decides requests in the main decides those of its subs, and finds them in one inbox",
      proving(
        Effect.gen(function* () {
          const { chief, clerk, mainId, nordId, north } = yield* linkedPlaces
          const asker = yield* person("asker")
          yield* SelfRegistrations.askToJoin(numbersOf("KD-2")).pipe(as(asker.actor))
          assert.include(yield* kindsTo(chief), "requests.JoinTenant.pending")
          assert.deepStrictEqual(yield* waitingFor(clerk), [])
          const [asked] = yield* waitingFor(chief)
          if (asked === undefined) return yield* Effect.die(new Error("nothing waits"))
          const approve = (roles: ReadonlyArray<string>) =>
            tagOf(
              Requests.approve({ requestId: asked.id, version: asked.version, decision: { roles } }).pipe(
                as(chief.actor)
              )
            )
          assert.strictEqual(yield* approve(["owner"]), "NotAllowed", "who owns a sub is its own matter")
          yield* Locations.refuse({ tenantId: nordId, refused: ["requests.decide"] }).pipe(as(north.actor))
          assert.strictEqual(yield* approve(["member"]), "NotFound", "HIE-05 what the sub refuses")
          assert.deepStrictEqual(yield* waitingFor(chief), [])
          yield* Locations.refuse({ tenantId: nordId, refused: [] }).pipe(as(north.actor))
          assert.strictEqual(yield* approve(["member"]), "ok")
          yield* Locations.unlink({ tenantId: mainId, subId: nordId }).pipe(as(chief.actor))
          const secret = yield* newestSecret("asker@example.com")
          assert.strictEqual(
            yield* tagOf(SelfRegistrations.join({ secret }).pipe(as(asker.actor))),
            "ApproverLostAuthority",
            "R-AP-05 HIE-06"
          )
        })
      )
    )

    it.effect(
      "ACC-02 HIE-05 the derivation names the main tenant and the role, and what is missing on that way",
      proving(
        Effect.gen(function* () {
          const { clerk, desk, helper, mainId, nordId, north } = yield* linkedPlaces
          const memberships = yield* MembershipRepository
          const place = Option.getOrThrow(yield* memberships.find(mainId, clerk.account.id))
          const explain = (who: Person, permission: "members.change" | "audit.read", of = who) =>
            Permissions.explain({ tenantId: nordId, permission, accountId: of.account.id }).pipe(as(who.actor))
          assert.deepStrictEqual(yield* explain(clerk, "members.change"), {
            allowed: true,
            grant: {
              tenantId: nordId,
              accountId: clerk.account.id,
              membershipId: place.id,
              role: "branches",
              permission: "members.change",
              through: { mainId }
            }
          })
          assert.deepStrictEqual(
            yield* explain(north, "members.change", clerk),
            yield* explain(clerk, "members.change")
          )
          const missing = Effect.fnUntraced(function* (permission: "members.change" | "audit.read", of: Person) {
            const decision = yield* explain(north, permission, of)
            return decision.allowed ? "nothing" : decision.missing
          })
          assert.strictEqual(yield* missing("audit.read", clerk), "no-role-with-permission")
          assert.strictEqual(yield* missing("audit.read", helper), "no-role-with-permission")
          assert.strictEqual(yield* missing("members.change", desk), "no-membership")
          yield* Locations.refuse({ tenantId: nordId, refused: ["members.change"] }).pipe(as(north.actor))
          assert.strictEqual(yield* missing("members.change", clerk), "refused-to-main")
          yield* memberships.update({ ...place, locations: [] })
          assert.strictEqual(yield* missing("members.change", clerk), "location-not-chosen")
          yield* memberships.update(place)
          yield* setState(mainId, "suspended")
          assert.strictEqual(yield* missing("members.change", clerk), "main-not-active")
          // of a tenant that somebody cannot enter they learn nothing
          assert.deepStrictEqual(yield* explain(clerk, "members.change"), { allowed: false, missing: "no-membership" })
        })
      )
    )

    it.effect(
      "ACC-02 HIE-05 a sub's owners see who comes in through the main and with what; the main's see in which locations somebody is",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, desk, helper, mainId, nordId, north, suedId } = yield* linkedPlaces
          const list = Locations.visitors({ tenantId: nordId, limit: 2 })
          for (const who of [helper, clerk, chief])
            assert.strictEqual(yield* tagOf(list.pipe(as(who.actor))), "NotAllowed")
          assert.strictEqual(yield* tagOf(list.pipe(as(desk.actor))), "NotFound")
          const first = yield* list.pipe(as(north.actor))
          const rest = yield* Locations.visitors({ tenantId: nordId, after: first.next ?? "" }).pipe(as(north.actor))
          const shown = [...first.items, ...rest.items]
          assert.strictEqual(first.items.length, 2)
          assert.deepStrictEqual(
            shown.map(({ accountId }) => accountId).sort(),
            [both, chief, clerk].map(({ account }) => account.id).sort()
          )
          const found = shown.find(({ accountId }) => accountId === clerk.account.id)
          assert.deepStrictEqual(
            [found?.roles, [...(found?.permissions ?? [])].sort().join(" ")],
            [["branches"], BRANCHES]
          )
          const owns = shown.find(({ accountId }) => accountId === both.account.id)
          assert.notInclude(
            owns?.permissions ?? [],
            "owners.change",
            "what they may by themself is not through the main"
          )
          const chosen = (who: Person, whose: Person) =>
            Locations.chosen({ tenantId: mainId, accountId: whose.account.id }).pipe(as(who.actor))
          assert.deepInclude(yield* chosen(chief, clerk), { opens: true, locations: null })
          assert.deepInclude(yield* chosen(chief, desk), { opens: false, locations: null })
          assert.strictEqual(yield* tagOf(chosen(clerk, clerk)), "NotAllowed")
          assert.strictEqual(yield* tagOf(chosen(chief, north)), "NotFound")
          yield* linkAs(mainId, suedId)
          yield* Locations.choose({ tenantId: mainId, accountId: clerk.account.id, locations: [suedId] }).pipe(
            as(chief.actor)
          )
          const { locations } = yield* chosen(chief, clerk)
          assert.deepStrictEqual(
            locations?.map(({ name }) => name),
            ["Süd GmbH"]
          )
          const after = yield* Locations.visitors({ tenantId: nordId }).pipe(as(north.actor))
          assert.strictEqual(after.items.length, 2, "who is in another location only")
        })
      )
    )

    it.effect(
      "ACC-01 HIE-05 for a main it is shown how many locations one can enter, and a sub lists what comes through the main",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, desk, helper, mainId, nordId, suedId } = yield* linkedPlaces
          yield* linkAs(mainId, suedId)
          const places = Effect.fnUntraced(function* (who: Person) {
            const { tenants } = yield* Permissions.whereCanIGo({}).pipe(as(who.actor))
            return tenants.map((tenant) => [tenant.name, tenant.locations, tenant.mainId])
          })
          assert.deepStrictEqual(yield* places(chief), [["Haupt AG", 2, null]])
          assert.deepStrictEqual(yield* places(clerk), [["Haupt AG", 2, null]])
          assert.deepStrictEqual(yield* places(desk), [["Haupt AG", 0, null]], "a role without all locations")
          assert.deepStrictEqual(yield* places(helper), [["Nord GmbH", 0, null]], "no place in the main")
          assert.deepStrictEqual(yield* places(both), [
            ["Haupt AG", 2, null],
            ["Nord GmbH", 0, mainId]
          ])
          yield* setRoles(nordId, both, ["member"])
          const { tenants } = yield* Permissions.whereCanIGo({}).pipe(as(both.actor))
          const nord = tenants.find(({ id }) => id === nordId)
          assert.include(nord?.permissions ?? [], "members.change", "local rights and those through the main together")
          assert.deepStrictEqual(nord?.roles, ["member"])
          yield* setState(suedId, "closed")
          assert.deepStrictEqual(yield* places(chief), [["Haupt AG", 1, null]])
        })
      )
    )

    it.effect(
      "HIE-02 the list is for those with the permission, paged, and searched",
      proving(
        Effect.gen(function* () {
          const { chief, clerk, desk, mainId, nordId, stranger, suedId } = yield* linkedPlaces
          yield* linkAs(mainId, suedId)
          const list = (who: Person, over: object = {}) =>
            Locations.list({ tenantId: mainId, ...over }).pipe(as(who.actor))
          assert.strictEqual(yield* tagOf(list(desk)), "NotAllowed")
          assert.strictEqual(yield* tagOf(list(clerk)), "NotAllowed")
          assert.strictEqual(yield* tagOf(list(stranger)), "NotFound")
          const first = yield* list(chief, { limit: 1 })
          assert.strictEqual(first.items.length, 1)
          const second = yield* list(chief, { limit: 1, after: first.next ?? "" })
          assert.isNull(second.next)
          assert.deepStrictEqual([...first.items, ...second.items].map(({ id }) => id).sort(), [nordId, suedId].sort())
          const found = yield* list(chief, { search: "süd" })
          assert.deepStrictEqual(
            found.items.map(({ name }) => name),
            ["Süd GmbH"]
          )
          assert.deepStrictEqual((yield* list(chief, { search: "niemand" })).items, [])
          const one = yield* Locations.get({ tenantId: mainId, subId: suedId }).pipe(as(chief.actor))
          assert.strictEqual(one.name, "Süd GmbH")
          assert.notProperty(one, "postalCode", "TEN-01 with the customer number it opens doors")
          assert.strictEqual(
            yield* tagOf(Locations.get({ tenantId: mainId, subId: mainId }).pipe(as(chief.actor))),
            "NotFound"
          )
        })
      )
    )

    it.effect(
      "R-HI-05 what somebody from the main does in a sub is recorded as theirs, in the sub's own log",
      proving(
        Effect.gen(function* () {
          const { clerk, helper, nordId } = yield* linkedPlaces
          yield* Members.changeRoles({ tenantId: nordId, accountId: helper.account.id, roles: ["member"] }).pipe(
            as(clerk.actor)
          )
          yield* Invitations.invite({ tenantId: nordId, email: "x@example.com", roles: ["member"] }).pipe(
            as(clerk.actor)
          )
          const event = (yield* eventsOf(nordId)).at(-1)
          assert.deepInclude(event, {
            type: "invitation.created",
            actor: `account:${clerk.account.id}`,
            accountId: clerk.account.id
          })
          // and sees of the sub's members no more than members of its own with these permissions see
          const { items } = yield* Members.list({ tenantId: nordId }).pipe(as(clerk.actor))
          const allowed = [
            "id",
            "accountId",
            "firstName",
            "lastName",
            "roles",
            "contactEmail",
            "email",
            "joinedAt",
            "self"
          ]
          for (const item of items) for (const key of Object.keys(item)) assert.include(allowed, key)
          assert.deepStrictEqual(yield* mailsTo("helper@example.com"), [])
        })
      )
    )
  })
})

/** A third tenant of somebody, with the customer number KD-4. */
const given3 = (owner: Person) =>
  Effect.gen(function* () {
    return (yield* given.tenant(owner.account, { name: "Dritt KG", customerNumber: "KD-4" })).id
  })

/** Links two tenants whoever they belong to. */
const linkAs = (mainId: TenantId, subId: TenantId) =>
  Effect.gen(function* () {
    const hierarchy = yield* HierarchyRepository
    const now = (yield* tenantOf(subId)).createdAt
    yield* hierarchy.insert({ mainId, subId, kind: "existing", linkedAt: now, refused: [] })
  })
