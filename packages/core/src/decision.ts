import type { Grant } from './grant.ts'

/** Every outcome of a check, for holders of a verify credential. */
export const codes = [
  'VALID',
  'MALFORMED',
  'NOT_FOUND',
  'WRONG_ENVIRONMENT',
  'PAUSED',
  'REVOKED',
  'EXPIRED',
  'SUSPENDED',
  'WRONG_TYPE',
  'INSUFFICIENT_PERMISSION',
  'IP_NOT_ALLOWED',
  'RATE_LIMITED',
  'QUOTA_EXCEEDED',
  'UNAVAILABLE',
] as const
export type Code = (typeof codes)[number]

/** Stands for every environment, for Keywright's own management API only; no environment can be called so. */
export const anyEnvironment = '*'

/** What a check asks: the key's text and for what it is used. Permissions are all required. */
export interface CheckRequest {
  readonly key: string
  readonly permissions?: readonly string[] | undefined
  /** The environment that the API serves; `null` where the configuration has none; or `anyEnvironment`. */
  readonly environment: string | null
  /** The APIs that are reached; the key's type must reach one of them. `null`: any, for Keywright's own management API only. */
  readonly audiences: readonly string[] | null
  /** The network address of the key's user. Required for keys that are limited to networks. */
  readonly ip?: string | undefined
  readonly userAgent?: string | undefined
  /** What the check takes of limits and quota. Default 1; 0 takes nothing. */
  readonly cost?: number | undefined
  readonly tag?: string | undefined
}

/** How one limit stands after the check. */
export interface LimitState {
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
  readonly remaining: number
  /** Milliseconds until more is available (0 while some remains). */
  readonly retryAfterMs: number
  /** Present: counted by one process alone, since the place where several count together could not be reached. */
  readonly scope?: 'local'
}

/** The verdict on one presented key. Where the key is unknown only `valid` and `code` are there. */
export interface Decision {
  readonly valid: boolean
  readonly code: Code
  readonly keyId: string | null
  readonly account: string | null
  readonly externalId: string | null
  readonly type: string | null
  readonly environment: string | null
  readonly grant: Grant | null
  readonly name: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly expiresAtMs: number | null
  /** The permissions asked for that the key lacks, on `INSUFFICIENT_PERMISSION`. */
  readonly missing: readonly string[] | null
  readonly limits: readonly LimitState[] | null
  /** When to try again, on `RATE_LIMITED`, `QUOTA_EXCEEDED` and `UNAVAILABLE`; `null`: not by waiting. */
  readonly retryAfterMs: number | null
  /** How old the memory was that answered under a bounded grace; absent otherwise. */
  readonly staleMs?: number
}
