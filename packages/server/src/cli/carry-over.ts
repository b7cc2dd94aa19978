import { DatabaseSync } from 'node:sqlite'
import { isProblem, type Position } from '@keywright/core'
import type { Database } from '../storage/database.ts'
import type { Caller, Storage } from '../storage/ports.ts'

interface Row {
  readonly id: string
  readonly state?: string
  readonly account_id?: string
  readonly version?: number
}

type Rows = ReadonlyMap<string, Row>

/** What one database holds that can be taken away. */
interface Holdings {
  readonly accounts: Rows
  readonly keys: Rows
  readonly credentials: Rows
}

type Place = Pick<Position, 'number' | 'hash'>

/** What the replaced database holds; `undefined` where its log does not go through the end of the backup, so that it is another installation's. */
function holdingsOf(path: string, end: Place): Holdings | undefined {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const entry = database.prepare('select hash from log_entries where number = ?').get(end.number)
    if (entry?.['hash'] !== end.hash) return undefined
    const rows = (query: string): Rows =>
      new Map(
        database
          .prepare(query)
          .all()
          .map(({ id, state, account_id, version }) => [
            String(id),
            { id: String(id), state: String(state), account_id: String(account_id), version: Number(version) },
          ]),
      )
    return {
      accounts: rows('select id, state from accounts'),
      keys: rows('select id, account_id, state, version from keys'),
      credentials: rows('select id from credentials'),
    }
  } finally {
    database.close()
  }
}

interface Step {
  readonly what: string
  readonly work: () => Promise<unknown>
}

/**
 * Takes away again what the replaced database says was taken away after the backup: revoked, paused and deleted keys, suspended and
 * deleted accounts, deleted credentials. What was changed otherwise, or cannot be done, is named for review.
 */
export async function carryOver(
  {
    storage,
    database,
    caller,
  }: { readonly storage: Storage; readonly database: Pick<Database, 'read'>; readonly caller: Caller },
  replaced: string,
  end: Place,
): Promise<{ readonly carried: readonly string[]; readonly review: readonly string[] }> {
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
  const restored = await restoredHoldings(database)
  const carried: string[] = []
  const review: string[] = []
  for (const { what, work } of stepsOf(before, restored, storage, caller)) {
    const result = await work()
    if (isProblem(result)) review.push(`${what}: ${result.problem}`)
    else carried.push(what)
  }
  for (const [id, key] of restored.keys) {
    const other = before.keys.get(id)
    if (other !== undefined && other.state === key.state && other.version !== key.version)
      review.push(`key ${id} was changed after the backup`)
  }
  const lost = [...before.keys.keys()].filter((id) => !restored.keys.has(id)).length
  if (lost > 0) review.push(`${lost} keys were made after the backup and are not in it`)
  return { carried, review }
}

async function restoredHoldings({ read }: Pick<Database, 'read'>): Promise<Holdings> {
  const mapped = (rows: readonly { readonly id: string }[]): Rows => new Map(rows.map((row) => [row.id, { ...row }]))
  return {
    accounts: mapped(await read.selectFrom('accounts').select(['id', 'state']).execute()),
    keys: mapped(await read.selectFrom('keys').select(['id', 'account_id', 'state', 'version']).execute()),
    credentials: mapped(await read.selectFrom('credentials').select('id').execute()),
  }
}

function* stepsOf(before: Holdings, restored: Holdings, storage: Storage, caller: Caller): Generator<Step> {
  const deletedAccounts = new Set([...restored.accounts.keys()].filter((id) => !before.accounts.has(id)))
  for (const [id, key] of restored.keys) {
    const state = before.keys.get(id)?.state ?? 'deleted'
    // The keys of a deleted account go with it.
    if (state === key.state || key.state === 'revoked' || deletedAccounts.has(key.account_id ?? '')) continue
    if (state === 'active') continue
    // A deleted key is revoked, which every configuration allows and the log explains.
    const action = state === 'paused' ? 'pause' : 'revoke'
    yield { what: `key ${id} was ${state}: ${action}`, work: () => storage.keys.change(caller, id, action) }
  }
  for (const [id, account] of restored.accounts) {
    if (deletedAccounts.has(id))
      yield { what: `account ${id} was deleted: delete`, work: () => storage.accounts.delete(caller, id) }
    else if (before.accounts.get(id)?.state === 'suspended' && account.state === 'active') {
      yield { what: `account ${id} was suspended: suspend`, work: () => storage.accounts.suspend(caller, id) }
    }
  }
  for (const id of restored.credentials.keys()) {
    if (!before.credentials.has(id))
      yield { what: `credential ${id} was deleted: delete`, work: () => storage.credentials.delete(caller, id) }
  }
}
