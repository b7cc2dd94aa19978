import { Webhook } from 'standardwebhooks'
import type { Clock } from '../clock.ts'
import type { AttemptOutcome, LeasedDelivery } from '../storage/ports-outbox.ts'
import { type PostOptions, post } from './post.ts'

/** The headers of a message: its id, the moment of this attempt, and a signature for each secret (Standard Webhooks 1.0, symmetric). */
function signedHeaders(
  {
    id,
    body,
    secrets,
  }: Pick<LeasedDelivery, 'id' | 'body'> & { readonly secrets: NonNullable<LeasedDelivery['secrets']> },
  nowMs: number,
): Readonly<Record<string, string>> {
  const at = new Date(nowMs)
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'Keywright',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret.expose()).sign(id, at, body)).join(' '),
  }
}

/** How long a receiver asks to be left alone, in milliseconds (RFC 9110 section 10.2.3); `null`: it does not, or not readably. */
function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000
  const atMs = Date.parse(header)
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs)
}

/** Tries once to deliver a message. Only an answer of 2xx means that it arrived. */
export async function attempt(delivery: LeasedDelivery, clock: Clock, options: PostOptions): Promise<AttemptOutcome> {
  const failed = (error: string, status: number | null = null, after: number | null = null): AttemptOutcome => ({
    delivered: false,
    status,
    error,
    retryAfterMs: after,
  })
  const { secrets } = delivery
  if (secrets === null) return failed('secret_unreadable')
  if (!URL.canParse(delivery.url)) return failed('address_not_allowed')
  const headers = signedHeaders({ ...delivery, secrets }, clock.wallMs())
  const posted = await post(new URL(delivery.url), headers, delivery.body, options)
  if ('error' in posted) return failed(posted.error)
  const { status } = posted
  if (status >= 200 && status < 300) return { delivered: true, status }
  const error = status >= 300 && status < 400 ? 'redirect_refused' : 'refused_by_receiver'
  return failed(error, status, retryAfterMs(posted.retryAfter, clock.wallMs()))
}
