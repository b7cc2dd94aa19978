import { lookup } from 'node:dns/promises'
import { setTimeout as pauseFor } from 'node:timers/promises'
import { parseRanges, type ResolvedConfig } from '@keywright/core'
import type { Clock } from '../clock.ts'
import type { LineLog } from '../log.ts'
import type { Messages } from '../messages.ts'
import type { Secret } from '../secret.ts'
import type { Spans } from '../spans.ts'
import { StartError } from '../start-error.ts'
import type { Storage } from '../storage/ports.ts'
import type { OutboxCounts } from '../storage/ports-outbox.ts'
import { urlFault } from './address.ts'
import { Deliverer } from './deliverer.ts'
import { mailerOf, type SendMail } from './mailer.ts'
import { directMessages } from './messages.ts'
import { NoticeMailer } from './notice-mailer.ts'
import { type PostOptions, type Resolve, vettedAddresses } from './post.ts'
import { Reminders } from './reminders.ts'

/** What the settings say about messages. */
export interface OutboxSettings {
  /** `null`: no mail. */
  readonly smtpUrl: Secret | null
  readonly mailFrom: string | null
  /** Networks in CIDR notation that webhooks may go into besides the public Internet. */
  readonly webhookNetworks: readonly string[]
  /** Where the server is reached, for links; asked when there is something to send. */
  readonly publicUrl: () => string
}

/** What the outbox is made from. */
export interface OutboxParts {
  readonly storage: Pick<Storage, 'outbox'>
  readonly config: () => ResolvedConfig
  readonly clock: Clock
  readonly log: LineLog
  readonly settings: OutboxSettings
  /** Times each attempt. */
  readonly spans?: Spans | undefined
  /** In the place of the machine's own; for tests. */
  readonly resolve?: Resolve
  readonly random?: () => number
  readonly pause?: (ms: number) => Promise<unknown>
  readonly timeoutMs?: number
  readonly authorities?: string
}

/** What waits, and what became of the rest since the process began. */
export interface OutboxState extends OutboxCounts {
  readonly delivered: number
  readonly deliveryFailures: number
  readonly mailed: number
  readonly mailFailures: number
}

/** The outbox of a process. */
export interface Outbox {
  readonly messages: Messages
  /** Why webhooks cannot be sent to an address, as a sentence; `undefined`: they can. */
  webhookFault(url: string): Promise<string | undefined>
  /** Reads the log on and begins to send what is due. To be called again and again. */
  look(): Promise<void>
  /** Resolves when everything that is due at this moment has been tried. */
  settled(): Promise<void>
  counts(): Promise<OutboxState>
  /** Ends what is on its way, for a few seconds, and begins nothing more. */
  close(): Promise<void>
}

const attemptTimeoutMs = 15_000
/** How many steps along the log one look goes at most. */
const readsPerLook = 20
const closeGraceMs = 5_000

const resolveName: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true, order: 'ipv4first' })).map(({ address }) => address)

/** Starts the outbox of a process: from here on no event is missed. Rejects with a StartError where the settings do not go together. */
export async function startOutbox(parts: OutboxParts): Promise<Outbox> {
  const { storage, clock, log, settings } = parts
  const send = mailOf(settings)
  const random = parts.random ?? Math.random
  const allowed = parseRanges(settings.webhookNetworks)
  const options: PostOptions = {
    resolve: parts.resolve ?? resolveName,
    allowed,
    timeoutMs: parts.timeoutMs ?? attemptTimeoutMs,
    ...(parts.authorities === undefined ? {} : { authorities: parts.authorities }),
  }
  await storage.outbox.begin()
  const deliverer = new Deliverer({ work: storage.outbox, clock, log, options, random, spans: parts.spans })
  const composing = () => ({ config: parts.config(), publicUrl: settings.publicUrl() })
  const noticeMailer = new NoticeMailer({ work: storage.outbox, log, send, composing, random })
  const reminders = new Reminders({ work: storage.outbox, clock, mail: send !== null })
  const pause = parts.pause ?? ((ms: number) => pauseFor(ms))
  let closed = false
  const look = async () => {
    if (closed) return
    for (let round = 0; round < readsPerLook; round++) if (!(await storage.outbox.readLog(send !== null))) break
    await deliverer.pump()
    noticeMailer.begin()
    await reminders.look()
  }
  return {
    messages: directMessages({ send, composing, pause, log }),
    webhookFault: (text) => webhookFault(text, options),
    look,
    settled: async () => {
      await deliverer.settled()
      await noticeMailer.settled()
    },
    counts: async () => ({
      ...(await storage.outbox.counts()),
      delivered: deliverer.delivered,
      deliveryFailures: deliverer.failed,
      mailed: noticeMailer.sent,
      mailFailures: noticeMailer.failed,
    }),
    close: async () => {
      closed = true
      await Promise.all([deliverer.close(closeGraceMs), noticeMailer.close(closeGraceMs)])
    },
  }
}

function mailOf({ smtpUrl, mailFrom }: OutboxSettings): SendMail | null {
  if (smtpUrl === null) return null
  if (mailFrom === null)
    throw new StartError(
      'KEYWRIGHT_SMTP_URL is set without KEYWRIGHT_MAIL_FROM; give the address that mail comes from, such as "Keys <keys@example.com>".',
    )
  return mailerOf({ smtpUrl, mailFrom })
}

const noPublicAddress =
  'This does not lead to an address that webhooks may be sent to: use a public one, with https. An operator can allow networks of their own.'

async function webhookFault(text: string, options: PostOptions): Promise<string | undefined> {
  if (!URL.canParse(text)) return 'Write a whole address, such as https://example.com/hooks.'
  const url = new URL(text)
  const fault = urlFault(url, options.allowed)
  if (fault !== undefined) return fault
  try {
    await vettedAddresses(url, options, AbortSignal.timeout(options.timeoutMs))
    return undefined
  } catch {
    // One sentence for all of it, so that nobody can feel out names of the own network.
    return noPublicAddress
  }
}
