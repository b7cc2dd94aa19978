import type { Position } from '@keywright/core'
import { failure, KeywrightError, toldWaitMs } from '../error.ts'
import { type Call, nameOf, type OpenStream } from '../transport.ts'
import { foreignAnswer } from '../wire.ts'
import { backoffMs, type VerifierClock } from './clock.ts'
import { EventIds } from './event-ids.ts'
import { formatPosition, readPosition } from './positions.ts'
import type { Troubles } from './troubles.ts'

/** The server sends a beat every 10 seconds; a stream that is silent for longer than this is dead. */
const silenceMs = 30_000
const [firstMs, mostMs] = [250, 15_000]
const toldMostMs = 60_000

const call: Call = { method: 'GET', path: 'v1/feed' }

/** What a feed works with. */
export interface FeedOptions {
  readonly open: OpenStream
  readonly clock: VerifierClock
  readonly random: () => number
  readonly troubles: Troubles
  /** How long the beginning of an answer may take. */
  readonly timeoutMs: number
  /** Where memory is. */
  readonly position: () => Position | null
  /** Told of a position that the log has reached. It may be wrong, or not come at all: reads of the head prove, this only wakes. */
  readonly wake: (position: Position) => void
}

/** Follows the server's feed of changes until it is stopped, and connects again when it breaks. */
export class Feed {
  readonly #options: FeedOptions
  readonly #stopped = new AbortController()
  #connection: AbortController | null = null
  #isConnected = false
  #lastId: string | null = null
  #cancelWait = () => {}

  constructor(options: FeedOptions) {
    this.#options = options
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  start(): void {
    void this.#run()
  }

  stop(): void {
    this.#stopped.abort()
    this.#connection?.abort()
    this.#cancelWait()
  }

  async #run(): Promise<void> {
    const { clock, random, troubles } = this.#options
    for (let failures = 0; !this.#stopped.signal.aborted; ) {
      let toldMs = 0
      try {
        await this.#follow(() => {
          failures = 0
        })
      } catch (error) {
        if (this.#stopped.signal.aborted) return
        troubles.lasting('feed', error)
        toldMs = toldWaitMs(error)
      }
      if (this.#stopped.signal.aborted) return
      const waitMs = backoffMs(firstMs, mostMs, failures++, random)
      const timer = clock.delay(Math.max(waitMs, Math.min(toldMs, toldMostMs)), true)
      this.#cancelWait = timer.cancel
      await timer.done
    }
  }

  /** Reads one stream to its end. */
  async #follow(connected: () => void): Promise<void> {
    const { clock, open, troubles, timeoutMs } = this.#options
    const connection = new AbortController()
    this.#connection = connection
    let silence = clock.delay(timeoutMs, true)
    const watch = (): void => void silence.done.then(() => connection.abort())
    watch()
    try {
      const answer = await open({ ...call, ...this.#from() }, connection.signal)
      const reader = answer.body?.getReader()
      if (reader === undefined || !answer.headers.get('content-type')?.startsWith('text/event-stream'))
        throw foreignAnswer(call)
      this.#isConnected = true
      connected()
      troubles.mended('feed')
      const [ids, decoder] = [new EventIds(), new TextDecoder()]
      for (;;) {
        silence.cancel()
        silence = clock.delay(silenceMs, true)
        watch()
        const { done, value } = await reader.read()
        if (done) return
        this.#hear(ids, decoder.decode(value, { stream: true }))
      }
    } catch (error) {
      throw error instanceof KeywrightError ? error : broken(connection.signal.aborted)
    } finally {
      this.#isConnected = false
      silence.cancel()
      connection.abort()
    }
  }

  #from(): Pick<Call, 'query' | 'headers'> {
    if (this.#lastId !== null) return { headers: { 'last-event-id': this.#lastId } }
    const position = this.#options.position()
    return { query: { after: position && formatPosition(position) } }
  }

  /** Of the events of one piece only the last one counts: it has the newest position. */
  #hear(ids: EventIds, piece: string): void {
    const last = ids.read(piece).at(-1)
    if (last === undefined) return
    const position = readPosition(last)
    this.#lastId = last
    this.#options.wake(position)
  }
}

const broken = (wasAborted: boolean): KeywrightError =>
  wasAborted
    ? failure(nameOf(call), 'timeout', 'the feed was silent for too long')
    : failure(nameOf(call), 'network_error', 'the feed broke off')
