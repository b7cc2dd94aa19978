import { compileGrant, effectiveLimits, satisfies } from '@keywright/core'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { summaryFilters } from '../insights.ts'
import type { KeyFilter, KeyRecord } from '../ports.ts'
import type { KeySummary } from '../ports-team.ts'
import { testOperator, testSource } from '../testing.ts'
import { accepted, allActions, configWith, openWorld, refusal, secretOf, type World } from './resources.ts'
import { contractSuite } from './suite.ts'

const dayMs = 86_400_000
const roles = [{ id: 'admin', label: 'Admin', may: ['view'] as const, managesMembers: true }]
const plan = {
  id: 'paid',
  label: 'Paid',
  limits: [{ name: 'requests', limit: 100, windowSeconds: 60 }],
  accountLimits: [{ name: 'all', limit: 1_000, windowSeconds: 60 }],
  quota: { limit: 50, period: 'day' as const },
  activeKeysMax: 80,
}
const config = configWith({
  actions: allActions,
  roles,
  rotation: { dueAfterDays: 60, overlapsSeconds: [3_600, 60 * 86_400] },
})

async function all({ storage, accountId }: World, filter: KeyFilter): Promise<readonly KeyRecord[]> {
  const items: KeyRecord[] = []
  for (let cursor: string | undefined; ; ) {
    const page = accepted(await storage.keys.list(accountId, filter, { limit: 200, cursor }))
    items.push(...page.items)
    if (page.nextCursor === null) return items
    cursor = page.nextCursor
  }
}

/** One key of the property: when it was made, what became of it, and when it was used. */
const keyPlan = fc.record({
  ageDays: fc.integer({ min: 0, max: 120 }),
  unrestricted: fc.boolean(),
  expiresInDays: fc.option(fc.integer({ min: 1, max: 20 })),
  rotations: fc.integer({ min: 0, max: 2 }),
  end: fc.constantFrom('none', 'pause', 'revoke', 'delete-newest') as fc.Arbitrary<
    'none' | 'pause' | 'revoke' | 'delete-newest'
  >,
  usedDaysAgo: fc.option(fc.integer({ min: 0, max: 120 })),
})

type KeyPlan = typeof keyPlan extends fc.Arbitrary<infer Value> ? Value : never

async function carryOut(world: World, plans: readonly KeyPlan[]): Promise<void> {
  const { storage, clock, key, usage } = world
  const startMs = clock.wallMs()
  const byAge = [...plans].sort((a, b) => b.ageDays - a.ageDays)
  const endMs = startMs + 120 * dayMs
  for (const [number, each] of byAge.entries()) {
    clock.advance(endMs - each.ageDays * dayMs - clock.wallMs())
    const expiry = each.expiresInDays === null ? {} : { expiresAtMs: clock.wallMs() + each.expiresInDays * dayMs }
    const first = await key({ ...(each.unrestricted ? { grant: 'unrestricted' } : {}), ...expiry })
    const ids = [first.id]
    for (let turn = 0; turn < each.rotations; turn++) {
      const rotated = await storage.keys.rotate(testOperator, ids.at(-1) ?? '', {
        overlapSeconds: (turn + 1) * 14 * 86_400,
      })
      ids.push(accepted(rotated).record.id)
    }
    const newest = ids.at(-1) ?? ''
    if (each.end === 'pause') await storage.keys.change(testOperator, first.id, 'pause')
    if (each.end === 'revoke') await storage.keys.change(testOperator, newest, 'revoke')
    if (each.end === 'delete-newest') await storage.keys.change(testOperator, newest, 'delete')
    if (each.usedDaysAgo !== null) {
      const atMs = endMs - Math.min(each.usedDaysAgo, each.ageDays) * dayMs
      const lastUsed = [{ keyId: first.id, atMs, network: null, userAgent: null }]
      await usage.store({ process: 'test', number, usage: [], lastUsed, activity: [], refusals: [] })
    }
  }
  clock.advance(endMs - clock.wallMs())
}

contractSuite('insights', (open) => {
  it('the numbers of a summary are what the same filters list, and the cap is counted by lineages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(keyPlan, { minLength: 1, maxLength: 8 }), async (plans) => {
        const world = await openWorld(open, { config })
        await carryOut(world, plans)
        const summary = accepted(await world.storage.insights.summary(world.accountId))
        const { states, cap, ...numbers } = summary
        const listed: Record<string, number> = {}
        for (const [name, filter] of Object.entries(summaryFilters(world.clock.wallMs())))
          listed[name] = (await all(world, filter)).length
        expect({ ...states, ...numbers }).toEqual(listed)
        const active = await all(world, { state: ['active'] })
        expect(cap.used).toBe(new Set(active.map(({ lineageId }) => lineageId)).size)
      }),
      { numRuns: 6, seed: 20_261_120 },
    )
  }, 60_000)

  it('a summary of an account without keys is all zeros, and says the cap in force', async () => {
    const { storage, account, accountId, clock } = await openWorld(open, {
      config: configWith({ actions: allActions, caps: { activeKeysPerAccount: 5 } }),
    })
    const zeros: Omit<KeySummary, 'cap'> = {
      states: { active: 0, paused: 0, revoked: 0, expired: 0 },
      unused30Days: 0,
      unused90Days: 0,
      unrestricted: 0,
      expiring7Days: 0,
      dueForRotation: 0,
      rotating: 0,
    }
    expect(await storage.insights.summary(accountId)).toEqual({ ...zeros, cap: { used: 0, max: 5 } })
    const other = await account({ activeKeysOverride: { max: 9, untilMs: clock.wallMs() + 1_000 } })
    expect(await storage.insights.summary(other)).toMatchObject({ cap: { max: 9 } })
    clock.advance(1_000)
    expect(await storage.insights.summary(other)).toMatchObject({ cap: { max: 5 } })
    expect(refusal(await storage.insights.summary('acc_\0'))).toBe('account_not_found')
  })

  it('filters by permission list what the grant satisfies, by owner, by expiry and by rotation', async () => {
    const world = await openWorld(open, {
      config: configWith({
        actions: allActions,
        roles,
        resources: [
          ...(testSource.resources ?? []),
          { id: 'crm', label: 'CRM', verbs: ['use'], levels: [], instances: 'any' },
        ],
      }),
    })
    const { storage, accountId, key, clock } = world
    const member = accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    const grants = [['jobs.view'], ['jobs.view', 'jobs.create'], ['crm.use'], ['crm.use:North'], ['crm.use:north'], []]
    for (const permissions of grants) await key({ grant: { permissions } })
    await key({ grant: 'unrestricted', owner: member.id, expiresAtMs: clock.wallMs() + dayMs })
    const everything = await all(world, {})
    for (const permission of [
      'jobs.view',
      'jobs.create',
      'jobs.vie',
      'crm.use',
      'crm.use:North',
      'crm.use:other',
      '%',
      '"',
    ]) {
      const wanted = everything.filter(({ grant }) => satisfies(compileGrant(grant), permission)).map(({ id }) => id)
      expect((await all(world, { permission })).map(({ id }) => id)).toEqual(wanted)
    }
    expect(await all(world, { owner: member.id })).toHaveLength(1)
    expect(await all(world, { owner: null })).toHaveLength(grants.length)
    expect(await all(world, { owner: 'mem_\0' })).toEqual([])
    expect(await all(world, { expiresBeforeMs: clock.wallMs() + dayMs })).toHaveLength(0)
    expect(await all(world, { expiresBeforeMs: clock.wallMs() + dayMs + 1 })).toHaveLength(1)
    const [first] = everything
    accepted(await storage.keys.rotate(testOperator, first?.id ?? '', { overlapSeconds: 60 }))
    expect((await all(world, { rotating: true })).map(({ id }) => id)).toEqual([first?.id])
    const page = accepted(await storage.keys.list(accountId, { owner: null }, { limit: 1 }))
    expect(refusal(await storage.keys.list(accountId, {}, { limit: 1, cursor: page.nextCursor ?? '' }))).toBe(
      'invalid_cursor',
    )
  })

  it('a key is found by its whole text in its own account alone, and everything else answers alike', async () => {
    const world = await openWorld(open)
    const { storage, accountId, account } = world
    const created = accepted(await storage.keys.create(testOperator, accountId, { name: 'Leaked' }))
    const text = secretOf(created)
    expect(await storage.insights.find(accountId, text)).toEqual(created.record)
    const other = await account()
    const nothing = { problem: 'key_not_found' }
    const asked = [
      [other, text],
      ['acc_\0', text],
      [accountId, text.slice(0, -1)],
      [accountId, `${text}x`],
      [accountId, created.record.id],
      [accountId, ''],
      [accountId, '\0'],
    ] as const
    for (const [place, given] of asked) expect(await storage.insights.find(place, given)).toEqual(nothing)
  })

  it('the limits in force follow plan, key and overrides while these last, as a check counts them', async () => {
    const world = await openWorld(open, {
      config: configWith({ plans: [plan], defaultPlan: 'paid' }),
    })
    const { storage, accountId, key, clock } = world
    const own = { name: 'requests', limit: 10, windowSeconds: 60 }
    const record = await key({ limits: [own] })
    const limit = (name: string, value: number) => ({ name, limit: value, windowSeconds: 60 })
    const [ofPlan] = world.store.context.config().planById.get('paid')?.limits ?? []
    expect(await storage.insights.keyLimits(record)).toMatchObject({
      limits: effectiveLimits([own], ofPlan === undefined ? [] : [ofPlan], [], 0).limits,
      accountLimits: [{ name: 'all', limit: 1_000 }],
      quota: { limit: 50, period: 'day' },
    })
    const untilMs = clock.wallMs() + 1_000
    accepted(
      await storage.accounts.update(testOperator, accountId, {
        overrides: [
          { limit: limit('all', 5), untilMs },
          { limit: limit('requests', 500), untilMs },
        ],
      }),
    )
    const overridden = accepted(
      await storage.keys.setOverride(testOperator, record.id, {
        quota: { quota: { limit: 7, period: null }, untilMs },
      }),
    )
    expect(await storage.insights.keyLimits(overridden)).toEqual({
      limits: [limit('requests', 500)],
      accountLimits: [limit('all', 5)],
      quota: { limit: 7, period: null },
    })
    expect(await storage.insights.accountLimits(accountId)).toMatchObject({
      limits: [limit('requests', 500)],
      accountLimits: [limit('all', 5)],
      activeKeysMax: 80,
    })
    clock.advance(1_000)
    const after = accepted(await storage.keys.read(record.id))
    expect(await storage.insights.keyLimits(after)).toMatchObject({
      limits: [own],
      accountLimits: [{ limit: 1_000 }],
      quota: { limit: 50, period: 'day' },
    })
    expect(await storage.insights.accountLimits(accountId)).toMatchObject({ limits: [{ limit: 100 }] })
    expect(refusal(await storage.insights.accountLimits('acc_none'))).toBe('account_not_found')
  })
})

contractSuite('changes', (open) => {
  const begin = async ({ storage, accountId }: World) =>
    accepted(await storage.insights.changes(accountId, null)).cursor

  it('say what kinds of things changed after a cursor in this account, and nothing of another', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, account, key, usage } = world
    const cursor = await begin(world)
    const changed = async (after = cursor) => accepted(await storage.insights.changes(accountId, after)).changed
    expect(await changed()).toEqual([])
    const other = await account()
    await storage.accounts.update(testOperator, other, { name: 'Other' })
    expect(await changed()).toEqual([])
    const { id } = await key()
    await storage.members.create(testOperator, accountId, { role: 'admin' })
    await storage.accounts.update(testOperator, accountId, { name: 'New' })
    expect(await changed()).toEqual(['keys', 'members', 'account'])
    const later = await begin(world)
    expect(await changed(later)).toEqual([])
    const lastUsed = [{ keyId: id, atMs: 1, network: null, userAgent: null }]
    await storage.usage.store({ process: 'p', number: 1, usage: [], lastUsed, activity: [], refusals: [] })
    storage.insights.touch(accountId, 'notices')
    storage.insights.touch(other, 'notices')
    expect(await changed(later)).toEqual(['usage', 'notices'])
    expect(usage).toBeDefined()
    const foreign = accepted(await storage.insights.changes(other, null)).cursor
    expect(refusal(await storage.insights.changes(accountId, foreign))).toBe('invalid_cursor')
    expect(refusal(await storage.insights.changes(accountId, 'nonsense'))).toBe('invalid_cursor')
    expect(refusal(await storage.insights.changes('acc_none', null))).toBe('account_not_found')
  })

  it('wake who waits, and end at once by the signal', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, key } = world
    const cursor = await begin(world)
    const waiting = storage.insights.changes(accountId, cursor, { waitMs: 600_000 })
    await key()
    const answer = accepted(await waiting)
    expect(answer.changed).toEqual(['keys'])
    const stop = new AbortController()
    const ended = storage.insights.changes(accountId, answer.cursor, { waitMs: 600_000, signal: stop.signal })
    stop.abort()
    expect(accepted(await ended).changed).toEqual([])
    const gone = storage.insights.changes(accountId, answer.cursor, { waitMs: 600_000, signal: stop.signal })
    expect(accepted(await gone).changed).toEqual([])
  })

  it('of a restored store count as all changed', async () => {
    const world = await openWorld(open, { config })
    const cursor = await begin(world)
    await world.store.context.write(testOperator, ({ database }) =>
      database.updateTable('log_head').set({ epoch: 'another' }).execute(),
    )
    expect(accepted(await world.storage.insights.changes(world.accountId, cursor)).changed).toHaveLength(6)
  })
})
