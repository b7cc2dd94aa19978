import { DatabaseSync } from 'node:sqlite'
import { isProblem, type Position } from '@keywright/core'
import type { Caller, Storage } from '../storage/ports.ts'
import type { LogEntryRow } from '../storage/schema.ts'
import { holdingsAfter } from './later-holdings.ts'

/** What a database holds of something that can be taken away. */
export interface Row {
  readonly id: string
  readonly state: string
  readonly account_id: string
  readonly version: number
}

type Rows = ReadonlyMap<string, Row>

/** What one database holds that can be taken away. */
export interface Holdings {
  readonly accounts: Rows
  readonly members: Rows
  readonly keys: Rows
  readonly credentials: Rows
  /** People who are operators, and may act as such. */
  readonly operators: Rows
  readonly people: Rows
}

/** The same columns of each of them, so that both databases are read alike. */
const queries: Readonly<Record<keyof Holdings, string>> = {
  accounts: 'select id, state, id as account_id, version from accounts order by created_at_ms, id',
  members: 'select id, state, account_id, version from members order by created_at_ms, id',
  keys: 'select id, state, account_id, version from keys order by created_at_ms, id',
  credentials:
    "select id, 'active' as state, '' as account_id, 1 as version from credentials order by created_at_ms, id",
  operators:
    "select person_id as id, 'active' as state, '' as account_id, 1 as version from operators where suspended = 0 order by person_id",
  people:
    "select id, case suspended when 1 then 'suspended' else 'active' end as state, '' as account_id, 1 as version from people order by id",
}

type Place = Pick<Position, 'number' | 'hash'>

/** What a database holds; `undefined` where its log does not go through the end of the backup, so that it is another installation's. */
function holdingsOf(path: string, end: Place): Holdings | undefined {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const entry = database.prepare('select hash from log_entries where number = ?').get(end.number)
    if (entry?.['hash'] !== end.hash) return undefined
    const rows = (name: keyof Holdings): Rows =>
      new Map(
        database
          .prepare(queries[name])
          .all()
          .map(({ id, state, account_id, version }) => [
            String(id),
            { id: String(id), state: String(state), account_id: String(account_id), version: Number(version) },
          ]),
      )
    return {
      accounts: rows('accounts'),
      members: rows('members'),
      keys: rows('keys'),
      credentials: rows('credentials'),
      operators: rows('operators'),
      people: rows('people'),
    }
  } finally {
    database.close()
  }
}

interface Step {
  readonly what: string
  readonly work: () => Promise<unknown>
  /** Whether a step before it has done it already. */
  readonly isDone?: () => Promise<boolean>
}

/** What was taken away again, and what a person has to look at. */
export interface Carried {
  readonly carried: readonly string[]
  readonly review: readonly string[]
}

/** The restored store, and the file that it is in. */
interface RestoredStore {
  readonly storage: Storage
  readonly caller: Caller
  readonly path: string
}

/**
 * Takes away again what the replaced database says was taken away after the backup: revoked, paused and deleted keys, suspended and deleted
 * members and accounts, deleted credentials, operators who were removed or suspended. What was changed otherwise, or cannot be done, is named for review.
 */
export async function carryOver(into: RestoredStore, replaced: string, end: Place): Promise<Carried> {
  let before: Holdings | undefined
  try {
    before = holdingsOf(replaced, end)
  } catch (error) {
    return {
      carried: [],
      review: [`the replaced database cannot be read (${error instanceof Error ? error.message : 'unknown'})`],
    }
  }
  // Every key of the backup would look deleted.
  if (before === undefined)
    return {
      carried: [],
      review: ['the replaced database does not have the history of the backup, so that nothing could be compared'],
    }
  return await takeAway(into, restoredHoldings(into, end), before)
}

/** The same by entries of the log that came after the backup. */
export async function carryOverEvents(
  into: RestoredStore,
  entries: readonly LogEntryRow[],
  end: Place,
): Promise<Carried> {
  const restored = restoredHoldings(into, end)
  const { holdings, review } = holdingsAfter(restored, entries)
  const taken = await takeAway(into, restored, holdings)
  return { carried: taken.carried, review: [...taken.review, ...review] }
}

function restoredHoldings({ path }: RestoredStore, end: Place): Holdings {
  const restored = holdingsOf(path, end)
  if (restored === undefined) throw new Error('the restored database does not have the history of the backup')
  return restored
}

async function takeAway({ storage, caller }: RestoredStore, restored: Holdings, before: Holdings): Promise<Carried> {
  const carried: string[] = []
  const review: string[] = []
  for (const { what, work, isDone } of stepsOf(before, restored, storage, caller)) {
    const result = (await isDone?.()) ? null : await work()
    if (isProblem(result)) review.push(`${what}: ${result.problem}`)
    else carried.push(what)
  }
  review.push(...changedOtherwise(before, restored))
  for (const [id, { state }] of restored.people) {
    if (state === 'active' && before.people.get(id)?.state !== 'active')
      review.push(
        `person ${id} was suspended after the backup: they can sign in again, without what was taken from them`,
      )
  }
  const lost = [...before.keys.keys()].filter((id) => !restored.keys.has(id)).length
  if (lost > 0) review.push(`${lost} keys were made after the backup and are not in it`)
  return { carried, review }
}

/** What is in both and was changed in something else than its state: a grant, a role, a plan, limits. */
function changedOtherwise(before: Holdings, restored: Holdings): readonly string[] {
  const names = { accounts: 'account', members: 'member', keys: 'key' } as const
  return Object.entries(names).flatMap(([table, name]) =>
    [...restored[table as keyof typeof names]].flatMap(([id, row]) => {
      const other = before[table as keyof typeof names].get(id)
      const changed = other !== undefined && other.state === row.state && other.version !== row.version
      return changed ? [`${name} ${id} was changed after the backup`] : []
    }),
  )
}

function* stepsOf(before: Holdings, restored: Holdings, storage: Storage, caller: Caller): Generator<Step> {
  const deletedAccounts = new Set([...restored.accounts.keys()].filter((id) => !before.accounts.has(id)))
  // What belongs to a deleted account goes with it.
  const kept = (rows: Rows) => [...rows.values()].filter(({ account_id }) => !deletedAccounts.has(account_id))
  yield* accountSteps(before, restored, storage, caller)
  yield* memberSteps(before, kept(restored.members), storage, caller)
  yield* keySteps(before, kept(restored.keys), storage, caller)
  for (const id of restored.credentials.keys()) {
    if (!before.credentials.has(id))
      yield { what: `credential ${id} was deleted: delete`, work: () => storage.credentials.delete(caller, id) }
  }
  for (const id of restored.operators.keys()) {
    if (!before.operators.has(id))
      yield { what: `operator ${id} was removed: remove`, work: () => storage.operators.remove(caller, id) }
  }
}

function* accountSteps(before: Holdings, restored: Holdings, storage: Storage, caller: Caller): Generator<Step> {
  for (const [id, { state }] of restored.accounts) {
    const other = before.accounts.get(id)
    if (other === undefined)
      yield { what: `account ${id} was deleted: delete`, work: () => storage.accounts.delete(caller, id) }
    else if (other.state === 'suspended' && state === 'active')
      yield { what: `account ${id} was suspended: suspend`, work: () => storage.accounts.suspend(caller, id) }
  }
}

function* memberSteps(before: Holdings, rows: readonly Row[], storage: Storage, caller: Caller): Generator<Step> {
  for (const { id, account_id, state } of rows) {
    const other = before.members.get(id)
    if (other === undefined) {
      yield { what: `member ${id} was deleted: delete`, work: () => storage.members.delete(caller, account_id, id) }
    } else if (other.state === 'suspended' && state === 'active') {
      const work = () => storage.members.update(caller, account_id, id, { state: 'suspended' })
      yield { what: `member ${id} was suspended: suspend`, work }
    }
  }
}

function* keySteps(before: Holdings, rows: readonly Row[], storage: Storage, caller: Caller): Generator<Step> {
  for (const { id, state } of rows) {
    const was = before.keys.get(id)?.state ?? 'deleted'
    if (was === state || was === 'active' || state === 'revoked') continue
    // A deleted key is revoked, which every configuration allows and the log explains.
    const action = was === 'paused' ? 'pause' : 'revoke'
    yield {
      what: `key ${id} was ${was}: ${action}`,
      work: () => storage.keys.change(caller, id, action),
      // Revoked with its parent or its owner.
      isDone: async () => {
        const key = await storage.keys.read(id)
        return !isProblem(key) && key.state === 'revoked'
      },
    }
  }
}
