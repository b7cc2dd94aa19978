import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { callsWith } from './support/calls.ts'
import { type Ended, keywright, startServer } from './support/child-server.ts'
import { afterwards, temporaryFolder } from './support/cleanup.ts'
import { createAccount, createKey } from './support/operating.ts'

/** What every refusal to start looks like: a code that scripts see, one plain sentence, and nothing of our insides. */
function expectOneSentence({ code, out, told }: Ended): string {
  expect(code, told).toBe(1)
  expect(out).toBe('')
  expect(told).toMatch(/^[A-Z][^\n]*\n$/)
  expect(told).not.toMatch(/ {4}at |node:internal|Error:|\.ts:\d/)
  return told
}

const serve = (environment: Readonly<Record<string, string>>): Promise<Ended> =>
  keywright(['serve'], { KEYWRIGHT_PORT: '0', ...environment })

test('an occupied port gives one clear sentence and a non-zero exit', async () => {
  const other = createServer()
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
  })
  afterwards(() => other.close())
  const told = expectOneSentence(await serve({ KEYWRIGHT_DATA: temporaryFolder(), KEYWRIGHT_PORT: String(port) }))
  expect(told).toContain(`Port ${port}`)
  expect(told).toContain('KEYWRIGHT_PORT')
})

test('a folder that cannot be written gives one clear sentence and a non-zero exit', async () => {
  const file = join(temporaryFolder(), 'a-file')
  writeFileSync(file, '')
  // Below a file, and in a place where nothing can be made, whoever the user is.
  for (const folder of [join(file, 'data'), '/proc/keywright']) {
    const told = expectOneSentence(await keywright(['serve', '--port', '0', '--data', folder], {}))
    expect(told).toContain(folder)
    expect(told).toContain('KEYWRIGHT_DATA')
  }
})

/** A data folder with an operator and a key, and no server. */
async function folderWithKey(): Promise<string> {
  const folder = temporaryFolder()
  const operatorKey = randomBytes(32).toString('hex')
  const server = await startServer({ KEYWRIGHT_DATA: folder, KEYWRIGHT_OPERATOR_KEY: operatorKey })
  const operator = callsWith(server.url, operatorKey)
  await createKey(operator, (await createAccount(operator, 'Acme')).id, { name: 'First' })
  expect(await server.stop()).toBe(0)
  return folder
}

test('a schema of a newer version gives one clear sentence and a non-zero exit, and is left as it is', async () => {
  const folder = await folderWithKey()
  const database = new DatabaseSync(join(folder, 'keywright.db'))
  database.exec("insert into schema_versions (version, name, applied_at_ms) values (9999, 'from-the-future', 0)")
  const before = database.prepare('select count(*) as entries from log_entries').get()
  const told = expectOneSentence(await serve({ KEYWRIGHT_DATA: folder }))
  expect(told).toMatch(/newer/)
  expect(database.prepare('select count(*) as entries from log_entries').get()).toEqual(before)
  database.close()
})

test('T22: a store with keys but no pepper, or with another one, gives one clear sentence and a non-zero exit, and no new pepper', async () => {
  const folder = await folderWithKey()
  rmSync(join(folder, 'pepper'))
  const told = expectOneSentence(await serve({ KEYWRIGHT_DATA: folder }))
  expect(told).toContain('pepper')
  expect(told).toContain('KEYWRIGHT_PEPPER')
  const again = expectOneSentence(await serve({ KEYWRIGHT_DATA: folder }))
  expect(again).toBe(told)
  const other = randomBytes(32).toString('hex')
  const refused = expectOneSentence(await serve({ KEYWRIGHT_DATA: folder, KEYWRIGHT_PEPPER: other }))
  expect(refused).toContain('pepper')
  expect(refused).not.toContain(other)
})

test('T17: a known or short operator key gives one clear sentence that does not repeat it', async () => {
  for (const known of ['changeme', 'changeme-changeme-changeme-changeme', 'a'.repeat(64)]) {
    const told = expectOneSentence(await serve({ KEYWRIGHT_DATA: temporaryFolder(), KEYWRIGHT_OPERATOR_KEY: known }))
    expect(told).toContain('KEYWRIGHT_OPERATOR_KEY')
    expect(told).not.toContain(known)
  }
})

test('a wrong configuration names the path, the value and the fix', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'keywright.config.json')
  const type = { id: 'key', prefix: 'Key!', label: 'API key', audiences: ['api'] }
  writeFileSync(file, JSON.stringify({ product: { name: 'Wrong' }, types: [type], defaultPlan: 'gold' }))
  const { code, out, told } = await serve({ KEYWRIGHT_DATA: folder, KEYWRIGHT_CONFIG: file })
  expect(code).toBe(1)
  expect(out).toBe('')
  expect(told).toContain(file)
  expect(told).toMatch(/types\[0\]\.prefix[^\n]*"Key!"/)
  expect(told).toMatch(/defaultPlan[^\n]*"gold"/)
  expect(told).not.toMatch(/ {4}at |node:internal/)
})

test('a configuration that does not fit what is stored names what does not fit', async () => {
  const folder = await folderWithKey()
  const file = join(folder, 'other.json')
  writeFileSync(
    file,
    JSON.stringify({
      product: { name: 'Other' },
      types: [{ id: 'other', prefix: 'other', label: 'Other', audiences: ['api'] }],
    }),
  )
  const { code, told } = await serve({ KEYWRIGHT_DATA: folder, KEYWRIGHT_CONFIG: file })
  expect(code).toBe(1)
  expect(told).toContain('does not fit the stored data')
  expect(told).toMatch(/"?key"?/)
  expect(told).not.toMatch(/ {4}at |node:internal/)
})

test('a misspelt setting gives one clear sentence with the name that was meant', async () => {
  const told = expectOneSentence(await serve({ KEYWRIGHT_DATA: temporaryFolder(), KEYWRIGHT_FRESHNES_MS: '500' }))
  expect(told).toContain('KEYWRIGHT_FRESHNESS_MS')
})
