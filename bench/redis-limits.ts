import { randomBytes } from 'node:crypto'
import { createLogger } from 'keywright/embedding'
import { systemClock } from '../packages/server/src/clock.ts'
import { openRedisLimits } from '../packages/server/src/redis/open.ts'
import { startRedis } from '../packages/server/src/redis/testing.ts'
import { Secret } from '../packages/server/src/secret.ts'
import { benchEngine, benchKeys, benchSource, requestOf } from './engine-setup.ts'
import { compare, type Figure, type Result } from './measure.ts'

const keyCount = 1_000
const roundMs = 1_500

/** How often a second work is done that waits for an answer, so many at once. */
async function answersPerSecond(atOnce: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  let count = 0
  const worker = async () => {
    while (performance.now() - began < roundMs) await work(count++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return count / ((performance.now() - began) / 1_000)
}

/**
 * A whole check whose limits Redis counts (engine, script, answer), against the bare round trip: `EVALSHA` of a script that does nothing, on the same Redis
 * through the same client. One at a time that compares the time of one; many at once, the work. On one machine a round trip is nearly free, so that the ratios
 * show the work of script and engine at their largest.
 */
export async function benchRedisLimits(): Promise<readonly Result[]> {
  process.env['KEYWRIGHT_TEST_REDIS'] ??= '/usr/bin/redis-server'
  const redis = await startRedis()
  const log = createLogger({ level: 'error', write: (line) => process.stderr.write(line) })
  const parts = { outage: 'refuse', freshnessMs: 60_000, secret: randomBytes(32), clock: systemClock, log } as const
  const limits = await openRedisLimits({ url: new Secret(redis.url), ...parts })
  try {
    const keys = benchKeys(keyCount)
    const engine = benchEngine(benchSource(keys), keyCount, 3_600_000, limits.limiter)
    await engine.refresh()
    const check = async (index: number) => {
      const { code } = await engine.verify(requestOf(keys[index % keyCount] as string))
      if (code !== 'VALID') throw new Error(`a check of the bench was answered ${code}`)
    }
    for (const index of keys.keys()) await check(index)
    const sha1 = String(await redis.client.script('LOAD', "return '1 0'"))
    const bare = (index: number) => redis.client.evalsha(sha1, 1, `bench:${index % keyCount}`)
    const against = (atOnce: number, aimRatio: number) =>
      compare(
        {
          name: `check with limits in Redis against a bare EVALSHA, ${atOnce} at once`,
          unit: 'checks/s',
          aimRatio,
          rounds: 5,
        },
        () => answersPerSecond(atOnce, bare),
        () => answersPerSecond(atOnce, check),
      )
    return [await against(1, 0.3), await against(64, 0.2), await roundTrips(redis.client, check)]
  } finally {
    await limits.close()
    await redis.stop()
  }
}

const counted = 10_000

/** How many commands Redis was sent for each check; its own probes, four a second, are among them. */
async function roundTrips(
  client: { info(section: string): Promise<string> },
  check: (index: number) => Promise<void>,
): Promise<Figure> {
  const evaluated = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0)
  const before = await evaluated()
  for (let index = 0; index < counted; index++) await check(index)
  const value = ((await evaluated()) - before) / counted
  return {
    name: 'round trips of a check with limits in Redis',
    unit: 'commands',
    value,
    aim: '≤ 1.01',
    met: value <= 1.01,
  }
}
