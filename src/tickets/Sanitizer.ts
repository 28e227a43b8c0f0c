import { Context, type Effect, type Option } from "effect"

export interface SanitizeOptions {
  /**
   * Where the images that came with a message are, by their content id without angle brackets; others are left out. Without it, images of content ids are kept
   * as they are (`cid:` addresses load nothing), which is the form to store.
   */
  readonly images?: ReadonlyMap<string, string>
  /** Keeps images from other servers, which tells their owners who reads and when; only where a reader has asked for them. */
  readonly remoteImages?: boolean
}

/**
 * Makes HTML from outside fit to be shown inside of a page (MIN-07, R-TI-09). An implementer MUST go by a list of what is allowed: text, its
 * structure and simple emphasis. No scripts, styles, forms, frames, drawings (SVG), formulas, ids or classes; addresses of links only `https:` and `mailto:`, absolute, so that
 * none leads to a path of the own origin; every link with `rel="noopener noreferrer nofollow"` and a target of its own; images only as the options say. What is cleaned twice is the same
 * as what is cleaned once. None where the input is too long or too deep to be cleaned in bounded time; the message is then shown by its text.
 */
export class Sanitizer extends Context.Service<
  Sanitizer,
  { readonly clean: (html: string, options?: SanitizeOptions) => Effect.Effect<Option.Option<string>> }
>()("portico/tickets/Sanitizer") {}
