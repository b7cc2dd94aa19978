/// <reference lib="esnext.disposable" />
import { type Decision, unavailable } from '@keywright/core'
import { createPublicConfig } from '../config.ts'
import { failure, KeywrightError } from '../error.ts'
import { createSendOnce } from '../transport.ts'
import type { PublicConfig, Verifier, VerifyRequest } from '../verifier.ts'
import { createVerify } from '../verify.ts'
import { backoffMs } from './clock.ts'
import { LocalChecks } from './local-checks.ts'
import { type CheckedOptions, checkedOptions, type VerifierOptions } from './options.ts'
import { findPlatform, type Globals, worksInBackground } from './platform.ts'
import { formatPosition } from './positions.ts'
import { type Trouble, Troubles } from './troubles.ts'

const [firstMs, mostMs] = [200, 5_000]

/** Where a verifier stands; nothing in it is secret. */
export interface VerifierState {
  /**
   * `starting`: nothing is proved yet. `local`: checks are answered from memory. `asking`: this runtime does no work in the background, so
   * every check asks the server. `closed`: every check is `UNAVAILABLE`.
   */
  readonly mode: 'starting' | 'local' | 'asking' | 'closed'
  /** The place of the log through which memory has applied it, as `GET /v1/head` writes it; `null` before the first proof. */
  readonly position: string | null
  /** Milliseconds since memory was proved; `Infinity` before the first proof. */
  readonly ageMs: number
  /** Keys in memory. */
  readonly keys: number
  /** Checks that are counted here and not yet stored by the server: what a crash at this moment would lose. */
  readonly atStake: number
  /** Checks that could not be counted: what waited to be reported had reached its bound, or the server refused it. */
  readonly uncounted: number
  /** Whether the feed of changes is connected. Without it a change is seen within `freshnessMs` all the same, and rarely sooner. */
  readonly feedConnected: boolean
  /** The newest failure; it stays when all is well again. */
  readonly lastError: Trouble | null
}

/** Checks keys where it runs. Hand it to the middleware. */
export interface LocalVerifier extends Verifier, AsyncDisposable {
  /**
   * The verdict on one key: at once where memory is proved fresh and knows the key, else by a promise. Never throws, never rejects. Before the
   * first proof it waits, at most for one call's time.
   */
  verify(request: VerifyRequest): Decision | Promise<Decision>
  /**
   * Resolves when checks can be answered. Rejects where the server refuses in a way that waiting does not mend, such as an unknown
   * credential, and where the verifier is closed before; it goes on trying all the same, and may be waited for again.
   */
  ready(): Promise<void>
  readonly state: VerifierState
  publicConfig(): PublicConfig | undefined | Promise<PublicConfig | undefined>
  /** Answers what is under way, reports what was counted (trying for 10 seconds) and ends. Never rejects. */
  close(): Promise<void>
}

/** Whether trying again later may help. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof KeywrightError) ||
  error.status < 400 ||
  error.status >= 500 ||
  [408, 425, 429].includes(error.status)

/** One wait for the beginning. */
interface Beginning {
  readonly done: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

function newBeginning(): Beginning {
  let resolve = () => {}
  let reject: Beginning['reject'] = () => {}
  const done = new Promise<void>((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  // Whoever does not wait for it hears of failures by `onError`.
  done.catch(() => {})
  return { done, resolve, reject }
}

const closed = (): KeywrightError => failure('verify', 'closed', 'the verifier is closed')

class ProcessVerifier implements LocalVerifier {
  readonly publicConfig: LocalVerifier['publicConfig']
  readonly #options: CheckedOptions
  readonly #troubles: Troubles
  readonly #ask: (request: VerifyRequest) => Promise<Decision>
  #mode: VerifierState['mode'] = 'starting'
  #local: LocalChecks | null = null
  #beginning = newBeginning()
  #failures = 0
  #cancelWait = () => {}
  #closing: Promise<void> | null = null

  constructor(options: CheckedOptions, globals: Globals) {
    const { clock, credential, onError } = options
    this.#options = options
    this.#troubles = new Troubles(clock, credential, onError)
    const send = createSendOnce(options)
    this.#ask = createVerify(send, (error) => this.#troubles.once(error))
    this.publicConfig = createPublicConfig(send, () => clock.monotonicMs())
    if (worksInBackground(globals)) void this.#start(globals)
    else this.#becomeAsking()
  }

  verify(request: VerifyRequest): Decision | Promise<Decision> {
    if (this.#mode === 'local' && this.#local !== null) return this.#local.verify(request)
    if (this.#mode === 'asking') return this.#ask(request)
    return this.#mode === 'closed' ? this.#refuseClosed() : this.#verifyLater(request)
  }

  ready(): Promise<void> {
    return this.#beginning.done
  }

  get state(): VerifierState {
    const engine = this.#local?.engine.state
    const position = engine?.position ?? null
    return {
      mode: this.#mode,
      position: position === null ? null : formatPosition(position),
      ageMs: engine?.ageMs ?? Number.POSITIVE_INFINITY,
      keys: engine?.keys ?? 0,
      atStake: engine?.atStake ?? 0,
      uncounted: this.#local?.uncounted ?? 0,
      feedConnected: this.#local?.isFeedConnected ?? false,
      lastError: this.#troubles.last,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #start(globals: Globals): Promise<void> {
    const { clock, random } = this.#options
    const platform = await findPlatform(globals)
    if (this.#mode === 'closed') return
    if (platform === undefined) {
      this.#becomeAsking()
      return
    }
    const local = new LocalChecks(this.#options, platform, this.#troubles)
    this.#local = local
    for (;;) {
      const error = await local.begin().then(
        () => null,
        (failed: unknown) => failed ?? new Error('the beginning failed'),
      )
      // Closing may have come in between.
      if (this.#isClosed()) return
      if (error === null) {
        this.#mode = 'local'
        this.#troubles.mended('configuration')
        local.goOn()
        this.#beginning.resolve()
        return
      }
      this.#failed(error)
      const timer = clock.delay(backoffMs(firstMs, mostMs, this.#failures++, random))
      this.#cancelWait = timer.cancel
      await timer.done
    }
  }

  #isClosed(): boolean {
    return this.#mode === 'closed'
  }

  #failed(error: unknown): void {
    this.#troubles.lasting('configuration', error)
    if (mayPass(error)) return
    this.#beginning.reject(error)
    this.#beginning = newBeginning()
  }

  #becomeAsking(): void {
    this.#mode = 'asking'
    this.#beginning.resolve()
  }

  async #verifyLater(request: VerifyRequest): Promise<Decision> {
    const { clock, timeoutMs, freshnessMs } = this.#options
    const timer = clock.delay(this.#failures === 0 ? timeoutMs : Math.min(timeoutMs, freshnessMs))
    await Promise.race([this.#beginning.done.catch(() => {}), timer.done])
    timer.cancel()
    return this.#mode === 'starting' ? unavailable() : this.verify(request)
  }

  #refuseClosed(): Decision {
    this.#troubles.once(closed())
    return unavailable()
  }

  async #end(): Promise<void> {
    const wasLocal = this.#mode === 'local'
    this.#mode = 'closed'
    this.#cancelWait()
    this.#beginning.reject(closed())
    if (wasLocal) await this.#local?.end()
  }
}

/** Makes a verifier for a runtime with these globals. */
export function createVerifierIn(globals: Globals, options: VerifierOptions): LocalVerifier {
  return new ProcessVerifier(checkedOptions(options), globals)
}

/**
 * Makes a verifier that checks keys where it runs, by the engine that the server runs: it answers from memory while it can prove that its
 * memory is fresh, and asks the server once for what it does not know. It begins to work at once and goes on until it is closed. Throws a
 * `TypeError` where an option is wrong.
 */
export const createVerifier = (options: VerifierOptions): LocalVerifier =>
  createVerifierIn(globalThis as unknown as Globals, options)
