import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock } from '../storage/testing.ts'
import { createMemoryPeople } from './people.testing.ts'
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

  it('tells a browser that comes again where to go, alike for a used link and a guess', async () => {
    const pages = await Promise.all(
      [second.path, '/setup/kws_0000'].map((path) => second.send('GET', path, { headers: accept })),
    )
    for (const { status, headers } of pages)
      expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(pages[0]?.text).toContain('href="/sign-in"')
    expect(pages[0]?.text).toBe(pages[1]?.text)
  })

  it('is closed to whoever guesses', async () => {
    for (const token of ['x', 'kws_0000', '%00', 'a'.repeat(300)]) {
      expect((await second.send('GET', `/setup/${token}`)).status).toBe(404)
      expect((await second.send('POST', `/setup/${token}`)).status).toBe(404)
    }
  })
})

describe('a person who sets up', () => {
  const given = { name: 'Ada', email: 'ada@example.com', password: 'a long enough one' }

  async function openWithPeople() {
    const clock = testClock()
    const storage = await openManagedStorage(clock)
    const people = createMemoryPeople(clock)
    const made: string[] = []
    const operators = {
      ...storage.operators,
      completeSetup: async (_: string, __: unknown, { personId }: { readonly personId: string }) => {
        made.push(personId)
        return { accountId: null }
      },
    }
    const server = await openTestServer(testDeps({ storage: { ...storage, operators }, people, clock }))
    closers.push(async () => {
      await server.close()
      await storage.close()
    })
    const path = `/setup/${(await storage.setup.issue())?.expose()}`
    const isThere = async () => (await people.findByEmail(given.email)) !== undefined
    return { people, made, path, isThere, post: (at: string, body: unknown) => server.send('POST', at, { body }) }
  }

  it('is never made by a link that is closed', async () => {
    const { post, isThere, made } = await openWithPeople()
    expect((await post(`/setup/kws_${'0'.repeat(38)}`, given)).json()['code']).toBe('setup_closed')
    expect([await isThere(), made]).toEqual([false, []])
  })

  it('goes on with the person of a try that was cut off, by the password that was chosen then', async () => {
    const { post, path, people, made } = await openWithPeople()
    const { id } = people.add(given)
    const stranger = await post(path, { ...given, password: 'not the same password' })
    expect([stranger.status, stranger.json()['code'], made]).toEqual([409, 'person_exists', []])
    const answer = await post(path, given)
    expect([answer.status, answer.json(), made]).toEqual([201, { account: null }, [id]])
    expect(String(answer.headers['set-cookie'])).toContain('__Host-keywright_session=')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('is told what does not fit, and nothing happens', async () => {
    const { post, path, isThere } = await openWithPeople()
    for (const [field, value] of [
      ['email', 'no address'],
      ['name', ' '],
      ['role', 'admin'],
    ] as const) {
      const answer = await post(path, { ...given, [field]: value })
      expect([answer.status, answer.json()['errors']]).toMatchObject([400, [{ pointer: `#/${field}` }]])
    }
    expect(await isThere()).toBe(false)
  })
})
