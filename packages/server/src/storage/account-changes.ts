import { type Problem, problem } from '@keywright/core'
import type { Kysely } from 'kysely'
import type { Write } from './context.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { isId } from './ids.ts'
import type { Store } from './open-store.ts'
import type { Announcer } from './other-processes.ts'
import type { Usage, UsageBatch } from './ports.ts'
import type { AccountChanges, Insights } from './ports-team.ts'
import type { Beats, Pulse } from './pulse.ts'
import type { Schema } from './schema.ts'

type Answer = AccountChanges | Problem<'account_not_found' | 'invalid_cursor'>
type Kind = AccountChanges['changed'][number]

/** How long another process's change may go unseen. */
const lookAgainMs = 500
/** How long a page whose last answer came from another process waits at least, so that one between several processes does not ask without a pause. */
const elsewhereMs = 1_000
/** More entries than this are not looked through: everything counts as changed. */
const entriesMax = 1_000

const kinds: readonly Kind[] = ['keys', 'usage', 'members', 'account', 'webhooks', 'notices']

/** What the events of each kind of target change. */
const kindOf: Readonly<Record<string, Kind>> = {
  key: 'keys',
  member: 'members',
  invitation: 'members',
  account: 'account',
  webhook: 'webhooks',
}

interface Seen extends Beats {
  readonly epoch: string
  readonly number: number
  readonly process: string
}

/** Answers what changed after a cursor, once something did or the wait is over. */
export async function awaitChanges(
  store: Store,
  pulse: Pulse,
  accountId: string,
  after: string | null,
  { waitMs, signal }: NonNullable<Parameters<Insights['changes']>[2]>,
): Promise<Answer> {
  const place = after === null || waitMs <= 0 ? undefined : pulse.join(accountId)
  let isOver = place === undefined || signal?.aborted === true
  const end = () => {
    isOver = true
    place?.leave()
  }
  const timer = place === undefined ? undefined : setTimeout(end, waitMs)
  signal?.addEventListener('abort', end, { once: true })
  try {
    for (let cursor = after, round = 0; ; round++) {
      const { isElsewhere, ...answer } = await look(store, pulse, accountId, cursor)
      if (isElsewhere && round === 0 && !isOver) {
        await place?.next(elsewhereMs)
        continue
      }
      if ('problem' in answer || cursor === null || answer.changed.length > 0 || isOver) return answer
      cursor = answer.cursor
      await place?.next(lookAgainMs)
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    place?.leave()
  }
}

/** An answer, and whether all that it says is that another process gave the cursor, which cannot be known to be up to date here. */
type Looked = Answer & { readonly isElsewhere?: boolean }

async function look({ read }: Store, pulse: Pulse, accountId: string, after: string | null): Promise<Looked> {
  const listing = ['changes', accountId]
  const before = after === null ? null : seenOf(listing, after)
  if (before === undefined) return problem('invalid_cursor', 'Ask anew, without a cursor.')
  if (!isId('account', accountId)) return problem('account_not_found')
  const account = await read.selectFrom('accounts').select('id').where('id', '=', accountId).executeTakeFirst()
  if (account === undefined) return problem('account_not_found')
  // What is read first is never newer than what is read after it, so that nothing falls between two answers.
  const beats = pulse.beatsOf(accountId)
  const { epoch, number } = await read.selectFrom('log_head').select(['epoch', 'number']).executeTakeFirstOrThrow()
  const seen: Seen = { epoch, number, process: pulse.process, ...beats }
  const changed = before === null ? [] : await changedSince(read, accountId, before, seen)
  const isElsewhere = before !== null && before.process !== seen.process && before.number === seen.number
  return { cursor: cursorOf(listing, seen), changed, isElsewhere }
}

const cursorOf = (listing: unknown, seen: Seen): string =>
  writeCursor(listing, [seen.epoch, seen.number, seen.process, seen.usage, seen.notices])

function seenOf(listing: unknown, cursor: string): Seen | undefined {
  const place = readCursor(listing, cursor, ['string', 'number', 'string', 'number', 'number'])
  if (place === undefined) return undefined
  const [epoch, number, process, usage, notices] = place as [string, number, string, number, number]
  return { epoch, number, process, usage, notices }
}

async function changedSince(
  read: Kysely<Schema>,
  accountId: string,
  before: Seen,
  seen: Seen,
): Promise<readonly Kind[]> {
  if (before.epoch !== seen.epoch || before.number > seen.number) return kinds
  const changed = new Set<Kind>()
  for (const what of ['usage', 'notices'] as const) {
    if (before.process !== seen.process || before[what] < seen[what]) changed.add(what)
  }
  if (before.number < seen.number) {
    const entries = await read
      .selectFrom('log_entries')
      .select('target_kind')
      .where('account_id', '=', accountId)
      .where('number', '>', before.number)
      .orderBy('number', 'desc')
      .limit(entriesMax)
      .execute()
    if (entries.length === entriesMax) return kinds
    for (const { target_kind } of entries) {
      const kind = kindOf[target_kind]
      if (kind !== undefined) changed.add(kind)
    }
  }
  return kinds.filter((kind) => changed.has(kind))
}

/** The same way of changing the store, which wakes those who wait for the accounts that a change touched. */
export const pulsingWrite =
  (write: Write, pulse: Pulse): Write =>
  async (caller, change) => {
    const touched = new Set<string>()
    const result = await write(caller, (transaction) =>
      change({
        ...transaction,
        append: (event) => {
          if (event.accountId !== null) touched.add(event.accountId)
          transaction.append(event)
        },
      }),
    )
    for (const accountId of touched) pulse.wake(accountId)
    return result
  }

/** The same usage, which wakes those who wait for the accounts whose keys were used. */
export const pulsingUsage = (
  usage: Usage,
  read: Kysely<Schema>,
  pulse: Pulse,
  announcer: Announcer | undefined,
): Usage => ({
  ...usage,
  store: async (batch) => {
    const stored = await usage.store(batch)
    if (stored && (pulse.isWatching || announcer !== undefined)) {
      const accounts = await accountsUsed(read, batch)
      pulse.touchAll('usage', accounts)
      if (accounts.length > 0) announcer?.tell('usage', accounts)
    }
    return stored
  },
})

const keysPerReadMax = 500

async function accountsUsed(read: Kysely<Schema>, { usage, lastUsed }: UsageBatch): Promise<readonly string[]> {
  const keyIds = [...new Set([...usage, ...lastUsed].map(({ keyId }) => keyId))]
  const touched = new Set<string>()
  for (let start = 0; start < keyIds.length; start += keysPerReadMax) {
    const rows = await read
      .selectFrom('keys')
      .select('account_id')
      .distinct()
      .where('id', 'in', keyIds.slice(start, start + keysPerReadMax))
      .execute()
    for (const { account_id } of rows) touched.add(account_id)
  }
  return [...touched]
}
