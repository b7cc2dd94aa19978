import type { Position } from '../../event.ts'
import type { Batch } from '../recorder.ts'
import type { EngineQuotaRequest, Head, HeadChange, LoadedFacts } from '../source.ts'
import type { Planted } from './planted.ts'
import { SimulatedProcess } from './process.ts'
import type { Records, RecordsChange } from './records.ts'
import type { World } from './world.ts'

/** One entry of the log, and what the store held from then on. */
interface Entry {
  readonly hash: string
  readonly change: RecordsChange
}

/** What the store held from a moment of true time on. */
export interface Version {
  readonly fromMs: number
  readonly records: Records
}

/** Most changes that one answer holds. */
const changesPerAnswerMax = 4

/**
 * The store: records, a log whose entries are chained by hashes, quotas and usage. It remembers everything that it ever held, with true
 * times, for the rule alone.
 */
export class SimulatedStore {
  readonly process: SimulatedProcess
  /** Everything that was ever true, oldest first. */
  readonly versions: Version[] = []
  readonly quotaUsed = new Map<string, number>()
  /** Takings that nobody heard of, and so nobody gave back. */
  readonly quotaUnheard = new Map<string, number>()
  readonly #counted = new Map<string, { number: number; checks: number }>()
  readonly #world: World
  readonly #planted: Planted | undefined
  #entries: Entry[]
  #epoch = 1
  #hashes = 0
  #prunedThrough = 0

  constructor(world: World, first: Records, planted: Planted | undefined) {
    this.#world = world
    this.#planted = planted
    this.process = new SimulatedProcess(world, 'store')
    this.#entries = [{ hash: this.#newHash(0), change: { what: 'begin', records: first, scopes: [] } }]
    this.versions.push({ fromMs: Number.NEGATIVE_INFINITY, records: first })
  }

  get records(): Records {
    return this.#entryAt(this.number).change.records
  }
  get number(): number {
    return this.#entries.length - 1
  }
  get position(): Position {
    return this.positionAt(this.number)
  }
  get epoch(): number {
    return this.#epoch
  }

  positionAt(number: number): Position {
    return { epoch: `epoch ${this.#epoch}`, number, hash: this.#entryAt(number).hash }
  }

  /** Commits a change and answers its position. */
  commit(change: RecordsChange): Position {
    this.#entries.push({ hash: this.#newHash(this.#entries.length), change })
    this.versions.push({ fromMs: this.#world.nowMs, records: change.records })
    return this.position
  }

  /**
   * Goes back to a shorter past: by a restore, which begins a new epoch, or by a failover to a standby that lagged, which does not: there
   * only the hashes of later entries tell.
   */
  goBack(number: number, how: 'restore' | 'failover'): void {
    this.#entries = this.#entries.slice(0, number + 1)
    this.#prunedThrough = Math.min(this.#prunedThrough, number)
    if (how === 'restore' && this.#planted !== 'a restore keeps epoch and hashes') this.#epoch++
    this.versions.push({ fromMs: this.#world.nowMs, records: this.records })
  }

  /** Removes the entries before a number; what the store holds stays. */
  prune(number: number): void {
    this.#prunedThrough = Math.max(this.#prunedThrough, number)
  }

  /** Reads facts and the position of their snapshot. */
  load<Facts>(of: (records: Records) => Facts | undefined, number = this.number): LoadedFacts<Facts> {
    return { position: this.positionAt(number), facts: of(this.#entryAt(number).change.records) }
  }

  head(after: Position | null, through = this.number): Head {
    const head = {
      position: this.positionAt(through),
      ageMs: 0,
      storeTimeMs: this.process.wallMs(),
      changes: [],
      complete: true,
      reset: false,
    }
    if (after === null) return head
    if (!this.#isInPast(after)) return { ...head, reset: true }
    const last = Math.min(through, after.number + changesPerAnswerMax)
    return {
      ...head,
      position: this.positionAt(last),
      changes: this.#changes(after.number, last),
      complete: last === through,
    }
  }

  takeQuota({ lineageId, quota, cost }: EngineQuotaRequest): { taken: boolean; used: number; resetsAtMs: null } {
    const used = this.quotaUsed.get(lineageId) ?? 0
    const taken = used + cost <= quota.limit
    if (taken) this.quotaUsed.set(lineageId, used + cost)
    return { taken, used: taken ? used + cost : used, resetsAtMs: null }
  }

  giveQuotaBack({ lineageId, cost }: EngineQuotaRequest): void {
    this.quotaUsed.set(lineageId, (this.quotaUsed.get(lineageId) ?? 0) - cost)
  }

  /** Notes a taking whose check nobody gives it back for; a negative cost takes that back. */
  loseQuota(lineageId: string, cost: number): void {
    this.quotaUnheard.set(lineageId, (this.quotaUnheard.get(lineageId) ?? 0) + cost)
  }

  /** Counts a batch, unless it was counted before; answers whether it was. */
  storeBatch({ process, number, usage, refusals }: Batch): boolean {
    const counted = this.#counted.get(process) ?? { number: 0, checks: 0 }
    this.#counted.set(process, counted)
    if (number <= counted.number && this.#planted !== 'a repeated batch counts again') return false
    counted.number = number
    for (const { count } of [...usage, ...refusals]) counted.checks += count
    return true
  }

  /** How many checks of a process are counted. */
  countedOf(process: string): number {
    return this.#counted.get(process)?.checks ?? 0
  }

  #changes(after: number, last: number): HeadChange[] {
    return this.#entries
      .slice(after + 1, last + 1)
      .map(({ hash, change: { scopes } }, index) => ({ number: after + 1 + index, scopes, hash }))
  }

  #isInPast({ epoch, number, hash }: Position): boolean {
    const isKept = number >= this.#prunedThrough && number <= this.number
    return isKept && epoch === `epoch ${this.#epoch}` && hash === this.#entryAt(number).hash
  }

  #entryAt(number: number): Entry {
    const entry = this.#entries[number]
    if (entry === undefined) throw new Error('there is no such entry')
    return entry
  }

  #newHash(number: number): string {
    return this.#planted === 'a restore keeps epoch and hashes' ? `n${number}` : `h${this.#hashes++}`
  }
}
