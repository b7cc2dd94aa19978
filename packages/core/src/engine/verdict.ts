import type { Code, Decision, LimitState } from '../decision.ts'
import type { Grant } from '../grant.ts'
import type { KeyEntry } from './entry.ts'

/** How limits stand at a monotonic time. */
export interface LimitView {
  states(nowMs: number): readonly LimitState[]
}

/** The verdict on a key that is known. It reads from the entry, so that an accepted check makes one small object. */
export class KeyDecision implements Decision {
  readonly code: Code
  readonly missing: readonly string[] | null
  readonly retryAfterMs: number | null
  /** How old the memory was that answered under a bounded grace; absent otherwise. */
  declare readonly staleMs?: number
  readonly #entry: KeyEntry
  readonly #own: LimitView | null
  readonly #shared: LimitView | null
  readonly #atMs: number

  constructor(
    entry: KeyEntry,
    code: Code,
    missing: readonly string[] | null,
    retryAfterMs: number | null,
    own: LimitView | null,
    shared: LimitView | null,
    atMs: number,
  ) {
    this.#entry = entry
    this.code = code
    this.missing = missing
    this.retryAfterMs = retryAfterMs
    this.#own = own
    this.#shared = shared
    this.#atMs = atMs
  }

  get valid(): boolean {
    return this.code === 'VALID'
  }
  get keyId(): string {
    return this.#entry.id
  }
  get account(): string {
    return this.#entry.account.id
  }
  get externalId(): string | null {
    return this.#entry.account.externalId
  }
  get type(): string {
    return this.#entry.type
  }
  get environment(): string | null {
    return this.#entry.environment
  }
  get grant(): Grant {
    return this.#entry.grant.grant
  }
  get name(): string | null {
    return this.#entry.name
  }
  get metadata(): Readonly<Record<string, unknown>> | null {
    return this.#entry.rare.metadata
  }
  get expiresAtMs(): number | null {
    return this.#entry.endsAtMs
  }
  /** The lineage, for those who take quotas or manage keys; not part of an answer. */
  get lineageId(): string {
    return this.#entry.lineageId
  }
  /** How the limits stand, read when asked. */
  get limits(): readonly LimitState[] | null {
    if (this.#own === null && this.#shared === null) return null
    return [...(this.#own?.states(this.#atMs) ?? []), ...(this.#shared?.states(this.#atMs) ?? [])]
  }

  /** The same decision, saying how old the memory was that it came from. */
  stale(staleMs: number): Decision {
    return { ...plain(this), staleMs }
  }

  toJSON(): Decision {
    return plain(this)
  }
}

/** The verdict where no key answers, or none can be given. */
function plainDecision(code: Code, retryAfterMs: number | null = null): Decision {
  return {
    valid: false,
    code,
    keyId: null,
    account: null,
    externalId: null,
    type: null,
    environment: null,
    grant: null,
    name: null,
    metadata: null,
    expiresAtMs: null,
    missing: null,
    limits: null,
    retryAfterMs,
  }
}

// Handed to everybody: nobody may change them.
/** The verdict on a text that is not one of a key. */
export const malformed: Decision = Object.freeze(plainDecision('MALFORMED'))
/** The verdict on a text that no key answers for. */
export const notFound: Decision = Object.freeze(plainDecision('NOT_FOUND'))

const members = [...Object.keys(notFound), 'staleMs'] as readonly (keyof Decision)[]

/** A decision as plain data, for those who keep or send it whole. */
export const plain = (decision: Decision): Decision =>
  Object.fromEntries(
    members.flatMap((name) => (decision[name] === undefined ? [] : [[name, decision[name]]])),
  ) as unknown as Decision

/** The verdict on an address that presented too many unknown texts; it says nothing about the text. */
export const missesLimited = (retryAfterMs: number): Decision => plainDecision('RATE_LIMITED', retryAfterMs)

/** The verdict where none can be proved now: refused, try again after some milliseconds. */
export const unavailable = (retryAfterMs = 1_000): Decision => plainDecision('UNAVAILABLE', retryAfterMs)
