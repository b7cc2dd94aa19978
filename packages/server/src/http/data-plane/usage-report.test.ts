import { isProblem } from '@keywright/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Ground, openGround, openNode, type TestNode } from './plane.testing.ts'
import { readBatch } from './usage-batch.ts'

const hourMs = 3_600_000

let ground: Ground
let at: TestNode
let token: string
let key: { readonly id: string; readonly secret: string }
let nowMs: number
beforeEach(async () => {
  ground = await openGround()
  at = await openNode(ground)
  token = (await ground.credential('Shop')).secret
  key = await ground.key(await ground.account())
  nowMs = ground.clock.wallMs()
})
afterEach(async () => {
  await at.close()
  await ground.close()
})

const empty = { process: 'process-1', number: 1, usage: [], lastUsed: [], activity: [], refusals: [] }

/** A report of three accepted checks, one refused one and one presentation of an unknown key. */
const report = (more: object = {}) => ({
  ...empty,
  usage: [
    { keyId: key.id, hourMs: nowMs, code: 'VALID', tag: '', count: 3 },
    { keyId: key.id, hourMs: nowMs, code: 'RATE_LIMITED', tag: 'export', count: 1 },
  ],
  lastUsed: [{ keyId: key.id, atMs: nowMs + 5, network: '192.0.2.0/24', userAgent: 'curl/8' }],
  activity: [
    {
      keyId: key.id,
      atMs: nowMs + 5,
      network: '192.0.2.0/24',
      userAgent: 'curl/8',
      code: 'VALID',
      permission: 'jobs.view',
      tag: null,
    },
  ],
  refusals: [{ hourMs: nowMs, code: 'NOT_FOUND', network: '', count: 1 }],
  ...more,
})

const send = (body: unknown, by = token) => at.call('POST', '/v1/usage', by, body)

/** What is counted of the key by outcome, and of unknown keys. */
async function counted(): Promise<Readonly<Record<string, number>>> {
  const range = { fromMs: 0, toMs: nowMs + 24 * hourMs }
  const usage = await ground.storage.usage.read(key.id, { ...range, granularity: 'hour' })
  const refusals = await ground.storage.usage.refusals(range)
  return Object.fromEntries([...usage, ...refusals].map(({ code, count }) => [code, count]))
}

describe('reported usage', () => {
  it('is stored as what the server counts itself', async () => {
    const answer = await send(report())
    expect([answer.status, answer.json]).toEqual([200, { stored: true }])
    expect(await counted()).toEqual({ VALID: 3, RATE_LIMITED: 1, NOT_FOUND: 1 })
    const activity = await ground.storage.usage.activity(key.id, {})
    expect(activity).toMatchObject({
      items: [
        { atMs: nowMs + 5, code: 'VALID', permission: 'jobs.view', network: '192.0.2.0/24', userAgent: 'curl/8' },
      ],
    })
    expect(await ground.storage.keys.read(key.id)).toMatchObject({ lastUsed: { atMs: nowMs + 5 } })
  })

  it('counts once, however often and however concurrently one batch is delivered', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(report())))
    expect(answers.filter(({ json }) => json['stored'] === true)).toHaveLength(1)
    expect((await send(report())).json).toEqual({ stored: false })
    expect(await counted()).toEqual({ VALID: 3, RATE_LIMITED: 1, NOT_FOUND: 1 })
    expect((await send(report({ number: 2 }))).json).toEqual({ stored: true })
    expect((await counted())['VALID']).toBe(6)
  })

  it('of one process name counts for itself with each credential, and never passes for the own usage of a node', async () => {
    const other = (await ground.credential('Other')).secret
    expect((await send(report())).json).toEqual({ stored: true })
    expect((await send(report(), other)).json).toEqual({ stored: true })
    expect((await counted())['VALID']).toBe(6)
    const processes = await ground.store.read.selectFrom('usage_batches').select('process').execute()
    expect(processes.every(({ process }) => /^\w+:process-1$/.test(process))).toBe(true)
  })

  it('T8: touches usage alone: the key stays as it is, and one that is gone stays gone', async () => {
    await ground.storage.keys.change({ actor: { kind: 'operator', id: 'o' }, requestId: 'r' }, key.id, 'revoke')
    await send(report())
    expect(await ground.storage.keys.read(key.id)).toMatchObject({ state: 'revoked' })
    const gone = await send({
      ...empty,
      number: 3,
      usage: [{ keyId: 'key_of_nobody', hourMs: nowMs, code: 'VALID', tag: '', count: 1 }],
    })
    expect(gone.json).toEqual({ stored: true })
    const { count } = await ground.store.read
      .selectFrom('usage')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('key_id', '=', 'key_of_nobody')
      .executeTakeFirstOrThrow()
    expect(Number(count)).toBe(0)
  })

  it('keeps what users of keys sent in a harmless shape: addresses shortened, keys masked, lines short', async () => {
    const use = { keyId: key.id, atMs: nowMs, code: 'VALID', tag: 'a/b' }
    const answer = await send({
      ...empty,
      activity: [
        {
          ...use,
          network: '192.0.2.77',
          userAgent: `agent ${key.secret}\r\n${'x.'.repeat(999)}`,
          permission: `jobs.view:${key.secret}`,
        },
      ],
      refusals: [{ hourMs: nowMs, code: 'NOT_FOUND', network: '2001:db8:1:2:3::4', count: 2 }],
    })
    expect(answer.json).toEqual({ stored: true })
    const page = await ground.storage.usage.activity(key.id, {})
    const [kept] = isProblem(page) ? [] : page.items
    expect(kept?.network).toBe('192.0.2.0/24')
    expect(kept?.userAgent).toMatch(/^agent \S*\[redacted\] {2}[x.]+$/)
    expect(kept?.userAgent?.length).toBeLessThanOrEqual(256)
    expect(kept?.permission).toMatch(/^jobs\.view:\S*\[redacted\]$/)
    const [refused] = await ground.storage.usage.refusals({ fromMs: 0, toMs: nowMs + 1 })
    expect(refused?.network).toBe('2001:db8:1::/48')
  })

  it('is kept with whole addresses where the configuration says so', () => {
    const refusals = [{ hourMs: 0, code: 'NOT_FOUND', network: '2001:DB8::4', count: 1 }]
    const read = (wholeAddresses: boolean) => readBatch({ ...empty, refusals }, { nowMs: 0, wholeAddresses })
    expect(read(true)).toMatchObject({ refusals: [{ network: '2001:db8::4' }] })
    expect(read(false)).toMatchObject({ refusals: [{ network: '2001:db8::/48' }] })
  })

  it('that the store does not take is asked for again, and not counted twice', async () => {
    await send(report())
    const { usage } = ground.storage
    const store = usage.store
    Object.assign(usage, { store: () => Promise.reject(new Error('the disk is full')) })
    const answer = await send(report({ number: 2 }))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(at.lines.join()).toContain('the disk is full')
    Object.assign(usage, { store })
    expect((await send(report({ number: 2 }))).json).toEqual({ stored: true })
    expect((await counted())['VALID']).toBe(6)
  })
})

const line = (more: object) => ({ keyId: 'key_1', hourMs: 0, code: 'VALID', tag: '', count: 1, ...more })
const used = (more: object) => ({ keyId: 'key_1', atMs: 0, network: null, userAgent: null, ...more })
const active = (more: object) => ({ ...used({}), code: 'VALID', permission: null, tag: null, ...more })
const refused = (more: object) => ({ hourMs: 0, code: 'NOT_FOUND', network: '', count: 1, ...more })

describe('a report is refused whole, by a pointer', () => {
  const bounds = { nowMs: 9 * 24 * hourMs, wholeAddresses: false }
  const current = { hourMs: bounds.nowMs }
  it.each([
    ['a list', [], ['#', '#/process', '#/number', '#/usage', '#/lastUsed', '#/activity', '#/refusals']],
    ['a member of its own', { ...empty, more: 1 }, ['#/more']],
    ['a missing list', { ...empty, activity: undefined }, ['#/activity']],
    ['a process name with a colon', { ...empty, process: 'a:b' }, ['#/process']],
    ['a process name that is too long', { ...empty, process: 'a'.repeat(65) }, ['#/process']],
    ['number 0', { ...empty, number: 0 }, ['#/number']],
    ['half a number', { ...empty, number: 1.5 }, ['#/number']],
    ['a number past all bounds', { ...empty, number: 2 ** 53 }, ['#/number']],
    ['no count', { ...empty, usage: [line({ ...current, count: 0 })] }, ['#/usage/0/count']],
    ['a count below nothing', { ...empty, usage: [line({ ...current, count: -1 })] }, ['#/usage/0/count']],
    ['half a count', { ...empty, usage: [line({ ...current, count: 0.5 })] }, ['#/usage/0/count']],
    ['a count past all bounds', { ...empty, usage: [line({ ...current, count: 1e9 + 1 })] }, ['#/usage/0/count']],
    ['an unknown outcome', { ...empty, usage: [line({ ...current, code: 'FINE' })] }, ['#/usage/0/code']],
    ['an outcome of prototypes', { ...empty, usage: [line({ ...current, code: 'constructor' })] }, ['#/usage/0/code']],
    ['no hour', { ...empty, usage: [line({ hourMs: bounds.nowMs + 1 })] }, ['#/usage/0/hourMs']],
    ['an hour too long ago', { ...empty, usage: [line({ hourMs: 22 * hourMs })] }, ['#/usage/0/hourMs']],
    [
      'an hour too far ahead',
      { ...empty, refusals: [refused({ hourMs: bounds.nowMs + 2 * hourMs })] },
      ['#/refusals/0/hourMs'],
    ],
    ['a time too long ago', { ...empty, lastUsed: [used({ atMs: 23 * hourMs })] }, ['#/lastUsed/0/atMs']],
    [
      'a time too far ahead',
      { ...empty, lastUsed: [used({ atMs: bounds.nowMs + hourMs + 1 })] },
      ['#/lastUsed/0/atMs'],
    ],
    ['half a time', { ...empty, activity: [active({ atMs: bounds.nowMs + 0.5 })] }, ['#/activity/0/atMs']],
    ['no id', { ...empty, usage: [line({ ...current, keyId: 'a b' })] }, ['#/usage/0/keyId']],
    ['a tag with a line break', { ...empty, usage: [line({ ...current, tag: 'a\nb' })] }, ['#/usage/0/tag']],
    [
      'an empty tag of a check',
      { ...empty, activity: [active({ atMs: bounds.nowMs, tag: '' })] },
      ['#/activity/0/tag'],
    ],
    ['no address', { ...empty, refusals: [refused({ ...current, network: 'here' })] }, ['#/refusals/0/network']],
    [
      'no text',
      { ...empty, activity: [active({ atMs: bounds.nowMs, userAgent: 1, permission: [] })] },
      ['#/activity/0/permission', '#/activity/0/userAgent'],
    ],
    [
      'a line that is none',
      { ...empty, lastUsed: [null] },
      ['#/lastUsed/0', '#/lastUsed/0/keyId', '#/lastUsed/0/atMs', '#/lastUsed/0/network', '#/lastUsed/0/userAgent'],
    ],
    ['a line with more', { ...empty, refusals: [refused({ ...current, who: 1 })] }, ['#/refusals/0/who']],
    [
      'an inherited member',
      { ...empty, refusals: [JSON.parse('{"hourMs":0,"code":"VALID","count":1,"__proto__":{"network":""}}')] },
      ['#/refusals/0/hourMs', '#/refusals/0/__proto__', '#/refusals/0/network'],
    ],
    ['too many lines', { ...empty, usage: Array.from({ length: 50_001 }, () => line(current)) }, ['#/usage']],
  ])('for %s', (_, body, pointers) => {
    const answer = readBatch(body, bounds)
    const named = isProblem(answer) ? answer.errors?.map(({ pointer }) => pointer ?? '') : []
    expect(new Set(named)).toEqual(new Set(pointers))
  })

  it('takes what lies just within the bounds', () => {
    const answer = readBatch(
      {
        ...empty,
        usage: [line({ hourMs: 24 * hourMs, count: 1e9 })],
        lastUsed: [used({ atMs: bounds.nowMs + hourMs }), used({ atMs: 24 * hourMs })],
        activity: [active({ atMs: bounds.nowMs, tag: 'a.b:/-_', network: '192.0.2.1' })],
      },
      bounds,
    )
    expect(isProblem(answer)).toBe(false)
  })

  it('with nothing stored, twenty errors at most, and nothing of it repeated', async () => {
    const wrong = report({ number: 7, refusals: Array.from({ length: 60 }, () => ({ [key.secret]: key.secret })) })
    const answer = await send(wrong)
    expect([answer.status, answer.json['code']]).toEqual([400, 'invalid_parameters'])
    expect(answer.json['errors']).toHaveLength(20)
    expect(answer.text).not.toContain(key.secret)
    const tagged = await send(report({ usage: [line({ hourMs: nowMs, keyId: key.secret, tag: key.secret })] }))
    expect(tagged.text).not.toContain(key.secret)
    expect((tagged.json['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '#/usage/0/keyId',
      '#/usage/0/tag',
    ])
    expect(await counted()).toEqual({})
    expect((await send(report({ number: 7 }))).json).toEqual({ stored: true })
  })

  it('for a body that is no JSON, no object or too long', async () => {
    expect((await send('{')).json['code']).toBe('bad_request')
    expect((await send('7')).json['code']).toBe('invalid_parameters')
    expect((await send(`"${'x'.repeat(8_388_608)}"`)).status).toBe(413)
    expect((await send(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).status).toBe(400)
  })
})
