import type { CheckRequest, Code } from '../decision.ts'
import { formatAddress, parseAddress, shortenAddress } from '../network.ts'
import type { KeyEntry } from './entry.ts'

const hourMs = 3_600_000
/** Networks of refused presentations that are told apart in an hour; those that come later are counted together. */
const refusedNetworksMax = 10_000
/** How much of the permissions that a check asked for its line of activity keeps. */
const permissionCharactersMax = 512

/** What is kept of the request of a check. */
type Used = Pick<CheckRequest, 'ip' | 'userAgent' | 'permissions' | 'tag'>

export interface UsageLine {
  readonly keyId: string
  readonly hourMs: number
  readonly code: string
  readonly tag: string
  count: number
}

export interface LastUsedLine {
  readonly keyId: string
  readonly atMs: number
  readonly network: string | null
  readonly userAgent: string | null
}

export interface ActivityLine extends LastUsedLine {
  readonly code: string
  readonly permission: string | null
  readonly tag: string | null
}

export interface RefusalLine {
  readonly hourMs: number
  readonly code: string
  readonly network: string
  count: number
}

/** What checks left behind, numbered by the process, so that a repeated delivery counts once. */
export interface Batch {
  readonly process: string
  readonly number: number
  readonly usage: readonly UsageLine[]
  readonly lastUsed: readonly LastUsedLine[]
  readonly activity: readonly ActivityLine[]
  readonly refusals: readonly RefusalLine[]
}

export interface RecorderOptions {
  /** Random to the process. */
  readonly process: string
  readonly wholeAddresses: boolean
  /** Different lines kept while they cannot be delivered; past it, further activity and networks are left out, counts never. */
  readonly linesMax: number
  /**
   * Different lines of counts kept while they cannot be delivered; a check that would need a further one is not counted, and told in
   * `uncounted`. Absent: there is no such bound.
   */
  readonly usageLinesMax?: number
  /** Lines of each kind that one batch has at most; what is more follows in the next. Absent: a batch has all. */
  readonly batchLinesMax?: number
}

/**
 * Gathers usage, last uses and activity in memory, and hands them over in numbered batches. A batch that could not be stored is handed over
 * again, unchanged; meanwhile the next one gathers.
 */
export class Recorder {
  readonly #options: RecorderOptions
  #used: KeyEntry[] = []
  #usage = new Map<string, UsageLine>()
  #lastUsed = new Map<string, LastUsedLine>()
  #activity = new Map<string, ActivityLine>()
  #refusals = new Map<string, RefusalLine>()
  /** Of this hour. */
  readonly #refusedNetworks = new Set<string>()
  #hourEndMs = 0
  #uncounted = 0
  #gathered = 0
  #number = 0
  #pending: { readonly batch: Batch; readonly count: number } | null = null
  #flight: Promise<number> | null = null
  readonly #usageLinesMax: number

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#usageLinesMax = options.usageLinesMax ?? Number.POSITIVE_INFINITY
  }

  /** Checks that were counted in memory and are not yet stored: what a crash at this moment would lose. */
  get atStake(): number {
    return this.#gathered + (this.#pending?.count ?? 0)
  }

  /** Checks that could not be counted, since the lines that wait had reached their bound. */
  get uncounted(): number {
    return this.#uncounted
  }

  /** Records an accepted check without a tag: the frequent case. */
  accepted(entry: KeyEntry, request: CheckRequest, nowMs: number): void {
    this.#begin(nowMs)
    if (entry.uses === 0) {
      // Keys that left memory since are held by this list alone.
      if (this.#used.length >= this.#usageLinesMax) this.#settleUses()
      this.#used.push(entry)
    }
    entry.uses++
    entry.usedOffsetMs = Math.max(0, Math.floor(nowMs - this.#hourStartMs()))
    entry.usedIp = request.ip
    entry.usedUserAgent = request.userAgent
    entry.usedPermissions = request.permissions
  }

  /** Records any check of a known key. */
  checked(keyId: string, code: Code, request: CheckRequest, nowMs: number): void {
    this.#begin(nowMs)
    this.#addUsage(keyId, code, request.tag ?? '', 1)
    this.#addUse(keyId, code, nowMs, request)
  }

  /**
   * Records a presentation that no key answers for, by reason and shortened network, without the text. Whoever sends from ever new networks
   * fills neither memory nor the store.
   */
  refused(code: Code, ip: string | undefined, nowMs: number): void {
    this.#begin(nowMs)
    const hour = this.#hourStartMs()
    const found = this.#toldApart(this.#networkOf(ip) ?? '')
    const nameOf = (network: string) => `${hour} ${code} ${network}`
    const isKept = this.#refusals.size < this.#options.linesMax || this.#refusals.has(nameOf(found))
    const network = isKept ? found : ''
    const line = this.#refusals.get(nameOf(network))
    if (line === undefined) this.#refusals.set(nameOf(network), { hourMs: hour, code, network, count: 1 })
    else line.count++
  }

  #begin(nowMs: number): void {
    if (nowMs >= this.#hourEndMs) this.#turnHour(nowMs)
    this.#gathered++
  }

  #toldApart(network: string): string {
    if (this.#refusedNetworks.has(network)) return network
    if (this.#refusedNetworks.size >= refusedNetworksMax) return ''
    this.#refusedNetworks.add(network)
    return network
  }

  /**
   * Hands over one batch of what was gathered; resolves with its number of checks when it is stored, rejects where `store` does (nothing is
   * lost then). One at a time.
   */
  flush(store: (batch: Batch) => Promise<unknown>): Promise<number> {
    this.#flight ??= this.#flush(store).finally(() => {
      this.#flight = null
    })
    return this.#flight
  }

  async #flush(store: (batch: Batch) => Promise<unknown>): Promise<number> {
    this.#pending ??= this.#take()
    const pending = this.#pending
    if (pending === null) return 0
    await store(pending.batch)
    this.#pending = null
    return pending.count
  }

  #take(): { readonly batch: Batch; readonly count: number } | null {
    this.#settleUses()
    const max = this.#options.batchLinesMax ?? Number.POSITIVE_INFINITY
    const usage = takeFirst(this.#usage, max)
    const refusals = takeFirst(this.#refusals, max)
    const lastUsed = takeFirst(this.#lastUsed, max)
    const activity = takeFirst(this.#activity, max)
    if (usage.length + refusals.length + lastUsed.length + activity.length === 0) return null
    const count = countOf(usage) + countOf(refusals)
    this.#gathered -= count
    return {
      batch: { process: this.#options.process, number: ++this.#number, usage, lastUsed, activity, refusals },
      count,
    }
  }

  #settleUses(): void {
    const settled = this.#used
    this.#used = []
    for (const entry of settled) {
      this.#addUsage(entry.id, 'VALID', '', entry.uses)
      const { usedIp: ip, usedUserAgent: userAgent, usedPermissions: permissions } = entry
      this.#addUse(entry.id, 'VALID', this.#hourStartMs() + entry.usedOffsetMs, { ip, userAgent, permissions })
      entry.forgetUses()
    }
  }

  #turnHour(nowMs: number): void {
    if (this.#hourEndMs !== 0) this.#settleUses()
    this.#refusedNetworks.clear()
    this.#hourEndMs = Math.floor(nowMs / hourMs) * hourMs + hourMs
  }

  #hourStartMs(): number {
    return this.#hourEndMs - hourMs
  }

  #addUsage(keyId: string, code: Code, tag: string, count: number): void {
    const hour = this.#hourStartMs()
    // Counts are never left out; past the bound they lose their tag.
    const kept = this.#usage.size < this.#options.linesMax ? tag : ''
    const name = `${keyId} ${hour} ${code} ${kept}`
    const line = this.#usage.get(name)
    if (line !== undefined) line.count += count
    else if (this.#usage.size < this.#usageLinesMax)
      this.#usage.set(name, { keyId, hourMs: hour, code, tag: kept, count })
    else {
      this.#uncounted += count
      this.#gathered -= count
    }
  }

  #addUse(keyId: string, code: Code, nowMs: number, { ip, userAgent, permissions, tag }: Used): void {
    const use = { keyId, atMs: Math.floor(nowMs), network: this.#networkOf(ip), userAgent: userAgent ?? null }
    const last = this.#lastUsed.get(keyId)
    const isNewest = last === undefined ? this.#lastUsed.size < this.#usageLinesMax : last.atMs <= use.atMs
    if (code === 'VALID' && isNewest) this.#lastUsed.set(keyId, use)
    const name = `${keyId} ${code}`
    if (this.#activity.size >= this.#options.linesMax && !this.#activity.has(name)) return
    this.#activity.set(name, {
      ...use,
      code,
      permission: permissions?.join(' ').slice(0, permissionCharactersMax) || null,
      tag: tag ?? null,
    })
  }

  #networkOf(ip: string | undefined): string | null {
    const address = ip === undefined ? undefined : parseAddress(ip)
    if (address === undefined) return null
    return this.#options.wholeAddresses ? formatAddress(address) : shortenAddress(address)
  }
}

const countOf = (lines: readonly { readonly count: number }[]): number =>
  lines.reduce((sum, { count }) => sum + count, 0)

/** Takes the oldest lines out of a map, so many at most. */
function takeFirst<Line>(lines: Map<string, Line>, max: number): Line[] {
  const taken = [...lines.values()].slice(0, max)
  if (taken.length === lines.size) lines.clear()
  else for (const name of [...lines.keys()].slice(0, max)) lines.delete(name)
  return taken
}
