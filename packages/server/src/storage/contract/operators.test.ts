import { expect, it } from 'vitest'
import { testOperator } from '../testing.ts'
import { asOperator, storePerson, type TestPerson } from './people.ts'
import { accepted, allActions, configWith, openWorld, refusal, type World } from './resources.ts'
import { contractSuite } from './suite.ts'

const roles = [
  { id: 'admin', label: 'Admin', may: ['view', 'create'] as const, managesMembers: true },
  { id: 'reader', label: 'Reader', may: [] },
]
const config = configWith({ roles, lastingRole: 'admin', actions: allActions })

async function operator(world: World, name: string): Promise<TestPerson> {
  const person = await storePerson(world, name)
  const { token } = accepted(
    await world.storage.invitations.create(testOperator, null, { email: person.email, role: null }),
  )
  accepted(await world.storage.invitations.accept(testOperator, token.expose(), person))
  return person
}

const member = async ({ storage, accountId }: World, { id }: TestPerson, role = 'admin', account = accountId) =>
  accepted(await storage.members.create(testOperator, account, { personId: id, role }))

const caller = { requestId: 'r' }

contractSuite('operators', (open) => {
  it('the first is made by the set-up link, with the first account and its lasting member, in one step and once', async () => {
    const world = await openWorld(open, { config })
    const { storage, read } = world
    const ada = await storePerson(world, 'Ada')
    const token = (await storage.setup.issue())?.expose() ?? ''
    const given = { personId: ada.id, personName: 'Ada', accountName: 'First' }
    const answers = await Promise.all([1, 2].map(() => storage.operators.completeSetup(token, caller, given)))
    const [done] = answers.filter((answer) => 'accountId' in answer)
    expect(answers.filter((answer) => 'problem' in answer && answer.problem === 'setup_closed')).toHaveLength(1)
    expect(await storage.operators.isOperator(ada.id)).toBe(true)
    expect(await storage.memberships.of(ada.id)).toMatchObject([
      { member: { role: 'admin', name: 'Ada' }, account: { id: done?.accountId, name: 'First', state: 'active' } },
    ])
    expect(await storage.setup.issue()).toBeNull()
    const types = (await read.selectFrom('log_entries').select('type').orderBy('number').execute()).map(
      (row) => row.type,
    )
    expect(types.slice(-3)).toEqual(['operator.created', 'account.created', 'member.created'])
  })

  it('of persons and credentials one remains, also when two remove each other at once', async () => {
    const world = await openWorld(open, { config })
    const { storage } = world
    const [ada, bob] = [await operator(world, 'Ada'), await operator(world, 'Bob')]
    const answers = await Promise.all([
      storage.operators.remove(asOperator(ada), bob.id),
      storage.operators.remove(asOperator(bob), ada.id),
    ])
    expect(answers.filter((answer) => answer === null)).toHaveLength(1)
    const { items } = accepted(await storage.operators.list({}))
    expect(items).toHaveLength(1)
    const last = items[0]?.personId ?? ''
    expect(refusal(await storage.operators.remove(testOperator, last))).toBe('last_operator')
    const { record } = accepted(await storage.credentials.create(testOperator, { kind: 'operator', name: 'CI' }))
    const both = await Promise.all([
      storage.operators.remove(testOperator, last),
      storage.credentials.delete(testOperator, record.id),
    ])
    expect(both.filter((answer) => answer === null)).toHaveLength(1)
    expect(both.filter((answer) => answer !== null && answer.problem === 'last_operator')).toHaveLength(1)
    expect(await storage.setup.issue()).toBeNull()
    expect(refusal(await storage.operators.remove(testOperator, 'per_Nobody'))).toBe('operator_not_found')
  })

  it('T10: a person who was removed or suspended after the request was let in changes nothing', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, key, eventCount, store } = world
    const [gone, resting] = [await operator(world, 'Gone'), await operator(world, 'Resting')]
    await operator(world, 'Staying')
    const { id } = await key()
    const member = accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    expect(await storage.operators.remove(testOperator, gone.id)).toBeNull()
    await store.context.write(testOperator, ({ database }) =>
      database.updateTable('people').set({ suspended: 1 }).where('id', '=', resting.id).execute(),
    )
    const before = await eventCount()
    for (const by of [asOperator(gone), asOperator(resting)]) {
      expect(refusal(await storage.accounts.create(by, { name: 'A' }))).toBe('forbidden')
      expect(refusal(await storage.accounts.update(by, accountId, { name: 'A' }))).toBe('account_not_found')
      expect(refusal(await storage.accounts.suspend(by, accountId))).toBe('account_not_found')
      expect(refusal(await storage.accounts.delete(by, accountId))).toBe('account_not_found')
      expect(refusal(await storage.keys.create(by, accountId, { name: 'A' }))).toBe('account_not_found')
      expect(refusal(await storage.keys.change(by, id, 'revoke'))).toBe('key_not_found')
      expect(refusal(await storage.keys.setOverride(by, id, { limits: [] }))).toBe('key_not_found')
      expect(refusal(await storage.keys.batch(by, { action: 'revoke', filter: {}, dryRun: false }))).toBe(
        'account_not_found',
      )
      expect(refusal(await storage.members.update(by, accountId, member.id, { name: 'A' }))).toBe('member_not_found')
      expect(refusal(await storage.credentials.create(by, { kind: 'operator', name: 'A' }))).toBe('forbidden')
      expect(refusal(await storage.credentials.delete(by, 'crd_1'))).toBe('credential_not_found')
      expect(refusal(await storage.invitations.create(by, null, { email: 'a@b.c', role: null }))).toBe(
        'account_not_found',
      )
    }
    expect(await storage.operators.isOperator(gone.id)).toBe(false)
    expect(await storage.operators.isOperator(resting.id)).toBe(false)
    expect(await eventCount()).toBe(before)
  })
})

contractSuite('memberships', (open) => {
  it('T16: suspending a person suspends every membership with events that touch the personal keys, and resuming brings back those alone', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, account, key, events, checks } = world
    await operator(world, 'Staying')
    const [ada, bob] = [await operator(world, 'Ada'), await storePerson(world, 'Bob')]
    const second = await account({ name: 'A second' })
    const third = await account({ name: 'A third' })
    await member(world, bob)
    const here = await member(world, ada)
    const there = await member(world, ada, 'reader', second)
    const resting = await member(world, ada, 'reader', third)
    accepted(await storage.members.update(testOperator, third, resting.id, { state: 'suspended' }))
    const created = accepted(await storage.keys.create(testOperator, accountId, { name: 'own', owner: here.id }))
    const service = await key({ name: 'service' })
    const ownerOf = async () => (await checks.key(created.secret?.expose() ?? '')).facts?.owner
    expect(await ownerOf()).toEqual({ memberId: here.id, active: true })

    expect(await storage.memberships.suspendAll(testOperator, ada.id)).toBe(2)
    expect(await ownerOf()).toEqual({ memberId: here.id, active: false })
    expect(accepted(await storage.keys.read(service.id)).state).toBe('active')
    expect(await storage.operators.isOperator(ada.id)).toBe(false)
    const scopes = (await events(3)).flatMap((event) => event.scopes)
    expect([...scopes].sort()).toEqual([`member:${here.id}`, `member:${there.id}`, `person:${ada.id}`].sort())
    expect(await storage.memberships.in(ada.id, accountId)).toBeUndefined()
    expect((await storage.memberships.of(ada.id)).map((each) => [each.account.name, each.member.state])).toEqual([
      ['A second', 'suspended'],
      ['A third', 'suspended'],
      ['Example Ltd', 'suspended'],
    ])
    // A manager of an account cannot undo what an operator did.
    expect(refusal(await storage.members.update(testOperator, accountId, here.id, { state: 'active' }))).toBe(
      'invalid_parameters /state',
    )
    expect(await storage.memberships.suspendAll(testOperator, ada.id)).toBe(0)

    expect(await storage.memberships.resumeAll(testOperator, ada.id)).toBe(2)
    expect(await ownerOf()).toEqual({ memberId: here.id, active: true })
    expect(await storage.operators.isOperator(ada.id)).toBe(true)
    expect(await storage.memberships.in(ada.id, accountId)).toMatchObject({ id: here.id, email: 'ada@example.com' })
    expect(await storage.memberships.in(ada.id, third)).toBeUndefined()
    expect(await storage.memberships.resumeAll(testOperator, ada.id)).toBe(0)
  })

  it('suspending is refused, and changes nothing, where an account would lose its last administrator or the installation its last operator', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, account, eventCount } = world
    const [ada, bob] = [await operator(world, 'Ada'), await storePerson(world, 'Bob')]
    const second = await account({ name: 'A second' })
    await member(world, ada, 'reader', second)
    await member(world, ada)
    let before = await eventCount()
    expect(refusal(await storage.memberships.suspendAll(testOperator, ada.id))).toBe('last_member_of_role')
    expect(await eventCount()).toBe(before)
    await member(world, bob)
    before = await eventCount()
    expect(refusal(await storage.memberships.suspendAll(testOperator, ada.id))).toBe('last_operator')
    expect(await eventCount()).toBe(before)
    expect(await storage.memberships.in(ada.id, accountId)).toBeDefined()
  })

  it('two operators who suspend each other at once leave one, and two administrators one', async () => {
    const world = await openWorld(open, { config })
    const { storage } = world
    const people = [await operator(world, 'Ada'), await operator(world, 'Bob')] as const
    const [ada, bob] = people
    const answers = await Promise.all([
      storage.memberships.suspendAll(asOperator(ada), bob.id),
      storage.memberships.suspendAll(asOperator(bob), ada.id),
    ])
    expect(answers.filter((answer) => typeof answer === 'number')).toHaveLength(1)
    const still = await Promise.all(people.map(({ id }) => storage.operators.isOperator(id)))
    expect(still.filter(Boolean)).toHaveLength(1)
    const [carl, dora] = [await storePerson(world, 'Carl'), await storePerson(world, 'Dora')]
    for (const each of [carl, dora]) await member(world, each)
    const both = await Promise.all([carl, dora].map(({ id }) => storage.memberships.suspendAll(testOperator, id)))
    expect(both.filter((answer) => typeof answer === 'number')).toHaveLength(1)
  })

  it('the last administrator cannot be demoted, suspended, removed or leave, also when two do it at once; others leave', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId } = world
    const people = [await storePerson(world, 'Ada'), await storePerson(world, 'Bob'), await storePerson(world, 'Carl')]
    const asMember = (id: string, role: string) => ({
      actor: { kind: 'member' as const, id, accountId, role },
      requestId: 'r',
    })
    const [ada, bob] = await Promise.all([
      member(world, people[0] as TestPerson),
      member(world, people[1] as TestPerson),
    ])
    const carl = await member(world, people[2] as TestPerson, 'reader')
    const answers = await Promise.all([
      storage.members.delete(asMember(ada.id, 'admin'), accountId, ada.id),
      storage.members.update(asMember(bob.id, 'admin'), accountId, bob.id, { role: 'reader' }),
    ])
    expect(answers.filter((answer) => answer !== null && 'problem' in answer)).toHaveLength(1)
    expect(await storage.members.delete(asMember(carl.id, 'reader'), accountId, carl.id)).toBeNull()
  })

  it('of a person in an account are there once', async () => {
    const world = await openWorld(open, { config })
    const ada = await storePerson(world, 'Ada')
    const answers = await Promise.all(
      [1, 2, 3].map(() =>
        world.storage.members.create(testOperator, world.accountId, { personId: ada.id, role: 'admin' }),
      ),
    )
    expect(answers.filter((answer) => 'id' in answer)).toHaveLength(1)
  })

  it('let a member change the name of its account and nothing else', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, account } = world
    const ada = await member(world, await storePerson(world, 'Ada'))
    const by = { actor: { kind: 'member' as const, id: ada.id, accountId, role: 'admin' }, requestId: 'r' }
    expect(accepted(await storage.accounts.update(by, accountId, { name: 'New' })).name).toBe('New')
    expect(refusal(await storage.accounts.update(by, accountId, { plan: 'default' }))).toBe('account_not_found')
    expect(refusal(await storage.accounts.update(by, await account(), { name: 'New' }))).toBe('account_not_found')
    accepted(
      await storage.members.update(
        testOperator,
        accountId,
        (await member(world, await storePerson(world, 'Bob'))).id,
        {},
      ),
    )
    accepted(await storage.members.update(testOperator, accountId, ada.id, { role: 'reader' }))
    expect(refusal(await storage.accounts.update(by, accountId, { name: 'Newer' }))).toBe('account_not_found')
  })
})
