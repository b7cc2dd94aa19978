import { expect, it } from 'vitest'
import type { Caller, MemberRecord } from '../ports.ts'
import { testOperator } from '../testing.ts'
import { accepted, allActions, asKey, configWith, openWorld, refusal, type World } from './resources.ts'
import { contractSuite } from './suite.ts'

const roles = [
  { id: 'admin', label: 'Admin', may: ['view', 'create'] as const, managesMembers: true },
  { id: 'reader', label: 'Reader', may: [] },
]
const config = configWith({ roles, lastingRole: 'admin', actions: allActions })

const member = async ({ storage, accountId }: World, role = 'admin'): Promise<MemberRecord> =>
  accepted(await storage.members.create(testOperator, accountId, { role, name: 'Ada' }))

const asMember = ({ id, accountId, role }: MemberRecord): Caller => ({
  actor: { kind: 'member', id, accountId, role },
  requestId: 'request-member',
})

contractSuite('members', (open) => {
  it('are created with a role of the configuration, and the log does not learn who they are', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, events } = world
    const made = accepted(
      await storage.members.create(testOperator, accountId, {
        role: 'admin',
        name: 'Ada',
        externalId: 'ada@example.com',
      }),
    )
    expect(made).toMatchObject({
      role: 'admin',
      state: 'active',
      name: 'Ada',
      externalId: 'ada@example.com',
      version: 1,
    })
    expect(made.id).toMatch(/^mem_[0-9A-Za-z]{20}$/)
    const [event] = await events(1)
    expect(event).toMatchObject({ type: 'member.created', target: made.id, scopes: [`member:${made.id}`] })
    expect(JSON.stringify(event)).not.toMatch(/ada/i)
    accepted(await storage.members.update(testOperator, accountId, made.id, { name: 'Ada L.' }))
    expect(JSON.stringify(await events(1))).not.toMatch(/ada/i)
    expect(refusal(await storage.members.create(testOperator, accountId, { role: 'owner' }))).toBe(
      'not_allowed_by_configuration /role',
    )
    expect(
      refusal(await storage.members.create(testOperator, accountId, { role: 'admin', externalId: 'ada@example.com' })),
    ).toBe('member_exists /externalId')
  })

  it('belong to one account: from another they are not found', async () => {
    const world = await openWorld(open, { config })
    const { storage, account } = world
    const other = await account()
    const { id } = await member(world)
    expect(refusal(await storage.members.read(other, id))).toBe('member_not_found')
    expect(refusal(await storage.members.update(testOperator, other, id, { role: 'reader' }))).toBe('member_not_found')
    expect(refusal(await storage.members.delete(testOperator, other, id))).toBe('member_not_found')
    expect(refusal(await storage.members.list('acc_\0', {}))).toBe('account_not_found')
  })

  it('the last active administrator cannot be demoted, suspended or removed', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, eventCount } = world
    const first = await member(world)
    const second = await member(world)
    accepted(await storage.members.update(testOperator, accountId, second.id, { state: 'suspended' }))
    const before = await eventCount()
    const attempts = [
      storage.members.update(testOperator, accountId, first.id, { role: 'reader' }),
      storage.members.update(testOperator, accountId, first.id, { state: 'suspended' }),
      storage.members.delete(testOperator, accountId, first.id),
    ]
    for (const answer of await Promise.all(attempts)) expect(refusal(answer)).toBe('last_member_of_role')
    expect(await eventCount()).toBe(before)
    accepted(await storage.members.update(testOperator, accountId, second.id, { state: 'active' }))
    expect(await storage.members.delete(testOperator, accountId, first.id)).toBeNull()
  })

  it('leave one administrator also when two remove each other at once', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId } = world
    const [first, second] = [await member(world), await member(world)]
    const answers = await Promise.all([
      storage.members.delete(asMember(first), accountId, second.id),
      storage.members.delete(asMember(second), accountId, first.id),
    ])
    expect(answers.filter((answer) => answer === null)).toHaveLength(1)
    expect(accepted(await storage.members.list(accountId, {})).items).toHaveLength(1)
  })

  it('T10: a member who was demoted or removed after the request was let in changes nothing', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId } = world
    const [first, second] = [await member(world), await member(world)]
    accepted(await storage.members.update(testOperator, accountId, second.id, { role: 'reader' }))
    expect(refusal(await storage.members.update(asMember(second), accountId, first.id, { role: 'reader' }))).toBe(
      'member_not_found',
    )
    expect(refusal(await storage.keys.create(asMember(second), accountId, { name: 'A' }))).toBe('account_not_found')
  })

  it('T16: personal keys of a removed member are revoked with events, those of nobody and of others stay', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, key, events, stateOf } = world
    const [leaving, staying] = [await member(world, 'reader'), await member(world)]
    const own = await key({ name: 'own', owner: leaving.id })
    const other = await key({ name: 'other', owner: staying.id })
    const service = await key({ name: 'service' })
    expect(await storage.members.delete(testOperator, accountId, leaving.id)).toBeNull()
    expect(await Promise.all([own, other, service].map(({ id }) => stateOf(id)))).toEqual([
      'revoked',
      'active',
      'active',
    ])
    expect(await events(2)).toMatchObject([
      { type: 'member.deleted', scopes: [`member:${leaving.id}`] },
      { type: 'key.revoked', target: own.id, scopes: [`key:${own.id}`, `lineage:${own.lineageId}`] },
    ])
  })

  it('T16: a removed member with more keys than a transaction takes leaves none usable', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, key, store, read } = world
    const leaving = await member(world, 'reader')
    const { id, lineageId } = await key({ name: 'own', owner: leaving.id })
    await store.context.write(testOperator, async ({ database }) => {
      const row = await database.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      const rows = Array.from({ length: 900 }, (_, index) => ({
        ...row,
        id: `${id.slice(0, -4)}${1_000 + index}`,
        digest: `d${index}`,
      }))
      for (let start = 0; start < rows.length; start += 300) {
        await database
          .insertInto('keys')
          .values(rows.slice(start, start + 300))
          .execute()
      }
    })
    expect(await storage.members.delete(testOperator, accountId, leaving.id)).toBeNull()
    const left = await read
      .selectFrom('keys')
      .select('id')
      .where('lineage_id', '=', lineageId)
      .where('state', '!=', 'revoked')
      .execute()
    expect(left).toEqual([])
  })

  it('T5: cannot be changed by a key, whatever it holds', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, key } = world
    const caller = asKey(await key({ grant: 'unrestricted' }))
    const { id } = await member(world)
    expect(refusal(await storage.members.create(caller, accountId, { role: 'admin' }))).toBe('account_not_found')
    expect(refusal(await storage.members.update(caller, accountId, id, { role: 'reader' }))).toBe('member_not_found')
    expect(refusal(await storage.members.delete(caller, accountId, id))).toBe('member_not_found')
  })

  it('are listed in pages, and a cursor of one account is none of another', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, account } = world
    for (let index = 0; index < 3; index++) await member(world)
    const page = accepted(await storage.members.list(accountId, { limit: 2 }))
    expect(page.items).toHaveLength(2)
    const cursor = page.nextCursor ?? ''
    expect(accepted(await storage.members.list(accountId, { limit: 2, cursor })).items).toHaveLength(1)
    expect(refusal(await storage.members.list(await account(), { cursor }))).toBe('invalid_cursor')
  })
})
