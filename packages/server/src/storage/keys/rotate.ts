import { endAfterRotation, type Problem, problem, type ResolvedConfig } from '@keywright/core'
import { wireTime } from '../changes.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { answerIsGone, claimIdempotencyKey, rememberAnswer } from '../idempotency.ts'
import type { Caller, Idempotency, Keys } from '../ports.ts'
import type { AccountRow } from '../schema.ts'
import {
  type Authority,
  authorityOf,
  exceedsCreator,
  excessOfChildren,
  excessOverParent,
  reaches,
} from './authority.ts'
import { excessOf, holdingOf } from './ceiling.ts'
import { actionProblem, stateProblem } from './change.ts'
import { readWithin } from './create.ts'
import { appendKeyEvent, lineagesWithChildren, parentScope } from './events.ts'
import { chooseExpiry } from './expiry.ts'
import { Faults } from './faults.ts'
import { type HeldRow, insertKey } from './insert.ts'
import { type FullRow, findKey, lockKey, recordOf } from './rows.ts'

type Answer = Awaited<ReturnType<Keys['rotate']>>
type Request = Parameters<Keys['rotate']>[2]

/** Makes the key that takes the place of the newest one of its lineage, and gives that one an end. The secret is answered this once. */
export function rotateKey(
  context: StorageContext,
  caller: Caller,
  id: string,
  request: Request,
  idempotency: Idempotency | undefined,
): ReturnType<Keys['rotate']> {
  return context.write(caller, async (transaction): Promise<Answer> => {
    const locked = await lockKey(context, transaction, id)
    if (locked === undefined) return problem('key_not_found')
    const { account, key } = locked
    const authority = await authorityOf(context, transaction, caller, account, 'rotate')
    if (authority === 'absent') return problem('key_not_found')
    if (authority === 'forbidden' || !reaches(authority, key, account, context, transaction.nowMs))
      return exceedsCreator()
    if (idempotency !== undefined) {
      const claim = await claimIdempotencyKey(transaction, caller.actor, idempotency)
      if (claim !== null && 'problem' in claim) return claim
      if (claim !== null) return await rotatedBefore(context, transaction, claim.ids)
    }
    const next = nextOf(context, transaction, caller, account, key, request)
    if ('problem' in next) return next
    const refused = await boundsProblem(context, transaction, account, authority, {
      ...key,
      ...next.held,
      ends_at_ms: next.held.expires_at_ms,
    })
    if (refused !== undefined) return refused
    return await replace(context, transaction, caller, key, next, idempotency)
  })
}

async function rotatedBefore(
  context: StorageContext,
  transaction: WriteTransaction,
  ids: readonly string[],
): Promise<Answer> {
  const { database, nowMs } = transaction
  const [newer, older] = [await findKey(database, ids[0] ?? ''), await findKey(database, ids[1] ?? '')]
  if (newer === undefined || older === undefined) return answerIsGone()
  const config = context.config()
  return {
    record: await recordOf(database, config, nowMs, newer),
    secret: null,
    replayed: true,
    previous: await recordOf(database, config, nowMs, older),
  }
}

interface Next {
  readonly held: HeldRow
  /** When the older key ends, epoch milliseconds. */
  readonly olderEndsAtMs: number
}

/** The key that comes next and the end of the one before, as the configuration allows them. */
function nextOf(
  context: StorageContext,
  { nowMs }: WriteTransaction,
  caller: Caller,
  account: AccountRow,
  key: FullRow,
  { overlapSeconds, expiresAtMs }: Request,
): Next | Extract<Answer, Problem> {
  const config = context.config()
  const notOffered = actionProblem(config, caller, 'rotate')
  if (notOffered !== undefined) return notOffered
  if (key.rotated_to_id !== null) {
    return problem('key_not_newest', 'This key was rotated before. Rotate the key that took its place.')
  }
  const stateRefused = stateProblem(key, 'rotate', nowMs)
  if (stateRefused !== undefined) return stateRefused
  if (account.state === 'suspended')
    return problem('account_suspended', 'Resume the account first; then rotate the key.')
  const faults = new Faults()
  const overlap = chooseOverlap(overlapSeconds, config, faults)
  const expires =
    expiresAtMs === undefined ? key.expires_at_ms : chooseExpiry(expiresAtMs, config, { nowMs, bornMs: nowMs }, faults)
  const fault = faults.problem()
  if (fault !== undefined) return fault
  return {
    held: { ...heldColumns(key), expires_at_ms: expires },
    olderEndsAtMs: endAfterRotation(nowMs, overlap, key.ends_at_ms),
  }
}

/** What a rotation keeps: everything that was chosen for the key. */
const heldColumns = (key: FullRow): HeldRow => ({
  type: key.type,
  environment: key.environment,
  prefix: key.prefix,
  name: key.name,
  name_search: key.name_search,
  description: key.description,
  grant_json: key.grant_json,
  preset: key.preset,
  networks_json: key.networks_json,
  limits_json: key.limits_json,
  quota_json: key.quota_json,
  metadata_json: key.metadata_json,
  owner_member_id: key.owner_member_id,
  expires_at_ms: key.expires_at_ms,
})

function chooseOverlap(given: number | undefined, { rotation }: ResolvedConfig, faults: Faults): number {
  if (given === undefined) return rotation.defaultOverlapSeconds
  if (!Number.isSafeInteger(given) || given < 0) {
    faults.invalid('/overlapSeconds', 'Write a whole number of seconds, 0 or more.')
  } else if (given > rotation.maxOverlapSeconds) {
    faults.refused(
      '/overlapSeconds',
      `The older key can go on for ${rotation.maxOverlapSeconds} seconds at most. Choose a shorter overlap.`,
    )
  }
  return given
}

/** The refusal of a next key that is more than its creator or its parent, or less than what the lineage made (T3, T4). */
async function boundsProblem(
  context: StorageContext,
  transaction: WriteTransaction,
  account: AccountRow,
  { ceiling }: Authority,
  next: FullRow,
): Promise<Problem<'exceeds_creator' | 'exceeds_children'> | undefined> {
  const holding = holdingOf(next, account.plan, context.config(), transaction.nowMs)
  const overCaller = ceiling === null ? [] : excessOf(holding, ceiling)
  if (overCaller.length > 0) return exceedsCreator(overCaller)
  const overParent = await excessOverParent(context, transaction, account, next)
  if (overParent.length > 0) return exceedsCreator(overParent)
  const ofChildren = await excessOfChildren(context, transaction, account, next)
  return ofChildren.length === 0 ? undefined : problem('exceeds_children', undefined, ofChildren)
}

async function replace(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  older: FullRow,
  { held, olderEndsAtMs }: Next,
  idempotency: Idempotency | undefined,
): Promise<Answer> {
  const { row, secret } = await insertKey(context, transaction, caller, {
    ...held,
    account_id: older.account_id,
    lineage_id: older.lineage_id,
    stands_alone: 0,
    ends_at_ms: held.expires_at_ms,
  })
  await transaction.database
    .updateTable('keys')
    .set({
      rotated_to_id: row.id,
      stands_alone: 0,
      ends_at_ms: olderEndsAtMs,
      updated_at_ms: transaction.nowMs,
      version: older.version + 1,
    })
    .where('id', '=', older.id)
    .execute()
  if (idempotency !== undefined) await rememberAnswer(transaction, caller.actor, idempotency, [row.id, older.id])
  const parents = await lineagesWithChildren(transaction, [older.lineage_id])
  const difference = {
    before: { endsAt: wireTime(older.ends_at_ms), rotatedTo: null, expiresAt: wireTime(older.expires_at_ms) },
    after: { endsAt: wireTime(olderEndsAtMs), rotatedTo: row.id, expiresAt: wireTime(row.expires_at_ms) },
  }
  const also = [`key:${row.id}` as const, ...parentScope(older.lineage_id, parents), 'unknown' as const]
  appendKeyEvent(transaction, 'key.rotated', older, difference, also)
  return {
    record: await readWithin(context, transaction, row.id),
    secret,
    replayed: false,
    previous: await readWithin(context, transaction, older.id),
  }
}
