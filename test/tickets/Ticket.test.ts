import { it } from "@effect/vitest"
import { describe, expect } from "vitest"
import { Channel, edges, stateAfter, TicketActor, TicketEvent, TicketState } from "../../src/tickets/Ticket.ts"

const states = TicketState.literals
const events = TicketEvent.literals
const actors = TicketActor.literals
const channels = Channel.literals

/** The table of the specification as it is understood, written anew and by hand: `*` is any state that the row does not change. */
const specified: ReadonlyArray<readonly [from: string, event: string, by: string, channel: string, to: string]> = [
  ["New", "take assign", "agent supervisor", "staff", "Open"],
  ["Open Waiting OnHold Resolved", "take assign giveBack", "agent supervisor", "staff", "="],
  ["New Open Waiting OnHold", "reply", "agent supervisor", "staff", "Waiting Open Resolved"],
  ["New", "answer", "contact participant", "portal mail", "="],
  ["Open Waiting OnHold Resolved", "answer", "contact participant", "portal mail", "Open"],
  ["Open Waiting", "hold", "agent supervisor", "staff", "OnHold"],
  ["OnHold", "unhold", "agent supervisor", "staff", "Open"],
  ["New Open Waiting OnHold", "resolve", "agent supervisor", "staff", "Resolved"],
  ["New Open Waiting OnHold", "close", "contact", "portal", "Resolved"],
  ["Resolved", "reopen", "contact", "portal", "Open"],
  ["Resolved", "reopen", "agent supervisor", "staff", "Open"],
  ["Waiting", "remind", "timer", "time", "="],
  ["Waiting", "giveUp", "timer", "time", "Resolved"],
  ["Resolved", "archive", "timer", "time", "Closed"],
  ["Closed", "followUp", "contact participant", "portal mail", "="],
  ["New Open Waiting OnHold Resolved", "merge split markSpam", "agent supervisor", "staff", "="],
  ["New Open Waiting OnHold Resolved", "unmarkSpam", "supervisor", "staff", "="]
]

const words = (text: string) => text.split(" ")

/** The states that a step may lead to, the first being what happens where nobody chooses; none where it is refused. */
const allowed = (state: string, event: string, by: string, channel: string): ReadonlyArray<string> =>
  specified
    .filter(
      ([from, happening, who, way]) =>
        words(from).includes(state) &&
        words(happening).includes(event) &&
        words(who).includes(by) &&
        words(way).includes(channel)
    )
    .flatMap(([, , , , to]) => (to === "=" ? [state] : words(to)))

describe("states of a ticket", () => {
  it("TIC-09 each state with each event, actor and channel does what the table says, and is refused where it says nothing", () => {
    let refused = 0
    for (const state of states) {
      for (const event of events) {
        for (const by of actors) {
          for (const channel of channels) {
            const [first] = allowed(state, event, by, channel)
            const after = stateAfter(state, { event, by, channel })
            const name = `${state} ${event} ${by} ${channel}`
            if (first === undefined) {
              expect(after, name).toMatchObject({ _tag: "Failure", failure: { _tag: "TicketStepNotPossible", state } })
              refused++
            } else expect(after, name).toMatchObject({ _tag: "Success", success: first })
          }
        }
      }
    }
    // nearly everything is refused
    expect(refused).toBeGreaterThan(states.length * events.length * actors.length * channels.length * 0.9)
  })

  it("TIC-09 a state can be chosen only where the table offers it", () => {
    for (const state of states) {
      for (const event of events) {
        for (const by of actors) {
          for (const channel of channels) {
            const offered = allowed(state, event, by, channel)
            for (const to of states) {
              const after = stateAfter(state, { event, by, channel, to })
              // who leaves the state as it is chooses none
              const stays = edges.some(
                (edge) =>
                  edge.event === event &&
                  edge.from.includes(state) &&
                  edge.by.includes(by) &&
                  edge.channels.includes(channel) &&
                  edge.to === null
              )
              const fine = offered.includes(to) && !stays
              expect(after._tag, `${state} ${event} ${by} ${channel} to ${to}`).toBe(fine ? "Success" : "Failure")
            }
          }
        }
      }
    }
  })

  it("TIC-09 mail can do strictly less than the portal, and a timer nothing that people can", () => {
    for (const state of states) {
      for (const event of events) {
        for (const by of actors) {
          const byMail = stateAfter(state, { event, by, channel: "mail" })
          if (byMail._tag === "Success") {
            expect(stateAfter(state, { event, by, channel: "portal" })).toEqual(byMail)
          }
          if (by !== "timer") expect(stateAfter(state, { event, by, channel: "time" })._tag).toBe("Failure")
          else {
            for (const channel of ["portal", "mail", "staff"] as const) {
              expect(stateAfter(state, { event, by, channel })._tag).toBe("Failure")
            }
          }
        }
      }
    }
    const ways = (channel: Channel) => edges.filter(({ channels }) => channels.includes(channel)).length
    expect(ways("mail")).toBeLessThan(ways("portal"))
  })

  it("TIC-09 the table in the documentation is that of the code", async () => {
    const rows = edges.map(
      ({ by, channels, event, from, to }) =>
        `| ${from.join(", ")} | ${event} | ${by.join(", ")} | ${channels.join(", ")} | ${
          to === null ? "as it was" : typeof to === "string" ? to : `${to.join(", or ")}, as chosen`
        } |`
    )
    await expect(`# Tickets: every way in which one moves

Derived from \`src/tickets/Ticket.ts\` by \`test/tickets/Ticket.test.ts\`; \`npx vitest run -c test/vitest.config.ts test/tickets/Ticket.test.ts -u\`
writes it anew. What has no row here is refused. A \`submit\` by anybody makes a ticket that is \`New\`; \`followUp\`, \`merge\` and \`split\` are about
another ticket, and \`markSpam\` sets a flag that silences.

| from | event | by | channel | to |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`).toMatchFileSnapshot("../golden/tickets.md")
  })
})
