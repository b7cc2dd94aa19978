import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyText } from '@keywright/core'
import type { KeyCreation } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { repository } from './support/child-server.ts'
import { configFile } from './support/everything.config.ts'
import {
  type RecordingApi,
  type StartGateway,
  startCaddy,
  startHaproxy,
  startNginx,
  startRecordingApi,
  through,
} from './support/gateways.ts'
import { serveInProcess } from './support/in-process.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { freePort } from './support/ports.ts'

type Line = readonly [string, string]

let keywright: string
let api: RecordingApi
let credential: string
let account: string
let makeKey: (more: KeyCreation) => Promise<{ readonly id: string; readonly secret: string }>

beforeAll(async () => {
  const { url, operator } = await serveInProcess({ config: configFile })
  keywright = `127.0.0.1:${new URL(url).port}`
  api = await startRecordingApi()
  credential = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  account = (await createAccount(operator, 'Acme', { externalId: 'customer 1' })).id
  makeKey = (more) =>
    createKey(operator, account, { name: 'Sync', ...(more.grant === undefined ? { preset: 'reader' } : {}), ...more })
})

const bearer = (text: string): Line => ['Authorization', `Bearer ${text}`]

/** What every gateway of the guide has to do. */
function gateway(start: StartGateway, program: string): void {
  let port: number
  beforeAll(async () => {
    port = await start(program, { keywright, api: api.address, credential })
    api.taken()
  })
  const ask = (lines: readonly Line[], path = '/v1/jobs', method?: string) => through(port, path, lines, method)

  test('lets a key in force pass and tells the API whose it is, without the key', async () => {
    const { id, secret } = await makeKey({})
    for (const method of ['GET', 'POST']) {
      const answer = await ask([bearer(secret)], '/v1/jobs/7?page=2', method)
      expect([answer.status, answer.text]).toEqual([200, '{"jobs":[]}'])
      const [lines = []] = api.taken()
      const fields = Object.fromEntries(lines)
      expect(fields).toMatchObject({
        'x-auth-key-id': id,
        'x-auth-account': account,
        'x-auth-external-id': 'customer%201',
        'x-auth-environment': 'live',
        'x-auth-type': 'public',
        'x-auth-permissions': 'jobs.view',
      })
      for (const name of ['authorization', 'x-api-key', 'x-keywright-credential'])
        expect(fields).not.toHaveProperty(name)
      expect(JSON.stringify(lines)).not.toContain(secret)
    }
  })

  test('passes none of the identity on that the client claims, by whatever name', async () => {
    const { secret } = await makeKey({})
    const forged: Line[] = [
      'X-Auth-Account',
      'X_Auth_Account',
      'X-Auth_Account',
      'x_auth-key_id',
      'X-Auth-External-Id',
    ].map((name) => [name, 'forged'])
    expect((await ask([bearer(secret), ...forged])).status).toBe(200)
    const [lines = []] = api.taken()
    expect(JSON.stringify(lines)).not.toContain('forged')
    expect(lines.filter(([name]) => /^x.auth.account$/.test(name))).toEqual([['x-auth-account', account]])
  })

  test('refuses whatever is no key in force, and the API hears nothing of it', async () => {
    const unknown = generateKeyText('pub', null, randomBytes)
    for (const [lines, code] of [
      [[bearer(unknown)], 'invalid_token'],
      [[bearer('nonsense')], 'invalid_token'],
      [[], 'credential_missing'],
    ] as const) {
      const { status, fields, text } = await ask(lines)
      expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([401, code])
      expect(fields['www-authenticate']).toBe(
        `Bearer realm="Everything"${code === 'invalid_token' ? ', error="invalid_token"' : ''}`,
      )
      expect(fields['content-type']).toMatch(/^application\/problem\+json/)
    }
    expect(api.taken()).toEqual([])
  })

  test('says which permission a key lacks', async () => {
    const { secret } = await makeKey({ grant: { permissions: [] } })
    const { status, fields, text } = await ask([bearer(secret)])
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([403, 'insufficient_scope'])
    expect(fields['www-authenticate']).toContain('error="insufficient_scope", scope="jobs.view"')
    expect(api.taken()).toEqual([])
  })

  test('tells a key that is used up to wait', async () => {
    const { secret } = await makeKey({ limits: [{ name: 'requests', limit: 1, windowSeconds: 3_600 }] })
    expect((await ask([bearer(secret)])).status).toBe(200)
    const { status, fields, text } = await ask([bearer(secret)])
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([429, 'rate_limited'])
    expect(Number(fields['retry-after'])).toBeGreaterThan(3_000)
    expect(fields['ratelimit']).toMatch(/^"requests";r=0;t=\d+$/)
    expect(api.taken()).toHaveLength(1)
  })

  test('refuses two keys, and a key in the address', async () => {
    const { secret } = await makeKey({})
    for (const [lines, path] of [
      [[bearer(secret), bearer(secret)], '/v1/jobs'],
      [[bearer(secret), ['X-API-Key', secret]], '/v1/jobs'],
      [[bearer(secret)], `/v1/jobs?api_key=${secret}`],
    ] as const) {
      expect((await ask(lines, path)).status).toBe(400)
    }
    expect(api.taken()).toEqual([])
  })

  test('lets no client choose what is asked, nor from where it comes', async () => {
    const { secret } = await makeKey({ limits: [{ name: 'requests', limit: 1, windowSeconds: 3_600 }] })
    const chosen: Line[] = [
      ['X-Keywright-Check', 'cost=0'],
      ['X-Keywright-Credential', 'forged'],
      ['X-Forwarded-For', '192.0.2.1'],
      ['X-Forwarded-Uri', '/other'],
    ]
    const statuses = [
      await ask([bearer(secret), ...chosen], '/v1/jobs?cost=0'),
      await ask([bearer(secret), ...chosen], '/v1/jobs?cost=0'),
    ]
    expect(statuses.map(({ status }) => status)).toEqual([200, 429])
    const elsewhere = await makeKey({ allowedNetworks: ['192.0.2.0/24'] })
    expect((await ask([bearer(elsewhere.secret), ...chosen])).status).toBe(403)
    const here = await makeKey({ allowedNetworks: ['127.0.0.0/8'] })
    expect((await ask([bearer(here.secret), ...chosen])).status).toBe(200)
    api.taken()
  })

  test('lets nothing pass while Keywright cannot be asked', async () => {
    const { secret } = await makeKey({})
    const nobody = `127.0.0.1:${await freePort()}`
    const alone = await start(program, { keywright: nobody, api: api.address, credential })
    const { status } = await through(alone, '/v1/jobs', [bearer(secret)])
    expect(status).toBeGreaterThanOrEqual(502)
    expect(api.taken()).toEqual([])
  })
}

const { KEYWRIGHT_TEST_NGINX = '', KEYWRIGHT_TEST_CADDY = '', KEYWRIGHT_TEST_HAPROXY = '' } = process.env

describe.skipIf(!process.env['KEYWRIGHT_TEST_NGINX'])('U6: nginx, as the guide sets it up,', () =>
  gateway(startNginx, KEYWRIGHT_TEST_NGINX),
)
describe.skipIf(!process.env['KEYWRIGHT_TEST_CADDY'])('U6: Caddy, as the guide sets it up,', () =>
  gateway(startCaddy, KEYWRIGHT_TEST_CADDY),
)
describe.skipIf(!process.env['KEYWRIGHT_TEST_HAPROXY'])('U6: HAProxy, as the guide sets it up,', () =>
  gateway(startHaproxy, KEYWRIGHT_TEST_HAPROXY),
)

test('every snippet of the guide asks for the permission, names the whole identity and takes the key away', () => {
  const guide = readFileSync(join(repository, 'docs/guides/gateways.md'), 'utf8')
  const sections = guide.split(/^## /m).slice(1)
  expect(sections.map((section) => section.split('\n')[0])).toEqual([
    'nginx',
    'Caddy',
    'HAProxy',
    'Traefik',
    'Envoy',
    'APISIX',
  ])
  for (const section of sections) {
    for (const field of ['Key-Id', 'Account', 'External-Id', 'Environment', 'Type', 'Permissions'])
      expect(section).toMatch(new RegExp(`X-Auth-${field}`, 'i'))
    expect(section).toContain('jobs.view')
    if (!section.startsWith('Envoy')) expect(section).toMatch(/authorization[\s\S]*x-api-key/i)
  }
})
