/** What changes beside the log. */
type Touched = 'usage' | 'notices'

/** How often each of them changed, as far as this process knows. Greater means later. */
export type Beats = Readonly<Record<Touched, number>>

/** How several processes on one store tell each other what changes beside the log. */
export interface PulseRelay {
  /** One name for all of them: a cursor that one wrote is good for the others. */
  readonly process: string
  /** A whole number on a clock that all of them share. Greater means later. */
  readonly mark: () => number
  /** Whether anybody asked about any account in another one lately. */
  readonly isWatchedElsewhere: () => boolean
  /** Says that somebody asks here; called at every question. */
  readonly watching: () => void
  readonly touched: (accountId: string, what: Touched, at: number) => void
  /** `null`: everything that is watched may have been touched. */
  readonly hear: (listener: (accountIds: readonly string[] | null, what: Touched, at: number) => void) => void
}

/** A place among those who wait for changes of one account. */
interface Place {
  /** Resolves at a change since the last call, after so long, or at once when woken by `leave`. */
  next(waitMs: number): Promise<void>
  leave(): void
}

interface Watched {
  beats: Record<Touched, number>
  askedMs: number
}

/** How long an account is watched after it was last asked about; whoever asks later learns that something may have changed. */
const watchedMs = 120_000
const watchedMax = 10_000

/** The hub of changes: who waits for an account is woken when something of it changes here, or in a process that tells of it. */
export class Pulse {
  /** Cursors of another process say nothing here. */
  readonly process: string
  readonly #nowMs: () => number
  readonly #perAccountMax: number
  readonly #max: number
  readonly #relay: PulseRelay | undefined
  readonly #watched = new Map<string, Watched>()
  readonly #waiting = new Map<string, Set<() => void>>()
  #count = 0
  #sequence = 0

  constructor(
    process: string,
    nowMs: () => number,
    {
      perAccountMax = 50,
      max = 1_000,
      relay,
    }: { perAccountMax?: number; max?: number; relay?: PulseRelay | undefined } = {},
  ) {
    this.process = relay?.process ?? process
    this.#nowMs = nowMs
    this.#perAccountMax = perAccountMax
    this.#max = max
    this.#relay = relay
    relay?.hear((accountIds, what, at) => {
      for (const accountId of accountIds ?? [...this.#watched.keys()]) this.#beat(accountId, what, at)
    })
  }

  /** The beats of an account, which is watched from now on. */
  beatsOf(accountId: string): Beats {
    const nowMs = this.#nowMs()
    this.#relay?.watching()
    const watched = this.#watched.get(accountId) ?? this.#newlyWatched()
    watched.askedMs = nowMs
    // The newest asked stands last, so that the first are those to forget.
    this.#watched.delete(accountId)
    this.#watched.set(accountId, watched)
    for (const [id, { askedMs }] of this.#watched) {
      if (nowMs - askedMs < watchedMs && this.#watched.size <= watchedMax) break
      this.#watched.delete(id)
    }
    return { ...watched.beats }
  }

  /** Whether anybody asked about any account lately, here or in another process. */
  get isWatching(): boolean {
    return this.#watched.size > 0 || this.#relay?.isWatchedElsewhere() === true
  }

  touch(accountId: string, what: Touched): void {
    if (!this.isWatching) return
    const at = this.#next()
    this.#beat(accountId, what, at)
    if (this.#relay?.isWatchedElsewhere() === true) this.#relay.touched(accountId, what, at)
  }

  /** Wakes whoever waits for an account, to look again. */
  wake(accountId: string): void {
    for (const wakeOne of this.#waiting.get(accountId) ?? []) wakeOne()
  }

  /** The same in several accounts; `null`: in every one that is watched. */
  touchAll(what: Touched, accountIds: readonly string[] | null): void {
    for (const accountId of accountIds ?? [...this.#watched.keys()]) this.touch(accountId, what)
  }

  /** Wakes whoever waits for one of several accounts; `null`: for any. */
  wakeAll(accountIds: readonly string[] | null = null): void {
    for (const accountId of accountIds ?? [...this.#waiting.keys()]) this.wake(accountId)
  }

  /** Takes a place; `undefined` where there is none left. Whoever takes one leaves it. */
  join(accountId: string): Place | undefined {
    const group = this.#waiting.get(accountId) ?? new Set<() => void>()
    if (group.size >= this.#perAccountMax || this.#count >= this.#max) return undefined
    let woken = false
    let resume: (() => void) | undefined
    const wakeOne = () => {
      woken = true
      resume?.()
    }
    group.add(wakeOne)
    this.#waiting.set(accountId, group)
    this.#count++
    return {
      next: async (waitMs) => {
        if (!woken) await until(waitMs, (wake) => (resume = wake))
        resume = undefined
        woken = false
      },
      leave: () => {
        wakeOne()
        if (!group.delete(wakeOne)) return
        this.#count--
        if (group.size === 0) this.#waiting.delete(accountId)
      },
    }
  }

  #newlyWatched(): Watched {
    const sequence = this.#next()
    return { beats: { usage: sequence, notices: sequence }, askedMs: 0 }
  }

  #next(): number {
    this.#sequence = Math.max(this.#sequence + 1, this.#relay?.mark() ?? 0)
    return this.#sequence
  }

  #beat(accountId: string, what: Touched, at: number): void {
    const watched = this.#watched.get(accountId)
    if (watched === undefined) return
    // What was on its way while a cursor was written still comes after it.
    watched.beats[what] = Math.max(at, watched.beats[what] + 1)
    this.wake(accountId)
  }
}

function until(waitMs: number, given: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs)
    given(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
