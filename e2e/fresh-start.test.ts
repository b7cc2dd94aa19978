import { describe, expect, test } from 'vitest'
import { callsWith } from './support/calls.ts'
import { type ChildServer, setupLinkOf, startServer } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { installationOn, ownPostgres, startNodes } from './support/postgres.ts'

const linkOf = (server: ChildServer): string => {
  const link = setupLinkOf(server)
  if (link === null) throw new Error(`there is no set-up link in:\n${server.out()}`)
  return link
}

const post = (link: string) => fetch(link, { method: 'POST' })

async function secretOf(answer: Response | undefined): Promise<string> {
  const body = (await answer?.json()) as { readonly secret?: string } | undefined
  if (body?.secret === undefined) throw new Error('the answer holds no secret')
  return body.secret
}

test('T17: a fresh start prints one set-up link, which makes the first operator once, and no default opens anything', async () => {
  const environment = { KEYWRIGHT_DATA: temporaryFolder() }
  const first = await startServer(environment)
  const link = linkOf(first)
  expect(first.out().split('/setup/').length - 1).toBe(2) // Once to open, once in the line for curl.
  expect(first.told()).not.toContain(new URL(link).pathname.split('/')[2])
  expect((await callsWith(first.url, 'admin')('GET', '/v1/accounts')).status).toBe(401)
  expect((await callsWith(first.url, null)('GET', '/v1/accounts')).status).toBe(401)

  // Looking at it (a person, a link preview) consumes nothing.
  for (let look = 0; look < 3; look++) expect((await fetch(link)).status).toBe(200)
  await first.stop()

  // As long as there is no operator, each start prints a new link and the one before is void.
  const second = await startServer(environment)
  const newer = linkOf(second)
  expect(new URL(newer).pathname).not.toBe(new URL(link).pathname)
  expect((await post(new URL(new URL(link).pathname, second.url).href)).status).toBe(404)

  const answers = await Promise.all(Array.from({ length: 8 }, () => post(newer)))
  const made = answers.filter(({ status }) => status === 201)
  expect(made).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 404)).toHaveLength(7)
  expect(made[0]?.headers.get('cache-control')).toBe('no-store')
  const secret = await secretOf(made[0])
  expect((await callsWith(second.url, secret)('GET', '/v1/accounts')).status).toBe(200)
  expect((await post(newer)).status).toBe(404)
  expect((await fetch(newer)).status).toBe(404)
  await second.stop()

  const third = await startServer(environment)
  expect(setupLinkOf(third)).toBeNull()
  expect((await callsWith(third.url, secret)('GET', '/v1/accounts')).status).toBe(200)
  expect(await third.stop()).toBe(0)
})

test('two set-up requests that race make exactly one operator', async () => {
  const server = await startServer({ KEYWRIGHT_DATA: temporaryFolder() })
  const link = linkOf(server)
  const statuses = await Promise.all([post(link), post(link)].map(async (call) => (await call).status))
  expect(statuses.toSorted((one, other) => one - other)).toEqual([201, 404])
  await server.stop()
})

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('nodes that start at once on an empty database', () => {
  test('T17: each print a link that works at any of them, until one is used: then all are void', async () => {
    const postgres = await ownPostgres()
    const { KEYWRIGHT_OPERATOR_KEY: _, ...installation } = await installationOn(postgres, 'fresh')
    const nodes = await startNodes(installation, 3)
    const links = nodes.map(linkOf)
    for (const link of links) expect((await fetch(link)).status).toBe(200)
    // Each at another node than the one that printed it, all at once.
    const urls = links.map((link, index) => new URL(new URL(link).pathname, nodes[(index + 1) % 3]?.url).href)
    const answers = await Promise.all(urls.map(post))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.toSorted((one, other) => one - other)).toEqual([201, 404, 404])
    for (const link of [...links, ...urls]) expect((await fetch(link)).status).toBe(404)
    const secret = await secretOf(answers.find(({ status }) => status === 201))
    for (const { url } of nodes) expect((await callsWith(url, secret)('GET', '/v1/accounts')).status).toBe(200)
    for (const node of nodes) await node.stop()
    const [later] = await startNodes(installation, 1)
    if (later === undefined) throw new Error('nothing was started')
    expect(setupLinkOf(later)).toBeNull()
  }, 240_000)
})
