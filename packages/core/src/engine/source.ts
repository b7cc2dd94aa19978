import type { Quota } from '../config/types.ts'
import type { LimitState } from '../decision.ts'
import type { Change, Position } from '../event.ts'
import type { AccountFacts, CredentialFacts, KeyFacts } from '../facts.ts'
import type { Rate } from '../limit.ts'

/** What is there at once, or comes. */
export type Soon<Answer> = Answer | Promise<Answer>

/** Facts read for a check, with the position of the one snapshot that they were read in; `facts` undefined: there are none. */
export interface LoadedFacts<Facts> {
  readonly position: Position
  readonly facts: Facts | undefined
}

/** One entry of the log in an answer, with its chain hash where the answering side tells it. */
export interface HeadChange extends Change {
  readonly hash?: string
}

/** What a read of the log's head answers. */
export interface Head {
  readonly position: Position
  /** How old the answering side's own proof was; 0 for the store itself. */
  readonly ageMs: number
  /** Epoch milliseconds by the store's clock. */
  readonly storeTimeMs: number
  /** What changed after the position asked for, oldest first. */
  readonly changes: readonly HeadChange[]
  /** False: there is more; ask again. */
  readonly complete: boolean
  /** True: the position asked for is of another past. */
  readonly reset: boolean
}

/** Where an engine reads what it does not know: the store, or a server. Every failure is a rejection, or is thrown where the answer comes at once. */
export interface EngineSource {
  key(text: string): Soon<LoadedFacts<KeyFacts>>
  account(id: string): Soon<LoadedFacts<AccountFacts>>
  head(after: Position | null): Promise<Head>
}

/** Where a node's engine reads: credentials, too. */
export interface NodeSource extends EngineSource {
  credential(text: string): Soon<LoadedFacts<CredentialFacts>>
}

export interface EngineQuotaRequest {
  readonly lineageId: string
  readonly quota: Quota
  readonly cost: number
  readonly atMs: number
}

/** Where quotas are taken: exact and durable. */
export interface EngineQuotas {
  take(
    request: EngineQuotaRequest,
  ): Promise<{ readonly taken: boolean; readonly used: number; readonly resetsAtMs: number | null }>
  giveBack(request: EngineQuotaRequest): Promise<void>
}

/** What one owner, a lineage or an account, may take of limits. */
export interface EngineLimitRequest {
  readonly owner: string
  readonly rates: readonly Rate[]
}

/** How limits answered: all taken, or none. */
export interface EngineLimitAnswer {
  readonly taken: boolean
  readonly states: readonly LimitState[]
  /** When to try again where nothing was taken; `null`: the cost is never admitted. */
  readonly retryAfterMs: number | null
}

/** Where limits are counted for several engines together. Every failure is a rejection. */
export interface EngineLimiter {
  /** Takes the cost from every limit of every owner, or from none; a cost of 0 only looks. */
  take(requests: readonly EngineLimitRequest[], cost: number): Promise<EngineLimitAnswer>
  /** Gives back what was taken for a check that is not accepted after all. */
  giveBack(requests: readonly EngineLimitRequest[], cost: number): Promise<void>
}

/** Slows down those who present unknown keys, by the address that the request names. */
export interface EngineMissGuard {
  /** Milliseconds that an address has to wait before another unknown text of its own is looked up; 0: none. */
  waitMs(ip: string): number
  /** Takes down that an address presented a text that no key answers for. */
  missed(ip: string): void
}

/** Two clocks and a wait. */
export interface EngineClock {
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonicMs(): number
  /** Epoch milliseconds. */
  wallMs(): number
  /** Resolves after a time; `cancel` lets go of it. */
  delay(ms: number): { readonly done: Promise<void>; cancel(): void }
}
