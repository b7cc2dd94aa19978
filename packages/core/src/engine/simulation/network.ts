import type { SimulatedProcess } from './process.ts'
import type { World } from './world.ts'

/** How badly a network behaves; chances between 0 and 1. */
export interface Weather {
  /** How long a message usually takes at most. */
  readonly usualMs: number
  readonly slowChance: number
  readonly lossChance: number
  readonly breakChance: number
  readonly repeatChance: number
  /** How likely it is that what nobody waits for arrives. */
  readonly toldChance: number
}

interface AskOptions<Answer> {
  readonly timeoutMs?: number | undefined
  /** Whether the network may deliver the request twice. */
  readonly mayRepeat?: boolean
  /** Hears of every answer that the caller never heard. */
  readonly unheard?: (answer: Answer) => void
}

const calm: Weather = { usualMs: 2, slowChance: 0, lossChance: 0, breakChance: 0, repeatChance: 0, toldChance: 1 }
/** How long a slow message takes at most. */
const slowMs = 2_600

/** How requests travel between processes: delayed, lost, broken, handled twice, answered late. */
export class Network {
  readonly #world: World
  readonly #weather: Weather

  constructor(world: World, weather: Weather) {
    this.#world = world
    this.#weather = weather
  }

  /**
   * Asks a process and brings back what it answers. `whom` is looked up when the request arrives. After `timeoutMs` the caller gives up and
   * what comes later is not heard; without it a lost answer never comes.
   */
  ask<Answer>(
    caller: SimulatedProcess,
    whom: () => SimulatedProcess,
    handle: () => Answer | Promise<Answer>,
    { timeoutMs, mayRepeat = false, unheard = () => {} }: AskOptions<Answer> = {},
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const world = this.#world
    const weather = world.isHostile ? this.#weather : calm
    const { isLost, breaks, isRepeated, onTheWay } = this.#fateOf(weather, mayRepeat)
    let isHeard = false
    const fail = (reason: unknown) => () =>
      caller.deliver(() => {
        isHeard = true
        reject(reason)
      })
    const succeed = (answer: Answer) => () => {
      const isRun = caller.deliver(() => {
        if (isHeard) unheard(answer)
        isHeard = true
        resolve(answer)
      })
      if (!caller.isAlive) unheard(answer)
      return isRun
    }
    const run = async () => {
      const outcome = await settled(handle)
      if ('error' in outcome) this.#after(weather, fail(outcome.error))
      else if (!isLost && !breaks) this.#after(weather, succeed(outcome.answer))
      else {
        unheard(outcome.answer)
        if (breaks) this.#after(weather, fail(new Error('the connection broke')))
      }
    }
    const arrive = () => whom().deliver(() => void run())
    if (onTheWay && breaks) this.#after(weather, fail(new Error('the connection broke')))
    else if (!(onTheWay && isLost)) this.#after(weather, arrive)
    if (isRepeated) this.#after(weather, arrive)
    if (timeoutMs !== undefined) world.after(timeoutMs, () => !isHeard && fail(new Error('no answer in time'))())
    return promise
  }

  /** Tells a process something that may be late or never arrive. */
  tell(whom: () => SimulatedProcess, hear: () => void): void {
    const weather = this.#world.isHostile ? this.#weather : calm
    if (!this.#world.happens(weather.toldChance)) return
    this.#after(weather, () => whom().deliver(hear))
  }

  #fateOf({ lossChance, breakChance, repeatChance }: Weather, mayRepeat: boolean) {
    const draw = this.#world.random.next()
    const isLost = draw < lossChance
    const breaks = !isLost && draw < lossChance + breakChance
    const isRepeated = mayRepeat && !isLost && !breaks && draw < lossChance + breakChance + repeatChance
    return { isLost, breaks, isRepeated, onTheWay: (isLost || breaks) && this.#world.happens(0.5) }
  }

  #after({ usualMs, slowChance }: Weather, run: () => boolean): void {
    const mostMs = this.#world.happens(slowChance) ? slowMs : usualMs
    this.#world.after(this.#world.random.next() * mostMs, run)
  }
}

async function settled<Answer>(
  handle: () => Answer | Promise<Answer>,
): Promise<{ answer: Answer } | { error: unknown }> {
  try {
    return { answer: await handle() }
  } catch (error) {
    return { error }
  }
}
