import { hash } from 'node:crypto'
import { benchEngine, benchKeys, benchSource, requestOf } from './engine-setup.ts'
import { compare, perSecond, type Result } from './measure.ts'

const keyCount = 100_000
const roundMs = 1_000
/** Visits keys in an order that caches cannot guess. */
const stride = 7_919

/** The engine in process, with permission, limit and usage, against the floor: one-shot SHA-256 and a Map look-up. */
export async function benchEngineHit(): Promise<Result> {
  const keys = benchKeys(keyCount)
  const floorIndex = new Map(keys.map((key, index) => [hash('sha256', key), index]))
  // A proof lasts for the run: what is measured is the hit, not the timer that a server proves itself by.
  const engine = benchEngine(benchSource(keys), keyCount, 3_600_000)
  await engine.refresh()
  for (const key of keys) {
    const decision = await engine.verify(requestOf(key))
    if (!decision.valid) throw new Error(`a key of the bench was refused: ${decision.code}`)
  }
  const audiences = ['api']
  const permissions = ['jobs.view']
  const pick = (index: number): string => keys[(index * stride) % keyCount] as string
  const stored = async () => engine.flush(async () => {})
  return compare(
    {
      name: 'engine in process: hit with permission, limit and usage, 100,000 keys',
      unit: 'checks/s',
      aimRatio: 0.5,
      rounds: 7,
    },
    () =>
      perSecond(roundMs, (index) => {
        if (floorIndex.get(hash('sha256', pick(index))) === undefined) throw new Error('the floor lost a key')
      }),
    async () => {
      const rate = perSecond(roundMs, (index) => {
        const decision = engine.verify({
          key: pick(index),
          permissions,
          environment: 'production',
          audiences,
          ip: '192.0.2.7',
        })
        if (decision instanceof Promise || !decision.valid) throw new Error('a hit was not accepted at once')
      })
      await stored()
      return rate
    },
  )
}
