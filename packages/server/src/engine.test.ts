import { type CheckRequest, isProblem, type NodeEngine, type Position } from '@keywright/core'
import { afterEach, describe, expect, test } from 'vitest'
import { engineOver } from './engine.ts'
import type { KeyInput, KeyRecord, Storage } from './storage/ports.ts'
import { storageOf } from './storage/storage.ts'
import {
  openTestStore,
  type TestDatabaseKind,
  testClock,
  testConfig,
  testDatabases,
  testOperator,
} from './storage/testing.ts'

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

interface Node {
  readonly storage: Storage
  readonly engine: NodeEngine
  readonly account: string
  create(input?: KeyInput): Promise<{ readonly record: KeyRecord; readonly secret: string }>
  checkOf(secret: string): CheckRequest
}

/** One node as the server wires it: a change is answered after the node's own engine has applied it. */
async function openNode(kind: TestDatabaseKind, around?: (storage: Storage) => Storage): Promise<Node> {
  const config = testConfig()
  const clock = testClock()
  let engine: NodeEngine | undefined
  const applied = async (position: Position) => engine?.applied(position)
  const store = await openTestStore({ kind, config, clock, applied })
  opened.push(() => store.close())
  const bare = storageOf(store)
  const storage = around === undefined ? bare : around(bare)
  const made = engineOver(storage, config, clock, { freshnessMs: 1_000, outageGraceMs: 0 })
  engine = made
  await made.refresh()
  const account = accepted(await storage.accounts.create(testOperator, { name: 'Acme' })).record.id
  return {
    storage,
    engine: made,
    account,
    create: async (input = {}) => {
      const { record, secret } = accepted(await storage.keys.create(testOperator, account, { name: 'Sync', ...input }))
      return { record, secret: secret?.expose() ?? '' }
    },
    checkOf: (key) => ({ key, permissions: ['jobs.view'], environment: 'live', audiences: ['api'] }),
  }
}

function accepted<Value>(value: Value): Exclude<Value, { readonly problem: string }> {
  if (isProblem(value)) throw new Error(`refused: ${value.problem} ${value.detail ?? ''}`)
  return value as Exclude<Value, { readonly problem: string }>
}

describe.each(testDatabases)('a node on %s', (kind) => {
  test('T8, U9: with 1,000 checks in flight and one revoke, no check that began after the answer is accepted, and usage never brings the key back', async () => {
    const { storage, engine, create, checkOf } = await openNode(kind)
    const { record, secret } = await create()
    const before = Array.from({ length: 500 }, async () => engine.verify(checkOf(secret)))
    const revoking = storage.keys.change(testOperator, record.id, 'revoke')
    const during = Array.from({ length: 500 }, async () => engine.verify(checkOf(secret)))
    accepted(await revoking)
    const after = await Promise.all(Array.from({ length: 1_000 }, async () => engine.verify(checkOf(secret))))
    expect(new Set(after.map(({ code }) => code))).toEqual(new Set(['REVOKED']))
    const settled = await Promise.all([...before, ...during])
    expect(settled.every(({ code }) => code === 'VALID' || code === 'REVOKED')).toBe(true)
    await engine.flush((batch) => storage.usage.store(batch))
    expect(accepted(await storage.keys.read(record.id)).state).toBe('revoked')
    expect((await engine.verify(checkOf(secret))).code).toBe('REVOKED')
  })

  test('a row that was loaded while its revocation was being written is not remembered as active', async () => {
    // The load reads its snapshot, then waits until the revocation is answered, and arrives after it.
    let letGo: () => void = () => {}
    let loaded: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const read = new Promise<void>((resolve) => {
      loaded = resolve
    })
    let holdNext = true
    const { storage, engine, create, checkOf } = await openNode(kind, (bare) => ({
      ...bare,
      checks: {
        ...bare.checks,
        key: async (text) => {
          const facts = await bare.checks.key(text)
          if (holdNext) {
            holdNext = false
            loaded()
            await held
          }
          return facts
        },
      },
    }))
    const { record, secret } = await create()
    const racing = engine.verify(checkOf(secret))
    await read
    accepted(await storage.keys.change(testOperator, record.id, 'revoke'))
    const begunAfter = engine.verify(checkOf(secret))
    letGo()
    expect((await begunAfter).code).toBe('REVOKED')
    expect((await racing).code).toBe('REVOKED')
    expect((await engine.verify(checkOf(secret))).code).toBe('REVOKED')
  })

  test('T9: a quota of 7 accepts exactly 7 of 100 parallel checks, and the refused ones take nothing', async () => {
    const { storage, engine, create, checkOf } = await openNode(kind)
    const { record, secret } = await create({ quota: { limit: 7, period: 'day' } })
    const decisions = await Promise.all(Array.from({ length: 100 }, async () => engine.verify(checkOf(secret))))
    expect(decisions.filter(({ valid }) => valid)).toHaveLength(7)
    expect(decisions.filter(({ code }) => code === 'QUOTA_EXCEEDED')).toHaveLength(93)
    expect(accepted(await storage.keys.read(record.id)).quota?.used).toBe(7)
  })

  test('a key that was asked for before it existed works at once when it does', async () => {
    const { engine, create, checkOf } = await openNode(kind)
    const { secret } = await create()
    expect((await engine.verify(checkOf(secret))).code).toBe('VALID')
    const { secret: other } = await create()
    const unknown = `${other.slice(0, -1)}${other.endsWith('a') ? 'b' : 'a'}`
    expect((await engine.verify(checkOf(unknown))).code).toBe('MALFORMED')
    expect((await engine.verify(checkOf(other))).code).toBe('VALID')
  })

  test('U3: every change of a key or its account is seen by the next check', async () => {
    const { storage, engine, account, create, checkOf } = await openNode(kind)
    const { record, secret } = await create()
    const code = async () => (await engine.verify(checkOf(secret))).code
    expect(await code()).toBe('VALID')
    accepted(await storage.accounts.suspend(testOperator, account))
    expect(await code()).toBe('SUSPENDED')
    accepted(await storage.accounts.resume(testOperator, account))
    expect(await code()).toBe('VALID')
    accepted(await storage.keys.update(testOperator, record.id, { grant: { permissions: ['calls.view'] } }))
    expect(await code()).toBe('INSUFFICIENT_PERMISSION')
    accepted(
      await storage.keys.update(testOperator, record.id, {
        grant: { permissions: ['jobs.view'] },
        allowedNetworks: ['192.0.2.0/24'],
      }),
    )
    expect(await code()).toBe('IP_NOT_ALLOWED')
    accepted(await storage.keys.change(testOperator, record.id, 'delete'))
    expect(await code()).toBe('NOT_FOUND')
  })

  test('T16: the keys of an account that was deleted are unknown at once', async () => {
    const { storage, engine, account, create, checkOf } = await openNode(kind)
    const { secret } = await create()
    expect((await engine.verify(checkOf(secret))).code).toBe('VALID')
    expect(isProblem(await storage.accounts.delete(testOperator, account))).toBe(false)
    expect((await engine.verify(checkOf(secret))).code).toBe('NOT_FOUND')
  })
})
