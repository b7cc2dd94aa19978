import { isKeyText, limitsInForce, problem } from '@keywright/core'
import { sql } from 'kysely'
import { awaitChanges } from './account-changes.ts'
import { accountRecord, findAccount } from './account-rows.ts'
import type { StorageContext } from './context.ts'
import { isId } from './ids.ts'
import { capOf } from './keys/cap.ts'
import { conditionOf } from './keys/filter.ts'
import { recordOf, selectKeys } from './keys/rows.ts'
import type { Store } from './open-store.ts'
import type { KeyFilter, KeyRecord } from './ports.ts'
import type { Insights, KeySummary } from './ports-team.ts'
import type { Pulse } from './pulse.ts'

const dayMs = 86_400_000

/** What the page asks beyond the records themselves. */
export const insightsOf = (store: Store, pulse: Pulse): Insights => ({
  summary: (accountId) => summarize(store.context, accountId),
  find: (accountId, text) => findByText(store.context, accountId, text),
  keyLimits: (key) => keyLimits(store.context, key),
  accountLimits: (accountId) => accountLimits(store.context, accountId),
  changes: (accountId, after, wait = { waitMs: 0 }) => awaitChanges(store, pulse, accountId, after, wait),
  touch: (accountId, what) => pulse.touch(accountId, what),
})

/** The numbers of a summary as filters of the list at a moment. */
export const summaryFilters = (nowMs: number) =>
  ({
    active: { state: ['active'] },
    paused: { state: ['paused'] },
    revoked: { state: ['revoked'] },
    expired: { state: ['expired'] },
    unused30Days: { state: ['active'], unusedSinceMs: nowMs - 30 * dayMs },
    unused90Days: { state: ['active'], unusedSinceMs: nowMs - 90 * dayMs },
    unrestricted: { state: ['active'], unrestricted: true },
    expiring7Days: { state: ['active'], expiresBeforeMs: nowMs + 7 * dayMs },
    dueForRotation: { state: ['active'], dueForRotation: true },
    rotating: { state: ['active'], rotating: true },
  }) as const satisfies Readonly<Record<string, KeyFilter>>

type Counted = keyof ReturnType<typeof summaryFilters>

async function summarize(context: StorageContext, accountId: string): ReturnType<Insights['summary']> {
  const account = await findAccount(context, accountId)
  if (account === undefined) return problem('account_not_found')
  const nowMs = await context.now()
  const counts = await countKeys(context, accountId, nowMs)
  const states: KeySummary['states'] = {
    active: counts.active,
    paused: counts.paused,
    revoked: counts.revoked,
    expired: counts.expired,
  }
  return {
    states,
    cap: { used: counts.lineages, max: capOf(context, account, nowMs) },
    unused30Days: counts.unused30Days,
    unused90Days: counts.unused90Days,
    unrestricted: counts.unrestricted,
    expiring7Days: counts.expiring7Days,
    dueForRotation: counts.dueForRotation,
    rotating: counts.rotating,
  }
}

/** All numbers in one statement, hence of one moment; what an index holds is counted in one pass over it. */
async function countKeys(
  context: StorageContext,
  accountId: string,
  nowMs: number,
): Promise<Readonly<Record<Counted | 'lineages', number>>> {
  const filters = summaryFilters(nowMs)
  const is = (filter: KeyFilter) => conditionOf(filter, context.config(), nowMs)
  const { unrestricted: _, ...inOnePass } = filters
  const counted = Object.entries(inOnePass).map(
    ([name, filter]) => sql`sum(case when ${is(filter)} then 1 else 0 end) as ${sql.ref(name)}`,
  )
  const ofAccount = sql`keys.account_id = ${accountId}`
  const isNewest = sql`keys.rotated_to_id is null`
  const newerIsActive = sql`exists (
    select 1 from keys newer where newer.lineage_id = keys.lineage_id and newer.rotated_to_id is null
      and newer.state = 'active' and (newer.ends_at_ms is null or newer.ends_at_ms > ${nowMs}))`
  const { rows } = await sql<Record<Counted | 'newest' | 'older', number | null>>`
    select * from
      (select ${sql.join(counted)}, sum(case when ${is(filters.active)} and ${isNewest} then 1 else 0 end) as newest
        from keys left join key_last_used on key_last_used.key_id = keys.id where ${ofAccount}) states,
      (select count(*) as unrestricted from keys where ${ofAccount} and ${is(filters.unrestricted)}) grants,
      (select count(distinct keys.lineage_id) as older from keys
        where ${ofAccount} and ${is(filters.rotating)} and not ${newerIsActive}) lineages`.execute(context.read)
  const [row] = rows
  const numbers = Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value ?? 0)]))
  const { newest = 0, older = 0, ...counts } = numbers
  // A lineage has one newest key: it counts by that or, where that is not active, by the older ones that are.
  return { ...(counts as Record<Counted, number>), lineages: newest + older }
}

async function findByText(context: StorageContext, accountId: string, text: string): ReturnType<Insights['find']> {
  if (!isId('account', accountId) || !isKeyText(text)) return problem('key_not_found')
  const candidates = context.digests.candidates('key', text)
  const row = await selectKeys(context.read)
    .where('keys.digest', 'in', candidates)
    .where('keys.account_id', '=', accountId)
    .executeTakeFirst()
  if (row === undefined) return problem('key_not_found')
  return await recordOf(context.read, context.config(), await context.now(), row)
}

async function keyLimits(context: StorageContext, key: KeyRecord): ReturnType<Insights['keyLimits']> {
  const account = await findAccount(context, key.accountId)
  const sources = {
    plan: account === undefined ? undefined : context.config().planById.get(account.plan),
    accountOverrides: account === undefined ? [] : accountRecord(account).overrides,
    keyLimits: key.limits,
    keyOverrides: key.overrides,
  }
  const { own, shared } = limitsInForce(sources, await context.now())
  const quota = key.quotaOverride?.quota ?? key.quota
  return {
    limits: own,
    accountLimits: shared,
    quota: quota === null ? null : { limit: quota.limit, period: quota.period },
  }
}

async function accountLimits(context: StorageContext, accountId: string): ReturnType<Insights['accountLimits']> {
  const account = await findAccount(context, accountId)
  if (account === undefined) return problem('account_not_found')
  const nowMs = await context.now()
  const plan = context.config().planById.get(account.plan)
  const accountOverrides = accountRecord(account).overrides
  const { own, shared } = limitsInForce({ plan, accountOverrides, keyLimits: [], keyOverrides: [] }, nowMs)
  return {
    limits: own,
    accountLimits: shared,
    quota: plan?.quota ?? null,
    activeKeysMax: capOf(context, account, nowMs),
  }
}
