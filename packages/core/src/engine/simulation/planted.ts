import type { Position } from '../../event.ts'
import type { KeyFacts } from '../../facts.ts'
import type { EngineClock, EngineSource, Head, HeadChange, LoadedFacts } from '../source.ts'
import { beginningMs } from './process.ts'

/** Ways to break what is promised, each of which the simulation must notice; with what it then says. */
export const plantedFaults = {
  'proof counts from arrival': 'accepted',
  'age of the answering node is left out': 'accepted',
  'a load claims a newer position than its snapshot': 'accepted',
  'facts of a lagging node are passed off as of the head': 'accepted',
  'an open cursor pins an old snapshot': 'accepted',
  'the wall clock alone counts': 'accepted',
  'the wall clock is ignored': 'accepted',
  'a restore keeps epoch and hashes': 'accepted',
  'an answer of a delegate is accepted late': 'accepted',
  'an event of the feed is taken as proof': 'accepted',
  'changes do not say what they touch': 'accepted',
  'a change is answered before it is applied': 'accepted',
  'unknown is remembered past a creation': 'at rest',
  'facts name another lineage each time': 'limit',
  'each node counts shared limits alone': 'limit',
  'a quota is asked twice at the same moment': 'quota',
  'what a refused check took is not given back': 'quota',
  'a repeated batch counts again': 'usage',
} as const satisfies Record<string, string>

export type Planted = keyof typeof plantedFaults

/** The clock of an engine, with the fault that is planted. */
export function clockWith(planted: Planted | undefined, clock: EngineClock): EngineClock {
  const delay = (ms: number) => clock.delay(ms)
  if (planted === 'the wall clock alone counts')
    return { monotonicMs: () => clock.wallMs() - beginningMs, wallMs: () => clock.wallMs(), delay }
  if (planted === 'the wall clock is ignored')
    return { monotonicMs: () => clock.monotonicMs(), wallMs: () => clock.monotonicMs(), delay }
  return clock
}

/** A source whose heads and facts carry the fault that is planted. */
export function sourceWith<Source extends EngineSource>(
  planted: Planted | undefined,
  clock: EngineClock,
  source: Source,
): Source {
  const head = async (after: Position | null): Promise<Head> => {
    const sentMs = clock.monotonicMs()
    const answer = await source.head(after)
    switch (planted) {
      case 'proof counts from arrival':
        return { ...answer, ageMs: answer.ageMs - (clock.monotonicMs() - sentMs) }
      case 'age of the answering node is left out':
        return { ...answer, ageMs: 0 }
      case 'changes do not say what they touch':
        return { ...answer, changes: answer.changes.map((change) => ({ ...change, scopes: [] })) }
      case 'unknown is remembered past a creation':
        return { ...answer, changes: answer.changes.map(withoutUnknown) }
      default:
        return answer
    }
  }
  const renamed = async (text: string): Promise<LoadedFacts<KeyFacts>> => {
    const { position, facts } = await source.key(text)
    return { position, facts: facts && { ...facts, lineageId: `${facts.lineageId} at ${clock.monotonicMs()}` } }
  }
  return {
    ...source,
    key: planted === 'facts name another lineage each time' ? renamed : (text) => source.key(text),
    account: (id) => source.account(id),
    head: planted === undefined ? (after) => source.head(after) : head,
  }
}

const withoutUnknown = (change: HeadChange): HeadChange => ({
  ...change,
  scopes: change.scopes.filter((scope) => scope !== 'unknown'),
})
