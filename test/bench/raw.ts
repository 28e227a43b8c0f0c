import { createCipheriv, createHash, createSecretKey, randomBytes, randomUUID } from "node:crypto"
import type BetterSqlite3 from "better-sqlite3"
import { hashOf, inTurn, type Operations, PASSWORD, type World } from "./world.ts"

/**
 * What somebody would write by hand who wants the same to be true afterwards: the same rows (event, outbox, link, limits), the same checks, the
 * same hashing and sealing, in one transaction, with prepared statements and nothing in between.
 */
export const rawOperations = (database: BetterSqlite3.Database, world: World): Operations => {
  // `+?` for the reason that src/kysely/sqlite.ts gives: somebody who measures would find it, too
  const prepare = (sql: string) => database.prepare(sql.replaceAll("%", "portico_").replaceAll("?", "+?"))
  const begin = prepare("begin immediate")
  const commit = prepare("commit")
  const inTransaction = (work: () => void): void => {
    begin.run()
    work()
    commit.run()
  }

  const session = prepare(
    `select s.*, a.number, a.email, a.first_name, a.last_name, a.locale, a.company_name, a.state, a.credential_epoch as account_epoch, m.tenant_id, m.roles,
       w.roles as staff_roles
     from %session s join %account a on a.id = s.account_id left join %membership m on m.account_id = s.account_id
     left join %staff_member w on w.account_id = s.account_id where s.token_hash = ?`
  )
  // a right depends on the account, the tenant, the second factor that it may want, the place there, and the one in the main tenant of a sub
  const facts = `a.state as account_state, a.credential_epoch, t.state as tenant_state, t.second_factor_required, m.id as membership_id, m.roles, m.locations,
    l.main_id, l.refused, mt.state as main_state, mt.second_factor_required as main_wants_factor, mm.roles as main_roles, mm.locations as main_locations,
    (select 1 from %second_factor f where f.account_id = a.id and f.confirmed_at is not null) as second_factor`
  const places = `left join %membership m on m.tenant_id = t.id and m.account_id = a.id left join %tenant_link l on l.sub_id = t.id
    left join %tenant mt on mt.id = l.main_id left join %membership mm on mm.tenant_id = l.main_id and mm.account_id = a.id`
  const access = prepare(`select ${facts} from %account a join %tenant t on t.id = ? ${places} where a.id = ?`)
  const members = prepare(
    `select m.*, a.state, a.email, a.first_name, a.last_name, a.locale from %membership m join %account a on a.id = m.account_id
     where m.tenant_id = ? order by m.joined_at, m.account_id limit ?`
  )
  const budgets = (count: number) =>
    prepare(
      `insert into %budget (key, count, last_at, ends_at, max_count, free_count, delay_base, delay_cap)
       values ${Array.from({ length: count }, () => "(?, 1, ?, ?, ?, ?, 0, 0)").join(", ")}
       on conflict (key) do update set
         count = case when excluded.last_at >= portico_budget.ends_at then 1 else portico_budget.count + 1 end,
         last_at = excluded.last_at,
         ends_at = case when excluded.last_at >= portico_budget.ends_at then excluded.ends_at else portico_budget.ends_at end
       where excluded.last_at >= portico_budget.ends_at or portico_budget.count < excluded.max_count returning key`
    )
  const oneBudget = budgets(1)
  const twoBudgets = budgets(2)
  const threeBudgets = budgets(3)
  const forget = prepare("update %budget set count = 0 where key = ?")
  const credentials = prepare(
    `select a.*, f.confirmed_at from %account a left join %second_factor f on f.account_id = a.id where a.email = ?`
  )
  const credentialsById = prepare(
    `select a.*, f.confirmed_at from %account a left join %second_factor f on f.account_id = a.id where a.id = ?`
  )
  const insertSession = prepare(
    `insert into %session (id, account_id, token_hash, credential_epoch, method, second_factor, strict, stay_signed_in,
       authenticated_at, created_at, last_seen_at, expires_at, device, place) values (?, ?, ?, 0, 'password', 0, 0, 0, ?, ?, ?, ?, ?, null)`
  )
  const endSurplus = prepare(
    `delete from %session where account_id = ? and id in
       (select id from %session where account_id = ? order by last_seen_at desc, id desc limit -1 offset 20)`
  )
  const eventColumns =
    "(id, at, type, tenant_id, subject_kind, subject_id, actor, account_id, real_actor, outcome, use_case, request_id, data, personal, salt)"
  const eventValues = "(?, ?, ?, ?, ?, ?, ?, ?, null, 'done', ?, ?, ?, ?, ?)"
  const oneEvent = prepare(`insert into %event ${eventColumns} values ${eventValues}`)
  const twoEvents = prepare(`insert into %event ${eventColumns} values ${eventValues}, ${eventValues}`)
  const inviteFacts = prepare(
    `select ${facts}, a.first_name, a.last_name, t.name, i.id as pending
     from %account a join %tenant t on t.id = ? ${places}
     left join %invitation i on i.tenant_id = t.id and i.email = ? and i.state = 'pending' where a.id = ?`
  )
  const insertInvitation = prepare(
    `insert into %invitation (tenant_id, id, email, roles, message, locale, state, inviter_id, inviter_membership_id, created_at, expires_at, sent_at, ended_at)
     values (?, ?, ?, '["member"]', '', 'de', 'pending', ?, ?, ?, ?, ?, null)`
  )
  const insertLink = prepare(
    `insert into %link (hash, purpose, subject, tenant_id, email, credential_epoch, issued_at, expires_at, used_at, voided_at)
     values (?, 'invitations.invitation', ?, ?, ?, null, ?, ?, null, null)`
  )
  const insertMail = prepare(
    `insert into %outbox (id, kind, recipient, locale, template_values, sealed_secret, has_link, tenant_id, account_id, process, state, attempts, due_at, lease, reason, detail, created_at, settled_at)
     values (?, 'invitations.invited', ?, 'de', ?, ?, 1, ?, null, ?, 'queued', 0, ?, null, null, null, ?, null)`
  )
  const link = prepare("select * from %link where purpose = ? and hash = ?")
  const tenant = prepare("select * from %tenant where id = ?")
  const endFacts = prepare(
    `select i.id, i.email, i.state, i.roles as invited_roles, i.inviter_id, i.expires_at, a.id as account_id, a.email as account_email, ${facts}
     from %invitation i join %tenant t on t.id = i.tenant_id left join %account a on a.id = i.inviter_id or a.id = ?
     ${places} where i.tenant_id = ? and i.id = ?`
  )
  const endInvitation = prepare(
    `update %invitation set state = 'accepted', ended_at = ? where tenant_id = ? and id = ? and state = 'pending'`
  )
  const useLink = prepare(
    `update %link set used_at = ? where hash = ? and used_at is null and voided_at is null and expires_at > ?`
  )
  const insertMembership = prepare(
    `insert into %membership (tenant_id, account_id, id, roles, contact_email, mail_preferences, joined_at)
     values (?, ?, ?, '["member"]', ?, '{"membershipChanges":true}', ?)`
  )
  const saveTenant = prepare(
    `update %tenant set member_count = member_count + 1, version = version + 1 where id = ? and version = ?`
  )

  const key = createSecretKey(randomBytes(32))
  const seal = (secret: string, id: string): string => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv("aes-256-gcm", key, nonce)
    cipher.setAAD(Buffer.from(`mail.secret\n${id}`))
    const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()])
    return `k.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64url")}`
  }
  const salt = () => randomBytes(16).toString("base64url")
  const personal = JSON.stringify({ source: "192.0.2.7" })
  const HUGE = 1_000_000_000
  const day = 86_400_000

  interface Facts {
    readonly account_state: string
    readonly credential_epoch: number
    readonly tenant_state: string
    readonly second_factor_required: number
    readonly second_factor: number | null
    readonly membership_id: string | null
    readonly roles: string | null
  }
  // the facts as the statement above answers them
  const allowed = (row: unknown): Facts => {
    const facts = row as Facts
    if (facts.account_state !== "active" || facts.credential_epoch !== 0) throw new Error("no")
    if (facts.tenant_state !== "active" || facts.second_factor_required > (facts.second_factor ?? 0))
      throw new Error("no")
    if (facts.roles === null || !(JSON.parse(facts.roles) as ReadonlyArray<string>).includes("owner"))
      throw new Error("no")
    return facts
  }

  const member = inTurn(world.members)
  const waiting = inTurn(world.invited)
  let strangers = 0

  return {
    authenticate: () => {
      const rows = session.all(hashOf("session", member().token)) as ReadonlyArray<{
        readonly expires_at: number
        readonly roles: string
      }>
      const [row] = rows
      if (row === undefined || row.expires_at < Date.now()) throw new Error("no")
      for (const { roles } of rows) JSON.parse(roles)
    },
    "permission check": () => allowed(access.get(world.tenantId, member().id)),
    "list members": () => {
      allowed(access.get(world.tenantId, member().id))
      const rows = members.all(world.tenantId, 26) as ReadonlyArray<{ readonly roles: string }>
      rows.slice(0, 25).map((row) => ({ ...row, roles: JSON.parse(row.roles) as unknown }))
    },
    "sign in": () => {
      const { email } = member()
      const at = Date.now()
      const account = createHash("sha256").update(`portico/limit/signIn\n${email}`).digest("base64url")
      twoBudgets.all(`s:${account}`, at, at + day, HUGE, HUGE, "source:192.0.2.7", at, at + day, HUGE, HUGE)
      const known = credentials.get(email) as { readonly id: string; readonly password_hash: string }
      if (known.password_hash !== PASSWORD) throw new Error("no")
      inTransaction(() => {
        credentialsById.get(known.id)
        forget.run(`s:${account}`)
        const id = randomUUID()
        const token = randomBytes(32).toString("base64url")
        insertSession.run(id, known.id, hashOf("session", token), at, at, at, at + 3_600_000, "Firefox on Linux")
        endSurplus.run(known.id, known.id)
        oneEvent.run(
          ...[randomUUID(), at, "account.signedIn", null, "account", known.id, "anonymous", null],
          ...["accounts.signIn", "bench", JSON.stringify({ sessionId: id, method: "password" }), personal, salt()]
        )
      })
    },
    invite: () => {
      const { id: inviter } = member()
      const email = `raw-stranger${strangers++}@example.com`
      const at = Date.now()
      inTransaction(() => {
        const found = inviteFacts.get(world.tenantId, email, inviter) as { readonly name: string }
        const { membership_id: place } = allowed(found)
        const address = createHash("sha256").update(`portico/limit/mail\n${email}`).digest("base64url")
        threeBudgets.all(
          ...[`a:${inviter}`, at, at + day, HUGE, HUGE, `m:${world.tenantId}:${address}`, at, at + day, HUGE, HUGE],
          ...[`t:${world.tenantId}`, at, at + day, HUGE, HUGE]
        )
        const id = randomUUID()
        insertInvitation.run(world.tenantId, id, email, inviter, place, at, at + 14 * day, at)
        const secret = randomBytes(32).toString("base64url")
        insertLink.run(hashOf("invitations.invitation", secret), id, world.tenantId, email, at, at + 14 * day)
        oneEvent.run(
          ...[randomUUID(), at, "invitation.created", world.tenantId, "invitation", id, `account:${inviter}`, inviter],
          ...[
            "invitations.invite",
            "bench",
            '{"roles":["member"]}',
            JSON.stringify({ source: "192.0.2.7", email }),
            salt()
          ]
        )
        const mail = randomUUID()
        insertMail.run(
          mail,
          email,
          JSON.stringify({
            invitationId: id,
            tenantName: found.name,
            inviterName: "Ada",
            message: "",
            expiresAt: at + 14 * day
          }),
          seal(secret, mail),
          world.tenantId,
          `invitation:${id}`,
          at,
          at
        )
      })
    },
    accept: () => {
      const { email, id: accountId, invitationId, secret } = waiting()
      const at = Date.now()
      oneBudget.all("link:192.0.2.7", at, at + day, HUGE, HUGE)
      const hash = hashOf("invitations.invitation", secret)
      inTransaction(() => {
        link.get("invitations.invitation", hash)
        const { version } = tenant.get(world.tenantId) as { readonly version: number }
        const people = endFacts.all(accountId, world.tenantId, invitationId) as ReadonlyArray<{
          readonly account_id: string
        }>
        allowed(people.find((person) => person.account_id !== accountId))
        if (endInvitation.run(at, world.tenantId, invitationId).changes !== 1) throw new Error("no")
        if (useLink.run(at, hash, at).changes !== 1) throw new Error("no")
        const membership = randomUUID()
        insertMembership.run(world.tenantId, accountId, membership, email, at)
        if (saveTenant.run(world.tenantId, version).changes !== 1) throw new Error("no")
        const data = JSON.stringify({ accountId, membershipId: membership, roles: ["member"] })
        twoEvents.run(
          ...[randomUUID(), at, "invitation.accepted", world.tenantId, "invitation", invitationId],
          ...[`account:${accountId}`, accountId, "invitations.accept", "bench", data, personal, salt()],
          ...[randomUUID(), at, "membership.created", world.tenantId, "membership", membership],
          ...[`account:${accountId}`, accountId, "invitations.accept", "bench", data, personal, salt()]
        )
      })
    }
  }
}
