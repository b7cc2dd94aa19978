import type { Position, Scope } from '@keywright/core'
import { sql } from 'kysely'
import type { Clock } from '../../clock.ts'
import type { LogSigner } from '../../crypto.ts'
import { type Database, place } from '../database.ts'
import { fromJson } from '../json.ts'
import type { HeadAnswer, LoggedChange } from '../ports.ts'
import { UnconfirmedRestoreError } from '../restore-mark.ts'
import { compatibleFromSql, requireCompatible } from '../schema-versions.ts'
import { answerTimeOf } from '../store-time.ts'
import { genesisHash } from './chain.ts'

/** The most changes that one answer holds. */
const changesPerAnswerMax = 1_000

interface HeadRow {
  readonly epoch: string
  readonly number: number
  readonly hash: string
  readonly after_hash: string | null
  readonly change_number: number | null
  readonly change_hash: string | null
  readonly scopes_json: string | null
  readonly first_key_id: string | null
  readonly compatible_from: number | null
  readonly restored_through: number | null
  readonly restored_at_ms: number | null
  readonly store_time_ms: number | null
}

/**
 * Reads the head of the log and what changed after a position, in one statement, hence one snapshot. Where there are more changes than one
 * answer holds, its position is that of the last one it has. Rejects where a newer program has made a schema that this one cannot use, and
 * while the store waits for the confirmation of a restore.
 */
export function headReader(
  database: Database,
  signer: LogSigner,
  clock: Clock,
): (after: Position | null) => Promise<HeadAnswer> {
  const time = answerTimeOf(database.capabilities, clock)
  const query = sql<HeadRow>`
    select head.epoch, head.number, head.hash,
      coalesce(
        (select hash from log_entries where number = ${place('after')}),
        (select hash from log_checkpoints where number = ${place('after')} and pruned = 1 limit 1)
      ) as after_hash,
      (select log_key_id from log_entries where number = 1) as first_key_id, ${compatibleFromSql} as compatible_from,
      restored.through as restored_through, restored.at_ms as restored_at_ms,
      change.number as change_number, change.hash as change_hash, change.scopes_json, ${time.column}
    from log_head head
    left join restore_marks restored on restored.id = head.id
    left join (
      select number, hash, scopes_json from log_entries
      where number > ${place('after')} order by number limit ${sql.lit(changesPerAnswerMax + 1)}
    ) change on 1 = 1
    where head.id = 1 order by change.number`
  const statement = database.prepare<HeadRow>(query, 'proof')

  return async (after) => {
    const sent = time.values()
    const rows = await statement.all({ ...sent, after: after?.number ?? Number.MAX_SAFE_INTEGER })
    const [head] = rows
    if (head === undefined) throw new Error('the log has no head')
    // Without a proof nothing is answered from memory.
    requireCompatible(head.compatible_from)
    if (head.restored_through !== null)
      throw new UnconfirmedRestoreError({ through: head.restored_through, atMs: head.restored_at_ms ?? 0 })
    const storeTimeMs = time.read(head.store_time_ms, sent)
    const newest: Position = { epoch: head.epoch, number: head.number, hash: head.hash }
    const answer = { position: newest, ageMs: 0, storeTimeMs, changes: [], complete: true, reset: false }
    if (after === null) return answer
    if (!isInPast(signer, head, after)) return { ...answer, reset: true }
    const kept = rows.filter(({ change_number }) => change_number !== null).slice(0, changesPerAnswerMax)
    const changes = kept.map(changeOf)
    const last = kept.at(-1)
    if (rows.length <= changesPerAnswerMax || last === undefined) return { ...answer, changes }
    const position = { epoch: head.epoch, number: Number(last.change_number), hash: String(last.change_hash) }
    return { ...answer, position, changes, complete: false }
  }
}

const changeOf = (row: HeadRow): LoggedChange => ({
  number: Number(row.change_number),
  hash: String(row.change_hash),
  scopes: fromJson<readonly Scope[]>(String(row.scopes_json)),
})

/** Whether a position is a place of this very history, after which every entry is still there. */
function isInPast(signer: LogSigner, head: HeadRow, after: Position): boolean {
  if (after.epoch !== head.epoch || after.number > head.number) return false
  if (after.number > 0) return after.hash === head.after_hash
  const keyId = head.first_key_id
  return keyId !== null && signer.knows(keyId) && after.hash === genesisHash(signer, keyId, head.epoch)
}
