import type { CheckRequest, Decision } from '../../decision.ts'
import type { Position } from '../../event.ts'
import type { AccountFacts } from '../../facts.ts'
import { type FactsAt, NodeEngine } from '../node-engine.ts'
import type { Batch } from '../recorder.ts'
import type { EngineQuotas, Head, HeadChange, LoadedFacts, NodeSource, Soon } from '../source.ts'
import { testDigest } from '../testing.ts'
import { config, freshnessMs, type Surroundings } from './parts.ts'
import { clockWith, sourceWith } from './planted.ts'
import { SimulatedProcess } from './process.ts'
import { factsOfText, type Records, type RecordsChange } from './records.ts'

/** How a place came to have a position: after which one, by which changes. */
interface Step {
  readonly after: Position
  readonly changes: readonly HeadChange[]
}

const nameOf = ({ epoch, hash }: Position): string => `${epoch} ${hash}`
const stepsMax = 32

/** A server node: the shipped engine over the store, a timer that reads the head, and the doors that others ask at. */
export class ServerNode {
  readonly name: string
  process: SimulatedProcess
  engine: NodeEngine
  /** Through which version of the store's history changes were answered here: from then on nothing older counts. */
  answeredVersion = 0
  restarts = 0
  readonly #around: Surroundings
  readonly #made: (node: ServerNode) => void
  #steps = new Map<string, Step>()
  #pinned: { readonly number: number; readonly epoch: number; readonly untilMs: number } | null = null

  constructor(around: Surroundings, name: string, made: (node: ServerNode) => void) {
    this.#around = around
    this.name = name
    this.#made = made
    this.process = new SimulatedProcess(around.world, name)
    this.engine = this.#begin()
  }

  /** The process dies, and another one begins with nothing in memory. */
  restart(): void {
    this.process.kill()
    this.restarts++
    this.process = new SimulatedProcess(this.#around.world, `${this.name}.${this.restarts}`)
    this.#steps = new Map()
    this.engine = this.#begin()
  }

  /** Changes the store; `answered` is called when the change is answered. */
  async change(change: () => RecordsChange | undefined, answered: (position: Position) => void): Promise<void> {
    const { inside, store, planted, world } = this.#around
    const { engine } = this
    const committed = await inside.ask(
      this.process,
      () => store.process,
      () => {
        const made = change()
        if (made === undefined) return undefined
        const position = store.commit(made)
        world.note(() => `store #${position.number} ${made.what} (by ${this.name})`)
        return { position, version: store.versions.length - 1 }
      },
    )
    if (committed === undefined) return
    if (planted !== 'a change is answered before it is applied') await engine.applied(committed.position)
    this.answeredVersion = Math.max(this.answeredVersion, committed.version)
    world.note(() => `${this.name} answered #${committed.position.number}`)
    answered(committed.position)
  }

  /** `GET /v1/head`: from memory where that knows how to get there, else from the store; never claims more than is proved. */
  async head(after: Position | null): Promise<Head> {
    const { position, ageMs } = this.engine.state
    if (position !== null && ageMs <= this.#around.promptMs) {
      const changes = after === null ? [] : this.#changesBetween(after, position)
      if (changes !== undefined) {
        const storeTimeMs = this.engine.storeNowMs()
        return { position, ageMs: Math.ceil(ageMs), storeTimeMs, changes, complete: true, reset: false }
      }
    }
    return this.#fromStore(() => this.#around.store.head(after))
  }

  /** `POST /v1/facts`, for one key. */
  async facts(text: string): Promise<FactsAt> {
    const facts = await this.engine.facts(text)
    if (facts === 'unavailable') throw new Error('unavailable')
    const { planted, store } = this.#around
    return planted === 'facts of a lagging node are passed off as of the head'
      ? { ...facts, position: store.position }
      : facts
  }

  /** `POST /v1/facts`, for one account. */
  async account(id: string): Promise<LoadedFacts<AccountFacts>> {
    const known = await this.engine.accountFacts(id)
    if (known === 'unavailable') throw new Error('unavailable')
    return { position: known.position, facts: known.account }
  }

  verify(request: CheckRequest): Decision | Promise<Decision> {
    return this.engine.verify(request)
  }

  /** `POST /v1/usage`. */
  usage(batch: Batch): Promise<boolean> {
    const { inside, store } = this.#around
    return inside.ask(
      this.process,
      () => store.process,
      () => store.storeBatch(batch),
      { timeoutMs: 700, mayRepeat: true },
    )
  }

  /** Hands over what was counted here. */
  flush(): Promise<void> {
    return this.engine.flush((batch) => this.usage(batch))
  }

  #begin(): NodeEngine {
    const { process } = this
    const { planted, graceMs, bounds, limiter, pollMs } = this.#around
    const clock = clockWith(planted, process)
    const engine = new NodeEngine({
      config,
      source: this.#remembering(sourceWith(planted, clock, this.#source())),
      quotas: this.#quotas(),
      clock,
      digest: testDigest,
      freshnessMs,
      graceMs,
      bounds,
      recorder: { process: process.name, wholeAddresses: false, linesMax: 10 },
      limiter: limiter?.from(process),
    })
    this.engine = engine
    this.#made(this)
    const poll = async (): Promise<void> => {
      while (process.isAlive) {
        engine.refresh().catch(() => {})
        await process.delay(pollMs).done
      }
    }
    void poll()
    return engine
  }

  #fromStore<Answer>(look: () => Answer): Promise<Answer> {
    const { inside, store, world } = this.#around
    // Some connections have a bound on how long they wait, others have none.
    const timeoutMs = world.happens(0.5) ? 700 : undefined
    return inside.ask(this.process, () => store.process, look, { timeoutMs, mayRepeat: true })
  }

  #source(): NodeSource {
    const { store, planted, world } = this.#around
    const load = <Facts>(of: (records: Records) => Facts | undefined): Soon<LoadedFacts<Facts>> => {
      const look = (): LoadedFacts<Facts> =>
        planted === 'an open cursor pins an old snapshot'
          ? { ...store.load(of, this.#pinnedNumber()), position: store.position }
          : store.load(of)
      const told = (loaded: LoadedFacts<Facts>): LoadedFacts<Facts> =>
        planted === 'a load claims a newer position than its snapshot'
          ? { ...loaded, position: store.position }
          : loaded
      // As a database in the node's own process answers.
      const atOnce = store.process.isAlive && !store.process.isStopped && world.happens(0.25)
      return atOnce ? told(look()) : this.#fromStore(look).then(told)
    }
    return {
      key: (text) => load((records) => factsOfText(records, text, store.process.wallMs())),
      account: (id) => load(({ accounts }) => accounts.get(id)),
      credential: (text) => load(({ credentials }) => credentials.get(text)),
      head: (after) => this.#fromStore(() => store.head(after)),
    }
  }

  /** A snapshot that a cursor holds for some seconds. */
  #pinnedNumber(): number {
    const { store, world } = this.#around
    if (this.#pinned === null || this.#pinned.epoch !== store.epoch || this.#pinned.untilMs < world.nowMs)
      this.#pinned = { number: store.number, epoch: store.epoch, untilMs: world.nowMs + 4_000 }
    return Math.min(this.#pinned.number, store.number)
  }

  /** Keeps the steps by which memory got where it is, so that others can be led there from memory. */
  #remembering(source: NodeSource): NodeSource {
    return {
      key: (text) => source.key(text),
      account: (id) => source.account(id),
      credential: (text) => source.credential(text),
      head: async (after) => {
        const head = await source.head(after)
        if (after !== null && !head.reset && head.changes.length > 0) {
          if (this.#steps.size >= stepsMax) this.#steps.clear()
          this.#steps.set(nameOf(head.position), { after, changes: head.changes })
        }
        return head
      },
    }
  }

  #changesBetween(after: Position, position: Position): readonly HeadChange[] | undefined {
    const changes: HeadChange[] = []
    let at = position
    while (nameOf(at) !== nameOf(after)) {
      const step = this.#steps.get(nameOf(at))
      if (step === undefined) return undefined
      changes.unshift(...step.changes)
      at = step.after
    }
    return changes
  }

  #quotas(): EngineQuotas {
    const { inside, store, planted, world } = this.#around
    const { process } = this
    const ask = <Answer>(handle: () => Answer, unheard: (answer: Answer) => void) =>
      inside.ask(process, () => store.process, handle, { timeoutMs: 1_500, unheard })
    return {
      take: (request) => {
        const isFree = planted === 'a quota is asked twice at the same moment' && world.happens(0.5)
        return ask(
          () => (isFree ? { taken: true, used: 0, resetsAtMs: null } : store.takeQuota(request)),
          ({ taken }) => taken && !isFree && store.loseQuota(request.lineageId, request.cost),
        )
      },
      giveBack: async (request) => {
        if (planted === 'what a refused check took is not given back') return
        // Lost until it has happened, however late that is.
        store.loseQuota(request.lineageId, request.cost)
        await ask(
          () => {
            store.loseQuota(request.lineageId, -request.cost)
            store.giveQuotaBack(request)
          },
          () => {},
        )
      },
    }
  }
}
