import { randomUUID } from 'node:crypto'
import { createKeywright, etagOf, type Keywright, KeywrightError } from '@keywright/sdk'
import { beforeAll, expect, test } from 'vitest'
import { configFile } from './support/everything.config.ts'
import { serveInProcess } from './support/in-process.ts'
import { until } from './support/poll.ts'

let keywright: Keywright
let url: string

beforeAll(async () => {
  const operatorKey = `operator-${randomUUID()}`
  ;({ url } = await serveInProcess({ config: configFile, environment: { KEYWRIGHT_OPERATOR_KEY: operatorKey } }))
  keywright = createKeywright({ url, credential: operatorKey })
})

const listed = async <Item>(listing: AsyncIterable<Item>): Promise<readonly Item[]> => {
  const items: Item[] = []
  for await (const item of listing) items.push(item)
  return items
}

const secretOf = ({ secret }: { readonly secret: string | null }): string => {
  if (secret === null) throw new Error('there is no secret')
  return secret
}

test('the client of the SDK leads a key through its whole life on the real server', async () => {
  const account = await keywright.accounts.create({ name: 'Acme', externalId: 'acme-1' })
  expect((await listed(keywright.accounts.list({ externalId: 'acme-1' }))).map(({ id }) => id)).toEqual([account.id])
  const verify = await keywright.credentials.create({
    kind: 'verify',
    name: 'API',
    environment: 'live',
    audiences: ['shop'],
  })
  const verifier = createKeywright({ url, credential: secretOf(verify) })

  const key = await keywright.keys.create(account.id, {
    name: 'CRM sync',
    preset: 'reader',
    quota: { limit: 100, period: 'day' },
  })
  expect(await verifier.verify({ key: secretOf(key), permissions: ['jobs.view'] })).toMatchObject({
    valid: true,
    code: 'VALID',
    keyId: key.id,
    externalId: 'acme-1',
  })
  const [yes, no] = await verifier.verifyBatch([
    { key: secretOf(key) },
    { key: secretOf(key), permissions: ['jobs.create'] },
  ])
  expect([yes?.code, no?.code, no?.missing]).toEqual(['VALID', 'INSUFFICIENT_PERMISSION', ['jobs.create']])

  const read = await keywright.keys.get(key.id)
  const changed = await keywright.keys.update(key.id, { description: 'Nightly' }, { ifMatch: etagOf(read) })
  expect(changed.description).toBe('Nightly')
  await expect(keywright.keys.update(key.id, { description: null }, { ifMatch: etagOf(read) })).rejects.toThrow(
    KeywrightError,
  )
  expect((await keywright.keys.pause(key.id)).state).toBe('paused')
  expect((await keywright.keys.reactivate(key.id)).state).toBe('active')
  const rotated = await keywright.keys.rotate(key.id, { overlapSeconds: 60 })
  expect(rotated.previous.id).toBe(key.id)
  expect((await verifier.verify({ key: secretOf(rotated) })).code).toBe('VALID')
  expect((await listed(keywright.keys.list(account.id, { state: 'active' }))).map(({ id }) => id).sort()).toEqual(
    [key.id, rotated.id].sort(),
  )

  expect((await keywright.keys.revoke(rotated.id)).state).toBe('revoked')
  expect((await listed(keywright.keys.events(rotated.id))).map(({ type }) => type)).toContain('key.revoked')
  expect(
    (await listed(keywright.events.list({ account: account.id, type: 'key.rotated' }))).map(({ target }) => target.id),
  ).toEqual([key.id])
  await keywright.keys.delete(rotated.id)
  await expect(keywright.keys.get(rotated.id)).rejects.toMatchObject({ status: 404, code: 'key_not_found' })
})

test('the client reads the usage and the activity that checks leave', async () => {
  const account = await keywright.accounts.create({ name: 'Used' })
  const key = await keywright.keys.create(account.id, { name: 'Used' })
  await keywright.verify({ key: secretOf(key), environment: 'live', audience: 'shop', ip: '192.0.2.7', tag: 'import' })
  // Newest checks are stored before the counts.
  const usage = await until('usage to be stored', async () => {
    const counted = await keywright.keys.usage(key.id, { granularity: 'hour' })
    return counted.totals.accepted > 0 && counted
  })
  const activity = await listed(keywright.keys.activity(key.id))
  expect(activity).toMatchObject([{ code: 'VALID', network: '192.0.2.0/24', tag: 'import' }])
  expect(usage).toMatchObject({
    buckets: [{ code: 'VALID', tag: 'import', count: 1 }],
    totals: { accepted: 1, refused: 0 },
  })
})

test("the client overrides a key's limits and quota, and takes that back", async () => {
  const account = await keywright.accounts.create({ name: 'Partner' })
  const key = await keywright.keys.create(account.id, { name: 'Partner' })
  const limits = [{ name: 'requests', limit: 9, windowSeconds: 60, until: null }]
  await keywright.keys.setOverride(key.id, { limits, quota: { limit: 5, period: 'day', until: null } })
  const decision = await keywright.verify({ key: secretOf(key), environment: 'live', audience: 'shop' })
  expect(decision.limits).toMatchObject([{ name: 'requests', limit: 9, remaining: 8 }])
  await keywright.keys.clearOverride(key.id)
  expect((await keywright.verify({ key: secretOf(key), environment: 'live', audience: 'shop' })).limits ?? []).toEqual(
    [],
  )
})

test('the client changes many keys, step by step, and says which it could not', async () => {
  const account = await keywright.accounts.create({ name: 'Many' })
  const [first] = [
    await keywright.keys.create(account.id, { name: 'a' }),
    await keywright.keys.create(account.id, { name: 'b' }),
  ]
  const filter = { account: account.id, state: 'active' } as const
  expect(await keywright.keys.batch({ action: 'pause', filter, dryRun: true })).toMatchObject({ matched: 2 })
  expect(await listed(keywright.keys.list(account.id, { state: ['active', 'revoked'] }))).toHaveLength(2)
  expect(await listed(keywright.keys.list(account.id, { state: 'paused' }))).toEqual([])
  await keywright.keys.revoke(first.id)
  const steps = await listed(keywright.keys.batchAll({ action: 'pause', filter: { account: account.id } }))
  expect(steps.map(({ changed }) => changed)).toEqual([1])
  expect(steps[0]?.skipped).toEqual([{ key: first.id, problem: 'key_state_conflict' }])
})

test('the client keeps members and credentials', async () => {
  const account = await keywright.accounts.create({ name: 'Team' })
  const member = await keywright.members.create(account.id, { role: 'admin', name: 'Ada' })
  await keywright.members.create(account.id, { role: 'admin', name: 'Grace' })
  expect((await keywright.members.update(account.id, member.id, { role: 'member' })).role).toBe('member')
  await keywright.members.delete(account.id, member.id)
  expect((await listed(keywright.members.list(account.id))).map(({ name }) => name)).toEqual(['Grace'])
  const credential = await keywright.credentials.create({
    kind: 'verify',
    name: 'Gone',
    environment: 'test',
    audiences: ['shop'],
  })
  await keywright.credentials.delete(credential.id)
  expect((await listed(keywright.credentials.list())).map(({ id }) => id)).not.toContain(credential.id)
})
