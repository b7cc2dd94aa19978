import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { standsAlone } from '../migrations/0007-stands-alone.ts'
import { testOperator } from '../testing.ts'
import { storeKey } from './parts.ts'
import { accepted, asKey, managingConfig, openWorld, secretOf } from './resources.ts'
import { contractSuite } from './suite.ts'

contractSuite('reads of the check path', (open) => {
  it('answer every fact of a key with the position of the snapshot', async () => {
    const { store, checks, clock, log } = await open()
    const limit = { name: 'minute', limit: 5, windowSeconds: 60 }
    const text = await storeKey(store, 'key_1', {
      networks_json: '["192.0.2.0/24"]',
      limits_json: JSON.stringify([limit]),
      quota_json: '{"limit":9,"period":"day"}',
      metadata_json: '{"team":"a"}',
      ends_at_ms: 1_900_000_000_000,
    })
    const { facts, position, storeTimeMs } = await checks.key(text)
    expect(position).toEqual((await log.head(null)).position)
    expect(storeTimeMs).toBe(clock.wallMs())
    expect(facts).toEqual({
      id: 'key_1',
      accountId: 'acc_1',
      lineageId: 'lin_key_1',
      lineageShared: false,
      type: 'secret',
      environment: 'live',
      state: 'active',
      endsAtMs: 1_900_000_000_000,
      grant: { permissions: ['jobs.view'] },
      name: 'A key',
      metadata: { team: 'a' },
      networks: [{ address: [0, 0, 0xffff, 0xc0000200], bits: 120 }],
      limits: [limit],
      overrides: [],
      quota: { limit: 9, period: 'day' },
      quotaOverride: null,
      owner: null,
      parent: null,
    })
  })

  it('answer unknown with the position too', async () => {
    const { checks, log } = await open()
    const { position } = await log.head(null)
    expect(await checks.key('unknown')).toMatchObject({ facts: undefined, position })
    expect(await checks.account('acc_1')).toMatchObject({ facts: undefined, position })
    expect(await checks.credential('unknown')).toMatchObject({ facts: undefined, position })
  })

  it('answer the facts of an account', async () => {
    const { store, checks } = await open()
    await storeKey(store, 'key_1')
    await store.database.write.updateTable('accounts').set({ state: 'suspended', external_id: 'ext' }).execute()
    expect((await checks.account('acc_1')).facts).toEqual({
      id: 'acc_1',
      externalId: 'ext',
      active: false,
      plan: 'default',
      overrides: [],
    })
  })

  it('refuse the owner who is suspended, of another account, or gone', async () => {
    const { store, checks } = await open()
    const text = await storeKey(store, 'key_1', { owner_member_id: 'mem_1' })
    const active = async () => (await checks.key(text)).facts?.owner?.active
    expect(await active()).toBe(false)
    const member = {
      person_id: null,
      external_id: null,
      name: null,
      role: 'owner',
      created_at_ms: 0,
      updated_at_ms: 0,
      version: 1,
    }
    const write = store.database.write
    await write
      .insertInto('members')
      .values({ id: 'mem_1', account_id: 'acc_1', state: 'active', ...member })
      .execute()
    expect(await active()).toBe(true)
    await write.updateTable('members').set({ state: 'suspended' }).execute()
    expect(await active()).toBe(false)
    await storeKey(store, 'key_2', { account_id: 'acc_2' })
    await write.updateTable('members').set({ state: 'active', account_id: 'acc_2' }).execute()
    expect(await active()).toBe(false)
  })

  it('tell that a lineage is shared once it has a second key', async () => {
    const { store, checks } = await open()
    const text = await storeKey(store, 'key_1', { lineage_id: 'lin_1' })
    await storeKey(store, 'key_2', { lineage_id: 'lin_1' })
    expect((await checks.key(text)).facts?.lineageShared).toBe(true)
  })

  it('tell of a key that stands alone what they tell of any other, and of any other what befell its lineage', async () => {
    const world = await openWorld(open, { config: managingConfig() })
    const { storage, store, checks, accountId } = world
    const made = accepted(await storage.keys.create(testOperator, accountId, { name: 'A key', grant: 'unrestricted' }))
    const text = secretOf(made)
    const factsOf = async (presented: string) => (await checks.key(presented)).facts
    const alone = await factsOf(text)
    expect(alone).toMatchObject({
      id: made.record.id,
      lineageShared: false,
      overrides: [],
      quotaOverride: null,
      parent: null,
    })
    await store.database.write.updateTable('keys').set({ stands_alone: 0 }).execute()
    expect(await factsOf(text)).toEqual(alone)
    await store.database.write.updateTable('keys').set({ stands_alone: 1 }).execute()

    const child = accepted(await storage.keys.create(asKey(made.record), accountId, { name: 'Child' }))
    expect((await factsOf(secretOf(child)))?.parent).toMatchObject({ lineageId: made.record.lineageId, usable: true })

    const eased = accepted(await storage.keys.create(testOperator, accountId, { name: 'Eased' }))
    expect((await factsOf(secretOf(eased)))?.overrides).toEqual([])
    const limit = { name: 'minute', limit: 5, windowSeconds: 60 }
    accepted(await storage.keys.setOverride(testOperator, eased.record.id, { limits: [{ limit, untilMs: null }] }))
    expect((await factsOf(secretOf(eased)))?.overrides).toEqual([{ limit, untilMs: null }])

    const older = accepted(await storage.keys.create(testOperator, accountId, { name: 'Older' }))
    expect((await factsOf(secretOf(older)))?.lineageShared).toBe(false)
    const newer = accepted(await storage.keys.rotate(testOperator, older.record.id, { overlapSeconds: 60 }))
    for (const shared of [older, newer]) expect((await factsOf(secretOf(shared)))?.lineageShared).toBe(true)
  })

  it('know of keys from before the step that says so which of them stand alone', async () => {
    const { storage, accountId, store, read } = await openWorld(open, { config: managingConfig() })
    const make = async (name: string, more: { readonly grant?: 'unrestricted' } = {}) =>
      accepted(await storage.keys.create(testOperator, accountId, { name, ...more })).record
    const parent = await make('Parent', { grant: 'unrestricted' })
    const [rotated, eased] = [await make('Rotated'), await make('Eased')]
    accepted(await storage.keys.create(asKey(parent), accountId, { name: 'Child' }))
    accepted(await storage.keys.rotate(testOperator, rotated.id, { overlapSeconds: 60 }))
    const limit = { name: 'minute', limit: 5, windowSeconds: 60 }
    accepted(await storage.keys.setOverride(testOperator, eased.id, { limits: [{ limit, untilMs: null }] }))
    const flags = () => read.selectFrom('keys').select(['name', 'stands_alone']).orderBy('id').execute()
    const before = await flags()
    expect(before.filter(({ stands_alone }) => stands_alone === 1)).toHaveLength(1)
    const { write, capabilities } = store.database
    await sql`alter table keys drop column stands_alone`.execute(write)
    await write.transaction().execute((transaction) => standsAlone.up(transaction, capabilities))
    expect(await flags()).toEqual(before)
  })

  it('let children live while a key of the parent lineage can be used, no longer', async () => {
    const { store, checks, clock } = await open()
    const nowMs = clock.wallMs()
    await storeKey(store, 'old', { lineage_id: 'lin_parent', ends_at_ms: nowMs + 1_000 })
    await storeKey(store, 'new', { lineage_id: 'lin_parent' })
    const text = await storeKey(store, 'child', {}, 'lin_parent')
    const set = (id: string, state: 'active' | 'paused' | 'revoked') =>
      store.database.write.updateTable('keys').set({ state }).where('id', '=', id).execute()
    const child = async () => {
      const facts = (await checks.key(text)).facts
      return [facts?.parent?.usable, facts?.endsAtMs]
    }
    expect(await child()).toEqual([true, null])
    await set('new', 'paused')
    expect(await child()).toEqual([true, null])
    // Only the older key is left, so the children end with it: no event will tell of that end.
    await set('new', 'revoked')
    expect(await child()).toEqual([true, nowMs + 1_000])
    clock.advance(1_000)
    expect((await child())[0]).toBe(false)
    await set('new', 'active')
    expect(await child()).toEqual([true, null])
    await store.database.write.deleteFrom('lineages').where('id', '=', 'lin_parent').execute()
    expect((await child())[0]).toBe(false)
  })

  it('do not see a change before it is committed, and see it with its position', async () => {
    const { store, checks } = await open()
    const text = await storeKey(store, 'key_1')
    const before = await checks.key(text)
    await store.context.write(testOperator, async ({ database, append }) => {
      await database.updateTable('keys').set({ state: 'revoked' }).execute()
      append({ type: 'key.revoked', accountId: 'acc_1', target: { kind: 'key', id: 'key_1' }, scopes: ['key:key_1'] })
    })
    const after = await checks.key(text)
    expect([before.facts?.state, after.facts?.state]).toEqual(['active', 'revoked'])
    expect(after.position.number).toBe(before.position.number + 1)
  })
})
