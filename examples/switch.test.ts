import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createLogger, readSettings, serve } from 'keywright/embedding'
import { describe, expect, test } from 'vitest'
import { callsWith } from '../e2e/support/calls.ts'
import { temporaryFolder } from '../e2e/support/cleanup.ts'
import { createAccount, createKey } from '../e2e/support/operating.ts'
import { ownStore } from '../e2e/support/own-store.ts'

const operatorKey = randomBytes(32).toString('hex')
const log = createLogger({ level: 'silent', write: () => {} })

type Store = Readonly<Record<string, string>>

function settingsOf(store: Store, system: string) {
  const read = readSettings({
    environment: {
      KEYWRIGHT_PORT: '0',
      ...store,
      KEYWRIGHT_CONFIG: join(import.meta.dirname, system, 'keywright.config.ts'),
      KEYWRIGHT_OPERATOR_KEY: operatorKey,
    },
    flags: {},
    folder: import.meta.dirname,
  })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.settings
}

/** Each system with a key of its own, and another one's configuration over it. */
const pairs = [
  { stored: 'lexey', other: 'voxum', key: { type: 'customer' } },
  { stored: 'lynxo', other: 'diga', key: { name: 'A key', environment: 'production', preset: 'read-only' } },
  { stored: 'udi-connect', other: 'lexey', key: { name: 'A key', environment: 'preview' } },
  { stored: 'diga', other: 'lynxo', key: { name: 'A key' } },
  { stored: 'voxum', other: 'udi-connect', key: { name: 'A key' } },
] as const

describe.each(pairs)('the data of $stored under the configuration of $other', ({ stored, other, key }) => {
  test('is refused with the list of what does not fit, and stays as it is', async () => {
    const store = { KEYWRIGHT_DATA: temporaryFolder(), ...(await ownStore()) }
    const first = await serve(settingsOf(store, stored), { log })
    const operator = callsWith(first.url, operatorKey)
    const account = await createAccount(operator, 'Acme')
    const made = await createKey(operator, account.id, key)
    await first.close()

    const refused = await serve(settingsOf(store, other), { log }).then(
      (server) => server.close().then(() => 'it served'),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    expect(refused).toContain('The configuration does not fit the stored data:')
    expect(refused).toMatch(/^- .*type/m)

    const again = await serve(settingsOf(store, stored), { log })
    const answer = await callsWith(again.url, operatorKey)<{ id: string }>('GET', `/v1/keys/${made.id}`)
    expect(answer.body.id).toBe(made.id)
    await again.close()
  })
})
