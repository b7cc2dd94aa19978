import { failure, type KeywrightError } from '../error.ts'
import { type Call, nameOf, type Send } from '../transport.ts'
import { ask } from '../wire.ts'
import type { VerifierClock } from './clock.ts'
import { type Configurations, configurationDiffers } from './configurations.ts'
import { type Found, readFacts } from './facts.ts'

/** Questions of one call; the server takes no more. */
const questionsMax = 100
/** Calls under way at a time; what is asked meanwhile waits and is asked together. */
const callsMax = 4
/** Questions that wait; whoever asks more is told so at once. */
const waitingMax = 10_000
/** How often one call is made until its facts are those of the configuration in force. */
const attemptsMax = 3

const call: Call = { method: 'POST', path: 'v1/facts' }

/** What is known of a question that was answered. */
export type Known = Exclude<Found, 'unavailable'>

interface Question {
  readonly kind: 'keys' | 'accounts'
  readonly value: string
  readonly sinceMs: number
  resolve(found: Known): void
  reject(error: unknown): void
}

const refusal = (code: string, explanation: string): KeywrightError => failure(nameOf(call), code, explanation)

/** Asks for facts of keys and accounts, those of one turn together. The texts of keys are held until they are answered, no longer. */
export class FactsQueue {
  readonly #send: Send
  readonly #clock: VerifierClock
  readonly #configurations: Configurations
  /** Whoever asked has given up by then. */
  readonly #waitMs: number
  #waiting: Question[] = []
  #calls = 0
  #isDue = false

  constructor(send: Send, clock: VerifierClock, configurations: Configurations, waitMs: number) {
    this.#send = send
    this.#clock = clock
    this.#configurations = configurations
    this.#waitMs = waitMs
  }

  /** Asks for one key by its text, or one account by its id. Rejects where it cannot be had. */
  ask(kind: 'keys' | 'accounts', value: string): Promise<Known> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= waitingMax) {
        reject(refusal('too_many_questions', 'too many keys are asked for at the same time'))
        return
      }
      this.#waiting.push({ kind, value, sinceMs: this.#clock.monotonicMs(), resolve, reject })
      if (this.#isDue) return
      this.#isDue = true
      queueMicrotask(() => {
        this.#isDue = false
        this.#askAll()
      })
    })
  }

  #askAll(): void {
    while (this.#calls < callsMax && this.#waiting.length > 0) {
      const nowMs = this.#clock.monotonicMs()
      const questions: Question[] = []
      for (const question of this.#waiting.splice(0, questionsMax)) {
        if (nowMs - question.sinceMs <= this.#waitMs) questions.push(question)
        else question.reject(refusal('timeout', `it could not be asked within ${this.#waitMs} ms`))
      }
      if (questions.length === 0) continue
      this.#calls++
      void this.#askOnce(questions).then(() => {
        this.#calls--
        this.#askAll()
      })
    }
  }

  async #askOnce(questions: readonly Question[]): Promise<void> {
    const [keys, accounts] = [
      questions.filter(({ kind }) => kind === 'keys'),
      questions.filter(({ kind }) => kind === 'accounts'),
    ]
    try {
      const found = await this.#facts(keys, accounts)
      for (const [index, question] of [...keys, ...accounts].entries()) {
        const known = found[index]
        if (known === undefined || known === 'unavailable')
          question.reject(refusal('unavailable', 'the server could not prove anything at that moment'))
        else question.resolve(known)
      }
    } catch (error) {
      for (const { reject } of questions) reject(error)
    }
  }

  /** The facts as they are to be judged by the configuration in force. */
  async #facts(keys: readonly Question[], accounts: readonly Question[]): Promise<readonly Found[]> {
    const body = { keys: keys.map(({ value }) => value), accounts: accounts.map(({ value }) => value) }
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const read = (value: unknown) => readFacts(value, keys.length, accounts.length)
      const facts = await ask(this.#send, { ...call, body }, read)
      if (await this.#configurations.isFor(facts.config)) return [...facts.keys, ...facts.accounts]
    }
    throw configurationDiffers()
  }
}
