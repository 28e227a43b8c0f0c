import { createServer } from "node:http"
import type { TestProject } from "vitest/node"
import { type PostgresServer, startPostgres } from "./postgresServer.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Answers with the URL of the run's one PostgreSQL server, which the first question starts. */
    readonly postgresStarter: string
  }
}

/** A run of files that need no database starts none: the server waits until the first file asks for its URL. */
export default async (project: TestProject) => {
  let starting: Promise<PostgresServer> | undefined
  const starter = createServer((_request, response) => {
    starting ??= startPostgres()
    starting.then(
      (server) => response.end(server.url),
      (cause: unknown) => response.writeHead(500).end(String(cause))
    )
  })
  await new Promise<void>((resolve) => starter.listen(0, "127.0.0.1", resolve))
  const address = starter.address()
  if (typeof address !== "object" || address === null) throw new Error("the starter has no port")
  project.provide("postgresStarter", `http://127.0.0.1:${address.port}`)

  return async () => {
    starter.close()
    starter.closeAllConnections()
    await (await starting?.catch(() => undefined))?.stop()
  }
}
