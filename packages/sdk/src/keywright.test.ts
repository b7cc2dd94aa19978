import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createKeywright, etagOf, KeywrightError, type KeywrightOptions } from './main.ts'

const credential = 'kwo_secret0000000000000000000000000000000000'
const keyText = 'kt_secretkey00000000000000000000000000000000'

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: unknown
  readonly redirect: string | undefined
}

/** A client whose answers are given in order; the last one repeats. An `Error` is thrown instead. */
function clientOf(answers: readonly (Response | Error)[], options: Partial<KeywrightOptions> = {}) {
  const sent: Sent[] = []
  const slept: number[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
    sent.push({
      method: init?.method ?? 'GET',
      url: input instanceof URL ? input.href : 'not a URL',
      headers: new Headers(init?.headers),
      body,
      redirect: init?.redirect,
    })
    const answer = answers[Math.min(sent.length, answers.length) - 1]
    if (answer instanceof Response) return answer.clone()
    throw answer ?? new Error('no answer')
  }
  const sleep = async (ms: number) => void slept.push(ms)
  const client = createKeywright({
    url: 'https://keys.example.test',
    credential,
    fetch,
    sleep,
    random: () => 0.5,
    ...options,
  })
  return { client, sent, slept }
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers })
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  json(
    { type: 'about:blank', title: 'Some title', status, code, request_id: 'req_1', aLaterMember: 1 },
    status,
    headers,
  )

afterEach(() => void vi.useRealTimers())

describe('secrets', () => {
  test('the credential is not in the client, however it is looked at, nor in any error', async () => {
    const { client } = clientOf([problem(404, 'key_not_found')])
    const error: unknown = await client.keys.get('key_1').catch((caught: unknown) => caught)
    const broken = await clientOf([new TypeError(`bad header Bearer ${credential}`)], { retriesMax: 0 })
      .client.keys.get('key_1')
      .catch((caught: unknown) => caught)
    const views = [client, { ...client }, error, broken].flatMap((value) => [
      inspect(value, { depth: 9, showHidden: true, getters: true }),
      JSON.stringify(value),
      String(value),
    ])
    // The search would find it.
    expect(inspect({ credential })).toContain(credential)
    for (const view of views) expect(view).not.toContain(credential)
  })

  test.each(['', ' kwo_1', 'kwo_1\n', 'Bearer kwo_1', 'kwo_é'])(
    'a credential that no header can carry is refused at once and not repeated: %j',
    (wrong) => {
      const attempt = () => createKeywright({ url: 'https://keys.example.test', credential: wrong })
      expect(attempt).toThrow('credential must be')
      if (wrong !== '') expect(attempt).not.toThrow(wrong)
    },
  )

  test.each([
    'keys.example.test',
    'ftp://keys.example.test',
    'https://user:pw@keys.example.test',
    'https://keys.example.test?a=b',
  ])('a url that is none is refused: %s', (url) => {
    expect(() => createKeywright({ url, credential })).toThrow('url must')
  })

  test('redirects are not followed: key and credential stay with the server that was named', async () => {
    const { client, sent } = clientOf([
      new Response(null, { status: 307, headers: { location: 'https://elsewhere.test/' } }),
    ])
    await expect(client.keys.get('key_1')).rejects.toMatchObject({ status: 307, code: 'unexpected_answer' })
    expect(sent).toMatchObject([{ redirect: 'manual', url: 'https://keys.example.test/v1/keys/key_1' }])
  })
})

describe('calls', () => {
  test('a path before /v1 is kept; ids are escaped, and none can climb to another resource', async () => {
    const { client, sent } = clientOf([json({})], { url: 'https://example.test/keywright' })
    await client.members.get('acc/1', 'm?2')
    expect(sent[0]?.url).toBe('https://example.test/keywright/v1/accounts/acc%2F1/members/m%3F2')
    for (const id of ['..', '.', '']) await expect(client.keys.get(id)).rejects.toThrow('is not an id')
    expect(sent).toHaveLength(1)
  })

  test('a problem becomes an error with status, code, request id and the whole document', async () => {
    const { client } = clientOf([problem(409, 'active_keys_cap')])
    const error = await client.keys.create('acc_1', { name: 'x' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(KeywrightError)
    expect(error).toMatchObject({
      status: 409,
      code: 'active_keys_cap',
      requestId: 'req_1',
      problem: { aLaterMember: 1 },
    })
    expect((error as Error).message).toBe('POST /v1/accounts/acc_1/keys: 409 active_keys_cap: Some title')
  })

  test('the error says what is wrong with each part of the request', async () => {
    const errors = [{ pointer: '/name', detail: 'Write one.' }, { parameter: 'limit', detail: 'Too large.' }, null]
    const refused = json({ title: 'Not allowed', code: 'not_allowed_by_configuration', errors }, 422)
    await expect(clientOf([refused]).client.keys.create('acc_1', {})).rejects.toThrow(
      '422 not_allowed_by_configuration: Not allowed; /name: Write one.; limit: Too large.',
    )
  })

  test('the head of the log is asked for with position and nonce', async () => {
    const head = { position: 'e.1.h', ageMs: 0, changes: [], complete: true, reset: false }
    const { client, sent } = clientOf([json(head)])
    expect(await client.head({ after: 'e.0.g', nonce: 'n 1' })).toEqual(head)
    await client.head()
    expect(sent.map(({ url }) => url)).toEqual([
      'https://keys.example.test/v1/head?after=e.0.g&nonce=n+1',
      'https://keys.example.test/v1/head',
    ])
  })

  test('U13: null and members of later versions come back as they were sent', async () => {
    const record = { id: 'key_1', name: null, metadata: null, later: { deep: [null] } }
    expect(await clientOf([json(record)]).client.keys.get('key_1')).toEqual(record)
    expect(await clientOf([json({ product: { name: 'N', later: 1 }, later: 2 })]).client.config.get()).toEqual({
      product: { name: 'N', later: 1 },
      later: 2,
    })
  })

  test('a change can name the version that was read', async () => {
    const { client, sent } = clientOf([json({ id: 'key_1' }, 200, { etag: '"v3"' })])
    const key = await client.keys.get('key_1')
    await client.keys.update('key_1', { name: null }, { ifMatch: etagOf(key) })
    expect(sent[1]?.headers.get('if-match')).toBe('"v3"')
    expect(sent[1]?.body).toEqual({ name: null })
  })

  test('what ends or changes something can say why; without a reason nothing is sent as a body', async () => {
    const { client, sent } = clientOf([json({ id: 'key_1' })])
    const why = { reason: 'leaked' }
    const calls: readonly ((options?: { readonly reason: string }) => Promise<unknown>)[] = [
      (options) => client.keys.pause('key_1', options),
      (options) => client.keys.reactivate('key_1', options),
      (options) => client.keys.revoke('key_1', options),
      (options) => client.keys.delete('key_1', options),
      (options) => client.keys.clearOverride('key_1', options),
      (options) => client.accounts.suspend('acc_1', options),
      (options) => client.accounts.resume('acc_1', options),
      (options) => client.accounts.delete('acc_1', options),
      (options) => client.members.delete('acc_1', 'mem_1', options),
      (options) => client.credentials.delete('crd_1', options),
    ]
    for (const call of calls) {
      await call(why)
      expect(sent.at(-1)?.body).toEqual(why)
      await call()
      expect(sent.at(-1)?.body).toBeUndefined()
    }
  })

  test('a created key has its secret; the answer to a repetition says null', async () => {
    expect((await clientOf([json({ id: 'key_1', secret: keyText }, 201)]).client.keys.create('acc_1', {})).secret).toBe(
      keyText,
    )
    expect((await clientOf([json({ id: 'key_1' }, 201)]).client.keys.rotate('key_1')).secret).toBeNull()
  })

  test('a list is walked page by page with its filter', async () => {
    const { client, sent } = clientOf([
      json({ items: [1, 2], nextCursor: 'c1' }),
      json({ items: [3], nextCursor: null }),
    ])
    const items: unknown[] = []
    for await (const item of client.keys.list('acc_1', { state: 'active' })) items.push(item)
    expect(items).toEqual([1, 2, 3])
    expect(sent.map(({ url }) => new URL(url).search)).toEqual(['?state=active', '?state=active&cursor=c1'])
  })

  test('a cursor that does not move ends in an error instead of a loop without end', async () => {
    const walk = async () => {
      for await (const _ of clientOf([json({ items: [], nextCursor: 'c' })]).client.events.list());
    }
    await expect(walk()).rejects.toThrow('same cursor twice')
  })

  test('a batch goes on until its cursor ends', async () => {
    const { client, sent } = clientOf([
      json({ changed: 500, nextCursor: 'c1' }),
      json({ changed: 3, nextCursor: null }),
    ])
    const changed: number[] = []
    for await (const step of client.keys.batchAll({ action: 'revoke', filter: { unrestricted: true } }))
      changed.push(step.changed)
    expect(changed).toEqual([500, 3])
    expect(sent[1]?.body).toMatchObject({ cursor: 'c1', action: 'revoke' })
  })
})

describe('repetition', () => {
  test('a read is repeated after a network error and 503, waiting as told or with jitter, and no more than twice', async () => {
    const { client, slept } = clientOf([
      new TypeError('fetch failed'),
      problem(503, 'unavailable', { 'retry-after': '2' }),
      json({ id: 'key_1' }),
    ])
    expect(await client.keys.get('key_1')).toEqual({ id: 'key_1' })
    expect(slept).toEqual([150, 2075])
    const failing = clientOf([problem(429, 'too_many_requests')])
    await expect(failing.client.keys.get('key_1')).rejects.toMatchObject({ status: 429 })
    expect(failing.sent).toHaveLength(3)
  })

  test('a creation is repeated under one and the same Idempotency-Key', async () => {
    const { client, sent } = clientOf([new TypeError('fetch failed'), json({ id: 'key_1', secret: null }, 201)])
    await client.keys.create('acc_1', {})
    const used = sent.map(({ headers }) => headers.get('idempotency-key'))
    expect(used[0]).toMatch(/^"[0-9a-f-]{36}"$/)
    expect(used[1]).toBe(used[0])
  })

  test('what is not safe, not worth it or told to wait long is not repeated', async () => {
    for (const [answer, call] of [
      [new TypeError('fetch failed'), 'revoke'],
      [problem(404, 'key_not_found'), 'get'],
      [problem(503, 'unavailable', { 'retry-after': '3600' }), 'get'],
    ] as const) {
      const { client, sent } = clientOf([answer])
      await expect(client.keys[call]('key_1')).rejects.toBeInstanceOf(KeywrightError)
      expect(sent).toHaveLength(1)
    }
  })
})

describe('verify', () => {
  const valid = { valid: true, code: 'VALID', keyId: 'key_1', account: 'acc_1', grant: 'unrestricted' }

  test('U13: a decision tolerates null, absent and later members', async () => {
    const { client } = clientOf([json({ ...valid, metadata: null, expiresAt: '2030-01-01T00:00:00Z', later: [1] })])
    expect(await client.verify({ key: keyText })).toMatchObject({
      valid: true,
      metadata: null,
      externalId: null,
      limits: null,
      expiresAtMs: Date.UTC(2030, 0, 1),
      later: [1],
    })
  })

  test('a limit that one process counted alone says so; others say nothing, whatever a later server may call them', async () => {
    const limit = { name: 'requests', limit: 10, windowSeconds: 60, remaining: 3, resetSeconds: 0 }
    const limits = [limit, { ...limit, scope: 'local' }, { ...limit, scope: 'elsewhere' }]
    const grant = { permissions: [] }
    const body = { valid: true, code: 'VALID', keyId: 'key_1', account: 'acc_1', grant, limits }
    const decision = await clientOf([json(body)]).client.verify({ key: keyText })
    expect(decision.limits?.map((state) => state.scope)).toEqual([undefined, 'local', undefined])
  })

  test('T6: a text that no key can have is malformed without a call', async () => {
    const { client, sent } = clientOf([json(valid)])
    for (const key of ['', "' OR 1=1 --", 'a b', 'a\u0000', 'ключ', 'x'.repeat(256), 'x'.repeat(1_000_000)]) {
      expect((await client.verify({ key })).code).toBe('MALFORMED')
    }
    expect(sent).toEqual([])
  })

  test.each([
    ['no network', new TypeError('fetch failed')],
    ['a credential that is not accepted', problem(401, 'invalid_token')],
    ['a proxy page', new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['a page with status 200', new Response('<h1>Welcome</h1>')],
    ['JSON that is no decision', json([])],
    ['valid without a key', json({ valid: true, code: 'VALID' })],
    ['valid without a readable grant', json({ ...valid, grant: { permissions: 'jobs.view' } })],
    ['valid with another code', json({ ...valid, code: 'REVOKED' })],
    ['a text for valid', json({ ...valid, valid: 'true' })],
  ] as const)('never open, never an exception: %s is UNAVAILABLE, sent once', async (_name, answer) => {
    const { client, sent } = clientOf([answer])
    expect(await client.verify({ key: keyText })).toMatchObject({ valid: false, code: 'UNAVAILABLE', keyId: null })
    expect(sent).toHaveLength(1)
  })

  test('the reason of UNAVAILABLE is told to a listener, without secrets; one that throws changes nothing', async () => {
    const heard: Error[] = []
    const onVerifyError = (error: Error) => {
      heard.push(error)
      throw new Error('listener')
    }
    const { client } = clientOf([problem(503, 'unavailable', { 'retry-after': '4' })], { onVerifyError })
    expect(await client.verify({ key: keyText })).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 4_000 })
    expect(heard.map(({ message }) => message)).toEqual(['POST /v1/verify: 503 unavailable: Some title'])
  })

  test('a server that accepts and never answers: UNAVAILABLE after timeoutMs', async () => {
    vi.useFakeTimers()
    const fetch: typeof globalThis.fetch = (_input, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    const heard: Error[] = []
    const client = createKeywright({
      url: 'https://keys.example.test',
      credential,
      fetch,
      timeoutMs: 800,
      onVerifyError: (error) => heard.push(error),
    })
    const decision = client.verify({ key: keyText })
    await vi.advanceTimersByTimeAsync(800)
    expect((await decision).code).toBe('UNAVAILABLE')
    expect(heard).toMatchObject([{ code: 'timeout' }])
  })

  test('a batch keeps its order around malformed texts; a failure or a wrong number of results is UNAVAILABLE per item', async () => {
    const checks = [{ key: keyText }, { key: 'a b' }, { key: keyText }]
    const good = clientOf([json({ results: [valid, { valid: false, code: 'REVOKED' }] })])
    expect((await good.client.verifyBatch(checks)).map(({ code }) => code)).toEqual(['VALID', 'MALFORMED', 'REVOKED'])
    expect(good.sent[0]?.body).toEqual({ checks: [{ key: keyText }, { key: keyText }] })
    for (const answer of [json({ results: [valid] }), new TypeError('fetch failed')]) {
      const decisions = await clientOf([answer]).client.verifyBatch(checks)
      expect(decisions.map(({ code }) => code)).toEqual(['UNAVAILABLE', 'MALFORMED', 'UNAVAILABLE'])
    }
  })
})

describe('the public configuration', () => {
  test('is read once, waited for by the first callers only, and read anew after 5 minutes', async () => {
    let now = 0
    const { client, sent } = clientOf(
      [json({ acceptedHeaders: ['x-api-key'] }), json({ acceptedHeaders: ['authorization'] })],
      { now: () => now },
    )
    const [first, second] = await Promise.all([client.publicConfig(), client.publicConfig()])
    expect([first, second]).toMatchObject([{ acceptedHeaders: ['x-api-key'] }, { acceptedHeaders: ['x-api-key'] }])
    now = 299_999
    expect(client.publicConfig()).toBe(first)
    expect(sent).toHaveLength(1)
    now = 300_000
    expect(client.publicConfig()).toBe(first)
    await vi.waitFor(() => expect(client.publicConfig()).toMatchObject({ acceptedHeaders: ['authorization'] }))
    expect(sent).toHaveLength(2)
  })

  test('that cannot be read is tried again after 5 seconds, and nobody waits for that', async () => {
    let now = 0
    const { client, sent } = clientOf([new TypeError('fetch failed'), json({ acceptedHeaders: ['x-api-key'] })], {
      now: () => now,
    })
    expect(await client.publicConfig()).toBeUndefined()
    now = 4_999
    expect(client.publicConfig()).toBeUndefined()
    expect(sent).toHaveLength(1)
    now = 5_000
    expect(client.publicConfig()).toBeUndefined()
    await vi.waitFor(() => expect(client.publicConfig()).toMatchObject({ acceptedHeaders: ['x-api-key'] }))
  })

  test('of another shape than expected opens nothing: what does not fit is left out', async () => {
    const wire = {
      acceptedHeaders: ['cookie'],
      problems: { invalid_token: { title: 7 }, unavailable: { title: 'Later' } },
      product: { name: 3, links: { errors: 4 } },
    }
    expect(await clientOf([json(wire)]).client.publicConfig()).toEqual({
      problems: { unavailable: { title: 'Later' } },
      product: { links: {} },
    })
    expect(await clientOf([json('text')]).client.publicConfig()).toBeUndefined()
  })
})
