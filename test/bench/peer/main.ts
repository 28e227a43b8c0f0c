/**
 * The Better Auth side of the benchmark: the same operations, on the same driver with the same pragmas, measured with
 * the same tool (`../measure.ts`). `test/bench/main.ts` starts it as a process of its own after `npm ci` in this folder,
 * so that its dependencies never enter ours.
 *
 *     node test/bench/peer/main.ts --file /tmp/peer.sqlite --iterations 1000 [--json]
 *
 * `--file` must not exist yet. `--iterations` is the number of measured calls of each operation. With `--json` one
 * object `{ operations, versions, settings }` goes to standard output, without it a table.
 *
 * What is compared, so that the figures can be judged:
 * - The server API (`auth.api.*`) is called, not HTTP: no routing, no parsing of a request, no rate limit.
 * - The password hasher is free, mails go nowhere, telemetry and logging are off; no limit of members or invitations.
 * - The schema is Better Auth's own migration with the organization and two-factor plugins, nobody has a second factor.
 * - Defaults otherwise. Two of them weigh: `signUp` signs in at once (it writes a session and sends no mail), and the
 *   session is read in the database each time (no cookie cache), as the session of our side is. Native joins
 *   (`advanced.database.joins`) stay off, as by default: they save statements, but no time beyond the noise.
 * - Callers and organizations change from call to call, so that a figure does not depend on the number of calls:
 *   creating an invitation loads all open ones of the organization (here at most four), creating an organization all
 *   those of its creator (here none).
 * - Statements are counted with `begin` and `commit`.
 */
import { existsSync, readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { betterAuth } from "better-auth"
import { getMigrations } from "better-auth/db/migration"
import { organization, twoFactor } from "better-auth/plugins"
import Database from "better-sqlite3"
import { type Measurement, measurementTable, measureWithStatements, runsOf, type Sampling } from "../measure.ts"

const people = 300
const openInvitations = 4
const batches = 25
const password = "correct horse battery staple"
const unlimited = 1_000_000

interface Person {
  readonly id: string
  readonly email: string
  readonly headers: Headers
}

interface OwnedOrganization {
  readonly id: string
  readonly owner: Person
}

const openAuth = (database: Database.Database) =>
  betterAuth({
    database,
    baseURL: "http://localhost:3000",
    secret: "3f0c1d9a7be845d2a6c4f19e80b7d35c62ea948f1b0d7c53",
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      password: {
        hash: async (plain) => plain,
        verify: async (given) => given.hash === given.password
      }
    },
    plugins: [
      organization({
        membershipLimit: unlimited,
        invitationLimit: unlimited,
        sendInvitationEmail: async () => {}
      }),
      twoFactor()
    ]
  })

type Auth = ReturnType<typeof openAuth>

const at = <A>(values: ReadonlyArray<A>, index: number): A => {
  const value = values[index % values.length]
  if (value === undefined) throw new Error("The list is empty.")
  return value
}

const signUp = (auth: Auth, email: string) =>
  auth.api.signUpEmail({ body: { email, password, name: `Person ${email}` }, returnHeaders: true })

const asPerson = ({ headers, response }: Awaited<ReturnType<typeof signUp>>): Person => {
  const cookie = headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .join("; ")
  return { id: response.user.id, email: response.user.email, headers: new Headers({ cookie }) }
}

const versionOf = (name: string): string => {
  const lock: { packages: Record<string, { version: string } | undefined> } = JSON.parse(
    readFileSync(new URL("package-lock.json", import.meta.url), "utf8")
  )
  return lock.packages[`node_modules/${name}`]?.version ?? "unknown"
}

export interface PeerResult {
  readonly operations: Readonly<Record<string, Measurement>>
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string | number>>
}

/** Creates and seeds the database and measures each operation. Throws when `file` exists or an answer is unexpected. */
export const measurePeer = async (file: string, iterations: number): Promise<PeerResult> => {
  if (existsSync(file)) throw new Error(`The file ${file} exists already; the benchmark wants a new one.`)
  const sampling: Sampling = {
    warmup: Math.max(100, Math.ceil(iterations / 4)),
    batches,
    perBatch: Math.max(1, Math.ceil(iterations / batches))
  }
  const database = new Database(file)
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = NORMAL")
  database.pragma("foreign_keys = ON")
  database.pragma("wal_autocheckpoint = 10000")
  const auth = openAuth(database)
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()

  const everyone: Array<Person> = []
  for (let index = 0; index < people; index++) {
    everyone.push(asPerson(await signUp(auth, `person${index}@example.com`)))
  }
  const organizations = Math.max(people, Math.ceil(runsOf(sampling) / openInvitations))
  const owned: Array<OwnedOrganization> = []
  for (let index = 0; index < organizations; index++) {
    const owner = at(everyone, index)
    const body = { name: `Organization ${index}`, slug: `organization-${index}` }
    const { id } = await auth.api.createOrganization({ body, headers: owner.headers })
    owned.push({ id, owner })
  }
  const large = await auth.api.createOrganization({
    body: { name: "Large", slug: "large" },
    headers: at(everyone, 0).headers
  })
  for (const { id } of everyone.slice(1)) {
    await auth.api.addMember({ body: { userId: id, role: "member", organizationId: large.id } })
  }

  const operations: Record<string, Measurement> = {}
  const measured = async (name: string, run: (call: number) => Promise<boolean>): Promise<void> => {
    let calls = 0
    operations[name] = await measureWithStatements(name, database, sampling, async () => {
      const call = calls++
      if (!(await run(call))) throw new Error(`Call ${call} of ${name} gave another answer than expected.`)
    })
  }

  await measured("getSession", async (call) => {
    const person = at(everyone, call)
    const session = await auth.api.getSession({ headers: person.headers })
    return session?.user.id === person.id
  })
  await measured("hasPermission", async (call) => {
    const { id, owner } = at(owned, call)
    const body = { organizationId: id, permissions: { invitation: ["create" as const] } }
    const answer = await auth.api.hasPermission({ body, headers: owner.headers })
    return answer.success
  })
  await measured("listMembers", async (call) => {
    const query = { organizationId: large.id, limit: 25, offset: 0 }
    const page = await auth.api.listMembers({ query, headers: at(everyone, call).headers })
    return page.members.length === 25 && page.total === people
  })
  await measured("signIn", async (call) => {
    const person = at(everyone, call)
    const answer = await auth.api.signInEmail({ body: { email: person.email, password } })
    return "token" in answer && answer.user.id === person.id
  })

  // Each round invites, for every organization, the person one further on from its owner: never the same twice.
  const invitee = (call: number): Person => at(everyone, (call % organizations) + 1 + Math.floor(call / organizations))
  const invitations: Array<string> = []
  await measured("createInvitation", async (call) => {
    const { id, owner } = at(owned, call)
    const body = { email: invitee(call).email, role: "member" as const, organizationId: id }
    const invitation = await auth.api.createInvitation({ body, headers: owner.headers })
    invitations.push(invitation.id)
    return invitation.status === "pending"
  })
  await measured("acceptInvitation", async (call) => {
    const body = { invitationId: at(invitations, call) }
    const answer = await auth.api.acceptInvitation({ body, headers: invitee(call).headers })
    return answer.member.userId === invitee(call).id
  })

  const signedUp: Array<Awaited<ReturnType<typeof signUp>>> = []
  await measured("signUp", async (call) => {
    const answer = await signUp(auth, `newcomer${call}@example.com`)
    signedUp.push(answer)
    return answer.response.token !== null
  })
  const newcomers = signedUp.map(asPerson)
  await measured("createOrganization", async (call) => {
    const body = { name: `Further ${call}`, slug: `further-${call}` }
    const answer = await auth.api.createOrganization({ body, headers: at(newcomers, call).headers })
    return answer.members.length === 1
  })
  database.close()

  return {
    operations,
    versions: {
      node: process.versions.node,
      "better-auth": versionOf("better-auth"),
      "better-sqlite3": versionOf("better-sqlite3"),
      kysely: versionOf("kysely")
    },
    settings: { people, organizations, ...sampling }
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      file: { type: "string" },
      iterations: { type: "string", default: "1000" },
      json: { type: "boolean", default: false }
    }
  })
  const iterations = Number(values.iterations)
  if (values.file === undefined || !Number.isInteger(iterations) || iterations < 1) {
    console.error("Usage: node main.ts --file <new SQLite file> [--iterations <whole number>] [--json]")
    process.exit(2)
  }
  const result = await measurePeer(values.file, iterations)
  console.log(values.json ? JSON.stringify(result) : measurementTable(result.operations))
}
