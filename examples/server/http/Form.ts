import { Redacted } from "effect"

/** A file that came with a form; it is in a temporary folder until the request is answered. */
export interface SentFile {
  readonly field: string
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly path: string
}

/** What a person sent with a form. Reads never fail: a missing field is empty, and the use case says what is wrong with it. */
export class Form {
  readonly #values: ReadonlyMap<string, ReadonlyArray<string>>
  /** Files are not shown again, and kept nowhere. */
  readonly files: ReadonlyArray<SentFile>

  constructor(values: ReadonlyMap<string, ReadonlyArray<string>>, files: ReadonlyArray<SentFile> = []) {
    this.#values = values
    this.files = files
  }

  static readonly empty: Form = new Form(new Map())

  static of(entries: Iterable<readonly [string, string]>, files: ReadonlyArray<SentFile> = []): Form {
    const values = new Map<string, Array<string>>()
    for (const [name, value] of entries) {
      const known = values.get(name)
      if (known === undefined) values.set(name, [value])
      else known.push(value)
    }
    return new Form(values, files)
  }

  /** The first value of this name, or the empty string. */
  text(name: string): string {
    return this.#values.get(name)?.[0] ?? ""
  }

  /** As `text`, but undefined when nothing was entered: for optional fields. */
  optional(name: string): string | undefined {
    const value = this.text(name)
    return value.trim() === "" ? undefined : value
  }

  /** As `text`, for passwords, codes and secrets: it does not show up in logs. */
  secret(name: string): Redacted.Redacted {
    return Redacted.make(this.text(name), { label: name })
  }

  /** Everything that was entered, without the form token: to be shown or sent again. */
  get entries(): ReadonlyArray<readonly [string, string]> {
    return [...this.#values].flatMap(([name, values]) =>
      name === "_token" ? [] : values.map((value) => [name, value] as const)
    )
  }

  /** This form with another text under a name, and nothing under the names in `without`. */
  with(name: string, text: string, ...without: ReadonlyArray<string>): Form {
    const kept = this.entries.filter(([other]) => other !== name && !without.includes(other))
    return Form.of([...kept, [name, text]])
  }

  /** This form with nothing under these names, and without files. */
  without(...names: ReadonlyArray<string>): Form {
    return Form.of(this.entries.filter(([name]) => !names.includes(name)))
  }

  /** All values of this name: for check boxes that share one. */
  all(name: string): ReadonlyArray<string> {
    return this.#values.get(name) ?? []
  }

  /** Whether a check box is ticked or a button of this name was used. */
  has(name: string): boolean {
    return this.#values.has(name)
  }
}
