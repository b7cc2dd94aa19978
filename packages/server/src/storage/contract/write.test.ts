import { problem } from '@keywright/core'
import { expect, it } from 'vitest'
import { accountsOf } from '../accounts.ts'
import { testOperator } from '../testing.ts'
import { accountEvent, storeKey } from './parts.ts'
import { contractSuite } from './suite.ts'

contractSuite('writing', (open) => {
  it('begins with the entry of the installation, under one epoch', async () => {
    const { read } = await open()
    const [entry, ...rest] = await read.selectFrom('log_entries').selectAll().execute()
    const head = await read.selectFrom('log_head').selectAll().executeTakeFirstOrThrow()
    expect(rest).toEqual([])
    expect(entry).toMatchObject({ number: 1, type: 'installation.created', epoch: head.epoch, hash: head.hash })
    expect(head.number).toBe(1)
  })

  it('commits rows and events together and is answered after the memory applied the last of them', async () => {
    const seen: number[] = []
    const { write, read } = await open({ applied: async ({ number }) => void seen.push(number) })
    await write(testOperator, async ({ append }) => {
      append(accountEvent('a'))
      append(accountEvent('b'))
    })
    expect(seen).toEqual([3])
    const rows = await read.selectFrom('log_entries').select(['number', 'account_id']).orderBy('number').execute()
    expect(rows.map(({ account_id }) => account_id)).toEqual([null, 'a', 'b'])
  })

  it('rolls back everything of a refused change, and of one that throws', async () => {
    const { write, read } = await open()
    const change = (end: () => unknown) =>
      write(testOperator, async ({ database, append }) => {
        await database.insertInto('digest_chains').values({ id: 'd1', steps_json: '[]' }).execute()
        append(accountEvent('a'))
        return end()
      })
    expect(await change(() => problem('account_not_found'))).toEqual({ problem: 'account_not_found' })
    await expect(
      change(() => {
        throw new Error('a bug')
      }),
    ).rejects.toThrow('a bug')
    expect(await read.selectFrom('digest_chains').selectAll().where('id', '=', 'd1').execute()).toEqual([])
    expect(await read.selectFrom('log_entries').select('number').execute()).toHaveLength(1)
  })

  it('answers a change although the memory failed to apply it', async () => {
    const { write, read } = await open({ applied: () => Promise.reject(new Error('no memory')) })
    expect(await write(testOperator, async ({ append }) => append(accountEvent('a')))).toBeUndefined()
    expect(await read.selectFrom('log_entries').select('number').execute()).toHaveLength(2)
  })

  it('gives parallel changes gap-free numbers, and one that fails takes none of the others with it', async () => {
    const { write, log } = await open()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 90 }, (_, index) =>
        write(testOperator, async ({ append }) => {
          append(accountEvent(`acc_${index}`))
          if (index % 9 === 0) throw new Error('a bug')
          return index
        }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10)
    expect(await log.verify([])).toMatchObject({ entries: 81, faults: [] })
  })

  it('refuses more than 500 events in one change, and a change within a change', async () => {
    const { write } = await open()
    const many = (count: number) =>
      write(testOperator, async ({ append }) => {
        for (let index = 0; index < count; index++) append(accountEvent('a'))
      })
    await many(500)
    await expect(many(501)).rejects.toThrow('501 events')
    await expect(write(testOperator, () => write(testOperator, async () => {}))).rejects.toThrow('cannot contain')
  })

  it('refuses to change or remove entries of the log, whoever asks', async () => {
    const { write, read } = await open()
    const refused = 'only ever added'
    await expect(write(testOperator, ({ database }) => database.deleteFrom('log_entries').execute())).rejects.toThrow(
      refused,
    )
    await expect(
      write(testOperator, ({ database }) => database.updateTable('log_entries').set({ reason: 'x' }).execute()),
    ).rejects.toThrow(refused)
    expect(await read.selectFrom('log_entries').select('number').execute()).toHaveLength(1)
  })

  it('stores what a caller sends of text that no database can hold without failing', async () => {
    const { write, log } = await open()
    await write({ ...testOperator, reason: 'half \ud800 and \0', userAgent: '\0' }, async ({ append }) =>
      append(accountEvent('a')),
    )
    const page = await log.list({}, {})
    expect('items' in page && page.items[0]?.reason).toBe('half \ufffd and \ufffd')
    expect(await log.verify([])).toMatchObject({ faults: [] })
  })

  it('T23: refuses a digest that is stored already', async () => {
    const { store } = await open()
    await storeKey(store, 'key_1')
    const [row] = await store.read.selectFrom('keys').select('digest').execute()
    await expect(storeKey(store, 'key_2', { digest: row?.digest ?? '' })).rejects.toThrow()
    expect(await store.read.selectFrom('keys').select('id').execute()).toEqual([{ id: 'key_1' }])
  })

  it('removes everything that belongs to an account with it', async () => {
    const { store, quotas, usage, clock } = await open()
    const accountId = `acc_${'1'.repeat(20)}`
    await storeKey(store, 'key_1', { account_id: accountId })
    await quotas.take({ lineageId: 'lin_key_1', quota: { limit: 5, period: null }, cost: 1, atMs: clock.wallMs() })
    await usage.store({
      process: 'p',
      number: 1,
      usage: [{ keyId: 'key_1', hourMs: 0, code: 'VALID', tag: '', count: 1 }],
      lastUsed: [{ keyId: 'key_1', atMs: 1, network: null, userAgent: null }],
      activity: [],
      refusals: [],
    })
    expect(await accountsOf(store.context).delete(testOperator, accountId)).toBeNull()
    for (const table of ['keys', 'lineages', 'quota_uses', 'usage', 'key_last_used'] as const) {
      expect(await store.read.selectFrom(table).selectAll().execute()).toEqual([])
    }
  })
})
