import { expect, it } from 'vitest'
import type { UsageBatch } from '../ports.ts'
import { testConfig, testOperator, testSource } from '../testing.ts'
import { storeKey } from './parts.ts'
import { contractSuite } from './suite.ts'

const hourMs = 3_600_000
const noonMs = Date.UTC(2026, 10, 20, 12)

const batchOf = (number: number, parts: Partial<UsageBatch>): UsageBatch => ({
  process: 'process-1',
  number,
  usage: [],
  lastUsed: [],
  activity: [],
  refusals: [],
  ...parts,
})

const count = (keyId: string, total: number, atMs = noonMs) => ({
  keyId,
  hourMs: atMs,
  code: 'VALID',
  tag: '',
  count: total,
})

const check = (keyId: string, atMs: number) => ({
  keyId,
  atMs,
  code: 'VALID',
  permission: 'jobs.view',
  network: '192.0.2.0/24',
  userAgent: 'curl/8',
  tag: null,
})

contractSuite('usage', (open, kind) => {
  it('counts a batch once, however often it is delivered', async () => {
    const { store, usage } = await open()
    await storeKey(store, 'key_1')
    const refusals = [{ hourMs: noonMs, code: 'NOT_FOUND', network: '192.0.2.0/24', count: 2 }]
    const batch = batchOf(1, {
      usage: [count('key_1', 3), count('key_1', 1)],
      activity: [check('key_1', noonMs)],
      refusals,
    })
    expect(await Promise.all([usage.store(batch), usage.store(batch)])).toContain(false)
    expect(await usage.store(batch)).toBe(false)
    expect(await usage.store({ ...batch, number: 2 })).toBe(true)
    expect(await usage.store({ ...batch, process: 'process-2' })).toBe(true)
    const range = { fromMs: noonMs, toMs: noonMs + hourMs }
    expect(await usage.read('key_1', { ...range, granularity: 'hour' })).toEqual([
      { startMs: noonMs, code: 'VALID', tag: '', count: 12 },
    ])
    expect(await usage.refusals(range)).toEqual([
      { hourMs: noonMs, code: 'NOT_FOUND', network: '192.0.2.0/24', count: 6 },
    ])
    expect(await usage.refusals({ fromMs: 0, toMs: noonMs })).toEqual([])
    const page = await usage.activity('key_1', {})
    expect('items' in page && page.items).toHaveLength(3)
  })

  it('T8, U9: touches usage only: 1,000 checks stored around a revocation never bring a key back', async () => {
    const { store, usage, checks } = await open()
    const text = await storeKey(store, 'key_1')
    const before = await store.read.selectFrom('keys').selectAll().execute()
    const batches = Array.from({ length: 1_000 / 20 }, (_, number) =>
      usage.store(
        batchOf(number, {
          usage: [count('key_1', 20)],
          lastUsed: [{ keyId: 'key_1', atMs: noonMs + number, network: null, userAgent: null }],
        }),
      ),
    )
    const revoked = store.context.write(testOperator, ({ database }) =>
      database.updateTable('keys').set({ state: 'revoked' }).execute(),
    )
    await Promise.all([...batches, revoked])
    expect((await checks.key(text)).facts?.state).toBe('revoked')
    expect(await store.read.selectFrom('keys').selectAll().execute()).toEqual([{ ...before[0], state: 'revoked' }])
    const [bucket] = await usage.read('key_1', { fromMs: 0, toMs: noonMs + hourMs, granularity: 'day' })
    expect(bucket).toEqual({ startMs: Date.UTC(2026, 10, 20), code: 'VALID', tag: '', count: 1_000 })
  })

  it('keeps the newest use, whatever order batches arrive in', async () => {
    const { store, usage } = await open()
    await storeKey(store, 'key_1')
    const used = (atMs: number) => [{ keyId: 'key_1', atMs, network: `${atMs}.0.0.0/24`, userAgent: 'curl\0' }]
    await usage.store(batchOf(1, { lastUsed: [...used(20), ...used(10)] }))
    await usage.store(batchOf(2, { lastUsed: used(15) }))
    expect(await store.read.selectFrom('key_last_used').selectAll().execute()).toEqual([
      { key_id: 'key_1', at_ms: 20, network: '20.0.0.0/24', user_agent: 'curl\ufffd' },
    ])
  })

  it('drops what belongs to keys that were deleted, and stores the rest', async () => {
    const { store, usage } = await open()
    await storeKey(store, 'key_1')
    const both = ['key_gone', 'key_1']
    const batch = batchOf(1, {
      usage: both.map((id) => count(id, 1)),
      lastUsed: both.map((keyId) => ({ keyId, atMs: 1, network: null, userAgent: null })),
      activity: both.map((id) => check(id, noonMs)),
    })
    expect(await usage.store(batch)).toBe(true)
    for (const table of ['usage', 'key_last_used', 'activity'] as const) {
      expect(await store.read.selectFrom(table).select('key_id').execute()).toEqual([{ key_id: 'key_1' }])
    }
  })

  it('stores a batch that is larger than any statement', async () => {
    const { store, usage } = await open()
    await storeKey(store, 'key_1')
    const many = Array.from({ length: 1_300 }, (_, index) => ({ ...count('key_1', 1), tag: `tag-${index}` }))
    expect(await usage.store(batchOf(1, { usage: many }))).toBe(true)
    expect(await store.read.selectFrom('usage').select('tag').execute()).toHaveLength(1_300)
  })

  it('lets checks have their turn while it stores a large batch', async (context) => {
    if (kind !== 'sqlite') context.skip('because a database of its own holds nobody up, and is given more at a time')
    const { store, usage } = await open()
    await storeKey(store, 'key_1')
    let turns = 0
    let stored = false
    const turn = () => {
      turns++
      if (!stored) setImmediate(turn)
    }
    setImmediate(turn)
    const many = Array.from({ length: 1_000 }, (_, index) => ({ ...count('key_1', 1), tag: `tag-${index}` }))
    await usage.store(batchOf(1, { usage: many }))
    stored = true
    expect(turns).toBeGreaterThanOrEqual(10)
  })

  it('keeps as many of the newest checks of a key as the configuration says, for as long as it says', async () => {
    const config = testConfig({ ...testSource, activity: { perKeyMax: 5, keepDays: 2 } })
    const { store, usage, clock } = await open({ config })
    await storeKey(store, 'key_1')
    await storeKey(store, 'key_2')
    const checks = Array.from({ length: 8 }, (_, index) => check('key_1', noonMs - index))
    await usage.store(batchOf(1, { activity: [...checks, check('key_2', noonMs - 100)] }))
    await usage.store(batchOf(2, { activity: [check('key_1', noonMs + 1)] }))
    const first = await usage.activity('key_1', { limit: 3 })
    if (!('items' in first)) throw new Error(first.problem)
    const second = await usage.activity('key_1', { limit: 3, cursor: first.nextCursor ?? undefined })
    if (!('items' in second)) throw new Error(second.problem)
    expect([...first.items, ...second.items].map(({ atMs }) => atMs - noonMs)).toEqual([1, 0, -1, -2, -3])
    expect(await usage.activity('key_2', { cursor: first.nextCursor ?? undefined })).toMatchObject({
      problem: 'invalid_cursor',
    })
    clock.advance(2 * 24 * hourMs + 1)
    // Hidden at once, and removed at most a day later.
    expect(await usage.activity('key_1', {})).toEqual({ items: [], nextCursor: null })
    expect(await store.read.selectFrom('activity').select('id').execute()).toHaveLength(6)
    clock.advance(24 * hourMs)
    await usage.sweep()
    expect(await store.read.selectFrom('activity').select('id').execute()).toEqual([])
  })

  it('sweeps what only served recent days and keeps the rest', async () => {
    const { store, usage, clock, quotas, credentials } = await open()
    await storeKey(store, 'key_1')
    const idempotency = { key: 'once', route: 'r', fingerprint: 'f' }
    await credentials.create(testOperator, { kind: 'operator', name: 'A' }, idempotency)
    for (const period of ['day', 'month', null] as const) {
      await quotas.take({ lineageId: 'lin_key_1', quota: { limit: 5, period }, cost: 1, atMs: clock.wallMs() })
    }
    await usage.store(
      batchOf(1, {
        usage: [count('key_1', 1)],
        refusals: [{ hourMs: noonMs, code: 'NOT_FOUND', network: '', count: 1 }],
      }),
    )
    clock.advance(23 * hourMs)
    await usage.sweep()
    expect(await store.read.selectFrom('idempotency').select('route').execute()).toHaveLength(1)
    clock.advance(100 * 24 * hourMs)
    await usage.sweep()
    const rows = async (table: 'idempotency' | 'usage_batches' | 'refusals' | 'quota_uses' | 'usage') =>
      (await store.read.selectFrom(table).selectAll().execute()).length
    expect(
      await Promise.all((['idempotency', 'usage_batches', 'refusals', 'quota_uses', 'usage'] as const).map(rows)),
    ).toEqual([0, 0, 0, 1, 1])
  })
})

contractSuite('quotas', (open) => {
  const quota = { limit: 10, period: 'day' } as const

  it('T9: accept exactly as many of parallel takes as there are', async () => {
    const { store, quotas, clock } = await open()
    await storeKey(store, 'key_1')
    const request = { lineageId: 'lin_key_1', quota, cost: 1, atMs: clock.wallMs() }
    const answers = await Promise.all(Array.from({ length: 40 }, () => quotas.take(request)))
    expect(answers.filter(({ taken }) => taken)).toHaveLength(10)
    expect(answers.filter(({ taken }) => !taken).every(({ used }) => used === 10)).toBe(true)
    expect(answers[0]?.resetsAtMs).toBe(Date.UTC(2026, 10, 21))
  })

  it('take a cost as a whole or not at all, and nothing for a cost of 0', async () => {
    const { store, quotas, clock } = await open()
    await storeKey(store, 'key_1')
    const take = async (cost: number) => {
      const { taken, used } = await quotas.take({ lineageId: 'lin_key_1', quota, cost, atMs: clock.wallMs() })
      return [taken, used]
    }
    expect(await take(11)).toEqual([false, 0])
    expect(await take(0)).toEqual([true, 0])
    expect(await take(7)).toEqual([true, 7])
    expect(await take(4)).toEqual([false, 7])
    expect(await take(3)).toEqual([true, 10])
    expect(await take(0)).toEqual([true, 10])
  })

  it('give back what was taken, never below nothing', async () => {
    const { store, quotas, clock } = await open()
    await storeKey(store, 'key_1')
    const request = { lineageId: 'lin_key_1', quota, cost: 3, atMs: clock.wallMs() }
    await quotas.take(request)
    await quotas.giveBack({ ...request, cost: 1 })
    expect(await quotas.take({ ...request, cost: 1 })).toMatchObject({ used: 3 })
    await quotas.giveBack({ ...request, cost: 9 })
    expect(await quotas.take(request)).toMatchObject({ taken: true, used: 3 })
  })

  it('T9: what is given back after the period has turned is of the old one, and the new one stays exact', async () => {
    const { store, quotas } = await open()
    await storeKey(store, 'key_1')
    const request = { lineageId: 'lin_key_1', quota, cost: 1 }
    const [lastMs, nextMs] = [Date.UTC(2026, 10, 21) - 1, Date.UTC(2026, 10, 21)]
    const before = { ...request, atMs: lastMs }
    expect(await quotas.take({ ...before, cost: 10 })).toMatchObject({ taken: true, resetsAtMs: nextMs })
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, () => quotas.take({ ...request, atMs: nextMs }))),
      quotas.giveBack({ ...before, cost: 10 }),
    ])
    expect(answers.filter(({ taken }) => taken)).toHaveLength(10)
    expect(await quotas.take({ ...request, atMs: nextMs })).toMatchObject({ taken: false, used: 10 })
    expect(await quotas.take(before)).toMatchObject({ taken: true, used: 1 })
    // Swept meanwhile: there is nothing to give back to.
    await store.database.write.deleteFrom('quota_uses').where('period', '=', '2026-11-20').execute()
    await quotas.giveBack(before)
    expect(await quotas.take({ ...request, atMs: nextMs })).toMatchObject({ taken: false, used: 10 })
  })

  it('begin anew with each period, and take nothing for a lineage that is gone', async () => {
    const { store, quotas, clock } = await open()
    await storeKey(store, 'key_1')
    const request = { lineageId: 'lin_key_1', quota: { limit: 1, period: 'month' } as const, cost: 1 }
    expect(await quotas.take({ ...request, atMs: clock.wallMs() })).toMatchObject({ taken: true })
    expect(await quotas.take({ ...request, atMs: Date.UTC(2026, 10, 30, 23) })).toMatchObject({ taken: false })
    expect(await quotas.take({ ...request, atMs: Date.UTC(2026, 11, 1) })).toMatchObject({ taken: true })
    expect(await quotas.take({ ...request, lineageId: 'lin_gone', atMs: clock.wallMs() })).toMatchObject({
      taken: false,
      used: 0,
    })
  })
})
