import { expect, it } from 'vitest'
import { testOperator } from '../testing.ts'
import { accepted, asKey, configWith, openWorld, refusal } from './resources.ts'
import { contractSuite } from './suite.ts'

contractSuite('accounts', (open) => {
  it('are created with the default plan, trimmed and composed, and read back as they are', async () => {
    const { storage } = await openWorld(open)
    const { record, secret, replayed } = accepted(
      await storage.accounts.create(testOperator, { name: '  Cafe\u0301 ', externalId: 'org-1' }),
    )
    expect(record).toMatchObject({
      name: 'Caf\u00e9',
      externalId: 'org-1',
      state: 'active',
      plan: 'default',
      version: 1,
    })
    expect(record.id).toMatch(/^acc_[0-9A-Za-z]{20}$/)
    expect([secret, replayed]).toEqual([null, false])
    expect(await storage.accounts.read(record.id)).toEqual(record)
  })

  it('are refused with a name that is empty, too long or not what it looks like', async () => {
    const { storage, eventCount } = await openWorld(open)
    const before = await eventCount()
    const names = ['', '   ', 'x'.repeat(201), 'a\u202eb', 'a\u200bb', 'a\u0000b', 'a\nb', '\ud800']
    for (const name of names) {
      expect(refusal(await storage.accounts.create(testOperator, { name }))).toBe('invalid_parameters /name')
    }
    expect(await eventCount()).toBe(before)
    expect(
      accepted(await storage.accounts.create(testOperator, { name: '\u{1F511}'.repeat(200) })).record.version,
    ).toBe(1)
  })

  it('have each externalId once, also when ten are created at once', async () => {
    const { storage } = await openWorld(open)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => storage.accounts.create(testOperator, { name: 'A', externalId: 'same' })),
    )
    expect(answers.filter((answer) => 'record' in answer)).toHaveLength(1)
    expect(answers.filter((answer) => 'problem' in answer && answer.problem === 'account_exists')).toHaveLength(9)
  })

  it('keep their externalId from an update of another', async () => {
    const { storage, account } = await openWorld(open)
    const first = await account({ externalId: 'one' })
    const second = await account({ externalId: 'two' })
    expect(refusal(await storage.accounts.update(testOperator, second, { externalId: 'one' }))).toBe(
      'account_exists /externalId',
    )
    const answers = await Promise.all(
      [first, second].map((id) => storage.accounts.update(testOperator, id, { externalId: 'three' })),
    )
    expect(answers.filter((answer) => 'problem' in answer)).toHaveLength(1)
  })

  it('are changed in three states: absent keeps, null clears, a value sets; what changes nothing writes nothing', async () => {
    const { storage, account, eventCount, events } = await openWorld(open)
    const id = await account({ externalId: 'org' })
    const before = await eventCount()
    const same = accepted(await storage.accounts.update(testOperator, id, { name: 'Example Ltd', externalId: 'org' }))
    expect([same.version, await eventCount()]).toEqual([1, before])
    const limit = { name: 'requests', limit: 10, windowSeconds: 60 }
    const changed = accepted(
      await storage.accounts.update(testOperator, id, {
        externalId: null,
        overrides: [{ limit, untilMs: null }],
        activeKeysOverride: { max: 80, untilMs: null },
      }),
    )
    expect(changed).toMatchObject({
      name: 'Example Ltd',
      externalId: null,
      version: 2,
      activeKeysOverride: { max: 80 },
    })
    const [event] = await events(1)
    expect(event).toMatchObject({ type: 'account.updated', target: id, scopes: [`account:${id}`] })
    expect(event?.after).toEqual({
      externalId: 'changed',
      overrides: [{ limit, until: null }],
      activeKeysOverride: { max: 80, until: null },
    })
  })

  it('refuse a stale version, an unknown plan and a wrong override, and change nothing then', async () => {
    const { storage, accountId, eventCount } = await openWorld(open)
    const before = await eventCount()
    expect(refusal(await storage.accounts.update(testOperator, accountId, { name: 'B' }, 7))).toBe(
      'precondition_failed',
    )
    expect(refusal(await storage.accounts.delete(testOperator, accountId, 7))).toBe('precondition_failed')
    expect(refusal(await storage.accounts.update(testOperator, accountId, { plan: 'gold' }))).toBe(
      'not_allowed_by_configuration /plan',
    )
    const limit = { name: 'requests', limit: 0, windowSeconds: 60 }
    expect(
      refusal(await storage.accounts.update(testOperator, accountId, { overrides: [{ limit, untilMs: null }] })),
    ).toBe('invalid_parameters /overrides/0/limit/limit')
    expect(await eventCount()).toBe(before)
  })

  it('are suspended and resumed once each, with events that touch the account', async () => {
    const { storage, accountId, events } = await openWorld(open)
    expect(accepted(await storage.accounts.suspend(testOperator, accountId)).state).toBe('suspended')
    expect(refusal(await storage.accounts.suspend(testOperator, accountId))).toBe('account_suspended')
    expect(accepted(await storage.accounts.resume(testOperator, accountId)).state).toBe('active')
    expect(refusal(await storage.accounts.resume(testOperator, accountId))).toBe('account_not_suspended')
    const scopes = [`account:${accountId}`]
    expect(await events(2)).toMatchObject([
      { type: 'account.suspended', scopes },
      { type: 'account.resumed', scopes },
    ])
  })

  it('take everything below with them in one event', async () => {
    const { storage, accountId, key, events, eventCount, read } = await openWorld(open)
    await key({ name: 'One' })
    accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    const before = await eventCount()
    expect(await storage.accounts.delete(testOperator, accountId)).toBeNull()
    expect(await eventCount()).toBe(before + 1)
    expect(await events(1)).toMatchObject([{ type: 'account.deleted', scopes: [`account:${accountId}`] }])
    for (const table of ['keys', 'lineages', 'members'] as const) {
      expect(await read.selectFrom(table).selectAll().execute()).toEqual([])
    }
    expect(refusal(await storage.accounts.read(accountId))).toBe('account_not_found')
    expect(refusal(await storage.accounts.delete(testOperator, accountId))).toBe('account_not_found')
  })

  it('T5: look absent to a key that would change them', async () => {
    const { storage, accountId, key } = await openWorld(open)
    const caller = asKey(await key({ grant: 'unrestricted' }))
    expect(refusal(await storage.accounts.update(caller, accountId, { name: 'Mine' }))).toBe('account_not_found')
    expect(refusal(await storage.accounts.delete(caller, accountId))).toBe('account_not_found')
  })

  it('are listed newest first, searched and paged; no id, search or cursor makes the database fail (T6)', async () => {
    const { storage, account, clock } = await openWorld(open)
    for (let index = 0; index < 5; index++) {
      clock.advance(1_000)
      await account({ name: `100% Number ${index}`, externalId: `org-${index}` })
    }
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = accepted(await storage.accounts.list({ limit: 2, search: '100% number', cursor }))
      seen.push(...page.items.map(({ name }) => name))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual([4, 3, 2, 1, 0].map((index) => `100% Number ${index}`))
    expect(accepted(await storage.accounts.list({ externalId: 'org-3' })).items).toHaveLength(1)
    expect(accepted(await storage.accounts.list({ search: '_____' })).items).toHaveLength(0)
    for (const text of ["'; drop table accounts; --", '\0', '\ud800', '%', '\\', 'x'.repeat(5_000)]) {
      accepted(await storage.accounts.list({ search: text, externalId: text }))
      expect(refusal(await storage.accounts.list({ cursor: text }))).toBe('invalid_cursor')
      expect(refusal(await storage.accounts.read(text))).toBe('account_not_found')
    }
  })

  it('get the plan that the configuration names', async () => {
    const plans = [
      { id: 'free', label: 'Free' },
      { id: 'paid', label: 'Paid' },
    ]
    const { storage, accountId } = await openWorld(open, { config: configWith({ plans, defaultPlan: 'free' }) })
    expect(accepted(await storage.accounts.read(accountId)).plan).toBe('free')
    expect(accepted(await storage.accounts.update(testOperator, accountId, { plan: 'paid' })).plan).toBe('paid')
  })
})
