import { expect, it } from 'vitest'
import { testOperator } from '../testing.ts'
import { accepted, openWorld, refusal, secretOf } from './resources.ts'
import { contractSuite } from './suite.ts'

const idempotency = { key: 'first', route: 'POST /v1/accounts/{account}/keys', fingerprint: 'f1' }

contractSuite('repeated creations', (open) => {
  it('answer the same record again, as it is now, without its secret', async () => {
    const { storage, accountId, eventCount } = await openWorld(open)
    const create = () => storage.keys.create(testOperator, accountId, { name: 'A' }, idempotency)
    const first = accepted(await create())
    expect([secretOf(first) === '', first.replayed]).toEqual([false, false])
    accepted(await storage.keys.update(testOperator, first.record.id, { name: 'B' }))
    const before = await eventCount()
    const second = accepted(await create())
    expect(second).toEqual({ record: await storage.keys.read(first.record.id), secret: null, replayed: true })
    expect(second.record.name).toBe('B')
    expect(await eventCount()).toBe(before)
  })

  it('create exactly one of ten at once', async () => {
    const { storage, accountId, read } = await openWorld(open)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => storage.keys.create(testOperator, accountId, { name: 'A' }, idempotency)),
    )
    expect(answers.map(accepted).filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await read.selectFrom('keys').select('id').execute()).toHaveLength(1)
    const route = 'POST /v1/accounts'
    const accounts = await Promise.all(
      Array.from({ length: 10 }, () => storage.accounts.create(testOperator, { name: 'A' }, { ...idempotency, route })),
    )
    expect(new Set(accounts.map((answer) => accepted(answer).record.id)).size).toBe(1)
  })

  it('are refused with another request, and free for another caller, another route and after a refusal', async () => {
    const { storage, accountId } = await openWorld(open)
    const { create } = storage.keys
    expect(refusal(await create(testOperator, accountId, {}, idempotency))).toBe('not_allowed_by_configuration /name')
    const first = accepted(await create(testOperator, accountId, { name: 'A' }, idempotency))
    expect(refusal(await create(testOperator, accountId, { name: 'B' }, { ...idempotency, fingerprint: 'f2' }))).toBe(
      'idempotency_mismatch',
    )
    const other = { ...testOperator, actor: { kind: 'operator' as const, id: 'operator-2' } }
    for (const answer of [
      await create(other, accountId, { name: 'A' }, idempotency),
      await create(testOperator, accountId, { name: 'A' }, { ...idempotency, route: 'elsewhere' }),
    ]) {
      expect(accepted(answer).replayed).toBe(false)
      expect(accepted(answer).record.id).not.toBe(first.record.id)
    }
  })

  it('say that what was created is gone, and never make another in its place', async () => {
    const { storage, accountId, read } = await openWorld(open)
    const { record } = accepted(await storage.keys.create(testOperator, accountId, { name: 'A' }, idempotency))
    expect(await storage.keys.change(testOperator, record.id, 'delete')).toBeNull()
    expect(refusal(await storage.keys.create(testOperator, accountId, { name: 'A' }, idempotency))).toBe(
      'idempotency_mismatch',
    )
    expect(await read.selectFrom('keys').select('id').execute()).toEqual([])
  })

  it('rotate once: the repetition answers both keys and no secret', async () => {
    const { storage, key } = await openWorld(open)
    const { id } = await key()
    const rotate = () =>
      storage.keys.rotate(testOperator, id, { overlapSeconds: 3_600 }, { ...idempotency, route: 'rotate' })
    const first = accepted(await rotate())
    const second = accepted(await rotate())
    expect(second).toEqual({ ...first, secret: null, replayed: true })
  })

  it('keep no secret in what is remembered', async () => {
    const { storage, accountId, read } = await openWorld(open)
    const made = accepted(await storage.keys.create(testOperator, accountId, { name: 'A' }, idempotency))
    const rows = await read.selectFrom('idempotency').selectAll().execute()
    expect(rows).toMatchObject([{ status: 201, response_json: JSON.stringify([made.record.id]) }])
  })
})
