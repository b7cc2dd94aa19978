import { type EngineClock, SharedLimits } from '@keywright/core'
import { MetricsGathering } from './gathering.ts'
import { LimitKeeper } from './limit-keeper.ts'
import type { LimitsMessage, MetricValues, ToPrimary, ToWorker } from './wire.ts'

type Put = (message: ToWorker) => void

interface Member {
  readonly put: Put
  readonly limits: (message: LimitsMessage) => void
  serves: boolean
  last: readonly MetricValues[] | undefined
}

/** How long a worker may take to say its metrics, in milliseconds. */
const measureWaitMs = 1_000

/** What the primary does for its workers while they serve: counts limits, passes on what they tell each other, and says which one leads. */
export class Hub {
  readonly #members = new Map<number, Member>()
  readonly #limits: LimitKeeper
  readonly #metrics: MetricsGathering
  #lead: number | null = null

  constructor(clock: EngineClock) {
    this.#limits = new LimitKeeper(new SharedLimits(), () => clock.monotonicMs())
    this.#metrics = new MetricsGathering((ms) => clock.delay(ms), measureWaitMs)
  }

  /** The worker that does what only one may do; `null` while there is none. */
  get lead(): number | null {
    return this.#lead
  }

  /** Takes up a worker, which hears by `put`. */
  join(worker: number, put: Put): void {
    this.#members.set(worker, { put, limits: this.#limits.open(put), serves: false, last: undefined })
  }

  /** A worker serves: it may lead. */
  serves(worker: number): void {
    const member = this.#members.get(worker)
    if (member === undefined) return
    member.serves = true
    this.#elect(false)
  }

  /** A worker is gone. Where it did not end by itself, the lead finishes what it may have left half done. */
  left(worker: number): void {
    const member = this.#members.get(worker)
    if (member === undefined) return
    this.#members.delete(worker)
    this.#metrics.left(worker, member.last)
    if (this.#lead === worker) this.#lead = null
    this.#elect(member.last === undefined)
  }

  receive(worker: number, message: ToPrimary): void {
    const member = this.#members.get(worker)
    if (member === undefined) return
    switch (message[0]) {
      case 'committed':
      case 'told':
      case 'watching':
      case 'touched':
        for (const [other, { put, serves }] of this.#members) if (other !== worker && serves) put(message)
        break
      case 'take':
      case 'give-back':
      case 'rates':
      case 'forget-rates':
        member.limits(message)
        break
      case 'measured':
        this.#metrics.measured(worker, message[1], message[2])
        break
      case 'measure-all':
        void this.#gather(worker, member, message[1], message[2])
        break
      case 'leaves':
        member.last = message[1]
        member.serves = false
        break
      case 'hello':
      case 'beat':
      case 'serves':
      case 'refused':
        // Of the crew, which starts and ends workers.
        break
    }
  }

  async #gather(worker: number, { put }: Member, number: number, own: readonly MetricValues[]): Promise<void> {
    const others = new Map<number, Put>()
    for (const [other, member] of this.#members) if (other !== worker && member.serves) others.set(other, member.put)
    put(['all-measured', number, await this.#metrics.gather(worker, own, others)])
  }

  /** The one that has served the longest leads. Being told again, it finishes what another one left. */
  #elect(again: boolean): void {
    const before = this.#lead
    if (before === null) {
      for (const [worker, { serves }] of this.#members) {
        if (!serves) continue
        this.#lead = worker
        break
      }
    }
    if (this.#lead !== null && (again || before === null)) this.#members.get(this.#lead)?.put(['lead'])
  }
}
