import type { ServerResponse } from 'node:http'
import type { Position, Scope } from '@keywright/core'
import { formatPosition } from './position.ts'
import type { LogWindow, WindowEntry } from './window.ts'

/** How often a feed shows that it is alive. */
const beatMs = 10_000
/** Streams that one process holds open; each costs a connection and, while its reader lags, up to 64 KiB. */
const standardSubscribersMax = 2_000
/** Written at once; a stream that has 64 KiB waiting is written nothing more until it was read. */
const chunkBytesMax = 16_384
/** An entry that is longer than this is told of as one that may touch anything. */
const entryBytesMax = 16_384
/** A stream that ends is cut off when its reader has not taken the rest by then. */
const lingerMs = 10_000

/** What a feed is made with. */
export interface FeedParts {
  readonly window: LogWindow
  /** Through where the engine has applied the log; `null`: it has no proof of anything. */
  readonly position: () => Position | null
  readonly subscribersMax?: number
  /** Does work soon, outside what calls it. */
  readonly soon?: (work: () => void) => void
  /** Does work again and again, until what it answers is called. */
  readonly every?: (ms: number, work: () => void) => () => void
}

interface Subscriber {
  readonly credentialId: string
  /** The newest entry that was applied when its credential was found. */
  readonly since: number
  readonly response: ServerResponse
  /** Through where it was told; `null`: it has not begun, or is over. */
  told: Position | null
  /** What was written waits to be read. */
  isFull: boolean
  /** Was full at the last beat, and nothing was read since. */
  isStuck: boolean
}

/** A place of one subscriber of a feed. */
export interface FeedPlace {
  /** Begins the stream after a position, or now; false where the place was lost meanwhile, and nothing was written. */
  begin(after: Position | null, headers: Readonly<Record<string, string>>): boolean
  leave(): void
}

/**
 * The log for everybody who waits for it: what the engine has applied, in order and without a gap, as server-sent events (HTML Living Standard,
 * section 9.2). It wakes; it proves nothing. What a subscriber has not yet taken stays in the window, so that a slow reader costs no memory.
 */
export class Feed {
  readonly #parts: FeedParts
  readonly #subscribers = new Set<Subscriber>()
  #looked: Position | null
  #isDue = false
  #isClosed = false
  #dropped = 0
  #stopBeat: (() => void) | null = null

  constructor(parts: FeedParts) {
    this.#parts = parts
    this.#looked = parts.position()
  }

  /** How many streams are open, and how many were cut off because nobody read them. */
  get counts(): { readonly open: number; readonly dropped: number } {
    return { open: this.#subscribers.size, dropped: this.#dropped }
  }

  /** Says that the engine has applied something. */
  wake(): void {
    if (this.#isDue || this.#isClosed) return
    this.#isDue = true
    const soon = this.#parts.soon ?? setImmediate
    // Whoever waits for the engine is answered before everybody else is told.
    soon(() => {
      this.#isDue = false
      this.#tellAll()
    })
  }

  /** Takes a place for a request whose credential was found in this very turn; `undefined` where there is none left. */
  join(credentialId: string, response: ServerResponse): FeedPlace | undefined {
    const { position, subscribersMax = standardSubscribersMax } = this.#parts
    if (this.#isClosed || this.#subscribers.size >= subscribersMax) return undefined
    const since = position()?.number ?? Number.NEGATIVE_INFINITY
    const subscriber: Subscriber = { credentialId, since, response, told: null, isFull: false, isStuck: false }
    this.#subscribers.add(subscriber)
    this.#beatWhileNeeded()
    const leave = () => {
      this.#subscribers.delete(subscriber)
      this.#beatWhileNeeded()
    }
    response.on('close', leave)
    return { begin: (after, headers) => this.#begin(subscriber, after, headers), leave }
  }

  /** Ends every stream, and takes no more. */
  close(): void {
    this.#isClosed = true
    for (const subscriber of this.#subscribers) this.#end(subscriber)
  }

  #begin(subscriber: Subscriber, after: Position | null, headers: Readonly<Record<string, string>>): boolean {
    const now = this.#parts.position()
    if (now === null || !this.#subscribers.has(subscriber)) return false
    const { response } = subscriber
    response.shouldKeepAlive = false
    response.on('drain', () => {
      subscriber.isFull = false
      subscriber.isStuck = false
      this.#tell(subscriber)
    })
    // Whoever is gone is told nothing more; `close` says so.
    response.on('error', () => {})
    response.writeHead(200, headers)
    subscriber.told = after ?? now
    this.#write(subscriber, after === null ? `: open\nid: ${formatPosition(now)}\n\n` : ': open\n\n')
    this.#tell(subscriber)
    return true
  }

  #tellAll(): void {
    const now = this.#parts.position()
    // The next position wakes again.
    if (now === null) return
    const looked = this.#looked
    this.#looked = now
    const touchedAt = looked === null ? undefined : this.#touchedBetween(looked, now)
    const chunks = new Map<string, Chunk>()
    for (const subscriber of this.#subscribers) {
      this.#tell(subscriber, chunks)
      // Its credential may be gone. When it comes again, it is looked up anew: no text of a credential is kept here for that.
      if (touchedAt === undefined || touchedAt(subscriber.credentialId) > subscriber.since) this.#end(subscriber)
    }
  }

  /** The newest entry between two places that touches a credential; `undefined` where they are not places of one history. */
  #touchedBetween(after: Position, through: Position): ((credentialId: string) => number) | undefined {
    const { window } = this.#parts
    if (!window.has(after) || !window.has(through) || after.number > through.number) return undefined
    const numbers = new Map<Scope, number>()
    for (const { number, scopes } of window.between(after.number, through.number))
      for (const scope of scopes) if (scope === 'all' || scope.startsWith('credential:')) numbers.set(scope, number)
    const numberOf = (scope: Scope) => numbers.get(scope) ?? Number.NEGATIVE_INFINITY
    return (credentialId) => Math.max(numberOf('all'), numberOf(`credential:${credentialId}`))
  }

  /** Tells what is new, as much as the reader takes. */
  #tell(subscriber: Subscriber, chunks?: Map<string, Chunk>): void {
    const now = this.#parts.position()
    if (now === null) return
    while (subscriber.told !== null && !subscriber.isFull && !isAt(subscriber.told, now)) {
      const { told } = subscriber
      const chunk = chunks?.get(told.hash) ?? this.#chunkAfter(told, now)
      chunks?.set(told.hash, chunk)
      subscriber.told = chunk.through
      this.#write(subscriber, chunk.bytes)
    }
  }

  #chunkAfter(told: Position, now: Position): Chunk {
    const { window } = this.#parts
    if (told.number > now.number || !window.has(told) || !window.has(now)) {
      return { through: now, bytes: Buffer.from(`id: ${formatPosition(now)}\nevent: reset\ndata: {}\n\n`) }
    }
    let text = ''
    let through = told
    for (const entry of window.between(told.number, Math.min(now.number, told.number + entriesPerChunkMax))) {
      if (text.length >= chunkBytesMax) break
      through = { epoch: now.epoch, number: entry.number, hash: entry.hash }
      text += `id: ${formatPosition(through)}\nevent: change\ndata: ${dataOf(entry)}\n\n`
    }
    return { through, bytes: Buffer.from(text) }
  }

  #write(subscriber: Subscriber, bytes: Buffer | string): void {
    if (!subscriber.response.write(bytes)) subscriber.isFull = true
  }

  #beat(): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.told === null) continue
      if (!subscriber.isFull) this.#write(subscriber, ': beat\n\n')
      else if (subscriber.isStuck) this.#drop(subscriber)
      else subscriber.isStuck = true
    }
  }

  #drop(subscriber: Subscriber): void {
    this.#dropped++
    this.#subscribers.delete(subscriber)
    subscriber.told = null
    subscriber.response.destroy()
  }

  #end(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber)
    const { response, told, isFull } = subscriber
    if (told === null) return
    subscriber.told = null
    response.setTimeout(lingerMs, () => response.destroy())
    if (isFull) response.destroy()
    else response.end()
  }

  #beatWhileNeeded(): void {
    if (this.#subscribers.size === 0) {
      this.#stopBeat?.()
      this.#stopBeat = null
    } else this.#stopBeat ??= (this.#parts.every ?? repeatedly)(beatMs, () => this.#beat())
  }
}

/** Events that are written at once, and through where they tell. */
interface Chunk {
  readonly through: Position
  readonly bytes: Buffer
}

const entriesPerChunkMax = 256

const isAt = (one: Position, other: Position): boolean =>
  one.number === other.number && one.hash === other.hash && one.epoch === other.epoch

const dataOf = ({ number, json }: WindowEntry): string =>
  json.length <= entryBytesMax ? json : JSON.stringify({ number, scopes: ['all'] satisfies Scope[] })

function repeatedly(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms)
  timer.unref()
  return () => clearInterval(timer)
}
