import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { KeyringServer } from '../fixtures/keyring-server.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { closeAll } from '../fixtures/scripted-verifier.ts'
import { verifyCredential } from '../fixtures/verify-credential.ts'
import { createVerifierIn } from './create-verifier.ts'
import { findPlatform, type Globals } from './platform.ts'

afterEach(closeAll)

/** Globals that lend these in place of Node's own modules. */
const lending = (crypto: (own: object) => unknown): Globals => ({
  process: {
    getBuiltinModule: (name) => {
      const own: object = process.getBuiltinModule(name as 'node:crypto')
      return name === 'node:crypto' ? crypto(own) : own
    },
  },
})

describe('what a runtime lends', () => {
  const ways: readonly [string, Globals][] = [
    ['built-in modules, with SHA-256 in one shot', lending((own) => own)],
    ['built-in modules, without it', lending((own) => ({ ...own, hash: undefined }))],
    ['built-in modules whose one shot is wrong', lending((own) => ({ ...own, hash: () => 'x'.repeat(32) }))],
    ['an import alone, as Node before 20.16', {}],
  ]
  test.each(ways)('%s: digests are one-way, salted and 32 characters', async (_, globals) => {
    const [one, other] = [await findPlatform(globals), await findPlatform(globals)]
    if (one === undefined || other === undefined) throw new Error('there is no platform')
    expect(one.digest('text')).toBe(one.digest('text'))
    expect(one.digest('text')).not.toBe(one.digest('texts'))
    expect(one.digest('text')).not.toBe(other.digest('text'))
    expect(one.digest('text')).toHaveLength(32)
    expect(one.digest('text')).not.toBe(createHash('sha256').update('text').digest('binary'))
    expect(one.randomText()).toMatch(/^[0-9a-f]{24}$/)
    expect(one.randomText()).not.toBe(one.randomText())
  })

  test.each([
    ['Cloudflare Workers', { navigator: { userAgent: 'Cloudflare-Workers' } }],
    ['Vercel’s edge', { EdgeRuntime: 'edge-runtime' }],
    ['a runtime without node:crypto', lending(() => ({}))],
  ])('%s: every check asks the server, and nothing goes on in the background', async (_, globals) => {
    const clock = new ManualClock()
    const server = new KeyringServer(() => clock.wallMs())
    const key = server.create({ id: 'key_1' })
    const verifier = createVerifierIn(globals, {
      url: 'https://keys.example.test',
      credential: verifyCredential,
      fetch: server.fetch,
      clock,
    })
    await verifier.ready()
    expect(verifier.state).toMatchObject({ mode: 'asking', position: null, keys: 0, atStake: 0 })
    for (let count = 0; count < 2; count++) expect((await verifier.verify({ key })).code).toBe('VALID')
    server.change(key, { quota: { limit: 2, period: null } })
    expect((await verifier.verify({ key })).code).toBe('QUOTA_EXCEEDED')
    expect(server.asked.map(({ path }) => path)).toEqual(['/v1/verify', '/v1/verify', '/v1/verify'])
    expect(clock.waits).toBe(0)
    await verifier.close()
    expect((await verifier.verify({ key })).code).toBe('UNAVAILABLE')
  })
})
