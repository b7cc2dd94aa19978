import { type Kysely, sql } from 'kysely'
import { storableText } from './json.ts'
import type { Store } from './open-store.ts'
import type { UsageBatch } from './ports.ts'
import type { ActivityRow, KeyLastUsedRow, RefusalRow, Schema, UsageRow } from './schema.ts'
import { Turns } from './turns.ts'

/** How much is stored at a time. */
interface Steps {
  readonly rowsPerStatement: number
  /** Keys whose last uses and newest checks share a transaction: each of them touches pages of its own, which the commit writes. */
  readonly keysPerTransaction: number
  /** For how many times as long as a step took checks may go on after it. */
  readonly timesForChecks: number
}

/** A database in this process holds up everything else while it works: it is given what it is done with in a few milliseconds. */
const inProcess: Steps = { rowsPerStatement: 100, keysPerTransaction: 100, timesForChecks: 4 }
/** Eight columns at most, well below the number of parameters that any database takes. */
const onServer: Steps = { rowsPerStatement: 500, keysPerTransaction: 1_000, timesForChecks: 0 }

/** A transaction that stores a part of a batch. */
interface Storing {
  readonly database: Kysely<Schema>
  readonly steps: Steps
  readonly rowLocks: boolean
  readonly turns: Turns
}

/**
 * Adds a batch, once: its (process, number) is stored in the transaction of its counts. Last uses and newest checks, which may be stored twice
 * without harm, go before it, by some keys at a time. Touches no row of a key.
 */
export async function storeBatch(store: Store, batch: UsageBatch): Promise<boolean> {
  const { transact, read, context } = store
  const { rowLocks } = context.capabilities
  const steps = rowLocks ? onServer : inProcess
  const { process, number } = batch
  const known = await read
    .selectFrom('usage_batches')
    .select('number')
    .where('process', '=', process)
    .where('number', '=', number)
    .executeTakeFirst()
  if (known !== undefined) return false
  const { perKeyMax } = context.config().activity
  const turns = new Turns(steps.timesForChecks)
  for (const part of partsOf(batch, steps.keysPerTransaction)) {
    await transact(async (database) => ({
      result: await addUses({ database, steps, rowLocks, turns }, part, perKeyMax),
      keep: true,
    }))
    await turns.others()
  }
  return await transact(async (database) => {
    const { numInsertedOrUpdatedRows } = await database
      .insertInto('usage_batches')
      .values({ process, number, at_ms: await context.now(database) })
      .onConflict((conflict) => conflict.columns(['process', 'number']).doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows === 0n) return { result: false, keep: false }
    // All counts are one transaction, for whose end changes wait.
    const storing = { database, steps, rowLocks, turns: new Turns(Math.min(2, steps.timesForChecks)) }
    await addUsage(storing, batch, await existingKeys(storing, batch.usage))
    await addRefusals(storing, batch)
    return { result: true, keep: true }
  })
}

/** Last uses and newest checks of some keys, with the place of each in its batch. */
interface Uses {
  readonly process: string
  readonly number: number
  readonly lastUsed: UsageBatch['lastUsed']
  readonly activity: readonly { readonly index: number; readonly line: UsageBatch['activity'][number] }[]
}

function partsOf({ process, number, lastUsed, activity }: UsageBatch, keysMax: number): readonly Uses[] {
  const keyIds = [...new Set([...lastUsed, ...activity].map(({ keyId }) => keyId))].sort()
  const parts: { readonly [Name in keyof Uses]: Uses[Name] extends readonly (infer Line)[] ? Line[] : Uses[Name] }[] =
    []
  const partOf = new Map<string, (typeof parts)[number]>()
  for (const [index, keyId] of keyIds.entries()) {
    if (index % keysMax === 0) parts.push({ process, number, lastUsed: [], activity: [] })
    partOf.set(keyId, parts.at(-1) as (typeof parts)[number])
  }
  for (const line of lastUsed) partOf.get(line.keyId)?.lastUsed.push(line)
  for (const [index, line] of activity.entries()) partOf.get(line.keyId)?.activity.push({ index, line })
  return parts
}

async function addUses(storing: Storing, uses: Uses, perKeyMax: number): Promise<void> {
  const keys = await existingKeys(storing, [...uses.lastUsed, ...uses.activity.map(({ line }) => line)])
  await addLastUsed(storing, uses, keys)
  await addActivity(storing, uses, keys)
  await trimActivity(storing, uses, perKeyMax)
}

const orNull = (text: string | null): string | null => (text === null ? null : storableText(text))

async function inChunks<Item>(
  { steps: { rowsPerStatement }, turns }: Storing,
  items: readonly Item[],
  work: (chunk: readonly Item[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length; start += rowsPerStatement) {
    await work(items.slice(start, start + rowsPerStatement))
    await turns.others()
  }
}

/** Rows of one identity become one, in one order for every process, so that two batches never wait for each other crosswise. */
function merged<Row>(rows: readonly Row[], identify: (row: Row) => string, merge: (a: Row, b: Row) => Row): Row[] {
  const byIdentity = new Map<string, Row>()
  for (const row of rows) {
    const identity = identify(row)
    const other = byIdentity.get(identity)
    byIdentity.set(identity, other === undefined ? row : merge(other, row))
  }
  return [...byIdentity].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

async function existingKeys(
  storing: Storing,
  lines: readonly { readonly keyId: string }[],
): Promise<ReadonlySet<string>> {
  const { database, rowLocks } = storing
  const asked = [...new Set(lines.map(({ keyId }) => keyId))].sort()
  const found = new Set<string>()
  await inChunks(storing, asked, async (ids) => {
    const query = database.selectFrom('keys').select('id').where('id', 'in', ids).orderBy('id')
    // Only its deletion must wait; a change of its state goes on.
    for (const { id } of await (rowLocks ? query.forKeyShare() : query).execute()) found.add(id)
  })
  return found
}

const addUsage = (storing: Storing, { usage }: UsageBatch, keys: ReadonlySet<string>): Promise<void> => {
  const rows = usage
    .filter(({ keyId }) => keys.has(keyId))
    .map(
      ({ keyId, hourMs, code, tag, count }): UsageRow => ({
        key_id: keyId,
        hour_ms: hourMs,
        code,
        tag: storableText(tag),
        count,
      }),
    )
  const sums = merged(
    rows,
    ({ key_id, hour_ms, code, tag }) => JSON.stringify([key_id, hour_ms, code, tag]),
    (a, b) => ({ ...a, count: a.count + b.count }),
  )
  return inChunks(storing, sums, (values) =>
    storing.database
      .insertInto('usage')
      .values(values)
      .onConflict((conflict) =>
        conflict
          .columns(['key_id', 'hour_ms', 'code', 'tag'])
          .doUpdateSet(({ ref }) => ({ count: sql<number>`${ref('usage.count')} + ${ref('excluded.count')}` })),
      )
      .execute(),
  )
}

const addLastUsed = (storing: Storing, { lastUsed }: Uses, keys: ReadonlySet<string>): Promise<void> => {
  const rows = lastUsed
    .filter(({ keyId }) => keys.has(keyId))
    .map(
      ({ keyId, atMs, network, userAgent }): KeyLastUsedRow => ({
        key_id: keyId,
        at_ms: atMs,
        network: orNull(network),
        user_agent: orNull(userAgent),
      }),
    )
  const newest = merged(
    rows,
    ({ key_id }) => key_id,
    (a, b) => (b.at_ms > a.at_ms ? b : a),
  )
  return inChunks(storing, newest, (values) =>
    storing.database
      .insertInto('key_last_used')
      .values(values)
      .onConflict((conflict) =>
        conflict
          .column('key_id')
          .doUpdateSet(({ ref }) => ({
            at_ms: ref('excluded.at_ms'),
            network: ref('excluded.network'),
            user_agent: ref('excluded.user_agent'),
          }))
          // Batches of several processes arrive in any order; the newest use stays.
          .whereRef('excluded.at_ms', '>', 'key_last_used.at_ms'),
      )
      .execute(),
  )
}

const padded = (number: number, length: number): string => String(number).padStart(length, '0')

const addActivity = (storing: Storing, uses: Uses, keys: ReadonlySet<string>): Promise<void> => {
  const rows = uses.activity.flatMap(
    ({ index, line: { keyId, atMs, code, permission, network, userAgent, tag } }): ActivityRow[] =>
      keys.has(keyId)
        ? [
            {
              id: `${uses.process}:${padded(uses.number, 16)}:${padded(index, 6)}`,
              key_id: keyId,
              at_ms: atMs,
              code,
              permission: orNull(permission),
              network: orNull(network),
              user_agent: orNull(userAgent),
              tag: orNull(tag),
            },
          ]
        : [],
  )
  return inChunks(storing, rows, (values) =>
    storing.database
      .insertInto('activity')
      .values(values)
      // Whichever columns say on this database that it is the same one.
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  )
}

/** Keeps the newest checks of each key that the batch has added to: what is older than the first one too many goes, with that one. */
const trimActivity = (storing: Storing, { activity }: Uses, perKeyMax: number): Promise<void> =>
  inChunks(storing, [...new Set(activity.map(({ line }) => line.keyId))].sort(), (ids) => {
    const surplus = (column: 'at_ms' | 'id') => sql`(select ${sql.ref(column)} from activity newest
      where newest.key_id = keys.id order by at_ms desc, id desc limit 1 offset ${sql.lit(perKeyMax)})`
    return sql`delete from activity where id in (
      select activity.id
      from (select id as key_id, ${surplus('at_ms')} as at_ms, ${surplus('id')} as id from keys where id in (${sql.join(ids)})) surplus
      join activity on activity.key_id = surplus.key_id
        and activity.at_ms <= surplus.at_ms and (activity.at_ms < surplus.at_ms or activity.id <= surplus.id)
    ) and key_id in (${sql.join(ids)})`.execute(storing.database)
  })

const addRefusals = (storing: Storing, { refusals }: UsageBatch): Promise<void> => {
  const rows = refusals.map(
    ({ hourMs, code, network, count }): RefusalRow => ({ hour_ms: hourMs, code, network, count }),
  )
  const sums = merged(
    rows,
    ({ hour_ms, code, network }) => JSON.stringify([hour_ms, code, network]),
    (a, b) => ({ ...a, count: a.count + b.count }),
  )
  return inChunks(storing, sums, (values) =>
    storing.database
      .insertInto('refusals')
      .values(values)
      .onConflict((conflict) =>
        conflict
          .columns(['hour_ms', 'code', 'network'])
          .doUpdateSet(({ ref }) => ({ count: sql<number>`${ref('refusals.count')} + ${ref('excluded.count')}` })),
      )
      .execute(),
  )
}
