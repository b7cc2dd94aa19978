import { isKeyText, type KeywrightConfig } from '@keywright/core'
import { expect, it } from 'vitest'
import type { KeyInput } from '../ports.ts'
import { testOperator, testRandomBytes, testSource } from '../testing.ts'
import { accepted, allActions, configWith, openWorld, refusal, secretOf } from './resources.ts'
import { contractSuite } from './suite.ts'

const dayMs = 86_400_000
const named = { name: { presence: 'optional' as const } }

contractSuite('creating keys', (open) => {
  it('answers the record and, this once, a secret that the checks recognise; nothing stored gives it back', async () => {
    const { storage, accountId, read, checks } = await openWorld(open)
    const made = accepted(await storage.keys.create(testOperator, accountId, { name: 'CRM', environment: 'test' }))
    const secret = secretOf(made)
    expect(isKeyText(secret)).toBe(true)
    expect(secret).toMatch(/^exa_test_/)
    expect(made.record).toMatchObject({
      accountId,
      type: 'secret',
      environment: 'test',
      name: 'CRM',
      state: 'active',
      preset: 'read-only',
      grant: { permissions: ['calls.view', 'jobs.view'] },
      masked: `exa_test_••••••••${secret.slice(-4)}`,
      allowedNetworks: null,
      limits: [],
      quota: null,
      metadata: null,
      ownerMemberId: null,
      expiresAtMs: null,
      endsAtMs: null,
      createdBy: { kind: 'operator', id: 'operator-1' },
      lastUsed: null,
      version: 1,
    })
    expect(await storage.keys.read(made.record.id)).toEqual(made.record)
    expect((await checks.key(secret)).facts).toMatchObject({ id: made.record.id, state: 'active' })
    const everything = [
      await read.selectFrom('keys').selectAll().execute(),
      await read.selectFrom('log_entries').selectAll().execute(),
      made.record,
    ]
    expect(JSON.stringify(everything)).not.toContain(secret.slice(-38))
    expect(JSON.stringify(everything[1])).not.toContain((everything[0] as { digest: string }[])[0]?.digest)
  })

  it('records the event with what was set, free text and metadata left out, and voids remembered unknowns', async () => {
    const { key, events } = await openWorld(open)
    const { id, lineageId } = await key({ name: 'CRM', description: 'For Ada', metadata: { team: 'sales' } })
    const [event] = await events(1)
    expect(event).toMatchObject({ type: 'key.created', target: id, before: null })
    expect(event?.scopes).toEqual([`key:${id}`, `lineage:${lineageId}`, 'unknown'])
    expect(event?.after).toMatchObject({ name: 'CRM', description: 'changed', metadata: 'changed', type: 'secret' })
    expect(JSON.stringify(event)).not.toMatch(/Ada|sales/)
  })

  it('U14, T-25: 51 parallel creations at 49 of 50 leave exactly 50', async () => {
    const { storage, accountId, key, read } = await openWorld(open, {
      config: configWith({ caps: { activeKeysPerAccount: 50 } }),
    })
    for (let index = 0; index < 49; index++) await key()
    const answers = await Promise.all(
      Array.from({ length: 51 }, () => storage.keys.create(testOperator, accountId, { name: 'B' })),
    )
    expect(answers.filter((answer) => 'record' in answer)).toHaveLength(1)
    expect(answers.filter((answer) => 'problem' in answer && answer.problem === 'active_keys_cap')).toHaveLength(50)
    expect(await read.selectFrom('keys').select('id').execute()).toHaveLength(50)
  })

  it('counts neither paused, revoked nor expired keys towards the cap, and an override of the account beats the plan', async () => {
    const plans = [{ id: 'free', label: 'Free', activeKeysMax: 2 }]
    const config = configWith({ plans, actions: allActions, caps: { activeKeysPerAccount: 50 } })
    const { storage, accountId, key, clock } = await openWorld(open, { config })
    const create = () => storage.keys.create(testOperator, accountId, { name: 'C' })
    const first = await key({ expiresAtMs: clock.wallMs() + 1_000 })
    const second = await key()
    expect(refusal(await create())).toBe('active_keys_cap')
    clock.advance(1_000)
    expect(accepted(await storage.keys.read(first.id)).state).toBe('expired')
    accepted(await create())
    expect(refusal(await create())).toBe('active_keys_cap')
    accepted(await storage.keys.change(testOperator, second.id, 'pause'))
    accepted(await create())
    expect(refusal(await storage.keys.change(testOperator, second.id, 'reactivate'))).toBe('active_keys_cap')
    const override = { max: 3, untilMs: clock.wallMs() + 1_000 }
    accepted(await storage.accounts.update(testOperator, accountId, { activeKeysOverride: override }))
    accepted(await storage.keys.change(testOperator, second.id, 'reactivate'))
    clock.advance(1_000)
    expect(refusal(await create())).toBe('active_keys_cap')
  })

  it('T23: a text whose digest exists is thrown away for another; the key that has it stays as it is', async () => {
    const bytes = testRandomBytes()
    let texts = 0
    let repeat: Uint8Array | undefined
    // The generator of key texts is the only one that asks for 42 bytes at once; its first answer is given twice.
    const randomBytes = (length: number) => {
      if (length !== 42) return bytes(length)
      texts++
      const fresh = bytes(length)
      repeat ??= fresh
      return texts <= 2 ? repeat : fresh
    }
    const { storage, accountId, read } = await openWorld(open, { randomBytes })
    const first = accepted(await storage.keys.create(testOperator, accountId, { name: 'A' }))
    const before = await read.selectFrom('keys').selectAll().execute()
    const second = accepted(await storage.keys.create(testOperator, accountId, { name: 'B' }))
    expect(texts).toBeGreaterThan(2)
    expect(secretOf(second)).not.toBe(secretOf(first))
    const after = await read.selectFrom('keys').selectAll().where('id', '=', first.record.id).execute()
    expect(after).toEqual(before)
  })

  it('is refused in an account that is unknown or suspended', async () => {
    const { storage, accountId } = await openWorld(open)
    for (const id of ['acc_00000000000000000000', 'acc_', "' or 1=1", '\0']) {
      expect(refusal(await storage.keys.create(testOperator, id, { name: 'A' }))).toBe('account_not_found')
    }
    accepted(await storage.accounts.suspend(testOperator, accountId))
    expect(refusal(await storage.keys.create(testOperator, accountId, { name: 'A' }))).toBe('account_suspended')
  })

  const wrong: readonly (readonly [string, KeyInput, string])[] = [
    ['no name', { name: undefined }, 'not_allowed_by_configuration /name'],
    ['an invisible name', { name: 'a\u202eb' }, 'invalid_parameters /name'],
    ['an unknown type', { type: 'nothing' }, 'not_allowed_by_configuration /type'],
    ['an unknown environment', { environment: '__proto__' }, 'not_allowed_by_configuration /environment'],
    ['an unknown preset', { preset: 'admin' }, 'not_allowed_by_configuration /preset'],
    ['a grant and a preset', { preset: 'full', grant: 'unrestricted' }, 'invalid_parameters /preset'],
    [
      'an unknown permission',
      { grant: { permissions: ['jobs.view', 'jobs.fly'] } },
      'not_allowed_by_configuration /grant/permissions/1',
    ],
    ['a past expiry', { expiresAtMs: 1 }, 'invalid_parameters /expiresAt'],
    ['no expiry at all', { expiresAtMs: Number.NaN }, 'invalid_parameters /expiresAt'],
    [
      'a network with host bits',
      { allowedNetworks: ['10.0.0.0/8', '10.0.0.1/8'] },
      'invalid_parameters /allowedNetworks/1',
    ],
    [
      '101 networks',
      { allowedNetworks: Array.from({ length: 101 }, (_, index) => `10.0.0.${index}`) },
      'invalid_parameters /allowedNetworks',
    ],
    [
      'two limits of one name',
      { limits: ['a', 'a'].map((name) => ({ name, limit: 1, windowSeconds: 1 })) },
      'invalid_parameters /limits/1/name',
    ],
    [
      '11 limits',
      { limits: Array.from({ length: 11 }, (_, index) => ({ name: `l${index}`, limit: 1, windowSeconds: 1 })) },
      'invalid_parameters /limits',
    ],
    ['a quota of nothing', { quota: { limit: 0, period: 'day' } }, 'invalid_parameters /quota/limit'],
    ['a large metadata', { metadata: { text: 'x'.repeat(8_200) } }, 'invalid_parameters /metadata'],
    [
      'a prototype',
      { metadata: JSON.parse('{"a":{"__proto__":1}}') as Record<string, unknown> },
      'invalid_parameters /metadata',
    ],
    ['T1: an owner of nowhere', { owner: 'mem_00000000000000000000' }, 'invalid_parameters /owner'],
  ]

  it('refuses what is wrong, says where, and changes nothing', async () => {
    const { storage, accountId, eventCount, read } = await openWorld(open)
    const before = await eventCount()
    for (const [what, input, expected] of wrong) {
      const answer = await storage.keys.create(testOperator, accountId, { name: 'A', ...input })
      expect([what, refusal(answer)]).toEqual([what, expected])
    }
    expect(await eventCount()).toBe(before)
    expect(await read.selectFrom('lineages').selectAll().execute()).toEqual([])
  })

  it('T1: takes as owner an active member of the same account only, who is not thereby the creator', async () => {
    const { storage, accountId, account, key } = await openWorld(open)
    const elsewhere = await account()
    const member = (id: string) => storage.members.create(testOperator, id, { role: 'admin' })
    const [own, other, suspended] = [await member(accountId), await member(elsewhere), await member(accountId)].map(
      accepted,
    )
    accepted(await storage.members.update(testOperator, accountId, suspended?.id ?? '', { state: 'suspended' }))
    const made = await key({ owner: own?.id })
    expect(made).toMatchObject({ ownerMemberId: own?.id, createdBy: { kind: 'operator', id: 'operator-1' } })
    for (const owner of [other?.id, suspended?.id]) {
      expect(refusal(await storage.keys.create(testOperator, accountId, { name: 'A', owner }))).toBe(
        'invalid_parameters /owner',
      )
    }
  })

  it('keeps networks in their one text', async () => {
    const { key } = await openWorld(open)
    const { allowedNetworks } = await key({
      allowedNetworks: ['2001:DB8:0:0::/32', '192.0.2.7', '::ffff:192.0.2.7', '192.0.2.7/32'],
    })
    expect(allowedNetworks).toEqual(['192.0.2.7/32', '2001:db8::/32'])
    expect((await key({ allowedNetworks: [] })).allowedNetworks).toEqual([])
  })

  it('gives the plan’s quota where none is named; a member cannot name more', async () => {
    const plans = [{ id: 'free', label: 'Free', quota: { limit: 100, period: 'day' as const } }]
    const { storage, accountId, key } = await openWorld(open, { config: configWith({ plans }) })
    expect((await key()).quota).toEqual({ limit: 100, period: 'day', used: 0 })
    expect((await key({ quota: null })).quota).toBeNull()
    const { id } = accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    const caller = { actor: { kind: 'member' as const, id, accountId, role: 'admin' }, requestId: 'r' }
    for (const quota of [null, { limit: 101, period: 'day' as const }, { limit: 50, period: 'month' as const }]) {
      const answer = await storage.keys.create(caller, accountId, { name: 'A', quota })
      expect(refusal(answer)).toBe('not_allowed_by_configuration /quota')
    }
    expect((await key({ quota: { limit: 50, period: 'day' } }, caller)).quota?.limit).toBe(50)
  })

  const refusedBy = async (changes: Partial<KeywrightConfig>, input: KeyInput): Promise<string> => {
    const { storage, accountId } = await openWorld(open, { config: configWith({ fields: named, ...changes }) })
    const answer = await storage.keys.create(testOperator, accountId, input)
    return 'problem' in answer ? refusal(answer) : 'created'
  }

  it('a type must be named where there is no default, and its fixed grant leaves no choice', async () => {
    const { defaultType: _, ...source } = testSource
    const types = [
      { id: 'customer', prefix: 'exc', label: 'Customer', audiences: ['chat'], fixedGrant: { jobs: 'read' } },
      { id: 'management', prefix: 'exm', label: 'Management', audiences: ['admin'], fixedGrant: { jobs: 'write' } },
    ]
    const { storage, accountId } = await openWorld(open, {
      config: configWith({ ...source, defaultType: undefined as never, types, fields: named }),
    })
    const create = (input: KeyInput) => storage.keys.create(testOperator, accountId, input)
    expect(refusal(await create({}))).toBe('not_allowed_by_configuration /type')
    const { record } = accepted(await create({ type: 'customer' }))
    expect(record).toMatchObject({ name: null, grant: { permissions: ['jobs.view'] }, preset: null })
    expect(refusal(await create({ type: 'customer', preset: 'full' }))).toBe('not_allowed_by_configuration /preset')
    expect(refusal(await create({ type: 'customer', grant: 'unrestricted' }))).toBe(
      'not_allowed_by_configuration /grant',
    )
  })

  it('an environment is refused where there is no such axis, and asked for where there is no default', async () => {
    expect(await refusedBy({ environments: [], defaultEnvironment: undefined as never }, { environment: 'live' })).toBe(
      'not_allowed_by_configuration /environment',
    )
    expect(await refusedBy({ environments: [], defaultEnvironment: undefined as never }, {})).toBe('created')
    expect(await refusedBy({ defaultEnvironment: undefined as never }, {})).toBe(
      'not_allowed_by_configuration /environment',
    )
  })

  it('asks for the fields that are required and refuses those that are absent', async () => {
    const absent = { name: { presence: 'absent' as const }, description: { presence: 'required' as const } }
    expect(await refusedBy({ fields: absent }, { name: 'A', description: 'B' })).toBe(
      'not_allowed_by_configuration /name',
    )
    expect(await refusedBy({ fields: absent }, {})).toBe('not_allowed_by_configuration /description')
    expect(await refusedBy({ fields: absent }, { description: 'B\nC' })).toBe('created')
  })

  it('asks for a grant where there is no default, and takes presets only where nothing else is offered', async () => {
    const [readOnly, jobsOnly] = testSource.presets ?? []
    if (readOnly === undefined || jobsOnly === undefined) throw new Error('the small configuration has presets')
    const presets = [readOnly, jobsOnly]
    expect(await refusedBy({ presets, grants: {} }, {})).toBe('not_allowed_by_configuration /grant')
    expect(await refusedBy({ presets, grants: {} }, { grant: 'unrestricted' })).toBe(
      'not_allowed_by_configuration /grant',
    )
    const grants = { custom: false }
    expect(await refusedBy({ presets, grants }, { grant: { permissions: ['jobs.view'] } })).toBe(
      'not_allowed_by_configuration /grant',
    )
    expect(await refusedBy({ presets, grants }, { preset: 'jobs-only' })).toBe('created')
  })

  it('T15: an empty set of permissions stays empty and is not everything', async () => {
    const { key, checks } = await openWorld(open)
    expect((await key({ grant: { permissions: [] } })).grant).toEqual({ permissions: [] })
    expect((await checks.key('')).facts).toBeUndefined()
  })

  it('offers the expiry choices of the configuration and nothing longer', async () => {
    const expiry = { choicesDays: [30, 90], defaultDays: 30 }
    const { storage, accountId, clock } = await openWorld(open, { config: configWith({ expiry }) })
    const create = (expiresAtMs?: number | null) =>
      storage.keys.create(testOperator, accountId, { name: 'A', expiresAtMs })
    const inDays = (days: number) => clock.wallMs() + days * dayMs
    expect(accepted(await create()).record.expiresAtMs).toBe(inDays(30))
    expect(accepted(await create(inDays(45))).record.endsAtMs).toBe(inDays(45))
    // Whoever computed "in 90 days" may have a clock that is a little ahead.
    expect(accepted(await create(inDays(90) + 2_000)).record.expiresAtMs).toBe(inDays(90))
    expect(refusal(await create(inDays(91)))).toBe('not_allowed_by_configuration /expiresAt')
    expect(refusal(await create(null))).toBe('not_allowed_by_configuration /expiresAt')
  })

  it('keys never expire where never is the only choice', async () => {
    const expiry = { choicesDays: [null] }
    expect(await refusedBy({ expiry }, { expiresAtMs: Date.UTC(2027, 0) })).toBe(
      'not_allowed_by_configuration /expiresAt',
    )
    expect(await refusedBy({ expiry }, {})).toBe('created')
  })
})
