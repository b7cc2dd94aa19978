import { type Problem, problem } from '@keywright/core'
import type { WriteTransaction } from './context.ts'
import type { Actor, Idempotency, IdempotencyProblem } from './ports.ts'

/** The answer to a request was given before: what was remembered of it, by which its record is read again. */
export interface Remembered {
  readonly ids: readonly string[]
}

const callerOf = (actor: Actor): string => `${actor.kind}:${actor.id}`

const pending = '[]'

/**
 * Takes an Idempotency-Key for a creation, in its transaction, so that a refused creation leaves the key free. `null`: it is new, go on
 * and call `rememberAnswer`. The unique row makes one of several first requests wait for the other.
 */
export async function claimIdempotencyKey(
  transaction: WriteTransaction,
  actor: Actor,
  idempotency: Idempotency,
): Promise<Remembered | Problem<IdempotencyProblem> | null> {
  const caller = callerOf(actor)
  const { database } = transaction
  const before = await findAnswer(transaction, caller, idempotency)
  if (before !== undefined) return answerAgain(before, idempotency)
  await database
    .insertInto('idempotency')
    .values({
      caller,
      route: idempotency.route,
      idempotency_key: idempotency.key,
      fingerprint: idempotency.fingerprint,
      status: 0,
      response_json: pending,
      created_at_ms: transaction.nowMs,
    })
    .onConflict((conflict) => conflict.columns(['caller', 'route', 'idempotency_key']).doNothing())
    .execute()
  const after = await findAnswer(transaction, caller, idempotency)
  // Still pending: the row is the one that this transaction inserted, since others show only when they are committed.
  if (after?.response_json === pending && after.fingerprint === idempotency.fingerprint) return null
  if (after === undefined)
    return problem('idempotency_in_progress', 'Repeat the request in a moment to get its answer.')
  return answerAgain(after, idempotency)
}

/** Remembers by which ids the answer to a creation can be read again; never its secret. */
export async function rememberAnswer(
  transaction: WriteTransaction,
  actor: Actor,
  idempotency: Idempotency,
  ids: readonly [string, ...string[]],
): Promise<void> {
  await transaction.database
    .updateTable('idempotency')
    .set({ status: 201, response_json: JSON.stringify(ids) })
    .where('caller', '=', callerOf(actor))
    .where('route', '=', idempotency.route)
    .where('idempotency_key', '=', idempotency.key)
    .execute()
}

/** The refusal of a repetition whose record was deleted since it was made. */
export const answerIsGone = (): Problem<'idempotency_mismatch'> =>
  problem(
    'idempotency_mismatch',
    'What this Idempotency-Key created has been deleted since. Send the request with a new Idempotency-Key to create another.',
  )

interface Row {
  readonly fingerprint: string
  readonly response_json: string
}

const findAnswer = (
  { database }: WriteTransaction,
  caller: string,
  { route, key }: Idempotency,
): Promise<Row | undefined> =>
  database
    .selectFrom('idempotency')
    .select(['fingerprint', 'response_json'])
    .where('caller', '=', caller)
    .where('route', '=', route)
    .where('idempotency_key', '=', key)
    .executeTakeFirst()

function answerAgain(row: Row, idempotency: Idempotency): Remembered | Problem<IdempotencyProblem> {
  if (row.fingerprint !== idempotency.fingerprint) {
    return problem(
      'idempotency_mismatch',
      'This Idempotency-Key came with another request before. Use a new one for each request that is meant to create something new.',
    )
  }
  return { ids: JSON.parse(row.response_json) as readonly string[] }
}
