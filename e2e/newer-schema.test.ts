import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { callsWith } from './support/calls.ts'
import { keywright, startServer } from './support/child-server.ts'
import { afterwards, temporaryFolder } from './support/cleanup.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'

test('a server goes on while a newer release brings the schema along, and stops by itself, in order, at a step that it would misread', async () => {
  const folder = temporaryFolder()
  const operatorKey = randomBytes(32).toString('hex')
  const server = await startServer({ KEYWRIGHT_DATA: folder, KEYWRIGHT_OPERATOR_KEY: operatorKey })
  const operator = callsWith(server.url, operatorKey)
  const account = await createAccount(operator, 'Acme')
  const key = await createKey(operator, account.id, { name: 'First' })
  const verifier = callsWith(server.url, await createVerifyCredential(operator, { audiences: ['api'] }))
  const check = () => verifier<{ code?: string }>('POST', '/v1/verify', { body: { key: key.secret } })
  expect((await check()).body.code).toBe('VALID')
  const database = new DatabaseSync(join(folder, 'keywright.db'))
  afterwards(() => database.close())
  database.exec('pragma busy_timeout = 5000')
  const known = Number(database.prepare('select max(version) as known from schema_versions').get()?.['known'])
  const step = (version: number, compatibleFrom: number) =>
    database.exec(`insert into schema_versions values (${version}, 'newer', 0, ${compatibleFrom})`)
  step(known + 1, known)
  await createKey(operator, account.id, { name: 'Second' })
  expect((await check()).body.code).toBe('VALID')
  expect((await operator('GET', '/readyz')).status).toBe(200)
  expect(await keywright(['migrate', '--data', folder], {})).toMatchObject({
    code: 0,
    out: 'The schema is up to date.\n',
  })
  step(known + 2, known + 2)
  const refused = await until('the server to say that it may not serve', async () => {
    const answer = await operator('GET', '/readyz')
    return answer.text.includes('start this node with the newer one') && answer
  })
  expect(refused.status).toBe(503)
  await until('no check to be answered any more', async () => (await check()).status === 503)
  const change = await operator('POST', `/v1/accounts/${account.id}/keys`, { body: { name: 'Third' } })
  expect(change.status).toBe(503)
  const again = await keywright(['migrate', '--data', folder], {})
  expect([again.code, again.told]).toEqual([1, expect.stringContaining('made by a newer Keywright')])
  expect(await server.stop()).toBe(0)
})
