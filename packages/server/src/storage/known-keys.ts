import { setTimeout as pauseFor } from 'node:timers/promises'
import type { Position } from '@keywright/core'
import { type RawBuilder, sql } from 'kysely'
import { place } from './database.ts'
import { DigestFilter } from './digest-filter.ts'
import type { Store } from './open-store.ts'
import type { CheckReads, HeadAnswer, KnownKeysState } from './ports.ts'

/** The most keys that a filter is made for: 50 MB. */
const knownKeysMax = 20_000_000
/** Digests that are read at a time; other work goes on in between. */
const sliceDigests = 1_000
/** Digests that are counted at a time, inside the database. */
const sliceCounted = 20_000
/** Reads of the log, a thousand entries each, by which a filter catches up; where that is not enough, a new one is made. */
const catchUpReadsMax = 10
/** After a gathering that led to nothing, no other is begun for so long. */
const gatherAgainMs = 10_000
/**
 * The time between two reads of the log on behalf of unknown keys, and how many of those that wait each answers, oldest first: 2,000 a second,
 * so that a flood of them takes a part of the processor and leaves the rest to the keys that are known.
 */
const betweenReadsMs = 8
const answeredPerRead = 16
/** So many wait at most: as many as a second answers, which is how long a check waits unless the settings say otherwise. */
const waitingMax = 2_048
/** Ids that one statement names. */
const idsMax = 500

/** What tells which keys exist, and is complete through a position of the log. */
interface Known {
  readonly filter: DigestFilter
  readonly position: Position
}

/** What is different from one use to another. */
export interface KnownKeysOptions {
  /** Default: 20,000,000. */
  readonly keysMax?: number
  /** For how many keys room is made where so many are there. Default: a quarter more, so that it lasts a while. */
  readonly roomFor?: (count: number) => number
  /** Resolves when other work has had its turn. */
  readonly turn?: () => Promise<void>
  /** Resolves after so many milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>
}

const aQuarterMore = (count: number): number => Math.ceil(count * 1.25) + 1_024
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Says of a digest that no key in the store has it, so that unknown keys need no look-up: a filter over the digests of all keys. It errs
 * towards "perhaps" only. Before each answer it catches up with the log by a read that was sent after the key was presented, and that many share: a
 * key that another node has just made is known at once. Unknown keys stand in line for those reads; known ones never do.
 */
export class KnownKeys {
  readonly #store: Store
  readonly #head: CheckReads['head']
  readonly #keysMax: number
  readonly #roomFor: (count: number) => number
  readonly #turn: () => Promise<void>
  readonly #pause: (ms: number) => Promise<unknown>
  readonly #slice: (after: string) => Promise<readonly string[]>
  readonly #counted: (after: string) => Promise<{ readonly count: number; readonly last: string | null }>
  #known: Known | null = null
  #gathering: Promise<void> | null = null
  /** Those who wait for a read, oldest first; they hear whether the filter is complete. */
  #waiting: ((isComplete: boolean) => void)[] = []
  #answering: Promise<void> | null = null
  #readMs = Number.NEGATIVE_INFINITY
  #closed = false
  #tooMany = false
  #byFilter = 0
  #byStore = 0
  #turnedAway = 0
  #tellTooMany: () => void = () => {}
  #wanted = false
  #notBeforeMs = Number.NEGATIVE_INFINITY

  constructor(store: Store, head: CheckReads['head'], options: KnownKeysOptions = {}) {
    this.#store = store
    this.#head = head
    this.#keysMax = options.keysMax ?? knownKeysMax
    this.#roomFor = options.roomFor ?? aQuarterMore
    this.#turn = options.turn ?? nextTurn
    this.#pause = options.pause ?? ((ms) => pauseFor(ms))
    this.#slice = sliceReader(store)
    this.#counted = sliceCounter(store)
  }

  get state(): KnownKeysState {
    const { filter } = this.#known ?? { filter: null }
    return {
      keys: filter?.count ?? null,
      bytes: filter?.bytes ?? 0,
      tooMany: this.#tooMany,
      answeredByFilter: this.#byFilter,
      answeredByStore: this.#byStore,
      turnedAway: this.#turnedAway,
    }
  }

  /** Gathers the digests in the background; until they are complete, nothing is said. `tellTooMany` hears where there are too many. */
  gather(tellTooMany: () => void = () => {}): Promise<void> {
    this.#tellTooMany = tellTooMany
    this.#wanted = true
    return this.#gather()
  }

  /** Ends what runs in the background. */
  async close(): Promise<void> {
    this.#closed = true
    this.#known = null
    await this.#gathering
    await this.#answering
  }

  /** The position at which no key has any of these digests; `undefined` where that is not sure. Rejects where too many wait for an answer. */
  async absentAt(digests: readonly string[]): Promise<Position | undefined> {
    if (this.mayHaveAny(digests) || !(await this.#current()) || this.mayHaveAny(digests)) return undefined
    this.#byFilter++
    return this.#known?.position
  }

  /** Counts a miss that the database answered. Where digests should be there and are not, they are gathered again. */
  missedInStore(): void {
    this.#byStore++
    const isDue = this.#store.clock.monotonicMs() >= this.#notBeforeMs
    if (this.#wanted && this.#known === null && !this.#tooMany && isDue) void this.#gather()
  }

  /** Whether the store may have a key with one of these digests. */
  mayHaveAny(digests: readonly string[]): boolean {
    const filter = this.#known?.filter
    return filter === undefined || digests.some((digest) => filter.mayHave(digest))
  }

  /** Makes the filter complete through what the log has now. A read that was sent before does not count. Rejects where too many wait. */
  #current(): Promise<boolean> {
    if (this.#waiting.length >= waitingMax) {
      this.#turnedAway++
      return Promise.reject(new Error('too many unknown keys wait for an answer'))
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#answering ??= this.#answerAll()
    })
  }

  async #answerAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const sinceMs = this.#store.clock.monotonicMs() - this.#readMs
      await (sinceMs < betweenReadsMs ? this.#pause(betweenReadsMs - Math.max(0, sinceMs)) : this.#turn())
      const answered = this.#waiting.splice(0, answeredPerRead)
      this.#readMs = this.#store.clock.monotonicMs()
      const isComplete = await this.#catchUpKnown().catch(() => false)
      for (const hear of answered) hear(isComplete)
    }
    this.#answering = null
  }

  async #catchUpKnown(): Promise<boolean> {
    const before = this.#known
    if (before === null) return false
    const after = await this.#caughtUp(before)
    // Another filter took its place meanwhile, and may be behind.
    if (this.#known !== before) return await this.#catchUpKnown()
    this.#known = after
    if (after === null || after.filter.count > after.filter.capacity) void this.#gather()
    return after !== null
  }

  /** The same filter with the keys that came into being since; `null` where the log does not lead on from where it was. */
  async #caughtUp({ filter, position }: Known): Promise<Known | null> {
    let at = position
    for (let read = 0; read < catchUpReadsMax; read++) {
      const head = await this.#head(at)
      if (head.reset || head.position.epoch !== at.epoch) return null
      const made = madeIn(head)
      if (made === 'all') return null
      for (let index = 0; index < made.length; index += idsMax) {
        for (const digest of await this.#digestsOf(made.slice(index, index + idsMax))) filter.add(digest)
      }
      at = head.position
      if (head.complete) return { filter, position: at }
    }
    return null
  }

  // What is gone by the time of this read was deleted since: it is unknown now.
  async #digestsOf(ids: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#store.read.selectFrom('keys').select('digest').where('id', 'in', ids).execute()
    return rows.map(({ digest }) => digest)
  }

  /** One at a time; it never rejects. */
  #gather(): Promise<void> {
    this.#notBeforeMs = this.#store.clock.monotonicMs() + gatherAgainMs
    this.#gathering ??= this.#gatherAll()
      .catch(() => {})
      .finally(() => {
        this.#gathering = null
      })
    return this.#gathering
  }

  async #gatherAll(): Promise<void> {
    const { position } = await this.#head(null)
    const count = await this.#count()
    if (count === null) return
    if (count > this.#keysMax) {
      this.#known = null
      if (!this.#tooMany) this.#tellTooMany()
      this.#tooMany = true
      return
    }
    this.#tooMany = false
    const filter = new DigestFilter(this.#roomFor(count))
    for (let after = ''; ; ) {
      const digests = await this.#slice(after)
      for (const digest of digests) filter.add(digest)
      after = digests.at(-1) ?? ''
      if (digests.length < sliceDigests) break
      await this.#turn()
      if (this.#closed) return
    }
    // Keys that were made meanwhile, wherever the reading was, come in by the log.
    const known = await this.#caughtUp({ filter, position })
    if (!this.#closed) this.#known = known
  }

  /** How many keys there are, counted in pieces; `null` where the end came first. */
  async #count(): Promise<number | null> {
    let total = 0
    for (let after = ''; ; ) {
      const { count, last } = await this.#counted(after)
      total += count
      if (count < sliceCounted || last === null || total > this.#keysMax) return total
      after = last
      await this.#turn()
      if (this.#closed) return null
    }
  }
}

/** The ids of the keys that may have come into being in these entries; `all` where anything may have changed. */
function madeIn({ changes }: HeadAnswer): readonly string[] | 'all' {
  const ids: string[] = []
  for (const { scopes } of changes) {
    if (scopes.includes('all')) return 'all'
    if (scopes.includes('unknown')) for (const scope of scopes) if (scope.startsWith('key:')) ids.push(scope.slice(4))
  }
  return ids
}

const digestsAfter = (limit: number): RawBuilder<{ readonly digest: string }> =>
  sql`select digest from keys where digest > ${place('after')} order by digest limit ${sql.lit(limit)}`

function sliceReader({ database }: Store): (after: string) => Promise<readonly string[]> {
  const statement = database.prepare(digestsAfter(sliceDigests))
  return async (after) => (await statement.all({ after })).map(({ digest }) => digest)
}

function sliceCounter({
  database,
}: Store): (after: string) => Promise<{ readonly count: number; readonly last: string | null }> {
  type Row = { readonly count: number; readonly last: string | null }
  const statement = database.prepare<Row>(
    sql<Row>`select count(*) as count, max(digest) as last from (${digestsAfter(sliceCounted)}) slice`,
  )
  return async (after) => {
    const [row] = await statement.all({ after })
    return { count: Number(row?.count ?? 0), last: row?.last ?? null }
  }
}
