import type { Clock } from '../clock.ts'
import type { LineLog } from '../log.ts'
import type { Spans } from '../spans.ts'
import type { AttemptOutcome, LeasedDelivery, OutboxWork } from '../storage/ports-outbox.ts'
import { attempt } from './attempt.ts'
import type { PostOptions } from './post.ts'

/** How many messages are on their way at once, and how many of them to one receiver; to one that fails, only one. */
const atOnceMax = 64
const perWebhookMax = 4
/** Longer than an attempt takes, in milliseconds: what a process left behind is taken by another after it. */
const leaseMs = 25_000

/** What messages are delivered with. */
export interface DelivererParts {
  readonly work: OutboxWork
  readonly clock: Clock
  readonly log: LineLog
  readonly options: Omit<PostOptions, 'signal'>
  /** 0 to 1. */
  readonly random: () => number
  readonly spans?: Spans | undefined
}

/** Delivers messages that are due, many side by side. */
export class Deliverer {
  readonly #parts: DelivererParts
  readonly #running = new Set<Promise<void>>()
  readonly #busy = new Map<string, number>()
  readonly #ending = new AbortController()
  #pumping: Promise<void> | undefined
  delivered = 0
  failed = 0

  constructor(parts: DelivererParts) {
    this.#parts = parts
  }

  /** Takes what is due and begins to send it; resolves when everything for which there is room has been taken. */
  pump(): Promise<void> {
    this.#pumping ??= this.#fill().finally(() => {
      this.#pumping = undefined
    })
    return this.#pumping
  }

  /** Resolves when nothing is on its way and nothing more is due. */
  async settled(): Promise<void> {
    for (;;) {
      await this.pump()
      if (this.#running.size === 0) return
      await Promise.all(this.#running)
    }
  }

  /** Waits for what is on its way, at most so long; what is cut off then is sent again by the next process. */
  async close(graceMs: number): Promise<void> {
    const cut = setTimeout(() => this.#ending.abort(), graceMs)
    this.#closing = true
    await this.#pumping
    await Promise.all(this.#running)
    clearTimeout(cut)
  }

  #closing = false

  async #fill(): Promise<void> {
    while (!this.#closing) {
      const leased = await this.#parts.work.leaseDeliveries({
        max: atOnceMax - this.#running.size,
        perWebhookMax,
        busy: this.#busy,
        leaseMs,
      })
      if (leased.length === 0) return
      for (const delivery of leased) this.#launch(delivery)
    }
  }

  #launch(delivery: LeasedDelivery): void {
    const { webhookId } = delivery
    this.#busy.set(webhookId, (this.#busy.get(webhookId) ?? 0) + 1)
    const sending = this.#send(delivery).finally(() => {
      const left = (this.#busy.get(webhookId) ?? 1) - 1
      if (left === 0) this.#busy.delete(webhookId)
      else this.#busy.set(webhookId, left)
      this.#running.delete(sending)
      // Room for the next; a failure here shows at the next look.
      if (!this.#closing) this.pump().catch(() => {})
    })
    this.#running.add(sending)
  }

  async #send(delivery: LeasedDelivery): Promise<void> {
    const { work, log, random } = this.#parts
    try {
      const outcome = await this.#attempt(delivery)
      if (!outcome.delivered && this.#ending.signal.aborted) return await work.releaseDelivery(delivery)
      await work.finishDelivery(delivery, outcome, random())
      if (outcome.delivered) this.delivered++
      else this.failed++
    } catch (error) {
      // The lease runs out, and the message is sent again.
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ delivery: delivery.id, reason }, 'What came of a webhook message could not be stored.')
    }
  }

  // The receiver is not told of the trace: it is another's, and could only compare its callers by it.
  #attempt(delivery: LeasedDelivery): Promise<AttemptOutcome> {
    const { clock, options, spans } = this.#parts
    const send = () => attempt(delivery, clock, { ...options, signal: this.#ending.signal })
    if (spans === undefined) return send()
    return spans.alone('webhook delivery', async (note) => {
      const outcome = await send()
      note({ 'keywright.delivered': outcome.delivered })
      if (outcome.status !== null) note({ 'http.response.status_code': outcome.status })
      if (!outcome.delivered) note({ 'error.type': outcome.error })
      return outcome
    })
  }
}
