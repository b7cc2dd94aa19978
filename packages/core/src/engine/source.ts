import type { Quota } from '../config/types.ts'
import type { Change, Position } from '../event.ts'
import type { AccountFacts, CredentialFacts, KeyFacts } from '../facts.ts'

/** Facts read for a check, with the position of the one snapshot that they were read in; `facts` undefined: there are none. */
export interface LoadedFacts<Facts> {
  readonly position: Position
  readonly facts: Facts | undefined
}

/** What a read of the log's head answers. */
export interface Head {
  readonly position: Position
  /** How old the answering side's own proof was; 0 for the store itself. */
  readonly ageMs: number
  /** Epoch milliseconds by the store's clock. */
  readonly storeTimeMs: number
  /** What changed after the position asked for, oldest first. */
  readonly changes: readonly Change[]
  /** False: there is more; ask again. */
  readonly complete: boolean
  /** True: the position asked for is of another past. */
  readonly reset: boolean
}

/** Where an engine reads what it does not know: the store, or a server. Every failure is a rejection. */
export interface EngineSource {
  key(text: string): Promise<LoadedFacts<KeyFacts>>
  account(id: string): Promise<LoadedFacts<AccountFacts>>
  credential(text: string): Promise<LoadedFacts<CredentialFacts>>
  head(after: Position | null): Promise<Head>
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

/** Two clocks and a wait. */
export interface EngineClock {
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonicMs(): number
  /** Epoch milliseconds. */
  wallMs(): number
  /** Resolves after a time; `cancel` lets go of it. */
  delay(ms: number): { readonly done: Promise<void>; cancel(): void }
}
