import { expect, it } from 'vitest'
import { keysOf } from '../keys/keys.ts'
import type { Caller, KeyRecord } from '../ports.ts'
import { testOperator } from '../testing.ts'
import { accepted, asKey, managing, managingConfig, multiply, openWorld, secretOf, type World } from './resources.ts'
import { contractSuite } from './suite.ts'

const config = managingConfig()
const managingGrant = { permissions: [...managing, 'jobs.view'] }
const server: Caller = { actor: { kind: 'system', id: 'server' }, requestId: 'start' }

/** A managing key that made one, which made one. */
async function openFamily(open: Parameters<typeof openWorld>[0]) {
  const world = await openWorld(open, { config })
  const made = async (by: KeyRecord, grant = managingGrant) =>
    accepted(await world.storage.keys.create(asKey(by), world.accountId, { name: 'Made', grant }))
  const parent = await world.key({ grant: managingGrant })
  const child = (await made(parent)).record
  const created = await made(child, { permissions: ['jobs.view'] })
  return { ...world, parent, child, grandchild: created.record, text: secretOf(created), made }
}

/** The keys of a process that ends after so many transactions. */
function keysUntilCrash({ store }: World, transactionsMax: number) {
  let left = transactionsMax
  return keysOf({
    ...store.context,
    write: (caller, change) =>
      left-- > 0 ? store.context.write(caller, change) : Promise.reject(new Error('the process ended')),
  })
}

const usableKeys = async ({ read }: World): Promise<readonly string[]> =>
  (await read.selectFrom('keys').select('id').where('state', '!=', 'revoked').execute()).map(({ id }) => id)

contractSuite('cascades', (open) => {
  it('T4: a crash in the middle of a large one leaves no descendant accepted, and the next start finishes it', async () => {
    const world = await openFamily(open)
    const { storage, parent, child, grandchild, text, checks } = world
    await multiply(world, grandchild, 900)
    const before = await checks.key(text)
    expect(before.facts?.parent).toEqual({
      lineageId: child.lineageId,
      aboveIds: [parent.lineageId],
      usable: true,
    })
    await expect(keysUntilCrash(world, 1).change(testOperator, parent.id, 'revoke')).rejects.toThrow('ended')
    // 400 of them are done; of the rest the direct parent still looks usable.
    expect(await usableKeys(world)).toHaveLength(902 - 400)
    expect(await world.stateOf(child.id)).toBe('active')
    const left = (await usableKeys(world)).find((id) => id !== child.id)
    const { digest } = world.store.context.digests.create('key', 'a text')
    await world.store.database.write
      .updateTable('keys')
      .set({ digest })
      .where('id', '=', left ?? '')
      .execute()
    expect((await checks.key('a text')).facts).toMatchObject({ state: 'active', parent: { usable: false } })

    const events = await world.eventCount()
    expect(await storage.keys.finishCascades(server)).toBe(502)
    expect(await usableKeys(world)).toEqual([])
    expect((await world.eventCount()) - events).toBe(502)
    const [last] = await world.events(1)
    expect(last).toMatchObject({
      type: 'key.revoked',
      after: { state: 'revoked', cause: 'its parent can no longer be used' },
      scopes: [`key:${child.id}`, `lineage:${child.lineageId}`, `parent:${child.lineageId}`],
    })
    expect(await storage.keys.finishCascades(server)).toBe(0)
    expect((await world.eventCount()) - events).toBe(502)
  })

  it('T16: what a removed member left when the process ended is revoked, with what its keys made', async () => {
    const world = await openFamily(open)
    const { storage, accountId, child, grandchild, store } = world
    const member = accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    const service = await world.key({ grant: { permissions: ['jobs.view'] } })
    const personal = await world.key({ grant: managingGrant, owner: member.id })
    const made = (await world.made(personal, { permissions: ['jobs.view'] })).record
    // As after a removal of which only the first transaction was.
    await store.database.write.deleteFrom('members').where('id', '=', member.id).execute()
    expect(await storage.keys.finishCascades(server)).toBe(2)
    expect([await world.stateOf(personal.id), await world.stateOf(made.id)]).toEqual(['revoked', 'revoked'])
    for (const { id } of [service, child, grandchild]) expect(await world.stateOf(id)).toBe('active')
  })

  it('what ended by itself is done with; where all is well nothing is written', async () => {
    const world = await openFamily(open)
    const { storage, parent, child, clock } = world
    const events = await world.eventCount()
    expect(await storage.keys.finishCascades(server)).toBe(0)
    expect(await world.eventCount()).toBe(events)
    // The newer key is revoked, the older one lives to the end of its overlap, and with it what the lineage made.
    const rotated = accepted(await storage.keys.rotate(testOperator, parent.id, { overlapSeconds: 60 }))
    accepted(await storage.keys.change(testOperator, rotated.record.id, 'revoke'))
    expect(await storage.keys.finishCascades(server)).toBe(0)
    clock.advance(60_000)
    expect(await storage.keys.finishCascades(server)).toBe(2)
    expect(await world.stateOf(child.id)).toBe('revoked')
  })

  it('a batch that takes parent and child revokes what the child made once', async () => {
    const world = await openFamily(open)
    const { parent, child, grandchild } = world
    const filter = { ids: [parent.id, child.id] }
    const events = await world.eventCount()
    accepted(await world.storage.keys.batch(testOperator, { action: 'revoke', filter, dryRun: false }))
    expect(await world.stateOf(grandchild.id)).toBe('revoked')
    expect((await world.eventCount()) - events).toBe(3)
  })

  it('T4: the end of a lineage is that of all below it, and deleting one in between too', async () => {
    const world = await openFamily(open)
    const { store, parent, child, text, checks, clock } = world
    const set = (id: string, endsAtMs: number | null) =>
      store.database.write.updateTable('keys').set({ ends_at_ms: endsAtMs }).where('id', '=', id).execute()
    const facts = async () => {
      const { facts: found } = await checks.key(text)
      return [found?.endsAtMs, found?.parent?.usable]
    }
    await set(parent.id, clock.wallMs() + 5_000)
    expect(await facts()).toEqual([clock.wallMs() + 5_000, true])
    await set(child.id, clock.wallMs() + 3_000)
    expect(await facts()).toEqual([clock.wallMs() + 3_000, true])
    await store.database.write.deleteFrom('lineages').where('id', '=', child.lineageId).execute()
    expect((await facts())[1]).toBe(false)
  })

  it('T10: a managing key whose owner is suspended, or above which a key was revoked, changes nothing any more', async () => {
    const world = await openFamily(open)
    const { storage, accountId, parent, child, store } = world
    const member = accepted(await storage.members.create(testOperator, accountId, { role: 'member' }))
    const personal = await world.key({ grant: managingGrant, owner: member.id })
    accepted(await storage.members.update(testOperator, accountId, member.id, { state: 'suspended' }))
    await store.database.write.updateTable('keys').set({ state: 'revoked' }).where('id', '=', parent.id).execute()
    const events = await world.eventCount()
    for (const caller of [personal, child]) {
      expect(await storage.keys.create(asKey(caller), accountId, { name: 'A' })).toMatchObject({
        problem: 'account_not_found',
      })
    }
    expect(await world.eventCount()).toBe(events)
  })
})
