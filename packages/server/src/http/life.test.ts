import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStoredPlane, type StoredPlane } from './stored.testing.ts'
import type { Answered, Sent } from './testing.ts'

let plane: StoredPlane
beforeAll(async () => {
  plane = await openStoredPlane()
})
afterAll(() => plane.close())

const send = (method: string, path: string, body?: unknown, sent: Omit<Sent, 'body'> = {}): Promise<Answered> =>
  plane.send(method, path, { token: plane.operator, ...(body === undefined ? {} : { body }), ...sent })

async function make(
  path: string,
  body: unknown,
): Promise<Record<string, unknown> & { readonly id: string; readonly secret: string }> {
  const answer = await send('POST', path, body)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.json() as Record<string, unknown> & { readonly id: string; readonly secret: string }
}

let names = 0
const makeAccount = async (): Promise<string> => (await make('/v1/accounts', { name: `Account ${++names}` })).id
const makeKey = (account: string, body: object = {}) => make(`/v1/accounts/${account}/keys`, { name: 'A key', ...body })

describe('the life of a key over HTTP', () => {
  it('is created with its secret this once, and read without', async () => {
    const account = await makeAccount()
    const answer = await send('POST', `/v1/accounts/${account}/keys`, {
      name: 'Nightly',
      preset: 'jobs-only',
      metadata: { team: 'a' },
    })
    const key = answer.json()
    expect(answer.status).toBe(201)
    expect(answer.headers['location']).toBe(`/v1/keys/${String(key['id'])}`)
    expect(answer.headers['etag']).toMatch(/^"\d+"$/)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(key['secret']).toMatch(/^exa_[0-9A-Za-z]{38}$/)
    expect(key).toMatchObject({
      account,
      name: 'Nightly',
      preset: 'jobs-only',
      state: 'active',
      newest: true,
      owner: null,
    })
    const { secret, ...record } = key
    const read = await send('GET', `/v1/keys/${String(key['id'])}`)
    const { inForce, ...withoutLimits } = read.json()
    expect(withoutLimits).toEqual(record)
    expect(inForce).toEqual({ limits: [], accountLimits: [], quota: null })
    expect(read.text).not.toContain(secret as string)
    expect(read.headers['etag']).toBe(answer.headers['etag'])
  })

  it('is changed with If-Match, and not by whoever read an older version', async () => {
    const { id } = await makeKey(await makeAccount())
    const tag = String((await send('GET', `/v1/keys/${id}`)).headers['etag'])
    const changed = await send('PATCH', `/v1/keys/${id}`, { name: 'Renamed' }, { headers: [['If-Match', tag]] })
    expect([changed.status, changed.json()['name']]).toEqual([200, 'Renamed'])
    const before = await plane.head()
    for (const stale of [tag, 'W/"1"', '"nonsense"']) {
      const refused = await send('PATCH', `/v1/keys/${id}`, { name: 'Again' }, { headers: [['If-Match', stale]] })
      expect([refused.status, refused.json()['code']]).toEqual([412, 'precondition_failed'])
    }
    expect(await plane.head()).toBe(before)
  })

  it('is three-state in a change: absent keeps, null clears, a value sets', async () => {
    const { id } = await makeKey(await makeAccount(), { description: 'Before', metadata: { a: 1 } })
    const changed = (await send('PATCH', `/v1/keys/${id}`, { description: null })).json()
    expect(changed).toMatchObject({ description: null, metadata: { a: 1 }, name: 'A key' })
  })

  it('pauses, reactivates, is revoked for good, and leaves its record in the log with the reason', async () => {
    const { id } = await makeKey(await makeAccount())
    expect((await send('POST', `/v1/keys/${id}/pause`)).json()['state']).toBe('paused')
    expect((await send('POST', `/v1/keys/${id}/reactivate`)).json()['state']).toBe('active')
    expect((await send('POST', `/v1/keys/${id}/revoke`, { reason: 'found in a paste' })).json()['state']).toBe(
      'revoked',
    )
    expect((await send('POST', `/v1/keys/${id}/reactivate`)).json()['code']).toBe('key_state_conflict')
    expect((await send('DELETE', `/v1/keys/${id}`)).status).toBe(204)
    expect((await send('GET', `/v1/keys/${id}`)).json()['code']).toBe('key_not_found')
    const events = (await send('GET', `/v1/events?key=${id}`)).json()['items'] as {
      readonly type: string
      readonly reason: string | null
    }[]
    expect(events.map(({ type }) => type)).toEqual([
      'key.deleted',
      'key.revoked',
      'key.reactivated',
      'key.paused',
      'key.created',
    ])
    expect(events[1]?.reason).toBe('found in a paste')
  })

  it('rotates: the new one with its secret, the old one with its end', async () => {
    const { id, lineage } = await makeKey(await makeAccount())
    const answer = await send('POST', `/v1/keys/${id}/rotate`, { overlapSeconds: 3_600 })
    expect(answer.status).toBe(201)
    expect(answer.json()).toMatchObject({ lineage, newest: true, previous: { id, endsAt: '2026-11-20T13:00:00.000Z' } })
    expect(answer.json()['secret']).toMatch(/^exa_/)
    expect((await send('POST', `/v1/keys/${id}/rotate`)).json()['code']).toBe('key_not_newest')
    expect((await send('GET', `/v1/keys/${id}`)).json()).toMatchObject({
      newest: false,
      rotatedTo: answer.json()['id'],
    })
  })

  it('is overridden by operators, for a while', async () => {
    const { id } = await makeKey(await makeAccount())
    const limits = [{ name: 'checks', limit: 9, windowSeconds: 60, until: '2026-12-01T00:00:00.000Z' }]
    const put = await send('PUT', `/v1/keys/${id}/override`, { limits, quota: { limit: 5, period: 'day' } })
    expect(put.json()['overrides']).toEqual({ limits, quota: { limit: 5, period: 'day', until: null } })
    expect((await send('DELETE', `/v1/keys/${id}/override`)).json()['overrides']).toBeUndefined()
  })

  it('shows its usage, activity and events', async () => {
    const { id } = await makeKey(await makeAccount())
    const atMs = plane.clock.wallMs() - 3_600_000
    const row = { keyId: id, atMs, network: '192.0.2.0/24', userAgent: null }
    const usage = [
      { keyId: id, hourMs: atMs, code: 'VALID', tag: '', count: 3 },
      { keyId: id, hourMs: atMs, code: 'RATE_LIMITED', tag: '', count: 2 },
    ]
    const activity = [{ ...row, code: 'VALID', permission: 'jobs.view', tag: null }]
    await plane.storage.usage.store({ process: 'p', number: 1, usage, lastUsed: [row], activity, refusals: [] })
    const read = (await send('GET', `/v1/keys/${id}/usage?granularity=hour`)).json()
    expect(read['totals']).toEqual({ accepted: 3, refused: 2 })
    expect(read['buckets']).toContainEqual({ start: '2026-11-20T11:00:00.000Z', code: 'VALID', tag: '', count: 3 })
    expect((await send('GET', `/v1/keys/${id}/activity`)).json()['items']).toMatchObject([
      { code: 'VALID', permission: 'jobs.view' },
    ])
    expect((await send('GET', `/v1/keys/${id}`)).json()).toMatchObject({
      lastUsedAt: '2026-11-20T11:00:00.000Z',
      lastUsedNetwork: '192.0.2.0/24',
    })
    expect((await send('GET', `/v1/keys/${id}/events`)).json()['items']).toMatchObject([{ type: 'key.created' }])
    expect((await send('GET', `/v1/keys/${id}/usage?from=2026-01-01T00:00:00Z`)).status).toBe(400)
    expect((await send('GET', `/v1/keys/${id}/usage?from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z`)).status).toBe(
      400,
    )
  })
})

describe('lists', () => {
  it('come in pages that lead to the next, and a cursor belongs to its listing', async () => {
    const account = await makeAccount()
    const ids = new Set<string>()
    for (let index = 0; index < 5; index++) ids.add((await makeKey(account, { name: `Key ${index}` })).id)
    const seen: string[] = []
    let path: string | undefined = `/v1/accounts/${account}/keys?limit=2&sort=name`
    while (path !== undefined) {
      const page = await send('GET', path)
      seen.push(...(page.json()['items'] as { readonly id: string }[]).map(({ id }) => id))
      path = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link'] ?? ''))?.[1]
    }
    expect([seen.length, new Set(seen)]).toEqual([5, ids])
    const cursor = (await send('GET', `/v1/accounts/${account}/keys?limit=2`)).json()['nextCursor']
    const other = await send('GET', `/v1/accounts/${await makeAccount()}/keys?cursor=${String(cursor)}`)
    expect(other.json()['code']).toBe('invalid_cursor')
    expect((await send('GET', '/v1/accounts?cursor=nonsense')).json()['code']).toBe('invalid_cursor')
  })

  it('are filtered by state, several at once', async () => {
    const account = await makeAccount()
    const { id } = await makeKey(account)
    await makeKey(account)
    await send('POST', `/v1/keys/${id}/revoke`)
    const count = async (query: string) =>
      ((await send('GET', `/v1/accounts/${account}/keys?${query}`)).json()['items'] as unknown[]).length
    expect([
      await count('state=revoked'),
      await count('state=active,revoked'),
      await count('state=active&state=revoked'),
    ]).toEqual([1, 2, 2])
    expect((await send('GET', `/v1/accounts/${account}/keys?state=gone`)).status).toBe(400)
  })
})

describe('many at once', () => {
  it('counts in a dry run and changes nothing, then changes what fits', async () => {
    const account = await makeAccount()
    for (let index = 0; index < 3; index++) await makeKey(account)
    const before = await plane.head()
    const request = { action: 'revoke', filter: { account, state: ['active'] }, reason: 'a leak' }
    expect((await send('POST', '/v1/keys/batch', { ...request, dryRun: true })).json()).toMatchObject({ matched: 3 })
    expect(await plane.head()).toBe(before)
    expect((await send('POST', '/v1/keys/batch', request)).json()).toMatchObject({ changed: 3, nextCursor: null })
    const keys = (await send('GET', `/v1/accounts/${account}/keys?state=revoked`)).json()['items'] as unknown[]
    expect(keys.length).toBe(3)
  })
})

describe('Idempotency-Key', () => {
  it('makes one key of a repeated request and shows its secret only the first time', async () => {
    const account = await makeAccount()
    const path = `/v1/accounts/${account}/keys`
    const again = (name: string, quoted: string) =>
      send('POST', path, { name }, { headers: [['Idempotency-Key', quoted]] })
    const first = await again('Once', '"abc"')
    const second = await again('Once', 'abc')
    expect([first.status, second.status]).toEqual([201, 201])
    expect(first.json()['secret']).toMatch(/^exa_/)
    expect([second.json()['id'], second.json()['secret']]).toEqual([first.json()['id'], null])
    expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([undefined, 'true'])
    const other = await again('Other', 'abc')
    expect([other.status, other.json()['code']]).toEqual([422, 'idempotency_mismatch'])
    expect((await again('Once', 'x'.repeat(256))).status).toBe(400)
  })
})

describe('T1: what the server decides cannot be sent', () => {
  it.each([
    'account',
    'accountId',
    'state',
    'secret',
    'id',
    'createdBy',
    'lineage',
    'parentLineage',
    'digest',
    'used',
    'version',
  ])('refuses %s in a creation and in a change', async (name) => {
    const account = await makeAccount()
    const { id } = await makeKey(account)
    const before = await plane.head()
    expect((await send('POST', `/v1/accounts/${account}/keys`, { name: 'x', [name]: 'x' })).status).toBe(400)
    expect((await send('PATCH', `/v1/keys/${id}`, { [name]: 'x' })).status).toBe(400)
    expect(await plane.head()).toBe(before)
  })

  it('never takes an owner for the identity of the caller', async () => {
    const account = await makeAccount()
    const before = await plane.head()
    const answer = await plane.send('POST', `/v1/accounts/${account}/keys`, { body: { name: 'x', owner: 'mem_1' } })
    expect(answer.status).toBe(401)
    expect(await plane.head()).toBe(before)
  })
})

describe('T4, T5, T24: a managing key', () => {
  it('manages the keys of its own account within what it holds, and sees no other account', async () => {
    const account = await makeAccount()
    const grant = { permissions: ['apikeys.view', 'apikeys.create', 'apikeys.revoke', 'jobs.view'] }
    const { secret } = await makeKey(account, { grant })
    const own = { token: secret }
    const child = await plane.send('POST', `/v1/accounts/${account}/keys`, {
      ...own,
      body: { name: 'Child', grant: { permissions: ['jobs.view'] } },
    })
    expect(child.status).toBe(201)
    const wide = await plane.send('POST', `/v1/accounts/${account}/keys`, {
      ...own,
      body: { name: 'Wide', grant: 'unrestricted' },
    })
    expect([wide.status, wide.json()['code']]).toEqual([403, 'exceeds_creator'])
    const { id: wider } = await makeKey(account, { preset: 'jobs-only' })
    const listed = (await plane.send('GET', `/v1/accounts/${account}/keys`, own)).json()['items'] as {
      readonly id: string
    }[]
    expect(listed.map(({ id }) => id)).toContain(child.json()['id'])
    expect(listed.map(({ id }) => id)).not.toContain(wider)
    expect((await plane.send('GET', `/v1/keys/${wider}`, own)).status).toBe(403)
    const foreign = await makeKey(await makeAccount())
    expect((await plane.send('POST', `/v1/keys/${foreign.id}/revoke`, own)).json()['code']).toBe('key_not_found')
    expect((await plane.send('POST', `/v1/keys/${String(child.json()['id'])}/pause`, own)).status).toBe(403)
    expect((await plane.send('POST', `/v1/keys/${String(child.json()['id'])}/revoke`, own)).status).toBe(200)
  })

  it('is no managing key without a verb of the marked resource', async () => {
    const account = await makeAccount()
    const { secret } = await makeKey(account, { preset: 'jobs-only' })
    for (const path of [`/v1/accounts/${account}/keys`, `/v1/accounts/${account}`, '/v1/events', '/v1/keys/key_none'])
      expect((await plane.send('GET', path, { token: secret })).status).toBe(403)
  })
})

describe('accounts, members and credentials', () => {
  it('live their lives', async () => {
    const made = await send('POST', '/v1/accounts', { name: 'Acme', externalId: `ext-${++names}` })
    const { id } = made.json() as { readonly id: string }
    expect((await send('POST', '/v1/accounts', { name: 'Acme', externalId: `ext-${names}` })).json()['code']).toBe(
      'account_exists',
    )
    const found = (await send('GET', `/v1/accounts?externalId=ext-${names}`)).json()['items']
    expect(found).toMatchObject([{ id, state: 'active', overrides: [], activeKeys: null }])
    const patched = await send('PATCH', `/v1/accounts/${id}`, {
      activeKeys: { max: 3 },
      overrides: [{ name: 'a', limit: 1, windowSeconds: 60 }],
    })
    expect(patched.json()).toMatchObject({
      activeKeys: { max: 3, until: null },
      overrides: [{ name: 'a', limit: 1, windowSeconds: 60, until: null }],
    })
    expect((await send('POST', `/v1/accounts/${id}/suspend`, { reason: 'unpaid' })).json()['state']).toBe('suspended')
    expect((await send('POST', `/v1/accounts/${id}/resume`)).json()['state']).toBe('active')
    const member = await make(`/v1/accounts/${id}/members`, { role: 'viewer', name: 'Ada' })
    expect(
      (await send('PATCH', `/v1/accounts/${id}/members/${member.id}`, { state: 'suspended' })).json()['state'],
    ).toBe('suspended')
    expect((await send('GET', `/v1/accounts/${id}/members`)).json()['items']).toMatchObject([
      { id: member.id, name: 'Ada' },
    ])
    expect((await send('DELETE', `/v1/accounts/${id}/members/${member.id}`)).status).toBe(204)
    expect((await send('DELETE', `/v1/accounts/${id}`)).status).toBe(204)
    expect((await send('GET', `/v1/accounts/${id}`)).json()['code']).toBe('account_not_found')
  })

  it('keep one operator credential', async () => {
    const verify = await make('/v1/credentials', {
      kind: 'verify',
      name: 'API',
      environment: 'live',
      audiences: ['api'],
    })
    expect((await plane.send('GET', '/v1/credentials', { token: verify.secret })).status).toBe(403)
    const listed = await send('GET', '/v1/credentials')
    expect(listed.text).not.toContain(verify.secret)
    expect((await send('DELETE', `/v1/credentials/${verify.id}`)).status).toBe(204)
    const [operator] = (listed.json()['items'] as { readonly id: string; readonly kind: string }[]).filter(
      ({ kind }) => kind === 'operator',
    )
    expect((await send('DELETE', `/v1/credentials/${operator?.id}`)).json()['code']).toBe('last_operator')
  })
})

describe('T19: after all of this', () => {
  const keyText = /[a-z]{3}_(?:test_)?[0-9A-Za-z]{38}/

  it('no line of the log and no entry of the events holds a secret', async () => {
    expect(`Bearer ${plane.operator}`).toMatch(keyText)
    expect(JSON.stringify(plane.lines)).not.toMatch(keyText)
    let path: string | null = '/v1/events?limit=200'
    while (path !== null) {
      const page: Answered = await send('GET', path)
      expect(page.text).not.toMatch(keyText)
      const next = page.json()['nextCursor']
      path = typeof next === 'string' ? `/v1/events?limit=200&cursor=${next}` : null
    }
  })
})
