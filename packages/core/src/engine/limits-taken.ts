import type { EngineConfig } from './config.ts'
import type { KeyEntry } from './entry.ts'
import { Bucket, Buckets, noRates, RateSets } from './rates.ts'

/** What keys and accounts have taken of their limits. */
export class LimitsTaken {
  readonly #config: EngineConfig
  readonly #rateSets = new RateSets()
  readonly #buckets = new Buckets()

  constructor(config: EngineConfig) {
    this.#config = config
  }

  /** Works out which limits are in force for a key, where that is not known or an override has ended. */
  refresh(entry: KeyEntry, storeNowMs: number): void {
    entry.refreshRates(this.#config, this.#rateSets, storeNowMs)
  }

  /** The bucket of the key's lineage; `null` where no limit is in force. */
  ofLineage(entry: KeyEntry, nowMs: number): Bucket | null {
    const { own } = entry.rates
    if (own === noRates) return null
    if (entry.rare.lineageShared) return this.#buckets.of(entry.lineageId, own, nowMs)
    const bucket = entry.bucket ?? this.#bucketOf(entry)
    bucket.follow(own, nowMs)
    return bucket
  }

  /** The bucket that all keys of the account share; `null` where no limit is in force. */
  ofAccount(entry: KeyEntry, nowMs: number): Bucket | null {
    const { shared } = entry.rates
    return shared === noRates ? null : this.#buckets.of(entry.account.id, shared, nowMs)
  }

  /** Keeps what a key has taken when it leaves memory: that outlives its place. */
  keyLeft(entry: KeyEntry, nowMs: number): void {
    const { bucket, lineageId } = entry
    if (bucket === null || bucket.isSettled(nowMs)) return
    // Checks that are under way still let go of what they hold there.
    if (bucket !== entry || bucket.isHeld) {
      this.#buckets.keep(lineageId, bucket, nowMs)
      return
    }
    const kept = new Bucket(noRates)
    kept.takeOver(bucket)
    this.#buckets.keep(lineageId, kept, nowMs)
  }

  /** Where a key takes from: itself, so that it lies at hand, unless checks under way hold something of what it took before. */
  #bucketOf(entry: KeyEntry): Bucket {
    const kept = this.#buckets.release(entry.lineageId)
    entry.bucket = kept?.isHeld ? kept : entry
    if (kept !== undefined && entry.bucket === entry) entry.takeOver(kept)
    return entry.bucket
  }
}
