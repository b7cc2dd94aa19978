import { sql } from 'kysely'
import { lockAccount } from '../account-rows.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import type { Caller } from '../ports.ts'
import type { KeyRow } from '../schema.ts'
import { appendKeyEvent, lineagesWithChildren, parentScope } from './events.ts'

/** How many keys one transaction revokes beside what it was asked for. */
export const revokedPerTransactionMax = 400

/** Why a key was revoked that nobody named. */
type Cause = 'its parent was revoked or deleted' | 'its parent can no longer be used' | 'its owner was removed'

type Revocable = Pick<KeyRow, 'id' | 'account_id' | 'lineage_id' | 'state'>

/** Revokes keys that are not revoked yet, each with its event. */
export async function revokeKeys(
  transaction: WriteTransaction,
  keys: readonly Revocable[],
  cause?: Cause,
): Promise<void> {
  if (keys.length === 0) return
  await transaction.database
    .updateTable('keys')
    .set(({ eb, ref }) => ({ state: 'revoked', updated_at_ms: transaction.nowMs, version: eb(ref('version'), '+', 1) }))
    .where(
      'id',
      'in',
      keys.map(({ id }) => id),
    )
    .execute()
  const parents = await lineagesWithChildren(
    transaction,
    keys.map((key) => key.lineage_id),
  )
  for (const key of keys) {
    const after = { state: 'revoked', ...(cause === undefined ? {} : { cause }) }
    appendKeyEvent(
      transaction,
      'key.revoked',
      key,
      { before: { state: key.state }, after },
      parentScope(key.lineage_id, parents),
    )
  }
}

/** Of these lineages, those in which no key is left that is or may become usable. */
export async function deadLineages(
  { database, nowMs }: WriteTransaction,
  lineageIds: readonly string[],
): Promise<readonly string[]> {
  if (lineageIds.length === 0) return []
  const rows = await database
    .selectFrom('keys')
    .select('lineage_id')
    .distinct()
    .where('lineage_id', 'in', lineageIds)
    .where('state', '!=', 'revoked')
    .where(({ or, eb }) => or([eb('ends_at_ms', 'is', null), eb('ends_at_ms', '>', nowMs)]))
    .execute()
  const living = new Set(rows.map((row) => row.lineage_id))
  return [...new Set(lineageIds)].filter((id) => !living.has(id))
}

/** What a step of a revocation did. */
interface Step {
  readonly revoked: number
  /** Whether nothing is left to do. */
  readonly complete: boolean
}

/**
 * Revokes what dead lineages made, and what that made, at most so many keys, the farthest first, so that what is left still shows the way
 * from the dead lineages. Until its turn comes each of them is refused all the same: a check sees the lineages above a key.
 */
export async function revokeDescendants(
  transaction: WriteTransaction,
  deadLineageIds: readonly string[],
  max: number,
  cause: Cause = 'its parent was revoked or deleted',
): Promise<Step> {
  if (deadLineageIds.length === 0) return { revoked: 0, complete: true }
  const { rows } = await sql<Revocable>`
    with recursive descendants (id, depth) as (
      select id, 1 from lineages where parent_lineage_id in (${sql.join(deadLineageIds)})
      union all
      select lineages.id, descendants.depth + 1
      from lineages join descendants on lineages.parent_lineage_id = descendants.id
    )
    select keys.id, keys.account_id, keys.lineage_id, keys.state
    from (select id, max(depth) as depth from descendants group by id) descendants
      join keys on keys.lineage_id = descendants.id
    where keys.state != 'revoked' and (keys.ends_at_ms is null or keys.ends_at_ms > ${transaction.nowMs})
    order by descendants.depth desc, keys.id
    limit ${max + 1}`.execute(transaction.database)
  const taken = rows.slice(0, max)
  await revokeKeys(transaction, taken, cause)
  return { revoked: taken.length, complete: rows.length <= max }
}

/** A step of revoking a member's personal keys, with the lineages of which the last usable one went. */
export interface PersonalStep extends Step {
  readonly lineageIds: readonly string[]
}

/** Revokes personal keys of a member, at most as many as one transaction takes. */
export async function revokePersonal(transaction: WriteTransaction, memberId: string): Promise<PersonalStep> {
  const { database, nowMs } = transaction
  const rows = await database
    .selectFrom('keys')
    .select(['id', 'account_id', 'lineage_id', 'state'])
    .where('owner_member_id', '=', memberId)
    .where('state', '!=', 'revoked')
    .where(({ or, eb }) => or([eb('keys.ends_at_ms', 'is', null), eb('keys.ends_at_ms', '>', nowMs)]))
    .orderBy('id')
    .limit(revokedPerTransactionMax + 1)
    .execute()
  const taken = rows.slice(0, revokedPerTransactionMax)
  await revokeKeys(transaction, taken, 'its owner was removed')
  const lineageIds = await deadLineages(
    transaction,
    taken.map((row) => row.lineage_id),
  )
  return { revoked: taken.length, complete: rows.length === taken.length, lineageIds }
}

/** Revokes in transactions of their own the personal keys that a removed member still has, and what those made; answers how many. */
export async function finishRemoval(
  context: StorageContext,
  caller: Caller,
  accountId: string,
  memberId: string,
): Promise<number> {
  let revoked = 0
  for (;;) {
    const step = await context.write(caller, async (transaction) => {
      await lockAccount(context, transaction, accountId)
      return await revokePersonal(transaction, memberId)
    })
    revoked += step.revoked + (await finishRevocation(context, caller, accountId, step.lineageIds))
    if (step.complete) return revoked
  }
}

/** Revokes in transactions of their own whatever dead lineages of an account still have made; answers how many keys. */
export async function finishRevocation(
  context: StorageContext,
  caller: Caller,
  accountId: string,
  deadLineageIds: readonly string[],
  cause?: Cause,
): Promise<number> {
  let revoked = 0
  for (let start = 0; start < deadLineageIds.length; start += revokedPerTransactionMax) {
    const roots = deadLineageIds.slice(start, start + revokedPerTransactionMax)
    let complete = false
    while (!complete) {
      const step = await context.write(caller, async (transaction) => {
        await lockAccount(context, transaction, accountId)
        return await revokeDescendants(transaction, roots, revokedPerTransactionMax, cause)
      })
      revoked += step.revoked
      complete = step.complete
    }
  }
  return revoked
}
