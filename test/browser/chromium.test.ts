import { createServer } from "node:http"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { launchChromium } from "./chromium.ts"

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

it("two profiles keep their cookies apart, and a form is sent without JavaScript", async () => {
  let visits = 0
  const server = createServer((request, response) => {
    if (request.headers.cookie === undefined) response.setHeader("set-cookie", `visit=${++visits}; HttpOnly`)
    response.setHeader("content-type", "text/html; charset=utf-8")
    response.end(
      `<p>${request.headers.cookie ?? "nobody"}</p><form method="get"><button name="sent">Send</button></form>`
    )
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  try {
    const address = server.address()
    if (typeof address !== "object" || address === null) throw new Error("the server has no port")
    const seen = async (): Promise<string | null> => {
      const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
      await page.goto(`http://127.0.0.1:${address.port}/`)
      await page.getByRole("button", { name: "Send" }).click()
      return page.locator("p").textContent()
    }
    expect([await seen(), await seen()]).toEqual(["visit=1", "visit=2"])
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
