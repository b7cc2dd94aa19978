import { type CheckRequest, type Decision, Delegation, Engine, MissGuard, unavailable } from '@keywright/core'
import { KeywrightError } from '../error.ts'
import { createOpenStream, createSendOnce } from '../transport.ts'
import type { VerifyRequest } from '../verifier.ts'
import { createVerify } from '../verify.ts'
import { CheckReader } from './check.ts'
import { repeat } from './clock.ts'
import { Configurations } from './configurations.ts'
import { FactsQueue } from './facts-queue.ts'
import { Feed } from './feed.ts'
import type { CheckedOptions } from './options.ts'
import type { Platform } from './platform.ts'
import { HttpSource } from './source.ts'
import type { Troubles } from './troubles.ts'
import { UsageReporter } from './usage.ts'

/** Reads of the head within `freshnessMs`. */
const headReads = 4
const usageEveryMs = 1_000
/** A configuration that nothing told of, since a node with the one before answered after the change, is found after at most so long. */
const configurationEveryMs = 10_000
const closingMs = 10_000

/** Different lines of activity, and of networks that presented no key, that wait for the server at most; what is more is left out. */
export const activityLinesMax = 5_000
/**
 * Different lines of counts (key, hour, outcome, tag) that wait for the server at most, besides one for each key that memory may hold. Checks
 * that would need a further one are in `state.uncounted`.
 */
export const usageLinesMax = 20_000
/** Lines of each kind in one report: it stays below the server's 8 MiB however long its texts are. */
const batchLinesMax = 4_000

/** Checks by the engine in this process, with everything that goes on in the background for it. */
export class LocalChecks {
  readonly engine: Engine
  readonly #options: CheckedOptions
  readonly #troubles: Troubles
  readonly #configurations: Configurations
  readonly #checks: CheckReader
  readonly #feed: Feed
  readonly #reporter: UsageReporter
  #stops: (() => void)[] = []
  #waiting = 0
  #allAnswered = () => {}

  constructor(given: CheckedOptions, platform: Platform, troubles: Troubles) {
    const options = { ...given, fetch: unkept(given.fetch) }
    const { clock, random, freshnessMs, timeoutMs } = options
    // What a check waits for has to come within its bound; what hangs for longer is asked again on another connection.
    const promptMs = Math.min(timeoutMs, Math.max(freshnessMs, 250))
    const prompt = createSendOnce({ ...options, timeoutMs: promptMs })
    const patient = createSendOnce(options)
    this.#options = options
    this.#troubles = troubles
    this.#configurations = new Configurations(prompt, clock, () => this.engine.forget())
    const { current } = this.#configurations
    this.#checks = new CheckReader(current)
    const source = new HttpSource({
      send: prompt,
      facts: new FactsQueue(prompt, clock, this.#configurations, promptMs),
      configurations: this.#configurations,
      troubles,
      freshnessMs,
      nonce: platform.randomText,
      refused: () => this.engine.forget(),
    })
    const ask = createVerify(patient, (error) => troubles.lasting('verify', error))
    this.engine = new Engine({
      config: current,
      source,
      elsewhere: new Delegation(
        async (check) => {
          const decision = await ask(this.#asked(check))
          if (decision.code !== 'UNAVAILABLE') troubles.mended('verify')
          return decision
        },
        options.limits === 'exact',
        freshnessMs,
      ),
      clock,
      missGuard: new MissGuard(clock),
      digest: platform.digest,
      freshnessMs,
      graceMs: options.graceMs,
      bounds: {
        keysMax: options.keysMax,
        unknownMax: options.unknownMax,
        accountsMax: options.keysMax,
      },
      recorder: {
        process: platform.randomText(),
        get wholeAddresses() {
          return current.wholeAddresses
        },
        linesMax: activityLinesMax,
        usageLinesMax: usageLinesMax + options.keysMax,
        batchLinesMax,
      },
    })
    this.#reporter = new UsageReporter({ engine: this.engine, send: patient, clock, random, troubles })
    this.#feed = new Feed({
      open: createOpenStream(options),
      clock,
      random,
      troubles,
      timeoutMs,
      position: () => this.engine.state.position,
      wake: (position) => this.engine.wake(position),
    })
  }

  /** Checks that could not be counted. */
  get uncounted(): number {
    return this.engine.state.uncounted + this.#reporter.lost
  }

  get isFeedConnected(): boolean {
    return this.#feed.isConnected
  }

  /** Reads the configuration and proves memory; rejects where the server does not answer so. */
  async begin(): Promise<void> {
    await this.#configurations.read()
    await this.engine.refresh()
  }

  /** Begins what goes on in the background. */
  goOn(): void {
    const { clock, freshnessMs, random } = this.#options
    const often = (everyMs: number, work: () => Promise<void>): void => {
      // Processes that were started together do not ask at the same moments.
      this.#stops.push(repeat(clock, everyMs, everyMs * random(), () => void work().catch(() => {})))
    }
    // What fails is told by the source, and memory is no longer proved.
    often(freshnessMs / headReads, () => this.engine.refresh())
    often(usageEveryMs, () => this.#reporter.report())
    often(configurationEveryMs, async () => {
      try {
        await this.#configurations.read()
        this.#troubles.mended('configuration')
      } catch (error) {
        this.#troubles.lasting('configuration', error)
      }
    })
    this.#feed.start()
    this.#stops.push(() => this.#feed.stop())
  }

  verify(request: VerifyRequest): Decision | Promise<Decision> {
    const check = this.#checks.read(request)
    if (check instanceof KeywrightError) {
      this.#troubles.once(check)
      return unavailable()
    }
    const decision = this.engine.verify(check)
    return decision instanceof Promise ? this.#waitedFor(decision) : decision
  }

  /** Ends what goes on in the background, when every check under way is answered and every count reported, or after 10 seconds. */
  async end(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    if (this.#waiting > 0) {
      const timer = this.#options.clock.delay(closingMs)
      const answered = new Promise<void>((resolve) => {
        this.#allAnswered = resolve
      })
      await Promise.race([answered, timer.done])
      timer.cancel()
    }
    await this.#reporter.reportAll(closingMs)
  }

  async #waitedFor(decision: Promise<Decision>): Promise<Decision> {
    this.#waiting++
    try {
      return await decision
    } finally {
      if (--this.#waiting === 0) this.#allAnswered()
    }
  }

  /** The request of a check as the server's door takes it; environment and audiences follow from the credential there as here. */
  #asked({ key, permissions, audiences, ip, userAgent, cost, tag }: CheckRequest): VerifyRequest {
    const isNarrowed = audiences !== this.#configurations.current.audiences
    return { key, permissions, audience: isNarrowed ? audiences?.[0] : undefined, ip, userAgent, cost, tag }
  }
}

/** Frameworks that keep what `fetch` answers would keep these answers for nothing. */
const unkept =
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  (input, init) =>
    fetch(input, { ...init, cache: 'no-store' })
