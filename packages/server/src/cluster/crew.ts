import type { EngineClock } from '@keywright/core'
import type { LineLog } from '../log.ts'
import { StartError } from '../start-error.ts'
import { Beats } from './beats.ts'
import type { Hub } from './hub.ts'
import { Post } from './post.ts'
import { Replacements, youngMax } from './replacements.ts'
import type { Served, Start, ToPrimary, ToWorker } from './wire.ts'

/** A worker process as the crew sees it. */
export interface WorkerProcess {
  readonly pid: number | undefined
  send(batch: readonly ToWorker[]): void
  kill(): void
  onMessages(listener: (batch: readonly ToPrimary[]) => void): void
  /** How it ended: a signal's name or an exit code. */
  onExit(listener: (how: string) => void): void
}

/** What a crew is made from. */
export interface CrewParts {
  readonly size: number
  readonly fork: () => WorkerProcess
  readonly hub: Hub
  readonly clock: EngineClock
  readonly log: LineLog
  /** What every worker is told to begin with. */
  readonly start: Omit<Start, 'worker' | 'port'>
  /** How long workers may take to end by themselves, in milliseconds. */
  readonly drainMs: number
}

interface Member {
  readonly worker: number
  readonly process: WorkerProcess
  readonly post: Post<ToWorker>
  servesSinceMs: number | null
  refusal: string | null
}

/** The worker processes: starts them, replaces those that end or stand still, and ends them. */
export class Crew {
  readonly #parts: CrewParts
  readonly #replacements = new Replacements()
  readonly #members = new Map<number, Member>()
  readonly #beats: Beats
  readonly failed: Promise<string>
  #fail: (sentence: string) => void = () => {}
  #starting: { readonly done: (served: Served) => void; readonly refuse: (error: Error) => void } | null = null
  #served: Served | null = null
  #stopping = false
  #empty: () => void = () => {}
  #count = 0

  constructor(parts: CrewParts) {
    this.#parts = parts
    this.#beats = new Beats(parts.clock)
    /** Resolves with one sentence when workers end again and again; the others serve until they are stopped. */
    this.failed = new Promise((resolve) => {
      this.#fail = resolve
    })
  }

  /** Starts all workers; resolves when all serve, rejects with a StartError where one cannot. */
  async start(): Promise<Served> {
    const started = new Promise<Served>((done, refuse) => {
      this.#starting = { done, refuse }
    })
    for (let count = 0; count < this.#parts.size; count++) this.#fork()
    try {
      const served = await started
      void this.#beats.watch((worker) => this.#replaceSilent(worker))
      return served
    } catch (error) {
      this.#stopping = true
      this.killAll()
      throw error
    } finally {
      this.#starting = null
    }
  }

  /** Has all workers end: those that serve by themselves; what is left after the bound at once. False: the bound was reached. */
  async stop(): Promise<boolean> {
    this.#stopping = true
    this.#beats.stop()
    const ended = new Promise<void>((resolve) => {
      this.#empty = resolve
    })
    for (const { process, post, servesSinceMs } of this.#members.values()) {
      if (servesSinceMs === null) process.kill()
      else post.put(['stop'])
    }
    if (this.#members.size === 0) return true
    const bound = this.#parts.clock.delay(this.#parts.drainMs)
    const all = await Promise.race([ended.then(() => true), bound.done.then(() => false)])
    bound.cancel()
    if (!all) this.killAll()
    return all
  }

  /** Ends every worker at once, as a power cut does. */
  killAll(): void {
    for (const { process } of this.#members.values()) process.kill()
  }

  #fork(): void {
    const { fork, hub } = this.#parts
    const process = fork()
    const worker = ++this.#count
    const post = new Post<ToWorker>((batch) => process.send(batch))
    const member: Member = { worker, process, post, servesSinceMs: null, refusal: null }
    this.#members.set(worker, member)
    hub.join(worker, (message) => post.put(message))
    process.onMessages((batch) => {
      for (const message of batch) this.#receive(member, message)
    })
    process.onExit((how) => this.#left(member, how))
  }

  #receive(member: Member, message: ToPrimary): void {
    const { hub, start, clock, log } = this.#parts
    if (member.servesSinceMs !== null) this.#beats.heard(member.worker)
    if (message[0] === 'hello')
      member.post.put(['begin', { ...start, worker: member.worker, port: this.#served?.port ?? null }])
    else if (message[0] === 'refused') member.refusal = message[1]
    else if (message[0] === 'serves') {
      member.servesSinceMs = clock.monotonicMs()
      this.#beats.heard(member.worker)
      this.#served ??= message[1]
      log.info({ worker: member.worker, pid: member.process.pid }, 'A worker serves.')
      this.#passLead(() => hub.serves(member.worker))
      const all = [...this.#members.values()].every(({ servesSinceMs }) => servesSinceMs !== null)
      if (all) this.#starting?.done(this.#served)
    } else hub.receive(member.worker, message)
  }

  /** Does what may give the lead to another worker, and says so. */
  #passLead(work: () => void): void {
    const { hub, log } = this.#parts
    const before = hub.lead
    work()
    if (hub.lead !== before && hub.lead !== null)
      log.info({ worker: hub.lead }, 'This worker leads: it sends messages and tidies up.')
  }

  /** One that stands still goes on taking its share of new connections: it is ended, and replaced as any that ends. */
  #replaceSilent(worker: number): void {
    const member = this.#members.get(worker)
    if (member === undefined || this.#stopping) return
    this.#parts.log.error({ worker, pid: member.process.pid }, 'A worker stands still: it is ended.')
    member.process.kill()
  }

  #left(member: Member, how: string): void {
    const { hub, log, clock } = this.#parts
    this.#beats.left(member.worker)
    this.#members.delete(member.worker)
    this.#passLead(() => hub.left(member.worker))
    if (this.#stopping) {
      if (this.#members.size === 0) this.#empty()
      return
    }
    if (this.#starting !== null) {
      const unsaid = `A worker process ended (${how}) before it served; what it wrote stands above.`
      this.#starting.refuse(new StartError(member.refusal ?? unsaid))
      return
    }
    const servedMs = member.servesSinceMs === null ? 0 : clock.monotonicMs() - member.servesSinceMs
    const delayMs = this.#replacements.ended(servedMs)
    const { worker, process, refusal } = member
    const fields = { worker, pid: process.pid, how, ...(refusal === null ? {} : { reason: refusal }) }
    if (delayMs === null) {
      log.error(fields, 'A worker ended, and no other one takes its place.')
      const last = refusal ?? `it ended with ${how}`
      this.#fail(
        `Workers end right after their start, ${youngMax} in a row, and are not started again; the last one: ${last}`,
      )
      return
    }
    log.error(fields, 'A worker ended; another one takes its place.')
    void clock.delay(delayMs).done.then(() => {
      if (!this.#stopping) this.#fork()
    })
  }
}
