import * as Desk from "./Desk.ts"
import * as Library from "./Library.ts"
import * as Merging from "./Merging.ts"
import * as Work from "./Work.ts"

export { placeholders } from "./DeskItem.ts"
export { DeskRepository } from "./DeskRepository.ts"
export { MergeNotUndoable, SightNotConfirmed } from "./Merging.ts"
export { TicketMerged, TicketTaken, TooManyTags } from "./steps.ts"
export { FieldNotPossible, type TicketField, TicketFields } from "./TicketFields.ts"
export { LinkNotPossible } from "./Work.ts"
export { Desk, Library, Merging, Work }

/** Every use case of staff's desk for tickets. */
export const useCases = [...Desk.useCases, ...Work.useCases, ...Library.useCases, ...Merging.useCases] as const
