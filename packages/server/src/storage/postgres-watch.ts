import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

/** How long an answer that was asked for before a silence may come after it, or the end of a connection after it was asked for, in milliseconds. */
const graceMs = 1_000

type Client = pg.Client | pg.PoolClient

interface Seen {
  answeredMs: number
  /** When what it has not answered yet was asked; `null`: nothing is asked. */
  askedMs: number | null
}

/**
 * Which connections still lead to the database. Where packets are dropped nobody is told, and a connection stays as silent as long as its
 * answers are waited for. The proof asks several times a second: what it finds silent, the connections that have not answered since may be, too.
 */
export class ConnectionWatch {
  readonly #seen = new Map<Client, Seen>()
  #isSilent = false
  #doubtedBeforeMs = Number.NEGATIVE_INFINITY

  /** A connection is there; it answered a moment ago. */
  opened(client: Client): void {
    this.#seen.set(client, { answeredMs: performance.now(), askedMs: null })
    client.once('end', () => this.#seen.delete(client))
  }

  /** Something is asked on a connection. */
  asked(client: Client): void {
    const seen = this.#seen.get(client)
    if (seen !== undefined) seen.askedMs = performance.now()
  }

  /** The database has answered on it, or it has failed. */
  answered(client: Client): void {
    const seen = this.#seen.get(client)
    if (seen === undefined) return
    seen.askedMs = null
    seen.answeredMs = performance.now()
  }

  /** Whether a connection has not answered since the proof found the database silent. */
  isDoubtful(client: Client): boolean {
    return (this.#seen.get(client)?.answeredMs ?? Number.POSITIVE_INFINITY) < this.#doubtedBeforeMs
  }

  /** Resolves when connections have ended in order, or could not in time and were ended at once. */
  async close(ending: Promise<unknown>): Promise<void> {
    await takeLeave([...this.#seen.keys()], ending)
  }

  /** The proof had no answer. */
  silent(): void {
    this.#isSilent = true
    this.#doubtedBeforeMs = performance.now()
  }

  /** The proof has one again: who waits since before on another connection waits for nothing. */
  heard(): void {
    if (!this.#isSilent) return
    this.#isSilent = false
    const beforeMs = this.#doubtedBeforeMs
    setTimeout(() => {
      for (const [client, { askedMs }] of this.#seen) if (askedMs !== null && askedMs < beforeMs) cut(client)
    }, graceMs).unref()
  }
}

/** Ends a connection at once. */
export function cut(client: Client): void {
  if (client instanceof pg.Client) client.connection.stream.destroy()
}

/** Ends connections in order, and those that do not take leave within a second at once: left open, they would keep the process from ending. */
export async function takeLeave(clients: readonly Client[], ending: Promise<unknown>): Promise<void> {
  const late = new AbortController()
  await Promise.race([ending, pause(graceMs, undefined, { signal: late.signal })])
  late.abort()
  for (const client of clients) cut(client)
}
