import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStoredPlane, type StoredPlane } from './stored.testing.ts'

let plane: StoredPlane
beforeAll(async () => {
  plane = await openStoredPlane()
})
afterAll(() => plane.close())

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await plane.send('POST', path, { token: plane.operator, body })
  if (answer.status >= 300) throw new Error(answer.text)
  return answer.json()
}

/** How many keys of an account a batch with this filter would take. */
const matched = async (account: string, filter: object): Promise<unknown> =>
  (await post('/v1/keys/batch', { action: 'revoke', dryRun: true, filter: { account, ...filter } }))['matched']

it('a batch takes what the list shows under the same filter: owner, permission, expiry and rotation', async () => {
  const account = String((await post('/v1/accounts', { name: 'Batch' }))['id'])
  const keys = `/v1/accounts/${account}/keys`
  await post(keys, { name: 'Narrow', grant: { permissions: [] } })
  await post(keys, { name: 'Wide', preset: 'jobs-only', expiresAt: '2998-01-01T00:00:00Z' })
  const rotated = String((await post(keys, { name: 'Rotated', grant: { permissions: [] } }))['id'])
  await post(`/v1/keys/${rotated}/rotate`, { overlapSeconds: 3_600 })
  const filters: readonly (readonly [filter: object, query: string])[] = [
    [{}, ''],
    [{ owner: 'none' }, 'owner=none'],
    [{ permission: 'jobs.view' }, 'permission=jobs.view'],
    [{ expiresBefore: '2999-01-01T00:00:00Z' }, 'expiresBefore=2999-01-01T00:00:00Z'],
    [{ rotating: true }, 'rotating=true'],
  ]
  const counts: unknown[] = []
  for (const [filter, query] of filters) {
    const listed = (await plane.send('GET', `${keys}?${query}`, { token: plane.operator })).json()['items'] as unknown[]
    expect(await matched(account, filter), query).toBe(listed.length)
    counts.push(listed.length)
  }
  expect(counts).toEqual([4, 4, 1, 1, 1])
})
