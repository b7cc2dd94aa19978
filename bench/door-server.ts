import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reportsCpu } from './cpu.ts'
import { serveForBench } from './installation.ts'

// A real server on an embedded database with one account, one key and one verify credential.
const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
const bench = await serveForBench(folder)
const account = await bench.call('POST', '/v1/accounts', { name: 'Bench' })
const key = await bench.call('POST', `/v1/accounts/${String(account['id'])}/keys`, {
  name: 'Bench key',
  environment: 'production',
  preset: 'read',
})
const revoked = await bench.call('POST', `/v1/accounts/${String(account['id'])}/keys`, {
  name: 'Revoked key',
  environment: 'production',
  preset: 'read',
})
await bench.call('POST', `/v1/keys/${String(revoked['id'])}/revoke`)
const credential = await bench.call('POST', '/v1/credentials', {
  kind: 'verify',
  name: 'Bench',
  environment: 'production',
  audiences: ['api'],
})
reportsCpu()
process.send?.({
  port: Number(new URL(bench.url).port),
  key: key['secret'],
  revoked: revoked['secret'],
  credential: credential['secret'],
})
process.once('disconnect', () => process.exit(1))
process.once('SIGTERM', () => {
  void bench.close().then(() => {
    rmSync(folder, { recursive: true })
    process.exit(0)
  })
})
