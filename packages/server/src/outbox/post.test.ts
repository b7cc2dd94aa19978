import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRanges } from '@keywright/core'
import { afterEach, expect, it } from 'vitest'
import { type PostOptions, post } from './post.ts'

const servers: { close(): unknown; closeAllConnections?(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.()
    server.close()
  }
})

const listening = async (server: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const receiver = (listener: RequestListener) => listening(createServer(listener))

const options = (more: Partial<PostOptions> = {}): PostOptions => ({
  resolve: async () => ['127.0.0.1'],
  allowed: parseRanges(['127.0.0.0/8']),
  timeoutMs: 5_000,
  ...more,
})

it('posts to the vetted address under the name of the URL', async () => {
  const seen: unknown[] = []
  const port = await receiver((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      seen.push([
        request.method,
        request.url,
        request.headers.host,
        request.headers['x-a'],
        Buffer.concat(parts).toString(),
      ])
      response.writeHead(204).end()
    })
  })
  expect(await post(new URL(`http://hooks.internal:${port}/in?a=b`), { 'x-a': '1' }, '{"é":1}', options())).toEqual({
    status: 204,
    retryAfter: null,
  })
  expect(seen).toEqual([['POST', '/in?a=b', `hooks.internal:${port}`, '1', '{"é":1}']])
})

it('does not follow a redirect', async () => {
  let followed = 0
  const inside = await receiver((_, response) => {
    followed++
    response.end()
  })
  for (const status of [301, 302, 303, 307, 308]) {
    const port = await receiver((_, response) => {
      response.writeHead(status, { Location: `http://127.0.0.1:${inside}/` }).end()
    })
    expect(await post(new URL(`http://hooks.internal:${port}/`), {}, '{}', options())).toMatchObject({ status })
  }
  expect(followed).toBe(0)
})

it('a name that changes after it was judged changes nothing, and it is judged anew at each attempt', async () => {
  let arrived = 0
  const port = await receiver((_, response) => {
    arrived++
    response.end()
  })
  let asked = 0
  const allowed = parseRanges(['127.0.0.1/32'])
  const rebinding = options({
    allowed,
    resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['127.0.0.2']),
  })
  const url = new URL(`http://hooks.internal:${port}/`)
  expect(await post(url, {}, '{}', rebinding)).toMatchObject({ status: 200 })
  expect([asked, arrived]).toEqual([1, 1])
  expect(await post(url, {}, '{}', rebinding)).toEqual({ error: 'address_not_allowed' })
  expect([asked, arrived]).toEqual([2, 1])
})

it('no proxy of the environment is asked', async () => {
  let proxied = 0
  const proxy = await receiver((_, response) => {
    proxied++
    response.end()
  })
  const port = await receiver((_, response) => response.writeHead(202).end())
  const kept = { ...process.env }
  Object.assign(process.env, {
    HTTP_PROXY: `http://127.0.0.1:${proxy}`,
    http_proxy: `http://127.0.0.1:${proxy}`,
    NODE_USE_ENV_PROXY: '1',
  })
  try {
    expect(await post(new URL(`http://hooks.internal:${port}/`), {}, '{}', options())).toMatchObject({ status: 202 })
  } finally {
    process.env = kept
  }
  expect(proxied).toBe(0)
})

it('reads a bounded part of the answer, and gives up a receiver that does not answer', async () => {
  let written = 0
  const endless = await receiver((_, response) => {
    response.writeHead(200)
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(16_384))) written += 16_384
    }
    response.on('drain', more)
    more()
  })
  expect(await post(new URL(`http://hooks.internal:${endless}/`), {}, '{}', options())).toMatchObject({ status: 200 })
  expect(written).toBeLessThan(16 * 1_048_576)
  const silent = await listening(createTcpServer(() => {}))
  expect(await post(new URL(`http://hooks.internal:${silent}/`), {}, '{}', options({ timeoutMs: 100 }))).toEqual({
    error: 'timed_out',
  })
  const strange = await listening(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')))
  expect(await post(new URL(`http://hooks.internal:${strange}/`), {}, '{}', options())).toEqual({
    error: 'broken_answer',
  })
})

it('says in a word why there is no answer', async () => {
  const resolve = async () => {
    throw new Error('ENOTFOUND')
  }
  expect(await post(new URL('http://hooks.internal/'), {}, '{}', options({ resolve }))).toEqual({
    error: 'name_not_found',
  })
  const never = () => new Promise<never>(() => {})
  expect(await post(new URL('http://hooks.internal/'), {}, '{}', options({ resolve: never, timeoutMs: 50 }))).toEqual({
    error: 'timed_out',
  })
  const server = createTcpServer()
  const port = await listening(server)
  await new Promise((closed) => server.close(closed))
  expect(await post(new URL(`http://hooks.internal:${port}/`), {}, '{}', options())).toEqual({
    error: 'connection_failed',
  })
})

it('speaks TLS under the name of the URL, and refuses a certificate of another name or of nobody known', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-tls-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -keyout ${key} -out ${certificate} -subj /CN=hooks.internal -addext subjectAltName=DNS:hooks.internal`.split(
      ' ',
    ),
  )
  if (made.status !== 0) context.skip('because there is no openssl to make a certificate with')
  const names: unknown[] = []
  const server = createSecureServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    (request, response) => {
      names.push([(request.socket as unknown as { servername: unknown }).servername, request.headers.host])
      response.end()
    },
  )
  const authorities = readFileSync(certificate, 'utf8')
  rmSync(folder, { recursive: true })
  const port = await listening(server as unknown as Server)
  const url = (host: string) => new URL(`https://${host}:${port}/`)
  expect(await post(url('hooks.internal'), {}, '{}', options({ authorities }))).toMatchObject({ status: 200 })
  expect(names).toEqual([['hooks.internal', `hooks.internal:${port}`]])
  expect(await post(url('other.internal'), {}, '{}', options({ authorities }))).toEqual({ error: 'tls_failed' })
  expect(await post(url('127.0.0.1'), {}, '{}', options({ authorities }))).toEqual({ error: 'tls_failed' })
  expect(await post(url('hooks.internal'), {}, '{}', options())).toEqual({ error: 'tls_failed' })
})
