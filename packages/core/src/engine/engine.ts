import { decide, missingOf } from '../decide.ts'
import type { CheckRequest, Code, Decision } from '../decision.ts'
import type { Change, Position, Scope } from '../event.ts'
import type { CredentialFacts, KeyFacts } from '../facts.ts'
import { type CompiledGrant, compileGrant, type Grant } from '../grant.ts'
import { isKeyText, keyBytesMax } from '../key-text.ts'
import type { EngineConfig } from './config.ts'
import { AccountEntry, KeyEntry, scopesOf } from './entry.ts'
import { abandonMs, Freshness } from './freshness.ts'
import { Memory, type MemoryBounds } from './memory.ts'
import { Bucket, Buckets, noRates, type RateSet, RateSets } from './rates.ts'
import { RecentChanges } from './recent.ts'
import { type Batch, Recorder, type RecorderOptions } from './recorder.ts'
import type { EngineClock, EngineQuotaRequest, EngineQuotas, EngineSource, LoadedFacts } from './source.ts'
import { KeyDecision, plainDecision } from './verdict.ts'

export interface EngineOptions {
  readonly config: EngineConfig
  readonly source: EngineSource
  readonly quotas: EngineQuotas
  readonly clock: EngineClock
  /** A one-way function of a presented text, salted at random for this process (one-shot SHA-256 over salt and text). */
  readonly digest: (text: string) => string
  /** A memory older than this is not used. */
  readonly freshnessMs: number
  /** How long beyond `freshnessMs` a memory may answer while the source cannot be reached; 0: never. */
  readonly graceMs: number
  readonly bounds: MemoryBounds
  readonly recorder: RecorderOptions
}

/** Rounds of loading before a check gives up on keys that change faster than they can be read. */
const roundsMax = 8
const grantsMax = 10_000

/** Work under way by name, with when it was begun (monotonic milliseconds). */
type Flights = Map<string, { readonly done: Promise<void>; readonly sentMs: number }>

type QuotaAnswer = Awaited<ReturnType<EngineQuotas['take']>>

/**
 * The checking engine: answers from memory while that memory is proved fresh, else after one read. The same engine runs in the server and in
 * the adopter's own process; what differs are its source, clock and quotas.
 */
export class Engine {
  readonly recorder: Recorder
  readonly #options: EngineOptions
  readonly #memory: Memory
  readonly #freshness: Freshness
  readonly #recent = new RecentChanges()
  readonly #rateSets = new RateSets()
  readonly #buckets = new Buckets()
  readonly #grants = new Map<string, CompiledGrant>()
  readonly #keyLoads: Flights = new Map()
  readonly #accountLoads: Flights = new Map()
  readonly #credentialLoads: Flights = new Map()

  constructor(options: EngineOptions) {
    this.#options = options
    this.recorder = new Recorder(options.recorder)
    this.#memory = new Memory(options.bounds, (entry) => this.#keyLeft(entry))
    this.#freshness = new Freshness(options.clock, options.source, {
      applied: (changes) => this.#apply(changes),
      began: (position) => {
        this.#memory.forgetAll()
        this.#recent.restart(position?.number ?? 0)
      },
    })
  }

  /** The verdict on one presented key: at once where memory is fresh and knows it, else by a promise. Never throws, never rejects. */
  verify(request: CheckRequest): Decision | Promise<Decision> {
    const text = request.key
    const { clock, freshnessMs } = this.#options
    const nowMs = clock.monotonicMs()
    const ageMs = this.#freshness.ageMs(nowMs)
    if (text.length > keyBytesMax) return this.#refuseUnknown('MALFORMED', request, ageMs)
    const digest = this.#options.digest(text)
    if (ageMs > freshnessMs) {
      return isKeyText(text) ? this.#verifyLater(digest, request) : this.#refuseUnknown('MALFORMED', request, ageMs)
    }
    const entry = this.#memory.keys.get(digest)
    // Only the texts of keys lead to an entry: what is found needs no second look at its shape.
    if (entry !== undefined && this.#hasAccount(entry)) {
      entry.referenced = true
      return this.#judge(entry, request, nowMs, ageMs)
    }
    if (!isKeyText(text)) return this.#refuseUnknown('MALFORMED', request, ageMs)
    if (entry === undefined && this.#memory.isUnknown(digest)) return this.#refuseUnknown('NOT_FOUND', request, ageMs)
    return this.#verifyLater(digest, request)
  }

  /** Who a program's credential is: its facts, `undefined` where it is unknown, or `'unavailable'` where that cannot be proved now. */
  credential(
    text: string,
  ): CredentialFacts | undefined | 'unavailable' | Promise<CredentialFacts | undefined | 'unavailable'> {
    const digest = this.#options.digest(text)
    if (this.#isFresh()) {
      const known = this.#memory.credential(digest)
      if (known !== undefined) return known === 'unknown' ? undefined : known
    }
    return this.#credentialLater(digest, text)
  }

  /** Reads the log's head and applies what is new; call it several times within `freshnessMs`. Rejects where the source does. */
  refresh(): Promise<void> {
    return this.#freshness.read()
  }

  /**
   * Resolves when this memory has applied the log through a position, so that the change there may be answered. Where that fails or takes
   * longer than `freshnessMs`, everything is forgotten instead, and nothing is answered from memory before the next proof.
   */
  async applied(position: Position): Promise<void> {
    const reached = await this.#within(this.#freshness.catchUp(position), this.#options.freshnessMs)
    if (!reached) this.#freshness.forget()
  }

  /** Hands over usage until nothing is left to hand over at the time of the call; rejects where `store` does, losing nothing. */
  async flush(store: (batch: Batch) => Promise<unknown>): Promise<void> {
    await this.recorder.flush(store)
    if (this.recorder.atStake > 0) await this.recorder.flush(store)
  }

  /** Where memory stands, for readiness and metrics. */
  get state(): {
    readonly position: Position | null
    readonly ageMs: number
    readonly keys: number
    readonly atStake: number
  } {
    return {
      position: this.#freshness.position,
      ageMs: this.#freshness.ageMs(this.#options.clock.monotonicMs()),
      keys: this.#memory.keyCount,
      atStake: this.recorder.atStake,
    }
  }

  /** The store's time as it is known, epoch milliseconds. */
  storeNowMs(): number {
    return this.#storeNowMs(this.#freshness.ageMs(this.#options.clock.monotonicMs()))
  }

  #storeNowMs(ageMs: number): number {
    return ageMs === Number.POSITIVE_INFINITY ? this.#options.clock.wallMs() : this.#freshness.storeNowMs(ageMs)
  }

  #isFresh(): boolean {
    return this.#freshness.ageMs(this.#options.clock.monotonicMs()) <= this.#options.freshnessMs
  }

  // ---------------------------------------------------------------- judging what is in memory

  #judge(entry: KeyEntry, request: CheckRequest, nowMs: number, ageMs: number): Decision | Promise<Decision> {
    const storeNowMs = this.#freshness.storeNowMs(ageMs)
    const code = decide(entry, entry.account, request, this.#options.config.permissions, storeNowMs, 'not-asked')
    if (code !== 'VALID') return this.#refuse(entry, code, request, storeNowMs, null, null, nowMs)
    if (storeNowMs >= entry.rates.untilMs) entry.refreshRates(this.#options.config, this.#rateSets, storeNowMs)
    const { rates } = entry
    const own = rates.own === noRates ? null : this.#ownBucket(entry, nowMs)
    const shared = rates.shared === noRates ? null : this.#sharedBucket(entry.account.id, rates.shared, nowMs)
    const cost = request.cost ?? 1
    // Written so that a cost that is not a number does not pass for none.
    if (!(cost <= 0)) {
      if ((own !== null && !own.admits(nowMs, cost)) || (shared !== null && !shared.admits(nowMs, cost))) {
        return this.#rateLimited(entry, request, own, shared, nowMs, storeNowMs)
      }
      const quota = entry.quotaAt(storeNowMs)
      if (quota !== null) {
        return this.#withQuota(
          entry,
          request,
          { lineageId: entry.lineageId, quota, cost, atMs: storeNowMs },
          own,
          shared,
        )
      }
      if (own !== null) own.take(nowMs, cost)
      if (shared !== null) shared.take(nowMs, cost)
    }
    return this.#accept(entry, request, own, shared, nowMs, storeNowMs)
  }

  #accept(
    entry: KeyEntry,
    request: CheckRequest,
    own: Bucket | null,
    shared: Bucket | null,
    nowMs: number,
    storeNowMs: number,
  ): Decision {
    if (request.tag === undefined) this.recorder.accepted(entry, request, storeNowMs)
    else this.recorder.checked(entry.id, 'VALID', request, storeNowMs)
    return new KeyDecision(entry, 'VALID', null, null, own, shared, nowMs)
  }

  #refuse(
    entry: KeyEntry,
    code: Code,
    request: CheckRequest,
    storeNowMs: number,
    own: Bucket | null,
    shared: Bucket | null,
    nowMs: number,
    retryAfterMs: number | null = null,
  ): Decision {
    this.recorder.checked(entry.id, code, request, storeNowMs)
    const missing =
      code === 'INSUFFICIENT_PERMISSION'
        ? missingOf(entry.grant, request.permissions ?? [], this.#options.config.permissions)
        : null
    return new KeyDecision(entry, code, missing, retryAfterMs, own, shared, nowMs)
  }

  #rateLimited(
    entry: KeyEntry,
    request: CheckRequest,
    own: Bucket | null,
    shared: Bucket | null,
    nowMs: number,
    storeNowMs: number,
  ): Decision {
    const cost = request.cost ?? 1
    const ownWaitMs = own === null ? 0 : own.retryAfterMs(nowMs, cost)
    const sharedWaitMs = shared === null ? 0 : shared.retryAfterMs(nowMs, cost)
    const longest = ownWaitMs === null || sharedWaitMs === null ? null : Math.max(ownWaitMs, sharedWaitMs)
    const code = decide(entry, entry.account, request, this.#options.config.permissions, storeNowMs, 'rate-limited')
    return this.#refuse(entry, code, request, storeNowMs, own, shared, nowMs, longest)
  }

  #refuseUnknown(code: 'MALFORMED' | 'NOT_FOUND', request: CheckRequest, ageMs: number): Decision {
    this.recorder.refused(code, request.ip, this.#storeNowMs(ageMs))
    return code === 'MALFORMED' ? malformed : notFound
  }

  // ---------------------------------------------------------------- waiting

  async #verifyLater(digest: string, request: CheckRequest): Promise<Decision> {
    const { clock, freshnessMs } = this.#options
    const deadlineMs = clock.monotonicMs() + freshnessMs
    for (let round = 0; round < roundsMax; round++) {
      const known = this.#known(digest)
      const nowMs = clock.monotonicMs()
      const ageMs = this.#freshness.ageMs(nowMs)
      if (known === 'unknown') return this.#refuseUnknown('NOT_FOUND', request, ageMs)
      if (known !== undefined) return this.#judge(known, request, nowMs, ageMs)
      if (this.#isUnderGrace(digest, ageMs)) return this.#judgeUnderGrace(digest, request)
      const learned = await this.#learn(digest, request.key, deadlineMs)
      if (learned === 'unproved') return this.#judgeUnderGrace(digest, request)
      if (learned === 'late') return unavailable(freshnessMs)
    }
    return unavailable(freshnessMs)
  }

  /** What memory has of a presented text, now: a key with its account, that there is none, or, where it is not fresh, nothing. */
  #known(digest: string): KeyEntry | 'unknown' | undefined {
    if (!this.#isFresh()) return undefined
    const entry = this.#memory.keys.get(digest)
    if (entry === undefined) return this.#memory.isUnknown(digest) ? 'unknown' : undefined
    return this.#hasAccount(entry) ? entry : undefined
  }

  /** Makes memory fresh, or loads what it lacks of a presented text. Others may have changed memory since when this is heard of. */
  async #learn(digest: string, text: string, deadlineMs: number): Promise<'learned' | 'unproved' | 'late'> {
    const { clock, freshnessMs } = this.#options
    const leftMs = Math.max(0, deadlineMs - clock.monotonicMs())
    if (!this.#isFresh()) return (await this.#freshness.prove(freshnessMs, leftMs)) ? 'learned' : 'unproved'
    const entry = this.#memory.keys.get(digest)
    if (entry === undefined) return (await this.#within(this.#loadKey(digest, text), leftMs)) ? 'learned' : 'late'
    if (!(await this.#within(this.#loadAccount(entry.account.id), leftMs))) return 'late'
    // Where the account is gone, the key is loaded again as well.
    if (!this.#hasAccount(entry)) this.#memory.dropKey(entry)
    return 'learned'
  }

  /** Whether a key's account is known. A key whose account was dropped goes over to the one that was loaded since, for whichever key. */
  #hasAccount(entry: KeyEntry): boolean {
    if (entry.account.current) return true
    const account = this.#memory.accounts.get(entry.account.id)
    if (account === undefined) return false
    entry.moveTo(account)
    return true
  }

  /** Whether an operator's bounded grace lets memory answer at once, since the source is known to fail; it is tried again meanwhile. */
  #isUnderGrace(digest: string, ageMs: number): boolean {
    const { freshnessMs, graceMs } = this.#options
    if (graceMs === 0 || !this.#freshness.failing || ageMs <= freshnessMs || ageMs > freshnessMs + graceMs) return false
    this.#freshness.retry()
    return this.#memory.keys.has(digest)
  }

  /** Without a proof, only an operator's bounded grace lets memory answer, and the answer says how old it is. */
  async #judgeUnderGrace(digest: string, request: CheckRequest): Promise<Decision> {
    const { clock, freshnessMs, graceMs } = this.#options
    const nowMs = clock.monotonicMs()
    const ageMs = this.#freshness.ageMs(nowMs)
    const entry = this.#memory.keys.get(digest)
    if (graceMs === 0 || ageMs > freshnessMs + graceMs || entry === undefined || !this.#hasAccount(entry))
      return unavailable(freshnessMs)
    const decision = await this.#judge(entry, request, nowMs, ageMs)
    return decision instanceof KeyDecision ? decision.stale(Math.round(ageMs)) : decision
  }

  /** Limits are held while the quota is asked and the key is looked at again, and taken only with the verdict. */
  async #withQuota(
    first: KeyEntry,
    request: CheckRequest,
    take: EngineQuotaRequest,
    own: Bucket | null,
    shared: Bucket | null,
  ): Promise<Decision> {
    const { clock, freshnessMs, config } = this.#options
    const { cost } = take
    own?.hold(cost)
    shared?.hold(cost)
    const answer = await this.#takeQuota(take)
    const deadlineMs = clock.monotonicMs() + freshnessMs
    let known = this.#known(first.digest)
    for (let round = 0; answer !== undefined && known === undefined && round < roundsMax; round++) {
      if ((await this.#learn(first.digest, request.key, deadlineMs)) !== 'learned') break
      known = this.#known(first.digest)
    }
    own?.letGo(cost)
    shared?.letGo(cost)
    const giveBack = async () => {
      if (answer?.taken) await this.#within(this.#giveBackQuota(take), freshnessMs)
    }
    if (answer === undefined || known === undefined) {
      await giveBack()
      return unavailable(freshnessMs)
    }
    const nowMs = clock.monotonicMs()
    const ageMs = this.#freshness.ageMs(nowMs)
    const storeNowMs = this.#freshness.storeNowMs(ageMs)
    const entry = known === 'unknown' ? undefined : known
    const outcome = answer.taken ? 'taken' : 'quota-exceeded'
    const code = decide(entry, entry?.account, request, config.permissions, storeNowMs, outcome)
    if (code === 'VALID' && entry !== undefined) {
      own?.take(nowMs, cost)
      shared?.take(nowMs, cost)
      return this.#accept(entry, request, own, shared, nowMs, storeNowMs)
    }
    await giveBack()
    if (entry === undefined) return this.#refuseUnknown('NOT_FOUND', request, ageMs)
    const retryAfterMs =
      code === 'QUOTA_EXCEEDED' && answer.resetsAtMs !== null ? Math.max(0, answer.resetsAtMs - storeNowMs) : null
    return this.#refuse(entry, code, request, storeNowMs, own, shared, nowMs, retryAfterMs)
  }

  /** Asks a quota for `freshnessMs` at most; `undefined`: it failed or came too late. What is taken too late is given back. */
  async #takeQuota(take: EngineQuotaRequest): Promise<QuotaAnswer | undefined> {
    const { quotas, freshnessMs } = this.#options
    let answer: QuotaAnswer | undefined
    let isLate = false
    const work = async () => {
      const taken = await quotas.take(take)
      if (!isLate) answer = taken
      else if (taken.taken) await quotas.giveBack(take)
    }
    await this.#within(work(), freshnessMs)
    isLate = true
    return answer
  }

  async #giveBackQuota(take: EngineQuotaRequest): Promise<void> {
    await this.#options.quotas.giveBack(take)
  }

  async #credentialLater(digest: string, text: string): Promise<CredentialFacts | undefined | 'unavailable'> {
    const { clock, freshnessMs } = this.#options
    const deadlineMs = clock.monotonicMs() + freshnessMs
    for (let round = 0; round < roundsMax; round++) {
      const leftMs = Math.max(0, deadlineMs - clock.monotonicMs())
      if (!this.#isFresh()) {
        if (!(await this.#freshness.prove(freshnessMs, leftMs))) return 'unavailable'
        continue
      }
      const known = this.#memory.credential(digest)
      if (known !== undefined) return known === 'unknown' ? undefined : known
      const load = this.#once(this.#credentialLoads, digest, async () => {
        const loaded = await this.#options.source.credential(text)
        const scopes: readonly Scope[] = loaded.facts === undefined ? ['unknown'] : [`credential:${loaded.facts.id}`]
        if (await this.#isCurrent(loaded, scopes)) this.#memory.addCredential(digest, loaded.facts)
      })
      if (!(await this.#within(load, leftMs))) return 'unavailable'
    }
    return 'unavailable'
  }

  /** True where work was done in time; a failure or a late answer is false. */
  async #within(work: Promise<void>, ms: number): Promise<boolean> {
    const timer = this.#options.clock.delay(Math.max(0, ms))
    const done = await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      timer.done.then(() => false),
    ])
    timer.cancel()
    return done
  }

  // ---------------------------------------------------------------- loading

  /** At most one load for each name at a time; whoever asks meanwhile waits for the same. */
  #once(flights: Flights, name: string, load: () => Promise<void>): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    const running = flights.get(name)
    // A load that does not come back is no longer waited for; if it does after all, it is looked at like any other.
    if (running !== undefined && nowMs - running.sentMs < abandonMs) return running.done
    const done = load().finally(() => {
      if (flights.get(name)?.done === done) flights.delete(name)
    })
    flights.set(name, { done, sentMs: nowMs })
    return done
  }

  /**
   * Whether what was read may be remembered: nothing that touches it was applied since its snapshot. A load that is ahead of memory makes
   * memory catch up first.
   */
  async #isCurrent(loaded: LoadedFacts<unknown>, scopes: readonly Scope[]): Promise<boolean> {
    await this.#freshness.catchUp(loaded.position)
    return (
      this.#freshness.position?.epoch === loaded.position.epoch &&
      !this.#recent.touchedAfter(loaded.position.number, scopes)
    )
  }

  #loadKey(digest: string, text: string): Promise<void> {
    return this.#once(this.#keyLoads, digest, async () => {
      const loaded = await this.#options.source.key(text)
      const { facts, position } = loaded
      if (facts === undefined) {
        if (await this.#isCurrent(loaded, ['unknown'])) this.#memory.addUnknown(digest)
        return
      }
      const scopes = scopesOf(facts)
      if (!(await this.#isCurrent(loaded, scopes))) return
      if (this.#memory.accounts.get(facts.accountId) === undefined) await this.#loadAccount(facts.accountId)
      const account = this.#memory.accounts.get(facts.accountId)
      // While the account was loaded the key may have changed.
      if (this.#freshness.position?.epoch !== position.epoch || this.#recent.touchedAfter(position.number, scopes))
        return
      if (account !== undefined) this.#memory.addKey(this.#entryOf(digest, facts, account))
      // Ids are never used again: a key whose account is gone is nobody's for good.
      else if (this.#memory.isGoneAccount(facts.accountId)) this.#memory.addUnknown(digest)
    })
  }

  #loadAccount(id: string): Promise<void> {
    return this.#once(this.#accountLoads, id, async () => {
      const loaded = await this.#options.source.account(id)
      if (!(await this.#isCurrent(loaded, [`account:${id}`]))) return
      if (loaded.facts === undefined) this.#memory.addGoneAccount(id)
      else this.#memory.addAccount(new AccountEntry(loaded.facts))
    })
  }

  #entryOf(digest: string, facts: KeyFacts, account: AccountEntry): KeyEntry {
    return new KeyEntry(digest, facts, account, this.#grantOf(facts.grant), this.#options.config)
  }

  /** Equal grants share one compiled form. */
  #grantOf(grant: Grant): CompiledGrant {
    const text = JSON.stringify(grant)
    const known = this.#grants.get(text)
    if (known !== undefined) return known
    if (this.#grants.size >= grantsMax) this.#grants.clear()
    const compiled = compileGrant(grant)
    this.#grants.set(text, compiled)
    return compiled
  }

  // ---------------------------------------------------------------- what changes memory

  #apply(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#recent.add(change)
      this.#memory.apply(change)
    }
  }

  #keyLeft(entry: KeyEntry): void {
    const { bucket } = entry
    if (bucket === null) return
    const nowMs = this.#options.clock.monotonicMs()
    // What was taken of a limit outlives the key's place in memory.
    if (!bucket.isSettled(nowMs)) this.#buckets.keep(entry.lineageId, bucket, nowMs)
  }

  #ownBucket(entry: KeyEntry, nowMs: number): Bucket {
    const { own } = entry.rates
    if (entry.rare.lineageShared) return this.#sharedBucket(entry.lineageId, own, nowMs)
    let { bucket } = entry
    if (bucket === null) {
      bucket = this.#buckets.get(entry.lineageId) ?? new Bucket(own)
      this.#buckets.release(entry.lineageId)
      entry.bucket = bucket
    }
    bucket.follow(own, nowMs)
    return bucket
  }

  #sharedBucket(owner: string, rates: RateSet, nowMs: number): Bucket {
    let bucket = this.#buckets.get(owner)
    if (bucket === undefined) {
      bucket = new Bucket(rates)
      this.#buckets.keep(owner, bucket, nowMs)
    }
    bucket.follow(rates, nowMs)
    return bucket
  }
}

// Handed to everybody: nobody may change them.
const malformed = Object.freeze(plainDecision('MALFORMED'))
const notFound = Object.freeze(plainDecision('NOT_FOUND'))
const unavailable = (retryAfterMs: number): Decision => plainDecision('UNAVAILABLE', retryAfterMs)
