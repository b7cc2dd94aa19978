import type { ResolvedConfig } from '@keywright/core'
import type { Clock } from '../clock.ts'
import type { Messages } from '../messages.ts'
import type { People } from '../people/port.ts'
import type { Storage } from '../storage/ports.ts'
import type { MailThrottle } from './throttle.ts'

/** Settings that the HTTP layer needs. */
export interface HttpSettings {
  /** Where the server is reached from outside, without a slash at its end: `https://keys.example.com`. */
  readonly publicUrl: string
  /** The origins of our own pages; requests of a browser's session come from nowhere else. */
  readonly ownOrigins: readonly string[]
  /** The longest body that is read. */
  readonly bodyBytesMax: number
  /** Networks in CIDR notation whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
}

/** Whether the node may serve, and what keeps it from it, or what it does otherwise than usual. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
}

/** The page that the console starts from, with the headers that it needs. */
interface ConsolePage {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** What the handlers of routes are given. */
export interface RouteDeps {
  readonly storage: Storage
  readonly people: People
  readonly messages: Messages
  /** Why webhooks cannot be sent to an address, as a sentence; `undefined`: they can. */
  readonly webhookFault: (url: string) => Promise<string | undefined>
  /** Bounds the mail that strangers can cause. */
  readonly mailThrottle: MailThrottle
  /** Does work once the answer is on its way, so that how long it takes tells nobody anything; a failure is logged. */
  readonly afterwards: (work: () => Promise<void>) => void
  /** Tells that the server stops: whoever holds a request open ends it then. */
  readonly closing?: AbortSignal
  /** `null`: the console is not built. */
  readonly consolePage: () => Promise<ConsolePage | null>
  /** The configuration in force. */
  readonly config: () => ResolvedConfig
  /** Its hash. */
  readonly configHash: () => string
  readonly clock: Clock
  readonly settings: HttpSettings
  readonly ready: () => Readiness
  /** The metrics in the text format of Prometheus. */
  readonly metrics: () => Promise<string>
  /** The served OpenAPI document. */
  readonly openapi: () => object
}
