import type { KeyCreation } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Call, ProblemBody } from '../../e2e/support/calls.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { type System, startSystem } from './testing.ts'

let system: System
let account: string

beforeAll(async () => {
  system = await startSystem()
  account = (await createAccount(system.operator, 'Acme')).id
})

/** Calls the development API with a new key. */
async function callsOf(creation: KeyCreation): Promise<Call> {
  const key = await createKey(system.operator, account, {
    name: 'Careers Page Jobs Feed',
    environment: 'development',
    ...creation,
  })
  return system.api('development', key.secret)
}

const operations = [
  { name: 'GET /v1/jobs', call: (api: Call) => api('GET', '/v1/jobs'), granted: 200, permission: 'jobs.view' },
  {
    name: 'POST /v1/jobs',
    call: (api: Call) => api('POST', '/v1/jobs', { body: { title: 'Welder' } }),
    granted: 201,
    permission: 'jobs.create',
  },
  {
    name: 'DELETE /v1/jobs/{id}',
    call: (api: Call) => api('DELETE', '/v1/jobs/none'),
    granted: 404,
    permission: 'jobs.delete',
  },
  {
    name: 'GET /v1/administration',
    call: (api: Call) => api('GET', '/v1/administration'),
    granted: 200,
    permission: 'administration.manage',
  },
  {
    name: 'POST /v1/integrations/crm/sync',
    call: (api: Call) => api('POST', '/v1/integrations/crm/sync'),
    granted: 202,
    permission: 'integrations.use:crm',
  },
  {
    name: 'POST /v1/integrations/ats/sync',
    call: (api: Call) => api('POST', '/v1/integrations/ats/sync'),
    granted: 202,
    permission: 'integrations.use:ats',
  },
]

const levels: readonly {
  readonly level: string
  readonly creation: KeyCreation
  readonly reaches: readonly string[]
}[] = [
  { level: 'Read Only', creation: { preset: 'read-only' }, reaches: ['jobs.view'] },
  {
    level: 'Read/Write',
    creation: { preset: 'read-write' },
    reaches: ['jobs.view', 'jobs.create', 'jobs.delete', 'integrations.use:crm', 'integrations.use:ats'],
  },
  {
    level: 'Full Access',
    creation: { preset: 'full-access' },
    reaches: operations.map(({ permission }) => permission),
  },
  {
    level: 'Custom Scopes of one operation',
    creation: { grant: { permissions: ['jobs.create'] } },
    reaches: ['jobs.create'],
  },
  { level: 'Custom Scopes of nothing', creation: { grant: { permissions: [] } }, reaches: [] },
]

describe.each(levels)('LYN-2: a key with $level', ({ creation, reaches }) => {
  test.each(operations)('$name', async ({ call, granted, permission }) => {
    const answer = await call(await callsOf(creation))
    if (reaches.includes(permission)) {
      expect(answer.status, answer.text).toBe(granted)
      return
    }
    expect(answer.status, answer.text).toBe(403)
    expect(answer.body as unknown as ProblemBody).toMatchObject({
      title: 'Permission Missing',
      code: 'insufficient_scope',
      missing: [permission],
    })
    expect(answer.headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${permission}"`)
  })
})

test('LYN-2: what a Read Only key was refused has not happened', async () => {
  const writer = await callsOf({ preset: 'read-write' })
  const reader = await callsOf({ preset: 'read-only' })
  const job = await writer<{ readonly id: string }>('POST', '/v1/jobs', { body: { title: 'Baker' } })
  await reader('DELETE', `/v1/jobs/${job.body.id}`)
  await reader('POST', '/v1/jobs', { body: { title: 'Refused' } })
  const jobs = (
    await reader<{ readonly jobs: readonly { readonly id: string; readonly title: string }[] }>('GET', '/v1/jobs')
  ).body.jobs
  expect(jobs).toContainEqual(job.body)
  expect(jobs.map(({ title }) => title)).not.toContain('Refused')
})

test('LYN-3: a key limited to one integration is refused by every other', async () => {
  const api = await callsOf({ grant: { permissions: ['integrations.use:crm'] } })
  expect((await api('POST', '/v1/integrations/crm/sync')).status).toBe(202)
  const refused = await api<ProblemBody>('POST', '/v1/integrations/ats/sync')
  expect(refused.status).toBe(403)
  expect(refused.body.missing).toEqual(['integrations.use:ats'])
})

test('LYN-3: an integration that does not exist cannot be chosen', async () => {
  const body = { name: 'Sync', environment: 'development', grant: { permissions: ['integrations.use:fax'] } }
  const refused = await system.operator<ProblemBody>('POST', `/v1/accounts/${account}/keys`, { body })
  expect(refused.status, refused.text).toBe(422)
  expect(refused.body.code).toBe('not_allowed_by_configuration')
})
