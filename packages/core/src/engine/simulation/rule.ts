import type { CheckRequest, Decision } from '../../decision.ts'
import type { SimulatedProcess } from './process.ts'
import { isUsable, type Records, type StoredKey } from './records.ts'
import type { SimulatedStore } from './store.ts'
import type { World } from './world.ts'

/** Where checks are made. */
export interface Place {
  readonly name: string
  readonly process: SimulatedProcess
  /** From this version of the store's history on changes were answered here; 0: none. */
  readonly answeredVersion: number
}

/** Where what a check takes of limits and quotas is counted. */
export type Counted = 'here' | 'together'

/**
 * How long units may be held elsewhere for a check that is refused in the end: when they are given back, time has given back a part of them
 * already, so that for so long the limit may be exceeded by what it admits meanwhile.
 */
const heldMs = 6_000

/** A bucket that empties steadily: what a limit admits at most, worked out in another way than the engine does. */
interface Level {
  units: number
  atMs: number
}

/**
 * What must hold, judged by true time: no check is accepted by facts that were all refusing for longer than the bound, nor by anything older
 * than what was answered in the same node; and nobody gets more than limits and quotas admit.
 */
export class Rule {
  readonly violations: string[] = []
  /** Accepted checks, by what they took part in. */
  accepted = 0
  readonly quotaAccepted = new Map<string, number>()
  readonly #world: World
  readonly #store: SimulatedStore
  readonly #keys: ReadonlyMap<string, StoredKey>
  readonly #levels = new Map<string, Level>()

  constructor(world: World, store: SimulatedStore, keys: ReadonlyMap<string, StoredKey>) {
    this.#world = world
    this.#store = store
    this.#keys = keys
  }

  violated(what: string): void {
    this.#world.note(() => `VIOLATED: ${what}`)
    this.violations.push(`${this.#world.nowMs.toFixed(1)}: ${what}`)
  }

  /** Called in the moment of a verdict that accepts. */
  accepts(place: Place, { key: text, permissions = [] }: CheckRequest, boundMs: number): void {
    const id = this.#keys.get(text)?.id ?? 'an unknown key'
    const storeNowMs = this.#store.process.wallMs()
    const was = (records: Records) => permissions.every((each) => isUsable(records, text, each, storeNowMs))
    this.#judge(place, `${id} is accepted`, boundMs, was)
  }

  /** Called in the moment when a credential is known. */
  knows(place: Place, text: string, boundMs: number): void {
    this.#judge(place, `${text} is accepted`, boundMs, ({ credentials }) => credentials.has(text))
  }

  /** Called for an accepted check that takes of limits and quotas. */
  takes(place: Place, { key: text, cost = 1 }: CheckRequest, counted: Counted): void {
    const key = this.#keys.get(text)
    if (key === undefined || cost <= 0) return
    for (const { name, limit, windowSeconds, burst = limit } of key.limits) {
      // Of a limit that is counted elsewhere only the moment of the verdict is known, which is later than that of the taking: judged over all.
      const nowMs = counted === 'here' ? place.process.monotonicMs() : this.#world.nowMs
      const who = counted === 'here' ? place.process.name : 'all nodes'
      const level = this.#levels.get(`${who} ${key.lineageId} ${name}`) ?? { units: 0, atMs: nowMs }
      this.#levels.set(`${who} ${key.lineageId} ${name}`, level)
      const leftMs = nowMs - level.atMs
      const emptied = level.units - (leftMs * limit) / (windowSeconds * 1_000)
      if (counted === 'here') {
        level.units = Math.max(0, emptied) + cost
        level.atMs = nowMs
      } else level.units += cost
      const lateUnits = (heldMs * limit) / (windowSeconds * 1_000)
      const units = counted === 'here' ? level.units : emptied + cost - lateUnits
      if (units > burst + 0.1) this.violated(`${who} exceed the limit of ${key.id}: ${units.toFixed(2)} of ${burst}`)
    }
    if (key.quota === null) return
    const used = (this.quotaAccepted.get(key.lineageId) ?? 0) + cost
    this.quotaAccepted.set(key.lineageId, used)
    if (used > key.quota.limit) this.violated(`the quota of ${key.id} is exceeded: ${used}`)
  }

  /** Called with every verdict on a check. */
  answers(place: Place, { key: text }: CheckRequest, { code, staleMs }: Decision): void {
    this.#world.note(() => {
      const stale = staleMs === undefined ? '' : ` (${staleMs} ms old)`
      return `${place.name} ${this.#keys.get(text)?.id ?? 'an unknown key'} ${code}${stale}`
    })
  }

  #judge(place: Place, what: string, boundMs: number, was: (records: Records) => boolean): void {
    this.accepted++
    const { versions } = this.#store
    const sinceMs = this.#world.nowMs - boundMs
    for (let index = versions.length - 1; index >= 0; index--) {
      const version = versions[index]
      if (version === undefined || was(version.records)) return
      const isAnswered = index <= place.answeredVersion && index > 0
      if (!isAnswered && version.fromMs > sinceMs) continue
      const why = isAnswered ? ', although the change was answered there' : ` more than ${boundMs} ms too late`
      this.violated(`${place.name}: ${what}${why}`)
      return
    }
  }
}
