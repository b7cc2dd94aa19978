import { expect, it } from 'vitest'
import { testOperator, testSource } from '../testing.ts'
import { accepted, allActions, configWith, openWorld, refusal, secretOf } from './resources.ts'
import { contractSuite } from './suite.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

contractSuite('the life of a key', (open) => {
  it('pauses and reactivates, each with its event and a new version', async () => {
    const { storage, key, events } = await openWorld(open)
    const { id, lineageId } = await key()
    expect(accepted(await storage.keys.change(testOperator, id, 'pause'))).toMatchObject({
      state: 'paused',
      version: 2,
    })
    expect(refusal(await storage.keys.change(testOperator, id, 'pause'))).toBe('key_state_conflict')
    expect(accepted(await storage.keys.change(testOperator, id, 'reactivate'))).toMatchObject({
      state: 'active',
      version: 3,
    })
    const scopes = [`key:${id}`, `lineage:${lineageId}`]
    expect(await events(2)).toEqual([
      { type: 'key.paused', target: id, scopes, before: { state: 'active' }, after: { state: 'paused' } },
      { type: 'key.reactivated', target: id, scopes, before: { state: 'paused' }, after: { state: 'active' } },
    ])
  })

  it('T27: revoked and expired keys never come back, by no action', async () => {
    const { storage, key, clock, eventCount } = await openWorld(open)
    const revoked = await key()
    accepted(await storage.keys.change(testOperator, revoked.id, 'revoke'))
    const expired = await key({ expiresAtMs: clock.wallMs() + hourMs })
    const paused = await key({ expiresAtMs: clock.wallMs() + hourMs })
    accepted(await storage.keys.change(testOperator, paused.id, 'pause'))
    clock.advance(hourMs)
    const before = await eventCount()
    for (const { id } of [revoked, expired, paused]) {
      expect(refusal(await storage.keys.change(testOperator, id, 'reactivate'))).toBe('key_state_conflict')
      expect(refusal(await storage.keys.change(testOperator, id, 'pause'))).toBe('key_state_conflict')
      expect(refusal(await storage.keys.rotate(testOperator, id, {}))).toBe('key_state_conflict')
      expect(refusal(await storage.keys.update(testOperator, id, { expiresAtMs: null }))).toBe('key_state_conflict')
    }
    expect(refusal(await storage.keys.change(testOperator, revoked.id, 'revoke'))).toBe('key_state_conflict')
    expect(await eventCount()).toBe(before)
    expect(accepted(await storage.keys.change(testOperator, expired.id, 'revoke'))?.state).toBe('revoked')
  })

  it('U10: an expired key stays a record', async () => {
    const { key, clock, stateOf } = await openWorld(open)
    const { id } = await key({ expiresAtMs: clock.wallMs() + 1 })
    clock.advance(1)
    expect(await stateOf(id)).toBe('expired')
  })

  it('removes a deleted key and its lineage and leaves its record in the log', async () => {
    const { storage, key, events, read } = await openWorld(open)
    const { id, lineageId } = await key({ name: 'Old' })
    expect(await storage.keys.change(testOperator, id, 'delete')).toBeNull()
    expect(refusal(await storage.keys.read(id))).toBe('key_not_found')
    expect(refusal(await storage.keys.change(testOperator, id, 'delete'))).toBe('key_not_found')
    expect(await read.selectFrom('lineages').selectAll().execute()).toEqual([])
    expect(await events(1)).toMatchObject([
      {
        type: 'key.deleted',
        target: id,
        scopes: [`key:${id}`, `lineage:${lineageId}`],
        before: { name: 'Old', state: 'active' },
      },
    ])
  })

  it('what the configuration does not offer is refused with the reason; operators always have revoke', async () => {
    const config = configWith({ actions: { delete: { label: 'Delete', confirm: 'dialog' } } })
    const { storage, accountId, key } = await openWorld(open, { config })
    const { id } = await key()
    const { id: memberId } = accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    const member = { actor: { kind: 'member' as const, id: memberId, accountId, role: 'admin' }, requestId: 'r' }
    for (const action of ['pause', 'reactivate'] as const) {
      expect(refusal(await storage.keys.change(testOperator, id, action))).toBe('action_not_offered')
    }
    expect(refusal(await storage.keys.rotate(testOperator, id, {}))).toBe('action_not_offered')
    const answer = await storage.keys.change(member, id, 'revoke')
    expect(answer).toMatchObject({ problem: 'action_not_offered', detail: expect.stringContaining('delete') })
    expect(accepted(await storage.keys.change(testOperator, id, 'revoke'))?.state).toBe('revoked')
    expect(await storage.keys.change(member, id, 'delete')).toBeNull()
  })

  it('refuses a stale version and one of two changes that race with the same one', async () => {
    const { storage, key } = await openWorld(open)
    const { id } = await key()
    const answers = await Promise.all(['B', 'C'].map((name) => storage.keys.update(testOperator, id, { name }, 1)))
    expect(answers.filter((answer) => 'problem' in answer).map(refusal)).toEqual(['precondition_failed'])
    expect(refusal(await storage.keys.change(testOperator, id, 'pause', 1))).toBe('precondition_failed')
  })

  it('lets a key of a suspended account be paused, revoked and deleted, not reactivated or rotated', async () => {
    const { storage, accountId, key } = await openWorld(open)
    const { id } = await key()
    accepted(await storage.accounts.suspend(testOperator, accountId))
    expect(refusal(await storage.keys.rotate(testOperator, id, {}))).toBe('account_suspended')
    accepted(await storage.keys.change(testOperator, id, 'pause'))
    expect(refusal(await storage.keys.change(testOperator, id, 'reactivate'))).toBe('account_suspended')
    accepted(await storage.keys.change(testOperator, id, 'revoke'))
    expect(await storage.keys.change(testOperator, id, 'delete')).toBeNull()
  })

  it('finds no key by what is no id (T6)', async () => {
    const { storage } = await openWorld(open)
    for (const id of ["key_' or '1'='1", 'key_\0', '', 'key_00000000000000000000', 'x'.repeat(10_000)]) {
      expect(refusal(await storage.keys.read(id))).toBe('key_not_found')
      expect(refusal(await storage.keys.change(testOperator, id, 'revoke'))).toBe('key_not_found')
      expect(refusal(await storage.keys.rotate(testOperator, id, {}))).toBe('key_not_found')
      expect(refusal(await storage.keys.update(testOperator, id, { name: 'A' }))).toBe('key_not_found')
    }
  })
})

contractSuite('changing a key', (open) => {
  it('is three-state: absent keeps, null clears, a value sets; what changes nothing writes nothing', async () => {
    const { storage, key, eventCount, events } = await openWorld(open)
    const { id, ...made } = await key({
      name: 'A',
      description: 'B',
      metadata: { a: 1, b: 2 },
      allowedNetworks: ['10.0.0.0/8'],
    })
    const before = await eventCount()
    const same = { name: ' A ', metadata: { b: 2, a: 1 }, allowedNetworks: ['10.0.0.0/8'], grant: made.grant }
    expect(accepted(await storage.keys.update(testOperator, id, same))).toEqual({ id, ...made })
    expect(await eventCount()).toBe(before)
    const changed = accepted(
      await storage.keys.update(testOperator, id, { name: 'C', metadata: null, allowedNetworks: null }),
    )
    expect(changed).toEqual({
      id,
      ...made,
      name: 'C',
      metadata: null,
      allowedNetworks: null,
      version: 2,
      updatedAtMs: changed.updatedAtMs,
    })
    expect((await events(1))[0]).toMatchObject({
      type: 'key.updated',
      before: { name: 'A', allowedNetworks: ['10.0.0.0/8'], metadata: 'not recorded' },
      after: { name: 'C', allowedNetworks: null, metadata: 'changed' },
    })
    expect(refusal(await storage.keys.update(testOperator, id, { name: null }))).toBe(
      'not_allowed_by_configuration /name',
    )
  })

  it('takes the preset’s name away when the grant is edited, and gives it with another preset', async () => {
    const { storage, key } = await openWorld(open)
    const { id } = await key()
    const edited = accepted(await storage.keys.update(testOperator, id, { grant: { permissions: ['jobs.view'] } }))
    expect(edited).toMatchObject({ preset: null, grant: { permissions: ['jobs.view'] } })
    const again = accepted(await storage.keys.update(testOperator, id, { preset: 'jobs-only' }))
    expect(again).toMatchObject({
      preset: 'jobs-only',
      grant: { permissions: ['jobs.create', 'jobs.delete', 'jobs.view'] },
    })
  })

  it('refuses another grant where grants cannot be edited', async () => {
    const grants = { ...testSource.grants, editable: false }
    const { storage, key } = await openWorld(open, { config: configWith({ grants, actions: allActions }) })
    const { id } = await key()
    expect(refusal(await storage.keys.update(testOperator, id, { preset: 'full' }))).toBe('grant_not_editable')
    accepted(await storage.keys.update(testOperator, id, { name: 'B' }))
  })

  it('moves the expiry only as far as the configuration lets a key live', async () => {
    const expiry = { maxDays: 90, defaultDays: 30 }
    const { storage, key, clock } = await openWorld(open, { config: configWith({ expiry, actions: allActions }) })
    const { id, createdAtMs } = await key()
    clock.advance(20 * dayMs)
    const until = (days: number) => storage.keys.update(testOperator, id, { expiresAtMs: createdAtMs + days * dayMs })
    expect(accepted(await until(90)).endsAtMs).toBe(createdAtMs + 90 * dayMs)
    expect(refusal(await until(91))).toBe('not_allowed_by_configuration /expiresAt')
    expect(refusal(await until(20))).toBe('invalid_parameters /expiresAt')
    expect(refusal(await storage.keys.update(testOperator, id, { expiresAtMs: null }))).toBe(
      'not_allowed_by_configuration /expiresAt',
    )
  })
})

contractSuite('rotating a key', (open) => {
  it('U1: keeps everything that was chosen, in a new text of the same shape, and gives the older key an end', async () => {
    const types = [{ id: 'secret', prefix: 'sk_live', label: 'Secret', audiences: ['api'] }]
    const config = configWith({ types, actions: allActions })
    const { storage, accountId, clock, events, checks } = await openWorld(open, { config })
    const { id: owner } = accepted(await storage.members.create(testOperator, accountId, { role: 'admin' }))
    const input = {
      name: 'A',
      description: 'B',
      environment: 'test',
      preset: 'jobs-only',
      expiresAtMs: clock.wallMs() + 90 * dayMs,
      allowedNetworks: ['10.0.0.0/8'],
      limits: [{ name: 'requests', limit: 5, windowSeconds: 60, burst: 2 }],
      quota: { limit: 10, period: 'day' as const },
      metadata: { a: 1 },
      owner,
    }
    const made = accepted(await storage.keys.create(testOperator, accountId, input))
    clock.advance(dayMs)
    const rotated = accepted(await storage.keys.rotate(testOperator, made.record.id, { overlapSeconds: 3_600 }))
    const { id, masked, createdAtMs, updatedAtMs, ...kept } = rotated.record
    expect(made.record).toMatchObject(kept)
    expect([createdAtMs, updatedAtMs]).toEqual([clock.wallMs(), clock.wallMs()])
    expect(masked).toMatch(/^sk_live_test_/)
    expect(secretOf(rotated)).toMatch(/^sk_live_test_/)
    expect(secretOf(rotated)).toHaveLength(secretOf(made).length)
    expect(secretOf(rotated)).not.toBe(secretOf(made))
    expect(rotated.previous).toMatchObject({
      id: made.record.id,
      rotatedToId: id,
      state: 'active',
      endsAtMs: clock.wallMs() + hourMs,
      version: 2,
    })
    const { lineageId } = made.record
    expect((await events(1))[0]).toMatchObject({
      type: 'key.rotated',
      target: made.record.id,
      scopes: [`key:${made.record.id}`, `lineage:${lineageId}`, `key:${id}`, 'unknown'],
      after: { rotatedTo: id },
    })
    expect((await checks.key(secretOf(rotated))).facts).toMatchObject({ id, lineageId })
    clock.advance(hourMs)
    expect(accepted(await storage.keys.read(made.record.id)).state).toBe('expired')
  })

  it('U2: never outlives the older key’s expiry unless its creator could choose that, and never extends the older key', async () => {
    const expiry = { choicesDays: [7, 30], defaultDays: 7 }
    const { storage, key, clock } = await openWorld(open, { config: configWith({ expiry, actions: allActions }) })
    const trial = await key()
    clock.advance(7 * dayMs - hourMs)
    for (const expiresAtMs of [null, clock.wallMs() + 31 * dayMs]) {
      expect(refusal(await storage.keys.rotate(testOperator, trial.id, { expiresAtMs }))).toBe(
        'not_allowed_by_configuration /expiresAt',
      )
    }
    const rotated = accepted(await storage.keys.rotate(testOperator, trial.id, { overlapSeconds: 86_400 }))
    expect(rotated.record.expiresAtMs).toBe(trial.expiresAtMs)
    expect(rotated.previous.endsAtMs).toBe(trial.expiresAtMs)
    const chosen = clock.wallMs() + 30 * dayMs
    expect(
      accepted(await storage.keys.rotate(testOperator, rotated.record.id, { expiresAtMs: chosen })).record.endsAtMs,
    ).toBe(chosen)
    accepted(await storage.keys.update(testOperator, trial.id, { expiresAtMs: clock.wallMs() + 20 * dayMs }))
    expect(accepted(await storage.keys.read(trial.id)).endsAtMs).toBe(trial.expiresAtMs)
  })

  it('one of two rotations at once wins; only the newest key rotates', async () => {
    const { storage, key, read } = await openWorld(open)
    const { id } = await key()
    const answers = await Promise.all(
      [1, 2, 3].map(() => storage.keys.rotate(testOperator, id, { overlapSeconds: 60 })),
    )
    expect(answers.filter((answer) => 'record' in answer)).toHaveLength(1)
    expect(answers.filter((answer) => 'problem' in answer).map(refusal)).toEqual(['key_not_newest', 'key_not_newest'])
    expect(await read.selectFrom('keys').select('id').execute()).toHaveLength(2)
  })

  it('works at the cap, gains no second place, and revoking touches one key', async () => {
    const config = configWith({ caps: { activeKeysPerAccount: 2 }, actions: allActions })
    const { storage, accountId, key, stateOf } = await openWorld(open, { config })
    const [first] = [await key(), await key()]
    const rotated = accepted(await storage.keys.rotate(testOperator, first.id, { overlapSeconds: 3_600 }))
    expect(refusal(await storage.keys.create(testOperator, accountId, { name: 'A' }))).toBe('active_keys_cap')
    accepted(await storage.keys.change(testOperator, rotated.record.id, 'revoke'))
    expect(await stateOf(first.id)).toBe('active')
    expect(refusal(await storage.keys.create(testOperator, accountId, { name: 'A' }))).toBe('active_keys_cap')
    accepted(await storage.keys.change(testOperator, first.id, 'revoke'))
    accepted(await storage.keys.create(testOperator, accountId, { name: 'A' }))
  })

  it('refuses an overlap that is longer than the configuration offers, or none', async () => {
    const rotation = { overlapsSeconds: [0, 60], defaultOverlapSeconds: 60 }
    const { storage, key, clock } = await openWorld(open, { config: configWith({ rotation, actions: allActions }) })
    const { id } = await key()
    const rotate = (overlapSeconds?: number) => storage.keys.rotate(testOperator, id, { overlapSeconds })
    expect(refusal(await rotate(61))).toBe('not_allowed_by_configuration /overlapSeconds')
    expect(refusal(await rotate(-1))).toBe('invalid_parameters /overlapSeconds')
    expect(refusal(await rotate(0.5))).toBe('invalid_parameters /overlapSeconds')
    expect(accepted(await rotate()).previous.endsAtMs).toBe(clock.wallMs() + 60_000)
  })

  it('a key is due by its age while it is active and the newest', async () => {
    const config = configWith({ rotation: { dueAfterDays: 90 }, actions: allActions })
    const { storage, key, clock } = await openWorld(open, { config })
    const { id } = await key()
    const due = async (keyId: string) => accepted(await storage.keys.read(keyId)).dueForRotation
    expect(await due(id)).toBe(false)
    clock.advance(90 * dayMs + 1)
    expect(await due(id)).toBe(true)
    const rotated = accepted(await storage.keys.rotate(testOperator, id, { overlapSeconds: 3_600 }))
    expect([await due(id), await due(rotated.record.id)]).toEqual([false, false])
  })
})

contractSuite('overriding limits', (open) => {
  const limit = { name: 'requests', limit: 1_000, windowSeconds: 60 }

  it('is of the whole lineage, until its time, and names every key of it', async () => {
    const { storage, key, clock, events } = await openWorld(open)
    const older = await key()
    const newer = accepted(await storage.keys.rotate(testOperator, older.id, { overlapSeconds: 3_600 })).record
    const untilMs = clock.wallMs() + 60_000
    const quota = { quota: { limit: 5, period: null }, untilMs: null }
    const set = accepted(
      await storage.keys.setOverride(testOperator, newer.id, { limits: [{ limit, untilMs }], quota }),
    )
    expect(set).toMatchObject({ overrides: [{ limit, untilMs }], quotaOverride: quota, version: 2 })
    const [event] = await events(1)
    expect(event).toMatchObject({ type: 'key.override_set', target: newer.id })
    expect([...(event?.scopes ?? [])].sort()).toEqual(
      [`key:${newer.id}`, `key:${older.id}`, `lineage:${newer.lineageId}`].sort(),
    )
    expect(accepted(await storage.keys.read(older.id)).overrides).toHaveLength(1)
    clock.advance(60_000)
    expect(accepted(await storage.keys.read(newer.id)).overrides).toEqual([])
    const cleared = accepted(await storage.keys.clearOverride(testOperator, older.id))
    expect(cleared).toMatchObject({ overrides: [], quotaOverride: null })
  })

  it('keeps what is absent, writes nothing when nothing changes, and is for operators', async () => {
    const { storage, key, eventCount, accountId } = await openWorld(open)
    const { id } = await key()
    accepted(await storage.keys.setOverride(testOperator, id, { limits: [{ limit, untilMs: null }] }))
    const quota = { quota: { limit: 5, period: 'day' as const }, untilMs: null }
    const both = accepted(await storage.keys.setOverride(testOperator, id, { quota }))
    expect(both).toMatchObject({ overrides: [{ limit }], quotaOverride: quota })
    const before = await eventCount()
    accepted(await storage.keys.setOverride(testOperator, id, { quota }))
    const wrong = { ...limit, burst: 2_000 }
    expect(
      refusal(await storage.keys.setOverride(testOperator, id, { limits: [{ limit: wrong, untilMs: null }] })),
    ).toBe('invalid_parameters /limits/0/limit/burst')
    const member = { actor: { kind: 'member' as const, id: 'mem_1', accountId, role: 'admin' }, requestId: 'r' }
    expect(refusal(await storage.keys.clearOverride(member, id))).toBe('key_not_found')
    expect(await eventCount()).toBe(before)
  })
})
