import { compileGrant, type KeyAction, type Problem, type ProblemError, problem, satisfies } from '@keywright/core'
import { mayActIn } from '../callers.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { endless } from '../endless.ts'
import type { Caller } from '../ports.ts'
import type { AccountRow } from '../schema.ts'
import { ceilingOf, excessOf, type Holding, holdingOf, isWithinReach } from './ceiling.ts'
import { type FullRow, findKey, selectKeys } from './rows.ts'

/** What a caller may do within one account: anything that the configuration offers or, with a ceiling, nothing beyond it. */
export interface Authority {
  /** What the managing key that calls holds; `null`: the caller is no key. */
  readonly ceiling: Holding | null
}

/**
 * What a caller may do in an account at this moment. `absent`: to this caller the account and its keys do not exist. `forbidden`: the key
 * that calls does not hold the verb of the resource that the configuration marks (U4).
 */
export async function authorityOf(
  context: StorageContext,
  transaction: WriteTransaction,
  { actor }: Caller,
  account: AccountRow,
  action: KeyAction,
): Promise<Authority | 'absent' | 'forbidden'> {
  if (!(await mayActIn(transaction, actor, account.id))) return 'absent'
  if (actor.kind !== 'key') return { ceiling: null }
  const row = await findKey(transaction.database, actor.id)
  if (row === undefined) return 'absent'
  const config = context.config()
  const ceiling = ceilingOf(row, account.plan, config, transaction.nowMs)
  const verb = `${config.managingResource}.${action}`
  const holdsVerb = config.permissions.has(verb) && satisfies(compileGrant(ceiling.grant), verb)
  return config.managingResource !== null && holdsVerb ? { ceiling } : 'forbidden'
}

/** The refusal of what a managing key asks for beyond itself. */
export const exceedsCreator = (errors: readonly ProblemError[] = []): Problem<'exceeds_creator'> =>
  errors.length === 0
    ? problem('exceeds_creator', 'The key that calls does not hold what this needs.')
    : problem('exceeds_creator', undefined, errors)

/** Whether a managing key may see and touch a key; everybody else may. */
export const reaches = (
  { ceiling }: Authority,
  row: FullRow,
  account: AccountRow,
  context: StorageContext,
  nowMs: number,
): boolean => ceiling === null || isWithinReach(holdingOf(row, account.plan, context.config(), nowMs), ceiling)

/** The key of a lineage that bounds what the lineage's children hold: its newest one that is or may become usable. */
export async function parentRow(
  { database, nowMs }: WriteTransaction,
  lineageId: string,
): Promise<FullRow | undefined> {
  return await selectKeys(database)
    .where('keys.lineage_id', '=', lineageId)
    .where('keys.state', '!=', 'revoked')
    .where(({ or, eb }) => or([eb('keys.ends_at_ms', 'is', null), eb('keys.ends_at_ms', '>', nowMs)]))
    .orderBy('keys.created_at_ms', 'desc')
    .orderBy('keys.rotated_to_id', (order) => order.asc().nullsFirst())
    .limit(1)
    .executeTakeFirst()
}

/**
 * In what a key, as it would be, is more than the managing key that made its lineage (T3, T4), whoever asks; empty also where no key made
 * it.
 */
export async function excessOverParent(
  context: StorageContext,
  transaction: WriteTransaction,
  account: AccountRow,
  row: FullRow,
): Promise<readonly ProblemError[]> {
  if (row.parent_lineage_id === null) return []
  const parent = await parentRow(transaction, row.parent_lineage_id)
  if (parent === undefined) return [{ pointer: '', detail: 'The key that made this one is no longer usable.' }]
  const config = context.config()
  const ceiling = ceilingOf(parent, account.plan, config, transaction.nowMs)
  return excessOf(holdingOf(row, account.plan, config, transaction.nowMs), ceiling)
}

/**
 * In what some key that a lineage made would be more than this key of it, as it would be; empty: in nothing. `counts` says which pointers
 * matter.
 */
export async function excessOfChildren(
  context: StorageContext,
  { database, nowMs }: WriteTransaction,
  account: AccountRow,
  row: FullRow,
  counts: (pointer: string | undefined) => boolean = () => true,
): Promise<readonly ProblemError[]> {
  const columns = ['environment', 'type', 'grant_json', 'networks_json', 'limits_json', 'quota_json'] as const
  const children = await database
    .selectFrom('keys')
    .innerJoin('lineages', 'lineages.id', 'keys.lineage_id')
    .select(columns)
    .select(({ fn, val }) => fn.max(fn.coalesce('ends_at_ms', val(endless))).as('ends_at_ms'))
    .where('lineages.parent_lineage_id', '=', row.lineage_id)
    .where('keys.state', '!=', 'revoked')
    .where(({ or, eb }) => or([eb('keys.ends_at_ms', 'is', null), eb('keys.ends_at_ms', '>', nowMs)]))
    .groupBy(columns)
    .execute()
  const config = context.config()
  const held = ceilingOf(row, account.plan, config, nowMs)
  // What was made outlives a key that was rotated: the newer one carries it on.
  const ceiling = row.rotated_to_id === null ? held : { ...held, endsAtMs: null }
  for (const child of children) {
    const endsAtMs = child.ends_at_ms === endless ? null : child.ends_at_ms
    const holding = holdingOf({ ...child, ends_at_ms: endsAtMs }, account.plan, config, nowMs)
    const errors = excessOf(holding, ceiling).filter(({ pointer }) => counts(pointer))
    if (errors.length > 0)
      return errors.map(({ pointer }) => ({ ...(pointer === undefined ? {} : { pointer }), detail: childDetail }))
  }
  return []
}

const childDetail = 'A key that this one made holds more. Narrow or revoke that key first.'
