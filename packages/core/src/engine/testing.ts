import type { Limit } from '../config/types.ts'
import type { CheckRequest, Decision } from '../decision.ts'
import type { Change, Position, Scope } from '../event.ts'
import type { AccountFacts, CredentialFacts, KeyFacts } from '../facts.ts'
import { generateKeyText } from '../key-text.ts'
import type { EngineConfig } from './config.ts'
import { Delegation, type EngineDelegate } from './delegation.ts'
import { Engine } from './engine.ts'
import { NodeEngine, type NodeEngineOptions } from './node-engine.ts'
import type { EngineClock, EngineQuotaRequest, EngineQuotas, EngineSource, Head, LoadedFacts, Soon } from './source.ts'

/** A clock that tests move by hand. */
export class FakeClock implements EngineClock {
  #monotonicMs = 1_000
  #wallMs = Date.UTC(2026, 10, 20, 12, 0, 0)
  readonly #timers = new Set<{ readonly atMs: number; readonly ring: () => void }>()

  monotonicMs(): number {
    return this.#monotonicMs
  }
  wallMs(): number {
    return this.#wallMs
  }
  delay(ms: number): { readonly done: Promise<void>; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = { atMs: this.#monotonicMs + ms, ring: resolve }
    this.#timers.add(timer)
    return { done: promise, cancel: () => void this.#timers.delete(timer) }
  }
  /** When the next timer rings, monotonic milliseconds. */
  get nextMs(): number | undefined {
    return this.#timers.size === 0 ? undefined : Math.min(...[...this.#timers].map(({ atMs }) => atMs))
  }
  /** Jumps both clocks and rings what is due, without letting anything run in between. */
  jump(ms: number): void {
    this.#monotonicMs += ms
    this.#wallMs += ms
    for (const timer of this.#timers) {
      if (timer.atMs > this.#monotonicMs) continue
      this.#timers.delete(timer)
      timer.ring()
    }
  }
  /** Sets the wall clock forward or back. */
  setWall(byMs: number): void {
    this.#wallMs += byMs
  }
  /** Lets time pass timer by timer, with all that follows from each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms
    await settle()
    for (let next = this.nextMs; next !== undefined && next <= untilMs; next = this.nextMs) {
      this.jump(Math.max(0, next - this.#monotonicMs))
      await settle()
    }
    this.jump(untilMs - this.#monotonicMs)
    await settle()
  }
}

/** Lets everything run that waits for no time. */
export async function settle(turns = 60): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}

/** Numbers that look random and follow from a seed. */
export function seeded(seed: number): {
  next(): number
  below(max: number): number
  bytes(length: number): Uint8Array
} {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    below: (max) => Math.floor(next() * max),
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
  }
}

const texts = seeded(7)
/** The text of a new key. */
export const newText = (): string => generateKeyText('tst', null, texts.bytes)

export const limit = (name: string, most: number, windowSeconds: number, burst?: number): Limit => ({
  name,
  limit: most,
  windowSeconds,
  ...(burst === undefined ? {} : { burst }),
})

export const testConfig: EngineConfig = {
  typeById: new Map([
    ['standard', { id: 'standard', audiences: ['api'] }],
    ['other', { id: 'other', audiences: ['elsewhere'] }],
  ]),
  environmentById: new Map(),
  planById: new Map([
    ['free', { limits: [], accountLimits: [] }],
    ['limited', { limits: [limit('requests', 10, 10)], accountLimits: [] }],
    ['shared', { limits: [], accountLimits: [limit('together', 10, 10)] }],
    ['both', { limits: [limit('requests', 10, 10)], accountLimits: [limit('together', 15, 15)] }],
  ]),
  permissions: new Set(['jobs.view', 'jobs.edit']),
}

export const keyFacts = (facts: Partial<KeyFacts> & { readonly id: string }): KeyFacts => ({
  accountId: 'acc_1',
  lineageId: `lin_${facts.id}`,
  lineageShared: false,
  type: 'standard',
  environment: null,
  state: 'active',
  endsAtMs: null,
  grant: { permissions: ['jobs.view'] },
  name: null,
  metadata: null,
  networks: null,
  limits: [],
  overrides: [],
  quota: null,
  quotaOverride: null,
  owner: null,
  parent: null,
  ...facts,
})

export const accountFacts = (facts: Partial<AccountFacts> = {}): AccountFacts => ({
  id: 'acc_1',
  externalId: null,
  active: true,
  plan: 'free',
  overrides: [],
  ...facts,
})

/** A store with a log, held in memory: what is read of it is a snapshot of one moment. */
class ModelStore {
  readonly keys = new Map<string, KeyFacts>()
  readonly accounts = new Map<string, AccountFacts>([['acc_1', accountFacts()]])
  readonly credentials = new Map<string, CredentialFacts>()
  epoch = 'first'
  changes: Change[] = []
  /** Whether heads tell the hash of each entry, as a store does, or not, as they travel. */
  tellsHashes = false
  #branch = { name: '', after: 0 }
  readonly #clock: FakeClock

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  get position(): Position {
    return this.positionAt(this.changes.length)
  }
  positionAt(number: number): Position {
    const branch = number > this.#branch.after ? this.#branch.name : ''
    return { epoch: this.epoch, number, hash: `${this.epoch}${branch}:${number}` }
  }
  /** Goes over to a shorter past in the same epoch, of which only the hashes of later entries tell; the facts are the test's. */
  failOver(number: number): void {
    this.changes = this.changes.slice(0, number)
    this.#branch = { name: `${this.#branch.name}'`, after: number }
  }
  /** Records what a change touched. */
  append(...scopes: Scope[]): Position {
    this.changes.push({ number: this.changes.length + 1, scopes })
    return this.position
  }
  create(facts: Partial<KeyFacts> & { readonly id: string }, text = newText()): string {
    this.keys.set(text, keyFacts(facts))
    this.append(`key:${facts.id}`, `lineage:${facts.lineageId ?? `lin_${facts.id}`}`, 'unknown')
    return text
  }
  change(text: string, facts: Partial<KeyFacts>): Position {
    const before = this.keys.get(text)
    if (before === undefined) throw new Error('there is no such key')
    this.keys.set(text, { ...before, ...facts })
    return this.append(`key:${before.id}`, `lineage:${before.lineageId}`)
  }
  remove(text: string): Position {
    const before = this.keys.get(text)
    if (before === undefined) throw new Error('there is no such key')
    this.keys.delete(text)
    return this.append(`key:${before.id}`, `lineage:${before.lineageId}`)
  }
  changeAccount(facts: Partial<AccountFacts>): Position {
    const id = facts.id ?? 'acc_1'
    this.accounts.set(id, { ...(this.accounts.get(id) ?? accountFacts({ id })), ...facts })
    return this.append(`account:${id}`)
  }
  head(after: Position | null): Head {
    const head = {
      position: this.position,
      ageMs: 0,
      storeTimeMs: this.#clock.wallMs(),
      changes: [],
      complete: true,
      reset: false,
    }
    if (after === null) return head
    const isPast =
      after.epoch === this.epoch &&
      after.number <= this.changes.length &&
      after.hash === this.positionAt(after.number).hash
    if (!isPast) return { ...head, reset: true }
    const changes = this.changes.slice(after.number)
    return {
      ...head,
      changes: this.tellsHashes
        ? changes.map((change) => ({ ...change, hash: this.positionAt(change.number).hash }))
        : changes,
    }
  }
}

type Method = 'key' | 'account' | 'credential' | 'head'

/** A read that a test lets go on by hand: the snapshot is taken at `look`, the answer comes with `answer`. */
export interface HeldRead {
  readonly method: Method
  look(): void
  answer(): Promise<void>
  fail(): Promise<void>
}

/** The model store as a source that counts its reads, and can fail, hold reads back, or falsify them. */
class ScriptedSource implements EngineSource {
  readonly store: ModelStore
  readonly reads: Record<Method, number> = { key: 0, account: 0, credential: 0, head: 0 }
  failing = false
  /** Facts are there at once, as from a database in this process; the head comes later all the same. */
  atOnce = false
  /** Reads of these kinds wait to be let go on. */
  readonly holding = new Set<Method>()
  readonly held: HeldRead[] = []
  falsifyHead: (head: Head) => Head = (head) => head
  falsifyLoad: <Facts>(loaded: LoadedFacts<Facts>) => LoadedFacts<Facts> = (loaded) => loaded

  constructor(store: ModelStore) {
    this.store = store
  }

  key(text: string): Soon<LoadedFacts<KeyFacts>> {
    return this.#facts('key', () => this.#loaded(this.store.keys.get(text)))
  }
  account(id: string): Soon<LoadedFacts<AccountFacts>> {
    return this.#facts('account', () => this.#loaded(this.store.accounts.get(id)))
  }
  credential(text: string): Promise<LoadedFacts<CredentialFacts>> {
    return this.#read('credential', () => this.#loaded(this.store.credentials.get(text)))
  }
  head(after: Position | null): Promise<Head> {
    return this.#read('head', () => this.falsifyHead(this.store.head(after)))
  }

  /** The oldest read that is held; it is no longer held then. */
  release(): HeldRead {
    const read = this.held.shift()
    if (read === undefined) throw new Error('no read is held')
    return read
  }

  #loaded<Facts>(facts: Facts | undefined): LoadedFacts<Facts> {
    return this.falsifyLoad({ position: this.store.position, facts })
  }

  #facts<Answer>(method: Method, look: () => Answer): Soon<Answer> {
    if (!this.atOnce) return this.#read(method, look)
    this.reads[method]++
    if (this.failing) throw new Error('the source does not answer')
    return look()
  }

  async #read<Answer>(method: Method, look: () => Answer): Promise<Answer> {
    this.reads[method]++
    if (this.failing) throw new Error('the source does not answer')
    if (!this.holding.has(method)) return look()
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    let seen: { readonly answer: Answer } | undefined
    const see = () => {
      seen ??= { answer: look() }
      return seen.answer
    }
    this.held.push({
      method,
      look: () => void see(),
      answer: () => {
        resolve(see())
        return settle()
      },
      fail: () => {
        reject(new Error('the source does not answer'))
        return settle()
      },
    })
    return promise
  }
}

/** Quotas that count in memory, and can fail or hold their answers back. */
export class ScriptedQuotas implements EngineQuotas {
  readonly used = new Map<string, number>()
  taken = 0
  givenBack = 0
  failing = false
  waiting: Promise<void> | null = null

  async take({
    lineageId,
    quota,
    cost,
  }: EngineQuotaRequest): Promise<{ taken: boolean; used: number; resetsAtMs: number | null }> {
    if (this.failing) throw new Error('the quota cannot be asked')
    const used = this.used.get(lineageId) ?? 0
    const isTaken = used + cost <= quota.limit
    if (isTaken) {
      this.taken += cost
      this.used.set(lineageId, used + cost)
    }
    await this.waiting
    return { taken: isTaken, used: this.used.get(lineageId) ?? 0, resetsAtMs: Date.UTC(2026, 10, 21) }
  }
  async giveBack({ lineageId, cost }: EngineQuotaRequest): Promise<void> {
    this.givenBack += cost
    this.used.set(lineageId, (this.used.get(lineageId) ?? 0) - cost)
  }
}

/** A digest of the form of SHA-256, as one character for each byte. */
export function testDigest(text: string): string {
  let digest = ''
  for (let lane = 1; lane <= 8; lane++) {
    let word = Math.imul(lane, 0x9e3779b1)
    for (let at = 0; at < text.length; at++) {
      word = Math.imul(word ^ text.charCodeAt(at), 0x85ebca6b)
      word ^= word >>> 13
    }
    for (let bits = 0; bits < 32; bits += 8) digest += String.fromCharCode((word >>> bits) & 255)
  }
  return digest
}

/** An engine over a model store, with everything at hand that a test moves. */
interface Scripted<Made extends Engine> {
  readonly clock: FakeClock
  readonly store: ModelStore
  readonly source: ScriptedSource
  readonly quotas: ScriptedQuotas
  readonly engine: Made
  /** Checks with defaults for what a test does not care about. */
  check(key: string, request?: Partial<CheckRequest>): Decision | Promise<Decision>
  /** Checks and lets time pass until there is an answer. */
  checked(key: string, request?: Partial<CheckRequest>): Promise<Decision>
}

/** A node's engine over a model store. */
export const scriptedEngine = (options: Partial<NodeEngineOptions> = {}): Scripted<NodeEngine> =>
  scripted((defaults) => new NodeEngine({ ...defaults, ...options }))

/** An adopter's engine over a model store: it asks `delegate` for quotas, and for limits where they are exact. */
export const delegatingEngine = (delegate: EngineDelegate, exactLimits: boolean): Scripted<Engine> =>
  scripted(
    (defaults) => new Engine({ ...defaults, elsewhere: new Delegation(delegate, exactLimits, defaults.freshnessMs) }),
  )

function scripted<Made extends Engine>(make: (defaults: NodeEngineOptions) => Made): Scripted<Made> {
  const clock = new FakeClock()
  const store = new ModelStore(clock)
  const source = new ScriptedSource(store)
  const quotas = new ScriptedQuotas()
  const engine = make({
    config: testConfig,
    source,
    quotas,
    clock,
    digest: testDigest,
    freshnessMs: 1_000,
    graceMs: 0,
    bounds: { keysMax: 1_000, unknownMax: 1_000, accountsMax: 100, credentialsMax: 100 },
    recorder: { process: 'process', wholeAddresses: false, linesMax: 1_000 },
  })
  const check = (key: string, request: Partial<CheckRequest> = {}) =>
    engine.verify({ key, permissions: ['jobs.view'], environment: null, audiences: ['api'], ...request })
  const checked = async (key: string, request: Partial<CheckRequest> = {}) => check(key, request)
  return { clock, store, source, quotas, engine, check, checked }
}
