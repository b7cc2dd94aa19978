import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { StorageContext } from '../context.ts'
import type { Caller } from '../ports.ts'
import { finishRemoval, finishRevocation } from './revocation.ts'

/** How many lineages or members one read looks at, so that no read holds anybody up. */
const lookedAtPerReadMax = 1_000

/**
 * Revokes what a revocation, a deletion or a removal left when the process ended in the middle of it, or what its parent's end left: keys
 * whose parent's lineage has no usable key, and personal keys of members that are gone. Checks refuse them already. Answers how many keys.
 */
export async function finishCascades(context: StorageContext, caller: Caller): Promise<number> {
  let revoked = 0
  // Members first: their keys may have made others.
  for await (const { id, account_id } of ownersGone(context))
    revoked += await finishRemoval(context, caller, account_id, id)
  for await (const { id, account_id } of deadParents(context)) {
    revoked += await finishRevocation(context, caller, account_id, [id], 'its parent can no longer be used')
  }
  return revoked
}

interface Root {
  readonly id: string
  readonly account_id: string
}

const isAlive = (nowMs: number) =>
  sql`keys.state <> 'revoked' and (keys.ends_at_ms is null or keys.ends_at_ms > ${nowMs})`

/** Members that own keys which can still be used, and are no longer there. */
async function* ownersGone({ read, now }: StorageContext): AsyncGenerator<Root> {
  const nowMs = await now()
  for await (const ids of pages(async (after) => {
    const { rows } = await sql<{ readonly id: string }>`
      select owner_member_id as id from keys where owner_member_id > ${after}
      group by owner_member_id order by owner_member_id limit ${lookedAtPerReadMax}`.execute(read)
    return rows.map(({ id }) => id)
  })) {
    const { rows } = await sql<Root>`
      select distinct keys.owner_member_id as id, keys.account_id from keys
      left join members on members.id = keys.owner_member_id and members.account_id = keys.account_id
      where keys.owner_member_id in (${sql.join(ids)}) and members.id is null and ${isAlive(nowMs)}
      order by id`.execute(read)
    yield* rows
  }
}

/** Lineages without a usable key that have made keys which can still be used. */
async function* deadParents({ read, now }: StorageContext): AsyncGenerator<Root> {
  const nowMs = await now()
  for await (const ids of pages(async (after) => {
    const { rows } = await sql<{ readonly id: string }>`
      select parent_lineage_id as id from lineages where parent_lineage_id > ${after}
      group by parent_lineage_id order by parent_lineage_id limit ${lookedAtPerReadMax}`.execute(read)
    return rows.map(({ id }) => id)
  })) {
    const { rows: living } = await sql<{ readonly lineage_id: string }>`
      select distinct lineage_id from keys where lineage_id in (${sql.join(ids)}) and ${isAlive(nowMs)}`.execute(read)
    const alive = new Set(living.map(({ lineage_id }) => lineage_id))
    const dead = ids.filter((id) => !alive.has(id))
    if (dead.length === 0) continue
    const { rows } = await sql<Root>`
      select distinct lineages.parent_lineage_id as id, keys.account_id from lineages
      join keys on keys.lineage_id = lineages.id
      where lineages.parent_lineage_id in (${sql.join(dead)}) and ${isAlive(nowMs)}
      order by id`.execute(read)
    yield* rows
  }
}

/** Pages of ids, each read after the last of the one before. */
async function* pages(readAfter: (after: string) => Promise<readonly string[]>): AsyncGenerator<readonly string[]> {
  for (let after = ''; ; ) {
    const ids = await readAfter(after)
    const last = ids.at(-1)
    if (last === undefined) return
    yield ids
    after = last
    // The embedded database answers without giving anybody else a turn.
    await nextTurn()
  }
}
