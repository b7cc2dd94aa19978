import type { AcceptedHeader, Decision, ProblemTextConfig, Text } from '@keywright/core'

/** What a check asks. Environment and audience may be left to the verify credential, which names them. */
export interface VerifyRequest {
  readonly key: string
  /** The permissions that are all required. */
  readonly permissions?: readonly string[] | undefined
  readonly audience?: string | undefined
  readonly environment?: string | undefined
  /** The network address of the key's user; needed for keys that are limited to networks. */
  readonly ip?: string | undefined
  readonly userAgent?: string | undefined
  /** What the check takes of limits and quota. Default 1; 0 takes nothing. */
  readonly cost?: number | undefined
  readonly tag?: string | undefined
}

/** The part of the configuration that anybody may read. */
export interface PublicConfig {
  readonly product?: {
    readonly name?: Text
    readonly languages?: readonly string[]
    readonly links?: { readonly errors?: string; readonly [name: string]: string | undefined }
  }
  readonly acceptedHeaders?: readonly AcceptedHeader[]
  readonly problems?: Readonly<Record<string, ProblemTextConfig>>
}

/** Answers checks: at once from memory, or by a promise. It never throws and never rejects; what cannot be known is `UNAVAILABLE`. */
export interface Verifier {
  verify(request: VerifyRequest): Decision | Promise<Decision>
  /** The configuration as far as it is known; `undefined`: not yet, or not to be had. Absent: there is none to ask for. */
  publicConfig?(): PublicConfig | undefined | Promise<PublicConfig | undefined>
}
