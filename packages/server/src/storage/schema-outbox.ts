/** Webhooks, their deliveries, notices and mail: what readers of the log leave to be sent. */
export interface OutboxSchema {
  readonly outbox_places: OutboxPlaceRow
  readonly webhooks: WebhookRow
  readonly webhook_deliveries: WebhookDeliveryRow
  readonly notices: NoticeRow
  readonly notice_marks: NoticeMarkRow
  readonly mails: MailRow
}

/** How far a reader of the log has come. The log is not pruned beyond it. */
export interface OutboxPlaceRow {
  readonly name: string
  /** The last entry that was read. */
  readonly number: number
}

/** A receiver of events. */
export interface WebhookRow {
  readonly id: string
  /** `null`: of the whole installation. */
  readonly account_id: string | null
  readonly url: string
  readonly description: string | null
  readonly events_json: string | null
  readonly state: 'active' | 'paused' | 'disabled'
  /** Encrypted under a key that is not in the database. */
  readonly secret_box: string
  /** The secret before, until its overlap has passed. */
  readonly old_secret_box: string | null
  readonly old_secret_until_ms: number | null
  readonly created_by_kind: string
  readonly created_by_id: string
  readonly created_at_ms: number
  readonly updated_at_ms: number
  readonly last_success_at_ms: number | null
  readonly failing_since_ms: number | null
}

/** A message to a webhook. */
export interface WebhookDeliveryRow {
  readonly id: string
  readonly webhook_id: string
  /** `null`: a test. */
  readonly entry_number: number | null
  readonly type: string
  /** Exactly the bytes that are signed and sent. */
  readonly body: string
  readonly state: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  /** Failed attempts since it was queued, which say when the next one is. */
  readonly failures: number
  readonly created_at_ms: number
  readonly last_attempt_at_ms: number | null
  /** When it is due, or when its lease runs out. */
  readonly next_attempt_at_ms: number | null
  /** Of the process that is sending it. */
  readonly lease: string | null
  readonly last_status: number | null
  readonly last_error: string | null
}

/** What the page tells an account. */
export interface NoticeRow {
  readonly id: string
  readonly account_id: string
  readonly kind: string
  /** No reference: the notice outlives the key, without its name. */
  readonly key_id: string | null
  readonly days: number | null
  readonly at_ms: number
  /** 1: a mail of it went out. */
  readonly mailed: number
}

/** That an account was told something about a key which is told once. */
export interface NoticeMarkRow {
  readonly mark: string
  readonly key_id: string
}

/** A notice on its way to a person. Address and words are looked up when it is sent. */
export interface MailRow {
  readonly id: string
  readonly notice_id: string
  readonly account_id: string
  readonly person_id: string
  readonly state: 'pending' | 'sent' | 'failed'
  readonly failures: number
  readonly created_at_ms: number
  readonly next_attempt_at_ms: number | null
  readonly lease: string | null
}
