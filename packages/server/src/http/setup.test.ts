import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock } from '../storage/testing.ts'
import { openManagedStorage } from './stored.testing.ts'
import { openTestServer, type TestServer, testDeps } from './testing.ts'

const accept = [['Accept', 'text/html,application/xhtml+xml']] as const
const closers: (() => Promise<void>)[] = []

async function open(): Promise<TestServer & { readonly path: string }> {
  const clock = testClock()
  const storage = await openManagedStorage(clock)
  const server = await openTestServer(testDeps({ storage, clock }))
  closers.push(async () => {
    await server.close()
    await storage.close()
  })
  return { ...server, path: `/setup/${(await storage.setup.issue())?.expose()}` }
}
let first: Awaited<ReturnType<typeof open>>
let second: Awaited<ReturnType<typeof open>>
beforeAll(async () => {
  first = await open()
  second = await open()
})
afterAll(() => Promise.all(closers.map((close) => close())))

describe('T17: the one-time set-up link', () => {
  it('shows a page that consumes nothing and works without script, then answers curl once', async () => {
    for (let index = 0; index < 2; index++) {
      const page = await first.send('GET', first.path, { headers: accept })
      expect(page.status).toBe(200)
      expect(page.text).toContain('<form method="post">')
      expect(page.text).not.toMatch(/<script/)
      expect(page.headers['content-security-policy']).toContain("form-action 'self'")
      expect([page.headers['cache-control'], page.headers['referrer-policy']]).toEqual(['no-store', 'no-referrer'])
    }
    const made = await first.send('POST', first.path)
    expect(made.status).toBe(201)
    expect(made.json()).toMatchObject({ kind: 'operator', secret: expect.stringMatching(/^[a-z_]+_[0-9A-Za-z]{38}$/) })
    for (const method of ['GET', 'POST']) {
      const again = await first.send(method, first.path)
      expect([again.status, again.json()['code']]).toEqual([404, 'setup_closed'])
    }
  })

  it('answers a browser with a page', async () => {
    const form = [...accept, ['Content-Type', 'application/x-www-form-urlencoded']] as const
    const made = await second.send('POST', second.path, { headers: form, body: '' })
    expect([made.status, made.headers['content-type']]).toEqual([201, 'text/html; charset=utf-8'])
    expect(made.text).toMatch(/<code>[a-z_]+_[0-9A-Za-z]{38}<\/code>/)
  })

  it('is closed to whoever guesses', async () => {
    for (const token of ['x', 'kws_0000', '%00', 'a'.repeat(300)]) {
      expect((await second.send('GET', `/setup/${token}`)).status).toBe(404)
      expect((await second.send('POST', `/setup/${token}`)).status).toBe(404)
    }
  })
})
