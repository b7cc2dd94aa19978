import { setTimeout as pauseFor } from 'node:timers/promises'
import type { LineLog } from '../log.ts'
import type { OutboxWork } from '../storage/ports-outbox.ts'
import { type Composing, noticeLetter } from './compose.ts'
import { isRefusedForGood, mailFault, type SendMail } from './mailer.ts'

const mailsPerLook = 20
/** Longer than the mail server may take for one mail: what a process left behind is taken by another after it. */
const mailLeaseMs = 300_000

/** What mails of notices are sent with. */
export interface NoticeMailerParts {
  readonly work: OutboxWork
  readonly log: LineLog
  /** `null`: there is no mail. */
  readonly send: SendMail | null
  readonly composing: () => Composing
  /** 0 to 1. */
  readonly random: () => number
}

/** Sends the mails of notices that are due, one after the other. */
export class NoticeMailer {
  readonly #parts: NoticeMailerParts
  #sending: Promise<void> | undefined
  #closed = false
  sent = 0
  failed = 0

  constructor(parts: NoticeMailerParts) {
    this.#parts = parts
  }

  /** Begins to send what is due, unless that is under way. */
  begin(): void {
    if (this.#closed || this.#parts.send === null) return
    this.#sending ??= this.#sendDue().finally(() => {
      this.#sending = undefined
    })
  }

  /** Resolves when what is due, up to the number of one look, has been tried. */
  async settled(): Promise<void> {
    this.begin()
    await this.#sending
  }

  /** Begins no further mail and waits for the one on its way, at most so long. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true
    // A mail server that does not answer holds nobody up: the lease runs out, and the mail is sent again.
    await Promise.race([this.#sending, pauseFor(graceMs, undefined, { ref: false })])
  }

  async #sendDue(): Promise<void> {
    const { work, log, composing, send, random } = this.#parts
    if (send === null) return
    const current = composing()
    try {
      for (let count = 0; count < mailsPerLook && !this.#closed; count++) {
        const mail = await work.leaseMail(mailLeaseMs)
        if (mail === null) return
        const outcome = await send(mail.to, noticeLetter(current, mail), mail.ids[0]).then(
          () => 'sent' as const,
          (error: unknown) => {
            const never = isRefusedForGood(error)
            const sentence = never
              ? 'The mail server refuses a mail for good; the notice stays on the page.'
              : 'A mail was not taken; it is tried again.'
            log.error({ mail: mail.ids[0], fault: mailFault(error) }, sentence)
            return never ? ('never' as const) : ('later' as const)
          },
        )
        await work.finishMail(mail, outcome, random())
        if (outcome === 'sent') this.sent++
        else this.failed++
      }
    } catch (error) {
      log.error({ reason: error instanceof Error ? error.message : String(error) }, 'Mails cannot be looked for.')
    }
  }
}
