import { randomBytes } from 'node:crypto'
import { generateKeyText } from '@keywright/core'
import { benchEngine, benchKeys, benchSource, requestOf } from './engine-setup.ts'
import { compare, perSecond, type Result } from './measure.ts'

const keyCount = 10_000
const roundMs = 400

/** T12: refusing a key that exists takes as long as refusing one that does not, so that time tells a stranger nothing. */
export async function benchRefusals(): Promise<Result> {
  const keys = benchKeys(keyCount)
  const unknown = Array.from({ length: keyCount }, () =>
    Buffer.from(generateKeyText('bch', 'prod', randomBytes)).toString('latin1'),
  )
  const source = benchSource(keys)
  const revoked = {
    ...source,
    key: async (text: string) => {
      const loaded = await source.key(text)
      return loaded.facts === undefined ? loaded : { ...loaded, facts: { ...loaded.facts, state: 'revoked' as const } }
    },
  }
  const engine = benchEngine(revoked, keyCount, 3_600_000)
  await engine.refresh()
  for (const key of [...keys, ...unknown]) await engine.verify(requestOf(key))
  const refuse = (texts: readonly string[]) => () =>
    perSecond(roundMs, (index) => {
      const decision = engine.verify(requestOf(texts[(index * 7_919) % keyCount] as string))
      if (decision instanceof Promise || decision.valid) throw new Error('a refusal was expected at once')
    })
  return compare(
    {
      name: 'T12: refusing a revoked key against refusing an unknown one, in memory',
      unit: 'checks/s',
      aimRatio: 0.5,
      rounds: 7,
    },
    refuse(unknown),
    refuse(keys),
  )
}
