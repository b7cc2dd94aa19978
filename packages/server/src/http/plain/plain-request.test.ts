import { createServer } from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPlainRequest } from './plain-request.ts'

const everywhere = () => true
const read = (text: string) => readPlainRequest(Buffer.from(text, 'latin1'), everywhere)

const body = '{"key":"k","permissions":["jobs.view"]}'
const post = (fields: string, sent = body): string =>
  `POST /v1/verify HTTP/1.1\r\nHost: keys.example\r\n${fields}\r\n${sent}`
const usual = `Authorization: Bearer secret\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`
const get = 'GET /v1/forward-auth?permission=jobs.view HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n\r\n'

describe('a plain request', () => {
  it('is read with its fields as they came, and its body', () => {
    expect(read(post(usual))).toEqual({
      method: 'POST',
      url: '/v1/verify',
      rawHeaders: [
        'Host',
        'keys.example',
        'Authorization',
        'Bearer secret',
        'Content-Type',
        'application/json',
        'Content-Length',
        String(body.length),
      ],
      body,
      bodyBytes: body.length,
    })
    expect(read(get)).toMatchObject({ method: 'GET', url: '/v1/forward-auth?permission=jobs.view', body: '' })
  })

  it('has its body in UTF-8, of which the length counts bytes', () => {
    const text = '{"key":"ü€💥"}'
    const bytes = Buffer.from(post(`Content-Length: ${Buffer.byteLength(text)}\r\n`, text))
    expect(readPlainRequest(bytes, everywhere)).toMatchObject({ body: text, bodyBytes: Buffer.byteLength(text) })
  })

  it('is one only where somebody waits for it', () => {
    const asked: string[] = []
    const isTaken = (method: string, url: string) => asked.push(`${method} ${url}`) === 0
    expect(readPlainRequest(Buffer.from(post(usual)), isTaken)).toBeUndefined()
    expect(asked).toEqual(['POST /v1/verify'])
  })

  const length = `Content-Length: ${body.length}\r\n`
  it.each([
    ['nothing', ''],
    ['half a line', 'POST /v1/ver'],
    ['no end of the fields', post(usual).slice(0, 60)],
    ['a body that is not all there', post(usual).slice(0, -1)],
    ['more than its body', `${post(usual)}x`],
    ['two requests', post(usual) + post(usual)],
    ['another method', post(usual).replace('POST', 'PUT')],
    ['a method in small letters', post(usual).replace('POST', 'post')],
    ['an older version', post(usual).replace('HTTP/1.1', 'HTTP/1.0')],
    ['an address that names a host', get.replace('/v1', 'http://x/v1')],
    ['an address with a fragment', get.replace('?', '#')],
    ['an address with a space', get.replace('?', ' ?')],
    ['an address beyond ASCII', get.replace('?', '?ä')],
    ['no host', get.replace('Host', 'Hast')],
    ['two hosts', get.replace('Host: x', 'Host: x\r\nhost: y')],
    ['two lengths', post(`${length}${length}`)],
    ['a length that is a list', post(`Content-Length: ${body.length}, ${body.length}\r\n`)],
    ['a length with a sign', post(`Content-Length: +${body.length}\r\n`)],
    ['a length in hexadecimal', post(`Content-Length: 0x27\r\n`)],
    ['no length', post('', '')],
    ['a GET with a body', get.replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\nx')],
    ['chunks', post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['chunks and a length', post(`transfer-encoding: chunked\r\n${length}`)],
    ['a wish to be told to go on', post(`Expect: 100-continue\r\n${length}`)],
    ['another protocol', post(`Upgrade: h2c\r\n${length}`)],
    ['a last request', post(`Connection: close\r\n${length}`)],
    ['fields for this connection alone', post(`Connection: keep-alive, x-api-key\r\n${length}`)],
    ['a folded line', post(`X-A: 1\r\n 2\r\n${length}`)],
    ['a space before a colon', post(`Content-Length : ${body.length}\r\n`)],
    ['a tab in a value', post(`X-A: a\tb\r\n${length}`)],
    ['two spaces before a value', post(`X-A:  a\r\n${length}`)],
    ['a space behind a value', post(`X-A: a \r\n${length}`)],
    ['a NUL', post(`X-A: \0\r\n${length}`)],
    ['a value beyond ASCII', post(`X-A: ä\r\n${length}`)],
    ['a line that ends without a carriage return', post(`X-A: a\n${length}`)],
    ['a lone carriage return', post(`X-A: a\rb\r\n${length}`)],
    ['a name beyond tokens', post(`X(A): a\r\n${length}`)],
    ['an empty name', post(`: a\r\n${length}`)],
    ['a line without a colon', post(`X-A\r\n${length}`)],
    ['more fields than anybody sends', post('X-A: a\r\n'.repeat(100) + length)],
    ['longer fields than anybody sends', post(`X-A: ${'a'.repeat(8_192)}\r\n${length}`)],
  ])('is not: %s', (_, text) => {
    expect(read(text)).toBeUndefined()
  })
})

interface AsNode {
  readonly requests: {
    readonly method: string | undefined
    readonly url: string | undefined
    readonly rawHeaders: readonly string[]
    readonly body: string
    readonly isKept: boolean
  }[]
  readonly isRefused: boolean
}

/** What `node:http` makes of the same bytes. */
function readByNode(bytes: Buffer): Promise<AsNode> {
  return new Promise((resolve) => {
    const requests: AsNode['requests'] = []
    let isRefused = false
    const connection = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
    const server = createServer((request, response) => {
      const { method, url, rawHeaders } = request
      const isKept = response.shouldKeepAlive
      let body = ''
      request.setEncoding('utf8').on('data', (piece: string) => {
        body += piece
      })
      request.on('end', () => {
        requests.push({ method, url, rawHeaders, body, isKept })
        response.end()
      })
    })
    server.on('clientError', () => {
      isRefused = true
    })
    server.emit('connection', connection)
    connection.push(bytes)
    // A request is passed on in steps of their own.
    const look = (turns: number) => {
      if (turns > 0) setImmediate(look, turns - 1)
      else {
        connection.destroy()
        resolve({ requests, isRefused })
      }
    }
    setImmediate(look, 6)
  })
}

const characters = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '  ',
  '\t',
  ':',
  ',',
  ';',
  '#',
  '?',
  '/',
  '\\',
  '"',
  '\x7f',
  '\x80',
].concat(['0', '1', '-', '+', 'HTTP/1.0', 'HTTP/1.1', 'GET', 'POST', ', close', '%00'])
const lines = `Host: y
Content-Length: 0
Content-Length: ${body.length}
Transfer-Encoding: chunked
Connection: close
Connection: keep-alive
connection: Keep-Alive, close
Expect: 100-continue
Upgrade: websocket
Connection: upgrade
Proxy-Connection: close
X-A: b
X-A:
X-A:\tb
X-A: b\x20
 folded
X-A
Trailer: X-A
TE: trailers
`
  .split('\n')
  .map((line) => `${line}\r\n`)

/** Where a request is edited: where a line of fields begins, there and around its colon, or anywhere. */
const places = {
  line: (text: string) => [...text.matchAll(/\r\n/g)].map(({ index }) => index + 2),
  joint: (text: string) =>
    [...text.matchAll(/\r\n|: ?/g)].flatMap(({ index, 0: found }) => [index, index + found.length]),
  anywhere: (text: string) => Array.from(text, (_, index) => index),
} as const

const at = fc.nat({ max: 999 })
const cut = fc.constantFrom(0, 0, 0, 1, 2, 3)
const edits = fc.array(
  fc.oneof(
    fc.record({ where: fc.constant('line' as const), at, cut: fc.constant(0), piece: fc.constantFrom(...lines) }),
    fc.record({ where: fc.constant('joint' as const), at, cut, piece: fc.constantFrom('', ...characters) }),
    fc.record({ where: fc.constant('anywhere' as const), at, cut, piece: fc.constantFrom('', ...characters) }),
  ),
  { minLength: 1, maxLength: 2 },
)

it('whatever it takes, it reads as node:http does, which would take it for one whole request and keep the connection', async () => {
  const base = fc.constantFrom(post(usual), get, post(`${usual}Connection: keep-alive\r\nUser-Agent: \r\n`))
  let taken = 0
  const property = fc.asyncProperty(base, edits, async (start, changes) => {
    let text = start
    for (const { where, at, cut, piece } of changes) {
      const all = places[where](text)
      const place = all[at % all.length] ?? 0
      text = text.slice(0, place) + piece + text.slice(place + cut)
    }
    const own = read(text)
    if (own === undefined) return
    taken++
    const { bodyBytes: _, ...request } = own
    expect(await readByNode(Buffer.from(text, 'latin1')), JSON.stringify(text)).toEqual({
      requests: [{ ...request, isKept: true }],
      isRefused: false,
    })
  })
  const numRuns = process.env['KEYWRIGHT_SOAK'] === '1' ? 1_000_000 : 40_000
  await fc.assert(property, { numRuns })
  expect(taken).toBeGreaterThan(numRuns / 20)
})
