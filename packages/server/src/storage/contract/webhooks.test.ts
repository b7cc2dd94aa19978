import { expect, it } from 'vitest'
import type { Caller, MemberRecord } from '../ports.ts'
import type { AttemptOutcome, LeasedDelivery } from '../ports-outbox.ts'
import { testOperator } from '../testing.ts'
import { accepted, allActions, asKey, configWith, openWorld, refusal, type World } from './resources.ts'
import { contractSuite, type Open } from './suite.ts'

const roles = [{ id: 'admin', label: 'Admin', may: ['view'] as const, managesMembers: true }]
const config = configWith({ roles, actions: allActions })
const url = 'https://hooks.example.com/in?token=very-private'

const dayMs = 86_400_000
const refused: AttemptOutcome = { delivered: false, status: 500, error: 'refused_by_receiver', retryAfterMs: null }

interface HookedWorld extends World {
  hook(accountId?: string | null, events?: readonly string[]): Promise<string>
  /** Takes everything that is due. */
  lease(): Promise<readonly LeasedDelivery[]>
  readAll(): Promise<void>
}

async function openHooked(open: Open): Promise<HookedWorld> {
  const world = await openWorld(open, { config })
  const { storage, accountId } = world
  await storage.outbox.begin()
  return {
    ...world,
    hook: async (of = accountId, events) =>
      accepted(await storage.webhooks.create(testOperator, of, { url, ...(events === undefined ? {} : { events }) }))
        .record.id,
    lease: () => storage.outbox.leaseDeliveries({ max: 1_000, perWebhookMax: 1_000, busy: new Map(), leaseMs: 60_000 }),
    readAll: async () => {
      while (await storage.outbox.readLog(true)) {}
    },
  }
}

const asMember = ({ id, accountId, role }: MemberRecord): Caller => ({
  actor: { kind: 'member', id, accountId, role },
  requestId: 'request-member',
})

contractSuite('webhooks', (open) => {
  it('are created with a secret that is there once, and neither the row nor the log has it', async () => {
    const world = await openHooked(open)
    const { storage, accountId, events, read } = world
    const made = accepted(await storage.webhooks.create(testOperator, accountId, { url, events: ['key.created'] }))
    expect(made.record).toMatchObject({ accountId, url, events: ['key.created'], state: 'active' })
    expect(made.record.id).toMatch(/^whk_[0-9A-Za-z]{20}$/)
    expect(Buffer.from(made.secret.expose().slice('whsec_'.length), 'base64')).toHaveLength(32)
    const [event] = await events(1)
    expect(event).toMatchObject({ type: 'webhook.created', target: made.record.id, scopes: [] })
    expect(JSON.stringify(event)).not.toContain('very-private')
    const rows = JSON.stringify(await read.selectFrom('webhooks').selectAll().execute())
    expect(rows).not.toContain(made.secret.expose().slice(6))
    expect(JSON.stringify(accepted(await storage.webhooks.list(accountId, {})))).not.toContain('whsec_')
  })

  it('are refused where the event is not for accounts, the address is none, or there are twenty', async () => {
    const world = await openHooked(open)
    const { storage, accountId } = world
    const create = (input: object) =>
      storage.webhooks.create(testOperator, accountId, { url, ...input } as Parameters<
        typeof storage.webhooks.create
      >[2])
    expect(refusal(await create({ events: ['key.created', 'person.created'] }))).toBe('invalid_parameters /events/1')
    expect(refusal(await create({ url: 'nowhere' }))).toBe('invalid_parameters /url')
    expect(refusal(await create({ description: 'a\0b' }))).toBe('invalid_parameters /description')
    accepted(await storage.webhooks.create(testOperator, null, { url, events: ['person.created'] }))
    for (let index = 0; index < 20; index++) await world.hook()
    expect(refusal(await create({}))).toBe('webhooks_cap')
  })

  it('belong to one account or to the installation, and to nobody else; no key reaches them', async () => {
    const world = await openHooked(open)
    const { storage, accountId, account, hook, key } = world
    const [own, installations, other] = [await hook(), await hook(null), await account()]
    for (const [of, id] of [
      [other, own],
      [null, own],
      [accountId, installations],
    ] as const) {
      const attempts = [
        storage.webhooks.update(testOperator, of, id, { state: 'paused' }),
        storage.webhooks.delete(testOperator, of, id),
        storage.webhooks.rotateSecret(testOperator, of, id, 0),
        storage.webhooks.test(testOperator, of, id),
        storage.webhooks.deliveries(of, id, {}),
        storage.webhooks.replaySince(testOperator, of, id, 0),
      ]
      for (const answer of await Promise.all(attempts)) expect(refusal(answer)).toBe('webhook_not_found')
    }
    expect(refusal(await storage.webhooks.create(asKey(await key()), accountId, { url }))).toBe('account_not_found')
    expect(refusal(await storage.webhooks.list('acc_\0', {}))).toBe('account_not_found')
  })

  it('T10: a member who was removed after the request was let in changes nothing', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook } = world
    const member = accepted(await storage.members.create(testOperator, accountId, { role: 'admin', name: 'Ada' }))
    const id = await hook()
    accepted(await storage.webhooks.update(asMember(member), accountId, id, { description: 'Ours' }))
    accepted(await storage.members.update(testOperator, accountId, member.id, { state: 'suspended' }))
    expect(refusal(await storage.webhooks.delete(asMember(member), accountId, id))).toBe('webhook_not_found')
    expect(refusal(await storage.webhooks.create(asMember(member), null, { url }))).toBe('forbidden')
  })

  it('get a message for each event that is theirs, thin and without personal data, once however often the log is read', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, readAll, lease, account, key } = world
    const [own, filtered, all] = [await hook(), await hook(accountId, ['key.revoked']), await hook(null)]
    const made = await key({ name: 'Deploy' })
    await account({ name: 'Another' })
    await readAll()
    await readAll()
    const messages = await lease()
    const typesOf = (id: string) => messages.filter(({ webhookId }) => webhookId === id).map(({ type }) => type)
    expect(typesOf(own).sort()).toEqual(['key.created', 'webhook.created', 'webhook.created'])
    expect(typesOf(filtered)).toEqual([])
    expect(typesOf(all)).toContain('account.created')
    const message = messages.find(({ webhookId, type }) => webhookId === own && type === 'key.created')
    expect(message?.id).toMatch(/^msg_[0-9A-Za-z]{20}$/)
    expect(JSON.parse(message?.body ?? '')).toEqual({
      type: 'key.created',
      timestamp: '2026-11-20T12:00:00.000Z',
      data: {
        event: expect.any(Number),
        account: accountId,
        target: { kind: 'key', id: made.id },
        actor: { kind: 'operator', id: 'operator-1' },
      },
    })
    expect(message?.body).not.toContain('Deploy')
    expect(accepted(await storage.webhooks.deliveries(accountId, own, { state: 'pending' })).items).toHaveLength(3)
  })

  it('lose no event and double none when the reader dies before its transaction commits', async () => {
    const world = await openHooked(open)
    const { store, hook, key, readAll, lease } = world
    await hook(undefined, ['key.created'])
    await key()
    const { transact } = store
    const dying = { ...store, transact: async () => Promise.reject(new Error('killed')) } as unknown as typeof store
    const { readOn } = await import('../outbox/readers.ts')
    await expect(readOn(dying, 'webhooks', async () => {})).rejects.toThrow('killed')
    await expect(
      readOn({ ...store, transact }, 'webhooks', async () => Promise.reject(new Error('killed inside'))),
    ).rejects.toThrow('killed inside')
    await readAll()
    expect(await lease()).toHaveLength(1)
  })

  it('are tried again on the schedule under the same message id, and given up and disabled after three days without success', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, key, readAll, lease, clock, events } = world
    const id = await hook(undefined, ['key.created'])
    await key()
    await readAll()
    const waitsSeconds: number[] = []
    const ids = new Set<string>()
    for (let attempts = 0; attempts < 10; attempts++) {
      const [message] = await lease()
      if (message === undefined) throw new Error(`nothing was due at attempt ${attempts}`)
      expect(await lease()).toEqual([])
      ids.add(message.id)
      await storage.outbox.finishDelivery(message, refused, 0)
      const [record] = accepted(await storage.webhooks.deliveries(accountId, id, {})).items
      const next = record?.nextAttemptAtMs ?? null
      if (next === null) break
      waitsSeconds.push((next - clock.wallMs()) / 1_000)
      clock.advance(next - clock.wallMs())
    }
    expect(ids.size).toBe(1)
    expect(waitsSeconds).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400])
    expect(accepted(await storage.webhooks.list(accountId, {})).items[0]).toMatchObject({ state: 'disabled' })
    expect(accepted(await storage.webhooks.deliveries(accountId, id, {})).items[0]).toMatchObject({
      state: 'failed',
      attempts: 10,
      lastStatus: 500,
      lastError: 'refused_by_receiver',
    })
    expect(await events(1)).toMatchObject([{ type: 'webhook.disabled', target: id }])
    await readAll()
    expect(accepted(await storage.notices.list(accountId, {})).items[0]).toMatchObject({ kind: 'webhook.disabled' })
    // Disabled: what happens is not kept for it.
    await key()
    await readAll()
    expect(await lease()).toEqual([])
    accepted(await storage.webhooks.update(testOperator, accountId, id, { state: 'active' }))
    expect(
      accepted(await storage.webhooks.replaySince(testOperator, accountId, id, clock.wallMs() - 5 * dayMs)),
    ).toEqual({
      queued: 2,
    })
    expect(new Set((await lease()).map((message) => ids.has(message.id)))).toEqual(new Set([false, true]))
  })

  it('one success in between keeps a webhook in service', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, key, readAll, lease, clock } = world
    const id = await hook(undefined, ['key.created'])
    await key()
    await readAll()
    for (let attempts = 0; attempts < 10; attempts++) {
      const [message] = await lease()
      if (message === undefined) throw new Error('nothing was due')
      await storage.outbox.finishDelivery(message, refused, 0)
      if (attempts === 8) {
        accepted(await storage.webhooks.test(testOperator, accountId, id))
        const [test] = await lease()
        await storage.outbox.finishDelivery(test as LeasedDelivery, { delivered: true, status: 204 }, 0)
      }
      clock.advance(dayMs * 1.2)
    }
    expect(accepted(await storage.webhooks.list(accountId, {})).items[0]).toMatchObject({ state: 'active' })
  })

  it('410 disables at once, Retry-After is heeded, and an overloaded receiver is left alone', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, key, readAll, lease, clock } = world
    const id = await hook(undefined, ['key.created'])
    await key()
    await key()
    await readAll()
    const request = { max: 1, perWebhookMax: 1, busy: new Map(), leaseMs: 60_000 }
    const [first] = await storage.outbox.leaseDeliveries(request)
    const busy: AttemptOutcome = { delivered: false, status: 429, error: 'refused_by_receiver', retryAfterMs: 600_000 }
    await storage.outbox.finishDelivery(first as LeasedDelivery, busy, 0)
    expect(await lease()).toEqual([])
    clock.advance(599_999)
    expect(await lease()).toEqual([])
    clock.advance(1)
    const again = await lease()
    // A failing webhook is tried with one message at a time.
    expect(again).toHaveLength(1)
    const gone: AttemptOutcome = { delivered: false, status: 410, error: 'refused_by_receiver', retryAfterMs: null }
    await storage.outbox.finishDelivery(again[0] as LeasedDelivery, gone, 0)
    expect(accepted(await storage.webhooks.list(accountId, {})).items[0]).toMatchObject({ state: 'disabled' })
    expect(accepted(await storage.webhooks.deliveries(accountId, id, { state: 'failed' })).items).toHaveLength(2)
  })

  it('a message is taken by one process until its lease runs out, and only the holder of the lease records', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, key, readAll, lease, clock } = world
    const id = await hook(undefined, ['key.created'])
    await key()
    await readAll()
    const both = await Promise.all([lease(), lease()])
    expect(both.flat()).toHaveLength(1)
    const [lost] = both.flat() as [LeasedDelivery]
    clock.advance(60_000)
    const [taken] = (await lease()) as [LeasedDelivery]
    expect(taken.id).toBe(lost.id)
    await storage.outbox.finishDelivery(lost, refused, 0)
    expect(accepted(await storage.webhooks.deliveries(accountId, id, {})).items[0]).toMatchObject({ attempts: 0 })
    await storage.outbox.finishDelivery(taken, { delivered: true, status: 200 }, 0)
    expect(accepted(await storage.webhooks.deliveries(accountId, id, {})).items[0]).toMatchObject({
      state: 'delivered',
    })
  })

  it('a receiver with much to come leaves room for the others, and a failing one holds one place', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, key, readAll } = world
    const [busy, quiet] = [await hook(accountId, ['key.created']), await hook(accountId, ['key.revoked'])]
    const keys = []
    for (let index = 0; index < 12; index++) keys.push(await key())
    accepted(await storage.keys.change(testOperator, keys[0]?.id ?? '', 'revoke'))
    await readAll()
    const request = { max: 6, perWebhookMax: 4, busy: new Map<string, number>(), leaseMs: 60_000 }
    const leased = await storage.outbox.leaseDeliveries(request)
    const count = (id: string) => leased.filter(({ webhookId }) => webhookId === id).length
    expect([count(busy), count(quiet)]).toEqual([4, 1])
    expect(await storage.outbox.leaseDeliveries({ ...request, busy: new Map([[busy, 4]]) })).toEqual([])
    for (const message of leased) await storage.outbox.finishDelivery(message, refused, 0)
    expect(await storage.outbox.leaseDeliveries(request)).toHaveLength(1)
  })

  it('messages wait while a webhook is paused and go out when it is resumed; a test goes out at once, and fails once', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, key, readAll, lease } = world
    const id = await hook(undefined, ['key.created'])
    accepted(await storage.webhooks.update(testOperator, accountId, id, { state: 'paused' }))
    await key()
    await readAll()
    expect(await lease()).toEqual([])
    accepted(await storage.webhooks.test(testOperator, accountId, id))
    const [test] = (await lease()) as [LeasedDelivery]
    expect(test.type).toBe('webhook.test')
    await storage.outbox.finishDelivery(test, refused, 0)
    accepted(await storage.webhooks.update(testOperator, accountId, id, { state: 'active' }))
    const [waited, ...others] = (await lease()) as [LeasedDelivery]
    expect(others).toEqual([])
    expect(waited.type).toBe('key.created')
    const page = accepted(await storage.webhooks.deliveries(accountId, id, { state: 'failed' }))
    expect(page.items).toMatchObject([{ id: test.id, event: null, type: 'webhook.test' }])
  })

  it('are tested at most ten times a minute, since the address may be somebody else’s', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, clock } = world
    const id = await hook()
    const test = () => storage.webhooks.test(testOperator, accountId, id)
    const answers = await Promise.all(Array.from({ length: 12 }, test))
    expect(answers.filter((answer) => 'problem' in answer && answer.problem === 'too_many_requests')).toHaveLength(2)
    accepted(await storage.webhooks.test(testOperator, accountId, await hook()))
    clock.advance(60_000)
    accepted(await test())
  })

  it('messages carry both secrets until the overlap of a rotation has passed', async () => {
    const world = await openHooked(open)
    const { storage, accountId, clock, lease } = world
    const made = accepted(await storage.webhooks.create(testOperator, accountId, { url }))
    const { id } = made.record
    const rotated = accepted(await storage.webhooks.rotateSecret(testOperator, accountId, id, 3_600))
    expect(rotated.record.secretRotatingUntilMs).toBe(clock.wallMs() + 3_600_000)
    const secrets = async () => {
      accepted(await storage.webhooks.test(testOperator, accountId, id))
      const [message] = await lease()
      return message?.secrets?.map((secret) => secret.expose())
    }
    expect(await secrets()).toEqual([rotated.secret.expose(), made.secret.expose()])
    clock.advance(3_600_000)
    expect((await lease())[0]?.secrets).toHaveLength(1)
    expect(refusal(await storage.webhooks.rotateSecret(testOperator, accountId, id, 604_801))).toBe(
      'invalid_parameters /overlapSeconds',
    )
  })

  it('one message is sent again by hand under its id, and after thirty days it is gone', async () => {
    const world = await openHooked(open)
    const { storage, accountId, hook, key, readAll, lease, clock } = world
    const id = await hook(undefined, ['key.created'])
    await key()
    await readAll()
    const [message] = (await lease()) as [LeasedDelivery]
    await storage.outbox.finishDelivery(message, { delivered: true, status: 200 }, 0)
    const again = accepted(await storage.webhooks.replay(testOperator, accountId, id, message.id))
    expect(again).toMatchObject({ id: message.id, state: 'pending', attempts: 1 })
    expect((await lease()).map(({ id: leased, body }) => [leased, body])).toEqual([[message.id, message.body]])
    expect(refusal(await storage.webhooks.replay(testOperator, accountId, id, 'msg_00000000000000000000'))).toBe(
      'delivery_not_found',
    )
    clock.advance(30 * dayMs)
    await storage.outbox.sweep()
    expect(accepted(await storage.webhooks.deliveries(accountId, id, {})).items).toEqual([])
  })

  it('pruning the log keeps what a reader has not read', async () => {
    const world = await openHooked(open)
    const { storage, hook, key, readAll, lease, clock, eventCount } = world
    await hook(undefined, ['key.created'])
    const read = await eventCount()
    await readAll()
    await key()
    clock.advance(dayMs)
    expect(await storage.log.prune(testOperator, clock.wallMs())).toMatchObject({ removed: read })
    await readAll()
    expect((await lease()).map(({ type }) => type)).toEqual(['key.created'])
    clock.advance(dayMs)
    expect((await storage.log.prune(testOperator, clock.wallMs())).removed).toBeGreaterThan(0)
  })
})
