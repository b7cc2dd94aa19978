import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openConsole } from './console.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function builtFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-console-'))
  ends.push(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<meta nonce="__KEYWRIGHT_NONCE__" content="__KEYWRIGHT_NONCE__">')
  writeFileSync(join(folder, 'assets', 'index-abc.js'), 'console.log("hello")')
  return folder
}

async function served(parts: Parameters<typeof openConsole>[0]): Promise<string> {
  const { door } = openConsole(parts)
  const server = createServer((request, response) => {
    if (!door(request, response)) response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('every page carries a nonce of its own in its policy and nowhere else may style come from', async () => {
  const url = await served({ folder: builtFolder() })
  const nonces = new Set<string>()
  for (const path of ['/', '/accounts/acc_1/keys?state=active', '/operator/accounts', '/sign-in']) {
    const response = await fetch(url + path)
    const policy = response.headers.get('content-security-policy') ?? ''
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(await response.text()).toBe(`<meta nonce="${nonce}" content="${nonce}">`)
    expect(response.headers.get('cache-control')).toBe('no-store')
    nonces.add(nonce)
  }
  expect(nonces.size).toBe(4)
})

test('files keep for ever under their hashed names, and nothing beside them is served', async () => {
  const url = await served({ folder: builtFolder() })
  const asset = await fetch(`${url}/assets/index-abc.js`)
  expect(asset.headers.get('cache-control')).toContain('immutable')
  expect(asset.headers.get('content-type')).toContain('text/javascript')
  expect(await asset.text()).toBe('console.log("hello")')
  for (const path of [
    '/assets/../index.html',
    '/assets/%2e%2e/index.html',
    '/assets/none.js',
    '/index.html',
    '/v1/keys',
  ])
    expect((await fetch(url + path, { redirect: 'manual' })).status, path).not.toBe(200)
  expect((await fetch(`${url}/`, { method: 'POST' })).status).toBe(418)
})

test('without a build every address of the console says what to do', async () => {
  const url = await served({ folder: join(tmpdir(), 'keywright-no-such-folder') })
  const response = await fetch(url)
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('npm run build:console')
})

test('transport security is promised only where the server is reached by https', async () => {
  const folder = builtFolder()
  const plain = await fetch(await served({ folder }))
  const secure = await fetch(await served({ folder, secure: true }))
  expect(plain.headers.get('strict-transport-security')).toBeNull()
  expect(secure.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/)
})
