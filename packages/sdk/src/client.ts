import { KeywrightError } from './error.ts'
import { type Call, type ConnectionOptions, createSendOnce, type Send } from './transport.ts'

/** How to reach a Keywright server, and how often to try. */
export interface TransportOptions extends ConnectionOptions {
  /** How often a safe request is repeated after a network error, 429 or 503. Default: 2. */
  readonly retriesMax?: number
  /** A number from 0 to below 1, for the jitter between attempts. Default: `Math.random`. */
  readonly random?: () => number
  /** Waits for some milliseconds. Default: `setTimeout`. */
  readonly sleep?: (ms: number) => Promise<void>
}

/** A call of the management API. */
export interface ClientCall extends Omit<Call, 'headers'> {
  readonly ifMatch?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** Sends a call of the management API, again where that is safe. */
export type ClientSend = Send<ClientCall>

const waitMaxSeconds = 10
const etags = new WeakMap<object, string>()

/** The version of a record that was read or written, for `ifMatch`; `undefined` for anything else. */
export const etagOf = (record: object): string | undefined => etags.get(record)

/** Joins the segments of a path under `/v1`, each escaped. */
export function pathOf(...segments: readonly string[]): string {
  for (const segment of segments) {
    // A URL would resolve these, and the call would reach another resource than the one named.
    if (segment === '' || segment === '.' || segment === '..')
      throw new TypeError(`${JSON.stringify(segment)} is not an id`)
  }
  return `v1/${segments.map(encodeURIComponent).join('/')}`
}

/** Makes the function that every call of the management API goes through. */
export function createSend(options: TransportOptions): ClientSend {
  const sendOnce = createSendOnce(options, (body, headers) => {
    const etag = headers.get('etag')
    if (etag !== null && typeof body === 'object' && body !== null) etags.set(body, etag)
  })
  const retriesMax = options.retriesMax ?? 2
  const random = options.random ?? Math.random
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)))

  return async ({ ifMatch, idempotencyKey, ...call }) => {
    const headers = {
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': `"${idempotencyKey}"` }),
    }
    const repeatable = call.method === 'GET' || idempotencyKey !== undefined
    for (let retries = 0; ; retries++) {
      try {
        return await sendOnce({ ...call, headers })
      } catch (error) {
        if (!(error instanceof KeywrightError) || !repeatable || retries >= retriesMax) throw error
        if (![0, 429, 503].includes(error.status)) throw error
        const toldSeconds = error.retryAfterSeconds
        if (toldSeconds !== null && toldSeconds > waitMaxSeconds) throw error
        const backoffMs = 200 * 2 ** retries * (0.5 + random() / 2)
        await sleep(toldSeconds === null ? backoffMs : toldSeconds * 1000 + backoffMs / 4)
      }
    }
  }
}
