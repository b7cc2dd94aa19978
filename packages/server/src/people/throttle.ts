import { compileLimit, networkBlock, problem, type Rate } from '@keywright/core'
import type { Clock } from '../clock.ts'
import type { Gossip } from '../gossip.ts'
import { SharedArrivals } from '../shared-arrivals.ts'
import type { Throttled } from './port.ts'

/**
 * What is guessed at. A code has a million values, so that it is guarded more closely than a password; to `begin` is no guess, but what is begun
 * is kept for some minutes.
 */
export type Guessed = 'password' | 'code' | 'passkey' | 'link' | 'begin'

const rate = (name: string, limit: number, minutes: number): Rate =>
  compileLimit({ name, limit, windowSeconds: minutes * 60 })

/**
 * By one network for one person, by one network for all, and by everybody for one person. One network alone cannot use up the third within
 * an hour, so that nobody locks a person out from a single place.
 */
const rates: Readonly<Record<Guessed, { readonly pair: Rate; readonly network: Rate; readonly person: Rate }>> = {
  password: { pair: rate('pair', 10, 15), network: rate('network', 60, 15), person: rate('person', 100, 60) },
  code: { pair: rate('pair', 5, 15), network: rate('network', 60, 15), person: rate('person', 40, 60) },
  passkey: { pair: rate('pair', 60, 15), network: rate('network', 60, 15), person: rate('person', 1_000, 60) },
  begin: { pair: rate('pair', 300, 15), network: rate('network', 300, 15), person: rate('person', 100_000, 60) },
  link: { pair: rate('pair', 60, 15), network: rate('network', 60, 15), person: rate('person', 1_000, 60) },
}

/** Of how many names of one kind arrivals are remembered. */
const namesMax = 20_000

/** What is known of who guesses. */
export interface Guess {
  readonly what: Guessed
  /** The caller's address, or `unknown`. */
  readonly address: string
  /** The person, as the guess names them: by e-mail address or by id. */
  readonly person: string
  /** The id of a device on which this person signed in before; `undefined`: it is not known. */
  readonly device: string | undefined
}

/** An attempt that may be made. */
export interface Attempt {
  /** It was right: it does not count. */
  succeeded(): void
}

/**
 * Slows guessing down without shutting the person out: an attempt counts against its network (and network and person together), and guesses
 * from everywhere count together, except on a device on which the person has signed in before, which has an allowance of its own. An attempt is
 * counted before it is judged, so that many at once gain nothing. The memory is bounded.
 */
export class SignInThrottle {
  readonly #clock: Clock
  readonly #arrivals: Readonly<Record<'pair' | 'network' | 'person', SharedArrivals>>

  /** With `gossip`, attempts count together with those that other processes tell of. */
  constructor(clock: Clock, gossip?: Gossip) {
    this.#clock = clock
    const arrivals = (kind: string) => new SharedArrivals(namesMax, { topic: `sign-in ${kind}`, clock, gossip })
    this.#arrivals = { pair: arrivals('pair'), network: arrivals('network'), person: arrivals('person') }
  }

  /** Counts an attempt, or says when the next one is heard. */
  attempt(guess: Guess): Attempt | Throttled {
    const places = placesOf(guess)
    const nowMs = this.#clock.monotonicMs()
    const limits = rates[guess.what]
    const waitMs = Math.max(...places.map(([kind, name]) => this.#arrivals[kind].waitMs(name, limits[kind], nowMs)))
    if (waitMs > 0) return { ...problem('too_many_requests'), retryAfterSeconds: Math.ceil(waitMs / 1000) }
    for (const [kind, name] of places) this.#arrivals[kind].take(name, limits[kind], nowMs)
    return {
      succeeded: () => {
        for (const [kind, name] of places) this.#arrivals[kind].giveBack(name, limits[kind])
      },
    }
  }
}

type Place = readonly ['pair' | 'network' | 'person', string]

function placesOf({ what, address, person, device }: Guess): readonly Place[] {
  const named = `${what} ${person.slice(0, 300)}`
  if (device !== undefined) return [['pair', `${named} on ${device}`]]
  const network = networkBlock(address)
  return [
    ['pair', `${named} from ${network}`],
    ['network', `${what} ${network}`],
    ['person', named],
  ]
}
