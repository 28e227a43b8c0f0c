import { Schema } from "effect"
import type { Tickets } from "portico"

/** Fields of tickets that this portal adds for its staff; customers never see them. One of each kind. */
export const ticketFields: ReadonlyArray<Tickets.Desk.TicketField> = [
  {
    name: "device",
    label: { de: "Gerät", en: "Device" },
    schema: Schema.String.check(Schema.isMaxLength(100)),
    input: "line"
  },
  {
    name: "lines",
    label: { de: "Betroffene Anschlüsse", en: "Lines concerned" },
    schema: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 })),
    input: "number"
  },
  {
    name: "cause",
    label: { de: "Ursache", en: "Cause" },
    schema: Schema.Literals(["network", "device", "handling"]),
    input: "choice",
    choices: [
      { value: "network", label: { de: "Netz", en: "Network" } },
      { value: "device", label: { de: "Gerät", en: "Device" } },
      { value: "handling", label: { de: "Bedienung", en: "Handling" } }
    ]
  },
  { name: "callBack", label: { de: "Rückruf gewünscht", en: "Wants a call" }, schema: Schema.Boolean, input: "flag" }
]
