import { randomBytes } from 'node:crypto'
import { generateKeyText } from '@keywright/core'
import type { Account, KeyCreation, Member } from '@keywright/sdk'
import { createKeywright } from '@keywright/sdk'
import { keywright, requires } from '@keywright/sdk/fetch'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, type Call, callsWith, type ProblemBody } from './support/calls.ts'
import { config, configFile } from './support/everything.config.ts'
import { serveInProcess } from './support/in-process.ts'
import { manualClock } from './support/moved-clock.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'

const clock = manualClock('2026-11-21T09:00:00Z')
const inside = '192.0.2.7'
const outside = '198.51.100.7'

let url: string
let operator: Call
let verifierSecret: string
let verifier: Call

beforeAll(async () => {
  ;({ url, operator } = await serveInProcess({
    config: configFile,
    clock,
  }))
  verifierSecret = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  verifier = callsWith(url, verifierSecret)
})

interface Made {
  readonly account: Account
  readonly id: string
  readonly secret: string
}

/** Makes a key and brings it into a state; answers the text to present. */
type Preparation = (creation?: KeyCreation, then?: (made: Made) => Promise<unknown>) => Promise<string>

const prepare: Preparation = async (creation = {}, then) => {
  const account = await createAccount(operator, 'Acme')
  const { id, secret } = await createKey(operator, account.id, {
    name: 'CRM sync',
    ...(creation.grant === undefined ? { preset: 'reader' } : {}),
    ...creation,
  })
  await then?.({ account, id, secret })
  return secret
}

const change =
  (path: string, body?: object) =>
  async ({ id }: Made) =>
    bodyOf(operator('POST', `/v1/keys/${id}/${path}`, { body }), path === 'rotate' ? 201 : 200)
const spend = async ({ secret }: Made) => bodyOf(verifier('POST', '/v1/verify', { body: { key: secret } }))
const hour = [{ name: 'requests', limit: 1, windowSeconds: 3_600 }]

const states: Readonly<Record<string, () => Promise<string>>> = {
  active: () => prepare(),
  'active, unrestricted': () => prepare({ preset: 'all' }),
  'active, holding nothing': () => prepare({ grant: { permissions: [] } }),
  'limited to networks': () => prepare({ allowedNetworks: ['192.0.2.0/24'] }),
  paused: () => prepare({}, change('pause')),
  reactivated: () => prepare({}, async (made) => [await change('pause')(made), await change('reactivate')(made)]),
  revoked: () => prepare({}, change('revoke')),
  'rotated, within the overlap': () => prepare({}, change('rotate', { overlapSeconds: 3_600 })),
  'rotated, without an overlap': () => prepare({}, change('rotate', { overlapSeconds: 0 })),
  expired: () => prepare({ expiresAt: new Date(clock.wallMs() + 1_000).toISOString() }, () => clock.advance(2_000)),
  deleted: () => prepare({}, ({ id }) => operator('DELETE', `/v1/keys/${id}`)),
  'of a suspended account': () =>
    prepare({}, ({ account }) => bodyOf(operator('POST', `/v1/accounts/${account.id}/suspend`))),
  'of a deleted account': () => prepare({}, ({ account }) => operator('DELETE', `/v1/accounts/${account.id}`)),
  'of a suspended owner': async () => {
    const account = await createAccount(operator, 'Acme')
    const add = () =>
      bodyOf(operator<Member>('POST', `/v1/accounts/${account.id}/members`, { body: { role: 'admin' } }), 201)
    const [owner] = [await add(), await add()]
    const { secret } = await createKey(operator, account.id, { name: 'Personal', preset: 'reader', owner: owner.id })
    await bodyOf(operator('PATCH', `/v1/accounts/${account.id}/members/${owner.id}`, { body: { state: 'suspended' } }))
    return secret
  },
  'of another environment': () => prepare({ environment: 'test' }),
  'of another type': () => prepare({ type: 'internal' }),
  'out of rate': () => prepare({ limits: hour }, spend),
  'out of quota': () => prepare({ quota: { limit: 1, period: null } }, spend),
  unknown: async () => generateKeyText(config.types[0]?.prefix ?? '', null, randomBytes),
  mistyped: async () => (await prepare()).replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
  'of no shape': async () => 'not-a-key',
}

const requests = [undefined, 'jobs.view', 'jobs.create'].flatMap((permission) =>
  [undefined, inside, outside].map((ip) => ({
    permission,
    ip,
    name: `${permission ?? 'no permission'} from ${ip ?? 'no address'}`,
  })),
)

/** What a stranger sees for each code, written down apart from the code that decides it (product.md's table). */
const statuses: Readonly<Record<string, number>> = {
  VALID: 200,
  ...Object.fromEntries(
    ['MALFORMED', 'NOT_FOUND', 'WRONG_ENVIRONMENT', 'PAUSED', 'REVOKED', 'EXPIRED', 'SUSPENDED'].map((code) => [
      code,
      401,
    ]),
  ),
  ...Object.fromEntries(['WRONG_TYPE', 'INSUFFICIENT_PERMISSION', 'IP_NOT_ALLOWED'].map((code) => [code, 403])),
  RATE_LIMITED: 429,
  QUOTA_EXCEEDED: 429,
}
const codes: Readonly<Record<string, string>> = {
  WRONG_TYPE: 'wrong_type',
  INSUFFICIENT_PERMISSION: 'insufficient_scope',
  IP_NOT_ALLOWED: 'network_not_allowed',
  RATE_LIMITED: 'rate_limited',
  QUOTA_EXCEEDED: 'quota_exceeded',
}

interface Verdict {
  readonly code: string
  readonly missing?: readonly string[]
}

async function guarded(key: string, permission: string | undefined, ip: string | undefined): Promise<Response> {
  const guard = keywright({
    verifier: createKeywright({ url, credential: verifierSecret }),
    ...(ip === undefined ? {} : { address: () => ip }),
  })
  const handler = guard(
    (_request, caller) => Response.json({ keyId: caller.keyId }),
    ...(permission === undefined ? [] : [requires(permission)]),
  )
  return await handler(new Request('https://api.example.com/', { headers: { authorization: `Bearer ${key}` } }))
}

/** The same question by way of a proxy. */
const proxied = (key: string, permission: string | undefined, ip: string | undefined): Promise<Response> =>
  fetch(`${url}/v1/forward-auth${permission === undefined ? '' : `?permission=${permission}`}`, {
    headers: {
      'X-Keywright-Credential': verifierSecret,
      Authorization: `Bearer ${key}`,
      ...(ip === undefined ? {} : { 'X-Forwarded-For': ip }),
    },
  })

/** What two refusals must have in common, to the byte; how long to wait counts down between them. */
const told = async (answer: Response) => ({
  status: answer.status,
  body: await answer.text(),
  challenge: answer.headers.get('www-authenticate'),
  waits: answer.headers.has('retry-after'),
  policy: answer.headers.get('ratelimit-policy'),
})

const seen = new Set<string>()

describe.each(Object.keys(states))('every door answers alike: a key that is %s', (state) => {
  let key: string
  beforeAll(async () => {
    key = (await states[state]?.()) ?? ''
  })

  test.each(requests)('$name', async ({ permission, ip }) => {
    const check = {
      key,
      ...(permission === undefined ? {} : { permissions: [permission] }),
      ...(ip === undefined ? {} : { ip }),
    }
    // Limits count down from one door to the next; what they say is compared elsewhere.
    const comparable = (verdict: object) => ({ ...verdict, limits: undefined })

    const one = await bodyOf(verifier<Verdict>('POST', '/v1/verify', { body: check }))
    const batch = await bodyOf(
      verifier<{ readonly results: readonly Verdict[] }>('POST', '/v1/verify/batch', { body: { checks: [check] } }),
    )
    const stated = await bodyOf(
      operator<Verdict>('POST', '/v1/verify', { body: { ...check, environment: 'live', audience: 'shop' } }),
    )
    expect(batch.results.map(comparable)).toEqual([comparable(one)])
    expect(comparable(stated)).toEqual(comparable(one))

    const answer = await guarded(key, permission, ip)
    const byProxy = await proxied(key, permission, ip)
    expect(answer.status, one.code).toBe(statuses[one.code])
    if (one.code === 'VALID') {
      const { keyId, account } = one as unknown as { readonly keyId: string; readonly account: string }
      expect(await answer.json()).toEqual({ keyId })
      expect([byProxy.status, byProxy.headers.get('x-auth-key-id'), byProxy.headers.get('x-auth-account')]).toEqual([
        200,
        keyId,
        account,
      ])
    } else {
      expect(await told(byProxy)).toEqual(await told(answer.clone()))
      const problem = (await answer.json()) as ProblemBody
      expect(problem.code).toBe(codes[one.code] ?? 'invalid_token')
      expect(problem.missing).toEqual(one.missing)
    }
    seen.add(one.code)
  })
})

test('the matrix meets every code but the one for a store that is away', () => {
  expect([...seen].sort()).toEqual(Object.keys(statuses).sort())
})
