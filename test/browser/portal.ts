import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { generateSync } from "otplib"
import type { Page } from "playwright-core"
import { root } from "../support/alias.ts"

/** The demo owner, as the start page says. */
export const owner = { email: "owner@muster.example", password: "Regenschirm unter Apfelbaum" }

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  if (typeof address !== "object" || address === null) throw new Error("there is no free port")
  return address.port
}

const pause = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/** The example portal in a process of its own, as `npm start` runs it, with an empty data folder. */
export class Portal {
  readonly url: string
  readonly #folder: string
  readonly #port: number
  #process: ChildProcess | undefined
  #output = ""

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
    this.url = `http://localhost:${port}`
  }

  static async start(): Promise<Portal> {
    const portal = new Portal(await mkdtemp(join(tmpdir(), "portal-")), await freePort())
    await portal.#start()
    return portal
  }

  async #start(): Promise<void> {
    const child = spawn(process.execPath, ["examples/server/main.ts"], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        PORT: String(this.#port),
        BASE_URL: this.url,
        DATABASE_URL: join(this.#folder, "data", "portico.sqlite")
      },
      stdio: ["ignore", "pipe", "pipe"]
    })
    this.#process = child
    const keep = (chunk: Buffer) => {
      this.#output += chunk.toString()
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    for (let waited = 0; waited < 60_000; waited += 100) {
      if (child.exitCode !== null) break
      const healthy = await fetch(`${this.url}/health`).then(
        (response) => response.ok,
        () => false
      )
      if (healthy) return
      await pause(100)
    }
    throw new Error(`The portal did not start:\n${this.#output}`)
  }

  async #end(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, "exit")
    child.kill("SIGTERM")
    await ended
  }

  async restart(): Promise<void> {
    await this.#end()
    await this.#start()
  }

  async stop(): Promise<void> {
    await this.#end()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** What the portal has written to its log. */
  get log(): string {
    return this.#output
  }
}

/** Opens the newest mail to an address with this subject in the development mailbox. */
export const openMail = async (page: Page, portal: Portal, to: string, subject: RegExp): Promise<void> => {
  // mails are sent after the commit that asked for them
  for (let attempt = 0; attempt < 100; attempt++) {
    await page.goto(`${portal.url}/development/mails`)
    const row = page.getByRole("row").filter({ hasText: to }).filter({ hasText: subject }).first()
    if ((await row.count()) > 0) {
      await row.getByRole("link").click()
      return
    }
    await pause(100)
  }
  throw new Error(`no mail to ${to} about ${subject}`)
}

/** Follows the button of the mail that is shown, in its HTML; it opens a window of its own, as in a mail program. */
export const followMail = async (page: Page, label: string): Promise<Page> => {
  const link = page.frameLocator("iframe").getByRole("link", { name: label })
  for (let attempt = 0; attempt < 4; attempt++) {
    // Chromium opens no windows for a page that is behind another one, and on a busy machine it may swallow a click
    await page.bringToFront()
    const popup = page.waitForEvent("popup", { timeout: 5000 }).catch(() => undefined)
    await link.click()
    const opened = await popup
    if (opened !== undefined) {
      await opened.waitForLoadState()
      return opened
    }
  }
  throw new Error(`the mail's "${label}" opens no window`)
}

const STEP = 30_000

/** An authenticator app: no code of it is shown twice, so that each is accepted. */
export class Authenticator {
  readonly #secret: string
  #last = 0

  constructor(secret: string) {
    this.#secret = secret.replaceAll(" ", "")
  }

  async code(): Promise<string> {
    const wanted = Math.max(Math.floor(Date.now() / STEP), this.#last + 1)
    // one step of drift is accepted
    while (Math.floor(Date.now() / STEP) < wanted - 1) await pause(500)
    this.#last = wanted
    return generateSync({ secret: this.#secret, epoch: (wanted * STEP) / 1000 })
  }
}

/** Runs in the page; as text, because the project's types know no browser. */
const FAULTS = `(() => {
  const faults = []
  const root = document.documentElement
  if (!/^(de|en)$/.test(root.lang)) faults.push("no language")
  if (document.title.trim() === "") faults.push("no title")
  const headings = document.querySelectorAll("h1").length
  if (headings !== 1) faults.push(headings + " h1")
  if (root.scrollWidth > root.clientWidth) faults.push(root.scrollWidth + " px wide in " + root.clientWidth + " px")
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const named = field.labels.length > 0 || field.hasAttribute("aria-label") || field.ariaHidden === "true"
    if (!named) faults.push("no label: " + field.outerHTML.slice(0, 120))
  }
  for (const control of document.querySelectorAll("a, button, summary")) {
    const name = control.getAttribute("aria-label") ?? control.textContent
    if (name.trim() === "") faults.push("no name: " + control.outerHTML.slice(0, 120))
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id)
  if (new Set(ids).size !== ids.length) faults.push("an id twice")
  return faults
})()`

/** What is wrong with a page for those who cannot see it all, or see it on a small screen; empty when nothing is. */
export const faultsOf = (page: Page): Promise<ReadonlyArray<string>> => page.evaluate(FAULTS)
