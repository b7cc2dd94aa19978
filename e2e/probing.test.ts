import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { generateKeyText } from '@keywright/core'
import { expect, test } from 'vitest'
import { bodyOf, callsWith } from './support/calls.ts'
import { configFile } from './support/everything.config.ts'
import { serveInProcess } from './support/in-process.ts'
import { createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'

test('U7: unknown and malformed presentations are counted, by reason and network, without the text', async () => {
  const { url, operator, folder } = await serveInProcess({ config: configFile })
  const verifier = callsWith(url, await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] }))
  const unknown = generateKeyText('pub', null, randomBytes)
  const probes = [
    { key: unknown, ip: '192.0.2.7' },
    { key: generateKeyText('pub', null, randomBytes), ip: '192.0.2.99' },
    { key: 'guess-one', ip: '198.51.100.7' },
    { key: 'guess-two', ip: '2001:db8:1::7' },
  ]
  for (const body of probes) await bodyOf(verifier('POST', '/v1/verify', { body }))
  const metrics = await until('the refusals to be stored', async () => {
    const { text } = await operator('GET', '/metrics')
    return /^keywright_usage_at_stake 0$/m.test(text) && text
  })
  expect(metrics).toMatch(/^keywright_checks_total\{code="NOT_FOUND"\} 2$/m)
  expect(metrics).toMatch(/^keywright_checks_total\{code="MALFORMED"\} 2$/m)

  const database = new DatabaseSync(join(folder, 'keywright.db'), { readOnly: true })
  const rows = database.prepare('select code, network, count from refusals order by code, network').all()
  database.close()
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { code: 'MALFORMED', network: '198.51.100.0/24', count: 1 },
    { code: 'MALFORMED', network: '2001:db8:1::/48', count: 1 },
    { code: 'NOT_FOUND', network: '192.0.2.0/24', count: 2 },
  ])
  expect(JSON.stringify(rows)).not.toContain(unknown)
})
