import type { Problem } from '@keywright/core'
import type { Secret } from '../secret.ts'
import type { Caller, Page, PageRequest } from './ports.ts'

/** A receiver of events. `accountId: null`: of everything that happens in the installation. */
export interface WebhookRecord {
  readonly id: string
  readonly accountId: string | null
  readonly url: string
  readonly description: string | null
  /** The types that it gets; `null`: all that it may get. */
  readonly events: readonly string[] | null
  /** `paused`: events wait until it is resumed. `disabled`: it failed for long or said that it is gone; events are not kept for it. */
  readonly state: 'active' | 'paused' | 'disabled'
  readonly createdAtMs: number
  readonly lastSuccessAtMs: number | null
  /** When the first attempt failed after the last success; `null`: the last one succeeded, or there was none. */
  readonly failingSinceMs: number | null
  /** Until when messages also carry a signature of the secret before; `null`: no rotation is under way. */
  readonly secretRotatingUntilMs: number | null
}

/** What may be said of a webhook: absent keeps, `null` clears. */
export interface WebhookInput {
  readonly url: string
  readonly description?: string | null | undefined
  readonly events?: readonly string[] | null | undefined
}

/** One message to one webhook. The id is that of the message, the same at every attempt. */
export interface DeliveryRecord {
  readonly id: string
  /** The number of the log's entry; `null`: a test. */
  readonly event: number | null
  readonly type: string
  readonly state: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  readonly createdAtMs: number
  readonly lastAttemptAtMs: number | null
  /** `null` where none is planned: it is done, failed for good, or its webhook is paused. */
  readonly nextAttemptAtMs: number | null
  readonly lastStatus: number | null
  /** A short class of failure, such as `timed_out`; never what the receiver said. */
  readonly lastError: string | null
}

/** Webhooks of an account (`null`: of the installation), and what became of their messages. */
export interface Webhooks {
  create(
    caller: Caller,
    accountId: string | null,
    input: WebhookInput,
  ): Promise<
    | { readonly record: WebhookRecord; readonly secret: Secret }
    | Problem<'forbidden' | 'account_not_found' | 'webhooks_cap' | 'invalid_parameters'>
  >
  list(
    accountId: string | null,
    page: PageRequest,
  ): Promise<Page<WebhookRecord> | Problem<'account_not_found' | 'invalid_cursor'>>
  /** Three-state. `active` resumes a paused one, whose waiting messages go out, and takes a disabled one into service again. */
  update(
    caller: Caller,
    accountId: string | null,
    id: string,
    change: Partial<WebhookInput> & { readonly state?: 'active' | 'paused' | undefined },
  ): Promise<WebhookRecord | Problem<'webhook_not_found' | 'invalid_parameters'>>
  delete(caller: Caller, accountId: string | null, id: string): Promise<null | Problem<'webhook_not_found'>>
  /** A new secret; until the overlap has passed messages are signed with both. At most seven days. */
  rotateSecret(
    caller: Caller,
    accountId: string | null,
    id: string,
    overlapSeconds: number,
  ): Promise<
    { readonly record: WebhookRecord; readonly secret: Secret } | Problem<'webhook_not_found' | 'invalid_parameters'>
  >
  /** Queues a message of the type `webhook.test`, sent once whatever the webhook's state. */
  test(
    caller: Caller,
    accountId: string | null,
    id: string,
  ): Promise<DeliveryRecord | Problem<'webhook_not_found' | 'too_many_requests'>>
  deliveries(
    accountId: string | null,
    id: string,
    page: PageRequest & { readonly state?: DeliveryRecord['state'] | undefined },
  ): Promise<Page<DeliveryRecord> | Problem<'webhook_not_found' | 'invalid_cursor'>>
  /** Sends one message again, now, under its id. */
  replay(
    caller: Caller,
    accountId: string | null,
    id: string,
    deliveryId: string,
  ): Promise<DeliveryRecord | Problem<'webhook_not_found' | 'delivery_not_found'>>
  /**
   * Sends everything since a moment again, at most thirty days back, also what happened while the webhook was disabled. Answers how many messages were
   * queued.
   */
  replaySince(
    caller: Caller,
    accountId: string | null,
    id: string,
    sinceMs: number,
  ): Promise<{ readonly queued: number } | Problem<'webhook_not_found'>>
}

/** What the page tells an account without anybody asking. */
export interface NoticeRecord {
  readonly id: string
  readonly kind: NoticeKind
  readonly keyId: string | null
  /** `null` as well where the key was deleted since. */
  readonly keyName: string | null
  readonly atMs: number
  /** Days until the key expires, since it was last used, or of the age at which it is due. */
  readonly days: number | null
  /** Whether at least one mail of it went out. */
  readonly mailed: boolean
}

/** What there are notices of. */
export type NoticeKind =
  | 'key.created'
  | 'key.rotated'
  | 'key.revoked'
  | 'key.expiring'
  | 'key.rotation_due'
  | 'key.unused'
  | 'webhook.disabled'

/** The notices of accounts. */
export interface Notices {
  /** Newest first; kept for ninety days. */
  list(
    accountId: string,
    page: PageRequest,
  ): Promise<Page<NoticeRecord> | Problem<'account_not_found' | 'invalid_cursor'>>
}

/** A message that one process has taken to send; nobody else takes it before the lease has run out. */
export interface LeasedDelivery {
  readonly id: string
  readonly lease: string
  readonly webhookId: string
  readonly type: string
  readonly url: string
  readonly body: string
  /** The secret, and the one before while its overlap lasts; `null`: they cannot be read, since their pepper is missing. */
  readonly secrets: readonly Secret[] | null
}

/** What came of an attempt. */
export type AttemptOutcome =
  | { readonly delivered: true; readonly status: number }
  | {
      readonly delivered: false
      readonly status: number | null
      readonly error: string
      /** How long the receiver asked to be left alone; `null`: it did not. */
      readonly retryAfterMs: number | null
    }

/** One mail to one person, made of one or more notices. */
export interface LeasedMail {
  readonly ids: readonly string[]
  readonly lease: string
  readonly to: { readonly email: string; readonly name: string; readonly language: string | null }
  readonly account: { readonly id: string; readonly name: string }
  readonly notices: readonly NoticeRecord[]
}

/** What came of a mail: the mail server took it, it may be tried again, or it is refused for good. */
export type MailOutcome = 'sent' | 'later' | 'never'

/** What is on its way or planned. */
export interface OutboxCounts {
  readonly deliveries: number
  readonly mails: number
}

/** What the sender of messages does with the store. Every step is one transaction; a crash between two repeats the second, at most. */
export interface OutboxWork {
  /** Gives readers of the log that have none a place, at its end. Before anything is served, so that nothing is missed. */
  begin(): Promise<void>
  /** Reads the log on and queues what follows from it; true: there may be more. `mail`: whether notices are also mailed. */
  readLog(mail: boolean): Promise<boolean>
  /** Looks at the next keys for what is due by time; `null`: all were looked at. */
  remind(afterKeyId: string | null, mail: boolean): Promise<string | null>
  /** Takes messages that are due, of as many webhooks as possible. `busy` says how many of each are on their way. */
  leaseDeliveries(request: {
    readonly max: number
    readonly perWebhookMax: number
    readonly busy: ReadonlyMap<string, number>
    readonly leaseMs: number
  }): Promise<readonly LeasedDelivery[]>
  finishDelivery(delivery: Pick<LeasedDelivery, 'id' | 'lease'>, outcome: AttemptOutcome, random: number): Promise<void>
  /** Puts a message back that was not sent after all. */
  releaseDelivery(delivery: Pick<LeasedDelivery, 'id' | 'lease'>): Promise<void>
  /** Takes the mail that is due for one person; `null`: none is. Whoever may no longer read it gets none. */
  leaseMail(leaseMs: number): Promise<LeasedMail | null>
  finishMail(mail: Pick<LeasedMail, 'ids' | 'lease'>, outcome: MailOutcome, random: number): Promise<void>
  counts(): Promise<OutboxCounts>
  /** Removes messages older than thirty days and notices older than ninety. */
  sweep(): Promise<void>
}
