import type { Kysely } from 'kysely'
import type { DigestChain, Digests } from '../crypto.ts'
import type { Write } from './context.ts'
import { fromJson, toJson } from './json.ts'
import { appendEvents, type LogWriter, readHead } from './log/append.ts'
import { genesisHash } from './log/chain.ts'
import type { Caller } from './ports.ts'
import type { Schema } from './schema.ts'
import type { StoreTime } from './store-time.ts'
import type { Transact } from './transact.ts'

const caller: Caller = { actor: { kind: 'system', id: 'keywright' }, requestId: 'start' }

const newEpoch = (log: LogWriter): string => Buffer.from(log.randomBytes(16)).toString('base64url')

/** Begins the log of a store that has none; on any other it changes nothing. */
export async function ensureInstallation(transact: Transact, log: LogWriter, now: StoreTime): Promise<void> {
  await transact(async (database) => {
    const epoch = newEpoch(log)
    const hash = genesisHash(log.signer, log.signer.keyId, epoch)
    const { numInsertedOrUpdatedRows } = await database
      .insertInto('log_head')
      .values({ id: 1, epoch, number: 0, hash })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows === 0n) return { result: null, keep: false }
    await appendEvents(
      log,
      database,
      caller,
      [
        {
          type: 'installation.created',
          accountId: null,
          target: { kind: 'installation', id: epoch },
          scopes: ['all'],
        },
      ],
      await now(database),
    )
    return { result: null, keep: true }
  })
}

/** The ways from a text to its digest that stored keys and credentials need. */
export async function chainsInUse(database: Kysely<Schema>): Promise<readonly DigestChain[]> {
  const rows = await database
    .selectFrom('digest_chains')
    .selectAll()
    .where(({ or, exists, selectFrom }) =>
      or([
        exists(selectFrom('keys').select('id').whereRef('keys.digest_chain', '=', 'digest_chains.id')),
        exists(selectFrom('credentials').select('id').whereRef('credentials.digest_chain', '=', 'digest_chains.id')),
        exists(selectFrom('invitations').select('id').whereRef('invitations.digest_chain', '=', 'digest_chains.id')),
      ]),
    )
    .orderBy('id')
    .execute()
  return rows.map(({ id, steps_json }) => ({ id, steps: fromJson<DigestChain['steps']>(steps_json) }))
}

/** Stores the chain that new digests use, so that its rows name a known one. */
export async function ensureChain(transact: Transact, digests: Digests): Promise<void> {
  const { id, steps } = digests.current
  await transact(async (database) => {
    await database
      .insertInto('digest_chains')
      .values({ id, steps_json: toJson(steps) })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    return { result: null, keep: true }
  })
}

/**
 * Begins a new epoch after a restore: every memory of the history that was lost no longer matches and forgets everything. The chain goes
 * on from the last entry that is there.
 */
export async function beginNewEpoch(write: Write, log: LogWriter, restorer: Caller): Promise<void> {
  await write(restorer, async ({ database, append }) => {
    const before = await readHead(database, log.rowLocks)
    const epoch = newEpoch(log)
    await database.updateTable('log_head').set({ epoch }).where('id', '=', 1).execute()
    append({
      type: 'installation.restored',
      accountId: null,
      target: { kind: 'installation', id: epoch },
      scopes: ['all'],
      before: { epoch: before.epoch, number: before.number },
      after: { epoch },
    })
  })
}
