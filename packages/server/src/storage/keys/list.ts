import { type Grant, problem } from '@keywright/core'
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { accountExists } from '../account-rows.ts'
import type { StorageContext } from '../context.ts'
import { type CursorPlace, pageLimit, readCursor, writeCursor } from '../cursor.ts'
import { endless } from '../endless.ts'
import { fromJson } from '../json.ts'
import type { KeyFilter, KeyRecord, KeySort, Keys, Page, PageRequest } from '../ports.ts'
import { isWithinReach } from './ceiling.ts'
import { canMatch, conditionOf, filterBinding } from './filter.ts'
import { type FullRow, findKey, keyRecords, recordOf, selectKeys } from './rows.ts'

interface Order {
  readonly type: 'number' | 'string'
  readonly column: RawBuilder<unknown>
  readonly valueOf: (row: FullRow) => string | number
}

/** What each order is by; all but the last use have an index. What a key does not have comes first where it means never used, last where it means never ends. */
const orders: Readonly<Record<'created' | 'name' | 'lastUsed' | 'expires', Order>> = {
  created: { type: 'number', column: sql`keys.created_at_ms`, valueOf: (row) => row.created_at_ms },
  name: { type: 'string', column: sql`keys.name_search`, valueOf: (row) => row.name_search ?? '' },
  lastUsed: { type: 'number', column: sql`coalesce(key_last_used.at_ms, 0)`, valueOf: (row) => row.used_at_ms ?? 0 },
  expires: {
    type: 'number',
    column: sql`coalesce(keys.ends_at_ms, ${sql.lit(endless)})`,
    valueOf: (row) => row.ends_at_ms ?? endless,
  },
}

interface Sorting extends Order {
  readonly direction: 'asc' | 'desc'
}

function sortingOf(sort: KeySort | undefined): Sorting | undefined {
  const name = (sort ?? '-created').replace(/^-/, '')
  if (!Object.hasOwn(orders, name)) return undefined
  return { ...orders[name as keyof typeof orders], direction: (sort ?? '-created').startsWith('-') ? 'desc' : 'asc' }
}

/** Reads one key. */
export async function readKey(context: StorageContext, id: string): ReturnType<Keys['read']> {
  const row = await findKey(context.read, id)
  if (row === undefined) return problem('key_not_found')
  return await recordOf(context.read, context.config(), await context.now(), row)
}

/** One page of the keys of an account: stable while keys come and go, since it goes on after a value and not after a number of rows. */
export async function listKeys(
  context: StorageContext,
  accountId: string,
  filter: KeyFilter,
  page: PageRequest & { readonly sort?: KeySort | undefined },
): ReturnType<Keys['list']> {
  if (!(await accountExists(context.read, accountId))) return problem('account_not_found')
  const sorting = sortingOf(page.sort)
  if (sorting === undefined)
    return problem(
      'invalid_cursor',
      'There is no such order. Leave the sort out, or name one that the documentation lists.',
    )
  if (!canMatch(filter)) return { items: [], nextCursor: null }
  const listing = ['keys', accountId, filterBinding(filter), page.sort ?? '-created']
  const after = page.cursor === undefined ? null : readCursor(listing, page.cursor, [sorting.type, 'string'])
  if (after === undefined) return problem('invalid_cursor', 'Begin the listing anew, without a cursor.')
  const nowMs = await context.now()
  const rows = await rowsAfter(context, { accountId, filter, sorting, after, size: pageLimit(page.limit), nowMs })
  return await pageOf(context, rows, nowMs, (row) => writeCursor(listing, [sorting.valueOf(row), row.id]))
}

interface Request {
  readonly accountId: string
  readonly filter: KeyFilter
  readonly sorting: Sorting
  readonly after: CursorPlace | null
  readonly size: number
  readonly nowMs: number
}

/** How many grants are named in one statement at most. */
const grantsNamedMax = 2_000

/** The part of `within` that a database can judge: the environment and, unless they are too many, the grants that are within. */
async function withinCondition(
  { read }: StorageContext,
  accountId: string,
  within: KeyFilter['within'],
): Promise<Expression<SqlBool>> {
  if (within === undefined) return sql<SqlBool>`1 = 1`
  const held = await read
    .selectFrom('keys')
    .select('grant_json')
    .distinct()
    .where('account_id', '=', accountId)
    .execute()
  const isVisible = visibility(within)
  const grants = held.map(({ grant_json }) => grant_json).filter((grant_json) => isVisible({ ...within, grant_json }))
  const environment =
    within.environment === null
      ? sql<SqlBool>`keys.environment is null`
      : sql<SqlBool>`keys.environment = ${within.environment}`
  if (grants.length === 0) return sql<SqlBool>`1 = 0`
  if (grants.length > grantsNamedMax) return environment
  return sql<SqlBool>`(${environment} and keys.grant_json in (${sql.join(grants)}))`
}

interface Rows {
  readonly rows: readonly FullRow[]
  readonly more: boolean
}

function chunkAfter(
  context: StorageContext,
  request: Request,
  after: Request['after'],
  limit: number,
  visible: Expression<SqlBool>,
): Promise<FullRow[]> {
  const { accountId, filter, nowMs } = request
  const { column, direction } = request.sorting
  // The ids are sorted by themselves, since whole rows are a multiple of the work where no index has the order.
  let ids = context.read
    .selectFrom('keys')
    .leftJoin('key_last_used', 'key_last_used.key_id', 'keys.id')
    .select('keys.id')
    .where('keys.account_id', '=', accountId)
    .where(conditionOf(filter, context.config(), nowMs))
    .where(visible)
  if (after !== null) {
    const beyond = sql.raw(direction === 'asc' ? '>' : '<')
    ids = ids.where(sql<SqlBool>`(${column}, keys.id) ${beyond} (${after[0]}, ${after[1]})`)
  }
  const chosen = ids.orderBy(column, direction).orderBy('keys.id', direction).limit(limit)
  return selectKeys(context.read)
    .where('keys.id', 'in', chosen)
    .orderBy(column, direction)
    .orderBy('keys.id', direction)
    .execute()
}

/** The rows of one page; grants are compared here, since no database can, and those that may be seen are named to it. */
async function rowsAfter(context: StorageContext, request: Request): Promise<Rows> {
  const { size, sorting, filter } = request
  const isVisible = visibility(filter.within)
  const visible = await withinCondition(context, request.accountId, filter.within)
  const rows: FullRow[] = []
  let after = request.after
  for (;;) {
    const chunkSize = filter.within === undefined ? size + 1 : 500
    const chunk = await chunkAfter(context, request, after, chunkSize, visible)
    for (const row of chunk) {
      if (!isVisible(row)) continue
      if (rows.length === size) return { rows, more: true }
      rows.push(row)
    }
    const last = chunk.at(-1)
    if (last === undefined || chunk.length < chunkSize) return { rows, more: false }
    after = [sorting.valueOf(last), last.id]
  }
}

function visibility(within: KeyFilter['within']): (row: Pick<FullRow, 'grant_json' | 'environment'>) => boolean {
  if (within === undefined) return () => true
  return (row) => isWithinReach({ grant: fromJson<Grant>(row.grant_json), environment: row.environment }, within)
}

async function pageOf(
  context: StorageContext,
  { rows, more }: Rows,
  nowMs: number,
  cursorOf: (row: FullRow) => string,
): Promise<Page<KeyRecord>> {
  const last = rows.at(-1)
  return {
    items: await keyRecords(context.read, context.config(), nowMs, rows),
    nextCursor: more && last !== undefined ? cursorOf(last) : null,
  }
}
