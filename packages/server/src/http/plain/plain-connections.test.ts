import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type Exchange, NodeExchange } from '../data-plane/exchange.ts'
import { PlainConnections } from './plain-connections.ts'

const long = 60_000
const everywhere = (): boolean => true

interface Bench {
  readonly port: number
  readonly server: Server
  readonly plain: PlainConnections
  /** The requests that came past `node:http`, and those that it read. */
  readonly own: Exchange[]
  readonly others: Exchange[]
}

/** What is asked for at the end of the address is how it is answered. */
function answer(exchange: Exchange): void {
  exchange.readBody(100, (body) => {
    if (exchange.url.endsWith('/later')) return
    const text = exchange.url.endsWith('/long') ? 'x'.repeat(1 << 20) : `${exchange.method} ${exchange.url} ${body}`
    exchange.answer(200, ['X-Kind', 'test', 'Cache-Control', 'no-store'], text)
  })
}

const servers: Server[] = []
const clients: Socket[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  for (const server of servers.splice(0)) server.close()
})

async function open({ firstMs = long, betweenMs = long, isPlain = everywhere } = {}): Promise<Bench> {
  const [own, others]: [Exchange[], Exchange[]] = [[], []]
  const server = createServer((request, response) => {
    const exchange = new NodeExchange(request, response)
    others.push(exchange)
    answer(exchange)
  })
  servers.push(server)
  const servePlain = (exchange: Exchange) => {
    own.push(exchange)
    answer(exchange)
  }
  const plain = new PlainConnections(server, { isPlain, servePlain }, { firstMs, betweenMs, toldSeconds: 5 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, server, plain, own, others }
}

interface Client {
  readonly socket: Socket
  text(): string
  readonly closed: Promise<void>
}

function call({ port }: Bench): Client {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  clients.push(socket)
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('utf8')
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return { socket, text: () => text, closed }
}

const get = (url: string, fields = ''): string => `GET ${url} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`
const post = (url: string, body: string): string =>
  `POST ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const bodies = (text: string): string[] => [...text.matchAll(/(?:GET|POST|PUT) \/\S+ [^H]*/g)].map(([found]) => found)

it('answers one plain request after the other without node:http', async () => {
  const bench = await open()
  const client = call(bench)
  client.socket.write(get('/a'))
  await expect.poll(client.text).toContain('GET /a ')
  client.socket.write(post('/b', 'ü'))
  await expect.poll(client.text).toContain('POST /b ü')
  expect([bench.own.length, bench.others.length]).toEqual([2, 0])
})

it('answers as node:http does, byte by byte but for the time', async () => {
  const texts: string[] = []
  for (const isPlain of [() => true, () => false]) {
    const bench = await open({ isPlain })
    const client = call(bench)
    client.socket.write(post('/a', 'ü€'))
    await expect.poll(client.text).toContain('ü€')
    expect([bench.own.length, bench.others.length]).toEqual(isPlain() ? [1, 0] : [0, 1])
    texts.push(client.text().replace(/(?<=\r\nDate: )[^\r]+ GMT/, ''))
  }
  expect(texts[0]).toBe(texts[1])
  expect(texts[0]).toContain('\r\nDate: \r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n')
})

it('leaves a connection to node:http, with all that was read, from the first request on that is not plain', async () => {
  const bench = await open()
  const client = call(bench)
  client.socket.write(get('/a'))
  await expect.poll(client.text).toContain('GET /a ')
  client.socket.write(get('/b', 'Connection: keep-alive, x\r\n'))
  await expect.poll(client.text).toContain('GET /b ')
  client.socket.write(get('/c'))
  await expect.poll(client.text).toContain('GET /c ')
  expect([bench.own.length, bench.others.length]).toEqual([1, 2])
})

it('answers a request that comes byte by byte', async () => {
  const bench = await open()
  const client = call(bench)
  for (const character of post('/a', 'whole')) {
    await new Promise<void>((resolve) => client.socket.write(character, () => resolve()))
  }
  await expect.poll(client.text).toContain('POST /a whole')
})

it('answers what comes before an answer in the order in which it came', async () => {
  const bench = await open()
  const client = call(bench)
  client.socket.write(get('/1/later'))
  await expect.poll(() => bench.own.length).toBe(1)
  client.socket.write(get('/2'))
  client.socket.write(get('/3') + get('/4').slice(0, 9))
  client.socket.write(get('/4').slice(9))
  // Whatever came meanwhile waits for the first answer: another connection is answered all the same.
  const other = call(bench)
  other.socket.write(get('/5'))
  await expect.poll(other.text).toContain('GET /5 ')
  expect(client.text()).toBe('')
  bench.own[0]?.answer(200, [], 'GET /1 first')
  await expect.poll(() => bodies(client.text())).toEqual(['GET /1 first', 'GET /2 ', 'GET /3 ', 'GET /4 '])
})

it('reads no further than a client does that leaves its answers unread', async () => {
  const bench = await open()
  const client = call(bench)
  client.socket.once('connect', () => client.socket.pause())
  const other = call(bench)
  const asked = 40
  for (let round = 0; round < asked; round++) {
    client.socket.write(get('/long'))
    // Time for the server to answer both, if it answers.
    other.socket.write(get(`/${round}`))
    await expect.poll(other.text).toContain(`GET /${round} `)
  }
  const long = () => [...bench.own, ...bench.others].filter(({ url }) => url === '/long')
  expect(long().length).toBeGreaterThan(0)
  expect(long().length).toBeLessThan(asked / 2)
  // Who reads on is answered on.
  client.socket.resume()
  await expect.poll(() => client.text().match(/HTTP\/1\.1 200/g)?.length, { timeout: 10_000 }).toBe(asked)
})

it('ends a silent connection, and never one whose answer is waited for', async () => {
  const bench = await open({ firstMs: 50, betweenMs: 50 })
  const waiting = call(bench)
  waiting.socket.write(get('/later'))
  await expect.poll(() => bench.own.length).toBe(1)
  const left = call(bench)
  left.socket.write(get('/later', 'Connection: keep-alive, x\r\n'))
  await expect.poll(() => bench.others.length).toBe(1)
  const answered = call(bench)
  answered.socket.write(get('/a'))
  await Promise.all([call(bench), answered].map(({ closed }) => closed))
  for (const [exchange, client] of [[bench.own[0], waiting] as const, [bench.others[0], left] as const]) {
    exchange?.answer(200, [], 'GET /later at last')
    await expect.poll(client.text).toContain('GET /later at last')
  }
})

it('ends connections with their next answer once none is to be kept, and those that wait for nothing when told so', async () => {
  const bench = await open()
  const [idle, waiting, next] = [call(bench), call(bench), call(bench)]
  for (const client of [idle, next]) {
    client.socket.write(get('/a'))
    await expect.poll(client.text).toContain('GET /a ')
  }
  waiting.socket.write(get('/later'))
  await expect.poll(() => bench.own.length).toBe(3)
  bench.plain.keepNone()
  next.socket.write(get('/b'))
  await next.closed
  expect(next.text().split('HTTP/1.1 200').at(-1)).toContain('\r\nConnection: close\r\n')
  expect(next.text()).toContain('GET /b ')
  bench.plain.closeIdle()
  await idle.closed
  bench.own[2]?.answer(200, [], 'GET /later answered')
  await waiting.closed
  expect(waiting.text()).toContain('GET /later answered')
})

it('leaves no connection half open to a client that never ends its own side', async () => {
  const bench = await open()
  bench.plain.keepNone()
  const socket = connect({ port: bench.port, host: '127.0.0.1', allowHalfOpen: true })
  clients.push(socket)
  socket.resume()
  socket.write(get('/a'))
  await new Promise<void>((resolve) => socket.once('end', resolve))
  const connections = () => new Promise<number>((resolve) => bench.server.getConnections((_, count) => resolve(count)))
  await expect.poll(connections).toBe(0)
})

it('cuts off whatever is left', async () => {
  const bench = await open()
  const client = call(bench)
  client.socket.write(get('/later'))
  await expect.poll(() => bench.own.length).toBe(1)
  bench.plain.closeAll()
  await client.closed
  // An answer that comes too late harms nobody.
  bench.own[0]?.answer(200, [], '')
})

it('answers a client that has said all it wants to say, and ends', async () => {
  const bench = await open()
  const client = call(bench)
  client.socket.end(get('/later'))
  await expect.poll(() => bench.own.length).toBe(1)
  bench.own[0]?.answer(200, [], 'GET /later heard')
  await client.closed
  expect(client.text()).toContain('GET /later heard')
})

it('reads no body beyond the bound', async () => {
  const bench = await open()
  const client = call(bench)
  client.socket.write(post('/a', 'x'.repeat(101)))
  await expect.poll(client.text).toContain('POST /a undefined')
})

it.each(['a\r\nX-B: c', 'a\nb', 'a\0', 'ä'])(
  'writes no field that could be read as more than it is: %j',
  async (value) => {
    const bench = await open()
    const client = call(bench)
    client.socket.write(get('/later'))
    await expect.poll(() => bench.own.length).toBe(1)
    expect(() => bench.own[0]?.answer(200, ['X-A', value], '')).toThrow('X-A has a character')
    bench.own[0]?.answer(500, [], 'GET /later instead')
    await expect.poll(client.text).toContain('GET /later instead')
  },
)
