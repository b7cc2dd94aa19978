import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { RedisAddress } from './address.ts'
import { faultOf, isRefused, NotInTime, within } from './fault.ts'
import type { Script } from './script.ts'

/** What a connection is made with. */
export interface ConnectionOptions {
  readonly address: RedisAddress
  /** What shows that Redis does its work; it is asked again and again. */
  readonly probe: (connection: RedisConnection) => Promise<unknown>
  /** How long an answer may take. */
  readonly waitMs: number
  /** Told when Redis comes within reach, and when and why it goes. */
  readonly changed: (fault: string | null) => void
}

const connectMs = 1_000
const hangMsMin = 1_000
const probeEveryMs = 250
const pausesMs = [50, 100, 200, 400, 800]

/** A connection to Redis that makes itself anew whenever it has to. Commands are never sent twice, and never kept for later. */
export class RedisConnection {
  readonly #options: ConnectionOptions
  /** So long the probe's answer is waited for before the connection is given up; what was sent on it may be done or not. */
  readonly #hangMs: number
  #client: Redis | null = null
  #isUp = false
  #fault: string | null = null
  readonly #closing = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#hangMs = Math.max(hangMsMin, options.waitMs * 2)
  }

  /** Connects, and resolves when that has succeeded or failed for the first time; it goes on in the background. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#live(resolve)
    })
  }

  /** Whether Redis answered when it was last asked, and in time. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** What is wrong while Redis is out of reach, as a sentence's end; else `null`. */
  get fault(): string | null {
    return this.#fault
  }

  /** Runs a script, in one round trip wherever Redis has seen it before. It rejects where there is no connection, and then nothing was sent. */
  async run(script: Script, keys: readonly string[], parameters: readonly string[]): Promise<string> {
    const client = this.#client
    if (client?.status !== 'ready') throw new NotSent()
    try {
      return String(await client.evalsha(script.sha1, keys.length, ...keys, ...parameters))
    } catch (error) {
      if (!isRefused(error) || !String(error).includes('NOSCRIPT')) throw error
      // A Redis that was started anew has seen none. The whole text makes it known.
      return String(await client.eval(script.text, keys.length, ...keys, ...parameters))
    }
  }

  /** Tells that an answer did not come in time: Redis counts as out of reach until it answers again. */
  suspect(): void {
    this.#down(faultOf(new NotInTime(this.#options.waitMs)))
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#client?.disconnect()
    await this.#running
  }

  async #live(tried: () => void): Promise<void> {
    const { signal } = this.#closing
    for (let failures = 0; !signal.aborted; failures++) {
      const client = this.#newClient()
      let told: Error | undefined
      // Why a connection failed is told apart from that it did. What nobody listens for would be written to the terminal.
      client.on('error', (error) => {
        told = error
      })
      const answered = () => {
        failures = 0
        this.#up()
        tried()
      }
      await this.#use(client, answered).catch((error: unknown) => this.#down(faultOf(told ?? error)))
      this.#client = null
      client.disconnect()
      tried()
      const pauseMs = pausesMs[Math.min(failures, pausesMs.length - 1)] as number
      // Nodes that lost the same Redis do not all come back in the same moment.
      await pause(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {})
    }
    this.#isUp = false
  }

  /** Connects, then asks again and again, until the connection ends or an answer is missing for too long; never returns otherwise. */
  async #use(client: Redis, answered: () => void): Promise<never> {
    await within(connectMs, client.connect())
    this.#client = client
    const ended = new Promise<never>((_, reject) => {
      client.once('close', () => {
        const fault = new Error('the connection ended')
        // One that is given up here has told its own fault.
        if (this.#client === client) this.#down(faultOf(fault))
        reject(fault)
      })
    })
    for (;;) {
      const late = setTimeout(() => setImmediate(() => this.suspect()), this.#options.waitMs)
      try {
        await Promise.race([within(this.#hangMs, this.#options.probe(this)), ended])
      } finally {
        clearTimeout(late)
      }
      answered()
      await Promise.race([pause(probeEveryMs, undefined, { ref: false }), ended])
    }
  }

  #newClient(): Redis {
    return new Redis({
      ...this.#options.address,
      lazyConnect: true,
      connectTimeout: connectMs,
      disconnectTimeout: 0,
      connectionName: 'keywright',
      protocol: 2,
      // The probe asks for more than whether it is there.
      enableReadyCheck: false,
      // Another connection is made here, and what was taken must not be taken once more.
      retryStrategy: null,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
    })
  }

  #up(): void {
    if (this.#isUp) return
    this.#isUp = true
    this.#fault = null
    this.#options.changed(null)
  }

  #down(fault: string): void {
    if (this.#closing.signal.aborted) return
    const isNews = this.#isUp || this.#fault === null
    this.#isUp = false
    this.#fault = fault
    if (isNews) this.#options.changed(fault)
  }
}

/** There is no connection, and nothing was sent. */
class NotSent extends Error {
  constructor() {
    super('Redis cannot be reached.')
  }
}
