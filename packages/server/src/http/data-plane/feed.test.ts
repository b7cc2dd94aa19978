import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Position, Scope } from '@keywright/core'
import { afterEach, describe, expect, it } from 'vitest'
import { Feed } from './feed.ts'
import { eventsOf, type FedEvent } from './plane.testing.ts'
import { formatPosition, parsePosition } from './position.ts'
import { LogWindow } from './window.ts'

const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

const at = (number: number, past = 'a'): Position => ({ epoch: 'first', number, hash: `${past}${number}` })

/** A log without a store, an engine that has applied what it is told to have, and its feed over real HTTP. */
async function openFeed(subscribersMax = 100) {
  const window = new LogWindow({ entriesMax: 2_000, scopesMax: 100_000 })
  const state: { position: Position | null } = { position: at(0) }
  window.observe(null, { position: at(0), ageMs: 0, storeTimeMs: 0, changes: [], complete: true, reset: false })
  const due: (() => void)[] = []
  let beat = () => {}
  const feed = new Feed({
    window,
    position: () => state.position,
    subscribersMax,
    soon: (work) => due.push(work),
    every: (_, work) => {
      beat = work
      return () => {}
    },
  })
  const responses: ServerResponse[] = []
  const server = createServer((request, response) => {
    responses.push(response)
    const after = parsePosition(new URL(request.url ?? '', 'http://x').searchParams.get('after') ?? '') ?? null
    const place = feed.join(String(request.headers['x-credential'] ?? 'crd_1'), response)
    if (place?.begin(after, { 'Content-Type': 'text/event-stream' }) !== true) response.writeHead(503).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const run = () => {
    for (const work of due.splice(0)) work()
  }
  const append = (count: number, scopes: (number: number) => Scope[] = (number) => [`key:${number}`]) => {
    const { position } = state
    if (position === null) throw new Error('nothing is applied')
    const changes = Array.from({ length: count }, (_, index) => {
      const number = position.number + index + 1
      return { number, hash: `a${number}`, scopes: scopes(number) }
    })
    state.position = at(position.number + count)
    window.observe(position, {
      position: state.position,
      ageMs: 0,
      storeTimeMs: 0,
      changes,
      complete: true,
      reset: false,
    })
    feed.wake()
    run()
  }
  return { feed, window, state, port, responses, append, run, beat: () => beat() }
}

/** Follows a feed on a socket of its own, which reads only when it is let. */
function reader(port: number, after: string | null, { reads = true, credential = 'crd_1' } = {}) {
  let raw = ''
  const waiting: (() => void)[] = []
  const socket: Socket = connect(port, '127.0.0.1', () => {
    if (!reads) socket.pause()
    socket.write(
      `GET /${after === null ? '' : `?after=${after}`} HTTP/1.1\r\nHost: x\r\nX-Credential: ${credential}\r\n\r\n`,
    )
  })
  const look = () => {
    for (const one of waiting) one()
  }
  socket.on('data', (piece: Buffer) => {
    raw += piece.toString('latin1')
    look()
  })
  socket.on('error', () => {})
  let isOver = false
  socket.on('close', () => {
    isOver = true
    look()
  })
  opened.push(() => socket.destroy())
  const until = (met: () => boolean) =>
    new Promise<void>((resolve) => {
      const one = () => {
        if (met()) resolve()
      }
      waiting.push(one)
      one()
    })
  const events = (): readonly FedEvent[] => eventsOf(bodyOf(raw))
  return {
    socket,
    raw: () => raw,
    events,
    reached: async (count: number) => {
      await until(() => events().length >= count)
      return events()
    },
    begun: () => until(() => raw.includes(': open')),
    over: () => until(() => isOver),
  }
}

/** What a chunked body carries, as far as it came (RFC 9112 section 7.1). */
function bodyOf(raw: string): string {
  let rest = raw.slice(raw.indexOf('\r\n\r\n') + 4)
  let body = ''
  for (;;) {
    const line = rest.indexOf('\r\n')
    const length = Number.parseInt(rest.slice(0, line), 16)
    if (line === -1 || Number.isNaN(length) || length === 0) return body
    body += rest.slice(line + 2, line + 2 + length)
    rest = rest.slice(line + 2 + length + 2)
  }
}

const numbersOf = (events: readonly FedEvent[]): number[] =>
  events.map(({ data }) => (JSON.parse(data) as { number: number }).number)
const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('a subscriber', () => {
  it('is told every entry after its place, each with its position, and goes on where it broke off', async () => {
    const { port, append } = await openFeed()
    append(3)
    const first = reader(port, formatPosition(at(1)))
    await first.reached(2)
    append(2)
    expect(await first.reached(4)).toEqual(
      [2, 3, 4, 5].map((number) => ({
        id: formatPosition(at(number)),
        type: 'change',
        data: `{"number":${number},"scopes":["key:${number}"]}`,
      })),
    )
    const last = first.events().at(-1)?.id ?? ''
    first.socket.destroy()
    append(2)
    const again = reader(port, last)
    expect(numbersOf(await again.reached(2))).toEqual([6, 7])
  })

  it('without a place is told where the log is, and what follows', async () => {
    const { port, append } = await openFeed()
    append(3)
    const follower = reader(port, null)
    await follower.begun()
    expect(follower.raw()).toContain(`id: ${formatPosition(at(3))}\n`)
    append(1)
    expect(numbersOf(await follower.reached(1))).toEqual([4])
  })

  it.each([
    ['with a wrong hash', formatPosition(at(2, 'b'))],
    ['of another epoch', formatPosition({ ...at(2), epoch: 'second' })],
    ['that lies ahead', formatPosition(at(9))],
    ['from before the window', formatPosition({ ...at(0), hash: 'older' })],
  ])('at a place %s is told to forget everything, and then what follows', async (_, after) => {
    const { port, append } = await openFeed()
    append(3)
    const follower = reader(port, after)
    expect(await follower.reached(1)).toEqual([{ id: formatPosition(at(3)), type: 'reset', data: '{}' }])
    append(1)
    expect(numbersOf((await follower.reached(2)).slice(1))).toEqual([4])
  })

  it('is told nothing that the engine has not applied', async () => {
    const { port, append, state, feed, run } = await openFeed()
    append(1)
    const follower = reader(port, formatPosition(at(0)))
    await follower.reached(1)
    append(2)
    await follower.reached(3)
    // The window has three entries; the engine says that it stands at the first.
    state.position = at(1)
    const slower = reader(port, formatPosition(at(0)))
    expect(numbersOf(await slower.reached(1))).toEqual([1])
    state.position = null
    feed.wake()
    run()
    state.position = at(3)
    feed.wake()
    run()
    expect(numbersOf(await slower.reached(3))).toEqual([1, 2, 3])
  })

  it('hears a beat while nothing changes', async () => {
    const { port, beat } = await openFeed()
    const follower = reader(port, null)
    await follower.begun()
    beat()
    await expect.poll(() => bodyOf(follower.raw())).toContain('\n\n: beat\n\n')
  })

  it('is told of an entry that is too long as of one that may touch anything', async () => {
    const { port, append } = await openFeed()
    const follower = reader(port, formatPosition(at(0)))
    append(1, () => Array.from({ length: 2_000 }, (_, index): Scope => `key:key_${index}`))
    expect((await follower.reached(1))[0]?.data).toBe('{"number":1,"scopes":["all"]}')
  })

  it('is refused where there are too many, and let in when another has left', async () => {
    const { port, feed } = await openFeed(2)
    const [one, two] = [reader(port, null), reader(port, null)]
    await Promise.all([one.begun(), two.begun()])
    const third = reader(port, null)
    await expect.poll(() => third.raw()).toContain('503')
    two.socket.destroy()
    await expect.poll(() => feed.counts.open).toBe(1)
    await reader(port, null).begun()
    expect(feed.counts.open).toBe(2)
  })
})

describe('a slow reader', () => {
  it('costs a bounded memory, is dropped when it reads nothing, and goes on without a gap', async () => {
    const { port, append, responses, beat, feed } = await openFeed()
    const wide = (number: number): Scope[] => [`key:${String(number).padStart(2_000, '0')}`]
    const slow = reader(port, formatPosition(at(0)), { reads: false })
    await expect.poll(() => feed.counts.open).toBe(1)
    const [response] = responses
    if (response === undefined) throw new Error('there is no stream')
    // What the operating system takes for itself comes first; its size is not ours to know.
    let most = 0
    for (let round = 0; round < 400 && !response.writableNeedDrain; round++) {
      append(100, wide)
      most = Math.max(most, response.writableLength)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(response.writableNeedDrain).toBe(true)
    for (let round = 0; round < 5; round++) {
      append(100, wide)
      most = Math.max(most, response.writableLength)
    }
    expect(most).toBeLessThan(65_536 + 32_768)
    const healthy = reader(port, null, { credential: 'crd_2' })
    await healthy.begun()
    beat()
    expect(feed.counts).toEqual({ open: 2, dropped: 0 })
    beat()
    expect(feed.counts).toEqual({ open: 1, dropped: 1 })
    slow.socket.resume()
    await slow.over()
    const got = slow.events()
    expect(got.length).toBeGreaterThan(0)
    expect(numbersOf(got)).toEqual(upTo(1, got.length))
    append(1)
    expect(numbersOf(await healthy.reached(1))).toHaveLength(1)
  })

  it('that reads after all is told the rest, and not dropped', async () => {
    const { port, append, responses, beat, feed, state } = await openFeed()
    const wide = (number: number): Scope[] => [`key:${String(number).padStart(8_000, '0')}`]
    const slow = reader(port, formatPosition(at(0)), { reads: false })
    await expect.poll(() => feed.counts.open).toBe(1)
    const [response] = responses
    for (let round = 0; round < 1_900 && response?.writableNeedDrain === false; round++) {
      append(1, wide)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(response?.writableNeedDrain).toBe(true)
    append(50, wide)
    beat()
    slow.socket.resume()
    const last = state.position?.number ?? 0
    expect(numbersOf(await slow.reached(last))).toEqual(upTo(1, last))
    beat()
    expect(feed.counts).toEqual({ open: 1, dropped: 0 })
  })

  it('that the window has left behind is told to forget everything when it reads again', async () => {
    const { port, append, responses, feed } = await openFeed()
    const wide = (number: number): Scope[] => [`key:${String(number).padStart(8_000, '0')}`]
    const slow = reader(port, formatPosition(at(0)), { reads: false })
    await expect.poll(() => feed.counts.open).toBe(1)
    const [response] = responses
    for (let round = 0; round < 1_900 && response?.writableNeedDrain === false; round++) {
      append(1, wide)
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (let round = 0; round < 5; round++) append(500)
    slow.socket.resume()
    await expect.poll(() => slow.events().some(({ type }) => type === 'reset')).toBe(true)
    append(1)
    await expect.poll(() => slow.events().at(-1)?.type).toBe('change')
  })
})

describe('a stream ends', () => {
  it('when its credential is touched, after that was told; the others go on', async () => {
    const { port, append, feed } = await openFeed()
    const [mine, other] = [reader(port, null), reader(port, null, { credential: 'crd_2' })]
    await Promise.all([mine.begun(), other.begun()])
    append(1, () => ['credential:crd_1'])
    await mine.over()
    expect(numbersOf(mine.events())).toEqual([1])
    append(1)
    expect(numbersOf(await other.reached(2))).toEqual([1, 2])
    expect(feed.counts.open).toBe(1)
  })

  it('when everything may have changed, and when the log is another one', async () => {
    const { port, append, state, window, feed, run } = await openFeed()
    const follower = reader(port, null)
    await follower.begun()
    append(1, () => ['all'])
    await follower.over()
    const second = reader(port, null)
    await second.begun()
    const head = { position: at(4, 'b'), ageMs: 0, storeTimeMs: 0, changes: [], complete: true, reset: true }
    window.observe(at(1), head)
    state.position = at(4, 'b')
    feed.wake()
    run()
    await second.over()
    expect(second.events()).toEqual([{ id: formatPosition(at(4, 'b')), type: 'reset', data: '{}' }])
  })

  it('not for what was changed before its credential was found', async () => {
    const { port, append, state, window, feed, run } = await openFeed()
    // Applied, and about to be told: a credential was made a moment ago, and is used at once.
    const before = state.position
    state.position = at(1)
    const changes = [{ number: 1, hash: 'a1', scopes: ['credential:crd_1'] satisfies Scope[] }]
    window.observe(before, { position: at(1), ageMs: 0, storeTimeMs: 0, changes, complete: true, reset: false })
    feed.wake()
    const follower = reader(port, null)
    await follower.begun()
    run()
    append(1)
    expect(numbersOf(await follower.reached(1))).toEqual([2])
  })

  it('when the server stops; nobody is let in from then on', async () => {
    const { port, feed } = await openFeed()
    const follower = reader(port, null)
    await follower.begun()
    feed.close()
    await follower.over()
    const late = reader(port, null)
    await expect.poll(() => late.raw()).toContain('503')
    expect(feed.counts.open).toBe(0)
  })
})
