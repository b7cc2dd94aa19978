import type { ResolvedConfig } from '@keywright/core'
import type { Clock } from '../clock.ts'
import type { Storage } from '../storage/ports.ts'

/** What the HTTP layer writes its lines to; pino is one. */
export interface HttpLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** Settings that the HTTP layer needs. */
export interface HttpSettings {
  /** Where the server is reached from outside, without a slash at its end: `https://keys.example.com`. */
  readonly publicUrl: string
  /** The longest body that is read. */
  readonly bodyBytesMax: number
  /** Networks in CIDR notation whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
}

/** Whether the node may serve, and what keeps it from it. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
}

/** What the handlers of routes are given. */
export interface RouteDeps {
  readonly storage: Storage
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
