import type { Position } from '@keywright/core'
import { expect, it } from 'vitest'
import { LogSigner, logKeysOf } from '../../crypto.ts'
import { beginNewEpoch } from '../installation.ts'
import { protectLog, unprotectLog } from '../log/protection.ts'
import { verifyLog } from '../log/verify.ts'
import type { LogEntryRow } from '../schema.ts'
import { testOperator } from '../testing.ts'
import { accountEvent, appendMany, type Parts } from './parts.ts'
import { contractSuite } from './suite.ts'

/** Changes stored rows as somebody with the database in hand would. */
const tamper = (parts: Parts, change: (database: Parts['read']) => Promise<unknown>): Promise<void> =>
  parts.store.database.write.transaction().execute(async (database) => {
    await unprotectLog(database, parts.store.database.capabilities)
    await change(database)
    await protectLog(database, parts.store.database.capabilities)
  })

const faultyNumbers = async (parts: Parts, outside: Parameters<Parts['log']['verify']>[0] = []): Promise<number[]> =>
  (await parts.log.verify(outside)).faults.map(({ number }) => number)

const setEntry = (database: Parts['read'], number: number, columns: Partial<LogEntryRow>) =>
  database.updateTable('log_entries').set(columns).where('number', '=', number).execute()

contractSuite('verifying the log', (open, kind) => {
  it('finds a log whole that nobody touched, and tells how far it is', async () => {
    const parts = await open()
    await appendMany(parts, 9)
    const seen: (readonly [number, number])[] = []
    expect(await parts.log.verify([], (done, total) => seen.push([done, total]))).toEqual({
      entries: 10,
      from: 1,
      through: 10,
      faults: [],
    })
    expect(seen.at(-1)).toEqual([10, 10])
  })

  it('names the entry of which any column was altered', async () => {
    const parts = await open()
    await appendMany(parts, 9)
    const columns = {
      epoch: 'another',
      type: 'account.deleted',
      at_ms: 1,
      actor_kind: 'system',
      actor_id: 'somebody else',
      account_id: null,
      target_kind: 'key',
      target_id: 'key_9',
      scopes_json: '[]',
      before_json: null,
      after_json: '{"name":"after" }',
      reason: 'because',
      request_id: 'request-2',
      personal_commitment: null,
      hash: 'A'.repeat(43),
    } satisfies Partial<LogEntryRow>
    const [original] = await parts.read.selectFrom('log_entries').selectAll().where('number', '=', 5).execute()
    for (const [column, value] of Object.entries(columns)) {
      await tamper(parts, (database) => setEntry(database, 5, { [column]: value }))
      expect([column, await faultyNumbers(parts)]).toEqual([column, [5]])
      await tamper(parts, (database) => setEntry(database, 5, original as LogEntryRow))
    }
    expect(await faultyNumbers(parts)).toEqual([])
  })

  it('names entries that are missing', async () => {
    const parts = await open()
    await appendMany(parts, 9)
    await tamper(parts, (database) => database.deleteFrom('log_entries').where('number', 'in', [1, 4, 5]).execute())
    expect(await faultyNumbers(parts)).toEqual([1, 4, 5])
  })

  it('names entries that changed places, and which they are', async () => {
    const parts = await open()
    await appendMany(parts, 9)
    await tamper(parts, async (database) => {
      await setEntry(database, 3, { number: 100 })
      await setEntry(database, 7, { number: 3 })
      await setEntry(database, 100, { number: 7 })
    })
    expect((await parts.log.verify([])).faults).toEqual([
      { number: 3, fault: 'what stands here is entry 7, which was moved' },
      { number: 7, fault: 'what stands here is entry 3, which was moved' },
    ])
  })

  it('names an entry that was made anew without the key', async () => {
    const parts = await open()
    await appendMany(parts, 3)
    const forger = new LogSigner(logKeysOf(new Uint8Array(32).fill(1)))
    await tamper(parts, (database) => setEntry(database, 3, { log_key_id: forger.keyId, reason: 'forged' }))
    expect((await parts.log.verify([])).faults).toEqual([
      { number: 3, fault: `the entry is chained under log key ${forger.keyId}, which was not given` },
    ])
  })

  it('names what is cut off at the end by the head that stayed, and by a checkpoint that lay outside', async () => {
    const parts = await open()
    await appendMany(parts, 9)
    const checkpoint = await parts.log.checkpoint()
    await tamper(parts, (database) => database.deleteFrom('log_entries').where('number', '>', 7).execute())
    expect(await faultyNumbers(parts)).toEqual([8, 9, 10])
    const last = await parts.read
      .selectFrom('log_entries')
      .selectAll()
      .where('number', '=', 7)
      .executeTakeFirstOrThrow()
    await parts.store.database.write.updateTable('log_head').set({ number: 7, hash: last.hash }).execute()
    await parts.store.database.write.deleteFrom('log_checkpoints').execute()
    // The stated limit: without anything outside, the end is not known.
    expect(await faultyNumbers(parts)).toEqual([])
    expect(await faultyNumbers(parts, [checkpoint])).toEqual([8, 9, 10])
  })

  it('names a checkpoint from outside that is not what was signed, and an entry that it did not see', async () => {
    const parts = await open()
    await appendMany(parts, 4)
    const checkpoint = await parts.log.checkpoint()
    expect(await faultyNumbers(parts, [checkpoint])).toEqual([])
    expect(await faultyNumbers(parts, [{ ...checkpoint, number: 3 }])).toEqual([3])
    expect(await faultyNumbers(parts, [{ ...checkpoint, logKeyId: 'l000000000000' }])).toEqual([5])
  })

  it('names a head that does not match its last entry, and entries behind it', async () => {
    const parts = await open()
    await appendMany(parts, 4)
    await parts.store.database.write.updateTable('log_head').set({ hash: 'A' }).execute()
    expect(await faultyNumbers(parts)).toEqual([5])
    await parts.store.database.write.updateTable('log_head').set({ number: 3 }).execute()
    expect(await faultyNumbers(parts)).toEqual([3, 4])
  })

  it('names personal data that was altered or put beside an entry that had none', async () => {
    const parts = await open()
    await appendMany(parts, 4)
    const write = parts.store.database.write
    await write.updateTable('log_personal').set({ data_json: '{}' }).where('number', '=', 3).execute()
    await write.insertInto('log_personal').values({ number: 1, salt: 's', data_json: '{}' }).execute()
    expect(await faultyNumbers(parts)).toEqual([1, 3])
  })

  it('names a log that was emptied, head and all', async () => {
    const parts = await open()
    const { hash } = await parts.read.selectFrom('log_head').selectAll().executeTakeFirstOrThrow()
    await tamper(parts, async (database) => {
      await database.deleteFrom('log_entries').execute()
      await database.updateTable('log_head').set({ number: 0, hash }).execute()
    })
    expect(await faultyNumbers(parts)).toEqual([1])
  })

  it('does not take for missing what is pruned while it walks', async (context) => {
    if (kind === 'pglite') context.skip('because PGlite has one connection: what prunes would wait for what reads')
    const parts = await open()
    for (const count of [500, 500, 500, 500, 99, 1]) {
      parts.clock.advance(3_600_000)
      await parts.write(testOperator, async ({ append }) => {
        for (let index = 0; index < count; index++) append(accountEvent(`acc_${index}`))
      })
    }
    let pruned = false
    const prunedAfterOneBatch = parts.read.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        if (result.rows.length === 1_000 && !pruned) {
          pruned = true
          await parts.log.prune(testOperator, parts.clock.wallMs())
        }
        return result
      },
    })
    const { faults, from } = await verifyLog(prunedAfterOneBatch, parts.store.log.signer, [])
    expect([faults, from]).toEqual([[], 2_101])
  })

  it('verifies a log that is longer than a batch', async () => {
    const parts = await open()
    for (let round = 0; round < 5; round++) {
      await parts.write(testOperator, async ({ append }) => {
        for (let index = 0; index < 500; index++) append(accountEvent('a'))
      })
    }
    await tamper(parts, (database) => setEntry(database, 1_001, { reason: 'altered' }))
    expect(await parts.log.verify([])).toMatchObject({ entries: 2_501, faults: [{ number: 1_001 }] })
  })

  it('does not start to walk with a log key that is not the one of the log', async () => {
    const parts = await open()
    await appendMany(parts, 2)
    const other = new LogSigner(logKeysOf(new Uint8Array(32).fill(1)))
    expect((await verifyLog(parts.read, other, [])).faults.map(({ number }) => number)).toEqual([1, 2, 3])
  })
})

contractSuite('pruning and erasing', (open) => {
  it('replaces old entries by a signed checkpoint from which the rest verifies', async () => {
    const parts = await open()
    await appendMany(parts, 9)
    const cut = await parts.read
      .selectFrom('log_entries')
      .select('at_ms')
      .where('number', '=', 6)
      .executeTakeFirstOrThrow()
    const { removed, checkpoint } = await parts.log.prune(testOperator, cut.at_ms)
    expect([removed, checkpoint.number]).toEqual([5, 5])
    expect(await parts.log.verify([checkpoint])).toEqual({ entries: 6, from: 6, through: 11, faults: [] })
    const page = await parts.log.list({}, {})
    expect('items' in page && page.items[0]).toMatchObject({ type: 'log.pruned', after: { through: 5, removed: 5 } })
    expect(await parts.read.selectFrom('log_personal').select('number').where('number', '<=', 5).execute()).toEqual([])
    // The guard is back.
    await expect(
      parts.write(testOperator, ({ database }) => database.deleteFrom('log_entries').execute()),
    ).rejects.toThrow()
  })

  it('removes nothing, and says so, where nothing is old enough', async () => {
    const parts = await open()
    await appendMany(parts, 2)
    expect(await parts.log.prune(testOperator, 0)).toMatchObject({ removed: 0, checkpoint: { number: 3 } })
    expect((await parts.log.verify([])).entries).toBe(3)
  })

  it('does not take an ordinary checkpoint for a pruned one', async () => {
    const parts = await open()
    await appendMany(parts, 4)
    const checkpoint = await parts.log.checkpoint()
    await appendMany(parts, 1)
    await tamper(parts, (database) =>
      database.deleteFrom('log_entries').where('number', '<=', checkpoint.number).execute(),
    )
    await parts.store.database.write.updateTable('log_checkpoints').set({ pruned: 1 }).execute()
    expect(await faultyNumbers(parts)).toEqual([1, 2, 3, 4, 5])
  })

  it('erases personal data without breaking the chain, with an event that says where', async () => {
    const parts = await open()
    await appendMany(parts, 4)
    expect(await parts.log.erasePersonal(testOperator, [2, 3, 3, 99])).toBe(2)
    expect(await faultyNumbers(parts)).toEqual([])
    const page = await parts.log.list({}, {})
    const items = 'items' in page ? page.items : []
    expect(items.map(({ personal }) => personal)).toEqual([
      null,
      { network: '192.0.2.0/24', userAgent: 'curl/8' },
      { network: '192.0.2.0/24', userAgent: 'curl/8' },
      null,
      null,
      null,
    ])
    expect(items[0]).toMatchObject({ type: 'log.personal_data_erased', after: { entries: [2, 3] } })
  })
})

contractSuite('reading the log', (open) => {
  it('lists newest first, by account, key, type and number, page by page', async () => {
    const parts = await open()
    await appendMany(parts, 5)
    const numbers = async (
      filter: Parameters<Parts['log']['list']>[0],
      page: Parameters<Parts['log']['list']>[1] = {},
    ) => {
      const answer = await parts.log.list(filter, page)
      return 'items' in answer ? answer.items.map(({ number }) => number) : answer.problem
    }
    expect(await numbers({})).toEqual([6, 5, 4, 3, 2, 1])
    expect(await numbers({ accountId: 'acc_2' })).toEqual([4])
    expect(await numbers({ type: 'installation.created' })).toEqual([1])
    expect(await numbers({ afterNumber: 4 })).toEqual([6, 5])
    expect(await numbers({ keyId: 'acc_2' })).toEqual([])
    const first = await parts.log.list({}, { limit: 4 })
    const cursor = 'nextCursor' in first ? (first.nextCursor ?? undefined) : undefined
    expect(await numbers({}, { limit: 4, cursor })).toEqual([2, 1])
    expect(await numbers({ type: 'account.updated' }, { cursor })).toBe('invalid_cursor')
  })

  it('answers the head with what changed since, oldest first', async () => {
    const parts = await open()
    const { position } = await parts.log.head(null)
    await appendMany(parts, 3)
    const answer = await parts.log.head(position)
    expect(answer).toMatchObject({ complete: true, reset: false, ageMs: 0, storeTimeMs: parts.clock.wallMs() })
    expect(answer.changes).toEqual([
      { number: 2, hash: expect.any(String), scopes: ['account:acc_0'] },
      { number: 3, hash: expect.any(String), scopes: ['account:acc_1'] },
      { number: 4, hash: answer.position.hash, scopes: ['account:acc_2'] },
    ])
    expect(await parts.log.head(answer.position)).toMatchObject({
      changes: [],
      reset: false,
      position: answer.position,
    })
  })

  it('answers at most 1,000 changes, with the position from which to ask again', async () => {
    const parts = await open()
    let { position } = await parts.log.head(null)
    for (let round = 0; round < 3; round++) {
      await parts.write(testOperator, async ({ append }) => {
        for (let index = 0; index < 500; index++) append(accountEvent('a'))
      })
    }
    const first = await parts.log.head(position)
    expect([first.complete, first.changes.length, first.position.number]).toEqual([false, 1_000, 1_001])
    position = first.position
    const second = await parts.log.head(position)
    expect([second.complete, second.reset, second.changes.length, second.position.number]).toEqual([
      true,
      false,
      500,
      1_501,
    ])
  })

  it('resets whoever stands at a place of another past: wrong hash, unknown number, other epoch, pruned', async () => {
    const parts = await open()
    await appendMany(parts, 5)
    const { position } = await parts.log.head(null)
    const reset = async (after: Position) => (await parts.log.head(after)).reset
    expect(await reset({ ...position, hash: 'A' })).toBe(true)
    expect(await reset({ ...position, number: 99 })).toBe(true)
    expect(await reset({ ...position, epoch: 'another' })).toBe(true)
    expect(await reset({ ...position, number: 0 })).toBe(true)
    expect(await reset({ ...position, number: -1 })).toBe(true)
    const entry = (number: number) =>
      parts.read
        .selectFrom('log_entries')
        .select(['epoch', 'number', 'hash'])
        .where('number', '=', number)
        .executeTakeFirstOrThrow()
    const [second, fourth] = [await entry(2), await entry(4)]
    expect(await reset(second)).toBe(false)
    const fifth = await parts.read
      .selectFrom('log_entries')
      .select('at_ms')
      .where('number', '=', 5)
      .executeTakeFirstOrThrow()
    await parts.log.prune(testOperator, fifth.at_ms)
    expect(await reset(second)).toBe(true)
    // Everything after the checkpoint is still there.
    expect(await reset(fourth)).toBe(false)
    expect((await parts.log.head(fourth)).changes.map(({ number }) => number)).toEqual([5, 6, 7])
  })

  it('begins a new epoch after a restore, in which every earlier place is foreign and the chain goes on', async () => {
    const parts = await open()
    await appendMany(parts, 2)
    const { position } = await parts.log.head(null)
    await beginNewEpoch(parts.write, parts.store.log, testOperator)
    const answer = await parts.log.head(position)
    expect(answer.reset).toBe(true)
    expect(answer.position.epoch).not.toBe(position.epoch)
    await appendMany(parts, 1)
    expect(await parts.log.verify([])).toMatchObject({ entries: 5, faults: [] })
  })
})
