import { generateKeyText } from '@keywright/core'
import { afterEach, describe, expect, test } from 'vitest'
import { version } from './program.ts'
import { type Answer, command, type Received, recordingServer } from './testing.ts'

let seed = 7
const nextByte = () => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed & 255
}
const secret = generateKeyText('exa', 'live', (length) => Uint8Array.from({ length }, nextByte))
const credential = generateKeyText('kwo', null, (length) => Uint8Array.from({ length }, nextByte))

let open: Awaited<ReturnType<typeof recordingServer>> | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

/** Runs a command line against a server that answers so. */
async function against(
  answer: (request: Received) => Answer,
  given: readonly string[],
  input?: string,
  watched = false,
) {
  open = await recordingServer(answer)
  const environment = { KEYWRIGHT_URL: open.url, KEYWRIGHT_CREDENTIAL: credential }
  return {
    ...(await command(given, { environment, watched, ...(input === undefined ? {} : { input }) })),
    received: open.received,
  }
}

const key = {
  id: 'key_1',
  account: 'acc_1',
  name: 'build',
  grant: { permissions: ['jobs.view', 'jobs.create'] },
  expiresAt: null,
}

describe('what is shown once', () => {
  test('goes to standard output alone, everything else to standard error', async () => {
    const { code, output, complaints, received } = await against(
      () => ({ status: 201, body: { ...key, secret } }),
      [
        'keys',
        'create',
        'acc_1',
        '--name',
        'build',
        '--permission',
        'jobs.view',
        '--permission',
        'jobs.create',
        '--expires',
        '2027-01-31',
        '--rate',
        'requests:100/60:20',
        '--quota',
        '1000/month',
        '--network',
        '192.0.2.0/24',
        '--metadata',
        '{"team":"blue"}',
        '--set',
        'allowed=[1]',
        '--idempotency-key',
        'once',
      ],
    )
    expect({ code, output }).toEqual({ code: 0, output: `${secret}\n` })
    expect(complaints).toContain('key_1')
    expect(complaints).not.toContain(secret)
    expect(received).toMatchObject([
      {
        method: 'POST',
        path: '/v1/accounts/acc_1/keys',
        headers: { authorization: `Bearer ${credential}`, 'idempotency-key': '"once"' },
        body: {
          name: 'build',
          grant: { permissions: ['jobs.view', 'jobs.create'] },
          expiresAt: '2027-01-31T00:00:00.000Z',
          limits: [{ name: 'requests', limit: 100, windowSeconds: 60, burst: 20 }],
          quota: { limit: 1000, period: 'month' },
          allowedNetworks: ['192.0.2.0/24'],
          metadata: { team: 'blue' },
          allowed: [1],
        },
      },
    ])
  })

  test('is part of the record with --json', async () => {
    const { output, complaints } = await against(
      () => ({ status: 201, body: { ...key, secret } }),
      ['keys', 'rotate', 'key_1', '--overlap', '3600', '--json'],
    )
    expect(JSON.parse(output)).toEqual({ ...key, secret })
    expect(complaints).toBe('')
  })

  test('is missing from a repetition, which is said and is no success', async () => {
    const { code, output, complaints } = await against(
      () => ({ status: 201, body: { ...key, secret: null } }),
      ['credentials', 'create', 'operator', 'backup'],
    )
    expect({ code, output }).toEqual({ code: 1, output: '' })
    expect(complaints).toContain('not shown again')
  })
})

describe('a secret is never an argument', () => {
  test.each([
    [['keys', 'verify', secret]],
    [['keys', 'list', 'acc_1', '--search', secret]],
    [['keys', 'create', 'acc_1', `--set=name="${secret}"`]],
    [['serve', '--pepper', 'hunter2']],
    [['keys', 'list', 'acc_1', '--credential=hunter2']],
    [['serve', '--database-url=postgres://hunter2']],
  ])('%# is refused without being repeated, and nothing is sent', async (given) => {
    const { code, output, complaints, received } = await against(() => ({}), given)
    expect(code).toBe(2)
    expect(received).toEqual([])
    expect(output + complaints).not.toContain(secret.slice(-20))
    expect(output + complaints).not.toContain('hunter2')
  })

  test('the key that is checked and the credential come from standard input', async () => {
    const { code, received } = await against(
      () => ({ body: { valid: true, code: 'VALID' } }),
      ['keys', 'verify', '--permission', 'jobs.view', '--cost', '0'],
      `${secret}\n`,
    )
    expect(code).toBe(0)
    expect(received).toMatchObject([{ path: '/v1/verify', body: { key: secret, permissions: ['jobs.view'], cost: 0 } }])
    open = await recordingServer(() => ({ body: { items: [], nextCursor: null } }))
    const listed = await command(['accounts', 'list', '--credential-stdin'], {
      environment: { KEYWRIGHT_URL: open.url },
      input: `${credential}\n`,
    })
    expect(listed.code).toBe(0)
    expect(open.received).toMatchObject([{ headers: { authorization: `Bearer ${credential}` } }])
  })
})

describe('exit codes say what happened', () => {
  const problem = {
    title: 'The request does not fit the schema',
    code: 'invalid_parameters',
    detail: 'Two things.',
    request_id: 'r-1',
    errors: [
      { pointer: '/name', detail: 'Too long.\u001b[2J' },
      { parameter: 'limit', detail: 'Too large.' },
    ],
  }

  test('a refusal is printed with title, detail, each pointer and the request id', async () => {
    const { code, output, complaints } = await against(
      () => ({ status: 400, body: problem }),
      ['accounts', 'create', '--name', 'x'],
    )
    expect({ code, output }).toEqual({ code: 1, output: '' })
    expect(complaints).toBe(
      'The request does not fit the schema (400, invalid_parameters)\nTwo things.\n  /name: Too long.\\u001b[2J\n  limit: Too large.\nRequest: r-1\n',
    )
  })

  test.each([
    [401, 4],
    [403, 4],
    [404, 1],
    [409, 1],
    [429, 3],
    [500, 3],
    [503, 3],
  ])('HTTP %i is %i', async (status, expected) => {
    const { code } = await against(() => ({ status, body: problem }), ['keys', 'show', 'key_1'])
    expect(code).toBe(expected)
  })

  test('an action that the product does not offer is refused, whatever the credential', async () => {
    const { code } = await against(
      () => ({ status: 403, body: { ...problem, code: 'action_not_offered' } }),
      ['keys', 'pause', 'key_1'],
    )
    expect(code).toBe(1)
  })

  test('a refused key is 1, a server that is not there 3, a missing credential 4, a wrong command line 2', async () => {
    expect((await against(() => ({ body: { valid: false, code: 'REVOKED' } }), ['keys', 'verify'], secret)).code).toBe(
      1,
    )
    const { url = '' } = open ?? {}
    await open?.close()
    expect(
      (await command(['keys', 'show', 'k'], { environment: { KEYWRIGHT_URL: url, KEYWRIGHT_CREDENTIAL: credential } }))
        .code,
    ).toBe(3)
    expect((await command(['keys', 'show', 'k'])).code).toBe(4)
    for (const given of [
      ['keys', 'show'],
      ['keys', 'shw', 'k'],
      ['keys', 'list', 'a', '--state', 'odd'],
      ['nothing'],
      ['keys', 'list', 'a', '--expires'],
    ])
      expect((await command(given)).code).toBe(2)
    expect((await command(['--help'])).code).toBe(0)
  })

  test('an answer of something else is said to be so, and a redirect is not followed with the credential', async () => {
    const html = await against(() => ({ status: 404, body: '<html>' }), ['keys', 'show', 'k'])
    expect(html.complaints).toContain('none of a Keywright server')
    await open?.close()
    const elsewhere = await recordingServer(() => ({ body: {} }))
    const redirected = await against(
      () => ({ status: 302, headers: { location: elsewhere.url } }),
      ['keys', 'show', 'k'],
    )
    expect(redirected.code).toBe(1)
    expect(elsewhere.received).toEqual([])
    await elsewhere.close()
  })
})

describe('listings', () => {
  const pages = (request: Received): Answer =>
    request.path.includes('cursor=second')
      ? { body: { items: [{ id: 'key_2', name: null, grant: 'unrestricted' }], nextCursor: null } }
      : {
          body: {
            items: [{ id: 'key_1', name: 'a\u001b]0;x\u0007b', grant: { permissions: ['jobs.view'] } }],
            nextCursor: 'second',
          },
        }

  test('are tables in which nothing moves the cursor, and say that there is more', async () => {
    const { output, complaints } = await against(pages, [
      'keys',
      'list',
      'acc_1',
      '--state',
      'active',
      '--state',
      'paused',
      '--never-expires',
      '--limit',
      '1',
    ])
    const [heading, row] = output.split('\n')
    expect(heading).toMatch(/^ID +NAME +MASKED/)
    expect(row).toMatch(/^key_1 +a\\u001b\]0;x\\u0007b +- .* jobs\.view/)
    expect(complaints).toContain('--cursor second')
    expect(open?.received[0]?.path).toBe('/v1/accounts/acc_1/keys?state=active%2Cpaused&noExpiry=true&limit=1')
  })

  test('are read to their end with --all', async () => {
    const { output } = await against(pages, ['keys', 'list', 'acc_1', '--all', '--json'])
    expect(JSON.parse(output)).toMatchObject({ items: [{ id: 'key_1' }, { id: 'key_2' }], nextCursor: null })
  })
})

describe('many keys at once', () => {
  const steps = (request: Received): Answer => {
    const { cursor } = request.body as { cursor?: string }
    return {
      body:
        cursor === undefined
          ? { matched: 3, changed: 2, skipped: [], nextCursor: 'rest' }
          : { matched: 3, changed: 0, skipped: [{ key: 'key_3', problem: 'key_state_conflict' }], nextCursor: null },
    }
  }

  test('ask for --yes, then go on to the end with progress, and name what was skipped', async () => {
    const unsure = await against(steps, ['keys', 'batch', 'revoke', '--account', 'acc_1'])
    expect({ code: unsure.code, received: unsure.received }).toEqual({ code: 2, received: [] })
    await open?.close()
    const { code, output, complaints, received } = await against(
      steps,
      [
        'keys',
        'batch',
        'revoke',
        '--account',
        'acc_1',
        '--state',
        'active',
        '--unused-since',
        '2026-01-01',
        '--created-before',
        '2026-02-01',
        '--key',
        'key_3',
        '--reason',
        'leak',
        '--yes',
      ],
      '',
      true,
    )
    expect(code).toBe(1)
    expect(output).toMatch(/changed +2\nskipped +1/)
    expect(complaints).toContain('2 of 3')
    expect(complaints).toContain('skipped: key=key_3 problem=key_state_conflict')
    const body = {
      action: 'revoke',
      filter: {
        account: 'acc_1',
        state: ['active'],
        unusedSince: '2026-01-01T00:00:00.000Z',
        createdBefore: '2026-02-01T00:00:00.000Z',
        ids: ['key_3'],
      },
      dryRun: false,
      reason: 'leak',
    }
    expect(received.map((each) => each.body)).toEqual([body, { ...body, cursor: 'rest' }])
  })
})

test('changes are three-state: what is not named is not sent, --clear sends null', async () => {
  const { received } = await against(
    () => ({ body: key, headers: { etag: '"4"' } }),
    ['keys', 'update', 'key_1', '--name', 'new', '--clear', 'description', '--if-match', '3'],
  )
  expect(received).toMatchObject([{ method: 'PATCH', headers: { 'if-match': '"3"' } }])
  expect(received[0]?.body).toEqual({ name: 'new', description: null })
})

test.each([
  [['keys', 'delete', 'key_1'], '/v1/keys/key_1'],
  [['keys', 'override', 'key_1', '--remove'], '/v1/keys/key_1/override'],
  [['accounts', 'delete', 'acc_1'], '/v1/accounts/acc_1'],
  [['members', 'remove', 'acc_1', 'mem_1'], '/v1/accounts/acc_1/members/mem_1'],
  [['credentials', 'delete', 'crd_1'], '/v1/credentials/crd_1'],
])('a deletion takes its reason: %j', async (given, path) => {
  const { received } = await against(() => ({ body: key }), [...given, '--reason', 'leaked'])
  expect(received).toMatchObject([{ method: 'DELETE', path, body: { reason: 'leaked' } }])
})

test.each([
  [['keys', 'update', 'key_1']],
  [['accounts', 'update', 'acc_1', '--if-match', '1']],
  [['members', 'update', 'acc_1', 'mem_1']],
  [['keys', 'override', 'key_1', '--until', '2027-01-01']],
  [['keys', 'override', 'key_1', '--rate', 'requests:1/1', '--remove']],
])('a change that changes nothing, or two things at once, is not sent: %j', async (given) => {
  const { code, received } = await against(() => ({ body: key }), given)
  expect({ code, received }).toEqual({ code: 2, received: [] })
})

test.each(['2027-02-30', '2027-01-31T09:30', '2027-13-01', '31.1.2027', '2027-01-31T25:00:00Z', '2027'])(
  'a time that is none, or that names no zone, is refused: %s',
  async (time) => {
    const { code, complaints, received } = await against(
      () => ({ body: key }),
      ['keys', 'update', 'key_1', '--expires', time],
    )
    expect({ code, received }).toEqual({ code: 2, received: [] })
    expect(complaints).toContain('--expires takes a day')
  },
)

test('times are sent in UTC', async () => {
  const { received } = await against(
    () => ({ body: key }),
    ['keys', 'update', 'key_1', '--expires', '2028-02-29T01:00+02:00'],
  )
  expect(received[0]?.body).toEqual({ expiresAt: '2028-02-28T23:00:00.000Z' })
})

test('limits, quotas and actors are shown as they are typed', async () => {
  const { output } = await against(
    () => ({
      body: {
        limits: [{ name: 'requests', limit: 100, windowSeconds: 60, burst: 20 }],
        quota: { limit: 1000, period: 'month', used: 3 },
        overrides: {
          limits: [{ name: 'requests', limit: 5, windowSeconds: 1, until: null }],
          quota: { limit: 9, period: null, until: '2027-01-01T00:00:00.000Z' },
        },
        createdBy: { kind: 'operator', id: 'crd_1' },
      },
    }),
    ['keys', 'show', 'key_1'],
  )
  expect(output).toBe(
    [
      'limits     requests:100/60:20',
      'quota      1000/month used=3',
      'overrides  limits=requests:5/1 quota=(9 until=2027-01-01T00:00:00.000Z)',
      'createdBy  operator crd_1',
      '',
    ].join('\n'),
  )
})

test('the version is that of the package', async () => {
  expect(await command(['--version'])).toEqual({ code: 0, output: `${version}\n`, complaints: '' })
  expect(version).toMatch(/^\d+\.\d+\.\d+/)
})

test('an id never reaches another address', async () => {
  const { received } = await against(() => ({ body: {} }), ['accounts', 'show', '../keys?x#y'])
  expect(received[0]?.path).toBe('/v1/accounts/..%2Fkeys%3Fx%23y')
  expect((await command(['accounts', 'show', '..'], { environment: { KEYWRIGHT_CREDENTIAL: credential } })).code).toBe(
    2,
  )
})
