import type { Account, Key, KeyCreation } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, bodyOf, type Call, callsWith, type Fields, type ProblemBody } from '../../e2e/support/calls.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { config } from './keywright.config.ts'
import { type System, startSystem } from './testing.ts'

let system: System
let account: Account

beforeAll(async () => {
  system = await startSystem()
  account = await createAccount(system.operator, 'Harbour Clinic')
})

/** A key that holds permissions. */
const keyWith = (permissions: readonly string[], more: Partial<KeyCreation> = {}) =>
  createKey(system.operator, account.id, { name: 'CRM_Query', grant: { permissions: [...permissions] }, ...more })

type Change = readonly [verb: string, method: string, path: string, status: number]

const add = (verb: string, path = ''): Change => [verb, 'POST', path, 201]
const edit: Change = ['edit', 'PATCH', '/sample', 200]
const remove = (verb = 'delete'): Change => [verb, 'DELETE', '/sample', 204]
const whole = [add('create'), edit, remove()]

/** The 19 resources, each with every request that changes it; what they do to the record `sample` really happens. */
const changes: Readonly<Record<string, readonly Change[]>> = {
  calls: [add('create'), ['end', 'POST', '/sample/end', 200]],
  messages: [add('send')],
  transcriptions: [edit, remove()],
  recordings: [remove()],
  agents: whole,
  'conversational-paths': whole,
  'knowledge-bases': whole,
  tools: whole,
  voices: whole,
  integrations: whole,
  webhooks: whole,
  contacts: whole,
  statistics: [add('export', '/export')],
  verifications: [add('create'), ['cancel', 'POST', '/sample/cancel', 200]],
  phones: [add('purchase', '/purchase'), add('import', '/import'), edit, remove()],
  members: [add('invite', '/invite'), edit, remove('remove')],
  billing: [edit],
  'api-keys': [add('create'), ['edit', 'PATCH', '/absent', 404], ['delete', 'DELETE', '/absent', 404]],
  notifications: [edit],
}
const resources = Object.keys(changes)
const levels = ['No access', 'Read', 'Write'] as const

const viewOf = (resource: string): string => `${resource}.view`
const verbsOf = (resource: string): readonly string[] =>
  (changes[resource] ?? []).map(([verb]) => `${resource}.${verb}`)

function permissionsOf(resource: string, level: (typeof levels)[number]): readonly string[] {
  if (level === 'No access') return []
  return level === 'Read' ? [viewOf(resource)] : [viewOf(resource), ...verbsOf(resource)]
}

/** Write on every resource but one. */
const elsewhere = (resource: string): readonly string[] =>
  resources.filter((each) => each !== resource).flatMap((each) => permissionsOf(each, 'Write'))

// A body that every change takes; what is made of keys holds what the key at hand holds.
const bodyFor = (resource: string, verb: string): Fields =>
  resource === 'api-keys' && verb === 'create'
    ? { name: 'CRM_Query', grant: { permissions: ['api-keys.view'] } }
    : { name: 'CRM_Query' }

async function expectMissing(answer: Promise<Answer<unknown>>, permission: string): Promise<void> {
  const { status, body, headers, text } = await answer
  expect(status, text).toBe(403)
  expect(body).toMatchObject({ title: 'Permission missing', code: 'insufficient_scope', missing: [permission] })
  expect(headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${permission}"`)
}

describe('DIG-4: each of the 19 resources has the three levels and obeys', () => {
  const table = resources.flatMap((resource) =>
    levels.flatMap((level) => [
      { resource, level, request: 'read', obeys: level !== 'No access' },
      { resource, level, request: 'change', obeys: level === 'Write' },
    ]),
  )

  test('the table is whole, and names the resources, levels and verbs of the configuration', () => {
    expect(table).toHaveLength(19 * 3 * 2)
    expect(config.resources?.map(({ id }) => id)).toEqual(resources)
    for (const { id, levels: named = [] } of config.resources ?? []) {
      const held = named.map(({ label, verbs }) => [label, verbs.map((verb) => `${id}.${verb}`)])
      expect(held).toEqual([
        ['Read', permissionsOf(id, 'Read')],
        ['Write', permissionsOf(id, 'Write')],
      ])
    }
  })

  test.each(table)(
    '$level on $resource: to $request is allowed: $obeys',
    async ({ resource, level, request, obeys }) => {
      // What is allowed is held by nothing else; what is refused is refused to a key that may do everything elsewhere.
      const more = obeys ? [] : elsewhere(resource)
      const key = await keyWith([...permissionsOf(resource, level), ...more])
      const api = system.api(key.secret)
      if (request === 'read') {
        const answer = api<{ readonly items: readonly Fields[] }>('GET', `/v1/${resource}/`)
        if (!obeys) return expectMissing(answer, viewOf(resource))
        expect((await bodyOf(answer)).items.length).toBeGreaterThan(0)
        return
      }
      for (const [verb, method, path, status] of changes[resource] ?? []) {
        const answer = api(method, `/v1/${resource}${path}`, { body: bodyFor(resource, verb) })
        if (obeys) expect((await answer).status, verb).toBe(status)
        else await expectMissing(answer, `${resource}.${verb}`)
      }
    },
  )

  test('what a key with Read was refused has not happened', async () => {
    const { id } = await createAccount(system.operator, 'Untouched')
    const reader = await createKey(system.operator, id, {
      name: 'CRM_Query',
      grant: { permissions: resources.map(viewOf) },
    })
    const api = system.api(reader.secret)
    const seen = () =>
      Promise.all(resources.map(async (resource) => (await bodyOf(api('GET', `/v1/${resource}`)))['items']))
    const before = await seen()
    for (const resource of resources)
      for (const [verb, method, path] of changes[resource] ?? [])
        expect((await api(method, `/v1/${resource}${path}`, { body: bodyFor(resource, verb) })).status).toBe(403)
    // When a key was last used has changed with these requests; nothing else may.
    const kept = (lists: Awaited<ReturnType<typeof seen>>) =>
      lists.map((list) =>
        (list as readonly Fields[]).map(({ id: item, name, state, grant }) => ({ item, name, state, grant })),
      )
    expect(kept(await seen())).toEqual(kept(before))
  })
})

/** Keywright's own management API, spoken to with a key. */
const manages = (secret: string): Call => callsWith(system.url, secret)
const keysPath = (): string => `/v1/accounts/${account.id}/keys`
const write = permissionsOf('api-keys', 'Write')

describe('DIG-5: a key with Write on API Keys manages other keys, and never grants more than it has', () => {
  const names = async (call: Call): Promise<readonly (string | null)[]> =>
    (await bodyOf(call<{ readonly items: readonly Key[] }>('GET', `${keysPath()}?limit=200`))).items.map(
      ({ name }) => name,
    )

  test('creates, lists, renames and deletes a key, which works and then stops', async () => {
    const parent = await keyWith([...write, 'calls.view', 'calls.create', 'calls.end'])
    const call = manages(parent.secret)
    const body = { name: 'Booking_App', grant: { permissions: ['calls.view'] } }
    const child = await bodyOf(call<Key & { readonly secret: string }>('POST', keysPath(), { body }), 201)
    const api = system.api(child.secret)
    expect((await api('GET', '/v1/calls')).status).toBe(200)
    await expectMissing(api('POST', '/v1/calls'), 'calls.create')
    expect(await names(call)).toContain('Booking_App')

    const renamed = { body: { name: 'Booking_App_Staging' } }
    expect((await bodyOf(call<Key>('PATCH', `/v1/keys/${child.id}`, renamed))).name).toBe('Booking_App_Staging')
    expect((await call('DELETE', `/v1/keys/${child.id}`)).status).toBe(204)
    expect((await api('GET', '/v1/calls')).status).toBe(401)
    expect(await names(call)).not.toContain('Booking_App_Staging')
  })

  test('the same under /v1/api-keys of the protected API, where Keywright judges as well', async () => {
    const api = system.api((await keyWith([...write, 'phones.view'])).secret)
    const create = (permissions: readonly string[]) =>
      api<Key & ProblemBody>('POST', '/v1/api-keys', { body: { name: 'Phone_Book', grant: { permissions } } })
    const child = await bodyOf(create(['phones.view']), 201)
    const refused = await create(['phones.purchase'])
    expect([refused.status, refused.body.code], refused.text).toEqual([403, 'exceeds_creator'])
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect((await api('DELETE', `/v1/api-keys/${child.id}`)).status).toBe(204)
    expect((await api('DELETE', `/v1/api-keys/${child.id}`)).status).toBe(404)
    expect((await api('DELETE', '/v1/api-keys/..%2Faccounts')).status).toBe(404)
  })

  const beyond: Readonly<Record<string, object>> = {
    'a verb that it lacks': { grant: { permissions: ['calls.view', 'calls.create'] } },
    'a resource that it lacks': { grant: { permissions: ['billing.view'] } },
    everything: { grant: 'unrestricted' },
    'what is preselected, which is everything': {},
    'networks from which it may not come itself': { grant: { permissions: ['calls.view'] }, allowedNetworks: null },
  }

  test.each(Object.keys(beyond))('is refused a key that holds %s; none is made', async (name) => {
    const parent = await keyWith([...write, 'calls.view'], { allowedNetworks: ['127.0.0.0/8', '::1'] })
    const call = manages(parent.secret)
    const before = await names(system.operator)
    const refused = await call<ProblemBody>('POST', keysPath(), { body: { name: 'Too_Much', ...beyond[name] } })
    expect([refused.status, refused.body.code], refused.text).toEqual([403, 'exceeds_creator'])
    expect(await names(system.operator)).toEqual(before)
  })

  test('what holds more than itself it does not list, read, rename or delete; keys of another project do not exist for it', async () => {
    const call = manages((await keyWith([...write, 'calls.view'])).secret)
    const strong = await createKey(system.operator, account.id, { name: 'Strong', grant: 'unrestricted' })
    const other = await createAccount(system.operator, 'Other Clinic')
    const foreign = await createKey(system.operator, other.id, {
      name: 'Foreign',
      grant: { permissions: ['calls.view'] },
    })
    expect(await names(call)).not.toContain('Strong')
    for (const [{ id }, status] of [
      [strong, 403],
      [foreign, 404],
    ] as const) {
      for (const [method, body] of [['GET'], ['PATCH', { name: 'Mine' }], ['DELETE']] as const) {
        const refused = await call(method, `/v1/keys/${id}`, { body })
        expect(refused.status, `${method} ${refused.text}`).toBe(status)
        expect(refused.text).not.toMatch(/Strong|Foreign/)
      }
    }
    expect((await call('GET', `/v1/accounts/${other.id}/keys`)).status).toBe(404)
    expect((await system.api(strong.secret)('GET', '/v1/calls')).status).toBe(200)
  })

  test('with Read it looks on; with No access it does not even learn which keys exist', async () => {
    const target = await keyWith([])
    const refusals = async (call: Call, id: string) => {
      const body = { name: 'Nobody', grant: { permissions: [] } }
      const answers = [
        await call<ProblemBody>('GET', keysPath()),
        await call<ProblemBody>('GET', `/v1/keys/${id}`),
        await call<ProblemBody>('POST', keysPath(), { body }),
        await call<ProblemBody>('PATCH', `/v1/keys/${id}`, { body: { name: 'Mine' } }),
        await call<ProblemBody>('DELETE', `/v1/keys/${id}`),
      ]
      return answers.map(({ status, body: { code } }) => (status === 200 ? 'allowed' : `${status} ${code}`))
    }
    const refused = '403 forbidden'
    const reader = manages((await keyWith(['api-keys.view'])).secret)
    expect(await refusals(reader, target.id)).toEqual(['allowed', 'allowed', refused, refused, refused])
    const stranger = manages((await keyWith(elsewhere('api-keys'))).secret)
    expect(await refusals(stranger, target.id)).toEqual(Array(5).fill(refused))
    expect(await refusals(stranger, `key_${'0'.repeat(20)}`)).toEqual(Array(5).fill(refused))
  })

  test('an unrestricted key manages too; a key that it made goes with it', async () => {
    const parent = await createKey(system.operator, account.id, { name: 'Infrastructure', grant: 'unrestricted' })
    const body = { name: 'Deployment', grant: 'unrestricted' }
    const child = await bodyOf(
      manages(parent.secret)<Key & { readonly secret: string }>('POST', keysPath(), { body }),
      201,
    )
    expect((await system.api(child.secret)('GET', '/v1/billing')).status).toBe(200)
    expect((await system.operator('DELETE', `/v1/keys/${parent.id}`)).status).toBe(204)
    expect((await system.api(child.secret)('GET', '/v1/billing')).status).toBe(401)
    expect((await manages(child.secret)('GET', keysPath())).status).toBe(401)
  })
})
