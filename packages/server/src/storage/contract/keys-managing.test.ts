import { expect, it } from 'vitest'
import type { KeyInput } from '../ports.ts'
import { testOperator } from '../testing.ts'
import {
  accepted,
  allActions,
  asKey,
  configWith,
  managing,
  managingConfig,
  multiply,
  openWorld,
  refusal,
  type World,
} from './resources.ts'
import { contractSuite } from './suite.ts'

const hourMs = 3_600_000
const config = managingConfig({
  plans: [{ id: 'free', label: 'Free', limits: [{ name: 'requests', limit: 100, windowSeconds: 60 }] }],
})

/** A managing key that holds a little of everything that can be held. */
const parentInput = (world: World): KeyInput => ({
  grant: { permissions: [...managing, 'jobs.view', 'jobs.create'] },
  allowedNetworks: ['10.0.0.0/8'],
  limits: [{ name: 'own', limit: 10, windowSeconds: 60 }],
  quota: { limit: 1_000, period: 'day' },
  expiresAtMs: world.clock.wallMs() + 24 * hourMs,
})

const openWithParent = async (open: Parameters<typeof openWorld>[0]) => {
  const world = await openWorld(open, { config })
  const parent = await world.key(parentInput(world))
  const create = (input: KeyInput) =>
    world.storage.keys.create(asKey(parent), world.accountId, { name: 'Child', ...input })
  return {
    ...world,
    parent,
    create,
    child: async (input: KeyInput = {}) =>
      accepted(await create({ grant: { permissions: ['jobs.view'] }, ...input })).record,
  }
}

contractSuite('managing keys', (open) => {
  it('T4: inherit to their children what these do not name', async () => {
    const { parent, child } = await openWithParent(open)
    expect(await child()).toMatchObject({
      parentLineageId: parent.lineageId,
      createdBy: { kind: 'key', id: parent.id },
      environment: parent.environment,
      allowedNetworks: ['10.0.0.0/8'],
      limits: [{ name: 'own', limit: 10, windowSeconds: 60 }],
      quota: { limit: 1_000, period: 'day' },
      expiresAtMs: parent.expiresAtMs,
      endsAtMs: parent.endsAtMs,
    })
    const narrower = {
      allowedNetworks: ['10.1.0.0/16'],
      limits: [{ name: 'own', limit: 5, windowSeconds: 60 }],
      quota: { limit: 9, period: 'day' as const },
    }
    expect(await child(narrower)).toMatchObject(narrower)
  })

  it('T3, T4: refuse a child that is more than they are, in each thing by itself', async () => {
    const world = await openWithParent(open)
    const { create, parent, eventCount } = world
    const before = await eventCount()
    const more: readonly (readonly [KeyInput, string])[] = [
      [{ grant: 'unrestricted' }, '/grant'],
      [{ preset: 'full' }, '/grant'],
      [{ grant: { permissions: ['jobs.delete'] } }, '/grant'],
      [{ environment: 'test' }, '/environment'],
      [{ type: 'ingest' }, '/type'],
      [{ allowedNetworks: null }, '/allowedNetworks'],
      [{ allowedNetworks: ['10.0.0.0/7'] }, '/allowedNetworks'],
      [{ expiresAtMs: null }, '/expiresAt'],
      [{ expiresAtMs: (parent.endsAtMs ?? 0) + 1 }, '/expiresAt'],
      [{ limits: [{ name: 'own', limit: 11, windowSeconds: 60 }] }, '/limits'],
      [{ limits: [{ name: 'own', limit: 1, windowSeconds: 1 }] }, '/limits'],
      [{ quota: { limit: 1_001, period: 'day' } }, '/quota'],
    ]
    for (const [input, pointer] of more) {
      const answer = await create({
        grant: { permissions: ['jobs.view'] },
        ...(input.preset === undefined ? {} : { grant: undefined }),
        ...input,
      })
      expect([input, refusal(answer)]).toEqual([input, `exceeds_creator ${pointer}`])
    }
    expect(await eventCount()).toBe(before)
  })

  it('U4, T5: are keys with the marked resource only, whatever other keys’ permissions are called', async () => {
    const world = await openWithParent(open)
    const { storage, key, accountId } = world
    const ordinary = asKey(await key({ grant: { permissions: ['jobs.view', 'jobs.create'] } }))
    const viewer = asKey(await key({ grant: { permissions: ['api-keys.view', 'jobs.view'] } }))
    const target = await key({ grant: { permissions: ['jobs.view'] } })
    for (const caller of [ordinary, viewer]) {
      expect(refusal(await storage.keys.create(caller, accountId, { name: 'A' }))).toBe('exceeds_creator')
      expect(refusal(await storage.keys.update(caller, target.id, { name: 'B' }))).toBe('exceeds_creator')
      expect(refusal(await storage.keys.rotate(caller, target.id, {}))).toBe('exceeds_creator')
      expect(refusal(await storage.keys.change(caller, target.id, 'revoke'))).toBe('action_not_offered')
    }
    const unmarked = await openWorld(open, { config: configWith({ actions: allActions }) })
    const all = asKey(await unmarked.key({ grant: 'unrestricted' }))
    expect(refusal(await unmarked.storage.keys.create(all, unmarked.accountId, { name: 'A' }))).toBe('exceeds_creator')
  })

  it('T2: find nothing in another account, and nothing at all once they are revoked (T10)', async () => {
    const world = await openWithParent(open)
    const { storage, account, parent, accountId } = world
    const elsewhere = await account()
    const foreign = accepted(await storage.keys.create(testOperator, elsewhere, { name: 'A' })).record
    const caller = asKey(parent)
    const attempts = (id: string) => [
      storage.keys.update(caller, id, { name: 'B' }),
      storage.keys.change(caller, id, 'revoke'),
      storage.keys.rotate(caller, id, {}),
    ]
    for (const answer of await Promise.all(attempts(foreign.id))) expect(refusal(answer)).toBe('key_not_found')
    expect(refusal(await storage.keys.create(caller, elsewhere, { name: 'A' }))).toBe('account_not_found')
    const own = await world.child()
    accepted(await storage.keys.change(testOperator, parent.id, 'pause'))
    for (const answer of await Promise.all(attempts(own.id))) expect(refusal(answer)).toBe('key_not_found')
    expect(refusal(await storage.keys.create(caller, accountId, { name: 'A' }))).toBe('account_not_found')
  })

  it('T5: neither see nor touch keys that hold more than they do', async () => {
    const world = await openWithParent(open)
    const { storage, key, parent, accountId } = world
    const broader = await key({ grant: 'unrestricted', name: 'broader' })
    const other = await key({ grant: { permissions: ['jobs.view'] }, environment: 'test', name: 'other environment' })
    const own = await world.child({ name: 'own' })
    const within = { grant: parent.grant, environment: parent.environment }
    const seen = accepted(await storage.keys.list(accountId, { within }, {})).items.map(({ id }) => id)
    expect([...seen].sort()).toEqual([own.id, parent.id].sort())
    for (const { id } of [broader, other]) {
      expect(refusal(await storage.keys.change(asKey(parent), id, 'revoke'))).toBe('exceeds_creator')
      expect(refusal(await storage.keys.rotate(asKey(parent), id, {}))).toBe('exceeds_creator')
      expect(refusal(await storage.keys.update(asKey(parent), id, { name: 'B' }))).toBe('exceeds_creator')
    }
    const sweeping = { action: 'revoke' as const, filter: {}, dryRun: true }
    const swept = accepted(await storage.keys.batch(asKey(parent), sweeping))
    expect(swept).toMatchObject({ changed: 2 })
    expect(swept.skipped.map(({ problem }) => problem)).toEqual(['exceeds_creator', 'exceeds_creator'])
    expect(refusal(await storage.keys.batch(asKey(parent), { ...sweeping, accountId: await world.account() }))).toBe(
      'account_not_found',
    )
  })

  it('T3: rotate and reactivate nothing that holds more than they do in any way', async () => {
    const { storage, key, parent } = await openWithParent(open)
    // The same grant, but from anywhere and for ever.
    const lasting = await key({ grant: { permissions: ['jobs.view'] } })
    expect(refusal(await storage.keys.rotate(asKey(parent), lasting.id, {}))).toBe(
      'exceeds_creator /allowedNetworks /expiresAt /limits /quota',
    )
    accepted(await storage.keys.change(asKey(parent), lasting.id, 'pause'))
    expect(refusal(await storage.keys.change(asKey(parent), lasting.id, 'reactivate'))).toMatch(/^exceeds_creator/)
  })

  it('T3: cannot make themselves or a child more than they are by editing or rotating, nor can anybody make a child more', async () => {
    const world = await openWithParent(open)
    const { storage, parent } = world
    const child = await world.child()
    for (const [caller, id] of [
      [asKey(parent), parent.id],
      [asKey(parent), child.id],
      [testOperator, child.id],
    ] as const) {
      expect(
        refusal(await storage.keys.update(caller, id, { grant: { permissions: ['jobs.view', 'calls.view'] } })),
      ).toBe('exceeds_creator /grant')
      expect(refusal(await storage.keys.update(caller, id, { allowedNetworks: null }))).toBe(
        'exceeds_creator /allowedNetworks',
      )
      expect(refusal(await storage.keys.update(caller, id, { limits: [] }))).toBe('exceeds_creator /limits')
      expect(refusal(await storage.keys.update(caller, id, { expiresAtMs: null }))).toBe('exceeds_creator /expiresAt')
      expect(refusal(await storage.keys.rotate(caller, id, { expiresAtMs: null }))).toBe('exceeds_creator /expiresAt')
    }
  })

  it('cannot be narrowed below a child, also not by a rotation that ends before it', async () => {
    const world = await openWithParent(open)
    const { storage, parent, clock } = world
    const child = await world.child()
    const narrow = () => storage.keys.update(testOperator, parent.id, { grant: { permissions: managing } })
    expect(refusal(await narrow())).toBe('exceeds_children /grant')
    expect(refusal(await storage.keys.update(testOperator, parent.id, { expiresAtMs: clock.wallMs() + hourMs }))).toBe(
      'exceeds_children /expiresAt',
    )
    expect(refusal(await storage.keys.rotate(testOperator, parent.id, { expiresAtMs: clock.wallMs() + hourMs }))).toBe(
      'exceeds_children /expiresAt',
    )
    accepted(await storage.keys.change(testOperator, child.id, 'revoke'))
    accepted(await narrow())
  })

  it('cannot be narrowed below a child by an override either, for a while or for good, nor by its removal', async () => {
    const { storage, parent, child } = await openWithParent(open)
    const own = (limit: number, untilMs: number | null = null) => ({
      limit: { name: 'own', limit, windowSeconds: 60 },
      untilMs,
    })
    const set = (override: Parameters<typeof storage.keys.setOverride>[2]) =>
      storage.keys.setOverride(testOperator, parent.id, override)
    const daily = (limit: number, untilMs: number | null) => ({ quota: { limit, period: 'day' as const }, untilMs })
    accepted(await set({ limits: [own(20)] }))
    await child({ limits: [own(15).limit] })
    expect(refusal(await set({ limits: [own(14)] }))).toBe('exceeds_children /limits')
    expect(refusal(await set({ limits: [own(5, Date.UTC(2027, 0, 1))] }))).toBe('exceeds_children /limits')
    expect(refusal(await set({ quota: daily(999, null) }))).toBe('exceeds_children /quota')
    expect(refusal(await set({ quota: daily(999, Date.UTC(2027, 0, 1)) }))).toBe('exceeds_children /quota')
    expect(refusal(await storage.keys.clearOverride(testOperator, parent.id))).toBe('exceeds_children /limits')
    accepted(await set({ limits: [own(15)], quota: daily(1_000, null) }))
    expect(accepted(await storage.keys.read(parent.id)).overrides).toEqual([own(15)])
  })

  it('T4: the children are revoked with the last usable key of the lineage, not before', async () => {
    const world = await openWithParent(open)
    const { storage, parent, stateOf, events } = world
    const child = await world.child({ grant: { permissions: [...managing, 'jobs.view'] } })
    const grandchild = accepted(
      await storage.keys.create(asKey(child), world.accountId, { name: 'G', grant: { permissions: ['jobs.view'] } }),
    ).record
    const rotated = accepted(await storage.keys.rotate(testOperator, parent.id, { overlapSeconds: 3_600 }))
    accepted(await storage.keys.change(testOperator, parent.id, 'revoke'))
    expect(await stateOf(child.id)).toBe('active')
    accepted(await storage.keys.change(testOperator, rotated.record.id, 'revoke'))
    expect([await stateOf(child.id), await stateOf(grandchild.id)]).toEqual(['revoked', 'revoked'])
    const [ofParent, ...others] = await events(3)
    expect(ofParent).toMatchObject({
      target: rotated.record.id,
      scopes: [`key:${rotated.record.id}`, `lineage:${parent.lineageId}`, `parent:${parent.lineageId}`],
    })
    expect(others.map(({ target }) => target)).toEqual([grandchild.id, child.id])
    expect(others[1]?.scopes).toEqual([`key:${child.id}`, `lineage:${child.lineageId}`, `parent:${child.lineageId}`])
  })

  it('T4: deleting the last key of the lineage revokes the children too', async () => {
    const world = await openWithParent(open)
    const child = await world.child()
    expect(await world.storage.keys.change(testOperator, world.parent.id, 'delete')).toBeNull()
    expect(await world.stateOf(child.id)).toBe('revoked')
  })

  it('T4: a thousand children are all revoked before the answer, no transaction with more than 500 events', async () => {
    const world = await openWithParent(open)
    const { storage, parent, read } = world
    await multiply(world, await world.child(), 1_000)
    accepted(await storage.keys.change(testOperator, parent.id, 'revoke'))
    const live = await read.selectFrom('keys').select('id').where('state', '!=', 'revoked').execute()
    expect(live).toEqual([])
    const logged = await read.selectFrom('log_entries').select('number').where('type', '=', 'key.revoked').execute()
    expect(logged).toHaveLength(1_002)
  })

  it('T4: a batch that revokes the parent leaves no child', async () => {
    const world = await openWithParent(open)
    const child = await world.child()
    const filter = { ids: [world.parent.id] }
    const result = accepted(await world.storage.keys.batch(testOperator, { action: 'revoke', filter, dryRun: false }))
    expect(result).toEqual({ matched: 1, changed: 1, skipped: [], nextCursor: null })
    expect(await world.stateOf(child.id)).toBe('revoked')
  })
})
