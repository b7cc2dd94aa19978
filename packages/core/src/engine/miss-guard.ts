import { Arrivals } from '../arrivals.ts'
import { compileLimit } from '../limit.ts'
import { networkBlock } from '../network.ts'
import type { EngineClock, EngineMissGuard } from './source.ts'

/** Unknown texts that one network (one IPv4 address, an IPv6 /64) may present a minute before it has to wait. */
export const missesPerMinute = 60

/** Of how many networks misses are remembered. */
export const missNetworksMax = 50_000

/** Slows down whoever presents unknown keys, by network, in bounded memory. Keys that are known, and those who send no address, never wait. */
export class MissGuard implements EngineMissGuard {
  readonly #clock: EngineClock
  readonly #rate = compileLimit({ name: 'misses', limit: missesPerMinute, windowSeconds: 60 })
  readonly #arrivals: Pick<Arrivals, 'waitMs' | 'take'>

  /** `arrivals` is there where misses are counted together with other engines. */
  constructor(clock: EngineClock, arrivals: Pick<Arrivals, 'waitMs' | 'take'> = new Arrivals(missNetworksMax)) {
    this.#clock = clock
    this.#arrivals = arrivals
  }

  waitMs(ip: string): number {
    return this.#arrivals.waitMs(networkBlock(ip), this.#rate, this.#clock.monotonicMs())
  }

  missed(ip: string): void {
    this.#arrivals.take(networkBlock(ip), this.#rate, this.#clock.monotonicMs())
  }
}
