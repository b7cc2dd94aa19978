import { randomBytes } from 'node:crypto'
import { systemClock } from '../../packages/server/src/clock.ts'
import { Digests, peppersOf } from '../../packages/server/src/crypto.ts'
import { engineOver } from '../../packages/server/src/engine.ts'
import { openInstallation } from '../../packages/server/src/installation.ts'
import type { Settings } from '../../packages/server/src/settings.ts'
import { benchConfig, benchKeys, requestOf } from '../engine-setup.ts'
import { benchEnvironment, settingsOf } from '../installation.ts'

/** A store with many keys, of which an engine remembers none when a round begins. */
export interface ColdStore {
  /** The database's. */
  readonly name: string
  readonly keys: number
  /** How often a second the driver alone reads a row, so many at once. */
  readRate(lanes: number): Promise<number>
  /** How often a second a key is checked that is not in memory, so many at once. */
  checkRate(lanes: number): Promise<number>
  statementsPerCheck(checks: number): Promise<number>
  close(): Promise<void>
}

/** Keys of a store that are real: their texts, and the digests by which they are found. */
export interface Sample {
  readonly texts: readonly string[]
  readonly digests: readonly string[]
}

const sampleMax = 20_000
/** Each round checks so many of the sample, so that five rounds go by before a key comes again. */
const roundsPerSample = 5
/** Longer than any round: the proof of freshness is no part of what is measured. */
const freshnessMs = 600_000

const pepper = randomBytes(32).toString('hex')

/** The settings of an installation with the bench's own secrets. */
export const coldSettings = (folder: string, more: Readonly<Record<string, string>> = {}): Settings =>
  settingsOf({
    ...benchEnvironment(folder, randomBytes(32).toString('hex')),
    KEYWRIGHT_PEPPER: pepper,
    KEYWRIGHT_LOG_KEY: randomBytes(32).toString('hex'),
    ...more,
  })

/** Makes keys that such an installation recognises once rows with their digests are there. */
export function sampleKeys(keys: number): Sample {
  const digests = new Digests(peppersOf(Buffer.from(pepper, 'utf8')), [])
  const texts = benchKeys(Math.min(sampleMax, keys))
  return { texts, digests: texts.map((text) => digests.create('key', text).digest) }
}

/** Makes an installation with one account and one key, of whose rows all others are copies. */
export async function makePattern(settings: Settings): Promise<void> {
  const storage = await openInstallation(settings, { config: benchConfig() })
  try {
    const caller = { actor: { kind: 'operator', id: 'bench' }, requestId: 'bench' } as const
    const account = await storage.accounts.create(caller, { name: 'Bench' })
    if ('problem' in account) throw new Error(account.problem)
    const input = { name: 'Bench key', environment: 'production', preset: 'read' }
    const key = await storage.keys.create(caller, account.record.id, input)
    if ('problem' in key) throw new Error(key.problem)
  } finally {
    await storage.close()
  }
}

/** What a store is measured with. */
export interface ColdParts {
  readonly name: string
  readonly keys: number
  readonly settings: Settings
  readonly sample: Sample
  /** The driver's own read of one row of `keys` by its digest. */
  readonly read: (digest: string) => Promise<unknown>
  /** Counts the statements that the driver is given while some work is done. */
  readonly countStatements: (work: () => Promise<void>) => Promise<number>
  readonly close: () => Promise<void>
}

/** Opens the shipped storage and engine over a filled store. */
export async function coldStoreOf(parts: ColdParts): Promise<ColdStore> {
  const { name, keys, settings, sample, read, countStatements } = parts
  const config = benchConfig()
  const storage = await openInstallation(settings, { config })
  // As in a server, where it keeps texts that are no keys from the database.
  await storage.knownKeys.gather()
  const engine = engineOver(storage, config, systemClock, { freshnessMs, outageGraceMs: 0 })
  const perRound = sample.texts.length / roundsPerSample
  let next = 0
  const indexes = (count: number): readonly number[] =>
    Array.from({ length: count }, () => next++ % sample.texts.length)
  const check = async (index: number) => {
    const ip = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
    const { code } = await engine.verify({ ...requestOf(sample.texts[index] as string), ip })
    if (code !== 'VALID') throw new Error(`a check of the bench was answered ${code}`)
  }
  const forget = async () => {
    await engine.flush(async () => {})
    engine.forget()
    await engine.refresh()
    // The account of all keys is remembered from here on.
    for (const index of indexes(1)) await check(index)
  }
  return {
    name,
    keys,
    readRate: (lanes) => rateOf(indexes(perRound), lanes, (index) => read(sample.digests[index] as string)),
    checkRate: async (lanes) => {
      await forget()
      return await rateOf(indexes(perRound), lanes, check)
    },
    statementsPerCheck: async (checks) => {
      await forget()
      const sent = await countStatements(async () => {
        for (const index of indexes(checks)) await check(index)
      })
      return sent / checks
    },
    close: async () => {
      await storage.close()
      await parts.close()
    },
  }
}

/** How often a second work is done on each of these, so many at once. */
async function rateOf(
  indexes: readonly number[],
  lanes: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  const waiting = indexes.values()
  const beganMs = performance.now()
  const lane = async () => {
    for (const index of waiting) await work(index)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return indexes.length / ((performance.now() - beganMs) / 1_000)
}

/** Counts calls of methods that drivers run statements by, while some work is done. */
export async function countCalls(
  prototype: object,
  methods: readonly string[],
  work: () => Promise<void>,
): Promise<number> {
  let calls = 0
  const originals = methods.map((method) => [method, Reflect.get(prototype, method) as unknown] as const)
  for (const [method, original] of originals) {
    const counting = function counting(this: unknown, ...parameters: readonly unknown[]): unknown {
      calls++
      return Reflect.apply(original as () => unknown, this, parameters)
    }
    Reflect.set(prototype, method, counting)
  }
  try {
    await work()
  } finally {
    for (const [method, original] of originals) Reflect.set(prototype, method, original)
  }
  return calls
}
