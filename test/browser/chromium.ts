import { type Browser, chromium } from "playwright-core"

/**
 * Starts the system's Chromium (`CHROMIUM` names another one). Each context of it is a browser profile of its own, and
 * its data are in a temporary folder until it is closed.
 */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync"
    ]
  })
