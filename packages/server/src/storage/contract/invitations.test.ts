import { isKeyText } from '@keywright/core'
import { expect, it } from 'vitest'
import type { Caller, MemberRecord } from '../ports.ts'
import { testOperator } from '../testing.ts'
import { asGuest, asOperator, storePerson } from './people.ts'
import { accepted, asKey, configWith, openWorld, refusal, type World } from './resources.ts'
import { contractSuite } from './suite.ts'

const roles = [
  { id: 'admin', label: 'Admin', may: ['view', 'create'] as const, managesMembers: true },
  { id: 'reader', label: 'Reader', may: ['view'] as const },
]
const config = configWith({ roles, lastingRole: 'admin' })
const dayMs = 86_400_000

async function invite(
  { storage, accountId }: World,
  email: string,
  role: string | null = 'reader',
  caller = testOperator,
) {
  const place = role === null ? null : accountId
  const { record, token } = accepted(await storage.invitations.create(caller, place, { email, role }))
  return { record, token: token.expose() }
}

const membersOf = async ({ storage, accountId }: World): Promise<readonly MemberRecord[]> =>
  accepted(await storage.members.list(accountId, {})).items

contractSuite('invitations', (open) => {
  it('make a member of who accepts, with the role and the person, and are used up', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, events } = world
    const ada = await storePerson(world, 'Ada')
    const { record, token } = await invite(world, ' ADA@example.com ')
    expect(token.startsWith('kwi_') && isKeyText(token)).toBe(true)
    expect(record).toMatchObject({ account: { id: accountId, name: 'Example Ltd' }, email: ada.email, role: 'reader' })
    expect(record.expiresAtMs - record.createdAtMs).toBe(7 * dayMs)
    expect(await storage.invitations.look(token)).toEqual(record)
    expect(await storage.invitations.accept(asGuest(ada), token, ada)).toEqual({ accountId })
    expect(await membersOf(world)).toMatchObject([
      { personId: ada.id, name: 'Ada', email: ada.email, role: 'reader', state: 'active' },
    ])
    expect(await events(2)).toMatchObject([
      { type: 'invitation.accepted', target: record.id },
      { type: 'member.created' },
    ])
    expect(refusal(await storage.invitations.look(token))).toBe('invitation_closed')
    expect(refusal(await storage.invitations.accept(asGuest(ada), token, ada))).toBe('invitation_closed')
    expect(accepted(await storage.invitations.list(accountId, {})).items).toEqual([])
  })

  it('leave neither the token nor the address in the log, and no token in the store', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, read } = world
    const { record, token } = await invite(world, 'grace@example.com')
    const renewed = accepted(await storage.invitations.renew(testOperator, accountId, record.id)).token.expose()
    await storage.invitations.delete(testOperator, accountId, record.id)
    await invite(world, 'grace@example.com')
    const log = JSON.stringify(await read.selectFrom('log_entries').selectAll().execute())
    const rows = JSON.stringify(await read.selectFrom('invitations').selectAll().execute())
    for (const secret of [token, renewed]) expect(log + rows).not.toContain(secret)
    expect(log).not.toMatch(/grace/i)
  })

  it('accepted twice at once make one member', async () => {
    const world = await openWorld(open, { config })
    const ada = await storePerson(world, 'Ada')
    const { token } = await invite(world, ada.email)
    const answers = await Promise.all([1, 2, 3].map(() => world.storage.invitations.accept(asGuest(ada), token, ada)))
    expect(answers.filter((answer) => 'accountId' in answer)).toHaveLength(1)
    expect(answers.filter((answer) => 'problem' in answer && answer.problem === 'invitation_closed')).toHaveLength(2)
    expect(await membersOf(world)).toHaveLength(1)
  })

  it('expired, replaced, renewed, withdrawn, unknown and shapeless tokens are closed alike', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, clock, store } = world
    const ada = await storePerson(world, 'Ada')
    const replaced = await invite(world, ada.email)
    const renewed = await invite(world, ada.email)
    const latest = accepted(await storage.invitations.renew(testOperator, accountId, renewed.record.id)).token.expose()
    const withdrawn = await invite(world, 'b@example.com')
    expect(await storage.invitations.delete(testOperator, accountId, withdrawn.record.id)).toBeNull()
    expect('problem' in (await storage.invitations.look(latest))).toBe(false)
    clock.advance(7 * dayMs)
    const closed = [
      replaced.token,
      renewed.token,
      withdrawn.token,
      latest,
      `${latest.slice(0, -1)}_`,
      '',
      'x'.repeat(300),
    ]
    for (const token of closed) {
      expect(await storage.invitations.look(token)).toEqual({ problem: 'invitation_closed' })
      expect(await storage.invitations.accept(asGuest(ada), token, ada)).toEqual({ problem: 'invitation_closed' })
    }
    expect(await membersOf(world)).toEqual([])
    // An expired one is still listed, and can be given a new term.
    expect(accepted(await storage.invitations.list(accountId, {})).items).toHaveLength(1)
    const again = accepted(await storage.invitations.renew(testOperator, accountId, renewed.record.id)).token.expose()
    expect(accepted(await storage.invitations.accept(asGuest(ada), again, ada))).toEqual({ accountId })
    expect(store.context.digests.chainCount).toBe(1)
  })

  it('are for one address: anybody else is refused, and they stay open', async () => {
    const world = await openWorld(open, { config })
    const [ada, eve] = [await storePerson(world, 'Ada'), await storePerson(world, 'Eve')]
    const { token } = await invite(world, ada.email)
    expect(refusal(await world.storage.invitations.accept(asGuest(eve), token, eve))).toBe('invitation_for_another')
    expect(accepted(await world.storage.invitations.accept(asGuest(ada), token, ada)).accountId).toBe(world.accountId)
  })

  it('are there once for an account and an address, also when five are made at once', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId } = world
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => invite(world, 'ada@example.com')))
    expect(accepted(await storage.invitations.list(accountId, {})).items).toHaveLength(1)
    const looks = await Promise.all(made.map(({ token }) => storage.invitations.look(token)))
    expect(looks.filter((look) => !('problem' in look))).toHaveLength(1)
    await Promise.all([1, 2, 3].map(() => invite(world, 'ada@example.com', null)))
    expect(accepted(await storage.invitations.list(null, {})).items).toHaveLength(1)
  })

  it('are refused for who is a member, for a role that there is not, for what is no address, and to whom may not invite', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, account, key } = world
    const ada = await storePerson(world, 'Ada')
    const member = accepted(
      await storage.members.create(testOperator, accountId, { personId: ada.id, name: 'Ada', role: 'admin' }),
    )
    const create = async (
      email: string,
      role: string | null,
      caller: Caller = testOperator,
      place: string | null = accountId,
    ) => refusal(await storage.invitations.create(caller, place, { email, role }))
    expect(await create('Ada@Example.com', 'reader')).toBe('member_exists /email')
    expect(await create('b@example.com', 'owner')).toBe('not_allowed_by_configuration /role')
    expect(await create('b@example.com', null)).toBe('invalid_parameters /role')
    expect(await create('b@example.com', 'admin', testOperator, null)).toBe('invalid_parameters /role')
    for (const email of [
      '',
      'ada',
      'a@',
      '@b',
      'a b@c',
      'a@b,c@d',
      'a\n@b.c',
      `${'a'.repeat(65)}@b.c`,
      'a\u200bb@c.d',
      'a@b.c\u202e',
      'a@b\u00adc.d',
    ])
      expect(await create(email, 'reader')).toBe('invalid_parameters /email')
    expect(await create('b@example.com', 'reader', testOperator, 'acc_\0')).toBe('account_not_found')
    expect(await create('b@example.com', 'reader', asKey(await key({ grant: 'unrestricted' })))).toBe(
      'account_not_found',
    )
    const admin: Caller = { actor: { kind: 'member', id: member.id, accountId, role: 'admin' }, requestId: 'r' }
    expect(await create('b@example.com', 'reader', admin, await account())).toBe('account_not_found')
    expect(await create('b@example.com', null, admin, null)).toBe('account_not_found')
    expect((await invite(world, 'b@example.com', 'admin', admin)).record.invitedBy).toEqual({
      kind: 'member',
      id: member.id,
    })
  })

  it('T15: of a role that the configuration no longer has admit nobody', async () => {
    let inForce = config
    const world = await openWorld(open, { config: () => inForce })
    const ada = await storePerson(world, 'Ada')
    const { token } = await invite(world, ada.email)
    inForce = configWith({ roles: roles.slice(0, 1), lastingRole: 'admin' })
    expect(refusal(await world.storage.invitations.look(token))).toBe('invitation_closed')
    expect(refusal(await world.storage.invitations.accept(asGuest(ada), token, ada))).toBe('invitation_closed')
  })

  it('T10: of a member who was removed, suspended or may no longer invite admit nobody, until somebody else renews them', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId } = world
    const [ada, eve] = [await storePerson(world, 'Ada'), await storePerson(world, 'Eve')]
    const input = { personId: eve.id, name: 'Eve', role: 'admin' }
    const { id } = accepted(await storage.members.create(testOperator, accountId, input))
    accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    const asEve: Caller = { actor: { kind: 'member', id, accountId, role: 'admin' }, requestId: 'r' }
    const { record, token } = await invite(world, ada.email, 'admin', asEve)
    const isOpen = async (text: string) => !('problem' in (await storage.invitations.look(text)))
    expect(await isOpen(token)).toBe(true)
    for (const change of [{ role: 'reader' }, { role: 'admin', state: 'suspended' }] as const) {
      accepted(await storage.members.update(testOperator, accountId, id, change))
      expect([change, await isOpen(token)]).toEqual([change, false])
    }
    accepted(await storage.members.update(testOperator, accountId, id, { state: 'active' }))
    expect(await isOpen(token)).toBe(true)
    await storage.members.delete(testOperator, accountId, id)
    expect(refusal(await storage.invitations.accept(asGuest(ada), token, ada))).toBe('invitation_closed')
    const renewed = accepted(await storage.invitations.renew(testOperator, accountId, record.id))
    expect(renewed.record.invitedBy).toEqual({ kind: 'operator', id: testOperator.actor.id })
    expect(accepted(await storage.invitations.accept(asGuest(ada), renewed.token.expose(), ada))).toEqual({ accountId })
  })

  it('T10: of a person who operates no longer make no operator', async () => {
    const world = await openWorld(open, { config })
    const { storage } = world
    const [ada, eve] = [await storePerson(world, 'Ada'), await storePerson(world, 'Eve')]
    for (const person of [eve, await storePerson(world, 'Bob')]) {
      const { token } = await invite(world, person.email, null)
      accepted(await storage.invitations.accept(asGuest(person), token, person))
    }
    const { token } = await invite(world, ada.email, null, asOperator(eve))
    const toAccount = await invite(world, 'b@example.com', 'admin', asOperator(eve))
    expect(await storage.operators.remove(testOperator, eve.id)).toBeNull()
    expect(refusal(await storage.invitations.accept(asGuest(ada), token, ada))).toBe('invitation_closed')
    expect(refusal(await storage.invitations.look(toAccount.token))).toBe('invitation_closed')
    expect(await storage.operators.isOperator(ada.id)).toBe(false)
  })

  it('change no member that is there: an active one is answered, a suspended one finds them closed', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId } = world
    const ada = await storePerson(world, 'Ada')
    const first = await invite(world, ada.email, 'admin')
    const member = accepted(
      await storage.members.create(testOperator, accountId, { personId: ada.id, name: 'Ada', role: 'reader' }),
    )
    expect(accepted(await storage.invitations.accept(asGuest(ada), first.token, ada)).accountId).toBe(accountId)
    expect(await membersOf(world)).toMatchObject([{ id: member.id, role: 'reader' }])
    const bob = await storePerson(world, 'Bob')
    const second = await invite(world, bob.email)
    const other = accepted(await storage.members.create(testOperator, accountId, { personId: bob.id, role: 'reader' }))
    accepted(await storage.members.update(testOperator, accountId, other.id, { state: 'suspended' }))
    expect(refusal(await storage.invitations.accept(asGuest(bob), second.token, bob))).toBe('invitation_closed')
    expect(refusal(await storage.members.create(testOperator, accountId, { personId: bob.id, role: 'admin' }))).toBe(
      'member_exists /personId',
    )
  })

  it('to operate make an operator, and go with the account that they are of', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId } = world
    const ada = await storePerson(world, 'Ada')
    const operate = await invite(world, ada.email, null)
    expect(await storage.operators.isOperator(ada.id)).toBe(false)
    expect(accepted(await storage.invitations.accept(asGuest(ada), operate.token, ada))).toEqual({ accountId: null })
    expect(await storage.operators.isOperator(ada.id)).toBe(true)
    expect(refusal(await storage.invitations.create(testOperator, null, { email: ada.email, role: null }))).toBe(
      'member_exists /email',
    )
    const { token } = await invite(world, 'b@example.com', 'reader', asOperator(ada))
    await storage.accounts.delete(testOperator, accountId)
    expect(refusal(await storage.invitations.look(token))).toBe('invitation_closed')
    expect(refusal(await storage.invitations.list(accountId, {}))).toBe('account_not_found')
  })

  it('are listed in pages, and of one account are none of another', async () => {
    const world = await openWorld(open, { config })
    const { storage, accountId, account } = world
    const { record } = await invite(world, 'a@example.com')
    for (const name of ['b', 'c']) await invite(world, `${name}@example.com`)
    const page = accepted(await storage.invitations.list(accountId, { limit: 2 }))
    const cursor = page.nextCursor ?? ''
    expect(accepted(await storage.invitations.list(accountId, { limit: 2, cursor })).items).toHaveLength(1)
    const other = await account()
    expect(refusal(await storage.invitations.list(other, { cursor }))).toBe('invalid_cursor')
    for (const place of [other, null]) {
      expect(refusal(await storage.invitations.renew(testOperator, place, record.id))).toBe('invitation_not_found')
      expect(refusal(await storage.invitations.delete(testOperator, place, record.id))).toBe('invitation_not_found')
    }
  })
})
