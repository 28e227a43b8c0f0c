import { Schema } from "effect"
import { Refusal } from "../kernel/Refusal.ts"

/** The caller may read the ticket, and takes no part in it: reading the tickets of a tenant is no word in them (TIC-08). */
export class TakesNoPart extends Refusal<TakesNoPart>()(
  "TakesNoPart",
  {},
  {
    category: "forbidden",
    de: "Sie können dieses Ticket lesen, nehmen aber nicht daran teil.",
    en: "You can read this ticket, but you do not take part in it."
  }
) {}

/** Only the one whose ticket it is can do this. */
export class ContactOnly extends Refusal<ContactOnly>()(
  "ContactOnly",
  {},
  {
    category: "forbidden",
    de: "Das kann nur die Person, die das Ticket erstellt hat.",
    en: "Only the person whose ticket it is can do this."
  }
) {}

/** Who may add others is a setting (TIC-07). */
export class AddingNotAllowed extends Refusal<AddingNotAllowed>()(
  "AddingNotAllowed",
  {},
  {
    category: "forbidden",
    de: "Sie können zu diesem Ticket niemanden hinzufügen.",
    en: "You cannot add anybody to this ticket."
  }
) {}

/** So many people do not fit into one ticket (TIC-07). */
export class TooManyParticipants extends Refusal<TooManyParticipants>()(
  "TooManyParticipants",
  { max: Schema.Int },
  {
    category: "conflict",
    de: "An einem Ticket können höchstens {max} Personen teilnehmen.",
    en: "At most {max} people can take part in a ticket."
  }
) {}

/** Whose ticket it is stays in it. */
export class ContactStays extends Refusal<ContactStays>()(
  "ContactStays",
  {},
  {
    category: "conflict",
    de: "Die Person, die das Ticket erstellt hat, bleibt dabei. Sie kann das Ticket schließen.",
    en: "The person whose ticket it is stays in it. They can close the ticket."
  }
) {}

/** Nobody has asked how it went yet, or the question was answered (TIC-14). */
export class FeedbackNotOpen extends Refusal<FeedbackNotOpen>()(
  "FeedbackNotOpen",
  { reason: Schema.Literals(["not-asked", "answered", "over"]) },
  {
    category: "conflict",
    de: "Eine Bewertung ist nicht (mehr) möglich.",
    en: "A rating is not possible (any more)."
  }
) {}
