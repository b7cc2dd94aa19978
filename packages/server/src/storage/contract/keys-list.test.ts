import { expect, it } from 'vitest'
import type { KeyFilter, KeySort } from '../ports.ts'
import { testOperator } from '../testing.ts'
import { accepted, allActions, configWith, openWorld, refusal, type World } from './resources.ts'
import { contractSuite } from './suite.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Every name of a listing, read in pages. */
async function walk(
  { storage, accountId }: World,
  filter: KeyFilter,
  sort: KeySort | undefined,
  limit = 2,
): Promise<(string | null)[]> {
  const names: (string | null)[] = []
  let cursor: string | undefined
  do {
    const page = accepted(await storage.keys.list(accountId, filter, { sort, limit, cursor }))
    expect(page.items.length).toBeLessThanOrEqual(limit)
    names.push(...page.items.map(({ name }) => name))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return names
}

const use = ({ store }: World, keyId: string, atMs: number) =>
  store.context.write(testOperator, async ({ database }) => {
    await database
      .insertInto('key_last_used')
      .values({ key_id: keyId, at_ms: atMs, network: '192.0.2.0/24', user_agent: 'curl' })
      .execute()
  })

contractSuite('listing keys', (open) => {
  const fields = { name: { presence: 'optional' as const } }
  const config = configWith({ fields, actions: allActions, rotation: { dueAfterDays: 90 } })

  async function five(): Promise<World & { readonly ids: readonly string[] }> {
    const world = await openWorld(open, { config })
    const ids: string[] = []
    for (const [index, name] of ['beta', 'Alpha', 'beta', 'gamma_100%', undefined].entries()) {
      world.clock.advance(index === 2 ? 0 : 1_000)
      const expiresAtMs = index === 1 ? world.clock.wallMs() + hourMs : null
      ids.push(
        (
          await world.key({
            name,
            expiresAtMs,
            environment: index === 3 ? 'test' : 'live',
            preset: index === 0 ? 'full' : undefined,
          })
        ).id,
      )
    }
    await use(world, ids[2] as string, world.clock.wallMs())
    await use(world, ids[0] as string, world.clock.wallMs() - 1)
    return { ...world, ids }
  }

  it('goes in every order forth and back, page by page, with equal values in one order and none twice or left out', async () => {
    const world = await five()
    const names = await walk(world, {}, undefined)
    expect(names.slice(0, 2)).toEqual([null, 'gamma_100%'])
    for (const sort of ['created', 'name', 'lastUsed', 'expires'] as const) {
      const forth = await walk(world, {}, sort)
      expect(forth).toHaveLength(5)
      expect(await walk(world, {}, `-${sort}`, 1)).toEqual([...forth].reverse())
    }
    expect(await walk(world, {}, 'name')).toEqual([null, 'Alpha', 'beta', 'beta', 'gamma_100%'])
    expect((await walk(world, {}, '-lastUsed')).slice(0, 2)).toEqual(['beta', 'beta'])
    expect((await walk(world, {}, 'expires'))[0]).toBe('Alpha')
  })

  it('goes on where it was while keys come and go', async () => {
    const world = await five()
    const { storage, accountId, ids, key } = world
    const first = accepted(await storage.keys.list(accountId, {}, { sort: 'name', limit: 3 }))
    expect(await storage.keys.change(testOperator, first.items[2]?.id ?? '', 'delete')).toBeNull()
    await key({ name: 'Aaron' })
    const rest = accepted(
      await storage.keys.list(accountId, {}, { sort: 'name', limit: 3, cursor: first.nextCursor ?? '' }),
    )
    expect(rest.items.map(({ name }) => name)).toEqual(['beta', 'gamma_100%'])
    expect(ids).toHaveLength(5)
  })

  it('searches part of a name without case, an id or its beginning, and the last four characters, all literally', async () => {
    const world = await five()
    const { storage, accountId, ids } = world
    const found = async (search: string) =>
      accepted(await storage.keys.list(accountId, { search }, {})).items.map(({ id }) => id)
    expect(await found('LPH')).toEqual([ids[1]])
    expect(await found('_100%')).toEqual([ids[3]])
    expect(await found('%')).toEqual([ids[3]])
    expect(await found('_')).toContain(ids[3])
    expect(await found(ids[4] as string)).toEqual([ids[4]])
    expect(await found((ids[4] as string).slice(0, 12))).toEqual([ids[4]])
    const { masked } = accepted(await storage.keys.read(ids[0] as string))
    expect(await found(masked.slice(-4))).toEqual([ids[0]])
    expect(await found('\\')).toEqual([])
    expect(await found('  ')).toHaveLength(5)
  })

  it('filters by state at the store’s time, and by everything else that it offers', async () => {
    const world = await five()
    const { storage, accountId, ids, clock } = world
    accepted(await storage.keys.change(testOperator, ids[0] as string, 'revoke'))
    accepted(await storage.keys.change(testOperator, ids[2] as string, 'pause'))
    clock.advance(hourMs)
    const found = async (filter: KeyFilter) => {
      const { items } = accepted(await storage.keys.list(accountId, filter, { sort: 'created' }))
      return items.map(({ id }) => ids.indexOf(id)).sort((a, b) => (a < b ? -1 : 1))
    }
    expect(await found({ state: ['expired'] })).toEqual([1])
    expect(await found({ state: ['revoked'] })).toEqual([0])
    expect(await found({ state: ['paused', 'active'] })).toEqual([2, 3, 4])
    expect(await found({ state: [] })).toEqual([])
    expect(await found({ environment: 'test' })).toEqual([3])
    expect(await found({ type: 'ingest' })).toEqual([])
    expect(await found({ noExpiry: false })).toEqual([1])
    expect(await found({ unrestricted: true })).toEqual([0])
    expect(await found({ unrestricted: false, noExpiry: true })).toEqual([2, 3, 4])
    expect(await found({ unusedSinceMs: clock.wallMs() - hourMs })).toEqual([0, 1, 3])
    expect(await found({ ids: [ids[1] as string, 'key_none'] })).toEqual([1])
    expect(await found({ dueForRotation: true })).toEqual([])
    clock.advance(91 * dayMs)
    expect(await found({ dueForRotation: true })).toEqual([3, 4])
    expect(await found({ dueForRotation: false })).toEqual([0, 1, 2])
    expect(await found({ createdBeforeMs: accepted(await storage.keys.read(ids[1] as string)).createdAtMs })).toEqual([
      0,
    ])
  })

  it('shows where a key was used last', async () => {
    const { storage, ids, clock } = await five()
    expect(accepted(await storage.keys.read(ids[2] as string)).lastUsed).toEqual({
      atMs: clock.wallMs(),
      network: '192.0.2.0/24',
      userAgent: 'curl',
    })
  })

  it('accepts a cursor only in the listing that gave it, and no other text', async () => {
    const world = await five()
    const { storage, accountId, account } = world
    const page = { sort: 'name' as const, limit: 2 }
    const cursor = accepted(await storage.keys.list(accountId, {}, page)).nextCursor ?? ''
    const decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    const forged = (values: unknown[]) => Buffer.from(JSON.stringify([decoded[0], ...values])).toString('base64url')
    const elsewhere = await account()
    for (const [id, filter, request] of [
      [elsewhere, {}, { ...page, cursor }],
      [accountId, { type: 'secret' }, { ...page, cursor }],
      [accountId, {}, { sort: '-name' as const, cursor }],
      ...[
        '',
        'null',
        '%00',
        "' or 1=1 --",
        forged([]),
        forged([1, 'a']),
        forged(['a', null]),
        forged(['\0', 'a']),
        forged([{}, 'a']),
        forged(['a', 'b', 'c']),
        'x'.repeat(20_000),
      ].map((text) => [accountId, {}, { ...page, cursor: text }] as const),
    ] as const) {
      expect(refusal(await storage.keys.list(id, filter, request))).toBe('invalid_cursor')
    }
    expect(
      accepted(
        await storage.keys.list(accountId, {}, { ...page, cursor: forged(["'; drop table keys; --", "' or 1=1"]) }),
      ).items,
    ).toBeDefined()
    expect(await walk(world, {}, 'name')).toHaveLength(5)
  })

  it('T6: takes any text as a text, in search, filter and order', async () => {
    const world = await five()
    const { storage, accountId } = world
    for (const text of [
      "'",
      '"; --',
      '\0',
      '\ud800',
      '{1}',
      '?',
      '$1',
      '{}',
      '1 or 1=1',
      'x'.repeat(100_000),
      '\u202e',
    ]) {
      const filter = { search: text, type: text, environment: text, ids: [text] }
      expect(accepted(await storage.keys.list(accountId, filter, {})).items).toEqual([])
      expect(refusal(await storage.keys.list(accountId, {}, { sort: text as KeySort }))).toBe('invalid_cursor')
      expect(refusal(await storage.keys.list(text, {}, {}))).toBe('account_not_found')
    }
    for (const moment of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 1e300]) {
      accepted(
        await storage.keys.list(accountId, { unusedSinceMs: moment, createdBeforeMs: moment }, { limit: moment }),
      )
    }
  })

  it('goes on after a name that grows when it is made comparable', async () => {
    const world = await openWorld(open, { config })
    for (let index = 0; index < 3; index++) await world.key({ name: '\ufdfa'.repeat(199) + index })
    expect(await walk(world, {}, 'name', 1)).toHaveLength(3)
  })

  it('shows a managing key page after page of what it may see, however much it may not', async () => {
    const world = await openWorld(open, { config })
    for (let index = 0; index < 6; index++) {
      await world.key({
        name: `n${index}`,
        ...(index % 2 === 0 ? { preset: 'full' } : { grant: { permissions: ['jobs.view'] } }),
      })
    }
    const within = { grant: { permissions: ['jobs.view'] }, environment: 'live' }
    expect(await walk(world, { within }, 'name', 1)).toEqual(['n1', 'n3', 'n5'])
  })
})

contractSuite('batches', (open) => {
  const revoke = { action: 'revoke' as const, filter: {}, dryRun: false }

  it('change at most 500 keys a call and go on with the cursor until all are done, each with its event', async () => {
    const world = await openWorld(open)
    const { storage, accountId, store, key, read } = world
    const { id } = await key()
    await store.context.write(testOperator, async ({ database }) => {
      const row = await database.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      for (let start = 0; start < 700; start += 350) {
        const rows = Array.from({ length: 350 }, (_, index) => ({
          ...row,
          id: `${id.slice(0, -4)}${1_000 + start + index}`,
          digest: `d${start + index}`,
        }))
        await database.insertInto('keys').values(rows).execute()
      }
    })
    const filter = { state: ['active' as const] }
    expect(
      accepted(await storage.keys.batch(testOperator, { ...revoke, accountId, filter, dryRun: true })),
    ).toMatchObject({ matched: 701, changed: 500 })
    expect(await read.selectFrom('log_entries').select('number').where('type', '=', 'key.revoked').execute()).toEqual(
      [],
    )
    const first = accepted(await storage.keys.batch(testOperator, { ...revoke, accountId, filter }))
    expect(first).toMatchObject({ matched: 701, changed: 500, skipped: [] })
    const second = accepted(
      await storage.keys.batch(testOperator, { ...revoke, accountId, filter, cursor: first.nextCursor ?? '' }),
    )
    expect(second).toEqual({ matched: 201, changed: 201, skipped: [], nextCursor: null })
    expect(
      await read.selectFrom('log_entries').select('number').where('type', '=', 'key.revoked').execute(),
    ).toHaveLength(701)
  })

  it('say which keys were left out and why', async () => {
    const { storage, key, stateOf } = await openWorld(open)
    const [first, second] = [await key(), await key()]
    accepted(await storage.keys.change(testOperator, first.id, 'revoke'))
    const result = accepted(await storage.keys.batch(testOperator, { ...revoke, action: 'pause' }))
    expect(result).toMatchObject({
      matched: 2,
      changed: 1,
      skipped: [{ keyId: first.id, problem: 'key_state_conflict' }],
    })
    expect(await stateOf(second.id)).toBe('paused')
    expect(accepted(await storage.keys.batch(testOperator, { ...revoke, action: 'delete' })).changed).toBe(2)
    expect(refusal(await storage.keys.read(first.id))).toBe('key_not_found')
  })

  it('reach over all accounts for an operator, and into its own only for a member', async () => {
    const { storage, account, accountId, key, stateOf } = await openWorld(open)
    const other = await account()
    const foreign = accepted(await storage.keys.create(testOperator, other, { name: 'A' })).record
    const own = await key()
    const { id } = accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    const member = { actor: { kind: 'member' as const, id, accountId, role: 'admin' }, requestId: 'r' }
    expect(accepted(await storage.keys.batch(member, revoke)).changed).toBe(1)
    expect([await stateOf(own.id), await stateOf(foreign.id)]).toEqual(['revoked', 'active'])
    expect(refusal(await storage.keys.batch(member, { ...revoke, accountId: other }))).toBe('account_not_found')
    expect(accepted(await storage.keys.batch(testOperator, { ...revoke, filter: { state: ['active'] } })).changed).toBe(
      1,
    )
    expect(refusal(await storage.keys.batch(testOperator, { ...revoke, accountId: 'acc_\0' }))).toBe(
      'account_not_found',
    )
  })

  it('offer what the configuration offers, to operators always revoke; a cursor is of one batch', async () => {
    const { storage } = await openWorld(open, { config: configWith({ actions: {} }) })
    expect(refusal(await storage.keys.batch(testOperator, { ...revoke, action: 'pause' }))).toBe('action_not_offered')
    expect(accepted(await storage.keys.batch(testOperator, revoke)).matched).toBe(0)
    for (const cursor of ['', 'abc', "'"])
      expect(refusal(await storage.keys.batch(testOperator, { ...revoke, cursor }))).toBe('invalid_cursor')
    expect(accepted(await storage.keys.batch(testOperator, { ...revoke, filter: { search: '\0' } })).matched).toBe(0)
  })
})
