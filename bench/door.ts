import autocannon from 'autocannon'
import { type Child, startChild } from './children.ts'
import { compare, type Result } from './measure.ts'

export const connections = 64
const seconds = 4

export interface Target {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export async function requestsPerSecond({ url, headers, body }: Target): Promise<number> {
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { ...headers },
    body,
    connections,
    duration: seconds,
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers other than 2xx, ${result.errors} errors`)
  return result.requests.total / result.duration
}

/** A check of one key at the door. */
export const checkAt = (door: Child, key: string): Target => ({
  url: `http://127.0.0.1:${door.port}/v1/verify`,
  headers: { authorization: `Bearer ${String(door.message['credential'])}`, 'content-type': 'application/json' },
  body: JSON.stringify({ key, permissions: ['jobs.view'], ip: '192.0.2.7' }),
})

/** `POST /v1/verify`, its caller's credential checked as well, against a bare `node:http` server that reads, parses and answers the same. */
export async function benchDoor(): Promise<Result> {
  const door = await startChild('./door-server.ts')
  let floor: Child | undefined
  try {
    const target = checkAt(door, String(door.message['key']))
    const sample = await fetch(target.url, { method: 'POST', headers: target.headers, body: target.body })
    const answer = await sample.text()
    if (!answer.startsWith('{"valid":true')) throw new Error('the door refuses the key of the bench')
    floor = await startChild('./floor-server.ts', [answer])
    const bare = { ...target, url: `http://127.0.0.1:${floor.port}/v1/verify` }
    return await compare(
      { name: `POST /v1/verify, ${connections} connections`, unit: 'requests/s', aimRatio: 0.75, rounds: 5 },
      () => requestsPerSecond(bare),
      () => requestsPerSecond(target),
    )
  } finally {
    await floor?.stop()
    await door.stop()
  }
}
