import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isProblem, type NodeEngine, type Position, type Soon } from '@keywright/core'
import { engineOver } from '../../engine.ts'
import type { Store } from '../../storage/open-store.ts'
import type { CheckReads, Storage } from '../../storage/ports.ts'
import { storageOf } from '../../storage/storage.ts'
import { openTestStore, type TestClock, testClock, testConfig, testOperator } from '../../storage/testing.ts'
import { managedSource } from '../testing.ts'
import { FailureThrottle } from '../throttle.ts'
import { requestIds } from './answer.ts'
import { dataPlane } from './door.ts'
import { Feed } from './feed.ts'
import { LogWindow, type WindowBounds } from './window.ts'

/** How old the memory of the nodes may be. */
export const freshnessMs = 1_000

/** The configuration of the nodes. */
export const planeConfig = testConfig(managedSource)

/** A store on which several nodes can stand; a change is answered when `applying` of them have applied it. */
export interface Ground {
  readonly store: Store
  readonly storage: Storage
  readonly clock: TestClock
  readonly applying: NodeEngine[]
  /** Makes a verify credential. */
  credential(name: string): Promise<{ readonly id: string; readonly secret: string }>
  operator(): Promise<{ readonly id: string; readonly secret: string }>
  account(): Promise<string>
  key(account: string): Promise<{ readonly id: string; readonly secret: string }>
  close(): Promise<void>
}

/** Opens an empty store. */
export async function openGround(): Promise<Ground> {
  const clock = testClock()
  const applying: NodeEngine[] = []
  const applied = async (position: Position) => {
    await Promise.all(applying.map((engine) => engine.applied(position)))
  }
  const store = await openTestStore({ kind: 'sqlite', config: planeConfig, clock, applied })
  const storage = storageOf(store)
  const created = async (input: Parameters<Storage['credentials']['create']>[1]) => {
    const { record, secret } = accepted(await storage.credentials.create(testOperator, input))
    return { id: record.id, secret: secret?.expose() ?? '' }
  }
  return {
    store,
    storage,
    clock,
    applying,
    credential: (name) => created({ kind: 'verify', name, environment: 'live', audiences: ['api'] }),
    operator: () => created({ kind: 'operator', name: 'Operator' }),
    account: async () => accepted(await storage.accounts.create(testOperator, { name: 'Acme' })).record.id,
    key: async (account) => {
      const { record, secret } = accepted(await storage.keys.create(testOperator, account, { name: 'Sync' }))
      return { id: record.id, secret: secret?.expose() ?? '' }
    },
    close: () => store.close(),
  }
}

/** What was answered; throws where it was refused. */
export function accepted<Value>(value: Value): Exclude<Value, { readonly problem: string }> {
  if (isProblem(value)) throw new Error(`refused: ${value.problem} ${value.detail ?? ''}`)
  return value as Exclude<Value, { readonly problem: string }>
}

/** What a door answered. */
export interface DoorAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Record<string, unknown>
}

/** One node: its engine, and its doors over real HTTP. */
export interface TestNode {
  readonly url: string
  readonly port: number
  readonly engine: NodeEngine
  readonly window: LogWindow
  readonly feed: Feed
  /** How often each kind of read went to the store, by the engine or by a door. */
  readonly reads: Record<keyof CheckReads, number>
  /** Makes every read of the store fail. */
  failing: boolean
  /** Lets a beat of the feeds pass. */
  beat(): void
  /** The answers that are under way, the newest last. */
  readonly responses: ServerResponse[]
  readonly lines: string[]
  call(method: string, path: string, token: string, body?: unknown): Promise<DoorAnswer>
  close(): Promise<void>
}

/** How a node is opened. */
export interface NodeOptions {
  readonly subscribersMax?: number
  readonly bounds?: WindowBounds
  /** False: nobody waits until this node has applied a change, as with a node on another machine. */
  readonly applies?: boolean
}

/** Opens a node on a store, as the server wires it. */
export async function openNode(
  ground: Ground,
  { subscribersMax, bounds, applies = true }: NodeOptions = {},
): Promise<TestNode> {
  const { storage, clock } = ground
  const reads = { key: 0, account: 0, credential: 0, head: 0 }
  const lines: string[] = []
  const responses: ServerResponse[] = []
  const state = { failing: false }
  const beats = new Set<() => void>()
  const counted = <Asked, Answer>(kind: keyof CheckReads, read: (asked: Asked) => Soon<Answer>) => {
    return async (asked: Asked): Promise<Answer> => {
      reads[kind]++
      if (state.failing) throw new Error('the store is away')
      return await read(asked)
    }
  }
  const checks: CheckReads = {
    key: counted('key', storage.checks.key),
    account: counted('account', storage.checks.account),
    credential: counted('credential', storage.checks.credential),
    head: counted('head', storage.checks.head),
  }
  const window = new LogWindow(bounds)
  let feed: Feed | undefined
  const engine = engineOver(
    { checks: window.observing(checks), quotas: storage.quotas, onApplied: () => feed?.wake() },
    planeConfig,
    clock,
    { freshnessMs, outageGraceMs: 0 },
  )
  const made = new Feed({
    window,
    position: () => engine.state.position,
    ...(subscribersMax === undefined ? {} : { subscribersMax }),
    every: (_, work) => {
      beats.add(work)
      return () => beats.delete(work)
    },
  })
  feed = made
  if (applies) ground.applying.push(engine)
  await engine.refresh()
  const log = {
    info: (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message })),
    error: (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message })),
  }
  const doors = dataPlane({
    engine,
    config: planeConfig,
    configHash: 'hash-of-config',
    freshnessMs,
    window,
    head: checks.head,
    feed: made,
    storeUsage: (batch) => storage.usage.store(batch),
    throttle: new FailureThrottle(clock),
    trustedProxies: [],
    publicUrl: 'https://keys.example',
    requestId: requestIds('test'),
    log,
    counted: () => {},
  })
  const server = createServer((request, response) => {
    responses.push(response)
    if (!doors.serve(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    port,
    engine,
    window,
    feed: made,
    reads,
    lines,
    responses,
    get failing() {
      return state.failing
    },
    set failing(failing) {
      state.failing = failing
    },
    beat: () => {
      for (const work of beats) work()
    },
    call: async (method, path, token, body) => {
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) as Record<string, unknown> }
    },
    close: async () => {
      made.close()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}

/** One event of a stream. */
export interface FedEvent {
  readonly id: string
  readonly type: string
  readonly data: string
}

/** A stream that is followed. */
export interface Followed {
  readonly status: number
  readonly headers: Headers
  /** All that came so far. */
  text(): string
  /** The events that came so far. */
  events(): readonly FedEvent[]
  /** Resolves when the stream has so many events. */
  reached(count: number): Promise<readonly FedEvent[]>
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>
  leave(): void
}

/** The whole events of a stream's text. */
export const eventsOf = (text: string): FedEvent[] =>
  text
    .split('\n\n')
    .slice(0, -1)
    .map(
      (block) =>
        new Map(block.split('\n').map((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)])),
    )
    .filter((fields) => fields.has('data'))
    .map((fields) => ({ id: fields.get('id') ?? '', type: fields.get('event') ?? '', data: fields.get('data') ?? '' }))

/** Follows a feed. */
export async function follow(
  node: Pick<TestNode, 'url'>,
  token: string,
  { after, lastEventId }: { readonly after?: string; readonly lastEventId?: string } = {},
): Promise<Followed> {
  const leaving = new AbortController()
  const answer = await fetch(`${node.url}/v1/feed${after === undefined ? '' : `?after=${after}`}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: leaving.signal,
  })
  let text = ''
  const waiting: (() => void)[] = []
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const piece of answer.body ?? []) {
      text += decoder.decode(piece, { stream: true })
      for (const look of waiting) look()
    }
  }
  const ended = read().catch(() => {})
  return {
    status: answer.status,
    headers: answer.headers,
    text: () => text,
    events: () => eventsOf(text),
    reached: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (eventsOf(text).length >= count) resolve(eventsOf(text))
        }
        waiting.push(look)
        look()
      }),
    ended,
    leave: () => leaving.abort(),
  }
}
